//! What two paths have in common, and how to keep a path from it.

use super::graph::{EdgeId, EdgeSet, Graph, NodeId};
use super::query::{Disjoint, Query};

/// Something that only one path of a pair may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    Owner(u16),
    Risk(u32),
    Place(u32),
    Node(NodeId),
    /// The link that this edge is a direction of.
    Link(EdgeId),
}

/// The rules for the pairs of one query.
#[derive(Debug)]
pub(super) struct Rules<'a> {
    graph: &'a Graph,
    disjoint: Disjoint,
    end_places: [Option<u32>; 2],
    /// Edges and nodes at the ends, which both may use.
    edges: Vec<EdgeId>,
    nodes: Vec<NodeId>,
}

impl<'a> Rules<'a> {
    pub(super) fn new(graph: &'a Graph, query: &Query<'_>, disjoint: Disjoint) -> Self {
        let ends = [query.from, query.to];
        let mut nodes = ends.to_vec();
        let mut edges = Vec::new();
        if !disjoint.separate_ends {
            let touching = ends.iter().flat_map(|end| graph.leaving(*end).iter().chain(graph.arriving(*end)));
            edges.extend(touching.copied().filter(|edge| graph.is_attachment(*edge)));
            let behind = edges.iter().map(|edge| graph.ends(*edge));
            nodes.extend(behind.flat_map(|(from, to)| [from, to]));
        }
        Self { graph, disjoint, end_places: ends.map(|end| graph.place(end)), edges, nodes }
    }

    /// Whether both paths may use the edge.
    pub(super) fn is_shared(&self, edge: EdgeId) -> bool {
        self.edges.contains(&edge)
    }

    /// What only one path may have of a node.
    pub(super) fn exclusive(&self, node: NodeId) -> Option<Resource> {
        if self.nodes.contains(&node) {
            return None;
        }
        match self.graph.place(node) {
            Some(place) if self.disjoint.places && !self.end_places.contains(&Some(place)) => {
                Some(Resource::Place(place))
            }
            None if self.disjoint.places => Some(Resource::Node(node)),
            Some(_) | None => self.disjoint.nodes.then_some(Resource::Node(node)),
        }
    }

    /// Something that both paths use and must not: first what excludes most.
    pub(super) fn clash(&self, a: &[EdgeId], z: &[EdgeId]) -> Option<Resource> {
        let graph = self.graph;
        let owner = |left: EdgeId, right: EdgeId| {
            let owner = graph.owner(left).filter(|owner| graph.owner(right) == Some(*owner));
            owner.map(Resource::Owner)
        };
        let risk = |left: EdgeId, right: EdgeId| {
            let common = graph.risk_groups(left).iter().find(|risk| graph.risk_groups(right).contains(risk));
            common.copied().map(Resource::Risk)
        };
        let node = |left: EdgeId, right: EdgeId| {
            let node = |edge| self.exclusive(graph.ends(edge).1);
            node(left).filter(|resource| node(right) == Some(*resource))
        };
        let link = |left: EdgeId, right: EdgeId| {
            (graph.link(left) == graph.link(right)).then_some(Resource::Link(left))
        };
        let first = |common: &dyn Fn(EdgeId, EdgeId) -> Option<Resource>, all: bool| {
            let own = |edge: &&EdgeId| all || !self.is_shared(**edge);
            a.iter().filter(own).find_map(|left| z.iter().filter(own).find_map(|right| common(*left, *right)))
        };
        let Disjoint { nodes, places, risk_groups, owners, separate_ends: _ } = self.disjoint;
        let owner = if owners { first(&owner, false) } else { None };
        let risk = || if risk_groups { first(&risk, false) } else { None };
        let node = || if nodes || places { first(&node, true) } else { None };
        owner.or_else(risk).or_else(node).or_else(|| first(&link, false))
    }

    /// Bans the edges that use the resource, but for those that may be shared.
    pub(super) fn ban(&self, resource: Resource, banned: &mut EdgeSet) {
        let graph = self.graph;
        match resource {
            Resource::Owner(owner) => self.ban_edges(banned, |edge| graph.owner(edge) == Some(owner)),
            Resource::Risk(risk) => self.ban_edges(banned, |edge| graph.risk_groups(edge).contains(&risk)),
            Resource::Place(place) => {
                let there = graph.node_ids().filter(|node| graph.place(*node) == Some(place));
                there
                    .filter(|node| !self.nodes.contains(node))
                    .for_each(|node| ban_node(graph, node, banned));
            }
            Resource::Node(node) => ban_node(graph, node, banned),
            Resource::Link(edge) => graph.both_directions(edge).for_each(|edge| banned.insert(edge)),
        }
    }

    fn ban_edges(&self, banned: &mut EdgeSet, uses: impl Fn(EdgeId) -> bool) {
        let using = self.graph.edge_ids().filter(|edge| uses(*edge));
        using.filter(|edge| !self.is_shared(*edge)).for_each(|edge| banned.insert(edge));
    }

    /// Bans all that a companion of this path must not use.
    pub(super) fn ban_all(&self, path: &[EdgeId], banned: &mut EdgeSet) {
        let graph = self.graph;
        for edge in path.iter().copied() {
            if let Some(resource) = self.exclusive(graph.ends(edge).1) {
                self.ban(resource, banned);
            }
            if self.is_shared(edge) {
                continue;
            }
            self.ban(Resource::Link(edge), banned);
            if let Some(owner) = graph.owner(edge).filter(|_| self.disjoint.owners) {
                self.ban(Resource::Owner(owner), banned);
            }
            if self.disjoint.risk_groups {
                graph.risk_groups(edge).iter().for_each(|risk| self.ban(Resource::Risk(*risk), banned));
            }
        }
    }
}

/// Bans all edges that arrive at the node.
pub(super) fn ban_node(graph: &Graph, node: NodeId, banned: &mut EdgeSet) {
    graph.arriving(node).iter().for_each(|edge| banned.insert(*edge));
}
