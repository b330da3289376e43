//! What costs nothing: every answer, however broken, becomes a view or a failure that says whose move it is.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use futures::{StreamExt, stream};
use naas_operator::model::{Address, FailureClass, OrderId, OrderState, Place, Role, ServiceId};
use naas_operator::provider::{Cursor, Handle, Observation, Progress, Provider};
use serde_json::json;

use super::account::{Account, design, offer};
use super::seller::{self, Seller, Then, Wire, text, with};

#[tokio::test]
async fn what_the_seller_does_not_know_is_missing_and_what_a_proxy_does_not_know_is_not() {
    let seller = Seller::start(|asked| match asked.path.rsplit('/').next() {
        Some("gone") => seller::json(404, &json!({"code": "notFound", "reason": "no such order"})),
        Some("page") => text(404, "<html><h1>404</h1></html>"),
        _ => seller::json(404, &json!({"error": "no route"})),
    })
    .await;
    let provider = Account::at(&seller.address).open();
    let look = |id: &str| {
        let handles = [Handle::Order(OrderId(id.into())), Handle::Service(ServiceId(id.into()))];
        let provider = &provider;
        async move { provider.observe(&handles).await }
    };
    assert_eq!(look("gone").await, Ok(vec![Observation::Missing, Observation::Missing]));
    for id in ["page", "route", ".."] {
        assert_eq!(look(id).await.unwrap_err().class, FailureClass::Unreadable, "{id}");
    }
}

#[tokio::test]
async fn unknown_states_and_fields_survive() {
    let seller = Seller::start(|asked| {
        if asked.path.contains("/productOrder/") {
            return seller::json(200, &json!({"id": "o", "state": "held.byTheDog", "mood": "fine", "note": 7,
                "productOrderItem": [{"id": "1", "action": "add", "state": "dreaming", "product": {"id": "s", "colour": 1}}]}));
        }
        seller::json(200, &json!({"id": "s", "status": "hibernating", "startDate": "soon", "@type": "x"}))
    })
    .await;
    let provider = Account::at(&seller.address).open();
    let handles = [Handle::Service(ServiceId("s".into())), Handle::Order(OrderId("o".into()))];
    let seen = provider.observe(&handles).await.unwrap();
    let [Observation::Service(service), Observation::Order(order)] = seen.as_slice() else {
        panic!("{seen:?}")
    };
    assert_eq!(service.raw_state, "hibernating");
    assert_eq!(order.state, OrderState::Unknown("held.byTheDog".into()));
    assert_eq!(order.services, [(Role::Evc, ServiceId("s".into()))]);
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_cut_off() {
    let seller = Seller::start(|_| {
        let megabyte = || Ok::<_, std::io::Error>(vec![b' '; 1 << 20]);
        Response::new(Body::from_stream(stream::repeat_with(megabyte).take(8)))
    })
    .await;
    let account = Account::at(&seller.address);
    let failure =
        tokio::time::timeout(Duration::from_secs(10), account.open().verify()).await.unwrap().unwrap_err();
    assert_eq!(failure.class, FailureClass::Unreadable);
    assert!(failure.message.contains("4 MiB"), "{failure}");
}

#[tokio::test]
async fn silence_ends_with_the_time_out() {
    let wire = Wire::start(Then::Wait).await;
    let account = Account::at(&format!("http://{}", wire.address)).with("requestTimeout", json!("200ms"));
    let provider = account.open();
    let answer = tokio::time::timeout(Duration::from_secs(10), provider.verify()).await.unwrap();
    let failure = answer.unwrap_err();
    assert_eq!(failure.class, FailureClass::Transient);
    assert!(failure.message.contains("within 200ms"), "{failure}");
}

#[tokio::test]
async fn broken_answers_are_named() {
    for (octets, class, words) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n[{\"id\": \"o", FailureClass::Unreadable, "broke off"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n[{\"id\": \"o", FailureClass::Unreadable, "no JSON"),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n<html>login</ht",
            FailureClass::Unreadable,
            "<html>login",
        ),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", FailureClass::Unreadable, "expected a sequence"),
        ("HTTP/1.1 204 No Content\r\n\r\n", FailureClass::Unreadable, "no JSON"),
        (
            "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 12\r\n\r\n<html>bad</h",
            FailureClass::Transient,
            "no LSO answer: <html>bad",
        ),
        (
            "HTTP/1.1 503 Busy\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n",
            FailureClass::Throttled(Some(Duration::from_secs(7))),
            "without a word",
        ),
        ("nonsense", FailureClass::Transient, "cannot be reached"),
    ] {
        let wire = Wire::start(Then::Say(octets)).await;
        let failure = Account::at(&format!("http://{}", wire.address)).open().verify().await.unwrap_err();
        assert_eq!(failure.class, class, "{octets:?}: {failure}");
        assert!(failure.message.contains(words), "{octets:?}: {failure}");
    }
}

#[tokio::test]
async fn errors_become_words_and_classes() {
    for (status, body, class) in [
        (400, json!({"code": "invalidQuery", "reason": "no such filter"}), FailureClass::Invalid),
        (401, json!({"code": "invalidCredentials", "reason": "expired"}), FailureClass::Unauthenticated),
        (403, json!({"code": "accessDenied", "reason": "not yours"}), FailureClass::PermissionDenied),
        (409, json!({"code": "conflict", "reason": "changed"}), FailureClass::Conflict),
        (429, json!({"reason": "slow down"}), FailureClass::Throttled(Some(Duration::from_secs(90)))),
        (500, json!({"code": "internalError", "reason": "oops"}), FailureClass::Transient),
        (501, json!({"code": "notImplemented", "reason": "never"}), FailureClass::Unsupported),
        (302, json!({}), FailureClass::Misconfigured),
    ] {
        let answer = body.clone();
        let date = "Fri, 01 Jan 2027 00:01:30 GMT";
        let seller = Seller::start(move |_| with(seller::json(status, &answer), "retry-after", date)).await;
        let failure = Account::at(&seller.address).open().verify().await.unwrap_err();
        assert_eq!(failure.class, class, "{status}");
        if let Some(reason) = body["reason"].as_str() {
            assert!(failure.message.contains(reason), "{failure}");
        }
    }
}

#[tokio::test]
async fn a_refused_design_names_its_field() {
    let seller = Seller::start(|_| {
        let vlan =
            json!({"code": "invalidValue", "reason": "VLAN in use", "propertyPath": "/quoteItem/0/product"});
        let term = json!({"code": "missingProperty", "reason": "no term", "message": "state a term"});
        seller::json(422, &json!([vlan, term]))
    })
    .await;
    let provider = Account::at(&seller.address).open();
    let change = naas_operator::model::Change::Add;
    let failure = provider.quote(&design(), &change, &offer()).await.unwrap_err();
    assert_eq!((&failure.class, failure.code.as_deref()), (&FailureClass::Invalid, Some("invalidValue")));
    assert!(
        failure.message.contains("at /quoteItem/0/product: VLAN in use; no term (state a term)"),
        "{failure}"
    );
}

#[tokio::test]
async fn long_words_of_the_seller_are_cut() {
    let seller = Seller::start(|_| {
        seller::json(400, &json!({"code": "x".repeat(999), "reason": "y\n\u{1}".repeat(9999)}))
    })
    .await;
    let failure = Account::at(&seller.address).open().verify().await.unwrap_err();
    assert!(failure.to_string().chars().count() < 500, "{failure}");
    assert!(!failure.to_string().contains(char::is_control));
}

#[tokio::test]
async fn an_account_is_verified_by_asking_for_what_nobody_ordered() {
    for (hits, ignores) in [(json!([]), false), (json!([{"id": "o", "state": "completed"}]), true)] {
        let seller =
            Seller::start(move |_| with(seller::json(200, &hits), "date", "Fri, 01 Jan 2027 00:00:05 GMT"))
                .await;
        let view = Account::at(&seller.address).open().verify().await.unwrap();
        assert_eq!((view.ignores_filters, view.clock_skew_seconds), (ignores, Some(5)));
        let asked = seller.asked();
        assert_eq!(asked[0].argument("externalId"), Some("00000000000000000000000000000007/0"));
    }
}

#[tokio::test]
async fn an_address_is_looked_up_where_the_role_says() {
    let seller = Seller::start(|_| {
        seller::json(
            200,
            &json!({"validationResult": "success", "bestMatchGeographicAddress": {"id": "a-1"}}),
        )
    })
    .await;
    let provider = Account::at(&seller.address)
        .with("role", json!("ServiceProvider"))
        .with("buyerId", json!("b"))
        .open();
    let address = Address {
        country: "US".into(),
        city: "Ashburn".into(),
        street_name: "Filigree".into(),
        ..Address::default()
    };
    let places = provider.locate(&address).await.unwrap();
    assert_eq!(places, Progress::Ready(vec![Place::Address("a-1".into())]));
    let asked = &seller.asked()[0];
    assert_eq!(asked.path, "/mefApi/sonata/geographicAddressManagement/v7/geographicAddressValidation");
    assert_eq!(asked.argument("buyerId"), Some("b"));
    assert_eq!(asked.json()["submittedGeographicAddress"]["@type"], "FieldedAddress");
}

#[tokio::test]
async fn the_inventory_is_read_page_by_page() {
    let seller = Seller::start(|asked| {
        let offset: u64 = asked.argument("offset").unwrap().parse().unwrap();
        let page = seller::json(200, &json!([{"id": format!("s-{offset}"), "status": "active"}]));
        with(page, "x-total-count", "2")
    })
    .await;
    let provider = Account::at(&seller.address).open();
    let first = provider.list(None).await.unwrap();
    assert_eq!((first.items[0].id.0.as_str(), first.next.clone()), ("s-0", Some(Cursor(1))));
    let second = provider.list(first.next).await.unwrap();
    assert_eq!((second.items[0].id.0.as_str(), second.next), ("s-1", None));
}

#[tokio::test]
async fn many_handles_are_answered_in_order() {
    let seller = Seller::start(|asked| {
        let id = asked.path.rsplit('/').next().unwrap();
        seller::json(200, &json!({"id": id, "status": "active"}))
    })
    .await;
    let provider = Account::at(&seller.address).open();
    let ids: Vec<ServiceId> = (0..20).map(|n| ServiceId(format!("s-{n}"))).collect();
    let handles: Vec<Handle> = ids.iter().cloned().map(Handle::Service).collect();
    let seen = provider.observe(&handles).await.unwrap();
    let seen: Vec<ServiceId> = seen
        .into_iter()
        .filter_map(|seen| if let Observation::Service(service) = seen { Some(service.id) } else { None })
        .collect();
    assert_eq!(seen, ids);
}

/// The environment may name a proxy; sellers are reached without.
#[test]
fn no_proxy_of_the_environment_is_used() {
    let other = "free::an_account_is_verified_by_asking_for_what_nobody_ordered";
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        again.env(name, "http://127.0.0.1:1");
    }
    for name in ["no_proxy", "NO_PROXY"] {
        again.env_remove(name);
    }
    let output = again.args(["--exact", other]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}
