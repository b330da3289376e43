//! `ConnectivityClass`: which one counts for an intent, and what it makes of the intent.

use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use super::{
    Refusal, amount, bandwidth, consumers_allow, currency, duration, percentage, request, rules, small,
    term_unit,
};
use crate::api::{
    Accept, ClassBounds, ClassDefaults, ClassPreference, ConnectivityClass, ConnectivityClassSpec,
    ConnectivityIntentSpec, Constraints, DEFAULT_CLASS, DeletionPolicy, EffectiveValues, IntentObjectives,
    IntentTerm, Party, PreferenceOrder, ResilienceMode, Schedule, TermLength, whole,
};
use crate::model::{Preference, Request, Term, Weights};

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
        class.metadata.annotations.as_ref().and_then(|all| all.get(DEFAULT_CLASS)).is_some_and(|is| is == "true")
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
    if let Some(protection) = &spec.deletion_protection {
        amount("spec.deletionProtection.remaining", &protection.remaining)?;
        currency("spec.deletionProtection.currency", &protection.currency)?;
    }
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
        Err((_, why)) => Err(Refusal { reason: "Invalid", message: why.replacen("spec.", "spec.defaults: ", 1) }),
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
    let denied = denied(class.spec.bounds.as_ref(), filled)
        .map_err(|why| of_user("OutsideClass", format!("{why} by ConnectivityClass {name}")))?;
    let asked = request(&denied).map_err(wrong)?;
    let preference = preference(class.spec.preference.as_ref()).map_err(wrong)?;
    Ok(Resolved { request: Request { preference, ..asked }, spec: denied })
}

/// What counts of everything that a class has a say in.
#[must_use]
pub fn effective_values(spec: &ConnectivityIntentSpec) -> EffectiveValues {
    EffectiveValues {
        bandwidth: spec.bandwidth.clone(),
        frame_size: spec.frame_size,
        objectives: spec.objectives.clone(),
        constraints: spec.constraints.clone(),
        resilience: spec.resilience.clone(),
        term: spec.term.clone(),
        ready_by: spec.schedule.as_ref().and_then(|schedule| schedule.ready_by.clone()),
        deletion_policy: spec.deletion_policy,
    }
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

/// The spec with the defaults where it says nothing.
fn filled(
    defaults: Option<&ClassDefaults>,
    spec: &ConnectivityIntentSpec,
    created: Option<Timestamp>,
) -> Result<ConnectivityIntentSpec, Refusal> {
    let mut spec = spec.clone();
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
fn denied(bounds: Option<&ClassBounds>, spec: ConnectivityIntentSpec) -> Result<ConnectivityIntentSpec, String> {
    let Some(more) = bounds.and_then(|bounds| bounds.providers.as_ref()).filter(|more| !more.deny.is_empty())
    else {
        return Ok(spec);
    };
    let mut constraints = spec.constraints.clone().unwrap_or_default();
    let mut providers = constraints.providers.take().unwrap_or_default();
    providers.deny.extend(more.deny.iter().filter(|name| !providers.deny.contains(name)).cloned().collect::<Vec<_>>());
    if providers.deny.len() > MOST_DENIED {
        return Err(format!(
            "spec.constraints.providers.deny: {} providers with those denied, and {MOST_DENIED} are the most",
            providers.deny.len()
        ));
    }
    constraints.providers = Some(providers);
    Ok(ConnectivityIntentSpec { constraints: Some(constraints), ..spec })
}

type Range<T> = (Option<T>, Option<T>);

/// Bounds that can be compared.
struct Bounds {
    bandwidth: Range<crate::model::Bandwidth>,
    frame_size: Range<i64>,
    one_way: Option<std::time::Duration>,
    jitter: Option<std::time::Duration>,
    loss: Option<crate::model::Percentage>,
    availability: Option<crate::model::Percentage>,
    accept: Vec<Accept>,
    resilience: Vec<ResilienceMode>,
    budget: Option<BudgetLimits>,
    term: Range<(TermLength, Decimal)>,
    lead: Option<std::time::Duration>,
    deletion_policy: Vec<DeletionPolicy>,
}

struct BudgetLimits {
    currency: crate::model::Currency,
    monthly: Option<crate::model::Amount>,
    one_time: Option<crate::model::Amount>,
    termination: Option<crate::model::Amount>,
}

fn ordered<T: PartialOrd>(field: &str, range: Range<T>) -> Result<Range<T>, Refusal> {
    match &range {
        (Some(min), Some(max)) if min > max => Err(Refusal::invalid(field, "min is above max")),
        _ => Ok(range),
    }
}

fn bounds_of(stated: Option<&ClassBounds>) -> Result<Bounds, Refusal> {
    let stated = stated.cloned().unwrap_or_default();
    let rates = stated.bandwidth.unwrap_or_default();
    let frames = stated.frame_size.unwrap_or_default();
    let objectives = stated.objectives.unwrap_or_default();
    let terms = stated.term.unwrap_or_default();
    let length = |field: &str, length: Option<TermLength>| {
        length
            .map(|length| {
                let months = months(field, length.value, length.unit)?;
                Ok::<_, Refusal>((length, months))
            })
            .transpose()
    };
    let term = (length("spec.bounds.term.min", terms.min)?, length("spec.bounds.term.max", terms.max)?);
    ordered("spec.bounds.term", (term.0.as_ref().map(|min| min.1), term.1.as_ref().map(|max| max.1)))?;
    let rate = |field: &str, text: Option<_>| text.map(|text| bandwidth(field, &text)).transpose();
    let time = |field: &str, text: Option<_>| text.map(|text| duration(field, &text)).transpose();
    let share = |field: &str, text: Option<_>| text.map(|text| percentage(field, &text)).transpose();
    let budget = stated
        .budget
        .map(|budget| {
            let most = |name: &str, text: &Option<_>| {
                text.as_ref().map(|text| amount(&format!("spec.bounds.budget.{name}"), text)).transpose()
            };
            Ok::<_, Refusal>(BudgetLimits {
                currency: currency("spec.bounds.budget.currency", &budget.currency)?,
                monthly: most("monthly", &budget.monthly)?,
                one_time: most("oneTime", &budget.one_time)?,
                termination: most("termination", &budget.termination)?,
            })
        })
        .transpose()?;
    Ok(Bounds {
        bandwidth: ordered(
            "spec.bounds.bandwidth",
            (rate("spec.bounds.bandwidth.min", rates.min)?, rate("spec.bounds.bandwidth.max", rates.max)?),
        )?,
        frame_size: ordered("spec.bounds.frameSize", (frames.min, frames.max))?,
        one_way: time("spec.bounds.objectives.minOneWay", objectives.min_one_way)?,
        jitter: time("spec.bounds.objectives.minJitter", objectives.min_jitter)?,
        loss: share("spec.bounds.objectives.minLossPercent", objectives.min_loss_percent)?,
        availability: share(
            "spec.bounds.objectives.maxAvailabilityPercent",
            objectives.max_availability_percent,
        )?,
        accept: objectives.accept,
        resilience: stated.resilience,
        budget,
        term,
        lead: time("spec.bounds.lead", stated.lead)?,
        deletion_policy: stated.deletion_policy,
    })
}

fn months(field: &str, value: i64, unit: crate::api::TermUnit) -> Result<Decimal, Refusal> {
    let (at_end, roll) = (crate::model::TermEnd::Renew, None);
    let term = Term { name: String::new(), value: small(field, value)?, unit: term_unit(unit), at_end, roll };
    Ok(term.months())
}

/// Field and sentence of a bound that is not kept.
type Outside = (&'static str, String);

impl Bounds {
    /// Whether a spec that can be understood keeps them.
    fn kept(&self, spec: &ConnectivityIntentSpec, created: Option<Timestamp>) -> Result<(), Outside> {
        self.rates_kept(spec)?;
        let (min, max) = self.frame_size;
        if let Some(size) = spec.frame_size {
            within("frameSize", "spec.frameSize", &size, (min.as_ref(), max.as_ref()))?;
        }
        self.objectives_kept(spec)?;
        let mode = spec.resilience.as_ref().map_or(ResilienceMode::None, |resilience| resilience.mode);
        one_of("resilience", "spec.resilience.mode", mode, &self.resilience)?;
        self.budget_kept(spec)?;
        self.term_kept(spec.term.as_ref())?;
        let policy = spec.deletion_policy.unwrap_or_default();
        one_of("deletionPolicy", "spec.deletionPolicy", policy, &self.deletion_policy)?;
        let ready = spec.schedule.as_ref().and_then(|schedule| schedule.ready_by.as_ref());
        let earliest = created.zip(self.lead).and_then(|(created, lead)| created.checked_add(lead).ok());
        if let (Some(Time(ready)), Some(earliest)) = (ready, earliest)
            && *ready < whole(earliest).0
        {
            let why = format!("spec.schedule.readyBy: {ready} is too soon; {earliest} is the earliest allowed");
            return Err(("schedule", why));
        }
        Ok(())
    }

    fn rates_kept(&self, spec: &ConnectivityIntentSpec) -> Result<(), Outside> {
        let (min, max) = &self.bandwidth;
        let forward = (Some(&spec.bandwidth.committed), spec.bandwidth.peak.as_ref(), "spec.bandwidth");
        let back = spec.bandwidth.reverse.as_ref();
        let back = (
            back.map(|back| &back.committed),
            back.and_then(|back| back.peak.as_ref()),
            "spec.bandwidth.reverse",
        );
        for (committed, peak, field) in [forward, back] {
            for (text, name, min) in [(committed, "committed", min.as_ref()), (peak, "peak", None)] {
                let Some(rate) = text.and_then(|text| text.0.parse().ok()) else { continue };
                within("bandwidth", &format!("{field}.{name}"), &rate, (min, max.as_ref()))?;
            }
        }
        Ok(())
    }

    fn objectives_kept(&self, spec: &ConnectivityIntentSpec) -> Result<(), Outside> {
        let Some(asked) = &spec.objectives else { return Ok(()) };
        let time = |text: &crate::api::DurationText| crate::model::parse_duration(&text.0).ok();
        let text = |time: &std::time::Duration| crate::model::format_duration(*time);
        let least = |field: &'static str, asked: Option<std::time::Duration>, min: Option<std::time::Duration>| {
            match (asked, min) {
                (Some(asked), Some(min)) if asked < min => Err((
                    "objectives",
                    format!("spec.objectives.{field}: {} is stricter than the {} allowed", text(&asked), text(&min)),
                )),
                _ => Ok(()),
            }
        };
        let latency = asked.latency.as_ref();
        least("latency.oneWay", latency.and_then(|bound| time(bound.one_way.as_ref()?)), self.one_way)?;
        least(
            "latency.roundTrip",
            latency.and_then(|bound| time(bound.round_trip.as_ref()?)),
            self.one_way.and_then(|least| least.checked_mul(2)),
        )?;
        least("jitter.oneWay", asked.jitter.as_ref().and_then(|bound| time(&bound.one_way)), self.jitter)?;
        let share = |text: &crate::api::PercentText| text.0.parse::<crate::model::Percentage>().ok();
        let loss = asked.loss.as_ref().and_then(|bound| share(&bound.max_percent));
        if let Some(loss) = loss {
            within("objectives", "spec.objectives.loss.maxPercent", &loss, (self.loss.as_ref(), None))?;
        }
        let availability = asked.availability.as_ref().and_then(|bound| share(&bound.min_percent));
        if let Some(availability) = availability {
            let field = "spec.objectives.availability.minPercent";
            within("objectives", field, &availability, (None, self.availability.as_ref()))?;
        }
        one_of("objectives", "spec.objectives.accept", asked.accept.unwrap_or_default(), &self.accept)
    }

    fn budget_kept(&self, spec: &ConnectivityIntentSpec) -> Result<(), Outside> {
        let (Some(stated), Some(limits)) = (&spec.budget, &self.budget) else { return Ok(()) };
        let currency = limits.currency;
        if stated.currency.0 != currency.to_string() {
            let why = format!("spec.budget.currency: {} is not the {currency} allowed", stated.currency.0);
            return Err(("budget", why));
        }
        for (name, text, most) in [
            ("monthly", Some(&stated.monthly), limits.monthly),
            ("oneTime", stated.one_time.as_ref(), limits.one_time),
            ("termination", stated.termination.as_ref(), limits.termination),
        ] {
            let Some(asked) = text.and_then(|text| text.0.parse().ok()) else { continue };
            within("budget", &format!("spec.budget.{name}"), &asked, (None, most.as_ref()))?;
        }
        Ok(())
    }

    fn term_kept(&self, stated: Option<&IntentTerm>) -> Result<(), Outside> {
        let (min, max) = &self.term;
        if min.is_none() && max.is_none() {
            return Ok(());
        }
        let words = |length: &TermLength| format!("{} {:?}", length.value, length.unit);
        let Some(stated) = stated else {
            let limits: Vec<_> = [("at least", min), ("at most", max)]
                .into_iter()
                .filter_map(|(word, limit)| Some(format!("{word} {}", words(&limit.as_ref()?.0))))
                .collect();
            return Err(("term", format!("spec.term: state one, {} is allowed", limits.join(" and "))));
        };
        // It was understood before.
        let Ok(asked) = months("spec.term.value", stated.value, stated.unit) else { return Ok(()) };
        let own = format!("{} {:?}", stated.value, stated.unit);
        match (min, max) {
            (Some((length, months)), _) if asked < *months => {
                Err(("term", format!("spec.term: {own} is below the {} allowed", words(length))))
            }
            (_, Some((length, months))) if asked > *months => {
                Err(("term", format!("spec.term: {own} is above the {} allowed", words(length))))
            }
            _ => Ok(()),
        }
    }
}

fn within<T: PartialOrd + std::fmt::Display>(
    kind: &'static str,
    field: &str,
    asked: &T,
    (min, max): (Option<&T>, Option<&T>),
) -> Result<(), Outside> {
    if let Some(min) = min.filter(|min| asked < min) {
        return Err((kind, format!("{field}: {asked} is below the {min} allowed")));
    }
    if let Some(max) = max.filter(|max| asked > max) {
        return Err((kind, format!("{field}: {asked} is above the {max} allowed")));
    }
    Ok(())
}

fn one_of<T: PartialEq + std::fmt::Debug>(
    kind: &'static str,
    field: &str,
    asked: T,
    allowed: &[T],
) -> Result<(), Outside> {
    if allowed.is_empty() || allowed.contains(&asked) {
        return Ok(());
    }
    let words: Vec<_> = allowed.iter().map(|allowed| format!("{allowed:?}")).collect();
    Err((kind, format!("{field}: {asked:?} is not the {} allowed", words.join(" or "))))
}

#[cfg(test)]
mod tests;
