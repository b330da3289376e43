//! Reads everything that a decision about one intent rests on. Only watched state; no calls.

use std::sync::Arc;

use super::Context;
use super::facts::{Facts, Seller, cost_something, spent};
use crate::admit::{self, Refusal, consumers_allow};
use crate::api::{
    ConnectivityIntent, ConnectivityProvider, ConnectivitySegment, Desired, ProviderIdentity, SegmentEnd,
    by_intent, by_provider,
};
use crate::model::{Claimed, Interconnect, Request, ServiceId, SiteView};
use crate::planning::Asked;

/// The facts.
pub fn gather(intent: Arc<ConnectivityIntent>, context: &Context) -> Facts {
    let namespace = intent.metadata.namespace.clone().unwrap_or_default();
    let labels = context.namespaces.get(&namespace).and_then(|found| found.metadata.labels.clone());
    let request = admit::request(&intent.spec);
    let sites = match &request {
        Ok(request) => sites(request, &namespace, labels.as_ref(), context),
        Err(refusal) => Err(refusal.clone()),
    };
    let uid = intent.metadata.uid.clone().unwrap_or_default();
    let mut segments = context.segments.indexed(&by_intent(&uid));
    segments.retain(|segment| segment.spec.intent_ref.uid == uid);
    segments.sort_by(|left, right| left.metadata.name.cmp(&right.metadata.name));
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
    let (between, interconnects, unreadable) = joints(&namespace, labels.as_ref(), context);
    Facts {
        request,
        sites,
        between,
        interconnects,
        unreadable,
        sellers,
        lost_claims,
        segments,
        shortages: Vec::new(),
        notes: None,
        held: (context.held)(),
        patience: context.patience,
        now: context.clock.now(),
        intent,
    }
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

/// Where legs may meet, by name: what is patched, and the sites at which something is or our own equipment stands; and what cannot
/// be read or honoured, which joins nothing.
fn joints(
    namespace: &str,
    labels: Option<&std::collections::BTreeMap<String, String>>,
    context: &Context,
) -> (Vec<SiteView>, Vec<Interconnect>, Vec<(String, String)>) {
    let mut unreadable = Vec::new();
    let patches = context.interconnects.list();
    let mut read = |patch: &Arc<crate::api::Interconnect>| {
        let name = patch.metadata.name.as_deref().filter(|_| patch.metadata.deletion_timestamp.is_none())?;
        let read = admit::interconnect(name, &patch.spec, namespace, labels);
        read.map_err(|refusal| unreadable.push((name.to_owned(), refusal.message))).ok()
    };
    let mut patches: Vec<Interconnect> = patches.iter().filter_map(&mut read).collect();
    patches.sort_by(|left, right| left.name.cmp(&right.name));
    let sites = context.sites.list();
    let meets = |name: &str, site: &crate::api::Site| {
        site.spec.transit.is_some() || patches.iter().any(|patch| patch.site == name)
    };
    let read = |site: &Arc<crate::api::Site>| {
        let name = site.metadata.name.as_deref().filter(|_| site.metadata.deletion_timestamp.is_none())?;
        admit::site(name, &site.spec, namespace, labels).ok().filter(|_| meets(name, site))
    };
    let mut sites: Vec<SiteView> = sites.iter().filter_map(read).collect();
    sites.sort_by(|left, right| left.name.cmp(&right.name));
    unreadable.sort();
    (sites, patches, unreadable)
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
