//! What differs from seller to seller, read once from the adapter block and checked: [`Profile`].
//!
//! A profile that exists can be used: every contact is there, every text is parsed. What is wrong is named by its field.

use std::time::Duration;

use reqwest::Url;
use serde_json::{Map, Value};

use super::wire;
use crate::api::{LsoAccount, LsoContact, LsoDeleteShape, LsoDelivery, LsoFunction, LsoProduct, LsoRole};
use crate::model::{Failure, FailureClass, Product, parse_duration};
use crate::provider::Capabilities;

mod class;

pub use class::{Class, ServiceLevel};

const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
const SEARCH_LAG: Duration = Duration::from_secs(10);
const INVENTORY_LAG: Duration = Duration::from_secs(600);
const DELAY_BOUND: Duration = Duration::from_secs(60);

/// The contact that stands for every role without its own.
const DEFAULT_CONTACT: &str = "default";

/// The interfaces of release Grace that we call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// MEF 121.
    Address,
    /// MEF 87.
    Qualification,
    /// MEF 115.
    Quote,
    /// MEF 123.
    Order,
    /// MEF 116.
    Inventory,
}

impl Api {
    /// Name and major version in the path; Cantata counts its own versions of the same documents.
    const fn path(self, role: LsoRole) -> (&'static str, &'static str) {
        let (name, sonata, cantata) = match self {
            Self::Address => ("geographicAddressManagement", "v7", "v1"),
            Self::Qualification => ("productOfferingQualification", "v7", "v1"),
            Self::Quote => ("quoteManagement", "v8", "v2"),
            Self::Order => ("productOrderingManagement", "v10", "v5"),
            Self::Inventory => ("productInventory", "v7", "v1"),
        };
        match role {
            LsoRole::ServiceProvider => (name, sonata),
            LsoRole::Subscriber => (name, cantata),
        }
    }
}

/// The business functions whose product payload may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Qualification.
    Qualify,
    /// Quote.
    Quote,
    /// Order.
    Order,
}

/// A role in which somebody is named to the seller (guides of MEF 87, 115 and 123).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactRole {
    /// Who asks.
    Buyer,
    /// Who knows the technical side of a quoted item.
    QuoteItemTechnical,
    /// Who knows the place of a quoted item that has one.
    QuoteItemLocation,
    /// Who orders.
    ProductOrder,
    /// Who answers questions about an ordered item.
    ProductOrderItem,
    /// Who is there when it is built.
    Implementation,
    /// Who knows the technical side of an ordered item.
    Technical,
    /// Who cancels.
    Cancel,
}

impl ContactRole {
    /// The roles that every request has. Who is named for no place is named for none.
    const ALWAYS: [Self; 7] = [
        Self::Buyer,
        Self::QuoteItemTechnical,
        Self::ProductOrder,
        Self::ProductOrderItem,
        Self::Implementation,
        Self::Technical,
        Self::Cancel,
    ];

    /// The role's name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buyer => "buyerContactInformation",
            Self::QuoteItemTechnical => "quoteItemTechnicalContact",
            Self::QuoteItemLocation => "quoteItemLocationContact",
            Self::ProductOrder => "productOrderContact",
            Self::ProductOrderItem => "buyerProductOrderItemContact",
            Self::Implementation => "buyerImplementationContact",
            Self::Technical => "buyerTechnicalContact",
            Self::Cancel => "cancelProductOrderContact",
        }
    }
}

/// One product as the seller sells it.
#[derive(Debug, Clone)]
pub struct Offering {
    product: LsoProduct,
    /// `productOffering.id`
    pub id: String,
    /// `@type` of the configuration.
    pub urn: String,
}

#[derive(Debug, Clone)]
struct Overlay {
    product: LsoProduct,
    function: Option<Function>,
    attributes: Value,
}

/// What relates a connection to where it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relationships {
    /// An EVC to the UNI at its first end.
    pub uni_a: String,
    /// An EVC to the UNI at its other end.
    pub uni_z: String,
    /// An Access E-Line to its UNI.
    pub uni: String,
    /// An Access E-Line to its ENNI.
    pub enni: String,
}

impl Default for Relationships {
    /// Those of MEF 106 and MEF 125.
    fn default() -> Self {
        Self {
            uni_a: "CONNECTS_TO_UNI_A".into(),
            uni_z: "CONNECTS_TO_UNI_Z".into(),
            uni: "CONNECTS_TO_UNI".into(),
            enni: "CONNECTS_TO_ENNI".into(),
        }
    }
}

/// Everything about one seller account, checked.
#[derive(Debug, Clone)]
pub struct Profile {
    base: Url,
    role: LsoRole,
    query: Vec<(&'static str, String)>,
    contacts: Vec<LsoContact>,
    offerings: Vec<Offering>,
    overlays: Vec<Overlay>,
    /// Classes in the order of the block.
    pub classes: Vec<Class>,
    /// Names of the relationships of a connection.
    pub relationships: Relationships,
    /// `billingAccount.id`
    pub billing_account: Option<String>,
    /// `agreementName`
    pub agreement: Option<String>,
    /// Committed burst size in bytes.
    pub cbs: Option<u64>,
    /// Excess burst size in bytes.
    pub ebs: Option<u64>,
    /// What a disconnect item carries besides the product.
    pub delete_shape: LsoDeleteShape,
    /// Whether we ask for a qualification with the request.
    pub qualify_at_once: bool,
    /// Whether we ask for a quote with the request.
    pub quote_at_once: bool,
    /// The longest time one call may take.
    pub request_timeout: Duration,
    /// The token endpoint, where there is one.
    pub token_url: Option<Url>,
    capabilities: Capabilities,
}

/// A failure that names a field of the block.
pub fn misconfigured(field: &str, why: impl std::fmt::Display) -> Failure {
    Failure::new(
        FailureClass::Misconfigured,
        format!("spec.lso.{field}: {why}; the platform team must change it"),
    )
}

impl Profile {
    /// Reads the block.
    pub fn parse(account: &LsoAccount) -> Result<Self, Failure> {
        let plain = account.allow_plain_http.unwrap_or(false);
        let base = address("address", &account.address, plain)?;
        let oauth2 = account.authentication.oauth2.as_ref();
        let token_url = oauth2
            .map(|oauth2| address("authentication.oauth2.tokenUrl", &oauth2.token_url, plain))
            .transpose()?;
        let seconds = |field, text: &Option<crate::api::DurationText>, default| match text {
            Some(text) => parse_duration(&text.0).map_err(|why| misconfigured(field, why)),
            None => Ok(default),
        };
        let request_timeout = seconds("requestTimeout", &account.request_timeout, REQUEST_TIMEOUT)?;
        if request_timeout.is_zero() {
            return Err(misconfigured("requestTimeout", "must be longer than nothing"));
        }
        for role in ContactRole::ALWAYS {
            if !account
                .contacts
                .iter()
                .any(|contact| contact.role == role.name() || contact.role == DEFAULT_CONTACT)
            {
                let why = format!(
                    "nobody is named for the role {}: add it, or an entry with role `default`",
                    role.name()
                );
                return Err(misconfigured("contacts", why));
            }
        }
        let named = [("buyerId", &account.buyer_id), ("sellerId", &account.seller_id)];
        Ok(Self {
            base,
            role: account.role,
            query: named.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect(),
            contacts: account.contacts.clone(),
            offerings: account.offerings.iter().map(offering).collect(),
            overlays: account.attribute_overlay.iter().map(overlay).collect(),
            classes: account
                .classes_of_service
                .iter()
                .enumerate()
                .map(|(index, class)| class::read(index, class))
                .collect::<Result<_, _>>()?,
            relationships: account.relationship_names.as_ref().map(relationships).unwrap_or_default(),
            billing_account: account.billing_account_id.clone(),
            agreement: account.agreement_name.clone(),
            cbs: bytes("cbs", account.cbs)?,
            ebs: bytes("ebs", account.ebs)?,
            delete_shape: account
                .delete_item_shape
                .unwrap_or(LsoDeleteShape { requested_completion_date: false, contacts: false }),
            qualify_at_once: at_once(account.poq.delivery),
            quote_at_once: at_once(account.quote.delivery),
            request_timeout,
            token_url,
            capabilities: Capabilities {
                search_lag: seconds("search.lag", &account.search.lag, SEARCH_LAG)?,
                search_reliable: account.search.reliable,
                inventory_lag: seconds("inventoryLag", &account.inventory_lag, INVENTORY_LAG)?,
                delay_bound: seconds("delayBound", &account.delay_bound, DELAY_BOUND)?,
                request_timeout,
                qualification_required: account.poq.required.unwrap_or(true),
                quote_required: account.quote.required.unwrap_or(true),
                quote_single_use: account.quote_single_use.unwrap_or(false),
            },
        })
    }

    /// What the core must know.
    pub fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    /// Whether anything of this account is reached over TLS.
    pub fn uses_tls(&self) -> bool {
        std::iter::once(&self.base).chain(&self.token_url).any(|url| url.scheme() == "https")
    }

    /// The address of an operation. Segments are ids of the seller or our own words. An id that would change the path is
    /// refused as unreadable: it must not pass for something that does not exist.
    pub fn url(&self, api: Api, segments: &[&str]) -> Result<Url, Failure> {
        let breaks_path = |id: &str| matches!(id, "" | "." | "..") || id.contains(char::is_control);
        if let Some(id) = segments.iter().find(|id| breaks_path(id)) {
            let id = super::map::printable(id, 40);
            return Err(Failure::new(
                FailureClass::Unreadable,
                format!("the seller's id `{id}` cannot be part of an address"),
            ));
        }
        let (name, major) = api.path(self.role);
        let interface = match self.role {
            LsoRole::Subscriber => "cantata",
            LsoRole::ServiceProvider => "sonata",
        };
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["mefApi", interface, name, major]).extend(segments);
        }
        for (name, value) in &self.query {
            url.query_pairs_mut().append_pair(name, value);
        }
        Ok(url)
    }

    /// Who stands for a role, as the wire names them.
    pub fn contact(&self, role: ContactRole) -> Option<wire::Contact> {
        let named = |name: &str| self.contacts.iter().find(|contact| contact.role == name);
        let person = named(role.name()).or_else(|| named(DEFAULT_CONTACT))?;
        Some(wire::Contact {
            role: role.name().to_owned(),
            name: person.name.clone(),
            email_address: person.email.clone(),
            number: person.phone.clone(),
            organization: person.organization.clone(),
        })
    }

    /// The offering behind a product.
    pub fn offering(&self, product: Product) -> Result<&Offering, Failure> {
        let (sold, name) = match product {
            Product::Epl => (LsoProduct::Epl, "Epl"),
            Product::Evpl => (LsoProduct::Evpl, "Evpl"),
            Product::AccessEline => (LsoProduct::AccessEline, "AccessEline"),
        };
        self.offerings.iter().find(|offering| offering.product == sold).ok_or_else(|| {
            let message =
                format!("this account does not sell {name}: spec.lso.offerings has no entry for it");
            Failure::new(FailureClass::Unsupported, message)
        })
    }

    /// The product schema of a UNI's offering: the one of the release, unless the block lists the offering with another.
    pub fn uni_urn(&self, offering: &str) -> &str {
        let listed = |known: &&Offering| known.product == LsoProduct::SubscriberUni && known.id == offering;
        self.offerings.iter().find(listed).map_or(SUBSCRIBER_UNI, |known| &known.urn)
    }

    /// The attributes that the agreed profile demands of a product in a request, in the order of the block.
    pub fn overlays(&self, product: LsoProduct, function: Function) -> impl Iterator<Item = &Value> {
        self.overlays
            .iter()
            .filter(move |overlay| {
                overlay.product == product && overlay.function.is_none_or(|only| only == function)
            })
            .map(|overlay| &overlay.attributes)
    }
}

fn address(field: &str, text: &str, allow_plain: bool) -> Result<Url, Failure> {
    let url =
        Url::parse(text).map_err(|why| misconfigured(field, format!("`{text}` is no address: {why}")))?;
    if url.cannot_be_a_base() || !url.username().is_empty() || url.password().is_some() {
        return Err(misconfigured(
            field,
            "write an address such as https://lso.seller.example without user and password",
        ));
    }
    let here = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if here || allow_plain => Ok(url),
        "http" => Err(misconfigured(
            field,
            "must use https; plain http is possible to this machine only, or with allowPlainHttp: true",
        )),
        other => Err(misconfigured(field, format!("`{other}` is no scheme for it: use https"))),
    }
}

fn relationships(names: &crate::api::LsoRelationshipNames) -> Relationships {
    let standard = Relationships::default();
    Relationships {
        uni_a: names.uni_a.clone(),
        uni_z: names.uni_z.clone(),
        uni: names.uni.clone().unwrap_or(standard.uni),
        enni: names.enni.clone().unwrap_or(standard.enni),
    }
}

fn at_once(delivery: LsoDelivery) -> bool {
    match delivery {
        LsoDelivery::Immediate => true,
        LsoDelivery::Deferred => false,
    }
}

fn bytes(field: &str, value: Option<i64>) -> Result<Option<u64>, Failure> {
    value
        .map(|bytes| u64::try_from(bytes).map_err(|_| misconfigured(field, "must not be negative")))
        .transpose()
}

const SUBSCRIBER_UNI: &str = "urn:mef:lso:spec:cantata-sonata:carrier-ethernet-subscriber-uni:v1.0.0:all";

fn offering(offering: &crate::api::LsoOffering) -> Offering {
    let urn = match offering.product {
        LsoProduct::Epl => "urn:mef:lso:spec:cantata-sonata:epl-evc:v1.0.0:all",
        LsoProduct::Evpl => "urn:mef:lso:spec:cantata-sonata:evpl-evc:v1.0.0:all",
        LsoProduct::AccessEline => "urn:mef:lso:spec:sonata:access-eline-ovc:v5.0.0:all",
        LsoProduct::SubscriberUni => SUBSCRIBER_UNI,
    };
    Offering {
        product: offering.product,
        id: offering.id.clone(),
        urn: offering.urn.clone().unwrap_or_else(|| urn.to_owned()),
    }
}

fn overlay(overlay: &crate::api::LsoOverlay) -> Overlay {
    Overlay {
        product: overlay.product,
        function: match overlay.function {
            LsoFunction::Poq => Some(Function::Qualify),
            LsoFunction::Quote => Some(Function::Quote),
            LsoFunction::ProductOrder => Some(Function::Order),
            LsoFunction::All => None,
        },
        attributes: Value::Object(overlay.attributes.clone().into_iter().collect::<Map<_, _>>()),
    }
}

#[cfg(test)]
mod tests;
