//! Chains of legs between two sites: which there are, the best first.
//!
//! A leg runs between two ports of one account, or from an end; the next begins at a port that is patched to where it ended, or
//! that our own equipment joins to it. The search is best-first by number of legs, then by the delay to be expected, then by names:
//! so what it finds first is the best by estimate, and equal input gives an equal answer. No site is visited twice.
//! [`diversity`](super::diversity) pairs what the same search finds.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::ops::Add;
use std::time::Duration;

use super::candidate::{
    Asked, Rejection, classes, distinct_ports, end_ports, fit, ports, product_between, same_mode,
};
use super::distance;
use super::jurisdiction;
use super::path::{Joint, Path, Span, fit_path, name};
use crate::model::{Interconnect, Port, Request, SiteView, Transit};

/// Most chains that are asked for offers.
pub const MOST_CHAINS: usize = 4;

/// Most partial chains that are made; what is left out then is said.
const MOST_PARTS: usize = 100_000;

/// At which ports of the ends paths begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// At the best one for each product that an account sells there.
    Best,
    /// At each that can carry the request. Of ports that do not differ there are enough for a pair.
    All,
}

/// Everything that chains are made of.
#[derive(Debug, Clone, Copy)]
pub struct Network<'a> {
    /// Where chains begin.
    pub a: &'a SiteView,
    /// Where they end.
    pub z: &'a SiteView,
    /// Sites at which legs may meet.
    pub between: &'a [SiteView],
    /// Patches between ports.
    pub interconnects: &'a [Interconnect],
    /// The accounts.
    pub accounts: &'a [Asked],
    /// Legs that are not to be used, by [`Candidate::key`](super::Candidate::key): a seller refused them.
    pub refused: &'a BTreeSet<String>,
}

/// The chains that were found, and what stands in the way of others.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chains {
    /// The best, best first.
    pub paths: Vec<Path>,
    /// Chains and interconnects that cannot be used, and why.
    pub rejections: Vec<(String, Rejection)>,
    /// Whether there may be more: the search was cut short.
    pub cut: bool,
}

/// What a path is expected to cost in all that counts before names: legs, then delay, then ports that are ordered with it. The cost
/// of two paths is the sum of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cost {
    legs: usize,
    delay: Duration,
    new_ports: usize,
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            legs: self.legs + other.legs,
            delay: self.delay.saturating_add(other.delay),
            new_ports: self.new_ports + other.new_ports,
        }
    }
}

/// How good a path can become at best.
type Rank<'a> = (Cost, Vec<ByName<'a>>);

/// A port in the order of names.
#[derive(Clone, Copy)]
struct ByName<'a>(&'a Port);

impl ByName<'_> {
    fn names(&self) -> (&str, &str, &str) {
        (&self.0.account, &self.0.site, &self.0.name)
    }
}

impl Ord for ByName<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.names().cmp(&other.names())
    }
}

impl PartialOrd for ByName<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ByName<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for ByName<'_> {}

/// A path that goes from end to end; nobody looked whether it carries the request.
pub(super) struct Found<'a> {
    spans: Vec<Span<'a>>,
    joints: Vec<Joint>,
    /// What it is expected to cost.
    pub cost: Cost,
}

/// A path as far as it goes.
#[derive(Clone, Copy)]
struct Part<'a> {
    /// The last leg, and the part before it; nothing where there is no leg yet.
    last: Option<(usize, Span<'a>)>,
    /// Where the next leg begins; nothing where the path is complete.
    next: Option<Next<'a>>,
    legs: usize,
    delay: Duration,
    new_ports: usize,
}

/// Where the next leg begins.
#[derive(Clone, Copy)]
struct Next<'a> {
    site: &'a SiteView,
    port: &'a Port,
    /// What the last leg goes on through; nothing at the first end.
    meeting: Option<Meeting<'a>>,
}

/// What two legs meet at.
#[derive(Clone, Copy)]
enum Meeting<'a> {
    Patch(&'a Interconnect),
    Transit(&'a SiteView, Transit),
}

impl Meeting<'_> {
    const fn latency(self) -> Duration {
        match self {
            Self::Patch(patch) => patch.latency,
            Self::Transit(_, transit) => transit.latency,
        }
    }

    fn joint(self) -> Joint {
        match self {
            Self::Patch(patch) => Joint::Patch(Box::new(patch.clone())),
            Self::Transit(site, transit) => Joint::Transit { site: site.name.clone(), transit },
        }
    }
}

/// The best chains of two and more legs, so many at most.
#[must_use]
pub fn chains(request: &Request, network: &Network, most: usize) -> Chains {
    let mut found = Chains { rejections: unusable(request, network), ..Chains::default() };
    if network.between.is_empty() {
        return found;
    }
    let mut search = Search::new(request, network, Ends::Best, 2, MOST_PARTS);
    while found.paths.len() < most {
        let Some(path) = search.next() else { break };
        match path.fit(request) {
            Ok(path) => found.paths.push(path),
            Err(why) => found.rejections.push((path.name(), why)),
        }
    }
    found.cut = search.cut;
    found
}

/// The paths between two sites one after the other, the best first.
pub(super) struct Search<'a> {
    request: &'a Request,
    network: Network<'a>,
    ends: Ends,
    /// Fewest legs of a path.
    fewest: usize,
    most_parts: usize,
    /// Fewest legs from a port of an account to the last end.
    needs: BTreeMap<&'a str, usize>,
    parts: Vec<Part<'a>>,
    queue: BinaryHeap<Reverse<(Rank<'a>, usize)>>,
    /// Whether it ended before all was looked at.
    pub cut: bool,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        request: &'a Request,
        network: &Network<'a>,
        ends: Ends,
        fewest: usize,
        most_parts: usize,
    ) -> Self {
        let (needs, parts, queue, network) = (BTreeMap::new(), Vec::new(), BinaryHeap::new(), *network);
        let mut search = Self { request, network, ends, fewest, most_parts, needs, parts, queue, cut: false };
        search.needs = search.needs();
        search.begin();
        search
    }

    /// The next path; none where there is none, or where too much was looked at.
    pub(super) fn next(&mut self) -> Option<Found<'a>> {
        while !self.queue.is_empty() {
            if self.parts.len() > self.most_parts {
                self.cut = true;
                break;
            }
            let Some(Reverse(((cost, names), index))) = self.queue.pop() else { break };
            match self.parts[index].next {
                Some(next) => self.extend(index, &names, next),
                None => return Some(self.complete(index, cost)),
            }
        }
        None
    }

    /// What every path costs at least that is still to come.
    pub(super) fn floor(&self) -> Option<Cost> {
        self.queue.peek().map(|Reverse(((cost, _), _))| *cost)
    }

    fn needs(&self) -> BTreeMap<&'a str, usize> {
        let account = |port: &'a Port| port.account.as_str();
        let mut needs: BTreeMap<&str, usize> =
            self.network.z.ports.iter().map(|port| (account(port), 1)).collect();
        let meet = |site: &'a SiteView| {
            let pairs = |port| {
                self.meetings(site, port).into_iter().map(move |(_, other)| (account(port), account(other)))
            };
            site.ports.iter().filter(|port| joins(port)).flat_map(pairs)
        };
        let meet: BTreeSet<(&str, &str)> = self.network.between.iter().flat_map(meet).collect();
        for legs in 1..self.request.max_legs {
            for (one, other) in &meet {
                if needs.get(other) == Some(&legs) {
                    needs.entry(one).or_insert(legs + 1);
                }
            }
        }
        needs
    }

    /// The parts up to this one, the last first.
    fn back(&self, index: usize) -> impl Iterator<Item = &Part<'a>> {
        let before = |part: &&Part<'a>| Some(&self.parts[part.last?.0]);
        std::iter::successors(Some(&self.parts[index]), before)
    }

    fn complete(&self, index: usize, cost: Cost) -> Found<'a> {
        let mut spans: Vec<Span> = self.back(index).filter_map(|part| Some(part.last?.1)).collect();
        let meetings = self.back(index).filter_map(|part| part.next?.meeting);
        let mut joints: Vec<Joint> = meetings.map(Meeting::joint).collect();
        spans.reverse();
        joints.reverse();
        Found { spans, joints, cost }
    }

    /// `before`: the ports of the part before it.
    fn push(&mut self, part: Part<'a>, before: &[ByName<'a>]) {
        let missing = part.next.map_or(Some(0), |next| self.needs.get(next.port.account.as_str()).copied());
        let Some(legs) = missing.map(|missing| part.legs + missing) else { return };
        if legs > self.request.max_legs {
            return;
        }
        let cost = Cost { legs, delay: part.delay, new_ports: part.new_ports };
        let mut names = Vec::with_capacity(before.len() + 2);
        names.extend_from_slice(before);
        names.extend(part.last.iter().flat_map(|(_, span)| [ByName(span.a), ByName(span.z)]));
        self.queue.push(Reverse(((cost, names), self.parts.len())));
        self.parts.push(part);
    }

    fn begin(&mut self) {
        let (a, accounts) = (self.network.a, self.network.accounts);
        if a.name == self.network.z.name {
            return;
        }
        for asked in accounts {
            for port in self.ends(asked, a) {
                let next = Some(Next { site: a, port, meeting: None });
                let new_ports = usize::from(port.is_dedicated());
                self.push(Part { last: None, next, legs: 0, delay: Duration::ZERO, new_ports }, &[]);
            }
        }
    }

    /// The ports at which services of the account can end.
    fn ends(&self, asked: &Asked, site: &'a SiteView) -> Vec<&'a Port> {
        let account = &asked.account;
        let Ok(ports) = ports(account, site) else { return Vec::new() };
        match self.ends {
            Ends::Best => end_ports(self.request, account, &ports),
            Ends::All => {
                // A leg that was refused may leave one port less of each kind.
                let enough = 2 + self.network.refused.len();
                distinct_ports(self.request, account, &ports, enough)
            }
        }
    }

    /// Every leg that may begin there.
    fn extend(&mut self, index: usize, names: &[ByName<'a>], Next { site: from, port: a, .. }: Next<'a>) {
        let Network { a: first, z: last, between, accounts, .. } = self.network;
        let seller = accounts.iter().find(|asked| asked.account.name == a.account);
        let Some(asked) = seller.filter(|asked| may_be_asked(self.request, asked)) else { return };
        let legs = self.parts[index].legs + 1;
        if legs >= self.fewest {
            for z in self.ends(asked, last) {
                let Some(product) = product_between(&asked.account, a, z) else { continue };
                if let Some(part) = self.with(index, Span { asked, product, from, to: last, a, z }) {
                    let new_ports = part.new_ports + usize::from(z.is_dedicated());
                    self.push(Part { new_ports, ..part }, names);
                }
            }
        }
        if legs >= self.request.max_legs {
            return;
        }
        for site in between {
            let visited =
                self.back(index).any(|part| part.next.is_some_and(|next| next.site.name == site.name));
            if visited || site.name == first.name || site.name == last.name {
                continue;
            }
            for z in site.ports.iter().filter(|port| port.account == a.account && joins(port)) {
                let Some(product) = product_between(&asked.account, a, z) else { continue };
                let span = Span { asked, product, from, to: site, a, z };
                let Some(part) = self.with(index, span) else { continue };
                for (meeting, port) in self.meetings(site, z) {
                    if same_mode(port, z) {
                        let next = Some(Next { site, port, meeting: Some(meeting) });
                        self.push(Part { next, delay: part.delay + meeting.latency(), ..part }, names);
                    }
                }
            }
        }
    }

    /// The part with one leg more, where the account sells it and two legs of it are not one.
    fn with(&self, index: usize, span: Span<'a>) -> Option<Part<'a>> {
        let before = self.parts[index];
        let refused = !self.network.refused.is_empty() && self.network.refused.contains(&span.key());
        if refused || before.last.is_some_and(|(_, last)| is_detour(self.request, &last, &span)) {
            return None;
        }
        let delay = before.delay + expected(self.request, &span)?;
        Some(Part { last: Some((index, span)), next: None, legs: before.legs + 1, delay, ..before })
    }

    /// What a service that ends at the port can go on through, and the port at which it goes on.
    fn meetings(&self, site: &'a SiteView, z: &'a Port) -> Vec<(Meeting<'a>, &'a Port)> {
        let port = |name: &str| site.ports.iter().find(|port| port.name == name && joins(port));
        let mut found = Vec::new();
        for patch in self.network.interconnects {
            if z.is_enni() || patch.site != site.name || !patch.offered || patch.maintenance {
                continue;
            }
            let other = match &patch.ports {
                (one, other) if *one == z.name => other,
                (other, one) if *one == z.name => other,
                _ => continue,
            };
            let other = port(other).filter(|port| !port.is_enni());
            found.extend(other.map(|port| (Meeting::Patch(patch), port)));
        }
        if let Some(transit) = site.transit {
            let others = site.ports.iter().filter(|port| port.name != z.name && joins(port));
            found.extend(others.map(|port| (Meeting::Transit(site, transit), port)));
        }
        found
    }
}

impl Found<'_> {
    /// How it would carry the request.
    pub(super) fn fit(&self, request: &Request) -> Result<Path, Rejection> {
        match self.spans.as_slice() {
            [only] => only.fit(request).map(Path::direct),
            spans => fit_path(request, spans, &self.joints),
        }
    }

    pub(super) fn name(&self) -> String {
        let accounts = self.spans.iter().map(|span| span.asked.account.name.as_str());
        name(accounts, self.joints.iter().map(Joint::name))
    }
}

/// A port at which legs can meet: it is there already. Behind an ENNI is our own equipment, and nothing is patched to it.
fn joins(port: &Port) -> bool {
    port.offered && !port.is_dedicated()
}

fn may_be_asked(request: &Request, asked: &Asked) -> bool {
    asked.allowed && !request.deny.contains(&asked.account.name)
}

/// The delay to be expected on a leg, for comparison only; `None` where the account does not sell it.
fn expected(request: &Request, span: &Span) -> Option<Duration> {
    let bare = span.bare(request).ok()?;
    let sites = (span.from.name.as_str(), span.to.name.as_str());
    let class = classes(request, &span.asked.account, sites, bare.distance_km).next()?;
    let promised = class.level.frame_delay.iter().max_by_key(|(percentile, _)| *percentile);
    let by_distance =
        || bare.distance_km.map_or(Duration::ZERO, |km| distance::estimate(km, [distance::ACCESS; 2]));
    Some(promised.map_or_else(by_distance, |(_, delay)| *delay))
}

/// Two legs of one seller, of which it would make one.
fn is_detour(request: &Request, one: &Span, other: &Span) -> bool {
    let seller = &one.asked.account;
    seller.name == other.asked.account.name
        && product_between(seller, one.a, other.z)
            .is_some_and(|product| fit(request, one.from, other.to, seller, product, one.a, other.z).is_ok())
}

/// Interconnects that would help somebody who has a port at one of the ends, and cannot be used.
pub(super) fn unusable(request: &Request, network: &Network) -> Vec<(String, Rejection)> {
    let ends = [network.a, network.z];
    let helps =
        |port: &&Port| ends.iter().any(|site| site.ports.iter().any(|end| end.account == port.account));
    let mut found = Vec::new();
    for patch in network.interconnects {
        let site = network.between.iter().find(|site| site.name == patch.site);
        let names = [&patch.ports.0, &patch.ports.1];
        let patched = |port: &&Port| !port.is_dedicated() && !port.is_enni();
        let port = |name: &str| site?.ports.iter().filter(patched).find(|port| port.name == name);
        let joined: Vec<&Port> = names.iter().filter_map(|name| port(name)).collect();
        let missing = names.iter().find(|name| port(name).is_none());
        let why = match (missing, joined.as_slice()) {
            (Some(missing), _) => Rejection::NoSuchPort(format!("{}/{missing}", patch.site)),
            (None, _) if !patch.offered => Rejection::InterconnectNotOffered,
            (None, _) if patch.maintenance => Rejection::Maintenance,
            (None, [one, other]) if !same_mode(one, other) => Rejection::ModesDiffer,
            (None, _) => match site.map(|site| jurisdiction::of_site(request, site)) {
                Some(Err(why)) => why,
                Some(Ok(())) | None => continue,
            },
        };
        if missing.is_some() || joined.iter().any(helps) {
            found.push((patch.name.clone(), why));
        }
    }
    found
}

#[cfg(test)]
mod tests;
