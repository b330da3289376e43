//! The products of a request: an E-Line between two UNIs as `productConfiguration` writes it (product schemas `epl-evc` and
//! `evpl-evc`), and UNIs that are bought with it. The odd spellings are the schemas' own.

use serde_json::{Map, Value, json};

use super::super::profile::{Function, Profile};
use super::super::wire::{self, Ref, Relationship};
use super::{item_id, service_level, term};
use crate::api::LsoProduct;
use crate::model::{Bandwidth, Design, End, Failure, FailureClass, Product, Rate, Role, Uni};

mod uni;

/// The smallest `maximumFrameSize` that the schemas allow (MEF 10.4, section 8.10).
const LEAST_FRAME: u32 = 1522;
/// The longest identifier of an end point.
const IDENTIFIER: usize = 45;
/// Where an account states no burst size: this part of a second at the rate, and never less than two frames
/// (MEF 23.2 recommends at least two; one millisecond keeps TCP at speed and fits common hardware).
const BURSTS_PER_SECOND: u64 = 1_000;

/// One product of a request.
#[derive(Debug)]
pub struct Item {
    /// Which one it is.
    pub role: Role,
    /// The product.
    pub product: wire::Product,
    /// How it relates to other items of the request.
    pub related: Vec<Relationship>,
    /// For how long it is asked for.
    pub term: wire::ItemTerm,
}

/// The products of an `add`: the connection, and the UNIs that are bought with it.
pub fn added(profile: &Profile, design: &Design, function: Function) -> Result<Vec<Item>, Failure> {
    let mut items = vec![connection(profile, design, function)?];
    for (role, new) in design.new_unis() {
        items.push(Item {
            role,
            product: uni::added(profile, design, new, function),
            related: Vec::new(),
            term: term(new.term.as_ref().unwrap_or(&design.term))?,
        });
    }
    Ok(items)
}

/// The connection. A UNI that is there is named by its product, one that is asked for by its item.
fn connection(profile: &Profile, design: &Design, function: Function) -> Result<Item, Failure> {
    let offering = profile.offering(design.product)?;
    let mut configuration = configuration(profile, design, &offering.urn)?;
    for overlay in profile.overlays(sold_as(design.product), function) {
        merge(&mut configuration, overlay);
    }
    let (to_a, to_z) = &profile.relationships;
    let (mut to_products, mut to_items) = (Vec::new(), Vec::new());
    for (kind, role, end) in [(to_a, Role::UniA, &design.a), (to_z, Role::UniZ, &design.z)] {
        let relationship = |id: &str| Relationship { relationship_type: kind.clone(), id: id.to_owned() };
        match &end.uni {
            Uni::Existing(uni) => to_products.push(relationship(&uni.0)),
            Uni::New(_) => to_items.push(relationship(item_id(role))),
        }
    }
    let product = wire::Product {
        product_offering: Some(Ref { id: offering.id.clone() }),
        product_configuration: Some(configuration),
        product_relationship: to_products,
        ..wire::Product::default()
    };
    Ok(Item { role: Role::Evc, product, related: to_items, term: term(&design.term)? })
}

const fn sold_as(product: Product) -> LsoProduct {
    match product {
        Product::Epl => LsoProduct::Epl,
        Product::Evpl => LsoProduct::Evpl,
    }
}

/// The product of a `modify`: the connection alone, for where a UNI is and what it is made of never changes. It is the complete desired state (an attribute left out would be reset to its default), so what
/// the inventory shows with the new shape over it. Offering and relationships are repeated as they are.
pub fn modified(
    profile: &Profile,
    design: &Design,
    function: Function,
    current: &wire::inventory::Product,
) -> Result<Vec<Item>, Failure> {
    let Item { product: wanted, term, .. } = connection(profile, design, function)?;
    let mut configuration = current.product_configuration.clone().unwrap_or_else(|| json!({}));
    if configuration["listOfCosNames"] != json!([design.class_of_service]) {
        forget_class(&mut configuration);
    }
    if let Some(wanted) = &wanted.product_configuration {
        merge(&mut configuration, wanted);
    }
    for overlay in profile.overlays(sold_as(design.product), function) {
        merge(&mut configuration, overlay);
    }
    let relationships = &current.product_relationship;
    let product = wire::Product {
        id: Some(current.id.clone()),
        product_offering: current.product_offering.clone().or(wanted.product_offering),
        product_configuration: Some(configuration),
        product_relationship: if relationships.is_empty() {
            wanted.product_relationship
        } else {
            relationships.clone()
        },
        place: Vec::new(),
    };
    Ok(vec![Item { role: Role::Evc, product, related: Vec::new(), term }])
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
    if let Some(level) = service_level::copied(&profile.classes, design)? {
        configuration.insert("carrierEthernetSls".into(), json!([service_level::write(level, design)]));
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

/// JSON merge patch (RFC 7396): objects are merged, `null` removes, everything else replaces.
pub fn merge(target: &mut Value, patch: &Value) {
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
mod tests;
