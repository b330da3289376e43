//! Bandwidth in bit/s.

use std::fmt;
use std::str::FromStr;

/// A rate in bit/s, decimal: `2G` is 2,000,000,000 bit/s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bandwidth(u64);

/// Why a text is no bandwidth.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no bandwidth: write a number of bit/s with a decimal suffix, such as 500M, 2G or 2.5G")]
pub struct BandwidthError {
    text: String,
}

const SUFFIXES: [(char, u64); 4] =
    [('T', 1_000_000_000_000), ('G', 1_000_000_000), ('M', 1_000_000), ('k', 1_000)];

impl Bandwidth {
    /// A rate of `bits` bit/s.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The rate in bit/s.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The rate above `other`, or zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The smallest of `steps` that carries this rate; the rate itself where a seller names no steps.
    #[must_use]
    pub fn round_up(self, steps: &[Bandwidth]) -> Option<Bandwidth> {
        if steps.is_empty() {
            return Some(self);
        }
        steps.iter().copied().filter(|step| *step >= self).min()
    }
}

impl FromStr for Bandwidth {
    type Err = BandwidthError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || BandwidthError { text: text.chars().take(32).collect() };
        let (digits, factor) = match SUFFIXES.iter().find(|(suffix, _)| text.ends_with(*suffix)) {
            Some((_, factor)) => (&text[..text.len() - 1], *factor),
            None => (text, 1),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty()
            || !plain(whole)
            || !plain(fraction)
            || (digits.contains('.') && fraction.is_empty())
        {
            return Err(refuse());
        }
        let fraction = fraction.trim_end_matches('0');
        let mut bits = whole.parse::<u64>().ok().and_then(|n| n.checked_mul(factor)).ok_or_else(refuse)?;
        if !fraction.is_empty() {
            let scale =
                u32::try_from(fraction.len()).ok().and_then(|n| 10u64.checked_pow(n)).ok_or_else(refuse)?;
            let part = fraction.parse::<u64>().ok().and_then(|n| n.checked_mul(factor)).ok_or_else(refuse)?;
            if !part.is_multiple_of(scale) {
                return Err(refuse());
            }
            bits = bits.checked_add(part / scale).ok_or_else(refuse)?;
        }
        Ok(Self(bits))
    }
}

impl fmt::Display for Bandwidth {
    /// The shortest exact text: `2500M`, `2G`, `10`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match SUFFIXES.iter().find(|(_, factor)| self.0 != 0 && self.0.is_multiple_of(*factor)) {
            Some((suffix, factor)) => write!(f, "{}{suffix}", self.0 / factor),
            None => write!(f, "{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_decimal_suffixes_only() {
        for (text, bits) in [
            ("10", 10),
            ("500M", 500_000_000),
            ("2G", 2_000_000_000),
            ("2.5G", 2_500_000_000),
            ("1.50k", 1500),
        ] {
            assert_eq!(text.parse(), Ok(Bandwidth(bits)), "{text}");
        }
        for text in
            ["", "G", "2Gi", "-1G", "1.G", ".5G", "1e9", "0.1", "1.0001k", "2 G", "99999999999T", "２G"]
        {
            assert!(text.parse::<Bandwidth>().is_err(), "{text}");
        }
    }

    #[test]
    fn rounds_up_to_a_sold_step() {
        let steps = [Bandwidth(1_000), Bandwidth(2_000)];
        assert_eq!(Bandwidth(1_500).round_up(&steps), Some(Bandwidth(2_000)));
        assert_eq!(Bandwidth(2_500).round_up(&steps), None);
        assert_eq!(Bandwidth(2_500).round_up(&[]), Some(Bandwidth(2_500)));
    }

    proptest! {
        #[test]
        fn printed_text_reads_back(bits in any::<u64>()) {
            prop_assert_eq!(Bandwidth(bits).to_string().parse(), Ok(Bandwidth(bits)));
        }

        #[test]
        fn no_text_panics(text in ".{0,24}") {
            let _ = text.parse::<Bandwidth>();
        }
    }
}
