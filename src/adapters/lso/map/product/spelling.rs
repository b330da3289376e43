//! How the product schemas of a connection spell what they have in common: `epl-evc` and `evpl-evc` one way, `access-eline-ovc`
//! another. The odd spellings are the schemas' own.

use serde_json::Value;

use crate::model::Product;

/// The names of attributes in a connection's configuration.
#[derive(Debug, PartialEq, Eq)]
pub struct Spelling {
    /// The list of classes of service.
    pub classes: &'static str,
    /// The two end points.
    pub end_points: [&'static str; 2],
    /// What an end point polices where frames enter.
    pub ingress: &'static str,
    /// What else at an end point names the class of service.
    pub by_class: &'static [&'static str],
    /// The smallest `maximumFrameSize`.
    pub least_frame: u32,
}

/// An EVC, from A to Z (MEF 10.4, section 8.10, for the frame).
pub const EVC: Spelling = Spelling {
    classes: "listOfCosNames",
    end_points: ["evcEndPointA", "evcEndPointZ"],
    ingress: "ingressBandwidthProfilePerClassofServiceName",
    by_class: &["egressBandwidthProfilePerClassofServiceName", "egressMap"],
    least_frame: 1522,
};

/// An OVC, from the UNI to the ENNI (MEF 26.2, section 12.6, for the frame).
pub const OVC: Spelling = Spelling {
    classes: "listOfClassOfServiceNames",
    end_points: ["uniEp", "enniEp"],
    ingress: "ingressBandwidthProfilePerClassOfServiceName",
    by_class: &["egressBwpPerEgressEquivalenceClassName", "egressEquivalenceClassIdentifier", "ovcEgressMap"],
    least_frame: 1526,
};

impl Spelling {
    /// That of a product.
    pub const fn of(product: Product) -> &'static Self {
        match product {
            Product::Epl | Product::Evpl => &EVC,
            Product::AccessEline => &OVC,
        }
    }

    /// That of a configuration, whoever wrote it.
    pub fn in_use(configuration: &Value) -> &'static Self {
        if OVC.end_points.iter().any(|name| configuration.get(name).is_some()) { &OVC } else { &EVC }
    }
}
