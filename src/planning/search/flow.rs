//! Two paths of least total score that share no link, and no node where that is asked: exact and fast, but it looks at nothing else.
//!
//! J. W. Suurballe and R. E. Tarjan, "A quick method for finding shortest pairs of disjoint paths", Networks 14 (1984), in the form of
//! R. Bhandari, "Survivable Networks" (1999): after the first path a second search may also go back over it, and where it does, that
//! part belongs to neither. What it finds is a lower bound for every pair that must keep more.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::bounds::{Kind, UNREACHABLE};
use super::graph::{EdgeId, Graph, at, index};
use super::label::Workspace;
use super::measure::Measure;
use super::query::Query;
use super::shared::Rules;

const NONE: u32 = u32::MAX;

/// A place of the second search: a node, or the side of a node of the first path at which edges arrive, where the node must not be
/// met by both.
type State = u32;

/// What is reused from search to search.
#[derive(Debug, Default)]
pub(super) struct Flow {
    distance: Vec<u64>,
    potential: Vec<u64>,
    /// From which state and by which edge a state was reached.
    by: Vec<(State, EdgeId)>,
    /// By which edge of the first path a node is reached.
    first: Vec<EdgeId>,
    heap: BinaryHeap<Reverse<(u64, State)>>,
    union: Vec<EdgeId>,
}

/// Two paths and their total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Relaxed {
    pub score: u64,
    pub paths: [Vec<EdgeId>; 2],
}

/// The pair of least total, or `None` where there is none.
pub(super) fn two_paths(
    graph: &Graph,
    query: &Query<'_>,
    measure: Measure,
    rules: &Rules<'_>,
    workspace: &mut Workspace,
) -> Option<Relaxed> {
    let Workspace { tables, flow, .. } = workspace;
    if !query.has_two_ends(graph) {
        return None;
    }
    let guide = tables.position(graph, query.to, Kind::Score(measure.additive()));
    let guide = tables.get(guide);
    if guide.of(query.from) == UNREACHABLE {
        return None;
    }
    let usable = |edge: EdgeId| {
        let arc = graph.arc(edge);
        arc.capacity >= query.capacity
            && query.bounds.lead.is_none_or(|most| arc.lead <= most)
            && !query.banned.is_some_and(|banned| banned.contains(edge))
            && guide.of(arc.to) != UNREACHABLE
    };
    // What an edge costs more than the least that is left promises.
    let detour = |edge: EdgeId| {
        let arc = graph.arc(edge);
        measure.step(arc).0.saturating_add(guide.of(arc.to)).saturating_sub(guide.of(arc.from))
    };
    let mut run = Run { graph, query, flow, rules };
    run.first_path(&usable, &detour)?;
    run.second_path(&usable, &detour)?;
    Some(run.decompose(measure))
}

struct Run<'a> {
    graph: &'a Graph,
    query: &'a Query<'a>,
    flow: &'a mut Flow,
    rules: &'a Rules<'a>,
}

impl Run<'_> {
    fn reset(&mut self) {
        let states = 2 * self.graph.nodes();
        let Flow { distance, by, heap, .. } = &mut *self.flow;
        distance.clear();
        distance.resize(states, UNREACHABLE);
        by.clear();
        by.resize(states, (NONE, NONE));
        heap.clear();
        distance[at(self.query.from)] = 0;
        heap.push(Reverse((0, self.query.from)));
    }

    fn reach(&mut self, state: State, distance: u64, by: (State, EdgeId)) {
        if distance < self.flow.distance[at(state)] {
            self.flow.distance[at(state)] = distance;
            self.flow.by[at(state)] = by;
            self.flow.heap.push(Reverse((distance, state)));
        }
    }

    /// Whether the state is looked at for the first time.
    fn pop(&mut self) -> Option<(u64, State)> {
        while let Some(Reverse((distance, state))) = self.flow.heap.pop() {
            if self.flow.distance[at(state)] == distance {
                return Some((distance, state));
            }
        }
        None
    }

    fn first_path(
        &mut self,
        usable: &impl Fn(EdgeId) -> bool,
        detour: &impl Fn(EdgeId) -> u64,
    ) -> Option<()> {
        self.reset();
        let graph = self.graph;
        let reached = loop {
            let (distance, node) = self.pop()?;
            if node == self.query.to {
                break distance;
            }
            for edge in graph.leaving(node).iter().copied().filter(|edge| usable(*edge)) {
                self.reach(graph.ends(edge).1, distance.saturating_add(detour(edge)), (node, edge));
            }
        };
        let Flow { distance, potential, by, first, .. } = &mut *self.flow;
        potential.clear();
        potential.extend(distance[..graph.nodes()].iter().map(|distance| *distance.min(&reached)));
        first.clear();
        first.resize(graph.nodes(), NONE);
        let mut node = self.query.to;
        while node != self.query.from {
            let (before, edge) = by[at(node)];
            first[at(node)] = edge;
            node = before;
        }
        Some(())
    }

    fn second_path(
        &mut self,
        usable: &impl Fn(EdgeId) -> bool,
        detour: &impl Fn(EdgeId) -> u64,
    ) -> Option<()> {
        self.reset();
        let graph = self.graph;
        let sides = index(graph.nodes());
        loop {
            let (distance, state) = self.pop()?;
            let (node, arrived) = if state < sides { (state, false) } else { (state - sides, true) };
            if node == self.query.to {
                return Some(());
            }
            let before = self.flow.first[at(node)];
            if before != NONE {
                // Back over the first path, which costs nothing more: its edges are all without detour.
                self.reach(graph.ends(before).0, distance, (state, before));
            }
            if arrived {
                continue;
            }
            for edge in graph.leaving(node).iter().copied().filter(|edge| usable(*edge)) {
                let to = graph.ends(edge).1;
                if to == self.query.from || self.is_taken(edge) {
                    continue;
                }
                let enters = self.flow.first[at(to)] != NONE && self.rules.exclusive(to).is_some();
                let potential = &self.flow.potential;
                let cost = detour(edge).saturating_add(potential[at(node)]).saturating_sub(potential[at(to)]);
                self.reach(
                    if enters { to + sides } else { to },
                    distance.saturating_add(cost),
                    (state, edge),
                );
            }
        }
    }

    /// Whether the first path uses the link of this edge, and the second must not.
    fn is_taken(&self, edge: EdgeId) -> bool {
        let mut ways = self.graph.both_directions(edge);
        !self.rules.is_shared(edge) && ways.any(|edge| self.flow.first[at(self.graph.ends(edge).1)] == edge)
    }

    /// The two paths that the first and the second leave, where the second went back over the first.
    fn decompose(&mut self, measure: Measure) -> Relaxed {
        let graph = self.graph;
        let sides = index(graph.nodes());
        let Flow { by, first, union, .. } = &mut *self.flow;
        union.clear();
        let mut node = self.query.to;
        while node != self.query.from {
            union.push(first[at(node)]);
            node = graph.ends(first[at(node)]).0;
        }
        let mut state = self.query.to;
        while state != self.query.from {
            let (before, edge) = by[at(state)];
            let node = if state < sides { state } else { state - sides };
            if graph.ends(edge).1 == node {
                union.push(edge);
            } else if let Some(position) = union.iter().position(|other| *other == edge) {
                union.swap_remove(position);
            }
            state = before;
        }
        // The order of edges, so that equal input gives equal paths.
        union.sort_unstable();
        let paths = [self.walk(), self.walk()];
        let score = paths.iter().flatten().map(|edge| measure.step(graph.arc(*edge)).0).sum();
        Relaxed { score, paths }
    }

    /// A path out of the edges that are left, which it takes.
    fn walk(&mut self) -> Vec<EdgeId> {
        let graph = self.graph;
        let union = &mut self.flow.union;
        let mut path: Vec<EdgeId> = Vec::new();
        let mut node = self.query.from;
        while node != self.query.to {
            let Some(position) = union.iter().position(|edge| graph.ends(*edge).0 == node) else { break };
            let edge = union.remove(position);
            path.push(edge);
            node = graph.ends(edge).1;
            // A way around that comes back costs nothing, and is left out.
            if let Some(before) = path.iter().position(|edge| graph.ends(*edge).0 == node) {
                path.truncate(before);
            }
        }
        path
    }
}
