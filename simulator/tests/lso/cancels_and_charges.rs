//! Detours of an order: cancellations and charges (MEF 123).

use http::Method;
use serde_json::{Value, json};

use crate::buyer::{Buyer, ORDERING, contacts, evpl, metro_fiber};

async fn cancel(buyer: &Buyer, order: &Value) -> crate::buyer::Answer {
    let body = json!({
        "productOrder": {"productOrderId": order},
        "cancellationReason": "no longer needed",
        "cancellationReasonType": "commercial",
        "relatedContactInformation": contacts(&["cancelProductOrderContact"]),
    });
    buyer.post(&format!("{ORDERING}/cancelProductOrder"), &body).await
}

async fn task(buyer: &Buyer, id: &Value) -> Value {
    buyer.get(&format!("{ORDERING}/cancelProductOrder/{}", id.as_str().unwrap())).await.expect(200)
}

/// The only charge there is.
async fn charge(buyer: &Buyer, order: &Value) -> Value {
    let path = format!("{ORDERING}/charge?productOrderId={}", order.as_str().unwrap());
    let found = buyer.get(&path).await.expect(200);
    assert_eq!(found.as_array().unwrap().len(), 1, "{found:#}");
    buyer.get(&format!("{ORDERING}/charge/{}", found[0]["id"].as_str().unwrap())).await.expect(200)
}

async fn respond(buyer: &Buyer, charge: &Value, indicator: &str) -> crate::buyer::Answer {
    let path = format!("{ORDERING}/charge/{}", charge["id"].as_str().unwrap());
    let body = json!({"chargeItem": [{"id": "1", "acceptanceIndicator": indicator}]});
    buyer.send(Method::PATCH, &path, Some(&body)).await
}

#[tokio::test]
async fn an_order_is_cancelled() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let order = buyer.buy("m/1", evpl(2000, 210)).await;
    assert_eq!(cancel(&buyer, &order).await.issues()[0].0, "invalidValue", "not while acknowledged");
    buyer.wait("2s");
    let running = buyer.read_order(&order).await;
    let request = cancel(&buyer, &order).await.expect(201);
    assert_eq!(request["state"], "acknowledged");
    let assessing = buyer.read_order(&order).await;
    assert_eq!(
        (&assessing["state"], &assessing["productOrderItem"][0]["state"]),
        (&json!("assessingCancellation"), &json!("pending"))
    );
    buyer.wait("1s");
    assert_eq!(task(&buyer, &request["id"]).await["state"], "done");
    assert_eq!(buyer.read_order(&order).await["state"], "pendingCancellation");
    buyer.wait("1h");
    let done = buyer.read_order(&order).await;
    assert_eq!(
        (&done["state"], &done["cancellationReason"]),
        (&json!("cancelled"), &json!("no longer needed"))
    );
    assert!(done["cancellationDate"].is_string());
    assert_eq!(
        buyer.read_product(&running["productOrderItem"][0]["product"]["id"]).await["status"],
        "cancelled"
    );
    assert!(buyer.seller.audit().unwrap().orphans.is_empty());
    buyer.buy_and_wait("m/2", evpl(2000, 210)).await; // the VLAN is free again
    assert_eq!(cancel(&buyer, &json!("NOPE")).await.issues()[0].0, "referenceNotFound");
    buyer.finish();
}

#[tokio::test]
async fn a_refused_cancel_only_costs_time() {
    let buyer =
        Buyer::of(metro_fiber(json!({"order": {"cancel": {"refuse": "the fibre is in the ground"}}})));
    let order = buyer.buy("m/1", evpl(2000, 210)).await;
    buyer.wait("2s");
    let request = cancel(&buyer, &order).await.expect(201);
    buyer.wait("1s");
    let request = task(&buyer, &request["id"]).await;
    assert_eq!(
        (&request["state"], &request["cancellationDeniedReason"]),
        (&json!("rejected"), &json!("the fibre is in the ground"))
    );
    let resumed = buyer.read_order(&order).await;
    assert_eq!(resumed["state"], "inProgress");
    assert_eq!(
        resumed["productOrderItem"][0]["expectedCompletionDate"], "2026-06-01T08:00:12Z",
        "a second later"
    );
    buyer.wait("9s");
    assert_eq!(buyer.read_order(&order).await["state"], "completed");
    buyer.finish();
}

#[tokio::test]
async fn a_cancel_may_cost_money() {
    let buyer = Buyer::of(metro_fiber(json!({"order": {"cancel": {"fee": "99.50"}}})));
    let start = async || {
        let order = buyer.buy("m/1", evpl(2000, 210)).await;
        buyer.wait("2s");
        let request = cancel(&buyer, &order).await.expect(201);
        buyer.wait("1s");
        assert_eq!(task(&buyer, &request["id"]).await["state"], "inProgress.assessingCharge");
        assert_eq!(buyer.read_order(&order).await["state"], "assessingCancellation");
        let raised = charge(&buyer, &order).await;
        assert_eq!(raised["chargeItem"][0]["priceCategory"], "cancellation");
        assert_eq!(raised["chargeItem"][0]["price"]["dutyFreeAmount"]["value"], 99.5);
        assert_eq!(raised["cancelProductOrder"]["id"], request["id"]);
        (order, request, raised)
    };
    let (order, request, raised) = start().await;
    assert_eq!(respond(&buyer, &raised, "accepted").await.expect(200)["state"], "completed");
    buyer.wait("1h");
    assert_eq!(task(&buyer, &request["id"]).await["state"], "done");
    let cancelled = buyer.read_order(&order).await;
    assert_eq!(
        (&cancelled["state"], &cancelled["cancellationCharge"][0]["id"]),
        (&json!("cancelled"), &raised["id"])
    );
    assert_eq!(buyer.seller.audit().unwrap().money["USD"].one_off.to_string(), "99.50");

    let (order, request, raised) = start().await;
    respond(&buyer, &raised, "rejected").await.expect(200);
    assert_eq!(task(&buyer, &request["id"]).await["state"], "done.declined");
    buyer.wait("1h");
    assert_eq!(buyer.read_order(&order).await["state"], "completed", "the order goes on");
    respond(&buyer, &raised, "accepted").await.expect(409);
    buyer.finish();
}

#[tokio::test]
async fn a_seller_may_not_know_how_to_cancel_or_charge() {
    let buyer = Buyer::of(metro_fiber(json!({"order": {"cancel": {"supported": false}, "charges": false}})));
    let order = buyer.buy("m/1", evpl(2000, 210)).await;
    buyer.wait("2s");
    assert_eq!(cancel(&buyer, &order).await.expect(501)["code"], "notImplemented");
    buyer.get(&format!("{ORDERING}/charge")).await.expect(501);
    buyer.get(&format!("{ORDERING}/modifyProductOrderItemRequestedDeliveryDate")).await.expect(501);
    buyer.finish();
}

#[tokio::test]
async fn leaving_early_is_charged_and_answered() {
    let fee = json!({"order": {"terminationFee": {"share": "50"}, "disconnectNotice": "1d"}});
    let buyer = Buyer::of(metro_fiber(fee));
    let product = buyer.buy_and_wait("m/1", evpl(2000, 210)).await;
    let leave = async |mark: &str| {
        let item = buyer.ordered("1", "delete", json!({"id": product}), None);
        let order = buyer.order(mark, json!([item])).await.expect(201)["id"].clone();
        buyer.wait("1s");
        let held = buyer.read_order(&order).await;
        assert_eq!(
            (&held["state"], &held["productOrderItem"][0]["state"]),
            (&json!("held.assessingCharge"), &json!("held"))
        );
        let raised = charge(&buyer, &order).await;
        assert_eq!(raised["chargeItem"][0]["priceCategory"], "disconnect");
        assert_eq!(raised["productOrderItem"]["productOrderItemId"], "1");
        (order, raised)
    };
    let (order, raised) = leave("m/2").await;
    respond(&buyer, &raised, "rejected").await.expect(200);
    buyer.wait("1m");
    let failed = buyer.read_order(&order).await;
    assert_eq!(failed["state"], "failed", "{failed:#}");
    assert_eq!(buyer.read_product(&product).await["status"], "active");

    let (order, raised) = leave("m/3").await;
    respond(&buyer, &raised, "accepted").await.expect(200);
    buyer.wait("1h");
    assert_eq!(buyer.read_product(&product).await["status"], "pendingTerminate", "notice runs");
    buyer.wait("1d");
    let done = buyer.read_order(&order).await;
    assert_eq!(
        (&done["state"], &done["productOrderItem"][0]["charge"][0]["id"]),
        (&json!("completed"), &raised["id"])
    );
    let audit = buyer.seller.audit().unwrap();
    let fee = &audit.bill.iter().find(|entry| entry.reason == "Charge: disconnect").unwrap().amount;
    assert!(*fee > 500.into() && *fee < 563.into(), "half of almost a month at 1125: {fee}");
    buyer.finish();
}

#[tokio::test]
async fn or_it_only_shows_on_the_bill() {
    let fee = json!({"order": {"terminationFee": {"share": "100", "shown": "OnBill"}}});
    let buyer = Buyer::of(metro_fiber(fee));
    let product = buyer.buy_and_wait("m/1", evpl(2000, 210)).await;
    let item = buyer.ordered("1", "delete", json!({"id": product}), None);
    let order = buyer.order("m/2", json!([item])).await.expect(201);
    buyer.wait("1h");
    assert_eq!(buyer.read_order(&order["id"]).await["state"], "completed");
    assert!(buyer.get(&format!("{ORDERING}/charge")).await.expect(200).as_array().unwrap().is_empty());
    assert_eq!(buyer.seller.audit().unwrap().bill[1].reason, "Early termination");
    buyer.finish();
}

#[tokio::test]
async fn an_unanswered_charge_times_out_as_declined() {
    let rule = json!([{
        "name": "digging", "on": "Order", "matching": {"action": "add"},
        "effect": {"charge": {"category": "construction", "amount": "700.00", "blocking": true, "note": "a new duct"}},
    }]);
    let buyer = Buyer::of(metro_fiber(json!({"rehearsals": rule})));
    let order = buyer.buy("m/1", evpl(2000, 210)).await;
    buyer.wait("1s");
    let raised = charge(&buyer, &order).await;
    assert_eq!(raised["chargeItem"][0]["note"][0]["text"], "a new duct");
    assert_eq!(buyer.seller.audit().unwrap().unanswered_charges, [raised["id"].as_str().unwrap()]);
    buyer.wait("8d");
    assert_eq!(charge(&buyer, &order).await["state"], "timeout");
    assert_eq!(buyer.read_order(&order).await["state"], "failed");
    buyer.finish();
}

#[tokio::test]
async fn a_declined_charge_that_does_not_block_changes_nothing() {
    let rule = json!([{
        "name": "digging", "on": "Order",
        "effect": {"charge": {"category": "construction", "amount": "700.00"}},
    }]);
    let buyer = Buyer::of(metro_fiber(json!({"rehearsals": rule})));
    let order = buyer.buy("m/1", evpl(2000, 210)).await;
    buyer.wait("1s");
    let raised = charge(&buyer, &order).await;
    respond(&buyer, &raised, "rejected").await.expect(200);
    buyer.wait("1h");
    assert_eq!(buyer.read_order(&order).await["state"], "completed");
    assert_eq!(buyer.seller.audit().unwrap().money["USD"].one_off.to_string(), "250.00", "installation only");
    buyer.finish();
}
