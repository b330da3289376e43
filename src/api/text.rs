//! Texts with a grammar of their own: bandwidth, duration, amount, currency, percent.
//!
//! Each is a plain string on the wire. The schema carries a rule whose message tells a user what to write, so a bad text is
//! refused when it is applied; `admit` parses the same texts into the domain.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $max:literal, $rule:literal, $message:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "maxLength": $max,
                    "x-kubernetes-validations": [{"rule": $rule, "message": $message}],
                })
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

text!(
    /// Bandwidth in bit/s with a decimal suffix (k, M, G, T): `500M`, `2G`, `2.5G`.
    BandwidthText,
    20,
    "self.matches('^[0-9]{1,12}([.][0-9]{1,9})?[kMGT]?$')",
    "write a bandwidth in bit/s with a decimal suffix (k, M, G, T), such as 500M or 2G"
);

text!(
    /// A duration as Go writes it: `25ms`, `1.5ms`, `720h`.
    DurationText,
    32,
    "self.matches('^([0-9]{1,9}([.][0-9]{1,9})?(ns|us|ms|s|m|h))+$')",
    "write a duration with a unit (ns, us, ms, s, m, h), such as 25ms or 720h"
);

text!(
    /// An exact amount of money as a plain decimal: `3000.00`.
    AmountText,
    24,
    "self.matches('^[0-9]{1,15}([.][0-9]{1,6})?$')",
    "write an amount as a plain decimal in quotes, such as \"3000.00\""
);

text!(
    /// A currency by its ISO 4217 code: `USD`.
    CurrencyText,
    16,
    "self.matches('^[A-Z]{3}$')",
    "write a currency as its ISO 4217 code, such as USD"
);

text!(
    /// A share in percent, 0 to 100, as a plain decimal in quotes: `99.95`.
    PercentText,
    16,
    "self.matches('^(100([.]0{1,9})?|[0-9]{1,2}([.][0-9]{1,9})?)$')",
    "write a percentage from 0 to 100 in quotes, such as \"99.95\""
);
