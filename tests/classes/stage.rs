//! A stage with one seller, and the platform team's and the approver's part in it.

use kube::Client;
use kube::api::{Api, Patch, PatchParams, PostParams};
use naas_operator::api::{ConnectivityClass, ConnectivityDecision, ConnectivityIntent, DEFAULT_CLASS, Plan};
use serde_json::{Value, json};

use crate::world::{RunningSeller, Stage, instant, kubectl, open, plane, until};

/// A stage on which one seller sells, changed as the test wants.
pub async fn with_metro(prefix: &str, change: impl FnOnce(&mut Value)) -> (Stage, RunningSeller) {
    let stage = Stage::new(prefix).await;
    let metro = open(instant("metro-fiber", change)).await;
    stage.sites().await;
    stage.provider("metro-fiber", &metro, |_| {}).await;
    (stage, metro)
}

pub fn classes(stage: &Stage) -> Api<ConnectivityClass> {
    Api::all(stage.client.clone())
}

/// Creates a class for everybody, under a name of this stage.
pub async fn class(stage: &Stage, name: &str, default: bool, says: &str) -> String {
    let name = stage.name(name);
    let mut spec: Value = serde_norway::from_str(says).unwrap();
    spec["consumers"] = json!({"namespaces": [stage.namespace]});
    let annotations = if default { json!({DEFAULT_CLASS: "true"}) } else { json!({}) };
    let class = json!({"metadata": {"name": name, "annotations": annotations}, "spec": spec});
    let class: ConnectivityClass = serde_json::from_value(class).unwrap();
    classes(stage).create(&PostParams::default(), &class).await.expect("the class is taken");
    name
}

/// Changes what a class says.
pub async fn edit_class(stage: &Stage, name: &str, spec: Value) {
    let patch = Patch::Merge(json!({"spec": spec}));
    classes(stage).patch(name, &PatchParams::default(), &patch).await.expect("the change is taken");
}

/// The plan that an intent shows.
pub fn plan(intent: &ConnectivityIntent) -> Plan {
    intent.status.as_ref().and_then(|status| status.plan.clone()).expect("a plan")
}

/// Somebody who may approve in the namespace of the stage, and nothing else.
pub struct Approver {
    name: String,
    decisions: Api<ConnectivityDecision>,
}

impl Approver {
    pub async fn of(stage: &Stage) -> Self {
        let (plane, name) = (plane().await, stage.name("ada"));
        let role = "--clusterrole=naas-approver";
        let args = ["create", "rolebinding", &name, role, "--user", &name, "-n", &stage.namespace];
        let (ok, text) = kubectl(plane, &args).await;
        assert!(ok, "{text}");
        let client = Client::try_from(plane.user(&name, &[]).unwrap()).unwrap();
        let decisions: Api<ConnectivityDecision> = Api::namespaced(client, &stage.namespace);
        until("the role is known", || async { decisions.list(&Default::default()).await.ok() }).await;
        Self { name, decisions }
    }

    /// The way to the cluster in this person's name.
    pub async fn config(&self) -> kube::Config {
        plane().await.user(&self.name, &[]).unwrap()
    }

    /// Approves a plan of an intent.
    pub async fn approves(&self, decision: &str, intent: &str, digest: &str) {
        let spec = json!({
            "author": self.name,
            "because": "it is worth it",
            "approvePlan": {"intent": {"name": intent}, "digest": digest},
        });
        let decision = ConnectivityDecision::new(decision, serde_json::from_value(spec).unwrap());
        self.decisions.create(&PostParams::default(), &decision).await.expect("the decision is taken");
    }

    /// Waits until a decision says this of itself, and returns the sentence.
    pub async fn said(&self, decision: &str, reason: &str) -> String {
        until(&format!("decision {decision} says {reason}"), || async {
            let told = self.decisions.get(decision).await.ok()?.status?;
            let ready = told.conditions.into_iter().find(|condition| condition.type_ == "Ready")?;
            (ready.reason == reason).then_some(ready.message)
        })
        .await
    }
}
