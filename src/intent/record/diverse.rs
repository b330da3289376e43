//! Whether one failure may interrupt it: told where two paths were asked.

use std::sync::Arc;

use super::Connection;
use crate::api::{ConnectivitySegment, Statement};
use crate::intent::decide::{fit_chains, unverified};
use crate::intent::facts::{Facts, chains, has_service};
use crate::intent::offers::Market;

/// What is known of the connection, or of the one of several spokes about which the least good is known.
pub fn told(connections: &[Connection]) -> Option<Statement> {
    let told = |one: &Connection| {
        let statement = statement(one.facts, one.market.as_ref(), &one.legs)?;
        let spoke = one.facts.spoke().filter(|_| statement.holds != Some(true));
        let spoke = spoke.map(|spoke| format!("{spoke}: ")).unwrap_or_default();
        Some(Statement { message: format!("{spoke}{}", statement.message), ..statement })
    };
    let statements = connections.iter().filter_map(told);
    statements.min_by_key(|statement| statement.holds.map_or(1, |holds| if holds { 2 } else { 0 }))
}

/// What is known of what the two paths share that are bought, or would be. Nothing where one path was asked.
fn statement(
    facts: &Facts,
    market: Option<&Market>,
    legs: &[&Arc<ConnectivitySegment>],
) -> Option<Statement> {
    let request = facts.request.as_ref().ok().filter(|request| request.resilience.paths() > 1)?;
    let served = || legs.iter().filter(|leg| has_service(leg)).count();
    let known = if legs.is_empty() {
        market.and_then(Market::shown).map(|held| Ok(held.way.unverified.clone()))
    } else {
        Some(match fit_chains(facts, request, legs) {
            Ok(paths) => unverified(facts, request, &paths),
            Err(why) => Ok(vec![why]),
        })
    };
    let one_path = !legs.is_empty() && chains(legs).len() < request.resilience.paths();
    Some(match known {
        _ if one_path => Statement::no("Diverse", "OnePath", "one path carries it, and two are asked"),
        Some(Err(common)) => Statement::no("Diverse", "SharedRisk", format!("both paths use {common}")),
        // One path carries it until the other is there.
        _ if served() > 0 && served() < legs.len() => {
            Statement::no("Diverse", "OnePath", "a part of the connection is not in use yet")
        }
        Some(Ok(unknown)) if unknown.is_empty() => {
            Statement::yes("Diverse", "Diverse", "the paths share nothing that only one may use")
        }
        Some(Ok(unknown)) => Statement::unknown("Diverse", "Unverified", unknown.join("; ")),
        None => Statement::unknown("Diverse", "Pending", "the paths are not known yet"),
    })
}
