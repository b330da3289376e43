//! What the class makes of one intent: as it is by now while nothing is bought, and as it was pinned once something is.
//!
//! A pin counts for the generation of the intent that it was made for, and until somebody asks for the class anew
//! ([`APPLY_CLASS`]). Whatever comes of an edit of the class is told, and changes nothing that is bought. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::facts::Bought;
use crate::admit::{self, Misfit, Refusal, Resolved};
use crate::api::{
    APPLY_CLASS, Approver, ClassApproval, ConnectivityClass, ConnectivityIntent, ConnectivityIntentSpec,
    ConnectivitySegment, Desired, Effective, EffectiveValues, Overlap, Party, Statement,
};
use crate::model::Request;

/// What must be approved before it is ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Policy {
    /// No class counts: nothing.
    Free,
    /// What this class says.
    Class(ClassApproval),
    /// Everything, because of this: nobody knows what the class would say.
    Everything(String),
}

impl Policy {
    /// Whose approval counts. Where nobody knows what the class would say, only the platform team's does.
    #[must_use]
    pub fn approver(&self) -> Approver {
        match self {
            Self::Free => Approver::default(),
            Self::Class(approval) => approval.approver,
            Self::Everything(_) => Approver::Platform,
        }
    }
}

/// The class of one intent, as far as it counts.
#[derive(Debug, Clone)]
pub struct Classed {
    /// What counts and is to be pinned; none where no class counts.
    pub effective: Option<Effective>,
    /// The intent's spec with what counts; the name of the class still in it.
    pub spec: Option<ConnectivityIntentSpec>,
    /// What counts was resolved just now, and not pinned before: what is bought may have to follow.
    pub fresh: bool,
    /// Whether the class says something else by now than what counts.
    pub changed: Option<Statement>,
    /// What must be approved.
    pub policy: Policy,
    /// Whether what replaces something that runs may be bought beside it without asking.
    pub overlap: Overlap,
    /// Whose move it is where the request is refused.
    pub party: Party,
}

impl Default for Classed {
    fn default() -> Self {
        Self {
            effective: None,
            spec: None,
            fresh: false,
            changed: None,
            policy: Policy::Free,
            overlap: Overlap::Ask,
            party: Party::User,
        }
    }
}

/// What an intent asks, with what its class makes of it.
pub fn read(
    intent: &ConnectivityIntent,
    segments: &[Arc<ConnectivitySegment>],
    classes: &[Arc<ConnectivityClass>],
    labels: Option<&BTreeMap<String, String>>,
) -> (Result<Request, Refusal>, Classed) {
    let current = admit::class_of(intent.spec.class_name.as_deref(), classes);
    let policy = match &current {
        Ok(None) => Policy::Free,
        Ok(Some(class)) => Policy::Class(class.spec.approval.clone().unwrap_or_default()),
        Err(misfit) => Policy::Everything(misfit.refusal.message.clone()),
    };
    let newest = || newest(intent, current.clone(), labels);
    let pin = intent.status.as_ref().and_then(|status| status.effective.as_ref());
    match (pinned(intent, segments, pin), pin) {
        (true, Some(pin)) => {
            let spec = as_pinned(intent, &pin.values);
            let request = admit::as_pinned(&spec, &pin.values);
            let spec = Some(ConnectivityIntentSpec { class_name: Some(pin.class_name.clone()), ..spec });
            let changed = Some(changed(pin, &current, newest));
            let effective = Some(pin.clone());
            let overlap = pin.values.overlap.unwrap_or_default();
            (request, Classed { effective, spec, changed, policy, overlap, ..Classed::default() })
        }
        (true, None) => (admit::request(&intent.spec), Classed { policy, ..Classed::default() }),
        (false, _) => match newest() {
            Ok(None) => (admit::request(&intent.spec), Classed { policy, ..Classed::default() }),
            Ok(Some((class, resolved))) => {
                let Resolved { spec, request, values } = resolved;
                let name = class.metadata.name.clone().unwrap_or_default();
                let overlap = values.overlap.unwrap_or_default();
                let effective = Effective {
                    class_digest: admit::class_digest(&class.spec),
                    class_name: name.clone(),
                    generation: intent.metadata.generation.unwrap_or(1),
                    applied: asked_for(intent).or(pin.and_then(|pin| pin.applied.as_ref())).cloned(),
                    values,
                };
                let classed = Classed {
                    effective: Some(effective),
                    spec: Some(ConnectivityIntentSpec { class_name: Some(name), ..spec }),
                    fresh: true,
                    changed: Some(Statement::no("ClassChanged", "Current", "")),
                    policy,
                    overlap,
                    party: Party::User,
                };
                (Ok(request), classed)
            }
            Err(Misfit { refusal, party }) => {
                // What is bought goes on as it was pinned.
                let effective = pin.filter(|_| bought(segments).next().is_some()).cloned();
                (Err(refusal), Classed { effective, policy, party, ..Classed::default() })
            }
        },
    }
}

/// What was chosen last. What was chosen before may still run, and does not follow the intent any more.
fn bought(segments: &[Arc<ConnectivitySegment>]) -> impl Iterator<Item = &Arc<ConnectivitySegment>> {
    let chosen = Bought::of(segments).into_iter().flat_map(|bought| bought.legs).flatten();
    chosen.filter(|segment| segment.spec.desired == Desired::Present)
}

/// The value with which somebody asks for the class as it is by now.
fn asked_for(intent: &ConnectivityIntent) -> Option<&String> {
    intent.metadata.annotations.as_ref()?.get(APPLY_CLASS).filter(|value| value.len() <= 253)
}

/// Whether what was pinned counts, or that no class counted where there is no pin.
fn pinned(
    intent: &ConnectivityIntent,
    segments: &[Arc<ConnectivitySegment>],
    pin: Option<&Effective>,
) -> bool {
    if intent.metadata.deletion_timestamp.is_some() {
        // Deleting is a generation too, and no wish for what the class became.
        return pin.is_some() || bought(segments).next().is_some() && intent.spec.class_name.is_none();
    }
    let generation = intent.metadata.generation.unwrap_or(1);
    let mut present = bought(segments).peekable();
    let follows =
        present.peek().is_some() && present.all(|segment| segment.spec.intent_generation == generation);
    let asked = asked_for(intent);
    match pin {
        Some(pin) => {
            let answered = asked.is_none() || asked == pin.applied.as_ref();
            follows && answered && pin.generation == generation
        }
        // It was bought when no class counted. One that names a class was never read without.
        None => follows && asked.is_none() && intent.spec.class_name.is_none(),
    }
}

/// The spec with what was pinned. What a user says of the end while deleting is newer than any pin.
fn as_pinned(intent: &ConnectivityIntent, values: &EffectiveValues) -> ConnectivityIntentSpec {
    let spec = admit::as_resolved(&intent.spec, values);
    if intent.metadata.deletion_timestamp.is_some() && intent.spec.deletion_policy.is_some() {
        return ConnectivityIntentSpec { deletion_policy: intent.spec.deletion_policy, ..spec };
    }
    spec
}

type Current = Result<Option<Arc<ConnectivityClass>>, Misfit>;

type Newest = Result<Option<(Arc<ConnectivityClass>, Resolved)>, Misfit>;

/// The intent as the class makes it by now.
fn newest(
    intent: &ConnectivityIntent,
    current: Current,
    labels: Option<&BTreeMap<String, String>>,
) -> Newest {
    let Some(class) = current? else { return Ok(None) };
    let namespace = intent.metadata.namespace.as_deref().unwrap_or_default();
    let created = intent.metadata.creation_timestamp.as_ref().map(|time| time.0);
    let resolved = admit::resolve(&class, &intent.spec, (namespace, labels), created)?;
    Ok(Some((class, resolved)))
}

/// Whether what is pinned is what the class says.
fn changed(pin: &Effective, current: &Current, newest: impl FnOnce() -> Newest) -> Statement {
    let kind = "ClassChanged";
    let name = &pin.class_name;
    let apply = format!(
        "what is bought goes on as it was resolved; to apply the class as it is now, change the intent or annotate it with {APPLY_CLASS}=VALUE"
    );
    let class = match current {
        Err(misfit) => {
            return Statement::yes(
                kind,
                misfit.refusal.reason,
                format!("{misfit}; {apply}", misfit = misfit.refusal),
            );
        }
        Ok(None) => {
            return Statement::yes(
                kind,
                "ClassGone",
                format!("there is no ConnectivityClass {name} any more; {apply}"),
            );
        }
        Ok(Some(class)) => class,
    };
    let by_now = class.metadata.name.as_deref().unwrap_or_default();
    let (reason, what) = if by_now != name {
        ("OtherClass", format!("ConnectivityClass {by_now} counts instead of {name}"))
    } else if admit::class_digest(&class.spec) != pin.class_digest {
        ("ClassEdited", format!("ConnectivityClass {name} was edited"))
    } else {
        return Statement::no(kind, "Current", "");
    };
    let would = match newest() {
        Ok(Some((_, resolved))) => {
            let fields = differences(&pin.values, &resolved.values);
            if fields.is_empty() {
                "it makes the same of this intent".to_owned()
            } else {
                format!("it would change {}", fields.join(", "))
            }
        }
        Ok(None) => "it says nothing".to_owned(),
        Err(misfit) => format!("it would refuse this intent: {}", misfit.refusal),
    };
    Statement::yes(kind, reason, format!("{what}: {would}; {apply}"))
}

fn differences(before: &EffectiveValues, after: &EffectiveValues) -> Vec<&'static str> {
    let fields = [
        ("bandwidth", before.bandwidth != after.bandwidth),
        ("frameSize", before.frame_size != after.frame_size),
        ("objectives", before.objectives != after.objectives),
        ("constraints", before.constraints != after.constraints),
        ("resilience", before.resilience != after.resilience),
        ("term", before.term != after.term),
        ("schedule.readyBy", before.ready_by != after.ready_by),
        ("deletionPolicy", before.deletion_policy != after.deletion_policy),
        ("overlap", before.overlap.unwrap_or_default() != after.overlap.unwrap_or_default()),
        ("acceptedRisk", before.accepted_risk != after.accepted_risk),
        ("preference", before.preference != after.preference),
        ("maxLegs", before.max_legs != after.max_legs),
        ("onPartial", before.on_partial.unwrap_or_default() != after.on_partial.unwrap_or_default()),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}
