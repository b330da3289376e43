//! Audit and control: for the person who rehearses, without credentials, and no part of LSO.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::{access, answer};
use crate::control::{Advance, Capacity, Change, Credentials, Offline, Orders, Wanted};
use crate::refusal::Refusal;
use crate::scenario::{Fault, Rehearsal};
use crate::seller::Seller;
use crate::store::StoreError;

/// `/audit` and `/control`.
pub(super) fn routes() -> Router<Seller> {
    Router::new()
        .route("/audit", get(audit).post(audit_against))
        .route("/control", get(overrides))
        .route("/control/clock", post(advance))
        .route("/control/offline", change(Change::Offline, |_: &Seller, _: &Offline| Ok(())))
        .route("/control/capacity", change(Change::Capacity, known_capacity))
        .route("/control/orders", change(Change::Orders, |_: &Seller, _: &Orders| Ok(())))
        .route("/control/services", post(order_in_portal))
        .route("/control/services/{id}", post(change_in_portal))
        .route("/control/credentials", post(credentials))
        .route("/control/rehearsals", put(rehearsals))
        .route("/control/faults", get(faults).put(set_faults).delete(clear_faults))
        .route("/control/calls/reset", post(reset_calls))
}

async fn audit(State(seller): State<Seller>) -> Response {
    show(&seller.audit())
}

async fn audit_against(State(seller): State<Seller>, body: Bytes) -> Response {
    match read::<Wanted>(&body) {
        Ok(Wanted { wanted }) => show(&seller.audit_against(Some(&wanted))),
        Err(unreadable) => unreadable.into_response(),
    }
}

async fn overrides(State(seller): State<Seller>) -> Response {
    show(&Ok::<_, StoreError>(seller.overrides()))
}

async fn reset_calls(State(seller): State<Seller>) -> Response {
    seller.reset_calls();
    StatusCode::NO_CONTENT.into_response()
}

async fn advance(State(seller): State<Seller>, body: Bytes) -> Response {
    let Advance { advance } = match read(&body) {
        Ok(body) => body,
        Err(unreadable) => return unreadable.into_response(),
    };
    match seller.advance(advance) {
        Ok(Some(reading)) => show(&Ok::<_, StoreError>(reading)),
        Ok(None) => refuse(
            StatusCode::CONFLICT,
            "this seller's clock runs by itself; give the scenario a manual clock to move it",
        ),
        Err(error) => Refusal::from(error).into_response(),
    }
}

fn change<B>(
    change: fn(B) -> Change,
    check: fn(&Seller, &B) -> Result<(), String>,
) -> axum::routing::MethodRouter<Seller>
where
    B: DeserializeOwned + Send + 'static,
{
    post(move |State(seller): State<Seller>, body: Bytes| async move {
        let body: B = match read(&body) {
            Ok(body) => body,
            Err(unreadable) => return unreadable.into_response(),
        };
        match check(&seller, &body) {
            Ok(()) => apply(&seller, change(body)),
            Err(reason) => refuse(StatusCode::BAD_REQUEST, &reason),
        }
    })
}

fn known_capacity(seller: &Seller, capacity: &Capacity) -> Result<(), String> {
    let scenario = seller.scenario();
    match capacity.sites.as_ref() {
        Some([a, z]) if scenario.site_pair(a, z).is_none() => Err(format!("there is no site pair {a}, {z}")),
        Some(_) | None => Ok(()),
    }
}

async fn rehearsals(State(seller): State<Seller>, body: Bytes) -> Response {
    match read::<Vec<Rehearsal>>(&body) {
        Ok(rules) => apply(&seller, Change::Rehearsals(rules)),
        Err(unreadable) => unreadable.into_response(),
    }
}

async fn faults(State(seller): State<Seller>) -> Response {
    show(&seller.faults())
}

async fn set_faults(State(seller): State<Seller>, body: Bytes) -> Response {
    match read::<Vec<Fault>>(&body) {
        Ok(faults) => replace_faults(&seller, faults),
        Err(unreadable) => unreadable.into_response(),
    }
}

async fn clear_faults(State(seller): State<Seller>) -> Response {
    replace_faults(&seller, Vec::new())
}

fn replace_faults(seller: &Seller, faults: Vec<Fault>) -> Response {
    match seller.set_faults(faults) {
        Ok(Ok(())) => show(&seller.faults()),
        refused => tell(refused),
    }
}

async fn order_in_portal(State(seller): State<Seller>, body: Bytes) -> Response {
    match read(&body) {
        Ok(wish) => tell(seller.order_in_portal(&wish)),
        Err(unreadable) => unreadable.into_response(),
    }
}

async fn change_in_portal(
    State(seller): State<Seller>,
    Path(service): Path<String>,
    body: Bytes,
) -> Response {
    match read(&body) {
        Ok(change) => tell(seller.change_in_portal(&service, &change)),
        Err(unreadable) => unreadable.into_response(),
    }
}

async fn credentials(State(seller): State<Seller>, body: Bytes) -> Response {
    let body: Credentials = match read(&body) {
        Ok(body) => body,
        Err(unreadable) => return unreadable.into_response(),
    };
    if body.revoke_issued
        && let Err(refusal) = access::revoke_issued(&seller)
    {
        return refusal.into_response();
    }
    apply(&seller, Change::Credentials(body))
}

fn apply(seller: &Seller, change: Change) -> Response {
    tell(seller.change(change).map(|changed| changed.map(|()| seller.overrides())))
}

fn tell<T: Serialize>(outcome: Result<Result<T, String>, StoreError>) -> Response {
    match outcome {
        Ok(Ok(answer)) => show(&Ok::<_, StoreError>(answer)),
        Ok(Err(reason)) => refuse(StatusCode::BAD_REQUEST, &reason),
        Err(error) => Refusal::from(error).into_response(),
    }
}

fn read<B: DeserializeOwned>(body: &[u8]) -> Result<B, Unreadable> {
    let mut json = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut json).map_err(Unreadable)
}

/// A body that is not what the operation takes.
struct Unreadable(serde_path_to_error::Error<serde_json::Error>);

impl IntoResponse for Unreadable {
    fn into_response(self) -> Response {
        refuse(StatusCode::BAD_REQUEST, &self.0.to_string())
    }
}

fn refuse(status: StatusCode, reason: &str) -> Response {
    answer::document(status, &json!({"reason": reason}))
}

fn show(outcome: &Result<impl Serialize, StoreError>) -> Response {
    match outcome {
        Ok(value) => answer::document(StatusCode::OK, &json!(value)),
        Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}
