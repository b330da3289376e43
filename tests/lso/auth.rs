//! Credentials: used, renewed, refused, and never seen in an error.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use naas_operator::model::{FailureClass, OrderId, Placement};
use naas_operator::provider::{Handle, Observation, Provider};
use serde_json::json;

use super::account::{Account, add};
use super::seller::{self, Seller, text};

/// A seller that gives tokens t1, t2, … and accepts only the one that `accepts` names.
async fn seller(accepts: Arc<AtomicUsize>) -> Seller {
    let given = AtomicUsize::new(0);
    Seller::start(move |asked| {
        if asked.path == "/token" {
            let token = format!("t{}", given.fetch_add(1, Ordering::SeqCst) + 1);
            return seller::json(
                200,
                &json!({"access_token": token, "token_type": "bearer", "expires_in": 600}),
            );
        }
        if asked.header("authorization") == format!("Bearer t{}", accepts.load(Ordering::SeqCst)) {
            seller::json(200, &json!([]))
        } else {
            seller::json(401, &json!({"code": "invalidCredentials", "reason": "expired"}))
        }
    })
    .await
}

fn login(seller: &Seller) -> Account {
    let oauth2 = json!({"oauth2": {"tokenUrl": format!("{}/token", seller.address), "scopes": ["lso"]}});
    Account::at(&seller.address)
        .with("authentication", oauth2)
        .secret("clientId", "me")
        .secret("clientSecret", "mine\n")
}

#[tokio::test]
async fn a_token_is_fetched_once_and_renewed_before_its_end() {
    let accepts = Arc::new(AtomicUsize::new(1));
    let seller = seller(Arc::clone(&accepts)).await;
    let account = login(&seller);
    let provider = account.open();
    provider.verify().await.unwrap();
    provider.verify().await.unwrap();
    assert_eq!(seller.count("POST", "/token"), 1);
    assert_eq!(seller.asked()[0].text, "grant_type=client_credentials&scope=lso");
    assert_eq!(
        seller.asked()[0].header("authorization"),
        "Basic bWU6bWluZQ==",
        "me:mine, without the line end"
    );
    account.clock.pass(571);
    accepts.store(2, Ordering::SeqCst);
    provider.verify().await.unwrap();
    assert_eq!((seller.count("POST", "/token"), seller.count("GET", "/productOrder")), (2, 3));
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let accepts = Arc::new(AtomicUsize::new(2));
    let seller = seller(Arc::clone(&accepts)).await;
    let provider = login(&seller).open();
    provider.verify().await.unwrap();
    assert_eq!((seller.count("POST", "/token"), seller.count("GET", "/productOrder")), (2, 2));
    accepts.store(99, Ordering::SeqCst);
    assert_eq!(provider.verify().await.unwrap_err().class, FailureClass::Unauthenticated);
    assert_eq!((seller.count("POST", "/token"), seller.count("GET", "/productOrder")), (3, 4));
}

#[tokio::test]
async fn calls_at_the_same_time_share_one_token() {
    let seller = seller(Arc::new(AtomicUsize::new(1))).await;
    let provider = login(&seller).open();
    let calls = (0..8).map(|_| provider.verify());
    assert!(futures::future::join_all(calls).await.iter().all(Result::is_ok));
    assert_eq!(seller.count("POST", "/token"), 1);
}

#[tokio::test]
async fn a_static_token_is_sent_and_not_renewed() {
    let seller = seller(Arc::new(AtomicUsize::new(1))).await;
    let account = |token: &str| {
        Account::at(&seller.address).with("authentication", json!({"bearer": {}})).secret("token", token)
    };
    account("t1\n").open().verify().await.unwrap();
    assert_eq!(account("old").open().verify().await.unwrap_err().class, FailureClass::Unauthenticated);
    assert_eq!(seller.asked().len(), 2);
}

#[test]
fn what_the_secret_lacks_is_named() {
    let oauth2 = json!({"oauth2": {"tokenUrl": "https://login.seller.example/token"}});
    let base = || Account::at("https://lso.seller.example").with("authentication", oauth2.clone());
    for (account, key) in [
        (base(), "clientId"),
        (base().secret("clientId", "me"), "clientSecret"),
        (base().secret("clientId", "me").secret("clientSecret", " \n"), "clientSecret"),
        (base().secret("clientId", vec![0xff]).secret("clientSecret", "canary"), "clientId"),
        (base().with("authentication", json!({"bearer": {}})), "token"),
        (base().with("authentication", json!({"bearer": {}})).secret("token", "canary\u{7}canary"), "token"),
        (base().with("authentication", json!({"mutualTls": {}})), "tls.crt"),
        (base().with("authentication", json!({})).secret("ca.crt", "canary"), "ca.crt"),
    ] {
        let Err(failure) = account.try_open() else { panic!("{key} is needed") };
        assert_eq!(failure.class, FailureClass::Misconfigured);
        assert!(
            failure.message.contains(&format!("`{key}`")) && failure.message.contains("platform team"),
            "{failure}"
        );
        assert!(!format!("{failure:?}").contains("canary"), "{failure:?}");
    }
}

/// A seller that says everything it was told, in every way it can.
#[tokio::test]
async fn no_error_holds_what_we_identified_ourselves_with() {
    const CANARY: &str = "canary/Kx9+Zq==";
    let told = |asked: &seller::Asked| asked.header("authorization").to_owned();
    let seller = Seller::start(move |asked| {
        let secret = told(asked);
        match asked.path.rsplit('/').next().unwrap() {
            "token" => seller::json(200, &json!({"access_token": CANARY, "expires_in": 600})),
            "quote" => seller::json(401, &json!({"error": "bad", "authorization": secret})),
            "productOrder" if asked.method == "POST" => seller::json(
                422,
                &json!([{"code": secret, "reason": secret, "message": secret, "propertyPath": secret}]),
            ),
            "page" => text(502, format!("<html>{secret} {}</html>", secret.replace('/', "\\/"))),
            "fine" => seller::json(
                200,
                &json!({"id": "o", "state": secret, "note": [{"source": "seller", "text": secret}]}),
            ),
            _ => seller::json(200, &json!({"said": secret})),
        }
    })
    .await;
    let with_login = login(&seller);
    let with_token =
        Account::at(&seller.address).with("authentication", json!({"bearer": {}})).secret("token", CANARY);
    for account in [with_login, with_token] {
        let provider = account.open();
        let quote = naas_operator::model::Change::Add;
        let offer = super::account::offer();
        let placed = provider.place(&add(), account.fence()).await;
        assert!(matches!(placed, Placement::Refused(_)), "{placed:?}");
        let fine = provider.observe(&[Handle::Order(OrderId("fine".into()))]).await.unwrap();
        assert!(matches!(&fine[0], Observation::Order(order) if order.reason.is_some()), "{fine:?}");
        let everything = [
            format!("{placed:?}"),
            format!("{fine:?}"),
            format!("{:?}", provider.quote(&super::account::design(), &quote, &offer).await.unwrap_err()),
            format!("{:?}", provider.observe(&[Handle::Order(OrderId("page".into()))]).await.unwrap_err()),
            format!("{:?}", provider.verify().await.unwrap_err()),
        ];
        for text in everything {
            assert!(text.contains("[redacted]") || !text.contains("Bearer"), "{text}");
            for secret in ["canary", "Kx9", "mine", "bWU6bWluZQ"] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    }
}
