//! Service levels as a product carries them (MEF 10.4, section 8.8; schema `CarrierEthernetSls`).

use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::super::profile::{Class, ServiceLevel};
use super::number;
use super::product::merge;
use crate::model::{Design, End, Failure, FailureClass};

/// Units of `TimeDuration` up to a day, whose length is certain.
const TIME_UNITS: [(&str, u128); 7] = [
    ("DAY", 86_400_000_000_000),
    ("HOUR", 3_600_000_000_000),
    ("MIN", 60_000_000_000),
    ("SEC", 1_000_000_000),
    ("MS", 1_000_000),
    ("US", 1_000),
    ("NS", 1),
];

/// A time in the largest unit that holds it as a whole number: 1.5 ms is 1500 US.
fn time_duration(time: Duration) -> Value {
    let nanos = time.as_nanos();
    let (unit, factor) = TIME_UNITS
        .iter()
        .find(|(_, factor)| nanos != 0 && nanos.is_multiple_of(*factor))
        .copied()
        .unwrap_or(("NS", 1));
    json!({"timeDurationValue": u64::try_from(nanos / factor).unwrap_or(u64::MAX), "timeDurationUnits": unit})
}

/// The service level to copy: that of the tier the design falls into. Numbers that are not those of its tier are refused
/// by the seller, so a tier that cannot be told from the design is refused here.
pub fn copied<'a>(classes: &'a [Class], design: &Design) -> Result<Option<&'a ServiceLevel>, Failure> {
    let name = &design.class_of_service;
    let tiers: Vec<&Class> = classes.iter().filter(|class| &class.name == name).collect();
    let misconfigured = |why: String| Err(Failure::new(FailureClass::Misconfigured, why));
    if let [only] = tiers.as_slice() {
        return Ok(only.copied.as_ref());
    }
    if tiers.iter().all(|tier| tier.copied.is_none()) {
        return Ok(None);
    }
    if tiers.iter().any(|tier| tier.by_site) {
        return misconfigured(format!(
            "the class of service `{name}` is sold per pair of sites and its service level is to be copied, but a design \
             does not name sites: state tiers by maxKm, or send: Never; the platform team's move"
        ));
    }
    let fits = |tier: &&&Class| match (tier.max_km, design.distance_km) {
        (None, _) => true,
        (Some(max), Some(km)) => km <= max,
        (Some(_), None) => false,
    };
    match tiers.iter().filter(fits).min_by_key(|tier| tier.max_km.unwrap_or(u32::MAX)) {
        Some(tier) => Ok(tier.copied.as_ref()),
        None => misconfigured(format!(
            "no tier of the class of service `{name}` covers this distance; the platform team must state one"
        )),
    }
}

/// `CarrierEthernetSls` for both directions.
pub fn write(level: &ServiceLevel, design: &Design) -> Value {
    let pair = |from: &End, to: &End| {
        json!({
            "fromCarrierEthernetServiceEndPoint": from.identifier,
            "toCarrierEthernetServiceEndPoint": to.identifier,
        })
    };
    let pairs = json!([pair(&design.a, &design.z), pair(&design.z, &design.a)]);
    let metric = |fields: Value| {
        let mut metric = json!({"orderedPairList": pairs});
        merge(&mut metric, &fields);
        metric
    };
    let percent = |value: Decimal| number(value).map_or(Value::Null, Value::Number);

    let mut entry = Map::new();
    entry.insert("cosName".into(), json!(design.class_of_service));
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            entry.insert(name.to_owned(), value);
        }
    };
    put("deltaT", level.delta_t.map(|seconds| json!(seconds)));
    put("thresholdC", level.threshold_c.clone().map(Value::Number));
    put("consecutiveIntervalN", level.n.map(|n| json!(n)));
    let delays = level.frame_delay.iter().map(|(percentile, bound)| {
        metric(
            json!({"oneWayFdPercentile": percent(*percentile), "oneWayFdObjective": time_duration(*bound)}),
        )
    });
    put("oneWayFrameDelayPmMetric", (!level.frame_delay.is_empty()).then(|| delays.collect()));
    let fdr = level.fdr.map(|(percentile, bound)| {
        json!([metric(
            json!({"oneWayFdrPercentile": percent(percentile), "oneWayFdrObjective": time_duration(bound)})
        )])
    });
    put("oneWayFrameDelayRangePmMetric", fdr);
    let ifdv = level.ifdv.map(|(percentile, spacing, bound)| {
        json!([metric(json!({
            "timeDuration": time_duration(spacing),
            "oneWayIfdvPencentile": percent(percentile),
            "oneWayIfdvObjective": time_duration(bound),
        }))])
    });
    put("oneWayInterFrameDelayVariationPmMetric", ifdv);
    let loss = level.loss.map(|loss| json!([metric(json!({"oneWayFlrObjective": percent(loss)}))]));
    put("oneWayFrameLossRatioPmMetric", loss);
    let availability = level
        .availability
        .map(|share| json!([metric(json!({"oneWayAvailabilityObjective": percent(share)}))]));
    put("oneWayAvailabilityPmMetric", availability);

    let mut sls = json!({"startTime": design.requested_completion.to_string(), "slsCosNameEntry": [entry]});
    if let Some(window) = level.window {
        sls["timeDuration"] = time_duration(window);
    }
    sls
}
