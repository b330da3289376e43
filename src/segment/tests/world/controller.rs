//! The controller's passes: each gathers, decides and performs, with a boundary before and after every effect.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::World;
use super::seller::THEIRS;
use crate::api::ConnectivitySegment;
use crate::model::{Confidence, OrderView, Qualification, ServiceState, Task};
use crate::provider::Progress;
use crate::segment::decide::{Rest, Step, decide};
use crate::segment::facts::{Facts, Search, Seen, Sight};
use crate::segment::tests::fixture::{REFERENCE, adopting, facts_of, now, search};
use crate::segment::{Memory, gather, purchase, record};

/// Words that nothing but somebody's decision changes.
const LASTING: [&str; 7] = [
    "TwinFound",
    "Active",
    "DeliveredInPart",
    "OrderOutcomeUnknown",
    "OrderRejected",
    "ChangeRefused",
    "DisconnectRefused",
];

/// Why a pass ended early.
pub(super) enum Ended {
    /// The process died, and what it remembered with it.
    Died,
    /// Somebody else moved on: a write was refused.
    Conflict,
}
impl World {
    fn gather(&self, segment: &ConnectivitySegment) -> Facts {
        let mut facts = facts_of(segment.clone());
        facts.now = self.wall();
        facts.seller.as_mut().unwrap().search_reliable = self.reliable;
        facts.decisions.clone_from(&self.decisions);
        facts.decisions.push(adopting(THEIRS));
        facts
    }

    /// Passes until nothing changes any more, time going by between them.
    pub fn settle(&mut self) -> String {
        let mut calm = 0;
        let mut word = String::new();
        for _ in 0..300 {
            let Some(stored) = self.stored.clone() else { return "Removed".into() };
            let before = (self.version, self.taken.len(), word.clone());
            match self.pass(stored) {
                Ok(Some(rest)) => word = rest,
                Ok(None) => return "Removed".into(),
                Err(Ended::Died | Ended::Conflict) => {
                    calm = 0;
                    continue;
                }
            }
            let agreed = self.agree();
            let unchanged = before == (self.version, self.taken.len(), word.clone()) && !agreed;
            calm = if unchanged { calm + 1 } else { 0 };
            // A word that stays needs one look after everything that takes time: an hour, until a seller is asked again.
            let lasting = LASTING.contains(&word.as_str());
            let due = self.due.filter(|due| *due > self.now);
            if calm > if lasting { 0 } else { 3 } && self.events.is_empty() && due.is_none() {
                return word;
            }
            let next = self.now + if lasting { 4_000 } else { [1, 20, 70, 4_000][calm.min(3)] };
            self.now = due.map_or(next, |due| next.min(due));
        }
        panic!("no end is in sight, the last word was {word}");
    }

    /// Passes, seconds apart, until this is so after one of them.
    pub fn until(&mut self, so: impl Fn(&Self) -> bool) {
        for _ in 0..1_000 {
            let stored = self.stored.clone().expect("it is there");
            let _ = self.pass(stored);
            if so(self) {
                return;
            }
            self.agree();
            self.now += 1;
        }
        panic!("it is never so");
    }

    fn pass(&mut self, segment: Arc<ConnectivitySegment>) -> Result<Option<String>, Ended> {
        let mut facts = self.gather(&segment);
        let now = self.instant();
        let mut memory = self.memory.take().unwrap_or(Memory::new(now));
        let result = self.steps(&mut facts, &mut memory);
        self.memory = (!matches!(result, Err(Ended::Died))).then_some(memory);
        result
    }

    fn steps(&mut self, facts: &mut Facts, memory: &mut Memory) -> Result<Option<String>, Ended> {
        let mut seen = self.version;
        for _ in 0..40 {
            let open = purchase::open(facts.orders()).map(|record| record.sequence);
            memory.open = match (memory.open, open) {
                (Some((known, since)), Some(open)) if known == open => Some((known, since)),
                (_, Some(open)) => Some((open, self.instant())),
                (_, None) => None,
            };
            memory.looked = purchase::all_on_record(facts).unwrap_or(memory.looked);
            facts.past = gather::past(memory, &facts.segment, self.instant());
            let step = decide(facts);
            if let Step::Rest(rest) = &step {
                self.due = due(rest);
                self.publish(facts, rest, &mut seen)?;
                return Ok(Some(word(rest)));
            }
            if self.perform(step, facts, memory, &mut seen)? {
                return Ok(None);
            }
        }
        panic!("a pass without end: {:?}", decide(facts));
    }

    /// Carries a step out; true when the object is gone.
    fn perform(
        &mut self,
        step: Step,
        facts: &mut Facts,
        memory: &mut Memory,
        seen: &mut u64,
    ) -> Result<bool, Ended> {
        self.boundary()?;
        match step {
            Step::Qualify(_) => {
                memory.asked = self.instant();
                let answer = Qualification {
                    id: "poq-1".into(),
                    item: "1".into(),
                    ports: BTreeMap::new(),
                    confidence: Confidence::Green,
                    reason: None,
                    valid_until: None,
                    installation_interval: None,
                    alternates: Vec::new(),
                };
                record::absorb(facts, Seen::Qualification(Progress::Ready(answer)));
            }
            Step::Quote(change, _) => {
                let design = facts.wish.clone().expect("a wish").design;
                let answer = self.quote(&design, &change);
                record::absorb(facts, Seen::Quote(Progress::Ready(answer)));
            }
            Step::Search => {
                let found = self.search(facts);
                record::absorb(facts, Seen::Search(found));
            }
            Step::ObserveOrder(id) => {
                let found = self.visible(0).find(|taken| taken.id == id.0).map(|taken| taken.view(self.now));
                record::absorb(facts, Seen::Order(id, found.map_or(Sight::Missing, Sight::There)));
            }
            Step::ObserveCancellation(id) => {
                let known = self.taken.iter().any(|taken| taken.id == id.0 && taken.cancelled);
                record::absorb(facts, Seen::Cancellation(known));
            }
            Step::ObserveQuoteOrdered(quote) => {
                let ordered = self.taken.iter().any(|taken| taken.quote.as_ref() == Some(&quote));
                record::absorb(facts, Seen::QuoteOrdered(ordered));
            }
            Step::Cancel(id) => {
                let (sequence, _) = memory.reserved.expect("reserved by this process");
                let placement = self.cancel(&id);
                self.boundary()?;
                memory.answered = Some((sequence, placement));
            }
            Step::ObserveCharges(id) => {
                let of = self.charges().filter(|(taken, _)| taken.id == id.0).map(|(_, charge)| charge);
                record::absorb(facts, Seen::Charges(id.clone(), of.collect()));
            }
            Step::ObserveCharge(id) => {
                let found = self.charges().map(|(_, charge)| charge).find(|charge| charge.id == id);
                record::absorb(facts, Seen::Charge(found.map_or(Sight::Missing, Sight::There)));
            }
            Step::AnswerCharge(id, items) => {
                let (sequence, _) = memory.reserved.expect("reserved by this process");
                let placement = self.answer_charge(&id, items.iter().all(|item| item.accept));
                self.boundary()?;
                memory.answered = Some((sequence, placement));
            }
            Step::ObserveService(id) => {
                if facts.service_id().as_ref() == Some(&id) {
                    memory.observed = self.instant();
                }
                let view = self.product(&id);
                record::absorb(facts, Seen::Service(id, view.map_or(Sight::Missing, Sight::There)));
            }
            Step::FindExisting => panic!("this service is named"),
            Step::Adopt(record) => {
                self.write_orders(facts, &[*record], seen)?;
                record::adopted(facts);
            }
            Step::ObservePort(id) => record::absorb(facts, Seen::Carried(id, Vec::new())),
            Step::Reserve(record) => {
                let sequence = u32::try_from(record.sequence).unwrap();
                self.write_orders(facts, &[*record], seen)?;
                self.boundary()?;
                memory.reserved = Some((sequence, self.instant()));
                memory.answered = None;
            }
            Step::Place(order) => {
                self.check_recorded(&order);
                let (sequence, _) = memory.reserved.expect("reserved by this process");
                let placement = self.place(&order);
                self.boundary()?;
                memory.answered = Some((sequence, placement));
            }
            Step::Record(records) => {
                self.write_orders(facts, &records, seen)?;
                self.boundary()?;
                memory.answered = None;
                record::recorded(facts, &records);
            }
            Step::Conclude(closed, rest) => {
                record::concluded(facts, closed.operation);
                self.publish(facts, &rest, seen)?;
                self.boundary()?;
                self.write_orders(facts, &[*closed], seen)?;
            }
            Step::RemoveFinalizer => {
                self.unchanged(*seen)?;
                self.stored = None;
                return Ok(true);
            }
            Step::ObserveQualification(_) | Step::ObserveQuote(_) => panic!("this seller answers at once"),
            Step::Trip(_) => panic!("nobody else orders here"),
            Step::Rest(_) => {}
        }
        self.boundary()?;
        Ok(false)
    }

    fn search(&self, facts: &Facts) -> Search {
        let (own, others): (Vec<_>, Vec<_>) = self
            .find()
            .into_iter()
            .partition(|view| view.mark.as_ref().is_some_and(|mark| mark.reference() == REFERENCE));
        let taken_over =
            |view: &OrderView| facts.orders().iter().any(|it| it.order_id.as_ref() == Some(&view.id.0));
        let foreign = others.into_iter().filter(|view| !taken_over(view)).collect();
        let ended = own
            .iter()
            .filter(|view| {
                view.task == Task::Add && purchase::standing(facts.orders()) != Some(view.id.0.as_str())
            })
            .filter(|view| {
                let taken = self.taken.iter().find(|taken| taken.id == view.id.0);
                let products = taken.map(|taken| self.products_of(taken)).unwrap_or_default();
                let all_gone = products.iter().all(|product| product.state == ServiceState::Gone);
                view.state.is_dead() || (all_gone && !products.is_empty())
            })
            .map(|view| view.id.clone())
            .collect();
        Search { ended, foreign, ..search(own) }
    }
}

/// What a rest says, in one word.
fn word(rest: &Rest) -> String {
    match rest {
        Rest::Declined(waiting)
        | Rest::Waiting(waiting)
        | Rest::Failing(waiting)
        | Rest::Stalled(waiting) => waiting.reason.to_owned(),
        Rest::Offered | Rest::Active | Rest::Released | Rest::Observed | Rest::Gone => rest.name().to_owned(),
    }
}

/// When something is done without the person that a rest waits for, in seconds of the world.
fn due(rest: &Rest) -> Option<u64> {
    match rest {
        Rest::Waiting(waiting) if matches!(waiting.reason, "ChargePending" | "ChargeNotAnswered") => {
            let until = waiting.until?.duration_since(now()).as_secs();
            u64::try_from(until).ok()
        }
        _ => None,
    }
}
