//! Lists: pages, filters and what a seller may get wrong about them.

use serde_json::{Value, json};

use crate::buyer::{Buyer, ORDERING, PRODUCTS, QUOTES, evpl, metro_fiber, quoted};

const ORDERS: &str = "/mefApi/sonata/productOrderingManagement/v10/productOrder";

fn header<'a>(answer: &'a crate::buyer::Answer, name: &str) -> Option<&'a str> {
    answer.headers.get(name).map(|value| value.to_str().unwrap())
}

async fn count(buyer: &Buyer, path: &str) -> usize {
    buyer.get(path).await.expect(200).as_array().unwrap().len()
}

#[tokio::test]
async fn pages_are_throttled_and_say_so() {
    let buyer = Buyer::of(metro_fiber(json!({"lists": {"pageLimit": 2}})));
    let first = buyer.get(PRODUCTS).await;
    assert_eq!((header(&first, "x-total-count"), header(&first, "x-result-count")), (Some("6"), Some("2")));
    assert_eq!(header(&first, "x-pagination-throttled"), Some("true"));
    let mut seen = Vec::new();
    loop {
        let page = buyer.get(&format!("{PRODUCTS}?limit=10&offset={}", seen.len())).await;
        let throttled = header(&page, "x-pagination-throttled") == Some("true");
        seen.extend(page.expect(200).as_array().unwrap().iter().map(|entry| entry["id"].clone()));
        if !throttled {
            break;
        }
    }
    seen.dedup();
    assert_eq!(seen.len(), 6);
    let asked = buyer.get(&format!("{PRODUCTS}?limit=1")).await;
    assert_eq!(header(&asked, "x-pagination-throttled"), Some("false"), "as many as were asked for");
    assert_eq!(count(&buyer, &format!("{PRODUCTS}?offset=100")).await, 0);
    buyer.finish();
}

#[tokio::test]
async fn a_seller_need_not_count() {
    let buyer = Buyer::of(metro_fiber(json!({"lists": {"totalCount": false, "pageLimit": 2}})));
    let page = buyer.get(PRODUCTS).await;
    assert_eq!(
        (header(&page, "x-total-count"), header(&page, "x-pagination-throttled")),
        (None, Some("true"))
    );
    buyer.finish();
}

#[tokio::test]
async fn too_long_an_inventory_is_refused() {
    let buyer = Buyer::of(metro_fiber(json!({"lists": {"tooManyRecords": 3}})));
    assert_eq!(buyer.get(PRODUCTS).await.issues()[0].0, "tooManyRecords");
    assert_eq!(count(&buyer, &format!("{PRODUCTS}?geographicalSiteId=MF-SITE-ASH")).await, 2);
    buyer.finish();
}

#[tokio::test]
async fn orders_are_found_by_every_filter() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let id = buyer.buy("m/1", evpl(2000, 210)).await;
    buyer.wait("1h");
    buyer.buy("m/2", evpl(2000, 211)).await;
    buyer.wait("2s");
    for (query, found) in [
        ("externalId=m%2F1", 1),
        ("externalId=m", 0),
        ("projectId=checkpoints", 2),
        ("state=completed", 1),
        ("state=inProgress&projectId=checkpoints", 1),
        ("orderDate.gt=2026-06-01T08:30:00Z", 1),
        ("orderDate.lt=2026-06-01T08:30:00Z", 1),
        ("completionDate.gt=2026-06-01T08:00:00Z", 1),
        ("itemRequestedCompletionDate.gt=2026-06-08T08:30:00Z", 1),
        ("itemExpectedCompletionDate.lt=2026-06-01T08:30:00Z", 1),
        ("cancellationDate.gt=2026-06-01T08:30:00Z", 0),
    ] {
        assert_eq!(count(&buyer, &format!("{ORDERS}?{query}")).await, found, "{query}");
    }
    let listed = buyer.get(&format!("{ORDERS}?externalId=m%2F1")).await.expect(200);
    let names: Vec<&String> = listed[0].as_object().unwrap().keys().collect();
    assert_eq!(names, ["completionDate", "externalId", "id", "orderDate", "projectId", "state"]);
    assert_eq!(listed[0]["id"], id);
    buyer.finish();
    for wrong in ["state=done", "orderDate.gt=yesterday", "limit=many", "offset=-1"] {
        assert_eq!(
            buyer.get(&format!("{ORDERS}?{wrong}")).await.expect(400)["code"],
            "invalidQuery",
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn quotes_are_found_by_level_and_date() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    buyer.quote(json!([quoted("1", "add", evpl(2000, 210))])).await.expect(201);
    for (query, found) in [
        ("quoteLevel=firm", 1),
        ("quoteLevel=budgetary", 0),
        ("quoteDate.lt=2026-06-01T08:00:01Z", 1),
        ("state=expired", 0),
    ] {
        assert_eq!(count(&buyer, &format!("{QUOTES}/quote?{query}")).await, found, "{query}");
    }
    buyer.finish();
}

#[tokio::test]
async fn a_filter_may_be_ignored() {
    let buyer = Buyer::of(metro_fiber(json!({"lists": {"ignoredFilters": ["externalId"]}})));
    buyer.buy("m/1", evpl(2000, 210)).await;
    assert_eq!(count(&buyer, &format!("{ORDERS}?externalId=nobody-ever-sent-this")).await, 1);
    buyer.finish();
}

#[tokio::test]
async fn a_new_order_is_missing_from_lists_for_a_while() {
    let buyer = Buyer::of(metro_fiber(json!({"lists": {"orderSearchLag": "30s"}})));
    let id = buyer.buy("m/1", evpl(2000, 210)).await;
    assert_eq!(count(&buyer, &format!("{ORDERS}?externalId=m%2F1")).await, 0);
    assert_eq!(buyer.read_order(&id).await["externalId"], "m/1");
    buyer.wait("30s");
    assert_eq!(count(&buyer, &format!("{ORDERS}?externalId=m%2F1")).await, 1);
    buyer.finish();
}

#[tokio::test]
async fn unknown_parameters_are_named_by_a_strict_seller() {
    let buyer = Buyer::of(metro_fiber(json!({"validation": {"unknownAttributes": "Refuse"}})));
    let refused: Value = buyer.get(&format!("{ORDERING}/productOrder?external_id=x")).await.expect(400);
    assert!(refused["reason"].as_str().unwrap().contains("external_id"));
}
