//! The API server's audit log: who asked for what, and how often.
//!
//! Parses lines of [`audit.k8s.io/v1`](https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/) and counts
//! them; where the log is and who writes it is none of its business.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::Timestamp;
use serde::Deserialize;

/// One line of the audit log.
///
/// A watch has two, when it starts and when it ends; any other request has one, when it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// The same for all lines of one request.
    pub id: String,
    /// How far the request has come.
    pub stage: Stage,
    /// Who it counts as: the impersonated user where somebody impersonates.
    pub user: String,
    /// What the client says it is.
    pub user_agent: String,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`.
    pub verb: String,
    /// API group, empty for the core group.
    pub group: String,
    /// The resource in plural, such as `configmaps`.
    pub resource: String,
    /// Such as `status`; empty for the object itself.
    pub subresource: String,
    /// Empty for what has no namespace, and for requests across all of them.
    pub namespace: String,
    /// Empty for collections, and for objects whose name the server makes.
    pub name: String,
    /// Status code of HTTP, 0 where there is none.
    pub code: u16,
    /// When the API server received the request.
    pub received: Timestamp,
    /// When it reached this stage.
    pub time: Timestamp,
}

/// How far a request had come when its line was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Stage {
    /// Not yet handled.
    RequestReceived,
    /// A watch has begun.
    ResponseStarted,
    /// The answer is complete.
    ResponseComplete,
    /// The API server failed inside.
    Panic,
}

impl AuditEvent {
    /// What it counts as.
    pub fn call(&self) -> Call {
        let resource = match self.subresource.as_str() {
            "" => self.resource.clone(),
            subresource => format!("{}/{subresource}", self.resource),
        };
        Call { user: self.user.clone(), verb: self.verb.clone(), resource }
    }

    /// Whether it may change something.
    pub fn is_write(&self) -> bool {
        !matches!(self.verb.as_str(), "get" | "list" | "watch")
    }
}

/// A kind of request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// See [`AuditEvent::user`].
    pub user: String,
    /// See [`AuditEvent::verb`].
    pub verb: String,
    /// The resource in plural, with its subresource if any: `configmaps`, `deployments/status`.
    pub resource: String,
}

impl Call {
    /// Names a kind of request.
    pub fn new(user: &str, verb: &str, resource: &str) -> Self {
        Self { user: user.to_owned(), verb: verb.to_owned(), resource: resource.to_owned() }
    }
}

/// How many requests there were of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<Call, usize>);

impl Tally {
    /// Counts every request once, however many lines it has.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a AuditEvent>) -> Self {
        let mut seen = BTreeSet::new();
        let mut tally = BTreeMap::new();
        for event in events {
            if seen.insert(event.id.as_str()) {
                *tally.entry(event.call()).or_default() += 1;
            }
        }
        Self(tally)
    }

    /// Requests of one kind.
    pub fn count(&self, call: &Call) -> usize {
        self.0.get(call).copied().unwrap_or(0)
    }

    /// Requests of all kinds.
    pub fn total(&self) -> usize {
        self.0.values().sum()
    }

    /// Every kind that occurred, sorted by user, verb and resource.
    pub fn iter(&self) -> impl Iterator<Item = (&Call, usize)> {
        self.0.iter().map(|(call, count)| (call, *count))
    }
}

/// A table with a line for each kind.
impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (Call { user, verb, resource }, count) in self.iter() {
            writeln!(out, "{count:>7}  {verb:<16} {resource:<40} {user}")?;
        }
        Ok(())
    }
}

/// Reads a log. A last line that is still being written is left out.
pub(super) fn parse(log: &[u8]) -> Result<Vec<AuditEvent>, serde_json::Error> {
    log.split_inclusive(|byte| *byte == b'\n')
        .filter(|line| line.ends_with(b"\n"))
        .map(|line| serde_json::from_slice::<wire::Event>(line).map(AuditEvent::from))
        .collect()
}

/// The part of `audit.k8s.io/v1` that is read here.
mod wire {
    use super::{AuditEvent, Deserialize, Stage, Timestamp};

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Event {
        #[serde(rename = "auditID")]
        audit_id: String,
        stage: Stage,
        verb: String,
        user: User,
        impersonated_user: Option<User>,
        #[serde(default)]
        user_agent: String,
        #[serde(default)]
        object_ref: Object,
        #[serde(default)]
        response_status: Status,
        request_received_timestamp: Timestamp,
        stage_timestamp: Timestamp,
    }

    #[derive(Deserialize)]
    struct User {
        #[serde(default)]
        username: String,
    }

    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Object {
        api_group: String,
        resource: String,
        subresource: String,
        namespace: String,
        name: String,
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Status {
        code: u16,
    }

    impl From<Event> for AuditEvent {
        fn from(event: Event) -> Self {
            Self {
                id: event.audit_id,
                stage: event.stage,
                user: event.impersonated_user.unwrap_or(event.user).username,
                user_agent: event.user_agent,
                verb: event.verb,
                group: event.object_ref.api_group,
                resource: event.object_ref.resource,
                subresource: event.object_ref.subresource,
                namespace: event.object_ref.namespace,
                name: event.object_ref.name,
                code: event.response_status.code,
                received: event.request_received_timestamp,
                time: event.stage_timestamp,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, stage: &str, rest: &serde_json::Value) -> String {
        let mut event = serde_json::json!({
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata",
            "auditID": id, "stage": stage, "verb": "patch", "user": {"username": "alice", "groups": ["a"]},
            "requestReceivedTimestamp": "2026-01-01T00:00:00.000000Z", "stageTimestamp": "2026-01-01T00:00:01.500000Z",
        });
        let (serde_json::Value::Object(event_fields), serde_json::Value::Object(rest)) = (&mut event, rest)
        else {
            panic!("not an object: {rest}")
        };
        event_fields.extend(rest.clone());
        format!("{event}\n")
    }

    #[test]
    fn an_impersonated_user_is_who_counts() {
        let log =
            line("1", "ResponseComplete", &serde_json::json!({"impersonatedUser": {"username": "bob"}}));
        assert_eq!(parse(log.as_bytes()).unwrap()[0].user, "bob");
    }

    #[test]
    fn a_subresource_counts_for_itself() {
        let status = serde_json::json!({"objectRef": {"resource": "pods", "subresource": "status"}});
        let object = serde_json::json!({"objectRef": {"resource": "pods"}});
        let log = line("1", "ResponseComplete", &status) + &line("2", "ResponseComplete", &object);
        let tally = Tally::of(&parse(log.as_bytes()).unwrap());
        assert_eq!(tally.count(&Call::new("alice", "patch", "pods/status")), 1);
        assert_eq!(tally.count(&Call::new("alice", "patch", "pods")), 1);
        assert_eq!(tally.count(&Call::new("bob", "patch", "pods")), 0);
    }

    #[test]
    fn a_request_with_two_lines_counts_once() {
        let nothing = serde_json::json!({});
        let log = line("1", "ResponseStarted", &nothing) + &line("1", "ResponseComplete", &nothing);
        let events = parse(log.as_bytes()).unwrap();
        assert_eq!(
            events.iter().map(|event| event.stage).collect::<Vec<_>>(),
            [Stage::ResponseStarted, Stage::ResponseComplete]
        );
        assert_eq!(Tally::of(&events).total(), 1);
    }

    #[test]
    fn a_line_being_written_is_left_out() {
        let log = line("1", "ResponseComplete", &serde_json::json!({}));
        assert_eq!(parse((log.clone() + &log[..log.len() / 2]).as_bytes()).unwrap().len(), 1);
        assert_eq!(parse(b"").unwrap().len(), 0);
        assert!(parse(b"no event\n").is_err());
    }
}
