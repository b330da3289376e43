//! `ConnectivityProvider` to [`Account`], and who may use what.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::{
    Refusal, amount, bandwidth, catch_limits, countries, currency, duration, percentage, percentile, small,
    term,
};
use crate::api::{
    Cap as CapText, ConnectivityProviderSpec, Consumers, LsoAccount, LsoClassOfService, LsoDecrease,
    LsoFrameDelay, LsoProduct, LsoRole, LsoSend, LsoServiceLevel, LsoTermRestarts, Purchasing, RequestBudget,
    RouteRisks,
};
use crate::model::{
    self, Account, Amount, Calendar, Cap, CatchLimits, ChangeRules, EarlyTermination, Limits, Percentile,
    Product, ServiceClass, ServiceLevel,
};

/// Stands for what the account does not state of its safety catch, where only what it states is looked at.
const ANY: CatchLimits = CatchLimits { orders: 1, disconnects: 1, within: std::time::Duration::from_secs(1) };

/// How many requests a minute an account makes that states nothing.
pub const REQUESTS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(600).unwrap();

/// What the account sells and may spend.
///
/// # Errors
/// A field that cannot be understood, or a missing adapter block.
pub fn account(name: &str, spec: &ConnectivityProviderSpec) -> Result<Account, Refusal> {
    let Some(lso) = &spec.lso else {
        return Err(Refusal::invalid("spec", "state exactly one adapter block: lso"));
    };
    let sold_in = currency("spec.lso.currency", &lso.currency)?;
    let limits = Limits {
        currency: currency("spec.limits.currency", &spec.limits.currency)?,
        per_order: cap("spec.limits.perOrder", &spec.limits.per_order)?,
        total: cap("spec.limits.total", &spec.limits.total)?,
    };
    if limits.currency != sold_in {
        return Err(Refusal::invalid(
            "spec.limits.currency",
            format!("the seller quotes in {sold_in}: state the limits in {sold_in}"),
        ));
    }
    let access = lso.offerings.iter().any(|offering| offering.product == LsoProduct::AccessEline);
    if access && lso.role != LsoRole::ServiceProvider {
        let why = "AccessEline is sold to service providers: state role: ServiceProvider";
        return Err(Refusal::invalid("spec.lso.offerings", why));
    }
    let jurisdictions = match spec.jurisdictions.as_slice() {
        [] => BTreeSet::new(),
        stated => countries("spec.jurisdictions", stated)?,
    };
    catch_limits(spec.safety_catch.as_ref(), ANY)?;
    requests_per_minute(spec.requests.as_ref())?;
    Ok(Account {
        name: name.to_owned(),
        seller: seller(lso),
        currency: sold_in,
        held: spec.purchasing == Purchasing::Held,
        limits,
        products: lso.offerings.iter().filter_map(|offering| product(offering.product)).collect(),
        classes: lso.classes_of_service.iter().map(class).collect::<Result<_, _>>()?,
        steps: lso
            .bandwidth_steps
            .iter()
            .map(|step| bandwidth("spec.lso.bandwidthSteps", step))
            .collect::<Result<_, _>>()?,
        terms: lso.terms.iter().map(|sold| term("spec.lso.terms", sold)).collect::<Result<_, _>>()?,
        translates_vlans: lso.vlan_translation.unwrap_or(false),
        change: ChangeRules {
            restarts_term: lso.modify.term_restarts == LsoTermRestarts::Always,
            decrease: lso.modify.decrease == LsoDecrease::Allowed,
        },
        early_termination: early_termination(lso)?,
        calendar: lso
            .calendar
            .as_ref()
            .map(|calendar| {
                let day = |text: &String| {
                    text.parse()
                        .map_err(|error: jiff::Error| Refusal::invalid("spec.lso.calendar.holidays", error))
                };
                Ok::<_, Refusal>(Calendar {
                    holidays: calendar.holidays.iter().map(day).collect::<Result<_, _>>()?,
                })
            })
            .transpose()?,
        installation: lso
            .installation_interval
            .as_ref()
            .map(|text| duration("spec.lso.installationInterval", text))
            .transpose()?,
        jurisdictions,
        risks: spec.risk_groups.iter().map(risks).collect::<Result<_, _>>()?,
    })
}

/// How many requests a minute the account makes.
///
/// # Errors
/// A number below one, or above 60,000: a request takes at least a millisecond of the budget.
pub fn requests_per_minute(stated: Option<&RequestBudget>) -> Result<NonZeroU32, Refusal> {
    let Some(stated) = stated else { return Ok(REQUESTS_PER_MINUTE) };
    let number = u32::try_from(stated.per_minute).ok().filter(|number| *number <= 60_000);
    number.and_then(NonZeroU32::new).ok_or_else(|| {
        Refusal::invalid("spec.requests.perMinute", format!("{} is not from 1 to 60000", stated.per_minute))
    })
}

/// Where it is reached, and which one it is there: several sellers may be behind one address.
fn seller(lso: &LsoAccount) -> String {
    let address = lso.address.trim_end_matches('/').to_lowercase();
    lso.seller_id.as_ref().map_or_else(|| address.clone(), |id| format!("{address} {id}"))
}

fn risks(stated: &RouteRisks) -> Result<model::RouteRisks, Refusal> {
    let field = "spec.riskGroups";
    let between = match stated.between.as_slice() {
        [] => None,
        [a, z] => Some((a.clone(), z.clone())),
        _ => return Err(Refusal::invalid(&format!("{field}.between"), "name two sites, or leave it out")),
    };
    if stated.groups.is_empty() {
        let why = "name what breaks these routes; what shares nothing has a group of its own";
        return Err(Refusal::invalid(&format!("{field}.groups"), why));
    }
    Ok(model::RouteRisks { between, groups: stated.groups.iter().cloned().collect() })
}

/// Whether the consumers named include the namespace. Absent consumers include nobody.
#[must_use]
pub fn consumers_allow(
    consumers: Option<&Consumers>,
    namespace: &str,
    labels: Option<&BTreeMap<String, String>>,
) -> bool {
    consumers.is_some_and(|consumers| {
        consumers.namespaces.iter().any(|name| name == namespace)
            || consumers.selector.as_ref().is_some_and(|selector| selects(selector, labels))
    })
}

/// Label selection as Kubernetes defines it; an empty selector selects nothing here, so that nobody is let in by an oversight.
fn selects(selector: &LabelSelector, labels: Option<&BTreeMap<String, String>>) -> bool {
    let none = BTreeMap::new();
    let labels = labels.unwrap_or(&none);
    let wanted = selector.match_labels.as_ref();
    let rules = selector.match_expressions.as_deref().unwrap_or_default();
    if wanted.is_none_or(BTreeMap::is_empty) && rules.is_empty() {
        return false;
    }
    wanted.into_iter().flatten().all(|(key, value)| labels.get(key) == Some(value))
        && rules.iter().all(|rule| {
            let value = labels.get(&rule.key);
            let listed =
                value.is_some_and(|value| rule.values.iter().flatten().any(|listed| listed == value));
            match rule.operator.as_str() {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            }
        })
}

fn cap(field: &str, text: &CapText) -> Result<Cap, Refusal> {
    Ok(Cap {
        monthly: amount(&format!("{field}.monthly"), &text.monthly)?,
        one_time: amount(&format!("{field}.oneTime"), &text.one_time)?,
    })
}

/// The services among what is sold: ports are bought with one of these.
const fn product(product: LsoProduct) -> Option<Product> {
    match product {
        LsoProduct::Epl => Some(Product::Epl),
        LsoProduct::Evpl => Some(Product::Evpl),
        LsoProduct::AccessEline => Some(Product::AccessEline),
        LsoProduct::SubscriberUni => None,
    }
}

fn class(class: &LsoClassOfService) -> Result<ServiceClass, Refusal> {
    let field = format!("spec.lso.classesOfService[{}]", class.name);
    Ok(ServiceClass {
        name: class.name.clone(),
        max_km: class.max_km.map(|km| small(&field, km)).transpose()?,
        site_pairs: class.site_pairs.iter().map(|pair| (pair.a.clone(), pair.z.clone())).collect(),
        excess: class.eir.unwrap_or(false),
        level: class.sls.as_ref().map(|sls| level(&field, sls)).transpose()?.unwrap_or_default(),
    })
}

fn delay(field: &str, delay: &LsoFrameDelay) -> Result<(Percentile, std::time::Duration), Refusal> {
    Ok((percentile(field, &delay.percentile)?, duration(field, &delay.one_way)?))
}

fn level(field: &str, sls: &LsoServiceLevel) -> Result<ServiceLevel, Refusal> {
    let ifdv = sls
        .ifdv
        .as_ref()
        .map(|ifdv| Ok((percentile(field, &ifdv.percentile)?, duration(field, &ifdv.value)?)))
        .transpose()?;
    Ok(ServiceLevel {
        frame_delay: sls.frame_delay.iter().map(|entry| delay(field, entry)).collect::<Result<_, _>>()?,
        ifdv,
        fdr: sls.fdr.as_ref().map(|entry| delay(field, entry)).transpose()?,
        loss: sls.flr_percent.as_ref().map(|text| percentage(field, text)).transpose()?,
        availability: sls.availability_percent.as_ref().map(|text| percentage(field, text)).transpose()?,
        contracted: sls.send == Some(LsoSend::Copy) || sls.agreement.is_some(),
    })
}

fn early_termination(lso: &LsoAccount) -> Result<Option<EarlyTermination>, Refusal> {
    let field = "spec.lso.earlyTermination";
    lso.early_termination
        .as_ref()
        .map(|rule| {
            Ok(EarlyTermination {
                of_remaining: percentage(field, &rule.percent_of_remaining)?,
                fee: rule.fee.as_ref().map(|text| amount(field, text)).transpose()?.unwrap_or(Amount::ZERO),
            })
        })
        .transpose()
}

#[cfg(test)]
mod tests;
