//! Where a service ends: an External Interface (EI, MEF 26.2), which is a UNI or an ENNI.

use super::design::Term;
use super::place::Site;
use super::service::ServiceId;

/// The interface at one end of a design.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Interface {
    /// A UNI that the seller's inventory knows. It is never ordered or ended by us, and others may be on it.
    Uni(ServiceId),
    /// A UNI of the service's own: ordered with it, shared with nobody, ended with it.
    NewUni(Box<NewUni>),
    /// An ENNI (MEF 26.2), between the seller's network and our own. The seller's inventory knows it; nobody orders one.
    Enni(ServiceId),
}

impl Interface {
    /// The UNI to be ordered, where one is.
    #[must_use]
    pub fn new_uni(&self) -> Option<&NewUni> {
        match self {
            Self::Uni(_) | Self::Enni(_) => None,
            Self::NewUni(new) => Some(new),
        }
    }
}

/// A UNI to be ordered (MEF 125, subscriber UNI). It carries one service, so nothing in here says how many.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NewUni {
    /// The seller's id of the offering.
    pub offering: String,
    /// The physical layer, as the product schema names it (`physicalLink`); it also is the speed.
    pub physical_link: String,
    /// What is plugged in.
    pub connector: Option<Connector>,
    /// Largest frame in octets; that of the service where absent.
    pub frame_size: Option<u32>,
    /// Where it is installed.
    pub site: Site,
    /// For how long it is bought; as long as the service where absent.
    pub term: Option<Term>,
}

/// A connector (MEF 125, `uniConnectorType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Connector {
    /// Subscriber connector.
    Sc,
    /// Lucent connector.
    Lc,
    /// Copper.
    Rj45,
    /// Anything else.
    Other,
}

impl Connector {
    /// The connector with this name in the product schema.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Sc, Self::Lc, Self::Rj45, Self::Other].into_iter().find(|known| known.name() == name)
    }

    /// Its name in the product schema.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sc => "SC",
            Self::Lc => "LC",
            Self::Rj45 => "RJ45",
            Self::Other => "OTHER",
        }
    }
}
