//! Who may call: static bearer tokens and OAuth2 client credentials (RFC 6749 section 4.4, RFC 6750). Client
//! certificates are a matter of the TLS listener.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::json;

use super::answer;
use crate::refusal::Refusal;
use crate::seller::Seller;
use crate::store::Stored;

/// Setting that holds the tokens that were issued, with their ends.
const ISSUED: &str = "issued tokens";

type Issued = BTreeMap<String, Timestamp>;

/// Lets a request through that shows a valid token, if the scenario asks for one.
pub(super) async fn check(State(seller): State<Seller>, request: Request, next: Next) -> Response {
    let access = &seller.scenario().access;
    if access.bearer_tokens.is_empty() && access.oauth2.is_none() {
        return next.run(request).await;
    }
    let Some(token) = bearer(request.headers()) else {
        return unauthorized("missingCredentials", "an Authorization header with a bearer token is required");
    };
    match is_valid(&seller, token) {
        Ok(true) => next.run(request).await,
        Ok(false) => unauthorized("invalidCredentials", "the token is not valid, or no longer"),
        Err(refusal) => refusal.into_response(),
    }
}

fn unauthorized(code: &str, reason: &str) -> Response {
    let mut response = answer::error(StatusCode::UNAUTHORIZED, code, reason);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
    response
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn is_valid(seller: &Seller, token: &str) -> Result<bool, Refusal> {
    let changes = seller.overrides().credentials;
    if changes.revoked_tokens.contains(token) {
        return Ok(false);
    }
    if changes.added_tokens.contains(token) || seller.scenario().access.bearer_tokens.contains(token) {
        return Ok(true);
    }
    seller.serve("", |desk| {
        let issued: Issued = desk.books.setting(ISSUED)?.unwrap_or_default();
        Ok(issued.get(token).is_some_and(|end| *end > desk.now))
    })
}

/// The token endpoint.
pub(super) fn token_route() -> Router<Seller> {
    Router::new().route("/oauth2/token", post(issue))
}

async fn issue(State(seller): State<Seller>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(oauth2) = &seller.scenario().access.oauth2 else {
        return answer::no_such_path().await;
    };
    let form: BTreeMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    if form.get("grant_type").map(String::as_str) != Some("client_credentials") {
        return refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    let in_form = form.get("client_id").cloned().zip(form.get("client_secret").cloned());
    let Some((client, secret)) = basic(&headers).or(in_form) else {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client");
    };
    let pair = (client, secret);
    let changes = seller.overrides().credentials;
    let listed = oauth2.clients.iter().any(|known| known.id == pair.0 && known.secrets.contains(&pair.1));
    if !(changes.added_secrets.contains(&pair) || listed && !changes.revoked_secrets.contains(&pair)) {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let lifetime = seller.clock().length(oauth2.token_lifetime);
    let Some(token) = new_token() else {
        return refuse(StatusCode::INTERNAL_SERVER_ERROR, "server_error");
    };
    let kept = seller.serve("", |desk| {
        let mut issued: Issued = desk.books.setting(ISSUED)?.unwrap_or_default();
        issued.retain(|_, end| *end > desk.now);
        issued.insert(token.clone(), desk.now.checked_add(lifetime).unwrap_or(Timestamp::MAX));
        Ok(desk.books.set(ISSUED, &issued)?)
    });
    if let Err(refusal) = kept {
        return refusal.into_response();
    }
    let answer = json!({"access_token": token, "token_type": "Bearer", "expires_in": lifetime.as_secs()});
    let mut response = answer::document(StatusCode::OK, &answer);
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}

/// Client id and secret by HTTP Basic, both form-encoded first (RFC 6749 section 2.3.1).
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, coded) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let plain = String::from_utf8(BASE64_STANDARD.decode(coded.trim()).ok()?).ok()?;
    let (id, secret) = plain.split_once(':')?;
    let decode = |text: &str| {
        let joined = format!("v={text}");
        form_urlencoded::parse(joined.as_bytes()).next().map(|(_, value)| value.into_owned())
    };
    Some((decode(id)?, decode(secret)?))
}

/// 256 random bits; `None` when the system has none to give.
fn new_token() -> Option<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// An error of the token endpoint (RFC 6749 section 5.2).
fn refuse(status: StatusCode, error: &str) -> Response {
    answer::document(status, &json!({"error": error}))
}

/// Makes every issued token invalid.
pub(super) fn revoke_issued(seller: &Seller) -> Result<(), Refusal> {
    seller.serve("", |desk| {
        let nothing: Stored<()> = desk.books.set(ISSUED, &Issued::new());
        Ok(nothing?)
    })
}
