//! Product offering qualification (MEF 87).

use serde_json::{Value, json};

use crate::buyer::{Buyer, POQ, evpl, line, metro_fiber, qualification, qualified, with_id};

fn item(answer: &Value) -> &Value {
    &answer["productOfferingQualificationItem"][0]
}

#[tokio::test]
async fn everything_the_buyer_sent_comes_back() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let request = qualification(json!([qualified("1", "add", evpl(2000, 210))]));
    let answer = buyer.post(POQ, &request).await.expect(201);
    for name in ["externalId", "projectId", "instantSyncQualification", "provideAlternative"] {
        assert_eq!(answer[name], request[name], "{name}");
    }
    assert_eq!(item(&answer)["product"], request["productOfferingQualificationItem"][0]["product"]);
    assert_eq!(answer["relatedContactInformation"][0], request["relatedContactInformation"][0]);
    assert_eq!(answer["relatedContactInformation"][1]["role"], "sellerContactInformation");
    let path = format!("{POQ}/{}", answer["id"].as_str().unwrap());
    assert_eq!(buyer.get(&path).await.expect(200), answer);
    let cantata = path.replace("sonata", "cantata").replace("/v7/", "/v1/");
    assert_eq!(buyer.get(&cantata).await.expect(200), answer);
    buyer.finish();
}

#[tokio::test]
async fn a_deferred_answer_takes_its_time() {
    let buyer = Buyer::of(metro_fiber(json!({"qualification": {"answer": "Deferred"}})));
    let mut request = qualification(json!([qualified("1", "add", evpl(2000, 210))]));
    request["requestedPOQCompletionDate"] = json!(buyer.in_days(1));
    let answer = buyer.post(POQ, &request).await.expect(201);
    assert_eq!(answer["state"], "acknowledged");
    assert_eq!(answer["expectedPOQCompletionDate"], "2026-06-01T08:00:06Z");
    assert!(item(&answer)["serviceabilityConfidence"].is_null());
    let path = format!("{POQ}/{}", answer["id"].as_str().unwrap());
    buyer.wait("1s");
    assert_eq!(buyer.get(&path).await.expect(200)["state"], "inProgress");
    buyer.wait("5s");
    let answer = buyer.get(&path).await.expect(200);
    let states: Vec<&str> = answer["stateChange"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["acknowledged", "inProgress", "done.ready"]);
    assert_eq!(answer["effectiveQualificationDate"], "2026-06-01T08:00:06Z");
    assert!(answer["expectedPOQCompletionDate"].is_null());
    buyer.finish();
}

#[tokio::test]
async fn a_missed_deadline_is_unable_to_provide() {
    let slow = json!({"answer": "Deferred", "answerAfter": "2d"});
    let buyer = Buyer::of(metro_fiber(json!({"qualification": slow})));
    let mut request = qualification(json!([qualified("1", "add", evpl(2000, 210))]));
    request["requestedPOQCompletionDate"] = json!(buyer.in_days(1));
    let answer = buyer.post(POQ, &request).await.expect(201);
    buyer.wait("3d");
    let answer = buyer.get(&format!("{POQ}/{}", answer["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(answer["state"], "done.unableToProvide");
    buyer.finish();
}

#[tokio::test]
async fn what_cannot_be_had_is_red_with_something_that_can() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    buyer
        .buy_and_wait("first", line("MF-EVPL", "BULK", 15_000, Some(110), ["MF-UNI-ASH-1", "MF-UNI-CHI-1"]))
        .await;
    let too_much = line("MF-EVPL", "BULK", 12_000, Some(210), ["MF-UNI-ASH-1", "MF-UNI-NYC-1"]);
    let answer = buyer.qualify(json!([qualified("1", "add", too_much)])).await.expect(201);
    assert_eq!(answer["state"], "done.ready");
    assert_eq!(item(&answer)["serviceabilityConfidence"], "red");
    assert!(item(&answer)["installationInterval"].is_null());
    let alternate = &item(&answer)["alternateProductOfferingProposal"][0];
    let flow = &alternate["alternateProduct"]["productConfiguration"]["evcEndPointZ"]["ingressBandwidthProfilePerClassofServiceName"]
        [0];
    assert_eq!(flow["bwpFlow"]["cir"], json!({"irValue": 10_000, "irUnits": "MBPS"}));
    buyer.finish();
}

#[tokio::test]
async fn doubts_are_yellow() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let doubtful = line("MF-EVPL", "BULK", 1000, Some(210), ["MF-UNI-CHI-1", "MF-UNI-NYC-1"]);
    let answer = buyer.qualify(json!([qualified("1", "add", doubtful)])).await.expect(201);
    assert_eq!(item(&answer)["serviceabilityConfidence"], "yellow");
    assert_eq!(item(&answer)["serviceabilityConfidenceReason"], "the last mile in New York is leased");
    buyer.finish();
}

#[tokio::test]
async fn a_vlan_in_use_is_red() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let answer = buyer.qualify(json!([qualified("1", "add", evpl(2000, 199))])).await.expect(201);
    assert_eq!(item(&answer)["serviceabilityConfidence"], "red");
    assert!(item(&answer)["serviceabilityConfidenceReason"].as_str().unwrap().contains("199"));
    buyer.finish();
}

#[tokio::test]
async fn wrong_wishes_are_refused_with_their_place() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let configured = "/productOfferingQualificationItem/0/product/productConfiguration";
    let refused = async |change: fn(&mut Value)| {
        let mut product = evpl(2000, 210);
        change(&mut product);
        let issues = buyer.qualify(json!([qualified("1", "add", product)])).await.issues();
        assert_eq!(issues.len(), 1, "{issues:?}");
        let (code, path) = issues[0].clone();
        (code, path.replace(configured, "").replace("/productOfferingQualificationItem/0", ""))
    };
    let is = |code: &str, path: &str| (code.to_owned(), path.to_owned());
    let flow = "/ingressBandwidthProfilePerClassofServiceName/0";
    assert_eq!(
        refused(|product| product["productOffering"]["id"] = json!("NOPE")).await,
        is("referenceNotFound", "/product/productOffering/id")
    );
    assert_eq!(
        refused(|product| product["productConfiguration"]["@type"] = json!("urn:x")).await,
        is("invalidValue", "/@type")
    );
    assert_eq!(
        refused(|product| product["productRelationship"][1]["id"] = json!("NOPE")).await,
        is("referenceNotFound", "/product/productRelationship/1/id")
    );
    assert_eq!(
        refused(|product| product["productRelationship"].as_array_mut().unwrap().truncate(1)).await,
        is("missingProperty", "/product/productRelationship")
    );
    assert_eq!(
        refused(|product| {
            product["productConfiguration"]["evcEndPointA"]["ingressClassOfServiceMap"]["map_M"] =
                json!("BULK");
        })
        .await,
        is("invalidValue", "/evcEndPointA/ingressClassOfServiceMap/map_M")
    );
    assert_eq!(
        refused(|product| {
            product["productConfiguration"]["evcEndPointZ"]["evcEndPointMap"]["vlanId"] = json!([211]);
        })
        .await,
        is("invalidValue", "/evcEndPointZ/evcEndPointMap")
    );
    let issues = buyer.qualify(json!([qualified("1", "add", evpl(2000, 900))])).await.issues();
    assert!(issues[0].1.ends_with("/evcEndPointA/evcEndPointMap/vlanId") && issues.len() == 2, "{issues:?}");
    assert_eq!(
        refused(|product| product["productConfiguration"]["maximumFrameSize"] = json!(9500)).await,
        is("invalidValue", "/maximumFrameSize")
    );
    assert_eq!(
        refused(|product| {
            let end = &mut product["productConfiguration"]["evcEndPointA"];
            end["ingressBandwidthProfilePerClassofServiceName"][0]["bwpFlow"]["cir"]["irValue"] = json!(1950);
        })
        .await,
        is("invalidValue", &format!("/evcEndPointA{flow}/bwpFlow/cir"))
    );
    assert_eq!(
        refused(|product| {
            let end = &mut product["productConfiguration"]["evcEndPointA"];
            end.as_object_mut().unwrap().remove("ingressBandwidthProfilePerClassofServiceName");
        })
        .await
        .0,
        "missingProperty"
    );
    assert_eq!(
        refused(|product| product["place"] = json!([place()])).await,
        is("unexpectedProperty", "/product/place")
    );
    assert_eq!(refused(|product| product["id"] = json!("X")).await, is("unexpectedProperty", "/product/id"));
    buyer.finish();
}

fn place() -> Value {
    json!({"@type": "GeographicSiteRef", "role": "INSTALL_LOCATION", "id": "MF-SITE-ASH"})
}

#[tokio::test]
async fn an_invented_sls_is_refused_and_the_sellers_own_is_not() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let product = buyer.buy_and_wait("first", evpl(2000, 110)).await;
    let own = buyer.read_product(&product).await["productConfiguration"]["carrierEthernetSls"].clone();
    let mut wish = evpl(2000, 210);
    wish["productConfiguration"]["carrierEthernetSls"] = own;
    buyer.qualify(json!([qualified("1", "add", wish.clone())])).await.expect(201);
    let entry = &mut wish["productConfiguration"]["carrierEthernetSls"][0]["slsCosNameEntry"][0];
    entry["oneWayFrameDelayPmMetric"][0]["oneWayFdObjective"]["timeDurationValue"] = json!(1);
    let issues = buyer.qualify(json!([qualified("1", "add", wish)])).await.issues();
    assert_eq!(issues[0].0, "invalidValue");
    assert!(issues[0].1.ends_with("/slsCosNameEntry/0/oneWayFrameDelayPmMetric/0"), "{issues:?}");
    buyer.finish();
}

#[tokio::test]
async fn a_modify_repeats_what_cannot_change() {
    let buyer = Buyer::of(metro_fiber(json!({})));
    let product = buyer.buy_and_wait("first", evpl(2000, 210)).await;
    let change = with_id(evpl(3000, 210), &product);
    let answer = buyer.qualify(json!([qualified("1", "modify", change.clone())])).await.expect(201);
    assert_eq!(
        item(&answer)["serviceabilityConfidence"],
        "green",
        "its own VLAN and rate are not in its way"
    );

    let mut moved = change.clone();
    moved["productRelationship"][1]["id"] = json!("MF-UNI-NYC-1");
    assert_eq!(buyer.qualify(json!([qualified("1", "modify", moved)])).await.issues()[0].0, "invalidValue");
    let mut silent = change.clone();
    silent.as_object_mut().unwrap().remove("productRelationship");
    assert_eq!(
        buyer.qualify(json!([qualified("1", "modify", silent)])).await.issues()[0].0,
        "missingProperty"
    );
    let mut other = change;
    other["productOffering"]["id"] = json!("MF-EPL");
    assert_eq!(buyer.qualify(json!([qualified("1", "modify", other)])).await.issues()[0].0, "invalidValue");
    let unknown = with_id(evpl(3000, 210), &json!("NOPE"));
    assert_eq!(
        buyer.qualify(json!([qualified("1", "modify", unknown)])).await.issues()[0].0,
        "referenceNotFound"
    );
    let talkative = with_id(evpl(3000, 210), &product);
    let issues = buyer.qualify(json!([qualified("1", "delete", talkative)])).await.issues();
    assert!(issues.iter().all(|(code, _)| code == "unexpectedProperty") && issues.len() == 3, "{issues:?}");
    buyer.finish();
}
