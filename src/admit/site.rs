//! `Site` to [`SiteView`].

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Refusal, address, bandwidth, connector, consumers_allow, duration, percentage, small, term};
use crate::api::{DedicatedPort, PortKind, PortMode as Mode, SitePort, SiteSpec, SiteTransit};
use crate::model::{
    Bandwidth, Coordinates, Country, Interface, NewUni, Place, Port, PortMode, ServiceId, Site, SiteView,
    Transit,
};

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
        if let Some(view) = port(name, spec, entry, namespace, labels)? {
            ports.push(view);
        }
    }
    ports.sort_by(|left: &Port, right| left.name.cmp(&right.name));
    let transit = spec.transit.as_ref().map(transit).transpose()?;
    let country = spec.address.as_ref().and_then(|address| Country::named(&address.country));
    Ok(SiteView { name: name.to_owned(), position, country, ports, transit })
}

fn transit(own: &SiteTransit) -> Result<Transit, Refusal> {
    let latency = own.latency.as_ref().map(|delay| duration("spec.transit.latency", delay)).transpose()?;
    let share = own.availability.as_ref();
    Ok(Transit {
        latency: latency.unwrap_or(Duration::ZERO),
        availability: share.map(|share| percentage("spec.transit.availability", share)).transpose()?,
        translates_vlans: own.translates_vlans,
    })
}

fn port(
    site: &str,
    spec: &SiteSpec,
    port: &SitePort,
    namespace: &str,
    labels: Option<&BTreeMap<String, String>>,
) -> Result<Option<Port>, Refusal> {
    let field = format!("spec.ports[{}]", port.name);
    let stated = port.capacity.as_ref().map(|text| bandwidth(&field, text)).transpose()?;
    let max_frame_size = port.max_frame_size.map(|size| small(&field, size)).transpose()?;
    let (interface, capacity) = match (port.kind, &port.source.existing, &port.source.dedicated) {
        (PortKind::Uni, None, None) => return Ok(None),
        (PortKind::Enni, Some(existing), None) if port.mode == Mode::Tagged => {
            (Interface::Enni(ServiceId(existing.product_id.clone())), stated)
        }
        (PortKind::Enni, ..) => {
            let why =
                "a port of kind Enni exists already (source.existing) and is shared by S-VLAN: mode Tagged";
            return Err(Refusal::invalid(&field, why));
        }
        (PortKind::Uni, Some(existing), _) => {
            (Interface::Uni(ServiceId(existing.product_id.clone())), stated)
        }
        (PortKind::Uni, None, Some(dedicated)) => {
            let speed = dedicated.speed.as_ref().map(|text| bandwidth(&field, text)).transpose()?;
            let capacity: Option<Bandwidth> = [stated, speed].into_iter().flatten().min();
            (Interface::NewUni(Box::new(new_uni(&field, spec, port, dedicated, max_frame_size)?)), capacity)
        }
    };
    let mode = match (port.mode, &port.vlan_pool) {
        (Mode::Port, _) => PortMode::Whole,
        (Mode::Tagged, Some(pool)) => PortMode::Tagged(pool_range(&field, pool)?),
        (Mode::Tagged, None) => {
            return Err(Refusal::invalid(&field, "a port of mode Tagged needs a vlanPool"));
        }
    };
    Ok(Some(Port {
        site: site.to_owned(),
        name: port.name.clone(),
        account: port.provider.clone(),
        interface,
        mode,
        offered: consumers_allow(port.consumers.as_ref(), namespace, labels),
        max_frame_size,
        max_end_points: port.max_end_points.map(|count| small(&field, count)).transpose()?,
        capacity,
        risk_groups: port.risk_groups.clone(),
        demarcation: port.demarcation.clone(),
    }))
}

fn new_uni(
    field: &str,
    spec: &SiteSpec,
    port: &SitePort,
    dedicated: &DedicatedPort,
    frame_size: Option<u32>,
) -> Result<NewUni, Refusal> {
    let known = spec.seller_refs.iter().find(|place| place.provider == port.provider);
    let known = known.and_then(|place| match (&place.site_id, &place.address_id) {
        (Some(id), _) => Some(Place::Site(id.clone())),
        (None, Some(id)) => Some(Place::Address(id.clone())),
        (None, None) => None,
    });
    let site = match (known, &spec.address) {
        (Some(known), _) => Site::Known(known),
        (None, Some(postal)) => Site::At(address(postal)),
        (None, None) => {
            let why = format!(
                "a dedicated port is installed at a place: state spec.address, or siteId or addressId of {} in spec.sellerRefs",
                port.provider
            );
            return Err(Refusal::invalid(field, why));
        }
    };
    Ok(NewUni {
        offering: dedicated.offering.clone(),
        physical_link: dedicated.physical_link.clone(),
        connector: dedicated.connector.as_deref().map(|name| connector(field, name)).transpose()?,
        frame_size,
        site,
        term: dedicated.term.as_ref().map(|bought| term(field, bought)).transpose()?,
    })
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
