//! The ledgers of what is spent: one in the status of every budget and of every account. An order is entered in all that apply
//! before it is reserved.
//!
//! Order of the writes: budgets by name, then the account, then the reservation of the order itself, which `segment` writes. Each
//! write of a ledger is a compare-and-swap: it rests on the version that the caps were held against. A crash or a refusal between
//! them leaves an entry without an order; it is freed by `budget`, once the order cannot come any more.
//!
//! One write for each order and ledger: orders through one account are reserved one at a time anyway.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use kube::ResourceExt;

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
    /// Writes of one budget wait for one another in this process, so that they are not tried in vain.
    pub lines: Lines,
}

/// A line in front of each budget.
#[derive(Default)]
pub struct Lines(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl Lines {
    fn of(&self, key: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(key.to_owned()).or_default().clone()
    }
}

impl Desk {
    /// What stands against the chosen offer of a segment, by what is watched of budgets and of its account. A look costs nothing; the
    /// last word is [`Desk::enter`]'s.
    #[must_use]
    pub fn objection(&self, segment: &ConnectivitySegment, offer: &SegmentOffer) -> Option<Objection> {
        let account = self.providers.get(&segment.spec.provider.name).map(Book::Account);
        against(self.budgets_of(segment).into_iter().chain(account), segment, offer)
    }

    /// Those segments, by name, whose offer the budgets of the namespace have no room for, by what is watched.
    #[must_use]
    pub fn no_room(&self, segments: &[Arc<ConnectivitySegment>]) -> BTreeMap<String, Objection> {
        let objection = |segment: &ConnectivitySegment| {
            let offer = segment.status.as_ref()?.offer.as_ref()?;
            against(self.budgets_of(segment).into_iter(), segment, offer)
        };
        segments.iter().filter_map(|segment| Some((segment.name_any(), objection(segment)?))).collect()
    }

    fn budgets_of(&self, segment: &ConnectivitySegment) -> Vec<Book> {
        let namespace = &segment.spec.intent_ref.namespace;
        let mut budgets = self.budgets.list();
        budgets.retain(|budget| budget.metadata.namespace.as_ref() == Some(namespace));
        budgets.into_iter().map(Book::Budget).collect()
    }

    /// Enters an order in every ledger that applies, or says what stands against it. `account` was just read from the API server.
    ///
    /// # Errors
    /// When the API server did not take a write, or the account is not any more as it was read.
    pub async fn enter(
        &self,
        segment: &ConnectivitySegment,
        offer: Option<&SegmentOffer>,
        record: &OrderRecord,
        account: ConnectivityProvider,
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

        let namespace = &segment.spec.intent_ref.namespace;
        let mut budgets: Vec<ConnectivityBudget> = self.writer.find_all(namespace).await?;
        budgets.sort_by_key(ResourceExt::name_any);
        for budget in budgets {
            let book = Book::Budget(Arc::new(budget));
            if book.covers(segment)
                && let Some(objection) = self.enter_in(book, &key, &entry).await?
            {
                return Ok(Some(objection));
            }
        }
        self.enter_in(Book::Account(Arc::new(account)), &key, &entry).await
    }

    async fn enter_in(
        &self,
        first: Book,
        key: &EntryKey,
        entry: &Entry,
    ) -> Result<Option<Objection>, WriteError> {
        let line = self.lines.of(&first.name());
        let _alone = line.lock().await;
        // Whoever was before us in the line wrote it.
        let mut book = self.newest(&first);
        for _ in 0..MOST_TRIES {
            let ledger = match book.entered(key, entry) {
                Ok(ledger) => ledger,
                Err(objection) => return Ok(Some(objection)),
            };
            match book.write(&ledger, self.clock.now(), &self.writer).await {
                Ok(written) => {
                    self.keep(written);
                    return Ok(None);
                }
                Err(WriteError::Conflict) => {}
                Err(error) => return Err(error),
            }
            let Some(read) = book.read(&self.writer).await? else {
                // A budget that was taken away caps nothing.
                return match book {
                    Book::Budget(_) => Ok(None),
                    Book::Account(_) => Err(WriteError::Conflict),
                };
            };
            if !read.allows_as_before(&first) {
                return Err(WriteError::Conflict);
            }
            book = read;
        }
        Err(WriteError::Conflict)
    }

    /// The book as it was read, or as this process wrote it since.
    fn newest(&self, read: &Book) -> Book {
        let known = match read {
            Book::Budget(budget) => {
                let key = format!("{}/{}", budget.namespace().unwrap_or_default(), budget.name_any());
                self.budgets.get(&key).map(Book::Budget)
            }
            Book::Account(account) => self.providers.get(&account.name_any()).map(Book::Account),
        };
        match known {
            Some(known) if known.version() > read.version() && known.allows_as_before(read) => known,
            Some(_) | None => read.clone(),
        }
    }

    /// Lays what was written over what was watched.
    pub fn keep(&self, written: Book) {
        match written {
            Book::Budget(budget) => drop(self.budgets.wrote(Arc::unwrap_or_clone(budget))),
            Book::Account(account) => drop(self.providers.wrote(Arc::unwrap_or_clone(account))),
        }
    }
}

/// The first objection to what an offer of a segment would add.
fn against(
    books: impl Iterator<Item = Book>,
    segment: &ConnectivitySegment,
    offer: &SegmentOffer,
) -> Option<Objection> {
    let (currency, costs) = admit::offer_costs(&segment.spec, offer)?;
    let last = segment.status.as_ref().and_then(|status| status.last_order);
    let key = (segment.name_any(), last.map_or(1, |last| last.sequence.saturating_add(1)));
    let entry = Entry { counts: Counts::Service, currency, costs, fence: None };
    books
        .filter(|book| book.covers(segment) && !book.has_plenty(&entry))
        .find_map(|book| book.entered(&key, &entry).err())
}
