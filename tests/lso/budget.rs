//! Requests of one account: all that leave are counted, who can wait gives way, and a seller that says "too many" is believed by
//! all who use the account.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use naas_operator::adapters::{Around, LsoProvider, Surroundings};
use naas_operator::clock::Clock;
use naas_operator::model::{Change, ChargeId, FailureClass, ItemAnswer, OrderId, Placement};
use naas_operator::provider::{Guard, Handle, Provider, Requests};
use naas_operator::telemetry::SellerCalls;
use serde_json::json;

use super::account::{Account, add, design, project};
use super::seller::{self, Seller, with};

/// An account whose users share a budget of so many requests a minute.
struct Shared {
    account: Account,
    requests: Arc<Requests>,
}

impl Shared {
    fn new(seller: &Seller, per_minute: u32) -> Self {
        let account = Account::at(&seller.address);
        let requests = Requests::new(NonZeroU32::new(per_minute).unwrap(), account.clock.clone());
        Self { account, requests: Arc::new(requests) }
    }

    /// One of those who use it.
    fn user(&self) -> Guard {
        let surroundings = Surroundings {
            clock: self.account.clock.clone(),
            nonce: Arc::new(|| 7),
            around: self.account.around.clone(),
        };
        let block = serde_json::from_value(self.account.block.clone()).unwrap();
        let provider =
            LsoProvider::new(&block, &self.account.secret, &surroundings.charging(&self.requests)).unwrap();
        Guard::new(Arc::new(provider), "metro-fiber".into(), SellerCalls::default(), self.requests.clone())
    }
}

/// A seller that shows three orders of the project on each search, and takes every order.
async fn obliging() -> Seller {
    Seller::start(|asked| match (asked.method.as_str(), asked.path.rsplit_once("/productOrder")) {
        ("GET", Some((_, ""))) if asked.argument("projectId").is_some() => {
            seller::json(200, &json!([{"id": "o-1"}, {"id": "o-2"}, {"id": "o-3"}]))
        }
        ("GET", Some((_, ""))) => seller::json(200, &json!([])),
        ("GET", Some((_, id))) => seller::json(200, &json!({"id": &id[1..], "state": "inProgress"})),
        _ => seller::json(201, &json!({"id": "o-4"})),
    })
    .await
}

#[tokio::test]
async fn every_request_counts_whoever_makes_it() {
    let seller = obliging().await;
    // Ten can be saved up.
    let shared = Shared::new(&seller, 60);
    let (one, other) = (shared.user(), shared.user());
    for _ in 0..6 {
        one.turn().unwrap();
        one.verify().await.unwrap();
    }
    other.turn().unwrap();
    // A page and three orders: ten in all, and the next turn is the last.
    other.find(&project()).await.unwrap();
    one.turn().unwrap();
    one.verify().await.unwrap();
    let refused = other.turn().unwrap_err();
    assert_eq!(refused.class, FailureClass::OverBudget(Duration::from_secs(1)));
    assert!(refused.message.contains("our own budget of requests, 60 a minute,"), "{refused}");
    assert_eq!(seller.asked().len(), 11);
    shared.account.clock.pass(1);
    other.turn().unwrap();
}

#[tokio::test]
async fn what_costs_money_and_what_settles_it_goes_through_a_budget_that_is_used_up() {
    let seller = obliging().await;
    let shared = Shared::new(&seller, 1);
    let user = shared.user();
    user.find(&project()).await.unwrap();
    user.turn().unwrap_err();
    let fence = shared.account.fence();
    assert_eq!(user.place(&add(), fence).await, Placement::Accepted(OrderId("o-4".into())));
    assert!(matches!(user.cancel(&OrderId("o-4".into()), fence).await, Placement::Accepted(_)));
    let items = [ItemAnswer { item: "1".into(), accept: false }];
    assert!(matches!(user.answer_charge(&ChargeId("c".into()), &items, fence).await, Placement::Accepted(_)));
    user.observe(&[Handle::Order(OrderId("o-4".into()))]).await.unwrap();
    assert_eq!(user.find(&project()).await.unwrap().len(), 0);
    user.turn().unwrap_err();
}

#[tokio::test]
async fn a_seller_that_says_too_many_to_one_is_asked_nothing_free_by_anybody_before_its_time() {
    let throttles = Arc::new(AtomicBool::new(true));
    let busy = throttles.clone();
    let seller = Seller::start(move |asked| {
        if asked.is("POST", "/productOrder") {
            return seller::json(201, &json!({"id": "o-4"}));
        }
        if busy.load(Ordering::SeqCst) {
            let slower = json!({"code": "tooManyRequests", "reason": "slow down"});
            return with(seller::json(429, &slower), "retry-after", "90");
        }
        seller::json(200, &json!([]))
    })
    .await;
    let shared = Shared::new(&seller, 600);
    let users = [shared.user(), shared.user(), shared.user()];
    let heard = users[0].verify().await.unwrap_err();
    assert_eq!(heard.class, FailureClass::Throttled(Some(Duration::from_secs(90))));
    throttles.store(false, Ordering::SeqCst);
    for passed in [0, 1, 88] {
        shared.account.clock.pass(passed);
        for user in &users {
            let left = Some(FailureClass::Throttled(Some(Duration::from_secs(match passed {
                0 => 90,
                1 => 89,
                _ => 1,
            }))));
            assert_eq!(user.turn().err().map(|failure| failure.class), left);
            assert_eq!(user.find(&project()).await.err().map(|failure| failure.class), left);
            assert_eq!(user.qualify(&design(), &Change::Add).await.err().map(|failure| failure.class), left);
            assert_eq!(user.verify().await.err().map(|failure| failure.class), left);
        }
    }
    assert_eq!(seller.asked().len(), 1, "the one that was told");
    // What costs money has a fence and is on record: it leaves.
    let placed = users[1].place(&add(), shared.account.fence()).await;
    assert_eq!(placed, Placement::Accepted(OrderId("o-4".into())));
    shared.account.clock.pass(1);
    for user in &users {
        user.verify().await.unwrap();
    }
    assert_eq!(seller.asked().len(), 5);
}

#[tokio::test]
async fn who_is_told_is_told_for_how_long_the_seller_is_believed() {
    for (said, believed) in [(Some("86400"), 3_600), (Some("0"), 1), (None, 10)] {
        let seller = Seller::start(move |_| {
            let answer = seller::json(429, &json!({"code": "tooManyRequests", "reason": "slow down"}));
            said.map_or_else(|| seller::json(429, &json!({})), |said| with(answer, "retry-after", said))
        })
        .await;
        let shared = Shared::new(&seller, 600);
        let class = FailureClass::Throttled(Some(Duration::from_secs(believed)));
        for user in [shared.user(), shared.user()] {
            assert_eq!(user.verify().await.unwrap_err().class, class, "{said:?}");
        }
        assert_eq!(seller.asked().len(), 1);
    }
}

#[tokio::test]
async fn an_order_that_is_answered_too_many_is_as_unknown_as_ever_and_closes_the_account() {
    let seller = Seller::start(|_| {
        let slower = json!({"code": "tooManyRequests", "reason": "slow down"});
        with(seller::json(429, &slower), "retry-after", "90")
    })
    .await;
    let shared = Shared::new(&seller, 600);
    let user = shared.user();
    assert!(matches!(user.place(&add(), shared.account.fence()).await, Placement::Unknown(_)));
    let left = FailureClass::Throttled(Some(Duration::from_secs(90)));
    assert_eq!(shared.user().find(&project()).await.unwrap_err().class, left);
    assert_eq!(seller.asked().len(), 1);
}

#[tokio::test]
async fn what_is_put_around_the_traffic_stays_around_it() {
    let seller = obliging().await;
    let mut shared = Shared::new(&seller, 60);
    let seen = Arc::new(AtomicBool::new(false));
    let note = seen.clone();
    let around: Around = Arc::new(move |transport| {
        note.store(true, Ordering::SeqCst);
        transport
    });
    shared.account.around = Some(around);
    shared.user().verify().await.unwrap();
    assert!(seen.load(Ordering::SeqCst));
    assert!(shared.account.fence().0 > shared.account.clock.instant());
}
