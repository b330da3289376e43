//! Address validation (MEF 121): matching what a buyer writes against the sites of the scenario. Pure.

use serde_json::{Value, json};

use crate::refusal::{Issue, Refusal};
use crate::scenario::{Address, Scenario, Site};

/// Degrees within which a point is at a site: about 100 m of latitude.
const NEAR: f64 = 0.001;
/// More alternates than this are too many to choose from.
const MOST_ALTERNATES: usize = 20;

/// Answers `POST /geographicAddressValidation` for a body that passed the envelope check.
pub(crate) fn validate(scenario: &Scenario, body: &Value) -> Result<Value, Refusal> {
    let submitted = &body["submittedGeographicAddress"];
    if scenario.validation.guide_rules && body["provideAlternative"] != true {
        return Err(Issue::value("/provideAlternative", "must be true (MEF 121)").into());
    }
    let mut answer = body.clone();
    let matches = match submitted["@type"].as_str() {
        Some("FieldedAddress" | "FormattedAddress") => by_address(scenario, submitted)?,
        _ => Matches { best: one_place(scenario, submitted), near: Vec::new() },
    };
    let result = match (&matches.best, matches.near.is_empty()) {
        (Some(_), _) => "success",
        (None, false) => "partial",
        (None, true) => "fail",
    };
    answer["validationResult"] = json!(result);
    let kind = submitted["@type"].as_str().unwrap_or_default();
    if let Some(site) = matches.best {
        answer["bestMatchGeographicAddress"] = describe(site, kind);
    }
    if !matches.near.is_empty() {
        answer["alternateGeographicAddress"] = matches.near.iter().map(|site| describe(site, kind)).collect();
    }
    Ok(answer)
}

/// Answers `GET /geographicAddress/{id}`.
pub(crate) fn read(scenario: &Scenario, id: &str) -> Result<Value, Refusal> {
    let site = scenario.sites.iter().find(|site| site.address_id == id);
    site.map(|site| describe(site, "FieldedAddress"))
        .ok_or_else(|| Refusal::NotFound { what: "geographic address", id: id.to_owned() })
}

/// The site at a place of a product, by reference or by value.
pub(crate) fn site_of_place<'a>(scenario: &'a Scenario, place: &Value) -> Option<&'a Site> {
    let id = place["id"].as_str();
    match place["@type"].as_str() {
        Some("GeographicSiteRef") => scenario.sites.iter().find(|site| Some(site.id.as_str()) == id),
        Some("GeographicAddressRef") => {
            scenario.sites.iter().find(|site| Some(site.address_id.as_str()) == id)
        }
        Some("FieldedAddress" | "FormattedAddress") => by_address(scenario, place).ok()?.best,
        Some(_) => one_place(scenario, place),
        None => None,
    }
}

struct Matches<'a> {
    best: Option<&'a Site>,
    near: Vec<&'a Site>,
}

fn by_address<'a>(scenario: &'a Scenario, submitted: &Value) -> Result<Matches<'a>, Refusal> {
    let country = key(&submitted["country"]);
    if !scenario.sites.iter().any(|site| plain(&site.address.country) == country) {
        return Err(Issue::new(
            crate::refusal::IssueCode::OtherIssue,
            "/submittedGeographicAddress/country",
            "this seller serves no place in that country",
        )
        .into());
    }
    let city = key(&submitted["city"]);
    let in_city = scenario
        .sites
        .iter()
        .filter(|site| plain(&site.address.country) == country && plain(&site.address.city) == city);
    let (exact, near): (Vec<_>, Vec<_>) = in_city.partition(|site| same_street(&site.address, submitted));
    let (best, mut near) = match exact.as_slice() {
        [site] => (Some(*site), near),
        [] | [..] => (None, exact.into_iter().chain(near).collect()),
    };
    if near.len() > MOST_ALTERNATES {
        return Err(Issue::new(
            crate::refusal::IssueCode::TooManyRecords,
            "/submittedGeographicAddress",
            format!("{} places match; give street and number", near.len()),
        )
        .into());
    }
    near.sort_by(|a, b| a.address_id.cmp(&b.address_id));
    Ok(Matches { best, near })
}

/// Street, number and postcode agree; what the buyer leaves out is not compared, but the street must be there.
fn same_street(address: &Address, submitted: &Value) -> bool {
    let agrees = |own: Option<&String>, name: &str| {
        let sent = key(&submitted[name]);
        sent.is_empty() || own.is_none_or(|own| plain(own) == sent)
    };
    if submitted["@type"] == "FormattedAddress" {
        let line = |parts: [Option<&String>; 3]| {
            let words: Vec<String> = parts.into_iter().flatten().map(|part| plain(part)).collect();
            words.join(" ")
        };
        let street = Some(&address.street_name);
        let sent = key(&submitted["addrLine1"]);
        let (nr, kind) = (address.street_nr.as_ref(), address.street_type.as_ref());
        let known = [line([nr, street, kind]), line([street, kind, nr]), line([street, nr, None])];
        return known.contains(&sent)
            && agrees(address.postcode.as_ref(), "postcode")
            && agrees(address.state_or_province.as_ref(), "stateOrProvince");
    }
    plain(&address.street_name) == key(&submitted["streetName"])
        && agrees(address.street_nr.as_ref(), "streetNr")
        && agrees(address.street_type.as_ref(), "streetType")
        && agrees(address.postcode.as_ref(), "postcode")
        && agrees(address.state_or_province.as_ref(), "stateOrProvince")
}

fn one_place<'a>(scenario: &'a Scenario, place: &Value) -> Option<&'a Site> {
    let text = |name: &str| place[name].as_str();
    match text("@type")? {
        "MEFGeographicPoint" => {
            let (x, y): (f64, f64) = (text("x")?.parse().ok()?, text("y")?.parse().ok()?);
            scenario.sites.iter().find(|site| {
                site.location
                    .is_some_and(|at| (at.latitude - x).abs() < NEAR && (at.longitude - y).abs() < NEAR)
            })
        }
        "GeographicAddressLabel" => {
            let (kind, id) = (text("externalReferenceType")?, text("externalReferenceId")?);
            scenario.sites.iter().find(|site| {
                site.labels.iter().any(|label| label.reference_type == kind && label.reference_id == id)
            })
        }
        _ => None,
    }
}

/// A text for comparison: words in lower case.
fn plain(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

fn key(value: &Value) -> String {
    plain(value.as_str().unwrap_or_default())
}

/// A site's address in the type that the buyer used.
fn describe(site: &Site, kind: &str) -> Value {
    let mut address = match (kind, site.location) {
        ("FormattedAddress", _) => formatted(&site.address),
        ("MEFGeographicPoint", Some(at)) => json!({
            "spatialRef": "EPSG:4326 WGS 84",
            "x": at.latitude.to_string(),
            "y": at.longitude.to_string(),
        }),
        ("GeographicAddressLabel", _) if !site.labels.is_empty() => json!({
            "externalReferenceType": site.labels[0].reference_type,
            "externalReferenceId": site.labels[0].reference_id,
        }),
        _ => fielded(&site.address),
    };
    let own_type = if address["streetName"].is_string() { "FieldedAddress" } else { kind };
    address["@type"] = json!(own_type);
    address["id"] = json!(site.address_id);
    address["allowsNewSite"] = json!(true);
    address["hasPublicSite"] = json!(site.public);
    if matches!(own_type, "MEFGeographicPoint" | "GeographicAddressLabel") {
        let mut associated = fielded(&site.address);
        associated["@type"] = json!("FieldedAddress");
        address["associatedGeographicAddress"] = associated;
    }
    address
}

fn fielded(address: &Address) -> Value {
    let mut value = json!({
        "country": address.country,
        "city": address.city,
        "streetName": address.street_name,
    });
    let parts = [
        ("stateOrProvince", &address.state_or_province),
        ("postcode", &address.postcode),
        ("streetType", &address.street_type),
        ("streetNr", &address.street_nr),
    ];
    for (name, part) in parts {
        if let Some(part) = part {
            value[name] = json!(part);
        }
    }
    value
}

fn formatted(address: &Address) -> Value {
    let words = [address.street_nr.as_ref(), Some(&address.street_name), address.street_type.as_ref()];
    let line: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
    let mut value = json!({"country": address.country, "city": address.city, "addrLine1": line.join(" ")});
    for (name, part) in [("stateOrProvince", &address.state_or_province), ("postcode", &address.postcode)] {
        if let Some(part) = part {
            value[name] = json!(part);
        }
    }
    value
}
