//! What a search found, held against the record: orders without a record, and orders of which there must be one and are two.

use super::catch::first_contact;
use super::ledger::{self, FOUND, MOST_RECORDS, closed, is_open, with_id};
use super::{adopt, decided, segment_name, seller_name, twin};
use crate::api::{
    DecisionRef, Desired, OrderOperation, OrderRecord, OrderRecordState as State, OrderRefusal, Party, Twin,
    told,
};
use crate::model::{Mark, OrderState, OrderView, ServiceId, Task as SellerTask};
use crate::segment::decide::{Rest, Step, Waiting};
use crate::segment::facts::{Facts, Search};

pub const fn operation_of(task: &SellerTask) -> Option<OrderOperation> {
    match task {
        SellerTask::Add => Some(OrderOperation::Add),
        SellerTask::Modify => Some(OrderOperation::Modify),
        SellerTask::Disconnect => Some(OrderOperation::Disconnect),
        SellerTask::Other(_) => None,
    }
}

fn is_dead(search: &Search, view: &OrderView) -> bool {
    view.state.is_dead() || search.ended.contains(&view.id)
}

/// How far along an order is: dead orders come last.
fn rank(search: &Search, view: &OrderView) -> u8 {
    if is_dead(search, view) {
        return 1;
    }
    match view.state {
        OrderState::Completed => 6,
        OrderState::Partial => 5,
        OrderState::InProgress | OrderState::AssessingCharge | OrderState::Unknown(_) => 4,
        OrderState::Cancelling => 3,
        OrderState::Failed | OrderState::Cancelled | OrderState::Rejected => 1,
    }
}

/// The match of a record among the orders found: operation and mark agree; of several, the one furthest along.
pub fn matching<'a>(search: &'a Search, record: &OrderRecord) -> Option<&'a OrderView> {
    search
        .own
        .iter()
        .filter(|view| view.mark.as_ref().is_some_and(|mark| mark.to_string() == record.mark))
        .filter(|view| operation_of(&view.task) == Some(record.operation))
        .max_by_key(|view| (rank(search, view), std::cmp::Reverse(view.id.clone())))
}

/// How many orders of the same purchase were searched for in vain, since a person last said so.
pub fn not_found(facts: &Facts, record: &OrderRecord) -> usize {
    facts
        .orders()
        .iter()
        .rev()
        .filter(|other| other.sequence != record.sequence)
        .take_while(|other| {
            other.operation == record.operation
                && other.revision == record.revision
                && other.refusal == Some(OrderRefusal::NotFound)
        })
        .count()
}

/// The first number above every order that is on record or was found at the seller; `None` when all are used.
pub fn next_sequence(facts: &Facts) -> Option<u32> {
    let marks = facts.search.iter().flat_map(|search| &search.own).filter_map(|view| view.mark.as_ref());
    let found = marks.map(|mark| i64::from(mark.sequence())).max().unwrap_or(0);
    u32::try_from(found.max(ledger::last_sequence(facts)).saturating_add(1)).ok()
}

/// Our purchases that are not over, those that are furthest along first, and last those that a person wants ended.
fn live<'a>(facts: &Facts, search: &'a Search) -> Vec<&'a OrderView> {
    let mut live: Vec<&OrderView> = search
        .own
        .iter()
        .filter(|view| view.task == SellerTask::Add && view.mark.is_some() && !is_dead(search, view))
        .collect();
    live.sort_by_key(|view| {
        let unwanted = decided::ends_twin(facts, &view.id.0).is_some();
        (unwanted, std::cmp::Reverse(rank(search, view)), view.id.clone())
    });
    live
}

/// The product that was taken over: whatever else was ordered under marks of ours is too much.
fn taken_over(facts: &Facts) -> Option<ServiceId> {
    let product = ledger::bought(facts.orders()).and_then(adopt::adopted_by)?;
    Some(ServiceId(product.to_owned()))
}

/// The order that the service rests on, or would.
fn kept(facts: &Facts, search: &Search) -> Option<String> {
    if let Some(service) = taken_over(facts) {
        let brought = live(facts, search).into_iter().find(|view| adopt::brings(view, &service));
        return brought.map(|view| view.id.0.clone());
    }
    let standing = ledger::standing(facts.orders()).map(str::to_owned);
    standing.or_else(|| live(facts, search).first().map(|view| view.id.0.clone()))
}

/// Live purchases beside the one that the service rests on, or would: there must be none, and each costs money.
pub fn twins<'a>(facts: &Facts, search: &'a Search) -> Vec<&'a OrderView> {
    let kept = kept(facts, search);
    let mut twins = live(facts, search);
    twins.retain(|view| Some(&view.id.0) != kept.as_ref());
    twins
}

/// What the seller knows of our orders and the record does not: orders without a record, and orders that were given up and are
/// there after all. They are recorded before anything else; of several under one mark, the one furthest along. Of a twin it is
/// recorded, where nothing is, that its order was given up: so it is looked for until it is gone.
pub fn news(facts: &Facts, search: &Search) -> Vec<OrderRecord> {
    let twins = twins(facts, search);
    let mut found: Vec<(&OrderView, &Mark, OrderOperation)> = search
        .own
        .iter()
        .filter(|view| !twins.iter().any(|twin| twin.id == view.id))
        .filter_map(|view| Some((view, view.mark.as_ref()?, operation_of(&view.task)?)))
        .collect();
    found.sort_by_key(|(view, mark, _)| (mark.sequence(), std::cmp::Reverse(rank(search, view)), &view.id));
    found.dedup_by_key(|(_, mark, _)| mark.sequence());
    let on_record = |mark: &Mark| {
        was_dropped(facts, mark) || facts.orders().iter().any(|record| record.mark == mark.to_string())
    };
    let mut given_up: Vec<OrderRecord> = twins
        .iter()
        .filter_map(|view| Some((view, view.mark.as_ref()?)))
        .filter(|(_, mark)| !on_record(mark) && !found.iter().any(|(_, found, _)| found == mark))
        .map(|(view, mark)| {
            let record = recorded(facts, search, view, mark, OrderOperation::Add);
            let words = "found at the seller beside the order that the service rests on";
            closed(
                &OrderRecord { order_id: None, ..record },
                State::Refused,
                Some(OrderRefusal::NotFound),
                words,
            )
        })
        .collect();
    given_up.dedup_by_key(|record| record.sequence);
    let found = found.into_iter().filter_map(|(view, mark, operation)| {
        let dead = is_dead(search, view);
        match facts.orders().iter().find(|record| record.mark == mark.to_string()) {
            None => (!was_dropped(facts, mark)).then(|| recorded(facts, search, view, mark, operation)),
            Some(given_up) if !is_open(given_up) && given_up.order_id.is_none() && !dead => (given_up
                .operation
                == operation)
                .then(|| OrderRecord { refusal: None, outcome: None, ..with_id(given_up, &view.id) }),
            Some(_) => None,
        }
    });
    found.chain(given_up).collect()
}

/// The second order whose service a disconnect that was found ends: one of our purchases, and not the one that is kept.
fn twin_of(facts: &Facts, search: &Search, view: &OrderView) -> Option<Twin> {
    let product = view.connection().filter(|_| view.task == SellerTask::Disconnect)?;
    let kept = kept(facts, search);
    if kept.is_none() && taken_over(facts).is_none() {
        return None;
    }
    let brought = |add: &&OrderView| add.task == SellerTask::Add && add.connection() == Some(product);
    let mut adds = search.own.iter().filter(brought).peekable();
    let own = facts.service_id().as_ref() == Some(product)
        || adds.clone().any(|add| Some(&add.id.0) == kept.as_ref());
    let add = adds.next().filter(|_| !own)?;
    Some(Twin { order: add.id.0.clone(), product: Some(product.0.clone()) })
}

/// Whether all that the search of this pass found of ours is on record; `None` where nothing was searched for. A look whose news
/// could not be written down was none: the next order would leave beside them.
#[must_use]
pub fn all_on_record(facts: &Facts) -> Option<bool> {
    facts.search.as_ref().map(|search| news(facts, search).is_empty())
}

/// Records that a full list had no room for were closed: what they stand for is no news.
fn was_dropped(facts: &Facts, mark: &Mark) -> bool {
    facts.orders().len() >= MOST_RECORDS && i64::from(mark.sequence()) <= ledger::last_sequence(facts)
}

fn recorded(
    facts: &Facts,
    search: &Search,
    view: &OrderView,
    mark: &Mark,
    operation: OrderOperation,
) -> OrderRecord {
    let record = OrderRecord {
        sequence: i64::from(mark.sequence()),
        operation,
        mark: mark.to_string(),
        revision: facts.segment.spec.revision,
        digest: FOUND.into(),
        quote_id: view.quote.clone(),
        requested_completion: None,
        reserved_at: None,
        twin: twin_of(facts, search, view),
        state: State::Placed,
        order_id: Some(view.id.0.clone()),
        charge_id: None,
        accepts: None,
        product_id: None,
        refusal: None,
        decision: None,
        outcome: None,
    };
    let words = format!("found at the seller: {}", view.raw_state);
    if is_dead(search, view) {
        closed(&record, State::Settled, Some(OrderRefusal::MayPass), &words)
    } else {
        OrderRecord { outcome: Some(words.chars().take(1_000).collect()), ..record }
    }
}

/// Orders that were given up are searched for again, slowly, for as long as the service lives: an assumption is no proof.
#[must_use]
pub fn look_for_twins(facts: &Facts) -> Option<Step> {
    if !ledger::gave_up(facts.orders()) || facts.seller.is_err() {
        return None;
    }
    match &facts.search {
        None => Some(Step::Search),
        Some(search) => twin::settle(facts, search),
    }
}

/// What is wanted, and has neither record nor offer, may have been bought under a record that got lost: a seller does not offer
/// again what it delivers already, so what is there is looked for before it is asked.
#[must_use]
pub fn look_for_lost(facts: &Facts) -> Option<Step> {
    if ledger::last_sequence(facts) > 0 {
        return None;
    }
    match &facts.search {
        None => (!facts.past.looked && facts.seller.is_ok()).then_some(Step::Search),
        Some(search) => {
            let news = news(facts, search);
            (!news.is_empty()).then_some(Step::Record(news))
        }
    }
}

/// Before a price is asked for: what was lost is taken up, and live orders of others stop the intent from buying anywhere.
#[must_use]
pub fn look_before_asking(facts: &Facts) -> Option<Step> {
    if let Some(step) = look_for_lost(facts) {
        return Some(step);
    }
    match &facts.search {
        Some(search) => first_contact(facts, search).or_else(|| {
            let exists = beside(facts, search).err()?;
            Some(adopt::instead(facts, search).unwrap_or(exists))
        }),
        // What was told is looked at again until it is so no more.
        None => match (still_beside(facts), &facts.seller) {
            (Some(_), Ok(_)) => Some(Step::Search),
            (Some(rest), Err(_)) => Some(Step::Rest(rest)),
            (None, _) => None,
        },
    }
}

/// Live orders of others that were found before stop everything until a look shows that they do not, and no failure hides them.
#[must_use]
pub fn still_beside(facts: &Facts) -> Option<Rest> {
    let ready = facts.segment.status.as_ref().and_then(|status| told(&status.conditions, "Ready"));
    let what = ready.filter(|ready| ready.reason == EXISTS)?.message.clone();
    (facts.segment.spec.desired == Desired::Offer).then_some(Rest::Waiting(Waiting {
        reason: EXISTS,
        party: Party::User,
        what,
        until: None,
    }))
}

/// Why an intent buys nowhere: the seller has live orders of its project that nobody here placed.
pub const EXISTS: &str = "ServiceExists";

/// Whether a service may be bought beside the live orders of others, and by which decision.
pub fn beside(facts: &Facts, search: &Search) -> Result<Option<DecisionRef>, Step> {
    if search.foreign.is_empty() {
        return Ok(None);
    }
    if let Some(decision) = decided::buys_beside(facts, &search.foreign) {
        return Ok(Some(decision));
    }
    let connection = |view: &OrderView| view.connection().cloned();
    let named = |view: &OrderView| match connection(view) {
        Some(service) => format!("{} (product {service})", view.id),
        None => view.id.to_string(),
    };
    let orders: Vec<String> = search.foreign.iter().map(named).collect();
    let ways = if facts.segment.spec.desired == Desired::Offer {
        "takes one over with adopt, or says so with buyBeside"
    } else {
        "says so with buyBeside"
    };
    let what = format!(
        "{} already has live orders of project {} that this cluster did not place: {}; nothing is bought beside them unless a \
         ConnectivityDecision about segment {} {ways}",
        seller_name(facts),
        facts.segment.spec.project,
        orders.join(", "),
        segment_name(facts)
    );
    Err(Step::Rest(Rest::Waiting(Waiting { reason: EXISTS, party: Party::User, what, until: None })))
}
