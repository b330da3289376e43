//! The safety catch: what looks like a mistake is held until a person says that it was meant.
//!
//! What was ordered is counted from the records of all segments of the account, so that a new process counts what the last one
//! did. A catch that tripped stays so, whatever the counts are later.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::seller_name;
use crate::admit::deed;
use crate::api::{OrderRecord, Party};
use crate::model::{Catch, CatchCause, CatchLimits, Deed, Trip, format_duration};
use crate::segment::decide::{Rest, Step, Waiting};
use crate::segment::facts::{Facts, Search};

/// Why nothing of the kind is ordered now.
pub fn caught(facts: &Facts, deed: Deed) -> Option<Step> {
    let trip = facts.catch.holding(deed)?;
    let what = trip.sentence(seller_name(facts));
    Some(Step::Rest(Rest::Waiting(Waiting {
        reason: "SafetyCatch",
        party: Party::Platform,
        what,
        until: None,
    })))
}

/// The trip that the record would be, were it written now: one too many of its kind. `records` are all of the account; one that
/// is named twice is counted once.
///
/// Orders that bought nothing are not counted: a seller that says no again and again is no mistake of ours.
#[must_use]
pub fn too_many<'a>(
    records: impl Iterator<Item = &'a OrderRecord>,
    next: &OrderRecord,
    account: &str,
    catch: &Catch,
    limits: CatchLimits,
    now: Timestamp,
) -> Option<Trip> {
    let (cause, most, words) = match deed(next) {
        Deed::Buys { .. } => (CatchCause::Orders, limits.orders, "purchases and changes"),
        Deed::Ends => (CatchCause::Disconnects, limits.disconnects, "disconnects and cancellations"),
        Deed::Neither => return None,
    };
    let kind = |record: &OrderRecord| std::mem::discriminant(&deed(record));
    let from = now.checked_sub(limits.within).unwrap_or(Timestamp::MIN);
    let from = catch.released.map_or(from, |released| released.max(from));
    let counts = |record: &&OrderRecord| {
        let recent = record.reserved_at.as_ref().is_some_and(|at| at.0 >= from);
        recent && record.refusal.is_none() && kind(record) == kind(next)
    };
    let counted: BTreeSet<&str> = records.filter(counts).map(|record| record.mark.as_str()).collect();
    let within = format_duration(limits.within);
    (counted.len() >= most).then(|| Trip {
        cause,
        since: now,
        what: format!(
            "more than {most} {words} within {within} were to be ordered through account {account}"
        ),
    })
}

/// The first search at an account that this installation never ordered through shows what another one ordered: it may still run.
pub fn first_contact(facts: &Facts, search: &Search) -> Option<Step> {
    let known = facts.catch.trips.iter().any(|trip| trip.cause == CatchCause::ForeignOrders);
    if search.strangers.is_empty() || known || facts.catch.released.is_some() {
        return None;
    }
    let orders: Vec<&str> = search.strangers.iter().map(|id| id.0.as_str()).collect();
    let what = format!(
        "this cluster never ordered through account {}, and project {} has live orders there that it did not place ({}): another \
         cluster with this owner id buys there, or did",
        seller_name(facts),
        facts.segment.spec.project,
        orders.join(", ")
    );
    let what = what.chars().take(1_000).collect();
    Some(Step::Trip(Trip { cause: CatchCause::ForeignOrders, since: facts.now, what }))
}
