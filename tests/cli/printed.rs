//! What is printed about objects as they are: pure renderings, held against golden files.

use std::collections::BTreeMap;

use naas_operator::api::{ConnectivityIntent, ConnectivitySegment};
use naas_operator::cli::cost::focus::{BillingAccount, csv};
use naas_operator::cli::cost::view::{By, costs};
use naas_operator::cli::{cost, events, explain, tree};

use crate::golden;

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

fn intent(text: &str) -> ConnectivityIntent {
    serde_norway::from_str(text).unwrap()
}

fn segments() -> Vec<ConnectivitySegment> {
    use serde::Deserialize;
    serde_norway::Deserializer::from_str(include_str!("segments.yaml"))
        .map(|document| ConnectivitySegment::deserialize(document).unwrap())
        .collect()
}

#[test]
fn a_service_in_use_on_one_screen() {
    let explanation = explain::view::explanation(&intent(include_str!("active.yaml")));
    let text = plain(&explain::render::render(&explanation, 80));
    assert!(text.lines().count() <= 24, "one screen:\n{text}");
    golden("explain-active", &text);
    golden("explain-active-narrow", &plain(&explain::render::render(&explanation, 60)));
    golden("explain-active-json", &serde_json::to_string_pretty(&explanation).unwrap());
}

#[test]
fn an_intent_that_waits_says_whose_move_it_is() {
    let explanation = explain::view::explanation(&intent(include_str!("waiting.yaml")));
    golden("explain-waiting", &plain(&explain::render::render(&explanation, 80)));
}

#[test]
fn what_a_class_adds_and_who_approved_is_told() {
    let mut approved = intent(include_str!("active.yaml"));
    let status = approved.status.as_mut().unwrap();
    status.effective = serde_norway::from_str(
        "
        className: bulk
        classDigest: abc
        generation: 1
        values:
          bandwidth: {committed: 2G}
          frameSize: 9000
          objectives: {latency: {oneWay: 25ms, percentile: '99'}, availability: {minPercent: '99.9'}, accept: BestEffort}
          term: {value: 1, unit: Month, atEnd: Renew}
          deletionPolicy: Retain
        ",
    )
    .unwrap();
    status.approval = serde_norway::from_str(
        "
        decision: {namespace: training, name: checkpoints-2027, uid: uid-7}
        digest: 6f0c1e5d2b7a49c88d3e0f1a2b3c4d5e/1200.00/250.00/USD
        at: 2026-12-01T12:00:00Z
        ",
    )
    .unwrap();
    let edited = "{type: ClassChanged, status: 'True', reason: ClassEdited, message: 'ConnectivityClass bulk was edited: it would change frameSize; what is bought goes on as it was resolved', lastTransitionTime: 2026-12-02T12:00:00Z}";
    status.conditions.push(serde_norway::from_str(edited).unwrap());
    let mut explanation = explain::view::explanation(&approved);
    // Whoever may not see decisions sees which one it is.
    let unseen = plain(&explain::render::render(&explanation, 80));
    assert!(unseen.contains("training/checkpoints-2027"), "{unseen}");
    let decision = serde_norway::from_str(
        "
        apiVersion: naas.dev/v1alpha1
        kind: ConnectivityDecision
        metadata: {name: checkpoints-2027, namespace: training}
        spec:
          author: ada@example.com
          because: needed until the new site opens
          approvePlan: {intent: {name: checkpoints}, digest: 6f0c1e5d2b7a49c88d3e0f1a2b3c4d5e/1200.00/250.00/USD}
        ",
    );
    explanation.approved(&decision.unwrap());
    golden("explain-approved", &plain(&explain::render::render(&explanation, 80)));
}

#[test]
fn a_chain_is_drawn_from_end_to_end() {
    let mut chain = intent(include_str!("active.yaml"));
    let plan = chain.status.as_mut().unwrap().plan.as_mut().unwrap();
    let mut second = plan.legs[0].clone();
    plan.legs[0].to = "columbus-ix/metro-3".into();
    second.provider = "long-haul".into();
    second.from = "columbus-ix/haul-1".into();
    plan.legs.push(second);
    plan.joints.push("columbus-mmr".into());
    let explanation = explain::view::explanation(&chain);
    let path = explain::render::path(&explanation.path, &explanation.joints);
    golden("path-of-two-legs", &path.join("\n"));
}

#[test]
fn two_paths_are_drawn_one_after_the_other() {
    let mut pair = intent(include_str!("active.yaml"));
    let status = pair.status.as_mut().unwrap();
    let plan = status.plan.as_mut().unwrap();
    let leg = |path: i64, provider: &str, from: &str, to: &str| {
        let mut leg = plan.legs[0].clone();
        leg.path = Some(path);
        (leg.provider, leg.from, leg.to) = (provider.into(), from.into(), to.into());
        leg
    };
    plan.legs = vec![
        leg(1, "metro-fiber", "ashburn-gpu/metro-1", "columbus-ix/metro-3"),
        leg(1, "long-haul", "columbus-ix/haul-1", "chicago-store/haul-1"),
        leg(2, "wave", "ashburn-gpu/wave-1", "pittsburgh-ix/wave-2"),
        leg(2, "lake", "pittsburgh-ix/lake-1", "chicago-store/lake-1"),
    ];
    plan.joints = vec!["columbus-mmr".into(), "pittsburgh-mmr".into()];
    let told = "{type: Diverse, status: Unknown, reason: Unverified, message: 'lake does not say which ways its services take', lastTransitionTime: 2026-12-02T12:00:00Z}";
    status.conditions.push(serde_norway::from_str(told).unwrap());
    let text = plain(&explain::render::render(&explain::view::explanation(&pair), 80));
    golden("explain-diverse", &text);
}

#[test]
fn a_tree_of_intents_segments_orders_and_products() {
    let intents = [intent(include_str!("active.yaml")), intent(include_str!("waiting.yaml"))];
    golden("tree", &plain(&tree::render::render(&tree::view::tree(&intents, &segments()), 100)));
}

#[test]
fn costs_by_everything() {
    let mut text = String::new();
    for by in [By::Namespace, By::Provider, By::Class, By::Intent] {
        text.push_str(&plain(&cost::render::render(&costs(&segments(), by), 80)));
        text.push('\n');
    }
    golden("cost", &text);
}

#[test]
fn charges_in_columns_of_focus() {
    let account = BillingAccount { id: "BA-7001".into(), seller: "Metro Fiber".into() };
    let accounts = BTreeMap::from([("metro-fiber".to_owned(), account)]);
    let text = csv(&segments(), &accounts, "2026-12-15T08:00:00Z".parse().unwrap()).unwrap();
    // Everything that FOCUS 1.2 makes mandatory is there.
    let header = text.lines().next().unwrap().split(',').collect::<Vec<_>>();
    for column in [
        "BilledCost",
        "BillingAccountId",
        "BillingAccountName",
        "BillingCurrency",
        "BillingPeriodEnd",
        "BillingPeriodStart",
        "ChargeCategory",
        "ChargeClass",
        "ChargeDescription",
        "ChargePeriodEnd",
        "ChargePeriodStart",
        "ContractedCost",
        "EffectiveCost",
        "InvoiceIssuerName",
        "ListCost",
        "PricingQuantity",
        "PricingUnit",
        "ProviderName",
        "PublisherName",
        "ServiceCategory",
        "ServiceName",
    ] {
        assert!(header.contains(&column), "{column}");
    }
    golden("cost-csv", &text);
}

#[test]
fn events_oldest_first() {
    let listed: Vec<k8s_openapi::api::core::v1::Event> = serde_norway::from_str(
        "
        - {metadata: {}, involvedObject: {name: checkpoints}, reason: Active, message: the connection is in use as asked, type: Normal, eventTime: '2026-12-01T12:20:00.000000Z'}
        - {metadata: {}, involvedObject: {name: checkpoints}, reason: PriceAboveBudget, message: raise the budget, type: Warning, eventTime: '2026-12-01T12:00:00.000000Z', series: {count: 3, lastObservedTime: '2026-12-01T12:10:00.000000Z'}}
        ",
    )
    .unwrap();
    golden("events", &plain(&events::render::render(&events::view::happenings(&listed), 80)));
}
