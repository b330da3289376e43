//! The LSO adapter, broken in one way at a time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use naas_operator::adapters::LsoProvider;
use naas_operator::clock::{Clock, SystemClock};
use naas_operator::model::{
    Address, Callback, CancellationView, Change, ChargeId, ChargeView, Design, Failure, FailureClass,
    ItemAnswer, ItemRefs, Mark, OfferRef, Operation, Order, OrderId, OrderState, OrderView, Place, Placement,
    Project, Qualification, Quote, ServiceId, ServiceView, SubscriptionId, Topic, VlanId,
};
use naas_operator::provider::{
    AccountView, Capabilities, Cursor, Fence, Handle, Observation, Page, Progress, Provider, Result,
};

/// One way to break an adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// Capabilities follow the mood.
    ChangesItsCapabilities,
    /// Says that filters are heeded, without looking.
    TrustsFiltersUnseen,
    /// Answers the mark in place of the order's id; once, for whoever places orders needs their ids.
    AcceptsUnderAnotherId,
    /// Every refusal is called unknown.
    NeverSaysRefused,
    /// Sends an order again where the first was not answered.
    RetriesAnOrder,
    /// An order that was not answered is called refused.
    CallsTheLostRefused,
    /// Sends whatever the time is.
    SendsAfterTheFence,
    /// Believes what the search says: all that was ever ordered, where filters are ignored.
    BelievesTheSearch,
    /// Takes projects that begin alike for one.
    ComparesProjectsByTheirBegin,
    /// Shows an order only where it heard that it was accepted.
    FindsWhatItRemembers,
    /// What is missing is an error.
    FailsOnTheMissing,
    /// Observations come as they like.
    MixesObservations,
    /// A state that it does not know is a failure.
    CallsTheUnknownFailed,
    /// A state that it does not know is the end.
    PanicsOnTheUnknown,
    /// The last page of a listing is lost.
    SwallowsTheLastPage,
    /// A change is ordered as a new service.
    BuysInsteadOfChanging,
    /// Ends all services but the last.
    ForgetsAService,
    /// Ends one service more.
    EndsTooMuch,
    /// A cancellation that was not answered is called refused.
    CallsTheLostCancellationRefused,
    /// An answer to a charge that was not answered is sent again.
    RetriesTheAnswer,
    /// Orders where it was asked for a price.
    OrdersWhenAskedForAPrice,
    /// Something that changed meanwhile is called final.
    CallsConflictsFinal,
    /// Forgets how long to stay away.
    ForgetsTheWait,
    /// Waits for ever where it was not answered in time.
    WaitsForEver,
    /// Shows the credentials where it failed.
    ShowsTheToken,
}

/// Every defect, and the check that catches it.
pub const DEFECTS: [(Defect, &str); 25] = [
    (Defect::ChangesItsCapabilities, "capabilities_do_not_change"),
    (Defect::TrustsFiltersUnseen, "the_account_is_verified"),
    (Defect::AcceptsUnderAnotherId, "an_order_is_taken_and_seen"),
    (Defect::NeverSaysRefused, "a_refusal_is_told"),
    (Defect::RetriesAnOrder, "an_order_is_sent_once"),
    (Defect::CallsTheLostRefused, "a_lost_answer_is_unknown"),
    (Defect::SendsAfterTheFence, "nothing_leaves_after_the_fence"),
    (Defect::BelievesTheSearch, "a_search_shows_the_project_and_nothing_else"),
    (Defect::ComparesProjectsByTheirBegin, "a_search_shows_the_project_and_nothing_else"),
    (Defect::FindsWhatItRemembers, "a_search_finds_what_was_lost"),
    (Defect::FailsOnTheMissing, "what_is_missing_is_missing"),
    (Defect::MixesObservations, "each_handle_has_its_observation"),
    (Defect::CallsTheUnknownFailed, "an_unknown_state_is_carried"),
    (Defect::PanicsOnTheUnknown, "an_unknown_state_is_carried"),
    (Defect::SwallowsTheLastPage, "a_listing_ends_and_loses_nothing"),
    (Defect::BuysInsteadOfChanging, "a_change_is_of_the_service_it_names"),
    (Defect::ForgetsAService, "a_disconnect_ends_what_it_names"),
    (Defect::EndsTooMuch, "a_disconnect_ends_what_it_names"),
    (Defect::CallsTheLostCancellationRefused, "a_cancellation_is_sent_once_and_told"),
    (Defect::RetriesTheAnswer, "a_charge_is_answered_once"),
    (Defect::OrdersWhenAskedForAPrice, "questions_order_nothing"),
    (Defect::CallsConflictsFinal, "failures_are_classified"),
    (Defect::ForgetsTheWait, "the_wait_is_carried"),
    (Defect::WaitsForEver, "no_call_outlives_its_deadline"),
    (Defect::ShowsTheToken, "no_secret_shows"),
];

/// The adapter with its defect.
pub struct Broken {
    inner: LsoProvider,
    defect: Defect,
    far: Fence,
    calls: AtomicU64,
    accepted: std::sync::Mutex<Vec<OrderId>>,
}

impl Broken {
    pub fn new(inner: LsoProvider, defect: Defect, far: Fence) -> Self {
        Self { inner, defect, far, calls: AtomicU64::new(0), accepted: std::sync::Mutex::default() }
    }

    fn has(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    fn failure(&self, mut failure: Failure) -> Failure {
        if self.has(Defect::ShowsTheToken) {
            failure.message.push_str(" (Authorization: Bearer canary-7Kx9Zq)");
        }
        match failure.class {
            FailureClass::Conflict if self.has(Defect::CallsConflictsFinal) => {
                failure.class = FailureClass::Invalid;
            }
            FailureClass::Throttled(_) if self.has(Defect::ForgetsTheWait) => {
                failure.class = FailureClass::Throttled(None);
            }
            _ => {}
        }
        failure
    }

    /// Never returns where the seller was mute.
    async fn wait(&self, since: Instant) {
        if self.has(Defect::WaitsForEver) && since.elapsed() > Duration::from_millis(4_900) {
            std::future::pending::<()>().await;
        }
    }

    fn order(&self, mut order: OrderView) -> OrderView {
        if let OrderState::Unknown(word) = &order.state {
            assert!(!self.has(Defect::PanicsOnTheUnknown), "what is {word}?");
            if self.has(Defect::CallsTheUnknownFailed) {
                order.state = OrderState::Failed;
            }
        }
        order
    }

    /// A new service of that design, on another VLAN.
    async fn bought(&self, design: &Design) -> Operation {
        let mut design = design.clone();
        let other = design.a.vlan.and_then(|vlan| VlanId::new(vlan.get() + 5));
        (design.a.vlan, design.z.vlan) = (other, other);
        let mut offer = OfferRef { quote: None, qualification: None };
        if let Ok(Progress::Ready(quote)) = self.inner.quote(&design, &Change::Add, &offer).await {
            let ports = quote.ports.into_iter().map(|port| (port.role, port.item)).collect();
            offer.quote = Some(ItemRefs::new(quote.id, quote.item, ports));
        }
        Operation::Add { design: Box::new(design), offer }
    }

    /// What is sent in place of the order.
    async fn written(&self, order: &Order) -> Order {
        let mut order = order.clone();
        if let (true, Operation::Modify { design, .. }) =
            (self.has(Defect::BuysInsteadOfChanging), &order.operation)
        {
            order.operation = self.bought(design).await;
        }
        if let Operation::Disconnect { services, .. } = &mut order.operation
            && services.len() > 1
        {
            if self.has(Defect::ForgetsAService) {
                services.pop();
            }
            if self.has(Defect::EndsTooMuch) {
                // Ids are numbers in a row: the one between the two that were to end.
                let ServiceId(first) = &services[0];
                let (name, number) = first.rsplit_once('-').unwrap();
                let next = number.parse::<u32>().unwrap() + 1;
                services.push(ServiceId(format!("{name}-{next:0width$}", width = number.len())));
            }
        }
        order
    }
}

#[async_trait]
impl Provider for Broken {
    fn capabilities(&self) -> Capabilities {
        let mut able = self.inner.capabilities();
        if self.has(Defect::ChangesItsCapabilities) {
            able.search_lag += Duration::from_secs(self.calls.fetch_add(1, Ordering::Relaxed));
        }
        able
    }

    async fn verify(&self) -> Result<AccountView> {
        let view = self.inner.verify().await.map_err(|failure| self.failure(failure))?;
        let ignores_filters = view.ignores_filters && !self.has(Defect::TrustsFiltersUnseen);
        Ok(AccountView { ignores_filters, ..view })
    }

    async fn locate(&self, address: &Address) -> Result<Progress<Vec<Place>>> {
        self.inner.locate(address).await
    }

    async fn qualify(&self, design: &Design, change: &Change) -> Result<Progress<Qualification>> {
        if self.has(Defect::OrdersWhenAskedForAPrice) {
            let offer = OfferRef { quote: None, qualification: None };
            let operation = Operation::Add { design: Box::new(design.clone()), offer };
            let order = Order { mark: Mark::new("eager", 1), project: Project("eager".into()), operation };
            self.inner.place(&order, self.far).await;
        }
        self.inner.qualify(design, change).await
    }

    async fn quote(&self, design: &Design, change: &Change, offer: &OfferRef) -> Result<Progress<Quote>> {
        self.inner.quote(design, change, offer).await
    }

    async fn find(&self, project: &Project) -> Result<Vec<OrderView>> {
        let mut found = self.inner.find(project).await.map_err(|failure| self.failure(failure))?;
        if self.has(Defect::ComparesProjectsByTheirBegin) {
            found.extend(self.inner.find(&Project(format!("{}2", project.0))).await?);
        }
        let accepted = self.accepted.lock().unwrap().clone();
        if self.has(Defect::FindsWhatItRemembers) {
            found.retain(|order| accepted.contains(&order.id));
        }
        if self.has(Defect::BelievesTheSearch) && self.inner.verify().await?.ignores_filters {
            let handles: Vec<Handle> = accepted.into_iter().map(Handle::Order).collect();
            found = Vec::new();
            for seen in self.inner.observe(&handles).await? {
                if let Observation::Order(order) = seen {
                    found.push(order);
                }
            }
        }
        Ok(found)
    }

    async fn place(&self, order: &Order, fence: Fence) -> Placement {
        let fence = if self.has(Defect::SendsAfterTheFence) { self.far } else { fence };
        let (order, since) = (self.written(order).await, SystemClock.instant());
        let mut placement = self.inner.place(&order, fence).await;
        self.wait(since).await;
        if self.has(Defect::RetriesAnOrder) && matches!(placement, Placement::Unknown(_)) {
            placement = self.inner.place(&order, fence).await;
        }
        match placement {
            Placement::Accepted(id) => {
                self.accepted.lock().unwrap().push(id.clone());
                let is_first = self.calls.fetch_add(1, Ordering::Relaxed) == 1;
                let other = self.has(Defect::AcceptsUnderAnotherId) && is_first;
                Placement::Accepted(if other { OrderId(order.mark.to_string()) } else { id })
            }
            Placement::Refused(failure) if self.has(Defect::NeverSaysRefused) && order_left(&failure) => {
                Placement::Unknown(failure)
            }
            Placement::Refused(failure) => Placement::Refused(self.failure(failure)),
            Placement::Unknown(failure)
                if self.has(Defect::CallsTheLostRefused) && !failure.message.contains("within") =>
            {
                Placement::Refused(failure)
            }
            Placement::Unknown(failure) => Placement::Unknown(self.failure(failure)),
        }
    }

    async fn cancel(&self, order: &OrderId, fence: Fence) -> Placement {
        match self.inner.cancel(order, fence).await {
            Placement::Unknown(failure) if self.has(Defect::CallsTheLostCancellationRefused) => {
                Placement::Refused(failure)
            }
            placement => placement,
        }
    }

    async fn cancellation(&self, order: &OrderId) -> Result<Option<CancellationView>> {
        self.inner.cancellation(order).await
    }

    async fn charge(&self, charge: &ChargeId) -> Result<ChargeView> {
        self.inner.charge(charge).await
    }

    async fn charges(&self, order: &OrderId) -> Result<Vec<ChargeView>> {
        self.inner.charges(order).await
    }

    async fn answer_charge(&self, charge: &ChargeId, items: &[ItemAnswer], fence: Fence) -> Placement {
        let placement = self.inner.answer_charge(charge, items, fence).await;
        if self.has(Defect::RetriesTheAnswer) && matches!(placement, Placement::Unknown(_)) {
            return self.inner.answer_charge(charge, items, fence).await;
        }
        placement
    }

    async fn observe(&self, handles: &[Handle]) -> Result<Vec<Observation>> {
        let since = SystemClock.instant();
        let seen = self.inner.observe(handles).await;
        self.wait(since).await;
        let mut seen = seen.map_err(|failure| self.failure(failure))?;
        if self.has(Defect::FailsOnTheMissing) && seen.contains(&Observation::Missing) {
            return Err(Failure::new(FailureClass::NotFound, "there is no such thing"));
        }
        if self.has(Defect::MixesObservations) {
            seen.reverse();
        }
        let order = |seen| match seen {
            Observation::Order(order) => Observation::Order(self.order(order)),
            other => other,
        };
        Ok(seen.into_iter().map(order).collect())
    }

    async fn subscribe(&self, topic: Topic, callback: &Callback) -> Result<SubscriptionId> {
        self.inner.subscribe(topic, callback).await
    }

    async fn subscribed(&self, topic: Topic, subscription: &SubscriptionId) -> Result<Option<bool>> {
        self.inner.subscribed(topic, subscription).await
    }

    async fn unsubscribe(&self, topic: Topic, subscription: &SubscriptionId) -> Result<()> {
        self.inner.unsubscribe(topic, subscription).await
    }

    async fn carried(&self, uni: &ServiceId) -> Result<Vec<ServiceView>> {
        self.inner.carried(uni).await
    }

    async fn list(&self, cursor: Option<Cursor>) -> Result<Page<ServiceView>> {
        let is_first = cursor.is_none();
        let mut page = self.inner.list(cursor).await?;
        if self.has(Defect::SwallowsTheLastPage) && page.next.is_none() && !is_first {
            page.items.clear();
        }
        Ok(page)
    }
}

/// A refusal by the seller; what was late was not sent.
fn order_left(failure: &Failure) -> bool {
    !failure.message.starts_with("nothing was sent")
}
