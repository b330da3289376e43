//! What a JSON Schema validator does not see: properties that nobody declares, read-only properties in a
//! request, and the schema that `@type` selects.
//!
//! Walks an instance together with all schemas that apply to each part of it: references and `allOf` are
//! followed, of `oneOf` and `anyOf` the branches that accept the instance, and discriminators lead to the
//! subtype (`mapping`) or, where they have no mapping, to the product schema.

use serde_json::{Map, Value};

use super::{
    product::Products,
    schemas::{Address, Schemas},
    verdict::Kind,
};

/// A finding at a JSON pointer of the instance.
pub(super) struct Finding {
    pub(super) kind: Kind,
    pub(super) at: String,
    pub(super) what: String,
}

/// A schema that `@type` selected for the part of the instance at `at`: it has to accept that part.
pub(super) struct Selected<'v> {
    pub(super) schema: Address,
    pub(super) at: String,
    pub(super) part: &'v Value,
}

/// One walk over one body.
pub(super) struct Walk<'s, 'v> {
    schemas: &'s Schemas,
    products: &'s Products,
    /// Whether the body was sent in a request, where read-only properties have no place.
    in_request: bool,
    pub(super) findings: Vec<Finding>,
    pub(super) selected: Vec<Selected<'v>>,
}

/// The schemas that apply to one part of the instance.
#[derive(Default)]
struct Applying {
    schemas: Vec<Address>,
    /// A type is missing or unknown, so the properties cannot be known either.
    open: bool,
}

const TYPE: &str = "@type";

impl<'s, 'v> Walk<'s, 'v> {
    pub(super) fn new(schemas: &'s Schemas, products: &'s Products, in_request: bool) -> Self {
        Self { schemas, products, in_request, findings: Vec::new(), selected: Vec::new() }
    }

    /// Walks `instance`, which stands at the pointer `at` and to which the schemas at `declared` apply.
    pub(super) fn visit(&mut self, declared: &[Address], instance: &'v Value, at: &str) {
        let mut applying = Applying::default();
        for schema in declared {
            self.expand(schema, instance, at, &mut applying);
        }
        match instance {
            Value::Object(object) => self.visit_object(&applying, object, at),
            Value::Array(items) => {
                let schemas = self.children(&applying, "items");
                for (index, item) in items.iter().enumerate() {
                    self.visit(&schemas, item, &format!("{at}/{index}"));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn visit_object(&mut self, applying: &Applying, object: &'v Map<String, Value>, at: &str) {
        let sets = self.children(applying, "properties");
        for (name, value) in object {
            let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            let declared: Vec<_> = sets
                .iter()
                .map(|set| set.child(name))
                .filter(|address| self.schemas.get(address).is_some())
                .collect();
            if declared.is_empty() {
                if !applying.open && !sets.is_empty() {
                    let what = format!("no schema declares {name:?} here");
                    self.findings.push(Finding { kind: Kind::UnknownProperty, at, what });
                }
                continue;
            }
            if self.in_request && declared.iter().any(|address| self.is_read_only(address)) {
                let what = format!("{name:?} is read-only");
                self.findings.push(Finding { kind: Kind::ReadOnly, at: at.clone(), what });
            }
            self.visit(&declared, value, &at);
        }
    }

    /// Adds the schema at `address` and all it leads to for `instance`.
    fn expand(&mut self, address: &Address, instance: &'v Value, at: &str, into: &mut Applying) {
        let Some(schema) = self.schemas.get(address) else { return };
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return self.expand(&address.refer(reference), instance, at, into);
        }
        // Once each: a subtype leads back to its base.
        if into.schemas.contains(address) {
            return;
        }
        into.schemas.push(address.clone());
        for branch in branches(schema, address, "allOf") {
            self.expand(&branch, instance, at, into);
        }
        for keyword in ["oneOf", "anyOf"] {
            for branch in self.accepting(branches(schema, address, keyword), instance) {
                self.expand(&branch, instance, at, into);
            }
        }
        if let (Some(discriminator), Value::Object(object)) = (schema.get("discriminator"), instance) {
            self.select(discriminator, address, object, instance, at, into);
        }
    }

    /// Follows a discriminator by the `@type` of the object.
    fn select(
        &mut self,
        discriminator: &Value,
        address: &Address,
        object: &Map<String, Value>,
        instance: &'v Value,
        at: &str,
        into: &mut Applying,
    ) {
        let Some(name) = object.get(TYPE).and_then(Value::as_str) else {
            into.open = true;
            return;
        };
        let mapping = discriminator.get("mapping");
        let target = match mapping {
            Some(mapping) => mapping.get(name).and_then(Value::as_str).map(|target| address.refer(target)),
            None => self.products.schema(name).cloned(),
        };
        match target {
            Some(schema) if !into.schemas.contains(&schema) => {
                self.expand(&schema, instance, at, into);
                self.selected.push(Selected { schema, at: at.to_owned(), part: instance });
            }
            Some(_) => {}
            None => {
                into.open = true;
                // A further type may be agreed upon, and then names its schema here.
                if !object.contains_key("@schemaLocation") {
                    let known = match mapping.and_then(Value::as_object) {
                        Some(mapping) => mapping.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
                        None => self.products.urns().collect::<Vec<_>>().join(", "),
                    };
                    let what = format!("{name:?} is none of {known}");
                    self.findings.push(Finding { kind: Kind::UnknownType, at: format!("{at}/{TYPE}"), what });
                }
            }
        }
    }

    /// The branches that accept the instance; all of them if none does, for then the validator says why.
    fn accepting(&self, branches: Vec<Address>, instance: &Value) -> Vec<Address> {
        let accepts = |branch: &&Address| {
            self.schemas.validator(branch).is_ok_and(|validator| validator.is_valid(instance))
        };
        let accepting: Vec<_> = branches.iter().filter(accepts).cloned().collect();
        if accepting.is_empty() { branches } else { accepting }
    }

    /// The `keyword`s of all applying schemas that have it.
    fn children(&self, applying: &Applying, keyword: &str) -> Vec<Address> {
        let children = applying.schemas.iter().map(|schema| schema.child(keyword));
        children.filter(|address| self.schemas.get(address).is_some()).collect()
    }

    fn is_read_only(&self, address: &Address) -> bool {
        self.schemas.get(address).is_some_and(|schema| schema["readOnly"] == true)
    }
}

fn branches(schema: &Value, address: &Address, keyword: &str) -> Vec<Address> {
    let count = schema.get(keyword).and_then(Value::as_array).map_or(0, Vec::len);
    let list = address.child(keyword);
    (0..count).map(|index| list.child(&index.to_string())).collect()
}
