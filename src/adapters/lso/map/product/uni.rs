//! A UNI that is bought with a service (product schema `carrier-ethernet-subscriber-uni`).

use serde_json::json;

use super::super::super::profile::{Function, Profile};
use super::super::super::wire::{self, Place as WirePlace, Ref};
use super::super::address;
use super::merge;
use super::spelling::EVC;
use crate::api::LsoProduct;
use crate::model::{Design, NewUni, Place, Site};

/// The role of the one place that a UNI has (MEF 125).
const INSTALLED_AT: &str = "INSTALL_LOCATION";

/// The product of an `add`. It carries the one service that it is bought for.
pub fn added(profile: &Profile, design: &Design, uni: &NewUni, function: Function) -> wire::Product {
    let mut link = json!({"id": "1", "physicalLink": uni.physical_link});
    if let Some(connector) = uni.connector {
        link["uniConnectorType"] = json!(connector.name());
    }
    let frame = uni.frame_size.or(design.frame_size).unwrap_or_default().max(EVC.least_frame);
    let mut configuration = json!({
        "@type": profile.uni_urn(&uni.offering),
        "instantiation": "PHYSICAL",
        "listOfPhyLinks": [link],
        "linkAggregation": "NONE",
        "maximumServiceFrameSize": frame,
        "maximumNumberOfEndPoints": 1,
    });
    for overlay in profile.overlays(LsoProduct::SubscriberUni, function) {
        merge(&mut configuration, overlay);
    }
    wire::Product {
        product_offering: Some(Ref { id: uni.offering.clone() }),
        product_configuration: Some(configuration),
        place: vec![place(&uni.site)],
        ..wire::Product::default()
    }
}

fn place(site: &Site) -> WirePlace {
    let reference = |kind, id: &str| WirePlace::Reference { kind, role: INSTALLED_AT, id: id.to_owned() };
    match site {
        Site::Known(Place::Site(id)) => reference("GeographicSiteRef", id),
        Site::Known(Place::Address(id)) => reference("GeographicAddressRef", id),
        Site::At(postal) => WirePlace::Address { role: INSTALLED_AT, address: address::fielded(postal) },
    }
}
