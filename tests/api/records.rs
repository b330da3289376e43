//! The record of orders against the API server: two field managers share the status of a segment, and whatever way
//! somebody writes it, an open order stays, an order id stays, and the sequence does not fall.

use kube::{
    Api,
    api::{DynamicObject, Patch, PatchParams, PostParams},
    core::Status,
};
use serde_json::{Value, json};

use crate::{
    cases::Kind,
    server::{create, objects, plane},
};

const OPEN: &str = "status.orders: an open order must not be removed";
const ID: &str = "status.orders: a recorded order id must not change";
const DROPPED: &str = "status: the record of orders must not be dropped";
const SEQUENCE: &str = "status.lastOrder: the sequence must not fall or disappear";

/// A segment without status, by a name of its own.
async fn segment(name: &str) -> Api<DynamicObject> {
    let kind = Kind::read("connectivitysegments");
    let api = objects(plane().await.client().unwrap(), &kind, None);
    let mut object = kind.base;
    object.as_object_mut().unwrap().remove("status");
    create(&api, &object, name).await;
    api
}

fn order(sequence: i64, state: &str, id: Option<&str>) -> Value {
    let mut order = json!({
        "sequence": sequence, "operation": "Add", "mark": format!("naas-4mzs6x2k/{sequence}"),
        "revision": 1, "digest": "d", "state": state,
    });
    if let Some(id) = id {
        order["orderId"] = id.into();
    }
    order
}

/// Applies a status as one of the managers that share it.
async fn apply(
    api: &Api<DynamicObject>,
    name: &str,
    manager: &str,
    status: Value,
) -> Result<DynamicObject, kube::Error> {
    apply_at(api, name, manager, status, None).await
}

async fn apply_at(
    api: &Api<DynamicObject>,
    name: &str,
    manager: &str,
    status: Value,
    version: Option<&str>,
) -> Result<DynamicObject, kube::Error> {
    let mut patch =
        json!({"apiVersion": "naas.dev/v1alpha1", "kind": "ConnectivitySegment", "status": status});
    if let Some(version) = version {
        patch["metadata"] = json!({"resourceVersion": version});
    }
    api.patch_status(name, &PatchParams::apply(manager), &Patch::Apply(patch)).await
}

fn refusal(answer: Result<DynamicObject, kube::Error>) -> Status {
    match answer {
        Err(kube::Error::Api(status)) => *status,
        other => panic!("not refused by the API server: {other:?}"),
    }
}

fn refused_for(answer: Result<DynamicObject, kube::Error>, rule: &str) {
    let status = refusal(answer);
    assert!(status.code == 422 && status.message.contains(rule), "{status:?}");
}

#[tokio::test]
async fn two_managers_share_the_status() {
    let (name, api) = ("shared", segment("shared").await);
    let record = |orders: Value, last: i64| json!({"orders": orders, "lastOrder": {"sequence": last}});
    apply(&api, name, "purchase", record(json!([order(1, "Intending", None)]), 1)).await.unwrap();
    apply(&api, name, "segment", json!({"state": "Ordering", "observedGeneration": 1})).await.unwrap();

    // Neither takes anything from the other.
    let placed = record(json!([order(1, "Placed", Some("o-1"))]), 1);
    apply(&api, name, "purchase", placed.clone()).await.unwrap();
    let both = apply(&api, name, "segment", json!({"state": "Changing"})).await.unwrap();
    assert_eq!(both.data["status"]["state"], "Changing");
    assert_eq!(both.data["status"].get("observedGeneration"), None);
    assert_eq!(both.data["status"]["orders"], placed["orders"]);

    // Only one writes orders.
    let meddled = json!({"orders": [order(1, "Settled", Some("o-1"))]});
    assert_eq!(refusal(apply(&api, name, "segment", meddled).await).code, 409);

    // What a manager leaves out goes, unless a rule holds it.
    refused_for(apply(&api, name, "purchase", json!({})).await, OPEN);
    refused_for(apply(&api, name, "purchase", json!({"lastOrder": {"sequence": 1}})).await, OPEN);
    refused_for(apply(&api, name, "purchase", json!({"orders": placed["orders"]})).await, SEQUENCE);
    refused_for(apply(&api, name, "purchase", record(json!([order(1, "Placed", Some("o-2"))]), 1)).await, ID);
    refused_for(apply(&api, name, "purchase", record(json!([order(1, "Placed", None)]), 1)).await, ID);
    refused_for(apply(&api, name, "purchase", record(placed["orders"].clone(), 0)).await, SEQUENCE);

    // A closed order may go; its number stays.
    apply(&api, name, "purchase", record(json!([order(1, "Settled", Some("o-1"))]), 1)).await.unwrap();
    let emptied = apply(&api, name, "purchase", record(json!([]), 1)).await.unwrap();
    assert_eq!(emptied.data["status"]["lastOrder"], json!({"sequence": 1}));
}

#[tokio::test]
async fn a_reservation_on_an_old_view_is_a_conflict() {
    let (name, api) = ("conflict", segment("conflict").await);
    let seen = api.get(name).await.unwrap().metadata.resource_version.unwrap();
    let record = |state: &str| json!({"orders": [order(1, state, None)], "lastOrder": {"sequence": 1}});
    apply_at(&api, name, "purchase", record("Intending"), Some(&seen)).await.unwrap();
    let late = apply_at(&api, name, "purchase", record("Unknown"), Some(&seen)).await;
    assert_eq!(refusal(late).code, 409);
}

#[tokio::test]
async fn no_kind_of_write_loses_an_open_order() {
    let (name, api) = ("writes", segment("writes").await);
    let record = json!({"orders": [order(7, "Placed", Some("o-7"))], "lastOrder": {"sequence": 7}});
    let stored = apply(&api, name, "purchase", record.clone()).await.unwrap();
    let merge = async |status: Value| {
        api.patch_status(name, &PatchParams::default(), &Patch::Merge(json!({"status": status}))).await
    };
    refused_for(merge(Value::Null).await, DROPPED);
    refused_for(merge(json!({"orders": null})).await, OPEN);
    refused_for(merge(json!({"orders": []})).await, OPEN);
    refused_for(merge(json!({"lastOrder": null})).await, SEQUENCE);
    refused_for(merge(json!({"lastOrder": {"sequence": 6}})).await, SEQUENCE);

    let json_patch = async |operation: Value| {
        let patch = Patch::Json::<()>(serde_json::from_value(json!([operation])).unwrap());
        api.patch_status(name, &PatchParams::default(), &patch).await
    };
    refused_for(json_patch(json!({"op": "remove", "path": "/status"})).await, DROPPED);
    refused_for(json_patch(json!({"op": "remove", "path": "/status/orders/0"})).await, OPEN);
    let other = json!({"op": "replace", "path": "/status/orders/0/orderId", "value": "o-8"});
    refused_for(json_patch(other).await, ID);
    let renamed = json!({"op": "replace", "path": "/status/orders/0/mark", "value": "naas-4mzs6x2k/8"});
    refused_for(json_patch(renamed).await, OPEN);

    let mut without = stored;
    without.data.as_object_mut().unwrap().remove("status");
    refused_for(api.replace_status(name, &PostParams::default(), &without).await, DROPPED);
    // A write of the object itself does not reach its status.
    let kept = api.replace(name, &PostParams::default(), &without).await.unwrap();
    assert_eq!(kept.data["status"], record);
}
