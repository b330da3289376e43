//! The ledger of what is spent, or about to be: what an order adds, whether the caps allow it, and how it is counted anew.
//!
//! An entry is written before its order is reserved, and each write of a ledger rests on the version that was read: two writers
//! cannot both find room for the last amount. An entry is freed only where its order cannot come any more ([`Ledger::settle`]).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};

use super::money::{Amount, Currency, Money};

/// Most entries of one ledger: as many as fit into what Kubernetes stores as one object (1.5 MiB) with room to spare.
pub const MOST_ENTRIES: usize = 8_000;

/// What an order commits to, net of tax.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Costs {
    /// Per month.
    pub monthly: Amount,
    /// At once.
    pub one_time: Amount,
    /// Over the committed term: months × monthly, and what is due at once.
    pub commitment: Amount,
}

impl Costs {
    /// What an order over so many months commits to. Credits make no room, and what cannot be written down exactly is rounded up.
    #[must_use]
    pub fn over(months: Decimal, monthly: Amount, one_time: Amount) -> Self {
        let (monthly, one_time) = (monthly.owed(), one_time.owed());
        let over_term = monthly.times(months).unwrap_or(Amount::new(Decimal::MAX)) + one_time;
        Self { monthly, one_time, commitment: over_term }.map(|amount| {
            Amount::new(amount.decimal().round_dp_with_strategy(4, RoundingStrategy::AwayFromZero))
        })
    }

    /// The larger of both, amount by amount.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            monthly: self.monthly.max(other.monthly),
            one_time: self.one_time.max(other.one_time),
            commitment: self.commitment.max(other.commitment),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            monthly: self.monthly + other.monthly,
            one_time: self.one_time + other.one_time,
            commitment: self.commitment + other.commitment,
        }
    }

    fn map(self, change: impl Fn(Amount) -> Amount) -> Self {
        Self {
            monthly: change(self.monthly),
            one_time: change(self.one_time),
            commitment: change(self.commitment),
        }
    }

    fn in_other_currency(self, rate: Decimal) -> Self {
        self.map(|amount| amount.times(rate).unwrap_or(Amount::new(Decimal::MAX)))
    }
}

/// How an entry adds up with the others of its segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// A purchase or a change. While both may be true, the larger counts.
    Service,
    /// A charge that was accepted on an order under way. It counts besides.
    Charge,
}

/// The version of a segment on which an order is about to be reserved. Its reservation is refused by the API server once the
/// segment is another one, or has moved on: then the order cannot come any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// Its uid.
    pub uid: String,
    /// Its resourceVersion.
    pub version: u64,
}

/// Which order an entry stands for: the segment, and the number of the order within it.
pub type EntryKey = (String, i64);

/// What one order adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// How it adds up.
    pub counts: Counts,
    /// Currency of the amounts.
    pub currency: Currency,
    /// How much.
    pub costs: Costs,
    /// What the reservation of the order rests on; none once the order was seen on record.
    pub fence: Option<Fence>,
}

impl Entry {
    /// Both, where two writers entered the same order: the larger amounts, and the newer version.
    fn merged(&self, other: &Self) -> Self {
        let version = |fence: &Option<Fence>| fence.as_ref().map(|fence| fence.version);
        let newer = if version(&self.fence) > version(&other.fence) { &self.fence } else { &other.fence };
        Self {
            counts: other.counts,
            currency: other.currency,
            costs: if self.currency == other.currency { self.costs.max(other.costs) } else { other.costs },
            fence: newer.clone(),
        }
    }
}

/// What the record of a segment says of one of its orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The number of the order.
    pub sequence: i64,
    /// How it adds up.
    pub counts: Counts,
    /// What it costs; none where nobody remembers.
    pub price: Option<(Currency, Costs)>,
}

/// A segment, as the API server has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// Its uid.
    pub uid: String,
    /// Its resourceVersion.
    pub version: u64,
    /// What it claims of this ledger.
    pub claims: Vec<Claim>,
}

/// The caps in one currency; what has none is not capped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Most {
    /// Per month.
    pub monthly: Option<Amount>,
    /// At once, for everything that is live or being bought.
    pub one_time: Option<Amount>,
    /// Over all committed terms.
    pub commitment: Option<Amount>,
}

/// All caps of a ledger, and the rates that currencies without a cap are counted at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caps {
    /// By currency.
    pub most: BTreeMap<Currency, Most>,
    /// From each currency: to one that has a cap, and how much of it one unit is.
    pub rates: BTreeMap<Currency, (Currency, Decimal)>,
}

impl Caps {
    /// What it costs in a currency that has a cap; none where nobody stated at which rate.
    fn counted(&self, currency: Currency, costs: Costs) -> Option<(Currency, Costs)> {
        if self.most.contains_key(&currency) {
            return Some((currency, costs));
        }
        let (to, rate) = self.rates.get(&currency)?;
        self.most.contains_key(to).then(|| (*to, costs.in_other_currency(*rate)))
    }
}

/// Why a ledger takes no entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shortage {
    /// It would exceed a cap.
    Exhausted {
        /// Which: `monthly`, `oneTime` or `commitment`.
        what: &'static str,
        /// What is used.
        used: Money,
        /// The cap.
        cap: Money,
        /// What the order adds.
        asked: Money,
    },
    /// There is neither a cap nor a rate for its currency.
    Currency(Currency),
    /// It has as many entries as it can hold.
    Full,
    /// Nobody counted yet what is spent already.
    NotCounted,
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exhausted { what, used, cap, asked } => {
                write!(f, "{what}: {used} of {cap} is used, and this takes {asked}")
            }
            Self::Currency(currency) => write!(f, "there is no cap in {currency}, and no rate for it"),
            Self::Full => write!(f, "it holds {MOST_ENTRIES} orders, and no more fit"),
            Self::NotCounted => write!(f, "what is spent already is not counted yet"),
        }
    }
}

/// What is spent, or about to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// By order.
    pub entries: BTreeMap<EntryKey, Entry>,
    /// How often room was made.
    pub freed: i64,
}

impl Ledger {
    /// What is used in each currency that has a cap, and the currencies that are counted nowhere.
    #[must_use]
    pub fn used(&self, caps: &Caps) -> (BTreeMap<Currency, Costs>, BTreeSet<Currency>) {
        let mut services: BTreeMap<(&str, Currency), Costs> = BTreeMap::new();
        let mut used: BTreeMap<Currency, Costs> =
            caps.most.keys().map(|key| (*key, Costs::default())).collect();
        let mut uncounted = BTreeSet::new();
        for ((segment, _), entry) in &self.entries {
            let Some((currency, costs)) = caps.counted(entry.currency, entry.costs) else {
                uncounted.insert(entry.currency);
                continue;
            };
            match entry.counts {
                Counts::Service => {
                    let service = services.entry((segment, currency)).or_default();
                    *service = service.max(costs);
                }
                Counts::Charge => add(&mut used, currency, costs),
            }
        }
        for ((_, currency), costs) in services {
            add(&mut used, currency, costs);
        }
        (used, uncounted)
    }

    /// The ledger with one more order, where the caps allow what it adds. What adds nothing is always allowed.
    ///
    /// # Errors
    /// The first cap that it would exceed.
    pub fn enter(&self, key: EntryKey, entry: Entry, caps: &Caps) -> Result<Self, Shortage> {
        let Some((currency, _)) = caps.counted(entry.currency, entry.costs) else {
            return Err(Shortage::Currency(entry.currency));
        };
        let mut next = self.clone();
        let entry = self.entries.get(&key).map_or(entry.clone(), |before| before.merged(&entry));
        next.entries.insert(key, entry);
        if next.entries.len() > MOST_ENTRIES {
            return Err(Shortage::Full);
        }
        let (before, after) = (self.used(caps).0, next.used(caps).0);
        let (before, after) = (before[&currency], after[&currency]);
        let most = caps.most[&currency];
        for (what, before, after, cap) in [
            ("monthly", before.monthly, after.monthly, most.monthly),
            ("oneTime", before.one_time, after.one_time, most.one_time),
            ("commitment", before.commitment, after.commitment, most.commitment),
        ] {
            if let Some(cap) = cap
                && after > cap
                && after > before
            {
                let money = |amount| Money { amount, currency };
                let asked = Amount::new(after.decimal().saturating_sub(before.decimal()));
                let (used, cap, asked) = (money(before), money(cap), money(asked));
                return Err(Shortage::Exhausted { what, used, cap, asked });
            }
        }
        Ok(next)
    }

    /// The ledger with everything that a segment is known to claim. Nothing becomes less by that, however old what is known.
    pub fn raise(&mut self, segment: &str, claims: &[Claim]) {
        for Claim { sequence, counts, price } in claims {
            let key = (segment.to_owned(), *sequence);
            match (self.entries.get_mut(&key), price) {
                (Some(entry), Some((currency, costs))) => {
                    let claimed = Entry { counts: *counts, currency: *currency, costs: *costs, fence: None };
                    *entry = Entry { fence: None, ..entry.merged(&claimed) };
                }
                (Some(entry), None) => entry.fence = None,
                (None, Some((currency, costs))) => {
                    let entry = Entry { counts: *counts, currency: *currency, costs: *costs, fence: None };
                    self.entries.insert(key, entry);
                }
                (None, None) => {}
            }
        }
    }

    /// The segments with entries that what is known of them does not explain: they are to be read anew before anything is freed.
    #[must_use]
    pub fn doubtful(&self, claims: &BTreeMap<String, Vec<Claim>>) -> BTreeSet<String> {
        let explained = |((segment, sequence), entry): &(&EntryKey, &Entry)| {
            let claims = claims.get(segment).map_or(&[][..], Vec::as_slice);
            claims
                .iter()
                .find(|claim| claim.sequence == *sequence)
                .is_some_and(|claim| claim.price.is_none_or(|price| price == (entry.currency, entry.costs)))
        };
        self.entries
            .iter()
            .filter(|found| !explained(found))
            .map(|((segment, _), _)| segment.clone())
            .collect()
    }

    /// Whether an order of the segment was entered that is not on record and may still be reserved, by what is known of the segment.
    #[must_use]
    pub fn awaits(&self, segment: &str, known: Option<&Sight>) -> bool {
        let on_record = |sequence: i64| {
            known.is_some_and(|sight| sight.claims.iter().any(|claim| claim.sequence == sequence))
        };
        let of_segment = self.entries.range((segment.to_owned(), i64::MIN)..=(segment.to_owned(), i64::MAX));
        of_segment
            .into_iter()
            .any(|((_, sequence), entry)| !on_record(*sequence) && may_still_come(entry, known))
    }

    /// Settles what a segment uses by what the API server says of it now, `None` where it does not exist: an entry without an order on
    /// record goes, unless its reservation may still come.
    ///
    /// The segment must have been read after this version of the ledger: then an order that is not on record, and whose segment
    /// has moved on since it was entered, was not reserved and cannot be. Returns whether an entry is left that may still go.
    pub fn settle(&mut self, segment: &str, sight: Option<&Sight>) -> bool {
        let keys: Vec<EntryKey> = self.entries.keys().filter(|(name, _)| name == segment).cloned().collect();
        let mut left = false;
        for key in keys {
            let claim = sight.and_then(|sight| sight.claims.iter().find(|claim| claim.sequence == key.1));
            let Some(entry) = self.entries.get_mut(&key) else { continue };
            match claim {
                Some(Claim { counts, price, .. }) => {
                    let (currency, costs) = price.unwrap_or((entry.currency, entry.costs));
                    if costs != entry.costs && costs == costs.min(entry.costs) {
                        self.freed = self.freed.saturating_add(1);
                    }
                    *entry = Entry { counts: *counts, currency, costs, fence: None };
                }
                None if may_still_come(entry, sight) => left = true,
                None => {
                    self.entries.remove(&key);
                    self.freed = self.freed.saturating_add(1);
                }
            }
        }
        left
    }

    /// The same, but for what reservations rest on: no reason to write anything.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.entries.len() == other.entries.len()
            && self.entries.iter().zip(&other.entries).all(|((left_key, left), (right_key, right))| {
                let same =
                    (left.counts, left.currency, left.costs) == (right.counts, right.currency, right.costs);
                left_key == right_key && same
            })
    }
}

impl Costs {
    fn min(self, other: Self) -> Self {
        Self {
            monthly: self.monthly.min(other.monthly),
            one_time: self.one_time.min(other.one_time),
            commitment: self.commitment.min(other.commitment),
        }
    }
}

/// Whether the order of an entry may be reserved yet: the segment is as it was when the order was entered.
fn may_still_come(entry: &Entry, sight: Option<&Sight>) -> bool {
    let (Some(fence), Some(sight)) = (&entry.fence, sight) else { return false };
    fence.uid == sight.uid && sight.version <= fence.version
}

fn add(used: &mut BTreeMap<Currency, Costs>, currency: Currency, costs: Costs) {
    let sum = used.entry(currency).or_default();
    *sum = sum.plus(costs);
}

#[cfg(test)]
mod tests;
