//! What must hold about who and where, and whether one failure may interrupt it.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What must hold about who and where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Constraints {
    /// About sellers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub providers: Option<ProviderConstraint>,
    /// Where data may pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdictions: Option<JurisdictionConstraint>,
    /// Whether it must be encrypted. Anything but None is not supported yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Encryption>,
}

/// About sellers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderConstraint {
    /// Never through these providers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 253)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub deny: Vec<String>,
}

/// Where data may pass.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct JurisdictionConstraint {
    /// Only through these countries, as sites' addresses name them: best by ISO 3166-1 alpha-2 codes. Every site on the way and every
    /// country of the sellers' networks must be among them; what nobody states is not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 64)))]
    pub allow: Vec<String>,
}

/// Whether it must be encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Encryption {
    /// It need not.
    None,
    /// By the provider. Not supported yet.
    Provider,
    /// By an overlay of ours. Not supported yet.
    Overlay,
}

/// Whether one failure may interrupt it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("!has(self.separatePorts) || self.mode == 'DiversePath'").message("separatePorts belongs to mode DiversePath: two providers never share a port").field_path(".separatePorts"))]
#[serde(rename_all = "camelCase")]
pub struct Resilience {
    /// How.
    pub mode: ResilienceMode,
    /// Whether the two paths must have no port in common at their ends; they may share one where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separate_ports: Option<bool>,
}

/// How one failure is survived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ResilienceMode {
    /// It is not.
    None,
    /// Two services, on paths that share no known risk, and no place, interconnect or leg between their ends.
    DiversePath,
    /// Two services, of which no seller has a part in both.
    DiverseProvider,
}
