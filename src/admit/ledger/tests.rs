//! What a segment's record claims of a ledger, and what a budget caps.

use serde_json::{Value, json};

use super::*;

/// A segment whose offer costs 100.00 a month and 50.00 at once over a year.
fn segment(status: Value) -> ConnectivitySegment {
    let mut segment: ConnectivitySegment = serde_norway::from_str(
        "
        apiVersion: naas.dev/v1alpha1
        kind: ConnectivitySegment
        metadata: {name: seg-1}
        spec:
          intentRef: {namespace: training, name: checkpoints, uid: 7f3c}
          leg: 0
          replacement: 0
          provider: {name: metro-fiber, address: 'https://metro.example'}
          clientReference: seg-0123456789abcdef0123
          project: acme/training/checkpoints
          product: Evpl
          ends: []
          revision: 1
          intentGeneration: 1
          design:
            committed: 2G
            peak: 2G
            reverseCommitted: 2G
            reversePeak: 2G
            classOfService: BULK
            term: {name: a year, value: 12, unit: Month, atEnd: Renew}
          desired: Present
          authority: {currency: USD, monthly: '300.00', oneTime: '70.00', termination: '0'}
        ",
    )
    .unwrap();
    let mut whole = json!({"offer": {"revision": 1, "quoteId": "Q-1", "quoteItem": "1", "currency": "USD",
                                     "monthly": "100.00", "oneTime": "50.00"}});
    whole.as_object_mut().unwrap().extend(status.as_object().unwrap().clone());
    segment.status = Some(serde_json::from_value(whole).unwrap());
    segment
}

fn record(sequence: i64, operation: &str, state: &str, more: Value) -> Value {
    let mut record = json!({"sequence": sequence, "operation": operation, "mark": format!("m/{sequence}"), "revision": 1,
                            "digest": "", "state": state, "quoteId": "Q-1"});
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    record
}

fn in_force(monthly: &str) -> Value {
    json!({"revision": 1, "committed": "2G", "classOfService": "BULK", "currency": "USD", "monthly": monthly,
           "oneTime": "50.00", "since": "2026-12-01T00:00:00Z"})
}

/// Sequence, monthly and commitment of each claim; nothing where nobody remembers the price.
fn claimed(status: Value) -> Vec<(i64, Counts, Option<(String, String)>)> {
    let price = |(_, costs): (Currency, Costs)| (costs.monthly.to_string(), costs.commitment.to_string());
    let found = claims(&segment(status)).into_iter();
    found.map(|claim| (claim.sequence, claim.counts, claim.price.map(price))).collect()
}

fn priced(monthly: &str, commitment: &str) -> Option<(String, String)> {
    Some((monthly.into(), commitment.into()))
}

#[test]
fn an_order_counts_from_its_reservation_on_and_until_it_came_to_nothing() {
    let first = |state: &str, more: Value| claimed(json!({"orders": [record(1, "Add", state, more)]}));
    let counted = vec![(1, Counts::Service, priced("100.00", "1250.00"))];
    for state in ["Intending", "Placed", "Unknown", "Settled"] {
        assert_eq!(first(state, json!({})), counted, "{state}");
    }
    for (state, refusal) in [("Refused", "Final"), ("Refused", "NotFound"), ("Settled", "Final")] {
        assert_eq!(first(state, json!({"refusal": refusal})), [], "{state} {refusal}");
    }
    assert_eq!(claimed(json!({})), [], "an offer alone is nothing");
}

#[test]
fn what_runs_counts_until_it_is_gone() {
    let added = record(1, "Add", "Settled", json!({}));
    let both = |state| json!([added, record(2, "Disconnect", state, json!({}))]);
    let runs = vec![(1, Counts::Service, priced("120.00", "1490.00"))];
    assert_eq!(claimed(json!({"orders": [added], "inForce": in_force("120.00")})), runs);
    assert_eq!(claimed(json!({"orders": both("Placed"), "inForce": in_force("120.00")})), runs);
    assert_eq!(
        claimed(json!({"orders": both("Settled"), "inForce": in_force("120.00")})),
        runs,
        "still shown"
    );
    assert_eq!(claimed(json!({"orders": both("Settled")})), []);
}

#[test]
fn a_change_under_way_counts_beside_what_runs_and_then_instead_of_it() {
    let orders =
        |state| json!([record(1, "Add", "Settled", json!({})), record(2, "Modify", state, json!({}))]);
    let both = claimed(json!({"orders": orders("Placed"), "inForce": in_force("120.00")}));
    let (runs, change) = (priced("120.00", "1490.00"), priced("100.00", "1250.00"));
    assert_eq!(both, [(1, Counts::Service, runs), (2, Counts::Service, change.clone())]);
    let after = claimed(json!({"orders": orders("Settled"), "inForce": in_force("100.00")}));
    assert_eq!(after, [(2, Counts::Service, change)]);
}

#[test]
fn an_accepted_charge_counts_besides_while_its_order_is_under_way() {
    let charge = json!({"currency": "USD", "monthly": "0.00", "oneTime": "99.00"});
    let answer =
        |accepts: Value| record(2, "AnswerCharge", "Settled", json!({"orderId": "O-1", "accepts": accepts}));
    let orders = |state: &str, answer: Value| json!({"orders": [record(1, "Add", state, json!({"orderId": "O-1"})), answer]});
    let counts = |status| claimed(status).into_iter().map(|claim| claim.1).collect::<Vec<_>>();
    let accepted = counts(orders("Placed", answer(charge.clone())));
    assert_eq!(accepted, [Counts::Service, Counts::Charge]);
    assert_eq!(counts(orders("Placed", answer(Value::Null))), [Counts::Service], "declined");
    assert_eq!(counts(orders("Settled", answer(charge))), [Counts::Service], "it is in what runs");
}

#[test]
fn an_order_whose_price_is_not_remembered_counts_as_much_as_may_be_paid() {
    let found = record(1, "Add", "Placed", json!({"quoteId": "Q-0"}));
    let most = priced("300.00", "3670.00");
    assert_eq!(claimed(json!({"orders": [found]})), [(1, Counts::Service, most)]);
    let adopted = record(1, "Adopt", "Settled", json!({"quoteId": null, "productId": "P-1"}));
    assert_eq!(claimed(json!({"orders": [adopted]})), [(1, Counts::Service, None)]);
}

#[test]
fn a_budget_that_cannot_hold_says_why() {
    let read = |text: &str| caps(&serde_norway::from_str(text).unwrap()).map_err(|why| why.message);
    let good = "{caps: [{currency: USD, monthly: '10'}], rates: [{from: EUR, to: USD, rate: '1.1'}]}";
    assert_eq!(read(good).unwrap().rates.len(), 1);
    for (text, why) in [
        ("{caps: []}", "at least one"),
        ("{caps: [{currency: USD, monthly: ten}]}", "ten"),
        (
            "{caps: [{currency: USD, monthly: '1'}], rates: [{from: EUR, to: USD, rate: '0'}]}",
            "more than nothing",
        ),
        (
            "{caps: [{currency: USD, monthly: '1'}], rates: [{from: EUR, to: GBP, rate: '1'}]}",
            "no cap in GBP",
        ),
    ] {
        let told = read(text).unwrap_err();
        assert!(told.contains(why), "{text}: {told}");
    }
}
