//! What an answer that is no success means: class, words, and whether the seller decided before it took anything.
//! Pure. Statuses and bodies are those of release Grace (`Error400` to `Error501`), read leniently.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use super::map::printable;
use super::wire::Error;
use crate::model::{Failure, FailureClass};

/// The longest text of a seller's error that we carry on.
const WORDS: usize = 300;

/// The body of an answer.
#[derive(Debug, Clone)]
pub enum Body {
    /// JSON.
    Json(Value),
    /// Something else: nothing, a proxy's page, half of an answer. Its text, without secrets.
    Other(String),
}

/// An answer that is no success.
#[derive(Debug)]
pub struct Refusal {
    /// Why.
    pub failure: Failure,
    /// The seller itself answered, and decided before it took anything.
    pub decided: bool,
}

/// Reads an answer to `what` that is no success.
pub fn read(what: &str, status: StatusCode, retry_after: Option<Duration>, body: &Body) -> Refusal {
    let errors = errors(body);
    let decides = matches!(status.as_u16(), 400 | 401 | 403 | 404 | 422 | 501);
    let said = errors.iter().map(words).collect::<Vec<_>>().join("; ");
    let said = match (said.is_empty(), body) {
        (false, _) => format!(": {}", printable(&said, WORDS)),
        (true, Body::Json(value)) => {
            format!(", which is no LSO error: {}", printable(&value.to_string(), WORDS))
        }
        (true, Body::Other(text)) if text.trim().is_empty() => ", without a word".into(),
        (true, Body::Other(text)) => format!(", which is no LSO answer: {}", printable(text, WORDS)),
    };
    let well_formed = !errors.is_empty();
    let (class, advice) = class(status, retry_after, well_formed);
    let code = errors.iter().find_map(|error| error.code.clone()).map(|code| printable(&code, 60));
    let message = format!("the seller answered HTTP {} to {what}{said}{advice}", status.as_u16());
    Refusal { failure: Failure { class, message, code }, decided: decides && well_formed }
}

/// The errors of the body: one object, or an array of them for 422. A body without code and reason is no LSO error.
fn errors(body: &Body) -> Vec<Error> {
    let Body::Json(value) = body else { return Vec::new() };
    let all: Vec<Error> = match value.as_array() {
        Some(several) => several.iter().filter_map(|one| serde_json::from_value(one.clone()).ok()).collect(),
        None => serde_json::from_value(value.clone()).into_iter().collect(),
    };
    let well_formed = all.iter().all(|error| error.code.is_some() || error.reason.is_some());
    if well_formed { all } else { Vec::new() }
}

fn words(error: &Error) -> String {
    let what = error.reason.as_deref().or(error.code.as_deref()).unwrap_or("no reason");
    let more = error.message.as_deref().filter(|message| *message != what);
    let more = more.map(|message| format!(" ({message})")).unwrap_or_default();
    let path = error.property_path.as_deref().map(|path| format!("at {path}: ")).unwrap_or_default();
    format!("{path}{what}{more}")
}

/// A 404 that is no LSO error comes from something before the seller: it must not pass for "there is no such thing".
fn class(
    status: StatusCode,
    retry_after: Option<Duration>,
    well_formed: bool,
) -> (FailureClass, &'static str) {
    match status.as_u16() {
        300..=399 => (
            FailureClass::Misconfigured,
            "; redirections are not followed: the platform team must correct the address",
        ),
        401 => (FailureClass::Unauthenticated, "; the platform team must renew the credentials"),
        403 => (
            FailureClass::PermissionDenied,
            "; the platform team must have the seller extend the account's rights",
        ),
        404 | 410 if well_formed => (FailureClass::NotFound, ""),
        404 | 410 => (FailureClass::Unreadable, "; if this stays, the platform team must check the address"),
        409 => (FailureClass::Conflict, ""),
        429 => (FailureClass::Throttled(retry_after), ""),
        503 if retry_after.is_some() => (FailureClass::Throttled(retry_after), ""),
        405 | 501 => (FailureClass::Unsupported, ""),
        408 | 425 => (FailureClass::Transient, ""),
        400..=499 => (FailureClass::Invalid, ""),
        _ => (FailureClass::Transient, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read_json(status: u16, body: Value) -> Refusal {
        read("the order", StatusCode::from_u16(status).unwrap(), None, &Body::Json(body))
    }

    #[test]
    fn an_array_of_errors_becomes_words() {
        let refusal = read_json(
            422,
            json!([
            {"code": "invalidValue", "reason": "VLAN in use", "message": "210 is taken", "propertyPath": "/productOrderItem/0"},
            {"code": "missingProperty", "reason": "no billing account", "referenceError": "https://x"}]),
        );
        assert!(refusal.decided);
        assert_eq!(refusal.failure.class, FailureClass::Invalid);
        assert_eq!(refusal.failure.code.as_deref(), Some("invalidValue"));
        assert!(
            refusal
                .failure
                .message
                .contains("at /productOrderItem/0: VLAN in use (210 is taken); no billing account")
        );
    }

    #[test]
    fn only_the_sellers_own_decision_is_one() {
        let error = json!({"code": "x", "reason": "y"});
        for status in [400, 401, 403, 404, 422, 501] {
            assert!(read_json(status, error.clone()).decided, "{status}");
            assert!(!read_json(status, json!({"message": "Forbidden"})).decided, "{status}");
            assert!(!read_json(status, json!([])).decided, "{status}");
            assert!(!read_json(status, json!([error, {}])).decided, "{status}");
            let page = Body::Other("<html>".into());
            assert!(!read("it", StatusCode::from_u16(status).unwrap(), None, &page).decided, "{status}");
        }
        for status in [302, 405, 408, 409, 410, 429, 500, 502, 503, 504] {
            assert!(!read_json(status, error.clone()).decided, "{status}");
        }
    }

    #[test]
    fn a_proxys_404_is_not_the_sellers() {
        assert_eq!(
            read_json(404, json!({"code": "notFound", "reason": "gone"})).failure.class,
            FailureClass::NotFound
        );
        assert_eq!(read_json(404, json!({"error": "no route"})).failure.class, FailureClass::Unreadable);
    }

    #[test]
    fn throttling_says_until_when() {
        let wait = Some(Duration::from_secs(7));
        let at = |status, wait| {
            read("it", StatusCode::from_u16(status).unwrap(), wait, &Body::Other(String::new()))
        };
        assert_eq!(at(429, wait).failure.class, FailureClass::Throttled(wait));
        assert_eq!(at(429, None).failure.class, FailureClass::Throttled(None));
        assert_eq!(at(503, wait).failure.class, FailureClass::Throttled(wait));
        assert_eq!(at(503, None).failure.class, FailureClass::Transient);
    }
}
