//! What to do next about one intent: a pure function from facts to a step.
//!
//! Order of the questions: is the intent going? Can it be understood? Is something bought: is it what is asked? If nothing is:
//! who could sell it, what do they offer, may the best offer be bought? A room for each: `going`, `keeping`, `shopping`,
//! `existing` for what runs already, `replacing` for what to do when what is bought cannot be what is asked, and `buying` for what
//! stands between an offer and its order; `nobody` says why none can be made. A `hub` asks them about each of its spokes.

use std::sync::Arc;

use super::facts::{Bought, Facts, ready_words};
use super::offers::Asking;
use crate::api::{
    ConnectivitySegment, ConnectivitySegmentSpec, FINALIZER, IntentState, Party, SegmentDesign, SegmentState,
};
use crate::model::{Budget, Request};
use crate::planning::{Budgeted, Spent};

mod approval;
mod buying;
mod existing;
mod going;
mod hub;
mod keeping;
mod nobody;
mod replacing;
mod shopping;

pub use approval::{Pin, Price, digest};
pub use existing::{named, only_watches};
pub use hub::{Next, Standing, standings};
pub use keeping::{fit_chains, is_planned_anew, unverified};

/// What asks for money: written under the locks of all its accounts, after one more look at their limits. Nothing is written where
/// any part of it may not be bought.
#[derive(Debug, Clone, PartialEq)]
pub struct Commit {
    /// The legs that are bought, or changed, in their order.
    pub legs: Vec<Purchase>,
    /// The intent's budget.
    pub budget: Budget,
    /// What the budget pays for besides.
    pub beside: Spent,
    /// Whether this is the choice of a path, and not a change of what was chosen.
    pub chooses: bool,
    /// The state of the intent where it may not be bought yet.
    pub state: IntentState,
}

/// A segment's spec that asks for money.
#[derive(Debug, Clone, PartialEq)]
pub struct Purchase {
    /// The segment as it is.
    pub segment: Arc<ConnectivitySegment>,
    /// Its spec as it should be.
    pub spec: ConnectivitySegmentSpec,
    /// What it costs and may cost.
    pub budgeted: Budgeted,
}

/// The next effect, or a rest.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Something outside may depend on the intent from now on.
    AddFinalizer,
    /// Nothing outside depends on it any more.
    RemoveFinalizer,
    /// Ask the sellers of these ways for offers, as far as they were not asked: of one way to each spoke that has one.
    Create(Vec<Asking>),
    /// Bring a segment's spec in line.
    Align(Arc<ConnectivitySegment>, Box<ConnectivitySegmentSpec>),
    /// Write down what counts of the class and which approval is used, before anything rests on it.
    Pin(Box<Pin>),
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
            Self::Pin(_) => "Pin",
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
    /// It is in use, and only watched.
    Observed,
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
            Self::Observed => "Observed",
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
        return if finalized { going::leave(facts) } else { Step::Rest(Rest::Gone) };
    }
    if !finalized {
        return Step::AddFinalizer;
    }
    let request = match &facts.request {
        Ok(request) => request,
        Err(refusal) => {
            if let Some(step) = keeping::stopped(facts) {
                return step;
            }
            return stalled(IntentState::Blocked, refusal.reason, facts.class.party, refusal.message.clone());
        }
    };
    if let Some(step) = hub::settle(facts, request) {
        return step;
    }
    let step = if request.spokes.is_empty() { strand(facts, request) } else { hub::decide(facts, request) };
    match step {
        Step::Commit(commit) => buying::permit(facts, request, *commit),
        Step::AddFinalizer
        | Step::RemoveFinalizer
        | Step::Create(_)
        | Step::Align(..)
        | Step::Pin(_)
        | Step::Drop(_)
        | Step::Rest(_) => step,
    }
}

/// What to do next about one connection between two ends. What it would buy may not be permitted yet.
fn strand(facts: &Facts, request: &Request) -> Step {
    match facts.bought() {
        Some(bought) => match bought.there().find(|segment| facts.lost_claim(segment)) {
            Some(segment) => keeping::make_room(segment),
            None => keeping::maintain(facts, request, &bought),
        },
        None => shopping::shop(facts, request),
    }
}

fn waiting(state: IntentState, reason: &str, party: Party, name: Option<&str>, what: String) -> Step {
    let name = name.map(str::to_owned);
    Step::Rest(Rest::Waiting(state, Waiting { reason: reason.into(), party, name, what, until: None }))
}

fn stalled(state: IntentState, reason: &str, party: Party, what: String) -> Step {
    Step::Rest(Rest::Stalled(state, Waiting { reason: reason.into(), party, name: None, what, until: None }))
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

/// What is asked now cannot be had, and changes nothing of what is bought.
fn refused_change(bought: &Bought, why: &str, more: &str) -> Step {
    stalled(
        if bought.serves() { IntentState::Active } else { IntentState::Provisioning },
        "ChangeRefused",
        Party::User,
        format!(
            "{why}; what runs goes on, see status.inForce: set the intent back, or ask for something else{more}"
        ),
    )
}

/// A segment that follows the intent as it is now, with this design: another design is another revision.
fn designed(facts: &Facts, spec: &ConnectivitySegmentSpec, design: SegmentDesign) -> ConnectivitySegmentSpec {
    ConnectivitySegmentSpec {
        revision: if design == spec.design { spec.revision } else { spec.revision + 1 },
        intent_generation: facts.generation(),
        design,
        ..spec.clone()
    }
}
