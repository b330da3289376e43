//! A service with ports of its own: it is what all of its products are, and what was delivered in part waits for a person.

use super::fixture::*;
use crate::api::{OrderOperation, OrderRefusal, Party, PortItem, PortOffer, ProductRole, ProductStatus};
use crate::model::{
    Change, Operation, Order, OrderState, OrderView, Period, Price, PriceKind, Quote, QuoteLevel, QuotedPort,
    Role, ServiceId, ServiceState, ServiceView, Task,
};
use crate::provider::Progress;
use crate::segment::decide::{Rest, Step, decide};
use crate::segment::facts::{Facts, Seen, Sight};
use crate::segment::record::{absorb, concluded};

const ROLES: [ProductRole; 2] = [ProductRole::UniA, ProductRole::UniZ];

/// The same segment with a port of its own at both ends, and what follows from it.
fn with_ports(mut facts: Facts) -> Facts {
    edit(&mut facts, |spec| {
        for end in &mut spec.ends {
            end.uni_product_id = None;
            end.dedicated = Some(port());
        }
    });
    if let Some(offer) = &mut facts.draft.offer {
        offer.ports = ROLES
            .map(|role| PortOffer {
                role,
                quote_item: format!("{role:?}"),
                qualification_item: Some(format!("q-{role:?}")),
                monthly: "100.00".into(),
            })
            .into();
    }
    store(&mut facts);
    facts
}

/// An order of all three that is under way.
fn adding() -> Facts {
    let mut facts = with_ports(wanted());
    record_orders(&mut facts, [placed(1, OrderOperation::Add)]);
    facts.past.looked = true;
    facts
}

fn view(state: OrderState) -> OrderView {
    let named = |role, id: &str| (role, ServiceId(id.into()));
    let services = vec![named(Role::Evc, SERVICE), named(Role::UniA, "A"), named(Role::UniZ, "Z")];
    OrderView { services, ..order(1, Task::Add, state) }
}

fn see(facts: &mut Facts, id: &str, state: ServiceState) {
    let view = ServiceView { id: ServiceId(id.into()), ..service(state) };
    absorb(facts, Seen::Service(view.id.clone(), Sight::There(view)));
}

/// The order ended like this, and its products are seen in these states.
fn ended(state: OrderState, states: [ServiceState; 3]) -> Facts {
    let mut facts = adding();
    see_order(&mut facts, view(state));
    for (id, state) in [SERVICE, "A", "Z"].into_iter().zip(states) {
        see(&mut facts, id, state);
    }
    facts
}

/// All three run as they were bought.
fn running() -> Facts {
    let mut facts = with_ports(bought());
    facts.draft.products = [(ProductRole::Evc, SERVICE), (ProductRole::UniA, "A"), (ProductRole::UniZ, "Z")]
        .map(|(role, id)| ProductStatus { role, monthly: Some("100.00".into()), ..product(id) })
        .into();
    store(&mut facts);
    facts
}

/// All three run, nobody wants them any more, and a process looks at them.
fn leaving(states: [ServiceState; 3]) -> Facts {
    let mut facts = running();
    edit(&mut facts, |spec| spec.desired = crate::api::Desired::Absent);
    delete(&mut facts);
    (facts.past.looked, facts.search) = (true, Some(search([])));
    for (id, state) in [SERVICE, "A", "Z"].into_iter().zip(states) {
        see(&mut facts, id, state);
    }
    facts
}

fn nothing_else_on(facts: &mut Facts, ports: &[&str]) {
    for port in ports {
        let ours = ServiceView { id: ServiceId(SERVICE.into()), ..service(ServiceState::Active) };
        absorb(facts, Seen::Carried(ServiceId((*port).into()), vec![ours]));
    }
}

#[test]
fn an_order_refers_to_every_item_of_its_offer() {
    let mut facts = with_ports(wanted_and_looked());
    write_next(&mut facts);
    facts.past.reserved = Some((1, std::time::Duration::ZERO));
    let Step::Place(placed) = decide(&facts) else { panic!("{:?}", decide(&facts)) };
    let Order { operation: Operation::Add { design, offer }, .. } = *placed else { panic!("no purchase") };
    assert_eq!(design.new_unis().count(), 2);
    let (quote, qualification) = (offer.quote.unwrap(), offer.qualification.unwrap());
    assert_eq!(quote.items.values().collect::<Vec<_>>(), ["1", "UniA", "UniZ"]);
    assert_eq!(qualification.items.values().collect::<Vec<_>>(), ["1", "q-UniA", "q-UniZ"]);
}

#[test]
fn it_is_ready_only_when_all_products_are_in_use() {
    let all = || [ServiceState::Active, ServiceState::Active, ServiceState::Active];
    let facts = ended(OrderState::Completed, all());
    assert_eq!(decide(&facts).name(), "Conclude");
    assert_eq!(facts.draft.in_force.as_ref().unwrap().monthly, "1125.00");
    let prices = facts.draft.products.iter().map(|product| product.monthly.as_deref());
    assert_eq!(prices.collect::<Vec<_>>(), [Some("925.00"), Some("100.00"), Some("100.00")]);
    for late in 0..3 {
        let mut states = all();
        states[late] = ServiceState::Pending;
        let facts = ended(OrderState::Completed, states);
        assert_eq!(reason(&decide(&facts)), "InventoryLag");
        assert!(facts.draft.in_force.is_none(), "not before all of it can be used");
    }
}

#[test]
fn a_completed_order_that_has_not_named_every_product_is_waited_for() {
    let mut facts = adding();
    let mut view = view(OrderState::Completed);
    view.services.pop();
    see_order(&mut facts, view);
    let step = decide(&facts);
    assert_eq!((reason(&step), waiting(&step).party), ("InventoryLag", Party::Seller));
}

#[test]
fn what_was_delivered_in_part_waits_for_a_person_and_says_what_it_costs() {
    use ServiceState::{Active, Gone};
    for state in [OrderState::Partial, OrderState::Completed] {
        let mut facts = ended(state, [Gone, Active, Gone]);
        let step = decide(&facts);
        assert!(matches!(step, Step::Rest(Rest::Waiting(_))));
        assert_eq!((reason(&step), waiting(&step).party), ("DeliveredInPart", Party::User));
        let words = &waiting(&step).what;
        for part in [
            "; there: port ashburn-gpu/metro-1 (product A);",
            "not there: the connection (product EVC-1), port chicago-store/metro-1 (product Z) (the seller gave no reason)",
            "what is there costs 100.00 USD a month",
        ] {
            assert!(words.contains(part), "`{part}` is not in: {words}");
        }
        // Another wish changes nothing: what is there must be dealt with first.
        edit(&mut facts, |spec| spec.revision = 2);
        assert_eq!(reason(&decide(&facts)), "DeliveredInPart");
    }
}

#[test]
fn a_product_that_failed_and_never_showed_is_not_waited_for() {
    let mut facts = adding();
    let failed = vec![Role::Evc, Role::UniZ];
    see_order(&mut facts, OrderView { failed, ..view(OrderState::Partial) });
    see(&mut facts, "A", ServiceState::Active);
    for id in [SERVICE, "Z"] {
        absorb(&mut facts, Seen::Service(ServiceId(id.into()), Sight::Missing));
    }
    assert_eq!(reason(&decide(&facts)), "DeliveredInPart");
}

/// Or what is there and has no name yet would be left behind.
#[test]
fn what_was_delivered_in_part_has_a_name_before_anything_is_decided() {
    let mut facts = adding();
    let mut unnamed = OrderView { failed: vec![Role::Evc], ..view(OrderState::Partial) };
    unnamed.services.retain(|(role, _)| *role == Role::UniA);
    edit(&mut facts, |spec| spec.desired = crate::api::Desired::Absent);
    see_order(&mut facts, unnamed);
    see(&mut facts, "A", ServiceState::Active);
    let step = decide(&facts);
    assert_eq!(reason(&step), "InventoryLag");
    assert!(waiting(&step).what.contains("to name the product"), "{step:?}");
}

#[test]
fn nothing_of_it_there_is_an_order_that_failed() {
    let facts = ended(OrderState::Partial, [ServiceState::Gone, ServiceState::Gone, ServiceState::Gone]);
    assert_eq!(written(&decide(&facts)).refusal, Some(OrderRefusal::Final));
}

#[test]
fn what_was_delivered_in_part_is_ended_once_nobody_wants_it() {
    let mut facts =
        ended(OrderState::Partial, [ServiceState::Gone, ServiceState::Active, ServiceState::Gone]);
    edit(&mut facts, |spec| spec.desired = crate::api::Desired::Absent);
    delete(&mut facts);
    let closed = written(&decide(&facts)).clone();
    assert_eq!((closed.refusal, closed.operation), (None, OrderOperation::Add));
    write(&mut facts, std::slice::from_ref(&closed));
    crate::segment::record::recorded(&mut facts, &[closed]);
    // A process that knows only some of the products looks at the order once more before it ends any.
    facts.draft.products.retain(|product| product.role == ProductRole::UniA);
    assert_eq!(decide(&facts).name(), "ObserveOrder");
    let mut short = OrderView { failed: vec![Role::Evc, Role::UniZ], ..view(OrderState::Partial) };
    short.services.retain(|(role, _)| *role == Role::UniA);
    see_order(&mut facts, short);
    assert_eq!(decide(&facts), Step::ObservePort(ServiceId("A".into())));
    absorb(&mut facts, Seen::Carried(ServiceId("A".into()), Vec::new()));
    assert_eq!(written(&decide(&facts)).operation, OrderOperation::Disconnect);
}

#[test]
fn all_products_are_ended_in_one_order_the_connection_first() {
    use ServiceState::{Active, Gone};
    for (states, ids) in
        [([Active, Active, Active], vec![SERVICE, "A", "Z"]), ([Gone, Active, Active], vec!["A", "Z"])]
    {
        let mut facts = leaving(states);
        nothing_else_on(&mut facts, &["A", "Z"]);
        write_next(&mut facts);
        facts.past.reserved = Some((2, std::time::Duration::ZERO));
        let Step::Place(placed) = decide(&facts) else { panic!("{:?}", decide(&facts)) };
        let Operation::Disconnect { services, .. } = placed.operation else { panic!("no end") };
        assert_eq!(services.iter().map(|id| id.0.as_str()).collect::<Vec<_>>(), ids);
    }
}

#[test]
fn a_port_that_carries_something_of_others_is_not_ended() {
    let active = || [ServiceState::Active, ServiceState::Active, ServiceState::Active];
    let mut facts = leaving(active());
    nothing_else_on(&mut facts, &["A"]);
    assert_eq!(decide(&facts), Step::ObservePort(ServiceId("Z".into())));
    let other = |state| ServiceView { id: ServiceId("EVC-OTHER".into()), ..service(state) };
    absorb(&mut facts, Seen::Carried(ServiceId("Z".into()), vec![other(ServiceState::Suspended)]));
    let step = decide(&facts);
    assert_eq!((reason(&step), waiting(&step).party), ("PortInUse", Party::Platform));
    assert!(waiting(&step).what.contains("port Z") && waiting(&step).what.contains("EVC-OTHER"), "{step:?}");
    absorb(&mut facts, Seen::Carried(ServiceId("Z".into()), vec![other(ServiceState::Gone)]));
    assert_eq!(decide(&facts).name(), "Reserve", "what was on it and is gone keeps nothing");
}

/// Whatever state its products are in, and whatever was seen on its ports: an end is ordered for what is there, and only then.
#[test]
fn an_end_is_ordered_only_after_every_look_that_it_needs() {
    let states = [ServiceState::Active, ServiceState::Suspended, ServiceState::Gone];
    let carried = [None, Some(vec![]), Some(vec![SERVICE]), Some(vec!["EVC-OTHER"])];
    let mut ended = 0;
    for connection in &states {
        for (a, on_a) in states.iter().flat_map(|state| carried.iter().map(move |found| (state, found))) {
            for (z, on_z) in states.iter().flat_map(|state| carried.iter().map(move |found| (state, found))) {
                let mut facts = leaving([connection.clone(), a.clone(), z.clone()]);
                let mut free = true;
                for (id, state, found) in [("A", a, on_a), ("Z", z, on_z)] {
                    let ids = found.iter().flatten().map(|id| ServiceId((*id).to_owned()));
                    if found.is_some() {
                        facts.carried.insert(ServiceId(id.into()), ids.collect());
                    }
                    let alone = found.as_ref().is_some_and(|found| !found.contains(&"EVC-OTHER"));
                    free &= *state == ServiceState::Gone || alone;
                }
                let something = [connection, a, z].into_iter().any(|state| *state != ServiceState::Gone);
                let ends = decide(&facts).name() == "Reserve";
                assert_eq!(ends, free && something, "{connection:?}, A {a:?} {on_a:?}, Z {z:?} {on_z:?}");
                ended += usize::from(ends);
            }
        }
    }
    assert!(ended > 100, "{ended}");
}

#[test]
fn it_is_gone_when_the_last_product_is() {
    use ServiceState::{Active, Gone};
    let mut facts = leaving([Gone, Gone, Active]);
    record_orders(&mut facts, [settled(1, OrderOperation::Add), placed(2, OrderOperation::Disconnect)]);
    see_order(&mut facts, order(2, Task::Disconnect, OrderState::Completed));
    let step = decide(&facts);
    assert_eq!(reason(&step), "Disconnecting");
    assert!(waiting(&step).what.contains("product Z"), "{step:?}");
    see(&mut facts, "Z", Gone);
    assert_eq!(decide(&facts), Step::RemoveFinalizer);
}

#[test]
fn a_product_that_the_seller_ended_is_told_whichever_it_is() {
    for (id, others) in [(SERVICE, ["A", "Z"]), ("A", [SERVICE, "Z"]), ("Z", [SERVICE, "A"])] {
        let mut facts = running();
        facts.past.observed_for = WINDOWS.observe;
        assert_eq!(decide(&facts), Step::ObserveService(ServiceId(SERVICE.into())));
        facts.past.observed_for = std::time::Duration::ZERO;
        for id in others {
            see(&mut facts, id, ServiceState::Active);
        }
        assert_eq!(decide(&facts), Step::ObserveService(ServiceId(id.into())), "a look goes on to its end");
        let mut vanished = facts.clone();
        see(&mut facts, id, ServiceState::Terminating);
        let step = decide(&facts);
        assert_eq!(reason(&step), "ServiceEndedBySeller");
        assert!(waiting(&step).what.contains(id), "{step:?}");
        absorb(&mut vanished, Seen::Service(ServiceId(id.into()), Sight::Missing));
        assert_eq!(reason(&decide(&vanished)), "ServiceVanished");
    }
}

fn price(amount: &str) -> Price {
    Price {
        name: "p".into(),
        kind: PriceKind::Recurring(Period::Month),
        amount: amount.parse().ok(),
        currency: "USD".parse().ok(),
    }
}

fn quote(ports: &[Role]) -> Quote {
    let port =
        |role: &Role| QuotedPort { role: *role, item: format!("{role:?}"), prices: vec![price("450")] };
    Quote {
        id: "quote-9".into(),
        item: "1".into(),
        level: QuoteLevel::Firm,
        prices: vec![price("1000")],
        ports: ports.iter().map(port).collect(),
        other_term: None,
        other_interval: None,
        alternate: false,
        valid_until: None,
        accepted: false,
    }
}

fn quoted(mut facts: Facts, quote: Quote) -> Facts {
    facts.draft.offer = None;
    absorb(&mut facts, Seen::Quote(Progress::Ready(quote)));
    facts
}

#[test]
fn an_offer_is_for_all_products_or_none() {
    let mut facts = with_ports(new());
    facts.draft.qualification =
        serde_norway::from_str("{revision: 1, id: p, item: '1', confidence: Green}").ok();
    let item = |role| PortItem { role, item: format!("q-{role:?}") };
    facts.draft.qualification.as_mut().unwrap().ports = ROLES.map(item).into();
    let offer = quoted(facts.clone(), quote(&[Role::UniA, Role::UniZ])).draft.offer.unwrap();
    assert_eq!((offer.monthly.as_str(), offer.ports.len()), ("1900.00", 2));
    assert_eq!(offer.ports[1].qualification_item.as_deref(), Some("q-UniZ"));
    let short = quoted(facts, quote(&[Role::UniA]));
    assert!(short.draft.offer.is_none());
    assert!(short.draft.quote.unwrap().refusal.unwrap().contains("leaves out a port"));
}

#[test]
fn a_change_is_offered_at_the_price_of_the_whole_service() {
    let mut facts = running();
    edit(&mut facts, |spec| spec.revision = 2);
    let mut facts = quoted(facts, quote(&[]));
    let offer = facts.draft.offer.clone().unwrap();
    assert_eq!((offer.monthly.as_str(), offer.ports.len()), ("1200.00", 0));
    // Once it is made, the connection is told at its new price.
    let modify =
        crate::api::OrderRecord { quote_id: Some("quote-9".into()), ..placed(2, OrderOperation::Modify) };
    record_orders(&mut facts, [settled(1, OrderOperation::Add), modify]);
    see(&mut facts, SERVICE, ServiceState::Active);
    concluded(&mut facts, OrderOperation::Modify);
    assert_eq!(facts.draft.products[0].monthly.as_deref(), Some("1000.00"));
    assert_eq!(facts.draft.in_force.unwrap().monthly, "1200.00");
}

#[test]
fn a_change_of_a_service_whose_ports_cost_nobody_knows_what_is_not_bought() {
    let mut facts = running();
    edit(&mut facts, |spec| spec.revision = 2);
    facts.draft.products[2].monthly = None;
    let facts = quoted(facts, quote(&[]));
    assert!(facts.draft.offer.is_none());
    assert!(facts.draft.quote.unwrap().refusal.unwrap().contains("is not known any more"));
}

#[test]
fn leaving_costs_what_the_longest_term_says() {
    let mut facts = leaving([ServiceState::Active, ServiceState::Active, ServiceState::Active]);
    nothing_else_on(&mut facts, &["A", "Z"]);
    facts.account.as_mut().unwrap().early_termination = Some(fee("100"));
    facts.draft.in_force.as_mut().unwrap().term_end =
        Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(after(-1)));
    edit(&mut facts, |spec| {
        spec.design.term.at_end = crate::api::TermEnd::Disconnect;
        for end in &mut spec.ends {
            end.dedicated.as_mut().unwrap().term =
                serde_norway::from_str("{name: y, value: 1, unit: Year, atEnd: Renew}").ok();
        }
    });
    assert_eq!(reason(&decide(&facts)), "TerminationFeeNotAccepted", "the ports are owed for a year");
}

#[test]
fn a_price_is_asked_for_all_products_and_a_change_for_the_connection() {
    let mut facts = with_ports(new());
    assert_eq!(decide(&facts), Step::Qualify(Change::Add));
    facts.draft.qualification = serde_norway::from_str(
        "{revision: 1, id: p, item: '1', confidence: Green, ports: [{role: UniA, item: '2'}, {role: UniZ, item: '3'}]}",
    )
    .ok();
    let Step::Quote(Change::Add, offer) = decide(&facts) else { panic!("{:?}", decide(&facts)) };
    let items = offer.qualification.unwrap().items;
    assert_eq!(items.into_values().collect::<Vec<_>>(), ["1", "2", "3"]);
}
