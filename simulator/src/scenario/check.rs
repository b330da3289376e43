//! Whether the parts of a scenario fit together. Pure: a scenario in, the first mistake out.

use std::collections::BTreeSet;

use super::market::{EndOfTermAction, ProductType};
use super::{
    Delay, Fault, Misconduct, On, PortMode, Scenario, ScenarioError, Stage, TerminationBasis,
    rehearsal::Effect,
};

type Checked = Result<(), ScenarioError>;

/// No connection is kept waiting longer than this.
const LONGEST: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

fn mistake(path: impl Into<String>, message: impl Into<String>) -> ScenarioError {
    ScenarioError { path: path.into(), message: message.into() }
}

/// Checks everything that the types do not say.
pub(super) fn check(scenario: &Scenario) -> Checked {
    unique("sites", scenario.sites.iter().map(|site| &site.id))?;
    unique("sites", scenario.sites.iter().map(|site| &site.address_id))?;
    unique(
        "unis, ennis and existingServices",
        scenario
            .unis
            .iter()
            .map(|uni| &uni.id)
            .chain(scenario.ennis.iter().map(|enni| &enni.id))
            .chain(scenario.existing_services.iter().map(|service| &service.id)),
    )?;
    unique("classesOfService", scenario.classes_of_service.iter().map(|class| &class.name))?;
    unique("offerings", scenario.offerings.iter().map(|offering| &offering.id))?;
    unique("rehearsals", scenario.rehearsals.iter().map(|rule| &rule.name))?;
    if scenario.currency.len() != 3 || !scenario.currency.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(mistake("currency", "write an ISO 4217 code such as USD"));
    }
    if scenario.clock.speed == Some(0) {
        return Err(mistake("clock.speed", "must be at least 1"));
    }
    if scenario.clock.speed.is_some() && scenario.clock.manual.is_some() {
        return Err(mistake("clock", "a manual clock has no speed; keep one of the two"));
    }
    if scenario.lists.page_limit == 0 {
        return Err(mistake("lists.pageLimit", "must be at least 1"));
    }
    let order = &scenario.order;
    let raises = order.cancel.fee.is_some()
        || (!order.termination_fee.share.0.is_zero()
            && order.termination_fee.shown == TerminationBasis::AsCharge);
    if raises && !order.charges {
        return Err(mistake(
            "order.charges",
            "fees that the buyer has to accept need charges to be supported",
        ));
    }
    places(scenario)?;
    market(scenario)?;
    existing_services(scenario)?;
    rehearsals(scenario)?;
    faults(&scenario.faults)
}

fn unique<'a>(list: &str, ids: impl Iterator<Item = &'a String>) -> Checked {
    let mut seen = BTreeSet::new();
    for id in ids {
        if id.is_empty() {
            return Err(mistake(list, "an id is empty"));
        }
        if !seen.insert(id) {
            return Err(mistake(list, format!("'{id}' appears twice")));
        }
    }
    Ok(())
}

fn places(scenario: &Scenario) -> Checked {
    let known = |path: String, id: &str| match scenario.site(id) {
        Some(_) => Ok(()),
        None => Err(mistake(path, format!("there is no site '{id}' in sites"))),
    };
    for (n, uni) in scenario.unis.iter().enumerate() {
        known(format!("unis[{n}].site"), &uni.site)?;
        if uni.mode == PortMode::Port && uni.max_end_points != 1 {
            return Err(mistake(format!("unis[{n}].maxEndPoints"), "a UNI in mode Port carries one service"));
        }
        if uni.max_frame_size < 1522 {
            return Err(mistake(format!("unis[{n}].maxFrameSize"), "must be at least 1522 (MEF 10.4)"));
        }
        if let Some(offering) = &uni.offering {
            match scenario.offering(offering) {
                Some(found) if found.product == ProductType::SubscriberUni => {}
                Some(_) => {
                    return Err(mistake(format!("unis[{n}].offering"), "is not a SubscriberUni offering"));
                }
                None => return Err(mistake(format!("unis[{n}].offering"), "there is no such offering")),
            }
        }
    }
    for (n, enni) in scenario.ennis.iter().enumerate() {
        known(format!("ennis[{n}].site"), &enni.site)?;
        if enni.max_frame_size < 1526 {
            return Err(mistake(format!("ennis[{n}].maxFrameSize"), "must be at least 1526 (MEF 26.2)"));
        }
    }
    for (n, pair) in scenario.site_pairs.iter().enumerate() {
        for site in &pair.sites {
            known(format!("sitePairs[{n}].sites"), site)?;
        }
        if scenario.site_pairs[..n].iter().any(|other| other.joins(&pair.sites[0], &pair.sites[1])) {
            return Err(mistake(format!("sitePairs[{n}]"), "the same two sites are listed twice"));
        }
    }
    Ok(())
}

fn market(scenario: &Scenario) -> Checked {
    for (n, offering) in scenario.offerings.iter().enumerate() {
        let path = |field: &str| format!("offerings[{n}].{field}");
        let line = offering.product != ProductType::SubscriberUni;
        if line && offering.classes_of_service.is_empty() {
            return Err(mistake(path("classesOfService"), "an E-Line needs at least one class of service"));
        }
        if offering.bandwidth.step.0 == 0 || offering.bandwidth.min > offering.bandwidth.max {
            return Err(mistake(path("bandwidth"), "needs a step above 0 and min no more than max"));
        }
        if offering.terms.is_empty() {
            return Err(mistake(path("terms"), "at least one term must be on offer"));
        }
        for (t, term) in offering.terms.iter().enumerate() {
            if term.end_of_term_actions.is_empty() {
                return Err(mistake(
                    path(&format!("terms[{t}].endOfTermActions")),
                    "needs at least one action",
                ));
            }
            if term.end_of_term_actions.contains(&EndOfTermAction::Roll) != term.roll_interval.is_some() {
                return Err(mistake(
                    path(&format!("terms[{t}].rollInterval")),
                    "goes with the action roll, and only with it",
                ));
            }
        }
        for class in &offering.classes_of_service {
            let Some(found) = scenario.class(class) else {
                return Err(mistake(
                    path("classesOfService"),
                    format!("there is no class '{class}' in classesOfService"),
                ));
            };
            for tier in scenario.site_pairs.iter().map(|pair| &pair.tier) {
                if found.tier(tier).is_none() {
                    return Err(mistake(
                        "classesOfService",
                        format!("class '{class}' has no SLS for tier '{tier}'"),
                    ));
                }
                if offering.price(Some(class), Some(tier)).is_none() {
                    return Err(mistake(
                        path("prices"),
                        format!("no price for class '{class}' over tier '{tier}'"),
                    ));
                }
            }
        }
        if !line && offering.price(None, None).is_none() {
            return Err(mistake(path("prices"), "a UNI needs one price without class and tier"));
        }
    }
    Ok(())
}

fn existing_services(scenario: &Scenario) -> Checked {
    for (n, service) in scenario.existing_services.iter().enumerate() {
        let path = |field: &str| format!("existingServices[{n}].{field}");
        let Some(offering) = scenario.offering(&service.offering) else {
            return Err(mistake(path("offering"), "there is no such offering"));
        };
        if offering.product == ProductType::AccessEline {
            return Err(mistake(
                path("offering"),
                "an Access E-Line is there once it is ordered; name an E-Line",
            ));
        }
        if !offering.classes_of_service.contains(&service.class_of_service) {
            return Err(mistake(path("classOfService"), "the offering does not come in this class"));
        }
        if (offering.product == ProductType::Evpl) != service.vlans.is_some() {
            return Err(mistake(path("vlans"), "an EVPL has VLANs, an EPL has none"));
        }
        let mut sites = Vec::new();
        for uni in &service.unis {
            match scenario.unis.iter().find(|known| known.id == *uni) {
                Some(known) => sites.push(&known.site),
                None => return Err(mistake(path("unis"), format!("there is no UNI '{uni}' in unis"))),
            }
        }
        if scenario.site_pair(sites[0], sites[1]).is_none() {
            return Err(mistake(path("unis"), "their sites are no entry of sitePairs"));
        }
    }
    Ok(())
}

fn rehearsals(scenario: &Scenario) -> Checked {
    for (n, rule) in scenario.rehearsals.iter().enumerate() {
        rehearsal(rule).map_err(|message| mistake(format!("rehearsals[{n}].effect"), message))?;
    }
    Ok(())
}

/// Whether a rule's effect makes sense at its stage.
pub(crate) fn rehearsal(rule: &super::Rehearsal) -> Result<(), &'static str> {
    match (&rule.effect, rule.on) {
        (Effect::Reject { .. } | Effect::Unable { .. } | Effect::Silent { .. }, _)
        | (Effect::Doubt { .. }, Stage::Qualification)
        | (Effect::Dearer { .. }, Stage::Quote) => Ok(()),
        (Effect::Doubt { .. }, Stage::Quote | Stage::Order) => Err("doubt is for qualifications"),
        (Effect::Dearer { .. }, Stage::Qualification | Stage::Order) => Err("dearer is for quotes"),
        (
            Effect::Slip { .. }
            | Effect::Charge(_)
            | Effect::SellerCancels { .. }
            | Effect::RefusesCancel { .. }
            | Effect::Misbill { .. },
            stage,
        ) => match stage {
            Stage::Order => Ok(()),
            Stage::Qualification | Stage::Quote => {
                Err("slip, charge, sellerCancels, refusesCancel and misbill are for orders")
            }
        },
    }
}

/// Whether faults can be told apart and make sense.
pub(crate) fn faults(faults: &[Fault]) -> Checked {
    unique("faults", faults.iter().map(|fault| &fault.name))?;
    for (n, fault) in faults.iter().enumerate() {
        let wrong = |field: &str, message: String| Err(mistake(format!("faults[{n}].{field}"), message));
        if let On::One(operation) = fault.on
            && !fault.does.befalls(operation)
        {
            return wrong("on", format!("this cannot go wrong with {}", operation.name()));
        }
        if let Some((field, problem)) = misconduct(&fault.does) {
            return wrong(&format!("does.{field}"), problem);
        }
    }
    Ok(())
}

/// A field of a misconduct that is out of bounds, and why.
fn misconduct(does: &Misconduct) -> Option<(&'static str, String)> {
    let too_long = |length: Delay| length.0 > LONGEST;
    let at_most = || format!("is real time: at most {LONGEST:#}");
    match does {
        Misconduct::AnswerLost { hold, .. }
        | Misconduct::RequestLost { hold }
        | Misconduct::EffectDelayed { hold, .. } => too_long(*hold).then(|| ("hold", at_most())),
        Misconduct::Slow { by, .. } => too_long(*by).then(|| ("by", at_most())),
        Misconduct::Status { code, .. } if !(400..=599).contains(code) => {
            Some(("code", "must be an error, 400 to 599".to_owned()))
        }
        Misconduct::ProxyPage { code } if !(200..=599).contains(code) => {
            Some(("code", "must be an HTTP status, 200 to 599".to_owned()))
        }
        Misconduct::Status { .. }
        | Misconduct::ProxyPage { .. }
        | Misconduct::TruncatedJson
        | Misconduct::UnknownState { .. }
        | Misconduct::IgnoresFilters
        | Misconduct::SearchLag { .. }
        | Misconduct::InventoryLag { .. }
        | Misconduct::EventLost
        | Misconduct::EventTwice
        | Misconduct::EventLate { .. }
        | Misconduct::EventForUnknown { .. }
        | Misconduct::EventClaims { .. } => None,
    }
}
