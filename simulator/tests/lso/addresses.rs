//! Address validation (MEF 121).

use serde_json::{Value, json};

use crate::buyer::{Buyer, metro_fiber};

const ADDRESSES: &str = "/mefApi/sonata/geographicAddressManagement/v7";

async fn validate(buyer: &Buyer, address: Value) -> crate::buyer::Answer {
    let body = json!({"provideAlternative": true, "submittedGeographicAddress": address});
    buyer.post(&format!("{ADDRESSES}/geographicAddressValidation"), &body).await
}

fn cermak(city: &str, street: &str) -> Value {
    json!({
        "@type": "FieldedAddress", "country": "US", "stateOrProvince": "IL", "city": city,
        "streetName": street, "streetNr": "350",
    })
}

#[tokio::test]
async fn an_address_matches_whatever_its_spelling() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let answer = validate(&buyer, cermak("chicago", "EAST  Cermak")).await.expect(200);
    assert_eq!(answer["validationResult"], "success");
    let best = &answer["bestMatchGeographicAddress"];
    assert_eq!(
        (&best["id"], &best["postcode"], &best["@type"]),
        (&json!("MF-ADDR-1002"), &json!("60616"), &json!("FieldedAddress"))
    );
    let read = buyer.get(&format!("{ADDRESSES}/geographicAddress/MF-ADDR-1002")).await.expect(200);
    assert_eq!(&read, best);
    let formatted = json!({"@type": "FormattedAddress", "country": "US", "city": "Chicago", "addrLine1": "350 East Cermak Road"});
    let answer = validate(&buyer, formatted).await.expect(200);
    assert_eq!(answer["bestMatchGeographicAddress"]["addrLine1"], "350 East Cermak Road");
    buyer.get(&format!("{ADDRESSES}/geographicAddress/NOPE")).await.expect(404);
    buyer.finish();
}

#[tokio::test]
async fn a_near_miss_gets_alternates_and_a_far_one_nothing() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let partial = validate(&buyer, cermak("Chicago", "West Cermak")).await.expect(200);
    assert_eq!(partial["validationResult"], "partial");
    assert_eq!(partial["alternateGeographicAddress"][0]["id"], "MF-ADDR-1002");
    let fail = validate(&buyer, cermak("Peoria", "Main")).await.expect(200);
    assert_eq!(fail["validationResult"], "fail");
    assert!(fail["bestMatchGeographicAddress"].is_null() && fail["alternateGeographicAddress"].is_null());
    let mut abroad = cermak("Basel", "Hauptstrasse");
    abroad["country"] = json!("CH");
    assert_eq!(validate(&buyer, abroad).await.issues()[0].0, "otherIssue");
    buyer.finish();
}

#[tokio::test]
async fn points_and_labels_match_one_place() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let point = json!({"@type": "MEFGeographicPoint", "spatialRef": "EPSG:4326 WGS 84", "x": "41.8536", "y": "-87.6187"});
    let answer = validate(&buyer, point).await.expect(200);
    let best = &answer["bestMatchGeographicAddress"];
    assert_eq!((&best["@type"], &best["id"]), (&json!("MEFGeographicPoint"), &json!("MF-ADDR-1002")));
    assert_eq!(best["associatedGeographicAddress"]["city"], "Chicago");
    let label = json!({"@type": "GeographicAddressLabel", "externalReferenceType": "CLLI", "externalReferenceId": "NYCMNYZR"});
    let answer = validate(&buyer, label).await.expect(200);
    assert_eq!(answer["bestMatchGeographicAddress"]["id"], "MF-ADDR-1003");
    let nowhere = json!({"@type": "GeographicAddressLabel", "externalReferenceType": "CLLI", "externalReferenceId": "XXXX"});
    assert_eq!(validate(&buyer, nowhere).await.expect(200)["validationResult"], "fail");
    buyer.finish();
}

#[tokio::test]
async fn alternatives_must_be_wanted() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let body =
        json!({"provideAlternative": false, "submittedGeographicAddress": cermak("Chicago", "East Cermak")});
    let answer = buyer.post(&format!("{ADDRESSES}/geographicAddressValidation"), &body).await;
    assert_eq!(answer.issues(), [("invalidValue".to_owned(), "/provideAlternative".to_owned())]);
}
