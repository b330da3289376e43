//! Everything that was ever told: each state of each intent and each segment, in the order in which the API server told it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use kube::api::{Api, DynamicObject};
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event, watcher};
use serde_json::Value;

use crate::figures::{list, text};

type States = Arc<Mutex<Vec<Value>>>;

/// Watches until it is dropped.
pub struct Watched {
    intents: States,
    segments: States,
    watching: [tokio::task::JoinHandle<()>; 2],
}

fn watch(api: Api<DynamicObject>) -> (States, tokio::task::JoinHandle<()>) {
    let states = States::default();
    let seen = states.clone();
    let watching = tokio::spawn(async move {
        let mut events = watcher(api, watcher::Config::default()).default_backoff().boxed();
        while let Some(event) = events.next().await {
            if let Ok(Event::Apply(object) | Event::InitApply(object)) = event {
                seen.lock().unwrap().push(serde_json::to_value(object).unwrap());
            }
        }
    });
    (states, watching)
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.watching.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

impl Watched {
    pub fn new(intents: Api<DynamicObject>, segments: Api<DynamicObject>) -> Self {
        let (intents, one) = watch(intents);
        let (segments, other) = watch(segments);
        Self { intents, segments, watching: [one, other] }
    }

    pub fn intents(&self) -> Vec<Value> {
        self.intents.lock().unwrap().clone()
    }

    pub fn segments(&self) -> Vec<Value> {
        self.segments.lock().unwrap().clone()
    }
}

/// Every quote that a segment ever showed or chose, by the name of the segment.
pub fn quotes(segments: &[Value]) -> BTreeMap<String, BTreeSet<String>> {
    let mut quotes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for segment in segments {
        let offers = [&segment["status"]["offer"]["quoteId"], &segment["spec"]["offer"]["quoteId"]];
        let orders = list(&segment["status"]["orders"]).iter().map(|order| &order["quoteId"]);
        let told = offers.into_iter().chain(orders).filter_map(Value::as_str).map(str::to_owned);
        quotes.entry(text(&segment["metadata"]["name"]).to_owned()).or_default().extend(told);
    }
    quotes
}
