//! The only place that reads the time. Everything else is given a [`Clock`] or an instant.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::scenario::{ClockSetting, Delay};

/// The seller's clock: the real one, with delays shortened by a factor, or one that is moved by hand.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Source>);

#[derive(Debug)]
enum Source {
    Running { speed: u32 },
    Manual(Mutex<Timestamp>),
}

impl Clock {
    /// The real clock; delays are divided by `speed` (at least 1).
    pub fn running(speed: u32) -> Self {
        Self(Arc::new(Source::Running { speed: speed.max(1) }))
    }

    /// A clock that stands still until [`Clock::advance`].
    pub fn manual(start: Timestamp) -> Self {
        Self(Arc::new(Source::Manual(Mutex::new(start))))
    }

    /// The clock a scenario asks for.
    pub fn from_setting(setting: &ClockSetting) -> Self {
        match &setting.manual {
            Some(manual) => Self::manual(manual.start),
            None => Self::running(setting.speed.unwrap_or(1)),
        }
    }

    /// Now, to the millisecond.
    pub fn now(&self) -> Timestamp {
        let now = match &*self.0 {
            #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
            Source::Running { .. } => Timestamp::now(),
            Source::Manual(now) => *now.lock().unwrap_or_else(PoisonError::into_inner),
        };
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// How long a delay of the scenario really takes.
    pub fn length(&self, delay: Delay) -> SignedDuration {
        match &*self.0 {
            Source::Running { speed } => i32::try_from(*speed).map_or(delay.0, |speed| delay.0 / speed),
            Source::Manual(_) => delay.0,
        }
    }

    /// Moves a manual clock forward and returns its new reading; `None` when this clock cannot be moved so.
    pub fn advance(&self, length: SignedDuration) -> Option<Timestamp> {
        match &*self.0 {
            Source::Manual(now) if !length.is_negative() => {
                let mut now = now.lock().unwrap_or_else(PoisonError::into_inner);
                *now = now.checked_add(length).ok()?;
                Some(*now)
            }
            Source::Manual(_) | Source::Running { .. } => None,
        }
    }

    /// Moves a manual clock to `instant` if that is later: how a reopened seller finds its time again.
    pub(crate) fn catch_up(&self, instant: Timestamp) {
        if let Source::Manual(now) = &*self.0 {
            let mut now = now.lock().unwrap_or_else(PoisonError::into_inner);
            *now = (*now).max(instant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_only_goes_forward() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.advance(SignedDuration::from_secs(5)).unwrap().as_second(), 5);
        assert_eq!(clock.advance(SignedDuration::from_secs(-5)), None);
        assert_eq!(clock.now().as_second(), 5);
        assert_eq!(Clock::running(1).advance(SignedDuration::from_secs(1)), None);
    }

    #[test]
    fn speed_shortens_delays() {
        let two_days: Delay = "2d".parse().unwrap();
        assert_eq!(Clock::running(1440).length(two_days), SignedDuration::from_mins(2));
        assert_eq!(Clock::manual(Timestamp::UNIX_EPOCH).length(two_days), SignedDuration::from_hours(48));
    }
}
