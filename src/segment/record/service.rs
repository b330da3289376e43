//! What is told of a service: its product, what runs of it, and where that is not as asked.

use super::{charges, drift, products};
use crate::api::{
    ChargePrice, CurrencyText, NO_CURRENCY, OrderOperation, ProductRole, SegmentInForce, whole,
};
use crate::model::{Rates, ServiceId, ServiceState, ServiceView};
use crate::planning::running_term_end;
use crate::segment::decide::existing::between;
use crate::segment::facts::{Facts, Sight};
use crate::segment::purchase;

/// Services that were found between the ends: where there is one, that is the one.
pub fn existing(facts: &mut Facts, found: Vec<ServiceView>) {
    if let [only] = between(facts, &found).as_slice() {
        let only = (*only).clone();
        service(facts, &only.id.clone(), Sight::There(only));
    }
    facts.found = Some(found);
}

/// What a look at a product of a service showed.
pub fn service(facts: &mut Facts, id: &ServiceId, sight: Sight<ServiceView>) {
    facts.services.insert(id.clone(), sight.clone());
    if purchase::watches(facts) {
        watched(facts, id, &sight);
        return;
    }
    // What is only looked at to be taken over is not ours yet.
    if facts.sights().all(|(_, ours, _)| ours != *id) {
        return;
    }
    products::seen(facts, id, &sight);
    let Some(Sight::There(connection)) = facts.service().cloned() else { return };
    let all_in_use =
        facts.all_named() && facts.unseen().is_none() && facts.sights().all(|(.., sight)| sight.is_in_use());
    if all_in_use && facts.draft.in_force.is_none() {
        facts.draft.in_force = in_force(facts, &connection, true);
    }
    if purchase::as_taken_over(facts.orders()) {
        facts.draft.differences = drift::from_design(facts, &connection);
    }
}

/// What is watched is told as it is, if it runs between the ends of the segment; what else there is concerns nobody here.
fn watched(facts: &mut Facts, id: &ServiceId, sight: &Sight<ServiceView>) {
    let ours_to_see = match sight {
        Sight::There(view)
            if view.state != ServiceState::Gone && purchase::elsewhere(facts, view).is_none() =>
        {
            Some(view)
        }
        Sight::There(_) | Sight::Missing => None,
    };
    facts.draft.products =
        ours_to_see.map(|_| products::told(ProductRole::Evc, id, sight)).into_iter().collect();
    facts.draft.in_force = ours_to_see.map(|view| shown(facts, view, facts.segment.spec.revision));
    facts.draft.differences = ours_to_see.map(|view| drift::from_design(facts, view)).unwrap_or_default();
}

/// Takes into the facts that a service is ours from now on.
pub fn adopted(facts: &mut Facts) {
    if let Some(Sight::There(view)) = facts.service().cloned() {
        facts.draft.in_force = None;
        service(facts, &view.id.clone(), Sight::There(view));
    }
}

/// What runs, as inventory shows it: nobody here ordered it.
fn shown(facts: &Facts, view: &ServiceView, revision: i64) -> SegmentInForce {
    let before = facts.draft.in_force.as_ref();
    let unknown = || "unknown".to_owned();
    let since = view.started.map(whole).or_else(|| before.map(|before| before.since.clone()));
    let end = view
        .started
        .zip(view.term.as_ref())
        .and_then(|(started, term)| running_term_end(term, term.end_after(started)?, facts.now));
    let monthly = view
        .monthly
        .filter(|monthly| facts.account.as_ref().is_none_or(|account| account.currency == monthly.currency));
    SegmentInForce {
        revision: revision.max(1),
        committed: view.rates.map_or_else(unknown, |rates| rates.a_to_z.committed().to_string()),
        class_of_service: view.class_of_service.clone().unwrap_or_else(unknown).chars().take(64).collect(),
        currency: CurrencyText(
            monthly.map_or_else(|| NO_CURRENCY.to_owned(), |monthly| monthly.currency.to_string()),
        ),
        monthly: monthly.map_or_else(|| "0.00".into(), |monthly| monthly.amount.to_string()),
        one_time: "0.00".into(),
        since: since.unwrap_or_else(|| whole(facts.now)),
        term_end: end.map(whole),
    }
}

/// What runs, once an operation brought it: what was ordered, whatever was wished since.
pub fn in_force(facts: &Facts, view: &ServiceView, restarts_term: bool) -> Option<SegmentInForce> {
    if let Some(record) = purchase::shapes(facts.orders())
        && record.operation == OrderOperation::Adopt
    {
        return Some(shown(facts, view, record.revision));
    }
    let wish = facts.wish.as_ref().ok()?;
    let spec = &facts.segment.spec;
    let record = purchase::shapes(facts.orders());
    let before = facts.draft.in_force.as_ref();
    let since = view.started.unwrap_or(facts.now);
    let term_from = if before.is_some() { facts.now } else { since };
    let term_end = match before {
        Some(before) if !restarts_term => before.term_end.clone(),
        Some(_) | None => wish.design.term.end_after(term_from).map(whole),
    };
    let revision = match record {
        Some(found) if found.digest == purchase::FOUND => {
            shown_revision(view, &wish.design.rates, spec.revision)
        }
        Some(record) => record.revision.max(1),
        None => spec.revision,
    };
    let (committed, class_of_service) = if revision == spec.revision {
        (spec.design.committed.0.clone(), spec.design.class_of_service.clone())
    } else {
        let shown =
            view.rates.map_or_else(|| "unknown".to_owned(), |rates| rates.a_to_z.committed().to_string());
        (shown, view.class_of_service.clone().unwrap_or_else(|| "unknown".to_owned()))
    };
    let quote = record.and_then(|record| record.quote_id.as_ref());
    let made = facts.draft.offer.as_ref().filter(|offer| quote == Some(&offer.quote_id));
    let order = record.and_then(|record| record.order_id.as_deref()).unwrap_or_default();
    let charged = |price: &str, part: fn(&ChargePrice) -> &String| {
        charges::on_top(price, purchase::accepted(facts.orders(), order).map(part))
    };
    Some(SegmentInForce {
        revision,
        committed,
        class_of_service: class_of_service.chars().take(64).collect(),
        currency: made.map_or_else(|| CurrencyText(NO_CURRENCY.into()), |offer| offer.currency.clone()),
        monthly: made
            .map_or_else(|| "0.00".into(), |offer| charged(&offer.monthly, |charge| &charge.monthly)),
        one_time: made
            .map_or_else(|| "0.00".into(), |offer| charged(&offer.one_time, |charge| &charge.one_time)),
        since: before.map_or_else(|| whole(since), |before| before.since.clone()),
        term_end,
    })
}

/// Nobody remembers which design an order found at the seller was for: an earlier one, where inventory shows other rates.
fn shown_revision(view: &ServiceView, wished: &Rates, revision: i64) -> i64 {
    let committed = |rates: &Rates| (rates.a_to_z.committed(), rates.z_to_a.committed());
    let other = view.rates.as_ref().is_some_and(|shown| committed(shown) != committed(wished));
    if other { (revision - 1).max(1) } else { revision }
}
