//! From the model to the wire and back. Everything in here is pure: no network, no clock, no configuration but the profile.

use std::time::Duration;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Number, Value};

use super::wire;
use crate::model::{
    Amount, Currency, Failure, FailureClass, Period, PriceKind, Role, Term, TermEnd, TermUnit,
};

pub mod address;
pub mod inventory;
pub mod order;
pub mod product;
pub mod qualification;
pub mod quote;
pub mod service_level;

/// The id of the item that stands for a product, in everything that we ask. Items are joined by references, not by this; but
/// a seller repeats it, and so it tells which is which.
pub const fn item_id(role: Role) -> &'static str {
    match role {
        Role::Evc => "1",
        Role::UniA => "2",
        Role::UniZ => "3",
    }
}

/// Which product an item stands for. What bears no id of ours was ordered by somebody else: then it is the connection.
pub fn role_of(item: Option<&str>) -> Role {
    let ports = [Role::UniA, Role::UniZ];
    ports.into_iter().find(|role| Some(item_id(*role)) == item).unwrap_or(Role::Evc)
}

/// The longest text of a seller that we carry on.
const WORDS: usize = 1_000;

/// At most `limit` printable characters of a text; white space and control characters become one space.
pub fn printable(text: &str, limit: usize) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let mut line = String::new();
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.chars().count() > limit {
            return line.chars().take(limit).chain(['…']).collect();
        }
    }
    line
}

/// The seller's sentences as one, each once; `None` where it said nothing.
pub fn sentence(parts: impl IntoIterator<Item = String>) -> Option<String> {
    let mut said: Vec<String> = Vec::new();
    for part in parts {
        if !part.trim().is_empty() && !said.contains(&part) {
            said.push(part);
        }
    }
    (!said.is_empty()).then(|| printable(&said.join("; "), WORDS))
}

/// What the seller's notes say; our own are left out.
pub fn seller_notes(notes: &[wire::Note]) -> impl Iterator<Item = String> {
    notes.iter().filter(|note| note.source.as_deref() != Some("buyer")).map(|note| note.text.clone())
}

/// Why an item ended, in words.
pub fn termination(errors: &[wire::TerminationError]) -> impl Iterator<Item = String> {
    errors.iter().map(|error| {
        let code = error.code.as_deref().unwrap_or("error");
        let path = error.property_path.as_deref().map(|path| format!(" at {path}")).unwrap_or_default();
        let value = error.value.as_deref().map(|value| format!(": {value}")).unwrap_or_default();
        format!("{code}{path}{value}")
    })
}

/// A date of the seller; a date without time is its first moment in UTC, and what is no date is none.
pub fn timestamp(text: Option<&str>) -> Option<Timestamp> {
    let text = text?.trim();
    text.parse::<Timestamp>().ok().or_else(|| {
        let date = text.parse::<jiff::civil::Date>().ok()?;
        date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}

/// A decimal as the JSON number with the same text; `None` where a JSON number cannot carry it.
pub fn number(decimal: Decimal) -> Option<Number> {
    let text = decimal.normalize().to_string();
    let number: Number = serde_json::from_str(&text).ok()?;
    (exact(&Value::Number(number.clone())) == Some(decimal)).then_some(number)
}

/// The exact decimal behind a JSON number, by its shortest text and never by arithmetic on floats. A decimal in quotes
/// is taken as it is written.
pub fn exact(value: &Value) -> Option<Decimal> {
    let text = match (value.as_number(), value.as_str()) {
        (Some(number), _) => number.to_string(),
        (None, Some(text)) => text.to_owned(),
        (None, None) => return None,
    };
    Decimal::from_str_exact(&text).ok().or_else(|| {
        let (digits, exponent) = text.split_once(['e', 'E'])?;
        let digits = Decimal::from_str_exact(digits).ok()?;
        let exponent: i32 = exponent.parse().ok()?;
        let ten = (0..exponent.unsigned_abs().min(64))
            .try_fold(Decimal::ONE, |n, _| n.checked_mul(Decimal::TEN))?;
        let value = if exponent < 0 { digits.checked_div(ten)? } else { digits.checked_mul(ten)? };
        let back = if exponent < 0 { value.checked_mul(ten)? } else { value.checked_div(ten)? };
        (back == digits).then_some(value)
    })
}

/// Amount and currency of a price, net of tax; each as far as the seller said.
pub fn net(price: Option<&wire::Price>) -> (Option<Amount>, Option<Currency>) {
    let money = price.and_then(|price| price.duty_free_amount.as_ref());
    let amount = money.and_then(|money| money.value.as_ref()).and_then(exact).map(Amount::new);
    let currency = money.and_then(|money| money.unit.as_deref()).and_then(|unit| unit.trim().parse().ok());
    (amount, currency)
}

/// When a price is due. What is not known to be due once or each period depends on use: it cannot be counted.
pub fn price_kind(kind: Option<&str>, period: Option<&str>) -> PriceKind {
    let period = match period {
        Some("hour") => Some(Period::Hour),
        Some("day") => Some(Period::Day),
        Some("week") => Some(Period::Week),
        Some("month") => Some(Period::Month),
        Some("year") => Some(Period::Year),
        Some(_) | None => None,
    };
    match (kind, period) {
        (Some("recurring"), Some(period)) => PriceKind::Recurring(period),
        (Some("nonRecurring"), _) => PriceKind::OneTime,
        (Some(_) | None, _) => PriceKind::Usage,
    }
}

/// A term as MEF 115 and 123 write it. There is no year: it is twelve months.
pub fn term(term: &Term) -> Result<wire::ItemTerm, Failure> {
    let roll_interval = match (term.at_end, term.roll) {
        (TermEnd::Roll, Some((amount, unit))) => Some(span(amount, unit)),
        (TermEnd::Roll, None) => {
            let message = format!("the term `{}` rolls on, but nobody says by how much", term.name);
            return Err(Failure::new(FailureClass::Misconfigured, message));
        }
        (TermEnd::Renew | TermEnd::Disconnect, _) => None,
    };
    let end_of_term_action = match term.at_end {
        TermEnd::Renew => "autoRenew",
        TermEnd::Roll => "roll",
        TermEnd::Disconnect => "autoDisconnect",
    };
    Ok(wire::ItemTerm {
        name: term.name.clone(),
        duration: span(term.value, term.unit),
        end_of_term_action: end_of_term_action.to_owned(),
        roll_interval,
    })
}

fn span(amount: u32, unit: TermUnit) -> wire::Duration {
    let (factor, units) = match unit {
        TermUnit::Day => (1, "calendarDays"),
        TermUnit::Month => (1, "calendarMonths"),
        TermUnit::Year => (12, "calendarMonths"),
    };
    wire::Duration { amount: i64::from(amount) * factor, units: units.to_owned() }
}

/// A term of the seller, where it counts in days or months.
pub fn read_term(term: &wire::ItemTerm) -> Option<Term> {
    let (value, unit) = read_span(&term.duration)?;
    let at_end = match term.end_of_term_action.as_str() {
        "autoRenew" => TermEnd::Renew,
        "roll" => TermEnd::Roll,
        "autoDisconnect" => TermEnd::Disconnect,
        _ => return None,
    };
    Some(Term {
        name: term.name.clone(),
        value,
        unit,
        at_end,
        roll: term.roll_interval.as_ref().and_then(read_span),
    })
}

fn read_span(duration: &wire::Duration) -> Option<(u32, TermUnit)> {
    let unit = match duration.units.as_str() {
        "calendarDays" => TermUnit::Day,
        "calendarMonths" => TermUnit::Month,
        _ => return None,
    };
    u32::try_from(duration.amount).ok().filter(|amount| *amount > 0).map(|amount| (amount, unit))
}

/// Days of the longest month.
const MONTH: u64 = 31;
/// The longest interval that a seller can mean.
const CENTURY: u64 = 100 * 366 * 24 * 3600;
/// Hours of a business day, where the seller counts in business hours.
const BUSINESS_DAY: u64 = 8;

/// An interval of the seller in calendar time, at most: five business days are a week, and the first may lie a weekend
/// away. Holidays are not known.
pub fn calendar_time(duration: &wire::Duration) -> Option<Duration> {
    let amount = u64::try_from(duration.amount).ok()?;
    let days = |days: u64| days.checked_mul(24 * 3600);
    let business = |days: u64| days.checked_add(days.div_ceil(5).checked_mul(2)?);
    let seconds = match duration.units.as_str() {
        "calendarMonths" => days(amount.checked_mul(MONTH)?)?,
        "calendarDays" => days(amount)?,
        "calendarHours" => amount.checked_mul(3600)?,
        "calendarMinutes" => amount.checked_mul(60)?,
        "businessDays" => days(business(amount)?)?,
        "businessHours" => days(business(amount.div_ceil(BUSINESS_DAY))?)?,
        "businessMinutes" => days(business(amount.div_ceil(BUSINESS_DAY * 60))?)?,
        _ => return None,
    };
    (seconds <= CENTURY).then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn money_is_read_by_its_text() {
        for (json, text) in [
            ("0.1", "0.1"),
            ("19.99", "19.99"),
            ("3000", "3000"),
            ("1e3", "1000"),
            ("1.5e-3", "0.0015"),
            ("\"7.70\"", "7.70"),
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(exact(&value), text.parse().ok(), "{json}");
        }
        for value in [json!(1e300), json!("1,000"), json!(null), json!({}), json!(""), json!("1e99999999999")]
        {
            assert_eq!(exact(&value), None, "{value}");
        }
    }

    #[test]
    fn a_price_says_what_it_says_and_no_more() {
        let price: wire::Price = serde_json::from_value(json!({"dutyFreeAmount": {"value": 12.5}})).unwrap();
        assert_eq!(net(Some(&price)), ("12.5".parse().ok(), None));
        assert_eq!(net(None), (None, None));
        assert_eq!(price_kind(Some("recurring"), Some("month")), PriceKind::Recurring(Period::Month));
        assert_eq!(price_kind(Some("nonRecurring"), None), PriceKind::OneTime);
        for (kind, period) in
            [(Some("recurring"), None), (Some("recurring"), Some("decade")), (None, None), (Some("x"), None)]
        {
            assert_eq!(price_kind(kind, period), PriceKind::Usage);
        }
    }

    #[test]
    fn a_year_is_twelve_months() {
        let year =
            Term { name: "12M".into(), value: 1, unit: TermUnit::Year, at_end: TermEnd::Renew, roll: None };
        let written = term(&year).unwrap();
        assert_eq!(written.duration, wire::Duration { amount: 12, units: "calendarMonths".into() });
        let read = read_term(&written).unwrap();
        assert_eq!((read.value, read.unit, read.months()), (12, TermUnit::Month, year.months()));
    }

    #[test]
    fn a_term_rolls_on_only_with_an_interval() {
        let mut rolls =
            Term { name: "m".into(), value: 1, unit: TermUnit::Month, at_end: TermEnd::Roll, roll: None };
        assert!(term(&rolls).is_err());
        rolls.roll = Some((1, TermUnit::Month));
        assert_eq!(term(&rolls).unwrap().roll_interval, Some(span(1, TermUnit::Month)));
    }

    #[test]
    fn business_time_is_calendar_time_at_most() {
        let days = |amount, units: &str| {
            calendar_time(&wire::Duration { amount, units: units.into() }).map(|time| time.as_secs() / 86_400)
        };
        assert_eq!(days(5, "businessDays"), Some(7));
        assert_eq!(days(6, "businessDays"), Some(10));
        assert_eq!(days(9, "businessHours"), Some(4));
        assert_eq!(days(1, "calendarMonths"), Some(31));
        assert_eq!(
            (days(1, "fortnights"), days(-1, "calendarDays"), days(i64::MAX, "calendarMonths")),
            (None, None, None)
        );
    }

    #[test]
    fn dates_are_read_with_and_without_time() {
        assert_eq!(timestamp(Some("2027-01-31")), "2027-01-31T00:00:00Z".parse().ok());
        assert_eq!(timestamp(Some("2027-01-31T10:00:00+02:00")), "2027-01-31T08:00:00Z".parse().ok());
        assert_eq!(timestamp(Some("soon")), None);
    }

    #[test]
    fn sentences_are_printable_and_short() {
        assert_eq!(
            sentence(["a\n\u{7}b".into(), " ".into(), "a\n\u{7}b".into(), "c".into()]),
            Some("a b; c".into())
        );
        assert_eq!(sentence([String::new()]), None);
        assert_eq!(printable("aaaa bbbb", 6), "aaaa b…");
    }

    /// JSON of the shapes and words of LSO, put together at random.
    fn any_answer() -> impl Strategy<Value = Value> {
        const NAMES: [&str; 28] = [
            "id",
            "state",
            "status",
            "productOrderItem",
            "quoteItem",
            "productOfferingQualificationItem",
            "chargeItem",
            "product",
            "productConfiguration",
            "evcEndPointA",
            "evcEndPointZ",
            "uniEp",
            "enniEp",
            "ovcEndPointMap",
            "ovcEndPointMapFormE",
            "bwpFlow",
            "cir",
            "irValue",
            "irUnits",
            "ingressBandwidthProfilePerClassofServiceName",
            "quoteItemPrice",
            "price",
            "dutyFreeAmount",
            "value",
            "quoteItemTerm",
            "duration",
            "milestone",
            "listOfCosNames",
        ];
        const WORDS: [&str; 9] = [
            "done.ready",
            "approved.orderable",
            "accepted",
            "completed",
            "active",
            "GBPS",
            "1",
            "",
            "2027-01-01T00:00:00Z",
        ];
        let leaf = prop_oneof![
            proptest::sample::select(&WORDS[..]).prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
        ];
        let object =
            |inner| proptest::collection::btree_map(proptest::sample::select(&NAMES[..]), inner, 0..8);
        leaf.prop_recursive(6, 64, 8, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                object(inner).prop_map(|fields| fields
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_answer_panics(answer in any_answer(), id in "[a-z]{0,3}") {
            let mut answer = answer;
            if let Some(fields) = answer.as_object_mut() {
                fields.insert("id".into(), id.into());
            }
            let now = Timestamp::UNIX_EPOCH;
            let _ = serde_json::from_value(answer.clone()).map(|answer| qualification::answer(&answer));
            let _ = serde_json::from_value(answer.clone()).map(|answer| quote::answer(&answer, &[], now));
            let _ = serde_json::from_value(answer.clone()).map(|answer| order::view(&answer));
            let _ = serde_json::from_value(answer.clone()).map(|answer| order::charge(&answer));
            let _ = serde_json::from_value(answer.clone()).map(|answer| order::cancellation(&answer));
            let _ = serde_json::from_value(answer.clone()).map(|answer| {
                inventory::view(&answer, &crate::adapters::lso::profile::Relationships::default())
            });
            let _ = serde_json::from_value(answer).map(|answer| address::answer(&answer));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}", limit in 0usize..50) {
            let _ = exact(&Value::String(text.clone()));
            let _ = timestamp(Some(&text));
            prop_assert!(printable(&text, limit).chars().count() <= limit + 1);
        }

        #[test]
        fn two_decimals_survive_json(cents in -100_000_000_000i64..100_000_000_000) {
            let decimal = Decimal::new(cents, 2);
            let number = number(decimal).unwrap();
            let wire = serde_json::to_string(&number).unwrap();
            let back: Value = serde_json::from_str(&wire).unwrap();
            prop_assert_eq!(exact(&back), Some(decimal));
        }
    }
}
