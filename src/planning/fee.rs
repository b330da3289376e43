//! What leaving before the end of the term costs.

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::model::{Amount, EarlyTermination};

const SECONDS_PER_MONTH: i64 = 365 * 86_400 / 12;

/// The fee for leaving at `now`, or `None` where nobody knows it.
///
/// Without a term, or after its end, leaving is free. Otherwise the share that the rule states of what is still due, months
/// counted as 365/12 days, rounded up to the cent.
#[must_use]
pub fn termination_fee(
    rule: Option<EarlyTermination>,
    monthly: Amount,
    term_end: Option<Timestamp>,
    now: Timestamp,
) -> Option<Amount> {
    let left = term_end.map_or(0, |end| end.as_second().saturating_sub(now.as_second()));
    if left <= 0 {
        return Some(Amount::ZERO);
    }
    let rule = rule?;
    let months = Decimal::from(left).checked_div(Decimal::from(SECONDS_PER_MONTH))?;
    let share = rule.of_remaining.decimal() / Decimal::ONE_HUNDRED;
    let due = monthly.times(months)?.times(share)?.plus(rule.fee)?;
    let cents = due.decimal().round_dp_with_strategy(2, rust_decimal::RoundingStrategy::AwayFromZero);
    Some(Amount::new(cents))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_year_at_half_the_price() {
        let rule = EarlyTermination { of_remaining: "50".parse().unwrap(), fee: "100".parse().unwrap() };
        let now: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
        let end = now + jiff::SignedDuration::from_hours(24 * 365 / 2);
        let monthly = "1000".parse().unwrap();
        let fee = termination_fee(Some(rule), monthly, Some(end), now);
        assert_eq!(fee.unwrap().to_string(), "3097.26");
        assert_eq!(termination_fee(None, monthly, Some(end), now), None);
        assert_eq!(termination_fee(None, monthly, Some(now), now), Some(Amount::ZERO));
        assert_eq!(termination_fee(None, monthly, None, now), Some(Amount::ZERO));
    }
}
