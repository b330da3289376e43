//! `explain`: all there is to say of one intent, on one screen.

pub mod render;
pub mod view;

use std::sync::Arc;

use super::cluster::{Cluster, patiently};
use super::{Error, Outcome, Output, Place, Terminal};

/// What to explain.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The intent: its name, or namespace/name
    intent: String,
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
}

/// Explains one intent.
///
/// # Errors
/// It cannot be read.
pub async fn run(
    arguments: &Arguments,
    place: &Place,
    terminal: &mut Terminal<'_>,
) -> Result<Outcome, Error> {
    let cluster = Cluster::connect(place).await?;
    let read = async {
        let intent = cluster.intent(&arguments.intent).await?;
        let decision = cluster.approval_if_allowed(&intent).await?;
        Ok((intent, decision, cluster.segments_if_allowed().await?.unwrap_or_default()))
    };
    let (intent, decision, segments) = patiently("reading from the API server", terminal, read).await?;
    let mut explanation = view::explanation(&intent);
    decision.iter().for_each(|decision| explanation.approved(decision));
    explanation.claims(&segments.into_iter().map(Arc::new).collect::<Vec<_>>());
    terminal.show(arguments.output, &explanation, render::render)?;
    Ok(Outcome::Done)
}
