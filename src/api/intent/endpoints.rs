//! What an intent connects: its ends, and what each is to the others.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an endpoint is to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EndpointRole {
    /// One of two equals.
    Peer,
    /// The centre: every spoke is joined to it.
    Hub,
    /// One of many around the centre. What passes between two spokes passes through the hub.
    Spoke,
}

/// One end of the connection: exactly one of site, workload, cloud, siteSelector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("(has(self.site) ? 1 : 0) + (has(self.workload) ? 1 : 0) + (has(self.cloud) ? 1 : 0) + (has(self.siteSelector) ? 1 : 0) == 1").message("endpoints: state exactly one of site, workload, cloud, siteSelector"))]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// Name of the end.
    #[schemars(length(min = 1, max = 45))]
    #[x_kube(validation = Rule::new("self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')").message("write a name in lower case letters, digits and dashes, such as gpus"))]
    pub name: String,
    /// What it is to the others; Peer where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<EndpointRole>,
    /// A `Site`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteName>,
    /// Pods. Not supported yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<WorkloadEndpoint>,
    /// A cloud's network. Not supported yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud: Option<CloudEndpoint>,
    /// Any of several sites. Not supported yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_selector: Option<SiteSelector>,
    /// VLAN at this end; without an id one is chosen from the port's pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vlan: Option<EndpointVlan>,
}

/// A `Site` by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SiteName {
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

/// Pods by label. Not supported yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadEndpoint {
    /// Name of the workload.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub kind: Option<String>,
}

/// A network of a cloud. Not supported yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct CloudEndpoint {
    /// Which cloud.
    #[schemars(length(min = 1, max = 63))]
    pub provider: String,
    /// Where.
    #[schemars(length(min = 1, max = 63))]
    pub region: String,
}

/// Sites by label. Not supported yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SiteSelector {
    /// Labels that a site must bear.
    #[schemars(schema_with = "crate::api::bounds::match_labels")]
    pub match_labels: std::collections::BTreeMap<String, String>,
}

/// VLAN of an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndpointVlan {
    /// VLAN id.
    #[schemars(range(min = 1, max = 4094))]
    pub id: i64,
}
