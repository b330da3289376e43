//! Messages of each API that follow the files, to be used as they are or with one thing broken.

use http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use serde_json::{Value, json};

use crate::lso::Exchange;

pub(super) const ADDRESS: &str = "/mefApi/sonata/geographicAddressManagement/v7";
pub(super) const QUALIFICATION: &str = "/mefApi/sonata/productOfferingQualification/v7";
pub(super) const QUOTE: &str = "/mefApi/sonata/quoteManagement/v8";
pub(super) const ORDER: &str = "/mefApi/sonata/productOrderingManagement/v10";
pub(super) const ORDER_EVENTS: &str = "/mefApi/sonata/productOrderingNotification/v10";
pub(super) const INVENTORY: &str = "/mefApi/sonata/productInventory/v7";

const INSTANT: &str = "2024-05-06T07:08:09Z";

pub(super) fn get(base: &str, path: &str) -> Exchange {
    exchange(Method::GET, base, path)
}

pub(super) fn post(base: &str, path: &str, body: Value) -> Exchange {
    exchange(Method::POST, base, path).request(body)
}

pub(super) fn exchange(method: Method, base: &str, path: &str) -> Exchange {
    Exchange::new(method, &format!("{base}{path}").parse::<Uri>().unwrap())
}

/// A complete list of one page.
pub(super) fn list(base: &str, path: &str, items: &[Value]) -> Exchange {
    let count = HeaderValue::from(items.len());
    get(base, path)
        .response(StatusCode::OK, items.into())
        .response_header(HeaderName::from_static("x-total-count"), count.clone())
        .response_header(HeaderName::from_static("x-result-count"), count)
}

pub(super) fn contact(role: &str) -> Value {
    json!({"role": role, "name": "Ada Byron", "emailAddress": "ada@buyer.example", "number": "+44 20 7946 0000"})
}

/// A street address; with `role` as a place of a product.
pub(super) fn street() -> Value {
    json!({"@type": "FieldedAddress", "country": "US", "stateOrProvince": "VA", "city": "Ashburn", "postcode": "20147",
        "streetName": "Filigree", "streetType": "Court", "streetNr": "21715",
        "geographicSubAddress": {"buildingName": "DC2", "subUnit": [{"subUnitType": "ROOM", "subUnitNumber": "7"}]}})
}

pub(super) fn place() -> Value {
    let mut place = street();
    place["role"] = json!("INSTALL_LOCATION");
    place
}

pub(super) fn operator_uni() -> Value {
    json!({"@type": "urn:mef:lso:spec:sonata:carrier-ethernet-operator-uni:v5.0.0:all",
        "listOfPhysicalLinks": [{"id": "link-1", "physicalLink": "100GBASE_LR4"}], "maximumServiceFrameSize": 9018})
}

fn profile(cos: &str) -> Value {
    let (rate, burst) =
        (json!({"irValue": 2, "irUnits": "GBPS"}), json!({"dataSizeValue": 512, "dataSizeUnits": "KBYTES"}));
    json!([{"classOfServiceName": cos,
        "bwpFlow": {"cir": rate, "cirMax": rate, "cbs": burst, "couplingFlag": false, "colorMode": "COLOR_BLIND"}}])
}

pub(super) fn access_eline() -> Value {
    let pairs =
        json!([{"fromCarrierEthernetServiceEndPoint": "uni", "toCarrierEthernetServiceEndPoint": "enni"}]);
    json!({"@type": "urn:mef:lso:spec:sonata:access-eline-ovc:v5.0.0:all",
        "maximumFrameSize": 9018,
        "listOfClassOfServiceNames": ["gold"],
        "uniEp": {"identifier": "uni",
            "ovcEndPointMap": {"mapType": "FORM_U", "ovcEndPointMapFormU": [210]},
            "ingressClassOfServiceMap": {"mapType": "ENDPOINT", "map_M": "gold"},
            "ingressBandwidthProfilePerClassOfServiceName": profile("gold"),
            "ovcEgressMap": [{"mapType": "CN_PCP_CC_DEI",
                "cnPcpCcDeiEntries": [{"cosName": "gold", "pcpValue": "5", "deiGreen": "0", "deiYellow": "1"}]}]},
        "enniEp": {"identifier": "enni",
            "ovcEndPointMap": {"mapType": "FORM_E", "ovcEndPointMapFormE": [1210]},
            "ingressBandwidthProfilePerClassOfServiceName": profile("gold")},
        "carrierEthernetSls": [{"startTime": INSTANT,
            "timeDuration": {"timeDurationValue": 1, "timeDurationUnits": "MONTH"},
            "slsCosNameEntry": [{"cosName": "gold", "deltaT": 1,
                "oneWayFrameDelayPmMetric": [{"oneWayFdPercentile": 99,
                    "oneWayFdObjective": {"timeDurationValue": 12500, "timeDurationUnits": "US"},
                    "orderedPairList": pairs}],
                "oneWayGroupAvailabilityPmMetric": [{"oneWayGroupAvailabilityObjective": 99.95,
                    "minimumNumberOfSetsAvailableK": 1}]}]}]})
}

pub(super) fn validation_request() -> Value {
    json!({"provideAlternative": true, "submittedGeographicAddress": street()})
}

pub(super) fn validation() -> Value {
    let mut best = street();
    best["id"] = json!("addr-17");
    best["hasPublicSite"] = json!(true);
    json!({"provideAlternative": true, "submittedGeographicAddress": street(), "validationResult": "success",
        "bestMatchGeographicAddress": best, "alternateGeographicAddress": []})
}

fn product() -> Value {
    json!({"productOffering": {"id": "offer-uni-100g"}, "productConfiguration": operator_uni(), "place": [place()]})
}

pub(super) fn qualification_request() -> Value {
    json!({"externalId": "intent-1/1", "instantSyncQualification": true, "provideAlternative": true,
        "relatedContactInformation": [contact("buyerContactInformation")],
        "productOfferingQualificationItem": [
            {"id": "uni", "action": "add", "product": product()},
            {"id": "ovc", "action": "add",
                "product": {"productOffering": {"id": "offer-ovc"}, "productConfiguration": access_eline(),
                    "productRelationship": [{"relationshipType": "CONNECTS_TO_ENNI", "id": "enni-1", "groupingKey": "a"}]},
                "qualificationItemRelationship": [{"relationshipType": "CONNECTS_TO_UNI", "id": "uni"}]}]})
}

/// A request as the Seller answers it: echoed, with the attributes of `more` on top and on each item of `items`.
fn answered(mut request: Value, items: &str, more: Value, each: &Value) -> Value {
    merge(&mut request, more);
    for item in request[items].as_array_mut().unwrap() {
        merge(item, each.clone());
    }
    request
}

fn merge(into: &mut Value, more: Value) {
    let Value::Object(more) = more else { unreachable!("samples merge objects") };
    into.as_object_mut().unwrap().extend(more);
}

pub(super) fn qualification() -> Value {
    let changes = json!([{"state": "done.ready", "changeDate": INSTANT}]);
    answered(
        qualification_request(),
        "productOfferingQualificationItem",
        json!({"id": "poq-1", "state": "done.ready", "effectiveQualificationDate": INSTANT, "stateChange": changes}),
        &json!({"state": "done.ready", "serviceabilityConfidence": "yellow",
            "installationInterval": {"amount": 30, "units": "businessDays"},
            "alternateProductOfferingProposal": [{"id": "alt-1", "installationInterval": {"amount": 9, "units": "calendarDays"},
                "alternateProduct": {"productOffering": {"id": "offer-uni-10g"}, "productConfiguration": operator_uni()}}]}),
    )
}

pub(super) fn term() -> Value {
    json!({"name": "one year", "duration": {"amount": 12, "units": "calendarMonths"}, "endOfTermAction": "autoDisconnect"})
}

fn price() -> Value {
    json!({"dutyFreeAmount": {"unit": "USD", "value": 1250.5}, "taxRate": 16})
}

pub(super) fn quote_request() -> Value {
    json!({"externalId": "intent-1/1", "buyerRequestedQuoteLevel": "firm", "instantSyncQuote": true,
        "quoteItem": [{"id": "uni", "action": "add", "product": product(), "requestedQuoteItemTerm": term(),
            "productOfferingQualificationItem": {"productOfferingQualificationId": "poq-1", "id": "uni"}}]})
}

pub(super) fn quote() -> Value {
    answered(
        quote_request(),
        "quoteItem",
        json!({"id": "quote-1", "quoteDate": INSTANT, "state": "approved.orderable", "quoteLevel": "firm",
            "validFor": {"endDateTime": INSTANT}, "relatedContactInformation": [contact("sellerContactInformation")]}),
        &json!({"state": "approved.orderable", "quoteItemTerm": [term()], "quoteItemPrice": [
            {"name": "port", "priceType": "recurring", "recurringChargePeriod": "month", "price": price()}]}),
    )
}

pub(super) fn order_request() -> Value {
    json!({"externalId": "intent-1/1", "relatedContactInformation": [contact("productOrderContact")],
        "productOrderItem": [{"id": "uni", "action": "add", "product": product(), "requestedItemTerm": term(),
            "requestedCompletionDate": INSTANT, "billingAccount": {"id": "bill-1"}, "relatedBuyerPON": "pon-1",
            "quoteItem": {"quoteId": "quote-1", "id": "uni"},
            "relatedContactInformation": [contact("buyerTechnicalContact")]}]})
}

pub(super) fn order() -> Value {
    answered(
        order_request(),
        "productOrderItem",
        json!({"id": "order-1", "orderDate": INSTANT, "state": "acknowledged",
            "stateChange": [{"state": "acknowledged", "changeDate": INSTANT}]}),
        &json!({"state": "acknowledged", "stateChange": [{"state": "acknowledged", "changeDate": INSTANT}],
            "milestone": [{"name": "PLANNING_COMPLETE", "date": INSTANT}]}),
    )
}

pub(super) fn charge() -> Value {
    json!({"id": "charge-1", "creationDate": INSTANT, "responseDueDate": INSTANT, "state": "awaitingResponse",
        "productOrder": {"productOrderId": "order-1"},
        "chargeItem": [{"id": "1", "activityType": "new", "priceCategory": "construction", "priceType": "nonRecurring",
            "price": price(), "blocking": true, "state": "awaitingResponse"}]})
}

pub(super) fn cancellation_request() -> Value {
    json!({"productOrder": {"productOrderId": "order-1"}, "cancellationReason": "no longer needed",
        "relatedContactInformation": [contact("cancelProductOrderContact")]})
}

pub(super) fn cancellation() -> Value {
    let mut cancellation = cancellation_request();
    merge(&mut cancellation, json!({"id": "cancel-1", "state": "acknowledged"}));
    cancellation
}

pub(super) fn date_change() -> Value {
    json!({"id": "date-1", "creationDate": INSTANT, "state": "acknowledged", "requestedCompletionDate": INSTANT,
        "productOrderItem": {"productOrderId": "order-1", "productOrderItemId": "uni"}})
}

pub(super) fn inventory_product() -> Value {
    json!({"id": "product-1", "status": "active", "startDate": INSTANT, "lastUpdateDate": INSTANT,
        "productOffering": {"id": "offer-uni-100g"}, "productConfiguration": operator_uni(), "productTerm": [term()],
        "productOrderItem": [{"productOrderId": "order-1", "productOrderItemId": "uni"}],
        "productPrice": [{"priceType": "recurring", "recurringChargePeriod": "month", "price": price()}],
        "statusChange": [{"status": "active", "changeDate": INSTANT}]})
}

pub(super) fn event(kind: &str) -> Value {
    json!({"eventId": "event-1", "eventTime": INSTANT, "eventType": kind, "event": {"id": "order-1"}})
}

pub(super) fn error(code: &str) -> Value {
    json!({"code": code, "reason": "not so", "message": "try otherwise"})
}
