//! What to do next about one account, and what to tell: pure functions.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::hubs::{self, Hubs};
use crate::api::{
    ConnectivityProvider, ConnectivityProviderStatus, FINALIZER, Party, Statement, WaitingFor, conditions,
    told, whole,
};
use crate::model::{Catch, Failure, FailureClass, Release};
use crate::provider::AccountView;
use crate::schedule::Pace;

/// Everything a decision rests on.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The account.
    pub provider: Arc<ConnectivityProvider>,
    /// How many segments depend on it.
    pub in_use: usize,
    /// What the seller said to the present spec and Secret, and how long ago.
    pub verified: Option<(Result<AccountView, Failure>, Duration)>,
    /// Its safety catch.
    pub catch: Catch,
    /// Decisions of people to release it.
    pub releases: Vec<Release>,
    /// After which time a good answer is asked for again.
    pub verify_again: Duration,
    /// After which time a bad answer is asked for again.
    pub retry_after: Duration,
    /// Subscriptions at the seller.
    pub hubs: Hubs,
    /// The present.
    pub now: Timestamp,
}

impl Facts {
    /// The account's name.
    #[must_use]
    pub fn name(&self) -> String {
        self.provider.metadata.name.clone().unwrap_or_default()
    }

    /// The newest decision that releases the catch, and what it is then.
    fn release(&self) -> Option<(Release, Catch)> {
        let newest = self.releases.iter().max_by_key(|release| (release.made, &release.id))?;
        Some((newest.clone(), self.catch.release(newest.made)?))
    }
}

/// The next effect, or a rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Segments may depend on it from now on.
    AddFinalizer,
    /// No segment depends on it any more.
    RemoveFinalizer,
    /// A person released the safety catch: what it is then.
    Release(Release, Catch),
    /// Ask the seller whether it knows us.
    Verify,
    /// See to a subscription at the seller.
    Hub(hubs::Step),
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
            Self::Release(..) => "Release",
            Self::Verify => "Verify",
            Self::Hub(hubs::Step::Subscribe(_)) => "Subscribe",
            Self::Hub(hubs::Step::Look(_)) => "LookAtHub",
            Self::Hub(hubs::Step::Unsubscribe(_)) => "Unsubscribe",
            Self::Rest(rest) => rest.name(),
        }
    }
}

/// Why nothing is to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rest {
    /// The seller knows us.
    Verified(AccountView),
    /// It does not, or cannot be asked.
    Failed(Failure),
    /// It is to be deleted, and segments depend on it.
    InUse(usize),
    /// It is to be deleted, and nothing of ours keeps it.
    Gone,
}

impl Rest {
    /// A fixed word for logs and metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Verified(_) => "Verified",
            Self::Failed(_) => "Failed",
            Self::InUse(_) => "InUse",
            Self::Gone => "Gone",
        }
    }

    /// How soon to look again.
    #[must_use]
    pub const fn pace(&self) -> Pace {
        match self {
            Self::Verified(_) => Pace::Settled,
            Self::Failed(failure) => match failure.wait() {
                Some(wait) => Pace::NotBefore(wait),
                None => Pace::Transient,
            },
            Self::InUse(_) => Pace::Stalled,
            Self::Gone => Pace::Done,
        }
    }
}

/// How soon to look again. What failed of the subscriptions and may pass is no reason to say that the account is not ready.
#[must_use]
pub fn pace(facts: &Facts, rest: &Rest) -> Pace {
    match rest {
        Rest::Verified(_) if hubs::unfinished(&facts.hubs) => Pace::Transient,
        Rest::Verified(_) | Rest::Failed(_) | Rest::InUse(_) | Rest::Gone => rest.pace(),
    }
}

/// What to do next.
#[must_use]
pub fn decide(facts: &Facts) -> Step {
    let meta = &facts.provider.metadata;
    let finalized = meta.finalizers.iter().flatten().any(|name| name == FINALIZER);
    if meta.deletion_timestamp.is_some() && facts.in_use == 0 {
        return match (finalized, hubs::leave(&facts.hubs), &facts.verified) {
            (false, _, _) => Step::Rest(Rest::Gone),
            (true, Some(_), None) => Step::Verify,
            (true, Some(step), Some((Ok(_), _))) => Step::Hub(step),
            // A seller that cannot be asked keeps nobody.
            (true, Some(_), Some((Err(_), _))) | (true, None, _) => Step::RemoveFinalizer,
        };
    }
    if meta.deletion_timestamp.is_none() && !finalized {
        return Step::AddFinalizer;
    }
    if let Some((release, catch)) = facts.release() {
        return Step::Release(release, catch);
    }
    match &facts.verified {
        None => Step::Verify,
        Some((Ok(_), age)) if *age >= facts.verify_again => Step::Verify,
        Some((Err(failure), age)) if *age >= failure.retry_after(facts.retry_after) => Step::Verify,
        Some(_) if meta.deletion_timestamp.is_some() => Step::Rest(Rest::InUse(facts.in_use)),
        Some((Ok(view), _)) => match hubs::next(&facts.hubs, facts.verify_again, facts.retry_after) {
            Some(step) => Step::Hub(step),
            None => Step::Rest(Rest::Verified(view.clone())),
        },
        Some((Err(failure), _)) => Step::Rest(Rest::Failed(failure.clone())),
    }
}

/// What stands in the way of orders though the seller knows us.
fn tripped(facts: &Facts) -> Option<String> {
    let trips: Vec<String> = facts.catch.trips.iter().map(|trip| trip.sentence(&facts.name())).collect();
    (!trips.is_empty()).then(|| trips.join("; "))
}

/// The status after a rest was reached. Never contains the safety catch.
#[must_use]
pub fn status(facts: &Facts, rest: &Rest) -> ConnectivityProviderStatus {
    let now = whole(facts.now);
    let old = facts.provider.status.clone().unwrap_or_default();
    let generation = facts.provider.metadata.generation;
    let name = facts.name();
    let tripped = tripped(facts);
    let (ready, stalled, reason, message, party) = match rest {
        Rest::Verified(_) => match &tripped {
            None => (true, false, "Verified", "the seller knows us".to_owned(), None),
            Some(what) => (false, true, "SafetyCatch", what.clone(), Some(Party::Platform)),
        },
        Rest::Failed(failure) => {
            let (stalled, reason, party, advice) = verdict(failure);
            (false, stalled, reason, format!("{failure}; {advice}"), Some(party))
        }
        Rest::InUse(count) => (
            false,
            false,
            "InUse",
            format!(
                "{count} segments depend on {name}: delete their intents first, see kubectl get connectivitysegments"
            ),
            Some(Party::User),
        ),
        Rest::Gone => (false, false, "Gone", format!("no segment depends on {name}"), None),
    };
    let working = !ready && !stalled;
    let only_if = |holds: bool| if holds { message.clone() } else { String::new() };
    let mut statements = vec![
        Statement { kind: "Ready", holds: Some(ready), reason: reason.into(), message: message.clone() },
        Statement {
            kind: "Reconciling",
            holds: Some(working),
            reason: reason.into(),
            message: only_if(working),
        },
        Statement { kind: "Stalled", holds: Some(stalled), reason: reason.into(), message: only_if(stalled) },
        match tripped {
            Some(what) => Statement::yes("SafetyCatchTripped", "SafetyCatch", what),
            None => Statement::no("SafetyCatchTripped", "NotTripped", ""),
        },
    ];
    statements.extend(hubs::statement(&facts.hubs));
    let conditions = conditions(&old.conditions, statements, generation, &now);
    let verified = match rest {
        Rest::Verified(_) => old.verified.clone().filter(|_| was_verified(&old)).or(Some(now.clone())),
        Rest::Failed(_) | Rest::InUse(_) | Rest::Gone => old.verified.clone(),
    };
    ConnectivityProviderStatus {
        observed_generation: generation,
        conditions,
        waiting_for: party.map(|party| {
            let what = message.chars().take(1_000).collect();
            WaitingFor { party, name: Some(name), what, since: now, until: None }
                .since(old.waiting_for.as_ref())
        }),
        verified,
        ignores_filters: match rest {
            Rest::Verified(view) => Some(view.ignores_filters),
            Rest::Failed(_) | Rest::InUse(_) | Rest::Gone => old.ignores_filters,
        },
        hubs: facts.hubs.known.clone(),
        safety_catch: None,
        ledger: None,
    }
}

fn was_verified(status: &ConnectivityProviderStatus) -> bool {
    told(&status.conditions, "Ready")
        .is_some_and(|told| ["Verified", "SafetyCatch"].contains(&told.reason.as_str()))
}

/// Whether somebody must change something, and who.
const fn verdict(failure: &Failure) -> (bool, &'static str, Party, &'static str) {
    match failure.class {
        FailureClass::Unauthenticated | FailureClass::PermissionDenied => (
            true,
            "CredentialsRefused",
            Party::Platform,
            "renew the Secret that spec.credentials names; it is read again at once",
        ),
        FailureClass::Misconfigured | FailureClass::Invalid | FailureClass::Unsupported => {
            (true, "ProviderMisconfigured", Party::Platform, "mend this object or its Secret")
        }
        FailureClass::Throttled(_) => (
            false,
            "SellerThrottles",
            Party::Seller,
            "it is left alone for as long as it wants; if this comes back, state fewer spec.requests.perMinute",
        ),
        FailureClass::OverBudget(_) => (false, "RequestBudget", Party::Operator, "it is asked in its turn"),
        FailureClass::Conflict
        | FailureClass::NotFound
        | FailureClass::Transient
        | FailureClass::Unreadable => (false, "SellerUnavailable", Party::Seller, "it is tried again"),
    }
}
