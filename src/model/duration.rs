//! Durations as users write them: Go-style texts such as `25ms`, `1.5s` or `720h`.

use std::time::Duration;

/// Why a text is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no duration: write a number and a unit (ns, us, ms, s, m, h), such as 25ms or 720h")]
pub struct DurationError {
    text: String,
}

const UNITS: [(&str, u128); 7] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
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

/// The duration in its largest exact unit: `25ms`, `1500us`, `720h`.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let (unit, factor) = UNITS
        .iter()
        .rev()
        .filter(|(unit, _)| *unit != "µs")
        .find(|(_, factor)| nanos != 0 && nanos.is_multiple_of(*factor))
        .copied()
        .unwrap_or(("s", 1_000_000_000));
    format!("{}{unit}", nanos / factor)
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

    proptest! {
        #[test]
        fn printed_text_reads_back(nanos in any::<u64>()) {
            let duration = Duration::from_nanos(nanos);
            prop_assert_eq!(parse_duration(&format_duration(duration)), Ok(duration));
        }

        #[test]
        fn no_text_panics(text in ".{0,24}") {
            let _ = parse_duration(&text);
        }
    }
}
