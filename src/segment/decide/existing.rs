//! A service that exists already: find it, look at it, tell what it is, and take it over where a person says so. Nothing is asked
//! for and nothing is ordered here.

use super::{Rest, Step, Waiting, stalled, unavailable};
use crate::api::{Party, told as said};
use crate::model::{ServiceId, ServiceState, ServiceView};
use crate::segment::facts::{Facts, Sight};
use crate::segment::purchase;

/// It can be taken over, and nobody said so.
const UNDECIDED: &str = "AdoptionUndecided";

/// Most services that a message names.
const MOST_NAMED: usize = 8;

/// Watches the service, and takes it over where a person says so.
pub fn look_after(facts: &Facts) -> Step {
    if let Err(refusal) = &facts.wish {
        return stalled(refusal.reason, Party::Platform, refusal.message.clone());
    }
    if let Err(why) = purchase::existing_ports(facts) {
        return stalled("ServiceElsewhere", Party::User, why);
    }
    let named = facts.segment.spec.existing.as_ref().and_then(|existing| existing.product_id.clone());
    let service = named.map(ServiceId).or_else(|| facts.service_id());
    let sight = service.as_ref().and_then(|service| facts.services.get(service));
    if let (None, Some(rest)) = (sight, as_told(facts)) {
        return Step::Rest(rest);
    }
    if let Err(why) = &facts.seller {
        return Step::Rest(unavailable(why.reason, why.party, &why.message));
    }
    let Some(service) = service else { return find(facts) };
    match sight {
        None => Step::ObserveService(service),
        Some(Sight::There(view)) if view.state != ServiceState::Gone => seen(facts, view),
        Some(Sight::There(_) | Sight::Missing) => nothing_there(facts, &service),
    }
}

/// What was told stands while it is young, the design is the same, and nobody decided anything.
pub fn as_told(facts: &Facts) -> Option<Rest> {
    let told = facts.segment.status.as_ref()?;
    let current = told.observed_generation == facts.segment.metadata.generation;
    let young = facts.past.observed_for < facts.windows.observe;
    let ready = said(&told.conditions, "Ready")?;
    let good = ready.reason == Rest::Observed.name() || ready.reason == UNDECIDED;
    let service = facts.service_id().filter(|_| good)?;
    let undecided = facts.segment.spec.suspend || purchase::adopts(facts, &service).is_none();
    (current && young && undecided && facts.owner.is_none()).then(|| rest(facts, &service))
}

fn rest(facts: &Facts, service: &ServiceId) -> Rest {
    if facts.segment.spec.suspend {
        return Rest::Observed;
    }
    let name = facts.segment.metadata.name.as_deref().unwrap_or_default();
    let differences: Vec<String> = facts
        .draft
        .differences
        .iter()
        .map(|found| format!("{} is {}, and {} is asked", found.field, found.runs, found.asked))
        .collect();
    let differences = if differences.is_empty() {
        "it runs as asked".to_owned()
    } else {
        format!("it differs, and stays as it is until the intent changes: {}", differences.join("; "))
    };
    Rest::Waiting(Waiting {
        reason: UNDECIDED,
        party: Party::User,
        what: format!(
            "service {service} of {} can be taken over; {differences}; make a ConnectivityDecision about segment {name} with adopt",
            facts.segment.spec.provider.name
        ),
        until: None,
    })
}

/// What a look at the service leads to.
fn seen(facts: &Facts, view: &ServiceView) -> Step {
    if let Some(why) = purchase::elsewhere(facts, view) {
        return stalled("ServiceElsewhere", Party::User, why);
    }
    if !purchase::is_in_use(view) {
        let what = format!(
            "{} to show service {} as active ({})",
            facts.segment.spec.provider.name, view.id, view.raw_state
        );
        return Step::Rest(Rest::Waiting(Waiting {
            reason: "ServiceNotActive",
            party: Party::Seller,
            what,
            until: view.terminated,
        }));
    }
    if facts.segment.spec.suspend {
        return Step::Rest(Rest::Observed);
    }
    if let Some(step) = purchase::stands_against(facts, view) {
        return step;
    }
    match purchase::adopts(facts, &view.id) {
        Some(decision) => purchase::take(facts, view, Some(decision)),
        None => Step::Rest(rest(facts, &view.id)),
    }
}

/// The service is not there: a name stands, and what was found by its ends is looked for anew.
fn nothing_there(facts: &Facts, service: &ServiceId) -> Step {
    if facts.segment.spec.existing.as_ref().is_some_and(|existing| existing.product_id.is_none()) {
        return find(facts);
    }
    let seller = &facts.segment.spec.provider.name;
    let what = format!("{seller} has no product {service} in use; name one that is in its inventory");
    stalled("NoSuchService", Party::User, what)
}

/// Which service runs between the ends?
fn find(facts: &Facts) -> Step {
    let Some(found) = &facts.found else { return Step::FindExisting };
    let seller = &facts.segment.spec.provider.name;
    match between(facts, found).as_slice() {
        [] => stalled(
            "NoSuchService",
            Party::User,
            format!(
                "{seller} has no service in use between the ports of these endpoints; name other ones, or a productId"
            ),
        ),
        [only] => seen(facts, only),
        several => {
            let words: Vec<String> = several
                .iter()
                .take(MOST_NAMED)
                .map(|view| match &view.ends {
                    Some([a, z]) => format!("{} ({}, {})", view.id, purchase::vlans(a), purchase::vlans(z)),
                    None => view.id.to_string(),
                })
                .collect();
            let what = format!(
                "{seller} has {} services between the ports of these endpoints: {}; state the VLAN of both endpoints, or a productId",
                several.len(),
                words.join(", ")
            );
            stalled("SeveralServices", Party::User, what)
        }
    }
}

/// The services between the ends, those on the same VLANs alone where there are such.
pub fn between<'a>(facts: &Facts, found: &'a [ServiceView]) -> Vec<&'a ServiceView> {
    let same = |view: &&ServiceView| match (facts.segment.spec.ends.as_slice(), &view.ends) {
        ([a, z], Some([shown_a, shown_z])) => {
            purchase::same_vlan(a, shown_a) && purchase::same_vlan(z, shown_z)
        }
        (_, Some(_) | None) => false,
    };
    let matching: Vec<&ServiceView> = found.iter().filter(same).collect();
    if matching.is_empty() { found.iter().collect() } else { matching }
}
