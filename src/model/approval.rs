//! What an approval is about: a design, and what it may cost.

use std::fmt;
use std::str::FromStr;

use super::decision::DecisionId;
use super::money::{Amount, Currency};

/// What is bought and for how much, in one word that a decision can name: `6f0c…/1125.00/500.00/USD`.
///
/// The fingerprint covers everything but the amounts, which follow it in the open: whoever approves says with the word itself
/// how much may be paid, whatever is quoted between reading and approving. The same at a lower price is within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanDigest {
    /// Fingerprint of what is bought: 32 hexadecimal digits.
    pub design: String,
    /// Per month, net of tax.
    pub monthly: Amount,
    /// At once, net of tax.
    pub one_time: Amount,
    /// Currency of the amounts.
    pub currency: Currency,
}

/// Digits of a fingerprint.
const DIGITS: usize = 32;

impl PlanDigest {
    /// Whether an approval of this is one of that: the same design, for no more.
    #[must_use]
    pub fn covers(&self, plan: &Self) -> bool {
        self.is_same_design(plan) && plan.monthly <= self.monthly && plan.one_time <= self.one_time
    }

    /// Whether the same is bought, whatever it costs.
    #[must_use]
    pub fn is_same_design(&self, other: &Self) -> bool {
        self.design == other.design && self.currency == other.currency
    }
}

impl fmt::Display for PlanDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.design, self.monthly, self.one_time, self.currency)
    }
}

impl FromStr for PlanDigest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || {
            let text: String = text.chars().take(130).collect();
            format!("`{text}` is no digest of a plan: copy status.plan.digest of the intent")
        };
        let parts: Vec<&str> = text.split('/').collect();
        let [design, monthly, one_time, currency] = parts.as_slice() else { return Err(refuse()) };
        let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if design.len() != DIGITS || !design.bytes().all(hex) {
            return Err(refuse());
        }
        Ok(Self {
            design: (*design).to_owned(),
            monthly: monthly.parse().map_err(|_| refuse())?,
            one_time: one_time.parse().map_err(|_| refuse())?,
            currency: currency.parse().map_err(|_| refuse())?,
        })
    }
}

/// A plan that a person approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Which decision says so.
    pub id: DecisionId,
    /// What may be bought.
    pub digest: PlanDigest,
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "0123456789abcdef0123456789abcdef/1125.00/500.00/USD";

    fn digest(text: &str) -> PlanDigest {
        text.parse().unwrap()
    }

    #[test]
    fn a_digest_is_read_as_it_is_written() {
        assert_eq!(digest(TEXT).to_string(), TEXT);
        let credit = TEXT.replace("500.00", "-5.00");
        assert_eq!(digest(&credit).to_string(), credit);
        for text in [
            "",
            "abc",
            &TEXT[1..],
            &TEXT.to_uppercase(),
            &format!("{TEXT}/x"),
            &TEXT.replace("USD", "usd"),
            &TEXT.replace("1125.00", "much"),
        ] {
            assert!(text.parse::<PlanDigest>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_same_for_no_more_is_covered() {
        let approved = digest(TEXT);
        assert!(approved.covers(&approved));
        assert!(approved.covers(&digest(&TEXT.replace("1125.00", "1124.99"))));
        assert!(approved.covers(&digest(&TEXT.replace("500.00", "-1"))));
        for other in ["1125.01/500.00/USD", "1125.00/500.01/USD", "1125.00/500.00/EUR", "1.00/501.00/USD"] {
            assert!(!approved.covers(&digest(&TEXT.replace("1125.00/500.00/USD", other))), "{other}");
        }
        assert!(!approved.covers(&digest(&TEXT.replace("0123456789abcdef0", "0123456789abcdef1"))));
    }
}
