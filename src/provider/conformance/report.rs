//! What came of the checks.

use std::fmt;

/// What came of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The rule holds.
    Passed,
    /// It does not; what was seen.
    Failed(String),
    /// It could not be looked at: what the adapter declares it cannot do, or what the backstage cannot bring about.
    NotApplicable(String),
}

/// A check and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The name of the check, which is its rule.
    pub check: &'static str,
    /// What came of it.
    pub verdict: Verdict,
}

/// What came of all checks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// One for each check, in the order in which they ran.
    pub findings: Vec<Finding>,
}

impl Report {
    /// The checks that failed.
    #[must_use]
    pub fn failed(&self) -> Vec<&'static str> {
        let failed = self.findings.iter().filter(|finding| matches!(finding.verdict, Verdict::Failed(_)));
        failed.map(|finding| finding.check).collect()
    }

    /// The checks that could not be looked at.
    #[must_use]
    pub fn not_applicable(&self) -> Vec<&'static str> {
        let skipped =
            self.findings.iter().filter(|finding| matches!(finding.verdict, Verdict::NotApplicable(_)));
        skipped.map(|finding| finding.check).collect()
    }
}

impl fmt::Display for Report {
    /// A line per check: `passed`, `FAILED` or `n/a`, its name, and why.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { check, verdict } in &self.findings {
            match verdict {
                Verdict::Passed => writeln!(f, "passed  {check}")?,
                Verdict::Failed(why) => writeln!(f, "FAILED  {check}: {why}")?,
                Verdict::NotApplicable(why) => writeln!(f, "n/a     {check}: {why}")?,
            }
        }
        Ok(())
    }
}

/// How a check ends: well, or early with what it is.
pub(super) type Outcome<T = ()> = Result<T, Verdict>;

impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        outcome.err().unwrap_or(Self::Passed)
    }
}

/// The check fails unless this holds.
pub(super) fn hold(it: bool, otherwise: impl FnOnce() -> String) -> Outcome {
    if it { Ok(()) } else { Err(Verdict::Failed(otherwise())) }
}

/// The check is not applicable unless this holds.
pub(super) fn need(it: bool, otherwise: &str) -> Outcome {
    if it { Ok(()) } else { Err(Verdict::NotApplicable(otherwise.to_owned())) }
}
