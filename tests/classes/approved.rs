//! A person stands between a plan and its order.

use serde_json::json;

use crate::stage::{Approver, class, plan, with_metro};
use crate::world::{ready, until};

const DEAR: &str =
    "{approval: {rules: [{name: dear, expression: plan.monthly > 1000.0, message: above 1000 a month}]}}";

#[tokio::test]
async fn a_plan_is_bought_when_it_was_approved_and_at_that_price() {
    let (stage, metro) = with_metro("approved", |_| {}).await;
    let dear = class(&stage, "dear", false, DEAR).await;
    let ada = Approver::of(&stage).await;
    stage.create(&stage.intent("checkpoints", |d| d["spec"]["className"] = json!(dear))).await;
    let intent = stage.reason("checkpoints", "ApprovalRequired").await;
    let plan = plan(&intent);
    assert!(ready(&intent).1.contains("above 1000 a month"), "{}", ready(&intent).1);
    assert!(ready(&intent).1.contains(&plan.digest), "{}", ready(&intent).1);

    let other = plan.digest.replacen(|digit: char| digit != '0', "0", 1);
    ada.approves("mistyped", "checkpoints", &other).await;
    assert!(ada.said("mistyped", "PlanDiffers").await.contains(&plan.digest));
    assert_eq!(metro.orders(), 0);
    ada.approves("yes", "checkpoints", &plan.digest).await;
    let active = stage.reason("checkpoints", "Active").await;
    assert!(ada.said("yes", "Used").await.contains(&plan.digest));
    assert_eq!(active.metadata.generation, intent.metadata.generation, "nothing in the intent changed");
    let used = active.status.unwrap().approval.unwrap();
    assert_eq!((used.decision.name.as_str(), used.digest), ("yes", plan.digest));
    let audit = metro.seller.audit().unwrap();
    assert_eq!((audit.orders.len(), metro.live()), (1, 1));
    assert_eq!(format!("{} USD", audit.money["USD"].monthly), plan.monthly);
}

#[tokio::test]
async fn a_price_rise_in_between_asks_again() {
    // Offers run out soon, and every one after the first is dearer by a tenth.
    let (stage, metro) = with_metro("dearer", |scenario| {
        scenario["quote"]["validFor"] = json!("6s");
        scenario["rehearsals"] =
            json!([{"name": "dearer", "on": "Quote", "skip": 1, "times": 1000, "effect": {"dearer": {"by": "10"}}}]);
    })
    .await;
    let dear = class(&stage, "dear", false, DEAR).await;
    let ada = Approver::of(&stage).await;
    stage.create(&stage.intent("checkpoints", |d| d["spec"]["className"] = json!(dear))).await;
    let cheap = plan(&stage.reason("checkpoints", "ApprovalRequired").await);
    let dearer = until("the price rises", || async {
        let intent = stage.intents().get("checkpoints").await.unwrap();
        let shown = intent.status?.plan?;
        (shown.monthly != cheap.monthly).then_some(shown)
    })
    .await;
    ada.approves("too-late", "checkpoints", &cheap.digest).await;
    assert!(ada.said("too-late", "PriceAbove").await.contains(&dearer.digest));
    stage.reason("checkpoints", "ApprovalRequired").await;
    assert_eq!(metro.orders(), 0);

    ada.approves("as-it-is", "checkpoints", &dearer.digest).await;
    stage.reason("checkpoints", "Active").await;
    ada.said("as-it-is", "Used").await;
    let audit = metro.seller.audit().unwrap();
    assert_eq!((audit.orders.len(), format!("{} USD", audit.money["USD"].monthly)), (1, dearer.monthly));
}
