//! Access E-Line, over HTTP with the simulated seller: from a UNI to an ENNI, whichever end is first, on other VLANs at each end.

use std::time::Duration;

use naas_operator::clock::Clock as _;
use naas_operator::model::{
    Bandwidth, Change, Design, End, Interface, Operation, OrderState, Product, Rate, Rates, Role, ServiceEnd,
    ServiceId, ServiceState, ServiceView, VlanId,
};
use naas_operator::provider::{Progress, Provider};
use serde_json::json;

use super::account::order;
use super::simulator::{Market, asked, live, offered};

const ENNI: &str = "MF-ENNI-CHI-1";

/// Metro Fiber with an ENNI in Chicago, as an operator to which we are a service provider.
async fn market() -> Market {
    let sold = "- id: MF-ACCESS
  product: AccessEline
  classesOfService: [BUSINESS]
  bandwidth: {min: 100M, max: 10G, step: 100M}
  installationInterval: {amount: 0, units: calendarDays}
  terms: *terms
  prices:
  - {classOfService: BUSINESS, period: month, base: \"150.00\", perMbps: \"0.20\", install: \"200.00\"}
- id: MF-UNI
";
    let enni = format!(
        "ennis:\n- {{id: {ENNI}, site: MF-SITE-CHI, bandwidth: 100G, maxEndPoints: 2, sVlans: 1000-1999}}\n\nsitePairs:"
    );
    let offerings =
        json!([{"product": "AccessEline", "id": "MF-ACCESS"}, {"product": "Evpl", "id": "MF-EVPL"}]);
    Market::open(
        &[("- id: MF-UNI\n", sold), ("sitePairs:", &enni)],
        &[("role", json!("ServiceProvider")), ("offerings", offerings)],
    )
    .await
}

/// From the tagged UNI in Ashburn to the ENNI, with other rates each way.
fn access() -> Design {
    let evpl = asked();
    let rate = |bits| Rate::new(Bandwidth::from_bits(bits), None);
    Design {
        product: Product::AccessEline,
        z: End {
            identifier: "core".into(),
            interface: Interface::Enni(ServiceId(ENNI.into())),
            vlan: VlanId::new(1200),
        },
        rates: Rates { a_to_z: rate(2_000_000_000), z_to_a: rate(1_000_000_000) },
        ..evpl
    }
}

/// The same service, told from its other end.
fn turned(design: &Design) -> Design {
    let Rates { a_to_z, z_to_a } = design.rates;
    let rates = Rates { a_to_z: z_to_a, z_to_a: a_to_z };
    Design { a: design.z.clone(), z: design.a.clone(), rates, ..design.clone() }
}

/// The UNI and its VLAN, the ENNI and its S-VLAN.
fn ends() -> [ServiceEnd; 2] {
    let end = |id: &str, vlan| ServiceEnd { interface: ServiceId(id.into()), vlans: Some(vec![vlan]) };
    [end("MF-UNI-ASH-1", 210), end(ENNI, 1200)]
}

#[tokio::test]
async fn an_access_eline_is_bought_changed_read_and_ended() {
    for from_enni in [false, true] {
        let market = market().await;
        let design = if from_enni { turned(&access()) } else { access() };
        let told = |view: ServiceView| if from_enni { view.turned() } else { view };
        let (qualification, quote) = market.offer(&design, &Change::Add).await;
        // 2 Gbit/s is the larger way: 150 + 2000 x 0.20, less 10 % for a month.
        let (monthly, one_time) = quote.totals("USD".parse().unwrap()).unwrap();
        assert_eq!((monthly.to_string(), one_time.to_string()), ("495.00".into(), "200.00".into()));
        let operation =
            Operation::Add { design: Box::new(design.clone()), offer: offered(qualification, quote) };
        let id = market.place(&order(1, operation)).await;
        market.pass(60);
        let completed = market.order(&id).await;
        assert_eq!(completed.state, OrderState::Completed, "{completed:?}");
        let [(Role::Evc, service)] = completed.services.as_slice() else { panic!("{completed:?}") };
        let seen = market.service(service).await;
        assert_eq!((&seen.state, &seen.ends), (&ServiceState::Active, &Some(ends())));
        assert_eq!(told(seen).rates, Some(design.rates));
        let on_it = market.provider.carried(&ServiceId(ENNI.into())).await.unwrap();
        assert_eq!(on_it.iter().map(|found| &found.id).collect::<Vec<_>>(), [service]);

        let rate = Rate::new(Bandwidth::from_bits(3_000_000_000), None);
        let wider = Design { rates: Rates { a_to_z: rate, z_to_a: design.rates.z_to_a }, ..design };
        let (qualification, quote) = market.offer(&wider, &Change::Modify(service.clone())).await;
        let offer = offered(qualification, quote);
        let operation =
            Operation::Modify { service: service.clone(), design: Box::new(wider.clone()), offer };
        let id = market.place(&order(2, operation)).await;
        market.pass(60);
        assert_eq!(market.order(&id).await.state, OrderState::Completed);
        let seen = market.service(service).await;
        assert_eq!((&seen.ends, told(seen.clone()).rates), (&Some(ends()), Some(wider.rates)));

        let requested_completion = market.account.clock.now() + Duration::from_secs(1);
        let services = vec![service.clone()];
        let id = market.place(&order(3, Operation::Disconnect { services, requested_completion })).await;
        market.pass(60);
        assert_eq!(market.order(&id).await.state, OrderState::Completed);
        assert_eq!(market.service(service).await.state, ServiceState::Gone);
        assert_eq!(market.service(&ServiceId(ENNI.into())).await.state, ServiceState::Active, "it stays");
        let audit = market.seller.audit().unwrap();
        assert!(audit.orphans.is_empty() && audit.twins.is_empty(), "{audit:#?}");
        market.check();
    }
}

#[tokio::test]
async fn an_s_vlan_is_given_once_and_a_vlan_of_the_customer_is_another_thing() {
    let market = market().await;
    live(&market, &access()).await;
    let design = |vlan: u16, s_vlan: u16| {
        let mut design = access();
        (design.a.vlan, design.z.vlan) = (VlanId::new(vlan), VlanId::new(s_vlan));
        design
    };
    let answer = async |design: &Design| match market.provider.qualify(design, &Change::Add).await {
        Ok(Progress::Ready(answer)) => {
            format!("{:?} {}", answer.confidence, answer.reason.unwrap_or_default())
        }
        other => format!("{other:?}"),
    };
    let taken = answer(&design(211, 1200)).await;
    assert!(taken.contains("VLAN 1200 is in use at the ENNI"), "{taken}");
    let outside = answer(&design(211, 211)).await;
    assert!(outside.contains("VLAN 211 may not be used at this port"), "{outside}");
    live(&market, &design(211, 1201)).await;
    let full = answer(&design(212, 1202)).await;
    assert!(full.contains("the ENNI carries 2 service(s)"), "{full}");
    market.check();
}
