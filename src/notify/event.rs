//! Whom a request claims to come from, and what it is about. Pure: everything here is written by strangers.

use serde::Deserialize;

use crate::model::Topic;

/// What stands between our address and the path that MEF lays down.
const ROOT: &str = "/mefApi/";
/// The longest id that any segment can hold.
const LONGEST_ID: usize = 128;

/// Whom a request claims to come from: `…/<account>/<token>/mefApi/…`. What stands before is of whoever ends TLS in front of us.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Caller<'a> {
    /// The account.
    pub account: &'a str,
    /// What it says to prove it.
    pub token: &'a str,
    /// The path from `/mefApi/` on.
    pub rest: &'a str,
}

/// Reads who calls.
pub fn caller(path: &str) -> Option<Caller<'_>> {
    let (before, rest) = path.split_once(ROOT)?;
    let (before, token) = before.rsplit_once('/')?;
    let account = before.rsplit('/').next()?;
    (!account.is_empty() && !token.is_empty()).then_some(Caller { account, token, rest })
}

/// What a listener of `{interface}/{API}/{version}/listener/{event}` is about. Version and event do not matter: whatever happened
/// to it, it is looked at.
pub fn topic(rest: &str) -> Option<Topic> {
    let mut steps = rest.split('/');
    let (_interface, api, _version, listener) = (steps.next()?, steps.next()?, steps.next()?, steps.next()?);
    let _event = steps.next().filter(|event| !event.is_empty())?;
    if listener != "listener" || steps.next().is_some() {
        return None;
    }
    match api {
        "productOfferingQualificationNotification" => Some(Topic::Qualification),
        "quoteNotification" => Some(Topic::Quote),
        "productOrderingNotification" => Some(Topic::Order),
        _ => None,
    }
}

/// `Event`, as far as it is believed.
#[derive(Deserialize)]
struct Event {
    event: Subject,
}

#[derive(Deserialize)]
struct Subject {
    id: String,
}

/// The id of what an event is about.
pub fn subject(body: &[u8]) -> Option<String> {
    let Event { event } = serde_json::from_slice(body).ok()?;
    (!event.id.is_empty() && event.id.len() <= LONGEST_ID).then_some(event.id)
}
