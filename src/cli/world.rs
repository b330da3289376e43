//! All objects that decisions rest on, in memory: read from files, from a cluster, or from both. Must not know where they are from.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::ObjectMeta;

use crate::api::{
    ConnectivityBudget, ConnectivityClass, ConnectivityDecision, ConnectivityIntent, ConnectivityProvider,
    ConnectivitySegment, Interconnect, Site, decision_index, segment_index,
};
use crate::intent::gather::Objects;
use crate::ledger::{Book, counted};

/// Objects by name; intents by `namespace/name`.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// What is asked.
    pub intents: BTreeMap<String, Arc<ConnectivityIntent>>,
    /// What is bought or offered.
    pub segments: BTreeMap<String, Arc<ConnectivitySegment>>,
    /// Accounts at sellers.
    pub providers: BTreeMap<String, Arc<ConnectivityProvider>>,
    /// What the platform team lays down.
    pub classes: BTreeMap<String, Arc<ConnectivityClass>>,
    /// What persons decided, by `namespace/name`.
    pub decisions: BTreeMap<String, Arc<ConnectivityDecision>>,
    /// What namespaces may spend, by `namespace/name`.
    pub budgets: BTreeMap<String, Arc<ConnectivityBudget>>,
    /// Places.
    pub sites: BTreeMap<String, Arc<Site>>,
    /// What is patched there.
    pub interconnects: BTreeMap<String, Arc<Interconnect>>,
    /// Labels of namespaces.
    pub namespaces: BTreeMap<String, BTreeMap<String, String>>,
}

impl World {
    /// Puts in what a manifest asks, as applying it would: what the API server and the operator wrote of it before stays, and
    /// another spec is another generation.
    pub fn apply_intent(&mut self, mut intent: ConnectivityIntent, now: Timestamp) {
        let namespace = intent.metadata.namespace.clone().unwrap_or_default();
        let key = format!("{namespace}/{}", intent.metadata.name.clone().unwrap_or_default());
        match self.intents.get(&key) {
            Some(there) => {
                let generation = there.metadata.generation.unwrap_or(1);
                let changed = there.spec != intent.spec;
                intent.metadata = ObjectMeta {
                    generation: Some(if changed { generation + 1 } else { generation }),
                    ..there.metadata.clone()
                };
                intent.status.clone_from(&there.status);
            }
            None => {
                let meta = &mut intent.metadata;
                meta.uid.get_or_insert_with(|| key.clone());
                meta.generation.get_or_insert(1);
                meta.creation_timestamp.get_or_insert(Time(now));
            }
        }
        self.intents.insert(key, Arc::new(intent));
    }

    /// All ledgers: of budgets by name, then of accounts, in the order in which an order is entered in them.
    pub fn books(&self) -> impl Iterator<Item = Book> + use<'_> {
        let budgets = self.budgets.values().cloned().map(Book::Budget);
        budgets.chain(self.providers.values().cloned().map(Book::Account))
    }

    /// Puts the object of a ledger in, in the place of the one of the same name.
    pub fn put_book(&mut self, book: Book) {
        match book {
            Book::Budget(budget) => {
                let meta = &budget.metadata;
                let (namespace, name) = (meta.namespace.as_deref(), meta.name.as_deref());
                let key = format!("{}/{}", namespace.unwrap_or_default(), name.unwrap_or_default());
                self.budgets.insert(key, budget);
            }
            Book::Account(account) => {
                self.providers.insert(account.metadata.name.clone().unwrap_or_default(), account);
            }
        }
    }

    /// Counts all ledgers from the segments, as the operator would have by the time it buys anything.
    pub fn count_ledgers(&mut self, now: Timestamp) {
        let segments = || self.segments.values().map(Arc::as_ref);
        let counted: Vec<Book> = self.books().map(|book| counted(&book, segments(), now)).collect();
        counted.into_iter().for_each(|book| self.put_book(book));
    }

    /// Puts a segment in, in the place of one of the same name.
    pub fn put_segment(&mut self, segment: ConnectivitySegment) {
        self.segments.insert(segment.metadata.name.clone().unwrap_or_default(), Arc::new(segment));
    }

    /// Takes everything of the other world as well; what both have is as it is there.
    pub fn merge(&mut self, other: World, now: Timestamp) {
        let World {
            intents,
            segments,
            providers,
            classes,
            decisions,
            budgets,
            sites,
            interconnects,
            namespaces,
        } = other;
        for intent in intents.into_values() {
            self.apply_intent(Arc::unwrap_or_clone(intent), now);
        }
        self.segments.extend(segments);
        self.providers.extend(providers);
        self.classes.extend(classes);
        self.decisions.extend(decisions);
        self.budgets.extend(budgets);
        self.sites.extend(sites);
        self.interconnects.extend(interconnects);
        self.namespaces.extend(namespaces);
    }
}

impl Objects for World {
    fn labels(&self, namespace: &str) -> Option<BTreeMap<String, String>> {
        self.namespaces.get(namespace).cloned()
    }

    fn site(&self, name: &str) -> Option<Arc<Site>> {
        self.sites.get(name).cloned()
    }

    fn sites(&self) -> Vec<Arc<Site>> {
        self.sites.values().cloned().collect()
    }

    fn interconnects(&self) -> Vec<Arc<Interconnect>> {
        self.interconnects.values().cloned().collect()
    }

    fn classes(&self) -> Vec<Arc<ConnectivityClass>> {
        self.classes.values().cloned().collect()
    }

    fn decisions(&self, index: &str) -> Vec<Arc<ConnectivityDecision>> {
        let under =
            |decision: &&Arc<ConnectivityDecision>| decision_index(decision).iter().any(|key| key == index);
        self.decisions.values().filter(under).cloned().collect()
    }

    fn providers(&self) -> Vec<Arc<ConnectivityProvider>> {
        self.providers.values().cloned().collect()
    }

    fn budgets(&self, namespace: &str) -> Vec<Arc<ConnectivityBudget>> {
        let in_it =
            |budget: &&Arc<ConnectivityBudget>| budget.metadata.namespace.as_deref() == Some(namespace);
        self.budgets.values().filter(in_it).cloned().collect()
    }

    fn segments(&self, index: &str) -> Vec<Arc<ConnectivitySegment>> {
        let under =
            |segment: &&Arc<ConnectivitySegment>| segment_index(segment).iter().any(|key| key == index);
        self.segments.values().filter(under).cloned().collect()
    }
}
