//! Whether the API server answers.
//!
//! Whoever gets no answer doubts, and one asks for all until there is an answer again: no watch and no pass of a controller tries on
//! its own meanwhile, however many there are. It must not know what is watched or decided.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use http::Request;
use kube::Client;
use kube::client::Body;
use tokio::sync::watch;

use crate::schedule::{Beats, Pace, next_look};

/// Longest time between two questions: this long after the API server is back, at most, work goes on (but for a quarter of it, see
/// [`next_look`]).
const MOST_REST: Duration = Duration::from_secs(20);

/// How long an answer may take to begin. An API server itself gives up after a minute (`--request-timeout`).
const PATIENCE: Duration = Duration::from_secs(90);

/// How long the answer may take to the question whether it answers.
const SHORT_PATIENCE: Duration = Duration::from_secs(10);

/// How seldom the API server is asked whether it answers, and a watch begins anew that fails.
#[derive(Clone)]
pub struct Tries {
    beats: Beats,
    random: Arc<dyn Fn() -> f64 + Send + Sync>,
    sleep: Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>,
}

impl Tries {
    /// As other failures are retried, but for a shorter longest time. `random` gives numbers from 0 to 1.
    #[must_use]
    pub fn new(beats: Beats, random: Arc<dyn Fn() -> f64 + Send + Sync>) -> Self {
        Self {
            beats: Beats { retry_most: beats.retry_most.min(MOST_REST), ..beats },
            random,
            sleep: Arc::new(|rest| tokio::time::sleep(rest).boxed()),
        }
    }

    /// Rests after so many failures in a row, from 1.
    pub(super) async fn rest(&self, failures: u32) {
        let rest = next_look(Pace::Transient, failures.saturating_sub(1), (self.random)(), &self.beats);
        (self.sleep)(rest.unwrap_or(MOST_REST)).await;
    }
}

/// Whether the API server answers, as far as anybody knows.
#[derive(Debug)]
pub struct Availability(watch::Sender<bool>);

impl Default for Availability {
    fn default() -> Self {
        Self(watch::Sender::new(true))
    }
}

impl Availability {
    /// Somebody got no answer.
    pub fn doubt(&self) {
        self.0.send_if_modified(|answers| std::mem::replace(answers, false));
    }

    /// Waits until the API server answers.
    pub async fn answers(&self) {
        // Ourselves, we hold the sender.
        let _ = self.0.subscribe().wait_for(|answers| *answers).await;
    }

    /// A client whose calls doubt when they get no answer.
    #[must_use]
    pub fn over(self: &Arc<Self>, client: Client) -> Client {
        let (availability, namespace) = (self.clone(), client.default_namespace().to_owned());
        let call = move |request: Request<Body>| {
            let (availability, client) = (availability.clone(), client.clone());
            async move {
                let answer = match tokio::time::timeout(PATIENCE, client.send(request)).await {
                    Ok(answer) => answer,
                    Err(late) => Err(kube::Error::Service(Box::new(late))),
                };
                let fails = |status: http::StatusCode| status.is_server_error() || status.as_u16() == 429;
                if answer.as_ref().map_or(true, |answer| fails(answer.status())) {
                    availability.doubt();
                }
                answer
            }
        };
        Client::new(tower::service_fn(call), namespace)
    }

    /// Settles every doubt, until dropped. `ask` asks the API server for something that it must read from its storage.
    pub async fn settle_doubts<Answer>(&self, ask: impl Fn() -> Answer, tries: Tries)
    where
        Answer: Future<Output = Result<(), kube::Error>>,
    {
        let mut known = self.0.subscribe();
        while known.wait_for(|answers| !answers).await.is_ok() {
            let mut failures = 0_u32;
            loop {
                let answer = tokio::time::timeout(SHORT_PATIENCE, ask()).await;
                let failure = match answer {
                    Ok(Ok(())) => break,
                    // Being refused is an answer.
                    Ok(Err(kube::Error::Api(status))) if status.code < 500 && status.code != 429 => break,
                    Ok(Err(error)) => error.to_string(),
                    Err(_) => format!("no answer within {} s", SHORT_PATIENCE.as_secs()),
                };
                failures = failures.saturating_add(1);
                if failures == 1 {
                    tracing::warn!(
                        error = failure,
                        "the API server does not answer; all work waits until it does"
                    );
                } else {
                    tracing::debug!(error = failure, failures, "the API server still does not answer");
                }
                tries.rest(failures).await;
            }
            if failures > 0 {
                tracing::info!(failures, "the API server answers again; work goes on");
            }
            self.0.send_replace(true);
        }
    }
}

#[cfg(test)]
mod tests;
