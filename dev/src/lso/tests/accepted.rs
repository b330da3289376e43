//! Right exchanges of every covered API.

use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::json;

use super::{assert_clean, sample::*, specifications};
use crate::lso::Side;

#[test]
fn address_validation() {
    let Some(specs) = specifications() else { return };
    let path = "/geographicAddressValidation";
    let verdict = assert_clean(
        specs,
        &post(ADDRESS, path, validation_request()).response(StatusCode::OK, validation()),
    );
    assert_eq!(
        verdict.operation.unwrap().to_string(),
        "geographicAddressManagement/createGeographicAddressValidation"
    );
    let mut address = street();
    address["id"] = json!("addr-17");
    assert_clean(specs, &get(ADDRESS, "/geographicAddress/addr-17").response(StatusCode::OK, address));
    let point =
        json!({"@type": "MEFGeographicPoint", "spatialRef": "EPSG:4326 WGS 84", "x": "39.0", "y": "-77.5"});
    let request = json!({"provideAlternative": true, "submittedGeographicAddress": point});
    let answer =
        json!({"provideAlternative": true, "submittedGeographicAddress": point, "validationResult": "fail"});
    assert_clean(specs, &post(ADDRESS, path, request).response(StatusCode::OK, answer));
}

#[test]
fn qualification_of_two_items_with_alternatives() {
    let Some(specs) = specifications() else { return };
    let path = "/productOfferingQualification";
    assert_clean(
        specs,
        &post(QUALIFICATION, path, qualification_request()).response(StatusCode::CREATED, qualification()),
    );
    assert_clean(
        specs,
        &get(QUALIFICATION, &format!("{path}/poq-1")).response(StatusCode::OK, qualification()),
    );
    // The file says date here and date-time elsewhere.
    for date in ["2024-05-06", "2024-05-06T07:08:09Z"] {
        let found = json!({"id": "poq-1", "state": "done.ready", "requestedPOQCompletionDate": date});
        assert_clean(specs, &list(QUALIFICATION, &format!("{path}?state=done.ready&limit=5"), &[found]));
    }
}

#[test]
fn quote_with_price_cancel_and_rejection() {
    let Some(specs) = specifications() else { return };
    assert_clean(specs, &post(QUOTE, "/quote", quote_request()).response(StatusCode::CREATED, quote()));
    assert_clean(specs, &get(QUOTE, "/quote/quote-1").response(StatusCode::OK, quote()));
    let found = json!({"id": "quote-1", "state": "expired", "quoteLevel": "firm"});
    assert_clean(specs, &list(QUOTE, "/quote?quoteDate.gt=2024-05-06T07%3A08%3A09%2B02%3A00", &[found]));
    let operation = json!({"quoteId": "quote-1", "reason": "over budget"});
    for path in ["/cancelQuote", "/rejectQuote"] {
        assert_clean(
            specs,
            &post(QUOTE, path, operation.clone()).response(StatusCode::OK, operation.clone()),
        );
    }
}

#[test]
fn order_with_charge_cancellation_and_date_change() {
    let Some(specs) = specifications() else { return };
    assert_clean(
        specs,
        &post(ORDER, "/productOrder", order_request()).response(StatusCode::CREATED, order()),
    );
    let update = json!({"externalId": "other"});
    assert_clean(
        specs,
        &exchange(Method::PATCH, ORDER, "/productOrder/order-1")
            .request(update)
            .response(StatusCode::OK, order()),
    );
    assert_clean(specs, &list(ORDER, "/charge?productOrderId=order-1", &[]));
    let answer = json!({"chargeItem": [{"id": "1", "acceptanceIndicator": "accepted"}]});
    assert_clean(
        specs,
        &exchange(Method::PATCH, ORDER, "/charge/charge-1")
            .request(answer)
            .response(StatusCode::OK, charge()),
    );
    assert_clean(
        specs,
        &post(ORDER, "/cancelProductOrder", cancellation_request())
            .response(StatusCode::CREATED, cancellation()),
    );
    let path = "/modifyProductOrderItemRequestedDeliveryDate/date-1";
    assert_clean(specs, &get(ORDER, path).response(StatusCode::OK, date_change()));
}

#[test]
fn a_list_of_cancellations_may_leave_the_reason_type_out() {
    let Some(specs) = specifications() else { return };
    let found = json!({"id": "cancel-1", "state": "done", "productOrder": {"productOrderId": "order-1"}});
    assert_clean(specs, &list(ORDER, "/cancelProductOrder", &[found]));
}

#[test]
fn inventory() {
    let Some(specs) = specifications() else { return };
    assert_clean(specs, &get(INVENTORY, "/product/product-1").response(StatusCode::OK, inventory_product()));
    let found = json!({"id": "product-1", "status": "active.pendingChange"});
    assert_clean(specs, &list(INVENTORY, "/product?offset=0&limit=10&status=active.pendingChange", &[found]));
}

#[test]
fn hub_and_events() {
    let Some(specs) = specifications() else { return };
    let subscription = json!({"callback": "https://buyer.example/x", "query": "eventType=chargeCreateEvent"});
    let mut stored = subscription.clone();
    stored["id"] = json!("hub-1");
    for base in [QUALIFICATION, QUOTE, ORDER] {
        assert_clean(
            specs,
            &post(base, "/hub", subscription.clone()).response(StatusCode::CREATED, stored.clone()),
        );
        assert_clean(specs, &exchange(Method::DELETE, base, "/hub/hub-1"));
    }
    let kind = "productOrderStateChangeEvent";
    assert_clean(specs, &post(ORDER_EVENTS, &format!("/listener/{kind}"), event(kind)));
    // The file declares any media type for this one.
    let mut charge = post(ORDER_EVENTS, "/listener/chargeCreateEvent", event("chargeCreateEvent"));
    charge.request_headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    assert_clean(specs, &charge);
}

#[test]
fn errors_have_their_own_schemas_and_422_is_a_list() {
    let Some(specs) = specifications() else { return };
    let missing = get(ORDER, "/productOrder/order-9").response(StatusCode::NOT_FOUND, error("notFound"));
    assert_clean(specs, &missing);
    let mut problem = error("invalidValue");
    problem["propertyPath"] = json!("/productOrderItem/0");
    let refused = post(ORDER, "/productOrder", order_request());
    assert_clean(specs, &refused.response(StatusCode::UNPROCESSABLE_ENTITY, json!([problem])));
}

#[test]
fn cantata_has_its_own_majors() {
    let Some(specs) = specifications() else { return };
    let base = "/seller/mefApi/cantata/productOrderingManagement/v5";
    assert_clean(specs, &get(base, "/productOrder/order-1").response(StatusCode::OK, order()));
}

#[test]
fn http_answers_any_server_may_give_are_notes() {
    let Some(specs) = specifications() else { return };
    for status in
        [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE, StatusCode::REQUEST_TIMEOUT]
    {
        let mut exchange = get(ORDER, "/productOrder/order-1");
        exchange.status = status;
        let verdict = assert_clean(specs, &exchange);
        assert_eq!(verdict.notes.len(), 1);
    }
}

#[test]
fn a_list_without_a_total_and_a_type_without_charset_are_notes() {
    let Some(specs) = specifications() else { return };
    let mut exchange = get(INVENTORY, "/product").response(StatusCode::OK, json!([]));
    exchange.response_headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    assert_eq!(assert_clean(specs, &exchange).notes.len(), 2);
    exchange
        .response_headers
        .insert(HeaderName::from_static("x-pagination-throttled"), HeaderValue::from_static("false"));
    assert_eq!(assert_clean(specs, &exchange).notes.len(), 1);
}

#[test]
fn a_place_of_an_agreed_further_type_is_left_alone() {
    let Some(specs) = specifications() else { return };
    let further =
        json!({"@type": "Cage", "@schemaLocation": "https://seller.example/cage.json", "rack": "R7"});
    let request = json!({"provideAlternative": true, "submittedGeographicAddress": further});
    let exchange = post(ADDRESS, "/geographicAddressValidation", request);
    let verdict = specs.check(&exchange.response(StatusCode::OK, validation()));
    assert_eq!(verdict.by(Side::Buyer).count(), 0, "{verdict:#?}");
}
