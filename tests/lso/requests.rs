//! What we ask, held against the official schemas and against what only the guides demand.

use naas_dev::lso::{Recorder, Side, Specifications};
use naas_operator::model::{
    Change, ChargeId, ItemAnswer, Operation, OrderId, Placement, Term, TermEnd, TermUnit,
};
use naas_operator::provider::Provider;
use serde_json::{Value, json};

use super::account::{Account, add, design, offer, order};
use super::seller::{self, Asked, Seller};

fn answer(asked: &Asked) -> axum::response::Response {
    let status = if asked.method == "POST" { 201 } else { 200 };
    seller::json(status, &json!({"id": "x-1", "state": "acknowledged"}))
}

/// The body of the only request of this kind.
fn body(seller: &Seller, method: &str, operation: &str) -> Value {
    let asked: Vec<Value> =
        seller.asked().iter().filter(|asked| asked.is(method, operation)).map(Asked::json).collect();
    assert_eq!(asked.len(), 1, "{method} {operation}");
    asked[0].clone()
}

#[tokio::test]
async fn an_order_says_everything_that_the_guides_demand() {
    let seller = Seller::start(answer).await;
    let account = Account::at(&seller.address);
    account.open().place(&add(), account.fence()).await;
    let sent = body(&seller, "POST", "/productOrder");
    assert_eq!(
        (&sent["externalId"], &sent["projectId"]),
        (&json!("segment-1/1"), &json!("owner/training/checkpoints"))
    );
    assert_eq!(
        sent["relatedContactInformation"],
        json!([{"role": "productOrderContact", "name": "Net Desk", "emailAddress": "net@buyer.example",
                "number": "+1-703-555-0199", "organization": "Buyer"}])
    );
    let item = &sent["productOrderItem"][0];
    for (field, value) in [
        ("id", json!("1")),
        ("action", json!("add")),
        ("requestedCompletionDate", json!("2027-03-01T00:00:00Z")),
        ("billingAccount", json!({"id": "BA-1"})),
        ("agreementName", json!("MSA-7")),
        ("relatedBuyerPON", json!("PO-4711")),
        ("endCustomerName", json!("Research")),
        ("quoteItem", json!({"quoteId": "q-1", "id": "1"})),
        ("productOfferingQualificationItem", json!({"productOfferingQualificationId": "p-1", "id": "1"})),
        (
            "requestedItemTerm",
            json!({"name": "one month", "duration": {"amount": 1, "units": "calendarMonths"}, "endOfTermAction": "autoRenew"}),
        ),
    ] {
        assert_eq!(item[field], value, "{field}");
    }
    let roles: Vec<&str> = item["relatedContactInformation"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["role"].as_str().unwrap())
        .collect();
    assert_eq!(
        roles,
        ["buyerProductOrderItemContact", "buyerImplementationContact", "buyerTechnicalContact"]
    );
    assert_eq!(item["product"]["productOffering"], json!({"id": "MF-EVPL"}));
    assert!(item["product"].get("id").is_none() && item["product"].get("place").is_none());
}

#[tokio::test]
async fn the_quoted_and_the_ordered_term_are_the_same() {
    let seller = Seller::start(answer).await;
    let account = Account::at(&seller.address);
    let provider = account.open();
    let term = Term {
        name: "one year".into(),
        value: 1,
        unit: TermUnit::Year,
        at_end: TermEnd::Roll,
        roll: Some((1, TermUnit::Month)),
    };
    let design = naas_operator::model::Design { term, ..design() };
    provider.quote(&design, &Change::Add, &offer()).await.unwrap();
    let operation = Operation::Add { design: Box::new(design), offer: offer() };
    provider.place(&order(1, operation), account.fence()).await;
    let (quoted, ordered) = (body(&seller, "POST", "/quote"), body(&seller, "POST", "/productOrder"));
    let term = &quoted["quoteItem"][0]["requestedQuoteItemTerm"];
    assert_eq!(term["duration"], json!({"amount": 12, "units": "calendarMonths"}));
    assert_eq!(term["rollInterval"], json!({"amount": 1, "units": "calendarMonths"}));
    assert_eq!(term, &ordered["productOrderItem"][0]["requestedItemTerm"]);
    assert_eq!(quoted["quoteItem"][0]["product"], ordered["productOrderItem"][0]["product"]);
}

#[tokio::test]
async fn a_disconnect_carries_what_was_agreed() {
    for (shape, fields) in [
        (None, vec!["action", "id", "product"]),
        (
            Some(json!({"requestedCompletionDate": true})),
            vec!["action", "id", "product", "requestedCompletionDate"],
        ),
        (Some(json!({"contacts": true})), vec!["action", "id", "product", "relatedContactInformation"]),
    ] {
        let seller = Seller::start(answer).await;
        let account = Account::at(&seller.address);
        let account = if let Some(shape) = shape { account.with("deleteItemShape", shape) } else { account };
        let services = vec![
            naas_operator::model::ServiceId("evc".into()),
            naas_operator::model::ServiceId("uni".into()),
        ];
        let requested_completion = design().requested_completion;
        let operation = Operation::Disconnect { services, requested_completion };
        account.open().place(&order(1, operation), account.fence()).await;
        let sent = body(&seller, "POST", "/productOrder");
        let items = sent["productOrderItem"].as_array().unwrap();
        assert_eq!((&items[0]["id"], &items[1]["id"]), (&json!("1"), &json!("2")));
        assert_eq!(items[1]["product"], json!({"id": "uni"}));
        let mut names: Vec<&str> = items[0].as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, fields);
    }
}

/// Requests that the road through the simulator does not make, each in both roles.
#[tokio::test]
async fn requests_follow_the_schemas() {
    let Some(specifications) = Specifications::find().unwrap() else {
        println!("SKIPPED: no LSO specification files, set NAAS_SPECS");
        return;
    };
    for role in ["Subscriber", "ServiceProvider"] {
        let recorder = Recorder::new();
        let seller = Seller::recorded(&recorder, answer).await;
        let account = Account::at(&seller.address)
            .with("role", json!(role))
            .with("buyerId", json!("buyer-1"))
            .with("sellerId", json!("seller-1"))
            .with("poq", json!({"delivery": "Deferred"}))
            .with("quote", json!({"delivery": "Deferred"}))
            .with("relationshipNames", json!({"uniA": "UNI_REFERENCE_A", "uniZ": "UNI_REFERENCE_Z"}))
            .with("deleteItemShape", json!({"requestedCompletionDate": true, "contacts": true}));
        let provider = account.open();
        let service = naas_operator::model::ServiceId("s-1".into());
        let change = Change::Modify(service.clone());
        for change in [&Change::Add, &change] {
            provider.qualify(&design(), change).await.unwrap();
            provider.quote(&design(), change, &offer()).await.unwrap();
        }
        let design = Box::new(design());
        for operation in [
            Operation::Add { design: design.clone(), offer: offer() },
            Operation::Modify { service: service.clone(), design, offer: offer() },
            Operation::Disconnect { services: vec![service], requested_completion: account_time() },
        ] {
            let placement = provider.place(&order(1, operation), account.fence()).await;
            assert!(matches!(placement, Placement::Accepted(_)), "{placement:?}");
        }
        let id = OrderId("o-1".into());
        provider.cancel(&id, account.fence()).await;
        let answers = [ItemAnswer { item: "1".into(), accept: false }];
        provider.answer_charge(&ChargeId("c-1".into()), &answers, account.fence()).await;
        // These fail, for the answer is no list; what counts is what was asked.
        drop((provider.cancellation(&id).await, provider.charges(&id).await, provider.list(None).await));
        let report = recorder.check(&specifications);
        assert_eq!(report.by(Side::Buyer).count(), 0, "{report}");
        assert!(report.operations.len() >= 8, "{report}");
    }
}

fn account_time() -> jiff::Timestamp {
    design().requested_completion
}
