//! Which fault strikes a call. Pure: faults, what they have met so far and an operation in, a misconduct out. Knows
//! nothing of requests and connections; what is decided here is done in `http`, and to events in `hub`.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::scenario::{Fault, Misconduct, Operation, Percent, When};

/// What a fault has met since it was set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Calls it could have struck, those it let pass included.
    pub met: u32,
    /// Calls it struck.
    pub struck: u32,
}

/// Tallies by the names of the faults.
pub(crate) type Tallies = BTreeMap<String, Tally>;

/// A fault and what it has met.
#[derive(Clone, Debug, Serialize)]
pub struct FaultReport {
    /// The fault.
    #[serde(flatten)]
    pub fault: Fault,
    /// What it has met.
    #[serde(flatten)]
    pub tally: Tally,
}

/// Whether a fault has to be asked about calls of an operation.
pub(crate) fn concerns(fault: &Fault, operation: Operation) -> bool {
    fault.on.covers(operation) && fault.does.befalls(operation)
}

/// What goes wrong with the next call of an operation, if anything does.
pub(crate) fn strike<'a>(
    faults: &'a [Fault],
    tallies: &mut Tallies,
    operation: Operation,
) -> Option<&'a Misconduct> {
    let concerned = faults.iter().filter(|fault| concerns(fault, operation));
    for fault in concerned {
        let tally = tallies.entry(fault.name.clone()).or_default();
        let strikes = strikes(fault, *tally);
        tally.met = tally.met.saturating_add(1);
        if strikes {
            tally.struck = tally.struck.saturating_add(1);
            return Some(&fault.does);
        }
    }
    None
}

/// Whether a fault that has met `tally` strikes the call it meets next.
fn strikes(fault: &Fault, tally: Tally) -> bool {
    if tally.met < fault.skip {
        return false;
    }
    match fault.when {
        When::Always => true,
        When::Next(times) => tally.struck < times,
        When::Chance { percent, seed } => falls_within(percent, draw(seed, &fault.name, tally.met)),
    }
}

fn falls_within(percent: Percent, drawn: u64) -> bool {
    const STEPS: u64 = 1_000_000;
    Decimal::from(drawn % STEPS) < percent.of(Decimal::from(STEPS))
}

/// A random number that is the same for the same seed, name and count, on every machine: SplitMix64 (Steele, Lea and
/// Flood, 2014), fed with an FNV-1a hash of the name. A table of such numbers needs no state to survive a restart.
fn draw(seed: u64, name: &str, count: u32) -> u64 {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let name = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    let mixed = |z: u64| {
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    mixed(mixed(seed ^ name).wrapping_add(GOLDEN.wrapping_mul(u64::from(count) + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(yaml: &str) -> Fault {
        serde_norway::from_str(yaml).unwrap()
    }

    /// Which of the first calls are struck.
    fn struck(faults: &[Fault], operation: Operation, calls: usize) -> Vec<bool> {
        let mut tallies = Tallies::new();
        (0..calls).map(|_| strike(faults, &mut tallies, operation).is_some()).collect()
    }

    #[test]
    fn the_next_calls_after_those_it_skips() {
        let faults = [fault("{name: x, on: order.create, skip: 1, when: {next: 2}, does: truncatedJson}")];
        assert_eq!(struck(&faults, Operation::OrderCreate, 5), [false, true, true, false, false]);
        assert_eq!(struck(&faults, Operation::OrderGet, 2), [false, false]);
    }

    #[test]
    fn any_is_whatever_the_fault_can_befall() {
        let faults = [fault("{name: x, does: ignoresFilters}")];
        let hit: Vec<&str> = Operation::ALL
            .into_iter()
            .filter(|operation| struck(&faults, *operation, 1)[0])
            .map(Operation::name)
            .collect();
        assert_eq!(
            hit,
            [
                "qualification.list",
                "quote.list",
                "order.list",
                "cancel.list",
                "charge.list",
                "inventory.list"
            ]
        );
    }

    #[test]
    fn the_first_that_strikes_has_the_call() {
        let faults = [
            fault("{name: a, when: {next: 1}, does: {status: {code: 500}}}"),
            fault("{name: b, when: {next: 1}, does: {status: {code: 502}}}"),
        ];
        let mut tallies = Tallies::new();
        let mut code = || match strike(&faults, &mut tallies, Operation::QuoteGet) {
            Some(Misconduct::Status { code, .. }) => *code,
            _ => 0,
        };
        assert_eq!([code(), code(), code()], [500, 502, 0]);
        assert_eq!((tallies["a"].met, tallies["b"].met), (3, 2));
    }

    #[test]
    fn chances_follow_the_seed() {
        let with = |seed: u64, percent: &str| {
            let text = format!(
                "{{name: x, when: {{chance: {{percent: '{percent}', seed: {seed}}}}}, does: truncatedJson}}"
            );
            struck(&[fault(&text)], Operation::OrderGet, 1000)
        };
        assert_eq!(with(7, "25"), with(7, "25"));
        assert_ne!(with(7, "25"), with(8, "25"));
        let count = with(7, "25").into_iter().filter(|struck| *struck).count();
        assert!((200..300).contains(&count), "{count} of 1000");
        assert!(with(7, "100").into_iter().all(|struck| struck));
        assert!(!with(7, "0").into_iter().any(|struck| struck));
    }

    /// The numbers stay what they are, so that a seed in a bug report still means something.
    #[test]
    fn draws_never_change() {
        let drawn: Vec<u64> = (0..3).map(|count| draw(7, "x", count) % 1000).collect();
        assert_eq!(drawn, [281, 440, 848]);
    }
}
