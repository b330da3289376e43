//! Random graphs and queries, from a seed.

use super::super::{
    Bounds, Criteria, Disjoint, Edge, EdgeSet, Graph, GraphBuilder, Preference, Query, Weights,
};

/// Numbers from a seed (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

/// The links of a graph, so that it can be built again with others.
#[derive(Clone, Debug)]
pub struct Plan {
    pub places: Vec<Option<u32>>,
    pub links: Vec<(Edge, bool)>,
}

impl Plan {
    /// A graph of up to 12 nodes with small numbers, so that ties are common.
    pub fn random(dice: &mut Dice) -> Self {
        let nodes = 2 + dice.below(11);
        let places =
            (0..nodes).map(|_| dice.once_in(2).then(|| u32::try_from(dice.below(5)).unwrap())).collect();
        let range = [4, 30, 1_000][usize::try_from(dice.below(3)).unwrap()];
        let links = (0..nodes + dice.below(nodes + 5))
            .map(|_| {
                let node = |dice: &mut Dice| u32::try_from(dice.below(nodes)).unwrap();
                let criteria = Criteria {
                    price: dice.below(range),
                    latency: dice.below(range),
                    unavailability: dice.below(range),
                    lead: dice.below(5),
                };
                let edge = Edge {
                    from: node(dice),
                    to: node(dice),
                    criteria,
                    is_leg: !dice.once_in(3),
                    is_attachment: dice.once_in(8),
                    capacity: dice.below(4),
                    payload: 0,
                    owner: (!dice.once_in(3)).then(|| u16::try_from(dice.below(5)).unwrap()),
                    risk_groups: (0..dice.below(3)).map(|_| u32::try_from(dice.below(8)).unwrap()).collect(),
                };
                (edge, !dice.once_in(4))
            })
            .collect();
        Self { places, links }
    }

    pub fn build(&self) -> Graph {
        let mut builder = GraphBuilder::new();
        for place in &self.places {
            builder.node(*place);
        }
        for (edge, both_ways) in &self.links {
            if *both_ways {
                builder.both_ways(edge.clone()).unwrap();
            } else {
                builder.one_way(edge.clone()).unwrap();
            }
        }
        builder.build()
    }

    /// Some of its edges.
    pub fn some_edges(graph: &Graph, dice: &mut Dice) -> EdgeSet {
        let mut edges = EdgeSet::new();
        let count = u32::try_from(graph.edges()).unwrap();
        let share = 2 + dice.below(30);
        (0..count).filter(|_| dice.once_in(share)).for_each(|edge| edges.insert(edge));
        edges
    }

    /// A query on it.
    pub fn query(&self, dice: &mut Dice) -> Query<'static> {
        let nodes = u64::try_from(self.places.len()).unwrap();
        let node = |dice: &mut Dice| u32::try_from(dice.below(nodes)).unwrap();
        let most = self.links.iter().map(|(edge, _)| edge.criteria.price).max().unwrap_or(0) * 4 + 1;
        let mut bound = |most| dice.once_in(4).then(|| dice.below(most));
        let bounds =
            Bounds { price: bound(most), latency: bound(most), unavailability: bound(most), lead: bound(6) };
        let small = |dice: &mut Dice| u16::try_from(dice.below(4)).unwrap();
        let preference = match dice.below(5) {
            0 => Preference::Cheapest,
            1 => Preference::Fastest,
            2 => Preference::MostAvailable,
            3 => Preference::Soonest,
            _ => Preference::Weighted(Weights {
                price: small(dice),
                latency: small(dice),
                unavailability: small(dice),
                lead: small(dice),
            }),
        };
        let max_legs = match dice.below(3) {
            0 => Query::ANY_LEGS,
            1 => Query::DEFAULT_LEGS,
            _ => u16::try_from(dice.below(6)).unwrap(),
        };
        let capacity = if dice.once_in(3) { dice.below(3) } else { 0 };
        let (from, to) = (node(dice), node(dice));
        Query { bounds, capacity, max_legs, preference, ..Query::new(from, to) }
    }
}

/// What a pair must not share.
pub fn disjoint(dice: &mut Dice) -> Disjoint {
    Disjoint {
        nodes: dice.once_in(2),
        places: dice.once_in(3),
        risk_groups: dice.once_in(3),
        owners: dice.once_in(4),
        separate_ends: dice.once_in(2),
    }
}
