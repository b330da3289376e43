//! Ports of a service's own, over HTTP with the simulated seller: asked for, ordered, read and ended with their connection.

use std::time::Duration;

use naas_operator::clock::Clock as _;
use naas_operator::model::{
    Address, Bandwidth, Change, Connector, Design, Interface, NewUni, Operation, OrderState, Place, Quote,
    Rate, Rates, Role, ServiceId, ServiceState, Site, Term, TermEnd, TermUnit,
};
use naas_operator::provider::Provider;
use serde_json::json;

use super::account::order;
use super::simulator::{Market, asked, live, offered};

/// A port of the service's own at one of the simulator's sites, for the only term it is sold for.
fn new_uni(site: Site) -> Interface {
    let term = Term {
        name: "one year".into(),
        value: 12,
        unit: TermUnit::Month,
        at_end: TermEnd::Renew,
        roll: None,
    };
    Interface::NewUni(Box::new(NewUni {
        offering: "MF-UNI".into(),
        physical_link: "10GBASE_LR".into(),
        connector: Some(Connector::Lc),
        frame_size: Some(9100),
        site,
        term: Some(term),
    }))
}

fn at_both_ends() -> Design {
    let mut design = asked();
    design.a.interface = new_uni(Site::Known(Place::Site("MF-SITE-ASH".into())));
    design.z.interface = new_uni(Site::At(Address {
        country: "US".into(),
        state_or_province: Some("IL".into()),
        city: "Chicago".into(),
        postcode: Some("60616".into()),
        street_name: "East Cermak".into(),
        street_nr: Some("350".into()),
        street_type: Some("Road".into()),
        locality: None,
    }));
    design
}

/// What a quote costs per month and at once.
fn costs(quote: &Quote) -> (String, String) {
    let (monthly, one_time) = quote.totals("USD".parse().unwrap()).unwrap();
    (monthly.to_string(), one_time.to_string())
}

#[tokio::test]
async fn a_service_with_ports_of_its_own_is_one_quote_one_order_and_one_end() {
    for delivery in ["Immediate", "Deferred"] {
        let stage = json!({"delivery": delivery});
        let market = Market::open(
            &[("requiresQualification: false\n\norder:", "requiresQualification: true\n\norder:")],
            &[("poq", stage.clone()), ("quote", stage)],
        )
        .await;
        let design = at_both_ends();
        let (qualification, quote) = market.offer(&design, &Change::Add).await;
        assert_eq!(qualification.ports.len(), 2);
        // Ten business days for the ports, none for the connection.
        assert!(qualification.installation_interval > Some(Duration::from_secs(10 * 86_400)));
        assert_eq!(quote.ports.len(), 2);
        assert_eq!(costs(&quote), ("2025.00".into(), "2250.00".into()), "1125 + 2 x 450, 250 + 2 x 1000");
        let operation =
            Operation::Add { design: Box::new(design.clone()), offer: offered(qualification, quote) };
        let id = market.place(&order(1, operation)).await;
        market.pass(60);
        let completed = market.order(&id).await;
        assert_eq!(completed.state, OrderState::Completed, "{completed:?}");
        let [(Role::Evc, evc), (Role::UniA, uni_a), (Role::UniZ, uni_z)] = completed.services.as_slice()
        else {
            panic!("{completed:?}")
        };
        for id in [evc, uni_a, uni_z] {
            assert_eq!(market.service(id).await.state, ServiceState::Active);
        }
        let on_it = market.provider.carried(uni_a).await.unwrap();
        assert_eq!(on_it.iter().map(|found| &found.id).collect::<Vec<_>>(), [evc]);
        assert!(market.provider.carried(evc).await.unwrap().is_empty());

        // A change is one of the connection: it goes on where it is.
        let rate = Rate::new(Bandwidth::from_bits(3_000_000_000), None);
        let wider = Design { rates: Rates { a_to_z: rate, z_to_a: rate }, ..design };
        let (qualification, quote) = market.offer(&wider, &Change::Modify(evc.clone())).await;
        assert!(quote.ports.is_empty());
        let offer = offered(qualification, quote);
        let operation = Operation::Modify { service: evc.clone(), design: Box::new(wider.clone()), offer };
        let id = market.place(&order(2, operation)).await;
        market.pass(60);
        assert_eq!(market.order(&id).await.state, OrderState::Completed);
        assert_eq!(market.service(evc).await.rates, Some(wider.rates));

        let services = vec![evc.clone(), uni_a.clone(), uni_z.clone()];
        let requested_completion = market.account.clock.now();
        let id = market.place(&order(3, Operation::Disconnect { services, requested_completion })).await;
        market.pass(60);
        assert_eq!(market.order(&id).await.state, OrderState::Completed);
        for id in [evc, uni_a, uni_z] {
            assert_eq!(market.service(id).await.state, ServiceState::Gone);
        }
        let audit = market.seller.audit().unwrap();
        assert!(audit.orphans.is_empty() && audit.twins.is_empty(), "{audit:#?}");
        market.check();
    }
}

#[tokio::test]
async fn one_port_of_its_own_and_one_that_is_there() {
    let market = Market::open(&[], &[]).await;
    let design = Design { a: asked().a, ..at_both_ends() };
    let (qualification, quote) = market.offer(&design, &Change::Add).await;
    assert_eq!(qualification.ports.keys().collect::<Vec<_>>(), [&Role::UniZ]);
    assert_eq!(costs(&quote), ("1575.00".into(), "1250.00".into()));
    let operation = Operation::Add { design: Box::new(design), offer: offered(qualification, quote) };
    let id = market.place(&order(1, operation)).await;
    market.pass(60);
    let completed = market.order(&id).await;
    let roles: Vec<Role> = completed.services.iter().map(|(role, _)| *role).collect();
    assert_eq!((completed.state, roles), (OrderState::Completed, vec![Role::Evc, Role::UniZ]));
    market.check();
}

#[tokio::test]
async fn an_order_that_ends_in_part_tells_what_is_there() {
    let rehearsal = "rehearsals: [{name: landlord, on: Order, matching: {action: add}, effect: {unable: {reason: \
                     no access, items: [\"3\"]}}}]";
    let market = Market::open(&[("rehearsals: []", rehearsal)], &[]).await;
    let (qualification, quote) = market.offer(&at_both_ends(), &Change::Add).await;
    let operation = Operation::Add { design: Box::new(at_both_ends()), offer: offered(qualification, quote) };
    let id = market.place(&order(1, operation)).await;
    market.pass(60);
    let ended = market.order(&id).await;
    assert_eq!(ended.state, OrderState::Partial);
    assert!(ended.failed.contains(&Role::UniZ) && !ended.failed.contains(&Role::UniA), "{ended:?}");
    assert!(ended.reason.as_deref().unwrap_or_default().contains("no access"), "{ended:?}");
    for (role, id) in &ended.services {
        let gone = market.service(id).await.state == ServiceState::Gone;
        assert_eq!(gone, ended.failed.contains(role), "{role:?}");
    }
    market.check();
}

#[tokio::test]
async fn what_a_port_carries_is_read_product_by_product() {
    for ignored in ["ignoredFilters: []", "ignoredFilters: [relatedProductId]"] {
        let market = Market::open(&[("ignoredFilters: []", ignored)], &[]).await;
        let (_, service) = live(&market, &asked()).await;
        let carried = async |uni: &str| -> Vec<String> {
            let found = market.provider.carried(&ServiceId(uni.into())).await.unwrap();
            found.into_iter().map(|product| product.id.0).collect()
        };
        let mut both = vec!["MF-PRD-LEGACY-1".to_owned(), service.0.clone()];
        both.sort();
        assert_eq!(carried("MF-UNI-CHI-1").await, both, "{ignored}");
        assert!(carried("MF-UNI-NYC-1").await.is_empty(), "{ignored}");
        market.check();
    }
}
