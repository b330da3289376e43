//! The books: what survives, what is counted, and what the audit says.

use naas_sim::scenario::Delay;
use naas_sim::{Clock, Scenario, Seller, Store};
use serde_json::{Value, json};

use crate::buyer::{Buyer, ORDERING, START, evpl, metro_fiber, quoted};

fn reopened(path: &std::path::Path) -> Buyer {
    Buyer::with_store(metro_fiber(json!({})), Store::file(path).unwrap(), START.parse().unwrap())
}

#[tokio::test]
async fn a_restart_forgets_nothing_and_catches_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seller.db");
    let buyer = reopened(&path);
    let id = buyer.buy("m/1", evpl(2000, 210)).await;
    buyer.post("/control/orders", &json!({"reject": "credit limit"})).await.expect(200);
    buyer.wait("2s");
    let before = buyer.read_order(&id).await;
    drop(buyer);

    let buyer = reopened(&path);
    assert_eq!(buyer.now().to_string(), "2026-06-01T08:00:02Z", "a manual clock goes on where it stood");
    assert_eq!(buyer.read_order(&id).await, before);
    buyer.wait("1h");
    let done = buyer.read_order(&id).await;
    assert_eq!(
        (&done["state"], &done["completionDate"]),
        (&json!("completed"), &json!("2026-06-01T08:00:11Z"))
    );
    let rejected = buyer.buy("m/2", evpl(2000, 211)).await;
    assert_ne!(rejected, id);
    buyer.wait("1s");
    assert_eq!(buyer.read_order(&rejected).await["state"], "rejected", "control is kept, too");
    assert_eq!(buyer.seller.audit().unwrap().orders.len(), 2);
}

/// The same requests at the same instants give the same documents, however often somebody looks in between.
#[tokio::test]
async fn looking_changes_nothing() {
    let mut outcomes: Vec<Value> = Vec::new();
    for step in ["1s", "7s", "42s"] {
        let buyer = Buyer::of(metro_fiber(json!({"inventory": {"lag": "3s"}})));
        let id = buyer.buy("m/1", evpl(2000, 210)).await;
        let seconds = step.parse::<Delay>().unwrap().0.as_secs();
        for _ in 0..(84 / seconds) {
            buyer.wait(step);
            buyer.get("/audit").await.expect(200);
        }
        let order = buyer.read_order(&id).await;
        let product = buyer.read_product(&order["productOrderItem"][0]["product"]["id"]).await;
        outcomes.push(json!([order, product]));
    }
    assert_eq!(outcomes[0], outcomes[1]);
    assert_eq!(outcomes[1], outcomes[2]);
}

#[tokio::test]
async fn a_service_bought_twice_is_a_twin() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let first = buyer.buy_and_wait("seg/1", evpl(2000, 210)).await;
    assert!(buyer.seller.audit().unwrap().twins.is_empty());
    buyer.buy_and_wait("seg/1", evpl(2000, 211)).await;
    let audit = buyer.get("/audit").await.expect(200);
    assert_eq!(audit["twins"][0]["externalId"], "seg/1");
    assert_eq!(audit["twins"][0]["orders"].as_array().unwrap().len(), 2);
    assert_eq!(audit["money"]["USD"]["monthly"], "2250.00");
    let item = buyer.ordered("1", "delete", json!({"id": first}), None);
    buyer.order("seg/2", json!([item])).await.expect(201);
    buyer.wait("1h");
    assert!(buyer.seller.audit().unwrap().twins.is_empty());
}

#[tokio::test]
async fn calls_are_counted_by_operation_and_outcome() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    buyer.quote(json!([quoted("1", "add", evpl(2000, 210))])).await.expect(201);
    buyer.get(&format!("{ORDERING}/productOrder/x")).await.expect(404);
    buyer.get(&format!("{ORDERING}/productOrder/y")).await.expect(404);
    let calls = buyer.seller.calls();
    let count = |method: &str, path: &str, status: u16| {
        let found =
            calls.iter().find(|call| call.method == method && call.path == path && call.status == status);
        found.map_or(0, |call| call.count)
    };
    assert_eq!(count("POST", "/mefApi/sonata/quoteManagement/v8/quote", 201), 1);
    assert_eq!(count("GET", &format!("{ORDERING}/productOrder/{{id}}"), 404), 2);
    assert_eq!(calls.len(), 2, "audit and control are not counted");
    buyer.post("/control/calls/reset", &json!({})).await.expect(204);
    assert!(buyer.seller.calls().is_empty());
}

#[tokio::test]
async fn time_is_moved_over_http() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let id = buyer.buy("m/1", evpl(2000, 210)).await;
    let reading = buyer.post("/control/clock", &json!({"advance": "1s"})).await.expect(200);
    assert_eq!(
        (&reading["now"], &reading["nextDue"]),
        (&json!("2026-06-01T08:00:01Z"), &json!("2026-06-01T08:00:03Z"))
    );
    assert_eq!(buyer.read_order(&id).await["state"], "inProgress");
    buyer.post("/control/clock", &json!({"advance": "never"})).await.expect(400);
    let running =
        Seller::open(metro_fiber(json!({})), Store::in_memory().unwrap(), Clock::running(1)).unwrap();
    let running = Buyer::talking_to(running);
    running.post("/control/clock", &json!({"advance": "1s"})).await.expect(409);
}

#[test]
fn mistakes_in_a_scenario_name_their_place() {
    let wrong = |from: &str, to: &str| {
        let text = include_str!("../../scenarios/metro-fiber.yaml");
        assert!(text.contains(from), "{from}");
        Scenario::from_yaml(&text.replacen(from, to, 1)).unwrap_err()
    };
    assert_eq!(wrong("singleUse", "singelUse").path, "quote.singelUse");
    assert_eq!(wrong("site: MF-SITE-ASH", "site: MF-SITE-X").path, "unis[0].site");
    assert_eq!(wrong("step: 100M", "step: 100 megabit").path, "offerings[0].bandwidth.step");
    assert_eq!(
        wrong("tier: national, capacity: 200G", "tier: global, capacity: 200G").path,
        "classesOfService"
    );
    assert_eq!(
        wrong("rehearsals: []", "rehearsals: [{name: x, on: Order, effect: {doubt: {reason: y}}}]").path,
        "rehearsals[0].effect"
    );
    assert!(Scenario::from_yaml("[").unwrap_err().path.is_empty());
}

/// The committed schema is what the types say.
#[test]
fn the_committed_schema_is_up_to_date() {
    let committed: Value = serde_json::from_str(include_str!("../../scenario.schema.json")).unwrap();
    assert_eq!(
        committed,
        Scenario::json_schema(),
        "the scenario types have changed; run: cargo run -p naas-sim -- schema > simulator/scenario.schema.json"
    );
}
