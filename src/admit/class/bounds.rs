//! The bounds of a class, as values that an intent can be held against.

use std::collections::BTreeSet;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use rust_decimal::Decimal;

use crate::admit::{Refusal, amount, bandwidth, countries, currency, duration, percentage, small, term_unit};
use crate::api::{
    Accept, ClassBounds, ConnectivityIntentSpec, DeletionPolicy, IntentTerm, ResilienceMode, TermLength,
    whole,
};
use crate::model::{Country, Term};

type Range<T> = (Option<T>, Option<T>);

/// Bounds that can be compared.
pub(super) struct Bounds {
    pub(super) bandwidth: Range<crate::model::Bandwidth>,
    frame_size: Range<i64>,
    one_way: Option<std::time::Duration>,
    jitter: Option<std::time::Duration>,
    loss: Option<crate::model::Percentage>,
    availability: Option<crate::model::Percentage>,
    accept: Vec<Accept>,
    jurisdictions: Option<BTreeSet<Country>>,
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

pub(super) fn bounds_of(stated: Option<&ClassBounds>) -> Result<Bounds, Refusal> {
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
        jurisdictions: stated
            .jurisdictions
            .map(|most| countries("spec.bounds.jurisdictions.allow", &most.allow))
            .transpose()?,
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
pub(super) type Outside = (&'static str, String);

impl Bounds {
    /// Whether a spec that can be understood keeps them.
    pub(super) fn kept(
        &self,
        spec: &ConnectivityIntentSpec,
        created: Option<Timestamp>,
    ) -> Result<(), Outside> {
        self.rates_kept(spec)?;
        let (min, max) = self.frame_size;
        if let Some(size) = spec.frame_size {
            within("frameSize", "spec.frameSize", &size, (min.as_ref(), max.as_ref()))?;
        }
        self.objectives_kept(spec)?;
        self.jurisdictions_kept(spec)?;
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
            let why =
                format!("spec.schedule.readyBy: {ready} is too soon; {earliest} is the earliest allowed");
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
        let least = |field: &'static str,
                     asked: Option<std::time::Duration>,
                     min: Option<std::time::Duration>| {
            match (asked, min) {
                (Some(asked), Some(min)) if asked < min => Err((
                    "objectives",
                    format!(
                        "spec.objectives.{field}: {} is stricter than the {} allowed",
                        text(&asked),
                        text(&min)
                    ),
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

    fn jurisdictions_kept(&self, spec: &ConnectivityIntentSpec) -> Result<(), Outside> {
        let stated = spec.constraints.as_ref().and_then(|constraints| constraints.jurisdictions.as_ref());
        let (Some(stated), Some(most)) = (stated, &self.jurisdictions) else { return Ok(()) };
        let beyond = |name: &&String| Country::named(name).is_none_or(|country| !most.contains(&country));
        let Some(beyond) = stated.allow.iter().find(beyond) else { return Ok(()) };
        let most: Vec<String> = most.iter().map(Country::to_string).collect();
        let why = format!(
            "spec.constraints.jurisdictions.allow: {beyond} is not among the {} allowed",
            most.join(", ")
        );
        Err(("constraints", why))
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
