//! Two paths of which one survives what breaks the other.
//!
//! Where nothing but links and nodes must differ and no bound gets in the way, [`super::flow`] has the answer. Otherwise the problem is
//! NP-hard (J. Q. Hu, "Diverse routing in optical mesh networks", IEEE Transactions on Communications 51 (2003)) and is searched by branch
//! and bound: each path is the best by itself; if both use the same resource, then in every answer either the one or the other does not,
//! which makes two smaller problems. So it is exact, and where the work limit ends it first, the distance to the least total that is still
//! open is known.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::flow::two_paths;
use super::graph::{EdgeId, EdgeSet, Graph, index};
use super::label::{OutOfWork, Task, Workspace};
use super::measure::Measure;
use super::query::{Bounds, Disjoint, Found, Pair, Path, Query};
use super::shared::{Resource, Rules};

/// See [`super::disjoint_pair`].
pub(super) fn disjoint_pair(
    graph: &Graph,
    query: &Query<'_>,
    disjoint: Disjoint,
    workspace: &mut Workspace,
) -> Found<Pair> {
    let measure = Measure::of(query.preference);
    let rules = Rules::new(graph, query, disjoint);
    let mut answer = Answer { measure, best: None, open: None };
    for lead in leads(graph, query, measure) {
        let bounds = Bounds { lead: lead.or(query.bounds.lead), ..query.bounds };
        let query = Query { bounds, ..*query };
        let slowest = lead.unwrap_or(0);
        // Whatever is found now has a rank of at least this, and the lead times to come are longer.
        if answer.is_better_than(measure.rank(0, slowest)) {
            break;
        }
        let Some(found) = (Tree { graph, query: &query, rules: &rules, measure }).search(workspace) else {
            continue;
        };
        answer.offer(found.best, found.open.map(|score| measure.rank(score, slowest)));
    }
    answer.found()
}

/// The lead times to try, the shortest first: of all pairs that keep one, the best is the one of least score. `None` where lead time does
/// not count.
fn leads(graph: &Graph, query: &Query<'_>, measure: Measure) -> Vec<Option<u64>> {
    if !measure.counts_lead() {
        return vec![None];
    }
    let within = |lead: &u64| query.bounds.lead.is_none_or(|most| *lead <= most);
    let mut leads: Vec<u64> = graph.edge_ids().map(|edge| graph.criteria(edge).lead).filter(within).collect();
    leads.sort_unstable();
    leads.dedup();
    leads.into_iter().map(Some).collect()
}

/// What is known by now.
struct Answer {
    measure: Measure,
    best: Option<((u64, u64), Pair)>,
    /// The least rank that something better could have.
    open: Option<(u64, u64)>,
}

impl Answer {
    fn is_better_than(&self, rank: (u64, u64)) -> bool {
        self.best.as_ref().is_some_and(|(best, _)| *best <= rank)
    }

    fn offer(&mut self, pair: Option<(u64, Pair)>, open: Option<(u64, u64)>) {
        if let Some((score, pair)) = pair {
            let lead = pair.first.criteria.lead.max(pair.second.criteria.lead);
            let rank = self.measure.rank(score, lead);
            if !self.is_better_than(rank) {
                self.best = Some((rank, pair));
            }
        }
        self.open = [self.open, open].into_iter().flatten().min();
    }

    fn found(self) -> Found<Pair> {
        match (self.best, self.open) {
            (Some((rank, value)), Some(open)) if open < rank => {
                // What counts first tells how far it is; where that is equal, the score does.
                let gap = if open.0 < rank.0 { rank.0 - open.0 } else { rank.1 - open.1 };
                Found::BestFound { value, gap }
            }
            (Some((_, pair)), _) => Found::Optimal(pair),
            (None, Some(_)) => Found::Unknown,
            (None, None) => Found::None,
        }
    }
}

/// What one search came to: `open` is the least score that a better pair could have, where that is not ruled out.
struct Searched {
    best: Option<(u64, Pair)>,
    open: Option<u64>,
}

struct Tree<'a> {
    graph: &'a Graph,
    query: &'a Query<'a>,
    rules: &'a Rules<'a>,
    measure: Measure,
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
    /// `None`: there is no pair.
    fn search(&self, workspace: &mut Workspace) -> Option<Searched> {
        let mut banned = EdgeSet::new();
        banned.copy_from(self.query.banned);
        let relaxed = two_paths(self.graph, self.query, &banned, self.measure, self.rules, workspace)?;
        let paths = relaxed.paths.map(|edges| Path::over(self.graph, edges));
        if paths.iter().all(|path| self.keeps(path))
            && self.rules.clash(&paths[0].edges, &paths[1].edges).is_none()
        {
            return Some(Searched { best: Some((relaxed.score, self.pair(paths))), open: None });
        }
        self.branch_and_bound(relaxed.score, banned, workspace)
    }

    fn branch_and_bound(
        &self,
        floor: u64,
        mut banned: EdgeSet,
        workspace: &mut Workspace,
    ) -> Option<Searched> {
        let mut best: Option<(u64, Pair)> = None;
        let (first, mut open) = match self.single(&banned, workspace) {
            Ok(found) => (found?, None),
            Err(OutOfWork) => return Some(Searched { best, open: Some(floor) }),
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
            let [a, z] = branches[position as usize].paths.clone();
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
        (best.is_some() || open.is_some()).then_some(Searched { best, open })
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
        let mut branch = branches.get(position as usize);
        while let Some((parent, of, resource)) = branch.and_then(|branch| branch.parent) {
            if of == side {
                self.rules.ban(resource, banned);
            }
            branch = branches.get(parent as usize);
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
