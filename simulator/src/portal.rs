//! What somebody does in the seller's own portal, behind the back of the buyer's system: changes of services that no
//! order asked for, and orders that no system placed. The portal asks for no quote and checks no capacity.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::catalogue;
use crate::desk::Desk;
use crate::inventory::{self, Design, ProductMemo, Status};
use crate::lifecycle;
use crate::order::{self, Checks};
use crate::scenario::{BitRate, Percent, ProductType};
use crate::service::{Ask, Line, PortRef, Product, words};
use crate::store::{Kind, Record, Stored};
use crate::term;

/// Body of `POST /control/services/{id}`: what becomes of the service.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum PortalChange {
    /// It gets another committed rate, per class and in both directions, at the price of the list.
    Bandwidth(BitRate),
    /// It is terminated at once.
    Terminate {},
    /// The inventory no longer knows it, until it changes again; it runs and bills.
    Remove {},
    /// It is suspended, and bills nothing meanwhile.
    Suspend {},
    /// It is no longer suspended.
    Resume {},
}

/// Body of `POST /control/services`: an order for one more service.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PortalOrder {
    /// The E-Line that the new one is to be like, by product id; only its VLAN is another, if one is free.
    pub like: String,
    /// The order's mark; that of an order that exists makes a twin.
    #[serde(default)]
    pub external_id: Option<String>,
    /// The order's project.
    #[serde(default)]
    pub project_id: Option<String>,
}

/// Changes a service; the inner error says why it cannot be.
pub(crate) fn change(desk: &Desk<'_>, id: &str, change: &PortalChange) -> Stored<Result<(), String>> {
    let Some(mut record) = desk.books.get::<ProductMemo>(Kind::Product, id)? else {
        return Ok(Err(format!("there is no service '{id}'")));
    };
    let status = record.memo.status;
    let refuse = || Ok(Err(format!("the service is {}", status.name())));
    match change {
        PortalChange::Bandwidth(rate) if status == Status::Active => {
            let Some(line) = record.memo.product.as_line().cloned() else {
                return Ok(Err("a UNI has no committed rate".to_owned()));
            };
            set_rate(desk, &mut record, line, *rate)?;
        }
        PortalChange::Terminate {} if status.is_live() => {
            desk.books.release(id)?;
            inventory::enter(desk, &mut record, Status::Terminated, Some("terminated in the portal"));
        }
        PortalChange::Remove {} => {
            record.hidden = true;
            desk.books.put(&record)?;
            return Ok(Ok(()));
        }
        PortalChange::Suspend {} if status == Status::Active => {
            inventory::enter(desk, &mut record, Status::Suspended, Some("suspended in the portal"));
        }
        PortalChange::Resume {} if status == Status::Suspended => {
            inventory::enter(desk, &mut record, Status::Active, Some("resumed in the portal"));
        }
        PortalChange::Bandwidth(_)
        | PortalChange::Terminate {}
        | PortalChange::Suspend {}
        | PortalChange::Resume {} => return refuse(),
    }
    inventory::publish(desk, record)?;
    Ok(Ok(()))
}

fn set_rate(desk: &Desk<'_>, record: &mut Record<ProductMemo>, mut line: Line, rate: BitRate) -> Stored<()> {
    let mut configuration = record.memo.truth["productConfiguration"].clone();
    let wire = json!({"irValue": rate.0, "irUnits": "BPS"});
    let words = words(line.product);
    for end in words.end_points {
        let profiles = configuration[end][words.profiles].as_array_mut();
        for profile in profiles.into_iter().flatten() {
            profile["bwpFlow"]["cir"] = wire.clone();
            profile["bwpFlow"]["cirMax"] = wire.clone();
        }
    }
    for (_, flow) in line.ends.iter_mut().flat_map(|end| &mut end.flows) {
        flow.committed = rate.0;
    }
    desk.books.claim(&record.id, &inventory::claim(&line))?;
    let discount = discount(desk, &record.memo);
    let product = Product::Line(Box::new(line));
    let prices = catalogue::price(desk.scenario, &product, discount, true);
    inventory::become_design(desk, record, Design { product, configuration, prices, term: None });
    Ok(())
}

/// The discount of the term that a service runs in.
fn discount(desk: &Desk<'_>, memo: &ProductMemo) -> Percent {
    let offering = memo.offering.as_ref().and_then(|id| desk.scenario.offering(id));
    let offered =
        offering.zip(memo.term).and_then(|(offering, term)| term::choose(offering, Some(&term.agreed)));
    offered.map(|offered| offered.term.discount).unwrap_or_default()
}

/// Places an order; answers it as the buyer will see it.
pub(crate) fn place(desk: &Desk<'_>, wish: &PortalOrder) -> Stored<Result<Value, String>> {
    let Some(like) = desk.books.get::<ProductMemo>(Kind::Product, &wish.like)? else {
        return Ok(Err(format!("there is no service '{}'", wish.like)));
    };
    let Some(mut line) = like.memo.product.as_line().cloned() else {
        return Ok(Err(format!("'{}' is a UNI; name an E-Line", wish.like)));
    };
    let Some(owner) = owner(desk, &like) else {
        return Ok(Err(
            "several buyers or sellers are known: name a service that one of them ordered".to_owned()
        ));
    };
    let mut configuration = like.memo.truth["productConfiguration"].clone();
    if line.product == ProductType::Evpl
        && let Some(vlan) = free_vlan(desk, &line)?
    {
        for (end, name) in line.ends.iter_mut().zip(words(line.product).end_points) {
            end.vlans = BTreeSet::from([vlan]);
            configuration[name]["evcEndPointMap"] = json!({"vlanType": "LIST", "vlanId": [vlan]});
        }
    }
    let roles = ["buyerProductOrderItemContact", "buyerImplementationContact", "buyerTechnicalContact"];
    let mut item = json!({
        "id": "1",
        "action": "add",
        "requestedCompletionDate": desk.now.to_string(),
        "billingAccount": {"id": "portal"},
        "relatedContactInformation": roles.map(|role| lifecycle::contact(role, &desk.scenario.seller)),
        "product": {
            "productOffering": {"id": line.offering},
            "productConfiguration": configuration,
            "productRelationship": like.memo.truth["productRelationship"],
        },
    });
    if like.memo.truth["productTerm"][0].is_object() {
        item["requestedItemTerm"] = like.memo.truth["productTerm"][0].clone();
    }
    let mut body = json!({
        "relatedContactInformation": [lifecycle::contact("productOrderContact", &desk.scenario.seller)],
        "productOrderItem": [item],
    });
    for (name, value) in [("externalId", &wish.external_id), ("projectId", &wish.project_id)] {
        if let Some(value) = value {
            body[name] = json!(value);
        }
    }
    let asks = vec![("1".to_owned(), Ask::Add(Product::Line(Box::new(line))))];
    Ok(Ok(order::place(&desk.at(desk.now, &owner), &body, asks, None, Checks::None)?))
}

/// For whom; a service of the first day is everybody's.
fn owner(desk: &Desk<'_>, like: &Record<ProductMemo>) -> Option<String> {
    let profile = &desk.scenario.seller;
    let single = profile.buyer_ids.len() <= 1 && profile.seller_ids.len() <= 1;
    match (like.owner.is_empty(), single) {
        (false, _) => Some(like.owner.clone()),
        (true, true) => Some("single".to_owned()),
        (true, false) => None,
    }
}

/// The first VLAN id that neither UNI forbids or carries.
fn free_vlan(desk: &Desk<'_>, line: &Line) -> Stored<Option<u16>> {
    for vlan in 1..=4094 {
        let mut free = true;
        for end in &line.ends {
            let allowed = end.port.vlans.as_ref().is_none_or(|allowed| allowed.contains(vlan));
            let taken = match &end.at {
                PortRef::Product(uni) => {
                    !desk.books.vlans_taken(uni, &BTreeSet::from([vlan]), None)?.is_empty()
                }
                PortRef::Item(_) => false,
            };
            free = free && allowed && !taken;
        }
        if free {
            return Ok(Some(vlan));
        }
    }
    Ok(None)
}
