//! Drift: what the seller's inventory shows of a service, held against what was bought, or against what is asked of a service that
//! somebody else bought. It is told, field by field, and nothing is done about it.

use crate::api::{Difference, Statement};
use crate::model::{Bandwidth, Rate, ServiceEnd, ServiceView, Term};
use crate::segment::decide::Rest;
use crate::segment::facts::{Facts, Sight};
use crate::segment::purchase;

const KIND: &str = "Drifted";

/// What the last look showed of a service that is told as it should be; anything else leaves what was told before.
pub fn statement(facts: &Facts, rest: &Rest) -> Statement {
    let told_before = || {
        let told = facts.segment.status.as_ref().map_or(&[][..], |status| status.conditions.as_slice());
        Statement::as_told(KIND, told)
    };
    if !matches!(rest, Rest::Active | Rest::Released) || facts.draft.in_force.is_none() {
        return told_before();
    }
    match facts.service() {
        Some(Sight::There(view)) => told(facts, &from_bought(facts, view)),
        // What was taken over and is asked for by now is no difference any more, whether it is looked at or not.
        Some(Sight::Missing) | None if told_before().reason == TAKEN_OVER => told(facts, &[]),
        Some(Sight::Missing) | None => told_before(),
    }
}

/// The service runs as it was taken over, and not as the intent asks.
const TAKEN_OVER: &str = "TakenOverAsItRan";

fn told(facts: &Facts, drifted: &[Difference]) -> Statement {
    let words = |differences: &[Difference], was: &str| {
        let each =
            differences.iter().map(|it| format!("{} is {}, and {} {was}", it.field, it.runs, it.asked));
        each.collect::<Vec<_>>().join("; ")
    };
    if !drifted.is_empty() {
        let message = format!(
            "the seller changed the service without an order of ours: {}",
            words(drifted, "was bought")
        );
        return Statement::yes(KIND, "ChangedBySeller", message);
    }
    let left = super::differences(facts);
    if !left.is_empty() {
        let message = format!(
            "the service was taken over as it ran, and is changed when the intent changes: {}",
            words(left, "is asked")
        );
        return Statement::yes(KIND, TAKEN_OVER, message);
    }
    Statement::no(KIND, "AsBought", "")
}

/// Fields that differ.
#[derive(Default)]
struct Differences(Vec<Difference>);

impl Differences {
    /// Compares a field as people read it.
    fn compare(&mut self, field: &str, runs: &str, asked: &str) {
        if runs != asked {
            let short = |text: &str| text.chars().take(128).collect();
            self.0.push(Difference { field: short(field), runs: short(runs), asked: short(asked) });
        }
    }
}

/// Every field that inventory shows and that is not as bought. What inventory does not show is no difference.
fn from_bought(facts: &Facts, view: &ServiceView) -> Vec<Difference> {
    let Some(runs) = &facts.draft.in_force else { return Vec::new() };
    let mut found = Differences::default();
    if let Some(shown) = view.rates {
        // Only the design that runs is known in full; of an earlier one the status keeps the first direction.
        let as_designed =
            runs.revision == facts.segment.spec.revision && !purchase::as_taken_over(facts.orders());
        let wish = facts.wish.as_ref().ok().filter(|_| as_designed);
        let forth = runs.committed.parse::<Bandwidth>().unwrap_or_else(|_| shown.a_to_z.committed());
        let back = wish.map_or_else(|| shown.z_to_a.committed(), |wish| wish.design.rates.z_to_a.committed());
        rate(&mut found, "", (shown.a_to_z.committed(), forth));
        rate(&mut found, IN_REVERSE, (shown.z_to_a.committed(), back));
    }
    if let Some(shown) = &view.class_of_service
        && runs.class_of_service != "unknown"
    {
        let shown: String = shown.chars().take(64).collect();
        found.compare("class of service", &shown, &runs.class_of_service);
    }
    found.0
}

const IN_REVERSE: &str = " in reverse";

fn rate(found: &mut Differences, way: &str, (runs, asked): (Bandwidth, Bandwidth)) {
    found.compare(&format!("committed bandwidth{way}"), &runs.to_string(), &asked.to_string());
}

/// Every field in which a service that somebody else bought differs from what is asked, as far as inventory shows it.
pub fn from_design(facts: &Facts, view: &ServiceView) -> Vec<Difference> {
    let Ok(wish) = &facts.wish else { return Vec::new() };
    let asked = &wish.design;
    let mut found = Differences::default();
    if let Some(runs) = view.rates {
        rate(&mut found, "", (runs.a_to_z.committed(), asked.rates.a_to_z.committed()));
        rate(&mut found, IN_REVERSE, (runs.z_to_a.committed(), asked.rates.z_to_a.committed()));
        let peak = |rate: Rate| rate.peak().to_string();
        found.compare("peak bandwidth", &peak(runs.a_to_z), &peak(asked.rates.a_to_z));
        found.compare("peak bandwidth in reverse", &peak(runs.z_to_a), &peak(asked.rates.z_to_a));
    }
    if let Some(class) = &view.class_of_service {
        found.compare("class of service", class, &asked.class_of_service);
    }
    // Sellers count in other units: twelve months are a year.
    let same = |term: &&Term| term.months() == asked.term.months() && term.at_end == asked.term.at_end;
    if let Some(term) = view.term.as_ref().filter(|term| !same(term)) {
        let text = |term: &Term| format!("{term}, then {:?}", term.at_end);
        found.compare("term", &text(term), &text(&asked.term));
    }
    for (end, shown) in facts.segment.spec.ends.iter().zip(view.ends.iter().flatten()) {
        let vlans = end.vlan.and_then(|id| u16::try_from(id).ok()).into_iter().collect();
        let asked = ServiceEnd { interface: shown.interface.clone(), vlans: Some(vlans) };
        let field = format!("VLAN at {}", end.name);
        found.compare(&field, &purchase::vlans(shown), &purchase::vlans(&asked));
    }
    found.0
}
