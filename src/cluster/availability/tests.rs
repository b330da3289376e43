//! An API server that is away, made of a client that answers as the test says. No time passes: rests are written down and are over.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use http::{Response, StatusCode};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;

use super::super::watch as watch_all;
use super::*;

/// What is asked of the API server, how often, and which rests were taken.
#[derive(Default)]
struct Server {
    away: AtomicBool,
    lists: AtomicUsize,
    asked: AtomicUsize,
    rests: Mutex<Vec<Duration>>,
}

impl Server {
    /// The way to it. Lists are answered with this while it is there; watches stay open.
    fn client(self: &Arc<Self>, list: StatusCode) -> Client {
        let server = self.clone();
        let call = move |request: Request<Body>| {
            let server = server.clone();
            async move {
                let watches = request.uri().query().is_some_and(|query| query.contains("watch=true"));
                if watches && !server.away.load(Ordering::Relaxed) {
                    std::future::pending::<()>().await;
                }
                server.lists.fetch_add(1, Ordering::Relaxed);
                if server.away.load(Ordering::Relaxed) {
                    return Err("connection refused");
                }
                let body = if list.is_success() {
                    r#"{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[]}"#
                } else {
                    r#"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404,"message":"no"}"#
                };
                Ok(Response::builder()
                    .status(list)
                    .body(Body::from(body.as_bytes().to_vec()))
                    .expect("an answer"))
            }
        };
        Client::new(tower::service_fn(call), "default")
    }

    fn tries(self: &Arc<Self>) -> Tries {
        let server = self.clone();
        let tries = Tries::new(Beats::default(), Arc::new(|| 0.0));
        let sleep = move |rest| {
            server.rests.lock().expect("whole").push(rest);
            tokio::task::yield_now().boxed()
        };
        Tries { sleep: Arc::new(sleep), ..tries }
    }

    /// Asks it as long as there is a doubt.
    fn settle(self: &Arc<Self>, availability: &Arc<Availability>) {
        let (server, availability, tries) = (self.clone(), availability.clone(), self.tries());
        tokio::spawn(async move {
            let ask = async || {
                server.asked.fetch_add(1, Ordering::Relaxed);
                let away = server.away.load(Ordering::Relaxed);
                if away { Err(kube::Error::Service("connection refused".into())) } else { Ok(()) }
            };
            availability.settle_doubts(ask, tries).await;
        });
    }
}

/// Lets everybody else go on until it is so.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..100_000 {
        if is_so() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("waited in vain until {what}");
}

#[tokio::test]
async fn one_asks_for_ten_thousand() {
    let (server, availability) = (Arc::new(Server::default()), Arc::new(Availability::default()));
    server.away.store(true, Ordering::Relaxed);
    server.settle(&availability);
    availability.doubt();
    let done = Arc::new(AtomicUsize::new(0));
    for _ in 0..10_000 {
        let (availability, done) = (availability.clone(), done.clone());
        tokio::spawn(async move {
            availability.answers().await;
            done.fetch_add(1, Ordering::Relaxed);
        });
    }
    until("it was asked often", || server.asked.load(Ordering::Relaxed) >= 50).await;
    assert_eq!(done.load(Ordering::Relaxed), 0);
    server.away.store(false, Ordering::Relaxed);
    until("all go on", || done.load(Ordering::Relaxed) == 10_000).await;
    let (asked, rests) = (server.asked.load(Ordering::Relaxed), server.rests.lock().unwrap().clone());
    assert_eq!(asked, rests.len() + 1, "nobody else asked");
    let seconds: Vec<u64> = rests.iter().take(8).map(Duration::as_secs).collect();
    assert_eq!(seconds, [1, 2, 4, 8, 16, 20, 20, 20]);
}

#[tokio::test]
async fn a_watch_does_not_try_while_the_api_server_is_away_and_goes_on_when_it_is_back() {
    let (server, availability) = (Arc::new(Server::default()), Arc::new(Availability::default()));
    server.away.store(true, Ordering::Relaxed);
    server.settle(&availability);
    let api: Api<ConfigMap> = Api::all(availability.over(server.client(StatusCode::OK)));
    let (cache, run) = watch_all(api, |_| Vec::new(), availability.clone(), server.tries());
    tokio::spawn(run);
    until("it was asked often", || server.asked.load(Ordering::Relaxed) >= 50).await;
    assert_eq!(server.lists.load(Ordering::Relaxed), 1);
    server.away.store(false, Ordering::Relaxed);
    cache.store().wait_until_ready().await.expect("a list");
    assert_eq!(server.lists.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_watch_that_fails_where_the_api_server_answers_begins_anew_ever_more_seldom() {
    let (server, availability) = (Arc::new(Server::default()), Arc::new(Availability::default()));
    server.settle(&availability);
    let api: Api<ConfigMap> = Api::all(availability.over(server.client(StatusCode::NOT_FOUND)));
    let (_cache, run) = watch_all(api, |_| Vec::new(), availability.clone(), server.tries());
    tokio::spawn(run);
    until("it was tried often", || server.rests.lock().unwrap().len() >= 8).await;
    let seconds: Vec<u64> = server.rests.lock().unwrap().iter().take(8).map(Duration::as_secs).collect();
    assert_eq!(seconds, [1, 2, 4, 8, 16, 20, 20, 20]);
}

/// Whether a call that is answered like this leaves a doubt.
async fn doubts(answer: Result<u16, &'static str>) -> bool {
    let availability = Arc::new(Availability::default());
    let call = move |_: Request<Body>| async move {
        let answer = answer.map(|status| Response::builder().status(status).body(Body::empty()));
        answer.map(|answer| answer.expect("an answer"))
    };
    let client = availability.over(Client::new(tower::service_fn(call), "default"));
    let _ = Api::<ConfigMap>::default_namespaced(client).get("checkpoints").await;
    availability.answers().now_or_never().is_none()
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_a_failure_is_none() {
    for answer in [Err("connection refused"), Ok(500), Ok(503), Ok(504), Ok(429)] {
        assert!(doubts(answer).await, "{answer:?}");
    }
    for answer in [Ok(200), Ok(401), Ok(403), Ok(404), Ok(409), Ok(410), Ok(422)] {
        assert!(!doubts(answer).await, "{answer:?}");
    }
}
