//! Who asks, changes their mind, leaves, and approves: at random, whatever becomes of it just now.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use kube::api::{DeleteParams, DynamicObject, PostParams};
use serde_json::{Value, json};

use crate::figures::{list, text};
use crate::ground::{Ground, SELLERS, patch};
use crate::process::Random;

/// What somebody wants.
pub struct Wish {
    pub namespace: String,
    pub name: String,
    /// What was asked, and since when.
    pub specs: Vec<(Timestamp, Value)>,
    pub changed: bool,
    pub deleted: bool,
}

impl Wish {
    pub fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    pub fn spec(&self) -> &Value {
        &self.specs.last().unwrap().1
    }

    /// The most that it may cost per month at an instant; nothing where it may not cost anything. Budgets are only ever raised.
    pub fn budget(&self, at: Timestamp) -> Value {
        let stated = self.specs.iter().rev().find(|(since, _)| *since <= at);
        stated.map_or(Value::Null, |(_, spec)| spec["budget"]["monthly"].clone())
    }
}

/// A plan that was approved.
pub struct Approved {
    pub at: Timestamp,
    pub intent: String,
    pub plan: Value,
}

pub struct People<'a> {
    ground: &'a Ground,
    pub wishes: Vec<Wish>,
    pub approved: Vec<Approved>,
    seen: BTreeSet<String>,
    pub settled: usize,
}

fn one_of<T: Clone>(random: &mut Random, of: &[T]) -> T {
    of[usize::try_from(random.below(of.len() as u64)).unwrap()].clone()
}

impl<'a> People<'a> {
    pub const fn new(ground: &'a Ground) -> Self {
        Self { ground, wishes: Vec::new(), approved: Vec::new(), seen: BTreeSet::new(), settled: 0 }
    }

    /// Somebody asks for something.
    pub async fn ask(&mut self, random: &mut Random) {
        let namespace = one_of(random, &self.ground.namespaces);
        let name = format!("wish-{:03}", self.wishes.len());
        let spec = spec(random);
        let intent = json!({"apiVersion": "naas.dev/v1alpha1", "kind": "ConnectivityIntent",
                            "metadata": {"name": name}, "spec": spec});
        let intent: DynamicObject = serde_json::from_value(intent).unwrap();
        let since = Timestamp::now();
        self.ground.intents(&namespace).create(&PostParams::default(), &intent).await.expect("it is taken");
        self.wishes.push(Wish {
            namespace,
            name,
            specs: vec![(since, spec)],
            changed: false,
            deleted: false,
        });
    }

    /// Somebody wants more, or less, or nothing any more.
    pub async fn act(&mut self, random: &mut Random) {
        // Half of them have what they wanted.
        let wanted = random.below(2) == 0;
        let content: BTreeSet<String> = self
            .ground
            .all_intents()
            .await
            .iter()
            .filter(|intent| reason(intent) == "Active")
            .map(key)
            .collect();
        let fits = |wish: &Wish| !wish.deleted && (!wanted || content.contains(&wish.key()));
        let here: Vec<usize> = (0..self.wishes.len()).filter(|index| fits(&self.wishes[*index])).collect();
        if here.is_empty() {
            return;
        }
        let Some(wish) = self.wishes.get_mut(one_of(random, &here)) else { return };
        let api = self.ground.intents(&wish.namespace);
        if random.below(4) == 0 {
            wish.deleted = true;
            api.delete(&wish.name, &DeleteParams::default()).await.expect("deleted");
            return;
        }
        let mut change = json!({"bandwidth": {"committed": one_of(random, &["500M", "1G", "2G", "3G"])}});
        if random.below(4) == 0 && !wish.spec()["budget"].is_null() {
            change["budget"] = json!({"monthly": "12000.00"});
        }
        let mut spec = wish.spec().clone();
        json_patch(&mut spec, &change);
        wish.specs.push((Timestamp::now(), spec));
        wish.changed = true;
        patch(&api, &wish.name, json!({"spec": change})).await;
    }

    /// Whoever may approve looks at what waits: approves most of it, and leaves the rest.
    pub async fn approve(&mut self, random: &mut Random) {
        let mut waiting: BTreeMap<String, Value> = BTreeMap::new();
        for intent in self.ground.all_intents().await {
            let current = intent["status"]["observedGeneration"] == intent["metadata"]["generation"];
            let plan = &intent["status"]["plan"];
            if current && reason(&intent) == "ApprovalRequired" && !plan.is_null() {
                let meta = &intent["metadata"];
                waiting.insert(format!("{}/{}", text(&meta["namespace"]), text(&meta["name"])), plan.clone());
            }
        }
        for (intent, plan) in waiting {
            if !self.seen.insert(text(&plan["digest"]).to_owned()) {
                continue;
            }
            if random.below(3) > 0 {
                self.decide(&intent, plan).await;
            }
        }
    }

    async fn decide(&mut self, intent: &str, plan: Value) {
        let (namespace, name) = intent.split_once('/').unwrap();
        let decision = format!("yes-{}", self.approved.len());
        let object = json!({
            "apiVersion": "naas.dev/v1alpha1", "kind": "ConnectivityDecision", "metadata": {"name": decision},
            "spec": {"author": "ada", "because": "it is worth it",
                     "approvePlan": {"intent": {"name": name}, "digest": plan["digest"]}},
        });
        let object: DynamicObject = serde_json::from_value(object).unwrap();
        let at = Timestamp::now();
        self.ground.decisions(namespace).create(&PostParams::default(), &object).await.expect("taken");
        self.approved.push(Approved { at, intent: intent.to_owned(), plan });
    }

    /// What only a person can tell: whether a seller has an order under this mark.
    pub async fn settle(&mut self) {
        for segment in self.ground.all_segments().await {
            if reason(&segment) != "OrderOutcomeUnknown" {
                continue;
            }
            let seller = &self.ground.sellers[text(&segment["spec"]["provider"]["name"])];
            let orders = seller.seller.audit().unwrap().orders;
            for record in
                list(&segment["status"]["orders"]).iter().filter(|record| record["state"] == "Unknown")
            {
                let mark = text(&record["mark"]);
                let found = orders.iter().find(|order| order.external_id.as_deref() == Some(mark));
                let verdict = match found {
                    Some(order) => json!({"orderPlaced": {"mark": mark, "orderId": order.id}}),
                    None => json!({"orderNotPlaced": {"mark": mark}}),
                };
                let mut spec = json!({"author": "ada", "segment": segment["metadata"]["name"]});
                json_patch(&mut spec, &verdict);
                let object = json!({"apiVersion": "naas.dev/v1alpha1", "kind": "ConnectivityDecision",
                                    "metadata": {"name": mark.replace('/', "-")}, "spec": spec});
                let object: DynamicObject = serde_json::from_value(object).unwrap();
                let created =
                    self.ground.decisions("naas-system").create(&PostParams::default(), &object).await;
                self.settled += usize::from(created.is_ok());
            }
        }
    }
}

/// Lays one document over another.
fn json_patch(document: &mut Value, over: &Value) {
    match (document, over) {
        (Value::Object(fields), Value::Object(over)) => {
            for (name, value) in over {
                json_patch(fields.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (document, over) => *document = over.clone(),
    }
}

/// `namespace/name` of an intent.
pub fn key(intent: &Value) -> String {
    let meta = &intent["metadata"];
    format!("{}/{}", text(&meta["namespace"]), text(&meta["name"]))
}

/// The word that an object says of itself.
pub fn reason(object: &Value) -> &str {
    let ready = list(&object["status"]["conditions"]).iter().find(|condition| condition["type"] == "Ready");
    ready.map_or("", |ready| text(&ready["reason"]))
}

/// Anything that somebody may ask for; some of it cannot be had.
fn spec(random: &mut Random) -> Value {
    let ends = one_of(
        random,
        &[
            ("ashburn", "chicago"),
            ("ashburn", "chicago"),
            ("ashburn", "chicago"),
            ("chicago", "ashburn"),
            ("ashburn", "pittsburgh"),
            ("ashburn", "newyork"),
            ("columbus", "ashburn"),
            ("newyork", "chicago"),
            ("pittsburgh", "newyork"),
            ("chicago", "columbus"),
        ],
    );
    let rate = one_of(random, &["300M", "1G", "1G", "1500M", "2G", "2G", "3G", "4G"]);
    let mut spec = json!({
        "endpoints": [{"name": "here", "site": {"name": ends.0}}, {"name": "there", "site": {"name": ends.1}}],
        "bandwidth": {"committed": rate},
        "budget": {"currency": "USD", "monthly": "9000.00", "oneTime": "9000.00", "termination": "0.00"},
    });
    match random.below(12) {
        0 => spec["frameSize"] = json!(9_600),
        1..=3 => spec["frameSize"] = json!(9_000),
        4 => spec["frameSize"] = json!(1_600),
        _ => {}
    }
    match random.below(14) {
        0 => spec["objectives"] = json!({"latency": {"oneWay": "1ms"}}),
        1 => spec["objectives"] = json!({"latency": {"oneWay": "1ms"}, "accept": "BestEffort"}),
        2 => spec["objectives"] = json!({"latency": {"oneWay": "40ms", "percentile": "98"}}),
        3 => spec["objectives"] = json!({"latency": {"oneWay": "15ms", "percentile": "98.4"}}),
        4 => spec["objectives"] = json!({"latency": {"roundTrip": "60ms", "percentile": "96"}}),
        5 => spec["objectives"] = json!({"latency": {"oneWay": "16ms"}, "accept": "BestEffort"}),
        6 => spec["objectives"] = json!({"availability": {"minPercent": "99.0"}}),
        7 => spec["objectives"] = json!({"availability": {"minPercent": "99.8"}}),
        8 => {
            spec["objectives"] =
                json!({"loss": {"maxPercent": "0.02"}, "availability": {"minPercent": "99.5"}})
        }
        9 => spec["objectives"] = json!({"loss": {"maxPercent": "0.00001"}}),
        _ => {}
    }
    match random.below(24) {
        0..=2 => spec["budget"]["monthly"] = json!("400.00"),
        3 => drop(spec.as_object_mut().unwrap().remove("budget")),
        4 => spec["budget"]["currency"] = json!("EUR"),
        _ => {}
    }
    match random.below(20) {
        0 => spec["term"] = json!({"value": 1, "unit": "Month", "atEnd": "Renew"}),
        1 => spec["term"] = json!({"value": 12, "unit": "Month", "atEnd": "Renew"}),
        _ => {}
    }
    if random.below(10) == 0 {
        spec["mode"] = json!("Plan");
    }
    if random.below(7) == 0 {
        spec["constraints"] = json!({"providers": {"deny": [one_of(random, &SELLERS)]}});
    }
    match random.below(12) {
        0 | 1 => spec["resilience"] = json!({"mode": "DiverseProvider"}),
        2 => spec["resilience"] = json!({"mode": "DiversePath"}),
        3 => spec["resilience"] = json!({"mode": "DiversePath", "separatePorts": true}),
        _ => {}
    }
    match random.below(8) {
        0..=2 => spec["className"] = json!("dear"),
        3 => spec["className"] = json!("fast"),
        _ => {}
    }
    spec
}
