//! Against a real API server: what is planned is what is bought, and every verb says so.

use std::path::Path;

use kube::Client;
use kube::api::{Api, PostParams};
use naas_operator::api::{ConnectivityBudget, ConnectivityIntent};
use serde_json::{Value, json};

use crate::world::{Stage, kubectl, one_seller, plane};
use crate::{naas, told};

/// A user's terminal: an access, and a namespace.
struct Terminal {
    kubeconfig: std::path::PathBuf,
    namespace: String,
}

impl Terminal {
    /// Of somebody who may do everything.
    async fn at(stage: &Stage) -> Self {
        Self { kubeconfig: plane().await.kubeconfig().to_owned(), namespace: stage.namespace.clone() }
    }

    /// Runs the program without blocking whoever serves it.
    async fn run(&self, args: &[&str]) -> (i32, String, String) {
        let mut command = naas(args);
        command.args(["-n", &self.namespace]).env("KUBECONFIG", &self.kubeconfig);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        told(&output)
    }

    async fn json(&self, args: &[&str]) -> Value {
        let mut args = args.to_vec();
        args.extend(["-o", "json"]);
        let (_, printed, said) = self.run(&args).await;
        serde_json::from_str(&printed).unwrap_or_else(|why| panic!("{args:?}: {why}: {printed}{said}"))
    }
}

fn write(folder: &Path, name: &str, document: &impl serde::Serialize) -> String {
    let path = folder.join(name);
    std::fs::write(&path, serde_norway::to_string(document).unwrap()).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What a plan and what is bought have in common: the services with their ends, and the price.
fn bought(explained: &Value) -> Value {
    let legs: Vec<Value> = explained["path"]
        .as_array()
        .unwrap()
        .iter()
        .map(|leg| json!([leg["provider"], leg["from"], leg["to"], leg["classOfService"], leg["segment"]]))
        .collect();
    let price = &explained["price"];
    json!({"legs": legs, "price": [price["monthly"], price["oneTime"], price["digest"]]})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_planned_is_what_is_bought() {
    let (stage, metro) = one_seller("cli", |_| {}, |_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    let terminal = Terminal::at(&stage).await;

    // Nothing is there, and nothing is to be done.
    let (code, printed, said) = terminal.run(&["plan"]).await;
    assert_eq!(code, 0, "{printed}{said}");
    let (code, _, said) = terminal.run(&["explain", "checkpoints"]).await;
    assert_eq!(code, 1);
    assert!(said.contains("there is no ConnectivityIntent checkpoints"), "{said}");

    // A wish in a file: the seller would be asked, and by a price list it would be ordered.
    let wish = stage.intent("checkpoints", |_| {});
    let manage = write(folder.path(), "manage.yaml", &wish);
    let planned = terminal.json(&["plan", "-f", &manage, "--cluster"]).await;
    assert_eq!(planned["intents"][0]["verdict"], "Ask", "{planned}");
    let prices = json!({"provider": stage.name("metro-fiber"), "currency": "USD", "prices": [{
        "product": "Evpl", "classOfService": "BUSINESS", "committed": "2G", "monthly": "1125.00", "oneTime": "250.00",
    }]});
    let list = write(folder.path(), "prices.yaml", &prices);
    let (code, printed, said) = terminal.run(&["plan", "-f", &manage, &list, "--cluster"]).await;
    assert_eq!(code, 2, "{said}");
    assert!(printed.contains("would be ordered") && printed.contains("1125.00 USD a month"), "{printed}");

    // Planned in the cluster, the seller's own offer is there: to manage it would order just that.
    let only_planned = stage.intent("checkpoints", |document| document["spec"]["mode"] = json!("Plan"));
    stage.create(&only_planned).await;
    let (code, printed, said) = terminal.run(&["wait", "checkpoints", "--timeout", "60s"]).await;
    assert_eq!(code, 0, "{printed}{said}");
    let planned = terminal.json(&["plan", "-f", &manage, "--cluster"]).await;
    let plan = &planned["intents"][0];
    assert_eq!(
        (&plan["verdict"], &plan["price"]["monthly"]),
        (&json!("Order"), &json!("1125.00 USD")),
        "{planned}"
    );
    assert_eq!(metro.orders(), 0, "asking what would be is not ordering");

    stage.edit("checkpoints", json!({"mode": "Manage"})).await;
    let (code, printed, said) =
        terminal.run(&["wait", "checkpoints", "--for", "Provisioned", "--timeout", "60s"]).await;
    assert_eq!(code, 0, "{printed}{said}");
    stage.reason("checkpoints", "Active").await;
    let explained = terminal.json(&["explain", "checkpoints"]).await;
    assert_eq!(bought(&explained), bought(plan), "planned on the right, bought on the left");

    // At rest there is nothing to do, and everything to see.
    let (code, printed, said) = terminal.run(&["plan"]).await;
    assert_eq!(code, 0, "{printed}{said}");
    let tree = terminal.json(&["tree", "checkpoints"]).await;
    assert_eq!(tree[0]["segments"][0]["orders"].as_array().unwrap().len(), 1, "{tree}");
    let by_name = terminal.json(&["tree", &stage.namespace]).await;
    assert_eq!(by_name, tree, "the only intent of its namespace");
    let costs = terminal.json(&["cost"]).await;
    assert_eq!(costs["lines"][0]["monthly"], "1125.00", "{costs}");
    let (_, rows, _) = terminal.run(&["cost", "-o", "csv"]).await;
    assert_eq!(rows.lines().count(), 3, "a head, a month and what was due at once: {rows}");
    let events = terminal.json(&["events", "checkpoints"]).await;
    let reasons: Vec<&Value> = events.as_array().unwrap().iter().map(|event| &event["reason"]).collect();
    assert!(reasons.contains(&&json!("Active")), "{reasons:?}");

    // A change is told before it is made; while it is suspended it is not ordered.
    let more = write(
        folder.path(),
        "more.yaml",
        &stage.intent("checkpoints", |document| {
            document["spec"]["bandwidth"]["committed"] = json!("4G");
        }),
    );
    let changed = terminal.json(&["plan", "-f", &more, "--cluster"]).await;
    assert_eq!(
        changed["intents"][0]["effects"][0],
        format!("ask {} anew", stage.name("metro-fiber")),
        "{changed}"
    );
    let (code, _, said) = terminal.run(&["suspend", "checkpoints"]).await;
    assert_eq!(code, 0, "{said}");
    assert!(suspended(&stage).await);
    let (code, _, said) = terminal.run(&["resume", "checkpoints"]).await;
    assert_eq!(code, 0, "{said}");
    assert!(!suspended(&stage).await);

    // Whoever may only ask sees its intent, and is told which role shows more.
    let tenant = tenant(&stage, folder.path()).await;
    let (code, printed, said) = tenant.run(&["explain", "checkpoints"]).await;
    assert_eq!(code, 0, "{said}");
    assert!(printed.contains("1125.00 USD a month"), "{printed}");
    let (code, _, said) = tenant.run(&["tree", "checkpoints"]).await;
    assert_eq!(code, 1);
    assert!(said.contains("you may not list segments") && said.contains("naas-viewer"), "{said}");

    let (code, _, said) = terminal.run(&["wait", "checkpoints", "--for", "delete", "--timeout", "1s"]).await;
    assert_eq!(code, 1);
    assert!(said.contains("is not gone after 1s"), "{said}");
    stage.delete("checkpoints").await;
    let (code, _, said) = terminal.run(&["wait", "checkpoints", "--for", "delete", "--timeout", "60s"]).await;
    assert_eq!(code, 0, "{said}");
}

/// A budget with room for one of two: the plan gives it to the first and says of the second what the operator then says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_budget_has_no_room_for_is_planned_as_it_is_decided() {
    let (stage, metro) = one_seller("cli-budget", |_| {}, |_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    let terminal = Terminal::at(&stage).await;
    let budgets: Api<ConnectivityBudget> = Api::namespaced(stage.client.clone(), &stage.namespace);
    let spec = json!({"caps": [{"currency": "USD", "monthly": "1500.00"}]});
    let budget = ConnectivityBudget::new("quarter", serde_json::from_value(spec).unwrap());
    budgets.create(&PostParams::default(), &budget).await.unwrap();

    let wish = |name: &str| {
        stage.intent("checkpoints", |document| {
            document["metadata"]["name"] = json!(name);
            document["spec"]["endpoints"][1]["vlan"] = Value::Null;
        })
    };
    let (first, second) = (wish("first"), wish("second"));
    let prices = json!({"provider": stage.name("metro-fiber"), "currency": "USD", "prices": [{
        "product": "Evpl", "classOfService": "BUSINESS", "committed": "2G", "monthly": "1125.00", "oneTime": "250.00",
    }]});
    let files = [
        write(folder.path(), "first.yaml", &first),
        write(folder.path(), "second.yaml", &second),
        write(folder.path(), "prices.yaml", &prices),
    ];
    let args = ["plan", "--cluster", "-f", &files[0], &files[1], &files[2]];
    let planned = terminal.json(&args).await;
    let verdicts = [&planned["intents"][0]["verdict"], &planned["intents"][1]["verdict"]];
    assert_eq!(verdicts, ["Order", "Blocked"], "{planned}");
    let words = "monthly: 1125.00 USD of 1500.00 USD is used, and this takes 1125.00 USD";
    assert!(planned["intents"][1].to_string().contains(words), "{planned}");

    stage.create(&first).await;
    stage.reason("first", "Active").await;
    stage.create(&second).await;
    let told = stage.reason("second", "BudgetExhausted").await;
    assert!(json!(told.status).to_string().contains(words), "{told:#?}");
    assert_eq!(metro.orders(), 1);
    // What is spent by now is in the ledger, and is not counted twice.
    let again = terminal.json(&["plan", "--cluster", "-f", &files[1], &files[2]]).await;
    assert_eq!(again["intents"][0]["verdict"], "Blocked", "{again}");
    assert!(again.to_string().contains(words), "{again}");
}

async fn suspended(stage: &Stage) -> bool {
    let intent: ConnectivityIntent = stage.intents().get("checkpoints").await.unwrap();
    intent.spec.suspend
}

async fn tenant(stage: &Stage, folder: &Path) -> Terminal {
    let plane = plane().await;
    let user = stage.name("alice");
    let binding = [
        "create",
        "rolebinding",
        &user,
        "--clusterrole",
        "naas-requester",
        "--user",
        &user,
        "-n",
        &stage.namespace,
    ];
    let (ok, text) = kubectl(plane, &binding).await;
    assert!(ok, "{text}");
    let config = plane.user(&user, &[]).unwrap();
    let kubeconfig = folder.join("alice");
    plane.write_kubeconfig(&config, &kubeconfig).unwrap();
    Client::try_from(config).unwrap();
    Terminal { kubeconfig, namespace: stage.namespace.clone() }
}

/// What metro fiber runs since its first day, on VLAN 199 between Ashburn and Chicago.
const LEGACY: &str = "MF-PRD-LEGACY-1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_exists_is_shown_before_it_is_taken_over() {
    let (stage, metro) = one_seller("cli-adopt", |_| {}, |_| {}).await;
    let terminal = Terminal::at(&stage).await;
    let about = stage.intent("checkpoints", |document| {
        document["spec"]["existing"] = json!({"provider": stage.name("metro-fiber"), "productId": LEGACY});
        document["spec"]["endpoints"][1]["vlan"] = json!({"id": 199});
    });
    stage.create(&about).await;
    stage.reason("checkpoints", "AdoptionUndecided").await;

    let (code, printed, said) = terminal.run(&["adopt", "checkpoints"]).await;
    assert_eq!(code, 1, "nobody is there to say yes");
    assert!(printed.contains(&format!("From then on {LEGACY} is changed")), "{printed}");
    assert!(said.contains("add --yes"), "{said}");
    assert_eq!(
        stage.reason("checkpoints", "AdoptionUndecided").await.spec,
        about.spec,
        "nothing was decided"
    );

    let (code, _, said) = terminal.run(&["adopt", "checkpoints", "--yes", "--because", "order 4711"]).await;
    assert_eq!(code, 0, "{said}");
    stage.reason("checkpoints", "Active").await;
    let before = metro.orders();
    let costs = terminal.json(&["cost", "--by", "intent"]).await;
    assert_eq!(costs["lines"][0]["services"], 1, "{costs}");
    assert_eq!(metro.orders(), before, "taking over sends nothing");
}
