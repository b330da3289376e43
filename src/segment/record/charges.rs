//! Charges, as the status tells them: what the seller showed last, and what was answered since.

use crate::api::{ChargeProgress, ChargeStatus, OrderRecord, OrderRecordState, whole};
use crate::model::{Amount, ChargeState, ChargeView, OrderId};
use crate::segment::facts::Facts;
use crate::segment::purchase;

/// Most charges that are told; of more the newest are.
const MOST: usize = 16;

/// The charges of an order, as the seller shows them.
pub fn shown(order: &OrderId, charges: &[ChargeView]) -> Vec<ChargeStatus> {
    let told: Vec<_> = charges.iter().filter(|charge| purchase::can_be_named(charge)).collect();
    let newest = told.iter().skip(told.len().saturating_sub(MOST));
    newest.map(|charge| status(order, charge)).collect()
}

fn status(order: &OrderId, charge: &ChargeView) -> ChargeStatus {
    ChargeStatus {
        id: charge.id.0.clone(),
        order_id: order.0.clone(),
        state: match (charge.state, charge.accepted()) {
            (ChargeState::Open, _) => ChargeProgress::Open,
            (ChargeState::Answered, Some(true)) => ChargeProgress::Accepted,
            (ChargeState::Answered, Some(false)) => ChargeProgress::Declined,
            (ChargeState::Answered, None) => ChargeProgress::Answered,
            (ChargeState::TimedOut, _) => ChargeProgress::TimedOut,
            (ChargeState::Withdrawn, _) => ChargeProgress::Withdrawn,
        },
        price: purchase::price(charge).ok(),
        blocking: charge.items.iter().any(|item| item.blocking),
        respond_by: charge.respond_by.map(whole),
    }
}

/// The charges as they were shown, in the light of what was answered since.
pub fn told(facts: &Facts) -> Vec<ChargeStatus> {
    let answered = |charge: &ChargeStatus, record: &&OrderRecord| {
        record.charge_id.as_ref() == Some(&charge.id)
            && record.state == OrderRecordState::Settled
            && record.refusal.is_none()
    };
    let told = |charge: &ChargeStatus| {
        let state = match facts.orders().iter().find(|record| answered(charge, record)) {
            Some(record) if record.accepts.is_some() => ChargeProgress::Accepted,
            Some(_) => ChargeProgress::Declined,
            None => charge.state,
        };
        ChargeStatus { state, ..charge.clone() }
    };
    facts.draft.charges.iter().map(told).collect()
}

/// A price with what was agreed to since.
pub fn on_top<'a>(price: &str, charges: impl Iterator<Item = &'a String>) -> String {
    let amounts: Vec<Amount> = charges.filter_map(|text| text.parse().ok()).collect();
    match price.parse::<Amount>() {
        Ok(price) if !amounts.is_empty() => (price + amounts.into_iter().sum()).to_string(),
        Ok(_) | Err(_) => price.to_owned(),
    }
}
