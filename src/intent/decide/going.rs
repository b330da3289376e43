//! An intent that is being deleted. Knows segments only: leaving must work whatever became of sites, sellers and the request.

use std::sync::Arc;

use super::{Step, buying, follow};
use crate::api::{
    AmountText, Authority, ConnectivitySegment, ConnectivitySegmentSpec, DeletionPolicy, Desired, IntentMode,
    IntentState, OrderOperation,
};
use crate::intent::facts::{self, Facts, cost_something, has_service, name_of, taken_over};
use crate::model::{Amount, OnDelete};

/// The intent is being deleted: leave nothing behind that costs money, unless it was asked to be kept.
pub fn leave(facts: &Facts) -> Step {
    // Who only watches touches nothing, whatever was the service's before.
    let watches = facts.intent.spec.mode == IntentMode::ObserveOnly;
    let retain = watches
        || match &facts.request {
            Ok(request) => request.on_delete == OnDelete::Retain,
            Err(_) => {
                let spec = facts.class.spec.as_ref().unwrap_or(&facts.intent.spec);
                spec.deletion_policy == Some(DeletionPolicy::Retain)
            }
        };
    disconnect(facts, facts.segments.iter(), retain).unwrap_or(Step::RemoveFinalizer)
}

/// These segments leave nothing behind that costs money, unless it is to be kept. None where all of them are gone, or their ends are
/// ordered.
pub fn disconnect<'a>(
    facts: &Facts,
    segments: impl Iterator<Item = &'a Arc<ConnectivitySegment>>,
    retain: bool,
) -> Option<Step> {
    let mut left: Option<&Arc<ConnectivitySegment>> = None;
    for segment in segments {
        let spec = &segment.spec;
        let going = segment.metadata.deletion_timestamp.is_some();
        match spec.desired {
            Desired::Offer if spec.released => {}
            // It asked for a price, and found what was bought before.
            Desired::Offer if cost_something(segment) => return Some(let_go(facts, segment, retain)),
            Desired::Offer if going => {}
            Desired::Offer => return Some(Step::Drop(segment.clone())),
            Desired::Present if spec.released => {}
            Desired::Present => return Some(let_go(facts, segment, retain)),
            Desired::Absent => {
                let wanted = ConnectivitySegmentSpec {
                    authority: leaving(facts, segment),
                    suspend: false,
                    ..spec.clone()
                };
                if wanted != *spec {
                    return Some(Step::Align(segment.clone(), Box::new(wanted)));
                }
                if !going {
                    return Some(Step::Drop(segment.clone()));
                }
                if !end_is_ordered(segment) {
                    left = Some(segment);
                }
            }
        }
    }
    left.map(|segment| follow(segment, IntentState::Disconnecting, "Disconnecting"))
}

fn let_go(facts: &Facts, segment: &Arc<ConnectivitySegment>, retain: bool) -> Step {
    let existing = taken_over(segment).or_else(|| segment.spec.existing.clone());
    let spec = ConnectivitySegmentSpec { existing, ..segment.spec.clone() };
    let spec = if retain && cost_something(segment) {
        ConnectivitySegmentSpec { released: true, ..spec }
    } else {
        let authority = leaving(facts, segment);
        ConnectivitySegmentSpec { desired: Desired::Absent, suspend: false, authority, ..spec }
    };
    Step::Align(segment.clone(), Box::new(spec))
}

/// What leaving may cost at this seller: what the fees leave of the budget for everything else that leaves with it.
fn leaving(facts: &Facts, segment: &ConnectivitySegment) -> Option<Authority> {
    Some(shared(facts, segment, buying::authority(facts, segment, facts.beside(segment))?))
}

/// The authority with what is left of what leaving may cost, but for everything else that goes.
pub fn shared(facts: &Facts, segment: &ConnectivitySegment, authority: Authority) -> Authority {
    let all = facts.intent.metadata.deletion_timestamp.is_some();
    let goes = |other: &ConnectivitySegment| {
        all || other.spec.desired == Desired::Absent
            || facts.request.as_ref().is_ok_and(|request| facts::is_left(other, request))
    };
    let others = facts
        .segments
        .iter()
        .filter(|other| name_of(other) != name_of(segment) && goes(other) && has_service(other));
    let fees = others.map(|other| facts.fee(other).1).sum::<Option<Amount>>();
    let most = authority.termination.0.parse().unwrap_or(Amount::ZERO);
    let left = fees
        .filter(|fees| *fees < most)
        .map_or(Amount::ZERO, |fees| Amount::new(most.decimal() - fees.decimal()));
    Authority { termination: AmountText(left.to_string()), ..authority }
}

/// Whether the seller has the order to end the service, or there is nothing to end.
fn end_is_ordered(segment: &ConnectivitySegment) -> bool {
    let orders = segment.status.iter().flat_map(|status| &status.orders);
    orders.clone().any(|record| {
        record.operation == OrderOperation::Disconnect
            && record.twin.is_none()
            && record.order_id.is_some()
            && record.refusal.is_none()
    })
}
