//! What must hold of every answer, whatever the graph. Every seed is printed by the assertion that fails.

use super::super::{
    Bounds, Disjoint, Edge, Extent, Found, Path, Preference, Query, Work, Workspace, alternatives, best,
    disjoint_pair, pareto,
};
use super::brute;
use super::random::{self, Dice, Plan};

const GRAPHS: u64 = 2_000;

type Rank = (u64, u64, u64, u16);

fn rank(query: &Query<'_>, path: &Path) -> Rank {
    brute::rank(query.preference, path.criteria, path.legs)
}

/// The rank of the best path, and the total of the best pair; nothing is worse than everything.
fn ranks(plan: &Plan, query: &Query<'_>, disjoint: Disjoint) -> (Rank, (u64, u64)) {
    let graph = plan.build();
    let mut workspace = Workspace::default();
    let path = best(&graph, query, &mut workspace).value();
    let pair = disjoint_pair(&graph, query, disjoint, &mut workspace).value();
    (
        path.map_or((u64::MAX, 0, 0, 0), |path| rank(query, &path)),
        pair.map_or((u64::MAX, 0), |pair| brute::total(query.preference, (&pair.first, &pair.second))),
    )
}

fn cases() -> impl Iterator<Item = (u64, Dice, Plan, Query<'static>, Disjoint)> {
    (10_000..10_000 + GRAPHS).map(|seed| {
        let mut dice = Dice(seed);
        let plan = Plan::random(&mut dice);
        let query = plan.query(&mut dice);
        let disjoint = random::disjoint(&mut dice);
        (seed, dice, plan, query, disjoint)
    })
}

#[test]
fn an_edge_less_makes_nothing_better() {
    for (seed, mut dice, plan, query, disjoint) in cases() {
        let mut less = plan.clone();
        less.links
            .swap_remove(usize::try_from(dice.below(u64::try_from(plan.links.len()).unwrap())).unwrap());
        let (all, fewer) = (ranks(&plan, &query, disjoint), ranks(&less, &query, disjoint));
        assert!(all.0 <= fewer.0 && all.1 <= fewer.1, "seed {seed}: {all:?} {fewer:?}");
    }
}

#[test]
fn a_wider_bound_makes_nothing_worse() {
    for (seed, mut dice, plan, query, disjoint) in cases() {
        let tight = ranks(&plan, &query, disjoint);
        let mut wider =
            |bound: Option<u64>| bound.filter(|_| dice.once_in(2)).map(|bound| bound + dice.below(9));
        let Bounds { price, latency, unavailability, lead } = query.bounds;
        let bounds = Bounds {
            price: wider(price),
            latency: wider(latency),
            unavailability: wider(unavailability),
            lead: wider(lead),
        };
        let wide = Query { bounds, max_legs: query.max_legs.saturating_add(1), ..query };
        let wide = ranks(&plan, &wide, disjoint);
        assert!(wide.0 <= tight.0 && wide.1 <= tight.1, "seed {seed}: {tight:?} {wide:?}");
    }
}

#[test]
fn the_order_of_links_changes_no_cost() {
    for (seed, mut dice, plan, query, disjoint) in cases() {
        let mut other = plan.clone();
        for position in (1..other.links.len()).rev() {
            let with = dice.below(u64::try_from(position).unwrap() + 1);
            other.links.swap(position, usize::try_from(with).unwrap());
        }
        assert_eq!(ranks(&plan, &query, disjoint), ranks(&other, &query, disjoint), "seed {seed}");
    }
}

#[test]
fn what_must_be_more_different_costs_no_less() {
    for (seed, _, plan, query, disjoint) in cases() {
        let stricter = Disjoint { nodes: true, risk_groups: true, ..disjoint };
        let (loose, strict) = (ranks(&plan, &query, disjoint), ranks(&plan, &query, stricter));
        assert!(loose.1 <= strict.1, "seed {seed}: {loose:?} {strict:?}");
    }
}

#[test]
fn a_used_workspace_answers_as_a_new_one() {
    let mut used = Workspace::new(1);
    for (seed, mut dice, plan, query, disjoint) in cases() {
        let graph = plan.build();
        let k = usize::try_from(dice.below(6)).unwrap();
        for _ in 0..2 {
            let new = &mut Workspace::default();
            assert_eq!(best(&graph, &query, &mut used), best(&graph, &query, new), "seed {seed}");
            let lists = [&mut used, new].map(|workspace| {
                (
                    alternatives(&graph, &query, k, workspace),
                    pareto(&graph, &query, k, workspace),
                    disjoint_pair(&graph, &query, disjoint, workspace),
                )
            });
            assert_eq!(lists[0], lists[1], "seed {seed}");
        }
    }
}

#[test]
fn a_work_limit_is_told_and_what_is_found_before_it_is_right() {
    let (mut limited, mut workspace) = (0, Workspace::default());
    for (seed, mut dice, plan, query, _) in cases() {
        let graph = plan.build();
        let work = Work { labels: usize::try_from(dice.below(12)).unwrap(), ..Work::default() };
        let short = Query { work, ..query };
        match best(&graph, &short, &mut workspace) {
            Found::Unknown => limited += 1,
            found @ (Found::Optimal(_) | Found::BestFound { .. } | Found::None) => {
                assert_eq!(found, best(&graph, &query, &mut workspace), "seed {seed}");
            }
        }
        let all = alternatives(&graph, &query, 9, &mut workspace);
        let some = alternatives(&graph, &short, 9, &mut workspace);
        assert!(some.extent == Extent::WorkLimit || some == all, "seed {seed}");
        assert!(all.paths.starts_with(&some.paths), "seed {seed}");
        let all = pareto(&graph, &query, 99, &mut workspace);
        let some = pareto(&graph, &short, 99, &mut workspace);
        assert!(some.extent == Extent::WorkLimit || some == all, "seed {seed}");
        assert!(all.paths.starts_with(&some.paths), "seed {seed}");
    }
    println!("{limited} of {GRAPHS} searches hit the limit");
    assert!(limited > GRAPHS / 10);
}

#[test]
fn between_nodes_that_are_not_there_is_no_path() {
    let graph = Plan { places: vec![None; 2], links: Vec::new() }.build();
    let workspace = &mut Workspace::default();
    for (from, to) in [(0, 0), (0, 2), (2, 0), (0, 1)] {
        let query = Query::new(from, to);
        assert_eq!(best(&graph, &query, workspace), Found::None);
        assert_eq!(disjoint_pair(&graph, &query, Disjoint::default(), workspace), Found::None);
        assert!(alternatives(&graph, &query, 2, workspace).paths.is_empty());
        assert!(pareto(&graph, &query, 2, workspace).paths.is_empty());
    }
}

#[test]
fn equal_paths_are_told_apart_by_the_order_of_links() {
    let mut plan = Plan { places: vec![None; 4], links: Vec::new() };
    // Two ways over nodes 1 and 2, alike in everything, and a second link on the way that was added first.
    for (from, to) in [(0, 2), (2, 3), (0, 1), (1, 3), (2, 3)] {
        plan.links.push((Edge { from, to, is_leg: true, ..Edge::default() }, false));
    }
    let graph = plan.build();
    for preference in [Preference::Cheapest, Preference::Fastest, Preference::Soonest] {
        let query = Query { preference, ..Query::new(0, 3) };
        let Found::Optimal(path) = best(&graph, &query, &mut Workspace::default()) else { panic!() };
        assert_eq!(path.edges, [0, 1]);
        let all = alternatives(&graph, &query, 9, &mut Workspace::default());
        let edges: Vec<_> = all.paths.into_iter().map(|path| path.edges).collect();
        assert_eq!(edges, [[0, 1], [0, 4], [2, 3]]);
    }
}

#[test]
fn both_paths_may_leave_by_one_port_unless_they_must_not() {
    // An end 0 with one port 1, from which two legs go to the ports 2 and 3 of the other end 4.
    let mut plan = Plan { places: vec![None; 5], links: Vec::new() };
    for (from, to, is_attachment) in [(0, 1, true), (1, 2, false), (1, 3, false), (2, 4, true), (3, 4, true)]
    {
        let edge = Edge { from, to, is_attachment, is_leg: !is_attachment, ..Edge::default() };
        plan.links.push((edge, true));
    }
    let graph = plan.build();
    let pair = |disjoint| disjoint_pair(&graph, &Query::new(0, 4), disjoint, &mut Workspace::default());
    let shared = Disjoint { nodes: true, ..Disjoint::default() };
    assert!(matches!(pair(shared), Found::Optimal(_)));
    assert_eq!(pair(Disjoint { separate_ends: true, ..shared }), Found::None);
}
