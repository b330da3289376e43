//! VLAN ids that segments claim when their sellers are asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fixture::*;
use crate::api::{
    ConnectivityBudget, ConnectivityClass, ConnectivityDecision, ConnectivityProvider, ConnectivitySegment,
    ConnectivitySegmentSpec, Interconnect, Resilience, ResilienceMode, Site,
};
use crate::intent::ask::{self, Asker};
use crate::intent::decide::{Step, decide};
use crate::intent::facts::Facts;
use crate::intent::gather::Objects;
use crate::intent::offers::Asking;
use crate::model::{Interface, Port, ServiceId};

/// No object but the segments.
pub struct Only(pub Vec<Arc<ConnectivitySegment>>);

impl Objects for Only {
    fn labels(&self, _: &str) -> Option<BTreeMap<String, String>> {
        None
    }

    fn site(&self, _: &str) -> Option<Arc<Site>> {
        None
    }

    fn sites(&self) -> Vec<Arc<Site>> {
        Vec::new()
    }

    fn interconnects(&self) -> Vec<Arc<Interconnect>> {
        Vec::new()
    }

    fn classes(&self) -> Vec<Arc<ConnectivityClass>> {
        Vec::new()
    }

    fn decisions(&self, _: &str) -> Vec<Arc<ConnectivityDecision>> {
        Vec::new()
    }

    fn providers(&self) -> Vec<Arc<ConnectivityProvider>> {
        Vec::new()
    }

    fn budgets(&self, _: &str) -> Vec<Arc<ConnectivityBudget>> {
        Vec::new()
    }

    fn segments(&self, _: &str) -> Vec<Arc<ConnectivitySegment>> {
        self.0.clone()
    }
}

/// One seller, one port at the first end, and two paths over it.
fn two_paths_over_one_port() -> (Facts, Asking) {
    let mut facts = new();
    facts.sellers.retain(|seller| seller.asked.account.name == METRO);
    let (a, z) = facts.sites.as_mut().unwrap();
    a.ports.truncate(1);
    z.ports.truncate(1);
    let interface = Interface::Uni(ServiceId("UNI-2".into()));
    z.ports.push(Port { name: "metro-fiber-2".into(), interface, ..z.ports[0].clone() });
    edit(&mut facts, |spec| {
        spec.resilience = Some(Resilience { mode: ResilienceMode::DiversePath, separate_ports: None });
    });
    let Step::Create(mut asked) = decide(&facts) else { panic!("nobody is asked") };
    (facts, asked.remove(0))
}

#[test]
fn two_paths_over_one_port_have_vlan_ids_of_their_own() {
    let (facts, asking) = two_paths_over_one_port();
    let request = facts.request.clone().unwrap();
    let asker = Asker { owner: "acme", installation: "here" };
    let specs = ask::segments(&facts, &request, &asking, &Only(Vec::new()), asker).unwrap();
    let at_a: Vec<_> = specs.iter().map(|spec| (spec.ends[0].port.as_str(), spec.ends[0].vlan)).collect();
    assert_eq!(at_a, [("metro-fiber-1", Some(200)), ("metro-fiber-1", Some(201))]);
    assert_ne!(specs[0].client_reference, specs[1].client_reference);
    // Where one path was asked already, the other one keeps clear of it too.
    let mut first = ConnectivitySegment::new("seg-first", specs[0].clone());
    for end in &mut first.spec.ends {
        end.vlan = Some(200);
    }
    let held = Asking { held: vec![Some(Arc::new(first)), None], ..asking };
    let specs = ask::segments(&facts, &request, &held, &Only(Vec::new()), asker).unwrap();
    assert_eq!(specs.iter().map(|spec| spec.ends[0].vlan).collect::<Vec<_>>(), [Some(201)]);
}

#[test]
fn what_was_asked_with_one_vlan_id_on_one_port_is_asked_anew() {
    let (facts, asking) = two_paths_over_one_port();
    let request = facts.request.clone().unwrap();
    let asker = Asker { owner: "acme", installation: "here" };
    let specs = ask::segments(&facts, &request, &asking, &Only(Vec::new()), asker).unwrap();
    // Each was asked for a pair of its own, with the same id.
    let asked = |spec: &ConnectivitySegmentSpec| {
        let mut segment = ConnectivitySegment::new(&spec.client_reference, spec.clone());
        for end in &mut segment.spec.ends {
            end.vlan = Some(200);
        }
        Some(Arc::new(segment))
    };
    let held: Vec<_> = specs.iter().map(asked).collect();
    let known = Only(held.iter().flatten().cloned().collect());
    let held = Asking { held, ..asking };
    let anew = ask::segments(&facts, &request, &held, &known, asker).unwrap();
    assert_eq!(anew.iter().map(|spec| spec.ends[0].vlan).collect::<Vec<_>>(), [Some(200), Some(201)]);
    assert!(anew.iter().zip(&specs).all(|(new, old)| new.client_reference != old.client_reference));
}
