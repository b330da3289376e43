//! Every simple path by plain recursion: what the searches are held against. It uses nothing of them but the graph and the query.

use super::super::{Criteria, Disjoint, EdgeId, Graph, Pair, Path, Preference, Query};

/// All simple paths of the query that keep its bounds.
pub fn paths(graph: &Graph, query: &Query<'_>) -> Vec<Path> {
    let mut found = Vec::new();
    if query.from != query.to {
        walk(graph, query, &mut vec![query.from], &mut Vec::new(), &mut found);
    }
    found
}

fn walk(
    graph: &Graph,
    query: &Query<'_>,
    nodes: &mut Vec<u32>,
    edges: &mut Vec<EdgeId>,
    found: &mut Vec<Path>,
) {
    let node = *nodes.last().unwrap();
    if node == query.to {
        let path = Path::over(graph, edges.clone());
        if keeps(query, &path) {
            found.push(path);
        }
        return;
    }
    for edge in graph.leaving(node) {
        let to = graph.ends(*edge).1;
        let banned = query.banned.is_some_and(|banned| banned.contains(*edge));
        if banned || nodes.contains(&to) || graph.capacity(*edge) < query.capacity {
            continue;
        }
        nodes.push(to);
        edges.push(*edge);
        walk(graph, query, nodes, edges, found);
        nodes.pop();
        edges.pop();
    }
}

fn keeps(query: &Query<'_>, path: &Path) -> bool {
    let within = |bound: Option<u64>, value| bound.is_none_or(|bound| value <= bound);
    let Criteria { price, latency, unavailability, lead } = path.criteria;
    within(query.bounds.price, price)
        && within(query.bounds.latency, latency)
        && within(query.bounds.unavailability, unavailability)
        && within(query.bounds.lead, lead)
        && path.legs <= query.max_legs
}

/// What the preference looks at first, then second: the less, the better.
pub fn rank(preference: Preference, criteria: Criteria, legs: u16) -> (u64, u64, u64, u16) {
    let Criteria { price, latency, unavailability, lead } = criteria;
    match preference {
        Preference::Cheapest => (price, latency, 0, legs),
        Preference::Fastest => (latency, price, 0, legs),
        Preference::MostAvailable => (unavailability, price, 0, legs),
        Preference::Soonest => (lead, price, latency, legs),
        Preference::Weighted(w) => {
            let sum = u64::from(w.price) * price
                + u64::from(w.latency) * latency
                + u64::from(w.unavailability) * unavailability
                + u64::from(w.lead) * lead;
            (sum, price, 0, legs)
        }
    }
}

/// Whether no other of them is as good in all three criteria and better in one.
pub fn is_pareto(path: &Path, all: &[Path]) -> bool {
    let three = |path: &Path| [path.criteria.price, path.criteria.latency, path.criteria.unavailability];
    let own = three(path);
    !all.iter().map(three).any(|other| other != own && other.iter().zip(own).all(|(a, b)| *a <= b))
}

/// The total of two paths as a pair is judged by it: what counts first, then the rest.
pub fn total(preference: Preference, pair: (&Path, &Path)) -> (u64, u64) {
    let (a, z) = (pair.0.criteria, pair.1.criteria);
    let sum = Criteria {
        price: a.price + z.price,
        latency: a.latency + z.latency,
        unavailability: a.unavailability + z.unavailability,
        lead: a.lead.max(z.lead),
    };
    let (first, second, _, _) = rank(preference, sum, 0);
    match preference {
        Preference::Soonest => (first, second),
        Preference::Cheapest | Preference::Fastest | Preference::MostAvailable | Preference::Weighted(_) => {
            (first, 0)
        }
    }
}

/// The least total of two paths that are disjoint.
pub fn best_pair(graph: &Graph, query: &Query<'_>, disjoint: Disjoint) -> Option<(u64, u64)> {
    let all = paths(graph, query);
    let mut best = None;
    for (position, first) in all.iter().enumerate() {
        // A path may be its own companion where everything it uses may be shared.
        for second in &all[position..] {
            if are_disjoint(graph, query, disjoint, first, second) {
                let total = total(query.preference, (first, second));
                best = Some(best.map_or(total, |best: (u64, u64)| best.min(total)));
            }
        }
    }
    best
}

/// Whether a pair is what was asked for.
pub fn is_valid(graph: &Graph, query: &Query<'_>, disjoint: Disjoint, pair: &Pair) -> bool {
    [&pair.first, &pair.second].into_iter().all(|path| is_path(graph, query, path))
        && are_disjoint(graph, query, disjoint, &pair.first, &pair.second)
}

/// Whether this is a simple path of the query within its bounds.
pub fn is_path(graph: &Graph, query: &Query<'_>, path: &Path) -> bool {
    let mut nodes = vec![query.from];
    for edge in &path.edges {
        let (from, to) = graph.ends(*edge);
        let usable = graph.capacity(*edge) >= query.capacity
            && !query.banned.is_some_and(|banned| banned.contains(*edge));
        if nodes.last() != Some(&from) || nodes.contains(&to) || !usable {
            return false;
        }
        nodes.push(to);
    }
    nodes.last() == Some(&query.to) && keeps(query, path) && *path == Path::over(graph, path.edges.clone())
}

fn are_disjoint(graph: &Graph, query: &Query<'_>, disjoint: Disjoint, a: &Path, z: &Path) -> bool {
    let shared_end = |edge: EdgeId| {
        let (from, to) = graph.ends(edge);
        let touches = [from, to].iter().any(|node| *node == query.from || *node == query.to);
        graph.is_attachment(edge) && touches && !disjoint.separate_ends
    };
    let free_node = |node: u32| {
        let touching = graph.leaving(node).iter().chain(graph.arriving(node));
        node == query.from || node == query.to || touching.copied().any(shared_end)
    };
    let end_places = [query.from, query.to].map(|node| graph.place(node));
    let nodes = |path: &Path| -> Vec<u32> { path.edges.iter().map(|edge| graph.ends(*edge).1).collect() };
    for left in a.edges.iter().copied().filter(|edge| !shared_end(*edge)) {
        for right in z.edges.iter().copied().filter(|edge| !shared_end(*edge)) {
            let owners = graph.owner(left).is_some() && graph.owner(left) == graph.owner(right);
            let risks = graph.risk_groups(left).iter().any(|risk| graph.risk_groups(right).contains(risk));
            if graph.link(left) == graph.link(right)
                || disjoint.owners && owners
                || disjoint.risk_groups && risks
            {
                return false;
            }
        }
    }
    for left in nodes(a).into_iter().filter(|node| !free_node(*node)) {
        for right in nodes(z).into_iter().filter(|node| !free_node(*node)) {
            let place = graph.place(left);
            let places = left == right || place.is_some() && place == graph.place(right);
            let at_end = place.is_some() && end_places.contains(&place);
            if disjoint.nodes && left == right || disjoint.places && places && !at_end {
                return false;
            }
        }
    }
    true
}
