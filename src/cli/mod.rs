//! `kubectl naas`: what the controllers would decide, and what they decided, for a person at a terminal. A file or folder per verb:
//! read, then a pure `view` of what was read, then its `render`ing.
//!
//! It decides nothing by itself: plans are the controllers' own decision on the same facts ([`rehearsal`]), and everything else shows
//! what the status of objects says. It reaches the Kubernetes API with the rights of its user, and no seller.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;

pub mod adopt;
pub mod approve;
pub mod cluster;
pub mod completion;
pub mod cost;
pub mod decision;
pub mod error;
pub mod events;
pub mod explain;
pub mod manifests;
pub mod plan;
pub mod rehearsal;
pub mod screen;
pub mod suspend;
pub mod tree;
pub mod wait;
pub mod world;

pub use error::Error;

/// Sees, plans and steers connectivity intents.
#[derive(Debug, Parser)]
#[command(name = "kubectl-naas", bin_name = "kubectl naas", version)]
pub struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    verb: Verb,
}

/// Where the objects are, as kubectl takes it.
#[derive(Debug, Clone, Default, Args)]
pub struct Place {
    /// The namespace; that of the context where absent
    #[arg(short, long, global = true)]
    pub namespace: Option<String>,
    /// All namespaces
    #[arg(short = 'A', long, global = true, conflicts_with = "namespace")]
    pub all_namespaces: bool,
    /// The context of the kubeconfig
    #[arg(long, global = true)]
    pub context: Option<String>,
    /// The kubeconfig file; else KUBECONFIG, else ~/.kube/config
    #[arg(long, global = true)]
    pub kubeconfig: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show what would be decided about intents; exit code 0: nothing to do, 2: something, 1: an error
    Plan(plan::Arguments),
    /// Show all there is to say of one intent on one screen
    Explain(explain::Arguments),
    /// Show intents with their segments, orders and products
    Tree(tree::Arguments),
    /// Wait until an intent gets somewhere
    Wait(wait::Arguments),
    /// Show the plan of an intent, ask, and approve it
    Approve(approve::Arguments),
    /// Show the service that an intent names, ask, and take it over
    Adopt(adopt::Arguments),
    /// Start no order of any kind for an intent
    Suspend(suspend::Arguments),
    /// Let an intent go on that was suspended
    Resume(suspend::Arguments),
    /// Show what is spent
    Cost(cost::Arguments),
    /// Show what happened to an intent and its segments
    Events(events::Arguments),
    /// Print a completion script for a shell
    Completion(completion::Arguments),
}

/// How to print.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    #[default]
    Text,
    /// For people with a wide terminal.
    Wide,
    /// As JSON.
    Json,
    /// As YAML.
    Yaml,
}

/// What a command leaves its caller with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done, or nothing to do.
    Done,
    /// There is something to do.
    Changes,
}

/// What a command works with besides its arguments.
pub struct Terminal<'a> {
    /// What was asked for goes here.
    pub out: &'a mut dyn Write,
    /// What is said besides goes here.
    pub err: &'a mut dyn Write,
    /// Characters in a line.
    pub width: usize,
    /// The present.
    pub now: fn() -> Timestamp,
}

impl Terminal<'_> {
    /// Prints a view: as text by its rendering, or as it is.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn show<V: Serialize + ?Sized>(
        &mut self,
        output: Output,
        view: &V,
        render: impl FnOnce(&V, usize) -> String,
    ) -> Result<(), Error> {
        let text = match output {
            Output::Text => render(view, self.width),
            Output::Wide => render(view, usize::MAX / 2),
            Output::Json => {
                serde_json::to_string_pretty(view).map(|text| text + "\n").map_err(io::Error::from)?
            }
            Output::Yaml => serde_norway::to_string(view).map_err(io::Error::other)?,
        };
        Ok(self.out.write_all(text.as_bytes())?)
    }

    /// Says something besides.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn say(&mut self, text: &str) -> Result<(), Error> {
        Ok(writeln!(self.err, "{text}")?)
    }
}

/// Does what the arguments say. 0: done; 2: `plan` found something to do; 1: an error, which is told on the second stream.
pub async fn run(arguments: Arguments, terminal: &mut Terminal<'_>) -> ExitCode {
    let Arguments { place, verb } = arguments;
    let done = match verb {
        Verb::Plan(arguments) => plan::run(&arguments, &place, terminal).await,
        Verb::Explain(arguments) => explain::run(&arguments, &place, terminal).await,
        Verb::Tree(arguments) => tree::run(&arguments, &place, terminal).await,
        Verb::Wait(arguments) => wait::run(&arguments, &place, terminal).await,
        Verb::Approve(arguments) => approve::run(&arguments, &place, terminal).await,
        Verb::Adopt(arguments) => adopt::run(&arguments, &place, terminal).await,
        Verb::Suspend(arguments) => suspend::run(&arguments, true, &place, terminal).await,
        Verb::Resume(arguments) => suspend::run(&arguments, false, &place, terminal).await,
        Verb::Cost(arguments) => cost::run(&arguments, &place, terminal).await,
        Verb::Events(arguments) => events::run(&arguments, &place, terminal).await,
        Verb::Completion(arguments) => completion::run(&arguments, terminal),
    };
    match done {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Changes) => ExitCode::from(2),
        // Whoever reads has read enough, as `head` does.
        Err(Error::Print(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            // Where even this cannot be written the code still says it.
            let _ = writeln!(terminal.err, "error: {error}");
            ExitCode::from(1)
        }
    }
}
