//! `ConnectivityIntent` to [`Request`].

use std::collections::BTreeSet;

use super::{
    Refusal, amount, bandwidth, countries, currency, duration, percentage, percentile, small, term_end,
    term_unit, vlan,
};
use crate::api::{
    Accept, ConnectivityIntentSpec, Constraints, DeletionPolicy, Encryption, Endpoint, EndpointRole,
    IntentBudget, IntentMode, IntentObjectives, JitterKind, LatencyBound, ObjectiveWindow, PercentText,
    ResilienceMode,
};
use crate::model::{
    AcceptedRisk, Budget, Commitment, Country, Direction, Existing, JitterMetric, JitterObjective,
    LatencyObjective, MOST_LEGS, MOST_SPOKES, Mode, Objectives, OnDelete, OnPartial, Preference, Rate, Rates,
    Request, RequestedEnd, RequestedTerm, Resilience, ServiceId,
};

/// What the intent asks for.
///
/// # Errors
/// A field that cannot be understood or that this version cannot honour.
pub fn request(spec: &ConnectivityIntentSpec) -> Result<Request, Refusal> {
    if let Some(name) = &spec.class_name {
        // What a class says is resolved before: whoever comes here with its name has not found it.
        let message = format!("spec.className: there is no ConnectivityClass {name} to resolve this with");
        return Err(Refusal { reason: "ClassNotFound", message });
    }
    let mode = match spec.mode {
        IntentMode::Manage => Mode::Manage,
        IntentMode::Plan => Mode::Plan,
        IntentMode::ObserveOnly => Mode::ObserveOnly,
    };
    let on_delete = match spec.deletion_policy {
        None | Some(DeletionPolicy::Disconnect) => OnDelete::Disconnect,
        Some(DeletionPolicy::Retain) => OnDelete::Retain,
        Some(DeletionPolicy::DisconnectAtTermEnd) => {
            return Err(Refusal::unsupported(
                "spec.deletionPolicy: DisconnectAtTermEnd",
                "write Disconnect or Retain",
            ));
        }
    };
    let Ends { a, z, spokes } = ends(&spec.endpoints)?;
    let existing = existing(spec)?;
    if existing.is_some() && !spokes.is_empty() {
        let instead = "create an intent between two peers for each service that runs already";
        return Err(Refusal::unsupported("spec.existing with a hub", instead));
    }
    let rates = rates(spec)?;
    let (deny, jurisdictions) = spec.constraints.as_ref().map(constraints).transpose()?.unwrap_or_default();
    Ok(Request {
        mode,
        existing,
        a,
        z,
        spokes,
        resilience: resilience(spec)?,
        rates,
        frame_size: spec.frame_size.map(|size| small("spec.frameSize", size)).transpose()?,
        objectives: spec.objectives.as_ref().map(objectives).transpose()?.unwrap_or_default(),
        deny,
        jurisdictions,
        budget: spec.budget.as_ref().map(budget).transpose()?,
        term: spec
            .term
            .as_ref()
            .map(|term| {
                Ok(RequestedTerm {
                    value: small("spec.term.value", term.value)?,
                    unit: term_unit(term.unit),
                    at_end: term_end(term.at_end),
                })
            })
            .transpose()?,
        ready_by: spec.schedule.as_ref().and_then(|schedule| schedule.ready_by.as_ref()).map(|time| time.0),
        purchase_order: spec.reference.as_ref().and_then(|reference| reference.po.clone()),
        end_customer: spec.reference.as_ref().and_then(|reference| reference.end_customer.clone()),
        on_delete,
        preference: Preference::default(),
        max_legs: MOST_LEGS,
        accepted_risk: AcceptedRisk::default(),
        on_partial: OnPartial::default(),
        suspend: spec.suspend,
    })
}

fn existing(spec: &ConnectivityIntentSpec) -> Result<Option<Existing>, Refusal> {
    let Some(existing) = &spec.existing else {
        return match spec.mode {
            IntentMode::Manage | IntentMode::Plan => Ok(None),
            IntentMode::ObserveOnly => Err(Refusal::invalid(
                "spec.existing",
                "mode ObserveOnly needs it: say which service to watch",
            )),
        };
    };
    if spec.mode == IntentMode::Plan {
        return Err(Refusal::invalid("spec.existing", "needs mode ObserveOnly or Manage"));
    }
    if existing.product_id.is_some() == existing.between_endpoints.is_some() {
        return Err(Refusal::invalid("spec.existing", "state exactly one of productId, betweenEndpoints"));
    }
    Ok(Some(Existing {
        account: existing.provider.clone(),
        service: existing.product_id.clone().map(ServiceId),
    }))
}

fn resilience(spec: &ConnectivityIntentSpec) -> Result<Resilience, Refusal> {
    let Some(asked) = &spec.resilience else { return Ok(Resilience::None) };
    if asked.separate_ports.is_some() && asked.mode != ResilienceMode::DiversePath {
        return Err(Refusal::invalid("spec.resilience.separatePorts", "belongs to mode DiversePath"));
    }
    if spec.existing.is_some() && asked.mode != ResilienceMode::None {
        return Err(Refusal::unsupported(
            "spec.resilience.mode with spec.existing",
            "write mode None: one service that exists is no pair",
        ));
    }
    Ok(match asked.mode {
        ResilienceMode::None => Resilience::None,
        ResilienceMode::DiversePath => {
            Resilience::DiversePath { separate_ports: asked.separate_ports.unwrap_or(false) }
        }
        ResilienceMode::DiverseProvider => Resilience::DiverseProvider,
    })
}

/// Two ends; where the first is a hub, all spokes, of which the other end is the first.
struct Ends {
    a: RequestedEnd,
    z: RequestedEnd,
    spokes: Vec<RequestedEnd>,
}

/// Two peers, or a hub and its spokes, in any order.
fn ends(endpoints: &[Endpoint]) -> Result<Ends, Refusal> {
    let (mut hubs, mut spokes, mut peers) = (Vec::new(), Vec::new(), Vec::new());
    for (index, endpoint) in endpoints.iter().enumerate() {
        let field = format!("spec.endpoints[{index}]");
        let read = end(&field, endpoint)?;
        if endpoints.iter().take(index).any(|before| before.name == endpoint.name) {
            return Err(Refusal::invalid(&format!("{field}.name"), "give every end a name of its own"));
        }
        match endpoint.role {
            None | Some(EndpointRole::Peer) => peers.push(read),
            Some(EndpointRole::Spoke) => spokes.push(read),
            Some(EndpointRole::Hub) if read.vlan.is_some() => {
                let instead =
                    "remove it: every spoke has a VLAN of its own at the hub, and can ask for one at its end";
                return Err(Refusal::unsupported(&format!("{field}.vlan of a hub"), instead));
            }
            Some(EndpointRole::Hub) => hubs.push(read),
        }
    }
    if hubs.is_empty() && spokes.is_empty() {
        let two: Result<[RequestedEnd; 2], _> = peers.try_into();
        let [a, z] = two.map_err(|_| {
            let instead =
                "write exactly two peers, or give one end the role Hub and every other the role Spoke";
            Refusal::unsupported("spec.endpoints with other than two peers", instead)
        })?;
        return Ok(Ends { a, z, spokes });
    }
    let only: Result<[RequestedEnd; 1], _> = hubs.try_into();
    let ([a], Some(z), true) = (
        only.map_err(|_| Refusal::invalid("spec.endpoints", "exactly one of them must have the role Hub"))?,
        spokes.first().cloned(),
        peers.is_empty(),
    ) else {
        let instead = "beside a hub every end must have the role Spoke, and at least one must be there";
        return Err(Refusal::invalid("spec.endpoints", instead));
    };
    if spokes.len() > MOST_SPOKES {
        let instead = format!("write at most {MOST_SPOKES}, and another intent for the others");
        return Err(Refusal::unsupported(&format!("spec.endpoints with {} spokes", spokes.len()), &instead));
    }
    Ok(Ends { a, z, spokes })
}

fn end(field: &str, endpoint: &Endpoint) -> Result<RequestedEnd, Refusal> {
    let Some(site) = &endpoint.site else {
        return Err(Refusal::unsupported(&format!("{field} without site"), "name a Site"));
    };
    Ok(RequestedEnd {
        name: endpoint.name.clone(),
        site: site.name.clone(),
        vlan: endpoint.vlan.as_ref().map(|v| vlan(&format!("{field}.vlan.id"), v.id)).transpose()?,
    })
}

fn rates(spec: &ConnectivityIntentSpec) -> Result<Rates, Refusal> {
    let rate = |field: &str, committed, peak: Option<_>| {
        let committed = bandwidth(&format!("{field}.committed"), committed)?;
        let peak = peak.map(|text| bandwidth(&format!("{field}.peak"), text)).transpose()?;
        if committed.bits() == 0 {
            return Err(Refusal::invalid(&format!("{field}.committed"), "write more than nothing"));
        }
        if peak.is_some_and(|peak| peak < committed) {
            return Err(Refusal::invalid(&format!("{field}.peak"), "write at least the committed rate"));
        }
        Ok(Rate::new(committed, peak))
    };
    let a_to_z = rate("spec.bandwidth", &spec.bandwidth.committed, spec.bandwidth.peak.as_ref())?;
    let z_to_a = match &spec.bandwidth.reverse {
        Some(reverse) => rate("spec.bandwidth.reverse", &reverse.committed, reverse.peak.as_ref())?,
        None => a_to_z,
    };
    Ok(Rates { a_to_z, z_to_a })
}

fn no_window(field: &str, window: Option<&ObjectiveWindow>) -> Result<(), Refusal> {
    match window {
        Some(_) => Err(Refusal::unsupported(
            &format!("{field}.window"),
            "remove it: the seller's own window applies",
        )),
        None => Ok(()),
    }
}

fn asked(field: &str, text: Option<&PercentText>) -> Result<crate::model::Percentile, Refusal> {
    let ninety_nine = PercentText::from("99");
    percentile(&format!("{field}.percentile"), text.unwrap_or(&ninety_nine))
}

fn latency(bound: &LatencyBound) -> Result<LatencyObjective, Refusal> {
    let field = "spec.objectives.latency";
    no_window(field, bound.window.as_ref())?;
    let (direction, text) = match (&bound.round_trip, &bound.one_way) {
        (Some(text), None) => (Direction::RoundTrip, text),
        (None, Some(text)) => (Direction::OneWay, text),
        (Some(_), Some(_)) | (None, None) => {
            return Err(Refusal::invalid(field, "state exactly one of roundTrip, oneWay"));
        }
    };
    Ok(LatencyObjective {
        direction,
        bound: duration(field, text)?,
        percentile: asked(field, bound.percentile.as_ref())?,
    })
}

fn objectives(spec: &IntentObjectives) -> Result<Objectives, Refusal> {
    let jitter = spec
        .jitter
        .as_ref()
        .map(|bound| {
            let field = "spec.objectives.jitter";
            no_window(field, bound.window.as_ref())?;
            Ok(JitterObjective {
                metric: match bound.metric {
                    JitterKind::IFDV => JitterMetric::Ifdv,
                    JitterKind::FDR => JitterMetric::Fdr,
                },
                bound: duration(&format!("{field}.oneWay"), &bound.one_way)?,
                percentile: asked(field, bound.percentile.as_ref())?,
            })
        })
        .transpose()?;
    if let Some(bound) = &spec.loss {
        no_window("spec.objectives.loss", bound.window.as_ref())?;
    }
    if let Some(bound) = &spec.availability {
        no_window("spec.objectives.availability", bound.window.as_ref())?;
    }
    Ok(Objectives {
        latency: spec.latency.as_ref().map(latency).transpose()?,
        jitter,
        max_loss: spec
            .loss
            .as_ref()
            .map(|bound| percentage("spec.objectives.loss.maxPercent", &bound.max_percent))
            .transpose()?,
        min_availability: spec
            .availability
            .as_ref()
            .map(|bound| percentage("spec.objectives.availability.minPercent", &bound.min_percent))
            .transpose()?,
        accept: match spec.accept {
            None | Some(Accept::Contracted) => Commitment::Contracted,
            Some(Accept::BestEffort) => Commitment::BestEffort,
        },
    })
}

/// Accounts never to use, and countries beyond which no data may pass.
fn constraints(spec: &Constraints) -> Result<(BTreeSet<String>, Option<BTreeSet<Country>>), Refusal> {
    match spec.encryption {
        None | Some(Encryption::None) => {}
        Some(Encryption::Provider | Encryption::Overlay) => {
            return Err(Refusal::unsupported(
                "spec.constraints.encryption",
                "write None and encrypt in your workload",
            ));
        }
    }
    let jurisdictions = spec.jurisdictions.as_ref();
    let allowed =
        jurisdictions.map(|stated| countries("spec.constraints.jurisdictions.allow", &stated.allow));
    let denied = spec.providers.iter().flat_map(|providers| providers.deny.iter().cloned()).collect();
    Ok((denied, allowed.transpose()?))
}

fn budget(spec: &IntentBudget) -> Result<Budget, Refusal> {
    let optional = |field: &str, text: &Option<_>| {
        text.as_ref().map(|text| amount(field, text)).transpose().map(Option::unwrap_or_default)
    };
    Ok(Budget {
        currency: currency("spec.budget.currency", &spec.currency)?,
        monthly: amount("spec.budget.monthly", &spec.monthly)?,
        one_time: optional("spec.budget.oneTime", &spec.one_time)?,
        termination: optional("spec.budget.termination", &spec.termination)?,
    })
}

#[cfg(test)]
mod tests;
