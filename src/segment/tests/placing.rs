//! An order is sent by the process that wrote it down, within the window, for what is still wanted, or not at all.

use std::time::Duration;

use super::fixture::*;
use crate::api::{Desired, OrderOperation, OrderRecordState, OrderRefusal, Party};
use crate::model::{Failure, FailureClass, Operation, OrderId, Placement};
use crate::segment::decide::{Rest, Step, decide};
use crate::segment::facts::Facts;

/// A purchase that this process has just written down.
fn reserved() -> Facts {
    let mut facts = wanted_and_looked();
    let record = written(&decide(&facts)).clone();
    write(&mut facts, &[record]);
    facts.past.reserved = Some((1, Duration::ZERO));
    facts
}

fn answered(class: FailureClass) -> Placement {
    Placement::Refused(Failure::new(class, "so it is"))
}

#[test]
fn a_fresh_record_of_ours_is_sent() {
    let Step::Place(order) = decide(&reserved()) else { panic!() };
    assert_eq!(order.mark.to_string(), format!("{REFERENCE}/1"));
    let Operation::Add { design, offer } = &order.operation else { panic!() };
    assert_eq!(offer.quote.as_ref().unwrap().id, "quote-1");
    assert!(design.requested_completion > now());
}

#[test]
fn nothing_else_is_sent() {
    let late = |facts: &mut Facts| facts.past.reserved = Some((1, WINDOWS.purchase));
    let restarted = |facts: &mut Facts| facts.past.reserved = None;
    let of_another = |facts: &mut Facts| facts.past.reserved = Some((2, Duration::ZERO));
    for change in [late as fn(&mut Facts), restarted, of_another] {
        let mut facts = reserved();
        change(&mut facts);
        assert_eq!(reason(&decide(&facts)), "CheckingOrder");
    }
}

#[test]
fn what_changed_after_it_was_written_down_is_not_sent() {
    let mut changed = reserved();
    edit(&mut changed, |spec| {
        spec.revision = 2;
        spec.design.committed = "4G".into();
        spec.design.peak = "4G".into();
    });
    let mut unwanted = reserved();
    edit(&mut unwanted, |spec| spec.desired = Desired::Absent);
    for facts in [changed, unwanted] {
        let step = decide(&facts);
        let record = written(&step);
        assert_eq!((step.name(), record.state), ("Record", OrderRecordState::Refused));
        assert_eq!((record.refusal, &record.order_id), (Some(OrderRefusal::MayPass), &None));
    }
}

#[test]
fn the_order_id_is_written_before_anything_else() {
    let mut facts = reserved();
    facts.past.answered = Some((1, Placement::Accepted(OrderId("ORD-1".into()))));
    let step = decide(&facts);
    assert_eq!(written(&step).order_id.as_deref(), Some("ORD-1"));
    assert_eq!(written(&step).state, OrderRecordState::Placed);
}

#[test]
fn an_unclear_answer_is_waited_out_and_searched_for() {
    let mut facts = reserved();
    facts.search = None;
    facts.past.answered = Some((1, Placement::Unknown(Failure::new(FailureClass::Transient, "reset"))));
    let step = decide(&facts);
    assert_eq!((reason(&step), waiting(&step).party), ("CheckingOrder", Party::Operator));
    facts.past.open_for = VISIBLE_AFTER;
    assert_eq!(decide(&facts), Step::Search);
}

#[test]
fn a_refusal_that_may_pass_is_tried_again_later_and_says_why() {
    for class in [FailureClass::Throttled(None), FailureClass::Unauthenticated, FailureClass::Transient] {
        let mut facts = reserved();
        facts.past.answered = Some((1, answered(class)));
        let record = written(&decide(&facts)).clone();
        assert_eq!((record.state, record.refusal), (OrderRecordState::Refused, Some(OrderRefusal::MayPass)));
        write(&mut facts, &[record]);
        (facts.past.answered, facts.refused) = (None, true);
        let step = decide(&facts);
        assert!(matches!(step, Step::Rest(Rest::Failing(_))), "{step:?}");
        assert_eq!(reason(&step), "OrderNotTaken");
        assert!(waiting(&step).what.contains("so it is"), "{step:?}");
        // The next pass has another number.
        facts.refused = false;
        assert_eq!(written(&decide(&facts)).sequence, 2);
    }
}

#[test]
fn a_final_refusal_stays_until_something_else_is_asked() {
    let mut facts = reserved();
    facts.past.answered = Some((1, answered(FailureClass::Invalid)));
    let record = written(&decide(&facts)).clone();
    assert_eq!(record.refusal, Some(OrderRefusal::Final));
    write(&mut facts, &[record]);
    facts.past.answered = None;
    let step = decide(&facts);
    assert!(matches!(step, Step::Rest(Rest::Declined(_))));
    assert_eq!((reason(&step), waiting(&step).party), ("OrderRejected", Party::User));
    assert!(waiting(&step).what.contains("so it is") && waiting(&step).what.contains("deny"));
    edit(&mut facts, |spec| {
        spec.revision = 2;
        spec.design.committed = "1G".into();
        spec.design.peak = "1G".into();
    });
    assert_eq!(decide(&facts).name(), "Qualify");
}

#[test]
fn an_answer_to_another_order_is_none() {
    let mut facts = reserved();
    facts.past.answered = Some((7, Placement::Accepted(OrderId("ORD-7".into()))));
    assert_eq!(decide(&facts).name(), "Place");
}

#[test]
fn dates_are_asked_for_on_working_days_and_after_the_interval() {
    let mut facts = wanted_and_looked();
    let account = facts.account.as_mut().unwrap();
    account.installation = Some(Duration::from_secs(4 * 86_400));
    account.calendar = Some(crate::model::Calendar::default());
    // Tuesday and four days is a Saturday.
    let record = written(&decide(&facts)).clone();
    let asked = record.requested_completion.unwrap().0;
    assert_eq!(asked.to_string(), "2026-12-07T12:00:01Z");
}

#[test]
fn a_change_and_an_end_are_sent_in_the_same_way() {
    let cases = [(changing(), OrderOperation::Modify), (unwanted(), OrderOperation::Disconnect)];
    for (mut facts, operation) in cases {
        see_service(&mut facts, crate::model::ServiceState::Active);
        (facts.past.looked, facts.search) = (true, Some(search([])));
        let record = written(&decide(&facts)).clone();
        assert_eq!((record.operation, record.sequence), (operation, 2));
        write(&mut facts, &[record]);
        facts.past.reserved = Some((2, Duration::ZERO));
        let Step::Place(order) = decide(&facts) else { panic!() };
        match order.operation {
            Operation::Modify { service, .. } => assert_eq!(service.0, SERVICE),
            Operation::Disconnect { services, .. } => assert_eq!(services[0].0, SERVICE),
            Operation::Add { .. } => panic!("a second service"),
        }
    }
}
