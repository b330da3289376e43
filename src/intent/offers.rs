//! What sellers could do, what they offered, and which offer would be taken. Pure; used to decide and to tell.

use std::sync::Arc;
use std::time::Duration;

use super::facts::{Facts, OfferState, offer_state};
use crate::api::{
    ConnectivitySegment, ProductRole, SegmentDesign, SegmentEnd, SegmentPlace, SegmentPort, SegmentProduct,
    SegmentTerm, SiteAddress, TermEnd, TermUnit,
};
use crate::model::{self, Amount, Place, Product, Request, ServiceId, Site, Term, Uni, VlanId};
use crate::planning::{
    Budgeted, Candidate, Choice, Figures, Offered, Rejection, Verdict, choose, preferred, verdicts,
};

/// Which leg of the connection; there is one.
pub const ONLY_LEG: i64 = 0;

/// A firm offer and the segment that holds it.
#[derive(Debug, Clone)]
pub struct Held {
    /// The segment.
    pub segment: Arc<ConnectivitySegment>,
    /// How the seller would carry the request.
    pub candidate: Candidate,
    /// The offer with the limits of its account.
    pub budgeted: Budgeted,
}

/// The market, as far as it answered.
#[derive(Debug, Clone)]
pub struct Market {
    /// Sellers that could carry the request.
    pub candidates: Vec<Candidate>,
    /// Sellers that cannot, and why; those first that came closest.
    pub rejections: Vec<(String, Rejection)>,
    /// Sellers whose ports are full, and why.
    pub shortages: Vec<(String, String)>,
    /// Firm offers.
    pub held: Vec<Held>,
    /// Sellers that declined: name, reason, words.
    pub declined: Vec<(String, String, String)>,
    /// Sellers that have not answered: name, reason, words.
    pub pending: Vec<(String, String, String)>,
    /// What would be taken.
    pub choice: Choice,
}

/// Asks the market with what is known now.
#[must_use]
pub fn market(facts: &Facts, request: &Request) -> Market {
    let mut market = Market {
        candidates: Vec::new(),
        rejections: Vec::new(),
        shortages: facts.shortages.clone(),
        held: Vec::new(),
        declined: Vec::new(),
        pending: Vec::new(),
        choice: Choice { taken: None, cheapest: None, vetoes: Vec::new() },
    };
    let Ok((a, z)) = &facts.sites else { return market };
    let asked: Vec<_> = facts.sellers.iter().map(|seller| seller.asked.clone()).collect();
    for verdict in verdicts(request, a, z, &asked) {
        match verdict {
            Verdict::Candidate(candidate) => market.candidates.push(*candidate),
            Verdict::Rejected { account, why } => market.rejections.push((account, why)),
        }
    }
    // A message has room for so many: who came closest is told first.
    market.rejections.sort_by(|(left, far), (right, near)| near.cmp(far).then_with(|| left.cmp(right)));
    for segment in facts.offering() {
        let name = &segment.spec.provider.name;
        let candidate = market.candidates.iter().find(|candidate| &candidate.account == name);
        let (Some(candidate), Some(seller)) = (candidate, facts.seller(name)) else { continue };
        match offer_state(segment, facts.now) {
            OfferState::Made(monthly, one_time) => market.held.push(Held {
                segment: segment.clone(),
                candidate: candidate.clone(),
                budgeted: Budgeted {
                    offer: offered(candidate, seller.asked.account.currency, monthly, one_time),
                    limits: seller.asked.account.limits,
                    spent: seller.spent,
                },
            }),
            OfferState::Declined(reason, words) => market.declined.push((name.clone(), reason, words)),
            OfferState::Pending(reason, words) => market.pending.push((name.clone(), reason, words)),
        }
    }
    let offers: Vec<Budgeted> = market.held.iter().map(|held| held.budgeted.clone()).collect();
    let figures: Vec<Figures> = market.held.iter().map(|held| figures(held, facts)).collect();
    let order = preferred(request.preference, &figures);
    market.choice = choose(&offers, order, request.budget.as_ref());
    market
}

/// What an offer is compared by: its price, and what its class of service and its seller promise.
fn figures(held: &Held, facts: &Facts) -> Figures {
    let Held { segment, candidate, budgeted } = held;
    let account = facts.seller(&candidate.account).map(|seller| &seller.asked.account);
    let class = account.and_then(|account| {
        let covers = |class: &&model::ServiceClass| {
            class.name == candidate.class_of_service
                && class.covers(&candidate.a.site, &candidate.z.site, candidate.distance_km)
        };
        account.classes.iter().find(covers)
    });
    let answered = segment.status.as_ref().and_then(|status| status.qualification.as_ref());
    let seconds = answered.and_then(|answer| u64::try_from(answer.installation_seconds?).ok());
    Figures {
        name: candidate.account.clone(),
        cost: budgeted.offer.over_term(),
        latency: class.and_then(|class| class.level.frame_delay.iter().max()).map(|(_, delay)| *delay),
        availability: class.and_then(|class| class.level.availability),
        lead_time: seconds.map(Duration::from_secs).or(account.and_then(|account| account.installation)),
    }
}

fn offered(candidate: &Candidate, currency: model::Currency, monthly: Amount, one_time: Amount) -> Offered {
    Offered { account: candidate.account.clone(), currency, monthly, one_time, term: candidate.term.clone() }
}

/// The design of a candidate, as a segment states it.
#[must_use]
pub fn design(candidate: &Candidate, request: &Request) -> SegmentDesign {
    let text = |bandwidth: model::Bandwidth| crate::api::BandwidthText(bandwidth.to_string());
    SegmentDesign {
        committed: text(candidate.rates.a_to_z.committed()),
        peak: text(candidate.rates.a_to_z.peak()),
        reverse_committed: text(candidate.rates.z_to_a.committed()),
        reverse_peak: text(candidate.rates.z_to_a.peak()),
        frame_size: candidate.frame_size.map(i64::from),
        class_of_service: candidate.class_of_service.clone(),
        distance_km: candidate.distance_km.map(i64::from),
        term: term(&candidate.term),
        ready_by: request.ready_by.map(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time),
        purchase_order: request.purchase_order.clone(),
        end_customer: request.end_customer.clone(),
    }
}

fn term(term: &Term) -> SegmentTerm {
    SegmentTerm {
        name: term.name.clone(),
        value: i64::from(term.value),
        unit: match term.unit {
            model::TermUnit::Day => TermUnit::Day,
            model::TermUnit::Month => TermUnit::Month,
            model::TermUnit::Year => TermUnit::Year,
        },
        at_end: match term.at_end {
            model::TermEnd::Renew => TermEnd::Renew,
            model::TermEnd::Roll => TermEnd::Roll,
            model::TermEnd::Disconnect => TermEnd::Disconnect,
        },
        roll_months: term.roll.map(|(months, _)| i64::from(months)),
    }
}

/// An end of a candidate, as a segment states it.
#[must_use]
pub fn end(asked: &model::RequestedEnd, port: &model::Port, vlan: Option<VlanId>) -> SegmentEnd {
    let (uni_product_id, dedicated) = match &port.uni {
        Uni::Existing(id) => (Some(id.0.clone()), None),
        Uni::New(new) => (None, Some(ordered_port(new))),
    };
    SegmentEnd {
        name: asked.name.clone(),
        site: asked.site.clone(),
        port: port.name.clone(),
        uni_product_id,
        dedicated,
        vlan: vlan.map(|vlan| i64::from(vlan.get())),
        demarcation: port.demarcation.clone(),
    }
}

fn ordered_port(new: &model::NewUni) -> SegmentPort {
    let nowhere = SegmentPlace { site_id: None, address_id: None, address: None };
    SegmentPort {
        offering: new.offering.clone(),
        physical_link: new.physical_link.clone(),
        connector: new.connector.map(|connector| connector.name().to_owned()),
        frame_size: new.frame_size.map(i64::from),
        place: match &new.site {
            Site::Known(Place::Site(id)) => SegmentPlace { site_id: Some(id.clone()), ..nowhere },
            Site::Known(Place::Address(id)) => SegmentPlace { address_id: Some(id.clone()), ..nowhere },
            Site::At(postal) => SegmentPlace { address: Some(address(postal)), ..nowhere },
        },
        term: new.term.as_ref().map(term),
    }
}

fn address(postal: &model::Address) -> SiteAddress {
    SiteAddress {
        country: postal.country.clone(),
        state_or_province: postal.state_or_province.clone(),
        city: postal.city.clone(),
        locality: postal.locality.clone(),
        postcode: postal.postcode.clone(),
        street_name: postal.street_name.clone(),
        street_nr: postal.street_nr.clone(),
        street_type: postal.street_type.clone(),
        sub: None,
    }
}

/// The product of a candidate, as a segment states it.
#[must_use]
pub const fn product(product: Product) -> SegmentProduct {
    match product {
        Product::Epl => SegmentProduct::Epl,
        Product::Evpl => SegmentProduct::Evpl,
    }
}

/// Whether a segment ends where the candidate would.
#[must_use]
pub fn same_ends(segment: &ConnectivitySegment, candidate: &Candidate, request: &Request) -> bool {
    let [a, z] = segment.spec.ends.as_slice() else { return false };
    let same = |found: &SegmentEnd, asked: &model::RequestedEnd, port: &model::Port| {
        let vlan = asked.vlan.is_none_or(|vlan| found.vlan == Some(i64::from(vlan.get())));
        let wanted = end(asked, port, None);
        // A change of where people plug in moves nothing.
        vlan && SegmentEnd { vlan: found.vlan, demarcation: found.demarcation.clone(), ..wanted } == *found
    };
    segment.spec.product == product(candidate.product)
        && same(a, &request.a, &candidate.a)
        && same(z, &request.z, &candidate.z)
}

/// Whether this is the service of the segment, as far as anything is known of it.
#[must_use]
pub fn is_service(segment: &ConnectivitySegment, service: &ServiceId) -> bool {
    let named = segment.spec.existing.as_ref().and_then(|existing| existing.product_id.as_ref());
    let products = segment.status.iter().flat_map(|status| &status.products);
    let shown = products.filter(|product| product.role == ProductRole::Evc).map(|product| &product.id);
    named.into_iter().chain(shown).any(|id| *id == service.0)
}

/// Whether a segment ends at the endpoints that the request names, whatever the ports.
#[must_use]
pub fn same_endpoints(segment: &ConnectivitySegment, request: &Request) -> bool {
    let [a, z] = segment.spec.ends.as_slice() else { return false };
    let same = |end: &crate::api::SegmentEnd, asked: &model::RequestedEnd| {
        let vlan = asked.vlan.is_none_or(|vlan| end.vlan == Some(i64::from(vlan.get())));
        end.name == asked.name && end.site == asked.site && vlan
    };
    same(a, &request.a) && same(z, &request.z)
}
