//! The recorder around a router.

use axum::{
    Json, Router,
    body::{Body as HttpBody, Bytes},
    http::Request,
    routing::{get, post},
};
use futures::stream;
use http::{StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{sample, specifications};
use crate::lso::{Body, Kind, Recorder, Side};

fn seller() -> Router {
    let broken = || async {
        let parts = [Ok(Bytes::from_static(b"{\"id\":")), Err(std::io::Error::other("cut"))];
        HttpBody::from_stream(stream::iter(parts))
    };
    Router::new()
        .route(
            "/mefApi/sonata/productOrderingManagement/v10/productOrder",
            post(|Json(order): Json<Value>| async move {
                (StatusCode::CREATED, Json(json!({"got": order["externalId"]})))
            }),
        )
        .route("/mefApi/sonata/productOrderingManagement/v10/productOrder/{id}", get(broken))
        .route("/healthz", get(|| async { "fine" }))
}

fn order() -> Request<HttpBody> {
    Request::post("/mefApi/sonata/productOrderingManagement/v10/productOrder")
        .header(header::CONTENT_TYPE, "application/json;charset=utf-8")
        .header(header::AUTHORIZATION, "Bearer secret")
        .body(HttpBody::from(sample::order_request().to_string()))
        .unwrap()
}

#[tokio::test]
async fn bodies_pass_unchanged_and_are_kept_without_credentials() {
    let recorder = Recorder::new();
    let response = recorder.wrap(seller()).oneshot(order()).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "{\"got\":\"intent-1/1\"}");

    let [kept] = recorder.exchanges().try_into().unwrap();
    assert_eq!(kept.request_body, Body::Json(sample::order_request()));
    assert_eq!(kept.response_body, Body::Json(json!({"got": "intent-1/1"})));
    assert!(!kept.request_headers.contains_key(header::AUTHORIZATION));
}

#[tokio::test]
async fn the_report_counts_operations_and_names_the_guilty() {
    let Some(specs) = specifications() else { return };
    let recorder = Recorder::new();
    for _ in 0..2 {
        recorder.wrap(seller()).oneshot(order()).await.unwrap();
    }
    let report = recorder.check(specs);
    let (operation, coverage) = report.operations.first_key_value().unwrap();
    assert_eq!(operation.to_string(), "productOrderingManagement/createProductOrder");
    assert_eq!((coverage.count, coverage.statuses.iter().copied().collect()), (2, vec![201]));
    assert_eq!(report.by(Side::Buyer).count(), 0, "{report}");
    assert_eq!(report.of(Kind::UnknownProperty).next().unwrap().at, "/got");
    let table = report.to_string();
    assert!(table.contains("productOrderingManagement/createProductOrder      2  201"), "{table}");
}

#[tokio::test]
async fn a_reply_that_breaks_off_still_breaks_off_and_is_no_violation() {
    let recorder = Recorder::new();
    let request = Request::get("/mefApi/sonata/productOrderingManagement/v10/productOrder/1");
    let request = request.body(HttpBody::empty()).unwrap();
    let response = recorder.wrap(seller()).oneshot(request).await.unwrap();
    assert!(response.into_body().collect().await.is_err());
    let [mut kept] = recorder.exchanges().try_into().unwrap();
    assert_eq!(kept.response_body, Body::BrokenOff);
    let Some(specs) = specifications() else { return };
    assert!(specs.check(&kept).is_clean());
    // Not even its status counts.
    kept.status = StatusCode::MULTI_STATUS;
    assert!(specs.check(&kept).is_clean());
}

#[tokio::test]
async fn other_paths_are_not_heard() {
    let recorder = Recorder::new();
    let request = Request::get("/healthz").body(HttpBody::empty()).unwrap();
    recorder.wrap(seller()).oneshot(request).await.unwrap();
    assert!(recorder.exchanges().is_empty());
}

#[tokio::test]
async fn a_path_the_router_does_not_have_is_heard() {
    let recorder = Recorder::new();
    let request = Request::get("/mefApi/sonata/quotes/v8/quote").body(HttpBody::empty()).unwrap();
    recorder.wrap(seller()).oneshot(request).await.unwrap();
    assert_eq!(recorder.exchanges().len(), 1);
}
