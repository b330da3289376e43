//! How much an intent asks for, and how good it must be: bandwidth, delay, delay variation, loss, availability.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::text::{BandwidthText, DurationText, PercentText};

/// How much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct IntentBandwidth {
    /// The rate that is owed, and that objectives hold for.
    pub committed: BandwidthText,
    /// The highest rate; what is above committed is outside every objective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak: Option<BandwidthText>,
    /// Rates from the second end to the first, where they differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverse: Option<ReverseBandwidth>,
}

/// Rates from the second end to the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReverseBandwidth {
    /// The rate that is owed.
    pub committed: BandwidthText,
    /// The highest rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak: Option<BandwidthText>,
}

/// How good it must be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct IntentObjectives {
    /// Delay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<LatencyBound>,
    /// Delay variation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter: Option<JitterBound>,
    /// Loss.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<LossBound>,
    /// Availability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<AvailabilityBound>,
    /// What counts as good enough to buy; as the class says where absent, or else Contracted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept: Option<Accept>,
}

/// What counts as good enough to buy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Accept {
    /// The seller owes it.
    #[default]
    Contracted,
    /// It is to be expected, and nobody owes it.
    BestEffort,
}

/// Over which time an objective is evaluated. Not supported yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObjectiveWindow {
    /// Its length.
    pub length: DurationText,
    /// Whether it moves with time or follows the calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<WindowKind>,
}

/// How a window moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum WindowKind {
    /// With time.
    Rolling,
    /// With the calendar.
    Calendar,
}

/// A bound on delay: exactly one of roundTrip, oneWay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("has(self.roundTrip) != has(self.oneWay)").message("latency: state exactly one of roundTrip, oneWay"))]
#[serde(rename_all = "camelCase")]
pub struct LatencyBound {
    /// There and back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_trip: Option<DurationText>,
    /// Each direction by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_way: Option<DurationText>,
    /// The share of frames that must keep it; 99 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percentile: Option<PercentText>,
    /// Over which time. Not supported yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<ObjectiveWindow>,
}

/// How delay variation is measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum JitterKind {
    /// Inter-frame delay variation (MEF 10.4).
    #[default]
    IFDV,
    /// Frame delay range (MEF 10.4).
    FDR,
}

/// A bound on delay variation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct JitterBound {
    /// How it is measured.
    #[serde(default)]
    pub metric: JitterKind,
    /// The bound, one way.
    pub one_way: DurationText,
    /// The share of frames that must keep it; 99 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percentile: Option<PercentText>,
    /// Over which time. Not supported yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<ObjectiveWindow>,
}

/// A bound on loss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LossBound {
    /// Most frames lost, in percent.
    pub max_percent: PercentText,
    /// Over which time. Not supported yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<ObjectiveWindow>,
}

/// A bound on availability.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AvailabilityBound {
    /// Least time available, in percent.
    pub min_percent: PercentText,
    /// Over which time. Not supported yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<ObjectiveWindow>,
}
