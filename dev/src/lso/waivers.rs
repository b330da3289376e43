//! Where the specification files are not taken at their word, and why. Nothing else is waived.
//!
//! The patches change copies in memory, never the files. A patch whose place is gone fails the load: the
//! files have changed, and this table has to be looked at again.
//!
//! Two more rules live in the checks themselves, for they concern HTTP and not a schema: a status of RFC
//! 7231 or RFC 6585 which any server may answer (408, 429, 5xx) is a note and not a violation, and request
//! media type `*/*` (five order notifications) accepts any.

use serde_json::{Value, json};

/// A change of one place in one file.
pub(super) struct Patch {
    /// File, relative to the `sonata` directory.
    pub(super) file: &'static str,
    /// JSON pointer of the object that changes.
    pub(super) object: &'static str,
    change: Change,
    /// The reason, for people.
    pub(super) why: &'static str,
}

enum Change {
    /// Take this name out of `required`.
    Unrequire(&'static str),
    /// Remove this key.
    Remove(&'static str),
    /// Point `$ref` elsewhere.
    Refer(&'static str),
    /// Accept a date as well as a date-time.
    DateOrDateTime,
}

/// Demands that nobody can meet, and mistakes that change what a schema says.
pub(super) static PATCHES: [Patch; 5] = [
    Patch {
        file: "productApi/order/productOrderManagement.api.yaml",
        object: "/components/schemas/CancelProductOrder_Find",
        change: Change::Unrequire("cancellationReasonType"),
        why: "optional when the Buyer creates the request, so a list cannot always have it",
    },
    Patch {
        file: "productApi/serviceability/offeringQualification/productOfferingQualificationManagement.api.yaml",
        object: "/components/schemas/ProductOfferingQualification_Find/properties/requestedPOQCompletionDate",
        change: Change::DateOrDateTime,
        why: "a date in the list, a date-time everywhere else: both are accepted",
    },
    Patch {
        file: "productSchema/carrierEthernet/operatorEthernet/accessEline/accessElineOvc.yaml",
        object: "/definitions/AccessElineOvcEndPoint",
        change: Change::Remove("properties"),
        why: "`properties` is null, which is no schema",
    },
    Patch {
        file: "productSchema/carrierEthernet/operatorEthernet/operatorEthernetCommon/ovcEgressMaps.yaml",
        object: "/definitions/PcpFromCosDeiFromCosColor/properties/cnPcpCcDeiEntries/items",
        change: Change::Refer("#/definitions/CnPcpCcDei"),
        why: "the entries refer to the map that holds them",
    },
    Patch {
        file: "productSchema/carrierEthernet/carrierEthernetCommon/carrierEthernetServiceLevelSpecification.yaml",
        object: "/definitions/SlsCosNameEntry/properties/oneWayGroupAvailabilityPmMetric/items",
        change: Change::Refer("#/definitions/OneWayGroupAvailabilityPmMetric"),
        why: "refers to the plain availability metric, beside the type of its name",
    },
];

impl Patch {
    /// Changes `document`, or says with `None` that the place to change is not there.
    pub(super) fn apply(&self, document: &mut Value) -> Option<()> {
        let object = document.pointer_mut(self.object)?.as_object_mut()?;
        match self.change {
            Change::Unrequire(name) => {
                let required = object.get_mut("required")?.as_array_mut()?;
                let index = required.iter().position(|entry| entry == name)?;
                required.remove(index);
            }
            Change::Remove(key) => {
                object.remove(key)?;
            }
            Change::Refer(target) => {
                *object.get_mut("$ref")? = json!(target);
            }
            Change::DateOrDateTime => {
                object.remove("format")?;
                object.insert("anyOf".to_owned(), json!([{"format": "date"}, {"format": "date-time"}]));
            }
        }
        Some(())
    }
}
