//! Schemas of Kubernetes' own types, with the bounds that their documentation states and their derived schemas lack.
//!
//! Without bounds the API server reckons with the largest value that a request can carry, and refuses rules nearby as too
//! costly.

use schemars::{Schema, SchemaGenerator, json_schema};

/// Longest value of a label.
const LABEL_VALUE: u32 = 63;

/// Longest key of a label: prefix, slash and name.
const LABEL_KEY: u32 = 253 + 1 + 63;

/// Most entries of a selector.
const SELECTOR_ENTRIES: u32 = 16;

/// Conditions (`metav1.Condition`), one for each type.
pub(super) fn conditions(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "maxItems": 16,
        "items": {
            "description": "One aspect of the current state.",
            "type": "object",
            "required": ["type", "status", "reason", "message", "lastTransitionTime"],
            "properties": {
                "type": {
                    "description": "What the condition is about, in PascalCase.",
                    "type": "string",
                    "maxLength": 316,
                },
                "status": {
                    "description": "Whether it holds.",
                    "type": "string",
                    "enum": ["True", "False", "Unknown"],
                },
                "reason": {
                    "description": "Why, in one PascalCase word.",
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 1024,
                },
                "message": {
                    "description": "Why, in a sentence for people.",
                    "type": "string",
                    "maxLength": 32768,
                },
                "observedGeneration": {
                    "description": "The generation of the object that the condition is about.",
                    "type": "integer",
                    "format": "int64",
                    "minimum": 0,
                },
                "lastTransitionTime": {
                    "description": "Since when the status is what it is.",
                    "type": "string",
                    "format": "date-time",
                },
            },
        },
    })
}

/// A label selector (`metav1.LabelSelector`); all of its entries must hold.
pub(super) fn selector(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "x-kubernetes-map-type": "atomic",
        "properties": {
            "matchLabels": match_labels(generator).to_value(),
            "matchExpressions": {
                "description": "Requirements on labels.",
                "type": "array",
                "maxItems": SELECTOR_ENTRIES,
                "items": {
                    "description": "A requirement on one label.",
                    "type": "object",
                    "required": ["key", "operator"],
                    "properties": {
                        "key": {
                            "description": "Key of the label.",
                            "type": "string",
                            "minLength": 1,
                            "maxLength": LABEL_KEY,
                        },
                        "operator": {
                            "description": "How the label must relate to the values.",
                            "type": "string",
                            "enum": ["In", "NotIn", "Exists", "DoesNotExist"],
                        },
                        "values": {
                            "description": "The values, for In and NotIn.",
                            "type": "array",
                            "maxItems": 64,
                            "items": {"type": "string", "maxLength": LABEL_VALUE},
                        },
                    },
                },
            },
        },
    })
}

/// Labels that must be there with given values.
pub(super) fn match_labels(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "description": "Labels that must be there, with these values.",
        "type": "object",
        "maxProperties": SELECTOR_ENTRIES,
        "additionalProperties": {"type": "string", "maxLength": LABEL_VALUE},
    })
}

/// The schema of what was checked where it was written, without its rules.
pub(super) fn without_rules<T: schemars::JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    fn strip(schema: &mut serde_json::Value) {
        match schema {
            serde_json::Value::Object(fields) => {
                fields.remove("x-kubernetes-validations");
                fields.values_mut().for_each(strip);
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(strip),
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Number(_)
            | serde_json::Value::String(_) => {}
        }
    }
    let mut schema = T::json_schema(generator).to_value();
    strip(&mut schema);
    schema.try_into().unwrap_or_default()
}

/// A JSON object whose content the seller's product schema rules, not this one.
pub(super) fn any_object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object", "maxProperties": 64, "x-kubernetes-preserve-unknown-fields": true})
}
