//! What segments cost, or may come to cost.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Facts, cost_something, taken_over};
use crate::api::{
    ChargePrice, ConnectivitySegment, Desired, NO_CURRENCY, OrderOperation, OrderRecord, OrderRecordState,
};
use crate::model::Amount;
use crate::planning::{Spent, last_term_end, termination_fee};

impl Facts {
    /// When the term of what runs in the segment ends, and what leaving now would cost; `None` where nobody knows. Of what is ordered
    /// and not in use: what it would cost if it came into use before the order could be cancelled.
    #[must_use]
    pub fn fee(&self, segment: &ConnectivitySegment) -> (Option<Timestamp>, Option<Amount>) {
        let Some(now) = segment.status.as_ref().and_then(|status| status.in_force.as_ref()) else {
            return self.fee_of_order(segment).unwrap_or_default();
        };
        let seller = self.seller(&segment.spec.provider.name);
        let rule = seller.and_then(|seller| seller.asked.account.early_termination);
        let first = now.term_end.as_ref().map(|end| end.0);
        let end = match crate::admit::segment(&segment.spec, self.now) {
            Ok(parsed) => last_term_end(&parsed.design, now.since.0, first, self.now),
            Err(_) => first,
        };
        // The fee shrinks by the hour; it is told by the day, so that an otherwise settled intent is not written for it.
        let day = Timestamp::from_second(self.now.as_second() / 86_400 * 86_400).unwrap_or(self.now);
        let from = day.max(now.since.0);
        // A term that the inventory does not show of what others ordered may be running, whatever nobody knows of it.
        let shown = end.is_some() || (segment.spec.existing.is_none() && taken_over(segment).is_none());
        let free = rule.is_some_and(|rule| rule.of_remaining.decimal().is_zero() && rule.fee == Amount::ZERO);
        let fee = match now.monthly.parse() {
            Ok(monthly) if shown || free => termination_fee(rule, monthly, end, from),
            Ok(_) | Err(_) => None,
        };
        (end, fee)
    }

    fn fee_of_order(&self, segment: &ConnectivitySegment) -> Option<(Option<Timestamp>, Option<Amount>)> {
        let monthly = owed(segment).filter(|_| cost_something(segment))?.monthly;
        let rule = self.seller(&segment.spec.provider.name)?.asked.account.early_termination;
        let design = crate::admit::segment(&segment.spec, self.now).ok()?.design;
        let end = last_term_end(&design, self.now, design.term.end_after(self.now), self.now);
        Some((end, termination_fee(rule, monthly, end, self.now)))
    }
}

/// What was agreed to by accepting charges on orders under way; those of completed ones are in what runs.
fn charged(orders: &[OrderRecord]) -> impl Iterator<Item = &ChargePrice> {
    let under_way = |id: &Option<String>| {
        let placed = |order: &OrderRecord| order.order_id == *id && order.state == OrderRecordState::Placed;
        id.is_some() && orders.iter().any(placed)
    };
    let accepting = move |record: &&OrderRecord| record.refusal.is_none() && under_way(&record.order_id);
    orders.iter().filter(accepting).filter_map(|record| record.accepts.as_ref())
}

/// What segments of other intents cost, or may come to cost.
#[must_use]
pub fn spent(segments: &[Arc<ConnectivitySegment>], but_of_intent: &str) -> Spent {
    let others = segments.iter().filter(|segment| segment.spec.intent_ref.uid != but_of_intent);
    others.filter_map(|segment| owed(segment)).sum()
}

/// What a segment costs, or may come to cost: what runs, what is being bought, whichever is more. Nothing where nothing is bought.
#[must_use]
pub fn owed(segment: &ConnectivitySegment) -> Option<Spent> {
    let amount = |text: &str| text.parse::<Amount>().unwrap_or(Amount::new(rust_decimal::Decimal::MAX));
    let price =
        |monthly: &str, one_time: &str| Spent { monthly: amount(monthly), one_time: amount(one_time) };
    let status = segment.status.as_ref()?;
    let bought = status.orders.iter().any(|record| {
        matches!(record.operation, OrderOperation::Add | OrderOperation::Adopt) && record.refusal.is_none()
    });
    if segment.spec.desired != Desired::Present && !bought {
        return None;
    }
    let runs = status.in_force.as_ref().map(|now| price(&now.monthly, &now.one_time));
    let chosen = segment.spec.offer.as_ref();
    let asked =
        status.offer.as_ref().filter(|offer| chosen.is_some_and(|chosen| chosen.quote_id == offer.quote_id));
    let asked = asked.map(|offer| price(&offer.monthly, &offer.one_time));
    let most = match (runs, asked) {
        (Some(runs), Some(asked)) => {
            Spent { monthly: runs.monthly.max(asked.monthly), one_time: runs.one_time.max(asked.one_time) }
        }
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => return None,
    };
    Some(most + charged(&status.orders).map(|charge| price(&charge.monthly, &charge.one_time)).sum())
}

/// What a segment costs as part of a plan: monthly, at once, and the currency. What is in force for its present design, else the
/// offer for that.
#[must_use]
pub fn price(segment: &ConnectivitySegment) -> Option<(String, String, String)> {
    let status = segment.status.as_ref();
    let in_force = status.and_then(|status| status.in_force.as_ref());
    let offer = status.and_then(|status| status.offer.as_ref());
    let (monthly, one_time, currency) = match (in_force, offer) {
        // What runs may cost more than was offered: charges that came up were accepted.
        (Some(now), _) if now.revision == segment.spec.revision && now.currency.0 != NO_CURRENCY => {
            (&now.monthly, &now.one_time, &now.currency)
        }
        (_, Some(offer)) if offer.revision == segment.spec.revision => {
            (&offer.monthly, &offer.one_time, &offer.currency)
        }
        (Some(now), _) => (&now.monthly, &now.one_time, &now.currency),
        (None, Some(offer)) => (&offer.monthly, &offer.one_time, &offer.currency),
        (None, None) => return None,
    };
    Some((monthly.clone(), one_time.clone(), currency.0.clone()))
}
