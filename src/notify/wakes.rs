//! Each segment is woken at most once in a while, however often a seller tells something: what is told meanwhile is one more
//! wake, at the end of that while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::broadcast;

/// Least time between two wakes of one segment: as often as the fastest poll looks at it anyway.
pub const WHILE: Duration = Duration::from_secs(2);

/// How many wakes may wait for a slow listener. What is lost is found by polling.
const BUFFER: usize = 4096;

/// Wakes segments, by name.
pub struct Wakes {
    sender: broadcast::Sender<String>,
    paced: Mutex<Paced>,
}

/// The last wake of each segment, which may lie ahead.
#[derive(Debug, Default)]
struct Paced {
    last: HashMap<String, Instant>,
    tidied: Option<Instant>,
}

/// What is done about one more reason to wake a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Now,
    After(Duration),
    /// A wake lies ahead that serves this reason as well.
    Spared,
}

impl Paced {
    fn turn(&mut self, segment: &str, now: Instant) -> Turn {
        if self.tidied.is_none_or(|then| now.saturating_duration_since(then) >= WHILE) {
            self.last.retain(|_, last| *last + WHILE > now);
            self.tidied = Some(now);
        }
        let (turn, at) = match self.last.get(segment) {
            Some(last) if *last > now => return Turn::Spared,
            Some(last) if *last + WHILE > now => (Turn::After(*last + WHILE - now), *last + WHILE),
            Some(_) | None => (Turn::Now, now),
        };
        self.last.insert(segment.to_owned(), at);
        turn
    }
}

impl Default for Wakes {
    fn default() -> Self {
        Self { sender: broadcast::channel(BUFFER).0, paced: Mutex::default() }
    }
}

impl Wakes {
    /// Names of segments to look at from now on.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<String> {
        self.sender.subscribe()
    }

    /// There is a reason to look at a segment.
    pub fn wake(self: &Arc<Self>, segment: String, now: Instant) {
        let turn = self.paced.lock().unwrap_or_else(PoisonError::into_inner).turn(&segment, now);
        match turn {
            Turn::Spared => {}
            // Nobody listening is no error.
            Turn::Now => drop(self.sender.send(segment)),
            Turn::After(wait) => {
                let wakes = self.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(wait).await;
                    drop(wakes.sender.send(segment));
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};

    #[test]
    fn a_flood_is_one_wake_now_and_one_at_the_end_of_each_while() {
        let (mut paced, start) = (Paced::default(), SystemClock.instant());
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut turns = Vec::new();
        for milliseconds in (0..10_000).step_by(10) {
            match paced.turn("a", at(milliseconds)) {
                Turn::Now => turns.push(milliseconds),
                Turn::After(wait) => turns.push(milliseconds + u64::try_from(wait.as_millis()).unwrap()),
                Turn::Spared => {}
            }
        }
        assert_eq!(turns, [0, 2_000, 4_000, 6_000, 8_000, 10_000]);
        assert_eq!(paced.turn("b", at(1)), Turn::Now, "others do not wait");
    }

    #[test]
    fn the_last_reason_of_a_flood_is_not_lost() {
        let (mut paced, start) = (Paced::default(), SystemClock.instant());
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        assert_eq!(paced.turn("a", at(0)), Turn::Now);
        assert_eq!(paced.turn("a", at(500)), Turn::After(Duration::from_millis(1_500)));
        assert_eq!(paced.turn("a", at(1_999)), Turn::Spared);
        assert_eq!(
            paced.turn("a", at(2_000)),
            Turn::After(WHILE),
            "the wake of this moment may be under way"
        );
        assert_eq!(paced.turn("a", at(9_000)), Turn::Now);
    }

    #[test]
    fn nothing_is_remembered_of_segments_that_are_quiet() {
        let (mut paced, start) = (Paced::default(), SystemClock.instant());
        for number in 0..1_000 {
            paced.turn(&number.to_string(), start);
        }
        paced.turn("late", start + WHILE);
        assert_eq!(paced.last.len(), 1);
    }
}
