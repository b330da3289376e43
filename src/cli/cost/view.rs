//! Sums of what runs and of what is being bought.

use std::collections::BTreeMap;

use clap::ValueEnum;
use serde::Serialize;

use super::is_bought;
use crate::api::{ConnectivitySegment, NO_CURRENCY};
use crate::model::Amount;

/// What is added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
pub enum By {
    /// What a namespace pays.
    Namespace,
    /// What a seller's account is paid.
    Provider,
    /// What a class of service costs.
    Class,
    /// What an intent pays.
    Intent,
}

/// What is spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Costs {
    /// What is added up.
    pub by: By,
    /// A line for each of it and currency.
    pub lines: Vec<Line>,
    /// A line for each currency.
    pub totals: Vec<Line>,
}

/// What one of them costs in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Which one.
    pub name: String,
    /// Currency; absent where nobody knows the prices.
    pub currency: Option<String>,
    /// Services that run.
    pub services: usize,
    /// What runs, per month.
    pub monthly: String,
    /// What was paid at once for what runs.
    pub one_time: String,
    /// What is ordered and does not run yet, per month.
    pub ordered: String,
}

#[derive(Default, Clone)]
struct Sum {
    services: usize,
    monthly: Amount,
    one_time: Amount,
    ordered: Amount,
}

/// Adds up what these segments cost.
#[must_use]
pub fn costs(segments: &[ConnectivitySegment], by: By) -> Costs {
    let mut sums: BTreeMap<(String, Option<String>), Sum> = BTreeMap::new();
    let mut totals: BTreeMap<(String, Option<String>), Sum> = BTreeMap::new();
    for segment in segments.iter().filter(|segment| is_bought(segment)) {
        let Some((currency, one)) = of_segment(segment) else { continue };
        for (sums, name) in [(&mut sums, name(segment, by)), (&mut totals, "total".to_owned())] {
            let sum = sums.entry((name, currency.clone())).or_default();
            sum.services += one.services;
            sum.monthly = sum.monthly + one.monthly;
            sum.one_time = sum.one_time + one.one_time;
            sum.ordered = sum.ordered + one.ordered;
        }
    }
    let lines = |sums: BTreeMap<(String, Option<String>), Sum>| {
        let line = |((name, currency), sum): ((String, Option<String>), Sum)| Line {
            name,
            currency,
            services: sum.services,
            monthly: sum.monthly.to_string(),
            one_time: sum.one_time.to_string(),
            ordered: sum.ordered.to_string(),
        };
        sums.into_iter().map(line).collect()
    };
    Costs { by, lines: lines(sums), totals: lines(totals) }
}

fn name(segment: &ConnectivitySegment, by: By) -> String {
    let spec = &segment.spec;
    match by {
        By::Namespace => spec.intent_ref.namespace.clone(),
        By::Provider => spec.provider.name.clone(),
        By::Class => spec.design.class_of_service.clone(),
        By::Intent => spec.intent_ref.key(),
    }
}

fn of_segment(segment: &ConnectivitySegment) -> Option<(Option<String>, Sum)> {
    let status = segment.status.as_ref()?;
    let amount = |text: &str| text.parse::<Amount>().unwrap_or_default();
    let known = |currency: &str| Some(currency.to_owned()).filter(|currency| currency != NO_CURRENCY);
    if let Some(runs) = &status.in_force {
        let sum = Sum {
            services: 1,
            monthly: amount(&runs.monthly),
            one_time: amount(&runs.one_time),
            ordered: Amount::ZERO,
        };
        return Some((known(&runs.currency.0), sum));
    }
    let offer = status.offer.as_ref()?;
    Some((known(&offer.currency.0), Sum { ordered: amount(&offer.monthly), ..Sum::default() }))
}
