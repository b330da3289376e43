//! What the admission policies refuse to people whose roles are wide enough.

use k8s_openapi::{
    api::core::v1::Namespace, apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
    runtime::{conditions::is_deleted, wait::await_condition},
};
use naas_operator::api::{ConnectivityDecision, ConnectivityIntent, ConnectivitySegment};
use serde_json::{Value, json};

use crate::cluster::{DEADLINE, NAMESPACE, bound, holder, is_policy, plane, refusal, sample, segment};

fn merge(patch: Value) -> Patch<Value> {
    Patch::Merge(patch)
}

/// What a policy said to somebody whom it refused.
fn refused<T>(answer: Result<T, kube::Error>) -> String {
    let status = refusal(answer).expect("a refusal");
    assert!(is_policy(&status), "{status:?}");
    status.message
}

/// Two segments with a record, made by the administrator, who holds every verb.
async fn two_segments(first: &str, second: &str) -> Api<ConnectivitySegment> {
    let segments: Api<ConnectivitySegment> = Api::all(plane().await.client().unwrap());
    for name in [first, second] {
        segments.create(&PostParams::default(), &segment(name)).await.unwrap();
        let status = json!({"status": segment(name).status});
        segments.patch_status(name, &PatchParams::default(), &merge(status)).await.unwrap();
    }
    segments
}

#[tokio::test]
async fn a_wide_role_is_not_enough_to_write_segments() {
    let plane = plane().await;
    let admin = two_segments("guarded-1", "guarded-2").await;
    let verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
    let wide = holder(plane, "wide", &verbs, "connectivitysegments").await;
    let segments: Api<ConnectivitySegment> = Api::all(wide);
    let before = segments.get("guarded-1").await.unwrap();

    let told = refused(segments.create(&PostParams::default(), &segment("forged")).await);
    assert!(told.contains("only the operator writes it: change or delete the intent instead"), "{told}");
    let absent = json!({"spec": {"desired": "Absent"}});
    refused(segments.patch("guarded-1", &PatchParams::default(), &merge(absent.clone())).await);
    refused(
        segments
            .patch("guarded-1", &PatchParams::default(), &merge(json!({"metadata": {"labels": {"a": "b"}}})))
            .await,
    );
    let apply =
        json!({"apiVersion": "naas.dev/v1alpha1", "kind": "ConnectivitySegment", "spec": absent["spec"]});
    refused(segments.patch("guarded-1", &PatchParams::apply("wide").force(), &Patch::Apply(apply)).await);
    refused(segments.replace("guarded-1", &PostParams::default(), &before).await);
    let gone = json!({"status": {"state": "Gone"}});
    refused(segments.patch_status("guarded-1", &PatchParams::default(), &merge(gone)).await);
    refused(segments.replace_status("guarded-1", &PostParams::default(), &before).await);
    refused(segments.delete("guarded-1", &DeleteParams::default()).await);
    refused(segments.delete_collection(&DeleteParams::default(), &ListParams::default()).await);

    assert_eq!(admin.get("guarded-1").await.unwrap(), before);
    assert_eq!(admin.get("guarded-2").await.unwrap().metadata.deletion_timestamp, None);
}

#[tokio::test]
async fn a_backup_is_restored_by_who_holds_the_verb() {
    let plane = plane().await;
    let verbs = ["get", "create", "update", "patch", "restore"];
    let restorer = holder(plane, "restorer", &verbs, "connectivitysegments").await;
    let segments: Api<ConnectivitySegment> = Api::all(restorer);
    let mut restored = segments.create(&PostParams::default(), &segment("restored")).await.unwrap();
    restored.status = segment("restored").status;
    let restored = segments.replace_status("restored", &PostParams::default(), &restored).await.unwrap();
    assert_eq!(restored.status, segment("restored").status);
}

/// The role of the migrator is its own, as every cluster has it: it may list and patch everything.
#[tokio::test]
async fn the_storage_version_migrator_rewrites_segments() {
    let plane = plane().await;
    let admin = two_segments("migrated-1", "migrated-2").await;
    let name = "storage-version-migrator-controller";
    let migrator = Client::try_from(plane.service_account("kube-system", name).await.unwrap()).unwrap();
    let segments: Api<ConnectivitySegment> = Api::all(migrator);
    for segment in segments.list(&ListParams::default()).await.unwrap() {
        if !segment.name_any().starts_with("migrated-") {
            continue;
        }
        // What it sends: pkg/controller/storageversionmigrator of Kubernetes.
        let patch = json!({
            "apiVersion": "naas.dev/v1alpha1",
            "kind": "ConnectivitySegment",
            "metadata": {"uid": segment.uid(), "resourceVersion": segment.resource_version()},
        });
        let manager = PatchParams { field_manager: Some(name.to_owned()), ..PatchParams::default() };
        let migrated = segments.patch(&segment.name_any(), &manager, &merge(patch)).await.unwrap();
        assert_eq!(migrated.spec, segment.spec);
    }
    assert!(admin.get("migrated-1").await.unwrap().status.is_some());
}

#[tokio::test]
async fn an_administrator_deletes_a_segment_in_two_steps() {
    let admin = two_segments("deleted-1", "deleted-2").await;
    let told = refused(admin.delete("deleted-1", &DeleteParams::default()).await);
    assert!(told.contains("naas.dev/confirm-delete=true"), "{told}");
    let confirm = json!({"metadata": {"annotations": {"naas.dev/confirm-delete": "true"}}});
    admin.patch("deleted-1", &PatchParams::default(), &merge(confirm)).await.unwrap();
    admin.delete("deleted-1", &DeleteParams::default()).await.unwrap();
    assert!(admin.get_opt("deleted-1").await.unwrap().is_none());
    let other = json!({"metadata": {"annotations": {"naas.dev/confirm-delete": "false"}}});
    admin.patch("deleted-2", &PatchParams::default(), &merge(other)).await.unwrap();
    refused(admin.delete("deleted-2", &DeleteParams::default()).await);
}

fn definition(group: &str) -> CustomResourceDefinition {
    serde_json::from_value(json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("things.{group}")},
        "spec": {
            "group": group,
            "scope": "Cluster",
            "names": {"plural": "things", "singular": "thing", "kind": "Thing"},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object"}},
            }],
        },
    }))
    .unwrap()
}

#[tokio::test]
async fn our_definitions_go_only_when_it_is_confirmed() {
    let client = plane().await.client().unwrap();
    let definitions: Api<CustomResourceDefinition> = Api::all(client);
    for name in [
        "connectivityclasses",
        "connectivityintents",
        "connectivityproviders",
        "connectivitysegments",
        "sites",
    ] {
        let told = refused(definitions.delete(&format!("{name}.naas.dev"), &DeleteParams::default()).await);
        assert!(told.contains("naas.dev/confirm-delete=true"), "{told}");
    }
    // All at once is no way around.
    let all = definitions
        .delete_collection(
            &DeleteParams::default(),
            &ListParams::default().fields("metadata.name=sites.naas.dev"),
        )
        .await;
    refused(all);

    definitions.create(&PostParams::default(), &definition("naas.dev")).await.unwrap();
    refused(definitions.delete("things.naas.dev", &DeleteParams::default()).await);
    let confirm = json!({"metadata": {"annotations": {"naas.dev/confirm-delete": "true"}}});
    let confirmed =
        definitions.patch("things.naas.dev", &PatchParams::default(), &merge(confirm)).await.unwrap();
    definitions.delete("things.naas.dev", &DeleteParams::default()).await.unwrap();
    let uid = confirmed.uid().unwrap();
    let gone = await_condition(definitions, "things.naas.dev", is_deleted(&uid));
    tokio::time::timeout(DEADLINE, gone).await.expect("the definition goes").unwrap();
}

#[tokio::test]
async fn definitions_of_others_go_as_ever() {
    let definitions: Api<CustomResourceDefinition> = Api::all(plane().await.client().unwrap());
    for group in ["stranger.example", "not-naas.dev"] {
        definitions.create(&PostParams::default(), &definition(group)).await.unwrap();
        definitions.delete(&format!("things.{group}"), &DeleteParams::default()).await.unwrap();
    }
}

#[tokio::test]
async fn the_operators_namespace_goes_only_when_it_is_confirmed() {
    let namespaces: Api<Namespace> = Api::all(plane().await.client().unwrap());
    let told = refused(namespaces.delete(NAMESPACE, &DeleteParams::default()).await);
    assert!(told.contains("naas.dev/confirm-delete=true"), "{told}");
    let annotate = async |value: Value| {
        let patch = json!({"metadata": {"annotations": {"naas.dev/confirm-delete": value}}});
        namespaces.patch(NAMESPACE, &PatchParams::default(), &merge(patch)).await.unwrap();
    };
    annotate("true".into()).await;
    let dry_run = DeleteParams { dry_run: true, ..DeleteParams::default() };
    let deleted = namespaces.delete(NAMESPACE, &dry_run).await;
    annotate(Value::Null).await;
    deleted.unwrap();
}

/// The namespace controller deletes intents, and no policy is in its way.
#[tokio::test]
async fn a_workloads_namespace_goes_with_its_intents() {
    let plane = plane().await;
    let name = plane.namespace("leaving").await.unwrap();
    let team = bound(plane, "leaving-team", &["naas-requester"], Some(&name)).await;
    let intents: Api<ConnectivityIntent> = Api::namespaced(team, &name);
    intents.create(&PostParams::default(), &sample("leaving")).await.unwrap();
    let namespaces: Api<Namespace> = Api::all(plane.client().unwrap());
    let uid = namespaces.get(&name).await.unwrap().uid().unwrap();
    namespaces.delete(&name, &DeleteParams::default()).await.unwrap();
    let gone = await_condition(namespaces, &name, is_deleted(&uid));
    tokio::time::timeout(DEADLINE, gone).await.expect("the namespace goes").unwrap();
}

/// A decision as somebody would write it.
fn by(author: &str, name: &str) -> ConnectivityDecision {
    let mut decision: ConnectivityDecision = sample(name);
    decision.spec.author = author.to_owned();
    decision
}

#[tokio::test]
async fn a_decision_is_made_in_ones_own_name_and_never_changed() {
    let plane = plane().await;
    let namespace = plane.namespace("decided").await.unwrap();
    let ada = bound(plane, "ada", &["naas-approver"], Some(&namespace)).await;
    let decisions: Api<ConnectivityDecision> = Api::namespaced(ada, &namespace);
    let told = refused(decisions.create(&PostParams::default(), &by("eve", "forged")).await);
    assert!(told.contains("write ada"), "{told}");
    decisions.create(&PostParams::default(), &by("ada", "own")).await.unwrap();

    let admin: Api<ConnectivityDecision> = Api::namespaced(plane.client().unwrap(), &namespace);
    let change = merge(json!({"spec": {"author": "eve"}}));
    let told = refusal(admin.patch("own", &PatchParams::default(), &change).await);
    assert!(told.unwrap().message.contains("a decision cannot be changed"));
    decisions.delete("own", &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
async fn a_safety_catch_is_released_in_the_operators_namespace_alone() {
    let plane = plane().await;
    let namespace = plane.namespace("releasing").await.unwrap();
    let release = || {
        let mut decision = by("releasing-ada", "go-on");
        let spec = json!({"author": "releasing-ada", "provider": "metro-fiber", "releaseCatch": {}});
        decision.spec = serde_json::from_value(spec).unwrap();
        decision
    };
    let ada = bound(plane, "releasing-ada", &["naas-approver"], Some(&namespace)).await;
    let here: Api<ConnectivityDecision> = Api::namespaced(ada.clone(), &namespace);
    let told = refused(here.create(&PostParams::default(), &release()).await);
    assert!(told.contains("naas-system"), "{told}");
    let there: Api<ConnectivityDecision> = Api::namespaced(ada, NAMESPACE);
    let without_role = refusal(there.create(&PostParams::default(), &release()).await);
    assert!(without_role.is_some_and(|status| !is_policy(&status)));
    let eve = bound(plane, "releasing-eve", &["naas-approver"], Some(NAMESPACE)).await;
    let there: Api<ConnectivityDecision> = Api::namespaced(eve, NAMESPACE);
    let mut decision = release();
    decision.spec.author = "releasing-eve".into();
    there.create(&PostParams::default(), &decision).await.unwrap();
    there.delete("go-on", &DeleteParams::default()).await.unwrap();
}
