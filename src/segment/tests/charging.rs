//! Costs that the seller raises on an order: answered within authority, or by a person, or declined; each of them once.

use super::fixture::*;
use super::world::{Answer, Event, World, to_buy};
use crate::api::{ChargeProgress, Desired, OrderOperation, OrderRecordState, OrderRefusal, Party};
use crate::ledger::Objection;
use crate::model::{
    ChargeId, ChargeState, ChargeView, Failure, FailureClass, ItemAnswer, Money, OrderId, OrderState, Period,
    Placement, PriceKind, ServiceState, Task, Verdict,
};
use crate::segment::decide::{Rest, Step, decide};
use crate::segment::facts::{Facts, Hold, Seen, Sight};
use crate::segment::purchase;
use crate::segment::record::{absorb, recorded, status};

const ONCE: PriceKind = PriceKind::OneTime;

fn the_order() -> OrderId {
    OrderId("ORD-1".into())
}

/// An order that the seller holds for these charges, by a process that has looked. It cost 1125 a month and 500 at once; 2000 a month
/// and 600 at once may be paid.
fn charged(operation: OrderOperation, charges: &[ChargeView]) -> Facts {
    let (mut facts, task, sequence) = match operation {
        OrderOperation::Disconnect => (unwanted(), Task::Disconnect, 2),
        _ => (wanted(), Task::Add, 1),
    };
    let order_id = Some("ORD-1".to_owned());
    let under_way = crate::api::OrderRecord { order_id, ..placed(sequence, operation) };
    let mut orders = facts.orders().to_vec();
    orders.push(under_way);
    record_orders(&mut facts, orders);
    facts.past.looked = true;
    let mut view = order(1, task, OrderState::AssessingCharge);
    view.id = the_order();
    see_order(&mut facts, view);
    absorb(&mut facts, Seen::Charges(the_order(), charges.to_vec()));
    facts
}

fn buying(amount: &str) -> Facts {
    charged(OrderOperation::Add, &[charge("CHG-1", ONCE, amount)])
}

/// The same, with the answer written down by this process.
fn reserved(mut facts: Facts) -> Facts {
    write_next(&mut facts);
    let sequence = purchase::open(facts.orders()).unwrap().sequence;
    facts.past.reserved = Some((u32::try_from(sequence).unwrap(), std::time::Duration::ZERO));
    facts
}

fn usd(amount: &str) -> Money {
    Money { amount: amount.parse().unwrap(), currency: "USD".parse().unwrap() }
}

fn decided(mut facts: Facts, verdicts: impl IntoIterator<Item = Verdict>) -> Facts {
    facts.decisions = verdicts.into_iter().map(decision).collect();
    facts
}

fn accept(amount: &str) -> Verdict {
    Verdict::AcceptCharge(ChargeId("CHG-1".into()), usd(amount))
}

fn decline() -> Verdict {
    Verdict::DeclineCharge(ChargeId("CHG-1".into()))
}

/// What the next step writes down: `Some(true)` to accept, `Some(false)` to decline, `None` to write nothing.
fn writes(facts: &Facts) -> Option<bool> {
    match decide(facts) {
        Step::Reserve(record) => {
            assert_eq!(
                (record.operation, record.charge_id.as_deref()),
                (OrderOperation::AnswerCharge, Some("CHG-1"))
            );
            assert_eq!(record.order_id, Some(the_order().0));
            Some(record.accepts.is_some())
        }
        Step::Rest(_) => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_charges_of_a_held_order_are_looked_up() {
    let mut facts = buying("100");
    facts.charges = None;
    assert_eq!(decide(&facts), Step::ObserveCharges(the_order()));
    facts.charges = Some(Vec::new());
    let step = decide(&facts);
    assert_eq!((reason(&step), waiting(&step).party), ("ChargePending", Party::Seller));
    assert!(waiting(&step).what.contains("portal"));
}

#[test]
fn a_charge_within_authority_is_written_down_and_then_accepted() {
    let facts = buying("100.00");
    let record = written(&decide(&facts)).clone();
    assert_eq!((record.sequence, record.state), (2, OrderRecordState::Intending));
    let agreed = record.accepts.unwrap();
    assert_eq!(
        (agreed.one_time.as_str(), agreed.monthly.as_str(), agreed.currency.0.as_str()),
        ("100.00", "0.00", "USD")
    );
    let items = vec![ItemAnswer { item: "1".into(), accept: true }];
    assert_eq!(decide(&reserved(facts)), Step::AnswerCharge(ChargeId("CHG-1".into()), items));
}

#[test]
fn a_new_process_looks_at_the_sellers_orders_first() {
    let mut facts = buying("100");
    facts.past.looked = false;
    assert_eq!(decide(&facts), Step::Search);
}

#[test]
fn what_may_be_paid_is_the_price_of_the_order_and_of_all_its_charges() {
    let monthly = PriceKind::Recurring(Period::Month);
    let yearly = PriceKind::Recurring(Period::Year);
    for (kind, amount, within) in [
        (ONCE, "100.00", true),
        (ONCE, "100.01", false),
        (ONCE, "-100", true),
        (monthly, "875", true),
        (monthly, "875.01", false),
        (yearly, "10500", true),
        (yearly, "10512", false),
        (PriceKind::Usage, "0.01", false),
        (ONCE, "", false),
    ] {
        let facts = charged(OrderOperation::Add, &[charge("CHG-1", kind, amount)]);
        assert_eq!(writes(&facts), within.then_some(true), "{kind:?} {amount}");
    }
    let mut other = charge("CHG-1", ONCE, "1");
    other.items[0].price.currency = "EUR".parse().ok();
    assert_eq!(writes(&charged(OrderOperation::Add, &[other])), None, "another currency");
    let mut forgotten = buying("1");
    forgotten.draft.offer = None;
    assert_eq!(writes(&forgotten), None, "nobody knows what the order costs");
    assert!(waiting(&decide(&forgotten)).what.contains("not known any more"));
}

#[test]
fn charges_that_were_accepted_before_count() {
    for (before, within) in [("60.00", Some(true)), ("60.01", None)] {
        let mut ours = buying("40");
        let order = ours.orders()[0].clone();
        write(&mut ours, &[answering(&order, "CHG-0", before, OrderRecordState::Settled)]);
        assert_eq!(writes(&ours), within, "{before} by us");
        // In the seller's portal, or by a record that got lost.
        let mut accepted = charge("CHG-0", ONCE, before);
        accepted.state = ChargeState::Answered;
        accepted.items[0].accepted = Some(true);
        let facts = charged(OrderOperation::Add, &[accepted, charge("CHG-1", ONCE, "40")]);
        assert_eq!(writes(&facts), within, "{before} by somebody else");
    }
}

#[test]
fn a_charge_above_authority_waits_for_a_person_until_shortly_before_it_is_due() {
    let mut facts = buying("900");
    let step = decide(&facts);
    let told = waiting(&step).clone();
    assert_eq!((told.reason, told.party), ("ChargePending", Party::User));
    // Purchase window, time-out and delay bound, twice, and the lag of a look, before the hour is over.
    assert_eq!(told.until, Some(after(3_600 - 132)));
    for word in
        ["CHG-1", "ORD-1", "900.00 USD", "spec.budget", "answerCharge", "Accept", "Decline", REFERENCE]
    {
        assert!(told.what.contains(word), "`{word}` is not in {}", told.what);
    }
    facts.now = after(3_600 - 133);
    assert_eq!(writes(&facts), None);
    facts.now = after(3_600 - 132);
    assert_eq!(writes(&facts), Some(false), "then it is declined, on record");
    let mut endless = charge("CHG-1", ONCE, "900");
    endless.respond_by = None;
    let mut facts = charged(OrderOperation::Add, &[endless]);
    facts.now = after(1_000_000);
    assert_eq!(writes(&facts), None, "who names no date waits");
}

#[test]
fn a_person_decides_and_the_record_says_which_decision() {
    let record = written(&decide(&decided(buying("900"), [accept("900.00")]))).clone();
    assert!(record.accepts.is_some());
    assert_eq!(record.decision.unwrap().uid, "decision-uid");
    let record = written(&decide(&decided(buying("900"), [decline()]))).clone();
    assert_eq!((record.accepts, record.decision.unwrap().name.as_str()), (None, "settle"));
    assert_eq!(writes(&decided(buying("1"), [decline()])), Some(false), "though it were within the budget");
    let little = decided(buying("900"), [accept("899.99")]);
    assert_eq!(writes(&little), None);
    assert!(waiting(&decide(&little)).what.contains("accepts no more than 899.99 USD"));
    assert_eq!(writes(&decided(buying("900"), [accept("1000"), decline()])), Some(true), "the newest counts");
    let raised = decided(buying("900"), [accept("1"), accept("900")]);
    assert_eq!(writes(&raised), Some(true), "what allows too little settles nothing");
    let another = Verdict::AcceptCharge(ChargeId("CHG-2".into()), usd("1000"));
    assert_eq!(writes(&decided(buying("900"), [another])), None);
    let monthly = charge("CHG-1", PriceKind::Recurring(Period::Month), "900");
    let mut both = charge("CHG-1", ONCE, "200");
    both.items.extend(monthly.items);
    let both = |most| decided(charged(OrderOperation::Add, std::slice::from_ref(&both)), [accept(most)]);
    assert_eq!((writes(&both("1099")), writes(&both("1100"))), (None, Some(true)));
}

#[test]
fn a_limit_of_the_account_binds_whoever_decides() {
    let mut facts = decided(buying("900"), [accept("1000")]);
    facts.account.as_mut().unwrap().limits.per_order.one_time = "1399.99".parse().unwrap();
    let step = decide(&facts);
    assert_eq!((reason(&step), waiting(&step).party), ("AboveProviderLimit", Party::Platform));
    facts.account.as_mut().unwrap().limits.per_order.one_time = "1400".parse().unwrap();
    assert_eq!(writes(&facts), Some(true));
}

#[test]
fn a_hold_stops_accepting_and_not_declining_and_a_suspension_both() {
    for hold in [Hold::Global, Hold::Provider] {
        let mut facts = buying("100");
        absorb(&mut facts, Seen::Held(hold));
        assert_eq!((reason(&decide(&facts)), writes(&facts)), ("PurchasingHeld", None));
        facts.decisions = vec![decision(decline())];
        assert_eq!(writes(&facts), Some(false));
        facts.decisions.clear();
        facts.now = after(3_600 - 132);
        assert_eq!(writes(&facts), Some(false), "no silence is taken for an answer");
    }
    for verdict in [None, Some(decline())] {
        let mut facts = decided(buying("100"), verdict);
        edit(&mut facts, |spec| spec.suspend = true);
        assert_eq!((reason(&decide(&facts)), writes(&facts)), ("Suspended", None));
    }
}

#[test]
fn a_charge_that_budgets_have_no_room_for_waits_and_is_declined_in_time() {
    let mut facts = buying("100");
    let what = "room in team".to_owned();
    absorb(&mut facts, Seen::NoRoom(Objection { reason: "BudgetExhausted", party: Party::Platform, what }));
    assert_eq!((reason(&decide(&facts)), writes(&facts)), ("BudgetExhausted", None));
    facts.now = after(3_600 - 132);
    assert_eq!(writes(&facts), Some(false));
}

#[test]
fn what_changed_between_writing_and_sending_is_not_sent() {
    let not_sent = |facts: &Facts| {
        let record = written(&decide(facts)).clone();
        assert_eq!((record.state, record.refusal), (OrderRecordState::Refused, Some(OrderRefusal::MayPass)));
    };
    let mut dearer = reserved(buying("100"));
    dearer.charges = Some(vec![charge("CHG-1", ONCE, "99")]);
    not_sent(&dearer);
    let mut closed = reserved(buying("100"));
    closed.charges.as_mut().unwrap()[0].state = ChargeState::Withdrawn;
    not_sent(&closed);
    let mut emptied = reserved(decided(buying("100"), [decline()]));
    emptied.charges.as_mut().unwrap()[0].items.clear();
    not_sent(&emptied);
    let mut unwanted = reserved(buying("100"));
    edit(&mut unwanted, |spec| spec.desired = Desired::Absent);
    not_sent(&unwanted);
    let mut suspended = reserved(buying("100"));
    edit(&mut suspended, |spec| spec.suspend = true);
    not_sent(&suspended);
    let mut late = reserved(buying("100"));
    late.past.reserved = Some((2, WINDOWS.purchase));
    assert_eq!(reason(&decide(&late)), "CheckingOrder", "the window is over");
}

#[test]
fn the_answer_is_recorded_and_the_order_followed_on() {
    let mut facts = reserved(buying("100"));
    facts.past.answered = Some((2, Placement::Accepted(OrderId("CHG-1".into()))));
    let answer = written(&decide(&facts)).clone();
    assert_eq!((answer.state, answer.refusal), (OrderRecordState::Settled, None));
    write(&mut facts, std::slice::from_ref(&answer));
    recorded(&mut facts, &[answer]);
    assert_eq!(decide(&facts), Step::ObserveOrder(the_order()));
    // A seller that still shows the charge as open is not answered twice.
    see_order(&mut facts, order(1, Task::Add, OrderState::AssessingCharge));
    absorb(&mut facts, Seen::Charges(the_order(), vec![charge("CHG-1", ONCE, "100")]));
    assert_eq!((reason(&decide(&facts)), writes(&facts)), ("ChargePending", None));
    let Step::Rest(rest) = decide(&facts) else { panic!() };
    assert_eq!(status(&facts, &rest).charges[0].state, ChargeProgress::Accepted);
    see_order(&mut facts, order(1, Task::Add, OrderState::Completed));
    see_service(&mut facts, ServiceState::Active);
    let runs = facts.draft.in_force.clone().unwrap();
    assert_eq!((runs.monthly.as_str(), runs.one_time.as_str()), ("1125.00", "600.00"), "what is paid in all");
    assert!(matches!(decide(&facts), Step::Conclude(_, rest) if *rest == Rest::Active));
}

#[test]
fn a_charge_that_was_answered_before_anybody_told_of_it_is_looked_at_again_and_told() {
    for state in [OrderState::InProgress, OrderState::Completed, OrderState::Rejected] {
        let mut facts = buying("100");
        let charged = facts.orders()[0].clone();
        write(&mut facts, &[answering(&charged, "CHG-1", "100", OrderRecordState::Settled)]);
        see_order(&mut facts, order(1, Task::Add, state.clone()));
        see_service(&mut facts, ServiceState::Active);
        assert_ne!(decide(&facts).name(), "ObserveCharges", "{state:?}: it is told");
        // The process that answered it ended before it wrote the status.
        facts.charges = None;
        facts.draft.charges.clear();
        assert_eq!(decide(&facts), Step::ObserveCharges(the_order()), "{state:?}");
        let mut accepted = charge("CHG-1", ONCE, "100");
        accepted.state = ChargeState::Answered;
        absorb(&mut facts, Seen::Charges(the_order(), vec![accepted]));
        let step = decide(&facts);
        assert_ne!(step.name(), "ObserveCharges", "{state:?}: once is enough");
        assert_eq!(status(&facts, &Rest::Active).charges[0].state, ChargeProgress::Accepted);
        // What the seller does not show any more holds up nothing.
        absorb(&mut facts, Seen::Charges(the_order(), Vec::new()));
        assert_eq!(decide(&facts).name(), step.name(), "{state:?}");
    }
}

#[test]
fn a_lost_answer_is_waited_out_and_read_from_the_charge() {
    let lost = |amount: &str| {
        let mut facts = reserved(buying(amount));
        if amount == "900" {
            facts = reserved(decided(buying(amount), [decline()]));
        }
        let no_answer = Failure::new(FailureClass::Transient, "no answer");
        facts.past.answered = Some((2, Placement::Unknown(no_answer)));
        assert_eq!(reason(&decide(&facts)), "CheckingOrder");
        facts.past.open_for = VISIBLE_AFTER;
        assert_eq!(decide(&facts), Step::ObserveCharge(ChargeId("CHG-1".into())));
        facts
    };
    let shown = |mut facts: Facts, state: ChargeState, accepted: Option<bool>| {
        let mut view = charge("CHG-1", ONCE, "1");
        view.state = state;
        view.items[0].accepted = accepted;
        absorb(&mut facts, Seen::Charge(Sight::There(view)));
        let record = written(&decide(&facts)).clone();
        (record.state, record.refusal)
    };
    let done = (OrderRecordState::Settled, None);
    let otherwise = (OrderRecordState::Settled, Some(OrderRefusal::Final));
    let never = (OrderRecordState::Refused, Some(OrderRefusal::NotFound));
    assert_eq!(shown(lost("100"), ChargeState::Answered, Some(true)), done);
    assert_eq!(shown(lost("100"), ChargeState::Answered, None), done, "what may be owed is counted");
    assert_eq!(shown(lost("100"), ChargeState::Answered, Some(false)), otherwise);
    assert_eq!(shown(lost("100"), ChargeState::TimedOut, None), otherwise);
    assert_eq!(shown(lost("100"), ChargeState::Open, None), never);
    let mut gone = lost("100");
    absorb(&mut gone, Seen::Charge(Sight::Missing));
    assert_eq!((written(&decide(&gone)).state, written(&decide(&gone)).refusal), done);
}

#[test]
fn a_lost_answer_is_repeated_a_few_times_and_a_refused_one_never() {
    let mut facts = buying("100");
    let order = facts.orders()[0].clone();
    for sequence in 2..5 {
        assert_eq!(writes(&facts), Some(true), "{sequence}");
        let lost = crate::api::OrderRecord {
            sequence,
            refusal: Some(OrderRefusal::NotFound),
            ..answering(&order, "CHG-1", "100.00", OrderRecordState::Refused)
        };
        write(&mut facts, &[lost]);
    }
    let step = decide(&facts);
    assert_eq!((reason(&step), waiting(&step).party), ("ChargeNotAnswered", Party::User));
    let mut refused = reserved(buying("100"));
    let never = Failure::new(FailureClass::Unsupported, "no answers here");
    refused.past.answered = Some((2, Placement::Refused(never)));
    let record = written(&decide(&refused)).clone();
    write(&mut refused, &[record]);
    let step = decide(&refused);
    assert_eq!(reason(&step), "ChargeNotAnswered");
    assert!(waiting(&step).what.contains("no answers here") && waiting(&step).what.contains("portal"));
}

#[test]
fn a_charge_on_an_order_that_nobody_wants_any_more_is_declined() {
    let mut facts = buying("1");
    edit(&mut facts, |spec| spec.desired = Desired::Absent);
    delete(&mut facts);
    assert_eq!(writes(&facts), Some(false));
    assert_eq!(writes(&decided(facts, [accept("1000")])), Some(false), "whatever was decided before");
}

#[test]
fn what_leaving_may_cost_is_what_a_charge_for_leaving_may_cost() {
    for operation in [OrderOperation::Disconnect, OrderOperation::Add] {
        let mut fee = charge("CHG-1", ONCE, "100");
        fee.of_cancellation = operation == OrderOperation::Add;
        for (allowed, within) in [("99.99", None), ("100.00", Some(true))] {
            let mut facts = charged(operation, &[fee.clone()]);
            edit(&mut facts, |spec| {
                spec.desired = Desired::Absent;
                spec.authority.as_mut().unwrap().termination = allowed.into();
            });
            if fee.of_cancellation {
                see_order(&mut facts, order(1, Task::Add, OrderState::Cancelling));
            }
            assert_eq!(writes(&facts), within, "{operation:?} {allowed}");
            if within.is_none() {
                assert!(waiting(&decide(&facts)).what.contains("spec.budget.termination"));
            }
        }
    }
    let mut wanted = charge("CHG-1", ONCE, "0");
    wanted.of_cancellation = true;
    assert_eq!(writes(&charged(OrderOperation::Add, &[wanted])), None, "nobody here cancels what is wanted");
}

#[test]
fn a_decision_about_leaving_covers_the_charge_for_it() {
    let mut facts = charged(OrderOperation::Disconnect, &[charge("CHG-1", ONCE, "100")]);
    facts.decisions = vec![decision(Verdict::AcceptTermination { most: usd("100"), unknown: false })];
    assert_eq!(writes(&facts), None, "it is for another order");
    let rests_on = crate::api::DecisionRef {
        namespace: "training".into(),
        name: "settle".into(),
        uid: "decision-uid".into(),
    };
    let order = facts.orders()[1].clone();
    write(&mut facts, &[crate::api::OrderRecord { decision: Some(rests_on), ..order }]);
    assert_eq!(writes(&facts), Some(true));
}

#[test]
fn an_order_that_ends_because_its_charge_was_not_accepted_says_so() {
    for (operation, refusal) in
        [(OrderOperation::Add, OrderRefusal::Final), (OrderOperation::Disconnect, OrderRefusal::MayPass)]
    {
        for declined in [true, false] {
            let mut facts = charged(operation, &[charge("CHG-1", ONCE, "900")]);
            let under_way = facts.orders().last().unwrap().clone();
            if declined {
                write(&mut facts, &[answering(&under_way, "CHG-1", "", OrderRecordState::Settled)]);
            }
            let mut view = order(1, Task::Add, OrderState::Failed);
            view.reason = Some("a blocking charge was declined".into());
            see_order(&mut facts, view.clone());
            let record = written(&decide(&facts)).clone();
            assert_eq!((record.state, record.refusal), (OrderRecordState::Settled, Some(refusal)));
            assert!(record.outcome.unwrap().contains("charge CHG-1 was not accepted"));
            // What was accepted is no reason.
            write(&mut facts, &[answering(&under_way, "CHG-1", "900", OrderRecordState::Settled)]);
            assert_eq!(written(&decide(&facts)).refusal, Some(OrderRefusal::Final));
        }
    }
}

#[test]
fn what_was_agreed_to_for_an_order_under_way_stays_on_record() {
    let mut facts = buying("1");
    let order = facts.orders()[0].clone();
    write(&mut facts, &[answering(&order, "CHG-0", "60.00", OrderRecordState::Settled)]);
    for sequence in 3..60 {
        write(&mut facts, &[refused(sequence, OrderOperation::Modify, OrderRefusal::MayPass)]);
    }
    let kept: Vec<i64> = facts.orders().iter().map(|record| record.sequence).collect();
    assert_eq!((kept.len(), &kept[..2]), (32, &[1, 2][..]));
}

#[test]
fn charges_are_told_with_their_price_and_date() {
    let facts =
        charged(OrderOperation::Add, &[charge("CHG-1", ONCE, "900"), charge("CHG-2", PriceKind::Usage, "1")]);
    let Step::Rest(rest) = decide(&facts) else { panic!() };
    let told = status(&facts, &rest).charges;
    assert_eq!(
        (told[0].id.as_str(), told[0].order_id.as_str(), told[0].state),
        ("CHG-1", "ORD-1", ChargeProgress::Open)
    );
    assert_eq!(told[0].price.as_ref().unwrap().one_time, "900.00");
    assert_eq!(told[0].respond_by.as_ref().map(|due| due.0), Some(after(3_600)));
    assert_eq!(told[1].price, None, "nobody knows");
}

/// A seller without limits: whatever it names is shown as far as it can be, and never stops the writing of the status.
#[test]
fn what_cannot_be_written_down_is_answered_in_the_portal() {
    let mut long = charge(&"c".repeat(129), ONCE, "1");
    let mut empty = charge("CHG-1", ONCE, "1");
    empty.items.clear();
    long.items[0].price.name = "n".repeat(64);
    for view in [long, empty] {
        let facts = charged(OrderOperation::Add, &[view]);
        assert_eq!(reason(&decide(&facts)), "ChargeNotAnswered");
    }
    let many: Vec<_> = (0..40).map(|n| charge(&format!("CHG-{n}"), ONCE, "900")).collect();
    assert_eq!(charged(OrderOperation::Add, &many).draft.charges.len(), 16);
}

/// What must come of a purchase whose order is charged for, answered as told. How many boundaries it passed.
fn bought_with_a_charge(amount: &'static str, answer: Answer, events: &[(usize, Event)]) -> usize {
    let mut world = World::new(to_buy(), &[Answer::Accepts, answer], true);
    world.charge(&[amount]);
    world.script(events.iter().copied());
    let word = world.settle();
    let told = format!("{amount} {answer:?} {events:?}: {word}");
    let (answered, paid) = match (word.as_str(), amount) {
        ("Active", "100") => ((1, 0), Some("600.00")),
        // Two crashes take longer than the seller waits.
        ("OrderRejected", "900") if events.len() == 2 && world.charges_answered().1 == 0 => ((0, 0), None),
        ("OrderRejected", "900") => ((0, 1), None),
        // The seller refuses our answer for good, and nobody gives it in its portal.
        ("OrderRejected", _) if answer == Answer::Never => ((0, 0), None),
        // Three that were lost, of which two were never sent.
        ("OrderRejected", _) if answer == Answer::NeverHears && events.len() == 2 => ((0, 0), None),
        _ => panic!("{told}"),
    };
    assert_eq!(world.charges_answered(), answered, "{told}");
    assert_eq!(world.live(), usize::from(word != "OrderRejected"), "{told}");
    let status = world.stored.as_ref().unwrap().status.as_ref().unwrap();
    assert_eq!(status.in_force.as_ref().map(|runs| runs.one_time.as_str()), paid, "{told}");
    let shown: Vec<_> = status.charges.iter().map(|charge| charge.state).collect();
    assert!(paid.is_none() || shown == [ChargeProgress::Accepted], "{told}: {shown:?}");
    world.boundaries
}

/// A crash at every boundary, and where that tells more one at every later boundary too.
#[test]
fn two_crashes_while_a_charge_is_answered_never_answer_it_twice() {
    for (amount, answer, twice) in [
        ("100", Answer::Accepts, false),
        ("100", Answer::TakesSilently, true),
        ("100", Answer::TakesLate, true),
        ("100", Answer::NeverHears, true),
        ("100", Answer::NotNow, false),
        ("100", Answer::Never, false),
        ("900", Answer::Accepts, true),
        ("900", Answer::TakesSilently, false),
    ] {
        for first in 0..bought_with_a_charge(amount, answer, &[]) {
            let later = bought_with_a_charge(amount, answer, &[(first, Event::Crash)]);
            for second in (first + 1..later).filter(|_| twice) {
                let crashes = [(first, Event::Crash), (second, Event::Crash)];
                bought_with_a_charge(amount, answer, &crashes);
            }
        }
    }
}

/// The intent is deleted, or the status is lost, at every boundary of a purchase whose order is charged for, and a crash after it.
#[test]
fn a_charge_and_a_change_of_mind_or_a_lost_status_end_well() {
    for answer in [Answer::TakesSilently, Answer::NeverHears] {
        for event in [Event::Leave, Event::LoseStatus] {
            let run = |events: &[(usize, Event)]| {
                let mut world = World::new(to_buy(), &[Answer::Accepts, answer], true);
                world.charge(&["100"]);
                world.script(events.iter().copied());
                let word = world.settle();
                let expected: &[&str] = match (events.is_empty(), event) {
                    (false, Event::Leave) => &["Removed"],
                    // Nobody remembers what the order costs without its charge: a person must decide, and nobody does.
                    _ => &["Active", "OrderRejected"],
                };
                assert!(expected.contains(&word.as_str()), "{answer:?} {events:?}: {word}");
                assert_eq!(world.live(), usize::from(word == "Active"), "{answer:?} {events:?}");
                world.boundaries
            };
            let boundaries = run(&[]);
            for first in 0..boundaries {
                let later = run(&[(first, event)]);
                for second in first + 1..later {
                    run(&[(first, event), (second, Event::Crash)]);
                }
            }
        }
    }
}
