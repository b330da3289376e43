//! Chains of legs between two sites: which there are, the best first.
//!
//! A leg runs between two ports of one account, or from an end; the next begins at a port that is patched to where it ended, or
//! that our own equipment joins to it. The search is best-first by number of legs, then by the delay to be expected, then by names:
//! so what it finds first is the best by estimate, and equal input gives an equal answer. No site is visited twice.
//! [`diversity`](super::diversity) pairs what the same search finds.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::ops::Add;
use std::time::Duration;

use super::candidate::{Asked, Rejection, best_port, classes, distinct_ports, fit, ports, product_on};
use super::distance;
use super::path::{Joint, Path, Span, fit_path, name};
use crate::model::{Interconnect, Port, Product, Request, SiteView};

/// Most chains that are asked for offers.
pub const MOST_CHAINS: usize = 4;

/// Most partial chains that are looked at; what is left out then is said.
const MOST_WORK: usize = 10_000;

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

/// How good a chain can become at best.
type Rank = (Cost, Vec<String>);

/// A chain as far as it goes.
#[derive(Clone)]
pub(super) struct Part<'a> {
    spans: Vec<Span<'a>>,
    joints: Vec<Joint>,
    delay: Duration,
    /// Where the next leg begins; nothing where the chain is complete.
    next: Option<(&'a SiteView, &'a Port)>,
}

/// The best chains of two and more legs, so many at most.
#[must_use]
pub fn chains(request: &Request, network: &Network, most: usize) -> Chains {
    let mut found = Chains { rejections: unusable(network), ..Chains::default() };
    if network.between.is_empty() {
        return found;
    }
    let mut search = Search::new(request, network, Ends::Best, 2, MOST_WORK);
    while found.paths.len() < most {
        let Some(part) = search.next() else { break };
        match part.fit(request) {
            Ok(path) => found.paths.push(path),
            Err(why) => found.rejections.push((part.name(), why)),
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
    most_work: usize,
    work: usize,
    parts: Vec<Part<'a>>,
    queue: BinaryHeap<Reverse<(Rank, usize)>>,
    /// Whether it ended before all was looked at.
    pub cut: bool,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        request: &'a Request,
        network: &Network<'a>,
        ends: Ends,
        fewest: usize,
        most_work: usize,
    ) -> Self {
        let (parts, queue) = (Vec::new(), BinaryHeap::new());
        let network = *network;
        let mut search =
            Self { request, network, ends, fewest, most_work, work: 0, parts, queue, cut: false };
        search.begin();
        search
    }

    /// The next path; none where there is none, or where too much was looked at.
    pub(super) fn next(&mut self) -> Option<Part<'a>> {
        while !self.queue.is_empty() {
            if self.work == self.most_work {
                self.cut = true;
                break;
            }
            self.work += 1;
            let Some(Reverse((_, index))) = self.queue.pop() else { break };
            let part = self.parts[index].clone();
            match part.next {
                Some((site, port)) => self.extend(&part, site, port),
                None if is_detour(self.request, &part) => {}
                None => return Some(part),
            }
        }
        None
    }

    /// What every path costs at least that is still to come.
    pub(super) fn floor(&self) -> Option<Cost> {
        self.queue.peek().map(|Reverse(((cost, _), _))| *cost)
    }

    fn push(&mut self, part: Part<'a>) {
        let names = part.spans.iter().map(Span::key).collect();
        self.queue.push(Reverse(((part.cost(), names), self.parts.len())));
        self.parts.push(part);
    }

    fn begin(&mut self) {
        let (a, accounts) = (self.network.a, self.network.accounts);
        if a.name == self.network.z.name {
            return;
        }
        for asked in accounts {
            for (_, port) in self.ends(asked, a) {
                let next = Some((a, port));
                self.push(Part { spans: Vec::new(), joints: Vec::new(), delay: Duration::ZERO, next });
            }
        }
    }

    /// The ports for each product that the account sells there.
    fn ends(&self, asked: &Asked, site: &'a SiteView) -> Vec<(Product, &'a Port)> {
        let account = &asked.account;
        let Ok(ports) = ports(account, site) else { return Vec::new() };
        let products = account.products.iter();
        match self.ends {
            Ends::Best => products
                .filter_map(|product| Some((*product, best_port(self.request, account, *product, &ports)?)))
                .collect(),
            Ends::All => {
                // A leg that was refused may leave one port less of each kind.
                let enough = 2 + self.network.refused.len();
                let kinds = distinct_ports(self.request, account, &ports, enough);
                kinds.into_iter().map(|port| (product_on(port), port)).collect()
            }
        }
    }

    /// Every leg that may begin at the port.
    fn extend(&mut self, part: &Part<'a>, from: &'a SiteView, a: &'a Port) {
        let Network { a: first, z: last, between, accounts, .. } = self.network;
        let seller = accounts.iter().find(|asked| asked.account.name == a.account);
        let Some(asked) = seller.filter(|asked| may_be_asked(self.request, asked)) else { return };
        if part.spans.len() + 1 >= self.fewest {
            for (product, z) in self.ends(asked, last) {
                if product == product_on(a) {
                    self.add(part, Span { asked, from, to: last, a, z }, None);
                }
            }
        }
        if part.spans.len() + 1 >= self.request.max_legs {
            return;
        }
        for site in between {
            let visited = part.spans.iter().any(|span| span.from.name == site.name);
            if visited || site.name == from.name || site.name == first.name || site.name == last.name {
                continue;
            }
            for z in site.ports.iter().filter(|port| port.account == a.account && joins(port)) {
                for (joint, port) in self.joints(site, z) {
                    if product_on(port) == product_on(z) && product_on(z) == product_on(a) {
                        self.add(part, Span { asked, from, to: site, a, z }, Some((joint, site, port)));
                    }
                }
            }
        }
    }

    fn add(&mut self, part: &Part<'a>, span: Span<'a>, then: Option<(Joint, &'a SiteView, &'a Port)>) {
        if self.network.refused.contains(&span.key()) {
            return;
        }
        let Some(delay) = expected(self.request, &span) else { return };
        let mut part = part.clone();
        part.spans.push(span);
        part.delay += delay;
        part.next = None;
        if let Some((joint, site, port)) = then {
            part.delay += joint.latency();
            part.joints.push(joint);
            part.next = Some((site, port));
        }
        self.push(part);
    }

    /// What a service that ends at the port can go on through, and the port at which it goes on.
    fn joints(&self, site: &'a SiteView, z: &'a Port) -> Vec<(Joint, &'a Port)> {
        let port = |name: &str| site.ports.iter().find(|port| port.name == name && joins(port));
        let mut found = Vec::new();
        for patch in self.network.interconnects {
            if patch.site != site.name || !patch.offered || patch.maintenance {
                continue;
            }
            let other = match &patch.ports {
                (one, other) if *one == z.name => other,
                (other, one) if *one == z.name => other,
                _ => continue,
            };
            found.extend(port(other).map(|port| (Joint::Patch(Box::new(patch.clone())), port)));
        }
        if let Some(transit) = site.transit {
            let others = site.ports.iter().filter(|port| port.name != z.name && joins(port));
            found.extend(others.map(|port| (Joint::Transit { site: site.name.clone(), transit }, port)));
        }
        found
    }
}

impl Part<'_> {
    pub(super) fn cost(&self) -> Cost {
        // A chain that is not complete has one leg more at least.
        let legs = self.spans.len() + usize::from(self.next.is_some());
        let begin = self.spans.first().map(|span| span.a).or(self.next.map(|(_, port)| port));
        let end = self.spans.last().map(|span| span.z);
        let new_ports = begin.into_iter().chain(end).filter(|port| port.is_dedicated()).count();
        Cost { legs, delay: self.delay, new_ports }
    }

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

/// A port at which legs can meet: it is there already, or nothing is patched to it.
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
fn is_detour(request: &Request, part: &Part) -> bool {
    part.spans.windows(2).any(|pair| {
        let [one, other] = pair else { return false };
        let (seller, product) = (&one.asked.account, product_on(one.a));
        seller.name == other.asked.account.name
            && fit(request, one.from, other.to, seller, product, one.a, other.z).is_ok()
    })
}

/// Interconnects that would help somebody who has a port at one of the ends, and cannot be used.
pub(super) fn unusable(network: &Network) -> Vec<(String, Rejection)> {
    let ends = [network.a, network.z];
    let helps =
        |port: &&Port| ends.iter().any(|site| site.ports.iter().any(|end| end.account == port.account));
    let mut found = Vec::new();
    for patch in network.interconnects {
        let site = network.between.iter().find(|site| site.name == patch.site);
        let names = [&patch.ports.0, &patch.ports.1];
        let port = |name: &str| site?.ports.iter().find(|port| port.name == name && !port.is_dedicated());
        let joined: Vec<&Port> = names.iter().filter_map(|name| port(name)).collect();
        let missing = names.iter().find(|name| port(name).is_none());
        let why = match (missing, joined.as_slice()) {
            (Some(missing), _) => Rejection::NoSuchPort(format!("{}/{missing}", patch.site)),
            (None, _) if !patch.offered => Rejection::InterconnectNotOffered,
            (None, _) if patch.maintenance => Rejection::Maintenance,
            (None, [one, other]) if product_on(one) != product_on(other) => Rejection::ModesDiffer,
            (None, _) => continue,
        };
        if missing.is_some() || joined.iter().any(helps) {
            found.push((patch.name.clone(), why));
        }
    }
    found
}

#[cfg(test)]
mod tests;
