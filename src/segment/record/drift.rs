//! Drift: what the seller's inventory shows of a service, held against what was bought. It is told, field by field, and nothing
//! is done about it.

use crate::api::Statement;
use crate::model::{Bandwidth, ServiceView};
use crate::segment::decide::Rest;
use crate::segment::facts::{Facts, Sight};

const KIND: &str = "Drifted";

/// What the last look showed of a service that is told as it should be; anything else leaves what was told before.
pub fn statement(facts: &Facts, rest: &Rest) -> Statement {
    match (facts.service(), rest) {
        (Some(Sight::There(view)), Rest::Active | Rest::Released) if facts.draft.in_force.is_some() => {
            told(&differences(facts, view))
        }
        (Some(_) | None, _) => {
            let told = facts.segment.status.as_ref().map_or(&[][..], |status| status.conditions.as_slice());
            Statement::as_told(KIND, told)
        }
    }
}

fn told(differences: &[String]) -> Statement {
    if differences.is_empty() {
        return Statement::no(KIND, "AsBought", "");
    }
    let message =
        format!("the seller changed the service without an order of ours: {}", differences.join("; "));
    Statement::yes(KIND, "ChangedBySeller", message)
}

/// Every field that inventory shows and that is not as bought. What inventory does not show is no difference.
fn differences(facts: &Facts, view: &ServiceView) -> Vec<String> {
    let Some(runs) = &facts.draft.in_force else { return Vec::new() };
    let mut found = Vec::new();
    let mut compare = |what: &str, bought: String, shown: String| {
        if bought != shown {
            found.push(format!("{what} is {shown}, and {bought} was bought"));
        }
    };
    if let Some(shown) = view.rates {
        // Only the design that runs is known in full; of an earlier one the status keeps the first direction.
        let wish = facts.wish.as_ref().ok().filter(|_| runs.revision == facts.segment.spec.revision);
        let forth = runs.committed.parse::<Bandwidth>().unwrap_or_else(|_| shown.a_to_z.committed());
        let back = wish.map_or_else(|| shown.z_to_a.committed(), |wish| wish.design.rates.z_to_a.committed());
        compare("committed bandwidth", forth.to_string(), shown.a_to_z.committed().to_string());
        compare("committed bandwidth in reverse", back.to_string(), shown.z_to_a.committed().to_string());
    }
    if let Some(shown) = &view.class_of_service
        && runs.class_of_service != "unknown"
    {
        compare("class of service", runs.class_of_service.clone(), shown.chars().take(64).collect());
    }
    found
}
