//! A preference as numbers: what is summed, what breaks ties, whether lead time counts.

use super::graph::Arc;
use super::query::Preference;

/// How edges are scored. Scores and ties add; lead time is the largest of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Measure {
    weights: [u16; 3],
    tie: Tie,
    lead: Lead,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Tie {
    Price,
    Latency,
    /// The sum of all: of two paths one of which is better in one criterion and worse in none, it tells the better one.
    Sum,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Lead {
    /// It does not count.
    Ignored,
    /// It counts before everything else.
    First,
    /// It is added to the score, so many times.
    Weighted(u16),
}

impl Measure {
    pub(super) fn of(preference: Preference) -> Self {
        let only = |weights, tie| Self { weights, tie, lead: Lead::Ignored };
        match preference {
            Preference::Cheapest => only([1, 0, 0], Tie::Latency),
            Preference::Fastest => only([0, 1, 0], Tie::Price),
            Preference::MostAvailable => only([0, 0, 1], Tie::Price),
            Preference::Soonest => Self { lead: Lead::First, ..only([1, 0, 0], Tie::Latency) },
            Preference::Weighted(weights) => Self {
                weights: [weights.price, weights.latency, weights.unavailability],
                tie: Tie::Price,
                lead: if weights.lead == 0 { Lead::Ignored } else { Lead::Weighted(weights.lead) },
            },
        }
    }

    /// The order in which a Pareto set is found: that of the preference, without lead time, which is none of its criteria.
    pub(super) fn of_set(preference: Preference) -> Self {
        Self { tie: Tie::Sum, lead: Lead::Ignored, ..Self::of(preference) }
    }

    /// The same without lead time.
    pub(super) fn additive(self) -> Self {
        Self { lead: Lead::Ignored, ..self }
    }

    /// Whether lead time counts.
    pub(super) fn counts_lead(self) -> bool {
        self.lead != Lead::Ignored
    }

    /// What an edge adds.
    pub(super) fn step(self, arc: &Arc) -> (u64, u64) {
        let [price, latency, unavailability] = arc.criteria;
        let [a, b, c] = self.weights.map(u64::from);
        let tie = match self.tie {
            Tie::Price => price,
            Tie::Latency => latency,
            Tie::Sum => price + latency + unavailability,
        };
        (a * price + b * latency + c * unavailability, tie)
    }

    /// How a path of this score and lead time ranks: the less, the better.
    pub(super) fn rank(self, score: u64, lead: u64) -> (u64, u64) {
        match self.lead {
            Lead::Ignored => (0, score),
            Lead::First => (lead, score),
            Lead::Weighted(weight) => (0, score.saturating_add(lead.saturating_mul(u64::from(weight)))),
        }
    }
}
