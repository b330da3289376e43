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

/// The intent under another name, with this besides.
fn other(name: &str, spec: &str) -> String {
    INTENT.replace("checkpoints", name).replace("  bandwidth:", &format!("  {spec}\n  bandwidth:"))
}

#[test]
fn every_example_is_planned_with_prices_of_its_own() {
    for folder in ["own-ports", "two-sellers", "hub-and-spoke", "classes", "budgets"] {
        let args = ["plan", "-f", "examples/quickstart", &format!("examples/{folder}")];
        let (code, printed, said) = told(&naas(&args).output().unwrap());
        assert_eq!((code, said.as_str()), (2, ""), "{folder}: {printed}");
        assert!(!printed.contains("Unknown") && !printed.contains("cannot be"), "{folder}: {printed}");
    }
    let args = ["plan", "-f", "examples/quickstart", "examples/hub-and-spoke"];
    let narrow = told(&naas(&args).env("COLUMNS", "60").output().unwrap()).1;
    assert!(narrow.lines().all(|line| line.chars().count() <= 60), "{narrow}");
    golden("plan-hub-narrow", &narrow);
}

#[test]
fn what_cannot_be_ordered_says_why_and_what_to_do() {
    let hub = "
apiVersion: naas.dev/v1alpha1
kind: ConnectivityIntent
metadata: {name: branches}
spec:
  endpoints:
  - {name: model, role: Hub, site: {name: ashburn-gpu}}
  - {name: chicago, role: Spoke, site: {name: chicago-store}}
  - {name: newyork, role: Spoke, site: {name: newyork-edge}}
  - {name: denver, role: Spoke, site: {name: denver-edge}}
  bandwidth: {committed: 1G}
  budget: {currency: USD, monthly: \"9000.00\", oneTime: \"9000.00\"}
";
    let intents = [
        other("too-dear", "frameSize: 1522").replace("3000.00", "10.00"),
        other("faster-than-light", "objectives: {latency: {oneWay: 1ms, percentile: \"99\"}}"),
        other("elsewhere", "constraints: {jurisdictions: {allow: [DE]}}"),
        other("at-home", "constraints: {jurisdictions: {allow: [US]}}"),
        other(
            "one-seller",
            "resilience: {mode: DiverseProvider}\n  constraints: {providers: {deny: [long-haul]}}",
        ),
        other("frames", "frameSize: 9216"),
        other("term", "term: {value: 3, unit: Year, atEnd: Renew}"),
        other("too-much", "constraints: {providers: {deny: [metro-fiber]}}").replace("2G", "900G"),
        other("nowhere", "frameSize: 1522").replace("chicago-store", "chicgo-store"),
        hub.to_owned(),
    ];
    let (code, printed, _) = plan_of(&intents.join("---"));
    assert_eq!(code, 2, "sellers would be asked for prices: {printed}");
    golden("plan-blocked", &printed);
}

#[test]
fn what_cannot_be_read_as_meant_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("empty")).unwrap();
    let head = "apiVersion: naas.dev/v1alpha1\nkind: ";
    let overlay = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";
    for (name, text) in [
        ("alone.yaml", INTENT.to_owned()),
        ("twice.yaml", format!("{INTENT}---{INTENT}")),
        ("kind.yaml", format!("{head}ConnectivityIntents\nmetadata: {{name: x}}")),
        ("version.yaml", INTENT.replace("v1alpha1", "v1beta1")),
        ("typo.yaml", INTENT.replace("committed", "comitted")),
        ("other.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}".to_owned()),
        ("kustomization.yaml", format!("{overlay}resources: [alone.yaml]\npatches: []")),
        ("prices.yaml", "provider: nobody\ncurrency: USD\nprices: []".to_owned()),
        ("values.yaml", "replicas: 1".to_owned()),
        ("README.md", "a: b: c".to_owned()),
    ] {
        std::fs::write(at(name), text).unwrap();
    }
    let mut told_of = String::new();
    for args in [
        &["plan", "-f", "alone.yaml"][..],
        &["plan", "-f", "twice.yaml"],
        &["plan", "-f", "kind.yaml"],
        &["plan", "-f", "version.yaml"],
        &["plan", "-f", "typo.yaml"],
        &["plan", "-f", "other.yaml"],
        &["plan", "-f", "kustomization.yaml", "alone.yaml"],
        &["plan", "-f", "prices.yaml", "alone.yaml"],
        &["plan", "-f", "values.yaml"],
        &["plan", "-f", "README.md"],
        &["plan", "-f", "empty"],
        &["plan", "-f", "nowhere.yaml"],
        &["plan", "--fles", "alone.yaml"],
        &["plan", "-o", "xml"],
        &["plan", "--kubeconfig", "nowhere"],
    ] {
        let (code, _, said) = told(&naas(args).current_dir(folder.path()).output().unwrap());
        told_of.push_str(&format!("$ kubectl naas {}\n{said}({code})\n\n", args.join(" ")));
    }
    golden("plan-misread", &told_of);
}

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

    let (code, printed, said) = told(&naas(&["plan", "--help"]).output().unwrap());
    assert_eq!((code, said.as_str()), (0, ""), "{printed}");
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
