//! The custom resource definitions in `crds/` are those of `src/api`, and as Kubernetes wants them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What `kubectl apply` can keep in its annotation of what was applied last.
const MOST_BYTES: usize = 256 * 1024;

/// What a structural schema of ours consists of. No `anyOf` and its like, which prune nothing and explain nothing; no
/// `nullable`, which makes a `null` count as stated in rules with `has()`.
const KEYWORDS: [&str; 20] = [
    "additionalProperties",
    "default",
    "description",
    "enum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "properties",
    "required",
    "type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
    "x-kubernetes-validations",
];

#[test]
fn generated_files_are_up_to_date() {
    let fresh = tempfile::tempdir().unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_crdgen")).arg(fresh.path()).status().unwrap();
    assert!(status.success());
    for directory in ["crds", "docs/reference"] {
        let (ours, fresh) = (Path::new(ROOT).join(directory), fresh.path().join(directory));
        for name in names(&fresh) {
            let ours = fs::read_to_string(ours.join(&name)).unwrap_or_default();
            let fresh = fs::read_to_string(fresh.join(&name)).unwrap();
            assert!(ours == fresh, "{directory}/{name} is not what src/api says: run `make crds`");
        }
    }
    assert_eq!(names(&Path::new(ROOT).join("crds")), names(&fresh.path().join("crds")));
}

fn names(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn schemas_are_structural_and_bounded() {
    let mut faults = Vec::new();
    for name in names(&Path::new(ROOT).join("crds")).iter().filter(|name| *name != "kustomization.yaml") {
        let text = fs::read_to_string(Path::new(ROOT).join("crds").join(name)).unwrap();
        assert!(text.len() < MOST_BYTES, "{name} has {} bytes", text.len());
        let crd: Value = serde_norway::from_str(&text).unwrap();
        let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        assert!(schema["properties"]["spec"]["properties"].is_object(), "{name}");
        examine(schema, name.trim_end_matches(".naas.dev.yaml"), false, &mut faults);
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Collects what is wrong with a schema and all below it.
fn examine(schema: &Value, path: &str, in_list: bool, faults: &mut Vec<String>) {
    let mut fault = |what: &str| faults.push(format!("{path}: {what}"));
    let has = |keyword: &str| schema.get(keyword).is_some();
    let open = schema["x-kubernetes-preserve-unknown-fields"] == true;
    for keyword in schema.as_object().unwrap().keys() {
        let marks_open = open && keyword == "x-kubernetes-preserve-unknown-fields";
        if !marks_open && !KEYWORDS.contains(&keyword.as_str()) {
            fault(&format!("unexpected {keyword}"));
        }
    }
    if in_list && has("default") {
        fault("a default in an element of a list makes server-side apply and GitOps tools fight");
    }
    for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
        if rule["message"].as_str().is_none_or(str::is_empty) {
            fault("a rule without a message");
        }
    }
    match schema["type"].as_str() {
        Some("string") if !has("maxLength") && !has("enum") && schema["format"] != "date-time" => {
            fault("a string without maxLength");
        }
        Some("string" | "integer" | "boolean") => {}
        Some("array") => {
            if !has("maxItems") {
                fault("a list without maxItems");
            }
            let element = &schema["items"];
            for key in schema["x-kubernetes-list-map-keys"].as_array().into_iter().flatten() {
                if !element["required"].as_array().is_some_and(|required| required.contains(key)) {
                    fault(&format!("the list's key {key} is not required"));
                }
            }
            match schema["x-kubernetes-list-type"].as_str() {
                Some("map") if !has("x-kubernetes-list-map-keys") => fault("a map of a list without keys"),
                Some("set") if element["type"] != "string" => fault("a set of what is no string"),
                _ => {}
            }
            examine(element, &format!("{path}[]"), true, faults);
        }
        Some("object") => {
            if (has("additionalProperties") || open) && !has("maxProperties") {
                fault("a map without maxProperties");
            }
            if has("additionalProperties") {
                examine(&schema["additionalProperties"], &format!("{path}{{}}"), in_list, faults);
            }
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                if property.get("description").is_none() {
                    faults.push(format!("{path}.{name}: no description"));
                }
                examine(property, &format!("{path}.{name}"), in_list, faults);
            }
        }
        other => fault(&format!("unexpected type {other:?}")),
    }
}
