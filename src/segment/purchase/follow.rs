//! Orders that the seller has, followed to their end; the end is what inventory shows, not what an order says.

use super::found::twins;
use super::ledger::{bought, closed, gave_up};
use super::{adopt, authority, cancel, cannot_ask, charge, release, seller_name, twin};
use crate::api::{
    Desired, OrderOperation, OrderRecord, OrderRecordState as State, OrderRefusal, Party, ProductRole,
};
use crate::model::{OrderId, OrderState, OrderView, ServiceId, ServiceState};
use crate::segment::decide::{Rest, Step, Waiting, ended_by_seller, stalled};
use crate::segment::facts::{Facts, Sight};
use crate::segment::record::shown;

/// The record of an operation that brought a service, of which the status does not know (any more) which it is or what of it is
/// in force: look it up.
#[must_use]
pub fn recover(facts: &Facts) -> Option<Step> {
    let bought = bought(facts.orders())?;
    let unwanted = facts.segment.spec.desired == Desired::Absent;
    let named = facts.all_named();
    if named && (facts.draft.in_force.is_some() || unwanted) {
        return None;
    }
    if let Some(service) = adopt::adopted_by(bought) {
        return Some(find_again(facts, &ServiceId(service.to_owned())));
    }
    let Some(id) = bought.order_id.clone().map(OrderId) else {
        let what = format!("record {} says that a service was bought, and not by which order", bought.mark);
        return Some(stalled("OrderIdMissing", Party::Platform, what));
    };
    if let Err(why) = &facts.seller {
        return Some(cannot_ask(why, &format!("order {id} brought a service")));
    }
    if let Err(refusal) = &facts.wish
        && !unwanted
    {
        return Some(stalled(refusal.reason, Party::Platform, refusal.message.clone()));
    }
    if !named {
        // What was delivered in part has no more to name: once the order was read, its end is of what is there.
        let read = facts.seen.contains_key(&id) && !facts.draft.products.is_empty();
        return (!(unwanted && read)).then(|| name_product(facts, &id));
    }
    Some(match facts.unseen() {
        Some(product) => Step::ObserveService(product),
        None => ended_by_seller(facts).unwrap_or_else(|| not_shown(facts, &id)),
    })
}

/// What was taken over is looked at by its id; no order of ours could name it.
fn find_again(facts: &Facts, service: &ServiceId) -> Step {
    if let Err(why) = &facts.seller {
        return cannot_ask(why, &format!("service {service} was taken over"));
    }
    if !facts.services.contains_key(service) {
        return Step::ObserveService(service.clone());
    }
    ended_by_seller(facts).unwrap_or_else(|| not_shown_yet(facts, service))
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
    if matches!(view.state, OrderState::InProgress | OrderState::Unknown(_))
        && let Some(step) = cancel::ask(facts, record, id)
    {
        return step;
    }
    if let Some(step) = charge::untold(facts, id) {
        return step;
    }
    match (&view.state, record.operation) {
        (OrderState::Completed | OrderState::Partial, OrderOperation::Add) => ended_add(facts, record, view),
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
            Step::Record(vec![ended_in_nothing(facts, record, id, &format!("{}: {words}", view.raw_state))])
        }
        (OrderState::AssessingCharge, _) => charge::answer(facts, record, id)
            .or_else(|| cancel::ask(facts, record, id))
            .unwrap_or_else(|| {
                let what = format!(
                    "{} to go on with order {id}, which it holds for a charge; what it shows is answered: if it waits for \
                     another one, answer that in its portal",
                    seller_name(facts)
                );
                under_way("ChargePending", what, view.expected_completion)
            }),
        (OrderState::Cancelling, _) => {
            charge::answer(facts, record, id).unwrap_or_else(|| in_progress(facts, view, id))
        }
        (OrderState::InProgress | OrderState::Unknown(_), _) => in_progress(facts, view, id),
    }
}

fn in_progress(facts: &Facts, view: &OrderView, id: &OrderId) -> Step {
    let late = view.expected_completion.is_some_and(|expected| expected < facts.now);
    let mut what = format!("{} to complete order {id} ({})", seller_name(facts), view.raw_state);
    if let Some(words) = view.reason.as_ref().filter(|_| late) {
        what = format!("{what}: {words}");
    }
    under_way(if late { "Delayed" } else { "OrderInProgress" }, what, view.expected_completion)
}

/// An order that the seller did not carry out. Where a charge was not accepted, an end is ordered anew: whoever does
/// not want the service any more is asked again.
fn ended_in_nothing(facts: &Facts, record: &OrderRecord, id: &OrderId, outcome: &str) -> OrderRecord {
    let Some(charge) = charge::not_accepted(facts, id) else {
        return closed(record, State::Settled, Some(OrderRefusal::Final), outcome);
    };
    let refusal = match record.operation {
        OrderOperation::Disconnect => OrderRefusal::MayPass,
        OrderOperation::Add
        | OrderOperation::Adopt
        | OrderOperation::Modify
        | OrderOperation::Cancel
        | OrderOperation::AnswerCharge => OrderRefusal::Final,
    };
    closed(record, State::Settled, Some(refusal), &format!("{outcome}; charge {charge} was not accepted"))
}

pub fn under_way(reason: &'static str, what: String, until: Option<jiff::Timestamp>) -> Step {
    Step::Rest(Rest::Waiting(Waiting { reason, party: Party::Seller, what, until }))
}

/// The seller says done, or done in part: what is there, inventory knows.
fn ended_add(facts: &Facts, record: &OrderRecord, view: &OrderView) -> Step {
    let id = &view.id;
    let failed = |role| view.failed.iter().any(|failed| shown(*failed) == role);
    let unnamed = |role| facts.draft.products.iter().all(|product| product.role != role);
    let in_part = view.state == OrderState::Partial;
    if facts.draft.products.is_empty()
        || facts.segment.spec.roles().any(|role| unnamed(role) && !(in_part && failed(role)))
    {
        return name_product(facts, id);
    }
    if let Some(product) = facts.unseen() {
        return Step::ObserveService(product);
    }
    let (mut there, mut gone, mut usable) = (Vec::new(), Vec::new(), true);
    for (role, product, sight) in facts.sights() {
        match sight {
            Sight::Missing if failed(role) => gone.push((product, sight)),
            Sight::Missing => return not_shown(facts, id),
            Sight::There(seen) => match &seen.state {
                ServiceState::Active | ServiceState::Changing => there.push(role),
                ServiceState::Pending | ServiceState::Unknown(_) => return not_shown(facts, id),
                // It was delivered, and something happened to it since: that is another matter than this order.
                ServiceState::Suspended | ServiceState::Terminating => {
                    usable = false;
                    there.push(role);
                }
                ServiceState::Gone => gone.push((product, sight)),
            },
        }
    }
    let missing: Vec<ProductRole> = facts.segment.spec.roles().filter(|role| !there.contains(role)).collect();
    match (there.is_empty(), missing.is_empty()) {
        (true, _) => {
            let shown: Vec<String> = gone
                .iter()
                .map(|(product, sight)| format!("product {product} as {}", sight.word()))
                .collect();
            let outcome = format!("{}, and inventory shows {}", view.raw_state, shown.join(", "));
            Step::Record(vec![closed(record, State::Settled, Some(OrderRefusal::Final), &outcome)])
        }
        (false, true) if usable => conclude(facts, record),
        (false, true) => Step::Record(vec![closed(record, State::Settled, None, "completed")]),
        (false, false) => in_part_only(facts, record, view, &there, &missing),
    }
}

/// Part of the service is there and costs money, and the rest is not and will not come. While it is wanted a person decides;
/// once it is not, what is there is a service to be ended.
fn in_part_only(
    facts: &Facts,
    record: &OrderRecord,
    view: &OrderView,
    there: &[ProductRole],
    missing: &[ProductRole],
) -> Step {
    let parts = |roles: &[ProductRole]| {
        let names: Vec<String> = roles.iter().map(|role| part(facts, *role)).collect();
        names.join(", ")
    };
    if facts.segment.spec.desired == Desired::Absent {
        let outcome = format!("delivered in part; there: {}", parts(there));
        return Step::Record(vec![closed(record, State::Settled, None, &outcome)]);
    }
    let cost = authority::cost_of(facts, there).map_or_else(
        || "what it costs is not known".to_owned(),
        |monthly| format!("what is there costs {monthly} a month"),
    );
    let what = format!(
        "{} delivered order {} in part; there: {}; not there: {} ({}); {cost}. Nothing is ordered by itself: delete the intent to \
         end what is there, or have the seller's support desk deliver the rest",
        seller_name(facts),
        view.id,
        parts(there),
        parts(missing),
        view.reason.as_deref().unwrap_or("the seller gave no reason"),
    );
    Step::Rest(Rest::Waiting(Waiting { reason: "DeliveredInPart", party: Party::User, what, until: None }))
}

/// A product of the service, in words.
fn part(facts: &Facts, role: ProductRole) -> String {
    let end = |index: usize| {
        facts
            .segment
            .spec
            .ends
            .get(index)
            .map_or_else(String::new, |end| format!(" {}/{}", end.site, end.port))
    };
    let name = match role {
        ProductRole::Evc => "the connection".to_owned(),
        ProductRole::UniA => format!("port{}", end(0)),
        ProductRole::UniZ => format!("port{}", end(1)),
    };
    match facts.draft.products.iter().find(|product| product.role == role) {
        Some(product) => format!("{name} (product {})", product.id),
        None => name,
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

fn not_shown(facts: &Facts, id: &OrderId) -> Step {
    let awaited = facts.sights().filter(|(_, _, sight)| !sight.is_in_use()).map(|(_, id, _)| id.to_string());
    let awaited: Vec<String> = awaited.collect();
    under_way(
        "InventoryLag",
        format!(
            "{} to show product {} of the completed order {id} as active",
            seller_name(facts),
            awaited.join(" and ")
        ),
        None,
    )
}

fn completed_modify(facts: &Facts, record: &OrderRecord) -> Step {
    let Some(service) = facts.service_id() else {
        return conclude(facts, record);
    };
    match facts.service() {
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

/// The disconnect is done when inventory says that every product is gone.
fn completed_disconnect(facts: &Facts, record: &OrderRecord) -> Step {
    if let Some(twin) = &record.twin {
        return twin::ended(facts, record, twin);
    }
    if let Some(product) = facts.unseen() {
        return Step::ObserveService(product);
    }
    let left = facts.sights().find_map(|(_, product, sight)| match sight {
        Sight::There(view) if view.state != ServiceState::Gone => Some((product, view)),
        Sight::There(_) | Sight::Missing => None,
    });
    match left {
        None => disconnected(facts, record),
        Some((product, view)) => under_way(
            "Disconnecting",
            format!("{} to end product {product} ({})", seller_name(facts), view.raw_state),
            view.terminated,
        ),
    }
}

fn disconnected(facts: &Facts, record: &OrderRecord) -> Step {
    // What was given up may be there after all: then this end is not the last, and must be on record.
    let twins = facts.search.as_ref().is_some_and(|search| !twins(facts, search).is_empty());
    if facts.deleting() && !gave_up(facts.orders()) && !twins {
        return release(facts);
    }
    Step::Conclude(Box::new(closed(record, State::Settled, None, "completed")), Box::new(Rest::Gone))
}
