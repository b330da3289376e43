//! `kubectl naas`: reads arguments, then calls the library.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::Parser;
use naas_operator::cli::{Arguments, Terminal, run};
use naas_operator::clock::{Clock, SystemClock};
use terminal_size::{Width, terminal_size};

/// How wide a line is where nobody can tell: piped, or in a file.
const WIDTH: usize = 80;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let width = terminal_size().map_or(WIDTH, |(Width(columns), _)| usize::from(columns));
    let mut terminal = Terminal {
        // These drop colours where nobody sees them: not a terminal, or NO_COLOR.
        out: &mut anstream::stdout().lock(),
        err: &mut anstream::stderr(),
        width,
        now: || SystemClock.now(),
    };
    run(Arguments::parse(), &mut terminal).await
}
