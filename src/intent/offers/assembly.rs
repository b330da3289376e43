//! Which segments serve which path. One that serves a leg of several paths is one, as long as they want the same of it.

use std::sync::Arc;

use super::{ONLY_LEG, design, ends_like};
use crate::api::{ConnectivitySegment, Desired, SegmentDesign};
use crate::intent::facts::name_of;
use crate::model::Request;
use crate::planning::{Candidate, Path};

/// The segments of a path.
#[derive(Debug, Clone, Default)]
pub struct Assembly {
    /// Of each leg, where anybody was asked.
    pub legs: Vec<Option<Arc<ConnectivitySegment>>>,
    /// All legs have one, and their VLAN ids agree where legs meet.
    pub is_whole: bool,
}

/// The segments of every path. Paths that come first have the first choice.
#[must_use]
pub fn assemble(paths: &[Path], segments: &[&Arc<ConnectivitySegment>], request: &Request) -> Vec<Assembly> {
    let mut wanted: Vec<(&str, SegmentDesign)> = Vec::new();
    let mut found = Vec::new();
    for path in paths {
        let options: Vec<Vec<&Arc<ConnectivitySegment>>> =
            (0..path.legs.len()).map(|index| options(path, index, segments, request, &wanted)).collect();
        let whole = whole(path, &options);
        let is_whole = whole.is_some();
        let legs = whole.unwrap_or_else(|| options.iter().map(|options| options.first().copied()).collect());
        for (leg, segment) in path.legs.iter().zip(&legs) {
            wanted.extend(segment.map(|segment| (name_of(segment), design(leg, request))));
        }
        found.push(Assembly { legs: legs.into_iter().map(|leg| leg.cloned()).collect(), is_whole });
    }
    found
}

/// Segments that may serve a leg; those first that need no change for it.
fn options<'a>(
    path: &Path,
    index: usize,
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
            (spec.leg == ONLY_LEG) == path.is_direct()
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

/// One segment for each leg, such that VLAN ids agree where legs meet; the first options that do.
fn whole<'a>(
    path: &Path,
    options: &[Vec<&'a Arc<ConnectivitySegment>>],
) -> Option<Vec<Option<&'a Arc<ConnectivitySegment>>>> {
    fn next<'a>(
        path: &Path,
        options: &[Vec<&'a Arc<ConnectivitySegment>>],
        chosen: &mut Vec<Option<&'a Arc<ConnectivitySegment>>>,
    ) -> bool {
        let index = chosen.len();
        let Some(here) = options.get(index) else { return true };
        for segment in here {
            let before = index.checked_sub(1).and_then(|before| chosen.get(before).copied().flatten());
            let agree = before.is_none_or(|before| {
                let translates = path.joints.get(index - 1).is_some_and(|joint| joint.translates_vlans());
                let (z, a) = (before.spec.ends.get(1), segment.spec.ends.first());
                translates || z.map(|end| end.vlan) == a.map(|end| end.vlan)
            });
            if agree {
                chosen.push(Some(segment));
                if next(path, options, chosen) {
                    return true;
                }
                chosen.pop();
            }
        }
        false
    }
    let mut chosen = Vec::new();
    next(path, options, &mut chosen).then_some(chosen)
}
