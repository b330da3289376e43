//! The purchase protocol: every operation that can cost money is written down before it is sent, and happens at most once.
//!
//! No seller in this market offers an idempotency key, search filters may be ignored, and an answer can be lost after the order
//! was taken. So:
//!
//! 1. **Search first.** A process that has not looked at this segment's orders at the seller does so before it reserves.
//! 2. **Reserve.** A record `Intending` is written with a resourceVersion precondition.
//! 3. **Place** within the purchase window after *this process* wrote the record, or never.
//! 4. **Record** the seller's order id before anything else.
//! 5. Whatever is not a clear answer *may have happened*: wait until it must be visible, then search, and adopt the one match.
//!    Nothing found, by a search that can be trusted: reserve the next number, a few times. Otherwise stop and ask a person.
//!
//! Assumption, stated: a request takes effect within its time-out plus the seller's delay bound, or never. Then there is at most
//! one live service per segment. Nobody compares clocks between machines: every window runs on this process's monotonic clock.
//!
//! This file is pure. `perform.rs` carries its steps out, and nothing else writes `status.orders`.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use sha2::{Digest, Sha256};

use super::decide::{Rest, Step, Waiting};
use super::facts::{Facts, Hold, Search, Sight};
use crate::api::{
    LastOrder, OrderOperation, OrderRecord, OrderRecordState as State, OrderRefusal, Party,
};
use crate::model::{
    Amount, Mark, OfferRef, Operation, Order, OrderId, OrderState, OrderView, Placement, ServiceState,
    Task as SellerTask,
};
use crate::planning::termination_fee;

/// Most records kept; the oldest closed ones go.
const MOST_RECORDS: usize = 32;

/// Paid operations that this version starts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Buy.
    Add,
    /// Change.
    Modify,
    /// End.
    Disconnect,
}

impl Task {
    const fn operation(self) -> OrderOperation {
        match self {
            Self::Add => OrderOperation::Add,
            Self::Modify => OrderOperation::Modify,
            Self::Disconnect => OrderOperation::Disconnect,
        }
    }
}

const fn is_open(record: &OrderRecord) -> bool {
    match record.state {
        State::Intending | State::Placed | State::Unknown => true,
        State::Refused | State::Settled => false,
    }
}

/// The operation that is open, if any. There is never more than one.
#[must_use]
pub fn open(orders: &[OrderRecord]) -> Option<&OrderRecord> {
    orders.iter().find(|record| is_open(record))
}

/// Whether no operation could ever have bought anything, so that the object may just go.
#[must_use]
pub fn nothing_bought(facts: &Facts) -> bool {
    facts.draft.products.is_empty() && open(facts.orders()).is_none() && bought(facts.orders()).is_none()
}

/// The record of the operation that brought the service that is there, if there is one.
fn bought(orders: &[OrderRecord]) -> Option<&OrderRecord> {
    let done = |record: &&OrderRecord| record.state == State::Settled && record.refusal.is_none();
    let last = orders.iter().rev().filter(done).find(|record| {
        matches!(record.operation, OrderOperation::Add | OrderOperation::Disconnect)
    })?;
    (last.operation == OrderOperation::Add).then_some(last)
}

/// The record of an operation that brought a service, whose products the status does not know (any more): look them up.
#[must_use]
pub fn recover(facts: &Facts) -> Option<Step> {
    let bought = bought(facts.orders())?;
    if facts.draft.in_force.is_some() {
        return None;
    }
    let id = OrderId(bought.order_id.clone()?);
    Some(completed_add(facts, bought, &id))
}

/// What the open operation needs next; `None` when none is open.
#[must_use]
pub fn advance(facts: &Facts) -> Option<Step> {
    let record = open(facts.orders())?;
    Some(match record.state {
        State::Intending | State::Unknown => unanswered(facts, record),
        State::Placed | State::Refused | State::Settled => match &record.order_id {
            Some(id) => placed(facts, record, &OrderId(id.clone())),
            None => unanswered(facts, record),
        },
    })
}

/// A record without an answer: record the answer, send it if that is still allowed, or find out.
fn unanswered(facts: &Facts, record: &OrderRecord) -> Step {
    let sequence = sequence_of(record);
    if let Some((answered, placement)) = &facts.past.answered
        && *answered == sequence
    {
        return match placement {
            Placement::Accepted(id) => Step::Record(vec![with_id(record, id)]),
            Placement::Refused(failure) => {
                let refusal = if failure.may_pass() { OrderRefusal::MayPass } else { OrderRefusal::Final };
                Step::Record(vec![closed(record, State::Refused, Some(refusal), &failure.to_string())])
            }
            Placement::Unknown(_) => find_out(facts, record),
        };
    }
    match facts.past.reserved {
        Some((reserved, ago)) if reserved == sequence && ago < facts.windows.purchase && record.state == State::Intending => {
            match order(facts, record) {
                Ok(order) => Step::Place(Box::new(order)),
                Err(why) => Step::Record(vec![closed(record, State::Refused, Some(OrderRefusal::MayPass), &why)]),
            }
        }
        Some(_) | None => find_out(facts, record),
    }
}

/// It may have happened: wait until it must be visible, then search.
fn find_out(facts: &Facts, record: &OrderRecord) -> Step {
    let seller = match &facts.seller {
        Ok(seller) => seller,
        Err(why) => {
            return Step::Rest(Rest::Waiting(Waiting {
                reason: why.reason,
                party: why.party,
                what: format!("an order may have been placed, and the seller cannot be asked: {}", why.message),
                until: None,
            }));
        }
    };
    let visible_after = facts.windows.purchase + seller.request_timeout + seller.delay_bound + seller.search_lag;
    if facts.past.open_for < visible_after {
        let left = visible_after.saturating_sub(facts.past.open_for);
        return Step::Rest(Rest::Waiting(Waiting {
            reason: "CheckingOrder",
            party: Party::Operator,
            what: format!("order {} may have been placed; it is searched for before anything else", record.mark),
            until: facts.now.checked_add(left).ok(),
        }));
    }
    let Some(search) = &facts.search else {
        return Step::Search;
    };
    match matching(search, record) {
        Some(found) if found.state.is_dead() => {
            let outcome = format!("{}: {}", found.raw_state, found.reason.as_deref().unwrap_or("no reason given"));
            let dead = with_id(record, &found.id);
            Step::Record(vec![closed(&dead, State::Settled, Some(OrderRefusal::Final), &outcome)])
        }
        Some(found) => Step::Record(vec![with_id(record, &found.id)]),
        None if seller.search_reliable && not_found(facts, record) + 1 < facts.windows.attempts => {
            Step::Record(vec![closed(record, State::Refused, Some(OrderRefusal::NotFound), "searched for and not found")])
        }
        None if record.state == State::Intending => {
            Step::Record(vec![OrderRecord { state: State::Unknown, ..record.clone() }])
        }
        None => Step::Rest(Rest::Waiting(Waiting {
            reason: "OrderOutcomeUnknown",
            party: Party::User,
            what: format!(
                "order {} may or may not have been placed at {}, and searching did not tell; ask the seller for the \
                 externalId {}, nothing is ordered again meanwhile",
                record.mark, facts.segment.spec.provider.name, record.mark
            ),
            until: None,
        })),
    }
}

/// The match of a record among the orders found: operation and mark agree; of several, the one furthest along.
fn matching<'a>(search: &'a Search, record: &OrderRecord) -> Option<&'a OrderView> {
    let rank = |view: &OrderView| match view.state {
        OrderState::Completed => 6,
        OrderState::Partial => 5,
        OrderState::InProgress | OrderState::AssessingCharge | OrderState::Unknown(_) => 4,
        OrderState::Cancelling => 3,
        OrderState::Failed | OrderState::Cancelled | OrderState::Rejected => 1,
    };
    search
        .own
        .iter()
        .filter(|view| view.mark.as_ref().is_some_and(|mark| mark.to_string() == record.mark))
        .filter(|view| operation_of(&view.task) == Some(record.operation))
        .max_by_key(|view| (rank(view), std::cmp::Reverse(view.id.clone())))
}

const fn operation_of(task: &SellerTask) -> Option<OrderOperation> {
    match task {
        SellerTask::Add => Some(OrderOperation::Add),
        SellerTask::Modify => Some(OrderOperation::Modify),
        SellerTask::Disconnect => Some(OrderOperation::Disconnect),
        SellerTask::Other(_) => None,
    }
}

/// How many orders of the same purchase were searched for in vain.
fn not_found(facts: &Facts, record: &OrderRecord) -> usize {
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

/// The seller has the order: follow it to its end.
fn placed(facts: &Facts, record: &OrderRecord, id: &OrderId) -> Step {
    if let Err(why) = &facts.seller {
        return Step::Rest(Rest::Waiting(Waiting {
            reason: why.reason,
            party: why.party,
            what: format!("order {id} is under way, and the seller cannot be asked: {}", why.message),
            until: None,
        }));
    }
    let view = match &facts.order {
        None => return Step::ObserveOrder(id.clone()),
        Some(Sight::Missing) => {
            return under_way("OrderNotVisible", format!("{} to show order {id}", seller_name(facts)), None);
        }
        Some(Sight::There(view)) => view,
    };
    match &view.state {
        OrderState::Completed => match record.operation {
            OrderOperation::Add => completed_add(facts, record, id),
            OrderOperation::Modify => completed_modify(facts, record),
            OrderOperation::Disconnect | OrderOperation::Cancel | OrderOperation::AnswerCharge => {
                completed_disconnect(facts, record)
            }
        },
        OrderState::Failed | OrderState::Rejected | OrderState::Cancelled | OrderState::Partial => {
            let words = view.reason.as_deref().unwrap_or("the seller gave no reason");
            let outcome = format!("{}: {words}", view.raw_state);
            Step::Record(vec![closed(record, State::Settled, Some(OrderRefusal::Final), &outcome)])
        }
        OrderState::AssessingCharge => under_way(
            "ChargePending",
            format!("an answer to a charge that {} raised on order {id}; answer it in the seller's portal", seller_name(facts)),
            view.expected_completion,
        ),
        OrderState::InProgress | OrderState::Cancelling | OrderState::Unknown(_) => {
            let late = view.expected_completion.is_some_and(|expected| expected < facts.now);
            let mut what = format!("{} to complete order {id} ({})", seller_name(facts), view.raw_state);
            if let Some(words) = view.reason.as_ref().filter(|_| late) {
                what = format!("{what}: {words}");
            }
            under_way(if late { "Delayed" } else { "OrderInProgress" }, what, view.expected_completion)
        }
    }
}

fn seller_name(facts: &Facts) -> &str {
    &facts.segment.spec.provider.name
}

fn under_way(reason: &'static str, what: String, until: Option<jiff::Timestamp>) -> Step {
    let party = if reason == "ChargePending" { Party::User } else { Party::Seller };
    Step::Rest(Rest::Waiting(Waiting { reason, party, what, until }))
}

/// The seller says done: the service must be there before we say so.
fn completed_add(facts: &Facts, record: &OrderRecord, id: &OrderId) -> Step {
    let Some(service) = facts.service_id() else {
        return match &facts.order {
            None => Step::ObserveOrder(id.clone()),
            Some(_) => under_way(
                "InventoryLag",
                format!("{} to name the product of the completed order {id}", seller_name(facts)),
                None,
            ),
        };
    };
    match &facts.service {
        None => Step::ObserveService(service),
        Some(Sight::There(view)) if matches!(view.state, ServiceState::Active | ServiceState::Changing) => {
            conclude(facts, record)
        }
        Some(Sight::There(_) | Sight::Missing) => under_way(
            "InventoryLag",
            format!("{} to show product {service} of the completed order {id} as active", seller_name(facts)),
            None,
        ),
    }
}

fn completed_modify(facts: &Facts, record: &OrderRecord) -> Step {
    let Some(service) = facts.service_id() else {
        return conclude(facts, record);
    };
    match &facts.service {
        None => Step::ObserveService(service),
        Some(Sight::There(view)) if view.state == ServiceState::Active => conclude(facts, record),
        Some(Sight::There(_) | Sight::Missing) => under_way(
            "InventoryLag",
            format!("{} to show the change of product {service}", seller_name(facts)),
            None,
        ),
    }
}

fn conclude(facts: &Facts, record: &OrderRecord) -> Step {
    let rest = if facts.segment.spec.released { Rest::Released } else { Rest::Active };
    Step::Conclude(Box::new(closed(record, State::Settled, None, "completed")), Box::new(rest))
}

/// The disconnect is done when inventory says that the service is gone.
fn completed_disconnect(facts: &Facts, record: &OrderRecord) -> Step {
    let Some(service) = facts.service_id() else {
        return disconnected(facts, record);
    };
    match &facts.service {
        None => Step::ObserveService(service),
        Some(Sight::Missing) => disconnected(facts, record),
        Some(Sight::There(view)) if view.state == ServiceState::Gone => disconnected(facts, record),
        Some(Sight::There(view)) => under_way(
            "Disconnecting",
            format!("{} to end product {service} ({})", seller_name(facts), view.raw_state),
            view.terminated,
        ),
    }
}

fn disconnected(facts: &Facts, record: &OrderRecord) -> Step {
    if facts.deleting() {
        return Step::RemoveFinalizer;
    }
    Step::Conclude(Box::new(closed(record, State::Settled, None, "completed")), Box::new(Rest::Gone))
}

/// The seller's final refusal of this very operation: asking the same again changes nothing.
#[must_use]
pub fn refused(facts: &Facts, task: Task) -> Option<Waiting> {
    let spec = &facts.segment.spec;
    let last = facts.orders().iter().rev().find(|record| record.operation == task.operation())?;
    let same = last.revision == spec.revision;
    if last.refusal != Some(OrderRefusal::Final) || !same {
        return None;
    }
    let words = last.outcome.as_deref().unwrap_or("the seller gave no reason");
    let (reason, advice) = match task {
        Task::Add => ("OrderRejected", "change the intent, or deny this provider in spec.constraints.providers.deny"),
        Task::Modify => ("ChangeRefused", "set the intent back to what runs, or ask for something else"),
        Task::Disconnect => ("DisconnectRefused", "ask the seller's support desk"),
    };
    Some(Waiting {
        reason,
        party: Party::User,
        what: format!("{} rejected the order: {words}; {advice}", seller_name(facts)),
        until: None,
    })
}

/// Starts an operation: everything that may stand against it, then the search, then the record.
#[must_use]
pub fn start(facts: &Facts, task: Task) -> Step {
    let rest = |reason, party, what: String| {
        Step::Rest(Rest::Waiting(Waiting { reason, party, what, until: None }))
    };
    if facts.segment.spec.suspend {
        return rest("Suspended", Party::User, "spec.suspend of the intent to become false".into());
    }
    if let (Some(hold), Task::Add | Task::Modify) = (facts.hold, task) {
        let what = match hold {
            Hold::Global => "the operator's hold on all purchases to be lifted".into(),
            Hold::Provider => format!("purchasing: Enabled in ConnectivityProvider {}", seller_name(facts)),
        };
        return rest("PurchasingHeld", Party::Platform, what);
    }
    if let Err(why) = &facts.seller {
        return rest(why.reason, why.party, why.message.clone());
    }
    if let Err(what) = authorized(facts, task) {
        return rest(what.0, Party::User, what.1);
    }
    if facts.refused {
        let what = format!("{} to take the order; it was refused just now and is tried again", seller_name(facts));
        return Step::Rest(Rest::Failing(Waiting { reason: "OrderNotTaken", party: Party::Seller, what, until: None }));
    }
    if !facts.past.looked {
        let Some(search) = &facts.search else {
            return Step::Search;
        };
        let unrecorded = unrecorded(facts, search);
        if !unrecorded.is_empty() {
            return Step::Record(unrecorded);
        }
    }
    if let (Some(search), Task::Add) = (&facts.search, task) {
        if let Some(leaving) = &search.leaving {
            return rest(
                "PreviousServiceLeaving",
                Party::Seller,
                format!("the service of an earlier intent of this name to be disconnected (segment {leaving})"),
            );
        }
        if !search.foreign.is_empty() {
            let orders: Vec<&str> = search.foreign.iter().map(|view| view.id.0.as_str()).collect();
            return rest(
                "ServiceExists",
                Party::User,
                format!(
                    "{} already has live orders of project {} that this cluster did not place: {}; nothing is bought beside them",
                    seller_name(facts),
                    facts.segment.spec.project,
                    orders.join(", ")
                ),
            );
        }
    }
    reserve(facts, task)
}

/// Whether what it costs is within what the segment may pay.
fn authorized(facts: &Facts, task: Task) -> Result<(), (&'static str, String)> {
    let authority = facts.wish.as_ref().ok().and_then(|wish| wish.authority);
    match task {
        Task::Add | Task::Modify => {
            let (Some(authority), Some(offer)) = (authority, &facts.draft.offer) else {
                return Err(("NotAuthorized", "an authority to spend".into()));
            };
            let price = |text: &str| text.parse::<Amount>().ok();
            let (Some(monthly), Some(one_time)) = (price(&offer.monthly), price(&offer.one_time)) else {
                return Err(("PriceUnknown", "a price that can be read".into()));
            };
            if offer.currency.0 != authority.currency.to_string()
                || monthly > authority.monthly
                || one_time > authority.one_time
            {
                return Err((
                    "PriceAboveBudget",
                    format!("spec.budget to allow {monthly} monthly and {one_time} at once in {}", offer.currency.0),
                ));
            }
            Ok(())
        }
        Task::Disconnect => {
            let Some(in_force) = &facts.draft.in_force else { return Ok(()) };
            let monthly = in_force.monthly.parse().unwrap_or(Amount::ZERO);
            let rule = facts.account.as_ref().and_then(|account| account.early_termination);
            let end = in_force.term_end.as_ref().map(|end| end.0);
            let most = authority.map_or(Amount::ZERO, |authority| authority.termination);
            let advice = format!("raise spec.budget.termination of intent {}", facts.segment.spec.intent_ref.name);
            match termination_fee(rule, monthly, end, facts.now) {
                Some(fee) if fee <= most => Ok(()),
                Some(fee) => Err((
                    "TerminationFeeNotAccepted",
                    format!("leaving now costs {fee} {}, and {most} is accepted; {advice}", in_force.currency.0),
                )),
                None => Err((
                    "TerminationFeeUnknown",
                    format!(
                        "nobody knows what leaving before {} costs; state earlyTermination in ConnectivityProvider {}",
                        end.map_or_else(|| "the end of the term".into(), |end| end.to_string()),
                        seller_name(facts)
                    ),
                )),
            }
        }
    }
}

/// Whether an operation with this mark is on record.
#[must_use]
pub fn is_recorded(orders: &[OrderRecord], mark: &Mark) -> bool {
    orders.iter().any(|record| record.mark == mark.to_string())
}

/// Orders at the seller that bear our mark and stand in no record: they are recorded before anything else.
fn unrecorded(facts: &Facts, search: &Search) -> Vec<OrderRecord> {
    let mut found: Vec<(&OrderView, &Mark, OrderOperation)> = search
        .own
        .iter()
        .filter_map(|view| Some((view, view.mark.as_ref()?, operation_of(&view.task)?)))
        .filter(|(_, mark, _)| !is_recorded(facts.orders(), mark))
        .collect();
    found.sort_by_key(|(_, mark, _)| mark.sequence());
    found
        .into_iter()
        .map(|(view, mark, operation)| {
            let dead = view.state.is_dead() || search.ended.contains(&view.id);
            OrderRecord {
                sequence: i64::from(mark.sequence()),
                operation,
                mark: mark.to_string(),
                revision: facts.segment.spec.revision,
                digest: "found-at-seller".into(),
                quote_id: view.quote.clone(),
                requested_completion: None,
                state: if dead { State::Settled } else { State::Placed },
                order_id: Some(view.id.0.clone()),
                refusal: dead.then_some(OrderRefusal::MayPass),
                outcome: Some(format!("found at the seller: {}", view.raw_state)),
            }
        })
        .collect()
}

fn reserve(facts: &Facts, task: Task) -> Step {
    let spec = &facts.segment.spec;
    let recorded = facts.segment.status.as_ref().and_then(|status| status.last_order).map_or(0, |last| last.sequence);
    let found = facts.search.iter().flat_map(|search| &search.own).filter_map(|view| view.mark.as_ref());
    let highest = found.map(|mark| i64::from(mark.sequence())).max().unwrap_or(0).max(recorded);
    let Ok(sequence) = u32::try_from(highest + 1) else {
        return Step::Rest(Rest::Stalled(Waiting {
            reason: "TooManyOrders",
            party: Party::Platform,
            what: "the segment has used all its order numbers".into(),
            until: None,
        }));
    };
    let interval = facts
        .draft
        .qualification
        .as_ref()
        .and_then(|qualification| qualification.installation_seconds)
        .and_then(|seconds| u64::try_from(seconds).ok())
        .map(std::time::Duration::from_secs)
        .or_else(|| facts.account.as_ref().and_then(|account| account.installation))
        .unwrap_or_default();
    let earliest = facts.now.checked_add(interval).unwrap_or(facts.now);
    let wished = spec.design.ready_by.as_ref().map_or(earliest, |ready_by| ready_by.0.max(earliest));
    let requested = if task == Task::Disconnect { facts.now } else { wished };
    let calendar = facts.account.as_ref().and_then(|account| account.calendar.as_ref());
    let requested = calendar.map_or(requested, |calendar| calendar.on_working_day(requested));
    let requested = jiff::Timestamp::from_second(requested.as_second() + 1).unwrap_or(requested);
    let mut record = OrderRecord {
        sequence: i64::from(sequence),
        operation: task.operation(),
        mark: Mark::new(&spec.client_reference, sequence).to_string(),
        revision: spec.revision,
        digest: String::new(),
        quote_id: match task {
            Task::Add | Task::Modify => facts.draft.offer.as_ref().map(|offer| offer.quote_id.clone()),
            Task::Disconnect => None,
        },
        requested_completion: Some(Time(requested)),
        state: State::Intending,
        order_id: None,
        refusal: None,
        outcome: None,
    };
    match order(facts, &record) {
        Ok(order) => {
            record.digest = digest(&order);
            Step::Reserve(Box::new(record))
        }
        Err(what) => Step::Rest(Rest::Stalled(Waiting { reason: "CannotOrder", party: Party::Platform, what, until: None })),
    }
}

fn digest(order: &Order) -> String {
    let hash = Sha256::digest(format!("{:?}", order.operation));
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The order that a record stands for.
fn order(facts: &Facts, record: &OrderRecord) -> Result<Order, String> {
    let wish = facts.wish.as_ref().map_err(ToString::to_string)?;
    let requested = record.requested_completion.as_ref().map_or(facts.now, |time| time.0);
    let service = || facts.service_id().ok_or_else(|| "the segment has no service".to_owned());
    let design = || Box::new(crate::model::Design { requested_completion: requested, ..wish.design.clone() });
    let offer = || {
        let offer = facts.draft.offer.as_ref().filter(|offer| record.quote_id.as_ref() == Some(&offer.quote_id));
        let offer = offer.ok_or_else(|| "the offer is not there any more".to_owned())?;
        Ok::<_, String>(OfferRef {
            quote: Some((offer.quote_id.clone(), offer.quote_item.clone())),
            qualification: offer.qualification_id.clone().zip(offer.qualification_item.clone()),
        })
    };
    let operation = match record.operation {
        OrderOperation::Add => Operation::Add { design: design(), offer: offer()? },
        OrderOperation::Modify => Operation::Modify { service: service()?, design: design(), offer: offer()? },
        OrderOperation::Disconnect => {
            Operation::Disconnect { services: vec![service()?], requested_completion: requested }
        }
        OrderOperation::Cancel | OrderOperation::AnswerCharge => {
            return Err("cancelling and answering charges are not started by this version".into());
        }
    };
    let sequence = sequence_of(record);
    Ok(Order { mark: Mark::new(&facts.segment.spec.client_reference, sequence), project: wish.project.clone(), operation })
}

fn sequence_of(record: &OrderRecord) -> u32 {
    u32::try_from(record.sequence).unwrap_or(u32::MAX)
}

fn with_id(record: &OrderRecord, id: &OrderId) -> OrderRecord {
    OrderRecord { state: State::Placed, order_id: Some(id.0.clone()), ..record.clone() }
}

fn closed(record: &OrderRecord, state: State, refusal: Option<OrderRefusal>, outcome: &str) -> OrderRecord {
    let outcome = Some(outcome.chars().take(1_000).collect());
    OrderRecord { state, refusal, outcome, ..record.clone() }
}

/// The list of records after some of them changed or were added, oldest first, and the highest sequence ever used.
#[must_use]
pub fn merged(facts: &Facts, changed: &[OrderRecord]) -> (Vec<OrderRecord>, LastOrder) {
    let mut orders = facts.orders().to_vec();
    for record in changed {
        match orders.iter_mut().find(|old| old.sequence == record.sequence) {
            Some(old) => old.clone_from(record),
            None => orders.push(record.clone()),
        }
    }
    orders.sort_by_key(|record| record.sequence);
    while orders.len() > MOST_RECORDS
        && let Some(oldest) = orders.iter().position(|record| !is_open(record))
    {
        orders.remove(oldest);
    }
    let recorded = facts.segment.status.as_ref().and_then(|status| status.last_order).map_or(0, |last| last.sequence);
    let highest = orders.iter().map(|record| record.sequence).max().unwrap_or(0).max(recorded);
    (orders, LastOrder { sequence: highest })
}

/// Whether the end of the service is ordered, so that the intent need not stay.
#[must_use]
pub fn disconnect_placed(orders: &[OrderRecord]) -> bool {
    orders.iter().any(|record| {
        record.operation == OrderOperation::Disconnect && record.order_id.is_some() && record.refusal.is_none()
    })
}
