//! `plan`: what would be decided about intents, from files or against a cluster.

use std::path::PathBuf;
use std::time::Duration;

use super::cluster::{Cluster, patiently};
use super::manifests;
use super::{Error, Outcome, Output, Place, Terminal};
use crate::intent::gather::Surroundings;

pub mod prices;
pub mod render;
pub mod view;

/// What to plan.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Manifests and price lists: files, folders, or - for the standard input. Without --cluster they are all there is
    #[arg(short, long = "filename", num_args = 1.., value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the files say comes on top of what is in the cluster; the default where no file is named
    #[arg(long)]
    cluster: bool,
    /// The operator holds all purchases
    #[arg(long)]
    held: bool,
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Plans, and tells whether there is anything to do.
///
/// # Errors
/// Files or objects cannot be read, or a manifest cannot be accepted.
pub async fn run(
    arguments: &Arguments,
    place: &Place,
    terminal: &mut Terminal<'_>,
) -> Result<Outcome, Error> {
    let now = (terminal.now)();
    let online = arguments.cluster || arguments.files.is_empty();
    let cluster = if online { Some(Cluster::connect(place).await?) } else { None };
    let namespace = match &cluster {
        Some(cluster) => cluster.namespace.clone(),
        None => place.namespace.clone().unwrap_or_else(|| "default".to_owned()),
    };
    let manifests = manifests::read(&arguments.files, &namespace, now)?;
    for unknown in &manifests.unknown_fields {
        terminal.say(&format!("warning: {unknown}"))?;
    }
    let mut keys: Vec<String> = manifests.world.intents.keys().cloned().collect();
    let mut world = manifests.world;
    if let Some(cluster) = &cluster {
        let mut there = patiently("reading from the API server", terminal, cluster.world()).await?;
        there.merge(world, now);
        world = there;
        if keys.is_empty() {
            keys = world.intents.keys().cloned().collect();
        }
    }
    for list in manifests.prices.iter().filter(|list| !world.providers.contains_key(&list.provider)) {
        terminal.say(&format!(
            "warning: there are prices of {0}, and no ConnectivityProvider {0}",
            list.provider
        ))?;
    }
    // In files nobody answers late; in a cluster, who has not answered is waited for as the operator does.
    let patience = if online { Duration::MAX } else { Duration::ZERO };
    let surroundings = Surroundings { operators: &place.operators, held: arguments.held, patience, now };
    let plans = view::plans(&mut world, &keys, &manifests.prices, surroundings);
    terminal.show(arguments.output, &plans, render::render)?;
    if plans.any_refusal() {
        return Err(Error::Usage("a manifest cannot be accepted as it is; the plan says why".to_owned()));
    }
    Ok(if plans.any_change() { Outcome::Changes } else { Outcome::Done })
}
