//! `Site` to [`SiteView`].

use std::collections::BTreeMap;

use super::{Refusal, bandwidth, consumers_allow, small};
use crate::api::{PortKind, PortMode as Mode, SitePort, SiteSpec};
use crate::model::{Coordinates, Port, PortMode, ServiceId, SiteView};

/// The site as a namespace may use it. Ports that this version cannot use are left out.
///
/// # Errors
/// A field that cannot be understood.
pub fn site(
    name: &str,
    spec: &SiteSpec,
    namespace: &str,
    labels: Option<&BTreeMap<String, String>>,
) -> Result<SiteView, Refusal> {
    let position = spec
        .location
        .as_ref()
        .map(|location| {
            let degrees = |field: &str, text: &str| {
                text.parse::<f64>()
                    .map_err(|_| Refusal::invalid(field, format!("`{text}` is no number of degrees")))
            };
            Ok(Coordinates {
                latitude: degrees("spec.location.latitude", &location.latitude)?,
                longitude: degrees("spec.location.longitude", &location.longitude)?,
            })
        })
        .transpose()?;
    let mut ports = Vec::new();
    for entry in &spec.ports {
        if let Some(view) = port(entry, namespace, labels)? {
            ports.push(view);
        }
    }
    ports.sort_by(|left: &Port, right| left.name.cmp(&right.name));
    Ok(SiteView { name: name.to_owned(), position, ports })
}

fn port(
    port: &SitePort,
    namespace: &str,
    labels: Option<&BTreeMap<String, String>>,
) -> Result<Option<Port>, Refusal> {
    let field = format!("spec.ports[{}]", port.name);
    let (PortKind::Uni, Some(existing)) = (port.kind, &port.source.existing) else {
        return Ok(None);
    };
    let mode = match (port.mode, &port.vlan_pool) {
        (Mode::Port, _) => PortMode::Whole,
        (Mode::Tagged, Some(pool)) => PortMode::Tagged(pool_range(&field, pool)?),
        (Mode::Tagged, None) => {
            return Err(Refusal::invalid(&field, "a port of mode Tagged needs a vlanPool"));
        }
    };
    Ok(Some(Port {
        name: port.name.clone(),
        account: port.provider.clone(),
        uni: ServiceId(existing.product_id.clone()),
        mode,
        offered: consumers_allow(port.consumers.as_ref(), namespace, labels),
        max_frame_size: port.max_frame_size.map(|size| small(&field, size)).transpose()?,
        max_end_points: port.max_end_points.map(|count| small(&field, count)).transpose()?,
        capacity: port.capacity.as_ref().map(|text| bandwidth(&field, text)).transpose()?,
        demarcation: port.demarcation.clone(),
    }))
}

fn pool_range(field: &str, text: &str) -> Result<std::ops::RangeInclusive<u16>, Refusal> {
    let refuse = || Refusal::invalid(field, format!("`{text}` is no range of VLAN ids: write 100-199"));
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    let low: u16 = low.parse().map_err(|_| refuse())?;
    let high: u16 = high.parse().map_err(|_| refuse())?;
    if low == 0 || high > 4094 || low > high {
        return Err(refuse());
    }
    Ok(low..=high)
}

#[cfg(test)]
mod tests;
