//! What a seller answers before anything is bought: can it be delivered, and for how much.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::design::{Rates, Term};
use super::money::{Amount, Currency, Period};
use super::service::Role;

/// How sure the seller is that it can deliver (MEF 87, `serviceabilityConfidence`), surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// It can.
    Green,
    /// It thinks so.
    Yellow,
    /// It cannot.
    Red,
}

/// Something else that a seller could deliver instead of what was asked. It is told, and never taken by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternate {
    /// At these rates, where it says so.
    pub rates: Option<Rates>,
    /// From order to use, where it says so.
    pub installation_interval: Option<Duration>,
}

impl fmt::Display for Alternate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rates.map(|rates| (rates.a_to_z.committed(), rates.z_to_a.committed())) {
            None => f.write_str("another product")?,
            Some((there, back)) if there == back => write!(f, "{there}")?,
            Some((there, back)) => write!(f, "{there} there and {back} back")?,
        }
        self.installation_interval.map_or(Ok(()), |time| write!(f, ", {}", ready_after(time)))
    }
}

/// How long after its order something is in use, in whole days.
#[must_use]
pub fn ready_after(interval: Duration) -> String {
    let days = interval.as_secs().div_ceil(24 * 3_600);
    format!("in use {days} day{} after the order", if days == 1 { "" } else { "s" })
}

/// Answer to a qualification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qualification {
    /// The seller's id of the qualification.
    pub id: String,
    /// The item in it that stands for the connection.
    pub item: String,
    /// The items in it that stand for ports.
    pub ports: BTreeMap<Role, String>,
    /// How sure the seller is, of the item that it is least sure of.
    pub confidence: Confidence,
    /// The seller's words, where it gave a reason.
    pub reason: Option<String>,
    /// Until when the answer holds, where the seller says so.
    pub valid_until: Option<Timestamp>,
    /// From order to use, in calendar time; business units are counted as the calendar time they take at most.
    pub installation_interval: Option<Duration>,
    /// What the seller could deliver instead.
    pub alternates: Vec<Alternate>,
}

/// What kind of price a seller named (MEF 115, `priceType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PriceKind {
    /// Due each period.
    Recurring(Period),
    /// Due once.
    OneTime,
    /// Due by use: it cannot be known, so it cannot be bought.
    Usage,
}

/// One price of an offer, net of tax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// The seller's name for it.
    pub name: String,
    /// When it is due.
    pub kind: PriceKind,
    /// How much, where the seller said; a missing amount cannot be bought.
    pub amount: Option<Amount>,
    /// In which currency, where the seller said.
    pub currency: Option<Currency>,
}

/// How firm a quote is (MEF 115, `quoteLevel`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QuoteLevel {
    /// A guess; not orderable.
    Budgetary,
    /// Recurring prices are final, one-time prices may change after a feasibility check.
    FirmSubjectToFeasibility,
    /// Final.
    Firm,
}

/// What a seller need not have settled before its offer may be bought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum AcceptedRisk {
    /// Nothing: the quote is firm.
    #[default]
    FirmOnly,
    /// Its one-time prices, until it has looked whether and how it can build.
    FeasibilityCheck,
}

impl AcceptedRisk {
    /// Whether a quote of this level may be bought.
    #[must_use]
    pub const fn covers(self, level: QuoteLevel) -> bool {
        match (level, self) {
            (QuoteLevel::Firm, _) | (QuoteLevel::FirmSubjectToFeasibility, Self::FeasibilityCheck) => true,
            (QuoteLevel::FirmSubjectToFeasibility, Self::FirmOnly) | (QuoteLevel::Budgetary, _) => false,
        }
    }
}

/// Answer to a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The seller's id of the quote.
    pub id: String,
    /// The item in it that stands for the connection.
    pub item: String,
    /// How firm it is.
    pub level: QuoteLevel,
    /// All prices of all items but ports.
    pub prices: Vec<Price>,
    /// Ports that are bought with the connection.
    pub ports: Vec<QuotedPort>,
    /// The term that the seller offers, where it is another than asked.
    pub other_term: Option<Term>,
    /// From order to use as the seller offers it, where that is longer than was asked for.
    pub other_interval: Option<Duration>,
    /// The seller offers something else than asked (other term or date): another plan, not this one.
    pub alternate: bool,
    /// Until when it can be ordered.
    pub valid_until: Option<Timestamp>,
    /// Whether an order already refers to it.
    pub accepted: bool,
}

/// A port in a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotedPort {
    /// At which end.
    pub role: Role,
    /// The item that stands for it.
    pub item: String,
    /// All its prices.
    pub prices: Vec<Price>,
}

/// What an order refers to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OfferRef {
    /// The quote.
    pub quote: Option<ItemRefs>,
    /// The qualification.
    pub qualification: Option<ItemRefs>,
}

/// A quote or a qualification, and which of its items stands for which product.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ItemRefs {
    /// The seller's id of it.
    pub id: String,
    /// Its items.
    pub items: BTreeMap<Role, String>,
}

impl ItemRefs {
    /// What has one item for the connection, and these for ports.
    #[must_use]
    pub fn new(id: String, connection: String, ports: BTreeMap<Role, String>) -> Self {
        let mut items = ports;
        items.insert(Role::Evc, connection);
        Self { id, items }
    }
}

impl QuotedPort {
    /// Its monthly and one-time price, net of tax, or why they are unknown.
    ///
    /// # Errors
    /// As [`Quote::totals`].
    pub fn totals(&self, currency: Currency) -> Result<(Amount, Amount), String> {
        sum(&self.prices, currency)
    }
}

impl Quote {
    /// Monthly and one-time price over all items, net of tax, or why they are unknown.
    ///
    /// # Errors
    /// A sentence for people, when a price is missing, depends on use, or is in another currency.
    pub fn totals(&self, currency: Currency) -> Result<(Amount, Amount), String> {
        let (mut monthly, mut one_time) = sum(&self.prices, currency)?;
        for port in &self.ports {
            let (more, at_once) = port.totals(currency)?;
            monthly = monthly + more;
            one_time = one_time + at_once;
        }
        Ok((monthly, one_time))
    }
}

fn sum(prices: &[Price], currency: Currency) -> Result<(Amount, Amount), String> {
    if prices.is_empty() {
        return Err("the quote names no price".into());
    }
    totals(prices, currency)
}

/// Monthly and one-time price over all of these, net of tax, or why they are unknown.
pub fn totals<'a>(
    prices: impl IntoIterator<Item = &'a Price>,
    currency: Currency,
) -> Result<(Amount, Amount), String> {
    let (mut monthly, mut one_time) = (Amount::ZERO, Amount::ZERO);
    for price in prices {
        let name = &price.name;
        let amount = price.amount.ok_or_else(|| format!("the price `{name}` has no amount"))?;
        match price.currency {
            Some(got) if got == currency => {}
            Some(got) => return Err(format!("the price `{name}` is in {got}, not in {currency}")),
            None => return Err(format!("the price `{name}` has no currency")),
        }
        match price.kind {
            PriceKind::Recurring(period) => {
                let month =
                    period.per_month(amount).ok_or_else(|| format!("the price `{name}` does not fit"))?;
                monthly = monthly + month;
            }
            PriceKind::OneTime => one_time = one_time + amount,
            PriceKind::Usage => return Err(format!("the price `{name}` depends on use")),
        }
    }
    Ok((monthly, one_time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quote(prices: Vec<Price>) -> Quote {
        Quote {
            id: "q".into(),
            item: "1".into(),
            level: QuoteLevel::Firm,
            prices,
            ports: Vec::new(),
            other_term: None,
            other_interval: None,
            alternate: false,
            valid_until: None,
            accepted: false,
        }
    }

    fn price(kind: PriceKind, amount: &str, currency: &str) -> Price {
        Price { name: "p".into(), kind, amount: amount.parse().ok(), currency: currency.parse().ok() }
    }

    #[test]
    fn all_items_are_summed_as_months() {
        let usd = "USD".parse().unwrap();
        let quote = quote(vec![
            price(PriceKind::Recurring(Period::Month), "100", "USD"),
            price(PriceKind::Recurring(Period::Year), "120", "USD"),
            price(PriceKind::OneTime, "250.50", "USD"),
        ]);
        let (monthly, one_time) = quote.totals(usd).unwrap();
        assert_eq!((monthly.to_string(), one_time.to_string()), ("110.00".into(), "250.50".into()));
    }

    #[test]
    fn ports_are_summed_too_and_one_without_a_price_is_no_gift() {
        let usd = "USD".parse().unwrap();
        let port = |prices| QuotedPort { role: Role::UniA, item: "2".into(), prices };
        let mut quote = quote(vec![price(PriceKind::Recurring(Period::Month), "100", "USD")]);
        quote.ports = vec![
            port(vec![price(PriceKind::Recurring(Period::Month), "450", "USD")]),
            port(vec![price(PriceKind::OneTime, "9", "USD")]),
        ];
        let (monthly, one_time) = quote.totals(usd).unwrap();
        assert_eq!((monthly.to_string(), one_time.to_string()), ("550.00".into(), "9.00".into()));
        quote.ports.push(port(vec![]));
        assert!(quote.totals(usd).is_err());
    }

    #[test]
    fn what_cannot_be_known_cannot_be_bought() {
        let usd = "USD".parse().unwrap();
        for prices in [
            vec![],
            vec![price(PriceKind::Usage, "1", "USD")],
            vec![price(PriceKind::OneTime, "", "USD")],
            vec![price(PriceKind::OneTime, "1", "EUR")],
            vec![price(PriceKind::OneTime, "1", "")],
        ] {
            assert!(quote(prices).totals(usd).is_err());
        }
    }
}
