//! Reads everything that a decision about one intent rests on. Only watched state; no calls.

use std::sync::Arc;

use super::Context;
use super::class::{self, Policy};
use super::facts::{Facts, Seller, cost_something};
use crate::admit::{self, Refusal, consumers_allow};
use crate::api::{
    ChargePrice, ConnectivityDecision, ConnectivityIntent, ConnectivityProvider, ConnectivitySegment,
    Desired, OrderOperation, OrderRecord, OrderRecordState, ProviderIdentity, SegmentEnd, by_approved_intent,
    by_intent, by_provider,
};
use crate::model::{Amount, Approval, Claimed, Request, ServiceId, SiteView};
use crate::planning::{Asked, Spent};

/// The facts.
pub fn gather(intent: Arc<ConnectivityIntent>, context: &Context) -> Facts {
    let namespace = intent.metadata.namespace.clone().unwrap_or_default();
    let labels = context.namespaces.get(&namespace).and_then(|found| found.metadata.labels.clone());
    let uid = intent.metadata.uid.clone().unwrap_or_default();
    let mut segments = context.segments.indexed(&by_intent(&uid));
    segments.retain(|segment| segment.spec.intent_ref.uid == uid);
    segments.sort_by(|left, right| left.metadata.name.cmp(&right.metadata.name));
    let (request, class) = class::read(&intent, &segments, &context.classes.list(), labels.as_ref());
    let sites = match &request {
        Ok(request) => sites(request, &namespace, labels.as_ref(), context),
        Err(refusal) => Err(refusal.clone()),
    };
    let loses = |segment: &&Arc<ConnectivitySegment>| {
        loses_claim(segment, &context.segments.indexed(&by_provider(&segment.spec.provider.name)))
    };
    let lost_claims = segments.iter().filter(loses).filter_map(|lost| lost.metadata.name.clone()).collect();
    let mut sellers: Vec<Seller> = context
        .providers
        .list()
        .iter()
        .filter_map(|provider| {
            let allowed = consumers_allow(provider.spec.consumers.as_ref(), &namespace, labels.as_ref());
            seller(provider, allowed, &uid, context)
        })
        .collect();
    sellers.sort_by(|left, right| left.asked.account.name.cmp(&right.asked.account.name));
    Facts {
        request,
        sites,
        sellers,
        lost_claims,
        segments,
        shortages: Vec::new(),
        notes: None,
        approvals: approvals(&intent, &class.policy, context),
        class,
        operators: context.operators.clone(),
        held: (context.held)(),
        patience: context.patience,
        now: context.clock.now(),
        intent,
    }
}

/// What persons approved of this intent and may still be used.
fn approvals(intent: &ConnectivityIntent, policy: &Policy, context: &Context) -> Vec<Approval> {
    let (namespace, name) = (&intent.metadata.namespace, &intent.metadata.name);
    let key =
        by_approved_intent(namespace.as_deref().unwrap_or_default(), name.as_deref().unwrap_or_default());
    let now = context.clock.now();
    let mut found = context.decisions.indexed(&key);
    found.retain(|decision| decision.metadata.deletion_timestamp.is_none());
    found.sort_by(|left, right| left.metadata.name.cmp(&right.metadata.name));
    let read = |decision: &Arc<ConnectivityDecision>| {
        admit::approval(decision, policy.approver(), &context.operators, now).ok()
    };
    found.iter().filter_map(read).collect()
}

/// Whether a segment must make room for one of another intent. One process gives no VLAN to two intents, but two at once may:
/// whoever ordered keeps it, then whoever is to be bought, then whoever was there first.
#[must_use]
pub fn loses_claim(own: &ConnectivitySegment, at_provider: &[Arc<ConnectivitySegment>]) -> bool {
    let rank = |segment: &ConnectivitySegment| {
        let (meta, bought) = (&segment.metadata, segment.spec.desired == Desired::Present);
        (!cost_something(segment), !bought, meta.creation_timestamp.clone(), meta.name.clone())
    };
    let rivals = |other: &ConnectivitySegment| {
        let going = other.spec.desired == Desired::Absent && !cost_something(other);
        let mut ends = other.spec.ends.iter();
        other.spec.intent_ref.uid != own.spec.intent_ref.uid
            && !going
            && ends.any(|end| own.spec.ends.iter().any(|own| same_claim(own, end)))
    };
    !cost_something(own)
        && own.spec.existing.is_none()
        && at_provider.iter().any(|other| rivals(other) && rank(other) < rank(own))
}

fn same_claim(own: &SegmentEnd, other: &SegmentEnd) -> bool {
    let vlans = own.vlan == other.vlan || own.vlan.is_none() || other.vlan.is_none();
    vlans && claimed(own) == claimed(other)
}

/// The port that an end claims.
pub fn claimed(end: &SegmentEnd) -> Claimed {
    match &end.uni_product_id {
        Some(id) => Claimed::Existing(ServiceId(id.clone())),
        None => Claimed::Dedicated { site: end.site.clone(), port: end.port.clone() },
    }
}

fn sites(
    request: &Request,
    namespace: &str,
    labels: Option<&std::collections::BTreeMap<String, String>>,
    context: &Context,
) -> Result<(SiteView, SiteView), Refusal> {
    let view = |name: &str| {
        let found = context.sites.get(name).ok_or_else(|| Refusal {
            reason: "SiteNotFound",
            message: format!(
                "there is no Site {name}; name one that exists, or ask the platform team to create it"
            ),
        })?;
        if found.metadata.deletion_timestamp.is_some() {
            let message = format!("Site {name} is being deleted; name another one, or ask the platform team");
            return Err(Refusal { reason: "SiteLeaving", message });
        }
        admit::site(name, &found.spec, namespace, labels)
            .map_err(|refusal| Refusal { message: format!("Site {name}: {refusal}"), ..refusal })
    };
    Ok((view(&request.a.site)?, view(&request.z.site)?))
}

/// An account that can be understood; one that cannot is told about by its own controller.
fn seller(
    provider: &ConnectivityProvider,
    allowed: bool,
    intent_uid: &str,
    context: &Context,
) -> Option<Seller> {
    let name = provider.metadata.name.clone()?;
    let account = admit::account(&name, &provider.spec).ok()?;
    let lso = provider.spec.lso.as_ref()?;
    let allowed = allowed && provider.metadata.deletion_timestamp.is_none();
    let spent = spent(&context.segments.indexed(&by_provider(&name)), intent_uid);
    Some(Seller {
        asked: Asked { account, allowed },
        identity: ProviderIdentity {
            name,
            address: lso.address.clone(),
            buyer_id: lso.buyer_id.clone(),
            seller_id: lso.seller_id.clone(),
        },
        spent,
    })
}

/// What was agreed to by accepting charges on orders under way; those of completed ones are in what runs.
fn charged(orders: &[OrderRecord]) -> impl Iterator<Item = &ChargePrice> {
    let under_way = |id: &Option<String>| {
        let placed = |order: &OrderRecord| order.order_id == *id && order.state == OrderRecordState::Placed;
        id.is_some() && orders.iter().any(placed)
    };
    let accepting = move |record: &&OrderRecord| record.refusal.is_none() && under_way(&record.order_id);
    orders.iter().filter(accepting).filter_map(|record| record.accepts.as_ref())
}

/// What segments of other intents cost, or may come to cost: what runs, what is being bought, whichever is more.
#[must_use]
pub fn spent(segments: &[Arc<ConnectivitySegment>], but_of_intent: &str) -> Spent {
    let amount = |text: &str| text.parse::<Amount>().unwrap_or(Amount::new(rust_decimal::Decimal::MAX));
    let mut spent = Spent::default();
    for segment in segments.iter().filter(|segment| segment.spec.intent_ref.uid != but_of_intent) {
        let Some(status) = &segment.status else { continue };
        let bought = status.orders.iter().any(|record| {
            matches!(record.operation, OrderOperation::Add | OrderOperation::Adopt)
                && record.refusal.is_none()
        });
        if segment.spec.desired != Desired::Present && !bought {
            continue;
        }
        let runs = status.in_force.as_ref().map(|now| (amount(&now.monthly), amount(&now.one_time)));
        let asked = status
            .offer
            .as_ref()
            .filter(|offer| {
                segment.spec.offer.as_ref().is_some_and(|chosen| chosen.quote_id == offer.quote_id)
            })
            .map(|offer| (amount(&offer.monthly), amount(&offer.one_time)));
        let (monthly, one_time) = match (runs, asked) {
            (Some(runs), Some(asked)) => (runs.0.max(asked.0), runs.1.max(asked.1)),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => continue,
        };
        spent.monthly =
            spent.monthly + monthly + charged(&status.orders).map(|price| amount(&price.monthly)).sum();
        spent.one_time =
            spent.one_time + one_time + charged(&status.orders).map(|price| amount(&price.one_time)).sum();
    }
    spent
}
