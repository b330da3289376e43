//! When to look at an object again: a pure function of why it waits and how often nothing came of it.

use std::time::Duration;

/// Why an object will be looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// All is as it should be.
    Settled,
    /// Somebody else works on it; expected to be done in this time, where anybody said.
    Waiting(Option<Duration>),
    /// Something is due then.
    At(Duration),
    /// Nobody is to ask before this time is over.
    NotBefore(Duration),
    /// Something failed that may pass by itself.
    Transient,
    /// Nothing will change until somebody changes something; causes go away, so it is still looked at slowly.
    Stalled,
    /// Nothing to look at any more.
    Done,
}

/// How fast each pace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beats {
    /// Between looks at a settled object.
    pub settled: Duration,
    /// First look at something that somebody works on; it doubles from look to look.
    pub poll: Duration,
    /// Longest time between looks at something that somebody works on.
    pub poll_most: Duration,
    /// First retry after a failure; it doubles from try to try.
    pub retry: Duration,
    /// Longest time between retries.
    pub retry_most: Duration,
    /// Between looks at a stalled object.
    pub stalled: Duration,
}

impl Default for Beats {
    fn default() -> Self {
        Self {
            settled: Duration::from_secs(3_600),
            poll: Duration::from_secs(2),
            poll_most: Duration::from_secs(300),
            retry: Duration::from_secs(1),
            retry_most: Duration::from_secs(600),
            stalled: Duration::from_secs(900),
        }
    }
}

/// The time until the next look; `None` for never. `fruitless` counts the looks of this pace that changed nothing, `jitter` is a
/// random number from 0 to 1 that spreads objects over a quarter of the time.
#[must_use]
pub fn next_look(pace: Pace, fruitless: u32, jitter: f64, beats: &Beats) -> Option<Duration> {
    let doubled = |first: Duration, most: Duration| {
        first.saturating_mul(2u32.saturating_pow(fruitless.min(20))).min(most)
    };
    let spread = |base: Duration| base.mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 4.0);
    Some(spread(match pace {
        Pace::Settled => beats.settled,
        Pace::Waiting(expected) => {
            let grown = doubled(beats.poll, beats.poll_most);
            // A date in the near future is worth a look just then; a far one is no reason to look away so long.
            expected.map_or(grown, |expected| grown.min(expected.max(beats.poll)))
        }
        // What is due is done then, and not a quarter later.
        Pace::At(due) if due <= spread(beats.stalled) => return Some(due.max(Duration::from_millis(100))),
        Pace::NotBefore(wait) => wait.max(beats.retry),
        Pace::Transient => doubled(beats.retry, beats.retry_most),
        Pace::At(_) | Pace::Stalled => beats.stalled,
        Pace::Done => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEATS: Beats = Beats {
        settled: Duration::from_secs(3_600),
        poll: Duration::from_secs(2),
        poll_most: Duration::from_secs(60),
        retry: Duration::from_secs(1),
        retry_most: Duration::from_secs(100),
        stalled: Duration::from_secs(900),
    };

    fn seconds(pace: Pace, fruitless: u32, jitter: f64) -> f64 {
        next_look(pace, fruitless, jitter, &BEATS).unwrap().as_secs_f64()
    }

    #[test]
    fn retries_double_up_to_a_most() {
        let tries: Vec<f64> = (0..9).map(|n| seconds(Pace::Transient, n, 0.0)).collect();
        assert_eq!(tries, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 100.0, 100.0]);
        assert!((seconds(Pace::Transient, u32::MAX, 1.0) - 125.0).abs() < 1e-9);
    }

    #[test]
    fn a_near_date_shortens_the_wait_and_a_far_one_does_not_lengthen_it() {
        assert!((seconds(Pace::Waiting(Some(Duration::from_secs(7))), 9, 0.0) - 7.0).abs() < 1e-9);
        assert!((seconds(Pace::Waiting(Some(Duration::from_secs(9_999))), 9, 0.0) - 60.0).abs() < 1e-9);
        assert!((seconds(Pace::Waiting(Some(Duration::ZERO)), 9, 0.0) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_due_is_looked_at_then_and_not_later() {
        assert!((seconds(Pace::At(Duration::from_secs(7)), 9, 1.0) - 7.0).abs() < 1e-9);
        assert!((seconds(Pace::At(Duration::from_secs(1_100)), 9, 1.0) - 1_100.0).abs() < 1e-9);
        assert!((seconds(Pace::At(Duration::from_secs(9_999)), 9, 0.0) - 900.0).abs() < 1e-9);
        assert!((seconds(Pace::At(Duration::ZERO), 9, 1.0) - 0.1).abs() < 1e-9);
    }

    #[test]
    fn who_was_sent_away_comes_back_then_however_often_it_happened() {
        for fruitless in [0, 9, u32::MAX] {
            assert!(
                (seconds(Pace::NotBefore(Duration::from_secs(2_000)), fruitless, 0.0) - 2_000.0).abs() < 1e-9
            );
            assert!((seconds(Pace::NotBefore(Duration::from_secs(40)), fruitless, 1.0) - 50.0).abs() < 1e-9);
            assert!((seconds(Pace::NotBefore(Duration::ZERO), fruitless, 0.0) - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn jitter_only_lengthens() {
        assert!(seconds(Pace::Settled, 0, 1.0) > seconds(Pace::Settled, 0, 0.0));
        assert_eq!(next_look(Pace::Done, 0, 0.0, &BEATS), None);
    }
}
