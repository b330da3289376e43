//! In which order offers are preferred: a pure comparison of plain figures.
//!
//! An offer that says nothing about the criterion comes after all that do. What is equal is decided by price, then by name, so
//! that equal input gives an equal order.

use std::cmp::Ordering;
use std::time::Duration;

use rust_decimal::Decimal;

use crate::model::{Amount, Percentage, Preference, Weights};

/// What an offer is compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Its name, which decides where nothing else does.
    pub name: String,
    /// What it costs over its term.
    pub cost: Amount,
    /// One-way delay that is promised; the slower direction counts.
    pub latency: Option<Duration>,
    /// Availability that is promised.
    pub availability: Option<Percentage>,
    /// From order to use.
    pub lead_time: Option<Duration>,
}

/// Indices of the offers, the preferred one first.
#[must_use]
pub fn preferred(preference: Preference, offers: &[Figures]) -> Vec<usize> {
    let scores = match preference {
        Preference::Weighted(weights) => scores(weights, offers),
        Preference::Cheapest | Preference::Fastest | Preference::MostAvailable | Preference::Soonest => {
            vec![Decimal::ZERO; offers.len()]
        }
    };
    let mut order: Vec<usize> = (0..offers.len()).collect();
    order.sort_by(|left, right| {
        let first = match preference {
            Preference::Cheapest => Ordering::Equal,
            Preference::Fastest => least(offers[*left].latency, offers[*right].latency),
            Preference::MostAvailable => {
                least(unavailability(&offers[*left]), unavailability(&offers[*right]))
            }
            Preference::Soonest => least(offers[*left].lead_time, offers[*right].lead_time),
            Preference::Weighted(_) => scores[*left].cmp(&scores[*right]),
        };
        let (left, right) = (&offers[*left], &offers[*right]);
        first.then_with(|| left.cost.cmp(&right.cost)).then_with(|| left.name.cmp(&right.name))
    });
    order
}

/// The smaller one first; what is not known last.
fn least<T: Ord>(left: Option<T>, right: Option<T>) -> Ordering {
    match (left, right) {
        (Some(left), Some(right)) => left.cmp(&right),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

fn unavailability(offer: &Figures) -> Option<Decimal> {
    offer.availability.map(|share| Decimal::ONE_HUNDRED - share.decimal())
}

/// The weighted sum of each offer, every criterion scaled from 0 (the best at hand) to 1 (the worst, or not known).
fn scores(weights: Weights, offers: &[Figures]) -> Vec<Decimal> {
    let seconds = |time: Option<Duration>| {
        time.map(|time| Decimal::from(u64::try_from(time.as_micros()).unwrap_or(u64::MAX)))
    };
    let criteria: [(u32, Vec<Option<Decimal>>); 4] = [
        (weights.cost, offers.iter().map(|offer| Some(offer.cost.decimal())).collect()),
        (weights.latency, offers.iter().map(|offer| seconds(offer.latency)).collect()),
        (weights.availability, offers.iter().map(unavailability).collect()),
        (weights.lead_time, offers.iter().map(|offer| seconds(offer.lead_time)).collect()),
    ];
    let mut sums = vec![Decimal::ZERO; offers.len()];
    for (weight, values) in criteria {
        let best = values.iter().flatten().min().copied();
        let worst = values.iter().flatten().max().copied();
        for (sum, value) in sums.iter_mut().zip(&values) {
            let scaled = match (value, best, worst) {
                (Some(value), Some(best), Some(worst)) => scale(*value, best, worst),
                _ => Decimal::ONE,
            };
            *sum += Decimal::from(weight) * scaled;
        }
    }
    sums
}

fn scale(value: Decimal, best: Decimal, worst: Decimal) -> Decimal {
    let span = worst.checked_sub(best).filter(|span| !span.is_zero());
    let above = value.checked_sub(best);
    match (above, span) {
        (Some(above), Some(span)) => above.checked_div(span).unwrap_or(Decimal::ONE),
        (Some(_), None) if value == best => Decimal::ZERO,
        _ => Decimal::ONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn offer(name: &str, cost: &str, millis: u64, availability: &str, days: u64) -> Figures {
        Figures {
            name: name.into(),
            cost: cost.parse().unwrap(),
            latency: (millis > 0).then(|| Duration::from_millis(millis)),
            availability: (!availability.is_empty()).then(|| availability.parse().unwrap()),
            lead_time: (days > 0).then(|| Duration::from_secs(days * 86_400)),
        }
    }

    fn names(preference: Preference, offers: &[Figures]) -> String {
        preferred(preference, offers).into_iter().map(|index| offers[index].name.clone()).collect()
    }

    #[test]
    fn each_preference_has_its_order() {
        let offers = [
            offer("a", "300", 5, "99.9", 30),
            offer("b", "100", 9, "", 10),
            offer("c", "200", 0, "99.99", 0),
            offer("d", "100", 9, "99.9", 10),
        ];
        assert_eq!(names(Preference::Cheapest, &offers), "bdca");
        assert_eq!(names(Preference::Fastest, &offers), "abdc");
        assert_eq!(names(Preference::MostAvailable, &offers), "cdab");
        assert_eq!(names(Preference::Soonest, &offers), "bdac");
    }

    #[test]
    fn weights_weigh() {
        let offers = [offer("a", "300", 5, "99.9", 30), offer("b", "100", 9, "99", 10)];
        let only = |cost, latency| Preference::Weighted(Weights { cost, latency, ..Weights::default() });
        assert_eq!(names(only(1, 0), &offers), "ba");
        assert_eq!(names(only(0, 1), &offers), "ab");
        assert_eq!(names(only(2, 3), &offers), "ab");
        assert_eq!(names(only(1, 1), &offers), "ba", "the price decides what is equal");
    }

    fn figures() -> impl Strategy<Value = Figures> {
        ("[a-z]{1,3}", 0u32..5, 0u64..4, proptest::sample::select(vec!["", "99", "99.9"]), 0u64..3).prop_map(
            |(name, cost, millis, availability, days)| {
                offer(&name, &cost.to_string(), millis, availability, days)
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_preferred_does_not_hang_on_the_order_of_the_list(offers in proptest::collection::vec(figures(), 1..6), weights in (0u32..9, 0u32..9, 0u32..9, 0u32..9)) {
            let (cost, latency, availability, lead_time) = weights;
            let weighted = Preference::Weighted(Weights { cost, latency, availability, lead_time });
            // No two accounts bear one name.
            let offers: Vec<_> = offers.into_iter().enumerate().map(|(n, offer)| Figures { name: format!("{}{n}", offer.name), ..offer }).collect();
            for preference in [Preference::Cheapest, Preference::Fastest, Preference::MostAvailable, Preference::Soonest, weighted] {
                let order = preferred(preference, &offers);
                let mut turned = offers.clone();
                turned.reverse();
                let other = preferred(preference, &turned);
                let left: Vec<_> = order.iter().map(|index| &offers[*index]).collect();
                let right: Vec<_> = other.iter().map(|index| &turned[*index]).collect();
                prop_assert_eq!(left, right);
                let mut all = order;
                all.sort_unstable();
                prop_assert_eq!(all, (0..offers.len()).collect::<Vec<_>>());
            }
        }

        #[test]
        fn an_offer_that_is_better_in_all_is_never_after(offers in proptest::collection::vec(figures(), 2..6), weights in (1u32..9, 1u32..9, 1u32..9, 1u32..9)) {
            let (cost, latency, availability, lead_time) = weights;
            let order = preferred(Preference::Weighted(Weights { cost, latency, availability, lead_time }), &offers);
            let better = |left: &Figures, right: &Figures| {
                left.cost < right.cost
                    && least(left.latency, right.latency) != Ordering::Greater
                    && least(unavailability(left), unavailability(right)) != Ordering::Greater
                    && least(left.lead_time, right.lead_time) != Ordering::Greater
            };
            for (place, first) in order.iter().enumerate() {
                for later in &order[place + 1..] {
                    prop_assert!(!better(&offers[*later], &offers[*first]));
                }
            }
        }
    }
}
