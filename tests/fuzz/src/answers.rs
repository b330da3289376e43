//! Answers of sellers: whatever they send is a value of the model, in the seller's own words, or a failure in ours.

use std::sync::LazyLock;
use std::time::Instant;

use jiff::Timestamp;
use naas_operator::adapters::lso::read;
use naas_operator::clock::{Clock, SystemClock};
use naas_operator::model::{
    Amount, ChargeState, Currency, Failure, FailureClass, Mark, OrderState, Price, PriceKind, Project, Rates,
    ServiceState,
};
use naas_operator::provider::Progress;
use serde_json::Value;

/// The present of all answers, so that the same input does the same every time.
const NOW: Timestamp = Timestamp::UNIX_EPOCH;
static INSTANT: LazyLock<Instant> = LazyLock::new(|| SystemClock.instant());

/// The longest sentence that is carried on: a thousand characters of the seller, and what we say around them.
const SENTENCE: usize = 1_500;

/// What a reader makes of an input, twice the same.
fn read<T: PartialEq + std::fmt::Debug>(
    input: &[u8],
    reader: impl Fn(Value) -> Result<T, Failure>,
) -> Option<(Value, T)> {
    let json: Value = serde_json::from_slice(input).ok().filter(Value::is_object)?;
    let seen = reader(json.clone());
    assert_eq!(seen, reader(json.clone()), "the same answer means the same");
    match seen {
        Ok(value) => Some((json, value)),
        Err(failure) => {
            check_failure(&failure);
            None
        }
    }
}

fn check_failure(failure: &Failure) {
    assert!(!failure.message.is_empty());
    check_words(Some(&failure.message));
    check_words(failure.code.as_ref());
}

/// Words for people are one line and no book.
fn check_words(words: Option<&String>) {
    let Some(words) = words else { return };
    assert!(words.chars().count() <= SENTENCE, "{} characters", words.chars().count());
    assert!(!words.contains(|c: char| c.is_control()), "{words:?}");
}

/// The rates of one direction are in order, and print.
fn check_rates(rates: Rates) {
    for rate in [rates.a_to_z, rates.z_to_a] {
        assert!(rate.peak() >= rate.committed());
        assert_eq!(rate.excess().bits(), rate.peak().bits() - rate.committed().bits());
    }
}

/// An order.
pub fn order(input: &[u8]) {
    let Some((json, order)) = read(input, read::order) else { return };
    let text = |field: &str| json.get(field).and_then(Value::as_str);
    assert_eq!(Some(order.id.0.as_str()), text("id"));
    assert_eq!(order.raw_state, text("state").unwrap_or_default());
    if let OrderState::Unknown(word) = &order.state {
        assert_eq!(word, &order.raw_state, "in the seller's own word");
        assert!(!order.state.is_final() && !order.state.is_dead(), "an unknown state is under way");
    }
    assert!(order.state.is_final() || !order.state.is_dead());
    assert_eq!(
        order.mark.as_ref().map(Mark::to_string).as_deref(),
        text("externalId").filter(|_| order.mark.is_some())
    );
    assert_eq!(order.project, text("projectId").map(|project| Project(project.to_owned())));
    check_words(order.reason.as_ref());
}

/// A cancellation.
pub fn cancellation(input: &[u8]) {
    let Some((json, cancellation)) = read(input, read::cancellation) else { return };
    let state = json.get("state").and_then(Value::as_str).unwrap_or_default();
    assert_eq!(cancellation.done == Some(true), state == "done", "{state}");
    check_words(cancellation.reason.as_ref());
}

/// A charge.
pub fn charge(input: &[u8]) {
    let Some((json, charge)) = read(input, read::charge) else { return };
    let state = json.get("state").and_then(Value::as_str).unwrap_or_default();
    let open = charge.state == ChargeState::Open;
    assert!(open || ["completed", "timeout", "withdrawnBySeller"].contains(&state), "{state}");
    let items = json.get("chargeItem").and_then(Value::as_array).map_or(0, Vec::len);
    assert!(charge.items.len() <= items);
}

/// Places at an address.
pub fn places(input: &[u8]) {
    let Some((_, places)) = read(input, read::places) else { return };
    assert!(places.len() <= 1, "what the seller merely proposes is no place");
}

/// A qualification.
pub fn qualification(input: &[u8]) {
    let Some((_, Progress::Ready(qualification))) = read(input, read::qualification) else { return };
    check_words(qualification.reason.as_ref());
}

/// A quote.
pub fn quote(input: &[u8]) {
    let Some((json, progress)) = read(input, |json| read::quote(json, NOW)) else { return };
    let id = json.get("id").and_then(Value::as_str);
    let quote = match progress {
        Progress::Pending { handle, .. } => return assert_eq!(Some(handle.as_str()), id),
        Progress::Ready(quote) => quote,
    };
    assert_eq!(Some(quote.id.as_str()), id);
    if let Some(term) = &quote.other_term {
        let _ = (term.months(), term.end_after(NOW), term.to_string());
    }
    let currencies = quote.prices.iter().filter_map(|price| price.currency);
    for currency in currencies.chain("USD".parse()) {
        match quote.totals(currency) {
            Ok((monthly, one_time)) => check_totals(&quote.prices, currency, monthly, one_time),
            Err(why) => assert!(!why.is_empty()),
        }
    }
}

/// A total is of known prices in one currency, and no credit unless the seller gives one.
fn check_totals(prices: &[Price], currency: Currency, monthly: Amount, one_time: Amount) {
    assert!(!prices.is_empty());
    for price in prices {
        assert_eq!(price.currency, Some(currency));
        assert!(price.amount.is_some() && price.kind != PriceKind::Usage);
        assert!(price.name.chars().count() <= 101);
    }
    let credit = prices.iter().any(|price| price.amount.is_some_and(Amount::is_negative));
    if !credit {
        assert!(!monthly.is_negative() && !one_time.is_negative());
        let largest = |once: bool| {
            let of_kind = prices.iter().filter(move |price| (price.kind == PriceKind::OneTime) == once);
            of_kind.filter_map(|price| price.amount).max().unwrap_or_default()
        };
        assert!(one_time >= largest(true), "a sum is no less than its parts");
    }
}

/// A product of the inventory.
pub fn service(input: &[u8]) {
    let names = read::Relationships::default();
    let Some((json, service)) = read(input, |json| read::service(json, &names)) else { return };
    assert_eq!(Some(service.id.0.as_str()), json.get("id").and_then(Value::as_str));
    assert_eq!(service.raw_state, json.get("status").and_then(Value::as_str).unwrap_or_default());
    if let ServiceState::Unknown(word) = &service.state {
        assert_eq!(word, &service.raw_state, "in the seller's own word");
    }
    if let Some(rates) = service.rates {
        check_rates(rates);
    }
}

/// Status and body of an answer: the first two octets are the status.
fn answer(input: &[u8]) -> Option<(http::StatusCode, &[u8])> {
    let (status, body) = input.split_first_chunk::<2>()?;
    let status = 200 + u16::from_be_bytes(*status) % 400;
    Some((http::StatusCode::from_u16(status).ok()?, body))
}

/// An answer that is no success.
pub fn refusal(input: &[u8]) {
    let Some((status, body)) = answer(input).filter(|(status, _)| !status.is_success()) else { return };
    let (failure, decided) = read::refusal(status, body);
    check_failure(&failure);
    if decided {
        assert!([400, 401, 403, 404, 422, 501].contains(&status.as_u16()), "{status} decides nothing");
        assert!(serde_json::from_slice::<Value>(body).is_ok(), "only the seller's own word decides");
    }
    if failure.class == FailureClass::NotFound {
        assert!(decided || status.as_u16() == 410, "a proxy's page is not the seller's 404");
    }
}

/// An answer of a token endpoint.
pub fn token(input: &[u8]) {
    let Some((status, body)) = answer(input) else { return };
    let seen = read::token(status, body, *INSTANT);
    assert_eq!(seen, read::token(status, body, *INSTANT));
    match seen {
        Ok(life) => {
            assert!(status.is_success());
            assert!(life.is_none_or(|life| life.as_secs() < 24 * 3600), "{life:?}");
        }
        Err(failure) => {
            check_failure(&failure);
            let json: Value = serde_json::from_slice(body).unwrap_or_default();
            let token = json.get("access_token").and_then(Value::as_str).filter(|_| status.is_success());
            if let Some(token) = token.filter(|token| token.len() > 8) {
                assert!(!format!("{failure:?}").contains(token), "a token is quoted");
            }
        }
    }
}

/// Headers: one line each, in the order of this list.
const HEADERS: [&str; 5] =
    ["retry-after", "date", "x-total-count", "x-result-count", "x-pagination-throttled"];

/// The headers that are read. The first two octets say where in a list the page is, and how long it is.
pub fn headers(input: &[u8]) {
    let Some(([offset, entries], lines)) = input.split_first_chunk::<2>() else { return };
    let mut headers = http::HeaderMap::new();
    for (name, line) in HEADERS.into_iter().zip(lines.split(|octet| *octet == b'\n')) {
        if let Ok(value) = http::HeaderValue::from_bytes(line) {
            headers.insert(name, value);
        }
    }
    if let Some(wait) = read::retry_after(&headers, NOW) {
        assert!(wait.as_secs() <= 24 * 3600, "nobody makes us wait for {wait:?}");
    }
    let _ = read::clock_skew(&headers, NOW);
    let (offset, entries) = (u64::from(*offset), u64::from(*entries));
    match read::onward(&headers, offset, entries) {
        Ok(Some(next)) => assert!(next > offset, "a list that goes on gets on"),
        Ok(None) => {}
        Err(failure) => check_failure(&failure),
    }
}
