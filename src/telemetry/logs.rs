//! Structured logs on standard error. What is logged never holds a secret: credentials live in types that do not print.

use tracing_subscriber::EnvFilter;

/// What is logged where `RUST_LOG` says nothing. Whoever makes a call says what its failure means: the client need not say it too.
pub const USUAL_LOGS: &str = "info,kube=warn,kube_client::client::builder=off,hyper=warn";

/// Starts logging. `RUST_LOG` chooses what; as JSON for machines, as text for people. A second call changes nothing.
pub fn init(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(USUAL_LOGS));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Another subscriber is there already, as in tests: it keeps its place.
    let _ = if json { logs.json().try_init() } else { logs.try_init() };
}
