//! Every rule has a case that it accepts and one that it refuses, as kube's CEL evaluates it.

use std::collections::BTreeSet;

use kube::core::cel::{Validator, compile_schema};
use naas_operator::api::{
    ConnectivityBudget, ConnectivityClass, ConnectivityDecision, ConnectivityIntent, ConnectivityProvider,
    ConnectivitySegment, Interconnect, Site,
};
use serde_json::Value;

use crate::cases::{Case, KINDS, Kind};

#[test]
fn every_rule_accepts_and_refuses() {
    for plural in KINDS {
        let kind = Kind::read(plural);
        let schema = compile_schema(kind.schema());
        let judge = |object: &Value, old: Option<&Value>| -> Vec<String> {
            let verdict = Validator::new().validate_compiled(&schema, object, old);
            verdict.err().into_iter().flatten().map(|error| error.message).collect()
        };
        assert_eq!(judge(&kind.base, None), [""; 0], "{plural}: the base");
        for case in &kind.cases {
            let before = kind.compares(case).then(|| kind.before(case));
            let judge = |change: &Value| judge(&kind.after(case, change), before.as_ref());
            for change in &case.accepted {
                assert_eq!(judge(change), [""; 0], "{plural}: {} <- {change}", case.field);
            }
            for change in &case.refused {
                assert_eq!(judge(change), [case.rule.as_str()], "{plural}: {} <- {change}", case.field);
            }
        }
    }
}

#[test]
fn no_rule_is_without_a_case() {
    for plural in KINDS {
        let kind = Kind::read(plural);
        let tried = |case: &&Case| !case.accepted.is_empty() && !case.refused.is_empty();
        let tried: BTreeSet<_> = kind.cases.iter().filter(tried).map(|case| case.rule.clone()).collect();
        let rules: BTreeSet<_> = kind.rules().into_iter().map(|rule| rule.message).collect();
        assert_eq!(tried, rules, "{plural}: cases on the left, rules of the schema on the right");
        assert_eq!(rules.len(), kind.rules().len(), "{plural}: two rules say the same");
    }
}

/// Every manifest of `examples/` is what its schema accepts and its type reads in full.
#[test]
fn examples_are_accepted() {
    let kinds: Vec<Kind> = KINDS.map(Kind::read).into();
    let mut read = 0;
    for folder in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/examples")).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "yaml") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for document in serde_norway::Deserializer::from_str(&text) {
                let document = <Value as serde::Deserialize>::deserialize(document).unwrap();
                let of_kind = |kind: &&Kind| kind.crd["spec"]["names"]["kind"] == document["kind"];
                let Some(kind) = kinds.iter().find(of_kind) else { continue };
                let verdict =
                    Validator::new().validate_compiled(&compile_schema(kind.schema()), &document, None);
                let refusals = verdict.err().into_iter().flatten().map(|error| error.message);
                assert_eq!(refusals.collect::<Vec<_>>(), [""; 0], "{}", path.display());
                let written = match document["kind"].as_str().unwrap() {
                    "Interconnect" => rewritten::<Interconnect>(&document),
                    "Site" => rewritten::<Site>(&document),
                    "ConnectivityProvider" => rewritten::<ConnectivityProvider>(&document),
                    "ConnectivityBudget" => rewritten::<ConnectivityBudget>(&document),
                    "ConnectivityClass" => rewritten::<ConnectivityClass>(&document),
                    "ConnectivityIntent" => rewritten::<ConnectivityIntent>(&document),
                    other => panic!("{}: nobody writes a {other} by hand", path.display()),
                };
                assert!(contains(&written, &document), "{}:\n{written}\n{document}", path.display());
                read += 1;
            }
        }
    }
    assert!(read > 5, "{read} manifests");
}

fn rewritten<T: serde::de::DeserializeOwned + serde::Serialize>(document: &Value) -> Value {
    serde_json::to_value(serde_json::from_value::<T>(document.clone()).unwrap()).unwrap()
}

/// A base that the types do not read would show nothing about the operator.
#[test]
fn bases_are_what_the_types_read_and_write() {
    fn survives<T: serde::de::DeserializeOwned + serde::Serialize>(plural: &str) {
        let base = Kind::read(plural).base;
        let read: T = serde_json::from_value(base.clone()).unwrap();
        let written = serde_json::to_value(read).unwrap();
        assert!(contains(&written, &base), "{plural}:\n{written}\n{base}");
    }
    survives::<ConnectivityBudget>("connectivitybudgets");
    survives::<ConnectivityDecision>("connectivitydecisions");
    survives::<ConnectivityIntent>("connectivityintents");
    survives::<ConnectivityProvider>("connectivityproviders");
    survives::<ConnectivityClass>("connectivityclasses");
    survives::<ConnectivitySegment>("connectivitysegments");
    survives::<Interconnect>("interconnects");
    survives::<Site>("sites");
}

/// Whether one document has all that another has; defaults may come on top.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| contains(whole, part)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| contains(whole, part))
        }
        (whole, part) => whole == part,
    }
}
