//! An account is read exactly as it is written, or refused by field; nobody is let in by an oversight.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::admit::{Refusal, account, consumers_allow, requests_per_minute};
use crate::api::{Consumers, RequestBudget};
use crate::model::{
    Account, Amount, Calendar, Cap, ChangeRules, Country, EarlyTermination, Limits, Product, RouteRisks,
    ServiceClass, ServiceLevel, Term, TermEnd, TermUnit,
};

const FULL: &str = "
purchasing: Enabled
jurisdictions: [us, CA]
requests: {perMinute: 120}
limits:
  currency: USD
  perOrder: {monthly: '5000.00', oneTime: '1000.00'}
  total: {monthly: '20000.00', oneTime: '4000.00'}
riskGroups:
- groups: [metro-core]
- {between: [ashburn, chicago], groups: [b-and-o-duct, lake-shore-duct]}
lso:
  address: https://metro.example
  offerings: [{product: Epl, id: EPL}, {product: Evpl, id: EVPL}]
  classesOfService:
  - name: REALTIME
    maxKm: 1000
    sitePairs: [{a: ashburn, z: chicago}]
    eir: true
    sls:
      agreement: MSA-7
      frameDelay: [{percentile: '99', oneWay: 12ms}, {percentile: '99.9', oneWay: 15ms}]
      ifdv: {percentile: '99', spacing: 1s, value: 2ms}
      fdr: {percentile: '95', oneWay: 3ms}
      flrPercent: '0.01'
      availabilityPercent: '99.99'
  - {name: BULK}
  bandwidthSteps: [1G, 2.5G]
  terms:
  - {name: one year, value: 1, unit: Year, atEnd: Renew}
  - {name: monthly, value: 30, unit: Day, atEnd: Roll, rollMonths: 1}
  currency: USD
  vlanTranslation: true
  modify: {termRestarts: Never, decrease: Allowed}
  installationInterval: 240h
  calendar: {holidays: [2026-12-25]}
  earlyTermination: {percentOfRemaining: '50', fee: '100.00'}
";

fn read(manifest: &str) -> Result<Account, Refusal> {
    account("metro-fiber", &serde_norway::from_str(manifest).unwrap())
}

/// What is said when this text of the full account is another.
fn refused(text: &str, other: &str) -> (&'static str, String) {
    assert!(FULL.contains(text), "{text}");
    let refusal = read(&FULL.replacen(text, other, 1)).expect_err(other);
    (refusal.reason, refusal.message)
}

fn cap(monthly: &str, one_time: &str) -> Cap {
    Cap { monthly: monthly.parse().unwrap(), one_time: one_time.parse().unwrap() }
}

#[test]
fn a_full_account_is_read_as_written() {
    let usd = "USD".parse().unwrap();
    let at = |percentile: &str, millis| (percentile.parse().unwrap(), Duration::from_millis(millis));
    let realtime = ServiceClass {
        name: "REALTIME".into(),
        max_km: Some(1000),
        site_pairs: vec![("ashburn".into(), "chicago".into())],
        excess: true,
        level: ServiceLevel {
            frame_delay: vec![at("99", 12), at("99.9", 15)],
            ifdv: Some(at("99", 2)),
            fdr: Some(at("95", 3)),
            loss: "0.01".parse().ok(),
            availability: "99.99".parse().ok(),
            contracted: true,
        },
    };
    let bulk = ServiceClass {
        name: "BULK".into(),
        max_km: None,
        site_pairs: Vec::new(),
        excess: false,
        level: ServiceLevel::default(),
    };
    let term = |name: &str, value, unit, at_end, roll| Term { name: name.into(), value, unit, at_end, roll };
    let expected = Account {
        name: "metro-fiber".into(),
        seller: "https://metro.example".into(),
        currency: usd,
        held: false,
        limits: Limits { currency: usd, per_order: cap("5000", "1000"), total: cap("20000", "4000") },
        products: BTreeSet::from([Product::Epl, Product::Evpl]),
        classes: vec![realtime, bulk],
        steps: vec!["1G".parse().unwrap(), "2500M".parse().unwrap()],
        terms: vec![
            term("one year", 1, TermUnit::Year, TermEnd::Renew, None),
            term("monthly", 30, TermUnit::Day, TermEnd::Roll, Some((1, TermUnit::Month))),
        ],
        translates_vlans: true,
        change: ChangeRules { restarts_term: false, decrease: true },
        early_termination: Some(EarlyTermination {
            of_remaining: "50".parse().unwrap(),
            fee: "100".parse().unwrap(),
        }),
        calendar: Some(Calendar { holidays: BTreeSet::from(["2026-12-25".parse().unwrap()]) }),
        installation: Some(Duration::from_secs(240 * 3_600)),
        jurisdictions: ["CA", "US"].into_iter().filter_map(Country::named).collect(),
        risks: vec![
            RouteRisks { between: None, groups: BTreeSet::from(["metro-core".into()]) },
            RouteRisks {
                between: Some(("ashburn".into(), "chicago".into())),
                groups: BTreeSet::from(["b-and-o-duct".into(), "lake-shore-duct".into()]),
            },
        ],
    };
    assert_eq!(read(FULL), Ok(expected));
}

#[test]
fn the_risks_of_a_route_are_all_that_is_stated_about_it() {
    let account = read(FULL).unwrap();
    let both = Some(BTreeSet::from(["metro-core", "b-and-o-duct", "lake-shore-duct"]));
    assert_eq!(account.route_risks("ashburn", "chicago"), both);
    assert_eq!(account.route_risks("chicago", "ashburn"), both);
    assert_eq!(account.route_risks("ashburn", "newyork"), Some(BTreeSet::from(["metro-core"])));
    let some = Account { risks: account.risks[1..].to_vec(), ..account };
    assert_eq!(some.route_risks("ashburn", "newyork"), None, "nothing stated is nothing known");
    assert_eq!(
        refused("groups: [metro-core]", "groups: []"),
        ("Invalid", "spec.riskGroups.groups: name what breaks these routes; what shares nothing has a group of its own".into())
    );
    assert_eq!(
        refused("[ashburn, chicago], groups", "[ashburn], groups"),
        ("Invalid", "spec.riskGroups.between: name two sites, or leave it out".into())
    );
}

#[test]
fn two_accounts_at_one_seller_have_one_seller() {
    let seller =
        |address: &str| read(&FULL.replacen("address: https://metro.example", address, 1)).unwrap().seller;
    assert_eq!(seller("address: https://Metro.example/"), seller("address: https://metro.example"));
    assert_ne!(seller("address: https://other.example"), seller("address: https://metro.example"));
    let behind = |id: &str| seller(&format!("address: https://metro.example\n  sellerId: {id}"));
    assert_ne!(behind("one"), behind("two"));
}

#[test]
fn what_is_left_out_is_the_careful_reading() {
    let found = read(
        "
        limits:
          currency: USD
          perOrder: {monthly: '1', oneTime: '1'}
          total: {monthly: '1', oneTime: '1'}
        lso:
          address: https://metro.example
          offerings: [{product: Evpl, id: EVPL}]
          classesOfService: [{name: BULK, sls: {flrPercent: '1'}}]
          terms: [{name: one year, value: 1, unit: Year, atEnd: Renew}]
          currency: USD
        ",
    )
    .unwrap();
    assert!(found.held, "an account buys nothing until it is told to");
    assert_eq!(found.change, ChangeRules { restarts_term: true, decrease: false });
    assert!(!found.translates_vlans);
    assert!(!found.classes[0].level.contracted, "nobody owes figures that no order and no agreement carries");
    assert_eq!((found.early_termination, found.calendar, found.installation), (None, None, None));
}

#[test]
fn figures_that_go_with_the_order_are_owed() {
    let contracted =
        |text: &str| read(&FULL.replacen("agreement: MSA-7", text, 1)).unwrap().classes[0].level.contracted;
    assert!(contracted("send: Copy"));
    assert!(!contracted("send: Never"));
}

#[test]
fn access_eline_is_sold_to_service_providers() {
    let (evpl, access) = ("{product: Evpl, id: EVPL}", "{product: AccessEline, id: ACCESS}");
    let why = "spec.lso.offerings: AccessEline is sold to service providers: state role: ServiceProvider";
    assert_eq!(refused(evpl, access), ("Invalid", why.to_owned()));
    let provider = FULL.replacen(evpl, access, 1) + "  role: ServiceProvider\n";
    assert!(read(&provider).unwrap().products.contains(&Product::AccessEline));
}

#[test]
fn a_fee_without_a_fixed_sum_is_a_share_alone() {
    let found = read(&FULL.replacen(", fee: '100.00'", "", 1)).unwrap();
    assert_eq!(found.early_termination.unwrap().fee, Amount::ZERO);
}

#[test]
fn an_account_needs_an_adapter() {
    let without = FULL.split_once("lso:").unwrap().0;
    let refusal = read(without).unwrap_err();
    assert_eq!(
        (refusal.reason, refusal.message.as_str()),
        ("Invalid", "spec: state exactly one adapter block: lso")
    );
}

#[test]
fn limits_are_in_the_currency_that_is_quoted() {
    assert_eq!(
        refused("\n  currency: USD\n  perOrder", "\n  currency: EUR\n  perOrder"),
        ("Invalid", "spec.limits.currency: the seller quotes in USD: state the limits in USD".into())
    );
}

#[test]
fn what_cannot_be_understood_names_its_field() {
    for (text, other, message) in [
        ("USD\n  vlan", "dollar\n  vlan", "spec.lso.currency: `dollar` is no currency"),
        (
            "currency: USD\n  perOrder",
            "currency: usd\n  perOrder",
            "spec.limits.currency: `usd` is no currency",
        ),
        ("'5000.00'", "'5k'", "spec.limits.perOrder.monthly: `5k` is no amount"),
        ("'5000.00'", "'-0.01'", "spec.limits.perOrder.monthly: -0.01 is below zero: write 0 or more"),
        ("'100.00'", "'-1'", "spec.lso.earlyTermination: -1.00 is below zero"),
        ("'1000.00'", "'1k'", "spec.limits.perOrder.oneTime: `1k` is no amount"),
        ("'20000.00'", "''", "spec.limits.total.monthly: `` is no amount"),
        ("'4000.00'", "'.'", "spec.limits.total.oneTime: `.` is no amount"),
        ("1000\n", "-1\n", "spec.lso.classesOfService[REALTIME]: -1 is out of range"),
        ("'99', oneWay", "'0', oneWay", "spec.lso.classesOfService[REALTIME]: `0` is no percentile"),
        ("12ms", "12", "spec.lso.classesOfService[REALTIME]: `12` is no duration"),
        ("value: 2ms", "value: 2", "spec.lso.classesOfService[REALTIME]: `2` is no duration"),
        ("'95'", "p95", "spec.lso.classesOfService[REALTIME]: `p95` is no percentile"),
        ("'0.01'", "'-1'", "spec.lso.classesOfService[REALTIME]: `-1` is no percentage"),
        ("120", "0", "spec.requests.perMinute: 0 is not from 1 to 60000"),
        ("120", "60001", "spec.requests.perMinute: 60001 is not from 1 to 60000"),
        ("'99.99'", "'101'", "spec.lso.classesOfService[REALTIME]: `101` is no percentage"),
        ("2.5G", "2.5Gb", "spec.lso.bandwidthSteps: `2.5Gb` is no bandwidth"),
        ("value: 30", "value: -30", "spec.lso.terms: -30 is out of range"),
        ("rollMonths: 1", "rollMonths: -1", "spec.lso.terms: -1 is out of range"),
        ("240h", "ten days", "spec.lso.installationInterval: `ten days` is no duration"),
        ("2026-12-25", "Christmas", "spec.lso.calendar.holidays: "),
        ("'50'", "half", "spec.lso.earlyTermination: `half` is no percentage"),
        ("'100.00'", "'1e2'", "spec.lso.earlyTermination: `1e2` is no amount"),
    ] {
        let (reason, words) = refused(text, other);
        assert_eq!(reason, "Invalid", "{other}");
        assert!(words.starts_with(message), "{other}: {words}");
    }
}

#[test]
fn the_budget_of_requests_is_600_a_minute_where_nothing_is_stated() {
    let stated = |number| RequestBudget { per_minute: number };
    assert_eq!(requests_per_minute(None).unwrap().get(), 600);
    assert_eq!(requests_per_minute(Some(&stated(60_000))).unwrap().get(), 60_000);
    assert_eq!(requests_per_minute(Some(&stated(1))).unwrap().get(), 1);
    requests_per_minute(Some(&stated(-1))).unwrap_err();
}

/// Whether these consumers include namespace `training`, labelled as a team of tier gpu.
fn allows(consumers: &str) -> bool {
    let labels = BTreeMap::from([("team".to_owned(), "ml".to_owned()), ("tier".into(), "gpu".into())]);
    let consumers: Consumers = serde_norway::from_str(consumers).unwrap();
    consumers_allow(Some(&consumers), "training", Some(&labels))
}

#[test]
fn consumers_are_named_one_by_one() {
    assert!(!consumers_allow(None, "training", None));
    assert!(allows("{namespaces: [other, training]}"));
    assert!(!allows("{namespaces: [train, training-2]}"));
    assert!(!allows("{}"));
    assert!(allows("{namespaces: [training], selector: {matchLabels: {team: web}}}"), "either will do");
}

#[test]
fn consumers_are_selected_by_label_as_kubernetes_does() {
    for (selector, expected) in [
        ("{matchLabels: {team: ml}}", true),
        ("{matchLabels: {team: ml, tier: gpu}}", true),
        ("{matchLabels: {team: ml, tier: cpu}}", false),
        ("{matchLabels: {zone: a}}", false),
        ("{matchExpressions: [{key: team, operator: In, values: [web, ml]}]}", true),
        ("{matchExpressions: [{key: team, operator: In, values: [web]}]}", false),
        ("{matchExpressions: [{key: zone, operator: In, values: [a]}]}", false),
        ("{matchExpressions: [{key: team, operator: NotIn, values: [web]}]}", true),
        ("{matchExpressions: [{key: zone, operator: NotIn, values: [a]}]}", true),
        ("{matchExpressions: [{key: team, operator: NotIn, values: [ml]}]}", false),
        ("{matchExpressions: [{key: team, operator: Exists}]}", true),
        ("{matchExpressions: [{key: zone, operator: Exists}]}", false),
        ("{matchExpressions: [{key: zone, operator: DoesNotExist}]}", true),
        ("{matchExpressions: [{key: team, operator: DoesNotExist}]}", false),
        ("{matchExpressions: [{key: team, operator: Near, values: [ml]}]}", false),
        ("{matchLabels: {team: ml}, matchExpressions: [{key: tier, operator: DoesNotExist}]}", false),
        ("{}", false),
        ("{matchLabels: {}}", false),
    ] {
        assert_eq!(allows(&format!("{{selector: {selector}}}")), expected, "{selector}");
    }
    let consumers = serde_norway::from_str("{selector: {matchLabels: {team: ml}}}").unwrap();
    assert!(!consumers_allow(Some(&consumers), "training", None), "a namespace without labels");
}
