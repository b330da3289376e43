//! Bad weather between the operator and its API server, on purpose.

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Method, Request, Response};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::{Body, ClientBuilder};
use tower::{BoxError, Layer, Service};

type Answer = Response<http_body_util::combinators::UnsyncBoxBody<Bytes, BoxError>>;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sky {
    /// Nothing.
    Clear,
    /// Every call takes this much longer.
    Slow(Duration),
    /// No call arrives.
    Down,
    /// Every other write to objects of ours is answered with a conflict, and did not happen.
    Conflicts,
    /// Every other write to objects of ours happens, and its answer is lost.
    AnswersLost,
    /// Every watch ends after a second.
    ShortWatches,
}

/// The weather, for everybody who knows it to change.
#[derive(Clone)]
pub struct Weather(Arc<Mutex<(Sky, u64)>>);

impl Weather {
    pub fn clear() -> Self {
        Self(Arc::new(Mutex::new((Sky::Clear, 0))))
    }

    /// Changes it.
    pub fn becomes(&self, sky: Sky) {
        *self.0.lock().unwrap() = (sky, 0);
    }

    /// How many calls it hit since it last changed.
    pub fn hits(&self) -> u64 {
        self.0.lock().unwrap().1
    }

    /// What becomes of a call.
    fn meets(&self, call: &Request<Body>) -> Sky {
        let mut now = self.0.lock().unwrap();
        let ours = call.method() == Method::PATCH && call.uri().path().contains("/naas.dev/");
        let watch = call.uri().query().is_some_and(|query| query.contains("watch=true"));
        let sky = now.0;
        let hit = match sky {
            Sky::Clear => false,
            Sky::Slow(_) | Sky::Down => true,
            Sky::Conflicts | Sky::AnswersLost => ours,
            Sky::ShortWatches => watch,
        };
        now.1 += u64::from(hit);
        let every_other = matches!(sky, Sky::Conflicts | Sky::AnswersLost) && now.1.is_multiple_of(2);
        if hit && !every_other { sky } else { Sky::Clear }
    }

    /// A client under this weather.
    pub fn client(&self, config: kube::Config) -> Client {
        ClientBuilder::try_from(config).expect("a client").with_layer(self).build()
    }
}

impl<S> Layer<S> for Weather {
    type Service = Under<S>;

    fn layer(&self, inner: S) -> Under<S> {
        Under { inner, weather: self.clone() }
    }
}

/// A way to the API server under some weather.
pub struct Under<S> {
    inner: S,
    weather: Weather,
}

impl<S, B> Service<Request<Body>> for Under<S>
where
    S: Service<Request<Body>, Response = Response<B>, Error = BoxError>,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes, Error = BoxError> + Send + 'static,
{
    type Response = Answer;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Answer, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut call: Request<Body>) -> Self::Future {
        let sky = self.weather.meets(&call);
        if sky == Sky::ShortWatches {
            let uri = call.uri().to_string();
            let short: Vec<&str> =
                uri.split('&').filter(|part| !part.starts_with("timeoutSeconds=")).collect();
            *call.uri_mut() = format!("{}&timeoutSeconds=1", short.join("&")).parse().expect("a URI");
        }
        let answer = self.inner.call(call);
        Box::pin(async move {
            match sky {
                Sky::Clear | Sky::ShortWatches => {}
                Sky::Slow(by) => tokio::time::sleep(by).await,
                Sky::Down => return Err("the API server is away".into()),
                Sky::Conflicts => {
                    let status = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Conflict","code":409,"message":"the object has been modified; please apply your changes to the latest version and try again"}"#;
                    let body = http_body_util::Full::from(status).map_err(|never| match never {});
                    return Ok(Response::builder().status(409).body(body.boxed_unsync())?);
                }
                Sky::AnswersLost => {
                    answer.await?;
                    return Err("the connection was closed".into());
                }
            }
            Ok(answer.await?.map(BodyExt::boxed_unsync))
        })
    }
}
