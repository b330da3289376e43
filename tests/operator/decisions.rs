//! What the operator must not decide by itself: a person does, in their own name, and it goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse;
use k8s_openapi::api::rbac::v1::{RoleBinding, RoleRef, Subject};
use kube::api::{Api, ObjectMeta, PostParams};
use naas_operator::api::{ConnectivityDecision, ConnectivitySegment};
use serde_json::{Value, json};

use crate::world::{RunningSeller, Stage, instant, open, open_behind, plane, ready, until};

/// What becomes of the first order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lost {
    /// The seller never gets it.
    Request,
    /// The seller takes it, and we never hear.
    Answer,
}

/// A seller of whose first order nobody hears, and whose searches show no new order for an hour.
async fn silent(stage: &Stage, lost: Lost) -> RunningSeller {
    let first = Arc::new(AtomicBool::new(true));
    let conduct = move |request: Request, next: Next| {
        let orders = request.method() == Method::POST && request.uri().path().ends_with("/productOrder");
        let strikes = orders && first.swap(false, Ordering::SeqCst);
        async move {
            if strikes && lost == Lost::Request {
                return StatusCode::BAD_GATEWAY.into_response();
            }
            let answer = next.run(request).await;
            if strikes { StatusCode::BAD_GATEWAY.into_response() } else { answer }
        }
    };
    let hidden = |scenario: &mut Value| scenario["lists"]["orderSearchLag"] = json!("1h");
    let seller = open_behind(instant("metro-fiber", hidden), |router| router.layer(from_fn(conduct))).await;
    let unreliable = |d: &mut Value| {
        d["spec"]["lso"]["search"]["reliable"] = json!(false);
        d["spec"]["lso"]["delayBound"] = json!("100ms");
    };
    stage.sites().await;
    stage.provider("metro-fiber", &seller, unreliable).await;
    seller
}

/// Somebody who may decide in the namespace of the stage.
async fn approver(stage: &Stage) -> Api<ConnectivityDecision> {
    let user = format!("approver-{}", stage.namespace);
    let binding = RoleBinding {
        metadata: ObjectMeta { name: Some("approver".into()), ..ObjectMeta::default() },
        role_ref: RoleRef {
            api_group: Some("rbac.authorization.k8s.io".into()),
            kind: "ClusterRole".into(),
            name: "naas-approver".into(),
        },
        subjects: Some(vec![Subject {
            api_group: Some("rbac.authorization.k8s.io".into()),
            kind: "User".into(),
            name: user.clone(),
            namespace: None,
        }]),
    };
    let bindings: Api<RoleBinding> = Api::namespaced(stage.client.clone(), &stage.namespace);
    bindings.create(&PostParams::default(), &binding).await.unwrap();
    let client = kube::Client::try_from(plane().await.user(&user, &[]).unwrap()).unwrap();
    let decisions: Api<ConnectivityDecision> = Api::namespaced(client, &stage.namespace);
    until("the role is known", || async { decisions.list(&Default::default()).await.ok() }).await;
    decisions
}

async fn decide(decisions: &Api<ConnectivityDecision>, name: &str, segment: &str, verdict: Value) {
    let author = format!("approver-{}", decisions.namespace().unwrap());
    let mut spec = json!({"author": author, "segment": segment, "because": "their support desk said so"});
    spec.as_object_mut().unwrap().extend(verdict.as_object().unwrap().clone());
    let decision = ConnectivityDecision::new(name, serde_json::from_value(spec).unwrap());
    decisions.create(&PostParams::default(), &decision).await.unwrap();
}

/// Waits until a decision says this of itself, and returns the sentence.
async fn said(decisions: &Api<ConnectivityDecision>, name: &str, reason: &str) -> String {
    until(&format!("decision {name} says {reason}"), || async {
        let decision = decisions.get(name).await.ok()?;
        let ready = decision.status?.conditions.into_iter().find(|condition| condition.type_ == "Ready")?;
        (ready.reason == reason).then_some(ready.message)
    })
    .await
}

async fn only_segment(stage: &Stage) -> ConnectivitySegment {
    let mut segments = stage.segments().await;
    assert_eq!(segments.len(), 1);
    segments.remove(0)
}

fn live(seller: &RunningSeller) -> usize {
    seller.seller.audit().unwrap().services.iter().filter(|service| service.live).count()
}

#[tokio::test]
async fn a_lost_order_that_the_seller_has_is_adopted() {
    let stage = Stage::new("adopted").await;
    let metro = silent(&stage, Lost::Answer).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    let intent = stage.reason("checkpoints", "OrderOutcomeUnknown").await;
    let segment = only_segment(&stage).await;
    let name = segment.metadata.name.clone().unwrap();
    let mark = segment.status.unwrap().orders[0].mark.clone();
    let told = ready(&intent).1;
    for word in ["ConnectivityDecision", &name, &mark, "orderPlaced", "orderNotPlaced"] {
        assert!(told.contains(word), "`{word}` is not in {told}");
    }

    let decisions = approver(&stage).await;
    let placed = |id: &str| json!({"orderPlaced": {"mark": mark, "orderId": id}});
    decide(&decisions, "mistyped", &name, placed("MF-ORD-999999")).await;
    until("the mistake is told", || async {
        let intent = stage.intents().get("checkpoints").await.unwrap();
        ready(&intent).1.contains("decision").then_some(())?;
        ready(&intent).1.contains("MF-ORD-999999, which the seller does not have").then_some(())
    })
    .await;
    let id = metro.seller.audit().unwrap().orders[0].id.clone();
    decide(&decisions, "found", &name, placed(&id)).await;
    stage.reason("checkpoints", "Active").await;
    assert_eq!((metro.seller.audit().unwrap().orders.len(), live(&metro)), (1, 1));
    assert!(said(&decisions, "found", "Used").await.contains(&mark));
    said(&decisions, "mistyped", "Overtaken").await;
}

#[tokio::test]
async fn a_lost_order_that_the_seller_never_got_is_placed_again() {
    let stage = Stage::new("again").await;
    let metro = silent(&stage, Lost::Request).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "OrderOutcomeUnknown").await;
    let segment = only_segment(&stage).await;
    let mark = segment.status.unwrap().orders[0].mark.clone();
    assert!(metro.seller.audit().unwrap().orders.is_empty());

    let decisions = approver(&stage).await;
    let name = segment.metadata.name.unwrap();
    decide(&decisions, "settle", &name, json!({"orderNotPlaced": {"mark": mark}})).await;
    stage.reason("checkpoints", "Active").await;
    assert_eq!((metro.seller.audit().unwrap().orders.len(), live(&metro)), (1, 1));
    said(&decisions, "settle", "Used").await;
}

#[tokio::test]
async fn a_service_is_bought_beside_one_that_was_retained() {
    let stage = Stage::new("beside").await;
    let metro = open(instant("metro-fiber", |_| {})).await;
    stage.sites().await;
    stage.provider("metro-fiber", &metro, |_| {}).await;
    stage.create(&stage.intent("checkpoints", |d| d["spec"]["deletionPolicy"] = json!("Retain"))).await;
    stage.reason("checkpoints", "Active").await;
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;

    stage.create(&stage.intent("checkpoints", |d| d["spec"]["endpoints"][1]["vlan"] = Value::Null)).await;
    let intent = stage.reason("checkpoints", "ServiceExists").await;
    let id = metro.seller.audit().unwrap().orders[0].id.clone();
    assert!(ready(&intent).1.contains(&id) && ready(&intent).1.contains("buyBeside"), "{}", ready(&intent).1);
    let uid = intent.metadata.uid.clone().unwrap();
    let segments = stage.segments().await;
    let wanted = segments.iter().find(|segment| segment.spec.intent_ref.uid == uid).unwrap();
    let decisions = approver(&stage).await;
    decide(
        &decisions,
        "both",
        wanted.metadata.name.as_deref().unwrap(),
        json!({"buyBeside": {"orders": [id]}}),
    )
    .await;
    stage.reason("checkpoints", "Active").await;
    assert_eq!((metro.seller.audit().unwrap().orders.len(), live(&metro)), (2, 2));
    said(&decisions, "both", "Used").await;
}

#[tokio::test]
async fn a_fee_for_leaving_is_accepted_by_a_person() {
    let stage = Stage::new("leaving").await;
    let metro = open(instant("metro-fiber", |_| {})).await;
    stage.sites().await;
    let all = |d: &mut Value| d["spec"]["lso"]["earlyTermination"] = json!({"percentOfRemaining": "100"});
    stage.provider("metro-fiber", &metro, all).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "Active").await;
    let name = only_segment(&stage).await.metadata.name.unwrap();
    stage.delete("checkpoints").await;
    stage.reason("checkpoints", "TerminationFeeNotAccepted").await;
    assert_eq!(live(&metro), 1);

    let decisions = approver(&stage).await;
    let little = json!({"acceptTermination": {"currency": "USD", "amount": "1.00"}});
    decide(&decisions, "stingy", &name, little).await;
    said(&decisions, "stingy", "NotUsedYet").await;
    assert_eq!(live(&metro), 1);
    let enough = json!({"acceptTermination": {"currency": "USD", "amount": "2000.00"}});
    decide(&decisions, "enough", &name, enough).await;
    stage.gone("checkpoints").await;
    until("the service is gone", || async { (live(&metro) == 0).then_some(()) }).await;
}

#[tokio::test]
async fn a_record_of_a_seller_that_is_gone_is_abandoned_on_a_persons_word() {
    let stage = Stage::new("abandoned").await;
    let metro = open(instant("metro-fiber", |_| {})).await;
    stage.sites().await;
    stage.provider("metro-fiber", &metro, |_| {}).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "Active").await;
    let name = only_segment(&stage).await.metadata.name.unwrap();
    metro.hang_up();
    stage.delete("checkpoints").await;
    stage.reason("checkpoints", "SellerUnavailable").await;
    let decisions = approver(&stage).await;
    decide(&decisions, "gone-for-good", &name, json!({"abandon": {}})).await;
    stage.gone("checkpoints").await;
    until("the record is gone", || async { stage.segments().await.is_empty().then_some(()) }).await;
    said(&decisions, "gone-for-good", "Used").await;
}
