//! The conformance suite: what every adapter has to show, by checks that have names.
//!
//! The rules are those of [`Provider`] and of the table in [`super`]; a check is one of them, brought about at a seller. The
//! suite knows an adapter by the port alone, and its seller by [`Backstage`]: whoever writes an adapter implements that for a
//! seller that does as it is told (`docs/guides/write-an-adapter.md`), and calls [`run`].
//!
//! ```text
//! backstage   what the suite must be able to bring about at the seller, and to know of it
//! report      what came of each check
//! stage       the road to an order, for checks that begin with one
//! account     capabilities, deadlines, classes of failure, secrets
//! buying      paid calls: once, in time, and told as they were
//! reading     searches, observations, listings
//! lifecycle   disconnects, cancellations, charges
//! ```

#![expect(clippy::wildcard_enum_match_arm, reason = "a check that sees anything else has failed")]

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::Provider;

mod account;
mod backstage;
mod buying;
mod lifecycle;
mod reading;
mod report;
mod stage;

pub use backstage::{Backstage, Call, Taken, Trouble};
pub use report::{Finding, Report, Verdict};

use report::Outcome;
use stage::Stage;

/// A rule, and how it is checked.
struct Check {
    name: &'static str,
    run: for<'a> fn(&'a Stage<'a>) -> BoxFuture<'a, Outcome>,
}

macro_rules! checks {
    ($($room:ident: $($check:ident),+;)+) => {
        &[$($(Check { name: stringify!($check), run: |stage| $room::$check(stage).boxed() }),+),+]
    };
}

/// All checks, in the order in which they run.
const CHECKS: &[Check] = checks! {
    account: capabilities_do_not_change, the_account_is_verified;
    buying: an_order_is_taken_and_seen, a_refusal_is_told, an_order_is_sent_once, a_lost_answer_is_unknown,
        nothing_leaves_after_the_fence;
    reading: a_search_shows_the_project_and_nothing_else, a_search_finds_what_was_lost, what_is_missing_is_missing,
        each_handle_has_its_observation, an_unknown_state_is_carried, a_listing_ends_and_loses_nothing;
    lifecycle: a_change_is_of_the_service_it_names, a_disconnect_ends_what_it_names, a_cancellation_is_sent_once_and_told,
        a_charge_is_answered_once;
    account: questions_order_nothing, failures_are_classified, the_wait_is_carried, no_call_outlives_its_deadline,
        no_secret_shows;
};

/// Runs every check, one after the other. A check that panics has failed; the next one runs all the same.
pub async fn run(provider: &dyn Provider, backstage: &dyn Backstage) -> Report {
    let mut report = Report::default();
    for (number, check) in (1..).zip(CHECKS) {
        backstage.calm().await;
        let stage = Stage::new(provider, backstage, check.name, number);
        let outcome = AssertUnwindSafe((check.run)(&stage)).catch_unwind().await;
        report.findings.push(Finding {
            check: check.name,
            verdict: outcome.unwrap_or_else(|_| Err(Verdict::Failed("it panicked".into()))).into(),
        });
    }
    backstage.calm().await;
    report
}
