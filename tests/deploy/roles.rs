//! Who may do what, by role alone.

use std::collections::BTreeSet;

use k8s_openapi::{
    api::{
        authorization::v1::{SelfSubjectRulesReview, SelfSubjectRulesReviewSpec},
        core::v1::{Namespace, Secret},
        events::v1::Event,
    },
    apimachinery::pkg::apis::meta::v1::MicroTime,
};
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, ListParams, ObjectMeta, Patch, PatchParams, PostParams},
};
use naas_operator::api::{ConnectivityIntent, ConnectivityProvider, ConnectivitySegment, FINALIZER, Site};
use serde_json::{Value, json};

use crate::cluster::{NAMESPACE, bound, lacks_role, operator, plane, sample, segment};

fn finalizer(uid: &str) -> Patch<()> {
    let patch = json!([
        {"op": "test", "path": "/metadata/uid", "value": uid},
        {"op": "add", "path": "/metadata/finalizers", "value": [FINALIZER]},
    ]);
    Patch::Json(serde_json::from_value(patch).unwrap())
}

fn apply(kind: &str, body: Value) -> Patch<Value> {
    let mut patch = json!({"apiVersion": "naas.dev/v1alpha1", "kind": kind});
    patch.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    Patch::Apply(patch)
}

fn secret(name: &str) -> Secret {
    let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
    Secret { metadata, ..Secret::default() }
}

/// All that somebody may do in a namespace, beyond what everybody may: `verb group/resource`.
async fn rights(client: &Client, namespace: &str) -> BTreeSet<String> {
    let spec = SelfSubjectRulesReviewSpec { namespace: Some(namespace.to_owned()) };
    let review = SelfSubjectRulesReview { spec, ..SelfSubjectRulesReview::default() };
    let review = Api::all(client.clone()).create(&PostParams::default(), &review).await.unwrap();
    let mut rights = BTreeSet::new();
    for rule in review.status.unwrap().resource_rules {
        for group in rule
            .api_groups
            .iter()
            .flatten()
            .filter(|group| !group.ends_with(".k8s.io") || *group == "events.k8s.io")
        {
            for resource in rule.resources.iter().flatten() {
                rights.extend(rule.verbs.iter().map(|verb| format!("{verb} {group}/{resource}")));
            }
        }
    }
    rights
}

fn expected(lines: &[(&str, &str)]) -> BTreeSet<String> {
    let each = lines.iter().flat_map(|(verbs, on)| verbs.split(' ').map(move |verb| format!("{verb} {on}")));
    each.collect()
}

#[tokio::test]
async fn the_operator_may_do_what_it_needs_and_no_more() {
    let plane = plane().await;
    let operator = operator(plane).await;
    let elsewhere = [
        ("get list watch patch", "naas.dev/connectivityintents"),
        ("get list watch patch", "naas.dev/connectivityproviders"),
        ("get list watch patch", "naas.dev/sites"),
        ("get list watch create patch delete", "naas.dev/connectivitysegments"),
        ("get list watch", "naas.dev/connectivitybudgets"),
        ("patch", "naas.dev/connectivitybudgets/status"),
        ("get list watch", "naas.dev/connectivityclasses"),
        ("patch", "naas.dev/connectivityclasses/status"),
        ("get list watch", "naas.dev/connectivitydecisions"),
        ("get list watch", "naas.dev/interconnects"),
        ("patch", "naas.dev/connectivitydecisions/status"),
        ("patch", "naas.dev/connectivityintents/status"),
        ("patch", "naas.dev/connectivityproviders/status"),
        ("patch", "naas.dev/connectivitysegments/status"),
        ("patch", "naas.dev/sites/status"),
        ("get list watch", "/namespaces"),
        ("create patch", "events.k8s.io/events"),
    ];
    assert_eq!(rights(&operator, "default").await, expected(&elsewhere));
    let at_home = [&elsewhere[..], &[("get list watch", "/secrets")]].concat();
    assert_eq!(rights(&operator, NAMESPACE).await, expected(&at_home));
}

#[tokio::test]
async fn the_operator_works_on_every_kind() {
    let plane = plane().await;
    let (admin, operator) = (plane.client().unwrap(), operator(plane).await);
    let namespace = plane.namespace("workload").await.unwrap();
    let (create, manager) = (PostParams::default(), PatchParams::apply("naas-operator/status"));
    let status = |kind| apply(kind, json!({"status": {"observedGeneration": 1}}));

    let intent: ConnectivityIntent = sample("worked-on");
    let uid =
        Api::namespaced(admin.clone(), &namespace).create(&create, &intent).await.unwrap().uid().unwrap();
    let intents: Api<ConnectivityIntent> = Api::namespaced(operator.clone(), &namespace);
    intents.patch("worked-on", &PatchParams::default(), &finalizer(&uid)).await.unwrap();
    intents.patch_status("worked-on", &manager, &status("ConnectivityIntent")).await.unwrap();
    assert!(lacks_role(intents.delete("worked-on", &DeleteParams::default()).await));
    assert!(lacks_role(intents.create(&create, &sample("forged")).await));

    let provider: ConnectivityProvider = sample("worked-on");
    let uid = Api::all(admin.clone()).create(&create, &provider).await.unwrap().uid().unwrap();
    let providers: Api<ConnectivityProvider> = Api::all(operator.clone());
    providers.patch("worked-on", &PatchParams::default(), &finalizer(&uid)).await.unwrap();
    providers.patch_status("worked-on", &manager, &status("ConnectivityProvider")).await.unwrap();
    assert!(lacks_role(providers.delete("worked-on", &DeleteParams::default()).await));

    let site: Site = sample("worked-on");
    let uid = Api::all(admin.clone()).create(&create, &site).await.unwrap().uid().unwrap();
    let sites: Api<Site> = Api::all(operator.clone());
    sites.patch("worked-on", &PatchParams::default(), &finalizer(&uid)).await.unwrap();
    sites.patch_status("worked-on", &manager, &status("Site")).await.unwrap();
    assert!(lacks_role(sites.delete("worked-on", &DeleteParams::default()).await));

    let segments: Api<ConnectivitySegment> = Api::all(operator.clone());
    let spec = serde_json::to_value(segment("worked-on").spec).unwrap();
    let patch = apply(
        "ConnectivitySegment",
        json!({"metadata": {"name": "worked-on", "finalizers": [FINALIZER]}, "spec": spec}),
    );
    segments.patch("worked-on", &PatchParams::apply("naas-operator/spec"), &patch).await.unwrap();
    segments.patch_status("worked-on", &manager, &status("ConnectivitySegment")).await.unwrap();
    segments.delete("worked-on", &DeleteParams::default()).await.unwrap();
    let nothing = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    segments.patch("worked-on", &PatchParams::default(), &nothing).await.unwrap();
    assert!(segments.get_opt("worked-on").await.unwrap().is_none());

    Api::<Namespace>::all(operator.clone()).get("kube-system").await.unwrap();
    for place in [namespace.as_str(), "default"] {
        let event = Event {
            metadata: ObjectMeta { generate_name: Some("naas-".to_owned()), ..ObjectMeta::default() },
            event_time: Some(MicroTime("2026-01-01T00:00:00Z".parse().unwrap())),
            reporting_controller: Some("naas-operator".to_owned()),
            reporting_instance: Some("naas-operator-0".to_owned()),
            action: Some("Order".to_owned()),
            reason: Some("OrderPlaced".to_owned()),
            type_: Some("Normal".to_owned()),
            regarding: Some(k8s_openapi::api::core::v1::ObjectReference {
                namespace: Some(place.to_owned()),
                ..Default::default()
            }),
            ..Event::default()
        };
        Api::namespaced(operator.clone(), place).create(&create, &event).await.unwrap();
    }
}

#[tokio::test]
async fn the_operator_reads_credentials_at_home_only() {
    let plane = plane().await;
    let (admin, operator) = (plane.client().unwrap(), operator(plane).await);
    let elsewhere = plane.namespace("secretive").await.unwrap();
    for namespace in [NAMESPACE, &elsewhere] {
        let secrets = Api::namespaced(admin.clone(), namespace);
        secrets.create(&PostParams::default(), &secret("metro-fiber")).await.unwrap();
    }
    let at_home: Api<Secret> = Api::namespaced(operator.clone(), NAMESPACE);
    at_home.get("metro-fiber").await.unwrap();
    assert!(lacks_role(at_home.create(&PostParams::default(), &secret("forged")).await));
    assert!(lacks_role(at_home.delete("metro-fiber", &DeleteParams::default()).await));
    let secrets: Api<Secret> = Api::namespaced(operator.clone(), &elsewhere);
    assert!(lacks_role(secrets.get("metro-fiber").await));
    assert!(lacks_role(secrets.list(&ListParams::default()).await));
    assert!(lacks_role(Api::<Secret>::all(operator).list(&ListParams::default()).await));
}

#[tokio::test]
async fn a_tenant_asks_in_its_own_namespace_and_touches_nothing_else() {
    let plane = plane().await;
    let admin = plane.client().unwrap();
    let (own, other) =
        (plane.namespace("tenant").await.unwrap(), plane.namespace("neighbour").await.unwrap());
    let tenant = bound(plane, "tenant", &["admin", "naas-requester"], Some(&own)).await;
    let create = PostParams::default();

    let intents: Api<ConnectivityIntent> = Api::namespaced(tenant.clone(), &own);
    intents.create(&create, &sample("mine")).await.unwrap();
    let bandwidth = Patch::Merge(json!({"spec": {"bandwidth": {"committed": "3G"}}}));
    intents.patch("mine", &PatchParams::default(), &bandwidth).await.unwrap();
    let ready = Patch::Merge(json!({"status": {"state": "Active"}}));
    assert!(lacks_role(intents.patch_status("mine", &PatchParams::default(), &ready).await));
    intents.delete("mine", &DeleteParams::default()).await.unwrap();
    let others: Api<ConnectivityIntent> = Api::namespaced(tenant.clone(), &other);
    assert!(lacks_role(others.create(&create, &sample("theirs")).await));
    assert!(lacks_role(others.list(&ListParams::default()).await));

    Api::all(admin.clone()).create(&create, &segment("tenants")).await.unwrap();
    let segments: Api<ConnectivitySegment> = Api::all(tenant.clone());
    assert!(lacks_role(segments.create(&create, &segment("forged")).await));
    let wanted = Patch::Merge(json!({"spec": {"suspend": true}}));
    assert!(lacks_role(segments.patch("tenants", &PatchParams::default(), &wanted).await));
    let gone = Patch::Merge(json!({"status": {"state": "Gone"}}));
    assert!(lacks_role(segments.patch_status("tenants", &PatchParams::default(), &gone).await));
    assert!(lacks_role(segments.delete("tenants", &DeleteParams::default()).await));
    assert!(lacks_role(segments.delete_collection(&DeleteParams::default(), &ListParams::default()).await));

    assert!(lacks_role(
        Api::<ConnectivityProvider>::all(tenant.clone()).create(&create, &sample("forged")).await
    ));
    assert!(lacks_role(Api::<Site>::all(tenant.clone()).create(&create, &sample("forged")).await));
    let secrets: Api<Secret> = Api::namespaced(tenant.clone(), NAMESPACE);
    assert!(lacks_role(secrets.list(&ListParams::default()).await));
    assert!(lacks_role(secrets.get("metro-fiber").await));
    // Its own it may, being the namespace's administrator.
    Api::<Secret>::namespaced(tenant, &own).list(&ListParams::default()).await.unwrap();
}

#[tokio::test]
async fn the_platform_team_keeps_accounts_and_sites() {
    let plane = plane().await;
    let namespace = plane.namespace("platform").await.unwrap();
    let platform = bound(plane, "platform", &["naas-platform"], None).await;
    let (create, delete) = (PostParams::default(), DeleteParams::default());

    let providers: Api<ConnectivityProvider> = Api::all(platform.clone());
    providers.create(&create, &sample("platforms")).await.unwrap();
    let enabled = Patch::Merge(json!({"spec": {"purchasing": "Enabled"}}));
    providers.patch("platforms", &PatchParams::default(), &enabled).await.unwrap();
    providers.delete("platforms", &delete).await.unwrap();
    let sites: Api<Site> = Api::all(platform.clone());
    sites.create(&create, &sample("platforms")).await.unwrap();
    sites.delete("platforms", &delete).await.unwrap();

    Api::<ConnectivitySegment>::all(platform.clone()).list(&ListParams::default()).await.unwrap();
    assert!(lacks_role(
        Api::<ConnectivitySegment>::all(platform.clone()).create(&create, &segment("forged")).await
    ));
    Api::<ConnectivityIntent>::all(platform.clone()).list(&ListParams::default()).await.unwrap();
    let intents: Api<ConnectivityIntent> = Api::namespaced(platform.clone(), &namespace);
    assert!(lacks_role(intents.create(&create, &sample("forged")).await));
    assert!(lacks_role(Api::<Secret>::namespaced(platform, NAMESPACE).list(&ListParams::default()).await));
}

/// Bound everywhere, so that nothing in a role hides because it is not of a namespace.
#[tokio::test]
async fn roles_for_people_hold_this_and_no_more() {
    let plane = plane().await;
    let (see, write) = ("get list watch", "get list watch create update patch delete");
    let (intents, providers) = ("naas.dev/connectivityintents", "naas.dev/connectivityproviders");
    let (segments, sites) = ("naas.dev/connectivitysegments", "naas.dev/sites");
    let (decisions, budgets) = ("naas.dev/connectivitydecisions", "naas.dev/connectivitybudgets");
    let (classes, interconnects) = ("naas.dev/connectivityclasses", "naas.dev/interconnects");
    let all = [intents, providers, segments, sites, decisions, budgets, classes, interconnects];
    let roles = [
        ("naas-viewer", all.map(|kind| (see, kind)).to_vec()),
        ("naas-requester", vec![(write, intents)]),
        ("naas-approver", vec![("get list watch create delete", decisions), (see, intents)]),
        (
            "naas-platform",
            vec![
                (see, intents),
                (write, providers),
                (see, segments),
                (write, sites),
                (see, decisions),
                (write, budgets),
                (write, interconnects),
                (write, classes),
            ],
        ),
    ];
    for (role, lines) in roles {
        let person = bound(plane, &format!("person-{role}"), &[role], None).await;
        assert_eq!(rights(&person, "default").await, expected(&lines), "{role}");
    }
}
