//! Sellers for one test each: one that answers HTTP as a test says, and one that plays with the bare connection.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::response::Response;
use axum::routing::any;
use axum::{Router, extract::Request};
use http_body_util::BodyExt;
use naas_dev::lso::Recorder;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a seller was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: http::HeaderMap,
    pub text: String,
}

impl Asked {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    pub fn is(&self, method: &str, operation: &str) -> bool {
        self.method == method && self.path.ends_with(operation)
    }

    pub fn argument(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A seller that answers as the test says. It ends with the value.
pub struct Seller {
    pub address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Drop for Seller {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

impl Seller {
    pub async fn start(answer: impl Fn(&Asked) -> Response + Send + Sync + 'static) -> Self {
        Self::serve(answer, |router| router).await
    }

    /// One whose conversation is also kept by `recorder`.
    pub async fn recorded(
        recorder: &Recorder,
        answer: impl Fn(&Asked) -> Response + Send + Sync + 'static,
    ) -> Self {
        Self::serve(answer, |router| recorder.wrap(router)).await
    }

    async fn serve(
        answer: impl Fn(&Asked) -> Response + Send + Sync + 'static,
        around: impl FnOnce(Router) -> Router,
    ) -> Self {
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (answer, keep) = (Arc::new(answer), Arc::clone(&asked));
        let handler = any(move |request: Request| {
            let (answer, keep) = (Arc::clone(&answer), Arc::clone(&keep));
            async move {
                let (parts, body) = request.into_parts();
                let bytes = body.collect().await.unwrap().to_bytes();
                let asked = Asked {
                    method: parts.method.to_string(),
                    path: parts.uri.path().to_owned(),
                    query: url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
                        .into_owned()
                        .collect(),
                    headers: parts.headers,
                    text: String::from_utf8_lossy(&bytes).into_owned(),
                };
                keep.lock().unwrap().push(asked.clone());
                answer(&asked)
            }
        });
        let (listener, address) = listener().await;
        let router = around(Router::new().fallback(handler));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address: format!("http://{address}"), asked, task }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub fn count(&self, method: &str, operation: &str) -> usize {
        self.asked().iter().filter(|asked| asked.is(method, operation)).count()
    }
}

pub fn text(status: u16, body: impl Into<String>) -> Response {
    Response::builder().status(status).body(Body::from(body.into())).unwrap()
}

pub fn json(status: u16, body: &Value) -> Response {
    let response =
        Response::builder().status(status).header("content-type", "application/json;charset=utf-8");
    response.body(Body::from(body.to_string())).unwrap()
}

pub fn with(mut response: Response, name: &'static str, value: &str) -> Response {
    response.headers_mut().insert(name, value.parse().unwrap());
    response
}

/// What happens to a connection once its request is complete.
#[derive(Debug, Clone, Copy)]
pub enum Then {
    /// These octets, then the end.
    Say(&'static str),
    /// These octets, and then the next request.
    Keep(&'static str),
    /// The end.
    HangUp,
    /// Nothing, for as long as the other side waits.
    Wait,
}

/// A seller below HTTP. Keeps the octets of every connection.
pub struct Wire {
    pub address: SocketAddr,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
    task: JoinHandle<()>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Wire {
    pub async fn start(then: Then) -> Self {
        let heard: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let keep = Arc::clone(&heard);
        let (listener, address) = listener().await;
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let index = {
                    let mut heard = keep.lock().unwrap();
                    heard.push(Vec::new());
                    heard.len() - 1
                };
                tokio::spawn(converse(stream, then, index, Arc::clone(&keep)));
            }
        });
        Self { address, heard, task }
    }

    /// What came over each connection so far.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().iter().map(|octets| String::from_utf8_lossy(octets).into_owned()).collect()
    }
}

async fn converse(mut stream: TcpStream, then: Then, index: usize, keep: Arc<Mutex<Vec<Vec<u8>>>>) {
    let mut chunk = [0; 4096];
    let mut answered = 0;
    loop {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(length) => {
                let mut heard = keep.lock().unwrap();
                heard[index].extend_from_slice(&chunk[..length]);
                if !is_complete(&heard[index][answered..]) {
                    continue;
                }
                answered = heard[index].len();
            }
        }
        match then {
            Then::Say(octets) => drop(stream.write_all(octets.as_bytes()).await),
            Then::Keep(octets) => {
                stream.write_all(octets.as_bytes()).await.unwrap();
                continue;
            }
            Then::HangUp => {}
            Then::Wait => continue,
        }
        return;
    }
}

/// Whether the octets are a whole HTTP/1.1 request.
pub fn is_complete(octets: &[u8]) -> bool {
    let text = String::from_utf8_lossy(octets).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    match length {
        Some(length) => body.len() >= length.parse::<usize>().unwrap(),
        None => !head.contains("transfer-encoding") || body.ends_with("0\r\n\r\n"),
    }
}
