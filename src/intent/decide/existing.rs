//! A service that exists: one segment watches it, and nothing is bought in its place. Whether it is taken over is decided at the
//! segment, by a person.

use std::sync::Arc;

use super::{Rest, Step, buying, designed, follow, nobody, stalled, waiting};
use crate::api::{
    ConnectivitySegment, ConnectivitySegmentSpec, Desired, ExistingService, IntentState, Party, holds,
};
use crate::intent::facts::Facts;
use crate::intent::offers::{self, Asking, Market, market};
use crate::model::{Existing, Mode, Request};
use crate::planning::Candidate;

/// Sees to the service that the intent names.
pub fn look_after(facts: &Facts, request: &Request, existing: &Existing) -> Step {
    let market = market(facts, request);
    let way = market.direct(&existing.account);
    let candidate = way.and_then(|way| way.legs().next());
    let mut watching = None;
    for segment in facts.segments.iter().filter(|segment| segment.metadata.deletion_timestamp.is_none()) {
        match candidate.filter(|candidate| is_the_one(segment, candidate, request, existing)) {
            Some(candidate) => watching = Some((segment, candidate)),
            None => return Step::Drop(segment.clone()),
        }
    }
    match (watching, way) {
        (Some((segment, candidate)), _) => {
            aligned(facts, request, segment, candidate).unwrap_or_else(|| told(request, segment))
        }
        (None, Some(way)) if !market.is_short(way) => {
            Step::Create(vec![Asking { spoke: None, way: way.clone(), held: Vec::new() }])
        }
        (None, _) => not_there(market, &existing.account),
    }
}

/// How the service is named in the spec of a segment.
pub fn named(existing: &Existing) -> ExistingService {
    ExistingService { product_id: existing.service.clone().map(|service| service.0) }
}

/// Whether the segment starts no order and takes nothing over: asked for, or for want of a budget.
pub const fn only_watches(request: &Request) -> bool {
    buying::paused(request) || request.budget.is_none()
}

fn is_the_one(
    segment: &ConnectivitySegment,
    candidate: &Candidate,
    request: &Request,
    existing: &Existing,
) -> bool {
    segment.spec.desired == Desired::Offer
        && segment.spec.provider.name == existing.account
        && segment.spec.existing.as_ref() == Some(&named(existing))
        && offers::same_ends(segment, candidate, request)
}

/// The watching segment follows the intent, so that differences are those to what is asked now.
fn aligned(
    facts: &Facts,
    request: &Request,
    segment: &Arc<ConnectivitySegment>,
    candidate: &Candidate,
) -> Option<Step> {
    let spec = &segment.spec;
    let wanted = ConnectivitySegmentSpec {
        suspend: only_watches(request),
        ..designed(facts, spec, offers::design(candidate, request))
    };
    (wanted != *spec).then(|| Step::Align(segment.clone(), Box::new(wanted)))
}

fn told(request: &Request, segment: &Arc<ConnectivitySegment>) -> Step {
    let state = IntentState::Observed;
    let status =
        segment.status.as_ref().filter(|status| status.observed_generation == segment.metadata.generation);
    if !status.is_some_and(|status| holds(&status.conditions, "Ready")) {
        return follow(segment, state, "Observing");
    }
    match (request.mode, request.budget) {
        (Mode::ObserveOnly, _) => Step::Rest(Rest::Observed),
        (Mode::Manage | Mode::Plan, None) => {
            let what =
                "state spec.budget to take this service over: it is what changing and leaving may cost";
            stalled(state, "BudgetMissing", Party::User, what.into())
        }
        (Mode::Manage | Mode::Plan, Some(_)) => {
            let what = buying::resumes(request);
            waiting(state, "Suspended", Party::User, None, what.into())
        }
    }
}

fn not_there(mut market: Market, account: &str) -> Step {
    market.rejections.retain(|(name, _)| name == account);
    market.shortages.retain(|(name, _)| name == account);
    if market.rejections.is_empty() && market.shortages.is_empty() {
        let what = format!(
            "there is no ConnectivityProvider {account} that can be read; name another one in spec.existing"
        );
        return stalled(IntentState::Blocked, "NoProvider", Party::User, what);
    }
    nobody::can_carry(&market)
}
