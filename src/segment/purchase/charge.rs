//! Costs that the seller raises on an order after it was placed (MEF 123, "Charge"): each is answered once, on record like
//! everything that can cost money.
//!
//! Within authority a charge is accepted. Otherwise a person decides, and shortly before the seller stops waiting it is declined, so
//! that no silence is taken for an answer. A charge is its own mark: whether an answer that was lost arrived is read from the charge.
//! All items of a charge are answered alike.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::authority::{charge_allowed, covers};
use super::ledger::{accepting, closed, is_open, refused, sequence_of};
use super::unanswered::not_visible_yet;
use super::{UNSUSPEND, cannot_ask, decided, fresh, numbers_used_up, release_of, seller_name};
use crate::api::{
    ChargePrice, ChargeProgress, ChargeStatus, DecisionRef, Desired, OrderOperation, OrderRecord,
    OrderRecordState as State, OrderRefusal, Party,
};
use crate::model::{ChargeId, ChargeState, ChargeView, Deed, ItemAnswer, Money, OrderId, Placement};
use crate::segment::decide::{Rest, Step, Waiting};
use crate::segment::facts::{Facts, Sight};

/// Most charges that are accepted on one order; whoever raises more is to be talked to.
const MOST: usize = 8;

/// Most characters of a charge's id on record.
const LONGEST_ID: usize = 128;

/// Whether a charge can be written down.
#[must_use]
pub fn can_be_named(charge: &ChargeView) -> bool {
    (1..=LONGEST_ID).contains(&charge.id.0.chars().count())
}

/// What is answered to a charge now.
enum Answer {
    Accept(ChargePrice, Option<DecisionRef>),
    Decline(Option<DecisionRef>),
    /// Somebody must act first.
    Wait(Waiting),
}

/// What a charge on this order needs; `None` when none waits for an answer of ours.
pub fn answer(facts: &Facts, order: &OrderRecord, id: &OrderId) -> Option<Step> {
    let Some(charges) = &facts.charges else { return Some(Step::ObserveCharges(id.clone())) };
    let unanswered = |charge: &&ChargeView| {
        charge.state == ChargeState::Open
            && !about(facts, &charge.id).any(|record| record.state == State::Settled)
    };
    let charge = charges.iter().find(unanswered)?;
    if let Some(why) = cannot_answer(facts, id, charge) {
        return Some(in_the_portal(facts, id, charge, &why));
    }
    let (accepts, decision) = match choose(facts, order, id, charge) {
        Answer::Accept(price, decision) => (Some(price), decision),
        Answer::Decline(decision) => (None, decision),
        Answer::Wait(waiting) => return Some(Step::Rest(Rest::Waiting(waiting))),
    };
    Some(reserve(facts, order, charge, accepts, decision))
}

/// The records of answers to a charge, oldest first.
fn about<'a>(facts: &'a Facts, charge: &'a ChargeId) -> impl Iterator<Item = &'a OrderRecord> {
    facts.orders().iter().filter(|record| {
        record.operation == OrderOperation::AnswerCharge && record.charge_id.as_ref() == Some(&charge.0)
    })
}

/// Looks at the charges of this order again, where one was answered that the status does not tell of: whoever saw it ended first.
pub fn untold(facts: &Facts, id: &OrderId) -> Option<Step> {
    let told = |charge: &String| facts.draft.charges.iter().any(|told| told.id == *charge);
    let of_order = |record: &&OrderRecord| record.order_id.as_ref() == Some(&id.0);
    let mut answered = facts.orders().iter().filter(of_order).filter_map(|record| record.charge_id.as_ref());
    (facts.charges.is_none() && answered.any(|charge| !told(charge)))
        .then(|| Step::ObserveCharges(id.clone()))
}

/// The charge on this order that was not accepted, if there is one: it was declined, or waited until the seller did no longer.
pub fn not_accepted<'a>(facts: &'a Facts, id: &OrderId) -> Option<&'a str> {
    let declining = |record: &&OrderRecord| {
        record.operation == OrderOperation::AnswerCharge
            && record.order_id.as_ref() == Some(&id.0)
            && record.state == State::Settled
            && record.refusal.is_none()
            && record.accepts.is_none()
    };
    let left_open = |charge: &&ChargeStatus| {
        let mut accepted = accepting(facts.orders(), &id.0).map(|record| record.charge_id.as_ref());
        charge.order_id == id.0
            && match charge.state {
                ChargeProgress::Open | ChargeProgress::Declined | ChargeProgress::TimedOut => true,
                ChargeProgress::Accepted | ChargeProgress::Answered | ChargeProgress::Withdrawn => false,
            }
            && !accepted.any(|accepted| accepted == Some(&charge.id))
    };
    let declined = facts.orders().iter().rev().find(declining).and_then(|record| record.charge_id.as_deref());
    declined.or_else(|| facts.draft.charges.iter().find(left_open).map(|charge| charge.id.as_str()))
}

/// Why a charge cannot be answered from here.
fn cannot_answer(facts: &Facts, id: &OrderId, charge: &ChargeView) -> Option<String> {
    if charge.items.is_empty() || !can_be_named(charge) {
        return Some("it has no items, or an id that cannot be written down".into());
    }
    let said_no = about(facts, &charge.id).find(|record| record.refusal == Some(OrderRefusal::Final));
    if let Some(record) = said_no {
        return Some(format!("our answer was refused: {}", record.outcome.as_deref().unwrap_or_default()));
    }
    let lost = about(facts, &charge.id).filter(|record| record.refusal == Some(OrderRefusal::NotFound));
    if lost.count() >= facts.windows.attempts {
        return Some("our answers got lost again and again".into());
    }
    (accepting(facts.orders(), &id.0).count() >= MOST)
        .then(|| format!("{MOST} charges were accepted on this order already"))
}

fn in_the_portal(facts: &Facts, id: &OrderId, charge: &ChargeView, why: &str) -> Step {
    Step::Rest(Rest::Waiting(Waiting {
        reason: "ChargeNotAnswered",
        party: Party::User,
        what: format!(
            "{}; it cannot be answered from here: {why}; answer it in the seller's portal, no answer counts as declined",
            words(facts, id, charge)
        ),
        until: charge.respond_by,
    }))
}

/// What the seller wants, in words.
fn words(facts: &Facts, id: &OrderId, charge: &ChargeView) -> String {
    let cost = match charge.totals() {
        Ok((monthly, one_time, currency)) if monthly.decimal().is_zero() => format!("{one_time} {currency}"),
        Ok((monthly, one_time, currency)) => {
            format!("{monthly} {currency} a month and {one_time} {currency} at once")
        }
        Err(_) => "what nobody can say".to_owned(),
    };
    let mut kinds: Vec<&str> = charge.items.iter().map(|item| item.price.name.as_str()).collect();
    kinds.dedup();
    let kinds: String = kinds.join(", ").chars().take(100).collect();
    let blocking = if charge.items.iter().any(|item| item.blocking) { "blocking" } else { "not blocking" };
    format!("{} charges {cost} on order {id} (charge {}: {kinds}, {blocking})", seller_name(facts), charge.id)
}

/// Accept, decline, or wait for somebody: a decision comes first, then what is wanted, then what may be paid, then the seller's date.
fn choose(facts: &Facts, order: &OrderRecord, id: &OrderId, charge: &ChargeView) -> Answer {
    let enough = |most: &Money| covers(most, charge);
    let decided = decided::about_charge(facts, &charge.id, enough);
    if let Some((None, decision)) = decided {
        return Answer::Decline(Some(decision));
    }
    let buys = matches!(order.operation, OrderOperation::Add | OrderOperation::Modify);
    if buys && !charge.of_cancellation && facts.segment.spec.desired == Desired::Absent {
        return Answer::Decline(None);
    }
    let most = decided.and_then(|(most, decision)| most.map(|most| (most, decision)));
    let (reason, party, why) = match (charge_allowed(facts, order, id, charge, most.as_ref()), held(facts)) {
        (Ok(price), None) => return Answer::Accept(price, most.map(|(_, decision)| decision)),
        (Ok(_), Some((reason, what))) => (reason, Party::Platform, format!("it may be paid, but {what}")),
        (Err(objection), _) => objection,
    };
    let until = last_moment(facts, charge);
    if until.is_some_and(|until| until <= facts.now) {
        return Answer::Decline(None);
    }
    let end = until.map_or_else(String::new, |until| format!("; it is declined at {until}"));
    let what = format!("{}; {why}{end}", words(facts, id, charge));
    Answer::Wait(Waiting { reason, party, what, until })
}

/// What stands against paying anything at all, as reason and words.
fn held(facts: &Facts) -> Option<(&'static str, String)> {
    let held = facts.hold.map(|hold| ("PurchasingHeld", format!("waits for {}", release_of(facts, hold))));
    let caught = facts.catch.holding(Deed::Buys { beside: false });
    let no_room = facts.no_room.as_ref();
    held.or_else(|| caught.map(|trip| ("SafetyCatch", trip.sentence(seller_name(facts)))))
        .or_else(|| no_room.map(|objection| (objection.reason, format!("waits for {}", objection.what))))
}

/// When a charge is declined at the latest, so that the answer reaches the seller before it stops waiting, and once more where it
/// got lost.
fn last_moment(facts: &Facts, charge: &ChargeView) -> Option<Timestamp> {
    let seller = facts.seller.as_ref().ok()?;
    let takes = [seller.request_timeout, seller.delay_bound]
        .into_iter()
        .fold(facts.windows.purchase, Duration::saturating_add);
    let both = takes.saturating_mul(2).saturating_add(seller.search_lag);
    let both = SignedDuration::try_from(both).unwrap_or(SignedDuration::MAX);
    let moment = charge.respond_by?.checked_sub(both).unwrap_or(Timestamp::MIN);
    Some(Timestamp::from_second(moment.as_second()).unwrap_or(moment))
}

fn reserve(
    facts: &Facts,
    order: &OrderRecord,
    charge: &ChargeView,
    accepts: Option<ChargePrice>,
    decision: Option<DecisionRef>,
) -> Step {
    let waits = |reason, party, what| Waiting { reason, party, what, until: charge.respond_by };
    if facts.segment.spec.suspend {
        return Step::Rest(Rest::Waiting(waits("Suspended", Party::User, UNSUSPEND.to_owned())));
    }
    if facts.refused {
        let what =
            format!("{} to take the answer to charge {}; it is tried again", seller_name(facts), charge.id);
        return Step::Rest(Rest::Failing(waits("AnswerNotTaken", Party::Seller, what)));
    }
    if !facts.past.looked && facts.search.is_none() {
        return Step::Search;
    }
    let Some(fresh) = fresh(facts, OrderOperation::AnswerCharge) else { return numbers_used_up() };
    Step::Reserve(Box::new(OrderRecord {
        revision: order.revision,
        digest: order.digest.clone(),
        order_id: order.order_id.clone(),
        charge_id: Some(charge.id.0.clone()),
        accepts,
        decision,
        ..fresh
    }))
}

/// What an answer on record needs next: `id` is the order that was charged for.
pub fn advance(facts: &Facts, record: &OrderRecord, id: &OrderId) -> Step {
    let Some(charge) = record.charge_id.clone().map(ChargeId) else {
        return not_sent(record, "it names no charge");
    };
    let sequence = sequence_of(record);
    if let Some((answered, placement)) = &facts.past.answered
        && *answered == sequence
    {
        return match placement {
            Placement::Accepted(_) => settled(record, None, given(record)),
            Placement::Refused(failure) => Step::Record(vec![refused(record, failure)]),
            Placement::Unknown(_) => find_out(facts, record, &charge, id),
        };
    }
    match facts.past.reserved {
        Some((reserved, ago))
            if reserved == sequence && ago < facts.windows.purchase && record.state == State::Intending =>
        {
            send(facts, record, &charge, id)
        }
        Some(_) | None => find_out(facts, record, &charge, id),
    }
}

/// This process has just written the answer down: send it, if it still is what we would answer.
fn send(facts: &Facts, record: &OrderRecord, charge: &ChargeId, id: &OrderId) -> Step {
    if facts.seller.is_err() {
        return not_sent(record, "the seller cannot be asked");
    }
    let Some(charges) = &facts.charges else { return Step::ObserveCharges(id.clone()) };
    let order = facts.orders().iter().find(|order| {
        is_open(order) && order.sequence != record.sequence && order.order_id == record.order_id
    });
    let waits = |shown: &&ChargeView| shown.state == ChargeState::Open && !shown.items.is_empty();
    let charge = charges.iter().filter(waits).find(|shown| shown.id == *charge);
    let (Some(order), Some(charge)) = (order, charge) else {
        return not_sent(record, "nothing waits for it any more");
    };
    let answer = match choose(facts, order, id, charge) {
        Answer::Accept(price, _) => Some(Some(price)),
        Answer::Decline(_) => Some(None),
        Answer::Wait(_) => None,
    };
    if answer.as_ref() != Some(&record.accepts) || facts.segment.spec.suspend {
        return not_sent(record, "something else is to be answered by now");
    }
    let accept = record.accepts.is_some();
    let items = charge.items.iter().map(|item| ItemAnswer { item: item.id.clone(), accept }).collect();
    Step::AnswerCharge(charge.id.clone(), items)
}

fn not_sent(record: &OrderRecord, why: &str) -> Step {
    let why = format!("not sent: {why}");
    Step::Record(vec![closed(record, State::Refused, Some(OrderRefusal::MayPass), &why)])
}

/// The answer on record, in words.
fn given(record: &OrderRecord) -> &'static str {
    if record.accepts.is_some() { "accepted" } else { "declined" }
}

fn settled(record: &OrderRecord, refusal: Option<OrderRefusal>, outcome: &str) -> Step {
    Step::Record(vec![closed(record, State::Settled, refusal, outcome)])
}

/// It may have been answered: the charge must show it by now.
fn find_out(facts: &Facts, record: &OrderRecord, charge: &ChargeId, id: &OrderId) -> Step {
    let seller = match &facts.seller {
        Ok(seller) => seller,
        Err(why) => return cannot_ask(why, &format!("charge {charge} on order {id} may have been answered")),
    };
    if let Some(wait) = not_visible_yet(facts, record, seller) {
        return wait;
    }
    let view = match &facts.charge {
        None => return Step::ObserveCharge(charge.clone()),
        // Whatever became of it, it waits for no answer, and what may be owed is counted.
        Some(Sight::Missing) => {
            return settled(
                record,
                None,
                &format!("{}; the seller does not show it any more", given(record)),
            );
        }
        Some(Sight::There(view)) => view,
    };
    if view.state == ChargeState::Open {
        let words = "looked for, and the charge still waits for an answer";
        return Step::Record(vec![closed(record, State::Refused, Some(OrderRefusal::NotFound), words)]);
    }
    match view.accepted() {
        Some(accepted) if accepted != record.accepts.is_some() => {
            let became = if accepted { "accepted" } else { "declined" };
            let words = format!("{became} without us: the seller shows the charge as {:?}", view.state);
            settled(record, Some(OrderRefusal::Final), &words)
        }
        Some(_) | None => settled(record, None, given(record)),
    }
}
