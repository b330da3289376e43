//! How the seller behaves as a server, before anything of a request is looked at: it is offline, or a fault strikes
//! the call. [`crate::faults`] decides which; here it is done.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body::Frame;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::{answer, operation};
use crate::scenario::{Delay, Misconduct};
use crate::seller::Seller;

/// Marks a response that will not reach the caller whole.
#[derive(Clone, Copy)]
pub(super) struct Cut;

/// What a fault wants of the operation itself; travels with the request.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Asides {
    #[default]
    None,
    /// Lists show everything.
    IgnoreFilters,
    /// Lists miss what is younger.
    SearchLag(Delay),
    /// The inventory is shown as it was.
    InventoryLag(Delay),
    /// What the call asks for is done later.
    Postpone { by: Delay, rechecks: bool },
}

pub(super) async fn conduct(State(seller): State<Seller>, request: Request, next: Next) -> Response {
    if seller.overrides().offline {
        return answer::error(StatusCode::SERVICE_UNAVAILABLE, "internalError", "the seller is offline");
    }
    let template = request.extensions().get::<MatchedPath>();
    let Some(operation) = template.and_then(|path| operation::of(request.method(), path.as_str())) else {
        return next.run(request).await;
    };
    match seller.strike(operation) {
        Err(refusal) => refusal.into_response(),
        Ok(None) => next.run(request).await,
        Ok(Some(misconduct)) => {
            tracing::debug!(operation = operation.name(), ?misconduct, "misbehaves");
            commit(misconduct, request, next).await
        }
    }
}

async fn commit(misconduct: Misconduct, request: Request, next: Next) -> Response {
    match misconduct {
        Misconduct::RequestLost { hold } => {
            wait(hold).await;
            cut_before(Response::default())
        }
        Misconduct::AnswerLost { after_half, hold } => {
            let answer = next.run(request).await;
            wait(hold).await;
            if after_half { cut_within(answer).await } else { cut_before(answer) }
        }
        Misconduct::EffectDelayed { by, rechecks, hold } => {
            let answer = aside(request, next, Asides::Postpone { by, rechecks }).await;
            wait(hold).await;
            cut_before(answer)
        }
        Misconduct::Status { code, retry_after, after_effect } => {
            if after_effect {
                next.run(request).await;
            }
            error(code, retry_after)
        }
        Misconduct::Slow { by, after_effect: false } => {
            wait(by).await;
            next.run(request).await
        }
        Misconduct::Slow { by, after_effect: true } => {
            let answer = next.run(request).await;
            wait(by).await;
            answer
        }
        Misconduct::TruncatedJson => truncate(next.run(request).await).await,
        Misconduct::ProxyPage { code } => page(code),
        Misconduct::UnknownState { state } => restate(next.run(request).await, &state).await,
        // These befall no call.
        Misconduct::EventLost
        | Misconduct::EventTwice
        | Misconduct::EventLate { .. }
        | Misconduct::EventForUnknown { .. }
        | Misconduct::EventClaims { .. } => next.run(request).await,
        Misconduct::IgnoresFilters => aside(request, next, Asides::IgnoreFilters).await,
        Misconduct::SearchLag { by } => aside(request, next, Asides::SearchLag(by)).await,
        Misconduct::InventoryLag { by } => aside(request, next, Asides::InventoryLag(by)).await,
    }
}

async fn aside(mut request: Request, next: Next, aside: Asides) -> Response {
    request.extensions_mut().insert(aside);
    next.run(request).await
}

async fn wait(length: Delay) {
    tokio::time::sleep(Duration::try_from(length.0).unwrap_or_default()).await;
}

/// Cuts the connection instead of answering.
fn cut_before(mut answer: Response) -> Response {
    *answer.body_mut() = Body::new(Torn { sent: None, flushed: true });
    answer.extensions_mut().insert(Cut);
    answer
}

/// Cuts the connection in the middle of the body.
async fn cut_within(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let whole = octets(body).await;
    parts.headers.insert(header::CONTENT_LENGTH, whole.len().into());
    parts.extensions.insert(Cut);
    Response::from_parts(parts, Body::new(Torn { sent: Some(half(&whole)), flushed: false }))
}

async fn truncate(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(half(&octets(body).await)))
}

fn half(whole: &Bytes) -> Bytes {
    whole.slice(..whole.len() / 2)
}

/// The answers of this seller are in memory, and reading them cannot fail.
async fn octets(body: Body) -> Bytes {
    body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default()
}

/// A body that breaks off, and the connection with it.
struct Torn {
    sent: Option<Bytes>,
    /// Whether the server had an occasion to send what it has.
    flushed: bool,
}

impl HttpBody for Torn {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(sent) = self.sent.take() {
            return Poll::Ready(Some(Ok(Frame::data(sent))));
        }
        if !self.flushed {
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::ConnectionAborted, "cut on purpose"))))
    }
}

/// An LSO `Error`, with the code that the specification has for the status where it has one.
fn error(code: u16, retry_after: Option<u32>) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let name = match code {
        400 => "invalidBody",
        401 => "invalidCredentials",
        403 => "accessDenied",
        404 => "notFound",
        408 => "timeOut",
        409 => "conflict",
        422 => "otherIssue",
        429 => "tooManyRequests",
        501 => "notImplemented",
        _ => "internalError",
    };
    let mut response = answer::error(status, name, "this seller misbehaves on purpose");
    if code == 422 {
        let entry = json!([{"code": name, "reason": "this seller misbehaves on purpose"}]);
        response = answer::document(status, &entry);
    }
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// What a proxy says to people.
fn page(code: u16) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = Response::new(Body::from(format!(
        "<!DOCTYPE html>\n<html><head><title>{status}</title></head><body><h1>{status}</h1>\n\
         <p>The web application firewall has a word with you.</p></body></html>\n"
    )));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

/// Shows a document, or every entry of a list, in another state.
async fn restate(answer: Response, state: &str) -> Response {
    let (mut parts, body) = answer.into_parts();
    let octets = octets(body).await;
    let Ok(mut document) = serde_json::from_slice::<Value>(&octets) else {
        return Response::from_parts(parts, Body::from(octets));
    };
    let shown = if document.is_array() {
        document.as_array_mut().map(Vec::as_mut_slice).unwrap_or_default()
    } else {
        std::slice::from_mut(&mut document)
    };
    for name in ["state", "status"] {
        for entry in shown.iter_mut().filter(|entry| entry[name].is_string()) {
            entry[name] = json!(state);
        }
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(document.to_string()))
}
