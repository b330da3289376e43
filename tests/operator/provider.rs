//! The platform team edits an account, and rotates or loses its credentials, while services run and orders are under way: what runs
//! goes on, what is new is refused in words, and everything can still be given back.

use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use naas_operator::api::{ConnectivityProvider, told};
use serde_json::{Value, json};

use crate::world::{RunningSeller, Stage, instant, open, ready, until};

/// A stage with one seller at which an intent has bought a service.
async fn in_use(prefix: &str) -> (Stage, RunningSeller) {
    let stage = Stage::new(prefix).await;
    let metro = open(instant("metro-fiber", |_| {})).await;
    stage.sites().await;
    stage.provider("metro-fiber", &metro, |_| {}).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "Active").await;
    (stage, metro)
}

/// Edits the provider, and waits until the operator has seen that.
async fn edit(stage: &Stage, spec: Value) {
    let providers: Api<ConnectivityProvider> = Api::all(stage.client.clone());
    let name = stage.name("metro-fiber");
    let patch = Patch::Merge(json!({"spec": spec}));
    let edited = providers.patch(&name, &PatchParams::default(), &patch).await.expect("the edit is taken");
    until("the edit is seen", || async {
        let status = providers.get(&name).await.unwrap().status?;
        (status.observed_generation == edited.metadata.generation).then_some(())
    })
    .await;
}

async fn account_says(stage: &Stage, reason: &str) -> String {
    let providers: Api<ConnectivityProvider> = Api::all(stage.client.clone());
    until(&format!("the account says {reason}"), || async {
        let conditions = providers.get(&stage.name("metro-fiber")).await.unwrap().status?.conditions;
        told(&conditions, "Ready").filter(|ready| ready.reason == reason).map(|ready| ready.message.clone())
    })
    .await
}

/// What runs is undisturbed, and nothing was ordered for it.
async fn goes_on(stage: &Stage, metro: &RunningSeller) {
    let intent = stage.intents().get("checkpoints").await.unwrap();
    assert_eq!(ready(&intent).0, "Active", "{intent:#?}");
    assert_eq!((metro.orders(), metro.live()), (1, 1));
}

/// Asks for more, and is refused for this reason in these words.
async fn more_is_refused(stage: &Stage, reason: &str, words: &[&str]) {
    stage.edit("checkpoints", json!({"bandwidth": {"committed": "4G"}})).await;
    let intent = stage.reason("checkpoints", reason).await;
    println!("--- {reason}: {}", ready(&intent).1);
    for word in words {
        assert!(ready(&intent).1.contains(word), "`{word}` is not in: {}", ready(&intent).1);
    }
    assert_eq!(intent.status.unwrap().in_force.unwrap().committed, "2G");
}

/// Takes it back, and all is as it was.
async fn taken_back(stage: &Stage, metro: &RunningSeller) {
    stage.edit("checkpoints", json!({"bandwidth": {"committed": "2G"}})).await;
    stage.reason("checkpoints", "Active").await;
    assert_eq!((metro.orders(), metro.live()), (1, 1));
}

async fn give_back(stage: &Stage, metro: &RunningSeller) {
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    until("the segments are gone", || async { stage.segments().await.is_empty().then_some(()) }).await;
    assert_eq!((metro.orders(), metro.live()), (2, 0));
}

#[tokio::test]
async fn limits_that_are_lowered_below_what_runs_stop_growth_and_nothing_else() {
    let (stage, metro) = in_use("limits-lowered").await;
    edit(&stage, json!({"limits": {"total": {"monthly": "100.00"}, "perOrder": {"monthly": "100.00"}}}))
        .await;
    goes_on(&stage, &metro).await;
    more_is_refused(&stage, "AboveProviderLimit", &["limits.", "ask the platform team"]).await;
    taken_back(&stage, &metro).await;
    give_back(&stage, &metro).await;
}

#[tokio::test]
async fn a_class_that_is_not_offered_any_more_goes_on_where_it_runs() {
    let (stage, metro) = in_use("class-withdrawn").await;
    let bulk = json!([{"name": "BULK", "eir": true, "sls": {"agreement": "annex B", "availabilityPercent": "99.5"}}]);
    edit(&stage, json!({"lso": {"classesOfService": bulk}})).await;
    goes_on(&stage, &metro).await;
    more_is_refused(&stage, "ChangeRefused", &["no class of service is strict enough", "what runs goes on"])
        .await;
    give_back(&stage, &metro).await;
}

#[tokio::test]
async fn an_offering_that_is_withdrawn_goes_on_where_it_runs() {
    let (stage, metro) = in_use("offering-withdrawn").await;
    edit(&stage, json!({"lso": {"offerings": [{"product": "Epl", "id": "MF-EPL"}]}})).await;
    goes_on(&stage, &metro).await;
    more_is_refused(&stage, "ChangeRefused", &["does not sell Evpl"]).await;
    taken_back(&stage, &metro).await;
    give_back(&stage, &metro).await;
}

#[tokio::test]
async fn consumers_that_are_withdrawn_keep_what_they_have_and_can_give_it_back() {
    let (stage, metro) = in_use("consumers-withdrawn").await;
    edit(&stage, json!({"consumers": {"namespaces": ["somebody-else"], "selector": null}})).await;
    goes_on(&stage, &metro).await;
    let next = |d: &mut Value| {
        d["metadata"]["name"] = json!("next");
        d["spec"]["endpoints"][1]["vlan"] = Value::Null;
    };
    stage.create(&stage.intent("checkpoints", next)).await;
    stage.reason("next", "NotAllowed").await;
    stage.delete("next").await;
    stage.gone("next").await;
    goes_on(&stage, &metro).await;
    give_back(&stage, &metro).await;
}

#[tokio::test]
async fn an_account_that_was_made_invalid_says_so_and_is_repaired() {
    let (stage, metro) = in_use("misconfigured").await;
    // A Secret is named that nobody made: nothing can be asked of the seller.
    let missing = json!({"credentials": {"secretRef": {"name": "nobody-made-it"}}, "lso": {"authentication": {"bearer": {}}}});
    edit(&stage, missing).await;
    let words = account_says(&stage, "ProviderMisconfigured").await;
    assert!(
        words.contains("there is no Secret nobody-made-it in namespace naas-system; create it"),
        "{words}"
    );
    goes_on(&stage, &metro).await;
    stage.delete("checkpoints").await;
    let intent = stage.reason("checkpoints", "ProviderMisconfigured").await;
    assert!(ready(&intent).1.contains("nobody-made-it"), "{}", ready(&intent).1);
    assert_eq!(metro.live(), 1);
    edit(&stage, json!({"credentials": null, "lso": {"authentication": null}})).await;
    stage.gone("checkpoints").await;
    until("the service is gone", || async { (metro.live() == 0).then_some(()) }).await;
    assert_eq!(metro.orders(), 2);
}

/// Credentials go wrong while an order is under way, and come back: the order is followed to its end, and placed once.
async fn while_under_way(prefix: &str, wrong: impl AsyncFnOnce(&Stage, &str), reason: &str) {
    let stage = Stage::new(prefix).await;
    let metro = open(instant("metro-fiber", |s| {
        s["access"] = json!({"bearerTokens": ["canary", "rotated"]});
        s["order"]["leadTimes"]["add"] = json!("3s");
    }))
    .await;
    stage.sites().await;
    let name = stage.name("metro");
    let secret: Secret =
        serde_json::from_value(json!({"metadata": {"name": name}, "stringData": {"token": "canary"}}))
            .unwrap();
    stage.secrets().create(&PostParams::default(), &secret).await.unwrap();
    stage
        .provider("metro-fiber", &metro, |d| {
            d["spec"]["credentials"] = json!({"secretRef": {"name": name}});
            d["spec"]["lso"]["authentication"] = json!({"bearer": {}});
        })
        .await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "OrderInProgress").await;
    wrong(&stage, &name).await;
    let intent = stage.reason("checkpoints", reason).await;
    println!("--- {reason}: {}", ready(&intent).1);
    let id = metro.seller.audit().unwrap().orders[0].id.clone();
    assert!(ready(&intent).1.contains(&id), "{}", ready(&intent).1);
    // Another token that the seller takes: rotated.
    let right = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"token": "rotated"}});
    let params = PatchParams::apply("platform-team").force();
    stage.secrets().patch(&name, &params, &Patch::Apply(right)).await.unwrap();
    stage.reason("checkpoints", "Active").await;
    assert_eq!((metro.orders(), metro.live()), (1, 1));
    give_back(&stage, &metro).await;
}

#[tokio::test]
async fn credentials_that_are_rotated_to_wrong_ones_while_an_order_is_under_way() {
    let wrong = async |stage: &Stage, name: &str| {
        let patch = Patch::Merge(json!({"stringData": {"token": "wrong"}}));
        stage.secrets().patch(name, &PatchParams::default(), &patch).await.unwrap();
    };
    while_under_way("rotated-wrong", wrong, "CredentialsRefused").await;
}

#[tokio::test]
async fn credentials_that_are_deleted_while_an_order_is_under_way() {
    let gone = async |stage: &Stage, name: &str| {
        stage.secrets().delete(name, &DeleteParams::default()).await.unwrap();
    };
    while_under_way("deleted-secret", gone, "ProviderMisconfigured").await;
}
