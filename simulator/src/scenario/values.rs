//! The words a scenario is written in: delays, bit rates, money, percentages and VLAN ranges, each parsed once
//! from its text. Knows nothing of LSO.

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::{SignedDuration, SpanRelativeTo};
use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Gives a type that is written as one string its serde and schema implementations.
macro_rules! written_as_text {
    ($type:ident, $name:literal, $pattern:literal, $meaning:literal) => {
        impl TryFrom<String> for $type {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }
        impl From<$type> for String {
            fn from(value: $type) -> String {
                value.to_string()
            }
        }
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "pattern": $pattern, "description": $meaning})
            }
        }
    };
}

/// How long something takes as the scenario writes it, before `clock.speed` shortens it: `2d`, `30s`, `1h 30m`.
/// A day is 24 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Delay(pub SignedDuration);

impl FromStr for Delay {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "0" {
            return Ok(Self::default());
        }
        let span: jiff::Span = text
            .parse()
            .map_err(|_| format!("'{text}' is not a length of time; write for example 30s, 10m, 2h or 5d"))?;
        let length = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| {
            format!("'{text}' has no fixed length; write it in days, hours, minutes or seconds")
        })?;
        if length.is_negative() {
            return Err(format!("'{text}' is negative"));
        }
        Ok(Self(length))
    }
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

written_as_text!(Delay, "Delay", r"^\d.*", "a length of time such as 30s, 10m, 2h, 5d or 0");

/// A bit rate in bit/s, decimal: `100M`, `10G`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BitRate(pub u64);

const SCALES: [(char, u64); 4] =
    [('T', 1_000_000_000_000), ('G', 1_000_000_000), ('M', 1_000_000), ('k', 1_000)];

impl FromStr for BitRate {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let scale = SCALES.iter().find(|(suffix, _)| text.ends_with(*suffix));
        let (digits, factor) = scale.map_or((text, 1), |(suffix, f)| (text.trim_end_matches(*suffix), *f));
        let number = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
        number.map(Self).ok_or_else(|| {
            format!("'{text}' is not a bit rate; write whole numbers such as 500k, 100M, 10G or 1T")
        })
    }
}

impl fmt::Display for BitRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = SCALES.iter().find(|(_, factor)| self.0 != 0 && self.0.is_multiple_of(*factor));
        match scale {
            Some((suffix, factor)) => write!(f, "{}{suffix}", self.0 / factor),
            None => write!(f, "{}", self.0),
        }
    }
}

written_as_text!(BitRate, "BitRate", r"^\d+[kMGT]?$", "decimal bit/s such as 100M or 10G");

/// An amount of money in the scenario's currency, net of tax. Always quoted in YAML: `"12.50"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Amount(pub Decimal);

impl FromStr for Amount {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("'{text}' is not an amount; write for example \"12.50\""))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

written_as_text!(Amount, "Amount", r"^-?\d+(\.\d+)?$", "a decimal number in quotes such as \"12.50\"");

/// A percentage of 0 to 100, quoted in YAML: `"99.95"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Percent(pub Decimal);

impl Percent {
    /// This share of `whole`.
    pub fn of(self, whole: Decimal) -> Decimal {
        whole * self.0 / Decimal::ONE_HUNDRED
    }
}

impl FromStr for Percent {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let value: Option<Decimal> = text.parse().ok();
        value
            .filter(|value| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(value))
            .map(Self)
            .ok_or_else(|| format!("'{text}' is not a percentage between \"0\" and \"100\""))
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

written_as_text!(Percent, "Percent", r"^\d+(\.\d+)?$", "a percentage in quotes such as \"99.95\"");

/// C-Tag VLAN ids: `100-199,210`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VlanRange(Vec<RangeInclusive<u16>>);

impl VlanRange {
    /// Whether an id is one of them.
    pub fn contains(&self, id: u16) -> bool {
        self.0.iter().any(|run| run.contains(&id))
    }

    /// All ids, as they are written.
    pub fn ids(&self) -> impl Iterator<Item = u16> {
        self.0.iter().cloned().flatten()
    }
}

impl FromStr for VlanRange {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let refusal = || format!("'{text}' is not a list of VLAN ids; write for example 100-199,210");
        let run = |part: &str| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let first: u16 = first.trim().parse().map_err(|_| refusal())?;
            let last: u16 = last.trim().parse().map_err(|_| refusal())?;
            let sound = first > 0 && last <= 4094 && first <= last;
            sound.then_some(first..=last).ok_or_else(refusal)
        };
        text.split(',').map(run).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for VlanRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |run: &RangeInclusive<u16>| match (run.start(), run.end()) {
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first}-{last}"),
        };
        f.write_str(&self.0.iter().map(text).collect::<Vec<_>>().join(","))
    }
}

written_as_text!(VlanRange, "VlanRange", r"^[\d,\- ]+$", "VLAN ids such as 100-199,210");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_lengths_of_time() {
        assert_eq!("2d".parse::<Delay>().unwrap().0, SignedDuration::from_hours(48));
        assert_eq!("1h 30m".parse::<Delay>().unwrap().0, SignedDuration::from_mins(90));
        assert_eq!("0".parse::<Delay>().unwrap(), Delay::default());
        assert!("soon".parse::<Delay>().unwrap_err().contains("30s"));
        assert!("1mo".parse::<Delay>().is_err());
        assert!("-5s".parse::<Delay>().is_err());
        let back: Delay = "30s".parse::<Delay>().unwrap().to_string().parse().unwrap();
        assert_eq!(back.0.as_secs(), 30);
    }

    #[test]
    fn bit_rates_are_decimal_and_whole() {
        assert_eq!("10G".parse::<BitRate>().unwrap(), BitRate(10_000_000_000));
        assert_eq!(BitRate(1_500_000_000).to_string(), "1500M");
        assert!("1.5G".parse::<BitRate>().is_err());
        assert!("10Gi".parse::<BitRate>().is_err());
        assert!("99999999999T".parse::<BitRate>().is_err());
    }

    #[test]
    fn vlan_ranges_round_trip() {
        let range: VlanRange = "100-103, 210".parse().unwrap();
        assert_eq!(range.ids().count(), 5);
        assert!(range.contains(103) && !range.contains(104));
        assert_eq!(range.to_string(), "100-103,210");
        for wrong in ["0-5", "4095", "9-3", "", "a"] {
            assert!(wrong.parse::<VlanRange>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn percentages_stay_between_none_and_all() {
        assert_eq!("50".parse::<Percent>().unwrap().of(Decimal::TEN), Decimal::from(5));
        assert!("101".parse::<Percent>().is_err());
    }
}
