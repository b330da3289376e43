//! A site is read exactly as it is written, but for ports that cannot be used; what is wrong with it names the field.

use std::time::Duration;

use crate::admit::{Refusal, site};
use crate::model::{
    Address, Connector, Coordinates, Country, Interface, Place, Port, PortMode, ServiceId, Site, SiteView,
    Transit,
};

const FULL: &str = "
location: {latitude: '39.0438', longitude: '-77.4874'}
ports:
- name: wave-1
  provider: wave
  kind: Uni
  source: {existing: {productId: UNI-W}}
  mode: Port
- name: metro-1
  provider: metro-fiber
  kind: Uni
  source: {existing: {productId: UNI-A}}
  mode: Tagged
  consumers: {namespaces: [training]}
  vlanPool: 200-299
  maxFrameSize: 9100
  maxEndPoints: 8
  capacity: 10G
  demarcation: rack 7, panel 2, port 11
transit: {latency: 20us, availability: '99.99', translatesVlans: true}
";

fn read(manifest: &str, namespace: &str) -> Result<SiteView, Refusal> {
    site("ashburn", &serde_norway::from_str(manifest).unwrap(), namespace, None)
}

fn refused(text: &str, other: &str) -> (&'static str, String) {
    assert!(FULL.contains(text), "{text}");
    let refusal = read(&FULL.replacen(text, other, 1), "training").expect_err(other);
    (refusal.reason, refusal.message)
}

#[test]
fn a_full_site_is_read_as_written_with_its_ports_by_name() {
    let metro = Port {
        site: "ashburn".into(),
        name: "metro-1".into(),
        account: "metro-fiber".into(),
        interface: Interface::Uni(ServiceId("UNI-A".into())),
        mode: PortMode::Tagged(200..=299),
        offered: true,
        max_frame_size: Some(9100),
        max_end_points: Some(8),
        capacity: "10G".parse().ok(),
        risk_groups: Vec::new(),
        demarcation: Some("rack 7, panel 2, port 11".into()),
    };
    let wave = Port {
        site: "ashburn".into(),
        name: "wave-1".into(),
        account: "wave".into(),
        interface: Interface::Uni(ServiceId("UNI-W".into())),
        mode: PortMode::Whole,
        offered: false,
        max_frame_size: None,
        max_end_points: None,
        capacity: None,
        risk_groups: Vec::new(),
        demarcation: None,
    };
    let expected = SiteView {
        name: "ashburn".into(),
        position: Some(Coordinates { latitude: 39.0438, longitude: -77.4874 }),
        country: None,
        ports: vec![metro, wave],
        transit: Some(Transit {
            latency: Duration::from_micros(20),
            availability: "99.99".parse().ok(),
            translates_vlans: true,
        }),
    };
    assert_eq!(read(FULL, "training"), Ok(expected));
}

#[test]
fn a_site_is_in_the_country_of_its_address() {
    let at = |country: &str| format!("address: {{country: {country}, city: Ashburn, streetName: Main}}");
    let country = |manifest: &str| read(manifest, "training").unwrap().country;
    assert_eq!(country(&at("us")), Country::named("US"));
    assert!(country(&at("us")).is_some() && country("{}").is_none());
}

#[test]
fn a_port_is_offered_to_its_consumers_alone() {
    let offered = |namespace| read(FULL, namespace).unwrap().ports[0].offered;
    assert!(offered("training") && !offered("other") && !offered(""));
}

#[test]
fn ports_that_cannot_be_used_yet_are_left_out() {
    let site = read(&FULL.replacen("{existing: {productId: UNI-W}}", "{}", 1), "training").unwrap();
    let names: Vec<&str> = site.ports.iter().map(|port| port.name.as_str()).collect();
    assert_eq!(names, ["metro-1"]);
    assert_eq!(
        read("{}", "training").unwrap(),
        SiteView { name: "ashburn".into(), position: None, country: None, ports: vec![], transit: None }
    );
}

#[test]
fn an_enni_is_a_port_that_is_there_and_shared() {
    let metro = FULL.replacen("kind: Uni", "kind: Enni", 2).replacen("kind: Enni", "kind: Uni", 1);
    let port = read(&metro, "training").unwrap().ports[0].clone();
    assert_eq!(
        (&port.interface, &port.mode),
        (&Interface::Enni(ServiceId("UNI-A".into())), &PortMode::Tagged(200..=299))
    );
    assert!(port.is_enni() && !port.is_dedicated());
    let wave = "spec.ports[wave-1]: a port of kind Enni exists already (source.existing) and is shared by S-VLAN: mode Tagged";
    assert_eq!(refused("kind: Uni", "kind: Enni"), ("Invalid", wave.to_owned()), "it is of mode Port");
    let ordered =
        metro.replacen("{existing: {productId: UNI-A}}", "{dedicated: {offering: O, physicalLink: P}}", 1);
    assert!(
        read(&ordered, "training").is_err_and(|refusal| refusal.message.starts_with("spec.ports[metro-1]: "))
    );
}

/// The full site with a port to be ordered from wave, and this besides.
fn ordering(dedicated: &str, more: &str) -> Result<Port, Refusal> {
    let site = FULL.replacen("{existing: {productId: UNI-W}}", dedicated, 1) + more;
    read(&site, "training").map(|site| site.ports[1].clone())
}

#[test]
fn a_port_to_be_ordered_is_read_as_written_with_its_place() {
    let term = "{name: one year, value: 1, unit: Year, atEnd: Renew}";
    let dedicated = format!(
        "{{dedicated: {{offering: UNI, physicalLink: 10GBASE_LR, connector: LC, speed: 10G, term: {term}}}}}"
    );
    let metro = "sellerRefs: [{provider: metro-fiber, siteId: M}, {provider: wave, siteId: W}]";
    let port = ordering(&dedicated, metro).unwrap();
    let Interface::NewUni(new) = &port.interface else { panic!("{port:?}") };
    assert_eq!((new.offering.as_str(), new.physical_link.as_str()), ("UNI", "10GBASE_LR"));
    assert_eq!((new.connector, new.frame_size), (Some(Connector::Lc), None));
    assert_eq!(new.term.as_ref().map(|term| term.name.as_str()), Some("one year"));
    assert_eq!((port.capacity, port.is_dedicated()), ("10G".parse().ok(), true));
    let place = |more: &str| {
        let plain = "{dedicated: {offering: UNI, physicalLink: 10GBASE_LR}}";
        ordering(plain, more).map(|port| port.interface.new_uni().cloned().unwrap().site)
    };
    assert_eq!(new.site, Site::Known(Place::Site("W".into())));
    let known = "sellerRefs: [{provider: wave, addressId: A-1}]";
    assert_eq!(place(known), Ok(Site::Known(Place::Address("A-1".into()))));
    let postal = "address: {country: US, city: Ashburn, streetName: Filigree}\nsellerRefs: [{provider: wave, label: L}]";
    let address = Address {
        country: "US".into(),
        city: "Ashburn".into(),
        street_name: "Filigree".into(),
        ..Address::default()
    };
    assert_eq!(place(postal), Ok(Site::At(address)));
    for (dedicated, more, words) in [
        (
            "{dedicated: {offering: O, physicalLink: P}}",
            "",
            "spec.ports[wave-1]: a dedicated port is installed at a place",
        ),
        (
            "{dedicated: {offering: O, physicalLink: P, connector: lc}}",
            known,
            "spec.ports[wave-1]: `lc` is no connector",
        ),
        (
            "{dedicated: {offering: O, physicalLink: P, speed: fast}}",
            known,
            "spec.ports[wave-1]: `fast` is no bandwidth",
        ),
    ] {
        let refusal = ordering(dedicated, more).unwrap_err();
        assert!(refusal.message.starts_with(words), "{refusal}");
    }
}

#[test]
fn a_pool_is_a_range_or_one_id() {
    let mode = |pool: &str| read(&FULL.replacen("200-299", pool, 1), "t").unwrap().ports[0].mode.clone();
    assert_eq!(mode("1-4094"), PortMode::Tagged(1..=4094));
    assert_eq!(mode("'210'"), PortMode::Tagged(210..=210));
}

#[test]
fn what_cannot_be_understood_names_its_field() {
    for (text, other, message) in [
        ("'39.0438'", "north", "spec.location.latitude: `north` is no number of degrees"),
        ("'-77.4874'", "''", "spec.location.longitude: `` is no number of degrees"),
        ("  vlanPool: 200-299\n", "", "spec.ports[metro-1]: a port of mode Tagged needs a vlanPool"),
        ("9100", "-1", "spec.ports[metro-1]: -1 is out of range"),
        ("maxEndPoints: 8", "maxEndPoints: -8", "spec.ports[metro-1]: -8 is out of range"),
        ("10G", "10 G", "spec.ports[metro-1]: `10 G` is no bandwidth"),
        ("20us", "soon", "spec.transit.latency: "),
        ("'99.99'", "'100.1'", "spec.transit.availability: "),
    ] {
        let (reason, words) = refused(text, other);
        assert_eq!(reason, "Invalid", "{other}");
        assert!(words.starts_with(message), "{other}: {words}");
    }
    for pool in ["299-200", "0-9", "4000-4095", "200-", "a-b", "1-2-3"] {
        let message = format!("spec.ports[metro-1]: `{pool}` is no range of VLAN ids: write 100-199");
        assert_eq!(refused("200-299", pool), ("Invalid", message));
    }
}
