use super::*;
use crate::api::LsoAccount;
use crate::model::{
    Address, Connector, NewUni, Place, Rates, ServiceId, Site, Term, TermEnd, TermUnit, VlanId,
};

fn profile(change: impl FnOnce(&mut Value)) -> Profile {
    let mut account = json!({
        "address": "http://127.0.0.1:1", "currency": "USD",
        "contacts": [{"role": "default", "name": "n", "email": "e@x", "phone": "1"}],
        "offerings": [{"product": "Epl", "id": "o-epl"}, {"product": "Evpl", "id": "o-evpl"}, {"product": "AccessEline", "id": "o-access"}],
        "classesOfService": [{"name": "gold"}],
        "terms": [{"name": "m", "value": 1, "unit": "Month", "atEnd": "Renew"}],
    });
    change(&mut account);
    Profile::parse(&serde_json::from_value::<LsoAccount>(account).unwrap()).unwrap()
}

fn design(product: Product) -> Design {
    let end = |name: &str, vlan: Option<u16>| End {
        identifier: name.into(),
        interface: Interface::Uni(ServiceId(format!("uni-{name}"))),
        vlan: vlan.and_then(VlanId::new),
    };
    let vlan = match product {
        Product::Epl => None,
        Product::Evpl | Product::AccessEline => Some(210),
    };
    let rate =
        |committed: u64, peak| Rate::new(Bandwidth::from_bits(committed), Some(Bandwidth::from_bits(peak)));
    Design {
        product,
        a: end("a", vlan),
        z: end("z", vlan),
        rates: Rates {
            a_to_z: rate(2_000_000_000, 10_000_000_000),
            z_to_a: rate(1_500_000_000, 1_500_000_000),
        },
        frame_size: Some(9000),
        class_of_service: "gold".into(),
        distance_km: Some(940),
        term: Term { name: "m".into(), value: 1, unit: TermUnit::Month, at_end: TermEnd::Renew, roll: None },
        requested_completion: "2027-01-01T00:00:00Z".parse().unwrap(),
        purchase_order: None,
        end_customer: None,
    }
}

/// The product of a request with one item.
fn only(items: Result<Vec<Item>, Failure>) -> wire::Product {
    let mut items = items.unwrap();
    assert_eq!(items.len(), 1);
    items.remove(0).product
}

fn configuration_of(profile: &Profile, design: &Design) -> Value {
    only(added(profile, design, Function::Order)).product_configuration.unwrap()
}

#[test]
fn an_evpl_is_written_as_its_schema_spells_it() {
    let product = only(added(&profile(|_| {}), &design(Product::Evpl), Function::Order));
    assert_eq!(product.product_relationship[1].relationship_type, "CONNECTS_TO_UNI_Z");
    assert_eq!(product.product_relationship[1].id, "uni-z");
    let flow = |cir: Value, cbs: u64, eir: Value, ebs: u64| {
        json!({"cir": cir, "cirMax": cir, "cbs": {"dataSizeValue": cbs, "dataSizeUnits": "BYTES"},
               "eir": eir, "eirMax": eir, "ebs": {"dataSizeValue": ebs, "dataSizeUnits": "BYTES"},
               "couplingFlag": false, "colorMode": "COLOR_BLIND"})
    };
    let rate = |value: u64, unit: &str| json!({"irValue": value, "irUnits": unit});
    let point = |name: &str, flow: Value| {
        json!({"identifier": name, "evcEndPointMap": {"vlanType": "LIST", "vlanId": [210]},
               "ingressClassOfServiceMap": {"mapType": "ENDPOINT", "map_M": "gold"},
               "ingressBandwidthProfilePerClassofServiceName": [{"classOfServiceName": "gold", "bwpFlow": flow}]})
    };
    assert_eq!(
        product.product_configuration.unwrap(),
        json!({
            "@type": "urn:mef:lso:spec:cantata-sonata:evpl-evc:v1.0.0:all",
            "listOfCosNames": ["gold"],
            "maximumFrameSize": 9000,
            "evcEndPointA": point("a", flow(rate(2, "GBPS"), 250_000, rate(8, "GBPS"), 1_000_000)),
            "evcEndPointZ": point("z", flow(rate(1500, "MBPS"), 187_500, rate(0, "BPS"), 0)),
        })
    );
}

/// An Access E-Line from a UNI to an ENNI, on another VLAN at each.
fn access() -> Design {
    let mut design = design(Product::AccessEline);
    design.z.interface = Interface::Enni(ServiceId("enni-z".into()));
    design.z.vlan = VlanId::new(1200);
    design
}

#[test]
fn an_access_eline_is_written_as_its_schema_spells_it_whichever_end_is_first() {
    let profile = profile(|_| {});
    let product = only(added(&profile, &access(), Function::Order));
    assert_eq!(product.product_offering.unwrap().id, "o-access");
    let related: Vec<(String, String)> =
        product.product_relationship.into_iter().map(|found| (found.relationship_type, found.id)).collect();
    let pair = |kind: &str, id: &str| (kind.to_owned(), id.to_owned());
    assert_eq!(related, [pair("CONNECTS_TO_UNI", "uni-a"), pair("CONNECTS_TO_ENNI", "enni-z")]);
    let flow = |cir: Value, cbs: u64, eir: Value, ebs: u64| {
        json!({"cir": cir, "cirMax": cir, "cbs": {"dataSizeValue": cbs, "dataSizeUnits": "BYTES"},
               "eir": eir, "eirMax": eir, "ebs": {"dataSizeValue": ebs, "dataSizeUnits": "BYTES"},
               "couplingFlag": false, "colorMode": "COLOR_BLIND"})
    };
    let rate = |value: u64, unit: &str| json!({"irValue": value, "irUnits": unit});
    let point = |name: &str, vlans: Value, classes: Value, flow: Value| {
        json!({"identifier": name, "ovcEndPointMap": vlans, "ingressClassOfServiceMap": classes,
               "ingressBandwidthProfilePerClassOfServiceName": [{"classOfServiceName": "gold", "bwpFlow": flow}]})
    };
    let priorities: Vec<Value> =
        (0..8).map(|priority| json!({"pcpVal": format!("{priority}"), "pcpCosName": "gold"})).collect();
    let written = product.product_configuration.unwrap();
    assert_eq!(
        written,
        json!({
            "@type": "urn:mef:lso:spec:sonata:access-eline-ovc:v5.0.0:all",
            "listOfClassOfServiceNames": ["gold"],
            "maximumFrameSize": 9000,
            "ceVlanIdPreservation": "STRIP",
            "uniEp": point("a", json!({"mapType": "FORM_U", "ovcEndPointMapFormU": [210]}),
                json!({"mapType": "ENDPOINT", "map_M": "gold"}), flow(rate(2, "GBPS"), 250_000, rate(8, "GBPS"), 1_000_000)),
            "enniEp": point("z", json!({"mapType": "FORM_E", "ovcEndPointMapFormE": [1200]}),
                json!({"mapType": "S_TAG_PCP", "map_M": priorities}), flow(rate(1500, "MBPS"), 187_500, rate(0, "BPS"), 0)),
        })
    );
    let forth = access();
    let rates = Rates { a_to_z: forth.rates.z_to_a, z_to_a: forth.rates.a_to_z };
    let back = Design { a: forth.z.clone(), z: forth.a.clone(), rates, ..forth };
    assert_eq!(configuration_of(&profile, &back), written);
}

#[test]
fn an_access_eline_runs_between_a_uni_that_is_there_and_an_enni_and_nothing_else_does() {
    let profile = profile(|_| {});
    let (uni, enni) = (design(Product::Evpl).a, access().z);
    let between = |product, a: &End, z: &End| Design { product, a: a.clone(), z: z.clone(), ..access() };
    for wrong in [
        between(Product::AccessEline, &uni, &uni),
        between(Product::AccessEline, &enni, &enni),
        between(Product::AccessEline, &uni, &End { vlan: None, ..enni.clone() }),
        between(Product::Evpl, &uni, &enni),
        between(Product::Evpl, &enni, &uni),
    ] {
        assert_eq!(added(&profile, &wrong, Function::Order).unwrap_err().class, FailureClass::Invalid);
    }
    let small = Design { frame_size: Some(1522), ..access() };
    assert_eq!(configuration_of(&profile, &small)["maximumFrameSize"], 1526);
}

#[test]
fn vlans_belong_to_evpl_and_only_there() {
    let profile = profile(|_| {});
    let epl = configuration_of(&profile, &design(Product::Epl));
    assert_eq!(epl["@type"], "urn:mef:lso:spec:cantata-sonata:epl-evc:v1.0.0:all");
    assert!(epl["evcEndPointA"].get("evcEndPointMap").is_none());
    for (product, other) in [(Product::Epl, Product::Evpl), (Product::Evpl, Product::Epl)] {
        let wrong = Design { product, ..design(other) };
        assert_eq!(added(&profile, &wrong, Function::Order).unwrap_err().class, FailureClass::Invalid);
    }
}

#[test]
fn a_burst_holds_two_frames_at_least() {
    let profile = profile(|account| account["cbs"] = json!(1));
    let configuration = configuration_of(&profile, &design(Product::Epl));
    let flow = &configuration["evcEndPointA"]["ingressBandwidthProfilePerClassofServiceName"][0]["bwpFlow"];
    assert_eq!(flow["cbs"]["dataSizeValue"], 18_000);
}

#[test]
fn small_frames_are_carried_by_the_smallest_frame_size() {
    let small = Design { frame_size: Some(1500), ..design(Product::Epl) };
    assert_eq!(configuration_of(&profile(|_| {}), &small)["maximumFrameSize"], 1522);
    let default = Design { frame_size: None, ..design(Product::Epl) };
    assert!(configuration_of(&profile(|_| {}), &default).get("maximumFrameSize").is_none());
}

#[test]
fn overlays_come_last_and_where_they_belong() {
    let profile = profile(|account| {
        account["attributeOverlay"] = json!([
            {"product": "Evpl", "function": "All", "attributes": {"cTagPcpPreservation": "ENABLED", "maximumFrameSize": 2000}},
            {"product": "Evpl", "function": "Quote", "attributes": {"availableMegLevel": "3"}},
            {"product": "Epl", "function": "All", "attributes": {"availableMegLevel": "4"}},
            {"product": "Evpl", "function": "ProductOrder", "attributes": {"maximumFrameSize": null}}]);
    });
    let configuration = configuration_of(&profile, &design(Product::Evpl));
    assert_eq!(configuration["cTagPcpPreservation"], "ENABLED");
    assert!(
        configuration.get("availableMegLevel").is_none() && configuration.get("maximumFrameSize").is_none()
    );
    let quoted =
        only(added(&profile, &design(Product::Evpl), Function::Quote)).product_configuration.unwrap();
    assert_eq!(
        (quoted["availableMegLevel"].as_str(), quoted["maximumFrameSize"].as_u64()),
        (Some("3"), Some(2000))
    );
}

fn tiers() -> Value {
    let sls = |delay: &str| {
        json!({"send": "Copy", "window": "720h", "deltaT": 10, "thresholdC": "0.5", "n": 10,
        "frameDelay": [{"percentile": "99.9", "oneWay": delay}], "ifdv": {"percentile": "99", "spacing": "1s", "value": "1500us"},
        "fdr": {"percentile": "99", "oneWay": "3ms"}, "flrPercent": "0.001", "availabilityPercent": "99.99"})
    };
    json!([{"name": "gold", "maxKm": 2000, "sls": sls("25ms")}, {"name": "gold", "maxKm": 1000, "sls": sls("14ms")}])
}

#[test]
fn a_copied_service_level_is_that_of_the_tier_and_of_both_directions() {
    let profile = profile(|account| account["classesOfService"] = tiers());
    let configuration = configuration_of(&profile, &design(Product::Epl));
    let pair = |from: &str, to: &str| json!({"fromCarrierEthernetServiceEndPoint": from, "toCarrierEthernetServiceEndPoint": to});
    let pairs = json!([pair("a", "z"), pair("z", "a")]);
    let time = |value: u64, unit: &str| json!({"timeDurationValue": value, "timeDurationUnits": unit});
    assert_eq!(
        configuration["carrierEthernetSls"],
        json!([{
        "startTime": "2027-01-01T00:00:00Z", "timeDuration": time(30, "DAY"),
        "slsCosNameEntry": [{"cosName": "gold", "deltaT": 10, "thresholdC": 0.5, "consecutiveIntervalN": 10,
            "oneWayFrameDelayPmMetric": [{"orderedPairList": pairs, "oneWayFdPercentile": 99.9, "oneWayFdObjective": time(14, "MS")}],
            "oneWayFrameDelayRangePmMetric": [{"orderedPairList": pairs, "oneWayFdrPercentile": 99, "oneWayFdrObjective": time(3, "MS")}],
            "oneWayInterFrameDelayVariationPmMetric": [{"orderedPairList": pairs, "timeDuration": time(1, "SEC"),
                "oneWayIfdvPencentile": 99, "oneWayIfdvObjective": time(1500, "US")}],
            "oneWayFrameLossRatioPmMetric": [{"orderedPairList": pairs, "oneWayFlrObjective": 0.001}],
            "oneWayAvailabilityPmMetric": [{"orderedPairList": pairs, "oneWayAvailabilityObjective": 99.99}]}]}])
    );
}

#[test]
fn a_tier_that_cannot_be_told_is_refused() {
    let far = Design { distance_km: Some(3000), ..design(Product::Epl) };
    let unknown = Design { distance_km: None, ..design(Product::Epl) };
    let profile = profile(|account| account["classesOfService"] = tiers());
    for design in [far, unknown] {
        assert_eq!(added(&profile, &design, Function::Order).unwrap_err().class, FailureClass::Misconfigured);
    }
}

#[test]
fn what_is_not_copied_is_not_sent() {
    let profile = profile(|account| {
        account["classesOfService"] =
            json!([{"name": "gold", "sls": {"agreement": "MSA", "flrPercent": "0.1"}}]);
    });
    assert!(configuration_of(&profile, &design(Product::Epl)).get("carrierEthernetSls").is_none());
}

#[test]
fn a_change_keeps_what_it_does_not_speak_of() {
    let profile = profile(|_| {});
    let current = |class: &str| -> wire::inventory::Product {
        serde_json::from_value(json!({
            "id": "svc", "status": "active", "productOffering": {"id": "older"},
            "productRelationship": [{"relationshipType": "UNI_A", "id": "u1", "href": "x"}],
            "productConfiguration": {"@type": "urn:older", "listOfCosNames": [class], "carrierEthernetSls": [{}],
                "availableMegLevel": "5", "evcEndPointA": {"subscriberMegMip": "2", "egressMap": [{}], "identifier": "a"}},
        }))
        .unwrap()
    };
    let product = only(modified(&profile, &design(Product::Evpl), Function::Order, &current("gold")));
    assert_eq!(product.id.as_deref(), Some("svc"));
    assert_eq!(product.product_offering.unwrap().id, "older");
    assert_eq!(product.product_relationship[0].relationship_type, "UNI_A");
    let configuration = product.product_configuration.unwrap();
    assert_eq!(configuration["availableMegLevel"], "5");
    assert_eq!(configuration["evcEndPointA"]["subscriberMegMip"], "2");
    assert_eq!(configuration["evcEndPointA"]["evcEndPointMap"]["vlanId"], json!([210]));
    assert!(configuration.get("carrierEthernetSls").is_some());

    let product = only(modified(&profile, &design(Product::Evpl), Function::Order, &current("silver")));
    let configuration = product.product_configuration.unwrap();
    assert!(configuration.get("carrierEthernetSls").is_none());
    assert!(configuration["evcEndPointA"].get("egressMap").is_none());

    let access_in = |class: &str| {
        let current = json!({"id": "svc", "status": "active", "productConfiguration": {"listOfClassOfServiceNames": [class],
            "carrierEthernetSls": [{}], "availableMegLevel": "5", "uniEp": {"ovcEgressMap": [{}]}}});
        let current = serde_json::from_value(current).unwrap();
        only(modified(&profile, &access(), Function::Order, &current)).product_configuration.unwrap()
    };
    let (kept, left) = (access_in("gold"), access_in("silver"));
    assert_eq!((&kept["availableMegLevel"], &left["availableMegLevel"]), (&json!("5"), &json!("5")));
    assert!(kept["uniEp"].get("ovcEgressMap").is_some() && left["uniEp"].get("ovcEgressMap").is_none());
    assert!(kept.get("carrierEthernetSls").is_some() && left.get("carrierEthernetSls").is_none());
}

#[test]
fn a_uni_is_asked_for_beside_the_connection_that_names_its_item() {
    let year = Term { name: "y".into(), value: 1, unit: TermUnit::Year, at_end: TermEnd::Renew, roll: None };
    let new = NewUni {
        offering: "o-uni".into(),
        physical_link: "10GBASE_LR".into(),
        connector: Some(Connector::Lc),
        frame_size: Some(9100),
        site: Site::Known(Place::Site("site-1".into())),
        term: Some(year),
    };
    let mut design = design(Product::Evpl);
    design.z.interface = Interface::NewUni(Box::new(new.clone()));
    let profile = profile(|account| {
        account["offerings"] = json!([{"product": "Evpl", "id": "o-evpl"}, {"product": "SubscriberUni", "id": "o-uni", "urn": "urn:x"}]);
        account["attributeOverlay"] =
            json!([{"product": "SubscriberUni", "function": "All", "attributes": {"linkOam": "ENABLED"}}]);
    });
    let items = added(&profile, &design, Function::Order).unwrap();
    let [connection, port] = items.as_slice() else { panic!("{items:?}") };
    let names = |relationships: &[Relationship]| -> Vec<(String, String)> {
        relationships.iter().map(|found| (found.relationship_type.clone(), found.id.clone())).collect()
    };
    let pair = |kind: &str, id: &str| vec![(kind.to_owned(), id.to_owned())];
    assert_eq!(names(&connection.product.product_relationship), pair("CONNECTS_TO_UNI_A", "uni-a"));
    assert_eq!(names(&connection.related), pair("CONNECTS_TO_UNI_Z", "3"));
    assert_eq!((connection.role, port.role, port.related.len()), (Role::Evc, Role::UniZ, 0));
    assert_eq!((connection.term.duration.amount, port.term.duration.amount), (1, 12));
    assert_eq!(
        serde_json::to_value(&port.product).unwrap(),
        json!({
            "productOffering": {"id": "o-uni"},
            "place": [{"@type": "GeographicSiteRef", "role": "INSTALL_LOCATION", "id": "site-1"}],
            "productConfiguration": {
                "@type": "urn:x", "instantiation": "PHYSICAL", "linkAggregation": "NONE", "linkOam": "ENABLED",
                "listOfPhyLinks": [{"id": "1", "physicalLink": "10GBASE_LR", "uniConnectorType": "LC"}],
                "maximumServiceFrameSize": 9100, "maximumNumberOfEndPoints": 1,
            },
        })
    );

    let postal = Address {
        country: "US".into(),
        city: "Ashburn".into(),
        street_name: "Main".into(),
        ..Address::default()
    };
    let plain = NewUni { site: Site::At(postal), connector: None, frame_size: None, term: None, ..new };
    design.z.interface = Interface::NewUni(Box::new(plain));
    let items = added(&profile, &design, Function::Order).unwrap();
    let port = serde_json::to_value(&items[1].product).unwrap();
    assert_eq!(port["productConfiguration"]["maximumServiceFrameSize"], 9000, "as large as the service's");
    assert_eq!(items[1].term, items[0].term);
    assert_eq!(
        port["place"],
        json!([{"@type": "FieldedAddress", "role": "INSTALL_LOCATION", "country": "US", "city": "Ashburn", "streetName": "Main"}])
    );
}
