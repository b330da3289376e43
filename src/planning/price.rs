//! What is paid over a term, and what a search counts as its price.
//!
//! That prices of other periods become prices of a month, and that a missing price or one that depends on use is no price, is said where
//! sellers' prices are read: [`crate::model::Period::per_month`] and [`crate::model::Quote::totals`].

use rust_decimal::{Decimal, RoundingStrategy};

use super::search;
use crate::model::{Amount, Currency, Money, Term};

/// What a part of a plan costs, net of tax, as exact decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charges {
    /// Each month.
    pub monthly: Amount,
    /// Once.
    pub one_time: Amount,
    /// For each.
    pub currency: Currency,
}

impl Charges {
    /// What is paid until the term ends: months × monthly + one-time. What does not fit is dearer than everything.
    #[must_use]
    pub fn over(&self, term: &Term) -> Money {
        let monthly = self.monthly.times(term.months()).unwrap_or(Amount::new(Decimal::MAX));
        Money { amount: monthly + self.one_time, currency: self.currency }
    }
}

/// What all parts of a plan cost together over their terms, or which of them has no price: then it cannot be bought.
///
/// # Errors
/// A sentence for people: the first part without a price, or two currencies, which are never added.
pub fn total<'a>(
    parts: impl IntoIterator<Item = (&'a str, Result<Charges, String>, &'a Term)>,
) -> Result<Option<Money>, String> {
    let mut sum: Option<Money> = None;
    for (name, charges, term) in parts {
        let more = charges.map_err(|why| format!("the price of {name} is unknown: {why}"))?.over(term);
        sum = match sum {
            None => Some(more),
            Some(sum) if sum.currency == more.currency => {
                Some(Money { amount: sum.amount + more.amount, ..sum })
            }
            Some(sum) => {
                return Err(format!("{name} is paid in {}, the rest in {}", more.currency, sum.currency));
            }
        };
    }
    Ok(sum)
}

/// An amount as a search counts it: in hundredths, rounded up. A credit counts nothing, and what is too large as the most.
#[must_use]
pub fn as_criterion(amount: Amount) -> u64 {
    let hundredths = amount
        .owed()
        .times(Decimal::ONE_HUNDRED)
        .map(|amount| amount.decimal().round_dp_with_strategy(0, RoundingStrategy::AwayFromZero));
    hundredths.and_then(|whole| u64::try_from(whole).ok()).unwrap_or(search::LARGEST).min(search::LARGEST)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{TermEnd, TermUnit};

    fn term(value: u32, unit: TermUnit) -> Term {
        Term { name: "term".into(), value, unit, at_end: TermEnd::Disconnect, roll: None }
    }

    fn charges(monthly: &str, one_time: &str, currency: &str) -> Charges {
        Charges {
            monthly: monthly.parse().unwrap(),
            one_time: one_time.parse().unwrap(),
            currency: currency.parse().unwrap(),
        }
    }

    #[test]
    fn a_term_is_paid_month_by_month_and_once() {
        let year = term(1, TermUnit::Year);
        assert_eq!(charges("100.50", "20", "USD").over(&year).to_string(), "1226.00 USD");
        let parts = [
            ("metro", Ok(charges("100", "0", "USD")), &year),
            ("harbor", Ok(charges("1", "0.5", "USD")), &term(73, TermUnit::Day)),
        ];
        assert_eq!(total(parts).unwrap().unwrap().to_string(), "1202.90 USD");
        assert_eq!(total([]), Ok(None));
    }

    #[test]
    fn what_has_no_price_or_another_currency_is_not_summed() {
        let year = term(1, TermUnit::Year);
        let dollars = || ("metro", Ok(charges("100", "0", "USD")), &year);
        let unknown = ("harbor", Err("the price `port` depends on use".to_owned()), &year);
        let why = total([dollars(), unknown]).unwrap_err();
        assert_eq!(why, "the price of harbor is unknown: the price `port` depends on use");
        let euros = ("harbor", Ok(charges("100", "0", "EUR")), &year);
        assert_eq!(total([dollars(), euros]).unwrap_err(), "harbor is paid in EUR, the rest in USD");
    }

    #[test]
    fn a_search_counts_hundredths_and_rounds_up() {
        let count = |text: &str| as_criterion(text.parse().unwrap());
        assert_eq!(["0", "0.001", "1.10", "-5", "12.345"].map(count), [0, 1, 110, 0, 1_235]);
        assert_eq!(as_criterion(Amount::new(Decimal::MAX)), search::LARGEST);
    }

    proptest! {
        #[test]
        fn a_dearer_part_is_never_counted_less(cents in 0u32.., more in 0u32..1_000) {
            let amount = |cents: u64| Amount::new(Decimal::new(i64::try_from(cents).unwrap(), 3));
            let (low, high) = (u64::from(cents), u64::from(cents) + u64::from(more));
            prop_assert!(as_criterion(amount(low)) <= as_criterion(amount(high)));
        }
    }
}
