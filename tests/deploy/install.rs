//! The manifests themselves: what they become in a cluster.

use std::collections::BTreeSet;

use k8s_openapi::api::{
    admissionregistration::v1::{ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding},
    apps::v1::Deployment,
    core::v1::{ConfigMap, Pod},
    rbac::v1::{ClusterRole, Role},
};
use kube::{
    Api, ResourceExt,
    api::{ListParams, ObjectMeta, PostParams},
};

use crate::cluster::{NAMESPACE, listening, plane, until};

async fn deployment() -> Deployment {
    Api::namespaced(plane().await.client().unwrap(), NAMESPACE).get("naas-operator").await.unwrap()
}

/// Nothing runs pods here, but everything that admits them is real: the namespace enforces the restricted standard.
#[tokio::test]
async fn its_pod_is_admitted() {
    let template = deployment().await.spec.template;
    let pod = Pod {
        metadata: ObjectMeta { name: Some("operator".to_owned()), ..template.metadata.unwrap() },
        spec: template.spec,
        ..Pod::default()
    };
    let pods: Api<Pod> = Api::namespaced(plane().await.client().unwrap(), NAMESPACE);
    let dry_run = PostParams { dry_run: true, ..PostParams::default() };
    pods.create(&dry_run, &pod).await.unwrap();

    let mut careless = pod;
    careless.spec.as_mut().unwrap().containers[0].security_context = None;
    let error = pods.create(&dry_run, &careless).await.unwrap_err().to_string();
    assert!(error.contains("violates PodSecurity \"restricted"), "{error}");
}

#[tokio::test]
async fn one_runs_at_a_time() {
    let spec = deployment().await.spec;
    assert_eq!(spec.replicas, Some(1));
    assert_eq!(spec.strategy.unwrap().type_.as_deref(), Some("Recreate"));
}

/// A default would be shared by two installations one day, and one would find the other's orders.
#[tokio::test]
async fn the_owner_id_comes_from_a_config_map_and_has_no_default() {
    let container = deployment().await.spec.template.spec.unwrap().containers.swap_remove(0);
    let owner = container.env.unwrap().into_iter().find(|variable| variable.name == "NAAS_OWNER_ID").unwrap();
    assert_eq!(owner.value, None);
    let reference = owner.value_from.unwrap().config_map_key_ref.unwrap();
    assert_ne!(reference.optional, Some(true));
    let maps: Api<ConfigMap> = Api::namespaced(plane().await.client().unwrap(), NAMESPACE);
    // The generated name changes with the content, so another id rolls the pod.
    assert_eq!(maps.get(&reference.name).await.unwrap().data.unwrap()[&reference.key], "acme");
    assert_eq!(maps.get_opt("naas-operator").await.unwrap(), None);
}

/// What README.md shows for listening to sellers is taken, and reaches the port that the flag opens.
#[tokio::test]
async fn listening_to_sellers_is_an_option() {
    let overlay = listening("acme");
    let mut kubectl = plane().await.kubectl();
    let dry_run = ["apply", "--server-side", "--dry-run=server", "-o", "json", "-k"];
    let applied = kubectl.args(dry_run).arg(overlay.path()).output().await.unwrap();
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    let list: serde_json::Value = serde_json::from_slice(&applied.stdout).unwrap();
    let find = |kind: &str, name: &str| {
        let named = |item: &&serde_json::Value| item["kind"] == kind && item["metadata"]["name"] == name;
        list["items"].as_array().unwrap().iter().find(named).unwrap().clone()
    };
    let deployment: Deployment = serde_json::from_value(find("Deployment", "naas-operator")).unwrap();
    let container = deployment.spec.template.spec.unwrap().containers.swap_remove(0);
    let env = container.env.unwrap();
    let variable = |name: &str| env.iter().find(|variable| variable.name == name).unwrap().clone();
    let port =
        container.ports.unwrap().into_iter().find(|port| port.name.as_deref() == Some("notify")).unwrap();
    let listen = variable("NAAS_NOTIFY_LISTEN").value.unwrap();
    assert_eq!(listen, format!("0.0.0.0:{}", port.container_port));
    let url = variable("NAAS_NOTIFY_URL").value_from.unwrap().config_map_key_ref.unwrap();
    let map = find("ConfigMap", &url.name);
    assert!(map["data"][url.key].as_str().unwrap().starts_with("https://"));
    assert_eq!(find("Service", "naas-operator-notify")["spec"]["ports"][0]["targetPort"], "notify");
    assert!(variable("NAAS_OWNER_ID").value_from.is_some(), "what was there stays");
}

#[tokio::test]
async fn no_role_of_ours_has_a_wildcard_or_aggregates() {
    let client = plane().await.client().unwrap();
    let ours = ListParams::default().labels("app.kubernetes.io/part-of=naas-operator");
    let cluster_roles = Api::<ClusterRole>::all(client.clone()).list(&ours).await.unwrap().items;
    let names: BTreeSet<_> = cluster_roles.iter().map(ResourceExt::name_any).collect();
    let expected = ["naas-approver", "naas-operator", "naas-platform", "naas-requester", "naas-viewer"];
    assert_eq!(names, expected.map(str::to_owned).into());
    assert!(cluster_roles.iter().all(|role| role.aggregation_rule.is_none()));
    for role in &cluster_roles {
        assert!(role.labels().keys().all(|label| !label.contains("aggregate")), "{}", role.name_any());
    }
    let roles = Api::<Role>::all(client).list(&ours).await.unwrap().items;
    assert_eq!(roles.len(), 1);
    let rules = cluster_roles
        .into_iter()
        .filter_map(|role| role.rules)
        .chain(roles.into_iter().filter_map(|role| role.rules));
    for rule in rules.flatten() {
        let lists = [Some(rule.verbs), rule.resources, rule.api_groups];
        assert!(lists.into_iter().flatten().flatten().all(|word| !word.contains('*')));
    }
}

/// The API server finds no fault with the expressions, and every policy is bound.
#[tokio::test]
async fn policies_are_sound_and_bound() {
    let client = plane().await.client().unwrap();
    let policies: Api<ValidatingAdmissionPolicy> = Api::all(client.clone());
    let ours = ListParams::default().labels("app.kubernetes.io/part-of=naas-operator");
    let names: BTreeSet<_> = policies.list(&ours).await.unwrap().iter().map(ResourceExt::name_any).collect();
    assert_eq!(names.len(), 6);
    for name in &names {
        until(&format!("{name} is checked"), async || {
            let status = policies.get(name).await.unwrap().status;
            status.is_some_and(|status| status.observed_generation.is_some())
        })
        .await;
        let checked = policies.get(name).await.unwrap().status.unwrap().type_checking;
        let warnings = checked.and_then(|checking| checking.expression_warnings).unwrap_or_default();
        assert!(warnings.is_empty(), "{name}: {warnings:?}");
    }
    let bindings: Api<ValidatingAdmissionPolicyBinding> = Api::all(client);
    let bound = bindings.list(&ours).await.unwrap();
    let bound = bound.iter().map(|binding| binding.spec.policy_name.clone());
    assert_eq!(bound.collect::<BTreeSet<_>>(), names);
}
