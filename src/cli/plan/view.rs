//! What would be decided about every intent, and what that changes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::prices::{self, PriceList};
use crate::api::{
    ConnectivityIntentSpec, ConnectivitySegment, ConnectivitySegmentStatus, Desired, OfferLevel,
    SegmentOffer, SegmentState, SpokeStatus, Statement, by_intent, conditions, whole,
};
use crate::cli::explain::view::{Explanation, explanation};
use crate::cli::rehearsal::{Effect, rehearse};
use crate::cli::world::World;
use crate::intent::decide::Rest;
use crate::intent::gather::{Objects, Surroundings};
use crate::model::{Amount, Currency};

/// The plans of several intents, made one after the other.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plans {
    /// Each intent's plan, by its name.
    pub intents: Vec<IntentPlan>,
    /// What would be ordered or changed comes to this together: amounts with currency.
    pub monthly: Vec<String>,
    /// The same, at once.
    pub one_time: Vec<String>,
    /// Where prices are from: provider and source.
    pub price_lists: Vec<String>,
}

/// What would be decided about one intent.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IntentPlan {
    /// In one word.
    pub verdict: Verdict,
    /// What would be done, in its order.
    pub effects: Vec<String>,
    /// Sellers that would be asked and whose price nobody knows: what of, and why.
    pub unknown: Vec<String>,
    /// The rest.
    #[serde(flatten)]
    pub explanation: Explanation,
}

/// What would come of an intent, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// It is as asked, or waits for somebody else: nothing to do.
    NoChange,
    /// A service would be ordered.
    Order,
    /// A service that is there would be changed.
    Change,
    /// A service would be ended or left behind.
    End,
    /// Sellers would be asked, and nothing ordered.
    Ask,
    /// Something must change first: nothing would be ordered.
    Blocked,
    /// The manifest cannot be accepted.
    Refused,
}

impl Plans {
    /// Whether anything would happen outside.
    #[must_use]
    pub fn any_change(&self) -> bool {
        self.intents.iter().any(|plan| !plan.effects.is_empty())
    }

    /// Whether any manifest cannot be accepted.
    #[must_use]
    pub fn any_refusal(&self) -> bool {
        self.intents.iter().any(|plan| plan.verdict == Verdict::Refused)
    }
}

/// Rehearses these intents one after the other, by name: what one takes (a VLAN, a part of a ledger) is taken for the next.
#[must_use]
pub fn plans(world: &mut World, keys: &[String], lists: &[PriceList], surroundings: Surroundings) -> Plans {
    let currencies: BTreeMap<String, Currency> = world
        .providers
        .iter()
        .filter_map(|(name, provider)| {
            Some((name.clone(), crate::admit::account(name, &provider.spec).ok()?.currency))
        })
        .collect();
    let answer = |segment: &mut ConnectivitySegment| {
        let currency = currencies.get(&segment.spec.provider.name);
        if let Some(currency) = currency {
            answered(segment, lists, *currency, surroundings);
        }
    };
    world.count_ledgers(surroundings.now);
    let mut plans =
        Plans { intents: Vec::new(), monthly: Vec::new(), one_time: Vec::new(), price_lists: Vec::new() };
    let mut sums: BTreeMap<String, (Amount, Amount)> = BTreeMap::new();
    for key in keys {
        let refused = world.intents.get(key).is_some_and(|intent| cannot_be_accepted(&intent.spec));
        let Some(course) = rehearse(world, key, surroundings, &answer) else { continue };
        let mut explanation = explanation(&course.intent);
        let verdict = if refused { Verdict::Refused } else { verdict(&course.effects, course.rest.as_ref()) };
        let uid = course.intent.metadata.uid.as_deref().unwrap_or_default();
        let asked = world.segments(&by_intent(uid));
        explanation.claims(&asked);
        let unknown: Vec<String> = asked.iter().filter_map(|segment| unknown(segment)).collect();
        let buys = matches!(verdict, Verdict::Order | Verdict::Change);
        if let Some(price) = explanation.price.as_ref().filter(|_| buys) {
            add(&mut sums, &price.monthly, &price.one_time);
        }
        if buys || (!unknown.is_empty() && verdict == Verdict::Ask) {
            // It is only that nobody orders and nobody answers in a rehearsal.
            explanation.waiting_for = None;
        }
        if buys {
            let ordering = |spoke: &&mut SpokeStatus| spoke.reason == "Ordering";
            explanation.spokes.iter_mut().filter(ordering).for_each(|spoke| spoke.message.clear());
        }
        let effects = course.effects.iter().map(words).collect();
        plans.intents.push(IntentPlan { verdict, effects, unknown, explanation });
    }
    for (currency, (monthly, one_time)) in sums {
        plans.monthly.push(format!("{monthly} {currency}"));
        plans.one_time.push(format!("{one_time} {currency}"));
    }
    let source = |list: &PriceList| {
        let source = list.source.as_deref().unwrap_or("source not stated");
        format!("{}: {source}", list.provider)
    };
    plans.price_lists = lists.iter().map(source).collect();
    let mut told = BTreeSet::new();
    plans.price_lists.retain(|list| told.insert(list.clone()));
    plans
}

/// Whether a spec is wrong whatever its class says.
fn cannot_be_accepted(spec: &ConnectivityIntentSpec) -> bool {
    let alone = ConnectivityIntentSpec { class_name: None, ..spec.clone() };
    crate::admit::request(&alone).is_err()
}

fn add(sums: &mut BTreeMap<String, (Amount, Amount)>, monthly: &str, one_time: &str) {
    let parts = |text: &str| {
        let (amount, currency) = text.split_once(' ')?;
        Some((amount.parse::<Amount>().ok()?, currency.to_owned()))
    };
    let (Some((monthly, currency)), Some((one_time, _))) = (parts(monthly), parts(one_time)) else { return };
    let sum = sums.entry(currency).or_insert((Amount::ZERO, Amount::ZERO));
    *sum = (sum.0 + monthly, sum.1 + one_time);
}

fn verdict(effects: &[Effect], rest: Option<&Rest>) -> Verdict {
    let strongest = effects.iter().filter_map(|effect| match effect {
        Effect::End(_) | Effect::LeaveBehind(_) => Some((3, Verdict::End)),
        Effect::Change(_) => Some((2, Verdict::Change)),
        Effect::Order(_) => Some((1, Verdict::Order)),
        Effect::Ask(_) | Effect::AskAnew(_) | Effect::Authorise(_) | Effect::Withdraw(_) | Effect::Forget => {
            None
        }
    });
    match (strongest.max_by_key(|(strength, _)| *strength), rest) {
        (Some((_, verdict)), _) => verdict,
        (None, Some(Rest::Stalled(..)) | None) => Verdict::Blocked,
        (None, Some(_)) if effects.is_empty() => Verdict::NoChange,
        (None, Some(_)) => Verdict::Ask,
    }
}

fn words(effect: &Effect) -> String {
    match effect {
        Effect::Ask(name) => format!("ask {name}"),
        Effect::Order(name) => format!("order at {name}"),
        Effect::Change(name) => format!("change at {name}"),
        Effect::Authorise(name) => format!("change what {name} may be paid, or whether it is ordered from"),
        Effect::AskAnew(name) => format!("ask {name} anew"),
        Effect::Withdraw(name) => format!("give up the offer of {name}"),
        Effect::End(name) => format!("disconnect at {name}"),
        Effect::LeaveBehind(name) => format!("leave the service at {name} behind, running"),
        Effect::Forget => "let the intent go".to_owned(),
    }
}

/// The word under which an unknown price is told.
const PRICE_UNKNOWN: &str = "PriceUnknown";

/// What a price list says in the seller's place.
fn answered(segment: &mut ConnectivitySegment, lists: &[PriceList], currency: Currency, at: Surroundings) {
    let spec = &segment.spec;
    let generation = segment.metadata.generation;
    let (state, ready, offer) = match prices::price(lists, spec, currency) {
        Ok(listed) => {
            let offer = SegmentOffer {
                revision: spec.revision,
                quote_id: format!("price-list/{}", spec.revision),
                quote_item: "1".into(),
                qualification_id: None,
                qualification_item: None,
                ports: Vec::new(),
                level: OfferLevel::Firm,
                currency: crate::api::CurrencyText(currency.to_string()),
                monthly: listed.monthly.to_string(),
                one_time: listed.one_time.to_string(),
                valid_until: None,
            };
            (SegmentState::Offered, Statement::yes("Ready", "Offered", "by the price list"), Some(offer))
        }
        Err(why) => (SegmentState::Offering, Statement::no("Ready", PRICE_UNKNOWN, why.to_string()), None),
    };
    let old = segment.status.take().unwrap_or_default();
    segment.status = Some(ConnectivitySegmentStatus {
        observed_generation: generation,
        state: Some(state),
        conditions: conditions(&[], vec![ready], generation, &whole(at.now)),
        offer,
        waiting_for: None,
        ..old
    });
}

fn unknown(segment: &ConnectivitySegment) -> Option<String> {
    let spec = &segment.spec;
    let told = segment.status.as_ref().and_then(|status| crate::api::told(&status.conditions, "Ready"));
    let why = told.filter(|told| told.reason == PRICE_UNKNOWN && spec.desired != Desired::Absent)?;
    let ends: Vec<String> = spec.ends.iter().map(|end| format!("{}/{}", end.site, end.port)).collect();
    let class = &spec.design.class_of_service;
    Some(format!("{}: {class} from {}: {}", spec.provider.name, ends.join(" to "), why.message))
}
