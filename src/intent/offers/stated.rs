//! A leg of a way as a segment states it, and whether a segment states this leg. Pure translation: nothing is chosen here.

use std::sync::Arc;

use crate::api::{
    ConnectivitySegment, ProductRole, SegmentDesign, SegmentEnd, SegmentJoint, SegmentPlace, SegmentPort,
    SegmentProduct, SegmentTerm, SiteAddress, TermEnd, TermUnit,
};
use crate::model::{self, Interface, Place, Product, Request, ServiceId, Site, Term, VlanId};
use crate::planning::{Candidate, Joint, Path};

/// Most characters of the name of an end.
const MOST_OF_A_NAME: usize = 45;

/// A joint, as a segment states it.
#[must_use]
pub fn joint(joint: &Joint) -> SegmentJoint {
    match joint {
        Joint::Patch(patch) => SegmentJoint { interconnect: Some(patch.name.clone()), transit: None },
        Joint::Transit { site, .. } => SegmentJoint { interconnect: None, transit: Some(site.clone()) },
    }
}

/// The ends of each leg of a path, as segments state them, with these VLAN ids: at the path's ends as the request names them, and
/// between them by what joins the legs.
#[must_use]
pub fn ends(
    path: &Path,
    request: &Request,
    vlans: &[(Option<VlanId>, Option<VlanId>)],
) -> Vec<Vec<SegmentEnd>> {
    let at_joint = |index: usize, site: &str| model::RequestedEnd {
        name: path.joints.get(index).map_or(site, Joint::name).chars().take(MOST_OF_A_NAME).collect(),
        site: site.to_owned(),
        vlan: None,
    };
    let last = path.legs.len().saturating_sub(1);
    let legs = path.legs.iter().zip(vlans).enumerate();
    legs.map(|(index, (leg, vlans))| {
        let a = if index == 0 { request.a.clone() } else { at_joint(index - 1, &leg.a.site) };
        let z = if index == last { request.z.clone() } else { at_joint(index, &leg.z.site) };
        vec![end(&a, &leg.a, vlans.0), end(&z, &leg.z, vlans.1)]
    })
    .collect()
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
    let (uni_product_id, enni_product_id, dedicated) = match &port.interface {
        Interface::Uni(id) => (Some(id.0.clone()), None, None),
        Interface::Enni(id) => (None, Some(id.0.clone()), None),
        Interface::NewUni(new) => (None, None, Some(ordered_port(new))),
    };
    SegmentEnd {
        name: asked.name.clone(),
        site: asked.site.clone(),
        port: port.name.clone(),
        uni_product_id,
        enni_product_id,
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
        Product::AccessEline => SegmentProduct::AccessEline,
    }
}

/// Whether a segment ends where the candidate would, at the ends that are asked for.
#[must_use]
pub fn same_ends(segment: &ConnectivitySegment, candidate: &Candidate, request: &Request) -> bool {
    ends_like(segment, candidate, (Some(&request.a), Some(&request.z)))
}

/// Whether a segment ends where the candidate would. Where no end is asked for, the leg ends at a joint, whatever that is called.
pub(super) fn ends_like(
    segment: &ConnectivitySegment,
    candidate: &Candidate,
    asked: (Option<&model::RequestedEnd>, Option<&model::RequestedEnd>),
) -> bool {
    let [a, z] = segment.spec.ends.as_slice() else { return false };
    let same = |found: &SegmentEnd, asked: Option<&model::RequestedEnd>, port: &model::Port| {
        let at_joint = model::RequestedEnd { name: found.name.clone(), site: port.site.clone(), vlan: None };
        let asked = asked.unwrap_or(&at_joint);
        let vlan = asked.vlan.is_none_or(|vlan| found.vlan == Some(i64::from(vlan.get())));
        let wanted = end(asked, port, None);
        // A change of where people plug in moves nothing.
        vlan && SegmentEnd { vlan: found.vlan, demarcation: found.demarcation.clone(), ..wanted } == *found
    };
    segment.spec.provider.name == candidate.account
        && segment.spec.product == product(candidate.product)
        && same(a, asked.0, &candidate.a)
        && same(z, asked.1, &candidate.z)
}

/// Whether this is the service of the segment, as far as anything is known of it.
#[must_use]
pub fn is_service(segment: &ConnectivitySegment, service: &ServiceId) -> bool {
    let named = segment.spec.existing.as_ref().and_then(|existing| existing.product_id.as_ref());
    let products = segment.status.iter().flat_map(|status| &status.products);
    let shown = products.filter(|product| product.role == ProductRole::Evc).map(|product| &product.id);
    named.into_iter().chain(shown).any(|id| *id == service.0)
}

/// Whether segments that are one connection end at the endpoints that the request names, whatever the ports.
#[must_use]
pub fn same_endpoints(legs: &[&Arc<ConnectivitySegment>], request: &Request) -> bool {
    let a = legs.first().and_then(|leg| leg.spec.ends.first());
    let z = legs.last().and_then(|leg| leg.spec.ends.get(1));
    let (Some(a), Some(z)) = (a, z) else { return false };
    let same = |end: &crate::api::SegmentEnd, asked: &model::RequestedEnd| {
        let vlan = asked.vlan.is_none_or(|vlan| end.vlan == Some(i64::from(vlan.get())));
        end.name == asked.name && end.site == asked.site && vlan
    };
    same(a, &request.a) && same(z, &request.z)
}

/// Whether segments that are one connection join the places that the request names, whatever those are called and in whichever order.
#[must_use]
pub fn same_places(legs: &[&Arc<ConnectivitySegment>], request: &Request) -> bool {
    let renamed = |a: &model::RequestedEnd, z: &model::RequestedEnd| {
        let named = |asked: &model::RequestedEnd, end: Option<&SegmentEnd>| model::RequestedEnd {
            name: end.map_or_else(String::new, |end| end.name.clone()),
            ..asked.clone()
        };
        let first = legs.first().and_then(|leg| leg.spec.ends.first());
        let last = legs.last().and_then(|leg| leg.spec.ends.get(1));
        Request { a: named(a, first), z: named(z, last), ..request.clone() }
    };
    same_endpoints(legs, &renamed(&request.a, &request.z))
        || same_endpoints(legs, &renamed(&request.z, &request.a))
}
