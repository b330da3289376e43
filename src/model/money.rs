//! Money: exact decimals with an ISO 4217 code, never a float.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;
use std::str::FromStr;

use rust_decimal::Decimal;

/// An amount without its currency, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(Decimal);

/// An ISO 4217 code, such as `USD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// An amount in a currency. Amounts of different currencies are never added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// How much.
    pub amount: Amount,
    /// Of which currency.
    pub currency: Currency,
}

/// How often a recurring price is due (MEF 115, `recurringChargePeriod`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// Each hour.
    Hour,
    /// Each day.
    Day,
    /// Each week.
    Week,
    /// Each month.
    Month,
    /// Each year.
    Year,
}

/// Why a text is no amount or currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a plain decimal.
    #[error("`{0}` is no amount: write a plain decimal such as 3000.00")]
    Amount(String),
    /// Not three capital letters.
    #[error("`{0}` is no currency: write an ISO 4217 code such as USD")]
    Currency(String),
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// An amount from an exact decimal.
    #[must_use]
    pub const fn new(decimal: Decimal) -> Self {
        Self(decimal)
    }

    /// The exact decimal.
    #[must_use]
    pub const fn decimal(self) -> Decimal {
        self.0
    }

    /// Whether this is a credit.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.0 < Decimal::ZERO
    }

    /// The amount where it is owed; nothing where it is a credit.
    #[must_use]
    pub fn owed(self) -> Self {
        self.max(Self::ZERO)
    }

    /// `self * factor`, or `None` where it does not fit.
    #[must_use]
    pub fn times(self, factor: Decimal) -> Option<Self> {
        self.0.checked_mul(factor).map(Self)
    }

    /// `self + other`, or `None` where it does not fit.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
}

impl Add for Amount {
    type Output = Self;

    /// Saturates at the largest decimal, so that a sum that does not fit exceeds every limit.
    fn add(self, other: Self) -> Self {
        self.plus(other).unwrap_or(Self(Decimal::MAX))
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl Period {
    /// A price of this period as a price of a month: year / 12, week × 365/84, day × 365/12, hour × 730.
    #[must_use]
    pub fn per_month(self, amount: Amount) -> Option<Amount> {
        let (factor, divisor) = match self {
            Self::Hour => (730, 1),
            Self::Day => (365, 12),
            Self::Week => (365, 84),
            Self::Month => (1, 1),
            Self::Year => (1, 12),
        };
        amount
            .0
            .checked_mul(Decimal::from(factor))
            .and_then(|n| n.checked_div(Decimal::from(divisor)))
            .map(Amount)
    }
}

impl FromStr for Amount {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || MoneyError::Amount(text.chars().take(40).collect());
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if !plain || digits.starts_with('.') || digits.ends_with('.') {
            return Err(refuse());
        }
        // Zeros at the end say nothing, and the largest amounts have no room for them.
        let exact = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
        Decimal::from_str_exact(exact).map(Self).map_err(|_| refuse())
    }
}

impl fmt::Display for Amount {
    /// At least two decimals, no more than four: `3000.00`, `0.0417`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = self.0.round_dp(4).normalize();
        write!(f, "{rounded:.*}", usize::try_from(rounded.scale().max(2)).unwrap_or(2))
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Self([a, b, c])),
            _ => Err(MoneyError::Currency(text.chars().take(16).collect())),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    #[test]
    fn reads_plain_decimals_only() {
        assert_eq!(amount("3000.00"), amount("3000"));
        for text in ["", ".", "1.", ".5", "1e3", "+1", "1,000", "--1", "USD", "1 "] {
            assert!(text.parse::<Amount>().is_err(), "{text}");
        }
        for text in ["usd", "US", "USDT", "€€€"] {
            assert!(text.parse::<Currency>().is_err(), "{text}");
        }
    }

    #[test]
    fn months_follow_the_published_factors() {
        for (period, price, month) in [
            (Period::Year, "1200", "100.00"),
            (Period::Week, "84", "365.00"),
            (Period::Day, "12", "365.00"),
            (Period::Hour, "1", "730.00"),
            (Period::Month, "9.99", "9.99"),
        ] {
            assert_eq!(period.per_month(amount(price)).unwrap().to_string(), month, "{period:?}");
        }
    }

    #[test]
    fn a_sum_that_does_not_fit_exceeds_every_limit() {
        assert!(Amount(Decimal::MAX) + amount("1") >= Amount(Decimal::MAX));
    }

    proptest! {
        #[test]
        fn printed_amount_reads_back(cents in any::<i64>()) {
            let amount = Amount(Decimal::new(cents, 2));
            prop_assert_eq!(amount.to_string().parse(), Ok(amount));
        }

        #[test]
        fn any_amount_reads_back_as_it_is_printed(
            low in any::<u32>(), middle in any::<u32>(), high in any::<u32>(), negative in any::<bool>(), scale in 0..29u32
        ) {
            let amount = Amount(Decimal::from_parts(low, middle, high, negative, scale));
            let printed = amount.to_string();
            prop_assert_eq!(printed.parse(), Ok(Amount(amount.0.round_dp(4))), "{}", printed);
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = text.parse::<Amount>();
            let _ = text.parse::<Currency>();
        }
    }
}
