//! The list of orders: at most 32, nothing open and nothing that explains a living service is ever dropped.

use super::fixture::*;
use crate::api::{LastOrder, OrderOperation, OrderRecordState, OrderRefusal};
use crate::model::{OrderState, Task};
use crate::segment::decide::decide;
use crate::segment::purchase;

fn sequences(facts: &crate::segment::facts::Facts) -> Vec<i64> {
    facts.orders().iter().map(|record| record.sequence).collect()
}

#[test]
fn the_oldest_closed_ones_go() {
    let mut facts = wanted();
    let mut orders = vec![record(1, OrderOperation::Add, OrderRecordState::Unknown)];
    orders.extend((2..=32).map(|sequence| refused(sequence, OrderOperation::Modify, OrderRefusal::MayPass)));
    record_orders(&mut facts, orders);
    write(&mut facts, &[record(33, OrderOperation::Modify, OrderRecordState::Intending)]);
    let mut expected = vec![1];
    expected.extend(3..=33);
    assert_eq!(sequences(&facts), expected);
}

#[test]
fn open_ones_stay_however_many() {
    let mut facts = wanted();
    let open = |sequence| record(sequence, OrderOperation::Add, OrderRecordState::Unknown);
    record_orders(&mut facts, (1..=32).map(open).collect::<Vec<_>>());
    write(&mut facts, &[open(33)]);
    assert_eq!(facts.orders().len(), 33);
}

#[test]
fn the_order_that_brought_the_service_stays() {
    let mut facts = bought();
    let modify = |sequence| refused(sequence, OrderOperation::Modify, OrderRefusal::MayPass);
    let last_change = settled(2, OrderOperation::Modify);
    write(&mut facts, &[last_change]);
    for sequence in 3..=100 {
        write(&mut facts, &[modify(sequence)]);
    }
    assert_eq!(facts.orders().len(), 32);
    assert_eq!(sequences(&facts)[..3], [1, 2, 71]);
    assert!(!purchase::nothing_bought(&facts));
}

#[test]
fn what_was_dropped_from_a_full_list_is_not_found_anew() {
    let mut facts = changing();
    let modify = |sequence| refused(sequence, OrderOperation::Modify, OrderRefusal::MayPass);
    record_orders(
        &mut facts,
        std::iter::once(settled(1, OrderOperation::Add)).chain((10..41).map(modify)).collect::<Vec<_>>(),
    );
    facts.past.looked = true;
    facts.search = Some(search([order(5, Task::Modify, OrderState::Completed)]));
    assert_eq!((decide(&facts).name(), written(&decide(&facts)).sequence), ("Reserve", 41));
    // Beyond the last number it is news.
    facts.search = Some(search([order(41, Task::Modify, OrderState::InProgress)]));
    assert_eq!((decide(&facts).name(), written(&decide(&facts)).sequence), ("Record", 41));
}

#[test]
fn the_last_sequence_never_falls() {
    let mut facts = wanted();
    record_orders(&mut facts, [settled(7, OrderOperation::Add)]);
    std::sync::Arc::make_mut(&mut facts.segment).status.as_mut().unwrap().last_order =
        Some(LastOrder { sequence: 12 });
    let (orders, last) = purchase::merged(&facts, &[settled(7, OrderOperation::Add)]);
    assert_eq!((orders.len(), last.sequence), (1, 12));
    let (_, last) =
        purchase::merged(&facts, &[record(13, OrderOperation::Modify, OrderRecordState::Intending)]);
    assert_eq!(last.sequence, 13);
}

#[test]
fn reserving_goes_on_above_the_last_sequence_when_all_records_are_gone() {
    let mut facts = wanted_and_looked();
    std::sync::Arc::make_mut(&mut facts.segment).status.get_or_insert_default().last_order =
        Some(LastOrder { sequence: 12 });
    assert_eq!(written(&decide(&facts)).sequence, 13);
}

#[test]
fn numbers_end_somewhere_and_nothing_wraps() {
    let mut facts = wanted_and_looked();
    std::sync::Arc::make_mut(&mut facts.segment).status.get_or_insert_default().last_order =
        Some(LastOrder { sequence: i64::from(u32::MAX) });
    assert_eq!(reason(&decide(&facts)), "TooManyOrders");
}
