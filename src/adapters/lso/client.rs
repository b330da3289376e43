//! HTTP with one seller: the only place here that does I/O.
//!
//! Free calls keep their connections and are repeated once with a new token when the old one is refused. Paid calls get
//! a fresh connection, leave before their fence or never, and are sent once, whatever happens.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use reqwest::{Request, Url};
use serde_json::Value;
use tower::{BoxError, ServiceExt};

use super::super::Transport;
use super::auth::{Authentication, Credential};
use super::fence;
use super::map::printable;
use super::refusal::{self, Body};
use super::transport::Transports;
use crate::clock::Clock;
use crate::model::{Callback, Failure, FailureClass, OrderId, Placement, format_duration};
use crate::provider::Fence;

/// The longest answer that is read.
const LONGEST_ANSWER: usize = 4 * 1024 * 1024;
/// The longest time that a seller can make us wait.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);
const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=utf-8");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// One request, still without credentials.
#[derive(Debug, Clone)]
pub struct Call {
    /// What is asked, for people: `the quote`.
    pub what: &'static str,
    /// How.
    pub method: Method,
    /// Where.
    pub url: Url,
    /// JSON to send.
    pub body: Option<Bytes>,
    /// What is secret in it, so that no answer may repeat it.
    pub secret: Option<Callback>,
}

impl Call {
    /// One without a body.
    pub const fn bare(what: &'static str, method: Method, url: Url) -> Self {
        Self { what, method, url, body: None, secret: None }
    }
}

/// A successful answer.
#[derive(Debug)]
pub struct Answer {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub json: Value,
}

/// Whatever came back, without secrets.
struct Raw {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
}

/// HTTP with one seller.
pub struct Client {
    transports: Transports,
    authentication: Authentication,
    timeout: Duration,
    clock: Arc<dyn Clock>,
}

impl Client {
    /// A client; nothing is sent yet.
    pub fn new(
        transports: Transports,
        authentication: Authentication,
        timeout: Duration,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { transports, authentication, timeout, clock }
    }

    /// Sends a call that costs nothing.
    pub async fn free(&self, call: &Call) -> Result<Answer, Failure> {
        let credential = self.credential(None).await?;
        let mut raw = self.send(call, credential.as_deref()).await?;
        if raw.status == StatusCode::UNAUTHORIZED
            && let (Authentication::Login(_), Some(refused)) = (&self.authentication, &credential)
        {
            let renewed = self.credential(Some(refused)).await?;
            raw = self.send(call, renewed.as_deref()).await?;
        }
        if let Some(callback) = &call.secret {
            raw.body = raw.body.struck(&|text| callback.strike(text));
        }
        if !raw.status.is_success() {
            return Err(self.refusal(call, &raw).failure);
        }
        match raw.body {
            Body::Json(json) => Ok(Answer { headers: raw.headers, json }),
            // What was ended has nothing more to say.
            Body::Other(_) if call.method == Method::DELETE => {
                Ok(Answer { headers: raw.headers, json: Value::Null })
            }
            Body::Other(text) => {
                Err(unreadable(call.what, &format!("it is no JSON: {}", printable(&text, 300))))
            }
        }
    }

    /// Sends a call that costs money, at most once, before the fence or not at all.
    pub async fn paid(&self, call: &Call, fence: Fence) -> Placement {
        let credential = match self.credential(None).await {
            Ok(credential) => credential,
            Err(failure) => return Placement::Refused(unsent(call, failure)),
        };
        let bytes = call.body.clone().unwrap_or_default();
        let length = HeaderValue::from(bytes.len());
        let (body, latch) = fence::fenced(bytes, fence, Arc::clone(&self.clock));
        let mut request = request(call, credential.as_deref());
        request.headers_mut().insert(CONTENT_LENGTH, length);
        *request.body_mut() = Some(reqwest::Body::wrap(body));
        let outcome = self.exchange(call.what, &self.transports.paid, request, credential.as_deref()).await;
        if latch.shut() {
            let late = || Failure::new(FailureClass::Transient, "the time in which it might leave was over");
            let why =
                if self.clock.instant() > fence.0 { late() } else { outcome.err().unwrap_or_else(late) };
            return Placement::Refused(unsent(call, why));
        }
        match outcome {
            Err(failure) => Placement::Unknown(failure),
            Ok(raw) if raw.status.is_success() => match id(&raw.body) {
                Some(id) => Placement::Accepted(OrderId(id)),
                None => Placement::Unknown(unreadable(call.what, "it was taken, but bears no id")),
            },
            Ok(raw) => {
                self.forget(raw.status, credential.as_deref()).await;
                let refusal = self.refusal(call, &raw);
                if refusal.decided {
                    Placement::Refused(refusal.failure)
                } else {
                    Placement::Unknown(refusal.failure)
                }
            }
        }
    }

    /// What a request must bear; another one than `refused`.
    async fn credential(&self, refused: Option<&Credential>) -> Result<Option<Arc<Credential>>, Failure> {
        let login = match &self.authentication {
            Authentication::None => return Ok(None),
            Authentication::Static(credential) => return Ok(Some(Arc::clone(credential))),
            Authentication::Login(login) => login,
        };
        let fetch = async || {
            let mut request = Request::new(Method::POST, login.url.clone());
            let headers = request.headers_mut();
            headers.insert(ACCEPT, JSON);
            headers.insert(CONTENT_TYPE, FORM);
            headers.insert(AUTHORIZATION, login.credential.header.clone());
            *request.body_mut() = Some(login.form.clone().into());
            let raw = self
                .exchange("the access token", &self.transports.free, request, Some(&login.credential))
                .await?;
            Ok((raw.status, raw.body))
        };
        login.token(self.clock.instant(), refused, fetch).await.map(Some)
    }

    /// A token that was refused for a paid call is not used again; the call is not repeated.
    async fn forget(&self, status: StatusCode, credential: Option<&Credential>) {
        if let (StatusCode::UNAUTHORIZED, Authentication::Login(login), Some(refused)) =
            (status, &self.authentication, credential)
        {
            login.forget(refused).await;
        }
    }

    async fn send(&self, call: &Call, credential: Option<&Credential>) -> Result<Raw, Failure> {
        let mut request = request(call, credential);
        *request.body_mut() = call.body.clone().map(Into::into);
        self.exchange(call.what, &self.transports.free, request, credential).await
    }

    /// One request and its whole answer, within the time-out.
    async fn exchange(
        &self,
        what: &str,
        transport: &Transport,
        request: Request,
        credential: Option<&Credential>,
    ) -> Result<Raw, Failure> {
        let whole = async {
            let response =
                transport.clone().oneshot(request).await.map_err(|why| disturbed(what, &why, credential))?;
            let (status, headers) = (response.status(), response.headers().clone());
            let bytes = read(what, response).await?;
            Ok(Raw { status, headers, body: body(&bytes, credential) })
        };
        tokio::time::timeout(self.timeout, whole).await.unwrap_or_else(|_| {
            let time = format_duration(self.timeout);
            let message = format!("the seller did not answer {what} within {time}");
            Err(Failure::new(FailureClass::Transient, message))
        })
    }

    fn refusal(&self, call: &Call, raw: &Raw) -> refusal::Refusal {
        refusal::read(call.what, raw.status, retry_after(&raw.headers, self.clock.now()), &raw.body)
    }
}

fn request(call: &Call, credential: Option<&Credential>) -> Request {
    let mut request = Request::new(call.method.clone(), call.url.clone());
    let headers = request.headers_mut();
    headers.insert(ACCEPT, JSON);
    if call.body.is_some() {
        headers.insert(CONTENT_TYPE, JSON);
    }
    if let Some(credential) = credential {
        headers.insert(AUTHORIZATION, credential.header.clone());
    }
    request
}

async fn read(what: &str, mut response: reqwest::Response) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() <= LONGEST_ANSWER => bytes.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(unreadable(what, "it is longer than 4 MiB")),
            Ok(None) => return Ok(bytes),
            Err(_) => return Err(unreadable(what, "it broke off")),
        }
    }
}

/// A body without what the request kept secret.
pub fn body(bytes: &[u8], credential: Option<&Credential>) -> Body {
    let body = match serde_json::from_slice::<Value>(bytes) {
        Ok(json) => Body::Json(json),
        Err(_) => Body::Other(String::from_utf8_lossy(bytes).replace("\\/", "/")),
    };
    match credential {
        Some(credential) => body.struck(&|text| credential.strike(text)),
        None => body,
    }
}

impl Body {
    /// The same without what `strike` takes out of a text.
    fn struck(self, strike: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::Json(mut json) => {
                strike_each(&mut json, strike);
                Self::Json(json)
            }
            Self::Other(text) => Self::Other(strike(&text)),
        }
    }
}

fn strike_each(json: &mut Value, strike: &dyn Fn(&str) -> String) {
    if let Some(text) = json.as_str() {
        *json = Value::String(strike(text));
    } else if let Some(items) = json.as_array_mut() {
        items.iter_mut().for_each(|item| strike_each(item, strike));
    } else if let Some(fields) = json.as_object_mut() {
        fields.values_mut().for_each(|field| strike_each(field, strike));
    }
}

/// The id in a body, which is all that a paid call needs of it.
fn id(body: &Body) -> Option<String> {
    match body {
        Body::Json(json) => json.get("id")?.as_str().filter(|id| !id.is_empty()).map(str::to_owned),
        Body::Other(_) => None,
    }
}

/// The failure of an answer that cannot be read.
pub fn unreadable(what: &str, why: &str) -> Failure {
    Failure::new(FailureClass::Unreadable, format!("the seller's answer to {what} cannot be read: {why}"))
}

/// The failure of a paid call of which nothing left.
fn unsent(call: &Call, why: Failure) -> Failure {
    Failure { message: format!("nothing was sent of {}: {}", call.what, why.message), ..why }
}

/// The failure of a connection. A certificate that is not trusted is the platform team's to settle.
fn disturbed(what: &str, error: &BoxError, credential: Option<&Credential>) -> Failure {
    let mut cause: &(dyn Error + 'static) = error.as_ref();
    while let Some(deeper) = inside(cause) {
        cause = deeper;
    }
    let untrusted = matches!(cause.downcast_ref(), Some(rustls::Error::InvalidCertificate(_)));
    let deepest = cause.to_string();
    let why = printable(&credential.map_or(deepest.clone(), |credential| credential.strike(&deepest)), 300);
    if untrusted {
        let message = format!(
            "the seller's certificate is not trusted: {why}; the platform team must correct the address, or put the \
             seller's authority into the Secret as `ca.crt`"
        );
        return Failure::new(FailureClass::Misconfigured, message);
    }
    Failure::new(FailureClass::Transient, format!("the seller cannot be reached for {what}: {why}"))
}

/// What an error is about. An I/O error hides what it wraps from `source`.
fn inside<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    wrapped.map(|wrapped| wrapped as &(dyn Error + 'static)).or_else(|| error.source())
}

/// `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3).
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    let wait = match text.trim().parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => Duration::try_from(http_date(text)?.duration_since(now)).unwrap_or_default(),
    };
    Some(wait.min(LONGEST_WAIT))
}

/// The seller's clock minus ours, in seconds, where the answer bears a date.
pub fn clock_skew(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    let date = http_date(headers.get(DATE)?.to_str().ok()?)?;
    Some(date.duration_since(now).as_secs())
}

fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text.trim()).ok().map(|zoned| zoned.timestamp())
}
