//! A segment controller, the object it works on and a seller, all in memory: passes as the real controller makes them, with a
//! boundary before and after every effect at which anything may happen. The intent does one thing: it agrees to offers.
//!
//! A room for each: `object` keeps the rules of the API server, `seller` takes orders and works on each of them (`order`),
//! `controller` makes the passes, `events` is what happens beside it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::fixture::{after, port, wanted};
use crate::api::ConnectivitySegment;
use crate::clock::{Clock, SystemClock};
use crate::model::{Bandwidth, Decision, Task};
use crate::segment::Memory;

mod controller;
mod events;
mod object;
mod order;
mod seller;

pub use events::Event;
pub use seller::Answer;

use order::Taken;

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

    fn instant(&self) -> Instant {
        self.start + Duration::from_secs(self.now)
    }

    fn wall(&self) -> jiff::Timestamp {
        after(i64::try_from(self.now).unwrap())
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
