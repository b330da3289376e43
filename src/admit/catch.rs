//! The safety catch of a `ConnectivityProvider`, and the decision that releases it.

use std::time::Duration;

use jiff::Timestamp;

use super::decision::{expired, id};
use super::{Refusal, duration, small};
use crate::api::{
    ConnectivityDecision, ConnectivityProviderStatus, OrderOperation, OrderRecord, SafetyCatch,
    SafetyCatchCause,
};
use crate::model::{Catch, CatchCause, CatchLimits, Deed, Release, Trip};

/// The longest time over which orders are counted.
const LONGEST: Duration = Duration::from_secs(7 * 86_400);

/// How much is taken for a mistake: what the account states, and `default` for what it does not.
///
/// # Errors
/// A number that is none, or a time that is nothing or longer than a week.
pub fn catch_limits(stated: Option<&SafetyCatch>, default: CatchLimits) -> Result<CatchLimits, Refusal> {
    let Some(stated) = stated else { return Ok(default) };
    let most = |field: &str, stated: Option<i64>, default: usize| match stated {
        Some(number) if number < 1 => Err(Refusal::invalid(field, "must be at least one")),
        Some(number) => small(field, number),
        None => Ok(default),
    };
    let field = "spec.safetyCatch.within";
    let within = stated.within.as_ref().map_or(Ok(default.within), |text| duration(field, text))?;
    if within.is_zero() || within > LONGEST {
        return Err(Refusal::invalid(field, "must be more than nothing and at most 168h"));
    }
    Ok(CatchLimits {
        orders: most("spec.safetyCatch.orders", stated.orders, default.orders)?,
        disconnects: most("spec.safetyCatch.disconnects", stated.disconnects, default.disconnects)?,
        within,
    })
}

/// What is known about the catch of an account.
#[must_use]
pub fn catch(status: Option<&ConnectivityProviderStatus>) -> Catch {
    let Some(told) = status.and_then(|status| status.safety_catch.as_ref()) else { return Catch::default() };
    let trips = told.tripped.iter().map(|trip| Trip {
        cause: cause(trip.cause),
        since: trip.since.0,
        what: trip.what.clone(),
    });
    Catch { trips: trips.collect(), released: told.released.as_ref().map(|released| released.at.0) }
}

/// What tripped a catch.
#[must_use]
pub const fn cause(told: SafetyCatchCause) -> CatchCause {
    match told {
        SafetyCatchCause::Orders => CatchCause::Orders,
        SafetyCatchCause::Disconnects => CatchCause::Disconnects,
        SafetyCatchCause::ForeignOrders => CatchCause::ForeignOrders,
    }
}

/// What an operation does, as far as a safety catch minds.
#[must_use]
pub const fn deed(record: &OrderRecord) -> Deed {
    match record.operation {
        // The one decision that a purchase can rest on is to buy beside what others have.
        OrderOperation::Add => Deed::Buys { beside: record.decision.is_some() },
        OrderOperation::AnswerCharge if record.accepts.is_none() => Deed::Neither,
        OrderOperation::Adopt => Deed::Neither,
        OrderOperation::Modify | OrderOperation::AnswerCharge => Deed::Buys { beside: false },
        OrderOperation::Disconnect | OrderOperation::Cancel => Deed::Ends,
    }
}

/// A decision to release the catch of the account that it names.
///
/// # Errors
/// A namespace that may not decide about accounts, a decision whose time is over, or one about something else.
pub fn release(decision: &ConnectivityDecision, operators: &str, now: Timestamp) -> Result<Release, Refusal> {
    let Some(provider) = decision.spec.provider.as_deref().filter(|_| decision.spec.release_catch.is_some())
    else {
        return Err(Refusal::invalid("spec", "releaseCatch is about a provider, and nothing else is"));
    };
    if decision.metadata.namespace.as_deref() != Some(operators) {
        let message =
            format!("spec.provider: decisions about account {provider} are made in namespace {operators}");
        return Err(Refusal { reason: "NotAllowed", message });
    }
    expired(decision, now)?;
    let made = decision.metadata.creation_timestamp.as_ref().map(|time| time.0);
    let made = made.ok_or_else(|| Refusal::invalid("metadata", "the decision was not created yet"))?;
    Ok(Release { id: id(decision), made })
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    const DEFAULT: CatchLimits =
        CatchLimits { orders: 20, disconnects: 10, within: Duration::from_secs(3_600) };

    fn limits(text: &str) -> Result<CatchLimits, Refusal> {
        catch_limits(Some(&serde_norway::from_str(text).unwrap()), DEFAULT)
    }

    #[test]
    fn what_is_not_stated_is_as_the_flags_say() {
        assert_eq!(catch_limits(None, DEFAULT).unwrap(), DEFAULT);
        assert_eq!(limits("{orders: 3}").unwrap(), CatchLimits { orders: 3, ..DEFAULT });
        let all = limits("{orders: 1, disconnects: 2, within: 10m}").unwrap();
        assert_eq!(all, CatchLimits { orders: 1, disconnects: 2, within: Duration::from_secs(600) });
        for text in ["{orders: 0}", "{disconnects: -1}", "{within: 0s}", "{within: 169h}"] {
            assert_eq!(limits(text).unwrap_err().reason, "Invalid", "{text}");
        }
    }

    #[test]
    fn only_the_operators_namespace_releases() {
        let now: Timestamp = "2026-12-01T12:00:00Z".parse().unwrap();
        let reason = |namespace: &str, spec: &str| {
            let spec = serde_norway::from_str(&format!("{{author: ada, {spec}}}")).unwrap();
            let mut decision = ConnectivityDecision::new("go-on", spec);
            decision.metadata.namespace = Some(namespace.into());
            decision.metadata.creation_timestamp = Some(Time(now));
            release(&decision, "naas-system", now).map(|release| release.made).map_err(|why| why.reason)
        };
        let released = "provider: metro-fiber, releaseCatch: {}";
        assert_eq!(reason("naas-system", released), Ok(now));
        assert_eq!(reason("training", released), Err("NotAllowed"));
        let old = format!("{released}, validUntil: 2026-01-01T00:00:00Z");
        assert_eq!(reason("naas-system", &old), Err("Expired"));
        assert_eq!(reason("naas-system", "segment: seg-1, abandon: {}"), Err("Invalid"));
    }
}
