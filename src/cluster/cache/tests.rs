//! What was written, laid over what is watched, whatever happens to the watch.

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::ObjectMeta;
use kube::runtime::reflector::store::Writer;

use super::*;

/// A cache, and the end of a watch that feeds it.
fn watched() -> (Cache<ConfigMap>, Writer<ConfigMap>) {
    let (reader, writer) = store();
    (Cache::over(reader, |_| Vec::new()), writer)
}

fn object(uid: &str, version: u64) -> ConfigMap {
    let metadata = ObjectMeta {
        namespace: Some("training".into()),
        name: Some("checkpoints".into()),
        uid: Some(uid.into()),
        resource_version: Some(version.to_string()),
        ..ObjectMeta::default()
    };
    ConfigMap { metadata, ..ConfigMap::default() }
}

fn happens(cache: &Cache<ConfigMap>, writer: &mut Writer<ConfigMap>, events: Vec<Event<ConfigMap>>) {
    for event in events {
        writer.apply_watcher_event(&event);
        cache.observe(&event);
    }
}

fn listed(objects: Vec<ConfigMap>) -> Vec<Event<ConfigMap>> {
    let objects = objects.into_iter().map(Event::InitApply);
    [Event::Init].into_iter().chain(objects).chain([Event::InitDone]).collect()
}

fn seen(cache: &Cache<ConfigMap>) -> Option<u64> {
    cache.get("training/checkpoints").map(|found| version(&*found))
}

#[test]
fn what_was_written_is_seen_before_the_watch_shows_it() {
    let (cache, mut writer) = watched();
    happens(&cache, &mut writer, listed(vec![object("a", 5)]));
    cache.wrote(object("a", 7));
    assert_eq!(seen(&cache), Some(7));
    happens(&cache, &mut writer, vec![Event::Apply(object("a", 6))]);
    assert_eq!(seen(&cache), Some(7));
    happens(&cache, &mut writer, vec![Event::Apply(object("a", 8))]);
    assert_eq!(seen(&cache), Some(8));
}

#[test]
fn what_went_while_the_watch_was_down_is_not_seen_for_ever() {
    let (cache, mut writer) = watched();
    happens(&cache, &mut writer, listed(Vec::new()));
    cache.wrote(object("a", 7));
    assert_eq!(seen(&cache), Some(7));
    happens(&cache, &mut writer, listed(Vec::new()));
    assert_eq!(seen(&cache), None);
    assert!(cache.list().is_empty());
}

#[test]
fn what_was_written_while_everything_is_listed_is_newer_than_the_list() {
    let (cache, mut writer) = watched();
    happens(&cache, &mut writer, listed(vec![object("a", 5)]));
    let mut listing = listed(vec![object("a", 5)]);
    let done = listing.split_off(1);
    happens(&cache, &mut writer, listing);
    cache.wrote(object("a", 7));
    happens(&cache, &mut writer, done);
    assert_eq!(seen(&cache), Some(7));
    assert!(!cache.forgotten(cache.newest(), 7));
}

#[test]
fn a_list_that_is_older_than_what_was_written_before_it_is_believed_and_told() {
    let (cache, mut writer) = watched();
    happens(&cache, &mut writer, listed(vec![object("a", 5)]));
    happens(&cache, &mut writer, vec![Event::Apply(object("a", 6))]);
    cache.wrote(object("a", 7));
    assert!(!cache.forgotten(cache.newest(), 7));
    // The storage was put back to an earlier moment, though its versions may go on from where they were.
    happens(&cache, &mut writer, listed(vec![object("a", 5)]));
    assert_eq!(seen(&cache), Some(5));
    assert!(cache.forgotten(cache.newest(), 9));
}

#[test]
fn an_api_server_that_is_behind_what_was_seen_has_forgotten_it() {
    let (cache, mut writer) = watched();
    happens(&cache, &mut writer, listed(vec![object("a", 5)]));
    assert!(!cache.forgotten(cache.newest(), 5));
    cache.wrote(object("a", 7));
    assert!(cache.forgotten(cache.newest(), 6));
    assert!(!cache.forgotten(cache.newest(), 7));
}

#[test]
fn an_answer_that_comes_after_the_object_went_brings_it_back_for_nobody() {
    let (cache, mut writer) = watched();
    happens(&cache, &mut writer, listed(vec![object("a", 5)]));
    happens(&cache, &mut writer, vec![Event::Apply(object("a", 6)), Event::Delete(object("a", 8))]);
    cache.wrote(object("a", 7));
    assert_eq!(seen(&cache), None);
    cache.wrote(object("b", 9));
    assert_eq!(seen(&cache), Some(9), "another one of the same name");
}

#[test]
fn what_was_just_created_is_seen_though_a_list_under_way_has_newer_objects() {
    let (cache, mut writer) = watched();
    happens(&cache, &mut writer, listed(Vec::new()));
    let mut other = object("other", 9);
    other.metadata.name = Some("another".into());
    happens(&cache, &mut writer, vec![Event::Init, Event::InitApply(other)]);
    cache.wrote(object("a", 7));
    assert_eq!(seen(&cache), Some(7));
}
