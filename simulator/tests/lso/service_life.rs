//! The life of one service: qualified, quoted, ordered, changed, given up.

use serde_json::{Value, json};

use crate::buyer::{Buyer, evpl, metro_fiber, qualified, quoted, with_id};

#[tokio::test]
async fn a_service_is_qualified_quoted_bought_changed_and_given_up() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let qualification = buyer.qualify(json!([qualified("1", "add", evpl(2000, 210))])).await.expect(201);
    assert_eq!(qualification["state"], "done.ready");
    assert_eq!(qualification["productOfferingQualificationItem"][0]["serviceabilityConfidence"], "green");

    let product = buyer.buy_and_wait("seg-1/1", evpl(2000, 210)).await;
    let shown = buyer.read_product(&product).await;
    assert_eq!(shown["status"], "active");
    // (250 + 0.50 x 2000) less 10 % for a month
    assert_eq!(shown["productPrice"][0]["price"]["dutyFreeAmount"], json!({"unit": "USD", "value": 1125}));
    let delay = &shown["productConfiguration"]["carrierEthernetSls"][0]["slsCosNameEntry"][0]["oneWayFrameDelayPmMetric"]
        [0];
    assert_eq!(delay["oneWayFdObjective"], json!({"timeDurationValue": 20, "timeDurationUnits": "MS"}));

    let change = with_id(evpl(4000, 210), &product);
    buyer.qualify(json!([qualified("1", "modify", change.clone())])).await.expect(201);
    let quote = buyer.quote(json!([quoted("1", "modify", change.clone())])).await.expect(201);
    assert_eq!(quote["state"], "approved.orderable", "{quote:#}");
    let order = buyer
        .order("seg-1/2", json!([buyer.ordered("1", "modify", change, Some(&quote["id"]))]))
        .await
        .expect(201);
    assert_eq!(order["state"], "acknowledged");
    buyer.wait("1s");
    assert_eq!(buyer.read_product(&product).await["status"], "active.pendingChange");
    buyer.wait("1h");
    assert_eq!(buyer.read_order(&order["id"]).await["state"], "completed");
    let shown = buyer.read_product(&product).await;
    assert_eq!(shown["status"], "active");
    assert_eq!(rate(&shown), 4000);

    let order = buyer
        .order("seg-1/3", json!([buyer.ordered("1", "delete", json!({"id": product}), None)]))
        .await
        .expect(201);
    buyer.wait("1s");
    assert_eq!(buyer.read_product(&product).await["status"], "pendingTerminate");
    buyer.wait("1h");
    assert_eq!(buyer.read_order(&order["id"]).await["state"], "completed");
    assert_eq!(buyer.read_product(&product).await["status"], "terminated");

    let audit = buyer.seller.audit().unwrap();
    assert_eq!(audit.orders.len(), 3);
    assert!(audit.twins.is_empty() && audit.orphans.is_empty());
    assert!(audit.services.iter().all(|service| !service.live));
    let owed = &audit.money["USD"];
    assert_eq!((owed.monthly.to_string(), owed.one_off.to_string()), ("0".to_owned(), "250.00".to_owned()));
    buyer.finish();
}

fn rate(product: &Value) -> u64 {
    let end = &product["productConfiguration"]["evcEndPointA"];
    end["ingressBandwidthProfilePerClassofServiceName"][0]["bwpFlow"]["cir"]["irValue"].as_u64().unwrap()
}
