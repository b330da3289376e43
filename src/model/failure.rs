//! Why a call to a seller did not give what was asked, by what the caller must do about it.

use std::fmt;
use std::time::Duration;

/// What the caller must do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailureClass {
    /// The seller refuses what was asked; asking again changes nothing. The user's move.
    Invalid,
    /// The seller does not offer this. The user's or the platform team's move.
    Unsupported,
    /// Something changed meanwhile: look again, then decide.
    Conflict,
    /// The seller says that these are too many calls: come back after this time.
    Throttled(Option<Duration>),
    /// Our own budget of requests for the account is used up, and nothing was asked: come back after this time.
    OverBudget(Duration),
    /// The credentials are wrong or expired. The platform team's move.
    Unauthenticated,
    /// The credentials are right and not enough. The platform team's move.
    PermissionDenied,
    /// It does not exist, or not yet in the seller's index.
    NotFound,
    /// The seller or the way to it is disturbed; try again later.
    Transient,
    /// The answer cannot be read: a proxy's page, a truncated body, a value of the wrong type.
    Unreadable,
    /// The platform team's configuration of the account cannot work.
    Misconfigured,
}

/// A failed call: class for machines, words for people, the seller's own codes for its support desk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Failure {
    /// What the caller must do.
    pub class: FailureClass,
    /// What happened, for people; never holds a secret.
    pub message: String,
    /// The seller's own code, where it gave one.
    pub code: Option<String>,
}

impl Failure {
    /// A failure without a seller's code.
    #[must_use]
    pub fn new(class: FailureClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), code: None }
    }

    /// A short fixed word for metrics and reasons.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self.class {
            FailureClass::Invalid => "Invalid",
            FailureClass::Unsupported => "Unsupported",
            FailureClass::Conflict => "Conflict",
            FailureClass::Throttled(_) => "Throttled",
            FailureClass::OverBudget(_) => "OverBudget",
            FailureClass::Unauthenticated => "Unauthenticated",
            FailureClass::PermissionDenied => "PermissionDenied",
            FailureClass::NotFound => "NotFound",
            FailureClass::Transient => "Transient",
            FailureClass::Unreadable => "Unreadable",
            FailureClass::Misconfigured => "Misconfigured",
        }
    }

    /// How long nobody is to ask again, where that is known.
    #[must_use]
    pub const fn wait(&self) -> Option<Duration> {
        match self.class {
            FailureClass::Throttled(wait) => wait,
            FailureClass::OverBudget(wait) => Some(wait),
            FailureClass::Invalid
            | FailureClass::Unsupported
            | FailureClass::Conflict
            | FailureClass::Unauthenticated
            | FailureClass::PermissionDenied
            | FailureClass::NotFound
            | FailureClass::Transient
            | FailureClass::Unreadable
            | FailureClass::Misconfigured => None,
        }
    }

    /// After which time to ask again: not before the time that nobody is to, and not before `beat`.
    #[must_use]
    pub fn retry_after(&self, beat: Duration) -> Duration {
        self.wait().unwrap_or_default().max(beat)
    }

    /// Whether the same request may succeed later without anybody changing it.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        match self.class {
            FailureClass::Invalid | FailureClass::Unsupported => false,
            FailureClass::Conflict
            | FailureClass::Throttled(_)
            | FailureClass::OverBudget(_)
            | FailureClass::Unauthenticated
            | FailureClass::PermissionDenied
            | FailureClass::NotFound
            | FailureClass::Transient
            | FailureClass::Unreadable
            | FailureClass::Misconfigured => true,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{} ({code})", self.message),
            None => f.write_str(&self.message),
        }
    }
}
