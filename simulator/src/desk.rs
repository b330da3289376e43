//! What everything that handles a request or an agenda entry is given: the scenario, the books of one transaction,
//! the instant, and who asks. The instant of an agenda entry is when it was due, not when it is looked at.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::agenda::Happening;
use crate::catalogue::{LineFacts, PortFacts};
use crate::clock::Clock;
use crate::control::Overrides;
use crate::faults::{self, Tallies};
use crate::inventory::ProductMemo;
use crate::refusal::Refusal;
use crate::scenario::{Delay, Effect, Misconduct, Operation, Rehearsal, Scenario, Stage};
use crate::service::{Ask, Line, PortRef, Product};
use crate::store::{Books, Kind, Record, Stored};

/// Setting that holds what the faults have met.
pub(crate) const FAULTS: &str = "faults";

/// The facts and books for one unit of work.
pub(crate) struct Desk<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) overrides: &'a Overrides,
    pub(crate) clock: &'a Clock,
    pub(crate) books: &'a Books<'a>,
    pub(crate) now: Timestamp,
    /// Which buyer and seller the work is for; see [`Record::owner`].
    pub(crate) owner: &'a str,
}

/// What the buyer calls a request, for rules and audit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Marks {
    pub(crate) external_id: Option<String>,
    pub(crate) project_id: Option<String>,
}

impl Marks {
    pub(crate) fn of(document: &Value) -> Self {
        let text = |name: &str| document[name].as_str().map(str::to_owned);
        Self { external_id: text("externalId"), project_id: text("projectId") }
    }
}

impl<'a> Desk<'a> {
    /// The same desk for an agenda entry of another owner at another instant.
    pub(crate) fn at(&self, now: Timestamp, owner: &'a str) -> Desk<'a> {
        Desk { now, owner, ..*self }
    }

    /// The instant after a delay of the scenario.
    pub(crate) fn later(&self, delay: Delay) -> Timestamp {
        self.now.checked_add(self.clock.length(delay)).unwrap_or(Timestamp::MAX)
    }

    /// The instant before a delay of the scenario.
    pub(crate) fn earlier(&self, delay: Delay) -> Timestamp {
        self.now.checked_sub(self.clock.length(delay)).unwrap_or(Timestamp::MIN)
    }

    /// Puts something on the agenda of a document.
    pub(crate) fn schedule(&self, due: Timestamp, subject: &str, happening: &Happening) -> Stored<()> {
        self.books.schedule(due, subject, happening)
    }

    /// A new id such as `MF-ORD-000001`.
    pub(crate) fn new_id(&self, series: &str) -> Stored<String> {
        let number = self.books.next(series)?;
        Ok(format!("{}-{series}-{number:06}", self.scenario.seller.id_prefix))
    }

    /// The buyer's document with this id.
    pub(crate) fn find<M: serde::de::DeserializeOwned>(
        &self,
        kind: Kind,
        what: &'static str,
        id: &str,
    ) -> Result<Record<M>, Refusal> {
        self.books
            .get(kind, id)?
            .filter(|record: &Record<M>| {
                !record.hidden && (record.owner == self.owner || record.owner.is_empty())
            })
            .ok_or_else(|| Refusal::NotFound { what, id: id.to_owned() })
    }

    /// The product with this id as far as the buyer may know it.
    pub(crate) fn product(&self, id: &str) -> Stored<Option<Record<ProductMemo>>> {
        let record: Option<Record<ProductMemo>> = self.books.get(Kind::Product, id)?;
        Ok(record.filter(|record| !record.hidden && (record.owner == self.owner || record.owner.is_empty())))
    }

    /// The interval-after function of this seller's calendar.
    pub(crate) fn after_interval(&self, interval: crate::scenario::Interval) -> Timestamp {
        interval.after(self.now, |day| self.scenario.calendar.works(day))
    }

    /// What the network carries where an E-Line would run, without what `except` uses.
    pub(crate) fn line_facts(&self, line: &Line, except: Option<&str>) -> Stored<LineFacts> {
        let port_facts = |side: usize| -> Stored<PortFacts> {
            let end = &line.ends[side];
            let PortRef::Product(uni) = &end.at else {
                let load = crate::store::PortLoad::default();
                return Ok(PortFacts { bandwidth: end.port.bandwidth, load, taken: Vec::new() });
            };
            let bandwidth = self.overrides.uni_bandwidth(uni).unwrap_or(end.port.bandwidth);
            let load = self.books.port_load(uni, except)?;
            let taken = self.books.vlans_taken(uni, &end.vlans, except)?.into_iter().collect();
            Ok(PortFacts { bandwidth, load, taken })
        };
        let [a, z] = [0, 1].map(|side| line.ends[side].port.site.as_str());
        let pair = self.scenario.site_pair(a, z);
        let listed = pair.and_then(|pair| pair.capacity).map(|capacity| capacity.0);
        Ok(LineFacts {
            ports: [port_facts(0)?, port_facts(1)?],
            pair_capacity: self.overrides.pair_capacity(a, z).or(listed),
            pair_used: self.books.pair_load(&line.pair(), except)?,
            doubt: pair.and_then(|pair| pair.doubt.clone()),
        })
    }

    /// What goes wrong with the next call of an operation; that it was met is recorded.
    pub(crate) fn strike(&self, operation: Operation) -> Stored<Option<Misconduct>> {
        let faults = self.overrides.faults(self.scenario);
        if !faults.iter().any(|fault| faults::concerns(fault, operation)) {
            return Ok(None);
        }
        let mut tallies: Tallies = self.books.setting(FAULTS)?.unwrap_or_default();
        let misconduct = faults::strike(faults, &mut tallies, operation).cloned();
        self.books.set(FAULTS, &tallies)?;
        Ok(misconduct)
    }

    /// The effect of the first rule that fits; using it up is recorded.
    pub(crate) fn rehearse(
        &self,
        stage: Stage,
        marks: &Marks,
        asks: &[(String, Ask)],
    ) -> Stored<Option<Effect>> {
        for rule in self.overrides.rehearsals.iter().chain(&self.scenario.rehearsals) {
            if rule.on != stage || !fits(rule, marks, asks) {
                continue;
            }
            let counter = format!("rehearsal/{}", rule.name);
            let met: u32 = self.books.setting(&counter)?.unwrap_or(0);
            let used = met.checked_sub(rule.skip);
            if used.is_some_and(|used| rule.times.is_some_and(|times| used >= times)) {
                continue;
            }
            self.books.set(&counter, &met.saturating_add(1))?;
            if used.is_none() {
                continue;
            }
            return Ok(Some(rule.effect.clone()));
        }
        Ok(None)
    }
}

fn fits(rule: &Rehearsal, marks: &Marks, asks: &[(String, Ask)]) -> bool {
    let matching = &rule.matching;
    let prefix = matching.external_id_prefix.as_ref();
    let by_mark = prefix
        .is_none_or(|prefix| marks.external_id.as_ref().is_some_and(|id| id.starts_with(prefix)))
        && matching.project_id.as_ref().is_none_or(|project| marks.project_id.as_ref() == Some(project));
    let by_item = |ask: &Ask| {
        matching.action.is_none_or(|action| action == ask.action())
            && matching.offering.as_ref().is_none_or(|offering| {
                ask.wanted().and_then(|wanted| wanted.offering()) == Some(offering.as_str())
            })
            && matching.uni.as_ref().is_none_or(|uni| {
                let line = ask.wanted().and_then(|wanted| wanted.as_line());
                line.is_some_and(|line| line.ends.iter().any(|end| end.at == PortRef::Product(uni.clone())))
            })
    };
    by_mark && asks.iter().any(|(_, ask)| by_item(ask))
}

/// The port that a product is, if it is one.
pub(crate) fn as_port(record: &Record<ProductMemo>) -> Option<&crate::service::Port> {
    match &record.memo.product {
        Product::Port(port) => Some(port),
        Product::Line(_) => None,
    }
}
