//! Pareto sets: the search for one path, with dominance over all three criteria that add, which goes on after the first.
//!
//! Labels are looked at in an order in which a better one always comes first. So a path that none found before beats is beaten by none
//! that comes later, and a set that is cut off at its cap is a part of the whole set, not a guess at it.

use super::graph::Graph;
use super::label::{OutOfWork, Search, Task, Workspace};
use super::measure::Measure;
use super::query::{Extent, Paths, Query};

/// See [`super::pareto()`].
pub(super) fn pareto(graph: &Graph, query: &Query<'_>, cap: usize, workspace: &mut Workspace) -> Paths {
    let task = Task { measure: Measure::of_set(query.preference), all_criteria: true, ..Task::best(query) };
    let mut members: Vec<[u64; 3]> = Vec::new();
    let mut paths = Vec::new();
    let Some(mut search) = Search::new(graph, task, workspace) else {
        return Paths { paths, extent: Extent::Complete };
    };
    loop {
        let beaten = |least: [u64; 3]| {
            members.iter().any(|member| member.iter().zip(least).all(|(own, other)| *own <= other))
        };
        let extent = match search.next(beaten) {
            Ok(Some(_)) if paths.len() == cap => Extent::Capped,
            Ok(Some(position)) => {
                members.push(search.criteria(position));
                paths.push(search.path(position));
                continue;
            }
            Ok(None) => Extent::Complete,
            Err(OutOfWork) => Extent::WorkLimit,
        };
        return Paths { paths, extent };
    }
}
