//! `events`: what happened to an intent and its segments, oldest first.

use k8s_openapi::api::core::v1::Event;
use kube::Api;
use kube::api::ListParams;

use super::cluster::{Cluster, patiently};
use super::{Error, Outcome, Output, Place, Terminal};

pub mod render;
pub mod view;

/// Of which intent.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The intent: its name, or namespace/name
    intent: String,
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Events about what is in no namespace are kept here.
const NOWHERE: &str = "default";

/// Shows the events.
///
/// # Errors
/// The intent or its events cannot be read.
pub async fn run(
    arguments: &Arguments,
    place: &Place,
    terminal: &mut Terminal<'_>,
) -> Result<Outcome, Error> {
    let cluster = Cluster::connect(place).await?;
    let read = async {
        let intent = cluster.intent(&arguments.intent).await?;
        let uid = intent.metadata.uid.clone().unwrap_or_default();
        let namespace = intent.metadata.namespace.clone().unwrap_or_default();
        let mut events = about(&cluster.within(&namespace), &uid).await?;
        for segment in cluster.segments_if_allowed().await?.unwrap_or_default() {
            let of_segment = segment.metadata.uid.as_deref().filter(|_| segment.spec.intent_ref.uid == uid);
            let Some(of_segment) = of_segment else { continue };
            match about(&cluster.within(NOWHERE), of_segment).await {
                Ok(more) => events.extend(more),
                // The intent's own events say the same in fewer words.
                Err(Error::Forbidden { .. }) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(events)
    };
    let events = patiently("reading from the API server", terminal, read).await?;
    terminal.show(arguments.output, view::happenings(&events).as_slice(), render::render)?;
    Ok(Outcome::Done)
}

async fn about(api: &Api<Event>, uid: &str) -> Result<Vec<Event>, Error> {
    let of_object = ListParams::default().fields(&format!("involvedObject.uid={uid}"));
    let listed = api.list(&of_object).await.map_err(|why| Error::of_cluster("list events", &why))?;
    Ok(listed.items)
}
