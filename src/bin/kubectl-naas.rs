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
    let stated = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let width = || terminal_size().map_or(WIDTH, |(Width(columns), _)| usize::from(columns));
    let mut terminal = Terminal {
        // These drop colours where nobody sees them: not a terminal, or NO_COLOR.
        out: &mut anstream::stdout().lock(),
        err: &mut anstream::stderr(),
        width: stated.filter(|columns| *columns > 0).unwrap_or_else(width),
        now: || SystemClock.now(),
    };
    match Arguments::try_parse() {
        Ok(arguments) => run(arguments, &mut terminal).await,
        Err(told) => {
            let _ = told.print();
            // Clap's own code for what it cannot understand means something else here.
            if told.use_stderr() { ExitCode::from(1) } else { ExitCode::SUCCESS }
        }
    }
}
