//! The product of a request: an E-Line between two existing UNIs as `productConfiguration` writes it
//! (product schemas `epl-evc` and `evpl-evc`). The odd spellings are the schemas' own.

use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::super::profile::{Class, Function, Profile, ServiceLevel};
use super::super::wire::{self, Ref, Relationship};
use super::number;
use crate::model::{Bandwidth, Design, End, Failure, FailureClass, Product, Rate};

/// The smallest `maximumFrameSize` that the schemas allow (MEF 10.4, section 8.10).
const LEAST_FRAME: u32 = 1522;
/// The longest identifier of an end point.
const IDENTIFIER: usize = 45;
/// Where an account states no burst size: this part of a second at the rate, and never less than two frames
/// (MEF 23.2 recommends at least two; one millisecond keeps TCP at speed and fits common hardware).
const BURSTS_PER_SECOND: u64 = 1_000;

/// The product of an `add`.
pub fn added(profile: &Profile, design: &Design, function: Function) -> Result<wire::Product, Failure> {
    let offering = profile.offering(design.product)?;
    let (to_a, to_z) = &profile.relationships;
    let relationship =
        |kind: &str, end: &End| Relationship { relationship_type: kind.to_owned(), id: end.uni.0.clone() };
    let mut configuration = configuration(profile, design, &offering.urn)?;
    for overlay in profile.overlays(design.product, function) {
        merge(&mut configuration, overlay);
    }
    Ok(wire::Product {
        id: None,
        product_offering: Some(Ref { id: offering.id.clone() }),
        product_configuration: Some(configuration),
        product_relationship: vec![relationship(to_a, &design.a), relationship(to_z, &design.z)],
    })
}

/// The product of a `modify`: the complete desired state (an attribute left out would be reset to its default), so what
/// the inventory shows with the new shape over it. Offering and relationships are repeated as they are.
pub fn modified(
    profile: &Profile,
    design: &Design,
    function: Function,
    current: &wire::inventory::Product,
) -> Result<wire::Product, Failure> {
    let wanted = added(profile, design, function)?;
    let mut configuration = current.product_configuration.clone().unwrap_or_else(|| json!({}));
    if configuration["listOfCosNames"] != json!([design.class_of_service]) {
        forget_class(&mut configuration);
    }
    if let Some(wanted) = &wanted.product_configuration {
        merge(&mut configuration, wanted);
    }
    for overlay in profile.overlays(design.product, function) {
        merge(&mut configuration, overlay);
    }
    let relationships = &current.product_relationship;
    Ok(wire::Product {
        id: Some(current.id.clone()),
        product_offering: current.product_offering.clone().or(wanted.product_offering),
        product_configuration: Some(configuration),
        product_relationship: if relationships.is_empty() {
            wanted.product_relationship
        } else {
            relationships.clone()
        },
    })
}

/// Takes out what belongs to the class of service that is left: its service level, and what names it at the end points.
fn forget_class(configuration: &mut Value) {
    if let Some(attributes) = configuration.as_object_mut() {
        attributes.remove("carrierEthernetSls");
    }
    for end_point in ["evcEndPointA", "evcEndPointZ"] {
        if let Some(attributes) = configuration.get_mut(end_point).and_then(Value::as_object_mut) {
            attributes.remove("egressBandwidthProfilePerClassofServiceName");
            attributes.remove("egressMap");
        }
    }
}

/// The product of a `delete`: its id alone (MEF 123 R44).
pub fn deleted(id: &str) -> wire::Product {
    wire::Product { id: Some(id.to_owned()), ..wire::Product::default() }
}

fn configuration(profile: &Profile, design: &Design, urn: &str) -> Result<Value, Failure> {
    let frame = design.frame_size.map(|frame| frame.max(LEAST_FRAME));
    let end_point = |end: &End, rate: Rate| end_point(profile, design, frame, end, rate);
    let mut configuration = Map::new();
    configuration.insert("@type".into(), json!(urn));
    configuration.insert("listOfCosNames".into(), json!([design.class_of_service]));
    if let Some(frame) = frame {
        configuration.insert("maximumFrameSize".into(), json!(frame));
    }
    configuration.insert("evcEndPointA".into(), end_point(&design.a, design.rates.a_to_z)?);
    configuration.insert("evcEndPointZ".into(), end_point(&design.z, design.rates.z_to_a)?);
    if let Some(level) = copied_level(&profile.classes, design)? {
        configuration.insert("carrierEthernetSls".into(), json!([service_level(level, design)]));
    }
    Ok(Value::Object(configuration))
}

fn end_point(
    profile: &Profile,
    design: &Design,
    frame: Option<u32>,
    end: &End,
    rate: Rate,
) -> Result<Value, Failure> {
    let refuse = |why: String| Err(Failure::new(FailureClass::Invalid, why));
    let identifier = &end.identifier;
    if identifier.is_empty() || identifier.chars().count() > IDENTIFIER {
        return refuse(format!(
            "the end point identifier `{identifier}` must have 1 to {IDENTIFIER} characters"
        ));
    }
    let class = &design.class_of_service;
    let mut point = json!({
        "identifier": identifier,
        "ingressClassOfServiceMap": {"mapType": "ENDPOINT", "map_M": class},
        "ingressBandwidthProfilePerClassofServiceName": [
            {"classOfServiceName": class, "bwpFlow": flow(profile, frame.unwrap_or(LEAST_FRAME), rate)},
        ],
    });
    match (design.product, end.vlan) {
        (Product::Epl, None) => {}
        (Product::Evpl, Some(vlan)) => {
            point["evcEndPointMap"] = json!({"vlanType": "LIST", "vlanId": [vlan.get()]});
        }
        (Product::Epl, Some(_)) => {
            return refuse(format!("a port-based service has no VLAN at its end `{identifier}`"));
        }
        (Product::Evpl, None) => {
            return refuse(format!("a VLAN-based service needs a VLAN at its end `{identifier}`"));
        }
    }
    Ok(point)
}

/// `BwpFlow`: what is owed is green, what is above it is yellow, nothing is shared with other flows.
fn flow(profile: &Profile, frame: u32, rate: Rate) -> Value {
    let (cir, eir) = (rate.committed(), rate.excess());
    let burst = |stated: Option<u64>, rate: Bandwidth| {
        let least = 2 * u64::from(frame);
        let bytes = if rate.bits() == 0 {
            0
        } else {
            stated.unwrap_or(rate.bits() / 8 / BURSTS_PER_SECOND).max(least)
        };
        json!({"dataSizeValue": bytes, "dataSizeUnits": "BYTES"})
    };
    json!({
        "cir": information_rate(cir),
        "cirMax": information_rate(cir),
        "cbs": burst(profile.cbs, cir),
        "eir": information_rate(eir),
        "eirMax": information_rate(eir),
        "ebs": burst(profile.ebs, eir),
        "couplingFlag": false,
        "colorMode": "COLOR_BLIND",
    })
}

/// Units of `InformationRate`, decimal.
pub const RATE_UNITS: [(&str, u64); 5] =
    [("TBPS", 1_000_000_000_000), ("GBPS", 1_000_000_000), ("MBPS", 1_000_000), ("KBPS", 1_000), ("BPS", 1)];

/// A rate in the largest unit that holds it as a whole number.
fn information_rate(rate: Bandwidth) -> Value {
    let bits = rate.bits();
    let (unit, factor) = RATE_UNITS
        .iter()
        .find(|(_, factor)| bits != 0 && bits.is_multiple_of(*factor))
        .copied()
        .unwrap_or(("BPS", 1));
    json!({"irValue": bits / factor, "irUnits": unit})
}

/// Units of `TimeDuration` up to a day, whose length is certain.
const TIME_UNITS: [(&str, u128); 7] = [
    ("DAY", 86_400_000_000_000),
    ("HOUR", 3_600_000_000_000),
    ("MIN", 60_000_000_000),
    ("SEC", 1_000_000_000),
    ("MS", 1_000_000),
    ("US", 1_000),
    ("NS", 1),
];

/// A time in the largest unit that holds it as a whole number: 1.5 ms is 1500 US.
fn time_duration(time: Duration) -> Value {
    let nanos = time.as_nanos();
    let (unit, factor) = TIME_UNITS
        .iter()
        .find(|(_, factor)| nanos != 0 && nanos.is_multiple_of(*factor))
        .copied()
        .unwrap_or(("NS", 1));
    json!({"timeDurationValue": u64::try_from(nanos / factor).unwrap_or(u64::MAX), "timeDurationUnits": unit})
}

/// The service level to copy: that of the tier the design falls into. Numbers that are not those of its tier are refused
/// by the seller, so a tier that cannot be told from the design is refused here.
fn copied_level<'a>(classes: &'a [Class], design: &Design) -> Result<Option<&'a ServiceLevel>, Failure> {
    let name = &design.class_of_service;
    let tiers: Vec<&Class> = classes.iter().filter(|class| &class.name == name).collect();
    let misconfigured = |why: String| Err(Failure::new(FailureClass::Misconfigured, why));
    if let [only] = tiers.as_slice() {
        return Ok(only.copied.as_ref());
    }
    if tiers.iter().all(|tier| tier.copied.is_none()) {
        return Ok(None);
    }
    if tiers.iter().any(|tier| tier.by_site) {
        return misconfigured(format!(
            "the class of service `{name}` is sold per pair of sites and its service level is to be copied, but a design \
             does not name sites: state tiers by maxKm, or send: Never; the platform team's move"
        ));
    }
    let fits = |tier: &&&Class| match (tier.max_km, design.distance_km) {
        (None, _) => true,
        (Some(max), Some(km)) => km <= max,
        (Some(_), None) => false,
    };
    match tiers.iter().filter(fits).min_by_key(|tier| tier.max_km.unwrap_or(u32::MAX)) {
        Some(tier) => Ok(tier.copied.as_ref()),
        None => misconfigured(format!(
            "no tier of the class of service `{name}` covers this distance; the platform team must state one"
        )),
    }
}

/// `CarrierEthernetSls` for both directions.
fn service_level(level: &ServiceLevel, design: &Design) -> Value {
    let pair = |from: &End, to: &End| {
        json!({
            "fromCarrierEthernetServiceEndPoint": from.identifier,
            "toCarrierEthernetServiceEndPoint": to.identifier,
        })
    };
    let pairs = json!([pair(&design.a, &design.z), pair(&design.z, &design.a)]);
    let metric = |fields: Value| {
        let mut metric = json!({"orderedPairList": pairs});
        merge(&mut metric, &fields);
        metric
    };
    let percent = |value: Decimal| number(value).map_or(Value::Null, Value::Number);

    let mut entry = Map::new();
    entry.insert("cosName".into(), json!(design.class_of_service));
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            entry.insert(name.to_owned(), value);
        }
    };
    put("deltaT", level.delta_t.map(|seconds| json!(seconds)));
    put("thresholdC", level.threshold_c.clone().map(Value::Number));
    put("consecutiveIntervalN", level.n.map(|n| json!(n)));
    let delays = level.frame_delay.iter().map(|(percentile, bound)| {
        metric(
            json!({"oneWayFdPercentile": percent(*percentile), "oneWayFdObjective": time_duration(*bound)}),
        )
    });
    put("oneWayFrameDelayPmMetric", (!level.frame_delay.is_empty()).then(|| delays.collect()));
    let fdr = level.fdr.map(|(percentile, bound)| {
        json!([metric(
            json!({"oneWayFdrPercentile": percent(percentile), "oneWayFdrObjective": time_duration(bound)})
        )])
    });
    put("oneWayFrameDelayRangePmMetric", fdr);
    let ifdv = level.ifdv.map(|(percentile, spacing, bound)| {
        json!([metric(json!({
            "timeDuration": time_duration(spacing),
            "oneWayIfdvPencentile": percent(percentile),
            "oneWayIfdvObjective": time_duration(bound),
        }))])
    });
    put("oneWayInterFrameDelayVariationPmMetric", ifdv);
    let loss = level.loss.map(|loss| json!([metric(json!({"oneWayFlrObjective": percent(loss)}))]));
    put("oneWayFrameLossRatioPmMetric", loss);
    let availability = level
        .availability
        .map(|share| json!([metric(json!({"oneWayAvailabilityObjective": percent(share)}))]));
    put("oneWayAvailabilityPmMetric", availability);

    let mut sls = json!({"startTime": design.requested_completion.to_string(), "slsCosNameEntry": [entry]});
    if let Some(window) = level.window {
        sls["timeDuration"] = time_duration(window);
    }
    sls
}

/// JSON merge patch (RFC 7396): objects are merged, `null` removes, everything else replaces.
fn merge(target: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    if let Some(target) = target.as_object_mut() {
        for (name, value) in patch {
            if value.is_null() {
                target.remove(name);
            } else {
                merge(target.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::LsoAccount;
    use crate::model::{Rates, ServiceId, Term, TermEnd, TermUnit, VlanId};

    fn profile(change: impl FnOnce(&mut Value)) -> Profile {
        let mut account = json!({
            "address": "http://127.0.0.1:1", "currency": "USD",
            "contacts": [{"role": "default", "name": "n", "email": "e@x", "phone": "1"}],
            "offerings": [{"product": "Epl", "id": "o-epl"}, {"product": "Evpl", "id": "o-evpl"}],
            "classesOfService": [{"name": "gold"}],
            "terms": [{"name": "m", "value": 1, "unit": "Month", "atEnd": "Renew"}],
        });
        change(&mut account);
        Profile::parse(&serde_json::from_value::<LsoAccount>(account).unwrap()).unwrap()
    }

    fn design(product: Product) -> Design {
        let end = |name: &str, vlan: Option<u16>| End {
            identifier: name.into(),
            uni: ServiceId(format!("uni-{name}")),
            vlan: vlan.and_then(VlanId::new),
        };
        let vlan = match product {
            Product::Epl => None,
            Product::Evpl => Some(210),
        };
        let rate = |committed: u64, peak| {
            Rate::new(Bandwidth::from_bits(committed), Some(Bandwidth::from_bits(peak)))
        };
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
            term: Term {
                name: "m".into(),
                value: 1,
                unit: TermUnit::Month,
                at_end: TermEnd::Renew,
                roll: None,
            },
            requested_completion: "2027-01-01T00:00:00Z".parse().unwrap(),
            purchase_order: None,
            end_customer: None,
        }
    }

    fn configuration_of(profile: &Profile, design: &Design) -> Value {
        added(profile, design, Function::Order).unwrap().product_configuration.unwrap()
    }

    #[test]
    fn an_evpl_is_written_as_its_schema_spells_it() {
        let product = added(&profile(|_| {}), &design(Product::Evpl), Function::Order).unwrap();
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
        let flow =
            &configuration["evcEndPointA"]["ingressBandwidthProfilePerClassofServiceName"][0]["bwpFlow"];
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
            configuration.get("availableMegLevel").is_none()
                && configuration.get("maximumFrameSize").is_none()
        );
        let quoted =
            added(&profile, &design(Product::Evpl), Function::Quote).unwrap().product_configuration.unwrap();
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
            assert_eq!(
                added(&profile, &design, Function::Order).unwrap_err().class,
                FailureClass::Misconfigured
            );
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
        let product = modified(&profile, &design(Product::Evpl), Function::Order, &current("gold")).unwrap();
        assert_eq!(product.id.as_deref(), Some("svc"));
        assert_eq!(product.product_offering.unwrap().id, "older");
        assert_eq!(product.product_relationship[0].relationship_type, "UNI_A");
        let configuration = product.product_configuration.unwrap();
        assert_eq!(configuration["availableMegLevel"], "5");
        assert_eq!(configuration["evcEndPointA"]["subscriberMegMip"], "2");
        assert_eq!(configuration["evcEndPointA"]["evcEndPointMap"]["vlanId"], json!([210]));
        assert!(configuration.get("carrierEthernetSls").is_some());

        let product =
            modified(&profile, &design(Product::Evpl), Function::Order, &current("silver")).unwrap();
        let configuration = product.product_configuration.unwrap();
        assert!(configuration.get("carrierEthernetSls").is_none());
        assert!(configuration["evcEndPointA"].get("egressMap").is_none());
    }
}
