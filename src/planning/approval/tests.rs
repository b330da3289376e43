//! Every change of what is bought is another digest, and nothing else is.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::model::{Country, Existing, Mode, Preference, Rates, ServiceId, VlanId};

fn rate(committed: u64, peak: u64) -> Rate {
    let bits = crate::model::Bandwidth::from_bits;
    Rate::new(bits(committed), Some(bits(peak)))
}

fn term() -> Term {
    Term { name: "one year".into(), value: 1, unit: TermUnit::Year, at_end: TermEnd::Renew, roll: None }
}

fn request() -> Request {
    let end = |name: &str, site: &str| RequestedEnd { name: name.into(), site: site.into(), vlan: None };
    let objectives = Objectives {
        latency: Some(LatencyObjective {
            direction: Direction::OneWay,
            bound: Duration::from_millis(10),
            percentile: "99".parse().unwrap(),
        }),
        jitter: Some(JitterObjective {
            metric: JitterMetric::Ifdv,
            bound: Duration::from_millis(2),
            percentile: "99".parse().unwrap(),
        }),
        max_loss: "0.01".parse().ok(),
        min_availability: "99.9".parse().ok(),
        accept: Commitment::Contracted,
    };
    Request {
        mode: Mode::Manage,
        existing: None,
        a: end("gpus", "ashburn"),
        z: end("store", "chicago"),
        spokes: Vec::new(),
        resilience: Resilience::None,
        rates: Rates { a_to_z: rate(2, 4), z_to_a: rate(2, 4) },
        frame_size: Some(9000),
        objectives,
        deny: BTreeSet::from(["cheap".to_owned()]),
        jurisdictions: None,
        budget: Some(Budget {
            currency: "USD".parse().unwrap(),
            monthly: "3000".parse().unwrap(),
            one_time: "500".parse().unwrap(),
            termination: Amount::ZERO,
        }),
        term: Some(RequestedTerm { value: 1, unit: TermUnit::Year, at_end: TermEnd::Renew }),
        ready_by: "2027-01-01T00:00:00Z".parse().ok(),
        purchase_order: Some("PO-1".into()),
        end_customer: Some("Acme".into()),
        on_delete: OnDelete::Disconnect,
        preference: Preference::Cheapest,
        max_legs: 4,
        accepted_risk: Default::default(),
        on_partial: Default::default(),
        suspend: false,
    }
}

fn leg(account: &str) -> Bought {
    let end = |name: &str| End {
        identifier: name.into(),
        interface: Interface::Uni(ServiceId(format!("UNI-{name}"))),
        vlan: VlanId::new(210),
    };
    Bought {
        account: account.into(),
        from: "ashburn/1".into(),
        to: "chicago/1".into(),
        design: Design {
            product: Product::Evpl,
            a: end("gpus"),
            z: end("store"),
            rates: request().rates,
            frame_size: Some(9000),
            class_of_service: "BULK".into(),
            distance_km: Some(950),
            term: term(),
            requested_completion: "2027-01-01T00:00:00Z".parse().unwrap(),
            purchase_order: Some("PO-1".into()),
            end_customer: Some("Acme".into()),
        },
    }
}

/// Owned parts of a proposal, so that a test can change any of them.
#[derive(Debug, Clone)]
struct Parts {
    request: Request,
    class: Option<String>,
    legs: Vec<Bought>,
    currency: &'static str,
}

impl Parts {
    fn new() -> Self {
        Self {
            request: request(),
            class: Some("bulk".into()),
            legs: vec![leg("metro"), leg("wave")],
            currency: "USD",
        }
    }

    fn digest(&self, monthly: &str, one_time: &str) -> PlanDigest {
        Proposal {
            request: &self.request,
            class: self.class.as_deref(),
            legs: &self.legs,
            currency: self.currency.parse().unwrap(),
            monthly: monthly.parse().unwrap(),
            one_time: one_time.parse().unwrap(),
        }
        .digest()
    }
}

type Change = (&'static str, fn(&mut Parts));

/// Every change that makes another purchase, each by itself.
const RELEVANT: [Change; 53] = [
    ("class", |p| p.class = Some("gold".into())),
    ("no class", |p| p.class = None),
    ("currency", |p| p.currency = "EUR"),
    ("first end", |p| p.request.a.name = "other".into()),
    ("other end", |p| p.request.z.name = "other".into()),
    ("first site", |p| p.request.a.site = "other".into()),
    ("other site", |p| p.request.z.site = "other".into()),
    ("a VLAN that was asked for", |p| p.request.a.vlan = VlanId::new(7)),
    ("rate", |p| p.request.rates.a_to_z = rate(3, 4)),
    ("rate back", |p| p.request.rates.z_to_a = rate(3, 4)),
    ("peak", |p| p.request.rates.a_to_z = rate(2, 5)),
    ("frame", |p| p.request.frame_size = None),
    ("larger frame", |p| p.request.frame_size = Some(9100)),
    ("no latency", |p| p.request.objectives.latency = None),
    ("latency", |p| p.request.objectives.latency.as_mut().unwrap().bound = Duration::from_millis(9)),
    ("latency's percentile", |p| {
        p.request.objectives.latency.as_mut().unwrap().percentile = "99.9".parse().unwrap();
    }),
    ("latency's direction", |p| {
        p.request.objectives.latency.as_mut().unwrap().direction = Direction::RoundTrip;
    }),
    ("no jitter", |p| p.request.objectives.jitter = None),
    ("jitter", |p| p.request.objectives.jitter.as_mut().unwrap().bound = Duration::from_millis(9)),
    ("jitter's percentile", |p| {
        p.request.objectives.jitter.as_mut().unwrap().percentile = "95".parse().unwrap();
    }),
    ("jitter's metric", |p| p.request.objectives.jitter.as_mut().unwrap().metric = JitterMetric::Fdr),
    ("loss", |p| p.request.objectives.max_loss = None),
    ("availability", |p| p.request.objectives.min_availability = "99.99".parse().ok()),
    ("accept", |p| p.request.objectives.accept = Commitment::BestEffort),
    ("denied", |p| p.request.deny = BTreeSet::from(["wave".to_owned()])),
    ("countries", |p| p.request.jurisdictions = Some(Country::named("US").into_iter().collect())),
    ("accepted risk", |p| p.request.accepted_risk = AcceptedRisk::FeasibilityCheck),
    ("no budget", |p| p.request.budget = None),
    ("budget", |p| p.request.budget.as_mut().unwrap().monthly = "4000".parse().unwrap()),
    ("budget at once", |p| p.request.budget.as_mut().unwrap().one_time = "4000".parse().unwrap()),
    ("budget for leaving", |p| p.request.budget.as_mut().unwrap().termination = "1".parse().unwrap()),
    ("term asked", |p| p.request.term.as_mut().unwrap().value = 3),
    ("unit of the term asked", |p| p.request.term.as_mut().unwrap().unit = TermUnit::Month),
    ("end of the term asked", |p| p.request.term.as_mut().unwrap().at_end = TermEnd::Roll),
    ("date", |p| p.request.ready_by = None),
    ("what happens in the end", |p| p.request.on_delete = OnDelete::Retain),
    ("one leg less", |p| drop(p.legs.pop())),
    ("one leg more", |p| p.legs.push(leg("third"))),
    ("order of the legs", |p| p.legs.reverse()),
    ("seller", |p| p.legs[1].account = "other".into()),
    ("from", |p| p.legs[0].from = "ashburn/2".into()),
    ("to", |p| p.legs[0].to = "chicago/2".into()),
    ("product", |p| p.legs[0].design.product = Product::Epl),
    ("port", |p| p.legs[0].design.a.interface = Interface::Uni(ServiceId("UNI-9".into()))),
    ("port that is ordered", |p| {
        p.legs[0].design.z.interface = Interface::NewUni(Box::new(NewUni {
            offering: "PORT".into(),
            physical_link: "10GBASE_LR".into(),
            connector: None,
            frame_size: None,
            site: Site::Known(Place::Site("S".into())),
            term: Some(term()),
        }));
    }),
    ("rate bought", |p| p.legs[0].design.rates.a_to_z = rate(4, 4)),
    ("rate back bought", |p| p.legs[0].design.rates.z_to_a = rate(4, 4)),
    ("frame bought", |p| p.legs[0].design.frame_size = None),
    ("class of service", |p| p.legs[0].design.class_of_service = "GOLD".into()),
    ("term", |p| p.legs[0].design.term.value = 2),
    ("unit of the term", |p| p.legs[0].design.term.unit = TermUnit::Month),
    ("end of the term", |p| p.legs[0].design.term.at_end = TermEnd::Disconnect),
    ("how it rolls", |p| p.legs[0].design.term.roll = Some((1, TermUnit::Month))),
];

/// Every change that leaves the purchase what it is.
const IRRELEVANT: [Change; 12] = [
    ("suspension", |p| p.request.suspend = true),
    ("mode", |p| p.request.mode = Mode::Plan),
    ("preference", |p| p.request.preference = Preference::Fastest),
    ("max_legs", |p| p.request.max_legs = 2),
    ("purchase order", |p| p.request.purchase_order = None),
    ("customer", |p| p.request.end_customer = None),
    ("existing", |p| p.request.existing = Some(Existing { account: "metro".into(), service: None })),
    ("purchase order of a leg", |p| p.legs[0].design.purchase_order = None),
    ("customer of a leg", |p| p.legs[0].design.end_customer = None),
    ("distance", |p| p.legs[0].design.distance_km = None),
    ("the day on which it is asked", |p| {
        p.legs[0].design.requested_completion = "2028-01-01T00:00:00Z".parse().unwrap();
    }),
    ("a VLAN that was chosen", |p| p.legs[0].design.a.vlan = VlanId::new(211)),
];

#[test]
fn every_change_of_what_is_bought_is_another_digest() {
    let before = Parts::new().digest("100", "10");
    let mut seen = BTreeSet::from([before.design]);
    for (name, change) in RELEVANT {
        let mut parts = Parts::new();
        change(&mut parts);
        assert!(seen.insert(parts.digest("100", "10").design), "{name}");
    }
}

#[test]
fn nothing_else_is() {
    let before = Parts::new().digest("100", "10");
    for (name, change) in IRRELEVANT {
        let mut parts = Parts::new();
        change(&mut parts);
        assert_eq!(parts.digest("100", "10"), before, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// An approval holds for what was approved and for no more money, whatever else changed and in whatever order.
    #[test]
    fn an_approval_covers_the_same_for_no_more(
        relevant in proptest::collection::btree_set(0..RELEVANT.len(), 0..2),
        irrelevant in proptest::collection::vec(0..IRRELEVANT.len(), 0..6),
        approved in (0u32..1000, 0u32..1000),
        quoted in (0u32..1000, 0u32..1000),
    ) {
        let digest = |parts: &Parts, price: (u32, u32)| parts.digest(&price.0.to_string(), &price.1.to_string());
        let approval = digest(&Parts::new(), approved);
        // A decision carries it as text.
        let approval: PlanDigest = approval.to_string().parse().unwrap();
        let mut parts = Parts::new();
        for index in &irrelevant {
            (IRRELEVANT[*index].1)(&mut parts);
        }
        for index in &relevant {
            (RELEVANT[*index].1)(&mut parts);
        }
        let same = relevant.is_empty();
        let no_more = quoted.0 <= approved.0 && quoted.1 <= approved.1;
        prop_assert_eq!(approval.covers(&digest(&parts, quoted)), same && no_more);
    }
}
