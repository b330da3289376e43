//! What every status says in the same words: conditions, and who must act.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// Who must act before an object gets on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Party {
    /// The author of the object.
    User,
    /// The platform team: providers, sites, limits, credentials.
    Platform,
    /// The seller.
    Seller,
    /// The other end of the connection.
    FarEnd,
    /// The operator itself; it needs no help, only time.
    Operator,
}

/// What an object waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaitingFor {
    /// Who must act.
    pub party: Party,
    /// Which one: a seller's account, a namespace, an object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub name: Option<String>,
    /// What is missing.
    #[schemars(length(max = 1024))]
    pub what: String,
    /// Since when.
    pub since: Time,
    /// Until when it is expected, or until when somebody must act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
}

/// One statement about an object, before it becomes a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Condition type.
    pub kind: &'static str,
    /// `True`, `False` or `Unknown` (`None`).
    pub holds: Option<bool>,
    /// One PascalCase word.
    pub reason: String,
    /// A sentence for people.
    pub message: String,
}

impl Statement {
    /// A statement that holds.
    #[must_use]
    pub fn yes(kind: &'static str, reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind, holds: Some(true), reason: reason.into(), message: message.into() }
    }

    /// A statement that does not hold.
    #[must_use]
    pub fn no(kind: &'static str, reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind, holds: Some(false), reason: reason.into(), message: message.into() }
    }

    /// A statement that nobody can make yet.
    #[must_use]
    pub fn unknown(kind: &'static str, reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind, holds: None, reason: reason.into(), message: message.into() }
    }

    /// What a condition says already; unknown where it says nothing yet.
    #[must_use]
    pub fn as_told(kind: &'static str, conditions: &[Condition]) -> Self {
        let Some(told) = told(conditions, kind) else {
            return Self::unknown(kind, "NotKnownYet", "");
        };
        let holds = match told.status.as_str() {
            "True" => Some(true),
            "False" => Some(false),
            _ => None,
        };
        Self { kind, holds, reason: told.reason.clone(), message: told.message.clone() }
    }
}

const MAX_MESSAGE: usize = 2_000;

/// Statements as conditions. A condition whose status did not change keeps its transition time.
#[must_use]
pub fn conditions(
    old: &[Condition],
    statements: Vec<Statement>,
    generation: Option<i64>,
    now: &Time,
) -> Vec<Condition> {
    statements
        .into_iter()
        .map(|statement| {
            let status = match statement.holds {
                Some(true) => "True",
                Some(false) => "False",
                None => "Unknown",
            };
            let since = old
                .iter()
                .find(|condition| condition.type_ == statement.kind && condition.status == status)
                .map_or_else(|| now.clone(), |condition| condition.last_transition_time.clone());
            Condition {
                type_: statement.kind.to_owned(),
                status: status.to_owned(),
                reason: statement.reason,
                message: statement.message.chars().take(MAX_MESSAGE).collect(),
                observed_generation: generation,
                last_transition_time: since,
            }
        })
        .collect()
}

/// What is told of one kind.
#[must_use]
pub fn told<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.type_ == kind)
}

/// Whether the condition `kind` is `True`.
#[must_use]
pub fn holds(conditions: &[Condition], kind: &str) -> bool {
    told(conditions, kind).is_some_and(|condition| condition.status == "True")
}

/// Whole seconds, which is all that the API server keeps: anything finer would be written again at every look.
#[must_use]
pub fn whole(time: jiff::Timestamp) -> Time {
    Time(jiff::Timestamp::from_second(time.as_second()).unwrap_or(time))
}

impl WaitingFor {
    /// The same wait, since when it began: a wait for the same party and thing keeps its start.
    #[must_use]
    pub fn since(mut self, old: Option<&WaitingFor>) -> Self {
        if let Some(old) = old
            && old.party == self.party
            && old.name == self.name
            && old.what == self.what
        {
            self.since = old.since.clone();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Time {
        Time(jiff::Timestamp::from_second(second).unwrap())
    }

    #[test]
    fn a_condition_keeps_its_time_until_its_status_changes() {
        let first = conditions(&[], vec![Statement::no("Ready", "A", "a")], Some(1), &at(1));
        let second = conditions(&first, vec![Statement::no("Ready", "B", "b")], Some(2), &at(2));
        assert_eq!((&second[0].last_transition_time, second[0].reason.as_str()), (&at(1), "B"));
        let third = conditions(&second, vec![Statement::yes("Ready", "C", "c")], Some(2), &at(3));
        assert_eq!(third[0].last_transition_time, at(3));
    }
}
