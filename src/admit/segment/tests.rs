//! A segment is read exactly as the intent wrote it; what somebody else broke in it names the field.

use jiff::Timestamp;

use crate::admit::{Parsed, Refusal, segment};
use crate::model::{
    Bandwidth, Budget, Design, End, Interface, Product, Project, Rate, Rates, ServiceId, Term, TermEnd,
    TermUnit, VlanId,
};

const FULL: &str = "
intentRef: {namespace: training, name: checkpoints, uid: 7f3c}
leg: 0
replacement: 0
provider: {name: metro-fiber, address: 'https://metro.example'}
clientReference: seg-0123456789abcdef0123
project: acme/training/checkpoints
product: Evpl
ends:
- {name: gpus, site: ashburn, port: metro-1, uniProductId: UNI-A, vlan: 210}
- {name: store, site: chicago, port: metro-1, uniProductId: UNI-Z, vlan: 211}
revision: 3
intentGeneration: 4
design:
  committed: 2G
  peak: 4G
  reverseCommitted: 500M
  reversePeak: 1G
  frameSize: 9000
  classOfService: BULK
  distanceKm: 946
  term: {name: monthly, value: 12, unit: Month, atEnd: Roll, rollMonths: 1}
  readyBy: 2027-01-15T00:00:00Z
  purchaseOrder: PO-7
  endCustomer: Acme Corp
desired: Present
authority: {currency: USD, monthly: '3000.00', oneTime: '500.00', termination: '70.00'}
";

fn now() -> Timestamp {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

fn read(manifest: &str) -> Result<Parsed, Refusal> {
    segment(&serde_norway::from_str(manifest).unwrap(), now())
}

fn replaced(text: &str, other: &str) -> Result<Parsed, Refusal> {
    assert!(FULL.contains(text), "{text}");
    read(&FULL.replacen(text, other, 1))
}

#[test]
fn a_full_segment_is_read_as_written() {
    let bandwidth = |text: &str| text.parse::<Bandwidth>().unwrap();
    let end = |name: &str, uni: &str, vlan| End {
        identifier: name.into(),
        interface: Interface::Uni(ServiceId(uni.into())),
        vlan: VlanId::new(vlan),
    };
    let expected = Parsed {
        design: Design {
            product: Product::Evpl,
            a: end("gpus", "UNI-A", 210),
            z: end("store", "UNI-Z", 211),
            rates: Rates {
                a_to_z: Rate::new(bandwidth("2G"), Some(bandwidth("4G"))),
                z_to_a: Rate::new(bandwidth("500M"), Some(bandwidth("1G"))),
            },
            frame_size: Some(9000),
            class_of_service: "BULK".into(),
            distance_km: Some(946),
            term: Term {
                name: "monthly".into(),
                value: 12,
                unit: TermUnit::Month,
                at_end: TermEnd::Roll,
                roll: Some((1, TermUnit::Month)),
            },
            requested_completion: "2027-01-15T00:00:00Z".parse().unwrap(),
            purchase_order: Some("PO-7".into()),
            end_customer: Some("Acme Corp".into()),
        },
        project: Project("acme/training/checkpoints".into()),
        authority: Some(Budget {
            currency: "USD".parse().unwrap(),
            monthly: "3000".parse().unwrap(),
            one_time: "500".parse().unwrap(),
            termination: "70".parse().unwrap(),
        }),
    };
    assert_eq!(read(FULL), Ok(expected));
}

#[test]
fn a_whole_port_has_no_vlan_and_a_segment_that_is_not_wanted_no_authority() {
    let line = FULL.replace(", vlan: 210", "").replace(", vlan: 211", "").replace("Evpl", "Epl");
    let parsed = read(line.split_once("authority").unwrap().0).unwrap();
    assert_eq!(parsed.design.product, Product::Epl);
    assert_eq!((parsed.design.a.vlan, parsed.design.z.vlan, parsed.authority), (None, None, None));
}

#[test]
fn an_end_is_a_uni_an_enni_or_a_port_to_be_ordered_and_one_alone() {
    let access = FULL.replacen("product: Evpl", "product: AccessEline", 1).replacen(
        "uniProductId: UNI-Z",
        "enniProductId: NNI-Z",
        1,
    );
    let parsed = read(&access).unwrap();
    assert_eq!(
        (parsed.design.product, parsed.design.z.interface),
        (Product::AccessEline, Interface::Enni(ServiceId("NNI-Z".into())))
    );
    assert!(replaced("uniProductId: UNI-Z", "uniProductId: UNI-Z, enniProductId: NNI-Z").is_err());
}

#[test]
fn nothing_is_asked_for_yesterday() {
    let date = |text: &str| replaced("  readyBy: 2027-01-15T00:00:00Z\n", text).unwrap();
    for text in ["", "  readyBy: 2026-11-30T00:00:00Z\n"] {
        assert_eq!(date(text).design.requested_completion, now(), "{text}");
    }
}

#[test]
fn what_cannot_be_understood_names_its_field() {
    let second = "- {name: store, site: chicago, port: metro-1, uniProductId: UNI-Z, vlan: 211}\n";
    for (text, other, message) in [
        (second, "", "spec.ends: a segment has two ends"),
        ("vlan: 210", "vlan: 0", "spec.ends.vlan: 0 is no VLAN id"),
        ("vlan: 211", "vlan: 4095", "spec.ends.vlan: 4095 is no VLAN id"),
        ("committed: 2G", "committed: fast", "spec.design.committed: `fast` is no bandwidth"),
        ("peak: 4G", "peak: faster", "spec.design.peak: `faster` is no bandwidth"),
        ("500M", "slow", "spec.design.reverseCommitted: `slow` is no bandwidth"),
        ("reversePeak: 1G", "reversePeak: less", "spec.design.reversePeak: `less` is no bandwidth"),
        ("9000", "-1", "spec.design.frameSize: -1 is out of range"),
        ("946", "-1", "spec.design.distanceKm: -1 is out of range"),
        ("value: 12", "value: -12", "spec.design.term.value: -12 is out of range"),
        ("rollMonths: 1", "rollMonths: -1", "spec.design.term.rollMonths: -1 is out of range"),
        ("currency: USD", "currency: usd", "spec.authority.currency: `usd` is no currency"),
        ("'3000.00'", "much", "spec.authority.monthly: `much` is no amount"),
        ("'500.00'", "more", "spec.authority.oneTime: `more` is no amount"),
        ("'70.00'", "most", "spec.authority.termination: `most` is no amount"),
    ] {
        let refusal = replaced(text, other).expect_err(other);
        assert_eq!(refusal.reason, "Invalid", "{other}");
        assert!(refusal.message.starts_with(message), "{other}: {refusal}");
    }
}
