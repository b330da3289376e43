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
                f.write_str("nothing between the ends translates VLAN ids: ask for the same at both ends")
            }
            Self::PoolExhausted => f.write_str("no VLAN id is free on all of the ports"),
        }
    }
}

/// VLAN ids at the two ends of a leg; `None` claims the whole port.
pub type Pair = (Option<VlanId>, Option<VlanId>);

/// A leg for which VLAN ids are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// The port at its first end.
    pub a: &'a Port,
    /// The port at its other end.
    pub z: &'a Port,
    /// Whether its seller gives a service another id on the way.
    pub translates: bool,
    /// What it has claimed already.
    pub held: Option<Pair>,
}

/// The VLAN ids to claim at the two ends; `None` claims the whole port.
///
/// # Errors
/// What is missing.
pub fn claim(
    a: &Port,
    z: &Port,
    asked: Pair,
    translates: bool,
    claims: &Claims,
) -> Result<Pair, VlanShortage> {
    let claimed = claim_chain(&[Line { a, z, translates, held: None }], &[], asked, claims)?;
    Ok(claimed.first().copied().unwrap_or((None, None)))
}

/// The VLAN ids to claim at both ends of every leg of a chain. Where neither the seller of a leg nor what joins two legs translates
/// ids, both sides have the same one; where one does, they have the same one if that is to be had. `joints` says of each joint
/// whether it translates.
///
/// # Errors
/// What is missing.
pub fn claim_chain(
    legs: &[Line],
    joints: &[bool],
    asked: Pair,
    claims: &Claims,
) -> Result<Vec<Pair>, VlanShortage> {
    let spots: Vec<Spot> = legs
        .iter()
        .enumerate()
        .flat_map(|(index, leg)| {
            let first = (index == 0).then_some(asked.0).flatten();
            let last = (index + 1 == legs.len()).then_some(asked.1).flatten();
            let spot = |port, held, wish| Spot { port, held, wish };
            [spot(leg.a, leg.held.map(|held| held.0), first), spot(leg.z, leg.held.map(|held| held.1), last)]
        })
        .collect();
    for Spot { port, .. } in spots.iter().filter(|spot| spot.held.is_none()) {
        let most = port.max_end_points.map(|most| usize::try_from(most).unwrap_or(usize::MAX));
        if most.is_some_and(|most| claims.count(port) >= most) {
            return Err(VlanShortage::PortFull(port.name.clone()));
        }
        let whole = port.is_dedicated() || port.mode == PortMode::Whole;
        if whole && !claims.port_is_free(port) {
            return Err(VlanShortage::PortTaken(port.name.clone()));
        }
    }
    if spots.iter().any(|spot| spot.port.mode == PortMode::Whole) {
        return Ok(vec![(None, None); legs.len()]);
    }
    for spot in &spots {
        if let Some(wish) = spot.wish.filter(|wish| !spot.takes(*wish, claims)) {
            return Err(VlanShortage::NotFree(wish.get(), spot.port.name.clone()));
        }
    }
    let mut translated: Vec<bool> = Vec::new();
    for (index, leg) in legs.iter().enumerate() {
        translated.push(leg.translates);
        translated.extend(joints.get(index));
    }
    let ids = match one_id(&spots, claims) {
        Ok(id) => vec![id; spots.len()],
        Err(shortage) if translated.iter().all(|translated| !translated) => return Err(shortage),
        Err(_) => {
            let mut ids = Vec::new();
            let mut from = 0;
            for to in 1..=spots.len() {
                if to == spots.len() || translated.get(to - 1) == Some(&true) {
                    let id = one_id(&spots[from..to], claims)?;
                    ids.extend(std::iter::repeat_n(id, to - from));
                    from = to;
                }
            }
            ids
        }
    };
    Ok(ids.chunks(2).map(|pair| (pair.first().copied(), pair.last().copied())).collect())
}

/// An end of a leg: its port, what is claimed on it already, and the id that the user wants there.
struct Spot<'a> {
    port: &'a Port,
    held: Option<Option<VlanId>>,
    wish: Option<VlanId>,
}

impl Spot<'_> {
    fn takes(&self, id: VlanId, claims: &Claims) -> bool {
        let PortMode::Tagged(pool) = &self.port.mode else { return false };
        match self.held {
            Some(held) => held == Some(id) && self.wish.is_none_or(|wish| wish == id),
            None => {
                self.wish.is_none_or(|wish| wish == id)
                    && pool.contains(&id.get())
                    && claims.vlan_is_free(self.port, id)
            }
        }
    }
}

/// The lowest id that can be had at all of these ends.
fn one_id(spots: &[Spot], claims: &Claims) -> Result<VlanId, VlanShortage> {
    let mut fixed = spots.iter().filter_map(|spot| spot.wish.or(spot.held.flatten()));
    if let Some(id) = fixed.next() {
        if fixed.any(|other| other != id) {
            return Err(VlanShortage::MustBeEqual);
        }
        return match spots.iter().find(|spot| !spot.takes(id, claims)) {
            Some(spot) => Err(VlanShortage::NotFree(id.get(), spot.port.name.clone())),
            None => Ok(id),
        };
    }
    let pool = spots.iter().find_map(|spot| match &spot.port.mode {
        PortMode::Tagged(pool) => Some(pool.clone()),
        PortMode::Whole => None,
    });
    let mut ids = pool.into_iter().flatten().filter_map(VlanId::new);
    ids.find(|id| spots.iter().all(|spot| spot.takes(*id, claims))).ok_or(VlanShortage::PoolExhausted)
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
    use crate::model::{Interface, NewUni, Place, ServiceId, Site};

    fn port(name: &str, mode: PortMode) -> Port {
        Port {
            site: "ashburn".into(),
            name: name.into(),
            account: "metro".into(),
            interface: Interface::Uni(ServiceId(format!("uni-{name}"))),
            mode,
            offered: true,
            max_frame_size: None,
            max_end_points: Some(3),
            capacity: None,
            risk_groups: Vec::new(),
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
        let own = Port {
            interface: Interface::NewUni(Box::new(new)),
            max_end_points: None,
            ..tagged("own", 100, 199)
        };
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

    /// Legs that were not claimed yet.
    fn lines<'a>(ports: &'a [Port], translates: &[bool]) -> Vec<Line<'a>> {
        let pairs = ports.chunks(2).zip(translates);
        pairs
            .map(|(ports, translates)| Line {
                a: &ports[0],
                z: &ports[1],
                translates: *translates,
                held: None,
            })
            .collect()
    }

    #[test]
    fn one_id_goes_through_a_chain_where_nothing_translates() {
        let ports =
            [tagged("a", 100, 199), tagged("b", 150, 199), tagged("c", 100, 160), tagged("z", 100, 199)];
        let mut claims = Claims::default();
        claims.add("metro", ports[3].claimed(), vlan(150));
        let chain = lines(&ports, &[false, false]);
        assert_eq!(claim_chain(&chain, &[false], (None, None), &claims), Ok(vec![(vlan(151), vlan(151)); 2]));
        let asked = (None, vlan(155));
        assert_eq!(claim_chain(&chain, &[false], asked, &claims), Ok(vec![(vlan(155), vlan(155)); 2]));
        let asked = (vlan(170), None);
        assert_eq!(
            claim_chain(&chain, &[false], asked, &claims),
            Err(VlanShortage::NotFree(170, "c".into())),
            "the port in the middle does not carry it"
        );
        let asked = (vlan(151), vlan(152));
        assert_eq!(claim_chain(&chain, &[false], asked, &claims), Err(VlanShortage::MustBeEqual));
        assert_eq!(
            claim_chain(&chain, &[true], asked, &claims),
            Ok(vec![(vlan(151), vlan(151)), (vlan(152), vlan(152))]),
            "our equipment translates between the legs"
        );
        let second = lines(&ports, &[false, true]);
        assert_eq!(
            claim_chain(&second, &[false], asked, &claims),
            Ok(vec![(vlan(151), vlan(151)), (vlan(151), vlan(152))]),
            "the second seller translates"
        );
    }

    #[test]
    fn what_a_leg_holds_already_the_others_take() {
        let ports =
            [tagged("a", 100, 199), tagged("b", 100, 199), tagged("c", 100, 199), tagged("z", 100, 199)];
        let mut chain = lines(&ports, &[false, false]);
        chain[0].held = Some((vlan(120), vlan(120)));
        let mut claims = Claims::default();
        assert_eq!(claim_chain(&chain, &[false], (None, None), &claims), Ok(vec![(vlan(120), vlan(120)); 2]));
        claims.add("metro", ports[3].claimed(), vlan(120));
        let shortage = Err(VlanShortage::NotFree(120, "z".into()));
        assert_eq!(claim_chain(&chain, &[false], (None, None), &claims), shortage);
        assert_eq!(
            claim_chain(&chain, &[true], (None, None), &claims),
            Ok(vec![(vlan(120), vlan(120)), (vlan(100), vlan(100))])
        );
    }
}
