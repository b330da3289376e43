//! The operator is killed at random moments, as a real process, while people create, change and delete and sellers misbehave:
//! nothing is bought twice, lost, or left behind.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use kube::api::{Api, PostParams};
use naas_operator::api::{ConnectivityDecision, OrderRecordState};
use serde_json::{Value, json};

use crate::many::{all_gone, alone, plenty, roomy, small, wide_pools};
use crate::process::{Random, kubeconfig, start};
use crate::world::{PATIENCE, RunningSeller, Stage, condition, instant, open, plane, ready, within};

/// What a seller does wrong, one call in a few. No effect comes later than the provider's delay bound.
fn misbehaving(seed: u64) -> Value {
    let fault = |name: &str, on: &str, percent: &str, does: Value| json!({"name": name, "on": on, "when": {"chance": {"percent": percent, "seed": seed}}, "does": does});
    json!([
        fault("order answer lost", "order.create", "8", json!({"answerLost": {}})),
        fault("order request lost", "order.create", "6", json!({"requestLost": {}})),
        fault("order late", "order.create", "6", json!({"effectDelayed": {"by": "800ms"}})),
        fault("order taken, 503", "order.create", "4", json!({"status": {"code": 503, "afterEffect": true}})),
        fault("order taken, 409", "order.create", "3", json!({"status": {"code": 409, "afterEffect": true}})),
        fault("order 429", "order.create", "3", json!({"status": {"code": 429, "retryAfter": 1}})),
        fault("order half an answer", "order.create", "3", json!("truncatedJson")),
        fault("proxy", "any", "1", json!({"proxyPage": {"code": 200}})),
        fault("down", "any", "2", json!({"status": {"code": 500}})),
        fault("lost", "any", "1", json!({"requestLost": {}})),
        fault("half", "any", "1", json!("truncatedJson")),
        fault("slow", "any", "2", json!({"slow": {"by": "300ms"}})),
    ])
}

/// Two sellers at which everything takes a moment, so that kills meet every step.
async fn sellers(seed: u64) -> (RunningSeller, RunningSeller) {
    let slow = |scenario: &mut Value| {
        roomy(scenario);
        scenario["qualification"]["answer"] = json!("Deferred");
        scenario["qualification"]["answerAfter"] = json!("700ms");
        scenario["order"]["leadTimes"] = json!({"add": "1s", "modify": "1s", "delete": "1s"});
        scenario["faults"] = misbehaving(seed);
    };
    let (mut metro, mut haul) =
        (open(instant("metro-fiber", slow)).await, open(instant("long-haul", slow)).await);
    (metro.misbehaves, haul.misbehaves) = (true, true);
    (metro, haul)
}

/// What people want: the committed rate in Gbit/s by name of the intent.
pub struct People {
    pub stage: Stage,
    wanted: BTreeMap<String, u64>,
    named: usize,
}

impl People {
    pub const fn new(stage: Stage) -> Self {
        Self { stage, wanted: BTreeMap::new(), named: 0 }
    }

    pub async fn create(&mut self) {
        let intent = self.stage.create(&small(&self.stage, self.named)).await;
        self.named += 1;
        self.wanted.insert(intent.metadata.name.unwrap(), 1);
    }

    /// Somebody changes or deletes an intent, whatever becomes of it just now.
    pub async fn act(&mut self, random: &mut Random) {
        let nth = usize::try_from(random.below(self.wanted.len() as u64)).unwrap();
        let name = self.wanted.keys().nth(nth).unwrap().clone();
        if random.below(3) == 0 {
            self.stage.delete(&name).await;
            self.wanted.remove(&name);
            self.create().await;
        } else {
            let rate = 1 + random.below(4);
            self.stage.edit(&name, json!({"bandwidth": {"committed": format!("{rate}G")}})).await;
            self.wanted.insert(name, rate);
        }
    }

    /// Metro Fiber's price list: 225.00 a month and 450.00 for each Gbit/s.
    pub fn monthly(&self) -> String {
        format!("{}.00", self.wanted.values().map(|rate| 225 + 450 * rate).sum::<u64>())
    }

    /// Whether everybody has what they want, and nothing else is left.
    pub async fn content(&self) -> bool {
        let intents = self.stage.intents().list(&Default::default()).await.unwrap().items;
        let as_wanted = intents.iter().all(|intent| {
            let rate = self.wanted.get(intent.metadata.name.as_ref().unwrap());
            let runs = intent.status.as_ref().and_then(|status| status.in_force.as_ref());
            condition(intent, "Ready") == "True"
                && runs.map(|runs| runs.committed.clone()) == rate.map(|rate| format!("{rate}G"))
        });
        as_wanted
            && intents.len() == self.wanted.len()
            && self.stage.segments().await.len() == self.wanted.len()
    }

    /// What only a person can tell: whether the seller has an order under this mark.
    pub async fn settle(&self, metro: &RunningSeller) -> usize {
        let decisions: Api<ConnectivityDecision> = Api::namespaced(self.stage.client.clone(), "naas-system");
        let mut settled = 0;
        for segment in self.stage.segments().await {
            let Some(status) = &segment.status else { continue };
            let open = status.orders.iter().find(|record| record.state == OrderRecordState::Unknown);
            let Some(record) = open else { continue };
            let orders = metro.seller.audit().unwrap().orders;
            let found = orders.iter().find(|order| order.external_id.as_ref() == Some(&record.mark));
            let verdict = match found {
                Some(order) => json!({"orderPlaced": {"mark": record.mark, "orderId": order.id}}),
                None => json!({"orderNotPlaced": {"mark": record.mark}}),
            };
            let name = record.mark.replace('/', "-");
            let mut spec = json!({"author": "a person", "segment": segment.metadata.name});
            spec.as_object_mut().unwrap().extend(verdict.as_object().unwrap().clone());
            let decision = ConnectivityDecision::new(&name, serde_json::from_value(spec).unwrap());
            settled += usize::from(decisions.create(&PostParams::default(), &decision).await.is_ok());
        }
        settled
    }
}

pub fn live(seller: &RunningSeller) -> usize {
    seller.seller.audit().unwrap().services.iter().filter(|service| service.live).count()
}

#[tokio::test]
async fn killed_at_two_hundred_random_moments() {
    const COUNT: usize = 24;
    const KILLS: usize = 200;
    let _alone = alone().await;
    let mut random = Random::seeded();
    let plane = plane().await;
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = kubeconfig(plane, folder.path()).await;
    let (metro, haul) = sellers(random.below(1_000_000)).await;
    let stage = Stage::on(plane, "kills").await;
    stage.sites().await;
    wide_pools(&stage).await;
    for (name, seller) in [("metro-fiber", &metro), ("long-haul", &haul)] {
        stage
            .provider(name, seller, |document| {
                plenty(document);
                document["spec"]["lso"]["requestTimeout"] = json!("1s");
                document["spec"]["lso"]["delayBound"] = json!("1s");
            })
            .await;
    }
    let mut people = People::new(stage);
    for _ in 0..COUNT {
        people.create().await;
    }
    let mut settled = 0;
    for kill in 0..KILLS {
        let mut operator = start(&kubeconfig, "error", Stdio::inherit()).await;
        // Some live long enough to find out what became of an order, most do not.
        let most = if random.below(8) == 0 { 6_000 } else { 900 };
        tokio::time::sleep(Duration::from_millis(random.below(most))).await;
        operator.process.kill().await.expect("killed");
        if random.below(4) == 0 {
            people.act(&mut random).await;
        }
        settled += people.settle(&metro).await;
        if kill % 20 == 19 {
            println!(
                "{} kills: {} orders, {} live services, {settled} settled by a person",
                kill + 1,
                metro.seller.audit().unwrap().orders.len(),
                live(&metro)
            );
        }
    }
    for report in metro.seller.faults().unwrap() {
        println!("{report:?}");
    }
    metro.seller.set_faults(Vec::new()).unwrap().unwrap();
    haul.seller.set_faults(Vec::new()).unwrap().unwrap();
    let _operator = start(&kubeconfig, "error", Stdio::inherit()).await;
    let mut probe = || async {
        people.settle(&metro).await;
        people.content().await.then_some(())
    };
    let calm =
        tokio::time::timeout(PATIENCE * 3, within(PATIENCE * 4, "everybody is content", &mut probe)).await;
    if calm.is_err() {
        for intent in people.stage.intents().list(&Default::default()).await.unwrap() {
            println!("{:?} {:?}", intent.metadata.name, ready(&intent));
        }
        panic!("not everybody got what they want");
    }

    let audit = metro.seller.audit().unwrap();
    println!(
        "orders {}, live {}, twins {:?}, orphans {:?}",
        audit.orders.len(),
        live(&metro),
        audit.twins,
        audit.orphans
    );
    assert_eq!((live(&metro), live(&haul)), (COUNT, 0));
    assert!(audit.twins.is_empty() && audit.orphans.is_empty(), "{audit:#?}");
    assert!(audit.unpaid.is_empty() && audit.overpaid.is_empty(), "{audit:#?}");
    assert_eq!(audit.money["USD"].monthly.to_string(), people.monthly());

    all_gone(&people.stage, PATIENCE * 3).await;
    assert_eq!((live(&metro), live(&haul)), (0, 0));
}
