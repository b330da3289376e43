//! Lower bounds: the least that is left from every node to a target, criterion by criterion, remembered per graph and target.
//!
//! They look at capacity, bans and bounds of no query, so one table serves all queries with the same target.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::graph::{Arc, Graph, NodeId, at};
use super::measure::Measure;

/// No way to the target.
pub(super) const UNREACHABLE: u64 = u64::MAX;

/// What a table bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Score, and tie among the paths of least score.
    Score(Measure),
    /// One of the criteria that add.
    Criterion(u8),
    /// Legs.
    Legs,
    /// The slowest edge.
    Lead,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    graph: u64,
    target: NodeId,
    kind: Kind,
}

/// The least value and tie from each node to the target.
#[derive(Debug, Default)]
pub(super) struct Table {
    key: Option<Key>,
    used: u64,
    least: Vec<(u64, u64)>,
}

impl Table {
    pub(super) fn of(&self, node: NodeId) -> u64 {
        self.least[at(node)].0
    }

    pub(super) fn with_tie(&self, node: NodeId) -> (u64, u64) {
        self.least[at(node)]
    }
}

/// Tables that were made; the one not used for longest makes room for a new one.
#[derive(Debug)]
pub(super) struct Tables {
    tables: Vec<Table>,
    by_key: HashMap<Key, usize>,
    limit: usize,
    clock: u64,
    heap: BinaryHeap<Reverse<(u64, u64, NodeId)>>,
}

impl Tables {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            tables: Vec::new(),
            by_key: HashMap::new(),
            // One search needs up to six at a time.
            limit: limit.max(8),
            clock: 0,
            heap: BinaryHeap::new(),
        }
    }

    pub(super) fn get(&self, position: usize) -> &Table {
        &self.tables[position]
    }

    pub(super) fn forget(&mut self) {
        self.by_key.clear();
        for table in &mut self.tables {
            table.key = None;
            table.used = 0;
        }
    }

    /// Where the table is, made now where it is not there yet.
    pub(super) fn position(&mut self, graph: &Graph, target: NodeId, kind: Kind) -> usize {
        let key = Key { graph: graph.fingerprint(), target, kind };
        self.clock += 1;
        if let Some(position) = self.by_key.get(&key) {
            self.tables[*position].used = self.clock;
            return *position;
        }
        let position = self.room();
        if let Some(old) = self.tables[position].key.replace(key) {
            self.by_key.remove(&old);
        }
        self.by_key.insert(key, position);
        self.tables[position].used = self.clock;
        match kind {
            Kind::Score(measure) => self.fill(position, graph, target, |arc, so_far| {
                let (score, tie) = measure.step(arc);
                (so_far.0.saturating_add(score), so_far.1.saturating_add(tie))
            }),
            Kind::Criterion(which) => self.fill(position, graph, target, |arc, so_far| {
                (so_far.0.saturating_add(arc.criteria[usize::from(which)]), 0)
            }),
            Kind::Legs => {
                self.fill(position, graph, target, |arc, so_far| (so_far.0 + u64::from(arc.legs), 0));
            }
            Kind::Lead => self.fill(position, graph, target, |arc, so_far| (so_far.0.max(arc.lead), 0)),
        }
        position
    }

    fn room(&mut self) -> usize {
        if self.tables.len() < self.limit {
            self.tables.push(Table::default());
            return self.tables.len() - 1;
        }
        let oldest = self.tables.iter().enumerate().min_by_key(|(_, table)| table.used);
        oldest.map_or(0, |(position, _)| position)
    }

    /// Dijkstra's algorithm from the target against the direction of the edges.
    fn fill(
        &mut self,
        position: usize,
        graph: &Graph,
        target: NodeId,
        extend: impl Fn(&Arc, (u64, u64)) -> (u64, u64),
    ) {
        let least = &mut self.tables[position].least;
        least.clear();
        least.resize(graph.nodes(), (UNREACHABLE, UNREACHABLE));
        least[at(target)] = (0, 0);
        self.heap.clear();
        self.heap.push(Reverse((0, 0, target)));
        while let Some(Reverse((value, tie, node))) = self.heap.pop() {
            if least[at(node)] != (value, tie) {
                continue;
            }
            for edge in graph.arriving(node) {
                let arc = graph.arc(*edge);
                let found = extend(arc, (value, tie));
                if found < least[at(arc.from)] {
                    least[at(arc.from)] = found;
                    self.heap.push(Reverse((found.0, found.1, arc.from)));
                }
            }
        }
    }
}
