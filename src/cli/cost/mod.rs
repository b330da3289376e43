//! `cost`: what is spent, by whom, with whom.

use std::collections::BTreeMap;

use clap::ValueEnum;

use super::cluster::{Cluster, list, patiently};
use super::{Error, Outcome, Output, Place, Terminal};
use crate::api::{ConnectivityProvider, ConnectivitySegment};

pub mod focus;
pub mod render;
pub mod view;

use view::By;

/// Of what, and how.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What is added up
    #[arg(long, value_enum, default_value_t = By::Namespace)]
    by: By,
    /// How to print
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
}

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For people with a wide terminal.
    Wide,
    /// As JSON.
    Json,
    /// As YAML.
    Yaml,
    /// One line per charge of this month, in columns of FOCUS 1.2.
    Csv,
}

/// Shows what is spent.
///
/// # Errors
/// The segments cannot be read.
pub async fn run(
    arguments: &Arguments,
    place: &Place,
    terminal: &mut Terminal<'_>,
) -> Result<Outcome, Error> {
    let cluster = Cluster::connect(place).await?;
    let mut segments = patiently("reading from the API server", terminal, cluster.segments()).await?;
    if place.namespace.is_some() {
        segments.retain(|segment| segment.spec.intent_ref.namespace == cluster.namespace);
    }
    let output = match arguments.output {
        Format::Text => Output::Text,
        Format::Wide => Output::Wide,
        Format::Json => Output::Json,
        Format::Yaml => Output::Yaml,
        Format::Csv => {
            let accounts = accounts(&cluster).await?;
            let text = focus::csv(&segments, &accounts, (terminal.now)())?;
            terminal.out.write_all(text.as_bytes())?;
            return Ok(Outcome::Done);
        }
    };
    terminal.show(output, &view::costs(&segments, arguments.by), render::render)?;
    Ok(Outcome::Done)
}

/// Billing accounts by provider, where the user may see them.
async fn accounts(cluster: &Cluster) -> Result<BTreeMap<String, focus::BillingAccount>, Error> {
    let providers = match list(&cluster.global::<ConnectivityProvider>(), "list providers").await {
        Err(Error::Forbidden { .. }) => Vec::new(),
        other => other?,
    };
    Ok(providers.into_iter().filter_map(|provider| focus::BillingAccount::of(&provider)).collect())
}

/// Whether the segment costs money, or is about to.
fn is_bought(segment: &ConnectivitySegment) -> bool {
    crate::intent::facts::has_service(segment) || crate::intent::facts::cost_something(segment)
}
