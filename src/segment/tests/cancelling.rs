//! An order under way that nobody wants any more is cancelled where the seller lets us, and never asked twice without need.

use super::fixture::*;
use super::world::{Answer, Event, World, to_buy};
use crate::api::{OrderOperation, OrderRecordState, OrderRefusal};
use crate::model::{Failure, FailureClass, OrderId, OrderState, Placement, Task};
use crate::segment::decide::{Step, decide};
use crate::segment::facts::{Facts, Seen};
use crate::segment::record::{absorb, recorded};

/// An unwanted purchase whose order the seller works on.
fn unwanted_order() -> Facts {
    let mut facts = wanted();
    record_orders(&mut facts, [placed(1, OrderOperation::Add)]);
    edit(&mut facts, |spec| spec.desired = crate::api::Desired::Absent);
    delete(&mut facts);
    facts.past.looked = true;
    see_order(&mut facts, order(1, Task::Add, OrderState::InProgress));
    facts
}

/// The same, with its cancellation on record by this process.
fn reserved() -> Facts {
    let mut facts = unwanted_order();
    write_next(&mut facts);
    facts.past.reserved = Some((2, std::time::Duration::ZERO));
    facts
}

fn the_order() -> OrderId {
    OrderId("ORD-1".into())
}

#[test]
fn the_cancellation_is_written_down_and_then_asked_for() {
    let step = decide(&unwanted_order());
    let record = written(&step);
    assert_eq!((step.name(), record.operation, record.sequence), ("Reserve", OrderOperation::Cancel, 2));
    assert_eq!(record.order_id.as_deref(), Some("ORD-1"));
    assert_eq!(decide(&reserved()), Step::Cancel(the_order()));
}

#[test]
fn a_new_process_looks_at_the_sellers_orders_first() {
    let mut facts = unwanted_order();
    facts.past.looked = false;
    assert_eq!(decide(&facts), Step::Search);
}

#[test]
fn what_is_wanted_or_suspended_is_not_cancelled() {
    let mut wanted_again = unwanted_order();
    edit(&mut wanted_again, |spec| spec.desired = crate::api::Desired::Present);
    let mut suspended = unwanted_order();
    edit(&mut suspended, |spec| spec.suspend = true);
    for facts in [wanted_again, suspended] {
        assert_eq!(reason(&decide(&facts)), "OrderInProgress");
    }
}

#[test]
fn once_asked_the_order_is_followed_to_its_end() {
    let mut facts = reserved();
    facts.past.answered = Some((2, Placement::Accepted(OrderId("CAN-1".into()))));
    let closed = written(&decide(&facts)).clone();
    assert_eq!((closed.state, closed.refusal), (OrderRecordState::Settled, None));
    write(&mut facts, &[closed]);
    assert_eq!(reason(&decide(&facts)), "OrderInProgress", "it is asked once");
    see_order(&mut facts, order(1, Task::Add, OrderState::Cancelled));
    let closed = written(&decide(&facts)).clone();
    write(&mut facts, std::slice::from_ref(&closed));
    recorded(&mut facts, &[closed]);
    assert_eq!(decide(&facts), Step::RemoveFinalizer);
}

#[test]
fn a_final_no_is_not_asked_again_and_one_that_may_pass_a_few_times() {
    for (class, again) in [(FailureClass::Invalid, false), (FailureClass::PermissionDenied, true)] {
        let mut facts = reserved();
        facts.past.answered = Some((2, Placement::Refused(Failure::new(class, "too late"))));
        let closed = written(&decide(&facts)).clone();
        assert_eq!(closed.refusal == Some(OrderRefusal::MayPass), again);
        write(&mut facts, &[closed]);
        facts.past.reserved = None;
        assert_eq!(decide(&facts).name() == "Reserve", again);
    }
}

#[test]
fn an_unclear_answer_is_waited_out_and_looked_for() {
    let mut facts = reserved();
    facts.past.answered = Some((2, Placement::Unknown(Failure::new(FailureClass::Transient, "no answer"))));
    assert_eq!(reason(&decide(&facts)), "CheckingOrder");
    facts.past.open_for = VISIBLE_AFTER;
    facts.seen.clear();
    assert_eq!(decide(&facts), Step::ObserveOrder(the_order()));
    see_order(&mut facts, order(1, Task::Add, OrderState::InProgress));
    assert_eq!(decide(&facts), Step::ObserveCancellation(the_order()));
    let mut known = facts.clone();
    absorb(&mut known, Seen::Cancellation(true));
    assert_eq!(written(&decide(&known)).state, OrderRecordState::Settled);
    absorb(&mut facts, Seen::Cancellation(false));
    assert_eq!(written(&decide(&facts)).refusal, Some(OrderRefusal::NotFound));
    see_order(&mut known, order(1, Task::Add, OrderState::Cancelling));
    assert_eq!(written(&decide(&known)).state, OrderRecordState::Settled);
}

/// The intent is deleted at every boundary of a purchase, with a crash or a lost status at every later one.
#[test]
fn a_purchase_that_nobody_wants_any_more_leaves_nothing_behind() {
    let mut cancelled = 0;
    for answer in [Answer::Accepts, Answer::TakesSilently, Answer::NeverHears, Answer::NotNow] {
        let begun = World::new(to_buy(), &[Answer::Accepts, answer], true);
        let run = |events: &[(usize, Event)]| {
            let mut world = begun.clone();
            world.script(events.iter().copied());
            assert_eq!(world.settle(), "Removed", "{answer:?} {events:?}");
            assert_eq!(world.live(), 0, "{answer:?} {events:?}");
            world
        };
        let mut undisturbed = begun.clone();
        assert_eq!(undisturbed.settle(), "Active");
        for first in 0..undisturbed.boundaries {
            let without = run(&[(first, Event::Leave)]);
            cancelled += without.cancelled();
            for second in first + 1..without.boundaries - begun.boundaries {
                for event in [Event::Crash, Event::LoseStatus] {
                    cancelled += run(&[(first, Event::Leave), (second, event)]).cancelled();
                }
            }
        }
    }
    assert!(cancelled > 0, "no run came to cancelling");
}
