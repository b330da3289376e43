//! What an approval covers: a fingerprint over everything that makes a purchase another one, and its price beside it.
//!
//! In it: what the intent asks, the class, the legs in their order with ports, product, rates, class of service and term, the
//! currency. Not in it: ids and validity of offers, VLAN ids that were chosen by the operator, names on paper, suspension. Amounts
//! stand beside the fingerprint ([`PlanDigest`]), so that the same at a lower price keeps its approval.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::model::{
    AcceptedRisk, Amount, Budget, Commitment, Currency, Design, Direction, End, Interface, JitterMetric,
    JitterObjective, LatencyObjective, NewUni, Objectives, OnDelete, Place, PlanDigest, Product, Rate,
    Request, RequestedEnd, RequestedTerm, Resilience, Site, Term, TermEnd, TermUnit,
};

/// One leg of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bought {
    /// The account at whose seller it is bought.
    pub account: String,
    /// Site and port at the first end.
    pub from: String,
    /// Site and port at the other end.
    pub to: String,
    /// What is asked of the seller.
    pub design: Design,
}

/// A plan that may have to be approved.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    /// What the intent asks, with what its class made of it.
    pub request: &'a Request,
    /// The class, where one counts.
    pub class: Option<&'a str>,
    /// What is bought, in order of the path.
    pub legs: &'a [Bought],
    /// Currency of the amounts.
    pub currency: Currency,
    /// Per month, net of tax, over all legs.
    pub monthly: Amount,
    /// At once, net of tax, over all legs.
    pub one_time: Amount,
}

impl Proposal<'_> {
    /// What an approval of this names.
    #[must_use]
    pub fn digest(&self) -> PlanDigest {
        let Self { request, class, legs, currency, monthly, one_time } = *self;
        let mut text = Fields::default();
        text.add("class", class.unwrap_or_default());
        text.add("currency", currency);
        asked(&mut text, request);
        text.add("legs", legs.len());
        for leg in legs {
            bought(&mut text, leg);
        }
        PlanDigest { design: text.fingerprint(), monthly, one_time, currency }
    }
}

/// Named texts, one after the other, none of which can be taken for another.
#[derive(Default)]
struct Fields(Sha256);

impl Fields {
    fn add(&mut self, name: &str, value: impl ToString) {
        for part in [name, &value.to_string()] {
            self.0.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            self.0.update(part);
        }
    }

    fn maybe<T: ToString>(&mut self, name: &str, value: Option<T>) {
        match value {
            Some(value) => self.add(name, value),
            None => self.add("none", name),
        }
    }

    fn fingerprint(self) -> String {
        self.0.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

fn asked(text: &mut Fields, request: &Request) {
    let Request {
        a,
        z,
        spokes,
        rates,
        frame_size,
        objectives,
        resilience,
        deny,
        jurisdictions,
        budget,
        term,
        ready_by,
        on_delete,
        accepted_risk,
        // How far to go, and which of several offers: neither changes what this one is.
        mode: _,
        suspend: _,
        preference: _,
        max_legs: _,
        on_partial: _,
        existing: _,
        // Names on paper.
        purchase_order: _,
        end_customer: _,
    } = request;
    // Of a hub, the second end is one of its spokes.
    let ends = if spokes.is_empty() { vec![a, z] } else { std::iter::once(a).chain(spokes).collect() };
    for RequestedEnd { name, site, vlan } in ends {
        text.add("end", name);
        text.add("site", site);
        text.maybe("vlan", vlan.map(crate::model::VlanId::get));
    }
    for rate in [rates.a_to_z, rates.z_to_a] {
        add_rate(text, rate);
    }
    text.maybe("frame", *frame_size);
    add_objectives(text, objectives);
    match resilience {
        Resilience::None => {}
        Resilience::DiversePath { separate_ports } => text.add("diverse path", separate_ports),
        Resilience::DiverseProvider => text.add("diverse", "provider"),
    }
    text.add("deny", deny.len());
    deny.iter().for_each(|name| text.add("denied", name));
    if let Some(allowed) = jurisdictions {
        text.add("jurisdictions", allowed.len());
        allowed.iter().for_each(|country| text.add("country", country));
    }
    if let Some(Budget { currency, monthly, one_time, termination }) = budget {
        text.add("budget", currency);
        [monthly, one_time, termination].into_iter().for_each(|amount| text.add("most", amount));
    }
    if let Some(RequestedTerm { value, unit, at_end }) = *term {
        text.add("term", value);
        text.add("unit", unit_word(unit));
        text.add("at end", end_word(at_end));
    }
    text.maybe("ready", ready_by.map(Timestamp::as_millisecond));
    match accepted_risk {
        AcceptedRisk::FirmOnly => {}
        AcceptedRisk::FeasibilityCheck => text.add("accepted risk", "feasibility check"),
    }
    text.add(
        "on delete",
        match on_delete {
            OnDelete::Disconnect => "disconnect",
            OnDelete::Retain => "retain",
        },
    );
}

fn add_objectives(text: &mut Fields, objectives: &Objectives) {
    let Objectives { latency, jitter, max_loss, min_availability, accept } = *objectives;
    if let Some(LatencyObjective { direction, bound, percentile }) = latency {
        text.add("latency", bound.as_nanos());
        text.add("percentile", percentile);
        text.add(
            "direction",
            match direction {
                Direction::OneWay => "one way",
                Direction::RoundTrip => "round trip",
            },
        );
    }
    if let Some(JitterObjective { metric, bound, percentile }) = jitter {
        text.add("jitter", bound.as_nanos());
        text.add("percentile", percentile);
        text.add(
            "metric",
            match metric {
                JitterMetric::Ifdv => "ifdv",
                JitterMetric::Fdr => "fdr",
            },
        );
    }
    text.maybe("loss", max_loss);
    text.maybe("availability", min_availability);
    text.add(
        "accept",
        match accept {
            Commitment::None => "none",
            Commitment::BestEffort => "best effort",
            Commitment::Contracted => "contracted",
        },
    );
}

fn add_rate(text: &mut Fields, rate: Rate) {
    text.add("committed", rate.committed().bits());
    text.add("peak", rate.peak().bits());
}

fn bought(text: &mut Fields, leg: &Bought) {
    let Bought { account, from, to, design } = leg;
    let Design {
        product,
        a,
        z,
        rates,
        frame_size,
        class_of_service,
        term,
        // It follows from the sites.
        distance_km: _,
        // It moves with the calendar; what was asked is in the request.
        requested_completion: _,
        purchase_order: _,
        end_customer: _,
    } = design;
    text.add("account", account);
    text.add("from", from);
    text.add("to", to);
    text.add(
        "product",
        match product {
            Product::Epl => "epl",
            Product::Evpl => "evpl",
            Product::AccessEline => "access-eline",
        },
    );
    // The identifier is the name of the end in the request; a VLAN id that the operator chose is no other purchase.
    for End { interface, identifier: _, vlan: _ } in [a, z] {
        add_interface(text, interface);
    }
    for rate in [rates.a_to_z, rates.z_to_a] {
        add_rate(text, rate);
    }
    text.maybe("frame", *frame_size);
    text.add("class of service", class_of_service);
    add_term(text, term);
}

fn add_interface(text: &mut Fields, interface: &Interface) {
    match interface {
        Interface::Uni(id) => text.add("port", id),
        Interface::Enni(id) => text.add("enni", id),
        Interface::NewUni(new) => {
            let NewUni { offering, physical_link, connector, frame_size, site, term } = new.as_ref();
            text.add("new port", offering);
            text.add("link", physical_link);
            text.maybe("connector", connector.map(crate::model::Connector::name));
            text.maybe("frame", *frame_size);
            match site {
                Site::Known(Place::Site(id)) => text.add("at site", id),
                Site::Known(Place::Address(id)) => text.add("at address", id),
                // The end says which site it is; its address is that of the site.
                Site::At(_) => text.add("at", "its address"),
            }
            if let Some(term) = term {
                add_term(text, term);
            }
        }
    }
}

fn add_term(text: &mut Fields, term: &Term) {
    let Term { name, value, unit, at_end, roll } = term;
    text.add("term", name);
    text.add("value", value);
    text.add("unit", unit_word(*unit));
    text.add("at end", end_word(*at_end));
    if let Some((value, unit)) = roll {
        text.add("rolls", value);
        text.add("unit", unit_word(*unit));
    }
}

const fn unit_word(unit: TermUnit) -> &'static str {
    match unit {
        TermUnit::Day => "day",
        TermUnit::Month => "month",
        TermUnit::Year => "year",
    }
}

const fn end_word(end: TermEnd) -> &'static str {
    match end {
        TermEnd::Renew => "renew",
        TermEnd::Roll => "roll",
        TermEnd::Disconnect => "disconnect",
    }
}

#[cfg(test)]
mod tests;
