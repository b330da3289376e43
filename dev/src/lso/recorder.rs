//! Listens to an axum router and keeps what was said, to be checked afterwards. Changes nothing on the way.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::{Body as HttpBody, Bytes},
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
};
use futures::stream;
use http::HeaderMap;
use http_body_util::BodyExt;

use super::{
    Specifications,
    api::ROOT,
    exchange::{Body, Exchange, HEADERS_OF_INTEREST, Side},
    openapi::OperationId,
    verdict::{Kind, Verdict, Violation},
};

/// Keeps the exchanges of the routers it wraps. Clones share one list.
#[derive(Debug, Clone, Default)]
pub struct Recorder(Arc<Mutex<Vec<Exchange>>>);

impl Recorder {
    /// A recorder that has heard nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts the recorder around all routes `router` has by now; it should be the outermost layer, and
    /// outside of `nest`, for it has to see the whole path. Requests whose path does not contain `/mefApi/`
    /// pass unheard.
    pub fn wrap(&self, router: Router) -> Router {
        router.layer(middleware::from_fn_with_state(self.clone(), record))
    }

    /// Keeps an exchange that was heard elsewhere.
    pub fn keep(&self, exchange: Exchange) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
    }

    /// All exchanges so far, in the order of their ends.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Checks all exchanges so far.
    #[must_use]
    pub fn check(&self, specifications: &Specifications) -> Report {
        let mut report = Report::default();
        for exchange in self.exchanges() {
            report.add(&exchange, specifications.check(&exchange));
        }
        report
    }
}

async fn record(State(recorder): State<Recorder>, request: Request, next: Next) -> Response {
    if !request.uri().path().contains(ROOT) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let mut exchange = Exchange::new(parts.method.clone(), &parts.uri);
    exchange.request_headers = of_interest(&parts.headers);
    let (heard, body) = hear(body).await;
    exchange.request_body = heard;

    let (parts, answer) = next.run(Request::from_parts(parts, body)).await.into_parts();
    exchange.status = parts.status;
    exchange.response_headers = of_interest(&parts.headers);
    let (heard, answer) = hear(answer).await;
    exchange.response_body = heard;
    recorder.keep(exchange);
    Response::from_parts(parts, answer)
}

fn of_interest(headers: &HeaderMap) -> HeaderMap {
    let kept = HEADERS_OF_INTEREST.into_iter().filter_map(|name| {
        let value = headers.get(&name)?.clone();
        Some((name, value))
    });
    kept.collect()
}

/// Reads a body to its end, and makes a body of the same octets, with the same failure if it fails.
async fn hear(mut body: HttpBody) -> (Body, HttpBody) {
    let mut octets = Vec::new();
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => octets.extend(frame.data_ref().into_iter().flatten()),
            Err(failure) => {
                let again = [Ok(Bytes::from(octets)), Err(failure)];
                return (Body::BrokenOff, HttpBody::from_stream(stream::iter(again)));
            }
        }
    }
    (Body::parse(&octets), HttpBody::from(octets))
}

/// How often an operation was called and how it was answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Number of exchanges.
    pub count: usize,
    /// Status codes seen.
    pub statuses: BTreeSet<u16>,
}

/// The verdicts on many exchanges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The operations that were called.
    pub operations: BTreeMap<OperationId, Coverage>,
    /// What is wrong, each with the exchange it was found in, as text.
    pub violations: Vec<(String, Violation)>,
    /// What is worth knowing, with the number of times it was seen.
    pub notes: BTreeMap<String, usize>,
}

impl Report {
    /// Takes in the verdict on one exchange.
    pub fn add(&mut self, exchange: &Exchange, verdict: Verdict) {
        if let Some(operation) = verdict.operation {
            let coverage = self.operations.entry(operation).or_default();
            coverage.count += 1;
            if exchange.response_body != Body::BrokenOff {
                coverage.statuses.insert(exchange.status.as_u16());
            }
        }
        let found_in = exchange.to_string();
        self.violations.extend(verdict.violations.into_iter().map(|violation| (found_in.clone(), violation)));
        for note in verdict.notes {
            *self.notes.entry(note).or_default() += 1;
        }
    }

    /// The violations of one side, e.g. of the Seller where a test sends wrong requests on purpose.
    pub fn by(&self, side: Side) -> impl Iterator<Item = &Violation> {
        self.violations.iter().map(|(_, violation)| violation).filter(move |violation| violation.side == side)
    }

    /// The violations of one kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Violation> {
        self.violations.iter().map(|(_, violation)| violation).filter(move |violation| violation.kind == kind)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.operations.keys().map(ToString::to_string).collect();
        let width = names.iter().map(String::len).max().unwrap_or_default().max("operation".len());
        writeln!(f, "{:width$}  count  statuses", "operation")?;
        for (name, coverage) in names.iter().zip(self.operations.values()) {
            let statuses: Vec<_> = coverage.statuses.iter().map(ToString::to_string).collect();
            writeln!(f, "{name:width$}  {:>5}  {}", coverage.count, statuses.join(" "))?;
        }
        writeln!(f, "{} violations", self.violations.len())?;
        for (found_in, violation) in &self.violations {
            writeln!(f, "  {found_in}\n    {violation}")?;
        }
        for (note, count) in &self.notes {
            writeln!(f, "  note, {count} times: {note}")?;
        }
        Ok(())
    }
}
