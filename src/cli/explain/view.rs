//! What the status of an intent says, in the order in which a person asks.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::admit::as_resolved;
use crate::api::{
    Attachment, CommitmentSummary, ConnectivityDecision, ConnectivityIntent, ConnectivitySegment, Difference,
    Effective, InForce, IntentState, ObjectiveStatus, OfferSummary, Party, PlanLeg, SpokeStatus, holds, told,
};

/// All there is to say of one intent.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// `namespace/name`.
    pub intent: String,
    /// Where it stands.
    pub state: IntentState,
    /// As asked, on its way, or stopped.
    pub standing: Standing,
    /// Reason of `Ready`.
    pub reason: String,
    /// Message of `Ready`.
    pub message: String,
    /// The operator has not yet looked at the present spec.
    pub behind: bool,
    /// The services in their order from end to end; of two paths, one after the other.
    pub path: Vec<Leg>,
    /// What joins them, in its order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub joints: Vec<String>,
    /// What is known of what two paths share, where two were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diverse: Option<Diverse>,
    /// What they cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// What is owed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commitment: Option<CommitmentSummary>,
    /// What runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_force: Option<InForce>,
    /// What was asked of quality, and who promises it.
    pub objectives: Vec<ObjectiveStatus>,
    /// What the class makes of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// On which approval the last purchase rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// Whose move it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<Wait>,
    /// Why this offer, and why not the others.
    pub why: Vec<String>,
    /// Who was asked.
    pub offers: Vec<OfferSummary>,
    /// Where each spoke stands, where there is a hub.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub spokes: Vec<SpokeStatus>,
    /// What to plug into.
    pub attachments: Vec<Attachment>,
    /// Where what runs is not what is asked.
    pub differences: Vec<Difference>,
}

/// How an intent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Standing {
    /// As asked.
    Ready,
    /// Somebody works on it, or must decide.
    Reconciling,
    /// Something must change first.
    Stalled,
}

/// What a class makes of an intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Class {
    /// Its name.
    pub name: String,
    /// What counts and is not in the manifest: fields as one would write them there, with their values.
    pub adds: Vec<String>,
    /// That it says something else by now than what counts, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
}

/// An approval that was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// The decision: `namespace/name`.
    pub decision: String,
    /// The plan, with the most that it may cost.
    pub digest: String,
    /// Since when it is used.
    pub at: Timestamp,
    /// Who decided, where the user may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Why, where the user may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// What the whole path costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Price {
    /// Per month, with currency.
    pub monthly: String,
    /// At once, with currency.
    pub one_time: String,
    /// Fingerprint of what is bought for it.
    pub digest: String,
}

/// Whether two paths share what only one of them may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diverse {
    /// True: nothing; False: something, or there is one path only; Unknown: somebody does not say.
    pub status: String,
    /// Which of these, in one word.
    pub reason: String,
    /// What that is about.
    pub message: String,
}

/// One service of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Leg {
    /// Of which of two paths: 1 or 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of_path: Option<i64>,
    /// The account.
    pub provider: String,
    /// Where it begins.
    pub from: End,
    /// Where it ends.
    pub to: End,
    /// The class of service.
    pub class_of_service: String,
    /// One-way delay and what that rests on, where anything is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<String>,
    /// Its segment.
    pub segment: String,
}

/// An end of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct End {
    /// Site and port.
    pub port: String,
    /// The endpoint of the intent, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// VLAN id, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vlan: Option<i64>,
}

impl End {
    /// Name of its site.
    #[must_use]
    pub fn site(&self) -> &str {
        self.port.split('/').next().unwrap_or_default()
    }
}

/// Whose move it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Wait {
    /// Who.
    pub party: Party,
    /// Which one, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// For what, and what to do.
    pub what: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What the intent says of itself.
#[must_use]
pub fn explanation(intent: &ConnectivityIntent) -> Explanation {
    let status = intent.status.clone().unwrap_or_default();
    let meta = &intent.metadata;
    let ready = told(&status.conditions, "Ready");
    let (reason, message) = ready.map_or_else(
        || ("Pending".to_owned(), "the operator has not looked at it yet; is it running?".to_owned()),
        |ready| (ready.reason.clone(), ready.message.clone()),
    );
    let standing = if ready.is_some_and(|ready| ready.status == "True") {
        Standing::Ready
    } else if holds(&status.conditions, "Stalled") {
        Standing::Stalled
    } else {
        Standing::Reconciling
    };
    let plan = status.plan;
    Explanation {
        intent: key(intent),
        state: status.state,
        standing,
        reason,
        message,
        behind: status.observed_generation != meta.generation,
        path: plan.iter().flat_map(|plan| &plan.legs).map(|leg| of_leg(leg, intent)).collect(),
        joints: plan.as_ref().map(|plan| plan.joints.clone()).unwrap_or_default(),
        diverse: told(&status.conditions, "Diverse").map(|told| Diverse {
            status: told.status.clone(),
            reason: told.reason.clone(),
            message: told.message.clone(),
        }),
        price: plan.as_ref().map(|plan| Price {
            monthly: plan.monthly.clone(),
            one_time: plan.one_time.clone(),
            digest: plan.digest.clone(),
        }),
        commitment: status.commitment,
        in_force: status.in_force,
        objectives: status.objectives,
        class: status.effective.as_ref().map(|effective| Class {
            name: effective.class_name.clone(),
            adds: added(intent, effective),
            changed: told(&status.conditions, "ClassChanged")
                .filter(|changed| changed.status == "True")
                .map(|changed| changed.message.clone()),
        }),
        approval: status.approval.map(|used| Approval {
            decision: format!("{}/{}", used.decision.namespace, used.decision.name),
            digest: used.digest,
            at: used.at.0,
            author: None,
            because: None,
        }),
        waiting_for: status.waiting_for.map(|wait| Wait {
            party: wait.party,
            name: wait.name,
            what: wait.what,
            since: wait.since.0,
            until: wait.until.map(|until| until.0),
        }),
        why: plan.map(|plan| plan.notes).unwrap_or_default(),
        offers: status.offers,
        spokes: status.spokes,
        attachments: status.attachments,
        differences: status.differences,
    }
}

impl Explanation {
    /// Adds who approved, and why.
    pub fn approved(&mut self, decision: &ConnectivityDecision) {
        if let Some(approval) = &mut self.approval {
            approval.author = Some(decision.spec.author.clone());
            approval.because.clone_from(&decision.spec.because);
        }
    }

    /// Adds the VLANs that the intent's segments claim, which the status of the intent tells only once there is a service.
    pub fn claims(&mut self, segments: &[Arc<ConnectivitySegment>]) {
        for leg in &mut self.path {
            let segment =
                segments.iter().find(|segment| segment.metadata.name.as_ref() == Some(&leg.segment));
            let ends = || segment.iter().flat_map(|segment| &segment.spec.ends);
            for end in [&mut leg.from, &mut leg.to] {
                let claimed = ends().find(|claimed| end.port == format!("{}/{}", claimed.site, claimed.port));
                end.vlan = end.vlan.or_else(|| claimed.and_then(|claimed| claimed.vlan));
            }
        }
    }
}

/// What counts of an intent and is not in its manifest.
fn added(intent: &ConnectivityIntent, effective: &Effective) -> Vec<String> {
    let counts = serde_json::to_value(as_resolved(&intent.spec, &effective.values)).unwrap_or_default();
    let written = serde_json::to_value(&intent.spec).unwrap_or_default();
    let mut fields = Vec::new();
    differing("", &counts, &written, &mut fields);
    fields
}

fn differing(path: &str, counts: &Value, written: &Value, fields: &mut Vec<String>) {
    match counts {
        Value::Object(map) => {
            for (name, value) in map {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                differing(&path, value, &written[name], fields);
            }
        }
        _ if counts == written => {}
        Value::String(text) => fields.push(format!("{path} {text}")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            fields.push(format!("{path} {counts}"));
        }
    }
}

/// `namespace/name`.
#[must_use]
pub fn key(intent: &ConnectivityIntent) -> String {
    let meta = &intent.metadata;
    let name = meta.name.as_deref().unwrap_or_default();
    format!("{}/{name}", meta.namespace.as_deref().unwrap_or_default())
}

fn of_leg(leg: &PlanLeg, intent: &ConnectivityIntent) -> Leg {
    Leg {
        of_path: leg.path,
        provider: leg.provider.clone(),
        from: end(&leg.from, intent),
        to: end(&leg.to, intent),
        class_of_service: leg.class_of_service.clone(),
        latency: leg.latency.as_ref().map(|latency| format!("{} one way ({})", latency.value, latency.basis)),
        segment: leg.segment.clone(),
    }
}

fn end(port: &str, intent: &ConnectivityIntent) -> End {
    let site = port.split('/').next().unwrap_or_default();
    let of_site = |endpoint: &&crate::api::Endpoint| endpoint.site.as_ref().is_some_and(|at| at.name == site);
    let endpoint = intent.spec.endpoints.iter().find(of_site);
    let attached = intent.status.iter().flat_map(|status| &status.attachments);
    let taken = attached.filter(|attachment| attachment.port == port).find_map(|attachment| attachment.vlan);
    let asked = || endpoint.and_then(|endpoint| endpoint.vlan.as_ref()).map(|vlan| vlan.id);
    End {
        port: port.to_owned(),
        endpoint: endpoint.map(|endpoint| endpoint.name.clone()),
        vlan: taken.or_else(asked),
    }
}
