//! `ConnectivityDecision` to what was decided, for who may use it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Refusal, amount, currency};
use crate::api::{
    AnswerCharge, Approver, ChargeAnswer, ConnectivityDecision, ConnectivityDecisionSpec, ConnectivityIntent,
    IntentRef, UnknownCost, approved_intent,
};
use crate::model::{Approval, ChargeId, Decision, DecisionId, Mark, Money, OrderId, ServiceId, Verdict};

/// About whom a decision is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The intent of the segment that the decision names.
    pub intent: &'a IntentRef,
    /// Whether that very intent still exists.
    pub intent_exists: bool,
    /// The operator's namespace.
    pub operators: &'a str,
    /// The present.
    pub now: Timestamp,
}

impl<'a> Asked<'a> {
    /// Asked about the segment of this intent, where `found` is the intent that bears its name now.
    #[must_use]
    pub fn about(
        intent: &'a IntentRef,
        found: Option<&ConnectivityIntent>,
        operators: &'a str,
        now: Timestamp,
    ) -> Self {
        let intent_exists = found.is_some_and(|found| found.metadata.uid.as_ref() == Some(&intent.uid));
        Self { intent, intent_exists, operators, now }
    }
}

/// What was decided about a segment.
///
/// Whoever may decide in the namespace of the intent may decide about its service; once the intent is gone the namespace may be
/// somebody else's, and only the operator's namespace counts.
///
/// # Errors
/// A namespace that may not decide about the segment, a decision whose time is over, a field that cannot be understood.
pub fn decision(decision: &ConnectivityDecision, asked: Asked<'_>) -> Result<Decision, Refusal> {
    let meta = &decision.metadata;
    let namespace = meta.namespace.clone().unwrap_or_default();
    let of_intent = asked.intent_exists && namespace == asked.intent.namespace;
    if !of_intent && namespace != asked.operators {
        let places = if asked.intent_exists {
            format!("{} or {}", asked.intent.namespace, asked.operators)
        } else {
            format!("{}, because its intent is gone", asked.operators)
        };
        let segment = decision.spec.segment.as_deref().unwrap_or_default();
        let message = format!("spec.segment: decisions about {segment} are made in namespace {places}");
        return Err(Refusal { reason: "NotAllowed", message });
    }
    expired(decision, asked.now)?;
    let made = meta.creation_timestamp.as_ref().map(|time| time.0);
    Ok(Decision { id: id(decision), made, verdict: verdict(&decision.spec)? })
}

/// The plan that a decision approves.
///
/// Whoever may decide in the namespace of the intent may approve, or else only who decides in the operator's: as the class says.
///
/// # Errors
/// A namespace that may not approve, a decision whose time is over, a digest that cannot be read.
pub fn approval(
    decision: &ConnectivityDecision,
    approver: Approver,
    operators: &str,
    now: Timestamp,
) -> Result<Approval, Refusal> {
    let field = "spec.approvePlan";
    let (Some(approved), Some((intent, name))) = (&decision.spec.approve_plan, approved_intent(decision))
    else {
        return Err(Refusal::invalid(field, "state whose plan is approved"));
    };
    let namespace = decision.metadata.namespace.as_deref().unwrap_or_default();
    let allowed = match approver {
        Approver::Namespace => namespace == operators || namespace == intent,
        Approver::Platform => namespace == operators,
    };
    if !allowed {
        let places = match approver {
            Approver::Namespace => format!("{intent} or {operators}"),
            Approver::Platform => format!("{operators}, as its class says"),
        };
        let message = format!("{field}.intent: plans of {intent}/{name} are approved in namespace {places}");
        return Err(Refusal { reason: "NotAllowed", message });
    }
    expired(decision, now)?;
    let digest = approved.digest.parse().map_err(|why| Refusal::invalid(&format!("{field}.digest"), why))?;
    Ok(Approval { id: id(decision), digest })
}

/// Refuses a decision whose time is over.
pub(super) fn expired(decision: &ConnectivityDecision, now: Timestamp) -> Result<(), Refusal> {
    let Some(until) = decision.spec.valid_until.as_ref().filter(|until| until.0 <= now) else {
        return Ok(());
    };
    let message = format!("spec.validUntil: {} has passed; make another decision", until.0);
    Err(Refusal { reason: "Expired", message })
}

pub(super) fn id(decision: &ConnectivityDecision) -> DecisionId {
    let meta = &decision.metadata;
    DecisionId {
        namespace: meta.namespace.clone().unwrap_or_default(),
        name: meta.name.clone().unwrap_or_default(),
        uid: meta.uid.clone().unwrap_or_default(),
    }
}

fn verdict(spec: &ConnectivityDecisionSpec) -> Result<Verdict, Refusal> {
    if let Some(placed) = &spec.order_placed {
        let mark = mark("spec.orderPlaced.mark", &placed.mark)?;
        return Ok(Verdict::Placed(mark, order_id("spec.orderPlaced.orderId", &placed.order_id)?));
    }
    if let Some(not_placed) = &spec.order_not_placed {
        return Ok(Verdict::NotPlaced(mark("spec.orderNotPlaced.mark", &not_placed.mark)?));
    }
    if let Some(accepted) = &spec.accept_termination {
        let most = Money {
            amount: amount("spec.acceptTermination.amount", &accepted.amount)?,
            currency: currency("spec.acceptTermination.currency", &accepted.currency)?,
        };
        let unknown = match accepted.unknown {
            UnknownCost::Accept => true,
            UnknownCost::Wait => false,
        };
        return Ok(Verdict::AcceptTermination { most, unknown });
    }
    if let Some(answer) = &spec.answer_charge {
        return charge(answer);
    }
    if let Some(beside) = &spec.buy_beside {
        let field = "spec.buyBeside.orders";
        let orders: BTreeSet<_> =
            beside.orders.iter().map(|id| order_id(field, id)).collect::<Result<_, _>>()?;
        if orders.is_empty() {
            return Err(Refusal::invalid(field, "name the orders beside which it is bought"));
        }
        return Ok(Verdict::BuyBeside(orders));
    }
    if let Some(twin) = &spec.end_twin {
        return Ok(Verdict::EndTwin(order_id("spec.endTwin.order", &twin.order)?));
    }
    if let Some(adopt) = &spec.adopt {
        return Ok(Verdict::Adopt(ServiceId(seller_id("spec.adopt.productId", &adopt.product_id)?)));
    }
    if spec.abandon.is_some() {
        return Ok(Verdict::Abandon);
    }
    let kinds =
        "orderPlaced, orderNotPlaced, acceptTermination, answerCharge, buyBeside, endTwin, adopt, abandon";
    Err(Refusal::invalid("spec", format!("state exactly one of {kinds} about a segment")))
}

fn seller_id(field: &str, text: &str) -> Result<String, Refusal> {
    if text.is_empty() {
        return Err(Refusal::invalid(field, "an id of the seller is not empty"));
    }
    Ok(text.to_owned())
}

fn order_id(field: &str, text: &str) -> Result<OrderId, Refusal> {
    seller_id(field, text).map(OrderId)
}

fn charge(said: &AnswerCharge) -> Result<Verdict, Refusal> {
    let id = ChargeId(seller_id("spec.answerCharge.charge", &said.charge)?);
    match (said.answer, &said.currency, &said.amount) {
        (ChargeAnswer::Decline, None, None) => Ok(Verdict::DeclineCharge(id)),
        (ChargeAnswer::Accept, Some(of), Some(most)) => {
            let most = Money {
                amount: amount("spec.answerCharge.amount", most)?,
                currency: currency("spec.answerCharge.currency", of)?,
            };
            Ok(Verdict::AcceptCharge(id, most))
        }
        (ChargeAnswer::Accept, _, _) => {
            Err(Refusal::invalid("spec.answerCharge", "to accept a charge state currency and amount"))
        }
        (ChargeAnswer::Decline, _, _) => Err(Refusal::invalid(
            "spec.answerCharge",
            "to decline a charge state neither currency nor amount",
        )),
    }
}

fn mark(field: &str, text: &str) -> Result<Mark, Refusal> {
    let why = "not a mark: copy it from status.orders of the segment";
    Mark::parse(text).ok_or_else(|| Refusal::invalid(field, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(spec: &str) -> ConnectivityDecision {
        let spec = serde_norway::from_str(&format!("{{author: ada, segment: seg-1, {spec}}}")).unwrap();
        let mut decision = ConnectivityDecision::new("d", spec);
        decision.metadata.namespace = Some("training".into());
        decision.metadata.uid = Some("uid-1".into());
        decision
    }

    fn asked(intent: &IntentRef) -> Asked<'_> {
        let now = "2026-12-01T12:00:00Z".parse().unwrap();
        Asked { intent, intent_exists: true, operators: "naas-system", now }
    }

    fn intent() -> IntentRef {
        IntentRef { namespace: "training".into(), name: "checkpoints".into(), uid: "7f3c".into() }
    }

    #[test]
    fn every_kind_is_read() {
        let verdict = |spec: &str| decision(&said(spec), asked(&intent())).unwrap().verdict;
        let mark = Mark::new("seg-1", 3);
        assert_eq!(
            verdict("orderPlaced: {mark: seg-1/3, orderId: ORD-9}"),
            Verdict::Placed(mark.clone(), OrderId("ORD-9".into()))
        );
        assert_eq!(verdict("orderNotPlaced: {mark: seg-1/3}"), Verdict::NotPlaced(mark));
        let most = Money { amount: "12.50".parse().unwrap(), currency: "USD".parse().unwrap() };
        assert_eq!(
            verdict("acceptTermination: {currency: USD, amount: '12.50'}"),
            Verdict::AcceptTermination { most, unknown: false }
        );
        assert_eq!(
            verdict("acceptTermination: {currency: USD, amount: '12.50', unknown: Accept}"),
            Verdict::AcceptTermination { most, unknown: true }
        );
        let charge = || ChargeId("CHG-1".into());
        assert_eq!(
            verdict("answerCharge: {charge: CHG-1, answer: Accept, currency: USD, amount: '12.50'}"),
            Verdict::AcceptCharge(charge(), most)
        );
        assert_eq!(
            verdict("answerCharge: {charge: CHG-1, answer: Decline}"),
            Verdict::DeclineCharge(charge())
        );
        let orders = ["A", "B"].map(|id| OrderId(id.into()));
        assert_eq!(verdict("adopt: {productId: EVC-1}"), Verdict::Adopt(ServiceId("EVC-1".into())));
        assert_eq!(verdict("abandon: {}"), Verdict::Abandon);
        assert_eq!(verdict("endTwin: {order: ORD-1}"), Verdict::EndTwin(OrderId("ORD-1".into())));
        assert_eq!(verdict("buyBeside: {orders: [B, A]}"), Verdict::BuyBeside(orders.into()));
    }

    #[test]
    fn only_the_namespace_of_the_intent_or_of_the_operator_decides() {
        let said = |namespace: &str| {
            let mut decision = said("orderNotPlaced: {mark: seg-1/3}");
            decision.metadata.namespace = Some(namespace.into());
            decision
        };
        let intent = intent();
        let reason = |namespace: &str, intent_exists| {
            let asked = Asked { intent_exists, ..asked(&intent) };
            decision(&said(namespace), asked).err().map(|refusal| refusal.reason)
        };
        assert_eq!(reason("training", true), None);
        assert_eq!(reason("naas-system", true), None);
        assert_eq!(reason("other", true), Some("NotAllowed"));
        assert_eq!(reason("training", false), Some("NotAllowed"));
        assert_eq!(reason("naas-system", false), None);
    }

    #[test]
    fn a_plan_is_approved_where_its_class_says() {
        let digest = "0123456789abcdef0123456789abcdef/1125.00/500.00/USD";
        let read = |namespace: &str, intent: &str, more: &str, approver: Approver| {
            let spec = format!("{{author: ada, approvePlan: {{intent: {intent}, digest: {digest}}}{more}}}");
            let mut decision = ConnectivityDecision::new("d", serde_norway::from_str(&spec).unwrap());
            decision.metadata.namespace = Some(namespace.into());
            approval(&decision, approver, "naas-system", "2026-12-01T12:00:00Z".parse().unwrap())
        };
        let reason = |namespace: &str, intent: &str, more: &str, approver| {
            read(namespace, intent, more, approver).err().map(|refusal| refusal.reason)
        };
        let (own, named) = ("{name: checkpoints}", "{namespace: training, name: checkpoints}");
        let approved = read("training", own, "", Approver::Namespace).unwrap();
        assert_eq!(approved.digest.to_string(), digest);
        assert_eq!(reason("training", named, "", Approver::Namespace), None);
        assert_eq!(reason("naas-system", named, "", Approver::Namespace), None);
        assert_eq!(reason("other", named, "", Approver::Namespace), Some("NotAllowed"));
        assert_eq!(reason("training", own, "", Approver::Platform), Some("NotAllowed"));
        assert_eq!(reason("naas-system", named, "", Approver::Platform), None);
        let until = |time: &str| format!(", validUntil: {time}");
        assert_eq!(
            reason("training", own, &until("2026-12-01T12:00:00Z"), Approver::Namespace),
            Some("Expired")
        );
        assert_eq!(reason("training", own, &until("2026-12-01T12:00:01Z"), Approver::Namespace), None);
        let mut unread = said("because: nothing");
        let of = |decision: &ConnectivityDecision| {
            approval(decision, Approver::Namespace, "naas-system", "2026-12-01T12:00:00Z".parse().unwrap())
        };
        assert_eq!(of(&unread).unwrap_err().reason, "Invalid");
        unread.spec =
            serde_norway::from_str("{author: ada, approvePlan: {intent: {name: i}, digest: mistyped}}")
                .unwrap();
        assert!(of(&unread).unwrap_err().message.contains("copy status.plan.digest"));
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        let reason = |spec: &str| decision(&said(spec), asked(&intent())).unwrap_err().reason;
        assert_eq!(reason("validUntil: 2026-12-01T12:00:00Z, orderNotPlaced: {mark: seg-1/3}"), "Expired");
        assert_eq!(reason("orderNotPlaced: {mark: seg-1}"), "Invalid");
        assert_eq!(reason("because: nothing"), "Invalid");
        assert_eq!(reason("orderPlaced: {mark: seg-1/3, orderId: ''}"), "Invalid");
        assert_eq!(reason("buyBeside: {orders: []}"), "Invalid");
        assert_eq!(reason("buyBeside: {orders: [A, '']}"), "Invalid");
        assert_eq!(reason("acceptTermination: {currency: USD, amount: '-1'}"), "Invalid");
        assert_eq!(reason("acceptTermination: {currency: USD, amount: ten}"), "Invalid");
        assert_eq!(reason("answerCharge: {charge: CHG-1, answer: Accept}"), "Invalid");
        assert_eq!(reason("answerCharge: {charge: '', answer: Decline}"), "Invalid");
        assert_eq!(
            reason("answerCharge: {charge: CHG-1, answer: Decline, currency: USD, amount: '1'}"),
            "Invalid"
        );
    }
}
