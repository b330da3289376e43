//! Something is bought or being bought: is it still what is asked, and may the change be bought?

use std::sync::Arc;

use super::{Rest, Step, buying, follow, stalled, waiting};
use crate::api::{
    ChosenOffer, ConnectivitySegment, ConnectivitySegmentSpec, Desired, IntentState, Party, SegmentEnd,
    SegmentProduct, SegmentState,
};
use crate::intent::facts::{Facts, OfferState, cost_something, has_service, offer_state, ready_words};
use crate::intent::offers;
use crate::model::{Amount, Bandwidth, Product, Request, SiteView, Uni};
use crate::planning::{Budgeted, Candidate, Offered, fit, last_term_end, termination_fee};

/// What was to be bought, and of which nothing was ordered, goes; the intent asks anew.
pub fn make_room(segment: &Arc<ConnectivitySegment>) -> Step {
    let gone = ConnectivitySegmentSpec { desired: Desired::Absent, ..segment.spec.clone() };
    Step::Align(segment.clone(), Box::new(gone))
}

/// Whatever else is asked and refused, by the class too: a user can always stop orders.
pub fn stopped(facts: &Facts) -> Option<Step> {
    let segment = facts.bought().filter(|segment| facts.intent.spec.suspend && !segment.spec.suspend)?;
    let wanted = ConnectivitySegmentSpec { suspend: true, ..segment.spec.clone() };
    Some(Step::Align(segment.clone(), Box::new(wanted)))
}

/// Something is bought or being bought: is it what is asked?
pub fn maintain(facts: &Facts, request: &Request, segment: &Arc<ConnectivitySegment>) -> Step {
    let spec = &segment.spec;
    if let Some(loser) = facts.offering().next() {
        return Step::Drop(loser.clone());
    }
    let state = if has_service(segment) { IntentState::Changing } else { IntentState::Provisioning };
    // Whatever else was asked and may be refused: a user can always stop orders and spend less.
    let allowed = ConnectivitySegmentSpec {
        suspend: buying::paused(request),
        authority: buying::authority(facts, segment),
        ..spec.clone()
    };
    if allowed != *spec {
        return Step::Align(segment.clone(), Box::new(allowed));
    }
    if spec.intent_generation != facts.generation() || facts.class.fresh {
        match replan(facts, request, segment) {
            Ok(wanted) if wanted != *spec => return Step::Align(segment.clone(), Box::new(wanted)),
            Ok(_) => {}
            Err(_) if !has_service(segment) && !cost_something(segment) => return make_room(segment),
            Err(why) => return refused_change(segment, &why),
        }
    }
    let in_force = segment.status.as_ref().and_then(|status| status.in_force.as_ref());
    if in_force.is_some_and(|in_force| in_force.revision == spec.revision) {
        return kept(segment, state);
    }
    match offer_state(segment, facts.now) {
        OfferState::Made(monthly, one_time) => agree(facts, request, segment, monthly, one_time, state),
        OfferState::Declined(..) if is_blocked(segment) => {
            follow(segment, state_of_refusal(segment), "Blocked")
        }
        OfferState::Declined(reason, words) => {
            let reason = if has_service(segment) && reason != "OrderOutcomeUnknown" {
                "ChangeRefused"
            } else {
                &reason
            };
            stalled(state_of_refusal(segment), reason, Party::User, words)
        }
        OfferState::Pending(..) => follow(segment, state, "AwaitingOffer"),
    }
}

/// Since when the service is in use.
fn since(segment: &ConnectivitySegment, facts: &Facts) -> jiff::Timestamp {
    let in_force = segment.status.as_ref().and_then(|status| status.in_force.as_ref());
    in_force.map_or(facts.now, |in_force| in_force.since.0)
}

fn state_of_refusal(segment: &ConnectivitySegment) -> IntentState {
    if has_service(segment) { IntentState::Active } else { IntentState::Blocked }
}

fn is_blocked(segment: &ConnectivitySegment) -> bool {
    segment.status.as_ref().and_then(|status| status.state) == Some(SegmentState::Blocked)
}

fn refused_change(segment: &ConnectivitySegment, why: &str) -> Step {
    stalled(
        if has_service(segment) { IntentState::Active } else { IntentState::Provisioning },
        "ChangeRefused",
        Party::User,
        format!(
            "{why}; what runs goes on, see status.inForce: set the intent back, or ask for something else"
        ),
    )
}

/// What the bought segment should be, now that the intent changed.
fn replan(
    facts: &Facts,
    request: &Request,
    segment: &Arc<ConnectivitySegment>,
) -> Result<ConnectivitySegmentSpec, String> {
    let spec = &segment.spec;
    let candidate = refit(facts, request, segment)?;
    let mut design = offers::design(&candidate, request);
    // A date that has passed is no reason to buy anything again, and neither are names on paper.
    design.ready_by.clone_from(&spec.design.ready_by);
    design.purchase_order.clone_from(&spec.design.purchase_order);
    design.end_customer.clone_from(&spec.design.end_customer);
    let changed = design != spec.design;
    if changed && has_service(segment) {
        in_place(facts, segment, &candidate)?;
    }
    Ok(ConnectivitySegmentSpec {
        revision: if changed { spec.revision + 1 } else { spec.revision },
        intent_generation: facts.generation(),
        design,
        ..spec.clone()
    })
}

/// How the seller would carry the request between the ports that the segment has.
fn refit(facts: &Facts, request: &Request, segment: &Arc<ConnectivitySegment>) -> Result<Candidate, String> {
    let spec = &segment.spec;
    if !offers::same_endpoints(segment, request) {
        return Err("endpoints cannot be changed in place; create another intent and delete this one".into());
    }
    let name = &spec.provider.name;
    if request.deny.contains(name) {
        return Err(format!(
            "a service cannot move away from {name} in place; create another intent and delete this one"
        ));
    }
    if let Some(existing) = &request.existing {
        let other = existing.service.as_ref().is_some_and(|service| !offers::is_service(segment, service));
        if other || existing.account != *name {
            return Err("spec.existing names another service; create another intent for that one".into());
        }
    }
    let seller =
        facts.seller(name).ok_or_else(|| format!("ConnectivityProvider {name} is gone or cannot be read"))?;
    let (a, z) = facts.sites.as_ref().map_err(ToString::to_string)?;
    let port = |site: &SiteView, end: &SegmentEnd| {
        let found = site.ports.iter().find(|port| {
            // What was ordered stays as it was ordered, whatever is written of it since.
            let same = match &port.uni {
                Uni::Existing(id) => end.uni_product_id.as_ref() == Some(&id.0),
                Uni::New(_) => end.dedicated.is_some(),
            };
            port.name == end.port && same
        });
        found.cloned().ok_or_else(|| format!("port {} of site {} is gone", end.port, end.site))
    };
    let [end_a, end_z] = spec.ends.as_slice() else { return Err("the segment has lost its ends".into()) };
    let (port_a, port_z) = (port(a, end_a)?, port(z, end_z)?);
    let product = match spec.product {
        SegmentProduct::Epl => Product::Epl,
        SegmentProduct::Evpl => Product::Evpl,
    };
    fit(request, a, z, &seller.asked.account, product, &port_a, &port_z)
        .map_err(|why| format!("{name}: {why}"))
}

/// Whether the seller changes a service in this way.
fn in_place(facts: &Facts, segment: &ConnectivitySegment, candidate: &Candidate) -> Result<(), String> {
    let name = &segment.spec.provider.name;
    let Some(seller) = facts.seller(name) else { return Ok(()) };
    let now = segment.status.as_ref().and_then(|status| status.in_force.as_ref());
    let runs = now.and_then(|now| now.committed.parse::<Bandwidth>().ok());
    let less = runs.is_some_and(|runs| candidate.rates.a_to_z.committed() < runs);
    if less && !seller.asked.account.change.decrease {
        return Err(format!("{name} does not reduce the bandwidth of a service within its term"));
    }
    Ok(())
}

/// A bought segment is as designed, as far as we know.
fn kept(segment: &Arc<ConnectivitySegment>, state: IntentState) -> Step {
    let status = segment.status.as_ref().and_then(|status| status.state);
    match status {
        Some(
            SegmentState::Active | SegmentState::Released | SegmentState::Offered | SegmentState::Observed,
        ) => Step::Rest(Rest::Active),
        Some(SegmentState::Blocked) => follow(segment, state_of_refusal(segment), "Blocked"),
        Some(SegmentState::Declined) => {
            let (reason, words) = ready_words(segment);
            stalled(state_of_refusal(segment), &reason, Party::Seller, words)
        }
        Some(
            SegmentState::Offering
            | SegmentState::Ordering
            | SegmentState::Changing
            | SegmentState::Disconnecting
            | SegmentState::Gone,
        )
        | None => follow(segment, state, "Provisioning"),
    }
}

/// An offer for the wanted design is there: agree to it, if it may be, and follow the order.
fn agree(
    facts: &Facts,
    request: &Request,
    segment: &Arc<ConnectivitySegment>,
    monthly: Amount,
    one_time: Amount,
    state: IntentState,
) -> Step {
    let spec = &segment.spec;
    let Some(quote_id) =
        segment.status.as_ref().and_then(|status| status.offer.as_ref()).map(|offer| offer.quote_id.clone())
    else {
        return follow(segment, state, "AwaitingOffer");
    };
    let chosen = ChosenOffer { revision: spec.revision, quote_id };
    if spec.offer.as_ref() == Some(&chosen) {
        let refused =
            matches!(segment.status.as_ref().and_then(|status| status.state), Some(SegmentState::Declined));
        if refused {
            let (reason, words) = ready_words(segment);
            return stalled(state_of_refusal(segment), &reason, Party::User, words);
        }
        return follow(segment, state, "Ordering");
    }
    let Some(seller) = facts.seller(&spec.provider.name) else {
        return follow(segment, state, "ProviderMissing");
    };
    let design = match crate::admit::segment(spec, facts.now) {
        Ok(parsed) => parsed.design,
        Err(refusal) => return stalled(state, refusal.reason, Party::Platform, refusal.message),
    };
    let offer = Offered {
        account: spec.provider.name.clone(),
        currency: seller.asked.account.currency,
        monthly,
        one_time,
        term: design.term.clone(),
    };
    let budgeted = Budgeted { offer, limits: seller.asked.account.limits, spent: seller.spent };
    if has_service(segment) && seller.asked.account.change.restarts_term {
        let fee = termination_fee(
            seller.asked.account.early_termination,
            monthly,
            last_term_end(&design, since(segment, facts), design.term.end_after(facts.now), facts.now),
            facts.now,
        );
        let accepted = request.budget.map_or(Amount::ZERO, |budget| budget.termination);
        if fee.is_none_or(|fee| fee > accepted) {
            let cost = fee
                .map_or_else(|| "an unknown sum".into(), |fee| format!("{fee} {}", budgeted.offer.currency));
            return waiting(
                state,
                "TermRestarts",
                Party::User,
                None,
                format!(
                    "the change starts the term again, and leaving it early would cost {cost}; raise spec.budget.termination to accept that"
                ),
            );
        }
    }
    let wanted = ConnectivitySegmentSpec {
        offer: Some(chosen),
        authority: buying::authority(facts, segment),
        ..spec.clone()
    };
    buying::buy(facts, request, segment, wanted, budgeted, state)
}
