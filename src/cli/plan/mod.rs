//! `plan`: what would be decided about intents, from files or against a cluster.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::cluster::{Cluster, patiently};
use super::manifests;
use super::world::World;
use super::{Error, Outcome, Output, Place, Terminal};
use crate::intent::gather::Surroundings;

pub mod prices;
pub mod render;
pub mod view;

/// What to plan.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Manifests and price lists: files, folders (not those below), or - for the standard input. Without --cluster they are all
    /// there is: sites, providers and namespaces belong to them
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
    for warning in &manifests.warnings {
        terminal.say(&format!("warning: {warning}"))?;
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
            "warning: there are prices of {0}, and no ConnectivityProvider {0}: they count for nothing",
            list.provider
        ))?;
    }
    // In files nobody answers late; in a cluster, who has not answered is waited for as the operator does.
    let patience = if online { Duration::MAX } else { Duration::ZERO };
    let surroundings = Surroundings { operators: &place.operators, held: arguments.held, patience, now };
    let plans = view::plans(&mut world, &keys, &manifests.prices, surroundings);
    if !online && let Some(missing) = missing(&world, &plans) {
        terminal.say(&format!("warning: {missing}"))?;
    }
    terminal.show(arguments.output, &plans, render::render)?;
    if plans.any_refusal() {
        return Err(Error::Usage("a manifest cannot be accepted as it is; the plan says why".to_owned()));
    }
    Ok(if plans.any_change() { Outcome::Changes } else { Outcome::Done })
}

/// What a plan rests on that is not among the files, where that may be why nothing would be ordered.
fn missing(world: &World, plans: &view::Plans) -> Option<String> {
    if plans.intents.is_empty() {
        return Some("there is no ConnectivityIntent among the files, so nothing is planned".to_owned());
    }
    let mut names = BTreeSet::new();
    for plan in plans.intents.iter().filter(|plan| plan.verdict == view::Verdict::Blocked) {
        let Some(intent) = world.intents.get(&plan.explanation.intent) else { continue };
        let spec = &intent.spec;
        let sites =
            spec.endpoints.iter().filter_map(|endpoint| endpoint.site.as_ref()).map(|site| &site.name);
        names
            .extend(sites.filter(|site| !world.sites.contains_key(*site)).map(|site| format!("Site {site}")));
        let class = spec.class_name.iter().filter(|class| !world.classes.contains_key(*class));
        names.extend(class.map(|class| format!("ConnectivityClass {class}")));
        let namespace = intent.metadata.namespace.iter();
        let namespace = namespace.filter(|namespace| !world.namespaces.contains_key(*namespace));
        names.extend(namespace.map(|namespace| format!("Namespace {namespace}")));
        if world.providers.is_empty() {
            names.insert("any ConnectivityProvider".to_owned());
        }
    }
    let names: Vec<String> = names.into_iter().collect();
    (!names.is_empty())
        .then(|| format!("not among the files: {}; add what has them, or --cluster", names.join(", ")))
}
