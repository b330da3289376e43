//! What should not be in the books. Pure: the audited orders and services in, findings out.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::{AuditedOrder, AuditedService, Misbilled, Orphan, Twin};
use crate::catalogue::PriceLine;
use crate::order::is_final;

/// The client's reference within a mark: the part before the last `/`, or all of a mark that has none.
pub(super) fn reference(mark: &str) -> &str {
    mark.rsplit_once('/').map_or(mark, |(reference, _)| reference)
}

/// An order that adds something is live until it is rejected, failed or cancelled, or everything it added is gone;
/// another one until it is done.
fn is_live(order: &AuditedOrder, services: &[AuditedService]) -> bool {
    if matches!(order.state.as_str(), "rejected" | "failed" | "cancelled") {
        return false;
    }
    let mut added = services.iter().filter(|service| service.order == order.id).peekable();
    match (adds(order), added.peek()) {
        (true, None) => true,
        (true, Some(_)) => added.any(|service| service.live),
        (false, _) => !is_final(&order.state),
    }
}

fn adds(order: &AuditedOrder) -> bool {
    order.items.iter().any(|item| item.action == "add")
}

/// Live orders that share a complete mark; and live orders that add something and share a reference under different
/// marks.
pub(super) fn twins(orders: &[AuditedOrder], services: &[AuditedService]) -> Vec<Twin> {
    let mut by_mark: BTreeMap<&str, Vec<&AuditedOrder>> = BTreeMap::new();
    let mut by_reference: BTreeMap<&str, Vec<&AuditedOrder>> = BTreeMap::new();
    for order in orders.iter().filter(|order| is_live(order, services)) {
        let Some(mark) = &order.external_id else { continue };
        by_mark.entry(mark).or_default().push(order);
        if adds(order) {
            by_reference.entry(reference(mark)).or_default().push(order);
        }
    }
    let marks = |orders: &[&AuditedOrder]| -> Vec<String> {
        orders.iter().filter_map(|order| order.external_id.clone()).collect()
    };
    by_mark.retain(|_, orders| orders.len() > 1);
    by_reference.retain(|_, orders| marks(orders).iter().collect::<BTreeSet<_>>().len() > 1);
    let twins = by_mark.into_iter().chain(by_reference).map(|(shared, orders)| {
        let added = services
            .iter()
            .filter(|service| service.live && orders.iter().any(|order| order.id == service.order));
        Twin {
            external_id: shared.to_owned(),
            marks: marks(&orders),
            services: added.map(|service| service.id.clone()).collect(),
            orders: orders.iter().map(|order| order.id.clone()).collect(),
        }
    });
    twins.collect()
}

/// Live services that nobody accounts for: their order came to nothing, they are UNIs that carry nothing, or neither
/// mark, reference nor project of their order is among the wanted.
pub(super) fn orphans(
    orders: &[AuditedOrder],
    services: &[AuditedService],
    wanted: Option<&BTreeSet<String>>,
) -> Vec<Orphan> {
    let mut orphans = Vec::new();
    for service in services.iter().filter(|service| service.live) {
        let order = orders.iter().find(|order| order.id == service.order);
        let nothing =
            order.is_none_or(|order| matches!(order.state.as_str(), "failed" | "cancelled" | "rejected"));
        let bare = service.unis.is_empty()
            && service.billing
            && !services.iter().any(|other| other.live && other.unis.contains(&service.id));
        let unwanted = wanted.is_some_and(|wanted| !is_wanted(order, wanted));
        let why = if nothing {
            "its order has come to nothing"
        } else if unwanted {
            "nobody wants it"
        } else if bare {
            "a UNI that carries no service"
        } else {
            continue;
        };
        orphans.push(Orphan { product: service.id.clone(), external_id: service.external_id.clone(), why });
    }
    orphans
}

fn is_wanted(order: Option<&AuditedOrder>, wanted: &BTreeSet<String>) -> bool {
    let Some(order) = order else { return false };
    let mark = order.external_id.as_deref();
    [mark, mark.map(reference), order.project_id.as_deref()]
        .into_iter()
        .flatten()
        .any(|name| wanted.contains(name))
}

/// Live services by the reference of their orders; those without a mark under the empty one.
pub(super) fn by_reference(services: &[AuditedService]) -> BTreeMap<String, Vec<String>> {
    let mut references: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for service in services.iter().filter(|service| service.live) {
        let name = service.external_id.as_deref().map(reference).unwrap_or_default();
        references.entry(name.to_owned()).or_default().push(service.id.clone());
    }
    references
}

/// What was agreed for a service and what is billed.
pub(super) struct Account {
    /// The prices of the order that settled it last, and those due once of every order before.
    pub(super) agreed: Vec<PriceLine>,
    /// Recurring prices that bill now; `None` while nothing does.
    pub(super) recurring: Option<Decimal>,
    /// Names and amounts that were billed once.
    pub(super) once: Vec<(String, Decimal)>,
}

impl Account {
    /// Where too little or too much is billed.
    pub(super) fn check(&self, service: &AuditedService) -> Vec<Misbilled> {
        let misbilled = |what: &str, agreed: Decimal, billed: Decimal| Misbilled {
            product: service.id.clone(),
            external_id: service.external_id.clone(),
            what: what.to_owned(),
            agreed,
            billed,
        };
        let mut found = Vec::new();
        if let Some(billed) = self.recurring {
            let agreed = self.agreed.iter().map(PriceLine::per_month).sum::<Decimal>().round_dp(2);
            found.push(misbilled("monthly", agreed, billed));
        }
        let due = self.agreed.iter().filter(|line| line.period.is_none());
        let names: BTreeSet<&str> = due.clone().map(|line| line.name.as_str()).collect();
        let billed = self.once.iter().map(|(name, _)| name.as_str()).filter(|name| *name != LEAVING);
        for name in names.into_iter().chain(billed).collect::<BTreeSet<_>>() {
            let agreed = due.clone().filter(|line| line.name == name).map(|line| line.amount).sum();
            let billed = self.once.iter().filter(|(known, _)| known == name).map(|(_, amount)| *amount).sum();
            found.push(misbilled(name, agreed, billed));
        }
        found.retain(|entry| entry.agreed != entry.billed);
        found
    }
}

/// The fee that no order agrees on: it follows from the term.
pub(super) const LEAVING: &str = "Early termination";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_what_comes_before_the_last_slash() {
        assert_eq!(["a/b/3", "a/3", "po 4711"].map(reference), ["a/b", "a", "po 4711"]);
    }
}
