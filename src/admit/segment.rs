//! `ConnectivitySegment` to what its seller is asked.

use jiff::Timestamp;

use super::{Refusal, amount, bandwidth, currency, small, term_end, term_unit, vlan};
use crate::api::{ConnectivitySegmentSpec, SegmentEnd, SegmentProduct};
use crate::model::{Budget, Design, End, Product, Project, Rate, Rates, ServiceId, Term, TermUnit};

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
    let term = &design.term;
    Ok(Parsed {
        design: Design {
            product: match spec.product {
                SegmentProduct::Epl => Product::Epl,
                SegmentProduct::Evpl => Product::Evpl,
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
            term: Term {
                name: term.name.clone(),
                value: small("spec.design.term.value", term.value)?,
                unit: term_unit(term.unit),
                at_end: term_end(term.at_end),
                roll: term
                    .roll_months
                    .map(|months| small("spec.design.term.rollMonths", months).map(|n| (n, TermUnit::Month)))
                    .transpose()?,
            },
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

fn end(end: &SegmentEnd) -> Result<End, Refusal> {
    Ok(End {
        identifier: end.name.clone(),
        uni: ServiceId(end.uni_product_id.clone()),
        vlan: end.vlan.map(|id| vlan("spec.ends.vlan", id)).transpose()?,
    })
}

#[cfg(test)]
mod tests;
