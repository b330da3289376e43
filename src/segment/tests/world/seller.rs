//! A seller that takes orders, works on them, and answers as it is told to; and what there is to see of it in the end.

use jiff::SignedDuration;

use super::order::{CHARGED, Charge, Taken, WORK};
use super::{World, rate};
use crate::api::ExistingService;
use crate::model::{
    Bandwidth, Change, ChargeId, ChargeState, ChargeView, Design, Failure, FailureClass, Mark, Operation,
    Order, OrderId, OrderView, Period, Placement, Price, PriceKind, Quote, QuoteLevel, QuotedPort, Rate,
    Rates, Role, ServiceId, ServiceState, ServiceView, Task,
};
use crate::segment::tests::fixture::{after, between_the_ends, charge as charge_of_an_hour, new, now};

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
/// The service that somebody else ordered.
pub(super) const THEIRS: &str = "Evc-of-ORD-0";
impl World {
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

    /// The answers to the next paid requests.
    pub fn answer(&mut self, answers: &[Answer]) {
        self.answers = answers.iter().rev().copied().collect();
    }

    /// What the seller charges besides on the next orders.
    pub fn charge(&mut self, amounts: &[&'static str]) {
        self.charges = amounts.iter().rev().copied().collect();
    }
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

    pub(super) fn place(&mut self, order: &Order) -> Placement {
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
    pub(super) fn cancel(&mut self, id: &OrderId) -> Placement {
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

    pub(super) fn charges(&self) -> impl Iterator<Item = (&Taken, ChargeView)> {
        self.visible(0).filter_map(|taken| Some((taken, self.charge_of(taken)?)))
    }

    /// What is answered once stays so, and a charge that waits no longer takes no answer.
    pub(super) fn answer_charge(&mut self, id: &ChargeId, accept: bool) -> Placement {
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
    pub(super) fn visible(&self, lag: u64) -> impl Iterator<Item = &Taken> {
        self.taken.iter().filter(move |taken| taken.since + lag <= self.now)
    }

    pub(super) fn find(&self) -> Vec<OrderView> {
        // An unreliable search finds nothing, which is the worst that it can do.
        let lag = if self.reliable { 2 } else { u64::MAX / 2 };
        self.visible(lag).map(|taken| taken.view(self.now)).collect()
    }

    /// The products of an order that adds any.
    pub(super) fn products_of(&self, taken: &Taken) -> Vec<ServiceView> {
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

    pub(super) fn product(&self, id: &ServiceId) -> Option<ServiceView> {
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
    pub(super) fn quote(&mut self, design: &Design, change: &Change) -> Quote {
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
}
