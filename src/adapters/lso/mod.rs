//! Sellers that speak MEF LSO, release Grace: Cantata to subscribers, Sonata to service providers.
//!
//! ```text
//! profile    what differs from seller to seller, as checked data
//! map        pure: from the model to the wire and back
//! wire       what goes over the wire, type by type
//! hub        subscriptions
//! listing    pure: when a list in pages is complete
//! refusal    pure: what an answer that is no success means
//! read       pure: what every other answer means, through wire and map; open to tests
//! calls      typed calls over the client: one thing, whole lists, something paid
//! client     HTTP, the only I/O: time and size limits, free calls, paid calls
//!   auth       tokens
//!   fence      the body of a paid call: it leaves in time or never
//!   transport  connections and TLS
//! ```
//!
//! This file is the road: each method of the port asks `map` for a request, lets `client` carry it and gives the answer
//! back to `map`.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use http::Method;
use serde_json::Value;

use super::Surroundings;
use crate::api::LsoAccount;
use crate::clock::Clock;
use crate::model::{
    Address, Callback, CancellationView, Change, ChargeId, ChargeView, Design, Failure, FailureClass,
    ItemAnswer, Mark, OfferRef, Operation, Order, OrderId, OrderView, Place, Placement, Project,
    Qualification, Quote, ServiceId, ServiceView, SubscriptionId, Topic,
};
use crate::provider::{
    AccountView, Capabilities, Cursor, Fence, Handle, Observation, Page, Progress, Provider, Result,
};

mod auth;
mod calls;
mod client;
mod fence;
mod hub;
mod listing;
mod map;
mod profile;
pub mod read;
mod refusal;
mod transport;
mod wire;

use calls::{AT_A_TIME, nothing_where_unsupported, parse};
use client::{Call, Client};
use map::product::Item;
use profile::{Api, Function, Profile};

/// An account at a seller that speaks LSO.
pub struct LsoProvider {
    profile: Profile,
    client: Client,
    clock: Arc<dyn Clock>,
    nonce: Arc<dyn Fn() -> u128 + Send + Sync>,
}

impl LsoProvider {
    /// An account, with the keys and values of its Secret. Nothing is sent yet.
    ///
    /// # Errors
    /// [`FailureClass::Misconfigured`] names the field of the block or the key of the Secret that cannot work.
    pub fn new(
        account: &LsoAccount,
        secret: &BTreeMap<String, Vec<u8>>,
        surroundings: &Surroundings,
    ) -> std::result::Result<Self, Failure> {
        let profile = Profile::parse(account)?;
        let authentication = auth::Authentication::new(&account.authentication, &profile, secret)?;
        let identity = account.authentication.mutual_tls.is_some();
        let transports =
            transport::transports(secret, profile.uses_tls(), identity, surroundings.around.as_ref())?;
        let clock = Arc::clone(&surroundings.clock);
        let client = Client::new(transports, authentication, profile.request_timeout, Arc::clone(&clock));
        Ok(Self { profile, client, clock, nonce: Arc::clone(&surroundings.nonce) })
    }

    /// What an account of this shape can do, without opening it.
    ///
    /// # Errors
    /// As of [`LsoProvider::new`], as far as it does not concern the Secret.
    pub fn check(account: &LsoAccount) -> Result<Capabilities> {
        Profile::parse(account).map(|profile| profile.capabilities())
    }

    async fn items(&self, design: &Design, change: &Change, function: Function) -> Result<Vec<Item>> {
        match change {
            Change::Add => map::product::added(&self.profile, design, function),
            Change::Modify(service) => {
                let current = self.get("the product", Api::Inventory, &["product", &service.0]).await?;
                map::product::modified(&self.profile, design, function, &current)
            }
        }
    }

    async fn written(&self, order: &Order) -> Result<wire::order::Create> {
        let add_or_modify = async |design: &Design, offer: &OfferRef, change: &Change| {
            let items = self.items(design, change, Function::Order).await?;
            Ok(map::order::of_design(&self.profile, order, action(change), items, design, offer))
        };
        match &order.operation {
            Operation::Add { design, offer } => add_or_modify(design, offer, &Change::Add).await,
            Operation::Modify { service, design, offer } => {
                add_or_modify(design, offer, &Change::Modify(service.clone())).await
            }
            Operation::Disconnect { services, requested_completion } => {
                Ok(map::order::of_disconnect(&self.profile, order, services, *requested_completion))
            }
        }
    }

    async fn look(&self, handle: &Handle) -> Result<Observation> {
        let now = self.clock.now();
        let seen = match handle {
            Handle::Qualification(id) => self
                .get("the qualification", Api::Qualification, &["productOfferingQualification", id])
                .await
                .and_then(read::qualification)
                .map(Observation::Qualification),
            Handle::Quote(id) => self
                .get("the quote", Api::Quote, &["quote", id])
                .await
                .and_then(|answer| read::quote(answer, now))
                .map(Observation::Quote),
            Handle::Order(OrderId(id)) => self
                .get("the order", Api::Order, &["productOrder", id])
                .await
                .and_then(read::order)
                .map(Observation::Order),
            Handle::Service(ServiceId(id)) => self
                .get("the product", Api::Inventory, &["product", id])
                .await
                .and_then(|answer| read::service(answer, &self.profile.relationships))
                .map(Observation::Service),
        };
        match seen {
            Err(failure) if failure.class == FailureClass::NotFound => Ok(Observation::Missing),
            seen => seen,
        }
    }
}

const fn action(change: &Change) -> &'static str {
    match change {
        Change::Add => "add",
        Change::Modify(_) => "modify",
    }
}

#[async_trait]
impl Provider for LsoProvider {
    fn capabilities(&self) -> Capabilities {
        self.profile.capabilities()
    }

    async fn verify(&self) -> Result<AccountView> {
        let nobodys = Mark::new(format!("{:032x}", (self.nonce)()), 0).to_string();
        let mut url = self.profile.url(Api::Order, &["productOrder"])?;
        url.query_pairs_mut().extend_pairs([
            ("externalId", nobodys.as_str()),
            ("offset", "0"),
            ("limit", "1"),
        ]);
        let what = "a search for orders";
        let answer = self.client.free(&Call::bare(what, Method::GET, url)).await?;
        let hits: Vec<Value> = parse(what, answer.json)?;
        Ok(AccountView {
            ignores_filters: !hits.is_empty(),
            clock_skew_seconds: client::clock_skew(&answer.headers, self.clock.now()),
        })
    }

    async fn locate(&self, address: &Address) -> Result<Progress<Vec<Place>>> {
        let request = map::address::request(address);
        let answer = self.post("the address", Api::Address, "geographicAddressValidation", &request).await?;
        read::places(answer).map(Progress::Ready)
    }

    async fn qualify(&self, design: &Design, change: &Change) -> Result<Progress<Qualification>> {
        let items = self.items(design, change, Function::Qualify).await?;
        let request = map::qualification::request(&self.profile, action(change), items, self.clock.now());
        let answer = self
            .post("the qualification", Api::Qualification, "productOfferingQualification", &request)
            .await?;
        read::qualification(answer)
    }

    async fn quote(&self, design: &Design, change: &Change, offer: &OfferRef) -> Result<Progress<Quote>> {
        let items = self.items(design, change, Function::Quote).await?;
        let now = self.clock.now();
        let asked: Vec<_> = items.iter().map(|item| (item.role, item.term.clone())).collect();
        let request = map::quote::request(&self.profile, action(change), items, offer, now);
        let answer = self.post("the quote", Api::Quote, "quote", &request).await?;
        map::quote::answer(&answer, &asked, now)
    }

    async fn find(&self, project: &Project) -> Result<Vec<OrderView>> {
        let what = "a search for orders";
        let entries: Vec<wire::order::Entry> =
            self.entries(what, Api::Order, "productOrder", ("projectId", &project.0)).await?;
        let other =
            |entry: &wire::order::Entry| entry.project_id.as_ref().is_some_and(|named| named != &project.0);
        let ids = entries.into_iter().filter(|entry| !other(entry)).map(|entry| entry.id).collect();
        let read: Vec<Value> = self.read_each("the order", Api::Order, "productOrder", ids).await?;
        let mut orders = read.into_iter().map(read::order).collect::<Result<Vec<_>>>()?;
        orders.retain(|order| order.project.as_ref() == Some(project));
        Ok(orders)
    }

    async fn place(&self, order: &Order, fence: Fence) -> Placement {
        let call = self.written(order).await.and_then(|written| {
            self.sending("the order", Method::POST, Api::Order, &["productOrder"], &written)
        });
        self.pay(call, fence).await
    }

    async fn cancel(&self, order: &OrderId, fence: Fence) -> Placement {
        let request = map::order::cancel(&self.profile, order);
        let call =
            self.sending("the cancellation", Method::POST, Api::Order, &["cancelProductOrder"], &request);
        self.pay(call, fence).await
    }

    async fn cancellation(&self, order: &OrderId) -> Result<Option<CancellationView>> {
        let (what, operation) = ("the cancellations", "cancelProductOrder");
        let entries: Result<Vec<wire::order::Cancellation>> =
            self.entries(what, Api::Order, operation, ("productOrderId", &order.0)).await;
        let is_other = |found: &wire::order::Cancellation| {
            found.product_order.as_ref().is_some_and(|named| named.product_order_id != order.0)
        };
        let found = nothing_where_unsupported(entries)?;
        let ids = found.into_iter().filter(|entry| !is_other(entry)).map(|entry| entry.id).collect();
        let read: Vec<wire::order::Cancellation> =
            self.read_each("the cancellation", Api::Order, operation, ids).await?;
        let ours = |found: &&wire::order::Cancellation| {
            found.product_order.as_ref().is_some_and(|named| named.product_order_id == order.0)
        };
        Ok(map::order::decisive(read.iter().filter(ours).map(map::order::cancellation).collect()))
    }

    async fn charge(&self, charge: &ChargeId) -> Result<ChargeView> {
        self.get("the charge", Api::Order, &["charge", &charge.0]).await.and_then(read::charge)
    }

    async fn charges(&self, order: &OrderId) -> Result<Vec<ChargeView>> {
        let (what, operation) = ("the charges", "charge");
        let entries = self.entries(what, Api::Order, operation, ("productOrderId", &order.0)).await;
        let found: Vec<wire::order::Charge> = nothing_where_unsupported(entries)?;
        let other = |charge: &wire::order::Charge| map::order::charge_is_of(charge, order) == Some(false);
        let ids = found.into_iter().filter(|entry| !other(entry)).map(|entry| entry.id).collect();
        let read: Vec<wire::order::Charge> = self.read_each("the charge", Api::Order, operation, ids).await?;
        let ours = |charge: &&wire::order::Charge| map::order::charge_is_of(charge, order) == Some(true);
        Ok(read.iter().filter(ours).map(map::order::charge).collect())
    }

    async fn answer_charge(&self, charge: &ChargeId, items: &[ItemAnswer], fence: Fence) -> Placement {
        let update = map::order::charge_update(items);
        let call = self.sending(
            "the answer to a charge",
            Method::PATCH,
            Api::Order,
            &["charge", &charge.0],
            &update,
        );
        self.pay(call, fence).await
    }

    async fn observe(&self, handles: &[Handle]) -> Result<Vec<Observation>> {
        let looks: Vec<_> = handles.iter().map(|handle| self.look(handle)).collect();
        stream::iter(looks).buffered(AT_A_TIME).try_collect().await
    }

    async fn carried(&self, uni: &ServiceId) -> Result<Vec<ServiceView>> {
        let what = "the services of a port";
        let entries: Vec<wire::Ref> =
            self.entries(what, Api::Inventory, "product", ("relatedProductId", &uni.0)).await?;
        let ids = entries.into_iter().map(|entry| entry.id).collect();
        let read: Vec<wire::inventory::Product> =
            self.read_each("the product", Api::Inventory, "product", ids).await?;
        let on_it = |found: &&wire::inventory::Product| {
            found.product_relationship.iter().any(|relationship| relationship.id == uni.0)
        };
        Ok(read
            .iter()
            .filter(on_it)
            .map(|product| map::inventory::view(product, &self.profile.relationships))
            .collect())
    }

    async fn list(&self, cursor: Option<Cursor>) -> Result<Page<ServiceView>> {
        let offset = cursor.map_or(0, |cursor| cursor.0);
        let what = "the inventory";
        let (page, extent) = self.page(what, Api::Inventory, "product", None, offset).await?;
        let next = listing::onward(offset, page.len() as u64, extent)?.map(Cursor);
        let view = |product| read::service(product, &self.profile.relationships);
        let items = page.into_iter().map(view).collect::<Result<_>>()?;
        Ok(Page { items, next })
    }
    async fn subscribe(&self, topic: Topic, callback: &Callback) -> Result<SubscriptionId> {
        self.register(topic, callback).await
    }

    async fn subscribed(&self, topic: Topic, subscription: &SubscriptionId) -> Result<Option<bool>> {
        self.registered(topic, subscription).await
    }

    async fn unsubscribe(&self, topic: Topic, subscription: &SubscriptionId) -> Result<()> {
        self.unregister(topic, subscription).await
    }
}
