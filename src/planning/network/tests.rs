//! Chains between two sites: all that there are, the best first, and none that cannot be.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use crate::model::{
    Coordinates, Country, Interface, MOST_LEGS, Port, PortMode, Product, Request, ServiceClass, ServiceId,
    SiteView,
};
use crate::planning::fixture::{World, asked, port, request};
use crate::planning::{Asked, Chains, Path, Verdict, chains, verdicts};

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

    /// The port of this account at a site is an ENNI, and the account sells Access E-Line alone.
    fn enni(mut self, account: &str, site: &str) -> Self {
        self.account(account).products = BTreeSet::from([Product::AccessEline]);
        let ports = &mut self.sites.get_mut(site).unwrap().ports;
        let port = ports.iter_mut().find(|port| port.name == account).unwrap();
        port.interface = Interface::Enni(ServiceId(format!("{account}@{site}")));
        self
    }

    /// The legs by one seller each, in words.
    fn direct(&self) -> Vec<String> {
        let accounts: Vec<Asked> = self.accounts.values().cloned().collect();
        let verdicts = verdicts(&request(), &self.sites["A"], &self.sites["Z"], &accounts);
        let words = verdicts.into_iter().map(|verdict| match verdict {
            Verdict::Candidate(leg) => leg.key(),
            Verdict::Rejected { account, why } => format!("{account}: {why}"),
        });
        words.collect()
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
    let world = World::new(&["p: A M", "q: M Z", "r: M Z"]).transit("M");
    assert_eq!(world.names(), ["p, M, q", "p, M, r"]);
}

#[test]
fn a_leg_to_our_own_network_is_an_access_eline_from_a_uni_to_an_enni() {
    let nothing = "p: it sells no product between its ports at the two sites";
    let world = || World::new(&["p: A Z"]);
    assert_eq!(world().enni("p", "Z").direct(), ["p: Access E-Line from A/p to Z/p"]);
    assert_eq!(world().enni("p", "A").direct(), ["p: Access E-Line from A/p to Z/p"]);
    assert_eq!(world().enni("p", "A").enni("p", "Z").direct(), [nothing], "between two ENNIs");
    let sold_otherwise = |products: &[Product]| {
        let mut world = world().enni("p", "Z");
        world.account("p").products = products.iter().copied().collect();
        world
    };
    assert_eq!(sold_otherwise(&[Product::Epl, Product::Evpl]).direct(), [nothing]);
    let mut all = sold_otherwise(&[Product::Evpl, Product::AccessEline]);
    assert_eq!(all.direct(), ["p: Access E-Line from A/p to Z/p"]);
    let uni = Port { name: "uni".into(), ..port("p", "Z") };
    all.sites.get_mut("Z").unwrap().ports.push(uni);
    assert_eq!(all.direct(), ["p: EVPL from A/p to Z/uni"], "where there is a UNI, too, that is as good");
    let mut whole = world().enni("p", "Z");
    whole.sites.get_mut("A").unwrap().ports[0].mode = PortMode::Whole;
    assert_eq!(whole.direct(), [nothing], "no VLAN tells the service at the UNI");
}

#[test]
fn behind_an_enni_is_our_own_equipment_and_no_patch() {
    let access = || World::new(&["p: A M", "q: M Z", "r: M Z"]).enni("p", "M").enni("q", "M");
    assert!(access().names().is_empty(), "nothing joins them");
    let patched = access().patch("M", "p", "q").patch("M", "p", "r");
    assert!(patched.names().is_empty());
    let said = patched.found(&[]).rejections;
    assert!(
        said.iter().any(|(name, why)| name == "M-p-q" && why.to_string().contains("cannot be patched")),
        "{said:?}"
    );
    // An ENNI of another seller, and a UNI of one.
    assert_eq!(access().transit("M").names(), ["p, M, q", "p, M, r"]);
    assert_eq!(
        access().transit("M").found(&[]).paths[0].legs.iter().map(|leg| leg.key()).collect::<Vec<_>>(),
        ["p: Access E-Line from A/p to M/p", "q: Access E-Line from M/q to Z/q"]
    );
}

#[test]
fn two_accesses_of_a_seller_that_connects_no_two_unis_are_no_detour() {
    let mut world = World::new(&["p: A M Z"]).enni("p", "M").transit("M");
    let second = Port { name: "p2".into(), ..world.sites["M"].ports[0].clone() };
    world.sites.get_mut("M").unwrap().ports.push(second);
    assert_eq!(world.names(), ["p, M, p", "p, M, p"]);
    world.account("p").products.insert(Product::Evpl);
    assert!(world.names().is_empty());
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
fn however_many_sellers_there_are_few_legs_are_asked_beside_the_direct_ones() {
    let names: Vec<String> = (0..30).map(|number| format!("p{number:02}")).collect();
    let lines: Vec<String> = names.iter().map(|name| format!("{name}: A M N Z")).collect();
    let mut world = World::new(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    for (index, one) in names.iter().enumerate() {
        for other in &names[index + 1..] {
            world = world.patch("M", one, other).patch("N", one, other);
        }
    }
    let found = world.found(&[]);
    let legs: BTreeSet<String> =
        found.paths.iter().flat_map(|path| path.legs.iter().map(crate::planning::Candidate::key)).collect();
    assert_eq!((found.paths.len(), legs.len(), found.cut), (4, 5, false));
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
            world.sites.insert(site.into(), SiteView { name: site.into(), position: None, country: None, ports: Vec::new(), transit: None });
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

/// The world and a request that confines data to these countries. Every site is in the US, and so is every seller's network.
fn confined(lines: &[&str], countries: &[&str]) -> (World, Request) {
    let us = || Country::named("US");
    let mut world = World::new(lines);
    world.sites.values_mut().for_each(|site| site.country = us());
    world.accounts.values_mut().for_each(|asked| asked.account.jurisdictions = us().into_iter().collect());
    let jurisdictions = Some(countries.iter().filter_map(|name| Country::named(name)).collect());
    (world, Request { jurisdictions, ..request() })
}

#[test]
fn no_data_passes_where_it_may_not_or_where_nobody_vouches_for_it() {
    let lines = ["p: A M Z", "q: A", "r: N"];
    let abroad = || Country::named("DE").into_iter().collect();
    type Change = fn(&mut World);
    let cases: [(&[&str], Change, &str, &str); 6] = [
        // What nobody states would not help.
        (
            &["de"],
            |world| world.account("p").jurisdictions.clear(),
            "JurisdictionNotAllowed",
            "Site A is in US, and spec.constraints.jurisdictions.allow says DE",
        ),
        (
            &["de"],
            |_| {},
            "JurisdictionNotAllowed",
            "its network is in US, and spec.constraints.jurisdictions.allow says DE",
        ),
        (
            &["US"],
            |world| world.account("p").jurisdictions.extend(Country::named("DE")),
            "JurisdictionNotAllowed",
            "its network is in DE, and spec.constraints.jurisdictions.allow says US",
        ),
        (
            &["us", "ca"],
            |world| world.account("p").jurisdictions.clear(),
            "JurisdictionUnknown",
            "nobody states the countries of its network; the platform team does in spec.jurisdictions of ConnectivityProvider p",
        ),
        (
            &["US", "CA"],
            |world| world.sites.get_mut("Z").unwrap().country = Country::named("DE"),
            "JurisdictionNotAllowed",
            "Site Z is in DE, and spec.constraints.jurisdictions.allow says CA, US",
        ),
        (
            &["US"],
            |world| world.sites.get_mut("A").unwrap().country = None,
            "JurisdictionUnknown",
            "nobody states the country of Site A; the platform team does in spec.address of Site A",
        ),
    ];
    let verdict = |world: &World, request: &Request, name: &str| {
        let asked = [world.accounts[name].clone()];
        verdicts(request, &world.sites["A"], &world.sites["Z"], &asked).remove(0)
    };
    for (countries, change, reason, words) in cases {
        let (mut world, request) = confined(&lines, countries);
        change(&mut world);
        match verdict(&world, &request, "p") {
            Verdict::Rejected { why, .. } => assert_eq!((why.reason(), &*why.to_string()), (reason, words)),
            Verdict::Candidate(_) => panic!("{words}"),
        }
        let free = Request { jurisdictions: None, ..request };
        assert!(matches!(verdict(&world, &free, "p"), Verdict::Candidate(_)), "{words}");
    }
    let (mut world, request) = confined(&lines, &["us"]);
    assert!(matches!(verdict(&world, &request, "p"), Verdict::Candidate(_)));
    for (name, reason) in [("q", "JurisdictionNotAllowed"), ("r", "NoProvider")] {
        world.account(name).jurisdictions = abroad();
        match verdict(&world, &request, name) {
            Verdict::Rejected { why, .. } => assert_eq!(why.reason(), reason, "{name} has a port at an end"),
            Verdict::Candidate(_) => panic!("{name} has no ports"),
        }
    }
}

#[test]
fn legs_meet_where_data_may_pass_and_run_through_networks_that_may_carry_it() {
    let chained = || {
        let (world, request) = confined(&["p: A M", "q: M Z"], &["US"]);
        (world.patch("M", "p", "q"), request)
    };
    let (world, request) = chained();
    assert_eq!(world.search(&request, &[], 4).paths.len(), 1);
    type Change = fn(&mut World);
    let changes: [(Change, Option<&str>); 3] = [
        (
            |world| world.sites.get_mut("M").unwrap().country = Country::named("DE"),
            Some("JurisdictionNotAllowed"),
        ),
        (|world| world.sites.get_mut("M").unwrap().country = None, Some("JurisdictionUnknown")),
        (|world| world.account("q").jurisdictions.clear(), None),
    ];
    for (change, told) in changes {
        let (mut world, request) = chained();
        change(&mut world);
        let found = world.search(&request, &[], 4);
        assert!(found.paths.is_empty(), "{told:?}");
        assert_eq!(found.rejections.first().map(|(_, why)| why.reason()), told);
    }
}
