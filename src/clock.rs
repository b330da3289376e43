//! Time as an argument. [`SystemClock`] is the only place that reads the clocks of the machine.

use std::time::Instant;

use jiff::Timestamp;

/// Wall clock for what people and sellers read, monotonic clock for every window that money depends on.
pub trait Clock: Send + Sync {
    /// The present.
    fn now(&self) -> Timestamp;

    /// A point on this process's monotonic clock. Never compared with another machine's.
    fn instant(&self) -> Instant;
}

/// The clocks of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[allow(clippy::disallowed_methods, reason = "the one place that may read the clocks")]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }
}
