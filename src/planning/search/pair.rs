//! Two paths of which one survives what breaks the other: [`super::tree`] finds those of least score, and where lead time counts, it is asked
//! once for each lead time that could be the answer's.

use super::graph::Graph;
use super::label::Workspace;
use super::measure::Measure;
use super::query::{Bounds, Disjoint, Found, Pair, Query, Work};
use super::shared::Rules;
use super::tree::{Searched, Tree};

/// See [`super::disjoint_pair`].
pub(super) fn disjoint_pair(
    graph: &Graph,
    query: &Query<'_>,
    disjoint: Disjoint,
    workspace: &mut Workspace,
) -> Found<Pair> {
    if !query.has_two_ends(graph) {
        return Found::None;
    }
    let measure = Measure::of(query.preference);
    let rules = Rules::new(graph, query, disjoint);
    let tree = Tree { graph, query, rules: &rules, measure };
    let mut answer = Answer { measure, best: None, open: None };
    if !measure.counts_lead() {
        answer.offer(tree.search(workspace), 0);
        return answer.found();
    }
    let Some(floor) = tree.relaxed(workspace).map(|relaxed| relaxed.score) else { return Found::None };
    let leads = leads(graph, query);
    // A longer lead time admits all edges that a shorter one does.
    let first = leads.partition_point(|lead| {
        Tree { query: &within(query, *lead, query.work.branches), ..tree }.relaxed(workspace).is_none()
    });
    let mut branches = query.work.branches;
    for lead in leads.into_iter().skip(first) {
        // No pair that is still to come ranks before this.
        if answer.is_as_good_as(measure.rank(floor, lead)) {
            break;
        }
        let searched = Tree { query: &within(query, lead, branches), ..tree }.search(workspace);
        branches = branches.saturating_sub(searched.branches);
        answer.offer(searched, lead);
    }
    answer.found()
}

/// The lead times that a pair can have, the shortest first.
fn leads(graph: &Graph, query: &Query<'_>) -> Vec<u64> {
    let within = |lead: &u64| query.bounds.lead.is_none_or(|most| *lead <= most);
    let mut leads: Vec<u64> = graph.edge_ids().map(|edge| graph.criteria(edge).lead).filter(within).collect();
    leads.sort_unstable();
    leads.dedup();
    leads
}

/// The same query for pairs that can be used by then, with as much work as is left.
fn within<'a>(query: &Query<'a>, lead: u64, branches: usize) -> Query<'a> {
    let bounds = Bounds { lead: Some(lead), ..query.bounds };
    Query { bounds, work: Work { branches, ..query.work }, ..*query }
}

/// What is known by now.
struct Answer {
    measure: Measure,
    best: Option<((u64, u64), Pair)>,
    /// The least rank that something better could have.
    open: Option<(u64, u64)>,
}

impl Answer {
    fn is_as_good_as(&self, rank: (u64, u64)) -> bool {
        self.best.as_ref().is_some_and(|(best, _)| *best <= rank)
    }

    /// Takes in what was found where lead time is at most `lead`.
    fn offer(&mut self, searched: Searched, lead: u64) {
        let open = searched.open.map(|score| self.measure.rank(score, lead));
        if let Some((score, pair)) = searched.best {
            let lead = pair.first.criteria.lead.max(pair.second.criteria.lead);
            let rank = self.measure.rank(score, lead);
            if !self.is_as_good_as(rank) {
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
