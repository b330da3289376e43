//! How we identify ourselves: nothing, a static bearer token, or OAuth 2.0 client credentials (RFC 6749, section 4.4).
//! A client certificate belongs to the connection. Pure but for the cache: the client fetches.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::Mutex;
use url::form_urlencoded;

use super::map::printable;
use super::profile::{Profile, misconfigured};
use super::refusal::Body;
use super::transport::bad_secret;
use crate::api::LsoAuthentication;
use crate::model::{Failure, FailureClass};

/// A token is renewed this long before its end, and no earlier than after half of its life.
const MARGIN: Duration = Duration::from_secs(30);
/// The life of a token whose server says something absurd.
const LONGEST_LIFE: u64 = 24 * 3600;

/// What a request bears, and what must never come back in an error.
#[derive(Debug)]
pub struct Credential {
    /// The value of `Authorization`.
    pub header: HeaderValue,
    secrets: Vec<SecretString>,
}

impl Credential {
    fn bearer(token: SecretString) -> Result<Self, String> {
        let mut header = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
            .map_err(|_| "holds characters that no header can carry".to_owned())?;
        header.set_sensitive(true);
        Ok(Self { header, secrets: vec![token] })
    }

    /// Strikes out everything secret.
    pub fn strike(&self, text: &str) -> String {
        self.secrets
            .iter()
            .map(ExposeSecret::expose_secret)
            .filter(|secret| !secret.is_empty())
            .fold(text.to_owned(), |text, secret| text.replace(secret, "[redacted]"))
    }
}

/// Client credentials, ready to be sent to the token endpoint.
#[derive(Debug)]
pub struct Login {
    /// The token endpoint.
    pub url: Url,
    /// The form to post.
    pub form: Bytes,
    /// Client id and secret (RFC 6749, section 2.3.1).
    pub credential: Credential,
    token: Mutex<Option<Token>>,
}

/// A token, and until when it is used.
#[derive(Debug, Clone)]
pub struct Token {
    credential: Arc<Credential>,
    /// Without, until the seller refuses it.
    pub fresh_until: Option<Instant>,
}

/// How an account identifies itself.
#[derive(Debug)]
pub enum Authentication {
    /// Not by a header.
    None,
    /// Always the same token.
    Static(Arc<Credential>),
    /// A token that is fetched and renewed.
    Login(Box<Login>),
}

impl Authentication {
    /// Takes what the block asks for out of the Secret.
    pub fn new(
        block: &LsoAuthentication,
        profile: &Profile,
        secret: &BTreeMap<String, Vec<u8>>,
    ) -> Result<Self, Failure> {
        match (&block.oauth2, &profile.token_url, &block.bearer) {
            (Some(oauth2), Some(url), None) => {
                let login = Login::new(
                    url.clone(),
                    &text(secret, "clientId")?,
                    &text(secret, "clientSecret")?,
                    oauth2,
                );
                Ok(Self::Login(Box::new(login?)))
            }
            (None, _, Some(_)) => {
                let token = text(secret, "token")?;
                let credential = Credential::bearer(token).map_err(|why| bad_secret("token", why))?;
                Ok(Self::Static(Arc::new(credential)))
            }
            (None, _, None) => Ok(Self::None),
            (Some(_), _, _) => {
                Err(misconfigured("authentication", "state at most one of oauth2, bearer, mutualTls"))
            }
        }
    }
}

/// A text of the Secret, without the line end that editors add.
fn text(secret: &BTreeMap<String, Vec<u8>>, key: &str) -> Result<SecretString, Failure> {
    let bytes = secret.get(key).ok_or_else(|| bad_secret(key, "is missing"))?;
    let text = std::str::from_utf8(bytes).map_err(|_| bad_secret(key, "is no text"))?.trim();
    if text.is_empty() { Err(bad_secret(key, "is empty")) } else { Ok(text.into()) }
}

impl Login {
    fn new(
        url: Url,
        id: &SecretString,
        secret: &SecretString,
        oauth2: &crate::api::LsoOauth2,
    ) -> Result<Self, Failure> {
        let encoded = |text: &SecretString| -> String {
            form_urlencoded::byte_serialize(text.expose_secret().as_bytes()).collect()
        };
        let basic = STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)));
        let mut header = HeaderValue::from_str(&format!("Basic {basic}"))
            .map_err(|_| bad_secret("clientSecret", "holds characters that no header can carry"))?;
        header.set_sensitive(true);
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if !oauth2.scopes.is_empty() {
            form.append_pair("scope", &oauth2.scopes.join(" "));
        }
        if let Some(audience) = &oauth2.audience {
            form.append_pair("audience", audience);
        }
        let secrets = vec![secret.clone(), encoded(secret).into(), basic.into()];
        Ok(Self {
            url,
            form: Bytes::from(form.finish()),
            credential: Credential { header, secrets },
            token: Mutex::new(None),
        })
    }

    /// The token that is fresh at `now` and is not `refused`; else what `fetch` brings, which is kept.
    pub async fn token<F>(
        &self,
        now: Instant,
        refused: Option<&Credential>,
        fetch: F,
    ) -> Result<Arc<Credential>, Failure>
    where
        F: AsyncFnOnce() -> Result<(StatusCode, Body), Failure>,
    {
        let mut kept = self.token.lock().await;
        let usable = |token: &Token| {
            token.fresh_until.is_none_or(|end| now < end)
                && refused.is_none_or(|refused| refused.header != token.credential.header)
        };
        if let Some(token) = kept.as_ref().filter(|token| usable(token)) {
            return Ok(Arc::clone(&token.credential));
        }
        *kept = None;
        let (status, body) = fetch().await?;
        let host = self.url.host_str().unwrap_or("the token endpoint");
        let token = Self::read(host, status, &body, now)?;
        let credential = Arc::clone(&token.credential);
        *kept = Some(token);
        Ok(credential)
    }

    /// Forgets a token that the seller did not accept.
    pub async fn forget(&self, refused: &Credential) {
        let mut kept = self.token.lock().await;
        kept.take_if(|token| token.credential.header == refused.header);
    }

    /// Reads the answer of the token endpoint (RFC 6749, sections 5.1 and 5.2). Its body is never quoted.
    pub fn read(host: &str, status: StatusCode, body: &Body, now: Instant) -> Result<Token, Failure> {
        let field = |name: &str| match body {
            Body::Json(json) => json.get(name),
            Body::Other(_) => None,
        };
        if !status.is_success() {
            let code = field("error").and_then(Value::as_str);
            let class = match (status.as_u16(), code) {
                (_, Some("invalid_scope" | "unsupported_grant_type" | "invalid_request")) => {
                    FailureClass::Misconfigured
                }
                (400 | 401 | 403, _) => FailureClass::Unauthenticated,
                (429, _) => FailureClass::Throttled(None),
                (300..=499, _) => FailureClass::Misconfigured,
                (_, _) => FailureClass::Transient,
            };
            let said = field("error_description").and_then(Value::as_str).or(code).unwrap_or("no reason");
            let message = format!(
                "{host} gives no access token (HTTP {}): {}; the platform team must look at clientId, clientSecret and \
                 authentication.oauth2",
                status.as_u16(),
                printable(said, 300)
            );
            return Err(Failure { class, message, code: code.map(|code| printable(code, 60)) });
        }
        let unreadable = |why: &str| {
            Failure::new(
                FailureClass::Unreadable,
                format!("the access token of {host} cannot be read: {why}"),
            )
        };
        let token = field("access_token").and_then(Value::as_str).filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| unreadable("the answer has none"))?;
        match field("token_type").and_then(Value::as_str) {
            Some(kind) if !kind.eq_ignore_ascii_case("bearer") => {
                return Err(unreadable("it is of another type than bearer"));
            }
            Some(_) | None => {}
        }
        let life = field("expires_in").and_then(|life| life.as_u64().or_else(|| life.as_str()?.parse().ok()));
        let fresh_until = life.map(|seconds| {
            let life = Duration::from_secs(seconds.min(LONGEST_LIFE));
            now + life.saturating_sub(MARGIN).max(life / 2)
        });
        let credential = Credential::bearer(token.into()).map_err(|why| unreadable(&why))?;
        Ok(Token { credential: Arc::new(credential), fresh_until })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};
    use serde_json::json;

    fn login() -> Login {
        let oauth2 = crate::api::LsoOauth2 {
            token_url: "https://login.seller.example/token".into(),
            scopes: vec!["lso".into(), "buyer".into()],
            audience: Some("https://lso".into()),
        };
        let url = Url::parse(&oauth2.token_url).unwrap();
        Login::new(url, &"me".into(), &"s e/cret".into(), &oauth2).unwrap()
    }

    fn read(status: u16, body: Value) -> Result<Token, Failure> {
        Login::read("it", StatusCode::from_u16(status).unwrap(), &Body::Json(body), SystemClock.instant())
    }

    #[test]
    fn the_request_follows_the_rfc() {
        let login = login();
        assert_eq!(login.form, "grant_type=client_credentials&scope=lso+buyer&audience=https%3A%2F%2Flso");
        let expected = format!("Basic {}", STANDARD.encode("me:s+e%2Fcret"));
        assert_eq!(login.credential.header.to_str().unwrap(), expected);
        assert!(login.credential.header.is_sensitive());
        assert_eq!(login.credential.strike("is `s e/cret` wrong?"), "is `[redacted]` wrong?");
        assert!(!format!("{login:?}").contains("cret\""), "{login:?}");
    }

    #[test]
    fn a_token_is_renewed_before_its_end() {
        let now = SystemClock.instant();
        let fresh_for = |life: Value| {
            let token = Login::read(
                "it",
                StatusCode::OK,
                &Body::Json(json!({"access_token": "t", "expires_in": life})),
                now,
            );
            token.unwrap().fresh_until.map(|end| (end - now).as_secs())
        };
        assert_eq!(fresh_for(json!(3600)), Some(3570));
        assert_eq!(fresh_for(json!("40")), Some(20));
        assert_eq!(fresh_for(json!(u64::MAX)), Some(LONGEST_LIFE - 30));
        assert_eq!(fresh_for(json!(null)), None);
    }

    #[test]
    fn a_refused_login_says_whose_move_it_is() {
        for (status, error, class) in [
            (401, "invalid_client", FailureClass::Unauthenticated),
            (400, "invalid_scope", FailureClass::Misconfigured),
            (429, "slow_down", FailureClass::Throttled(None)),
            (503, "sorry", FailureClass::Transient),
        ] {
            let failure = read(status, json!({"error": error, "error_description": "because"})).unwrap_err();
            assert_eq!(failure.class, class, "{status}");
            assert!(
                failure.message.contains("because") && failure.message.contains("platform team"),
                "{failure}"
            );
        }
    }

    #[test]
    fn a_token_that_cannot_be_used_is_not_quoted() {
        for answer in [
            json!({"access_token": "canary", "token_type": "mac"}),
            json!({"access_token": "canary\n"}),
            json!({"token": "canary"}),
            json!(["canary"]),
        ] {
            let failure = read(200, answer).unwrap_err();
            assert_eq!(failure.class, FailureClass::Unreadable);
            assert!(!format!("{failure:?}").contains("canary"), "{failure:?}");
        }
    }
}
