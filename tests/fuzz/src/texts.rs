//! Grammars of texts: what is read prints as something that reads as the same.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use naas_operator::model::{
    Amount, Bandwidth, Currency, Mark, Percentage, Percentile, format_duration, parse_duration,
};
use naas_operator::notify::event;
use rust_decimal::Decimal;

/// Each grammar in turn.
pub fn text(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    reads_back::<Currency>(text, text);
    reads_back::<Bandwidth>(text, text);
    amount(text);
    percent(text);
    if let Ok(duration) = parse_duration(text) {
        assert_eq!(parse_duration(&format_duration(duration)), Ok(duration), "{text}");
    }
    if let Some(mark) = Mark::parse(text) {
        assert_eq!(mark.to_string(), text, "a mark is itself, byte for byte");
        assert!(!mark.reference().is_empty());
    }
}

fn reads_back<T>(text: &str, shown: &str)
where
    T: FromStr + Display + PartialEq + Debug,
    T::Err: Display,
{
    match text.parse::<T>() {
        Ok(value) => assert_eq!(value.to_string().parse().ok(), Some(value), "{shown}"),
        Err(why) => assert!(!why.to_string().is_empty()),
    }
}

/// Amounts are kept exact and printed to four decimals, so that only those of four decimals come back.
fn amount(text: &str) {
    let Ok(amount) = text.parse::<Amount>() else { return };
    assert_eq!(amount.is_negative(), text.starts_with('-') && !amount.decimal().is_zero(), "{text}");
    let printed = amount.to_string();
    let back: Amount = printed.parse().unwrap_or_else(|why| panic!("{text} prints as {printed}: {why}"));
    assert_eq!(back.decimal(), amount.decimal().round_dp(4), "{text}");
    let sum = amount + amount;
    assert!(amount.is_negative() || sum >= amount, "{text}: a sum is no less than its parts");
}

fn percent(text: &str) {
    if let Ok(share) = text.parse::<Percentage>() {
        assert!((Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&share.decimal()), "{text}");
        assert_eq!(share.to_string().trim_end_matches(" %").parse(), Ok(share), "{text}");
    }
    if let Ok(percentile) = text.parse::<Percentile>() {
        assert!(percentile.decimal() > Decimal::ZERO, "{text}");
        assert_eq!(percentile.to_string().trim_start_matches('p').parse(), Ok(percentile), "{text}");
        if let Some(joined) = percentile.joined(percentile) {
            assert!(joined <= percentile && joined.decimal() > Decimal::ZERO, "{text}");
        }
    }
}

/// What comes in at the listener: the path on the first line, and the body.
pub fn notification(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let (path, body) = text.split_once('\n').unwrap_or((text, ""));
    if let Some(caller) = event::caller(path) {
        assert!(!caller.account.is_empty() && !caller.token.is_empty());
        assert!(!caller.account.contains('/') && !caller.token.contains('/'), "{path} names a caller");
        let _topic = event::topic(caller.rest);
    }
    if let Some(id) = event::subject(body.as_bytes()) {
        assert!(!id.is_empty() && body.len() > id.len());
    }
}
