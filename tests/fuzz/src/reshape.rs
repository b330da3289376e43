//! Changes of a JSON document that leave it one: without them a fuzzer mostly learns what is no JSON.

use serde_json::{Value, json};

/// Another document, by chance `seed`; `None` where the input is none, and every third time, so that octets get their share.
#[must_use]
pub fn reshape(input: &[u8], seed: u32) -> Option<Vec<u8>> {
    let mut chance = Chance(u64::from(seed) | 1 << 40);
    if chance.below(3) == 0 {
        return None;
    }
    let start = input.iter().position(|octet| *octet == b'{').filter(|start| *start <= 2)?;
    let mut document: Value = serde_json::from_slice(&input[start..]).ok()?;
    for _ in 0..=chance.below(3) {
        let donor = nth(&mut document.clone(), chance.below(count(&document))).take();
        let place = chance.below(count(&document));
        change(nth(&mut document, place), donor, &mut chance);
    }
    let mut output = input[..start].to_vec();
    serde_json::to_writer(&mut output, &document).ok()?;
    Some(output)
}

fn change(value: &mut Value, donor: Value, chance: &mut Chance) {
    let what = chance.below(4);
    match value {
        Value::Array(items) if what > 0 => match (items.len(), chance.below(2)) {
            (0, _) => items.push(donor),
            (length, 0) => drop(items.remove(chance.below(length))),
            (length, _) => items.push(items[chance.below(length)].clone()),
        },
        Value::Object(fields) if what > 0 && !fields.is_empty() => {
            let name = fields.keys().nth(chance.below(fields.len())).cloned().unwrap_or_default();
            if chance.below(2) == 0 {
                fields.remove(&name);
            } else {
                fields.insert(name, donor);
            }
        }
        Value::Number(number) if what > 1 => {
            let figure = number.as_f64().unwrap_or_default();
            *value = [json!(figure * 10.0), json!(-figure), json!(figure / 3.0), json!(figure.trunc())]
                [chance.below(4)]
            .take();
        }
        _ if what == 1 => *value = donor,
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => {
            let odd = [
                json!(null),
                json!(true),
                json!(0),
                json!(-1),
                json!(4095),
                json!(i64::MAX),
                json!(u64::MAX),
                json!(1e30),
                json!(1e-30),
                json!(""),
                json!("0"),
                json!("-1"),
                json!("1e9"),
                json!("79228162514264337593543950335"),
                json!("9999-12-31T23:59:59Z"),
                json!("-009999-01-01"),
                json!("a\u{0}\u{202e}b"),
                json!("x".repeat(2_000)),
                json!([]),
                json!({}),
            ];
            *value = odd[chance.below(odd.len())].clone();
        }
    }
}

/// How many values a document has, itself included.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// The value at this place, counted in the order of the document.
fn nth(value: &mut Value, place: usize) -> &mut Value {
    if place == 0 {
        return value;
    }
    let mut left = place - 1;
    let mut within = |inner: &Value| {
        let all = count(inner);
        let found = (left < all).then_some(left);
        left = left.saturating_sub(all);
        found
    };
    match value {
        Value::Array(items) => {
            let found = items.iter().enumerate().find_map(|(key, inner)| Some((key, within(inner)?)));
            let (key, left) = found.expect("places are below the count of the document");
            nth(&mut items[key], left)
        }
        Value::Object(fields) => {
            let found = fields.iter().find_map(|(key, inner)| Some((key.clone(), within(inner)?)));
            let (key, left) = found.expect("places are below the count of the document");
            nth(&mut fields[&key], left)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// Numbers that follow from a seed (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % limit as u64).unwrap_or_default()
    }
}
