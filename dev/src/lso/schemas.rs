//! The schema documents: read from YAML, brought to JSON Schema Draft 7 in memory, compiled on first use.
//!
//! OpenAPI 3.0 schemas become Draft 7 by three changes: the patches of `waivers`, `nullable` as a second
//! type, and absolute references. The last also serves the product schemas, whose root `$id` is a URN that
//! no relative reference can be resolved against. `discriminator` and `readOnly` stay for `properties` to
//! read; Draft 7 ignores them. Knows nothing of operations or HTTP.

use std::{
    collections::{BTreeMap, HashMap},
    fmt, fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use jsonschema::{Draft, Registry, Validator};
use serde_json::{Map, Value, json};

use super::{LoadError, waivers::PATCHES};

/// Where a schema stands: a file and a JSON pointer in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Address {
    file: String,
    pointer: String,
}

const SCHEME: &str = "lso:/";

impl Address {
    pub(super) fn root(file: &str) -> Self {
        Self { file: file.to_owned(), pointer: String::new() }
    }

    /// The address one token further down.
    pub(super) fn child(&self, token: &str) -> Self {
        let token = token.replace('~', "~0").replace('/', "~1");
        Self { file: self.file.clone(), pointer: format!("{}/{token}", self.pointer) }
    }

    /// Reads an absolute reference as `absolute` writes it, or a fragment within the own file.
    pub(super) fn refer(&self, reference: &str) -> Self {
        match reference.strip_prefix(SCHEME).map(|rest| rest.split_once('#').unwrap_or((rest, ""))) {
            Some((file, pointer)) => Self { file: file.to_owned(), pointer: pointer.to_owned() },
            None => Self { file: self.file.clone(), pointer: reference.trim_start_matches('#').to_owned() },
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.file, self.pointer)
    }
}

/// All documents with their compiled validators.
pub(super) struct Schemas {
    documents: BTreeMap<String, Arc<Value>>,
    registry: Registry<'static>,
    compiled: Mutex<HashMap<Address, Arc<Validator>>>,
}

impl Schemas {
    /// Reads `files`, which are paths relative to `directory`.
    pub(super) fn load(directory: &Path, files: impl IntoIterator<Item = String>) -> Result<Self, LoadError> {
        let mut documents = BTreeMap::new();
        let mut registry = Registry::new().draft(Draft::Draft7);
        for file in files {
            let document = Arc::new(read(directory, &file)?);
            registry = registry
                .add(format!("{SCHEME}{file}"), document.clone())
                .map_err(|source| LoadError::References(Box::new(source)))?;
            documents.insert(file, document);
        }
        let registry = registry.prepare().map_err(|source| LoadError::References(Box::new(source)))?;
        Ok(Self { documents, registry, compiled: Mutex::default() })
    }

    /// All documents by file.
    pub(super) fn documents(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.documents.iter().map(|(file, document)| (file.as_str(), document.as_ref()))
    }

    /// What stands at `address`, if anything does.
    pub(super) fn get(&self, address: &Address) -> Option<&Value> {
        self.documents.get(&address.file)?.pointer(&address.pointer)
    }

    /// The validator for the schema at `address`, compiled once.
    ///
    /// # Errors
    /// Why the schema cannot be compiled.
    pub(super) fn validator(&self, address: &Address) -> Result<Arc<Validator>, String> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = compiled.get(address) {
            return Ok(validator.clone());
        }
        let schema = self.get(address).ok_or_else(|| format!("there is no schema at {address}"))?;
        let validator = jsonschema::options()
            .with_draft(Draft::Draft7)
            .with_registry(&self.registry)
            .should_validate_formats(true)
            .offline()
            .build(schema)
            .map_err(|error| format!("the schema at {address} does not compile: {error}"))?;
        let validator = Arc::new(validator);
        compiled.insert(address.clone(), validator.clone());
        Ok(validator)
    }
}

fn read(directory: &Path, file: &str) -> Result<Value, LoadError> {
    let path = directory.join(file);
    let text = fs::read_to_string(&path).map_err(|source| LoadError::Read { path: path.clone(), source })?;
    let mut document = serde_norway::from_str(&text).map_err(|source| LoadError::Parse { path, source })?;
    for patch in PATCHES.iter().filter(|patch| patch.file == file) {
        patch.apply(&mut document).ok_or(LoadError::Patch {
            file: patch.file,
            object: patch.object,
            why: patch.why,
        })?;
    }
    let parent = Path::new(file).parent().unwrap_or(Path::new(""));
    convert(&mut document, &|reference| absolute(file, parent, reference));
    Ok(document)
}

/// Makes references absolute and `nullable` a type, everywhere below `node`.
fn convert(node: &mut Value, absolute: &impl Fn(&str) -> String) {
    match node {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get_mut("$ref") {
                *reference = absolute(reference);
            }
            if object.get("nullable") == Some(&Value::Bool(true)) {
                allow_null(object);
            }
            object.values_mut().for_each(|child| convert(child, absolute));
        }
        Value::Array(items) => items.iter_mut().for_each(|child| convert(child, absolute)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn allow_null(schema: &mut Map<String, Value>) {
    if let Some(only) = schema.get_mut("type").filter(|only| only.is_string()) {
        *only = json!([only.take(), "null"]);
    }
    if let Some(Value::Array(allowed)) = schema.get_mut("enum") {
        allowed.push(Value::Null);
    }
}

fn absolute(file: &str, parent: &Path, reference: &str) -> String {
    let (target, pointer) = reference.split_once('#').unwrap_or((reference, ""));
    let target = if target.is_empty() { file.to_owned() } else { join(parent, target) };
    format!("{SCHEME}{target}#{pointer}")
}

/// Joins a relative path and takes `.` and `..` out of it.
fn join(parent: &Path, relative: &str) -> String {
    let mut segments: Vec<_> = parent.iter().map(|segment| segment.to_string_lossy().into_owned()).collect();
    for segment in relative.split('/') {
        match segment {
            "." | "" => {}
            ".." => {
                segments.pop();
            }
            name => segments.push(name.to_owned()),
        }
    }
    segments.join("/")
}

/// All YAML files below `directory/sub`, relative to `directory`.
pub(super) fn yaml_files(directory: &Path, sub: &str) -> Result<Vec<String>, LoadError> {
    let mut found = Vec::new();
    let mut open = vec![directory.join(sub)];
    while let Some(next) = open.pop() {
        let failed = |source| LoadError::Read { path: next.clone(), source };
        for entry in fs::read_dir(&next).map_err(failed)? {
            let path: PathBuf = entry.map_err(failed)?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                let relative = path.strip_prefix(directory).unwrap_or(&path);
                found.push(relative.to_string_lossy().into_owned());
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nullable_becomes_a_second_type_and_a_further_value() {
        let mut schema = json!({"type": "string", "enum": ["a"], "nullable": true});
        convert(&mut schema, &str::to_owned);
        assert_eq!((&schema["type"], &schema["enum"]), (&json!(["string", "null"]), &json!(["a", null])));
    }

    #[test]
    fn references_are_made_absolute() {
        let parent = Path::new("productSchema/ip/ipUni");
        let file = "productSchema/ip/ipUni/ipUni.yaml";
        assert_eq!(
            absolute(file, parent, "../common/ipCommon.yaml#/definitions/X"),
            "lso:/productSchema/ip/common/ipCommon.yaml#/definitions/X"
        );
        assert_eq!(
            absolute(file, parent, "#/definitions/X"),
            "lso:/productSchema/ip/ipUni/ipUni.yaml#/definitions/X"
        );
    }
}
