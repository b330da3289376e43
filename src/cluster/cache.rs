//! Watched objects, never older than our own last write.
//!
//! A controller that decides on a cache which has not yet seen its own write would do things twice. So every object that the API
//! server returned to us is laid over the watched one until the watch has caught up (resourceVersions of one kind are comparable
//! since Kubernetes 1.35, KEP-5504).
//!
//! A list of everything is newer than whatever was laid before it was asked for. Where it is older than what was watched, or the
//! API server is behind what this process saw, its storage was put back to an earlier moment: see [`until_forgotten`].

use std::collections::{BTreeSet, HashMap};
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures::{Stream, StreamExt, TryStreamExt, stream};
use kube::api::{Api, ListParams, Resource, ResourceExt};
use kube::runtime::reflector::{ObjectRef, Store, store};
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, reflector};
use serde::de::DeserializeOwned;
use tokio::sync::broadcast;

use super::{Availability, Tries};

#[cfg(test)]
mod tests;

/// How many wake-ups may wait for a slow listener before it is told to look at everything.
const WAKE_BUFFER: usize = 4096;

/// Something about an object changed that others may have to act on.
#[derive(Debug, Clone)]
pub enum Wake<K> {
    /// This object appeared or changed.
    Changed(Arc<K>),
    /// This object went. Its last known form.
    Gone(Arc<K>),
    /// Some wake-ups were missed: look at everything.
    All,
}

enum Own<K> {
    Wrote(Arc<K>),
    Removed { uid: String },
}

struct State<K> {
    /// Each with the number of the listing before it.
    own: HashMap<String, (Own<K>, u64)>,
    /// How many times everything was listed.
    listings: u64,
    index: HashMap<String, BTreeSet<String>>,
    /// The newest version that the watch has shown since it last began: what is older and not there is gone.
    watched: u64,
}

/// All objects of one kind.
pub struct Cache<K: Resource + 'static>
where
    K::DynamicType: Hash + Eq,
{
    store: Store<K>,
    state: RwLock<State<K>>,
    index_keys: fn(&K) -> Vec<String>,
    wakes: broadcast::Sender<Wake<K>>,
    /// The highest resourceVersion that any object was seen with.
    newest: AtomicU64,
    /// An object was listed as older than it was watched.
    older: AtomicBool,
}

fn version<K: Resource>(object: &K) -> u64 {
    object.meta().resource_version.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn key<K: Resource>(object: &K) -> String {
    let meta = object.meta();
    let name = meta.name.as_deref().unwrap_or_default();
    meta.namespace.as_ref().map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"))
}

impl<K> Cache<K>
where
    K: Resource<DynamicType = ()> + Clone + 'static,
{
    fn over(store: Store<K>, index_keys: fn(&K) -> Vec<String>) -> Self {
        Self {
            store,
            state: RwLock::new(State { own: HashMap::new(), listings: 0, index: HashMap::new(), watched: 0 }),
            index_keys,
            wakes: broadcast::channel(WAKE_BUFFER).0,
            newest: AtomicU64::new(0),
            older: AtomicBool::new(false),
        }
    }

    fn reference(key: &str) -> ObjectRef<K> {
        match key.split_once('/') {
            Some((namespace, name)) => ObjectRef::new(name).within(namespace),
            None => ObjectRef::new(key),
        }
    }

    /// The object, as new as we know it. `key` is the name, or `namespace/name`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Arc<K>> {
        let watched = self.store.get(&Self::reference(key));
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        match (state.own.get(key).map(|(own, _)| own), watched) {
            (Some(Own::Wrote(own)), Some(watched)) if version(own.as_ref()) > version(watched.as_ref()) => {
                Some(own.clone())
            }
            (Some(Own::Wrote(own)), None) => Some(own.clone()),
            (Some(Own::Removed { uid }), Some(watched)) if watched.uid().as_ref() == Some(uid) => None,
            (_, watched) => watched,
        }
    }

    /// All objects, each as new as we know it.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<K>> {
        let mut keys: BTreeSet<String> =
            self.store.state().iter().map(|object| key(object.as_ref())).collect();
        keys.extend(self.state.read().unwrap_or_else(PoisonError::into_inner).own.keys().cloned());
        keys.iter().filter_map(|key| self.get(key)).collect()
    }

    /// The objects under one key of the index.
    #[must_use]
    pub fn indexed(&self, index: &str) -> Vec<Arc<K>> {
        let keys = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            state.index.get(index).cloned().unwrap_or_default()
        };
        keys.iter().filter_map(|key| self.get(key)).collect()
    }

    /// Lays an object that the API server returned to us over the watched one.
    pub fn wrote(&self, object: K) -> Arc<K> {
        let object = Arc::new(object);
        let key = key(object.as_ref());
        self.newest.fetch_max(version(object.as_ref()), Ordering::Relaxed);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        for index in (self.index_keys)(&object) {
            state.index.entry(index).or_default().insert(key.clone());
        }
        let known = self.store.get(&Self::reference(&key)).map(|seen| version(seen.as_ref()));
        // An answer may come after the watch has shown that the object went.
        if known.unwrap_or(state.watched) < version(object.as_ref()) {
            let listings = state.listings;
            state.own.insert(key, (Own::Wrote(object.clone()), listings));
        }
        object
    }

    /// Hides an object whose last finalizer we removed, until the watch says so too.
    pub fn removed(&self, object: &K) {
        let key = key(object);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if self.store.get(&Self::reference(&key)).is_some() {
            let listings = state.listings;
            state.own.insert(key, (Own::Removed { uid: object.uid().unwrap_or_default() }, listings));
        } else {
            state.own.remove(&key);
        }
    }

    /// The watched store, for a controller that runs on this kind.
    #[must_use]
    pub fn store(&self) -> Store<K> {
        self.store.clone()
    }

    /// Wakes for every change that somebody may have to act on.
    pub fn wakes(&self) -> impl Stream<Item = Wake<K>> + Send + use<K>
    where
        K: Send + Sync,
    {
        stream::unfold(self.wakes.subscribe(), |mut receiver| async move {
            match receiver.recv().await {
                Ok(wake) => Some((wake, receiver)),
                Err(broadcast::error::RecvError::Lagged(_)) => Some((Wake::All, receiver)),
                Err(broadcast::error::RecvError::Closed) => None,
            }
        })
    }

    /// Whether an API server that is at this version does not know any more what this process had seen up to `newest`.
    fn forgotten(&self, newest: u64, version: u64) -> bool {
        self.older.load(Ordering::Relaxed) || version < newest
    }

    fn newest(&self) -> u64 {
        self.newest.load(Ordering::Relaxed)
    }

    fn observe(&self, event: &Event<K>) {
        if let Event::InitApply(object) = event {
            let watched = self.store.get(&Self::reference(&key(object)));
            let same = watched.filter(|watched| watched.uid() == object.uid());
            if same.is_some_and(|watched| version(watched.as_ref()) > version(object)) {
                self.older.store(true, Ordering::Relaxed);
            }
        }
        if let Event::Apply(object) | Event::InitApply(object) | Event::Delete(object) = event {
            self.newest.fetch_max(version(object), Ordering::Relaxed);
        }
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Apply(object) | Event::Delete(object) => {
                state.watched = state.watched.max(version(object));
            }
            Event::Init => state.watched = 0,
            // What a list shows is not in the store before it is complete.
            Event::InitApply(_) | Event::InitDone => {}
        }
        match event {
            Event::Apply(object) | Event::InitApply(object) => {
                let key = key(object);
                let caught_up = match state.own.get(&key).map(|(own, _)| own) {
                    Some(Own::Wrote(own)) => version(own.as_ref()) <= version(object),
                    Some(Own::Removed { uid }) => object.uid().as_ref() != Some(uid),
                    None => false,
                };
                if caught_up {
                    state.own.remove(&key);
                }
                for index in (self.index_keys)(object) {
                    state.index.entry(index).or_default().insert(key.clone());
                }
            }
            Event::Delete(object) => {
                let key = key(object);
                let same = match state.own.get(&key).map(|(own, _)| own) {
                    Some(Own::Wrote(own)) => own.uid() == object.uid(),
                    Some(Own::Removed { .. }) => true,
                    None => false,
                };
                if same {
                    state.own.remove(&key);
                }
                for index in (self.index_keys)(object) {
                    let Some(keys) = state.index.get_mut(&index) else { continue };
                    keys.remove(&key);
                    if keys.is_empty() {
                        state.index.remove(&index);
                    }
                }
            }
            Event::Init => state.listings += 1,
            Event::InitDone => {
                let listings = state.listings;
                state.own.retain(|_, (_, before)| *before == listings);
            }
        }
    }
}

/// Watches all objects behind `api`. The cache is usable at once and complete when its store is ready; the future runs until dropped.
/// It does not try while the API server does not answer, and as seldom as `tries` says where nothing else is the matter.
///
/// `managedFields` and kubectl's copy of the last applied object are dropped before anything is kept.
pub fn watch<K>(
    api: Api<K>,
    index_keys: fn(&K) -> Vec<String>,
    availability: Arc<Availability>,
    tries: Tries,
) -> (Arc<Cache<K>>, impl Future<Output = ()> + Send)
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
{
    let (reader, writer) = store();
    let cache = Arc::new(Cache::over(reader, index_keys));
    let watched = cache.clone();
    let run = async move {
        let events = watcher::watcher(api, watcher::Config::default()).modify(slim);
        // The reflector must store an object before anybody is woken for it, so the wake comes after it in the stream.
        let mut events = std::pin::pin!(reflector(writer, events));
        let mut failures = 0_u32;
        loop {
            match events.try_next().await {
                Ok(Some(event)) => {
                    // A listing begins with this, whether or not it is answered.
                    if !matches!(event, Event::Init) {
                        failures = 0;
                    }
                    watched.observe(&event);
                    watched.wake(event);
                }
                Ok(None) => return,
                Err(error) => {
                    availability.doubt();
                    availability.answers().await;
                    // That the API server was away was told once for all. What fails again where it answers is of this kind.
                    if failures.is_power_of_two() {
                        tracing::warn!(kind = %K::kind(&()), %error, failures, "a watch is interrupted again and again");
                    }
                    failures = failures.saturating_add(1);
                    tries.rest(failures).await;
                }
            }
        }
    };
    (cache, run)
}

/// Waits until the API server does not know any more what this process saw, because its storage was put back to an earlier moment.
/// Whatever this process remembers may be of a time that never was, and nobody wakes it for what is older than that.
pub async fn until_forgotten<K>(api: Api<K>, cache: Arc<Cache<K>>, every: Duration)
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + 'static,
{
    loop {
        tokio::time::sleep(every).await;
        // The newest that was seen before asking: what is seen meanwhile may be newer than the answer.
        let seen = cache.newest();
        // No answer says nothing.
        let Ok(listed) = api.list_metadata(&ListParams::default().limit(1)).await else { continue };
        let at = listed.metadata.resource_version.and_then(|text| text.parse().ok()).unwrap_or(seen);
        if cache.forgotten(seen, at) {
            return;
        }
    }
}

fn slim<K: Resource>(object: &mut K) {
    object.meta_mut().managed_fields = None;
    if let Some(annotations) = object.meta_mut().annotations.as_mut() {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
}

/// What of an object must change before somebody is woken: equal fingerprints wake nobody.
pub type Fingerprint<K> = fn(&K) -> u64;

/// A fingerprint of whatever can be hashed.
#[must_use]
pub fn fingerprint(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// Fingerprint of what a controller looks at in its own kind: not the status, which it writes itself.
#[must_use]
pub fn own_fingerprint<K: Resource>(object: &K) -> u64 {
    let meta = object.meta();
    fingerprint((
        meta.uid.as_ref(),
        meta.generation,
        meta.annotations.as_ref(),
        meta.labels.as_ref(),
        meta.finalizers.as_ref(),
        meta.deletion_timestamp.is_some(),
    ))
}

impl<K> Cache<K>
where
    K: Resource<DynamicType = ()> + Clone + Send + Sync + 'static,
{
    /// References to every object, for a controller that must look at all of them.
    #[must_use]
    pub fn references(&self) -> Vec<ObjectRef<K>> {
        self.list().iter().map(|object| ObjectRef::from_obj(object.as_ref())).collect()
    }

    /// Turns changes of this kind into references of another (or the same) kind: where the fingerprint of an object changed, or
    /// it went, `each`; where changes were missed, `all`.
    pub fn map_wakes<T, F, A>(
        &self,
        print: Fingerprint<K>,
        each: F,
        all: A,
    ) -> impl Stream<Item = ObjectRef<T>> + Send + use<K, T, F, A>
    where
        T: Resource<DynamicType = ()> + 'static,
        F: Fn(&K) -> Vec<ObjectRef<T>> + Send + Sync + 'static,
        A: Fn() -> Vec<ObjectRef<T>> + Send + Sync + 'static,
        ObjectRef<T>: Send,
    {
        let mut prints: HashMap<String, u64> = HashMap::new();
        self.wakes().flat_map(move |wake| {
            stream::iter(match wake {
                Wake::Changed(object) => {
                    let new = print(&object);
                    let same = prints.insert(key(object.as_ref()), new) == Some(new);
                    if same { Vec::new() } else { each(&object) }
                }
                Wake::Gone(object) => {
                    prints.remove(&key(object.as_ref()));
                    each(&object)
                }
                Wake::All => all(),
            })
        })
    }

    // Nobody listening is no error: a kind may have no controller yet.
    fn wake(&self, event: Event<K>) {
        let wake = match event {
            Event::Apply(object) | Event::InitApply(object) => Wake::Changed(Arc::new(object)),
            Event::Delete(object) => Wake::Gone(Arc::new(object)),
            // Objects may have gone while the watch was down; whoever depends on them looks again.
            Event::InitDone => Wake::All,
            Event::Init => return,
        };
        let _ = self.wakes.send(wake);
    }
}
