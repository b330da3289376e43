//! `plan -f`: no cluster, no seller.

use crate::{golden, naas, told};

#[test]
fn the_quickstart_is_planned_from_files() {
    let output = naas(&["plan", "-f", "examples/quickstart"]).output().unwrap();
    let (code, printed, said) = told(&output);
    assert_eq!((code, said.as_str()), (2, ""));
    assert!(!printed.contains('\u{1b}'), "colours are for terminals");
    assert!(printed.lines().all(|line| line.chars().count() <= 80), "80 columns where it is piped");
    golden("plan-quickstart", &printed);
}

#[test]
fn chains_and_pairs_are_planned_from_files_and_what_a_class_wants_approved_is_told() {
    let folders =
        ["quickstart", "two-sellers", "three-sellers", "diverse"].map(|folder| format!("examples/{folder}"));
    let mut args = vec!["plan", "-f"];
    args.extend(folders.iter().map(String::as_str));
    let (code, printed, said) = told(&naas(&args).output().unwrap());
    assert_eq!((code, said.as_str()), (2, ""), "{printed}");
    golden("plan-four-folders", &timeless(&printed));
}

/// Whoever would wait would do so from now on.
fn timeless(printed: &str) -> String {
    let timeless = printed.lines().filter(|line| !line.trim_start().starts_with("since "));
    timeless.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_no_list_prices_is_unknown() {
    let files = ["namespaces", "sites", "providers", "intents"]
        .map(|file| format!("examples/quickstart/{file}.yaml"));
    let mut args = vec!["plan", "-o", "json", "-f"];
    args.extend(files.iter().map(String::as_str));
    let (code, printed, _) = told(&naas(&args).output().unwrap());
    let plans: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(code, 2, "sellers would be asked");
    for plan in plans["intents"].as_array().unwrap() {
        assert_eq!(plan["verdict"], "Ask", "{plan}");
        assert!(plan["price"].is_null(), "{plan}");
        assert!(
            plan["unknown"][0].as_str().unwrap().contains("price Unknown: there is no price list of"),
            "{plan}"
        );
    }
}

/// A folder with the quickstart's platform and this intent.
fn with_intent(intent: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["namespaces.yaml", "sites.yaml", "providers.yaml", "prices.yaml"] {
        std::fs::copy(format!("examples/quickstart/{file}"), folder.path().join(file)).unwrap();
    }
    std::fs::write(folder.path().join("intent.yaml"), intent).unwrap();
    folder
}

fn plan_of(intent: &str) -> (i32, String, String) {
    let folder = with_intent(intent);
    told(&naas(&["plan", "-n", "training", "-f", folder.path().to_str().unwrap()]).output().unwrap())
}

const INTENT: &str = "
apiVersion: naas.dev/v1alpha1
kind: ConnectivityIntent
metadata: {name: checkpoints}
spec:
  endpoints:
  - {name: gpus, site: {name: ashburn-gpu}}
  - {name: store, site: {name: chicago-store}}
  bandwidth: {committed: 2G}
  budget: {currency: USD, monthly: \"3000.00\", oneTime: \"2000.00\"}
";

#[test]
fn exit_codes_say_what_a_script_wants_to_know() {
    let (code, printed, _) = plan_of(INTENT);
    assert_eq!(code, 2, "{printed}");
    assert!(printed.contains("BULK"), "{printed}");

    let (code, printed, _) = plan_of(&INTENT.replace("bandwidth:", "frameSize: 9216\n  bandwidth:"));
    assert_eq!(code, 0, "nothing would be done: {printed}");
    assert!(printed.contains("cannot be ordered"), "{printed}");

    let (code, printed, said) = plan_of(&INTENT.replace("bandwidth:", "className: [gold\n  bandwidth:"));
    assert_eq!((code, printed.as_str()), (1, ""));
    assert!(said.contains("intent.yaml"), "{said}");

    let (code, _, said) = told(&naas(&["plan", "-f", "nowhere.yaml"]).output().unwrap());
    assert_eq!(code, 1);
    assert!(said.starts_with("error: nowhere.yaml cannot be read"), "{said}");
}

#[test]
fn a_field_that_nobody_knows_is_told() {
    let (_, _, said) = plan_of(&INTENT.replace("committed:", "peek: 3G, committed:"));
    assert!(said.contains("ConnectivityIntent checkpoints has no field spec.bandwidth.peek"), "{said}");
}

#[test]
fn what_one_intent_takes_is_taken_for_the_next() {
    let vlan = INTENT.replace("chicago-store}", "chicago-store}, vlan: {id: 210}");
    let (_, printed, _) = plan_of(&format!("{vlan}---{}", vlan.replace("checkpoints", "datasets")));
    assert!(printed.contains("training/checkpoints: would be ordered"), "{printed}");
    assert!(printed.contains("VLAN 210 is not free on port metro-1"), "{printed}");
}

const BUDGET: &str = "
apiVersion: naas.dev/v1alpha1
kind: ConnectivityBudget
metadata: {name: quarter}
spec: {caps: [{currency: USD, monthly: \"500.00\"}]}
";

#[test]
fn what_one_intent_takes_of_a_budget_is_taken_for_the_next() {
    let (_, printed, _) =
        plan_of(&format!("{INTENT}---{}---{BUDGET}", INTENT.replace("checkpoints", "datasets")));
    golden("plan-budget-exhausted", &timeless(&printed));
}

#[test]
fn what_an_account_has_spent_is_read_from_its_ledger() {
    let folder = with_intent(INTENT);
    let providers = folder.path().join("providers.yaml");
    let text = std::fs::read_to_string(&providers).unwrap();
    // Every seller, of which the cheapest offer is still taken: there is no room for it, and a person must act.
    let spent = "
status:
  ledger:
    entries:
    - {segment: elsewhere, sequence: 1, currency: USD, monthly: \"49700.00\", oneTime: \"0.00\", commitment: \"0.00\"}
---";
    std::fs::write(&providers, format!("{}{spent}", text.replace("\n---", spent))).unwrap();
    let output = naas(&["plan", "-n", "training", "-f", folder.path().to_str().unwrap()]).output().unwrap();
    let (code, printed, said) = told(&output);
    assert_eq!((code, said.as_str()), (2, ""), "sellers would be asked");
    golden("plan-account-full", &timeless(&printed));
}

#[test]
fn what_segments_cost_counts_where_no_ledger_was_written() {
    let segment = include_str!("segments.yaml");
    let budget = BUDGET.replace("500.00", "1400.00");
    let (_, printed, _) = plan_of(&format!("{INTENT}---{budget}"));
    assert!(printed.contains("would be ordered"), "there is room: {printed}");
    let (_, printed, _) = plan_of(&format!("{INTENT}---{budget}---\n{segment}"));
    assert!(printed.contains("BudgetExhausted"), "{printed}");
}

#[test]
fn shells_get_their_completion() {
    for shell in ["bash", "zsh", "fish"] {
        let (code, script, _) = told(&naas(&["completion", shell]).output().unwrap());
        assert!(code == 0 && script.contains("explain"), "{shell}");
    }
}
