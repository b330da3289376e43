//! `tree`: intents with their segments, orders and products.

use super::cluster::{Cluster, patiently};
use super::{Error, Outcome, Output, Place, Terminal};
use crate::api::{ConnectivityIntent, ConnectivitySegment};

pub mod render;
pub mod view;

/// Of what.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// An intent (name or namespace/name), or a namespace; the present namespace where absent
    of: Option<String>,
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Shows the tree.
///
/// # Errors
/// There is no such intent or namespace, or the objects cannot be read.
pub async fn run(
    arguments: &Arguments,
    place: &Place,
    terminal: &mut Terminal<'_>,
) -> Result<Outcome, Error> {
    let cluster = Cluster::connect(place).await?;
    let read = read(&cluster, arguments.of.as_deref(), place);
    let (intents, segments) = patiently("reading from the API server", terminal, read).await?;
    terminal.show(arguments.output, view::tree(&intents, &segments).as_slice(), render::render)?;
    Ok(Outcome::Done)
}

async fn read(
    cluster: &Cluster,
    of: Option<&str>,
    place: &Place,
) -> Result<(Vec<ConnectivityIntent>, Vec<ConnectivitySegment>), Error> {
    let intents = match of {
        None => cluster.intents().await?,
        Some(name) => match cluster.intent(name).await {
            Ok(intent) => vec![intent],
            Err(missing @ Error::NotFound { .. }) => {
                let place =
                    Place { namespace: Some(name.to_owned()), all_namespaces: false, ..place.clone() };
                let intents = Cluster::connect(&place).await?.intents().await?;
                if intents.is_empty() {
                    return Err(missing);
                }
                intents
            }
            Err(error) => return Err(error),
        },
    };
    Ok((intents, cluster.segments().await?))
}
