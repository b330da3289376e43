//! What to do next about one intent: a pure function from facts to a step.
//!
//! Order of the questions: is the intent going? Can it be understood? Is something bought: is it what is asked? If nothing is:
//! who could sell it, what do they offer, may the best offer be bought?

use std::sync::Arc;

use super::facts::{Facts, OfferState, Seller, offer_state, ready_words};
use super::offers::{self, Held, Market, market};
use crate::api::{
    AmountText, Authority, ChosenOffer, ConnectivitySegment, ConnectivitySegmentSpec, CurrencyText, Desired,
    FINALIZER, IntentState, Party, SegmentState,
};
use crate::model::{Amount, Budget, Mode, OnDelete, Request};
use crate::planning::{Budgeted, Candidate, Offered, fit, termination_fee, within};

/// A segment's spec that asks for money: written under the account's lock, after one more look at its limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Commit {
    /// The segment as it is.
    pub segment: Arc<ConnectivitySegment>,
    /// Its spec as it should be.
    pub spec: ConnectivitySegmentSpec,
    /// What it costs and may cost.
    pub budgeted: Budgeted,
    /// The intent's budget.
    pub budget: Budget,
}

/// The next effect, or a rest.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Something outside may depend on the intent from now on.
    AddFinalizer,
    /// Nothing outside depends on it any more.
    RemoveFinalizer,
    /// Ask a seller for an offer.
    Create(Box<Candidate>),
    /// Bring a segment's spec in line.
    Align(Arc<ConnectivitySegment>, Box<ConnectivitySegmentSpec>),
    /// Buy, or change what is bought.
    Commit(Box<Commit>),
    /// A segment is not needed any more.
    Drop(Arc<ConnectivitySegment>),
    /// Nothing to do now.
    Rest(Rest),
}

impl Step {
    /// A fixed word for logs and metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AddFinalizer => "AddFinalizer",
            Self::RemoveFinalizer => "RemoveFinalizer",
            Self::Create(_) => "Create",
            Self::Align(..) => "Align",
            Self::Commit(_) => "Commit",
            Self::Drop(_) => "Drop",
            Self::Rest(rest) => rest.name(),
        }
    }
}

/// Somebody must act, or time must pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// One PascalCase word.
    pub reason: String,
    /// Who must act.
    pub party: Party,
    /// Which one, where there are several.
    pub name: Option<String>,
    /// What is missing, and what to do.
    pub what: String,
    /// Until when.
    pub until: Option<jiff::Timestamp>,
}

/// Why nothing is to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rest {
    /// It is in use as asked.
    Active,
    /// It is priced, and nothing more was asked.
    PlanComplete,
    /// Somebody works on it or must decide.
    Waiting(IntentState, Waiting),
    /// The intent or the platform's configuration must change.
    Stalled(IntentState, Waiting),
    /// Nothing is left to do.
    Gone,
}

impl Rest {
    /// A fixed word for logs and metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::PlanComplete => "PlanComplete",
            Self::Waiting(..) => "Waiting",
            Self::Stalled(..) => "Stalled",
            Self::Gone => "Gone",
        }
    }
}

/// What to do next.
#[must_use]
pub fn decide(facts: &Facts) -> Step {
    let finalized = facts.intent.metadata.finalizers.iter().flatten().any(|name| name == FINALIZER);
    if facts.intent.metadata.deletion_timestamp.is_some() {
        return if finalized { leave(facts) } else { Step::Rest(Rest::Gone) };
    }
    if !finalized {
        return Step::AddFinalizer;
    }
    let request = match &facts.request {
        Ok(request) => request,
        Err(refusal) => {
            return stalled(IntentState::Blocked, refusal.reason, Party::User, refusal.message.clone());
        }
    };
    match facts.bought() {
        Some(segment) => maintain(facts, request, segment),
        None => shop(facts, request),
    }
}

fn waiting(state: IntentState, reason: &str, party: Party, name: Option<&str>, what: String) -> Step {
    let name = name.map(str::to_owned);
    Step::Rest(Rest::Waiting(state, Waiting { reason: reason.into(), party, name, what, until: None }))
}

fn stalled(state: IntentState, reason: &str, party: Party, what: String) -> Step {
    Step::Rest(Rest::Stalled(state, Waiting { reason: reason.into(), party, name: None, what, until: None }))
}

// ---------------------------------------------------------------------------------------------------------------- going

/// The intent is being deleted: leave nothing behind that costs money, unless it was asked to be kept.
fn leave(facts: &Facts) -> Step {
    let retain = facts.request.as_ref().is_ok_and(|request| request.on_delete == OnDelete::Retain);
    let mut left: Option<&Arc<ConnectivitySegment>> = None;
    for segment in &facts.segments {
        let spec = &segment.spec;
        let going = segment.metadata.deletion_timestamp.is_some();
        match spec.desired {
            Desired::Offer if going => {}
            Desired::Offer => return Step::Drop(segment.clone()),
            Desired::Present if spec.released => {}
            Desired::Present => return let_go(facts, segment, retain),
            Desired::Absent => {
                let wanted = ConnectivitySegmentSpec {
                    authority: authority(facts, segment),
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
    let spec = segment.spec.clone();
    let spec = if retain && cost_something(segment) {
        ConnectivitySegmentSpec { released: true, ..spec }
    } else {
        let authority = authority(facts, segment);
        ConnectivitySegmentSpec { desired: Desired::Absent, suspend: false, authority, ..spec }
    };
    Step::Align(segment.clone(), Box::new(spec))
}

/// Whether anything was ordered for the segment that did not end in nothing.
fn cost_something(segment: &ConnectivitySegment) -> bool {
    segment.status.iter().flat_map(|status| &status.orders).any(|record| record.refusal.is_none())
}

/// Whether the seller has the order to end the service, or there is nothing to end.
fn end_is_ordered(segment: &ConnectivitySegment) -> bool {
    let orders = segment.status.iter().flat_map(|status| &status.orders);
    orders.clone().any(|record| {
        record.operation == crate::api::OrderOperation::Disconnect
            && record.order_id.is_some()
            && record.refusal.is_none()
    })
}

// -------------------------------------------------------------------------------------------------------------- keeping

/// Something is bought or being bought: is it what is asked?
fn maintain(facts: &Facts, request: &Request, segment: &Arc<ConnectivitySegment>) -> Step {
    let spec = &segment.spec;
    if let Some(loser) = facts.offering().next() {
        return Step::Drop(loser.clone());
    }
    let state = if has_service(segment) { IntentState::Changing } else { IntentState::Provisioning };
    if spec.intent_generation != facts.generation() {
        let planned = replan(facts, request, segment);
        return match planned {
            Ok(wanted) => Step::Align(segment.clone(), Box::new(wanted)),
            Err(_) if !has_service(segment) && nothing_ordered(segment) => {
                let gone = ConnectivitySegmentSpec { desired: Desired::Absent, ..spec.clone() };
                Step::Align(segment.clone(), Box::new(gone))
            }
            Err(why) => refused_change(&why),
        };
    }
    if spec.suspend != request.suspend {
        let wanted = ConnectivitySegmentSpec { suspend: request.suspend, ..spec.clone() };
        return Step::Align(segment.clone(), Box::new(wanted));
    }
    let in_force = segment.status.as_ref().and_then(|status| status.in_force.as_ref());
    if in_force.is_some_and(|in_force| in_force.revision == spec.revision) {
        return kept(segment, state);
    }
    match offer_state(segment, facts.now) {
        OfferState::Made(monthly, one_time) => agree(facts, request, segment, monthly, one_time, state),
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

fn has_service(segment: &ConnectivitySegment) -> bool {
    segment.status.as_ref().is_some_and(|status| status.in_force.is_some())
}

fn nothing_ordered(segment: &ConnectivitySegment) -> bool {
    segment.status.iter().flat_map(|status| &status.orders).all(|record| record.refusal.is_some())
}

fn state_of_refusal(segment: &ConnectivitySegment) -> IntentState {
    if has_service(segment) { IntentState::Active } else { IntentState::Blocked }
}

fn refused_change(why: &str) -> Step {
    stalled(
        IntentState::Active,
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
        suspend: request.suspend,
        authority: authority(facts, segment),
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
    let seller =
        facts.seller(name).ok_or_else(|| format!("ConnectivityProvider {name} is gone or cannot be read"))?;
    let (a, z) = facts.sites.as_ref().map_err(ToString::to_string)?;
    let port = |site: &crate::model::SiteView, end: &crate::api::SegmentEnd| {
        let found = site.ports.iter().find(|port| port.name == end.port && port.uni.0 == end.uni_product_id);
        found.cloned().ok_or_else(|| format!("port {} of site {} is gone", end.port, end.site))
    };
    let [end_a, end_z] = spec.ends.as_slice() else { return Err("the segment has lost its ends".into()) };
    let (port_a, port_z) = (port(a, end_a)?, port(z, end_z)?);
    let product = match spec.product {
        crate::api::SegmentProduct::Epl => crate::model::Product::Epl,
        crate::api::SegmentProduct::Evpl => crate::model::Product::Evpl,
    };
    fit(request, a, z, &seller.asked.account, product, &port_a, &port_z)
        .map_err(|why| format!("{name}: {why}"))
}

/// Whether the seller changes a service in this way.
fn in_place(facts: &Facts, segment: &ConnectivitySegment, candidate: &Candidate) -> Result<(), String> {
    let name = &segment.spec.provider.name;
    let Some(seller) = facts.seller(name) else { return Ok(()) };
    let now = segment.status.as_ref().and_then(|status| status.in_force.as_ref());
    let runs = now.and_then(|now| now.committed.parse::<crate::model::Bandwidth>().ok());
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
        Some(SegmentState::Active | SegmentState::Released | SegmentState::Offered) => {
            Step::Rest(Rest::Active)
        }
        Some(SegmentState::Blocked | SegmentState::Declined) => {
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
    let term = match crate::admit::segment(spec, facts.now) {
        Ok(parsed) => parsed.design.term,
        Err(refusal) => return stalled(state, refusal.reason, Party::Platform, refusal.message),
    };
    let offer = Offered {
        account: spec.provider.name.clone(),
        currency: seller.asked.account.currency,
        monthly,
        one_time,
        term: term.clone(),
    };
    let budgeted = Budgeted { offer, limits: seller.asked.account.limits, spent: seller.spent };
    if has_service(segment) && seller.asked.account.change.restarts_term {
        let fee = termination_fee(
            seller.asked.account.early_termination,
            monthly,
            term.end_after(facts.now),
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
    let wanted =
        ConnectivitySegmentSpec { offer: Some(chosen), authority: authority(facts, segment), ..spec.clone() };
    buy(facts, request, segment, wanted, budgeted, state)
}

// ------------------------------------------------------------------------------------------------------------- shopping

/// Nothing is bought: ask sellers, choose, buy.
fn shop(facts: &Facts, request: &Request) -> Step {
    if let Err(refusal) = &facts.sites {
        return stalled(IntentState::Blocked, refusal.reason, Party::Platform, refusal.message.clone());
    }
    let market = market(facts, request);
    for segment in facts.segments.iter().filter(|segment| segment.metadata.deletion_timestamp.is_none()) {
        if segment.spec.desired == Desired::Absent {
            return Step::Drop(segment.clone());
        }
        let candidate =
            market.candidates.iter().find(|candidate| candidate.account == segment.spec.provider.name);
        match candidate {
            Some(candidate) if offers::same_ends(segment, candidate, request) => {
                if let Some(step) = redesign(facts, request, segment, candidate) {
                    return step;
                }
            }
            Some(_) | None => return Step::Drop(segment.clone()),
        }
    }
    for candidate in &market.candidates {
        let asked = facts.offering().any(|segment| segment.spec.provider.name == candidate.account);
        let full = market.shortages.iter().any(|(name, _)| *name == candidate.account);
        if !asked && !full {
            return Step::Create(Box::new(candidate.clone()));
        }
    }
    if market.candidates.len() == market.shortages.len() {
        return nobody(&market);
    }
    if let Some(step) = await_offers(facts, &market) {
        return step;
    }
    take(facts, request, &market)
}

/// An offering segment follows the intent.
fn redesign(
    facts: &Facts,
    request: &Request,
    segment: &Arc<ConnectivitySegment>,
    candidate: &Candidate,
) -> Option<Step> {
    let spec = &segment.spec;
    let design = offers::design(candidate, request);
    if design == spec.design {
        return None;
    }
    let wanted = ConnectivitySegmentSpec {
        revision: spec.revision + 1,
        intent_generation: facts.generation(),
        design,
        ..spec.clone()
    };
    Some(Step::Align(segment.clone(), Box::new(wanted)))
}

/// No seller can carry the request: the most telling reason, and all of them in words.
fn nobody(market: &Market) -> Step {
    let words: Vec<String> = market
        .rejections
        .iter()
        .map(|(name, why)| format!("{name}: {why}"))
        .chain(market.shortages.iter().map(|(name, why)| format!("{name}: {why}")))
        .collect();
    let reason = if market.shortages.is_empty() {
        market.rejections.iter().map(|(_, why)| why).max().map_or("NoProvider", |why| why.reason())
    } else {
        "NoFreePort"
    };
    let party = if matches!(reason, "NoProvider" | "NotAllowed" | "NoFreePort") {
        Party::Platform
    } else {
        Party::User
    };
    let all = if words.is_empty() { "there is no ConnectivityProvider".to_owned() } else { words.join("; ") };
    stalled(IntentState::Blocked, reason, party, format!("no provider can carry this: {all}"))
}

/// Sellers that have not answered are waited for, but not for ever when others did.
fn await_offers(facts: &Facts, market: &Market) -> Option<Step> {
    if let Some((name, reason, words)) = market.pending.first() {
        let oldest = facts
            .offering()
            .filter(|segment| market.pending.iter().any(|(name, ..)| *name == segment.spec.provider.name))
            .filter_map(|segment| segment.metadata.creation_timestamp.as_ref())
            .map(|time| time.0)
            .max();
        let until = oldest.and_then(|oldest| oldest.checked_add(facts.patience).ok());
        let patient = until.is_none_or(|until| facts.now < until);
        if market.held.is_empty() || patient {
            let party = facts
                .offering()
                .find(|segment| segment.spec.provider.name == *name)
                .and_then(|segment| {
                    segment.status.as_ref()?.waiting_for.as_ref().map(|waiting| waiting.party)
                })
                .unwrap_or(Party::Seller);
            let waiting = Waiting {
                reason: reason.clone(),
                party,
                name: Some(name.clone()),
                what: format!("{name}: {words}"),
                until: until.filter(|_| !market.held.is_empty()),
            };
            return Some(Step::Rest(Rest::Waiting(IntentState::Planning, waiting)));
        }
    }
    if market.held.is_empty() {
        let words: Vec<String> =
            market.declined.iter().map(|(name, _, words)| format!("{name}: {words}")).collect();
        let reason = market.declined.first().map_or("NoOffer", |(_, reason, _)| reason.as_str());
        let what = format!("no seller offers this: {}; ask for less, other sites, or wait", words.join("; "));
        return Some(stalled(IntentState::Blocked, reason, Party::User, what));
    }
    None
}

/// There are offers: take the best one that may be taken, if anything may be bought at all.
fn take(facts: &Facts, request: &Request, market: &Market) -> Step {
    let Some(best) = market.choice.taken.and_then(|index| market.held.get(index)) else {
        let words: Vec<String> = market
            .choice
            .vetoes
            .iter()
            .filter_map(|(index, veto)| {
                Some(format!("{}: {veto}", market.held.get(*index)?.candidate.account))
            })
            .collect();
        let (reason, party) = match market.choice.vetoes.first() {
            Some((_, veto @ crate::planning::Veto::AboveLimit { .. })) => (veto.reason(), Party::Platform),
            Some((_, veto)) => (veto.reason(), Party::User),
            None => ("NoOffer", Party::Seller),
        };
        return stalled(IntentState::Blocked, reason, party, words.join("; "));
    };
    if request.mode == Mode::Plan {
        return Step::Rest(Rest::PlanComplete);
    }
    if request.budget.is_none() {
        let what = format!(
            "state spec.budget to buy this: {} monthly, {} at once in {}",
            best.budgeted.offer.monthly, best.budgeted.offer.one_time, best.budgeted.offer.currency
        );
        return stalled(IntentState::Planned, "BudgetMissing", Party::User, what);
    }
    let Held { segment, budgeted, .. } = best;
    let quote_id =
        segment.status.as_ref().and_then(|status| status.offer.as_ref()).map(|offer| offer.quote_id.clone());
    let wanted = ConnectivitySegmentSpec {
        desired: Desired::Present,
        intent_generation: facts.generation(),
        authority: authority(facts, segment),
        offer: quote_id.map(|quote_id| ChosenOffer { revision: segment.spec.revision, quote_id }),
        ..segment.spec.clone()
    };
    buy(facts, request, segment, wanted, budgeted.clone(), IntentState::Planned)
}

/// Everything that may stand between an offer and its order.
fn buy(
    facts: &Facts,
    request: &Request,
    segment: &Arc<ConnectivitySegment>,
    spec: ConnectivitySegmentSpec,
    budgeted: Budgeted,
    state: IntentState,
) -> Step {
    let name = &segment.spec.provider.name;
    let Some(budget) = request.budget else {
        return stalled(state, "BudgetMissing", Party::User, "state spec.budget to buy this".into());
    };
    if let Err(veto) = within(&budgeted, Some(&budget)) {
        let party = if matches!(veto, crate::planning::Veto::AboveLimit { .. }) {
            Party::Platform
        } else {
            Party::User
        };
        return stalled(state, veto.reason(), party, format!("{name}: {veto}"));
    }
    if request.suspend {
        return waiting(state, "Suspended", Party::User, None, "spec.suspend to become false".into());
    }
    if facts.held {
        let what = "the operator's hold on all purchases to be lifted".to_owned();
        return waiting(state, "PurchasingHeld", Party::Platform, None, what);
    }
    if facts.seller(name).is_some_and(|seller: &Seller| seller.asked.account.held) {
        let what = format!("spec.purchasing of ConnectivityProvider {name} to become Enabled");
        return waiting(state, "PurchasingHeld", Party::Platform, Some(name), what);
    }
    Step::Commit(Box::new(Commit { segment: segment.clone(), spec, budgeted, budget }))
}

/// What the seller may be paid for the segment: the budget of the intent.
fn authority(facts: &Facts, segment: &ConnectivitySegment) -> Option<Authority> {
    let Some(budget) = facts.request.as_ref().ok().and_then(|request| request.budget) else {
        return segment.spec.authority.clone();
    };
    let text = |amount: Amount| AmountText(amount.to_string());
    Some(Authority {
        currency: CurrencyText(budget.currency.to_string()),
        monthly: text(budget.monthly),
        one_time: text(budget.one_time),
        termination: text(budget.termination),
    })
}

/// The segment's own wait is the intent's.
fn follow(segment: &ConnectivitySegment, state: IntentState, reason: &str) -> Step {
    let name = segment.spec.provider.name.clone();
    let known =
        segment.status.as_ref().filter(|status| status.observed_generation == segment.metadata.generation);
    let Some(wait) = known.and_then(|status| status.waiting_for.as_ref()) else {
        return waiting(
            state,
            reason,
            Party::Operator,
            Some(&name),
            format!("segment {} to be worked on", segment_name(segment)),
        );
    };
    let (reason, words) = ready_words(segment);
    let waiting = Waiting {
        reason,
        party: wait.party,
        name: wait.name.clone(),
        what: words,
        until: wait.until.as_ref().map(|until| until.0),
    };
    let blocked = known.and_then(|status| status.state) == Some(SegmentState::Blocked);
    Step::Rest(if blocked { Rest::Stalled(state, waiting) } else { Rest::Waiting(state, waiting) })
}

fn segment_name(segment: &ConnectivitySegment) -> &str {
    segment.metadata.name.as_deref().unwrap_or_default()
}
