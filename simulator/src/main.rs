//! The command line of the simulated seller: parse, then call the library.

#![allow(clippy::print_stdout, reason = "standard output is what a command line program writes to")]

use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use naas_sim::http::{self, TlsFiles};
use naas_sim::{Clock, Scenario, Seller, Store};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// A Network-as-a-Service seller that speaks MEF LSO, for rehearsals and tests.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve a scenario.
    Serve(Serve),
    /// Print the JSON schema of scenario files.
    Schema,
    /// Check a scenario file.
    Check {
        /// Scenario file.
        #[arg(long)]
        scenario: PathBuf,
    },
}

#[derive(clap::Args)]
struct Serve {
    /// Scenario file.
    #[arg(long)]
    scenario: PathBuf,
    /// Database file that keeps the seller's state; without it, state ends with the process.
    #[arg(long)]
    state: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// PEM file with the certificate chain; serves TLS.
    #[arg(long, requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// PEM file with the private key.
    #[arg(long, requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// PEM file with the authority whose client certificates are asked for.
    #[arg(long, requires = "tls_cert")]
    client_ca: Option<PathBuf>,
}

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let outcome = match Cli::parse().command {
        Command::Serve(options) => serve(options),
        Command::Schema => print_schema(),
        Command::Check { scenario } => check(&scenario),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn read(path: &Path) -> Result<Scenario, Box<dyn Error>> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Scenario::from_yaml(&text).map_err(|error| format!("{}: {error}", path.display()))?)
}

fn check(path: &Path) -> Result<(), Box<dyn Error>> {
    let scenario = read(path)?;
    println!(
        "{}: {} sells {} offerings at {} sites over {} UNIs",
        path.display(),
        scenario.seller.name,
        scenario.offerings.len(),
        scenario.sites.len(),
        scenario.unis.len(),
    );
    Ok(())
}

fn print_schema() -> Result<(), Box<dyn Error>> {
    println!("{}", serde_json::to_string_pretty(&Scenario::json_schema())?);
    Ok(())
}

#[tokio::main]
async fn serve(options: Serve) -> Result<(), Box<dyn Error>> {
    let scenario = read(&options.scenario)?;
    let clock = Clock::from_setting(&scenario.clock);
    let store = match &options.state {
        Some(path) => Store::file(path)?,
        None => Store::in_memory()?,
    };
    let seller = Seller::open(scenario, store, clock)?;
    let tls = options.tls_cert.zip(options.tls_key).map(|(certificate, key)| TlsFiles {
        certificate,
        key,
        client_authority: options.client_ca,
    });
    let listener = TcpListener::bind(options.listen).await?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    println!("listening on {scheme}://{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    let deliveries = tokio::spawn(seller.clone().deliver());
    http::serve(seller.router(), listener, tls.as_ref(), stopped()).await?;
    deliveries.abort();
    Ok(())
}

/// Resolves when the process is asked to stop.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupt = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => drop(interrupt.await),
    }
}
