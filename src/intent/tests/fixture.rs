//! One intent, two sites and two sellers, as most tests want them; a test changes what its story is about.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::admit;
use crate::api::{
    BillingKind, ConnectivityIntent, ConnectivityIntentSpec, ConnectivitySegment, ConnectivitySegmentSpec,
    CurrencyText, Desired, FINALIZER, IntentRef, IntentState, OfferLevel, OrderRecord, Party, ProductRole,
    ProductStatus, ProviderIdentity, SegmentEnd, SegmentInForce, SegmentOffer, SegmentState, Statement,
    WaitingFor, conditions,
};
use crate::intent::decide::{Commit, Purchase, Rest, Step, Waiting, decide};
use crate::intent::facts::{Facts, Seller, name_of};
use crate::intent::{offers, record};
use crate::model::{
    Account, Amount, Approval, Cap, ChangeRules, DecisionId, EarlyTermination, Interface, Limits, PlanDigest,
    Port, PortMode, Product, ServiceClass, ServiceId, ServiceLevel, SiteView, Term, TermEnd, TermUnit,
    VlanId,
};
use crate::planning::{Asked, Candidate, Spent};

pub const METRO: &str = "metro-fiber";
pub const WAVE: &str = "wave";

/// How long a late seller is waited for.
pub const PATIENCE: i64 = 600;

pub fn now() -> Timestamp {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

pub fn after(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

/// A spec costs more to read than to copy, and some tests want hundreds.
static SPEC: LazyLock<ConnectivityIntentSpec> = LazyLock::new(|| {
    serde_norway::from_str(
        "
        endpoints:
        - {name: gpus, site: {name: ashburn}}
        - {name: store, site: {name: chicago}}
        bandwidth: {committed: 2G}
        objectives: {latency: {oneWay: 10ms}}
        budget: {currency: USD, monthly: '3000.00', oneTime: '1000.00'}
        ",
    )
    .unwrap()
});

/// An intent that was just looked at for the first time: both sellers could carry it, and neither was asked.
pub fn new() -> Facts {
    let mut intent = ConnectivityIntent::new("checkpoints", SPEC.clone());
    intent.metadata.namespace = Some("training".into());
    intent.metadata.uid = Some("7f3c".into());
    intent.metadata.generation = Some(1);
    intent.metadata.finalizers = Some(vec![FINALIZER.into()]);
    Facts {
        class: crate::intent::class::Classed::default(),
        approvals: Vec::new(),
        operators: "naas-system".into(),
        request: admit::request(&intent.spec),
        sites: Ok((site("ashburn"), site("chicago"))),
        spokes: BTreeMap::new(),
        between: Vec::new(),
        interconnects: Vec::new(),
        unreadable: Vec::new(),
        sellers: vec![seller(METRO), seller(WAVE)],
        segments: Vec::new(),
        lost_claims: Vec::new(),
        budgets: Vec::new(),
        shortages: Vec::new(),
        notes: None,
        held: false,
        patience: Duration::from_secs(u64::try_from(PATIENCE).unwrap()),
        now: now(),
        intent: Arc::new(intent),
    }
}

pub fn site(name: &str) -> SiteView {
    let port = |account: &str| Port {
        site: name.into(),
        name: format!("{account}-1"),
        account: account.into(),
        interface: Interface::Uni(ServiceId(format!("UNI-{account}-{name}"))),
        mode: PortMode::Tagged(200..=299),
        offered: true,
        max_frame_size: Some(9100),
        max_end_points: None,
        capacity: None,
        risk_groups: Vec::new(),
        demarcation: Some(format!("{name}, rack 7")),
    };
    SiteView {
        name: name.into(),
        position: None,
        country: None,
        ports: vec![port(METRO), port(WAVE)],
        transit: None,
    }
}

fn seller(name: &str) -> Seller {
    let cap = Cap { monthly: amount("10000"), one_time: amount("5000") };
    let currency = "USD".parse().unwrap();
    let account = Account {
        name: name.into(),
        seller: name.into(),
        currency,
        held: false,
        limits: Limits { currency, per_order: cap, total: cap },
        products: BTreeSet::from([Product::Evpl]),
        classes: vec![ServiceClass {
            name: "BULK".into(),
            max_km: None,
            site_pairs: Vec::new(),
            excess: false,
            level: ServiceLevel {
                frame_delay: vec![("99".parse().unwrap(), Duration::from_millis(8))],
                contracted: true,
                ..ServiceLevel::default()
            },
        }],
        steps: ["1G", "2G", "4G"].map(|step| step.parse().unwrap()).into(),
        terms: vec![Term {
            name: "one year".into(),
            value: 1,
            unit: TermUnit::Year,
            at_end: TermEnd::Renew,
            roll: None,
        }],
        translates_vlans: false,
        change: ChangeRules { restarts_term: false, decrease: false },
        early_termination: Some(fee("50")),
        calendar: None,
        installation: None,
        jurisdictions: BTreeSet::new(),
        risks: Vec::new(),
    };
    Seller {
        identity: ProviderIdentity {
            name: name.into(),
            address: format!("https://{name}.example"),
            buyer_id: None,
            seller_id: None,
        },
        asked: Asked { account, allowed: true },
        spent: Spent::default(),
    }
}

pub fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

/// The rule that this share of what is still due must be paid.
pub fn fee(percent: &str) -> EarlyTermination {
    EarlyTermination { of_remaining: percent.parse().unwrap(), fee: Amount::ZERO }
}

pub fn account<'a>(facts: &'a mut Facts, name: &str) -> &'a mut Account {
    let seller = facts.sellers.iter_mut().find(|seller| seller.asked.account.name == name);
    &mut seller.unwrap().asked.account
}

/// Somebody approves the plan that is shown.
pub fn approve(facts: &mut Facts, digest: PlanDigest) {
    let id = DecisionId { namespace: "training".into(), name: "yes".into(), uid: "uid-1".into() };
    facts.approvals.push(Approval { id, digest });
}

/// Changes the intent as a user does.
pub fn edit(facts: &mut Facts, change: impl FnOnce(&mut ConnectivityIntentSpec)) {
    let intent = Arc::make_mut(&mut facts.intent);
    change(&mut intent.spec);
    intent.metadata.generation = intent.metadata.generation.map(|generation| generation + 1);
    facts.request = admit::request(&intent.spec);
}

pub fn delete(facts: &mut Facts) {
    Arc::make_mut(&mut facts.intent).metadata.deletion_timestamp = Some(Time(now()));
}

/// The segment at this seller.
pub fn segment<'a>(facts: &'a Facts, seller: &str) -> &'a Arc<ConnectivitySegment> {
    facts.segments.iter().find(|segment| segment.spec.provider.name == seller).unwrap()
}

pub fn segment_mut<'a>(facts: &'a mut Facts, seller: &str) -> &'a mut ConnectivitySegment {
    let found = facts.segments.iter_mut().find(|segment| segment.spec.provider.name == seller);
    Arc::make_mut(found.unwrap())
}

/// A seller that was asked for an offer and did not answer anything yet.
pub fn asked(facts: &mut Facts, seller: &str) {
    let request = facts.request.clone().unwrap();
    let way = offers::market(facts, &request).direct(seller).unwrap().clone();
    create(facts, &offers::Asking { spoke: None, way, held: Vec::new() });
}

/// New segments, as the controller makes them: one for each leg of a way that has none.
fn create(facts: &mut Facts, offers::Asking { spoke: _, way, held }: &offers::Asking) {
    let request = facts.request.clone().unwrap();
    let mut held = held.iter();
    for path in &way.paths {
        let vlans = vec![(VlanId::new(210), VlanId::new(210)); path.legs.len()];
        let ends = offers::ends(path, &request, &vlans);
        for (index, (leg, ends)) in path.legs.iter().zip(ends).enumerate() {
            if held.next().is_none_or(Option::is_none) {
                create_leg(
                    facts,
                    leg,
                    if way.is_direct() { offers::ONLY_LEG } else { index as i64 + 1 },
                    ends,
                );
            }
        }
    }
}

fn create_leg(facts: &mut Facts, candidate: &Candidate, leg: i64, ends: Vec<SegmentEnd>) {
    let request = facts.request.clone().unwrap();
    let part =
        if leg == offers::ONLY_LEG { String::new() } else { format!("-{}-{}", ends[0].site, ends[1].site) };
    let name = format!("seg-{}{part}", candidate.account);
    // What is bought keeps its name.
    let bought = |segment: &&Arc<ConnectivitySegment>| {
        segment.spec.desired != Desired::Offer && name_of(segment).trim_end_matches(['-', '1', '2']) == name
    };
    let before = facts.segments.iter().filter(bought).count();
    let name = if before == 0 { name } else { format!("{name}-{before}") };
    let spec = ConnectivitySegmentSpec {
        intent_ref: IntentRef {
            namespace: "training".into(),
            name: "checkpoints".into(),
            uid: "7f3c".into(),
        },
        leg,
        replacement: before as i64,
        provider: facts.seller(&candidate.account).unwrap().identity.clone(),
        client_reference: name.clone(),
        project: "acme/training/checkpoints".into(),
        product: offers::product(candidate.product),
        ends,
        existing: None,
        revision: 1,
        intent_generation: facts.generation(),
        design: offers::design(candidate, &request),
        desired: Desired::Offer,
        suspend: false,
        released: false,
        authority: None,
        offer: None,
        choice: None,
        spoke: None,
    };
    let mut segment = ConnectivitySegment::new(&name, spec);
    segment.metadata.generation = Some(1);
    segment.metadata.creation_timestamp = Some(Time(facts.now));
    facts.segments.push(Arc::new(segment));
    facts.segments.sort_by(|left, right| left.metadata.name.cmp(&right.metadata.name));
}

/// What the segment at this seller tells of itself.
pub fn says(facts: &mut Facts, seller: &str, state: SegmentState, reason: &str, party: Option<Party>) {
    let words = format!("{seller} says {reason}");
    let segment = segment_mut(facts, seller);
    let generation = segment.metadata.generation;
    let status = segment.status.get_or_insert_default();
    let ready = Statement { kind: "Ready", holds: None, reason: reason.into(), message: words.clone() };
    status.observed_generation = generation;
    status.state = Some(state);
    status.conditions = conditions(&[], vec![ready], generation, &Time(now()));
    status.waiting_for = party.map(|party| WaitingFor {
        party,
        name: Some(seller.into()),
        what: words,
        since: Time(now()),
        until: None,
    });
}

/// A seller that works on its offer.
pub fn pending(facts: &mut Facts, seller: &str) {
    asked(facts, seller);
    says(facts, seller, SegmentState::Offering, "AwaitingOffer", Some(Party::Seller));
}

/// A seller that does not want to.
pub fn declined(facts: &mut Facts, seller: &str) {
    asked(facts, seller);
    says(facts, seller, SegmentState::Declined, "NoCapacity", Some(Party::Seller));
}

/// A seller that made an offer.
pub fn offered(facts: &mut Facts, seller: &str, monthly: &str) {
    asked(facts, seller);
    offers(facts, seller, monthly);
}

/// The seller offers what the segment asks now.
pub fn offers(facts: &mut Facts, seller: &str, monthly: &str) {
    says(facts, seller, SegmentState::Offered, "Offered", None);
    let segment = segment_mut(facts, seller);
    let revision = segment.spec.revision;
    segment.status.as_mut().unwrap().offer = Some(SegmentOffer {
        revision,
        quote_id: format!("quote-{revision}"),
        quote_item: "1".into(),
        qualification_id: None,
        qualification_item: None,
        ports: Vec::new(),
        level: OfferLevel::Firm,
        currency: CurrencyText("USD".into()),
        monthly: monthly.into(),
        one_time: "500.00".into(),
        valid_until: Some(Time(after(86_400))),
    });
}

/// An order of the segment, as it is written down: `operation: Add, state: Placed`.
pub fn record(facts: &mut Facts, seller: &str, order: &str) {
    let orders = &mut segment_mut(facts, seller).status.get_or_insert_default().orders;
    let sequence = orders.len() + 1;
    let text = format!("{{sequence: {sequence}, mark: m/{sequence}, revision: 1, digest: d, {order}}}");
    orders.push(serde_norway::from_str::<OrderRecord>(&text).unwrap());
}

/// Metro fiber's offer was taken, the other seller's is gone, and nothing is ordered yet.
pub fn wanted() -> Facts {
    let mut facts = new();
    offered(&mut facts, METRO, "1125.00");
    offered(&mut facts, WAVE, "1200.00");
    run(&mut facts);
    assert_eq!(segment(&facts, METRO).spec.desired, Desired::Present);
    says(&mut facts, METRO, SegmentState::Ordering, "OrderInProgress", Some(Party::Seller));
    facts
}

/// The same, ordered.
pub fn ordered() -> Facts {
    let mut facts = wanted();
    record(&mut facts, METRO, "operation: Add, state: Placed, orderId: ORD-1");
    facts
}

/// The same, in use since thirty days.
pub fn bought() -> Facts {
    let mut facts = wanted();
    record(&mut facts, METRO, "operation: Add, state: Settled, orderId: ORD-1");
    runs(&mut facts, "2G");
    facts
}

/// What the segment at metro fiber asks is in use at this rate.
pub fn runs(facts: &mut Facts, committed: &str) {
    says(facts, METRO, SegmentState::Active, "Active", None);
    let segment = segment_mut(facts, METRO);
    let status = segment.status.as_mut().unwrap();
    status.products = vec![ProductStatus {
        role: ProductRole::Evc,
        id: "EVC-1".into(),
        state: "active".into(),
        billing: BillingKind::Active,
        monthly: None,
    }];
    status.in_force = Some(in_force(segment.spec.revision, committed));
}

/// What runs since thirty days, for a year.
pub fn in_force(revision: i64, committed: &str) -> SegmentInForce {
    SegmentInForce {
        revision,
        committed: committed.into(),
        class_of_service: "BULK".into(),
        currency: CurrencyText("USD".into()),
        monthly: "1125.00".into(),
        one_time: "500.00".into(),
        since: Time(after(-86_400 * 30)),
        term_end: Some(Time(after(86_400 * 335))),
    }
}

/// A bought intent that was given another bandwidth; the segment follows, and its seller is asked.
pub fn changing() -> Facts {
    let mut facts = bought();
    edit(&mut facts, |spec| spec.bandwidth.committed = "4G".into());
    run(&mut facts);
    says(&mut facts, METRO, SegmentState::Changing, "AwaitingOffer", Some(Party::Seller));
    facts
}

fn named_mut<'a>(facts: &'a mut Facts, name: &str) -> &'a mut ConnectivitySegment {
    Arc::make_mut(facts.segments.iter_mut().find(|segment| name_of(segment) == name).unwrap())
}

/// Writes a segment's spec.
pub fn respec(facts: &mut Facts, segment: &ConnectivitySegment, spec: ConnectivitySegmentSpec) {
    let segment = named_mut(facts, name_of(segment));
    segment.spec = spec;
    segment.metadata.generation = segment.metadata.generation.map(|generation| generation + 1);
}

/// Carries one step out on the values, as the controller does on the objects.
pub fn apply(facts: &mut Facts, step: Step) {
    match step {
        Step::Create(asked) => asked.iter().for_each(|asking| create(facts, asking)),
        Step::Align(segment, spec) => respec(facts, &segment, *spec),
        Step::Commit(commit) => {
            for leg in commit.legs {
                respec(facts, &leg.segment, leg.spec);
            }
        }
        Step::Drop(segment) if segment.spec.desired == Desired::Offer => {
            facts.segments.retain(|other| other.metadata.name != segment.metadata.name);
        }
        Step::Drop(segment) => {
            named_mut(facts, name_of(&segment)).metadata.deletion_timestamp = Some(Time(now()))
        }
        Step::AddFinalizer => {
            Arc::make_mut(&mut facts.intent).metadata.finalizers = Some(vec![FINALIZER.into()]);
        }
        Step::RemoveFinalizer => Arc::make_mut(&mut facts.intent).metadata.finalizers = None,
        Step::Pin(pin) => {
            let status = record::pinned(facts, *pin);
            Arc::make_mut(&mut facts.intent).status = Some(status);
        }
        Step::Rest(rest) => panic!("{rest:?} is nothing to do"),
    }
}

/// Does all that is to be done, and gives the rest that was reached with the names of the steps on the way.
pub fn run(facts: &mut Facts) -> (Vec<&'static str>, Rest) {
    let mut names = Vec::new();
    for _ in 0..20 {
        match decide(facts) {
            Step::Rest(rest) => return (names, rest),
            step => {
                names.push(step.name());
                apply(facts, step);
            }
        }
    }
    panic!("no rest after {names:?}");
}

/// What is bought together.
pub fn committed(facts: &Facts) -> Commit {
    match decide(facts) {
        Step::Commit(commit) => *commit,
        other => panic!("{other:?} buys nothing"),
    }
}

/// What is bought of one seller. Anything else is no answer.
pub fn commit(facts: &Facts) -> Purchase {
    match decide(facts) {
        Step::Commit(commit) if commit.legs.len() == 1 => commit.legs.into_iter().next().unwrap(),
        other => panic!("{other:?} buys nothing"),
    }
}

/// What a segment's spec becomes.
pub fn aligned(facts: &Facts) -> ConnectivitySegmentSpec {
    match decide(facts) {
        Step::Align(_, spec) => *spec,
        other => panic!("{other:?} changes no segment"),
    }
}

/// Whom the intent waits for, while it gets on by itself.
pub fn waiting(facts: &Facts) -> (IntentState, Waiting) {
    match decide(facts) {
        Step::Rest(Rest::Waiting(state, waiting)) => (state, waiting),
        other => panic!("{other:?} does not wait"),
    }
}

/// Why the intent gets on no more.
pub fn stalled(facts: &Facts) -> (IntentState, Waiting) {
    match decide(facts) {
        Step::Rest(Rest::Stalled(state, waiting)) => (state, waiting),
        other => panic!("{other:?} is not stalled"),
    }
}

/// State, reason and party of it.
pub fn gist((state, waiting): &(IntentState, Waiting)) -> (IntentState, &str, Party) {
    (*state, waiting.reason.as_str(), waiting.party)
}
