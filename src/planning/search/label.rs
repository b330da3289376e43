//! The exact search for one path: labels in the order of the least rank that they can still reach, and dominance.
//!
//! A label is a way from the start to a node. One that is nowhere better than another at the same node is dropped; so a path never
//! meets a node twice, and the first label at the target is the best path. See decision 16.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::bounds::{Kind, Table, Tables, UNREACHABLE};
use super::flow::Flow;
use super::graph::{Arc, EdgeId, EdgeSet, Graph, NodeId, at, index};
use super::measure::Measure;
use super::query::{Path, Query};

/// What is reused from search to search: memory, and lower bounds per graph and target.
#[derive(Debug)]
pub struct Workspace {
    pub(super) tables: Tables,
    pub(super) labels: Labels,
    pub(super) flow: Flow,
}

impl Workspace {
    /// Remembers up to `tables` tables of lower bounds; each takes 16 octets per node, and one query needs two to six.
    #[must_use]
    pub fn new(tables: usize) -> Self {
        Self { tables: Tables::new(tables), labels: Labels::default(), flow: Flow::default() }
    }

    /// Forgets all lower bounds: the next search is cold.
    pub fn forget(&mut self) {
        self.tables.forget();
    }
}

impl Default for Workspace {
    fn default() -> Self {
        Self::new(256)
    }
}

/// A way from the start to a node. Criteria that do not matter to the query are 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Label {
    score: u64,
    tie: u64,
    criteria: [u64; 3],
    lead: u64,
    legs: u16,
    dropped: bool,
    node: NodeId,
    edge: EdgeId,
    parent: u32,
    next: u32,
}

const NONE: u32 = u32::MAX;

/// When a label is looked at: least possible rank of the whole path, tie, legs, then the order of making.
type Turn = ((u64, u64), u64, u64, u32);

/// The labels of one search, and the order in which they are looked at.
#[derive(Debug, Default)]
pub(super) struct Labels {
    all: Vec<Label>,
    at_node: Vec<(u32, u32)>,
    epoch: u32,
    turns: BinaryHeap<Reverse<Turn>>,
}

/// What is left to do for a search, besides the query.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task<'a> {
    pub query: &'a Query<'a>,
    pub banned: Option<&'a EdgeSet>,
    /// Lead time of what goes before the start.
    pub lead: u64,
    pub measure: Measure,
    /// Whether all three criteria matter, or only those with a bound.
    pub all_criteria: bool,
}

impl<'a> Task<'a> {
    pub(super) fn best(query: &'a Query<'a>) -> Self {
        Self {
            query,
            banned: query.banned,
            lead: 0,
            measure: Measure::of(query.preference),
            all_criteria: false,
        }
    }
}

/// The work limit was hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OutOfWork;

/// A search that goes on: each call of [`Search::next`] gives the next label at the target.
pub(super) struct Search<'a> {
    graph: &'a Graph,
    task: Task<'a>,
    labels: &'a mut Labels,
    guide: &'a Table,
    criteria: [Option<&'a Table>; 3],
    most: [u64; 3],
    legs: Option<&'a Table>,
    lead: Option<&'a Table>,
}

impl<'a> Search<'a> {
    /// `None`: between these ends there is no path, whatever the edges are.
    pub(super) fn new(graph: &'a Graph, task: Task<'a>, workspace: &'a mut Workspace) -> Option<Self> {
        let query = task.query;
        if !query.has_two_ends(graph) {
            return None;
        }
        let Workspace { tables, labels, flow: _ } = workspace;
        let bounds = [query.bounds.price, query.bounds.latency, query.bounds.unavailability];
        let mut position = |kind| tables.position(graph, query.to, kind);
        let guide = position(Kind::Score(task.measure.additive()));
        let matters = bounds.map(|bound| bound.is_some() || task.all_criteria);
        let criteria = [0u8, 1, 2].map(|i| matters[usize::from(i)].then(|| position(Kind::Criterion(i))));
        let legs = (query.max_legs != Query::ANY_LEGS).then(|| position(Kind::Legs));
        let lead = task.measure.counts_lead().then(|| position(Kind::Lead));
        let tables = &*tables;
        let mut search = Self {
            graph,
            task,
            labels,
            guide: tables.get(guide),
            criteria: criteria.map(|position| position.map(|position| tables.get(position))),
            most: bounds.map(|bound| bound.unwrap_or(UNREACHABLE - 1)),
            legs: legs.map(|position| tables.get(position)),
            lead: lead.map(|position| tables.get(position)),
        };
        search.labels.reset(graph.nodes());
        search.make(Label {
            score: 0,
            tie: 0,
            criteria: [0; 3],
            lead: if search.lead.is_some() { task.lead } else { 0 },
            legs: 0,
            dropped: false,
            node: query.from,
            edge: NONE,
            parent: NONE,
            next: NONE,
        });
        Some(search)
    }

    /// The next label at the target, in the order of rank.
    pub(super) fn next(&mut self, pruned: impl Fn([u64; 3]) -> bool) -> Result<Option<u32>, OutOfWork> {
        while let Some(Reverse((_, _, _, position))) = self.labels.turns.pop() {
            let label = self.labels.all[at(position)];
            if label.dropped || self.task.all_criteria && pruned(self.least(&label)) {
                continue;
            }
            if label.node == self.task.query.to {
                return Ok(Some(position));
            }
            if self.labels.all.len() > self.task.query.work.labels {
                return Err(OutOfWork);
            }
            for edge in self.graph.leaving(label.node) {
                let arc = self.graph.arc(*edge);
                if self.admits(*edge, arc) {
                    self.make(self.extended(&label, position, *edge, arc));
                }
            }
        }
        Ok(None)
    }

    /// What the label at the target costs.
    pub(super) fn criteria(&self, position: u32) -> [u64; 3] {
        self.labels.all[at(position)].criteria
    }

    /// The path to the label.
    pub(super) fn path(&self, position: u32) -> Path {
        Path::over(self.graph, self.labels.trace(position))
    }

    fn admits(&self, edge: EdgeId, arc: &Arc) -> bool {
        arc.capacity >= self.task.query.capacity
            && self.task.query.bounds.lead.is_none_or(|most| arc.lead <= most)
            && !self.task.banned.is_some_and(|banned| banned.contains(edge))
    }

    fn extended(&self, label: &Label, parent: u32, edge: EdgeId, arc: &Arc) -> Label {
        let (score, tie) = self.task.measure.step(arc);
        let mut criteria = label.criteria;
        for ((sum, more), table) in criteria.iter_mut().zip(arc.criteria).zip(self.criteria) {
            if table.is_some() {
                *sum = sum.saturating_add(more);
            }
        }
        Label {
            score: label.score.saturating_add(score),
            tie: label.tie.saturating_add(tie),
            criteria,
            lead: if self.lead.is_some() { label.lead.max(arc.lead) } else { 0 },
            legs: label.legs.saturating_add(arc.legs),
            dropped: false,
            node: arc.to,
            edge,
            parent,
            next: NONE,
        }
    }

    /// The least that the criteria can be at the target.
    fn least(&self, label: &Label) -> [u64; 3] {
        let mut least = label.criteria;
        for (sum, table) in least.iter_mut().zip(self.criteria) {
            *sum = sum.saturating_add(table.map_or(0, |table| table.of(label.node)));
        }
        least
    }

    /// Takes up a label, unless it cannot reach the target within the bounds or another is as good.
    fn make(&mut self, label: Label) {
        let (score, tie) = self.guide.with_tie(label.node);
        if score == UNREACHABLE || self.least(&label).iter().zip(self.most).any(|(least, most)| *least > most)
        {
            return;
        }
        let legs = u64::from(label.legs) + self.legs.map_or(0, |table| table.of(label.node));
        if legs > u64::from(self.task.query.max_legs) {
            return;
        }
        let limited = self.legs.is_some();
        let legs_tie = !self.task.all_criteria;
        if self.labels.is_dominated(&label, limited, legs_tie) {
            return;
        }
        let lead = label.lead.max(self.lead.map_or(0, |table| table.of(label.node)));
        let rank = self.task.measure.rank(label.score.saturating_add(score), lead);
        let position = self.labels.add(label);
        self.labels.turns.push(Reverse((rank, label.tie.saturating_add(tie), legs, position)));
    }
}

impl Labels {
    fn reset(&mut self, nodes: usize) {
        self.all.clear();
        self.turns.clear();
        self.epoch = self.epoch.wrapping_add(1);
        if self.at_node.len() < nodes || self.epoch == 0 {
            self.epoch = 1;
            self.at_node.clear();
            self.at_node.resize(nodes, (0, NONE));
        }
    }

    fn add(&mut self, label: Label) -> u32 {
        let position = index(self.all.len());
        let head = &mut self.at_node[at(label.node)];
        let next = if head.0 == self.epoch { head.1 } else { NONE };
        *head = (self.epoch, position);
        self.all.push(Label { next, ..label });
        position
    }

    /// Whether one at the same node is as good in everything; those that are not better than this in anything are dropped.
    fn is_dominated(&mut self, label: &Label, limited: bool, legs_tie: bool) -> bool {
        let (epoch, head) = self.at_node[at(label.node)];
        let mut position = if epoch == self.epoch { head } else { NONE };
        let mut before = NONE;
        while position != NONE {
            let other = &mut self.all[at(position)];
            let next = other.next;
            if other.dominates(label, limited, legs_tie) {
                return true;
            }
            if label.dominates(other, limited, legs_tie) {
                other.dropped = true;
                if before == NONE {
                    self.at_node[at(label.node)].1 = next;
                } else {
                    self.all[at(before)].next = next;
                }
            } else {
                before = position;
            }
            position = next;
        }
        false
    }

    /// The edges from the start to the label, in order.
    fn trace(&self, position: u32) -> Vec<EdgeId> {
        let back = || {
            let first = &self.all[at(position)];
            std::iter::successors(Some(first), |label| self.all.get(at(label.parent)))
                .take_while(|label| label.parent != NONE)
        };
        let mut edges = Vec::with_capacity(back().count());
        edges.extend(back().map(|label| label.edge));
        edges.reverse();
        edges
    }
}

impl Label {
    fn dominates(&self, other: &Self, limited: bool, legs_tie: bool) -> bool {
        let order = |label: &Self| (label.score, label.tie, if legs_tie { label.legs } else { 0 });
        self.lead <= other.lead
            && self.criteria.iter().zip(other.criteria).all(|(own, other)| *own <= other)
            && (!limited || self.legs <= other.legs)
            && order(self) <= order(other)
    }
}
