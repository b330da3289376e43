//! A service (product) as the seller's inventory shows it.

use std::fmt;

use jiff::Timestamp;

use super::design::{Rates, Term};
use super::money::Money;
use super::order::OrderId;

/// The seller's id of a product in its inventory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceId(pub String);

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which part of a connection a product is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The connection itself.
    Evc,
    /// The port at the first end.
    UniA,
    /// The port at the second end.
    UniZ,
}

/// Canonical state of a service. A state that nobody mapped is in progress, never an error.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ServiceState {
    /// Ordered, not usable yet.
    Pending,
    /// In use.
    Active,
    /// In use, while a change is under way.
    Changing,
    /// Switched off by the seller, still there.
    Suspended,
    /// Being disconnected.
    Terminating,
    /// Gone, after it had been in use or had been cancelled.
    Gone,
    /// A state outside the specification; the seller's own word.
    Unknown(String),
}

/// Whether a service costs money now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Billing {
    /// Yes.
    Active,
    /// Not yet, or no more.
    Inactive,
    /// Nobody can tell.
    Unknown,
}

/// What the inventory says about one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceView {
    /// The seller's id.
    pub id: ServiceId,
    /// Canonical state.
    pub state: ServiceState,
    /// The seller's own word for the state.
    pub raw_state: String,
    /// The rates in force, where the product carries them.
    pub rates: Option<Rates>,
    /// The class of service in force.
    pub class_of_service: Option<String>,
    /// Since when it is in use.
    pub started: Option<Timestamp>,
    /// When it was or will be gone.
    pub terminated: Option<Timestamp>,
    /// Where it ends, first end first, where the inventory says so; the UNI first of what runs between a UNI and an ENNI.
    pub ends: Option<[ServiceEnd; 2]>,
    /// The order that brought it, where the inventory says so.
    pub order: Option<OrderId>,
    /// What it costs per month, net of tax, where the inventory shows all of it.
    pub monthly: Option<Money>,
    /// The term that it was bought for, where the inventory shows it.
    pub term: Option<Term>,
}

/// One end of a service, as the inventory shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceEnd {
    /// The UNI or ENNI at which it ends.
    pub interface: ServiceId,
    /// The VLANs that it takes there, none where it takes the whole port; `None` where the inventory does not say.
    pub vlans: Option<Vec<u16>>,
}

impl ServiceView {
    /// The same service, told from its other end.
    #[must_use]
    pub fn turned(self) -> Self {
        let ends = self.ends.map(|[one, other]| [other, one]);
        let rates = self.rates.map(|rates| Rates { a_to_z: rates.z_to_a, z_to_a: rates.a_to_z });
        Self { ends, rates, ..self }
    }

    /// Whether the product costs money in this state (MEF 116: billing follows the life cycle).
    #[must_use]
    pub fn billing(&self) -> Billing {
        match self.state {
            ServiceState::Active
            | ServiceState::Changing
            | ServiceState::Suspended
            | ServiceState::Terminating => Billing::Active,
            ServiceState::Pending | ServiceState::Gone => Billing::Inactive,
            ServiceState::Unknown(_) => Billing::Unknown,
        }
    }
}
