//! Product orders (MEF 123): placing, and what all the steps after it share.
//!
//! [`create`] takes an order and answers `acknowledged`; [`assess`] accepts or rejects it; [`fulfil`] completes or
//! fails its items; [`cancel`] and [`charge`] are the detours. While a detour lasts, the agenda of the order is set
//! aside in its memo.

mod assess;
mod cancel;
mod charge;
mod fulfil;

pub(crate) use assess::assessed;
pub(crate) use cancel::{cancel_assessed, cancelled, create_cancel, seller_cancels};
pub(crate) use charge::{ChargeMemo, answer_charge, charge_expires};
pub(crate) use fulfil::{item_due, milestone_reached};

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::agenda::Happening;
use crate::catalogue::PriceLine;
use crate::desk::{Desk, Marks};
use crate::hub::{self, Api};
use crate::lifecycle;
use crate::quote::{self, QuoteMemo};
use crate::refusal::{Issue, Refusal, none_of};
use crate::request::{self, Form};
use crate::scenario::{Effect, SilentAt, Stage};
use crate::service::Ask;
use crate::shape::requests;
use crate::store::{Kind, Record, Stored};
use crate::term::Running;

const ITEMS: &str = "productOrderItem";

/// What the seller knows about an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OrderMemo {
    pub(crate) marks: Marks,
    pub(crate) asks: Vec<(String, Ask)>,
    effect: Option<Effect>,
    #[serde(default)]
    checks: Checks,
    /// Per item, once the order is accepted.
    pub(crate) plans: BTreeMap<String, Plan>,
    /// The agenda while a cancellation or a charge is assessed, and since when.
    aside: Option<Aside>,
}

/// What is held against an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Checks {
    /// Quote, calendar and network.
    #[default]
    Usual,
    /// Nothing but the state of the product it is about.
    None,
}

/// How an item will be fulfilled.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) product: String,
    /// As agreed.
    pub(crate) prices: Vec<PriceLine>,
    /// The term that starts on completion, and its `MEFItemTerm`.
    term: Option<(Running, Value)>,
    /// Owed when the service ends, and only on the bill.
    silent_fee: Decimal,
    /// How often the date may still slip.
    slips: u32,
}

/// An agenda that has been set aside.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Aside {
    since: Timestamp,
    entries: Vec<(Timestamp, Happening)>,
}

/// `POST /productOrder`: always answered `acknowledged`.
pub(crate) fn create(desk: &Desk<'_>, body: &Value) -> Result<Value, Refusal> {
    let asks = read(desk, body)?;
    none_of(reference_issues(desk, body, &asks)?)?;
    let marks = Marks::of(body);
    let effect = desk.rehearse(Stage::Order, &marks, &asks)?;
    Ok(place(desk, body, asks, effect, Checks::Usual)?)
}

/// The same, whatever became of its quote and of the network.
pub(crate) fn create_unchecked(desk: &Desk<'_>, body: &Value) -> Result<Value, Refusal> {
    let asks = read(desk, body)?;
    Ok(place(desk, body, asks, None, Checks::None)?)
}

fn read(desk: &Desk<'_>, body: &Value) -> Result<Vec<(String, Ask)>, Refusal> {
    request::check_envelope(desk, &requests::ORDER, body)?;
    if desk.scenario.validation.guide_rules {
        none_of(guide_issues(body))?;
    }
    request::read_items(desk, Form::Order, body)
}

/// Takes an order.
pub(crate) fn place(
    desk: &Desk<'_>,
    body: &Value,
    asks: Vec<(String, Ask)>,
    effect: Option<Effect>,
    checks: Checks,
) -> Stored<Value> {
    let marks = Marks::of(body);
    let id = desk.new_id("ORD")?;
    let mut wire = body.clone();
    wire["id"] = json!(id);
    wire["orderDate"] = json!(desk.now.to_string());
    lifecycle::sign(&mut wire, "sellerContact", &desk.scenario.seller);
    for item in lifecycle::items(&mut wire, ITEMS) {
        lifecycle::enter(item, "acknowledged", None, desk.now);
    }
    lifecycle::enter(&mut wire, "acknowledged", None, desk.now);
    let silent = matches!(effect, Some(Effect::Silent { at: SilentAt::Acknowledged }));
    let record = Record {
        kind: Kind::Order,
        id: id.clone(),
        owner: desk.owner.to_owned(),
        listed_from: desk.later(desk.scenario.lists.order_search_lag),
        hidden: false,
        wire,
        memo: OrderMemo { marks, asks, effect, checks, plans: BTreeMap::new(), aside: None },
    };
    accept_quotes(desk, &record)?;
    if !silent {
        let due = desk.later(desk.scenario.order.assess_after);
        desk.schedule(due, &id, &Happening::OrderAssessed { id: id.clone() })?;
    }
    desk.books.put(&record)?;
    Ok(record.wire)
}

/// What the guide demands of an order and the YAML leaves optional. A delete needs nothing but the product id; the
/// guide contradicts itself there (R14 and R44 of MEF 123), so its date and contacts are neither demanded nor
/// refused.
fn guide_issues(body: &Value) -> Vec<Issue> {
    let mut issues: Vec<Issue> =
        request::contact_issue(body, "productOrderContact", "").into_iter().collect();
    for (n, item) in body[ITEMS].as_array().into_iter().flatten().enumerate() {
        let path = format!("/{ITEMS}/{n}");
        let action = item["action"].as_str().unwrap_or_default();
        if action == "delete" {
            continue;
        }
        for role in ["buyerProductOrderItemContact", "buyerImplementationContact", "buyerTechnicalContact"] {
            issues.extend(request::contact_issue(item, role, &path));
        }
        let mut demand = |name: &str| {
            if item[name].is_null() {
                issues.push(Issue::missing(
                    format!("{path}/{name}"),
                    format!("is required to {action} a product"),
                ));
            }
        };
        demand("requestedCompletionDate");
        demand("requestedItemTerm");
        if action == "add" {
            demand("billingAccount");
        }
        issues.extend(quote::roll_issue(&item["requestedItemTerm"], &format!("{path}/requestedItemTerm")));
    }
    issues
}

/// References of items to quotes and qualifications: wrong ones, and missing ones where the seller requires them.
fn reference_issues(desk: &Desk<'_>, body: &Value, asks: &[(String, Ask)]) -> Result<Vec<Issue>, Refusal> {
    let settings = &desk.scenario.order;
    let mut issues = Vec::new();
    for (n, (_, ask)) in asks.iter().enumerate() {
        let item = &body[ITEMS][n];
        let path = format!("/{ITEMS}/{n}");
        issues.extend(quote::qualification_issue(
            desk,
            &item["productOfferingQualificationItem"],
            "alternateProductOfferingProposalId",
            ask,
            settings.requires_qualification,
            &format!("{path}/productOfferingQualificationItem"),
        )?);
        let path = format!("{path}/quoteItem");
        let reference = &item["quoteItem"];
        let (Some(quote), Some(quoted)) = (reference["quoteId"].as_str(), reference["id"].as_str()) else {
            if settings.requires_quote && ask.wanted().is_some() {
                issues.push(Issue::missing(path, "this seller wants a reference to a quote"));
            }
            continue;
        };
        issues.extend(quote_issue(desk, quote, quoted, &path)?);
    }
    Ok(issues)
}

/// Whether a quote can be ordered now.
fn quote_issue(desk: &Desk<'_>, id: &str, item: &str, path: &str) -> Stored<Option<Issue>> {
    let found = desk.books.get::<QuoteMemo>(Kind::Quote, id)?.filter(|record| record.owner == desk.owner);
    let Some(found) = found else {
        return Ok(Some(Issue::reference(format!("{path}/quoteId"), "is not known")));
    };
    if !found.memo.asks.iter().any(|(known, _)| known == item) {
        return Ok(Some(Issue::reference(format!("{path}/id"), "is no item of that quote")));
    }
    let end: Option<Timestamp> =
        found.wire["validFor"]["endDateTime"].as_str().and_then(|text| text.parse().ok());
    Ok(match lifecycle::state(&found.wire) {
        "approved.orderable" | "approved.orderableAlternate" => None,
        "accepted" if desk.scenario.quote.single_use => {
            Some(Issue::value(format!("{path}/quoteId"), "the quote is accepted: it was ordered before"))
        }
        "accepted" if end.is_some_and(|end| end > desk.now) => None,
        "accepted" => Some(Issue::value(format!("{path}/quoteId"), "the quote is no longer valid")),
        state => Some(Issue::value(
            format!("{path}/quoteId"),
            format!("the quote is {state} and cannot be ordered"),
        )),
    })
}

/// An order that refers to a quote accepts it.
fn accept_quotes(desk: &Desk<'_>, order: &Record<OrderMemo>) -> Stored<()> {
    let items = order.wire[ITEMS].as_array().into_iter().flatten();
    let quotes: std::collections::BTreeSet<&str> =
        items.filter_map(|item| item["quoteItem"]["quoteId"].as_str()).collect();
    for id in quotes {
        if let Some(mut quote) = desk.books.get::<QuoteMemo>(Kind::Quote, id)? {
            quote.memo.orders.push(order.id.clone());
            if lifecycle::state(&quote.wire) != "accepted" {
                lifecycle::enter(&mut quote.wire, "accepted", None, desk.now);
                hub::tell(desk, Api::Quote, "quoteStateChangeEvent", json!({"id": id}))?;
            }
            desk.books.put(&quote)?;
        }
    }
    Ok(())
}

/// `PATCH /productOrder/{id}`: what may be edited while an order is under way. A list replaces the whole list
/// (RFC 7386), so the buyer has to send the seller's notes and contacts again.
pub(crate) fn update(desk: &Desk<'_>, id: &str, patch: &Value) -> Result<Value, Refusal> {
    request::check_envelope(desk, &requests::ORDER_UPDATE, patch)?;
    let mut record = find(desk, id)?;
    let state = lifecycle::state(&record.wire);
    if is_final(state) {
        return Err(Refusal::Conflict(format!("the order is {state} and cannot be edited")));
    }
    for name in ["externalId", "projectId", "note", "relatedContactInformation"] {
        if let Some(value) = patch.get(name) {
            record.wire[name] = value.clone();
        }
    }
    for update in patch[ITEMS].as_array().into_iter().flatten() {
        let known = update["id"].as_str().and_then(|id| lifecycle::item(&mut record.wire, ITEMS, id));
        let Some(item) = known else { return Err(request::malformed("/productOrderItem: no such item")) };
        for name in ["endCustomerName", "note", "relatedBuyerPON", "relatedContactInformation"] {
            if let Some(value) = update.get(name) {
                item[name] = value.clone();
            }
        }
    }
    record.memo.marks = Marks::of(&record.wire);
    desk.books.put(&record)?;
    Ok(record.wire)
}

/// The buyer's order with this id.
fn find(desk: &Desk<'_>, id: &str) -> Result<Record<OrderMemo>, Refusal> {
    desk.find(Kind::Order, "product order", id)
}

/// Terminal order states.
pub(crate) fn is_final(state: &str) -> bool {
    matches!(state, "completed" | "failed" | "partial" | "cancelled" | "rejected")
}

/// Terminal item states.
fn item_is_final(state: &str) -> bool {
    matches!(
        state,
        "completed" | "failed" | "cancelled" | "rejected" | "rejected.validated" | "rejected.unassessed"
    )
}

/// Moves the order, and those of its items that are not done, to new states.
fn move_to(
    desk: &Desk<'_>,
    record: &mut Record<OrderMemo>,
    state: &str,
    item_state: &str,
    reason: Option<&str>,
) -> Stored<()> {
    let mut moved = Vec::new();
    for item in lifecycle::items(&mut record.wire, ITEMS) {
        if !item_is_final(lifecycle::state(item)) && lifecycle::state(item) != item_state {
            lifecycle::enter(item, item_state, reason, desk.now);
            moved.extend(item["id"].as_str().map(str::to_owned));
        }
    }
    lifecycle::enter(&mut record.wire, state, reason, desk.now);
    for item in moved {
        hub::tell(
            desk,
            Api::Order,
            "productOrderItemStateChangeEvent",
            json!({"id": record.id, "orderItemId": item}),
        )?;
    }
    hub::tell(desk, Api::Order, "productOrderStateChangeEvent", json!({"id": record.id}))
}

/// Takes everything about the order off the agenda until [`resume`].
fn set_aside(desk: &Desk<'_>, record: &mut Record<OrderMemo>) -> Stored<()> {
    let entries = desk.books.unschedule(&record.id)?;
    record.memo.aside = Some(Aside { since: desk.now, entries });
    Ok(())
}

/// Goes on where the order was set aside, later by as long as that lasted.
fn resume(desk: &Desk<'_>, record: &mut Record<OrderMemo>) -> Stored<()> {
    let Some(aside) = record.memo.aside.take() else { return Ok(()) };
    let lasted = desk.now.duration_since(aside.since);
    for (due, happening) in aside.entries {
        let due = due.checked_add(lasted).unwrap_or(due);
        if let Happening::OrderItemDue { item, .. } = &happening {
            expect(desk, record, item, due)?;
        }
        desk.schedule(due, &record.id, &happening)?;
    }
    Ok(())
}

/// Sets the expected completion date of an item.
fn expect(desk: &Desk<'_>, record: &mut Record<OrderMemo>, item: &str, due: Timestamp) -> Stored<()> {
    let event = json!({"id": record.id, "orderItemId": item});
    if let Some(item) = lifecycle::item(&mut record.wire, ITEMS, item) {
        item["expectedCompletionDate"] = json!(due.to_string());
    }
    hub::tell(desk, Api::Order, "productOrderItemExpectedCompletionDateSet", event)
}
