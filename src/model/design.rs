//! What is asked of one seller: one service between two ports.

use std::fmt;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::bandwidth::Bandwidth;
use super::interface::{Interface, NewUni};
use super::service::{Role, ServiceId};

/// A point-to-point Ethernet product: between two UNIs (MEF 6.3), or between a UNI and an ENNI (MEF 51.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Product {
    /// Ethernet Private Line: port based, one service per UNI.
    Epl,
    /// Ethernet Virtual Private Line: VLAN based, many services per UNI.
    Evpl,
    /// Access E-Line: VLAN based, from a UNI to an ENNI, behind which our own network begins.
    AccessEline,
}

impl Product {
    /// Whether its VLAN ids at the two ends are told apart by what they are, so that they need not be equal: one of the customer's at the
    /// UNI, one of the service's at the ENNI.
    #[must_use]
    pub const fn translates_vlans(self) -> bool {
        match self {
            Self::Epl | Self::Evpl => false,
            Self::AccessEline => true,
        }
    }
}

/// A VLAN id, 1 to 4094 (IEEE 802.1Q): of the customer's tag at a UNI, of the service's tag at an ENNI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VlanId(u16);

impl VlanId {
    /// The VLAN id, or `None` outside 1 to 4094.
    #[must_use]
    pub const fn new(id: u16) -> Option<Self> {
        if id >= 1 && id <= 4094 { Some(Self(id)) } else { None }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

/// Committed and peak rate of one direction. Peak is never below committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    committed: Bandwidth,
    peak: Bandwidth,
}

impl Rate {
    /// A rate; a peak below the committed rate is raised to it.
    #[must_use]
    pub fn new(committed: Bandwidth, peak: Option<Bandwidth>) -> Self {
        Self { committed, peak: peak.unwrap_or(committed).max(committed) }
    }

    /// The rate that is owed (MEF 10.4 CIR).
    #[must_use]
    pub const fn committed(self) -> Bandwidth {
        self.committed
    }

    /// The highest rate (CIR + EIR).
    #[must_use]
    pub const fn peak(self) -> Bandwidth {
        self.peak
    }

    /// The rate above committed, outside every objective (MEF 10.4 EIR).
    #[must_use]
    pub const fn excess(self) -> Bandwidth {
        self.peak.saturating_sub(self.committed)
    }
}

/// The rates of both directions, each policed where frames enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rates {
    /// From the first end to the second.
    pub a_to_z: Rate,
    /// From the second end to the first.
    pub z_to_a: Rate,
}

/// One end of a design.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct End {
    /// The end point's identifier within the service.
    pub identifier: String,
    /// The UNI or ENNI at which the service ends.
    pub interface: Interface,
    /// The VLAN there; none for port-based products.
    pub vlan: Option<VlanId>,
}

/// Unit of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TermUnit {
    /// Calendar days.
    Day,
    /// Calendar months.
    Month,
    /// Calendar years.
    Year,
}

/// What happens when a term ends (MEF 115, `endOfTermAction`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TermEnd {
    /// The same term starts again.
    Renew,
    /// The service goes on, in steps of a shorter interval.
    Roll,
    /// The seller disconnects by itself.
    Disconnect,
}

/// For how long a service is bought.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Term {
    /// The seller's name for it.
    pub name: String,
    /// How many units; at least one.
    pub value: u32,
    /// Of which unit.
    pub unit: TermUnit,
    /// What happens at its end.
    pub at_end: TermEnd,
    /// How it rolls on, for [`TermEnd::Roll`].
    pub roll: Option<(u32, TermUnit)>,
}

impl Term {
    /// The term in months, for sums over the term: a day is 12/365 of a month.
    #[must_use]
    pub fn months(&self) -> Decimal {
        let value = Decimal::from(self.value);
        match self.unit {
            TermUnit::Day => value * Decimal::from(12) / Decimal::from(365),
            TermUnit::Month => value,
            TermUnit::Year => value * Decimal::from(12),
        }
    }

    /// When a term that starts at `start` ends, by the calendar in UTC. `None` where the calendar ends.
    #[must_use]
    pub fn end_after(&self, start: Timestamp) -> Option<Timestamp> {
        let value = i64::from(self.value);
        let span = match self.unit {
            TermUnit::Day => jiff::Span::new().try_days(value),
            TermUnit::Month => jiff::Span::new().try_months(value),
            TermUnit::Year => jiff::Span::new().try_years(value),
        };
        let start = start.to_zoned(jiff::tz::TimeZone::UTC);
        span.ok().and_then(|span| start.checked_add(span).ok()).map(|end| end.timestamp())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            TermUnit::Day => "day",
            TermUnit::Month => "month",
            TermUnit::Year => "year",
        };
        write!(f, "{} {unit}{}", self.value, if self.value == 1 { "" } else { "s" })
    }
}

/// One service, as asked of one seller.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Design {
    /// Which product.
    pub product: Product,
    /// The end that the first rate leaves from.
    pub a: End,
    /// The other end.
    pub z: End,
    /// Rates of both directions.
    pub rates: Rates,
    /// Largest frame in octets; the seller's default where absent.
    pub frame_size: Option<u32>,
    /// The seller's name of the class of service.
    pub class_of_service: String,
    /// Distance between the ends in kilometres, where both places are known; it selects the tier of the class.
    pub distance_km: Option<u32>,
    /// For how long.
    pub term: Term,
    /// When it should be ready.
    pub requested_completion: Timestamp,
    /// The user's purchase order number.
    pub purchase_order: Option<String>,
    /// The customer for whom it is bought.
    pub end_customer: Option<String>,
}

impl Design {
    /// The UNIs that are bought with the service.
    pub fn new_unis(&self) -> impl Iterator<Item = (Role, &NewUni)> {
        let ends = [(Role::UniA, &self.a), (Role::UniZ, &self.z)];
        ends.into_iter().filter_map(|(role, end)| Some((role, end.interface.new_uni()?)))
    }
}

/// What is asked of the seller: a new service, or another shape of one that exists.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Change {
    /// A new service.
    Add,
    /// Another shape for this service; ends, product and place stay.
    Modify(ServiceId),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peak_is_never_below_committed() {
        let rate = Rate::new(Bandwidth::from_bits(5), Some(Bandwidth::from_bits(3)));
        assert_eq!(rate.peak(), Bandwidth::from_bits(5));
        assert_eq!(rate.excess(), Bandwidth::from_bits(0));
    }

    #[test]
    fn a_month_from_the_31st_ends_with_the_month() {
        let term =
            Term { name: "m".into(), value: 1, unit: TermUnit::Month, at_end: TermEnd::Renew, roll: None };
        let start = "2027-01-31T00:00:00Z".parse().unwrap();
        assert_eq!(term.end_after(start), "2027-02-28T00:00:00Z".parse().ok());
    }

    #[test]
    fn vlans_have_bounds() {
        assert!(VlanId::new(0).is_none() && VlanId::new(4095).is_none() && VlanId::new(4094).is_some());
    }
}
