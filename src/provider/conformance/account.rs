//! The account as a whole: capabilities, questions, deadlines, failures and secrets.

use std::time::Duration;

use futures::future::{join, join_all};

use super::backstage::{Call, Trouble};
use super::report::{Outcome, hold};
use super::stage::{Stage, broken, patience, said};
use crate::model::{Change, Failure, FailureClass, OrderId, Placement};
use crate::provider::{Handle, Observation};

/// Capabilities are what the account is, not what it just did; and no call may take for ever.
pub(super) async fn capabilities_do_not_change(stage: &Stage<'_>) -> Outcome {
    let able = stage.able();
    hold(!able.request_timeout.is_zero(), || "a call may take no time at all".into())?;
    said("to verify the account", stage.provider.verify().await)?;
    stage.backstage.pass(Duration::from_secs(3_600)).await;
    let again = stage.able();
    hold(able == again, || format!("{able:?} became {again:?}"))
}

/// The account works, and it is noticed where the seller heeds no filters.
pub(super) async fn the_account_is_verified(stage: &Stage<'_>) -> Outcome {
    stage.place(&stage.addition().await?).await?;
    stage.settle().await;
    let honest = said("to verify the account", stage.provider.verify().await)?;
    hold(!honest.ignores_filters, || "filters are heeded, and said to be ignored".into())?;
    if stage.backstage.disturb(Call::Search, Trouble::IgnoredFilters).await {
        let other = said("to verify the account", stage.provider.verify().await)?;
        hold(other.ignores_filters, || "filters are ignored, and said to be heeded".into())?;
    }
    Ok(())
}

/// Whatever is asked for free, nothing is ordered by it.
pub(super) async fn questions_order_nothing(stage: &Stage<'_>) -> Outcome {
    let count = async || {
        let calls = [Call::Order, Call::Cancel, Call::AnswerCharge];
        let received = join_all(calls.map(|call| stage.backstage.received(call))).await;
        (received, stage.backstage.taken().await.len())
    };
    let before = count().await;
    let design = stage.design();
    stage.offer(&design, &Change::Add).await?;
    said("to qualify", stage.provider.qualify(&design, &Change::Add).await)?;
    said("a search", stage.provider.find(&stage.project()).await)?;
    said("to verify the account", stage.provider.verify().await)?;
    said("a listing", stage.provider.list(None).await)?;
    let after = count().await;
    hold(before == after, || format!("paid requests and orders before {before:?}, after {after:?}"))
}

/// Whose move it is after a failure follows from its class.
pub(super) async fn failures_are_classified(stage: &Stage<'_>) -> Outcome {
    use FailureClass as Class;
    type Fits = fn(&Class) -> bool;
    let id = stage.place(&stage.addition().await?).await?;
    stage.settle().await;
    let status = |code| Trouble::Status { code, retry_after: None, took_effect: false };
    let cases: [(Trouble, Fits); 12] = [
        (status(401), |class| *class == Class::Unauthenticated),
        (status(403), |class| *class == Class::PermissionDenied),
        (status(408), |class| *class == Class::Transient),
        (status(409), |class| *class == Class::Conflict),
        (status(429), |class| matches!(class, Class::Throttled(_))),
        (status(500), |class| *class == Class::Transient),
        (status(502), |class| *class == Class::Transient),
        (status(503), |class| matches!(class, Class::Transient | Class::Throttled(_))),
        (status(504), |class| *class == Class::Transient),
        (Trouble::AnswerLost, |class| *class == Class::Transient),
        (Trouble::HalfAnAnswer, |class| matches!(class, Class::Transient | Class::Unreadable)),
        (Trouble::Page, |class| matches!(class, Class::Transient | Class::Unreadable)),
    ];
    for (trouble, fits) in cases {
        stage.disturb(Call::ShowOrder, trouble.clone()).await?;
        match stage.provider.observe(&[Handle::Order(id.clone())]).await {
            Err(failure) => hold(fits(&failure.class), || format!("{trouble:?} is {failure:?}"))?,
            Ok(seen) => return broken(format!("{trouble:?}, and yet {seen:?}")),
        }
    }
    stage.disturb(Call::ShowOrder, status(404)).await?;
    match stage.provider.observe(&[Handle::Order(id)]).await.as_deref() {
        Ok([Observation::Missing]) => Ok(()),
        Err(failure) if failure.class == Class::NotFound => Ok(()),
        other => broken(format!("404 is {other:?}")),
    }
}

/// How long the seller wants us to stay away is carried to whoever decides when to come back.
pub(super) async fn the_wait_is_carried(stage: &Stage<'_>) -> Outcome {
    const WAIT: Duration = Duration::from_secs(7);
    let throttled = Trouble::Status { code: 429, retry_after: Some(WAIT), took_effect: false };
    stage.disturb(Call::ShowOrder, throttled).await?;
    match stage.provider.observe(&[Handle::Order(OrderId("any".into()))]).await {
        Err(Failure { class: FailureClass::Throttled(Some(wait)), .. }) => {
            hold(wait == WAIT, || format!("to stay away for {WAIT:?} became {wait:?}"))
        }
        other => broken(format!("to stay away for {WAIT:?} became {other:?}")),
    }
}

/// A seller that is mute holds up nobody for longer than the account declares.
pub(super) async fn no_call_outlives_its_deadline(stage: &Stage<'_>) -> Outcome {
    let order = stage.addition().await?;
    let id = stage.place(&stage.addition().await?).await?;
    stage.settle().await;
    let limit = patience(&stage.able());
    let handles = [Handle::Order(id)];
    // Both at once, so that nobody waits twice.
    stage.disturb(Call::Order, Trouble::Silence).await?;
    stage.disturb(Call::ShowOrder, Trouble::Silence).await?;
    let (placed, observed) = join(
        tokio::time::timeout(limit, stage.send(&order)),
        tokio::time::timeout(limit, stage.provider.observe(&handles)),
    )
    .await;
    match placed {
        Ok(Placement::Accepted(_) | Placement::Unknown(_)) => {}
        Ok(Placement::Refused(failure)) => {
            return broken(format!("the seller took it: refused, {failure:?}"));
        }
        Err(_) => return broken(format!("an order was not answered within {limit:?}")),
    }
    match observed {
        Ok(Err(_)) => Ok(()),
        Ok(Ok(seen)) => broken(format!("the seller was mute, and yet {seen:?}")),
        Err(_) => broken(format!("an observation was not made within {limit:?}")),
    }
}

/// What the account identifies itself with is in no failure, whatever went wrong.
pub(super) async fn no_secret_shows(stage: &Stage<'_>) -> Outcome {
    let order = stage.addition().await?;
    let status = |code| Trouble::Status { code, retry_after: None, took_effect: false };
    let mut shown = Vec::new();
    for trouble in [status(401), status(403), status(500), Trouble::Page, Trouble::AnswerLost] {
        for call in [Call::Order, Call::ShowOrder, Call::Search] {
            stage.disturb(call, trouble.clone()).await?;
            if call == Call::Order {
                shown.push(format!("{:?}", stage.send(&order).await));
            } else {
                let handles = [Handle::Order(OrderId("any".into()))];
                shown.push(format!("{:?}", stage.provider.observe(&handles).await));
                shown.push(format!("{:?}", stage.provider.find(&stage.project()).await));
                shown.push(format!("{:?}", stage.provider.verify().await));
            }
            stage.backstage.calm().await;
        }
    }
    let secrets = stage.backstage.secrets();
    let leaks =
        shown.iter().filter(|text| secrets.iter().any(|secret| text.contains(secret.as_str()))).count();
    // What it says is not quoted here either.
    hold(leaks == 0, || format!("{leaks} of {} answers hold a secret", shown.len()))
}
