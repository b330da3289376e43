//! One order at the seller: how far it is at a moment, what it brings, and the charge that may be raised on it.

use crate::model::{Mark, OrderId, OrderState, OrderView, Project, Rates, Role, ServiceId, Task};
use crate::segment::tests::fixture::PROJECT;

/// How long an order takes at the seller.
pub(super) const WORK: u64 = 90;

/// How long after it took an order the seller raises a charge on it, and how long it waits for an answer.
pub(super) const CHARGED: u64 = 10;
const PATIENCE: u64 = 9_000;

/// A charge on an order: when it was raised and how much it is, and from when on which answer counts.
#[derive(Debug, Clone)]
pub(super) struct Charge {
    pub raised: u64,
    pub amount: &'static str,
    pub answers: Vec<(bool, u64)>,
}

impl Charge {
    pub(super) fn due(&self) -> u64 {
        self.raised + PATIENCE
    }

    /// Whether it was accepted, and when; what came too late counts for nothing.
    pub(super) fn answer(&self, now: u64) -> Option<(bool, u64)> {
        let mut answers = self.answers.iter().filter(|(_, at)| *at <= now && *at < self.due());
        answers.next().copied().or_else(|| (now >= self.due()).then(|| (false, self.due())))
    }
}

#[derive(Clone)]
pub(super) struct Taken {
    pub id: String,
    pub mark: Mark,
    pub task: Task,
    pub since: u64,
    pub rejected: bool,
    pub cancelled: bool,
    pub rates: Option<Rates>,
    pub quote: Option<String>,
    pub charge: Option<Charge>,
    /// The connection that it changes.
    pub changes: Option<ServiceId>,
    /// What it adds, and what of that does not come.
    pub adds: Vec<Role>,
    pub fails: Vec<Role>,
    /// What it ends.
    pub ends: Vec<ServiceId>,
}

impl Taken {
    pub(super) fn done(&self, now: u64) -> bool {
        match self.charge.as_ref().filter(|charge| charge.raised <= now) {
            Some(charge) => charge.answer(now).is_some_and(|(accepted, at)| accepted && now >= at + WORK),
            None => now >= self.since + WORK,
        }
    }

    /// A charge on it was declined, which ends it.
    pub(super) fn declined(&self, now: u64) -> bool {
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

    pub(super) fn product(&self, role: Role) -> ServiceId {
        ServiceId(format!("{role:?}-of-{}", self.id))
    }

    pub(super) fn view(&self, now: u64) -> OrderView {
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
