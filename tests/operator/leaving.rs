//! No path leads to an object that cannot go without saying how it can: whatever is missing while an intent is deleted is named,
//! and doing what is printed lets intent, segment and service go.

use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use naas_operator::api::{ConnectivityIntent, ConnectivityProvider, ConnectivitySegment, Site};
use naas_sim::portal::PortalChange;
use serde_json::{Value, json};

use crate::world::{RunningSeller, Stage, condition, instant, one_seller, open, ready, until};

/// A stage with one seller at which an intent has bought a service.
async fn in_use(
    prefix: &str,
    scenario: impl FnOnce(&mut Value),
    provider: impl FnOnce(&mut Value),
) -> (Stage, RunningSeller) {
    let (stage, metro) = one_seller(prefix, scenario, provider).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "Active").await;
    (stage, metro)
}

/// The intent does not go for this reason: who must act, and these words say what to do.
async fn waits(stage: &Stage, reason: &str, party: &str, words: &[&str]) -> ConnectivityIntent {
    let intent = stage.reason("checkpoints", reason).await;
    assert_eq!(condition(&intent, "Ready"), "False");
    let waiting = intent.status.as_ref().unwrap().waiting_for.clone().unwrap();
    assert_eq!(format!("{:?}", waiting.party), party, "{waiting:?}");
    println!("--- {reason}, {party}: {}", waiting.what);
    for word in words {
        assert!(waiting.what.contains(word), "`{word}` is not in: {}", waiting.what);
        assert!(ready(&intent).1.contains(word), "`{word}` is not in: {}", ready(&intent).1);
    }
    intent
}

/// Everything goes: the intent, its segments, the seller's service; and nothing was bought twice.
async fn all_gone(stage: &Stage, seller: &RunningSeller) {
    stage.gone("checkpoints").await;
    until("the segments are gone", || async { stage.segments().await.is_empty().then_some(()) }).await;
    let audit = seller.seller.audit().unwrap();
    assert_eq!(seller.live(), 0, "{:#?}", audit.services);
    assert!(audit.twins.is_empty() && audit.orphans.is_empty(), "{audit:#?}");
}

/// An administrator deletes it and strips the finalizer that keeps it.
async fn remove_by_force<K>(api: &Api<K>, name: &str)
where
    K: kube::Resource + Clone + std::fmt::Debug + serde::de::DeserializeOwned,
{
    api.delete(name, &DeleteParams::default()).await.unwrap();
    let bare = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    api.patch(name, &PatchParams::default(), &bare).await.unwrap();
    until(&format!("{name} is gone"), || async { api.get_opt(name).await.unwrap().is_none().then_some(()) })
        .await;
}

fn providers(stage: &Stage) -> Api<ConnectivityProvider> {
    Api::all(stage.client.clone())
}

/// Waits until the provider is Ready, or is not.
async fn provider_ready(stage: &Stage, status: bool) {
    let name = stage.name("metro-fiber");
    until(&format!("{name} has Ready={status}"), || async {
        let found = providers(stage).get(&name).await.unwrap().status?;
        (naas_operator::api::holds(&found.conditions, "Ready") == status).then_some(())
    })
    .await;
}

/// The credentials of a provider are deleted while its service is in use, the intent is deleted, and they come back.
async fn credentials_come_back(
    prefix: &str,
    access: Value,
    secret: Value,
    authentication: impl FnOnce(&RunningSeller) -> Value,
) {
    let stage = Stage::new(prefix).await;
    let metro = open(instant("metro-fiber", |s| s["access"] = access)).await;
    stage.sites().await;
    let name = stage.name("metro");
    let secret: Secret =
        serde_json::from_value(json!({"metadata": {"name": name}, "stringData": secret})).unwrap();
    stage.secrets().create(&PostParams::default(), &secret).await.unwrap();
    stage
        .provider("metro-fiber", &metro, |d| {
            d["spec"]["credentials"] = json!({"secretRef": {"name": name}});
            d["spec"]["lso"]["authentication"] = authentication(&metro);
        })
        .await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "Active").await;

    stage.secrets().delete(&name, &DeleteParams::default()).await.unwrap();
    provider_ready(&stage, false).await;
    stage.delete("checkpoints").await;
    let missing = format!("there is no Secret {name} in namespace naas-system; create it");
    waits(&stage, "ProviderMisconfigured", "Platform", &[&missing]).await;
    assert_eq!(metro.live(), 1, "nobody could end it");

    stage.secrets().create(&PostParams::default(), &secret).await.unwrap();
    all_gone(&stage, &metro).await;
}

#[tokio::test]
async fn a_bearer_token_is_deleted_and_comes_back() {
    let access = json!({"bearerTokens": ["canary"]});
    credentials_come_back("no-bearer", access, json!({"token": "canary"}), |_| json!({"bearer": {}})).await;
}

#[tokio::test]
async fn an_oauth2_secret_is_deleted_and_comes_back() {
    let access = json!({"oauth2": {"clients": [{"id": "buyer", "secrets": ["canary"]}]}});
    let secret = json!({"clientId": "buyer", "clientSecret": "canary"});
    let at =
        |metro: &RunningSeller| json!({"oauth2": {"tokenUrl": format!("{}/oauth2/token", metro.address)}});
    credentials_come_back("no-oauth2", access, secret, at).await;
}

#[tokio::test]
async fn a_seller_is_down_and_comes_up() {
    let (stage, mut metro) = in_use("down-up", |_| {}, |_| {}).await;
    metro.hang_up();
    stage.delete("checkpoints").await;
    waits(&stage, "SellerUnavailable", "Seller", &["it is tried again"]).await;
    metro.answer_again().await;
    all_gone(&stage, &metro).await;
    assert_eq!(metro.orders(), 2);
}

#[tokio::test]
async fn a_provider_is_removed_by_force_and_created_again_as_it_was() {
    let (stage, metro) = in_use("no-provider-left", |_| {}, |_| {}).await;
    let name = stage.name("metro-fiber");
    let was = providers(&stage).get(&name).await.unwrap();
    remove_by_force(&providers(&stage), &name).await;
    stage.delete("checkpoints").await;
    let missing = format!("ConnectivityProvider {name} does not exist; create it again as it was");
    waits(&stage, "ProviderMissing", "Platform", &[&missing]).await;
    assert_eq!(metro.live(), 1);

    // Another account under the name is no help, and is told.
    let mut other = was.spec.clone();
    other.lso.as_mut().unwrap().address = "http://127.0.0.1:9".into();
    providers(&stage).create(&PostParams::default(), &ConnectivityProvider::new(&name, other)).await.unwrap();
    waits(&stage, "ProviderIsAnother", "Platform", &["create it again as it was"]).await;
    remove_by_force(&providers(&stage), &name).await;
    providers(&stage)
        .create(&PostParams::default(), &ConnectivityProvider::new(&name, was.spec))
        .await
        .unwrap();
    all_gone(&stage, &metro).await;
}

#[tokio::test]
async fn a_site_is_removed_by_force() {
    let (stage, metro) = in_use("no-site-left", |_| {}, |_| {}).await;
    let sites: Api<Site> = Api::all(stage.client.clone());
    let name = stage.name("chicago-store");
    let was = sites.get(&name).await.unwrap();
    remove_by_force(&sites, &name).await;
    // What runs goes on, and a change says what is missing.
    stage.edit("checkpoints", json!({"bandwidth": {"committed": "4G"}})).await;
    let missing = format!("there is no Site {name}");
    waits(&stage, "ChangeRefused", "User", &[&missing]).await;
    sites.create(&PostParams::default(), &Site::new(&name, was.spec)).await.unwrap();
    let intent = stage.reason("checkpoints", "Active").await;
    assert_eq!(intent.status.unwrap().in_force.unwrap().committed, "4G");

    remove_by_force(&sites, &name).await;
    stage.delete("checkpoints").await;
    all_gone(&stage, &metro).await;
}

#[tokio::test]
async fn the_namespace_is_deleted() {
    let all = |d: &mut Value| d["spec"]["lso"]["earlyTermination"] = json!({"percentOfRemaining": "100"});
    let (stage, metro) = in_use("no-namespace", |_| {}, all).await;
    let namespaces: Api<Namespace> = Api::all(stage.client.clone());
    namespaces.delete(&stage.namespace, &DeleteParams::default()).await.unwrap();
    waits(&stage, "TerminationFeeNotAccepted", "User", &["raise spec.budget.termination"]).await;
    assert_eq!(metro.live(), 1);
    // Nothing can be created there any more, and what is there can still be changed.
    stage.edit("checkpoints", json!({"budget": {"termination": "2000.00"}})).await;
    all_gone(&stage, &metro).await;
    until("the namespace is gone", || async {
        namespaces.get_opt(&stage.namespace).await.unwrap().is_none().then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_intent_that_is_still_priced_just_goes() {
    let slow = |s: &mut Value| {
        s["quote"]["answer"] = json!("Deferred");
        s["quote"]["answerAfter"] = json!("1h");
    };
    let (stage, metro) = one_seller("pricing", slow, |_| {}).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    until("a quote is asked for", || async {
        let asked =
            metro.calls().into_keys().any(|call| call.starts_with("POST") && call.ends_with("/quote"));
        asked.then_some(())
    })
    .await;
    stage.reason("checkpoints", "AwaitingOffer").await;
    stage.delete("checkpoints").await;
    all_gone(&stage, &metro).await;
    assert_eq!(metro.orders(), 0);
}

#[tokio::test]
async fn an_order_under_way_is_cancelled() {
    let slow = |s: &mut Value| {
        s["order"]["leadTimes"]["add"] = json!("1h");
        s["order"]["cancel"] = json!({"supported": true, "assessAfter": "0", "finishAfter": "0"});
    };
    let (stage, metro) = one_seller("cancelled", slow, |_| {}).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "OrderInProgress").await;
    stage.delete("checkpoints").await;
    all_gone(&stage, &metro).await;
    assert_eq!(metro.orders(), 1, "nothing has to be ended");
}

#[tokio::test]
async fn an_order_that_cannot_be_cancelled_ends_before_its_service_does() {
    let slow = |s: &mut Value| {
        s["order"]["leadTimes"]["add"] = json!("4s");
        s["order"]["cancel"] = json!({"supported": false});
    };
    let (stage, metro) = one_seller("ordering", slow, |_| {}).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "OrderInProgress").await;
    stage.delete("checkpoints").await;
    let id = metro.seller.audit().unwrap().orders[0].id.clone();
    waits(&stage, "OrderInProgress", "Seller", &["to complete order", &id]).await;
    all_gone(&stage, &metro).await;
    assert_eq!(metro.orders(), 2);
}

#[tokio::test]
async fn a_change_under_way_ends_before_its_service_does() {
    let slow = |s: &mut Value| s["order"]["leadTimes"]["modify"] = json!("4s");
    let (stage, metro) = in_use("changing", slow, |_| {}).await;
    stage.edit("checkpoints", json!({"bandwidth": {"committed": "4G"}})).await;
    stage.reason("checkpoints", "OrderInProgress").await;
    stage.delete("checkpoints").await;
    waits(&stage, "OrderInProgress", "Seller", &["to complete order"]).await;
    all_gone(&stage, &metro).await;
    assert_eq!(metro.orders(), 3);
}

#[tokio::test]
async fn a_suspended_intent_that_bought_nothing_just_goes() {
    let (stage, metro) = one_seller("suspended", |_| {}, |_| {}).await;
    stage.create(&stage.intent("checkpoints", |d| d["spec"]["suspend"] = json!(true))).await;
    stage.reason("checkpoints", "Suspended").await;
    stage.delete("checkpoints").await;
    all_gone(&stage, &metro).await;
    assert_eq!(metro.orders(), 0);
}

#[tokio::test]
async fn a_change_that_is_suspended_does_not_keep_the_service() {
    let (stage, metro) = in_use("suspended-change", |_| {}, |_| {}).await;
    stage.edit("checkpoints", json!({"bandwidth": {"committed": "4G"}, "suspend": true})).await;
    stage.reason("checkpoints", "Suspended").await;
    stage.delete("checkpoints").await;
    all_gone(&stage, &metro).await;
    assert_eq!(metro.orders(), 2, "bought and ended, and not changed");
}

#[tokio::test]
async fn a_hold_on_purchases_keeps_no_service() {
    let (stage, metro) = in_use("held-in-use", |_| {}, |_| {}).await;
    let held = Patch::Merge(json!({"spec": {"purchasing": "Held"}}));
    providers(&stage).patch(&stage.name("metro-fiber"), &PatchParams::default(), &held).await.unwrap();
    stage.edit("checkpoints", json!({"bandwidth": {"committed": "4G"}})).await;
    stage.reason("checkpoints", "PurchasingHeld").await;
    stage.delete("checkpoints").await;
    all_gone(&stage, &metro).await;
    assert_eq!(metro.orders(), 2, "bought and ended, and not changed");
}

fn rejects(action: &str) -> impl FnOnce(&mut Value) {
    let rule = json!([{
        "name": "no", "on": "Order", "matching": {"action": action}, "times": 1,
        "effect": {"reject": {"reason": "an invoice is open"}},
    }]);
    move |scenario| scenario["rehearsals"] = rule
}

#[tokio::test]
async fn a_rejected_order_leaves_nothing_to_end() {
    let (stage, metro) = one_seller("rejected", rejects("add"), |_| {}).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "OrderRejected").await;
    stage.delete("checkpoints").await;
    all_gone(&stage, &metro).await;
    assert_eq!(metro.orders(), 1);
}

/// The segment says this; the intent may be gone by then, because the seller had the order to end its service.
async fn segment_says(stage: &Stage, reason: &str) -> (ConnectivitySegment, String) {
    until(&format!("the segment says {reason}"), || async {
        let segment = stage.segments().await.pop()?;
        let said = segment.status.as_ref()?.conditions.iter().find(|found| found.type_ == "Ready")?;
        let words = said.message.clone();
        (said.reason == reason).then_some((segment, words))
    })
    .await
}

#[tokio::test]
async fn a_rejected_end_is_for_the_support_desk() {
    let (stage, metro) = in_use("end-rejected", rejects("delete"), |_| {}).await;
    stage.delete("checkpoints").await;
    let (segment, words) = segment_says(&stage, "DisconnectRefused").await;
    println!("--- {words}");
    for word in ["an invoice is open", "have the seller's support desk end the service", "goes by itself"] {
        assert!(words.contains(word), "`{word}` is not in: {words}");
    }
    assert_eq!(metro.live(), 1);
    // The support desk ends it, and that is seen.
    let product = &segment.status.unwrap().products[0].id;
    metro.seller.change_in_portal(product, &PortalChange::Terminate {}).unwrap().unwrap();
    all_gone(&stage, &metro).await;
    assert_eq!(metro.orders(), 2, "an end that was refused is not ordered again by itself");
}
