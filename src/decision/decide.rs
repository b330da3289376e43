//! What became of one decision, and what to tell: pure functions.

use std::sync::Arc;

use jiff::Timestamp;

use crate::admit::Refusal;
use crate::api::{
    ChargeProgress, ConnectivityDecision, ConnectivityDecisionStatus, ConnectivityIntent,
    ConnectivityProvider, ConnectivitySegment, DecisionUse, OrderOperation, OrderRecord, OrderRecordState,
    Party, Statement, WaitingFor, approved_intent, conditions, told, whole,
};
use crate::model::{Approval, ChargeId, Decision, Mark, PlanDigest, Release, Verdict};

/// Everything that the answer rests on.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The decision.
    pub decision: Arc<ConnectivityDecision>,
    /// What it is about.
    pub subject: Subject,
    /// The present.
    pub now: Timestamp,
}

/// What a decision is about, and what it says, where it may be used.
#[derive(Debug, Clone)]
pub enum Subject {
    /// One service.
    Segment {
        /// The segment, where there is one.
        found: Option<Arc<ConnectivitySegment>>,
        /// What was decided about it.
        said: Result<Decision, Refusal>,
    },
    /// The plan of one intent.
    Intent {
        /// The intent, where there is one.
        found: Option<Arc<ConnectivityIntent>>,
        /// What was approved.
        said: Result<Approval, Refusal>,
    },
    /// One account.
    Provider {
        /// The account, where there is one.
        found: Option<Arc<ConnectivityProvider>>,
        /// That its safety catch is to be released.
        said: Result<Release, Refusal>,
    },
}

impl Facts {
    /// Kind and name of what it is about.
    fn name(&self) -> (&'static str, String) {
        let spec = &self.decision.spec;
        match &self.subject {
            Subject::Segment { .. } => ("segment", spec.segment.clone().unwrap_or_default()),
            Subject::Intent { .. } => {
                let (namespace, name) = approved_intent(&self.decision).unwrap_or_default();
                ("intent", format!("{namespace}/{name}"))
            }
            Subject::Provider { .. } => ("provider", spec.provider.clone().unwrap_or_default()),
        }
    }
}

/// What became of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// An order rests on it.
    Used(DecisionUse),
    /// It is used as soon as it is needed: what the segment says meanwhile.
    NotUsedYet(String),
    /// It will never be used: reason and words.
    Useless(&'static str, String),
}

impl Standing {
    /// A fixed word for metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Used(_) => "Used",
            Self::NotUsedYet(_) => "NotUsedYet",
            Self::Useless(..) => "Useless",
        }
    }
}

/// What became of the decision.
#[must_use]
pub fn standing(facts: &Facts) -> Standing {
    // What was used once stays so, whatever becomes of the segment.
    if let Some(used) = facts.decision.status.as_ref().and_then(|status| status.used.clone()) {
        return Standing::Used(used);
    }
    match &facts.subject {
        Subject::Segment { found, said } => about_segment(facts, found.as_deref(), said),
        Subject::Intent { found, said } => about_intent(facts, found.as_deref(), said),
        Subject::Provider { found, said } => about_provider(facts, found.as_deref(), said),
    }
}

fn about_intent(
    facts: &Facts,
    intent: Option<&ConnectivityIntent>,
    said: &Result<Approval, Refusal>,
) -> Standing {
    let (_, name) = facts.name();
    let Some(intent) = intent else {
        let words = format!("there is no intent {name}; see kubectl get connectivityintents");
        return Standing::Useless("NoSuchIntent", words);
    };
    let status = intent.status.as_ref();
    let used = status.and_then(|status| status.approval.as_ref());
    let uid = facts.decision.metadata.uid.as_deref();
    if let Some(used) = used.filter(|used| Some(used.decision.uid.as_str()) == uid) {
        let purpose = format!("plan {} of intent {name}", used.digest);
        return Standing::Used(DecisionUse { at: used.at.clone(), purpose });
    }
    let approval = match said {
        Ok(approval) => approval,
        Err(refusal) => return Standing::Useless(refusal.reason, refusal.message.clone()),
    };
    let digest = status.and_then(|status| status.plan.as_ref()).map(|plan| plan.digest.as_str());
    let plan = digest.and_then(|digest| digest.parse::<PlanDigest>().ok());
    match plan {
        Some(plan) if !approval.digest.is_same_design(&plan) => Standing::Useless(
            "PlanDiffers",
            format!("the plan of intent {name} is {plan} by now: look at it, and approve that one"),
        ),
        Some(plan) if !approval.digest.covers(&plan) => Standing::Useless(
            "PriceAbove",
            format!(
                "the plan of intent {name} costs more than this approves: look at it, and approve {plan}"
            ),
        ),
        Some(_) | None => {
            let ready = status.and_then(|status| told(&status.conditions, "Ready"));
            let words = ready.map_or_else(|| "nothing is known yet".into(), |ready| ready.message.clone());
            Standing::NotUsedYet(words)
        }
    }
}

fn about_provider(
    facts: &Facts,
    provider: Option<&ConnectivityProvider>,
    said: &Result<Release, Refusal>,
) -> Standing {
    let (_, name) = facts.name();
    let Some(provider) = provider else {
        let words = format!("there is no provider {name}; see kubectl get connectivityproviders");
        return Standing::Useless("NoSuchProvider", words);
    };
    let catch = provider.status.as_ref().and_then(|status| status.safety_catch.as_ref());
    let released = catch.and_then(|catch| catch.released.as_ref());
    let uid = facts.decision.metadata.uid.as_deref();
    if released.is_some_and(|released| Some(released.decision.uid.as_str()) == uid) {
        let purpose = format!("the safety catch of provider {name} was released");
        return Standing::Used(DecisionUse { at: whole(facts.now), purpose });
    }
    let release = match said {
        Ok(release) => release,
        Err(refusal) => return Standing::Useless(refusal.reason, refusal.message.clone()),
    };
    let catch = crate::admit::catch(provider.status.as_ref());
    match (catch.release(release.made), catch.trips.first()) {
        (Some(_), _) => Standing::NotUsedYet("its safety catch is about to be released".into()),
        (None, Some(trip)) => Standing::Useless(
            "Overtaken",
            format!(
                "the safety catch tripped after this was decided: {}; look again, and make another one",
                trip.what
            ),
        ),
        (None, None) => {
            let words =
                "the safety catch holds nothing; a decision releases only what tripped before it was made";
            Standing::Useless("NotTripped", words.into())
        }
    }
}

fn about_segment(
    facts: &Facts,
    segment: Option<&ConnectivitySegment>,
    said: &Result<Decision, Refusal>,
) -> Standing {
    let (_, name) = facts.name();
    let at = whole(facts.now);
    let Some(segment) = segment else {
        let before = facts.decision.status.as_ref().and_then(|status| told(&status.conditions, "Ready"));
        let waited = before.is_some_and(|told| told.reason == "NotUsedYet");
        if facts.decision.spec.abandon.is_some() && waited {
            return Standing::Used(DecisionUse { at, purpose: format!("segment {name} is gone") });
        }
        let words = if facts.decision.status.is_some() {
            format!("segment {name} is gone; its events tell whether an order rested on this")
        } else {
            format!("there is no segment {name}; see kubectl get connectivitysegments")
        };
        return Standing::Useless("NoSuchSegment", words);
    };
    let orders = segment.status.as_ref().map_or(&[][..], |status| status.orders.as_slice());
    let uid = facts.decision.metadata.uid.as_deref();
    let twin = facts.decision.spec.end_twin.as_ref().map(|twin| twin.order.as_str());
    let rests_on_it = |record: &&OrderRecord| {
        let ends = record.twin.as_ref().map(|twin| twin.order.as_str());
        record.decision.as_ref().map(|decision| decision.uid.as_str()) == uid
            || (twin.is_some() && ends == twin)
    };
    if let Some(record) = orders.iter().find(rests_on_it) {
        return Standing::Used(DecisionUse {
            at,
            purpose: match (&record.charge_id, &record.product_id) {
                (Some(charge), _) => format!("the answer to charge {charge}, on record as {}", record.mark),
                (None, Some(service)) => format!("service {service} was taken over as {}", record.mark),
                (None, None) => format!("{:?} order {}", record.operation, record.mark),
            },
        });
    }
    let said = match said {
        Ok(said) => said,
        Err(refusal) => return Standing::Useless(refusal.reason, refusal.message.clone()),
    };
    let overtaken = match &said.verdict {
        Verdict::Placed(mark, _) | Verdict::NotPlaced(mark) => overtaken(orders, mark),
        Verdict::Adopt(_) => has_service(orders),
        Verdict::AcceptCharge(charge, _) | Verdict::DeclineCharge(charge) => answered(segment, charge),
        Verdict::AcceptTermination { .. }
        | Verdict::BuyBeside(_)
        | Verdict::EndTwin(_)
        | Verdict::Abandon => None,
    };
    overtaken.unwrap_or_else(|| Standing::NotUsedYet(words_of(segment)))
}

/// An order about which nothing is left to decide.
fn overtaken(orders: &[OrderRecord], mark: &Mark) -> Option<Standing> {
    let Some(record) = orders.iter().find(|record| record.mark == mark.to_string()) else {
        let words = format!("the segment has no order {mark}; copy the mark from its status.orders");
        return Some(Standing::Useless("NoSuchOrder", words));
    };
    let words = match record.state {
        OrderRecordState::Intending | OrderRecordState::Unknown => return None,
        OrderRecordState::Placed => "its order id was found meanwhile".to_owned(),
        OrderRecordState::Refused | OrderRecordState::Settled => {
            record.outcome.clone().unwrap_or_else(|| "it is closed".into())
        }
    };
    Some(Standing::Useless("Overtaken", format!("order {mark} needs no decision any more: {words}")))
}

/// A charge about which nothing is left to decide.
fn answered(segment: &ConnectivitySegment, charge: &ChargeId) -> Option<Standing> {
    let status = segment.status.as_ref()?;
    let about = |record: &&OrderRecord| {
        record.charge_id.as_ref() == Some(&charge.0) && record.state == OrderRecordState::Settled
    };
    let shown = status.charges.iter().find(|shown| shown.id == charge.0).map(|shown| shown.state);
    if let Some(record) = status.orders.iter().find(about) {
        let words = record.outcome.as_deref().unwrap_or("it was answered");
        let words = format!("charge {charge} needs no decision any more: {words}");
        return Some(Standing::Useless("Overtaken", words));
    }
    match shown {
        Some(ChargeProgress::Open) => None,
        Some(state) => {
            let words = format!("charge {charge} needs no decision any more: {state:?}");
            Some(Standing::Useless("Overtaken", words))
        }
        None => {
            let words = format!("the segment has no charge {charge}; copy the id from its status.charges");
            Some(Standing::Useless("NoSuchCharge", words))
        }
    }
}

/// A segment that bought or took over a service takes over no other one.
fn has_service(orders: &[OrderRecord]) -> Option<Standing> {
    let brings = |record: &&OrderRecord| {
        let known = matches!(record.state, OrderRecordState::Placed | OrderRecordState::Settled);
        let brings = matches!(record.operation, OrderOperation::Add | OrderOperation::Adopt);
        known && brings && record.refusal.is_none()
    };
    let found = orders.iter().find(brings)?;
    Some(Standing::Useless("Overtaken", format!("the segment has its service already, by {}", found.mark)))
}

fn words_of(segment: &ConnectivitySegment) -> String {
    let ready = segment.status.as_ref().and_then(|status| told(&status.conditions, "Ready"));
    ready.map_or_else(|| "nothing is known yet".into(), |ready| ready.message.clone())
}

/// The status that tells it.
#[must_use]
pub fn status(facts: &Facts, standing: &Standing) -> ConnectivityDecisionStatus {
    let now = whole(facts.now);
    let old = facts.decision.status.clone().unwrap_or_default();
    let generation = facts.decision.metadata.generation;
    let (kind, name) = facts.name();
    let (reason, message) = match standing {
        Standing::Used(used) => ("Used", format!("used: {}", used.purpose)),
        Standing::NotUsedYet(words) => ("NotUsedYet", format!("{kind} {name} does not need it yet: {words}")),
        Standing::Useless(reason, words) => (*reason, words.clone()),
    };
    let (ready, stalled) = match standing {
        Standing::Used(_) => (true, false),
        Standing::NotUsedYet(_) => (false, false),
        Standing::Useless(..) => (false, true),
    };
    let statement = |kind, holds| Statement {
        kind,
        holds: Some(holds),
        reason: reason.into(),
        message: if holds || kind == "Ready" { message.clone() } else { String::new() },
    };
    let statements = vec![
        statement("Ready", ready),
        statement("Reconciling", !ready && !stalled),
        statement("Stalled", stalled),
    ];
    let waiting = (!ready).then(|| {
        let party = if stalled { Party::User } else { Party::Operator };
        WaitingFor {
            party,
            name: Some(name),
            what: message.chars().take(1_000).collect(),
            since: now.clone(),
            until: None,
        }
        .since(old.waiting_for.as_ref())
    });
    ConnectivityDecisionStatus {
        observed_generation: generation,
        conditions: conditions(&old.conditions, statements, generation, &now),
        waiting_for: waiting,
        used: match standing {
            Standing::Used(used) => Some(used.clone()),
            Standing::NotUsedYet(_) | Standing::Useless(..) => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{DecisionRef, IntentRef, holds};

    const SEGMENT: &str = "
        apiVersion: naas.dev/v1alpha1
        kind: ConnectivitySegment
        metadata: {name: seg-01234567}
        spec:
          intentRef: {namespace: training, name: checkpoints, uid: 7f3c}
          leg: 0
          replacement: 0
          provider: {name: metro-fiber, address: 'https://metro.example'}
          clientReference: seg-01234567
          project: acme/training/checkpoints
          product: Evpl
          ends: []
          revision: 1
          intentGeneration: 1
          design: {committed: 2G, peak: 2G, reverseCommitted: 2G, reversePeak: 2G, classOfService: BULK, term: {name: y, value: 1, unit: Year, atEnd: Renew}}
          desired: Present
        status:
          orders:
          - {sequence: 1, operation: Add, mark: seg-01234567/1, revision: 1, digest: d, state: Unknown}
        ";

    fn facts(spec: &str) -> Facts {
        let spec =
            serde_norway::from_str(&format!("{{author: ada, segment: seg-01234567, {spec}}}")).unwrap();
        let mut decision = ConnectivityDecision::new("settle", spec);
        decision.metadata.namespace = Some("training".into());
        decision.metadata.uid = Some("uid-1".into());
        decision.metadata.generation = Some(1);
        let intent =
            IntentRef { namespace: "training".into(), name: "checkpoints".into(), uid: "7f3c".into() };
        let now = "2026-12-01T12:00:00Z".parse().unwrap();
        let asked =
            crate::admit::Asked { intent: &intent, intent_exists: true, operators: "naas-system", now };
        Facts {
            subject: Subject::Segment {
                said: crate::admit::decision(&decision, asked),
                found: Some(Arc::new(serde_norway::from_str(SEGMENT).unwrap())),
            },
            decision: Arc::new(decision),
            now,
        }
    }

    const NOT_PLACED: &str = "orderNotPlaced: {mark: seg-01234567/1}";

    fn found(facts: &mut Facts) -> &mut Option<Arc<ConnectivitySegment>> {
        match &mut facts.subject {
            Subject::Segment { found, .. } => found,
            Subject::Provider { .. } | Subject::Intent { .. } => panic!("about something else"),
        }
    }

    fn first_order(facts: &mut Facts) -> &mut OrderRecord {
        let segment = Arc::make_mut(found(facts).as_mut().unwrap());
        &mut segment.status.as_mut().unwrap().orders[0]
    }

    /// The reason that is told, with exactly one of the three conditions true and the same status when told twice.
    fn reason(facts: &Facts) -> String {
        let first = status(facts, &standing(facts));
        let true_ones = ["Ready", "Reconciling", "Stalled"].map(|kind| holds(&first.conditions, kind));
        assert_eq!(true_ones.iter().filter(|holds| **holds).count(), 1, "{first:?}");
        let mut again = facts.clone();
        Arc::make_mut(&mut again.decision).status = Some(first.clone());
        let gone = matches!(again.subject, Subject::Segment { found: None, .. });
        if !gone {
            assert_eq!(status(&again, &standing(&again)), first);
        }
        first.conditions[0].reason.clone()
    }

    #[test]
    fn it_waits_until_it_is_needed() {
        assert_eq!(reason(&facts(NOT_PLACED)), "NotUsedYet");
        assert_eq!(reason(&facts("acceptTermination: {currency: USD, amount: '1'}")), "NotUsedYet");
    }

    #[test]
    fn an_order_that_rests_on_it_shows_that_it_was_used() {
        let mut facts = facts(NOT_PLACED);
        let reference =
            |uid: &str| DecisionRef { namespace: "training".into(), name: "settle".into(), uid: uid.into() };
        first_order(&mut facts).decision = Some(reference("uid-1"));
        first_order(&mut facts).state = OrderRecordState::Refused;
        assert_eq!(reason(&facts), "Used");
        assert!(
            matches!(standing(&facts), Standing::Used(used) if used.purpose == "Add order seg-01234567/1")
        );
        // Another one of the same name is another one.
        first_order(&mut facts).decision = Some(reference("uid-0"));
        assert_eq!(reason(&facts), "Overtaken");
    }

    #[test]
    fn what_was_used_stays_so() {
        let mut facts = facts(NOT_PLACED);
        first_order(&mut facts).decision =
            Some(DecisionRef { namespace: "training".into(), name: "settle".into(), uid: "uid-1".into() });
        let used = status(&facts, &standing(&facts));
        Arc::make_mut(&mut facts.decision).status = Some(used);
        *found(&mut facts) = None;
        assert_eq!(reason(&facts), "Used");
    }

    #[test]
    fn what_can_never_be_used_says_so() {
        let mut closed = facts(NOT_PLACED);
        first_order(&mut closed).state = OrderRecordState::Settled;
        assert_eq!(reason(&closed), "Overtaken");
        assert_eq!(reason(&facts("orderNotPlaced: {mark: seg-01234567/2}")), "NoSuchOrder");
        assert_eq!(reason(&facts("validUntil: 2026-01-01T00:00:00Z, abandon: {}")), "Expired");
        let mut nowhere = facts(NOT_PLACED);
        *found(&mut nowhere) = None;
        assert_eq!(reason(&nowhere), "NoSuchSegment");
    }

    #[test]
    fn a_charge_is_decided_about_while_it_is_open() {
        let mut facts = facts("answerCharge: {charge: CHG-1, answer: Decline}");
        assert_eq!(reason(&facts), "NoSuchCharge");
        let told = |facts: &mut Facts, state: &str| {
            let charge = format!("{{id: CHG-1, orderId: ORD-1, state: {state}, blocking: true}}");
            let segment = Arc::make_mut(found(facts).as_mut().unwrap());
            segment.status.as_mut().unwrap().charges = vec![serde_norway::from_str(&charge).unwrap()];
        };
        told(&mut facts, "Open");
        assert_eq!(reason(&facts), "NotUsedYet");
        told(&mut facts, "TimedOut");
        assert_eq!(reason(&facts), "Overtaken");
        told(&mut facts, "Open");
        let record = first_order(&mut facts);
        (record.charge_id, record.state) = (Some("CHG-1".into()), OrderRecordState::Settled);
        assert_eq!(reason(&facts), "Overtaken", "it was answered without this decision");
        first_order(&mut facts).decision =
            Some(DecisionRef { namespace: "training".into(), name: "settle".into(), uid: "uid-1".into() });
        assert_eq!(reason(&facts), "Used");
    }

    #[test]
    fn a_service_is_taken_over_once_and_by_a_segment_that_has_none() {
        let adopt = "adopt: {productId: EVC-1}";
        assert_eq!(reason(&facts(adopt)), "NotUsedYet");
        let mut has_one = facts(adopt);
        first_order(&mut has_one).state = OrderRecordState::Settled;
        assert_eq!(reason(&has_one), "Overtaken");
        let mut used = facts(adopt);
        let record = first_order(&mut used);
        (record.operation, record.state) = (OrderOperation::Adopt, OrderRecordState::Settled);
        record.product_id = Some("EVC-1".into());
        record.decision =
            Some(DecisionRef { namespace: "training".into(), name: "settle".into(), uid: "uid-1".into() });
        assert!(
            matches!(standing(&used), Standing::Used(used) if used.purpose.contains("EVC-1 was taken over"))
        );
    }

    #[test]
    fn what_was_abandoned_is_gone() {
        let mut facts = facts("abandon: {}");
        let waits = status(&facts, &standing(&facts));
        *found(&mut facts) = None;
        // About what never was there is nothing to abandon.
        assert_eq!(reason(&facts), "NoSuchSegment");
        Arc::make_mut(&mut facts.decision).status = Some(waits);
        assert_eq!(reason(&facts), "Used");
    }

    #[test]
    fn an_order_that_ends_the_twin_shows_that_it_was_decided_though_it_rests_on_an_accepted_fee() {
        let mut facts = facts("endTwin: {order: ORD-7}");
        assert_eq!(reason(&facts), "NotUsedYet");
        first_order(&mut facts).twin = Some(crate::api::Twin { order: "ORD-8".into(), product: None });
        assert_eq!(reason(&facts), "NotUsedYet", "it ended another one");
        first_order(&mut facts).twin = Some(crate::api::Twin { order: "ORD-7".into(), product: None });
        assert_eq!(reason(&facts), "Used");
    }

    /// A decision to release, made in a second, about an account with this status.
    fn release(made: i64, namespace: &str, status: &str) -> Facts {
        let spec = serde_norway::from_str("{author: ada, provider: metro-fiber, releaseCatch: {}}").unwrap();
        let mut decision = ConnectivityDecision::new("go-on", spec);
        decision.metadata.namespace = Some(namespace.into());
        decision.metadata.uid = Some("uid-1".into());
        decision.metadata.creation_timestamp = Some(whole(Timestamp::from_second(made).unwrap()));
        let now = Timestamp::from_second(1_000).unwrap();
        let provider = "{limits: {currency: USD, perOrder: {monthly: '1', oneTime: '1'}, total: {monthly: '1', oneTime: '1'}}}";
        let mut provider =
            ConnectivityProvider::new("metro-fiber", serde_norway::from_str(provider).unwrap());
        provider.status = Some(serde_norway::from_str(status).unwrap());
        let said = crate::admit::release(&decision, "naas-system", now);
        let subject = Subject::Provider { found: Some(Arc::new(provider)), said };
        Facts { decision: Arc::new(decision), subject, now }
    }

    #[test]
    fn a_decision_to_release_says_what_it_released_or_why_nothing() {
        let tripped = "safetyCatch: {tripped: [{cause: Orders, since: 1970-01-01T00:00:10Z, what: much}]}";
        let by = |uid: &str| {
            format!(
                "safetyCatch: {{released: {{at: 1970-01-01T00:00:11Z, decision: {{namespace: n, name: go-on, uid: {uid}}}}}}}"
            )
        };
        assert_eq!(reason(&release(11, "naas-system", tripped)), "NotUsedYet");
        assert_eq!(reason(&release(11, "training", tripped)), "NotAllowed");
        assert_eq!(reason(&release(9, "naas-system", tripped)), "Overtaken");
        assert_eq!(reason(&release(11, "naas-system", "{}")), "NotTripped");
        assert_eq!(reason(&release(11, "naas-system", &by("uid-1"))), "Used");
        assert_eq!(reason(&release(11, "naas-system", &by("uid-0"))), "NotTripped");
    }

    /// A decision that approves a plan for 1125 a month, about an intent with this status.
    fn approve(status: &str) -> Facts {
        let digest = "0123456789abcdef0123456789abcdef/1125.00/500.00/USD";
        let spec =
            format!("{{author: ada, approvePlan: {{intent: {{name: checkpoints}}, digest: {digest}}}}}");
        let mut decision = ConnectivityDecision::new("yes", serde_norway::from_str(&spec).unwrap());
        decision.metadata.namespace = Some("training".into());
        decision.metadata.uid = Some("uid-1".into());
        let now = "2026-12-01T12:00:00Z".parse().unwrap();
        let intent = "{endpoints: [], bandwidth: {committed: 2G}}";
        let mut intent = ConnectivityIntent::new("checkpoints", serde_norway::from_str(intent).unwrap());
        intent.status = Some(serde_norway::from_str(status).unwrap());
        let said = crate::admit::approval(&decision, crate::api::Approver::Namespace, "naas-system", now);
        let subject = Subject::Intent { found: Some(Arc::new(intent)), said };
        Facts { decision: Arc::new(decision), subject, now }
    }

    #[test]
    fn a_decision_about_a_plan_says_whether_it_is_still_that_plan() {
        let plan =
            |digest: &str| format!("plan: {{digest: {digest}, monthly: 1 USD, oneTime: 1 USD, legs: []}}");
        let design = "0123456789abcdef0123456789abcdef";
        assert_eq!(reason(&approve("{}")), "NotUsedYet");
        assert_eq!(reason(&approve(&plan(&format!("{design}/1125.00/500.00/USD")))), "NotUsedYet");
        assert_eq!(reason(&approve(&plan(&format!("{design}/1124.00/0.00/USD")))), "NotUsedYet");
        let dearer = format!("{design}/1125.01/500.00/USD");
        assert_eq!(reason(&approve(&plan(&dearer))), "PriceAbove");
        assert!(
            matches!(standing(&approve(&plan(&dearer))), Standing::Useless(_, words) if words.contains(&dearer))
        );
        let other = plan(&format!("{}/1125.00/500.00/USD", design.replace('0', "9")));
        assert_eq!(reason(&approve(&other)), "PlanDiffers");
        let used = |uid: &str| {
            format!(
                "approval: {{decision: {{namespace: training, name: yes, uid: {uid}}}, digest: {dearer}, at: 2026-12-01T11:00:00Z}}"
            )
        };
        assert_eq!(reason(&approve(&format!("{{{}, {}}}", other, used("uid-1")))), "Used");
        assert_eq!(reason(&approve(&format!("{{{}, {}}}", other, used("uid-0")))), "PlanDiffers");
        let mut nobody = approve("{}");
        let Subject::Intent { found, .. } = &mut nobody.subject else { panic!("about a plan") };
        *found = None;
        assert_eq!(reason(&nobody), "NoSuchIntent");
    }
}
