//! What is compared: the seller's books, and the objects in Kubernetes at rest.
//!
//! Left out of the comparison, and nothing else: names, uids and the seller's ids; points in time; generations, but for whether a
//! status is about the present one; field managers; attempts that came to nothing, with the numbers of orders that count them; and
//! `plan.notes`, why an offer was taken: that is told once, and lost with an operator that ends between choosing and telling.

use std::fmt;

use jiff::Timestamp;
use naas_operator::api::{ConnectivityIntent, ConnectivitySegment, LedgerStatus};
use naas_sim::audit::Audit;
use serde_json::{Map, Value, json};

/// The outcome of an operation.
#[derive(Clone, PartialEq)]
pub struct Outcome {
    /// What the operation did to the books of each seller.
    books: Value,
    /// Intents and segments at rest.
    objects: Value,
    /// What ledgers hold: every order that is open or live, and nothing that is not.
    ledgers: Value,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "books: {:#}\nobjects: {:#}\nledgers: {:#}", self.books, self.objects, self.ledgers)
    }
}

impl Outcome {
    pub fn read(
        before: &[Audit],
        now: &[Audit],
        intents: &[ConnectivityIntent],
        segments: &[ConnectivitySegment],
        ledgers: &[LedgerStatus],
    ) -> Self {
        let names = Names::of(intents, segments);
        let ledgers = ledgers.iter().map(|ledger| entries(ledger, segments)).collect();
        let intents: Vec<Value> = intents.iter().map(|intent| object(intent, &names)).collect();
        // Their names are another order with every intent.
        let mut segments: Vec<&ConnectivitySegment> = segments.iter().collect();
        segments.sort_by_key(|segment| (segment.spec.leg, segment.spec.provider.name.clone()));
        let segments: Vec<Value> = segments.iter().map(|segment| object(*segment, &names)).collect();
        let objects = json!({"intents": intents, "segments": segments});
        let books = before.iter().zip(now).map(|(before, now)| books(before, now)).collect();
        Self { books, objects, ledgers: Value::Array(ledgers) }
    }

    /// The lines in which the other one differs.
    pub fn difference(&self, other: &Self) -> String {
        let (expected, found) = (self.to_string(), other.to_string());
        let (expected, found): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
        let missing = expected.iter().filter(|line| !found.contains(line)).map(|line| format!("- {line}"));
        let added = found.iter().filter(|line| !expected.contains(line)).map(|line| format!("+ {line}"));
        missing.chain(added).collect::<Vec<_>>().join("\n")
    }
}

/// What changed in the books of a seller, and what must never be in them.
fn books(before: &Audit, now: &Audit) -> Value {
    let mut orders: Vec<String> = now.orders[before.orders.len()..]
        .iter()
        .map(|order| format!("{} {}", order.items[0].action, order.state))
        .collect();
    orders.sort();
    let services: Vec<Value> = now
        .services
        .iter()
        .filter(|service| service.live)
        .map(|service| {
            json!({
                "offering": service.offering, "status": service.status, "billing": service.billing,
                "monthly": service.monthly, "oneOff": service.one_off, "unis": service.unis,
                "committed": service.committed,
            })
        })
        .collect();
    let owed = |audit: &Audit| audit.money["USD"].clone();
    json!({
        "orders": orders,
        "live services": services,
        "monthly": owed(now).monthly,
        "one-off": owed(now).one_off - owed(before).one_off,
        "twins": now.twins, "orphans": now.orphans, "unpaid": now.unpaid, "overpaid": now.overpaid,
        "unanswered charges": now.unanswered_charges,
    })
}

/// The entries of a ledger, each with whether the segment has that order on record.
fn entries(ledger: &LedgerStatus, segments: &[ConnectivitySegment]) -> Value {
    let on_record = |segment: &str, sequence: i64| {
        let found = segments.iter().find(|found| found.metadata.name.as_deref() == Some(segment));
        let mut orders =
            found.iter().filter_map(|found| found.status.as_ref()).flat_map(|status| &status.orders);
        orders.any(|record| record.sequence == sequence)
    };
    let mut entries: Vec<Value> = ledger
        .entries
        .iter()
        .map(|entry| {
            json!({
                "on record": on_record(&entry.segment, entry.sequence), "counts": entry.counts,
                "monthly": entry.monthly, "oneTime": entry.one_time, "commitment": entry.commitment,
            })
        })
        .collect();
    entries.sort_by_key(Value::to_string);
    json!({"entries": entries, "totals": ledger.totals})
}

/// Names that differ from run to run, and what stands for them.
struct Names(Vec<(String, &'static str)>);

impl Names {
    fn of(intents: &[ConnectivityIntent], segments: &[ConnectivitySegment]) -> Self {
        let mut names = Vec::new();
        for intent in intents {
            names.push((intent.metadata.uid.clone().unwrap_or_default(), "<intent>"));
        }
        for segment in segments {
            names.push((segment.spec.intent_ref.uid.clone(), "<intent>"));
            names.push((segment.spec.provider.address.clone(), "<seller>"));
            names.push((segment.metadata.name.clone().unwrap_or_default(), "<segment>"));
        }
        Self(names)
    }

    /// A text without names, numbers of the seller and points in time.
    fn without(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, stands_for) in &self.0 {
            text = text.replace(name, stands_for);
        }
        let words = text.split(' ').map(|word| {
            let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            if bare.parse::<Timestamp>().is_ok() {
                return word.replace(bare, "<time>");
            }
            match bare.rsplit_once('-') {
                Some((kind, number)) if number.len() == 6 && number.parse::<u32>().is_ok() => {
                    word.replace(bare, &format!("{kind}-<number>"))
                }
                Some(_) | None => word.to_owned(),
            }
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

/// An object without what differs from run to run.
fn object(object: &(impl serde::Serialize + kube::Resource), names: &Names) -> Value {
    let meta = object.meta();
    let mut value = serde_json::to_value(object).unwrap();
    let status = &mut value["status"];
    if let Some(status) = status.as_object_mut() {
        status.remove("lastOrder");
        if let Some(plan) = status.get_mut("plan").and_then(Value::as_object_mut) {
            plan.remove("notes");
        }
    }
    if let Some(orders) = status["orders"].as_array_mut() {
        // What came to nothing is an attempt; an order that the seller took and ended has an id.
        orders.retain(|record| record["state"] != "Refused");
        for record in orders.iter_mut().filter_map(Value::as_object_mut) {
            record.remove("sequence");
            record.remove("mark");
        }
    }
    let mut left = json!({
        "finalizers": meta.finalizers, "deleting": meta.deletion_timestamp.is_some(),
        "spec": value["spec"].take(), "status": value["status"].take(),
    });
    plain(&mut left, meta.generation, names);
    left
}

fn plain(value: &mut Value, generation: Option<i64>, names: &Names) {
    match value {
        Value::String(text) => *text = names.without(text),
        Value::Array(items) => items.iter_mut().for_each(|item| plain(item, generation, names)),
        Value::Object(fields) => fields_plain(fields, generation, names),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn fields_plain(fields: &mut Map<String, Value>, generation: Option<i64>, names: &Names) {
    for (name, value) in fields {
        if name == "observedGeneration" {
            *value = json!(if value.as_i64() == generation { "present" } else { "past" });
        } else {
            plain(value, generation, names);
        }
    }
}
