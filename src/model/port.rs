//! A port that a seller hands over at a site.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::bandwidth::Bandwidth;
use super::design::VlanId;
use super::interconnect::Transit;
use super::interface::Interface;
use super::place::{Coordinates, Country};
use super::service::ServiceId;

/// How many services a port carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortMode {
    /// One takes the whole port.
    Whole,
    /// Services share it by VLAN ids out of this range.
    Tagged(RangeInclusive<u16>),
}

/// A port at the seller, or one that is ordered when it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// The site that it belongs to.
    pub site: String,
    /// Its name within the site.
    pub name: String,
    /// The account that hands it over.
    pub account: String,
    /// What it is to the seller.
    pub interface: Interface,
    /// How many services it carries.
    pub mode: PortMode,
    /// Whether the asking namespace may use it.
    pub offered: bool,
    /// Largest frame in octets.
    pub max_frame_size: Option<u32>,
    /// Most services on it.
    pub max_end_points: Option<u32>,
    /// Most bandwidth on it.
    pub capacity: Option<Bandwidth>,
    /// What may fail together with it.
    pub risk_groups: Vec<String>,
    /// Where people plug in.
    pub demarcation: Option<String>,
}

/// A site as far as planning needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteView {
    /// Its name.
    pub name: String,
    /// Its position.
    pub position: Option<Coordinates>,
    /// The country that it is in.
    pub country: Option<Country>,
    /// Its ports, by name.
    pub ports: Vec<Port>,
    /// Our own equipment there, where it joins ports of ours.
    pub transit: Option<Transit>,
}

impl Port {
    /// What somebody who wants it claims.
    #[must_use]
    pub fn claimed(&self) -> Claimed {
        match &self.interface {
            Interface::Uni(id) | Interface::Enni(id) => Claimed::Existing(id.clone()),
            Interface::NewUni(_) => Claimed::Dedicated { site: self.site.clone(), port: self.name.clone() },
        }
    }

    /// Whether it is ordered with a service and belongs to that service alone.
    #[must_use]
    pub fn is_dedicated(&self) -> bool {
        self.interface.new_uni().is_some()
    }

    /// Whether our own network begins behind it.
    #[must_use]
    pub const fn is_enni(&self) -> bool {
        matches!(self.interface, Interface::Enni(_))
    }
}

/// A port as claims name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Claimed {
    /// By the seller's product id: two names of one port are one port.
    Existing(ServiceId),
    /// By our own name: there is no other before it is ordered.
    Dedicated {
        /// The site.
        site: String,
        /// Its name within the site.
        port: String,
    },
}

/// What is claimed on ports, by everybody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims(BTreeMap<(String, Claimed), BTreeSet<Option<VlanId>>>);

impl Claims {
    /// Adds a claim on a port of an account: a VLAN, or the whole port.
    pub fn add(&mut self, account: &str, port: Claimed, vlan: Option<VlanId>) {
        self.0.entry((account.to_owned(), port)).or_default().insert(vlan);
    }

    /// Whether this VLAN is free on the port.
    #[must_use]
    pub fn vlan_is_free(&self, port: &Port, vlan: VlanId) -> bool {
        self.of(port).is_none_or(|claims| !claims.contains(&Some(vlan)) && !claims.contains(&None))
    }

    /// Whether nothing at all is claimed on the port.
    #[must_use]
    pub fn port_is_free(&self, port: &Port) -> bool {
        self.of(port).is_none_or(BTreeSet::is_empty)
    }

    /// How many services are on the port.
    #[must_use]
    pub fn count(&self, port: &Port) -> usize {
        self.of(port).map_or(0, BTreeSet::len)
    }

    fn of(&self, port: &Port) -> Option<&BTreeSet<Option<VlanId>>> {
        self.0.get(&(port.account.clone(), port.claimed()))
    }
}
