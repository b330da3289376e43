//! What is known of one connection between two ends: all there is between two peers, or what concerns one spoke of a hub.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Facts, owed};
use crate::api::ConnectivitySegment;
use crate::model::{Amount, Budget, OnPartial, Request};
use crate::planning::Spent;

impl Facts {
    /// The facts of every connection between two ends that is asked, in order; none where nobody can understand what is asked.
    pub fn strands(&self) -> impl Iterator<Item = Self> {
        self.request.iter().flat_map(Request::strands).map(|strand| self.strand(&strand))
    }

    /// The facts of every connection that there is something to tell of: of those that are asked, or of those that there are segments
    /// of where nobody can understand what is asked.
    #[must_use]
    pub fn told(&self) -> Vec<Self> {
        if self.request.is_ok() {
            return self.strands().collect();
        }
        let spokes: BTreeSet<_> = self.segments.iter().map(|segment| segment.spec.spoke.clone()).collect();
        if spokes.iter().all(Option::is_none) {
            return vec![self.clone()];
        }
        let of = |spoke: &Option<String>| {
            let own = self.segments.iter().filter(|segment| segment.spec.spoke == *spoke);
            Self { segments: own.cloned().collect(), ..self.clone() }
        };
        spokes.iter().map(of).collect()
    }

    /// The facts of the connection of this spoke; all of them where no spoke is named, none where nobody asks for the spoke.
    #[must_use]
    pub fn strand_of(&self, spoke: Option<&str>) -> Option<Self> {
        let Ok(request) = &self.request else { return None };
        request.strands().iter().find(|strand| strand.spoke() == spoke).map(|strand| self.strand(strand))
    }

    /// The facts narrowed to one connection. Of the budget it has what the other spokes leave, and what they cost is spent at their
    /// accounts.
    fn strand(&self, request: &Request) -> Self {
        let Some(name) = request.spoke() else { return self.clone() };
        let known = self.spokes.get(name);
        let (segments, others): (Vec<_>, Vec<_>) =
            self.segments.iter().cloned().partition(|segment| segment.spec.spoke.as_deref() == Some(name));
        let asked = others.iter().filter(|segment| !is_left(segment, request));
        let beside: Spent = asked.filter_map(|segment| owed(segment)).sum();
        let mut sellers = self.sellers.clone();
        for seller in &mut sellers {
            let here = others.iter().filter(|other| other.spec.provider.name == seller.asked.account.name);
            seller.spent = here.filter_map(|other| owed(other)).fold(seller.spent, |sum, one| sum + one);
        }
        let budget = request.budget.map(|budget| left(budget, beside));
        Self {
            request: Ok(Request { budget, ..request.clone() }),
            sites: known.map_or_else(|| self.sites.clone(), |known| known.sites.clone()),
            shortages: known.map(|known| known.shortages.clone()).unwrap_or_default(),
            sellers,
            segments,
            // Not copied from `self` at once: 64 spokes would copy 64 spokes.
            spokes: BTreeMap::new(),
            intent: self.intent.clone(),
            between: self.between.clone(),
            interconnects: self.interconnects.clone(),
            unreadable: self.unreadable.clone(),
            lost_claims: self.lost_claims.clone(),
            budgets: self.budgets.clone(),
            notes: self.notes.clone(),
            class: self.class.clone(),
            approvals: self.approvals.clone(),
            operators: self.operators.clone(),
            held: self.held,
            patience: self.patience,
            now: self.now,
        }
    }

    /// The spoke that these facts are about, where they are about one of a hub.
    #[must_use]
    pub fn spoke(&self) -> Option<&str> {
        self.request.as_ref().ok().and_then(Request::spoke)
    }

    /// Whether other spokes are bought without this one, where it cannot be had.
    #[must_use]
    pub fn others_proceed(&self) -> bool {
        let proceeds =
            |request: &Request| request.spokes.len() > 1 && request.on_partial == OnPartial::Proceed;
        self.request.as_ref().is_ok_and(proceeds)
    }

    /// The segments of spokes that nobody asks for any more.
    pub fn left<'a>(&'a self, request: &'a Request) -> impl Iterator<Item = &'a Arc<ConnectivitySegment>> {
        self.segments.iter().filter(|segment| is_left(segment, request))
    }

    /// The ports of a path are full; of a hub, of one to this spoke.
    pub fn note_shortage(&mut self, spoke: Option<&str>, path: &str, why: &str) {
        let found = match spoke {
            Some(spoke) => self.spokes.get_mut(spoke).map(|known| &mut known.shortages),
            None => Some(&mut self.shortages),
        };
        if let Some(shortages) = found {
            shortages.push((path.to_owned(), why.to_owned()));
        }
    }
}

/// Whether the segment is of a spoke that nobody asks for any more, or of two peers where there is a hub by now.
#[must_use]
pub fn is_left(segment: &ConnectivitySegment, request: &Request) -> bool {
    match segment.spec.spoke.as_deref() {
        Some(spoke) => request.spokes.iter().all(|asked| asked.name != spoke),
        None => !request.spokes.is_empty(),
    }
}

fn left(budget: Budget, paid: Spent) -> Budget {
    let less = |most: Amount, paid: Amount| {
        if paid < most { Amount::new(most.decimal() - paid.decimal()) } else { Amount::ZERO }
    };
    Budget {
        monthly: less(budget.monthly, paid.monthly),
        one_time: less(budget.one_time, paid.one_time),
        ..budget
    }
}
