//! What only a person can decide: what became of an order, what leaving may cost, beside what is bought, what is let go.

use super::fixture::*;
use crate::api::{DecisionRef, OrderOperation, OrderRecordState, OrderRefusal, Party};
use crate::model::{Decision, Mark, Money, OrderId, OrderState, ServiceState, Task, Verdict};
use crate::segment::decide::{Step, decide};
use crate::segment::facts::{Facts, Search, Seen, Sight, Unavailable};
use crate::segment::record::{absorb, recorded};

fn by_decision() -> Option<DecisionRef> {
    Some(DecisionRef { namespace: "training".into(), name: "settle".into(), uid: "decision-uid".into() })
}

fn mark(sequence: u32) -> Mark {
    Mark::new(REFERENCE, sequence)
}

/// An order that nobody can tell about, after one more search.
fn unknown(verdict: Verdict) -> Facts {
    let mut facts = wanted();
    record_orders(&mut facts, [record(1, OrderOperation::Add, OrderRecordState::Unknown)]);
    (facts.past.open_for, facts.past.looked) = (VISIBLE_AFTER, true);
    facts.seller.as_mut().unwrap().search_reliable = false;
    facts.search = Some(search([]));
    facts.decisions = vec![decision(verdict)];
    facts
}

fn placed_as(id: &str) -> Verdict {
    Verdict::Placed(mark(1), OrderId(id.into()))
}

fn see(facts: &mut Facts, id: &str, view: crate::model::OrderView) {
    absorb(facts, Seen::Order(OrderId(id.into()), Sight::There(view)));
}

#[test]
fn an_order_that_was_not_placed_is_placed_again_under_the_next_mark() {
    let mut facts = unknown(Verdict::NotPlaced(mark(1)));
    let closed = written(&decide(&facts)).clone();
    assert_eq!((closed.state, closed.refusal), (OrderRecordState::Refused, Some(OrderRefusal::RuledOut)));
    assert_eq!(closed.decision, by_decision());
    write(&mut facts, std::slice::from_ref(&closed));
    recorded(&mut facts, &[closed]);
    let step = decide(&facts);
    assert_eq!((step.name(), written(&step).sequence, &written(&step).decision), ("Reserve", 2, &None));
}

#[test]
fn a_persons_word_starts_the_attempts_anew() {
    let mut facts = unknown(Verdict::NotPlaced(mark(3)));
    facts.seller.as_mut().unwrap().search_reliable = true;
    let lost = |sequence| refused(sequence, OrderOperation::Add, OrderRefusal::NotFound);
    let open = record(3, OrderOperation::Add, OrderRecordState::Unknown);
    record_orders(&mut facts, [lost(1), lost(2), open]);
    let closed = written(&decide(&facts)).clone();
    write(&mut facts, &[closed]);
    write_next(&mut facts);
    // The fourth is searched for in vain as well: it is the first of three again.
    facts.past.reserved = None;
    assert_eq!(written(&decide(&facts)).refusal, Some(OrderRefusal::NotFound));
}

#[test]
fn an_order_that_was_placed_is_looked_at_before_it_is_adopted() {
    let mut facts = unknown(placed_as("ORD-1"));
    assert_eq!(decide(&facts), Step::ObserveOrder(OrderId("ORD-1".into())));
    see(&mut facts, "ORD-1", order(1, Task::Add, OrderState::InProgress));
    let adopted = written(&decide(&facts)).clone();
    assert_eq!((adopted.state, adopted.order_id.as_deref()), (OrderRecordState::Placed, Some("ORD-1")));
    assert_eq!(adopted.decision, by_decision());
    write(&mut facts, std::slice::from_ref(&adopted));
    recorded(&mut facts, &[adopted]);
    assert_eq!(decide(&facts).name(), "ObserveOrder", "it is followed like any other");
}

#[test]
fn an_order_without_any_mark_is_adopted_on_a_persons_word() {
    let mut facts = unknown(placed_as("ORD-1"));
    see(
        &mut facts,
        "ORD-1",
        crate::model::OrderView { mark: None, ..order(1, Task::Add, OrderState::Completed) },
    );
    assert_eq!(written(&decide(&facts)).order_id.as_deref(), Some("ORD-1"));
}

#[test]
fn a_mistyped_order_is_not_adopted() {
    let anothers =
        crate::model::OrderView { mark: Some(mark(9)), ..order(1, Task::Add, OrderState::Completed) };
    for (view, words) in
        [(anothers, "bears the mark"), (order(1, Task::Disconnect, OrderState::Completed), "no Add order")]
    {
        let mut facts = unknown(placed_as("ORD-1"));
        see(&mut facts, "ORD-1", view);
        let step = decide(&facts);
        assert_eq!((reason(&step), waiting(&step).party), ("OrderOutcomeUnknown", Party::User));
        assert!(waiting(&step).what.contains(words), "{step:?}");
        assert!(facts.draft.products.is_empty() && facts.draft.progress.is_none(), "it is nothing of ours");
    }
    let mut facts = unknown(placed_as("ORD-7"));
    absorb(&mut facts, Seen::Order(OrderId("ORD-7".into()), Sight::Missing));
    assert!(waiting(&decide(&facts)).what.contains("does not have"));
}

#[test]
fn a_mistake_does_not_hide_what_is_said_right() {
    let mut facts = unknown(placed_as("ORD-7"));
    facts.decisions.push(decision(placed_as("ORD-1")));
    absorb(&mut facts, Seen::Order(OrderId("ORD-7".into()), Sight::Missing));
    assert_eq!(decide(&facts), Step::ObserveOrder(OrderId("ORD-1".into())));
    see(&mut facts, "ORD-1", order(1, Task::Add, OrderState::InProgress));
    assert_eq!(written(&decide(&facts)).order_id.as_deref(), Some("ORD-1"));
}

#[test]
fn a_mistyped_order_does_not_bring_back_what_was_said_before_it() {
    let mut facts = unknown(placed_as("ORD-7"));
    facts.decisions.push(decision(Verdict::NotPlaced(mark(1))));
    absorb(&mut facts, Seen::Order(OrderId("ORD-7".into()), Sight::Missing));
    assert_eq!(reason(&decide(&facts)), "OrderOutcomeUnknown");
}

#[test]
fn an_order_of_another_project_is_not_adopted() {
    let mut facts = unknown(placed_as("ORD-1"));
    let project = Some(crate::model::Project("acme/other/thing".into()));
    see(
        &mut facts,
        "ORD-1",
        crate::model::OrderView { mark: None, project, ..order(1, Task::Add, OrderState::Completed) },
    );
    assert!(waiting(&decide(&facts)).what.contains("acme/other/thing"));
}

#[test]
fn a_decision_to_buy_beside_does_not_start_the_attempts_anew() {
    let mut facts = unknown(Verdict::Abandon);
    facts.seller.as_mut().unwrap().search_reliable = true;
    let lost = |sequence| crate::api::OrderRecord {
        decision: by_decision(),
        ..refused(sequence, OrderOperation::Add, OrderRefusal::NotFound)
    };
    record_orders(
        &mut facts,
        [lost(1), lost(2), record(3, OrderOperation::Add, OrderRecordState::Intending)],
    );
    assert_eq!(written(&decide(&facts)).state, OrderRecordState::Unknown);
}

#[test]
fn one_acceptance_of_a_fee_pays_once() {
    let mut facts = leaving_costs(Some("50"), "6195.21", "USD", false);
    let paid = crate::api::OrderRecord { decision: by_decision(), ..settled(2, OrderOperation::Disconnect) };
    record_orders(&mut facts, [settled(1, OrderOperation::Add), paid, settled(3, OrderOperation::Add)]);
    assert_eq!(reason(&decide(&facts)), "TerminationFeeNotAccepted");
}

#[test]
fn a_word_about_another_order_changes_nothing() {
    for verdict in
        [Verdict::NotPlaced(mark(2)), Verdict::Placed(mark(2), OrderId("ORD-1".into())), Verdict::Abandon]
    {
        assert_eq!(reason(&decide(&unknown(verdict))), "OrderOutcomeUnknown");
    }
}

#[test]
fn what_a_search_finds_outweighs_what_people_say() {
    let mut facts = unknown(Verdict::NotPlaced(mark(1)));
    facts.search = Some(search([order(1, Task::Add, OrderState::InProgress)]));
    assert_eq!(written(&decide(&facts)).order_id.as_deref(), Some("ORD-1"));
}

fn leaving_costs(percent: Option<&str>, amount: &str, currency: &str, unknown: bool) -> Facts {
    let mut facts = unwanted();
    see_service(&mut facts, ServiceState::Active);
    (facts.past.looked, facts.search) = (true, Some(search([])));
    facts.account.as_mut().unwrap().early_termination = percent.map(fee);
    let most = Money { amount: amount.parse().unwrap(), currency: currency.parse().unwrap() };
    facts.decisions = vec![decision(Verdict::AcceptTermination { most, unknown })];
    facts
}

#[test]
fn leaving_may_cost_what_was_decided_and_no_more() {
    let step = decide(&leaving_costs(Some("50"), "6195.21", "USD", false));
    assert_eq!((step.name(), &written(&step).decision), ("Reserve", &by_decision()));
    for (amount, currency) in [("6195.20", "USD"), ("9999.00", "EUR")] {
        let step = decide(&leaving_costs(Some("50"), amount, currency, true));
        assert_eq!(reason(&step), "TerminationFeeNotAccepted", "{amount} {currency}");
    }
    assert_eq!(
        written(&decide(&leaving_costs(Some("0"), "0", "USD", false))).decision,
        None,
        "it was not needed"
    );
}

#[test]
fn a_cost_that_nobody_knows_is_accepted_in_so_many_words() {
    assert_eq!(reason(&decide(&leaving_costs(None, "999999", "USD", false))), "TerminationFeeUnknown");
    let step = decide(&leaving_costs(None, "0", "USD", true));
    assert_eq!((step.name(), &written(&step).decision), ("Reserve", &by_decision()));
}

#[test]
fn a_service_is_bought_beside_the_orders_that_were_named_and_no_others() {
    let beside = |accepted: &[&str]| {
        let mut facts = wanted_and_looked();
        let mut second = order(8, Task::Add, OrderState::Completed);
        second.id = OrderId("ORD-8".into());
        let foreign = vec![order(9, Task::Add, OrderState::Completed), second];
        facts.search = Some(Search { foreign, ..search([]) });
        let accepted = accepted.iter().map(|id| OrderId((*id).to_owned())).collect();
        facts.decisions = vec![decision(Verdict::BuyBeside(accepted))];
        decide(&facts)
    };
    assert_eq!(reason(&beside(&["ORD-9"])), "ServiceExists");
    let step = beside(&["ORD-9", "ORD-8", "ORD-7"]);
    assert_eq!((step.name(), &written(&step).decision), ("Reserve", &by_decision()));
}

#[test]
fn a_record_is_abandoned_only_once_its_service_is_unwanted() {
    let abandon = |mut facts: Facts| {
        facts.decisions = vec![decision(Verdict::Abandon)];
        // Not even the seller is needed.
        facts.seller = Err(Unavailable { reason: "Gone", party: Party::Seller, message: "bankrupt".into() });
        decide(&facts)
    };
    assert_eq!(abandon(unwanted()), Step::RemoveFinalizer);
    let mut wanted_and_deleted = bought();
    delete(&mut wanted_and_deleted);
    assert_ne!(abandon(wanted_and_deleted), Step::RemoveFinalizer);
    assert_ne!(abandon(bought()), Step::RemoveFinalizer);
    assert_ne!(abandon(wanted()), Step::RemoveFinalizer);
    // What was said before it was to go was not said about its end.
    let mut early = unwanted();
    early.decisions = vec![Decision { made: Some(after(-1)), ..decision(Verdict::Abandon) }];
    assert_ne!(decide(&early), Step::RemoveFinalizer);
}
