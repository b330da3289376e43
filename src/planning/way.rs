//! Paths that are bought together: one, or two of which one survives what breaks the other.

use super::candidate::Candidate;
use super::objective::{Promise, weaker};
use super::path::Path;
use crate::model::OwnCost;

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

    /// The legs, path by path.
    pub fn legs(&self) -> impl Iterator<Item = &Candidate> {
        self.paths.iter().flat_map(|path| &path.legs)
    }

    /// Whether one leg is all of it.
    #[must_use]
    pub fn is_direct(&self) -> bool {
        matches!(self.paths.as_slice(), [path] if path.is_direct())
    }

    /// What it costs us besides what is ordered.
    pub fn own_costs(&self) -> impl Iterator<Item = OwnCost> {
        self.paths.iter().flat_map(|path| &path.joints).filter_map(super::path::Joint::cost)
    }

    /// What is ordered besides the connections, what is not bought by any order, what is not known, and why.
    pub fn notes(&self) -> impl Iterator<Item = String> {
        let unverified = self.unverified.iter().map(|what| format!("unverified: {what}"));
        self.paths.iter().flat_map(Path::notes).chain(unverified)
    }

    /// What it promises about everything asked, whichever path carries it.
    #[must_use]
    pub fn promises(&self) -> Vec<Promise> {
        weakest(self.paths.iter().map(|path| path.promises.clone()))
    }
}

/// Of what several paths promise about the same objectives, the least.
#[must_use]
pub fn weakest(paths: impl IntoIterator<Item = Vec<Promise>>) -> Vec<Promise> {
    let least = |one: Vec<Promise>, other: Vec<Promise>| {
        one.into_iter().zip(other).map(|(one, other)| weaker(one, other)).collect()
    };
    paths.into_iter().reduce(least).unwrap_or_default()
}

impl From<Path> for Way {
    fn from(path: Path) -> Self {
        Self { paths: vec![path], unverified: Vec::new() }
    }
}
