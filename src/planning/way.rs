//! Paths that are bought together: one, or two of which one survives what breaks the other.

use super::path::Path;

/// Paths that are bought together.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    /// One, or two that do not share their fate.
    pub paths: Vec<Path>,
    /// What nobody knows about what they share, in words: where a seller gives no data about risks.
    pub unverified: Vec<String>,
}

impl Way {
    /// The paths one after the other: `metro-fiber, newyork-mmr, long-haul + wave`.
    #[must_use]
    pub fn name(&self) -> String {
        let names: Vec<String> = self.paths.iter().map(Path::name).collect();
        names.join(" + ")
    }
}

impl From<Path> for Way {
    fn from(path: Path) -> Self {
        Self { paths: vec![path], unverified: Vec::new() }
    }
}
