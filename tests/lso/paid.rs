//! What costs money: sent at most once, before the fence or not at all, and never called refused when it may have happened.

use std::sync::Arc;
use std::time::Duration;

use naas_operator::adapters::{Around, Transport};
use naas_operator::clock::Clock;
use naas_operator::model::{
    ChargeId, Failure, FailureClass, ItemAnswer, Operation, OrderId, Placement, ServiceId,
};
use naas_operator::provider::{Fence, Provider};
use serde_json::json;
use tower::{ServiceBuilder, ServiceExt};

use super::account::{Account, add, design, offer, order};
use super::seller::{self, Seller, Then, Wire, is_complete, text};

fn refused(placement: Placement) -> Failure {
    match placement {
        Placement::Refused(failure) => failure,
        other => panic!("{other:?}"),
    }
}

fn unknown(placement: Placement) -> Failure {
    match placement {
        Placement::Unknown(failure) => failure,
        other => panic!("{other:?}"),
    }
}

/// Refused without a byte of the body having left, and the failure says so.
fn unsent(placement: Placement) -> Failure {
    let failure = refused(placement);
    assert!(failure.message.starts_with("nothing was sent"), "{failure}");
    failure
}

fn plain(wire: &Wire) -> Account {
    Account::at(&format!("http://{}", wire.address))
}

#[tokio::test]
async fn an_order_that_is_taken_is_accepted_whatever_else_the_answer_says() {
    let seller =
        Seller::start(|_| seller::json(201, &json!({"id": "o-1", "state": 7, "productOrderItem": "?"})))
            .await;
    let account = Account::at(&seller.address);
    let placement = account.open().place(&add(), account.fence()).await;
    assert_eq!(placement, Placement::Accepted(OrderId("o-1".into())));
    let asked = &seller.asked()[0];
    assert_eq!(asked.header("content-length"), asked.text.len().to_string());
    assert_eq!(asked.header("content-type"), "application/json;charset=utf-8");
    assert!(asked.header("user-agent").starts_with("naas-operator/"));
}

#[tokio::test]
async fn every_answer_is_accepted_refused_or_unknown() {
    let error = json!({"code": "otherIssue", "reason": "no"});
    for (status, body, is_refused) in [
        (400, json!({"code": "invalidBody", "reason": "no"}), true),
        (401, json!({"code": "invalidCredentials", "reason": "no"}), true),
        (403, json!({"code": "accessDenied", "reason": "no"}), true),
        (404, json!({"code": "notFound", "reason": "no"}), true),
        (422, json!([error]), true),
        (501, json!({"code": "notImplemented", "reason": "no"}), true),
        (400, json!({"message": "a gateway's word"}), false),
        (404, json!("not found"), false),
        (422, json!([]), false),
        (405, error.clone(), false),
        (408, error.clone(), false),
        (409, json!({"code": "conflict", "reason": "no"}), false),
        (410, error.clone(), false),
        (429, error.clone(), false),
        (500, json!({"code": "internalError", "reason": "no"}), false),
        (502, error.clone(), false),
        (503, error.clone(), false),
        (504, error.clone(), false),
        (302, error.clone(), false),
        (200, json!({"state": "acknowledged"}), false),
        (201, json!({"id": 7}), false),
        (201, json!({"id": ""}), false),
        (204, json!(null), false),
    ] {
        let answer = body.clone();
        let seller = Seller::start(move |_| seller::json(status, &answer)).await;
        let account = Account::at(&seller.address);
        let placement = account.open().place(&add(), account.fence()).await;
        match placement {
            Placement::Refused(_) => assert!(is_refused, "{status} {body}"),
            Placement::Unknown(_) => assert!(!is_refused, "{status} {body}"),
            Placement::Accepted(id) => panic!("{status} {body}: accepted as {id}"),
        }
        assert_eq!(seller.asked().len(), 1, "{status} {body}: asked once");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_may_be_an_order() {
    for answer in [
        "HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{\"id\": \"o-1\"",
        "HTTP/1.1 201 Created\r\ncontent-length: 12\r\n\r\n<html></html",
        "HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\n\r\n<html",
        "HTTP/1.1 201 Created\r\n",
        "what?",
    ] {
        let wire = Wire::start(Then::Say(answer)).await;
        let account = plain(&wire);
        unknown(account.open().place(&add(), account.fence()).await);
        assert_eq!(wire.heard().len(), 1, "{answer:?}: one connection");
    }
}

#[tokio::test]
async fn a_lost_answer_is_not_an_invitation_to_send_again() {
    let wire = Wire::start(Then::HangUp).await;
    let account = plain(&wire);
    let failure = unknown(account.open().place(&add(), account.fence()).await);
    assert_eq!(failure.class, FailureClass::Transient);
    let heard = wire.heard();
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].matches("POST ").count(), 1);
    assert!(is_complete(heard[0].as_bytes()));
}

#[tokio::test]
async fn silence_after_the_request_is_unknown() {
    let wire = Wire::start(Then::Wait).await;
    let account = plain(&wire).with("requestTimeout", json!("300ms"));
    let provider = account.open();
    let order = add();
    let call = provider.place(&order, account.fence());
    let failure = unknown(tokio::time::timeout(Duration::from_secs(10), call).await.unwrap());
    assert_eq!(failure.class, FailureClass::Transient);
    assert!(failure.message.contains("within 300ms"), "{failure}");
}

#[tokio::test]
async fn a_paid_call_has_a_connection_of_its_own() {
    const EMPTY: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]";
    let wire = Wire::start(Then::Keep(EMPTY)).await;
    let account = plain(&wire);
    let provider = account.open();
    provider.verify().await.unwrap();
    provider.verify().await.unwrap();
    assert_eq!(wire.heard().len(), 1, "free calls share a connection");
    unknown(provider.place(&add(), account.fence()).await);
    unknown(provider.place(&add(), account.fence()).await);
    let paid: Vec<usize> = wire.heard().iter().map(|octets| octets.matches("POST ").count()).collect();
    assert_eq!(paid, [0, 1, 1]);
}

#[tokio::test]
async fn after_the_fence_the_seller_never_gets_the_body() {
    let wire =
        Wire::start(Then::Say("HTTP/1.1 201 Created\r\ncontent-length: 13\r\n\r\n{\"id\": \"o-1\"}")).await;
    let account = plain(&wire);
    let fence = account.fence();
    account.clock.pass(31);
    let provider = account.open();
    for placement in [
        provider.place(&add(), fence).await,
        provider.cancel(&OrderId("o".into()), fence).await,
        provider
            .answer_charge(&ChargeId("c".into()), &[ItemAnswer { item: "1".into(), accept: true }], fence)
            .await,
    ] {
        let failure = unsent(placement);
        assert_eq!(failure.class, FailureClass::Transient);
        assert!(failure.message.contains("the time in which it might leave was over"), "{failure}");
    }
    drop(provider);
    for octets in wire.heard() {
        assert!(!is_complete(octets.as_bytes()) && !octets.contains('{'), "{octets}");
    }
}

/// The fence is not looked at when the call begins, but when the body is about to leave.
#[tokio::test]
async fn a_fence_that_passes_on_the_way_still_holds() {
    let wire =
        Wire::start(Then::Say("HTTP/1.1 201 Created\r\ncontent-length: 13\r\n\r\n{\"id\": \"o-1\"}")).await;
    let mut account = plain(&wire);
    let clock = Arc::clone(&account.clock);
    let slow: Around = Arc::new(move |transport: Transport| {
        let clock = Arc::clone(&clock);
        Transport::new(ServiceBuilder::new().service(transport).map_request(move |request| {
            clock.pass(31);
            request
        }))
    });
    account.around = Some(slow);
    let fence = account.fence();
    assert!(fence > Fence(account.clock.instant()), "the call begins in time");
    unsent(account.open().place(&add(), fence).await);
    for octets in wire.heard() {
        assert!(!is_complete(octets.as_bytes()) && !octets.contains('{'), "{octets}");
    }
}

#[tokio::test]
async fn where_no_connection_comes_up_nothing_was_sent() {
    let closed = Wire::start(Then::Wait).await;
    let address = closed.address;
    drop(closed);
    // The port is free again as soon as the listener is gone; until then a connection may still be taken and left alone.
    let account = Account::at(&format!("http://{address}")).with("requestTimeout", json!("5s"));
    let provider = account.open();
    let refused_by_the_machine = || async {
        loop {
            match provider.place(&add(), account.fence()).await {
                Placement::Refused(failure) => return failure,
                Placement::Unknown(_) => {}
                Placement::Accepted(id) => panic!("accepted as {id}"),
            }
        }
    };
    let failure = tokio::time::timeout(Duration::from_secs(20), refused_by_the_machine()).await.unwrap();
    assert!(failure.message.starts_with("nothing was sent"), "{failure}");
    assert_eq!(failure.class, FailureClass::Transient);
}

/// The connection exists, but TLS never comes up: the body cannot have left, and it does not leave later.
#[tokio::test]
async fn a_connection_that_hangs_before_tls_sent_nothing() {
    let wire = Wire::start(Then::Wait).await;
    let authority = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let account = Account::at(&format!("https://localhost:{}", wire.address.port()))
        .with("requestTimeout", json!("300ms"))
        .secret("ca.crt", authority.cert.pem());
    let failure = unsent(account.open().place(&add(), account.fence()).await);
    assert_eq!(failure.class, FailureClass::Transient);
    assert_eq!(wire.heard().len(), 1);
}

#[tokio::test]
async fn a_redirection_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let seller = Seller::start(move |asked| {
            if asked.path.ends_with("/elsewhere") {
                return seller::json(200, &json!({"id": "o-1"}));
            }
            seller::with(text(status, ""), "location", "/elsewhere")
        })
        .await;
        let account = Account::at(&seller.address);
        let provider = account.open();
        let failure = unknown(provider.place(&add(), account.fence()).await);
        assert_eq!(failure.class, FailureClass::Misconfigured);
        assert_eq!(provider.verify().await.unwrap_err().class, FailureClass::Misconfigured);
        assert_eq!(seller.asked().len(), 2, "{status}");
    }
}

#[tokio::test]
async fn a_refused_token_is_not_an_invitation_to_send_again() {
    let seller = Seller::start(|asked| match asked.path.as_str() {
        "/token" => {
            seller::json(200, &json!({"access_token": "t", "token_type": "Bearer", "expires_in": 3600}))
        }
        _ if asked.is("POST", "/productOrder") => {
            seller::json(401, &json!({"code": "invalidCredentials", "reason": "expired"}))
        }
        _ => seller::json(200, &json!([])),
    })
    .await;
    let account = Account::at(&seller.address)
        .with("authentication", json!({"oauth2": {"tokenUrl": format!("{}/token", seller.address)}}))
        .secret("clientId", "me")
        .secret("clientSecret", "mine");
    let provider = account.open();
    let failure = refused(provider.place(&add(), account.fence()).await);
    assert_eq!(failure.class, FailureClass::Unauthenticated);
    assert_eq!((seller.count("POST", "/productOrder"), seller.count("POST", "/token")), (1, 1));
    provider.verify().await.unwrap();
    assert_eq!(seller.count("POST", "/token"), 2, "the refused token is not used again");
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let seller = Seller::start(|asked| match asked.path.as_str() {
        "/token" => seller::json(401, &json!({"error": "invalid_client"})),
        _ => seller::json(201, &json!({"id": "o-1"})),
    })
    .await;
    let account = Account::at(&seller.address)
        .with("authentication", json!({"oauth2": {"tokenUrl": format!("{}/token", seller.address)}}))
        .secret("clientId", "me")
        .secret("clientSecret", "mine");
    let failure = unsent(account.open().place(&add(), account.fence()).await);
    assert_eq!(failure.class, FailureClass::Unauthenticated);
    assert_eq!(seller.count("POST", "/productOrder"), 0);
}

#[tokio::test]
async fn an_order_that_cannot_be_put_together_is_not_sent() {
    let seller =
        Seller::start(|_| seller::json(404, &json!({"code": "notFound", "reason": "no such product"}))).await;
    let account = Account::at(&seller.address);
    let provider = account.open();
    let service = ServiceId("gone".into());
    let modify = order(2, Operation::Modify { service, design: Box::new(design()), offer: offer() });
    assert_eq!(unsent(provider.place(&modify, account.fence()).await).class, FailureClass::NotFound);
    let mut portless = design();
    portless.a.vlan = None;
    let add = order(3, Operation::Add { design: Box::new(portless), offer: offer() });
    assert_eq!(unsent(provider.place(&add, account.fence()).await).class, FailureClass::Invalid);
    assert_eq!(seller.count("POST", "/productOrder"), 0);
}

#[tokio::test]
async fn a_crash_around_the_transport_shows_what_left() {
    let seller = Seller::start(|_| seller::json(201, &json!({"id": "o-1"}))).await;
    let crash = |before: bool| -> Around {
        Arc::new(move |transport: Transport| {
            Transport::new(tower::service_fn(move |request| {
                let transport = transport.clone();
                async move {
                    if !before {
                        transport.oneshot(request).await?;
                    }
                    Err::<reqwest::Response, _>("crash".into())
                }
            }))
        })
    };
    let mut account = Account::at(&seller.address);
    account.around = Some(crash(true));
    unsent(account.open().place(&add(), account.fence()).await);
    assert_eq!(seller.asked().len(), 0);
    account.around = Some(crash(false));
    unknown(account.open().place(&add(), account.fence()).await);
    assert_eq!(seller.asked().len(), 1);
}

#[tokio::test]
async fn cancelling_and_answering_a_charge_are_paid_for_alike() {
    let seller = Seller::start(|asked| match asked.method.as_str() {
        "PATCH" => seller::json(200, &json!({"id": "c-1", "state": "completed"})),
        _ => seller::json(201, &json!({"id": "x-1", "state": "acknowledged"})),
    })
    .await;
    let account = Account::at(&seller.address);
    let provider = account.open();
    let placement = provider.cancel(&OrderId("o-1".into()), account.fence()).await;
    assert_eq!(placement, Placement::Accepted(OrderId("x-1".into())));
    let answers =
        [ItemAnswer { item: "1".into(), accept: true }, ItemAnswer { item: "2".into(), accept: false }];
    let placement = provider.answer_charge(&ChargeId("c-1".into()), &answers, account.fence()).await;
    assert_eq!(placement, Placement::Accepted(OrderId("c-1".into())));
    let asked = seller.asked();
    assert_eq!(asked[0].json()["productOrder"], json!({"productOrderId": "o-1"}));
    assert_eq!(asked[0].json()["relatedContactInformation"][0]["role"], "cancelProductOrderContact");
    assert!(asked[1].is("PATCH", "/charge/c-1"));
    assert_eq!(
        asked[1].json(),
        json!({"chargeItem": [{"id": "1", "acceptanceIndicator": "accepted"}, {"id": "2", "acceptanceIndicator": "rejected"}]})
    );
}
