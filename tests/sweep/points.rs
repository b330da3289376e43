//! Every point under every blow, and what came of it. `NAAS_POINT=productOrder` strikes only at points whose name has that in it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use naas_dev::controlplane::{ControlPlane, Options};

use crate::effects::{Blow, Fault, Point, Side};
use crate::operations::{CHAINS, Chain, Ground, LEGS, Operation, PAIR};
use crate::outcome::Outcome;
use crate::world::install;

/// How often a point of every undisturbed run is aimed at until it is met. Points that only showed elsewhere are aimed at once.
const TRIES: usize = 5;

/// How many differences are enough.
const ENOUGH: usize = 3;

/// Every search reads all orders that ever were, so sellers change.
const LIVES_AT_ONE_SELLER: usize = 10;

const SIDES: [Side; 2] = [Side::Before, Side::After];

enum Cell {
    Equal(Duration),
    Differs,
}

/// One operation: what it does and comes to undisturbed, and what was struck so far.
struct Row {
    operation: Operation,
    fault: Fault,
    /// The points of every undisturbed run.
    reference: Vec<Point>,
    outcome: Outcome,
    /// The reference's points, and those that only showed in other runs.
    points: Vec<Point>,
    cells: BTreeMap<(Point, Blow), Cell>,
    tries: BTreeMap<(Point, Blow), usize>,
}

/// How often the undisturbed run is repeated. It comes to the same each time; what is told in between depends on who is faster, so
/// that only points of all of them can be relied on to be met again.
const UNDISTURBED: usize = 3;

/// What an operation comes to when nobody disturbs it.
struct Reference {
    operation: Operation,
    outcome: Outcome,
    /// The points of every undisturbed run.
    always: Vec<Point>,
    /// The points of any.
    points: Vec<Point>,
}

impl Reference {
    fn also(&mut self, log: Vec<Point>) {
        self.always.retain(|point| log.contains(point));
        learn(&mut self.points, log);
    }
}

/// Points that showed.
fn learn(points: &mut Vec<Point>, seen: impl IntoIterator<Item = Point>) {
    for point in seen {
        if !points.contains(&point) {
            points.push(point);
        }
    }
}

/// A new ground, and what each operation of the chain comes to on it when nobody disturbs it.
async fn undisturbed<'a>(plane: &'a ControlPlane, chain: &Chain) -> (Ground<'a>, Vec<Reference>) {
    let mut ground = Ground::new(plane, chain).await;
    let mut references: Vec<Reference> = Vec::new();
    for operation in chain.operations {
        let run = ground.run(*operation, None, None).await;
        assert!(run.equal, "{operation:?} comes to nothing undisturbed:\n{}", run.outcome);
        references.push(Reference {
            operation: *operation,
            outcome: run.outcome,
            always: run.log.clone(),
            points: run.log,
        });
    }
    for _ in 1..UNDISTURBED {
        for reference in &mut references {
            let run = ground.run(reference.operation, None, None).await;
            let (operation, difference) = (reference.operation, reference.outcome.difference(&run.outcome));
            assert!(
                difference.is_empty(),
                "{operation:?} comes to something else undisturbed:\n{difference}"
            );
            reference.also(run.log);
        }
    }
    (ground, references)
}

impl Row {
    fn new(fault: Fault, reference: Reference) -> Self {
        Self {
            operation: reference.operation,
            fault,
            points: reference.points,
            reference: reference.always,
            outcome: reference.outcome,
            cells: BTreeMap::new(),
            tries: BTreeMap::new(),
        }
    }

    /// What to strike next.
    fn aim(&self) -> Option<(Point, Blow)> {
        if !self.operation.is_swept() {
            return None;
        }
        let only = std::env::var("NAAS_POINT").unwrap_or_default();
        let at = |side| move |point: &Point| (point.clone(), (self.fault, side));
        let [before, after] = SIDES.map(|side| self.points.iter().map(at(side)));
        before.chain(after).filter(|aim| aim.0.what.contains(&only)).find(|aim| {
            let tries = if self.reference.contains(&aim.0) { TRIES } else { 1 };
            !self.cells.contains_key(aim) && self.tries.get(aim).is_none_or(|tried| *tried < tries)
        })
    }

    /// Points that were never met again. One of the reference must not be among them.
    fn missed(&self) -> Vec<&(Point, Blow)> {
        self.tries.keys().filter(|aim| !self.cells.contains_key(aim)).collect()
    }

    fn table(&self) -> String {
        let mut text = format!("\n{:<52}", format!("{:?} x {:?}", self.operation, self.fault));
        for side in SIDES {
            let _ = write!(text, "{:>20}", format!("{side:?}"));
        }
        for point in &self.points {
            let only_elsewhere = if self.reference.contains(point) { "" } else { "*" };
            let _ = write!(text, "\n  {:<50}", format!("{point}{only_elsewhere}"));
            for side in SIDES {
                let cell = match self.cells.get(&(point.clone(), (self.fault, side))) {
                    Some(Cell::Equal(took)) => format!("equal {:>4.1} s", took.as_secs_f64()),
                    Some(Cell::Differs) => "DIFFERS".into(),
                    None if self.tries.contains_key(&(point.clone(), (self.fault, side))) => {
                        "not met again".into()
                    }
                    None => String::new(),
                };
                let _ = write!(text, "{cell:>20}");
            }
        }
        text
    }
}

#[tokio::test]
async fn an_operator_that_stops_at_any_effect_comes_to_the_same() {
    sweep(Fault::Stops, &CHAINS).await;
}

#[tokio::test]
async fn an_operator_that_loses_any_answer_comes_to_the_same() {
    sweep(Fault::AnswerLost, &CHAINS).await;
}

#[tokio::test]
async fn a_former_leader_that_sleeps_at_any_effect_and_wakes_up_changes_nothing() {
    sweep(Fault::Sleeps, &CHAINS).await;
}

#[tokio::test]
async fn an_operator_that_stops_at_any_effect_of_buying_two_legs_comes_to_the_same() {
    sweep(Fault::Stops, &LEGS).await;
}

#[tokio::test]
async fn an_operator_that_stops_at_any_effect_of_buying_two_paths_comes_to_the_same() {
    sweep(Fault::Stops, &PAIR).await;
}

async fn sweep(fault: Fault, chains: &[Chain]) {
    // An operator sees everything in a cluster, so that each sweep needs its own.
    let plane = &ControlPlane::start(Options::default()).await.expect("a control plane");
    install(plane).await;
    let mut rows = Vec::new();
    let mut differences = Vec::new();
    for chain in chains {
        let (mut ground, references) = undisturbed(plane, chain).await;
        let mut swept: Vec<Row> =
            references.into_iter().map(|reference| Row::new(fault, reference)).collect();
        for row in &swept {
            println!("\n{:?}, undisturbed, comes to\n{}", row.operation, row.outcome);
        }
        let mut lives = 0;
        while differences.len() < ENOUGH && swept.iter().any(|row| row.aim().is_some()) {
            lives += 1;
            if lives % LIVES_AT_ONE_SELLER == 0 {
                ground.renew(chain).await;
            }
            for row in &mut swept {
                let aim = row.aim();
                let run = ground.run(row.operation, aim.clone(), Some(&row.outcome)).await;
                // Only what showed before anything was struck.
                learn(
                    &mut row.points,
                    run.log.iter().take(run.struck.map_or(usize::MAX, |before| before + 1)).cloned(),
                );
                let cell = if run.equal { Cell::Equal(run.took) } else { Cell::Differs };
                if let Some(aim) = aim.clone() {
                    *row.tries.entry(aim.clone()).or_default() += 1;
                    if run.struck.is_some() {
                        row.cells.insert(aim, cell);
                    }
                }
                if !run.equal {
                    let told = format!(
                        "{:?}, struck at {aim:?}\n{}\n\nundisturbed it comes to\n{}\n\nand then to\n{}\n\neffects\n{}",
                        row.operation,
                        row.outcome.difference(&run.outcome),
                        row.outcome,
                        run.outcome,
                        run.log.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
                    );
                    println!("\nDIFFERENT: {told}");
                    differences.push(told);
                    ground.abandon().await;
                    // Everything bears other names from here on.
                    let (another, references) = undisturbed(plane, chain).await;
                    ground = another;
                    for (row, reference) in swept.iter_mut().zip(references) {
                        row.outcome = reference.outcome;
                    }
                    break;
                }
            }
        }
        ground.abandon().await;
        rows.extend(swept.into_iter().filter(|row| row.operation.is_swept()));
    }
    for row in &rows {
        println!("{}", row.table());
    }
    let cells: Vec<&Cell> = rows.iter().flat_map(|row| row.cells.values()).collect();
    let equal = cells.iter().filter(|cell| matches!(cell, Cell::Equal(_))).count();
    let points: usize = rows.iter().map(|row| row.points.len()).sum();
    let missed: Vec<_> =
        rows.iter().flat_map(|row| row.missed().into_iter().map(move |aim| (row, aim))).collect();
    println!(
        "\n{fault:?}: {} operations, {points} points, {} strikes: {equal} equal, {} different; {} not met again\n\
         * not in every undisturbed run",
        rows.len(),
        cells.len(),
        cells.len() - equal,
        missed.len()
    );
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
    for (row, (point, blow)) in missed {
        assert!(!row.reference.contains(point), "{:?}: {point} was never struck by {blow:?}", row.operation);
    }
}
