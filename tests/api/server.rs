//! The same table against a real API server: what it accepts, and what it says to a user whom it refuses.

use std::time::Duration;

use kube::{
    Api, Client,
    api::{DynamicObject, ListParams, PostParams},
    core::{ApiResource, Status},
};
use naas_dev::controlplane::ControlPlane;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::cases::{Case, KINDS, Kind};

/// Far above what anything here takes, so that only what never happens runs into it.
const DEADLINE: Duration = Duration::from_secs(60);

/// A control plane that knows our kinds.
pub async fn plane() -> &'static ControlPlane {
    static READY: OnceCell<()> = OnceCell::const_new();
    let plane = ControlPlane::shared().await.unwrap();
    READY.get_or_init(|| define(plane)).await;
    plane
}

async fn define(plane: &ControlPlane) {
    let crds = concat!(env!("CARGO_MANIFEST_DIR"), "/crds");
    let applied = plane.kubectl().args(["apply", "--server-side", "-k", crds]).output().await.unwrap();
    let said =
        [applied.stdout, applied.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(applied.status.success() && !said.contains("Warning"), "{said}");
    for plural in KINDS {
        let api = objects(plane.client().unwrap(), &Kind::read(plural), None);
        let served = async {
            while api.list(&ListParams::default()).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(DEADLINE, served).await.unwrap_or_else(|_| panic!("{plural} are not served"));
    }
}

/// All objects of a kind, or those in a namespace.
pub fn objects(client: Client, kind: &Kind, namespace: Option<&str>) -> Api<DynamicObject> {
    let spec = &kind.crd["spec"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let resource = ApiResource {
        group: text(&spec["group"]),
        version: text(&spec["versions"][0]["name"]),
        api_version: text(&kind.base["apiVersion"]),
        kind: text(&kind.base["kind"]),
        plural: text(&spec["names"]["plural"]),
    };
    match namespace {
        Some(namespace) if spec["scope"] == "Namespaced" => {
            Api::namespaced_with(client, namespace, &resource)
        }
        _ => Api::all_with(client, &resource),
    }
}

/// An object under a name of its own, as it can be sent.
fn named(object: &Value, name: &str) -> DynamicObject {
    let mut object: DynamicObject = serde_json::from_value(object.clone()).unwrap();
    object.metadata.name = Some(name.to_owned());
    object
}

/// Creates an object with its status.
pub async fn create(api: &Api<DynamicObject>, object: &Value, name: &str) -> DynamicObject {
    let created = api.create(&PostParams::default(), &named(object, name)).await.unwrap();
    let Some(status) = object.get("status") else { return created };
    let mut with_status = created;
    with_status.data["status"] = status.clone();
    api.replace_status(name, &PostParams::default(), &with_status).await.unwrap()
}

#[tokio::test]
async fn the_api_server_judges_as_we_do() {
    let plane = plane().await;
    let namespace = plane.namespace("rules").await.unwrap();
    for plural in KINDS {
        let kind = Kind::read(plural);
        let api = objects(plane.client().unwrap(), &kind, Some(&namespace));
        for (number, case) in kind.cases.iter().enumerate() {
            let name = format!("case-{number}");
            let before = kind.before(case);
            let updates = kind.compares(case) || case.field.starts_with("status");
            let stored = if updates { Some(create(&api, &before, &name).await) } else { None };
            for change in &case.accepted {
                let answer = attempt(&api, &name, stored.as_ref(), &kind.after(case, change)).await;
                answer.unwrap_or_else(|status| panic!("{plural}: {} <- {change}: {status:?}", case.field));
            }
            for change in &case.refused {
                let answer = attempt(&api, &name, stored.as_ref(), &kind.after(case, change)).await;
                let status = answer.expect_err(&format!("{plural}: {} <- {change}", case.field));
                assert!(tells(&status, case), "{plural}: {} <- {change}: {status:?}", case.field);
            }
        }
    }
}

/// Creates the object or updates the stored one to it, without effect; a part that is the same is not sent.
async fn attempt(
    api: &Api<DynamicObject>,
    name: &str,
    stored: Option<&DynamicObject>,
    object: &Value,
) -> Result<DynamicObject, Box<Status>> {
    let without_effect = PostParams { dry_run: true, ..PostParams::default() };
    let mut object = named(object, name);
    let answer = match stored {
        None => api.create(&without_effect, &object).await,
        Some(stored) => {
            object.metadata = stored.metadata.clone();
            if object.data.get("status") == stored.data.get("status") {
                api.replace(name, &without_effect, &object).await
            } else {
                api.replace_status(name, &without_effect, &object).await
            }
        }
    };
    answer.map_err(|error| {
        let kube::Error::Api(status) = error else { panic!("not an answer of the API server: {error:?}") };
        status
    })
}

/// Whether the answer says what the rule says, and where to look.
fn tells(status: &Status, case: &Case) -> bool {
    status.code == 422 && status.message.contains(&case.rule) && status.message.contains(case.names())
}

#[tokio::test]
async fn two_ends_of_one_name_are_refused() {
    let plane = plane().await;
    let namespace = plane.namespace("ends").await.unwrap();
    let mut kind = Kind::read("connectivityintents");
    kind.base["spec"]["endpoints"][1]["name"] = "gpus".into();
    let api = objects(plane.client().unwrap(), &kind, Some(&namespace));
    let refusal = attempt(&api, "twins", None, &kind.base).await.unwrap_err();
    assert!(
        refusal.message.contains(r#"spec.endpoints[1]: Duplicate value: {"name":"gpus"}"#),
        "{refusal:?}"
    );
}

/// A template that leaves out a value often writes null.
#[tokio::test]
async fn null_counts_as_not_written() {
    let plane = plane().await;
    let namespace = plane.namespace("null").await.unwrap();
    let mut kind = Kind::read("connectivityintents");
    kind.base["spec"]["endpoints"][0]["cloud"] = Value::Null;
    kind.base["spec"]["mode"] = Value::Null;
    let api = objects(plane.client().unwrap(), &kind, Some(&namespace));
    let created = attempt(&api, "null", None, &kind.base).await.unwrap();
    assert_eq!(created.data["spec"]["mode"], "Manage");
    assert_eq!(created.data["spec"]["endpoints"][0].get("cloud"), None);
}
