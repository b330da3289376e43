//! Which segments serve which way. One that serves a leg of several ways is one, as long as they want the same of it.

use std::sync::Arc;

use super::stated::ends_like;
use super::{ONLY_LEG, design};
use crate::api::{ConnectivitySegment, Desired, SegmentDesign, SegmentEnd};
use crate::intent::facts::name_of;
use crate::intent::gather::claimed;
use crate::model::Request;
use crate::planning::{Candidate, Path, Way};

/// The segments of a way.
#[derive(Debug, Clone, Default)]
pub struct Assembly {
    /// Of each leg, path by path, where anybody was asked.
    pub legs: Vec<Option<Arc<ConnectivitySegment>>>,
    /// All legs have one, their VLAN ids agree where legs meet, and no two of them have the same one on one port.
    pub is_whole: bool,
}

/// The segments of every way. Ways that come first have the first choice.
#[must_use]
pub fn assemble(ways: &[Way], segments: &[&Arc<ConnectivitySegment>], request: &Request) -> Vec<Assembly> {
    let mut wanted: Vec<(&str, SegmentDesign)> = Vec::new();
    let mut found = Vec::new();
    for way in ways {
        let places =
            || way.paths.iter().flat_map(|path| (0..path.legs.len()).map(move |index| (path, index)));
        let alone = way.is_direct();
        let options: Vec<Slot> = places()
            .map(|(path, index)| Slot {
                path,
                index,
                options: options(path, index, alone, segments, request, &wanted),
            })
            .collect();
        let whole = whole(&options);
        let is_whole = whole.is_some();
        let legs =
            whole.unwrap_or_else(|| options.iter().map(|slot| slot.options.first().copied()).collect());
        for (leg, segment) in way.legs().zip(&legs) {
            wanted.extend(segment.map(|segment| (name_of(segment), design(leg, request))));
        }
        found.push(Assembly { legs: legs.into_iter().map(|leg| leg.cloned()).collect(), is_whole });
    }
    found
}

/// A leg of a way, and the segments that may serve it.
struct Slot<'p, 's> {
    path: &'p Path,
    /// Which leg of the path.
    index: usize,
    options: Vec<&'s Arc<ConnectivitySegment>>,
}

/// Segments that may serve a leg; those first that need no change for it.
fn options<'a>(
    path: &Path,
    index: usize,
    alone: bool,
    segments: &[&'a Arc<ConnectivitySegment>],
    request: &Request,
    wanted: &[(&str, SegmentDesign)],
) -> Vec<&'a Arc<ConnectivitySegment>> {
    let Some(leg) = path.legs.get(index) else { return Vec::new() };
    let asked = design(leg, request);
    let ends = ((index == 0).then_some(&request.a), (index + 1 == path.legs.len()).then_some(&request.z));
    let mut found: Vec<_> = segments
        .iter()
        .copied()
        .filter(|segment| {
            let spec = &segment.spec;
            let wanted = wanted.iter().find(|(name, _)| *name == name_of(segment));
            (spec.leg == ONLY_LEG) == alone
                && spec.existing.is_none()
                && ends_like(segment, leg, ends)
                && wanted.is_none_or(|(_, other)| *other == asked)
                // What is bought is what it is.
                && (spec.desired != Desired::Present || carries(&spec.design, leg, request))
        })
        .collect();
    found.sort_by_key(|segment| {
        (segment.spec.desired != Desired::Present, segment.spec.design != asked, name_of(segment).to_owned())
    });
    found
}

/// Whether a design is what the leg would be, but for dates and names on paper.
fn carries(design: &SegmentDesign, leg: &Candidate, request: &Request) -> bool {
    let wanted = super::design(leg, request);
    let same = SegmentDesign {
        ready_by: design.ready_by.clone(),
        purchase_order: design.purchase_order.clone(),
        end_customer: design.end_customer.clone(),
        ..wanted
    };
    same == *design
}

/// One segment for each leg, such that VLAN ids agree where legs meet, and differ where two paths share a port; the first options
/// that do.
fn whole<'a>(slots: &[Slot<'_, 'a>]) -> Option<Vec<Option<&'a Arc<ConnectivitySegment>>>> {
    fn next<'a>(slots: &[Slot<'_, 'a>], chosen: &mut Vec<&'a Arc<ConnectivitySegment>>) -> bool {
        let Some(slot) = slots.get(chosen.len()) else { return true };
        for segment in &slot.options {
            let before = slot.index.checked_sub(1).and_then(|joint| slot.path.joints.get(joint));
            let agree = before.zip(chosen.last()).is_none_or(|(joint, before)| {
                let (z, a) = (before.spec.ends.get(1), segment.spec.ends.first());
                joint.translates_vlans() || z.map(|end| end.vlan) == a.map(|end| end.vlan)
            });
            if agree && !chosen.iter().any(|other| clash(other, segment)) {
                chosen.push(segment);
                if next(slots, chosen) {
                    return true;
                }
                chosen.pop();
            }
        }
        false
    }
    let mut chosen = Vec::new();
    next(slots, &mut chosen).then(|| chosen.into_iter().map(Some).collect())
}

/// Whether two segments claim the same on one port.
fn clash(one: &ConnectivitySegment, other: &ConnectivitySegment) -> bool {
    let same =
        |left: &SegmentEnd, right: &SegmentEnd| claimed(left) == claimed(right) && left.vlan == right.vlan;
    let mut ends =
        one.spec.ends.iter().flat_map(|left| other.spec.ends.iter().map(move |right| (left, right)));
    one.spec.provider.name == other.spec.provider.name && ends.any(|(left, right)| same(left, right))
}
