//! What is bought, held against the intent as it is now: what its segments should be, or why they cannot be that in place.

use std::sync::Arc;

use crate::api::{ConnectivitySegment, ConnectivitySegmentSpec, SegmentEnd, SegmentProduct};
use crate::intent::decide::designed;
use crate::intent::facts::{Chain, Facts, chains, has_service};
use crate::intent::offers;
use crate::model::{Bandwidth, Interface, Port, Product, Request, SiteView};
use crate::planning::{Asked, Candidate, Joint, Path, Span, Way, fit, fit_path, shared};

/// Why what is bought cannot be what is asked now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// Something else could be bought instead.
    InPlace(String),
    /// Nothing is bought instead.
    AtAll(String),
}

impl From<String> for Unfit {
    fn from(why: String) -> Self {
        Self::InPlace(why)
    }
}

/// What the bought segments should be, now that the intent changed.
pub fn replan(
    facts: &Facts,
    request: &Request,
    legs: &[&Arc<ConnectivitySegment>],
) -> Result<Vec<ConnectivitySegmentSpec>, Unfit> {
    let way = refit(facts, request, legs)?;
    let wanted = legs.iter().zip(way.legs()).map(|(segment, leg)| respec(facts, request, segment, leg));
    Ok(wanted.collect::<Result<_, _>>()?)
}

fn respec(
    facts: &Facts,
    request: &Request,
    segment: &ConnectivitySegment,
    candidate: &Candidate,
) -> Result<ConnectivitySegmentSpec, String> {
    let spec = &segment.spec;
    let mut design = offers::design(candidate, request);
    // A date that has passed is no reason to buy anything again, and neither are names on paper.
    design.ready_by.clone_from(&spec.design.ready_by);
    design.purchase_order.clone_from(&spec.design.purchase_order);
    design.end_customer.clone_from(&spec.design.end_customer);
    if design != spec.design && has_service(segment) {
        in_place(facts, segment, candidate)?;
    }
    Ok(designed(facts, spec, design))
}

/// How the sellers would carry the request between the ports that the segments have.
fn refit(facts: &Facts, request: &Request, legs: &[&Arc<ConnectivitySegment>]) -> Result<Way, Unfit> {
    for segment in legs {
        if let Some(existing) = &request.existing {
            let other =
                existing.service.as_ref().is_some_and(|service| !offers::is_service(segment, service));
            if other || existing.account != segment.spec.provider.name {
                let why = "spec.existing names another service; create another intent for that one";
                return Err(Unfit::AtAll(why.into()));
            }
        }
    }
    let taken_over = request.existing.is_some() || legs.iter().any(|leg| leg.spec.existing.is_some());
    between_their_ports(facts, request, legs).map_err(|why| match why {
        Unfit::InPlace(why) if taken_over => Unfit::AtAll(format!(
            "{why}, and nothing is bought instead of a service that was taken over; create another intent and delete this one"
        )),
        Unfit::InPlace(_) | Unfit::AtAll(_) => why,
    })
}

fn between_their_ports(
    facts: &Facts,
    request: &Request,
    legs: &[&Arc<ConnectivitySegment>],
) -> Result<Way, Unfit> {
    let paths = chains(legs);
    if !paths.iter().all(|path| offers::same_endpoints(&path.legs, request)) {
        // Whoever sorts a list or finds a better name wants no other service.
        return Err(if paths.iter().all(|path| offers::same_places(&path.legs, request)) {
            Unfit::AtAll(
                "endpoints keep their names and their order, for which no other service is bought".into(),
            )
        } else {
            Unfit::InPlace("endpoints cannot be changed in place".into())
        });
    }
    if let Some(denied) = legs.iter().find(|leg| request.deny.contains(&leg.spec.provider.name)) {
        let name = &denied.spec.provider.name;
        return Err(Unfit::InPlace(format!("a service cannot move away from {name} in place")));
    }
    if paths.len() != request.resilience.paths() {
        return Err(Unfit::InPlace("the number of paths cannot be changed in place".into()));
    }
    let paths = fit_chains(facts, request, legs)?;
    let unverified =
        unverified(facts, request, &paths).map_err(|common| format!("both paths use {common}"))?;
    Ok(Way { paths, unverified })
}

/// The way that the segments are, as it is known now.
///
/// # Errors
/// Why they cannot carry the request.
pub fn fit_chains(
    facts: &Facts,
    request: &Request,
    legs: &[&Arc<ConnectivitySegment>],
) -> Result<Vec<Path>, String> {
    chains(legs).iter().map(|chain| fit_chain(facts, request, chain)).collect()
}

/// What nobody knows about what two paths share, in words; nothing where there is one.
///
/// # Errors
/// What both use and only one may, in words.
pub fn unverified(facts: &Facts, request: &Request, paths: &[Path]) -> Result<Vec<String>, String> {
    let [one, other] = paths else { return Ok(Vec::new()) };
    let accounts: Vec<Asked> = facts.sellers.iter().map(|seller| seller.asked.clone()).collect();
    shared(request, one, other, &accounts)
        .map_err(|common| common.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}

fn fit_chain(facts: &Facts, request: &Request, chain: &Chain) -> Result<Path, String> {
    let spans = chain.legs.iter().map(|leg| span(facts, leg)).collect::<Result<Vec<Span>, String>>()?;
    let name = || chain.legs.iter().map(|leg| leg.spec.provider.name.as_str()).collect::<Vec<_>>().join(", ");
    if let ([span], [leg], []) = (spans.as_slice(), chain.legs.as_slice(), chain.joints) {
        let fitted = fit(request, span.from, span.to, &span.asked.account, product(leg), span.a, span.z);
        return fitted.map(Path::direct).map_err(|why| format!("{}: {why}", name()));
    }
    let joints =
        chain.joints.iter().map(|stated| facts.joint(stated)).collect::<Result<Vec<Joint>, String>>()?;
    fit_path(request, &spans, &joints).map_err(|why| format!("{}: {why}", name()))
}

fn product(segment: &ConnectivitySegment) -> Product {
    match segment.spec.product {
        SegmentProduct::Epl => Product::Epl,
        SegmentProduct::Evpl => Product::Evpl,
        SegmentProduct::AccessEline => Product::AccessEline,
    }
}

/// The ports that a segment has, as they are known now.
fn span<'a>(facts: &'a Facts, segment: &ConnectivitySegment) -> Result<Span<'a>, String> {
    let spec = &segment.spec;
    let name = &spec.provider.name;
    let seller =
        facts.seller(name).ok_or_else(|| format!("ConnectivityProvider {name} is gone or cannot be read"))?;
    let (a, z) = facts.sites.as_ref().map_err(ToString::to_string)?;
    let site = |end: &SegmentEnd| {
        let found = [a, z].into_iter().chain(&facts.between).find(|site| site.name == end.site);
        found.ok_or_else(|| {
            format!("Site {} is gone or cannot be read, or nothing meets there any more", end.site)
        })
    };
    let [end_a, end_z] = spec.ends.as_slice() else { return Err("the segment has lost its ends".into()) };
    let (from, to) = (site(end_a)?, site(end_z)?);
    let (a, z) = (port(from, end_a)?, port(to, end_z)?);
    Ok(Span { asked: &seller.asked, product: product(segment), from, to, a, z })
}

fn port<'a>(site: &'a SiteView, end: &SegmentEnd) -> Result<&'a Port, String> {
    let found = site.ports.iter().find(|port| {
        // What was ordered stays as it was ordered, whatever is written of it since.
        let same = match &port.interface {
            Interface::Uni(id) => end.uni_product_id.as_ref() == Some(&id.0),
            Interface::Enni(id) => end.enni_product_id.as_ref() == Some(&id.0),
            Interface::NewUni(_) => end.dedicated.is_some(),
        };
        port.name == end.port && same
    });
    found.ok_or_else(|| format!("port {} of site {} is gone", end.port, end.site))
}

/// Whether the seller changes a service in this way.
fn in_place(facts: &Facts, segment: &ConnectivitySegment, candidate: &Candidate) -> Result<(), String> {
    let name = &segment.spec.provider.name;
    let Some(seller) = facts.seller(name) else { return Ok(()) };
    let now = segment.status.as_ref().and_then(|status| status.in_force.as_ref());
    let runs = now.and_then(|now| now.committed.parse::<Bandwidth>().ok());
    let less = runs.is_some_and(|runs| candidate.rates.a_to_z.committed() < runs);
    if less && !seller.asked.account.change.decrease {
        return Err(format!("{name} does not reduce the bandwidth of a service within its term"));
    }
    Ok(())
}
