//! Adapters: one folder per kind of seller API, each an implementation of the port.
//!
//! [`build`] is the only place that knows them all. Adapters hold no state but connections and tokens; what differs from
//! seller to seller is data in their block of the API. They must not know Kubernetes objects, controllers or one another.

use std::collections::BTreeMap;
use std::sync::Arc;

use tower::util::BoxCloneSyncService;
use tower::{BoxError, ServiceExt};

use crate::api::ConnectivityProviderSpec;
use crate::clock::Clock;
use crate::model::{Failure, FailureClass};
use crate::provider::{Provider, Requests};

pub mod lso;

pub use lso::LsoProvider;

/// How HTTP requests leave: a service that sends each request once and follows nothing.
pub type Transport = BoxCloneSyncService<reqwest::Request, reqwest::Response, BoxError>;

/// Puts something around a [`Transport`]: what counts, delays or breaks the traffic of an account.
pub type Around = Arc<dyn Fn(Transport) -> Transport + Send + Sync>;

/// What adapters take from the outside world instead of reaching for it.
#[derive(Clone)]
pub struct Surroundings {
    /// Wall clock and monotonic clock.
    pub clock: Arc<dyn Clock>,
    /// A source of numbers that nobody used before, for marks that no seller can have seen.
    pub nonce: Arc<dyn Fn() -> u128 + Send + Sync>,
    /// Put around everything that leaves for a seller.
    pub around: Option<Around>,
}

impl Surroundings {
    /// The same for an account that every request is charged to.
    #[must_use]
    pub fn charging(&self, requests: &Arc<Requests>) -> Self {
        let (requests, around) = (Arc::clone(requests), self.around.clone());
        let charged: Around = Arc::new(move |transport| {
            let requests = Arc::clone(&requests);
            let counting = Transport::new(transport.map_request(move |request| {
                requests.sent();
                request
            }));
            around.as_ref().map_or(counting.clone(), |around| around(counting))
        });
        Self { around: Some(charged), ..self.clone() }
    }
}

/// The adapter of an account, with the keys and values of its Secret.
///
/// # Errors
/// [`FailureClass::Misconfigured`] when the account cannot work as it is configured; the platform team's move.
pub fn build(
    spec: &ConnectivityProviderSpec,
    secret: &BTreeMap<String, Vec<u8>>,
    surroundings: &Surroundings,
) -> Result<Arc<dyn Provider>, Failure> {
    match &spec.lso {
        Some(account) => Ok(Arc::new(LsoProvider::new(account, secret, surroundings)?)),
        None => Err(Failure::new(FailureClass::Misconfigured, "state exactly one adapter block: lso")),
    }
}
