//! Whatever state an intent is in, and whatever is missing when it is deleted: what is printed says how everything goes, and doing
//! what is printed lets everything go.
#![allow(clippy::wildcard_enum_match_arm, reason = "a case names what is special about it")]

use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use naas_operator::api::{ConnectivityDecision, ConnectivityProvider, Site, told};
use serde_json::{Value, json};

use crate::world::{RunningSeller, Stage, instant, open, ready, until};

/// What an intent, or its segment, is in when it is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Priced,
    Ordered,
    AnswerLost,
    OutcomeUnknown,
    Active,
    Changing,
    Ending,
    Suspended,
    Held,
    Drifted,
    Vanished,
}

const STATES: [State; 11] = [
    State::Priced,
    State::Ordered,
    State::AnswerLost,
    State::OutcomeUnknown,
    State::Active,
    State::Changing,
    State::Ending,
    State::Suspended,
    State::Held,
    State::Drifted,
    State::Vanished,
];

/// What is missing when it is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    Site,
    Provider,
    Secret,
    Seller,
    SellerForGood,
}

/// One state and one missing thing.
struct Case {
    state: State,
    stage: Stage,
    metro: RunningSeller,
    provider: ConnectivityProvider,
    secret: Secret,
}

fn faults(state: State) -> Value {
    match state {
        State::AnswerLost | State::OutcomeUnknown => {
            json!([{"name": "lost", "on": "order.create", "when": {"next": 1}, "does": {"answerLost": {}}}])
        }
        _ => json!([]),
    }
}

impl Case {
    /// A stage with one seller that wants a token.
    async fn new(state: State, name: &str) -> Self {
        let stage = Stage::new(name).await;
        let metro = open(instant("metro-fiber", |s| {
            s["access"] = json!({"bearerTokens": ["canary"]});
            s["faults"] = faults(state);
            match state {
                State::Priced => {
                    s["quote"]["answer"] = json!("Deferred");
                    s["quote"]["answerAfter"] = json!("1h");
                }
                State::Ordered => s["order"]["leadTimes"]["add"] = json!("4s"),
                State::Changing => s["order"]["leadTimes"]["modify"] = json!("4s"),
                State::Ending => s["order"]["leadTimes"]["delete"] = json!("4s"),
                State::OutcomeUnknown => s["lists"]["orderSearchLag"] = json!("1h"),
                _ => {}
            }
        }))
        .await;
        stage.sites().await;
        let name = stage.name("metro");
        let secret: Secret =
            serde_json::from_value(json!({"metadata": {"name": name}, "stringData": {"token": "canary"}}))
                .unwrap();
        stage.secrets().create(&PostParams::default(), &secret).await.unwrap();
        let provider = stage
            .provider("metro-fiber", &metro, |d| {
                d["spec"]["credentials"] = json!({"secretRef": {"name": name}});
                d["spec"]["lso"]["authentication"] = json!({"bearer": {}});
                d["spec"]["lso"]["search"]["reliable"] = json!(state != State::OutcomeUnknown);
                d["spec"]["lso"]["delayBound"] = json!("100ms");
            })
            .await;
        Self { state, stage, metro, provider, secret }
    }

    /// Brings the intent into its state.
    async fn reach(&mut self) {
        let providers = self.providers();
        let Self { stage, metro, .. } = self;
        stage.create(&stage.intent("checkpoints", |_| {})).await;
        let portal = |change: Value| {
            let product = &metro.seller.audit().unwrap().services[0].id;
            let change = serde_json::from_value(change).unwrap();
            metro.seller.change_in_portal(product, &change).unwrap().unwrap();
        };
        let reason = match self.state {
            State::Priced => "AwaitingOffer",
            State::Ordered => "OrderInProgress",
            State::AnswerLost => "CheckingOrder",
            State::OutcomeUnknown => "OrderOutcomeUnknown",
            _ => "Active",
        };
        stage.reason("checkpoints", reason).await;
        let more = json!({"bandwidth": {"committed": "4G"}});
        match self.state {
            State::Changing => {
                stage.edit("checkpoints", more).await;
                stage.reason("checkpoints", "OrderInProgress").await;
            }
            State::Suspended => {
                stage.edit("checkpoints", json!({"bandwidth": {"committed": "4G"}, "suspend": true})).await;
                stage.reason("checkpoints", "Suspended").await;
            }
            State::Held => {
                let held = Patch::Merge(json!({"spec": {"purchasing": "Held"}}));
                let name = stage.name("metro-fiber");
                self.provider = providers.patch(&name, &PatchParams::default(), &held).await.unwrap();
                stage.edit("checkpoints", more).await;
                stage.reason("checkpoints", "PurchasingHeld").await;
            }
            State::Drifted => {
                portal(json!({"bandwidth": "1G"}));
                until("it drifts", || async {
                    let intent = stage.intents().get("checkpoints").await.unwrap();
                    let drifted = told(&intent.status.as_ref()?.conditions, "Drifted")?.status == "True";
                    drifted.then_some(())
                })
                .await;
            }
            State::Vanished => {
                portal(json!({"remove": {}}));
                stage.reason("checkpoints", "ServiceVanished").await;
            }
            State::Ending => {
                stage.delete("checkpoints").await;
                stage.gone("checkpoints").await;
            }
            State::Priced | State::Ordered | State::AnswerLost | State::OutcomeUnknown | State::Active => {}
        }
    }

    fn providers(&self) -> Api<ConnectivityProvider> {
        Api::all(self.stage.client.clone())
    }

    /// Takes something away that disconnecting may need.
    async fn lose(&self, missing: Missing) {
        match missing {
            Missing::Site => {
                let sites: Api<Site> = Api::all(self.stage.client.clone());
                by_force(&sites, &self.stage.name("chicago-store")).await;
            }
            Missing::Provider => by_force(&self.providers(), &self.stage.name("metro-fiber")).await,
            Missing::Secret => {
                let name = self.secret.metadata.name.as_deref().unwrap();
                self.stage.secrets().delete(name, &DeleteParams::default()).await.unwrap();
            }
            Missing::Seller | Missing::SellerForGood => self.metro.hang_up(),
        }
    }

    /// What is printed: by the intent while it is there, then by its segments. `None` when all are gone.
    async fn printed(&self) -> Option<(String, String)> {
        if let Some(intent) = self.stage.intents().get_opt("checkpoints").await.unwrap() {
            return Some(ready(&intent));
        }
        let segments = self.stage.segments().await;
        let first = segments.first()?;
        let said = first.status.as_ref().and_then(|status| told(&status.conditions, "Ready"));
        Some(said.map(|said| (said.reason.clone(), said.message.clone())).unwrap_or_default())
    }

    async fn decide(&self, verdict: Value) {
        let segment = self.stage.segments().await.pop().and_then(|segment| segment.metadata.name);
        let mut spec = json!({"author": "a person", "segment": segment});
        spec.as_object_mut().unwrap().extend(verdict.as_object().unwrap().clone());
        let name = format!("{}-{}", self.stage.prefix, verdict.as_object().unwrap().keys().next().unwrap());
        let decision = ConnectivityDecision::new(&name.to_lowercase(), serde_json::from_value(spec).unwrap());
        let decisions: Api<ConnectivityDecision> = Api::namespaced(self.stage.client.clone(), "naas-system");
        decisions.create(&PostParams::default(), &decision).await.unwrap();
    }

    /// Does what is printed. Returns what that was, where it was anything but to wait.
    async fn follow(&mut self, missing: Missing, words: &str) -> Option<&'static str> {
        let name = self.secret.metadata.name.clone().unwrap();
        if words.contains(&format!("there is no Secret {name} in namespace naas-system; create it")) {
            self.stage.secrets().create(&PostParams::default(), &self.secret).await.unwrap();
            return Some("created the Secret");
        }
        let provider = self.stage.name("metro-fiber");
        if words
            .contains(&format!("ConnectivityProvider {provider} does not exist; create it again as it was"))
        {
            let again = ConnectivityProvider::new(&provider, self.provider.spec.clone());
            self.providers().create(&PostParams::default(), &again).await.unwrap();
            return Some("created the ConnectivityProvider again");
        }
        if missing == Missing::SellerForGood && words.contains("with abandon") {
            self.decide(json!({"abandon": {}})).await;
            return Some("abandoned the record");
        }
        if missing == Missing::Seller && words.contains("it is tried again") {
            self.metro.answer_again().await;
            return Some("waited for the seller");
        }
        if words.contains("with orderPlaced or orderNotPlaced") {
            let orders = self.metro.seller.audit().unwrap().orders;
            let mark = orders[0].external_id.clone().unwrap();
            self.decide(json!({"orderPlaced": {"mark": mark, "orderId": orders[0].id}})).await;
            return Some("said that the order was placed");
        }
        None
    }
}

/// An administrator deletes it and strips the finalizer that keeps it.
async fn by_force<K>(api: &Api<K>, name: &str)
where
    K: kube::Resource + Clone + std::fmt::Debug + serde::de::DeserializeOwned,
{
    api.delete(name, &DeleteParams::default()).await.unwrap();
    let bare = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    api.patch(name, &PatchParams::default(), &bare).await.unwrap();
    until(&format!("{name} is gone"), || async { api.get_opt(name).await.unwrap().is_none().then_some(()) })
        .await;
}

async fn goes(state: State, missing: Missing) {
    let name = format!("{state:?}-{missing:?}").to_lowercase();
    let mut case = Case::new(state, &name).await;
    case.reach().await;
    case.lose(missing).await;
    if state != State::Ending {
        case.stage.delete("checkpoints").await;
    }
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut last = (String::new(), String::new());
    let began = tokio::time::Instant::now();
    while let Some(printed) = case.printed().await {
        assert!(began.elapsed() < crate::world::PATIENCE, "{name}: no way out of {printed:?} after {done:?}");
        // What is printed once more just after it was done is not done again.
        if printed != last
            && let Some(did) = case.follow(missing, &printed.1).await
        {
            println!("--- {name}: {}: {}\n      {did}", printed.0, printed.1);
            assert!(done.insert(did), "{name}: it did not help: {did}");
        }
        last = printed;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let audit = case.metro.seller.audit().unwrap();
    let left = case.metro.live();
    // What its inventory does not show any more, a seller may still charge for: nobody can order its end.
    if missing == Missing::SellerForGood || state == State::Vanished {
        assert!(left <= 1, "{name}: {:#?}", audit.services);
    } else {
        assert_eq!(left, 0, "{name}: {:#?}", audit.services);
    }
    assert!(audit.twins.is_empty(), "{name}: {audit:#?}");
    let adds = audit.orders.iter().filter(|order| order.items[0].action == "add").count();
    assert!(adds <= 1, "{name}: {audit:#?}");
}

#[tokio::test]
async fn whatever_is_missing_in_whatever_state_the_printed_advice_lets_everything_go() {
    let all = [Missing::Site, Missing::Provider, Missing::Secret, Missing::Seller, Missing::SellerForGood];
    let cases = STATES.iter().flat_map(|state| all.map(|missing| (*state, missing)));
    stream::iter(cases).for_each_concurrent(12, |(state, missing)| goes(state, missing)).await;
}
