//! A segment controller, the object it works on and a seller, all in memory: passes as the real controller makes them, with a
//! boundary before and after every effect at which anything may happen.
//!
//! The object follows the rules of the API server (a write on the ground of something stale is refused, times are whole seconds),
//! the seller takes orders, works on them, and answers as it is told to. The intent does one thing: it agrees to offers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::SignedDuration;

use super::fixture::{charge as charge_of_an_hour, *};
use crate::api::{
    ChosenOffer, ConnectivitySegment, ConnectivitySegmentStatus, Desired, ExistingService, OrderRecord,
    OrderRecordState,
};
use crate::clock::{Clock, SystemClock};
use crate::model::{
    Bandwidth, Change, ChargeId, ChargeState, ChargeView, Confidence, Decision, DecisionId, Design, Failure,
    FailureClass, Mark, Operation, Order, OrderId, OrderState, OrderView, Period, Placement, Price,
    PriceKind, Project, Qualification, Quote, QuoteLevel, QuotedPort, Rate, Rates, Role, ServiceId,
    ServiceState, ServiceView, Task, Verdict,
};
use crate::provider::Progress;
use crate::segment::decide::{Rest, Step, decide};
use crate::segment::facts::{Facts, Search, Seen, Sight};
use crate::segment::{Memory, gather, purchase, record};

/// How the seller answers a paid request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// It takes the order and says so.
    Accepts,
    /// It takes the order, and the answer is lost.
    TakesSilently,
    /// It takes the order some time after the request timed out.
    TakesLate,
    /// It takes the order long after everything that is assumed of it.
    TakesFarTooLate,
    /// The request is lost.
    NeverHears,
    /// It says no, for a cause that goes away.
    NotNow,
    /// It says no, for good.
    Never,
    /// It takes the order and rejects it later.
    Rejects,
    /// It takes the order, and delivers one port of what it adds.
    DeliversInPart,
}

/// What happens at a boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// The process dies; another one starts a moment later.
    Crash,
    /// The cluster is rebuilt from a backup without statuses.
    LoseStatus,
    /// The intent asks for another bandwidth.
    Change,
    /// The intent is deleted.
    Leave,
}

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

/// The service that somebody else ordered.
const THEIRS: &str = "Evc-of-ORD-0";

/// How long an order takes at the seller.
const WORK: u64 = 90;

/// How long after it took an order the seller raises a charge on it, and how long it waits for an answer.
const CHARGED: u64 = 10;
const PATIENCE: u64 = 9_000;

/// A charge on an order: when it was raised and how much it is, and from when on which answer counts.
#[derive(Debug, Clone)]
struct Charge {
    raised: u64,
    amount: &'static str,
    answers: Vec<(bool, u64)>,
}

impl Charge {
    fn due(&self) -> u64 {
        self.raised + PATIENCE
    }

    /// Whether it was accepted, and when; what came too late counts for nothing.
    fn answer(&self, now: u64) -> Option<(bool, u64)> {
        let mut answers = self.answers.iter().filter(|(_, at)| *at <= now && *at < self.due());
        answers.next().copied().or_else(|| (now >= self.due()).then(|| (false, self.due())))
    }
}

#[derive(Clone)]
struct Taken {
    id: String,
    mark: Mark,
    task: Task,
    since: u64,
    rejected: bool,
    cancelled: bool,
    rates: Option<Rates>,
    quote: Option<String>,
    charge: Option<Charge>,
    /// The connection that it changes.
    changes: Option<ServiceId>,
    /// What it adds, and what of that does not come.
    adds: Vec<Role>,
    fails: Vec<Role>,
    /// What it ends.
    ends: Vec<ServiceId>,
}

impl Taken {
    fn done(&self, now: u64) -> bool {
        match self.charge.as_ref().filter(|charge| charge.raised <= now) {
            Some(charge) => charge.answer(now).is_some_and(|(accepted, at)| accepted && now >= at + WORK),
            None => now >= self.since + WORK,
        }
    }

    /// A charge on it was declined, which ends it.
    fn declined(&self, now: u64) -> bool {
        self.charge.as_ref().is_some_and(|charge| matches!(charge.answer(now), Some((false, _))))
    }

    fn state(&self, now: u64) -> OrderState {
        if self.cancelled {
            return OrderState::Cancelled;
        }
        if let Some(charge) = self.charge.as_ref().filter(|charge| charge.raised <= now) {
            match charge.answer(now) {
                None => return OrderState::AssessingCharge,
                Some((false, _)) => return OrderState::Failed,
                Some((true, _)) => {}
            }
        }
        match (self.done(now), self.rejected) {
            (false, _) => OrderState::InProgress,
            (true, true) => OrderState::Rejected,
            (true, false) if !self.fails.is_empty() => OrderState::Partial,
            (true, false) => OrderState::Completed,
        }
    }

    fn product(&self, role: Role) -> ServiceId {
        ServiceId(format!("{role:?}-of-{}", self.id))
    }

    fn view(&self, now: u64) -> OrderView {
        let named = self.task != Task::Add || !self.rejected;
        OrderView {
            id: OrderId(self.id.clone()),
            mark: Some(self.mark.clone()),
            project: Some(Project(PROJECT.into())),
            task: self.task.clone(),
            raw_state: format!("{:?}", self.state(now)),
            state: self.state(now),
            // A product is named from the start, whatever comes of it.
            services: if named || now < self.since + WORK / 2 {
                // Ports are named late.
                let named = self.adds.iter().filter(|role| **role == Role::Evc || self.done(now));
                let added = named.map(|role| (*role, self.product(*role)));
                let touched = self.changes.iter().chain(&self.ends);
                added.chain(touched.map(|id| (role_of(id), id.clone()))).collect()
            } else {
                Vec::new()
            },
            failed: if self.done(now) { self.fails.clone() } else { Vec::new() },
            quote: self.quote.clone(),
            expected_completion: None,
            placed: None,
            reason: None,
            milestones: Vec::new(),
        }
    }
}

fn role_of(id: &ServiceId) -> Role {
    let roles = [Role::Evc, Role::UniA, Role::UniZ];
    roles.into_iter().find(|role| id.0.starts_with(&format!("{role:?}-of"))).unwrap_or(Role::Evc)
}

/// Everything outside the process.
#[derive(Clone)]
pub struct World {
    /// The stored object; `None` when it is gone.
    pub stored: Option<Arc<ConnectivitySegment>>,
    version: u64,
    taken: Vec<Taken>,
    refused: Vec<Task>,
    /// The seller broke what is assumed of it.
    broken: bool,
    answers: Vec<Answer>,
    /// How many paid requests were sent.
    pub sent: usize,
    quotes: u64,
    reliable: bool,
    /// What people decided.
    pub decisions: Vec<Decision>,
    now: u64,
    start: Instant,
    memory: Option<Memory>,
    /// What the seller charges on each order besides, in turn.
    charges: Vec<&'static str>,
    /// When something is done that nobody did until then.
    due: Option<u64>,
    /// How many boundaries were passed.
    pub boundaries: usize,
    events: BTreeMap<usize, Event>,
    /// The object as it was when its first order was about to leave.
    pub backup: Option<Arc<ConnectivitySegment>>,
}

fn intending(segment: &ConnectivitySegment) -> bool {
    let mut orders = segment.status.iter().flat_map(|status| &status.orders);
    orders.any(|record| record.state == OrderRecordState::Intending)
}

/// Why a pass ended early.
enum Ended {
    /// The process died, and what it remembered with it.
    Died,
    /// Somebody else moved on: a write was refused.
    Conflict,
}

impl World {
    /// A world in which `answers` are given in turn, then everything is accepted.
    pub fn new(segment: ConnectivitySegment, answers: &[Answer], reliable: bool) -> Self {
        Self {
            stored: Some(Arc::new(segment)),
            version: 0,
            taken: Vec::new(),
            refused: Vec::new(),
            broken: false,
            answers: answers.iter().rev().copied().collect(),
            sent: 0,
            quotes: 0,
            reliable,
            decisions: Vec::new(),
            now: 0,
            start: SystemClock.instant(),
            memory: None,
            charges: Vec::new(),
            due: None,
            boundaries: 0,
            events: BTreeMap::new(),
            backup: None,
        }
    }

    /// A world in which somebody else has ordered the service that runs, and a person decided that it is taken over.
    pub fn with_existing(reliable: bool) -> Self {
        let mut segment = (*new().segment).clone();
        segment.spec.existing = Some(ExistingService { product_id: Some(THEIRS.into()) });
        let mut world = Self::new(segment, &[], reliable);
        world.now = 1_000;
        let rate = Rate::new(rate(1), None);
        world.taken.push(Taken {
            id: "ORD-0".into(),
            mark: Mark::new("portal", 1),
            task: Task::Add,
            since: 0,
            rejected: false,
            cancelled: false,
            rates: Some(Rates { a_to_z: rate, z_to_a: rate }),
            quote: None,
            charge: None,
            changes: None,
            adds: vec![Role::Evc],
            fails: Vec::new(),
            ends: Vec::new(),
        });
        world
    }

    /// What happens at which boundary, counted from now.
    pub fn script(&mut self, events: impl IntoIterator<Item = (usize, Event)>) {
        self.events = events.into_iter().map(|(at, event)| (self.boundaries + at, event)).collect();
    }

    /// The answers to the next paid requests.
    pub fn answer(&mut self, answers: &[Answer]) {
        self.answers = answers.iter().rev().copied().collect();
    }

    /// What the seller charges besides on the next orders.
    pub fn charge(&mut self, amounts: &[&'static str]) {
        self.charges = amounts.iter().rev().copied().collect();
    }

    fn instant(&self) -> Instant {
        self.start + Duration::from_secs(self.now)
    }

    // ------------------------------------------------------------------------------------------------------ what happens

    fn boundary(&mut self) -> Result<(), Ended> {
        let here = self.boundaries;
        self.boundaries += 1;
        if self.backup.is_none() && self.stored.as_deref().is_some_and(intending) {
            self.backup.clone_from(&self.stored);
        }
        match self.events.remove(&here) {
            None => Ok(()),
            Some(Event::Change) => {
                self.change();
                Ok(())
            }
            Some(Event::Leave) => {
                self.leave();
                Ok(())
            }
            Some(Event::Crash) => {
                self.now += 3;
                Err(Ended::Died)
            }
            Some(Event::LoseStatus) => {
                self.now += 3_600;
                self.edit(|segment| segment.status = None);
                Err(Ended::Died)
            }
        }
    }

    fn edit(&mut self, change: impl FnOnce(&mut ConnectivitySegment)) {
        if let Some(stored) = &mut self.stored {
            change(Arc::make_mut(stored));
            self.version += 1;
        }
    }

    /// The intent asks for another bandwidth.
    pub fn change(&mut self) {
        self.edit(|segment| {
            segment.spec.revision += 1;
            let rate = format!("{}G", 2 * segment.spec.revision);
            segment.spec.design.committed = rate.as_str().into();
            segment.spec.design.peak = rate.as_str().into();
            segment.metadata.generation = segment.metadata.generation.map(|generation| generation + 1);
        });
    }

    /// The intent is deleted.
    pub fn leave(&mut self) {
        self.edit(|segment| {
            segment.spec.desired = Desired::Absent;
            segment.metadata.deletion_timestamp =
                Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(now()));
        });
    }

    /// The storage is put back to an earlier moment, and the process starts anew.
    pub fn put_back(&mut self, backup: Option<Arc<ConnectivitySegment>>) {
        self.now += 10;
        self.stored = backup;
        self.version += 1;
        self.memory = None;
    }

    /// The intent agrees to the offer that is there, or keeps what was taken over.
    fn agree(&mut self) -> bool {
        let Some(segment) = self.stored.clone() else { return false };
        let taken_over =
            purchase::bought(segment.status.as_ref().map_or(&[], |status| &status.orders)).is_some();
        if taken_over && segment.spec.desired == Desired::Offer {
            let wanted = wanted().segment.spec.clone();
            self.edit(|segment| {
                (segment.spec.desired, segment.spec.authority) = (wanted.desired, wanted.authority)
            });
            return true;
        }
        let made = segment.status.as_ref().and_then(|status| status.offer.clone());
        let Some(made) = made.filter(|made| made.revision == segment.spec.revision) else { return false };
        let chosen = ChosenOffer { revision: made.revision, quote_id: made.quote_id };
        if segment.spec.desired != Desired::Present || segment.spec.offer.as_ref() == Some(&chosen) {
            return false;
        }
        self.edit(|segment| segment.spec.offer = Some(chosen));
        true
    }

    // -------------------------------------------------------------------------------------------------------- the seller

    fn take(&mut self, order: &Order, since: u64, rejected: bool) -> OrderId {
        let id = format!("ORD-{}", self.taken.len() + 1);
        let (mut adds, mut ends, mut changes) = (Vec::new(), Vec::new(), None);
        let (task, rates, quote) = match &order.operation {
            Operation::Add { design, offer } => {
                adds = std::iter::once(Role::Evc).chain(design.new_unis().map(|(role, _)| role)).collect();
                let quoted: Vec<Role> =
                    offer.quote.iter().flat_map(|quote| quote.items.keys().copied()).collect();
                assert_eq!(quoted, adds, "every item is of the quote");
                (Task::Add, Some(design.rates), offer.quote.clone())
            }
            Operation::Modify { design, offer, service } => {
                assert!(service.0.starts_with("Evc-of"), "a change is one of the connection");
                changes = Some(service.clone());
                (Task::Modify, Some(design.rates), offer.quote.clone())
            }
            Operation::Disconnect { services, .. } => {
                ends.clone_from(services);
                (Task::Disconnect, None, None)
            }
        };
        let quote = quote.map(|quote| quote.id);
        let charge = self.charges.pop();
        self.taken.push(Taken {
            id: id.clone(),
            mark: order.mark.clone(),
            task,
            since,
            rejected,
            cancelled: false,
            rates,
            quote,
            charge: charge.map(|amount| Charge { raised: since + CHARGED, amount, answers: Vec::new() }),
            changes,
            adds,
            fails: Vec::new(),
            ends,
        });
        OrderId(id)
    }

    fn place(&mut self, order: &Order) -> Placement {
        let placement = self.answered(order);
        assert!(self.broken || self.live() <= 1, "a second service");
        placement
    }

    fn answered(&mut self, order: &Order) -> Placement {
        self.sent += 1;
        let lost = || Placement::Unknown(Failure::new(FailureClass::Transient, "no answer"));
        match self.answers.pop().unwrap_or(Answer::Accepts) {
            Answer::Accepts => Placement::Accepted(self.take(order, self.now, false)),
            Answer::Rejects => Placement::Accepted(self.take(order, self.now, true)),
            Answer::DeliversInPart => {
                let id = self.take(order, self.now, false);
                let taken = self.taken.last_mut().expect("just taken");
                taken.fails = taken.adds.iter().copied().filter(|role| *role != Role::UniA).collect();
                Placement::Accepted(id)
            }
            Answer::TakesSilently => {
                self.take(order, self.now, false);
                lost()
            }
            Answer::TakesLate => {
                // Within time-out and delay bound, as is assumed of every seller.
                self.take(order, self.now + 34, false);
                lost()
            }
            Answer::TakesFarTooLate => {
                self.broken = true;
                self.take(order, self.now + 1_000, false);
                lost()
            }
            Answer::NeverHears => lost(),
            Answer::NotNow => Placement::Refused(Failure::new(FailureClass::PermissionDenied, "not now")),
            Answer::Never => {
                self.refused.push(match order.operation {
                    Operation::Add { .. } => Task::Add,
                    Operation::Modify { .. } => Task::Modify,
                    Operation::Disconnect { .. } => Task::Disconnect,
                });
                Placement::Refused(Failure::new(FailureClass::Invalid, "never"))
            }
        }
    }

    /// An order that is done by then cannot be cancelled any more.
    fn cancel(&mut self, id: &OrderId) -> Placement {
        self.sent += 1;
        let (now, answer) = (self.now, self.answers.pop().unwrap_or(Answer::Accepts));
        let lost = Placement::Unknown(Failure::new(FailureClass::Transient, "no answer"));
        let refused = |class| Placement::Refused(Failure::new(class, "no"));
        let order = self.taken.iter_mut().find(|taken| taken.id == id.0).expect("an order of ours");
        let open = !order.done(now) && !order.cancelled;
        match answer {
            Answer::NeverHears => lost,
            Answer::NotNow => refused(FailureClass::PermissionDenied),
            Answer::Never => refused(FailureClass::Invalid),
            Answer::Accepts
            | Answer::Rejects
            | Answer::DeliversInPart
            | Answer::TakesSilently
            | Answer::TakesLate
            | Answer::TakesFarTooLate => {
                order.cancelled |= open;
                match answer {
                    Answer::Accepts | Answer::Rejects | Answer::DeliversInPart if open => {
                        Placement::Accepted(OrderId("CAN-1".into()))
                    }
                    Answer::Accepts | Answer::Rejects | Answer::DeliversInPart => {
                        refused(FailureClass::Invalid)
                    }
                    _ => lost,
                }
            }
        }
    }

    fn charge_of(&self, taken: &Taken) -> Option<ChargeView> {
        let charge = taken.charge.as_ref().filter(|charge| charge.raised <= self.now)?;
        let mut view = charge_of_an_hour(&format!("CHG-of-{}", taken.id), PriceKind::OneTime, charge.amount);
        view.respond_by = Some(after(i64::try_from(charge.due()).unwrap()));
        if let Some((accepted, at)) = charge.answer(self.now) {
            view.state = if at == charge.due() { ChargeState::TimedOut } else { ChargeState::Answered };
            view.items.iter_mut().for_each(|item| item.accepted = Some(accepted));
        }
        Some(view)
    }

    fn charges(&self) -> impl Iterator<Item = (&Taken, ChargeView)> {
        self.visible(0).filter_map(|taken| Some((taken, self.charge_of(taken)?)))
    }

    /// What is answered once stays so, and a charge that waits no longer takes no answer.
    fn answer_charge(&mut self, id: &ChargeId, accept: bool) -> Placement {
        self.sent += 1;
        self.check_recorded_answer(id, accept);
        let (now, answer) = (self.now, self.answers.pop().unwrap_or(Answer::Accepts));
        let lost = || Placement::Unknown(Failure::new(FailureClass::Transient, "no answer"));
        let refused = |class| Placement::Refused(Failure::new(class, "no"));
        let charged = self.taken.iter_mut().find(|taken| format!("CHG-of-{}", taken.id) == id.0);
        let charge = charged.and_then(|taken| taken.charge.as_mut()).expect("a charge of ours");
        assert!(charge.answers.is_empty(), "a second answer to {id:?}");
        let open = charge.answer(now).is_none();
        match answer {
            Answer::NeverHears => lost(),
            Answer::NotNow => refused(FailureClass::PermissionDenied),
            Answer::Never => refused(FailureClass::Invalid),
            Answer::Accepts | Answer::Rejects | Answer::DeliversInPart if open => {
                charge.answers.push((accept, now));
                Placement::Accepted(OrderId(id.0.clone()))
            }
            // A conflict, of which nobody knows what it means.
            Answer::Accepts | Answer::Rejects | Answer::DeliversInPart => lost(),
            Answer::TakesSilently => {
                charge.answers.push((accept, now));
                lost()
            }
            Answer::TakesLate | Answer::TakesFarTooLate => {
                charge.answers.push((accept, now + 34));
                lost()
            }
        }
    }

    /// How many charges were accepted, and how many declined, by an answer.
    #[must_use]
    pub fn charges_answered(&self) -> (usize, usize) {
        let charges = self.taken.iter().filter_map(|taken| taken.charge.as_ref());
        let counted =
            charges.filter_map(|charge| charge.answer(self.now).filter(|(_, at)| *at < charge.due()));
        let (accepted, declined): (Vec<_>, Vec<_>) = counted.partition(|(accepted, _)| *accepted);
        (accepted.len(), declined.len())
    }

    /// How many orders were cancelled.
    #[must_use]
    pub fn cancelled(&self) -> usize {
        self.taken.iter().filter(|taken| taken.cancelled).count()
    }

    /// Orders that can be seen: taken by now, and beyond the lag of searches where one is made.
    fn visible(&self, lag: u64) -> impl Iterator<Item = &Taken> {
        self.taken.iter().filter(move |taken| taken.since + lag <= self.now)
    }

    fn find(&self) -> Vec<OrderView> {
        // An unreliable search finds nothing, which is the worst that it can do.
        let lag = if self.reliable { 2 } else { u64::MAX / 2 };
        self.visible(lag).map(|taken| taken.view(self.now)).collect()
    }

    /// The products of an order that adds any.
    fn products_of(&self, taken: &Taken) -> Vec<ServiceView> {
        if taken.rejected || taken.cancelled || taken.declined(self.now) {
            return Vec::new();
        }
        taken.adds.iter().map(|role| self.product_of(taken, *role)).collect()
    }

    fn product_of(&self, taken: &Taken, role: Role) -> ServiceView {
        let id = taken.product(role);
        let after: Vec<&Taken> = self
            .visible(0)
            .filter(|other| other.task != Task::Add && !other.rejected && other.done(self.now))
            .collect();
        let ended = after.iter().any(|other| other.ends.contains(&id)) || taken.fails.contains(&role);
        let state = match (taken.done(self.now), ended) {
            (false, _) => ServiceState::Pending,
            (true, false) => ServiceState::Active,
            (true, true) => ServiceState::Gone,
        };
        let changes = |other: &&&Taken| other.changes.as_ref() == Some(&taken.product(Role::Evc));
        let shaped = after.iter().rev().find(changes).and_then(|other| other.rates);
        ServiceView {
            id,
            raw_state: format!("{state:?}"),
            state,
            rates: shaped.or(taken.rates).filter(|_| role == Role::Evc),
            class_of_service: None,
            started: Some(now()),
            terminated: None,
            ends: between_the_ends(ServiceState::Active).ends.filter(|_| role == Role::Evc),
            order: Some(OrderId(taken.id.clone())),
            monthly: None,
            term: None,
        }
    }

    fn product(&self, id: &ServiceId) -> Option<ServiceView> {
        self.visible(0).flat_map(|taken| self.products_of(taken)).find(|view| view.id == *id)
    }

    /// Orders of which anything is there or will be.
    #[must_use]
    pub fn live(&self) -> usize {
        let there = |taken: &&Taken| {
            self.products_of(taken).iter().any(|product| product.state != ServiceState::Gone)
        };
        self.taken.iter().filter(there).count()
    }

    /// How many products are in use.
    #[must_use]
    pub fn in_use(&self) -> usize {
        let products = self.taken.iter().flat_map(|taken| self.products_of(taken));
        products.filter(|product| product.state == ServiceState::Active).count()
    }

    /// The order that brought the service that is there, where there is exactly one.
    #[must_use]
    pub fn survivor(&self) -> Option<String> {
        let live = |taken: &&Taken| {
            self.products_of(taken).iter().any(|product| product.state != ServiceState::Gone)
        };
        let mut live = self.taken.iter().filter(live);
        live.next().filter(|_| live.next().is_none()).map(|taken| taken.id.clone())
    }

    /// The order with the first mark, which took effect after it was given up.
    #[must_use]
    pub fn first_mark(&self) -> Option<String> {
        self.taken.iter().find(|taken| taken.mark.sequence() == 1).map(|taken| taken.id.clone())
    }

    /// An order turns out to take this much longer than all others from now on.
    pub fn make_younger(&mut self, order: &str, by: u64) {
        let now = self.now;
        for taken in self.taken.iter_mut().filter(|taken| by > 0 && taken.id == order) {
            taken.since = now + by - WORK;
        }
    }

    /// A person names the order that ends.
    pub fn end(&mut self, order: &str) {
        let id = DecisionId { namespace: "training".into(), name: "end".into(), uid: "decision-uid".into() };
        let verdict = Verdict::EndTwin(OrderId(order.into()));
        self.decisions.push(Decision { id, made: Some(self.wall()), verdict });
    }

    /// The committed rate that is delivered in the end.
    #[must_use]
    pub fn delivered(&self) -> Option<Bandwidth> {
        let services = self.taken.iter().flat_map(|taken| self.products_of(taken));
        let active = services.filter(|view| view.state == ServiceState::Active);
        active.filter_map(|view| view.rates).map(|rates| rates.a_to_z.committed()).next()
    }

    /// How many orders of one kind the seller took and did not reject.
    #[must_use]
    pub fn orders(&self, task: &Task) -> usize {
        self.taken.iter().filter(|taken| taken.task == *task && !taken.rejected).count()
    }

    /// Whether the seller rejected the last order of this kind, or refused one for good.
    #[must_use]
    pub fn rejected(&self, task: &Task) -> bool {
        let last = self.taken.iter().rev().find(|taken| taken.task == *task);
        self.refused.contains(task) || last.is_some_and(|taken| taken.rejected)
    }

    fn quote(&mut self, design: &Design, change: &Change) -> Quote {
        self.quotes += 1;
        let price = |kind, amount: &str| Price {
            name: "p".into(),
            kind,
            amount: amount.parse().ok(),
            currency: "USD".parse().ok(),
        };
        Quote {
            id: format!("quote-{}", self.quotes),
            item: "1".into(),
            level: QuoteLevel::Firm,
            prices: vec![
                price(PriceKind::Recurring(Period::Month), "1125"),
                price(PriceKind::OneTime, "500"),
            ],
            ports: match change {
                Change::Add => design
                    .new_unis()
                    .map(|(role, _)| QuotedPort {
                        role,
                        item: format!("{role:?}"),
                        prices: vec![price(PriceKind::Recurring(Period::Month), "100")],
                    })
                    .collect(),
                Change::Modify(_) => Vec::new(),
            },
            other_term: None,
            other_interval: None,
            alternate: false,
            valid_until: Some(self.wall() + SignedDuration::from_hours(240)),
            accepted: false,
        }
    }

    // ---------------------------------------------------------------------------------------------------- the controller

    fn wall(&self) -> jiff::Timestamp {
        after(i64::try_from(self.now).unwrap())
    }

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

    /// No paid request without a persisted record of it.
    fn check_recorded(&self, order: &Order) {
        let status = self.stored.as_ref().and_then(|stored| stored.status.as_ref()).expect("a status");
        let record =
            status.orders.iter().find(|record| record.mark == order.mark.to_string()).expect("a record");
        assert_eq!(record.state, OrderRecordState::Intending);
        assert!(self.taken.iter().all(|taken| taken.mark != order.mark), "a mark is used once");
    }

    /// No answer to a charge without a persisted record that says which.
    fn check_recorded_answer(&self, charge: &ChargeId, accept: bool) {
        let status = self.stored.as_ref().and_then(|stored| stored.status.as_ref()).expect("a status");
        let open = purchase::open(&status.orders).expect("an open record");
        assert_eq!((open.state, open.charge_id.as_ref()), (OrderRecordState::Intending, Some(&charge.0)));
        assert_eq!(open.accepts.is_some(), accept);
    }

    /// A write on the ground of something stale is refused.
    fn unchanged(&self, seen: u64) -> Result<(), Ended> {
        if self.version == seen { Ok(()) } else { Err(Ended::Conflict) }
    }

    fn write_orders(
        &mut self,
        facts: &mut Facts,
        changed: &[OrderRecord],
        seen: &mut u64,
    ) -> Result<(), Ended> {
        self.unchanged(*seen)?;
        let (orders, last) = purchase::merged(facts, changed);
        self.edit(|segment| {
            let status = segment.status.get_or_insert_default();
            (status.orders, status.last_order) = (orders, Some(last));
        });
        self.stored_again(facts, seen);
        Ok(())
    }

    fn publish(&mut self, facts: &mut Facts, rest: &Rest, seen: &mut u64) -> Result<(), Ended> {
        let status = record::status(facts, rest);
        let old = facts.segment.status.clone().unwrap_or_default();
        if status == (ConnectivitySegmentStatus { orders: Vec::new(), last_order: None, ..old }) {
            return Ok(());
        }
        self.unchanged(*seen)?;
        let whole: ConnectivitySegmentStatus =
            serde_json::from_value(serde_json::to_value(&status).unwrap()).unwrap();
        self.edit(|segment| {
            let before = segment.status.take().unwrap_or_default();
            let (orders, last_order) = (before.orders, before.last_order);
            segment.status = Some(ConnectivitySegmentStatus { orders, last_order, ..whole });
        });
        self.stored_again(facts, seen);
        facts.draft = facts.segment.status.clone().unwrap_or_default();
        Ok(())
    }

    fn stored_again(&self, facts: &mut Facts, seen: &mut u64) {
        *seen = self.version;
        facts.segment = self.stored.clone().expect("just written");
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

/// The rate of a design with this revision in this world.
pub fn rate(revision: i64) -> Bandwidth {
    format!("{}G", 2 * revision).parse().unwrap()
}

/// A new segment that is to be bought as soon as there is an offer.
pub fn to_buy() -> ConnectivitySegment {
    let mut segment = (*wanted().segment).clone();
    segment.status = None;
    segment.spec.offer = None;
    segment
}

/// The same with a port of its own at both ends.
pub fn to_buy_with_ports() -> ConnectivitySegment {
    let mut segment = to_buy();
    for end in &mut segment.spec.ends {
        end.uni_product_id = None;
        end.dedicated = Some(port());
    }
    segment
}
