//! One HTTP request with its response, as the wire carried it. Knows nothing of the specifications.

use std::fmt;

use axum::extract::Query;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use serde_json::Value;

/// A party of an LSO interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The customer: asks for products and serves the notification APIs.
    Buyer,
    /// The provider: serves everything else.
    Seller,
}

impl Side {
    /// The party at the other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Buyer => Self::Seller,
            Self::Seller => Self::Buyer,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Buyer => "Buyer",
            Self::Seller => "Seller",
        })
    }
}

/// The body of a request or response.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// No octets at all.
    Absent,
    /// Octets that are JSON.
    Json(Value),
    /// Octets that are not JSON.
    NotJson(Vec<u8>),
    /// The sender stopped before the end, so nothing can be said about the content.
    BrokenOff,
}

impl Body {
    /// Reads what the wire carried.
    #[must_use]
    pub fn parse(octets: &[u8]) -> Self {
        if octets.is_empty() {
            return Self::Absent;
        }
        serde_json::from_slice(octets).map_or_else(|_| Self::NotJson(octets.to_vec()), Self::Json)
    }
}

/// The only headers an exchange keeps: the specifications speak of no others, and credentials must not be
/// kept.
pub(super) const HEADERS_OF_INTEREST: [HeaderName; 4] = [
    header::CONTENT_TYPE,
    HeaderName::from_static("x-total-count"),
    HeaderName::from_static("x-result-count"),
    HeaderName::from_static("x-pagination-throttled"),
];

/// The media type of every LSO message.
pub(super) const MEDIA_TYPE: &str = "application/json;charset=utf-8";

/// One request and its response.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// Request method.
    pub method: Method,
    /// Request path, from its root.
    pub path: String,
    /// Query parameters, decoded, in the order sent.
    pub query: Vec<(String, String)>,
    /// Request headers of interest; never credentials.
    pub request_headers: HeaderMap,
    /// Request body.
    pub request_body: Body,
    /// Response status.
    pub status: StatusCode,
    /// Response headers of interest.
    pub response_headers: HeaderMap,
    /// Response body.
    pub response_body: Body,
}

impl Exchange {
    /// A request without a body, answered by `204 No Content`; the other methods add to it.
    #[must_use]
    pub fn new(method: Method, uri: &Uri) -> Self {
        // A query that cannot be decoded stays one name, which no operation declares.
        let query = Query::<Vec<(String, String)>>::try_from_uri(uri).map_or_else(
            |_| vec![(uri.query().unwrap_or_default().to_owned(), String::new())],
            |Query(pairs)| pairs,
        );
        Self {
            method,
            path: uri.path().to_owned(),
            query,
            request_headers: HeaderMap::new(),
            request_body: Body::Absent,
            status: StatusCode::NO_CONTENT,
            response_headers: HeaderMap::new(),
            response_body: Body::Absent,
        }
    }

    /// Sends `body` in the request, with the media type of LSO.
    #[must_use]
    pub fn request(mut self, body: Value) -> Self {
        self.request_headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        self.request_body = Body::Json(body);
        self
    }

    /// Answers with `status` and `body`, with the media type of LSO.
    #[must_use]
    pub fn response(mut self, status: StatusCode, body: Value) -> Self {
        self.status = status;
        self.response_headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        self.response_body = Body::Json(body);
        self
    }

    /// Sets one header of the response.
    #[must_use]
    pub fn response_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.response_headers.insert(name, value);
        self
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} -> {}", self.method, self.path, self.status.as_u16())
    }
}
