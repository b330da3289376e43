//! Carries out on values what the controller carries out on objects: the same facts, the same decision, the same status. What
//! sellers answer is an argument. Pure.

use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::world::World;
use crate::api::{
    ConnectivityIntent, ConnectivitySegment, ConnectivitySegmentSpec, Desired, FINALIZER, Statement,
    WaitingFor, conditions, whole,
};
use crate::intent::ask::{Asker, segments};
use crate::intent::decide::{Purchase, Rest, Step, decide};
use crate::intent::facts::{Facts, cost_something, has_service};
use crate::intent::gather::{Surroundings, facts};
use crate::intent::offers::Asking;
use crate::intent::record;
use crate::ledger::{Objection, entered};

/// Most steps of one intent for each of its ends, as in the controller.
const MOST_STEPS: usize = 40;

/// Who asks in a rehearsal: nobody that a seller could know.
const NOBODY: Asker<'_> = Asker { owner: "rehearsal", installation: "rehearsal" };

/// What would happen outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A seller would be asked for an offer.
    Ask(String),
    /// A service would be ordered at a seller.
    Order(String),
    /// A service that is there would be changed at its seller.
    Change(String),
    /// What a seller may be paid, or whether it may be ordered from, would change.
    Authorise(String),
    /// A seller would be asked for another offer.
    AskAnew(String),
    /// An offer would be given up.
    Withdraw(String),
    /// A service would be disconnected at its seller, or its order cancelled.
    End(String),
    /// A service would be left behind, running.
    LeaveBehind(String),
    /// The intent itself would go.
    Forget,
}

/// What came of an intent.
#[derive(Debug, Clone)]
pub struct Course {
    /// What would happen outside, in its order.
    pub effects: Vec<Effect>,
    /// Where it comes to rest; `None` where it does not.
    pub rest: Option<Rest>,
    /// The intent with the status that would be told.
    pub intent: Arc<ConnectivityIntent>,
}

/// Decides about one intent until a rest is reached, and leaves the world as it would be then. Whenever a segment asks for an offer
/// that it does not have, `answer` says what the seller tells it: it fills the status in.
pub fn rehearse(
    world: &mut World,
    key: &str,
    surroundings: Surroundings,
    answer: &dyn Fn(&mut ConnectivitySegment),
) -> Option<Course> {
    let (mut effects, mut notes) = (Vec::new(), None);
    let mut shortages: Vec<(Option<String>, String, String)> = Vec::new();
    let ends = world.intents.get(key)?.spec.endpoints.len().max(2);
    for _ in 0..MOST_STEPS * ends {
        let intent = world.intents.get(key)?.clone();
        let mut facts = facts(intent, world, surroundings);
        for (spoke, path, why) in &shortages {
            facts.note_shortage(spoke.as_deref(), path, why);
        }
        facts.notes.clone_from(&notes);
        let step = decide(&facts);
        if let Step::Commit(commit) = &step
            && commit.chooses
        {
            notes = Some(record::notes(&facts));
        }
        match step {
            Step::Rest(rest) => return Some(rested(world, key, &facts, rest, effects)),
            Step::Create(asked) => {
                for asking in asked {
                    match create(world, &facts, &asking, answer) {
                        Ok(sellers) => effects.extend(sellers.into_iter().map(Effect::Ask)),
                        Err(shortage) => shortages.push((asking.spoke, asking.way.name(), shortage)),
                    }
                }
            }
            Step::AddFinalizer => finalizers(world, key, Some(vec![FINALIZER.to_owned()])),
            Step::RemoveFinalizer => {
                effects.push(Effect::Forget);
                let intent = world.intents.remove(key)?;
                return Some(Course { effects, rest: Some(Rest::Gone), intent });
            }
            Step::Pin(pin) => {
                let mut intent = facts.intent.clone();
                Arc::make_mut(&mut intent).status = Some(record::pinned(&facts, *pin));
                world.intents.insert(key.to_owned(), intent);
            }
            Step::Align(segment, spec) => {
                let effect = of_alignment(&segment, &spec);
                respec(world, &segment, *spec, answer);
                let buys = matches!(effect, Some(Effect::Order(_)));
                effects.extend(effect.filter(|_| !buys || enter(world, &segment, surroundings.now)));
            }
            Step::Commit(commit) => {
                for Purchase { segment, spec, .. } in commit.legs {
                    let provider = spec.provider.name.clone();
                    // What is kept only learns what it was chosen with.
                    let kept = segment.spec.desired == Desired::Present && segment.spec.offer == spec.offer;
                    respec(world, &segment, spec, answer);
                    if !kept && enter(world, &segment, surroundings.now) {
                        let there = has_service(&segment);
                        effects.push(if there { Effect::Change(provider) } else { Effect::Order(provider) });
                    }
                }
            }
            Step::Drop(segment) => {
                if segment.spec.desired == Desired::Offer && !lost(&facts, &segment) {
                    effects.push(Effect::Withdraw(segment.spec.provider.name.clone()));
                }
                drop_segment(world, &segment, &surroundings);
            }
        }
    }
    let intent = world.intents.get(key)?.clone();
    Some(Course { effects, rest: None, intent })
}

/// Whether the segment only lost against the one that is bought: then it goes without saying.
fn lost(facts: &Facts, segment: &ConnectivitySegment) -> bool {
    let strand = facts.strand_of(segment.spec.spoke.as_deref());
    strand.is_some_and(|strand| strand.bought().is_some_and(|bought| !bought.has(segment)))
}

fn rested(world: &mut World, key: &str, facts: &Facts, rest: Rest, effects: Vec<Effect>) -> Course {
    let mut intent = facts.intent.clone();
    if rest != Rest::Gone {
        Arc::make_mut(&mut intent).status = Some(record::status(facts, &rest));
        world.intents.insert(key.to_owned(), intent.clone());
    }
    Course { effects, rest: Some(rest), intent }
}

fn finalizers(world: &mut World, key: &str, names: Option<Vec<String>>) {
    if let Some(intent) = world.intents.get_mut(key) {
        Arc::make_mut(intent).metadata.finalizers = names;
    }
}

/// Asks for the offers of a way; who was asked, or why its ports have no room.
fn create(
    world: &mut World,
    facts: &Facts,
    asking: &Asking,
    answer: &dyn Fn(&mut ConnectivitySegment),
) -> Result<Vec<String>, String> {
    let Some(strand) = facts.strand_of(asking.spoke.as_deref()) else { return Ok(Vec::new()) };
    let Ok(request) = &strand.request else { return Ok(Vec::new()) };
    let specs = segments(&strand, request, asking, world, NOBODY).map_err(|shortage| shortage.to_string())?;
    let mut asked = Vec::new();
    for spec in specs {
        asked.push(spec.provider.name.clone());
        let mut segment = ConnectivitySegment::new(&spec.client_reference.clone(), spec);
        segment.metadata.generation = Some(1);
        segment.metadata.uid.clone_from(&segment.metadata.name);
        segment.metadata.creation_timestamp = Some(whole(facts.now));
        segment.metadata.finalizers = Some(vec![FINALIZER.to_owned()]);
        answer(&mut segment);
        world.put_segment(segment);
    }
    Ok(asked)
}

fn of_alignment(segment: &ConnectivitySegment, spec: &ConnectivitySegmentSpec) -> Option<Effect> {
    let (old, provider) = (&segment.spec, spec.provider.name.clone());
    if spec.released && !old.released {
        return Some(Effect::LeaveBehind(provider));
    }
    if spec.desired == Desired::Absent && old.desired != Desired::Absent {
        let cost = cost_something(segment) || has_service(segment);
        return Some(if cost { Effect::End(provider) } else { Effect::Withdraw(provider) });
    }
    if spec.desired == Desired::Present && old.desired == Desired::Offer {
        return Some(Effect::Order(provider));
    }
    if spec.revision != old.revision {
        return Some(Effect::AskAnew(provider));
    }
    let pays = |spec: &ConnectivitySegmentSpec| (spec.authority.clone(), spec.suspend);
    (pays(spec) != pays(old)).then_some(Effect::Authorise(provider))
}

fn respec(
    world: &mut World,
    segment: &ConnectivitySegment,
    spec: ConnectivitySegmentSpec,
    answer: &dyn Fn(&mut ConnectivitySegment),
) {
    let mut changed = segment.clone();
    let another = changed.spec.revision != spec.revision;
    changed.spec = spec;
    changed.metadata.generation = changed.metadata.generation.map(|generation| generation + 1);
    if another {
        answer(&mut changed);
    }
    world.put_segment(changed);
}

/// Enters the order of a segment that has just been given the authority to buy, as the segment's controller does before it orders;
/// `false` where there is no room: then the segment says so, and orders nothing.
fn enter(world: &mut World, segment: &ConnectivitySegment, now: Timestamp) -> bool {
    let segment = segment.metadata.name.as_ref().and_then(|name| world.segments.get(name)).cloned();
    let status = segment.as_ref().and_then(|segment| segment.status.as_ref());
    let (Some(segment), Some(offer)) = (&segment, status.and_then(|status| status.offer.as_ref())) else {
        return true;
    };
    match entered(world.books(), segment, offer, now) {
        Ok(books) => {
            books.into_iter().for_each(|book| world.put_book(book));
            true
        }
        Err(objection) => {
            let mut waits = segment.as_ref().clone();
            wait(&mut waits, &objection, now);
            world.put_segment(waits);
            false
        }
    }
}

/// What a segment says that waits for room in a ledger.
fn wait(segment: &mut ConnectivitySegment, objection: &Objection, now: Timestamp) {
    let generation = segment.metadata.generation;
    let name = segment.spec.provider.name.clone();
    let status = segment.status.get_or_insert_default();
    let ready = Statement::no("Ready", objection.reason, objection.what.clone());
    status.conditions = conditions(&status.conditions, vec![ready], generation, &whole(now));
    status.observed_generation = generation;
    status.waiting_for = Some(WaitingFor {
        party: objection.party,
        name: Some(name),
        what: objection.what.clone(),
        since: whole(now),
        until: None,
    });
}

/// A segment that cost nothing goes at once; of another one the finalizer is the seller's to lift.
fn drop_segment(world: &mut World, segment: &ConnectivitySegment, surroundings: &Surroundings) {
    let Some(name) = &segment.metadata.name else { return };
    if cost_something(segment) || has_service(segment) {
        if let Some(there) = world.segments.get_mut(name) {
            Arc::make_mut(there).metadata.deletion_timestamp.get_or_insert(Time(surroundings.now));
        }
    } else {
        world.segments.remove(name);
    }
}
