//! Orders that the seller has, followed to their end; the end is what inventory shows, not what an order says.

use super::ledger::{bought, closed, gave_up};
use super::{adopt, cancel, cannot_ask, release, seller_name};
use crate::api::{Desired, OrderOperation, OrderRecord, OrderRecordState as State, OrderRefusal, Party};
use crate::model::{OrderId, OrderState, ServiceId, ServiceState};
use crate::segment::decide::{Rest, Step, Waiting, ended_by_seller};
use crate::segment::facts::{Facts, Sight};

/// The record of an operation that brought a service, of which the status does not know (any more) which it is or what of it is
/// in force: look it up.
#[must_use]
pub fn recover(facts: &Facts) -> Option<Step> {
    let bought = bought(facts.orders())?;
    let unwanted = facts.segment.spec.desired == Desired::Absent;
    let known = facts.service_id();
    if known.is_some() && (facts.draft.in_force.is_some() || unwanted) {
        return None;
    }
    if let Some(service) = adopt::adopted_by(bought) {
        return Some(find_again(facts, &ServiceId(service.to_owned())));
    }
    let Some(id) = bought.order_id.clone().map(OrderId) else {
        return Some(Step::Rest(Rest::Stalled(Waiting {
            reason: "OrderIdMissing",
            party: Party::Platform,
            what: format!("record {} says that a service was bought, and not by which order", bought.mark),
            until: None,
        })));
    };
    if let Err(why) = &facts.seller {
        return Some(cannot_ask(why, &format!("order {id} brought a service")));
    }
    if let Err(refusal) = &facts.wish
        && !unwanted
    {
        return Some(Step::Rest(Rest::Stalled(Waiting {
            reason: refusal.reason,
            party: Party::Platform,
            what: refusal.message.clone(),
            until: None,
        })));
    }
    let Some(service) = known else { return Some(name_product(facts, &id)) };
    Some(match &facts.service {
        None => Step::ObserveService(service),
        Some(Sight::There(view)) => {
            ended_by_seller(&service, view).unwrap_or_else(|| not_shown(facts, &service, &id))
        }
        Some(Sight::Missing) => not_shown(facts, &service, &id),
    })
}

/// What was taken over is looked at by its id; no order of ours could name it.
fn find_again(facts: &Facts, service: &ServiceId) -> Step {
    if let Err(why) = &facts.seller {
        return cannot_ask(why, &format!("service {service} was taken over"));
    }
    match &facts.service {
        None => Step::ObserveService(service.clone()),
        Some(Sight::There(view)) => {
            ended_by_seller(service, view).unwrap_or_else(|| not_shown_yet(facts, service))
        }
        Some(Sight::Missing) => not_shown_yet(facts, service),
    }
}

fn not_shown_yet(facts: &Facts, service: &ServiceId) -> Step {
    let what = format!("{} to show service {service}, which was taken over, as active", seller_name(facts));
    under_way("InventoryLag", what, None)
}

/// The seller has the order: follow it to its end.
pub fn placed(facts: &Facts, record: &OrderRecord, id: &OrderId) -> Step {
    if let Err(why) = &facts.seller {
        return cannot_ask(why, &format!("order {id} is under way"));
    }
    let view = match facts.seen.get(id) {
        None => return Step::ObserveOrder(id.clone()),
        Some(Sight::There(view)) => view,
        Some(Sight::Missing) => {
            return under_way("OrderNotVisible", format!("{} to show order {id}", seller_name(facts)), None);
        }
    };
    if !view.state.is_final()
        && view.state != OrderState::Cancelling
        && let Some(step) = cancel::ask(facts, record, id)
    {
        return step;
    }
    match (&view.state, record.operation) {
        // Our orders have one item: what was delivered in part is there or not, and inventory knows.
        (OrderState::Completed | OrderState::Partial, OrderOperation::Add) => {
            completed_add(facts, record, id)
        }
        (OrderState::Completed, OrderOperation::Modify) => completed_modify(facts, record),
        (
            OrderState::Completed,
            OrderOperation::Disconnect
            | OrderOperation::Adopt
            | OrderOperation::Cancel
            | OrderOperation::AnswerCharge,
        ) => completed_disconnect(facts, record),
        (OrderState::Failed | OrderState::Rejected | OrderState::Cancelled | OrderState::Partial, _) => {
            let words = view.reason.as_deref().unwrap_or("the seller gave no reason");
            let outcome = format!("{}: {words}", view.raw_state);
            Step::Record(vec![closed(record, State::Settled, Some(OrderRefusal::Final), &outcome)])
        }
        (OrderState::AssessingCharge, _) => Step::Rest(Rest::Waiting(Waiting {
            reason: "ChargePending",
            party: Party::User,
            what: format!(
                "an answer to a charge that {} raised on order {id}; answer it in the seller's portal",
                seller_name(facts)
            ),
            until: view.expected_completion,
        })),
        (OrderState::InProgress | OrderState::Cancelling | OrderState::Unknown(_), _) => {
            let late = view.expected_completion.is_some_and(|expected| expected < facts.now);
            let mut what = format!("{} to complete order {id} ({})", seller_name(facts), view.raw_state);
            if let Some(words) = view.reason.as_ref().filter(|_| late) {
                what = format!("{what}: {words}");
            }
            under_way(if late { "Delayed" } else { "OrderInProgress" }, what, view.expected_completion)
        }
    }
}

fn under_way(reason: &'static str, what: String, until: Option<jiff::Timestamp>) -> Step {
    Step::Rest(Rest::Waiting(Waiting { reason, party: Party::Seller, what, until }))
}

/// The seller says done: the service must be there before we say so.
fn completed_add(facts: &Facts, record: &OrderRecord, id: &OrderId) -> Step {
    let Some(service) = facts.service_id() else { return name_product(facts, id) };
    match &facts.service {
        None => Step::ObserveService(service),
        Some(Sight::Missing) => not_shown(facts, &service, id),
        Some(Sight::There(view)) => match &view.state {
            ServiceState::Active | ServiceState::Changing => conclude(facts, record),
            ServiceState::Pending | ServiceState::Unknown(_) => not_shown(facts, &service, id),
            // It was delivered, and something happened to it since: that is another matter than this order.
            ServiceState::Suspended | ServiceState::Terminating => {
                Step::Record(vec![closed(record, State::Settled, None, "completed")])
            }
            ServiceState::Gone => {
                let outcome =
                    format!("completed, and inventory shows product {service} as {}", view.raw_state);
                Step::Record(vec![closed(record, State::Settled, Some(OrderRefusal::Final), &outcome)])
            }
        },
    }
}

fn name_product(facts: &Facts, id: &OrderId) -> Step {
    match facts.seen.get(id) {
        None => Step::ObserveOrder(id.clone()),
        Some(_) => under_way(
            "InventoryLag",
            format!("{} to name the product of the completed order {id}", seller_name(facts)),
            None,
        ),
    }
}

fn not_shown(facts: &Facts, service: &ServiceId, id: &OrderId) -> Step {
    under_way(
        "InventoryLag",
        format!("{} to show product {service} of the completed order {id} as active", seller_name(facts)),
        None,
    )
}

fn completed_modify(facts: &Facts, record: &OrderRecord) -> Step {
    let Some(service) = facts.service_id() else {
        return conclude(facts, record);
    };
    match &facts.service {
        None => Step::ObserveService(service),
        Some(Sight::There(view)) if view.state == ServiceState::Active => conclude(facts, record),
        Some(Sight::There(_) | Sight::Missing) => under_way(
            "InventoryLag",
            format!("{} to show the change of product {service}", seller_name(facts)),
            None,
        ),
    }
}

fn conclude(facts: &Facts, record: &OrderRecord) -> Step {
    let rest = if facts.segment.spec.released { Rest::Released } else { Rest::Active };
    Step::Conclude(Box::new(closed(record, State::Settled, None, "completed")), Box::new(rest))
}

/// The disconnect is done when inventory says that the service is gone.
fn completed_disconnect(facts: &Facts, record: &OrderRecord) -> Step {
    let Some(service) = facts.service_id() else {
        return disconnected(facts, record);
    };
    match &facts.service {
        None => Step::ObserveService(service),
        Some(Sight::Missing) => disconnected(facts, record),
        Some(Sight::There(view)) if view.state == ServiceState::Gone => disconnected(facts, record),
        Some(Sight::There(view)) => under_way(
            "Disconnecting",
            format!("{} to end product {service} ({})", seller_name(facts), view.raw_state),
            view.terminated,
        ),
    }
}

fn disconnected(facts: &Facts, record: &OrderRecord) -> Step {
    // What was given up may be there after all: then this end is not the last, and must be on record.
    if facts.deleting() && !gave_up(facts.orders()) {
        return release(facts);
    }
    Step::Conclude(Box::new(closed(record, State::Settled, None, "completed")), Box::new(Rest::Gone))
}
