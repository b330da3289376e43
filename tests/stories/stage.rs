//! Where a story is played: objects in memory, sellers that answer as the story says, and the controller's own decision.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use naas_operator::api::{
    BillingKind, ConnectivityBudget, ConnectivityDecision, ConnectivityIntent, ConnectivityProvider,
    ConnectivitySegment, CurrencyText, Desired, LedgerCounts, LedgerEntry, LedgerStatus, LsoTermRestarts,
    OfferLevel, OrderRecord, Party, ProductRole, ProductStatus, SegmentInForce, SegmentOffer, SegmentState,
    Site, Statement, WaitingFor, conditions,
};
use naas_operator::cli::explain::render::waits_for;
use naas_operator::cli::explain::view::{Explanation, explanation};
use naas_operator::cli::manifests::Manifests;
use naas_operator::cli::rehearsal::{Effect, rehearse};
use naas_operator::cli::world::World;
use naas_operator::intent::gather::Surroundings;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::facts::{Fact, Story};

const NAMESPACE: &str = "training";

/// How long late sellers are waited for.
const PATIENCE_DAYS: i64 = 3;

/// What a seller answers.
#[derive(Clone)]
enum Answer {
    Offers { monthly: String, once: String, days: i64 },
    Declines { reason: String, words: String },
    Silent { reason: String, words: String },
}

pub struct Stage {
    world: World,
    answers: BTreeMap<String, Answer>,
    held: bool,
    now: Timestamp,
}

fn day(number: i64) -> Timestamp {
    let first: Timestamp = "2026-12-01T12:00:00Z".parse().unwrap();
    first + SignedDuration::from_hours(24 * (number - 1))
}

impl Stage {
    /// Two sites, two sellers, and nobody has asked for anything.
    pub fn new(story: &Story) -> Self {
        let now = day(story.days[0].day);
        let mut manifests = Manifests::default();
        manifests.add("base.yaml", include_str!("base.yaml"), NAMESPACE, now).unwrap();
        assert_eq!(manifests.warnings, [""; 0]);
        Self { world: manifests.world, answers: BTreeMap::new(), held: false, now }
    }

    /// Plays the story, and tells it.
    pub fn play(mut self, story: &Story, reasons: &mut BTreeSet<String>) -> String {
        let mut told = format!("{}\n", story.story);
        let mut names = BTreeSet::new();
        let mut before: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
        for of_day in &story.days {
            self.now = day(of_day.day);
            writeln!(told, "\nday {}", of_day.day).unwrap();
            for fact in &of_day.facts {
                writeln!(told, "  {fact}").unwrap();
                self.happens(fact);
            }
            let decided = self.decided();
            names.extend(self.world.segments.keys().cloned());
            for (intent, lines) in decided {
                for line in lines.effects {
                    writeln!(told, "    -> {intent}: {line}").unwrap();
                }
                let Some(now) = lines.explanation else {
                    writeln!(told, "    => {intent} is gone").unwrap();
                    before.remove(&intent);
                    continue;
                };
                reasons.insert(now.reason.clone());
                let known = before.entry(intent.clone()).or_default();
                let (stands, details) = (stands(&now), details(&now));
                if known.0 != stands {
                    writeln!(told, "    => {intent}: {stands}").unwrap();
                }
                for line in details.iter().filter(|line| !known.1.contains(line)) {
                    writeln!(told, "       {line}").unwrap();
                }
                *known = (stands, details);
            }
        }
        // Names of segments are hashes, and nobody's concern here.
        for name in names {
            told = told.replace(&name, "seg-…");
        }
        anstream::adapter::strip_str(&told).to_string()
    }

    fn happens(&mut self, fact: &Fact) {
        match fact {
            Fact::Asks { intent, spec } => self.ask(intent, spec),
            Fact::Edits { intent, spec } => {
                let mut edited: ConnectivityIntent =
                    Arc::unwrap_or_clone(self.world.intents[&key(intent)].clone());
                patch(&mut edited.spec, spec);
                self.world.apply_intent(edited, self.now);
            }
            Fact::Deletes { intent } => {
                let there = self.world.intents.get_mut(&key(intent)).unwrap();
                Arc::make_mut(there).metadata.deletion_timestamp = Some(Time(self.now));
            }
            Fact::Provider { name, spec } => {
                let provider: &mut ConnectivityProvider =
                    Arc::make_mut(self.world.providers.get_mut(name).unwrap());
                patch(&mut provider.spec, spec);
            }
            Fact::Site { name, spec: Some(spec) } => {
                let site: &mut Site = Arc::make_mut(self.world.sites.get_mut(name).unwrap());
                patch(&mut site.spec, spec);
            }
            Fact::Site { name, spec: None } => drop(self.world.sites.remove(name).unwrap()),
            Fact::Applies { manifest } => {
                let (text, mut applied) = (manifest.to_string(), Manifests::default());
                applied.add("story", &text, NAMESPACE, self.now).unwrap();
                assert_eq!(applied.warnings, [""; 0]);
                self.world.merge(applied.world, self.now);
            }
            Fact::Approves { intent } => self.approves(intent),
            Fact::Spent { budget, monthly } => {
                let budget: &mut ConnectivityBudget =
                    Arc::make_mut(self.world.budgets.get_mut(&key(budget)).unwrap());
                let zero = || "0.00".to_owned();
                let entry = LedgerEntry {
                    segment: "elsewhere".into(),
                    sequence: 1,
                    counts: LedgerCounts::Service,
                    currency: "USD".into(),
                    monthly: monthly.clone(),
                    one_time: zero(),
                    commitment: zero(),
                    reserving: None,
                };
                let ledger = LedgerStatus { entries: vec![entry], ..LedgerStatus::default() };
                budget.status.get_or_insert_default().ledger = Some(ledger);
            }
            Fact::Holds(held) => self.held = *held,
            Fact::Offers { seller, monthly, once, days } => {
                let answer = Answer::Offers { monthly: monthly.clone(), once: once.clone(), days: *days };
                self.answers.insert(seller.clone(), answer);
            }
            Fact::Declines { seller, reason, words } => {
                let answer = Answer::Declines { reason: reason.clone(), words: words.clone() };
                self.answers.insert(seller.clone(), answer);
            }
            Fact::Silent { seller, reason, words } => {
                let answer = Answer::Silent { reason: reason.clone(), words: words.clone() };
                self.answers.insert(seller.clone(), answer);
            }
            Fact::Takes { seller, intent } => self.takes(seller, intent),
            Fact::Delivers { seller, intent } => self.delivers(seller, intent),
            Fact::Rejects { seller, intent, words } => {
                let now = self.now;
                let segment = self.segment(seller, intent);
                record(segment, "operation: Add, state: Refused, refusal: Final");
                says(segment, SegmentState::Declined, "OrderRejected", words, Some(Party::Seller), now);
            }
            Fact::Ended { seller, intent } => {
                let name = self.segment(seller, intent).metadata.name.clone().unwrap();
                self.world.segments.remove(&name);
            }
            Fact::Says { seller, intent, state, reason, party, words } => {
                let now = self.now;
                let (state, party) = (word(state), word(party));
                says(self.segment(seller, intent), state, reason, words, Some(party), now);
            }
        }
    }

    fn ask(&mut self, intent: &str, more: &Value) {
        let mut spec =
            serde_json::to_value(serde_norway::from_str::<Value>(include_str!("intent.yaml")).unwrap())
                .unwrap();
        merge(&mut spec, more);
        let mut asked: ConnectivityIntent =
            ConnectivityIntent::new(intent, serde_json::from_value(spec).unwrap());
        asked.metadata.namespace = Some(NAMESPACE.into());
        self.world.apply_intent(asked, self.now);
    }

    fn approves(&mut self, intent: &str) {
        let plan = self.world.intents[&key(intent)].status.as_ref().unwrap().plan.as_ref().unwrap();
        let spec =
            json!({"author": "ada", "approvePlan": {"intent": {"name": intent}, "digest": plan.digest}});
        let name = format!("ada-{}", self.world.decisions.len() + 1);
        let mut decision = ConnectivityDecision::new(&name, serde_json::from_value(spec).unwrap());
        decision.metadata.namespace = Some(NAMESPACE.into());
        decision.metadata.uid = Some(name.clone());
        self.world.decisions.insert(key(&name), Arc::new(decision));
    }

    fn takes(&mut self, seller: &str, intent: &str) {
        let now = self.now;
        let segment = self.segment(seller, intent);
        if segment.spec.desired == Desired::Absent {
            record(segment, "operation: Disconnect, state: Placed, orderId: ORD-9");
            says(
                segment,
                SegmentState::Disconnecting,
                "Disconnecting",
                "the seller to end the service",
                Some(Party::Seller),
                now,
            );
        } else {
            record(segment, "operation: Add, state: Placed, orderId: ORD-1");
            says(
                segment,
                SegmentState::Ordering,
                "OrderInProgress",
                "the seller to complete order ORD-1",
                Some(Party::Seller),
                now,
            );
        }
    }

    fn delivers(&mut self, seller: &str, intent: &str) {
        let now = self.now;
        let lso = self.world.providers[seller].spec.lso.as_ref().unwrap();
        let restarts = lso.modify.term_restarts == LsoTermRestarts::Always;
        let segment = self.segment(seller, intent);
        says(segment, SegmentState::Active, "Active", "the service is in use", None, now);
        let (revision, design) = (segment.spec.revision, segment.spec.design.clone());
        let status = segment.status.as_mut().unwrap();
        let since =
            status.in_force.as_ref().filter(|_| !restarts).map_or(Time(now), |runs| runs.since.clone());
        let offer = status.offer.clone().unwrap();
        let year = SignedDuration::from_hours(24 * 365);
        status.in_force = Some(SegmentInForce {
            revision,
            committed: design.committed.0,
            class_of_service: design.class_of_service,
            currency: offer.currency,
            monthly: offer.monthly,
            one_time: offer.one_time,
            term_end: Some(Time(since.0 + year)),
            since,
        });
        status.products = vec![ProductStatus {
            role: ProductRole::Evc,
            id: "EVC-1".into(),
            state: "active".into(),
            billing: BillingKind::Active,
            monthly: None,
        }];
    }

    fn segment(&mut self, seller: &str, intent: &str) -> &mut ConnectivitySegment {
        let found =
            self.world.segments.values_mut().find(|segment| {
                segment.spec.provider.name == seller && segment.spec.intent_ref.name == intent
            });
        Arc::make_mut(found.unwrap_or_else(|| panic!("{intent} has nothing at {seller}")))
    }

    /// What the controller does, until nothing more is to be done for any intent.
    fn decided(&mut self) -> BTreeMap<String, Lines> {
        let mut lines: BTreeMap<String, Lines> = BTreeMap::new();
        let patience = Duration::try_from(SignedDuration::from_hours(24 * PATIENCE_DAYS)).unwrap();
        for _ in 0..8 {
            self.answer();
            let surroundings =
                Surroundings { operators: "naas-system", held: self.held, patience, now: self.now };
            let (answers, now) = (self.answers.clone(), self.now);
            let answer = |segment: &mut ConnectivitySegment| answered(segment, &answers, now);
            let keys: Vec<String> = self.world.intents.keys().cloned().collect();
            let mut busy = false;
            for key in keys {
                let Some(course) = rehearse(&mut self.world, &key, surroundings, &answer) else { continue };
                assert!(course.rest.is_some(), "{key} comes to no rest: {:?}", course.effects);
                busy |= !course.effects.is_empty();
                let name = key.split('/').next_back().unwrap().to_owned();
                let lines = lines.entry(name).or_default();
                lines.explanation =
                    self.world.intents.contains_key(&key).then(|| explanation(&course.intent));
                lines.effects.extend(course.effects.iter().filter_map(words));
            }
            if !busy {
                break;
            }
        }
        lines
    }

    /// What was asked and has no answer that holds gets the seller's present one.
    fn answer(&mut self) {
        let (answers, now) = (self.answers.clone(), self.now);
        for segment in self.world.segments.values_mut() {
            let offer = segment.status.as_ref().and_then(|status| status.offer.as_ref());
            let holds = offer.is_some_and(|offer| {
                let valid = offer.valid_until.as_ref().is_none_or(|until| until.0 > now);
                offer.revision == segment.spec.revision && valid
            });
            let asks = segment.spec.desired == Desired::Offer
                || (segment.spec.desired == Desired::Present && segment.spec.offer.is_none());
            if asks && !holds {
                answered(Arc::make_mut(segment), &answers, now);
            }
        }
    }
}

#[derive(Default)]
struct Lines {
    effects: Vec<String>,
    explanation: Option<Explanation>,
}

fn key(intent: &str) -> String {
    format!("{NAMESPACE}/{intent}")
}

fn word<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_value(json!(text)).unwrap()
}

fn patch<T: serde::Serialize + DeserializeOwned>(spec: &mut T, by: &Value) {
    let mut value = serde_json::to_value(&*spec).unwrap();
    merge(&mut value, by);
    *spec = serde_json::from_value(value).unwrap();
}

/// A merge patch (RFC 7386); nothing at all changes nothing.
fn merge(value: &mut Value, by: &Value) {
    let Some(by) = by.as_object() else {
        if !by.is_null() {
            value.clone_from(by);
        }
        return;
    };
    if !value.is_object() {
        *value = json!({});
    }
    let value = value.as_object_mut().unwrap();
    for (key, by) in by {
        if by.is_null() {
            value.remove(key);
        } else {
            merge(value.entry(key).or_insert(Value::Null), by);
        }
    }
}

fn answered(segment: &mut ConnectivitySegment, answers: &BTreeMap<String, Answer>, now: Timestamp) {
    let name = segment.spec.provider.name.clone();
    match answers.get(&name) {
        Some(Answer::Offers { monthly, once, days }) => {
            says(segment, SegmentState::Offered, "Offered", "the seller made an offer", None, now);
            let revision = segment.spec.revision;
            segment.status.as_mut().unwrap().offer = Some(SegmentOffer {
                revision,
                quote_id: format!("quote-{}", now.as_second()),
                quote_item: "1".into(),
                qualification_id: None,
                qualification_item: None,
                ports: Vec::new(),
                level: OfferLevel::Firm,
                currency: CurrencyText("USD".into()),
                monthly: monthly.clone(),
                one_time: once.clone(),
                valid_until: Some(Time(now + SignedDuration::from_hours(24 * days))),
            });
        }
        Some(Answer::Declines { reason, words }) => {
            says(segment, SegmentState::Declined, reason, words, Some(Party::Seller), now);
        }
        Some(Answer::Silent { reason, words }) => {
            says(segment, SegmentState::Offering, reason, words, Some(Party::Seller), now);
        }
        None => says(
            segment,
            SegmentState::Offering,
            "AwaitingOffer",
            "the seller works on it",
            Some(Party::Seller),
            now,
        ),
    }
}

fn says(
    segment: &mut ConnectivitySegment,
    state: SegmentState,
    reason: &str,
    words: &str,
    party: Option<Party>,
    now: Timestamp,
) {
    let generation = segment.metadata.generation;
    let name = segment.spec.provider.name.clone();
    let status = segment.status.get_or_insert_default();
    let ready = Statement {
        kind: "Ready",
        holds: Some(state == SegmentState::Active),
        reason: reason.into(),
        message: words.into(),
    };
    status.observed_generation = generation;
    status.state = Some(state);
    status.conditions = conditions(&[], vec![ready], generation, &Time(now));
    status.waiting_for = party.map(|party| WaitingFor {
        party,
        name: Some(name),
        what: words.into(),
        since: Time(now),
        until: None,
    });
}

/// An order as it is written down; what was placed before is done.
fn record(segment: &mut ConnectivitySegment, order: &str) {
    let orders = &mut segment.status.get_or_insert_default().orders;
    let sequence = orders.len() + 1;
    let text = format!("{{sequence: {sequence}, mark: m/{sequence}, revision: 1, digest: d, {order}}}");
    orders.push(serde_norway::from_str::<OrderRecord>(&text).unwrap());
}

fn words(effect: &Effect) -> Option<String> {
    Some(match effect {
        Effect::Ask(name) => format!("asks {name}"),
        Effect::Order(name) => format!("orders at {name}"),
        Effect::Change(name) => format!("orders the change at {name}"),
        Effect::Authorise(name) => format!("changes what {name} may be paid, or whether it is ordered from"),
        Effect::AskAnew(name) => format!("asks {name} anew"),
        Effect::Withdraw(name) => format!("gives up what {name} was asked"),
        Effect::End(name) => format!("ends the service at {name}"),
        Effect::LeaveBehind(name) => format!("leaves the service at {name} behind, running"),
        Effect::Forget => return None,
    })
}

/// Where it stands, and whose move it is.
fn stands(now: &Explanation) -> String {
    let state = format!("{:?}, {}", now.state, now.reason);
    match &now.waiting_for {
        Some(wait) => format!("{state}; waits for {}", waits_for(wait)[0]),
        None => format!("{state}; {}", now.message),
    }
}

/// What is or would be bought, what runs meanwhile, and why.
fn details(now: &Explanation) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(price) = &now.price {
        let legs: Vec<String> =
            now.path.iter().map(|leg| format!("{} {}", leg.provider, leg.class_of_service)).collect();
        let (legs, monthly, once) = (legs.join(" + "), &price.monthly, &price.one_time);
        lines.push(format!("plan: {legs} for {monthly} a month and {once} at once"));
        if let Some(runs) = now.in_force.as_ref().filter(|runs| price.monthly != runs.monthly) {
            let (class, rate, monthly) = (&runs.class_of_service, &runs.committed, &runs.monthly);
            lines.push(format!("runs: {class} {rate} for {monthly} a month"));
        }
    }
    lines.extend(
        now.diverse
            .iter()
            .map(|diverse| format!("diverse: {}, {}: {}", diverse.status, diverse.reason, diverse.message)),
    );
    lines.extend(now.approval.iter().map(|used| format!("approved: by {}", used.decision)));
    lines.extend(now.commitment.iter().map(|owed| {
        let fee = owed.termination.amount.as_deref().unwrap_or("nobody knows what");
        format!("leaving: {fee}")
    }));
    lines.extend(now.why.iter().map(|note| format!("why: {note}")));
    lines
}
