//! What happens at a boundary, or because a test says so: the process dies, storage is put back, the intent asks, leaves, agrees.

use std::sync::Arc;

use super::World;
use super::controller::Ended;
use crate::api::{ChosenOffer, ConnectivitySegment, Desired, OrderRecordState};
use crate::model::{Decision, DecisionId, OrderId, Verdict};
use crate::segment::purchase;
use crate::segment::tests::fixture::{now, wanted};

/// What happens at a boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// The process dies; another one starts a moment later.
    Crash,
    /// The cluster is rebuilt from a backup without statuses.
    LoseStatus,
    /// The intent asks for another bandwidth.
    Change,
    /// The intent is deleted.
    Leave,
}
fn intending(segment: &ConnectivitySegment) -> bool {
    let mut orders = segment.status.iter().flat_map(|status| &status.orders);
    orders.any(|record| record.state == OrderRecordState::Intending)
}
impl World {
    /// What happens at which boundary, counted from now.
    pub fn script(&mut self, events: impl IntoIterator<Item = (usize, Event)>) {
        self.events = events.into_iter().map(|(at, event)| (self.boundaries + at, event)).collect();
    }
    pub(super) fn boundary(&mut self) -> Result<(), Ended> {
        let here = self.boundaries;
        self.boundaries += 1;
        if self.backup.is_none() && self.stored.as_deref().is_some_and(intending) {
            self.backup.clone_from(&self.stored);
        }
        match self.events.remove(&here) {
            None => Ok(()),
            Some(Event::Change) => {
                self.change();
                Ok(())
            }
            Some(Event::Leave) => {
                self.leave();
                Ok(())
            }
            Some(Event::Crash) => {
                self.now += 3;
                Err(Ended::Died)
            }
            Some(Event::LoseStatus) => {
                self.now += 3_600;
                self.edit(|segment| segment.status = None);
                Err(Ended::Died)
            }
        }
    }

    /// The intent asks for another bandwidth.
    pub fn change(&mut self) {
        self.edit(|segment| {
            segment.spec.revision += 1;
            let rate = format!("{}G", 2 * segment.spec.revision);
            segment.spec.design.committed = rate.as_str().into();
            segment.spec.design.peak = rate.as_str().into();
            segment.metadata.generation = segment.metadata.generation.map(|generation| generation + 1);
        });
    }

    /// The intent is deleted.
    pub fn leave(&mut self) {
        self.edit(|segment| {
            segment.spec.desired = Desired::Absent;
            segment.metadata.deletion_timestamp =
                Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(now()));
        });
    }

    /// The storage is put back to an earlier moment, and the process starts anew.
    pub fn put_back(&mut self, backup: Option<Arc<ConnectivitySegment>>) {
        self.now += 10;
        self.stored = backup;
        self.version += 1;
        self.memory = None;
    }

    /// The intent agrees to the offer that is there, or keeps what was taken over.
    pub(super) fn agree(&mut self) -> bool {
        let Some(segment) = self.stored.clone() else { return false };
        let taken_over =
            purchase::bought(segment.status.as_ref().map_or(&[], |status| &status.orders)).is_some();
        if taken_over && segment.spec.desired == Desired::Offer {
            let wanted = wanted().segment.spec.clone();
            self.edit(|segment| {
                (segment.spec.desired, segment.spec.authority) = (wanted.desired, wanted.authority)
            });
            return true;
        }
        let made = segment.status.as_ref().and_then(|status| status.offer.clone());
        let Some(made) = made.filter(|made| made.revision == segment.spec.revision) else { return false };
        let chosen = ChosenOffer { revision: made.revision, quote_id: made.quote_id };
        if segment.spec.desired != Desired::Present || segment.spec.offer.as_ref() == Some(&chosen) {
            return false;
        }
        self.edit(|segment| segment.spec.offer = Some(chosen));
        true
    }

    /// A person names the order that ends.
    pub fn end(&mut self, order: &str) {
        let id = DecisionId { namespace: "training".into(), name: "end".into(), uid: "decision-uid".into() };
        let verdict = Verdict::EndTwin(OrderId(order.into()));
        self.decisions.push(Decision { id, made: Some(self.wall()), verdict });
    }
}
