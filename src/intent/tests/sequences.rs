//! Whatever happens, and in whatever order: it comes to a rest, costs no more than is allowed, ends nothing that carries the
//! connection, and leaves nothing behind.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use proptest::prelude::*;

use super::arbitrary::check_spec;
use super::diverse::{reaches, wants};
use super::fixture::*;
use super::hub::{ask_for, create, hub};
use crate::api::{
    ConnectivitySegment, DeletionPolicy, Desired, IntentMode, OrderOperation, OrderRecord, OrderRecordState,
    OrderRefusal, Overlap, Party, ResilienceMode, SegmentInForce, SegmentState,
};
use crate::intent::decide::{Rest, Step, decide};
use crate::intent::facts::{Facts, Spoke, cost_something, has_service, name_of, owed};
use crate::intent::record::status;
use crate::model::{Amount, Mode, OnDelete, SiteView};

mod sellers;

const HAUL: &str = "haul";
const SELLERS: [&str; 3] = [METRO, WAVE, HAUL];
const SPOKES: [&str; 3] = ["boston", "chicago", "reno"];

#[derive(Debug, Clone, Copy)]
enum Event {
    /// A seller does what comes next, or what nobody hopes for.
    Works(usize),
    Fails(usize),
    AllWork,
    Moves(usize, usize),
    Denies(usize),
    Suspends,
    Plans,
    Retains,
    /// Whether paying for both must be approved, and whether that is.
    Asks(bool),
    Approves,
    Pairs(usize),
    Rates(usize),
    Pays(usize, usize),
    Spokes(usize),
    Waits(bool),
    /// Of the next purchase only so much is written before a crash.
    Crashes(usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => (0usize..12).prop_map(Event::Works),
        2 => (0usize..12).prop_map(Event::Fails),
        8 => Just(Event::AllWork),
        3 => (0usize..3, 0usize..3).prop_map(|(spoke, place)| Event::Moves(spoke, place)),
        1 => (0usize..4).prop_map(Event::Denies),
        1 => Just(Event::Suspends),
        1 => Just(Event::Plans),
        1 => Just(Event::Retains),
        1 => any::<bool>().prop_map(Event::Asks),
        2 => Just(Event::Approves),
        1 => (0usize..3).prop_map(Event::Pairs),
        1 => (0usize..2).prop_map(Event::Rates),
        2 => (0usize..4, 0usize..3).prop_map(|(monthly, leaving)| Event::Pays(monthly, leaving)),
        1 => (1usize..8).prop_map(Event::Spokes),
        2 => any::<bool>().prop_map(Event::Waits),
        1 => (0usize..3).prop_map(Event::Crashes),
    ]
}

struct World {
    facts: Facts,
    is_hub: bool,
    places: BTreeMap<String, usize>,
    crash: Option<usize>,
    log: Vec<String>,
}

fn place(name: &str, index: usize) -> String {
    if index == 0 { name.to_owned() } else { format!("{name}-{index}") }
}

/// At the second place there is no metro fiber, at the third one all are.
fn far(name: &str, index: usize, like: &SiteView) -> SiteView {
    let name = place(name, index);
    let mut found = site(&name);
    found.ports = like.ports.clone();
    for port in &mut found.ports {
        port.site.clone_from(&name);
        let id = format!("UNI-{}-{name}", port.account);
        port.interface = crate::model::Interface::Uni(crate::model::ServiceId(id));
    }
    if index == 1 {
        found.ports.retain(|port| port.account != METRO);
    }
    found
}

impl World {
    fn new(is_hub: bool) -> Self {
        let mut facts = if is_hub { hub(&SPOKES[..2]) } else { new() };
        reaches(&mut facts, HAUL);
        facts.class.overlap = Overlap::Allow;
        for seller in SELLERS {
            let limits = &mut account(&mut facts, seller).limits;
            for cap in [&mut limits.total, &mut limits.per_order] {
                (cap.monthly, cap.one_time) = (amount("1000000"), amount("1000000"));
            }
        }
        let places = SPOKES.iter().map(|spoke| ((*spoke).to_owned(), 0)).collect();
        let mut world = Self { facts, is_hub, places, crash: None, log: Vec::new() };
        world.pays("100000", "100000");
        world.sites();
        world
    }

    fn pays(&mut self, monthly: &str, termination: &str) {
        edit(&mut self.facts, |spec| {
            let budget = spec.budget.as_mut().unwrap();
            budget.monthly = monthly.into();
            budget.one_time = Some("100000".into());
            budget.termination = Some(termination.into());
        });
    }

    /// Where the ends are now.
    fn sites(&mut self) {
        let places = self.places.clone();
        let hub = self.facts.sites.as_ref().unwrap().0.clone();
        edit(&mut self.facts, |spec| {
            for end in &mut spec.endpoints {
                let name = if end.name == "store" { "chicago" } else { end.name.as_str() };
                if let Some(index) = places.get(name) {
                    end.site = serde_norway::from_str(&format!("{{name: {}}}", place(name, *index))).unwrap();
                }
            }
        });
        if self.is_hub {
            for (name, known) in &mut self.facts.spokes {
                let far = far(name, self.places[name], &hub);
                *known = Spoke { sites: Ok((hub.clone(), far)), shortages: Vec::new() };
            }
        } else {
            let index = self.places["chicago"];
            self.facts.sites = Ok((hub.clone(), far("chicago", index, &hub)));
        }
    }

    fn happens(&mut self, event: Event) -> Result<(), TestCaseError> {
        self.log.push(format!("{event:?}"));
        match event {
            Event::Works(index) if !self.facts.segments.is_empty() => {
                let index = index % self.facts.segments.len();
                self.works(index)?;
            }
            Event::Fails(index) if !self.facts.segments.is_empty() => {
                let index = index % self.facts.segments.len();
                self.fails(index);
            }
            Event::Works(_) | Event::Fails(_) => {}
            Event::AllWork => self.all_work()?,
            Event::Moves(spoke, place) => {
                self.places.insert(SPOKES[spoke].to_owned(), place);
                self.sites();
            }
            Event::Denies(index) => edit(&mut self.facts, |spec| {
                let denied = SELLERS.get(index).copied().unwrap_or_default();
                let denied = format!("{{providers: {{deny: [{denied}]}}}}");
                spec.constraints = serde_norway::from_str(&denied).unwrap();
            }),
            Event::Suspends => edit(&mut self.facts, |spec| spec.suspend = !spec.suspend),
            Event::Plans => edit(&mut self.facts, |spec| {
                spec.mode = match spec.mode {
                    IntentMode::Plan => IntentMode::Manage,
                    IntentMode::Manage | IntentMode::ObserveOnly => IntentMode::Plan,
                };
            }),
            Event::Retains => edit(&mut self.facts, |spec| {
                spec.deletion_policy = spec.deletion_policy.is_none().then_some(DeletionPolicy::Retain);
            }),
            Event::Asks(asks) => self.facts.class.overlap = if asks { Overlap::Ask } else { Overlap::Allow },
            Event::Approves => self.approves(),
            Event::Pairs(0) => wants(&mut self.facts, ResilienceMode::DiverseProvider),
            Event::Pairs(_) => edit(&mut self.facts, |spec| spec.resilience = None),
            Event::Rates(rate) => {
                edit(&mut self.facts, |spec| spec.bandwidth.committed = ["2G", "4G"][rate].into());
            }
            Event::Pays(monthly, termination) => {
                self.pays(["1150", "2400", "5000", "100000"][monthly], ["0", "7000", "100000"][termination]);
            }
            Event::Spokes(set) if self.is_hub => {
                let asked: Vec<&str> = SPOKES
                    .iter()
                    .enumerate()
                    .filter(|(index, _)| set >> index & 1 == 1)
                    .map(|(_, name)| *name)
                    .collect();
                ask_for(&mut self.facts, &asked);
                self.sites();
            }
            Event::Spokes(_) => {}
            Event::Waits(long) => {
                let seconds = if long { 86_401 } else { PATIENCE + 1 };
                self.facts.now += jiff::SignedDuration::from_secs(seconds);
            }
            Event::Crashes(written) => self.crash = Some(written),
        }
        self.rest().map(drop)
    }

    /// A person approves the plan that is told.
    fn approves(&mut self) {
        let told = self.facts.intent.status.as_ref().and_then(|status| status.plan.as_ref());
        if let Some(digest) = told.and_then(|plan| plan.digest.parse().ok()) {
            approve(&mut self.facts, digest);
        }
    }

    /// Does all that is to be done.
    fn rest(&mut self) -> Result<Rest, TestCaseError> {
        let mut steps = Vec::new();
        self.facts.shortages.clear();
        self.facts.spokes.values_mut().for_each(|spoke| spoke.shortages.clear());
        for _ in 0..200 {
            let step = decide(&self.facts);
            steps.push(step.name());
            match step {
                Step::Rest(rest) => {
                    let told = status(&self.facts, &rest);
                    Arc::make_mut(&mut self.facts.intent).status = Some(told);
                    self.log.push(format!("  {steps:?} {rest:?}").chars().take(300).collect());
                    return Ok(rest);
                }
                Step::Create(asked) => asked.iter().for_each(|asking| create(&mut self.facts, asking)),
                Step::Commit(mut commit) => {
                    for leg in &commit.legs {
                        check_spec(&leg.segment.spec, &leg.spec)?;
                    }
                    if let Some(written) = self.crash.take() {
                        commit.legs.truncate(written);
                    }
                    apply(&mut self.facts, Step::Commit(commit));
                }
                Step::Align(segment, spec) => {
                    check_spec(&segment.spec, &spec)?;
                    if spec.desired == Desired::Absent && segment.spec.desired != Desired::Absent {
                        self.may_end(&segment, spec.suspend)?;
                    }
                    apply(&mut self.facts, Step::Align(segment, spec));
                }
                step => apply(&mut self.facts, step),
            }
        }
        Err(TestCaseError::fail(format!("no rest: {:?}", &steps[180..])))
    }

    /// What carries a spoke is ended only when that is asked, or all of something else does.
    fn may_end(&self, segment: &ConnectivitySegment, suspended: bool) -> Result<(), TestCaseError> {
        let facts = &self.facts;
        if facts.intent.metadata.deletion_timestamp.is_some() || !has_service(segment) {
            return Ok(());
        }
        let request = facts.request.as_ref().unwrap();
        let paused = request.suspend || request.mode != Mode::Manage;
        prop_assert!(suspended || !paused, "an end is an order");
        let Some(strand) = facts.strand_of(segment.spec.spoke.as_deref()) else {
            prop_assert_eq!(request.on_delete, OnDelete::Disconnect);
            return Ok(());
        };
        let bought = strand.bought().expect("something else is bought");
        let used = bought.in_use().iter().any(|leg| name_of(leg) == name_of(segment));
        prop_assert!(!used, "{} is in use", name_of(segment));
        Ok(())
    }

    fn only<T>(&mut self, index: usize, act: impl FnOnce(&mut Facts, &str) -> T) -> T {
        let one = self.facts.segments[index].clone();
        let seller = one.spec.provider.name.clone();
        let mut others = std::mem::replace(&mut self.facts.segments, vec![one]);
        others.remove(index);
        let done = act(&mut self.facts, &seller);
        self.facts.segments.extend(others);
        self.facts.segments.sort_by(|left, right| left.metadata.name.cmp(&right.metadata.name));
        done
    }

    /// What is bought of every spoke comes to no more than the budget.
    fn buys_within_budget(&self, segment: &ConnectivitySegment, price: Amount) -> Result<(), TestCaseError> {
        let request = self.facts.request.as_ref().unwrap();
        let mut sum = price;
        for strand in self.facts.strands() {
            let Some(bought) = strand.bought() else { continue };
            for leg in bought.there() {
                if name_of(leg) != name_of(segment) && (cost_something(leg) || has_service(leg)) {
                    sum = sum + owed(leg).unwrap_or_default().monthly;
                }
            }
        }
        // What is kept of spokes that are asked no more.
        let asked: Vec<_> = self.facts.strands().map(|strand| strand.spoke().map(str::to_owned)).collect();
        for kept in self.facts.segments.iter().filter(|one| one.spec.desired == Desired::Present) {
            if !asked.contains(&kept.spec.spoke) {
                sum = sum + owed(kept).unwrap_or_default().monthly;
            }
        }
        let twice = self.facts.segments.iter().filter(|other| {
            other.spec.spoke == segment.spec.spoke
                && other.spec.desired == Desired::Present
                && (cost_something(other) || has_service(other))
                && name_of(other) != name_of(segment)
                && other.spec.provider == segment.spec.provider
                && other
                    .spec
                    .ends
                    .iter()
                    .zip(&segment.spec.ends)
                    .all(|(one, two)| (&one.site, &one.port) == (&two.site, &two.port))
                && other.spec.design == segment.spec.design
        });
        prop_assert_eq!(twice.count(), 0, "{} is ordered a second time", name_of(segment));
        let budget = request.budget.unwrap().monthly;
        prop_assert!(sum <= budget, "{} is ordered: {sum} of {budget}", name_of(segment));
        let bought = self.facts.strand_of(segment.spec.spoke.as_deref());
        let is_of_it = bought.is_some_and(|strand| strand.bought().is_some_and(|bought| bought.has(segment)));
        prop_assert!(is_of_it, "{} is of no use any more, and ordered", name_of(segment));
        Ok(())
    }

    /// What leaving costs at all that is being ended comes to no more than is accepted.
    fn ends_within_budget(&self, segment: &ConnectivitySegment, fee: Amount) -> Result<(), TestCaseError> {
        let ending = |other: &&Arc<ConnectivitySegment>| {
            name_of(other) != name_of(segment)
                && has_service(other)
                && other.status.iter().flat_map(|status| &status.orders).any(|order| {
                    order.operation == OrderOperation::Disconnect && order.state == OrderRecordState::Placed
                })
        };
        let others = self.facts.segments.iter().filter(ending);
        let sum = others.fold(fee, |sum, other| sum + self.facts.fee(other).1.unwrap());
        let accepted = self.facts.request.as_ref().unwrap().budget.unwrap().termination;
        prop_assert!(sum <= accepted, "leaving costs {sum}, and {accepted} is accepted");
        Ok(())
    }

    /// Everybody does what comes next, until nothing comes any more.
    fn comes_to_an_end(&mut self) -> Result<Rest, TestCaseError> {
        for _ in 0..30 {
            let before = (self.facts.segments.clone(), decide(&self.facts));
            self.all_work()?;
            self.facts.now += jiff::SignedDuration::from_secs(PATIENCE + 1);
            let rest = self.rest()?;
            if before == (self.facts.segments.clone(), Step::Rest(rest.clone())) {
                return Ok(rest);
            }
        }
        Err(TestCaseError::fail("it goes on and on"))
    }

    fn story(&mut self, events: &[Event]) -> Result<(), TestCaseError> {
        self.rest()?;
        for event in events {
            self.happens(*event)?;
        }
        self.log.push("everything is allowed".into());
        self.crash = None;
        self.pays("100000", "1000000");
        self.facts.class.overlap = Overlap::Allow;
        edit(&mut self.facts, |spec| {
            (spec.suspend, spec.mode, spec.deletion_policy) = (false, IntentMode::Manage, None);
        });
        let rest = self.comes_to_an_end()?;
        match &rest {
            Rest::Active => {
                let used: Vec<String> = self
                    .facts
                    .strands()
                    .flat_map(|strand| {
                        strand
                            .bought()
                            .unwrap()
                            .there()
                            .map(|leg| name_of(leg).to_owned())
                            .collect::<Vec<_>>()
                    })
                    .collect();
                for segment in &self.facts.segments {
                    prop_assert!(
                        used.iter().any(|name| name == name_of(segment)),
                        "{} is left",
                        name_of(segment)
                    );
                    prop_assert!(has_service(segment));
                }
            }
            Rest::Waiting(_, waiting) | Rest::Stalled(_, waiting) => {
                let told = status(&self.facts, &rest);
                let words: Vec<&str> = told.spokes.iter().map(|spoke| spoke.message.as_str()).collect();
                let words = format!("{} {}", waiting.what, words.join(" "));
                for strand in self.facts.strands() {
                    let used = strand.bought().map(|bought| bought.in_use()).unwrap_or_default();
                    for idle in strand.segments.iter().filter(|one| has_service(one)) {
                        let known = used.iter().any(|leg| name_of(leg) == name_of(idle));
                        let seller = format!("{} at", idle.spec.provider.name);
                        prop_assert!(
                            known || words.contains(&seller),
                            "{} is paid for and not told: {words}",
                            name_of(idle)
                        );
                    }
                }
                prop_assert!(
                    matches!(waiting.party, Party::User | Party::Platform)
                        && !matches!(
                            waiting.reason.as_str(),
                            "PriceAboveBudget" | "TerminationFeeNotAccepted" | "Suspended"
                        ),
                    "{:?} waits for nobody",
                    waiting
                );
            }
            Rest::PlanComplete | Rest::Observed | Rest::Gone => prop_assert!(false, "{:?}", rest),
        }
        self.log.push("it is deleted".into());
        delete(&mut self.facts);
        for _ in 0..20 {
            if self.rest()? == Rest::Gone {
                let runs = |segment: &Arc<ConnectivitySegment>| {
                    has_service(segment) && segment.spec.desired != Desired::Absent
                };
                prop_assert!(!self.facts.segments.iter().any(runs));
                return Ok(());
            }
            self.all_work()?;
        }
        Err(TestCaseError::fail("it cannot be deleted"))
    }
}

fn tell(is_hub: bool, events: &[Event]) -> Result<(), TestCaseError> {
    let mut world = World::new(is_hub);
    world.story(events).map_err(|error| TestCaseError::fail(format!("{error}\n{}", world.log.join("\n"))))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, max_shrink_iters: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_between_two_ends_nothing_is_lost(events in proptest::collection::vec(event(), 1..40)) {
        tell(false, &events)?;
    }

    #[test]
    fn whatever_happens_to_a_hub_nothing_is_lost(events in proptest::collection::vec(event(), 1..40)) {
        tell(true, &events)?;
    }
}
