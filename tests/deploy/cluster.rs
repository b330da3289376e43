//! A control plane into which the definitions and the operator were installed as `deploy/README.md` says, and access as
//! everybody who matters.

use std::{path::Path, time::Duration};

use k8s_openapi::{
    api::{
        authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec},
        core::v1::Namespace,
        rbac::v1::{ClusterRole, ClusterRoleBinding, PolicyRule, RoleBinding, RoleRef, Subject},
    },
    apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{
    Api, Client, Resource,
    api::{DeleteParams, ObjectMeta, PostParams},
    core::Status,
};
use naas_dev::controlplane::ControlPlane;
use naas_operator::api::ConnectivitySegment;
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The operator's namespace.
pub const NAMESPACE: &str = "naas-system";

/// Far above what anything here takes, so that only what never happens runs into it.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// The control plane with everything installed and in force.
pub async fn plane() -> &'static ControlPlane {
    static READY: OnceCell<()> = OnceCell::const_new();
    let plane = ControlPlane::shared().await.unwrap();
    let install = async || {
        apply(plane, &Path::new(ROOT).join("crds")).await;
        apply(plane, overlay("acme").path()).await;
        policies_in_force(plane).await;
    };
    READY.get_or_init(install).await;
    plane
}

/// The kustomization that README.md shows, with an owner id.
pub fn overlay(owner: &str) -> tempfile::TempDir {
    shown(1, owner)
}

/// The one that README.md shows for listening to sellers.
pub fn listening(owner: &str) -> tempfile::TempDir {
    shown(2, owner)
}

fn shown(number: usize, owner: &str) -> tempfile::TempDir {
    let readme = std::fs::read_to_string(Path::new(ROOT).join("deploy/README.md")).unwrap();
    let shown = readme.split("```yaml\n").nth(number).unwrap().split("```").next().unwrap();
    let directory = tempfile::tempdir().unwrap();
    // kustomize takes no absolute paths.
    let path = directory.path().canonicalize().unwrap();
    let up = "../".repeat(path.components().count() - 1);
    let text = shown
        .replace("../naas-operator", &format!("{up}{}", ROOT.trim_start_matches('/')))
        .replace("ownerId=", &format!("ownerId={owner}"));
    std::fs::write(path.join("kustomization.yaml"), text).unwrap();
    directory
}

async fn apply(plane: &ControlPlane, directory: &Path) {
    let mut kubectl = plane.kubectl();
    let applied = kubectl.args(["apply", "--server-side", "-k"]).arg(directory).output().await.unwrap();
    let said =
        [applied.stdout, applied.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(applied.status.success() && !said.contains("Warning"), "{said}");
}

/// Waits until the kinds are served and each policy refuses what it is there to refuse.
async fn policies_in_force(plane: &ControlPlane) {
    let admin = plane.client().unwrap();
    let dry_run = DeleteParams { dry_run: true, ..DeleteParams::default() };
    let namespaces: Api<Namespace> = Api::all(admin.clone());
    until("the namespace is guarded", async || {
        refusal(namespaces.delete(NAMESPACE, &dry_run).await).is_some_and(|status| is_policy(&status))
    })
    .await;
    let definitions: Api<CustomResourceDefinition> = Api::all(admin);
    until("the definitions are guarded", async || {
        refusal(definitions.delete("sites.naas.dev", &dry_run).await).is_some_and(|status| is_policy(&status))
    })
    .await;
    let mallory = holder(plane, "early-mallory", &["create"], "connectivitysegments").await;
    let segments: Api<ConnectivitySegment> = Api::all(mallory);
    let dry_run = PostParams { dry_run: true, ..PostParams::default() };
    until("segments are guarded", async || {
        refusal(segments.create(&dry_run, &segment("probe")).await).is_some_and(|status| is_policy(&status))
    })
    .await;
}

/// Waits until something is so.
pub async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    let fulfilled = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(DEADLINE, fulfilled).await.unwrap_or_else(|_| panic!("still not so: {what}"));
}

/// What the API server answered to a request that it refused.
pub fn refusal<T>(answer: Result<T, kube::Error>) -> Option<Status> {
    match answer {
        Ok(_) => None,
        Err(kube::Error::Api(status)) => Some(*status),
        Err(other) => panic!("not an answer of the API server: {other:?}"),
    }
}

/// Whether an admission policy refused, and not for want of a role.
pub fn is_policy(status: &Status) -> bool {
    status.code == 403 && status.message.contains("ValidatingAdmissionPolicy")
}

/// Whether a request was refused for want of a role.
pub fn lacks_role<T>(answer: Result<T, kube::Error>) -> bool {
    refusal(answer).is_some_and(|status| status.code == 403 && !is_policy(&status))
}

/// A valid object of one of our kinds: the one that the cases of its rules start from.
pub fn sample<K: Resource + DeserializeOwned>(name: &str) -> K
where
    K::DynamicType: Default,
{
    let plural = K::plural(&K::DynamicType::default()).into_owned();
    let path = Path::new(ROOT).join("tests/api/cases").join(format!("{plural}.yaml"));
    let mut table: serde_norway::Value =
        serde_norway::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    table.apply_merge().unwrap();
    let mut object: K = serde_norway::from_value(table["base"].clone()).unwrap();
    object.meta_mut().name = Some(name.to_owned());
    object
}

/// A valid segment.
pub fn segment(name: &str) -> ConnectivitySegment {
    sample(name)
}

/// The operator.
pub async fn operator(plane: &ControlPlane) -> Client {
    Client::try_from(plane.service_account(NAMESPACE, "naas-operator").await.unwrap()).unwrap()
}

/// Somebody who holds cluster roles, in a namespace or everywhere, once the API server knows.
pub async fn bound(plane: &ControlPlane, user: &str, roles: &[&str], namespace: Option<&str>) -> Client {
    let admin = plane.client().unwrap();
    let client = Client::try_from(plane.user(user, &[]).unwrap()).unwrap();
    for role in roles {
        let metadata = ObjectMeta { name: Some(format!("{user}-{role}")), ..ObjectMeta::default() };
        let role_ref = RoleRef {
            api_group: Some("rbac.authorization.k8s.io".to_owned()),
            kind: "ClusterRole".to_owned(),
            name: (*role).to_owned(),
        };
        let subjects = Some(vec![Subject {
            api_group: Some("rbac.authorization.k8s.io".to_owned()),
            kind: "User".to_owned(),
            name: user.to_owned(),
            namespace: None,
        }]);
        if let Some(namespace) = namespace {
            let bindings = Api::namespaced(admin.clone(), namespace);
            bindings
                .create(&PostParams::default(), &RoleBinding { metadata, role_ref, subjects })
                .await
                .unwrap();
        } else {
            let bindings = Api::all(admin.clone());
            let binding = ClusterRoleBinding { metadata, role_ref, subjects };
            bindings.create(&PostParams::default(), &binding).await.unwrap();
        }
        let role: ClusterRole = Api::all(admin.clone()).get(role).await.unwrap();
        let rule = role.rules.unwrap().swap_remove(0);
        until(&format!("{user} holds {role_ref:?}", role_ref = role.metadata.name), async || {
            may(&client, &rule, namespace).await
        })
        .await;
    }
    client
}

/// Whether somebody may do the first thing that a rule allows.
async fn may(client: &Client, rule: &PolicyRule, namespace: Option<&str>) -> bool {
    let first = |list: &Option<Vec<String>>| list.as_ref().and_then(|list| list.first()).cloned();
    let resource = first(&rule.resources).unwrap();
    let (resource, subresource) = match resource.split_once('/') {
        Some((resource, subresource)) => (resource.to_owned(), Some(subresource.to_owned())),
        None => (resource, None),
    };
    let attributes = ResourceAttributes {
        group: first(&rule.api_groups),
        resource: Some(resource),
        subresource,
        verb: rule.verbs.first().cloned(),
        namespace: namespace.map(str::to_owned),
        ..ResourceAttributes::default()
    };
    let spec = SelfSubjectAccessReviewSpec { resource_attributes: Some(attributes), ..Default::default() };
    let review = SelfSubjectAccessReview { spec, ..SelfSubjectAccessReview::default() };
    let answer = Api::all(client.clone()).create(&PostParams::default(), &review).await.unwrap();
    answer.status.is_some_and(|status| status.allowed)
}

/// Somebody who holds verbs on a resource of ours and on its status, by a role of their own.
pub async fn holder(plane: &ControlPlane, user: &str, verbs: &[&str], resource: &str) -> Client {
    let name = format!("role-of-{user}");
    let role = ClusterRole {
        metadata: ObjectMeta { name: Some(name.clone()), ..ObjectMeta::default() },
        rules: Some(vec![PolicyRule {
            api_groups: Some(vec!["naas.dev".to_owned()]),
            resources: Some(vec![resource.to_owned(), format!("{resource}/status")]),
            verbs: verbs.iter().map(|verb| (*verb).to_owned()).collect(),
            ..PolicyRule::default()
        }]),
        ..ClusterRole::default()
    };
    Api::all(plane.client().unwrap()).create(&PostParams::default(), &role).await.unwrap();
    bound(plane, user, &[&name], None).await
}
