//! Controller of `ConnectivitySegment`: all talking to one seller about one service.
//!
//! The road of a pass: [`gather`](gather::gather) facts → [`decide`](decide::decide) a step → [`perform`](perform::perform) its
//! one effect → decide again, until a rest is reached → [`record`](record::status) the status → schedule the next look.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use kube::ResourceExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::api::{
    ConnectivityDecision, ConnectivityIntent, ConnectivityProvider, ConnectivitySegment,
    ConnectivitySegmentStatus,
};
use crate::clock::Clock;
use crate::cluster::{Cache, Concern, WriteError, Writer};
use crate::ledger::Desk;
use crate::model::{CatchLimits, Failure, Placement};
use crate::provider::{Directory, Provider};
use crate::schedule::{Beats, Pace, next_look};
use crate::telemetry::Metrics;

mod accounts;
pub mod decide;
pub mod facts;
mod gather;
mod perform;
pub mod purchase;
pub mod record;
#[cfg(test)]
mod tests;

pub use accounts::Accounts;
use decide::{Rest, Step};
use facts::{Facts, Seen, Windows};
use perform::Outcome;

/// Most steps of one pass; a pass that needs more has lost its way.
const MOST_STEPS: usize = 40;

/// Why a pass ended early.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The segment cannot be understood.
    #[error(transparent)]
    Refused(crate::admit::Refusal),
    /// A write did not happen.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A step needs a seller and there is none: a defect of the decision.
    #[error("a step needs the seller, which cannot be asked now")]
    NoSeller,
    /// The pass went round in circles: a defect of the decision.
    #[error("no rest was reached after {MOST_STEPS} steps; the last was {0}")]
    Endless(&'static str),
}

/// What the controller works with.
pub struct Context {
    /// All segments.
    pub segments: Arc<Cache<ConnectivitySegment>>,
    /// All intents: whether one still exists says who may decide about its service.
    pub intents: Arc<Cache<ConnectivityIntent>>,
    /// What people decided, indexed by segment.
    pub decisions: Arc<Cache<ConnectivityDecision>>,
    /// The operator's namespace.
    pub operators: String,
    /// All accounts.
    pub providers: Arc<Cache<ConnectivityProvider>>,
    /// Where orders are entered before they are reserved.
    pub desk: Arc<Desk>,
    /// How sellers are reached.
    pub directory: Arc<Directory>,
    /// All writes.
    pub writer: Writer,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Random numbers from 0 to 1, to spread looks.
    pub random: Arc<dyn Fn() -> f64 + Send + Sync>,
    /// Whether the whole operator holds purchases, by what is watched.
    pub held: Arc<dyn Fn() -> bool + Send + Sync>,
    /// The same, read from the API server.
    pub read_held: Arc<dyn Fn() -> BoxFuture<'static, Result<bool, WriteError>> + Send + Sync>,
    /// Metrics.
    pub metrics: Arc<Metrics>,
    /// Windows that money depends on.
    pub windows: Windows,
    /// How often to look.
    pub beats: Beats,
    /// Services are taken over one at a time.
    pub claims: tokio::sync::Mutex<()>,
    /// What this process remembers, by uid.
    pub memories: Memories,
    /// Where passes wait for one another.
    pub places: Places,
    /// Who orders through which account, one at a time.
    pub accounts: Accounts,
    /// What trips the safety catch of an account that states nothing else.
    pub catch_limits: CatchLimits,
}

/// How many segments of one account are worked on at once. A seller that hangs takes up its own places and nobody else's.
pub struct Places {
    each: usize,
    taken: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Places {
    /// So many for each account.
    #[must_use]
    pub fn new(each: u16) -> Self {
        Self { each: usize::from(each), taken: Mutex::default() }
    }

    /// Waits for a place at the account; it is free again when the permit is dropped.
    async fn take(&self, account: &str) -> OwnedSemaphorePermit {
        let places = {
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            taken.entry(account.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(self.each))).clone()
        };
        places.acquire_owned().await.expect("these semaphores are never closed")
    }
}

/// What this process remembers about segments. Lost with the process, and nothing depends on it but speed.
#[derive(Default)]
pub struct Memories(Mutex<HashMap<String, Memory>>);

/// What this process remembers about one segment.
#[derive(Debug, Clone)]
pub struct Memory {
    looked: bool,
    reserved: Option<(u32, Instant)>,
    answered: Option<(u32, Placement)>,
    open: Option<(i64, Instant)>,
    asked: Instant,
    observed: Instant,
    fruitless: u32,
}

impl Memory {
    /// What a process remembers that has just met the segment.
    const fn new(now: Instant) -> Self {
        Self {
            looked: false,
            reserved: None,
            answered: None,
            open: None,
            asked: now,
            observed: now,
            fruitless: 0,
        }
    }
}

impl Memories {
    fn take(&self, uid: &str, now: Instant) -> Memory {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(uid).unwrap_or(Memory::new(now))
    }

    fn put(&self, uid: &str, memory: Memory) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(uid.to_owned(), memory);
    }
}

impl Context {
    async fn held_now(&self) -> Result<bool, WriteError> {
        (self.read_held)().await
    }
}

/// One pass. Returns when to look again; `None` for when something changes.
pub async fn reconcile(name: &str, context: &Context) -> Option<Duration> {
    let account = context.segments.get(name)?.spec.provider.name.clone();
    let _place = context.places.take(&account).await;
    let segment = context.segments.get(name)?;
    let uid = segment.uid().unwrap_or_default();
    let mut memory = context.memories.take(&uid, context.clock.instant());
    let pace = match pass(segment, &mut memory, context).await {
        Ok(pace) => pace,
        Err(error) => {
            tracing::info!(segment = name, %error, "pass ended early; it is repeated");
            context.metrics.pass("segment", "Failed", "error");
            memory.fruitless = memory.fruitless.saturating_add(1);
            Pace::Transient
        }
    };
    let look = next_look(pace, memory.fruitless, (context.random)(), &context.beats);
    if pace != Pace::Done {
        context.memories.put(&uid, memory);
    }
    look
}

async fn pass(
    segment: Arc<ConnectivitySegment>,
    memory: &mut Memory,
    context: &Context,
) -> Result<Pace, Error> {
    let name = segment.name_any();
    let (mut facts, port) = gather::gather(segment, memory, context);
    let mut in_turn = false;
    let mut word = "none";
    for _ in 0..MOST_STEPS {
        remember_open(memory, &facts, context);
        memory.looked = purchase::all_on_record(&facts).unwrap_or(memory.looked);
        facts.past = gather::past(memory, &facts.segment, context.clock.instant());
        let step = decide::decide(&facts);
        word = step.name();
        tracing::debug!(segment = name, step = word, "decided");
        if let Step::Rest(rest) = &step {
            context.metrics.pass("segment", word, "ok");
            return rested(&mut facts, rest, memory, context).await;
        }
        // What was let in is finished: a look at three products that begins with the first over and over would never end.
        if let (Some(port), false, true) = (&port, in_turn, step.can_wait(&facts)) {
            match port.turn() {
                Ok(()) => in_turn = true,
                Err(failure) => {
                    record::absorb(&mut facts, Seen::Failed(failure));
                    continue;
                }
            }
        }
        let seller = port.as_deref().map(|port| port as &dyn Provider);
        match perform::perform(step, &mut facts, memory, seller, context).await? {
            Outcome::Seen(seen) => record::absorb(&mut facts, *seen),
            Outcome::Done => {}
            Outcome::Removed => return Ok(Pace::Done),
        }
    }
    Err(Error::Endless(word))
}

fn remember_open(memory: &mut Memory, facts: &Facts, context: &Context) {
    let open = purchase::open(facts.orders()).map(|record| record.sequence);
    memory.open = match (memory.open, open) {
        (Some((known, since)), Some(open)) if known == open => Some((known, since)),
        (_, Some(open)) => Some((open, context.clock.instant())),
        (_, None) => None,
    };
}

/// Tells what was reached, and how soon to look again.
async fn rested(
    facts: &mut Facts,
    rest: &Rest,
    memory: &mut Memory,
    context: &Context,
) -> Result<Pace, Error> {
    let changed = publish(facts, rest, context).await?;
    memory.fruitless = if changed { 0 } else { memory.fruitless.saturating_add(1) };
    Ok(match rest {
        Rest::Offered => {
            let until = facts.draft.offer.as_ref().and_then(|offer| offer.valid_until.as_ref());
            match until.and_then(|until| Duration::try_from(until.0.duration_since(facts.now)).ok()) {
                Some(left) if left < context.beats.settled => Pace::Waiting(Some(left)),
                Some(_) | None => Pace::Settled,
            }
        }
        Rest::Active | Rest::Released | Rest::Observed => facts.failure.as_ref().map_or(Pace::Settled, after),
        Rest::Gone => Pace::Settled,
        Rest::Declined(_) | Rest::Stalled(_) => Pace::Stalled,
        Rest::Failing(_) => facts.failure.as_ref().map_or(Pace::Transient, after),
        Rest::Waiting(waiting) => {
            let left =
                waiting.until.and_then(|until| Duration::try_from(until.duration_since(facts.now)).ok());
            match waiting.party {
                crate::api::Party::Seller | crate::api::Party::Operator | crate::api::Party::FarEnd => {
                    Pace::Waiting(left)
                }
                // Where people have until then, something is done then without them.
                crate::api::Party::User | crate::api::Party::Platform => {
                    left.filter(|left| !left.is_zero()).map_or(Pace::Stalled, Pace::At)
                }
            }
        }
    })
}

/// How soon to look again after a failed call.
fn after(failure: &Failure) -> Pace {
    failure.wait().map_or(Pace::Transient, Pace::NotBefore)
}

/// Writes the status, where it says something new.
async fn publish(facts: &mut Facts, rest: &Rest, context: &Context) -> Result<bool, Error> {
    let status = record::status(facts, rest);
    let old = facts.segment.status.clone().unwrap_or_default();
    let same = status == ConnectivitySegmentStatus { orders: Vec::new(), last_order: None, ..old };
    if same {
        return Ok(false);
    }
    let written: ConnectivitySegment =
        context.writer.apply_status(facts.segment.as_ref(), Concern::Status, &status).await?;
    facts.segment = context.segments.wrote(written);
    // What is stored may be rounded: to go on from anything else would be to write it again.
    facts.draft = facts.segment.status.clone().unwrap_or_default();
    Ok(true)
}
