//! What becomes of a service: changes, disconnects, cancellations, charges.

use super::backstage::{Call, Trouble};
use super::report::{Outcome, Verdict, hold, need};
use super::stage::{Stage, broken, said};
use crate::model::{Change, ChargeItem, ChargeState, FailureClass, ItemAnswer, Operation, Placement, Task};
use crate::provider::{Handle, Observation};

/// A change is another shape of the same service, and no other service.
pub(super) async fn a_change_is_of_the_service_it_names(stage: &Stage<'_>) -> Outcome {
    let (design, service) = stage.service().await?;
    let wider = stage.backstage.changed(&design);
    let offer = stage.offer(&wider, &Change::Modify(service.clone())).await?;
    let before = stage.backstage.services().await.len();
    let operation = Operation::Modify { service: service.clone(), design: Box::new(wider.clone()), offer };
    let id = stage.place(&stage.order(operation)).await?;
    let done = stage.completed(&id).await?;
    hold(done.task == Task::Modify, || format!("a change is seen as {:?}", done.task))?;
    let after = stage.backstage.services().await.len();
    hold(before == after, || format!("{before} services became {after}"))?;
    stage.settle().await;
    match stage.look(Handle::Service(service)).await? {
        Observation::Service(seen) => hold(seen.rates.is_none_or(|rates| rates == wider.rates), || {
            format!("changed to {:?}", seen.rates)
        }),
        other => broken(format!("behind the handle of a service: {other:?}")),
    }
}

/// A disconnect ends the services that it names, all of them, and no other.
pub(super) async fn a_disconnect_ends_what_it_names(stage: &Stage<'_>) -> Outcome {
    let (_, one) = stage.service().await?;
    let (_, kept) = stage.service().await?;
    let (design, two) = stage.service().await?;
    let services = vec![one.clone(), two.clone()];
    let requested_completion = design.requested_completion;
    let id = stage.place(&stage.order(Operation::Disconnect { services, requested_completion })).await?;
    let done = stage.completed(&id).await?;
    hold(done.task == Task::Disconnect, || format!("a disconnect is seen as {:?}", done.task))?;
    stage.settle().await;
    let services = stage.backstage.services().await;
    let runs = |id| services.iter().any(|(service, runs)| service == id && *runs);
    hold(!runs(&one) && !runs(&two), || {
        format!("{one} runs: {}, {two} runs: {}; both were to end", runs(&one), runs(&two))
    })?;
    hold(runs(&kept), || format!("{kept} was ended, and nobody named it"))
}

/// A cancellation leaves once, is not called refused where it may have happened, and is seen afterwards.
pub(super) async fn a_cancellation_is_sent_once_and_told(stage: &Stage<'_>) -> Outcome {
    for trouble in [None, Some(Trouble::AnswerLost)] {
        let order = stage.addition().await?;
        let id = stage.place(&order).await?;
        let none = said("to look for cancellations", stage.provider.cancellation(&id).await)?;
        hold(none.is_none(), || format!("before anybody cancelled: {none:?}"))?;
        stage.backstage.pass(stage.backstage.under_way()).await;
        if let Some(trouble) = trouble.clone() {
            stage.disturb(Call::Cancel, trouble).await?;
        }
        let before = stage.backstage.received(Call::Cancel).await;
        let placement = stage.provider.cancel(&id, stage.backstage.fence(false)).await;
        let times = stage.backstage.received(Call::Cancel).await - before;
        stage.backstage.calm().await;
        hold(times == 1, || format!("{trouble:?}: the cancellation left {times} times"))?;
        match (&placement, &trouble) {
            (Placement::Refused(failure), None) if failure.class == FailureClass::Unsupported => {
                return Err(Verdict::NotApplicable("the seller cancels nothing".into()));
            }
            (Placement::Accepted(_), None) | (Placement::Unknown(_), Some(_)) => {}
            (Placement::Accepted(_) | Placement::Refused(_) | Placement::Unknown(_), _) => {
                return broken(format!("{trouble:?}: the seller took it: {placement:?}"));
            }
        }
        stage.settle().await;
        let seen = said("to look for cancellations", stage.provider.cancellation(&id).await)?;
        hold(seen.is_some(), || format!("{trouble:?}: the cancellation is not seen"))?;
    }
    Ok(())
}

/// A charge is seen with its items, answered once, and not called refused where the answer may have arrived.
pub(super) async fn a_charge_is_answered_once(stage: &Stage<'_>) -> Outcome {
    for trouble in [None, Some(Trouble::AnswerLost)] {
        let order = stage.addition().await?;
        need(stage.backstage.charge_next().await, "the seller raises no charges")?;
        let id = stage.place(&order).await?;
        stage.backstage.pass(stage.backstage.under_way()).await;
        let charges = said("to look for charges", stage.provider.charges(&id).await)?;
        let [charge] = charges.as_slice() else { return broken(format!("one charge is {charges:?}")) };
        hold(charge.state == ChargeState::Open && !charge.items.is_empty(), || {
            format!("a charge that waits: {charge:?}")
        })?;
        let same = said("to read a charge", stage.provider.charge(&charge.id).await)?;
        hold(same == *charge, || format!("by its id another one: {same:?}, not {charge:?}"))?;
        if let Some(trouble) = trouble.clone() {
            stage.disturb(Call::AnswerCharge, trouble).await?;
        }
        let answer = |item: &ChargeItem| ItemAnswer { item: item.id.clone(), accept: true };
        let answers: Vec<ItemAnswer> = charge.items.iter().map(answer).collect();
        let before = stage.backstage.received(Call::AnswerCharge).await;
        let fence = stage.backstage.fence(false);
        let placement = stage.provider.answer_charge(&charge.id, &answers, fence).await;
        let times = stage.backstage.received(Call::AnswerCharge).await - before;
        stage.backstage.calm().await;
        hold(times == 1, || format!("{trouble:?}: the answer left {times} times"))?;
        let told = match &trouble {
            None => matches!(placement, Placement::Accepted(_)),
            Some(_) => matches!(placement, Placement::Unknown(_)),
        };
        hold(told, || format!("{trouble:?}: the seller took it: {placement:?}"))?;
        let answered = said("to read a charge", stage.provider.charge(&charge.id).await)?;
        hold(answered.state != ChargeState::Open, || format!("{trouble:?}: it was answered: {answered:?}"))?;
    }
    Ok(())
}
