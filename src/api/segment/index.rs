//! Under which keys segments are found.

use super::ConnectivitySegment;

/// Under which keys segments are indexed: by intent, by its namespace, by provider, by site.
#[must_use]
pub fn segment_index(segment: &ConnectivitySegment) -> Vec<String> {
    let spec = &segment.spec;
    let intent = &spec.intent_ref;
    let mut keys =
        vec![by_intent(&intent.uid), by_namespace(&intent.namespace), by_provider(&spec.provider.name)];
    keys.extend(spec.ends.iter().map(|end| by_site(&end.site)));
    keys
}

/// Index key of the segments of one intent.
#[must_use]
pub fn by_intent(uid: &str) -> String {
    format!("intent/{uid}")
}

/// Index key of the segments of all intents of one namespace.
#[must_use]
pub fn by_namespace(name: &str) -> String {
    format!("namespace/{name}")
}

/// Index key of the segments of one provider.
#[must_use]
pub fn by_provider(name: &str) -> String {
    format!("provider/{name}")
}

/// Index key of the segments that end at one site.
#[must_use]
pub fn by_site(name: &str) -> String {
    format!("site/{name}")
}
