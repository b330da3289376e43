//! Whether what an operation costs is within what the segment may pay.

use jiff::Timestamp;

use super::ledger::bought;
use super::{Task, decided, segment_name, seller_name};
use crate::api::{CurrencyText, DecisionRef, NO_CURRENCY, OrderOperation, Party, ProductRole};
use crate::model::{Amount, Budget};
use crate::planning::{last_term_end, termination_fee};
use crate::segment::facts::Facts;

/// What stands against paying: reason, who must act, and what is missing.
pub type Objection = (&'static str, Party, String);

/// Whether what it costs is within what the segment may pay; with the decision that it rests on, where it rests on one.
pub fn authorized(facts: &Facts, task: Task) -> Result<Option<DecisionRef>, Objection> {
    let authority = facts.wish.as_ref().ok().and_then(|wish| wish.authority);
    match task {
        Task::Add | Task::Modify => price_allowed(facts, authority).map(|()| None),
        Task::Disconnect => fee_allowed(facts, authority),
    }
}

fn price_allowed(facts: &Facts, authority: Option<Budget>) -> Result<(), Objection> {
    let (Some(authority), Some(offer)) = (authority, &facts.draft.offer) else {
        return Err(("NotAuthorized", Party::User, "an authority to spend".into()));
    };
    let price = |text: &str| text.parse::<Amount>().ok();
    let (Some(monthly), Some(one_time)) = (price(&offer.monthly), price(&offer.one_time)) else {
        return Err(("PriceUnknown", Party::User, "a price that can be read".into()));
    };
    if offer.currency.0 != authority.currency.to_string()
        || monthly > authority.monthly
        || one_time > authority.one_time
    {
        let what =
            format!("spec.budget to allow {monthly} monthly and {one_time} at once in {}", offer.currency.0);
        return Err(("PriceAboveBudget", Party::User, what));
    }
    Ok(())
}

/// What is due for the service per month, until when, and in which currency; what nobody remembers is `None`.
struct Due {
    monthly: Option<Amount>,
    until: Option<Timestamp>,
    currency: String,
}

fn due(facts: &Facts) -> Due {
    let known = |currency: &CurrencyText, monthly: &str| {
        (currency.0 != NO_CURRENCY).then(|| monthly.parse().ok()).flatten()
    };
    if let Some(runs) = &facts.draft.in_force {
        return Due {
            monthly: known(&runs.currency, &runs.monthly),
            until: runs.term_end.as_ref().map(|end| end.0),
            currency: runs.currency.0.clone(),
        };
    }
    // Never seen in use as a whole: its term may start now, at the price that it was ordered for. Of what was delivered in part
    // only that is due.
    let quote = bought(facts.orders()).and_then(|record| record.quote_id.clone());
    let offer = facts.draft.offer.as_ref().filter(|offer| Some(&offer.quote_id) == quote.as_ref());
    let term = facts.wish.as_ref().ok().map(|wish| &wish.design.term);
    let there: Vec<ProductRole> =
        facts.sights().filter(|(_, _, sight)| !sight.is_gone()).map(|(role, ..)| role).collect();
    let part = (there.len() < facts.segment.spec.roles().count()).then(|| cost(facts, &there)).flatten();
    Due {
        monthly: offer.and_then(|offer| part.or_else(|| known(&offer.currency, &offer.monthly))),
        until: term.and_then(|term| term.end_after(facts.now)),
        currency: offer.map_or_else(|| NO_CURRENCY.to_owned(), |offer| offer.currency.0.clone()),
    }
}

/// What these products cost per month, where that is known of each.
fn cost(facts: &Facts, roles: &[ProductRole]) -> Option<Amount> {
    let products = facts.draft.products.iter().filter(|product| roles.contains(&product.role));
    products
        .map(|product| product.monthly.as_ref()?.parse().ok())
        .try_fold(Amount::ZERO, |sum, monthly| Some(sum + monthly?))
}

/// The same in words, net of tax.
pub fn cost_of(facts: &Facts, roles: &[ProductRole]) -> Option<String> {
    let currency = facts.account.as_ref()?.currency;
    Some(format!("{} {currency}", cost(facts, roles)?))
}

fn fee_allowed(facts: &Facts, authority: Option<Budget>) -> Result<Option<DecisionRef>, Objection> {
    let mut due = due(facts);
    // A fee that does not depend on the price is in the account's own currency.
    if let Some(account) = facts.account.as_ref().filter(|_| due.currency == NO_CURRENCY) {
        due.currency = account.currency.to_string();
    }
    let rule = facts.account.as_ref().and_then(|account| account.early_termination);
    let since = facts.draft.in_force.as_ref().map_or(facts.now, |runs| runs.since.0);
    let until = match &facts.wish {
        Ok(wish) => last_term_end(&wish.design, since, due.until, facts.now),
        Err(_) => due.until,
    };
    // A share of nothing is nothing, whatever the price.
    let free = rule.is_some_and(|rule| rule.of_remaining.decimal().is_zero());
    let monthly = due.monthly.or(free.then_some(Amount::ZERO));
    // A term that the inventory does not show of what was taken over may be running, whatever nobody knows of it.
    let term_unknown = until.is_none()
        && bought(facts.orders()).is_some_and(|record| record.operation == OrderOperation::Adopt);
    let fee = match monthly {
        _ if term_unknown => {
            (free && rule.is_some_and(|rule| rule.fee == Amount::ZERO)).then_some(Amount::ZERO)
        }
        Some(monthly) => termination_fee(rule, monthly, until, facts.now),
        None => until.is_none_or(|end| end <= facts.now).then_some(Amount::ZERO),
    };
    let Some(fee) = fee else {
        if let Some(decision) = decided::accepts_termination(facts, None, &due.currency) {
            return Ok(Some(decision));
        }
        let end = until.map_or_else(|| "the end of the term".into(), |end| end.to_string());
        let advice = if rule.is_none() || term_unknown {
            format!(
                "state earlyTermination in ConnectivityProvider {}, or make a ConnectivityDecision with \
                 acceptTermination and unknown: Accept about segment {}",
                seller_name(facts),
                segment_name(facts)
            )
        } else {
            format!(
                "the price in force is not known any more; ask the seller, and state earlyTermination in \
                 ConnectivityProvider {} as a fee with percentOfRemaining \"0\"",
                seller_name(facts)
            )
        };
        let what = format!("nobody knows what leaving before {end} costs; {advice}");
        return Err(("TerminationFeeUnknown", Party::Platform, what));
    };
    let accepted = authority.map_or(Amount::ZERO, |authority| authority.termination);
    let currency = authority.map(|authority| authority.currency.to_string());
    if fee == Amount::ZERO || (fee <= accepted && currency.as_ref() == Some(&due.currency)) {
        return Ok(None);
    }
    if let Some(decision) = decided::accepts_termination(facts, Some(fee), &due.currency) {
        return Ok(Some(decision));
    }
    let accepted = currency.map_or_else(|| "nothing".to_owned(), |currency| format!("{accepted} {currency}"));
    let what = format!(
        "leaving now costs {fee} {}, and {accepted} is accepted; raise spec.budget.termination of intent {}, or make a \
         ConnectivityDecision with acceptTermination about segment {}",
        due.currency,
        facts.segment.spec.intent_ref.name,
        segment_name(facts)
    );
    Err(("TerminationFeeNotAccepted", Party::User, what))
}
