//! `ConnectivityClass`: which one counts for an intent, and what it makes of the intent.

use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{Refusal, bandwidth, consumers_allow, duration, request, rules, small};
use crate::api::{
    AcceptedRisk, ClassBounds, ClassDefaults, ClassPreference, ConnectivityClass, ConnectivityClassSpec,
    ConnectivityIntentSpec, Constraints, DEFAULT_CLASS, EffectiveValues, IntentObjectives, OnPartial, Party,
    PreferenceOrder, Schedule, whole,
};
use crate::model::{self, MOST_LEGS, Preference, Request, Weights};

mod bounds;

use bounds::bounds_of;

/// Most names in a list of providers.
const MOST_DENIED: usize = 64;

/// Why an intent does not go with its class, and whose move it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Why.
    pub refusal: Refusal,
    /// The user, where the intent must change; the platform team, where the class must.
    pub party: Party,
}

/// What the class made of an intent.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The intent's spec, with everything in it that counts.
    pub spec: ConnectivityIntentSpec,
    /// What that asks for.
    pub request: Request,
    /// What counts of everything that a class has a say in.
    pub values: EffectiveValues,
}

fn of_user(reason: &'static str, message: String) -> Misfit {
    Misfit { refusal: Refusal { reason, message }, party: Party::User }
}

/// The class that counts for an intent: the one it names, or else the only default. Where there are no classes none is needed.
///
/// # Errors
/// A name that no class bears; no name where there are classes, and none or several of them are the default.
pub fn class_of(
    named: Option<&str>,
    classes: &[Arc<ConnectivityClass>],
) -> Result<Option<Arc<ConnectivityClass>>, Misfit> {
    let name = |class: &ConnectivityClass| class.metadata.name.clone().unwrap_or_default();
    if let Some(named) = named {
        let found = classes.iter().find(|class| class.metadata.name.as_deref() == Some(named));
        return found.cloned().map(Some).ok_or_else(|| {
            let message = format!(
                "spec.className: there is no ConnectivityClass {named}; name one of kubectl get connectivityclasses, or ask the platform team"
            );
            of_user("ClassNotFound", message)
        });
    }
    if classes.is_empty() {
        return Ok(None);
    }
    let is_default = |class: &&Arc<ConnectivityClass>| {
        class
            .metadata
            .annotations
            .as_ref()
            .and_then(|all| all.get(DEFAULT_CLASS))
            .is_some_and(|is| is == "true")
    };
    let mut defaults: Vec<_> = classes.iter().filter(is_default).collect();
    defaults.sort_by_key(|class| name(class));
    match defaults.as_slice() {
        [only] => Ok(Some((*only).clone())),
        [] => Err(of_user(
            "ClassNotStated",
            "spec.className: no class is marked as the default one; name one of kubectl get connectivityclasses".into(),
        )),
        several => {
            let names: Vec<_> = several.iter().take(8).map(|class| name(class)).collect();
            let message = format!(
                "spec.className: {} are marked as default classes, and two are none; name one of kubectl get connectivityclasses",
                names.join(" and ")
            );
            Err(of_user("ClassNotStated", message))
        }
    }
}

/// Fingerprint of what a class says.
#[must_use]
pub fn class_digest(spec: &ConnectivityClassSpec) -> String {
    let text = serde_json::json!(spec).to_string();
    Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether everything in a class can be understood and goes together, and every rule can be evaluated.
///
/// # Errors
/// The first thing that is wrong, and where.
pub fn class(spec: &ConnectivityClassSpec) -> Result<(), Refusal> {
    understood(spec)?;
    spec.approval.as_ref().map_or(Ok(()), rules)
}

/// The same without the rules: one that is wrong stops no intent, it asks for approval.
fn understood(spec: &ConnectivityClassSpec) -> Result<(), Refusal> {
    preference(spec.preference.as_ref())?;
    // The least that an intent can say must become one that keeps the bounds.
    let least = bounds_of(spec.bounds.as_ref())?;
    let committed = least.bandwidth.0.map_or_else(|| "1M".to_owned(), |rate| rate.to_string());
    let bare = format!(
        "{{\"endpoints\": [{{\"name\": \"a\", \"site\": {{\"name\": \"a\"}}}}, {{\"name\": \"z\", \"site\": {{\"name\": \"z\"}}}}], \
         \"bandwidth\": {{\"committed\": \"{committed}\"}}}}"
    );
    let bare: ConnectivityIntentSpec =
        serde_json::from_str(&bare).map_err(|error| Refusal::invalid("spec", error))?;
    let created = Some(Timestamp::UNIX_EPOCH);
    let filled = filled(spec.defaults.as_ref(), &bare, created)?;
    let in_defaults = |refusal: Refusal| Refusal {
        reason: "Invalid",
        message: refusal.message.replacen("spec.", "spec.defaults: ", 1),
    };
    request(&filled).map_err(in_defaults)?;
    let stated = |field: &str| {
        let Some(defaults) = &spec.defaults else { return false };
        match field {
            "term" => defaults.term.is_some(),
            "deletionPolicy" => defaults.deletion_policy.is_some(),
            "resilience" => defaults.resilience.is_some(),
            _ => true,
        }
    };
    match least.kept(&filled, created) {
        Err((field, _)) if !stated(field) => Ok(()),
        Err((_, why)) => {
            Err(Refusal { reason: "Invalid", message: why.replacen("spec.", "spec.defaults: ", 1) })
        }
        Ok(()) => Ok(()),
    }
}

/// What is preferred among offers.
///
/// # Errors
/// Weights that weigh nothing, or both an order and weights.
pub fn preference(stated: Option<&ClassPreference>) -> Result<Preference, Refusal> {
    let Some(stated) = stated else { return Ok(Preference::default()) };
    let field = "spec.preference";
    match (stated.order, stated.weights) {
        (Some(order), None) => Ok(match order {
            PreferenceOrder::Cheapest => Preference::Cheapest,
            PreferenceOrder::Fastest => Preference::Fastest,
            PreferenceOrder::MostAvailable => Preference::MostAvailable,
            PreferenceOrder::Soonest => Preference::Soonest,
        }),
        (None, Some(weights)) => {
            let weight = |name: &str, weight: i64| -> Result<u32, Refusal> {
                small::<u8>(&format!("{field}.weights.{name}"), weight).map(u32::from)
            };
            let weights = Weights {
                cost: weight("cost", weights.cost)?,
                latency: weight("latency", weights.latency)?,
                availability: weight("availability", weights.availability)?,
                lead_time: weight("leadTime", weights.lead_time)?,
            };
            if weights == Weights::default() {
                return Err(Refusal::invalid(&format!("{field}.weights"), "at least one must be above 0"));
            }
            Ok(Preference::Weighted(weights))
        }
        (Some(_), Some(_)) | (None, None) => {
            Err(Refusal::invalid(field, "state exactly one of order, weights"))
        }
    }
}

/// What a class makes of an intent in a namespace.
///
/// # Errors
/// A namespace that may not use it, a field outside its bounds, an intent that cannot be understood, a class that is wrong.
pub fn resolve(
    class: &ConnectivityClass,
    spec: &ConnectivityIntentSpec,
    (namespace, labels): (&str, Option<&std::collections::BTreeMap<String, String>>),
    created: Option<Timestamp>,
) -> Result<Resolved, Misfit> {
    let name = class.metadata.name.as_deref().unwrap_or_default();
    let wrong = |refusal: Refusal| {
        let message = format!("ConnectivityClass {name} is wrong: {}", refusal.message);
        Misfit { refusal: Refusal { reason: "ClassInvalid", message }, party: Party::Platform }
    };
    if !consumers_allow(class.spec.consumers.as_ref(), namespace, labels) {
        let message = format!(
            "spec.className: ConnectivityClass {name} is not for namespace {namespace}; name another one, or ask the platform team"
        );
        return Err(Misfit { refusal: Refusal { reason: "NotAllowed", message }, party: Party::Platform });
    }
    understood(&class.spec).map_err(wrong)?;
    // What the user wrote is judged first, so that the class is not blamed for it.
    let alone = ConnectivityIntentSpec { class_name: None, ..spec.clone() };
    request(&alone).map_err(|refusal| Misfit { refusal, party: Party::User })?;
    let filled = filled(class.spec.defaults.as_ref(), &alone, created).map_err(wrong)?;
    bounds_of(class.spec.bounds.as_ref())
        .map_err(wrong)?
        .kept(&filled, created)
        .map_err(|(_, why)| of_user("OutsideClass", format!("{why} by ConnectivityClass {name}")))?;
    let bounded = denied(class.spec.bounds.as_ref(), filled)
        .map(|spec| confined(class.spec.bounds.as_ref(), spec))
        .map_err(|why| of_user("OutsideClass", format!("{why} by ConnectivityClass {name}")))?;
    let values = effective_values(&class.spec, &bounded);
    let request = as_pinned(&bounded, &values).map_err(wrong)?;
    Ok(Resolved { spec: bounded, request, values })
}

/// What counts of everything that a class has a say in: the intent's spec as it was resolved, and what is the class's alone.
fn effective_values(class: &ConnectivityClassSpec, spec: &ConnectivityIntentSpec) -> EffectiveValues {
    EffectiveValues {
        bandwidth: spec.bandwidth.clone(),
        frame_size: spec.frame_size,
        objectives: spec.objectives.clone(),
        constraints: spec.constraints.clone(),
        resilience: spec.resilience.clone(),
        term: spec.term.clone(),
        ready_by: spec.schedule.as_ref().and_then(|schedule| schedule.ready_by.clone()),
        deletion_policy: spec.deletion_policy,
        overlap: class.overlap,
        accepted_risk: class.accepted_risk,
        preference: class.preference.clone(),
        max_legs: Some(class.max_legs),
        on_partial: class.on_partial,
    }
}

/// What a resolved spec asks for, with what is the class's alone.
///
/// # Errors
/// A spec or values that cannot be understood.
pub fn as_pinned(spec: &ConnectivityIntentSpec, values: &EffectiveValues) -> Result<Request, Refusal> {
    Ok(Request {
        preference: preference(values.preference.as_ref())?,
        max_legs: values.max_legs.and_then(|most| usize::try_from(most).ok()).unwrap_or(MOST_LEGS),
        accepted_risk: match values.accepted_risk {
            AcceptedRisk::FirmOnly => model::AcceptedRisk::FirmOnly,
            AcceptedRisk::FirmSubjectToFeasibilityCheck => model::AcceptedRisk::FeasibilityCheck,
        },
        on_partial: match values.on_partial.unwrap_or_default() {
            OnPartial::Wait => model::OnPartial::Wait,
            OnPartial::Proceed => model::OnPartial::Proceed,
        },
        ..request(spec)?
    })
}

/// The spec with what was resolved for it before.
#[must_use]
pub fn as_resolved(spec: &ConnectivityIntentSpec, values: &EffectiveValues) -> ConnectivityIntentSpec {
    let EffectiveValues {
        bandwidth,
        frame_size,
        objectives,
        constraints,
        resilience,
        term,
        ready_by,
        deletion_policy,
        // No intent says these: they are the class's alone.
        overlap: _,
        accepted_risk: _,
        preference: _,
        max_legs: _,
        on_partial: _,
    } = values.clone();
    ConnectivityIntentSpec {
        class_name: None,
        bandwidth,
        frame_size,
        objectives,
        constraints,
        resilience,
        term,
        schedule: ready_by.map(|ready_by| Schedule { ready_by: Some(ready_by) }),
        deletion_policy,
        ..spec.clone()
    }
}

/// The spec with the defaults where it says nothing. Dates are whole seconds, as a status keeps them.
fn filled(
    defaults: Option<&ClassDefaults>,
    spec: &ConnectivityIntentSpec,
    created: Option<Timestamp>,
) -> Result<ConnectivityIntentSpec, Refusal> {
    let mut spec = spec.clone();
    if let Some(ready) = spec.schedule.as_mut().and_then(|schedule| schedule.ready_by.as_mut()) {
        *ready = whole(ready.0);
    }
    let Some(defaults) = defaults else { return Ok(spec) };
    if let Some(text) = &defaults.peak {
        let peak = bandwidth("spec.defaults.peak", text)?;
        let reverse = spec.bandwidth.reverse.as_mut().map(|back| (&back.committed, &mut back.peak));
        for (committed, stated) in
            [(&spec.bandwidth.committed, &mut spec.bandwidth.peak)].into_iter().chain(reverse)
        {
            // A rate that cannot be read is told about by whoever reads the intent.
            let above = bandwidth("spec.bandwidth.committed", committed).is_ok_and(|rate| peak > rate);
            if stated.is_none() && above {
                *stated = Some(text.clone());
            }
        }
    }
    spec.frame_size = spec.frame_size.or(defaults.frame_size);
    spec.objectives = match (spec.objectives, &defaults.objectives) {
        (stated, None) => stated,
        (None, Some(defaults)) => Some(defaults.clone()),
        (Some(stated), Some(defaults)) => Some(IntentObjectives {
            latency: stated.latency.or_else(|| defaults.latency.clone()),
            jitter: stated.jitter.or_else(|| defaults.jitter.clone()),
            loss: stated.loss.or_else(|| defaults.loss.clone()),
            availability: stated.availability.or_else(|| defaults.availability.clone()),
            accept: stated.accept.or(defaults.accept),
        }),
    };
    spec.constraints = match (spec.constraints, &defaults.constraints) {
        (stated, None) => stated,
        (None, Some(defaults)) => Some(defaults.clone()),
        (Some(stated), Some(defaults)) => Some(Constraints {
            providers: stated.providers.or_else(|| defaults.providers.clone()),
            jurisdictions: stated.jurisdictions.or_else(|| defaults.jurisdictions.clone()),
            encryption: stated.encryption.or(defaults.encryption),
        }),
    };
    spec.resilience = spec.resilience.or_else(|| defaults.resilience.clone());
    spec.term = spec.term.or_else(|| defaults.term.clone());
    spec.deletion_policy = spec.deletion_policy.or(defaults.deletion_policy);
    let stated = spec.schedule.as_ref().is_some_and(|schedule| schedule.ready_by.is_some());
    if let (Some(text), false, Some(created)) = (&defaults.ready_after, stated, created) {
        let ready = created
            .checked_add(duration("spec.defaults.readyAfter", text)?)
            .map_err(|_| Refusal::invalid("spec.defaults.readyAfter", "that is too far away"))?;
        spec.schedule = Some(Schedule { ready_by: Some(whole(ready)) });
    }
    Ok(spec)
}

/// The spec with the providers that the class denies to everybody.
fn denied(
    bounds: Option<&ClassBounds>,
    spec: ConnectivityIntentSpec,
) -> Result<ConnectivityIntentSpec, String> {
    let Some(more) = bounds.and_then(|bounds| bounds.providers.as_ref()).filter(|more| !more.deny.is_empty())
    else {
        return Ok(spec);
    };
    let mut constraints = spec.constraints.clone().unwrap_or_default();
    let mut providers = constraints.providers.take().unwrap_or_default();
    providers
        .deny
        .extend(more.deny.iter().filter(|name| !providers.deny.contains(name)).cloned().collect::<Vec<_>>());
    if providers.deny.len() > MOST_DENIED {
        return Err(format!(
            "spec.constraints.providers.deny: {} providers with those denied, and {MOST_DENIED} are the most",
            providers.deny.len()
        ));
    }
    constraints.providers = Some(providers);
    Ok(ConnectivityIntentSpec { constraints: Some(constraints), ..spec })
}

/// The spec with the countries to which the class confines everybody, where it states none itself.
fn confined(bounds: Option<&ClassBounds>, spec: ConnectivityIntentSpec) -> ConnectivityIntentSpec {
    let Some(most) = bounds.and_then(|bounds| bounds.jurisdictions.clone()) else { return spec };
    let mut constraints = spec.constraints.clone().unwrap_or_default();
    constraints.jurisdictions.get_or_insert(most);
    ConnectivityIntentSpec { constraints: Some(constraints), ..spec }
}

#[cfg(test)]
mod tests;
