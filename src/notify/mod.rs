//! The listener for what sellers tell: it authenticates, then only wakes segments.
//!
//! A notification is a reason to look and nothing else. Of its content only the id of the qualification, quote or order is read;
//! the state is always asked for at the seller. So a notification that is lost costs time, and one that is repeated, late or made
//! up costs at most a look. This room can neither write nor call a seller.
//!
//! MEF defines no signature (MEF 87, 115 and 123, section "Notifications"). Who knows the account's callback token, which is part
//! of the address that only its seller was told, is listened to; all others get an error and nothing happens. TLS ends in front
//! of the listener.
//!
//! ```text
//! connection   few at a time, each for one request and a short time
//!   event      pure: whom a request claims to come from, and what it is about
//!   holders    pure: which segments that concerns
//!   wakes      each of them at most once in a while
//! ```

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use axum::{Json, Router, response::IntoResponse};
use serde_json::json;

use crate::api::ConnectivitySegment;
use crate::clock::Clock;
use crate::model::CallbackToken;
use crate::telemetry::Notifications;

mod connection;
pub mod event;
mod holders;
mod wakes;

pub use connection::serve;
pub use wakes::Wakes;

/// The longest notification that is read, in octets.
const LONGEST: usize = 16 * 1024;

/// The token of an account that listens to its seller; `None` for all others.
pub type Token = Arc<dyn Fn(&str) -> Option<CallbackToken> + Send + Sync>;

/// The segments of an account.
pub type Segments = Arc<dyn Fn(&str) -> Vec<Arc<ConnectivitySegment>> + Send + Sync>;

/// What the listener works with.
pub struct Context {
    /// What the seller of an account must know.
    pub token: Token,
    /// What it may tell of.
    pub segments: Segments,
    /// Who is woken.
    pub wakes: Arc<Wakes>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Metrics.
    pub metrics: Notifications,
}

/// Everything that the listener answers.
pub fn router(context: Arc<Context>) -> Router {
    Router::new().fallback(hear).with_state(context)
}

async fn hear(State(context): State<Arc<Context>>, request: Request) -> Response {
    match listen(&context, request).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => {
            context.metrics.refused();
            refusal.into_response()
        }
    }
}

/// Why a request is not listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// Whoever it is does not know the token.
    Stranger,
    /// It is no notification that we asked for.
    Elsewhere,
    /// It is not posted.
    NotPosted,
    /// It is too long.
    TooLong,
    /// It cannot be understood.
    Unreadable,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        // Codes are those of MEF (`Error400`, `Error401`), where it has any.
        let (status, code, reason) = match self {
            Self::Stranger => (StatusCode::UNAUTHORIZED, "invalidCredentials", "unknown address"),
            Self::Elsewhere => (StatusCode::NOT_FOUND, "notFound", "no such listener"),
            Self::NotPosted => {
                (StatusCode::METHOD_NOT_ALLOWED, "methodNotAllowed", "notifications are posted")
            }
            Self::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, "invalidBody", "longer than 16 KiB"),
            Self::Unreadable => (StatusCode::BAD_REQUEST, "invalidBody", "event.id is missing"),
        };
        let kind = (header::CONTENT_TYPE, "application/json;charset=utf-8");
        (status, [kind], Json(json!({"code": code, "reason": reason})).into_response().into_body())
            .into_response()
    }
}

/// Wakes the segments that a notification is about, if there are any.
async fn listen(context: &Context, request: Request) -> Result<(), Refusal> {
    let (parts, body) = request.into_parts();
    let caller = event::caller(parts.uri.path()).ok_or(Refusal::Stranger)?;
    let known = (context.token)(caller.account).is_some_and(|token| token.is(caller.token));
    if !known {
        return Err(Refusal::Stranger);
    }
    let topic = event::topic(caller.rest).ok_or(Refusal::Elsewhere)?;
    if parts.method != Method::POST {
        return Err(Refusal::NotPosted);
    }
    let body = read(body).await?;
    let id = event::subject(&body).ok_or(Refusal::Unreadable)?;
    let concerned = holders::of(topic, &id, &(context.segments)(caller.account));
    context.metrics.heard(caller.account, !concerned.is_empty());
    tracing::debug!(
        provider = caller.account,
        ?topic,
        ?id,
        segments = concerned.len(),
        "a seller told something"
    );
    for segment in concerned {
        context.wakes.wake(segment, context.clock.instant());
    }
    Ok(())
}

async fn read(body: Body) -> Result<axum::body::Bytes, Refusal> {
    to_bytes(body, LONGEST).await.map_err(|_| Refusal::TooLong)
}

#[cfg(test)]
mod tests;
