//! The books as an auditor sees them: every order and service, what they cost, and what should not be. Reads the
//! truth, not what the inventory shows.

mod findings;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::catalogue::PriceLine;
use crate::inventory::ProductMemo;
use crate::lifecycle;
use crate::order::{ChargeMemo, OrderMemo};
use crate::service::{PortRef, Product};
use crate::store::{BillEntry, Books, Kind, Record, Stored};

/// Everything a test wants to know at the end.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Audit {
    /// The seller's clock.
    pub now: Timestamp,
    /// Every order ever taken, oldest first.
    pub orders: Vec<AuditedOrder>,
    /// Every product that an order added, whatever became of it; services of the scenario are not listed.
    pub services: Vec<AuditedService>,
    /// What is owed, per currency.
    pub money: BTreeMap<String, Owed>,
    /// Every amount due once, oldest first.
    pub bill: Vec<BillEntry>,
    /// Marks and client references under which more than one order is live: each something bought twice.
    pub twins: Vec<Twin>,
    /// Live products that nobody accounts for.
    pub orphans: Vec<Orphan>,
    /// Live products by the client reference of their orders.
    pub references: BTreeMap<String, Vec<String>>,
    /// What was delivered and is billed too little, or not at all.
    pub unpaid: Vec<Misbilled>,
    /// What is billed more than was agreed, or more often.
    pub overpaid: Vec<Misbilled>,
    /// Charges that nobody answered in time or has answered yet.
    pub unanswered_charges: Vec<String>,
    /// Calls since the start or the last reset.
    pub calls: Vec<Call>,
}

/// An order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditedOrder {
    /// Id.
    pub id: String,
    /// The buyer's mark.
    pub external_id: Option<String>,
    /// The buyer's project.
    pub project_id: Option<String>,
    /// State.
    pub state: String,
    /// When it was taken.
    pub order_date: String,
    /// Its items.
    pub items: Vec<AuditedItem>,
}

/// An item of an order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditedItem {
    /// Id.
    pub id: String,
    /// `add`, `modify` or `delete`.
    pub action: &'static str,
    /// State.
    pub state: String,
    /// The product, as soon as the seller knows it.
    pub product_id: Option<String>,
}

/// A product that an order added.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditedService {
    /// Product id.
    pub id: String,
    /// The order that added it.
    pub order: String,
    /// The mark of that order.
    pub external_id: Option<String>,
    /// Offering id.
    pub offering: Option<String>,
    /// Inventory status without lag.
    pub status: &'static str,
    /// It is, or is to become, a running service.
    pub live: bool,
    /// It is being billed.
    pub billing: bool,
    /// Recurring price per month, net.
    pub monthly: Decimal,
    /// Everything billed once for it, net.
    pub one_off: Decimal,
    /// UNIs it runs between; empty for a UNI.
    pub unis: Vec<String>,
    /// Committed bit/s.
    pub committed: u64,
    /// End of its term.
    pub term_end: Option<Timestamp>,
}

/// Money owed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Owed {
    /// Per month for what is billing now, net.
    pub monthly: Decimal,
    /// Once, since the first day, net.
    pub one_off: Decimal,
}

/// Live orders that should be one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Twin {
    /// What they share: the complete mark; or under different marks the client's reference, which is the part of the
    /// mark before its last `/`.
    pub external_id: String,
    /// The orders, oldest first.
    pub orders: Vec<String>,
    /// Their marks.
    pub marks: Vec<String>,
    /// Live products that they added.
    pub services: Vec<String>,
}

/// A live product that nobody accounts for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Orphan {
    /// Product id.
    pub product: String,
    /// The mark of its order.
    pub external_id: Option<String>,
    /// Why it is one.
    pub why: &'static str,
}

/// A bill that is not what was agreed: the quote's prices, or those of the list where nothing was quoted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Misbilled {
    /// Product id.
    pub product: String,
    /// The mark of the order that added it.
    pub external_id: Option<String>,
    /// `monthly`, or the name of what is due once.
    pub what: String,
    /// Net.
    pub agreed: Decimal,
    /// Net.
    pub billed: Decimal,
}

/// How often an operation was called with one outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// HTTP method.
    pub method: String,
    /// Path with its parameters as names.
    pub path: String,
    /// Status of the answer; 0 when the connection was cut instead.
    pub status: u16,
    /// How often.
    pub count: u64,
}

/// Reads the books.
pub(crate) fn audit(
    books: &Books<'_>,
    now: Timestamp,
    currency: &str,
    calls: Vec<Call>,
    wanted: Option<&BTreeSet<String>>,
) -> Stored<Audit> {
    let orders: Vec<Record<OrderMemo>> = books.all(Kind::Order)?;
    let products: Vec<Record<ProductMemo>> = books.all(Kind::Product)?;
    let charges: Vec<Record<ChargeMemo>> = books.all(Kind::Charge)?;
    let bill = books.billed()?;
    let services: Vec<AuditedService> =
        products.iter().filter_map(|product| service(product, &bill)).collect();
    let mut money = BTreeMap::from([(currency.to_owned(), Owed::default())]);
    for entry in &bill {
        money.entry(entry.currency.clone()).or_default().one_off += entry.amount;
    }
    let monthly = services.iter().filter(|service| service.billing).map(|service| service.monthly).sum();
    money.entry(currency.to_owned()).or_default().monthly = monthly;
    let unanswered = charges.iter().filter(|charge| {
        let state = lifecycle::state(&charge.wire);
        state == "awaitingResponse" || state == "timeout"
    });
    let audited: Vec<AuditedOrder> = orders.iter().map(order).collect();
    let (unpaid, overpaid) = misbilled(&orders, &services, &bill);
    Ok(Audit {
        now,
        twins: findings::twins(&audited, &services),
        orphans: findings::orphans(&audited, &services, wanted),
        references: findings::by_reference(&services),
        unpaid,
        overpaid,
        orders: audited,
        services,
        money,
        unanswered_charges: unanswered.map(|charge| charge.id.clone()).collect(),
        bill,
        calls,
    })
}

fn order(record: &Record<OrderMemo>) -> AuditedOrder {
    let items = record.memo.asks.iter().enumerate().map(|(n, (id, ask))| AuditedItem {
        id: id.clone(),
        action: ask.action().name(),
        state: lifecycle::state(&record.wire["productOrderItem"][n]).to_owned(),
        product_id: record.memo.plans.get(id).map(|plan| plan.product.clone()),
    });
    AuditedOrder {
        id: record.id.clone(),
        external_id: record.memo.marks.external_id.clone(),
        project_id: record.memo.marks.project_id.clone(),
        state: lifecycle::state(&record.wire).to_owned(),
        order_date: record.wire["orderDate"].as_str().unwrap_or_default().to_owned(),
        items: items.collect(),
    }
}

fn service(record: &Record<ProductMemo>, bill: &[BillEntry]) -> Option<AuditedService> {
    let memo = &record.memo;
    let origin = memo.origin.as_ref()?;
    let once = bill.iter().filter(|entry| entry.subject == record.id).map(|entry| entry.amount).sum();
    let (unis, committed) = match &memo.product {
        Product::Port(_) => (Vec::new(), 0),
        Product::Line(line) => {
            let unis = line.ends.iter().filter_map(|end| match &end.at {
                PortRef::Product(id) => Some(id.clone()),
                PortRef::Item(_) => None,
            });
            (unis.collect(), line.committed_total())
        }
    };
    Some(AuditedService {
        id: record.id.clone(),
        order: origin.order.clone(),
        external_id: origin.external_id.clone(),
        offering: memo.offering.clone(),
        status: memo.status.name(),
        live: memo.status.is_live(),
        billing: memo.status.bills(),
        monthly: memo.prices.iter().map(PriceLine::per_month).sum::<Decimal>().round_dp(2),
        one_off: once,
        unis,
        committed,
        term_end: memo.term.map(|term| term.end),
    })
}

/// What is billed too little, and what too much.
fn misbilled(
    orders: &[Record<OrderMemo>],
    services: &[AuditedService],
    bill: &[BillEntry],
) -> (Vec<Misbilled>, Vec<Misbilled>) {
    let mut found = Vec::new();
    for service in services {
        let once = bill.iter().filter(|entry| entry.subject == service.id);
        let account = findings::Account {
            agreed: agreed(orders, &service.id),
            recurring: service.billing.then_some(service.monthly),
            once: once.map(|entry| (entry.reason.clone(), entry.amount)).collect(),
        };
        found.extend(account.check(service));
    }
    found.into_iter().partition(|entry| entry.billed < entry.agreed)
}

/// What completed orders agreed on for a product: the recurring prices of the last that has any, and everything due
/// once.
fn agreed(orders: &[Record<OrderMemo>], product: &str) -> Vec<PriceLine> {
    let mut recurring = Vec::new();
    let mut once = Vec::new();
    for order in orders {
        for (n, (item, _)) in order.memo.asks.iter().enumerate() {
            let completed = lifecycle::state(&order.wire["productOrderItem"][n]) == "completed";
            let plan = order.memo.plans.get(item).filter(|plan| completed && plan.product == product);
            let Some(plan) = plan else { continue };
            let (due_once, due_again): (Vec<_>, Vec<_>) =
                plan.prices.iter().cloned().partition(|line| line.period.is_none());
            once.extend(due_once);
            if !due_again.is_empty() {
                recurring = due_again;
            }
        }
    }
    recurring.into_iter().chain(once).collect()
}
