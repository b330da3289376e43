//! The API as users see it (`naas.dev/v1alpha1`): one file per kind, with a folder beside it where a kind is large, plus the words
//! they share. Nothing else.
//!
//! Money and shares are decimal texts, bandwidth and durations are texts with a unit: what they mean is parsed in `admit`.
//! Rules that a single object can answer are CEL in the schema; what only the cluster knows becomes a condition.

#![allow(clippy::duplicated_attributes, reason = "columns of one type say so each")]

mod bounds;
mod budget;
mod charge;
mod class;
mod condition;
mod decision;
mod intent;
mod interconnect;
mod ledger;
mod lso;
mod provider;
mod segment;
mod site;
mod text;

pub use budget::*;
pub use charge::*;
pub use class::*;
pub use condition::{Party, Statement, WaitingFor, conditions, holds, told, whole};
pub use decision::*;
pub use intent::*;
pub use interconnect::*;
pub use ledger::*;
pub use lso::*;
pub use provider::*;
pub use segment::*;
pub use site::*;
pub use text::{AmountText, BandwidthText, CurrencyText, DurationText, PercentText};

/// The API group.
pub const GROUP: &str = "naas.dev";

/// Finalizer of every kind: something outside, or somebody else, depends on the object.
pub const FINALIZER: &str = "naas.dev/operator";
