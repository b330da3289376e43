//! Budgets and ledgers to the domain, and what a segment's record of orders claims of them.

use rust_decimal::Decimal;

use super::segment::term;
use super::{Refusal, amount, currency};
use crate::api::{
    BudgetCap, ConnectivityBudgetSpec, ConnectivitySegment, ConnectivitySegmentSpec, LedgerCounts,
    LedgerEntry, LedgerStatus, NO_CURRENCY, OrderOperation, OrderRecord, OrderRecordState, SegmentOffer,
};
use crate::model::{Amount, Caps, Claim, Costs, Counts, Currency, Entry, Fence, Ledger, Limits, Most};

/// The caps of a budget.
///
/// # Errors
/// A field that cannot be understood, a rate of nothing, or one to a currency without a cap.
pub fn caps(spec: &ConnectivityBudgetSpec) -> Result<Caps, Refusal> {
    let mut caps = Caps::default();
    for cap in &spec.caps {
        caps.most.insert(currency("spec.caps.currency", &cap.currency)?, most(cap)?);
    }
    for rate in &spec.rates {
        let (from, to) = (currency("spec.rates.from", &rate.from)?, currency("spec.rates.to", &rate.to)?);
        let factor = amount("spec.rates.rate", &rate.rate)?.decimal();
        if factor.is_zero() {
            return Err(Refusal::invalid(
                "spec.rates.rate",
                format!("one {from} must be more than nothing in {to}"),
            ));
        }
        if !caps.most.contains_key(&to) {
            return Err(Refusal::invalid("spec.rates.to", format!("there is no cap in {to}: state one")));
        }
        caps.rates.insert(from, (to, factor));
    }
    if caps.most.is_empty() {
        return Err(Refusal::invalid("spec.caps", "state at least one"));
    }
    Ok(caps)
}

fn most(cap: &BudgetCap) -> Result<Most, Refusal> {
    let read = |field: &str, text: &Option<_>| {
        text.as_ref().map(|text| amount(&format!("spec.caps.{field}"), text)).transpose()
    };
    Ok(Most {
        monthly: read("monthly", &cap.monthly)?,
        one_time: read("oneTime", &cap.one_time)?,
        commitment: read("commitment", &cap.commitment)?,
    })
}

/// The caps of an account on everything that is bought through it.
#[must_use]
pub fn account_caps(limits: &Limits) -> Caps {
    let most =
        Most { monthly: Some(limits.total.monthly), one_time: Some(limits.total.one_time), commitment: None };
    Caps { most: [(limits.currency, most)].into(), ..Caps::default() }
}

/// A ledger as it is stored.
///
/// # Errors
/// An entry that cannot be understood; the operator itself wrote it, so this is a defect or a foreign edit. It is counted anew.
pub fn ledger(stored: &LedgerStatus) -> Result<Ledger, Refusal> {
    let read = |stored: &LedgerEntry| Ok(((stored.segment.clone(), stored.sequence), entry(stored)?));
    let entries = stored.entries.iter().map(read).collect::<Result<_, Refusal>>()?;
    Ok(Ledger { entries, freed: stored.freed })
}

fn entry(stored: &LedgerEntry) -> Result<Entry, Refusal> {
    let field = "status.ledger.entries";
    let amount = |text: &str| text.parse::<Amount>().map_err(|why| Refusal::invalid(field, why));
    let fence = stored.reserving.as_ref().map(|fence| {
        let version = fence.resource_version.parse().map_err(|why| Refusal::invalid(field, why))?;
        Ok::<_, Refusal>(Fence { uid: fence.uid.clone(), version })
    });
    Ok(Entry {
        counts: match stored.counts {
            LedgerCounts::Service => Counts::Service,
            LedgerCounts::Charge => Counts::Charge,
        },
        currency: stored.currency.parse().map_err(|why| Refusal::invalid(field, why))?,
        costs: Costs {
            monthly: amount(&stored.monthly)?,
            one_time: amount(&stored.one_time)?,
            commitment: amount(&stored.commitment)?,
        },
        fence: fence.transpose()?,
    })
}

/// What a segment's record of orders claims: what runs or may run, what is being bought, and charges accepted on that.
#[must_use]
pub fn claims(segment: &ConnectivitySegment) -> Vec<Claim> {
    let Some(status) = &segment.status else { return Vec::new() };
    let price_of = |record: &OrderRecord| price(&segment.spec, status.offer.as_ref(), record);
    let mut claims: Vec<Claim> = Vec::new();
    let runs = status.in_force.is_some() || is_bought(&status.orders);
    if let Some(record) = shaping(&status.orders).filter(|_| runs) {
        let in_force = status.in_force.as_ref().filter(|runs| runs.currency.0 != NO_CURRENCY);
        let price =
            in_force.and_then(|runs| costs(&segment.spec, &runs.currency.0, &runs.monthly, &runs.one_time));
        let price = price.or_else(|| price_of(record));
        claims.push(Claim { sequence: record.sequence, counts: Counts::Service, price });
    }
    let under_way = |id: &Option<String>| {
        let placed = |order: &OrderRecord| order.order_id == *id && order.state == OrderRecordState::Placed;
        id.is_some() && status.orders.iter().any(placed)
    };
    for record in &status.orders {
        let counts = match record.operation {
            OrderOperation::Add | OrderOperation::Modify if is_open(record) => Counts::Service,
            // Those of completed orders are in what runs.
            OrderOperation::AnswerCharge if record.refusal.is_none() && under_way(&record.order_id) => {
                Counts::Charge
            }
            OrderOperation::Add
            | OrderOperation::Modify
            | OrderOperation::AnswerCharge
            | OrderOperation::Adopt
            | OrderOperation::Disconnect
            | OrderOperation::Cancel => continue,
        };
        let pays_nothing = counts == Counts::Charge && record.accepts.is_none();
        if !pays_nothing {
            claims.push(Claim { sequence: record.sequence, counts, price: price_of(record) });
        }
    }
    claims
}

/// What an order that is about to be reserved adds; none where it pays for nothing new.
#[must_use]
pub fn adds(
    spec: &ConnectivitySegmentSpec,
    offer: Option<&SegmentOffer>,
    record: &OrderRecord,
) -> Option<(Counts, Option<(Currency, Costs)>)> {
    let counts = match record.operation {
        OrderOperation::Add | OrderOperation::Modify => Counts::Service,
        OrderOperation::AnswerCharge if record.accepts.is_some() => Counts::Charge,
        OrderOperation::AnswerCharge
        | OrderOperation::Adopt
        | OrderOperation::Disconnect
        | OrderOperation::Cancel => return None,
    };
    Some((counts, price(spec, offer, record)))
}

/// What a firm offer over the segment's term comes to.
#[must_use]
pub fn offer_costs(spec: &ConnectivitySegmentSpec, offer: &SegmentOffer) -> Option<(Currency, Costs)> {
    costs(spec, &offer.currency.0, &offer.monthly, &offer.one_time)
}

/// The price of an order: of the charge, of the offer that it cites, or else the most that may be paid for it.
fn price(
    spec: &ConnectivitySegmentSpec,
    offer: Option<&SegmentOffer>,
    record: &OrderRecord,
) -> Option<(Currency, Costs)> {
    if let Some(charge) = &record.accepts {
        return costs(spec, &charge.currency.0, &charge.monthly, &charge.one_time);
    }
    let cited = offer.filter(|offer| record.quote_id.as_ref() == Some(&offer.quote_id));
    if let Some(offer) = cited {
        return offer_costs(spec, offer);
    }
    let authority = spec.authority.as_ref().filter(|_| record.operation != OrderOperation::Adopt)?;
    costs(spec, &authority.currency.0, &authority.monthly.0, &authority.one_time.0)
}

fn costs(
    spec: &ConnectivitySegmentSpec,
    currency: &str,
    monthly: &str,
    one_time: &str,
) -> Option<(Currency, Costs)> {
    let months = term("spec.design.term", &spec.design.term).map_or(Decimal::ONE, |term| term.months());
    Some((currency.parse().ok()?, Costs::over(months, monthly.parse().ok()?, one_time.parse().ok()?)))
}

const fn is_open(record: &OrderRecord) -> bool {
    match record.state {
        OrderRecordState::Intending | OrderRecordState::Placed | OrderRecordState::Unknown => true,
        OrderRecordState::Refused | OrderRecordState::Settled => false,
    }
}

fn succeeded(record: &&OrderRecord) -> bool {
    record.state == OrderRecordState::Settled && record.refusal.is_none() && record.twin.is_none()
}

/// Whether what was bought or taken over last was not ended since.
fn is_bought(orders: &[OrderRecord]) -> bool {
    let mut settled = orders.iter().rev().filter(succeeded);
    settled.find_map(|record| match record.operation {
        OrderOperation::Add | OrderOperation::Adopt => Some(true),
        OrderOperation::Disconnect => Some(false),
        OrderOperation::Modify | OrderOperation::Cancel | OrderOperation::AnswerCharge => None,
    }) == Some(true)
}

/// The order that gave the service its present shape.
fn shaping(orders: &[OrderRecord]) -> Option<&OrderRecord> {
    orders.iter().rev().filter(succeeded).find(|record| match record.operation {
        OrderOperation::Add | OrderOperation::Adopt | OrderOperation::Modify => true,
        OrderOperation::Disconnect | OrderOperation::Cancel | OrderOperation::AnswerCharge => false,
    })
}

#[cfg(test)]
mod tests;
