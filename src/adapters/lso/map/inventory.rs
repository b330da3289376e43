//! Products of the inventory (MEF 116).

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use super::super::profile::Relationships;
use super::super::wire::inventory as wire;
use super::super::wire::quote::ItemPrice;
use super::product::{RATE_UNITS, Spelling};
use super::{exact, net, price_kind, read_term, timestamp};
use crate::model::{
    Amount, Bandwidth, Money, OrderId, PriceKind, Product, Rate, Rates, ServiceEnd, ServiceId, ServiceState,
    ServiceView,
};

/// What the inventory says about a product; `names` are the account's for what relates it to where it ends.
pub fn view(product: &wire::Product, names: &Relationships) -> ServiceView {
    let state = service_state(&product.status);
    let was_used = match state {
        ServiceState::Pending => false,
        ServiceState::Gone => product.status == "terminated",
        ServiceState::Active
        | ServiceState::Changing
        | ServiceState::Suspended
        | ServiceState::Terminating
        | ServiceState::Unknown(_) => true,
    };
    let configuration = product.product_configuration.as_ref();
    ServiceView {
        id: ServiceId(product.id.clone()),
        raw_state: product.status.clone(),
        rates: configuration.and_then(rates),
        class_of_service: configuration.and_then(class_of_service).map(str::to_owned),
        // The schema demands a start date of products that have not started: it is planned then.
        started: timestamp(product.start_date.as_deref()).filter(|_| was_used),
        terminated: timestamp(product.termination_date.as_deref()),
        ends: ends(product, names),
        order: product.product_order_item.first().map(|item| OrderId(item.product_order_id.clone())),
        monthly: product.product_price.as_deref().and_then(monthly),
        term: product.product_term.first().and_then(read_term),
        state,
    }
}

/// Where the product ends: what it is related to, and which VLANs it takes there where its configuration is shown.
fn ends(product: &wire::Product, names: &Relationships) -> Option<[ServiceEnd; 2]> {
    let end = |kind: &str, name: &str| {
        let related =
            product.product_relationship.iter().find(|related| related.relationship_type == kind)?;
        let point = product.product_configuration.as_ref().and_then(|configuration| configuration.get(name));
        Some(ServiceEnd { interface: ServiceId(related.id.clone()), vlans: point.and_then(vlans) })
    };
    let between = |kinds: [&String; 2], spelling: &Spelling| {
        let [one, other] = spelling.end_points;
        Some([end(kinds[0], one)?, end(kinds[1], other)?])
    };
    between([&names.uni_a, &names.uni_z], Spelling::of(Product::Evpl))
        .or_else(|| between([&names.uni, &names.enni], Spelling::of(Product::AccessEline)))
}

/// Where a map lists VLAN ids: of an EVC, and of an OVC at a UNI and at an ENNI.
const VLAN_LISTS: [(&str, &str); 3] = [
    ("evcEndPointMap", "vlanId"),
    ("ovcEndPointMap", "ovcEndPointMapFormU"),
    ("ovcEndPointMap", "ovcEndPointMapFormE"),
];

/// Without a map every frame of the port belongs to the service. A map of another kind than a list is not understood.
fn vlans(end_point: &Value) -> Option<Vec<u16>> {
    let map = |name: &str| end_point.get(name).filter(|map| !map.is_null());
    if VLAN_LISTS.iter().all(|(name, _)| map(name).is_none()) {
        return Some(Vec::new());
    }
    let ids = VLAN_LISTS.iter().find_map(|(name, list)| map(name)?.get(list)?.as_array())?;
    ids.iter().map(|id| id.as_u64().and_then(|id| u16::try_from(id).ok())).collect()
}

/// What is due each month. Prices that depend on use, lack an amount or differ in currency make the sum unknown.
fn monthly(prices: &[ItemPrice]) -> Option<Money> {
    let mut sum: Option<Money> = None;
    for price in prices {
        let period = match price_kind(price.price_type.as_deref(), price.recurring_charge_period.as_deref()) {
            PriceKind::Recurring(period) => period,
            PriceKind::OneTime => continue,
            PriceKind::Usage => return None,
        };
        let (amount, currency) = net(price.price.as_ref());
        let (amount, currency) = (period.per_month(amount?)?, currency?);
        let before = sum.map_or(Some(Amount::ZERO), |sum| (sum.currency == currency).then_some(sum.amount));
        sum = Some(Money { amount: before?.plus(amount)?, currency });
    }
    sum
}

fn service_state(word: &str) -> ServiceState {
    match word {
        "pendingActive" => ServiceState::Pending,
        "active" => ServiceState::Active,
        "active.pendingChange" => ServiceState::Changing,
        "suspended" => ServiceState::Suspended,
        "pendingTerminate" | "suspendedPendingTerminate" => ServiceState::Terminating,
        "cancelled" | "terminated" => ServiceState::Gone,
        other => ServiceState::Unknown(other.to_owned()),
    }
}

/// The rates in force: what each end polices where frames enter.
pub fn rates(configuration: &Value) -> Option<Rates> {
    let class = class_of_service(configuration);
    let spelling = Spelling::in_use(configuration);
    let enters = |end_point: &str| {
        let flows = configuration.get(end_point)?.get(spelling.ingress)?.as_array()?;
        ingress(flows, class)
    };
    let [a, z] = spelling.end_points;
    Some(Rates { a_to_z: enters(a)?, z_to_a: enters(z)? })
}

fn class_of_service(configuration: &Value) -> Option<&str> {
    match configuration.get(Spelling::in_use(configuration).classes)?.as_array()?.as_slice() {
        [only] => only.as_str(),
        _ => None,
    }
}

fn ingress(flows: &[Value], class: Option<&str>) -> Option<Rate> {
    let flow = match flows {
        [only] => only,
        several => {
            several.iter().find(|flow| class.is_some() && flow["classOfServiceName"].as_str() == class)?
        }
    };
    let rate = |name: &str| flow["bwpFlow"].get(name).and_then(information_rate);
    let committed = rate("cir").or_else(|| rate("cirMax"))?;
    let excess = rate("eir").or_else(|| rate("eirMax")).unwrap_or_default();
    Some(Rate::new(committed, committed.bits().checked_add(excess.bits()).map(Bandwidth::from_bits)))
}

fn information_rate(rate: &Value) -> Option<Bandwidth> {
    let value = exact(rate.get("irValue")?)?;
    let unit = rate.get("irUnits")?.as_str()?;
    let (_, factor) = RATE_UNITS.iter().find(|(name, _)| *name == unit)?;
    let bits = value.checked_mul(Decimal::from(*factor))?;
    bits.is_integer().then(|| bits.to_u64()).flatten().map(Bandwidth::from_bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> ServiceView {
        view(&serde_json::from_value(value).unwrap(), &Relationships::default())
    }

    #[test]
    fn a_product_says_where_it_ends_what_it_costs_and_which_order_brought_it() {
        let related = |kind: &str, id: &str| json!({"relationshipType": kind, "id": id});
        let recurring = |value: Value, period: &str| {
            json!({"priceType": "recurring", "recurringChargePeriod": period,
                "price": {"dutyFreeAmount": {"unit": "USD", "value": value}}})
        };
        let whole = json!({"id": "x", "status": "active",
            "productRelationship": [related("CONNECTS_TO_UNI_Z", "z"), related("CONNECTS_TO_UNI_A", "a")],
            "productConfiguration": {"evcEndPointA": {"evcEndPointMap": {"vlanType": "LIST", "vlanId": [199]}}, "evcEndPointZ": {}},
            "productOrderItem": [{"productOrderId": "o", "productOrderItemId": "1"}],
            "productTerm": [{"name": "year", "duration": {"amount": 12, "units": "calendarMonths"}, "endOfTermAction": "autoRenew"}],
            "productPrice": [recurring(json!(100), "month"), recurring(json!(120), "year")]});
        let product = read(whole.clone());
        let end = |uni: &str, vlans: &[u16]| ServiceEnd {
            interface: ServiceId(uni.into()),
            vlans: Some(vlans.into()),
        };
        assert_eq!(product.ends, Some([end("a", &[199]), end("z", &[])]));
        assert_eq!((product.order, product.term.unwrap().value), (Some(OrderId("o".into())), 12));
        assert_eq!(product.monthly.unwrap().to_string(), "110.00 USD");
        // What is not shown in full is unknown.
        let without = |change: Value| {
            let mut product = whole.clone();
            super::super::product::merge(&mut product, &change);
            read(product)
        };
        let unknown = without(
            json!({"productConfiguration": {"evcEndPointA": {"evcEndPointMap": {"vlanType": "ALL", "vlanId": null}}}}),
        );
        assert_eq!(unknown.ends.unwrap()[0].vlans, None);
        assert_eq!(without(json!({"productRelationship": [related("CONNECTS_TO_UNI_A", "a")]})).ends, None);
        assert_eq!(without(json!({"productPrice": [recurring(json!(1), "month"), 7]})).monthly, None);
        assert_eq!(without(json!({"productPrice": [recurring(json!(null), "month")]})).monthly, None);
        assert_eq!(without(json!({"productPrice": null})).monthly, None);
    }

    #[test]
    fn an_access_eline_is_told_from_its_uni() {
        let point = |map: Value, mbps: u32| {
            json!({"ovcEndPointMap": map, "ingressBandwidthProfilePerClassOfServiceName": [
                {"classOfServiceName": "gold", "bwpFlow": {"cir": {"irValue": mbps, "irUnits": "MBPS"}}}]})
        };
        let related = |kind: &str, id: &str| json!({"relationshipType": kind, "id": id});
        let product = read(json!({"id": "x", "status": "active",
            "productRelationship": [related("CONNECTS_TO_ENNI", "nni"), related("CONNECTS_TO_UNI", "uni")],
            "productConfiguration": {"listOfClassOfServiceNames": ["gold"],
                "enniEp": point(json!({"mapType": "FORM_E", "ovcEndPointMapFormE": [1200]}), 20),
                "uniEp": point(json!({"mapType": "FORM_U", "ovcEndPointMapFormU": [7, 8]}), 10)}}));
        let end = |uni: &str, vlans: &[u16]| ServiceEnd {
            interface: ServiceId(uni.into()),
            vlans: Some(vlans.into()),
        };
        assert_eq!(product.ends, Some([end("uni", &[7, 8]), end("nni", &[1200])]));
        assert_eq!(product.class_of_service.as_deref(), Some("gold"));
        let rates = |view: &ServiceView| {
            view.rates.map(|rates| (rates.a_to_z.committed().bits(), rates.z_to_a.committed().bits()))
        };
        assert_eq!(rates(&product), Some((10_000_000, 20_000_000)));
        let turned = product.turned();
        assert_eq!(turned.ends, Some([end("nni", &[1200]), end("uni", &[7, 8])]));
        assert_eq!(rates(&turned), Some((20_000_000, 10_000_000)));
    }

    #[test]
    fn states_are_mapped_and_unknown_ones_survive() {
        for (word, state) in [
            ("pendingActive", ServiceState::Pending),
            ("active", ServiceState::Active),
            ("active.pendingChange", ServiceState::Changing),
            ("suspended", ServiceState::Suspended),
            ("suspendedPendingTerminate", ServiceState::Terminating),
            ("pendingTerminate", ServiceState::Terminating),
            ("cancelled", ServiceState::Gone),
            ("terminated", ServiceState::Gone),
            ("hibernating", ServiceState::Unknown("hibernating".into())),
        ] {
            let product =
                read(json!({"id": "x", "status": word, "startDate": "2027-01-01T00:00:00Z", "extra": 1}));
            assert_eq!(product.state, state);
            assert_eq!(product.started.is_some(), !matches!(word, "pendingActive" | "cancelled"), "{word}");
        }
    }

    #[test]
    fn rates_are_exact_and_by_direction() {
        let flow = |cir: Value, eir: Value| {
            json!({"ingressBandwidthProfilePerClassofServiceName": [
            {"classOfServiceName": "gold", "bwpFlow": {"cir": cir, "eir": eir}}]})
        };
        let rate = |value: Value, unit: &str| json!({"irValue": value, "irUnits": unit});
        let product = read(json!({"id": "x", "status": "active", "productConfiguration": {
            "@type": "urn:x", "listOfCosNames": ["gold"],
            "evcEndPointA": flow(rate(json!(2.5), "GBPS"), rate(json!(500), "MBPS")),
            "evcEndPointZ": flow(rate(json!(1000), "KBPS"), rate(json!(0), "BPS"))}}));
        let rates = product.rates.unwrap();
        assert_eq!(
            (rates.a_to_z.committed().bits(), rates.a_to_z.peak().bits()),
            (2_500_000_000, 3_000_000_000)
        );
        assert_eq!((rates.z_to_a.committed().bits(), rates.z_to_a.peak().bits()), (1_000_000, 1_000_000));
        assert_eq!(product.class_of_service.as_deref(), Some("gold"));
    }

    #[test]
    fn rates_that_cannot_be_read_are_unknown() {
        for configuration in
            [json!({}), json!([]), json!({"evcEndPointA": 7, "evcEndPointZ": null}), json!("x")]
        {
            let product = read(json!({"id": "x", "status": "active", "productConfiguration": configuration}));
            assert_eq!(product.rates, None);
        }
        assert_eq!(information_rate(&json!({"irValue": 0.5, "irUnits": "BPS"})), None);
        assert_eq!(information_rate(&json!({"irValue": 1, "irUnits": "FURLONGS"})), None);
    }
}
