//! What several parts promise together: legs and what joins them, one after the other, and two paths side by side.
//!
//! | Figure | Together | What that is |
//! | --- | --- | --- |
//! | Delay | Σd at 1 - Σ(1 - p) | a bound |
//! | Delay variation, FDR and IFDV | Σv at 1 - Σ(1 - p) | a bound |
//! | Loss | Σl | a bound; 1 - Π(1 - l) is less, but assumes independence |
//! | Availability | 1 - Σ(1 - a) | a bound; Πa is more, but assumes independence |
//! | Availability of two paths | 1 - (1 - a)(1 - b) | an **estimate**: it assumes independence |
//!
//! The bounds are Boole's inequality: that one of several things goes wrong is no likelier than the sum of how likely each is, however
//! they depend on one another. A frame that meets the promise of every part meets their sum; so the share of frames that do not is Σ(1 - p)
//! at most. The range of delays (FDR, a percentile less the least delay) adds because least delays add to no more than the least delay of
//! the whole. The difference of two frames (IFDV) adds because differences do; it takes for granted that every part is measured on pairs
//! like those of the whole (MEF 10.4, sections 12.4 and 12.5).
//!
//! ITU-T Y.1541 (2011), in its clause on concatenating values, and RFC 6049 (sections 4 to 6) also add mean delays, and join loss as
//! 1 - Π(1 - l). For delay variation they estimate a percentile from mean, variance and skewness of each part, which is less than the sum.
//! Sellers do not publish these moments, and an estimate is nothing that a seller owes. So sums are taken, as the worst-case accumulation
//! of impairments among the approaches of ITU-T Y.1542. That a path in two directions is unavailable when one of them is comes from ITU-T
//! G.826, Annex A.
//!
//! Where one part says nothing about a figure, nobody knows it of the whole. The whole is contracted where every part is.

use std::fmt;
use std::time::Duration;

use crate::model::{Percentage, Percentile, ServiceLevel};

/// How many pairs of percentile and delay are kept: those that hold most often. Fewer promise less, never more.
const MOST_DELAYS: usize = 64;

/// What joins two legs, such as a cross-connect, as the platform team states it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Junction {
    /// The most that it delays a frame.
    pub delay: Option<Duration>,
    /// The frames that it loses.
    pub loss: Option<Percentage>,
    /// The time in which it works.
    pub availability: Option<Percentage>,
    /// Whether somebody owes these figures.
    pub contracted: bool,
}

impl Junction {
    /// Its figures as those of a leg. What delays a frame by `d` at most varies by `d` at most.
    #[must_use]
    pub fn level(&self) -> ServiceLevel {
        let always = self.delay.map(|delay| (Percentile::ALL, delay));
        ServiceLevel {
            frame_delay: always.into_iter().collect(),
            ifdv: always,
            fdr: always,
            loss: self.loss,
            availability: self.availability,
            contracted: self.contracted,
        }
    }
}

/// What nothing at all promises: no delay, no loss, always there. Any level composed with it stays what it is.
#[must_use]
pub fn nothing() -> ServiceLevel {
    let ideal = Junction {
        delay: Some(Duration::ZERO),
        loss: Some(Percentage::NONE),
        availability: Some(Percentage::WHOLE),
        contracted: true,
    };
    ideal.level()
}

/// What a chain of parts promises from end to end, in one direction.
#[must_use]
pub fn chain<'a>(parts: impl IntoIterator<Item = &'a ServiceLevel>) -> ServiceLevel {
    parts.into_iter().fold(nothing(), |whole, part| join(&whole, part))
}

fn join(a: &ServiceLevel, z: &ServiceLevel) -> ServiceLevel {
    ServiceLevel {
        frame_delay: delays(&a.frame_delay, &z.frame_delay),
        ifdv: a.ifdv.zip(z.ifdv).and_then(|(a, z)| sum(a, z)),
        fdr: a.fdr.zip(z.fdr).and_then(|(a, z)| sum(a, z)),
        loss: a.loss.zip(z.loss).map(|(a, z)| a.with(z)),
        availability: a.availability.zip(z.availability).map(|(a, z)| both(a, z)),
        contracted: a.contracted && z.contracted,
    }
}

/// Delays of a way there and a way back, each as percentile and delay, as those of the round trip.
#[must_use]
pub fn round_trip(there: &ServiceLevel, back: &ServiceLevel) -> Vec<(Percentile, Duration)> {
    delays(&there.frame_delay, &back.frame_delay)
}

/// The least availability of two things that are both needed: parts of a chain, or the two directions of a service.
#[must_use]
pub fn both(a: Percentage, z: Percentage) -> Percentage {
    a.rest().with(z.rest()).rest()
}

fn sum(a: (Percentile, Duration), z: (Percentile, Duration)) -> Option<(Percentile, Duration)> {
    Some((a.0.joined(z.0)?, a.1.saturating_add(z.1)))
}

/// Every sum of one of these and one of those that no other beats in both percentile and delay, the surest first.
fn delays(a: &[(Percentile, Duration)], z: &[(Percentile, Duration)]) -> Vec<(Percentile, Duration)> {
    let mut sums: Vec<_> = a.iter().flat_map(|a| z.iter().filter_map(|z| sum(*a, *z))).collect();
    sums.sort_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(&right.1)));
    let mut kept: Vec<(Percentile, Duration)> = Vec::new();
    for entry in sums {
        if kept.last().is_none_or(|surer| entry.1 < surer.1) {
            kept.push(entry);
        }
    }
    kept.truncate(MOST_DELAYS);
    kept
}

/// How available two paths are together, of which one is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairAvailability {
    /// However they depend on one another: that of the better one.
    pub at_least: Percentage,
    /// An estimate: only where what breaks one never breaks the other.
    pub if_independent: Percentage,
}

/// How available two paths are together. What both need, such as a port that they share, is not in it.
#[must_use]
pub fn either(a: Percentage, z: Percentage) -> PairAvailability {
    PairAvailability { at_least: a.max(z), if_independent: a.rest().of(z.rest()).rest() }
}

impl fmt::Display for PairAvailability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at_least, if_independent } = self;
        write!(f, "at least {at_least}; {if_independent} estimated, if they fail independently")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Commitment, Direction, LatencyObjective, Objectives};
    use crate::planning::{Basis, promises};

    fn percentile(hundredths: u32) -> Percentile {
        format!("{}.{:02}", hundredths / 100, hundredths % 100).parse().unwrap()
    }

    fn percentage(thousandths: u32) -> Percentage {
        format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000).parse().unwrap()
    }

    fn level(delays: &[(&str, u64)], loss: &str, availability: &str) -> ServiceLevel {
        ServiceLevel {
            frame_delay: delays
                .iter()
                .map(|(p, ms)| (p.parse().unwrap(), Duration::from_millis(*ms)))
                .collect(),
            loss: loss.parse().ok(),
            availability: availability.parse().ok(),
            contracted: true,
            ..ServiceLevel::default()
        }
    }

    #[test]
    fn two_legs_and_a_patch_cord() {
        let patch = Junction {
            delay: Some(Duration::from_millis(1)),
            loss: Some(Percentage::NONE),
            availability: "99.99".parse().ok(),
            contracted: true,
        };
        let a = level(&[("99", 10), ("99.9", 12)], "0.01", "99.9");
        let z = level(&[("99.5", 7)], "0.02", "99.95");
        let whole = chain([&a, &patch.level(), &z]);
        let delays =
            [("99.4", 20), ("98.5", 18)].map(|(p, ms)| (p.parse().unwrap(), Duration::from_millis(ms)));
        assert_eq!(whole.frame_delay, delays);
        assert_eq!(whole.loss.unwrap().to_string(), "0.03 %");
        assert_eq!(whole.availability.unwrap().to_string(), "99.84 %");
        assert_eq!((whole.ifdv, whole.contracted), (None, true));
    }

    #[test]
    fn a_chain_is_judged_as_a_leg_is() {
        let asked = |percentile: &str| Objectives {
            latency: Some(LatencyObjective {
                direction: Direction::OneWay,
                bound: Duration::from_millis(20),
                percentile: percentile.parse().unwrap(),
            }),
            ..Objectives::default()
        };
        let leg = level(&[("99", 10)], "0", "100");
        let whole = chain([&leg, &leg]);
        assert_eq!(promises(&asked("98"), &whole, None)[0].commitment, Commitment::Contracted);
        assert_eq!(promises(&asked("99"), &whole, None)[0].commitment, Commitment::BestEffort);
        let silent = ServiceLevel { contracted: true, ..ServiceLevel::default() };
        let unknown = promises(&asked("98"), &chain([&leg, &silent]), None);
        assert_eq!((unknown[0].commitment, unknown[0].basis), (Commitment::None, Basis::Nothing));
    }

    #[test]
    fn two_paths_are_better_than_one_and_how_much_is_an_estimate() {
        let pair = either("99.9".parse().unwrap(), "99".parse().unwrap());
        assert_eq!(pair.to_string(), "at least 99.9 %; 99.999 % estimated, if they fail independently");
        assert_eq!(both("99.9".parse().unwrap(), "99".parse().unwrap()).to_string(), "98.9 %");
    }

    fn any_entry() -> impl Strategy<Value = (Percentile, Duration)> {
        (9_000u32..=10_000, 0u64..50).prop_map(|(p, ms)| (percentile(p), Duration::from_millis(ms)))
    }

    fn any_level() -> impl Strategy<Value = ServiceLevel> {
        let delays = proptest::collection::vec(any_entry(), 0..4);
        let share = || proptest::option::of((0u32..=100_000).prop_map(percentage));
        let entry = || proptest::option::of(any_entry());
        (delays, entry(), entry(), share(), share(), any::<bool>()).prop_map(
            |(frame_delay, ifdv, fdr, loss, availability, contracted)| ServiceLevel {
                frame_delay,
                ifdv,
                fdr,
                loss,
                availability,
                contracted,
            },
        )
    }

    /// Whether the first promises all that the second does.
    fn promises_no_less(a: &ServiceLevel, z: &ServiceLevel) -> bool {
        let entry = |own: &[(Percentile, Duration)], other: &(Percentile, Duration)| {
            own.iter().any(|own| own.0 >= other.0 && own.1 <= other.1)
        };
        let one = |own: Option<(Percentile, Duration)>, other: Option<(Percentile, Duration)>| {
            other.is_none_or(|other| own.is_some_and(|own| entry(&[own], &other)))
        };
        z.frame_delay.iter().all(|other| entry(&a.frame_delay, other))
            && one(a.ifdv, z.ifdv)
            && one(a.fdr, z.fdr)
            && z.loss.is_none_or(|other| a.loss.is_some_and(|own| own <= other))
            && z.availability.is_none_or(|other| a.availability.is_some_and(|own| own >= other))
            && (a.contracted || !z.contracted)
    }

    proptest! {
        #[test]
        fn nothing_changes_nothing(part in any_level()) {
            let alone = chain([&part]);
            prop_assert_eq!(&chain([&nothing(), &part, &nothing()]), &alone);
            prop_assert!(promises_no_less(&alone, &part) && promises_no_less(&part, &alone));
        }

        #[test]
        fn it_does_not_matter_which_parts_are_joined_first(a in any_level(), b in any_level(), c in any_level()) {
            let all = chain([&a, &b, &c]);
            prop_assert_eq!(&chain([&chain([&a, &b]), &c]), &all);
            prop_assert_eq!(&chain([&a, &chain([&b, &c])]), &all);
            prop_assert_eq!(&chain([&c, &a, &b]), &all);
        }

        #[test]
        fn a_part_more_promises_no_more(a in any_level(), b in any_level()) {
            prop_assert!(promises_no_less(&chain([&a]), &chain([&a, &b])));
        }

        #[test]
        fn a_better_part_makes_no_worse_whole(a in any_level(), b in any_level(), ms in 0u64..20, share in 0u32..=100_000) {
            let faster = |(p, delay): (Percentile, Duration)| (p, delay.saturating_sub(Duration::from_millis(ms)));
            let share = percentage(share);
            let better = ServiceLevel {
                frame_delay: a.frame_delay.iter().copied().map(faster).collect(),
                ifdv: a.ifdv.map(faster),
                fdr: a.fdr.map(faster),
                loss: a.loss.map(|loss| loss.of(share)),
                availability: a.availability.map(|availability| availability.rest().of(share).rest()),
                contracted: true,
            };
            prop_assert!(promises_no_less(&chain([&better, &b]), &chain([&a, &b])));
        }

        #[test]
        fn a_silent_part_leaves_nothing_known(a in any_level()) {
            prop_assert_eq!(chain([&a, &ServiceLevel::default()]), ServiceLevel::default());
        }

        #[test]
        fn bounds_are_no_better_than_products(a in 0u32..=100_000, b in 0u32..=100_000) {
            let (a, b) = (percentage(a), percentage(b));
            prop_assert!(both(a, b) <= a.of(b));
            let pair = either(a, b);
            prop_assert!(pair.at_least <= pair.if_independent && pair.if_independent <= Percentage::WHOLE);
        }
    }
}
