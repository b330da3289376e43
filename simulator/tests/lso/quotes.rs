//! Quotes (MEF 115).

use serde_json::{Value, json};

use crate::buyer::{Buyer, POQ, QUOTES, evpl, metro_fiber, patched, quote, quoted};

#[tokio::test]
async fn prices_follow_class_distance_rate_and_term() {
    let buyer = Buyer::of(metro_fiber(json!({"tax": "6.25"})));
    let mut item = quoted("1", "add", evpl(2000, 210));
    item["requestedQuoteItemTerm"]["duration"]["amount"] = json!(12);
    let answer = buyer.quote(json!([item])).await.expect(201);
    assert_eq!((&answer["state"], &answer["quoteLevel"]), (&json!("approved.orderable"), &json!("firm")));
    let item = &answer["quoteItem"][0];
    assert_eq!(item["quoteItemTerm"][0]["duration"], json!({"amount": 12, "units": "calendarMonths"}));
    // (250 + 0.50 x 2000) less 25 % for a year
    let expected = json!([
        {
            "name": "BUSINESS", "priceType": "recurring", "recurringChargePeriod": "month",
            "price": {
                "dutyFreeAmount": {"unit": "USD", "value": 937.5}, "taxRate": 6.25,
                "taxIncludedAmount": {"unit": "USD", "value": 996.09},
            },
        },
        {
            "name": "Installation", "priceType": "nonRecurring",
            "price": {
                "dutyFreeAmount": {"unit": "USD", "value": 250}, "taxRate": 6.25,
                "taxIncludedAmount": {"unit": "USD", "value": 265.63},
            },
        },
    ]);
    assert_eq!(item["quoteItemPrice"], expected);
    assert_eq!(answer["validFor"]["endDateTime"], json!(buyer.in_days(30)));
    buyer.finish();
}

#[tokio::test]
async fn a_term_that_is_not_on_offer_gets_a_shorter_alternate() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let mut item = quoted("1", "add", evpl(2000, 210));
    item["requestedQuoteItemTerm"]["duration"]["amount"] = json!(6);
    let answer = buyer.quote(json!([item.clone()])).await.expect(201);
    assert_eq!(answer["state"], "approved.orderableAlternate");
    assert_eq!(answer["quoteItem"][0]["quoteItemTerm"][0]["duration"]["amount"], 1);
    item["requestedQuoteItemTerm"] = json!({"name": "an hour", "duration": {"amount": 1, "units": "calendarHours"}, "endOfTermAction": "autoRenew"});
    let answer = buyer.quote(json!([item])).await.expect(201);
    assert_eq!(answer["state"], "unableToProvide");
    assert_eq!(answer["quoteItem"][0]["terminationError"][0]["code"], "otherIssue");
    buyer.finish();
}

#[tokio::test]
async fn a_longer_interval_than_asked_is_an_alternate() {
    let slow = patched(
        include_str!("../../scenarios/long-haul.yaml"),
        json!({
            "clock": {"speed": null},
            "quote": {"answer": "AsAsked", "requiresQualification": false},
        }),
    );
    let buyer = Buyer::of(slow);
    let product = crate::buyer::line("4711-EVPL", "STANDARD", 1000, Some(300), ["900100-ASH", "900200-CHI"]);
    let mut item = quoted("1", "add", product);
    item["requestedQuoteItemTerm"] = json!({
        "name": "1M", "duration": {"amount": 1, "units": "calendarMonths"}, "endOfTermAction": "roll",
        "rollInterval": {"amount": 1, "units": "calendarMonths"},
    });
    let answer = buyer.quote(json!([item.clone()])).await.expect(201);
    assert_eq!(answer["state"], "approved.orderable");
    item["requestedQuoteItemInstallationInterval"] = json!({"amount": 1, "units": "businessDays"});
    let answer = buyer.quote(json!([item.clone()])).await.expect(201);
    assert_eq!(answer["state"], "approved.orderableAlternate");
    assert_eq!(
        answer["quoteItem"][0]["quoteItemInstallationInterval"],
        json!({"amount": 5, "units": "businessDays"})
    );
    item["requestedQuoteItemTerm"].as_object_mut().unwrap().remove("rollInterval");
    let issues = buyer.quote(json!([item])).await.issues();
    assert_eq!(
        issues,
        [("missingProperty".to_owned(), "/quoteItem/0/requestedQuoteItemTerm/rollInterval".to_owned())]
    );
    buyer.finish();
}

#[tokio::test]
async fn a_budgetary_quote_is_answered_and_cannot_be_ordered() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let mut request = quote(json!([quoted("1", "add", evpl(2000, 210))]));
    request["buyerRequestedQuoteLevel"] = json!("budgetary");
    let answer = buyer.post(&format!("{QUOTES}/quote"), &request).await.expect(201);
    assert_eq!((&answer["state"], &answer["quoteLevel"]), (&json!("answered"), &json!("budgetary")));
    let item = buyer.ordered("1", "add", evpl(2000, 210), Some(&answer["id"]));
    let issues = buyer.order("m/1", json!([item])).await.issues();
    assert_eq!(issues, [("invalidValue".to_owned(), "/productOrderItem/0/quoteItem/quoteId".to_owned())]);
    buyer.finish();
}

#[tokio::test]
async fn an_offer_expires_and_then_cannot_be_ordered() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let answer = buyer.quote(json!([quoted("1", "add", evpl(2000, 210))])).await.expect(201);
    buyer.wait("31d");
    let path = format!("{QUOTES}/quote/{}", answer["id"].as_str().unwrap());
    assert_eq!(buyer.get(&path).await.expect(200)["state"], "expired");
    let item = buyer.ordered("1", "add", evpl(2000, 210), Some(&answer["id"]));
    assert_eq!(buyer.order("m/1", json!([item])).await.issues()[0].0, "invalidValue");
    buyer.finish();
}

#[tokio::test]
async fn ordering_accepts_a_quote_and_uses_it_up() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let answer = buyer.quote(json!([quoted("1", "add", evpl(2000, 210))])).await.expect(201);
    let path = format!("{QUOTES}/quote/{}", answer["id"].as_str().unwrap());
    let item = buyer.ordered("1", "add", evpl(2000, 210), Some(&answer["id"]));
    buyer.order("m/1", json!([item.clone()])).await.expect(201);
    assert_eq!(buyer.get(&path).await.expect(200)["state"], "accepted");
    assert_eq!(buyer.order("m/2", json!([item])).await.issues()[0].0, "invalidValue");
    buyer.wait("40d");
    assert_eq!(buyer.get(&path).await.expect(200)["state"], "accepted", "an accepted quote does not expire");
    buyer.finish();
}

#[tokio::test]
async fn a_quote_that_is_not_used_up_can_be_ordered_again_while_it_is_valid() {
    let buyer = Buyer::of(metro_fiber(json!({"quote": {"singleUse": false}})));
    let answer = buyer.quote(json!([quoted("1", "add", evpl(2000, 210))])).await.expect(201);
    let item = buyer.ordered("1", "add", evpl(2000, 210), Some(&answer["id"]));
    buyer.order("m/1", json!([item.clone()])).await.expect(201);
    buyer.order("m/2", json!([item.clone()])).await.expect(201);
    buyer.wait("31d");
    assert_eq!(buyer.order("m/3", json!([item])).await.issues()[0].0, "invalidValue");
    buyer.finish();
}

#[tokio::test]
async fn a_deferred_quote_can_be_cancelled_and_an_offer_declined() {
    let buyer = Buyer::of(metro_fiber(json!({"quote": {"answer": "Deferred", "answerAfter": "1d"}})));
    let place =
        async || buyer.quote(json!([quoted("1", "add", evpl(2000, 210))])).await.expect(201)["id"].clone();
    let state = async |id: &Value| {
        buyer.get(&format!("{QUOTES}/quote/{}", id.as_str().unwrap())).await.expect(200)["state"].clone()
    };
    let (cancelled, declined, twice) = (place().await, place().await, place().await);
    let cancel = format!("{QUOTES}/cancelQuote");
    let body = json!({"quoteId": cancelled, "reason": "no longer needed"});
    assert_eq!(
        buyer.post(&cancel, &body).await.issues()[0].0,
        "invalidValue",
        "not before it is in progress"
    );
    buyer.wait("1s");
    assert_eq!(buyer.post(&cancel, &body).await.expect(200), body);
    assert_eq!(state(&cancelled).await, "cancelled");
    buyer.wait("2d");
    assert_eq!(state(&cancelled).await, "cancelled", "a cancelled quote is not answered");
    assert_eq!(state(&declined).await, "approved.orderable");
    buyer.post(&format!("{QUOTES}/rejectQuote"), &json!({"quoteId": declined})).await.expect(200);
    assert_eq!(state(&declined).await, "declined");
    buyer.finish();
    // The path of the guide, which no specification file has.
    buyer.post(&format!("{QUOTES}/declineQuote"), &json!({"quoteId": twice})).await.expect(200);
    assert_eq!(state(&twice).await, "declined");
    let unknown = buyer.post(&cancel, &json!({"quoteId": "NOPE"})).await.issues();
    assert_eq!(unknown[0].0, "referenceNotFound");
}

#[tokio::test]
async fn a_deferred_quote_needs_a_date_and_contacts() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let mut request = quote(json!([quoted("1", "add", evpl(2000, 210))]));
    request["instantSyncQuote"] = json!(false);
    let issues = buyer.post(&format!("{QUOTES}/quote"), &request).await.issues();
    let paths: Vec<&str> = issues.iter().map(|(_, path)| path.as_str()).collect();
    assert_eq!(paths, ["/requestedQuoteCompletionDate", "/quoteItem/0/relatedContactInformation"]);
    buyer.finish();
}

#[tokio::test]
async fn a_required_qualification_must_be_named_and_fit() {
    let buyer = Buyer::of(metro_fiber(json!({"quote": {"requiresQualification": true}})));
    let mut item = quoted("1", "add", evpl(2000, 210));
    assert_eq!(buyer.quote(json!([item.clone()])).await.issues()[0].0, "missingProperty");
    let asked = json!([{"id": "p", "action": "add", "product": evpl(2000, 210)}]);
    let qualification = buyer.post(POQ, &crate::buyer::qualification(asked)).await.expect(201);
    let reference = json!({"productOfferingQualificationId": qualification["id"], "id": "p"});
    item["productOfferingQualificationItem"] = reference.clone();
    buyer.quote(json!([item.clone()])).await.expect(201);
    let mut wrong = item.clone();
    wrong["productOfferingQualificationItem"]["id"] = json!("q");
    assert_eq!(buyer.quote(json!([wrong])).await.issues()[0].0, "referenceNotFound");
    item["productOfferingQualificationItem"]["alternateProductProposalId"] = json!("never proposed");
    assert_eq!(buyer.quote(json!([item])).await.issues()[0].0, "referenceNotFound");
    let mut epl = quoted(
        "1",
        "add",
        crate::buyer::line("MF-EPL", "BUSINESS", 1000, None, ["MF-UNI-ASH-2", "MF-UNI-CHI-2"]),
    );
    epl["productOfferingQualificationItem"] = reference;
    assert_eq!(buyer.quote(json!([epl])).await.issues()[0].0, "invalidValue", "it was for something else");
    buyer.finish();
}

#[tokio::test]
async fn one_item_that_cannot_be_had_is_unable_for_all() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let items = json!([quoted("ok", "add", evpl(2000, 210)), quoted("taken", "add", evpl(2000, 199))]);
    let answer = buyer.quote(items).await.expect(201);
    assert_eq!(answer["state"], "unableToProvide");
    assert_eq!(answer["quoteItem"][0]["state"], "abandoned");
    assert_eq!(answer["quoteItem"][1]["state"], "unableToProvide");
    buyer.finish();
}
