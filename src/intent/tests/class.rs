//! What a class makes of an intent counts while nothing is bought, and is pinned once something is.

use std::sync::Arc;

use super::fixture::*;
use crate::api::{
    APPLY_CLASS, ConnectivityClass, ConnectivityIntentStatus, DEFAULT_CLASS, DeletionPolicy, Desired,
    Effective, IntentState, OfferLevel, Overlap, Party, SegmentState, holds, told,
};
use crate::intent::class;
use crate::intent::decide::{Rest, Step, decide};
use crate::intent::facts::Facts;
use crate::intent::record::status;
use crate::model::{AcceptedRisk, OnDelete, OnPartial, Preference};

/// One intent and all classes.
#[derive(Clone)]
pub struct Scene {
    pub facts: Facts,
    pub classes: Vec<Arc<ConnectivityClass>>,
}

impl Scene {
    /// A default class that says this, and an intent that nobody looked at.
    pub fn new(class: &str) -> Self {
        let mut scene = Self { facts: new(), classes: Vec::new() };
        scene.class("bulk", class);
        scene.read();
        scene
    }

    /// The class says this from now on.
    pub fn class(&mut self, name: &str, says: &str) {
        let says = says.replacen('{', "{consumers: {namespaces: [training]}, ", 1).replace(", }", "}");
        let mut class = ConnectivityClass::new(name, serde_norway::from_str(&says).unwrap());
        class.metadata.annotations = Some([(DEFAULT_CLASS.to_owned(), "true".to_owned())].into());
        self.classes.retain(|other| other.metadata.name.as_deref() != Some(name));
        self.classes.push(Arc::new(class));
    }

    pub fn read(&mut self) {
        let facts = &mut self.facts;
        (facts.request, facts.class) = class::read(&facts.intent, &facts.segments, &self.classes, None);
    }

    /// Does all that is to be done and tells it.
    pub fn rest(&mut self) -> (Vec<&'static str>, Rest) {
        let mut names = Vec::new();
        for _ in 0..20 {
            self.read();
            match decide(&self.facts) {
                Step::Rest(rest) => {
                    let told = status(&self.facts, &rest);
                    Arc::make_mut(&mut self.facts.intent).status = Some(told);
                    return (names, rest);
                }
                step => {
                    names.push(step.name());
                    apply(&mut self.facts, step);
                }
            }
        }
        panic!("no rest after {names:?}");
    }

    pub fn told(&self) -> &ConnectivityIntentStatus {
        self.facts.intent.status.as_ref().unwrap()
    }

    pub fn effective(&self) -> &Effective {
        self.told().effective.as_ref().unwrap()
    }

    pub fn ready(&self) -> (&str, &str) {
        let ready = told(&self.told().conditions, "Ready").unwrap();
        (&ready.reason, &ready.message)
    }

    fn changed(&self) -> (bool, &str, &str) {
        let condition = told(&self.told().conditions, "ClassChanged").unwrap();
        (condition.status == "True", &condition.reason, &condition.message)
    }

    /// Asked, offered by metro fiber at this price.
    pub fn offered(class: &str, monthly: &str) -> Self {
        let mut scene = Self::new(class);
        assert_eq!(scene.rest().0, ["Create", "Create"]);
        offers(&mut scene.facts, METRO, monthly);
        says(&mut scene.facts, WAVE, SegmentState::Declined, "NoCapacity", Some(Party::Seller));
        scene
    }

    /// Bought and in use.
    fn bought(class: &str) -> Self {
        let mut scene = Self::offered(class, "1125.00");
        scene.rest();
        assert_eq!(segment(&scene.facts, METRO).spec.desired, Desired::Present);
        record(&mut scene.facts, METRO, "operation: Add, state: Settled, orderId: ORD-1");
        runs(&mut scene.facts, "2G");
        assert_eq!(scene.rest().1, Rest::Active);
        scene
    }

    fn annotate(&mut self, value: &str) {
        let annotations = [(APPLY_CLASS.to_owned(), value.to_owned())];
        Arc::make_mut(&mut self.facts.intent).metadata.annotations = Some(annotations.into());
    }
}

const FRAMES: &str = "{defaults: {frameSize: 2000}}";
const LARGER: &str = "{defaults: {frameSize: 3000}}";

#[test]
fn without_classes_nothing_is_told_of_any() {
    let mut scene = Scene { facts: new(), classes: Vec::new() };
    scene.rest();
    assert_eq!(scene.told().effective, None);
    assert!(told(&scene.told().conditions, "ClassChanged").is_none());
}

#[test]
fn the_default_class_counts_and_is_told() {
    let scene = Scene::offered(FRAMES, "1125.00");
    assert_eq!(segment(&scene.facts, METRO).spec.design.frame_size, Some(2000));
    let effective = scene.effective();
    assert_eq!((effective.class_name.as_str(), effective.generation), ("bulk", 1));
    assert_eq!(effective.values.frame_size, Some(2000));
    assert_eq!(scene.changed(), (false, "Current", ""));
}

#[test]
fn a_class_that_does_not_go_stops_the_intent_and_says_whose_move_it_is() {
    let refused = |class: &str, name: Option<&str>| {
        let mut scene = Scene::new(class);
        edit(&mut scene.facts, |spec| spec.class_name = name.map(str::to_owned));
        let Rest::Stalled(state, waiting) = scene.rest().1 else { panic!("not stalled") };
        assert_eq!(state, IntentState::Blocked);
        assert!(holds(&scene.told().conditions, "Stalled") && scene.told().effective.is_none());
        (waiting.reason, waiting.party)
    };
    assert_eq!(refused("{}", Some("gold")), ("ClassNotFound".into(), Party::User));
    assert_eq!(refused("{bounds: {bandwidth: {max: 1G}}}", None), ("OutsideClass".into(), Party::User));
    assert_eq!(refused("{bounds: {bandwidth: {max: much}}}", None), ("ClassInvalid".into(), Party::Platform));
    let mut scene = Scene::new("{}");
    Arc::make_mut(&mut scene.classes[0]).spec.consumers = None;
    let Rest::Stalled(_, waiting) = scene.rest().1 else { panic!("not stalled") };
    assert_eq!((waiting.reason.as_str(), waiting.party), ("NotAllowed", Party::Platform));
}

#[test]
fn the_newest_class_counts_while_nothing_is_bought() {
    let mut scene = Scene::offered(FRAMES, "1125.00");
    scene.class("bulk", LARGER);
    scene.rest();
    assert_eq!(segment(&scene.facts, METRO).spec.design.frame_size, Some(3000));
    assert_eq!(scene.effective().values.frame_size, Some(3000));
    assert_eq!(scene.changed(), (false, "Current", ""));
}

#[test]
fn what_counts_is_written_down_before_the_order_leaves() {
    let mut scene = Scene::offered(FRAMES, "1125.00");
    // Told already: nothing more to write.
    assert_eq!(scene.clone().rest().0, ["Commit", "Drop"]);
    // Edited since, in something that asks nothing else of sellers.
    scene.class("bulk", "{defaults: {frameSize: 2000, deletionPolicy: Retain}}");
    assert_eq!(scene.rest().0, ["Pin", "Commit", "Drop"]);
    assert_eq!(scene.effective().values.deletion_policy, Some(DeletionPolicy::Retain));
}

#[test]
fn an_edited_class_is_told_and_changes_nothing_that_is_bought() {
    let mut scene = Scene::bought(FRAMES);
    let before = (segment(&scene.facts, METRO).clone(), scene.effective().clone());
    scene.class("bulk", LARGER);
    let (steps, rest) = scene.rest();
    assert_eq!((steps.len(), rest), (0, Rest::Active));
    assert_eq!((segment(&scene.facts, METRO).clone(), scene.effective().clone()), before);
    let (changed, reason, words) = scene.changed();
    assert!(changed && reason == "ClassEdited", "{reason}");
    for word in ["ConnectivityClass bulk was edited", "it would change frameSize", APPLY_CLASS] {
        assert!(words.contains(word), "`{word}` is not in {words}");
    }
    assert_eq!(scene.ready().0, "Active");
}

#[test]
fn whatever_becomes_of_the_class_is_told() {
    let mut scene = Scene::bought(FRAMES);
    let reason = |scene: &mut Scene| {
        let (steps, rest) = scene.rest();
        assert_eq!((steps.len(), rest), (0, Rest::Active));
        (scene.changed().0, scene.changed().1.to_owned(), scene.changed().2.to_owned())
    };
    scene.class("bulk", "{defaults: {frameSize: 2000}, description: new}");
    assert!(reason(&mut scene).2.contains("it makes the same of this intent"));
    scene.class("bulk", "{bounds: {bandwidth: {max: 1G}}}");
    assert!(reason(&mut scene).2.contains("it would refuse this intent: spec.bandwidth.committed"));
    scene.classes.clear();
    assert_eq!(reason(&mut scene).1, "ClassGone");
    scene.class("gold", FRAMES);
    assert_eq!(reason(&mut scene).1, "OtherClass");
    scene.class("bulk", FRAMES);
    assert_eq!(reason(&mut scene).1, "ClassNotStated");
    scene.classes.retain(|class| class.metadata.name.as_deref() == Some("bulk"));
    assert!(!reason(&mut scene).0);
}

#[test]
fn a_change_of_the_intent_applies_the_class_as_it_is() {
    let mut scene = Scene::bought(FRAMES);
    scene.class("bulk", LARGER);
    edit(&mut scene.facts, |spec| spec.bandwidth.committed = "4G".into());
    assert_eq!(scene.rest().0, ["Align"]);
    let design = &segment(&scene.facts, METRO).spec.design;
    assert_eq!((design.frame_size, design.committed.0.as_str()), (Some(3000), "4G"));
    assert_eq!((scene.effective().generation, scene.changed().0), (2, false));
}

#[test]
fn the_class_is_applied_when_somebody_asks_and_each_value_asks_once() {
    let mut scene = Scene::bought(FRAMES);
    scene.class("bulk", LARGER);
    scene.annotate("2026-12-01");
    assert_eq!(scene.rest().0, ["Align"]);
    assert_eq!(segment(&scene.facts, METRO).spec.design.frame_size, Some(3000));
    assert_eq!(scene.effective().applied.as_deref(), Some("2026-12-01"));
    // The same value asks for nothing more, and neither does taking it away.
    says(&mut scene.facts, METRO, SegmentState::Changing, "AwaitingOffer", Some(Party::Seller));
    scene.class("bulk", FRAMES);
    assert_eq!(scene.rest().0.len(), 0);
    assert!(scene.changed().0);
    Arc::make_mut(&mut scene.facts.intent).metadata.annotations = None;
    assert_eq!(scene.rest().0.len(), 0);
    scene.annotate("2026-12-02");
    assert_eq!(scene.rest().0, ["Align"]);
    assert_eq!(segment(&scene.facts, METRO).spec.design.frame_size, Some(2000));
}

#[test]
fn a_change_that_the_class_refuses_leaves_what_was_pinned() {
    let mut scene = Scene::bought(FRAMES);
    let before = scene.effective().clone();
    scene.class("bulk", "{defaults: {frameSize: 2000}, bounds: {bandwidth: {max: 3G}}}");
    edit(&mut scene.facts, |spec| spec.bandwidth.committed = "4G".into());
    let (steps, rest) = scene.rest();
    assert!(matches!(&rest, Rest::Stalled(_, waiting) if waiting.reason == "OutsideClass"), "{rest:?}");
    assert_eq!((steps.len(), scene.effective()), (0, &before));
    // Back to what it was, it goes on.
    edit(&mut scene.facts, |spec| spec.bandwidth.committed = "2G".into());
    assert_eq!(scene.rest().1, Rest::Active);
}

#[test]
fn orders_can_be_stopped_whatever_the_class_became() {
    let mut scene = Scene::bought(FRAMES);
    scene.class("bulk", "{bounds: {bandwidth: {max: 1G}}}");
    edit(&mut scene.facts, |spec| spec.suspend = true);
    let (steps, rest) = scene.rest();
    assert_eq!(steps, ["Align"]);
    assert!(matches!(&rest, Rest::Stalled(_, waiting) if waiting.reason == "OutsideClass"), "{rest:?}");
    assert!(segment(&scene.facts, METRO).spec.suspend);
}

#[test]
fn a_service_that_was_bought_without_a_class_goes_on_without() {
    let mut scene = Scene { facts: bought(), classes: Vec::new() };
    assert_eq!(scene.rest().1, Rest::Active);
    scene.class("bulk", LARGER);
    let (steps, rest) = scene.rest();
    assert_eq!((steps.len(), rest), (0, Rest::Active));
    assert_eq!(scene.told().effective, None);
    scene.annotate("now");
    assert_eq!(scene.rest().0, ["Align"]);
    assert_eq!(scene.effective().values.frame_size, Some(3000));
}

#[test]
fn deleting_an_intent_is_no_wish_for_what_the_class_became() {
    let class = "{defaults: {deletionPolicy: Retain}}";
    let leaving = |stated: Option<DeletionPolicy>| {
        let mut scene = Scene::bought(class);
        scene.class("bulk", "{defaults: {deletionPolicy: Disconnect}}");
        let intent = Arc::make_mut(&mut scene.facts.intent);
        intent.spec.deletion_policy = stated;
        intent.metadata.generation = Some(2);
        delete(&mut scene.facts);
        scene.read();
        scene.facts.request.unwrap().on_delete
    };
    assert_eq!(leaving(None), OnDelete::Retain);
    assert_eq!(leaving(Some(DeletionPolicy::Disconnect)), OnDelete::Disconnect);
}

#[test]
fn a_restart_at_any_step_of_a_change_ends_in_the_same() {
    let mut scene = Scene::bought(FRAMES);
    scene.class("bulk", LARGER);
    edit(&mut scene.facts, |spec| spec.bandwidth.committed = "4G".into());
    scene.read();
    // The segment follows, and the process ends before anything is told.
    let step = decide(&scene.facts);
    apply(&mut scene.facts, step);
    scene.rest();
    assert_eq!((scene.effective().generation, scene.effective().values.frame_size), (2, Some(3000)));
    assert_eq!(segment(&scene.facts, METRO).spec.design.frame_size, Some(3000));
}

#[test]
fn the_preference_of_the_class_chooses_among_offers() {
    let taken = |class: &str| {
        let mut scene = Scene::new(class);
        account(&mut scene.facts, WAVE).classes[0].level.frame_delay[0].1 =
            std::time::Duration::from_millis(5);
        scene.rest();
        offers(&mut scene.facts, METRO, "1125.00");
        offers(&mut scene.facts, WAVE, "1200.00");
        scene.rest();
        let taken = scene.facts.bought().unwrap().there().next().unwrap().spec.provider.name.clone();
        (taken, scene.told().plan.clone().unwrap().notes)
    };
    assert_eq!(taken("{}").0, METRO);
    let (seller, _) = taken("{preference: {order: Fastest}}");
    assert_eq!(seller, WAVE);
}

#[test]
fn while_something_is_replaced_the_class_is_pinned_for_what_replaces_it() {
    let mut scene = Scene::bought("{overlap: Allow}");
    edit(&mut scene.facts, |spec| {
        spec.endpoints[1].site = serde_norway::from_str("{name: denver}").unwrap();
        spec.budget.as_mut().unwrap().termination = Some("10000".into());
    });
    let z = &mut scene.facts.sites.as_mut().unwrap().1;
    *z = site("denver");
    z.ports.retain(|port| port.account == WAVE);
    scene.rest();
    assert_eq!(scene.ready().0, "Replacing");
    offers(&mut scene.facts, WAVE, "1200.00");
    let (steps, _) = scene.rest();
    assert_eq!(steps, ["Commit"], "what counts was told already, and nobody is asked");
    assert_eq!((scene.effective().generation, scene.effective().values.overlap), (2, Some(Overlap::Allow)));
    // The old service follows the intent no more, and unpins nothing.
    scene.class("bulk", "{overlap: Ask, defaults: {frameSize: 2000}}");
    scene.rest();
    let (changed, reason, message) = scene.changed();
    assert_eq!((changed, reason), (true, "ClassEdited"));
    assert!(message.contains("frameSize, overlap"), "{message}");
    assert_eq!(segment(&scene.facts, WAVE).spec.design.frame_size, None);
}

#[test]
fn what_is_the_classes_alone_counts_as_it_was_pinned() {
    let lever = |scene: &Scene| {
        let request = scene.facts.request.as_ref().unwrap();
        (request.preference, request.max_legs, request.on_partial)
    };
    let mut scene = Scene::new("{preference: {order: Fastest}, maxLegs: 2, onPartial: Proceed}");
    offered(&mut scene.facts, METRO, "1125.00");
    declined(&mut scene.facts, WAVE);
    let (steps, _) = scene.rest();
    assert!(steps.contains(&"Commit"), "{steps:?}");
    scene.class("bulk", "{}");
    scene.rest();
    assert!(
        scene.changed().2.contains("it would change preference, maxLegs, onPartial;"),
        "{:?}",
        scene.changed()
    );
    let pinned = (Preference::Fastest, 2, OnPartial::Proceed);
    assert_eq!(lever(&scene), pinned);
    scene.annotate("now");
    scene.rest();
    assert_eq!(lever(&scene), (Preference::Cheapest, 4, OnPartial::Wait));
}

#[test]
fn the_risk_that_is_accepted_is_the_pinned_one() {
    let mut scene = Scene::new("{acceptedRisk: FirmSubjectToFeasibilityCheck}");
    offered(&mut scene.facts, METRO, "1125.00");
    let level = |scene: &mut Scene, level| {
        let offer = segment_mut(&mut scene.facts, METRO).status.as_mut().unwrap().offer.as_mut();
        offer.unwrap().level = level;
    };
    declined(&mut scene.facts, WAVE);
    level(&mut scene, OfferLevel::FirmSubjectToFeasibilityCheck);
    let (steps, _) = scene.rest();
    assert!(steps.contains(&"Commit"), "{steps:?}");
    scene.class("bulk", "{}");
    scene.rest();
    assert!(scene.changed().2.contains("it would change acceptedRisk"), "{}", scene.changed().2);
    let accepted = |scene: &Scene| scene.facts.request.as_ref().unwrap().accepted_risk;
    assert_eq!(accepted(&scene), AcceptedRisk::FeasibilityCheck);
    let mut careful = Scene::new("{}");
    careful.rest();
    assert_eq!(accepted(&careful), AcceptedRisk::FirmOnly);
}
