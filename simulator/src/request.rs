//! From a request body to what its items ask for. The same for qualification, quote and order, which differ in the
//! names of their lists. Checks the envelope, the rules on products, relationships and places, and the fit to the
//! offering; contact roles and other rules of one API are checked by that API.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::address;
use crate::catalogue;
use crate::desk::{Desk, as_port};
use crate::inventory::ProductMemo;
use crate::objectives;
use crate::refusal::{Issue, MalformedCode, Refusal, none_of};
use crate::scenario::{ItemAction, Offering, ProductType, UnknownAttributes};
use crate::service::{self, Ask, End, Line, Port, PortRef, Product};
use crate::shape::{Shape, Wrong};
use crate::store::Record;

/// Which API a document belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Qualification,
    Quote,
    Order,
}

impl Form {
    /// Name of its item list.
    pub(crate) fn items(self) -> &'static str {
        match self {
            Self::Qualification => "productOfferingQualificationItem",
            Self::Quote => "quoteItem",
            Self::Order => "productOrderItem",
        }
    }

    fn item_relationships(self) -> &'static str {
        match self {
            Self::Qualification => "qualificationItemRelationship",
            Self::Quote => "quoteItemRelationship",
            Self::Order => "productOrderItemRelationship",
        }
    }
}

/// Checks a body against the shape that the OpenAPI files demand: 400, and 422 for unknown attributes where the
/// scenario refuses them.
pub(crate) fn check_envelope(desk: &Desk<'_>, shape: &Shape, body: &Value) -> Result<(), Refusal> {
    let validation = &desk.scenario.validation;
    let (unknown, broken): (Vec<_>, Vec<_>) =
        shape.flaws(body, "").into_iter().partition(|flaw| flaw.what == Wrong::Unknown);
    if validation.envelope
        && let Some(flaw) = broken.into_iter().next()
    {
        let issue = Issue::from(flaw);
        return Err(malformed(format!("{}: {}", issue.path, issue.reason)));
    }
    match validation.unknown_attributes {
        UnknownAttributes::Refuse => none_of(unknown.into_iter().map(Issue::from).collect()),
        UnknownAttributes::Ignore => Ok(()),
    }
}

pub(crate) fn malformed(reason: impl Into<String>) -> Refusal {
    Refusal::Malformed { code: MalformedCode::InvalidBody, reason: reason.into() }
}

/// Reads every item: its id and what it asks for.
pub(crate) fn read_items(desk: &Desk<'_>, form: Form, body: &Value) -> Result<Vec<(String, Ask)>, Refusal> {
    let list = form.items();
    let items = body[list].as_array().filter(|items| !items.is_empty());
    let items = items.ok_or_else(|| malformed(format!("/{list}: must list at least one item")))?;
    let mut issues = Vec::new();
    let mut asks = Vec::new();
    let mut ids = BTreeSet::new();
    for (n, item) in items.iter().enumerate() {
        let path = format!("/{list}/{n}");
        let id = item["id"].as_str().ok_or_else(|| malformed(format!("{path}/id: is required")))?;
        let action = item["action"].as_str().and_then(ItemAction::parse);
        let action =
            action.ok_or_else(|| malformed(format!("{path}/action: must be add, modify or delete")))?;
        if !ids.insert(id) {
            issues.push(Issue::value(format!("{path}/id"), "another item has the same id"));
        }
        let reading = Reading { desk, form, items, item, path };
        match reading.ask(action)? {
            Ok(ask) => asks.push((id.to_owned(), ask)),
            Err(mut found) => issues.append(&mut found),
        }
    }
    none_of(issues)?;
    Ok(asks)
}

/// One item being read.
struct Reading<'a> {
    desk: &'a Desk<'a>,
    form: Form,
    items: &'a [Value],
    item: &'a Value,
    path: String,
}

type Read<T> = Result<Result<T, Vec<Issue>>, Refusal>;

impl Reading<'_> {
    fn product(&self) -> &Value {
        &self.item["product"]
    }

    fn at(&self, attribute: &str) -> String {
        format!("{}/product/{attribute}", self.path)
    }

    fn strict(&self) -> bool {
        self.desk.scenario.validation.guide_rules
    }

    fn ask(&self, action: ItemAction) -> Read<Ask> {
        match action {
            ItemAction::Add => self.read_add(),
            ItemAction::Modify => self.read_modify(),
            ItemAction::Delete => self.read_delete(),
        }
    }

    fn read_add(&self) -> Read<Ask> {
        if self.strict() && !self.product()["id"].is_null() {
            return Ok(Err(vec![Issue::unexpected(self.at("id"), "a product that is added has no id yet")]));
        }
        let offering = match self.offering() {
            Ok(offering) => offering,
            Err(issue) => return Ok(Err(vec![issue])),
        };
        Ok(self.wanted(offering, None)?.map(Ask::Add))
    }

    fn read_modify(&self) -> Read<Ask> {
        let existing = match self.existing()? {
            Ok(existing) => existing,
            Err(issue) => return Ok(Err(vec![issue])),
        };
        let Some(offering) = existing.memo.offering.as_deref().and_then(|id| self.desk.scenario.offering(id))
        else {
            return Ok(Err(vec![Issue::value(self.at("id"), "this product is of no current offering")]));
        };
        let mut issues = Vec::new();
        match self.product()["productOffering"]["id"].as_str() {
            Some(id) if id == offering.id => {}
            Some(_) => issues
                .push(Issue::value(self.at("productOffering/id"), "a modify cannot change the offering")),
            None if self.strict() => {
                issues.push(Issue::missing(self.at("productOffering"), "a modify repeats the offering"));
            }
            None => {}
        }
        Ok(match self.wanted(offering, Some(&existing))? {
            Ok(wanted) if issues.is_empty() => Ok(Ask::Modify { product: existing.id, wanted }),
            Ok(_) => Err(issues),
            Err(mut more) => {
                issues.append(&mut more);
                Err(issues)
            }
        })
    }

    fn read_delete(&self) -> Read<Ask> {
        let existing = match self.existing()? {
            Ok(existing) => existing,
            Err(issue) => return Ok(Err(vec![issue])),
        };
        let forbidden = [
            "productConfiguration",
            "productOffering",
            "productSpecification",
            "productRelationship",
            "place",
        ];
        let sent = forbidden.into_iter().filter(|name| self.strict() && !self.product()[*name].is_null());
        let issues: Vec<Issue> =
            sent.map(|name| Issue::unexpected(self.at(name), "a delete names only the product id")).collect();
        Ok(if issues.is_empty() { Ok(Ask::Delete { product: existing.id }) } else { Err(issues) })
    }

    /// The live product that a modify or delete is about.
    fn existing(&self) -> Result<Result<Record<ProductMemo>, Issue>, Refusal> {
        let Some(id) = self.product()["id"].as_str() else {
            return Ok(Err(Issue::missing(self.at("id"), "names the product that is there")));
        };
        Ok(match self.desk.product(id)? {
            None => Err(Issue::reference(self.at("id"), "is not in the inventory")),
            Some(record) if record.memo.status.is_live() => Ok(record),
            Some(record) => {
                Err(Issue::value(self.at("id"), format!("the product is {}", record.memo.status.name())))
            }
        })
    }

    fn offering(&self) -> Result<&Offering, Issue> {
        let product = self.product();
        let scenario = self.desk.scenario;
        let (offering, specification) =
            (&product["productOffering"]["id"], &product["productSpecification"]["id"]);
        match (offering.as_str(), specification.as_str()) {
            (Some(_), Some(_)) if self.strict() => {
                Err(Issue::unexpected(self.at("productSpecification"), "goes without productOffering only"))
            }
            (Some(id), _) => scenario.offering(id).ok_or_else(|| {
                Issue::reference(self.at("productOffering/id"), "is not offered by this seller")
            }),
            (None, Some(urn)) if self.form == Form::Qualification => {
                let product = service::product_type(scenario, &json!({"@type": urn}));
                scenario.offerings.iter().find(|offering| Some(offering.product) == product).ok_or_else(
                    || Issue::reference(self.at("productSpecification/id"), "no offering of this kind"),
                )
            }
            (None, _) => Err(Issue::missing(self.at("productOffering"), "is required to add a product")),
        }
    }

    /// The desired state, and whether it fits the offering.
    fn wanted(&self, offering: &Offering, existing: Option<&Record<ProductMemo>>) -> Read<Product> {
        let scenario = self.desk.scenario;
        let configuration = &self.product()["productConfiguration"];
        let path = self.at("productConfiguration");
        if !configuration.is_object() {
            return Ok(Err(vec![Issue::missing(
                path,
                "describes the product in its complete desired state",
            )]));
        }
        if service::product_type(scenario, configuration) != Some(offering.product) {
            let expected = format!("must be {} for this offering", offering.product.urn());
            return Ok(Err(vec![Issue::value(format!("{path}/@type"), expected)]));
        }
        let issues = service::shape_issues(scenario, offering.product, configuration, &path);
        if !issues.is_empty() {
            return Ok(Err(issues));
        }
        match offering.product {
            ProductType::SubscriberUni => Ok(self.port(offering, existing).map(Product::Port)),
            ProductType::Epl | ProductType::Evpl | ProductType::AccessEline => {
                let line = match self.line(offering, configuration, existing)? {
                    Ok(line) => line,
                    Err(issues) => return Ok(Err(issues)),
                };
                let mut issues = catalogue::line_issues(scenario, &line, &path);
                if issues.is_empty() {
                    issues = objectives::sls_issues(scenario, &line, configuration, &path);
                }
                Ok(if issues.is_empty() { Ok(Product::Line(Box::new(line))) } else { Err(issues) })
            }
        }
    }

    fn line(
        &self,
        offering: &Offering,
        configuration: &Value,
        existing: Option<&Record<ProductMemo>>,
    ) -> Read<Line> {
        let path = self.at("productConfiguration");
        let mut issues = Vec::new();
        if self.strict() && !self.product()["place"].is_null() {
            issues.push(Issue::unexpected(self.at("place"), "the places of an E-Line are those of its UNIs"));
        }
        let names = service::words(offering.product).classes;
        let classes: Vec<String> = configuration[names]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect();
        if classes.is_empty() {
            issues.push(Issue::missing(format!("{path}/{names}"), "names the class of service"));
        }
        let mut ends = Vec::new();
        for side in [0, 1] {
            let configured = service::read_end(configuration, side, offering.product, &classes, &path);
            let port = self.port_of(offering.product, side, existing)?;
            match (configured, port) {
                (Ok(end), Ok((at, port))) => {
                    let service::EndConfiguration { identifier, vlans, flows } = end;
                    ends.push(End { at, port, identifier, vlans, flows });
                }
                (configured, port) => {
                    issues.extend(configured.err().unwrap_or_default());
                    issues.extend(port.err());
                }
            }
        }
        let Ok(ends) = <[End; 2]>::try_from(ends) else { return Ok(Err(issues)) };
        if !issues.is_empty() {
            return Ok(Err(issues));
        }
        let pair = self.desk.scenario.site_pair(&ends[0].port.site, &ends[1].port.site);
        Ok(Ok(Line {
            product: offering.product,
            offering: offering.id.clone(),
            classes,
            max_frame_size: configuration["maximumFrameSize"].as_u64(),
            tier: pair.map(|pair| pair.tier.clone()),
            ends,
        }))
    }

    /// The UNI or ENNI at one end, from a product relationship or from another item. Of several candidates (`groupingKey`)
    /// the first counts.
    fn port_of(
        &self,
        product: ProductType,
        side: usize,
        existing: Option<&Record<ProductMemo>>,
    ) -> Result<Result<(PortRef, Port), Issue>, Refusal> {
        let words = service::words(product);
        let wanted = words.relationships[side];
        let known = existing.and_then(|record| match &record.memo.product {
            Product::Line(line) => Some(&line.ends[side]),
            Product::Port(_) => None,
        });
        let by_product = self.related(self.product(), "productRelationship", wanted);
        if let Some((n, id)) = by_product {
            let path = self.at(&format!("productRelationship/{n}/id"));
            if let Some(end) = known {
                return Ok(if end.at == PortRef::Product(id.to_owned()) {
                    Ok((end.at.clone(), end.port.clone()))
                } else {
                    Err(Issue::value(path, "a modify cannot move the service to another UNI"))
                });
            }
            let found = self.desk.product(id)?;
            let port = found.as_ref().filter(|record| record.memo.status.is_live()).and_then(as_port);
            return Ok(match port {
                Some(port) => Ok((PortRef::Product(id.to_owned()), port.clone())),
                None => Err(Issue::reference(path, "is no port in the inventory")),
            });
        }
        if let Some(end) = known {
            return Ok(if self.strict() {
                Err(Issue::missing(self.at("productRelationship"), format!("a modify repeats {wanted}")))
            } else {
                Ok((end.at.clone(), end.port.clone()))
            });
        }
        let relationships = self.form.item_relationships();
        if let Some((n, id)) = self.related(self.item, relationships, wanted) {
            let path = format!("{}/{relationships}/{n}/id", self.path);
            let Some((index, item)) = self.items.iter().enumerate().find(|(_, item)| item["id"] == id) else {
                return Ok(Err(Issue::reference(path, "is no item of this request")));
            };
            let other = Reading { item, path: format!("/{}/{index}", self.form.items()), ..*self };
            let offering =
                other.offering().ok().filter(|offering| offering.product == ProductType::SubscriberUni);
            return Ok(match offering.map(|offering| other.port(offering, None)) {
                Some(Ok(port)) => Ok((PortRef::Item(id.to_owned()), port)),
                Some(Err(_)) | None => Err(Issue::value(path, "is not an item that adds a usable UNI")),
            });
        }
        Ok(Err(Issue::missing(
            self.at("productRelationship"),
            format!("{wanted} names {}", words.names[side]),
        )))
    }

    fn related<'v>(&self, holder: &'v Value, list: &str, wanted: &str) -> Option<(usize, &'v str)> {
        let entries = holder[list].as_array()?;
        entries.iter().enumerate().find_map(|(n, entry)| {
            let name = entry["relationshipType"].as_str()?;
            let id = entry["id"].as_str()?;
            (service::relationship(self.desk.scenario, name) == wanted).then_some((n, id))
        })
    }

    /// A new or modified UNI.
    fn port(&self, offering: &Offering, existing: Option<&Record<ProductMemo>>) -> Result<Port, Vec<Issue>> {
        let mut issues = Vec::new();
        if self.strict() && !self.product()["productRelationship"].is_null() {
            issues.push(Issue::unexpected(self.at("productRelationship"), "a UNI is related to nothing"));
        }
        let places = self.product()["place"].as_array().into_iter().flatten();
        let installed: Vec<&Value> = places.filter(|place| place["role"] == "INSTALL_LOCATION").collect();
        let site = match installed.as_slice() {
            [place] => address::site_of_place(self.desk.scenario, place)
                .map(|site| site.id.clone())
                .ok_or_else(|| Issue::reference(self.at("place/0"), "is not a place this seller serves")),
            [] => Err(Issue::missing(self.at("place"), "one place with role INSTALL_LOCATION is required")),
            [..] => Err(Issue::value(self.at("place"), "more than one place with role INSTALL_LOCATION")),
        };
        let known = existing.and_then(as_port);
        let site = match (site, known) {
            (Ok(site), Some(port)) if site != port.site => {
                issues.push(Issue::value(self.at("place/0"), "a UNI cannot move"));
                site
            }
            (Ok(site), _) => site,
            (Err(_), Some(port)) if !self.strict() => port.site.clone(),
            (Err(issue), _) => {
                issues.push(issue);
                String::new()
            }
        };
        if !issues.is_empty() {
            return Err(issues);
        }
        let configuration = &self.product()["productConfiguration"];
        let end_points =
            configuration["maximumNumberOfEndPoints"].as_u64().and_then(|n| u32::try_from(n).ok());
        Ok(Port {
            site,
            offering: Some(offering.id.clone()),
            mode: known.and_then(|port| port.mode),
            bandwidth: offering.bandwidth.max.0,
            max_end_points: end_points.or(offering.max_end_points).unwrap_or(1),
            vlans: known.and_then(|port| port.vlans.clone()),
            max_frame_size: configuration["maximumServiceFrameSize"].as_u64().unwrap_or(1522),
            enni: false,
        })
    }
}

/// Whether a contact with this role is there.
pub(crate) fn has_contact(holder: &Value, role: &str) -> bool {
    holder["relatedContactInformation"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|contact| contact["role"] == role)
}

/// The issue of a contact that the guides demand and the YAML leaves optional.
pub(crate) fn contact_issue(holder: &Value, role: &str, path: &str) -> Option<Issue> {
    (!has_contact(holder, role)).then(|| {
        Issue::missing(
            format!("{path}/relatedContactInformation"),
            format!("a contact with role {role} is required"),
        )
    })
}
