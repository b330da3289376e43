//! Answers and errors as LSO writes them (release Grace: `Error`, and for 422 a list of `Error422`).

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::refusal::Refusal;

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/json;charset=utf-8");
/// `Error.reason` has at most this many characters.
const LONGEST_REASON: usize = 255;

/// A document.
pub(super) fn document(status: StatusCode, document: &Value) -> Response {
    let mut response = Response::new(Body::from(document.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, MEDIA_TYPE);
    response
}

/// An `Error` with its code.
pub(super) fn error(status: StatusCode, code: &str, reason: &str) -> Response {
    document(status, &error_body(code, reason))
}

fn error_body(code: &str, reason: &str) -> Value {
    if reason.chars().count() <= LONGEST_REASON {
        return json!({"code": code, "reason": reason});
    }
    let short: String = reason.chars().take(LONGEST_REASON).collect();
    json!({"code": code, "reason": short, "message": reason})
}

/// Nothing is served at this path.
pub(super) async fn no_such_path() -> Response {
    error(
        StatusCode::NOT_FOUND,
        "notFound",
        "nothing is served at this path; check API name and major version",
    )
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let reason = self.to_string();
        match self {
            Self::Malformed { code, .. } => error(StatusCode::BAD_REQUEST, code.name(), &reason),
            Self::NotFound { .. } => error(StatusCode::NOT_FOUND, "notFound", &reason),
            Self::Conflict(_) => error(StatusCode::CONFLICT, "conflict", &reason),
            Self::NotImplemented(_) => error(StatusCode::NOT_IMPLEMENTED, "notImplemented", &reason),
            Self::Internal(_) => {
                tracing::error!(%reason, "request failed");
                error(StatusCode::INTERNAL_SERVER_ERROR, "internalError", &reason)
            }
            Self::Unprocessable(issues) => {
                let errors = issues.iter().map(|issue| {
                    let code = json!(issue.code);
                    let at = if issue.path.is_empty() { String::new() } else { format!("{}: ", issue.path) };
                    let mut error =
                        error_body(code.as_str().unwrap_or_default(), &format!("{at}{}", issue.reason));
                    if !issue.path.is_empty() {
                        error["propertyPath"] = json!(issue.path);
                    }
                    error
                });
                document(StatusCode::UNPROCESSABLE_ENTITY, &Value::Array(errors.collect()))
            }
        }
    }
}
