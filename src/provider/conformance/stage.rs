//! The road to an order, which most checks begin with. Every check has a project, marks and designs of its own.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::backstage::{Backstage, Call, Taken, Trouble};
use super::report::{Outcome, Verdict, need};
use crate::model::{
    Change, Design, Failure, ItemRefs, Mark, OfferRef, Operation, Order, OrderId, OrderState, OrderView,
    Placement, Project, ServiceId,
};
use crate::provider::{Capabilities, Handle, Observation, Progress, Provider};

/// How many designs a check may ask for.
const DESIGNS: u32 = 10;

/// What one check works with.
pub(super) struct Stage<'a> {
    pub(super) provider: &'a dyn Provider,
    pub(super) backstage: &'a dyn Backstage,
    name: &'static str,
    number: u32,
    designs: AtomicU32,
    marks: AtomicU32,
}

impl<'a> Stage<'a> {
    pub(super) fn new(
        provider: &'a dyn Provider,
        backstage: &'a dyn Backstage,
        name: &'static str,
        number: u32,
    ) -> Self {
        Self { provider, backstage, name, number, designs: AtomicU32::new(0), marks: AtomicU32::new(0) }
    }

    pub(super) fn able(&self) -> Capabilities {
        self.provider.capabilities()
    }

    pub(super) fn project(&self) -> Project {
        Project(format!("conformance/checks/{}", self.name))
    }

    /// A design that nobody asked for yet.
    pub(super) fn design(&self) -> Design {
        let next = self.designs.fetch_add(1, Ordering::Relaxed);
        self.backstage.design(self.number * DESIGNS + next)
    }

    /// An order under a mark that nobody used yet.
    pub(super) fn order(&self, operation: Operation) -> Order {
        let sequence = self.marks.fetch_add(1, Ordering::Relaxed) + 1;
        let mark = Mark::new(format!("check-{}", self.number), sequence);
        Order { mark, project: self.project(), operation }
    }

    /// From now on this befalls every such request.
    pub(super) async fn disturb(&self, call: Call, trouble: Trouble) -> Outcome {
        let words = format!("the backstage cannot bring about {trouble:?} of {call:?}");
        need(self.backstage.disturb(call, trouble).await, &words)
    }

    /// What may be ordered: as far as the account needs it, qualified and quoted.
    pub(super) async fn offer(&self, design: &Design, change: &Change) -> Outcome<OfferRef> {
        let able = self.able();
        let mut offer = OfferRef { quote: None, qualification: None };
        if able.qualification_required {
            let answer = said("to qualify", self.provider.qualify(design, change).await)?;
            let ready = match answer {
                Progress::Ready(ready) => ready,
                Progress::Pending { handle, .. } => match self.later(Handle::Qualification(handle)).await? {
                    Observation::Qualification(Progress::Ready(ready)) => ready,
                    other => return broken(format!("a qualification that stays unanswered: {other:?}")),
                },
            };
            offer.qualification = Some(ItemRefs::new(ready.id, ready.item, ready.ports));
        }
        if able.quote_required {
            let answer = said("to quote", self.provider.quote(design, change, &offer).await)?;
            let ready = match answer {
                Progress::Ready(ready) => ready,
                Progress::Pending { handle, .. } => match self.later(Handle::Quote(handle)).await? {
                    Observation::Quote(Progress::Ready(ready)) => ready,
                    other => return broken(format!("a quote that stays unanswered: {other:?}")),
                },
            };
            let ports = ready.ports.into_iter().map(|port| (port.role, port.item)).collect();
            offer.quote = Some(ItemRefs::new(ready.id, ready.item, ports));
        }
        Ok(offer)
    }

    async fn later(&self, handle: Handle) -> Outcome<Observation> {
        self.backstage.pass(self.backstage.delivery()).await;
        self.look(handle).await
    }

    /// An order for a new service, ready to be sent.
    pub(super) async fn addition(&self) -> Outcome<Order> {
        let design = self.design();
        let offer = self.offer(&design, &Change::Add).await?;
        Ok(self.order(Operation::Add { design: Box::new(design), offer }))
    }

    /// Sends an order that nothing stands against.
    pub(super) async fn place(&self, order: &Order) -> Outcome<OrderId> {
        match self.send(order).await {
            Placement::Accepted(id) => Ok(id),
            other => broken(format!("an order that nothing stands against: {other:?}")),
        }
    }

    /// Sends an order, in time.
    pub(super) async fn send(&self, order: &Order) -> Placement {
        self.provider.place(order, self.backstage.fence(false)).await
    }

    /// A new service that runs.
    pub(super) async fn service(&self) -> Outcome<(Design, ServiceId)> {
        let order = self.addition().await?;
        let id = self.place(&order).await?;
        let done = self.completed(&id).await?;
        match (&order.operation, done.services.as_slice()) {
            (Operation::Add { design, .. }, [(_, service)]) => Ok(((**design).clone(), service.clone())),
            (_, services) => broken(format!("a new service is {services:?}")),
        }
    }

    /// The order once it is completed.
    pub(super) async fn completed(&self, id: &OrderId) -> Outcome<OrderView> {
        self.backstage.pass(self.backstage.delivery()).await;
        let order = self.order_of(id).await?;
        if order.state == OrderState::Completed {
            return Ok(order);
        }
        broken(format!("an order that should be completed: {order:?}"))
    }

    /// The order as it is seen.
    pub(super) async fn order_of(&self, id: &OrderId) -> Outcome<OrderView> {
        match self.look(Handle::Order(id.clone())).await? {
            Observation::Order(order) => Ok(order),
            other => broken(format!("behind an order's handle: {other:?}")),
        }
    }

    /// What is behind one handle.
    pub(super) async fn look(&self, handle: Handle) -> Outcome<Observation> {
        let mut seen = said("to observe", self.provider.observe(std::slice::from_ref(&handle)).await)?;
        match (seen.pop(), seen.is_empty()) {
            (Some(only), true) => Ok(only),
            (last, _) => broken(format!("one handle has other than one observation: {seen:?}, {last:?}")),
        }
    }

    /// The orders that the seller has under a mark.
    pub(super) async fn taken(&self, mark: &Mark) -> Vec<Taken> {
        let mark = mark.to_string();
        let taken = self.backstage.taken().await;
        taken.into_iter().filter(|order| order.mark.as_ref() == Some(&mark)).collect()
    }

    /// Lets go by whatever time the account declares that it may take until anything can be found.
    pub(super) async fn settle(&self) {
        let Capabilities { search_lag, delay_bound, inventory_lag, request_timeout, .. } = self.able();
        self.backstage.pass(search_lag + delay_bound + inventory_lag + request_timeout).await;
    }
}

/// The answer to a free call that nothing stands against.
pub(super) fn said<T>(what: &str, answer: Result<T, Failure>) -> Outcome<T> {
    answer.map_err(|failure| Verdict::Failed(format!("{what} fails: {failure:?}")))
}

/// The check fails here.
pub(super) fn broken<T>(why: String) -> Outcome<T> {
    Err(Verdict::Failed(why))
}

/// Longer than every time-out of the account, for what must not be mute for ever.
pub(super) fn patience(able: &Capabilities) -> Duration {
    able.request_timeout * 2 + Duration::from_secs(2)
}
