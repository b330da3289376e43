//! A decorator for every adapter: deadline, metrics, and the peace that a seller asks for, so that adapters contain none of it.
//!
//! A seller that says "too many" to one is asked nothing by anybody until the time is over that it wants. What costs money leaves
//! all the same: it has a fence and was written down, and the seller itself says what it makes of it.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{
    AccountView, Capabilities, Cursor, Fence, Handle, Observation, Page, Progress, Provider, Requests, Result,
};
use crate::model::{
    Address, Callback, CancellationView, Change, ChargeId, ChargeView, Design, Failure, FailureClass,
    ItemAnswer, OfferRef, Order, OrderId, OrderView, Place, Placement, Project, Qualification, Quote,
    ServiceId, ServiceView, SubscriptionId, Topic,
};
use crate::telemetry::SellerCalls;

/// How many calls one method may make before its deadline; listings and searches make several.
const CALLS_PER_METHOD: u32 = 20;

/// The outcome of what was not asked, for metrics.
const NOT_ASKED: &str = "NotAsked";

/// Wraps an adapter: no method takes longer than its share of request time-outs, and every one is counted.
pub struct Guard {
    inner: Arc<dyn Provider>,
    account: String,
    calls: SellerCalls,
    requests: Arc<Requests>,
}

impl Guard {
    /// Guards `inner`, counted under the name of its account, whose requests all share.
    #[must_use]
    pub fn new(
        inner: Arc<dyn Provider>,
        account: String,
        calls: SellerCalls,
        requests: Arc<Requests>,
    ) -> Self {
        Self { inner, account, calls, requests }
    }

    /// Whether somebody who can wait may begin. Who cannot wait need not ask.
    ///
    /// # Errors
    /// As of [`Requests::turn`].
    pub fn turn(&self) -> Result<()> {
        self.asked("turn", self.requests.turn())
    }

    fn asked(&self, method: &'static str, may: Result<()>) -> Result<()> {
        may.inspect_err(|_| self.calls.count(&self.account, method, NOT_ASKED))
    }

    /// Believes a seller that says "too many", and says for how long.
    fn believing(&self, failure: Failure) -> Failure {
        let FailureClass::Throttled(wait) = failure.class else { return failure };
        Failure { class: FailureClass::Throttled(Some(self.requests.close(wait))), ..failure }
    }

    fn deadline(&self) -> Duration {
        self.inner.capabilities().request_timeout * CALLS_PER_METHOD
    }

    fn late() -> Failure {
        Failure::new(FailureClass::Transient, "the seller did not answer in time")
    }

    async fn free<T>(&self, method: &'static str, call: impl Future<Output = Result<T>> + Send) -> Result<T> {
        self.asked(method, self.requests.open())?;
        let answer = tokio::time::timeout(self.deadline(), call).await.unwrap_or_else(|_| Err(Self::late()));
        let answer = answer.map_err(|failure| self.believing(failure));
        let outcome = answer.as_ref().map_or_else(Failure::label, |_| "ok");
        self.calls.count(&self.account, method, outcome);
        answer
    }

    async fn paid(&self, method: &'static str, call: impl Future<Output = Placement> + Send) -> Placement {
        let answer = tokio::time::timeout(self.deadline(), call)
            .await
            .unwrap_or_else(|_| Placement::Unknown(Self::late()));
        let (outcome, answer) = match answer {
            Placement::Accepted(id) => ("accepted", Placement::Accepted(id)),
            Placement::Refused(failure) => ("refused", Placement::Refused(self.believing(failure))),
            Placement::Unknown(failure) => ("unknown", Placement::Unknown(self.believing(failure))),
        };
        self.calls.count(&self.account, method, outcome);
        answer
    }
}

#[async_trait]
impl Provider for Guard {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn verify(&self) -> Result<AccountView> {
        self.free("verify", self.inner.verify()).await
    }

    async fn locate(&self, address: &Address) -> Result<Progress<Vec<Place>>> {
        self.free("locate", self.inner.locate(address)).await
    }

    async fn qualify(&self, design: &Design, change: &Change) -> Result<Progress<Qualification>> {
        self.free("qualify", self.inner.qualify(design, change)).await
    }

    async fn quote(&self, design: &Design, change: &Change, offer: &OfferRef) -> Result<Progress<Quote>> {
        self.free("quote", self.inner.quote(design, change, offer)).await
    }

    async fn find(&self, project: &Project) -> Result<Vec<OrderView>> {
        self.free("find", self.inner.find(project)).await
    }

    async fn place(&self, order: &Order, fence: Fence) -> Placement {
        self.paid("place", self.inner.place(order, fence)).await
    }

    async fn cancel(&self, order: &OrderId, fence: Fence) -> Placement {
        self.paid("cancel", self.inner.cancel(order, fence)).await
    }

    async fn cancellation(&self, order: &OrderId) -> Result<Option<CancellationView>> {
        self.free("cancellation", self.inner.cancellation(order)).await
    }

    async fn charge(&self, charge: &ChargeId) -> Result<ChargeView> {
        self.free("charge", self.inner.charge(charge)).await
    }

    async fn charges(&self, order: &OrderId) -> Result<Vec<ChargeView>> {
        self.free("charges", self.inner.charges(order)).await
    }

    async fn answer_charge(&self, charge: &ChargeId, items: &[ItemAnswer], fence: Fence) -> Placement {
        self.paid("answer_charge", self.inner.answer_charge(charge, items, fence)).await
    }

    async fn observe(&self, handles: &[Handle]) -> Result<Vec<Observation>> {
        self.free("observe", self.inner.observe(handles)).await
    }

    async fn carried(&self, uni: &ServiceId) -> Result<Vec<ServiceView>> {
        self.free("carried", self.inner.carried(uni)).await
    }

    async fn list(&self, cursor: Option<Cursor>) -> Result<Page<ServiceView>> {
        self.free("list", self.inner.list(cursor)).await
    }

    async fn subscribe(&self, topic: Topic, callback: &Callback) -> Result<SubscriptionId> {
        self.free("subscribe", self.inner.subscribe(topic, callback)).await
    }

    async fn subscribed(&self, topic: Topic, subscription: &SubscriptionId) -> Result<Option<bool>> {
        self.free("subscribed", self.inner.subscribed(topic, subscription)).await
    }

    async fn unsubscribe(&self, topic: Topic, subscription: &SubscriptionId) -> Result<()> {
        self.free("unsubscribe", self.inner.unsubscribe(topic, subscription)).await
    }
}
