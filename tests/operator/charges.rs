//! A seller wants more money after the order: it is paid where the budget has room for it, or where a person says so, and nobody's
//! silence costs anything.

use naas_operator::api::{ChargeProgress, ConnectivitySegment, OrderOperation, OrderRecordState};
use serde_json::{Value, json};

use crate::decisions::{approver, decide, said};
use crate::world::{RunningSeller, Stage, instant, open, ready, until};

/// A stage with a seller that charges this much once on every order of a kind, and waits so long for an answer.
async fn charging(prefix: &str, action: &str, amount: &str, waits: &str) -> (Stage, RunningSeller) {
    let charge = json!({"category": "construction", "amount": amount, "blocking": true, "note": "a trench"});
    let on = json!([{"name": "trench", "on": "Order", "matching": {"action": action}, "effect": {"charge": charge}}]);
    let stage = Stage::new(prefix).await;
    let metro = open(instant("metro-fiber", |scenario| {
        scenario["rehearsals"] = on;
        scenario["order"]["chargeResponseTime"] = json!(waits);
    }))
    .await;
    stage.sites().await;
    stage.provider("metro-fiber", &metro, |d| d["spec"]["lso"]["delayBound"] = json!("100ms")).await;
    (stage, metro)
}

async fn segment(stage: &Stage) -> ConnectivitySegment {
    let mut segments = stage.segments().await;
    assert_eq!(segments.len(), 1);
    segments.remove(0)
}

/// How often charges were answered.
fn answers(seller: &RunningSeller) -> u64 {
    let calls = seller.calls();
    let answers = calls.iter().filter(|(call, _)| call.starts_with("PATCH") && call.contains("/charge/"));
    answers.map(|(_, count)| count).sum()
}

/// The one answer on record: whether it accepts, and the decision that it rests on.
fn on_record(segment: &ConnectivitySegment) -> (bool, Option<String>) {
    let status = segment.status.as_ref().unwrap();
    let mut records = status.orders.iter().filter(|record| record.operation == OrderOperation::AnswerCharge);
    let record = records.next().expect("an answer on record");
    assert!(records.next().is_none(), "one answer to one charge");
    assert_eq!(
        (record.state, record.charge_id.as_ref()),
        (OrderRecordState::Settled, Some(&status.charges[0].id))
    );
    (record.accepts.is_some(), record.decision.as_ref().map(|decision| decision.name.clone()))
}

/// The service is in use, its charge was answered once and accepted, and the books of the seller agree with what is told.
async fn runs_at(stage: &Stage, metro: &RunningSeller, one_time: &str) -> ConnectivitySegment {
    let intent = stage.reason("checkpoints", "Active").await;
    assert_eq!(intent.status.unwrap().plan.unwrap().one_time, format!("{one_time} USD"));
    let segment = segment(stage).await;
    let status = segment.status.clone().unwrap();
    assert_eq!(status.in_force.unwrap().one_time, one_time);
    assert_eq!(status.charges[0].state, ChargeProgress::Accepted);
    assert!(on_record(&segment).0);
    let audit = metro.seller.audit().unwrap();
    assert!(audit.unanswered_charges.is_empty() && audit.overpaid.is_empty() && audit.twins.is_empty());
    assert_eq!((audit.orders.len(), metro.live(), answers(metro)), (1, 1, 1));
    assert_eq!(audit.money["USD"].one_off.to_string(), one_time, "what the seller bills once");
    segment
}

/// The order came to nothing because its charge was declined, by an answer and not by silence.
async fn was_declined(stage: &Stage, metro: &RunningSeller) -> ConnectivitySegment {
    let intent = stage.reason("checkpoints", "OrderRejected").await;
    println!("--- {}", ready(&intent).1);
    let segment = segment(stage).await;
    let charge = segment.status.as_ref().unwrap().charges[0].clone();
    assert_eq!(charge.state, ChargeProgress::Declined);
    assert!(ready(&intent).1.contains(&charge.id) && ready(&intent).1.contains("was not accepted"));
    assert!(!on_record(&segment).0);
    let audit = metro.seller.audit().unwrap();
    assert!(audit.unanswered_charges.is_empty(), "silence is no answer: {:?}", audit.unanswered_charges);
    assert_eq!((audit.orders.len(), metro.live(), answers(metro)), (1, 0, 1));
    segment
}

/// Waits until a person is asked, and returns the names of segment and charge.
async fn asked(stage: &Stage, words: &[&str]) -> (String, String) {
    let intent = stage.reason("checkpoints", "ChargePending").await;
    let segment = segment(stage).await;
    let charge = segment.status.as_ref().unwrap().charges[0].clone();
    assert_eq!(charge.state, ChargeProgress::Open);
    let name = segment.metadata.name.unwrap();
    let told = ready(&intent).1;
    println!("--- {told}");
    for word in [&name, &charge.id, "ConnectivityDecision", "answerCharge", "Accept", "Decline"] {
        assert!(told.contains(word), "`{word}` is not in {told}");
    }
    for word in words {
        assert!(told.contains(word), "`{word}` is not in {told}");
    }
    assert!(intent.status.unwrap().waiting_for.unwrap().until.is_some(), "until when");
    (name, charge.id)
}

#[tokio::test]
async fn a_charge_within_the_budget_is_accepted_and_the_service_comes() {
    let (stage, metro) = charging("trench", "add", "99.50", "7d").await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    let segment = runs_at(&stage, &metro, "349.50").await;
    assert_eq!(on_record(&segment).1, None, "nobody had to decide");
}

#[tokio::test]
async fn a_charge_above_the_budget_waits_for_a_person_who_accepts_it() {
    let (stage, metro) = charging("dear-trench", "add", "3000.00", "7d").await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    let (segment, charge) = asked(&stage, &["3000.00 USD", "spec.budget", "construction"]).await;
    assert_eq!(answers(&metro), 0, "nothing is answered meanwhile");

    let decisions = approver(&stage).await;
    let accept = |charge: &str, amount: &str| json!({"answerCharge": {"charge": charge, "answer": "Accept", "currency": "USD", "amount": amount}});
    decide(&decisions, "mistyped", &segment, accept("MF-CHG-999999", "3000.00")).await;
    assert!(said(&decisions, "mistyped", "NoSuchCharge").await.contains("MF-CHG-999999"));
    decide(&decisions, "stingy", &segment, accept(&charge, "2999.99")).await;
    said(&decisions, "stingy", "NotUsedYet").await;
    until("the segment says why not", || async {
        let told = ready(&stage.intents().get("checkpoints").await.unwrap()).1;
        told.contains("accepts no more than 2999.99 USD").then_some(())
    })
    .await;
    assert_eq!(answers(&metro), 0);
    decide(&decisions, "enough", &segment, accept(&charge, "3000.00")).await;
    let segment = runs_at(&stage, &metro, "3250.00").await;
    assert_eq!(on_record(&segment).1.as_deref(), Some("enough"));
    assert!(said(&decisions, "enough", "Used").await.contains(&charge));
    said(&decisions, "stingy", "Overtaken").await;
}

#[tokio::test]
async fn a_raised_budget_answers_a_charge_too() {
    let (stage, metro) = charging("raised", "add", "3000.00", "7d").await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    asked(&stage, &[]).await;
    stage.edit("checkpoints", json!({"budget": {"oneTime": "3250.00"}})).await;
    runs_at(&stage, &metro, "3250.00").await;
}

#[tokio::test]
async fn a_charge_is_declined_by_a_person_and_the_order_ends() {
    let (stage, metro) = charging("declined", "add", "3000.00", "7d").await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    let (segment, charge) = asked(&stage, &[]).await;
    let decisions = approver(&stage).await;
    decide(
        &decisions,
        "too-dear",
        &segment,
        json!({"answerCharge": {"charge": charge, "answer": "Decline"}}),
    )
    .await;
    let segment = was_declined(&stage, &metro).await;
    assert_eq!(on_record(&segment).1.as_deref(), Some("too-dear"));
    said(&decisions, "too-dear", "Used").await;
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
}

#[tokio::test]
async fn a_charge_that_nobody_answers_is_declined_before_it_is_due() {
    // Purchase window, time-out and delay bound of these tests are 7.1 seconds, and there is time for two answers.
    let (stage, metro) = charging("silence", "add", "3000.00", "30s").await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    asked(&stage, &["it is declined at"]).await;
    let segment = was_declined(&stage, &metro).await;
    assert_eq!(on_record(&segment).1, None);
}

#[tokio::test]
async fn an_intent_that_is_deleted_while_its_order_is_charged_for_pays_nothing() {
    let (stage, metro) = charging("unwanted", "add", "3000.00", "7d").await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    asked(&stage, &[]).await;
    stage.delete("checkpoints").await;
    stage.gone("checkpoints").await;
    until("the record is gone", || async { stage.segments().await.is_empty().then_some(()) }).await;
    let audit = metro.seller.audit().unwrap();
    assert!(audit.unanswered_charges.is_empty());
    assert_eq!((audit.orders.len(), metro.live(), answers(&metro)), (1, 0, 1));
}

#[tokio::test]
async fn a_fee_for_leaving_that_comes_as_a_charge_waits_for_a_person() {
    let (stage, metro) = charging("leaving-fee", "delete", "700.00", "7d").await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "Active").await;
    let name = segment(&stage).await.metadata.name.unwrap();
    stage.delete("checkpoints").await;
    let told = until("the charge is told", || async {
        let told = segment(&stage).await.status?.waiting_for?;
        told.what.contains("answerCharge").then_some(told.what)
    })
    .await;
    println!("--- {told}");
    assert!(told.contains("700.00 USD") && told.contains("spec.budget.termination"), "{told}");
    let charge = segment(&stage).await.status.unwrap().charges[0].id.clone();
    assert_eq!(metro.live(), 1);
    // The intent goes when its end is ordered, and then the operator's namespace is the place to decide in.
    let operators = naas_operators(&stage);
    let accept = json!({"answerCharge": {"charge": charge, "answer": "Accept", "currency": "USD", "amount": "700.00"}});
    let mut spec = json!({"author": "kubernetes-admin", "segment": name});
    spec.as_object_mut().unwrap().extend(accept.as_object().unwrap().clone());
    let decision = naas_operator::api::ConnectivityDecision::new(
        &stage.name("fee"),
        serde_json::from_value(spec).unwrap(),
    );
    operators.create(&kube::api::PostParams::default(), &decision).await.unwrap();
    until("the record is gone", || async { stage.segments().await.is_empty().then_some(()) }).await;
    let audit = metro.seller.audit().unwrap();
    assert!(audit.unanswered_charges.is_empty());
    assert_eq!((metro.live(), answers(&metro)), (0, 1));
}

/// Decisions in the operator's namespace.
fn naas_operators(stage: &Stage) -> kube::Api<naas_operator::api::ConnectivityDecision> {
    kube::Api::namespaced(stage.client.clone(), "naas-system")
}

/// The seller hears this of the first answer.
async fn lost(prefix: &str, fault: Value, heard: u64) {
    let (stage, mut metro) = charging(prefix, "add", "99.50", "7d").await;
    metro.misbehaves = true;
    metro.goes_wrong(&json!([{"name": "first", "on": "charge.answer", "when": {"next": 1}, "does": fault}]));
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "CheckingOrder").await;
    stage.reason("checkpoints", "Active").await;
    let status = segment(&stage).await.status.unwrap();
    assert_eq!(status.in_force.unwrap().one_time, "349.50");
    let audit = metro.seller.audit().unwrap();
    assert!(audit.unanswered_charges.is_empty() && audit.overpaid.is_empty());
    assert_eq!((audit.orders.len(), metro.live(), answers(&metro)), (1, 1, heard));
    let charged = audit.bill.iter().filter(|due| due.reason.starts_with("Charge")).count();
    assert_eq!(charged, 1, "{:?}", audit.bill);
}

#[tokio::test]
async fn an_answer_that_was_lost_on_its_way_back_is_not_given_again() {
    lost("answer-lost", json!({"answerLost": {}}), 1).await;
}

#[tokio::test]
async fn an_answer_that_never_arrived_is_given_again() {
    lost("request-lost", json!({"requestLost": {}}), 2).await;
}
