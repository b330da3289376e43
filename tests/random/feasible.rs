//! Whether a plan holds: its legs connect over ports and joints that exist and are offered, and promise together what was asked; of two
//! paths each by itself, and they share nothing that only one may use. Own
//! arithmetic over the documents; nothing here knows how plans are found.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::figures::{bits, decimal, list, missing, nanoseconds, text};
use crate::ground::{Stated, kilometres};

/// Nanoseconds that light in vacuum needs for a kilometre, a little less than it does.
const LIGHT: f64 = 3_335.0;

/// How a plan goes: over how many paths, legs, patches and our own equipment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape {
    pub paths: usize,
    pub legs: usize,
    pub patches: usize,
    pub transits: usize,
}

fn demand(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

fn offered(to: &Value, namespace: &str) -> bool {
    list(&to["consumers"]["namespaces"]).iter().any(|name| name == namespace)
}

/// What a leg or a joint promises, one way.
struct Part {
    /// Percent of frames that miss a delay, and the delay.
    delays: Vec<(Decimal, u64)>,
    /// Percent of frames.
    loss: Option<Decimal>,
    /// Percent of time.
    unavailable: Option<Decimal>,
}

/// Whether a plan is what this spec asks, for whoever is in the namespace.
pub fn check(stated: &Stated, namespace: &str, spec: &Value, plan: &Value) -> Result<Shape, String> {
    let mut joints = list(&plan["joints"]);
    let mut paths: Vec<(&[Value], &[Value])> = Vec::new();
    for legs in list(&plan["legs"]).chunk_by(|one, other| one["path"] == other["path"]) {
        let (own, rest) = joints.split_at_checked(legs.len() - 1).ok_or("legs are not joined")?;
        paths.push((legs, own));
        joints = rest;
    }
    demand(joints.is_empty(), || "joints that join nothing".into())?;
    let mut shape = Shape { paths: paths.len(), ..Shape::default() };
    for (legs, joints) in &paths {
        path(stated, namespace, spec, (legs, joints), &mut shape)?;
    }
    let mode = text(&spec["resilience"]["mode"]);
    match (mode, paths.as_slice()) {
        ("" | "None", [_]) => Ok(()),
        ("DiverseProvider" | "DiversePath", [one, other]) => {
            let [one, other] = [one, other].map(|path| footprint(stated, &spec["resilience"], *path));
            let (left, right) = (one.beside(&other), other.beside(&one));
            let shared: Vec<&String> = left.intersection(&right).collect();
            demand(shared.is_empty(), || format!("both paths depend on {shared:?}"))
        }
        (mode, paths) => Err(format!("{} paths for {mode}", paths.len())),
    }?;
    Ok(shape)
}

/// What a path depends on, and only one of two may.
#[derive(Default)]
struct Footprint {
    used: BTreeSet<String>,
    /// The ports at its ends, each with what breaks it: that counts where the other path ends at another port.
    ends: Vec<(String, BTreeSet<String>)>,
}

impl Footprint {
    fn beside(&self, other: &Self) -> BTreeSet<String> {
        let apart = |place: &String| other.ends.iter().all(|(its, _)| its != place);
        let risks = self.ends.iter().filter(|(place, _)| apart(place)).flat_map(|(_, risks)| risks);
        self.used.iter().chain(risks).cloned().collect()
    }
}

fn footprint(stated: &Stated, asked: &Value, (legs, joints): (&[Value], &[Value])) -> Footprint {
    let mut found = Footprint::default();
    if asked["mode"] == "DiverseProvider" {
        found.used = legs.iter().map(|leg| format!("seller {}", text(&leg["provider"]))).collect();
        return found;
    }
    let risks = |of: &Value| -> BTreeSet<String> {
        list(&of["riskGroups"]).iter().map(|group| format!("risk {group}")).collect()
    };
    for (index, leg) in legs.iter().enumerate() {
        let mut ends = [text(&leg["from"]), text(&leg["to"])];
        for (place, is_last) in ends.into_iter().zip([index == 0, index + 1 == legs.len()]) {
            let breaks = risks(stated.port(place).unwrap());
            if is_last {
                found.used.extend((asked["separatePorts"] == true).then(|| format!("port {place}")));
                found.ends.push((place.to_owned(), breaks));
            } else {
                found.used.insert(format!("site {}", place.split('/').next().unwrap_or_default()));
                found.used.extend(breaks);
            }
        }
        ends.sort_unstable();
        found.used.insert(format!("leg of {} between {ends:?}", text(&leg["provider"])));
    }
    for joint in joints {
        found.used.insert(format!("joint {joint}"));
        found.used.extend(
            stated.interconnects.get(text(joint)).map(|patch| risks(&patch["spec"])).unwrap_or_default(),
        );
    }
    found
}

/// Whether one path carries all of it.
fn path(
    stated: &Stated,
    namespace: &str,
    spec: &Value,
    (legs, joints): (&[Value], &[Value]),
    shape: &mut Shape,
) -> Result<(), String> {
    let asked = bits(text(&spec["bandwidth"]["committed"]));
    let frame = spec["frameSize"].as_u64().unwrap_or(0);
    let mut parts = Vec::new();
    let mut length = 0.0;
    for leg in legs {
        let (part, kilometres) = leg_of(stated, namespace, spec, leg, frame)?;
        parts.push(part);
        length += kilometres;
    }
    let site = |place: &Value| text(place).split('/').next().unwrap_or_default().to_owned();
    let ends = list(&spec["endpoints"]);
    demand(site(&legs[0]["from"]) == text(&ends[0]["site"]["name"]), || "it begins elsewhere".into())?;
    let last = &legs[legs.len() - 1];
    demand(site(&last["to"]) == text(&ends[1]["site"]["name"]), || "it ends elsewhere".into())?;
    shape.legs += legs.len();
    for (pair, joint) in legs.windows(2).zip(joints) {
        let (from, to) = (text(&pair[0]["to"]), text(&pair[1]["from"]));
        demand(from != to, || format!("{from} is joined to itself"))?;
        demand(site(&pair[0]["to"]) == site(&pair[1]["from"]), || format!("{from} and {to} do not meet"))?;
        if let Some(patch) = stated.interconnects.get(text(joint)) {
            parts.push(patched(&patch["spec"], namespace, (from, to), asked, frame)?);
            shape.patches += 1;
        } else {
            let here = stated.sites.get(text(joint)).ok_or_else(|| format!("there is no joint {joint}"))?;
            demand(text(joint) == site(&pair[0]["to"]), || format!("{joint} is elsewhere"))?;
            let transit = &here["spec"]["transit"];
            demand(!transit.is_null(), || format!("nothing goes through {joint}"))?;
            parts.push(joined(transit));
            shape.transits += 1;
        }
    }
    promised(&spec["objectives"], &parts, length)
}

fn leg_of(
    stated: &Stated,
    namespace: &str,
    spec: &Value,
    leg: &Value,
    frame: u64,
) -> Result<(Part, f64), String> {
    let seller = text(&leg["provider"]);
    let account = stated.providers.get(seller).ok_or_else(|| format!("there is no seller {seller}"))?;
    demand(offered(&account["spec"], namespace), || format!("{seller} is not offered"))?;
    let deny = list(&spec["constraints"]["providers"]["deny"]);
    demand(deny.iter().all(|denied| denied != seller), || format!("{seller} is denied"))?;
    if let Some(currency) = spec["budget"]["currency"].as_str() {
        let sells_in = text(&account["spec"]["lso"]["currency"]);
        demand(sells_in == currency, || format!("{seller} sells in {sells_in}, not in {currency}"))?;
    }
    let mut sites = Vec::new();
    for place in [text(&leg["from"]), text(&leg["to"])] {
        let port = stated.port(place).ok_or_else(|| format!("there is no port {place}"))?;
        demand(port["provider"] == seller, || format!("{place} is not of {seller}"))?;
        demand(offered(port, namespace), || format!("{place} is not offered"))?;
        let most = port["maxFrameSize"].as_u64().unwrap_or(u64::MAX);
        demand(frame <= most, || format!("{place} carries no frames of {frame}"))?;
        sites.push(place.split('/').next().unwrap_or_default());
    }
    if let Some(term) = spec["term"].as_object() {
        let sold = list(&account["spec"]["lso"]["terms"]).iter();
        let same = |sold: &Value| term.iter().all(|(field, value)| sold[field] == *value);
        demand(sold.clone().any(same), || format!("{seller} does not sell that term"))?;
    }
    let length = kilometres(sites[0], sites[1]);
    let classes = list(&account["spec"]["lso"]["classesOfService"]);
    let class = classes.iter().find(|class| {
        class["name"] == leg["classOfService"] && class["maxKm"].as_f64().is_none_or(|most| length <= most)
    });
    let class = class.ok_or_else(|| format!("{seller} does not sell {} so far", leg["classOfService"]))?;
    let sls = &class["sls"];
    let delay = |entry: &Value| (missing(&entry["percentile"]), nanoseconds(text(&entry["oneWay"])));
    let part = Part {
        delays: list(&sls["frameDelay"]).iter().map(delay).collect(),
        loss: sls.get("flrPercent").map(decimal),
        unavailable: sls.get("availabilityPercent").map(missing),
    };
    Ok((part, length))
}

fn joined(by: &Value) -> Part {
    let delay = by["latency"].as_str().map_or(0, nanoseconds);
    Part {
        delays: vec![(Decimal::ZERO, delay)],
        loss: Some(Decimal::ZERO),
        unavailable: by.get("availability").map(missing),
    }
}

fn patched(
    patch: &Value,
    namespace: &str,
    (from, to): (&str, &str),
    asked: u64,
    frame: u64,
) -> Result<Part, String> {
    let place = |port: &Value| format!("{}/{}", text(&patch["crossConnect"]["site"]), text(port));
    let ports: Vec<String> = list(&patch["crossConnect"]["ports"]).iter().map(place).collect();
    demand(ports == [from, to] || ports == [to, from], || {
        format!("{from} and {to} are not patched by {ports:?}")
    })?;
    demand(offered(patch, namespace), || format!("the patch of {ports:?} is not offered"))?;
    demand(patch["maintenance"] != true, || format!("the patch of {ports:?} is under maintenance"))?;
    let carries = patch["capacity"].as_str().map_or(u64::MAX, bits);
    demand(asked <= carries, || format!("the patch of {ports:?} carries {carries} only"))?;
    let most = patch["frameSize"].as_u64().unwrap_or(u64::MAX);
    demand(frame <= most, || format!("the patch of {ports:?} carries no frames of {frame}"))?;
    Ok(joined(patch))
}

/// Every delay that all parts keep together, and the percent of frames that may miss it.
fn delays(parts: &[Part]) -> Vec<(Decimal, u64)> {
    let mut sums = vec![(Decimal::ZERO, 0)];
    for part in parts {
        let with = |(missed, delay): &(Decimal, u64)| {
            let (missed, delay) = (*missed, *delay);
            part.delays.iter().map(move |(more, later)| (missed + more, delay + later))
        };
        sums = sums.iter().flat_map(with).collect();
    }
    sums
}

#[allow(clippy::cast_precision_loss, reason = "seconds at most")]
fn promised(asked: &Value, parts: &[Part], length: f64) -> Result<(), String> {
    let owed = asked["accept"] != "BestEffort";
    if let Some(latency) = asked.get("latency") {
        let (bound, turns) = match latency["roundTrip"].as_str() {
            Some(bound) => (nanoseconds(bound), 2_u32),
            None => (nanoseconds(text(&latency["oneWay"])), 1),
        };
        let light = length * LIGHT * f64::from(turns);
        demand(light <= bound as f64, || format!("light needs {light} ns for that, asked is {bound}"))?;
        let may_miss = latency.get("percentile").map_or(Decimal::ONE, missing);
        let turns = u64::from(turns);
        let sums = delays(parts);
        let sure = |missed: &Decimal| missed * Decimal::from(turns) <= may_miss;
        let kept = sums.iter().any(|(missed, delay)| delay * turns <= bound && (!owed || sure(missed)));
        // Nobody says anything about as many frames as are asked for.
        let unknown = !sums.iter().any(|(missed, _)| sure(missed));
        demand(kept || !owed && unknown, || format!("delay: {latency} of {sums:?}"))?;
    }
    let sum = |figure: fn(&Part) -> Option<Decimal>| parts.iter().map(figure).sum::<Option<Decimal>>();
    for (name, most, reached) in [
        ("loss", asked["loss"].get("maxPercent").map(decimal), sum(|part| part.loss)),
        (
            "unavailability",
            asked["availability"].get("minPercent").map(missing),
            sum(|part| part.unavailable),
        ),
    ] {
        let Some(most) = most else { continue };
        let kept = reached.map_or(!owed, |reached| reached <= most);
        demand(kept, || format!("{name}: {reached:?} where {most} is asked"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fixture::{NAMESPACE, asked, leg, stated};

    fn part(delays: &[(&str, u64)], unavailable: &str) -> Part {
        Part {
            delays: delays.iter().map(|(missed, delay)| (missed.parse().unwrap(), *delay)).collect(),
            loss: None,
            unavailable: Some(unavailable.parse().unwrap()),
        }
    }

    #[test]
    fn figures_add_up_over_legs_and_directions() {
        let parts =
            [part(&[("1", 5_000_000)], "0.05"), part(&[("0.5", 3_000_000), ("0.1", 4_000_000)], "0.1")];
        let holds = |asked: Value| promised(&asked, &parts, 100.0).is_ok();
        assert!(holds(json!({"latency": {"oneWay": "8ms", "percentile": "98.5"}})));
        assert!(!holds(json!({"latency": {"oneWay": "8ms", "percentile": "98.9"}})));
        assert!(holds(json!({"latency": {"oneWay": "9ms", "percentile": "98.9"}})));
        assert!(!holds(json!({"latency": {"roundTrip": "18ms", "percentile": "98.9"}})));
        assert!(holds(json!({"latency": {"roundTrip": "18ms", "percentile": "97.8"}})));
        assert!(holds(json!({"availability": {"minPercent": "99.85"}})));
        assert!(!holds(json!({"availability": {"minPercent": "99.86"}})));
        assert!(!holds(json!({"loss": {"maxPercent": "1"}})), "nobody says anything about it");
        assert!(holds(json!({"loss": {"maxPercent": "1"}, "accept": "BestEffort"})));
    }

    /// Metro and Haul patched in New York, and Haul alone.
    fn two_paths() -> Value {
        let mut legs = [
            leg("metro", ["ashburn", "newyork"], "one"),
            leg("haul", ["newyork", "chicago"], "two"),
            leg("haul", ["ashburn", "chicago"], "three"),
        ];
        for (leg, path) in legs.iter_mut().zip([1, 1, 2]) {
            leg["path"] = json!(path);
        }
        json!({"legs": legs, "joints": ["newyork-mmr"]})
    }

    #[test]
    fn two_paths_that_share_what_only_one_may_use_are_found() {
        let holds = |mode: &str, change: fn(&mut Stated), plan: &Value| {
            let (mut stated, mut spec) = (stated(), asked());
            change(&mut stated);
            spec["resilience"] = json!({"mode": mode});
            check(&stated, NAMESPACE, &spec, plan)
        };
        let plan = two_paths();
        assert_eq!(holds("DiversePath", |_| {}, &plan).unwrap().paths, 2);
        assert!(holds("DiverseProvider", |_| {}, &plan).unwrap_err().contains("seller haul"));
        assert!(holds("None", |_| {}, &plan).is_err());
        // The river that breaks Haul's port in Ashburn breaks the patch, or Haul's port in New York.
        let risky = |stated: &mut Stated| {
            stated.interconnects.get_mut("newyork-mmr").unwrap()["spec"]["riskGroups"] = json!(["river"]);
        };
        assert!(holds("DiversePath", risky, &plan).unwrap_err().contains("river"));
        let risky = |stated: &mut Stated| {
            stated.sites.get_mut("newyork").unwrap()["spec"]["ports"][1]["riskGroups"] = json!(["river"]);
        };
        assert!(holds("DiversePath", risky, &plan).unwrap_err().contains("river"));
        // Twice the same is no second path, and one path is none.
        let mut twice = plan.clone();
        twice["legs"] = json!([plan["legs"][2], plan["legs"][2]]);
        twice["legs"][0]["path"] = json!(1);
        twice["joints"] = json!([]);
        assert!(holds("DiversePath", |_| {}, &twice).unwrap_err().contains("leg of haul"));
        let mut alone = plan.clone();
        alone["legs"] = json!([plan["legs"][2]]);
        alone["joints"] = json!([]);
        assert!(holds("DiversePath", |_| {}, &alone).is_err());
        assert_eq!(holds("None", |_| {}, &alone).unwrap().legs, 1);
    }
}
