//! Intents that are deleted in two steps, whoever deletes them, and whether the operator runs or not. It does not run here.

use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
    runtime::{conditions::is_deleted, wait::await_condition},
};
use naas_operator::api::ConnectivityIntent;
use serde_json::{Value, json};

use crate::cluster::{DEADLINE, NAMESPACE, bound, is_policy, plane, refusal, sample, until};

const LABEL: &str = "naas.dev/deletion-protection";

async fn change(intents: &Api<ConnectivityIntent>, name: &str, patch: Value) {
    intents.patch(name, &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
}

/// What the policy says to a deletion that is only tried.
async fn tried(intents: &Api<ConnectivityIntent>, name: &str) -> Option<String> {
    let dry_run = DeleteParams { dry_run: true, ..DeleteParams::default() };
    let status = refusal(intents.delete(name, &dry_run).await)?;
    assert!(is_policy(&status), "{status:?}");
    Some(status.message)
}

#[tokio::test]
async fn a_labelled_intent_goes_once_its_label_is_gone() {
    let plane = plane().await;
    let name = plane.namespace("protected").await.unwrap();
    let team = bound(plane, "protected-team", &["naas-requester"], Some(&name)).await;
    let intents: Api<ConnectivityIntent> = Api::namespaced(team, &name);
    for intent in ["backbone", "scratch"] {
        intents.create(&PostParams::default(), &sample(intent)).await.unwrap();
    }
    change(&intents, "backbone", json!({"metadata": {"labels": {LABEL: "true"}}})).await;
    until("the policy is in force", async || tried(&intents, "backbone").await.is_some()).await;
    let told = tried(&intents, "backbone").await.unwrap();
    assert!(told.contains(&format!("first remove the label {LABEL}")), "{told}");
    // All at once is no way around.
    let all = intents.delete_collection(&DeleteParams::default(), &ListParams::default()).await;
    assert!(refusal(all).is_some_and(|status| is_policy(&status)));
    assert!(intents.get("backbone").await.unwrap().metadata.deletion_timestamp.is_none());

    change(&intents, "backbone", json!({"metadata": {"labels": {LABEL: null}}})).await;
    intents.delete("backbone", &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
async fn what_commits_to_much_goes_once_that_is_confirmed() {
    let plane = plane().await;
    let admin = plane.client().unwrap();
    let name = plane.namespace("committed").await.unwrap();
    let intents: Api<ConnectivityIntent> = Api::namespaced(admin.clone(), &name);
    let commits = async |intent: &str, monthly: &str, fee: Value| {
        intents.create(&PostParams::default(), &sample(intent)).await.unwrap();
        let termination = json!({"amount": fee, "basis": "Profile"});
        let status = json!({"status": {"commitment": {"monthly": monthly, "termination": termination}}});
        intents.patch_status(intent, &PatchParams::default(), &Patch::Merge(status)).await.unwrap();
    };
    commits("small", "99.99 USD", json!("0.00 USD")).await;
    commits("large", "1000.01 USD", json!("0.00 USD")).await;
    commits("long", "1000.00 USD", json!("5000.01 USD")).await;
    commits("unknown", "1000.00 USD", Value::Null).await;
    commits("foreign", "1.00 EUR", json!("0.00 EUR")).await;
    intents.create(&PostParams::default(), &sample("planned")).await.unwrap();
    for intent in ["small", "large", "long", "unknown", "foreign", "planned"] {
        assert_eq!(tried(&intents, intent).await, None, "{intent}: nobody stated a limit");
    }

    let limits: ConfigMap = serde_json::from_value(json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "naas-deletion-protection"},
        "data": {"currency": "USD", "monthly": "1000.00", "termination": "5000"},
    }))
    .unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(admin.clone(), NAMESPACE);
    maps.create(&PostParams::default(), &limits).await.unwrap();
    until("the limits are known", async || tried(&intents, "large").await.is_some()).await;
    for (intent, words) in [
        ("large", "a service of 1000.01 USD a month, and above 1000.00 USD"),
        ("long", "leaving now costs 5000.01 USD, and above 5000 USD"),
        ("unknown", "leaving now costs what nobody knows"),
        ("foreign", "1.00 EUR a month"),
    ] {
        let told = tried(&intents, intent).await.unwrap_or_default();
        assert!(told.contains(words) && told.contains("naas.dev/confirm-delete=true"), "{intent}: {told}");
    }
    for intent in ["small", "planned"] {
        assert_eq!(tried(&intents, intent).await, None, "{intent}");
    }
    change(&intents, "large", json!({"metadata": {"annotations": {"naas.dev/confirm-delete": "true"}}}))
        .await;
    intents.delete("large", &DeleteParams::default()).await.unwrap();
    maps.delete("naas-deletion-protection", &DeleteParams::default()).await.unwrap();
    until("the limits are gone", async || tried(&intents, "long").await.is_none()).await;
}

/// It does not hang without a word, and goes on by itself once the first step is done.
#[tokio::test]
async fn a_namespace_says_which_intent_keeps_it() {
    let plane = plane().await;
    let admin = plane.client().unwrap();
    let name = plane.namespace("kept").await.unwrap();
    let intents: Api<ConnectivityIntent> = Api::namespaced(admin.clone(), &name);
    intents.create(&PostParams::default(), &sample("backbone")).await.unwrap();
    change(&intents, "backbone", json!({"metadata": {"labels": {LABEL: "true"}}})).await;
    until("the policy is in force", async || tried(&intents, "backbone").await.is_some()).await;

    let namespaces: Api<Namespace> = Api::all(admin);
    let uid = namespaces.get(&name).await.unwrap().uid().unwrap();
    namespaces.delete(&name, &DeleteParams::default()).await.unwrap();
    until("the namespace says why it stays", async || {
        let conditions = namespaces.get(&name).await.unwrap().status.and_then(|status| status.conditions);
        conditions.into_iter().flatten().any(|condition| {
            condition.type_ == "NamespaceDeletionContentFailure"
                && condition.status == "True"
                && condition.message.is_some_and(|told| told.contains(LABEL))
        })
    })
    .await;
    change(&intents, "backbone", json!({"metadata": {"labels": {LABEL: null}}})).await;
    let gone = await_condition(namespaces, &name, is_deleted(&uid));
    tokio::time::timeout(DEADLINE * 3, gone).await.expect("the namespace goes").unwrap();
}
