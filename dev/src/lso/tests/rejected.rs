//! One mistake at a time: each is found, at its place, and charged to the side that made it.

use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};

use super::{assert_only, sample::*, specifications};
use crate::lso::{Body, Exchange, Kind, Side};

fn ordered(request: Value) -> Exchange {
    post(ORDER, "/productOrder", request).response(StatusCode::CREATED, order())
}

fn answered(response: Value) -> Exchange {
    post(ORDER, "/productOrder", order_request()).response(StatusCode::CREATED, response)
}

#[test]
fn unknown_operations() {
    let Some(specs) = specifications() else { return };
    let unknown = |exchange| assert_only(specs, &exchange, Side::Buyer, Kind::UnknownOperation, "");
    unknown(post(QUOTE, "/declineQuote", json!({"quoteId": "quote-1"})));
    unknown(exchange(Method::DELETE, QUOTE, "/quote/quote-1"));
    unknown(get(QUOTE, "/quote/"));
    unknown(get("/mefApi/sonata/quoteManagement/v2", "/quote"));
    let misspelt = post(ORDER_EVENTS, "/listener/productOrderItemExpectedCompletionDateSetEvent", event("x"));
    assert_only(specs, &misspelt, Side::Seller, Kind::UnknownOperation, "");
}

#[test]
fn query_parameters() {
    let Some(specs) = specifications() else { return };
    let wrong = |query: &str, at| {
        let exchange = list(ORDER, &format!("/productOrder?{query}"), &[]);
        assert_only(specs, &exchange, Side::Buyer, Kind::Query, at);
    };
    wrong("status=completed", "status");
    wrong("state=done", "state");
    wrong("limit=ten", "limit");
    wrong("limit=4294967296", "limit");
    wrong("orderDate.gt=2024-05-06", "orderDate.gt");
    wrong("externalId=a&externalId=b", "externalId");
    // Declared, but as a part of the path.
    let exchange = get(ORDER, "/productOrder/order-1?id=order-1").response(StatusCode::OK, order());
    assert_only(specs, &exchange, Side::Buyer, Kind::Query, "id");
}

#[test]
fn schema_of_the_request() {
    let Some(specs) = specifications() else { return };
    let wrong = |change: fn(&mut Value), at| {
        let mut request = order_request();
        change(&mut request);
        assert_only(specs, &ordered(request), Side::Buyer, Kind::Schema, at);
    };
    wrong(|order| order["productOrderItem"] = json!([]), "/productOrderItem");
    wrong(|order| order["productOrderItem"][0]["action"] = json!("install"), "/productOrderItem/0/action");
    wrong(
        |order| order["productOrderItem"][0]["requestedCompletionDate"] = json!("2024-05-06"),
        "/productOrderItem/0/requestedCompletionDate",
    );
    wrong(
        |order| order["productOrderItem"][0]["requestedCompletionDate"] = json!("2024-02-30T00:00:00Z"),
        "/productOrderItem/0/requestedCompletionDate",
    );
    wrong(|order| order["externalId"] = Value::Null, "/externalId");
    wrong(|order| drop(order.as_object_mut().unwrap().remove("relatedContactInformation")), "");
}

#[test]
fn schema_of_the_response() {
    let Some(specs) = specifications() else { return };
    let mut response = order();
    response["productOrderItem"][0]["state"] = json!("done");
    assert_only(specs, &answered(response), Side::Seller, Kind::Schema, "/productOrderItem/0/state");
}

#[test]
fn a_422_that_is_one_object() {
    let Some(specs) = specifications() else { return };
    let refused = post(ORDER, "/productOrder", order_request())
        .response(StatusCode::UNPROCESSABLE_ENTITY, error("invalidValue"));
    assert_only(specs, &refused, Side::Seller, Kind::Schema, "");
}

#[test]
fn an_error_with_the_code_of_another() {
    let Some(specs) = specifications() else { return };
    let refused = get(ORDER, "/productOrder/9").response(StatusCode::NOT_FOUND, error("conflict"));
    assert_only(specs, &refused, Side::Seller, Kind::Schema, "/code");
}

#[test]
fn places_are_held_against_their_subtype() {
    let Some(specs) = specifications() else { return };
    let wrong = |change: fn(&mut Value), kind, at: &str| {
        let mut request = order_request();
        change(&mut request["productOrderItem"][0]["product"]["place"][0]);
        let at = format!("/productOrderItem/0/product/place/0{at}");
        assert_only(specs, &ordered(request), Side::Buyer, kind, &at);
    };
    wrong(|place| drop(place.as_object_mut().unwrap().remove("city")), Kind::Schema, "");
    // The base type and the subtype both miss it; it is said once.
    wrong(|place| drop(place.as_object_mut().unwrap().remove("role")), Kind::Schema, "");
    wrong(|place| place["streetNr"] = json!(21715), Kind::Schema, "/streetNr");
    wrong(|place| place["streetNumber"] = json!("21715"), Kind::UnknownProperty, "/streetNumber");
    wrong(|place| place["@type"] = json!("PostalAddress"), Kind::UnknownType, "/@type");
    wrong(|place| drop(place.as_object_mut().unwrap().remove("@type")), Kind::Schema, "");
    wrong(
        |place| {
            *place = json!({"@type": "GeographicSiteRef", "role": "INSTALL_LOCATION", "id": "s", "city": "x"})
        },
        Kind::UnknownProperty,
        "/city",
    );
}

#[test]
fn unknown_properties_on_both_sides() {
    let Some(specs) = specifications() else { return };
    let mut request = order_request();
    request["productOrderItem"][0]["quantity"] = json!(1);
    assert_only(specs, &ordered(request), Side::Buyer, Kind::UnknownProperty, "/productOrderItem/0/quantity");
    let mut response = order();
    response["stateChange"][0]["chang/eDate"] = json!("x");
    assert_only(
        specs,
        &answered(response),
        Side::Seller,
        Kind::UnknownProperty,
        "/stateChange/0/chang~1eDate",
    );
    // A broken schema elsewhere must not hide or add unknown properties.
    let mut request = order_request();
    request["productOrderItem"][0]["action"] = json!("install");
    request["projekt"] = json!("x");
    let verdict = specs.check(&ordered(request));
    let kinds: Vec<_> = verdict.violations.iter().map(|violation| violation.kind).collect();
    assert_eq!(kinds, [Kind::Schema, Kind::UnknownProperty]);
}

#[test]
fn properties_that_only_responses_have() {
    let Some(specs) = specifications() else { return };
    let path = "/geographicAddressValidation";
    let mut request = validation_request();
    request["submittedGeographicAddress"]["id"] = json!("addr-17");
    let exchange = post(ADDRESS, path, request).response(StatusCode::OK, validation());
    assert_only(specs, &exchange, Side::Buyer, Kind::ReadOnly, "/submittedGeographicAddress/id");
}

#[test]
fn statuses() {
    let Some(specs) = specifications() else { return };
    for status in [StatusCode::OK, StatusCode::ACCEPTED, StatusCode::METHOD_NOT_ALLOWED] {
        let exchange = post(ORDER, "/productOrder", order_request()).response(status, order());
        assert_only(specs, &exchange, Side::Seller, Kind::Status, "");
    }
}

#[test]
fn bodies_that_are_missing_or_too_much() {
    let Some(specs) = specifications() else { return };
    let mut silent = post(ORDER, "/productOrder", order_request());
    silent.status = StatusCode::CREATED;
    assert_only(specs, &silent, Side::Seller, Kind::Body, "");
    let talkative = exchange(Method::DELETE, QUOTE, "/hub/1").response(StatusCode::NO_CONTENT, json!({}));
    assert_only(specs, &talkative, Side::Seller, Kind::Body, "");
    let empty = exchange(Method::POST, ORDER, "/productOrder").response(StatusCode::CREATED, order());
    assert_only(specs, &empty, Side::Buyer, Kind::Body, "");
    let mut garbled = ordered(order_request());
    garbled.request_body = Body::parse(b"{\"id\":");
    assert_only(specs, &garbled, Side::Buyer, Kind::Body, "");
}

#[test]
fn media_types() {
    let Some(specs) = specifications() else { return };
    let typed = |name: &'static str| {
        let mut exchange = ordered(order_request());
        exchange.response_headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(name));
        exchange
    };
    for wrong in ["text/html", "application/problem+json", "application/json; charset=latin1"] {
        assert_only(specs, &typed(wrong), Side::Seller, Kind::MediaType, "content-type");
    }
    assert!(specs.check(&typed("Application/JSON; charset=\"UTF-8\"")).is_clean());
    let mut untyped = ordered(order_request());
    untyped.request_headers.clear();
    assert_only(specs, &untyped, Side::Buyer, Kind::MediaType, "content-type");
}

#[test]
fn headers_that_contradict_the_list() {
    let Some(specs) = specifications() else { return };
    let found = json!({"id": "product-1", "status": "active"});
    let wrong = |path: &str, name: &'static str, value: &'static str, at: &str| {
        let exchange = list(INVENTORY, path, std::slice::from_ref(&found))
            .response_header(HeaderName::from_static("x-total-count"), HeaderValue::from_static("7"))
            .response_header(HeaderName::from_static(name), HeaderValue::from_static(value));
        assert_only(specs, &exchange, Side::Seller, Kind::Header, at);
    };
    wrong("/product", "x-result-count", "2", "X-Result-Count");
    wrong("/product", "x-pagination-throttled", "yes", "X-Pagination-Throttled");
    wrong("/product?offset=6", "x-total-count", "6", "X-Total-Count");
    wrong("/product?limit=0", "x-result-count", "1", "");
}

#[test]
fn events_are_held_against_the_path_they_come_by() {
    let Some(specs) = specifications() else { return };
    let path = "/listener/chargeCreateEvent";
    let exchange = post(ORDER_EVENTS, path, event("quoteStateChangeEvent"));
    assert_only(specs, &exchange, Side::Seller, Kind::Schema, "/eventType");
}
