//! `suspend` and `resume`: no order of any kind is started for an intent, or they are again.

use kube::api::{Patch, PatchParams};
use serde_json::json;

use super::cluster::Cluster;
use super::{Error, Outcome, Place, Terminal};
use crate::api::ConnectivityIntent;

/// Which intent.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The intent: its name, or namespace/name
    intent: String,
}

/// Writes `spec.suspend`.
///
/// # Errors
/// The intent cannot be read or written.
pub async fn run(
    arguments: &Arguments,
    suspend: bool,
    place: &Place,
    terminal: &mut Terminal<'_>,
) -> Result<Outcome, Error> {
    let cluster = Cluster::connect(place).await?;
    let intent = cluster.intent(&arguments.intent).await?;
    let key = super::explain::view::key(&intent);
    if intent.spec.suspend == suspend {
        let word = if suspend { "suspended" } else { "not suspended" };
        terminal.say(&format!("{key} is {word} already"))?;
        return Ok(Outcome::Done);
    }
    let (namespace, name) = key.split_once('/').unwrap_or_default();
    let api = cluster.within::<ConnectivityIntent>(namespace);
    // What was read is what is written: an intent that was made anew in between is another one.
    let patch = Patch::Merge(json!({
        "metadata": {"uid": intent.metadata.uid},
        "spec": {"suspend": suspend},
    }));
    api.patch(name, &PatchParams::default(), &patch)
        .await
        .map_err(|why| Error::of_cluster(&format!("change intent {key}"), &why))?;
    let told = if suspend {
        "no order of any kind is started any more; what is ordered already is still followed"
    } else {
        "orders are started again, as its budget and the platform team's limits allow"
    };
    terminal.say(&format!("{key}: {told}"))?;
    Ok(Outcome::Done)
}
