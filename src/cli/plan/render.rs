//! Plans as text.

use super::view::{IntentPlan, Plans, Verdict};
use crate::cli::explain::render::{parts, tone};
use crate::cli::screen::{Page, Tone, paint};

/// All plans, and what they come to.
#[must_use]
pub fn render(plans: &Plans, width: usize) -> String {
    let mut page = Page::new(width);
    for plan in &plans.intents {
        one(&mut page, plan);
        page.gap();
    }
    page.line(&summary(plans));
    if plans.intents.iter().any(|plan| !plan.unknown.is_empty()) {
        let advice = "A price is Unknown until a price list has it, or the seller was asked: see --cluster.";
        page.line(&paint(Tone::Faint, advice));
    }
    if !plans.price_lists.is_empty() {
        let lists = plans.price_lists.join("; ");
        page.line(&paint(
            Tone::Faint,
            &format!("Prices are from price lists ({lists}). What counts is the offer that a seller makes when it is asked."),
        ));
    }
    page.into_text()
}

fn one(page: &mut Page, plan: &IntentPlan) {
    let explanation = &plan.explanation;
    let (word, colour) = match plan.verdict {
        Verdict::NoChange => ("no change", tone(explanation.standing)),
        Verdict::Order => ("would be ordered", Tone::Good),
        Verdict::Change => ("would be changed", Tone::Waiting),
        Verdict::End => ("would be ended", Tone::Bad),
        Verdict::Ask => ("would be asked for, and not ordered", Tone::Waiting),
        Verdict::Blocked => ("cannot be ordered", Tone::Bad),
        Verdict::Refused => ("cannot be accepted", Tone::Bad),
    };
    let waits = plan.verdict == Verdict::Ask && explanation.waiting_for.is_some();
    let why = if waits { format!(" ({})", explanation.reason) } else { String::new() };
    page.line(&format!("{}: {}{why}", paint(Tone::Heading, &explanation.intent), paint(colour, word)));
    let stopped = plan.verdict == Verdict::Blocked || plan.verdict == Verdict::Refused;
    let mut rest = explanation.clone();
    if stopped {
        let party = rest.waiting_for.take().map(|wait| crate::cli::explain::render::party(wait.party));
        let whose = party.map(|party| format!(" ({party} must act)")).unwrap_or_default();
        page.section("Because", &[format!("{}{whose}: {}", explanation.reason, explanation.message)]);
        rest.why.retain(|why| !explanation.message.contains(why.as_str()));
    }
    page.section("Would do", &in_a_row(&plan.effects));
    page.section("Unknown", &plan.unknown);
    parts(page, &rest);
}

/// Effects in one line, each told once.
fn in_a_row(effects: &[String]) -> Vec<String> {
    let mut told: Vec<(&str, usize)> = Vec::new();
    for effect in effects {
        match told.iter_mut().find(|(words, _)| words == effect) {
            Some((_, times)) => *times += 1,
            None => told.push((effect, 1)),
        }
    }
    let words = told.iter().map(|(words, times)| match times {
        1 => (*words).to_owned(),
        more => format!("{words} ({more} times)"),
    });
    let row = words.collect::<Vec<_>>().join(", ");
    if row.is_empty() { Vec::new() } else { vec![row] }
}

fn summary(plans: &Plans) -> String {
    let count = |verdict: Verdict| plans.intents.iter().filter(|plan| plan.verdict == verdict).count();
    let words = [
        (Verdict::Order, "to order"),
        (Verdict::Change, "to change"),
        (Verdict::End, "to end"),
        (Verdict::Ask, "to ask for"),
        (Verdict::Blocked, "blocked"),
        (Verdict::Refused, "refused"),
        (Verdict::NoChange, "without change"),
    ];
    let counts: Vec<String> = words
        .into_iter()
        .filter(|(verdict, _)| count(*verdict) > 0)
        .map(|(verdict, words)| format!("{} {words}", count(verdict)))
        .collect();
    let counts = if counts.is_empty() { "no intents".to_owned() } else { counts.join(", ") };
    let sums: Vec<String> = plans
        .monthly
        .iter()
        .zip(&plans.one_time)
        .map(|(monthly, one_time)| format!("{monthly} a month and {one_time} at once"))
        .collect();
    let sums = if sums.is_empty() { String::new() } else { format!(": {}", sums.join("; ")) };
    format!("{}{sums}", paint(Tone::Heading, &format!("Plan: {counts}")))
}
