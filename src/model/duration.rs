//! Durations as users write and read them: Go-style texts such as `25ms`, `1.5s` or `720h`.

use std::time::Duration;

/// Why a text is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no duration: write a number and a unit (ns, us, ms, s, m, h), such as 25ms or 720h")]
pub struct DurationError {
    text: String,
}

const MINUTE: u128 = 60_000_000_000;

const UNITS: [(&str, u128); 7] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", MINUTE),
    ("h", 3_600_000_000_000),
];

/// Reads `25ms`, `1.5s`, `1h30m`. Exact to the nanosecond; anything finer or negative is refused.
///
/// # Errors
/// When the text is empty, has no unit, is not exact in nanoseconds or does not fit.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let refuse = || DurationError { text: text.chars().take(32).collect() };
    let mut rest = text;
    let mut total: u128 = 0;
    if rest.is_empty() {
        return Err(refuse());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(refuse)?;
        let (number, tail) = rest.split_at(digits);
        let end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        let factor =
            UNITS.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor).ok_or_else(refuse)?;
        total = nanos(number, factor).and_then(|n| total.checked_add(n)).ok_or_else(refuse)?;
        rest = tail;
    }
    u64::try_from(total).map(Duration::from_nanos).map_err(|_| refuse())
}

fn nanos(number: &str, factor: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || (number.contains('.') && fraction.is_empty()) {
        return None;
    }
    let whole = whole.parse::<u64>().ok()?;
    let fraction = fraction.trim_end_matches('0');
    let mut sum = u128::from(whole) * factor;
    if !fraction.is_empty() {
        let scale = 10u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let part = fraction.parse::<u64>().ok().map(u128::from)? * factor;
        if !part.is_multiple_of(scale) {
            return None;
        }
        sum += part / scale;
    }
    Some(sum)
}

/// The duration as people read it: decimals of the largest unit below a minute (`28.01ms`, `1.5s`), whole units from there on
/// (`1h30m`, `720h`). Nothing is rounded: [`parse_duration`] reads the same duration back.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let mut text = String::new();
    let mut rest = duration.as_nanos();
    for (unit, factor) in UNITS.into_iter().rev().filter(|(unit, _)| *unit != "µs") {
        if rest < factor {
            continue;
        }
        text += &(rest / factor).to_string();
        rest %= factor;
        if factor < MINUTE && rest > 0 {
            let digits = factor.ilog10() as usize;
            text += format!(".{rest:0digits$}").trim_end_matches('0');
            rest = 0;
        }
        text += unit;
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_go_style_texts() {
        for (text, nanos) in [
            ("25ms", 25_000_000),
            ("1.5s", 1_500_000_000),
            ("1h30m", 5_400_000_000_000),
            ("0s", 0),
            ("7µs", 7_000),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_nanos(nanos)), "{text}");
        }
        for text in ["", "25", "ms", "-1s", "1.s", ".5s", "1d", "0.1ns", "1s ", "99999999999h"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn writes_what_people_read() {
        for (nanos, text) in [
            (0, "0s"),
            (7, "7ns"),
            (50_000, "50us"),
            (1_500_000, "1.5ms"),
            (25_000_000, "25ms"),
            (28_010_000, "28.01ms"),
            (1_000_000_001, "1.000000001s"),
            (30_000_000_000, "30s"),
            (90_000_000_000, "1m30s"),
            (5_400_000_000_000, "1h30m"),
            (2_592_000_000_000_000, "720h"),
        ] {
            assert_eq!(format_duration(Duration::from_nanos(nanos)), text, "{nanos}");
        }
    }

    proptest! {
        /// What is written reads back, and the schema takes it: 32 characters, of which no number has more than nine digits on
        /// either side of its point.
        #[test]
        fn printed_text_reads_back(nanos in any::<u64>(), shift in 0..64_u32) {
            let duration = Duration::from_nanos(nanos >> shift);
            let text = format_duration(duration);
            prop_assert_eq!(parse_duration(&text), Ok(duration), "{}", text);
            prop_assert!(text.len() <= 32, "{}", text);
            let mut numbers = text.split(|c: char| !c.is_ascii_digit());
            prop_assert!(numbers.all(|digits| digits.len() <= 9), "{}", text);
        }

        #[test]
        fn no_text_panics(text in ".{0,24}") {
            let _ = parse_duration(&text);
        }
    }
}
