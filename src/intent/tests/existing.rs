//! A service that exists: one segment watches it, nobody is asked for an offer, and what is taken over is kept like what was bought.

use super::fixture::*;
use crate::api::{
    BetweenEndpoints, Desired, Existing, ExistingService, IntentMode, IntentState, Party, SegmentState,
    Statement, conditions,
};
use crate::intent::decide::{Rest, Step, decide};
use crate::intent::facts::Facts;

/// An intent about a service that runs at metro fiber, in this mode.
fn existing(mode: IntentMode) -> Facts {
    let mut facts = new();
    edit(&mut facts, |spec| {
        spec.mode = mode;
        spec.existing = Some(Existing {
            provider: METRO.into(),
            product_id: None,
            between_endpoints: Some(BetweenEndpoints {}),
        });
    });
    facts
}

/// Its segment, as the controller makes it.
fn watching(mode: IntentMode) -> Facts {
    let mut facts = existing(mode);
    asked(&mut facts, METRO);
    let suspend = mode == IntentMode::ObserveOnly;
    let generation = facts.generation();
    let spec = &mut segment_mut(&mut facts, METRO).spec;
    (spec.existing, spec.suspend) = (Some(ExistingService::default()), suspend);
    spec.intent_generation = generation;
    facts
}

/// The segment sees the service, and whether that is all that is wanted.
fn seen(facts: &mut Facts, ready: bool) {
    let (reason, party) = if ready { ("Observed", None) } else { ("AdoptionUndecided", Some(Party::User)) };
    says(facts, METRO, SegmentState::Observed, reason, party);
    let statement =
        Statement { kind: "Ready", holds: Some(ready), reason: reason.into(), message: String::new() };
    let told = conditions(
        &[],
        vec![statement],
        Some(1),
        &k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(now()),
    );
    segment_mut(facts, METRO).status.as_mut().unwrap().conditions = told;
}

#[test]
fn its_seller_alone_gets_a_segment_and_none_that_asks_for_an_offer_stays() {
    let mut facts = existing(IntentMode::ObserveOnly);
    assert!(matches!(decide(&facts), Step::Create(asked) if asked[0].way.name() == METRO));
    asked(&mut facts, METRO);
    assert!(matches!(decide(&facts), Step::Drop(_)), "it asks for an offer");
    facts = watching(IntentMode::ObserveOnly);
    asked(&mut facts, WAVE);
    assert!(matches!(decide(&facts), Step::Drop(other) if other.spec.provider.name == WAVE));
    // And the other way round: who buys has no use for one that watches.
    edit(&mut facts, |spec| (spec.existing, spec.mode) = (None, IntentMode::Manage));
    facts.segments.retain(|segment| segment.spec.provider.name == METRO);
    assert!(matches!(decide(&facts), Step::Drop(_)));
}

#[test]
fn what_is_watched_is_ready_once_it_is_seen() {
    let mut facts = watching(IntentMode::ObserveOnly);
    assert_eq!(waiting(&facts).0, IntentState::Observed);
    seen(&mut facts, true);
    assert_eq!(decide(&facts), Step::Rest(Rest::Observed));
    delete(&mut facts);
    assert!(matches!(decide(&facts), Step::Drop(_)), "and nothing is ended");
}

#[test]
fn taking_over_waits_for_a_person_and_a_budget() {
    let mut facts = watching(IntentMode::Manage);
    seen(&mut facts, false);
    assert_eq!(gist(&waiting(&facts)), (IntentState::Observed, "AdoptionUndecided", Party::User));
    edit(&mut facts, |spec| spec.budget = None);
    assert!(aligned(&facts).suspend, "without a budget it is only watched");
    let step = decide(&facts);
    apply(&mut facts, step);
    seen(&mut facts, true);
    assert_eq!(gist(&stalled(&facts)).1, "BudgetMissing");
}

/// Its segment took the service over.
fn taken() -> Facts {
    let mut facts = watching(IntentMode::Manage);
    seen(&mut facts, false);
    runs(&mut facts, "1G");
    record(&mut facts, METRO, "operation: Adopt, state: Settled, productId: EVC-1");
    facts
}

#[test]
fn what_was_taken_over_is_kept_by_name_and_as_it_runs() {
    let mut facts = taken();
    let wanted = aligned(&facts);
    assert_eq!((wanted.desired, wanted.revision), (Desired::Present, 1));
    assert_eq!(wanted.existing.unwrap().product_id.as_deref(), Some("EVC-1"));
    let (steps, rest) = run(&mut facts);
    assert_eq!((steps, rest), (vec!["Align"], Rest::Active));
    // Another one is another intent's matter.
    edit(&mut facts, |spec| {
        spec.existing = Some(Existing {
            provider: METRO.into(),
            product_id: Some("EVC-2".into()),
            between_endpoints: None,
        });
    });
    assert_eq!(gist(&stalled(&facts)).1, "ChangeRefused");
}

#[test]
fn who_only_watches_leaves_behind_even_what_is_ours() {
    let mut facts = taken();
    run(&mut facts);
    edit(&mut facts, |spec| spec.mode = IntentMode::ObserveOnly);
    delete(&mut facts);
    let wanted = aligned(&facts);
    assert_eq!((wanted.desired, wanted.released), (Desired::Present, true));
    edit(&mut facts, |spec| spec.mode = IntentMode::Manage);
    assert_eq!(aligned(&facts).desired, Desired::Absent);
}
