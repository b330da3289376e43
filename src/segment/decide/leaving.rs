//! A service that nobody wants any more: all of its products are ended, or nothing is.

use super::{Rest, Step, Waiting, unavailable};
use crate::api::{Party, ProductRole};
use crate::segment::facts::Facts;
use crate::segment::purchase;

/// The service is unwanted: see that it is gone, or order its end.
pub fn leave(facts: &Facts) -> Step {
    if facts.draft.products.is_empty() && facts.service_id().is_none() {
        return gone(facts);
    }
    if let Err(why) = &facts.seller {
        return Step::Rest(unavailable(why.reason, why.party, &why.message));
    }
    if let Some(id) = facts.unseen() {
        return Step::ObserveService(id);
    }
    if facts.sights().all(|(_, _, sight)| sight.is_gone()) {
        return gone(facts);
    }
    if let Some(refused) = purchase::refused(facts, purchase::Task::Disconnect) {
        return Step::Rest(Rest::Waiting(refused));
    }
    port_in_use(facts).unwrap_or_else(|| purchase::start(facts, purchase::Task::Disconnect))
}

/// A port of the service that carries something of others is nobody's to end: with it would go what they use. Then nothing is
/// ended, for an end is one order for all products.
fn port_in_use(facts: &Facts) -> Option<Step> {
    let ours: Vec<&str> = facts.draft.products.iter().map(|product| product.id.as_str()).collect();
    let ports = facts.sights().filter(|(role, _, sight)| *role != ProductRole::Evc && !sight.is_gone());
    for (_, port, _) in ports {
        let Some(carried) = facts.carried.get(&port) else { return Some(Step::ObservePort(port)) };
        let others: Vec<&str> =
            carried.iter().map(|id| id.0.as_str()).filter(|id| !ours.contains(id)).collect();
        if !others.is_empty() {
            let what = format!(
                "port {port} belongs to this service and carries others that it did not order: {}; nothing is ended \
                 until they are moved or ended",
                others.join(", ")
            );
            return Some(Step::Rest(Rest::Waiting(Waiting {
                reason: "PortInUse",
                party: Party::Platform,
                what,
                until: None,
            })));
        }
    }
    None
}

fn gone(facts: &Facts) -> Step {
    if facts.deleting() { purchase::release(facts) } else { Step::Rest(Rest::Gone) }
}
