//! What a candidate becomes when its seller is asked for an offer: a segment, whose spec claims VLANs and whole ports. Pure.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::decide::{named, only_watches};
use super::facts::{Facts, Seller};
use super::gather::claimed;
use super::offers::{ONLY_LEG, design, end, product};
use crate::api::{ConnectivitySegment, ConnectivitySegmentSpec, Desired, IntentRef};
use crate::model::{Claims, Request, VlanId};
use crate::planning::{Candidate, VlanShortage, claim, taken};

/// Who asks, from where.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// Who we are to sellers, across clusters.
    pub owner: &'a str,
    /// Which cluster this is.
    pub installation: &'a str,
}

/// The spec of the segment; its client reference is its name. `at_provider` are all segments of the account, whose claims are kept.
///
/// # Errors
/// The ports have nothing free.
pub fn segment(
    facts: &Facts,
    request: &Request,
    seller: &Seller,
    candidate: &Candidate,
    at_provider: &[Arc<ConnectivitySegment>],
    asker: Asker<'_>,
) -> Result<ConnectivitySegmentSpec, VlanShortage> {
    let asked = (request.a.vlan, request.z.vlan);
    // What runs already takes what it takes, whatever is free.
    let running = request.existing.as_ref().and_then(|_| taken(&candidate.a, &candidate.z, asked));
    let translates = seller.asked.account.translates_vlans;
    let vlans = running
        .map_or_else(|| claim(&candidate.a, &candidate.z, asked, translates, &claims(at_provider)), Ok)?;
    let uid = facts.intent.metadata.uid.clone().unwrap_or_default();
    let earlier = facts.segments.iter().filter(|segment| segment.spec.provider.name == candidate.account);
    let replacement = earlier.map(|segment| segment.spec.replacement + 1).max().unwrap_or(0);
    let namespace = facts.intent.metadata.namespace.clone().unwrap_or_default();
    let intent = facts.intent.metadata.name.clone().unwrap_or_default();
    Ok(ConnectivitySegmentSpec {
        client_reference: reference(asker.installation, &uid, ONLY_LEG, &candidate.account, replacement),
        project: format!("{}/{namespace}/{intent}", asker.owner),
        intent_ref: IntentRef { namespace, name: intent, uid },
        leg: ONLY_LEG,
        replacement,
        provider: seller.identity.clone(),
        product: product(candidate.product),
        ends: vec![end(&request.a, &candidate.a, vlans.0), end(&request.z, &candidate.z, vlans.1)],
        existing: request.existing.as_ref().map(named),
        revision: 1,
        intent_generation: facts.generation(),
        design: design(candidate, request),
        desired: Desired::Offer,
        suspend: request.existing.is_some() && only_watches(request),
        released: false,
        authority: None,
        offer: None,
    })
}

/// Name and client reference of a segment: the same for the same leg of the same intent in the same installation.
fn reference(installation: &str, intent: &str, leg: i64, provider: &str, replacement: i64) -> String {
    let text = format!("{installation}\n{intent}\n{leg}\n{provider}\n{replacement}");
    let hash = Sha256::digest(text);
    let hex: String = hash.iter().take(10).map(|byte| format!("{byte:02x}")).collect();
    format!("seg-{hex}")
}

fn claims(segments: &[Arc<ConnectivitySegment>]) -> Claims {
    let mut claims = Claims::default();
    for segment in segments {
        for end in &segment.spec.ends {
            let vlan = end.vlan.and_then(|id| u16::try_from(id).ok()).and_then(VlanId::new);
            claims.add(&segment.spec.provider.name, claimed(end), vlan);
        }
    }
    claims
}
