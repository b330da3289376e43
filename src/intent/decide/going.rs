//! An intent that is being deleted. Knows segments only: leaving must work whatever became of sites, sellers and the request.

use std::sync::Arc;

use super::{Step, buying, follow};
use crate::api::{
    AmountText, Authority, ConnectivitySegment, ConnectivitySegmentSpec, DeletionPolicy, Desired, IntentMode,
    IntentState, OrderOperation,
};
use crate::intent::facts::{Facts, cost_something, has_service, name_of, taken_over};
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
    let mut left: Option<&Arc<ConnectivitySegment>> = None;
    for segment in &facts.segments {
        let spec = &segment.spec;
        let going = segment.metadata.deletion_timestamp.is_some();
        match spec.desired {
            Desired::Offer if spec.released => {}
            // It asked for a price, and found what was bought before.
            Desired::Offer if cost_something(segment) => return let_go(facts, segment, retain),
            Desired::Offer if going => {}
            Desired::Offer => return Step::Drop(segment.clone()),
            Desired::Present if spec.released => {}
            Desired::Present => return let_go(facts, segment, retain),
            Desired::Absent => {
                let wanted = ConnectivitySegmentSpec {
                    authority: leaving(facts, segment),
                    suspend: false,
                    ..spec.clone()
                };
                if wanted != *spec {
                    return Step::Align(segment.clone(), Box::new(wanted));
                }
                if !going {
                    return Step::Drop(segment.clone());
                }
                if !end_is_ordered(segment) {
                    left = Some(segment);
                }
            }
        }
    }
    match left {
        Some(segment) => follow(segment, IntentState::Disconnecting, "Disconnecting"),
        None => Step::RemoveFinalizer,
    }
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

/// What leaving may cost at this seller: what the fees for everything else that the intent has in use leave of the budget.
fn leaving(facts: &Facts, segment: &ConnectivitySegment) -> Option<Authority> {
    let authority = buying::authority(facts, segment, facts.beside(segment))?;
    let others =
        facts.segments.iter().filter(|other| name_of(other) != name_of(segment) && has_service(other));
    let fees = others.map(|other| facts.fee(other).1).sum::<Option<Amount>>();
    let most = authority.termination.0.parse().unwrap_or(Amount::ZERO);
    let left = fees
        .filter(|fees| *fees < most)
        .map_or(Amount::ZERO, |fees| Amount::new(most.decimal() - fees.decimal()));
    Some(Authority { termination: AmountText(left.to_string()), ..authority })
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
