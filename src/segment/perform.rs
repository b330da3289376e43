//! Carries one step out: exactly one effect outside, and what came of it.

use std::sync::Arc;

use kube::ResourceExt;

use super::facts::{Facts, Search, Seen, Sight};
use super::{Context, Error, Memory, Step, decide, purchase, record};
use crate::api::{
    ConnectivitySegment, DecisionRef, Desired, LastOrder, OrderRecord, OrderRecordState, OrderRefusal,
    by_provider,
};
use crate::cluster::Concern;
use crate::model::{Failure, FailureClass, OrderState, OrderView, ServiceState, Task};
use crate::provider::{Fence, Handle, Observation, Progress, Provider, Result as Answer};

mod existing;
mod held;

use held::still_held;

/// What came of a step.
pub enum Outcome {
    /// Something was learnt: decide again.
    Seen(Box<Seen>),
    /// Something was written or sent: decide again.
    Done,
    /// Nothing more to do with the object.
    Removed,
}

/// What is written of the record of orders, and nothing else.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct OrdersOnly {
    orders: Vec<OrderRecord>,
    last_order: LastOrder,
}

/// Carries a step out. A rest is none.
pub async fn perform(
    step: Step,
    facts: &mut Facts,
    memory: &mut Memory,
    port: Option<&dyn Provider>,
    context: &Context,
) -> Result<Outcome, Error> {
    let seller = || port.ok_or(Error::NoSeller);
    let wish = facts.wish.clone().map_err(Error::Refused);
    let seen = match step {
        Step::Qualify(change) => {
            memory.asked = context.clock.instant();
            seller()?.qualify(&wish?.design, &change).await.map(Seen::Qualification)
        }
        Step::Quote(change, offer) => seller()?.quote(&wish?.design, &change, &offer).await.map(Seen::Quote),
        Step::ObserveQualification(id) => observe(seller()?, Handle::Qualification(id)).await,
        Step::ObserveQuote(id) => observe(seller()?, Handle::Quote(id)).await,
        Step::ObserveCancellation(id) => {
            seller()?.cancellation(&id).await.map(|found| Seen::Cancellation(found.is_some()))
        }
        Step::ObserveQuoteOrdered(id) => observe(seller()?, Handle::Quote(id)).await.map(|seen| {
            Seen::QuoteOrdered(matches!(seen, Seen::Quote(Progress::Ready(quote)) if quote.accepted))
        }),
        Step::ObserveCharges(id) => seller()?.charges(&id).await.map(|charges| Seen::Charges(id, charges)),
        Step::ObserveCharge(id) => match seller()?.charge(&id).await {
            Err(failure) if failure.class == FailureClass::NotFound => Ok(Seen::Charge(Sight::Missing)),
            seen => seen.map(|charge| Seen::Charge(Sight::There(charge))),
        },
        Step::ObserveOrder(id) => observe(seller()?, Handle::Order(id)).await,
        Step::ObserveService(id) => {
            let own = facts.service_id().as_ref() == Some(&id);
            if purchase::nothing_is_ours(facts) {
                facts.owner = existing::owner(facts, &id, context);
            }
            let seen = observe(seller()?, Handle::Service(id)).await;
            if seen.is_ok() && own {
                memory.observed = context.clock.instant();
            }
            seen
        }
        Step::FindExisting => {
            let found = existing::find(facts, seller()?).await;
            if let Ok(found) = &found {
                memory.observed = context.clock.instant();
                let found = decide::existing::between(facts, found);
                facts.owner = found.first().and_then(|view| existing::owner(facts, &view.id, context));
            }
            found.map(Seen::Existing)
        }
        Step::Adopt(record) => return existing::adopt(facts, *record, seller()?, context).await,
        Step::ObservePort(id) => seller()?.carried(&id).await.map(|found| Seen::Carried(id, found)),
        Step::Search => search(facts, seller()?, context).await.map(Seen::Search),
        Step::Trip(trip) => return held::first_contact(facts, trip, context).await,
        Step::Reserve(record) => return reserve(facts, memory, *record, context).await,
        Step::Place(order) => {
            let Some((sequence, at)) = memory.reserved else { return Ok(Outcome::Done) };
            tracing::info!(mark = %order.mark, "placing an order");
            let placement = seller()?.place(&order, Fence(at + context.windows.purchase)).await;
            tracing::info!(mark = %order.mark, ?placement, "the seller answered an order");
            memory.answered = Some((sequence, placement));
            return Ok(Outcome::Done);
        }
        Step::Cancel(order) => {
            let Some((sequence, at)) = memory.reserved else { return Ok(Outcome::Done) };
            let placement = seller()?.cancel(&order, Fence(at + context.windows.purchase)).await;
            tracing::info!(%order, ?placement, "the seller answered a cancellation");
            memory.answered = Some((sequence, placement));
            return Ok(Outcome::Done);
        }
        Step::AnswerCharge(charge, items) => {
            let Some((sequence, at)) = memory.reserved else { return Ok(Outcome::Done) };
            let fence = Fence(at + context.windows.purchase);
            let placement = seller()?.answer_charge(&charge, &items, fence).await;
            tracing::info!(%charge, ?placement, "an answer to a charge was sent");
            memory.answered = Some((sequence, placement));
            return Ok(Outcome::Done);
        }
        Step::Record(records) => {
            write_orders(facts, &records, context).await?;
            memory.answered = None;
            for record in &records {
                tell(facts, record, context).await;
            }
            record::recorded(facts, &records);
            return Ok(Outcome::Done);
        }
        Step::Conclude(closed, rest) => {
            record::concluded(facts, closed.operation);
            super::publish(facts, &rest, context).await?;
            write_orders(facts, &[*closed], context).await?;
            return Ok(Outcome::Done);
        }
        Step::RemoveFinalizer => {
            let account = context.accounts.of(&facts.segment.spec.provider.name);
            account.lock().await.remember(facts.orders(), facts.now);
            context.writer.remove_finalizer(facts.segment.as_ref()).await?;
            context.segments.removed(&facts.segment);
            return Ok(Outcome::Removed);
        }
        Step::Rest(_) => return Ok(Outcome::Done),
    };
    // A look that did not get to its end was none.
    if seen.is_err() {
        let due = context.clock.instant().checked_sub(context.windows.observe);
        memory.observed = due.map_or(memory.observed, |due| due.min(memory.observed));
    }
    Ok(Outcome::Seen(Box::new(seen.unwrap_or_else(Seen::Failed))))
}

/// Tells people what became of an order.
async fn tell(facts: &Facts, record: &OrderRecord, context: &Context) {
    let words = record.outcome.as_deref().unwrap_or_default();
    let id = record.order_id.as_deref().unwrap_or("without an id");
    let (warning, reason, note) = match (record.state, record.refusal) {
        (OrderRecordState::Settled, None) => {
            let Some(charge) = &record.charge_id else { return };
            (false, "ChargeAnswered", format!("charge {charge} on order {id}: {words}"))
        }
        (OrderRecordState::Placed, _) => {
            (false, "OrderPlaced", format!("{:?} order {id}, mark {}", record.operation, record.mark))
        }
        (OrderRecordState::Unknown, _) => {
            (true, "OrderOutcomeUnknown", format!("order with mark {}", record.mark))
        }
        (_, Some(OrderRefusal::Final)) => {
            (true, "OrderRefused", format!("{:?} order {id}: {words}", record.operation))
        }
        (_, Some(OrderRefusal::MayPass | OrderRefusal::NotFound | OrderRefusal::RuledOut) | None) => return,
    };
    context.writer.event(facts.segment.as_ref(), warning, reason, "Purchase", &note).await;
}

/// Writes the record of an order: once it is entered in every ledger, and after one more look at whether purchases are held, and
/// whether there are too many of its kind. One order of an account at a time, so that two do not both find room for one.
async fn reserve(
    facts: &mut Facts,
    memory: &mut Memory,
    record: OrderRecord,
    context: &Context,
) -> Result<Outcome, Error> {
    let offer = facts.draft.offer.as_ref();
    if let Some(objection) = context.desk.enter(&facts.segment, offer, &record).await? {
        return Ok(Outcome::Seen(Box::new(Seen::NoRoom(objection))));
    }
    let account = context.accounts.of(&facts.segment.spec.provider.name);
    let ordered = account.lock().await;
    if let Some(seen) = still_held(facts, &record, &ordered, context).await? {
        return Ok(Outcome::Seen(Box::new(seen)));
    }
    let sequence = u32::try_from(record.sequence).unwrap_or(u32::MAX);
    let decision = record.decision.clone();
    let note = match &record.charge_id {
        Some(charge) => format!("the answer to charge {charge}"),
        None => format!("{:?} order with mark {}", record.operation, record.mark),
    };
    // The window is over soon enough for everybody who may see the record, however late we get to know that it is written.
    let at = context.clock.instant();
    write_orders(facts, &[record], context).await?;
    drop(ordered);
    memory.reserved = Some((sequence, at));
    memory.answered = None;
    if let Some(DecisionRef { namespace, name, .. }) = decision {
        let note = format!("{note} rests on decision {namespace}/{name}");
        context.writer.event(facts.segment.as_ref(), false, "DecisionUsed", "Purchase", &note).await;
    }
    Ok(Outcome::Done)
}

async fn write_orders(facts: &mut Facts, changed: &[OrderRecord], context: &Context) -> Result<(), Error> {
    let (orders, last_order) = purchase::merged(facts, changed);
    let body = OrdersOnly { orders, last_order };
    let written: ConnectivitySegment =
        context.writer.apply_status(facts.segment.as_ref(), Concern::Orders, &body).await?;
    facts.segment = context.segments.wrote(written);
    Ok(())
}

async fn observe(port: &dyn Provider, handle: Handle) -> Answer<Seen> {
    let seen = port.observe(std::slice::from_ref(&handle)).await?.into_iter().next();
    Ok(match (seen, handle) {
        (Some(Observation::Qualification(progress)), _) => Seen::Qualification(progress),
        (Some(Observation::Quote(progress)), _) => Seen::Quote(progress),
        (Some(Observation::Order(view)), Handle::Order(id)) => Seen::Order(id, Sight::There(view)),
        (Some(Observation::Service(view)), Handle::Service(id)) => Seen::Service(id, Sight::There(view)),
        (Some(Observation::Missing), Handle::Order(id)) => Seen::Order(id, Sight::Missing),
        (Some(Observation::Missing), Handle::Service(id)) => Seen::Service(id, Sight::Missing),
        (Some(Observation::Missing), Handle::Qualification(_) | Handle::Quote(_)) => Seen::OfferLost,
        (Some(Observation::Order(_) | Observation::Service(_)) | None, handle) => {
            return Err(Failure::new(
                FailureClass::Unreadable,
                format!("the adapter did not observe {handle:?}"),
            ));
        }
    })
}

/// Searches for orders of the project, and tells ours from those of others.
async fn search(facts: &Facts, port: &dyn Provider, context: &Context) -> Answer<Search> {
    let spec = &facts.segment.spec;
    let project = crate::model::Project(spec.project.clone());
    let mut search = Search {
        own: Vec::new(),
        ended: Vec::new(),
        foreign: Vec::new(),
        strangers: Vec::new(),
        leaving: None,
    };
    let at_account = context.segments.indexed(&by_provider(&spec.provider.name));
    let has_record = |segment: &Arc<ConnectivitySegment>| {
        segment.status.as_ref().is_some_and(|status| status.last_order.is_some())
    };
    let first_contact = !at_account.iter().any(has_record);
    for view in port.find(&project).await? {
        let reference = view.mark.as_ref().map(|mark| mark.reference().to_owned()).unwrap_or_default();
        if reference == spec.client_reference {
            let stands = purchase::standing(facts.orders()) == Some(view.id.0.as_str());
            if view.task == Task::Add && !stands && !is_live(&view, port).await? {
                search.ended.push(view.id.clone());
            }
            search.own.push(view);
            continue;
        }
        if existing::took_over(&facts.segment, &view) {
            continue;
        }
        let owner = context.segments.get(&reference).or_else(|| {
            let at_provider = context.segments.indexed(&by_provider(&spec.provider.name));
            at_provider.into_iter().find(|other| existing::took_over(other, &view))
        });
        match owner {
            Some(other) if other.spec.intent_ref.uid == spec.intent_ref.uid => {}
            Some(other) if other.spec.desired == Desired::Absent => search.leaving = Some(other.name_any()),
            other => {
                if is_live(&view, port).await? {
                    if first_contact && other.is_none() {
                        search.strangers.push(view.id.clone());
                    }
                    search.foreign.push(view);
                }
            }
        }
    }
    Ok(search)
}

/// Whether an order brought, or may bring, a service that is not gone.
async fn is_live(view: &OrderView, port: &dyn Provider) -> Answer<bool> {
    if view.task != Task::Add || view.state.is_dead() {
        return Ok(false);
    }
    let ended = matches!(view.state, OrderState::Completed | OrderState::Partial);
    if !ended || view.services.is_empty() {
        return Ok(true);
    }
    let handles: Vec<Handle> = view.services.iter().map(|(_, id)| Handle::Service(id.clone())).collect();
    Ok(port.observe(&handles).await?.iter().any(|seen| match seen {
        Observation::Service(service) => service.state != ServiceState::Gone,
        Observation::Missing => false,
        Observation::Qualification(_) | Observation::Quote(_) | Observation::Order(_) => true,
    }))
}
