//! From what `schemars` says about a type to a structural schema as Kubernetes takes it.
//!
//! `kube` does the same for `CustomResourceExt::crd()`, and loses what people want to read: the description of an optional
//! choice and the meaning of each of its values. It also marks what is optional as nullable; then a `null` counts as
//! stated in rules such as "exactly one of". Without the mark the API server drops a `null`, as if nothing was written.

use schemars::{
    JsonSchema, Schema,
    generate::SchemaSettings,
    transform::{Transform, transform_subschemas},
};
use serde_json::{Map, Value};

/// The structural schema of a kind.
pub fn of<K: JsonSchema>() -> Value {
    let mut settings = SchemaSettings::draft2020_12().with_transform(Structural);
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    let mut schema = settings.into_generator().into_root_schema_for::<K>();
    schema.remove("title");
    schema.to_value()
}

/// Rewrites every schema, outermost first, so that what a field says about itself wins over what its type says.
#[derive(Debug, Clone)]
struct Structural;

impl Transform for Structural {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(object) = schema.as_object_mut() {
            unwrap_optional(object);
            hoist_choice(object);
        }
        transform_subschemas(self, schema);
    }
}

/// `T or null` becomes `T`.
fn unwrap_optional(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [kind] = &mut kinds[..] {
            let kind = kind.take();
            schema.insert("type".to_owned(), kind);
        }
    }
    if let Some(Value::Array(any)) = schema.get("anyOf")
        && let [Value::Object(inner), null] = &any[..]
        && null.get("type").is_some_and(|kind| kind == "null")
    {
        let inner = inner.clone();
        schema.remove("anyOf");
        for (key, value) in inner {
            schema.entry(key).or_insert(value);
        }
    }
}

/// A choice among described constants becomes an `enum`, and the descriptions move into its own.
fn hoist_choice(schema: &mut Map<String, Value>) {
    let Some(Value::Array(choices)) = schema.get("oneOf") else { return };
    let constants: Option<Vec<_>> = choices.iter().map(|choice| choice.get("const").cloned()).collect();
    let Some(constants) = constants else { return };
    let meanings = choices.iter().filter_map(|choice| {
        let (value, meaning) = (choice.get("const")?.as_str()?, choice.get("description")?.as_str()?);
        Some(format!("\n- {value}: {}", meaning.replace('\n', " ")))
    });
    let own = schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
    let description = std::iter::once(own).chain(meanings).collect::<String>();
    schema.remove("oneOf");
    schema.insert("description".to_owned(), description.into());
    schema.insert("type".to_owned(), "string".into());
    schema.insert("enum".to_owned(), constants.into());
}
