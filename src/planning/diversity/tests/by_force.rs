//! Random small networks: pairs against all pairs of all paths, by rules that are written here once more.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::{PATH, PORTS, PROVIDER, asking, new_uni};
use crate::model::{Interface, MOST_LEGS, Port, PortMode, Request, Resilience, ServiceId, SiteView, VlanId};
use crate::planning::diversity::{Pairs, Proof, Work, pairs_within, shared};
use crate::planning::fixture::{World, asked, port};
use crate::planning::{Candidate, Path};

const SITES: [&str; 4] = ["A", "M", "N", "Z"];
const ACCOUNTS: [&str; 4] = ["p", "q", "r", "s"];
const GROUPS: [&str; 3] = ["1", "2", "3"];

/// Site, account, which one, whole, new, risk group.
type PortSketch = (usize, usize, usize, bool, bool, usize);

/// Account, between sites, group.
type RiskSketch = (usize, Option<(usize, usize)>, usize);

#[derive(Debug, Clone)]
struct Sketch {
    ports: Vec<PortSketch>,
    patches: BTreeSet<(usize, usize, usize)>,
    transit: Option<usize>,
    risks: Vec<RiskSketch>,
    /// Accounts that are slow.
    slow: BTreeSet<usize>,
    resilience: Resilience,
    vlan: bool,
}

fn sketch() -> impl Strategy<Value = Sketch> {
    let rare = || proptest::bool::weighted(0.2);
    let port = (0usize..4, 0usize..4, 0usize..2, rare(), rare(), 0usize..9);
    let end = prop_oneof![Just(0usize), Just(3usize)];
    let at_end = (end, 0usize..4, 0usize..2, rare(), rare(), 0usize..9);
    let ports = proptest::collection::vec(prop_oneof![1 => port, 2 => at_end], 8..24);
    let patches = proptest::collection::btree_set((1usize..3, 0usize..16, 0usize..16), 0..16);
    let between = proptest::option::of((0usize..4, 0usize..4));
    let risks = proptest::collection::vec((0usize..4, between, 0usize..3), 0..6);
    let slow = proptest::collection::btree_set(0usize..4, 0..3);
    let resilience = proptest::sample::select(vec![PATH, PORTS, PROVIDER]);
    let transit = proptest::option::weighted(0.3, 1usize..3);
    (ports, patches, transit, risks, slow, resilience, rare()).prop_map(
        |(ports, patches, transit, risks, slow, resilience, vlan)| Sketch {
            ports,
            patches,
            transit,
            risks,
            slow,
            resilience,
            vlan,
        },
    )
}

fn world(sketch: &Sketch) -> World {
    let mut world = World::new(&[]);
    for name in SITES {
        let site =
            SiteView { name: name.into(), position: None, country: None, ports: Vec::new(), transit: None };
        world.sites.insert(name.into(), site);
    }
    for (number, account) in ACCOUNTS.into_iter().enumerate() {
        world.accounts.insert(account.into(), asked(account));
        if !sketch.slow.contains(&number) {
            world.account(account).classes.remove(0);
        }
    }
    for (site, account, which, whole, new, group) in &sketch.ports {
        let (site, account) = (SITES[*site], ACCOUNTS[*account]);
        let name = format!("{account}{which}");
        let ports = &mut world.sites.get_mut(site).unwrap().ports;
        if ports.iter().any(|port| port.name == name) {
            continue;
        }
        let interface = if *new { new_uni() } else { Interface::Uni(ServiceId(format!("{name}@{site}"))) };
        let mode = if *whole { PortMode::Whole } else { PortMode::Tagged(100..=199) };
        let risk_groups = GROUPS.get(*group).map(ToString::to_string).into_iter().collect();
        ports.push(Port { name, interface, mode, risk_groups, ..port(account, site) });
    }
    for (site, one, other) in &sketch.patches {
        let ports = &world.sites[SITES[*site]].ports;
        let name = |number: &usize| ports.get(*number).map(|port| port.name.clone());
        if let (true, Some(one), Some(other)) = (one < other, name(one), name(other)) {
            world = world.patch(SITES[*site], &one, &other);
        }
    }
    if let Some(site) = sketch.transit {
        world = world.transit(SITES[site]);
    }
    for (account, between, group) in &sketch.risks {
        let between = between.map(|(a, z)| (SITES[a], SITES[z]));
        world = world.risks(ACCOUNTS[*account], between, &[GROUPS[*group]]);
    }
    world
}

/// Two ports and the patch after it, where there is one.
#[derive(Debug, Clone)]
struct Hop<'a> {
    a: &'a Port,
    z: &'a Port,
    patch: Option<usize>,
}

/// Every path of the world, by trying all.
fn all_paths(world: &World) -> Vec<Vec<Hop<'_>>> {
    fn go<'a>(world: &'a World, from: &'a Port, hops: &[Hop<'a>], found: &mut Vec<Vec<Hop<'a>>>) {
        if hops.len() == MOST_LEGS {
            return;
        }
        for (name, site) in &world.sites {
            let seen = *name == from.site || hops.iter().any(|hop| hop.a.site == *name);
            for z in site.ports.iter().filter(|z| !seen && z.account == from.account) {
                let one_kind = (z.mode == PortMode::Whole) == (from.mode == PortMode::Whole);
                // One seller that would make one leg of two is not asked for two.
                let detour = hops.last().is_some_and(|hop| hop.a.account == z.account);
                if !one_kind || detour {
                    continue;
                }
                let with = |patch| [hops, &[Hop { a: from, z, patch }]].concat();
                if name == "Z" {
                    found.push(with(None));
                    continue;
                }
                for next in site.ports.iter().filter(|next| next.name != z.name) {
                    let one_kind = (z.mode == PortMode::Whole) == (next.mode == PortMode::Whole);
                    if !one_kind || z.is_dedicated() || next.is_dedicated() {
                        continue;
                    }
                    if site.transit.is_some() {
                        go(world, next, &with(None), found);
                    }
                    for (number, patch) in world.patches.iter().enumerate() {
                        let (one, other) = &patch.ports;
                        let joins = (*one == z.name && *other == next.name)
                            || (*other == z.name && *one == next.name);
                        if patch.site == *name && joins {
                            go(world, next, &with(Some(number)), found);
                        }
                    }
                }
            }
        }
    }
    let mut found = Vec::new();
    for port in &world.sites["A"].ports {
        go(world, port, &[], &mut found);
    }
    found
}

fn stated(world: &World, hop: &Hop) -> Option<BTreeSet<String>> {
    let mut ends = [&hop.a.site, &hop.z.site];
    ends.sort();
    let mut groups = None;
    for risks in &world.accounts[&hop.a.account].account.risks {
        let covered = risks.between.as_ref().is_none_or(|(a, z)| {
            let mut sites = [a, z];
            sites.sort();
            sites == ends
        });
        if covered {
            groups.get_or_insert_with(BTreeSet::new).extend(risks.groups.iter().cloned());
        }
    }
    groups
}

fn same(one: &Port, other: &Port) -> bool {
    (&one.site, &one.name) == (&other.site, &other.name)
}

fn diverse(world: &World, request: &Request, one: &[Hop], other: &[Hop]) -> bool {
    let every = |common: &dyn Fn(&Hop, &Hop) -> bool| one.iter().any(|l| other.iter().any(|r| common(l, r)));
    let separate = match request.resilience {
        Resilience::None => return true,
        Resilience::DiverseProvider => return !every(&|left, right| left.a.account == right.a.account),
        Resilience::DiversePath { separate_ports } => separate_ports,
    };
    if every(&|left, right| same(left.a, right.a) && same(left.z, right.z)) {
        return false;
    }
    if every(&|left, right| left.z.site != "Z" && left.z.site == right.z.site) {
        return false;
    }
    let (a, z) = ((one[0].a, other[0].a), (one.last().unwrap().z, other.last().unwrap().z));
    let mut groups = [BTreeSet::new(), BTreeSet::new()];
    for ((left, right), vlan) in [(a, request.a.vlan), (z, request.z.vlan)] {
        if same(left, right) {
            let alone = left.mode == PortMode::Whole || left.is_dedicated();
            if separate || alone || vlan.is_some() {
                return false;
            }
        } else {
            groups[0].extend(left.risk_groups.clone());
            groups[1].extend(right.risk_groups.clone());
        }
    }
    for (groups, path) in groups.iter_mut().zip([one, other]) {
        for hop in path {
            groups.extend(stated(world, hop).into_iter().flatten());
            groups.extend(hop.patch.into_iter().flat_map(|patch| world.patches[patch].risk_groups.clone()));
            let between = [hop.a, hop.z].into_iter().filter(|port| port.site != "A" && port.site != "Z");
            groups.extend(between.flat_map(|port| port.risk_groups.clone()));
        }
    }
    groups[0].is_disjoint(&groups[1])
}

type Cost = (usize, Duration, usize);

fn delay(world: &World, account: &str) -> Duration {
    world.accounts[account].account.classes[0].level.frame_delay[0].1
}

fn cost(world: &World, path: &[Hop]) -> Cost {
    let delays = path.iter().map(|hop| delay(world, &hop.a.account));
    let ends = [path[0].a, path[path.len() - 1].z];
    (path.len(), delays.sum(), ends.iter().filter(|port| port.is_dedicated()).count())
}

fn cost_of(world: &World, path: &Path) -> Cost {
    let delays = path.legs.iter().map(|leg| delay(world, &leg.account));
    let ends = [&path.legs[0].a, &path.legs[path.legs.len() - 1].z];
    (path.legs.len(), delays.sum(), ends.iter().filter(|port| port.is_dedicated()).count())
}

fn sum(one: Cost, other: Cost) -> Cost {
    (one.0 + other.0, one.1 + other.1, one.2 + other.2)
}

/// Sellers and joints.
fn name(world: &World, path: &[Hop]) -> String {
    let mut words = Vec::new();
    for (number, hop) in path.iter().enumerate() {
        words.push(hop.a.account.clone());
        if number + 1 < path.len() {
            words.push(hop.patch.map_or(hop.z.site.clone(), |patch| world.patches[patch].name.clone()));
        }
    }
    words.join(", ")
}

fn keys(path: &[Hop]) -> Vec<(String, String, String, String)> {
    let ends = |hop: &Hop| (hop.a.site.clone(), hop.a.name.clone(), hop.z.site.clone(), hop.z.name.clone());
    path.iter().map(ends).collect()
}

fn keys_of(path: &Path) -> Vec<(String, String, String, String)> {
    let ends =
        |leg: &Candidate| (leg.a.site.clone(), leg.a.name.clone(), leg.z.site.clone(), leg.z.name.clone());
    path.legs.iter().map(ends).collect()
}

fn check(sketch: &Sketch, most: usize, work: Work) -> Result<Pairs, TestCaseError> {
    let world = world(sketch);
    let mut request = asking(sketch.resilience);
    request.a.vlan = VlanId::new(150).filter(|_| sketch.vlan);
    let found = world.with_network(&[], |network| pairs_within(&request, network, most, work));
    let again = world.with_network(&[], |network| pairs_within(&request, network, most, work));
    prop_assert_eq!(&found, &again);
    let paths = all_paths(&world);
    let mut best: BTreeMap<[String; 2], Cost> = BTreeMap::new();
    let mut allowed = BTreeSet::new();
    for (number, one) in paths.iter().enumerate() {
        for other in &paths[number + 1..] {
            if diverse(&world, &request, one, other) {
                let cost = sum(cost(&world, one), cost(&world, other));
                let mut names = [name(&world, one), name(&world, other)];
                names.sort();
                let known = best.entry(names).or_insert(cost);
                *known = cost.min(*known);
                allowed.insert([keys(one), keys(other)]);
                allowed.insert([keys(other), keys(one)]);
            }
        }
    }
    let accounts: Vec<_> = world.accounts.values().cloned().collect();
    let mut costs = Vec::new();
    for way in &found.ways {
        let [one, other] = way.paths.as_slice() else { panic!("a pair is two paths") };
        prop_assert!(allowed.contains(&[keys_of(one), keys_of(other)]), "{}", way.name());
        prop_assert_eq!(shared(&request, one, other, &accounts), Ok(way.unverified.clone()));
        prop_assert_eq!(shared(&request, other, one, &accounts).is_ok(), true);
        let (better, worse) = (cost_of(&world, one), cost_of(&world, other));
        prop_assert!(better <= worse, "the better path comes first");
        costs.push(sum(better, worse));
        let told: BTreeSet<&str> = way.unverified.iter().map(String::as_str).collect();
        let is_path = sketch.resilience != PROVIDER;
        let silent: BTreeSet<String> = paths
            .iter()
            .filter(|path| is_path && (keys(path) == keys_of(one) || keys(path) == keys_of(other)))
            .flatten()
            .filter(|hop| stated(&world, hop).is_none())
            .map(|hop| {
                let (account, a, z) = (&hop.a.account, &hop.a.site, &hop.z.site);
                format!("{account} gives no data about risks of its route {a} to {z}")
            })
            .collect();
        prop_assert_eq!(told, silent.iter().map(String::as_str).collect());
    }
    prop_assert!(costs.is_sorted());
    let told = found.rejections.iter().any(|(_, why)| why.reason() == "NoDiversePath");
    if found.proof == Proof::Optimal {
        let mut expected: Vec<Cost> = best.into_values().collect();
        expected.sort_unstable();
        expected.truncate(most);
        prop_assert_eq!(costs, expected, "there is none better");
        prop_assert_eq!(told, found.ways.is_empty() && !paths.is_empty());
    } else {
        prop_assert!(!told || found.ways.is_empty());
    }
    Ok(found)
}

/// Runs it on so many networks; how many had pairs, and how many of these were proven to be the best.
fn run(cases: u32, most: usize, work: Work) -> (u32, u32) {
    let (paired, proven) = (Cell::new(0), Cell::new(0));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) };
    let result = TestRunner::new(config).run(&sketch(), |sketch| {
        let found = check(&sketch, most, work)?;
        if !found.ways.is_empty() {
            paired.set(paired.get() + 1);
            proven.set(proven.get() + u32::from(found.proof == Proof::Optimal));
        }
        Ok(())
    });
    if let Err(why) = result {
        panic!("{why}");
    }
    (paired.get(), proven.get())
}

#[test]
fn the_best_pairs_are_found_and_all_are_diverse() {
    for most in [1, 4, 1_000] {
        let (paired, proven) = run(400, most, Work { parts: 100_000, paths: 10_000 });
        println!("{paired} of 400 networks have pairs; {proven} proven the best {most}");
        assert!(paired > 60, "{paired}: many networks must have pairs, or nothing is shown");
        assert_eq!(paired, proven, "nothing was cut short");
    }
}

#[test]
fn where_the_search_is_cut_short_what_is_called_the_best_is_the_best() {
    let (mut paired, mut proven) = (0, 0);
    for (parts, paths) in [(30, 10_000), (100_000, 3), (100_000, 6), (100_000, 12)] {
        let found = run(400, 4, Work { parts, paths });
        println!("{parts} parts, {paths} paths: of {} with pairs {} are proven the best", found.0, found.1);
        (paired, proven) = (paired + found.0, proven + found.1);
    }
    assert!(proven < paired && proven > 0, "{proven} of {paired}: some are cut short and some are not");
}
