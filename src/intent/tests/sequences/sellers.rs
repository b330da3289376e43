//! What sellers and the controllers of segments do meanwhile: they quote, take orders, deliver, refuse and end, within what they may.

use super::*;

impl World {
    pub(super) fn all_work(&mut self) -> Result<(), TestCaseError> {
        let names: Vec<String> = self.facts.segments.iter().map(|one| name_of(one).to_owned()).collect();
        for name in names {
            if let Some(index) = self.facts.segments.iter().position(|one| name_of(one) == name) {
                self.works(index)?;
            }
        }
        Ok(())
    }

    /// The seller of a segment, and the segment's own controller, do what comes next.
    pub(super) fn works(&mut self, index: usize) -> Result<(), TestCaseError> {
        let segment = self.facts.segments[index].clone();
        let spec = &segment.spec;
        let told = segment.status.clone().unwrap_or_default();
        let open = told.orders.last().filter(|order| order.state == OrderRecordState::Placed).cloned();
        let offer = told.offer.as_ref().filter(|offer| {
            offer.revision == spec.revision
                && offer.valid_until.as_ref().is_none_or(|until| until.0 > self.facts.now)
        });
        let chosen = offer.filter(|offer| {
            spec.offer
                .as_ref()
                .is_some_and(|chosen| chosen.revision == offer.revision && chosen.quote_id == offer.quote_id)
        });
        let authority = spec.authority.as_ref();
        let amount = |text: &str| text.parse::<Amount>().unwrap();
        match spec.desired {
            Desired::Absent => {
                if open.is_some() || !has_service(&segment) {
                    // Cancelled, ended, or never there.
                    if segment.metadata.deletion_timestamp.is_some() {
                        self.facts.segments.remove(index);
                    }
                    return Ok(());
                }
                let fee = self.facts.fee(&segment).1.unwrap();
                let may = authority.is_some_and(|authority| fee <= amount(&authority.termination.0));
                if spec.suspend || !may {
                    let why = if spec.suspend { "Suspended" } else { "TerminationFeeNotAccepted" };
                    self.only(index, |facts, seller| {
                        says(facts, seller, SegmentState::Disconnecting, why, Some(Party::User));
                    });
                    return Ok(());
                }
                self.ends_within_budget(&segment, fee)?;
                self.orders(index, OrderOperation::Disconnect);
                self.only(index, |facts, seller| {
                    says(facts, seller, SegmentState::Disconnecting, "OrderInProgress", Some(Party::Seller));
                });
            }
            Desired::Offer if offer.is_none() => self.quotes(index),
            Desired::Offer => {}
            Desired::Present if open.is_some() => self.in_use(index),
            Desired::Present if told.in_force.as_ref().is_some_and(|now| now.revision == spec.revision) => {
                self.only(index, |facts, seller| says(facts, seller, SegmentState::Active, "Active", None));
            }
            Desired::Present => match (offer, chosen) {
                (None, _) => self.quotes(index),
                (Some(_), None) => {}
                (Some(_), Some(chosen)) => {
                    let price = amount(&chosen.monthly);
                    let may = authority.is_some_and(|authority| price <= amount(&authority.monthly.0));
                    if spec.suspend || !may {
                        let why = if spec.suspend { "Suspended" } else { "PriceAboveBudget" };
                        self.only(index, |facts, seller| {
                            says(facts, seller, SegmentState::Ordering, why, Some(Party::User));
                        });
                        return Ok(());
                    }
                    self.buys_within_budget(&segment, price)?;
                    let operation =
                        if has_service(&segment) { OrderOperation::Modify } else { OrderOperation::Add };
                    self.orders(index, operation);
                    self.only(index, |facts, seller| {
                        says(facts, seller, SegmentState::Ordering, "OrderInProgress", Some(Party::Seller));
                    });
                }
            },
        }
        Ok(())
    }

    pub(super) fn quotes(&mut self, index: usize) {
        let monthly = match self.facts.segments[index].spec.provider.name.as_str() {
            METRO => "1000.00",
            WAVE => "1100.00",
            _ => "1200.00",
        };
        let until = self.facts.now + jiff::SignedDuration::from_secs(86_400);
        self.only(index, |facts, seller| {
            offers(facts, seller, monthly);
            let offer = segment_mut(facts, seller).status.as_mut().unwrap().offer.as_mut().unwrap();
            offer.valid_until = Some(Time(until));
        });
    }

    pub(super) fn orders(&mut self, index: usize, operation: OrderOperation) {
        self.only(index, |facts, seller| {
            record(facts, seller, "operation: Add, state: Placed, orderId: ORD");
            let segment = segment_mut(facts, seller);
            let revision = segment.spec.revision;
            let order = segment.status.as_mut().unwrap().orders.last_mut().unwrap();
            *order = OrderRecord {
                operation,
                revision,
                order_id: Some(format!("ORD-{}", order.sequence)),
                ..order.clone()
            };
        });
    }

    pub(super) fn in_use(&mut self, index: usize) {
        let now = self.facts.now;
        self.only(index, |facts, seller| {
            let monthly =
                segment(facts, seller).status.as_ref().unwrap().offer.as_ref().unwrap().monthly.clone();
            let before = segment(facts, seller).status.as_ref().unwrap().in_force.clone();
            crate::intent::tests::chains::in_use_at(facts, seller, &monthly);
            let segment = segment_mut(facts, seller);
            let committed = segment.spec.design.committed.clone();
            let runs = segment.status.as_mut().unwrap().in_force.as_mut().unwrap();
            *runs = SegmentInForce {
                committed: committed.0.as_str().into(),
                since: before.map_or(Time(now), |before| before.since),
                ..runs.clone()
            };
        });
    }

    /// The seller of a segment declines, or refuses its order for good.
    pub(super) fn fails(&mut self, index: usize) {
        let segment = self.facts.segments[index].clone();
        let told = segment.status.clone().unwrap_or_default();
        let open = told.orders.last().is_some_and(|order| order.state == OrderRecordState::Placed);
        let has_offer = told.offer.as_ref().is_some_and(|offer| offer.revision == segment.spec.revision);
        match segment.spec.desired {
            // It came into use before it could be cancelled.
            Desired::Absent if open && !has_service(&segment) => self.in_use(index),
            Desired::Absent => {}
            Desired::Present if open => self.only(index, |facts, seller| {
                let order = segment_mut(facts, seller).status.as_mut().unwrap().orders.last_mut().unwrap();
                (order.state, order.refusal) = (OrderRecordState::Refused, Some(OrderRefusal::Final));
                says(facts, seller, SegmentState::Declined, "OrderRefused", Some(Party::Seller));
            }),
            Desired::Offer | Desired::Present if !has_offer => self.only(index, |facts, seller| {
                says(facts, seller, SegmentState::Declined, "NoCapacity", Some(Party::Seller));
                segment_mut(facts, seller).status.as_mut().unwrap().offer = None;
            }),
            Desired::Offer | Desired::Present => {}
        }
    }
}
