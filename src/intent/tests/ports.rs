//! Ports of a service's own as candidates: those that are there come first, and what is ordered is frozen in the segment.

use super::fixture::*;
use crate::api::{ProductRole, SegmentPlace};
use crate::intent::decide::{Rest, Step, decide};
use crate::intent::facts::Facts;
use crate::intent::offers;
use crate::intent::record::{notes, status};
use crate::model::{Existing, Interface, NewUni, Place, Port, PortMode, Product, Site};
use crate::planning::Candidate;

/// Ashburn has a port of metro fiber to be ordered, besides the one that is there.
fn with_port() -> Facts {
    let mut facts = new();
    let (ashburn, _) = facts.sites.as_mut().unwrap();
    let own = Port {
        name: "a-first-by-name".into(),
        interface: Interface::NewUni(Box::new(NewUni {
            offering: "UNI".into(),
            physical_link: "100GBASE_LR4".into(),
            connector: None,
            frame_size: Some(9100),
            site: Site::Known(Place::Site("S-1".into())),
            term: None,
        })),
        ..ashburn.ports[0].clone()
    };
    ashburn.ports.insert(0, own);
    facts
}

fn there(facts: &mut Facts) -> &mut Port {
    let (ashburn, _) = facts.sites.as_mut().unwrap();
    ashburn.ports.iter_mut().find(|port| port.account == METRO && !port.is_dedicated()).unwrap()
}

fn candidate(facts: &Facts) -> Candidate {
    let request = facts.request.clone().unwrap();
    offers::market(facts, &request).direct(METRO).unwrap().paths[0].legs[0].clone()
}

#[test]
fn a_port_that_is_there_comes_first_where_it_fits() {
    let mut facts = with_port();
    assert!(!candidate(&facts).a.is_dedicated());
    assert_eq!(candidate(&facts).notes().count(), 0);
    there(&mut facts).capacity = "1G".parse().ok();
    assert!(candidate(&facts).a.is_dedicated(), "too narrow");
    there(&mut facts).capacity = None;
    edit(&mut facts, |spec| spec.frame_size = Some(9000));
    there(&mut facts).max_frame_size = Some(1522);
    assert!(candidate(&facts).a.is_dedicated(), "too short frames");
    there(&mut facts).offered = false;
    assert!(candidate(&facts).a.is_dedicated(), "somebody else's");
}

#[test]
fn what_runs_already_is_looked_for_on_ports_that_are_there() {
    let mut facts = with_port();
    there(&mut facts).capacity = "1G".parse().ok();
    let mut request = facts.request.clone().unwrap();
    assert!(candidate(&facts).a.is_dedicated());
    request.existing = Some(Existing { account: METRO.into(), service: None });
    let market = offers::market(&facts, &request);
    assert!(market.direct(METRO).is_none(), "too narrow, and no other");
}

/// A service that takes whole ports which are there is cheaper than one for which two are ordered.
#[test]
fn ports_that_are_there_decide_about_the_product_too() {
    let mut facts = with_port();
    account(&mut facts, METRO).products.insert(Product::Epl);
    assert_eq!(candidate(&facts).product, Product::Evpl);
    there(&mut facts).mode = PortMode::Whole;
    let (_, chicago) = facts.sites.as_mut().unwrap();
    let whole = Port { name: "whole".into(), mode: PortMode::Whole, ..chicago.ports[0].clone() };
    chicago.ports.push(whole);
    assert_eq!(candidate(&facts).product, Product::Epl);
    assert!(!candidate(&facts).a.is_dedicated());
}

#[test]
fn why_a_port_is_ordered_is_told_in_the_plan() {
    let mut facts = with_port();
    there(&mut facts).offered = false;
    offered(&mut facts, METRO, "1125.00");
    offered(&mut facts, WAVE, "1200.00");
    let words = "metro-fiber: port a-first-by-name is ordered with the service";
    assert!(notes(&facts).iter().any(|note| note.starts_with(words)), "{:?}", notes(&facts));
}

#[test]
fn what_is_ordered_is_frozen_and_another_port_is_another_segment() {
    let mut facts = with_port();
    there(&mut facts).offered = false;
    offered(&mut facts, METRO, "1125.00");
    let [end, _] = segment(&facts, METRO).spec.ends.as_slice() else { panic!("two ends") };
    let port = end.dedicated.clone().unwrap();
    assert_eq!((end.uni_product_id.as_ref(), port.physical_link.as_str()), (None, "100GBASE_LR4"));
    assert_eq!(port.place, SegmentPlace { site_id: Some("S-1".into()), address_id: None, address: None });
    assert_eq!(port.frame_size, Some(9100));
    assert_eq!(
        segment(&facts, METRO).spec.roles().collect::<Vec<_>>(),
        [ProductRole::Evc, ProductRole::UniA]
    );
    let (ashburn, _) = facts.sites.as_mut().unwrap();
    let Interface::NewUni(new) = &mut ashburn.ports[0].interface else { panic!("a port to be ordered") };
    new.physical_link = "10GBASE_LR".into();
    assert!(matches!(decide(&facts), Step::Drop(_)), "an offer for another port is no offer");
}

#[test]
fn a_bought_port_stays_what_it_is_whatever_is_written_of_it_since() {
    let mut facts = with_port();
    there(&mut facts).offered = false;
    offered(&mut facts, METRO, "1125.00");
    offered(&mut facts, WAVE, "1200.00");
    run(&mut facts);
    record(&mut facts, METRO, "operation: Add, state: Settled, orderId: ORD-1");
    runs(&mut facts, "2G");
    assert_eq!(run(&mut facts).1, Rest::Active);
    let (ashburn, _) = facts.sites.as_mut().unwrap();
    let Interface::NewUni(new) = &mut ashburn.ports[0].interface else { panic!("a port to be ordered") };
    new.physical_link = "10GBASE_LR".into();
    edit(&mut facts, |spec| spec.bandwidth.committed = "4G".into());
    let wanted = aligned(&facts);
    assert_eq!(wanted.design.committed.0, "4G");
    assert_eq!(wanted.ends, segment(&facts, METRO).spec.ends);
    // What people plug into names the connection, whatever else the service has.
    let told = status(&facts, &Rest::Active);
    assert!(told.attachments.iter().all(|attachment| attachment.product_id == "EVC-1"));
}
