//! Spokes that are replaced, taken out or set back: they share the budget and what leaving may cost, and nothing is lost of them.

use super::*;

/// The spoke is elsewhere by now, where only wave is; or back at the site of its name.
fn move_spoke(facts: &mut Facts, spoke: &str, place: &str) {
    edit(facts, |spec| {
        let end = spec.endpoints.iter_mut().find(|end| end.name == spoke).unwrap();
        end.site = serde_norway::from_str(&format!("{{name: {place}}}")).unwrap();
    });
    let mut far = site(place);
    if place != spoke {
        far.ports.retain(|port| port.account == WAVE);
    }
    facts.spokes.get_mut(spoke).unwrap().sites = Ok((site("ashburn"), far));
}

fn allow(facts: &mut Facts, termination: &str) {
    facts.class.overlap = Overlap::Allow;
    edit(facts, |spec| spec.budget.as_mut().unwrap().termination = Some(termination.into()));
}

/// Boston and Denver are moved, and wave offers both places.
fn two_moved(termination: &str) -> Facts {
    let mut facts = in_use();
    allow(&mut facts, termination);
    edit(&mut facts, |spec| {
        let budget = spec.budget.as_mut().unwrap();
        (budget.monthly, budget.one_time) = ("3375.00".into(), Some("1500.00".into()));
    });
    for (spoke, place) in [("boston", "elko"), ("denver", "reno")] {
        move_spoke(&mut facts, spoke, place);
    }
    settle(&mut facts);
    for spoke in ["boston", "denver"] {
        at(&mut facts, spoke, |facts| offers(facts, WAVE, "1125.00"));
    }
    facts
}

#[test]
fn spokes_that_are_replaced_together_leave_one_another_the_budget_of_their_new_paths() {
    let mut facts = two_moved("20000");
    let commit = bought(&mut facts);
    assert_eq!((commit.legs.len(), commit.beside.monthly), (2, amount("1125")));
    settle(&mut facts);
    for spoke in ["boston", "denver"] {
        at(&mut facts, spoke, |facts| {
            let authority = segment(facts, WAVE).spec.authority.clone().unwrap();
            assert_eq!((authority.monthly.0.as_str(), authority.one_time.0.as_str()), ("1125.00", "500.00"));
        });
    }
    // What is left may take its time: it takes nothing from the other.
    for spoke in ["boston", "denver"] {
        at(&mut facts, spoke, |facts| {
            record(facts, WAVE, "operation: Add, state: Settled, orderId: ORD-9");
            crate::intent::tests::chains::in_use_at(facts, WAVE, "1125.00");
        });
        settle(&mut facts);
        at(&mut facts, spoke, |facts| assert_eq!(segment(facts, METRO).spec.desired, Desired::Absent));
        at(&mut facts, "denver", |facts| {
            assert_eq!(segment(facts, WAVE).spec.authority.as_ref().unwrap().monthly.0, "1125.00");
        });
    }
    assert_eq!(settle(&mut facts), Rest::Active);
}

#[test]
fn a_replacement_that_was_refused_leaves_others_what_the_old_path_does() {
    let mut facts = two_moved("20000");
    settle(&mut facts);
    at(&mut facts, "denver", |facts| {
        record(facts, WAVE, "operation: Add, state: Refused, refusal: Final");
        says(facts, WAVE, SegmentState::Declined, "OrderRefused", Some(Party::Seller));
        let offer = segment_mut(facts, WAVE).status.as_mut().unwrap().offer.as_mut().unwrap();
        offer.monthly = "1.00".into();
    });
    settle(&mut facts);
    at(&mut facts, "boston", |facts| {
        let left = amount(&segment(facts, WAVE).spec.authority.as_ref().unwrap().monthly.0);
        assert!(left <= amount("1125"), "the old path goes on: {left}");
    });
}

#[test]
fn spokes_that_are_replaced_together_share_what_leaving_may_cost() {
    // A fee of 50 percent of eleven months at 1125.00 each.
    let mut facts = two_moved("7000");
    let (_, waiting, _) = held(&mut facts);
    assert_eq!((waiting.reason.as_str(), waiting.party), ("TerminationFeeNotAccepted", Party::User));
    assert!(
        facts
            .segments
            .iter()
            .all(|segment| segment.spec.provider.name == METRO || segment.spec.desired == Desired::Offer)
    );
    // One after the other they share it as well.
    let mut facts = in_use();
    allow(&mut facts, "7000");
    move_spoke(&mut facts, "boston", "elko");
    settle(&mut facts);
    at(&mut facts, "boston", |facts| offers(facts, WAVE, "1125.00"));
    settle(&mut facts);
    at(&mut facts, "boston", |facts| assert_eq!(segment(facts, WAVE).spec.desired, Desired::Present));
    move_spoke(&mut facts, "denver", "reno");
    settle(&mut facts);
    at(&mut facts, "denver", |facts| offers(facts, WAVE, "1125.00"));
    let told =
        |facts: &mut Facts| -> Vec<String> { spokes_told(facts).into_iter().map(|spoke| spoke.3).collect() };
    assert!(told(&mut facts).contains(&"TerminationFeeNotAccepted".to_owned()), "{:?}", told(&mut facts));
    at(&mut facts, "denver", |facts| assert_eq!(segment(facts, WAVE).spec.desired, Desired::Offer));
}

#[test]
fn what_a_spoke_that_is_taken_out_waits_for_is_told_where_it_is_a_persons_move() {
    let mut facts = in_use();
    ask_for(&mut facts, &["boston", "denver"]);
    settle(&mut facts);
    at(&mut facts, "chicago", |facts| {
        says(facts, METRO, SegmentState::Disconnecting, "TerminationFeeNotAccepted", Some(Party::User));
    });
    let (state, waiting, _) = held(&mut facts);
    assert_eq!(
        (state, waiting.reason.as_str(), waiting.party),
        (IntentState::Active, "TerminationFeeNotAccepted", Party::User)
    );
    let told = spokes_told(&mut facts);
    assert_eq!(told.last().map(|spoke| spoke.3.as_str()), Some("TerminationFeeNotAccepted"));
    at(&mut facts, "chicago", |facts| {
        says(facts, METRO, SegmentState::Disconnecting, "OrderInProgress", Some(Party::Seller));
    });
    assert_eq!(
        settle(&mut facts),
        Rest::Active,
        "nobody waits for a seller to end what is not asked any more"
    );
}

#[test]
fn what_is_kept_of_a_spoke_that_is_taken_out_is_paid_from_the_budget() {
    let mut facts = in_use();
    edit(&mut facts, |spec| {
        spec.deletion_policy = Some(DeletionPolicy::Retain);
        spec.budget.as_mut().unwrap().monthly = "3400.00".into();
    });
    ask_for(&mut facts, &["boston", "denver", "elko"]);
    settle(&mut facts);
    offered(&mut facts, "elko", "1000.00");
    let (_, waiting, _) = held(&mut facts);
    assert_eq!(waiting.reason, "PriceAboveBudget");
}

#[test]
fn a_change_is_approved_also_where_another_spoke_is_set_back() {
    let mut facts = hub(&THREE);
    settle(&mut facts);
    for spoke in ["boston", "denver"] {
        offered(&mut facts, spoke, "1000.00");
    }
    at(&mut facts, "chicago", |facts| {
        offers(facts, WAVE, "1000.00");
        says(facts, METRO, SegmentState::Declined, "NoCapacity", Some(Party::Seller));
    });
    settle(&mut facts);
    for spoke in ["boston", "denver"] {
        serves(&mut facts, spoke);
    }
    at(&mut facts, "chicago", |facts| {
        record(facts, WAVE, "operation: Add, state: Settled, orderId: ORD-1");
        crate::intent::tests::chains::in_use_at(facts, WAVE, "1000.00");
    });
    allow(&mut facts, "100000");
    move_spoke(&mut facts, "boston", "elko");
    settle(&mut facts);
    at(&mut facts, "boston", |facts| offers(facts, WAVE, "1200.00"));
    settle(&mut facts);
    at(&mut facts, "boston", |facts| {
        record(facts, WAVE, "operation: Add, state: Placed, orderId: ORD-9");
        says(facts, WAVE, SegmentState::Ordering, "OrderInProgress", Some(Party::Seller));
    });
    // Boston is set back, which costs nothing; wave sells other rates by now, and Chicago's change costs more.
    facts.class.policy = Policy::Everything("a test".into());
    account(&mut facts, WAVE).steps = ["1G", "3G", "4G"].map(|step| step.parse().unwrap()).into();
    move_spoke(&mut facts, "boston", "boston");
    settle(&mut facts);
    facts.now = after(PATIENCE + 1);
    at(&mut facts, "chicago", |facts| offers(facts, WAVE, "1500.00"));
    let (_, waiting, _) = held(&mut facts);
    assert_eq!(waiting.reason, "ApprovalRequired", "{}", waiting.what);
}

#[test]
fn what_goes_of_a_spoke_that_is_added_again_follows_the_intent() {
    let mut facts = in_use();
    ask_for(&mut facts, &["boston", "denver"]);
    settle(&mut facts);
    ask_for(&mut facts, &THREE);
    settle(&mut facts);
    nobody_but_what_goes(&mut facts);
    let accepted = |facts: &Facts| {
        let gone = facts.segments.iter().find(|segment| segment.spec.desired == Desired::Absent).unwrap();
        (gone.spec.authority.as_ref().unwrap().termination.0.clone(), gone.spec.suspend)
    };
    for termination in ["0.00", "9000.00"] {
        edit(&mut facts, |spec| spec.budget.as_mut().unwrap().termination = Some(termination.into()));
        settle(&mut facts);
        assert_eq!(accepted(&facts), (termination.to_owned(), false), "nothing is bought in its place");
    }
    edit(&mut facts, |spec| spec.suspend = true);
    settle(&mut facts);
    assert!(accepted(&facts).1);
}

/// Nobody offers Chicago any more.
fn nobody_but_what_goes(facts: &mut Facts) {
    for segment in &mut facts.segments {
        if segment.spec.desired == Desired::Offer {
            let segment = Arc::make_mut(segment);
            segment.status.get_or_insert_default().state = Some(SegmentState::Declined);
            segment.status.as_mut().unwrap().observed_generation = segment.metadata.generation;
        }
    }
}
