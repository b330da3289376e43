//! The products that make up a service: the connection, and the ports that were ordered with it.

use crate::api::{BillingKind, ProductRole, ProductStatus, SegmentOffer};
use crate::model::{Amount, Billing, OrderState, OrderView, Role, ServiceId, ServiceView};
use crate::segment::facts::{Facts, Sight};
use crate::segment::purchase;

/// A part of a connection, as the status names it.
#[must_use]
pub const fn shown(role: Role) -> ProductRole {
    match role {
        Role::Evc => ProductRole::Evc,
        Role::UniA => ProductRole::UniA,
        Role::UniZ => ProductRole::UniZ,
    }
}

/// A part of a connection, as sellers are asked for it.
#[must_use]
pub const fn asked(role: ProductRole) -> Role {
    match role {
        ProductRole::Evc => Role::Evc,
        ProductRole::UniA => Role::UniA,
        ProductRole::UniZ => Role::UniZ,
    }
}

/// Takes in which products an order brings. What it does not name (yet, or any more) stays, unless another order brought it.
pub fn named(facts: &mut Facts, view: &OrderView) {
    let mut products: Vec<ProductStatus> = Vec::new();
    for (role, id) in &view.services {
        let role = shown(*role);
        if products.iter().all(|product| product.role != role) {
            let known = facts.draft.products.iter().find(|known| known.role == role && known.id == id.0);
            products.push(known.cloned().unwrap_or_else(|| ProductStatus {
                role,
                id: id.0.clone(),
                state: if view.state == OrderState::Completed {
                    "active".into()
                } else {
                    "pendingActive".into()
                },
                billing: BillingKind::Unknown,
                monthly: None,
            }));
        }
    }
    let replaced = |known: &ProductStatus| {
        products.iter().any(|product| product.role == known.role && product.id != known.id)
    };
    if !facts.draft.products.iter().any(replaced) {
        let named: Vec<ProductRole> = products.iter().map(|product| product.role).collect();
        products.extend(facts.draft.products.iter().filter(|known| !named.contains(&known.role)).cloned());
    }
    products.sort_by_key(|product| product.role);
    if products != facts.draft.products {
        facts.services.clear();
        facts.draft.products = products;
    }
    let quote = purchase::purchase(facts.orders()).and_then(|record| record.quote_id.clone());
    let offer = facts.draft.offer.clone().filter(|offer| quote.as_ref() == Some(&offer.quote_id));
    if let Some(offer) = offer.filter(|offer| !offer.ports.is_empty()) {
        priced(facts, &offer);
    }
}

/// What each product costs, by the offer that was ordered.
fn priced(facts: &mut Facts, offer: &SegmentOffer) {
    for product in &mut facts.draft.products {
        if let Some(port) = offer.ports.iter().find(|port| port.role == product.role) {
            product.monthly = Some(port.monthly.clone());
        }
    }
    let ports = offer.ports.iter().map(|port| port.monthly.as_str());
    let connection = rest(&offer.monthly, ports);
    set_connection(facts, connection);
}

/// What the connection costs after a change of it, by the offer that was ordered for the whole service.
pub fn repriced(facts: &mut Facts) {
    let quote = purchase::shapes(facts.orders()).and_then(|record| record.quote_id.clone());
    let made = facts.draft.offer.as_ref().filter(|offer| quote.as_ref() == Some(&offer.quote_id));
    let ports = facts.draft.products.iter().filter(|product| product.role != ProductRole::Evc);
    let ports: Option<Vec<&str>> = ports.map(|port| port.monthly.as_deref()).collect();
    if let (Some(made), Some(ports)) = (made, ports.filter(|ports| !ports.is_empty())) {
        let connection = rest(&made.monthly, ports);
        set_connection(facts, connection);
    }
}

fn set_connection(facts: &mut Facts, monthly: Option<Amount>) {
    if let Some(connection) = facts.draft.products.iter_mut().find(|product| product.role == ProductRole::Evc)
    {
        connection.monthly = monthly.map(|amount| amount.to_string());
    }
}

/// What is left of a sum without these parts of it.
fn rest<'a>(whole: &str, parts: impl IntoIterator<Item = &'a str>) -> Option<Amount> {
    let mut rest = whole.parse::<Amount>().ok()?.decimal();
    for part in parts {
        rest = rest.checked_sub(part.parse::<Amount>().ok()?.decimal())?;
    }
    Some(Amount::new(rest))
}

/// A product that was looked at.
pub fn told(role: ProductRole, id: &ServiceId, sight: &Sight<ServiceView>) -> ProductStatus {
    let billing = match sight {
        Sight::There(view) => view.billing(),
        Sight::Missing => Billing::Unknown,
    };
    ProductStatus {
        role,
        id: id.0.clone(),
        state: sight.word().chars().take(64).collect(),
        billing: match billing {
            Billing::Active => BillingKind::Active,
            Billing::Inactive => BillingKind::Inactive,
            Billing::Unknown => BillingKind::Unknown,
        },
        monthly: None,
    }
}

/// Takes in the state that a product of the service was seen in. What was taken over is named by that.
pub fn seen(facts: &mut Facts, id: &ServiceId, sight: &Sight<ServiceView>) {
    let products = &mut facts.draft.products;
    match products.iter_mut().find(|product| product.id == id.0) {
        Some(product) => {
            let monthly = product.monthly.take();
            *product = ProductStatus { monthly, ..told(product.role, id, sight) };
        }
        None => products.insert(0, told(ProductRole::Evc, id, sight)),
    }
}
