//! Through which countries data may pass, and whether somebody vouches that it passes through no others.
//!
//! A site is in the country of its address; where a seller's network runs is what the platform team states of it. What nobody states
//! may be anywhere, so it is not allowed.

use std::collections::BTreeSet;

use super::candidate::Rejection;
use crate::model::{Account, Country, Request, SiteView};

/// Whether a leg of this seller between these sites stays where it may. What is known to be outside is told before what nobody
/// states: no statement would help.
///
/// # Errors
/// What is outside, or else of what nobody states the country.
pub(super) fn of_leg(request: &Request, account: &Account, sites: [&SiteView; 2]) -> Result<(), Rejection> {
    let answers =
        std::iter::once(of_seller(request, account)).chain(sites.map(|site| of_site(request, site)));
    let unknown = |why: &Rejection| matches!(why, Rejection::JurisdictionUnknown(_));
    let worst = answers.filter_map(Result::err).min_by_key(unknown);
    worst.map_or(Ok(()), Err)
}

/// Whether the seller's network runs through countries that are allowed only.
///
/// # Errors
/// One that is not, or that nobody states any.
fn of_seller(request: &Request, account: &Account) -> Result<(), Rejection> {
    let Some(allowed) = &request.jurisdictions else { return Ok(()) };
    if account.jurisdictions.is_empty() {
        let what = format!(
            "nobody states the countries of its network; the platform team does in spec.jurisdictions of ConnectivityProvider {}",
            account.name
        );
        return Err(Rejection::JurisdictionUnknown(what));
    }
    match account.jurisdictions.iter().find(|country| !allowed.contains(country)) {
        Some(beyond) => Err(outside("its network", beyond, allowed)),
        None => Ok(()),
    }
}

/// Whether the site is in a country that is allowed.
///
/// # Errors
/// That it is not, or that nobody states where it is.
pub(super) fn of_site(request: &Request, site: &SiteView) -> Result<(), Rejection> {
    let Some(allowed) = &request.jurisdictions else { return Ok(()) };
    match &site.country {
        None => {
            let what = format!(
                "nobody states the country of Site {0}; the platform team does in spec.address of Site {0}",
                site.name
            );
            Err(Rejection::JurisdictionUnknown(what))
        }
        Some(country) if !allowed.contains(country) => {
            Err(outside(&format!("Site {}", site.name), country, allowed))
        }
        Some(_) => Ok(()),
    }
}

fn outside(what: &str, country: &Country, allowed: &BTreeSet<Country>) -> Rejection {
    let allowed: Vec<String> = allowed.iter().map(Country::to_string).collect();
    let allowed = allowed.join(", ");
    Rejection::JurisdictionNotAllowed(format!(
        "{what} is in {country}, and spec.constraints.jurisdictions.allow says {allowed}"
    ))
}
