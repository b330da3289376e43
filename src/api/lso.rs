//! The adapter block for sellers that speak MEF LSO: everything that differs from seller to seller, as data.
//!
//! Field by field this follows what an LSO order needs (MEF 87, 115, 116, 121, 123, 125) and what the interface leaves to
//! agreements outside it.

use std::collections::BTreeMap;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::text::{AmountText, BandwidthText, CurrencyText, DurationText, PercentText};

/// A seller that speaks MEF LSO, release Grace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("!self.address.startsWith('http://') || (has(self.allowPlainHttp) && self.allowPlainHttp) || self.address.matches('^http://(127[.]0[.]0[.]1|localhost|\\\\[::1\\\\])(:[0-9]{1,5})?(/.*)?$')").message("address must use https; plain http is possible to this machine only, or with allowPlainHttp: true").field_path(".address"),
    validation = Rule::new("!has(self.authentication.oauth2) || !self.authentication.oauth2.tokenUrl.startsWith('http://') || (has(self.allowPlainHttp) && self.allowPlainHttp) || self.authentication.oauth2.tokenUrl.matches('^http://(127[.]0[.]0[.]1|localhost|\\\\[::1\\\\])(:[0-9]{1,5})?(/.*)?$')").message("tokenUrl must use https; plain http is possible to this machine only, or with allowPlainHttp: true").field_path(".authentication.oauth2.tokenUrl"),
    validation = Rule::new("!self.offerings.exists(o, o.product == 'AccessEline') || self.role == 'ServiceProvider'").message("offerings: AccessEline is sold to service providers: state role: ServiceProvider").field_path(".offerings"),
    validation = Rule::new("self.classesOfService.size() > 0").message("classesOfService: state at least one class of service that the seller offers").field_path(".classesOfService")
)]
#[serde(rename_all = "camelCase")]
pub struct LsoAccount {
    /// Base address; the standard paths (`/mefApi/…`) follow it.
    #[schemars(length(min = 8, max = 512))]
    #[x_kube(validation = Rule::new("self.matches('^https?://[^/?#@]+(/[^?#]*)?$')").message("write an address such as https://lso.seller.example without user, query or fragment"))]
    pub address: String,
    /// Permits an address that is not encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_plain_http: Option<bool>,
    /// Who we are to the seller: a subscriber (Cantata) or a service provider (Sonata).
    #[serde(default)]
    pub role: LsoRole,
    /// How we identify ourselves.
    #[serde(default)]
    pub authentication: LsoAuthentication,
    /// Sent with every call, where we represent several buyers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub buyer_id: Option<String>,
    /// Sent with every call, where the other side represents several sellers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub seller_id: Option<String>,
    /// The billing account that orders are charged to (MEF 123 `billingAccount`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub billing_account_id: Option<String>,
    /// The agreement that orders refer to (MEF 123 `agreementName`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub agreement_name: Option<String>,
    /// People to name in requests, by LSO contact role; the entry `default` stands for every role without its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["role".into()]))]
    pub contacts: Vec<LsoContact>,
    /// What the seller sells.
    #[schemars(length(min = 1, max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["product".into()]))]
    pub offerings: Vec<LsoOffering>,
    /// Classes of service with what they promise, cheapest first. A name may stand several times, for several distances.
    #[schemars(length(max = 64))]
    pub classes_of_service: Vec<LsoClassOfService>,
    /// Committed rates that can be bought; absent means any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 128))]
    pub bandwidth_steps: Vec<BandwidthText>,
    /// Committed burst size in bytes (MEF 10.4 CBS); one millisecond at the rate where absent. Never sent below two frames.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub cbs: Option<i64>,
    /// Excess burst size in bytes (MEF 10.4 EBS); one millisecond at the rate where absent. Never sent below two frames.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub ebs: Option<i64>,
    /// Terms that can be bought; the first is taken where an intent states none.
    #[schemars(length(min = 1, max = 16))]
    pub terms: Vec<LsoTerm>,
    /// Attributes that the agreed profile demands beyond what an intent says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub attribute_overlay: Vec<LsoOverlay>,
    /// How qualifications are answered, and whether orders must refer to one.
    #[serde(default)]
    pub poq: LsoStage,
    /// How quotes are answered, and whether orders must refer to one.
    #[serde(default)]
    pub quote: LsoStage,
    /// Whether a quote can be ordered once only; false where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote_single_use: Option<bool>,
    /// Names of product relationships where the seller deviates from CONNECTS_TO_UNI_A and CONNECTS_TO_UNI_Z, and for an Access E-Line
    /// from CONNECTS_TO_UNI and CONNECTS_TO_ENNI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relationship_names: Option<LsoRelationshipNames>,
    /// What a disconnect item carries besides the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_item_shape: Option<LsoDeleteShape>,
    /// How far searches for orders can be trusted.
    #[serde(default)]
    pub search: LsoSearch,
    /// How long inventory may lag behind a completed order; 10m where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inventory_lag: Option<DurationText>,
    /// How long after a request's time-out it may still take effect at the seller; 1m where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_bound: Option<DurationText>,
    /// The longest time one call may take; 30s where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_timeout: Option<DurationText>,
    /// What a change of bandwidth does.
    #[serde(default)]
    pub modify: LsoModify,
    /// The seller translates VLAN ids, so that the two ends may differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vlan_translation: Option<bool>,
    /// The currency that the seller quotes in.
    pub currency: CurrencyText,
    /// From order to use, where the seller does not say it in a qualification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installation_interval: Option<DurationText>,
    /// Days on which the seller works; requested dates are moved to one. Absent means every day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<LsoCalendar>,
    /// What leaving before the end of the term costs. Absent means unknown: each such disconnect waits for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early_termination: Option<LsoEarlyTermination>,
    /// How long before its end a service must be cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disconnect_notice: Option<DurationText>,
    /// What the seller is asked to tell of, so that it is looked at at once. The credentials Secret needs a key `callbackToken` for it:
    /// 32 to 128 random letters, digits, dashes or underscores. Absent means nothing: everything is polled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notifications: Option<LsoNotifications>,
}

/// What the seller is asked to tell of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LsoNotifications {
    /// APIs of the seller that have a hub.
    #[schemars(length(min = 1, max = 3))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub apis: Vec<LsoHubApi>,
}

/// APIs that can have a hub for notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LsoHubApi {
    /// Qualification (MEF 87).
    Qualification,
    /// Quote (MEF 115).
    Quote,
    /// Order (MEF 123).
    Order,
}

/// Who we are to the seller.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LsoRole {
    /// A subscriber: LSO Cantata.
    #[default]
    Subscriber,
    /// A service provider: LSO Sonata.
    ServiceProvider,
}

/// How we identify ourselves: at most one of the blocks. None of them means that the seller asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("(has(self.oauth2) ? 1 : 0) + (has(self.bearer) ? 1 : 0) + (has(self.mutualTls) ? 1 : 0) <= 1").message("authentication: state at most one of oauth2, bearer, mutualTls"))]
#[serde(rename_all = "camelCase")]
pub struct LsoAuthentication {
    /// OAuth 2.0 client credentials; Secret keys `clientId` and `clientSecret`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth2: Option<LsoOauth2>,
    /// A static bearer token; Secret key `token`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bearer: Option<LsoBearer>,
    /// A client certificate; Secret keys `tls.crt` and `tls.key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mutual_tls: Option<LsoMutualTls>,
}

/// OAuth 2.0 client credentials (RFC 6749, section 4.4). A key `ca.crt` in the Secret is trusted besides the system's authorities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LsoOauth2 {
    /// The token endpoint.
    #[schemars(length(min = 8, max = 512))]
    #[x_kube(validation = Rule::new("self.matches('^https?://[^?#@]+$')").message("write the token endpoint as an address such as https://login.seller.example/oauth2/token"))]
    pub token_url: String,
    /// Scopes to ask for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 128)))]
    pub scopes: Vec<String>,
    /// Audience to ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub audience: Option<String>,
}

/// A static bearer token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LsoBearer {}

/// A client certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LsoMutualTls {}

/// Somebody the seller can call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LsoContact {
    /// LSO contact role, such as `buyerTechnicalContact`, or `default`.
    #[schemars(length(min = 1, max = 64))]
    pub role: String,
    /// Name.
    #[schemars(length(min = 1, max = 128))]
    pub name: String,
    /// E-mail address.
    #[schemars(length(min = 3, max = 254))]
    pub email: String,
    /// Telephone number.
    #[schemars(length(min = 1, max = 64))]
    pub phone: String,
    /// Organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub organization: Option<String>,
}

/// Products the operator knows how to buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LsoProduct {
    /// Ethernet Private Line.
    Epl,
    /// Ethernet Virtual Private Line.
    Evpl,
    /// Access E-Line, from a UNI to an ENNI. It is sold to service providers (Sonata), not to subscribers.
    AccessEline,
    /// A port of a service's own. Sites name its offerings; here it is listed for a schema or attributes that deviate.
    SubscriberUni,
}

/// One product as the seller sells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LsoOffering {
    /// Which product.
    pub product: LsoProduct,
    /// The seller's id of the offering (MEF 123 `productOffering.id`).
    #[schemars(length(min = 1, max = 128))]
    pub id: String,
    /// The product schema (`@type`), where the seller deviates from release Grace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub urn: Option<String>,
}

/// One class of service on one distance tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LsoClassOfService {
    /// The seller's name of it.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// The tier: up to this great-circle distance in kilometres. Absent means any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 40000))]
    pub max_km: Option<i64>,
    /// The tier: between these sites only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    pub site_pairs: Vec<LsoSitePair>,
    /// Whether a peak above the committed rate is sold in this class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eir: Option<bool>,
    /// What it promises.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sls: Option<LsoServiceLevel>,
}

/// Two sites, in any order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LsoSitePair {
    /// One site.
    #[schemars(length(min = 1, max = 253))]
    pub a: String,
    /// The other.
    #[schemars(length(min = 1, max = 253))]
    pub z: String,
}

/// Whether the service level goes with the order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LsoSend {
    /// It is copied into the product, number by number.
    Copy,
    /// It is not sent: the class name says it all.
    #[default]
    Never,
}

/// What a class of service promises, per direction (MEF 10.4, section 8.8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LsoServiceLevel {
    /// Whether it goes with the order; Never where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send: Option<LsoSend>,
    /// The agreement that owes these figures, where the order does not carry them. Neither this nor `send: Copy` means that nobody owes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub agreement: Option<String>,
    /// Over which time it is evaluated, such as 720h.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<DurationText>,
    /// One-way frame delay, per percentile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub frame_delay: Vec<LsoFrameDelay>,
    /// One-way inter-frame delay variation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ifdv: Option<LsoIfdv>,
    /// One-way frame delay range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fdr: Option<LsoFrameDelay>,
    /// One-way frame loss ratio in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flr_percent: Option<PercentText>,
    /// One-way availability in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability_percent: Option<PercentText>,
    /// Length of the intervals in seconds (Δt).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 3600))]
    pub delta_t: Option<i64>,
    /// Loss above which an interval counts as bad, 0 to 1, as a decimal in quotes (C).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16))]
    pub threshold_c: Option<String>,
    /// Bad intervals in a row that make unavailability (n).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub n: Option<i64>,
}

/// A delay at a percentile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LsoFrameDelay {
    /// The share of frames that keep it.
    pub percentile: PercentText,
    /// The bound, one way.
    pub one_way: DurationText,
}

/// A delay variation at a percentile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LsoIfdv {
    /// The share of frame pairs that keep it.
    pub percentile: PercentText,
    /// The time between the frames of a pair.
    pub spacing: DurationText,
    /// The bound, one way.
    pub value: DurationText,
}

/// Unit of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TermUnit {
    /// Calendar days.
    Day,
    /// Calendar months.
    Month,
    /// Calendar years.
    Year,
}

/// What happens when a term ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TermEnd {
    /// The same term starts again.
    #[default]
    Renew,
    /// The service goes on in steps of a shorter interval.
    Roll,
    /// The seller disconnects.
    Disconnect,
}

/// A term that can be bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("(self.atEnd == 'Roll') == has(self.rollMonths)").message("rollMonths belongs to atEnd: Roll, and only there"))]
#[serde(rename_all = "camelCase")]
pub struct LsoTerm {
    /// The seller's name of it (MEF 123 `requestedItemTerm.name`).
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// How many units.
    #[schemars(range(min = 1, max = 1200))]
    pub value: i64,
    /// Of which unit.
    pub unit: TermUnit,
    /// What happens at its end.
    pub at_end: TermEnd,
    /// By how many months it rolls on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 120))]
    pub roll_months: Option<i64>,
}

/// The business function of a request (MEF 106, attribute profile).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LsoFunction {
    /// Qualification.
    Poq,
    /// Quote.
    Quote,
    /// Order.
    ProductOrder,
    /// All of them.
    All,
}

/// Attributes that are merged into the product of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LsoOverlay {
    /// Of which product.
    pub product: LsoProduct,
    /// In which requests.
    pub function: LsoFunction,
    /// JSON merged (RFC 7396) over `productConfiguration`.
    #[schemars(schema_with = "super::bounds::any_object")]
    pub attributes: BTreeMap<String, Value>,
}

/// When an answer comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LsoDelivery {
    /// With the request.
    #[default]
    Immediate,
    /// Later.
    Deferred,
}

/// How a step before the order works.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LsoStage {
    /// When the answer comes.
    #[serde(default)]
    pub delivery: LsoDelivery,
    /// Whether an order must refer to it; true where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
}

/// Names of product relationships.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LsoRelationshipNames {
    /// To the UNI at the first end.
    #[schemars(length(min = 1, max = 64))]
    pub uni_a: String,
    /// To the UNI at the other end.
    #[schemars(length(min = 1, max = 64))]
    pub uni_z: String,
    /// To the UNI of an Access E-Line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub uni: Option<String>,
    /// To the ENNI of an Access E-Line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub enni: Option<String>,
}

/// What a disconnect item carries besides the product (MEF 123 R14 and R44 disagree).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LsoDeleteShape {
    /// The requested date.
    #[serde(default)]
    pub requested_completion_date: bool,
    /// The contacts.
    #[serde(default)]
    pub contacts: bool,
}

/// How far searches for orders can be trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LsoSearch {
    /// How long a new order may be missing from searches; 10s where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag: Option<DurationText>,
    /// Whether a search that finds nothing, after the lag, proves that there is nothing.
    #[serde(default)]
    pub reliable: bool,
}

/// Whether a change starts the term again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LsoTermRestarts {
    /// Every change does.
    #[default]
    Always,
    /// No change does.
    Never,
}

/// Whether less bandwidth can be had within a term.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LsoDecrease {
    /// No.
    #[default]
    Refused,
    /// Yes.
    Allowed,
}

/// What a change of a service does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LsoModify {
    /// Whether frames keep flowing.
    #[serde(default)]
    pub hitless: bool,
    /// Whether it starts the term again.
    #[serde(default)]
    pub term_restarts: LsoTermRestarts,
    /// Whether less bandwidth can be had.
    #[serde(default)]
    pub decrease: LsoDecrease,
    /// Least time between two changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_interval: Option<DurationText>,
    /// Most changes in a month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10000))]
    pub per_month: Option<i64>,
}

/// Days on which the seller works: Monday to Friday, but for holidays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LsoCalendar {
    /// Holidays, as dates: `2026-12-25`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 366), inner(length(max = 10)))]
    #[x_kube(validation = Rule::new("self.all(day, day.matches('^[0-9]{4}-[0-9]{2}-[0-9]{2}$'))").message("write holidays as dates, such as 2026-12-25"))]
    pub holidays: Vec<String>,
}

/// What leaving before the end of the term costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LsoEarlyTermination {
    /// Share of what is still due until the end of the term.
    pub percent_of_remaining: PercentText,
    /// A fixed sum besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<AmountText>,
}
