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
pub(super) fn parse(log: &str) -> Result<Vec<AuditEvent>, serde_json::Error> {
    let complete = log.rfind('\n').map_or("", |end| &log[..end]);
    complete.lines().map(|line| serde_json::from_str::<wire::Event>(line).map(AuditEvent::from)).collect()
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
