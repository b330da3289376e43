//! Chains between two sites: all that there are, the best first, and none that cannot be.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use crate::model::{Coordinates, MOST_LEGS, Port, PortMode, Request, ServiceClass, SiteView, Transit};
use crate::planning::fixture::{World, asked, port, request};
use crate::planning::{Chains, Path, chains};

impl World {
    fn found(&self, refused: &[&str]) -> Chains {
        self.search(&request(), refused, 4)
    }

    fn search(&self, request: &Request, refused: &[&str], most: usize) -> Chains {
        self.with_network(refused, |network| chains(request, network, most))
    }

    fn names(&self) -> Vec<String> {
        self.found(&[]).paths.iter().map(Path::name).collect()
    }
}

#[test]
fn two_legs_meet_at_a_patch_and_nowhere_else() {
    let world = World::new(&["p: A M", "q: M Z", "r: M Z"]);
    assert!(world.names().is_empty(), "ports at one site alone are no joint");
    assert_eq!(world.patch("M", "p", "q").names(), ["p, M-p-q, q"]);
}

#[test]
fn our_own_equipment_joins_all_ports_of_a_site() {
    let mut world = World::new(&["p: A M", "q: M Z", "r: M Z"]);
    let transit = Transit { latency: Duration::ZERO, availability: None, translates_vlans: true };
    world.sites.get_mut("M").unwrap().transit = Some(transit);
    assert_eq!(world.names(), ["p, M, q", "p, M, r"]);
}

#[test]
fn fewer_legs_come_first_then_less_delay_then_names() {
    let mut world = World::new(&["p: A M N", "q: M Z", "r: M N", "s: N Z", "t: N Z"])
        .patch("M", "p", "q")
        .patch("M", "p", "r")
        .patch("N", "r", "s")
        .patch("N", "p", "t")
        .patch("N", "p", "s");
    world.account("t").classes.remove(0);
    assert_eq!(world.names(), ["p, N-p-t, t", "p, M-p-q, q", "p, N-p-s, s", "p, M-p-r, r, N-r-s, s"]);
}

#[test]
fn a_chain_has_as_many_legs_as_may_be_and_no_more() {
    let world = World::new(&["p: A L", "q: L M", "r: M N", "s: N Z"])
        .patch("L", "p", "q")
        .patch("M", "q", "r")
        .patch("N", "r", "s");
    assert_eq!(world.names(), ["p, L-p-q, q, M-q-r, r, N-r-s, s"]);
    let few = Request { max_legs: 3, ..request() };
    assert!(world.search(&few, &[], 4).paths.is_empty());
}

#[test]
fn what_cannot_be_used_is_not_and_is_told() {
    let world = || World::new(&["p: A M", "q: M Z"]).patch("M", "p", "q");
    type Change = fn(&mut World);
    let told: [(Change, &str); 5] = [
        (|world| world.patches[0].maintenance = true, "it is under maintenance"),
        (|world| world.patches[0].offered = false, "not offered to this namespace"),
        (|world| world.patches[0].ports.1 = "x".into(), "its port M/x is not there"),
        (|world| world.sites.get_mut("M").unwrap().ports[1].mode = PortMode::Whole, "shared by VLAN"),
        (|world| world.patches[0].capacity = "500M".parse().ok(), "an interconnect on the way carries less"),
    ];
    for (change, words) in told {
        let mut world = world();
        change(&mut world);
        let found = world.found(&[]);
        assert!(found.paths.is_empty(), "{words}");
        let all: Vec<String> = found.rejections.iter().map(|(_, why)| why.to_string()).collect();
        assert!(all.iter().any(|why| why.contains(words)), "{words}: {all:?}");
    }
    let silent: [Change; 5] = [
        |world| world.accounts.get_mut("q").unwrap().allowed = false,
        |world| world.sites.get_mut("M").unwrap().ports[0].offered = false,
        |world| world.sites.get_mut("Z").unwrap().ports[0].mode = PortMode::Whole,
        |world| world.account("q").steps = vec!["100M".parse().unwrap()],
        |world| world.account("q").currency = "EUR".parse().unwrap(),
    ];
    for change in silent {
        let mut world = world();
        change(&mut world);
        assert!(world.names().is_empty());
    }
    assert!(world().found(&["p: EVPL from A/p to M/p"]).paths.is_empty(), "refused before");
}

#[test]
fn a_seller_that_would_make_one_leg_of_two_is_not_asked_for_two() {
    let world = World::new(&["p: A M Z", "q: M Z"]);
    let mut world = world.patch("M", "p", "q");
    world.sites.get_mut("M").unwrap().ports.push(Port { name: "p2".into(), ..port("p", "M") });
    let mut world = world.patch("M", "p", "p2");
    assert_eq!(world.names(), ["p, M-p-q, q"]);
    let near = |class: &mut ServiceClass| class.max_km = Some(700);
    world.account("p").classes.iter_mut().for_each(near);
    for (site, longitude) in [("A", 0.0), ("M", 6.0), ("Z", 12.0)] {
        world.sites.get_mut(site).unwrap().position = Some(Coordinates { latitude: 0.0, longitude });
    }
    assert!(world.names().contains(&"p, M-p-p2, p".to_owned()), "it sells no leg of that length");
}

#[test]
fn classes_are_chosen_for_all_legs_together() {
    let world = World::new(&["p: A M", "q: M Z"]).patch("M", "p", "q");
    let mut request = request();
    request.objectives.accept = crate::model::Commitment::Contracted;
    let bound = |ms| crate::model::LatencyObjective {
        direction: crate::model::Direction::OneWay,
        bound: Duration::from_millis(ms),
        percentile: "99.8".parse().unwrap(),
    };
    for (ms, classes) in
        [(20, Some(["SLOW", "SLOW"])), (19, Some(["SLOW", "FAST"])), (4, Some(["FAST"; 2])), (3, None)]
    {
        request.objectives.latency = Some(bound(ms));
        let found = world.search(&request, &[], 4);
        let chosen = found
            .paths
            .first()
            .map(|path| path.legs.iter().map(|leg| leg.class_of_service.as_str()).collect::<Vec<_>>());
        assert_eq!(chosen, classes.map(|classes| classes.to_vec()), "{ms} ms");
        let strict = found.rejections.iter().any(|(_, why)| why.reason() == "NoClassStrictEnough");
        assert_eq!(strict, classes.is_none());
    }
    request.objectives.latency =
        Some(crate::model::LatencyObjective { percentile: "99.9".parse().unwrap(), ..bound(20) });
    assert!(world.search(&request, &[], 4).paths.is_empty(), "two that keep p99.9 keep p99.8 together");
}

/// Every chain of the world, by trying all.
fn by_force(world: &World) -> BTreeSet<Vec<String>> {
    fn go(
        world: &World,
        at: (&str, &str),
        visited: &[&str],
        legs: &[String],
        found: &mut BTreeSet<Vec<String>>,
    ) {
        let (site, account) = at;
        let leg = |to: &str| format!("{account}: EVPL from {site}/{account} to {to}/{account}");
        let has = |site: &str| world.sites[site].ports.iter().any(|port| port.account == account);
        if !legs.is_empty() && has("Z") {
            found.insert([legs, &[leg("Z")]].concat());
        }
        if legs.len() + 1 >= MOST_LEGS {
            return;
        }
        for to in world.sites.keys().filter(|to| *to != "Z" && has(to) && !visited.contains(&to.as_str())) {
            for patch in world.patches.iter().filter(|patch| patch.site == *to) {
                let other = match &patch.ports {
                    (one, other) if one == account => other,
                    (other, one) if one == account => other,
                    _ => continue,
                };
                go(
                    world,
                    (to, other),
                    &[visited, &[to.as_str()]].concat(),
                    &[legs, &[leg(to)]].concat(),
                    found,
                );
            }
        }
    }
    let mut found = BTreeSet::new();
    for port in &world.sites["A"].ports {
        go(world, ("A", &port.account), &["A"], &[], &mut found);
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn all_chains_are_found_and_the_best_first(
        ports in proptest::collection::btree_set((0usize..5, 0usize..5), 1..16),
        patched in proptest::collection::btree_set((0usize..5, 0usize..5, 0usize..5), 0..10),
    ) {
        let (sites, accounts) = (["A", "L", "M", "N", "Z"], ["p", "q", "r", "s", "t"]);
        let mut world = World::new(&[]);
        for site in sites {
            world.sites.insert(site.into(), SiteView { name: site.into(), position: None, ports: Vec::new(), transit: None });
        }
        for account in accounts {
            world.accounts.insert(account.into(), asked(account));
        }
        for (site, account) in &ports {
            world.sites.get_mut(sites[*site]).unwrap().ports.push(port(accounts[*account], sites[*site]));
        }
        let there = |site: usize, account: usize| ports.contains(&(site, account));
        for (site, one, other) in &patched {
            if one < other && there(*site, *one) && there(*site, *other) {
                world = world.patch(sites[*site], accounts[*one], accounts[*other]);
            }
        }
        // Two legs of one seller in a row need two ports of it at one site: there is one of each here.
        let all = by_force(&world);
        let found = world.search(&request(), &[], 1_000);
        prop_assert!(!found.cut);
        let keys: Vec<Vec<String>> =
            found.paths.iter().map(|path| path.legs.iter().map(crate::planning::Candidate::key).collect()).collect();
        prop_assert_eq!(keys.iter().cloned().collect::<BTreeSet<_>>(), all.clone());
        prop_assert_eq!(keys.len(), all.len());
        prop_assert!(keys.is_sorted_by_key(Vec::len));
        let few = world.search(&request(), &[], 2);
        prop_assert_eq!(&few.paths[..], &found.paths[..found.paths.len().min(2)]);
    }
}
