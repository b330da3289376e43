//! What stands between an offer and its order: authority, suspension and holds.

use super::{Commit, Purchase, Step, approval, stalled, waiting};
use crate::api::{AmountText, Authority, ConnectivitySegment, CurrencyText, IntentState, Party};
use crate::intent::facts::{Facts, Seller};
use crate::model::{Amount, Mode, Request};
use crate::planning::{Budgeted, Spent, Veto, all_within};

/// What would be bought, once [`permit`] lets it. `beside` is what the budget pays for already; `chooses` says that a path is
/// chosen.
pub fn buy(request: &Request, legs: Vec<Purchase>, beside: Spent, chooses: bool, state: IntentState) -> Step {
    match request.budget {
        Some(budget) => Step::Commit(Box::new(Commit { legs, budget, beside, chooses, state })),
        None => stalled(state, "BudgetMissing", Party::User, "state spec.budget to buy this".into()),
    }
}

/// Everything that may stand between offers and their orders.
pub fn permit(facts: &Facts, request: &Request, commit: Commit) -> Step {
    let Commit { legs, budget, beside, chooses, state } = &commit;
    let (beside, chooses, state) = (*beside, *chooses, *state);
    let names = || legs.iter().map(|leg| leg.segment.spec.provider.name.as_str());
    let offers: Vec<Budgeted> = legs.iter().map(|leg| leg.budgeted.clone()).collect();
    if let Err(veto) = all_within(&offers, Some(budget), beside) {
        let mut name: Vec<&str> = Vec::new();
        for one in names() {
            if !name.contains(&one) {
                name.push(one);
            }
        }
        let name = name.join(", ");
        return stalled(state, veto.reason(), whose_move(&veto), format!("{name}: {veto}"));
    }
    if paused(request) {
        let what = resumes(request);
        return waiting(state, "Suspended", Party::User, None, what.into());
    }
    if let Some(step) = approval::before_order(facts, legs, chooses, state) {
        return step;
    }
    if facts.held {
        let what = "the operator's hold on all purchases to be lifted".to_owned();
        return waiting(state, "PurchasingHeld", Party::Platform, None, what);
    }
    let held = |name: &&str| facts.seller(name).is_some_and(|seller: &Seller| seller.asked.account.held);
    if let Some(name) = names().find(held) {
        let what = format!("spec.purchasing of ConnectivityProvider {name} to become Enabled");
        return waiting(state, "PurchasingHeld", Party::Platform, Some(name), what);
    }
    Step::Commit(Box::new(commit))
}

/// Whether no order of any kind is started for what is bought: asked for, or because the intent only plans or watches by now.
#[must_use]
pub const fn paused(request: &Request) -> bool {
    request.suspend || matches!(request.mode, Mode::Plan | Mode::ObserveOnly)
}

/// What ends the pause.
pub const fn resumes(request: &Request) -> &'static str {
    match (request.suspend, request.mode) {
        (true, Mode::Manage) => "spec.suspend to become false",
        (true, Mode::Plan | Mode::ObserveOnly) => "spec.suspend to become false, and spec.mode Manage",
        (false, Mode::Manage | Mode::Plan | Mode::ObserveOnly) => "spec.mode to become Manage",
    }
}

/// What the seller may be paid for the segment: the budget of the intent but for what is paid beside it, and nothing any more where
/// the budget was removed.
pub fn authority(facts: &Facts, segment: &ConnectivitySegment, beside: Spent) -> Option<Authority> {
    let text = |amount: Amount| AmountText(amount.to_string());
    let before = segment.spec.authority.clone();
    let Ok(request) = &facts.request else { return before };
    let Some(budget) = request.budget else {
        let nothing = || text(Amount::ZERO);
        return before.map(|Authority { currency, .. }| Authority {
            currency,
            monthly: nothing(),
            one_time: nothing(),
            termination: nothing(),
        });
    };
    let left = |most: Amount, paid: Amount| {
        text(if paid < most { Amount::new(most.decimal() - paid.decimal()) } else { Amount::ZERO })
    };
    Some(Authority {
        currency: CurrencyText(budget.currency.to_string()),
        monthly: left(budget.monthly, beside.monthly),
        one_time: left(budget.one_time, beside.one_time),
        termination: text(budget.termination),
    })
}

/// Limits of an account and budgets are the platform's, everything else is the user's.
#[must_use]
pub const fn whose_move(veto: &Veto) -> Party {
    match veto {
        Veto::AboveLimit { .. } | Veto::NoRoom(..) => Party::Platform,
        Veto::AboveBudget { .. } | Veto::Currency(_) | Veto::ReadyTooLate { .. } => Party::User,
    }
}
