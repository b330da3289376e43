//! What belongs to what.

use serde::Serialize;

use crate::api::{
    BillingKind, ConnectivityIntent, ConnectivitySegment, Desired, IntentState, OrderOperation,
    OrderRecordState, ProductRole, SegmentState, told,
};
use crate::cli::explain::view::key;

/// An intent and what it brought about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Branch {
    /// `namespace/name`.
    pub intent: String,
    /// Where it stands.
    pub state: IntentState,
    /// Reason of `Ready`.
    pub reason: String,
    /// Its services and offers, by spoke, leg and provider.
    pub segments: Vec<Twig>,
}

/// A service or an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Twig {
    /// Name of the segment.
    pub segment: String,
    /// The spoke that it joins, where there is a hub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spoke: Option<String>,
    /// Which leg of the intent.
    pub leg: i64,
    /// The account.
    pub provider: String,
    /// How far to go with it.
    pub desired: Desired,
    /// Where it stands.
    pub state: Option<SegmentState>,
    /// Reason of `Ready`.
    pub reason: String,
    /// From end to end.
    pub ends: Vec<String>,
    /// Every operation that could cost money, oldest first.
    pub orders: Vec<OrderLine>,
    /// What it consists of at the seller.
    pub products: Vec<ProductLine>,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderLine {
    /// What was asked.
    pub operation: OrderOperation,
    /// How far it got.
    pub state: OrderRecordState,
    /// The mark that it bears at the seller.
    pub mark: String,
    /// The seller's id of it.
    pub order_id: Option<String>,
    /// How it ended.
    pub outcome: Option<String>,
}

/// One product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductLine {
    /// Which part of the service.
    pub role: ProductRole,
    /// The seller's id of it.
    pub id: String,
    /// The seller's own word for its state.
    pub state: String,
    /// Whether it costs money now.
    pub billing: BillingKind,
}

/// The intents with what belongs to them.
#[must_use]
pub fn tree(intents: &[ConnectivityIntent], segments: &[ConnectivitySegment]) -> Vec<Branch> {
    intents.iter().map(|intent| branch(intent, segments)).collect()
}

fn branch(intent: &ConnectivityIntent, segments: &[ConnectivitySegment]) -> Branch {
    let uid = intent.metadata.uid.as_deref().unwrap_or_default();
    let mut twigs: Vec<Twig> =
        segments.iter().filter(|segment| segment.spec.intent_ref.uid == uid).map(twig).collect();
    let place = |twig: &Twig| (twig.spoke.clone(), twig.leg, twig.provider.clone());
    twigs.sort_by_key(place);
    let ready = intent.status.as_ref().and_then(|status| told(&status.conditions, "Ready"));
    Branch {
        intent: key(intent),
        state: intent.status.as_ref().map(|status| status.state).unwrap_or_default(),
        reason: ready.map_or_else(|| "Pending".to_owned(), |ready| ready.reason.clone()),
        segments: twigs,
    }
}

fn twig(segment: &ConnectivitySegment) -> Twig {
    let status = segment.status.clone().unwrap_or_default();
    let ready = told(&status.conditions, "Ready");
    let end = |end: &crate::api::SegmentEnd| {
        let vlan = end.vlan.iter().map(|vlan| format!(" VLAN {vlan}")).collect::<String>();
        format!("{}/{}{vlan}", end.site, end.port)
    };
    Twig {
        segment: segment.metadata.name.clone().unwrap_or_default(),
        spoke: segment.spec.spoke.clone(),
        leg: segment.spec.leg,
        provider: segment.spec.provider.name.clone(),
        desired: segment.spec.desired,
        state: status.state,
        reason: ready.map_or_else(|| "Pending".to_owned(), |ready| ready.reason.clone()),
        ends: segment.spec.ends.iter().map(end).collect(),
        orders: status
            .orders
            .into_iter()
            .map(|order| OrderLine {
                operation: order.operation,
                state: order.state,
                mark: order.mark,
                order_id: order.order_id,
                outcome: order.outcome,
            })
            .collect(),
        products: status
            .products
            .into_iter()
            .map(|product| ProductLine {
                role: product.role,
                id: product.id,
                state: product.state,
                billing: product.billing,
            })
            .collect(),
    }
}
