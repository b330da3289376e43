//! What a namespace may spend: held at every moment, counted anew, freed when nothing is billed any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kube::api::{Api, Patch, PatchParams, PostParams};
use naas_operator::api::{ConnectivityBudget, ConnectivityProvider, LedgerStatus};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::world::{RunningSeller, Stage, instant, open, ready, until};

/// What one intent of this file costs per month.
const EACH: &str = "675.00";

async fn stage(prefix: &str) -> (Stage, RunningSeller) {
    let stage = Stage::new(prefix).await;
    let metro = open(instant("metro-fiber", |_| {})).await;
    stage.sites().await;
    let roomy = json!({"orders": 1000, "disconnects": 1000});
    stage.provider("metro-fiber", &metro, |d| d["spec"]["safetyCatch"] = roomy).await;
    (stage, metro)
}

async fn want(stage: &Stage, name: &str) {
    let small = |d: &mut Value| {
        d["metadata"]["name"] = json!(name);
        d["spec"]["endpoints"][1].as_object_mut().unwrap().remove("vlan");
        d["spec"]["bandwidth"]["committed"] = json!("1G");
    };
    stage.create(&stage.intent("checkpoints", small)).await;
}

fn budgets(stage: &Stage) -> Api<ConnectivityBudget> {
    Api::namespaced(stage.client.clone(), &stage.namespace)
}

/// A budget with this spec, once it is counted.
async fn budget(stage: &Stage, name: &str, spec: Value) {
    let budget = ConnectivityBudget::new(name, serde_json::from_value(spec).unwrap());
    budgets(stage).create(&PostParams::default(), &budget).await.unwrap();
    until(&format!("budget {name} is counted"), || async {
        budgets(stage).get(name).await.unwrap().status?.ledger.map(|_| ())
    })
    .await;
}

async fn edit(stage: &Stage, name: &str, spec: Value) {
    let patch = Patch::Merge(json!({"spec": spec}));
    budgets(stage).patch(name, &PatchParams::default(), &patch).await.unwrap();
}

async fn say(stage: &Stage, count: usize, reason: &str) -> String {
    until(&format!("{count} intents say {reason}"), || async {
        let intents = stage.intents().list(&Default::default()).await.unwrap().items;
        let said: Vec<_> = intents.iter().map(ready).filter(|said| said.0 == reason).collect();
        (said.len() == count).then(|| said.first().map(|said| said.1.clone()).unwrap_or_default())
    })
    .await
}

/// Per month, as the ledger tells it in its first currency.
fn used(ledger: &LedgerStatus) -> Decimal {
    ledger.totals.first().map_or(Decimal::ZERO, |total| total.monthly.used.parse().unwrap())
}

async fn ledger(stage: &Stage, name: &str) -> LedgerStatus {
    budgets(stage).get(name).await.unwrap().status.unwrap().ledger.unwrap()
}

async fn account_ledger(stage: &Stage) -> LedgerStatus {
    let providers: Api<ConnectivityProvider> = Api::all(stage.client.clone());
    providers.get(&stage.name("metro-fiber")).await.unwrap().status.unwrap().ledger.unwrap()
}

/// Waits until both ledgers hold so many orders, each once.
async fn settled(stage: &Stage, name: &str, orders: usize) {
    until(&format!("both ledgers hold {orders} orders"), || async {
        let (budget, account) = (ledger(stage, name).await, account_ledger(stage).await);
        (budget.entries.len() == orders && account.entries.len() == orders).then_some(())
    })
    .await;
}

#[tokio::test]
async fn of_ten_at_once_three_are_bought_and_never_more() {
    let (stage, metro) = stage("budget-ten").await;
    let metro = Arc::new(metro);
    let cap: Decimal = "2025.00".parse().unwrap();
    budget(&stage, "team", json!({"caps": [{"currency": "USD", "monthly": "2025.00"}]})).await;

    let done = Arc::new(AtomicBool::new(false));
    let watch = {
        let (api, metro, done) = (budgets(&stage), metro.clone(), done.clone());
        tokio::spawn(async move {
            let mut looks = 0_u32;
            while !done.load(Ordering::Relaxed) {
                let ledger = api.get("team").await.unwrap().status.unwrap().ledger.unwrap();
                assert!(used(&ledger) <= cap, "{ledger:?}");
                assert!(metro.live() <= 3, "{} services", metro.live());
                looks += 1;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            looks
        })
    };
    for number in 0..10 {
        want(&stage, &format!("line-{number}")).await;
    }
    say(&stage, 3, "Active").await;
    let told = say(&stage, 7, "BudgetExhausted").await;
    for figure in ["2025.00 USD of 2025.00 USD is used", "this takes 675.00 USD", "ConnectivityBudget"] {
        assert!(told.contains(figure), "`{figure}` is not in: {told}");
    }
    let waiting = stage.intents().list(&Default::default()).await.unwrap().items;
    let waiting = waiting.iter().find(|intent| ready(intent).0 == "BudgetExhausted").unwrap();
    let party = serde_json::to_value(&waiting.status).unwrap()["waitingFor"]["party"].clone();
    assert_eq!(party, "Platform");
    assert_eq!(metro.orders(), 3, "nothing else was ever ordered");
    settled(&stage, "team", 3).await;

    // What ends makes room for one of those who wait.
    let intents = stage.intents().list(&Default::default()).await.unwrap().items;
    let bought = intents.iter().find(|intent| ready(intent).0 == "Active").unwrap();
    stage.delete(bought.metadata.name.as_deref().unwrap()).await;
    stage.gone(bought.metadata.name.as_deref().unwrap()).await;
    until("a fourth is ordered", || async { (metro.orders() == 5).then_some(()) }).await;
    say(&stage, 3, "Active").await;
    say(&stage, 6, "BudgetExhausted").await;
    settled(&stage, "team", 3).await;

    // So does a higher cap.
    edit(&stage, "team", json!({"caps": [{"currency": "USD", "monthly": "2700.00"}]})).await;
    done.store(true, Ordering::Relaxed);
    assert!(watch.await.unwrap() > 10, "it was looked at all the time");
    say(&stage, 4, "Active").await;
    settled(&stage, "team", 4).await;

    for intent in stage.intents().list(&Default::default()).await.unwrap() {
        stage.delete(intent.metadata.name.as_deref().unwrap()).await;
    }
    settled(&stage, "team", 0).await;
    assert_eq!((metro.live(), used(&ledger(&stage, "team").await)), (0, Decimal::ZERO));
}

#[tokio::test]
async fn a_currency_counts_once_somebody_says_at_which_rate() {
    let (stage, metro) = stage("budget-euro").await;
    budget(&stage, "team", json!({"caps": [{"currency": "EUR", "commitment": "1000.00"}]})).await;
    want(&stage, "line").await;
    let told = say(&stage, 1, "CurrencyNotBudgeted").await;
    assert!(told.contains("there is no cap in USD, and no rate for it"), "{told}");
    assert_eq!(metro.orders(), 0);
    edit(&stage, "team", json!({"rates": [{"from": "USD", "to": "EUR", "rate": "0.90"}]})).await;
    say(&stage, 1, "Active").await;
    assert_eq!(used(&ledger(&stage, "team").await), "607.50".parse().unwrap());
}

#[tokio::test]
async fn a_new_budget_counts_what_is_there_and_a_change_for_less_is_allowed() {
    let (stage, metro) = stage("budget-late").await;
    want(&stage, "first").await;
    say(&stage, 1, "Active").await;
    budget(&stage, "team", json!({"caps": [{"currency": "USD", "monthly": "100.00"}]})).await;
    assert_eq!(used(&ledger(&stage, "team").await), EACH.parse().unwrap());
    let conditions = budgets(&stage).get("team").await.unwrap().status.unwrap().conditions;
    assert!(conditions.iter().any(|found| found.type_ == "Ready" && found.reason == "AboveCaps"));
    want(&stage, "second").await;
    say(&stage, 1, "BudgetExhausted").await;
    assert_eq!(metro.live(), 1, "nothing is ended for a budget");

    stage.edit("first", json!({"bandwidth": {"committed": "500M"}})).await;
    stage.reason("first", "Active").await;
    until("only the change is left in the ledger", || async {
        let ledger = ledger(&stage, "team").await;
        (ledger.entries.len() == 1 && ledger.entries[0].sequence == 2).then_some(())
    })
    .await;
    assert!(used(&ledger(&stage, "team").await) < EACH.parse().unwrap());
}

#[tokio::test]
async fn a_budget_for_one_provider_leaves_the_others_offer() {
    let (stage, metro) = stage("budget-one").await;
    let haul = open(instant("long-haul", |_| {})).await;
    stage.provider("long-haul", &haul, |_| {}).await;
    let spec =
        json!({"provider": stage.name("metro-fiber"), "caps": [{"currency": "USD", "monthly": "1.00"}]});
    budget(&stage, "team", spec).await;
    want(&stage, "line").await;
    say(&stage, 1, "Active").await;
    assert_eq!((metro.orders(), haul.orders()), (0, 1));
    assert_eq!(ledger(&stage, "team").await.entries.len(), 0);
}

#[tokio::test]
async fn a_ledger_that_was_lost_is_counted_anew_and_what_nobody_ordered_goes() {
    let (stage, _metro) = stage("budget-lost").await;
    budget(&stage, "team", json!({"caps": [{"currency": "USD", "monthly": "1350.00"}]})).await;
    want(&stage, "line").await;
    say(&stage, 1, "Active").await;
    settled(&stage, "team", 1).await;

    let lost = Patch::Merge(json!({"status": {"ledger": null}}));
    budgets(&stage).patch_status("team", &PatchParams::default(), &lost).await.unwrap();
    until("it is counted anew", || async {
        let status = budgets(&stage).get("team").await.unwrap().status?;
        (status.ledger?.entries.len() == 1).then_some(())
    })
    .await;
    let foreign = json!({"segment": "seg-of-nobody", "sequence": 1, "currency": "USD", "monthly": "1350.00",
                         "oneTime": "0.00", "commitment": "0.00"});
    let mut entries = serde_json::to_value(ledger(&stage, "team").await.entries).unwrap();
    entries.as_array_mut().unwrap().push(foreign);
    let patch = Patch::Merge(json!({"status": {"ledger": {"entries": entries}}}));
    budgets(&stage).patch_status("team", &PatchParams::default(), &patch).await.unwrap();
    // Whatever happens in the namespace makes it look.
    want(&stage, "second").await;
    say(&stage, 2, "Active").await;
    settled(&stage, "team", 2).await;
}
