//! One account at one seller: what it sells, under which conditions, and how much may be spent through it.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use super::bandwidth::Bandwidth;
use super::design::{Product, Term};
use super::money::{Amount, Currency};
use super::objective::{Percentage, ServiceLevel};
use super::place::Country;

/// A cap on monthly and one-time cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cap {
    /// Most per month.
    pub monthly: Amount,
    /// Most at once.
    pub one_time: Amount,
}

/// What may be spent through an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Currency of the caps.
    pub currency: Currency,
    /// By one order.
    pub per_order: Cap,
    /// By everything together.
    pub total: Cap,
}

/// A class of service on one distance tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceClass {
    /// The seller's name.
    pub name: String,
    /// Up to this distance in kilometres.
    pub max_km: Option<u32>,
    /// Between these sites only, in any order; empty means any.
    pub site_pairs: Vec<(String, String)>,
    /// Whether a peak above the committed rate is sold.
    pub excess: bool,
    /// What it promises.
    pub level: ServiceLevel,
}

impl ServiceClass {
    /// Whether the class is sold between these sites at this distance. An unknown distance fits only tiers without a limit.
    #[must_use]
    pub fn covers(&self, a: &str, z: &str, distance_km: Option<u32>) -> bool {
        let near = match (self.max_km, distance_km) {
            (None, _) => true,
            (Some(most), Some(distance)) => distance <= most,
            (Some(_), None) => false,
        };
        let pair = self.site_pairs.is_empty()
            || self.site_pairs.iter().any(|(x, y)| (x == a && y == z) || (x == z && y == a));
        near && pair
    }
}

/// What leaving before the end of the term costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EarlyTermination {
    /// Share of what is still due until the end of the term.
    pub of_remaining: Percentage,
    /// A fixed sum besides.
    pub fee: Amount,
}

/// What a change does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeRules {
    /// It starts the term again.
    pub restarts_term: bool,
    /// Less bandwidth can be had.
    pub decrease: bool,
}

/// Days on which a seller works: Monday to Friday, but for holidays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Holidays.
    pub holidays: BTreeSet<Date>,
}

impl Calendar {
    /// The time itself, or the same time of the next day on which the seller works (UTC).
    #[must_use]
    pub fn on_working_day(&self, time: Timestamp) -> Timestamp {
        let mut day = time.to_zoned(TimeZone::UTC);
        // A year without a working day is a defect of the calendar; then any day will do.
        for _ in 0..366 {
            let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
            if !weekend && !self.holidays.contains(&day.date()) {
                return day.timestamp();
            }
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        time
    }
}

/// What may fail together on routes of a seller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteRisks {
    /// Between these sites, in any order; on every route where absent.
    pub between: Option<(String, String)>,
    /// Names of what breaks them.
    pub groups: BTreeSet<String>,
}

/// One account at one seller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Whose account it is: the same for two accounts at one seller.
    pub seller: String,
    /// The currency that the seller quotes in.
    pub currency: Currency,
    /// Nothing new may be bought.
    pub held: bool,
    /// What may be spent.
    pub limits: Limits,
    /// Products it sells.
    pub products: BTreeSet<Product>,
    /// Classes of service, cheapest first.
    pub classes: Vec<ServiceClass>,
    /// Committed rates that can be bought; empty means any.
    pub steps: Vec<Bandwidth>,
    /// Terms that can be bought; never empty.
    pub terms: Vec<Term>,
    /// VLAN ids may differ between the ends.
    pub translates_vlans: bool,
    /// What a change does.
    pub change: ChangeRules,
    /// What leaving early costs; unknown where absent.
    pub early_termination: Option<EarlyTermination>,
    /// When the seller works; any day where absent.
    pub calendar: Option<Calendar>,
    /// From order to use, where the seller does not say it per request.
    pub installation: Option<Duration>,
    /// Countries in which its network carries what it sells; none where nobody states them.
    pub jurisdictions: BTreeSet<Country>,
    /// What may fail together on its routes, as far as it is known.
    pub risks: Vec<RouteRisks>,
}

impl Account {
    /// The class of service of that name, as it is sold between these sites at this distance.
    #[must_use]
    pub fn class(&self, name: &str, a: &str, z: &str, distance_km: Option<u32>) -> Option<&ServiceClass> {
        self.classes.iter().find(|class| class.name == name && class.covers(a, z, distance_km))
    }

    /// What breaks its route between these sites; `None` where nobody knows.
    #[must_use]
    pub fn route_risks(&self, a: &str, z: &str) -> Option<BTreeSet<&str>> {
        let covers = |risks: &&RouteRisks| match &risks.between {
            None => true,
            Some((x, y)) => (x == a && y == z) || (x == z && y == a),
        };
        let mut stated = self.risks.iter().filter(covers).peekable();
        stated.peek()?;
        Some(stated.flat_map(|risks| risks.groups.iter().map(String::as_str)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requested_dates_move_to_working_days() {
        let calendar = Calendar { holidays: BTreeSet::from(["2026-11-30".parse().unwrap()]) };
        let on = |text: &str| calendar.on_working_day(text.parse().unwrap()).to_string();
        assert_eq!(on("2026-11-27T10:00:00Z"), "2026-11-27T10:00:00Z");
        assert_eq!(on("2026-11-28T10:00:00Z"), "2026-12-01T10:00:00Z");
    }
}
