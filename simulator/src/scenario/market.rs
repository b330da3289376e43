//! What is sold: classes of service with their objectives, offerings with terms and prices.

use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::{Amount, BitRate, Delay, Percent};

/// A class of service. Its objectives are fixed: a buyer may repeat them, other figures are refused with 422.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClassOfService {
    /// Name on the wire (`listOfCosNames`).
    pub name: String,
    /// The objectives per distance tier.
    pub sls: Vec<ObjectiveTier>,
}

impl ClassOfService {
    /// The objectives of one distance tier.
    pub fn tier(&self, tier: &str) -> Option<&ObjectiveTier> {
        self.sls.iter().find(|entry| entry.tier == tier)
    }
}

/// The SLS of one class over one distance tier (MEF 10.4 section 8.8). All delays are one way.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObjectiveTier {
    /// Distance tier of a site pair.
    pub tier: String,
    /// Objectives for percentiles of the frame delay.
    #[serde(default)]
    pub frame_delay: Vec<DelayObjective>,
    /// Objective for the mean frame delay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_frame_delay: Option<Delay>,
    /// Objectives for the frame delay range.
    #[serde(default)]
    pub frame_delay_range: Vec<DelayRange>,
    /// Objectives for the inter frame delay variation.
    #[serde(default)]
    pub delay_variation: Vec<DelayVariation>,
    /// Objective for the frame loss ratio, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<Percent>,
    /// Objective for the availability, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<Percent>,
    /// Length of one availability interval in seconds (`deltaT`).
    #[serde(default = "ten")]
    pub delta_t: u32,
    /// Loss ratio above which an interval counts as lost (`thresholdC`).
    #[serde(default = "half")]
    pub threshold_c: f64,
    /// How many lost intervals make an outage (`consecutiveIntervalN`).
    #[serde(default = "ten")]
    pub consecutive_interval_n: u32,
}

fn ten() -> u32 {
    10
}

fn half() -> f64 {
    0.5
}

/// An objective for one percentile of the one-way frame delay.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DelayObjective {
    /// Percentile, in percent.
    pub percentile: Percent,
    /// Objective.
    pub one_way: Delay,
}

/// An objective for the one-way frame delay range.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DelayRange {
    /// Percentile, in percent.
    pub percentile: Percent,
    /// Objective.
    pub one_way: Delay,
}

/// An objective for the one-way inter frame delay variation.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DelayVariation {
    /// Percentile, in percent.
    pub percentile: Percent,
    /// Time between the two frames compared.
    pub spacing: Delay,
    /// Objective.
    pub one_way: Delay,
}

/// What kind of product an offering is. Each has one schema of MEF 125.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum ProductType {
    /// Ethernet Private Line.
    Epl,
    /// Ethernet Virtual Private Line.
    Evpl,
    /// Access E-Line, from a UNI to an ENNI.
    AccessEline,
    /// Carrier Ethernet subscriber UNI.
    SubscriberUni,
}

impl ProductType {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Epl, Self::Evpl, Self::AccessEline, Self::SubscriberUni];

    /// The `@type` of its configuration (MEF 125, release Grace).
    pub fn urn(self) -> &'static str {
        match self {
            Self::Epl => "urn:mef:lso:spec:cantata-sonata:epl-evc:v1.0.0:all",
            Self::Evpl => "urn:mef:lso:spec:cantata-sonata:evpl-evc:v1.0.0:all",
            Self::AccessEline => "urn:mef:lso:spec:sonata:access-eline-ovc:v5.0.0:all",
            Self::SubscriberUni => {
                "urn:mef:lso:spec:cantata-sonata:carrier-ethernet-subscriber-uni:v1.0.0:all"
            }
        }
    }
}

/// A product offering.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Offering {
    /// Id (`productOffering.id`).
    pub id: String,
    /// What it is.
    pub product: ProductType,
    /// Classes of service it comes in; none for a UNI.
    #[serde(default)]
    pub classes_of_service: Vec<String>,
    /// Bit rates it comes in (for a UNI: the port's).
    pub bandwidth: BandwidthRange,
    /// Whether an excess rate (`eir`) may be had; it is never part of the SLS.
    #[serde(default)]
    pub excess: bool,
    /// Whether the two ends may carry different VLAN ids.
    #[serde(default)]
    pub vlan_translation: bool,
    /// The seller's standard time to deliver, as qualification and quote say it. Never shortened by `clock.speed`.
    pub installation_interval: Interval,
    /// Terms that may be ordered, shortest first.
    pub terms: Vec<Term>,
    /// Prices per class of service and distance tier; a UNI has one without both.
    pub prices: Vec<Price>,
    /// How many services a new UNI of this offering carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_end_points: Option<u32>,
}

impl Offering {
    /// The price for a class of service over a distance tier.
    pub fn price(&self, class: Option<&str>, tier: Option<&str>) -> Option<&Price> {
        let fits = |wanted: Option<&str>, listed: Option<&String>| {
            listed.is_none_or(|listed| wanted == Some(listed))
        };
        self.prices
            .iter()
            .find(|price| fits(class, price.class_of_service.as_ref()) && fits(tier, price.tier.as_ref()))
    }
}

/// The bit rates an offering comes in.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BandwidthRange {
    /// Least committed rate.
    pub min: BitRate,
    /// Greatest committed rate.
    pub max: BitRate,
    /// Rates are multiples of this.
    pub step: BitRate,
}

impl BandwidthRange {
    /// The greatest rate on offer that is no more than `room` bit/s.
    pub fn fitting(&self, room: u64) -> Option<u64> {
        let most = room.min(self.max.0) / self.step.0.max(1) * self.step.0.max(1);
        (most >= self.min.0 && most > 0).then_some(most)
    }

    /// Whether a rate in bit/s is on offer.
    pub fn offers(&self, rate: u64) -> bool {
        (self.min.0..=self.max.0).contains(&rate) && rate.is_multiple_of(self.step.0.max(1))
    }
}

/// Units of [`Interval`] (LSO `TimeUnit`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the specification's and say it all")]
pub enum TimeUnit {
    CalendarMonths,
    CalendarDays,
    CalendarHours,
    CalendarMinutes,
    BusinessDays,
    BusinessHours,
    BusinessMinutes,
}

/// An amount of time as LSO writes it (`Duration`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Interval {
    /// How many.
    pub amount: u32,
    /// Of what.
    pub units: TimeUnit,
}

impl Interval {
    /// The instant this long after `start`. Business days are the days that `works` accepts, business hours are
    /// eighths of such a day.
    pub fn after(self, start: Timestamp, works: impl Fn(jiff::civil::Date) -> bool) -> Timestamp {
        let amount = i64::from(self.amount);
        let calendar = |length: SignedDuration| start.checked_add(length).unwrap_or(Timestamp::MAX);
        let business_days = |days: i64| {
            let mut zoned = start.to_zoned(TimeZone::UTC);
            let mut left = days;
            while left > 0 {
                let Ok(next) = zoned.checked_add(1.day()) else { return Timestamp::MAX };
                zoned = next;
                left -= i64::from(works(zoned.date()));
            }
            zoned.timestamp()
        };
        match self.units {
            TimeUnit::CalendarMonths => start
                .to_zoned(TimeZone::UTC)
                .checked_add(amount.months())
                .map_or(Timestamp::MAX, |zoned| zoned.timestamp()),
            TimeUnit::CalendarDays => calendar(SignedDuration::from_hours(24 * amount)),
            TimeUnit::CalendarHours => calendar(SignedDuration::from_hours(amount)),
            TimeUnit::CalendarMinutes => calendar(SignedDuration::from_mins(amount)),
            TimeUnit::BusinessDays => business_days(amount),
            TimeUnit::BusinessHours => business_days((amount + 7) / 8),
            TimeUnit::BusinessMinutes => business_days((amount + 479) / 480),
        }
    }
}

/// What happens when a term ends (LSO `MEFEndOfTermAction`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EndOfTermAction {
    /// Goes on by `rollInterval`.
    Roll,
    /// Ends.
    AutoDisconnect,
    /// Starts again.
    AutoRenew,
}

/// A term that may be ordered.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Term {
    /// Name.
    pub name: String,
    /// Length.
    pub duration: Interval,
    /// What may happen at its end; the first is the default.
    pub end_of_term_actions: Vec<EndOfTermAction>,
    /// Step of `roll`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roll_interval: Option<Interval>,
    /// Off the recurring price.
    #[serde(default)]
    pub discount: Percent,
}

/// How often a recurring price is due (LSO `MEFChargePeriod`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the specification's and say it all")]
pub enum ChargePeriod {
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// One row of the price list, net of tax.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Price {
    /// For this class; absent means every class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class_of_service: Option<String>,
    /// For this distance tier; absent means every tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// How often the recurring part is due.
    pub period: ChargePeriod,
    /// Recurring, whatever the rate.
    pub base: Amount,
    /// Recurring, per Mbit/s committed.
    #[serde(default)]
    pub per_mbps: Amount,
    /// Recurring, per Mbit/s excess.
    #[serde(default)]
    pub per_excess_mbps: Amount,
    /// Once, when installed.
    #[serde(default)]
    pub install: Amount,
    /// Once, when modified.
    #[serde(default)]
    pub change: Amount,
    /// How amounts are rounded to the cent.
    #[serde(default)]
    pub rounding: Rounding,
}

/// How amounts are rounded to the cent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Rounding {
    /// Halves go up.
    #[default]
    HalfUp,
    /// Always up.
    Up,
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::Weekday;

    #[test]
    fn business_days_skip_the_weekend() {
        let friday: Timestamp = "2026-06-05T12:00:00Z".parse().unwrap();
        let works = |date: jiff::civil::Date| !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        let after = |amount, units| Interval { amount, units }.after(friday, works).to_string();
        assert_eq!(after(1, TimeUnit::BusinessDays), "2026-06-08T12:00:00Z");
        assert_eq!(after(9, TimeUnit::BusinessHours), "2026-06-09T12:00:00Z");
        assert_eq!(after(1, TimeUnit::CalendarMonths), "2026-07-05T12:00:00Z");
        assert_eq!(after(0, TimeUnit::BusinessDays), "2026-06-05T12:00:00Z");
    }

    #[test]
    fn the_greatest_rate_that_fits_is_a_step() {
        let range = BandwidthRange { min: BitRate(100), max: BitRate(1000), step: BitRate(100) };
        assert_eq!(range.fitting(550), Some(500));
        assert_eq!(range.fitting(99), None);
        assert_eq!(range.fitting(5000), Some(1000));
        assert!(range.offers(300) && !range.offers(350) && !range.offers(1100));
    }
}
