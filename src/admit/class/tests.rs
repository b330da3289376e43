//! Which class counts, what it makes of an intent, and which bound refuses what.

use serde_json::{Value, json};

use super::*;
use crate::api::{Accept, DeletionPolicy};

fn class(name: &str, spec: &str) -> Arc<ConnectivityClass> {
    let spec: ConnectivityClassSpec = serde_norway::from_str(spec).unwrap();
    Arc::new(ConnectivityClass::new(name, spec))
}

fn default_class(name: &str) -> Arc<ConnectivityClass> {
    let mut class = class(name, "{}");
    let annotations = [(DEFAULT_CLASS.to_owned(), "true".to_owned())];
    Arc::make_mut(&mut class).metadata.annotations = Some(annotations.into());
    class
}

/// An intent for everybody, changed as the test wants (RFC 7396).
fn intent(change: &str) -> ConnectivityIntentSpec {
    let mut spec = json!({
        "endpoints": [{"name": "gpus", "site": {"name": "ashburn"}}, {"name": "store", "site": {"name": "chicago"}}],
        "bandwidth": {"committed": "2G"},
    });
    fn merge(target: &mut Value, change: Value) {
        match (target, change) {
            (Value::Object(target), Value::Object(change)) => {
                for (key, change) in change {
                    merge(target.entry(key).or_insert(Value::Null), change);
                }
            }
            (target, change) => *target = change,
        }
    }
    merge(&mut spec, serde_norway::from_str(change).unwrap());
    serde_json::from_value(spec).unwrap()
}

fn created() -> Option<Timestamp> {
    "2026-12-01T00:00:00Z".parse().ok()
}

fn resolved(class_spec: &str, change: &str) -> Result<Resolved, Misfit> {
    let open = class_spec.replacen('{', "{consumers: {namespaces: [training]}, ", 1).replace(", }", "}");
    resolve(&class("bulk", &open), &intent(change), ("training", None), created())
}

#[test]
fn the_class_that_counts_is_the_one_that_is_named_or_the_only_default() {
    let name = |found: Result<Option<Arc<ConnectivityClass>>, Misfit>| {
        found.map(|class| class.map(|class| class.metadata.name.clone().unwrap())).map_err(|misfit| {
            assert_eq!(misfit.party, Party::User);
            (misfit.refusal.reason, misfit.refusal.message)
        })
    };
    assert_eq!(name(class_of(None, &[])), Ok(None), "no classes: as without");
    let classes = [default_class("bulk"), class("gold", "{}")];
    assert_eq!(name(class_of(None, &classes)), Ok(Some("bulk".into())));
    assert_eq!(name(class_of(Some("gold"), &classes)), Ok(Some("gold".into())));
    assert_eq!(name(class_of(Some("silver"), &classes)).unwrap_err().0, "ClassNotFound");
    assert_eq!(name(class_of(Some("silver"), &[])).unwrap_err().0, "ClassNotFound");
    assert_eq!(name(class_of(None, &classes[1..])).unwrap_err().0, "ClassNotStated");
    let two = [default_class("silver"), default_class("bulk")];
    let (reason, words) = name(class_of(None, &two)).unwrap_err();
    assert_eq!(reason, "ClassNotStated");
    assert!(words.contains("bulk and silver") && words.contains("two are none"), "{words}");
    assert_eq!(name(class_of(Some("silver"), &two)), Ok(Some("silver".into())));
}

#[test]
fn a_class_is_for_the_namespaces_that_it_says() {
    let reason = |spec: &str| {
        let found = resolve(&class("bulk", spec), &intent("{}"), ("training", None), created());
        found.map(|_| ()).map_err(|misfit| (misfit.refusal.reason, misfit.party))
    };
    let refused = Err(("NotAllowed", Party::Platform));
    assert_eq!(reason("{}"), refused, "absent means nobody");
    assert_eq!(reason("{consumers: {namespaces: [other]}}"), refused);
    assert_eq!(reason("{consumers: {namespaces: [other, training]}}"), Ok(()));
}

#[test]
fn every_default_counts_where_the_intent_says_nothing_and_only_there() {
    let class = "{defaults: {
        peak: 4G, frameSize: 9000,
        objectives: {latency: {oneWay: 10ms}, jitter: {oneWay: 2ms}, loss: {maxPercent: '0.1'}, availability: {minPercent: '99.9'}, accept: BestEffort},
        constraints: {providers: {deny: [cheap]}, encryption: None},
        resilience: {mode: DiversePath, separatePorts: true},
        term: {value: 2, unit: Year, atEnd: Roll},
        readyAfter: 48h, deletionPolicy: Retain}}";
    let spec = resolved(class, "{}").unwrap().spec;
    let stated = json!({
        "endpoints": [{"name": "gpus", "site": {"name": "ashburn"}}, {"name": "store", "site": {"name": "chicago"}}],
        "bandwidth": {"committed": "2G", "peak": "4G"},
        "frameSize": 9000,
        "objectives": {
            "latency": {"oneWay": "10ms"}, "jitter": {"metric": "IFDV", "oneWay": "2ms"}, "loss": {"maxPercent": "0.1"},
            "availability": {"minPercent": "99.9"}, "accept": "BestEffort",
        },
        "constraints": {"providers": {"deny": ["cheap"]}, "encryption": "None"},
        "resilience": {"mode": "DiversePath", "separatePorts": true},
        "term": {"value": 2, "unit": "Year", "atEnd": "Roll"},
        "schedule": {"readyBy": "2026-12-03T00:00:00Z"},
        "deletionPolicy": "Retain",
        "mode": "Manage",
        "suspend": false,
    });
    assert_eq!(json!(spec), stated);
    let own = "{bandwidth: {peak: 3G}, frameSize: 1522, deletionPolicy: Disconnect, schedule: {readyBy: 2027-01-01T00:00:00Z},
        objectives: {latency: {oneWay: 5ms}, accept: Contracted}, term: {value: 1, unit: Month}, constraints: {providers: {deny: [dear]}}}";
    let spec = resolved(class, own).unwrap().spec;
    assert_eq!(spec.bandwidth.peak, Some("3G".into()));
    assert_eq!((spec.frame_size, spec.deletion_policy), (Some(1522), Some(DeletionPolicy::Disconnect)));
    let objectives = spec.objectives.unwrap();
    assert_eq!(objectives.latency.unwrap().one_way, Some("5ms".into()));
    assert_eq!(objectives.jitter.unwrap().one_way, "2ms".into(), "each objective by itself");
    assert_eq!(objectives.accept, Some(Accept::Contracted));
    assert_eq!(spec.term.unwrap().value, 1);
    assert_eq!(spec.constraints.unwrap().providers.unwrap().deny, ["dear"]);
}

#[test]
fn a_default_peak_is_never_below_the_committed_rate() {
    let peaks = |change: &str| {
        let bandwidth = resolved("{defaults: {peak: 4G}}", change).unwrap().spec.bandwidth;
        (bandwidth.peak, bandwidth.reverse.and_then(|back| back.peak))
    };
    assert_eq!(peaks("{bandwidth: {committed: 5G}}"), (None, None));
    assert_eq!(peaks("{bandwidth: {reverse: {committed: 1G}}}"), (Some("4G".into()), Some("4G".into())));
    assert_eq!(peaks("{bandwidth: {reverse: {committed: 6G}}}"), (Some("4G".into()), None));
}

/// Bounds, what they let through, and what they refuse with the words that the refusal has.
#[test]
fn every_bound_names_field_and_bound_and_is_the_users_move() {
    let cases = [
        (
            "{bounds: {bandwidth: {min: 2G, max: 4G}}}",
            "{}",
            "{bandwidth: {committed: 1G}}",
            ["spec.bandwidth.committed", "1G", "2G"],
        ),
        (
            "{bounds: {bandwidth: {max: 4G}}}",
            "{bandwidth: {peak: 4G}}",
            "{bandwidth: {peak: 5G}}",
            ["spec.bandwidth.peak", "5G", "4G"],
        ),
        (
            "{bounds: {bandwidth: {min: 2G}}}",
            "{bandwidth: {reverse: {committed: 2G}}}",
            "{bandwidth: {reverse: {committed: 1G}}}",
            ["spec.bandwidth.reverse.committed", "1G", "2G"],
        ),
        (
            "{bounds: {bandwidth: {max: 4G}}}",
            "{}",
            "{bandwidth: {reverse: {committed: 1G, peak: 5G}}}",
            ["spec.bandwidth.reverse.peak", "5G", "4G"],
        ),
        (
            "{bounds: {frameSize: {min: 2000, max: 9000}}}",
            "{frameSize: 2000}",
            "{frameSize: 1999}",
            ["spec.frameSize", "1999", "2000"],
        ),
        (
            "{bounds: {frameSize: {max: 9000}}}",
            "{frameSize: 9000}",
            "{frameSize: 9001}",
            ["spec.frameSize", "9001", "9000"],
        ),
        (
            "{bounds: {objectives: {minOneWay: 5ms}}}",
            "{objectives: {latency: {oneWay: 5ms}}}",
            "{objectives: {latency: {oneWay: 4999us}}}",
            ["spec.objectives.latency.oneWay", "4.999ms", "5ms"],
        ),
        (
            "{bounds: {objectives: {minOneWay: 5ms}}}",
            "{objectives: {latency: {roundTrip: 10ms}}}",
            "{objectives: {latency: {roundTrip: 9ms}}}",
            ["spec.objectives.latency.roundTrip", "9ms", "10ms"],
        ),
        (
            "{bounds: {objectives: {minJitter: 1ms}}}",
            "{objectives: {jitter: {oneWay: 1ms}}}",
            "{objectives: {jitter: {oneWay: 1us}}}",
            ["spec.objectives.jitter.oneWay", "1us", "1ms"],
        ),
        (
            "{bounds: {objectives: {minLossPercent: '0.01'}}}",
            "{objectives: {loss: {maxPercent: '0.01'}}}",
            "{objectives: {loss: {maxPercent: '0.001'}}}",
            ["spec.objectives.loss.maxPercent", "0.001", "0.01"],
        ),
        (
            "{bounds: {objectives: {maxAvailabilityPercent: '99.9'}}}",
            "{objectives: {availability: {minPercent: '99.9'}}}",
            "{objectives: {availability: {minPercent: '99.99'}}}",
            ["spec.objectives.availability.minPercent", "99.99", "99.9"],
        ),
        (
            "{bounds: {objectives: {accept: [Contracted]}}}",
            "{objectives: {}}",
            "{objectives: {accept: BestEffort}}",
            ["spec.objectives.accept", "BestEffort", "Contracted"],
        ),
        (
            "{bounds: {budget: {currency: USD, monthly: '100', oneTime: '10', termination: '1'}}}",
            "{budget: {currency: USD, monthly: '100', oneTime: '10', termination: '1'}}",
            "{budget: {currency: USD, monthly: '100.01'}}",
            ["spec.budget.monthly", "100.01", "100.00"],
        ),
        (
            "{bounds: {budget: {currency: USD, oneTime: '10'}}}",
            "{budget: {currency: USD, monthly: '100'}}",
            "{budget: {currency: USD, monthly: '1', oneTime: '11'}}",
            ["spec.budget.oneTime", "11.00", "10.00"],
        ),
        (
            "{bounds: {budget: {currency: USD, termination: '0'}}}",
            "{}",
            "{budget: {currency: USD, monthly: '1', termination: '1'}}",
            ["spec.budget.termination", "1.00", "0.00"],
        ),
        (
            "{bounds: {budget: {currency: USD}}}",
            "{budget: {currency: USD, monthly: '1'}}",
            "{budget: {currency: EUR, monthly: '1'}}",
            ["spec.budget.currency", "EUR", "USD"],
        ),
        (
            "{bounds: {term: {min: {value: 1, unit: Year}}}}",
            "{term: {value: 12, unit: Month}}",
            "{term: {value: 11, unit: Month}}",
            ["spec.term", "11 Month", "1 Year"],
        ),
        (
            "{bounds: {term: {max: {value: 1, unit: Year}}}}",
            "{term: {value: 365, unit: Day}}",
            "{term: {value: 13, unit: Month}}",
            ["spec.term", "13 Month", "1 Year"],
        ),
        (
            "{bounds: {term: {max: {value: 1, unit: Year}}}}",
            "{term: {value: 1, unit: Year}}",
            "{}",
            ["spec.term", "state one", "at most 1 Year"],
        ),
        (
            "{bounds: {lead: 240h}}",
            "{schedule: {readyBy: 2026-12-11T00:00:00Z}}",
            "{schedule: {readyBy: 2026-12-10T23:59:59Z}}",
            ["spec.schedule.readyBy", "2026-12-10T23:59:59Z", "2026-12-11T00:00:00Z"],
        ),
        (
            "{bounds: {deletionPolicy: [Retain]}}",
            "{deletionPolicy: Retain}",
            "{}",
            ["spec.deletionPolicy", "Disconnect", "Retain"],
        ),
    ];
    for (bounds, inside, outside, words) in cases {
        assert!(resolved(bounds, inside).is_ok(), "{bounds} {inside}: {:?}", resolved(bounds, inside));
        let misfit = resolved(bounds, outside).unwrap_err();
        assert_eq!(
            (misfit.refusal.reason, misfit.party),
            ("OutsideClass", Party::User),
            "{bounds} {outside}"
        );
        for word in words.into_iter().chain(["ConnectivityClass bulk"]) {
            assert!(misfit.refusal.message.contains(word), "`{word}` is not in {}", misfit.refusal.message);
        }
    }
}

#[test]
fn what_the_class_denies_is_denied_to_everybody() {
    let class = "{bounds: {providers: {deny: [cheap, dear]}}}";
    let denied = |change: &str| resolved(class, change).unwrap().request.deny.into_iter().collect::<Vec<_>>();
    assert_eq!(denied("{}"), ["cheap", "dear"]);
    assert_eq!(denied("{constraints: {providers: {deny: [dear, wave]}}}"), ["cheap", "dear", "wave"]);
    let many: Vec<_> = (0..63).map(|n| format!("p{n}")).collect();
    let full = format!("{{constraints: {{providers: {{deny: [{}]}}}}}}", many.join(", "));
    assert_eq!(resolved(class, &full).unwrap_err().refusal.reason, "OutsideClass");
}

#[test]
fn the_class_confines_data_to_countries_and_an_intent_to_fewer() {
    let class = "{bounds: {jurisdictions: {allow: [US, CA]}}}";
    let allowed = |class: &str, change: &str| {
        let countries = resolved(class, change).map(|resolved| resolved.request.jurisdictions);
        countries.map(|all| all.unwrap().iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    };
    let asks = |countries: &str| format!("{{constraints: {{jurisdictions: {{allow: [{countries}]}}}}}}");
    assert_eq!(allowed(class, "{}").unwrap(), "CA US");
    assert_eq!(allowed(class, &asks("us")).unwrap(), "US");
    assert_eq!(allowed(&format!("{{defaults: {}}}", asks("DE")), "{}").unwrap(), "DE");
    let misfit = allowed(class, &asks("US, DE")).unwrap_err();
    assert_eq!((misfit.refusal.reason, misfit.party), ("OutsideClass", Party::User));
    let message =
        "spec.constraints.jurisdictions.allow: DE is not among the CA, US allowed by ConnectivityClass";
    assert!(misfit.refusal.message.starts_with(message), "{misfit:?}");
}

#[test]
fn what_the_user_wrote_wrong_is_no_fault_of_the_class() {
    let misfit = resolved("{defaults: {frameSize: 9000}}", "{bandwidth: {committed: much}}").unwrap_err();
    assert_eq!((misfit.refusal.reason, misfit.party), ("Invalid", Party::User));
}

#[test]
fn a_class_that_is_wrong_is_the_platforms_move_and_says_where() {
    for (spec, place) in [
        ("{bounds: {bandwidth: {min: 2G, max: 1G}}}", "spec.bounds.bandwidth"),
        ("{bounds: {bandwidth: {max: much}}}", "spec.bounds.bandwidth.max"),
        ("{bounds: {frameSize: {min: 9000, max: 2000}}}", "spec.bounds.frameSize"),
        (
            "{bounds: {term: {min: {value: 2, unit: Year}, max: {value: 12, unit: Month}}}}",
            "spec.bounds.term",
        ),
        ("{bounds: {budget: {currency: usd}}}", "spec.bounds.budget.currency"),
        ("{bounds: {budget: {currency: USD, monthly: '-1'}}}", "spec.bounds.budget.monthly"),
        ("{bounds: {lead: soon}}", "spec.bounds.lead"),
        ("{bounds: {jurisdictions: {}}}", "spec.bounds.jurisdictions.allow"),
        (
            "{defaults: {constraints: {jurisdictions: {allow: [DE]}}}, bounds: {jurisdictions: {allow: [US]}}}",
            "spec.defaults: constraints.jurisdictions",
        ),
        ("{defaults: {peak: much}}", "spec.defaults.peak"),
        ("{defaults: {readyAfter: soon}}", "spec.defaults.readyAfter"),
        (
            "{defaults: {resilience: {mode: None, separatePorts: true}}}",
            "spec.defaults: resilience.separatePorts",
        ),
        (
            "{defaults: {resilience: {mode: DiversePath}}, bounds: {resilience: [DiverseProvider]}}",
            "spec.defaults: resilience",
        ),
        ("{defaults: {objectives: {latency: {oneWay: soon}}}}", "spec.defaults: objectives.latency"),
        ("{defaults: {frameSize: 9000}, bounds: {frameSize: {max: 2000}}}", "spec.defaults: frameSize"),
        (
            "{defaults: {term: {value: 3, unit: Year}}, bounds: {term: {max: {value: 1, unit: Year}}}}",
            "spec.defaults: term",
        ),
        ("{defaults: {readyAfter: 1h}, bounds: {lead: 2h}}", "spec.defaults: schedule.readyBy"),
        (
            "{defaults: {deletionPolicy: Retain}, bounds: {deletionPolicy: [Disconnect]}}",
            "spec.defaults: deletionPolicy",
        ),
        ("{preference: {}}", "spec.preference"),
        ("{preference: {order: Fastest, weights: {cost: 1}}}", "spec.preference"),
        ("{preference: {weights: {}}}", "spec.preference.weights"),
        ("{preference: {weights: {cost: -1}}}", "spec.preference.weights.cost"),
    ] {
        let refusal = super::class(&class("bulk", spec).spec).expect_err(spec);
        assert!(refusal.message.starts_with(place), "{spec}: {refusal}");
        let misfit = resolved(spec, "{term: {value: 1, unit: Year}}").unwrap_err();
        assert_eq!((misfit.refusal.reason, misfit.party), ("ClassInvalid", Party::Platform), "{spec}");
        assert!(misfit.refusal.message.contains(place), "{misfit:?}");
    }
    // A rule that is wrong stops nobody: it asks for approval.
    let rule = "{approval: {rules: [{name: r, expression: nonsense}]}}";
    assert!(super::class(&class("bulk", rule).spec).is_err());
    assert!(resolved(rule, "{}").is_ok());
}

#[test]
fn bounds_that_an_intent_must_meet_itself_are_no_fault_of_the_class() {
    for spec in [
        "{bounds: {term: {max: {value: 1, unit: Year}}}}",
        "{bounds: {deletionPolicy: [Retain]}}",
        "{bounds: {resilience: [DiversePath]}}",
        "{bounds: {bandwidth: {min: 10G}}, defaults: {peak: 10G}}",
    ] {
        assert_eq!(super::class(&class("bulk", spec).spec), Ok(()), "{spec}");
    }
}

#[test]
fn the_class_says_what_is_preferred() {
    let preferred = |spec: &str| resolved(spec, "{}").unwrap().request.preference;
    assert_eq!(preferred("{}"), Preference::Cheapest);
    assert_eq!(preferred("{preference: {order: Fastest}}"), Preference::Fastest);
    let weights = Weights { cost: 2, availability: 1, ..Weights::default() };
    assert_eq!(
        preferred("{preference: {weights: {cost: 2, availability: 1}}}"),
        Preference::Weighted(weights)
    );
}

#[test]
fn what_was_resolved_is_resolved_again_from_its_values() {
    let class = "{defaults: {peak: 4G, frameSize: 9000, term: {value: 1, unit: Year}, readyAfter: 48h, deletionPolicy: Retain}, bounds: {providers: {deny: [cheap]}}}";
    for own in [
        "budget: {currency: USD, monthly: '10'}",
        "schedule: {readyBy: '2027-01-01T00:00:00.5Z'}",
        "constraints: {providers: {}}",
    ] {
        let resolved = resolved(class, &format!("{{{own}}}")).unwrap();
        let values = resolved.values.clone();
        let again: EffectiveValues = serde_json::from_value(json!(values)).unwrap();
        assert_eq!(again, values, "a status keeps them");
        let spec = as_resolved(&intent(&format!("{{className: bulk, {own}}}")), &again);
        assert_eq!(spec, resolved.spec);
        assert_eq!(request(&spec).as_ref(), Ok(&resolved.request));
    }
}

#[test]
fn the_fingerprint_of_a_class_follows_what_it_says() {
    let digest = |spec: &str| class_digest(&class("bulk", spec).spec);
    assert_eq!(digest("{}"), digest("{maxLegs: 4}"));
    assert_ne!(digest("{}"), digest("{maxLegs: 3}"));
    assert_eq!(digest("{}").len(), 32);
}
