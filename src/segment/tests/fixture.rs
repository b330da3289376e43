//! One segment and its account, as most tests want them; a test changes what its story is about.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::admit;
use crate::api::{
    BillingKind, ChargePrice, ConnectivitySegment, ConnectivitySegmentSpec, CurrencyText, Desired, LastOrder,
    OfferLevel, OrderOperation, OrderRecord, OrderRecordState, OrderRefusal, ProductRole, ProductStatus,
    SegmentInForce, SegmentOffer, SegmentPort,
};
use crate::model::{
    Account, Cap, ChangeRules, ChargeId, ChargeItem, ChargeState, ChargeView, Decision, DecisionId,
    EarlyTermination, Limits, Mark, OrderId, OrderState, OrderView, Price, PriceKind, Product, Project, Role,
    ServiceEnd, ServiceId, ServiceState, ServiceView, Task, Term, TermEnd, TermUnit, Verdict,
};
use crate::provider::Capabilities;
use crate::segment::decide::{Rest, Step, Waiting, decide};
use crate::segment::facts::{Facts, Past, Search, Sight, Windows};
use crate::segment::purchase;

pub const REFERENCE: &str = "seg-0123456789abcdef0123";
pub const PROJECT: &str = "acme/training/checkpoints";
pub const SERVICE: &str = "EVC-1";

pub fn now() -> Timestamp {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

pub fn after(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

/// A spec costs more to read than to copy, and some tests want thousands.
static SPEC: LazyLock<ConnectivitySegmentSpec> = LazyLock::new(|| {
    serde_norway::from_str(&format!(
        "
        intentRef: {{namespace: training, name: checkpoints, uid: 7f3c}}
        leg: 0
        replacement: 0
        provider: {{name: metro-fiber, address: 'https://metro.example'}}
        clientReference: {REFERENCE}
        project: {PROJECT}
        product: Evpl
        ends:
        - {{name: gpus, site: ashburn-gpu, port: metro-1, uniProductId: UNI-A, vlan: 210}}
        - {{name: store, site: chicago-store, port: metro-1, uniProductId: UNI-Z, vlan: 210}}
        revision: 1
        intentGeneration: 1
        design:
          committed: 2G
          peak: 2G
          reverseCommitted: 2G
          reversePeak: 2G
          classOfService: BULK
          term: {{name: one year, value: 1, unit: Year, atEnd: Renew}}
        desired: Offer
        "
    ))
    .unwrap()
});

pub fn account() -> Account {
    let cap = Cap { monthly: "10000".parse().unwrap(), one_time: "5000".parse().unwrap() };
    let currency = "USD".parse().unwrap();
    Account {
        name: "metro-fiber".into(),
        seller: "metro-fiber".into(),
        currency,
        held: false,
        limits: Limits { currency, per_order: cap, total: cap },
        products: BTreeSet::from([Product::Evpl]),
        classes: Vec::new(),
        steps: Vec::new(),
        terms: vec![Term {
            name: "one year".into(),
            value: 1,
            unit: TermUnit::Year,
            at_end: TermEnd::Renew,
            roll: None,
        }],
        translates_vlans: false,
        change: ChangeRules { restarts_term: false, decrease: true },
        early_termination: Some(fee("0")),
        calendar: None,
        installation: None,
        jurisdictions: BTreeSet::new(),
        risks: Vec::new(),
    }
}

/// The rule that this share of what is still due must be paid.
pub fn fee(percent: &str) -> EarlyTermination {
    EarlyTermination { of_remaining: percent.parse().unwrap(), fee: crate::model::Amount::ZERO }
}

pub fn capabilities() -> Capabilities {
    Capabilities {
        search_lag: Duration::from_secs(2),
        search_reliable: true,
        inventory_lag: Duration::ZERO,
        delay_bound: Duration::from_secs(5),
        request_timeout: Duration::from_secs(30),
        qualification_required: false,
        quote_required: true,
        quote_single_use: false,
    }
}

/// After this time an order whose answer was lost must be visible: purchase window, time-out, delay, search lag.
pub const VISIBLE_AFTER: Duration = Duration::from_secs(30 + 30 + 5 + 2);

pub const WINDOWS: Windows = Windows {
    purchase: Duration::from_secs(30),
    attempts: 3,
    ask_again: Duration::from_secs(3_600),
    observe: Duration::from_secs(3_600),
};

/// The facts about a stored segment, for a process that has just started.
pub fn facts_of(segment: ConnectivitySegment) -> Facts {
    Facts {
        draft: segment.status.clone().unwrap_or_default(),
        wish: admit::segment(&segment.spec, now()),
        account: Some(account()),
        seller: Ok(capabilities()),
        decisions: Vec::new(),
        hold: None,
        catch: crate::model::Catch::default(),
        no_room: None,
        past: Past::default(),
        asked: false,
        refused: false,
        seen: std::collections::BTreeMap::new(),
        cancellation: None,
        quote_ordered: None,
        charges: None,
        charge: None,
        others: std::collections::BTreeMap::new(),
        services: std::collections::BTreeMap::new(),
        carried: std::collections::BTreeMap::new(),
        search: None,
        found: None,
        owner: None,
        failure: None,
        windows: WINDOWS,
        now: now(),
        segment: Arc::new(segment),
    }
}

/// A new segment: an offer is wanted, and nothing was found at the seller.
pub fn new() -> Facts {
    let mut segment = ConnectivitySegment::new(REFERENCE, SPEC.clone());
    segment.metadata.uid = Some("segment-uid".into());
    segment.metadata.generation = Some(1);
    let mut facts = facts_of(segment);
    facts.past.looked = true;
    facts
}

/// The offer of the quote for a design.
pub fn offer(revision: i64, quote: &str) -> SegmentOffer {
    SegmentOffer {
        revision,
        quote_id: quote.into(),
        quote_item: "1".into(),
        qualification_id: Some("poq-1".into()),
        qualification_item: Some("1".into()),
        ports: Vec::new(),
        level: OfferLevel::Firm,
        currency: CurrencyText("USD".into()),
        monthly: "1125.00".into(),
        one_time: "500.00".into(),
        valid_until: Some(Time(after(86_400))),
    }
}

/// A segment whose offer was chosen: it is to be bought.
pub fn wanted() -> Facts {
    let mut facts = new();
    facts.past.looked = false;
    facts.draft.offer = Some(offer(1, "quote-1"));
    store(&mut facts);
    edit(&mut facts, |spec| {
        spec.desired = Desired::Present;
        spec.authority = Some(
            serde_norway::from_str(
                "{currency: USD, monthly: '2000.00', oneTime: '600.00', termination: '0.00'}",
            )
            .unwrap(),
        );
        spec.offer = Some(crate::api::ChosenOffer { revision: 1, quote_id: "quote-1".into() });
    });
    facts
}

/// The same, by a process that has looked and found nothing.
pub fn wanted_and_looked() -> Facts {
    let mut facts = wanted();
    facts.past.looked = true;
    facts.search = Some(search([]));
    facts
}

/// A segment whose service was bought and is in use.
pub fn bought() -> Facts {
    let mut facts = wanted();
    record_orders(&mut facts, [settled(1, OrderOperation::Add)]);
    facts.draft.products = vec![product(SERVICE)];
    facts.draft.in_force = Some(in_force());
    facts.draft.state = Some(crate::api::SegmentState::Active);
    store(&mut facts);
    facts
}

/// What runs after the first purchase.
pub fn in_force() -> SegmentInForce {
    SegmentInForce {
        revision: 1,
        committed: "2G".into(),
        class_of_service: "BULK".into(),
        currency: CurrencyText("USD".into()),
        monthly: "1125.00".into(),
        one_time: "500.00".into(),
        since: Time(after(-86_400 * 30)),
        term_end: Some(Time(after(86_400 * 335))),
    }
}

/// A bought segment that its intent has given another design and a chosen offer for it.
pub fn changing() -> Facts {
    let mut facts = bought();
    facts.draft.offer = Some(offer(2, "quote-2"));
    store(&mut facts);
    edit(&mut facts, |spec| {
        spec.revision = 2;
        spec.design.committed = "4G".into();
        spec.design.peak = "4G".into();
        spec.offer = Some(crate::api::ChosenOffer { revision: 2, quote_id: "quote-2".into() });
    });
    facts
}

/// A bought segment that is not wanted any more.
pub fn unwanted() -> Facts {
    let mut facts = bought();
    edit(&mut facts, |spec| spec.desired = Desired::Absent);
    delete(&mut facts);
    facts
}

/// Changes the spec, and what follows from it.
pub fn edit(facts: &mut Facts, change: impl FnOnce(&mut ConnectivitySegmentSpec)) {
    let segment = Arc::make_mut(&mut facts.segment);
    change(&mut segment.spec);
    segment.metadata.generation = segment.metadata.generation.map(|generation| generation + 1);
    facts.wish = admit::segment(&segment.spec, facts.now);
}

pub fn delete(facts: &mut Facts) {
    Arc::make_mut(&mut facts.segment).metadata.deletion_timestamp = Some(Time(now()));
}

/// Stores the draft as the segment's status; the record of orders stays.
pub fn store(facts: &mut Facts) {
    let segment = Arc::make_mut(&mut facts.segment);
    let before = segment.status.take().unwrap_or_default();
    segment.status = Some(crate::api::ConnectivitySegmentStatus {
        orders: before.orders,
        last_order: before.last_order,
        ..facts.draft.clone()
    });
}

/// Stores these orders as the record of the segment.
pub fn record_orders(facts: &mut Facts, orders: impl Into<Vec<OrderRecord>>) {
    let status = Arc::make_mut(&mut facts.segment).status.get_or_insert_default();
    status.orders = orders.into();
    status.last_order =
        status.orders.iter().map(|record| record.sequence).max().map(|sequence| LastOrder { sequence });
}

/// Stores what a step changed in the record, as the controller does.
pub fn write(facts: &mut Facts, changed: &[OrderRecord]) {
    let (orders, last) = purchase::merged(facts, changed);
    let status = Arc::make_mut(&mut facts.segment).status.get_or_insert_default();
    (status.orders, status.last_order) = (orders, Some(last));
}

pub fn record(sequence: i64, operation: OrderOperation, state: OrderRecordState) -> OrderRecord {
    OrderRecord {
        sequence,
        operation,
        mark: format!("{REFERENCE}/{sequence}"),
        revision: 1,
        digest: "d".into(),
        quote_id: (operation != OrderOperation::Disconnect).then(|| "quote-1".into()),
        requested_completion: Some(Time(now())),
        reserved_at: None,
        twin: None,
        state,
        order_id: None,
        charge_id: None,
        accepts: None,
        product_id: None,
        refusal: None,
        decision: None,
        outcome: None,
    }
}

/// A record whose order the seller has, under an id made of its sequence.
pub fn placed(sequence: i64, operation: OrderOperation) -> OrderRecord {
    OrderRecord {
        order_id: Some(format!("ORD-{sequence}")),
        ..record(sequence, operation, OrderRecordState::Placed)
    }
}

pub fn settled(sequence: i64, operation: OrderOperation) -> OrderRecord {
    OrderRecord {
        state: OrderRecordState::Settled,
        outcome: Some("completed".into()),
        ..placed(sequence, operation)
    }
}

/// The record of the service that was taken over; no order is known that brought it.
pub fn taken_over(sequence: i64) -> OrderRecord {
    OrderRecord {
        quote_id: None,
        order_id: None,
        product_id: Some(SERVICE.into()),
        outcome: Some("taken over as it runs".into()),
        ..settled(sequence, OrderOperation::Adopt)
    }
}

pub fn refused(sequence: i64, operation: OrderOperation, refusal: OrderRefusal) -> OrderRecord {
    OrderRecord {
        refusal: Some(refusal),
        outcome: Some("no such thing".into()),
        ..record(sequence, operation, OrderRecordState::Refused)
    }
}

/// The record after this one, which answers a charge on the order of `order`: declines it where no price is agreed to.
pub fn answering(order: &OrderRecord, charge: &str, price: &str, state: OrderRecordState) -> OrderRecord {
    let sequence = order.sequence + 1;
    OrderRecord {
        sequence,
        operation: OrderOperation::AnswerCharge,
        mark: format!("{REFERENCE}/{sequence}"),
        charge_id: Some(charge.into()),
        accepts: (!price.is_empty()).then(|| ChargePrice {
            currency: CurrencyText("USD".into()),
            monthly: "0.00".into(),
            one_time: price.into(),
        }),
        quote_id: None,
        requested_completion: None,
        state,
        ..order.clone()
    }
}

pub fn charge_item(kind: PriceKind, amount: &str, currency: &str) -> ChargeItem {
    ChargeItem {
        id: "1".into(),
        price: Price {
            name: "construction".into(),
            kind,
            amount: amount.parse().ok(),
            currency: currency.parse().ok(),
        },
        blocking: true,
        accepted: None,
    }
}

/// A charge that waits for an answer for an hour.
pub fn charge(id: &str, kind: PriceKind, amount: &str) -> ChargeView {
    ChargeView {
        id: ChargeId(id.into()),
        respond_by: Some(after(3_600)),
        state: ChargeState::Open,
        of_cancellation: false,
        items: vec![charge_item(kind, amount, "USD")],
    }
}

/// What somebody decided just now.
pub fn decision(verdict: Verdict) -> Decision {
    let id = DecisionId { namespace: "training".into(), name: "settle".into(), uid: "decision-uid".into() };
    Decision { id, made: Some(now()), verdict }
}

pub fn product(id: &str) -> ProductStatus {
    ProductStatus {
        role: ProductRole::Evc,
        id: id.into(),
        state: "active".into(),
        billing: BillingKind::Active,
        monthly: None,
    }
}

/// A port that is ordered with the service.
pub fn port() -> SegmentPort {
    serde_norway::from_str("{offering: UNI, physicalLink: 10GBASE_LR, place: {siteId: S-1}}").unwrap()
}

/// What the seller says about the order with this sequence in its mark.
pub fn order(sequence: u32, task: Task, state: OrderState) -> OrderView {
    OrderView {
        id: OrderId(format!("ORD-{sequence}")),
        mark: Some(Mark::new(REFERENCE, sequence)),
        project: Some(Project(PROJECT.into())),
        task,
        raw_state: format!("{state:?}"),
        state,
        services: vec![(Role::Evc, ServiceId(SERVICE.into()))],
        failed: Vec::new(),
        quote: Some("quote-1".into()),
        expected_completion: None,
        placed: None,
        reason: None,
        milestones: Vec::new(),
    }
}

pub fn service(state: ServiceState) -> ServiceView {
    ServiceView {
        id: ServiceId(SERVICE.into()),
        raw_state: format!("{state:?}"),
        state,
        rates: None,
        class_of_service: None,
        started: Some(now()),
        terminated: None,
        ends: None,
        order: None,
        monthly: None,
        term: None,
    }
}

/// The same, where the inventory shows that it runs between the ends of the segment.
pub fn between_the_ends(state: ServiceState) -> ServiceView {
    let end = |uni: &str| ServiceEnd { interface: ServiceId(uni.into()), vlans: Some(vec![210]) };
    ServiceView { ends: Some([end("UNI-A"), end("UNI-Z")]), ..service(state) }
}

/// Somebody decided that this service is taken over.
pub fn adopting(product: &str) -> Decision {
    let id = DecisionId { namespace: "training".into(), name: "take-it".into(), uid: "decision-uid".into() };
    Decision { id, made: Some(now()), verdict: Verdict::Adopt(ServiceId(product.into())) }
}

/// Takes in a look at the service, as the controller does.
pub fn see_service(facts: &mut Facts, state: ServiceState) {
    let view = service(state);
    let seen = crate::segment::facts::Seen::Service(view.id.clone(), Sight::There(view));
    crate::segment::record::absorb(facts, seen);
}

/// Takes in a look at the order under way.
pub fn see_order(facts: &mut Facts, view: OrderView) {
    crate::segment::record::absorb(
        facts,
        crate::segment::facts::Seen::Order(view.id.clone(), Sight::There(view)),
    );
}

pub fn search(own: impl Into<Vec<OrderView>>) -> Search {
    Search { own: own.into(), ended: Vec::new(), foreign: Vec::new(), strangers: Vec::new(), leaving: None }
}

/// Stores the one record that the next step writes.
pub fn write_next(facts: &mut Facts) {
    let record = written(&decide(facts)).clone();
    write(facts, &[record]);
}

/// Why a step rests. Anything but a wait of some kind is no answer.
pub fn waiting(step: &Step) -> &Waiting {
    match step {
        Step::Rest(
            Rest::Waiting(waiting)
            | Rest::Stalled(waiting)
            | Rest::Declined(waiting)
            | Rest::Failing(waiting),
        ) => waiting,
        other => panic!("{other:?} waits for nobody"),
    }
}

pub fn reason(step: &Step) -> &'static str {
    waiting(step).reason
}

/// The record that a step writes.
pub fn written(step: &Step) -> &OrderRecord {
    match step {
        Step::Reserve(record) | Step::Conclude(record, _) => record,
        Step::Record(records) if records.len() == 1 => &records[0],
        other => panic!("{other:?} does not write one record"),
    }
}
