//! Items of an accepted order come due: they complete, fail or slip, and the inventory follows.

use serde_json::json;

use super::{ITEMS, OrderMemo, expect, item_is_final};
use crate::agenda::Happening;
use crate::catalogue::PriceLine;
use crate::desk::Desk;
use crate::hub::{self, Api};
use crate::inventory::{self, Design, ProductMemo, Status};
use crate::lifecycle;
use crate::qualification;
use crate::refusal::{Issue, Refusal};
use crate::scenario::Effect;
use crate::service::{Ask, Product};
use crate::store::{BillEntry, Kind, Record, Stored};

/// An item is due.
pub(crate) fn item_due(desk: &Desk<'_>, id: &str, item: &str) -> Result<(), Refusal> {
    let Some(mut record) = desk.books.get::<OrderMemo>(Kind::Order, id)? else { return Ok(()) };
    if lifecycle::state(&record.wire) != "inProgress" {
        return Ok(());
    }
    let owner = record.owner.clone();
    let desk = &desk.at(desk.now, &owner);
    if slip(desk, &mut record, item)? {
        return Ok(desk.books.put(&record)?);
    }
    let failure = match &record.memo.effect {
        Some(Effect::Unable { reason, items })
            if items.is_empty() || items.iter().any(|listed| listed == item) =>
        {
            Some(reason.clone())
        }
        _ => hindrance(desk, &record, item)?,
    };
    match failure {
        Some(reason) => fail(desk, &mut record, item, &reason)?,
        None => complete(desk, &mut record, item)?,
    }
    Ok(desk.books.put(&record)?)
}

/// A milestone of an item is reached.
pub(crate) fn milestone_reached(
    desk: &Desk<'_>,
    id: &str,
    item: &str,
    name: &str,
    note: Option<&str>,
) -> Result<(), Refusal> {
    let Some(mut record) = desk.books.get::<OrderMemo>(Kind::Order, id)? else { return Ok(()) };
    let owner = record.owner.clone();
    let desk = &desk.at(desk.now, &owner);
    if let Some(item) = lifecycle::item(&mut record.wire, ITEMS, item)
        && lifecycle::state(item) == "inProgress"
    {
        let mut milestone = json!({"name": name, "date": desk.now.to_string()});
        if let Some(note) = note {
            milestone["note"] = json!(note);
        }
        lifecycle::append(item, "milestone", milestone);
        let event = json!({"id": id, "orderItemId": item["id"], "milestoneName": name});
        hub::tell(desk, Api::Order, "productSpecificProductOrderItemMilestoneEvent", event)?;
        desk.books.put(&record)?;
    }
    Ok(())
}

/// Moves the expected date when a rule says so; each revision has a seller note (MEF 123).
fn slip(desk: &Desk<'_>, record: &mut Record<OrderMemo>, item: &str) -> Stored<bool> {
    let Some(Effect::Slip { by, note, .. }) = record.memo.effect.clone() else { return Ok(false) };
    let Some(plan) = record.memo.plans.get_mut(item).filter(|plan| plan.slips > 0) else { return Ok(false) };
    plan.slips -= 1;
    let due = desk.later(by);
    expect(desk, record, item, due)?;
    if let Some(item) = lifecycle::item(&mut record.wire, ITEMS, item) {
        lifecycle::note(item, &note, &desk.scenario.seller, desk.now);
    }
    let happening = Happening::OrderItemDue { id: record.id.clone(), item: item.to_owned() };
    desk.schedule(due, &record.id, &happening)?;
    Ok(true)
}

/// Why an item cannot be completed: a UNI that the same order was to add is not there, or the service to be changed
/// has ended with its term.
fn hindrance(desk: &Desk<'_>, record: &Record<OrderMemo>, item: &str) -> Stored<Option<String>> {
    let Some(plan) = record.memo.plans.get(item) else { return Ok(None) };
    let Some((_, ask)) = record.memo.asks.iter().find(|(id, _)| id == item) else { return Ok(None) };
    let Some(product) = desk.books.get::<ProductMemo>(Kind::Product, &plan.product)? else { return Ok(None) };
    match (ask, &product.memo.product) {
        (Ask::Add(_), Product::Line(line)) => {
            for id in qualification::inventory_ports(line) {
                let port = desk.books.get::<ProductMemo>(Kind::Product, id)?;
                if port.is_none_or(|port| !port.memo.status.is_live()) {
                    return Ok(Some(format!("the UNI {id} was not delivered")));
                }
            }
            Ok(None)
        }
        (Ask::Modify { .. }, _) => {
            let ended = product.memo.status != Status::PendingChange;
            Ok(ended.then(|| "the service has ended".to_owned()))
        }
        (Ask::Add(_) | Ask::Delete { .. }, _) => Ok(None),
    }
}

fn complete(desk: &Desk<'_>, record: &mut Record<OrderMemo>, item_id: &str) -> Stored<()> {
    let Some(plan) = record.memo.plans.get(item_id).cloned() else { return Ok(()) };
    let ask = record.memo.asks.iter().find(|(id, _)| id == item_id).map(|(_, ask)| ask.clone());
    let Some(ask) = ask else { return Ok(()) };
    let Some(mut product) = desk.books.get::<ProductMemo>(Kind::Product, &plan.product)? else {
        return Ok(());
    };
    let item = lifecycle::item(&mut record.wire, ITEMS, item_id);
    let configuration =
        item.as_ref().map(|item| item["product"]["productConfiguration"].clone()).unwrap_or_default();
    // A term starts when the service does.
    let term = plan.term.clone().map(|(running, wire)| {
        let calendar = &desk.scenario.calendar;
        (crate::term::Running::from(running.agreed, desk.now, calendar), wire)
    });
    let bill = |reason: &str, amount| {
        desk.books.bill(&BillEntry {
            subject: plan.product.clone(),
            reason: reason.to_owned(),
            amount,
            currency: desk.scenario.currency.clone(),
            at: desk.now,
        })
    };
    let prices = billed(record.memo.effect.as_ref(), &plan.prices);
    for line in prices.iter().filter(|line| line.period.is_none()) {
        bill(&line.name, line.amount)?;
    }
    match &ask {
        Ask::Add(_) => {
            product.memo.truth["startDate"] = json!(desk.now.to_string());
            let same = product.memo.product.clone();
            inventory::become_design(
                desk,
                &mut product,
                Design { product: same, configuration, prices, term },
            );
            inventory::enter(desk, &mut product, Status::Active, None);
        }
        Ask::Modify { wanted, .. } => {
            let changed = wanted.clone();
            if let Product::Line(line) = &changed {
                desk.books.claim(&plan.product, &inventory::claim(line))?;
            }
            inventory::become_design(
                desk,
                &mut product,
                Design { product: changed, configuration, prices, term },
            );
            inventory::enter(desk, &mut product, Status::Active, None);
        }
        Ask::Delete { .. } => {
            desk.books.release(&plan.product)?;
            inventory::enter(desk, &mut product, Status::Terminated, None);
            if !plan.silent_fee.is_zero() {
                bill("Early termination", plan.silent_fee)?;
            }
        }
    }
    if plan.term.is_some() {
        inventory::await_term_end(desk, &product)?;
    }
    inventory::publish(desk, product)?;
    if let Some(item) = item {
        item["product"]["id"] = json!(plan.product);
        item["completionDate"] = json!(desk.now.to_string());
        lifecycle::enter(item, "completed", None, desk.now);
    }
    finish(desk, record, item_id)
}

/// What goes on the bill: what was agreed, unless a rule says otherwise.
fn billed(effect: Option<&Effect>, agreed: &[PriceLine]) -> Vec<PriceLine> {
    let Some(Effect::Misbill { recurring, once }) = effect else { return agreed.to_vec() };
    let mut billed = Vec::new();
    for line in agreed {
        match line.period {
            None => billed.extend((0..*once).map(|_| line.clone())),
            Some(_) => {
                let amount = (line.amount * recurring.0).round_dp(2);
                billed.push(PriceLine { amount, ..line.clone() });
            }
        }
    }
    billed
}

/// An item fails; what it was to change stays as it was.
pub(super) fn fail(
    desk: &Desk<'_>,
    record: &mut Record<OrderMemo>,
    item_id: &str,
    reason: &str,
) -> Stored<()> {
    undo(desk, record, item_id, reason)?;
    if let Some(item) = lifecycle::item(&mut record.wire, ITEMS, item_id) {
        lifecycle::enter(item, "failed", Some(reason), desk.now);
        lifecycle::terminate(item, &[Issue::other(reason)]);
    }
    finish(desk, record, item_id)
}

/// Takes back what accepting an item did to the inventory.
pub(super) fn undo(desk: &Desk<'_>, record: &Record<OrderMemo>, item_id: &str, reason: &str) -> Stored<()> {
    let Some(plan) = record.memo.plans.get(item_id) else { return Ok(()) };
    let Some(mut product) = desk.books.get::<ProductMemo>(Kind::Product, &plan.product)? else {
        return Ok(());
    };
    let status = match product.memo.status {
        Status::PendingActive => {
            desk.books.release(&plan.product)?;
            Status::Cancelled
        }
        Status::PendingChange | Status::PendingTerminate => {
            if let Product::Line(line) = &product.memo.product {
                desk.books.claim(&plan.product, &inventory::claim(line))?;
            }
            Status::Active
        }
        Status::SuspendedPendingTerminate => Status::Suspended,
        Status::Active | Status::Suspended | Status::Terminated | Status::Cancelled => return Ok(()),
    };
    inventory::enter(desk, &mut product, status, Some(reason));
    inventory::publish(desk, product)
}

/// Tells of an item that is done, and ends the order with its last one.
fn finish(desk: &Desk<'_>, record: &mut Record<OrderMemo>, item_id: &str) -> Stored<()> {
    let event = json!({"id": record.id, "orderItemId": item_id});
    hub::tell(desk, Api::Order, "productOrderItemStateChangeEvent", event)?;
    let mut states = Vec::new();
    for item in lifecycle::items(&mut record.wire, ITEMS) {
        states.push(lifecycle::state(item).to_owned());
    }
    if !states.iter().all(|state| item_is_final(state)) {
        return Ok(());
    }
    let completed = states.iter().filter(|state| *state == "completed").count();
    let state = match completed {
        0 => "failed",
        all if all == states.len() => "completed",
        _ => "partial",
    };
    record.wire["completionDate"] = json!(desk.now.to_string());
    lifecycle::enter(&mut record.wire, state, None, desk.now);
    hub::tell(desk, Api::Order, "productOrderStateChangeEvent", json!({"id": record.id}))
}
