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
    page.line(&format!("{}: {}", paint(Tone::Heading, &explanation.intent), paint(colour, word)));
    page.section("Would do", &in_a_row(&plan.effects));
    page.section("Unknown", &plan.unknown);
    if plan.verdict == Verdict::Blocked || plan.verdict == Verdict::Refused {
        let party = explanation.waiting_for.iter().map(|wait| crate::cli::explain::render::party(wait.party));
        let whose = party.map(|party| format!(" ({party} must act)")).collect::<String>();
        page.section("Because", &[format!("{}{whose}: {}", explanation.reason, explanation.message)]);
        parts(page, &crate::cli::explain::view::Explanation { waiting_for: None, ..explanation.clone() });
    } else {
        parts(page, explanation);
    }
}

fn in_a_row(effects: &[String]) -> Vec<String> {
    if effects.is_empty() { Vec::new() } else { vec![effects.join(", ")] }
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
