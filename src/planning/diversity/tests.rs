//! Two paths are a pair where nothing that may break breaks both, as far as anybody states; of pairs the best are found.

use super::{Pairs, Proof, Shared, pairs, shared};
use crate::model::{
    Interface, NewUni, Port, PortMode, Request, Resilience, RouteRisks, ServiceId, Site, VlanId,
};
use crate::planning::fixture::{World, port, request};
use crate::planning::{Path, Way};

mod by_force;

const PATH: Resilience = Resilience::DiversePath { separate_ports: false };
const PORTS: Resilience = Resilience::DiversePath { separate_ports: true };
const PROVIDER: Resilience = Resilience::DiverseProvider;

/// The pairs, without their ports.
fn names(found: &Pairs) -> Vec<String> {
    let paths = |way: &Way| way.paths.iter().map(Path::name).collect::<Vec<_>>().join(" + ");
    found.ways.iter().map(paths).collect()
}

fn asking(resilience: Resilience) -> Request {
    Request { resilience, ..request() }
}

impl World {
    fn pairs(&self, resilience: Resilience) -> Pairs {
        self.with_network(&[], |network| pairs(&asking(resilience), network, 4))
    }

    fn ways(&self, resilience: Resilience) -> Vec<String> {
        names(&self.pairs(resilience))
    }

    /// Why there is no pair.
    fn telling(&self, resilience: Resilience) -> (String, String) {
        let found = self.pairs(resilience);
        assert!(found.ways.is_empty(), "{:?}", self.ways(resilience));
        let last = found.rejections.last().unwrap();
        assert_eq!(last.1.reason(), "NoDiversePath");
        (last.0.clone(), last.1.to_string())
    }

    fn port(&mut self, site: &str, name: &str) -> &mut Port {
        let ports = &mut self.sites.get_mut(site).unwrap().ports;
        ports.iter_mut().find(|port| port.name == name).unwrap()
    }

    /// Another port of the account at the site.
    fn second(mut self, account: &str, site: &str) -> Self {
        let name = format!("{account}2");
        let interface = Interface::Uni(ServiceId(format!("{name}@{site}")));
        let port = Port { name, interface, ..port(account, site) };
        self.sites.get_mut(site).unwrap().ports.push(port);
        self
    }

    fn risks(mut self, account: &str, between: Option<(&str, &str)>, groups: &[&str]) -> Self {
        let between = between.map(|(a, z)| (a.into(), z.into()));
        let groups = groups.iter().map(ToString::to_string).collect();
        self.account(account).risks.push(RouteRisks { between, groups });
        self
    }
}

fn new_uni() -> Interface {
    let site = Site::Known(crate::model::Place::Site("S".into()));
    let (offering, physical_link) = ("UNI".into(), "10GBASE_LR".into());
    Interface::NewUni(Box::new(NewUni {
        offering,
        physical_link,
        connector: None,
        frame_size: None,
        site,
        term: None,
    }))
}

fn two_sellers() -> World {
    World::new(&["p: A Z", "q: A Z"]).risks("p", None, &["north"]).risks("q", None, &["south"])
}

#[test]
fn two_sellers_that_state_different_risks_are_a_pair() {
    for resilience in [PATH, PORTS, PROVIDER] {
        let found = two_sellers().pairs(resilience);
        assert_eq!(names(&found), ["p + q"]);
        assert_eq!((found.proof, found.ways[0].unverified.as_slice()), (Proof::Optimal, [].as_slice()));
        assert!(found.rejections.is_empty());
    }
    assert_eq!(two_sellers().pairs(Resilience::None), Pairs::default(), "nobody asks for a pair");
}

#[test]
fn a_seller_that_states_nothing_is_told_of_and_paired() {
    let mut world = two_sellers();
    world.account("q").risks.clear();
    let unverified = ["q gives no data about risks of its route A to Z"];
    assert_eq!(world.pairs(PATH).ways[0].unverified, unverified);
    assert!(world.pairs(PROVIDER).ways[0].unverified.is_empty(), "two sellers are two sellers");
    let world = world.risks("q", Some(("A", "M")), &["south"]);
    assert_eq!(world.pairs(PATH).ways[0].unverified, unverified, "it speaks of another route");
    let world = world.risks("q", Some(("Z", "A")), &["south"]);
    assert!(world.pairs(PATH).ways[0].unverified.is_empty());
}

#[test]
fn one_seller_is_no_pair_of_providers() {
    let world = World::new(&["p: A Z"]).second("p", "A").second("p", "Z");
    let both = |what: &str| format!("no two paths are as diverse as asked: both would use {what}");
    assert_eq!(world.telling(PROVIDER), ("p + p".into(), both("the seller of p")));
    let mut world = two_sellers();
    world.account("q").seller = "p".into();
    assert_eq!(world.telling(PROVIDER), ("p + q".into(), both("the seller of p")), "two accounts at one");
}

#[test]
fn a_risk_that_both_name_is_shared_whoever_names_it() {
    let both = |what: &str| format!("no two paths are as diverse as asked: both would use {what}");
    let world = two_sellers().risks("q", Some(("A", "Z")), &["north"]);
    assert_eq!(world.telling(PATH), ("p + q".into(), both("the risk group north")));
    assert_eq!(world.ways(PROVIDER), ["p + q"], "nobody asked about risks");
    let mut world = two_sellers();
    world.port("A", "q").risk_groups = vec!["north".into()];
    assert_eq!(world.telling(PATH).1, both("the risk group north"), "of a port and of a route");
    let mut world = two_sellers();
    world.port("A", "p").risk_groups = vec!["cage".into()];
    assert_eq!(world.ways(PATH), ["p + q"]);
    world.port("A", "q").risk_groups = vec!["cage".into()];
    assert_eq!(world.telling(PATH).1, both("the risk group cage"), "of two ports");
    let mut world = World::new(&["p: A Z", "q: A M", "r: M Z"]).patch("M", "q", "r");
    for (account, group) in [("p", "1"), ("q", "2"), ("r", "3")] {
        world = world.risks(account, None, &[group]);
    }
    assert_eq!(world.ways(PATH), ["p + q, M-q-r, r"]);
    world.patches[0].risk_groups = vec!["1".into()];
    assert_eq!(world.telling(PATH).1, both("the risk group 1"), "of an interconnect and of a route");
    world.patches[0].risk_groups.clear();
    for port in ["q", "r"] {
        world.port("M", port).risk_groups = vec!["1".into()];
        assert_eq!(
            world.telling(PATH).1,
            both("the risk group 1"),
            "of a port where legs meet and of a route"
        );
        world.port("M", port).risk_groups.clear();
    }
    assert_eq!(world.ways(PATH), ["p + q, M-q-r, r"]);
}

#[test]
fn paths_of_one_seller_may_be_a_pair_where_their_legs_differ() {
    let world = World::new(&["p: A Z"]).second("p", "A").second("p", "Z");
    let found = world.pairs(PORTS);
    assert_eq!(names(&found), ["p + p"]);
    assert_eq!(found.ways[0].unverified, ["p gives no data about risks of its route A to Z"], "told once");
    let world = world.risks("p", None, &["ring"]);
    assert!(world.telling(PATH).1.ends_with("both would use the risk group ring"));
    let one_end = World::new(&["p: A Z"]).second("p", "A");
    assert_eq!(one_end.ways(PATH), ["p + p"], "they share the port at Z, as nobody minds");
    assert!(one_end.telling(PORTS).1.ends_with("both would use the port Z/p"));
}

#[test]
fn a_port_at_an_end_may_be_shared_where_it_has_room_and_nobody_minds() {
    let world = || World::new(&["p: A Z"]).second("p", "A");
    assert_eq!(world().ways(PATH), ["p + p"]);
    type Change = fn(&mut World);
    let changes: [Change; 3] = [
        |world| world.port("Z", "p").interface = new_uni(),
        |world| world.port("Z", "p").max_end_points = Some(1),
        |world| {
            for (site, name) in [("A", "p"), ("A", "p2"), ("Z", "p")] {
                world.port(site, name).mode = PortMode::Whole;
            }
        },
    ];
    for change in changes {
        let mut world = world();
        change(&mut world);
        assert!(world.telling(PATH).1.ends_with("both would use the port Z/p"));
    }
    let mut request = asking(PATH);
    request.z.vlan = VlanId::new(150);
    let found = world().with_network(&[], |network| pairs(&request, network, 4));
    assert!(found.ways.is_empty(), "one VLAN of a port carries one service");
    let mut world = world();
    world.port("Z", "p").risk_groups = vec!["cage".into()];
    assert_eq!(world.ways(PATH), ["p + p"], "what breaks a port that both use counts no more than the port");
    let mut world = world.second("p", "Z");
    world.port("Z", "p2").interface = world.port("Z", "p").interface.clone();
    assert!(world.telling(PORTS).1.contains("the port Z/p"), "two names of one port");
}

#[test]
fn places_between_the_ends_are_shared() {
    let meeting = World::new(&["p: A M", "q: M Z", "r: A M", "s: M Z"]);
    let both = meeting.clone().patch("M", "p", "q").patch("M", "r", "s");
    assert!(both.telling(PATH).1.ends_with("both would use the site M"));
    assert_eq!(both.ways(PROVIDER), ["p, M-p-q, q + r, M-r-s, s"]);
    let transit = meeting.transit("M");
    assert!(transit.telling(PATH).1.ends_with("both would use the site M"));
    assert_eq!(transit.ways(PROVIDER).len(), 2, "p with q or with s, and the others");
    let apart =
        World::new(&["p: A M", "q: M Z", "r: A N", "s: N Z"]).patch("M", "p", "q").patch("N", "r", "s");
    assert_eq!(apart.ways(PATH), ["p, M-p-q, q + r, N-r-s, s"]);
}

#[test]
fn all_that_two_paths_share_is_named() {
    let world = World::new(&["p: A M", "q: M Z"]).patch("M", "p", "q").risks("p", None, &["north"]);
    let accounts: Vec<_> = world.accounts.values().cloned().collect();
    let found = world.with_network(&[], |network| crate::planning::chains(&request(), network, 1)).paths;
    let path = &found[0];
    let expected = vec![
        Shared::Leg("p: EVPL from A/p to M/p".into()),
        Shared::Leg("q: EVPL from M/q to Z/q".into()),
        Shared::Interconnect("M-p-q".into()),
        Shared::Site("M".into()),
        Shared::Port("A/p".into()),
        Shared::Port("Z/q".into()),
        Shared::RiskGroup("north".into()),
    ];
    assert_eq!(shared(&asking(PORTS), path, path, &accounts), Err(expected.clone()));
    let words: Vec<String> = expected.iter().map(ToString::to_string).collect();
    assert_eq!(words[0], "the leg p: EVPL from A/p to M/p");
    assert_eq!(words[2], "the interconnect M-p-q");
    let sellers = vec![Shared::Seller("p".into()), Shared::Seller("q".into())];
    assert_eq!(shared(&asking(PROVIDER), path, path, &accounts), Err(sellers.clone()));
    assert_eq!(shared(&asking(PROVIDER), path, path, &[]), Err(sellers), "though the accounts are gone");
    assert_eq!(shared(&asking(Resilience::None), path, path, &accounts), Ok(Vec::new()));
}

#[test]
fn where_there_is_one_path_or_none_it_is_said_or_left_to_the_sellers() {
    let (name, why) = World::new(&["p: A Z"]).telling(PATH);
    assert_eq!(
        (name.as_str(), why.as_str()),
        ("p", "no two paths are as diverse as asked: no other path can carry it")
    );
    assert_eq!(World::new(&["p: A", "q: Z"]).pairs(PATH), Pairs::default());
}

#[test]
fn refused_legs_are_not_used() {
    let world = two_sellers().second("q", "A");
    let found = |refused: &[&str]| world.with_network(refused, |network| pairs(&asking(PATH), network, 4));
    let ports = |found: &Pairs| found.ways[0].paths[1].legs[0].a.name.clone();
    assert_eq!(ports(&found(&[])), "q");
    assert_eq!(ports(&found(&["q: EVPL from A/q to Z/q"])), "q2");
    assert!(found(&["q: EVPL from A/q to Z/q", "q: EVPL from A/q2 to Z/q"]).ways.is_empty());
}

#[test]
fn ports_that_are_there_come_before_those_that_are_ordered() {
    let mut world = two_sellers().second("q", "A");
    world.port("A", "q").interface = new_uni();
    let found = world.pairs(PATH);
    assert_eq!(found.ways.len(), 1, "the same sellers over other ports are no other way");
    assert_eq!(found.ways[0].paths[1].legs[0].a.name, "q2");
}

#[test]
fn a_later_path_may_make_the_better_pair() {
    let mut world = two_sellers().second("p", "A").second("q", "A");
    for (site, name) in [("A", "p2"), ("A", "q"), ("A", "q2"), ("Z", "q")] {
        world.port(site, name).interface = new_uni();
    }
    for name in ["p", "q"] {
        world.port("A", name).risk_groups = vec!["cage".into()];
    }
    let found = world.pairs(PATH);
    let ports: Vec<&str> = found.ways[0].paths.iter().map(|path| path.legs[0].a.name.as_str()).collect();
    assert_eq!(ports, ["p", "q2"], "p2 with q was found before, and orders one port more");
}
