//! Whatever the facts are, some steps are never taken.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use proptest::prelude::*;
use proptest::sample::select;

use super::fixture::*;
use crate::admit::Refusal;
use crate::api::{
    ChosenOffer, ConnectivitySegmentSpec, DeletionPolicy, Desired, IntentMode, Overlap, Party, SegmentState,
    holds,
};
use crate::intent::decide::{Commit, Purchase, Step, decide};
use crate::intent::facts::{Facts, has_service, name_of};
use crate::intent::record::status;
use crate::model::{Amount, Mode, Request};

const STATES: [SegmentState; 11] = [
    SegmentState::Offering,
    SegmentState::Offered,
    SegmentState::Declined,
    SegmentState::Ordering,
    SegmentState::Active,
    SegmentState::Changing,
    SegmentState::Disconnecting,
    SegmentState::Gone,
    SegmentState::Blocked,
    SegmentState::Released,
    SegmentState::Observed,
];

const ORDERS: [&str; 6] = [
    "operation: Add, state: Intending",
    "operation: Add, state: Placed, orderId: ORD-1",
    "operation: Add, state: Settled, orderId: ORD-1",
    "operation: Add, state: Refused, refusal: Final",
    "operation: Modify, state: Placed, orderId: ORD-2",
    "operation: Disconnect, state: Placed, orderId: ORD-3",
];

/// One segment, and what it tells.
#[derive(Debug, Clone)]
struct Told {
    desired: Desired,
    going: bool,
    released: bool,
    suspend: bool,
    revision: i64,
    intent_generation: i64,
    chosen: Option<i64>,
    state: Option<(SegmentState, Option<Party>, bool)>,
    /// For which design, where for another than the present one; per month; until when.
    offer: Option<(Option<i64>, u32, i64)>,
    in_force: Option<(i64, &'static str)>,
    orders: Vec<&'static str>,
}

fn told() -> impl Strategy<Value = Told> {
    let parties = vec![None, Some(Party::User), Some(Party::Platform), Some(Party::Seller)];
    let state = (select(STATES.to_vec()), select(parties), any::<bool>());
    let spec = (
        select(vec![Desired::Offer, Desired::Offer, Desired::Present, Desired::Present, Desired::Absent]),
        proptest::bool::weighted(0.2),
        proptest::bool::weighted(0.2),
        any::<bool>(),
        1i64..4,
        1i64..4,
        proptest::option::of(1i64..4),
    );
    let status = (
        proptest::option::weighted(0.9, state),
        proptest::option::weighted(
            0.8,
            (proptest::option::weighted(0.3, 1i64..4), 0u32..5_000, -1_000i64..10_000),
        ),
        proptest::option::of((1i64..4, select(vec!["1G", "2G", "4G", "?"]))),
        proptest::collection::vec(select(ORDERS.to_vec()), 0..3),
    );
    (spec, status).prop_map(|(spec, (state, offer, in_force, orders))| {
        let (desired, going, released, suspend, revision, intent_generation, chosen) = spec;
        // What only makes offers has no service and no orders, and is never suspended.
        let bought = desired != Desired::Offer;
        Told {
            desired,
            going,
            released: released && desired == Desired::Present,
            suspend: suspend && bought,
            revision,
            intent_generation,
            chosen: chosen.filter(|_| bought),
            state,
            offer,
            in_force: in_force.filter(|_| bought),
            orders: if bought { orders } else { Vec::new() },
        }
    })
}

fn put(facts: &mut Facts, seller: &str, told: Told) {
    asked(facts, seller);
    tell(facts, seller, told);
}

fn tell(facts: &mut Facts, seller: &str, told: Told) {
    if let Some((state, party, current)) = told.state {
        says(facts, seller, state, "Said", party);
        if !current {
            segment_mut(facts, seller).metadata.generation = Some(9);
        }
    }
    if let Some((revision, monthly, ends)) = told.offer {
        let revision = revision.unwrap_or(told.revision);
        let before = segment(facts, seller).status.clone().unwrap_or_default();
        offers(facts, seller, &monthly.to_string());
        let status = segment_mut(facts, seller).status.as_mut().unwrap();
        let offer = status.offer.take().map(|offer| crate::api::SegmentOffer {
            revision,
            quote_id: format!("quote-{revision}"),
            valid_until: Some(Time(after(ends))),
            ..offer
        });
        *status = crate::api::ConnectivitySegmentStatus { offer, ..before };
    }
    for order in told.orders {
        record(facts, seller, order);
    }
    if let Some((revision, committed)) = told.in_force {
        let runs = in_force(revision, committed);
        segment_mut(facts, seller).status.get_or_insert_default().in_force = Some(runs);
    }
    let budget = "{currency: USD, monthly: '3000.00', oneTime: '1000.00', termination: '0.00'}";
    let segment = segment_mut(facts, seller);
    segment.metadata.deletion_timestamp = told.going.then(|| Time(now()));
    segment.spec = ConnectivitySegmentSpec {
        desired: told.desired,
        released: told.released,
        suspend: told.suspend,
        revision: told.revision,
        intent_generation: told.intent_generation,
        authority: (told.desired == Desired::Present).then(|| serde_norway::from_str(budget).unwrap()),
        offer: told.chosen.map(|revision| ChosenOffer { revision, quote_id: format!("quote-{revision}") }),
        ..segment.spec.clone()
    };
}

fn intents() -> impl Strategy<Value = Facts> {
    let budgets = vec![
        None,
        Some("{currency: USD, monthly: '2500', oneTime: '500'}"),
        Some("{currency: USD, monthly: '100000', oneTime: '500', termination: '100000'}"),
        Some("{currency: USD, monthly: '2500', oneTime: '499'}"),
        Some("{currency: EUR, monthly: '2500', oneTime: '500'}"),
    ];
    let rarely = || proptest::bool::weighted(0.07);
    let often = || proptest::bool::weighted(0.3);
    let wishes = (
        select(vec!["1G", "2G", "2G", "2G", "4G", "8G"]),
        select(budgets),
        (rarely(), often(), rarely(), rarely(), rarely(), rarely()),
        (1i64..4, proptest::bool::weighted(0.2), any::<bool>(), any::<bool>()),
    );
    let world = (often(), often(), rarely(), rarely(), rarely(), any::<bool>(), any::<bool>(), 0i64..1_000);
    let segments = (proptest::option::weighted(0.9, told()), proptest::option::of(told()));
    (wishes, world, segments, rarely()).prop_map(|(wishes, world, (metro, wave), deleted)| {
        let mut facts = new();
        for (seller, told) in [(METRO, metro), (WAVE, wave)] {
            if let Some(told) = told {
                put(&mut facts, seller, told);
            }
        }
        let (committed, budget, (plan, suspend, retain, moved, denied, strange), of_change) = wishes;
        let (generation, elsewhere, allowed, replaced) = of_change;
        if let Some(wave) = facts.segments.iter_mut().find(|segment| segment.spec.provider.name == WAVE)
            && wave.spec.desired == Desired::Present
            && replaced
        {
            let choice = serde_norway::from_str("{revision: 1, paths: [{segments: [seg-wave]}]}");
            std::sync::Arc::make_mut(wave).spec.choice = choice.unwrap();
        }
        edit(&mut facts, |spec| {
            spec.bandwidth.committed = committed.into();
            spec.budget = budget.map(|text| serde_norway::from_str(text).unwrap());
            spec.mode = if plan { IntentMode::Plan } else { IntentMode::Manage };
            spec.suspend = suspend;
            spec.deletion_policy = retain.then_some(DeletionPolicy::Retain);
            if moved {
                spec.endpoints[0].name = "archive".into();
            }
            if elsewhere {
                spec.endpoints[1].site = serde_norway::from_str("{name: denver}").unwrap();
            }
            if denied {
                spec.constraints = serde_norway::from_str("{providers: {deny: [metro-fiber]}}").unwrap();
            }
            spec.class_name = strange.then(|| "gold".into());
        });
        let intent = std::sync::Arc::make_mut(&mut facts.intent);
        intent.metadata.generation = Some(generation);
        if elsewhere {
            facts.sites.as_mut().unwrap().1 = site("denver");
        }
        facts.class.overlap = if allowed { Overlap::Allow } else { Overlap::Ask };
        let (held, metro_held, lost, no_site, full, restarts, decrease, seconds) = world;
        facts.held = held;
        let metro = account(&mut facts, METRO);
        (metro.held, metro.change.restarts_term, metro.change.decrease) = (metro_held, restarts, decrease);
        if lost {
            facts.sellers.remove(1);
        }
        if no_site {
            facts.sites = Err(Refusal { reason: "SiteNotFound", message: "there is no Site".into() });
        }
        if full && facts.segments.iter().all(|segment| segment.spec.provider.name != METRO) {
            facts.shortages = vec![(METRO.into(), "no VLAN id is free".into())];
        }
        if deleted {
            delete(&mut facts);
        }
        facts.now = after(seconds - 500);
        facts
    })
}

/// Three sellers of two chains, some of whose segments are of a path that was chosen once.
fn chained() -> impl Strategy<Value = Facts> {
    let budgets = vec!["'2500'", "'2500'", "'100000'", "'100'"];
    let wishes = (select(vec!["2G", "2G", "4G", "8G"]), select(budgets), any::<bool>(), 1i64..4);
    let segments = proptest::collection::vec((proptest::option::weighted(0.9, told()), 0usize..4), 3);
    let rarely = || proptest::bool::weighted(0.1);
    let flags = (rarely(), rarely(), rarely(), proptest::bool::weighted(0.3));
    (wishes, segments, flags, 0i64..1_000).prop_map(
        |((committed, monthly, suspend, generation), segments, (deleted, held, unpatched, denied), seconds)| {
            let mut facts = super::chains::apart();
            while let step @ Step::Create(_) = decide(&facts) {
                apply(&mut facts, step);
            }
            let pins: Vec<Option<crate::api::SegmentChoice>> = [
                "null",
                "{revision: 1, paths: [{segments: [seg-metro-fiber-ashburn-newyork, seg-wave-newyork-chicago], joints: [{interconnect: mmr-wave}]}]}",
                "{revision: 2, paths: [{segments: [seg-metro-fiber-ashburn-newyork, seg-haul-newyork-chicago], joints: [{interconnect: mmr-haul}]}]}",
                "{revision: 3, paths: [{segments: [seg-haul-newyork-chicago, seg-gone], joints: [{interconnect: mmr-gone}]}]}",
            ]
            .map(|text| serde_norway::from_str(text).unwrap())
            .into();
            for (seller, (told, pin)) in [METRO, WAVE, "haul"].into_iter().zip(segments) {
                match told {
                    None => facts.segments.retain(|segment| segment.spec.provider.name != seller),
                    Some(told) => {
                        let bought = told.desired != Desired::Offer;
                        tell(&mut facts, seller, told);
                        segment_mut(&mut facts, seller).spec.choice = pins[pin].clone().filter(|_| bought);
                    }
                }
            }
            edit(&mut facts, |spec| {
                spec.bandwidth.committed = committed.into();
                spec.budget.as_mut().unwrap().monthly = monthly.trim_matches('\'').into();
                spec.budget.as_mut().unwrap().termination = denied.then(|| "100000".into());
                spec.suspend = suspend && generation == 1;
                if denied {
                    spec.constraints = serde_norway::from_str("{providers: {deny: [wave]}}").unwrap();
                }
            });
            std::sync::Arc::make_mut(&mut facts.intent).metadata.generation = Some(generation);
            account(&mut facts, WAVE).held = held;
            facts.class.overlap = Overlap::Allow;
            if unpatched {
                facts.interconnects.clear();
            }
            if deleted {
                delete(&mut facts);
            }
            facts.now = after(seconds - 500);
            facts
        },
    )
}

/// What is bought may be bought: nobody holds it, and it costs no more than everybody allows.
fn check_commit(facts: &Facts, commit: &Commit) -> Result<(), TestCaseError> {
    let request = facts.request.as_ref().unwrap();
    prop_assert!(facts.intent.metadata.deletion_timestamp.is_none());
    prop_assert_eq!(request.mode, Mode::Manage);
    prop_assert!(!facts.held && !request.suspend && !commit.legs.is_empty());
    let budget = request.budget.expect("nothing is bought without a budget");
    prop_assert_eq!(commit.budget, budget);
    let price = |text: &str| text.parse::<Amount>().unwrap();
    let (mut monthly, mut one_time) = (commit.beside.monthly, commit.beside.one_time);
    for Purchase { segment, spec, budgeted } in &commit.legs {
        let seller = facts.seller(&segment.spec.provider.name).unwrap();
        prop_assert!(!seller.asked.account.held);
        prop_assert!(!spec.suspend && segment.spec.desired != Desired::Absent);
        prop_assert_eq!(spec.desired, Desired::Present);
        (monthly, one_time) = (monthly + budgeted.offer.monthly, one_time + budgeted.offer.one_time);
        // A chain is known by each of its segments before any is ordered, and all of it is offered.
        let names = spec.choice.as_ref().map_or(1, |choice| choice.segments().count());
        prop_assert!(!commit.chooses || names == commit.legs.len());
        let authority = spec.authority.as_ref().unwrap();
        prop_assert!(price(&authority.monthly.0) <= budget.monthly);
        prop_assert!(price(&authority.one_time.0) <= budget.one_time);
        prop_assert!(spec.choice.is_some() || price(&authority.monthly.0) == budget.monthly);
        prop_assert_eq!(price(&authority.termination.0), budget.termination);
        if commit.chooses && segment.spec.desired == Desired::Present {
            prop_assert_eq!(&spec.offer, &segment.spec.offer, "what is kept is not bought again");
            continue;
        }
        let offer = segment.status.as_ref().and_then(|status| status.offer.as_ref()).unwrap();
        let priced = (budgeted.offer.monthly, budgeted.offer.one_time);
        prop_assert_eq!(priced, (price(&offer.monthly), price(&offer.one_time)));
        prop_assert!(price(&offer.monthly) <= seller.asked.account.limits.per_order.monthly);
        prop_assert_eq!(offer.currency.0.clone(), budget.currency.to_string());
        prop_assert!(offer.valid_until.as_ref().is_none_or(|until| until.0 > facts.now));
        let chosen = ChosenOffer { revision: segment.spec.revision, quote_id: offer.quote_id.clone() };
        prop_assert_eq!((offer.revision, spec.offer.as_ref()), (segment.spec.revision, Some(&chosen)));
    }
    prop_assert!(monthly <= budget.monthly && one_time <= budget.one_time);
    Ok(())
}

/// What the API server would refuse is never written: `ConnectivitySegmentSpec`'s own rules.
pub(super) fn check_spec(
    before: &ConnectivitySegmentSpec,
    after: &ConnectivitySegmentSpec,
) -> Result<(), TestCaseError> {
    let fixed = |spec: &ConnectivitySegmentSpec| {
        let who = (spec.intent_ref.clone(), spec.leg, spec.replacement, spec.provider.clone());
        (who, spec.client_reference.clone(), spec.project.clone(), spec.product, spec.ends.clone())
    };
    prop_assert_eq!(fixed(before), fixed(after));
    prop_assert!(after.revision >= before.revision);
    prop_assert!(after.design == before.design || after.revision > before.revision);
    prop_assert!(before.desired != Desired::Absent || after.desired == Desired::Absent);
    prop_assert!(after.desired != Desired::Present || after.authority.is_some());
    Ok(())
}

fn check(facts: &Facts, step: &Step) -> Result<(), TestCaseError> {
    let deleted = facts.intent.metadata.deletion_timestamp.is_some();
    match step {
        Step::Commit(commit) => {
            check_commit(facts, commit)?;
            for leg in &commit.legs {
                check_spec(&leg.segment.spec, &leg.spec)?;
            }
        }
        Step::Align(segment, spec) => {
            check_spec(&segment.spec, spec)?;
            prop_assert_ne!(&segment.spec, spec.as_ref(), "nothing is written twice");
            let paused = |request: &Request| request.suspend || request.mode == Mode::Plan;
            let suspended = facts.request.as_ref().is_ok_and(paused);
            prop_assert!(deleted || !suspended || spec.suspend || spec.desired != Desired::Present);
            prop_assert!(spec.released == segment.spec.released || deleted);
            let bought = facts.bought();
            let carries = bought.as_ref().is_some_and(|bought| {
                bought.before.iter().any(|leg| name_of(leg) == name_of(segment)) && has_service(segment)
            });
            prop_assert!(
                deleted || !carries || spec.desired != Desired::Absent,
                "what works is not ended before what replaces it is in use"
            );
        }
        Step::Drop(segment) => {
            prop_assert_ne!(segment.spec.desired, Desired::Present);
            let lives = segment.status.as_ref().is_some_and(|status| status.in_force.is_some());
            prop_assert!(!lives || segment.spec.desired == Desired::Absent);
            prop_assert!(segment.metadata.deletion_timestamp.is_none(), "once is enough");
        }
        Step::RemoveFinalizer => prop_assert!(deleted),
        Step::Create(_) => prop_assert!(!deleted && facts.request.is_ok()),
        Step::AddFinalizer | Step::Pin(_) => {}
        Step::Rest(rest) => {
            let told = status(facts, rest);
            let kinds = ["Ready", "Reconciling", "Stalled"];
            prop_assert_eq!(kinds.iter().filter(|kind| holds(&told.conditions, kind)).count(), 1);
            let mut again = facts.clone();
            std::sync::Arc::make_mut(&mut again.intent).status = Some(told.clone());
            prop_assert_eq!(status(&again, rest), told);
        }
    }
    Ok(())
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_facts_lead_to_a_forbidden_step_and_all_to_a_rest(facts in intents()) {
        to_rest(facts)?;
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..config() })]

    #[test]
    fn neither_do_those_of_chains(facts in chained()) {
        to_rest(facts)?;
    }
}

fn to_rest(mut facts: Facts) -> Result<(), TestCaseError> {
    let mut names = Vec::new();
    loop {
        let step = decide(&facts);
        check(&facts, &step)?;
        if matches!(step, Step::Rest(_)) {
            return Ok(());
        }
        names.push(step.name());
        prop_assert!(names.len() < 30, "{:?}", names);
        apply(&mut facts, step);
    }
}
