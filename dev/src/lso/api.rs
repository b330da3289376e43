//! Which LSO APIs are covered, under which base paths they are served and by whom.
//!
//! Knows names and majors only; what the operations look like is `openapi`'s matter.

use super::exchange::Side;

/// One API of the Sonata SDK. Cantata has the same files under its own majors, so one entry serves both.
#[derive(Debug)]
pub(super) struct Api {
    /// Path segment after the interface reference point.
    pub(super) name: &'static str,
    /// OpenAPI file, relative to the `sonata` directory of the specifications.
    pub(super) file: &'static str,
    /// Major version in Sonata paths.
    pub(super) sonata: u16,
    /// Major version in Cantata paths.
    pub(super) cantata: u16,
    /// The side that answers; the other one asks.
    pub(super) served_by: Side,
}

impl Api {
    const fn seller(name: &'static str, file: &'static str, sonata: u16, cantata: u16) -> Self {
        Self { name, file, sonata, cantata, served_by: Side::Seller }
    }

    const fn buyer(name: &'static str, file: &'static str, sonata: u16, cantata: u16) -> Self {
        Self { name, file, sonata, cantata, served_by: Side::Buyer }
    }
}

/// The covered APIs: MEF 121 address, MEF 87 qualification, MEF 115 quote, MEF 123 order, MEF 116
/// inventory, and the notification APIs the Buyer serves for them (inventory and address have none).
pub(super) static APIS: [Api; 8] = [
    Api::seller(
        "geographicAddressManagement",
        "productApi/serviceability/address/geographicAddressManagement.api.yaml",
        7,
        1,
    ),
    Api::seller(
        "productOfferingQualification",
        "productApi/serviceability/offeringQualification/productOfferingQualificationManagement.api.yaml",
        7,
        1,
    ),
    Api::buyer(
        "productOfferingQualificationNotification",
        "productApi/serviceability/offeringQualification/productOfferingQualificationNotification.api.yaml",
        7,
        1,
    ),
    Api::seller("quoteManagement", "productApi/quote/quoteManagement.api.yaml", 8, 2),
    Api::buyer("quoteNotification", "productApi/quote/quoteNotification.api.yaml", 8, 2),
    Api::seller("productOrderingManagement", "productApi/order/productOrderManagement.api.yaml", 10, 5),
    Api::buyer("productOrderingNotification", "productApi/order/productOrderNotification.api.yaml", 10, 5),
    Api::seller("productInventory", "productApi/inventory/productInventoryManagement.api.yaml", 7, 1),
];

/// The segment every LSO path goes through; a server may put a prefix before it.
pub(super) const ROOT: &str = "/mefApi/";

/// The API a path belongs to, and the rest of the path inside it, without a leading slash.
///
/// # Errors
/// A sentence that says which part of the path names nothing known.
pub(super) fn locate(path: &str) -> Result<(&'static Api, &str), String> {
    let (_, tail) = path.split_once(ROOT).ok_or_else(|| format!("the path has no {ROOT}"))?;
    let mut segments = tail.splitn(4, '/');
    let mut next = || segments.next().unwrap_or_default();
    let (reference_point, name, version, rest) = (next(), next(), next(), next());
    let api = APIS
        .iter()
        .find(|api| api.name == name)
        .ok_or_else(|| format!("no covered API is called {name:?}"))?;
    let major = match reference_point {
        "sonata" => api.sonata,
        "cantata" => api.cantata,
        other => return Err(format!("{other:?} is neither sonata nor cantata")),
    };
    if version == format!("v{major}") {
        Ok((api, rest))
    } else {
        Err(format!("{name} of {reference_point} is served as v{major}, not {version:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sonata_and_cantata_paths_lead_to_the_same_api() {
        let (sonata, rest) = locate("/shop/mefApi/sonata/quoteManagement/v8/quote/q-1").unwrap();
        assert_eq!((sonata.name, rest), ("quoteManagement", "quote/q-1"));
        let (cantata, _) = locate("/mefApi/cantata/quoteManagement/v2/quote").unwrap();
        assert_eq!(cantata.file, sonata.file);
    }

    #[test]
    fn a_wrong_major_name_or_reference_point_leads_nowhere() {
        assert!(locate("/mefApi/cantata/quoteManagement/v8/quote").unwrap_err().contains("v2"));
        assert!(locate("/mefApi/sonata/quotes/v8/quote").is_err());
        assert!(locate("/mefApi/legato/quoteManagement/v8/quote").is_err());
        assert!(locate("/quote").is_err());
    }
}
