//! Charges in columns of FOCUS 1.2 (FinOps Open Cost and Usage Specification): all that are mandatory there, those that apply, and
//! ours under `x_`.
//!
//! They say what is owed by contract for the month at hand, as far as the record of segments goes: one line for each service that
//! runs, a whole month each, and one for what was due at once where the service began in this month. Invoices are the sellers'.
//! A service whose price nobody knows has no line.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan, tz::TimeZone};

use crate::api::{
    ConnectivityProvider, ConnectivitySegment, NO_CURRENCY, ProductRole, SegmentInForce, SegmentProduct,
};
use crate::cli::Error;

/// The account that a seller bills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillingAccount {
    /// The seller's id of it.
    pub id: String,
    /// The seller, for people.
    pub seller: String,
}

impl BillingAccount {
    /// The account of a provider, by the provider's name.
    #[must_use]
    pub fn of(provider: &ConnectivityProvider) -> Option<(String, Self)> {
        let name = provider.metadata.name.clone()?;
        let lso = provider.spec.lso.as_ref();
        let id = lso.and_then(|lso| lso.billing_account_id.clone()).unwrap_or_else(|| name.clone());
        let seller = provider.spec.display_name.clone().unwrap_or_else(|| name.clone());
        Some((name, Self { id, seller }))
    }
}

const COLUMNS: [&str; 31] = [
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "ServiceSubcategory",
    "SubAccountId",
    "SubAccountName",
    "x_ClassOfService",
    "x_Intent",
    "x_TermEnd",
];

/// The charges of the month of `now`.
///
/// # Errors
/// They cannot be written, which does not happen in memory.
pub fn csv(
    segments: &[ConnectivitySegment],
    accounts: &BTreeMap<String, BillingAccount>,
    now: Timestamp,
) -> Result<String, Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |why: csv::Error| Error::Print(std::io::Error::other(why));
    writer.write_record(COLUMNS).map_err(failed)?;
    let mut segments: Vec<&ConnectivitySegment> = segments.iter().collect();
    segments.sort_by_key(|segment| {
        (segment.spec.intent_ref.key(), segment.spec.leg, segment.metadata.name.clone())
    });
    let first = now.to_zoned(TimeZone::UTC).date().first_of_month();
    let period = (first, first.saturating_add(1.month()));
    for segment in segments {
        let Some(runs) = segment.status.as_ref().and_then(|status| status.in_force.as_ref()) else {
            continue;
        };
        if runs.currency.0 == NO_CURRENCY {
            continue;
        }
        let began = runs.since.0.to_zoned(TimeZone::UTC).date();
        writer.write_record(charge(segment, runs, accounts, period, Due::Monthly)).map_err(failed)?;
        if began >= period.0 && began < period.1 && runs.one_time.parse() != Ok(crate::model::Amount::ZERO) {
            writer.write_record(charge(segment, runs, accounts, period, Due::AtOnce)).map_err(failed)?;
        }
    }
    let bytes = writer.into_inner().map_err(|why| Error::Print(std::io::Error::other(why.to_string())))?;
    String::from_utf8(bytes).map_err(|why| Error::Print(std::io::Error::other(why)))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Due {
    Monthly,
    AtOnce,
}

fn charge(
    segment: &ConnectivitySegment,
    runs: &SegmentInForce,
    accounts: &BTreeMap<String, BillingAccount>,
    (start, end): (jiff::civil::Date, jiff::civil::Date),
    due: Due,
) -> [String; COLUMNS.len()] {
    let spec = &segment.spec;
    let (cost, frequency, what) = match due {
        Due::Monthly => (&runs.monthly, "Recurring", "a month of"),
        Due::AtOnce => (&runs.one_time, "One-Time", "setting up"),
    };
    let provider = &spec.provider.name;
    let account = accounts.get(provider);
    let seller = account.map_or(provider, |account| &account.seller);
    let product = match spec.product {
        SegmentProduct::Epl => "Ethernet Private Line",
        SegmentProduct::Evpl => "Ethernet Virtual Private Line",
        SegmentProduct::AccessEline => "Access E-Line",
    };
    let products = segment.status.iter().flat_map(|status| &status.products);
    let resource =
        products.filter(|product| product.role == ProductRole::Evc).map(|product| product.id.clone()).next();
    let sites: Vec<&str> = spec.ends.iter().map(|end| end.site.as_str()).collect();
    let midnight = |date: jiff::civil::Date| format!("{date}T00:00:00Z");
    let zulu = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let began = zulu(runs.since.0).max(midnight(start));
    [
        cost.clone(),
        account.map_or(provider, |account| &account.id).clone(),
        provider.clone(),
        runs.currency.0.clone(),
        midnight(end),
        midnight(start),
        "Purchase".into(),
        String::new(),
        format!(
            "{what} {product} {} {} between {}",
            runs.class_of_service,
            runs.committed,
            sites.join(" and ")
        ),
        frequency.into(),
        midnight(end),
        began,
        cost.clone(),
        cost.clone(),
        seller.clone(),
        cost.clone(),
        "1".into(),
        if due == Due::Monthly { "Months".into() } else { "Units".into() },
        seller.clone(),
        seller.clone(),
        resource.unwrap_or_default(),
        segment.metadata.name.clone().unwrap_or_default(),
        product.into(),
        "Networking".into(),
        product.into(),
        "Network Connectivity".into(),
        spec.intent_ref.namespace.clone(),
        spec.intent_ref.namespace.clone(),
        runs.class_of_service.clone(),
        spec.intent_ref.key(),
        runs.term_end.as_ref().map(|end| zulu(end.0)).unwrap_or_default(),
    ]
}
