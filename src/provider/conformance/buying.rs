//! Paid calls: sent once, in time or not at all, and told as they were.

use std::time::Duration;

use super::backstage::{Call, Trouble};
use super::report::{Outcome, hold};
use super::stage::{Stage, broken};
use crate::model::{ChargeId, Failure, ItemAnswer, OrderId, Placement};

/// What a seller or somebody on the way may answer without having taken anything.
const NOTHING_TAKEN: [u16; 9] = [400, 401, 403, 404, 408, 409, 429, 500, 503];

/// An order is accepted under an id, and under that id it is seen as it was sent.
pub(super) async fn an_order_is_taken_and_seen(stage: &Stage<'_>) -> Outcome {
    let order = stage.addition().await?;
    let id = stage.place(&order).await?;
    let taken = stage.taken(&order.mark).await;
    hold(taken.len() == 1, || format!("the seller has {} orders under {}", taken.len(), order.mark))?;
    hold(taken[0].id == id, || format!("accepted as {id}, but the seller calls it {}", taken[0].id))?;
    let project = taken[0].project.as_ref();
    hold(project == Some(&order.project.0), || format!("the seller knows it under project {project:?}"))?;
    stage.settle().await;
    let seen = stage.order_of(&id).await?;
    let as_sent = (Some(&order.mark), Some(&order.project));
    hold((seen.mark.as_ref(), seen.project.as_ref()) == as_sent, || {
        format!("sent as {as_sent:?}, seen as {seen:?}")
    })?;
    hold(!seen.state.is_dead(), || format!("an order that nothing stands against: {seen:?}"))
}

/// What the seller refused is refused, with a reason: the next attempt need not wait for anything.
pub(super) async fn a_refusal_is_told(stage: &Stage<'_>) -> Outcome {
    let order = stage.addition().await?;
    stage.disturb(Call::Order, Trouble::Refused).await?;
    match stage.send(&order).await {
        Placement::Refused(Failure { message, .. }) => {
            hold(!message.is_empty(), || "it is refused without a word".into())
        }
        other => broken(format!("the seller refused the order: {other:?}")),
    }
}

/// Whatever becomes of it, an order leaves once.
pub(super) async fn an_order_is_sent_once(stage: &Stage<'_>) -> Outcome {
    let lost = [Trouble::AnswerLost, Trouble::HalfAnAnswer, Trouble::RequestLost, Trouble::Page];
    let statuses = NOTHING_TAKEN.map(|code| Trouble::Status { code, retry_after: None, took_effect: false });
    let order = stage.addition().await?;
    for trouble in lost.into_iter().chain(statuses) {
        // What had no effect may be tried again under the same mark; of what had, one more is another order of the suite.
        let order = match stage.taken(&order.mark).await.len() {
            0 => order.clone(),
            _ => stage.addition().await?,
        };
        stage.disturb(Call::Order, trouble.clone()).await?;
        let before = stage.backstage.received(Call::Order).await;
        stage.send(&order).await;
        let times = stage.backstage.received(Call::Order).await - before;
        hold(times <= 1, || format!("{trouble:?}: the order left {times} times"))?;
        stage.backstage.calm().await;
    }
    Ok(())
}

/// Whoever did not hear the seller's answer does not know it.
pub(super) async fn a_lost_answer_is_unknown(stage: &Stage<'_>) -> Outcome {
    let failed_after = |code| Trouble::Status { code, retry_after: None, took_effect: true };
    for trouble in [
        Trouble::AnswerLost,
        Trouble::HalfAnAnswer,
        failed_after(500),
        failed_after(504),
        Trouble::LateEffect(Duration::from_secs(1)),
    ] {
        let order = stage.addition().await?;
        stage.disturb(Call::Order, trouble.clone()).await?;
        let placement = stage.send(&order).await;
        stage.backstage.calm().await;
        stage.settle().await;
        let taken = stage.taken(&order.mark).await;
        hold(!taken.is_empty(), || format!("{trouble:?}: the order never left"))?;
        match placement {
            Placement::Unknown(_) => {}
            Placement::Accepted(id) => {
                hold(taken.iter().any(|order| order.id == id), || format!("{trouble:?}: {id} is no order"))?;
            }
            Placement::Refused(failure) => {
                return broken(format!("{trouble:?}: the seller took what is called refused: {failure:?}"));
            }
        }
    }
    Ok(())
}

/// What is late does not leave, and is told as what it is: refused, with nothing sent.
pub(super) async fn nothing_leaves_after_the_fence(stage: &Stage<'_>) -> Outcome {
    let order = stage.addition().await?;
    let (late, nobody) = (stage.backstage.fence(true), OrderId("nobody".into()));
    let items = [ItemAnswer { item: "1".into(), accept: false }];
    let before = received(stage).await;
    let placements = [
        stage.provider.place(&order, late).await,
        stage.provider.cancel(&nobody, late).await,
        stage.provider.answer_charge(&ChargeId(nobody.0.clone()), &items, late).await,
    ];
    let after = received(stage).await;
    hold(before == after, || format!("requests before {before:?}, after {after:?}"))?;
    let told = placements.iter().all(|placement| matches!(placement, Placement::Refused(_)));
    hold(told, || format!("nothing was sent: {placements:?}"))
}

/// Paid requests that reached the seller.
async fn received(stage: &Stage<'_>) -> [usize; 3] {
    let mut received = [0; 3];
    for (count, call) in received.iter_mut().zip([Call::Order, Call::Cancel, Call::AnswerCharge]) {
        *count = stage.backstage.received(call).await;
    }
    received
}
