//! The record of orders itself: which is open, which brought the service, what is kept and what is dropped.

use sha2::{Digest, Sha256};

use super::adopt;
use crate::api::{
    BandwidthText, ChargePrice, LastOrder, OrderOperation, OrderRecord, OrderRecordState as State,
    OrderRefusal, SegmentDesign,
};
use crate::model::{Bandwidth, Failure, OrderId, ServiceView};
use crate::segment::facts::Facts;

/// Most records kept; the oldest closed ones go.
pub const MOST_RECORDS: usize = 32;

/// Stands for the fingerprint of an order that was found at the seller: nobody remembers what it asked for.
pub const FOUND: &str = "found-at-seller";

pub const fn is_open(record: &OrderRecord) -> bool {
    match record.state {
        State::Intending | State::Placed | State::Unknown => true,
        State::Refused | State::Settled => false,
    }
}

/// The operation that is open, if any. There is never more than one, but for orders that were found at the seller, and for what is
/// said about an order under way, its cancellation or the answer to a charge: that comes first.
#[must_use]
pub fn open(orders: &[OrderRecord]) -> Option<&OrderRecord> {
    let about_another = |record: &&OrderRecord| {
        is_open(record) && matches!(record.operation, OrderOperation::Cancel | OrderOperation::AnswerCharge)
    };
    orders.iter().find(about_another).or_else(|| orders.iter().find(|record| is_open(record)))
}

/// Whether no operation could ever have bought anything, so that the object may just go.
#[must_use]
pub fn nothing_bought(facts: &Facts) -> bool {
    (facts.draft.products.is_empty() || adopt::watches(facts))
        && open(facts.orders()).is_none()
        && bought(facts.orders()).is_none()
        && !adopt::record_is_lost(facts)
}

fn succeeded(record: &&OrderRecord) -> bool {
    record.state == State::Settled && record.refusal.is_none() && record.twin.is_none()
}

/// The record of the operation that brought the service that is there, or took it over, if there is one.
pub fn bought(orders: &[OrderRecord]) -> Option<&OrderRecord> {
    let last = orders.iter().rev().filter(succeeded).find(|record| match record.operation {
        OrderOperation::Add | OrderOperation::Adopt | OrderOperation::Disconnect => true,
        OrderOperation::Modify | OrderOperation::Cancel | OrderOperation::AnswerCharge => false,
    })?;
    (last.operation != OrderOperation::Disconnect).then_some(last)
}

/// The record of the purchase that is open, or that brought what is there.
#[must_use]
pub fn purchase(orders: &[OrderRecord]) -> Option<&OrderRecord> {
    let adding = |record: &&OrderRecord| is_open(record) && record.operation == OrderOperation::Add;
    orders.iter().find(adding).or_else(|| bought(orders))
}

/// The order that the service rests on, or will: the one purchase that is open, or that brought what is there.
#[must_use]
pub fn standing(orders: &[OrderRecord]) -> Option<&str> {
    let adding = |record: &&OrderRecord| is_open(record) && record.operation == OrderOperation::Add;
    orders.iter().filter(adding).chain(bought(orders)).find_map(|record| record.order_id.as_deref())
}

/// Whether an order was given up that may take effect after all, if the seller breaks what is assumed of it.
#[must_use]
pub fn gave_up(orders: &[OrderRecord]) -> bool {
    orders
        .iter()
        .any(|record| matches!(record.refusal, Some(OrderRefusal::NotFound | OrderRefusal::RuledOut)))
}

/// What was agreed to by accepting charges that were raised on an order.
pub fn accepted<'a>(orders: &'a [OrderRecord], order: &str) -> impl Iterator<Item = &'a ChargePrice> {
    accepting(orders, order).filter_map(|record| record.accepts.as_ref())
}

/// The records of these answers.
pub fn accepting<'a>(orders: &'a [OrderRecord], order: &str) -> impl Iterator<Item = &'a OrderRecord> {
    orders
        .iter()
        .filter(succeeded)
        .filter(move |record| record.accepts.is_some() && record.order_id.as_deref() == Some(order))
}

/// The record of the operation that gave the service its present shape, once that operation is done.
fn shaped(orders: &[OrderRecord]) -> Option<&OrderRecord> {
    let bought = bought(orders)?;
    let change =
        orders.iter().rev().filter(succeeded).find(|record| record.operation == OrderOperation::Modify);
    change.filter(|change| change.sequence > bought.sequence).or(Some(bought))
}

/// The record of the operation that gives, or gave, the service the shape that inventory shows it in.
#[must_use]
pub fn shapes(orders: &[OrderRecord]) -> Option<&OrderRecord> {
    open(orders)
        .filter(|record| matches!(record.operation, OrderOperation::Add | OrderOperation::Modify))
        .or_else(|| shaped(orders))
}

/// Whether the service runs as it was when it was taken over: nothing was ordered since.
#[must_use]
pub fn as_taken_over(orders: &[OrderRecord]) -> bool {
    shaped(orders).is_some_and(|record| record.operation == OrderOperation::Adopt)
}

/// Whether the design that is wanted is the one that runs, though it may bear another number: set back, or never ordered.
#[must_use]
pub fn runs(facts: &Facts) -> bool {
    let design = fingerprint(&facts.segment.spec.design);
    open(facts.orders()).is_none() && shaped(facts.orders()).is_some_and(|record| record.digest == design)
}

/// The design with the shape that inventory shows. What it does not show is taken to be as designed.
pub fn runs_as(design: &SegmentDesign, view: &ServiceView) -> SegmentDesign {
    let mut runs = design.clone();
    if let Some(rates) = &view.rates {
        let text = |rate: Bandwidth| BandwidthText(rate.to_string());
        runs.committed = text(rates.a_to_z.committed());
        runs.peak = text(rates.a_to_z.peak());
        runs.reverse_committed = text(rates.z_to_a.committed());
        runs.reverse_peak = text(rates.z_to_a.peak());
    }
    if let Some(class) = &view.class_of_service {
        runs.class_of_service.clone_from(class);
    }
    runs
}

/// Fingerprint of a design. Dates and names on paper are no part of what runs.
pub fn fingerprint(design: &SegmentDesign) -> String {
    let design = SegmentDesign { ready_by: None, purchase_order: None, end_customer: None, ..design.clone() };
    let text = serde_json::to_string(&design).unwrap_or_default();
    Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The list of records after some of them changed or were added, oldest first, and the highest sequence ever used.
///
/// Nothing open is dropped, and neither is what explains the service that is there or was agreed to of an order under way.
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
    let kept = [bought(&orders), shaped(&orders)].map(|record| record.map(|record| record.sequence));
    let under_way: Vec<String> =
        orders.iter().filter(|record| is_open(record)).filter_map(|record| record.order_id.clone()).collect();
    let agreed: Vec<i64> =
        under_way.iter().flat_map(|order| accepting(&orders, order)).map(|record| record.sequence).collect();
    let may_go = |record: &OrderRecord| {
        !is_open(record) && !kept.contains(&Some(record.sequence)) && !agreed.contains(&record.sequence)
    };
    while orders.len() > MOST_RECORDS
        && let Some(oldest) = orders.iter().position(may_go)
    {
        orders.remove(oldest);
    }
    let highest = orders.iter().map(|record| record.sequence).max().unwrap_or(0).max(last_sequence(facts));
    (orders, LastOrder { sequence: highest })
}

/// The highest sequence ever used, as far as is known here.
pub fn last_sequence(facts: &Facts) -> i64 {
    let last = facts.segment.status.as_ref().and_then(|status| status.last_order).map(|last| last.sequence);
    facts.orders().iter().map(|record| record.sequence).chain(last).max().unwrap_or(0)
}

/// The record, closed by the seller's refusal.
pub fn refused(record: &OrderRecord, failure: &Failure) -> OrderRecord {
    let refusal = if failure.may_pass() { OrderRefusal::MayPass } else { OrderRefusal::Final };
    closed(record, State::Refused, Some(refusal), &failure.to_string())
}

pub fn sequence_of(record: &OrderRecord) -> u32 {
    u32::try_from(record.sequence).unwrap_or(u32::MAX)
}

pub fn with_id(record: &OrderRecord, id: &OrderId) -> OrderRecord {
    OrderRecord { state: State::Placed, order_id: Some(id.0.clone()), ..record.clone() }
}

pub fn closed(
    record: &OrderRecord,
    state: State,
    refusal: Option<OrderRefusal>,
    outcome: &str,
) -> OrderRecord {
    let outcome = Some(outcome.chars().take(1_000).collect());
    OrderRecord { state, refusal, outcome, ..record.clone() }
}
