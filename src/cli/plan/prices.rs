//! Price lists: what sellers' price sheets and contracts say, as a file beside the manifests. A seller's own offer is always
//! worth more; a list only says what to expect before anybody was asked.
//!
//! ```yaml
//! provider: metro-fiber
//! source: order form 2026-11, annex C
//! currency: USD
//! prices:
//! - {product: Evpl, classOfService: BULK, committed: 2G, term: one month, monthly: "360.00", oneTime: "100.00"}
//! ports:
//! - {offering: MF-UNI, monthly: "450.00", oneTime: "1000.00"}
//! ```

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;

use crate::api::{ConnectivitySegmentSpec, SegmentProduct};
use crate::model::{Amount, Bandwidth, Currency};

/// A price list as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PriceListText {
    /// The `ConnectivityProvider` whose prices these are.
    provider: String,
    /// Where the figures are from, for people.
    source: Option<String>,
    /// Currency of all amounts (ISO 4217).
    currency: String,
    /// Prices of connections.
    prices: Vec<PriceText>,
    /// Prices of ports that are ordered with a connection.
    #[serde(default)]
    ports: Vec<PortText>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PriceText {
    product: SegmentProduct,
    class_of_service: String,
    committed: String,
    peak: Option<String>,
    /// The seller's name of the term; any where absent.
    term: Option<String>,
    /// Between these two sites only, in any order.
    sites: Option<[String; 2]>,
    monthly: String,
    one_time: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PortText {
    offering: String,
    monthly: String,
    one_time: String,
}

/// What one account's services cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceList {
    /// The account.
    pub provider: String,
    /// Where the figures are from, for people.
    pub source: Option<String>,
    /// Currency of all amounts.
    pub currency: Currency,
    prices: Vec<Price>,
    ports: Vec<(String, Listed)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Price {
    service: Service,
    sites: Option<[String; 2]>,
    listed: Listed,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Service {
    product: SegmentProduct,
    class_of_service: String,
    committed: Bandwidth,
    peak: Bandwidth,
    term: Option<String>,
}

/// A price, net of tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Per month.
    pub monthly: Amount,
    /// At once.
    pub one_time: Amount,
}

impl TryFrom<PriceListText> for PriceList {
    type Error = String;

    fn try_from(text: PriceListText) -> Result<Self, String> {
        let mut prices = Vec::new();
        let mut seen = BTreeSet::new();
        for (index, price) in text.prices.into_iter().enumerate() {
            let field = format!("prices[{index}]");
            let rate = |name: &str, text: &str| {
                text.parse::<Bandwidth>().map_err(|why| format!("{field}.{name}: {why}"))
            };
            let committed = rate("committed", &price.committed)?;
            let service = Service {
                product: price.product,
                class_of_service: price.class_of_service,
                committed,
                peak: price.peak.map_or(Ok(committed), |peak| rate("peak", &peak))?,
                term: price.term,
            };
            let sites = price.sites.map(sorted);
            if !seen.insert((service.clone(), sites.clone())) {
                return Err(format!("{field}: the same service is priced twice; remove one of the two"));
            }
            let listed = listed(&field, &price.monthly, &price.one_time)?;
            prices.push(Price { service, sites, listed });
        }
        let mut ports: Vec<(String, Listed)> = Vec::new();
        for (index, port) in text.ports.into_iter().enumerate() {
            let field = format!("ports[{index}]");
            if ports.iter().any(|(offering, _)| *offering == port.offering) {
                return Err(format!("{field}: {} is priced twice; remove one of the two", port.offering));
            }
            ports.push((port.offering, listed(&field, &port.monthly, &port.one_time)?));
        }
        let currency = text.currency.parse().map_err(|why| format!("currency: {why}"))?;
        Ok(Self { provider: text.provider, source: text.source, currency, prices, ports })
    }
}

fn sorted(mut sites: [String; 2]) -> [String; 2] {
    sites.sort();
    sites
}

fn listed(field: &str, monthly: &str, one_time: &str) -> Result<Listed, String> {
    let amount = |name: &str, text: &str| {
        let amount: Amount = text.parse().map_err(|why| format!("{field}.{name}: {why}"))?;
        if amount.is_negative() {
            return Err(format!("{field}.{name}: {amount} is below zero: write 0 or more"));
        }
        Ok(amount)
    };
    Ok(Listed { monthly: amount("monthly", monthly)?, one_time: amount("oneTime", one_time)? })
}

/// Why the price of a service is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    /// There is no list of this account.
    NoList(String),
    /// The list has no such service.
    NotListed(String),
    /// The list has no such port.
    PortNotListed(String),
    /// The list is in another currency than the account.
    Currency(Currency),
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoList(provider) => write!(f, "price Unknown: there is no price list of {provider}"),
            Self::NotListed(what) => write!(f, "price Unknown: the price list has no {what}"),
            Self::PortNotListed(offering) => {
                write!(f, "price Unknown: the price list has no port {offering}, which is ordered with it")
            }
            Self::Currency(currency) => {
                write!(
                    f,
                    "price Unknown: the price list is in {currency}, and the account buys in another currency"
                )
            }
        }
    }
}

/// The price of what a segment asks, by these lists, in the currency that its account buys in.
///
/// # Errors
/// Why it is not known.
pub fn price(
    lists: &[PriceList],
    spec: &ConnectivitySegmentSpec,
    currency: Currency,
) -> Result<Listed, Unknown> {
    let mut of_account = lists.iter().filter(|list| list.provider == spec.provider.name).peekable();
    if of_account.peek().is_none() {
        return Err(Unknown::NoList(spec.provider.name.clone()));
    }
    let (mut found, mut why) = (None, Unknown::NotListed(words(spec)));
    for list in of_account {
        match list.connection(spec) {
            Some(_) if list.currency != currency => why = Unknown::Currency(list.currency),
            Some(listed) => found = Some((list, listed)),
            None => {}
        }
    }
    let (list, mut total) = found.ok_or(why)?;
    for ordered in spec.ends.iter().filter_map(|end| end.dedicated.as_ref()) {
        let port = list.ports.iter().find(|(offering, _)| *offering == ordered.offering);
        let (_, port) = port.ok_or_else(|| Unknown::PortNotListed(ordered.offering.clone()))?;
        total = Listed { monthly: total.monthly + port.monthly, one_time: total.one_time + port.one_time };
    }
    Ok(total)
}

impl PriceList {
    /// The most particular price of the connection: one for these sites before one for any.
    fn connection(&self, spec: &ConnectivitySegmentSpec) -> Option<Listed> {
        let design = &spec.design;
        if design.committed != design.reverse_committed || design.peak != design.reverse_peak {
            return None;
        }
        let (committed, peak) = (design.committed.0.parse().ok()?, design.peak.0.parse().ok()?);
        let sites: Vec<String> = spec.ends.iter().map(|end| end.site.clone()).collect();
        let sites = <[String; 2]>::try_from(sites).ok().map(sorted);
        let fits = |price: &&Price| {
            let Service { product, class_of_service, committed: rate, peak: highest, term } = &price.service;
            *product == spec.product
                && *class_of_service == design.class_of_service
                && (*rate, *highest) == (committed, peak)
                && term.as_ref().is_none_or(|term| *term == design.term.name)
                && (price.sites.is_none() || price.sites == sites)
        };
        let best = self
            .prices
            .iter()
            .filter(fits)
            .max_by_key(|price| (price.sites.is_some(), price.service.term.is_some()))?;
        Some(best.listed)
    }
}

fn words(spec: &ConnectivitySegmentSpec) -> String {
    let (design, product) = (&spec.design, spec.product);
    let product = match product {
        SegmentProduct::Epl => "Epl",
        SegmentProduct::Evpl => "Evpl",
        SegmentProduct::AccessEline => "AccessEline",
    };
    let rate = if design.committed == design.reverse_committed {
        design.committed.0.clone()
    } else {
        format!("{} with {} back", design.committed.0, design.reverse_committed.0)
    };
    format!("{product} {} {rate} for {}", design.class_of_service, design.term.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<PriceList, String> {
        serde_norway::from_str::<PriceListText>(text)
            .map_err(|why| why.to_string())
            .and_then(PriceList::try_from)
    }

    const HEAD: &str = "{provider: m, currency: USD, prices: [";

    #[test]
    fn a_list_that_contradicts_itself_is_refused() {
        let price = "{product: Evpl, classOfService: BULK, committed: 2G, monthly: '1', oneTime: '0'}";
        assert!(parse(&format!("{HEAD}{price}]}}")).is_ok());
        assert!(parse(&format!("{HEAD}{price}, {price}]}}")).unwrap_err().contains("prices[1]"));
        for (right, wrong, told) in [
            ("monthly: '1'", "monthly: '-1'", "below zero"),
            ("committed: 2G", "committed: 2x", "prices[0].committed"),
            ("classOfService", "class", "unknown field"),
        ] {
            let why = parse(&format!("{HEAD}{}]}}", price.replace(right, wrong))).unwrap_err();
            assert!(why.contains(told), "{why}");
        }
        assert!(parse("{provider: m, currency: dollars, prices: []}").unwrap_err().contains("currency"));
    }
}
