//! A second live order for one service. Which of the two carries the traffic nobody here can know: a person names the one that
//! ends. It is cancelled while that can be, else its service is disconnected, on record like everything that can cost money. The
//! order that the service rests on is not touched.

use super::catch::caught;
use super::follow::under_way;
use super::ledger::{closed, standing};
use super::{authority, cancel, cannot_ask, decided, found, fresh, not_taken, segment_name, seller_name};
use crate::api::{
    DecisionRef, OrderOperation, OrderRecord, OrderRecordState as State, OrderRefusal, Party, Twin,
};
use crate::model::{Deed, OrderId, OrderState, OrderView, ServiceId, ServiceState, Verdict};
use crate::segment::decide::{Rest, Step, Waiting};
use crate::segment::facts::{Facts, Search, Sight};

/// What is done about second live orders; `None` when there are none.
pub fn settle(facts: &Facts, search: &Search) -> Option<Step> {
    let twins = found::twins(facts, search);
    if twins.is_empty() {
        return None;
    }
    // While something is under way, that comes first.
    let free = super::open(facts.orders()).is_none();
    let named =
        twins.iter().filter(|_| free).find_map(|view| Some((*view, decided::ends_twin(facts, &view.id.0)?)));
    Some(match named {
        Some((view, decision)) => end(facts, search, view, decision),
        None => tell(facts, &twins, contradiction(facts, &twins)),
    })
}

fn rest(reason: &'static str, party: Party, what: String) -> Step {
    Step::Rest(Rest::Waiting(Waiting { reason, party, what, until: None }))
}

fn tell(facts: &Facts, twins: &[&OrderView], why: Option<String>) -> Step {
    let orders: Vec<String> = twins.iter().map(|view| view.id.to_string()).collect();
    let mut what = format!(
        "{} has a second live order for this service: {}; it took effect after it was given up. Make a ConnectivityDecision about \
         segment {} with endTwin and this order to end it, or have the seller end it; nothing is ended here by itself",
        seller_name(facts),
        orders.join(", "),
        segment_name(facts)
    );
    if let Some(why) = why {
        what = format!("{why}; {what}");
    }
    rest("TwinFound", Party::User, what)
}

/// Why the newest decision that names an order to end ends nothing.
fn contradiction(facts: &Facts, twins: &[&OrderView]) -> Option<String> {
    let used = |order: &OrderId| {
        let mut twins = facts.orders().iter().filter_map(|record| record.twin.as_ref());
        twins.any(|twin| twin.order == order.0)
    };
    let (id, order) = facts.decisions.iter().find_map(|decision| match &decision.verdict {
        Verdict::EndTwin(order) if !used(order) => Some((&decision.id, order)),
        Verdict::EndTwin(_)
        | Verdict::Placed(..)
        | Verdict::NotPlaced(_)
        | Verdict::AcceptTermination { .. }
        | Verdict::AcceptCharge(..)
        | Verdict::DeclineCharge(_)
        | Verdict::BuyBeside(_)
        | Verdict::Adopt(_)
        | Verdict::Abandon => None,
    })?;
    if standing(facts.orders()) != Some(order.0.as_str()) {
        return Some(format!(
            "decision {id} names order {order}, which is no second live order of this service"
        ));
    }
    let twin = twins.first().and_then(|twin| twin.connection());
    let carries = twin
        .map_or_else(String::new, |service| format!(" Where {service} carries the traffic, move it first."));
    Some(format!(
        "decision {id} names order {order}, which this segment rests on and does not end while the service is wanted; name the \
         other one.{carries} Deleting the intent ends both"
    ))
}

/// A person wants this one ended.
fn end(facts: &Facts, search: &Search, view: &OrderView, decision: DecisionRef) -> Step {
    if facts.segment.spec.suspend {
        let what = "spec.suspend of the intent to become false, and spec.mode to be Manage";
        return rest("Suspended", Party::User, what.into());
    }
    if let Err(why) = &facts.seller {
        return cannot_ask(why, &format!("order {} is to be ended", view.id));
    }
    let news = found::news(facts, search);
    if !news.is_empty() {
        return Step::Record(news);
    }
    if let Some(step) = caught(facts, Deed::Ends) {
        return step;
    }
    match &view.state {
        OrderState::Completed | OrderState::Partial => disconnect(facts, search, view, decision),
        OrderState::InProgress | OrderState::AssessingCharge | OrderState::Unknown(_) => {
            if facts.refused {
                return not_taken(facts, OrderOperation::Cancel);
            }
            let twin = Twin { order: view.id.0.clone(), product: None };
            let step = cancel::may_ask(facts, &view.id).then(|| {
                let record = fresh(facts, OrderOperation::Cancel)?;
                let order_id = Some(view.id.0.clone());
                let record = OrderRecord { order_id, twin: Some(twin), decision: Some(decision), ..record };
                Some(Step::Reserve(Box::new(record)))
            });
            step.flatten().unwrap_or_else(|| ending(facts, view))
        }
        OrderState::Cancelling | OrderState::Failed | OrderState::Cancelled | OrderState::Rejected => {
            ending(facts, view)
        }
    }
}

/// The order went too far to be cancelled: its service is disconnected, and must not be the one that is known.
fn disconnect(facts: &Facts, search: &Search, view: &OrderView, decision: DecisionRef) -> Step {
    let Some(service) = view.connection() else {
        let what = format!("{} to name the product of order {}", seller_name(facts), view.id);
        return under_way("InventoryLag", what, None);
    };
    let own = search.own.iter().find(|own| standing(facts.orders()) == Some(own.id.0.as_str()));
    let shared = |view: &&OrderView| view.connection() == Some(service);
    if facts.service_id().as_ref() == Some(service) || own.as_ref().is_some_and(shared) {
        let why = format!("order {} brought product {service}, which this segment rests on as well", view.id);
        return tell(facts, &[view], Some(why));
    }
    if view.services.len() > 1 {
        let why = format!(
            "order {} brought ports besides product {service}; have the seller's support desk end all of them",
            view.id
        );
        return tell(facts, &[view], Some(why));
    }
    let about = |record: &&OrderRecord| {
        let twin = record.twin.as_ref().is_some_and(|twin| twin.order == view.id.0);
        twin && record.operation == OrderOperation::Disconnect
    };
    match facts.orders().iter().rev().find(about) {
        Some(last) if last.refusal == Some(OrderRefusal::Final) => {
            let words = last.outcome.as_deref().unwrap_or("the seller gave no reason");
            let why = format!("{} refused to end order {}: {words}", seller_name(facts), view.id);
            return tell(facts, &[view], Some(why));
        }
        Some(last) if last.refusal.is_none() => return ending(facts, view),
        Some(_) | None => {}
    }
    if facts.refused {
        return not_taken(facts, OrderOperation::Disconnect);
    }
    let paid = match authority::twin_may_end(facts, view) {
        Ok(paid) => paid,
        Err((reason, party, what)) => return rest(reason, party, format!("order {}: {what}", view.id)),
    };
    let Some(record) = fresh(facts, OrderOperation::Disconnect) else { return super::numbers_used_up() };
    let twin = Twin { order: view.id.0.clone(), product: Some(service.0.clone()) };
    Step::Reserve(Box::new(OrderRecord {
        requested_completion: Some(super::working_day(facts, facts.now)),
        twin: Some(twin),
        decision: paid.or(Some(decision)),
        ..record
    }))
}

fn ending(facts: &Facts, view: &OrderView) -> Step {
    let what = format!("{} to end the second order {} ({})", seller_name(facts), view.id, view.raw_state);
    under_way("EndingTwin", what, view.expected_completion)
}

/// The seller says that the disconnect is done: it is when inventory says that the second service is gone.
pub fn ended(facts: &Facts, record: &OrderRecord, twin: &Twin) -> Step {
    let done = || Step::Record(vec![closed(record, State::Settled, None, "completed")]);
    let Some(service) = twin.product.clone().map(ServiceId) else { return done() };
    match facts.others.get(&service) {
        None => Step::ObserveService(service),
        Some(Sight::Missing) => done(),
        Some(Sight::There(view)) if view.state == ServiceState::Gone => done(),
        Some(Sight::There(view)) => {
            let what = format!(
                "{} to end product {service} of the second order {} ({})",
                seller_name(facts),
                twin.order,
                view.raw_state
            );
            under_way("EndingTwin", what, view.terminated)
        }
    }
}
