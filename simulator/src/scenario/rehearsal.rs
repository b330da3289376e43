//! What goes differently than usual: a rule says at which stage, for which requests, how often, and what happens.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::{Amount, Delay, Percent};

/// One rule. The first rule that fits and is not used up applies.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rehearsal {
    /// Name; unique, its uses are counted under it.
    pub name: String,
    /// At which stage.
    pub on: Stage,
    /// For which requests; absent means all.
    #[serde(default)]
    pub matching: Match,
    /// How many of these requests go as usual first.
    #[serde(default)]
    pub skip: u32,
    /// How often; absent means always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// What happens.
    #[serde(with = "serde_norway::with::singleton_map")]
    #[schemars(with = "Effect")]
    pub effect: Effect,
}

/// Where a rule applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Stage {
    Qualification,
    Quote,
    Order,
}

/// Which requests a rule is for: those for which everything given here fits at least one item.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Match {
    /// Item action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<ItemAction>,
    /// Offering id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offering: Option<String>,
    /// UNI product id at either end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uni: Option<String>,
    /// Start of the request's `externalId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id_prefix: Option<String>,
    /// The request's `projectId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
}

/// What an item does (LSO `ProductActionType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are the specification's and say it all")]
pub enum ItemAction {
    Add,
    Modify,
    Delete,
}

impl ItemAction {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Add, Self::Modify, Self::Delete].into_iter().find(|action| action.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Modify => "modify",
            Self::Delete => "delete",
        }
    }
}

/// What happens instead of the usual. `reject`, `unable` and `silent` fit every stage, `doubt` qualifications, `dearer`
/// quotes, and the others orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Effect {
    /// The request is turned down: qualification `terminatedWithError`, quote and order `rejected`.
    Reject {
        /// Why, as the seller says it.
        reason: String,
    },
    /// It cannot be had: qualification item red, quote `unableToProvide`, order `failed` instead of completed.
    Unable {
        /// Why, as the seller says it.
        reason: String,
        /// Only these order items fail, the others complete and the order ends `partial`. Empty means all.
        #[serde(default)]
        items: Vec<String>,
    },
    /// The qualification is yellow.
    Doubt {
        /// Why, as the seller says it.
        reason: String,
    },
    /// The offer is above the price list, recurring and once: after `skip: 1`, what is quoted again costs more.
    Dearer {
        /// How much.
        by: Percent,
    },
    /// Nothing is heard any more.
    Silent {
        /// From which state on.
        #[serde(default)]
        at: SilentAt,
    },
    /// The order is late: whenever it is due, the expected date moves and the seller adds a note.
    Slip {
        /// How far, each time.
        by: Delay,
        /// How often.
        #[serde(default = "once")]
        times: u32,
        /// The note.
        note: String,
    },
    /// A charge is raised once the order is accepted.
    Charge(Charge),
    /// The seller cancels the order on its own.
    SellerCancels {
        /// After the order was accepted.
        after: Delay,
        /// Why.
        reason: String,
    },
    /// A request to cancel the order is refused.
    RefusesCancel {
        /// Why.
        reason: String,
    },
    /// The bill is not what was agreed.
    Misbill {
        /// The recurring price as a multiple of the agreed one; 0 bills nothing.
        #[serde(default = "as_agreed")]
        recurring: Amount,
        /// How often what is due once is billed.
        #[serde(default = "once")]
        once: u32,
    },
}

fn as_agreed() -> Amount {
    Amount(rust_decimal::Decimal::ONE)
}

fn once() -> u32 {
    1
}

/// Where a seller falls silent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names are states of the specification")]
pub enum SilentAt {
    #[default]
    Acknowledged,
    InProgress,
}

/// What a charge is for (LSO `MEFPriceCategory`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are the specification's and say it all")]
pub enum ChargeCategory {
    Cancellation,
    Construction,
    Connection,
    Disconnect,
    Expedite,
    Other,
}

impl ChargeCategory {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cancellation => "cancellation",
            Self::Construction => "construction",
            Self::Connection => "connection",
            Self::Disconnect => "disconnect",
            Self::Expedite => "expedite",
            Self::Other => "other",
        }
    }
}

/// A one-off charge on the first item of an order (MEF 123, charges).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Charge {
    /// What for.
    pub category: ChargeCategory,
    /// How much.
    pub amount: Amount,
    /// Whether the item fails when the buyer declines.
    #[serde(default)]
    pub blocking: bool,
    /// The seller's note to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}
