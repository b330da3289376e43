//! How a seller misbehaves: a fault says on which calls, when, and what goes wrong with them.
//!
//! Data only. Which fault strikes a call is decided in `faults`, and done in `http` and `hub`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::values::{Delay, Percent};

/// One fault. The first of the list that strikes a call has it; those after it do not count that call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// Name; unique, its strikes are counted under it.
    pub name: String,
    /// Which calls, such as `order.create`; `any` is every call that what goes wrong can go wrong with.
    #[serde(default)]
    pub on: On,
    /// How many of these calls it lets pass first.
    #[serde(default)]
    pub skip: u32,
    /// Which of the calls after those it strikes.
    #[serde(default, with = "serde_norway::with::singleton_map")]
    #[schemars(with = "When")]
    pub when: When,
    /// What goes wrong.
    #[serde(with = "serde_norway::with::singleton_map")]
    #[schemars(with = "Misconduct")]
    pub does: Misconduct,
}

/// Which calls a fault strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum When {
    /// All.
    #[default]
    Always,
    /// The next so many, and none after.
    Next(u32),
    /// Each with this chance. The same seed strikes the same calls, counted from the first.
    Chance {
        /// How likely.
        percent: Percent,
        /// Any number.
        seed: u64,
    },
}

/// What goes wrong. Delays named `by` are of the seller's clock, save that of `slow`; `hold` and `slow` are real time,
/// at most a minute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Misconduct {
    /// The call takes effect, and the connection is cut without an answer.
    AnswerLost {
        /// Half of the answer's body is sent first.
        #[serde(default)]
        after_half: bool,
        /// How long the connection stays open and mute before it is cut.
        #[serde(default)]
        hold: Delay,
    },
    /// The connection is cut, and the call has no effect.
    RequestLost {
        /// How long the connection stays open and mute before it is cut.
        #[serde(default)]
        hold: Delay,
    },
    /// The connection is cut, and the call takes effect later: an order is taken only then.
    EffectDelayed {
        /// How much later.
        by: Delay,
        /// What stands against an order by then counts: its quote was ordered meanwhile, its VLAN is in use.
        #[serde(default)]
        rechecks: bool,
        /// How long the connection stays open and mute before it is cut.
        #[serde(default)]
        hold: Delay,
    },
    /// An error, before the call takes effect or although it took effect.
    Status {
        /// HTTP status, 400 to 599.
        code: u16,
        /// `Retry-After`, in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u32>,
        /// The call takes effect all the same.
        #[serde(default)]
        after_effect: bool,
    },
    /// The answer takes its time.
    Slow {
        /// How much, in real time, at most a minute.
        by: Delay,
        /// The call takes effect first; otherwise it has none when the caller leaves meanwhile.
        #[serde(default)]
        after_effect: bool,
    },
    /// The call takes effect, and its answer is half of a JSON document, with a length that says it were all.
    TruncatedJson,
    /// Somebody in between answers with a page for people, and the call has no effect.
    ProxyPage {
        /// HTTP status, such as 200 or 502.
        code: u16,
    },
    /// Whatever the answer shows is in a state that no specification knows.
    UnknownState {
        /// That state.
        #[serde(default = "limbo")]
        state: String,
    },
    /// A list shows everything, whatever is asked for.
    IgnoresFilters,
    /// A list misses what is younger than this.
    SearchLag {
        /// How much younger.
        by: Delay,
    },
    /// The inventory is shown as it was.
    InventoryLag {
        /// How long ago.
        by: Delay,
    },
    /// An event never reaches the listener.
    EventLost,
    /// An event reaches the listener twice.
    EventTwice,
    /// An event is held back, so that later ones overtake it.
    EventLate {
        /// How long.
        by: Delay,
    },
    /// An event is followed by a forged one, about something that does not exist.
    EventForUnknown {
        /// Its id.
        #[serde(default = "nobody")]
        id: String,
    },
    /// An event is followed by a forged one that claims a state; true events carry none.
    EventClaims {
        /// That state.
        state: String,
    },
}

fn nobody() -> String {
    "NOBODY-1".to_owned()
}

fn limbo() -> String {
    "limbo".to_owned()
}

impl Misconduct {
    /// Whether this can go wrong with an operation.
    pub(crate) fn befalls(&self, operation: Operation) -> bool {
        match self {
            Self::AnswerLost { .. }
            | Self::RequestLost { .. }
            | Self::Status { .. }
            | Self::Slow { .. }
            | Self::TruncatedJson
            | Self::ProxyPage { .. } => operation != Operation::Event,
            Self::EffectDelayed { .. } => operation.changes(),
            Self::UnknownState { .. } => operation.shows_state(),
            Self::IgnoresFilters => operation.lists(),
            Self::SearchLag { .. } => operation.lists() && operation != Operation::InventoryList,
            Self::InventoryLag { .. } => {
                matches!(operation, Operation::InventoryGet | Operation::InventoryList)
            }
            Self::EventLost
            | Self::EventTwice
            | Self::EventLate { .. }
            | Self::EventForUnknown { .. }
            | Self::EventClaims { .. } => operation == Operation::Event,
        }
    }
}

/// Which calls a fault is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum On {
    /// Every call that the fault can strike.
    #[default]
    Any,
    /// The calls of one operation.
    One(Operation),
}

impl On {
    /// Whether calls of an operation are meant.
    pub(crate) fn covers(self, operation: Operation) -> bool {
        match self {
            Self::Any => true,
            Self::One(one) => one == operation,
        }
    }
}

const ANY: &str = "any";

impl FromStr for On {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text == ANY {
            return Ok(Self::Any);
        }
        Operation::ALL.into_iter().find(|operation| operation.name() == text).map(Self::One).ok_or_else(
            || {
                let known: Vec<&str> = Operation::ALL.into_iter().map(Operation::name).collect();
                format!("'{text}' is no operation; write any or one of {}", known.join(", "))
            },
        )
    }
}

impl TryFrom<String> for On {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => ANY,
            Self::One(operation) => operation.name(),
        })
    }
}

impl From<On> for String {
    fn from(on: On) -> Self {
        on.to_string()
    }
}

impl JsonSchema for On {
    fn schema_name() -> Cow<'static, str> {
        "On".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> =
            std::iter::once(ANY).chain(Operation::ALL.into_iter().map(Operation::name)).collect();
        json_schema!({"type": "string", "enum": names, "description": "An operation, or any."})
    }
}

/// Declares the operations with their names.
macro_rules! operations {
    ($($variant:ident $name:literal,)*) => {
        /// What a call is for: a resource and what is done with it; or an event on its way to a listener.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "the names say it all")]
        pub enum Operation { $($variant,)* }

        impl Operation {
            /// All of them.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// Its name in a scenario.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

operations! {
    AddressValidate "address.validate",
    AddressGet "address.get",
    QualificationCreate "qualification.create",
    QualificationGet "qualification.get",
    QualificationList "qualification.list",
    QuoteCreate "quote.create",
    QuoteGet "quote.get",
    QuoteList "quote.list",
    QuoteCancel "quote.cancel",
    QuoteDecline "quote.decline",
    OrderCreate "order.create",
    OrderGet "order.get",
    OrderList "order.list",
    OrderUpdate "order.update",
    CancelCreate "cancel.create",
    CancelGet "cancel.get",
    CancelList "cancel.list",
    ChargeGet "charge.get",
    ChargeList "charge.list",
    ChargeAnswer "charge.answer",
    InventoryGet "inventory.get",
    InventoryList "inventory.list",
    HubCreate "hub.create",
    HubGet "hub.get",
    HubDelete "hub.delete",
    Token "token",
    Event "event",
}

impl Operation {
    fn lists(self) -> bool {
        self.name().ends_with(".list")
    }

    /// It changes something for the buyer; subscriptions and tokens are not meant.
    fn changes(self) -> bool {
        matches!(
            self,
            Self::QualificationCreate
                | Self::QuoteCreate
                | Self::QuoteCancel
                | Self::QuoteDecline
                | Self::OrderCreate
                | Self::OrderUpdate
                | Self::CancelCreate
                | Self::ChargeAnswer
        )
    }

    /// It answers with documents that have a `state`, or a `status`.
    fn shows_state(self) -> bool {
        !matches!(
            self,
            Self::AddressValidate
                | Self::AddressGet
                | Self::QuoteCancel
                | Self::QuoteDecline
                | Self::HubCreate
                | Self::HubGet
                | Self::HubDelete
                | Self::Token
                | Self::Event
        )
    }
}
