//! The seller on HTTP: LSO paths, the token endpoint, and beside them audit and control.
//!
//! Layers from outside in: calls are counted, `conduct` decides whether the seller answers at all, credentials are
//! checked, the operation runs.

mod access;
mod answer;
mod conduct;
mod lists;
mod operation;
mod operator;
mod party;
mod routes;
mod server;

pub use server::{ServeError, TlsFiles, serve};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;

use crate::seller::Seller;

impl Seller {
    /// Everything this seller serves, to be served as it is or wrapped in layers.
    pub fn router(&self) -> Router {
        let lso = routes::lso(&self.scenario().order)
            .route_layer(from_fn_with_state(self.clone(), access::check))
            .route_layer(from_fn_with_state(self.clone(), conduct::conduct));
        Router::new()
            .merge(lso)
            .merge(access::token_route().route_layer(from_fn_with_state(self.clone(), conduct::conduct)))
            .route_layer(from_fn_with_state(self.clone(), count))
            .merge(operator::routes())
            .fallback(answer::no_such_path)
            .with_state(self.clone())
    }
}

/// Counts calls by method, path template and status; 0 is a connection that was cut.
async fn count(State(seller): State<Seller>, request: Request, next: Next) -> Response {
    let method = request.method().to_string();
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let response = next.run(request).await;
    let cut = response.extensions().get::<conduct::Cut>().is_some();
    let status = if cut { 0 } else { response.status().as_u16() };
    seller.count(&method, path.as_deref().unwrap_or("?"), status);
    response
}
