//! Where one leg of a connection meets the next: a patch between two ports, or our own equipment at a site.

use std::time::Duration;

use super::bandwidth::Bandwidth;
use super::money::{Amount, Currency};
use super::objective::Percentage;

/// Two ports of a site that are patched to each other, as a namespace may use them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interconnect {
    /// Its name.
    pub name: String,
    /// The site.
    pub site: String,
    /// Names of the two ports.
    pub ports: (String, String),
    /// Whether the asking namespace may use it.
    pub offered: bool,
    /// Nothing new is planned across it.
    pub maintenance: bool,
    /// Most bandwidth of one service across it.
    pub capacity: Option<Bandwidth>,
    /// Largest frame in octets.
    pub max_frame_size: Option<u32>,
    /// One-way delay.
    pub latency: Duration,
    /// Share of time for which it can be used, where anybody knows.
    pub availability: Option<Percentage>,
    /// What it costs us for each service across it.
    pub cost: Option<OwnCost>,
    /// What may fail together with it.
    pub risk_groups: Vec<String>,
}

/// What something of our own costs us for each service, net of tax. No order buys it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnCost {
    /// Currency of the amounts.
    pub currency: Currency,
    /// Per month.
    pub monthly: Amount,
    /// At once.
    pub one_time: Amount,
}

/// Our own equipment at a site, which joins any two ports of ours there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transit {
    /// One-way delay.
    pub latency: Duration,
    /// Share of time for which it can be used, where anybody knows.
    pub availability: Option<Percentage>,
    /// Whether it gives a service another VLAN id on its way through.
    pub translates_vlans: bool,
}
