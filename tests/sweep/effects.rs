//! Effects, counted: every request that changes something at the API server or at a seller. A layer around the clients of an
//! operator strikes at one of them.
//!
//! Events and leases are no effects: nothing is decided by them. Reading is none either, nor is a write that the API server refuses
//! because somebody else wrote meanwhile.

use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, pending};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use naas_operator::adapters::{Around, Transport};
use serde_json::Value;
use tower::{BoxError, ServiceExt};

use crate::life::Death;

/// One effect of an operation: the `nth` request of this kind, from one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    pub what: String,
    pub nth: usize,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.nth {
            1 => f.write_str(&self.what),
            nth => write!(f, "{} ({nth})", self.what),
        }
    }
}

/// What happens at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The operator ends, with all its tasks; another one starts.
    Stops,
    /// The connection breaks: the operator never gets an answer, and goes on.
    AnswerLost,
    /// The operator stands still, clocks apart; another one takes over and gets done, and then the first goes on where it was.
    Sleeps,
}

/// When it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Before the other side gets the request.
    Before,
    /// After the request took effect, before the operator sees the answer.
    After,
}

/// What happens, and when.
pub type Blow = (Fault, Side);

#[derive(Default)]
struct State {
    counts: BTreeMap<String, usize>,
    log: Vec<Point>,
    aim: Option<(Point, Blow)>,
    struck: Option<usize>,
}

/// The effects of one operation, whichever operator has them.
#[derive(Clone, Default)]
pub struct Effects(Arc<Mutex<State>>, Arc<Sleep>);

/// The sleep of one operator.
#[derive(Default)]
struct Sleep {
    sleeps: Mutex<bool>,
    woken: Condvar,
}

impl Effects {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts anew, and strikes at this point.
    pub fn aim(&self, aim: Option<(Point, Blow)>) {
        self.with(|state| *state = State { aim, ..State::default() });
    }

    /// Everything since then.
    pub fn log(&self) -> Vec<Point> {
        self.with(|state| state.log.clone())
    }

    /// How many effects came before the one that was struck.
    pub fn struck(&self) -> Option<usize> {
        self.with(|state| state.struck)
    }

    /// Whether an operator stands still.
    pub fn asleep(&self) -> bool {
        *self.1.sleeps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets it go on.
    pub fn wake(&self) {
        *self.1.sleeps.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.1.woken.notify_all();
    }

    /// Holds up the thread on which a whole operator runs: none of its tasks and timers goes on.
    fn fall_asleep(&self) {
        let mut sleeps = self.1.sleeps.lock().unwrap_or_else(PoisonError::into_inner);
        *sleeps = true;
        drop(self.1.woken.wait_while(sleeps, |sleeps| *sleeps));
    }

    /// Counts an effect. What is to happen at it, if anything.
    fn count(&self, what: String) -> Option<Blow> {
        self.with(|state| {
            let nth = state.counts.entry(what.clone()).or_default();
            *nth += 1;
            let point = Point { what, nth: *nth };
            let blow = state.aim.as_ref().filter(|(at, _)| *at == point).map(|(_, blow)| *blow);
            if blow.is_some() {
                state.struck = Some(state.log.len());
            }
            state.log.push(point);
            blow
        })
    }

    /// A write was refused because somebody else wrote meanwhile: it had no effect, and is no point of its own when it is repeated.
    fn had_none(&self, what: &str) {
        self.with(|state| {
            let Some(at) = state.log.iter().rposition(|point| point.what == what) else { return };
            state.log.remove(at);
            state.counts.entry(what.to_owned()).and_modify(|count| *count -= 1);
            state.struck = state.struck.map(|struck| if at < struck { struck - 1 } else { struck });
        });
    }

    /// Sends a request, if the operator that sends it lives, and strikes at it if it is the one.
    async fn meet<T, F: Future<Output = Result<T, BoxError>>>(
        &self,
        what: Option<String>,
        death: &Death,
        send: impl FnOnce(Road) -> F,
    ) -> Result<T, BoxError> {
        if death.has_come() {
            return pending().await;
        }
        match what.and_then(|what| self.count(what)) {
            None => send(Road::Open).await,
            Some((Fault::Stops, side)) => {
                if side == Side::After {
                    // Taken or refused: the operator does not get to know.
                    let _ = send(Road::Open).await;
                }
                death.come();
                pending().await
            }
            Some((Fault::AnswerLost, side)) => {
                let road = if side == Side::After { Road::Open } else { Road::Broken };
                let _ = send(road).await;
                Err(broken())
            }
            Some((Fault::Sleeps, Side::Before)) => {
                self.fall_asleep();
                send(Road::Open).await
            }
            Some((Fault::Sleeps, Side::After)) => {
                let answer = send(Road::Open).await;
                self.fall_asleep();
                answer
            }
        }
    }

    /// The operator's access to Kubernetes, with this around it.
    pub fn around_kubernetes(&self, client: Client, death: &Death) -> Client {
        let namespace = client.default_namespace().to_owned();
        let (effects, death) = (self.clone(), death.clone());
        let service = tower::service_fn(move |request: Request<Body>| {
            let (effects, death, client) = (effects.clone(), death.clone(), client.clone());
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect().await?.to_bytes();
                let what = at_the_api_server(&head.method, head.uri.path(), &body);
                let request = Request::from_parts(head, Body::from(body));
                let send = async |road| match road {
                    Road::Open => Ok(client.send(request).await?),
                    Road::Broken => Err(broken()),
                };
                let answer = effects.meet(what.clone(), &death, send).await;
                let conflicts = answer.as_ref().is_ok_and(|answer| answer.status() == StatusCode::CONFLICT);
                if let Some(what) = what.filter(|_| conflicts) {
                    effects.had_none(&what);
                }
                answer
            }
        });
        Client::new(service, namespace)
    }

    /// The operator's access to sellers, with this around it.
    pub fn around_sellers(&self, death: &Death) -> Around {
        let (effects, death) = (self.clone(), death.clone());
        Arc::new(move |transport: Transport| {
            let (effects, death) = (effects.clone(), death.clone());
            Transport::new(tower::service_fn(move |mut request: reqwest::Request| {
                let (effects, death, transport) = (effects.clone(), death.clone(), transport.clone());
                async move {
                    let what = at_a_seller(&request);
                    let send = async move |road| match road {
                        Road::Open => transport.oneshot(request).await,
                        Road::Broken => {
                            // It leaves us, and whoever sends it must reckon with its arrival.
                            if let Some(body) = request.body_mut().take() {
                                let _ = body.collect().await;
                            }
                            Err(broken())
                        }
                    };
                    effects.meet(what, &death, send).await
                }
            }))
        })
    }
}

/// Whether a request arrives.
enum Road {
    Open,
    Broken,
}

fn broken() -> BoxError {
    "the connection broke".into()
}

/// What a request changes at a seller, if anything.
fn at_a_seller(request: &reqwest::Request) -> Option<String> {
    if request.method() == Method::GET {
        return None;
    }
    let operation = request.url().path_segments()?.find(|part| OPERATIONS.contains(part)).unwrap_or("?");
    Some(format!("seller: {} {operation}", request.method()))
}

const OPERATIONS: [&str; 6] = [
    "geographicAddressValidation",
    "productOfferingQualification",
    "quote",
    "productOrder",
    "cancelProductOrder",
    "charge",
];

/// What a request changes at the API server, if anything.
fn at_the_api_server(method: &Method, path: &str, body: &[u8]) -> Option<String> {
    if [Method::GET, Method::HEAD].contains(method)
        || ["/events", "/leases", "reviews"].iter().any(|aside| path.contains(aside))
    {
        return None;
    }
    let ours = path.strip_prefix("/apis/naas.dev/v1alpha1/").unwrap_or(path);
    let ours = match ours.strip_prefix("namespaces/") {
        Some(namespaced) => namespaced.split_once('/').map_or(namespaced, |(_, rest)| rest),
        None => ours,
    };
    let kind = ours.split('/').next().unwrap_or_default();
    let kind = kind.trim_start_matches("connectivity").trim_end_matches('s');
    let body = serde_json::from_slice::<Value>(body).ok();
    let change = body.as_ref().and_then(change).unwrap_or_else(|| method.to_string());
    Some(format!("{kind}: {change}"))
}

/// What a body says, in a few words.
fn change(body: &Value) -> Option<String> {
    if let Some(patch) = body.as_array() {
        let finalizers = patch.iter().find(|entry| entry["path"] == "/metadata/finalizers")?;
        let left = finalizers["value"].as_array()?.len();
        return Some(if left > 0 { "finalizer on".into() } else { "finalizer off".into() });
    }
    if let Some(desired) = body["spec"]["desired"].as_str() {
        return Some(format!("spec, desired {desired}"));
    }
    let status = body.get("status")?;
    if let Some(entries) = status["ledger"]["entries"].as_array() {
        return Some(format!("ledger, {} entries", entries.len()));
    }
    if status["ledger"].is_object() {
        return Some("ledger, empty".into());
    }
    if let Some(record) = status["orders"].as_array().and_then(|orders| orders.last()) {
        let field = |name: &str| record[name].as_str().unwrap_or("?").to_owned();
        return Some(format!("orders, {} {}", field("operation"), field("state")));
    }
    let conditions = status["conditions"].as_array();
    let ready = conditions.and_then(|all| all.iter().find(|condition| condition["type"] == "Ready"));
    Some(format!("status, {}", ready.and_then(|ready| ready["reason"].as_str()).unwrap_or("?")))
}
