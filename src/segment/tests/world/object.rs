//! The stored object, by the rules of the API server: a write on the ground of something stale is refused, times are whole
//! seconds. And what must be written there before anything is paid for.

use std::sync::Arc;

use super::World;
use super::controller::Ended;
use crate::api::{ConnectivitySegment, ConnectivitySegmentStatus, OrderRecord, OrderRecordState};
use crate::model::{ChargeId, Order};
use crate::segment::decide::Rest;
use crate::segment::facts::Facts;
use crate::segment::{purchase, record};

impl World {
    pub(super) fn edit(&mut self, change: impl FnOnce(&mut ConnectivitySegment)) {
        if let Some(stored) = &mut self.stored {
            change(Arc::make_mut(stored));
            self.version += 1;
        }
    }

    /// No paid request without a persisted record of it.
    pub(super) fn check_recorded(&self, order: &Order) {
        let status = self.stored.as_ref().and_then(|stored| stored.status.as_ref()).expect("a status");
        let record =
            status.orders.iter().find(|record| record.mark == order.mark.to_string()).expect("a record");
        assert_eq!(record.state, OrderRecordState::Intending);
        assert!(self.taken.iter().all(|taken| taken.mark != order.mark), "a mark is used once");
    }

    /// No answer to a charge without a persisted record that says which.
    pub(super) fn check_recorded_answer(&self, charge: &ChargeId, accept: bool) {
        let status = self.stored.as_ref().and_then(|stored| stored.status.as_ref()).expect("a status");
        let open = purchase::open(&status.orders).expect("an open record");
        assert_eq!((open.state, open.charge_id.as_ref()), (OrderRecordState::Intending, Some(&charge.0)));
        assert_eq!(open.accepts.is_some(), accept);
    }

    /// A write on the ground of something stale is refused.
    pub(super) fn unchanged(&self, seen: u64) -> Result<(), Ended> {
        if self.version == seen { Ok(()) } else { Err(Ended::Conflict) }
    }

    pub(super) fn write_orders(
        &mut self,
        facts: &mut Facts,
        changed: &[OrderRecord],
        seen: &mut u64,
    ) -> Result<(), Ended> {
        self.unchanged(*seen)?;
        let (orders, last) = purchase::merged(facts, changed);
        self.edit(|segment| {
            let status = segment.status.get_or_insert_default();
            (status.orders, status.last_order) = (orders, Some(last));
        });
        self.stored_again(facts, seen);
        Ok(())
    }

    pub(super) fn publish(&mut self, facts: &mut Facts, rest: &Rest, seen: &mut u64) -> Result<(), Ended> {
        let status = record::status(facts, rest);
        let old = facts.segment.status.clone().unwrap_or_default();
        if status == (ConnectivitySegmentStatus { orders: Vec::new(), last_order: None, ..old }) {
            return Ok(());
        }
        self.unchanged(*seen)?;
        let whole: ConnectivitySegmentStatus =
            serde_json::from_value(serde_json::to_value(&status).unwrap()).unwrap();
        self.edit(|segment| {
            let before = segment.status.take().unwrap_or_default();
            let (orders, last_order) = (before.orders, before.last_order);
            segment.status = Some(ConnectivitySegmentStatus { orders, last_order, ..whole });
        });
        self.stored_again(facts, seen);
        facts.draft = facts.segment.status.clone().unwrap_or_default();
        Ok(())
    }

    fn stored_again(&self, facts: &mut Facts, seen: &mut u64) {
        *seen = self.version;
        facts.segment = self.stored.clone().expect("just written");
    }
}
