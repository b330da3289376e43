use proptest::prelude::*;

use super::*;

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn currency(text: &str) -> Currency {
    text.parse().unwrap()
}

fn costs(monthly: i64) -> Costs {
    Costs::over(Decimal::ONE, Amount::new(Decimal::from(monthly)), Amount::ZERO)
}

fn entry(currency: &str, costs: Costs) -> Entry {
    Entry { counts: Counts::Service, currency: currency.parse().unwrap(), costs, fence: None }
}

fn key(segment: &str, sequence: i64) -> EntryKey {
    (segment.to_owned(), sequence)
}

fn caps(monthly: i64) -> Caps {
    let most = Most { monthly: Some(Amount::new(Decimal::from(monthly))), ..Most::default() };
    Caps { most: [(currency("USD"), most)].into(), rates: BTreeMap::new() }
}

#[test]
fn a_term_makes_a_commitment_and_credits_make_no_room() {
    let year = Costs::over(Decimal::from(12), amount("100"), amount("50"));
    assert_eq!((year.commitment, year.one_time), (amount("1250"), amount("50")));
    let credit = Costs::over(Decimal::from(12), amount("100"), amount("-600"));
    assert_eq!((credit.commitment, credit.one_time), (amount("1200"), Amount::ZERO));
    let day = Costs::over(Decimal::from(12) / Decimal::from(365), amount("100"), Amount::ZERO);
    assert_eq!(day.commitment.to_string(), "3.2877", "rounded up: 3.28767");
}

#[test]
fn the_first_order_above_a_cap_is_refused_with_the_figures() {
    let two = Ledger::default().enter(key("a", 1), entry("USD", costs(40)), &caps(100)).unwrap();
    let two = two.enter(key("b", 1), entry("USD", costs(40)), &caps(100)).unwrap();
    let refused = two.enter(key("c", 1), entry("USD", costs(40)), &caps(100)).unwrap_err();
    assert_eq!(refused.to_string(), "monthly: 80.00 USD of 100.00 USD is used, and this takes 40.00 USD");
    let last = two.enter(key("c", 1), entry("USD", costs(20)), &caps(100)).unwrap();
    assert_eq!(last.used(&caps(100)).0[&currency("USD")].monthly, amount("100"));
}

#[test]
fn each_cap_holds_by_itself() {
    let cap = |monthly, one_time, commitment| {
        let read = |text: Option<&str>| text.map(amount);
        let most = Most { monthly: read(monthly), one_time: read(one_time), commitment: read(commitment) };
        Caps { most: [(currency("USD"), most)].into(), rates: BTreeMap::new() }
    };
    let order = entry("USD", Costs::over(Decimal::from(12), amount("10"), amount("5")));
    let what = |caps: &Caps| match Ledger::default().enter(key("a", 1), order.clone(), caps) {
        Err(Shortage::Exhausted { what, .. }) => what,
        Err(Shortage::Currency(_) | Shortage::Full | Shortage::NotCounted) | Ok(_) => "taken",
    };
    assert_eq!(what(&cap(Some("10"), Some("5"), Some("125"))), "taken");
    assert_eq!(what(&cap(Some("9.99"), Some("5"), Some("125"))), "monthly");
    assert_eq!(what(&cap(Some("10"), Some("4.99"), Some("125"))), "oneTime");
    assert_eq!(what(&cap(Some("10"), Some("5"), Some("124.99"))), "commitment");
    assert_eq!(what(&cap(None, None, None)), "taken");
}

#[test]
fn of_a_change_the_larger_counts_until_one_of_both_is_over() {
    let caps = caps(100);
    let ledger = Ledger::default().enter(key("a", 1), entry("USD", costs(90)), &caps).unwrap();
    let cheaper = ledger.enter(key("a", 2), entry("USD", costs(50)), &caps).unwrap();
    assert_eq!(cheaper.used(&caps).0[&currency("USD")].monthly, amount("90"));
    let dearer = ledger.enter(key("a", 2), entry("USD", costs(100)), &caps).unwrap();
    assert_eq!(dearer.used(&caps).0[&currency("USD")].monthly, amount("100"));
    assert!(ledger.enter(key("a", 2), entry("USD", costs(101)), &caps).is_err());
    // A charge counts besides.
    let charge = Entry { counts: Counts::Charge, ..entry("USD", costs(11)) };
    assert!(ledger.enter(key("a", 2), charge, &caps).is_err());
}

#[test]
fn what_makes_nothing_worse_is_taken_though_more_is_used_than_allowed() {
    let ledger = Ledger::default().enter(key("a", 1), entry("USD", costs(90)), &caps(100)).unwrap();
    let lowered = caps(50);
    assert!(ledger.enter(key("a", 2), entry("USD", costs(60)), &lowered).is_ok());
    assert!(ledger.enter(key("b", 1), entry("USD", costs(1)), &lowered).is_err());
}

#[test]
fn currencies_are_added_at_stated_rates_only() {
    let mut caps = caps(100);
    let euros = |caps: &Caps, monthly| {
        Ledger::default()
            .enter(key("a", 1), entry("EUR", costs(monthly)), caps)
            .map(|ledger| ledger.used(caps).0)
    };
    let why = euros(&caps, 1).unwrap_err();
    assert_eq!(why.to_string(), "there is no cap in EUR, and no rate for it");
    caps.rates.insert(currency("EUR"), (currency("USD"), "1.25".parse().unwrap()));
    assert_eq!(euros(&caps, 80).unwrap()[&currency("USD")].monthly, amount("100"));
    assert!(matches!(euros(&caps, 81), Err(Shortage::Exhausted { .. })));
    // A cap of its own comes first.
    let own = Most { monthly: Some(amount("10")), ..Most::default() };
    caps.most.insert(currency("EUR"), own);
    assert!(euros(&caps, 11).is_err());
}

#[test]
fn a_full_ledger_takes_no_more() {
    let entries =
        (0..MOST_ENTRIES).map(|number| (key(&format!("seg-{number}"), 1), entry("USD", costs(0)))).collect();
    let ledger = Ledger { entries, freed: 0 };
    let next = |segment| ledger.enter(key(segment, 1), entry("USD", costs(0)), &caps(100));
    assert_eq!(next("one-more"), Err(Shortage::Full));
    assert!(next("seg-7").is_ok(), "what is there already");
}

#[test]
fn an_entry_goes_only_once_its_order_cannot_come() {
    let fence = |uid: &str, version| Some(Fence { uid: uid.into(), version });
    let waiting = Entry { fence: fence("u", 7), ..entry("USD", costs(5)) };
    let sight = |uid: &str, version| Sight { uid: uid.into(), version, claims: Vec::new() };
    let left = |sight: Option<Sight>| {
        let mut ledger = Ledger { entries: [(key("a", 1), waiting.clone())].into(), freed: 0 };
        let may_go = ledger.settle("a", sight.as_ref());
        (ledger.entries.len(), may_go, ledger.freed)
    };
    assert_eq!(left(Some(sight("u", 7))), (1, true, 0), "as it was when the order was entered");
    assert_eq!(left(Some(sight("u", 8))), (0, false, 1), "moved on");
    assert_eq!(left(Some(sight("v", 7))), (0, false, 1), "another segment of that name");
    assert_eq!(left(None), (0, false, 1), "gone");
}

#[test]
fn a_writer_that_slept_lowers_nothing_and_takes_no_fence_away() {
    let caps = caps(100);
    let at = |version, monthly| Entry {
        fence: Some(Fence { uid: "u".into(), version }),
        ..entry("USD", costs(monthly))
    };
    let ledger = Ledger::default().enter(key("a", 1), at(9, 50), &caps).unwrap();
    let ledger = ledger.enter(key("a", 1), at(4, 10), &caps).unwrap();
    assert_eq!(ledger.entries[&key("a", 1)], at(9, 50));
}

/// Three segments, two processes that buy and two that count, each with what it saw some time ago.
#[derive(Debug, Clone, Copy)]
enum Act {
    Look(usize, usize),
    Enter(usize),
    Reserve(usize),
    Crash(usize),
    Settle(usize),
    Refuse(usize),
    Leave(usize),
    Touch(usize),
    Refresh(usize),
    Read(usize),
    Weigh(usize),
    Write(usize),
}

const SEGMENTS: usize = 3;
const MONTHLY: [i64; SEGMENTS] = [60, 50, 40];
const CAP: i64 = 100;

#[derive(Debug, Clone, Default)]
struct Segment {
    uid: u64,
    version: u64,
    last: i64,
    /// The order that is open or live.
    order: Option<i64>,
    live: bool,
}

impl Segment {
    fn claims(&self, index: usize) -> Vec<Claim> {
        let price = Some((currency("USD"), costs(MONTHLY[index])));
        self.order.map(|sequence| Claim { sequence, counts: Counts::Service, price }).into_iter().collect()
    }

    fn sight(&self, index: usize) -> Sight {
        Sight { uid: self.uid.to_string(), version: self.version, claims: self.claims(index) }
    }
}

#[derive(Debug, Clone, Default)]
struct Buyer {
    segment: Option<(usize, Segment)>,
    ledger: Option<(u64, Ledger)>,
    entered: bool,
}

#[derive(Debug, Clone, Default)]
struct Counter {
    cache: Vec<Segment>,
    ledger: Option<(u64, Ledger)>,
    weighed: bool,
}

struct World {
    segments: Vec<Segment>,
    ledger: (u64, Ledger),
    clock: u64,
    buyers: Vec<Buyer>,
    counters: Vec<Counter>,
}

impl World {
    fn new() -> Self {
        let segments = vec![Segment::default(); SEGMENTS];
        let counter = Counter { cache: segments.clone(), ..Counter::default() };
        Self {
            segments,
            ledger: (0, Ledger::default()),
            clock: 0,
            buyers: vec![Buyer::default(); 2],
            counters: vec![counter; 2],
        }
    }

    fn bump(&mut self, index: usize) {
        self.clock += 1;
        self.segments[index].version = self.clock;
    }

    fn swap(&mut self, read: u64, ledger: Ledger) -> bool {
        if self.ledger.0 != read {
            return false;
        }
        self.clock += 1;
        self.ledger = (self.clock, ledger);
        true
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Look(buyer, index) => {
                self.buyers[buyer] = Buyer {
                    segment: Some((index, self.segments[index].clone())),
                    ledger: Some(self.ledger.clone()),
                    entered: false,
                };
            }
            Act::Enter(buyer) => {
                let Buyer { segment: Some((index, segment)), ledger: Some((read, ledger)), .. } =
                    self.buyers[buyer].clone()
                else {
                    return;
                };
                if segment.order.is_some() {
                    return;
                }
                let fence = Some(Fence { uid: segment.uid.to_string(), version: segment.version });
                let entry = Entry { fence, ..entry("USD", costs(MONTHLY[index])) };
                match ledger.enter(key(&index.to_string(), segment.last + 1), entry, &caps(CAP)) {
                    Err(_) => self.buyers[buyer] = Buyer::default(),
                    Ok(next) => {
                        let swapped = self.swap(read, next);
                        self.buyers[buyer].entered = swapped;
                        self.buyers[buyer].ledger = Some(self.ledger.clone());
                    }
                }
            }
            Act::Reserve(buyer) => {
                let Buyer { segment, entered, .. } = std::mem::take(&mut self.buyers[buyer]);
                let Some((index, seen)) = segment.filter(|_| entered) else { return };
                if (seen.uid, seen.version) != (self.segments[index].uid, self.segments[index].version) {
                    return;
                }
                self.bump(index);
                self.segments[index].last += 1;
                self.segments[index].order = Some(seen.last + 1);
            }
            Act::Crash(buyer) => self.buyers[buyer] = Buyer::default(),
            Act::Settle(index) if self.segments[index].order.is_some() => {
                self.bump(index);
                self.segments[index].live = true;
            }
            Act::Refuse(index) if self.segments[index].order.is_some() && !self.segments[index].live => {
                self.bump(index);
                self.segments[index].order = None;
            }
            Act::Leave(index) if self.segments[index].live => {
                self.clock += 1;
                let (uid, version) = (self.clock, self.clock);
                self.segments[index] = Segment { uid, version, ..Segment::default() };
            }
            Act::Settle(_) | Act::Refuse(_) | Act::Leave(_) => {}
            Act::Touch(index) => self.bump(index),
            Act::Refresh(counter) => self.counters[counter].cache = self.segments.clone(),
            Act::Read(counter) => {
                self.counters[counter].ledger = Some(self.ledger.clone());
                self.counters[counter].weighed = false;
            }
            Act::Weigh(counter) => {
                let Counter { cache, ledger: Some((read, mut ledger)), .. } = self.counters[counter].clone()
                else {
                    return;
                };
                let known = cache.iter().enumerate();
                let claims: BTreeMap<String, Vec<Claim>> =
                    known.map(|(index, segment)| (index.to_string(), segment.claims(index))).collect();
                for (segment, claims) in &claims {
                    ledger.raise(segment, claims);
                }
                for segment in ledger.doubtful(&claims) {
                    let index: usize = segment.parse().unwrap();
                    ledger.settle(&segment, Some(&self.segments[index].sight(index)));
                }
                self.counters[counter].ledger = Some((read, ledger));
                self.counters[counter].weighed = true;
            }
            Act::Write(counter) => {
                let Counter { ledger, weighed, .. } = self.counters[counter].clone();
                self.counters[counter].ledger = None;
                if let Some((read, ledger)) = ledger.filter(|_| weighed) {
                    self.swap(read, ledger);
                }
            }
        }
    }

    /// What sellers bill, or may come to bill.
    fn owed(&self) -> i64 {
        let owing = self.segments.iter().enumerate().filter(|(_, segment)| segment.order.is_some());
        owing.map(|(index, _)| MONTHLY[index]).sum()
    }
}

fn act() -> impl Strategy<Value = Act> {
    let (two, three) = (0..2usize, 0..SEGMENTS);
    prop_oneof![
        4 => (two.clone(), three.clone()).prop_map(|(buyer, index)| Act::Look(buyer, index)),
        5 => two.clone().prop_map(Act::Enter),
        4 => two.clone().prop_map(Act::Reserve),
        1 => two.clone().prop_map(Act::Crash),
        2 => three.clone().prop_map(Act::Settle),
        2 => three.clone().prop_map(Act::Refuse),
        2 => three.clone().prop_map(Act::Leave),
        1 => three.prop_map(Act::Touch),
        2 => two.clone().prop_map(Act::Refresh),
        3 => two.clone().prop_map(Act::Read),
        3 => two.clone().prop_map(Act::Weigh),
        3 => two.prop_map(Act::Write),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whoever sleeps, crashes or looks at something old, and wherever.
    #[test]
    fn no_interleaving_overshoots_or_leaks(acts in prop::collection::vec(act(), 0..120)) {
        let mut world = World::new();
        for (number, act) in acts.into_iter().enumerate() {
            world.act(act);
            prop_assert!(world.owed() <= CAP, "{} is owed after act {number}, {act:?}", world.owed());
            for (index, segment) in world.segments.iter().enumerate() {
                let Some(order) = segment.order else { continue };
                let entered = world.ledger.1.entries.get(&key(&index.to_string(), order));
                prop_assert!(entered.is_some(), "order {index}/{order} has no entry after act {number}, {act:?}");
            }
        }
        // Everybody who bought is gone; what was entered and never reserved is fenced off, and all is counted once.
        for index in 0..SEGMENTS {
            world.act(Act::Touch(index));
        }
        for act in [Act::Refresh(0), Act::Read(0), Act::Weigh(0), Act::Write(0)] {
            world.act(act);
        }
        let claimed: Vec<EntryKey> = world.segments.iter().enumerate()
            .filter_map(|(index, segment)| Some(key(&index.to_string(), segment.order?))).collect();
        prop_assert_eq!(world.ledger.1.entries.keys().cloned().collect::<Vec<_>>(), claimed);
        prop_assert!(world.ledger.1.entries.values().all(|entry| entry.fence.is_none()));
    }
}
