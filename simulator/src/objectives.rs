//! The fixed SLS of a class of service, written as `carrierEthernetSls` (MEF 10.4 section 8.8), and the check that a
//! buyer who sends one did not invent it. Pure.

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::catalogue::wire_number;
use crate::refusal::Issue;
use crate::scenario::{ObjectiveTier, Scenario};
use crate::service::Line;

/// The SLS that an E-Line has by its classes and distance, from `start`; `None` when it has none.
pub(crate) fn sls(scenario: &Scenario, line: &Line, start: Timestamp) -> Option<Value> {
    let tier = line.tier.as_deref()?;
    let identifier =
        |side: usize| line.ends[side].identifier.clone().unwrap_or_else(|| ["A", "Z"][side].to_owned());
    let pair = |from: usize, to: usize| {
        json!({
            "fromCarrierEthernetServiceEndPoint": identifier(from),
            "toCarrierEthernetServiceEndPoint": identifier(to),
        })
    };
    let pairs = json!([pair(0, 1), pair(1, 0)]);
    let entries: Vec<Value> = line
        .classes
        .iter()
        .filter_map(|class| Some(entry(class, scenario.class(class)?.tier(tier)?, &pairs)))
        .collect();
    (!entries.is_empty()).then(|| {
        json!([{
            "startTime": start.to_string(),
            "timeDuration": {"timeDurationValue": 1, "timeDurationUnits": "MONTH"},
            "slsCosNameEntry": entries,
        }])
    })
}

fn entry(class: &str, tier: &ObjectiveTier, pairs: &Value) -> Value {
    let mut entry = json!({
        "cosName": class,
        "deltaT": tier.delta_t,
        "thresholdC": tier.threshold_c,
        "consecutiveIntervalN": tier.consecutive_interval_n,
    });
    let mut put = |name: &str, metrics: Vec<Value>| {
        if !metrics.is_empty() {
            let with_pairs = metrics.into_iter().map(|mut metric| {
                metric["orderedPairList"] = pairs.clone();
                metric
            });
            entry[name] = Value::Array(with_pairs.collect());
        }
    };
    let frame_delay = tier.frame_delay.iter().map(|objective| {
        json!({
            "oneWayFdPercentile": wire_number(objective.percentile.0),
            "oneWayFdObjective": time_duration(objective.one_way.0),
        })
    });
    put("oneWayFrameDelayPmMetric", frame_delay.collect());
    let mean = tier.mean_frame_delay.iter().map(|mean| json!({"oneWayMfdObjective": time_duration(mean.0)}));
    put("oneWayMeanFrameDelayPmMetric", mean.collect());
    let range = tier.frame_delay_range.iter().map(|objective| {
        json!({
            "oneWayFdrPercentile": wire_number(objective.percentile.0),
            "oneWayFdrObjective": time_duration(objective.one_way.0),
        })
    });
    put("oneWayFrameDelayRangePmMetric", range.collect());
    let variation = tier.delay_variation.iter().map(|objective| {
        json!({
            "oneWayIfdvPencentile": wire_number(objective.percentile.0),
            "timeDuration": time_duration(objective.spacing.0),
            "oneWayIfdvObjective": time_duration(objective.one_way.0),
        })
    });
    put("oneWayInterFrameDelayVariationPmMetric", variation.collect());
    let loss = tier.loss.iter().map(|loss| json!({"oneWayFlrObjective": wire_number(loss.0)}));
    put("oneWayFrameLossRatioPmMetric", loss.collect());
    let availability =
        tier.availability.iter().map(|share| json!({"oneWayAvailabilityObjective": wire_number(share.0)}));
    put("oneWayAvailabilityPmMetric", availability.collect());
    entry
}

const UNITS: [(&str, i128); 8] = [
    ("WEEK", 604_800_000_000_000),
    ("DAY", 86_400_000_000_000),
    ("HOUR", 3_600_000_000_000),
    ("MIN", 60_000_000_000),
    ("SEC", 1_000_000_000),
    ("MS", 1_000_000),
    ("US", 1_000),
    ("NS", 1),
];

/// A `TimeDuration` in the largest unit up to seconds that is exact.
fn time_duration(length: SignedDuration) -> Value {
    let nanos = length.as_nanos();
    let (unit, size) = UNITS[4..].iter().find(|(_, size)| nanos % size == 0).unwrap_or(&UNITS[7]);
    let value = i64::try_from(nanos / size).unwrap_or(i64::MAX);
    json!({"timeDurationValue": value, "timeDurationUnits": unit})
}

/// Nanoseconds of a `TimeDuration`; `None` for months and years, which have no fixed length.
fn nanos(duration: &Value) -> Option<i128> {
    let size = UNITS.iter().find(|(unit, _)| duration["timeDurationUnits"] == *unit)?.1;
    Some(i128::from(duration["timeDurationValue"].as_i64()?) * size)
}

/// What in a buyer's SLS is not the seller's. `path` is the JSON pointer of the configuration.
pub(crate) fn sls_issues(scenario: &Scenario, line: &Line, configuration: &Value, path: &str) -> Vec<Issue> {
    let Some(sent) = configuration["carrierEthernetSls"].get(0) else { return Vec::new() };
    let path = format!("{path}/carrierEthernetSls/0");
    let Some(own) = sls(scenario, line, Timestamp::UNIX_EPOCH) else {
        return Vec::new(); // the sites are not connected: the answer is red whatever the SLS
    };
    let mut issues = Vec::new();
    for (n, entry) in sent["slsCosNameEntry"].as_array().into_iter().flatten().enumerate() {
        let path = format!("{path}/slsCosNameEntry/{n}");
        let own = own[0]["slsCosNameEntry"].as_array().into_iter().flatten();
        match own.into_iter().find(|own| own["cosName"] == entry["cosName"]) {
            None => issues.push(Issue::value(format!("{path}/cosName"), "is not a class of this service")),
            Some(own) => compare(entry, own, &path, &mut issues),
        }
    }
    issues
}

/// Every figure of an entry, lists of metrics included, must be among the seller's.
fn compare(sent: &Value, own: &Value, path: &str, issues: &mut Vec<Issue>) {
    for (name, value) in sent.as_object().into_iter().flatten() {
        let path = format!("{path}/{name}");
        match value {
            Value::Array(metrics) => {
                for (n, metric) in metrics.iter().enumerate() {
                    let offered = own[name].as_array().into_iter().flatten();
                    if !offered.into_iter().any(|own| same_metric(metric, own)) {
                        issues.push(Issue::value(format!("{path}/{n}"), objective_refusal(&own[name])));
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                if !same(value, &own[name]) {
                    issues.push(Issue::value(path, format!("is fixed at {}", own[name])));
                }
            }
        }
    }
}

fn objective_refusal(own: &Value) -> String {
    let figures = own.as_array().into_iter().flatten().map(|metric| {
        let mut metric = metric.clone();
        if let Some(metric) = metric.as_object_mut() {
            metric.remove("orderedPairList");
        }
        metric.to_string()
    });
    let figures: Vec<String> = figures.collect();
    if figures.is_empty() {
        "the class of service has no such objective over this distance".to_owned()
    } else {
        format!("objectives are fixed per class and distance: {}", figures.join(" "))
    }
}

fn same_metric(sent: &Value, own: &Value) -> bool {
    let Some(fields) = sent.as_object() else { return false };
    fields.iter().all(|(name, value)| {
        if name == "orderedPairList" {
            let pairs = value.as_array().into_iter().flatten();
            return pairs.into_iter().all(|pair| own[name].as_array().is_some_and(|own| own.contains(pair)));
        }
        same(value, &own[name])
    })
}

fn same(sent: &Value, own: &Value) -> bool {
    if sent.is_object() {
        return nanos(sent).is_some() && nanos(sent) == nanos(own);
    }
    match (decimal(sent), decimal(own)) {
        (Some(sent), Some(own)) => sent == own,
        (None, _) | (_, None) => sent == own,
    }
}

fn decimal(value: &Value) -> Option<Decimal> {
    value.as_number()?.to_string().parse().ok().map(|value: Decimal| value.normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tier() -> ObjectiveTier {
        serde_json::from_value(json!({
            "tier": "metro",
            "frameDelay": [{"percentile": "99", "oneWay": "12ms"}],
            "loss": "0.001",
        }))
        .unwrap()
    }

    fn issues(change: impl FnOnce(&mut Value)) -> Vec<Issue> {
        let own = entry("GOLD", &tier(), &json!([{"fromCarrierEthernetServiceEndPoint": "a"}]));
        let mut sent = own.clone();
        change(&mut sent);
        let mut issues = Vec::new();
        compare(&sent, &own, "", &mut issues);
        issues
    }

    #[test]
    fn the_sellers_own_figures_are_accepted_in_any_unit() {
        assert_eq!(issues(|_| {}), []);
        let microseconds = json!({"timeDurationValue": 12000, "timeDurationUnits": "US"});
        assert_eq!(
            issues(|sent| sent["oneWayFrameDelayPmMetric"][0]["oneWayFdObjective"] = microseconds),
            []
        );
        assert_eq!(
            issues(|sent| sent["oneWayFrameDelayPmMetric"][0]["oneWayFdPercentile"] = json!(99.0)),
            []
        );
    }

    #[test]
    fn invented_figures_are_named() {
        let shorter = json!({"timeDurationValue": 5, "timeDurationUnits": "MS"});
        let found = issues(|sent| sent["oneWayFrameDelayPmMetric"][0]["oneWayFdObjective"] = shorter);
        assert_eq!(found[0].path, "/oneWayFrameDelayPmMetric/0");
        assert_eq!(issues(|sent| sent["deltaT"] = json!(1))[0].path, "/deltaT");
        let metric = json!([{"oneWayAvailabilityObjective": 100}]);
        assert!(
            issues(|sent| sent["oneWayAvailabilityPmMetric"] = metric)[0]
                .reason
                .contains("no such objective")
        );
        let foreign = json!([{"fromCarrierEthernetServiceEndPoint": "x"}]);
        assert_eq!(
            issues(|sent| sent["oneWayFrameLossRatioPmMetric"][0]["orderedPairList"] = foreign).len(),
            1
        );
    }

    #[test]
    fn durations_are_exact() {
        assert_eq!(time_duration(SignedDuration::from_micros(1500))["timeDurationUnits"], "US");
        assert_eq!(time_duration(SignedDuration::from_secs(2))["timeDurationValue"], 2);
    }
}
