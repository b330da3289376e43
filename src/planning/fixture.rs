//! Small networks from site A to site Z, to plan in.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Asked, Network};
use crate::model::{
    Account, Amount, Cap, ChangeRules, Interconnect, Interface, Limits, MOST_LEGS, OnDelete, Port, PortMode,
    Product, Request, RequestedEnd, ServiceClass, ServiceId, ServiceLevel, SiteView, Term, TermEnd, TermUnit,
    Transit,
};

/// Ports `account@site`; a port is named after its account.
#[derive(Debug, Clone, Default)]
pub struct World {
    pub sites: BTreeMap<String, SiteView>,
    pub accounts: BTreeMap<String, Asked>,
    pub patches: Vec<Interconnect>,
}

impl World {
    /// Accounts at sites: `a: one two` says that account `a` has a port at `one` and at `two`.
    pub fn new(lines: &[&str]) -> Self {
        let mut world = Self::default();
        for line in lines {
            let (account, sites) = line.split_once(": ").unwrap();
            world.accounts.insert(account.into(), asked(account));
            for site in sites.split(' ') {
                let view = world.sites.entry(site.into()).or_insert_with(|| SiteView {
                    name: site.into(),
                    position: None,
                    country: None,
                    ports: Vec::new(),
                    transit: None,
                });
                view.ports.push(port(account, site));
            }
        }
        world
    }

    pub fn patch(mut self, site: &str, one: &str, other: &str) -> Self {
        self.patches.push(Interconnect {
            name: format!("{site}-{one}-{other}"),
            site: site.into(),
            ports: (one.into(), other.into()),
            offered: true,
            maintenance: false,
            capacity: None,
            max_frame_size: None,
            latency: Duration::ZERO,
            availability: None,
            cost: None,
            risk_groups: Vec::new(),
        });
        self
    }

    /// Our own equipment is at the site.
    pub fn transit(mut self, site: &str) -> Self {
        let transit = Transit { latency: Duration::ZERO, availability: None, translates_vlans: true };
        self.sites.get_mut(site).unwrap().transit = Some(transit);
        self
    }

    pub fn account(&mut self, name: &str) -> &mut Account {
        &mut self.accounts.get_mut(name).unwrap().account
    }

    /// The network from A to Z.
    pub fn with_network<T>(&self, refused: &[&str], found: impl FnOnce(&Network) -> T) -> T {
        let between: Vec<SiteView> = self.sites.values().cloned().collect();
        let accounts: Vec<Asked> = self.accounts.values().cloned().collect();
        let refused: BTreeSet<String> = refused.iter().map(ToString::to_string).collect();
        found(&Network {
            a: &self.sites["A"],
            z: &self.sites["Z"],
            between: &between,
            interconnects: &self.patches,
            accounts: &accounts,
            refused: &refused,
        })
    }
}

pub fn request() -> Request {
    let end = |site: &str| RequestedEnd { name: site.to_lowercase(), site: site.into(), vlan: None };
    let rate = crate::model::Rate::new("1G".parse().unwrap(), None);
    Request {
        preference: Default::default(),
        max_legs: MOST_LEGS,
        accepted_risk: Default::default(),
        on_partial: Default::default(),
        mode: crate::model::Mode::Manage,
        existing: None,
        a: end("A"),
        z: end("Z"),
        spokes: Vec::new(),
        resilience: crate::model::Resilience::None,
        rates: crate::model::Rates { a_to_z: rate, z_to_a: rate },
        frame_size: None,
        objectives: crate::model::Objectives::default(),
        deny: BTreeSet::new(),
        jurisdictions: None,
        budget: None,
        term: None,
        ready_by: None,
        purchase_order: None,
        end_customer: None,
        on_delete: OnDelete::Disconnect,
        suspend: false,
    }
}

pub fn port(account: &str, site: &str) -> Port {
    Port {
        site: site.into(),
        name: account.into(),
        account: account.into(),
        interface: Interface::Uni(ServiceId(format!("{account}@{site}"))),
        mode: PortMode::Tagged(100..=199),
        offered: true,
        max_frame_size: None,
        max_end_points: None,
        capacity: None,
        risk_groups: Vec::new(),
        demarcation: None,
    }
}

pub fn asked(name: &str) -> Asked {
    let cap = Cap { monthly: Amount::ZERO, one_time: Amount::ZERO };
    let currency = "USD".parse().unwrap();
    let level = |ms| ServiceLevel {
        frame_delay: vec![("99.9".parse().unwrap(), Duration::from_millis(ms))],
        contracted: true,
        ..ServiceLevel::default()
    };
    let class = |name: &str, ms| ServiceClass {
        name: name.into(),
        max_km: None,
        site_pairs: Vec::new(),
        excess: true,
        level: level(ms),
    };
    let term =
        Term { name: "month".into(), value: 1, unit: TermUnit::Month, at_end: TermEnd::Renew, roll: None };
    Asked {
        allowed: true,
        account: Account {
            name: name.into(),
            seller: name.into(),
            currency,
            held: false,
            limits: Limits { currency, per_order: cap, total: cap },
            products: BTreeSet::from([Product::Epl, Product::Evpl]),
            classes: vec![class("SLOW", 10), class("FAST", 2)],
            steps: Vec::new(),
            terms: vec![term],
            translates_vlans: false,
            change: ChangeRules { restarts_term: false, decrease: true },
            early_termination: None,
            calendar: None,
            installation: None,
            jurisdictions: BTreeSet::new(),
            risks: Vec::new(),
        },
    }
}
