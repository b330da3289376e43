//! `ConnectivitySegment` to what its seller is asked.

use jiff::Timestamp;

use super::{Refusal, address, amount, bandwidth, connector, currency, small, term_end, term_unit, vlan};
use crate::api::{
    ConnectivitySegmentSpec, SegmentEnd, SegmentPlace, SegmentPort, SegmentProduct, SegmentTerm,
};
use crate::model::{
    Budget, Design, End, Interface, NewUni, Place, Product, Project, Rate, Rates, ServiceId, Site, Term,
    TermUnit,
};

/// A segment's wish, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// What is asked of the seller. The date is the earliest; [`crate::model::Design::requested_completion`] moves later with
    /// the seller's interval.
    pub design: Design,
    /// Groups all orders of the intent.
    pub project: Project,
    /// Up to which amounts the seller may be paid; none before the segment is wanted.
    pub authority: Option<Budget>,
}

/// What the segment asks of its seller.
///
/// # Errors
/// A field that cannot be understood; the operator itself wrote it, so this is a defect or a foreign edit.
pub fn segment(spec: &ConnectivitySegmentSpec, now: Timestamp) -> Result<Parsed, Refusal> {
    let [a, z] = spec.ends.as_slice() else {
        return Err(Refusal::invalid("spec.ends", "a segment has two ends"));
    };
    let rate = |committed: (&str, _), peak: (&str, _)| {
        let committed = bandwidth(committed.0, committed.1)?;
        Ok::<_, Refusal>(Rate::new(committed, Some(bandwidth(peak.0, peak.1)?)))
    };
    let design = &spec.design;
    Ok(Parsed {
        design: Design {
            product: match spec.product {
                SegmentProduct::Epl => Product::Epl,
                SegmentProduct::Evpl => Product::Evpl,
                SegmentProduct::AccessEline => Product::AccessEline,
            },
            a: end(a)?,
            z: end(z)?,
            rates: Rates {
                a_to_z: rate(
                    ("spec.design.committed", &design.committed),
                    ("spec.design.peak", &design.peak),
                )?,
                z_to_a: rate(
                    ("spec.design.reverseCommitted", &design.reverse_committed),
                    ("spec.design.reversePeak", &design.reverse_peak),
                )?,
            },
            frame_size: design.frame_size.map(|size| small("spec.design.frameSize", size)).transpose()?,
            class_of_service: design.class_of_service.clone(),
            distance_km: design.distance_km.map(|km| small("spec.design.distanceKm", km)).transpose()?,
            term: term("spec.design.term", &design.term)?,
            requested_completion: design.ready_by.as_ref().map_or(now, |time| time.0.max(now)),
            purchase_order: design.purchase_order.clone(),
            end_customer: design.end_customer.clone(),
        },
        project: Project(spec.project.clone()),
        authority: spec
            .authority
            .as_ref()
            .map(|authority| {
                Ok::<_, Refusal>(Budget {
                    currency: currency("spec.authority.currency", &authority.currency)?,
                    monthly: amount("spec.authority.monthly", &authority.monthly)?,
                    one_time: amount("spec.authority.oneTime", &authority.one_time)?,
                    termination: amount("spec.authority.termination", &authority.termination)?,
                })
            })
            .transpose()?,
    })
}

pub fn term(field: &str, term: &SegmentTerm) -> Result<Term, Refusal> {
    let roll = term
        .roll_months
        .map(|months| small(&format!("{field}.rollMonths"), months).map(|n| (n, TermUnit::Month)));
    Ok(Term {
        name: term.name.clone(),
        value: small(&format!("{field}.value"), term.value)?,
        unit: term_unit(term.unit),
        at_end: term_end(term.at_end),
        roll: roll.transpose()?,
    })
}

fn new_uni(port: &SegmentPort) -> Result<NewUni, Refusal> {
    let field = "spec.ends.dedicated";
    let site = match &port.place {
        SegmentPlace { site_id: Some(id), .. } => Site::Known(Place::Site(id.clone())),
        SegmentPlace { address_id: Some(id), .. } => Site::Known(Place::Address(id.clone())),
        SegmentPlace { address: Some(postal), .. } => Site::At(address(postal)),
        SegmentPlace { site_id: None, address_id: None, address: None } => {
            return Err(Refusal::invalid(&format!("{field}.place"), "a port is installed at a place"));
        }
    };
    Ok(NewUni {
        offering: port.offering.clone(),
        physical_link: port.physical_link.clone(),
        connector: port.connector.as_deref().map(|name| connector(field, name)).transpose()?,
        frame_size: port.frame_size.map(|size| small(&format!("{field}.frameSize"), size)).transpose()?,
        site,
        term: port.term.as_ref().map(|bought| term(&format!("{field}.term"), bought)).transpose()?,
    })
}

fn end(end: &SegmentEnd) -> Result<End, Refusal> {
    Ok(End {
        identifier: end.name.clone(),
        interface: match (&end.uni_product_id, &end.enni_product_id, &end.dedicated) {
            (Some(id), None, None) => Interface::Uni(ServiceId(id.clone())),
            (None, Some(id), None) => Interface::Enni(ServiceId(id.clone())),
            (None, None, Some(port)) => Interface::NewUni(Box::new(new_uni(port)?)),
            (Some(_) | None, Some(_) | None, Some(_) | None) => {
                return Err(Refusal::invalid(
                    "spec.ends",
                    "an end has a port that is there, or one to be ordered",
                ));
            }
        },
        vlan: end.vlan.map(|id| vlan("spec.ends.vlan", id)).transpose()?,
    })
}

#[cfg(test)]
mod tests;
