//! What sellers could do, what they offered, and which offer would be taken. Pure; used to decide and to tell.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::facts::{Facts, OfferState, cost_something, is_refused, key, name_of, offer_state, owed};
use crate::api::{ConnectivitySegment, Desired};
use crate::model::{AcceptedRisk, Account, Amount, Currency, Request, Resilience, ServiceLevel, SiteView};
use crate::planning::{
    Asked, Budgeted, Bundle, Candidate, Chains, Choice, Figures, MOST_CHAINS, Network, Offered, Pairs, Path,
    Proof, Readiness, Rejection, Verdict, Way, chains, choose, joined, pairs, preferred, verdicts,
};

mod assembly;
mod stated;

pub use assembly::{Assembly, assemble};
pub use stated::{design, ends, is_service, joint, product, same_endpoints, same_ends, same_places};

/// The leg that is all of the connection; legs of chains are counted from 1.
pub const ONLY_LEG: i64 = 0;

/// A way whose every leg has a firm offer.
#[derive(Debug, Clone)]
pub struct Held {
    /// How the request would be carried.
    pub way: Way,
    /// The segments of its legs, path by path.
    pub segments: Vec<Arc<ConnectivitySegment>>,
    /// Their offers with the limits of their accounts.
    pub bundle: Bundle,
}

impl Held {
    /// What is bought, in use or ordered, and this does without.
    pub fn leaves<'a>(&'a self, facts: &'a Facts) -> impl Iterator<Item = &'a Arc<ConnectivitySegment>> {
        facts.does_without(self.segments.iter().map(|kept| name_of(kept)).collect())
    }
}

/// The market, as far as it answered.
#[derive(Debug, Clone, Default)]
pub struct Market {
    /// How the request could be carried: by one seller first, then by chains, the best first; or by two paths.
    pub ways: Vec<Way>,
    /// Who serves each of them, as far as anybody was asked.
    pub assemblies: Vec<Assembly>,
    /// Sellers, chains and interconnects that cannot carry it, and why; those first that came closest.
    pub rejections: Vec<(String, Rejection)>,
    /// Ways on whose ports nothing is free, and why.
    pub shortages: Vec<(String, String)>,
    /// Ways that are firmly offered.
    pub held: Vec<Held>,
    /// Sellers that declined: name, reason, words.
    pub declined: Vec<(String, String, String)>,
    /// Sellers that have not answered: name, reason, words.
    pub pending: Vec<(String, String, String)>,
    /// What would be taken.
    pub choice: Choice,
    /// Whether there may be other ways than those that were looked at.
    pub cut: bool,
}

/// A way whose sellers are asked for offers, as far as they were not asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Asking {
    /// To which spoke it leads, where there is a hub.
    pub spoke: Option<String>,
    /// The way.
    pub way: Way,
    /// The segment of each leg, path by path, where its seller was asked.
    pub held: Vec<Option<Arc<ConnectivitySegment>>>,
}

impl Market {
    /// The first way of which not every seller was asked, and whose ports have room.
    #[must_use]
    pub fn missing(&self) -> Option<Asking> {
        let mut asked = self.ways.iter().zip(&self.assemblies);
        let (way, assembly) = asked.find(|(way, found)| !found.is_whole && !self.is_short(way))?;
        Some(Asking { spoke: None, way: way.clone(), held: assembly.legs.clone() })
    }

    /// How this seller alone would carry it.
    #[must_use]
    pub fn direct(&self, account: &str) -> Option<&Way> {
        self.ways.iter().find(|way| way.is_direct() && way.name() == account)
    }

    /// The offer that is told of: what would be taken, or what is preferred where nothing may be taken.
    #[must_use]
    pub fn shown(&self) -> Option<&Held> {
        self.held.get(self.choice.taken.or(self.choice.preferred)?)
    }

    /// Whether the ports of the way are full.
    #[must_use]
    pub fn is_short(&self, way: &Way) -> bool {
        let way = way.name();
        self.shortages.iter().any(|(name, _)| *name == way)
    }

    /// The leg that a segment stands for, where any way has a use for it.
    #[must_use]
    pub fn leg_of(&self, segment: &ConnectivitySegment) -> Option<&Candidate> {
        let used = self.ways.iter().zip(&self.assemblies).filter(|(way, _)| !self.is_short(way));
        used.flat_map(|(way, assembly)| way.legs().zip(&assembly.legs))
            .find(|(_, found)| found.as_ref().is_some_and(|found| name_of(found) == name_of(segment)))
            .map(|(leg, _)| leg)
    }

    fn tell(list: &mut Vec<(String, String, String)>, name: &str, reason: String, words: String) {
        let entry = (name.to_owned(), reason, words);
        if !list.contains(&entry) {
            list.push(entry);
        }
    }
}

/// A part of a chain that its seller declined to offer. It is planned around, and its segment stays, so that it is not asked anew.
#[must_use]
pub fn declined_part(segment: &ConnectivitySegment) -> bool {
    segment.spec.leg != ONLY_LEG && segment.spec.desired == Desired::Offer && is_refused(segment)
}

/// It only asked for a price, and its service turned out to be ours.
#[must_use]
pub fn is_found(segment: &ConnectivitySegment) -> bool {
    segment.spec.desired == Desired::Offer && cost_something(segment)
}

/// Asks the market with what is known now.
#[must_use]
pub fn market(facts: &Facts, request: &Request) -> Market {
    let mut market = Market { shortages: facts.shortages.clone(), ..Market::default() };
    let Ok((a, z)) = &facts.sites else { return market };
    let bought = facts.bought();
    let finally = bought.as_ref().map(super::facts::Bought::refused).unwrap_or_default();
    let mut refused = finally.clone();
    let asked: Vec<_> = facts.sellers.iter().map(|seller| seller.asked.clone()).collect();
    match request.resilience {
        Resilience::None => market.ask_each(request, (a, z), &asked, &refused),
        Resilience::DiversePath { .. } | Resilience::DiverseProvider => {}
    }
    if request.existing.is_none() {
        let declined = market.note_declined(facts, request);
        refused.extend(declined.iter().cloned());
        // The more was declined, the less is asked at once.
        let most = MOST_CHAINS.saturating_sub(declined.len() / 4).max(1);
        market.ask_together(facts, request, (a, z), (&asked, &refused), most);
    }
    // What was found again is ours already: nothing is taken that does without it.
    let found: Vec<String> =
        facts.segments.iter().filter(|segment| is_found(segment)).map(|found| key(found)).collect();
    market.ways.retain(|way| found.iter().all(|key| way.legs().any(|leg| leg.key() == *key)));
    // A message has room for so many: who came closest is told first.
    market.rejections.sort_by(|(left, far), (right, near)| near.cmp(far).then_with(|| left.cmp(right)));
    let may_serve: Vec<&Arc<ConnectivitySegment>> = facts
        .segments
        .iter()
        .filter(|segment| match segment.spec.desired {
            Desired::Offer => segment.metadata.deletion_timestamp.is_none() && !facts.lost_claim(segment),
            // What was chosen before and still runs may be chosen again.
            Desired::Present => true,
            Desired::Absent => false,
        })
        .filter(|segment| {
            // What a seller declined as a part it may be asked for as all of the connection.
            let refused = if segment.spec.leg == ONLY_LEG { &finally } else { &refused };
            !refused.contains(&key(segment))
        })
        .collect();
    market.assemblies = assemble(&market.ways, &may_serve, request);
    for index in 0..market.ways.len() {
        market.ask(facts, request.accepted_risk, index);
    }
    let bundles: Vec<Bundle> = market.held.iter().map(|held| held.bundle.clone()).collect();
    let figures: Vec<Figures> = market.held.iter().map(|held| figures(held, facts)).collect();
    let order = preferred(request.preference, &figures);
    let chosen = |by| choose(&bundles, order.clone(), request.budget.as_ref(), by);
    market.choice = chosen(due(facts, request));
    if market.choice.taken.is_none() && bought.is_some() {
        // Late is better than never: half a connection serves nobody.
        market.choice = chosen(None);
    }
    market
}

/// When it must be ready. A date that had passed when the intent was created means as soon as possible. One that passes while nothing is
/// bought stays missed, or money would be spent on the day on which it became too late.
fn due(facts: &Facts, request: &Request) -> Option<Timestamp> {
    let created = facts.intent.metadata.creation_timestamp.as_ref().map_or(facts.now, |time| time.0);
    request.ready_by.filter(|by| *by > created)
}

impl Market {
    /// Each seller alone, from end to end.
    fn ask_each(
        &mut self,
        request: &Request,
        (a, z): (&SiteView, &SiteView),
        asked: &[Asked],
        refused: &BTreeSet<String>,
    ) {
        for verdict in verdicts(request, a, z, asked) {
            match verdict {
                Verdict::Candidate(leg) if refused.contains(&leg.key()) => {
                    self.rejections.push((leg.account, Rejection::Refused));
                }
                Verdict::Candidate(leg) => self.ways.push(Path::direct(*leg).into()),
                Verdict::Rejected { account, why } => self.rejections.push((account, why)),
            }
        }
    }

    /// The parts of chains whose sellers declined: they are told of, and planned around.
    fn note_declined(&mut self, facts: &Facts, request: &Request) -> Vec<String> {
        let declined = || facts.segments.iter().filter(|segment| declined_part(segment));
        for segment in declined() {
            match offer_state(segment, request.accepted_risk, facts.now) {
                OfferState::Declined(reason, words) => {
                    Self::tell(&mut self.declined, &segment.spec.provider.name, reason, words);
                }
                OfferState::Made(..) | OfferState::Pending(..) => {}
            }
        }
        declined().map(|segment| key(segment)).collect()
    }

    /// Sellers together, in chains or over two paths: so many ways at most, first those that use what is bought.
    fn ask_together(
        &mut self,
        facts: &Facts,
        request: &Request,
        (a, z): (&SiteView, &SiteView),
        (accounts, refused): (&[Asked], &BTreeSet<String>),
        most: usize,
    ) {
        let bought =
            |leg: &&Arc<ConnectivitySegment>| leg.spec.desired == Desired::Present && !is_refused(leg);
        let kept: BTreeSet<String> = facts.segments.iter().filter(bought).map(|leg| key(leg)).collect();
        // Where something is bought, ways that use it must be among those that are asked, however many others are shorter.
        let found = if kept.is_empty() { most } else { most * 8 };
        let (between, interconnects) = (&facts.between, &facts.interconnects);
        let network = Network { a, z, between, interconnects, accounts, refused };
        let (mut ways, rejections): (Vec<Way>, _) = match request.resilience {
            Resilience::None => {
                let Chains { paths, rejections, cut } = chains(request, &network, found);
                self.cut = cut;
                (paths.into_iter().map(Way::from).collect(), rejections)
            }
            Resilience::DiversePath { .. } | Resilience::DiverseProvider => {
                let Pairs { ways, rejections, proof } = pairs(request, &network, found);
                self.cut = proof == Proof::BestFound;
                (ways, rejections)
            }
        };
        ways.sort_by_key(|way| way.legs().filter(|leg| !kept.contains(&leg.key())).count());
        self.ways.extend(ways.into_iter().take(most));
        self.rejections.extend(rejections);
        let unreadable = facts.unreadable.iter().cloned();
        self.rejections.extend(unreadable.map(|(name, why)| (name, Rejection::Unreadable(why))));
    }

    /// How far the offers for a way got.
    fn ask(&mut self, facts: &Facts, risk: AcceptedRisk, index: usize) {
        let (Some(way), Some(assembly)) = (self.ways.get(index), self.assemblies.get(index)) else {
            return;
        };
        let names: Vec<&str> = assembly.legs.iter().flatten().map(|segment| name_of(segment)).collect();
        let mut offers = Vec::new();
        let mut pending = Vec::new();
        for (leg, segment) in way.legs().zip(&assembly.legs) {
            let (Some(segment), Some(seller)) = (segment, facts.seller(&leg.account)) else { continue };
            match agreed(segment).unwrap_or_else(|| offer_state(segment, risk, facts.now)) {
                OfferState::Made(monthly, one_time) => offers.push(Budgeted {
                    offer: offered(leg, seller.asked.account.currency, monthly, one_time),
                    limits: seller.asked.account.limits,
                    // What else the intent has at the account is spent there already.
                    spent: seller.spent + facts.siblings_at(&leg.account, &names),
                    no_room: facts.no_room(&[segment]),
                    ready: ready(segment, &seller.asked.account, facts.now),
                }),
                OfferState::Declined(reason, words) => {
                    Self::tell(&mut self.declined, &leg.account, reason, words);
                    return;
                }
                OfferState::Pending(reason, words) => pending.push((leg.account.clone(), reason, words)),
            }
        }
        if offers.len() == way.legs().count() && assembly.is_whole {
            // Each leg alone may fit where all of them do not.
            if let Some(first) = offers.first_mut().filter(|first| first.no_room.is_none()) {
                let legs: Vec<&ConnectivitySegment> =
                    assembly.legs.iter().flatten().map(Arc::as_ref).collect();
                first.no_room = facts.no_room(&legs);
            }
            self.held.push(Held {
                way: way.clone(),
                segments: assembly.legs.iter().flatten().cloned().collect(),
                bundle: Bundle { name: way.name(), offers, own: way.own_costs().collect() },
            });
        }
        for (name, reason, words) in pending {
            Self::tell(&mut self.pending, &name, reason, words);
        }
    }
}

/// What is bought was offered, whatever is offered since.
fn agreed(segment: &ConnectivitySegment) -> Option<OfferState> {
    let ours = segment.spec.desired == Desired::Present || is_found(segment);
    let owed = owed(segment).filter(|_| ours)?;
    Some(OfferState::Made(owed.monthly, owed.one_time))
}

/// What a way is compared by: its price, and what the classes of service of its legs and its sellers promise together. Of two paths
/// the slower one counts, and the one that is more often there: it may be all that is left of them, and is there more often than
/// the other at least.
fn figures(held: &Held, facts: &Facts) -> Figures {
    let account = |leg: &Candidate| facts.seller(&leg.account).map(|seller| &seller.asked.account);
    let level = |leg: &Candidate| {
        let class = account(leg)?.class(&leg.class_of_service, &leg.a.site, &leg.z.site, leg.distance_km);
        class.map(|class| &class.level)
    };
    let whole = |path: &Path| {
        let levels: Option<Vec<&ServiceLevel>> = path.legs.iter().map(level).collect();
        levels.map(|levels| joined(levels, &path.joints))
    };
    let paths: Option<Vec<ServiceLevel>> = held.way.paths.iter().map(whole).collect();
    let delay = |level: &ServiceLevel| level.frame_delay.iter().max().map(|(_, delay)| *delay);
    let delays: Option<Vec<Duration>> = paths.iter().flatten().map(delay).collect();
    let legs = held.way.legs().zip(&held.segments);
    let lead_times: Option<Vec<Duration>> =
        legs.map(|(leg, segment)| lead_time(segment, account(leg)?)).collect();
    Figures {
        name: held.bundle.name.clone(),
        cost: held.bundle.over_term().unwrap_or(Amount::new(rust_decimal::Decimal::MAX)),
        latency: delays.and_then(|delays| delays.into_iter().max()),
        availability: paths.iter().flatten().map(|level| level.availability).max().flatten(),
        lead_time: lead_times.and_then(|times| times.into_iter().max()),
    }
}

/// From order to use: what the seller said of this leg, else what is known of the seller.
fn lead_time(segment: &ConnectivitySegment, account: &Account) -> Option<Duration> {
    let answered = segment.status.as_ref().and_then(|status| status.qualification.as_ref());
    let seconds = answered.and_then(|answer| u64::try_from(answer.installation_seconds?).ok());
    seconds.map(Duration::from_secs).or(account.installation)
}

/// When a leg could be in use: its order asks for a day on which the seller works.
fn ready(segment: &ConnectivitySegment, account: &Account, now: Timestamp) -> Readiness {
    if agreed(segment).is_some() {
        return Readiness::Ordered;
    }
    let ready = lead_time(segment, account).and_then(|time| now.checked_add(time).ok());
    ready.map_or(Readiness::Unknown, |ready| {
        Readiness::At(account.calendar.as_ref().map_or(ready, |calendar| calendar.on_working_day(ready)))
    })
}

fn offered(candidate: &Candidate, currency: Currency, monthly: Amount, one_time: Amount) -> Offered {
    Offered { account: candidate.account.clone(), currency, monthly, one_time, term: candidate.term.clone() }
}
