//! A service that somebody else ordered: watched, taken over on a decision, and from then on ours as any other.

use super::fixture::*;
use crate::api::{Desired, Difference, ExistingService, OrderOperation, OrderRecordState, SegmentState};
use crate::model::{
    Bandwidth, Money, OrderId, OrderState, Rate, Rates, Role, ServiceEnd, ServiceId, ServiceState,
    ServiceView, Task, Term, TermEnd, TermUnit,
};
use crate::segment::decide::{Rest, Step, decide};
use crate::segment::facts::{Facts, Search, Seen, Sight};
use crate::segment::purchase;
use crate::segment::record::{absorb, adopted, status};

/// A segment about a service that runs already, by a process that has just met it.
fn existing(product: Option<&str>) -> Facts {
    let mut facts = new();
    edit(&mut facts, |spec| spec.existing = Some(ExistingService { product_id: product.map(Into::into) }));
    facts
}

/// What runs: 500M as BUSINESS, where 2G as BULK is asked.
fn runs() -> ServiceView {
    let rate = Rate::new("500M".parse::<Bandwidth>().unwrap(), None);
    ServiceView {
        rates: Some(Rates { a_to_z: rate, z_to_a: rate }),
        class_of_service: Some("BUSINESS".into()),
        monthly: Some(Money { amount: "500".parse().unwrap(), currency: "USD".parse().unwrap() }),
        order: Some(OrderId("ORD-of-theirs".into())),
        ..between_the_ends(ServiceState::Active)
    }
}

fn see(facts: &mut Facts, view: ServiceView) {
    absorb(facts, Seen::Service(view.id.clone(), Sight::There(view)));
}

/// Carries the record out, as the controller does.
fn take(facts: &mut Facts) {
    let Step::Adopt(record) = decide(facts) else { panic!("{:?}", decide(facts)) };
    write(facts, &[*record]);
    adopted(facts);
}

/// A service that was taken over, told, and is kept by its intent.
fn kept() -> Facts {
    let mut facts = existing(Some(SERVICE));
    facts.decisions = vec![adopting(SERVICE)];
    see(&mut facts, runs());
    facts.search = Some(search([]));
    take(&mut facts);
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
    facts.draft = status(&facts, &Rest::Active);
    store(&mut facts);
    edit(&mut facts, |spec| {
        spec.desired = Desired::Present;
        spec.authority = Some(
            serde_norway::from_str("{currency: USD, monthly: '2000', oneTime: '600', termination: '0'}")
                .unwrap(),
        );
    });
    facts.services.clear();
    facts.search = None;
    facts
}

#[test]
fn it_is_looked_at_and_told_and_nothing_is_asked_or_ordered() {
    let mut facts = existing(Some(SERVICE));
    edit(&mut facts, |spec| spec.suspend = true);
    assert_eq!(decide(&facts), Step::ObserveService(ServiceId(SERVICE.into())));
    facts.decisions = vec![adopting(SERVICE)];
    see(&mut facts, runs());
    assert_eq!(decide(&facts), Step::Rest(Rest::Observed), "who only watches takes nothing over");
    let told = status(&facts, &Rest::Observed);
    assert_eq!((told.state, told.products[0].id.as_str()), (Some(SegmentState::Observed), SERVICE));
    let shown = told.in_force.clone().unwrap();
    assert_eq!((shown.committed.as_str(), shown.monthly.as_str(), shown.term_end), ("500M", "500.00", None));
    let difference = |field: &str, runs: &str, asked: &str| Difference {
        field: field.into(),
        runs: runs.into(),
        asked: asked.into(),
    };
    for expected in
        [difference("committed bandwidth", "500M", "2G"), difference("class of service", "BUSINESS", "BULK")]
    {
        assert!(told.differences.contains(&expected), "{:?}", told.differences);
    }
    // Told once, it is not looked at again before its time, and it goes without a word to the seller.
    facts.decisions.clear();
    facts.draft = told;
    store(&mut facts);
    let generation = facts.segment.metadata.generation;
    std::sync::Arc::make_mut(&mut facts.segment).status.as_mut().unwrap().observed_generation = generation;
    facts.services.clear();
    assert_eq!(decide(&facts), Step::Rest(Rest::Observed));
    delete(&mut facts);
    assert_eq!(decide(&facts), Step::RemoveFinalizer);
}

#[test]
fn a_term_in_other_units_is_no_difference_and_its_end_is_told() {
    let term = |value: u32| Term {
        name: "12M".into(),
        value,
        unit: TermUnit::Month,
        at_end: TermEnd::Renew,
        roll: None,
    };
    for (months, differs) in [(12, false), (36, true)] {
        let mut facts = existing(Some(SERVICE));
        see(&mut facts, ServiceView { term: Some(term(months)), ..runs() });
        assert_eq!(facts.draft.differences.iter().any(|found| found.field == "term"), differs);
        let end = facts.draft.in_force.unwrap().term_end.unwrap().0;
        assert_eq!(Some(end), term(months).end_after(now()));
    }
}

#[test]
fn a_watched_service_that_is_suspended_is_told_so_until_it_is_in_use_again() {
    let mut facts = existing(Some(SERVICE));
    edit(&mut facts, |spec| spec.suspend = true);
    see(&mut facts, ServiceView { state: ServiceState::Suspended, ..runs() });
    let Step::Rest(rest) = decide(&facts) else { panic!("{:?}", decide(&facts)) };
    assert_eq!(reason(&Step::Rest(rest.clone())), "ServiceNotActive");
    facts.draft = status(&facts, &rest);
    store(&mut facts);
    facts.services.clear();
    assert_eq!(decide(&facts), Step::ObserveService(ServiceId(SERVICE.into())), "it is looked at again");
}

#[test]
fn what_is_found_between_the_ends_is_the_one_on_their_vlan() {
    let mut facts = existing(None);
    assert_eq!(decide(&facts), Step::FindExisting);
    let on = |id: &str, vlan: u16| {
        let end = |uni: &str| ServiceEnd { interface: ServiceId(uni.into()), vlans: Some(vec![vlan]) };
        ServiceView { id: ServiceId(id.into()), ends: Some([end("UNI-A"), end("UNI-Z")]), ..runs() }
    };
    let found = |views: Vec<ServiceView>| {
        let mut facts = existing(None);
        absorb(&mut facts, Seen::Existing(views));
        facts
    };
    assert_eq!(reason(&decide(&found(vec![]))), "NoSuchService");
    let several = decide(&found(vec![on("EVC-8", 208), on("EVC-9", 209)]));
    assert_eq!(reason(&several), "SeveralServices");
    assert!(waiting(&several).what.contains("EVC-8 (VLAN 208, VLAN 208)"), "{several:?}");
    facts = found(vec![on("EVC-9", 209), on("EVC-1", 210)]);
    assert_eq!(reason(&decide(&facts)), "AdoptionUndecided");
    assert_eq!(facts.service_id(), Some(ServiceId("EVC-1".into())));
    // On another VLAN it can be watched, and not be taken over.
    facts = found(vec![on("EVC-9", 209)]);
    assert_eq!(reason(&decide(&facts)), "NotAdoptable");
}

#[test]
fn what_runs_between_other_ports_is_neither_told_nor_taken_over() {
    let [a, z] = runs().ends.unwrap();
    for (ends, words) in [
        (None, "does not show where"),
        (Some([z.clone(), a.clone()]), "swap spec.endpoints"),
        (Some([a.clone(), ServiceEnd { interface: ServiceId("UNI-X".into()), ..z }]), "between the ports"),
    ] {
        let mut facts = existing(Some(SERVICE));
        facts.decisions = vec![adopting(SERVICE)];
        see(&mut facts, ServiceView { ends, ..runs() });
        let step = decide(&facts);
        assert_eq!(reason(&step), "ServiceElsewhere");
        assert!(waiting(&step).what.contains(words), "{step:?}");
        assert!(facts.draft.in_force.is_none() && facts.draft.products.is_empty());
    }
}

#[test]
fn it_is_taken_over_on_a_decision_that_names_it_once_nobody_else_has_it() {
    let mut facts = existing(Some(SERVICE));
    see(&mut facts, runs());
    let undecided = decide(&facts);
    assert_eq!(reason(&undecided), "AdoptionUndecided");
    assert!(
        waiting(&undecided).what.contains("committed bandwidth is 500M, and 2G is asked"),
        "{undecided:?}"
    );
    facts.decisions = vec![adopting("EVC-of-another")];
    assert_eq!(reason(&decide(&facts)), "AdoptionUndecided");
    facts.decisions = vec![adopting(SERVICE)];
    assert_eq!(decide(&facts), Step::Search, "our own orders are known first");
    facts.search = Some(search([]));
    facts.owner = Some("intent training/other".into());
    assert_eq!(reason(&decide(&facts)), "ServiceClaimed");
    facts.owner = None;
    let Step::Adopt(record) = decide(&facts) else { panic!("{:?}", decide(&facts)) };
    assert_eq!((record.operation, record.state), (OrderOperation::Adopt, OrderRecordState::Settled));
    assert_eq!(
        (record.product_id.as_deref(), record.order_id.as_deref()),
        (Some(SERVICE), Some("ORD-of-theirs"))
    );
    assert_eq!(record.decision.unwrap().uid, "decision-uid");
}

#[test]
fn what_was_taken_over_stays_as_it_runs_until_the_intent_changes() {
    let mut facts = kept();
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
    see(&mut facts, runs());
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
    let told = status(&facts, &Rest::Active);
    let drifted = told.conditions.iter().find(|condition| condition.type_ == "Drifted").unwrap();
    assert_eq!((drifted.status.as_str(), drifted.reason.as_str()), ("True", "TakenOverAsItRan"));
    // To ask for what runs is to ask for nothing.
    let mut as_it_runs = facts.clone();
    edit(&mut as_it_runs, |spec| {
        spec.revision = 2;
        let rate = || crate::api::BandwidthText::from("500M");
        (spec.design.committed, spec.design.peak) = (rate(), rate());
        (spec.design.reverse_committed, spec.design.reverse_peak) = (rate(), rate());
        spec.design.class_of_service = "BUSINESS".into();
    });
    assert_eq!(decide(&as_it_runs), Step::Rest(Rest::Active));
    assert_eq!(status(&as_it_runs, &Rest::Active).differences, []);
    // Anything else is a change of this very service.
    edit(&mut facts, |spec| {
        spec.revision = 2;
        spec.design.committed = "4G".into();
        spec.design.peak = "4G".into();
    });
    let change = crate::model::Change::Modify(ServiceId(SERVICE.into()));
    assert_eq!(decide(&facts), Step::Qualify(change));
}

#[test]
fn what_was_taken_over_is_ended_with_its_intent() {
    let mut facts = kept();
    edit(&mut facts, |spec| spec.desired = Desired::Absent);
    delete(&mut facts);
    see(&mut facts, runs());
    assert_eq!(written(&decide(&facts)).operation, OrderOperation::Disconnect);
    // What leaving costs is unknown where the inventory does not show the term, unless leaving is always free.
    facts.account.as_mut().unwrap().early_termination = Some(fee("50"));
    assert_eq!(reason(&decide(&facts)), "TerminationFeeUnknown");
}

#[test]
fn a_lost_record_of_what_was_taken_over_is_written_again_and_nothing_is_bought_or_leaked() {
    for desired in [Desired::Present, Desired::Absent] {
        let mut facts = kept();
        edit(&mut facts, |spec| spec.desired = desired);
        if desired == Desired::Absent {
            delete(&mut facts);
        }
        std::sync::Arc::make_mut(&mut facts.segment).status = None;
        facts.draft = crate::api::ConnectivitySegmentStatus::default();
        facts.decisions.clear();
        assert_eq!(decide(&facts), Step::ObserveService(ServiceId(SERVICE.into())));
        see(&mut facts, runs());
        // A change of ours is found by its mark; the record comes after it.
        facts.search = Some(search([order(4, Task::Modify, OrderState::Completed)]));
        let Step::Record(found) = decide(&facts) else { panic!("{:?}", decide(&facts)) };
        let ended = found
            .into_iter()
            .map(|record| crate::api::OrderRecord { state: OrderRecordState::Settled, ..record });
        write(&mut facts, &ended.collect::<Vec<_>>());
        take(&mut facts);
        assert_eq!(facts.orders().last().map(|record| record.sequence), Some(5));
        match desired {
            Desired::Present | Desired::Offer => assert_eq!(decide(&facts), Step::Rest(Rest::Active)),
            Desired::Absent => assert_eq!(written(&decide(&facts)).operation, OrderOperation::Disconnect),
        }
    }
}

#[test]
fn live_orders_of_others_are_taken_over_instead_of_bought_beside() {
    let mut facts = new();
    facts.past.looked = false;
    let mut theirs = order(1, Task::Add, OrderState::Completed);
    theirs.mark = Some(crate::model::Mark::new("seg-of-another-cluster", 1));
    facts.search = Some(crate::segment::facts::Search { foreign: vec![theirs], ..search([]) });
    let exists = decide(&facts);
    assert_eq!(reason(&exists), "ServiceExists");
    assert!(waiting(&exists).what.contains("ORD-1 (product EVC-1)"), "{exists:?}");
    facts.decisions = vec![adopting(SERVICE)];
    assert_eq!(decide(&facts), Step::ObserveService(ServiceId(SERVICE.into())));
    see(&mut facts, runs());
    assert!(facts.draft.in_force.is_none(), "it is not ours yet");
    let on_another_vlan = ServiceView {
        ends: runs().ends.map(|ends| ends.map(|end| ServiceEnd { vlans: Some(vec![7]), ..end })),
        ..runs()
    };
    let mut other = facts.clone();
    see(&mut other, on_another_vlan);
    assert_eq!(reason(&decide(&other)), "NotAdoptable");
    take(&mut facts);
    assert_eq!(facts.orders()[0].order_id.as_deref(), Some("ORD-1"));
    assert_eq!(decide(&facts), Step::Rest(Rest::Active));
    assert!(!purchase::nothing_bought(&facts));
}

#[test]
fn what_exists_does_not_run_on_a_port_that_is_yet_to_be_ordered() {
    let ordered = |facts: &mut Facts| {
        edit(facts, |spec| (spec.ends[1].uni_product_id, spec.ends[1].dedicated) = (None, Some(port())));
    };
    for product in [None, Some(SERVICE)] {
        let mut facts = existing(product);
        ordered(&mut facts);
        facts.decisions = vec![adopting(SERVICE)];
        let step = decide(&facts);
        assert_eq!(reason(&step), "ServiceElsewhere");
        assert!(waiting(&step).what.contains("source.existing"), "{}", waiting(&step).what);
    }
    // Nor is one taken over in place of a service that would be ordered with its port.
    let mut facts = new();
    ordered(&mut facts);
    facts.past.looked = false;
    facts.decisions = vec![adopting(SERVICE)];
    let theirs = order(1, Task::Add, OrderState::Completed);
    facts.search = Some(Search { foreign: vec![theirs], ..search([]) });
    see(&mut facts, runs());
    assert_eq!(reason(&decide(&facts)), "ServiceElsewhere");
}

#[test]
fn ports_that_came_with_what_was_taken_over_stay_those_of_others() {
    let mut facts = kept();
    edit(&mut facts, |spec| spec.desired = Desired::Absent);
    let mut theirs = order(1, Task::Add, OrderState::Completed);
    theirs.id = OrderId("ORD-of-theirs".into());
    theirs
        .services
        .extend([(Role::UniA, ServiceId("UNI-A".into())), (Role::UniZ, ServiceId("UNI-Z".into()))]);
    assert_eq!(facts.orders()[0].order_id, Some(theirs.id.0.clone()));
    see_order(&mut facts, theirs);
    assert_eq!(facts.draft.products.iter().map(|product| product.id.as_str()).collect::<Vec<_>>(), [SERVICE]);
}
