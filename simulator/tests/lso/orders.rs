//! Product orders (MEF 123): what is accepted, what is rejected, and what becomes of it.

use http::Method;
use serde_json::{Value, json};

use crate::buyer::{
    Buyer, ORDERING, PRODUCTS, contacts, evpl, line, metro_fiber, order, patched, quoted, with_id,
};

/// Places an order for one quoted product and reads it after the verdict.
async fn placed(buyer: &Buyer, mark: &str, action: &str, product: Value) -> Value {
    let quote = buyer.quote(json!([quoted("1", action, product.clone())])).await.expect(201);
    let item = buyer.ordered("1", action, product, Some(&quote["id"]));
    let order = buyer.order(mark, json!([item])).await.expect(201);
    buyer.wait("2s");
    buyer.read_order(&order["id"]).await
}

fn rejection(order: &Value) -> String {
    assert_eq!(order["state"], "rejected", "{order:#}");
    assert!(order["completionDate"].is_string());
    let item = &order["productOrderItem"][0];
    assert_eq!(item["state"], "rejected");
    item["terminationError"][0]["value"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_order_is_acknowledged_accepted_and_completed() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let quote = buyer.quote(json!([quoted("1", "add", evpl(2000, 210))])).await.expect(201);
    let item = buyer.ordered("1", "add", evpl(2000, 210), Some(&quote["id"]));
    let request = order("seg/1", json!([item.clone()]));
    let answer = buyer.post(&format!("{ORDERING}/productOrder"), &request).await.expect(201);
    assert_eq!(answer["state"], "acknowledged");
    assert_eq!(answer["orderDate"], "2026-06-01T08:00:00Z");
    for (name, value) in item.as_object().unwrap() {
        assert_eq!(&answer["productOrderItem"][0][name], value, "{name}");
    }
    assert_eq!(answer["relatedContactInformation"][1]["role"], "sellerContact");

    buyer.wait("1s");
    let accepted = buyer.read_order(&answer["id"]).await;
    assert_eq!(accepted["state"], "inProgress");
    let item = &accepted["productOrderItem"][0];
    assert_eq!(item["expectedCompletionDate"], "2026-06-01T08:00:11Z");
    assert_eq!(item["itemTerm"][0]["duration"]["units"], "calendarMonths");
    let product = &item["product"]["id"];
    assert_eq!(buyer.read_product(product).await["status"], "pendingActive");

    buyer.wait("10s");
    let done = buyer.read_order(&answer["id"]).await;
    assert_eq!(done["state"], "completed");
    assert_eq!(done["completionDate"], "2026-06-01T08:00:11Z");
    let milestones: Vec<&Value> = done["productOrderItem"][0]["milestone"]
        .as_array()
        .unwrap()
        .iter()
        .map(|milestone| &milestone["name"])
        .collect();
    assert_eq!(milestones, ["PLANNING_COMPLETE", "E2E_TESTING_COMPLETED"]);
    let shown = buyer.read_product(product).await;
    assert_eq!((&shown["status"], &shown["startDate"]), (&json!("active"), &json!("2026-06-01T08:00:11Z")));
    assert_eq!(shown["productOrderItem"][0]["productOrderId"], answer["id"]);
    assert_eq!(shown["billingAccount"]["id"], "BA-1");
    buyer.finish();
}

#[tokio::test]
async fn a_second_service_on_the_same_vlan_is_rejected_whoever_was_quoted_first() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let mut orders = Vec::new();
    let quotes = [
        buyer.quote(json!([quoted("1", "add", evpl(2000, 210))])).await.expect(201),
        buyer.quote(json!([quoted("1", "add", evpl(2000, 210))])).await.expect(201),
    ];
    for quote in &quotes {
        let item = buyer.ordered("1", "add", evpl(2000, 210), Some(&quote["id"]));
        orders.push(buyer.order("same", json!([item])).await.expect(201));
    }
    buyer.wait("1h");
    assert_eq!(buyer.read_order(&orders[0]["id"]).await["state"], "completed");
    let reason = rejection(&buyer.read_order(&orders[1]["id"]).await);
    assert!(reason.contains("210"), "{reason}");
    assert!(buyer.seller.audit().unwrap().twins.is_empty());
    buyer.finish();
}

#[tokio::test]
async fn an_epl_port_carries_one_service() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let epl = || line("MF-EPL", "REALTIME", 10_000, None, ["MF-UNI-ASH-2", "MF-UNI-CHI-2"]);
    buyer.buy_and_wait("first", epl()).await;
    let quote = buyer.quote(json!([quoted("1", "add", epl())])).await.expect(201);
    assert_eq!(quote["state"], "unableToProvide");
    let mixed = line("MF-EPL", "REALTIME", 10_000, None, ["MF-UNI-ASH-1", "MF-UNI-CHI-2"]);
    assert_eq!(buyer.quote(json!([quoted("1", "add", mixed)])).await.issues()[0].0, "invalidValue");
    buyer.finish();
}

#[tokio::test]
async fn the_term_must_be_the_quoted_one() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let quote = buyer.quote(json!([quoted("1", "add", evpl(2000, 210))])).await.expect(201);
    let mut item = buyer.ordered("1", "add", evpl(2000, 210), Some(&quote["id"]));
    item["requestedItemTerm"]["duration"]["amount"] = json!(12);
    let answer = buyer.order("m/1", json!([item])).await.expect(201);
    buyer.wait("1s");
    let answer = buyer.read_order(&answer["id"]).await;
    assert!(rejection(&answer).contains("quoted term"));
    let error = &answer["productOrderItem"][0]["terminationError"][0];
    assert_eq!(
        (&error["code"], &error["propertyPath"]),
        (&json!("invalidValue"), &json!("/productOrderItem/0/requestedItemTerm"))
    );
    buyer.finish();
}

#[tokio::test]
async fn what_is_ordered_must_be_what_was_quoted() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let quote = buyer.quote(json!([quoted("1", "add", evpl(2000, 210))])).await.expect(201);
    let item = buyer.ordered("1", "add", evpl(9000, 210), Some(&quote["id"]));
    let answer = buyer.order("m/1", json!([item])).await.expect(201);
    buyer.wait("1s");
    assert!(rejection(&buyer.read_order(&answer["id"]).await).contains("something else"));
    buyer.finish();
}

#[tokio::test]
async fn dates_within_the_interval_and_on_holidays_are_rejected() {
    let strict = json!({
        "order": {"checksRequestedDate": true, "requiresQuote": false, "acceptsExpedite": true},
        "calendar": {"holidays": ["2026-06-10"]},
    });
    let mut scenario = metro_fiber(strict);
    scenario.offerings[0].installation_interval.amount = 5;
    let buyer = Buyer::of(scenario);
    let order_for = async |date: &str, expedite: bool, vlan: u16| {
        let mut item = buyer.ordered("1", "add", evpl(100, vlan), None);
        item["requestedCompletionDate"] = json!(date);
        item["expediteIndicator"] = json!(expedite);
        let answer = buyer.order("m", json!([item])).await.expect(201);
        buyer.wait("1s");
        buyer.read_order(&answer["id"]).await
    };
    assert!(rejection(&order_for("2026-06-04T08:00:00Z", false, 210).await).contains("interval"));
    assert!(rejection(&order_for("2026-06-10T08:00:00Z", false, 210).await).contains("nobody works"));
    assert!(
        rejection(&order_for("2026-06-13T08:00:00Z", false, 210).await).contains("nobody works"),
        "a Saturday"
    );
    assert_eq!(order_for("2026-06-09T08:00:00Z", false, 210).await["state"], "inProgress");
    let expedited = order_for("2026-06-04T08:00:00Z", true, 211).await;
    assert_eq!(expedited["productOrderItem"][0]["expediteAcceptedIndicator"], true);
    buyer.finish();
}

#[tokio::test]
async fn one_change_at_a_time() {
    let buyer = Buyer::of(metro_fiber(json!({"order": {"leadTimes": {"modify": "1d"}}})));
    let product = buyer.buy_and_wait("m/1", evpl(2000, 210)).await;
    let quotes = [
        buyer.quote(json!([quoted("1", "modify", with_id(evpl(3000, 210), &product))])).await.expect(201),
        buyer.quote(json!([quoted("1", "modify", with_id(evpl(4000, 210), &product))])).await.expect(201),
    ];
    let mut orders = Vec::new();
    for (quote, rate) in quotes.iter().zip([3000, 4000]) {
        let item = buyer.ordered("1", "modify", with_id(evpl(rate, 210), &product), Some(&quote["id"]));
        orders.push(buyer.order("m/2", json!([item])).await.expect(201));
    }
    buyer.wait("1s");
    assert_eq!(buyer.read_order(&orders[0]["id"]).await["state"], "inProgress");
    assert!(rejection(&buyer.read_order(&orders[1]["id"]).await).contains("active.pendingChange"));
    let delete = buyer
        .order("m/3", json!([buyer.ordered("1", "delete", json!({"id": product}), None)]))
        .await
        .expect(201);
    buyer.wait("1s");
    assert!(rejection(&buyer.read_order(&delete["id"]).await).contains("one change at a time"));
    assert_eq!(buyer.read_product(&product).await["status"], "active.pendingChange");
    buyer.finish();
}

#[tokio::test]
async fn less_bandwidth_may_be_refused() {
    let buyer = Buyer::of(metro_fiber(json!({"order": {"decrease": "Refused"}})));
    let product = buyer.buy_and_wait("m/1", evpl(2000, 210)).await;
    let less = placed(&buyer, "m/2", "modify", with_id(evpl(1000, 210), &product)).await;
    assert!(rejection(&less).contains("does not decrease"));
    let more = placed(&buyer, "m/3", "modify", with_id(evpl(3000, 210), &product)).await;
    assert_eq!(more["state"], "inProgress");
    buyer.finish();
}

#[tokio::test]
async fn a_modify_restarts_the_term_or_does_not() {
    for (rule, restarts) in [("Never", false), ("Always", true)] {
        let buyer = Buyer::of(metro_fiber(json!({"order": {"modifyRestartsTerm": rule}})));
        let product = buyer.buy_and_wait("m/1", evpl(2000, 210)).await;
        let before = buyer.seller.audit().unwrap().services[0].term_end;
        buyer.wait("10d");
        let order = placed(&buyer, "m/2", "modify", with_id(evpl(3000, 210), &product)).await;
        assert_eq!(order["productOrderItem"][0]["itemTerm"][0]["name"], "one month");
        buyer.wait("1h");
        let after = buyer.seller.audit().unwrap().services[0].term_end;
        assert_eq!(before != after, restarts, "{rule}");
    }
}

#[tokio::test]
async fn a_term_ends_as_agreed() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let (mut quote, mut order) = (Vec::new(), Vec::new());
    let roll = json!({"amount": 1, "units": "calendarMonths"});
    for (vlan, action) in [(210, "autoRenew"), (211, "autoDisconnect"), (212, "roll")] {
        let mut term = crate::buyer::month();
        term["endOfTermAction"] = json!(action);
        term["duration"]["amount"] = json!(12);
        if action == "roll" {
            term["rollInterval"] = roll.clone();
        }
        let mut item = quoted(action, "add", evpl(100, vlan));
        item["requestedQuoteItemTerm"] = term.clone();
        quote.push(item);
        let mut item = buyer.ordered(action, "add", evpl(100, vlan), None);
        item["requestedItemTerm"] = term;
        order.push(item);
    }
    let quote = buyer.quote(json!(quote)).await.expect(201);
    assert_eq!(quote["state"], "approved.orderable", "{quote:#}");
    for item in &mut order {
        item["quoteItem"] = json!({"quoteId": quote["id"], "id": item["id"]});
    }
    buyer.order("m/1", json!(order)).await.expect(201);
    buyer.wait("370d");
    let services = buyer.seller.audit().unwrap().services;
    let ends: Vec<String> = services.iter().map(|service| service.term_end.unwrap().to_string()).collect();
    assert_eq!(ends, ["2028-06-01T08:00:11Z", "2027-06-01T08:00:11Z", "2027-07-01T08:00:11Z"]);
    let states: Vec<&str> = services.iter().map(|service| service.status).collect();
    assert_eq!(states, ["active", "terminated", "active"]);
    buyer.finish();
}

#[tokio::test]
async fn a_uni_in_use_cannot_be_given_back() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let delete = |id: &str, product: &Value| buyer.ordered(id, "delete", json!({"id": product}), None);
    let answer = buyer.order("m/1", json!([delete("1", &json!("MF-UNI-CHI-1"))])).await.expect(201);
    buyer.wait("1s");
    assert!(rejection(&buyer.read_order(&answer["id"]).await).contains("carries 1 service"));
    let both = json!([delete("uni", &json!("MF-UNI-CHI-1")), delete("evc", &json!("MF-PRD-LEGACY-1"))]);
    let answer = buyer.order("m/2", both).await.expect(201);
    buyer.wait("1h");
    assert_eq!(
        buyer.read_order(&answer["id"]).await["state"],
        "completed",
        "its last service leaves with it"
    );
    buyer.finish();
}

#[tokio::test]
async fn an_evc_and_its_unis_are_bought_together() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let uni = |site: &str| {
        json!({
            "productOffering": {"id": "MF-UNI"},
            "place": [{"@type": "GeographicSiteRef", "role": "INSTALL_LOCATION", "id": site}],
            "productConfiguration": {
                "@type": "urn:mef:lso:spec:cantata-sonata:carrier-ethernet-subscriber-uni:v1.0.0:all",
                "instantiation": "PHYSICAL",
                "listOfPhyLinks": [{"id": "1", "physicalLink": "10GBASE_LR", "uniConnectorType": "LC"}],
                "maximumServiceFrameSize": 9100,
            },
        })
    };
    let mut evc = evpl(2000, 210);
    evc.as_object_mut().unwrap().remove("productRelationship");
    let year = json!({"name": "one year", "duration": {"amount": 12, "units": "calendarMonths"}, "endOfTermAction": "autoRenew"});
    let relationships = json!([
        {"relationshipType": "CONNECTS_TO_UNI_A", "id": "a"},
        {"relationshipType": "CONNECTS_TO_UNI_Z", "id": "z"},
    ]);
    let mut items = [
        quoted("evc", "add", evc.clone()),
        quoted("a", "add", uni("MF-SITE-ASH")),
        quoted("z", "add", uni("MF-SITE-NYC")),
    ];
    items[0]["quoteItemRelationship"] = relationships.clone();
    for item in &mut items {
        item["requestedQuoteItemTerm"] = year.clone();
    }
    let quote = buyer.quote(json!(items)).await.expect(201);
    assert_eq!(quote["state"], "approved.orderable", "{quote:#}");
    let mut items = [
        buyer.ordered("evc", "add", evc, Some(&quote["id"])),
        buyer.ordered("a", "add", uni("MF-SITE-ASH"), Some(&quote["id"])),
        buyer.ordered("z", "add", uni("MF-SITE-NYC"), Some(&quote["id"])),
    ];
    items[0]["productOrderItemRelationship"] = relationships;
    for item in &mut items {
        item["requestedItemTerm"] = year.clone();
    }
    let answer = buyer.order("m/1", json!(items)).await.expect(201);
    buyer.wait("1h");
    let answer = buyer.read_order(&answer["id"]).await;
    assert_eq!(answer["state"], "completed", "{answer:#}");
    let product = |n: usize| &answer["productOrderItem"][n]["product"]["id"];
    let evc = buyer.read_product(product(0)).await;
    assert_eq!(
        evc["productRelationship"][1],
        json!({"relationshipType": "CONNECTS_TO_UNI_Z", "id": product(2)})
    );
    let related = format!("{PRODUCTS}?relatedProductId={}", product(1).as_str().unwrap());
    assert_eq!(buyer.get(&related).await.expect(200)[0]["id"], evc["id"]);
    let audit = buyer.seller.audit().unwrap();
    assert_eq!(audit.services.len(), 3);
    assert!(audit.orphans.is_empty());

    let gone = buyer
        .order("m/2", json!([buyer.ordered("1", "delete", json!({"id": evc["id"]}), None)]))
        .await
        .expect(201);
    buyer.wait("1h");
    assert_eq!(buyer.read_order(&gone["id"]).await["state"], "completed");
    assert_eq!(buyer.seller.audit().unwrap().orphans.len(), 2, "two UNIs without a service");
    buyer.finish();
}

#[tokio::test]
async fn the_guide_wants_contacts_dates_term_and_account() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let bare = json!({"id": "1", "action": "add", "product": evpl(2000, 210)});
    let mut request = order("m/1", json!([bare]));
    request["relatedContactInformation"] = contacts(&["somebody"]);
    let issues = buyer.post(&format!("{ORDERING}/productOrder"), &request).await.issues();
    let item = "/productOrderItem/0";
    let expected = [
        "/relatedContactInformation".to_owned(),
        format!("{item}/relatedContactInformation"),
        format!("{item}/relatedContactInformation"),
        format!("{item}/relatedContactInformation"),
        format!("{item}/requestedCompletionDate"),
        format!("{item}/requestedItemTerm"),
        format!("{item}/billingAccount"),
    ];
    assert_eq!(issues.iter().map(|(_, path)| path.clone()).collect::<Vec<_>>(), expected);
    let missing_quote =
        buyer.order("m/1", json!([buyer.ordered("1", "add", evpl(2000, 210), None)])).await.issues();
    assert_eq!(missing_quote, [("missingProperty".to_owned(), format!("{item}/quoteItem"))]);
    buyer.finish();
}

#[tokio::test]
async fn contacts_and_notes_of_a_running_order_can_be_edited() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let id = buyer.buy("m/1", evpl(2000, 210)).await;
    let path = format!("{ORDERING}/productOrder/{}", id.as_str().unwrap());
    let patch = json!({"productOrderItem": [{"id": "1", "relatedBuyerPON": "PO-7"}], "projectId": "moved"});
    let edited = buyer.send(Method::PATCH, &path, Some(&patch)).await.expect(200);
    assert_eq!(
        (&edited["projectId"], &edited["productOrderItem"][0]["relatedBuyerPON"]),
        (&json!("moved"), &json!("PO-7"))
    );
    assert_eq!(edited["state"], "acknowledged");
    buyer.wait("1h");
    buyer.send(Method::PATCH, &path, Some(&patch)).await.expect(409);
    buyer.finish();
}

#[tokio::test]
async fn a_slow_seller_with_all_its_demands_can_be_bought_from() {
    let scenario = patched(include_str!("../../scenarios/long-haul.yaml"), json!({"clock": {"speed": null}}));
    let buyer = Buyer::of(scenario);
    let product = line("4711-EVPL", "PLATINUM", 2000, Some(300), ["900100-ASH", "900200-CHI"]);
    let qualification =
        buyer.qualify(json!([{"id": "p", "action": "add", "product": product}])).await.expect(201);
    let reference = json!({"productOfferingQualificationId": qualification["id"], "id": "p"});
    let term = json!({"name": "12M", "duration": {"amount": 12, "units": "calendarMonths"}, "endOfTermAction": "autoRenew"});
    let mut item = quoted("q", "add", product.clone());
    item["productOfferingQualificationItem"] = reference.clone();
    item["requestedQuoteItemTerm"] = term.clone();
    let quote = buyer.quote(json!([item])).await.expect(201);
    assert_eq!(quote["state"], "acknowledged");
    buyer.wait("15m");
    let mut item = buyer.ordered("1", "add", product, Some(&quote["id"]));
    item["quoteItem"]["id"] = json!("q");
    item["productOfferingQualificationItem"] = reference;
    item["requestedItemTerm"] = term;
    item["requestedCompletionDate"] = json!(buyer.in_days(8));
    let answer = buyer.order("m/1", json!([item])).await.expect(201);
    buyer.wait("5m");
    let accepted = buyer.read_order(&answer["id"]).await;
    assert_eq!(accepted["state"], "inProgress", "{accepted:#}");
    assert!(accepted["productOrderItem"][0]["product"]["id"].is_null(), "known on completion only");
    buyer.wait("30m");
    let done = buyer.read_order(&answer["id"]).await;
    assert_eq!(done["state"], "completed");
    let product = done["productOrderItem"][0]["product"]["id"].as_str().unwrap();
    buyer.get(&format!("{PRODUCTS}/{product}")).await.expect(404);
    buyer.wait("2m");
    assert_eq!(buyer.get(&format!("{PRODUCTS}/{product}")).await.expect(200)["status"], "active");
    buyer.finish();
}
