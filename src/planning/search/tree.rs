//! The pair of least score, by branch and bound.
//!
//! Where nothing but links and nodes must differ and no bound gets in the way, [`super::flow`] has the answer. Otherwise the problem is
//! NP-hard (J. Q. Hu, "Diverse routing in optical mesh networks", IEEE Transactions on Communications 51 (2003)) and is searched: each
//! path is the best by itself; if both use the same resource, then in every answer either the one or the other does without it, which makes
//! two smaller problems. So it is exact, and where the work limit ends it first, the least score that is still open is known.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::flow::{Relaxed, two_paths};
use super::graph::{EdgeId, EdgeSet, Graph, at, index};
use super::label::{OutOfWork, Task, Workspace};
use super::measure::Measure;
use super::query::{Bounds, Pair, Path, Query};
use super::shared::{Resource, Rules};

/// What one search came to.
#[derive(Debug, Default)]
pub(super) struct Searched {
    /// The best pair and its score.
    pub best: Option<(u64, Pair)>,
    /// The least score that a better one could have, where that is not ruled out.
    pub open: Option<u64>,
    /// How much work it was.
    pub branches: usize,
}

/// The search for the pair of least score.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tree<'a> {
    pub graph: &'a Graph,
    pub query: &'a Query<'a>,
    pub rules: &'a Rules<'a>,
    pub measure: Measure,
}

/// A smaller problem: its parent's, but one path must do without one resource.
struct Branch {
    parent: Option<(u32, Side, Resource)>,
    paths: [(u64, Path); 2],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    First,
    Second,
}

impl Side {
    const fn position(self) -> usize {
        match self {
            Self::First => 0,
            Self::Second => 1,
        }
    }
}

impl Tree<'_> {
    pub(super) fn search(&self, workspace: &mut Workspace) -> Searched {
        let Some(relaxed) = self.relaxed(workspace) else { return Searched::default() };
        let paths = relaxed.paths.map(|edges| Path::over(self.graph, edges));
        if paths.iter().all(|path| self.keeps(path))
            && self.rules.clash(&paths[0].edges, &paths[1].edges).is_none()
        {
            let best = Some((relaxed.score, self.pair(paths)));
            return Searched { best, ..Searched::default() };
        }
        self.branch_and_bound(relaxed.score, workspace)
    }

    /// The pair of least score that differs in links and nodes: no pair has less.
    pub(super) fn relaxed(&self, workspace: &mut Workspace) -> Option<Relaxed> {
        two_paths(self.graph, self.query, self.measure, self.rules, workspace)
    }

    fn branch_and_bound(&self, floor: u64, workspace: &mut Workspace) -> Searched {
        let mut banned = EdgeSet::new();
        banned.copy_from(self.query.banned);
        let mut best: Option<(u64, Pair)> = None;
        let (first, mut open) = match self.single(&banned, workspace) {
            Ok(Some(found)) => (found, None),
            Ok(None) => return Searched::default(),
            Err(OutOfWork) => return Searched { open: Some(floor), ..Searched::default() },
        };
        self.complete(&first, &mut best, &mut banned, workspace);
        let root = Branch { parent: None, paths: [first.clone(), first] };
        let mut branches = vec![root];
        let mut turns = BinaryHeap::from([Reverse((floor.max(branches[0].score()), 0))]);
        while let Some(Reverse((score, position))) = turns.pop() {
            if best.as_ref().is_some_and(|(best, _)| *best <= score) {
                break;
            }
            if branches.len() > self.query.work.branches {
                open = [open, Some(score)].into_iter().flatten().min();
                break;
            }
            let [a, z] = branches[at(position)].paths.clone();
            let Some(clash) = self.rules.clash(&a.1.edges, &z.1.edges) else {
                best = Some((a.0.saturating_add(z.0), self.pair([a.1, z.1])));
                continue;
            };
            // At the root both are the same path, so it does not matter which of them does without.
            let sides: &[Side] = if position == 0 { &[Side::First] } else { &[Side::First, Side::Second] };
            for side in sides {
                self.bans(&branches, position, *side, &mut banned);
                self.rules.ban(clash, &mut banned);
                let found = match self.single(&banned, workspace) {
                    Ok(Some(found)) => found,
                    Ok(None) => continue,
                    Err(OutOfWork) => {
                        open = [open, Some(score)].into_iter().flatten().min();
                        continue;
                    }
                };
                let mut paths = [a.clone(), z.clone()];
                paths[side.position()] = found;
                let branch = Branch { parent: Some((position, *side, clash)), paths };
                let score = score.max(branch.score());
                self.complete(&branch.paths[side.position()], &mut best, &mut banned, workspace);
                if best.as_ref().is_none_or(|(best, _)| score < *best) {
                    turns.push(Reverse((score, index(branches.len()))));
                    branches.push(branch);
                }
            }
        }
        let open = open.filter(|open| best.as_ref().is_none_or(|(best, _)| open < best));
        Searched { best, open, branches: branches.len() }
    }

    /// A pair that is allowed, near the branch: a path with its best companion.
    fn complete(
        &self,
        (score, path): &(u64, Path),
        best: &mut Option<(u64, Pair)>,
        banned: &mut EdgeSet,
        workspace: &mut Workspace,
    ) {
        banned.copy_from(self.query.banned);
        self.rules.ban_all(&path.edges, banned);
        if let Ok(Some((other, companion))) = self.single(banned, workspace) {
            let total = score.saturating_add(other);
            if best.as_ref().is_none_or(|(best, _)| total < *best) {
                *best = Some((total, self.pair([path.clone(), companion])));
            }
        }
    }

    /// All that one path of a branch must do without.
    fn bans(&self, branches: &[Branch], position: u32, side: Side, banned: &mut EdgeSet) {
        banned.copy_from(self.query.banned);
        let mut branch = branches.get(at(position));
        while let Some((parent, of, resource)) = branch.and_then(|branch| branch.parent) {
            if of == side {
                self.rules.ban(resource, banned);
            }
            branch = branches.get(at(parent));
        }
    }

    fn single(&self, banned: &EdgeSet, workspace: &mut Workspace) -> Result<Option<(u64, Path)>, OutOfWork> {
        let task = Task { banned: Some(banned), measure: self.measure.additive(), ..Task::best(self.query) };
        let found = super::one(self.graph, task, workspace)?;
        Ok(found.map(|path| (self.score(&path.edges), path)))
    }

    fn score(&self, edges: &[EdgeId]) -> u64 {
        edges.iter().fold(0, |sum, edge| sum.saturating_add(self.measure.step(self.graph.arc(*edge)).0))
    }

    fn keeps(&self, path: &Path) -> bool {
        let within = |bound: Option<u64>, value| bound.is_none_or(|bound| value <= bound);
        let Bounds { price, latency, unavailability, lead } = self.query.bounds;
        within(price, path.criteria.price)
            && within(latency, path.criteria.latency)
            && within(unavailability, path.criteria.unavailability)
            && within(lead, path.criteria.lead)
            && path.legs <= self.query.max_legs
    }

    /// The better one first.
    fn pair(&self, [a, z]: [Path; 2]) -> Pair {
        let key = |path: &Path| (self.score(&path.edges), path.criteria.price, path.legs, path.edges.clone());
        if key(&a) <= key(&z) { Pair { first: a, second: z } } else { Pair { first: z, second: a } }
    }
}

impl Branch {
    fn score(&self) -> u64 {
        self.paths[0].0.saturating_add(self.paths[1].0)
    }
}
