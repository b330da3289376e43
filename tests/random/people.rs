//! Who asks, changes their mind, leaves, and approves: at random, whatever becomes of it just now.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use kube::api::{DeleteParams, DynamicObject, PostParams};
use serde_json::{Value, json};

use crate::figures::{amount, list, text};
use crate::ground::{Ground, SELLERS, patch};
use crate::process::Random;
use crate::world::{PATIENCE, within};

/// What somebody wants.
pub struct Wish {
    pub namespace: String,
    pub name: String,
    /// What was asked, and since when.
    pub specs: Vec<(Timestamp, Value)>,
    pub changed: bool,
    /// Since when it is taken back.
    pub deleted: Option<Timestamp>,
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
    /// What the intent asked when somebody looked at the plan.
    pub spec: Value,
    pub plan: Value,
    /// What was to be approved by then, where whoever looked before took their time: another plan, or the same for more.
    pub overtaken_by: Option<Value>,
}

/// The fingerprint of a plan's design, as its digest begins with it.
pub fn design(plan: &Value) -> &str {
    text(&plan["digest"]).split('/').next().unwrap_or_default()
}

/// Whether whoever approves the first plan approves the second: the same, for no more.
fn covers(approved: &Value, plan: &Value) -> bool {
    let no_more = |field: &str| amount(&plan[field]) <= amount(&approved[field]);
    design(approved) == design(plan) && no_more("monthly") && no_more("oneTime")
}

/// By how many percent a plan costs more after it was looked at.
const RISE: u64 = 20;

pub struct People<'a> {
    ground: &'a Ground,
    pub wishes: Vec<Wish>,
    pub approved: Vec<Approved>,
    /// Plans that waited for approval when somebody looked.
    seen: BTreeSet<(String, String)>,
    /// Intents whose plans somebody looked at and takes their time over.
    pondered: BTreeMap<String, Value>,
    pub settled: usize,
}

fn one_of<T: Clone>(random: &mut Random, of: &[T]) -> T {
    of[usize::try_from(random.below(of.len() as u64)).unwrap()].clone()
}

impl<'a> People<'a> {
    pub const fn new(ground: &'a Ground) -> Self {
        Self {
            ground,
            wishes: Vec::new(),
            approved: Vec::new(),
            seen: BTreeSet::new(),
            pondered: BTreeMap::new(),
            settled: 0,
        }
    }

    /// Somebody asks for something.
    pub async fn ask(&mut self, random: &mut Random) {
        let namespace = one_of(random, &self.ground.namespaces);
        self.ask_for(namespace, spec(random)).await;
    }

    async fn ask_for(&mut self, namespace: String, spec: Value) {
        let name = format!("wish-{:03}", self.wishes.len());
        let intent = json!({"apiVersion": "naas.dev/v1alpha1", "kind": "ConnectivityIntent",
                            "metadata": {"name": name}, "spec": spec});
        let intent: DynamicObject = serde_json::from_value(intent).unwrap();
        let since = Timestamp::now();
        self.ground.intents(&namespace).create(&PostParams::default(), &intent).await.expect("it is taken");
        self.wishes.push(Wish { namespace, name, specs: vec![(since, spec)], changed: false, deleted: None });
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
        let fits = |wish: &Wish| wish.deleted.is_none() && (!wanted || content.contains(&wish.key()));
        let here: Vec<usize> = (0..self.wishes.len()).filter(|index| fits(&self.wishes[*index])).collect();
        if here.is_empty() {
            return;
        }
        let Some(wish) = self.wishes.get_mut(one_of(random, &here)) else { return };
        let api = self.ground.intents(&wish.namespace);
        if random.below(4) == 0 {
            // Under load the API server may take longer for it than it allows itself.
            let mut told = || async { api.delete(&wish.name, &DeleteParams::default()).await.ok().map(drop) };
            within(PATIENCE, "it is told to go", &mut told).await;
            wish.deleted = Some(Timestamp::now());
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

    /// The intents whose plans wait for approval.
    async fn waiting(&self) -> BTreeMap<String, Value> {
        let intents = self.ground.all_intents().await.into_iter();
        let waits = |intent: &Value| {
            let current = intent["status"]["observedGeneration"] == intent["metadata"]["generation"];
            let is_told = !intent["status"]["plan"].is_null();
            current && is_told && reason(intent) == "ApprovalRequired"
        };
        intents.filter(waits).map(|intent| (key(&intent), intent)).collect()
    }

    /// Whoever may approve looks at what waits: approves most of it, leaves the rest, and takes their time over some. That they approve
    /// as they saw it, and only once it is no longer what waits.
    pub async fn approve(&mut self, random: &mut Random) {
        for (name, intent) in self.waiting().await {
            let plan = &intent["status"]["plan"];
            let is_overtaken = |looked_at: &&Value| !covers(&looked_at["status"]["plan"], plan);
            if self.pondered.get(&name).filter(is_overtaken).is_some() {
                let looked_at = self.pondered.remove(&name).unwrap();
                self.decide(&looked_at, Some(plan)).await;
            }
            if !self.seen.insert((name.clone(), text(&plan["digest"]).to_owned())) {
                continue;
            }
            match random.below(6) {
                0..=3 => drop(self.decide(&intent, None).await),
                4 => drop(self.pondered.insert(name, intent)),
                _ => {}
            }
        }
    }

    /// The first wish of all, when nothing stands in its way: somebody looks at its plan, prices rise, and they approve what they saw.
    pub async fn approve_too_late(&mut self) {
        // One seller may carry it, so that it is the same plan that costs more.
        let spec = json!({
            "endpoints": [{"name": "here", "site": {"name": "ashburn"}}, {"name": "there", "site": {"name": "pittsburgh"}}],
            "bandwidth": {"committed": "4G"}, "className": "dear",
            "objectives": {"latency": {"oneWay": "5ms", "percentile": "99"}},
            "constraints": {"providers": {"deny": ["metro", "haul"]}},
            "budget": {"currency": "USD", "monthly": "9000.00", "oneTime": "9000.00", "termination": "0.00"},
        });
        self.ask_for(self.ground.namespaces[0].clone(), spec).await;
        let name = self.wishes[0].key();
        let mut waits = || async { self.waiting().await.remove(&name) };
        let looked_at = within(PATIENCE, "the first plan waits for approval", &mut waits).await;
        for seller in SELLERS {
            self.ground.price_rises(seller, RISE);
        }
        let plan = &looked_at["status"]["plan"];
        let is_dearer = |now: &Value| {
            let now = &now["status"]["plan"];
            design(now) == design(plan) && amount(&now["monthly"]) > amount(&plan["monthly"])
        };
        let mut rises = || async { self.waiting().await.remove(&name).filter(is_dearer) };
        let by_then = within(PATIENCE * 2, "its offer is over, and it costs more", &mut rises).await;
        let decision = self.decide(&looked_at, Some(&by_then["status"]["plan"])).await;
        let mut useless = || async {
            let said = self.ground.decisions(&self.ground.namespaces[0]).get(&decision).await.unwrap();
            (reason(&said.data) == "PriceAbove").then_some(())
        };
        within(PATIENCE, "the decision says that it allows too little", &mut useless).await;
        for seller in self.ground.sellers.values() {
            assert_eq!(seller.orders(), 0, "nobody approved what it costs by now");
        }
    }

    /// Some seller wants more from now on, or no more than its price list says.
    pub fn haggle(&self, random: &mut Random) {
        let by = one_of(random, &[0, 0, RISE / 2, RISE]);
        self.ground.price_rises(one_of(random, &SELLERS), by);
    }

    /// Approves the plan of an intent as somebody saw it; the name of the decision.
    async fn decide(&mut self, seen: &Value, overtaken_by: Option<&Value>) -> String {
        let (meta, plan) = (&seen["metadata"], &seen["status"]["plan"]);
        let decision = format!("yes-{}", self.approved.len());
        let object = json!({
            "apiVersion": "naas.dev/v1alpha1", "kind": "ConnectivityDecision", "metadata": {"name": decision},
            "spec": {"author": "ada", "because": "it is worth it",
                     "approvePlan": {"intent": {"name": meta["name"]}, "digest": plan["digest"]}},
        });
        let object: DynamicObject = serde_json::from_value(object).unwrap();
        let at = Timestamp::now();
        let decisions = self.ground.decisions(text(&meta["namespace"]));
        decisions.create(&PostParams::default(), &object).await.expect("taken");
        self.approved.push(Approved {
            at,
            intent: key(seen),
            spec: seen["spec"].clone(),
            plan: plan.clone(),
            overtaken_by: overtaken_by.cloned(),
        });
        decision
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
