//! A story as it is written: facts by day.

use serde::Deserialize;
use serde_json::Value;

/// A story.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// What it is about.
    pub story: String,
    /// What happens, by day.
    pub days: Vec<Day>,
}

/// A day on which something happens.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Day {
    pub day: i64,
    #[serde(default)]
    pub facts: Vec<Fact>,
}

/// Something that somebody did.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Fact {
    /// A user asks: the spec of a new intent, on top of the usual one.
    Asks {
        intent: String,
        #[serde(default)]
        spec: Value,
    },
    /// A user changes the spec of an intent.
    Edits { intent: String, spec: Value },
    /// A user deletes an intent.
    Deletes { intent: String },
    /// The platform team changes the spec of an account.
    Provider { name: String, spec: Value },
    /// The platform team changes or removes a site.
    Site { name: String, spec: Option<Value> },
    /// The platform team applies a manifest.
    Applies { manifest: Value },
    /// Somebody approves the plan that an intent shows.
    Approves { intent: String },
    /// What else is bought in the namespace comes to this per month, as a budget counts it.
    Spent { budget: String, monthly: String },
    /// The platform team holds all purchases, or lets them go on.
    Holds(bool),
    /// From now on a seller offers this.
    Offers {
        seller: String,
        monthly: String,
        #[serde(default = "once")]
        once: String,
        #[serde(default = "month")]
        days: i64,
    },
    /// From now on a seller declines.
    Declines { seller: String, reason: String, words: String },
    /// From now on a seller does not answer.
    Silent { seller: String, reason: String, words: String },
    /// A seller takes the order of an intent.
    Takes { seller: String, intent: String },
    /// A seller delivers what was ordered, or changed.
    Delivers { seller: String, intent: String },
    /// A seller rejects the order of an intent.
    Rejects { seller: String, intent: String, words: String },
    /// A seller has ended a service.
    Ended { seller: String, intent: String },
    /// The record of an intent at a seller says so of itself.
    Says { seller: String, intent: String, state: String, reason: String, party: String, words: String },
}

fn once() -> String {
    "500.00".into()
}

const fn month() -> i64 {
    30
}

/// The fact in words.
impl std::fmt::Display for Fact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Asks { intent, spec } => write!(f, "{intent} is asked for{}", but(spec)),
            Self::Edits { intent, spec } => write!(f, "{intent} is edited: {}", brief(spec)),
            Self::Deletes { intent } => write!(f, "{intent} is deleted"),
            Self::Provider { name, spec } => write!(f, "the platform team edits {name}: {}", brief(spec)),
            Self::Site { name, spec: Some(spec) } => {
                write!(f, "the platform team edits site {name}: {}", brief(spec))
            }
            Self::Site { name, spec: None } => write!(f, "the platform team removes site {name}"),
            Self::Applies { manifest } => {
                let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                write!(
                    f,
                    "the platform team applies {} {}",
                    word(&manifest["kind"]),
                    word(&manifest["metadata"]["name"])
                )
            }
            Self::Approves { intent } => write!(f, "ada approves the plan of {intent}"),
            Self::Spent { budget, monthly } => {
                write!(f, "what else is bought comes to {monthly} a month in budget {budget}")
            }
            Self::Holds(true) => f.write_str("the platform team holds all purchases"),
            Self::Holds(false) => f.write_str("the platform team lets purchases go on"),
            Self::Offers { seller, monthly, once, days } => {
                write!(f, "{seller} offers {monthly} a month and {once} at once, for {days} days")
            }
            Self::Declines { seller, reason, words } => write!(f, "{seller} declines ({reason}): {words}"),
            Self::Silent { seller, reason, words } => {
                write!(f, "{seller} does not answer ({reason}): {words}")
            }
            Self::Takes { seller, intent } => write!(f, "{seller} takes the order of {intent}"),
            Self::Delivers { seller, intent } => write!(f, "{seller} delivers {intent}"),
            Self::Rejects { seller, intent, words } => {
                write!(f, "{seller} rejects the order of {intent}: {words}")
            }
            Self::Ended { seller, intent } => write!(f, "{seller} has ended the service of {intent}"),
            Self::Says { seller, intent, reason, words, .. } => {
                write!(f, "{intent} at {seller} is looked at ({reason}): {words}")
            }
        }
    }
}

fn but(spec: &Value) -> String {
    if spec.is_null() { String::new() } else { format!(", with {}", brief(spec)) }
}

/// A patch on one line.
fn brief(spec: &Value) -> String {
    let Some(map) = spec.as_object() else { return within(spec) };
    map.iter().map(|(key, value)| format!("{key} {}", within(value))).collect::<Vec<_>>().join(", ")
}

fn within(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let inner: Vec<String> =
                map.iter().map(|(key, value)| format!("{key}: {}", within(value))).collect();
            format!("{{{}}}", inner.join(", "))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(within).collect::<Vec<_>>().join(", ")),
        Value::String(text) => text.clone(),
        Value::Null => "removed".into(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}
