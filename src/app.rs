//! Composition root: the only place that knows settings, adapters and controllers.
//!
//! [`run`] watches, connects the rooms and starts every controller through [`spawn`], the only way a controller starts. What wakes
//! whom is in `wakes`, what is watched in `caches`.

use std::collections::HashMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, Shared};
use futures::stream::{self, BoxStream, StreamExt};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, Resource};
use kube::runtime::controller::{Action, Config, applier};
use kube::runtime::reflector::ObjectRef;
use kube::{Client, ResourceExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::adapters::{self, Around, Surroundings};
use crate::api::{ConnectivitySegment, by_provider};
use crate::clock::Clock;
use crate::cluster::{Availability, Cache, Tries, WriteError, Writer, until_forgotten};
use crate::ledger::{self, Desk};
use crate::provider::Directory;
use crate::schedule::Beats;
use crate::segment::facts::Windows;
use crate::settings::Settings;
use crate::telemetry::{Health, Metrics};
use crate::{account, admit, budget, class, decision, intent, notify, segment, site};

/// For controllers that talk to sellers: what bounds them is counted for each seller, so that one that hangs delays no other's.
const UNBOUNDED: u16 = 0;

/// Annotation on the operator's namespace that holds all purchases while it says `Held`.
pub const PURCHASING_ANNOTATION: &str = "naas.dev/purchasing";

/// What the operator takes from the outside world instead of reaching for it.
#[derive(Clone)]
pub struct World {
    /// Access to the Kubernetes API, under the operator's own identity.
    pub client: Client,
    /// Wall clock and monotonic clock.
    pub clock: Arc<dyn Clock>,
    /// Random numbers from 0 to 1.
    pub random: Arc<dyn Fn() -> f64 + Send + Sync>,
    /// Numbers that nobody used before.
    pub nonce: Arc<dyn Fn() -> u128 + Send + Sync>,
    /// Put around everything that leaves for a seller.
    pub around: Option<Around>,
}

/// Why the operator cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The Kubernetes API does not answer, or does not let us in.
    #[error(
        "the Kubernetes API server cannot be used: {0}; check the kubeconfig or the service account and its roles"
    )]
    Kubernetes(#[from] Box<kube::Error>),
    /// The first listing of a kind did not end.
    #[error(
        "the watch of {0} ended before it was complete; are the custom resource definitions of crds/ installed?"
    )]
    Watch(&'static str),
    /// The API server does not know any more what this process saw.
    #[error(
        "the storage of the Kubernetes API server was put back to an earlier moment; a fresh start takes up from there \
         what sellers know"
    )]
    Forgotten,
    /// Nobody can be listened to there.
    #[error("--notify-listen {0}: {1}; choose an address of this machine that is free")]
    Listen(std::net::SocketAddr, std::io::Error),
}

mod caches;
mod wakes;

use caches::Caches;

type Stop = Shared<BoxFuture<'static, ()>>;

/// Runs all controllers until `stop` is ready, then lets running passes end.
///
/// # Errors
/// When the operator cannot start.
pub async fn run(
    settings: Settings,
    mut world: World,
    metrics: Arc<Metrics>,
    health: Arc<Health>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let stop: Stop = stop.boxed().shared();
    let kube_system =
        Api::<Namespace>::all(world.client.clone()).get("kube-system").await.map_err(Box::new)?;
    let installation = kube_system.uid().unwrap_or_default();
    let listener = match &settings.notify {
        None => None,
        Some(notify) => {
            let bound = TcpListener::bind(notify.listen).await;
            Some(bound.map_err(|error| Error::Listen(notify.listen, error))?)
        }
    };
    let mut watches = JoinSet::new();
    let availability = Arc::new(Availability::default());
    let tries = Tries::new(beats(&settings), world.random.clone());
    let storage = Api::<Namespace>::all(world.client.clone());
    let (settled, seldom) = (availability.clone(), tries.clone());
    watches.spawn(async move {
        settled.settle_doubts(async || storage.get("kube-system").await.map(drop), seldom).await;
    });
    world.client = availability.over(world.client);
    let caches = Caches::watch(&world.client, &settings.namespace, &availability, &tries, &mut watches);
    tokio::select! {
        ready = caches.ready() => ready?,
        () = stop.clone() => return Ok(()),
    }
    let segments = Api::<ConnectivitySegment>::all(world.client.clone());
    let (forget, forgotten) = tokio::sync::oneshot::channel::<()>();
    let stop: Stop = async move {
        tokio::select! {
            () = stop => {}
            _ = forgotten => {}
        }
    }
    .boxed()
    .shared();
    let mut forgetting =
        std::pin::pin!(until_forgotten(segments, caches.segments.clone(), settings.poll_most));
    let (directory, notified) = Default::default();
    let desk = Arc::new(Desk {
        budgets: caches.budgets.clone(),
        providers: caches.providers.clone(),
        writer: Writer::new(world.client.clone()),
        clock: world.clock.clone(),
        lines: ledger::Lines::default(),
    });
    let rooms =
        Rooms { settings, world, metrics, installation, availability, caches, directory, notified, desk };
    let mut controllers = JoinSet::new();
    rooms.spawn_all(&mut controllers, &stop);
    if let Some(listener) = listener {
        controllers.spawn(notify::serve(listener, Arc::new(rooms.notify_context()), stop.clone()));
    }
    health.set_ready(true);
    tracing::info!("ready");
    let mut end = Ok(());
    let mut forget = Some(forget);
    loop {
        tokio::select! {
            ended = controllers.join_next() => if ended.is_none() { break },
            () = &mut forgetting, if forget.is_some() => {
                tracing::error!("the API server is older than it was: running passes end first");
                end = Err(Error::Forgotten);
                drop(forget.take());
            }
        }
    }
    health.set_ready(false);
    watches.shutdown().await;
    end
}

/// Everything that controllers are made of.
struct Rooms {
    settings: Settings,
    world: World,
    metrics: Arc<Metrics>,
    installation: String,
    availability: Arc<Availability>,
    caches: Caches,
    directory: Arc<Directory>,
    notified: Arc<notify::Wakes>,
    desk: Arc<Desk>,
}

const fn beats(settings: &Settings) -> Beats {
    Beats {
        settled: settings.settled,
        poll: settings.poll,
        poll_most: settings.poll_most,
        retry: settings.retry,
        retry_most: settings.retry_most,
        stalled: settings.stalled,
    }
}

impl Rooms {
    fn beats(&self) -> Beats {
        beats(&self.settings)
    }

    /// Whether the whole operator holds purchases, by what is watched.
    fn held(&self) -> Arc<dyn Fn() -> bool + Send + Sync> {
        let (always, name) = (self.settings.hold_purchases, self.settings.namespace.clone());
        let namespaces = self.caches.namespaces.clone();
        Arc::new(move || always || namespaces.get(&name).is_some_and(|namespace| holds_purchases(&namespace)))
    }

    /// The same, read from the API server.
    fn read_held(&self) -> Arc<dyn Fn() -> BoxFuture<'static, Result<bool, WriteError>> + Send + Sync> {
        let (always, name) = (self.settings.hold_purchases, self.settings.namespace.clone());
        let client = self.world.client.clone();
        Arc::new(move || {
            let (namespaces, name) = (Api::<Namespace>::all(client.clone()), name.clone());
            async move {
                let namespace = namespaces.get_opt(&name).await?;
                Ok(always || namespace.is_some_and(|namespace| holds_purchases(&namespace)))
            }
            .boxed()
        })
    }

    fn spawn_all(&self, controllers: &mut JoinSet<()>, stop: &Stop) {
        let concurrency = self.settings.concurrency;
        let caches = &self.caches;
        let gate = Gate { availability: self.availability.clone(), stop: stop.clone() };
        let context = Arc::new(self.site_context());
        spawn(controllers, &caches.sites, self.site_wakes(), concurrency, &gate, move |key| {
            let context = context.clone();
            async move { site::reconcile(&key, &context).await }.boxed()
        });
        let context = Arc::new(self.class_context());
        spawn(controllers, &caches.classes, self.class_wakes(), concurrency, &gate, move |key| {
            let context = context.clone();
            async move { class::reconcile(&key, &context).await }.boxed()
        });
        let context = Arc::new(self.account_context());
        spawn(controllers, &caches.providers, self.account_wakes(), UNBOUNDED, &gate, move |key| {
            let context = context.clone();
            async move { account::reconcile(&key, &context).await }.boxed()
        });
        let context = Arc::new(self.budget_context());
        let of_budgets = context.clone();
        spawn(controllers, &caches.budgets, self.budget_wakes(), concurrency, &gate, move |key| {
            let context = of_budgets.clone();
            async move { budget::reconcile(&key, &context).await }.boxed()
        });
        spawn(controllers, &caches.providers, self.ledger_wakes(), concurrency, &gate, move |key| {
            let context = context.clone();
            async move { budget::reconcile_account(&key, &context).await }.boxed()
        });
        let context = Arc::new(self.segment_context());
        spawn(controllers, &caches.segments, self.segment_wakes(), UNBOUNDED, &gate, move |key| {
            let context = context.clone();
            async move { segment::reconcile(&key, &context).await }.boxed()
        });
        let context = Arc::new(self.decision_context());
        spawn(controllers, &caches.decisions, self.decision_wakes(), concurrency, &gate, move |key| {
            let context = context.clone();
            async move { decision::reconcile(&key, &context).await }.boxed()
        });
        let context = Arc::new(self.intent_context());
        spawn(controllers, &caches.intents, self.intent_wakes(), concurrency, &gate, move |key| {
            let context = context.clone();
            async move { intent::reconcile(&key, &context).await }.boxed()
        });
    }

    fn site_context(&self) -> site::Context {
        site::Context {
            sites: self.caches.sites.clone(),
            segments: self.caches.segments.clone(),
            writer: Writer::new(self.world.client.clone()),
            clock: self.world.clock.clone(),
            random: self.world.random.clone(),
            metrics: self.metrics.clone(),
            beats: self.beats(),
        }
    }

    fn class_context(&self) -> class::Context {
        class::Context {
            classes: self.caches.classes.clone(),
            writer: Writer::new(self.world.client.clone()),
            clock: self.world.clock.clone(),
            random: self.world.random.clone(),
            metrics: self.metrics.clone(),
            beats: self.beats(),
        }
    }

    fn account_context(&self) -> account::Context {
        let surroundings = Surroundings {
            clock: self.world.clock.clone(),
            nonce: self.world.nonce.clone(),
            around: self.world.around.clone(),
        };
        account::Context {
            providers: self.caches.providers.clone(),
            segments: self.caches.segments.clone(),
            decisions: self.caches.decisions.clone(),
            secrets: self.caches.secrets.clone(),
            namespace: self.settings.namespace.clone(),
            directory: self.directory.clone(),
            connect: Arc::new(move |spec, secret, requests| {
                adapters::build(spec, secret, &surroundings.charging(requests))
            }),
            notify_url: self.settings.notify.as_ref().map(|notify| notify.url.clone()),
            writer: Writer::new(self.world.client.clone()),
            clock: self.world.clock.clone(),
            random: self.world.random.clone(),
            metrics: self.metrics.clone(),
            beats: self.beats(),
            memories: Mutex::default(),
        }
    }

    fn budget_context(&self) -> budget::Context {
        budget::Context {
            desk: self.desk.clone(),
            segments: self.caches.segments.clone(),
            clock: self.world.clock.clone(),
            random: self.world.random.clone(),
            metrics: self.metrics.clone(),
            beats: self.beats(),
            memories: Mutex::default(),
        }
    }

    fn segment_context(&self) -> segment::Context {
        segment::Context {
            segments: self.caches.segments.clone(),
            intents: self.caches.intents.clone(),
            decisions: self.caches.decisions.clone(),
            operators: self.settings.namespace.clone(),
            providers: self.caches.providers.clone(),
            desk: self.desk.clone(),
            directory: self.directory.clone(),
            writer: Writer::new(self.world.client.clone()),
            clock: self.world.clock.clone(),
            random: self.world.random.clone(),
            held: self.held(),
            read_held: self.read_held(),
            metrics: self.metrics.clone(),
            windows: Windows {
                purchase: self.settings.purchase_window,
                attempts: self.settings.purchase_attempts,
                ask_again: self.settings.ask_again,
                observe: self.settings.settled,
            },
            beats: self.beats(),
            claims: tokio::sync::Mutex::default(),
            memories: segment::Memories::default(),
            places: segment::Places::new(self.settings.concurrency),
            accounts: segment::Accounts::default(),
            catch_limits: self.settings.safety_catch,
        }
    }

    fn notify_context(&self) -> notify::Context {
        let (providers, secrets) = (self.caches.providers.clone(), self.caches.secrets.clone());
        let (segments, namespace) = (self.caches.segments.clone(), self.settings.namespace.clone());
        notify::Context {
            token: Arc::new(move |account| {
                let provider = providers.get(account)?;
                let listens = !admit::topics(&provider.spec).is_empty();
                let name = &provider.spec.credentials.as_ref().filter(|_| listens)?.secret_ref.name;
                let secret = secrets.get(&format!("{namespace}/{name}"))?;
                let value = secret.data.as_ref()?.get(admit::CALLBACK_TOKEN)?;
                admit::callback_token(Some(&value.0)).ok()
            }),
            segments: Arc::new(move |account| segments.indexed(&by_provider(account))),
            wakes: self.notified.clone(),
            clock: self.world.clock.clone(),
            metrics: self.metrics.notifications.clone(),
        }
    }

    fn decision_context(&self) -> decision::Context {
        decision::Context {
            decisions: self.caches.decisions.clone(),
            segments: self.caches.segments.clone(),
            intents: self.caches.intents.clone(),
            providers: self.caches.providers.clone(),
            classes: self.caches.classes.clone(),
            operators: self.settings.namespace.clone(),
            writer: Writer::new(self.world.client.clone()),
            clock: self.world.clock.clone(),
            random: self.world.random.clone(),
            metrics: self.metrics.clone(),
            beats: self.beats(),
        }
    }

    fn intent_context(&self) -> intent::Context {
        intent::Context {
            intents: self.caches.intents.clone(),
            segments: self.caches.segments.clone(),
            providers: self.caches.providers.clone(),
            sites: self.caches.sites.clone(),
            interconnects: self.caches.interconnects.clone(),
            classes: self.caches.classes.clone(),
            decisions: self.caches.decisions.clone(),
            operators: self.settings.namespace.clone(),
            namespaces: self.caches.namespaces.clone(),
            desk: self.desk.clone(),
            writer: Writer::new(self.world.client.clone()),
            clock: self.world.clock.clone(),
            random: self.world.random.clone(),
            held: self.held(),
            metrics: self.metrics.clone(),
            beats: self.beats(),
            patience: self.settings.offer_patience,
            owner: self.settings.owner.clone(),
            installation: self.installation.clone(),
            claims: tokio::sync::Mutex::default(),
            accounts: Mutex::new(HashMap::new()),
            fruitless: Mutex::default(),
        }
    }
}

fn holds_purchases(namespace: &Namespace) -> bool {
    namespace.annotations().get(PURCHASING_ANNOTATION).is_some_and(|value| value == "Held")
}

/// What a pass waits for before it begins: that there is an API server that takes what it writes.
#[derive(Clone)]
struct Gate {
    availability: Arc<Availability>,
    stop: Stop,
}

impl Gate {
    /// Waits until a pass may begin; `false` where none begins any more.
    async fn opens(&self) -> bool {
        tokio::select! {
            biased;
            () = self.availability.answers() => true,
            () = self.stop.clone() => false,
        }
    }
}

/// Starts the controller of one kind: bounded or [`UNBOUNDED`], one pass per object at a time, and no object's panic stops another.
fn spawn<K>(
    controllers: &mut JoinSet<()>,
    cache: &Arc<Cache<K>>,
    wakes: BoxStream<'static, ObjectRef<K>>,
    concurrency: u16,
    gate: &Gate,
    reconcile: impl Fn(String) -> BoxFuture<'static, Option<Duration>> + Send + Sync + 'static,
) where
    K: Resource<DynamicType = ()> + Clone + Send + Sync + std::fmt::Debug + 'static,
{
    let reconcile = Arc::new(reconcile);
    let first = stream::iter(cache.references());
    let queue = first.chain(wakes).take_until(gate.stop.clone()).map(Ok::<_, std::convert::Infallible>);
    let gate = gate.clone();
    let pass = move |object: Arc<K>, ()| {
        let name = object.name_any();
        let key = object.namespace().map_or_else(|| name.clone(), |namespace| format!("{namespace}/{name}"));
        let (reconcile, gate) = (reconcile.clone(), gate.clone());
        async move {
            if !gate.opens().await {
                return Ok(Action::await_change());
            }
            let done = tokio::spawn(AssertUnwindSafe(reconcile(key)).catch_unwind()).await;
            Ok::<_, std::convert::Infallible>(match done {
                Ok(Ok(Some(after))) => Action::requeue(after),
                Ok(Ok(None)) => Action::await_change(),
                Ok(Err(_)) | Err(_) => {
                    tracing::error!(kind = %K::kind(&()), name, "a pass panicked; the object is looked at again later");
                    Action::requeue(AFTER_PANIC)
                }
            })
        }
        .boxed()
    };
    let store = cache.store();
    controllers.spawn(async move {
        let config = Config::default().concurrency(concurrency);
        let passes = applier(
            move |object, _: Arc<()>| pass(object, ()),
            |_, never: &std::convert::Infallible, _| match *never {},
            Arc::new(()),
            store,
            queue,
            config,
        );
        // A scheduled look at an object that is gone by then is no error.
        passes.for_each(|_| std::future::ready(())).await;
    });
}

/// How long an object rests whose pass panicked.
const AFTER_PANIC: Duration = Duration::from_secs(300);
