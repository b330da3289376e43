//! The seller on HTTP: LSO paths, the token endpoint, and beside them audit and control.
//!
//! Layers from outside in: calls are counted, `conduct` decides whether the seller answers at all, credentials are
//! checked, the operation runs.

mod access;
mod answer;
mod lists;
mod operator;
mod party;
mod routes;
mod server;

pub use server::{ServeError, TlsFiles, serve};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;

use crate::seller::Seller;

impl Seller {
    /// Everything this seller serves, to be served as it is or wrapped in layers.
    pub fn router(&self) -> Router {
        let lso = routes::lso(&self.scenario().order)
            .route_layer(from_fn_with_state(self.clone(), access::check))
            .route_layer(from_fn_with_state(self.clone(), conduct));
        Router::new()
            .merge(lso)
            .merge(access::token_route().route_layer(from_fn_with_state(self.clone(), conduct)))
            .route_layer(from_fn_with_state(self.clone(), count))
            .merge(operator::routes())
            .fallback(answer::no_such_path)
            .with_state(self.clone())
    }
}

/// How the seller behaves as a server, before anything of a request is looked at: the place for what goes wrong on
/// purpose.
async fn conduct(State(seller): State<Seller>, request: Request, next: Next) -> Response {
    if seller.overrides().offline {
        return answer::error(StatusCode::SERVICE_UNAVAILABLE, "internalError", "the seller is offline");
    }
    next.run(request).await
}

/// Counts calls by method, path template and status.
async fn count(State(seller): State<Seller>, request: Request, next: Next) -> Response {
    let method = request.method().to_string();
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let response = next.run(request).await;
    seller.count(&method, path.as_deref().unwrap_or("?"), response.status().as_u16());
    response
}
