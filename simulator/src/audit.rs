//! The books as an auditor sees them: every order and service, what they cost, and what should not be. Reads the
//! truth, not what the inventory shows.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::inventory::{ProductMemo, Status};
use crate::lifecycle;
use crate::order::{ChargeMemo, OrderMemo};
use crate::scenario::ItemAction;
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
    /// Marks under which more than one order added something that is live: each a service bought twice.
    pub twins: Vec<Twin>,
    /// Live products that no order accounts for any more.
    pub orphans: Vec<Orphan>,
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

/// A mark under which more than one service runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Twin {
    /// The mark.
    pub external_id: String,
    /// The orders.
    pub orders: Vec<String>,
}

/// A live product that nobody accounts for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Orphan {
    /// Product id.
    pub product: String,
    /// Why it is one.
    pub why: &'static str,
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
pub(crate) fn audit(books: &Books<'_>, now: Timestamp, currency: &str, calls: Vec<Call>) -> Stored<Audit> {
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
    Ok(Audit {
        now,
        twins: twins(&orders, &services),
        orphans: orphans(&orders, &services),
        orders: orders.iter().map(order).collect(),
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
        billing: matches!(memo.status, Status::Active | Status::PendingChange | Status::PendingTerminate),
        monthly: memo.prices.iter().map(crate::catalogue::PriceLine::per_month).sum::<Decimal>().round_dp(2),
        one_off: once,
        unis,
        committed,
        term_end: memo.term.map(|term| term.end),
    })
}

/// An add order is live until it is rejected, failed or cancelled, or everything it added is gone.
fn is_live(order: &Record<OrderMemo>, services: &[AuditedService]) -> bool {
    if !order.memo.asks.iter().any(|(_, ask)| ask.action() == ItemAction::Add) {
        return false;
    }
    match lifecycle::state(&order.wire) {
        "rejected" | "failed" | "cancelled" => false,
        _ if order.memo.plans.is_empty() => true,
        _ => services.iter().any(|service| service.order == order.id && service.live),
    }
}

fn twins(orders: &[Record<OrderMemo>], services: &[AuditedService]) -> Vec<Twin> {
    let mut by_mark: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for order in orders {
        if let Some(mark) = &order.memo.marks.external_id
            && is_live(order, services)
        {
            by_mark.entry(mark).or_default().push(order.id.clone());
        }
    }
    let twins = by_mark.into_iter().filter(|(_, orders)| orders.len() > 1);
    twins.map(|(mark, orders)| Twin { external_id: mark.to_owned(), orders }).collect()
}

fn orphans(orders: &[Record<OrderMemo>], services: &[AuditedService]) -> Vec<Orphan> {
    let mut orphans = Vec::new();
    for service in services.iter().filter(|service| service.live) {
        let order = orders.iter().find(|order| order.id == service.order);
        let state = order.map(|order| lifecycle::state(&order.wire).to_owned());
        if matches!(state.as_deref(), None | Some("failed" | "cancelled" | "rejected")) {
            orphans.push(Orphan { product: service.id.clone(), why: "its order has come to nothing" });
        } else if service.unis.is_empty()
            && service.billing
            && !services.iter().any(|other| other.live && other.unis.contains(&service.id))
        {
            orphans.push(Orphan { product: service.id.clone(), why: "a UNI that carries no service" });
        }
    }
    orphans
}
