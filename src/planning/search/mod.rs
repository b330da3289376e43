//! The search for paths through a graph of plain numbers.
//!
//! ```text
//! GraphBuilder ─► Graph ─┬─► best           the best path within bounds: exact
//!     Query ─────────────┤   alternatives   the k best paths, in order: exact
//!     Workspace ─────────┤   pareto         what no other path beats in price, latency and availability: exact up to its cap
//!                        └─► disjoint_pair  two paths that do not share their fate: exact, or to a work limit with its gap
//! ```
//!
//! A caller builds a [`Graph`] once per version of its network and keeps one [`Workspace`] per thread: it holds the memory of the
//! searches and the lower bounds per graph and target, which later queries with the same target reuse. What must not be used now
//! (maintenance, denied, refused by its seller) is an [`EdgeSet`] of the query: the graph stays.
//!
//! Equal input gives an equal answer. Sums are integers, and saturate. Nothing in here knows what an edge stands for. From a node to
//! itself, and to or from a node that the graph does not have, there is no path.

mod alternatives;
mod bounds;
mod flow;
mod graph;
mod label;
mod measure;
mod pair;
mod pareto;
mod query;
mod shared;
#[cfg(test)]
mod tests;
mod tree;

pub use graph::{Criteria, Edge, EdgeId, EdgeSet, Graph, GraphBuilder, GraphError, LARGEST, NodeId};
pub use label::Workspace;
pub use query::{Bounds, Disjoint, Extent, Found, Pair, Path, Paths, Preference, Query, Weights, Work};

use label::{OutOfWork, Search, Task};

/// The best path of the query.
#[must_use]
pub fn best(graph: &Graph, query: &Query<'_>, workspace: &mut Workspace) -> Found<Path> {
    match one(graph, Task::best(query), workspace) {
        Ok(Some(path)) => Found::Optimal(path),
        Ok(None) => Found::None,
        Err(OutOfWork) => Found::Unknown,
    }
}

/// The `k` best paths of the query, the best first. Two links between the same nodes make two paths.
#[must_use]
pub fn alternatives(graph: &Graph, query: &Query<'_>, k: usize, workspace: &mut Workspace) -> Paths {
    alternatives::alternatives(graph, query, k, workspace)
}

/// The paths that no other path of the query beats in one of price, latency and unavailability without losing in another: at most
/// `cap` of them, those first that the preference puts first. Of paths that cost the same, one is given.
#[must_use]
pub fn pareto(graph: &Graph, query: &Query<'_>, cap: usize, workspace: &mut Workspace) -> Paths {
    pareto::pareto(graph, query, cap, workspace)
}

/// Two paths of the query that have nothing in common which `disjoint` forbids, with the least total. Bounds hold for each of them.
#[must_use]
pub fn disjoint_pair(
    graph: &Graph,
    query: &Query<'_>,
    disjoint: Disjoint,
    workspace: &mut Workspace,
) -> Found<Pair> {
    pair::disjoint_pair(graph, query, disjoint, workspace)
}

fn one(graph: &Graph, task: Task<'_>, workspace: &mut Workspace) -> Result<Option<Path>, OutOfWork> {
    let Some(mut search) = Search::new(graph, task, workspace) else { return Ok(None) };
    let found = search.next(|_| false)?;
    Ok(found.map(|position| search.path(position)))
}
