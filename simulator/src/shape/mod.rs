//! A small language for the shape of JSON documents, and the check of a document against one.
//!
//! The tables in [`requests`] and [`products`] are our reading of the OpenAPI and product schema files. Knows
//! nothing of HTTP: a flaw says what and where, the caller says which error that is.

pub(crate) mod products;
pub(crate) mod requests;

use jiff::Timestamp;
use serde_json::{Map, Value};

/// What a value must look like.
pub(crate) enum Shape {
    Text,
    Flag,
    Instant,
    Number {
        min: f64,
        max: f64,
    },
    Whole {
        min: i64,
        max: i64,
    },
    OneOf(&'static [&'static str]),
    List {
        of: &'static Shape,
        min: usize,
        max: usize,
    },
    Object(&'static [Field]),
    /// One of several objects, told apart by the value of a tag.
    Tagged {
        tag: &'static str,
        common: &'static [Field],
        variants: &'static [(&'static str, &'static [Field])],
    },
    /// An object that is checked elsewhere but must carry this text.
    Open {
        tag: &'static str,
    },
}

/// An attribute of an object.
pub(crate) struct Field {
    name: &'static str,
    shape: &'static Shape,
    required: bool,
}

/// An attribute that must be there.
pub(crate) const fn must(name: &'static str, shape: &'static Shape) -> Field {
    Field { name, shape, required: true }
}

/// An attribute that may be there.
pub(crate) const fn may(name: &'static str, shape: &'static Shape) -> Field {
    Field { name, shape, required: false }
}

pub(crate) const TEXT: Shape = Shape::Text;
pub(crate) const FLAG: Shape = Shape::Flag;
pub(crate) const INSTANT: Shape = Shape::Instant;

/// A number that is not negative.
pub(crate) const NUMBER: Shape = Shape::Number { min: 0.0, max: f64::MAX };

/// What is wrong at one place of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    /// JSON pointer.
    pub(crate) path: String,
    pub(crate) what: Wrong,
}

/// The ways to be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Missing,
    /// Another JSON type or format; the text says what was expected.
    Format(String),
    /// The right type, but not an allowed value; the text says what is.
    Value(String),
    Unknown,
}

impl Shape {
    /// Everything that is wrong with a document, in its order. Attributes that no table names are [`Wrong::Unknown`].
    pub(crate) fn flaws(&self, value: &Value, path: &str) -> Vec<Flaw> {
        let mut found = Vec::new();
        self.examine(value, path, &mut found);
        found
    }

    fn examine(&self, value: &Value, path: &str, found: &mut Vec<Flaw>) {
        let mut wrong = |what| found.push(Flaw { path: path.to_owned(), what });
        match self {
            Self::Text if value.is_string() => {}
            Self::Text => wrong(Wrong::Format("a string".to_owned())),
            Self::Flag if value.is_boolean() => {}
            Self::Flag => wrong(Wrong::Format("true or false".to_owned())),
            Self::Instant => {
                if value.as_str().is_none_or(|text| text.parse::<Timestamp>().is_err()) {
                    wrong(Wrong::Format("an RFC 3339 date-time".to_owned()));
                }
            }
            Self::Number { min, max } => match value.as_f64() {
                None => wrong(Wrong::Format("a number".to_owned())),
                Some(number) if (*min..=*max).contains(&number) => {}
                Some(_) => wrong(Wrong::Value(format!("a number from {min} to {max}"))),
            },
            Self::Whole { min, max } => match value.as_i64() {
                None => wrong(Wrong::Format("a whole number".to_owned())),
                Some(number) if (*min..=*max).contains(&number) => {}
                Some(_) => wrong(Wrong::Value(format!("a whole number from {min} to {max}"))),
            },
            Self::OneOf(names) => match value.as_str() {
                None => wrong(Wrong::Format("a string".to_owned())),
                Some(text) if names.contains(&text) => {}
                Some(_) => wrong(Wrong::Value(format!("one of {}", names.join(", ")))),
            },
            Self::List { of, min, max } => match value.as_array() {
                None => wrong(Wrong::Format("a list".to_owned())),
                Some(list) => {
                    if !(*min..=*max).contains(&list.len()) {
                        wrong(Wrong::Value(format!("a list of {min} to {max} elements")));
                    }
                    for (n, element) in list.iter().enumerate() {
                        of.examine(element, &format!("{path}/{n}"), found);
                    }
                }
            },
            Self::Object(fields) => match value.as_object() {
                None => wrong(Wrong::Format("an object".to_owned())),
                Some(object) => examine_fields(&[fields], object, path, found),
            },
            Self::Tagged { tag, common, variants } => match value.as_object() {
                None => wrong(Wrong::Format("an object".to_owned())),
                Some(object) => {
                    let name = object.get(*tag).and_then(Value::as_str);
                    match variants.iter().find(|(variant, _)| Some(*variant) == name) {
                        Some((_, fields)) => examine_fields(&[common, fields], object, path, found),
                        None if name.is_none() => {
                            found.push(Flaw { path: format!("{path}/{tag}"), what: Wrong::Missing });
                        }
                        None => {
                            let names: Vec<&str> = variants.iter().map(|(name, _)| *name).collect();
                            let what = Wrong::Value(format!("one of {}", names.join(", ")));
                            found.push(Flaw { path: format!("{path}/{tag}"), what });
                        }
                    }
                }
            },
            Self::Open { tag } => match value.as_object() {
                None => wrong(Wrong::Format("an object".to_owned())),
                Some(object) if object.get(*tag).is_some_and(Value::is_string) => {}
                Some(_) => found.push(Flaw { path: format!("{path}/{tag}"), what: Wrong::Missing }),
            },
        }
    }
}

fn examine_fields(groups: &[&[Field]], object: &Map<String, Value>, path: &str, found: &mut Vec<Flaw>) {
    let fields = || groups.iter().copied().flatten();
    for field in fields() {
        let at = format!("{path}/{}", escape(field.name));
        match object.get(field.name) {
            Some(value) => field.shape.examine(value, &at, found),
            None if field.required => found.push(Flaw { path: at, what: Wrong::Missing }),
            None => {}
        }
    }
    for name in object.keys() {
        if !fields().any(|field| field.name == name) {
            found.push(Flaw { path: format!("{path}/{}", escape(name)), what: Wrong::Unknown });
        }
    }
}

/// A name as a part of a JSON pointer (RFC 6901).
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PERSON: Shape = Shape::Object(&[must("name", &TEXT), may("born", &INSTANT)]);

    #[test]
    fn flaws_name_their_place() {
        let flaws = PERSON.flaws(&json!({"born": "yesterday", "a/b": 1}), "/people/0");
        let places: Vec<&str> = flaws.iter().map(|flaw| flaw.path.as_str()).collect();
        assert_eq!(places, ["/people/0/name", "/people/0/born", "/people/0/a~1b"]);
        assert_eq!(flaws[0].what, Wrong::Missing);
        assert!(matches!(flaws[1].what, Wrong::Format(_)));
        assert_eq!(flaws[2].what, Wrong::Unknown);
        assert!(PERSON.flaws(&json!({"name": "Ada"}), "").is_empty());
    }

    #[test]
    fn a_tag_chooses_the_variant() {
        const PET: Shape = Shape::Tagged {
            tag: "kind",
            common: &[must("kind", &TEXT)],
            variants: &[("cat", &[must("lives", &Shape::Whole { min: 0, max: 9 })]), ("dog", &[])],
        };
        assert!(PET.flaws(&json!({"kind": "cat", "lives": 9}), "").is_empty());
        assert!(matches!(PET.flaws(&json!({"kind": "cat", "lives": 10}), "")[0].what, Wrong::Value(_)));
        assert_eq!(PET.flaws(&json!({}), "")[0], Flaw { path: "/kind".into(), what: Wrong::Missing });
        assert!(matches!(PET.flaws(&json!({"kind": "cow"}), "")[0].what, Wrong::Value(_)));
    }
}
