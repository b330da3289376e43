//! Events as text.

use super::view::Happening;
use crate::cli::explain::render::moment;
use crate::cli::screen::{Page, Tone, columns, paint};

/// A line for each.
#[must_use]
pub fn render(happenings: &[Happening], width: usize) -> String {
    let mut page = Page::new(width);
    if happenings.is_empty() {
        page.line("No events are kept; the API server forgets them after an hour. See kubectl naas explain.");
    }
    let row = |happening: &Happening| {
        let tone = if happening.warning { Tone::Bad } else { Tone::Good };
        let times = if happening.times > 1 { format!(" ({} times)", happening.times) } else { String::new() };
        vec![
            happening.at.map(moment).unwrap_or_default(),
            happening.object.clone(),
            paint(tone, &happening.reason),
            format!("{}{times}", happening.message),
        ]
    };
    for line in columns(&happenings.iter().map(row).collect::<Vec<_>>()) {
        page.line(&line);
    }
    page.into_text()
}
