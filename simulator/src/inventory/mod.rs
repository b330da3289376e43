//! Product inventory (MEF 116): what is there, and how each change comes to be seen. A product's memo is the truth;
//! its wire document is what the inventory shows, which may lag behind.

mod first_day;
mod term_end;

pub(crate) use first_day::seed;
pub(crate) use term_end::{await_term_end, term_ends};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::agenda::Happening;
use crate::catalogue::{self, PriceLine};
use crate::desk::Desk;
use crate::lifecycle;
use crate::objectives;
use crate::refusal::Refusal;
use crate::service::{Line, PortRef, Product, words};
use crate::store::{Claim, Kind, PortClaim, Record, Stored};
use crate::term::Running;

/// `MEFProductStatusType`; only somebody in the portal suspends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Status {
    PendingActive,
    Active,
    PendingChange,
    PendingTerminate,
    Suspended,
    SuspendedPendingTerminate,
    Terminated,
    Cancelled,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PendingActive => "pendingActive",
            Self::Active => "active",
            Self::PendingChange => "active.pendingChange",
            Self::PendingTerminate => "pendingTerminate",
            Self::Suspended => "suspended",
            Self::SuspendedPendingTerminate => "suspendedPendingTerminate",
            Self::Terminated => "terminated",
            Self::Cancelled => "cancelled",
        }
    }

    /// It is, or is to become, a running service.
    pub(crate) fn is_live(self) -> bool {
        match self {
            Self::PendingActive
            | Self::Active
            | Self::PendingChange
            | Self::PendingTerminate
            | Self::Suspended
            | Self::SuspendedPendingTerminate => true,
            Self::Terminated | Self::Cancelled => false,
        }
    }

    /// It is being billed.
    pub(crate) fn bills(self) -> bool {
        match self {
            Self::Active | Self::PendingChange | Self::PendingTerminate => true,
            Self::PendingActive
            | Self::Suspended
            | Self::SuspendedPendingTerminate
            | Self::Terminated
            | Self::Cancelled => false,
        }
    }
}

/// The truth about a product.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ProductMemo {
    pub(crate) product: Product,
    pub(crate) offering: Option<String>,
    pub(crate) status: Status,
    pub(crate) prices: Vec<PriceLine>,
    pub(crate) term: Option<Running>,
    /// The order that added it and its `externalId`; `None` for what the scenario brings.
    pub(crate) origin: Option<Origin>,
    /// The wire document as it is without lag.
    pub(crate) truth: Value,
}

/// Where a product comes from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Origin {
    pub(crate) order: String,
    pub(crate) external_id: Option<String>,
}

/// What a product is to become.
pub(crate) struct Design {
    pub(crate) product: Product,
    pub(crate) configuration: Value,
    pub(crate) prices: Vec<PriceLine>,
    pub(crate) term: Option<(Running, Value)>,
}

/// What an E-Line uses.
pub(crate) fn claim(line: &Line) -> Claim {
    let ports = line.ends.iter().filter_map(|end| match &end.at {
        PortRef::Product(uni) => Some(PortClaim { uni: uni.clone(), vlans: end.vlans.clone() }),
        PortRef::Item(_) => None,
    });
    Claim { ports: ports.collect(), pair: line.pair(), committed: line.committed_total() }
}

/// Adds a product that an order asks for, as `pendingActive` and not yet shown.
pub(crate) fn add(
    desk: &Desk<'_>,
    id: &str,
    design: Design,
    item: &Value,
    origin: Origin,
) -> Stored<Record<ProductMemo>> {
    let mut truth = json!({
        "id": id,
        "productOrderItem": [{"productOrderId": origin.order, "productOrderItemId": item["id"]}],
    });
    if item["billingAccount"].is_object() {
        truth["billingAccount"] = item["billingAccount"].clone();
    }
    truth["relatedContactInformation"] = contacts(desk, item);
    let memo = ProductMemo {
        offering: design.product.offering().map(str::to_owned),
        product: design.product.clone(),
        status: Status::PendingActive,
        prices: Vec::new(),
        term: None,
        origin: Some(origin),
        truth,
    };
    let mut record = Record {
        kind: Kind::Product,
        id: id.to_owned(),
        owner: desk.owner.to_owned(),
        listed_from: Timestamp::UNIX_EPOCH,
        hidden: true,
        wire: json!({}),
        memo,
    };
    become_design(desk, &mut record, design);
    enter(desk, &mut record, Status::PendingActive, None);
    desk.books.put(&record)?;
    Ok(record)
}

/// Takes on a new design.
pub(crate) fn become_design(desk: &Desk<'_>, record: &mut Record<ProductMemo>, design: Design) {
    let memo = &mut record.memo;
    memo.product = design.product;
    memo.prices = design.prices.into_iter().filter(|line| line.period.is_some()).collect();
    memo.truth["productConfiguration"] = design.configuration;
    memo.truth["productPrice"] = catalogue::wire_prices(desk.scenario, &memo.prices);
    if let Some((running, wire)) = design.term {
        memo.term = Some(running);
        memo.truth["productTerm"] = json!([wire]);
    }
    describe(desk, record);
}

/// Writes the attributes that follow from what the product is.
fn describe(desk: &Desk<'_>, record: &mut Record<ProductMemo>) {
    let memo = &mut record.memo;
    if let Some(offering) = &memo.offering {
        memo.truth["productOffering"] = json!({"id": offering});
    }
    if let Some(urn) = memo.truth["productConfiguration"]["@type"].as_str() {
        memo.truth["productSpecification"] = json!({"id": urn});
    }
    match &memo.product {
        Product::Port(port) => {
            memo.truth["relatedSite"] = json!([{"id": port.site, "role": "INSTALL_LOCATION"}]);
        }
        Product::Line(line) => {
            let kinds = words(line.product).relationships;
            let relationships = line.ends.iter().zip(kinds).filter_map(|(end, kind)| match &end.at {
                PortRef::Product(id) => Some(json!({"relationshipType": kind, "id": id})),
                PortRef::Item(_) => None,
            });
            memo.truth["productRelationship"] = Value::Array(relationships.collect());
            let sent = memo.truth["productConfiguration"]["carrierEthernetSls"].get(0).is_some();
            if desk.scenario.inventory.shows_sls
                && !sent
                && let Some(sls) = objectives::sls(desk.scenario, line, desk.now)
            {
                memo.truth["productConfiguration"]["carrierEthernetSls"] = sls;
            }
        }
    }
}

/// Contacts of MEF 116: the buyer's technical contact and the seller's desk, in three roles each.
fn contacts(desk: &Desk<'_>, item: &Value) -> Value {
    let roles = ["AssuranceTechnicalContact", "CommercialContact", "SlaManagementContact"];
    let buyer = item["relatedContactInformation"]
        .as_array()
        .and_then(|contacts| contacts.iter().find(|contact| contact["role"] == "buyerTechnicalContact"));
    let mut all = Vec::new();
    for role in roles {
        if let Some(buyer) = buyer {
            let mut contact = buyer.clone();
            contact["role"] = json!(format!("buyer{role}"));
            all.push(contact);
        }
        all.push(lifecycle::contact(&format!("seller{role}"), &desk.scenario.seller));
    }
    Value::Array(all)
}

/// Enters a status; call [`publish`] when all changes are made.
pub(crate) fn enter(desk: &Desk<'_>, record: &mut Record<ProductMemo>, status: Status, reason: Option<&str>) {
    record.memo.status = status;
    let truth = &mut record.memo.truth;
    truth["status"] = json!(status.name());
    if truth["startDate"].is_null() {
        truth["startDate"] = json!(desk.now.to_string());
    }
    if status == Status::Terminated {
        truth["terminationDate"] = json!(desk.now.to_string());
    }
    let mut change = json!({"status": status.name(), "changeDate": desk.now.to_string()});
    if let Some(reason) = reason {
        change["changeReason"] = json!(reason);
    }
    lifecycle::append(truth, "statusChange", change);
}

/// Keeps the changes, and shows them now or after the inventory's lag.
pub(crate) fn publish(desk: &Desk<'_>, mut record: Record<ProductMemo>) -> Stored<()> {
    let lag = desk.scenario.inventory.lag;
    let shown_at = desk.later(lag);
    if lag.0.is_zero() {
        let truth = record.memo.truth.clone();
        show(desk, &mut record, truth)?;
    } else {
        let happening =
            Happening::InventoryShows { product: record.id.clone(), wire: record.memo.truth.clone() };
        desk.schedule(shown_at, &record.id, &happening)?;
    }
    if let (false, Some(after)) = (record.memo.status.is_live(), desk.scenario.inventory.vanish_after) {
        let gone_at = shown_at.checked_add(desk.clock.length(after)).unwrap_or(Timestamp::MAX);
        desk.schedule(gone_at, &record.id, &Happening::ProductVanishes { product: record.id.clone() })?;
    }
    desk.books.put(&record)
}

/// From now on the inventory shows this.
fn show(desk: &Desk<'_>, record: &mut Record<ProductMemo>, wire: Value) -> Stored<()> {
    record.wire = wire;
    record.wire["lastUpdateDate"] = json!(desk.now.to_string());
    record.hidden = false;
    desk.books.remember_shown(desk.now, &record.id, &record.wire)
}

/// The inventory catches up with one change.
pub(crate) fn shows(desk: &Desk<'_>, product: &str, wire: Value) -> Result<(), Refusal> {
    if let Some(mut record) = desk.books.get::<ProductMemo>(Kind::Product, product)? {
        show(desk, &mut record, wire)?;
        desk.books.put(&record)?;
    }
    Ok(())
}

/// The inventory forgets a product that is no more.
pub(crate) fn vanishes(desk: &Desk<'_>, product: &str) -> Result<(), Refusal> {
    if let Some(mut record) = desk.books.get::<ProductMemo>(Kind::Product, product)? {
        record.hidden = true;
        desk.books.put(&record)?;
    }
    Ok(())
}
