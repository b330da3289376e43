//! Whether an order is held after all, asked where it cannot be stale, just before the order is written down.

use super::Outcome;
use crate::admit;
use crate::api::{
    ConnectivityProvider, ConnectivityProviderStatus, OrderRecord, Purchasing, SafetyCatchCause,
    SafetyCatchTrip, by_provider, whole,
};
use crate::cluster::Concern;
use crate::model::{Catch, CatchCause, Deed, Trip};
use crate::segment::accounts::Ordered;
use crate::segment::facts::{Facts, Hold, Seen};
use crate::segment::{Context, Error, purchase};

/// Reads from the API server, not from the cache, whether purchases are held and the account's safety catch holds the order.
/// Trips it where this would be one too many.
pub async fn still_held(
    facts: &Facts,
    record: &OrderRecord,
    ordered: &Ordered,
    context: &Context,
) -> Result<Option<Seen>, Error> {
    let deed = admit::deed(record);
    let buys = matches!(deed, Deed::Buys { .. });
    if buys && context.held_now().await? {
        return Ok(Some(Seen::Held(Hold::Global)));
    }
    let name = &facts.segment.spec.provider.name;
    let provider: ConnectivityProvider = context.writer.read(name).await?;
    if buys && provider.spec.purchasing == Purchasing::Held {
        return Ok(Some(Seen::Held(Hold::Provider)));
    }
    let mut catch = admit::catch(provider.status.as_ref());
    if catch.holding(deed).is_none() {
        let limits = admit::catch_limits(provider.spec.safety_catch.as_ref(), context.catch_limits)
            .map_err(Error::Refused)?;
        let segments = context.segments.indexed(&by_provider(name));
        let orders =
            segments.iter().filter_map(|segment| segment.status.as_ref()).flat_map(|status| &status.orders);
        let records = orders.chain(ordered.records());
        if let Some(trip) = purchase::too_many(records, record, name, &catch, limits, context.clock.now()) {
            catch = tripped(&provider, trip, context).await?;
        }
    }
    Ok(catch.holding(deed).is_some().then_some(Seen::Caught(catch)))
}

/// Trips the catch because of what others ordered before us.
pub async fn first_contact(facts: &Facts, trip: Trip, context: &Context) -> Result<Outcome, Error> {
    let name = &facts.segment.spec.provider.name;
    let account = context.accounts.of(name);
    let _alone = account.lock().await;
    let provider: ConnectivityProvider = context.writer.read(name).await?;
    let catch = admit::catch(provider.status.as_ref());
    let known = catch.trips.iter().any(|known| known.cause == trip.cause);
    let catch = if known { catch } else { tripped(&provider, trip, context).await? };
    Ok(Outcome::Seen(Box::new(Seen::Caught(catch))))
}

/// Writes that the catch holds, before anything else is ordered. The account's controller tells people, and releases it.
async fn tripped(provider: &ConnectivityProvider, trip: Trip, context: &Context) -> Result<Catch, Error> {
    let mut safety_catch =
        provider.status.as_ref().and_then(|status| status.safety_catch.clone()).unwrap_or_default();
    safety_catch.tripped.push(SafetyCatchTrip {
        cause: match trip.cause {
            CatchCause::Orders => SafetyCatchCause::Orders,
            CatchCause::Disconnects => SafetyCatchCause::Disconnects,
            CatchCause::ForeignOrders => SafetyCatchCause::ForeignOrders,
        },
        since: whole(trip.since),
        what: trip.what.clone(),
    });
    let status = ConnectivityProviderStatus {
        safety_catch: Some(safety_catch),
        ..ConnectivityProviderStatus::default()
    };
    let written: ConnectivityProvider =
        context.writer.apply_status(provider, Concern::Catch, &status).await?;
    tracing::warn!(provider = ?provider.metadata.name, what = trip.what, "the safety catch tripped");
    let written = context.providers.wrote(written);
    context.writer.event(written.as_ref(), true, "SafetyCatch", "Purchase", &trip.what).await;
    Ok(admit::catch(written.status.as_ref()))
}
