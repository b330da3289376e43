//! How the seller works: time, access, strictness, and how each API answers.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::market::ProductType;
use super::values::{Amount, Delay, Percent};

/// How time runs. Dates on the wire are always real, because the buyer's clock is; what `speed` shortens is the
/// seller's work: a delay of `2d` takes two minutes at 1440.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClockSetting {
    /// How many times faster than written the seller works; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub speed: Option<u32>,
    /// Time stands still and is moved by `POST /control/clock`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manual: Option<ManualStart>,
}

/// A clock that is moved by hand.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManualStart {
    /// Its first reading.
    #[schemars(with = "String")]
    pub start: Timestamp,
}

/// Who may call. Without bearer tokens and without OAuth2, everybody; client certificates are asked for by the
/// server's flags.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Access {
    /// Static tokens that are accepted as `Authorization: Bearer`.
    #[serde(default)]
    pub bearer_tokens: BTreeSet<String>,
    /// Tokens from `POST /oauth2/token` (RFC 6749 section 4.4) are accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth2: Option<OAuthAccess>,
}

/// OAuth2 client credentials.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OAuthAccess {
    /// Who may ask for a token.
    pub clients: Vec<OAuthClient>,
    /// How long a token is valid.
    #[serde(default = "an_hour")]
    pub token_lifetime: Delay,
}

/// One OAuth2 client.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OAuthClient {
    /// Client id.
    pub id: String,
    /// All secrets that are valid; two while a rotation is rehearsed.
    pub secrets: BTreeSet<String>,
}

fn an_hour() -> Delay {
    Delay(jiff::SignedDuration::from_hours(1))
}

/// How strictly requests are read. Every layer can be switched off alone.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Validation {
    /// Requests must have the shape that the OpenAPI files demand: 400 `invalidBody`.
    pub envelope: bool,
    /// Requests must follow the rules that only the guides state, such as contact roles: 422.
    pub guide_rules: bool,
    /// Product configurations must have the shape that the product schemas demand: 422.
    pub product_attributes: bool,
    /// What happens to attributes that no specification names.
    pub unknown_attributes: UnknownAttributes,
    /// Further `@type` values that are understood, such as the obsolete URNs of the guides.
    pub type_aliases: BTreeMap<String, ProductType>,
    /// Further relationship types that are understood, each with the one it stands for.
    pub relationship_aliases: BTreeMap<String, String>,
}

impl Default for Validation {
    fn default() -> Self {
        Self {
            envelope: true,
            guide_rules: true,
            product_attributes: true,
            unknown_attributes: UnknownAttributes::Ignore,
            type_aliases: BTreeMap::new(),
            relationship_aliases: BTreeMap::new(),
        }
    }
}

/// What happens to attributes that no specification names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum UnknownAttributes {
    /// They are echoed and have no effect.
    #[default]
    Ignore,
    /// 422 `unexpectedProperty`.
    Refuse,
}

/// Days on which nobody works (UTC).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Calendar {
    /// Single days.
    #[schemars(with = "BTreeSet<String>")]
    pub holidays: BTreeSet<Date>,
    /// Days of every week.
    pub weekend: BTreeSet<Weekday>,
}

impl Default for Calendar {
    fn default() -> Self {
        Self { holidays: BTreeSet::new(), weekend: [Weekday::Saturday, Weekday::Sunday].into() }
    }
}

impl Calendar {
    /// Whether people work on this day.
    pub fn works(&self, day: Date) -> bool {
        !self.holidays.contains(&day) && !self.weekend.contains(&Weekday::from(day.weekday()))
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl From<jiff::civil::Weekday> for Weekday {
    fn from(day: jiff::civil::Weekday) -> Self {
        match day {
            jiff::civil::Weekday::Monday => Self::Monday,
            jiff::civil::Weekday::Tuesday => Self::Tuesday,
            jiff::civil::Weekday::Wednesday => Self::Wednesday,
            jiff::civil::Weekday::Thursday => Self::Thursday,
            jiff::civil::Weekday::Friday => Self::Friday,
            jiff::civil::Weekday::Saturday => Self::Saturday,
            jiff::civil::Weekday::Sunday => Self::Sunday,
        }
    }
}

/// When a qualification or quote is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Answering {
    /// As the buyer asks.
    #[default]
    AsAsked,
    /// Always in the answer to the request, even when the buyer did not ask for that.
    Immediate,
    /// Always later, even when the buyer asks for an immediate answer.
    Deferred,
}

/// How qualifications are answered (MEF 87).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Qualification {
    /// When.
    pub answer: Answering,
    /// Deferred: from `acknowledged` to `inProgress`.
    pub start_after: Delay,
    /// Deferred: from `inProgress` to the answer.
    pub answer_after: Delay,
    /// How long a result is guaranteed.
    pub guaranteed_for: Delay,
    /// Green turns yellow when a site pair would be used by more than this share of its capacity.
    pub yellow_above: Percent,
}

impl Default for Qualification {
    fn default() -> Self {
        Self {
            answer: Answering::AsAsked,
            start_after: seconds(1),
            answer_after: seconds(5),
            guaranteed_for: days(30),
            yellow_above: Percent(rust_decimal::Decimal::ONE_HUNDRED),
        }
    }
}

fn seconds(number: i64) -> Delay {
    Delay(jiff::SignedDuration::from_secs(number))
}

fn days(number: i64) -> Delay {
    Delay(jiff::SignedDuration::from_hours(24 * number))
}

/// How sure a price is (LSO `MEFSellerQuoteLevel`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum QuoteLevel {
    /// An indication; cannot be ordered.
    Budgetary,
    /// Recurring final, one-off may change.
    FirmSubjectToFeasibilityCheck,
    /// Committed.
    #[default]
    Firm,
}

/// How quotes are answered (MEF 115).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Quoting {
    /// When.
    pub answer: Answering,
    /// Deferred: from `acknowledged` to `inProgress`.
    pub start_after: Delay,
    /// Deferred: from `inProgress` to the answer.
    pub answer_after: Delay,
    /// The best level given; a budgetary request always gets a budgetary answer.
    pub level: QuoteLevel,
    /// How long an offer stands.
    pub valid_for: Delay,
    /// A quote can be ordered once.
    pub single_use: bool,
    /// Quote items must refer to a qualification.
    pub requires_qualification: bool,
}

impl Default for Quoting {
    fn default() -> Self {
        Self {
            answer: Answering::AsAsked,
            start_after: seconds(1),
            answer_after: seconds(5),
            level: QuoteLevel::Firm,
            valid_for: days(30),
            single_use: true,
            requires_qualification: false,
        }
    }
}

/// How orders are handled (MEF 123).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Ordering {
    /// Order items must refer to a quote (add and modify).
    pub requires_quote: bool,
    /// Order items must refer to a qualification (add and modify).
    pub requires_qualification: bool,
    /// From `acknowledged` to the verdict on the order.
    pub assess_after: Delay,
    /// From the verdict to completion.
    pub lead_times: LeadTimes,
    /// When items complete.
    pub completes: Completion,
    /// `requestedCompletionDate` must lie beyond the installation interval and on a working day.
    pub checks_requested_date: bool,
    /// How much too early a requested date may be.
    pub requested_date_grace: Delay,
    /// An early date is accepted when `expediteIndicator` is set.
    pub accepts_expedite: bool,
    /// When the buyer learns the product id.
    pub product_id_at: ProductIdAt,
    /// What may be set on the way, per item with action add.
    pub milestones: Vec<MilestoneAt>,
    /// What happens to a cancel request.
    pub cancel: CancelPolicy,
    /// Whether less bandwidth may be ordered.
    pub decrease: DecreaseRule,
    /// Whether a modify starts the term again.
    pub modify_restarts_term: TermRestart,
    /// How long before the end of a service a disconnect must be ordered; the service bills until then.
    pub disconnect_notice: Delay,
    /// The price of leaving before the term ends.
    pub termination_fee: TerminationFee,
    /// Charges and cancellations can be used; otherwise their operations answer 501.
    pub charges: bool,
    /// How long a buyer has to answer a charge.
    pub charge_response_time: Delay,
}

impl Default for Ordering {
    fn default() -> Self {
        Self {
            requires_quote: true,
            requires_qualification: false,
            assess_after: seconds(1),
            lead_times: LeadTimes::default(),
            completes: Completion::AfterLeadTime,
            checks_requested_date: false,
            requested_date_grace: seconds(300),
            accepts_expedite: false,
            product_id_at: ProductIdAt::InProgress,
            milestones: Vec::new(),
            cancel: CancelPolicy::default(),
            decrease: DecreaseRule::Allowed,
            modify_restarts_term: TermRestart::Never,
            disconnect_notice: Delay::default(),
            termination_fee: TerminationFee::default(),
            charges: true,
            charge_response_time: days(7),
        }
    }
}

/// From the verdict on an order to its completion.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LeadTimes {
    /// A new service.
    pub add: Delay,
    /// A change.
    pub modify: Delay,
    /// A disconnect, when no notice is longer.
    pub delete: Delay,
}

impl Default for LeadTimes {
    fn default() -> Self {
        Self { add: seconds(10), modify: seconds(5), delete: seconds(5) }
    }
}

/// When items complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Completion {
    /// As soon as the lead time is over.
    #[default]
    AfterLeadTime,
    /// On the requested date, or after the lead time if that is later.
    OnRequestedDate,
}

/// When the buyer learns the product id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ProductIdAt {
    /// As soon as the order is accepted; the product shows as `pendingActive`.
    #[default]
    InProgress,
    /// Only when the item is completed; until then the inventory shows nothing.
    Completion,
}

/// A milestone and when it is reached.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MilestoneAt {
    /// Name, such as `SITE_SURVEY_COMPLETE` (MEF 125).
    pub name: String,
    /// After the order was accepted.
    pub after: Delay,
    /// Note to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What happens to a cancel request.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CancelPolicy {
    /// The operations exist; otherwise they answer 501.
    pub supported: bool,
    /// Requests are refused for this reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuse: Option<String>,
    /// Cancelling costs this much; the buyer has to accept it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee: Option<Amount>,
    /// From the request to the verdict.
    pub assess_after: Delay,
    /// From `pendingCancellation` to `cancelled`.
    pub finish_after: Delay,
}

impl Default for CancelPolicy {
    fn default() -> Self {
        Self { supported: true, refuse: None, fee: None, assess_after: seconds(1), finish_after: seconds(1) }
    }
}

/// Whether less bandwidth may be ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DecreaseRule {
    /// Yes.
    #[default]
    Allowed,
    /// The order is rejected.
    Refused,
}

/// Whether a modify starts the term again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum TermRestart {
    Always,
    #[default]
    Never,
}

/// The price of leaving before the term ends.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TerminationFee {
    /// Share of the recurring price of the time that is left.
    pub share: Percent,
    /// How the buyer learns of it.
    pub shown: TerminationBasis,
}

/// How the buyer learns of a termination fee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TerminationBasis {
    /// As a blocking charge of category `disconnect` on the delete order.
    #[default]
    AsCharge,
    /// Only on the bill: it shows in the audit and nowhere in LSO.
    OnBill,
}

/// How the inventory follows (MEF 116).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Inventory {
    /// How long changes take to show.
    pub lag: Delay,
    /// Terminated and cancelled products vanish after this time; absent means never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vanish_after: Option<Delay>,
    /// The fixed SLS is added to the configuration when the buyer did not send it.
    pub shows_sls: bool,
}

impl Default for Inventory {
    fn default() -> Self {
        Self { lag: Delay::default(), vanish_after: None, shows_sls: true }
    }
}

/// How lists are paged and filtered.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Lists {
    /// Most entries per page; a longer page is throttled.
    #[schemars(range(min = 1))]
    pub page_limit: u32,
    /// `X-Total-Count` is sent; otherwise only `X-Pagination-Throttled` tells that there is more.
    pub total_count: bool,
    /// An inventory list with more matches is refused: 422 `tooManyRecords`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub too_many_records: Option<u32>,
    /// Query parameters that are silently ignored, such as `externalId`.
    pub ignored_filters: BTreeSet<String>,
    /// How long a new order is missing from lists; it can be read by id at once.
    pub order_search_lag: Delay,
}

impl Default for Lists {
    fn default() -> Self {
        Self {
            page_limit: 100,
            total_count: true,
            too_many_records: None,
            ignored_filters: BTreeSet::new(),
            order_search_lag: Delay::default(),
        }
    }
}
