//! Whether what an operation costs is within what the segment may pay.

use jiff::Timestamp;

use super::ledger::{accepting, bought};
use super::{Task, decided, segment_name, seller_name};
use crate::api::{
    ChargePrice, CurrencyText, DecisionRef, Desired, NO_CURRENCY, OrderOperation, OrderRecord, Party,
    ProductRole,
};
use crate::model::{Amount, Budget, ChargeView, Currency, Money, OrderId, OrderView};
use crate::planning::{last_term_end, termination_fee};
use crate::segment::facts::Facts;

/// What stands against paying: reason, who must act, and what is missing.
pub type Objection = (&'static str, Party, String);

/// Whether what it costs is within what the segment may pay; with the decision that it rests on, where it rests on one.
pub fn authorized(facts: &Facts, task: Task) -> Result<Option<DecisionRef>, Objection> {
    let authority = facts.wish.as_ref().ok().and_then(|wish| wish.authority);
    match task {
        Task::Add | Task::Modify => price_allowed(facts, authority).map(|()| None),
        Task::Disconnect => fee_allowed(facts, authority, due(facts)),
    }
}

/// Whether what it costs to end a second order is within what leaving may cost. Its term may have started just now.
pub fn twin_may_end(facts: &Facts, twin: &OrderView) -> Result<Option<DecisionRef>, Objection> {
    let authority = facts.wish.as_ref().ok().and_then(|wish| wish.authority);
    let quoted = |quote: &String| twin.quote.as_ref() == Some(quote);
    let offer = facts.draft.offer.as_ref().filter(|offer| quoted(&offer.quote_id));
    let runs =
        facts.draft.in_force.as_ref().filter(|_| {
            bought(facts.orders()).and_then(|record| record.quote_id.as_ref()).is_some_and(quoted)
        });
    let price = offer
        .map(|offer| (&offer.currency, &offer.monthly))
        .or(runs.map(|runs| (&runs.currency, &runs.monthly)));
    let price = price.filter(|(currency, _)| currency.0 != NO_CURRENCY);
    let term = facts.wish.as_ref().ok().map(|wish| &wish.design.term);
    let due = Due {
        monthly: price.and_then(|(_, monthly)| monthly.parse().ok()),
        until: term.and_then(|term| term.end_after(facts.now)),
        currency: price.map_or_else(|| NO_CURRENCY.to_owned(), |(currency, _)| currency.0.clone()),
    };
    fee_allowed(facts, authority, due)
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

/// Monthly and one-time price of a charge, or why nobody knows what accepting it costs.
///
/// # Errors
/// A sentence for people.
pub fn price(charge: &ChargeView) -> Result<ChargePrice, String> {
    let (monthly, one_time, currency) = charge.totals()?;
    Ok(ChargePrice {
        currency: CurrencyText(currency.to_string()),
        monthly: monthly.to_string(),
        one_time: one_time.to_string(),
    })
}

/// What accepting a charge on an order costs, where that may be paid: as much as a person decided; or else what the order cost, what
/// was charged for it so far and this charge come to no more than was allowed.
pub fn charge_allowed(
    facts: &Facts,
    order: &OrderRecord,
    id: &OrderId,
    charge: &ChargeView,
    decided: Option<&(Money, DecisionRef)>,
) -> Result<ChargePrice, Objection> {
    let price = price(charge).map_err(|why| above(facts, charge, &why))?;
    let (monthly, one_time, currency) = charge.totals().map_err(|why| above(facts, charge, &why))?;
    let buys =
        matches!(order.operation, OrderOperation::Add | OrderOperation::Modify) && !charge.of_cancellation;
    let base = if buys { ordered_at(facts, order, currency) } else { Some((Amount::ZERO, Amount::ZERO)) };
    let before = charged_before(facts, id, charge, currency);
    let all = |base: (Amount, Amount), before: (Amount, Amount)| {
        (base.0 + before.0 + monthly, base.1 + before.1 + one_time)
    };
    if buys {
        let known = all(base.unwrap_or_default(), before.unwrap_or_default());
        within_limit(facts, known, currency)?;
    }
    if let Some((most, decision)) = decided {
        return if covers(most, charge) {
            Ok(price)
        } else {
            let DecisionRef { namespace, name, .. } = decision;
            Err(above(facts, charge, &format!("decision {namespace}/{name} accepts no more than {most}")))
        };
    }
    let (Some(base), Some(before)) = (base, before) else {
        return Err(above(facts, charge, "what the order costs without it is not known any more"));
    };
    let (all_monthly, all_at_once) = all(base, before);
    let Some(allowed) = allowed(facts, order, charge) else {
        return Err(above(facts, charge, "nobody allowed anything to be paid for this"));
    };
    if allowed.currency != currency || all_monthly > allowed.monthly || all_at_once > allowed.one_time {
        let Budget { currency: of, monthly, one_time, .. } = allowed;
        let (field, intent) = (
            if buys { "spec.budget" } else { "spec.budget.termination" },
            &facts.segment.spec.intent_ref.name,
        );
        let why = format!(
            "that makes {all_monthly} {currency} a month and {all_at_once} {currency} at once, and {monthly} {of} and \
             {one_time} {of} are allowed; raise {field} of intent {intent}, or {}",
            advice(facts, charge)
        );
        return Err(("ChargePending", Party::User, why));
    }
    Ok(price)
}

/// Whether a charge costs no more than this, at once and per month together. A credit for one makes the other no cheaper.
pub fn covers(most: &Money, charge: &ChargeView) -> bool {
    charge.totals().is_ok_and(|(monthly, one_time, currency)| {
        most.currency == currency && monthly.owed() + one_time.owed() <= most.amount
    })
}

/// What a charge that may not be accepted waits for.
fn above(facts: &Facts, charge: &ChargeView, why: &str) -> Objection {
    ("ChargePending", Party::User, format!("{why}; {}", advice(facts, charge)))
}

/// What to do about a charge that may not be accepted, for the one whose move it is.
fn advice(facts: &Facts, charge: &ChargeView) -> String {
    let about = format!("a ConnectivityDecision about segment {} with answerCharge", segment_name(facts));
    match charge.totals() {
        Ok((monthly, one_time, currency)) => format!(
            "make {about} {{charge: {}, answer: Accept, currency: {currency}, amount: \"{}\"}}, or answer: Decline",
            charge.id,
            monthly.owed() + one_time.owed()
        ),
        Err(_) => format!(
            "accept it in the seller's portal, or make {about} {{charge: {}, answer: Decline}}",
            charge.id
        ),
    }
}

/// What may be paid for an order and its charges: the budget, or, for an end, what leaving may cost.
fn allowed(facts: &Facts, order: &OrderRecord, charge: &ChargeView) -> Option<Budget> {
    let authority = facts.wish.as_ref().ok().and_then(|wish| wish.authority);
    let leaving = |most: Money| Budget {
        currency: most.currency,
        monthly: Amount::ZERO,
        one_time: most.amount,
        termination: Amount::ZERO,
    };
    if charge.of_cancellation || order.operation == OrderOperation::Disconnect {
        // Nobody here cancels what is wanted: then a person must know what for.
        if facts.segment.spec.desired != Desired::Absent {
            return None;
        }
        let budget =
            authority.map(|authority| Money { amount: authority.termination, currency: authority.currency });
        return decided::accepted_termination(facts, order).or(budget).map(leaving);
    }
    authority.filter(|_| facts.segment.spec.desired == Desired::Present)
}

/// The price that an order was placed at, monthly and at once; `None` where nobody remembers.
fn ordered_at(facts: &Facts, order: &OrderRecord, currency: Currency) -> Option<(Amount, Amount)> {
    let offer =
        facts.draft.offer.as_ref().filter(|offer| order.quote_id.as_ref() == Some(&offer.quote_id))?;
    let same = offer.currency.0 == currency.to_string();
    same.then(|| Some((offer.monthly.parse().ok()?, offer.one_time.parse().ok()?))).flatten()
}

/// What was accepted on an order before this charge, by us or by somebody in the seller's portal; `None` where nobody knows how
/// much. Credits make no room.
fn charged_before(
    facts: &Facts,
    id: &OrderId,
    charge: &ChargeView,
    currency: Currency,
) -> Option<(Amount, Amount)> {
    let shown = facts.charges.as_deref().unwrap_or_default();
    // An end is paid from another purse than what it ends.
    let of_the_same_kind = |about: &str| {
        let found = shown.iter().find(|shown| shown.id.0 == about);
        found.is_none_or(|found| found.of_cancellation == charge.of_cancellation)
    };
    let mut sum = (Amount::ZERO, Amount::ZERO);
    let ours: Vec<&OrderRecord> = accepting(facts.orders(), &id.0).collect();
    for record in &ours {
        let Some(price) = &record.accepts else { continue };
        if !of_the_same_kind(record.charge_id.as_deref().unwrap_or_default()) {
            continue;
        }
        if price.currency.0 != currency.to_string() {
            return None;
        }
        let (monthly, one_time) =
            (price.monthly.parse::<Amount>().ok()?, price.one_time.parse::<Amount>().ok()?);
        sum = (sum.0 + monthly.owed(), sum.1 + one_time.owed());
    }
    let by_others = shown.iter().filter(|shown| {
        shown.accepted() == Some(true)
            && of_the_same_kind(&shown.id.0)
            && ours.iter().all(|record| record.charge_id.as_ref() != Some(&shown.id.0))
    });
    for accepted in by_others {
        let (monthly, one_time, of) = accepted.totals().ok()?;
        if of != currency {
            return None;
        }
        sum = (sum.0 + monthly.owed(), sum.1 + one_time.owed());
    }
    Some(sum)
}

/// What one order may cost is the platform team's, whoever decides about a charge.
fn within_limit(
    facts: &Facts,
    (monthly, one_time): (Amount, Amount),
    currency: Currency,
) -> Result<(), Objection> {
    let Some(limits) = facts.account.as_ref().map(|account| account.limits) else { return Ok(()) };
    let most = limits.per_order;
    if limits.currency == currency && monthly <= most.monthly && one_time <= most.one_time {
        return Ok(());
    }
    let what = format!(
        "spec.limits.perOrder of ConnectivityProvider {} to allow {monthly} {currency} a month and {one_time} {currency} at \
         once for the order with this charge",
        seller_name(facts)
    );
    Err(("AboveProviderLimit", Party::Platform, what))
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

fn fee_allowed(
    facts: &Facts,
    authority: Option<Budget>,
    mut due: Due,
) -> Result<Option<DecisionRef>, Objection> {
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
