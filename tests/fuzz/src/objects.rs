//! Objects of users, as the API server hands them on: each is what it says, or is refused in a sentence.

use std::fmt::Debug;

use jiff::Timestamp;
use naas_operator::adapters::LsoProvider;
use naas_operator::admit::{self, Asked, PlanFigures, Refusal, Subject};
use naas_operator::api::{
    ConnectivityClass, ConnectivityClassSpec, ConnectivityDecision, ConnectivityIntentSpec,
    ConnectivityProviderSpec, IntentRef, SiteSpec,
};
use naas_operator::model::{Amount, Cap, Verdict};
use serde::de::DeserializeOwned;

/// What is made of an input that the schema could let through, twice the same.
fn admitted<S: DeserializeOwned, T: PartialEq + Debug>(
    input: &[u8],
    admit: impl Fn(&S) -> Result<T, Refusal>,
) -> Option<(S, T)> {
    let object: S = serde_json::from_slice(input).ok()?;
    let seen = admit(&object);
    assert_eq!(seen, admit(&object), "the same object means the same");
    match seen {
        Ok(value) => Some((object, value)),
        Err(refusal) => {
            let word = refusal.reason;
            assert!(
                word.starts_with(|c: char| c.is_ascii_uppercase()) && word.chars().all(char::is_alphanumeric)
            );
            assert!(!refusal.message.is_empty());
            None
        }
    }
}

fn check_amounts(amounts: impl IntoIterator<Item = Amount>) {
    for amount in amounts {
        assert!(!amount.is_negative(), "{amount} is no amount that may be spent");
    }
}

/// A `ConnectivityProvider`: what the core knows of it, and what its adapter does.
pub fn provider(input: &[u8]) {
    let Some((spec, account)) =
        admitted(input, |spec: &ConnectivityProviderSpec| admit::account("metro-fiber", spec))
    else {
        return;
    };
    let limits = account.limits;
    check_amounts([limits.per_order, limits.total].iter().flat_map(|cap: &Cap| [cap.monthly, cap.one_time]));
    check_amounts(account.early_termination.map(|rules| rules.fee));
    assert_eq!(limits.currency, account.currency);
    for term in &account.terms {
        assert!(!term.months().is_sign_negative());
        if let Some(end) = term.end_after(Timestamp::UNIX_EPOCH) {
            assert!(end >= Timestamp::UNIX_EPOCH, "{term} ends before it begins");
        }
    }
    let Some(lso) = &spec.lso else { panic!("an account without an adapter") };
    match LsoProvider::check(lso) {
        Ok(able) => assert!(!able.request_timeout.is_zero()),
        Err(failure) => assert!(!failure.message.is_empty()),
    }
}

/// A `Site`.
pub fn site(input: &[u8]) {
    let Some((_, site)) = admitted(input, |spec: &SiteSpec| admit::site("ashburn", spec, "training", None))
    else {
        return;
    };
    assert!(site.ports.is_sorted_by_key(|port| &port.name));
    if let Some(position) = site.position {
        let distance = position.distance_km(position);
        assert!(distance.abs() < 0.001, "{distance} km from itself");
    }
}

/// A `ConnectivityIntent`.
pub fn intent(input: &[u8]) {
    let Some((_, request)) = admitted(input, |spec: &ConnectivityIntentSpec| admit::request(spec)) else {
        return;
    };
    for rate in [request.rates.a_to_z, request.rates.z_to_a] {
        assert!(rate.peak() >= rate.committed());
    }
    if let Some(budget) = request.budget {
        check_amounts([budget.monthly, budget.one_time, budget.termination]);
    }
}

/// A `ConnectivityClass`: one that is said to be valid is never the reason why an intent is refused, and its rules always end.
pub fn class(input: &[u8]) {
    let Ok(spec) = serde_json::from_slice::<ConnectivityClassSpec>(input) else { return };
    let valid = admit::class(&spec);
    assert_eq!(valid, admit::class(&spec), "the same class means the same");
    let intent = r#"{"endpoints": [{"name": "a", "site": {"name": "a"}}, {"name": "z", "site": {"name": "z"}}],
        "bandwidth": {"committed": "1G"}, "term": {"value": 1, "unit": "Year"}, "objectives": {"latency": {"oneWay": "20ms"}}}"#;
    let Ok(intent) = serde_json::from_str::<ConnectivityIntentSpec>(intent) else { panic!("an intent") };
    let class = ConnectivityClass::new("any", spec.clone());
    let made = Some(Timestamp::UNIX_EPOCH);
    match admit::resolve(&class, &intent, ("training", None), made) {
        Ok(resolved) => {
            let again = admit::as_resolved(&intent, &resolved.values);
            let request = admit::as_pinned(&again, &resolved.values);
            assert!(
                request.is_ok_and(|request| request.rates == resolved.request.rates),
                "what was pinned is the same"
            );
        }
        Err(misfit) => {
            assert!(valid.is_err() || misfit.refusal.reason != "ClassInvalid", "{misfit:?} of a valid class");
        }
    }
    let Some(approval) = &spec.approval else { return };
    let amount = Amount::default();
    let legs = Vec::new();
    let plan =
        PlanFigures { monthly: amount, one_time: amount, commitment: amount, currency: "USD".into(), legs };
    let subject = Subject::new(&plan, &intent, &class.metadata);
    assert!(admit::must_be_approved(approval, &subject).len() <= approval.rules.len() + 1);
}

/// A `ConnectivityDecision` about a service of `training`.
pub fn decision(input: &[u8]) {
    let intent = IntentRef { namespace: "training".into(), name: "checkpoints".into(), uid: "1".into() };
    let asked =
        Asked { intent: &intent, intent_exists: true, operators: "naas-system", now: Timestamp::UNIX_EPOCH };
    let Some((object, decision)) =
        admitted(input, |object: &ConnectivityDecision| admit::decision(object, asked))
    else {
        return;
    };
    let namespace = object.metadata.namespace.as_deref();
    assert!([Some("training"), Some("naas-system")].contains(&namespace), "{namespace:?} decides");
    match decision.verdict {
        Verdict::AcceptTermination { most, .. } => check_amounts([most.amount]),
        Verdict::Placed(mark, id) => assert!(!mark.reference().is_empty() && !id.0.is_empty()),
        Verdict::AcceptCharge(charge, most) => {
            check_amounts([most.amount]);
            assert!(!charge.0.is_empty());
        }
        Verdict::DeclineCharge(charge) => assert!(!charge.0.is_empty()),
        Verdict::Adopt(service) => assert!(!service.0.is_empty()),
        Verdict::EndTwin(order) => assert!(!order.0.is_empty()),
        Verdict::BuyBeside(orders) => assert!(!orders.is_empty()),
        Verdict::NotPlaced(_) | Verdict::Abandon => {}
    }
}
