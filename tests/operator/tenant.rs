//! What a tenant with the built-in `admin` role plus `naas-requester` in its own namespace can and cannot do.

use k8s_openapi::api::core::v1::Secret;
use kube::Client;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use naas_operator::api::{ConnectivityIntent, ConnectivityProvider, ConnectivitySegment, Site};
use serde_json::json;

use crate::world::{Stage, instant, kubectl, open, plane, until};

async fn tenant(stage: &Stage) -> Client {
    let plane = plane().await;
    let user = stage.name("alice");
    for role in ["admin", "naas-requester"] {
        let name = format!("{user}-{role}");
        let args =
            ["create", "rolebinding", &name, "--clusterrole", role, "--user", &user, "-n", &stage.namespace];
        let (ok, text) = kubectl(plane, &args).await;
        assert!(ok, "{text}");
    }
    Client::try_from(plane.user(&user, &[]).unwrap()).unwrap()
}

fn forbidden<T: std::fmt::Debug>(result: Result<T, kube::Error>) {
    match result {
        Err(kube::Error::Api(status)) if status.code == 403 => {}
        other => panic!("not forbidden: {other:?}"),
    }
}

#[tokio::test]
async fn a_tenant_buys_within_limits_and_touches_no_segment() {
    let stage = Stage::new("tenant").await;
    let metro = open(instant("metro-fiber", |_| {})).await;
    stage.sites().await;
    stage
        .provider("metro-fiber", &metro, |d| d["spec"]["limits"]["total"]["monthly"] = json!("1500.00"))
        .await;
    let client = tenant(&stage).await;
    let intents: Api<ConnectivityIntent> = Api::namespaced(client.clone(), &stage.namespace);

    intents
        .create(&PostParams::default(), &stage.intent("checkpoints", |_| {}))
        .await
        .expect("a tenant may ask");
    stage.reason("checkpoints", "Active").await;

    // A second one would go beyond what the platform team allows through this account, whatever its own budget says.
    let second = stage.intent("checkpoints", |d| {
        d["metadata"]["name"] = json!("second");
        d["spec"]["endpoints"][1].as_object_mut().unwrap().remove("vlan");
        d["spec"]["budget"]["monthly"] = json!("999999.00");
    });
    intents.create(&PostParams::default(), &second).await.unwrap();
    stage.reason("second", "AboveProviderLimit").await;
    assert_eq!(metro.seller.audit().unwrap().money["USD"].monthly.to_string(), "1125.00");

    let segments: Api<ConnectivitySegment> = Api::all(client.clone());
    let mine = stage.segments().await.remove(0);
    let name = mine.metadata.name.clone().unwrap();
    let dearer = Patch::Merge(json!({"spec": {"authority": {"monthly": "999999.00"}}}));
    let forged = Patch::Merge(json!({"status": {"orders": []}}));
    forbidden(segments.patch(&name, &PatchParams::default(), &dearer).await);
    forbidden(segments.patch_status(&name, &PatchParams::default(), &forged).await);
    forbidden(segments.delete(&name, &DeleteParams::default()).await);
    let copy = ConnectivitySegment::new("forged", mine.spec.clone());
    forbidden(segments.create(&PostParams::default(), &copy).await);

    let secrets: Api<Secret> = Api::namespaced(client.clone(), "naas-system");
    forbidden(secrets.list(&Default::default()).await);
    let providers: Api<ConnectivityProvider> = Api::all(client.clone());
    let limits = Patch::Merge(json!({"spec": {"limits": {"total": {"monthly": "999999.00"}}}}));
    forbidden(providers.patch(&stage.name("metro-fiber"), &PatchParams::default(), &limits).await);
    let sites: Api<Site> = Api::all(client.clone());
    forbidden(
        sites
            .patch(&stage.name("ashburn-gpu"), &PatchParams::default(), &Patch::Merge(json!({"spec": {}})))
            .await,
    );
}

#[tokio::test]
async fn a_tenant_cannot_use_what_is_not_offered_to_it() {
    let stage = Stage::new("not-offered").await;
    let metro = open(instant("metro-fiber", |_| {})).await;
    stage.sites().await;
    stage
        .provider("metro-fiber", &metro, |d| {
            d["spec"]["consumers"] = json!({"namespaces": ["somebody-else"]})
        })
        .await;
    stage.create(&stage.intent("checkpoints", |_| {})).await;
    stage.reason("checkpoints", "NotAllowed").await;

    // The account is offered now, and the port at one end is not.
    let sites: Api<Site> = Api::all(stage.client.clone());
    let ports = json!([{"op": "remove", "path": "/spec/ports/0/consumers"}]);
    let patch: Patch<()> = Patch::Json(serde_json::from_value(ports).unwrap());
    sites.patch(&stage.name("chicago-store"), &PatchParams::default(), &patch).await.unwrap();
    let providers: Api<ConnectivityProvider> = Api::all(stage.client.clone());
    let offer = Patch::Merge(json!({"spec": {"consumers": {"namespaces": [stage.namespace]}}}));
    providers.patch(&stage.name("metro-fiber"), &PatchParams::default(), &offer).await.unwrap();
    until("the port is named", || async {
        let intent = stage.intents().get("checkpoints").await.unwrap();
        let (reason, words) = crate::world::ready(&intent);
        (reason == "NotAllowed" && words.contains("its ports at")).then_some(())
    })
    .await;
    assert!(metro.calls().keys().all(|call| !call.contains("POST")), "nothing was asked of the seller");
}
