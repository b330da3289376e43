//! `Interconnect`: where a leg of one service meets a leg of another.

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use super::provider::Consumers;
use super::text::{AmountText, BandwidthText, CurrencyText, DurationText, PercentText};

/// Where two services meet: two ports that are patched at a site.
#[derive(CustomResource, KubeSchema, Debug, Clone, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "naas.dev",
    version = "v1alpha1",
    kind = "Interconnect",
    plural = "interconnects",
    category = "naas",
    derive = "PartialEq",
    cel,
    doc = "Where two services meet: two ports that are patched at a site.",
    printcolumn(name = "Site", type_ = "string", json_path = ".spec.crossConnect.site"),
    printcolumn(name = "Ports", type_ = "string", json_path = ".spec.crossConnect.ports"),
    printcolumn(name = "Maintenance", type_ = "boolean", json_path = ".spec.maintenance"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct InterconnectSpec {
    /// Two ports of one site that are patched to each other.
    pub cross_connect: CrossConnect,
    /// Which namespaces may use it. Absent means nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumers: Option<Consumers>,
    /// Most bandwidth of one service across it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<BandwidthText>,
    /// Largest frame in octets, including the header and the frame check sequence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1522, max = 65535))]
    pub frame_size: Option<i64>,
    /// One-way delay across it; none where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<DurationText>,
    /// Share of time for which it can be used, in percent; where absent nothing is known, and nothing about availability can be
    /// promised across it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<PercentText>,
    /// What it costs us for each service across it. No order buys it: it counts where offers are compared, and in no budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<InterconnectCost>,
    /// What may fail together with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 128)))]
    pub risk_groups: Vec<String>,
    /// Nothing new is planned across it. What runs stays.
    #[serde(default)]
    pub maintenance: bool,
}

/// Two ports of one site that are patched to each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("self.ports[0] != self.ports[1]").message("ports: name two different ports of the site"))]
#[serde(rename_all = "camelCase")]
pub struct CrossConnect {
    /// Name of the `Site`.
    #[schemars(length(min = 1, max = 253))]
    pub site: String,
    /// Names of the two ports of the site, of one seller or of two; none of kind Enni, behind which there is nothing to be patched.
    #[schemars(length(min = 2, max = 2), inner(length(min = 1, max = 63)))]
    pub ports: Vec<String>,
}

/// What an interconnect costs us for each service across it, net of tax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct InterconnectCost {
    /// Currency of all amounts.
    pub currency: CurrencyText,
    /// Per month.
    pub monthly: AmountText,
    /// At once; nothing where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_time: Option<AmountText>,
}
