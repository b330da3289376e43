//! Nobody can carry what is asked: why, whose move it is, and what would help.

use super::{Step, stalled};
use crate::api::{IntentState, Party};
use crate::intent::offers::Market;
use crate::planning::Rejection;

/// No seller can carry the request: the most telling reason, and all of them in words.
pub fn can_carry(market: &Market) -> Step {
    let words: Vec<String> = market
        .shortages
        .iter()
        .map(|(name, why)| format!("{name}: {why}"))
        .chain(market.rejections.iter().map(|(name, why)| format!("{name}: {why}")))
        .collect();
    let (reason, (party, advice)) = match market.rejections.first() {
        _ if !market.shortages.is_empty() => ("NoFreePort", NO_ROOM),
        Some((_, why)) => (why.reason(), advice(why)),
        None => ("NoProvider", (Party::Platform, "there is no ConnectivityProvider")),
    };
    let all = if words.is_empty() { String::new() } else { format!(": {}", words.join("; ")) };
    stalled(IntentState::Blocked, reason, party, format!("no provider can carry this; {advice}{all}"))
}

const NO_ROOM: (Party, &str) =
    (Party::Platform, "ask for another VLAN, or the platform team for more room on ports");

/// Whose move it is where nobody can carry the request, and what would help. It comes before all the reasons, which may be many.
fn advice(why: &Rejection) -> (Party, &'static str) {
    match why {
        Rejection::Unreadable(_)
        | Rejection::Maintenance
        | Rejection::NoSuchPort(_)
        | Rejection::ModesDiffer => (Party::Platform, "the platform team keeps the interconnects"),
        Rejection::InterconnectNotOffered | Rejection::NotAllowed | Rejection::PortNotOffered(_) => {
            (Party::Platform, "the platform team says in consumers who may use what")
        }
        Rejection::NoPort(_) | Rejection::NoProduct => {
            (Party::Platform, "name other sites, or ask the platform team for ports")
        }
        Rejection::Denied => (Party::Platform, "deny fewer providers, or ask the platform team for others"),
        Rejection::Refused => (Party::User, "change what is asked"),
        Rejection::JurisdictionNotAllowed(_) => {
            (Party::User, "allow the country, or use other sites or providers")
        }
        Rejection::JurisdictionUnknown(_) => (Party::Platform, "the platform team states what is missing"),
        Rejection::CurrencyDiffers(_) => (Party::User, "state the budget in the seller's currency"),
        Rejection::FrameTooLarge(_) => (Party::User, "state a smaller spec.frameSize"),
        Rejection::BandwidthNotSold(_) | Rejection::InterconnectTooSmall => {
            (Party::User, "ask for less spec.bandwidth")
        }
        Rejection::NoTerm(_) => (Party::User, "state a spec.term that is sold, or none"),
        Rejection::NoClassStrictEnough(_) => {
            (Party::User, "relax the objective, or accept BestEffort where that is enough")
        }
        Rejection::NoDiversePair(_) => (Party::User, "ask for less, or the platform team for another way"),
    }
}
