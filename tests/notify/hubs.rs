//! Subscriptions come with their account, follow its address, and go with it.

use k8s_openapi::api::events::v1::Event;
use kube::api::{Api, DeleteParams, Patch, PatchParams};
use naas_operator::api::told;
use serde_json::json;

use crate::listening::{Listening, NEVER, Told};
use crate::world::{kubectl, plane, until};

#[tokio::test]
async fn hubs_are_made_once_follow_the_token_and_go_with_the_account() {
    let _listening = Listening::start(NEVER, "1s").await;
    let seller = Told::start("hubs", |_| {}).await;
    let first = seller.hubs().await;
    until("it was looked at again", || async { (seller.asked("GET", "/hub/{id}") > 2).then_some(()) }).await;
    assert_eq!(seller.hubs().await, first);
    assert_eq!((seller.asked("POST", "/hub"), seller.asked("DELETE", "/hub/{id}")), (3, 0));
    let (_, object) = kubectl(plane().await, &["get", "cprov", &seller.name(), "-o", "yaml"]).await;
    assert!(object.contains("hubs:") && !object.contains(&seller.token), "{object}");

    let changed = Patch::Merge(json!({"stringData": {"callbackToken": "another".repeat(8)}}));
    seller.stage.secrets().patch(&seller.name(), &PatchParams::default(), &changed).await.unwrap();
    until("all are new", || async {
        let hubs = seller.hubs().await;
        (hubs.len() == 3 && hubs.iter().all(|hub| !first.contains(hub))).then_some(())
    })
    .await;
    assert_eq!((seller.asked("POST", "/hub"), seller.asked("DELETE", "/hub/{id}")), (6, 3));

    // The seller loses one: by that it is known to have lost them all.
    let second = seller.hubs().await;
    let (_, id) = second.iter().find(|(api, _)| api == "Order").unwrap();
    let lost = reqwest::Client::new().delete(seller.order_hub(id)).send().await.unwrap();
    assert_eq!(lost.status(), 204);
    until("all are new again", || async {
        let hubs = seller.hubs().await;
        (hubs.len() == 3 && hubs.iter().all(|hub| !second.contains(hub))).then_some(())
    })
    .await;

    let hubs = seller.hubs().await;
    let (_, id) = hubs.iter().find(|(api, _)| api == "Order").unwrap();
    assert_eq!(reqwest::get(seller.order_hub(id)).await.unwrap().status(), 200);
    seller.providers().delete(&seller.name(), &DeleteParams::default()).await.unwrap();
    until("the account is gone", || async {
        seller.providers().get_opt(&seller.name()).await.unwrap().is_none().then_some(())
    })
    .await;
    assert_eq!(reqwest::get(seller.order_hub(id)).await.unwrap().status(), 404);
}

#[tokio::test]
async fn an_account_goes_though_its_seller_ends_no_hub_and_what_is_left_is_told() {
    let _listening = Listening::start(NEVER, NEVER).await;
    let seller = Told::start("left", |_| {}).await;
    let hubs = seller.hubs().await;
    seller.metro.hang_up();
    seller.providers().delete(&seller.name(), &DeleteParams::default()).await.unwrap();
    until("the account is gone", || async {
        seller.providers().get_opt(&seller.name()).await.unwrap().is_none().then_some(())
    })
    .await;
    let events: Api<Event> = Api::all(seller.stage.client.clone());
    until("what is left is told", || async {
        let said = events.list(&Default::default()).await.unwrap().items;
        let about = |event: &&Event| {
            event.regarding.as_ref().and_then(|about| about.name.clone()) == Some(seller.name())
        };
        let note = said
            .iter()
            .filter(about)
            .find_map(|event| event.note.clone().filter(|_| event.reason.as_deref() == Some("HubsLeft")))?;
        hubs.iter().all(|(_, id)| note.contains(id.as_str())).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_seller_without_hubs_is_ready_all_the_same_and_it_is_told() {
    let _listening = Listening::start(NEVER, NEVER).await;
    let none = json!([{"name": "none", "on": "hub.create", "does": {"status": {"code": 501}}}]);
    let mut seller = Told::unsubscribed("without", |scenario| scenario["faults"] = none).await;
    seller.metro.misbehaves = true;
    until("it is told", || async {
        let status = seller.providers().get(&seller.name()).await.unwrap().status?;
        let ready = told(&status.conditions, "Ready")?.status == "True";
        let subscribed = told(&status.conditions, "Subscribed")?;
        println!("--- {}", subscribed.message);
        assert!(!subscribed.message.contains(&seller.token));
        (ready && subscribed.reason == "SubscriptionFailed").then_some(())
    })
    .await;
}
