//! Which seller could carry a request over one leg, and why the others cannot.

use std::collections::BTreeMap;
use std::fmt;

use super::jurisdiction;
use super::objective::{Basis, Promise, promises, sufficient};
use crate::model::{
    Account, Bandwidth, Port, PortMode, Product, Rate, Rates, Request, ServiceClass, SiteView, Term,
};

/// An account that may be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The account.
    pub account: Account,
    /// Whether the asking namespace may buy through it.
    pub allowed: bool,
}

/// How one seller would carry the request.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The account.
    pub account: String,
    /// Which product.
    pub product: Product,
    /// The port at the first end.
    pub a: Port,
    /// The port at the other end.
    pub z: Port,
    /// The rates that would be bought.
    pub rates: Rates,
    /// Largest frame in octets.
    pub frame_size: Option<u32>,
    /// The class of service.
    pub class_of_service: String,
    /// What it promises about everything asked.
    pub promises: Vec<Promise>,
    /// The term.
    pub term: Term,
    /// Distance between the ends.
    pub distance_km: Option<u32>,
}

impl Candidate {
    /// What is ordered besides the connection, and why.
    pub fn notes(&self) -> impl Iterator<Item = String> {
        [&self.a, &self.z].into_iter().filter(|port| port.is_dedicated()).map(|port| {
            format!(
                "{}: port {} is ordered with the service: no port of it that is there already carries this at {}",
                self.account, port.name, port.site
            )
        })
    }
}

impl Candidate {
    /// Which leg it is: seller, product and ports, whatever is carried on them.
    #[must_use]
    pub fn key(&self) -> String {
        leg_key(&self.account, self.product, (&self.a.site, &self.a.name), (&self.z.site, &self.z.name))
    }
}

/// A leg in words that a person can read: the same for the same seller, product and ports.
#[must_use]
pub fn leg_key(account: &str, product: Product, a: (&str, &str), z: (&str, &str)) -> String {
    let product = match product {
        Product::Epl => "EPL",
        Product::Evpl => "EVPL",
        Product::AccessEline => "Access E-Line",
    };
    format!("{account}: {product} from {}/{} to {}/{}", a.0, a.1, z.0, z.1)
}

/// Why a seller cannot carry the request. Ordered by how far it got: the last reason is the most telling one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rejection {
    /// An interconnect cannot be read, or not be honoured: why.
    Unreadable(String),
    /// Nothing is planned across an interconnect that is under maintenance.
    Maintenance,
    /// The platform team does not offer the interconnect to the namespace.
    InterconnectNotOffered,
    /// An interconnect names a port that cannot be used: which one.
    NoSuchPort(String),
    /// An interconnect joins a port that is shared by VLAN to one that is not.
    ModesDiffer,
    /// A seller finally refused it before.
    Refused,
    /// The user does not want it.
    Denied,
    /// The platform team does not offer it to the namespace.
    NotAllowed,
    /// It hands over no port at this site.
    NoPort(String),
    /// Its ports at this site are not offered to the namespace.
    PortNotOffered(String),
    /// Its ports at the two ends are of different modes, or it does not sell the product between them.
    NoProduct,
    /// It, or a site on the way, is in a country through which data may not pass: which.
    JurisdictionNotAllowed(String),
    /// Nobody states the countries of it, or of a site on the way: of which, and where to state them.
    JurisdictionUnknown(String),
    /// It quotes in another currency than the budget.
    CurrencyDiffers(String),
    /// Its ports carry no frames of this size.
    FrameTooLarge(u32),
    /// An interconnect on the way carries less.
    InterconnectTooSmall,
    /// It sells no rate as high between its ports: the highest.
    BandwidthNotSold(Bandwidth),
    /// It sells no term like this: those that it sells.
    NoTerm(String),
    /// No class of service promises what was asked: the closest one, and where it falls short.
    NoClassStrictEnough(String),
    /// No two of the paths that can carry it may be a pair: the closest one, and what it shares.
    NoDiversePair(String),
}

impl Rejection {
    /// One PascalCase word for conditions.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Denied | Self::NoPort(_) | Self::NoProduct => "NoProvider",
            Self::Maintenance => "UnderMaintenance",
            Self::Unreadable(_) | Self::NoSuchPort(_) | Self::ModesDiffer => "InterconnectUnusable",
            Self::Refused => "LegRefused",
            Self::InterconnectTooSmall => "BandwidthNotSold",
            Self::NotAllowed | Self::PortNotOffered(_) | Self::InterconnectNotOffered => "NotAllowed",
            Self::JurisdictionNotAllowed(_) => "JurisdictionNotAllowed",
            Self::JurisdictionUnknown(_) => "JurisdictionUnknown",
            Self::CurrencyDiffers(_) => "CurrencyDiffers",
            Self::FrameTooLarge(_) => "FrameTooLarge",
            Self::BandwidthNotSold(_) => "BandwidthNotSold",
            Self::NoTerm(_) => "TermNotSold",
            Self::NoClassStrictEnough(_) => "NoClassStrictEnough",
            Self::NoDiversePair(_) => "NoDiversePath",
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) | Self::JurisdictionNotAllowed(why) | Self::JurisdictionUnknown(why) => {
                f.write_str(why)
            }
            Self::Maintenance => f.write_str("it is under maintenance"),
            Self::InterconnectNotOffered => {
                f.write_str("this interconnect is not offered to this namespace; ask the platform team")
            }
            Self::NoSuchPort(port) => write!(f, "its port {port} is not there, or cannot be patched"),
            Self::ModesDiffer => f.write_str("one of its ports is shared by VLAN and the other is not"),
            Self::Refused => f.write_str("the seller refused it before"),
            Self::InterconnectTooSmall => f.write_str("an interconnect on the way carries less"),
            Self::Denied => f.write_str("the intent denies it"),
            Self::NotAllowed => f.write_str("it is not offered to this namespace; ask the platform team"),
            Self::NoPort(site) => write!(f, "it has no usable port at {site}"),
            Self::PortNotOffered(site) => {
                write!(f, "its ports at {site} are not offered to this namespace; ask the platform team")
            }
            Self::NoProduct => f.write_str("it sells no product between its ports at the two sites"),
            Self::CurrencyDiffers(currency) => {
                write!(f, "it quotes in {currency}; state the budget in {currency}")
            }
            Self::FrameTooLarge(most) => write!(f, "its ports carry frames of at most {most} octets"),
            Self::BandwidthNotSold(most) => write!(f, "it carries at most {most} between its ports"),
            Self::NoTerm(sold) => write!(f, "the only terms that it sells are {sold}"),
            Self::NoClassStrictEnough(closest) => {
                write!(f, "no class of service is strict enough: {closest}")
            }
            Self::NoDiversePair(closest) => write!(f, "no two paths are as diverse as asked: {closest}"),
        }
    }
}

/// Each account's answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It could.
    Candidate(Box<Candidate>),
    /// It cannot.
    Rejected {
        /// The account.
        account: String,
        /// Why.
        why: Rejection,
    },
}

/// What each account could do for the request.
#[must_use]
pub fn verdicts(request: &Request, a: &SiteView, z: &SiteView, accounts: &[Asked]) -> Vec<Verdict> {
    accounts
        .iter()
        .map(|asked| match candidate(request, a, z, asked) {
            Ok(candidate) => Verdict::Candidate(Box::new(candidate)),
            Err(why) => Verdict::Rejected { account: asked.account.name.clone(), why },
        })
        .collect()
}

fn candidate(request: &Request, a: &SiteView, z: &SiteView, asked: &Asked) -> Result<Candidate, Rejection> {
    let account = &asked.account;
    if request.deny.contains(&account.name) {
        return Err(Rejection::Denied);
    }
    if !asked.allowed {
        return Err(Rejection::NotAllowed);
    }
    let ends = (ports(account, a), ports(account, z));
    if ends.0.is_ok() || ends.1.is_ok() {
        // It could at least be part of a chain.
        jurisdiction::of_leg(request, account, [a, z])?;
    }
    let (ports_a, ports_z) = (ends.0?, ends.1?);
    let (product, port_a, port_z) = pair(request, account, &ports_a, &ports_z).ok_or(Rejection::NoProduct)?;
    fit(request, a, z, account, product, port_a, port_z)
}

/// How the account would carry the request between these two ports.
///
/// # Errors
/// Why it cannot.
pub fn fit(
    request: &Request,
    site_a: &SiteView,
    site_z: &SiteView,
    account: &Account,
    product: Product,
    a: &Port,
    z: &Port,
) -> Result<Candidate, Rejection> {
    let bare = bare(request, site_a, site_z, account, product, a, z)?;
    let (class, promises) = class(request, account, (&site_a.name, &site_z.name), bare.distance_km)?;
    Ok(bare.with(request, account, &class.name, promises))
}

/// The same, but for the class of service.
pub(super) fn bare<'a>(
    request: &Request,
    site_a: &SiteView,
    site_z: &SiteView,
    account: &Account,
    product: Product,
    a: &'a Port,
    z: &'a Port,
) -> Result<Bare<'a>, Rejection> {
    jurisdiction::of_leg(request, account, [site_a, site_z])?;
    if request.budget.is_some_and(|budget| budget.currency != account.currency) {
        return Err(Rejection::CurrencyDiffers(account.currency.to_string()));
    }
    let largest = [a.max_frame_size, z.max_frame_size].into_iter().flatten().min();
    if let (Some(asked), Some(most)) = (request.frame_size, largest)
        && asked > most
    {
        return Err(Rejection::FrameTooLarge(most));
    }
    let rates = rates(request, account, a, z)?;
    let term = term(request, account)?;
    let distance_km = site_a.position.zip(site_z.position).map(|(a, z)| whole_km(a.distance_km(z)));
    Ok(Bare { product, a, z, rates, term, distance_km })
}

/// A leg but for its class of service, which the whole path decides.
#[derive(Debug, Clone)]
pub(super) struct Bare<'a> {
    product: Product,
    a: &'a Port,
    z: &'a Port,
    pub rates: Rates,
    term: Term,
    pub distance_km: Option<u32>,
}

impl Bare<'_> {
    pub fn with(
        self,
        request: &Request,
        account: &Account,
        class: &str,
        promises: Vec<Promise>,
    ) -> Candidate {
        Candidate {
            account: account.name.clone(),
            product: self.product,
            a: self.a.clone(),
            z: self.z.clone(),
            rates: self.rates,
            frame_size: request.frame_size,
            class_of_service: class.to_owned(),
            promises,
            term: self.term,
            distance_km: self.distance_km,
        }
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "distances on earth are 0 to 20,040 km"
)]
fn whole_km(distance: f64) -> u32 {
    distance.round().clamp(0.0, 40_000.0) as u32
}

pub(super) fn ports<'a>(account: &Account, site: &'a SiteView) -> Result<Vec<&'a Port>, Rejection> {
    let all: Vec<&Port> = site.ports.iter().filter(|port| port.account == account.name).collect();
    if all.is_empty() {
        return Err(Rejection::NoPort(site.name.clone()));
    }
    let offered: Vec<&Port> = all.into_iter().filter(|port| port.offered).collect();
    if offered.is_empty() { Err(Rejection::PortNotOffered(site.name.clone())) } else { Ok(offered) }
}

/// Two ports between which the account sells a product. What is there already costs nothing more: it is passed over only where
/// it cannot carry this. Then services that share ports come first, they waste nothing; then the first port by name.
fn pair<'a>(
    request: &Request,
    account: &Account,
    a: &[&'a Port],
    z: &[&'a Port],
) -> Option<(Product, &'a Port, &'a Port)> {
    let cost = |port: &Port| waste(request, account, port);
    let best = |face, ports: &[&'a Port]| best_port(request, account, face, ports);
    sold(account).filter_map(|(product, from, to)| Some((product, best(from, a)?, best(to, z)?))).min_by_key(
        |(_, a, z)| {
            let (a, z) = (cost(a), cost(z));
            (a.0 + z.0, a.1 + z.1)
        },
    )
}

/// The port with this face that wastes least.
fn best_port<'a>(request: &Request, account: &Account, face: Face, ports: &[&'a Port]) -> Option<&'a Port> {
    let fits = |port: &&&Port| face.is_of(port);
    ports.iter().filter(fits).min_by_key(|port| waste(request, account, port)).copied()
}

/// The ports that can carry the request, those that are there already first, then by name. Of ports that differ only in their name
/// there are so many at most.
pub(super) fn distinct_ports<'a>(
    request: &Request,
    account: &Account,
    ports: &[&'a Port],
    most: usize,
) -> Vec<&'a Port> {
    let kind = |port: &'a Port| {
        let lone = port.max_end_points.is_some_and(|most| most < 2);
        let tagged = matches!(port.mode, PortMode::Tagged(_));
        (port.is_enni(), tagged, port.is_dedicated(), lone, port.risk_groups.as_slice())
    };
    let mut able: Vec<&Port> = ports.to_vec();
    able.retain(|port| {
        sold(account).any(|(_, face, _)| face.is_of(port)) && !is_too_small(request, account, port)
    });
    able.sort_by_key(|port| (port.is_dedicated(), &port.name));
    let mut kinds = BTreeMap::new();
    able.retain(|port| {
        let count = kinds.entry(kind(port)).or_insert(0);
        *count += 1;
        *count <= most
    });
    able
}

/// The ports at which services of the account can end, the best for each product.
pub(super) fn end_ports<'a>(request: &Request, account: &Account, ports: &[&'a Port]) -> Vec<&'a Port> {
    let mut found: Vec<&Port> = Vec::new();
    for (_, face, _) in sold(account) {
        let best = best_port(request, account, face, ports);
        found.extend(best.filter(|best| found.iter().all(|known| known.name != best.name)));
    }
    found
}

/// What a port is to a product that ends at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Face {
    /// A UNI that one service takes whole.
    Whole,
    /// A UNI that services share by VLAN, or one that is ordered with its only service.
    Tagged,
    /// A UNI that services share by VLAN and that is there: an Access E-Line brings no port of its own yet.
    Standing,
    /// An ENNI.
    Enni,
}

impl Face {
    fn is_of(self, port: &Port) -> bool {
        let tagged = matches!(port.mode, PortMode::Tagged(_));
        match self {
            Self::Whole => !port.is_enni() && !tagged,
            Self::Tagged => !port.is_enni() && tagged,
            Self::Standing => !port.is_enni() && tagged && !port.is_dedicated(),
            Self::Enni => port.is_enni(),
        }
    }
}

/// What each product runs between, from the first end to the second. Of products that are as good, the first is taken.
const PRODUCTS: [(Product, Face, Face); 4] = [
    (Product::Evpl, Face::Tagged, Face::Tagged),
    (Product::Epl, Face::Whole, Face::Whole),
    (Product::AccessEline, Face::Standing, Face::Enni),
    (Product::AccessEline, Face::Enni, Face::Standing),
];

fn sold(account: &Account) -> impl Iterator<Item = (Product, Face, Face)> {
    PRODUCTS.into_iter().filter(|(product, ..)| account.products.contains(product))
}

/// The product that the account sells between these two ports.
pub(super) fn product_between(account: &Account, a: &Port, z: &Port) -> Option<Product> {
    sold(account).find(|(_, from, to)| from.is_of(a) && to.is_of(z)).map(|(product, ..)| product)
}

/// Whether both ports tell services apart by VLAN, or neither does.
pub(super) fn same_mode(one: &Port, other: &Port) -> bool {
    matches!(one.mode, PortMode::Tagged(_)) == matches!(other.mode, PortMode::Tagged(_))
}

fn waste(request: &Request, account: &Account, port: &Port) -> (u8, u8) {
    let (small, ordered) = (u8::from(is_too_small(request, account, port)), u8::from(port.is_dedicated()));
    // What runs already runs on ports that are there, whatever is asked of it by now.
    if request.existing.is_some() { (ordered, small) } else { (small, ordered) }
}

fn is_too_small(request: &Request, account: &Account, port: &Port) -> bool {
    let sold = |rate: Rate| rate.committed().round_up(&account.steps).unwrap_or(rate.committed());
    let carried = sold(request.rates.a_to_z).max(sold(request.rates.z_to_a));
    port.capacity.is_some_and(|most| carried > most)
        || port.max_frame_size.is_some_and(|most| request.frame_size.is_some_and(|asked| asked > most))
}

fn rates(request: &Request, account: &Account, a: &Port, z: &Port) -> Result<Rates, Rejection> {
    let capacity = [a.capacity, z.capacity].into_iter().flatten().min();
    let carried = |rate: &Bandwidth| capacity.is_none_or(|capacity| *rate <= capacity);
    let sold = |rate: Rate| match rate.committed().round_up(&account.steps).filter(carried) {
        Some(committed) => Ok(Rate::new(committed, Some(rate.peak()))),
        None => {
            let step = account.steps.iter().copied().filter(carried).max();
            Err(Rejection::BandwidthNotSold(step.or(capacity).unwrap_or(rate.committed())))
        }
    };
    Ok(Rates { a_to_z: sold(request.rates.a_to_z)?, z_to_a: sold(request.rates.z_to_a)? })
}

fn term(request: &Request, account: &Account) -> Result<Term, Rejection> {
    let found = match request.term {
        None => account.terms.first(),
        Some(asked) => account
            .terms
            .iter()
            .find(|term| (term.value, term.unit, term.at_end) == (asked.value, asked.unit, asked.at_end)),
    };
    found.cloned().ok_or_else(|| {
        let words = |term: &Term| {
            format!("{{value: {}, unit: {:?}, atEnd: {:?}}}", term.value, term.unit, term.at_end)
        };
        let sold: Vec<String> = account.terms.iter().map(words).collect();
        Rejection::NoTerm(if sold.is_empty() { "none".to_owned() } else { sold.join(", ") })
    })
}

fn class<'a>(
    request: &Request,
    account: &'a Account,
    sites: (&str, &str),
    distance_km: Option<u32>,
) -> Result<(&'a ServiceClass, Vec<Promise>), Rejection> {
    let mut closest: Option<(usize, String)> = None;
    for class in classes(request, account, sites, distance_km) {
        let promises = promises(&request.objectives, &class.level, distance_km);
        if sufficient(&promises, request.objectives.accept) {
            return Ok((class, promises));
        }
        let short = short_of(&class.name, &promises, request);
        if closest.as_ref().is_none_or(|(count, _)| short.0 < *count) {
            closest = Some(short);
        }
    }
    let nothing = "none is sold between these sites".to_owned();
    Err(Rejection::NoClassStrictEnough(closest.map_or(nothing, |(_, words)| words)))
}

/// Classes of service that are sold between these sites for this request, in the account's order.
pub(super) fn classes<'a>(
    request: &Request,
    account: &'a Account,
    sites: (&str, &str),
    distance_km: Option<u32>,
) -> impl Iterator<Item = &'a ServiceClass> {
    let excess = [request.rates.a_to_z, request.rates.z_to_a].iter().any(|rate| rate.excess().bits() > 0);
    let sold =
        move |class: &&ServiceClass| class.covers(sites.0, sites.1, distance_km) && (class.excess || !excess);
    account.classes.iter().filter(sold)
}

/// How many of the objectives are missed, and which, in words.
pub(super) fn short_of(class: &str, promises: &[Promise], request: &Request) -> (usize, String) {
    let missing: Vec<String> = promises
        .iter()
        .filter(|promise| !sufficient(std::slice::from_ref(promise), request.objectives.accept))
        .map(|Promise { objective, bound, promised, basis, broken, .. }| {
            let asked = format!("{} asked {bound}", objective.name());
            // What no seller can promise.
            let light = *basis == Basis::Distance && *broken;
            if light {
                format!("{asked}, and {promised}")
            } else {
                format!("{asked}, promised {promised} ({basis})")
            }
        })
        .collect();
    (missing.len(), format!("{class}: {}", missing.join("; ")))
}
