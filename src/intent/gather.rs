//! Reads everything that a decision about one intent rests on, wherever its objects are kept; no calls.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::Context;
use super::class::{self, Policy};
use super::facts::{Facts, Seller, Spoke, cost_something, spent};
use crate::admit::{self, Refusal, consumers_allow};
use crate::api::{
    self, ConnectivityBudget, ConnectivityClass, ConnectivityDecision, ConnectivityIntent,
    ConnectivityProvider, ConnectivitySegment, Desired, ProviderIdentity, SegmentEnd, Site,
    by_approved_intent, by_intent, by_provider,
};
use crate::model::{Approval, Claimed, Interconnect, Request, ServiceId, SiteView};
use crate::planning::Asked;

/// Where the objects are looked up: watched ones for the controller, files for who asks what would be decided.
pub trait Objects {
    /// Labels of a namespace.
    fn labels(&self, namespace: &str) -> Option<BTreeMap<String, String>>;
    /// The site of that name.
    fn site(&self, name: &str) -> Option<Arc<Site>>;
    /// All sites.
    fn sites(&self) -> Vec<Arc<Site>>;
    /// Everything that is patched.
    fn interconnects(&self) -> Vec<Arc<api::Interconnect>>;
    /// All classes.
    fn classes(&self) -> Vec<Arc<ConnectivityClass>>;
    /// The decisions under one key of [`decision_index`](crate::api::decision_index).
    fn decisions(&self, index: &str) -> Vec<Arc<ConnectivityDecision>>;
    /// All accounts.
    fn providers(&self) -> Vec<Arc<ConnectivityProvider>>;
    /// The budgets of a namespace.
    fn budgets(&self, namespace: &str) -> Vec<Arc<ConnectivityBudget>>;
    /// The segments under one key of [`segment_index`](crate::api::segment_index).
    fn segments(&self, index: &str) -> Vec<Arc<ConnectivitySegment>>;
}

/// What is not an object, and is the same for every intent.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The operator's namespace.
    pub operators: &'a str,
    /// Whether the whole operator holds purchases.
    pub held: bool,
    /// How long sellers may take to make an offer before the others' are taken.
    pub patience: Duration,
    /// The present.
    pub now: Timestamp,
}

impl Objects for Context {
    fn labels(&self, namespace: &str) -> Option<BTreeMap<String, String>> {
        self.namespaces.get(namespace).and_then(|found| found.metadata.labels.clone())
    }

    fn site(&self, name: &str) -> Option<Arc<Site>> {
        self.sites.get(name)
    }

    fn sites(&self) -> Vec<Arc<Site>> {
        self.sites.list()
    }

    fn interconnects(&self) -> Vec<Arc<api::Interconnect>> {
        self.interconnects.list()
    }

    fn classes(&self) -> Vec<Arc<ConnectivityClass>> {
        self.classes.list()
    }

    fn decisions(&self, index: &str) -> Vec<Arc<ConnectivityDecision>> {
        self.decisions.indexed(index)
    }

    fn providers(&self) -> Vec<Arc<ConnectivityProvider>> {
        self.providers.list()
    }

    fn budgets(&self, namespace: &str) -> Vec<Arc<ConnectivityBudget>> {
        self.desk.budgets_of(namespace)
    }

    fn segments(&self, index: &str) -> Vec<Arc<ConnectivitySegment>> {
        self.segments.indexed(index)
    }
}

/// The facts of this process.
pub fn gather(intent: Arc<ConnectivityIntent>, context: &Context) -> Facts {
    let surroundings = Surroundings {
        operators: &context.operators,
        held: (context.held)(),
        patience: context.patience,
        now: context.clock.now(),
    };
    facts(intent, context, surroundings)
}

/// The facts among these objects.
pub fn facts(
    intent: Arc<ConnectivityIntent>,
    objects: &impl Objects,
    Surroundings { operators, held, patience, now }: Surroundings<'_>,
) -> Facts {
    let namespace = intent.metadata.namespace.clone().unwrap_or_default();
    let labels = objects.labels(&namespace);
    let uid = intent.metadata.uid.clone().unwrap_or_default();
    let mut segments = objects.segments(&by_intent(&uid));
    segments.retain(|segment| segment.spec.intent_ref.uid == uid);
    segments.sort_by(|left, right| left.metadata.name.cmp(&right.metadata.name));
    let (request, class) = class::read(&intent, &segments, &objects.classes(), labels.as_ref());
    let at = |request: &Request| sites(request, &namespace, labels.as_ref(), objects);
    let (sites, spokes) = match &request {
        Ok(request) => {
            let spokes = spokes(request, at);
            let missing = spokes.values().find_map(|spoke| spoke.sites.as_ref().err());
            (missing.cloned().map_or_else(|| at(request), Err), spokes)
        }
        Err(refusal) => (Err(refusal.clone()), BTreeMap::new()),
    };
    let loses = |segment: &&Arc<ConnectivitySegment>| {
        loses_claim(segment, &objects.segments(&by_provider(&segment.spec.provider.name)))
    };
    let lost_claims = segments.iter().filter(loses).filter_map(|lost| lost.metadata.name.clone()).collect();
    let mut sellers: Vec<Seller> = objects
        .providers()
        .iter()
        .filter_map(|provider| {
            let allowed = consumers_allow(provider.spec.consumers.as_ref(), &namespace, labels.as_ref());
            seller(provider, allowed, &uid, objects)
        })
        .collect();
    sellers.sort_by(|left, right| left.asked.account.name.cmp(&right.asked.account.name));
    let (between, interconnects, unreadable) = joints(&namespace, labels.as_ref(), objects);
    Facts {
        request,
        sites,
        spokes,
        between,
        interconnects,
        unreadable,
        sellers,
        lost_claims,
        budgets: objects.budgets(&namespace),
        segments,
        shortages: Vec::new(),
        notes: None,
        approvals: approvals(&intent, &class.policy, operators, now, objects),
        class,
        operators: operators.to_owned(),
        held,
        patience,
        now,
        intent,
    }
}

/// What persons approved of this intent and may still be used.
fn approvals(
    intent: &ConnectivityIntent,
    policy: &Policy,
    operators: &str,
    now: Timestamp,
    objects: &impl Objects,
) -> Vec<Approval> {
    let (namespace, name) = (&intent.metadata.namespace, &intent.metadata.name);
    let key =
        by_approved_intent(namespace.as_deref().unwrap_or_default(), name.as_deref().unwrap_or_default());
    let mut found = objects.decisions(&key);
    found.retain(|decision| decision.metadata.deletion_timestamp.is_none());
    found.sort_by(|left, right| left.metadata.name.cmp(&right.metadata.name));
    let read = |decision: &Arc<ConnectivityDecision>| {
        admit::approval(decision, policy.approver(), operators, now).ok()
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
    match end.product_id() {
        Some(id) => Claimed::Existing(ServiceId(id.to_owned())),
        None => Claimed::Dedicated { site: end.site.clone(), port: end.port.clone() },
    }
}

fn sites(
    request: &Request,
    namespace: &str,
    labels: Option<&BTreeMap<String, String>>,
    objects: &impl Objects,
) -> Result<(SiteView, SiteView), Refusal> {
    let view = |name: &str| {
        let found = objects.site(name).ok_or_else(|| Refusal {
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

/// What is known of each spoke, where there is a hub.
fn spokes(
    request: &Request,
    at: impl Fn(&Request) -> Result<(SiteView, SiteView), Refusal>,
) -> BTreeMap<String, Spoke> {
    let strands = request.strands();
    let known = strands.iter().filter_map(|strand| {
        let spoke = Spoke { sites: at(strand), shortages: Vec::new() };
        Some((strand.spoke()?.to_owned(), spoke))
    });
    known.collect()
}

/// Where legs may meet, by name: what is patched, and the sites at which something is or our own equipment stands; and what cannot
/// be read or honoured, which joins nothing.
fn joints(
    namespace: &str,
    labels: Option<&BTreeMap<String, String>>,
    objects: &impl Objects,
) -> (Vec<SiteView>, Vec<Interconnect>, Vec<(String, String)>) {
    let mut unreadable = Vec::new();
    let patches = objects.interconnects();
    let mut read = |patch: &Arc<api::Interconnect>| {
        let name = patch.metadata.name.as_deref().filter(|_| patch.metadata.deletion_timestamp.is_none())?;
        let read = admit::interconnect(name, &patch.spec, namespace, labels);
        read.map_err(|refusal| unreadable.push((name.to_owned(), refusal.message))).ok()
    };
    let mut patches: Vec<Interconnect> = patches.iter().filter_map(&mut read).collect();
    patches.sort_by(|left, right| left.name.cmp(&right.name));
    let sites = objects.sites();
    let meets = |name: &str, site: &Site| {
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
    objects: &impl Objects,
) -> Option<Seller> {
    let name = provider.metadata.name.clone()?;
    let account = admit::account(&name, &provider.spec).ok()?;
    let lso = provider.spec.lso.as_ref()?;
    let allowed = allowed && provider.metadata.deletion_timestamp.is_none();
    let spent = spent(&objects.segments(&by_provider(&name)), intent_uid);
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
