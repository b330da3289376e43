//! How strictly requests are read.

use axum::body::Body;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::buyer::{Buyer, ORDERING, POQ, evpl, metro_fiber, order, qualification, qualified};

fn asked() -> Value {
    qualification(json!([qualified("1", "add", evpl(2000, 210))]))
}

#[tokio::test]
async fn what_is_not_the_type_of_the_operation_is_malformed() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let refused = async |change: fn(&mut Value)| {
        let mut body = asked();
        change(&mut body);
        let answer = buyer.post(POQ, &body).await.expect(400);
        assert_eq!(answer["code"], "invalidBody");
        answer["reason"].as_str().unwrap().to_owned()
    };
    let item = "/productOfferingQualificationItem/0";
    assert!(
        refused(|body| body["relatedContactInformation"] = json!([]))
            .await
            .starts_with("/relatedContactInformation:")
    );
    assert!(refused(|body| body["instantSyncQualification"] = json!("yes")).await.contains("true or false"));
    assert!(refused(|body| body["requestedPOQCompletionDate"] = json!("soon")).await.contains("date-time"));
    let wrong = refused(|body| body["productOfferingQualificationItem"][0]["action"] = json!("change")).await;
    assert!(wrong.starts_with(&format!("{item}/action:")), "{wrong}");
    let wrong = refused(|body| {
        body["productOfferingQualificationItem"][0]["product"]["place"] =
            json!([{"@type": "Street", "role": "x"}]);
    })
    .await;
    assert!(wrong.starts_with(&format!("{item}/product/place/0/@type:")), "{wrong}");
    for body in ["", "{", "[]", "null", "7"] {
        let request = Request::builder().method(Method::POST).uri(POQ).body(Body::from(body)).unwrap();
        assert_eq!(buyer.call(request).await.expect(400)["code"], "invalidBody", "{body}");
    }
}

#[tokio::test]
async fn unknown_attributes_are_echoed_or_refused() {
    let mut body = asked();
    body["colour"] = json!("red");
    body["productOfferingQualificationItem"][0]["product"]["productConfiguration"]["evcEndPointA"]["vlan"] =
        json!(7);
    let lenient = Buyer::of(metro_fiber(json!({})));
    assert_eq!(lenient.post(POQ, &body).await.expect(201)["colour"], "red");
    let strict = Buyer::of(metro_fiber(json!({"validation": {"unknownAttributes": "Refuse"}})));
    assert_eq!(
        strict.post(POQ, &body).await.issues(),
        [("unexpectedProperty".to_owned(), "/colour".to_owned())]
    );
    body.as_object_mut().unwrap().remove("colour");
    let issues = strict.post(POQ, &body).await.issues();
    let path = "/productOfferingQualificationItem/0/product/productConfiguration/evcEndPointA/vlan";
    assert_eq!(issues, [("unexpectedProperty".to_owned(), path.to_owned())]);
    strict.finish();
}

#[tokio::test]
async fn every_layer_can_be_switched_off() {
    let mut bare = order("m/1", json!([{"id": "1", "action": "add", "product": evpl(2000, 210)}]));
    bare.as_object_mut().unwrap().remove("relatedContactInformation");
    let path = format!("{ORDERING}/productOrder");
    let layer = |layers: Value| {
        Buyer::of(metro_fiber(json!({"validation": layers, "order": {"requiresQuote": false}})))
    };
    layer(json!({})).post(&path, &bare).await.expect(400);
    layer(json!({"envelope": false})).post(&path, &bare).await.expect(422);
    layer(json!({"envelope": false, "guideRules": false})).post(&path, &bare).await.expect(201);
    let mut odd = evpl(2000, 210);
    odd["productConfiguration"]["availableMegLevel"] = json!(3);
    let ask = qualification(json!([qualified("1", "add", odd)]));
    assert_eq!(layer(json!({})).post(POQ, &ask).await.issues()[0].0, "invalidFormat");
    layer(json!({"productAttributes": false})).post(POQ, &ask).await.expect(201);
}

#[tokio::test]
async fn nothing_a_buyer_sends_breaks_a_lenient_seller() {
    let lenient = json!({"validation": {"envelope": false, "guideRules": false, "productAttributes": false}});
    let buyer = Buyer::of(metro_fiber(lenient));
    let bodies = [
        json!({}),
        json!({"productOfferingQualificationItem": 7, "quoteItem": {}, "productOrderItem": "x"}),
        json!({"productOfferingQualificationItem": [7], "quoteItem": [null], "productOrderItem": [[]]}),
        json!({"quoteId": 3, "productOrder": [], "submittedGeographicAddress": 1, "callback": {}}),
        json!({"productOrderItem": [{"id": "1", "action": "add"}], "quoteItem": [{"id": "1", "action": "delete", "product": 3}]}),
        json!({"productOrderItem": [{"id": "1", "action": "add", "product": {"productOffering": {"id": "MF-EVPL"}, "productConfiguration": {"@type": 3}}}]}),
    ];
    for path in [
        POQ,
        "/mefApi/sonata/quoteManagement/v8/quote",
        "/mefApi/sonata/quoteManagement/v8/cancelQuote",
        "/mefApi/sonata/productOrderingManagement/v10/productOrder",
        "/mefApi/sonata/productOrderingManagement/v10/cancelProductOrder",
        "/mefApi/sonata/productOrderingManagement/v10/hub",
        "/mefApi/sonata/geographicAddressManagement/v7/geographicAddressValidation",
    ] {
        for body in &bodies {
            let status = buyer.post(path, body).await.status;
            assert!(status.is_client_error() || status.is_success(), "{path} {body}: {status}");
        }
    }
}

#[tokio::test]
async fn aliases_are_understood() {
    let aliases = json!({
        "typeAliases": {"urn:mef:lso:spec:sonata:EvplEvc:1.0.0:order": "Evpl"},
        "relationshipAliases": {"UNI_REFERENCE_A": "CONNECTS_TO_UNI_A"},
    });
    let buyer = Buyer::of(metro_fiber(json!({"validation": aliases})));
    let mut product = evpl(2000, 210);
    product["productConfiguration"]["@type"] = json!("urn:mef:lso:spec:sonata:EvplEvc:1.0.0:order");
    product["productRelationship"][0]["relationshipType"] = json!("UNI_REFERENCE_A");
    buyer.qualify(json!([qualified("1", "add", product)])).await.expect(201);
}

#[tokio::test]
async fn parties_are_named_exactly_when_there_are_several() {
    let single = Buyer::of(metro_fiber(json!({})));
    assert_eq!(single.get(&format!("{POQ}?buyerId=b")).await.expect(400)["code"], "invalidQuery");
    let several =
        Buyer::of(metro_fiber(json!({"seller": {"sellerIds": ["east", "west"], "buyerIds": ["b1", "b2"]}})));
    assert_eq!(several.get(POQ).await.expect(400)["code"], "missingQueryParameter");
    assert_eq!(
        several.get(&format!("{POQ}?buyerId=&sellerId=east")).await.expect(400)["code"],
        "missingQueryValue"
    );
    assert_eq!(
        several.get(&format!("{POQ}?buyerId=b3&sellerId=east")).await.expect(400)["code"],
        "invalidQuery"
    );
    let query = "?buyerId=b1&sellerId=east";
    let answer = several.post(&format!("{POQ}{query}"), &asked()).await.expect(201);
    let path = format!("{POQ}/{}", answer["id"].as_str().unwrap());
    several.get(&format!("{path}{query}")).await.expect(200);
    several.get(&format!("{path}?buyerId=b2&sellerId=east")).await.expect(404);
    several.finish();
}

#[tokio::test]
async fn unknown_paths_are_not_found() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let answer = buyer.get("/mefApi/sonata/quoteManagement/v7/quote").await.expect(404);
    assert_eq!(answer["code"], "notFound");
}
