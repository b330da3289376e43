//! The graph that is searched: rows of plain numbers, built once and then only read.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

/// A node, counted from 0.
pub type NodeId = u32;

/// A directed edge, counted from 0 in the order in which edges were added: this order breaks ties.
pub type EdgeId = u32;

/// The most that one criterion of one edge may be: sums of weighted criteria over a path then have room.
pub const LARGEST: u64 = 1 << 40;

/// What an edge or a path costs, in every way that is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Criteria {
    /// Price over the term, in the smallest unit of the currency. Adds.
    pub price: u64,
    /// One-way delay, in nanoseconds. Adds.
    pub latency: u64,
    /// 1 - availability, in parts per 10^12. Adds: the sum bounds the unavailability of the path from above.
    pub unavailability: u64,
    /// Time until it can be used, in seconds. A path waits for its slowest edge.
    pub lead: u64,
}

impl Criteria {
    /// Both, one after the other.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self {
            price: self.price.saturating_add(other.price),
            latency: self.latency.saturating_add(other.latency),
            unavailability: self.unavailability.saturating_add(other.unavailability),
            lead: self.lead.max(other.lead),
        }
    }

    /// The criteria that add.
    pub(super) const fn additive(self) -> [u64; 3] {
        [self.price, self.latency, self.unavailability]
    }
}

/// An edge, as it is added.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Edge {
    /// Where it begins.
    pub from: NodeId,
    /// Where it ends.
    pub to: NodeId,
    /// What it costs.
    pub criteria: Criteria,
    /// Whether it counts towards the limit of legs; interconnects, transit and attachments do not.
    pub is_leg: bool,
    /// Whether it joins an end to a port of it. Where it touches an end of the query, both paths of a pair may use it and the node
    /// behind it, unless they must be separate there.
    pub is_attachment: bool,
    /// What it can carry, in bit/s.
    pub capacity: u64,
    /// What it stands for, to the caller.
    pub payload: u32,
    /// Who sells it.
    pub owner: Option<u16>,
    /// What it shares its fate with.
    pub risk_groups: Vec<u32>,
}

/// Why something cannot be part of a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// An edge begins or ends at a node that was not announced.
    #[error("there is no node {0}")]
    NoSuchNode(NodeId),
    /// One of its criteria is larger than [`LARGEST`].
    #[error("a criterion of the edge from {0} to {1} is too large to be summed")]
    TooLarge(NodeId, NodeId),
    /// There are more edges than numbers for them.
    #[error("there are more edges than a graph can number")]
    TooMany,
}

/// Collects nodes and edges.
#[derive(Debug, Clone, Default)]
pub struct GraphBuilder {
    places: Vec<Option<u32>>,
    edges: Vec<Edge>,
    links: Vec<u32>,
    link_count: u32,
}

impl GraphBuilder {
    /// Without nodes and edges.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node. `place` is what nodes of one site share; without one, the node is a place of its own.
    pub fn node(&mut self, place: Option<u32>) -> NodeId {
        self.places.push(place);
        u32::try_from(self.places.len() - 1).unwrap_or(u32::MAX)
    }

    /// Adds an edge in one direction.
    ///
    /// # Errors
    /// When it names an unknown node or cannot be summed.
    pub fn one_way(&mut self, edge: Edge) -> Result<EdgeId, GraphError> {
        let id = self.push(edge)?;
        self.link_count += 1;
        Ok(id)
    }

    /// Adds a link: an edge in each direction, which disjoint paths never share, not even in opposite directions.
    ///
    /// # Errors
    /// When it names an unknown node or cannot be summed.
    pub fn both_ways(&mut self, edge: Edge) -> Result<(EdgeId, EdgeId), GraphError> {
        let back = Edge { from: edge.to, to: edge.from, ..edge.clone() };
        let ids = (self.push(edge)?, self.push(back)?);
        self.link_count += 1;
        Ok(ids)
    }

    fn push(&mut self, edge: Edge) -> Result<EdgeId, GraphError> {
        for node in [edge.from, edge.to] {
            if usize::try_from(node).map_or(true, |node| node >= self.places.len()) {
                return Err(GraphError::NoSuchNode(node));
            }
        }
        let criteria = edge.criteria;
        if criteria.additive().into_iter().chain([criteria.lead]).any(|value| value > LARGEST) {
            return Err(GraphError::TooLarge(edge.from, edge.to));
        }
        let id =
            u32::try_from(self.edges.len()).ok().filter(|id| *id < u32::MAX).ok_or(GraphError::TooMany)?;
        self.edges.push(edge);
        self.links.push(self.link_count);
        Ok(id)
    }

    /// The graph of all that was added.
    #[must_use]
    pub fn build(self) -> Graph {
        let Self { places, edges, links, link_count: _ } = self;
        let nodes = places.len();
        let arcs: Vec<Arc> = edges.iter().zip(&links).map(|(edge, link)| Arc::new(edge, *link)).collect();
        let (out_rows, out_edges) = rows(nodes, arcs.iter().map(|arc| arc.from));
        let (in_rows, in_edges) = rows(nodes, arcs.iter().map(|arc| arc.to));
        let mut risk_rows = vec![0];
        let mut risks = Vec::new();
        for edge in &edges {
            risks.extend_from_slice(&edge.risk_groups);
            risk_rows.push(index(risks.len()));
        }
        let mut hasher = DefaultHasher::new();
        (&places, &edges, &links).hash(&mut hasher);
        Graph {
            fingerprint: hasher.finish(),
            payloads: edges.iter().map(|edge| edge.payload).collect(),
            places,
            arcs,
            out_rows,
            out_edges,
            in_rows,
            in_edges,
            risk_rows,
            risks,
        }
    }
}

/// The part of an edge that a search reads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arc {
    pub from: NodeId,
    pub to: NodeId,
    pub criteria: [u64; 3],
    pub lead: u64,
    pub capacity: u64,
    pub link: u32,
    pub owner: Option<u16>,
    pub legs: u16,
    pub is_attachment: bool,
}

impl Arc {
    fn new(edge: &Edge, link: u32) -> Self {
        Self {
            from: edge.from,
            to: edge.to,
            criteria: edge.criteria.additive(),
            lead: edge.criteria.lead,
            capacity: edge.capacity,
            link,
            owner: edge.owner,
            legs: u16::from(edge.is_leg),
            is_attachment: edge.is_attachment,
        }
    }
}

/// Nodes and directed edges in compressed rows. It does not change; another version of the network is another graph.
pub struct Graph {
    fingerprint: u64,
    places: Vec<Option<u32>>,
    arcs: Vec<Arc>,
    payloads: Vec<u32>,
    out_rows: Vec<u32>,
    out_edges: Vec<EdgeId>,
    in_rows: Vec<u32>,
    in_edges: Vec<EdgeId>,
    risk_rows: Vec<u32>,
    risks: Vec<u32>,
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Graph({} nodes, {} edges)", self.places.len(), self.arcs.len())
    }
}

impl Graph {
    /// How many nodes there are.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.places.len()
    }

    /// How many directed edges there are.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.arcs.len()
    }

    /// What tells this graph from others: equal for graphs that were built alike. It holds within one process only.
    #[must_use]
    pub const fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// What the edge stands for, to the caller. As all that takes an edge, it panics where the edge is of a larger graph.
    #[must_use]
    pub fn payload(&self, edge: EdgeId) -> u32 {
        self.payloads[at(edge)]
    }

    /// Where the edge begins and where it ends.
    #[must_use]
    pub fn ends(&self, edge: EdgeId) -> (NodeId, NodeId) {
        let arc = self.arc(edge);
        (arc.from, arc.to)
    }

    /// What the edge costs.
    #[must_use]
    pub fn criteria(&self, edge: EdgeId) -> Criteria {
        let arc = self.arc(edge);
        let [price, latency, unavailability] = arc.criteria;
        Criteria { price, latency, unavailability, lead: arc.lead }
    }

    /// What the edge shares its fate with.
    #[must_use]
    pub fn risk_groups(&self, edge: EdgeId) -> &[u32] {
        &self.risks[at(self.risk_rows[at(edge)])..at(self.risk_rows[at(edge) + 1])]
    }

    /// Whose the edge is.
    #[must_use]
    pub fn owner(&self, edge: EdgeId) -> Option<u16> {
        self.arc(edge).owner
    }

    /// What the edge can carry, in bit/s.
    #[must_use]
    pub fn capacity(&self, edge: EdgeId) -> u64 {
        self.arc(edge).capacity
    }

    /// Which link the edge is a direction of: disjoint paths never share one.
    #[must_use]
    pub fn link(&self, edge: EdgeId) -> u32 {
        self.arc(edge).link
    }

    /// Whether the edge joins an end to a port of it.
    #[must_use]
    pub fn is_attachment(&self, edge: EdgeId) -> bool {
        self.arc(edge).is_attachment
    }

    /// Where the node is.
    #[must_use]
    pub fn place(&self, node: NodeId) -> Option<u32> {
        self.places[at(node)]
    }

    /// The edges that leave a node, in their order.
    #[must_use]
    pub fn leaving(&self, node: NodeId) -> &[EdgeId] {
        &self.out_edges[at(self.out_rows[at(node)])..at(self.out_rows[at(node) + 1])]
    }

    /// The edges that arrive at a node, in their order.
    #[must_use]
    pub fn arriving(&self, node: NodeId) -> &[EdgeId] {
        &self.in_edges[at(self.in_rows[at(node)])..at(self.in_rows[at(node) + 1])]
    }

    pub(super) fn node_ids(&self) -> Range<NodeId> {
        0..index(self.places.len())
    }

    pub(super) fn edge_ids(&self) -> Range<EdgeId> {
        0..index(self.arcs.len())
    }

    /// The edge, and the other direction of its link: the builder numbers them one after the other.
    pub(super) fn both_directions(&self, edge: EdgeId) -> impl Iterator<Item = EdgeId> + use<'_> {
        let near = edge.saturating_sub(1)..edge.saturating_add(2).min(index(self.arcs.len()));
        near.filter(move |other| self.link(*other) == self.link(edge))
    }

    pub(super) fn arc(&self, edge: EdgeId) -> &Arc {
        &self.arcs[at(edge)]
    }
}

/// Edges by the node that each belongs to: where the row of each node begins, and all rows.
fn rows(nodes: usize, of: impl Iterator<Item = NodeId> + Clone) -> (Vec<u32>, Vec<EdgeId>) {
    let mut begins = vec![0; nodes + 1];
    let mut count = 0;
    for node in of.clone() {
        begins[at(node) + 1] += 1;
        count += 1;
    }
    for node in 0..nodes {
        begins[node + 1] += begins[node];
    }
    let mut next = begins.clone();
    let mut edges = vec![0; count];
    for (edge, node) in of.enumerate() {
        edges[at(next[at(node)])] = index(edge);
        next[at(node)] += 1;
    }
    (begins, edges)
}

/// A number of ours as a position.
pub(super) const fn at(number: u32) -> usize {
    number as usize
}

/// A position as a number of ours: the builder gives out no more than there are.
#[allow(clippy::cast_possible_truncation, reason = "the builder refuses more edges than u32 can number")]
pub(super) const fn index(position: usize) -> u32 {
    position as u32
}

/// A set of edges, such as those that must not be used now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EdgeSet {
    words: Vec<u64>,
}

impl EdgeSet {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an edge; a link is two.
    pub fn insert(&mut self, edge: EdgeId) {
        let word = at(edge / 64);
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (edge % 64);
    }

    /// Whether the edge is in it.
    #[must_use]
    pub fn contains(&self, edge: EdgeId) -> bool {
        self.words.get(at(edge / 64)).is_some_and(|word| word & (1 << (edge % 64)) != 0)
    }

    /// Becomes what the other is, without asking for memory where there is enough.
    pub(super) fn copy_from(&mut self, other: Option<&Self>) {
        self.words.clear();
        if let Some(other) = other {
            self.words.extend_from_slice(&other.words);
        }
    }
}
