//! The products of a request: an E-Line between two UNIs as `productConfiguration` writes it (product schemas `epl-evc` and
//! `evpl-evc`) or one between a UNI and an ENNI (`access-eline-ovc`), and UNIs that are bought with it.

use serde_json::{Map, Value, json};

use super::super::profile::{Function, Profile};
use super::super::wire::{self, Ref, Relationship};
use super::{item_id, service_level, term};
use crate::api::LsoProduct;
use crate::model::{Bandwidth, Design, End, Failure, FailureClass, Interface, Product, Rate, Role};

mod spelling;
mod uni;

pub use spelling::Spelling;

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
    let names = &profile.relationships;
    let (mut to_products, mut to_items) = (Vec::new(), Vec::new());
    for (kind, role, end) in [(&names.uni_a, Role::UniA, &design.a), (&names.uni_z, Role::UniZ, &design.z)] {
        let kind = match (design.product, &end.interface) {
            (Product::Epl | Product::Evpl, _) => kind,
            (Product::AccessEline, Interface::Enni(_)) => &names.enni,
            (Product::AccessEline, Interface::Uni(_) | Interface::NewUni(_)) => &names.uni,
        };
        let relationship = |id: &str| Relationship { relationship_type: kind.clone(), id: id.to_owned() };
        match &end.interface {
            Interface::Uni(id) | Interface::Enni(id) => to_products.push(relationship(&id.0)),
            Interface::NewUni(_) => to_items.push(relationship(item_id(role))),
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
        Product::AccessEline => LsoProduct::AccessEline,
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
    let spelling = Spelling::of(design.product);
    if configuration[spelling.classes] != json!([design.class_of_service]) {
        forget_class(&mut configuration, spelling);
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
fn forget_class(configuration: &mut Value, spelling: &Spelling) {
    if let Some(attributes) = configuration.as_object_mut() {
        attributes.remove("carrierEthernetSls");
    }
    for end_point in spelling.end_points {
        if let Some(attributes) = configuration.get_mut(end_point).and_then(Value::as_object_mut) {
            for name in spelling.by_class {
                attributes.remove(*name);
            }
        }
    }
}

/// The product of a `delete`: its id alone (MEF 123 R44).
pub fn deleted(id: &str) -> wire::Product {
    wire::Product { id: Some(id.to_owned()), ..wire::Product::default() }
}

fn configuration(profile: &Profile, design: &Design, urn: &str) -> Result<Value, Failure> {
    let spelling = Spelling::of(design.product);
    let mut configuration = Map::new();
    configuration.insert("@type".into(), json!(urn));
    configuration.insert(spelling.classes.into(), json!([design.class_of_service]));
    if let Some(frame) = design.frame_size {
        configuration.insert("maximumFrameSize".into(), json!(frame.max(spelling.least_frame)));
    }
    if design.product == Product::AccessEline {
        // One tag at each end, with the id of that end: the customer's is taken off towards the ENNI and put on towards the UNI.
        configuration.insert("ceVlanIdPreservation".into(), json!("STRIP"));
    }
    for (name, (end, rate)) in spelling.end_points.into_iter().zip(ends(design)?) {
        configuration.insert(name.into(), end_point(profile, design, end, rate)?);
    }
    if let Some(level) = service_level::copied(&profile.classes, design)? {
        configuration.insert("carrierEthernetSls".into(), json!([service_level::write(level, design)]));
    }
    Ok(Value::Object(configuration))
}

/// The two ends in the order of the schema, each with what it polices: from A to Z, or from the UNI to the ENNI.
fn ends(design: &Design) -> Result<[(&End, Rate); 2], Failure> {
    let (a, z) = ((&design.a, design.rates.a_to_z), (&design.z, design.rates.z_to_a));
    let refuse = |why: &str| Err(Failure::new(FailureClass::Invalid, why));
    match (design.product, &design.a.interface, &design.z.interface) {
        (Product::AccessEline, Interface::Uni(_), Interface::Enni(_))
        | (
            Product::Epl | Product::Evpl,
            Interface::Uni(_) | Interface::NewUni(_),
            Interface::Uni(_) | Interface::NewUni(_),
        ) => Ok([a, z]),
        (Product::AccessEline, Interface::Enni(_), Interface::Uni(_)) => Ok([z, a]),
        (Product::AccessEline, ..) => refuse("an Access E-Line runs between a UNI that is there and an ENNI"),
        (Product::Epl | Product::Evpl, Interface::Enni(_), _)
        | (Product::Epl | Product::Evpl, _, Interface::Enni(_)) => {
            refuse("an E-Line runs between two UNIs: at an ENNI an Access E-Line ends")
        }
    }
}

fn end_point(profile: &Profile, design: &Design, end: &End, rate: Rate) -> Result<Value, Failure> {
    let refuse = |why: String| Err(Failure::new(FailureClass::Invalid, why));
    let identifier = &end.identifier;
    if identifier.is_empty() || identifier.chars().count() > IDENTIFIER {
        return refuse(format!(
            "the end point identifier `{identifier}` must have 1 to {IDENTIFIER} characters"
        ));
    }
    let class = &design.class_of_service;
    let spelling = Spelling::of(design.product);
    let frame = design.frame_size.unwrap_or_default().max(spelling.least_frame);
    let at_enni = matches!(end.interface, Interface::Enni(_));
    let mut point = json!({
        "identifier": identifier,
        "ingressClassOfServiceMap": if at_enni { every_priority(class) } else { json!({"mapType": "ENDPOINT", "map_M": class}) },
        spelling.ingress: [{"classOfServiceName": class, "bwpFlow": flow(profile, frame, rate)}],
    });
    match (design.product, end.vlan) {
        (Product::Epl, None) => {}
        (Product::Evpl, Some(vlan)) => {
            point["evcEndPointMap"] = json!({"vlanType": "LIST", "vlanId": [vlan.get()]});
        }
        (Product::AccessEline, Some(vlan)) if at_enni => {
            point["ovcEndPointMap"] = json!({"mapType": "FORM_E", "ovcEndPointMapFormE": [vlan.get()]});
        }
        (Product::AccessEline, Some(vlan)) => {
            point["ovcEndPointMap"] = json!({"mapType": "FORM_U", "ovcEndPointMapFormU": [vlan.get()]});
        }
        (Product::Epl, Some(_)) => {
            return refuse(format!("a port-based service has no VLAN at its end `{identifier}`"));
        }
        (Product::Evpl | Product::AccessEline, None) => {
            return refuse(format!("a VLAN-based service needs a VLAN at its end `{identifier}`"));
        }
    }
    Ok(point)
}

/// All frames of an ENNI in one class: there it is told by the priority of the service's tag alone (MEF 26.2, section 16.6).
fn every_priority(class: &str) -> Value {
    let entries = (0..8).map(|priority: u8| json!({"pcpVal": priority.to_string(), "pcpCosName": class}));
    json!({"mapType": "S_TAG_PCP", "map_M": entries.collect::<Vec<_>>()})
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
