//! The table: for every kind an object that is as complete as its rules need, and changes of it.

use std::{fs, path::Path};

use serde::Deserialize;
use serde_json::Value;

/// Plurals of all kinds.
pub const KINDS: [&str; 8] = [
    "connectivitybudgets",
    "connectivityclasses",
    "connectivitydecisions",
    "connectivityintents",
    "connectivityproviders",
    "connectivitysegments",
    "interconnects",
    "sites",
];

/// All that is known about one kind.
pub struct Kind {
    /// Its definition.
    pub crd: Value,
    /// An object that every rule accepts.
    pub base: Value,
    /// Changes of it.
    pub cases: Vec<Case>,
}

/// Changes of one place that one rule accepts or refuses.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The message of the rule.
    pub rule: String,
    /// Dotted path of the place.
    pub field: String,
    /// The word that tells a user where to look; the last of the path where it is absent.
    names: Option<String>,
    /// What the place is changed to before, where the rule compares.
    #[serde(default)]
    from: Option<Value>,
    /// Changes that no rule refuses.
    pub accepted: Vec<Value>,
    /// Changes that this rule refuses, and no other.
    pub refused: Vec<Value>,
}

/// A rule of a schema.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    pub message: String,
    pub expression: String,
}

impl Kind {
    pub fn read(plural: &str) -> Self {
        #[derive(Deserialize)]
        struct Table {
            base: Value,
            cases: Vec<Case>,
        }
        let table: Table = read(&format!("tests/api/cases/{plural}.yaml"));
        let crd = read(&format!("crds/{plural}.naas.dev.yaml"));
        Self { crd, base: table.base, cases: table.cases }
    }

    pub fn schema(&self) -> &Value {
        &self.crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    }

    /// Every rule of the schema, wherever it stands.
    pub fn rules(&self) -> Vec<Rule> {
        let mut rules = Vec::new();
        collect(self.schema(), &mut rules);
        rules.sort();
        rules.dedup();
        rules
    }

    /// Whether a rule compares an object with what it was.
    pub fn compares(&self, case: &Case) -> bool {
        self.rules().iter().any(|rule| rule.message == case.rule && rule.expression.contains("oldSelf"))
    }

    /// The object before a case.
    pub fn before(&self, case: &Case) -> Value {
        case.from.as_ref().map_or_else(|| self.base.clone(), |from| changed(&self.base, &case.field, from))
    }

    /// The object after a change of a case.
    pub fn after(&self, case: &Case, change: &Value) -> Value {
        changed(&self.before(case), &case.field, change)
    }
}

impl Case {
    /// The word that tells a user where to look.
    pub fn names(&self) -> &str {
        self.names.as_deref().unwrap_or_else(|| self.field.rsplit('.').next().unwrap())
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &str) -> T {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let mut document: serde_norway::Value = serde_norway::from_str(&text).unwrap();
    document.apply_merge().unwrap();
    serde_norway::from_value(document).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn collect(schema: &Value, rules: &mut Vec<Rule>) {
    for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
        let text = |key: &str| rule[key].as_str().unwrap().to_owned();
        rules.push(Rule { message: text("message"), expression: text("rule") });
    }
    schema["properties"].as_object().into_iter().flatten().for_each(|(_, inner)| collect(inner, rules));
    for inner in ["items", "additionalProperties"].iter().filter_map(|key| schema.get(*key)) {
        collect(inner, rules);
    }
}

/// A copy of an object in which the place at the path is merged (RFC 7396) with a change; null removes it.
fn changed(object: &Value, path: &str, change: &Value) -> Value {
    let mut object = object.clone();
    let (parent, last) = path.rsplit_once('.').unwrap_or(("", path));
    let mut place = &mut object;
    for step in parent.split('.').filter(|step| !step.is_empty()) {
        place = child(place, step);
    }
    if let (Value::Object(fields), true) = (&mut *place, change.is_null()) {
        fields.remove(last);
    } else {
        merge(child(place, last), change);
    }
    object
}

fn child<'a>(value: &'a mut Value, step: &str) -> &'a mut Value {
    match step.parse::<usize>() {
        Ok(position) => &mut value[position],
        Err(_) => &mut value[step],
    }
}

fn merge(target: &mut Value, change: &Value) {
    match (target, change) {
        (Value::Object(target), Value::Object(change)) => {
            for (key, change) in change {
                if change.is_null() {
                    target.remove(key);
                } else {
                    merge(target.entry(key).or_insert(Value::Null), change);
                }
            }
        }
        (target, change) => *target = change.clone(),
    }
}
