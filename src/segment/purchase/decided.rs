//! What people decided about this segment: what happened to an order, what leaving or a charge may cost, beside what is bought,
//! what ends.

use super::ledger::{closed, with_id};
use crate::api::{DecisionRef, Desired, OrderRecord, OrderRecordState as State, OrderRefusal};
use crate::model::{Amount, ChargeId, Decision, DecisionId, Money, OrderId, OrderView, ServiceId, Verdict};
use crate::segment::decide::Step;
use crate::segment::facts::{Facts, Sight};

/// What a person's word about an order leads to.
pub enum Word {
    /// Act on it.
    Act(Step),
    /// It cannot be acted on: why.
    Contradicted(String),
    /// Nobody said anything.
    None,
}

/// What people say became of an order that nobody else can tell about.
pub fn outcome(facts: &Facts, record: &OrderRecord) -> Word {
    let mut word = Word::None;
    for Decision { id, verdict, .. } in &facts.decisions {
        match verdict {
            // Whoever named an order since, and mistyped it, did not mean that there is none.
            Verdict::NotPlaced(mark) if mark.to_string() == record.mark && matches!(word, Word::None) => {
                let words = format!("decided in {id}: it was not placed");
                let closed = closed(record, State::Refused, Some(OrderRefusal::RuledOut), &words);
                return Word::Act(Step::Record(vec![resting_on(id, closed)]));
            }
            Verdict::Placed(mark, order) if mark.to_string() == record.mark => {
                match adopted(facts, record, id, order) {
                    Ok(step) => return Word::Act(step),
                    // Somebody may have said it right since, or before.
                    Err(why) if matches!(word, Word::None) => {
                        word = Word::Contradicted(format!("decision {id} names order {order}, {why}"));
                    }
                    Err(_) => {}
                }
            }
            Verdict::Placed(..)
            | Verdict::NotPlaced(_)
            | Verdict::AcceptTermination { .. }
            | Verdict::AcceptCharge(..)
            | Verdict::DeclineCharge(_)
            | Verdict::BuyBeside(_)
            | Verdict::EndTwin(_)
            | Verdict::Adopt(_)
            | Verdict::Abandon => {}
        }
    }
    word
}

/// A number is soon mistyped: the order must be there, and be what the record says.
fn adopted(
    facts: &Facts,
    record: &OrderRecord,
    decision: &DecisionId,
    order: &OrderId,
) -> Result<Step, String> {
    match facts.seen.get(order) {
        None => Ok(Step::ObserveOrder(order.clone())),
        Some(Sight::Missing) => Err("which the seller does not have".into()),
        Some(Sight::There(view)) => match other(facts, view, record) {
            Some(why) => Err(why),
            None => Ok(Step::Record(vec![resting_on(decision, with_id(record, order))])),
        },
    }
}

fn resting_on(decision: &DecisionId, record: OrderRecord) -> OrderRecord {
    OrderRecord { decision: Some(reference(decision)), ..record }
}

/// Why an order cannot be the one of the record.
fn other(facts: &Facts, view: &OrderView, record: &OrderRecord) -> Option<String> {
    if let Some(project) = view.project.as_ref().filter(|project| project.0 != facts.segment.spec.project) {
        return Some(format!("which bears the project {project}"));
    }
    if let Some(mark) = view.mark.as_ref().filter(|mark| mark.to_string() != record.mark) {
        return Some(format!("which bears the mark {mark}"));
    }
    (super::found::operation_of(&view.task) != Some(record.operation))
        .then(|| format!("which is no {:?} order", record.operation))
}

/// The decision by which leaving may cost this much; `None` stands for a cost that nobody knows.
pub fn accepts_termination(facts: &Facts, fee: Option<Amount>, currency: &str) -> Option<DecisionRef> {
    let enough =
        |most: &Money| fee.is_some_and(|fee| fee <= most.amount) && most.currency.to_string() == currency;
    let paid = |id: &DecisionId| {
        let rests_on_it =
            |record: &&OrderRecord| record.decision.as_ref().is_some_and(|found| found.uid == id.uid);
        facts.orders().iter().filter(rests_on_it).any(|record| record.refusal.is_none())
    };
    let mut unused = facts.decisions.iter().filter(|decision| !paid(&decision.id));
    let found = unused.find(|decision| {
        let Verdict::AcceptTermination { most, unknown } = &decision.verdict else { return false };
        enough(most) || (fee.is_none() && *unknown)
    });
    found.map(|decision| reference(&decision.id))
}

/// The most that leaving may cost by the decision that the order rests on.
pub fn accepted_termination(facts: &Facts, order: &OrderRecord) -> Option<Money> {
    let rests_on = order.decision.as_ref()?;
    facts.decisions.iter().filter(|decision| decision.id.uid == rests_on.uid).find_map(|decision| {
        let Verdict::AcceptTermination { most, .. } = &decision.verdict else { return None };
        Some(*most)
    })
}

/// What people decided about a charge: the most that it may cost, or that it is declined. The newest counts of those that settle it;
/// one that allows too little settles nothing.
pub fn about_charge(
    facts: &Facts,
    charge: &ChargeId,
    enough: impl Fn(&Money) -> bool,
) -> Option<(Option<Money>, DecisionRef)> {
    let about = |decision: &Decision| match &decision.verdict {
        Verdict::AcceptCharge(about, most) if about == charge => Some((Some(*most), reference(&decision.id))),
        Verdict::DeclineCharge(about) if about == charge => Some((None, reference(&decision.id))),
        Verdict::Placed(..)
        | Verdict::NotPlaced(_)
        | Verdict::AcceptTermination { .. }
        | Verdict::AcceptCharge(..)
        | Verdict::DeclineCharge(_)
        | Verdict::BuyBeside(_)
        | Verdict::EndTwin(_)
        | Verdict::Adopt(_)
        | Verdict::Abandon => None,
    };
    let all = || facts.decisions.iter().filter_map(about);
    all().find(|(most, _)| most.as_ref().is_none_or(&enough)).or_else(|| all().next())
}

/// The decision by which a service is bought beside exactly these orders, or beside more.
pub fn buys_beside(facts: &Facts, orders: &[OrderView]) -> Option<DecisionRef> {
    let all = |accepted: &std::collections::BTreeSet<OrderId>| {
        orders.iter().all(|view| accepted.contains(&view.id))
    };
    let found = facts
        .decisions
        .iter()
        .find(|decision| matches!(&decision.verdict, Verdict::BuyBeside(accepted) if all(accepted)));
    found.map(|decision| reference(&decision.id))
}

/// The decision by which this second order ends.
pub fn ends_twin(facts: &Facts, order: &str) -> Option<DecisionRef> {
    let found = facts
        .decisions
        .iter()
        .find(|decision| matches!(&decision.verdict, Verdict::EndTwin(named) if named.0 == order));
    found.map(|decision| reference(&decision.id))
}

/// The service that is taken over, of those that are meant, and the decision by which.
pub fn adopts(facts: &Facts, meant: impl Fn(&ServiceId) -> bool) -> Option<(ServiceId, DecisionRef)> {
    facts.decisions.iter().find_map(|decision| {
        let Verdict::Adopt(service) = &decision.verdict else { return None };
        meant(service).then(|| (service.clone(), reference(&decision.id)))
    })
}

/// The decision by which this service is taken over.
#[must_use]
pub fn adopts_this(facts: &Facts, service: &ServiceId) -> Option<DecisionRef> {
    adopts(facts, |named| named == service).map(|(_, decision)| decision)
}

/// Whether the record of a service that is to go may go without proof. Only who sees it going can decide that: what was said
/// before, perhaps about a predecessor of the same name, does not count.
pub fn abandoned(facts: &Facts) -> bool {
    let Some(going) = &facts.segment.metadata.deletion_timestamp else { return false };
    facts.segment.spec.desired == Desired::Absent
        && facts
            .decisions
            .iter()
            .any(|decision| decision.verdict == Verdict::Abandon && decision.made >= Some(going.0))
}

fn reference(id: &DecisionId) -> DecisionRef {
    DecisionRef { namespace: id.namespace.clone(), name: id.name.clone(), uid: id.uid.clone() }
}
