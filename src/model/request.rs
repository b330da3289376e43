//! What a user asks for, validated.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::design::{Rates, TermEnd, TermUnit, VlanId};
use super::money::{Amount, Currency};
use super::objective::Objectives;
use super::offer::AcceptedRisk;
use super::place::Country;
use super::preference::Preference;
use super::service::ServiceId;

/// How far to go with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Buy and keep.
    Manage,
    /// Stop before the order.
    Plan,
    /// Watch a service that exists; never touch it.
    ObserveOnly,
}

/// A service that exists already.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Existing {
    /// The account at whose seller it runs.
    pub account: String,
    /// Which one it is; `None` for the one that runs between the ends.
    pub service: Option<ServiceId>,
}

/// What happens to the service when nobody asks for it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OnDelete {
    /// It is disconnected.
    Disconnect,
    /// It is kept.
    Retain,
}

/// One end that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestedEnd {
    /// The user's name of it.
    pub name: String,
    /// The site.
    pub site: String,
    /// The VLAN, where the user wants a particular one.
    pub vlan: Option<VlanId>,
}

/// The most that may be paid, net of tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Currency of all amounts.
    pub currency: Currency,
    /// Per month.
    pub monthly: Amount,
    /// At once.
    pub one_time: Amount,
    /// For leaving before the end of the term.
    pub termination: Amount,
}

/// What must survive one failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resilience {
    /// Nothing need.
    None,
    /// One of two paths that share no known risk and no place between their ends.
    DiversePath {
        /// The paths have no port in common at their ends.
        separate_ports: bool,
    },
    /// One of two paths of which no seller has a part in both.
    DiverseProvider,
}

impl Resilience {
    /// How many paths carry it.
    #[must_use]
    pub const fn paths(self) -> usize {
        match self {
            Self::None => 1,
            Self::DiversePath { .. } | Self::DiverseProvider => 2,
        }
    }
}

/// What becomes of spokes that can be had while another one cannot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum OnPartial {
    /// Nothing is bought before every spoke can be.
    #[default]
    Wait,
    /// They are bought.
    Proceed,
}

/// The term that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestedTerm {
    /// How many units.
    pub value: u32,
    /// Of which unit.
    pub unit: TermUnit,
    /// What happens at its end.
    pub at_end: TermEnd,
}

/// Most legs of a chain where no class says another number.
pub const MOST_LEGS: usize = 4;

/// What a user asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// How far to go.
    pub mode: Mode,
    /// The service that is there already; nothing is bought in its place.
    pub existing: Option<Existing>,
    /// The end that the first rate leaves from.
    pub a: RequestedEnd,
    /// The other end.
    pub z: RequestedEnd,
    /// All ends that are joined to the first, where that is a hub: `z` is one of them. None between two peers.
    pub spokes: Vec<RequestedEnd>,
    /// Rates of both directions.
    pub rates: Rates,
    /// Largest frame in octets.
    pub frame_size: Option<u32>,
    /// How good it must be.
    pub objectives: Objectives,
    /// What must survive one failure.
    pub resilience: Resilience,
    /// Accounts never to use.
    pub deny: BTreeSet<String>,
    /// Countries beyond which no data may pass; any where absent.
    pub jurisdictions: Option<BTreeSet<Country>>,
    /// The most that may be paid; without one nothing is bought.
    pub budget: Option<Budget>,
    /// For how long; the seller's first term where absent.
    pub term: Option<RequestedTerm>,
    /// When it must be ready, as far as sellers say when it could be.
    pub ready_by: Option<Timestamp>,
    /// Purchase order number.
    pub purchase_order: Option<String>,
    /// The customer for whom it is bought.
    pub end_customer: Option<String>,
    /// What happens to the service in the end.
    pub on_delete: OnDelete,
    /// Which of the offers that may be taken is taken.
    pub preference: Preference,
    /// Most legs of a chain.
    pub max_legs: usize,
    /// What an offer that is taken need not have settled.
    pub accepted_risk: AcceptedRisk,
    /// What becomes of spokes that can be had while another one cannot.
    pub on_partial: OnPartial,
    /// Start no order for now.
    pub suspend: bool,
}

/// Most spokes of a hub.
pub const MOST_SPOKES: usize = 64;

impl Request {
    /// The spoke that this is about, where the first end is a hub.
    #[must_use]
    pub fn spoke(&self) -> Option<&str> {
        (!self.spokes.is_empty()).then_some(self.z.name.as_str())
    }

    /// What is asked between two ends each: itself between two peers, else the same from the hub to every spoke, in their order.
    #[must_use]
    pub fn strands(&self) -> Vec<Self> {
        if self.spokes.is_empty() {
            return vec![self.clone()];
        }
        self.spokes.iter().map(|spoke| Self { z: spoke.clone(), ..self.clone() }).collect()
    }
}
