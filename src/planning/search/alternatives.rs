//! The best few paths, one after the other (Yen's algorithm, with Lawler's saving).
//!
//! J. Y. Yen, "Finding the K shortest loopless paths in a network", Management Science 17 (1971). Each path that is not the best
//! leaves a better one somewhere: so the next best is found by leaving those already found at each of their nodes, and each of these
//! searches is the exact one of [`super::label`].

use std::collections::BTreeSet;

use super::graph::{Criteria, EdgeId, EdgeSet, Graph};
use super::label::{OutOfWork, Task, Workspace};
use super::measure::Measure;
use super::query::{Bounds, Extent, Path, Paths, Query};
use super::shared::ban_node;

/// Rank, tie, legs and edges: the order of paths.
type Order = ((u64, u64), u64, u16, Vec<EdgeId>);

pub(super) fn order(graph: &Graph, measure: Measure, path: Path) -> Order {
    let steps = path.edges.iter().map(|edge| measure.step(graph.arc(*edge)));
    let (score, tie) =
        steps.fold((0u64, 0u64), |sum, step| (sum.0.saturating_add(step.0), sum.1.saturating_add(step.1)));
    (measure.rank(score, path.criteria.lead), tie, path.legs, path.edges)
}

/// See [`super::alternatives()`].
pub(super) fn alternatives(graph: &Graph, query: &Query<'_>, k: usize, workspace: &mut Workspace) -> Paths {
    let measure = Measure::of(query.preference);
    // What is found but not yet the best, with the position at which it leaves the path that it was found from.
    let mut found: BTreeSet<(Order, usize)> = BTreeSet::new();
    let mut paths: Vec<Path> = Vec::new();
    let mut extent = Extent::Complete;
    match super::one(graph, Task::best(query), workspace) {
        Ok(path) => found.extend(path.map(|path| (order(graph, measure, path), 0))),
        Err(OutOfWork) => extent = Extent::WorkLimit,
    }
    let mut banned = EdgeSet::new();
    while let Some(((_, _, _, edges), leaves)) = found.pop_first() {
        if paths.len() == k {
            return Paths { paths, extent: Extent::Capped };
        }
        paths.push(Path::over(graph, edges.clone()));
        for position in leaves..edges.len() {
            let prefix = &edges[..position];
            banned.copy_from(query.banned);
            for edge in prefix {
                ban_node(graph, graph.ends(*edge).0, &mut banned);
            }
            let known = paths.iter().map(|path| &path.edges).filter(|known| known.starts_with(prefix));
            known.filter_map(|known| known.get(position)).for_each(|edge| banned.insert(*edge));
            match beyond(graph, query, prefix, graph.ends(edges[position]).0, &banned, workspace) {
                Ok(Some(path)) => {
                    found.insert((order(graph, measure, path), position));
                }
                Ok(None) => {}
                // What was found up to here is in order; what comes next is not known any more.
                Err(OutOfWork) => return Paths { paths, extent: Extent::WorkLimit },
            }
        }
    }
    Paths { paths, extent }
}

/// The best path that begins with `prefix` and goes on from `node` without what is banned.
fn beyond(
    graph: &Graph,
    query: &Query<'_>,
    prefix: &[EdgeId],
    node: u32,
    banned: &EdgeSet,
    workspace: &mut Workspace,
) -> Result<Option<Path>, OutOfWork> {
    let before = Path::over(graph, prefix.to_vec());
    let Some(rest) = remaining(query, &before) else { return Ok(None) };
    let rest = Query { from: node, banned: Some(banned), ..rest };
    let task = Task { lead: before.criteria.lead, ..Task::best(&rest) };
    let found = super::one(graph, task, workspace)?;
    Ok(found.map(|path| Path::over(graph, prefix.iter().copied().chain(path.edges).collect())))
}

/// The query for what is left of a path, or `None` where nothing may be left.
fn remaining<'a>(query: &Query<'a>, before: &Path) -> Option<Query<'a>> {
    let Criteria { price, latency, unavailability, lead: _ } = before.criteria;
    let left = |bound: Option<u64>, spent: u64| match bound {
        None => Some(None),
        Some(bound) => bound.checked_sub(spent).map(Some),
    };
    let bounds = Bounds {
        price: left(query.bounds.price, price)?,
        latency: left(query.bounds.latency, latency)?,
        unavailability: left(query.bounds.unavailability, unavailability)?,
        lead: query.bounds.lead,
    };
    let max_legs = match query.max_legs {
        Query::ANY_LEGS => Query::ANY_LEGS,
        limit => limit.checked_sub(before.legs)?,
    };
    Some(Query { bounds, max_legs, ..*query })
}
