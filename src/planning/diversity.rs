//! Pairs of paths of which one survives what breaks the other: what two paths share, and which pairs there are, the best first.
//!
//! Each path leaves a footprint: everything that only one path of a pair may use. Two paths are a pair where their footprints have
//! nothing in common. Paths come from the search of [`network`](super::network), the best first, and each is paired with all that came
//! before; no pair that is still to come is better than the best path with the next one, so the search ends where that cannot matter.
//!
//! What nobody states is not known: of a leg whose seller tells nothing about its route, a pair says so. What our own ports and
//! interconnects do not name, they do not share.

use std::collections::BTreeMap;
use std::fmt;

use super::candidate::{Asked, Candidate, Rejection};
use super::network::{Cost, Ends, Network, Search, unusable};
use super::path::{Joint, Path};
use super::way::Way;
use crate::model::{Account, Claimed, Port, PortMode, Request, Resilience};

/// How far is searched: partial paths that are made, and paths that are paired. That the search was cut short is said.
#[derive(Debug, Clone, Copy)]
struct Work {
    parts: usize,
    paths: usize,
}

const MOST_WORK: Work = Work { parts: 10_000, paths: 250 };

/// Something that both paths use and only one may.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shared {
    /// The seller of this account.
    Seller(String),
    /// A service of one seller between the same two ports.
    Leg(String),
    /// An interconnect.
    Interconnect(String),
    /// A site between the ends.
    Site(String),
    /// A port at an end, as `site/port`.
    Port(String),
    /// What breaks both.
    RiskGroup(String),
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seller(account) => write!(f, "the seller of {account}"),
            Self::Leg(leg) => write!(f, "the leg {leg}"),
            Self::Interconnect(name) => write!(f, "the interconnect {name}"),
            Self::Site(site) => write!(f, "the site {site}"),
            Self::Port(port) => write!(f, "the port {port}"),
            Self::RiskGroup(group) => write!(f, "the risk group {group}"),
        }
    }
}

/// How good pairs are proven to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Proof {
    /// There are none better.
    #[default]
    Optimal,
    /// The search was cut short: there may be better ones.
    BestFound,
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Optimal => "there is none better",
            Self::BestFound => "best found; the search was cut short",
        })
    }
}

/// The pairs that were found, and what stands in the way of others.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pairs {
    /// The best, best first: by the sum of legs, then of delay to be expected, then of ports to be ordered. The better path of a
    /// pair comes first. Pairs that differ only in the ports that they use are told once.
    pub ways: Vec<Way>,
    /// Paths and interconnects that cannot be used, and why; and what the closest pair shares, where there is none that may be.
    pub rejections: Vec<(String, Rejection)>,
    /// How good they are proven to be.
    pub proof: Proof,
}

/// What is not verified about two paths that may be a pair, in words: nothing where all is known. A port at an end that both use is
/// as the user wishes; nothing is said of it.
///
/// # Errors
/// What both use and only one may, where they may not be a pair.
pub fn shared(
    request: &Request,
    one: &Path,
    other: &Path,
    accounts: &[Asked],
) -> Result<Vec<String>, Vec<Shared>> {
    let mut things = Things::new(request, accounts);
    let (left, right) = (things.footprint(one), things.footprint(other));
    let common = things.named(left.common(&right));
    if common.is_empty() { Ok(things.unverified([one, other])) } else { Err(common) }
}

/// The best pairs, so many at most, of which each path alone carries the request. None where the request asks for no pair.
#[must_use]
pub fn pairs(request: &Request, network: &Network, most: usize) -> Pairs {
    pairs_within(request, network, most, MOST_WORK)
}

fn pairs_within(request: &Request, network: &Network, most: usize, work: Work) -> Pairs {
    if request.resilience == Resilience::None || most == 0 {
        return Pairs::default();
    }
    let mut search = Search::new(request, network, Ends::All, 1, work.parts);
    let mut pairing = Pairing::new(Things::new(request, network.accounts));
    let mut rejections = unusable(request, network);
    let proven = loop {
        if pairing.has_best(most, search.floor()) {
            break true;
        }
        if pairing.carriers.len() == work.paths {
            break false;
        }
        let Some(found) = search.next() else { break !search.cut };
        match found.fit(request) {
            Ok(path) => pairing.add(path, found.cost),
            Err(why) => {
                let rejected = (found.name(), why);
                if !rejections.contains(&rejected) {
                    rejections.push(rejected);
                }
            }
        }
    };
    let proof = if proven { Proof::Optimal } else { Proof::BestFound };
    let ways = pairing.best(most);
    if ways.is_empty() {
        rejections.extend(pairing.closest(proof));
    }
    Pairs { ways, rejections, proof }
}

/// A pair by what it costs, then by the numbers of its paths, the later one first.
type Rank = (Cost, usize, usize);

/// A path that carries the request.
struct Carrier {
    path: Path,
    cost: Cost,
    /// The same for all paths of one name.
    name: usize,
    footprint: Footprint,
}

/// Every path with every other; paths come the best first.
struct Pairing<'a> {
    things: Things<'a>,
    carriers: Vec<Carrier>,
    names: BTreeMap<String, usize>,
    /// The best pair of paths of these names.
    pairs: BTreeMap<(usize, usize), Rank>,
    /// The pair that has least in common, by how many things that is.
    closest: Option<(u32, Rank)>,
}

impl<'a> Pairing<'a> {
    const fn new(things: Things<'a>) -> Self {
        Self { things, carriers: Vec::new(), names: BTreeMap::new(), pairs: BTreeMap::new(), closest: None }
    }

    fn add(&mut self, path: Path, cost: Cost) {
        let new = self.names.len();
        let name = *self.names.entry(path.name()).or_insert(new);
        let footprint = self.things.footprint(&path);
        let later = self.carriers.len();
        for (earlier, carrier) in self.carriers.iter().enumerate() {
            let common = carrier.footprint.common(&footprint).map(u64::count_ones).sum();
            let rank = (carrier.cost + cost, later, earlier);
            if common == 0 {
                let best = self.pairs.entry((carrier.name.min(name), carrier.name.max(name))).or_insert(rank);
                *best = rank.min(*best);
            } else if self.closest.is_none_or(|closest| (common, rank) < closest) {
                self.closest = Some((common, rank));
            }
        }
        self.carriers.push(Carrier { path, cost, name, footprint });
    }

    /// Whether no path that costs as much as this or more makes a pair that is better than so many that are known.
    fn has_best(&self, most: usize, floor: Option<Cost>) -> bool {
        let (Some(first), Some(floor)) = (self.carriers.first(), floor) else { return false };
        let least = first.cost + floor;
        self.pairs.values().filter(|(cost, ..)| *cost <= least).take(most).count() == most
    }

    fn best(&self, most: usize) -> Vec<Way> {
        let mut ranks: Vec<Rank> = self.pairs.values().copied().collect();
        ranks.sort_unstable();
        ranks.truncate(most);
        let way = |(_, later, earlier): Rank| {
            let paths = [earlier, later].map(|number| &self.carriers[number].path);
            Way { paths: paths.map(Clone::clone).into(), unverified: self.things.unverified(paths) }
        };
        ranks.into_iter().map(way).collect()
    }

    /// Why there is no pair, where one path at least carries the request.
    fn closest(&self, proof: Proof) -> Option<(String, Rejection)> {
        let (name, mut why) = match (self.closest, self.carriers.first()) {
            (Some((_, (_, later, earlier))), _) => {
                let [one, other] = [earlier, later].map(|number| &self.carriers[number]);
                let common = self.things.named(one.footprint.common(&other.footprint));
                let common: Vec<String> = common.iter().map(ToString::to_string).collect();
                let paths = vec![one.path.clone(), other.path.clone()];
                let name = Way { paths, unverified: Vec::new() }.name();
                (name, format!("both would use {}", common.join(", ")))
            }
            (None, Some(only)) => (only.path.name(), "no other path can carry it".to_owned()),
            (None, None) => return None,
        };
        if proof == Proof::BestFound {
            why.push_str(" (the search was cut short)");
        }
        Some((name, Rejection::NoDiversePair(why)))
    }
}

/// What a thing is told apart by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Seller(String),
    Leg(String, [Claimed; 2]),
    Interconnect(String),
    Site(String),
    Port(String, Claimed),
    RiskGroup(String),
}

/// Things that paths use, by number.
struct Things<'a> {
    request: &'a Request,
    accounts: &'a [Asked],
    numbers: BTreeMap<Key, usize>,
    names: Vec<Shared>,
}

/// What only one path of a pair may use.
struct Footprint {
    between: Set,
    /// The port at each end, and what breaks it: this counts where the other path ends at another port.
    ends: Vec<(usize, Set)>,
}

impl Footprint {
    /// What both use and only one may, word by word of a set. It is asked of every two paths, so it makes no set.
    fn common<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = u64> + 'a {
        let [left, right] = [(self, other), (other, self)].map(|(one, other)| {
            let counts = |end: usize| one.ends.get(end).is_some_and(|end| !other.ends_at(end.0));
            (one, [counts(0), counts(1)])
        });
        let word = |(one, counts): (&Self, [bool; 2]), place| {
            let ends = one.ends.iter().zip(counts).filter(|(_, counts)| *counts);
            ends.fold(one.between.word(place), |all, ((_, risks), _)| all | risks.word(place))
        };
        (0..self.words().min(other.words())).map(move |place| word(left, place) & word(right, place))
    }

    fn ends_at(&self, port: usize) -> bool {
        self.ends.iter().any(|(its, _)| *its == port)
    }

    fn words(&self) -> usize {
        let ends = self.ends.iter().map(|(_, risks)| risks.0.len());
        ends.fold(self.between.0.len(), usize::max)
    }
}

impl<'a> Things<'a> {
    const fn new(request: &'a Request, accounts: &'a [Asked]) -> Self {
        Self { request, accounts, numbers: BTreeMap::new(), names: Vec::new() }
    }

    fn number(&mut self, key: Key, name: Shared) -> usize {
        let names = &mut self.names;
        *self.numbers.entry(key).or_insert_with(|| {
            names.push(name);
            names.len() - 1
        })
    }

    fn named(&self, words: impl Iterator<Item = u64>) -> Vec<Shared> {
        let mut named: Vec<Shared> =
            Set(words.collect()).numbers().map(|number| self.names[number].clone()).collect();
        named.sort();
        named
    }

    fn footprint(&mut self, path: &Path) -> Footprint {
        let mut footprint = Footprint { between: Set::default(), ends: Vec::new() };
        match self.request.resilience {
            Resilience::None => {}
            Resilience::DiverseProvider => {
                for leg in &path.legs {
                    footprint.between.insert(self.seller(leg));
                }
            }
            Resilience::DiversePath { separate_ports } => {
                for leg in &path.legs {
                    footprint.between.insert(self.leg(leg));
                    let account = self.account(leg);
                    let risks = account.and_then(|account| account.route_risks(&leg.a.site, &leg.z.site));
                    footprint.between.add(&self.risks(risks.unwrap_or_default()));
                }
                for joint in &path.joints {
                    self.joint(joint, &mut footprint.between);
                }
                // Where two legs meet there are ports, too.
                for pair in path.legs.windows(2) {
                    let [one, other] = pair else { continue };
                    for port in [&one.z, &other.a] {
                        footprint.between.add(&self.risks(port.risk_groups.iter().map(String::as_str)));
                    }
                }
                let (a, z) = (path.legs.first(), path.legs.last());
                let (a, z) = (a.map(|leg| (&leg.a, &self.request.a)), z.map(|leg| (&leg.z, &self.request.z)));
                for (port, end) in [a, z].into_iter().flatten() {
                    let number = self.port(port);
                    if separate_ports || end.vlan.is_some() || carries_one(port) {
                        footprint.between.insert(number);
                    }
                    let risks = self.risks(port.risk_groups.iter().map(String::as_str));
                    footprint.ends.push((number, risks));
                }
            }
        }
        footprint
    }

    fn account(&self, leg: &Candidate) -> Option<&'a Account> {
        self.accounts.iter().map(|asked| &asked.account).find(|account| account.name == leg.account)
    }

    fn seller(&mut self, leg: &Candidate) -> usize {
        // Of an account that is gone nobody knows whose it was: it is told apart by its name.
        let seller = self.account(leg).map_or(&leg.account, |account| &account.seller);
        self.number(Key::Seller(seller.clone()), Shared::Seller(leg.account.clone()))
    }

    fn leg(&mut self, leg: &Candidate) -> usize {
        let mut ports = [leg.a.claimed(), leg.z.claimed()];
        ports.sort();
        self.number(Key::Leg(leg.account.clone(), ports), Shared::Leg(leg.key()))
    }

    fn port(&mut self, port: &Port) -> usize {
        let name = format!("{}/{}", port.site, port.name);
        self.number(Key::Port(port.account.clone(), port.claimed()), Shared::Port(name))
    }

    fn joint(&mut self, joint: &Joint, used: &mut Set) {
        let site = match joint {
            Joint::Patch(patch) => {
                let key = Key::Interconnect(patch.name.clone());
                used.insert(self.number(key, Shared::Interconnect(patch.name.clone())));
                used.add(&self.risks(patch.risk_groups.iter().map(String::as_str)));
                &patch.site
            }
            Joint::Transit { site, .. } => site,
        };
        used.insert(self.number(Key::Site(site.clone()), Shared::Site(site.clone())));
    }

    fn risks<'s>(&mut self, groups: impl IntoIterator<Item = &'s str>) -> Set {
        let mut risks = Set::default();
        for group in groups {
            risks.insert(self.number(Key::RiskGroup(group.into()), Shared::RiskGroup(group.into())));
        }
        risks
    }

    /// What nobody states of what the paths use.
    fn unverified(&self, paths: [&Path; 2]) -> Vec<String> {
        match self.request.resilience {
            Resilience::None | Resilience::DiverseProvider => return Vec::new(),
            Resilience::DiversePath { .. } => {}
        }
        let mut words = Vec::new();
        for leg in paths.into_iter().flat_map(|path| &path.legs) {
            let (a, z) = (&leg.a.site, &leg.z.site);
            let known = self.account(leg).and_then(|account| account.route_risks(a, z)).is_some();
            let word = format!("{} gives no data about risks of its route {a} to {z}", leg.account);
            if !known && !words.contains(&word) {
                words.push(word);
            }
        }
        words
    }
}

/// Whether a port has room for one service only.
fn carries_one(port: &Port) -> bool {
    port.mode == PortMode::Whole || port.is_dedicated() || port.max_end_points.is_some_and(|most| most < 2)
}

/// A set of small numbers.
#[derive(Debug, Clone, Default)]
struct Set(Vec<u64>);

impl Set {
    fn insert(&mut self, number: usize) {
        let word = number / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (number % 64);
    }

    fn add(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(word, more)| *word |= more);
    }

    fn word(&self, place: usize) -> u64 {
        self.0.get(place).copied().unwrap_or_default()
    }

    fn numbers(&self) -> impl Iterator<Item = usize> {
        let bits = |(place, word): (usize, &u64)| {
            let word = *word;
            (0..64).filter(move |bit| (word >> bit) & 1 == 1).map(move |bit| place * 64 + bit)
        };
        self.0.iter().enumerate().flat_map(bits)
    }
}

#[cfg(test)]
mod tests;
