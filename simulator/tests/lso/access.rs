//! Credentials: static tokens, OAuth2 client credentials, rotation and revocation.

use axum::body::Body;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{Method, Request, header};
use serde_json::{Value, json};

use crate::buyer::{Answer, Buyer, POQ, metro_fiber};

#[tokio::test]
async fn a_static_token_opens_and_its_absence_does_not() {
    let mut buyer = Buyer::of(metro_fiber(json!({"access": {"bearerTokens": ["secret"]}})));
    assert_eq!(buyer.get(POQ).await.expect(401)["code"], "missingCredentials");
    buyer.shows_token("wrong");
    assert_eq!(buyer.get(POQ).await.expect(401)["code"], "invalidCredentials");
    buyer.shows_token("secret");
    buyer.get(POQ).await.expect(200);
    buyer
        .post("/control/credentials", &json!({"revokeTokens": ["secret"], "addTokens": ["next"]}))
        .await
        .expect(200);
    buyer.get(POQ).await.expect(401);
    buyer.shows_token("next");
    buyer.get(POQ).await.expect(200);
    buyer.get("/audit").await.expect(200);
    buyer.finish();
}

fn oauth2() -> Buyer {
    let clients = json!([{"id": "buyer", "secrets": ["old", "new"]}]);
    Buyer::of(metro_fiber(json!({"access": {"oauth2": {"clients": clients, "tokenLifetime": "1h"}}})))
}

async fn token(buyer: &Buyer, secret: &str) -> Answer {
    let form = format!("grant_type=client_credentials&client_id=buyer&client_secret={secret}");
    let request = Request::builder()
        .method(Method::POST)
        .uri("/oauth2/token")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    buyer.call(request.body(Body::from(form)).unwrap()).await
}

fn text(answer: &Value) -> String {
    answer["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_works_until_it_expires() {
    let mut buyer = oauth2();
    buyer.get(POQ).await.expect(401);
    let answer = token(&buyer, "old").await.expect(200);
    assert_eq!((&answer["token_type"], &answer["expires_in"]), (&json!("Bearer"), &json!(3600)));
    buyer.shows_token(&text(&answer));
    buyer.get(POQ).await.expect(200);
    buyer.wait("1h");
    assert_eq!(buyer.get(POQ).await.expect(401)["code"], "invalidCredentials");
    assert_ne!(text(&token(&buyer, "old").await.expect(200)), text(&answer));
}

#[tokio::test]
async fn secrets_rotate() {
    let mut buyer = oauth2();
    let old = text(&token(&buyer, "old").await.expect(200));
    let secret = |secret: &str| json!([{"client": "buyer", "secret": secret}]);
    buyer.post("/control/credentials", &json!({"revokeSecrets": secret("old")})).await.expect(200);
    assert_eq!(token(&buyer, "old").await.expect(401)["error"], "invalid_client");
    token(&buyer, "new").await.expect(200);
    buyer.shows_token(&old);
    buyer.get(POQ).await.expect(200); // a token outlives the secret it came from
    buyer
        .post("/control/credentials", &json!({"revokeIssued": true, "addSecrets": secret("third")}))
        .await
        .expect(200);
    buyer.get(POQ).await.expect(401);
    token(&buyer, "third").await.expect(200);
}

#[tokio::test]
async fn the_client_may_authenticate_with_http_basic() {
    let buyer = oauth2();
    let basic = |pair: &str| format!("Basic {}", BASE64_STANDARD.encode(pair));
    let ask = async |pair: &str, grant: &str| {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/oauth2/token")
            .header(header::AUTHORIZATION, basic(pair))
            .body(Body::from(format!("grant_type={grant}")))
            .unwrap();
        buyer.call(request).await
    };
    ask("buyer:new", "client_credentials").await.expect(200);
    ask("buyer:stale", "client_credentials").await.expect(401);
    assert_eq!(ask("buyer:new", "password").await.expect(400)["error"], "unsupported_grant_type");
    let open = Buyer::of(metro_fiber(json!({})));
    token(&open, "old").await.expect(404);
}
