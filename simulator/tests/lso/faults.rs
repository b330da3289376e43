//! Faults on the wire: what a caller sees, and what took effect all the same.

#![allow(clippy::disallowed_methods, reason = "how long an answer took")]

use std::time::{Duration, Instant};

use http::Method;
use naas_sim::{Clock, Seller, Store};
use serde_json::{Value, json};

use crate::buyer::{
    Buyer, ORDERING, POQ, PRODUCTS, QUOTES, START, evpl, metro_fiber, order, patched, quoted,
};
use crate::loopback::Loopback;

const ORDERS: &str = "/mefApi/sonata/productOrderingManagement/v10/productOrder";
const FAULTS: &str = "/control/faults";

/// A seller with one fault, a buyer that talks to it in process, and a line to it.
async fn with_fault(fault: Value) -> (Buyer, Loopback) {
    let mut fault = fault;
    fault["name"] = json!("fault");
    let buyer = Buyer::of(metro_fiber(json!({"faults": [fault]})));
    let line = Loopback::of(&buyer.seller).await;
    (buyer, line)
}

/// An order for a fresh quote.
async fn wanted(buyer: &Buyer, mark: &str, vlan: u16) -> Value {
    let quote = buyer.quote(json!([quoted("1", "add", evpl(2000, vlan))])).await.expect(201);
    order(mark, json!([buyer.ordered("1", "add", evpl(2000, vlan), Some(&quote["id"]))]))
}

/// How often the fault struck.
fn struck(buyer: &Buyer) -> u32 {
    buyer.seller.faults().unwrap()[0].tally.struck
}

fn orders(buyer: &Buyer) -> usize {
    buyer.seller.audit().unwrap().orders.len()
}

#[tokio::test]
async fn an_answer_is_lost_after_the_order_is_taken() {
    for after_half in [false, true] {
        let does = json!({"answerLost": {"afterHalf": after_half}});
        let (buyer, line) =
            with_fault(json!({"on": "order.create", "when": {"next": 1}, "does": does})).await;
        let body = wanted(&buyer, "m/1", 210).await;
        let error = line.post(ORDERS, &body).await.unwrap_err();
        assert_eq!(error.is_request(), !after_half, "half of an answer has a status: {error:?}");
        assert_eq!((orders(&buyer), struck(&buyer)), (1, 1));
        let found = line.get(&format!("{ORDERS}?externalId=m/1")).await.unwrap();
        assert_eq!((found.status, found.json().as_array().unwrap().len()), (200, 1));
        let cut = buyer.seller.calls().into_iter().find(|call| call.status == 0).unwrap();
        assert_eq!((cut.method.as_str(), cut.path.as_str(), cut.count), ("POST", ORDERS, 1));
        line.post(ORDERS, &wanted(&buyer, "m/2", 211).await).await.unwrap();
        assert_eq!(struck(&buyer), 1, "only the next call");
    }
}

#[tokio::test]
async fn a_request_is_lost_before_the_order_is_taken() {
    let does = json!({"requestLost": {"hold": "50ms"}});
    let (buyer, line) =
        with_fault(json!({"on": "order.create", "skip": 1, "when": {"next": 1}, "does": does})).await;
    assert_eq!(line.post(ORDERS, &wanted(&buyer, "m/1", 210).await).await.unwrap().status, 201);
    let body = wanted(&buyer, "m/2", 211).await;
    let since = Instant::now();
    line.post(ORDERS, &body).await.unwrap_err();
    assert!(since.elapsed() >= Duration::from_millis(50), "it was held open");
    assert_eq!(orders(&buyer), 1);
    assert_eq!(line.post(ORDERS, &body).await.unwrap().status, 201);
    assert_eq!(orders(&buyer), 2);
}

#[tokio::test]
async fn errors_come_before_the_effect_or_after_it() {
    for code in [401, 403, 404, 408, 409, 422, 429, 500, 501, 502, 503, 504] {
        for after_effect in [false, true] {
            let does = json!({"status": {"code": code, "retryAfter": 7, "afterEffect": after_effect}});
            let (buyer, line) = with_fault(json!({"on": "order.create", "does": does})).await;
            let answer = line.post(ORDERS, &wanted(&buyer, "m/1", 210).await).await.unwrap();
            assert_eq!((answer.status, answer.headers["retry-after"].as_bytes()), (code, &b"7"[..]));
            let error = answer.json();
            assert!(error["code"].is_string() || error[0]["code"].is_string(), "{error}");
            assert_eq!(orders(&buyer), usize::from(after_effect));
        }
    }
}

#[tokio::test]
async fn a_token_endpoint_misbehaves_too() {
    let buyer = Buyer::of(metro_fiber(json!({
        "access": {"oauth2": {"clients": [{"id": "b", "secrets": ["s"]}]}},
        "faults": [{"name": "x", "on": "token", "does": {"status": {"code": 503}}}],
    })));
    let line = Loopback::of(&buyer.seller).await;
    assert_eq!(line.post("/oauth2/token", &json!({})).await.unwrap().status, 503);
    assert_eq!(line.get(POQ).await.unwrap().status, 401);
}

#[tokio::test]
async fn an_answer_takes_its_time() {
    for after_effect in [false, true] {
        let does = json!({"slow": {"by": "80ms", "afterEffect": after_effect}});
        let (buyer, line) = with_fault(json!({"on": "order.create", "does": does})).await;
        let body = wanted(&buyer, "m/1", 210).await;
        let since = Instant::now();
        assert_eq!(line.post(ORDERS, &body).await.unwrap().status, 201);
        assert!(since.elapsed() >= Duration::from_millis(80));
    }
}

#[tokio::test]
async fn what_arrives_is_no_json() {
    let (buyer, line) = with_fault(json!({"on": "order.create", "does": "truncatedJson"})).await;
    let answer = line.post(ORDERS, &wanted(&buyer, "m/1", 210).await).await.unwrap();
    assert_eq!((answer.status, orders(&buyer)), (201, 1));
    assert!(answer.text.starts_with('{') && serde_json::from_str::<Value>(&answer.text).is_err());
    for code in [200, 502] {
        let (buyer, line) =
            with_fault(json!({"on": "order.create", "does": {"proxyPage": {"code": code}}})).await;
        let answer = line.post(ORDERS, &wanted(&buyer, "m/1", 210).await).await.unwrap();
        assert_eq!((answer.status, orders(&buyer)), (code, 0));
        assert_eq!(answer.headers["content-type"], "text/html");
        assert!(answer.text.contains("<html>"));
    }
}

#[tokio::test]
async fn one_view_shows_a_state_nobody_knows() {
    let does = json!({"unknownState": {"state": "reticulating"}});
    let (buyer, line) = with_fault(json!({"on": "order.list", "does": does})).await;
    let id = buyer.buy("m/1", evpl(2000, 210)).await;
    assert_eq!(line.get(ORDERS).await.unwrap().json()[0]["state"], "reticulating");
    let path = format!("{ORDERING}/productOrder/{}", id.as_str().unwrap());
    assert_eq!(line.get(&path).await.unwrap().json()["state"], "acknowledged");
    let (_buyer, line) = with_fault(json!({"on": "inventory.get", "does": {"unknownState": {}}})).await;
    let path = format!("{PRODUCTS}/MF-PRD-LEGACY-1");
    assert_eq!(line.get(&path).await.unwrap().json()["status"], "limbo");
    assert_eq!(line.get(PRODUCTS).await.unwrap().json()[0]["status"], "active");
}

#[tokio::test]
async fn a_list_ignores_what_is_asked_for() {
    let (buyer, line) = with_fault(json!({"when": {"next": 1}, "does": "ignoresFilters"})).await;
    buyer.buy("m/1", evpl(2000, 210)).await;
    let path = format!("{ORDERS}?externalId=other");
    assert_eq!(line.get(&path).await.unwrap().json()[0]["externalId"], "m/1");
    assert_eq!(line.get(&path).await.unwrap().json(), json!([]));
}

#[tokio::test]
async fn a_list_misses_what_is_young() {
    let (buyer, line) = with_fault(json!({"on": "order.list", "does": {"searchLag": {"by": "5m"}}})).await;
    let id = buyer.buy("m/1", evpl(2000, 210)).await;
    buyer.wait("299s");
    assert_eq!(line.get(ORDERS).await.unwrap().json(), json!([]));
    buyer.read_order(&id).await;
    buyer.wait("1s");
    assert_eq!(line.get(ORDERS).await.unwrap().json()[0]["id"], id);
}

#[tokio::test]
async fn an_order_appears_long_after_its_call() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seller.db");
    let does = json!({"effectDelayed": {"by": "3d", "hold": "20ms"}});
    let faults = json!([{"name": "x", "on": "order.create", "when": {"next": 1}, "does": does}]);
    let open = || {
        let store = Store::file(&path).unwrap();
        Buyer::with_store(metro_fiber(json!({"faults": faults})), store, START.parse().unwrap())
    };
    let buyer = open();
    let line = Loopback::of(&buyer.seller).await;
    let late = wanted(&buyer, "m/1", 210).await;
    line.post(ORDERS, &late).await.unwrap_err();
    assert_eq!(orders(&buyer), 0);
    buyer.wait("2d");
    assert_eq!(line.get(ORDERS).await.unwrap().json(), json!([]));
    drop(line);
    drop(buyer);

    let buyer = open();
    let line = Loopback::of(&buyer.seller).await;
    line.post(ORDERS, &late).await.unwrap();
    buyer.wait("1d");
    let dates: Vec<Value> = line.get(ORDERS).await.unwrap().json().as_array().unwrap().clone();
    let dates: Vec<&str> = dates.iter().map(|order| order["orderDate"].as_str().unwrap()).collect();
    assert_eq!(dates, ["2026-06-03T08:00:00Z", "2026-06-04T08:00:00Z"]);
    buyer.wait("1h");
    let twin = &buyer.seller.audit().unwrap().twins[0];
    assert_eq!((twin.external_id.as_str(), twin.services.len()), ("m/1", 2), "both run, from one quote");
}

#[tokio::test]
async fn a_late_call_that_is_refused_by_then_comes_to_nothing() {
    let does = json!({"effectDelayed": {"by": "10m", "rechecks": true}});
    let (buyer, line) = with_fault(json!({"on": "order.create", "when": {"next": 1}, "does": does})).await;
    let body = wanted(&buyer, "m/1", 210).await;
    line.post(ORDERS, &body).await.unwrap_err();
    line.post(ORDERS, &body).await.unwrap();
    buyer.wait("1h");
    assert_eq!(orders(&buyer), 1, "the quote was ordered meanwhile");

    let buyer = Buyer::of(metro_fiber(json!({
        "access": {"bearerTokens": ["t"]},
        "faults": [{"name": "x", "on": "quote.create", "does": {"effectDelayed": {"by": "1s"}}}],
    })));
    let line = Loopback::of(&buyer.seller).await;
    line.post(&format!("{QUOTES}/quote"), &json!({})).await.unwrap_err();
    assert!(
        buyer.seller.advance("1s".parse().unwrap()).unwrap().unwrap().next_due.is_none(),
        "no token, no effect"
    );
}

#[tokio::test]
async fn the_inventory_is_shown_as_it_was() {
    let (buyer, line) = with_fault(json!({"skip": 4, "does": {"inventoryLag": {"by": "30m"}}})).await;
    let id = buyer.buy_and_wait("m/1", evpl(2000, 210)).await;
    let product = format!("{PRODUCTS}/{}", id.as_str().unwrap());
    let pending = format!("{PRODUCTS}?status=pendingActive");
    for _ in 0..2 {
        assert_eq!(line.get(&product).await.unwrap().json()["status"], "active");
        assert_eq!(line.get(&pending).await.unwrap().json(), json!([]));
    }
    // An hour has passed since the order; item and inventory changed in its first seconds.
    assert_eq!(line.get(&product).await.unwrap().json()["status"], "active");
    let item = buyer.ordered("1", "delete", json!({"id": id}), None);
    buyer.order("m/2", json!([item])).await.expect(201);
    buyer.wait("10m");
    assert_eq!(line.get(&product).await.unwrap().json()["status"], "active", "terminated in truth");
    let active = line.get(&format!("{PRODUCTS}?status=active")).await.unwrap().json();
    assert!(active.as_array().unwrap().iter().any(|shown| shown["id"] == id));
    let young = buyer.buy("m/3", evpl(2000, 211)).await;
    buyer.wait("5m");
    let young = buyer.read_order(&young).await["productOrderItem"][0]["product"]["id"].clone();
    let path = format!("{PRODUCTS}/{}", young.as_str().unwrap());
    assert_eq!(line.get(&path).await.unwrap().status, 404);
    buyer.wait("30m");
    assert_eq!(line.get(&path).await.unwrap().json()["status"], "active");
    assert_eq!(line.get(&product).await.unwrap().json()["status"], "terminated");
}

/// The same seed strikes the same calls, another one others, and a restart goes on where it was.
#[tokio::test]
async fn the_same_seed_strikes_the_same_calls() {
    let folder = tempfile::tempdir().unwrap();
    let seed = u64::from(std::process::id());
    println!("seed: {seed}");
    let scenario = |seed: u64| {
        let when = json!({"chance": {"percent": "30", "seed": seed}});
        metro_fiber(json!({"faults": [{"name": "x", "on": "order.list", "when": when,
            "does": {"status": {"code": 503}}}]}))
    };
    let mut runs = Vec::new();
    for (n, seed) in [seed, seed, seed + 1].into_iter().enumerate() {
        let path = folder.path().join(format!("{n}.db"));
        let mut statuses = Vec::new();
        for _ in 0..4 {
            let clock = Clock::manual(START.parse().unwrap());
            let seller = Seller::open(scenario(seed), Store::file(&path).unwrap(), clock).unwrap();
            let line = Loopback::of(&seller).await;
            for _ in 0..10 {
                statuses.push(line.get(ORDERS).await.unwrap().status);
            }
        }
        runs.push(statuses);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    assert!(runs[0].contains(&200) && runs[0].contains(&503));
}

#[tokio::test]
async fn faults_change_while_the_seller_runs() {
    let (buyer, line) = with_fault(json!({"on": "quote.list", "does": {"status": {"code": 500}}})).await;
    let list = format!("{QUOTES}/quote");
    assert_eq!(line.get(&list).await.unwrap().status, 500);
    let shown = line.get(FAULTS).await.unwrap().json();
    assert_eq!((&shown[0]["name"], &shown[0]["on"]), (&json!("fault"), &json!("quote.list")));
    assert_eq!((&shown[0]["met"], &shown[0]["struck"]), (&json!(1), &json!(1)));

    let list_fails =
        json!([{"name": "fault", "on": "order.list", "when": {"next": 1}, "does": "truncatedJson"}]);
    let set = line.send(Method::PUT, FAULTS, Some(&list_fails)).await.unwrap();
    assert_eq!((set.status, &set.json()[0]["struck"]), (200, &json!(0)));
    assert_eq!(line.get(&list).await.unwrap().status, 200, "replaced");
    line.get(ORDERS).await.unwrap();
    assert_eq!(struck(&buyer), 1);
    line.send(Method::PUT, FAULTS, Some(&list_fails)).await.unwrap();
    assert_eq!(struck(&buyer), 0, "setting them counts anew");

    for (wrong, at) in [
        (json!([{"name": "x", "on": "order.destroy", "does": "truncatedJson"}]), "order.destroy"),
        (json!([{"name": "x", "on": "order.get", "does": "ignoresFilters"}]), "faults[0].on"),
        (json!([{"name": "x", "does": {"status": {"code": 200}}}]), "faults[0].does.code"),
        (json!([{"name": "x", "does": {"slow": {"by": "2m"}}}]), "faults[0].does.by"),
        (json!([{"name": "x", "does": {"slow": {"by": "1s", "til": 1}}}]), "til"),
        (json!([{"name": "x", "does": "truncatedJson"}, {"name": "x", "does": "truncatedJson"}]), "twice"),
    ] {
        let refused = line.send(Method::PUT, FAULTS, Some(&wrong)).await.unwrap();
        assert_eq!(refused.status, 400);
        assert!(refused.text.contains(at), "{}", refused.text);
    }
    assert_eq!(line.send(Method::DELETE, FAULTS, None).await.unwrap().json(), json!([]));
    assert_eq!(line.get(&list).await.unwrap().status, 200, "those of the scenario are gone, too");
}

/// The example does what its comments say.
#[tokio::test]
async fn a_rough_carrier_has_a_bad_day() {
    let scenario = patched(include_str!("../../scenarios/rough-carrier.yaml"), json!({}));
    let buyer = Buyer::of(scenario);
    let line = Loopback::of(&buyer.seller).await;
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(line.post(ORDERS, &json!({})).await.map_or(0, |answer| answer.status));
    }
    assert_eq!(seen, [0, 0, 500, 0, 400], "lost, late, taken with an error, lost, read");
    let struck: Vec<u32> =
        buyer.seller.faults().unwrap()[..4].iter().map(|report| report.tally.struck).collect();
    assert_eq!(struck, [1, 1, 1, 1]);
}
