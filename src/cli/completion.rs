//! `completion`: a script that completes commands in a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Error, Outcome, Terminal};

/// For which shell.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The shell
    shell: Shell,
}

/// Prints the script.
///
/// # Errors
/// It cannot be written.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Outcome, Error> {
    let mut script = Vec::new();
    let mut command = super::Arguments::command().bin_name("kubectl-naas");
    clap_complete::generate(arguments.shell, &mut command, "kubectl-naas", &mut script);
    terminal.out.write_all(&script)?;
    Ok(Outcome::Done)
}
