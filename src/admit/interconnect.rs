//! `Interconnect` to [`Interconnect`](model::Interconnect).

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Refusal, amount, bandwidth, consumers_allow, currency, duration, percentage, small};
use crate::api::InterconnectSpec;
use crate::model;

/// The interconnect as a namespace may use it.
///
/// # Errors
/// A field that cannot be understood.
pub fn interconnect(
    name: &str,
    spec: &InterconnectSpec,
    namespace: &str,
    labels: Option<&BTreeMap<String, String>>,
) -> Result<model::Interconnect, Refusal> {
    let patched = &spec.cross_connect;
    let [one, other] = patched.ports.as_slice() else {
        return Err(Refusal::invalid("spec.crossConnect.ports", "name two ports of the site"));
    };
    if one == other {
        return Err(Refusal::invalid("spec.crossConnect.ports", "name two different ports of the site"));
    }
    let availability =
        spec.availability.as_ref().map(|share| percentage("spec.availability", share)).transpose()?;
    let latency = spec.latency.as_ref().map(|delay| duration("spec.latency", delay)).transpose()?;
    let cost = spec.cost.as_ref().map(|cost| {
        Ok::<_, Refusal>(model::OwnCost {
            currency: currency("spec.cost.currency", &cost.currency)?,
            monthly: amount("spec.cost.monthly", &cost.monthly)?,
            one_time: cost
                .one_time
                .as_ref()
                .map_or(Ok(model::Amount::ZERO), |text| amount("spec.cost.oneTime", text))?,
        })
    });
    Ok(model::Interconnect {
        name: name.to_owned(),
        site: patched.site.clone(),
        ports: (one.clone(), other.clone()),
        offered: consumers_allow(spec.consumers.as_ref(), namespace, labels),
        maintenance: spec.maintenance,
        capacity: spec.capacity.as_ref().map(|text| bandwidth("spec.capacity", text)).transpose()?,
        max_frame_size: spec.frame_size.map(|size| small("spec.frameSize", size)).transpose()?,
        latency: latency.unwrap_or(Duration::ZERO),
        availability,
        cost: cost.transpose()?,
        risk_groups: spec.risk_groups.clone(),
    })
}

#[cfg(test)]
mod tests;
