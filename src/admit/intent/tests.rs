//! An intent is read exactly as it is written, or refused in a sentence that says what to write instead.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::admit::{Refusal, request};
use crate::api::ConnectivityIntentSpec;
use crate::model::{
    Amount, Bandwidth, Budget, Commitment, Country, Direction, Existing, JitterMetric, JitterObjective,
    LatencyObjective, MOST_LEGS, Mode, Objectives, OnDelete, Rate, Rates, Request, RequestedEnd,
    RequestedTerm, Resilience, ServiceId, TermEnd, TermUnit, VlanId,
};

const ENDPOINTS: &str =
    "endpoints: [{name: gpus, site: {name: ashburn}}, {name: store, site: {name: chicago}}]";
const BANDWIDTH: &str = "bandwidth: {committed: 2G}";

fn read(manifest: &str) -> Result<Request, Refusal> {
    let spec: ConnectivityIntentSpec = serde_norway::from_str(manifest).unwrap();
    request(&spec)
}

/// An intent with this line in place of its own of that name.
fn with(line: &str) -> String {
    let key = line.split_once(':').unwrap().0;
    let others = [ENDPOINTS, BANDWIDTH].into_iter().filter(|other| !other.starts_with(key));
    others.chain([line]).collect::<Vec<_>>().join("\n")
}

fn refused(line: &str) -> (&'static str, String) {
    let refusal = read(&with(line)).expect_err(line);
    (refusal.reason, refusal.message)
}

fn bandwidth(text: &str) -> Bandwidth {
    text.parse().unwrap()
}

#[test]
fn a_full_intent_is_read_as_written() {
    let manifest = "
        mode: Plan
        endpoints:
        - {name: gpus, role: Peer, site: {name: ashburn}, vlan: {id: 210}}
        - {name: store, site: {name: chicago}}
        bandwidth: {committed: 2G, peak: 4G, reverse: {committed: 500M, peak: 1G}}
        frameSize: 9000
        objectives:
          latency: {roundTrip: 25ms, percentile: '99.9'}
          jitter: {metric: FDR, oneWay: 1500us, percentile: '95'}
          loss: {maxPercent: '0.01'}
          availability: {minPercent: '99.95'}
          accept: BestEffort
        constraints: {providers: {deny: [slow-net, dear-net]}, jurisdictions: {allow: [US, ca]}, encryption: None}
        resilience: {mode: None}
        budget: {currency: USD, monthly: '3000.00', oneTime: '500.00', termination: '1000.00'}
        term: {value: 12, unit: Month, atEnd: Roll}
        schedule: {readyBy: 2027-01-15T00:00:00Z}
        reference: {po: PO-7, endCustomer: Acme Corp}
        deletionPolicy: Retain
        suspend: true
        ";
    let end = |name: &str, site: &str, vlan| RequestedEnd { name: name.into(), site: site.into(), vlan };
    let expected = Request {
        max_legs: MOST_LEGS,
        accepted_risk: Default::default(),
        on_partial: Default::default(),
        mode: Mode::Plan,
        existing: None,
        a: end("gpus", "ashburn", VlanId::new(210)),
        z: end("store", "chicago", None),
        spokes: Vec::new(),
        resilience: Resilience::None,
        rates: Rates {
            a_to_z: Rate::new(bandwidth("2G"), Some(bandwidth("4G"))),
            z_to_a: Rate::new(bandwidth("500M"), Some(bandwidth("1G"))),
        },
        frame_size: Some(9000),
        objectives: Objectives {
            latency: Some(LatencyObjective {
                direction: Direction::RoundTrip,
                bound: Duration::from_millis(25),
                percentile: "99.9".parse().unwrap(),
            }),
            jitter: Some(JitterObjective {
                metric: JitterMetric::Fdr,
                bound: Duration::from_micros(1500),
                percentile: "95".parse().unwrap(),
            }),
            max_loss: "0.01".parse().ok(),
            min_availability: "99.95".parse().ok(),
            accept: Commitment::BestEffort,
        },
        deny: BTreeSet::from(["slow-net".into(), "dear-net".into()]),
        jurisdictions: Some(["CA", "US"].into_iter().filter_map(Country::named).collect()),
        budget: Some(Budget {
            currency: "USD".parse().unwrap(),
            monthly: "3000".parse().unwrap(),
            one_time: "500".parse().unwrap(),
            termination: "1000".parse().unwrap(),
        }),
        term: Some(RequestedTerm { value: 12, unit: TermUnit::Month, at_end: TermEnd::Roll }),
        ready_by: "2027-01-15T00:00:00Z".parse().ok(),
        purchase_order: Some("PO-7".into()),
        end_customer: Some("Acme Corp".into()),
        on_delete: OnDelete::Retain,
        preference: crate::model::Preference::Cheapest,
        suspend: true,
    };
    assert_eq!(read(manifest), Ok(expected));
}

#[test]
fn what_is_left_out_means_the_least() {
    let request = read(&[ENDPOINTS, BANDWIDTH].join("\n")).unwrap();
    let both = Rate::new(bandwidth("2G"), None);
    assert_eq!(request.rates, Rates { a_to_z: both, z_to_a: both });
    assert_eq!(
        (request.mode, request.on_delete, request.suspend),
        (Mode::Manage, OnDelete::Disconnect, false)
    );
    assert_eq!(request.objectives, Objectives::default());
    assert_eq!((request.budget, request.term, request.ready_by), (None, None, None));
    let budget = read(&with("budget: {currency: USD, monthly: '1'}")).unwrap().budget.unwrap();
    assert_eq!((budget.one_time, budget.termination), (Amount::ZERO, Amount::ZERO));
}

#[test]
fn a_bound_without_percentile_is_for_99_of_100_frames() {
    let objectives =
        read(&with("objectives: {latency: {oneWay: 5ms}, jitter: {oneWay: 1ms}}")).unwrap().objectives;
    let ninety_nine = "99".parse().unwrap();
    let (latency, jitter) = (objectives.latency.unwrap(), objectives.jitter.unwrap());
    assert_eq!((latency.direction, latency.percentile), (Direction::OneWay, ninety_nine));
    assert_eq!((jitter.metric, jitter.percentile), (JitterMetric::Ifdv, ninety_nine));
    assert_eq!(objectives.accept, Commitment::Contracted);
}

#[test]
fn every_term_is_read() {
    for (unit, expected) in [("Day", TermUnit::Day), ("Month", TermUnit::Month), ("Year", TermUnit::Year)] {
        let term = read(&with(&format!("term: {{value: 3, unit: {unit}}}"))).unwrap().term.unwrap();
        assert_eq!(term, RequestedTerm { value: 3, unit: expected, at_end: TermEnd::Renew });
    }
    for (text, expected) in
        [("Renew", TermEnd::Renew), ("Roll", TermEnd::Roll), ("Disconnect", TermEnd::Disconnect)]
    {
        let term = read(&with(&format!("term: {{value: 1, unit: Year, atEnd: {text}}}"))).unwrap().term;
        assert_eq!(term.unwrap().at_end, expected);
    }
}

#[test]
fn every_resilience_is_read() {
    let read = |text: &str| read(&with(&format!("resilience: {text}")));
    for (text, expected) in [
        ("{mode: None}", Resilience::None),
        ("{mode: DiversePath}", Resilience::DiversePath { separate_ports: false }),
        ("{mode: DiversePath, separatePorts: false}", Resilience::DiversePath { separate_ports: false }),
        ("{mode: DiversePath, separatePorts: true}", Resilience::DiversePath { separate_ports: true }),
        ("{mode: DiverseProvider}", Resilience::DiverseProvider),
    ] {
        assert_eq!(read(text).unwrap().resilience, expected, "{text}");
    }
    let refusal = read("{mode: DiverseProvider, separatePorts: true}").unwrap_err();
    assert_eq!(refusal.message, "spec.resilience.separatePorts: belongs to mode DiversePath");
    let existing = "{mode: None}\nexisting: {provider: metro, productId: P-1}";
    assert_eq!(read(existing).unwrap().resilience, Resilience::None);
}

#[test]
fn what_cannot_be_honoured_says_so_and_what_to_write() {
    let end = "{name: store, site: {name: chicago}}";
    for (line, field, advice) in [
        (
            "existing: {provider: metro, productId: P-1}\nresilience: {mode: DiverseProvider}",
            "spec.resilience.mode with spec.existing",
            "write mode None: one service that exists is no pair",
        ),
        (
            "deletionPolicy: DisconnectAtTermEnd",
            "spec.deletionPolicy: DisconnectAtTermEnd",
            "write Disconnect or Retain",
        ),
        (
            &format!("endpoints: [{end}]"),
            "spec.endpoints with other than two peers",
            "write exactly two peers, or give one end the role Hub and every other the role Spoke",
        ),
        (
            &format!(
                "endpoints: [{{name: gpus, role: Hub, vlan: {{id: 210}}, site: {{name: ashburn}}}}, {end}]"
            ),
            "spec.endpoints[0].vlan of a hub",
            "remove it: every spoke has a VLAN of its own at the hub, and can ask for one at its end",
        ),
        (
            &format!("endpoints: [{{name: gpus, workload: {{name: train}}}}, {end}]"),
            "spec.endpoints[0] without site",
            "name a Site",
        ),
        (
            &format!("endpoints: [{end}, {{name: gpus, cloud: {{provider: aws, region: us-east-1}}}}]"),
            "spec.endpoints[1] without site",
            "name a Site",
        ),
        (
            &format!("endpoints: [{{name: gpus, siteSelector: {{matchLabels: {{tier: gpu}}}}}}, {end}]"),
            "spec.endpoints[0] without site",
            "name a Site",
        ),
        (
            "objectives: {latency: {oneWay: 5ms, window: {length: 720h}}}",
            "spec.objectives.latency.window",
            "remove it: the seller's own window applies",
        ),
        (
            "objectives: {jitter: {oneWay: 5ms, window: {length: 720h, kind: Rolling}}}",
            "spec.objectives.jitter.window",
            "remove it: the seller's own window applies",
        ),
        (
            "objectives: {loss: {maxPercent: '1', window: {length: 720h, kind: Calendar}}}",
            "spec.objectives.loss.window",
            "remove it: the seller's own window applies",
        ),
        (
            "objectives: {availability: {minPercent: '99', window: {length: 720h}}}",
            "spec.objectives.availability.window",
            "remove it: the seller's own window applies",
        ),
        (
            "constraints: {encryption: Provider}",
            "spec.constraints.encryption",
            "write None and encrypt in your workload",
        ),
        (
            "constraints: {encryption: Overlay}",
            "spec.constraints.encryption",
            "write None and encrypt in your workload",
        ),
    ] {
        assert_eq!(
            refused(line),
            ("Unsupported", format!("{field} is not supported yet; {advice}")),
            "{line}"
        );
    }
}

#[test]
fn what_cannot_be_understood_names_its_field() {
    let end = "{name: store, site: {name: chicago}}";
    let vlan =
        |id: i64| format!("endpoints: [{end}, {{name: gpus, site: {{name: ashburn}}, vlan: {{id: {id}}}}}]");
    for (line, message) in [
        ("bandwidth: {committed: 2Gi}", "spec.bandwidth.committed: `2Gi` is no bandwidth"),
        ("bandwidth: {committed: '0'}", "spec.bandwidth.committed: write more than nothing"),
        ("bandwidth: {committed: 2G, peak: fast}", "spec.bandwidth.peak: `fast` is no bandwidth"),
        ("bandwidth: {committed: 2G, peak: 1G}", "spec.bandwidth.peak: write at least the committed rate"),
        (
            "bandwidth: {committed: 2G, reverse: {committed: 0M}}",
            "spec.bandwidth.reverse.committed: write more than nothing",
        ),
        (
            "bandwidth: {committed: 2G, reverse: {committed: 1G, peak: 999M}}",
            "spec.bandwidth.reverse.peak: write at least the committed rate",
        ),
        (&vlan(0), "spec.endpoints[1].vlan.id: 0 is no VLAN id: write 1 to 4094"),
        (&vlan(4095), "spec.endpoints[1].vlan.id: 4095 is no VLAN id: write 1 to 4094"),
        ("frameSize: -1", "spec.frameSize: -1 is out of range"),
        ("frameSize: 4294967296", "spec.frameSize: 4294967296 is out of range"),
        ("objectives: {latency: {}}", "spec.objectives.latency: state exactly one of roundTrip, oneWay"),
        (
            "objectives: {latency: {oneWay: 5ms, roundTrip: 10ms}}",
            "spec.objectives.latency: state exactly one of roundTrip, oneWay",
        ),
        ("objectives: {latency: {oneWay: '5'}}", "spec.objectives.latency: `5` is no duration"),
        (
            "objectives: {latency: {oneWay: 5ms, percentile: '0'}}",
            "spec.objectives.latency.percentile: `0` is no percentile",
        ),
        ("objectives: {jitter: {oneWay: soon}}", "spec.objectives.jitter.oneWay: `soon` is no duration"),
        (
            "objectives: {jitter: {oneWay: 1ms, percentile: '101'}}",
            "spec.objectives.jitter.percentile: `101` is no percentile",
        ),
        (
            "objectives: {loss: {maxPercent: '100.1'}}",
            "spec.objectives.loss.maxPercent: `100.1` is no percentage",
        ),
        (
            "objectives: {availability: {minPercent: most}}",
            "spec.objectives.availability.minPercent: `most` is no percentage",
        ),
        ("budget: {currency: usd, monthly: '1'}", "spec.budget.currency: `usd` is no currency"),
        ("budget: {currency: USD, monthly: '1,000'}", "spec.budget.monthly: `1,000` is no amount"),
        ("budget: {currency: USD, monthly: '1', oneTime: none}", "spec.budget.oneTime: `none` is no amount"),
        (
            "budget: {currency: USD, monthly: '1', termination: any}",
            "spec.budget.termination: `any` is no amount",
        ),
        (
            "constraints: {jurisdictions: {}}",
            "spec.constraints.jurisdictions.allow: state at least one country",
        ),
        (
            "constraints: {jurisdictions: {allow: [US, ' ']}}",
            "spec.constraints.jurisdictions.allow: ` ` is no country",
        ),
        ("term: {value: -1, unit: Year}", "spec.term.value: -1 is out of range"),
    ] {
        let (reason, words) = refused(line);
        assert_eq!(reason, "Invalid", "{line}");
        assert!(words.starts_with(message), "{line}: {words}");
    }
}

#[test]
fn what_exists_is_named_in_one_way_and_watched_or_taken_over() {
    let existing = |text: &str| read(&with(text)).map(|request| request.existing);
    let metro = |service: Option<&str>| {
        let service = service.map(|id| ServiceId(id.into()));
        Ok(Some(Existing { account: "metro".into(), service }))
    };
    let (by_id, by_ends) =
        ("existing: {provider: metro, productId: P-1}", "existing: {provider: metro, betweenEndpoints: {}}");
    assert_eq!(existing(by_id), metro(Some("P-1")));
    assert_eq!(existing(&format!("mode: ObserveOnly\n{by_ends}")), metro(None));
    for text in [
        "mode: ObserveOnly",
        &format!("mode: Plan\n{by_id}"),
        "existing: {provider: metro}",
        "existing: {provider: metro, productId: P-1, betweenEndpoints: {}}",
    ] {
        let refusal = existing(text).unwrap_err();
        assert!(refusal.reason == "Invalid" && refusal.message.contains("spec.existing"), "{refusal:?}");
    }
}

/// Ends of these names and roles, each at a site of its name.
fn ends(ends: &[(&str, &str)]) -> String {
    let end = |(name, role): &(&str, &str)| format!("{{name: {name}, role: {role}, site: {{name: {name}}}}}");
    format!("endpoints: [{}]", ends.iter().map(end).collect::<Vec<_>>().join(", "))
}

#[test]
fn a_hub_and_its_spokes_are_read_in_any_order() {
    let request = read(&with(&ends(&[("b", "Spoke"), ("a", "Hub"), ("c", "Spoke")]))).unwrap();
    let names = |ends: &[RequestedEnd]| ends.iter().map(|end| end.name.clone()).collect::<Vec<_>>();
    assert_eq!((request.a.name.as_str(), request.z.name.as_str()), ("a", "b"));
    assert_eq!(names(&request.spokes), ["b", "c"]);
    let strands = request.strands();
    let pairs: Vec<_> = strands.iter().map(|one| (&*one.a.name, &*one.z.name, one.spoke())).collect();
    assert_eq!(pairs, [("a", "b", Some("b")), ("a", "c", Some("c"))]);
    let peers = read(&with(ENDPOINTS)).unwrap();
    assert_eq!((peers.strands(), peers.spoke()), (vec![peers.clone()], None));
    let spokes = |count: usize| {
        let names: Vec<String> = (0..count).map(|number| format!("s{number}")).collect();
        let all = names.iter().map(|name| (name.as_str(), "Spoke")).chain([("hub", "Hub")]);
        read(&with(&ends(&all.collect::<Vec<_>>()))).map(|request| request.spokes.len())
    };
    assert_eq!((spokes(1).ok(), spokes(64).ok()), (Some(1), Some(64)));
    let refusal = spokes(65).unwrap_err();
    assert_eq!(refusal.reason, "Unsupported");
    assert!(refusal.message.contains("write at most 64"), "{refusal}");
}

#[test]
fn ends_that_make_no_sense_together_are_refused() {
    let hub = "exactly one of them must have the role Hub";
    let spoke = "beside a hub every end must have the role Spoke, and at least one must be there";
    let cases: [(&[(&str, &str)], &str); 6] = [
        (&[("a", "Spoke"), ("b", "Spoke")], hub),
        (&[("a", "Hub"), ("b", "Hub"), ("c", "Spoke")], hub),
        (&[("a", "Spoke"), ("b", "Peer")], hub),
        (&[("a", "Hub"), ("b", "Peer")], spoke),
        (&[("a", "Hub"), ("b", "Spoke"), ("c", "Peer")], spoke),
        (
            &[("a", "Hub"), ("b", "Spoke"), ("b", "Spoke")],
            "spec.endpoints[2].name: give every end a name of its own",
        ),
    ];
    for (asked, words) in cases {
        let (reason, message) = refused(&ends(asked));
        assert_eq!(reason, "Invalid");
        assert!(message.contains(words), "{asked:?}: {message}");
    }
    let three = refused(&ends(&[("a", "Peer"), ("b", "Peer"), ("c", "Peer")]));
    assert!(three.0 == "Unsupported" && three.1.contains("exactly two peers"), "{three:?}");
    let existing = "existing: {provider: metro-fiber, productId: EVC-1}";
    let manifest = format!("{}\n{existing}", with(&ends(&[("a", "Hub"), ("b", "Spoke")])));
    let refusal = read(&manifest).unwrap_err();
    assert!(
        refusal.reason == "Unsupported" && refusal.message.starts_with("spec.existing with a hub"),
        "{refusal}"
    );
}
