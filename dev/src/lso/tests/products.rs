//! Product configurations inside orders.

use http::StatusCode;
use serde_json::{Value, json};

use super::{assert_clean, assert_only, sample::*, specifications};
use crate::lso::{Exchange, Kind, Side};

const AT: &str = "/productOrderItem/0/product/productConfiguration";

fn ordering(configuration: Value) -> Exchange {
    let mut request = order_request();
    request["productOrderItem"][0]["product"]["productConfiguration"] = configuration;
    post(ORDER, "/productOrder", request).response(StatusCode::CREATED, order())
}

fn wrong(change: impl FnOnce(&mut Value), kind: Kind, at: &str) {
    let Some(specs) = specifications() else { return };
    let mut configuration = access_eline();
    change(&mut configuration);
    assert_only(specs, &ordering(configuration), Side::Buyer, kind, &format!("{AT}{at}"));
}

#[test]
fn a_whole_access_eline_is_accepted() {
    let Some(specs) = specifications() else { return };
    assert_clean(specs, &ordering(access_eline()));
}

#[test]
fn the_schema_of_the_type_is_enforced_across_files() {
    wrong(|ovc| drop(ovc.as_object_mut().unwrap().remove("enniEp")), Kind::Schema, "");
    wrong(|ovc| ovc["maximumFrameSize"] = json!(1500), Kind::Schema, "/maximumFrameSize");
    let rate = "/uniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow/cir/irUnits";
    wrong(|ovc| *ovc.pointer_mut(rate).unwrap() = json!("GBIT"), Kind::Schema, rate);
    wrong(
        |ovc| ovc["uniEp"]["ovcEndPointMap"]["mapType"] = json!("FORM_E"),
        Kind::UnknownProperty,
        "/uniEp/ovcEndPointMap/ovcEndPointMapFormU",
    );
    wrong(
        |ovc| ovc["carrierEthernetSls"][0]["startTime"] = json!("May 2024"),
        Kind::Schema,
        "/carrierEthernetSls/0/startTime",
    );
}

#[test]
fn misspelt_attributes_are_found_at_any_depth() {
    wrong(|ovc| ovc["cosNames"] = json!(["gold"]), Kind::UnknownProperty, "/cosNames");
    let flow = "/uniEp/ingressBandwidthProfilePerClassOfServiceName/0/bwpFlow";
    wrong(
        |ovc| ovc.pointer_mut(flow).unwrap()["cirmax"] = json!({}),
        Kind::UnknownProperty,
        &format!("{flow}/cirmax"),
    );
    // `deiGeen` is the (misspelt) name in CC_DEI; in this map the name is `deiGreen`.
    let entry = "/uniEp/ovcEgressMap/0/cnPcpCcDeiEntries/0";
    wrong(
        |ovc| ovc.pointer_mut(entry).unwrap()["deiGeen"] = json!("0"),
        Kind::UnknownProperty,
        &format!("{entry}/deiGeen"),
    );
}

#[test]
fn a_one_of_that_nothing_fits_names_the_closest_branch() {
    let Some(specs) = specifications() else { return };
    for (end, form) in [("uniEp", "ovcEndPointMapFormU"), ("enniEp", "ovcEndPointMapFormE")] {
        let mut configuration = access_eline();
        configuration[end]["ovcEndPointMap"][form] = json!([5000]);
        let verdict = specs.check(&ordering(configuration));
        let [only] = verdict.violations.as_slice() else { panic!("{verdict:#?}") };
        assert_eq!((only.kind, &only.at), (Kind::Schema, &format!("{AT}/{end}/ovcEndPointMap")));
        assert!(only.what.contains("5000"), "{}", only.what);
    }
}

#[test]
fn types_that_no_file_has() {
    wrong(
        |ovc| ovc["@type"] = json!("urn:mef:lso:spec:sonata:AccessElineOvc:1.0.0:order"),
        Kind::UnknownType,
        "/@type",
    );
}

#[test]
fn the_seller_is_held_to_the_product_schema_too() {
    let Some(specs) = specifications() else { return };
    let mut product = inventory_product();
    product["productConfiguration"]["maximumServiceFrameSize"] = json!("9018");
    let exchange = get(INVENTORY, "/product/product-1").response(StatusCode::OK, product);
    assert_only(
        specs,
        &exchange,
        Side::Seller,
        Kind::Schema,
        "/productConfiguration/maximumServiceFrameSize",
    );
}
