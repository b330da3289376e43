//! A connection as a chain of legs: what joins them, and what all of them together promise.
//!
//! What parts promise together is in [`compose`]. Of a joint that is what the platform team states of it; it states no
//! loss, so none is counted.

use std::time::Duration;

use super::candidate::{self, Asked, Bare, Candidate, Rejection, bare, product_between, short_of};
use super::compose::{self, Junction};
use super::objective::{Promise, promises, sufficient};
use crate::model::{
    Account, Interconnect, OwnCost, Percentage, Port, Product, Request, ServiceClass, ServiceLevel, SiteView,
    Transit,
};

/// What joins a leg to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joint {
    /// Two ports that are patched.
    Patch(Box<Interconnect>),
    /// Our own equipment at a site.
    Transit {
        /// The site.
        site: String,
        /// What is known of it.
        transit: Transit,
    },
}

impl Joint {
    /// Name of the interconnect, or of the site.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Patch(patch) => &patch.name,
            Self::Transit { site, .. } => site,
        }
    }

    /// Whether a service leaves it with another VLAN id than it came with.
    #[must_use]
    pub const fn translates_vlans(&self) -> bool {
        match self {
            Self::Patch(_) => false,
            Self::Transit { transit, .. } => transit.translates_vlans,
        }
    }

    pub(super) const fn latency(&self) -> Duration {
        match self {
            Self::Patch(patch) => patch.latency,
            Self::Transit { transit, .. } => transit.latency,
        }
    }

    const fn junction(&self) -> Junction {
        let availability = match self {
            Self::Patch(patch) => patch.availability,
            Self::Transit { transit, .. } => transit.availability,
        };
        Junction {
            delay: Some(self.latency()),
            loss: Some(Percentage::NONE),
            availability,
            // It is our own: nobody owes us more than we know.
            contracted: true,
        }
    }

    /// What it costs us for the service, where it costs anything.
    #[must_use]
    pub const fn cost(&self) -> Option<OwnCost> {
        match self {
            Self::Patch(patch) => patch.cost,
            Self::Transit { .. } => None,
        }
    }
}

/// One way to carry a request: legs in their order, each joined to the next.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// The legs.
    pub legs: Vec<Candidate>,
    /// What joins them: one fewer than legs.
    pub joints: Vec<Joint>,
    /// What all of it promises about everything asked.
    pub promises: Vec<Promise>,
}

impl Path {
    /// One leg, from end to end.
    #[must_use]
    pub fn direct(leg: Candidate) -> Self {
        Self { promises: leg.promises.clone(), legs: vec![leg], joints: Vec::new() }
    }

    /// Whether one leg is all of it.
    #[must_use]
    pub const fn is_direct(&self) -> bool {
        self.joints.is_empty()
    }

    /// Sellers and joints in their order: `metro-fiber, newyork-mmr, long-haul`. The account's name where it is direct.
    #[must_use]
    pub fn name(&self) -> String {
        let joints = self.joints.iter().map(Joint::name);
        name(self.legs.iter().map(|leg| leg.account.as_str()), joints)
    }

    /// What is ordered besides the connections, what is not bought by any order, and why.
    pub fn notes(&self) -> impl Iterator<Item = String> {
        let own = self.joints.iter().filter_map(|joint| {
            let OwnCost { currency, monthly, one_time } = joint.cost()?;
            Some(format!(
                "{}: {monthly} {currency} monthly and {one_time} at once are counted for it, which no order buys",
                joint.name()
            ))
        });
        self.legs.iter().flat_map(Candidate::notes).chain(own)
    }
}

pub(super) fn name<'a>(
    accounts: impl Iterator<Item = &'a str>,
    mut joints: impl Iterator<Item = &'a str>,
) -> String {
    let mut words: Vec<&str> = Vec::new();
    for account in accounts {
        words.push(account);
        words.extend(joints.next());
    }
    words.join(", ")
}

/// Two ports that one account would connect.
#[derive(Debug, Clone, Copy)]
pub struct Span<'a> {
    /// The account.
    pub asked: &'a Asked,
    /// The product.
    pub product: Product,
    /// The site at which the leg begins.
    pub from: &'a SiteView,
    /// The site at which it ends.
    pub to: &'a SiteView,
    /// The port at which it begins.
    pub a: &'a Port,
    /// The port at which it ends.
    pub z: &'a Port,
}

impl Span<'_> {
    pub(super) fn account(&self) -> &Account {
        &self.asked.account
    }

    pub(super) fn key(&self) -> String {
        let (a, z) = ((&*self.a.site, &*self.a.name), (&*self.z.site, &*self.z.name));
        candidate::leg_key(&self.account().name, self.product, a, z)
    }

    /// How it would carry the request alone.
    pub(super) fn fit(&self, request: &Request) -> Result<Candidate, Rejection> {
        candidate::fit(request, self.from, self.to, self.account(), self.product, self.a, self.z)
    }

    pub(super) fn bare(&self, request: &Request) -> Result<Bare<'_>, Rejection> {
        if product_between(self.account(), self.a, self.z) != Some(self.product) {
            return Err(Rejection::NoProduct);
        }
        bare(request, self.from, self.to, self.account(), self.product, self.a, self.z)
    }
}

/// Classes of service of a leg that are tried, and combinations of them over a path: those listed first come first.
const MOST_CLASSES: usize = 6;

/// How these legs, joined like this, would carry the request: with the first classes of service, in the accounts' orders, that
/// together promise what was asked.
///
/// # Errors
/// Why they cannot.
pub fn fit_path(request: &Request, spans: &[Span], joints: &[Joint]) -> Result<Path, Rejection> {
    let mut legs = Vec::new();
    for span in spans {
        legs.push(span.bare(request)?);
    }
    let carried =
        legs.iter().flat_map(|leg| [leg.rates.a_to_z.committed(), leg.rates.z_to_a.committed()]).max();
    for joint in joints {
        let Joint::Patch(patch) = joint else { continue };
        if let (Some(asked), Some(most)) = (request.frame_size, patch.max_frame_size)
            && asked > most
        {
            return Err(Rejection::FrameTooLarge(most));
        }
        if patch.capacity.is_some_and(|most| carried.is_some_and(|carried| carried > most)) {
            return Err(Rejection::InterconnectTooSmall);
        }
    }
    if let Some(odd) =
        spans.iter().map(|span| span.account().currency).find(|one| *one != spans[0].account().currency)
    {
        return Err(Rejection::CurrencyDiffers(odd.to_string()));
    }
    let distance_km = legs.iter().map(|leg| leg.distance_km).sum::<Option<u32>>();
    let sold: Vec<Vec<&ServiceClass>> = spans
        .iter()
        .zip(&legs)
        .map(|(span, leg)| {
            let sites = (span.from.name.as_str(), span.to.name.as_str());
            candidate::classes(request, span.account(), sites, leg.distance_km).take(MOST_CLASSES).collect()
        })
        .collect();
    let mut closest: Option<(usize, String)> = None;
    for classes in combinations(&sold) {
        let promises = promised(request, classes.iter().map(|class| &class.level), joints, distance_km);
        if sufficient(&promises, request.objectives.accept) {
            let named = legs.into_iter().zip(spans).zip(&classes);
            let legs = named
                .map(|((leg, span), class)| leg.with(request, span.account(), &class.name, Vec::new()))
                .collect();
            return Ok(Path { legs, joints: joints.to_vec(), promises });
        }
        let names: Vec<&str> = classes.iter().map(|class| class.name.as_str()).collect();
        let short = short_of(&names.join(", "), &promises, request);
        if closest.as_ref().is_none_or(|(count, _)| short.0 < *count) {
            closest = Some(short);
        }
    }
    let nothing = "none is sold for one of its legs".to_owned();
    Err(Rejection::NoClassStrictEnough(closest.map_or(nothing, |(_, words)| words)))
}

/// One class for each leg, in every combination; those that take the first ones come first.
fn combinations<'a>(sold: &[Vec<&'a ServiceClass>]) -> Vec<Vec<&'a ServiceClass>> {
    let mut all: Vec<(usize, Vec<&ServiceClass>)> = vec![(0, Vec::new())];
    for classes in sold {
        all = all
            .into_iter()
            .flat_map(|(rank, chosen)| {
                classes.iter().enumerate().map(move |(index, class)| {
                    (rank + index, chosen.iter().copied().chain([*class]).collect())
                })
            })
            .collect();
    }
    all.sort_by_key(|(rank, _)| *rank);
    all.into_iter().map(|(_, classes)| classes).collect()
}

/// What the legs, joined like this, promise together about everything asked, in each direction the same.
pub fn promised<'a>(
    request: &Request,
    legs: impl IntoIterator<Item = &'a ServiceLevel>,
    joints: &[Joint],
    distance_km: Option<u32>,
) -> Vec<Promise> {
    promises(&request.objectives, &joined(legs, joints), distance_km)
}

/// The service level of legs that are joined like this.
pub fn joined<'a>(legs: impl IntoIterator<Item = &'a ServiceLevel>, joints: &[Joint]) -> ServiceLevel {
    let joints: Vec<ServiceLevel> = joints.iter().map(|joint| joint.junction().level()).collect();
    let legs = compose::chain(legs);
    compose::chain(std::iter::once(&legs).chain(&joints))
}

#[cfg(test)]
mod tests;
