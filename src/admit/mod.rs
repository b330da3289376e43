//! From API objects to the domain: parse, don't validate. Every refusal is a sentence that a user can act on.
//!
//! What the schema already guarantees is parsed again here: an object may have been stored under an older schema.
//! This room must not know sellers, the network or the clock.

mod account;
mod catch;
mod class;
mod decision;
mod intent;
mod interconnect;
mod ledger;
mod notifications;
mod rule;
mod segment;
mod site;

pub use account::{REQUESTS_PER_MINUTE, account, consumers_allow, requests_per_minute};
pub use catch::{catch, catch_limits, cause, deed, release};
pub use class::{
    Misfit, Resolved, as_pinned, as_resolved, class, class_digest, class_of, preference, resolve,
};
pub use decision::{Asked, approval, decision};
pub use intent::request;
pub use interconnect::interconnect;
pub use ledger::{account_caps, adds, caps, claims, ledger, offer_costs};
pub use notifications::{CALLBACK_TOKEN, callback_token, topic, topics};
pub use rule::{LegFigures, PlanFigures, Subject, must_be_approved, rules};
pub use segment::{Parsed, segment};
pub use site::site;

use std::collections::BTreeSet;

use crate::api::{
    AmountText, BandwidthText, CurrencyText, DurationText, LsoTerm, PercentText, SiteAddress, TermEnd,
    TermUnit,
};
use crate::model;

/// Why an object cannot be worked with, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// One PascalCase word for conditions and events.
    pub reason: &'static str,
    /// What is wrong, where, and what to write instead.
    pub message: String,
}

impl Refusal {
    /// A field that cannot be understood.
    fn invalid(field: &str, why: impl std::fmt::Display) -> Self {
        Self { reason: "Invalid", message: format!("{field}: {why}") }
    }

    /// A field that this version cannot honour.
    fn unsupported(field: &str, advice: &str) -> Self {
        Self { reason: "Unsupported", message: format!("{field} is not supported yet; {advice}") }
    }
}

fn bandwidth(field: &str, text: &BandwidthText) -> Result<model::Bandwidth, Refusal> {
    text.0.parse().map_err(|why| Refusal::invalid(field, why))
}

fn duration(field: &str, text: &DurationText) -> Result<std::time::Duration, Refusal> {
    model::parse_duration(&text.0).map_err(|why| Refusal::invalid(field, why))
}

/// An amount that may be spent or charged. Only sellers give credits.
fn amount(field: &str, text: &AmountText) -> Result<model::Amount, Refusal> {
    let amount: model::Amount = text.0.parse().map_err(|why| Refusal::invalid(field, why))?;
    if amount.is_negative() {
        return Err(Refusal::invalid(field, format!("{amount} is below zero: write 0 or more")));
    }
    Ok(amount)
}

fn currency(field: &str, text: &CurrencyText) -> Result<model::Currency, Refusal> {
    text.0.parse().map_err(|why| Refusal::invalid(field, why))
}

fn percentile(field: &str, text: &PercentText) -> Result<model::Percentile, Refusal> {
    text.0.parse().map_err(|why: String| Refusal::invalid(field, why))
}

fn percentage(field: &str, text: &PercentText) -> Result<model::Percentage, Refusal> {
    text.0.parse().map_err(|why: String| Refusal::invalid(field, why))
}

fn small<T: TryFrom<i64>>(field: &str, number: i64) -> Result<T, Refusal> {
    T::try_from(number).map_err(|_| Refusal::invalid(field, format!("{number} is out of range")))
}

fn vlan(field: &str, id: i64) -> Result<model::VlanId, Refusal> {
    u16::try_from(id)
        .ok()
        .and_then(model::VlanId::new)
        .ok_or_else(|| Refusal::invalid(field, format!("{id} is no VLAN id: write 1 to 4094")))
}

/// Countries of which at least one is stated.
fn countries(field: &str, stated: &[String]) -> Result<BTreeSet<model::Country>, Refusal> {
    if stated.is_empty() {
        return Err(Refusal::invalid(field, "state at least one country"));
    }
    let known = |name: &String| {
        model::Country::named(name)
            .ok_or_else(|| Refusal::invalid(field, format!("`{name}` is no country: write US")))
    };
    stated.iter().map(known).collect()
}

fn connector(field: &str, name: &str) -> Result<model::Connector, Refusal> {
    model::Connector::parse(name).ok_or_else(|| {
        Refusal::invalid(field, format!("`{name}` is no connector: write SC, LC, RJ45 or OTHER"))
    })
}

fn address(address: &SiteAddress) -> model::Address {
    model::Address {
        country: address.country.clone(),
        state_or_province: address.state_or_province.clone(),
        city: address.city.clone(),
        locality: address.locality.clone(),
        postcode: address.postcode.clone(),
        street_name: address.street_name.clone(),
        street_nr: address.street_nr.clone(),
        street_type: address.street_type.clone(),
    }
}

fn term(field: &str, term: &LsoTerm) -> Result<model::Term, Refusal> {
    let months = term.roll_months.map(|months| small(field, months)).transpose()?;
    Ok(model::Term {
        name: term.name.clone(),
        value: small(field, term.value)?,
        unit: term_unit(term.unit),
        at_end: term_end(term.at_end),
        roll: months.map(|months| (months, model::TermUnit::Month)),
    })
}

const fn term_unit(unit: TermUnit) -> model::TermUnit {
    match unit {
        TermUnit::Day => model::TermUnit::Day,
        TermUnit::Month => model::TermUnit::Month,
        TermUnit::Year => model::TermUnit::Year,
    }
}

const fn term_end(end: TermEnd) -> model::TermEnd {
    match end {
        TermEnd::Renew => model::TermEnd::Renew,
        TermEnd::Roll => model::TermEnd::Roll,
        TermEnd::Disconnect => model::TermEnd::Disconnect,
    }
}
