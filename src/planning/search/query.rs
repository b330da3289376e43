//! What is asked of a search, and what it answers.

use super::graph::{Criteria, EdgeId, EdgeSet, Graph, NodeId};

/// The most that a path may cost, criterion by criterion; `None` is no bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// See [`Criteria::price`].
    pub price: Option<u64>,
    /// See [`Criteria::latency`].
    pub latency: Option<u64>,
    /// See [`Criteria::unavailability`].
    pub unavailability: Option<u64>,
    /// See [`Criteria::lead`].
    pub lead: Option<u64>,
}

/// What makes one path better than another. Equal ones are told apart by price (the cheapest by latency), then legs, then the order
/// of edges.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Preference {
    /// The least price.
    #[default]
    Cheapest,
    /// The least latency.
    Fastest,
    /// The least unavailability.
    MostAvailable,
    /// The least lead time.
    Soonest,
    /// The least sum of weighted criteria.
    Weighted(Weights),
}

/// How much one unit of each criterion counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Weights {
    /// Per unit of [`Criteria::price`].
    pub price: u16,
    /// Per unit of [`Criteria::latency`].
    pub latency: u16,
    /// Per unit of [`Criteria::unavailability`].
    pub unavailability: u16,
    /// Per unit of [`Criteria::lead`].
    pub lead: u16,
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// Where paths begin.
    pub from: NodeId,
    /// Where paths end; another node than `from`.
    pub to: NodeId,
    /// What each path must keep.
    pub bounds: Bounds,
    /// What each edge must be able to carry, in bit/s.
    pub capacity: u64,
    /// How many legs a path may have; [`Query::ANY_LEGS`] is no limit.
    pub max_legs: u16,
    /// What makes one path better than another.
    pub preference: Preference,
    /// Edges that must not be used: maintenance, denied, refused by their seller.
    pub banned: Option<&'a EdgeSet>,
    /// How much may be done before giving up: labels of one path search, and nodes of the tree of a pair search.
    pub work: Work,
}

/// When a search gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Labels that one path search may make.
    pub labels: usize,
    /// Nodes of the tree that a pair search may open.
    pub branches: usize,
}

impl Default for Work {
    fn default() -> Self {
        Self { labels: 250_000, branches: 2_000 }
    }
}

impl Query<'_> {
    /// How many legs a path may have where nobody says otherwise.
    pub const DEFAULT_LEGS: u16 = 4;

    /// No limit of legs.
    pub const ANY_LEGS: u16 = u16::MAX;

    /// The cheapest path without bounds.
    #[must_use]
    pub fn new(from: NodeId, to: NodeId) -> Self {
        Self {
            from,
            to,
            bounds: Bounds::default(),
            capacity: 0,
            max_legs: Self::DEFAULT_LEGS,
            preference: Preference::default(),
            banned: None,
            work: Work::default(),
        }
    }

    /// Whether it asks for a way between two nodes of the graph.
    pub(super) fn has_two_ends(&self, graph: &Graph) -> bool {
        let nodes = graph.node_ids();
        self.from != self.to && nodes.contains(&self.from) && nodes.contains(&self.to)
    }
}

/// A path: it meets no node twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Its edges, from the first end to the other.
    pub edges: Vec<EdgeId>,
    /// What it costs.
    pub criteria: Criteria,
    /// How many legs it has.
    pub legs: u16,
}

impl Path {
    /// The path over these edges.
    #[must_use]
    pub fn over(graph: &Graph, edges: Vec<EdgeId>) -> Self {
        let criteria = edges.iter().fold(Criteria::default(), |sum, edge| sum.join(graph.criteria(*edge)));
        let legs = edges.iter().fold(0u16, |sum, edge| sum.saturating_add(graph.arc(*edge).legs));
        Self { edges, criteria, legs }
    }
}

/// Two paths of which one survives what breaks the other, the better one first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The better one.
    pub first: Path,
    /// The other one.
    pub second: Path,
}

/// What a search came to, and how far it is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<T> {
    /// There is none better.
    Optimal(T),
    /// The work limit was hit: the score (see [`Preference`]) of a better one is less by `gap` at most.
    BestFound {
        /// The best so far.
        value: T,
        /// How much better another one could be.
        gap: u64,
    },
    /// There is none: this is proven.
    None,
    /// The work limit was hit before anything was found; there may be one.
    Unknown,
}

impl<T> Found<T> {
    /// What was found, however far it is proven.
    #[must_use]
    pub fn value(self) -> Option<T> {
        match self {
            Self::Optimal(value) | Self::BestFound { value, gap: _ } => Some(value),
            Self::None | Self::Unknown => None,
        }
    }
}

/// Why a list of paths ends where it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// There are no others.
    Complete,
    /// As many as were asked for; there may be others, none of them better.
    Capped,
    /// The work limit was hit; there may be others.
    WorkLimit,
}

/// Several paths, the best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The paths.
    pub paths: Vec<Path>,
    /// Why there are no more.
    pub extent: Extent,
}

/// What two paths must not have in common. They never share a link.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Disjoint {
    /// No node but the ends.
    pub nodes: bool,
    /// No place but those of the ends.
    pub places: bool,
    /// No risk group.
    pub risk_groups: bool,
    /// No owner of an edge.
    pub owners: bool,
    /// Nor the attachments at the ends and the nodes behind them.
    pub separate_ends: bool,
}
