//! What stands between an offer and its order: authority, suspension and holds.

use std::sync::Arc;

use super::approval::{self, Price};
use super::{Commit, Step, stalled, waiting};
use crate::api::{
    AmountText, Authority, ConnectivitySegment, ConnectivitySegmentSpec, CurrencyText, IntentState, Party,
};
use crate::intent::facts::{Facts, Seller};
use crate::model::{Amount, Mode, Request};
use crate::planning::{Budgeted, Veto, within};

/// Everything that may stand between an offer and its order.
pub fn buy(
    facts: &Facts,
    request: &Request,
    segment: &Arc<ConnectivitySegment>,
    spec: ConnectivitySegmentSpec,
    budgeted: Budgeted,
    state: IntentState,
) -> Step {
    let name = &segment.spec.provider.name;
    let Some(budget) = request.budget else {
        return stalled(state, "BudgetMissing", Party::User, "state spec.budget to buy this".into());
    };
    if let Err(veto) = within(&budgeted, Some(&budget)) {
        return stalled(state, veto.reason(), whose_move(&veto), format!("{name}: {veto}"));
    }
    if paused(request) {
        let what = "spec.suspend to become false, and spec.mode to be Manage";
        return waiting(state, "Suspended", Party::User, None, what.into());
    }
    if let Some(step) = approval::before_order(facts, &[segment], &Price::of(&budgeted), state) {
        return step;
    }
    if facts.held {
        let what = "the operator's hold on all purchases to be lifted".to_owned();
        return waiting(state, "PurchasingHeld", Party::Platform, None, what);
    }
    if facts.seller(name).is_some_and(|seller: &Seller| seller.asked.account.held) {
        let what = format!("spec.purchasing of ConnectivityProvider {name} to become Enabled");
        return waiting(state, "PurchasingHeld", Party::Platform, Some(name), what);
    }
    Step::Commit(Box::new(Commit { segment: segment.clone(), spec, budgeted, budget }))
}

/// Whether no order of any kind is started for what is bought: asked for, or because the intent only plans or watches by now.
#[must_use]
pub const fn paused(request: &Request) -> bool {
    request.suspend || matches!(request.mode, Mode::Plan | Mode::ObserveOnly)
}

/// What the seller may be paid for the segment: the budget of the intent, and nothing any more where that was removed.
pub fn authority(facts: &Facts, segment: &ConnectivitySegment) -> Option<Authority> {
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
    Some(Authority {
        currency: CurrencyText(budget.currency.to_string()),
        monthly: text(budget.monthly),
        one_time: text(budget.one_time),
        termination: text(budget.termination),
    })
}

/// Limits of an account are the platform's, everything else is the user's.
#[must_use]
pub const fn whose_move(veto: &Veto) -> Party {
    match veto {
        Veto::AboveLimit { .. } => Party::Platform,
        Veto::AboveBudget { .. } | Veto::Currency(_) => Party::User,
    }
}
