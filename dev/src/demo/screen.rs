//! What people see: lines on standard output, in colour on a terminal.

use std::{
    env,
    io::{self, IsTerminal, Write},
};

use tokio::time::Instant;

use super::progress::{Change, Tone};

/// Standard output, and when the demo began.
#[derive(Debug)]
pub struct Screen {
    began: Instant,
    colour: bool,
}

impl Screen {
    /// Colours are for terminals whose owner does not mind them (<https://no-color.org>).
    pub fn new() -> Self {
        let minded = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { began: Instant::now(), colour: io::stdout().is_terminal() && !minded }
    }

    /// A heading.
    pub fn act(&self, title: &str) -> io::Result<()> {
        self.line(&format!("\n{}\n", self.paint(BOLD, &format!("=== {title}"))))
    }

    /// A step of the preparations.
    pub fn step(&self, text: &str) -> io::Result<()> {
        self.line(&format!("{}  {text}", self.clock()))
    }

    /// A command that the demo gives, so that it can be given again.
    pub fn command(&self, line: &str) -> io::Result<()> {
        self.line(&self.paint(BOLD, &format!("$ {line}")))
    }

    /// An object says something new.
    pub fn change(&self, change: &Change) -> io::Result<()> {
        let Change { subject, state, tone, words } = change;
        let state = self.paint(colour(*tone), &format!("{state:<13}"));
        self.line(format!("{}  {subject:<27}  {state}  {words}", self.clock()).trim_end())
    }

    /// Lines as they are.
    pub fn block(&self, text: &str) -> io::Result<()> {
        self.line(text.trim_end())
    }

    /// One line.
    pub fn line(&self, text: &str) -> io::Result<()> {
        writeln!(io::stdout(), "{text}")
    }

    fn clock(&self) -> String {
        let since = self.began.elapsed();
        self.paint(DIM, &format!("{:>4}.{} s", since.as_secs(), since.subsec_millis() / 100))
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour && !code.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

// Select Graphic Rendition (ECMA-48, 8.3.117).
const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";

fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => GREEN,
        Tone::Waiting => YELLOW,
        Tone::Bad => RED,
        Tone::Plain => "",
    }
}

/// Rows as text with aligned columns.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        let line = format!("  {}", cells.collect::<Vec<_>>().join("  "));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        assert_eq!(table(&[row(["seller", "a month"]), row(["m", "1"])]), "  seller  a month\n  m       1\n");
    }
}
