//! What a class of service promises, held against what was asked, for one leg.
//!
//! Percentiles: delays that keep p_k each keep their sum at 1 - Σ(1 - p_k) only, so a p99 round trip over one leg needs p99.5
//! in each direction. A mean never satisfies a percentile. Loss and unavailability of both directions are each held to the bound.
//!
//! What distance says is in [`super::distance`], and how several legs make one promise in [`super::compose`].

use std::fmt;
use std::time::Duration;

use super::distance;
use crate::model::{
    Commitment, Direction, JitterMetric, LatencyObjective, Objectives, Percentile, ServiceLevel,
    format_duration,
};

/// Which objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Objective {
    /// Delay.
    Latency,
    /// Delay variation.
    Jitter,
    /// Loss.
    Loss,
    /// Availability.
    Availability,
}

impl Objective {
    /// Its name in a status.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Jitter => "jitter",
            Self::Loss => "loss",
            Self::Availability => "availability",
        }
    }
}

/// What a statement about quality rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Basis {
    /// The seller owes it.
    Contracted,
    /// The seller publishes it.
    Catalogue,
    /// It was reckoned from the distance.
    Distance,
    /// Nobody said anything.
    Nothing,
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Contracted => "Contracted",
            Self::Catalogue => "Catalogue",
            Self::Distance => "Distance",
            Self::Nothing => "Nothing",
        })
    }
}

/// One objective against one class of service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// Which objective.
    pub objective: Objective,
    /// What was asked, for people.
    pub bound: String,
    /// What is promised, for people.
    pub promised: String,
    /// What that rests on.
    pub basis: Basis,
    /// How strongly the bound asked is promised.
    pub commitment: Commitment,
    /// The promise contradicts the bound: even best effort cannot be expected.
    pub broken: bool,
}

/// Whether the promises are what the request accepts.
#[must_use]
pub fn sufficient(promises: &[Promise], accept: Commitment) -> bool {
    promises.iter().all(|promise| match accept {
        Commitment::Contracted => promise.commitment == Commitment::Contracted,
        Commitment::BestEffort | Commitment::None => !promise.broken,
    })
}

/// What holds whichever of the two holds: the weaker commitment, in the words of both where they differ.
pub(super) fn weaker(one: Promise, other: Promise) -> Promise {
    let promised = if one.promised == other.promised {
        one.promised.clone()
    } else {
        format!("{}, or {}", one.promised, other.promised)
    };
    let broken = one.broken || other.broken;
    let least = if other.commitment < one.commitment { other } else { one };
    Promise { promised, broken, ..least }
}

/// What the class promises about everything that was asked.
#[must_use]
pub fn promises(asked: &Objectives, level: &ServiceLevel, distance_km: Option<u32>) -> Vec<Promise> {
    let mut found = Vec::new();
    if let Some(objective) = &asked.latency {
        found.push(latency(objective, level, distance_km));
    }
    if let Some(objective) = &asked.jitter {
        let (entry, metric) = match objective.metric {
            JitterMetric::Ifdv => (level.ifdv, "IFDV"),
            JitterMetric::Fdr => (level.fdr, "FDR"),
        };
        let bound = format!("{metric} one way {} {}", format_duration(objective.bound), objective.percentile);
        let words = entry.map(|(p, value)| format!("{metric} one way {} {p}", format_duration(value)));
        let holds = entry.map(|(p, value)| (value <= objective.bound, p >= objective.percentile));
        found.push(promise(Objective::Jitter, bound, words, holds, level));
    }
    if let Some(most) = asked.max_loss {
        let words = level.loss.map(|loss| format!("at most {loss}"));
        let holds = level.loss.map(|loss| (loss <= most, true));
        found.push(promise(Objective::Loss, format!("at most {most}"), words, holds, level));
    }
    if let Some(least) = asked.min_availability {
        let words = level.availability.map(|availability| format!("at least {availability}"));
        let holds = level.availability.map(|availability| (availability >= least, true));
        found.push(promise(Objective::Availability, format!("at least {least}"), words, holds, level));
    }
    found
}

/// `holds`: whether the value promised is within the bound, and whether at the percentile asked.
fn promise(
    objective: Objective,
    bound: String,
    words: Option<String>,
    holds: Option<(bool, bool)>,
    level: &ServiceLevel,
) -> Promise {
    let basis = match (&words, level.contracted) {
        (None, _) => Basis::Nothing,
        (Some(_), true) => Basis::Contracted,
        (Some(_), false) => Basis::Catalogue,
    };
    let commitment = match (holds, basis) {
        (Some((true, true)), Basis::Contracted) => Commitment::Contracted,
        (Some((true, _)), _) => Commitment::BestEffort,
        (Some((false, _)) | None, _) => Commitment::None,
    };
    Promise {
        objective,
        bound,
        promised: words.unwrap_or_else(|| "nothing".into()),
        basis,
        commitment,
        broken: matches!(holds, Some((false, true))),
    }
}

fn latency(asked: &LatencyObjective, level: &ServiceLevel, distance_km: Option<u32>) -> Promise {
    let (words, turns) = match asked.direction {
        Direction::RoundTrip => ("round trip", 2),
        Direction::OneWay => ("one way", 1),
    };
    let bound = format!("{words} {} {}", format_duration(asked.bound), asked.percentile);
    let floor = distance_km.map(|km| distance::floor(km) * turns);
    if let Some(floor) = floor.filter(|floor| *floor > asked.bound) {
        return Promise {
            objective: Objective::Latency,
            bound,
            promised: format!("light itself needs {} {words}", format_duration(round(floor))),
            basis: Basis::Distance,
            commitment: Commitment::None,
            broken: true,
        };
    }
    // Every entry, as the value and percentile that it gives in the direction asked.
    let entries: Vec<(Option<Percentile>, Duration)> = level
        .frame_delay
        .iter()
        .map(|(p, delay)| match asked.direction {
            Direction::RoundTrip => (p.joined(*p), *delay * 2),
            Direction::OneWay => (Some(*p), *delay),
        })
        .collect();
    let within = entries.iter().filter(|(_, delay)| *delay <= asked.bound);
    let best = within.max_by_key(|(p, _)| *p).or_else(|| entries.iter().max_by_key(|(p, _)| *p));
    let Some((percentile, delay)) = best else {
        return estimate(asked, bound, words, turns, distance_km);
    };
    let reached = percentile.is_some_and(|p| p >= asked.percentile);
    let attained = percentile.map_or_else(|| "no percentile".to_owned(), |p| p.to_string());
    let said = format!("{words} {} {attained}", format_duration(*delay));
    promise(Objective::Latency, bound, Some(said), Some((*delay <= asked.bound, reached)), level)
}

fn estimate(
    asked: &LatencyObjective,
    bound: String,
    words: &str,
    turns: u32,
    distance_km: Option<u32>,
) -> Promise {
    let guess = distance_km.map(|km| distance::estimate(km, [distance::ACCESS; 2]) * turns);
    let likely = guess.is_some_and(|guess| guess <= asked.bound);
    Promise {
        objective: Objective::Latency,
        bound,
        promised: guess.map_or_else(
            || "nothing".into(),
            |guess| format!("nothing; {words} {} expected by distance", format_duration(round(guess))),
        ),
        basis: if guess.is_some() { Basis::Distance } else { Basis::Nothing },
        commitment: if likely { Commitment::BestEffort } else { Commitment::None },
        broken: false,
    }
}

fn round(duration: Duration) -> Duration {
    Duration::from_micros(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn level(entries: &[(&str, u64)], contracted: bool) -> ServiceLevel {
        ServiceLevel {
            frame_delay: entries
                .iter()
                .map(|(p, ms)| (p.parse().unwrap(), Duration::from_millis(*ms)))
                .collect(),
            contracted,
            ..ServiceLevel::default()
        }
    }

    fn asked(direction: Direction, ms: u64, percentile: &str) -> Objectives {
        Objectives {
            latency: Some(LatencyObjective {
                direction,
                bound: Duration::from_millis(ms),
                percentile: percentile.parse().unwrap(),
            }),
            ..Objectives::default()
        }
    }

    fn commitment(objectives: &Objectives, level: &ServiceLevel) -> Commitment {
        promises(objectives, level, None)[0].commitment
    }

    #[test]
    fn a_p99_round_trip_needs_p99_5_each_way() {
        let round_trip = asked(Direction::RoundTrip, 25, "99");
        assert_eq!(commitment(&round_trip, &level(&[("99", 10)], true)), Commitment::BestEffort);
        assert_eq!(commitment(&round_trip, &level(&[("99.5", 10)], true)), Commitment::Contracted);
        assert_eq!(commitment(&round_trip, &level(&[("99.5", 13)], true)), Commitment::None);
        assert_eq!(
            commitment(&round_trip, &level(&[("99", 10), ("99.5", 12)], true)),
            Commitment::Contracted
        );
    }

    #[test]
    fn what_nobody_owes_is_best_effort() {
        let one_way = asked(Direction::OneWay, 10, "99");
        assert_eq!(commitment(&one_way, &level(&[("99", 10)], true)), Commitment::Contracted);
        assert_eq!(commitment(&one_way, &level(&[("99", 10)], false)), Commitment::BestEffort);
        assert_eq!(commitment(&one_way, &ServiceLevel::default()), Commitment::None);
    }

    #[test]
    fn best_effort_takes_silence_but_no_contradiction() {
        let one_way = asked(Direction::OneWay, 10, "99");
        let silent = promises(&one_way, &ServiceLevel::default(), None);
        let slow = promises(&one_way, &level(&[("99.9", 20)], true), None);
        assert!(sufficient(&silent, Commitment::BestEffort) && !sufficient(&silent, Commitment::Contracted));
        assert!(!sufficient(&slow, Commitment::BestEffort));
    }

    #[test]
    fn nothing_is_faster_than_light() {
        let found =
            promises(&asked(Direction::RoundTrip, 6, "99"), &level(&[("99.9", 1)], true), Some(1_000));
        assert!(found[0].broken && found[0].basis == Basis::Distance);
    }

    proptest! {
        #[test]
        fn a_stricter_class_never_promises_less(ms in 1u64..50, faster in 0u64..50, bound in 1u64..100) {
            let round_trip = asked(Direction::RoundTrip, bound, "99");
            let slow = commitment(&round_trip, &level(&[("99.5", ms + faster)], true));
            let fast = commitment(&round_trip, &level(&[("99.5", ms)], true));
            prop_assert!(fast >= slow);
        }
    }
}
