//! `kubectl naas`: what it prints, by golden files; and what it does, as a process against a real API server with the operator and a
//! simulated seller behind it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    dead_code,
    missing_docs,
    reason = "tests"
)]

mod offline;
mod online;
mod printed;
#[path = "../operator/world.rs"]
mod world;

use std::path::Path;
use std::process::{Command, Output};

/// The program.
fn naas(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-naas"));
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("KUBECONFIG").env_remove("COLUMNS");
    command
}

/// What a run came to: exit code, first and second stream.
fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().expect("it ended by itself"), text(&output.stdout), text(&output.stderr))
}

/// Compares with a golden file in `golden/`.
fn golden(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/golden"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}
