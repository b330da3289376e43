//! Quotes (MEF 115): what something costs and for how long the offer stands.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::agenda::Happening;
use crate::catalogue::{self, PriceLine, Verdict};
use crate::desk::{Desk, Marks};
use crate::hub::{self, Api};
use crate::inventory::ProductMemo;
use crate::lifecycle;
use crate::qualification::{self, QualificationMemo};
use crate::refusal::{Issue, Refusal, none_of};
use crate::request::{self, Form};
use crate::scenario::{Answering, Effect, Offering, QuoteLevel, SilentAt, Stage};
use crate::service::Ask;
use crate::shape::requests;
use crate::store::{Kind, Record, Stored};
use crate::term::{self, Agreed};

const ITEMS: &str = "quoteItem";

/// What the seller knows about a quote.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct QuoteMemo {
    marks: Marks,
    pub(crate) asks: Vec<(String, Ask)>,
    effect: Option<Effect>,
    /// Per item, once answered.
    pub(crate) offers: BTreeMap<String, Offer>,
    /// Orders that refer to it.
    pub(crate) orders: Vec<String>,
}

/// The offer for one item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Offer {
    pub(crate) prices: Vec<PriceLine>,
    /// `MEFItemTerm`; `None` on a delete.
    pub(crate) term: Option<Value>,
}

/// `POST /quote`.
pub(crate) fn create(desk: &Desk<'_>, body: &Value) -> Result<Value, Refusal> {
    request::check_envelope(desk, &requests::QUOTE, body)?;
    let asked_immediately = body["instantSyncQuote"] == true;
    if desk.scenario.validation.guide_rules {
        none_of(guide_issues(body, asked_immediately))?;
    }
    let asks = request::read_items(desk, Form::Quote, body)?;
    none_of(qualification_issues(desk, body, &asks)?)?;
    let marks = Marks::of(body);
    let effect = desk.rehearse(Stage::Quote, &marks, &asks)?;
    let id = desk.new_id("QUO")?;
    let mut wire = body.clone();
    wire["id"] = json!(id);
    wire["quoteDate"] = json!(desk.now.to_string());
    lifecycle::sign(&mut wire, "sellerContactInformation", &desk.scenario.seller);
    let mut record = Record {
        kind: Kind::Quote,
        id: id.clone(),
        owner: desk.owner.to_owned(),
        listed_from: desk.now,
        hidden: false,
        wire,
        memo: QuoteMemo { marks, asks, effect, offers: BTreeMap::new(), orders: Vec::new() },
    };
    let settings = &desk.scenario.quote;
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
        record.wire["expectedQuoteCompletionDate"] = json!(done.to_string());
        if silent != Some(SilentAt::Acknowledged) {
            desk.schedule(due, &id, &Happening::QuoteStarts { id: id.clone() })?;
        }
    }
    desk.books.put(&record)?;
    Ok(record.wire)
}

fn guide_issues(body: &Value, immediate: bool) -> Vec<Issue> {
    let mut issues = Vec::new();
    if !immediate {
        if body["requestedQuoteCompletionDate"].is_null() {
            let reason = "is required unless instantSyncQuote is true";
            issues.push(Issue::missing("/requestedQuoteCompletionDate", reason));
        }
        issues.extend(request::contact_issue(body, "buyerContactInformation", ""));
    }
    for (n, item) in body[ITEMS].as_array().into_iter().flatten().enumerate() {
        let path = format!("/{ITEMS}/{n}");
        issues.extend(roll_issue(&item["requestedQuoteItemTerm"], &format!("{path}/requestedQuoteItemTerm")));
        if !immediate {
            issues.extend(request::contact_issue(item, "quoteItemTechnicalContact", &path));
            if item["product"]["place"].is_array() {
                issues.extend(request::contact_issue(item, "quoteItemLocationContact", &path));
            }
        }
    }
    issues
}

/// `rollInterval` goes with the action `roll`, and only with it.
pub(crate) fn roll_issue(term: &Value, path: &str) -> Option<Issue> {
    let rolls = term["endOfTermAction"] == "roll";
    match (rolls, term["rollInterval"].is_null()) {
        (true, true) => {
            Some(Issue::missing(format!("{path}/rollInterval"), "is required when the term rolls"))
        }
        (false, false) => Some(Issue::unexpected(format!("{path}/rollInterval"), "goes with roll only")),
        (true, false) | (false, true) => None,
    }
}

/// References of items to a qualification: wrong ones, and missing ones where the seller requires them.
fn qualification_issues(
    desk: &Desk<'_>,
    body: &Value,
    asks: &[(String, Ask)],
) -> Result<Vec<Issue>, Refusal> {
    let required = desk.scenario.quote.requires_qualification;
    let mut issues = Vec::new();
    for (n, (_, ask)) in asks.iter().enumerate() {
        let item = &body[ITEMS][n];
        issues.extend(qualification_issue(
            desk,
            &item["productOfferingQualificationItem"],
            "alternateProductProposalId",
            ask,
            required,
            &format!("/{ITEMS}/{n}/productOfferingQualificationItem"),
        )?);
    }
    Ok(issues)
}

/// One reference to a qualification item.
pub(crate) fn qualification_issue(
    desk: &Desk<'_>,
    reference: &Value,
    alternate: &str,
    ask: &Ask,
    required: bool,
    path: &str,
) -> Result<Option<Issue>, Refusal> {
    let (Some(id), Some(item)) =
        (reference["productOfferingQualificationId"].as_str(), reference["id"].as_str())
    else {
        let missing = required && ask.wanted().is_some();
        return Ok(missing.then(|| Issue::missing(path, "this seller wants a reference to a qualification")));
    };
    let found = desk.books.get::<QualificationMemo>(Kind::Qualification, id)?;
    let Some(found) = found.filter(|record| record.owner == desk.owner) else {
        return Ok(Some(Issue::reference(format!("{path}/productOfferingQualificationId"), "is not known")));
    };
    let Some((_, qualified)) = found.memo.asks.iter().find(|(known, _)| known == item) else {
        return Ok(Some(Issue::reference(format!("{path}/id"), "is no item of that qualification")));
    };
    if lifecycle::state(&found.wire) != "done.ready" {
        return Ok(Some(Issue::value(
            path,
            format!("the qualification is {}", lifecycle::state(&found.wire)),
        )));
    }
    if let Some(proposal) = reference[alternate].as_str()
        && !found.memo.alternates.contains_key(proposal)
    {
        return Ok(Some(Issue::reference(format!("{path}/{alternate}"), "was not proposed")));
    }
    let same = qualified.action() == ask.action()
        && qualified.product() == ask.product()
        && qualified.wanted().and_then(|wanted| wanted.offering())
            == ask.wanted().and_then(|wanted| wanted.offering());
    Ok((!same).then(|| Issue::value(path, "that qualification item was for something else")))
}

/// A deferred quote is taken up.
pub(crate) fn starts(desk: &Desk<'_>, id: &str) -> Result<(), Refusal> {
    let Some(mut record) = desk.books.get::<QuoteMemo>(Kind::Quote, id)? else { return Ok(()) };
    if lifecycle::state(&record.wire) != "acknowledged" {
        return Ok(());
    }
    enter(desk, &mut record, "inProgress");
    tell_states(desk, &record)?;
    if !matches!(record.memo.effect, Some(Effect::Silent { .. })) {
        let due = desk.later(desk.scenario.quote.answer_after);
        desk.schedule(due, id, &Happening::QuoteAnswers { id: id.to_owned() })?;
    }
    Ok(desk.books.put(&record)?)
}

/// A deferred quote is answered, unless the buyer has cancelled it.
pub(crate) fn answers(desk: &Desk<'_>, id: &str) -> Result<(), Refusal> {
    let Some(mut record) = desk.books.get::<QuoteMemo>(Kind::Quote, id)? else { return Ok(()) };
    if lifecycle::state(&record.wire) != "inProgress" {
        return Ok(());
    }
    let owner = record.owner.clone();
    let desk = &desk.at(desk.now, &owner);
    answer(desk, &mut record)?;
    tell_states(desk, &record)?;
    Ok(desk.books.put(&record)?)
}

/// An offer has stood long enough.
pub(crate) fn expires(desk: &Desk<'_>, id: &str) -> Result<(), Refusal> {
    let Some(mut record) = desk.books.get::<QuoteMemo>(Kind::Quote, id)? else { return Ok(()) };
    if matches!(
        lifecycle::state(&record.wire),
        "approved.orderable" | "approved.orderableAlternate" | "answered"
    ) {
        lifecycle::enter(&mut record.wire, "expired", None, desk.now);
        hub::tell(desk, Api::Quote, "quoteStateChangeEvent", json!({"id": id}))?;
        desk.books.put(&record)?;
    }
    Ok(())
}

fn enter(desk: &Desk<'_>, record: &mut Record<QuoteMemo>, state: &str) {
    for item in lifecycle::items(&mut record.wire, ITEMS) {
        item["state"] = json!(state);
    }
    lifecycle::enter(&mut record.wire, state, None, desk.now);
}

fn tell_states(desk: &Desk<'_>, record: &Record<QuoteMemo>) -> Stored<()> {
    for (item, _) in &record.memo.asks {
        hub::tell(
            desk,
            Api::Quote,
            "quoteItemStateChangeEvent",
            json!({"id": record.id, "quoteItemId": item}),
        )?;
    }
    hub::tell(desk, Api::Quote, "quoteStateChangeEvent", json!({"id": record.id}))
}

/// What an item's answer is.
enum Answer {
    Offered { offer: Offer, interval: Value, exact: bool },
    Unable(String),
}

/// Prices every item, or says why not.
fn answer(desk: &Desk<'_>, record: &mut Record<QuoteMemo>) -> Stored<()> {
    let now = desk.now;
    if let Some(wire) = record.wire.as_object_mut() {
        wire.remove("expectedQuoteCompletionDate");
    }
    record.wire["effectiveQuoteCompletionDate"] = json!(now.to_string());
    if let Some(Effect::Reject { reason }) = record.memo.effect.clone() {
        for (n, item) in lifecycle::items(&mut record.wire, ITEMS).enumerate() {
            item["state"] = json!(if n == 0 { "rejected" } else { "abandoned" });
            if n == 0 {
                lifecycle::terminate(item, &[Issue::other(reason.clone())]);
            }
        }
        lifecycle::enter(&mut record.wire, "rejected", Some(&reason), now);
        return Ok(());
    }
    let mut answers = Vec::new();
    for (n, (_, ask)) in record.memo.asks.iter().enumerate() {
        answers.push(match &record.memo.effect {
            Some(Effect::Unable { reason, .. }) => Answer::Unable(reason.clone()),
            _ => offer(desk, ask, &record.wire[ITEMS][n])?,
        });
    }
    let level = match (record.wire["buyerRequestedQuoteLevel"].as_str(), desk.scenario.quote.level) {
        (Some("budgetary"), _) => QuoteLevel::Budgetary,
        (_, level) => level,
    };
    record.wire["quoteLevel"] = json!(level);
    let unable = answers.iter().any(|answer| matches!(answer, Answer::Unable(_)));
    let exact = answers.iter().all(|answer| matches!(answer, Answer::Offered { exact: true, .. }));
    let ids: Vec<String> = record.memo.asks.iter().map(|(id, _)| id.clone()).collect();
    for (id, answer) in ids.into_iter().zip(answers) {
        let Some(item) = lifecycle::item(&mut record.wire, ITEMS, &id) else { continue };
        match answer {
            Answer::Unable(reason) => {
                item["state"] = json!("unableToProvide");
                lifecycle::terminate(item, &[Issue::other(reason)]);
            }
            Answer::Offered { .. } if unable => item["state"] = json!("abandoned"),
            Answer::Offered { mut offer, interval, exact } => {
                if let Some(Effect::Dearer { by }) = &record.memo.effect {
                    for line in &mut offer.prices {
                        line.amount = (line.amount + by.of(line.amount)).round_dp(2);
                    }
                }
                item["state"] = json!(match (level, exact) {
                    (QuoteLevel::Budgetary, _) => "answered",
                    (_, true) => "approved.orderable",
                    (_, false) => "approved.orderableAlternate",
                });
                item["quoteItemPrice"] = catalogue::wire_prices(desk.scenario, &offer.prices);
                item["quoteItemInstallationInterval"] = interval;
                if let Some(term) = &offer.term {
                    item["quoteItemTerm"] = json!([term]);
                }
                if level != QuoteLevel::Budgetary {
                    item["subjectToFeasibilityCheck"] =
                        json!(level == QuoteLevel::FirmSubjectToFeasibilityCheck);
                }
                record.memo.offers.insert(id, offer);
            }
        }
    }
    let state = match (unable, level, exact) {
        (true, _, _) => "unableToProvide",
        (false, QuoteLevel::Budgetary, _) => "answered",
        (false, _, true) => "approved.orderable",
        (false, _, false) => "approved.orderableAlternate",
    };
    lifecycle::enter(&mut record.wire, state, None, now);
    if !unable {
        let end = desk.later(desk.scenario.quote.valid_for);
        record.wire["validFor"] = json!({"endDateTime": end.to_string()});
        desk.schedule(end, &record.id, &Happening::QuoteExpires { id: record.id.clone() })?;
    }
    Ok(())
}

fn offer(desk: &Desk<'_>, ask: &Ask, item: &Value) -> Stored<Answer> {
    match qualification::judge(desk, ask)? {
        Verdict::Possible | Verdict::Doubtful(_) => {}
        Verdict::Impossible { reason, .. } => return Ok(Answer::Unable(reason)),
    }
    let Some(wanted) = ask.wanted() else {
        let prices = termination_prices(desk, ask.product().unwrap_or_default())?;
        let interval = json!({"amount": 0, "units": "calendarDays"});
        return Ok(Answer::Offered { offer: Offer { prices, term: None }, interval, exact: true });
    };
    let Some(offering) = wanted.offering().and_then(|id| desk.scenario.offering(id)) else {
        return Ok(Answer::Unable("the offering is no longer sold".to_owned()));
    };
    let wish = Agreed::read(&item["requestedQuoteItemTerm"]);
    let Some(offered) = term::choose(offering, wish.as_ref()) else {
        return Ok(Answer::Unable("every term of this offering is longer than the requested one".to_owned()));
    };
    let change = matches!(ask, Ask::Modify { .. });
    let prices = catalogue::price(desk.scenario, wanted, offered.term.discount, change);
    let exact = offered.exact && in_time(desk, offering, &item["requestedQuoteItemInstallationInterval"]);
    let offer = Offer { prices, term: Some(offered.wire()) };
    Ok(Answer::Offered { offer, interval: json!(offering.installation_interval), exact })
}

/// Whether the standard interval is no longer than the requested one.
fn in_time(desk: &Desk<'_>, offering: &Offering, requested: &Value) -> bool {
    let requested: Option<crate::scenario::Interval> = serde_json::from_value(requested.clone()).ok();
    let ready = desk.after_interval(offering.installation_interval);
    requested.is_none_or(|requested| ready <= desk.after_interval(requested))
}

/// What leaving now costs.
fn termination_prices(desk: &Desk<'_>, product: &str) -> Stored<Vec<PriceLine>> {
    let fee = match desk.books.get::<ProductMemo>(Kind::Product, product)? {
        Some(record) => termination_fee(desk, &record.memo),
        None => Decimal::ZERO,
    };
    let shown = desk.scenario.order.termination_fee.shown == crate::scenario::TerminationBasis::AsCharge;
    let fee = if shown { fee } else { Decimal::ZERO };
    let line = PriceLine { name: "Early termination".to_owned(), period: None, amount: fee };
    Ok(if fee.is_zero() { Vec::new() } else { vec![line] })
}

/// What a product's buyer owes when its service ends after the disconnect notice.
pub(crate) fn termination_fee(desk: &Desk<'_>, product: &ProductMemo) -> Decimal {
    let order = &desk.scenario.order;
    let end = desk.later(order.disconnect_notice);
    product
        .term
        .map_or(Decimal::ZERO, |term| term.termination_fee(&product.prices, order.termination_fee.share, end))
}

/// `POST /cancelQuote`: legal while the quote is worked on.
pub(crate) fn cancel(desk: &Desk<'_>, body: &Value) -> Result<Value, Refusal> {
    operate(desk, body, &["inProgress", "inProgress.draft"], "cancelled")
}

/// `POST /rejectQuote`, called `/declineQuote` in the guide: legal while the offer stands.
pub(crate) fn decline(desk: &Desk<'_>, body: &Value) -> Result<Value, Refusal> {
    operate(desk, body, &["approved.orderable", "approved.orderableAlternate"], "declined")
}

fn operate(desk: &Desk<'_>, body: &Value, legal_in: &[&str], state: &str) -> Result<Value, Refusal> {
    request::check_envelope(desk, &requests::QUOTE_OPERATION, body)?;
    let id = body["quoteId"].as_str().ok_or_else(|| request::malformed("/quoteId: is required"))?;
    let record = desk.books.get::<QuoteMemo>(Kind::Quote, id)?.filter(|record| record.owner == desk.owner);
    let Some(mut record) = record else { return Err(Issue::reference("/quoteId", "is not known").into()) };
    let now_in = lifecycle::state(&record.wire);
    if !legal_in.contains(&now_in) {
        return Err(Issue::value(
            "/quoteId",
            format!("the quote is {now_in}, which leaves nothing to be {state}"),
        )
        .into());
    }
    lifecycle::enter(&mut record.wire, state, body["reason"].as_str(), desk.now);
    hub::tell(desk, Api::Quote, "quoteStateChangeEvent", json!({"id": id}))?;
    desk.books.put(&record)?;
    Ok(body.clone())
}
