//! What happens in the seller's portal behind the buyer's back, and what the audit says of it.

use serde_json::{Value, json};

use crate::buyer::{Answer, Buyer, ORDERING, PRODUCTS, evpl, line, metro_fiber};

async fn change(buyer: &Buyer, service: &Value, change: Value) -> Answer {
    buyer.post(&format!("/control/services/{}", service.as_str().unwrap()), &change).await
}

async fn place(buyer: &Buyer, order: Value) -> Value {
    buyer.post("/control/services", &order).await.expect(200)
}

#[tokio::test]
async fn a_service_gets_another_rate() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let service = buyer.buy_and_wait("seg/1", evpl(2000, 210)).await;
    change(&buyer, &service, json!({"bandwidth": "4G"})).await.expect(200);
    let shown = buyer.read_product(&service).await;
    let flow =
        &shown["productConfiguration"]["evcEndPointZ"]["ingressBandwidthProfilePerClassofServiceName"][0];
    assert_eq!(flow["bwpFlow"]["cir"], json!({"irValue": 4_000_000_000_u64, "irUnits": "BPS"}));
    // (250 + 0.50 x 4000) less 10 % for a month
    assert_eq!(shown["productPrice"][0]["price"]["dutyFreeAmount"]["value"], 2025);
    let audit = buyer.seller.audit().unwrap();
    assert_eq!(audit.services[0].committed, 4_000_000_000);
    let more = &audit.overpaid[0];
    assert_eq!((more.external_id.as_deref(), more.what.as_str()), (Some("seg/1"), "monthly"));
    assert_eq!((more.agreed.to_string(), more.billed.to_string()), ("1125.00".into(), "2025.00".into()));
    change(&buyer, &service, json!({"bandwidth": "1G"})).await.expect(200);
    let audit = buyer.seller.audit().unwrap();
    assert!(audit.overpaid.is_empty());
    assert_eq!(audit.unpaid[0].billed.to_string(), "675.00");
    change(&buyer, &json!("MF-UNI-ASH-1"), json!({"bandwidth": "1G"})).await.expect(400);
    change(&buyer, &json!("NOPE"), json!({"terminate": {}})).await.expect(400);
    change(&buyer, &service, json!({"explode": {}})).await.expect(400);
    buyer.finish();
}

#[tokio::test]
async fn a_service_ends_and_its_place_is_free() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let service = buyer.buy_and_wait("seg/1", evpl(2000, 210)).await;
    change(&buyer, &service, json!({"terminate": {}})).await.expect(200);
    assert_eq!(buyer.read_product(&service).await["status"], "terminated");
    assert!(!buyer.seller.audit().unwrap().services[0].live);
    change(&buyer, &service, json!({"terminate": {}})).await.expect(400);
    buyer.buy_and_wait("seg/2", evpl(2000, 210)).await;
    buyer.finish();
}

#[tokio::test]
async fn a_service_is_gone_from_the_inventory_and_still_bills() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let service = buyer.buy_and_wait("seg/1", evpl(2000, 210)).await;
    change(&buyer, &service, json!({"remove": {}})).await.expect(200);
    buyer.get(&format!("{PRODUCTS}/{}", service.as_str().unwrap())).await.expect(404);
    let list = buyer.get(PRODUCTS).await.expect(200);
    assert!(list.as_array().unwrap().iter().all(|shown| shown["id"] != service));
    let audit = buyer.seller.audit().unwrap();
    assert!(audit.services[0].live && audit.services[0].billing);
    buyer.finish();
}

#[tokio::test]
async fn a_service_is_suspended_and_can_be_left() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let service = buyer.buy_and_wait("seg/1", evpl(2000, 210)).await;
    change(&buyer, &service, json!({"resume": {}})).await.expect(400);
    change(&buyer, &service, json!({"suspend": {}})).await.expect(200);
    assert_eq!(buyer.read_product(&service).await["status"], "suspended");
    assert_eq!(buyer.seller.audit().unwrap().money["USD"].monthly.to_string(), "0");
    change(&buyer, &service, json!({"resume": {}})).await.expect(200);
    assert_eq!(buyer.read_product(&service).await["status"], "active");
    change(&buyer, &service, json!({"suspend": {}})).await.expect(200);
    let item = buyer.ordered("1", "delete", json!({"id": service}), None);
    buyer.order("seg/2", json!([item])).await.expect(201);
    buyer.wait("1s");
    assert_eq!(buyer.read_product(&service).await["status"], "suspendedPendingTerminate");
    buyer.wait("1h");
    assert_eq!(buyer.read_product(&service).await["status"], "terminated");
    buyer.finish();
}

#[tokio::test]
async fn somebody_else_orders() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let order =
        place(&buyer, json!({"like": "MF-PRD-LEGACY-1", "externalId": "PO 4711", "projectId": "theirs"}))
            .await;
    assert_eq!(order["state"], "acknowledged");
    buyer.wait("1h");
    let found = buyer.get(&format!("{ORDERING}/productOrder?projectId=theirs")).await.expect(200);
    assert_eq!((&found[0]["id"], &found[0]["state"]), (&order["id"], &json!("completed")));
    let order = buyer.read_order(&order["id"]).await;
    let shown = buyer.read_product(&order["productOrderItem"][0]["product"]["id"]).await;
    assert_eq!(shown["status"], "active");
    assert_eq!(
        shown["productConfiguration"]["evcEndPointA"]["evcEndPointMap"]["vlanId"],
        json!([100]),
        "the first that is free"
    );
    let epl = buyer
        .buy_and_wait("seg/1", line("MF-EPL", "BUSINESS", 1000, None, ["MF-UNI-ASH-2", "MF-UNI-CHI-2"]))
        .await;
    place(&buyer, json!({"like": epl, "externalId": "seg/1"})).await;
    buyer.wait("1h");
    assert_eq!(
        buyer.seller.audit().unwrap().twins[0].services.len(),
        2,
        "even where one port carries one service"
    );
    buyer.post("/control/services", &json!({"like": "MF-UNI-ASH-1"})).await.expect(400);
    buyer.post("/control/services", &json!({"like": "NOPE"})).await.expect(400);
    buyer.finish();
}

#[tokio::test]
async fn the_audit_names_twins() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let first = buyer.buy_and_wait("seg/1", evpl(2000, 210)).await;
    buyer.buy_and_wait("other/1", evpl(1000, 211)).await;
    assert!(buyer.seller.audit().unwrap().twins.is_empty());
    let same = place(&buyer, json!({"like": first, "externalId": "seg/1"})).await;
    buyer.wait("1h");
    let twins = buyer.seller.audit().unwrap().twins;
    assert_eq!((twins.len(), twins[0].external_id.as_str()), (1, "seg/1"));
    assert_eq!(twins[0].services.len(), 2);
    assert_eq!(json!(twins[0].orders[1]), same["id"]);

    place(&buyer, json!({"like": first, "externalId": "seg/2"})).await;
    let twins = buyer.seller.audit().unwrap().twins;
    let shared: Vec<&str> = twins.iter().map(|twin| twin.external_id.as_str()).collect();
    assert_eq!(shared, ["seg/1", "seg"], "the mark, and the reference under several marks");
    assert_eq!(twins[1].marks, ["seg/1", "seg/1", "seg/2"]);

    // Two orders to leave under one mark are one too many, as long as they are under way.
    let legacy = buyer.ordered("1", "delete", json!({"id": "MF-PRD-LEGACY-1"}), None);
    for _ in 0..2 {
        buyer.order("leave/1", json!([legacy])).await.expect(201);
    }
    let shared = |buyer: &Buyer| {
        let twins = buyer.seller.audit().unwrap().twins;
        twins.iter().any(|twin| twin.external_id == "leave/1")
    };
    assert!(shared(&buyer));
    buyer.wait("1h");
    assert!(!shared(&buyer));
}

#[tokio::test]
async fn the_audit_names_orphans() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let service = buyer.buy_and_wait("seg/1", evpl(2000, 210)).await;
    place(&buyer, json!({"like": service, "externalId": "ghost/1", "projectId": "ghosts"})).await;
    buyer.wait("1h");
    let audit = buyer.get("/audit").await.expect(200);
    assert_eq!(audit["orphans"], json!([]), "nobody said what is wanted");
    assert_eq!(audit["references"]["seg"], json!([service]));
    assert_eq!(audit["references"]["ghost"].as_array().unwrap().len(), 1);
    let against = async |wanted: Value| {
        let audit = buyer.post("/audit", &json!({"wanted": wanted})).await.expect(200);
        let orphans = audit["orphans"].as_array().unwrap().clone();
        orphans.iter().map(|orphan| orphan["externalId"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(against(json!(["seg"])).await, ["ghost/1"]);
    assert_eq!(against(json!(["seg/1", "ghosts"])).await, [""; 0]);
    assert_eq!(against(json!([])).await, ["seg/1", "ghost/1"]);
    buyer.post("/audit", &json!({"wnated": []})).await.expect(400);
}
