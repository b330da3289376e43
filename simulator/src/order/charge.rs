//! Charges (MEF 123): costs that appear while an order is worked on, which the buyer accepts or declines.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ITEMS, OrderMemo, cancel, fulfil, move_to, resume, set_aside};
use crate::agenda::Happening;
use crate::catalogue;
use crate::desk::Desk;
use crate::hub::{self, Api};
use crate::inventory::ProductMemo;
use crate::lifecycle;
use crate::quote;
use crate::refusal::Refusal;
use crate::request;
use crate::scenario::{Charge, ChargeCategory, Effect, TerminationBasis};
use crate::service::Ask;
use crate::shape::requests;
use crate::store::{BillEntry, Kind, Record, Stored};

/// What the seller knows about a charge.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ChargeMemo {
    pub(crate) order: String,
    cause: Cause,
    amount: Decimal,
    blocking: bool,
    category: ChargeCategory,
}

/// What a charge is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Cause {
    Item(String),
    Cancel(String),
}

/// Raises the charge that an order begins with: the early termination of a delete, or what a rule says. At most one
/// at a time (MEF 123).
pub(super) fn raise_first(desk: &Desk<'_>, record: &mut Record<OrderMemo>) -> Stored<()> {
    if !desk.scenario.order.charges {
        return Ok(());
    }
    if let Some(Effect::Charge(charge)) = record.memo.effect.clone() {
        let Some((item, _)) = record.memo.asks.first().cloned() else { return Ok(()) };
        return raise_on_item(desk, record, &item, &charge);
    }
    for (item, ask) in record.memo.asks.clone() {
        let Ask::Delete { product } = ask else { continue };
        let product = desk.books.get::<ProductMemo>(Kind::Product, &product)?;
        let fee = product.map_or(Decimal::ZERO, |product| quote::termination_fee(desk, &product.memo));
        let shown = desk.scenario.order.termination_fee.shown == TerminationBasis::AsCharge;
        if shown && !fee.is_zero() {
            let charge = Charge {
                category: ChargeCategory::Disconnect,
                amount: crate::scenario::Amount(fee),
                blocking: true,
                note: Some("the term has not ended".to_owned()),
            };
            return raise_on_item(desk, record, &item, &charge);
        }
    }
    Ok(())
}

fn raise_on_item(desk: &Desk<'_>, record: &mut Record<OrderMemo>, item: &str, charge: &Charge) -> Stored<()> {
    set_aside(desk, record)?;
    if let Some(held) = lifecycle::item(&mut record.wire, ITEMS, item) {
        lifecycle::enter(held, "held", None, desk.now);
    }
    lifecycle::enter(&mut record.wire, "held.assessingCharge", None, desk.now);
    let event = json!({"id": record.id, "orderItemId": item});
    hub::tell(desk, Api::Order, "productOrderItemStateChangeEvent", event)?;
    hub::tell(desk, Api::Order, "productOrderStateChangeEvent", json!({"id": record.id}))?;
    raise(desk, record, Cause::Item(item.to_owned()), charge)?;
    Ok(())
}

/// Raises the charge of a cancellation and returns its id.
pub(super) fn raise_on_cancel(
    desk: &Desk<'_>,
    record: &Record<OrderMemo>,
    cancel: &str,
    amount: Decimal,
) -> Stored<String> {
    let charge = Charge {
        category: ChargeCategory::Cancellation,
        amount: crate::scenario::Amount(amount),
        blocking: true,
        note: None,
    };
    raise(desk, record, Cause::Cancel(cancel.to_owned()), &charge)
}

fn raise(desk: &Desk<'_>, order: &Record<OrderMemo>, cause: Cause, charge: &Charge) -> Stored<String> {
    let id = desk.new_id("CHG")?;
    let due = desk.later(desk.scenario.order.charge_response_time);
    let mut item = json!({
        "id": "1",
        "activityType": "new",
        "priceCategory": charge.category,
        "priceType": "nonRecurring",
        "price": catalogue::wire_price(desk.scenario, charge.amount.0),
        "blocking": charge.blocking,
        "state": "awaitingResponse",
    });
    if let Some(note) = &charge.note {
        lifecycle::note(&mut item, note, &desk.scenario.seller, desk.now);
    }
    let mut wire = json!({
        "id": id,
        "creationDate": desk.now.to_string(),
        "responseDueDate": due.to_string(),
        "state": "awaitingResponse",
        "chargeItem": [item],
    });
    match &cause {
        Cause::Item(item) => {
            wire["productOrderItem"] = json!({"productOrderId": order.id, "productOrderItemId": item});
        }
        Cause::Cancel(cancel) => {
            wire["productOrder"] = json!({"productOrderId": order.id});
            wire["cancelProductOrder"] = json!({"id": cancel});
        }
    }
    desk.books.put(&Record {
        kind: Kind::Charge,
        id: id.clone(),
        owner: order.owner.clone(),
        listed_from: desk.now,
        hidden: false,
        wire,
        memo: ChargeMemo {
            order: order.id.clone(),
            cause,
            amount: charge.amount.0,
            blocking: charge.blocking,
            category: charge.category,
        },
    })?;
    desk.schedule(due, &id, &Happening::ChargeExpires { id: id.clone() })?;
    hub::tell(desk, Api::Order, "chargeCreateEvent", json!({"id": id}))?;
    Ok(id)
}

/// `PATCH /charge/{id}`: the answer must cover all items at once.
pub(crate) fn answer_charge(desk: &Desk<'_>, id: &str, body: &Value) -> Result<Value, Refusal> {
    request::check_envelope(desk, &requests::CHARGE_UPDATE, body)?;
    let mut record: Record<ChargeMemo> = desk.find(Kind::Charge, "charge", id)?;
    let state = lifecycle::state(&record.wire);
    if state != "awaitingResponse" {
        return Err(Refusal::Conflict(format!("the charge is {state}, an answer comes too late")));
    }
    let answers = body["chargeItem"].as_array().into_iter().flatten();
    let indicator = answers
        .into_iter()
        .find(|item| item["id"] == "1")
        .and_then(|item| item["acceptanceIndicator"].as_str());
    let Some(indicator) = indicator else {
        return Err(Refusal::Conflict("the answer must cover every item of the charge".to_owned()));
    };
    let accepted = indicator == "accepted";
    desk.books.unschedule::<Happening>(id)?;
    if let Some(item) = record.wire["chargeItem"].get_mut(0) {
        item["acceptanceIndicator"] = json!(indicator);
        item["state"] = json!(if accepted { "acceptedByBuyer" } else { "declinedByBuyer" });
    }
    record.wire["state"] = json!("completed");
    hub::tell(desk, Api::Order, "chargeStateChangeEvent", json!({"id": id}))?;
    desk.books.put(&record)?;
    settle(desk, &record, accepted)?;
    Ok(record.wire)
}

/// Nobody answered in time: all items count as declined and the charge is `timeout` (enum and R96 of MEF 123; one
/// sentence of the YAML says `completed`).
pub(crate) fn charge_expires(desk: &Desk<'_>, id: &str) -> Result<(), Refusal> {
    let Some(mut record) = desk.books.get::<ChargeMemo>(Kind::Charge, id)? else { return Ok(()) };
    if lifecycle::state(&record.wire) != "awaitingResponse" {
        return Ok(());
    }
    let owner = record.owner.clone();
    let desk = &desk.at(desk.now, &owner);
    if let Some(item) = record.wire["chargeItem"].get_mut(0) {
        item["state"] = json!("declinedByBuyer");
    }
    record.wire["state"] = json!("timeout");
    hub::tell(desk, Api::Order, "chargeTimeoutEvent", json!({"id": id}))?;
    desk.books.put(&record)?;
    Ok(settle(desk, &record, false)?)
}

/// What follows from the answer.
fn settle(desk: &Desk<'_>, charge: &Record<ChargeMemo>, accepted: bool) -> Stored<()> {
    let memo = &charge.memo;
    let Some(mut order) = desk.books.get::<OrderMemo>(Kind::Order, &memo.order)? else { return Ok(()) };
    if accepted {
        bill(desk, memo, desk.now)?;
    }
    match &memo.cause {
        Cause::Cancel(cancel) => cancel::charge_settled(desk, order, cancel, &charge.id, accepted),
        Cause::Item(item) => {
            if accepted && let Some(item) = lifecycle::item(&mut order.wire, ITEMS, item) {
                lifecycle::append(item, "charge", json!({"id": charge.id}));
            }
            move_to(desk, &mut order, "inProgress", "inProgress", None)?;
            resume(desk, &mut order)?;
            if !accepted && memo.blocking {
                fulfil::fail(desk, &mut order, item, "a blocking charge was declined")?;
            }
            desk.books.put(&order)
        }
    }
}

fn bill(desk: &Desk<'_>, charge: &ChargeMemo, at: Timestamp) -> Stored<()> {
    desk.books.bill(&BillEntry {
        subject: charge.order.clone(),
        reason: format!("Charge: {}", charge.category.name()),
        amount: charge.amount,
        currency: desk.scenario.currency.clone(),
        at,
    })
}
