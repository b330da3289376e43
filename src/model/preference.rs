//! Which of several offers is preferred.

/// What comes first among offers that may be taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Preference {
    /// The price over the term.
    #[default]
    Cheapest,
    /// The promised delay.
    Fastest,
    /// The promised availability.
    MostAvailable,
    /// The time from order to use.
    Soonest,
    /// The least weighted sum.
    Weighted(Weights),
}

/// How much each criterion counts against the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Weights {
    /// The price over the term.
    pub cost: u32,
    /// The promised delay.
    pub latency: u32,
    /// The promised availability.
    pub availability: u32,
    /// The time from order to use.
    pub lead_time: u32,
}

impl Preference {
    /// What is said of the one that comes first: `the … over …`.
    #[must_use]
    pub const fn superlative(self) -> &'static str {
        match self {
            Self::Cheapest => "the cheapest",
            Self::Fastest => "the fastest",
            Self::MostAvailable => "the most available",
            Self::Soonest => "the soonest",
            Self::Weighted(_) => "the best by weights",
        }
    }
}
