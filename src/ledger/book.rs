//! One ledger with its caps, whatever object holds it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use kube::ResourceExt;

use crate::admit::{self, Refusal};
use crate::api::{
    ConnectivityBudget, ConnectivityBudgetStatus, ConnectivityProvider, ConnectivityProviderStatus,
    ConnectivitySegment, CurrencyText, LedgerCounts, LedgerEntry, LedgerFence, LedgerStatus, LedgerTotal,
    LedgerUse, Party, Statement, conditions, whole,
};
use crate::cluster::{Concern, WriteError, Writer};
use crate::model::{Amount, Caps, Counts, Currency, Entry, EntryKey, Ledger, MOST_ENTRIES, Shortage};

/// Why nothing more may be bought, and whose move it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// One PascalCase word.
    pub reason: &'static str,
    /// Who must act.
    pub party: Party,
    /// What is missing, with the figures.
    pub what: String,
}

/// What holds a ledger.
#[derive(Debug, Clone)]
pub enum Book {
    /// The budget of a namespace.
    Budget(Arc<ConnectivityBudget>),
    /// An account, for its `spec.limits.total`.
    Account(Arc<ConnectivityProvider>),
}

impl Book {
    /// Kind and name, for people.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Budget(budget) => {
                format!("ConnectivityBudget {}/{}", budget.namespace().unwrap_or_default(), budget.name_any())
            }
            Self::Account(account) => format!("ConnectivityProvider {}", account.name_any()),
        }
    }

    /// Whether what a segment buys counts.
    #[must_use]
    pub fn covers(&self, segment: &ConnectivitySegment) -> bool {
        let provider = &segment.spec.provider.name;
        match self {
            Self::Budget(budget) => {
                budget.namespace().as_ref() == Some(&segment.spec.intent_ref.namespace)
                    && budget.spec.provider.as_ref().is_none_or(|only| only == provider)
            }
            Self::Account(account) => account.name_any() == *provider,
        }
    }

    /// The caps.
    ///
    /// # Errors
    /// A spec that cannot be understood.
    pub fn caps(&self) -> Result<Caps, Refusal> {
        match self {
            Self::Budget(budget) => admit::caps(&budget.spec),
            Self::Account(account) => {
                let understood = admit::account(&account.name_any(), &account.spec)?;
                Ok(admit::account_caps(&understood.limits))
            }
        }
    }

    /// The ledger; none before it was counted for the first time, or where it cannot be read and must be counted anew.
    #[must_use]
    pub fn ledger(&self) -> Option<Ledger> {
        admit::ledger(self.stored()?).ok()
    }

    /// Whether there is a ledger.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        self.stored().is_some()
    }

    fn stored(&self) -> Option<&LedgerStatus> {
        match self {
            Self::Budget(budget) => budget.status.as_ref()?.ledger.as_ref(),
            Self::Account(account) => account.status.as_ref()?.ledger.as_ref(),
        }
    }

    /// The version that a write rests on.
    #[must_use]
    pub fn version(&self) -> u64 {
        let version = match self {
            Self::Budget(budget) => budget.resource_version(),
            Self::Account(account) => account.resource_version(),
        };
        version.and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// Whether both are the same object.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Budget(one), Self::Budget(other)) => one.uid() == other.uid(),
            (Self::Account(one), Self::Account(other)) => one.uid() == other.uid(),
            (Self::Budget(_), Self::Account(_)) | (Self::Account(_), Self::Budget(_)) => false,
        }
    }

    /// The ledger with one more order.
    ///
    /// # Errors
    /// What stands against it.
    pub fn entered(&self, key: &EntryKey, entry: &Entry) -> Result<Ledger, Objection> {
        self.with(self.ledger().as_ref(), key, entry)
    }

    /// `ledger`, which is this one or comes after it, with one more order.
    ///
    /// # Errors
    /// What stands against it.
    pub fn with(&self, ledger: Option<&Ledger>, key: &EntryKey, entry: &Entry) -> Result<Ledger, Objection> {
        let caps = self.caps().map_err(|refusal| self.not_understood(&refusal))?;
        let entered = match ledger {
            Some(ledger) => ledger.enter(key.clone(), entry.clone(), &caps),
            None => Err(Shortage::NotCounted),
        };
        entered.map_err(|shortage| self.objection(&shortage))
    }

    /// Whether there is room for the entry whatever else is entered of its segment, as the totals tell: a short way to
    /// [`Book::entered`] through a long ledger.
    #[must_use]
    pub fn has_plenty(&self, entry: &Entry) -> bool {
        let fits = |total: &LedgerUse, costs: Amount| {
            let left = total.left.as_ref().map(|left| left.parse::<Amount>());
            left.is_none_or(|left| left.is_ok_and(|left| costs <= left))
        };
        self.caps().is_ok()
            && self.stored().is_some_and(|stored| {
                let total = |total: &&LedgerTotal| total.currency.0 == entry.currency.to_string();
                stored.entries.len() < MOST_ENTRIES
                    && stored.totals.iter().find(total).is_some_and(|total| {
                        fits(&total.monthly, entry.costs.monthly)
                            && fits(&total.one_time, entry.costs.one_time)
                            && fits(&total.commitment, entry.costs.commitment)
                    })
            })
    }

    fn not_understood(&self, refusal: &Refusal) -> Objection {
        let what = format!("{} to be understood: {refusal}", self.name());
        Objection { reason: "BudgetNotUnderstood", party: Party::Platform, what }
    }

    /// A shortage in words.
    #[must_use]
    pub fn objection(&self, shortage: &Shortage) -> Objection {
        let name = self.name();
        let (reason, party, what) = match (shortage, self) {
            (Shortage::Exhausted { .. }, Self::Budget(_)) => (
                "BudgetExhausted",
                Party::Platform,
                format!("room in {name}: {shortage}; raise the cap, or end something else first"),
            ),
            (Shortage::Exhausted { .. }, Self::Account(_)) => (
                "AboveProviderLimit",
                Party::Platform,
                format!(
                    "room in spec.limits.total of {name}: {shortage}; raise the limit, or end something else first"
                ),
            ),
            (Shortage::Currency(_), _) => (
                "CurrencyNotBudgeted",
                Party::Platform,
                format!(
                    "a cap or a rate in {name}: {shortage}; amounts of different currencies are never added without"
                ),
            ),
            (Shortage::Full, _) => (
                "LedgerFull",
                Party::Platform,
                format!(
                    "room in the ledger of {name}: {shortage}; end something, or buy it from another namespace or account"
                ),
            ),
            (Shortage::NotCounted, _) => {
                ("LedgerNotCounted", Party::Operator, format!("the ledger of {name}: {shortage}"))
            }
        };
        Objection { reason, party, what }
    }

    /// Reads it again from the API server.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn read(&self, writer: &Writer) -> Result<Option<Self>, WriteError> {
        Ok(match self {
            Self::Budget(budget) => {
                let found = writer.find(budget.namespace().as_deref(), &budget.name_any()).await?;
                found.map(|found| Self::Budget(Arc::new(found)))
            }
            Self::Account(account) => {
                writer.find(None, &account.name_any()).await?.map(|found| Self::Account(Arc::new(found)))
            }
        })
    }

    /// Writes the ledger, if the object is still the one that was read.
    ///
    /// # Errors
    /// When the object changed meanwhile or the API server did not take it.
    pub async fn write(&self, ledger: &Ledger, now: Timestamp, writer: &Writer) -> Result<Self, WriteError> {
        match self {
            Self::Budget(budget) => {
                let status = self.budget_status(budget, Some(ledger), now);
                let written: ConnectivityBudget =
                    writer.apply_status(budget.as_ref(), Concern::Ledger, &status).await?;
                Ok(Self::Budget(Arc::new(written)))
            }
            Self::Account(account) => {
                let caps = self.caps().unwrap_or_default();
                let status = ConnectivityProviderStatus {
                    ledger: Some(told(ledger, &caps)),
                    ..ConnectivityProviderStatus::default()
                };
                let written: ConnectivityProvider =
                    writer.apply_status(account.as_ref(), Concern::Ledger, &status).await?;
                Ok(Self::Account(Arc::new(written)))
            }
        }
    }

    /// The object as it is once this ledger is written.
    #[must_use]
    pub fn holding(&self, ledger: &Ledger, now: Timestamp) -> Self {
        match self {
            Self::Budget(budget) => {
                let status = Some(self.budget_status(budget, Some(ledger), now));
                Self::Budget(Arc::new(ConnectivityBudget { status, ..budget.as_ref().clone() }))
            }
            Self::Account(account) => {
                let mut account = account.as_ref().clone();
                let stored = told(ledger, &self.caps().unwrap_or_default());
                account.status.get_or_insert_default().ledger = Some(stored);
                Self::Account(Arc::new(account))
            }
        }
    }

    /// Whether what is stored tells this ledger already. What reservations rest on is cleared away once there is much of it.
    #[must_use]
    pub fn tells(&self, ledger: &Ledger, now: Timestamp) -> bool {
        const MOST_STALE_FENCES: usize = 100;
        let fences = |ledger: &Ledger| ledger.entries.values().filter(|entry| entry.fence.is_some()).count();
        let Some(stored) = self.ledger() else { return false };
        let same = stored.says_the_same(ledger)
            && fences(&stored).saturating_sub(fences(ledger)) < MOST_STALE_FENCES;
        let totals = self.stored().map(|stored| &stored.totals);
        match self {
            Self::Budget(budget) => {
                let wanted = self.budget_status(budget, Some(ledger), now);
                let said = budget.status.as_ref();
                same && totals == wanted.ledger.as_ref().map(|ledger| &ledger.totals)
                    && said.is_some_and(|said| said.conditions == wanted.conditions)
                    && said.and_then(|said| said.observed_generation) == wanted.observed_generation
            }
            Self::Account(_) => {
                let wanted = told(ledger, &self.caps().unwrap_or_default()).totals;
                same && totals == Some(&wanted)
            }
        }
    }

    fn budget_status(
        &self,
        budget: &ConnectivityBudget,
        ledger: Option<&Ledger>,
        now: Timestamp,
    ) -> ConnectivityBudgetStatus {
        let caps = self.caps();
        let old = budget.status.as_ref().map_or(&[][..], |status| status.conditions.as_slice());
        let generation = budget.metadata.generation;
        let statements = match &caps {
            Err(refusal) => vec![
                Statement::no("Ready", refusal.reason, refusal.message.clone()),
                Statement::yes("Stalled", refusal.reason, refusal.message.clone()),
            ],
            Ok(caps) => {
                let (reason, message) = standing(ledger, caps);
                vec![Statement::yes("Ready", reason, message), Statement::no("Stalled", reason, "")]
            }
        };
        ConnectivityBudgetStatus {
            observed_generation: generation,
            conditions: conditions(old, statements, generation, &whole(now)),
            ledger: ledger.map(|ledger| told(ledger, caps.as_ref().unwrap_or(&Caps::default()))),
        }
    }
}

/// How a ledger stands against its caps.
fn standing(ledger: Option<&Ledger>, caps: &Caps) -> (&'static str, String) {
    let (used, uncounted) = ledger.map(|ledger| ledger.used(caps)).unwrap_or_default();
    let above = |cap: Option<Amount>, used: Amount| cap.is_some_and(|cap| used > cap);
    let exceeded: Vec<String> = used
        .iter()
        .filter(|(currency, used)| {
            caps.most.get(currency).is_some_and(|most| {
                above(most.monthly, used.monthly)
                    || above(most.one_time, used.one_time)
                    || above(most.commitment, used.commitment)
            })
        })
        .map(|(currency, _)| currency.to_string())
        .collect();
    if !exceeded.is_empty() {
        let what = exceeded.join(", ");
        let message = format!(
            "more is used than the caps in {what} allow: nothing is ended for that, and nothing more is bought"
        );
        return ("AboveCaps", message);
    }
    if !uncounted.is_empty() {
        let what: Vec<String> = uncounted.iter().map(Currency::to_string).collect();
        let message = format!("what is paid in {} counts nowhere: state a cap or a rate", what.join(", "));
        return ("NotAllCounted", message);
    }
    ("Counted", "everything that is live or being bought is counted".to_owned())
}

/// A ledger as it is stored.
fn told(ledger: &Ledger, caps: &Caps) -> LedgerStatus {
    let (used, _): (BTreeMap<_, _>, BTreeSet<_>) = ledger.used(caps);
    let totals = used.into_iter().map(|(currency, used)| {
        let most = caps.most.get(&currency).copied().unwrap_or_default();
        LedgerTotal {
            currency: CurrencyText(currency.to_string()),
            monthly: use_of(used.monthly, most.monthly),
            one_time: use_of(used.one_time, most.one_time),
            commitment: use_of(used.commitment, most.commitment),
        }
    });
    LedgerStatus {
        entries: ledger
            .entries
            .iter()
            .map(|((segment, sequence), entry)| LedgerEntry {
                segment: segment.clone(),
                sequence: *sequence,
                counts: match entry.counts {
                    Counts::Service => LedgerCounts::Service,
                    Counts::Charge => LedgerCounts::Charge,
                },
                currency: entry.currency.to_string(),
                monthly: entry.costs.monthly.to_string(),
                one_time: entry.costs.one_time.to_string(),
                commitment: entry.costs.commitment.to_string(),
                reserving: entry.fence.as_ref().map(|fence| LedgerFence {
                    uid: fence.uid.clone(),
                    resource_version: fence.version.to_string(),
                }),
            })
            .collect(),
        totals: totals.collect(),
        freed: ledger.freed,
    }
}

fn use_of(used: Amount, cap: Option<Amount>) -> LedgerUse {
    let left = cap.map(|cap| Amount::new(cap.decimal().saturating_sub(used.decimal())).owed().to_string());
    LedgerUse { used: used.to_string(), left }
}
