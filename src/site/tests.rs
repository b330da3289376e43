//! What is done about a site and told of it, row by row of its facts.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::{Step, decide, status};
use crate::api::{FINALIZER, Party, Site, SiteStatus, holds};

const WHOLE: &str = "{location: {latitude: '39.0', longitude: '-77.4'}}";
const BROKEN: &str = "{location: {latitude: north, longitude: '-77.4'}}";

type Problem = Option<(&'static str, String)>;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-12-01T12:00:00Z")
}

/// A site with our finalizer.
fn site(spec: &str) -> Site {
    let mut site = Site::new("ashburn", serde_norway::from_str(spec).unwrap());
    site.metadata.finalizers = Some(vec!["example.com/other".into(), FINALIZER.into()]);
    site.metadata.generation = Some(3);
    site
}

fn without_finalizer(mut site: Site) -> Site {
    site.metadata.finalizers = Some(vec!["example.com/other".into()]);
    site
}

fn deleted(mut site: Site) -> Site {
    site.metadata.deletion_timestamp = Some(Time(now()));
    site
}

fn rest(step: Step) -> Problem {
    match step {
        Step::Rest(problem) => problem,
        Step::AddFinalizer | Step::RemoveFinalizer => panic!("{step:?} is no rest"),
    }
}

fn problems() -> [Problem; 3] {
    let broken = rest(decide(&site(BROKEN), 0));
    let in_use = rest(decide(&deleted(site(WHOLE)), 2));
    assert!(broken.is_some() && in_use.is_some());
    [None, broken, in_use]
}

fn stored(status: &SiteStatus) -> SiteStatus {
    serde_json::from_value(serde_json::to_value(status).unwrap()).unwrap()
}

#[test]
fn segments_may_end_there_only_with_our_finalizer() {
    for spec in [WHOLE, BROKEN, "{}"] {
        assert_eq!(decide(&without_finalizer(site(spec)), 0), Step::AddFinalizer);
        assert_eq!(decide(&without_finalizer(site(spec)), 2), Step::AddFinalizer);
    }
}

#[test]
fn a_site_rests_usable_or_with_what_is_wrong() {
    assert_eq!(decide(&site(WHOLE), 0), Step::Rest(None));
    assert_eq!(decide(&site(WHOLE), 2), Step::Rest(None));
    let (reason, words) = rest(decide(&site(BROKEN), 2)).unwrap();
    assert_eq!(
        (reason, words.as_str()),
        ("Invalid", "spec.location.latitude: `north` is no number of degrees")
    );
}

#[test]
fn an_unused_site_is_let_go_even_if_it_cannot_be_understood() {
    assert_eq!(decide(&deleted(site(WHOLE)), 0), Step::RemoveFinalizer);
    assert_eq!(decide(&deleted(site(BROKEN)), 0), Step::RemoveFinalizer);
    assert_eq!(decide(&deleted(without_finalizer(site(WHOLE))), 0), Step::Rest(None));
}

#[test]
fn a_used_site_stays() {
    for held in [site(WHOLE), site(BROKEN), without_finalizer(site(WHOLE))] {
        let (reason, words) = rest(decide(&deleted(held), 2)).unwrap();
        assert_eq!(reason, "InUse");
        assert!(words.starts_with("2 segments end here: delete their intents first"), "{words}");
    }
}

#[test]
fn exactly_one_of_ready_reconciling_and_stalled_holds() {
    for (problem, kind) in problems().iter().zip(["Ready", "Stalled", "Reconciling"]) {
        let told = status(&site(WHOLE), problem.as_ref(), now());
        let kinds: Vec<&str> = told.conditions.iter().map(|condition| condition.type_.as_str()).collect();
        assert_eq!(kinds, ["Ready", "Reconciling", "Stalled"]);
        let holding: Vec<&&str> = kinds.iter().filter(|kind| holds(&told.conditions, kind)).collect();
        assert_eq!(holding, [&kind], "{problem:?}");
        assert!(told.conditions.iter().all(|condition| condition.observed_generation == Some(3)));
        assert_eq!(told.observed_generation, Some(3));
    }
}

#[test]
fn a_problem_says_whose_move_it_is() {
    let [usable, broken, in_use] = problems().map(|problem| {
        let told = status(&site(WHOLE), problem.as_ref(), now());
        told.waiting_for.inspect(|waiting| assert_eq!(waiting.what, told.conditions[0].message))
    });
    assert_eq!(usable, None);
    assert_eq!(broken.unwrap().party, Party::Platform);
    assert_eq!(in_use.unwrap().party, Party::User);
}

#[test]
fn told_twice_it_is_the_same_and_a_wait_keeps_its_start() {
    for problem in problems() {
        let mut site = site(WHOLE);
        let first = status(&site, problem.as_ref(), at("2026-12-01T12:00:00.987Z"));
        assert_eq!(stored(&first), first, "in the store as in memory");
        site.status = Some(first.clone());
        assert_eq!(status(&site, problem.as_ref(), at("2026-12-01T13:00:00Z")), first, "{problem:?}");
        assert!(first.waiting_for.iter().all(|waiting| waiting.since == Time(now())));
        let other = ("Invalid", "spec.ports[a]: something else".to_owned());
        let later = status(&site, Some(&other), at("2026-12-01T13:00:00Z"));
        assert_eq!(later.waiting_for.unwrap().since, Time(at("2026-12-01T13:00:00Z")));
    }
}
