//! The control plane behaves as a cluster does, for everything but pods.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::{
    api::{
        authentication::v1::{SelfSubjectReview, UserInfo},
        core::v1::{ConfigMap, Namespace, Secret},
        rbac::v1::{PolicyRule, Role, RoleBinding, RoleRef, Subject},
    },
    apimachinery::pkg::apis::meta::v1::OwnerReference,
};
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, ListParams, ObjectMeta, Patch, PatchParams, PostParams, WatchEvent, WatchParams},
    runtime::{conditions::is_deleted, wait::await_condition},
};
use naas_dev::controlplane::{AuditEvent, Call, ControlPlane, Options, Tally};

/// Far above what anything here takes, so that only what never happens runs into it.
const DEADLINE: Duration = Duration::from_secs(120);

fn named<T>(name: &str, with: impl FnOnce(ObjectMeta) -> T) -> T {
    with(ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() })
}

fn config_map(name: &str) -> ConfigMap {
    named(name, |metadata| ConfigMap { metadata, ..ConfigMap::default() })
}

fn is_forbidden<T: std::fmt::Debug>(answer: Result<T, kube::Error>) {
    match answer {
        Err(kube::Error::Api(status)) => assert_eq!(status.code, 403, "{status:?}"),
        other => panic!("not an answer of the API server: {other:?}"),
    }
}

/// Lets a service account do anything with config maps in its namespace.
async fn allow_config_maps(plane: &ControlPlane, namespace: &str, account: &str) {
    let client = plane.client().unwrap();
    let role = named("config-maps", |metadata| Role {
        metadata,
        rules: Some(vec![PolicyRule {
            api_groups: Some(vec![String::new()]),
            resources: Some(vec!["configmaps".into()]),
            verbs: vec!["*".into()],
            ..PolicyRule::default()
        }]),
    });
    let binding = named("config-maps", |metadata| RoleBinding {
        metadata,
        role_ref: RoleRef {
            api_group: Some("rbac.authorization.k8s.io".into()),
            kind: "Role".into(),
            name: "config-maps".into(),
        },
        subjects: Some(vec![Subject {
            kind: "ServiceAccount".into(),
            name: account.into(),
            namespace: Some(namespace.into()),
            ..Subject::default()
        }]),
    });
    Api::namespaced(client.clone(), namespace).create(&PostParams::default(), &role).await.unwrap();
    Api::namespaced(client, namespace).create(&PostParams::default(), &binding).await.unwrap();
}

async fn who_am_i(config: kube::Config) -> UserInfo {
    let reviews: Api<SelfSubjectReview> = Api::all(Client::try_from(config).unwrap());
    let review = reviews.create(&PostParams::default(), &SelfSubjectReview::default()).await.unwrap();
    review.status.unwrap().user_info.unwrap()
}

#[tokio::test]
async fn it_is_ready_when_it_has_started() {
    let plane = ControlPlane::shared().await.unwrap();
    let client = plane.client().unwrap();
    let readyz = client.request_text(http::Request::get("/readyz").body(Vec::new()).unwrap()).await.unwrap();
    assert_eq!(readyz, "ok");
    let version = client.apiserver_version().await.unwrap().git_version;
    println!("Kubernetes {version} was ready after {:?}", plane.started_in());
    for process in plane.processes() {
        let mebibytes = process.resident_memory().unwrap_or_default() / 1024 / 1024;
        println!("{:<24} {mebibytes:>5} MiB resident", process.name);
    }
}

#[tokio::test]
async fn who_has_no_role_may_do_nothing() {
    let plane = ControlPlane::shared().await.unwrap();
    let mallory = Client::try_from(plane.user("mallory", &[]).unwrap()).unwrap();
    is_forbidden(Api::<Secret>::all(mallory.clone()).list(&ListParams::default()).await);
    is_forbidden(
        Api::<ConfigMap>::namespaced(mallory, "default")
            .create(&PostParams::default(), &config_map("x"))
            .await,
    );
}

#[tokio::test]
async fn a_user_has_a_name_and_groups() {
    let plane = ControlPlane::shared().await.unwrap();
    for groups in [&[][..], &["a"], &["a", "b"], &["a", "b", "c"]] {
        let user = who_am_i(plane.user("alice", groups).unwrap()).await;
        assert_eq!(user.username.as_deref(), Some("alice"));
        let expected: Vec<&str> = groups.iter().copied().chain(["system:authenticated"]).collect();
        assert_eq!(user.groups.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_service_account_acts_as_itself() {
    let plane = ControlPlane::shared().await.unwrap();
    let namespace = plane.namespace("account").await.unwrap();
    let config = plane.service_account(&namespace, "operator").await.unwrap();
    let user = who_am_i(config.clone()).await;
    assert_eq!(user.username.unwrap(), format!("system:serviceaccount:{namespace}:operator"));

    let config_maps: Api<ConfigMap> = Api::default_namespaced(Client::try_from(config).unwrap());
    is_forbidden(config_maps.create(&PostParams::default(), &config_map("before")).await);
    allow_config_maps(plane, &namespace, "operator").await;
    config_maps.create(&PostParams::default(), &config_map("after")).await.unwrap();
    // It exists by now, and is handed out again.
    plane.service_account(&namespace, "operator").await.unwrap();
}

#[tokio::test]
async fn what_an_owner_leaves_is_collected() {
    let plane = ControlPlane::shared().await.unwrap();
    let namespace = plane.namespace("owner").await.unwrap();
    let config_maps: Api<ConfigMap> = Api::namespaced(plane.client().unwrap(), &namespace);
    let owner = config_maps.create(&PostParams::default(), &config_map("owner")).await.unwrap();
    let mut owned = config_map("owned");
    owned.metadata.owner_references = Some(vec![OwnerReference {
        api_version: "v1".into(),
        kind: "ConfigMap".into(),
        name: "owner".into(),
        uid: owner.uid().unwrap(),
        ..OwnerReference::default()
    }]);
    let owned = config_maps.create(&PostParams::default(), &owned).await.unwrap().uid().unwrap();
    config_maps.delete("owner", &DeleteParams::background()).await.unwrap();
    let gone = await_condition(config_maps, "owned", is_deleted(&owned));
    tokio::time::timeout(DEADLINE, gone).await.expect("the owned object is collected").unwrap();
}

#[tokio::test]
async fn a_deleted_namespace_goes_with_all_that_is_in_it() {
    let plane = ControlPlane::shared().await.unwrap();
    let namespace = plane.namespace("deleted").await.unwrap();
    let client = plane.client().unwrap();
    let config_maps: Api<ConfigMap> = Api::namespaced(client.clone(), &namespace);
    config_maps.create(&PostParams::default(), &config_map("inside")).await.unwrap();
    let namespaces: Api<Namespace> = Api::all(client);
    let uid = namespaces.get(&namespace).await.unwrap().uid().unwrap();
    namespaces.delete(&namespace, &DeleteParams::default()).await.unwrap();
    let gone = await_condition(namespaces, &namespace, is_deleted(&uid));
    tokio::time::timeout(DEADLINE, gone).await.expect("the namespace goes").unwrap();
    assert!(config_maps.get_opt("inside").await.unwrap().is_none());
}

#[tokio::test]
async fn the_audit_log_counts_every_request_once() {
    let plane = ControlPlane::shared().await.unwrap();
    if plane.audit_log().is_none() {
        println!("SKIPPED: the given cluster's audit log is not at hand");
        return;
    }
    let namespace = plane.namespace("audit").await.unwrap();
    allow_config_maps(plane, &namespace, "counted").await;
    let client = Client::try_from(plane.service_account(&namespace, "counted").await.unwrap()).unwrap();
    let config_maps: Api<ConfigMap> = Api::default_namespaced(client.clone());

    // A watch has a line for its beginning and one for its end, and is one request.
    let mut watch = config_maps.watch(&WatchParams::default().timeout(1), "0").await.unwrap().boxed();
    for name in ["one", "two", "three"] {
        // Larger than the buffers between the API server and here, so that it can't be answered in one piece.
        let mut large = config_map(name);
        large.data = Some([("large".to_owned(), "x".repeat(200_000))].into());
        config_maps.create(&PostParams::default(), &large).await.unwrap();
    }
    let patch =
        Patch::Apply(serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}}));
    for name in ["one", "two"] {
        config_maps.patch(name, &PatchParams::apply("test").force(), &patch).await.unwrap();
    }
    config_maps.get("one").await.unwrap();
    config_maps.list(&ListParams::default()).await.unwrap();
    config_maps.delete("one", &DeleteParams::default()).await.unwrap();
    let secrets: Api<Secret> = Api::default_namespaced(client.clone());
    is_forbidden(secrets.get("forbidden").await);
    is_forbidden(
        Api::<Namespace>::all(client)
            .patch_status(&namespace, &PatchParams::default(), &Patch::Merge(()))
            .await,
    );
    while let Some(event) = watch.next().await {
        assert!(!matches!(event.unwrap(), WatchEvent::Error(_)));
    }

    let user = format!("system:serviceaccount:{namespace}:counted");
    let events: Vec<AuditEvent> = plane.audit().await.unwrap();
    let events: Vec<&AuditEvent> = events.iter().filter(|event| event.user == user).collect();
    let tally = Tally::of(events.iter().copied());
    println!("{tally}");
    let expected = [
        ("create", "configmaps", 3),
        ("delete", "configmaps", 1),
        ("get", "configmaps", 1),
        ("get", "secrets", 1),
        ("list", "configmaps", 1),
        ("patch", "configmaps", 2),
        ("patch", "namespaces/status", 1),
        ("watch", "configmaps", 1),
    ];
    let expected: Vec<_> =
        expected.map(|(verb, resource, count)| (Call::new(&user, verb, resource), count)).into();
    let counted: Vec<_> = tally.iter().map(|(call, count)| (call.clone(), count)).collect();
    assert_eq!(counted, expected);
    assert_eq!(Tally::of(events.iter().copied().filter(|event| event.is_write())).total(), 7);
    let refused = events.iter().find(|event| event.resource == "secrets").unwrap();
    assert_eq!(
        (refused.code, refused.namespace.as_str(), refused.name.as_str()),
        (403, namespace.as_str(), "forbidden")
    );
}

#[tokio::test]
async fn who_has_an_answer_finds_it_in_the_audit_log() {
    let plane = ControlPlane::shared().await.unwrap();
    if plane.audit_log().is_none() {
        println!("SKIPPED: the given cluster's audit log is not at hand");
        return;
    }
    let namespace = plane.namespace("prompt").await.unwrap();
    let config_maps: Api<ConfigMap> = Api::namespaced(plane.client().unwrap(), &namespace);
    for round in 1..=20 {
        config_maps.create(&PostParams::default(), &config_map(&format!("round-{round}"))).await.unwrap();
        let events = plane.audit().await.unwrap();
        let created = |event: &&AuditEvent| event.namespace == namespace && event.resource == "configmaps";
        assert_eq!(events.iter().filter(created).count(), round);
    }
}

#[tokio::test]
async fn kubectl_applies_a_kustomization_as_whom_it_is_told() {
    let plane = ControlPlane::shared().await.unwrap();
    let namespace = plane.namespace("kubectl").await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write("kustomization.yaml", "resources: [map.yaml]");
    write("map.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: applied}, data: {a: b}}");

    let apply = async |kubeconfig: &std::path::Path| {
        let mut kubectl = plane.kubectl();
        kubectl
            .env("KUBECONFIG", kubeconfig)
            .args(["apply", "--namespace", &namespace, "-k"])
            .arg(directory.path());
        kubectl.output().await.unwrap()
    };
    let applied = apply(plane.kubeconfig()).await;
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    let config_maps: Api<ConfigMap> = Api::namespaced(plane.client().unwrap(), &namespace);
    assert_eq!(config_maps.get("applied").await.unwrap().data.unwrap()["a"], "b");

    let mallory = directory.path().join("mallory.kubeconfig");
    plane.write_kubeconfig(&plane.user("mallory", &["nobody"]).unwrap(), &mallory).unwrap();
    let refused = apply(&mallory).await;
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("User \"mallory\" cannot"), "{said}");
}

#[tokio::test]
async fn a_backup_that_is_put_back_forgets_what_came_after_it() {
    if std::env::var_os("NAAS_KUBECONFIG").is_some() {
        println!("SKIPPED: nothing is put back in a given cluster");
        return;
    }
    let mut plane = ControlPlane::start(Options::default()).await.unwrap();
    let config_maps: Api<ConfigMap> = Api::namespaced(plane.client().unwrap(), "default");
    let before = config_maps.create(&PostParams::default(), &config_map("before")).await.unwrap();
    let backup = plane.snapshot().unwrap();
    let after = config_maps.create(&PostParams::default(), &config_map("after")).await.unwrap();
    plane.restore(&backup).await.unwrap();
    assert_eq!(config_maps.get("before").await.unwrap().uid(), before.uid());
    assert!(config_maps.get_opt("after").await.unwrap().is_none());
    let next = config_maps.create(&PostParams::default(), &config_map("next")).await.unwrap();
    println!("versions: {:?} before, {:?} after", after.resource_version(), next.resource_version());

    let port = plane.config().cluster_url;
    plane.halt().await.unwrap();
    assert!(config_maps.get("before").await.is_err());
    plane.resume().await.unwrap();
    assert_eq!(plane.config().cluster_url, port);
    assert_eq!(config_maps.get("next").await.unwrap().uid(), next.uid());
}

#[tokio::test]
async fn it_goes_when_a_panic_drops_it() {
    if std::env::var_os("NAAS_KUBECONFIG").is_some() {
        println!("SKIPPED: a given cluster stays");
        return;
    }
    let plane = tokio::spawn(ControlPlane::start(Options::default())).await.unwrap().unwrap();
    let directory = plane.kubeconfig().parent().unwrap().to_owned();
    let processes = plane.processes();
    assert_eq!(processes.len(), 3, "{processes:?}");
    assert!(processes.iter().all(|process| process.resident_memory().is_some()));
    let owner = std::thread::spawn(move || {
        let _plane = plane;
        panic!("as a failing test does");
    });
    owner.join().unwrap_err();
    assert!(!directory.exists());
    assert!(processes.iter().all(|process| process.resident_memory().is_none()));
}
