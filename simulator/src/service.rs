//! What a buyer asks for, parsed from the product part of an item: an E-Line between two UNIs, or between a UNI and an ENNI, or a new
//! UNI. The
//! same product part stands in qualification, quote and order (MEF 125 payloads, MEF LSO section on product
//! binding). Knows no prices and no load; whether it can be had is decided in [`crate::catalogue`].

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::refusal::Issue;
use crate::scenario::{Enni, ItemAction, PortMode, ProductType, Scenario, Uni, UnknownAttributes, VlanRange};
use crate::shape::{Wrong, products};

/// What one item asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Ask {
    Add(Product),
    Modify { product: String, wanted: Product },
    Delete { product: String },
}

impl Ask {
    pub(crate) fn action(&self) -> ItemAction {
        match self {
            Self::Add(_) => ItemAction::Add,
            Self::Modify { .. } => ItemAction::Modify,
            Self::Delete { .. } => ItemAction::Delete,
        }
    }

    /// What is to be there afterwards.
    pub(crate) fn wanted(&self) -> Option<&Product> {
        match self {
            Self::Add(wanted) | Self::Modify { wanted, .. } => Some(wanted),
            Self::Delete { .. } => None,
        }
    }

    /// The product that exists before.
    pub(crate) fn product(&self) -> Option<&str> {
        match self {
            Self::Add(_) => None,
            Self::Modify { product, .. } | Self::Delete { product } => Some(product),
        }
    }
}

/// A product, existing or wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Product {
    Line(Box<Line>),
    Port(Port),
}

impl Product {
    pub(crate) fn offering(&self) -> Option<&str> {
        match self {
            Self::Line(line) => Some(&line.offering),
            Self::Port(port) => port.offering.as_deref(),
        }
    }

    pub(crate) fn as_line(&self) -> Option<&Line> {
        match self {
            Self::Line(line) => Some(line),
            Self::Port(_) => None,
        }
    }
}

/// An E-Line: EPL, EVPL or Access E-Line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) product: ProductType,
    pub(crate) offering: String,
    pub(crate) classes: Vec<String>,
    pub(crate) max_frame_size: Option<u64>,
    /// A, then Z; the UNI, then the ENNI.
    pub(crate) ends: [End; 2],
    /// Distance tier between the sites; `None` when the seller does not connect them.
    pub(crate) tier: Option<String>,
}

impl Line {
    /// Committed bit/s of one class: the larger of both directions.
    pub(crate) fn committed(&self, class: &str) -> u64 {
        self.flows(class).map(|flow| flow.committed).max().unwrap_or(0)
    }

    /// Excess bit/s of one class: the larger of both directions.
    pub(crate) fn excess(&self, class: &str) -> u64 {
        self.flows(class).map(|flow| flow.excess).max().unwrap_or(0)
    }

    fn flows<'a>(&'a self, class: &'a str) -> impl Iterator<Item = &'a Flow> {
        let all = self.ends.iter().flat_map(|end| &end.flows);
        all.filter(move |(name, _)| name == class).map(|(_, flow)| flow)
    }

    /// Committed bit/s over all classes: the larger of both directions.
    pub(crate) fn committed_total(&self) -> u64 {
        self.larger_sum(|flow| flow.committed)
    }

    /// Committed and excess bit/s over all classes: the larger of both directions.
    pub(crate) fn peak_total(&self) -> u64 {
        self.larger_sum(|flow| flow.committed.saturating_add(flow.excess))
    }

    fn larger_sum(&self, rate: impl Fn(&Flow) -> u64) -> u64 {
        let sum = |end: &End| end.flows.iter().fold(0u64, |sum, (_, flow)| sum.saturating_add(rate(flow)));
        self.ends.iter().map(sum).max().unwrap_or(0)
    }

    /// Key of the site pair, the same for both directions.
    pub(crate) fn pair(&self) -> String {
        let mut sites = [self.ends[0].port.site.as_str(), self.ends[1].port.site.as_str()];
        sites.sort_unstable();
        sites.join("|")
    }

    /// The two ports are those of `other`.
    pub(crate) fn same_ports(&self, other: &Self) -> bool {
        self.ends.iter().zip(&other.ends).all(|(mine, theirs)| mine.at == theirs.at)
    }
}

/// One end of an E-Line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct End {
    /// Where the port comes from.
    pub(crate) at: PortRef,
    pub(crate) port: Port,
    pub(crate) identifier: Option<String>,
    /// VLAN ids; 0 is untagged and priority tagged frames. Empty on an EPL.
    pub(crate) vlans: BTreeSet<u16>,
    /// Ingress per class of service, as the configuration lists them.
    pub(crate) flows: Vec<(String, Flow)>,
}

/// An ingress bandwidth profile, bit/s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Flow {
    pub(crate) committed: u64,
    pub(crate) excess: u64,
}

/// The UNI or ENNI an E-Line connects to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PortRef {
    /// One in the inventory.
    Product(String),
    /// One that another item of the same request adds.
    Item(String),
}

/// A subscriber UNI, existing or wanted, or an ENNI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Port {
    pub(crate) site: String,
    pub(crate) offering: Option<String>,
    /// Carries one service with all frames; otherwise services are told apart by VLAN. `None`: whichever comes first.
    pub(crate) mode: Option<PortMode>,
    /// Bit/s.
    pub(crate) bandwidth: u64,
    pub(crate) max_end_points: u32,
    /// Ids that may be used; `None` is all.
    pub(crate) vlans: Option<VlanRange>,
    pub(crate) max_frame_size: u64,
    /// It is an ENNI.
    #[serde(default)]
    pub(crate) enni: bool,
}

impl From<&Enni> for Port {
    fn from(enni: &Enni) -> Self {
        Self {
            site: enni.site.clone(),
            offering: None,
            mode: Some(PortMode::Tagged),
            bandwidth: enni.bandwidth.0,
            max_end_points: enni.max_end_points,
            vlans: enni.s_vlans.clone(),
            max_frame_size: u64::from(enni.max_frame_size),
            enni: true,
        }
    }
}

impl From<&Uni> for Port {
    fn from(uni: &Uni) -> Self {
        Self {
            site: uni.site.clone(),
            offering: uni.offering.clone(),
            mode: Some(uni.mode),
            bandwidth: uni.bandwidth.0,
            max_end_points: uni.max_end_points,
            vlans: uni.vlans.clone(),
            max_frame_size: u64::from(uni.max_frame_size),
            enni: false,
        }
    }
}

/// How the product schema of an E-Line names its parts, end by end.
pub(crate) struct Words {
    /// The relationship types.
    pub(crate) relationships: [&'static str; 2],
    /// The attributes in the configuration.
    pub(crate) end_points: [&'static str; 2],
    /// For people.
    pub(crate) names: [&'static str; 2],
    /// The list of classes of service.
    pub(crate) classes: &'static str,
    /// The ingress profiles of an end.
    pub(crate) profiles: &'static str,
    /// The VLAN map of an end.
    pub(crate) vlan_map: &'static str,
}

/// MEF 125: `epl-evc`, `evpl-evc`.
const EVC: Words = Words {
    relationships: ["CONNECTS_TO_UNI_A", "CONNECTS_TO_UNI_Z"],
    end_points: ["evcEndPointA", "evcEndPointZ"],
    names: ["the UNI at A", "the UNI at Z"],
    classes: "listOfCosNames",
    profiles: "ingressBandwidthProfilePerClassofServiceName",
    vlan_map: "evcEndPointMap",
};

/// MEF 106: `access-eline-ovc`.
const OVC: Words = Words {
    relationships: ["CONNECTS_TO_UNI", "CONNECTS_TO_ENNI"],
    end_points: ["uniEp", "enniEp"],
    names: ["the UNI", "the ENNI"],
    classes: "listOfClassOfServiceNames",
    profiles: "ingressBandwidthProfilePerClassOfServiceName",
    vlan_map: "ovcEndPointMap",
};

/// The words for an E-Line of this kind.
pub(crate) fn words(product: ProductType) -> &'static Words {
    match product {
        ProductType::Epl | ProductType::Evpl | ProductType::SubscriberUni => &EVC,
        ProductType::AccessEline => &OVC,
    }
}

/// What kind of product a configuration is for.
pub(crate) fn product_type(scenario: &Scenario, configuration: &Value) -> Option<ProductType> {
    let urn = configuration["@type"].as_str()?;
    ProductType::ALL
        .into_iter()
        .find(|product| product.urn() == urn)
        .or_else(|| scenario.validation.type_aliases.get(urn).copied())
}

/// The relationship type that a name stands for.
pub(crate) fn relationship<'a>(scenario: &'a Scenario, name: &'a str) -> &'a str {
    scenario.validation.relationship_aliases.get(name).map_or(name, String::as_str)
}

/// What is wrong with the shape of a configuration, as far as the scenario wants to know. `path` is its JSON pointer.
pub(crate) fn shape_issues(
    scenario: &Scenario,
    product: ProductType,
    configuration: &Value,
    path: &str,
) -> Vec<Issue> {
    let validation = &scenario.validation;
    let heeded = |what: &Wrong| match what {
        Wrong::Unknown => validation.unknown_attributes == UnknownAttributes::Refuse,
        Wrong::Missing | Wrong::Format(_) | Wrong::Value(_) => validation.product_attributes,
    };
    let flaws = products::configuration(product).flaws(configuration, path);
    flaws.into_iter().filter(|flaw| heeded(&flaw.what)).map(Issue::from).collect()
}

/// Bit/s of an `InformationRate`.
pub(crate) fn bits(rate: &Value) -> Option<u64> {
    let value = rate["irValue"].as_f64()?;
    let unit = match rate["irUnits"].as_str()? {
        "BPS" => 1.0,
        "KBPS" => 1e3,
        "MBPS" => 1e6,
        "GBPS" => 1e9,
        "TBPS" => 1e12,
        _ => return None,
    };
    let bits = (value * unit).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be within range")]
    (0.0..=1e18).contains(&bits).then_some(bits as u64)
}

/// The end of an E-Line as its configuration describes it, without the port.
pub(crate) struct EndConfiguration {
    pub(crate) identifier: Option<String>,
    pub(crate) vlans: BTreeSet<u16>,
    pub(crate) flows: Vec<(String, Flow)>,
}

/// Reads one end. Every class of service needs a committed rate (MEF LSO pitfalls: the schema leaves it optional, an
/// order without it is of no use).
pub(crate) fn read_end(
    configuration: &Value,
    side: usize,
    product: ProductType,
    classes: &[String],
    path: &str,
) -> Result<EndConfiguration, Vec<Issue>> {
    let words = words(product);
    let end = &configuration[words.end_points[side]];
    let path = format!("{path}/{}", words.end_points[side]);
    let mut issues = Vec::new();
    let vlans = match read_vlans(end, product, side, &path) {
        Ok(vlans) => vlans,
        Err(issue) => {
            issues.push(issue);
            BTreeSet::new()
        }
    };
    let profiles_path = format!("{path}/{}", words.profiles);
    let profiles = end[words.profiles].as_array();
    issues.extend(class_map_issues(&end["ingressClassOfServiceMap"], classes, words, &path));
    if product == ProductType::AccessEline {
        issues.extend(access_class_map_issue(&end["ingressClassOfServiceMap"], side, &path));
    }
    let mut flows: Vec<(String, Flow)> = Vec::new();
    for (n, profile) in profiles.into_iter().flatten().enumerate() {
        let at = format!("{profiles_path}/{n}");
        let class = profile["classOfServiceName"].as_str().unwrap_or_default();
        if !classes.iter().any(|known| known == class) {
            let reason = format!("is not in {}", words.classes);
            issues.push(Issue::value(format!("{at}/classOfServiceName"), reason));
        }
        match read_flow(&profile["bwpFlow"], &format!("{at}/bwpFlow")) {
            Ok(_) if flows.iter().any(|(known, _)| known == class) => {
                issues.push(Issue::value(at, format!("class '{class}' appears twice")));
            }
            Ok(flow) => flows.push((class.to_owned(), flow)),
            Err(issue) => issues.push(issue),
        }
    }
    for class in classes {
        if !flows.iter().any(|(known, _)| known == class) && issues.is_empty() {
            issues.push(Issue::missing(&profiles_path, format!("no bandwidth profile for class '{class}'")));
        }
    }
    if !issues.is_empty() {
        return Err(issues);
    }
    let identifier = end["identifier"].as_str().map(str::to_owned);
    Ok(EndConfiguration { identifier, vlans, flows })
}

/// Frames may be mapped to the classes of the service, or dropped (MEF 10.4 section 10.5).
fn class_map_issues(map: &Value, classes: &[String], words: &Words, path: &str) -> Vec<Issue> {
    let path = format!("{path}/ingressClassOfServiceMap/map_M");
    let list = |value: &Value, name: &str| -> Vec<Value> {
        value.as_array().into_iter().flatten().map(|entry| entry[name].clone()).collect()
    };
    let names = match map["mapType"].as_str() {
        Some("ENDPOINT") => vec![map["map_M"].clone()],
        Some("C_TAG_PCP" | "S_TAG_PCP") => list(&map["map_M"], "pcpCosName"),
        Some("DSCP") => {
            let mut names = list(&map["map_M"]["dscpValueCoSList"], "cosName");
            names.extend(["otherIPv4", "otherIPv6", "notIP"].map(|other| map["map_M"][other].clone()));
            names
        }
        Some(_) | None => Vec::new(),
    };
    let strange = names.iter().filter_map(Value::as_str);
    let strange = strange.filter(|name| *name != "DISCARD" && !classes.iter().any(|class| class == name));
    strange.map(|name| Issue::value(&path, format!("'{name}' is not in {}", words.classes))).collect()
}

/// At an ENNI the class is told by the priority of the service's tag, at a UNI never (MEF 26.2 section 16.6).
fn access_class_map_issue(map: &Value, side: usize, path: &str) -> Option<Issue> {
    let by_s_tag = map["mapType"].as_str().map(|form| form == "S_TAG_PCP")?;
    let reason = match (side, by_s_tag) {
        (0, true) => "is for ENNIs",
        (1, false) => "must be S_TAG_PCP at an ENNI",
        (_, _) => return None,
    };
    Some(Issue::value(format!("{path}/ingressClassOfServiceMap/mapType"), reason))
}

fn read_vlans(end: &Value, product: ProductType, side: usize, path: &str) -> Result<BTreeSet<u16>, Issue> {
    let name = words(product).vlan_map;
    let map = &end[name];
    let path = format!("{path}/{name}");
    let listed = |list: &str| {
        let ids = map[list].as_array().into_iter().flatten();
        let ids: Option<BTreeSet<u16>> =
            ids.map(|id| id.as_u64().and_then(|id| u16::try_from(id).ok())).collect();
        ids.filter(|ids| !ids.is_empty() && ids.iter().all(|id| (1..=4094).contains(id)))
            .ok_or_else(|| Issue::value(format!("{path}/{list}"), "must list VLAN ids from 1 to 4094"))
    };
    if product == ProductType::AccessEline {
        let (form, list) = [("FORM_U", "ovcEndPointMapFormU"), ("FORM_E", "ovcEndPointMapFormE")][side];
        return match map["mapType"].as_str() {
            Some(found) if found == form => listed(list),
            Some(_) => Err(Issue::value(format!("{path}/mapType"), format!("must be {form} at this end"))),
            None => Err(Issue::missing(path, "an Access E-Line needs its VLANs at both ends")),
        };
    }
    match (product, map["vlanType"].as_str()) {
        (ProductType::Epl | ProductType::SubscriberUni | ProductType::AccessEline, None) => {
            Ok(BTreeSet::new())
        }
        (ProductType::Epl | ProductType::SubscriberUni | ProductType::AccessEline, Some(_)) => {
            Err(Issue::unexpected(path, "an EPL carries all frames of its UNI and has no VLAN map"))
        }
        (ProductType::Evpl, Some("UT/PT")) if map["vlanId"].is_null() => Ok(BTreeSet::from([0])),
        (ProductType::Evpl, Some("UT/PT")) => {
            Err(Issue::unexpected(format!("{path}/vlanId"), "goes with LIST only"))
        }
        (ProductType::Evpl, Some("LIST")) => listed("vlanId"),
        (ProductType::Evpl, Some(_)) => {
            Err(Issue::value(format!("{path}/vlanType"), "must be LIST or UT/PT"))
        }
        (ProductType::Evpl, None) => Err(Issue::missing(path, "an EVPL needs its VLANs at both ends")),
    }
}

fn read_flow(flow: &Value, path: &str) -> Result<Flow, Issue> {
    let rate = |name: &str| {
        let value = &flow[name];
        if value.is_null() {
            return Ok(None);
        }
        bits(value).map(Some).ok_or_else(|| Issue::value(format!("{path}/{name}"), "is not a usable rate"))
    };
    let committed = rate("cir")?.ok_or_else(|| Issue::missing(format!("{path}/cir"), "is required"))?;
    let excess = rate("eir")?.unwrap_or(0);
    let most_committed = rate("cirMax")?.unwrap_or(committed);
    let most_excess = rate("eirMax")?.unwrap_or(excess);
    if most_committed < committed {
        return Err(Issue::value(format!("{path}/cirMax"), "is below cir"));
    }
    if most_excess < excess {
        return Err(Issue::value(format!("{path}/eirMax"), "is below eir"));
    }
    let burst_missing = |name: &str| flow[name]["dataSizeValue"].as_i64().is_some_and(|size| size <= 0);
    if most_committed > 0 && burst_missing("cbs") {
        return Err(Issue::value(format!("{path}/cbs"), "must be above 0 when cir or cirMax is"));
    }
    if most_excess > 0 && burst_missing("ebs") {
        return Err(Issue::value(format!("{path}/ebs"), "must be above 0 when eir or eirMax is"));
    }
    Ok(Flow { committed, excess })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rates_are_decimal() {
        assert_eq!(bits(&json!({"irValue": 1.5, "irUnits": "GBPS"})), Some(1_500_000_000));
        assert_eq!(bits(&json!({"irValue": 2, "irUnits": "PBPS"})), None);
        assert_eq!(bits(&json!({"irValue": -1, "irUnits": "BPS"})), None);
    }

    #[test]
    fn vlan_maps_follow_the_product() {
        let list = json!({"evcEndPointMap": {"vlanType": "LIST", "vlanId": [210, 211]}});
        assert_eq!(read_vlans(&list, ProductType::Evpl, 0, "").unwrap(), BTreeSet::from([210, 211]));
        assert_eq!(read_vlans(&json!({}), ProductType::Epl, 0, "").unwrap(), BTreeSet::new());
        assert!(read_vlans(&list, ProductType::Epl, 0, "").is_err());
        assert!(read_vlans(&json!({}), ProductType::Evpl, 0, "").is_err());
        let mixed = json!({"evcEndPointMap": {"vlanType": "UT/PT", "vlanId": [1]}});
        assert_eq!(
            read_vlans(&mixed, ProductType::Evpl, 0, "/x").unwrap_err().path,
            "/x/evcEndPointMap/vlanId"
        );
        let none = json!({"evcEndPointMap": {"vlanType": "LIST", "vlanId": [0]}});
        assert!(read_vlans(&none, ProductType::Evpl, 0, "").is_err());
        let at_uni = json!({"ovcEndPointMap": {"mapType": "FORM_U", "ovcEndPointMapFormU": [210]}});
        assert_eq!(read_vlans(&at_uni, ProductType::AccessEline, 0, "").unwrap(), BTreeSet::from([210]));
        assert_eq!(
            read_vlans(&at_uni, ProductType::AccessEline, 1, "/x").unwrap_err().path,
            "/x/ovcEndPointMap/mapType"
        );
        assert!(read_vlans(&json!({}), ProductType::AccessEline, 1, "").is_err());
    }

    #[test]
    fn a_flow_needs_a_committed_rate_within_its_maximum() {
        let mbps = |value: u32| json!({"irValue": value, "irUnits": "MBPS"});
        let flow = read_flow(&json!({"cir": mbps(100), "cirMax": mbps(100), "eir": mbps(50)}), "").unwrap();
        assert_eq!(flow, Flow { committed: 100_000_000, excess: 50_000_000 });
        assert_eq!(read_flow(&json!({}), "/f").unwrap_err().path, "/f/cir");
        assert_eq!(
            read_flow(&json!({"cir": mbps(2), "cirMax": mbps(1)}), "/f").unwrap_err().path,
            "/f/cirMax"
        );
    }
}
