//! Between an offer and its order stand budget, limits, suspension and holds: for a new service as for a change.

use super::fixture::*;
use crate::api::{
    Authority, ChargePrice, ChosenOffer, CurrencyText, Desired, IntentMode, IntentState, OrderOperation,
    OrderRecordState, Party,
};
use crate::intent::decide::Step;
use crate::intent::decide::decide;
use crate::intent::facts::Facts;

/// An offer that would be taken.
fn offer() -> Facts {
    let mut facts = new();
    offered(&mut facts, METRO, "1125.00");
    declined(&mut facts, WAVE);
    facts
}

/// An offer for a change that would be agreed to.
fn change() -> Facts {
    let mut facts = changing();
    offers(&mut facts, METRO, "2250.00");
    facts
}

#[test]
fn what_is_bought_is_the_offer_within_the_budget() {
    let mut facts = offer();
    edit(&mut facts, |spec| spec.budget.as_mut().unwrap().termination = Some("70".into()));
    let commit = commit(&facts);
    let before = segment(&facts, METRO).spec.clone();
    let authority = Authority {
        currency: "USD".into(),
        monthly: "3000.00".into(),
        one_time: "1000.00".into(),
        termination: "70.00".into(),
    };
    let expected = crate::api::ConnectivitySegmentSpec {
        desired: Desired::Present,
        intent_generation: 2,
        authority: Some(authority),
        offer: Some(ChosenOffer { revision: 1, quote_id: "quote-1".into() }),
        ..before
    };
    assert_eq!(commit.spec, expected);
    assert_eq!(commit.budgeted.offer.monthly, amount("1125"));
}

#[test]
fn a_change_is_bought_the_same_way() {
    let facts = change();
    let spec = commit(&facts).spec;
    assert_eq!(spec.offer, Some(ChosenOffer { revision: 2, quote_id: "quote-2".into() }));
    assert_eq!((spec.desired, spec.revision), (Desired::Present, 2));
}

#[test]
fn nothing_is_bought_without_a_budget() {
    let mut facts = offer();
    edit(&mut facts, |spec| spec.budget = None);
    let found = stalled(&facts);
    assert_eq!(gist(&found), (IntentState::Planned, "BudgetMissing", Party::User));
    assert_eq!(found.1.what, "state spec.budget to buy this: 1125.00 monthly, 500.00 at once in USD");
    let mut facts = change();
    edit(&mut facts, |spec| spec.budget = None);
    run(&mut facts);
    assert_eq!(gist(&stalled(&facts)), (IntentState::Changing, "BudgetMissing", Party::User));
}

#[test]
fn nothing_above_the_budget_is_bought() {
    for (monthly, one_time, what) in
        [("1124.99", "500", "spec.budget.monthly of 1124.99 USD"), ("2250", "499.99", "spec.budget.oneTime")]
    {
        let limit = |facts: &mut Facts| {
            edit(facts, |spec| {
                let budget = spec.budget.as_mut().unwrap();
                (budget.monthly, budget.one_time) = (monthly.into(), Some(one_time.into()));
            });
        };
        let mut facts = offer();
        limit(&mut facts);
        let found = stalled(&facts);
        assert_eq!(gist(&found), (IntentState::Blocked, "PriceAboveBudget", Party::User));
        assert!(found.1.what.contains(what), "{}", found.1.what);
        let mut facts = change();
        limit(&mut facts);
        run(&mut facts);
        let found = stalled(&facts);
        assert_eq!(gist(&found), (IntentState::Changing, "PriceAboveBudget", Party::User));
        assert!(found.1.what.contains(what), "{}", found.1.what);
    }
}

#[test]
fn nothing_above_what_the_account_may_spend_is_bought() {
    type Limit = fn(&mut Facts);
    let limits: [(Limit, &str); 4] = [
        (|facts| account(facts, METRO).limits.per_order.monthly = amount("1124.99"), "perOrder.monthly"),
        (|facts| account(facts, METRO).limits.per_order.one_time = amount("499.99"), "perOrder.oneTime"),
        (|facts| facts.sellers[0].spent.monthly = amount("8875.01"), "total.monthly"),
        (|facts| facts.sellers[0].spent.one_time = amount("4500.01"), "total.oneTime"),
    ];
    for (limit, what) in limits {
        for (mut facts, state) in [(offer(), IntentState::Blocked), (change(), IntentState::Changing)] {
            limit(&mut facts);
            let found = stalled(&facts);
            assert_eq!(gist(&found), (state, "AboveProviderLimit", Party::Platform));
            assert!(found.1.what.contains(&format!("spec.limits.{what}")), "{}", found.1.what);
        }
    }
}

#[test]
fn an_offer_in_another_currency_than_the_limits_is_not_bought() {
    for (mut facts, state) in [(offer(), IntentState::Blocked), (change(), IntentState::Changing)] {
        account(&mut facts, METRO).limits.currency = "EUR".parse().unwrap();
        assert_eq!(gist(&stalled(&facts)), (state, "CurrencyDiffers", Party::User));
    }
}

#[test]
fn a_change_is_not_bought_for_a_budget_in_another_currency() {
    let mut facts = change();
    edit(&mut facts, |spec| spec.budget.as_mut().unwrap().currency = "EUR".into());
    run(&mut facts);
    let found = stalled(&facts);
    assert_eq!(gist(&found), (IntentState::Active, "ChangeRefused", Party::User));
    assert!(found.1.what.starts_with("metro-fiber: it quotes in USD; state the budget in USD"));
}

#[test]
fn held_purchases_wait_for_the_platform() {
    for (facts, state) in [(offer(), IntentState::Planned), (change(), IntentState::Changing)] {
        let mut global = facts.clone();
        global.held = true;
        let found = waiting(&global);
        assert_eq!(gist(&found), (state, "PurchasingHeld", Party::Platform));
        assert_eq!((found.1.name, found.1.what.contains("operator's hold")), (None, true));
        let mut provider = facts;
        account(&mut provider, METRO).held = true;
        let found = waiting(&provider);
        assert_eq!(gist(&found), (state, "PurchasingHeld", Party::Platform));
        assert_eq!(found.1.name.as_deref(), Some(METRO));
        assert!(found.1.what.contains("spec.purchasing of ConnectivityProvider metro-fiber"));
        account(&mut provider, METRO).held = false;
        account(&mut provider, WAVE).held = true;
        assert_eq!(decide(&provider).name(), "Commit", "somebody else's hold");
    }
}

#[test]
fn a_suspended_intent_buys_nothing_and_goes_on_afterwards() {
    for (mut facts, state) in [(offer(), IntentState::Planned), (change(), IntentState::Changing)] {
        edit(&mut facts, |spec| spec.suspend = true);
        run(&mut facts);
        let found = waiting(&facts);
        assert_eq!(gist(&found), (state, "Suspended", Party::User));
        edit(&mut facts, |spec| spec.suspend = false);
        let Step::Commit(commit) = until_commit(&mut facts) else { panic!("{:?}", decide(&facts)) };
        assert!(!commit.legs[0].spec.suspend);
    }
}

#[test]
fn a_plan_buys_no_change_and_goes_on_when_it_is_managed() {
    let mut facts = change();
    edit(&mut facts, |spec| spec.mode = IntentMode::Plan);
    run(&mut facts);
    assert!(segment(&facts, METRO).spec.suspend, "what was agreed to before is not ordered either");
    let found = waiting(&facts);
    assert_eq!(gist(&found), (IntentState::Changing, "Suspended", Party::User));
    assert!(found.1.what.contains("spec.mode"), "{}", found.1.what);
    edit(&mut facts, |spec| spec.mode = IntentMode::Manage);
    let Step::Commit(commit) = until_commit(&mut facts) else { panic!("{:?}", decide(&facts)) };
    assert!(!commit.legs[0].spec.suspend);
}

/// The segment follows the intent; what comes then.
fn until_commit(facts: &mut Facts) -> Step {
    loop {
        match decide(facts) {
            step @ Step::Align(..) => apply(facts, step),
            other => return other,
        }
    }
}

#[test]
fn a_change_that_starts_the_term_again_needs_its_fee_accepted() {
    let mut facts = change();
    account(&mut facts, METRO).change.restarts_term = true;
    let found = waiting(&facts);
    assert_eq!(gist(&found), (IntentState::Changing, "TermRestarts", Party::User));
    // A year at half of 2250 a month.
    assert!(
        found.1.what.contains("would cost 13500.00 USD; raise spec.budget.termination"),
        "{}",
        found.1.what
    );
    let accept = |facts: &mut Facts, amount: &str| {
        edit(facts, |spec| spec.budget.as_mut().unwrap().termination = Some(amount.into()));
    };
    accept(&mut facts, "13499.99");
    run(&mut facts);
    assert_eq!(gist(&waiting(&facts)).1, "TermRestarts");
    accept(&mut facts, "13500.00");
    assert_eq!(until_commit(&mut facts).name(), "Commit");
    account(&mut facts, METRO).early_termination = None;
    let found = waiting(&facts);
    assert_eq!(gist(&found).1, "TermRestarts");
    assert!(found.1.what.contains("an unknown sum"));
}

#[test]
fn the_first_term_is_no_restart() {
    let mut facts = offer();
    let metro = account(&mut facts, METRO);
    (metro.change.restarts_term, metro.early_termination) = (true, None);
    commit(&facts);
}

#[test]
fn charges_that_were_accepted_count_against_the_limits_while_their_order_is_under_way() {
    let mut facts = wanted();
    let spent = |facts: &Facts| crate::intent::facts::spent(&facts.segments, "another intent").one_time;
    record(&mut facts, METRO, "operation: Add, state: Placed, orderId: ORD-1");
    assert_eq!(spent(&facts), amount("500"));
    let orders = &mut segment_mut(&mut facts, METRO).status.as_mut().unwrap().orders;
    let mut answer = orders[0].clone();
    (answer.sequence, answer.operation) = (answer.sequence + 1, OrderOperation::AnswerCharge);
    answer.state = OrderRecordState::Intending;
    let currency = CurrencyText("USD".into());
    answer.accepts = Some(ChargePrice { currency, monthly: "0.00".into(), one_time: "99.50".into() });
    orders.push(answer);
    assert_eq!(spent(&facts), amount("599.50"));
    // What is completed is in the price of what runs.
    segment_mut(&mut facts, METRO).status.as_mut().unwrap().orders[0].state = OrderRecordState::Settled;
    assert_eq!(spent(&facts), amount("500"));
}
