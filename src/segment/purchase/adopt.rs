//! A service that somebody else ordered becomes ours: a record, and nothing that is sent.
//!
//! The record is written like that of an order and stands for one from then on, so that the service is changed and ended by the
//! same protocol. What was taken over is in the segment's spec as well: a record that got lost is written again, and nothing is
//! bought in its place.

use super::ledger::{self, fingerprint, runs_as};
use super::{cannot_ask, decided, found, fresh, nothing_is_ours, numbers_used_up, seller_name};
use crate::api::{
    DecisionRef, Desired, OrderOperation, OrderRecord, OrderRecordState as State, Party, SegmentEnd,
};
use crate::model::{OrderView, ServiceEnd, ServiceId, ServiceState, ServiceView};
use crate::segment::decide::{Step, stalled};
use crate::segment::facts::{Facts, Search, Sight};

/// Whether the segment only watches a service: it ordered nothing and took over nothing.
#[must_use]
pub fn watches(facts: &Facts) -> bool {
    let spec = &facts.segment.spec;
    spec.existing.is_some() && spec.desired == Desired::Offer && nothing_is_ours(facts)
}

/// The product that was taken over and is ours now, as the record has it, or the spec where the record got lost.
#[must_use]
pub fn taken_over(facts: &Facts) -> Option<ServiceId> {
    if let Some(record) = ledger::bought(facts.orders()) {
        return adopted_by(record).map(|id| ServiceId(id.to_owned()));
    }
    lost(facts)
}

/// The product that a record took over.
#[must_use]
pub fn adopted_by(record: &OrderRecord) -> Option<&str> {
    record
        .product_id
        .as_deref()
        .filter(|_| record.operation == OrderOperation::Adopt && record.refusal.is_none())
}

/// The product that was taken over under a record that got lost.
fn lost(facts: &Facts) -> Option<ServiceId> {
    let spec = &facts.segment.spec;
    let done = |record: &OrderRecord| {
        record.state == State::Settled
            && record.refusal.is_none()
            && matches!(record.operation, OrderOperation::Adopt | OrderOperation::Disconnect)
    };
    if spec.desired == Desired::Offer || facts.orders().iter().any(done) {
        return None;
    }
    spec.existing.as_ref()?.product_id.clone().map(ServiceId)
}

/// Whether something is ours that no record shows any more.
#[must_use]
pub fn record_is_lost(facts: &Facts) -> bool {
    lost(facts).is_some() && ledger::bought(facts.orders()).is_none()
}

/// Writes a lost record of what was taken over again, before anything else is done.
#[must_use]
pub fn retake(facts: &Facts) -> Option<Step> {
    let service = lost(facts).filter(|_| ledger::bought(facts.orders()).is_none())?;
    if let Err(why) = &facts.seller {
        return Some(cannot_ask(why, &format!("service {service} was taken over")));
    }
    Some(match facts.services.get(&service) {
        None => Step::ObserveService(service),
        Some(Sight::There(view)) if view.state != ServiceState::Gone => take(facts, view, None),
        // It is gone, and so may be all there is: whoever leaves looks.
        Some(Sight::Missing | Sight::There(_)) if facts.segment.spec.desired == Desired::Absent => {
            return None;
        }
        Some(Sight::Missing | Sight::There(_)) => stalled(
            "ServiceVanished",
            Party::Seller,
            format!(
                "the seller no longer knows service {service}; ask its support desk, nothing is ordered in its place"
            ),
        ),
    })
}

/// A service that others ordered for the same project is taken over, where a person says so, instead of buying one.
#[must_use]
pub fn instead(facts: &Facts, search: &Search) -> Option<Step> {
    let of_others = |id: &ServiceId| search.foreign.iter().any(|order| brings(order, id));
    let (service, decision) = decided::adopts(facts, of_others).filter(|_| facts.seller.is_ok())?;
    Some(match facts.services.get(&service) {
        None => Step::ObserveService(service),
        Some(Sight::There(view)) if view.id == service && is_in_use(view) => {
            match stands_against(facts, view) {
                Some(step) => step,
                None => take(facts, view, Some(decision)),
            }
        }
        Some(Sight::There(_) | Sight::Missing) => stalled(
            "NotAdoptable",
            Party::User,
            format!(
                "service {service} is not in use at {}; wait until it is, or decide otherwise",
                seller_name(facts)
            ),
        ),
    })
}

/// Whether an order brings this product.
#[must_use]
pub fn brings(order: &OrderView, product: &ServiceId) -> bool {
    order.services.iter().any(|(_, id)| id == product)
}

/// Whether a service is in use, so that it can be taken over.
#[must_use]
pub const fn is_in_use(view: &ServiceView) -> bool {
    match view.state {
        ServiceState::Active | ServiceState::Changing => true,
        ServiceState::Pending
        | ServiceState::Suspended
        | ServiceState::Terminating
        | ServiceState::Gone
        | ServiceState::Unknown(_) => false,
    }
}

/// Everything that stands against taking a service over: what can never be changed in place must be as asked, and nobody else here
/// may have it.
#[must_use]
pub fn stands_against(facts: &Facts, view: &ServiceView) -> Option<Step> {
    if let Some(why) = elsewhere(facts, view) {
        return Some(stalled("ServiceElsewhere", Party::User, why));
    }
    if let Some(owner) = &facts.owner {
        let what = format!("service {} belongs to {owner}; two intents never own one service", view.id);
        return Some(stalled("ServiceClaimed", Party::User, what));
    }
    let [a, z] = facts.segment.spec.ends.as_slice() else { return None };
    let [shown_a, shown_z] = view.ends.as_ref()?;
    let words: Vec<String> = [(a, shown_a), (z, shown_z)]
        .into_iter()
        .filter(|(end, shown)| !same_vlan(end, shown))
        .map(|(end, shown)| format!("{} at {}", vlans(shown), end.name))
        .collect();
    (!words.is_empty()).then(|| {
        let what = format!(
            "service {} runs on {}; write that into spec.endpoints of the intent: a VLAN cannot be changed in place",
            view.id,
            words.join(" and ")
        );
        stalled("NotAdoptable", Party::User, what)
    })
}

/// The two ports of the segment, which must be there already: what runs does not run on a port that is yet to be ordered.
///
/// # Errors
/// What to write instead.
pub fn existing_ports(facts: &Facts) -> Result<(&str, &str), String> {
    let [a, z] = facts.segment.spec.ends.as_slice() else {
        return Err("the segment has lost its ends".into());
    };
    Ok((existing_port(a)?, existing_port(z)?))
}

fn existing_port(end: &SegmentEnd) -> Result<&str, String> {
    end.product_id().ok_or_else(|| {
        format!(
            "port {} of site {} is one that is ordered with a service (source.dedicated), and a service that exists runs between \
             ports that exist: give the Site a port with source.existing",
            end.port, end.site
        )
    })
}

/// Why a service is not one between the ports of the segment. What it is otherwise is nobody's business here.
#[must_use]
pub fn elsewhere(facts: &Facts, view: &ServiceView) -> Option<String> {
    let (id, seller) = (&view.id, seller_name(facts));
    let (a, z) = match existing_ports(facts) {
        Ok(ports) => ports,
        Err(why) => return Some(why),
    };
    let Some([shown_a, shown_z]) = &view.ends else {
        return Some(format!(
            "the inventory of {seller} does not show where product {id} ends; ask its support desk"
        ));
    };
    let (shown_a, shown_z) = (shown_a.interface.0.as_str(), shown_z.interface.0.as_str());
    if (shown_a, shown_z) == (a, z) {
        return None;
    }
    Some(if (shown_a, shown_z) == (z, a) {
        format!("product {id} of {seller} runs the other way round; swap spec.endpoints of the intent")
    } else {
        format!(
            "product {id} of {seller} does not run between the ports of these endpoints; name another one"
        )
    })
}

/// Whether a service may be the one between the ends, as far as a list of the inventory tells.
#[must_use]
pub fn may_be_it(facts: &Facts, view: &ServiceView) -> bool {
    let between = |[a, z]: &[ServiceEnd; 2]| {
        let Ok(own) = existing_ports(facts) else { return false };
        own == (a.interface.0.as_str(), z.interface.0.as_str())
            || own == (z.interface.0.as_str(), a.interface.0.as_str())
    };
    view.state != ServiceState::Gone && view.ends.as_ref().is_none_or(between)
}

/// Whether a service takes the VLAN of this end, or the whole port where that is asked.
#[must_use]
pub fn same_vlan(end: &SegmentEnd, shown: &ServiceEnd) -> bool {
    let asked: Vec<i64> = end.vlan.into_iter().collect();
    shown.vlans.as_ref().is_some_and(|shown| shown.iter().map(|id| i64::from(*id)).eq(asked))
}

/// The VLANs of an end, for people.
#[must_use]
pub fn vlans(shown: &ServiceEnd) -> String {
    match shown.vlans.as_deref() {
        None => "unknown VLANs".into(),
        Some([]) => "the whole port".into(),
        Some([one]) => format!("VLAN {one}"),
        Some(several) => {
            let ids: Vec<String> = several.iter().take(8).map(ToString::to_string).collect();
            format!("VLANs {}", ids.join(", "))
        }
    }
}

/// Takes a service over: our own orders at the seller are known first, then the record is written.
#[must_use]
pub fn take(facts: &Facts, view: &ServiceView, decision: Option<DecisionRef>) -> Step {
    if let Some(owner) = &facts.owner {
        let what = format!("service {} belongs to {owner}; two intents never own one service", view.id);
        return stalled("ServiceClaimed", Party::User, what);
    }
    let Some(search) = &facts.search else { return Step::Search };
    let news = found::news(facts, search);
    if !news.is_empty() {
        return Step::Record(news);
    }
    let Some(fresh) = fresh(facts, OrderOperation::Adopt) else { return numbers_used_up() };
    let brought = search.foreign.iter().find(|order| brings(order, &view.id)).map(|order| &order.id);
    let words = format!("taken over as it runs ({})", view.raw_state);
    Step::Adopt(Box::new(OrderRecord {
        digest: fingerprint(&runs_as(&facts.segment.spec.design, view)),
        state: State::Settled,
        order_id: brought.or(view.order.as_ref()).map(|id| id.0.clone()),
        product_id: Some(view.id.0.clone()),
        decision,
        outcome: Some(words.chars().take(1_000).collect()),
        ..fresh
    }))
}
