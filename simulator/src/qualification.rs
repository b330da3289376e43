//! Product offering qualification (MEF 87): whether something can be delivered, at once or later.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::agenda::Happening;
use crate::catalogue::{self, Verdict};
use crate::desk::{Desk, Marks};
use crate::hub::{self, Api};
use crate::inventory::{ProductMemo, Status};
use crate::lifecycle;
use crate::refusal::{Issue, Refusal, none_of};
use crate::request::{self, Form};
use crate::scenario::{Answering, Effect, SilentAt, Stage};
use crate::service::{Ask, Line, PortRef, Product};
use crate::shape::requests;
use crate::store::{Kind, Record, Stored};

const ITEMS: &str = "productOfferingQualificationItem";

/// What the seller knows about a qualification.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct QualificationMemo {
    pub(crate) marks: Marks,
    pub(crate) asks: Vec<(String, Ask)>,
    effect: Option<Effect>,
    /// Alternates by their id, with the greatest rate that was proposed in bit/s.
    pub(crate) alternates: BTreeMap<String, u64>,
}

/// `POST /productOfferingQualification`.
pub(crate) fn create(desk: &Desk<'_>, body: &Value) -> Result<Value, Refusal> {
    request::check_envelope(desk, &requests::QUALIFICATION, body)?;
    let asked_immediately = body["instantSyncQualification"] == true;
    if desk.scenario.validation.guide_rules {
        none_of(guide_issues(body, asked_immediately))?;
    }
    let asks = request::read_items(desk, Form::Qualification, body)?;
    let marks = Marks::of(body);
    let effect = desk.rehearse(Stage::Qualification, &marks, &asks)?;
    let id = desk.new_id("POQ")?;
    let mut wire = body.clone();
    wire["id"] = json!(id);
    lifecycle::sign(&mut wire, "sellerContactInformation", &desk.scenario.seller);
    let mut record = Record {
        kind: Kind::Qualification,
        id: id.clone(),
        owner: desk.owner.to_owned(),
        listed_from: desk.now,
        hidden: false,
        wire,
        memo: QualificationMemo { marks, asks, effect, alternates: BTreeMap::new() },
    };
    hub::tell(desk, Api::Qualification, "poqCreateEvent", json!({"id": id}))?;
    let settings = &desk.scenario.qualification;
    let immediate = match settings.answer {
        Answering::AsAsked => asked_immediately,
        Answering::Immediate => true,
        Answering::Deferred => false,
    };
    let silent = match &record.memo.effect {
        Some(Effect::Silent { at }) => Some(*at),
        _ => None,
    };
    if immediate && silent.is_none() {
        answer(desk, &mut record)?;
    } else {
        enter(desk, &mut record, "acknowledged");
        let due = desk.later(settings.start_after);
        let done = due.checked_add(desk.clock.length(settings.answer_after)).unwrap_or(due);
        record.wire["expectedPOQCompletionDate"] = json!(done.to_string());
        if silent != Some(SilentAt::Acknowledged) {
            desk.schedule(due, &id, &Happening::QualificationStarts { id: id.clone() })?;
        }
    }
    desk.books.put(&record)?;
    Ok(record.wire)
}

fn guide_issues(body: &Value, immediate: bool) -> Vec<Issue> {
    let mut issues: Vec<Issue> =
        request::contact_issue(body, "buyerContactInformation", "").into_iter().collect();
    if !immediate && body["requestedPOQCompletionDate"].is_null() {
        issues.push(Issue::missing(
            "/requestedPOQCompletionDate",
            "is required unless instantSyncQualification is true",
        ));
    }
    issues
}

/// A deferred qualification is taken up.
pub(crate) fn starts(desk: &Desk<'_>, id: &str) -> Result<(), Refusal> {
    let Some(mut record) = desk.books.get::<QualificationMemo>(Kind::Qualification, id)? else {
        return Ok(());
    };
    enter(desk, &mut record, "inProgress");
    tell_states(desk, &record)?;
    if !matches!(record.memo.effect, Some(Effect::Silent { .. })) {
        let due = desk.later(desk.scenario.qualification.answer_after);
        desk.schedule(due, id, &Happening::QualificationAnswers { id: id.to_owned() })?;
    }
    Ok(desk.books.put(&record)?)
}

/// A deferred qualification is answered; too late for the buyer's deadline is `done.unableToProvide`.
pub(crate) fn answers(desk: &Desk<'_>, id: &str) -> Result<(), Refusal> {
    let Some(mut record) = desk.books.get::<QualificationMemo>(Kind::Qualification, id)? else {
        return Ok(());
    };
    let owner = record.owner.clone();
    let desk = &desk.at(desk.now, &owner);
    let deadline = record.wire["requestedPOQCompletionDate"].as_str().and_then(|text| text.parse().ok());
    if deadline.is_some_and(|deadline: jiff::Timestamp| deadline < desk.now) {
        for item in lifecycle::items(&mut record.wire, ITEMS) {
            lifecycle::enter(item, "done.abandoned", None, desk.now);
        }
        lifecycle::enter(&mut record.wire, "done.unableToProvide", Some("not in time"), desk.now);
        record.wire["effectiveQualificationDate"] = json!(desk.now.to_string());
    } else {
        answer(desk, &mut record)?;
    }
    tell_states(desk, &record)?;
    Ok(desk.books.put(&record)?)
}

fn enter(desk: &Desk<'_>, record: &mut Record<QualificationMemo>, state: &str) {
    for item in lifecycle::items(&mut record.wire, ITEMS) {
        lifecycle::enter(item, state, None, desk.now);
    }
    lifecycle::enter(&mut record.wire, state, None, desk.now);
}

fn tell_states(desk: &Desk<'_>, record: &Record<QualificationMemo>) -> Stored<()> {
    for (item, _) in &record.memo.asks {
        hub::tell(
            desk,
            Api::Qualification,
            "poqItemStateChangeEvent",
            json!({"id": record.id, "poqItemId": item}),
        )?;
    }
    hub::tell(desk, Api::Qualification, "poqStateChangeEvent", json!({"id": record.id}))
}

/// Gives every item its colour.
fn answer(desk: &Desk<'_>, record: &mut Record<QualificationMemo>) -> Stored<()> {
    let wanted_alternates = record.wire["provideAlternative"] == true;
    let asks = record.memo.asks.clone();
    if let Some(Effect::Reject { reason }) = record.memo.effect.clone() {
        for (n, item) in lifecycle::items(&mut record.wire, ITEMS).enumerate() {
            if n == 0 {
                lifecycle::enter(item, "terminatedWithError", None, desk.now);
                lifecycle::terminate(item, &[Issue::other(reason.clone())]);
            } else {
                lifecycle::enter(item, "done.abandoned", None, desk.now);
            }
        }
        lifecycle::enter(&mut record.wire, "terminatedWithError", None, desk.now);
    } else {
        for (id, ask) in &asks {
            let verdict = match &record.memo.effect {
                Some(Effect::Unable { reason, .. }) => {
                    Verdict::Impossible { reason: reason.clone(), room: None }
                }
                Some(Effect::Doubt { reason }) => Verdict::Doubtful(reason.clone()),
                _ => judge(desk, ask)?,
            };
            let proposal = match (&verdict, ask.wanted().and_then(|wanted| wanted.as_line())) {
                (Verdict::Impossible { room: Some(room), .. }, Some(line)) if wanted_alternates => {
                    Some((desk.new_id("ALT")?, *room, line))
                }
                _ => None,
            };
            if let Some(item) = lifecycle::item(&mut record.wire, ITEMS, id) {
                colour(desk, item, ask, &verdict);
                if let Some((alternate, room, line)) = proposal {
                    item["alternateProductOfferingProposal"] =
                        json!([propose(desk, item, line, &alternate, room)]);
                    record.memo.alternates.insert(alternate, room);
                }
                lifecycle::enter(item, "done.ready", None, desk.now);
            }
        }
        lifecycle::enter(&mut record.wire, "done.ready", None, desk.now);
    }
    record.wire["effectiveQualificationDate"] = json!(desk.now.to_string());
    if let Some(wire) = record.wire.as_object_mut() {
        wire.remove("expectedPOQCompletionDate");
    }
    Ok(())
}

fn colour(desk: &Desk<'_>, item: &mut Value, ask: &Ask, verdict: &Verdict) {
    let (colour, reason) = match verdict {
        Verdict::Possible => ("green", None),
        Verdict::Doubtful(reason) => ("yellow", Some(reason)),
        Verdict::Impossible { reason, .. } => ("red", Some(reason)),
    };
    item["serviceabilityConfidence"] = json!(colour);
    if let Some(reason) = reason {
        item["serviceabilityConfidenceReason"] = json!(reason);
    }
    if colour != "red" {
        let offering =
            ask.wanted().and_then(|wanted| wanted.offering()).and_then(|id| desk.scenario.offering(id));
        item["installationInterval"] = match offering {
            Some(offering) => json!(offering.installation_interval),
            None => json!({"amount": 0, "units": "calendarDays"}),
        };
        item["guaranteedUntilDate"] =
            json!(desk.later(desk.scenario.qualification.guaranteed_for).to_string());
    }
}

/// The same product with a rate that fits.
fn propose(desk: &Desk<'_>, item: &Value, line: &Line, id: &str, room: u64) -> Value {
    let mut configuration = item["product"]["productConfiguration"].clone();
    let rate = json!({"irValue": room / 1_000_000, "irUnits": "MBPS"});
    let words = crate::service::words(line.product);
    for end in words.end_points {
        let profiles = configuration[end][words.profiles].as_array_mut();
        for profile in profiles.into_iter().flatten() {
            profile["bwpFlow"]["cir"] = rate.clone();
            profile["bwpFlow"]["cirMax"] = rate.clone();
        }
    }
    let interval = desk.scenario.offering(&line.offering).map(|offering| offering.installation_interval);
    json!({
        "id": id,
        "installationInterval": interval,
        "alternateProduct": {"productOffering": {"id": line.offering}, "productConfiguration": configuration},
    })
}

/// Whether what an item asks for can be had now.
pub(crate) fn judge(desk: &Desk<'_>, ask: &Ask) -> Stored<Verdict> {
    let existing = match ask.product() {
        None => None,
        Some(id) => desk.books.get::<ProductMemo>(Kind::Product, id)?,
    };
    if let Some(record) = &existing {
        let status = record.memo.status;
        let leaves_suspended = status == Status::Suspended && matches!(ask, Ask::Delete { .. });
        if status != Status::Active && !leaves_suspended {
            let reason =
                format!("the product is {}, and only one change at a time is possible", status.name());
            return Ok(Verdict::Impossible { reason, room: None });
        }
    }
    if let Ask::Delete { product } = ask {
        return Ok(match existing.map(|record| record.memo.product) {
            Some(Product::Port(_)) => port_in_use(desk, product, 0)?,
            Some(Product::Line(_)) | None => Verdict::Possible,
        });
    }
    let Some(line) = ask.wanted().and_then(|wanted| wanted.as_line()) else { return Ok(Verdict::Possible) };
    let Some(offering) = desk.scenario.offering(&line.offering) else {
        return Ok(Verdict::Impossible { reason: "the offering is no longer sold".to_owned(), room: None });
    };
    let facts = desk.line_facts(line, ask.product())?;
    Ok(catalogue::judge(offering, line, &facts, desk.scenario.qualification.yellow_above))
}

/// Whether a UNI can be taken away when `leaving` services leave it with the same order.
pub(crate) fn port_in_use(desk: &Desk<'_>, uni: &str, leaving: u32) -> Stored<Verdict> {
    let load = desk.books.port_load(uni, None)?;
    let left = load.end_points.saturating_sub(leaving);
    Ok(if left == 0 {
        Verdict::Possible
    } else {
        Verdict::Impossible { reason: format!("the UNI carries {left} service(s)"), room: None }
    })
}

/// The ports of a line that are in the inventory.
pub(crate) fn inventory_ports(line: &Line) -> impl Iterator<Item = &str> {
    line.ends.iter().filter_map(|end| match &end.at {
        PortRef::Product(id) => Some(id.as_str()),
        PortRef::Item(_) => None,
    })
}
