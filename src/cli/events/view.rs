//! Events in the order in which they happened.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Event;
use serde::Serialize;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Happening {
    /// When last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// How often.
    pub times: i32,
    /// Whether somebody should look.
    pub warning: bool,
    /// To what.
    pub object: String,
    /// In one word.
    pub reason: String,
    /// In more words.
    pub message: String,
}

/// Oldest first.
#[must_use]
pub fn happenings(events: &[Event]) -> Vec<Happening> {
    let mut happenings: Vec<Happening> = events.iter().map(happening).collect();
    happenings.sort_by(|left, right| {
        (left.at, &left.object, &left.reason).cmp(&(right.at, &right.object, &right.reason))
    });
    happenings
}

fn happening(event: &Event) -> Happening {
    let about = &event.involved_object;
    let series = event.series.as_ref();
    let last = series.and_then(|series| series.last_observed_time.as_ref()).or(event.event_time.as_ref());
    let at = last.map(|at| at.0).or_else(|| event.last_timestamp.as_ref().map(|at| at.0));
    Happening {
        at,
        times: series.and_then(|series| series.count).or(event.count).unwrap_or(1),
        warning: event.type_.as_deref() == Some("Warning"),
        object: about.name.clone().unwrap_or_default(),
        reason: event.reason.clone().unwrap_or_default(),
        message: event.message.clone().unwrap_or_default(),
    }
}
