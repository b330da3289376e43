//! Whether a person must approve a purchase first, and whether one did.
//!
//! An approval names `status.plan.digest`: a fingerprint of what is bought, and its price. It holds for that at this price or a lower
//! one, while the decision is there and its time is not over. Before the order leaves, what counts of the class and the approval
//! that is used are pinned in the status: [`Step::Pin`].

use std::sync::Arc;

use super::{Purchase, Step, waiting};
use crate::admit::{LegFigures, PlanFigures, Subject, must_be_approved};
use crate::api::{
    Approver, ClassApproval, ConnectivitySegment, DecisionRef, Desired, Effective, IntentState, Overlap,
    Party,
};
use crate::intent::class::Policy;
use crate::intent::facts::{self, Facts, has_service, name_of};
use crate::model::{Amount, Approval, Currency, PlanDigest, Request};
use crate::planning::{Bought, Offered, Proposal};

/// What is pinned before an order leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Pin {
    /// What counts of the class.
    pub effective: Option<Effective>,
    /// The approval that is used, and the plan that it is used for; none where none is needed.
    pub approval: Option<(DecisionRef, String)>,
}

/// What a plan costs, over all its legs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// Currency of all amounts.
    pub currency: Currency,
    /// Per month, net of tax.
    pub monthly: Amount,
    /// At once, net of tax.
    pub one_time: Amount,
    /// Over the terms, with what is due at once.
    pub commitment: Amount,
}

impl Price {
    /// The price of one offer.
    fn of(offer: &Offered) -> Self {
        Self {
            currency: offer.currency,
            monthly: offer.monthly,
            one_time: offer.one_time,
            commitment: offer.over_term(),
        }
    }

    /// What a leg costs that is not bought just now.
    fn of_leg(segment: &ConnectivitySegment, facts: &Facts) -> Option<Self> {
        let (monthly, one_time, currency) = facts::price(segment)?;
        Some(Self::of(&Offered {
            account: segment.spec.provider.name.clone(),
            currency: currency.parse().ok()?,
            monthly: monthly.parse().ok()?,
            one_time: one_time.parse().ok()?,
            term: crate::admit::segment(&segment.spec, facts.now).ok()?.design.term,
        }))
    }

    /// All of them together; none where there are none, or their currencies differ.
    fn sum(prices: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut prices = prices.into_iter();
        let first = prices.next()?;
        prices.try_fold(first, |sum, price| {
            (sum.currency == price.currency).then(|| Self {
                currency: sum.currency,
                monthly: sum.monthly + price.monthly,
                one_time: sum.one_time + price.one_time,
                commitment: sum.commitment + price.commitment,
            })
        })
    }
}

/// All legs of the plan that purchases make or change, from the first end to the second and spoke by spoke, and what they come to.
fn plan(facts: &Facts, purchases: &[Purchase]) -> (Vec<Arc<ConnectivitySegment>>, Option<Price>) {
    let mut legs = Vec::new();
    for strand in facts.strands() {
        let spoke = strand.request.as_ref().ok().and_then(Request::spoke);
        let own = || purchases.iter().filter(|purchase| purchase.segment.spec.spoke.as_deref() == spoke);
        // What is chosen anew is all of the connection.
        let goes_on = |bought: &facts::Bought| own().all(|one| one.spec.choice.as_ref() == bought.choice);
        match strand.bought().filter(goes_on) {
            Some(bought) => legs.extend(bought.there().cloned()),
            None => legs.extend(own().map(|purchase| purchase.segment.clone())),
        }
    }
    let price = |segment: &Arc<ConnectivitySegment>| {
        let bought = purchases.iter().find(|purchase| name_of(&purchase.segment) == name_of(segment));
        match bought {
            Some(purchase) => Some(Price::of(&purchase.budgeted.offer)),
            None => Price::of_leg(segment, facts),
        }
    };
    let prices: Option<Vec<Price>> = legs.iter().map(price).collect();
    (legs, prices.and_then(Price::sum))
}

/// What an approval of these legs at this price names; none where the request or a leg cannot be understood.
#[must_use]
pub fn digest(facts: &Facts, bare: &[&ConnectivitySegment], price: &Price) -> Option<PlanDigest> {
    let request = facts.request.as_ref().ok()?;
    let legs: Vec<Bought> = bare.iter().map(|segment| leg(segment, facts)).collect::<Option<_>>()?;
    let class = facts.class.effective.as_ref().map(|effective| effective.class_name.as_str());
    let Price { currency, monthly, one_time, commitment: _ } = *price;
    let strands: Vec<Facts> = facts.strands().collect();
    let beside: Vec<&str> =
        strands.iter().flat_map(|strand| strand.runs_beside(bare)).map(|old| name_of(old)).collect();
    Some(Proposal { request, class, legs: &legs, beside: &beside, currency, monthly, one_time }.digest())
}

fn leg(segment: &ConnectivitySegment, facts: &Facts) -> Option<Bought> {
    let [a, z] = segment.spec.ends.as_slice() else { return None };
    Some(Bought {
        account: segment.spec.provider.name.clone(),
        from: format!("{}/{}", a.site, a.port),
        to: format!("{}/{}", z.site, z.port),
        design: crate::admit::segment(&segment.spec, facts.now).ok()?.design,
    })
}

/// What comes before the order: an approval, or that what counts is written down. None where it may leave.
#[must_use]
pub fn before_order(facts: &Facts, purchases: &[Purchase], state: IntentState) -> Option<Step> {
    let (legs, price) = plan(facts, purchases);
    let legs: Vec<&ConnectivitySegment> = legs.iter().map(AsRef::as_ref).collect();
    let offered = |purchase: &Purchase| purchase.segment.spec.desired == Desired::Offer;
    // What is chosen again is bought already.
    let agrees =
        |purchase: &Purchase| offered(purchase) || purchase.spec.offer != purchase.segment.spec.offer;
    let free = !purchases.iter().any(agrees) || costs_no_more(facts, purchases);
    let mut why = if free { Vec::new() } else { why(facts, &legs, price.as_ref()) };
    if facts.class.overlap == Overlap::Ask && purchases.iter().any(offered) {
        why.extend(overlap(facts, &legs, price.as_ref()));
    }
    let mut pin = Pin { effective: facts.class.effective.clone(), approval: None };
    if !why.is_empty() {
        let digest = price.as_ref().and_then(|price| digest(facts, &legs, price));
        let approved = digest.as_ref().and_then(|digest| {
            let approval = facts.approvals.iter().find(|approval| approval.digest.covers(digest))?;
            Some((reference(approval), digest.to_string()))
        });
        match approved {
            Some(approved) => pin.approval = Some(approved),
            None => return Some(ask(facts, digest.as_ref(), &why, state)),
        }
    }
    (!is_pinned(facts, &pin)).then(|| Step::Pin(Box::new(pin)))
}

/// What comes before a service that exists is kept: that what counts is written down.
#[must_use]
pub fn pinned(facts: &Facts) -> Option<Step> {
    let pin = Pin { effective: facts.class.effective.clone(), approval: None };
    (!is_pinned(facts, &pin)).then(|| Step::Pin(Box::new(pin)))
}

/// Whether the status says already what is to be pinned.
fn is_pinned(facts: &Facts, pin: &Pin) -> bool {
    let status = facts.intent.status.as_ref();
    let effective = status.and_then(|status| status.effective.as_ref());
    let used = status.and_then(|status| status.approval.as_ref());
    let same = |(decision, digest): &(DecisionRef, String)| {
        used.is_some_and(|used| used.decision == *decision && used.digest == *digest)
    };
    effective == pin.effective.as_ref() && pin.approval.as_ref().is_none_or(same)
}

fn reference(approval: &Approval) -> DecisionRef {
    let id = approval.id.clone();
    DecisionRef { namespace: id.namespace, name: id.name, uid: id.uid }
}

/// Whether this changes what runs, for no more money and no longer term.
fn costs_no_more(facts: &Facts, purchases: &[Purchase]) -> bool {
    let Some(price) = Price::sum(purchases.iter().map(|purchase| Price::of(&purchase.budgeted.offer))) else {
        return false;
    };
    let legs = || purchases.iter().map(|purchase| &purchase.segment);
    let runs: Option<Amount> = legs()
        .map(|segment| {
            let runs = segment.status.as_ref()?.in_force.as_ref()?;
            let same = runs.currency.0 == price.currency.to_string();
            runs.monthly.parse::<Amount>().ok().filter(|_| same)
        })
        .sum();
    let restarts = |segment: &Arc<ConnectivitySegment>| {
        let seller = facts.seller(&segment.spec.provider.name);
        !has_service(segment) || seller.is_none_or(|seller| seller.asked.account.change.restarts_term)
    };
    runs.is_some_and(|runs| price.monthly <= runs) && price.one_time <= Amount::ZERO && !legs().any(restarts)
}

/// That two are paid for at once, where what runs is replaced.
fn overlap(facts: &Facts, legs: &[&ConnectivitySegment], price: Option<&Price>) -> Option<String> {
    let old: Vec<String> = facts.strands().filter_map(|strand| strand.replaced_by(legs)).collect();
    if old.is_empty() {
        return None;
    }
    let old = old.join(", ");
    let new = price.map_or_else(String::new, |Price { monthly, currency, .. }| {
        format!(" beside {monthly} {currency} monthly for the new one")
    });
    Some(format!("old and new running beside each other until the new one is in use: {old};{new}"))
}

/// Why a person must approve this; nothing where nobody must.
fn why(facts: &Facts, legs: &[&ConnectivitySegment], price: Option<&Price>) -> Vec<String> {
    let approval = match &facts.class.policy {
        Policy::Free => return Vec::new(),
        Policy::Everything(because) => return vec![because.clone()],
        Policy::Class(approval) => approval,
    };
    if *approval == ClassApproval::default() {
        return Vec::new();
    }
    let Some(subject) = price.and_then(|price| subject(facts, legs, price)) else {
        return vec!["the plan cannot be understood".into()];
    };
    must_be_approved(approval, &subject)
}

fn subject(facts: &Facts, legs: &[&ConnectivitySegment], price: &Price) -> Option<Subject> {
    let legs = legs
        .iter()
        .map(|segment| {
            let leg = leg(segment, facts)?;
            let [a, z] = segment.spec.ends.as_slice() else { return None };
            Some(LegFigures {
                provider: leg.account,
                from: a.site.clone(),
                to: z.site.clone(),
                class_of_service: leg.design.class_of_service,
                committed: leg.design.rates.a_to_z.committed().bits(),
                months: u32::try_from(leg.design.term.months().ceil()).unwrap_or(u32::MAX),
            })
        })
        .collect::<Option<_>>()?;
    let Price { currency, monthly, one_time, commitment } = *price;
    let plan = PlanFigures { monthly, one_time, commitment, currency: currency.to_string(), legs };
    let spec = facts.class.spec.as_ref().unwrap_or(&facts.intent.spec);
    Some(Subject::new(&plan, spec, &facts.intent.metadata))
}

/// Asks whoever may approve, with what to write.
fn ask(facts: &Facts, digest: Option<&PlanDigest>, why: &[String], state: IntentState) -> Step {
    let meta = &facts.intent.metadata;
    let (name, namespace) =
        (meta.name.as_deref().unwrap_or_default(), meta.namespace.as_deref().unwrap_or_default());
    let (party, place, intent) = match facts.class.policy.approver() {
        Approver::Namespace => (Party::User, namespace.to_owned(), format!("{{name: {name}}}")),
        Approver::Platform => {
            let intent = format!("{{namespace: {namespace}, name: {name}}}");
            (Party::Platform, facts.operators.clone(), intent)
        }
    };
    let digest = digest.map_or_else(|| "unknown".to_owned(), PlanDigest::to_string);
    let because: String = why.join("; ").chars().take(400).collect();
    let what = format!(
        "approval of plan {digest} ({because}). Run `kubectl naas approve {name} -n {namespace}`, or create in namespace \
         {place} a ConnectivityDecision with spec {{author: YOU, validUntil: TIME, approvePlan: {{intent: {intent}, digest: {digest}}}}}"
    );
    waiting(state, "ApprovalRequired", party, None, what)
}
