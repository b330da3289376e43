//! Searching for orders: only what was read by id and bears the project counts, and a list is whole or a failure.

use naas_operator::model::{ChargeState, Failure, FailureClass, OrderId};
use naas_operator::provider::Provider;
use serde_json::{Value, json};

use super::account::{Account, project};
use super::seller::{self, Asked, Seller, with};

/// A seller whose list is made by `list` and whose orders all bear the project that their id names.
async fn seller(list: impl Fn(&Asked) -> axum::response::Response + Send + Sync + 'static) -> Seller {
    Seller::start(move |asked| match asked.path.rsplit_once("/productOrder") {
        Some((_, "")) => list(asked),
        Some((_, id)) => {
            let id = id.trim_start_matches('/');
            let of = if id.starts_with("ours") { project().0 } else { "somebody/else/entirely".into() };
            seller::json(
                200,
                &json!({"id": id, "state": "completed", "projectId": of, "externalId": "segment-1/1"}),
            )
        }
        None => seller::text(500, "?"),
    })
    .await
}

async fn find(seller: &Seller) -> Result<Vec<String>, Failure> {
    let orders = Account::at(&seller.address).open().find(&project()).await?;
    Ok(orders.into_iter().map(|order| order.id).map(|OrderId(id)| id).collect())
}

fn entry(id: &str) -> Value {
    json!({"id": id, "state": "completed", "orderDate": "2027-01-01T00:00:00Z"})
}

fn offset(asked: &Asked) -> usize {
    asked.argument("offset").unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_hit_that_only_the_filter_vouches_for_is_nothing() {
    let seller = seller(|_| {
        let mut other = entry("other-by-list");
        other["projectId"] = json!("owner/training/checkpoints2");
        seller::json(200, &json!([entry("ours-1"), entry("other-by-id"), other]))
    })
    .await;
    assert_eq!(find(&seller).await, Ok(vec!["ours-1".into()]));
    assert_eq!(seller.asked()[0].argument("projectId"), Some("owner/training/checkpoints"));
    assert_eq!(seller.count("GET", "/productOrder/other-by-id"), 1);
    assert_eq!(
        seller.count("GET", "/productOrder/other-by-list"),
        0,
        "the list already says that it is another's"
    );
}

#[tokio::test]
async fn all_pages_are_read() {
    for (total, throttled) in [(true, false), (false, true), (true, true)] {
        let seller = seller(move |asked| {
            let all: Vec<Value> = (0..5).map(|n| entry(&format!("ours-{n}"))).collect();
            let page: Vec<Value> = all.iter().skip(offset(asked)).take(2).cloned().collect();
            let last = offset(asked) + page.len() >= all.len();
            let answer = with(seller::json(200, &json!(page)), "x-result-count", &page.len().to_string());
            let answer = if total { with(answer, "x-total-count", "5") } else { answer };
            if throttled {
                with(answer, "x-pagination-throttled", if last { "false" } else { "true" })
            } else {
                answer
            }
        })
        .await;
        assert_eq!(find(&seller).await.unwrap().len(), 5);
        assert_eq!(seller.count("GET", "/productOrder"), 3);
    }
}

#[tokio::test]
async fn a_seller_without_pages_shows_all_at_once() {
    let seller = seller(|_| {
        let all: Vec<Value> = (0..150).map(|n| entry(&format!("ours-{n}"))).collect();
        seller::json(200, &json!(all))
    })
    .await;
    assert_eq!(find(&seller).await.unwrap().len(), 150);
}

#[tokio::test]
async fn a_list_that_is_not_whole_is_a_failure() {
    let promise = |asked: &Asked| {
        let page = if offset(asked) == 0 { json!([entry("ours-1")]) } else { json!([]) };
        with(seller::json(200, &page), "x-total-count", "3")
    };
    let withheld = |_: &Asked| with(seller::json(200, &json!([])), "x-pagination-throttled", "true");
    let miscounted = |_: &Asked| with(seller::json(200, &json!([entry("ours-1")])), "x-result-count", "2");
    let repeated = |_: &Asked| with(seller::json(200, &json!([entry("ours-1")])), "x-total-count", "9");
    for seller in
        [seller(promise).await, seller(withheld).await, seller(miscounted).await, seller(repeated).await]
    {
        let failure = find(&seller).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::Transient, "{failure}");
        assert!(failure.message.contains("not complete"), "{failure}");
    }
    let nameless = seller(|_| seller::json(200, &json!([{"state": "completed"}]))).await;
    assert_eq!(find(&nameless).await.unwrap_err().class, FailureClass::Unreadable);
}

#[tokio::test]
async fn an_order_in_the_list_that_cannot_be_read_does_not_disappear() {
    let seller = Seller::start(|asked| {
        if asked.path.ends_with("/productOrder") {
            return seller::json(200, &json!([entry("ours-1")]));
        }
        seller::json(404, &json!({"code": "notFound", "reason": "not yet"}))
    })
    .await;
    assert_eq!(find(&seller).await.unwrap_err().class, FailureClass::Transient);
}

#[tokio::test]
async fn a_search_has_bounds_and_says_so() {
    let endless = seller(|asked| {
        let page = json!([entry(&format!("ours-{}", offset(asked)))]);
        with(seller::json(200, &page), "x-pagination-throttled", "true")
    })
    .await;
    assert_eq!(find(&endless).await.unwrap_err().class, FailureClass::Unsupported);
    assert!(endless.asked().len() <= 100);

    let anonymous = seller(|asked| {
        let page: Vec<Value> = (offset(asked)..300).take(100).map(|n| entry(&format!("other-{n}"))).collect();
        with(seller::json(200, &json!(page)), "x-total-count", "300")
    })
    .await;
    assert_eq!(find(&anonymous).await.unwrap_err().class, FailureClass::Unsupported);
    assert_eq!(anonymous.asked().len(), 3, "none of them is read one by one");
}

#[tokio::test]
async fn cancellations_and_charges_of_other_orders_are_left_out() {
    let seller = Seller::start(|asked| {
        let of = |order: &str, id: &str| json!({"id": id, "state": "done", "productOrder": {"productOrderId": order}});
        match asked.path.rsplit('/').next().unwrap() {
            "cancelProductOrder" => seller::json(200, &json!([of("other", "x-1"), of("o-1", "x-2"), {"id": "x-3", "state": "done"}])),
            "x-2" => seller::json(200, &of("o-1", "x-2")),
            "x-3" => seller::json(200, &of("other", "x-3")),
            "charge" => seller::json(200, &json!([of("other", "c-1"), {"id": "c-2"}])),
            "c-2" => seller::json(200, &json!({"id": "c-2", "state": "awaitingResponse",
                "productOrderItem": {"productOrderId": "o-1", "productOrderItemId": "1"},
                "chargeItem": [{"id": "1", "priceType": "nonRecurring", "blocking": true}]})),
            _ => seller::text(500, "?"),
        }
    })
    .await;
    let provider = Account::at(&seller.address).open();
    let order = OrderId("o-1".into());
    assert_eq!(provider.cancellation(&order).await.unwrap().unwrap().id, "x-2");
    let charges = provider.charges(&order).await.unwrap();
    assert_eq!(charges.len(), 1);
    assert!(charges[0].state == ChargeState::Open && charges[0].id.0 == "c-2");
}

#[tokio::test]
async fn a_seller_without_cancellations_and_charges_has_none() {
    let seller =
        Seller::start(|_| seller::json(501, &json!({"code": "notImplemented", "reason": "no"}))).await;
    let provider = Account::at(&seller.address).open();
    let order = OrderId("o-1".into());
    assert_eq!(provider.cancellation(&order).await, Ok(None));
    assert_eq!(provider.charges(&order).await, Ok(vec![]));
    assert_eq!(provider.find(&project()).await.unwrap_err().class, FailureClass::Unsupported);
}
