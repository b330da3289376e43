//! Classes of service, and the service levels that are copied into products.

use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::Number;

use super::super::map::number;
use super::misconfigured;
use crate::api::{DurationText, LsoClassOfService, LsoFrameDelay, LsoSend, LsoServiceLevel, PercentText};
use crate::model::{Failure, Percentage, Percentile, parse_duration};

/// One class of service on one distance tier.
#[derive(Debug, Clone)]
pub struct Class {
    /// The seller's name of it.
    pub name: String,
    /// Up to this distance in kilometres.
    pub max_km: Option<u32>,
    /// Sold between named sites only.
    pub by_site: bool,
    /// The service level to copy into the product; `None` where the name says it all.
    pub copied: Option<ServiceLevel>,
}

/// A service level as it is written into a product (MEF 10.4, section 8.8).
#[derive(Debug, Clone, Default)]
pub struct ServiceLevel {
    /// Over which time it is evaluated.
    pub window: Option<Duration>,
    /// Frame delay, per percentile.
    pub frame_delay: Vec<(Decimal, Duration)>,
    /// Inter-frame delay variation: percentile, spacing, bound.
    pub ifdv: Option<(Decimal, Duration, Duration)>,
    /// Frame delay range.
    pub fdr: Option<(Decimal, Duration)>,
    /// Frame loss ratio, percent.
    pub loss: Option<Decimal>,
    /// Availability, percent.
    pub availability: Option<Decimal>,
    /// Seconds.
    pub delta_t: Option<i64>,
    /// A share, 0 to 1.
    pub threshold_c: Option<Number>,
    /// Bad intervals in a row.
    pub n: Option<i64>,
}

/// Reads the entry `index` of the block.
pub fn read(index: usize, class: &LsoClassOfService) -> Result<Class, Failure> {
    let field = format!("classesOfService[{index}]");
    let copied = class.sls.as_ref().filter(|sls| match sls.send.unwrap_or_default() {
        LsoSend::Copy => true,
        LsoSend::Never => false,
    });
    Ok(Class {
        name: class.name.clone(),
        max_km: class
            .max_km
            .map(|km| {
                u32::try_from(km).map_err(|_| misconfigured(&format!("{field}.maxKm"), "is no distance"))
            })
            .transpose()?,
        by_site: !class.site_pairs.is_empty(),
        copied: copied.map(|sls| read_service_level(&format!("{field}.sls"), sls)).transpose()?,
    })
}

fn read_service_level(field: &str, sls: &LsoServiceLevel) -> Result<ServiceLevel, Failure> {
    let at = |name: &str| format!("{field}.{name}");
    let time = |name: &str, text: &DurationText| {
        parse_duration(&text.0).map_err(|why| misconfigured(&at(name), why))
    };
    let percentile = |name: &str, text: &PercentText| {
        text.0.parse::<Percentile>().map(Percentile::decimal).map_err(|why| misconfigured(&at(name), why))
    };
    let percent = |name: &str, text: &PercentText| {
        text.0.parse::<Percentage>().map(Percentage::decimal).map_err(|why| misconfigured(&at(name), why))
    };
    let delay = |name: &str, delay: &LsoFrameDelay| {
        Ok::<_, Failure>((percentile(name, &delay.percentile)?, time(name, &delay.one_way)?))
    };
    Ok(ServiceLevel {
        window: sls.window.as_ref().map(|text| time("window", text)).transpose()?,
        frame_delay: sls
            .frame_delay
            .iter()
            .map(|entry| delay("frameDelay", entry))
            .collect::<Result<_, _>>()?,
        ifdv: sls
            .ifdv
            .as_ref()
            .map(|ifdv| {
                let percentile = percentile("ifdv.percentile", &ifdv.percentile)?;
                Ok::<_, Failure>((
                    percentile,
                    time("ifdv.spacing", &ifdv.spacing)?,
                    time("ifdv.value", &ifdv.value)?,
                ))
            })
            .transpose()?,
        fdr: sls.fdr.as_ref().map(|entry| delay("fdr", entry)).transpose()?,
        loss: sls.flr_percent.as_ref().map(|text| percent("flrPercent", text)).transpose()?,
        availability: sls
            .availability_percent
            .as_ref()
            .map(|text| percent("availabilityPercent", text))
            .transpose()?,
        delta_t: sls.delta_t,
        threshold_c: sls.threshold_c.as_deref().map(|text| share(&at("thresholdC"), text)).transpose()?,
        n: sls.n,
    })
}

/// A share from 0 to 1, as the JSON number with the same text.
fn share(field: &str, text: &str) -> Result<Number, Failure> {
    let refuse = || misconfigured(field, format!("`{text}` is no share: write a decimal from 0 to 1"));
    let value = Decimal::from_str_exact(text).map_err(|_| refuse())?;
    if !(Decimal::ZERO..=Decimal::ONE).contains(&value) {
        return Err(refuse());
    }
    number(value).ok_or_else(refuse)
}
