//! What is bought, from end to end: one segment, or the chain that was chosen last.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{cost_something, has_service, name_of, owed};
use crate::api::{
    ConnectivitySegment, Desired, OrderRecord, OrderRefusal, SegmentChoice, SegmentJoint, SegmentPath,
    SegmentProduct, SegmentState,
};
use crate::model::Product;
use crate::planning::{Spent, leg_key};

/// The segments that were chosen, from the first end to the second.
#[derive(Debug, Clone)]
pub struct Bought<'a> {
    /// What they were chosen as, where that is more than one segment. All of it is in each of them.
    pub choice: Option<&'a SegmentChoice>,
    /// The segments, path by path; nothing where one is gone or going.
    pub legs: Vec<Option<&'a Arc<ConnectivitySegment>>>,
    /// What was chosen before, as far as it is in use from end to end and not all of this is: it stays until then.
    pub before: Vec<&'a Arc<ConnectivitySegment>>,
}

impl<'a> Bought<'a> {
    /// The path that was chosen last, as its segments tell.
    #[must_use]
    pub fn of(segments: &'a [Arc<ConnectivitySegment>]) -> Option<Self> {
        let revision =
            |segment: &ConnectivitySegment| segment.spec.choice.as_ref().map_or(0, |choice| choice.revision);
        let present = segments.iter().filter(|segment| segment.spec.desired == Desired::Present);
        // Of equal ones the first by name.
        let mut holders: Vec<_> = present.collect();
        holders.sort_by_key(|segment| std::cmp::Reverse(revision(segment)));
        let mut bought = Self::chosen_with(holders.first()?, segments);
        if !bought.in_service() {
            let earlier = holders.into_iter().filter(|segment| !bought.has(segment));
            let earlier: Vec<Self> = earlier.map(|holder| Self::chosen_with(holder, segments)).collect();
            // What is in use as a whole comes before one path of a pair that was chosen after it.
            let whole = earlier.iter().filter(|one| one.in_service());
            let mut works = whole.chain(&earlier).map(Self::working);
            let more = |legs: &Vec<&Arc<ConnectivitySegment>>| legs.iter().any(|leg| !bought.has(leg));
            bought.before = works.find(more).unwrap_or_default();
        }
        Some(bought)
    }

    /// Everything that the segment was chosen with.
    fn chosen_with(holder: &'a Arc<ConnectivitySegment>, segments: &'a [Arc<ConnectivitySegment>]) -> Self {
        let Some(choice) = &holder.spec.choice else {
            return Self { choice: None, legs: vec![Some(holder)], before: Vec::new() };
        };
        let leg = |name: &String| {
            let found = segments.iter().find(|segment| name_of(segment) == name)?;
            let stays = found.spec.desired == Desired::Present
                || (found.spec.desired == Desired::Offer && found.metadata.deletion_timestamp.is_none());
            stays.then_some(found)
        };
        Self { choice: Some(choice), legs: choice.segments().map(leg).collect(), before: Vec::new() }
    }

    /// The segments that are there.
    pub fn there(&self) -> impl Iterator<Item = &'a Arc<ConnectivitySegment>> {
        self.legs.iter().filter_map(|leg| *leg)
    }

    /// Whether the segment is one of them.
    #[must_use]
    pub fn has(&self, segment: &ConnectivitySegment) -> bool {
        self.there().any(|leg| name_of(leg) == name_of(segment))
    }

    /// Whether the segment is of what was chosen before, and stays until all of this is in use.
    #[must_use]
    pub fn carries(&self, segment: &ConnectivitySegment) -> bool {
        self.before.iter().any(|leg| name_of(leg) == name_of(segment))
    }

    /// Whether all of it is told to be bought, and no seller has finally refused a part of it.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.legs.iter().all(|leg| leg.is_some_and(|leg| leg.spec.desired == Desired::Present))
            && !self.is_broken()
    }

    /// Whether a part of it cannot be had: it is gone, or its seller finally refused it.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.choice.is_some() && self.legs.iter().any(|leg| leg.is_none_or(|leg| is_refused(leg)))
    }

    /// Whether all of it is in use.
    #[must_use]
    pub fn in_service(&self) -> bool {
        self.legs.iter().all(|leg| leg.is_some_and(|leg| has_service(leg)))
    }

    /// The segments of its paths that are in use from end to end.
    fn working(&self) -> Vec<&'a Arc<ConnectivitySegment>> {
        let all = |legs: &[Option<&'a Arc<ConnectivitySegment>>]| -> Vec<_> {
            let in_use: Option<Vec<_>> = legs.iter().map(|leg| leg.filter(|leg| has_service(leg))).collect();
            in_use.unwrap_or_default()
        };
        let Some(choice) = self.choice else { return all(&self.legs) };
        let mut legs = self.legs.as_slice();
        let paths = choice.paths.iter().flat_map(|path| {
            let (path, rest) = legs.split_at(path.segments.len().min(legs.len()));
            legs = rest;
            all(path)
        });
        paths.collect()
    }

    /// Whether the connection is in use: by all of this, or by what was chosen before.
    #[must_use]
    pub fn serves(&self) -> bool {
        self.in_service() || !self.before.is_empty()
    }

    /// What carries the connection now: this, or what was chosen before it. Nothing where neither is in use from end to end.
    #[must_use]
    pub fn in_use(&self) -> Vec<&'a Arc<ConnectivitySegment>> {
        if self.before.is_empty() { self.working() } else { self.before.clone() }
    }

    /// Whether nothing was ordered for any part of it that did not end in nothing.
    #[must_use]
    pub fn cost_nothing(&self) -> bool {
        self.there().all(|leg| !has_service(leg) && !cost_something(leg))
    }

    /// Legs that are not to be asked again, by key: sellers refused them.
    #[must_use]
    pub fn refused(&self) -> BTreeSet<String> {
        let Some(choice) = self.choice else { return BTreeSet::new() };
        let now = self.there().filter(|leg| is_refused(leg)).map(|leg| key(leg));
        choice.refused.iter().cloned().chain(now).collect()
    }

    /// What the legs but this one cost, or come to cost.
    #[must_use]
    pub fn beside(&self, segment: &ConnectivitySegment) -> Spent {
        let others = self.there().filter(|leg| name_of(leg) != name_of(segment));
        others.filter_map(|leg| owed(leg).or_else(|| offered(leg))).sum()
    }
}

/// The segments of one path, and what joins them.
#[derive(Debug, Clone)]
pub struct Chain<'a> {
    /// The segments that are there, from the first end to the second.
    pub legs: Vec<&'a Arc<ConnectivitySegment>>,
    /// What joins each to the next, where all are there.
    pub joints: &'a [SegmentJoint],
}

/// The segments path by path, as they were chosen; but for paths of which none is there.
#[must_use]
pub fn chains<'a>(legs: &[&'a Arc<ConnectivitySegment>]) -> Vec<Chain<'a>> {
    // One of them may be part of a later choice already.
    let whole =
        |choice: &&SegmentChoice| legs.iter().all(|leg| choice.segments().any(|name| name == name_of(leg)));
    let Some(choice) = legs.iter().filter_map(|leg| leg.spec.choice.as_ref()).find(whole) else {
        return vec![Chain { legs: legs.to_vec(), joints: &[] }];
    };
    let chain = |path: &'a SegmentPath| Chain {
        legs: legs
            .iter()
            .copied()
            .filter(|leg| path.segments.iter().any(|name| name == name_of(leg)))
            .collect(),
        joints: &path.joints,
    };
    choice.paths.iter().map(chain).filter(|chain| !chain.legs.is_empty()).collect()
}

/// What a leg would cost that was not told to be bought yet.
fn offered(segment: &ConnectivitySegment) -> Option<Spent> {
    let offer = segment.status.as_ref()?.offer.as_ref()?;
    Some(Spent { monthly: offer.monthly.parse().ok()?, one_time: offer.one_time.parse().ok()? })
}

/// Whether the seller finally refused the segment as it is asked now, and nothing of it is there.
#[must_use]
pub fn is_refused(segment: &ConnectivitySegment) -> bool {
    segment.status.as_ref().is_some_and(|status| {
        // What a seller refused to deliver stays refused, whatever it may be paid since.
        let refused = |record: &OrderRecord| {
            record.refusal == Some(OrderRefusal::Final) && record.revision == segment.spec.revision
        };
        status.state == Some(SegmentState::Declined)
            && (status.observed_generation == segment.metadata.generation
                || status.orders.last().is_some_and(refused))
    }) && !has_service(segment)
        && !cost_something(segment)
}

/// Which leg the segment is, as [`Candidate::key`](crate::planning::Candidate::key) says it.
#[must_use]
pub fn key(segment: &ConnectivitySegment) -> String {
    let product = match segment.spec.product {
        SegmentProduct::Epl => Product::Epl,
        SegmentProduct::Evpl => Product::Evpl,
        SegmentProduct::AccessEline => Product::AccessEline,
    };
    let end = |index: usize| {
        segment.spec.ends.get(index).map_or(("", ""), |end| (end.site.as_str(), end.port.as_str()))
    };
    leg_key(&segment.spec.provider.name, product, end(0), end(1))
}
