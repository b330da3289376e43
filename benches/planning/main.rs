//! How fast paths are found, beside petgraph's unconstrained search on the same graphs: `make bench` writes `docs/benchmarks.md`.

#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![allow(clippy::cast_possible_truncation, reason = "numbers from the dice are below a limit")]
#![allow(clippy::print_stdout, reason = "a benchmark prints what it measures")]
#![allow(missing_docs, reason = "a program")]

mod graphs;
mod report;
mod sellers;

use std::fmt::Write;
use std::hint::black_box;
use std::time::Duration;

use criterion::Criterion;
use graphs::{Dice, Network, network};
use naas_operator::planning::search::{
    Bounds, Disjoint, Extent, Found, Preference, Query, Workspace, alternatives, best, disjoint_pair, pareto,
};
use report::{RUNS, Table, Times, machine, ms, processor_time};

const NODES: Disjoint =
    Disjoint { nodes: true, places: false, risk_groups: false, owners: false, separate_ends: false };
const LINKS: Disjoint = Disjoint { nodes: false, ..NODES };
const DIVERSE: Disjoint = Disjoint { risk_groups: true, ..NODES };

fn main() {
    // `cargo test --benches` and `cargo bench --no-run` have nothing to measure.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let small = network("754 nodes, 1,546 links", 754, 1_546, 1);
    let large = network("5,000 nodes, 10,815 links", 5_000, 10_815, 2);
    by_criterion(&small);
    let mut text = format!(
        "# Benchmarks\n\n`make bench` wrote this file. Machine: {}.\n\n\
         Networks are generated from a seed: sites on a plane, links between near ones, each usable in both directions. Every row is \
         over random pairs of sites, a time per query: the shortest of five. Bounds on latency and availability lie halfway \
         between the cheapest path and the one that is best in price, latency and availability weighed together: so they can be kept, and \
         the cheapest path seldom keeps them. *Cold* makes the lower bounds of the target within the time, *warm* finds them there. \
         The peer looks for the cheapest path only; ours also keeps bounds.\n",
        machine()
    );
    text += &figures(&small, 2_000, &["≤ 0.1 ms", "≤ 0.3 ms", "≤ 0.2 ms", "≤ 5 ms"]);
    text += &figures(&large, 300, &["≤ 3 ms", "≤ 3 ms", "", ""]);
    text += &many_intents(&small);
    text += &sellers::diverse_pairs();
    text += &memory(&small);
    println!("{text}");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/benchmarks.md");
    std::fs::write(path, text).expect("docs/ can be written");
}

/// Means, compared with the run before.
fn by_criterion(network: &Network) {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let mut workspace = Workspace::new(8_192);
    let graph = &network.graph;
    let mut dice = Dice(3);
    let ends: Vec<_> = (0..200).map(|_| network.ends(&mut dice)).collect();
    let free: Vec<_> = ends.iter().map(|ends| network.free(*ends)).collect();
    let bounded: Vec<_> = ends.iter().map(|ends| network.bounded(*ends, &mut workspace)).collect();
    let mut turn = 0;
    let mut next = move || {
        turn = (turn + 1) % 200;
        turn
    };
    criterion.bench_function("peer: petgraph Dijkstra", |bencher| {
        bencher.iter(|| peer(network, ends[next()]));
    });
    criterion.bench_function("constrained path, warm", |bencher| {
        bencher.iter(|| best(graph, &bounded[next()], &mut workspace));
    });
    criterion.bench_function("node-disjoint pair, warm", |bencher| {
        bencher.iter(|| disjoint_pair(graph, &free[next()], NODES, &mut workspace));
    });
    criterion.final_summary();
}

fn peer(network: &Network, (from, to): (u32, u32)) -> Option<u64> {
    let to = to.into();
    let found = petgraph::algo::dijkstra(&network.peer, from.into(), Some(to), |edge| *edge.weight());
    found.get(&to).copied()
}

fn figures(network: &Network, count: usize, goals: &[&str; 4]) -> String {
    let graph = &network.graph;
    let workspace = &mut Workspace::default();
    let mut dice = Dice(4);
    let ends: Vec<_> = (0..count).map(|_| network.ends(&mut dice)).collect();
    let free: Vec<_> = ends.iter().map(|ends| network.free(*ends)).collect();
    let bounded: Vec<_> = ends.iter().map(|ends| network.bounded(*ends, workspace)).collect();
    check(network, &ends, &free, workspace);

    let mut table = Table::new(network.name, &Times::of(&ends, |_| (), |ends| peer(network, *ends)));
    let warm = |run: &mut dyn FnMut(&Query<'static>, &mut Workspace), queries: &[Query<'static>]| {
        // The first run makes the lower bounds, the second is timed.
        let workspace = std::cell::RefCell::new(Workspace::default());
        let run = std::cell::RefCell::new(run);
        Times::of(
            queries,
            |query| (run.borrow_mut())(query, &mut workspace.borrow_mut()),
            |query| (run.borrow_mut())(query, &mut workspace.borrow_mut()),
        )
    };
    let cold = |run: &mut dyn FnMut(&Query<'static>, &mut Workspace), queries: &[Query<'static>]| {
        let workspace = std::cell::RefCell::new(Workspace::default());
        Times::of(
            queries,
            |_| workspace.borrow_mut().forget(),
            |query| run(query, &mut workspace.borrow_mut()),
        )
    };
    let mut path = |query: &Query<'static>, workspace: &mut Workspace| {
        black_box(best(graph, query, workspace));
    };
    table.row("cheapest path, no bounds, warm", &warm(&mut path, &free), "");
    table.row("cheapest path within both bounds, warm", &warm(&mut path, &bounded), goals[0]);
    table.row("cheapest path within both bounds, cold", &cold(&mut path, &bounded), goals[1]);
    for (what, disjoint) in [("link-disjoint", LINKS), ("node-disjoint", NODES)] {
        let mut pair = |query: &Query<'static>, workspace: &mut Workspace| {
            black_box(disjoint_pair(graph, query, disjoint, workspace));
        };
        table.row(&format!("{what} pair, no bounds, warm"), &warm(&mut pair, &free), goals[2]);
        table.row(&format!("{what} pair, no bounds, cold"), &cold(&mut pair, &free), "");
    }
    let some = &bounded[..count / 10];
    let mut set = |query: &Query<'static>, workspace: &mut Workspace| {
        black_box(pareto(graph, query, 64, workspace));
    };
    table.row(
        "Pareto set of three criteria, at most 64, no bounds, warm",
        &warm(&mut set, &free[..count / 10]),
        goals[3],
    );
    table.row(
        "Pareto set of three criteria, at most 64, no bounds, cold",
        &cold(&mut set, &free[..count / 10]),
        goals[3],
    );
    let mut five = |query: &Query<'static>, workspace: &mut Workspace| {
        black_box(alternatives(graph, query, 5, workspace));
    };
    table.row("the 5 best paths within both bounds, warm", &warm(&mut five, some), "");
    let mut text = table.finish();
    let broken = free.iter().zip(&bounded).filter(|(free, bounded)| {
        let cheapest = best(graph, free, workspace);
        cheapest != best(graph, bounded, workspace)
    });
    let _ = writeln!(
        text,
        "\nFor {} of {count} pairs of sites the cheapest path breaks a bound.",
        broken.count()
    );
    let pairs = ends[..count / 10].iter().map(|ends| network.bounded_pair(*ends, NODES, workspace));
    let pairs: Vec<_> = pairs.collect();
    text += &shares(network, &free[..count / 10], &pairs);
    text
}

/// Ours and the peer's agree on the price of the cheapest path.
fn check(network: &Network, ends: &[(u32, u32)], free: &[Query<'static>], workspace: &mut Workspace) {
    for (ends, query) in ends.iter().zip(free) {
        let ours = best(&network.graph, query, workspace).value().map(|path| path.criteria.price);
        assert_eq!(ours, peer(network, *ends));
    }
}

/// How far the hard pairs are proven, and how long they took.
fn shares(network: &Network, free: &[Query<'static>], bounded: &[Query<'static>]) -> String {
    let mut text = String::from(
        "\nPairs that are hard (branch and bound, to 2,000 branches):\n\n| Pair | Optimal | BestFound | proven none | unknown | p50 | p99 |\n| --- | --- | --- | --- | --- | --- | --- |\n",
    );
    let workspace = &mut Workspace::default();
    for (what, queries, disjoint) in [
        ("no common node or risk group", free, DIVERSE),
        ("no common node, within both bounds", bounded, NODES),
    ] {
        let mut counts = [0_usize; 4];
        let times = Times::of(
            queries,
            |_| (),
            |query| {
                let place = match disjoint_pair(&network.graph, query, disjoint, workspace) {
                    Found::Optimal(_) => 0,
                    Found::BestFound { .. } => 1,
                    Found::None => 2,
                    Found::Unknown => 3,
                };
                counts[place] += 1;
            },
        );
        // Each is counted in every run.
        let [optimal, best_found, none, unknown] = counts.map(|count| count / RUNS);
        let (p50, p99) = (ms(times.percentile(50)), ms(times.percentile(99)));
        let _ = writeln!(text, "| {what} | {optimal} | {best_found} | {none} | {unknown} | {p50} | {p99} |");
    }
    let (mut capped, mut points) = (0, 0);
    for query in free {
        let set = pareto(&network.graph, query, 64, workspace);
        capped += u32::from(set.extent == Extent::Capped);
        points += set.paths.len();
    }
    let mean = points / free.len().max(1);
    let _ =
        writeln!(text, "\nOf {} Pareto sets {capped} reached the cap; {mean} paths on average.", free.len());
    text
}

/// Ten thousand intents, one after the other, on one core.
fn many_intents(network: &Network) -> String {
    let mut dice = Dice(5);
    let workspace = &mut Workspace::default();
    let preferences =
        [Preference::Cheapest, Preference::Fastest, Preference::MostAvailable, Preference::Soonest];
    let queries: Vec<Query<'static>> = (0..10_000)
        .map(|_| {
            let ends = network.ends(&mut dice);
            let latency = Some(10_000_000 + dice.below(40_000_000));
            Query {
                bounds: Bounds { latency, ..Bounds::default() },
                capacity: [1, 10][dice.below(2) as usize] * 1_000_000_000,
                preference: preferences[dice.below(4) as usize],
                ..network.free(ends)
            }
        })
        .collect();
    let start = processor_time();
    let (mut planned, mut pairs) = (0, 0);
    for (position, query) in queries.iter().enumerate() {
        planned += usize::from(!alternatives(&network.graph, query, 3, workspace).paths.is_empty());
        if position % 10 == 0 {
            let free = Query { bounds: Bounds::default(), ..*query };
            pairs += usize::from(disjoint_pair(&network.graph, &free, NODES, workspace).value().is_some());
        }
    }
    let seconds = (processor_time() - start).as_secs_f64();
    format!(
        "\n## Ten thousand intents\n\nOn {}, one core: the 3 best paths for each of 10,000 intents with a bound on latency, a bandwidth \
         and one of four preferences, and a node-disjoint pair for every tenth: {seconds:.2} s of processor time (goal: ≤ 5 s). {planned} have a path, \
         {pairs} of 1,000 have a pair.\n",
        network.name
    )
}

/// How often a search asks for memory.
fn memory(network: &Network) -> String {
    let mut dice = Dice(6);
    let workspace = &mut Workspace::new(8_192);
    let queries: Vec<_> = (0..500)
        .map(|_| {
            let ends = network.ends(&mut dice);
            network.bounded(ends, workspace)
        })
        .collect();
    for query in &queries {
        black_box(best(&network.graph, query, workspace));
    }
    let most = queries.iter().map(|query| {
        allocation_counter::measure(|| {
            black_box(best(&network.graph, query, workspace));
        })
        .count_total
    });
    let most = most.max().unwrap_or(0);
    assert!(most <= 1, "a search asks for memory {most} times");
    format!(
        "\n## Memory\n\nA warm search asks for memory {most} time at most, over {} queries: for the path that it answers. Its inner loops \
         do not.\n",
        queries.len()
    )
}
