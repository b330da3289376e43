//! What a user asks of quality and what a class of service promises, both one-way and direction by direction.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use rust_decimal::Decimal;

/// A percentile: above 0, at most 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percentile(Decimal);

/// A share in percent: 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percentage(Decimal);

impl Percentile {
    /// Without exception.
    pub const ALL: Self = Self(Decimal::ONE_HUNDRED);

    /// The percentile as a decimal number of percent.
    #[must_use]
    pub const fn decimal(self) -> Decimal {
        self.0
    }

    /// The percentile at which the sum of two delays holds, when each holds at its own: 1 - Σ(1 - p).
    /// `None` when nothing is left.
    #[must_use]
    pub fn joined(self, other: Self) -> Option<Self> {
        let left = self.0 + other.0 - Decimal::ONE_HUNDRED;
        (left > Decimal::ZERO).then(|| Self(left.normalize()))
    }
}

impl Percentage {
    /// Nothing.
    pub const NONE: Self = Self(Decimal::ZERO);
    /// The whole.
    pub const WHOLE: Self = Self(Decimal::ONE_HUNDRED);

    /// Both shares together, the whole at most.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self((self.0 + other.0).min(Decimal::ONE_HUNDRED).normalize())
    }

    /// What is left of the whole.
    #[must_use]
    pub fn rest(self) -> Self {
        Self((Decimal::ONE_HUNDRED - self.0).normalize())
    }

    /// This share of the other.
    #[must_use]
    pub fn of(self, other: Self) -> Self {
        Self((self.0 * other.0 / Decimal::ONE_HUNDRED).normalize())
    }

    /// The share as a decimal number of percent.
    #[must_use]
    pub const fn decimal(self) -> Decimal {
        self.0
    }
}

impl FromStr for Percentile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match Decimal::from_str_exact(text) {
            Ok(value) if value > Decimal::ZERO && value <= Decimal::ONE_HUNDRED => {
                Ok(Self(value.normalize()))
            }
            Ok(_) | Err(_) => {
                Err(format!("`{text}` is no percentile: write a number above 0 and at most 100"))
            }
        }
    }
}

impl FromStr for Percentage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match Decimal::from_str_exact(text) {
            Ok(value) if (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&value) => {
                Ok(Self(value.normalize()))
            }
            Ok(_) | Err(_) => Err(format!("`{text}` is no percentage: write a number from 0 to 100")),
        }
    }
}

impl fmt::Display for Percentile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}", self.0)
    }
}

impl fmt::Display for Percentage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

/// Which way a delay is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// There and back.
    RoundTrip,
    /// Each direction by itself.
    OneWay,
}

/// A bound on delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LatencyObjective {
    /// Which way it is counted.
    pub direction: Direction,
    /// The bound.
    pub bound: Duration,
    /// The share of frames that must keep it.
    pub percentile: Percentile,
}

/// How delay variation is measured (MEF 10.4, sections 12.4 and 12.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JitterMetric {
    /// Inter-frame delay variation.
    Ifdv,
    /// Frame delay range.
    Fdr,
}

/// A bound on delay variation, one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JitterObjective {
    /// How it is measured.
    pub metric: JitterMetric,
    /// The bound.
    pub bound: Duration,
    /// The share of frames that must keep it.
    pub percentile: Percentile,
}

/// Everything a user asks of quality; what is absent does not matter to the user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Objectives {
    /// Bound on delay.
    pub latency: Option<LatencyObjective>,
    /// Bound on delay variation.
    pub jitter: Option<JitterObjective>,
    /// Bound on loss, percent of frames.
    pub max_loss: Option<Percentage>,
    /// Least availability, percent of time.
    pub min_availability: Option<Percentage>,
    /// What counts as good enough to buy.
    pub accept: Commitment,
}

/// How strongly something is promised. Ordered: a contract is more than best effort.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Commitment {
    /// Nobody promised anything.
    None,
    /// Expected, or promised more weakly than asked.
    BestEffort,
    /// Part of what the seller owes.
    #[default]
    Contracted,
}

/// What one class of service promises on one distance tier, per direction (MEF 10.4 service level specification).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceLevel {
    /// One-way frame delay, per percentile.
    pub frame_delay: Vec<(Percentile, Duration)>,
    /// One-way inter-frame delay variation.
    pub ifdv: Option<(Percentile, Duration)>,
    /// One-way frame delay range.
    pub fdr: Option<(Percentile, Duration)>,
    /// One-way frame loss ratio, percent.
    pub loss: Option<Percentage>,
    /// One-way availability, percent.
    pub availability: Option<Percentage>,
    /// Whether the seller owes these figures (part of the product, or of a named agreement), rather than only publishing them.
    pub contracted: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_p99_give_a_p98() {
        let p99: Percentile = "99".parse().unwrap();
        assert_eq!(p99.joined(p99), "98".parse().ok());
        let p50: Percentile = "50".parse().unwrap();
        assert_eq!(p50.joined(p50), None);
    }

    #[test]
    fn percent_texts_have_bounds() {
        assert!("0".parse::<Percentile>().is_err());
        assert!("100.1".parse::<Percentile>().is_err());
        assert!("0".parse::<Percentage>().is_ok());
        assert!("-1".parse::<Percentage>().is_err());
        assert!("abc".parse::<Percentage>().is_err());
    }

    proptest! {
        #[test]
        fn what_is_read_is_within_its_bounds_and_reads_back(text in "[0-9]{1,3}([.][0-9]{1,9})?") {
            let value: Decimal = text.parse().unwrap();
            prop_assert_eq!(text.parse::<Percentage>().is_ok(), value <= Decimal::ONE_HUNDRED);
            prop_assert_eq!(text.parse::<Percentile>().is_ok(), value <= Decimal::ONE_HUNDRED && !value.is_zero());
            if let Ok(share) = text.parse::<Percentage>() {
                prop_assert_eq!(share.decimal(), value);
                prop_assert_eq!(share.to_string().trim_end_matches(" %").parse(), Ok(share));
            }
            if let Ok(percentile) = text.parse::<Percentile>() {
                prop_assert_eq!(percentile.to_string().trim_start_matches('p').parse(), Ok(percentile));
            }
        }

        #[test]
        fn no_text_panics(text in ".{0,24}") {
            let _ = text.parse::<Percentage>();
            let _ = text.parse::<Percentile>();
        }
    }
}
