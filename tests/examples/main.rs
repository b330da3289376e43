//! Every folder of `examples/` is applied to a real API server with the operator and simulated sellers, and comes to what it promises. Examples have names of their own, and their classes count for the whole cluster: one after the other.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "tests"
)]

mod applied;
#[allow(dead_code, reason = "the world serves another binary too")]
#[path = "../operator/world.rs"]
mod world;

use std::collections::BTreeMap;

use applied::Stage;
use naas_operator::api::{ConnectivityIntent, PlanLeg};

use crate::world::{condition, root};

/// What an intent comes to: its key, and the reason of `Ready`.
type Promise = (&'static str, &'static str);

/// What each folder comes to. All are on top of the quickstart, which stays.
const PROMISES: [(&str, &[Promise]); 8] = [
    ("quickstart", &[("training/checkpoints", "Active"), ("inference/inference-edge", "Active")]),
    ("budgets", &[]),
    ("own-ports", &[("training/lab", "Active")]),
    ("two-sellers", &[("training/archive", "Active")]),
    ("three-sellers", &[("training/archive", "Active"), ("training/simulations", "ApprovalRequired")]),
    ("diverse", &[("training/replicas", "Active")]),
    ("hub-and-spoke", &[("inference/branches", "Active")]),
    ("classes", &[("training/nightly-copy", "Active"), ("inference/chat", "Active")]),
];

/// On top of what besides the quickstart a folder is applied.
fn below(folder: &str) -> Option<&'static str> {
    (folder == "diverse").then_some("three-sellers")
}

fn legs(intent: &ConnectivityIntent) -> Vec<&str> {
    let plan = intent.status.as_ref().unwrap().plan.as_ref().unwrap();
    plan.legs.iter().map(|leg| leg.provider.as_str()).collect()
}

fn joints(intent: &ConnectivityIntent) -> &[String] {
    &intent.status.as_ref().unwrap().plan.as_ref().unwrap().joints
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_example_comes_to_what_it_promises() {
    let there: BTreeMap<String, ()> = std::fs::read_dir(root().join("examples"))
        .unwrap()
        .map(|folder| (folder.unwrap().file_name().into_string().unwrap(), ()))
        .collect();
    let promised: BTreeMap<String, ()> = PROMISES.map(|(folder, _)| (folder.to_owned(), ())).into();
    assert_eq!(there, promised, "folders of examples on the left, what is promised of them on the right");
    let stage = Stage::new().await;
    for (folder, promises) in PROMISES {
        println!("examples/{folder}");
        let mut applied = Vec::new();
        for folder in below(folder).into_iter().chain([folder]) {
            applied.push(stage.apply(folder).await);
        }
        for (key, reason) in promises {
            stage.says(key, reason).await;
        }
        particulars(&stage, folder).await;
        for example in applied.into_iter().filter(|_| folder != "quickstart") {
            stage.take_back(example).await;
        }
    }
    stage.end().await;
}

/// What a folder shows besides.
async fn particulars(stage: &Stage, folder: &str) {
    match folder {
        "budgets" => stage.entered("training/team", 1).await,
        "two-sellers" => {
            let archive = stage.says("training/archive", "Active").await;
            assert_eq!(legs(&archive), ["metro-fiber", "long-haul"]);
            assert_eq!(joints(&archive), ["newyork-mmr"]);
        }
        "three-sellers" => {
            let waiting = stage.says("training/simulations", "ApprovalRequired").await;
            assert_eq!(legs(&waiting), ["metro-fiber", "prairie-light"]);
            assert_eq!(joints(&waiting), ["chicago-mmr"]);
            let why = waiting.status.as_ref().unwrap().waiting_for.as_ref().unwrap();
            assert!(why.what.contains("prairie-light is new to us, and nobody else"), "{why:?}");
            stage.approve("training/simulations").await;
            let bought = stage.says("training/simulations", "Active").await;
            assert_eq!(legs(&bought), legs(&waiting));
        }
        "diverse" => {
            let pair = stage.says("training/replicas", "Active").await;
            assert_eq!(condition(&pair, "Diverse"), "True");
            let plan = pair.status.as_ref().unwrap().plan.as_ref().unwrap();
            let leg = |leg: &PlanLeg| (leg.path, leg.provider.clone());
            let mut legs: Vec<_> = plan.legs.iter().map(leg).collect();
            // Which of them is the first is the search's to say.
            legs.sort_by_key(|(path, provider)| (provider == "long-haul", *path));
            let providers: Vec<_> = legs.iter().map(|(_, provider)| provider.as_str()).collect();
            assert_eq!(providers, ["metro-fiber", "prairie-light", "long-haul"]);
            assert!(legs[0].0 == legs[1].0 && legs[1].0 != legs[2].0, "{legs:?}");
        }
        "classes" => {
            let class = |intent: &ConnectivityIntent| {
                let effective = intent.status.as_ref().unwrap().effective.clone().unwrap();
                (effective.class_name, effective.values.frame_size)
            };
            let copy = stage.says("training/nightly-copy", "Active").await;
            assert_eq!(class(&copy), ("bulk".to_owned(), Some(9000)));
            assert_eq!(condition(&copy, "ClassChanged"), "False");
            let chat = stage.says("inference/chat", "Active").await;
            assert_eq!(class(&chat), ("interactive".to_owned(), None));
        }
        _ => {}
    }
}
