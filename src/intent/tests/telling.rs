//! The status: complete from the first pass, the same when told twice, and plain about who must act.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use super::fixture::*;
use crate::api::{
    Attachment, ConnectivityIntentStatus, CurrencyText, Desired, FeeBasis, InForce, IntentMode, IntentState,
    ObjectiveStatus, Party, PromiseKind, SegmentState, holds,
};
use crate::intent::decide::{Rest, Step, Waiting, decide};
use crate::intent::facts::Facts;
use crate::intent::pace;
use crate::intent::record::{notes, status};
use crate::schedule::Pace;

fn two_offers() -> Facts {
    let mut facts = new();
    offered(&mut facts, METRO, "1125.00");
    offered(&mut facts, WAVE, "1200.00");
    facts
}

fn planned() -> Facts {
    let mut facts = two_offers();
    edit(&mut facts, |spec| spec.mode = IntentMode::Plan);
    facts
}

fn late() -> Facts {
    let mut facts = new();
    pending(&mut facts, METRO);
    offered(&mut facts, WAVE, "1200.00");
    facts
}

fn unsold() -> Facts {
    let mut facts = new();
    declined(&mut facts, METRO);
    declined(&mut facts, WAVE);
    facts
}

fn refused() -> Facts {
    let mut facts = new();
    edit(&mut facts, |spec| spec.class_name = Some("gold".into()));
    facts
}

fn change_refused() -> Facts {
    let mut facts = bought();
    edit(&mut facts, |spec| spec.endpoints[1].name = "archive".into());
    facts
}

fn leaving() -> Facts {
    let mut facts = bought();
    delete(&mut facts);
    facts
}

/// One of each kind of rest that an intent comes to.
fn all() -> Vec<Facts> {
    let mut all = vec![
        new(),
        late(),
        unsold(),
        planned(),
        two_offers(),
        refused(),
        wanted(),
        ordered(),
        bought(),
        changing(),
        change_refused(),
        leaving(),
    ];
    for facts in &mut all {
        run(facts);
    }
    all
}

fn rest(facts: &Facts) -> Rest {
    match decide(facts) {
        Step::Rest(rest) => rest,
        other => panic!("{other:?} is no rest"),
    }
}

/// What is told, written to the object as the controller does.
fn tell(facts: &mut Facts) -> ConnectivityIntentStatus {
    let told = status(facts, &rest(facts));
    let stored = serde_json::from_value(serde_json::to_value(&told).unwrap()).unwrap();
    Arc::make_mut(&mut facts.intent).status = Some(stored);
    told
}

fn condition<'a>(status: &'a ConnectivityIntentStatus, kind: &str) -> &'a Condition {
    status.conditions.iter().find(|condition| condition.type_ == kind).unwrap()
}

/// Which of Accepted, Planned, Provisioned and HandedOver are True, False or Unknown.
fn progress(facts: &Facts) -> [String; 4] {
    let told = status(facts, &rest(facts));
    ["Accepted", "Planned", "Provisioned", "HandedOver"].map(|kind| condition(&told, kind).status.clone())
}

#[test]
fn every_condition_is_there_and_never_both_kinds_of_not_ready() {
    for facts in all() {
        let rest = rest(&facts);
        let told = status(&facts, &rest);
        let kinds: Vec<&str> = told.conditions.iter().map(|condition| condition.type_.as_str()).collect();
        assert_eq!(
            kinds,
            [
                "Ready",
                "Reconciling",
                "Stalled",
                "Accepted",
                "Planned",
                "Provisioned",
                "HandedOver",
                "Drifted"
            ]
        );
        let [ready, working, stalled] =
            ["Ready", "Reconciling", "Stalled"].map(|kind| holds(&told.conditions, kind));
        assert_eq!(ready, matches!(rest, Rest::Active | Rest::PlanComplete));
        assert_eq!(stalled, matches!(rest, Rest::Stalled(..)));
        assert_eq!(working, !ready && !stalled);
        assert_eq!(told.waiting_for.is_none(), ready);
        let generation = facts.intent.metadata.generation;
        assert_eq!(told.observed_generation, generation);
        assert!(told.conditions.iter().all(|condition| condition.observed_generation == generation));
        assert!(told.conditions.iter().all(|condition| !condition.reason.is_empty()));
    }
}

#[test]
fn told_twice_it_is_the_same() {
    for mut facts in all() {
        let half = jiff::SignedDuration::from_millis(500);
        facts.patience += Duration::from_millis(500);
        facts.now += half;
        let first = tell(&mut facts);
        assert_eq!(facts.intent.status.as_ref(), Some(&first), "in the store as in memory");
        facts.now = after(61);
        assert_eq!(status(&facts, &rest(&facts)), first);
    }
}

#[test]
fn a_date_is_looked_at_when_it_comes_and_not_again_after_it() {
    let (now, until) = (after(60), after(90));
    let waiting = |until| Waiting {
        reason: "Delayed".into(),
        party: Party::Seller,
        name: None,
        what: "the order to be done".into(),
        until,
    };
    let waits = |until, now| pace(&Rest::Waiting(IntentState::Provisioning, waiting(until)), now);
    assert_eq!(waits(Some(until), now), Pace::At(Duration::from_secs(30)));
    assert_eq!(waits(Some(until), until), Pace::Stalled, "what is late is told of by its segment");
    assert_eq!(waits(Some(now), until), Pace::Stalled);
    assert_eq!(waits(None, now), Pace::Stalled);
}

#[test]
fn the_state_is_that_of_the_rest() {
    let state = |facts: Facts| status(&facts, &rest(&facts)).state;
    assert_eq!(state(bought()), IntentState::Active);
    assert_eq!(state(planned()), IntentState::Planned);
    assert_eq!(state(late()), IntentState::Planning);
    assert_eq!(state(unsold()), IntentState::Blocked);
    assert_eq!(state(ordered()), IntentState::Provisioning);
    assert_eq!(state(changing()), IntentState::Changing);
    assert_eq!(state(change_refused()), IntentState::Active);
    assert_eq!(status(&leaving(), &Rest::Gone).state, IntentState::Disconnecting);
}

#[test]
fn a_wait_says_for_whom_and_keeps_its_start() {
    let mut facts = ordered();
    let first = tell(&mut facts).waiting_for.unwrap();
    assert_eq!((first.party, first.name.as_deref()), (Party::Seller, Some(METRO)));
    assert_eq!((first.what.as_str(), &first.since), ("metro-fiber says OrderInProgress", &Time(now())));
    facts.now = after(60);
    assert_eq!(tell(&mut facts).waiting_for.unwrap().since, Time(now()));
    says(&mut facts, METRO, SegmentState::Ordering, "CredentialsRefused", Some(Party::Platform));
    let other = tell(&mut facts).waiting_for.unwrap();
    assert_eq!((other.party, other.since), (Party::Platform, Time(after(60))));
}

#[test]
fn a_condition_keeps_its_time_until_its_status_changes() {
    let mut facts = ordered();
    tell(&mut facts);
    facts.now = after(60);
    says(&mut facts, METRO, SegmentState::Ordering, "Delayed", Some(Party::Seller));
    let told = tell(&mut facts);
    let ready = condition(&told, "Ready");
    assert_eq!((ready.reason.as_str(), &ready.last_transition_time), ("Delayed", &Time(now())));
    runs(&mut facts, "2G");
    assert_eq!(condition(&tell(&mut facts), "Ready").last_transition_time, Time(after(60)));
}

#[test]
fn a_long_wait_is_cut_to_what_fits() {
    let what = "ä".repeat(3_000);
    let waiting = Waiting { reason: "X".into(), party: Party::User, name: None, what, until: Some(after(5)) };
    let told = status(&new(), &Rest::Waiting(IntentState::Planning, waiting));
    let waiting = told.waiting_for.unwrap();
    assert_eq!((waiting.what.chars().count(), waiting.until), (1_000, Some(Time(after(5)))));
}

#[test]
fn how_far_it_got_is_told_step_by_step() {
    let [yes, no, unknown] = ["True", "False", "Unknown"];
    assert_eq!(progress(&late()), [yes, yes, no, no], "the offers that are there make a plan");
    let mut nothing = new();
    run(&mut nothing);
    assert_eq!(progress(&nothing), [yes, unknown, no, no]);
    assert_eq!(progress(&planned()), [yes, yes, no, no]);
    assert_eq!(progress(&unsold()), [no, no, no, no]);
    assert_eq!(progress(&refused()), [no, no, no, no]);
    assert_eq!(progress(&ordered()), [yes, yes, no, no]);
    assert_eq!(progress(&bought()), [yes, yes, yes, yes]);
    assert_eq!(progress(&change_refused()), [yes, yes, yes, yes]);
    let told = status(&refused(), &rest(&refused()));
    assert_eq!(condition(&told, "Accepted").reason, "ClassNotFound");
    let told = status(&planned(), &rest(&planned()));
    assert_eq!(condition(&told, "Planned").message, "1125.00 USD monthly, 500.00 USD at once");
}

#[test]
fn offers_are_told_by_provider_with_how_far_they_got() {
    let offers = |facts: &Facts| {
        let told = status(facts, &rest(facts)).offers;
        told.into_iter().map(|offer| (offer.provider, offer.state, offer.monthly)).collect::<Vec<_>>()
    };
    let row = |provider: &str, state: &str, monthly: Option<&str>| {
        (provider.to_owned(), state.to_owned(), monthly.map(str::to_owned))
    };
    assert_eq!(
        offers(&late()),
        [row(METRO, "AwaitingOffer", None), row(WAVE, "Offered", Some("1200.00 USD"))]
    );
    assert_eq!(offers(&unsold()), [row(METRO, "NoCapacity", None), row(WAVE, "NoCapacity", None)]);
    let mut facts = planned();
    tell(&mut facts);
    edit(&mut facts, |spec| spec.mode = IntentMode::Manage);
    run(&mut facts);
    let taken = row(METRO, "Taken", Some("1125.00 USD"));
    assert_eq!(offers(&facts), [taken.clone(), row(WAVE, "Lost", Some("1200.00 USD"))]);
    tell(&mut facts);
    assert_eq!(offers(&facts)[1].1, "Lost", "for good");
    let mut facts = leaving();
    run(&mut facts);
    assert_eq!(offers(&facts), [row(METRO, "Leaving", Some("1125.00 USD"))]);
}

#[test]
fn an_offer_is_told_with_its_segment_and_until_when_it_holds() {
    let offer = status(&planned(), &Rest::PlanComplete).offers.remove(0);
    assert_eq!((offer.leg, offer.segment.as_str()), (0, "seg-metro-fiber"));
    assert_eq!(offer.one_time.as_deref(), Some("500.00 USD"));
    assert_eq!(offer.valid_until, Some(Time(after(86_400))));
}

#[test]
fn the_plan_is_the_best_offer_and_says_why() {
    let plan = status(&planned(), &Rest::PlanComplete).plan.unwrap();
    assert_eq!((plan.monthly.as_str(), plan.one_time.as_str()), ("1125.00 USD", "500.00 USD"));
    let [leg] = plan.legs.as_slice() else { panic!("{:?}", plan.legs) };
    assert_eq!((leg.provider.as_str(), leg.class_of_service.as_str()), (METRO, "BULK"));
    assert_eq!((leg.from.as_str(), leg.to.as_str()), ("ashburn/metro-fiber-1", "chicago/metro-fiber-1"));
    let latency = leg.latency.as_ref().unwrap();
    assert_eq!((latency.value.as_str(), latency.basis.as_str()), ("8ms", "Contracted"));
    assert_eq!(
        plan.notes,
        ["metro-fiber: the cheapest over 1 year of 2 offers", "wave: 1200.00 USD monthly and 500.00 at once",]
    );
}

#[test]
fn a_plan_that_was_bought_costs_what_runs_costs_charges_included() {
    let mut facts = bought();
    let price = |facts: &Facts| {
        let plan = status(facts, &Rest::Active).plan.unwrap();
        (plan.monthly, plan.one_time)
    };
    let runs = |facts: &mut Facts, one_time: &str, currency: &str| {
        let status = segment_mut(facts, METRO).status.as_mut().unwrap();
        let now = status.in_force.as_mut().unwrap();
        (now.one_time, now.currency) = (one_time.into(), CurrencyText(currency.into()));
    };
    runs(&mut facts, "599.50", "USD");
    assert_eq!(price(&facts), ("1125.00 USD".into(), "599.50 USD".into()));
    // What nobody remembers the price of was offered at one.
    runs(&mut facts, "0.00", crate::api::NO_CURRENCY);
    assert_eq!(price(&facts), ("1125.00 USD".into(), "500.00 USD".into()));
}

#[test]
fn notes_tell_what_stands_against_the_others() {
    let mut facts = two_offers();
    edit(&mut facts, |spec| spec.budget.as_mut().unwrap().monthly = "1000".into());
    assert_eq!(notes(&facts)[0], "metro-fiber: the cheapest offer, and it may not be taken");
    assert!(notes(&facts).iter().any(|note| note.starts_with("wave: it costs 1200.00 USD, above")));
    assert_eq!(notes(&late()), ["wave: the only offer", "metro-fiber: metro-fiber says AwaitingOffer"]);
    let mut facts = late();
    facts.sellers[0].asked.allowed = false;
    assert_eq!(notes(&facts)[1], "metro-fiber: it is not offered to this namespace; ask the platform team");
    assert!(notes(&new()).is_empty() && notes(&refused()).is_empty());
}

#[test]
fn the_digest_of_a_plan_changes_with_what_it_costs_and_is() {
    let digest = |facts: &Facts| status(facts, &Rest::PlanComplete).plan.unwrap().digest;
    let one = digest(&planned());
    assert_eq!(one, digest(&planned()));
    let mut dearer = planned();
    offers(&mut dearer, METRO, "1125.01");
    assert_ne!(one, digest(&dearer));
    let mut longer = planned();
    segment_mut(&mut longer, METRO).spec.design.term.value = 2;
    assert_ne!(one, digest(&longer));
}

#[test]
fn what_is_bought_keeps_the_reasons_of_its_choice() {
    let mut facts = planned();
    tell(&mut facts);
    edit(&mut facts, |spec| spec.mode = IntentMode::Manage);
    facts.notes = Some(notes(&facts));
    run(&mut facts);
    let told = tell(&mut facts).plan.unwrap();
    assert_eq!(told.notes[0], "metro-fiber: the cheapest over 1 year of 2 offers");
    facts.notes = None;
    assert_eq!(tell(&mut facts).plan, Some(told), "in a later pass");
}

#[test]
fn the_plan_of_a_change_has_the_new_price_as_soon_as_it_is_offered() {
    let monthly = |facts: &Facts| status(facts, &rest(facts)).plan.unwrap().monthly;
    let mut facts = changing();
    assert_eq!(monthly(&facts), "1125.00 USD");
    offers(&mut facts, METRO, "2250.00");
    run(&mut facts);
    assert_eq!(monthly(&facts), "2250.00 USD");
}

#[test]
fn an_intent_that_cannot_be_understood_keeps_the_plan_it_had() {
    let mut facts = planned();
    let plan = tell(&mut facts).plan;
    edit(&mut facts, |spec| spec.class_name = Some("gold".into()));
    assert!(plan.is_some());
    assert_eq!(tell(&mut facts).plan, plan);
}

#[test]
fn what_is_owed_is_told_by_the_day() {
    let owed = |facts: &Facts| status(facts, &rest(facts)).commitment;
    assert_eq!(owed(&ordered()), None);
    let mut facts = bought();
    let told = owed(&facts).unwrap();
    assert_eq!((told.monthly.as_str(), told.term_end), ("1125.00 USD", Some(Time(after(86_400 * 335)))));
    // Half of 1125 a month for 335 days and a half: from the begin of the day.
    assert_eq!(told.termination.amount.as_deref(), Some("6204.46 USD"));
    assert_eq!(told.termination.basis, FeeBasis::Profile);
    account(&mut facts, METRO).early_termination = None;
    let termination = owed(&facts).unwrap().termination;
    assert_eq!((termination.amount, termination.basis), (None, FeeBasis::Unknown));
}

#[test]
fn a_term_that_renews_itself_is_owed_again() {
    let mut facts = bought();
    facts.now = after(86_400 * 336);
    let told = status(&facts, &Rest::Active).commitment.unwrap();
    assert_eq!(told.term_end, Some(Time("2028-11-01T12:00:00Z".parse().unwrap())));
    assert_eq!(told.termination.amount.as_deref(), Some("6759.25 USD"), "of the year that began yesterday");
    segment_mut(&mut facts, METRO).spec.design.term.at_end = crate::api::TermEnd::Disconnect;
    let told = status(&facts, &Rest::Active).commitment.unwrap();
    assert_eq!(told.termination.amount.as_deref(), Some("0.00 USD"), "a term that just ends is over");
}

#[test]
fn what_runs_and_what_to_plug_into_are_told_once_there_is_a_service() {
    let told = status(&ordered(), &rest(&ordered()));
    assert_eq!((told.in_force, told.attachments), (None, vec![]));
    let runs =
        InForce { committed: "2G".into(), class_of_service: "BULK".into(), monthly: "1125.00 USD".into() };
    for facts in [bought(), changing(), change_refused()] {
        let told = status(&facts, &rest(&facts));
        assert_eq!(told.in_force.as_ref(), Some(&runs));
        let attachment = |endpoint: &str, site: &str| Attachment {
            spoke: None,
            endpoint: endpoint.into(),
            port: format!("{site}/metro-fiber-1"),
            vlan: Some(210),
            frame_size: None,
            product_id: "EVC-1".into(),
            demarcation: Some(format!("{site}, rack 7")),
        };
        assert_eq!(told.attachments, [attachment("gpus", "ashburn"), attachment("store", "chicago")]);
    }
}

#[test]
fn objectives_are_told_with_who_promises_them() {
    let expected = ObjectiveStatus {
        name: "latency".into(),
        bound: "one way 10ms p99".into(),
        commitment: PromiseKind::Contracted,
        basis: "Contracted: one way 8ms p99".into(),
        verification: "None".into(),
        met: "Unknown".into(),
    };
    for facts in [planned(), late(), ordered(), bought()] {
        assert_eq!(status(&facts, &rest(&facts)).objectives, std::slice::from_ref(&expected));
    }
    for facts in [unsold(), refused()] {
        assert!(status(&facts, &rest(&facts)).objectives.is_empty());
    }
    let mut published = bought();
    account(&mut published, METRO).classes[0].level.contracted = false;
    let told = status(&published, &Rest::Active).objectives.remove(0);
    assert_eq!(
        (told.commitment, told.basis.as_str()),
        (PromiseKind::BestEffort, "Catalogue: one way 8ms p99")
    );
}

#[test]
fn a_service_that_is_leaving_is_told_as_such() {
    let mut facts = leaving();
    run(&mut facts);
    says(&mut facts, METRO, SegmentState::Disconnecting, "TerminationFeeNotAccepted", Some(Party::User));
    assert_eq!(segment(&facts, METRO).spec.desired, Desired::Absent);
    let told = tell(&mut facts);
    assert_eq!(told.state, IntentState::Disconnecting);
    assert_eq!(told.waiting_for.unwrap().party, Party::User);
    assert!(holds(&told.conditions, "Reconciling"));
}

#[test]
fn offers_that_come_within_a_moment_are_told_together() {
    use crate::intent::record::{BURST, not_yet};
    let mut facts = new();
    pending(&mut facts, METRO);
    pending(&mut facts, WAVE);
    let told = |facts: &Facts| {
        let (state, waits) = waiting(facts);
        crate::intent::record::status(facts, &Rest::Waiting(state, waits))
    };
    let first = told(&facts);
    offered(&mut facts, WAVE, "100.00");
    let second = told(&facts);
    assert_ne!(first, second);
    assert_eq!(not_yet(&first, &second, facts.now), Some(BURST));
    assert_eq!(not_yet(&first, &second, facts.now + BURST), None);
    // Another reason is told at once.
    says(&mut facts, METRO, SegmentState::Offering, "SellerUnavailable", Some(Party::Seller));
    assert_eq!(not_yet(&first, &told(&facts), facts.now), None);
}
