//! Controller of the ledgers: of `ConnectivityBudget`, and of the totals of `ConnectivityProvider`.
//!
//! It counts anew what segments say: what is missing is entered, whatever the caps say of it, because it is spent; what is explained
//! by no order any more is freed. It lets nobody buy and buys nothing. What makes less of a ledger rests on segments as the API
//! server has them, read after the ledger itself: a process that slept, or a watch that lags behind, frees nothing that is owed.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use kube::ResourceExt;

use crate::admit;
use crate::api::{ConnectivitySegment, FINALIZER, by_namespace, by_provider};
use crate::clock::Clock;
use crate::cluster::{Cache, WriteError};
use crate::ledger::{Book, Desk};
use crate::model::{Claim, Sight};
use crate::schedule::{Beats, Pace, next_look};
use crate::telemetry::Metrics;

/// However much happens, counting a ledger takes no more than a tenth of the time: what came meanwhile is counted together.
const REST_PER_COUNT: u32 = 9;

/// The shortest rest between two counts.
const LEAST_REST: Duration = Duration::from_millis(100);

/// The longest.
const MOST_REST: Duration = Duration::from_secs(10);

/// Until the next look at an order that was entered and may still be reserved.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Most segments that are read anew in one pass.
const MOST_READS: usize = 64;

/// How long an order that was entered and not reserved may keep its place. Between the two writes lie milliseconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Annotation of a segment that bears the number of an order which was entered and never reserved: with it the segment is another
/// version, and the order cannot be reserved any more.
pub const FENCE_ANNOTATION: &str = "naas.dev/not-reserved";

/// What the controller works with.
pub struct Context {
    /// All ledgers.
    pub desk: Arc<Desk>,
    /// All segments, indexed by namespace and by provider.
    pub segments: Arc<Cache<ConnectivitySegment>>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Random numbers from 0 to 1, to spread looks.
    pub random: Arc<dyn Fn() -> f64 + Send + Sync>,
    /// Metrics.
    pub metrics: Arc<Metrics>,
    /// How often to look.
    pub beats: Beats,
    /// What this process remembers, by name of the ledger.
    pub memories: Mutex<HashMap<String, Memory>>,
}

/// What this process remembers of a ledger. Lost with the process, and nothing depends on it but speed.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    rests_until: Option<Instant>,
    fruitless: u32,
    /// Segments whose order was entered and may still come: at which version, and since when.
    waiting: HashMap<String, (u64, Instant)>,
}

impl Memory {
    /// Whether this version of a segment, on which an order is about to be reserved, was first met just now.
    fn is_new(&mut self, segment: &str, sight: Option<&Sight>, now: Instant) -> bool {
        let version = sight.map_or(0, |sight| sight.version);
        let since = self.waiting.entry(segment.to_owned()).or_insert((version, now));
        if since.0 != version {
            *since = (version, now);
        }
        now.saturating_duration_since(since.1) < LOOK_AGAIN
    }
}

/// One pass over the budget of a namespace. Returns when to look again; `None` for when something changes.
pub async fn reconcile(key: &str, context: &Context) -> Option<Duration> {
    pass(Book::Budget(context.desk.budgets.get(key)?), context).await
}

/// One pass over the ledger of an account. Returns when to look again; `None` for when something changes.
pub async fn reconcile_account(name: &str, context: &Context) -> Option<Duration> {
    // Before it bears our finalizer nobody depends on it, and its own controller writes first.
    let account = context
        .desk
        .providers
        .get(name)
        .filter(|account| account.finalizers().iter().any(|at| at == FINALIZER))?;
    pass(Book::Account(account), context).await
}

async fn pass(book: Book, context: &Context) -> Option<Duration> {
    let name = book.name();
    let began = context.clock.instant();
    let mut memory = {
        let all = context.memories.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&name).cloned().unwrap_or_default()
    };
    let rests = memory.rests_until.map(|until| until.saturating_duration_since(began));
    if let Some(left) = rests.filter(|left| !left.is_zero()) {
        return Some(left);
    }
    let pace = match count(&book, &mut memory, context).await {
        Ok(pace) => pace,
        Err(error) => {
            tracing::info!(ledger = name, %error, "pass ended early; it is repeated");
            context.metrics.pass("budget", "Failed", "error");
            Pace::Transient
        }
    };
    let ended = context.clock.instant();
    let rest = ended.saturating_duration_since(began).saturating_mul(REST_PER_COUNT);
    memory.rests_until = ended.checked_add(rest.clamp(LEAST_REST, MOST_REST));
    memory.fruitless = if pace == Pace::Transient { memory.fruitless.saturating_add(1) } else { 0 };
    let look = next_look(pace, memory.fruitless, (context.random)(), &context.beats);
    context.memories.lock().unwrap_or_else(PoisonError::into_inner).insert(name, memory);
    look
}

/// Counts anew, and writes what differs.
async fn count(book: &Book, memory: &mut Memory, context: &Context) -> Result<Pace, WriteError> {
    let desk = &context.desk;
    let known = known(book, context);
    let claims: BTreeMap<String, Vec<Claim>> =
        known.iter().map(|(name, sight)| (name.clone(), sight.claims.clone())).collect();
    let mut ledger = book.ledger().unwrap_or_default();
    for (segment, claims) in &claims {
        ledger.raise(segment, claims);
    }
    let doubtful = ledger.doubtful(&claims);
    memory.waiting.retain(|segment, _| doubtful.contains(segment));
    let (mut left, mut reads) = (false, 0);
    for segment in &doubtful {
        // Whoever entered it is about to reserve it.
        let sight = known.get(segment);
        if ledger.awaits(segment, sight) && memory.is_new(segment, sight, context.clock.instant()) {
            left = true;
            continue;
        }
        if reads == MOST_READS {
            left = true;
            break;
        }
        reads += 1;
        // Read after the ledger, on whose version the write rests.
        let read: Option<ConnectivitySegment> = desk.writer.find(None, segment).await?;
        if ledger.settle(segment, read.as_ref().map(|read| sight_of(book, read)).as_ref()) {
            left = true;
            if let Some(read) = &read {
                fence(read, memory, context).await?;
            }
        } else {
            memory.waiting.remove(segment);
        }
    }
    let now = context.clock.now();
    let told = book.tells(&ledger, now);
    context.metrics.pass("budget", if told { "Counted" } else { "Changed" }, "ok");
    if !told {
        desk.keep(book.write(&ledger, now, &desk.writer).await?);
    }
    Ok(if left { Pace::At(LOOK_AGAIN) } else { Pace::Settled })
}

/// What is known here of the segments that count.
fn known(book: &Book, context: &Context) -> BTreeMap<String, Sight> {
    let index = match book {
        Book::Budget(budget) => by_namespace(&budget.namespace().unwrap_or_default()),
        Book::Account(account) => by_provider(&account.name_any()),
    };
    let segments = context.segments.indexed(&index);
    let counting = segments.iter().filter(|segment| book.covers(segment));
    counting.map(|segment| (segment.name_any(), sight_of(book, segment))).collect()
}

fn sight_of(book: &Book, segment: &ConnectivitySegment) -> Sight {
    Sight {
        uid: segment.uid().unwrap_or_default(),
        version: version(segment),
        claims: if book.covers(segment) { admit::claims(segment) } else { Vec::new() },
    }
}

fn version(segment: &ConnectivitySegment) -> u64 {
    segment.resource_version().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Makes sure that an order which was entered long ago and not reserved cannot be reserved any more: then its entry goes.
async fn fence(
    segment: &ConnectivitySegment,
    memory: &mut Memory,
    context: &Context,
) -> Result<(), WriteError> {
    let (name, version, now) = (segment.name_any(), version(segment), context.clock.instant());
    let since = memory.waiting.entry(name).or_insert((version, now));
    if since.0 != version {
        *since = (version, now);
    }
    if now.saturating_duration_since(since.1) < PATIENCE {
        return Ok(());
    }
    let last = segment.status.as_ref().and_then(|status| status.last_order).map_or(0, |last| last.sequence);
    // An annotation that says the same again would change nothing.
    let value = format!("{}-at-{version}", last.saturating_add(1));
    let written = context.desk.writer.annotate(segment, FENCE_ANNOTATION, &value).await?;
    context.segments.wrote(written);
    Ok(())
}
