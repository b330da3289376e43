//! The purchase protocol: every operation that can cost money is written down before it is sent, and happens at most once.
//!
//! No seller in this market offers an idempotency key, search filters may be ignored, and an answer can be lost after the order
//! was taken. So:
//!
//! 1. **Search first.** A process that has not looked at this segment's orders at the seller does so before it reserves.
//! 2. **Reserve.** The order is entered in every ledger that applies; then a record `Intending` is written with a resourceVersion
//!    precondition.
//! 3. **Place** within the purchase window, counted from before *this process* wrote the record, or never.
//! 4. **Record** the seller's order id before anything else.
//! 5. Whatever is not a clear answer *may have happened*: wait until it must be visible, then search, and adopt the one match.
//!    Nothing found, by a search that can be trusted: reserve the next number, a few times. Otherwise stop and ask a person.
//!
//! Assumption, stated: a request takes effect within its time-out plus the seller's delay bound, or never. Then there is at most
//! one live service per segment. Nobody compares clocks between machines: every window runs on this process's monotonic clock.
//!
//! This room is pure. `perform.rs` carries its steps out, and nothing else writes `status.orders`. `ledger` keeps the record,
//! `unanswered` finds out what became of an order, `found` holds it against what a search found, `adopt` takes over what others
//! ordered, `authority` says what may be paid, `decided` what people settled, `follow` sees placed orders to their end, `cancel` asks
//! the seller not to, `charge` answers what the seller charges besides, `twin` ends a second order that a person names, `catch` holds
//! what looks like a mistake.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::decide::{Rest, Step, Waiting, stalled};
use super::facts::{Facts, Hold, Unavailable};
use super::record::asked;
use crate::api::{
    DecisionRef, Desired, OrderOperation, OrderRecord, OrderRecordState as State, OrderRefusal, Party,
    PortOffer, whole,
};
use crate::model::{Deed, ItemRefs, Mark, OfferRef, Operation, Order, OrderId, Project, ServiceId};

mod adopt;
mod authority;
mod cancel;
mod catch;
mod charge;
mod decided;
mod follow;
mod found;
mod ledger;
mod twin;
mod unanswered;

pub use adopt::{
    adopted_by, brings, elsewhere, existing_ports, is_in_use, may_be_it, record_is_lost, retake, same_vlan,
    stands_against, take, taken_over, vlans, watches,
};
pub use authority::price;
pub use catch::too_many;
pub use charge::can_be_named;
pub use decided::{abandoned, adopts_this as adopts};
pub use follow::recover;
pub use found::{all_on_record, look_before_asking, look_for_lost, look_for_twins, still_beside};
pub use ledger::{
    FOUND, accepted, as_taken_over, bought, merged, nothing_bought, open, purchase, runs, shapes, standing,
};

use ledger::{fingerprint, sequence_of};

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

fn seller_name(facts: &Facts) -> &str {
    &facts.segment.spec.provider.name
}

fn segment_name(facts: &Facts) -> &str {
    facts.segment.metadata.name.as_deref().unwrap_or_default()
}

/// What ends a suspension.
const UNSUSPEND: &str = "spec.suspend of the intent to become false, and spec.mode to be Manage";

/// What ends a hold.
fn release_of(facts: &Facts, hold: Hold) -> String {
    match hold {
        Hold::Global => "the operator's hold on all purchases to be lifted".into(),
        Hold::Provider => format!("purchasing: Enabled in ConnectivityProvider {}", seller_name(facts)),
    }
}

/// Something cost or may have cost money, and the seller cannot be asked about it.
fn cannot_ask(why: &Unavailable, what: &str) -> Step {
    let what = format!("{what}, and the seller cannot be asked: {}", why.message);
    Step::Rest(Rest::Waiting(Waiting { reason: why.reason, party: why.party, what, until: None }))
}

/// The object may go, once nothing can be there that is not on record: orders that were searched for in vain are searched for
/// once more, and what may have been bought under a record that got lost is searched for at all.
#[must_use]
pub fn release(facts: &Facts) -> Step {
    let given_up = ledger::gave_up(facts.orders());
    let was_to_be_bought = facts.segment.spec.offer.is_some() || facts.segment.spec.authority.is_some();
    let never_looked = was_to_be_bought && ledger::last_sequence(facts) == 0 && !facts.past.looked;
    let Some(search) = &facts.search else {
        return match &facts.seller {
            _ if !given_up && !never_looked => Step::RemoveFinalizer,
            Ok(_) => Step::Search,
            Err(why) => cannot_ask(why, "an order may be there that is not on record"),
        };
    };
    let news = found::news(facts, search);
    if !news.is_empty() {
        return Step::Record(news);
    }
    twin::settle(facts, search).unwrap_or(Step::RemoveFinalizer)
}

/// Whether no record shows a service of ours, there or on its way.
#[must_use]
pub fn nothing_is_ours(facts: &Facts) -> bool {
    open(facts.orders()).is_none() && bought(facts.orders()).is_none()
}

/// Whether money is under way, or a service is to end: what is asked then waits for no budget of requests.
#[must_use]
pub fn is_pressing(facts: &Facts) -> bool {
    open(facts.orders()).is_some() || facts.segment.spec.desired == Desired::Absent
}

/// What the open operation needs next; `None` when none is open.
#[must_use]
pub fn advance(facts: &Facts) -> Option<Step> {
    let record = open(facts.orders())?;
    Some(match (&record.order_id, record.operation) {
        (Some(id), OrderOperation::Cancel) => cancel::advance(facts, record, &OrderId(id.clone())),
        (Some(id), OrderOperation::AnswerCharge) => charge::advance(facts, record, &OrderId(id.clone())),
        (
            Some(id),
            OrderOperation::Add | OrderOperation::Adopt | OrderOperation::Modify | OrderOperation::Disconnect,
        ) => follow::placed(facts, record, &OrderId(id.clone())),
        (None, _) => unanswered::advance(facts, record),
    })
}

/// The seller's final refusal of this very operation: asking the same again changes nothing.
#[must_use]
pub fn refused(facts: &Facts, task: Task) -> Option<Waiting> {
    let spec = &facts.segment.spec;
    let last = last_of(facts, task.operation())?;
    let same = last.revision == spec.revision;
    if last.refusal != Some(OrderRefusal::Final) || !same {
        return None;
    }
    let words = last.outcome.as_deref().unwrap_or("the seller gave no reason");
    let (reason, advice) = match task {
        Task::Add => {
            ("OrderRejected", "change the intent, or deny this provider in spec.constraints.providers.deny")
        }
        Task::Modify => ("ChangeRefused", "set the intent back to what runs, or ask for something else"),
        Task::Disconnect => (
            "DisconnectRefused",
            "have the seller's support desk end the service; this goes by itself once the inventory shows it gone",
        ),
    };
    Some(Waiting {
        reason,
        party: Party::User,
        what: format!("{} rejected the order: {words}; {advice}", seller_name(facts)),
        until: None,
    })
}

/// The last operation of this kind, but for those that end a second order.
fn last_of(facts: &Facts, operation: OrderOperation) -> Option<&OrderRecord> {
    facts.orders().iter().rev().find(|record| record.operation == operation && record.twin.is_none())
}

/// The seller did not take an order in this pass, for a cause that goes away.
fn not_taken(facts: &Facts, operation: OrderOperation) -> Step {
    let last = facts.orders().iter().rev().find(|record| record.operation == operation);
    let words = last.and_then(|record| record.outcome.as_deref()).unwrap_or("the seller gave no reason");
    let what =
        format!("{} to take the order; the last one was not: {words}; it is tried again", seller_name(facts));
    Step::Rest(Rest::Failing(Waiting { reason: "OrderNotTaken", party: Party::Seller, what, until: None }))
}

/// Starts an operation: everything that may stand against it, then the search, then the record.
#[must_use]
pub fn start(facts: &Facts, task: Task) -> Step {
    let rest =
        |reason, party, what: String| Step::Rest(Rest::Waiting(Waiting { reason, party, what, until: None }));
    if facts.segment.spec.suspend {
        return rest("Suspended", Party::User, UNSUSPEND.into());
    }
    if let (Some(hold), Task::Add | Task::Modify) = (facts.hold, task) {
        return rest("PurchasingHeld", Party::Platform, release_of(facts, hold));
    }
    if let (Some(objection), Task::Add | Task::Modify) = (&facts.no_room, task) {
        return rest(objection.reason, objection.party, objection.what.clone());
    }
    // What a person has looked at is known only after the search.
    let deed = match task {
        Task::Add => Deed::Buys { beside: true },
        Task::Modify => Deed::Buys { beside: false },
        Task::Disconnect => Deed::Ends,
    };
    if let Some(step) = catch::caught(facts, deed) {
        return step;
    }
    if let Err(why) = &facts.seller {
        return rest(why.reason, why.party, why.message.clone());
    }
    let mut decision = match authority::authorized(facts, task) {
        Ok(decision) => decision,
        Err((reason, party, what)) => return rest(reason, party, what),
    };
    if facts.refused {
        return not_taken(facts, task.operation());
    }
    let Some(search) = &facts.search else {
        // One look is enough to know our own orders; what others ordered meanwhile is looked at before every purchase.
        return if facts.past.looked && task != Task::Add {
            reserve(facts, task, decision)
        } else {
            Step::Search
        };
    };
    let news = found::news(facts, search);
    if !news.is_empty() {
        return Step::Record(news);
    }
    if let (Task::Add | Task::Modify, Some(step)) = (task, twin::settle(facts, search)) {
        return step;
    }
    if task == Task::Add {
        if let Some(leaving) = &search.leaving {
            return rest(
                "PreviousServiceLeaving",
                Party::Seller,
                format!(
                    "the service of an earlier intent of this name to be disconnected (segment {leaving})"
                ),
            );
        }
        if let Some(step) = catch::first_contact(facts, search) {
            return step;
        }
        let beside = match found::beside(facts, search) {
            Ok(beside) => beside,
            Err(step) => return step,
        };
        if let Some(step) = catch::caught(facts, Deed::Buys { beside: beside.is_some() }) {
            return step;
        }
        decision = beside.or(decision);
    }
    reserve(facts, task, decision)
}

fn reserve(facts: &Facts, task: Task, decision: Option<DecisionRef>) -> Step {
    let spec = &facts.segment.spec;
    let Some(fresh) = fresh(facts, task.operation()) else { return numbers_used_up() };
    let interval = facts
        .draft
        .qualification
        .as_ref()
        .and_then(|qualification| qualification.installation_seconds)
        .and_then(|seconds| u64::try_from(seconds).ok())
        .map(Duration::from_secs)
        .or_else(|| facts.account.as_ref().and_then(|account| account.installation))
        .unwrap_or_default();
    let earliest = facts.now.checked_add(interval).unwrap_or(facts.now);
    let wished = spec.design.ready_by.as_ref().map_or(earliest, |ready_by| ready_by.0.max(earliest));
    let requested = if task == Task::Disconnect { facts.now } else { wished };
    let record = OrderRecord {
        quote_id: match task {
            Task::Add | Task::Modify => facts.draft.offer.as_ref().map(|offer| offer.quote_id.clone()),
            Task::Disconnect => None,
        },
        requested_completion: Some(working_day(facts, requested)),
        decision,
        ..fresh
    };
    match order(facts, &record) {
        Ok(_) => Step::Reserve(Box::new(record)),
        Err(what) => stalled("CannotOrder", Party::Platform, what),
    }
}

/// The next whole second of a day on which the seller works.
fn working_day(facts: &Facts, requested: jiff::Timestamp) -> Time {
    let calendar = facts.account.as_ref().and_then(|account| account.calendar.as_ref());
    let requested = calendar.map_or(requested, |calendar| calendar.on_working_day(requested));
    Time(jiff::Timestamp::from_second(requested.as_second() + 1).unwrap_or(requested))
}

/// A record under the next number; `None` when all are used.
fn fresh(facts: &Facts, operation: OrderOperation) -> Option<OrderRecord> {
    let spec = &facts.segment.spec;
    let sequence = found::next_sequence(facts)?;
    Some(OrderRecord {
        sequence: i64::from(sequence),
        operation,
        mark: Mark::new(&spec.client_reference, sequence).to_string(),
        revision: spec.revision,
        digest: fingerprint(&spec.design),
        quote_id: None,
        requested_completion: None,
        reserved_at: Some(whole(facts.now)),
        twin: None,
        state: State::Intending,
        order_id: None,
        charge_id: None,
        accepts: None,
        product_id: None,
        refusal: None,
        decision: None,
        outcome: None,
    })
}

fn numbers_used_up() -> Step {
    stalled("TooManyOrders", Party::Platform, "the segment has used all its order numbers".into())
}

/// The order that a record stands for.
fn order(facts: &Facts, record: &OrderRecord) -> Result<Order, String> {
    let spec = &facts.segment.spec;
    let requested = record.requested_completion.as_ref().map_or(facts.now, |time| time.0);
    let service = || facts.service_id().ok_or_else(|| "the segment has no service".to_owned());
    let design = || {
        let wish = facts.wish.as_ref().map_err(ToString::to_string)?;
        Ok::<_, String>(Box::new(crate::model::Design {
            requested_completion: requested,
            ..wish.design.clone()
        }))
    };
    let offer = || {
        let offer =
            facts.draft.offer.as_ref().filter(|offer| record.quote_id.as_ref() == Some(&offer.quote_id));
        let offer = offer.ok_or_else(|| "the offer is not there any more".to_owned())?;
        let items = |item: fn(&PortOffer) -> Option<String>| {
            offer.ports.iter().filter_map(|port| Some((asked(port.role), item(port)?))).collect()
        };
        let qualification = offer.qualification_id.clone().zip(offer.qualification_item.clone());
        Ok::<_, String>(OfferRef {
            quote: Some(ItemRefs::new(
                offer.quote_id.clone(),
                offer.quote_item.clone(),
                items(|port| Some(port.quote_item.clone())),
            )),
            qualification: qualification.map(|(id, connection)| {
                ItemRefs::new(id, connection, items(|port| port.qualification_item.clone()))
            }),
        })
    };
    let operation = match record.operation {
        OrderOperation::Add => Operation::Add { design: design()?, offer: offer()? },
        OrderOperation::Modify => {
            Operation::Modify { service: service()?, design: design()?, offer: offer()? }
        }
        OrderOperation::Disconnect => {
            let services = match &record.twin {
                Some(twin) => {
                    let product = twin.product.clone().ok_or("the second order has no service")?;
                    vec![ServiceId(product)]
                }
                None => to_end(facts)?,
            };
            Operation::Disconnect { services, requested_completion: requested }
        }
        OrderOperation::Adopt | OrderOperation::Cancel | OrderOperation::AnswerCharge => {
            return Err("taking over, cancelling an order and answering a charge are no orders".into());
        }
    };
    let mark = Mark::new(&spec.client_reference, sequence_of(record));
    Ok(Order { mark, project: Project(spec.project.clone()), operation })
}

/// The products to be ended: those that are not known to be gone, the connection first.
fn to_end(facts: &Facts) -> Result<Vec<ServiceId>, String> {
    let ids = facts.draft.products.iter().map(|product| ServiceId(product.id.clone()));
    let left: Vec<ServiceId> =
        ids.filter(|id| facts.services.get(id).is_none_or(|sight| !sight.is_gone())).collect();
    if left.is_empty() { Err("the segment has no service".into()) } else { Ok(left) }
}
