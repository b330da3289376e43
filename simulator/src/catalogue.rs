//! What can be had and what it costs: pure functions from a scenario, a wish and the load of the network to an
//! answer. No store, no clock, no documents.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::refusal::Issue;
use crate::scenario::{ChargePeriod, Offering, Percent, PortMode, Price, ProductType, Rounding, Scenario};
use crate::service::{Line, Port, Product, words};
use crate::store::PortLoad;

const MBPS: u64 = 1_000_000;

/// What the network carries already where an E-Line would run.
pub(crate) struct LineFacts {
    /// At A and Z.
    pub(crate) ports: [PortFacts; 2],
    /// Bit/s the site pair can carry; `None` when unlimited.
    pub(crate) pair_capacity: Option<u64>,
    pub(crate) pair_used: u64,
    /// Why the seller is not sure about the pair.
    pub(crate) doubt: Option<String>,
}

/// The same for one UNI.
pub(crate) struct PortFacts {
    pub(crate) bandwidth: u64,
    pub(crate) load: PortLoad,
    /// Those of the wanted VLAN ids that are in use.
    pub(crate) taken: Vec<u16>,
}

/// Whether something can be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Possible,
    Doubtful(String),
    /// `room` is the greatest rate in bit/s that could be had instead.
    Impossible {
        reason: String,
        room: Option<u64>,
    },
}

impl Verdict {
    fn impossible(reason: impl Into<String>) -> Self {
        Self::Impossible { reason: reason.into(), room: None }
    }
}

/// What about an E-Line does not fit the offering and its UNIs, whatever the load: wrong requests, not bad luck.
/// `path` is the JSON pointer of the product configuration.
pub(crate) fn line_issues(scenario: &Scenario, line: &Line, path: &str) -> Vec<Issue> {
    let Some(offering) = scenario.offering(&line.offering) else { return Vec::new() };
    let words = words(line.product);
    let mut issues = Vec::new();
    for (n, class) in line.classes.iter().enumerate() {
        if !offering.classes_of_service.contains(class) {
            let known = offering.classes_of_service.join(", ");
            issues.push(Issue::value(
                format!("{path}/{}/{n}", words.classes),
                format!("must be one of {known}"),
            ));
        }
    }
    for (side, end) in line.ends.iter().enumerate() {
        let path = format!("{path}/{}", words.end_points[side]);
        for (n, (_, flow)) in end.flows.iter().enumerate() {
            let path = format!("{path}/{}/{n}/bwpFlow", words.profiles);
            let range = &offering.bandwidth;
            if !range.offers(flow.committed) {
                let reason = format!("must be {} to {} in steps of {}", range.min, range.max, range.step);
                issues.push(Issue::value(format!("{path}/cir"), reason));
            }
            if flow.excess > 0 && !offering.excess {
                issues.push(Issue::value(format!("{path}/eir"), "this offering has no excess rate"));
            }
        }
        issues.extend(port_issues(line.product, side, &end.port, end.vlans.iter().copied(), &path));
    }
    let carried = line.ends.iter().map(|end| end.port.max_frame_size).min().unwrap_or_default();
    if line.max_frame_size.is_some_and(|size| size > carried) {
        let reason = format!("the UNIs carry frames up to {carried} bytes");
        issues.push(Issue::value(format!("{path}/maximumFrameSize"), reason));
    }
    let translates = offering.vlan_translation || line.product == ProductType::AccessEline;
    if !translates && line.ends[0].vlans != line.ends[1].vlans {
        let at = format!("{path}/{}/{}", words.end_points[1], words.vlan_map);
        issues.push(Issue::value(at, "this seller does not translate VLANs: both ends must carry the same"));
    }
    if line.ends[0].at == line.ends[1].at {
        issues.push(Issue::value(path, "both ends are at the same UNI"));
    }
    issues
}

fn port_issues(
    product: ProductType,
    side: usize,
    port: &Port,
    vlans: impl Iterator<Item = u16>,
    path: &str,
) -> Vec<Issue> {
    let mut issues = Vec::new();
    let at_enni = product == ProductType::AccessEline && side == 1;
    if port.enni != at_enni {
        let needed = if at_enni { "an ENNI" } else { "a UNI" };
        issues.push(Issue::value(path, format!("this end of the service needs {needed}")));
    }
    match (product, port.mode) {
        (ProductType::Epl, Some(PortMode::Tagged)) => {
            issues.push(Issue::value(path, "an EPL needs a UNI that hands over all frames to one service"));
        }
        (ProductType::Evpl, Some(PortMode::Port)) => {
            issues.push(Issue::value(path, "an EVPL needs a UNI that tells services apart by VLAN"));
        }
        (ProductType::AccessEline, Some(PortMode::Port) | None) => {
            let reason = "an Access E-Line needs a UNI that is there and tells services apart by VLAN";
            issues.push(Issue::value(path, reason));
        }
        (ProductType::Epl | ProductType::Evpl | ProductType::AccessEline | ProductType::SubscriberUni, _) => {
        }
    }
    if let Some(allowed) = &port.vlans {
        let refused: Vec<String> =
            vlans.filter(|id| *id != 0 && !allowed.contains(*id)).map(|id| id.to_string()).collect();
        if !refused.is_empty() {
            let reason = format!("VLAN {} may not be used at this port", refused.join(", "));
            let list = match (product, side) {
                (ProductType::AccessEline, 0) => "ovcEndPointMapFormU",
                (ProductType::AccessEline, _) => "ovcEndPointMapFormE",
                (ProductType::Epl | ProductType::Evpl | ProductType::SubscriberUni, _) => "vlanId",
            };
            issues.push(Issue::value(format!("{path}/{}/{list}", words(product).vlan_map), reason));
        }
    }
    issues
}

/// Whether an E-Line can be had beside what the network carries already.
pub(crate) fn judge(offering: &Offering, line: &Line, facts: &LineFacts, yellow_above: Percent) -> Verdict {
    if line.tier.is_none() {
        return Verdict::impossible("the two sites are not connected by this seller");
    }
    let committed = line.committed_total();
    let mut room = u64::MAX;
    let mut shortage = None;
    for (side, (end, port)) in line.ends.iter().zip(&facts.ports).enumerate() {
        let name = words(line.product).names[side];
        if !port.taken.is_empty() {
            let ids: Vec<String> = port.taken.iter().map(ToString::to_string).collect();
            return Verdict::impossible(format!("VLAN {} is in use at {name}", ids.join(", ")));
        }
        let most = if line.product == ProductType::Epl { 1 } else { end.port.max_end_points };
        if port.load.end_points >= most {
            return Verdict::impossible(format!("{name} carries {most} service(s), no more fit"));
        }
        if line.peak_total() > port.bandwidth {
            shortage = Some(format!("{name} is too slow"));
        }
        let free = port.bandwidth.saturating_sub(port.load.committed);
        if committed > free {
            shortage = Some(format!("{name} has {free} bit/s left"));
        }
        room = room.min(free);
    }
    if let Some(capacity) = facts.pair_capacity {
        let free = capacity.saturating_sub(facts.pair_used);
        if committed > free {
            shortage = Some(format!("{free} bit/s are left between the two sites"));
        }
        room = room.min(free);
    }
    if let Some(reason) = shortage {
        return Verdict::Impossible { reason, room: offering.bandwidth.fitting(room) };
    }
    if let Some(doubt) = &facts.doubt {
        return Verdict::Doubtful(doubt.clone());
    }
    let after = Decimal::from(facts.pair_used) + Decimal::from(committed);
    match facts.pair_capacity {
        Some(capacity) if after > yellow_above.of(Decimal::from(capacity)) => Verdict::Doubtful(format!(
            "more than {yellow_above} % of the capacity between the sites would be used"
        )),
        Some(_) | None => Verdict::Possible,
    }
}

/// One price, net of tax.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PriceLine {
    pub(crate) name: String,
    /// How often; `None` is once.
    pub(crate) period: Option<ChargePeriod>,
    pub(crate) amount: Decimal,
}

impl PriceLine {
    /// The recurring amount per month: year/12, week x 365/84, day x 365/12, hour x 730.
    pub(crate) fn per_month(&self) -> Decimal {
        let factor = match self.period {
            None => Decimal::ZERO,
            Some(ChargePeriod::Month) => Decimal::ONE,
            Some(ChargePeriod::Year) => Decimal::ONE / Decimal::from(12),
            Some(ChargePeriod::Week) => Decimal::from(365) / Decimal::from(84),
            Some(ChargePeriod::Day) => Decimal::from(365) / Decimal::from(12),
            Some(ChargePeriod::Hour) => Decimal::from(730),
        };
        self.amount * factor
    }
}

/// What a product costs with a term discount; `change` prices a modify instead of an install. Empty when the price
/// list has no row for it.
pub(crate) fn price(
    scenario: &Scenario,
    wanted: &Product,
    discount: Percent,
    change: bool,
) -> Vec<PriceLine> {
    let Some(offering) = wanted.offering().and_then(|id| scenario.offering(id)) else { return Vec::new() };
    match wanted {
        Product::Port(port) => match offering.price(None, None) {
            Some(row) => price_rows([(row, "Port".to_owned(), port.bandwidth, 0)], discount, change),
            None => Vec::new(),
        },
        Product::Line(line) => {
            let rows = line.classes.iter().filter_map(|class| {
                let row = offering.price(Some(class), line.tier.as_deref())?;
                Some((row, class.clone(), line.committed(class), line.excess(class)))
            });
            price_rows(rows, discount, change)
        }
    }
}

fn price_rows<'a>(
    rows: impl IntoIterator<Item = (&'a Price, String, u64, u64)>,
    discount: Percent,
    change: bool,
) -> Vec<PriceLine> {
    let mut lines = Vec::new();
    let mut once: Option<PriceLine> = None;
    for (row, name, committed, excess) in rows {
        let full = row.base.0 + row.per_mbps.0 * mbps(committed) + row.per_excess_mbps.0 * mbps(excess);
        let amount = rounded(full - discount.of(full), row.rounding);
        lines.push(PriceLine { name, period: Some(row.period), amount });
        let (name, fee) = if change { ("Change", row.change) } else { ("Installation", row.install) };
        let dearer = once.as_ref().is_none_or(|line| line.amount < fee.0);
        if dearer && !fee.0.is_zero() {
            once =
                Some(PriceLine { name: name.to_owned(), period: None, amount: rounded(fee.0, row.rounding) });
        }
    }
    lines.extend(once);
    lines
}

fn mbps(bits: u64) -> Decimal {
    Decimal::from(bits) / Decimal::from(MBPS)
}

/// An amount in whole cents.
pub(crate) fn rounded(amount: Decimal, rounding: Rounding) -> Decimal {
    let strategy = match rounding {
        Rounding::HalfUp => RoundingStrategy::MidpointAwayFromZero,
        Rounding::Up => RoundingStrategy::AwayFromZero,
    };
    amount.round_dp_with_strategy(2, strategy)
}

/// An LSO `Price`: the net amount, and the gross one when the scenario knows a tax.
pub(crate) fn wire_price(scenario: &Scenario, amount: Decimal) -> Value {
    let money = |value: Decimal| json!({"unit": scenario.currency, "value": wire_number(value)});
    let mut price = json!({"dutyFreeAmount": money(amount)});
    if let Some(tax) = scenario.tax {
        price["taxRate"] = wire_number(tax.0);
        price["taxIncludedAmount"] = money(rounded(amount + tax.of(amount), Rounding::HalfUp));
    }
    price
}

/// A decimal as a JSON number.
pub(crate) fn wire_number(value: Decimal) -> Value {
    use rust_decimal::prelude::ToPrimitive;
    match value.normalize().to_i64().filter(|_| value.fract().is_zero()) {
        Some(whole) => json!(whole),
        None => json!(value.to_f64().unwrap_or_default()),
    }
}

/// Prices as the entries of `quoteItemPrice` or `productPrice`.
pub(crate) fn wire_prices(scenario: &Scenario, lines: &[PriceLine]) -> Value {
    let entries = lines.iter().map(|line| {
        let mut entry = json!({
            "name": line.name,
            "priceType": if line.period.is_some() { "recurring" } else { "nonRecurring" },
            "price": wire_price(scenario, line.amount),
        });
        if let Some(period) = line.period {
            entry["recurringChargePeriod"] = json!(period);
        }
        entry
    });
    Value::Array(entries.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Amount, BandwidthRange, BitRate};
    use crate::service::{End, Flow, PortRef};
    use proptest::prelude::*;

    fn offering() -> Offering {
        serde_json::from_value(json!({
            "id": "EVPL", "product": "Evpl", "classesOfService": ["GOLD"],
            "bandwidth": {"min": "100M", "max": "10G", "step": "100M"},
            "installationInterval": {"amount": 5, "units": "businessDays"},
            "terms": [], "prices": [],
        }))
        .unwrap()
    }

    fn line(committed: u64) -> Line {
        let end = |id: &str| End {
            at: PortRef::Product(id.to_owned()),
            port: Port {
                site: id.to_owned(),
                offering: None,
                mode: Some(PortMode::Tagged),
                bandwidth: 10_000 * MBPS,
                max_end_points: 2,
                vlans: None,
                max_frame_size: 9100,
                enni: false,
            },
            identifier: None,
            vlans: [210].into(),
            flows: vec![("GOLD".to_owned(), Flow { committed, excess: 0 })],
        };
        Line {
            product: ProductType::Evpl,
            offering: "EVPL".to_owned(),
            classes: vec!["GOLD".to_owned()],
            max_frame_size: None,
            ends: [end("a"), end("z")],
            tier: Some("metro".to_owned()),
        }
    }

    fn facts(used: u64) -> LineFacts {
        let port = || PortFacts {
            bandwidth: 10_000 * MBPS,
            load: PortLoad { end_points: 1, committed: used },
            taken: Vec::new(),
        };
        LineFacts {
            ports: [port(), port()],
            pair_capacity: Some(20_000 * MBPS),
            pair_used: used,
            doubt: None,
        }
    }

    const ALL: Percent = Percent(Decimal::ONE_HUNDRED);

    #[test]
    fn what_is_left_is_what_can_be_had() {
        assert_eq!(judge(&offering(), &line(2000 * MBPS), &facts(0), ALL), Verdict::Possible);
        let Verdict::Impossible { room, .. } =
            judge(&offering(), &line(2000 * MBPS), &facts(8_550 * MBPS), ALL)
        else {
            panic!("more than is left was given away");
        };
        assert_eq!(room, Some(1_400 * MBPS));
    }

    #[test]
    fn a_vlan_in_use_and_a_full_port_leave_no_alternate() {
        let mut collision = facts(0);
        collision.ports[1].taken = vec![210];
        let Verdict::Impossible { reason, room: None } = judge(&offering(), &line(MBPS), &collision, ALL)
        else {
            panic!("a VLAN was given away twice");
        };
        assert!(reason.contains("210") && reason.contains("at Z"), "{reason}");
        let mut full = facts(0);
        full.ports[0].load.end_points = 2;
        assert!(matches!(
            judge(&offering(), &line(MBPS), &full, ALL),
            Verdict::Impossible { room: None, .. }
        ));
    }

    #[test]
    fn an_epl_port_carries_one_service() {
        let mut epl = line(MBPS);
        epl.product = ProductType::Epl;
        assert!(matches!(judge(&offering(), &epl, &facts(0), ALL), Verdict::Impossible { .. }));
    }

    #[test]
    fn high_use_and_doubt_are_yellow() {
        let eighty = Percent(Decimal::from(40));
        assert!(matches!(
            judge(&offering(), &line(2000 * MBPS), &facts(7000 * MBPS), eighty),
            Verdict::Doubtful(_)
        ));
        let mut doubtful = facts(0);
        doubtful.doubt = Some("old duct".to_owned());
        assert_eq!(judge(&offering(), &line(MBPS), &doubtful, ALL), Verdict::Doubtful("old duct".to_owned()));
    }

    fn row() -> Price {
        Price {
            class_of_service: None,
            tier: None,
            period: ChargePeriod::Month,
            base: Amount(Decimal::from(100)),
            per_mbps: Amount("0.333".parse().unwrap()),
            per_excess_mbps: Amount::default(),
            install: Amount(Decimal::from(250)),
            change: Amount::default(),
            rounding: Rounding::HalfUp,
        }
    }

    #[test]
    fn prices_follow_rate_and_discount() {
        let lines = price_rows([(&row(), "GOLD".to_owned(), 500 * MBPS, 0)], Percent(Decimal::TEN), false);
        assert_eq!(lines[0].amount, "239.85".parse().unwrap());
        assert_eq!((lines[1].name.as_str(), lines[1].amount), ("Installation", Decimal::from(250)));
        let change = price_rows([(&row(), "GOLD".to_owned(), 500 * MBPS, 0)], Percent::default(), true);
        assert_eq!(change.len(), 1, "a change without a fee has no one-off price");
    }

    #[test]
    fn every_period_comes_to_the_same_year() {
        let yearly = |period, times: u32| {
            let line = PriceLine { name: String::new(), period: Some(period), amount: Decimal::from(84) };
            assert_eq!((line.per_month() * Decimal::from(12)).round_dp(6), Decimal::from(84 * times));
        };
        yearly(ChargePeriod::Year, 1);
        yearly(ChargePeriod::Month, 12);
        yearly(ChargePeriod::Day, 365);
        yearly(ChargePeriod::Hour, 8760);
    }

    proptest! {
        #[test]
        fn an_alternate_always_fits(wanted in 1u64..20_000, used in 0u64..12_000) {
            let facts = facts(used * MBPS);
            if let Verdict::Impossible { room: Some(room), .. } = judge(&offering(), &line(wanted * MBPS), &facts, ALL) {
                prop_assert_eq!(judge(&offering(), &line(room), &facts, ALL), Verdict::Possible);
                let range = BandwidthRange { min: BitRate(100 * MBPS), max: BitRate(10_000 * MBPS), step: BitRate(100 * MBPS) };
                prop_assert!(range.offers(room));
            }
        }
    }
}
