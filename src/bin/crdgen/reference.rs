//! The reference of a kind as a page of Markdown, from its definition alone.

use std::fmt::Write;

use serde_json::{Map, Value};

/// The page about one kind.
pub fn page(definition: &Value) -> String {
    let spec = &definition["spec"];
    let (names, version) = (&spec["names"], &spec["versions"][0]);
    let schema = &version["schema"]["openAPIV3Schema"];
    let mut page = format!(
        "<!-- {} -->\n\n# {}\n\n{}\n\n",
        crate::GENERATED,
        text(&names["kind"]),
        text(&schema["description"])
    );
    line(&mut page, "API", &format!("`{}/{}`", text(&spec["group"]), text(&version["name"])));
    line(&mut page, "Scope", text(&spec["scope"]));
    line(&mut page, "Short names", &codes(list(&names["shortNames"]).map(text)));
    let selectable = list(&version["selectableFields"]).map(|field| text(&field["jsonPath"]));
    line(&mut page, "Field selectors", &codes(selectable.map(|path| path.trim_start_matches('.'))));
    page.push_str("\nA field marked * must be there when the object that it belongs to is.\n");

    if !rules(schema).is_empty() {
        section("The whole object", schema, &mut page);
    }
    for part in ["spec", "status"] {
        let schema = &schema["properties"][part];
        section(part, schema, &mut page);
        page.push_str("\n| Field | Type | Meaning |\n| --- | --- | --- |\n");
        fields(schema, part, &mut page);
    }
    page
}

/// The heading of a part of the object, and the rules on it as a whole.
fn section(name: &str, schema: &Value, page: &mut String) {
    let _ = write!(page, "\n## {name}\n");
    let rules = rules(schema);
    if !rules.is_empty() {
        page.push('\n');
    }
    rules.iter().for_each(|rule| line(page, "Rule", rule));
}

/// A row for each field below a schema, depth first.
fn fields(schema: &Value, path: &str, page: &mut String) {
    let none = Map::new();
    for (name, field) in schema["properties"].as_object().unwrap_or(&none) {
        let required = list(&schema["required"]).any(|required| required == name);
        let (path, inner) = match field["type"].as_str() {
            Some("array") => (format!("{path}.{name}[]"), &field["items"]),
            _ => (format!("{path}.{name}"), field),
        };
        let mark = if required { " *" } else { "" };
        let _ = writeln!(page, "| `{path}`{mark} | {} | {} |", kind(field), meaning(field, inner));
        fields(inner, &path, page);
    }
}

/// What is said about a field, its default, and the rules on it and, for a list, on each of its elements.
fn meaning(field: &Value, inner: &Value) -> String {
    let mut parts = vec![text(&field["description"]).to_owned()];
    if let Some(default) = field.get("default") {
        parts.push(format!("Default: `{default}`."));
    }
    let mut all = rules(field);
    if !std::ptr::eq(field, inner) {
        all.extend(rules(inner));
    }
    parts.extend(all.into_iter().map(|rule| format!("Rule: {rule}.")));
    parts.join("<br>").replace('\n', "<br>").replace('|', "\\|")
}

fn rules(schema: &Value) -> Vec<String> {
    list(&schema["x-kubernetes-validations"]).map(|rule| text(&rule["message"]).to_owned()).collect()
}

/// The type of a field with its bounds, in words.
fn kind(schema: &Value) -> String {
    match (schema["type"].as_str().unwrap_or("any"), schema["format"].as_str()) {
        ("string", Some("date-time")) => "time (RFC 3339)".to_owned(),
        ("string", _) if schema.get("enum").is_some() => "choice".to_owned(),
        ("string", _) => match schema["maxLength"].as_u64() {
            Some(most) => format!("string, at most {most}"),
            None => "string".to_owned(),
        },
        ("integer", _) => match (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
            (Some(least), Some(most)) => format!("integer, {least} to {most}"),
            (Some(least), None) => format!("integer, from {least}"),
            _ => "integer".to_owned(),
        },
        ("array", _) => {
            let (least, most) = (schema["minItems"].as_u64().unwrap_or(0), schema["maxItems"].as_u64());
            let count = most.map_or_else(|| format!("from {least}"), |most| format!("{least} to {most}"));
            format!("list of {count}, each {}", kind(&schema["items"]))
        }
        ("object", _) if schema.get("additionalProperties").is_some() => "map of strings".to_owned(),
        (other, _) => other.to_owned(),
    }
}

fn line(page: &mut String, name: &str, value: &str) {
    let _ = writeln!(page, "- {name}: {value}");
}

fn codes<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let codes: Vec<_> = texts.map(|text| format!("`{text}`")).collect();
    if codes.is_empty() { "none".to_owned() } else { codes.join(", ") }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
