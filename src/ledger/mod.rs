//! The ledgers of what is spent: one in the status of every budget and of every account. An order is entered in all that apply
//! before it is reserved.
//!
//! Order of the writes: budgets by name, then the account, then the reservation of the order itself, which `segment` writes. Each
//! write of a ledger is a compare-and-swap: it rests on the version that the caps were held against. A crash or a refusal between
//! them leaves an entry without an order; it is freed by `budget`, once the order cannot come any more.
//!
//! Orders that come while a ledger is being written are entered together, in the next write.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use kube::ResourceExt;
use tokio::sync::oneshot;

use crate::admit;
use crate::api::{
    ConnectivityBudget, ConnectivityProvider, ConnectivitySegment, OrderRecord, Party, SegmentOffer,
};
use crate::clock::Clock;
use crate::cluster::{Cache, WriteError, Writer};
use crate::model::{Counts, Entry, EntryKey, Fence};

mod book;

pub use book::{Book, Objection};

/// How often a write is tried again that somebody else was faster with.
const MOST_TRIES: usize = 8;

/// Where orders are entered.
pub struct Desk {
    /// All budgets.
    pub budgets: Arc<Cache<ConnectivityBudget>>,
    /// All accounts.
    pub providers: Arc<Cache<ConnectivityProvider>>,
    /// All writes.
    pub writer: Writer,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Who waits for which ledger in this process.
    pub lines: Lines,
}

/// A line in front of each ledger.
#[derive(Default)]
pub struct Lines(Mutex<HashMap<String, Arc<Line>>>);

#[derive(Default)]
struct Line {
    /// Who has it writes for all who wait.
    turn: tokio::sync::Mutex<()>,
    waiting: Mutex<Vec<Ticket>>,
}

/// An order that waits to be entered, and whom to tell what stands against it.
struct Ticket {
    key: EntryKey,
    entry: Entry,
    answer: oneshot::Sender<Result<Option<Objection>, WriteError>>,
}

impl Lines {
    fn of(&self, key: &str) -> Arc<Line> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(key.to_owned()).or_default().clone()
    }
}

impl Line {
    fn join(&self, ticket: Ticket) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(ticket);
    }

    fn take(&self) -> Vec<Ticket> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Desk {
    /// What stands against the chosen offer of a segment, by what is watched of budgets and of its account. A look costs nothing; the
    /// last word is [`Desk::enter`]'s.
    #[must_use]
    pub fn objection(&self, segment: &ConnectivitySegment, offer: &SegmentOffer) -> Option<Objection> {
        let account = self.providers.get(&segment.spec.provider.name).map(Book::Account);
        let budgets = self.budgets_of(&segment.spec.intent_ref.namespace).into_iter().map(Book::Budget);
        against(budgets.chain(account), segment, offer)
    }

    /// The budgets of a namespace, by what is watched.
    #[must_use]
    pub fn budgets_of(&self, namespace: &str) -> Vec<Arc<ConnectivityBudget>> {
        let mut budgets = self.budgets.list();
        budgets.retain(|budget| budget.metadata.namespace.as_deref() == Some(namespace));
        budgets
    }

    /// Enters an order in every ledger that applies, or says what stands against it.
    ///
    /// # Errors
    /// When the API server did not take a write.
    pub async fn enter(
        &self,
        segment: &ConnectivitySegment,
        offer: Option<&SegmentOffer>,
        record: &OrderRecord,
    ) -> Result<Option<Objection>, WriteError> {
        let Some((counts, price)) = admit::adds(&segment.spec, offer, record) else { return Ok(None) };
        let Some((currency, costs)) = price else {
            return Ok(Some(Objection {
                reason: "PriceUnknown",
                party: Party::User,
                what: "a price that can be read".into(),
            }));
        };
        let version = segment.resource_version().and_then(|text| text.parse().ok());
        let (Some(uid), Some(version)) = (segment.uid(), version) else { return Err(WriteError::Conflict) };
        let key = (segment.name_any(), record.sequence);
        let entry = Entry { counts, currency, costs, fence: Some(Fence { uid, version }) };

        // Read past the cache: a budget that was just made holds.
        let namespace = &segment.spec.intent_ref.namespace;
        let mut budgets: Vec<ConnectivityBudget> = self.writer.find_all(namespace).await?;
        budgets.sort_by_key(ResourceExt::name_any);
        let account = self.providers.get(&segment.spec.provider.name).ok_or(WriteError::Conflict)?;
        let budgets = budgets.into_iter().map(|budget| Book::Budget(Arc::new(budget)));
        for book in budgets.chain([Book::Account(account)]).filter(|book| book.covers(segment)) {
            if let Some(objection) = self.enter_in(book, key.clone(), entry.clone()).await? {
                return Ok(Some(objection));
            }
        }
        Ok(None)
    }

    /// Enters an order in one ledger, together with all that wait for the same one.
    async fn enter_in(
        &self,
        book: Book,
        key: EntryKey,
        entry: Entry,
    ) -> Result<Option<Objection>, WriteError> {
        let line = self.lines.of(&book.name());
        let (answer, mut answered) = oneshot::channel();
        line.join(Ticket { key, entry, answer });
        let _turn = line.turn.lock().await;
        // Whoever had the turn before us may have written ours with his.
        if let Ok(answer) = answered.try_recv() {
            return answer;
        }
        let mut tickets = line.take();
        let answers = self.write_all(book, &tickets).await;
        let mut answers = answers.map_err(|error| {
            tracing::info!(%error, "orders were not entered; they are tried again");
            error
        })?;
        // Ours is among them; a ticket that gets no answer is tried again by its owner.
        while let (Some(ticket), Some(answer)) = (tickets.pop(), answers.pop()) {
            let _ = ticket.answer.send(Ok(answer));
        }
        answered.try_recv().unwrap_or(Err(WriteError::Conflict))
    }

    /// One write for all of them. What stands against each, in their order.
    async fn write_all(&self, first: Book, tickets: &[Ticket]) -> Result<Vec<Option<Objection>>, WriteError> {
        let mut book = self.newest(first);
        for _ in 0..MOST_TRIES {
            let before = book.ledger();
            let (mut ledger, mut answers) = (before.clone(), Vec::new());
            for Ticket { key, entry, .. } in tickets {
                match book.with(ledger.as_ref(), key, entry) {
                    Ok(entered) => {
                        ledger = Some(entered);
                        answers.push(None);
                    }
                    Err(objection) => answers.push(Some(objection)),
                }
            }
            let Some(ledger) = ledger.filter(|_| answers.contains(&None)) else { return Ok(answers) };
            match book.write(&ledger, self.clock.now(), &self.writer).await {
                Ok(written) => {
                    self.keep(written);
                    return Ok(answers);
                }
                Err(WriteError::Conflict) => {}
                Err(error) => return Err(error),
            }
            // A budget that was taken away since it was found is looked for anew.
            book = book.read(&self.writer).await?.ok_or(WriteError::Conflict)?;
        }
        Err(WriteError::Conflict)
    }

    /// The book as it was read, or as this process wrote it since.
    fn newest(&self, read: Book) -> Book {
        let known = match &read {
            Book::Budget(budget) => {
                let key = format!("{}/{}", budget.namespace().unwrap_or_default(), budget.name_any());
                self.budgets.get(&key).map(Book::Budget)
            }
            Book::Account(account) => self.providers.get(&account.name_any()).map(Book::Account),
        };
        known.filter(|known| known.is(&read) && known.version() > read.version()).unwrap_or(read)
    }

    /// Lays what was written over what was watched.
    pub fn keep(&self, written: Book) {
        match written {
            Book::Budget(budget) => drop(self.budgets.wrote(Arc::unwrap_or_clone(budget))),
            Book::Account(account) => drop(self.providers.wrote(Arc::unwrap_or_clone(account))),
        }
    }
}

/// What stands against buying the offers of all these segments together, by what is watched. A ledger that is not counted yet
/// will be in a moment.
#[must_use]
pub fn no_room(budgets: &[Arc<ConnectivityBudget>], segments: &[&ConnectivitySegment]) -> Option<Objection> {
    if let [segment] = segments {
        let offer = segment.status.as_ref()?.offer.as_ref()?;
        return against(budgets.iter().cloned().map(Book::Budget), segment, offer);
    }
    budgets.iter().cloned().map(Book::Budget).filter(Book::is_counted).find_map(|book| {
        let mut ledger = book.ledger();
        let covered = segments.iter().filter(|segment| book.covers(segment));
        for (key, entry) in
            covered.filter_map(|segment| next_order(segment, segment.status.as_ref()?.offer.as_ref()?))
        {
            match book.with(ledger.as_ref(), &key, &entry) {
                Ok(entered) => ledger = Some(entered),
                Err(objection) => return Some(objection),
            }
        }
        None
    })
}

/// The book as `budget` counts it from these segments, whatever the caps say: nothing that is stored becomes less.
#[must_use]
pub fn counted<'a>(
    book: &Book,
    segments: impl Iterator<Item = &'a ConnectivitySegment>,
    now: Timestamp,
) -> Book {
    let mut ledger = book.ledger().unwrap_or_default();
    for segment in segments.filter(|segment| book.covers(segment)) {
        ledger.raise(&segment.name_any(), &admit::claims(segment));
    }
    book.holding(&ledger, now)
}

/// Those of the books that count what an offer of a segment adds, with its order entered, as [`Desk::enter`] writes them.
///
/// # Errors
/// What stands against it: then nothing is entered.
pub fn entered(
    books: impl Iterator<Item = Book>,
    segment: &ConnectivitySegment,
    offer: &SegmentOffer,
    now: Timestamp,
) -> Result<Vec<Book>, Objection> {
    let Some((key, entry)) = next_order(segment, offer) else { return Ok(Vec::new()) };
    books
        .filter(|book| book.covers(segment) && book.is_counted())
        .map(|book| Ok(book.holding(&book.entered(&key, &entry)?, now)))
        .collect()
}

/// The first objection to what an offer of a segment would add. A ledger that is not counted yet will be in a moment.
fn against(
    books: impl Iterator<Item = Book>,
    segment: &ConnectivitySegment,
    offer: &SegmentOffer,
) -> Option<Objection> {
    let (key, entry) = next_order(segment, offer)?;
    books
        .filter(|book| book.covers(segment) && book.is_counted() && !book.has_plenty(&entry))
        .find_map(|book| book.entered(&key, &entry).err())
}

/// What the next order of a segment would be entered as.
fn next_order(segment: &ConnectivitySegment, offer: &SegmentOffer) -> Option<(EntryKey, Entry)> {
    let (currency, costs) = admit::offer_costs(&segment.spec, offer)?;
    let last = segment.status.as_ref().and_then(|status| status.last_order);
    let key = (segment.name_any(), last.map_or(1, |last| last.sequence.saturating_add(1)));
    Some((key, Entry { counts: Counts::Service, currency, costs, fence: None }))
}
