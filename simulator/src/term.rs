//! Terms: which one a seller offers for what a buyer asks, and one that runs. Pure.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::catalogue::PriceLine;
use crate::scenario::{Calendar, EndOfTermAction, Interval, Offering, Percent, Term};

/// A term as two parties agree it (LSO `MEFItemTerm`, without its names).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Agreed {
    pub(crate) duration: Interval,
    pub(crate) end_of_term_action: EndOfTermAction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) roll_interval: Option<Interval>,
}

impl Agreed {
    /// Reads a `MEFItemTerm`.
    pub(crate) fn read(term: &Value) -> Option<Self> {
        serde_json::from_value(term.clone()).ok()
    }
}

/// What a seller offers for a wish.
pub(crate) struct Offered<'a> {
    pub(crate) term: &'a Term,
    pub(crate) action: EndOfTermAction,
    /// It is what was asked for.
    pub(crate) exact: bool,
}

impl Offered<'_> {
    pub(crate) fn agreed(&self) -> Agreed {
        let roll = (self.action == EndOfTermAction::Roll).then_some(self.term.roll_interval).flatten();
        Agreed { duration: self.term.duration, end_of_term_action: self.action, roll_interval: roll }
    }

    /// As a `MEFItemTerm`.
    pub(crate) fn wire(&self) -> Value {
        let mut term = json!({"name": self.term.name});
        if let (Some(term), Value::Object(agreed)) = (term.as_object_mut(), json!(self.agreed())) {
            term.extend(agreed);
        }
        term
    }
}

/// The term on offer that suits a wish best: the same, else the longest that is no longer ("the Buyer specifies the
/// longest term that they would accept", MEF 115). `None` when every term is longer.
pub(crate) fn choose<'a>(offering: &'a Offering, wish: Option<&Agreed>) -> Option<Offered<'a>> {
    let Some(wish) = wish else {
        let term = offering.terms.first()?;
        return Some(Offered { term, action: *term.end_of_term_actions.first()?, exact: true });
    };
    let fits = |term: &&Term| length(term.duration) <= length(wish.duration);
    let term = offering.terms.iter().filter(fits).max_by_key(|term| length(term.duration))?;
    let has_action = term.end_of_term_actions.contains(&wish.end_of_term_action);
    let action = if has_action { wish.end_of_term_action } else { *term.end_of_term_actions.first()? };
    let offered = Offered { term, action, exact: true };
    let agreed = offered.agreed();
    let exact = length(agreed.duration) == length(wish.duration)
        && agreed.end_of_term_action == wish.end_of_term_action
        && (agreed.end_of_term_action != EndOfTermAction::Roll || agreed.roll_interval == wish.roll_interval);
    Some(Offered { exact, ..offered })
}

/// The length of an interval from a fixed day, to compare intervals in different units.
fn length(interval: Interval) -> Timestamp {
    interval.after(Timestamp::UNIX_EPOCH, |_| true)
}

/// A term that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Running {
    pub(crate) agreed: Agreed,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
}

impl Running {
    pub(crate) fn from(agreed: Agreed, start: Timestamp, calendar: &Calendar) -> Self {
        let end = agreed.duration.after(start, |day| calendar.works(day));
        Self { agreed, start, end }
    }

    /// The share of the recurring prices of what is left of the term, due when a service ends at `when`.
    pub(crate) fn termination_fee(&self, prices: &[PriceLine], share: Percent, when: Timestamp) -> Decimal {
        let left = self.end.duration_since(when).as_secs().max(0);
        let month = Decimal::from(730 * 3600);
        let monthly: Decimal = prices.iter().map(PriceLine::per_month).sum();
        share.of(monthly * Decimal::from(left) / month).round_dp(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{ChargePeriod, TimeUnit};

    fn offering() -> Offering {
        let term = |name: &str, months: u32| {
            json!({
                "name": name,
                "duration": {"amount": months, "units": "calendarMonths"},
                "endOfTermActions": ["autoRenew", "autoDisconnect"],
            })
        };
        serde_json::from_value(json!({
            "id": "EVPL", "product": "Evpl",
            "bandwidth": {"min": "100M", "max": "10G", "step": "100M"},
            "installationInterval": {"amount": 5, "units": "businessDays"},
            "terms": [term("month", 1), term("year", 12)], "prices": [],
        }))
        .unwrap()
    }

    fn wish(amount: u32, units: TimeUnit, action: EndOfTermAction) -> Agreed {
        Agreed { duration: Interval { amount, units }, end_of_term_action: action, roll_interval: None }
    }

    #[test]
    fn a_longer_wish_gets_the_longest_term_that_is_not_longer() {
        let offering = offering();
        let chosen = |amount, units, action| {
            choose(&offering, Some(&wish(amount, units, action)))
                .map(|offered| (offered.term.name.as_str(), offered.exact))
        };
        let renew = EndOfTermAction::AutoRenew;
        assert_eq!(chosen(12, TimeUnit::CalendarMonths, renew), Some(("year", true)));
        assert_eq!(chosen(11, TimeUnit::CalendarMonths, renew), Some(("month", false)));
        assert_eq!(chosen(1, TimeUnit::CalendarMonths, EndOfTermAction::Roll), Some(("month", false)));
        assert_eq!(chosen(7, TimeUnit::CalendarDays, renew), None);
        assert_eq!(choose(&offering, None).map(|offered| offered.exact), Some(true));
    }

    #[test]
    fn the_fee_shrinks_to_nothing() {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let agreed = wish(12, TimeUnit::CalendarMonths, EndOfTermAction::AutoRenew);
        let running = Running::from(agreed, start, &Calendar::default());
        assert_eq!(running.end.to_string(), "2027-01-01T00:00:00Z");
        let prices = [PriceLine {
            name: String::new(),
            period: Some(ChargePeriod::Month),
            amount: Decimal::from(100),
        }];
        let fee =
            |when: &str| running.termination_fee(&prices, Percent(Decimal::from(50)), when.parse().unwrap());
        assert_eq!(fee("2026-01-01T00:00:00Z"), Decimal::from(600));
        assert_eq!(fee("2027-06-01T00:00:00Z"), Decimal::ZERO);
    }
}
