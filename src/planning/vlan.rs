//! Which VLAN ids a new service takes on its two ports.

use std::fmt;

use crate::model::{Claims, Port, PortMode, VlanId};

/// Why no VLAN can be given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VlanShortage {
    /// Another service has the whole port.
    PortTaken(String),
    /// The port carries as many services as it can.
    PortFull(String),
    /// The id that the user wants is taken or outside the pool of the port.
    NotFree(u16, String),
    /// The user wants different ids, and the seller does not translate.
    MustBeEqual,
    /// Every id of the pool, or of both pools together, is taken.
    PoolExhausted,
}

impl fmt::Display for VlanShortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PortTaken(port) => write!(f, "port {port} already carries another service"),
            Self::PortFull(port) => write!(f, "port {port} carries as many services as it can"),
            Self::NotFree(id, port) => write!(f, "VLAN {id} is not free on port {port}"),
            Self::MustBeEqual => {
                f.write_str("the seller does not translate VLAN ids: ask for the same at both ends")
            }
            Self::PoolExhausted => f.write_str("no VLAN id is free on both ports"),
        }
    }
}

/// The VLAN ids to claim at the two ends; `None` claims the whole port.
///
/// # Errors
/// What is missing.
pub fn claim(
    a: &Port,
    z: &Port,
    asked: (Option<VlanId>, Option<VlanId>),
    translates: bool,
    claims: &Claims,
) -> Result<(Option<VlanId>, Option<VlanId>), VlanShortage> {
    for port in [a, z] {
        if port
            .max_end_points
            .is_some_and(|most| claims.count(port) >= usize::try_from(most).unwrap_or(usize::MAX))
        {
            return Err(VlanShortage::PortFull(port.name.clone()));
        }
    }
    let whole = |port: &Port| port.is_dedicated() || port.mode == PortMode::Whole;
    if let Some(taken) = [a, z].into_iter().find(|port| whole(port) && !claims.port_is_free(port)) {
        return Err(VlanShortage::PortTaken(taken.name.clone()));
    }
    let (PortMode::Tagged(pool_a), PortMode::Tagged(pool_z)) = (&a.mode, &z.mode) else {
        return Ok((None, None));
    };
    let free_a = |id: &VlanId| pool_a.contains(&id.get()) && claims.vlan_is_free(a, *id);
    let free_z = |id: &VlanId| pool_z.contains(&id.get()) && claims.vlan_is_free(z, *id);
    if let Some(id) = asked.0.filter(|id| !free_a(id)) {
        return Err(VlanShortage::NotFree(id.get(), a.name.clone()));
    }
    if let Some(id) = asked.1.filter(|id| !free_z(id)) {
        return Err(VlanShortage::NotFree(id.get(), z.name.clone()));
    }
    let exhausted = VlanShortage::PoolExhausted;
    let ids = |pool: &std::ops::RangeInclusive<u16>| pool.clone().filter_map(VlanId::new);
    match asked {
        (Some(left), Some(right)) if left != right && !translates => Err(VlanShortage::MustBeEqual),
        (Some(left), Some(right)) => Ok((Some(left), Some(right))),
        (Some(left), None) if free_z(&left) => Ok((Some(left), Some(left))),
        (None, Some(right)) if free_a(&right) => Ok((Some(right), Some(right))),
        (Some(left), None) if translates => {
            ids(pool_z).find(&free_z).map(|right| (Some(left), Some(right))).ok_or(exhausted)
        }
        (None, Some(right)) if translates => {
            ids(pool_a).find(&free_a).map(|left| (Some(left), Some(right))).ok_or(exhausted)
        }
        (Some(left), None) => Err(VlanShortage::NotFree(left.get(), z.name.clone())),
        (None, Some(right)) => Err(VlanShortage::NotFree(right.get(), a.name.clone())),
        (None, None) => match ids(pool_a).find(|id| free_a(id) && free_z(id)) {
            Some(id) => Ok((Some(id), Some(id))),
            None if translates => ids(pool_a)
                .find(&free_a)
                .zip(ids(pool_z).find(&free_z))
                .map(|(a, z)| (Some(a), Some(z)))
                .ok_or(exhausted),
            None => Err(exhausted),
        },
    }
}

/// The VLAN ids that a service which runs already takes at the two ends, as the user states them; `None` where none is stated on
/// tagged ports.
#[must_use]
pub fn taken(
    a: &Port,
    z: &Port,
    stated: (Option<VlanId>, Option<VlanId>),
) -> Option<(Option<VlanId>, Option<VlanId>)> {
    let (PortMode::Tagged(_), PortMode::Tagged(_)) = (&a.mode, &z.mode) else { return Some((None, None)) };
    match stated {
        (None, None) => None,
        (left, right) => Some((left.or(right), right.or(left))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{NewUni, Place, ServiceId, Site, Uni};

    fn port(name: &str, mode: PortMode) -> Port {
        Port {
            site: "ashburn".into(),
            name: name.into(),
            account: "metro".into(),
            uni: Uni::Existing(ServiceId(format!("uni-{name}"))),
            mode,
            offered: true,
            max_frame_size: None,
            max_end_points: Some(3),
            capacity: None,
            demarcation: None,
        }
    }

    fn tagged(name: &str, low: u16, high: u16) -> Port {
        port(name, PortMode::Tagged(low..=high))
    }

    fn vlan(id: u16) -> Option<VlanId> {
        VlanId::new(id)
    }

    #[test]
    fn the_lowest_id_free_at_both_ends_is_taken() {
        let (a, z) = (tagged("a", 100, 199), tagged("z", 150, 250));
        let mut claims = Claims::default();
        claims.add("metro", a.claimed(), vlan(150));
        assert_eq!(claim(&a, &z, (None, None), false, &claims), Ok((vlan(151), vlan(151))));
    }

    #[test]
    fn a_wish_is_kept_or_refused_but_never_changed() {
        let (a, z) = (tagged("a", 100, 199), tagged("z", 100, 199));
        let mut claims = Claims::default();
        assert_eq!(claim(&a, &z, (None, vlan(120)), false, &claims), Ok((vlan(120), vlan(120))));
        claims.add("metro", a.claimed(), vlan(120));
        assert_eq!(
            claim(&a, &z, (None, vlan(120)), false, &claims),
            Err(VlanShortage::NotFree(120, "a".into()))
        );
        assert_eq!(claim(&a, &z, (None, vlan(120)), true, &claims), Ok((vlan(100), vlan(120))));
        assert_eq!(claim(&a, &z, (vlan(101), vlan(102)), false, &claims), Err(VlanShortage::MustBeEqual));
        assert_eq!(
            claim(&a, &z, (vlan(300), None), true, &claims),
            Err(VlanShortage::NotFree(300, "a".into()))
        );
    }

    #[test]
    fn a_whole_port_carries_one_service() {
        let (a, z) = (port("a", PortMode::Whole), port("z", PortMode::Whole));
        let mut claims = Claims::default();
        assert_eq!(claim(&a, &z, (None, None), false, &claims), Ok((None, None)));
        claims.add("metro", z.claimed(), None);
        assert_eq!(claim(&a, &z, (None, None), false, &claims), Err(VlanShortage::PortTaken("z".into())));
    }

    #[test]
    fn a_port_of_its_own_carries_one_service_whatever_its_vlan() {
        let new = NewUni {
            offering: "UNI".into(),
            physical_link: "10GBASE_LR".into(),
            connector: None,
            frame_size: None,
            site: Site::Known(Place::Site("s".into())),
            term: None,
        };
        let own = Port { uni: Uni::New(Box::new(new)), max_end_points: None, ..tagged("own", 100, 199) };
        let z = tagged("z", 100, 199);
        let mut claims = Claims::default();
        assert_eq!(claim(&own, &z, (None, None), false, &claims), Ok((vlan(100), vlan(100))));
        claims.add("metro", own.claimed(), vlan(100));
        let taken = Err(VlanShortage::PortTaken("own".into()));
        assert_eq!(claim(&own, &z, (None, vlan(101)), false, &claims), taken);
        assert_eq!(claim(&z, &own, (None, None), true, &claims), taken);
        let elsewhere = Port { site: "chicago".into(), ..own };
        assert!(claim(&elsewhere, &z, (None, None), false, &claims).is_ok(), "another port of that name");
    }

    #[test]
    fn a_port_has_a_most_and_a_pool_has_an_end() {
        let (a, z) = (tagged("a", 1, 2), tagged("z", 1, 9));
        let mut claims = Claims::default();
        claims.add("metro", a.claimed(), vlan(1));
        claims.add("metro", a.claimed(), vlan(2));
        assert_eq!(claim(&a, &z, (None, None), false, &claims), Err(VlanShortage::PoolExhausted));
        claims.add("metro", a.claimed(), vlan(3));
        assert_eq!(claim(&a, &z, (None, None), false, &claims), Err(VlanShortage::PortFull("a".into())));
    }
}
