//! Where examples are applied: one operator, and every seller that an example brings.

use std::path::Path;

use kube::ResourceExt;
use kube::api::{Api, DeleteParams};
use naas_operator::api::{ConnectivityBudget, ConnectivityClass, ConnectivityIntent, ConnectivitySegment};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::world::{RunningSeller, at_once, kubectl, open, operator, plane, root, says, until};

/// What a folder brought.
pub struct Example {
    documents: Vec<Value>,
}

/// A control plane, an operator, and sellers that do everything at once.
pub struct Stage {
    client: kube::Client,
    sellers: Vec<(String, RunningSeller)>,
}

fn namespaced<K>(client: &kube::Client, key: &str) -> (Api<K>, String)
where
    K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>,
{
    let (namespace, name) = key.split_once('/').unwrap();
    (Api::namespaced(client.clone(), namespace), name.to_owned())
}

impl Stage {
    pub async fn new() -> Self {
        operator().await;
        let mut sellers = Vec::new();
        for folder in std::fs::read_dir(root().join("examples")).unwrap() {
            let Ok(scenarios) = std::fs::read_dir(folder.unwrap().path().join("sellers")) else { continue };
            for scenario in scenarios {
                let path = scenario.unwrap().path();
                let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
                sellers.push((name, open(at_once(&path, |_| {})).await));
            }
        }
        Self { client: plane().await.client().unwrap(), sellers }
    }

    /// Applies a folder; in its providers, sellers are where they listen.
    pub async fn apply(&self, folder: &str) -> Example {
        let plane = plane().await;
        let (built, text) = kubectl(plane, &["kustomize", &format!("examples/{folder}")]).await;
        assert!(built, "{folder}: {text}");
        let mut documents: Vec<Value> = serde_norway::Deserializer::from_str(&text)
            .map(|document| Value::deserialize(document).unwrap())
            .collect();
        for provider in documents.iter_mut().filter(|document| document["kind"] == "ConnectivityProvider") {
            let name = provider["metadata"]["name"].as_str().unwrap();
            let (_, seller) = self.sellers.iter().find(|(seller, _)| seller == name).unwrap();
            let lso = &mut provider["spec"]["lso"];
            lso["address"] = json!(seller.address);
            lso["search"]["lag"] = json!("200ms");
            lso["requestTimeout"] = json!("2s");
            // All examples within a minute are more than anybody means to end within an hour.
            provider["spec"]["safetyCatch"] = json!({"orders": 100, "disconnects": 100});
            provider["spec"]["requests"] = json!({"perMinute": 60_000});
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        let list = json!({"apiVersion": "v1", "kind": "List", "items": documents});
        std::fs::write(file.path(), list.to_string()).unwrap();
        let path: &Path = file.path();
        let (taken, text) = kubectl(plane, &["apply", "--server-side", "-f", path.to_str().unwrap()]).await;
        assert!(taken, "{folder}: {text}");
        Example { documents }
    }

    /// Waits until an intent says this of its present spec.
    pub async fn says(&self, key: &str, reason: &str) -> ConnectivityIntent {
        let (intents, name) = namespaced(&self.client, key);
        says(&intents, &name, reason).await
    }

    /// Waits until so many orders are entered in a budget.
    pub async fn entered(&self, key: &str, orders: usize) {
        let (budgets, name) = namespaced::<ConnectivityBudget>(&self.client, key);
        until(&format!("{orders} orders are entered in {key}"), || async {
            let ledger = budgets.get(&name).await.unwrap().status?.ledger?;
            (ledger.entries.len() == orders).then_some(())
        })
        .await;
    }

    /// Approves the plan of an intent as the command line does.
    pub async fn approve(&self, key: &str) {
        let (namespace, name) = key.split_once('/').unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_kubectl-naas"))
            .args(["approve", name, "--yes", "--because", "it is worth it", "-n", namespace])
            .env("KUBECONFIG", plane().await.kubeconfig())
            .output()
            .await
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Deletes the intents of a folder and waits until the sellers have nothing of them, then its classes and budgets.
    pub async fn take_back(&self, example: Example) {
        let of_kind = |kind: &str| {
            let found = example.documents.iter().filter(|document| document["kind"] == kind);
            let meta = found.map(|document| &document["metadata"]);
            let key = |meta: &Value| {
                let word = |name: &str| meta[name].as_str().unwrap_or_default().to_owned();
                format!("{}/{}", word("namespace"), word("name"))
            };
            meta.map(key).collect::<Vec<_>>()
        };
        let intents = of_kind("ConnectivityIntent");
        for key in &intents {
            let (api, name) = namespaced::<ConnectivityIntent>(&self.client, key);
            api.delete(&name, &DeleteParams::default()).await.unwrap();
        }
        let segments: Api<ConnectivitySegment> = Api::all(self.client.clone());
        until("what was bought for them is ended", || async {
            let left = segments.list(&Default::default()).await.unwrap().items;
            let of_them = |segment: &ConnectivitySegment| {
                let of = &segment.spec.intent_ref;
                intents.contains(&format!("{}/{}", of.namespace, of.name))
            };
            (!left.iter().any(of_them)).then_some(())
        })
        .await;
        let classes: Api<ConnectivityClass> = Api::all(self.client.clone());
        for key in of_kind("ConnectivityClass") {
            classes.delete(key.trim_start_matches('/'), &DeleteParams::default()).await.unwrap();
        }
        for key in of_kind("ConnectivityBudget") {
            let (api, name) = namespaced::<ConnectivityBudget>(&self.client, &key);
            api.delete(&name, &DeleteParams::default()).await.unwrap();
        }
    }

    /// What is left runs, and is what is paid for: nothing twice, and nothing forgotten.
    pub async fn end(self) {
        let segments: Api<ConnectivitySegment> = Api::all(self.client.clone());
        let left = segments.list(&Default::default()).await.unwrap().items;
        for (name, seller) in &self.sellers {
            let audit = seller.seller.audit().unwrap();
            assert!(audit.twins.is_empty() && audit.orphans.is_empty(), "{name}: {audit:#?}");
            let here = left.iter().filter(|segment| segment.spec.provider.name == *name && bought(segment));
            let names: Vec<String> = here.map(ResourceExt::name_any).collect();
            assert_eq!(seller.live(), names.len(), "{name}: {names:?}");
        }
    }
}

fn bought(segment: &ConnectivitySegment) -> bool {
    segment.status.as_ref().is_some_and(|status| status.in_force.is_some())
}
