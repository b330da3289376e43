//! Cancelling an order that is under way (MEF 123): by the buyer, who may be refused or charged, or by the seller.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ITEMS, OrderMemo, charge, find, fulfil, move_to, resume, set_aside};
use crate::agenda::Happening;
use crate::desk::Desk;
use crate::hub::{self, Api};
use crate::lifecycle;
use crate::refusal::{Issue, Refusal};
use crate::request;
use crate::scenario::Effect;
use crate::shape::requests;
use crate::store::{Kind, Record, Stored};

/// What the seller knows about a cancel request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CancelMemo {
    order: String,
}

/// `POST /cancelProductOrder`. Legal while the order is `inProgress`; in `acknowledged` the guide leaves it
/// undefined, and this seller refuses with 422.
pub(crate) fn create_cancel(desk: &Desk<'_>, body: &Value) -> Result<Value, Refusal> {
    request::check_envelope(desk, &requests::CANCEL, body)?;
    if desk.scenario.validation.guide_rules
        && let Some(issue) = request::contact_issue(body, "cancelProductOrderContact", "")
    {
        return Err(issue.into());
    }
    let path = "/productOrder/productOrderId";
    let id = body["productOrder"]["productOrderId"].as_str();
    let id = id.ok_or_else(|| request::malformed(format!("{path}: is required")))?;
    let mut order = match find(desk, id) {
        Ok(order) => order,
        Err(Refusal::NotFound { .. }) => return Err(Issue::reference(path, "is not known").into()),
        Err(other) => return Err(other),
    };
    let state = lifecycle::state(&order.wire);
    let started = order.wire[ITEMS]
        .as_array()
        .is_some_and(|items| items.iter().any(|item| item["state"] == "completed"));
    if state != "inProgress" || started {
        let reason = if started { "parts of it are completed".to_owned() } else { format!("it is {state}") };
        return Err(Issue::value(path, format!("the order cannot be cancelled: {reason}")).into());
    }
    let task = desk.new_id("CAN")?;
    let mut wire = body.clone();
    wire["id"] = json!(task);
    wire["state"] = json!("acknowledged");
    lifecycle::sign(&mut wire, "cancelProductOrderSellerContact", &desk.scenario.seller);
    desk.books.put(&Record {
        kind: Kind::Cancel,
        id: task.clone(),
        owner: desk.owner.to_owned(),
        listed_from: desk.now,
        hidden: false,
        wire: wire.clone(),
        memo: CancelMemo { order: id.to_owned() },
    })?;
    set_aside(desk, &mut order)?;
    move_to(desk, &mut order, "assessingCancellation", "pending", None)?;
    desk.books.put(&order)?;
    let due = desk.later(desk.scenario.order.cancel.assess_after);
    desk.schedule(due, &task, &Happening::CancelAssessed { id: task.clone() })?;
    Ok(wire)
}

/// The verdict on a cancel request.
pub(crate) fn cancel_assessed(desk: &Desk<'_>, id: &str) -> Result<(), Refusal> {
    let Some(mut task) = desk.books.get::<CancelMemo>(Kind::Cancel, id)? else { return Ok(()) };
    let Some(mut order) = desk.books.get::<OrderMemo>(Kind::Order, &task.memo.order)? else { return Ok(()) };
    let owner = task.owner.clone();
    let desk = &desk.at(desk.now, &owner);
    let policy = &desk.scenario.order.cancel;
    let refuse = match &order.memo.effect {
        Some(Effect::RefusesCancel { reason }) => Some(reason.clone()),
        _ => policy.refuse.clone(),
    };
    match (&refuse, policy.fee) {
        (Some(reason), _) => {
            task.wire["cancellationDeniedReason"] = json!(reason);
            enter(desk, &mut task, "rejected")?;
            move_to(desk, &mut order, "inProgress", "inProgress", Some(reason))?;
            resume(desk, &mut order)?;
            desk.books.put(&order)?;
        }
        (None, Some(fee)) => {
            let charge = charge::raise_on_cancel(desk, &order, id, fee.0)?;
            task.wire["charge"] = json!({"id": charge});
            enter(desk, &mut task, "inProgress.assessingCharge")?;
        }
        (None, None) => {
            enter(desk, &mut task, "done")?;
            begin(desk, &mut order, task.wire["cancellationReason"].as_str())?;
            desk.books.put(&order)?;
        }
    }
    Ok(desk.books.put(&task)?)
}

/// The buyer has answered the charge of a cancellation, or has not in time.
pub(super) fn charge_settled(
    desk: &Desk<'_>,
    mut order: Record<OrderMemo>,
    id: &str,
    charge: &str,
    accepted: bool,
) -> Stored<()> {
    let Some(mut task) = desk.books.get::<CancelMemo>(Kind::Cancel, id)? else { return Ok(()) };
    if accepted {
        lifecycle::append(&mut order.wire, "cancellationCharge", json!({"id": charge}));
        enter(desk, &mut task, "done")?;
        begin(desk, &mut order, task.wire["cancellationReason"].as_str())?;
    } else {
        enter(desk, &mut task, "done.declined")?;
        move_to(desk, &mut order, "inProgress", "inProgress", Some("the cancellation charge was declined"))?;
        resume(desk, &mut order)?;
    }
    desk.books.put(&order)?;
    desk.books.put(&task)
}

/// The seller gives up an order on its own.
pub(crate) fn seller_cancels(desk: &Desk<'_>, id: &str, reason: &str) -> Result<(), Refusal> {
    let Some(mut order) = desk.books.get::<OrderMemo>(Kind::Order, id)? else { return Ok(()) };
    if lifecycle::state(&order.wire) == "inProgress" {
        let owner = order.owner.clone();
        let desk = &desk.at(desk.now, &owner);
        set_aside(desk, &mut order)?;
        begin(desk, &mut order, Some(reason))?;
        desk.books.put(&order)?;
    }
    Ok(())
}

/// The cancellation is certain; work is being wound up.
fn begin(desk: &Desk<'_>, order: &mut Record<OrderMemo>, reason: Option<&str>) -> Stored<()> {
    if let Some(reason) = reason {
        order.wire["cancellationReason"] = json!(reason);
    }
    order.memo.aside = None;
    move_to(desk, order, "pendingCancellation", "cancelled", reason)?;
    let due = desk.later(desk.scenario.order.cancel.finish_after);
    desk.schedule(due, &order.id, &Happening::OrderCancelled { id: order.id.clone() })
}

/// The work is wound up.
pub(crate) fn cancelled(desk: &Desk<'_>, id: &str) -> Result<(), Refusal> {
    let Some(mut order) = desk.books.get::<OrderMemo>(Kind::Order, id)? else { return Ok(()) };
    let owner = order.owner.clone();
    let desk = &desk.at(desk.now, &owner);
    let items: Vec<String> = order.memo.plans.keys().cloned().collect();
    for item in items {
        fulfil::undo(desk, &order, &item, "the order was cancelled")?;
    }
    order.wire["cancellationDate"] = json!(desk.now.to_string());
    order.wire["completionDate"] = json!(desk.now.to_string());
    move_to(desk, &mut order, "cancelled", "cancelled", None)?;
    Ok(desk.books.put(&order)?)
}

fn enter(desk: &Desk<'_>, task: &mut Record<CancelMemo>, state: &str) -> Stored<()> {
    task.wire["state"] = json!(state);
    hub::tell(desk, Api::Order, "cancelProductOrderStateChangeEvent", json!({"id": task.id}))
}
