//! What leaving before the end of the term costs.

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::model::{Amount, Design, EarlyTermination, Term, TermEnd};

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

/// The end of the term that runs at `now`, where the first one ended at `end`: a term that renews itself or rolls on starts again.
#[must_use]
pub fn running_term_end(term: &Term, end: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let (value, unit) = match term.at_end {
        TermEnd::Disconnect => return Some(end),
        TermEnd::Renew => (term.value, term.unit),
        TermEnd::Roll => term.roll.unwrap_or((term.value, term.unit)),
    };
    if end > now {
        return Some(end);
    }
    // Counted from the first end, so that the last days of months do not wander.
    (1..=u32::MAX)
        .map_while(|times| value.max(1).checked_mul(times))
        .map(|value| Term { value, unit, ..term.clone() }.end_after(end))
        .find(|end| end.is_none_or(|end| end > now))
        .flatten()
}

/// When the last of the terms ends that run at `now`: that of the connection first ended at `end`, those of its ports began
/// with the service. `None` where there is none, or the calendar ends.
#[must_use]
pub fn last_term_end(
    design: &Design,
    since: Timestamp,
    end: Option<Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    let connection = end.and_then(|end| running_term_end(&design.term, end, now));
    let ports = design.new_unis().filter_map(|(_, port)| {
        let term = port.term.as_ref().unwrap_or(&design.term);
        running_term_end(term, term.end_after(since)?, now)
    });
    connection.into_iter().chain(ports).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TermUnit;

    #[test]
    fn half_a_year_at_half_the_price() {
        let rule = EarlyTermination { of_remaining: "50".parse().unwrap(), fee: "100".parse().unwrap() };
        let now: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
        let end = now + jiff::SignedDuration::from_hours(24 * 365 / 2);
        let monthly = "1000".parse().unwrap();
        let fee = termination_fee(Some(rule), monthly, Some(end), now);
        assert_eq!(fee.unwrap().to_string(), "3100.00");
        assert_eq!(termination_fee(None, monthly, Some(end), now), None);
        assert_eq!(termination_fee(None, monthly, Some(now), now), Some(Amount::ZERO));
        assert_eq!(termination_fee(None, monthly, None, now), Some(Amount::ZERO));
    }

    fn term(at_end: TermEnd, roll: Option<(u32, TermUnit)>) -> Term {
        Term { name: "one year".into(), value: 1, unit: TermUnit::Year, at_end, roll }
    }

    #[test]
    fn a_term_that_goes_on_ends_later() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (end, later) = (at("2027-01-31T00:00:00Z"), at("2029-02-15T00:00:00Z"));
        let running = |term: Term, now| running_term_end(&term, end, now).unwrap();
        assert_eq!(running(term(TermEnd::Renew, None), at("2027-01-30T23:59:59Z")), end);
        assert_eq!(running(term(TermEnd::Renew, None), end), at("2028-01-31T00:00:00Z"));
        assert_eq!(running(term(TermEnd::Renew, None), later), at("2030-01-31T00:00:00Z"));
        let monthly = Some((1, TermUnit::Month));
        assert_eq!(running(term(TermEnd::Roll, monthly), later), at("2029-02-28T00:00:00Z"));
        assert_eq!(running(term(TermEnd::Roll, None), later), at("2030-01-31T00:00:00Z"));
        assert_eq!(running(term(TermEnd::Disconnect, None), later), end);
        assert_eq!(running_term_end(&term(TermEnd::Renew, None), end, Timestamp::MAX), None);
    }
}
