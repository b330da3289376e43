//! Rules that make a seller behave differently than usual.

use serde_json::{Value, json};

use crate::buyer::{Buyer, ORDERING, POQ, QUOTES, contacts, evpl, metro_fiber, qualified, quoted};

fn with_rule(stage: &str, matching: Value, times: Option<u32>, effect: Value) -> Buyer {
    let mut rule = json!({"name": "rule", "on": stage, "matching": matching, "effect": effect});
    if let Some(times) = times {
        rule["times"] = json!(times);
    }
    Buyer::of(metro_fiber(json!({"rehearsals": [rule]})))
}

#[tokio::test]
async fn a_seller_rejects_once() {
    let effect = json!({"reject": {"reason": "the landlord refuses access"}});
    let buyer = with_rule("Order", json!({"uni": "MF-UNI-CHI-1", "action": "add"}), Some(1), effect);
    let order = buyer.buy("m/1", evpl(2000, 210)).await;
    buyer.wait("1s");
    let order = buyer.read_order(&order).await;
    assert_eq!(order["state"], "rejected");
    assert_eq!(order["productOrderItem"][0]["terminationError"][0]["value"], "the landlord refuses access");
    buyer.buy_and_wait("m/2", evpl(2000, 210)).await;
    buyer.finish();
}

#[tokio::test]
async fn rules_are_for_those_they_match() {
    let effect = json!({"reject": {"reason": "no"}});
    let buyer = with_rule("Order", json!({"externalIdPrefix": "bad-"}), None, effect);
    buyer.buy_and_wait("good-1", evpl(2000, 210)).await;
    let order = buyer.buy("bad-1", evpl(2000, 211)).await;
    buyer.wait("1s");
    assert_eq!(buyer.read_order(&order).await["state"], "rejected");
}

#[tokio::test]
async fn a_late_seller_moves_the_date_and_says_why() {
    let effect = json!({"slip": {"by": "2d", "times": 2, "note": "the splice team is late"}});
    let buyer = with_rule("Order", json!({}), None, effect);
    let id = buyer.buy("m/1", evpl(2000, 210)).await;
    buyer.wait("11s");
    let order = buyer.read_order(&id).await;
    let item = &order["productOrderItem"][0];
    assert_eq!(item["expectedCompletionDate"], "2026-06-03T08:00:11Z");
    assert_eq!(
        (&item["note"][0]["source"], &item["note"][0]["text"]),
        (&json!("seller"), &json!("the splice team is late"))
    );
    buyer.wait("2d");
    assert_eq!(buyer.read_order(&id).await["productOrderItem"][0]["note"].as_array().unwrap().len(), 2);
    buyer.wait("2d");
    assert_eq!(buyer.read_order(&id).await["state"], "completed");
    buyer.finish();
}

#[tokio::test]
async fn a_seller_falls_silent() {
    for (at, state) in [("Acknowledged", "acknowledged"), ("InProgress", "inProgress")] {
        let buyer = with_rule("Order", json!({}), None, json!({"silent": {"at": at}}));
        let id = buyer.buy("m/1", evpl(2000, 210)).await;
        buyer.wait("365d");
        assert_eq!(buyer.read_order(&id).await["state"], state);
        buyer.finish();
    }
    let buyer = with_rule("Quote", json!({}), None, json!({"silent": {"at": "InProgress"}}));
    let quote = buyer.quote(json!([quoted("1", "add", evpl(2000, 210))])).await.expect(201);
    buyer.wait("365d");
    let quote = buyer.get(&format!("{QUOTES}/quote/{}", quote["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(quote["state"], "inProgress");
    buyer.finish();
}

#[tokio::test]
async fn an_order_fails_or_ends_partial() {
    let buyer = with_rule(
        "Order",
        json!({}),
        None,
        json!({"unable": {"reason": "the duct collapsed", "items": ["2"]}}),
    );
    let items = json!([quoted("1", "add", evpl(2000, 210)), quoted("2", "add", evpl(2000, 211))]);
    let quote = buyer.quote(items).await.expect(201);
    let items = json!([
        buyer.ordered("1", "add", evpl(2000, 210), Some(&quote["id"])),
        buyer.ordered("2", "add", evpl(2000, 211), Some(&quote["id"])),
    ]);
    let order = buyer.order("m/1", items).await.expect(201);
    buyer.wait("1h");
    let order = buyer.read_order(&order["id"]).await;
    assert_eq!(order["state"], "partial");
    let item = |n: usize| &order["productOrderItem"][n];
    assert_eq!((&item(0)["state"], &item(1)["state"]), (&json!("completed"), &json!("failed")));
    assert_eq!(item(1)["terminationError"][0]["value"], "the duct collapsed");
    assert_eq!(buyer.read_product(&item(0)["product"]["id"]).await["status"], "active");
    assert_eq!(buyer.read_product(&item(1)["product"]["id"]).await["status"], "cancelled");
    buyer.finish();
}

#[tokio::test]
async fn the_seller_gives_up_an_order() {
    let effect = json!({"sellerCancels": {"after": "5s", "reason": "no permit"}});
    let buyer = with_rule("Order", json!({}), None, effect);
    let id = buyer.buy("m/1", evpl(2000, 210)).await;
    buyer.wait("6s");
    let order = buyer.read_order(&id).await;
    assert_eq!(
        (&order["state"], &order["cancellationReason"]),
        (&json!("pendingCancellation"), &json!("no permit"))
    );
    buyer.wait("1h");
    assert_eq!(buyer.read_order(&id).await["state"], "cancelled");
    buyer.finish();
}

#[tokio::test]
async fn qualifications_and_quotes_are_turned_down() {
    let ask = json!([qualified("1", "add", evpl(2000, 210))]);
    let rejecting =
        with_rule("Qualification", json!({}), None, json!({"reject": {"reason": "which building?"}}));
    let answer = rejecting.qualify(ask.clone()).await.expect(201);
    assert_eq!(answer["state"], "terminatedWithError");
    rejecting.finish();
    let red = with_rule("Qualification", json!({}), None, json!({"unable": {"reason": "no fibre"}}));
    let answer = red.qualify(ask.clone()).await.expect(201);
    assert_eq!(answer["productOfferingQualificationItem"][0]["serviceabilityConfidence"], "red");
    red.finish();
    let yellow = with_rule("Qualification", json!({}), None, json!({"doubt": {"reason": "old fibre"}}));
    let answer = yellow.qualify(ask).await.expect(201);
    assert_eq!(answer["productOfferingQualificationItem"][0]["serviceabilityConfidence"], "yellow");
    yellow.finish();
    let quoteless = with_rule("Quote", json!({}), None, json!({"reject": {"reason": "not again"}}));
    let answer = quoteless.quote(json!([quoted("1", "add", evpl(2000, 210))])).await.expect(201);
    assert_eq!(
        (&answer["state"], &answer["quoteItem"][0]["state"]),
        (&json!("rejected"), &json!("rejected"))
    );
    quoteless.finish();
    let unable = with_rule("Quote", json!({}), None, json!({"unable": {"reason": "sold out"}}));
    let answer = unable.quote(json!([quoted("1", "add", evpl(2000, 210))])).await.expect(201);
    assert_eq!(answer["state"], "unableToProvide");
    unable.finish();
}

#[tokio::test]
async fn what_is_quoted_again_costs_more() {
    let rule = json!({"name": "x", "on": "Quote", "skip": 1, "times": 1, "effect": {"dearer": {"by": "10"}}});
    let buyer = Buyer::of(metro_fiber(json!({"rehearsals": [rule]})));
    let mut monthly = Vec::new();
    let mut quotes = Vec::new();
    for _ in 0..3 {
        let quote = buyer.quote(json!([quoted("1", "add", evpl(2000, 210))])).await.expect(201);
        let price = &quote["quoteItem"][0]["quoteItemPrice"][0]["price"]["dutyFreeAmount"]["value"];
        monthly.push(price.as_f64().unwrap().to_string());
        quotes.push(quote["id"].clone());
    }
    assert_eq!(monthly, ["1125", "1237.5", "1125"]);
    let items = json!([buyer.ordered("1", "add", evpl(2000, 210), Some(&quotes[1]))]);
    buyer.order("m/1", items).await.expect(201);
    buyer.wait("1h");
    let audit = buyer.seller.audit().unwrap();
    assert_eq!(audit.services[0].monthly.to_string(), "1237.50");
    assert!(audit.overpaid.is_empty(), "it was agreed");
    buyer.finish();
}

#[tokio::test]
async fn an_order_cannot_be_cancelled() {
    let buyer = with_rule("Order", json!({}), None, json!({"refusesCancel": {"reason": "too late"}}));
    let order = buyer.buy("m/1", evpl(2000, 210)).await;
    buyer.wait("2s");
    let cancel = json!({
        "cancellationReason": "no need", "cancellationReasonType": "commercial",
        "productOrder": {"productOrderId": order},
        "relatedContactInformation": contacts(&["cancelProductOrderContact"]),
    });
    let task = buyer.post(&format!("{ORDERING}/cancelProductOrder"), &cancel).await.expect(201);
    buyer.wait("1s");
    let path = format!("{ORDERING}/cancelProductOrder/{}", task["id"].as_str().unwrap());
    let task = buyer.get(&path).await.expect(200);
    assert_eq!((&task["state"], &task["cancellationDeniedReason"]), (&json!("rejected"), &json!("too late")));
    buyer.wait("1h");
    assert_eq!(buyer.read_order(&order).await["state"], "completed");
    buyer.finish();
}

#[tokio::test]
async fn a_bill_is_not_what_was_agreed() {
    let billed = async |misbill: Value| {
        let buyer = with_rule("Order", json!({}), None, json!({"misbill": misbill}));
        buyer.buy_and_wait("seg/1", evpl(2000, 210)).await;
        let audit = buyer.seller.audit().unwrap();
        let line = |entry: &naas_sim::audit::Misbilled| {
            assert_eq!(entry.external_id.as_deref(), Some("seg/1"));
            format!("{} {} {}", entry.what, entry.agreed, entry.billed)
        };
        let lines = |entries: &[naas_sim::audit::Misbilled]| entries.iter().map(line).collect::<Vec<_>>();
        (lines(&audit.unpaid), lines(&audit.overpaid))
    };
    let none: Vec<String> = Vec::new();
    assert_eq!(billed(json!({})).await, (none.clone(), none.clone()));
    assert_eq!(
        billed(json!({"once": 2, "recurring": "1.1"})).await,
        (none.clone(), vec!["monthly 1125.00 1237.50".into(), "Installation 250.00 500.00".into()])
    );
    assert_eq!(
        billed(json!({"once": 0, "recurring": "0"})).await,
        (vec!["monthly 1125.00 0".into(), "Installation 250.00 0".into()], none)
    );
}

#[tokio::test]
async fn rules_change_while_the_seller_runs() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    buyer.post("/control/orders", &json!({"reject": "credit limit"})).await.expect(200);
    let order = buyer.buy("m/1", evpl(2000, 210)).await;
    buyer.wait("1s");
    assert_eq!(buyer.read_order(&order).await["state"], "rejected");
    buyer.post("/control/orders", &json!({"reject": null})).await.expect(200);
    buyer.buy_and_wait("m/2", evpl(2000, 210)).await;

    buyer.post("/control/capacity", &json!({"uni": "MF-UNI-CHI-1", "bandwidth": "3G"})).await.expect(200);
    let red = buyer.qualify(json!([qualified("1", "add", evpl(1000, 211))])).await.expect(201);
    assert_eq!(red["productOfferingQualificationItem"][0]["serviceabilityConfidence"], "red");
    let wrong = buyer.post("/control/capacity", &json!({"sites": ["a", "b"], "bandwidth": "3G"})).await;
    wrong.expect(400);

    let rules = json!([{"name": "x", "on": "Order", "effect": {"doubt": {"reason": "y"}}}]);
    buyer.send(http::Method::PUT, "/control/rehearsals", Some(&rules)).await.expect(400);

    buyer.post("/control/offline", &json!({"offline": true})).await.expect(200);
    buyer.get(POQ).await.expect(503);
    buyer.get("/audit").await.expect(200);
    buyer.post("/control/offline", &json!({"offline": false})).await.expect(200);
    buyer.get(POQ).await.expect(200);
}
