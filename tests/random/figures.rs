//! Figures as manifests and sellers write them, read anew.

use rust_decimal::Decimal;
use serde_json::Value;

/// Bit/s of `1500M`.
pub fn bits(text: &str) -> u64 {
    let (number, unit) = text.split_at(text.len() - 1);
    let factor = match unit {
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        other => panic!("{other} is no unit of bandwidth"),
    };
    number.parse::<u64>().unwrap() * factor
}

/// Nanoseconds of `25ms`.
pub fn nanoseconds(text: &str) -> u64 {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap();
    let factor = match &text[digits..] {
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        other => panic!("{other} is no unit of time"),
    };
    text[..digits].parse::<u64>().unwrap() * factor
}

/// A decimal in a text, or in a number.
pub fn decimal(value: &Value) -> Decimal {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse().unwrap_or_else(|_| panic!("{value} is no decimal"))
}

/// The decimal of an amount with its currency.
pub fn amount(value: &Value) -> Decimal {
    decimal(&Value::from(text(value).split(' ').next()))
}

/// What of a hundred is missing.
pub fn missing(percent: &Value) -> Decimal {
    Decimal::ONE_HUNDRED - decimal(percent)
}

/// What stands under this name, however deep.
pub fn deep<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Object(fields) => {
            fields.get(name).or_else(|| fields.values().find_map(|field| deep(field, name)))
        }
        Value::Array(items) => items.iter().find_map(|item| deep(item, name)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
