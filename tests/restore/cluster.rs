//! The control plane of this binary, one test at a time, and a stage on it.

use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, Patch, PatchParams};
use naas_dev::controlplane::{ControlPlane, Options};
use naas_operator::api::{ConnectivityIntent, ConnectivitySegment, OrderRecordState};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

use crate::world::{Operator, RunningSeller, Stage, install, instant, open, settings, until};

/// The control plane, with everything installed, for one test alone. What happens to it happens to nobody else.
pub async fn alone() -> MutexGuard<'static, ControlPlane> {
    static PLANE: OnceCell<Mutex<ControlPlane>> = OnceCell::const_new();
    let plane = PLANE.get_or_init(|| async { Mutex::new(another().await) }).await.lock().await;
    install(&plane).await;
    plane
}

/// A control plane that shares nothing with the other one.
pub async fn another() -> ControlPlane {
    let plane = ControlPlane::start(Options::default()).await.expect("a control plane");
    install(&plane).await;
    plane
}

/// An operator under its own service account.
pub async fn operator(plane: &ControlPlane) -> Operator {
    Operator::start(plane, settings(&["--settled", "2s"])).await
}

/// What the seller does with a request it does at once or never: what became of a lost one shows within seconds.
pub fn prompt(provider: &mut Value) {
    provider["spec"]["lso"]["delayBound"] = json!("100ms");
}

/// A stage with one seller.
pub async fn one_seller(
    plane: &ControlPlane,
    prefix: &str,
    scenario: impl FnOnce(&mut Value),
) -> (Stage, RunningSeller) {
    let stage = Stage::on(plane, prefix).await;
    let metro = open(instant("metro-fiber", scenario)).await;
    stage.sites().await;
    stage.provider("metro-fiber", &metro, prompt).await;
    (stage, metro)
}

/// Orders that the seller ever took, and services that it bills.
pub fn books(seller: &RunningSeller) -> (usize, usize) {
    let audit = seller.seller.audit().unwrap();
    assert!(audit.twins.is_empty() && audit.orphans.is_empty(), "{audit:#?}");
    (seller.orders(), seller.live())
}

/// How often the seller was sent an order.
pub fn sent(seller: &RunningSeller) -> u64 {
    let calls = seller.calls();
    let orders = |call: &str| call.starts_with("POST") && call.ends_with("/productOrder");
    calls.iter().filter(|(call, _)| orders(call)).map(|(_, count)| count).sum()
}

/// Deletes the intent, and sees everything go.
pub async fn give_back(stage: &Stage, seller: &RunningSeller) {
    stage.delete("checkpoints").await;
    all_gone(stage, seller).await;
}

/// Sees everything go.
pub async fn all_gone(stage: &Stage, seller: &RunningSeller) {
    stage.gone("checkpoints").await;
    until("the segments are gone", || async { stage.segments().await.is_empty().then_some(()) }).await;
    assert_eq!(books(seller).1, 0);
}

/// The one segment of a stage.
pub async fn only_segment(stage: &Stage) -> ConnectivitySegment {
    let mut segments = stage.segments().await;
    assert_eq!(segments.len(), 1, "{segments:#?}");
    segments.remove(0)
}

/// Waits until an order is written down and in this state.
pub async fn order_is(stage: &Stage, state: OrderRecordState) {
    until(&format!("an order is {state:?}"), || async {
        let segments = stage.segments().await;
        let mut orders =
            segments.iter().filter_map(|segment| segment.status.as_ref()).flat_map(|s| &s.orders);
        orders.any(|record| record.state == state).then_some(())
    })
    .await;
}

/// Waits until a condition of the intent has this status, and returns its message.
pub async fn told(stage: &Stage, kind: &str, status: &str) -> String {
    until(&format!("{kind} is {status}"), || async {
        let intent = stage.intents().get("checkpoints").await.unwrap();
        let found = intent.status?.conditions.into_iter().find(|condition| condition.type_ == kind)?;
        (found.status == status).then_some(found.message)
    })
    .await
}

/// The manifest as Git has it: without a fixed VLAN, which is no part of what these tests are about.
pub fn manifest(stage: &Stage) -> ConnectivityIntent {
    stage.intent("checkpoints", |_| {})
}

/// Sets or removes the annotation by which the whole operator holds purchases.
pub async fn hold_everything(plane: &ControlPlane, hold: Value) {
    let namespaces: Api<Namespace> = Api::all(plane.client().unwrap());
    let annotation = Patch::Merge(json!({"metadata": {"annotations": {"naas.dev/purchasing": hold}}}));
    namespaces.patch("naas-system", &PatchParams::default(), &annotation).await.unwrap();
}
