//! Costs as text.

use super::view::{By, Costs, Line};
use crate::cli::screen::{Page, Tone, columns, paint};

/// A table, with the totals below.
#[must_use]
pub fn render(costs: &Costs, width: usize) -> String {
    let mut page = Page::new(width);
    if costs.lines.is_empty() {
        page.line("Nothing is bought here.");
        return page.into_text();
    }
    let by = match costs.by {
        By::Namespace => "NAMESPACE",
        By::Provider => "PROVIDER",
        By::Class => "CLASS",
        By::Intent => "INTENT",
    };
    let head = [by, "SERVICES", "A MONTH", "AT ONCE", "ORDERED A MONTH"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(costs.lines.iter().chain(&costs.totals).map(row));
    let first_total = 1 + costs.lines.len();
    for (index, line) in columns(&rows).into_iter().enumerate() {
        let strong = index == 0 || index >= first_total;
        page.line(&if strong { paint(Tone::Heading, &line) } else { line });
    }
    page.into_text()
}

fn row(line: &Line) -> Vec<String> {
    let money = |amount: &String| match &line.currency {
        Some(currency) => format!("{amount} {currency}"),
        None => "Unknown".to_owned(),
    };
    vec![
        line.name.clone(),
        line.services.to_string(),
        money(&line.monthly),
        money(&line.one_time),
        money(&line.ordered),
    ]
}
