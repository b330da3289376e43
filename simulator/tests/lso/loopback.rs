//! A seller behind a real socket, for what only a connection shows.

use std::time::Duration;

use http::Method;
use naas_sim::Seller;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A served seller and a caller that opens a connection for every call.
pub struct Loopback {
    client: reqwest::Client,
    address: String,
    serving: JoinHandle<()>,
}

/// What arrived whole.
#[derive(Debug)]
pub struct Arrived {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub text: String,
}

impl Arrived {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Loopback {
    pub async fn of(seller: &Seller) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder()
            .pool_max_idle_per_host(0)
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = seller.router();
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { client, address, serving }
    }

    /// A call; the error is what the connection did instead of answering.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Arrived, reqwest::Error> {
        let mut request = self.client.request(method, format!("{}{path}", self.address));
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Arrived { status, headers, text: response.text().await? })
    }

    pub async fn get(&self, path: &str) -> Result<Arrived, reqwest::Error> {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Result<Arrived, reqwest::Error> {
        self.send(Method::POST, path, Some(body)).await
    }
}
