//! The API server is away, slow, or answers conflicts while orders are under way: each is placed once, and all ends well.

use std::time::Duration;

use naas_dev::controlplane::ControlPlane;
use naas_operator::api::OrderRecordState;
use serde_json::{Value, json};

use crate::cluster::{all_gone, alone, books, manifest, one_seller, order_is, sent};
use crate::weather::{Sky, Weather};
use crate::world::{Operator, RunningSeller, Stage, settings, until};

async fn operator(plane: &ControlPlane, weather: &Weather) -> Operator {
    let config = plane.service_account("naas-system", "naas-operator").await.unwrap();
    let weather = weather.clone();
    let operator = Operator::launch(move || weather.client(config), settings(&["--settled", "2s"]));
    operator.ready().await;
    operator
}

/// Orders take a moment at the seller.
fn unhurried(scenario: &mut Value) {
    scenario["order"]["leadTimes"] = json!({"add": "1s", "modify": "1s", "delete": "1s"});
}

/// Somebody buys, changes and gives back while the weather is bad, and until it has done its worst.
async fn lives_through(sky: Sky, prefix: &str) {
    let plane = alone().await;
    let weather = Weather::clear();
    if sky == Sky::ShortWatches {
        // A watch that began in better weather would be a long one.
        weather.becomes(sky);
    }
    let _operator = operator(&plane, &weather).await;
    let named = |what: &str| format!("{prefix}-{what}");
    let (bought, at_bought) = one_seller(&plane, &named("bought"), unhurried).await;
    let (changed, at_changed) = one_seller(&plane, &named("changed"), unhurried).await;
    let (ended, at_ended) = one_seller(&plane, &named("ended"), unhurried).await;
    for stage in [&changed, &ended] {
        stage.create(&manifest(stage)).await;
        stage.reason("checkpoints", "Active").await;
    }
    weather.becomes(sky);
    bought.create(&manifest(&bought)).await;
    changed.edit("checkpoints", json!({"bandwidth": {"committed": "4G"}})).await;
    ended.delete("checkpoints").await;
    // Where answers are lost, most of the time is spent waiting until what became of an order must show.
    let worst = if sky == Sky::AnswersLost { 12 } else { 40 };
    until("it has done its worst", || async { (weather.hits() >= worst).then_some(()) }).await;
    weather.becomes(Sky::Clear);
    bought.reason("checkpoints", "Active").await;
    let intent = changed.reason("checkpoints", "Active").await;
    assert_eq!(intent.status.unwrap().in_force.unwrap().committed, "4G");
    all_gone(&ended, &at_ended).await;
    let all = [(&at_bought, (1, 1)), (&at_changed, (2, 1)), (&at_ended, (2, 0))];
    for (seller, expected) in all {
        assert_eq!((books(seller), usize::try_from(sent(seller)).unwrap()), (expected, expected.0));
    }
    for (stage, seller) in [(&bought, &at_bought), (&changed, &at_changed)] {
        stage.delete("checkpoints").await;
        all_gone(stage, seller).await;
    }
}

#[tokio::test]
async fn an_api_server_that_is_slow_delays_and_doubles_nothing() {
    lives_through(Sky::Slow(Duration::from_millis(700)), "slow").await;
}

#[tokio::test]
async fn an_api_server_that_answers_conflicts_delays_and_doubles_nothing() {
    lives_through(Sky::Conflicts, "conflicts").await;
}

#[tokio::test]
async fn an_api_server_whose_answers_are_lost_though_it_wrote_doubles_nothing() {
    lives_through(Sky::AnswersLost, "lost").await;
}

#[tokio::test]
async fn an_api_server_that_ends_every_watch_after_a_second_hides_nothing() {
    lives_through(Sky::ShortWatches, "watches").await;
}

async fn under_way(plane: &ControlPlane, prefix: &str, times: Value) -> (Stage, RunningSeller) {
    one_seller(plane, prefix, |s| {
        s["order"]["leadTimes"] = times;
        s["faults"] = json!([{"name": "slow", "on": "order.create", "when": {"next": 1}, "does": {"slow": {"by": "1500ms"}}}]);
    })
    .await
}

/// Ten seconds stand for a minute: longer than every window and time-out of these tests, as a minute is of what is the default.
#[tokio::test]
async fn the_api_server_is_away_for_a_minute_while_orders_are_under_way() {
    const AWAY: Duration = Duration::from_secs(10);
    let mut plane = alone().await;
    let _operator = operator(&plane, &Weather::clear()).await;
    let (kept, at_kept) = one_seller(&plane, "away-kept", |_| {}).await;
    kept.create(&manifest(&kept)).await;
    kept.reason("checkpoints", "Active").await;
    let (ordered, at_ordered) =
        under_way(&plane, "away-ordered", json!({"add": "4s", "modify": "0", "delete": "0"})).await;
    ordered.create(&manifest(&ordered)).await;
    ordered.reason("checkpoints", "OrderInProgress").await;
    // The seller gets this order, and there is nobody to write down its number.
    let (leaving, at_leaving) =
        under_way(&plane, "away-leaving", json!({"add": "0", "modify": "0", "delete": "0"})).await;
    leaving.create(&manifest(&leaving)).await;
    order_is(&leaving, OrderRecordState::Intending).await;
    plane.halt().await.unwrap();
    until("the seller has the order", || async { (at_leaving.orders() == 1).then_some(()) }).await;
    tokio::time::sleep(AWAY).await;
    plane.resume().await.unwrap();

    for (stage, seller) in [(&leaving, &at_leaving), (&ordered, &at_ordered), (&kept, &at_kept)] {
        stage.reason("checkpoints", "Active").await;
        assert_eq!((books(seller), sent(seller)), ((1, 1), 1), "{}", stage.prefix);
        stage.edit("checkpoints", json!({"bandwidth": {"committed": "4G"}})).await;
        stage.reason("checkpoints", "Active").await;
        stage.delete("checkpoints").await;
        all_gone(stage, seller).await;
        assert_eq!(sent(seller), 3);
    }
}
