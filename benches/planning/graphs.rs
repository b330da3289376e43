//! Networks and queries out of a seed, ours and the peer's alike.

use naas_operator::planning::search::{
    Bounds, Criteria, Disjoint, Edge, Graph, GraphBuilder, NodeId, Path, Preference, Query, Weights,
    Workspace, best, disjoint_pair,
};
use petgraph::graph::DiGraph;

/// The same network for both.
pub struct Network {
    pub name: &'static str,
    pub nodes: u32,
    pub graph: Graph,
    pub peer: DiGraph<(), u64, u32>,
}

/// Numbers from a seed (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

/// Sites on a plane of 4,000 km × 2,000 km, each joined to a near one that was there before, then near ones to each other.
pub fn network(name: &'static str, nodes: u32, links: u32, seed: u64) -> Network {
    let mut dice = Dice(seed);
    let sites: Vec<(u64, u64)> = (0..nodes).map(|_| (dice.below(4_000), dice.below(2_000))).collect();
    let distance = |a: u32, z: u32| {
        let ((ax, ay), (zx, zy)) = (sites[a as usize], sites[z as usize]);
        (ax.abs_diff(zx).pow(2) + ay.abs_diff(zy).pow(2)).isqrt()
    };
    let nearest_of_some = |dice: &mut Dice, to: u32, among: u32, some: u64| {
        let others = (0..some).map(|_| dice.below(u64::from(among)) as u32).filter(|other| *other != to);
        others.min_by_key(|other| distance(*other, to)).unwrap_or((to + 1) % nodes)
    };
    let mut builder = GraphBuilder::new();
    let mut peer = DiGraph::new();
    for _ in 0..nodes {
        builder.node(None);
        peer.add_node(());
    }
    for link in 0..links {
        let (from, to) = if link + 1 < nodes {
            (link + 1, nearest_of_some(&mut dice, link + 1, link + 1, 16))
        } else {
            let from = dice.below(u64::from(nodes)) as u32;
            (from, nearest_of_some(&mut dice, from, nodes, 32))
        };
        let km = distance(from, to) + 1;
        let criteria = Criteria {
            price: 20_000 + km * dice.below(100) + dice.below(200_000),
            latency: km * (5_000 + dice.below(4_000)),
            unavailability: 10_000_000 + km * dice.below(2_000_000),
            lead: 86_400 * (1 + dice.below(60)),
        };
        let edge = Edge {
            from,
            to,
            criteria,
            is_leg: true,
            capacity: [1, 10, 100][dice.below(3) as usize] * 1_000_000_000,
            owner: Some(dice.below(12) as u16),
            risk_groups: (0..1 + dice.below(2)).map(|_| dice.below(u64::from(links / 4)) as u32).collect(),
            ..Edge::default()
        };
        builder.both_ways(edge).expect("the nodes are there");
        for (a, z) in [(from, to), (to, from)] {
            peer.add_edge(a.into(), z.into(), criteria.price);
        }
    }
    Network { name, nodes, graph: builder.build(), peer }
}

impl Network {
    pub fn ends(&self, dice: &mut Dice) -> (NodeId, NodeId) {
        loop {
            let node = |dice: &mut Dice| dice.below(u64::from(self.nodes)) as u32;
            let (from, to) = (node(dice), node(dice));
            if from != to {
                return (from, to);
            }
        }
    }

    /// Without bounds, and with as many legs as it takes.
    pub fn free(&self, (from, to): (NodeId, NodeId)) -> Query<'static> {
        Query { max_legs: Query::ANY_LEGS, ..Query::new(from, to) }
    }

    /// With bounds on latency and unavailability that can be kept, and that the cheapest path seldom keeps: halfway between that path and
    /// the one which is best in all three criteria weighed together.
    pub fn bounded(&self, ends: (NodeId, NodeId), workspace: &mut Workspace) -> Query<'static> {
        let free = self.free(ends);
        let weighed = Query { preference: WEIGHED, ..free };
        let mut find = |query: &Query<'static>| best(&self.graph, query, workspace).value();
        find(&free)
            .zip(find(&weighed))
            .map_or(free, |(cheapest, weighed)| within(free, &[cheapest], &[weighed]))
    }

    /// The same for each path of a pair.
    pub fn bounded_pair(
        &self,
        ends: (NodeId, NodeId),
        disjoint: Disjoint,
        workspace: &mut Workspace,
    ) -> Query<'static> {
        let free = self.free(ends);
        let weighed = Query { preference: WEIGHED, ..free };
        let mut find = |query: &Query<'static>| {
            let pair = disjoint_pair(&self.graph, query, disjoint, workspace).value();
            pair.map(|pair| [pair.first, pair.second])
        };
        find(&free).zip(find(&weighed)).map_or(free, |(cheapest, weighed)| within(free, &cheapest, &weighed))
    }
}

/// Makes the three criteria of a link about equally large.
const WEIGHED: Preference =
    Preference::Weighted(Weights { price: 2_000, latency: 100, unavailability: 1, lead: 0 });

fn within(query: Query<'static>, cheapest: &[Path], weighed: &[Path]) -> Query<'static> {
    let most = |paths: &[Path], of: fn(&Path) -> u64| paths.iter().map(of).max().unwrap_or(0);
    let bound = |of: fn(&Path) -> u64| {
        let (own, cheapest) = (most(weighed, of), most(cheapest, of));
        Some(own + cheapest.saturating_sub(own) / 2)
    };
    let latency = bound(|path| path.criteria.latency);
    let unavailability = bound(|path| path.criteria.unavailability);
    Query { bounds: Bounds { latency, unavailability, ..Bounds::default() }, ..query }
}
