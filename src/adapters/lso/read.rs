//! What answers of a seller mean: from their JSON to the model. Pure, and all that this adapter believes of a body.
//!
//! Public so that anything can be fed to it: a seller is not trusted to send what the specification says, and whatever it
//! sends becomes a value of the model or a [`Failure`].

use std::time::{Duration, Instant};

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use super::calls::parse;
use super::listing::{self, Extent};
pub use super::profile::Relationships;
use super::{auth, client, map, refusal, wire};
use crate::model::{
    CancellationView, ChargeView, Failure, OrderView, Place, Qualification, Quote, ServiceView,
};
use crate::provider::{Progress, Result};

/// Places at an address (MEF 121, `GeographicAddressValidation`).
///
/// # Errors
/// What is no such answer, and an address that the seller wants written otherwise.
pub fn places(json: Value) -> Result<Vec<Place>> {
    let answer: wire::address::Validated = parse("the address", json)?;
    map::address::answer(&answer)
}

/// A qualification (MEF 87, `ProductOfferingQualification`).
///
/// # Errors
/// What is no such answer.
pub fn qualification(json: Value) -> Result<Progress<Qualification>> {
    let answer: wire::qualification::Qualification = parse("the qualification", json)?;
    map::qualification::answer(&answer)
}

/// A quote (MEF 115, `Quote`) that was asked for before `now`.
///
/// # Errors
/// What is no such answer, and a seller that refuses to quote.
pub fn quote(json: Value, now: Timestamp) -> Result<Progress<Quote>> {
    let answer: wire::quote::Quote = parse("the quote", json)?;
    map::quote::answer(&answer, &[], now)
}

/// An order (MEF 123, `ProductOrder`).
///
/// # Errors
/// What is no such answer.
pub fn order(json: Value) -> Result<OrderView> {
    let answer: wire::order::Order = parse("the order", json)?;
    Ok(map::order::view(&answer))
}

/// A cancellation (MEF 123, `CancelProductOrder`).
///
/// # Errors
/// What is no such answer.
pub fn cancellation(json: Value) -> Result<CancellationView> {
    let answer: wire::order::Cancellation = parse("the cancellation", json)?;
    Ok(map::order::cancellation(&answer))
}

/// A charge (MEF 123, `MEFProductOrderCharge`).
///
/// # Errors
/// What is no such answer.
pub fn charge(json: Value) -> Result<ChargeView> {
    let answer: wire::order::Charge = parse("the charge", json)?;
    Ok(map::order::charge(&answer))
}

/// A product of the inventory (MEF 116, `MEFProduct`); `names` are the seller's for what relates it to where it ends.
///
/// # Errors
/// What is no such answer.
pub fn service(json: Value, names: &Relationships) -> Result<ServiceView> {
    let answer: wire::inventory::Product = parse("the product", json)?;
    Ok(map::inventory::view(&answer, names))
}

/// An answer with this status that is no success: what it means, and whether the seller decided before it took anything.
#[must_use]
pub fn refusal(status: StatusCode, body: &[u8]) -> (Failure, bool) {
    let refusal = refusal::read("the request", status, None, &client::body(body, None));
    (refusal.failure, refusal.decided)
}

/// An answer of a token endpoint (RFC 6749, section 5): how long its token is used, if it says how long it lives.
///
/// # Errors
/// What is no token that can be used, and a refusal. Neither quotes a token.
pub fn token(status: StatusCode, body: &[u8], now: Instant) -> Result<Option<Duration>> {
    let token = auth::Login::read("the token endpoint", status, &client::body(body, None), now)?;
    Ok(token.fresh_until.map(|end| end.saturating_duration_since(now)))
}

/// How long the seller wants us to stay away (RFC 9110, section 10.2.3).
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    client::retry_after(headers, now)
}

/// The seller's clock minus ours, in seconds.
#[must_use]
pub fn clock_skew(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    client::clock_skew(headers, now)
}

/// Where a list goes on after the page at `offset` that has `entries` entries; `None` when it is complete.
///
/// # Errors
/// When the seller shows less than it says there is.
pub fn onward(headers: &HeaderMap, offset: u64, entries: u64) -> Result<Option<u64>> {
    listing::onward(offset, entries, Extent::read(headers))
}
