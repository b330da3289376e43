//! Product inventory (MEF 116): what shows, when, and for how long.

use serde_json::json;

use crate::buyer::{Buyer, PRODUCTS, evpl, metro_fiber};

#[tokio::test]
async fn the_first_day_has_unis_and_what_runs_on_them() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let uni = buyer.read_product(&json!("MF-UNI-ASH-1")).await;
    assert_eq!((&uni["status"], &uni["relatedSite"][0]["id"]), (&json!("active"), &json!("MF-SITE-ASH")));
    let on_it = buyer.get(&format!("{PRODUCTS}?relatedProductId=MF-UNI-ASH-1")).await.expect(200);
    assert_eq!(on_it[0]["id"], "MF-PRD-LEGACY-1");
    assert!(on_it[0]["productConfiguration"].is_null(), "a list shows less");
    let here =
        buyer.get(&format!("{PRODUCTS}?geographicalSiteId=MF-SITE-ASH&status=active")).await.expect(200);
    assert_eq!(here.as_array().unwrap().len(), 2);
    let mark = buyer.get(&format!("{PRODUCTS}?externalId=legacy-1")).await.expect(200);
    assert_eq!(mark.as_array().unwrap().len(), 1);
    buyer.get(&format!("{PRODUCTS}/NOPE")).await.expect(404);
    buyer.finish();
}

#[tokio::test]
async fn changes_show_with_a_lag() {
    let buyer = Buyer::of(metro_fiber(json!({"inventory": {"lag": "5m"}})));
    let order = buyer.buy("m/1", evpl(2000, 210)).await;
    buyer.wait("1m");
    let order = buyer.read_order(&order).await;
    assert_eq!(order["state"], "completed");
    let product = &order["productOrderItem"][0]["product"]["id"];
    let path = format!("{PRODUCTS}/{}", product.as_str().unwrap());
    buyer.get(&path).await.expect(404);
    buyer.wait("241s");
    assert_eq!(buyer.get(&path).await.expect(200)["status"], "pendingActive");
    buyer.wait("10s");
    let shown = buyer.get(&path).await.expect(200);
    assert_eq!(shown["status"], "active");
    assert_eq!(shown["startDate"], "2026-06-01T08:00:11Z");
    assert_eq!(
        shown["lastUpdateDate"], "2026-06-01T08:05:11Z",
        "as late as it shows, so that a poller sees it"
    );
    buyer.finish();
}

#[tokio::test]
async fn what_is_terminated_vanishes() {
    let buyer = Buyer::of(metro_fiber(json!({"inventory": {"vanishAfter": "1d"}})));
    let product = buyer.buy_and_wait("m/1", evpl(2000, 210)).await;
    let item = buyer.ordered("1", "delete", json!({"id": product}), None);
    buyer.order("m/2", json!([item])).await.expect(201);
    buyer.wait("1h");
    let shown = buyer.read_product(&product).await;
    assert_eq!(shown["status"], "terminated");
    assert!(shown["terminationDate"].is_string());
    buyer.wait("1d");
    buyer.get(&format!("{PRODUCTS}/{}", product.as_str().unwrap())).await.expect(404);
    let again = buyer.ordered("1", "delete", json!({"id": product}), None);
    assert_eq!(buyer.order("m/3", json!([again])).await.issues()[0].0, "referenceNotFound");
    assert_eq!(buyer.seller.audit().unwrap().services.len(), 1, "the books forget nothing");
    buyer.finish();
}

#[tokio::test]
async fn one_list_by_date_finds_what_changed() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let before = buyer.now();
    buyer.wait("1h");
    let product = buyer.buy_and_wait("m/1", evpl(2000, 210)).await;
    let changed = buyer.get(&format!("{PRODUCTS}?lastUpdateDate.gt={before}")).await.expect(200);
    assert_eq!((changed.as_array().unwrap().len(), &changed[0]["id"]), (1, &product));
    let old =
        buyer.get(&format!("{PRODUCTS}?startDate.lt=2026-06-01T10%3A30%3A00%2B02%3A00")).await.expect(200);
    assert_eq!(old.as_array().unwrap().len(), 6, "an instant is an instant in any zone");
    buyer.finish();
}

#[tokio::test]
async fn attributes_can_be_selected() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let selected = buyer.get(&format!("{PRODUCTS}/MF-UNI-ASH-1?fields=relatedSite")).await.expect(200);
    let names: Vec<&String> = selected.as_object().unwrap().keys().collect();
    assert_eq!(names, ["id", "relatedSite", "startDate", "status"]);
}
