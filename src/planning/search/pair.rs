//! Two paths of which one survives what breaks the other.

use super::alternatives::{alternatives, ban_node};
use super::graph::{EdgeSet, Graph, NodeId};
use super::label::{Task, Workspace};
use super::measure::Measure;
use super::query::{Disjoint, Extent, Found, Pair, Path, Query};

/// See [`super::disjoint_pair`].
pub(super) fn disjoint_pair(
    graph: &Graph,
    query: &Query<'_>,
    disjoint: Disjoint,
    workspace: &mut Workspace,
) -> Found<Pair> {
    let firsts = alternatives(graph, query, query.work.branches, workspace);
    let measure = Measure::of(query.preference);
    let mut best: Option<((u64, u64), Pair)> = None;
    let mut banned = EdgeSet::new();
    for first in firsts.paths {
        banned.copy_from(query.banned);
        ban(graph, query, disjoint, &first, &mut banned);
        let task = Task { banned: Some(&banned), ..Task::best(query) };
        if let Ok(Some(second)) = super::one(graph, task, workspace) {
            let steps = first.edges.iter().chain(&second.edges).map(|edge| measure.step(graph.arc(*edge)).0);
            let total = measure.rank(steps.sum(), first.criteria.lead.max(second.criteria.lead));
            if best.as_ref().is_none_or(|(least, _)| total < *least) {
                best = Some((total, Pair { first, second }));
            }
        }
    }
    match (best, firsts.extent) {
        (Some((_, pair)), Extent::Complete) if !measure.counts_lead() => Found::Optimal(pair),
        (Some((total, value)), _) => Found::BestFound { value, gap: total.0.max(total.1) },
        (None, Extent::Complete) => Found::None,
        (None, Extent::Capped | Extent::WorkLimit) => Found::Unknown,
    }
}

/// Bans all that a path which is disjoint from this one must not use.
fn ban(graph: &Graph, query: &Query<'_>, disjoint: Disjoint, path: &Path, banned: &mut EdgeSet) {
    let ends = [query.from, query.to];
    let own = path.edges.iter().filter(|edge| !may_share_edge(graph, ends, disjoint, **edge));
    let own: Vec<_> = own.copied().collect();
    let nodes: Vec<NodeId> = path
        .edges
        .iter()
        .map(|edge| graph.ends(*edge).1)
        .filter(|node| !may_share_node(graph, ends, disjoint, *node))
        .collect();
    if disjoint.nodes {
        nodes.iter().for_each(|node| ban_node(graph, *node, banned));
    }
    if disjoint.places {
        let end_places = ends.map(|end| graph.place(end));
        let places: Vec<_> = nodes.iter().map(|node| graph.place(*node)).collect();
        for node in (0..graph.nodes()).filter_map(|node| u32::try_from(node).ok()) {
            let place = graph.place(node);
            let same = if place.is_some() { places.contains(&place) } else { nodes.contains(&node) };
            if same && (place.is_none() || !end_places.contains(&place)) {
                ban_node(graph, node, banned);
            }
        }
    }
    for edge in (0..graph.edges()).filter_map(|edge| u32::try_from(edge).ok()) {
        if may_share_edge(graph, ends, disjoint, edge) {
            continue;
        }
        let conflict = own.iter().any(|own| {
            graph.arc(*own).link == graph.arc(edge).link
                || disjoint.owners && graph.owner(edge).is_some() && graph.owner(edge) == graph.owner(*own)
                || disjoint.risk_groups
                    && graph.risk_groups(edge).iter().any(|risk| graph.risk_groups(*own).contains(risk))
        });
        if conflict {
            banned.insert(edge);
        }
    }
}

fn may_share_edge(graph: &Graph, ends: [NodeId; 2], disjoint: Disjoint, edge: u32) -> bool {
    let arc = graph.arc(edge);
    !disjoint.separate_ends && arc.is_attachment && (ends.contains(&arc.from) || ends.contains(&arc.to))
}

fn may_share_node(graph: &Graph, ends: [NodeId; 2], disjoint: Disjoint, node: NodeId) -> bool {
    let touching = || graph.leaving(node).iter().chain(graph.arriving(node));
    ends.contains(&node) || touching().any(|edge| may_share_edge(graph, ends, disjoint, *edge))
}
