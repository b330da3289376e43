//! Searches, observations, listings: what is there, all of it, and nothing else.

use std::collections::BTreeSet;
use std::time::Duration;

use super::backstage::{Call, Trouble};
use super::report::{Outcome, Verdict, hold, need};
use super::stage::{Stage, said};
use crate::model::{OrderId, OrderState, Project, ServiceId, ServiceState};
use crate::provider::{Handle, Observation};

/// The most pages of a listing that ends.
const PAGES: usize = 1_000;

/// A search shows the orders that bear the project byte for byte, whether or not the seller heeds filters.
pub(super) async fn a_search_shows_the_project_and_nothing_else(stage: &Stage<'_>) -> Outcome {
    let ours = stage.project();
    let neighbours = ["2", "/x", " "].map(|more| Project(format!("{}{more}", ours.0)));
    let mut expected = BTreeSet::new();
    for project in std::iter::once(&ours).chain(&neighbours) {
        let mut order = stage.addition().await?;
        order.project = project.clone();
        let id = stage.place(&order).await?;
        if *project == ours {
            expected.insert(id);
        }
    }
    stage.settle().await;
    for ignored in [false, true] {
        if ignored && !stage.backstage.disturb(Call::Search, Trouble::IgnoredFilters).await {
            return Ok(());
        }
        let found = said("a search", stage.provider.find(&ours).await)?;
        let strangers: Vec<_> = found.iter().filter(|order| order.project.as_ref() != Some(&ours)).collect();
        hold(strangers.is_empty(), || format!("orders of other projects: {strangers:?}"))?;
        let found: BTreeSet<OrderId> = found.into_iter().map(|order| order.id).collect();
        hold(found == expected, || {
            format!("found {found:?}, not {expected:?} (filters ignored: {ignored})")
        })?;
    }
    Ok(())
}

/// An order whose answer was lost is found once the times are over that the account declares.
pub(super) async fn a_search_finds_what_was_lost(stage: &Stage<'_>) -> Outcome {
    need(stage.able().search_reliable, "the account declares that its searches prove nothing")?;
    let nothing = said("a search", stage.provider.find(&stage.project()).await)?;
    hold(nothing.is_empty(), || format!("found before anything was ordered: {nothing:?}"))?;
    let late = Trouble::LateEffect(stage.able().delay_bound.min(Duration::from_secs(1)));
    for trouble in [Trouble::AnswerLost, late] {
        let order = stage.addition().await?;
        stage.disturb(Call::Order, trouble.clone()).await?;
        stage.send(&order).await;
        stage.backstage.calm().await;
        stage.settle().await;
        let found = said("a search", stage.provider.find(&stage.project()).await)?;
        let it = found.iter().filter(|found| found.mark.as_ref() == Some(&order.mark)).count();
        hold(it > 0, || format!("{trouble:?}: {} was taken and is not found", order.mark))?;
    }
    Ok(())
}

/// What the seller does not know is no failure: it is missing.
pub(super) async fn what_is_missing_is_missing(stage: &Stage<'_>) -> Outcome {
    let id = || "nobody-knows-this".to_owned();
    for handle in [
        Handle::Order(OrderId(id())),
        Handle::Service(ServiceId(id())),
        Handle::Quote(id()),
        Handle::Qualification(id()),
    ] {
        let seen = stage.look(handle.clone()).await?;
        hold(seen == Observation::Missing, || format!("behind {handle:?}: {seen:?}"))?;
    }
    Ok(())
}

/// As many observations as handles, in the same order.
pub(super) async fn each_handle_has_its_observation(stage: &Stage<'_>) -> Outcome {
    let (order, other) = (stage.addition().await?, stage.addition().await?);
    let (one, two) = (stage.place(&order).await?, stage.place(&other).await?);
    stage.settle().await;
    let missing = OrderId("nobody-knows-this".into());
    let asked: Vec<OrderId> = [&one, &missing, &two, &one, &two, &one].into_iter().cloned().collect();
    let handles: Vec<Handle> = asked.iter().cloned().map(Handle::Order).collect();
    // The missing one is of interest to its own check: here it only has a place.
    let seen = match stage.provider.observe(&handles).await {
        Ok(seen) => seen,
        Err(failure) => {
            return Err(Verdict::NotApplicable(format!("cannot observe them together: {failure}")));
        }
    };
    hold(seen.len() == handles.len(), || format!("{} handles, {} observations", handles.len(), seen.len()))?;
    for (asked, seen) in asked.iter().zip(&seen) {
        let fits = match seen {
            Observation::Order(order) => order.id == *asked,
            Observation::Missing => *asked == missing,
            Observation::Qualification(_) | Observation::Quote(_) | Observation::Service(_) => false,
        };
        hold(fits, || format!("in the place of {asked}: {seen:?}"))?;
    }
    Ok(())
}

/// A state that nobody ever heard of is carried in the seller's own word.
pub(super) async fn an_unknown_state_is_carried(stage: &Stage<'_>) -> Outcome {
    const WORD: &str = "limbo";
    let order = stage.addition().await?;
    let id = stage.place(&order).await?;
    let done = stage.completed(&id).await?;
    stage.settle().await;
    stage.disturb(Call::ShowOrder, Trouble::OddState(WORD)).await?;
    let seen = stage.order_of(&id).await?;
    let carried = seen.state == OrderState::Unknown(WORD.into()) && seen.raw_state == WORD;
    hold(carried, || format!("an order in state {WORD}: {seen:?}"))?;
    stage.backstage.calm().await;
    let Some(service) = done.connection() else { return Ok(()) };
    stage.disturb(Call::ShowService, Trouble::OddState(WORD)).await?;
    match stage.look(Handle::Service(service.clone())).await? {
        Observation::Service(seen) => {
            let carried = seen.state == ServiceState::Unknown(WORD.into()) && seen.raw_state == WORD;
            hold(carried, || format!("a service in state {WORD}: {seen:?}"))
        }
        other => Err(Verdict::Failed(format!("behind the handle of a service: {other:?}"))),
    }
}

/// The inventory comes to an end, shows everything that was delivered, and nothing twice.
pub(super) async fn a_listing_ends_and_loses_nothing(stage: &Stage<'_>) -> Outcome {
    for _ in 0..3 {
        stage.service().await?;
    }
    stage.settle().await;
    let (mut cursor, mut seen) = (None, BTreeSet::new());
    for _ in 0..PAGES {
        let page = said("a listing", stage.provider.list(cursor).await)?;
        for item in page.items {
            hold(seen.insert(item.id.clone()), || format!("{} is listed twice", item.id))?;
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    hold(cursor.is_none(), || format!("after {PAGES} pages there are more"))?;
    let services = stage.backstage.services().await;
    let lost: Vec<_> = services.iter().filter(|(id, runs)| *runs && !seen.contains(id)).collect();
    hold(lost.is_empty(), || format!("not listed: {lost:?}"))
}
