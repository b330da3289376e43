//! A person stands between a plan and its order.

use std::path::Path;

use serde_json::json;
use tokio::process::Command;

use crate::stage::{Approver, class, plan, with_metro};
use crate::world::{plane, ready, until};

const DEAR: &str =
    "{approval: {rules: [{name: dear, expression: plan.monthly > 1000.0, message: above 1000 a month}]}}";

#[tokio::test]
async fn a_plan_is_bought_when_it_was_approved_and_at_that_price() {
    let (stage, metro) = with_metro("approved", |_| {}).await;
    let dear = class(&stage, "dear", false, DEAR).await;
    let ada = Approver::of(&stage).await;
    stage.create(&stage.intent("checkpoints", |d| d["spec"]["className"] = json!(dear))).await;
    let intent = stage.reason("checkpoints", "ApprovalRequired").await;
    let plan = plan(&intent);
    assert!(ready(&intent).1.contains("above 1000 a month"), "{}", ready(&intent).1);
    assert!(ready(&intent).1.contains(&plan.digest), "{}", ready(&intent).1);

    let other = plan.digest.replacen(|digit: char| digit != '0', "0", 1);
    ada.approves("mistyped", "checkpoints", &other).await;
    assert!(ada.said("mistyped", "PlanDiffers").await.contains(&plan.digest));
    assert_eq!(metro.orders(), 0);
    ada.approves("yes", "checkpoints", &plan.digest).await;
    let active = stage.reason("checkpoints", "Active").await;
    assert!(ada.said("yes", "Used").await.contains(&plan.digest));
    assert_eq!(active.metadata.generation, intent.metadata.generation, "nothing in the intent changed");
    let used = active.status.unwrap().approval.unwrap();
    assert_eq!((used.decision.name.as_str(), used.digest), ("yes", plan.digest));
    let audit = metro.seller.audit().unwrap();
    assert_eq!((audit.orders.len(), metro.live()), (1, 1));
    assert_eq!(format!("{} USD", audit.money["USD"].monthly), plan.monthly);
}

#[tokio::test]
async fn a_price_rise_in_between_asks_again() {
    // Offers run out soon, and every one after the first is dearer by a tenth.
    let (stage, metro) = with_metro("dearer", |scenario| {
        scenario["quote"]["validFor"] = json!("6s");
        scenario["rehearsals"] =
            json!([{"name": "dearer", "on": "Quote", "skip": 1, "times": 1000, "effect": {"dearer": {"by": "10"}}}]);
    })
    .await;
    let dear = class(&stage, "dear", false, DEAR).await;
    let ada = Approver::of(&stage).await;
    stage.create(&stage.intent("checkpoints", |d| d["spec"]["className"] = json!(dear))).await;
    let cheap = plan(&stage.reason("checkpoints", "ApprovalRequired").await);
    let dearer = until("the price rises", || async {
        let intent = stage.intents().get("checkpoints").await.unwrap();
        let shown = intent.status?.plan?;
        (shown.monthly != cheap.monthly).then_some(shown)
    })
    .await;
    ada.approves("too-late", "checkpoints", &cheap.digest).await;
    assert!(ada.said("too-late", "PriceAbove").await.contains(&dearer.digest));
    stage.reason("checkpoints", "ApprovalRequired").await;
    assert_eq!(metro.orders(), 0);

    ada.approves("as-it-is", "checkpoints", &dearer.digest).await;
    stage.reason("checkpoints", "Active").await;
    ada.said("as-it-is", "Used").await;
    let audit = metro.seller.audit().unwrap();
    assert_eq!((audit.orders.len(), format!("{} USD", audit.money["USD"].monthly)), (1, dearer.monthly));
}

/// Runs `kubectl naas approve`, without anybody at the terminal.
async fn approve(kubeconfig: &Path, namespace: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_kubectl-naas"))
        .args(["approve", "checkpoints", "--yes", "--because", "it is worth it", "-n", namespace])
        .env("KUBECONFIG", kubeconfig)
        .output()
        .await
        .unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    said
}

#[tokio::test]
async fn the_command_line_approves_what_it_shows() {
    let (stage, metro) = with_metro("command", |_| {}).await;
    let dear = class(&stage, "dear", false, DEAR).await;
    let ada = Approver::of(&stage).await;
    stage.create(&stage.intent("checkpoints", |d| d["spec"]["className"] = json!(dear))).await;
    let shown = plan(&stage.reason("checkpoints", "ApprovalRequired").await);
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("ada");
    plane().await.write_kubeconfig(&ada.config().await, &kubeconfig).unwrap();
    let said = approve(&kubeconfig, &stage.namespace).await;
    assert!(said.contains(&shown.monthly) && said.contains(&stage.namespace), "{said}");
    let used = stage.reason("checkpoints", "Active").await.status.unwrap().approval.unwrap();
    assert_eq!((used.decision.namespace, used.digest), (stage.namespace.clone(), shown.digest));
    assert_eq!(metro.orders(), 1);
}

#[tokio::test]
async fn what_only_the_platform_team_may_approve_is_decided_in_its_namespace() {
    let (stage, metro) = with_metro("platform", |_| {}).await;
    let says = DEAR.replace("{approval: {", "{approval: {approver: Platform, ");
    let dear = class(&stage, "dear", false, &says).await;
    let ada = Approver::of(&stage).await;
    stage.create(&stage.intent("checkpoints", |d| d["spec"]["className"] = json!(dear))).await;
    let shown = plan(&stage.reason("checkpoints", "ApprovalRequired").await);
    ada.approves("not-hers", "checkpoints", &shown.digest).await;
    ada.said("not-hers", "NotAllowed").await;
    assert_eq!(metro.orders(), 0);
    approve(plane().await.kubeconfig(), &stage.namespace).await;
    let used = stage.reason("checkpoints", "Active").await.status.unwrap().approval.unwrap();
    assert_eq!((used.decision.namespace.as_str(), metro.orders()), ("naas-system", 1));
}
