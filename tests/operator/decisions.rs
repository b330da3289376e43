//! What the operator must not decide by itself: a person does, in their own name, and it goes on.

use k8s_openapi::api::rbac::v1::{RoleBinding, RoleRef, Subject};
use kube::api::{Api, ObjectMeta, PostParams};
use naas_operator::api::{ConnectivityDecision, ConnectivitySegment};
use serde_json::{Value, json};

use crate::world::{RunningSeller, Stage, instant, open, plane, ready, until};

/// A seller that does this with the first order, on a stage with its sites. Its searches show new orders at once or, where
/// `searched` is false, not within an hour.
async fn does_with_the_first_order(stage: &Stage, fault: Value, searched: bool) -> RunningSeller {
    trusted_or_not(stage, fault, searched, searched).await
}

/// The same, where the account says whether searches can be `trusted`.
async fn trusted_or_not(stage: &Stage, fault: Value, searched: bool, trusted: bool) -> RunningSeller {
    let misbehaves = |scenario: &mut Value| {
        scenario["lists"]["orderSearchLag"] = json!(if searched { "0" } else { "1h" });
        scenario["faults"] =
            json!([{"name": "first", "on": "order.create", "when": {"next": 1}, "does": fault}]);
    };
    let seller = open(instant("metro-fiber", misbehaves)).await;
    stage.sites().await;
    let profile = |d: &mut Value| {
        d["spec"]["lso"]["search"]["reliable"] = json!(trusted);
        d["spec"]["lso"]["delayBound"] = json!("100ms");
    };
    stage.provider("metro-fiber", &seller, profile).await;
    seller
}

/// Somebody who may decide in the namespace of the stage.
pub async fn approver(stage: &Stage) -> Api<ConnectivityDecision> {
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

pub async fn decide(decisions: &Api<ConnectivityDecision>, name: &str, segment: &str, verdict: Value) {
    let author = format!("approver-{}", decisions.namespace().unwrap());
    let mut spec = json!({"author": author, "segment": segment, "because": "their support desk said so"});
    spec.as_object_mut().unwrap().extend(verdict.as_object().unwrap().clone());
    let decision = ConnectivityDecision::new(name, serde_json::from_value(spec).unwrap());
    decisions.create(&PostParams::default(), &decision).await.unwrap();
}

/// Waits until a decision says this of itself, and returns the sentence.
pub async fn said(decisions: &Api<ConnectivityDecision>, name: &str, reason: &str) -> String {
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
    let metro = does_with_the_first_order(&stage, json!({"answerLost": {}}), false).await;
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
    let metro = does_with_the_first_order(&stage, json!({"requestLost": {}}), false).await;
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
async fn an_order_that_no_search_shows_is_known_by_its_quote_and_not_placed_again() {
    let stage = Stage::new("fence").await;
    let metro = trusted_or_not(&stage, json!({"answerLost": {}}), false, true).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    let intent = stage.reason("checkpoints", "OrderOutcomeUnknown").await;
    assert!(ready(&intent).1.contains("its quote was ordered"), "{}", ready(&intent).1);
    assert_eq!((metro.seller.audit().unwrap().orders.len(), live(&metro)), (1, 1));

    let decisions = approver(&stage).await;
    let order = metro.seller.audit().unwrap().orders[0].id.clone();
    let segment = only_segment(&stage).await;
    let mark = segment.status.as_ref().unwrap().orders[0].mark.clone();
    decide(
        &decisions,
        "settle",
        segment.metadata.name.as_ref().unwrap(),
        json!({"orderPlaced": {"mark": mark, "orderId": order}}),
    )
    .await;
    stage.reason("checkpoints", "Active").await;
    assert_eq!((metro.seller.audit().unwrap().orders.len(), live(&metro)), (1, 1));
}

#[tokio::test]
async fn a_seller_that_ignores_filters_proves_nothing_whatever_its_account_declares() {
    let stage = Stage::new("ignores").await;
    let lost = |scenario: &mut Value| {
        scenario["lists"]["ignoredFilters"] = json!(["projectId", "externalId"]);
        scenario["faults"] = json!([{"name": "first", "on": "order.create", "when": {"next": 1}, "does": {"requestLost": {}}}]);
    };
    let metro = open(instant("metro-fiber", lost)).await;
    // An order that nobody here asks for, and that every search shows.
    let other = json!({"like": "MF-PRD-LEGACY-1", "externalId": "theirs", "projectId": "theirs"});
    let other = serde_json::from_value(other).unwrap();
    metro.seller.order_in_portal(&other).unwrap().unwrap();
    stage.sites().await;
    let declared = |d: &mut Value| {
        d["spec"]["lso"]["search"]["reliable"] = json!(true);
        d["spec"]["lso"]["delayBound"] = json!("100ms");
    };
    stage.provider("metro-fiber", &metro, declared).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "OrderOutcomeUnknown").await;
    assert_eq!(metro.seller.audit().unwrap().orders.len(), 1, "only theirs");
}

#[tokio::test]
async fn an_order_that_takes_effect_after_everything_is_found_and_told() {
    let stage = Stage::new("twin").await;
    // Windows, time-out and delay bound of these tests are over after eight seconds.
    let metro = does_with_the_first_order(&stage, json!({"effectDelayed": {"by": "20s"}}), true).await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "Active").await;
    let second = metro.seller.audit().unwrap().orders[0].id.clone();
    assert_eq!(live(&metro), 1);

    let intent = stage.reason("checkpoints", "TwinFound").await;
    let audit = metro.seller.audit().unwrap();
    let twin = audit.orders.iter().map(|order| &order.id).find(|id| **id != second).unwrap();
    assert!(
        ready(&intent).1.contains(twin.as_str()) && !ready(&intent).1.contains(&second),
        "{}",
        ready(&intent).1
    );
    assert_eq!((audit.orders.len(), live(&metro)), (2, 2), "nothing is ended by itself");

    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    until("both are gone", || async { (live(&metro) == 0).then_some(()) }).await;
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
