//! Searches against brute force on random graphs. Every seed is printed by the assertion that fails.

mod brute;
mod properties;
mod random;

use super::{Extent, Found, Query, Work, Workspace, alternatives, best, disjoint_pair, pareto};
use random::{Dice, Plan};

const GRAPHS: u64 = 4_000;

/// Few random graphs have a pair.
const PAIRS: u64 = 12_000;

#[test]
fn the_best_path_is_that_of_brute_force() {
    let mut workspace = Workspace::new(16);
    let mut found = 0;
    for seed in 0..GRAPHS {
        let mut dice = Dice(seed);
        let plan = Plan::random(&mut dice);
        let (graph, query) = (plan.build(), plan.query(&mut dice));
        let banned = Plan::some_edges(&graph, &mut dice);
        let query = Query { banned: Some(&banned), ..query };
        let rank = |path: &super::Path| brute::rank(query.preference, path.criteria, path.legs);
        let expected = brute::paths(&graph, &query).iter().map(rank).min();
        match best(&graph, &query, &mut workspace) {
            Found::Optimal(path) => {
                assert!(brute::is_path(&graph, &query, &path), "seed {seed}: {query:?} gives {path:?}");
                assert_eq!(Some(rank(&path)), expected, "seed {seed}: {query:?}");
                found += 1;
            }
            Found::None => assert_eq!(expected, None, "seed {seed}: {query:?}"),
            other @ (Found::BestFound { .. } | Found::Unknown) => panic!("seed {seed}: {other:?}"),
        }
    }
    println!("{found} of {GRAPHS} queries have a path");
    assert!(found > GRAPHS / 4);
}

#[test]
fn alternatives_are_the_first_of_all_paths() {
    let mut workspace = Workspace::new(16);
    let mut complete = 0;
    for seed in 0..GRAPHS {
        let mut dice = Dice(seed);
        let plan = Plan::random(&mut dice);
        let (graph, query) = (plan.build(), plan.query(&mut dice));
        let banned = Plan::some_edges(&graph, &mut dice);
        let query = Query { banned: Some(&banned), ..query };
        let k = usize::try_from(dice.below(9)).unwrap();
        let rank = |path: &super::Path| brute::rank(query.preference, path.criteria, path.legs);
        let mut expected: Vec<_> = brute::paths(&graph, &query).iter().map(rank).collect();
        expected.sort_unstable();
        let found = alternatives(&graph, &query, k, &mut workspace);
        let ranks: Vec<_> = found.paths.iter().map(rank).collect();
        assert_eq!(ranks, expected[..k.min(expected.len())], "seed {seed}: {query:?}");
        assert_eq!(found.extent == Extent::Complete, expected.len() <= k, "seed {seed}: {query:?}");
        for (position, path) in found.paths.iter().enumerate() {
            assert!(brute::is_path(&graph, &query, path), "seed {seed}: {path:?}");
            assert!(!found.paths[..position].contains(path), "seed {seed}: {path:?} twice");
        }
        complete += u64::from(found.extent == Extent::Complete);
    }
    println!("{complete} of {GRAPHS} lists are complete");
}

#[test]
fn a_pareto_set_is_that_of_brute_force() {
    let mut workspace = Workspace::new(16);
    let (mut complete, mut points) = (0, 0);
    for seed in 0..GRAPHS {
        let mut dice = Dice(seed);
        let plan = Plan::random(&mut dice);
        let (graph, query) = (plan.build(), plan.query(&mut dice));
        let banned = Plan::some_edges(&graph, &mut dice);
        let query = Query { banned: Some(&banned), ..query };
        let cap = usize::try_from(1 + dice.below(9)).unwrap();
        let all = brute::paths(&graph, &query);
        let three =
            |path: &super::Path| (path.criteria.price, path.criteria.latency, path.criteria.unavailability);
        let mut expected: Vec<_> =
            all.iter().filter(|path| brute::is_pareto(path, &all)).map(three).collect();
        expected.sort_unstable();
        expected.dedup();
        let found = pareto(&graph, &query, cap, &mut workspace);
        let mut got: Vec<_> = found.paths.iter().map(three).collect();
        got.sort_unstable();
        assert!(found.paths.iter().all(|path| brute::is_path(&graph, &query, path)), "seed {seed}");
        assert!(got.iter().all(|point| expected.contains(point)), "seed {seed}: {query:?}");
        assert!(got.is_sorted_by(|a, b| a < b), "seed {seed}: one twice");
        assert_eq!(got.len(), expected.len().min(cap), "seed {seed}: {query:?}");
        assert_eq!(found.extent == Extent::Complete, expected.len() <= cap, "seed {seed}: {query:?}");
        complete += u64::from(found.extent == Extent::Complete);
        points += got.len();
    }
    println!("{complete} of {GRAPHS} sets are complete; {points} points");
}

#[test]
fn a_pair_is_that_of_brute_force() {
    let mut workspace = Workspace::new(16);
    let (mut optimal, mut best_found, mut none, mut unknown) = (0, 0, 0, 0);
    for seed in 0..PAIRS {
        let mut dice = Dice(seed);
        let plan = Plan::random(&mut dice);
        let (graph, query) = (plan.build(), plan.query(&mut dice));
        let banned = Plan::some_edges(&graph, &mut dice);
        let query = Query { banned: Some(&banned), ..query };
        let disjoint = random::disjoint(&mut dice);
        let branches = if dice.once_in(2) { usize::try_from(dice.below(3)).unwrap() } else { 2_000 };
        let query = Query { work: Work { branches, ..Work::default() }, ..query };
        let expected = brute::best_pair(&graph, &query, disjoint);
        let case = format!("seed {seed}: {query:?} {disjoint:?}");
        let total = |pair: &super::Pair| brute::total(query.preference, (&pair.first, &pair.second));
        match disjoint_pair(&graph, &query, disjoint, &mut workspace) {
            Found::Optimal(pair) => {
                assert!(brute::is_valid(&graph, &query, disjoint, &pair), "{case} gives {pair:?}");
                assert_eq!(Some(total(&pair)), expected, "{case} gives {pair:?}");
                optimal += 1;
            }
            Found::BestFound { value, gap } => {
                assert!(brute::is_valid(&graph, &query, disjoint, &value), "{case} gives {value:?}");
                assert!(total(&value).0 <= expected.unwrap().0 + gap, "{case} gives {value:?}, gap {gap}");
                assert!(branches < 2_000, "{case}");
                best_found += 1;
            }
            Found::None => {
                assert_eq!(expected, None, "{case}");
                none += 1;
            }
            Found::Unknown => {
                assert!(branches < 2_000, "{case}");
                unknown += 1;
            }
        }
    }
    println!("of {PAIRS} pairs: {optimal} Optimal, {best_found} BestFound, {none} none, {unknown} unknown");
    assert!(optimal > PAIRS / 10);
}
