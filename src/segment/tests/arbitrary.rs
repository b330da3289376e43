//! Whatever the facts are, some steps are never taken.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use proptest::prelude::*;
use proptest::sample::select;

use super::fixture::*;
use crate::admit::Refusal;
use crate::api::{
    ConfidenceKind, CurrencyText, Desired, ExistingService, LastOrder, OrderOperation, OrderRecord,
    OrderRecordState, OrderRefusal, Party, ProductRole, ProductStatus, QualificationStatus, QuoteStatus,
    SegmentState, Twin, holds,
};
use crate::model::{
    Amount, Catch, CatchCause, ChargeId, ChargeState, ChargeView, Decision, DecisionId, Failure,
    FailureClass, ItemAnswer, Mark, OrderId, OrderState, OrderView, Placement, PriceKind, Role, ServiceId,
    ServiceState, ServiceView, Task, Trip, Verdict,
};
use crate::segment::decide::{Step, decide};
use crate::segment::facts::{Facts, Hold, Past, Search, Sight, Unavailable};
use crate::segment::{purchase, record as telling};

/// The service of a second order.
const SECOND: &str = "EVC-2";

const OPERATIONS: [OrderOperation; 6] = [
    OrderOperation::Add,
    OrderOperation::Adopt,
    OrderOperation::Modify,
    OrderOperation::Disconnect,
    OrderOperation::Cancel,
    OrderOperation::AnswerCharge,
];

fn order_states() -> Vec<OrderState> {
    vec![
        OrderState::InProgress,
        OrderState::AssessingCharge,
        OrderState::Cancelling,
        OrderState::Completed,
        OrderState::Partial,
        OrderState::Failed,
        OrderState::Cancelled,
        OrderState::Rejected,
        OrderState::Unknown("odd".into()),
    ]
}

fn service_states() -> Vec<ServiceState> {
    vec![
        ServiceState::Pending,
        ServiceState::Active,
        ServiceState::Changing,
        ServiceState::Suspended,
        ServiceState::Terminating,
        ServiceState::Gone,
        ServiceState::Unknown("odd".into()),
    ]
}

fn views() -> impl Strategy<Value = OrderView> {
    let tasks = select(vec![Task::Add, Task::Modify, Task::Disconnect, Task::Other("move".into())]);
    (0u32..9, 0u32..9, tasks, select(order_states()), any::<bool>(), 0u8..6, -100i64..100).prop_map(
        |(id, mark, task, state, marked, named, expected)| {
            let mut view = order(mark, task, state);
            view.id = OrderId(format!("ORD-{id}"));
            view.mark = marked.then(|| Mark::new(REFERENCE, mark));
            view.expected_completion = Some(after(expected));
            match named {
                0 => view.services.clear(),
                1 | 2 => view.services = vec![(Role::Evc, ServiceId(SECOND.into()))],
                _ => {}
            }
            view
        },
    )
}

fn records() -> impl Strategy<Value = Vec<OrderRecord>> {
    let states = select(vec![
        OrderRecordState::Intending,
        OrderRecordState::Placed,
        OrderRecordState::Unknown,
        OrderRecordState::Refused,
        OrderRecordState::Settled,
    ]);
    let refusals = select(vec![
        None,
        None,
        Some(OrderRefusal::Final),
        Some(OrderRefusal::MayPass),
        Some(OrderRefusal::NotFound),
    ]);
    let digests = select(vec!["d", purchase::FOUND]);
    let one = (select(OPERATIONS.to_vec()), states, any::<bool>(), refusals, 0i64..4, digests);
    let anything = proptest::collection::vec(one, 0..7).prop_map(|all| {
        let numbered = (1..).zip(all);
        numbered
            .map(|(sequence, (operation, state, has_id, refusal, revision, digest))| OrderRecord {
                order_id: has_id.then(|| format!("ORD-{sequence}")),
                refusal,
                revision,
                digest: digest.into(),
                charge_id: (operation == OrderOperation::AnswerCharge).then(|| format!("CHG-{revision}")),
                product_id: (operation == OrderOperation::Adopt).then(|| SERVICE.into()),
                ..record(sequence, operation, state)
            })
            .collect::<Vec<_>>()
    });
    prop_oneof![histories(), anything]
}

/// Records as they come about: nothing, a purchase, a change, and perhaps one operation that has just begun.
fn histories() -> impl Strategy<Value = Vec<OrderRecord>> {
    let past = select(vec![
        vec![],
        vec![refused(1, OrderOperation::Add, OrderRefusal::NotFound)],
        vec![settled(1, OrderOperation::Add)],
        vec![settled(1, OrderOperation::Add), settled(2, OrderOperation::Modify)],
        vec![taken_over(1)],
        vec![taken_over(1), settled(2, OrderOperation::Modify)],
    ]);
    let begun = select(vec![OrderOperation::Add, OrderOperation::Modify, OrderOperation::Disconnect]);
    let answers = select(vec![None, None, Some(("40.00", 0)), Some(("40.00", 1)), Some(("", 1))]);
    let all = (past, proptest::option::of((begun, any::<bool>(), 1i64..4)), answers);
    all.prop_map(|(mut orders, begun, answer)| {
        let sequence = i64::try_from(orders.len()).unwrap() + 1;
        if let Some((operation, has_id, revision)) = begun {
            let begun = if has_id {
                placed(sequence, operation)
            } else {
                record(sequence, operation, OrderRecordState::Intending)
            };
            let quote_id = begun.quote_id.clone().map(|_| quote_of(revision).to_owned());
            let order = OrderRecord { revision, quote_id, ..begun };
            orders.push(order.clone());
            if has_id && let Some((price, charge)) = answer {
                // One that was accepted before, or one that was just written down.
                let state = if charge == 0 { OrderRecordState::Settled } else { OrderRecordState::Intending };
                orders.push(answering(&order, &format!("CHG-{charge}"), price, state));
            }
        }
        orders
    })
}

fn quote_of(revision: i64) -> &'static str {
    if revision == 2 { "quote-2" } else { "quote-1" }
}

fn pasts() -> impl Strategy<Value = Past> {
    let placements = select(vec![
        Placement::Accepted(OrderId("ORD-8".into())),
        Placement::Refused(Failure::new(FailureClass::Invalid, "no")),
        Placement::Refused(Failure::new(FailureClass::Conflict, "not now")),
        Placement::Unknown(Failure::new(FailureClass::Transient, "lost")),
    ]);
    let second = |most: u64| (0..most).prop_map(Duration::from_secs);
    (
        any::<bool>(),
        proptest::option::of((0u32..8, second(60))),
        proptest::option::of((0u32..8, placements)),
        second(200),
        second(8_000),
        second(8_000),
    )
        .prop_map(|(looked, reserved, answered, open_for, asked_for, observed_for)| Past {
            looked,
            reserved,
            answered,
            open_for,
            asked_for,
            observed_for,
        })
}

fn searches() -> impl Strategy<Value = Option<Search>> {
    let own = proptest::collection::vec(views(), 0..4);
    let foreign = proptest::collection::vec(views(), 0..2);
    let found =
        (own, foreign, any::<bool>(), any::<bool>()).prop_map(|(own, foreign, ended, leaving)| Search {
            ended: own.iter().filter(|_| ended).map(|view| view.id.clone()).collect(),
            own,
            strangers: foreign.iter().filter(|_| ended).map(|view| view.id.clone()).collect(),
            foreign,
            leaving: leaving.then(|| "seg-other".into()),
        });
    prop_oneof![Just(None), Just(Some(search([]))), found.prop_map(Some)]
}

fn charges() -> impl Strategy<Value = Vec<ChargeView>> {
    let states = select(vec![
        ChargeState::Open,
        ChargeState::Open,
        ChargeState::Answered,
        ChargeState::TimedOut,
        ChargeState::Withdrawn,
    ]);
    let kinds =
        select(vec![PriceKind::OneTime, PriceKind::Recurring(crate::model::Period::Month), PriceKind::Usage]);
    let item =
        (kinds, select(vec!["", "0", "40", "100", "900", "-5"]), select(vec!["USD", "USD", "EUR", ""]));
    let item = (item, any::<Option<bool>>()).prop_map(|((kind, amount, currency), accepted)| {
        let mut item = charge_item(kind, amount, currency);
        item.accepted = accepted;
        item
    });
    let one =
        (0u32..3, states, proptest::bool::weighted(0.2), proptest::collection::vec(item, 0..3), -50i64..400)
            .prop_map(|(id, state, of_cancellation, items, due)| ChargeView {
                id: ChargeId(format!("CHG-{id}")),
                respond_by: Some(after(due)),
                state,
                of_cancellation,
                items,
            });
    proptest::collection::vec(one, 0..3).prop_map(|mut all| {
        all.dedup_by(|left, right| left.id == right.id);
        all
    })
}

fn verdicts() -> impl Strategy<Value = Option<Verdict>> {
    let most = crate::model::Money { amount: "50".parse().unwrap(), currency: "USD".parse().unwrap() };
    let about = || ChargeId("CHG-1".into());
    select(vec![
        None,
        None,
        Some(Verdict::AcceptCharge(about(), most)),
        Some(Verdict::DeclineCharge(about())),
        Some(Verdict::AcceptTermination { most, unknown: false }),
    ])
}

#[derive(Debug, Clone)]
struct Spec {
    desired: Desired,
    revision: i64,
    chosen: Option<(i64, &'static str)>,
    authority: Option<&'static str>,
    suspend: bool,
    deleting: bool,
    understood: bool,
}

fn specs() -> impl Strategy<Value = Spec> {
    (
        select(vec![Desired::Offer, Desired::Present, Desired::Present, Desired::Absent]),
        1i64..4,
        select(vec![None, Some(0), Some(0), Some(0), Some(1)]),
        select(vec![None, Some("2000.00"), Some("2000.00"), Some("2000.00"), Some("1124.99")]),
        proptest::bool::weighted(0.05),
        any::<bool>(),
        proptest::bool::weighted(0.95),
    )
        .prop_map(|(desired, revision, chosen, authority, suspend, deleting, understood)| Spec {
            desired,
            revision,
            chosen: chosen.map(|off| (revision + off, quote_of(revision + off))),
            authority,
            suspend,
            deleting,
            understood,
        })
}

/// What the status says besides the record: offer, questions under way, product, what runs, state.
type Known =
    (Option<(i64, i64)>, Option<(i64, bool, bool)>, Option<(i64, u8)>, bool, Option<(i64, i64)>, usize);

fn known() -> impl Strategy<Value = Known> {
    (
        proptest::option::weighted(0.9, (select(vec![0i64, 0, 0, 1]), -100i64..1_000)),
        proptest::option::of((1i64..4, any::<bool>(), any::<bool>())),
        proptest::option::of((1i64..4, 0u8..5)),
        any::<bool>(),
        proptest::option::of((1i64..4, -10_000i64..10_000)),
        0usize..5,
    )
}

fn apply_known(facts: &mut Facts, known: Known) {
    let (made, quote, qualification, has_product, runs, state) = known;
    let draft = &mut facts.draft;
    let revision = facts.segment.spec.revision;
    draft.offer = made.map(|(off, until)| {
        let mut made = offer(revision + off, quote_of(revision + off));
        made.valid_until = Some(Time(after(until)));
        made
    });
    draft.quote = quote.map(|(revision, id, refusal)| QuoteStatus {
        revision,
        id: id.then(|| "quote-9".into()),
        expected: None,
        refusal: refusal.then(|| "no".into()),
    });
    draft.qualification = qualification.map(|(revision, kind)| QualificationStatus {
        revision,
        id: "poq-1".into(),
        item: (kind > 0).then(|| "1".into()),
        ports: Vec::new(),
        confidence: match kind {
            0 => None,
            1 => Some(ConfidenceKind::Red),
            _ => Some(ConfidenceKind::Green),
        },
        reason: None,
        valid_until: (kind > 3).then(|| Time(after(-1))),
        installation_seconds: (kind > 2).then_some(i64::MAX),
        expected: None,
    });
    draft.products = if has_product { vec![product(SERVICE)] } else { Vec::new() };
    draft.in_force = runs.map(|(revision, end)| crate::api::SegmentInForce {
        revision,
        term_end: Some(Time(after(end))),
        ..in_force()
    });
    let states =
        [None, Some(SegmentState::Active), Some(SegmentState::Blocked), Some(SegmentState::Ordering), None];
    draft.state = states[state];
}

fn apply_spec(facts: &mut Facts, wanted: &Spec) {
    edit(facts, |spec| {
        spec.desired = wanted.desired;
        spec.revision = wanted.revision;
        spec.suspend = wanted.suspend;
        spec.offer = wanted
            .chosen
            .map(|(revision, quote)| crate::api::ChosenOffer { revision, quote_id: quote.into() });
        spec.authority = wanted.authority.map(|monthly| crate::api::Authority {
            currency: CurrencyText("USD".into()),
            monthly: monthly.into(),
            one_time: "500.00".into(),
            termination: "0.00".into(),
        });
    });
    if wanted.deleting {
        delete(facts);
    }
    if !wanted.understood {
        facts.wish = Err(Refusal { reason: "Invalid", message: "spec".into() });
    }
}

/// What is known of a port of the service's own: whether it has a name, what was seen of it, what it was seen to carry.
type KnownPort = (bool, Option<Option<ServiceState>>, Option<&'static str>);

fn ports() -> impl Strategy<Value = [KnownPort; 2]> {
    let seen = proptest::option::weighted(0.95, proptest::option::of(select(service_states())));
    let port = (proptest::bool::weighted(0.9), seen, select(vec![None, Some(SERVICE), Some("EVC-OTHER")]));
    [port.clone(), port]
}

fn apply_ports(facts: &mut Facts, ports: Option<&[KnownPort; 2]>) {
    let roles = [ProductRole::UniA, ProductRole::UniZ];
    for ((role, id), (named, seen, carried)) in
        roles.into_iter().zip(["A", "Z"]).zip(ports.into_iter().flatten())
    {
        edit(facts, |spec| {
            let end = &mut spec.ends[usize::from(role == ProductRole::UniZ)];
            (end.uni_product_id, end.dedicated) = (None, Some(port()));
        });
        if !named {
            continue;
        }
        facts.draft.products.push(ProductStatus { role, ..product(id) });
        let view = |state: ServiceState| ServiceView { id: ServiceId(id.into()), ..service(state) };
        let sight = seen.clone().map(|state| state.map_or(Sight::Missing, |state| Sight::There(view(state))));
        facts.services.extend(sight.map(|sight| (ServiceId(id.into()), sight)));
        facts.carried.extend(carried.map(|other| (ServiceId(id.into()), vec![ServiceId(other.into())])));
    }
}

prop_compose! {
    fn arbitrary_facts()(
        orders in records(),
        last in select(vec![None, Some(0i64), Some(7), Some(i64::MAX)]),
        wanted in specs(),
        known in known(),
        past in pasts(),
        search in searches(),
        order in proptest::option::of(proptest::option::of(views())),
        service in proptest::option::of(proptest::option::of(select(service_states()))),
        (reachable, reliable, endless) in (proptest::bool::weighted(0.9), any::<bool>(), proptest::bool::weighted(0.05)),
        begun in any::<bool>(),
        hold in select(vec![None, None, None, None, Some(Hold::Global), Some(Hold::Provider)]),
        (asked, refused, failing) in (any::<bool>(), proptest::bool::weighted(0.05), proptest::bool::weighted(0.03)),
        (share, charges, verdict) in (select(vec![None, Some("0"), Some("50")]), proptest::option::weighted(0.7, charges()), verdicts()),
        charge in proptest::option::of(charges()),
        (charged, ports) in (proptest::bool::weighted(0.3), proptest::option::of(ports())),
        (named, twin, caught) in (proptest::option::of(1u32..8), proptest::bool::weighted(0.1), catches()),
        (existing, adopted, owned) in (
            select(vec![None, None, None, Some(None), Some(Some(SERVICE)), Some(Some(SERVICE))]),
            proptest::bool::weighted(0.4),
            proptest::bool::weighted(0.1),
        ),
    ) -> Facts {
        let mut facts = new();
        apply_spec(&mut facts, &wanted);
        apply_known(&mut facts, known);
        apply_ports(&mut facts, ports.as_ref());
        store(&mut facts);
        record_orders(&mut facts, orders);
        if let Some(sequence) = last {
            std::sync::Arc::make_mut(&mut facts.segment).status.as_mut().unwrap().last_order =
                Some(LastOrder { sequence });
        }
        let seller = facts.seller.as_mut().unwrap();
        seller.search_reliable = reliable;
        if endless {
            seller.delay_bound = Duration::MAX;
        }
        if !reachable {
            facts.seller = Err(Unavailable { reason: "Gone", party: Party::Platform, message: "mend it".into() });
        }
        facts.account.as_mut().unwrap().early_termination = share.map(fee);
        facts.decisions = named.into_iter().map(|order| decided(Verdict::EndTwin(OrderId(format!("ORD-{order}"))))).collect();
        facts.catch = caught;
        if twin {
            let status = std::sync::Arc::make_mut(&mut facts.segment).status.as_mut().unwrap();
            let ends = |record: &&mut OrderRecord| matches!(record.operation, OrderOperation::Disconnect | OrderOperation::Cancel);
            for record in status.orders.iter_mut().filter(ends) {
                let product = (record.operation == OrderOperation::Disconnect).then(|| SECOND.to_owned());
                record.twin = Some(Twin { order: "ORD-1".into(), product });
            }
        }
        facts.past = past;
        if let Some(open) = purchase::open(facts.orders())
            && begun
        {
            facts.past.reserved = Some((u32::try_from(open.sequence).unwrap(), facts.past.open_for));
            facts.past.answered = None;
        }
        facts.search = search;
        edit(&mut facts, |spec| {
            spec.existing = existing.map(|id| ExistingService { product_id: id.map(Into::into) });
        });
        if !wanted.understood {
            facts.wish = Err(Refusal { reason: "Invalid", message: "spec".into() });
        }
        if adopted {
            facts.decisions.push(adopting(SERVICE));
        }
        facts.owner = owned.then(|| "intent training/other (segment seg-other)".into());
        let open = purchase::open(facts.orders()).and_then(|record| record.order_id.clone());
        let seen = order.map(|view| match view {
            Some(view) => (view.id.clone(), Sight::There(view)),
            None => (OrderId(open.unwrap_or_default()), Sight::Missing),
        });
        facts.seen = seen.into_iter().collect();
        if charged && let Some(open) = purchase::open(facts.orders()) && let Some(id) = open.order_id.clone() {
            let mut view = super::fixture::order(1, Task::Add, OrderState::AssessingCharge);
            view.id = OrderId(id.clone());
            facts.seen.insert(OrderId(id), Sight::There(view));
        }
        facts.charges = charges;
        facts.charge = charge.map(|mut all| all.pop().map_or(Sight::Missing, Sight::There));
        facts.decisions.extend(verdict.into_iter().map(decision));
        let sight = service
            .map(|state| state.map_or(Sight::Missing, |state| Sight::There(between_the_ends(state))));
        facts.services.extend(sight.map(|sight| (ServiceId(SERVICE.into()), sight)));
        facts.hold = hold;
        (facts.asked, facts.refused) = (asked, refused);
        facts.failure = failing.then(|| Failure::new(FailureClass::Transient, "down"));
        facts
    }
}

fn catches() -> impl Strategy<Value = Catch> {
    let causes = vec![
        None,
        None,
        None,
        Some(CatchCause::Orders),
        Some(CatchCause::Disconnects),
        Some(CatchCause::ForeignOrders),
    ];
    let trip = |cause| Trip { cause, since: now(), what: "much".into() };
    select(causes)
        .prop_map(move |cause| Catch { trips: cause.map(trip).into_iter().collect(), released: None })
}

fn decided(verdict: Verdict) -> Decision {
    let id = DecisionId { namespace: "training".into(), name: "end".into(), uid: "u".into() };
    Decision { id, made: Some(now()), verdict }
}

fn bought(orders: &[OrderRecord]) -> bool {
    let done = |record: &&OrderRecord| {
        record.state == OrderRecordState::Settled && record.refusal.is_none() && record.twin.is_none()
    };
    let mut ends = orders.iter().rev().filter(done).map(|record| record.operation);
    let brings = [OrderOperation::Add, OrderOperation::Adopt];
    ends.find(|operation| brings.contains(operation) || *operation == OrderOperation::Disconnect)
        .is_some_and(|operation| brings.contains(&operation))
}

/// Every product was looked at, and no port that is to go carries anything of others.
fn check_end(facts: &Facts) {
    let ours: Vec<&str> = facts.draft.products.iter().map(|product| product.id.as_str()).collect();
    for product in &facts.draft.products {
        let id = ServiceId(product.id.clone());
        let gone = facts.services.get(&id).expect("a look at it").is_gone();
        if product.role != ProductRole::Evc && !gone {
            let carried = facts.carried.get(&id).expect("a look at what it carries");
            assert!(carried.iter().all(|other| ours.contains(&other.0.as_str())), "it carries {carried:?}");
        }
    }
}

fn check_reserve(facts: &Facts, record: &OrderRecord) {
    let spec = &facts.segment.spec;
    let open = purchase::open(facts.orders());
    assert_eq!(facts.catch.holding(crate::admit::deed(record)), None);
    if record.operation == OrderOperation::AnswerCharge {
        check_reserved_answer(facts, record);
    } else if let Some(twin) = &record.twin {
        check_twin(facts, record, twin);
    } else if record.operation == OrderOperation::Cancel {
        let add = open.expect("the order that is to be cancelled");
        assert_eq!((add.operation, &add.order_id), (OrderOperation::Add, &record.order_id));
    } else {
        assert_eq!(open, None, "another operation is open");
        assert_eq!(record.order_id, None);
    }
    assert!(facts.seller.is_ok() && !spec.suspend && !facts.refused);
    assert_eq!(record.state, OrderRecordState::Intending);
    assert_eq!(record.mark, format!("{REFERENCE}/{}", record.sequence));
    let last = facts.segment.status.as_ref().unwrap().last_order.map_or(0, |last| last.sequence);
    assert!(record.sequence > last);
    assert!(facts.orders().iter().all(|other| other.sequence < record.sequence));
    let found = facts.search.iter().flat_map(|search| &search.own).filter_map(|view| view.mark.as_ref());
    assert!(found.into_iter().all(|mark| i64::from(mark.sequence()) < record.sequence));
    assert!(facts.past.looked || facts.search.is_some());
    match record.operation {
        OrderOperation::Add | OrderOperation::Modify => {
            assert_eq!((facts.hold, spec.desired), (None, Desired::Present));
            let (made, authority) = (facts.draft.offer.as_ref().unwrap(), spec.authority.as_ref().unwrap());
            let amount = |text: &str| text.parse::<Amount>().unwrap();
            assert!(amount(&made.monthly) <= amount(&authority.monthly.0));
            assert_eq!(record.quote_id.as_ref(), Some(&spec.offer.as_ref().unwrap().quote_id));
            assert!(made.valid_until.as_ref().unwrap().0 > facts.now);
        }
        OrderOperation::Cancel => assert!(spec.desired == Desired::Absent || record.twin.is_some()),
        OrderOperation::Disconnect => {
            assert!(spec.desired == Desired::Absent || record.twin.is_some());
            if record.twin.is_none() {
                check_end(facts);
            }
        }
        OrderOperation::Adopt => panic!("nothing is sent for it"),
        OrderOperation::AnswerCharge => {}
    }
    if record.operation == OrderOperation::Add {
        assert_eq!(spec.existing, None, "a service in place of one that exists");
        assert!(!bought(facts.orders()), "a second service");
        let search = facts.search.as_ref().expect("a look at what others ordered");
        assert!(search.foreign.is_empty() && search.leaving.is_none());
    }
}

/// Only what a person named ends, and never what the segment rests on.
fn check_twin(facts: &Facts, record: &OrderRecord, twin: &Twin) {
    assert_eq!(purchase::open(facts.orders()), None, "another operation is open");
    assert!(
        facts
            .decisions
            .iter()
            .any(|decision| decision.verdict == Verdict::EndTwin(OrderId(twin.order.clone())))
    );
    assert_ne!(purchase::standing(facts.orders()), Some(twin.order.as_str()));
    assert!(facts.search.is_some() && record.decision.is_some());
    let product = twin.product.clone().map(ServiceId);
    match record.operation {
        OrderOperation::Cancel => assert_eq!((record.order_id.as_ref(), product), (Some(&twin.order), None)),
        OrderOperation::Disconnect => assert!(product.is_some() && product != facts.service_id()),
        other => panic!("{other:?} ends nothing"),
    }
}

fn check_adopt(facts: &Facts, record: &OrderRecord) {
    assert!(!bought(facts.orders()) && purchase::open(facts.orders()).is_none(), "it has a service already");
    assert!(facts.owner.is_none(), "somebody else here has it");
    let (spec, product) = (&facts.segment.spec, record.product_id.as_ref().expect("a product"));
    let retaken = spec.desired != Desired::Offer
        && spec.existing.as_ref().is_some_and(|existing| existing.product_id.as_ref() == Some(product));
    assert!(record.decision.is_some() || retaken, "nobody said so");
    assert!(retaken || !spec.suspend || spec.existing.is_none(), "it is only watched");
    assert_eq!((record.state, record.refusal), (OrderRecordState::Settled, None));
    let last = facts.segment.status.as_ref().unwrap().last_order.map_or(0, |last| last.sequence);
    assert!(record.sequence > last && facts.seller.is_ok() && facts.search.is_some());
}

fn check_place(facts: &Facts, mark: &Mark) {
    let open = purchase::open(facts.orders()).expect("an open record");
    assert_eq!((open.state, open.mark.clone()), (OrderRecordState::Intending, mark.to_string()));
    let (reserved, ago) = facts.past.reserved.expect("reserved by this process");
    assert!(i64::from(reserved) == open.sequence && ago < facts.windows.purchase);
    assert!(facts.past.answered.as_ref().is_none_or(|(answered, _)| i64::from(*answered) != open.sequence));
    assert!(open.twin.is_some() || open.revision == facts.segment.spec.revision);
    assert!(!facts.segment.spec.suspend);
    assert!(facts.seller.is_ok());
}

fn check_cancel(facts: &Facts, id: &OrderId) {
    let open = purchase::open(facts.orders()).expect("an open record");
    assert_eq!((open.operation, open.order_id.as_ref()), (OrderOperation::Cancel, Some(&id.0)));
    let (reserved, ago) = facts.past.reserved.expect("reserved by this process");
    assert!(i64::from(reserved) == open.sequence && ago < facts.windows.purchase);
    assert!(facts.past.answered.as_ref().is_none_or(|(answered, _)| i64::from(*answered) != open.sequence));
    assert!(open.twin.is_some() || facts.segment.spec.desired == Desired::Absent);
    assert!(facts.seller.is_ok());
}

/// Everything that was agreed to for an order, this included, is within what was allowed for it.
fn check_reserved_answer(facts: &Facts, record: &OrderRecord) {
    let spec = &facts.segment.spec;
    let order = purchase::open(facts.orders()).expect("the order that is charged for");
    assert_eq!(order.order_id, record.order_id);
    let charge =
        facts.charges.iter().flatten().find(|charge| Some(&charge.id.0) == record.charge_id.as_ref());
    let charge = charge.expect("a charge of that order");
    assert_eq!(charge.state, ChargeState::Open);
    let answered =
        |other: &OrderRecord| other.charge_id == record.charge_id && other.state == OrderRecordState::Settled;
    assert!(!facts.orders().iter().any(answered), "a second answer");
    let decided = facts.decisions.iter().find_map(|decision| match &decision.verdict {
        Verdict::AcceptCharge(about, most) if *about == charge.id => Some(Some(*most)),
        Verdict::DeclineCharge(about) if *about == charge.id => Some(None),
        _ => None,
    });
    assert!(decided.is_none() || record.decision.is_some() || record.accepts.is_none());
    let Some(price) = &record.accepts else { return };
    assert_eq!(facts.hold, None, "a hold stops accepting");
    let amount = |text: &str| text.parse::<Amount>().unwrap();
    let (monthly, one_time) = (amount(&price.monthly), amount(&price.one_time));
    if let Some(most) = decided {
        assert!(monthly + one_time <= most.expect("not declined").amount);
        return;
    }
    let authority = spec.authority.as_ref().expect("an authority");
    assert_eq!(price.currency, authority.currency);
    let accepted = || purchase::accepted(facts.orders(), record.order_id.as_deref().unwrap());
    if charge.of_cancellation || order.operation == OrderOperation::Disconnect {
        assert!(monthly <= Amount::ZERO && one_time <= amount(&authority.termination.0));
        return;
    }
    assert_eq!(spec.desired, Desired::Present);
    let made = facts.draft.offer.as_ref().expect("the price of the order");
    let monthly = amount(&made.monthly) + monthly + accepted().map(|price| amount(&price.monthly)).sum();
    let one_time = amount(&made.one_time) + one_time + accepted().map(|price| amount(&price.one_time)).sum();
    assert!(monthly <= amount(&authority.monthly.0) && one_time <= amount(&authority.one_time.0));
}

fn check_answer(facts: &Facts, charge: &ChargeId, items: &[ItemAnswer]) {
    let open = purchase::open(facts.orders()).expect("an open record");
    assert_eq!((open.operation, open.charge_id.as_ref()), (OrderOperation::AnswerCharge, Some(&charge.0)));
    assert_eq!(open.state, OrderRecordState::Intending);
    let (reserved, ago) = facts.past.reserved.expect("reserved by this process");
    assert!(i64::from(reserved) == open.sequence && ago < facts.windows.purchase);
    assert!(facts.past.answered.as_ref().is_none_or(|(answered, _)| i64::from(*answered) != open.sequence));
    assert!(facts.seller.is_ok() && !facts.segment.spec.suspend && !items.is_empty());
    assert!(items.iter().all(|item| item.accept == open.accepts.is_some()), "not what was written down");
    assert!(open.accepts.is_none() || facts.hold.is_none(), "a hold stops accepting");
}

fn check_removal(facts: &Facts) {
    assert!(facts.deleting());
    if purchase::watches(facts) {
        // What is not ours goes on.
        return;
    }
    let products = facts.draft.products.iter().map(|product| ServiceId(product.id.clone()));
    for product in products.chain(facts.service_id()) {
        let seen = facts.services.get(&product);
        assert!(seen.is_some_and(Sight::is_gone), "inventory has not said that {product} is gone");
    }
    let open = purchase::open(facts.orders());
    assert!(open.is_none_or(|record| record.operation != OrderOperation::Add), "it may be bought yet");
    assert!(open.is_none_or(|record| record.operation != OrderOperation::Modify), "it may be changed yet");
}

fn check_records(facts: &Facts, records: &[OrderRecord]) {
    let (orders, last) = purchase::merged(facts, records);
    let before = facts.segment.status.as_ref().unwrap().last_order.map_or(0, |last| last.sequence);
    assert!(last.sequence >= before);
    for record in facts.orders() {
        let after = orders.iter().find(|after| after.sequence == record.sequence).expect("nothing gets lost");
        assert!(record.order_id.is_none() || after.order_id == record.order_id, "an order id changed");
    }
    assert_ne!(orders, facts.orders(), "a write that writes nothing would be written for ever");
}

/// What fails is printed whole, so nothing is kept in files.
fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn some_steps_are_never_taken(facts in arbitrary_facts()) {
        let step = decide(&facts);
        let pressing = purchase::open(facts.orders()).is_some();
        prop_assert!(!pressing || !step.can_wait(&facts), "{step:?} gives way while an order is open");
        match &step {
            Step::Reserve(record) => check_reserve(&facts, record),
            Step::Place(order) => check_place(&facts, &order.mark),
            Step::Cancel(id) => check_cancel(&facts, id),
            Step::AnswerCharge(charge, items) => check_answer(&facts, charge, items),
            Step::Adopt(record) => check_adopt(&facts, record),
            Step::RemoveFinalizer => check_removal(&facts),
            Step::Trip(trip) => {
                prop_assert!(facts.search.as_ref().is_some_and(|search| !search.strangers.is_empty()));
                prop_assert!(facts.catch.trips.iter().all(|known| known.cause != trip.cause));
            }
            Step::Record(records) => check_records(&facts, records),
            Step::Conclude(record, _) => check_records(&facts, std::slice::from_ref(record)),
            Step::Rest(rest) => {
                let first = telling::status(&facts, rest);
                let holding = ["Ready", "Reconciling", "Stalled"].map(|kind| holds(&first.conditions, kind));
                prop_assert_eq!(holding.iter().filter(|holds| **holds).count(), 1);
                let mut again = facts.clone();
                again.draft = first.clone();
                store(&mut again);
                prop_assert_eq!(telling::status(&again, rest), first);
            }
            Step::Qualify(_)
            | Step::ObserveQualification(_)
            | Step::Quote(..)
            | Step::ObserveQuote(_)
            | Step::Search
            | Step::ObserveOrder(_)
            | Step::ObserveCancellation(_)
            | Step::ObserveQuoteOrdered(_)
            | Step::ObserveCharges(_)
            | Step::ObserveCharge(_)
            | Step::FindExisting
            | Step::ObserveService(_)
            | Step::ObservePort(_) => prop_assert!(facts.seller.is_ok(), "{step:?} needs a seller"),
        }
    }

    #[test]
    fn nothing_seen_makes_taking_it_in_panic(mut facts in arbitrary_facts(), view in views(), state in select(service_states())) {
        use crate::segment::facts::Seen;
        telling::absorb(&mut facts, Seen::Order(view.id.clone(), Sight::There(view)));
        telling::absorb(&mut facts, Seen::Service(ServiceId(SERVICE.into()), Sight::There(service(state))));
        for operation in OPERATIONS {
            telling::concluded(&mut facts, operation);
        }
        telling::absorb(&mut facts, Seen::Failed(Failure::new(FailureClass::Invalid, "no")));
        let _ = decide(&facts);
    }
}
