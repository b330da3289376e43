//! What may be bought: the offer that was chosen, what it was chosen with, and up to which amount the seller may be paid.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::api::text::{AmountText, CurrencyText};

/// The segments that were chosen together, and together are the connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SegmentChoice {
    /// Counts the choices that were made for the connection: the highest is the one that holds.
    #[schemars(range(min = 1, max = 1000000))]
    pub revision: i64,
    /// One path, or two that do not share their fate.
    #[schemars(length(min = 1, max = 2))]
    pub paths: Vec<SegmentPath>,
    /// Legs that sellers finally refused: they are planned around.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 1024)))]
    pub refused: Vec<String>,
}

impl SegmentChoice {
    /// The names of all segments, path by path.
    pub fn segments(&self) -> impl Iterator<Item = &String> {
        self.paths.iter().flat_map(|path| &path.segments)
    }
}

/// A chain of segments from the first end to the second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SegmentPath {
    /// Names of the segments, from the first end to the second.
    #[schemars(length(min = 1, max = 8), inner(length(min = 1, max = 64)))]
    pub segments: Vec<String>,
    /// What joins each segment to the next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 7))]
    pub joints: Vec<SegmentJoint>,
}

/// What joins two segments: exactly one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("has(self.interconnect) != has(self.transit)").message("joints: state exactly one of interconnect, transit"))]
#[serde(rename_all = "camelCase")]
pub struct SegmentJoint {
    /// An `Interconnect`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub interconnect: Option<String>,
    /// A `Site` with transit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub transit: Option<String>,
}

/// Up to which amounts the seller may be paid, net of tax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Authority {
    /// Currency of all amounts.
    pub currency: CurrencyText,
    /// Per month.
    pub monthly: AmountText,
    /// At once.
    pub one_time: AmountText,
    /// For leaving before the end of the term.
    pub termination: AmountText,
}

/// The offer that may be ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChosenOffer {
    /// The design that it is for.
    #[schemars(range(min = 1, max = 1000000))]
    pub revision: i64,
    /// The seller's id of the quote.
    #[schemars(length(min = 1, max = 128))]
    pub quote_id: String,
}
