//! What differs from seller to seller, read once from the adapter block and checked: [`Profile`].
//!
//! A profile that exists can be used: every contact is there, every text is parsed. What is wrong is named by its field.

use std::time::Duration;

use reqwest::Url;
use rust_decimal::Decimal;
use serde_json::{Map, Number, Value};

use super::wire;
use crate::api::{
    LsoAccount, LsoClassOfService, LsoContact, LsoDeleteShape, LsoDelivery, LsoFrameDelay, LsoFunction,
    LsoProduct, LsoRole, LsoSend, LsoServiceLevel,
};
use crate::model::{Failure, FailureClass, Percentage, Percentile, Product, parse_duration};
use crate::provider::Capabilities;

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
    const ALL: [Self; 7] = [
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
    product: Product,
    /// `productOffering.id`
    pub id: String,
    /// `@type` of the configuration.
    pub urn: String,
}

/// One class of service on one distance tier.
#[derive(Debug, Clone)]
pub struct Class {
    /// The seller's name of it.
    pub name: String,
    /// Up to this distance in kilometres.
    pub max_km: Option<u32>,
    /// Sold between named sites only.
    pub by_site: bool,
    /// The service level to copy into the product; `None` where the name says it all.
    pub copied: Option<ServiceLevel>,
}

/// A service level as it is written into a product (MEF 10.4, section 8.8).
#[derive(Debug, Clone, Default)]
pub struct ServiceLevel {
    /// Over which time it is evaluated.
    pub window: Option<Duration>,
    /// Frame delay, per percentile.
    pub frame_delay: Vec<(Decimal, Duration)>,
    /// Inter-frame delay variation: percentile, spacing, bound.
    pub ifdv: Option<(Decimal, Duration, Duration)>,
    /// Frame delay range.
    pub fdr: Option<(Decimal, Duration)>,
    /// Frame loss ratio, percent.
    pub loss: Option<Decimal>,
    /// Availability, percent.
    pub availability: Option<Decimal>,
    /// Seconds.
    pub delta_t: Option<i64>,
    /// A share, 0 to 1.
    pub threshold_c: Option<Number>,
    /// Bad intervals in a row.
    pub n: Option<i64>,
}

#[derive(Debug, Clone)]
struct Overlay {
    product: Product,
    function: Option<Function>,
    attributes: Value,
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
    /// Relationship types to the UNIs at the first and the second end.
    pub relationships: (String, String),
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
        for role in ContactRole::ALL {
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
        let names = account.relationship_names.as_ref();
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
                .map(|(index, class)| read_class(index, class))
                .collect::<Result<_, _>>()?,
            relationships: match names {
                Some(names) => (names.uni_a.clone(), names.uni_z.clone()),
                None => ("CONNECTS_TO_UNI_A".into(), "CONNECTS_TO_UNI_Z".into()),
            },
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

    /// The address of an operation. Segments are ids of the seller or our own words; an id that would change the path
    /// is none.
    pub fn url(&self, api: Api, segments: &[&str]) -> Result<Url, Failure> {
        let breaks_path = |id: &str| matches!(id, "" | "." | "..") || id.contains(char::is_control);
        if let Some(id) = segments.iter().find(|id| breaks_path(id)) {
            let id = super::map::printable(id, 40);
            return Err(Failure::new(FailureClass::NotFound, format!("`{id}` is no id")));
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
        self.offerings.iter().find(|offering| offering.product == product).ok_or_else(|| {
            let name = match product {
                Product::Epl => "Epl",
                Product::Evpl => "Evpl",
            };
            let message =
                format!("this account does not sell {name}: spec.lso.offerings has no entry for it");
            Failure::new(FailureClass::Unsupported, message)
        })
    }

    /// The attributes that the agreed profile demands of a product in a request, in the order of the block.
    pub fn overlays(&self, product: Product, function: Function) -> impl Iterator<Item = &Value> {
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

fn product(product: LsoProduct) -> Product {
    match product {
        LsoProduct::Epl => Product::Epl,
        LsoProduct::Evpl => Product::Evpl,
    }
}

fn offering(offering: &crate::api::LsoOffering) -> Offering {
    let urn = match offering.product {
        LsoProduct::Epl => "urn:mef:lso:spec:cantata-sonata:epl-evc:v1.0.0:all",
        LsoProduct::Evpl => "urn:mef:lso:spec:cantata-sonata:evpl-evc:v1.0.0:all",
    };
    Offering {
        product: product(offering.product),
        id: offering.id.clone(),
        urn: offering.urn.clone().unwrap_or_else(|| urn.to_owned()),
    }
}

fn overlay(overlay: &crate::api::LsoOverlay) -> Overlay {
    Overlay {
        product: product(overlay.product),
        function: match overlay.function {
            LsoFunction::Poq => Some(Function::Qualify),
            LsoFunction::Quote => Some(Function::Quote),
            LsoFunction::ProductOrder => Some(Function::Order),
            LsoFunction::All => None,
        },
        attributes: Value::Object(overlay.attributes.clone().into_iter().collect::<Map<_, _>>()),
    }
}

fn read_class(index: usize, class: &LsoClassOfService) -> Result<Class, Failure> {
    let field = format!("classesOfService[{index}]");
    let copied = class.sls.as_ref().filter(|sls| match sls.send.unwrap_or_default() {
        LsoSend::Copy => true,
        LsoSend::Never => false,
    });
    Ok(Class {
        name: class.name.clone(),
        max_km: class
            .max_km
            .map(|km| {
                u32::try_from(km).map_err(|_| misconfigured(&format!("{field}.maxKm"), "is no distance"))
            })
            .transpose()?,
        by_site: !class.site_pairs.is_empty(),
        copied: copied.map(|sls| read_service_level(&format!("{field}.sls"), sls)).transpose()?,
    })
}

fn read_service_level(field: &str, sls: &LsoServiceLevel) -> Result<ServiceLevel, Failure> {
    let at = |name: &str| format!("{field}.{name}");
    let time = |name: &str, text: &crate::api::DurationText| {
        parse_duration(&text.0).map_err(|why| misconfigured(&at(name), why))
    };
    let percentile = |name: &str, text: &crate::api::PercentText| {
        text.0.parse::<Percentile>().map(Percentile::decimal).map_err(|why| misconfigured(&at(name), why))
    };
    let percent = |name: &str, text: &crate::api::PercentText| {
        text.0.parse::<Percentage>().map(Percentage::decimal).map_err(|why| misconfigured(&at(name), why))
    };
    let delay = |name: &str, delay: &LsoFrameDelay| {
        Ok::<_, Failure>((percentile(name, &delay.percentile)?, time(name, &delay.one_way)?))
    };
    Ok(ServiceLevel {
        window: sls.window.as_ref().map(|text| time("window", text)).transpose()?,
        frame_delay: sls
            .frame_delay
            .iter()
            .map(|entry| delay("frameDelay", entry))
            .collect::<Result<_, _>>()?,
        ifdv: sls
            .ifdv
            .as_ref()
            .map(|ifdv| {
                let percentile = percentile("ifdv.percentile", &ifdv.percentile)?;
                Ok::<_, Failure>((
                    percentile,
                    time("ifdv.spacing", &ifdv.spacing)?,
                    time("ifdv.value", &ifdv.value)?,
                ))
            })
            .transpose()?,
        fdr: sls.fdr.as_ref().map(|entry| delay("fdr", entry)).transpose()?,
        loss: sls.flr_percent.as_ref().map(|text| percent("flrPercent", text)).transpose()?,
        availability: sls
            .availability_percent
            .as_ref()
            .map(|text| percent("availabilityPercent", text))
            .transpose()?,
        delta_t: sls.delta_t,
        threshold_c: sls.threshold_c.as_deref().map(|text| share(&at("thresholdC"), text)).transpose()?,
        n: sls.n,
    })
}

/// A share from 0 to 1, as the JSON number with the same text.
fn share(field: &str, text: &str) -> Result<Number, Failure> {
    let refuse = || misconfigured(field, format!("`{text}` is no share: write a decimal from 0 to 1"));
    let value = Decimal::from_str_exact(text).map_err(|_| refuse())?;
    if !(Decimal::ZERO..=Decimal::ONE).contains(&value) {
        return Err(refuse());
    }
    super::map::number(value).ok_or_else(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(change: impl FnOnce(&mut Value)) -> Result<Profile, Failure> {
        let mut account = json!({
            "address": "https://lso.seller.example/base/", "currency": "USD",
            "contacts": [{"role": "default", "name": "Desk", "email": "desk@x", "phone": "1"}],
            "offerings": [{"product": "Evpl", "id": "o"}],
            "classesOfService": [{"name": "gold"}],
            "terms": [{"name": "m", "value": 1, "unit": "Month", "atEnd": "Renew"}],
        });
        change(&mut account);
        Profile::parse(&serde_json::from_value(account).unwrap())
    }

    #[test]
    fn addresses_follow_the_role() {
        let url = |role: &str, api: Api, operation: &str| {
            let profile = parse(|account| account["role"] = json!(role)).unwrap();
            profile.url(api, &[operation]).unwrap().path().to_owned()
        };
        for (api, operation, cantata, sonata) in [
            (
                Api::Address,
                "geographicAddressValidation",
                "geographicAddressManagement/v1",
                "geographicAddressManagement/v7",
            ),
            (
                Api::Qualification,
                "productOfferingQualification",
                "productOfferingQualification/v1",
                "productOfferingQualification/v7",
            ),
            (Api::Quote, "quote", "quoteManagement/v2", "quoteManagement/v8"),
            (Api::Order, "productOrder", "productOrderingManagement/v5", "productOrderingManagement/v10"),
            (Api::Inventory, "product", "productInventory/v1", "productInventory/v7"),
        ] {
            assert_eq!(
                url("Subscriber", api, operation),
                format!("/base/mefApi/cantata/{cantata}/{operation}")
            );
            assert_eq!(
                url("ServiceProvider", api, operation),
                format!("/base/mefApi/sonata/{sonata}/{operation}")
            );
        }
    }

    #[test]
    fn an_id_stays_one_segment() {
        let profile = parse(|account| {
            account["buyerId"] = json!("b&b");
            account["sellerId"] = json!("s");
        });
        let profile = profile.unwrap();
        let url = profile.url(Api::Order, &["productOrder", "a/../b?c#d%2e"]).unwrap();
        assert!(url.path().ends_with("/productOrder/a%2F..%2Fb%3Fc%23d%252e"), "{url}");
        assert_eq!(url.query(), Some("buyerId=b%26b&sellerId=s"));
        for id in ["", ".", "..", ".\n.", "\t"] {
            assert_eq!(
                profile.url(Api::Order, &["productOrder", id]).unwrap_err().class,
                FailureClass::NotFound
            );
        }
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        let address = |text: &str, allow: bool| {
            parse(|account| {
                account["address"] = json!(text);
                account["allowPlainHttp"] = json!(allow);
            })
        };
        for text in ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1"] {
            assert!(address(text, false).is_ok(), "{text}");
        }
        for text in [
            "http://seller.example",
            "http://127.0.0.1.seller.example",
            "ftp://x",
            "https://u:p@x",
            "mailto:x",
            "x",
        ] {
            assert!(address(text, false).unwrap_err().message.contains("spec.lso.address"), "{text}");
        }
        assert!(address("http://seller.example", true).is_ok());
        let token = parse(|account| {
            account["authentication"] = json!({"oauth2": {"tokenUrl": "http://login.example/t"}})
        });
        assert!(token.unwrap_err().message.contains("authentication.oauth2.tokenUrl"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (change, field) in [
            (
                json!({"contacts": [{"role": "buyerTechnicalContact", "name": "n", "email": "e@x", "phone": "1"}]}),
                "contacts",
            ),
            (json!({"requestTimeout": "0s"}), "requestTimeout"),
            (json!({"delayBound": "soon"}), "delayBound"),
            (json!({"search": {"lag": "1"}}), "search.lag"),
            (json!({"cbs": -1}), "cbs"),
            (
                json!({"classesOfService": [{"name": "g", "sls": {"send": "Copy", "flrPercent": "101"}}]}),
                "classesOfService[0].sls.flrPercent",
            ),
            (
                json!({"classesOfService": [{"name": "g", "sls": {"send": "Copy", "thresholdC": "2"}}]}),
                "classesOfService[0].sls.thresholdC",
            ),
        ] {
            let failure = parse(|account| {
                for (name, value) in change.as_object().unwrap() {
                    account[name] = value.clone();
                }
            });
            let failure = failure.unwrap_err();
            assert_eq!(failure.class, FailureClass::Misconfigured);
            assert!(failure.message.contains(&format!("spec.lso.{field}:")), "{failure}");
        }
    }

    #[test]
    fn what_the_block_leaves_out_has_a_default() {
        let capabilities = parse(|_| {}).unwrap().capabilities();
        assert_eq!(capabilities.request_timeout, Duration::from_secs(30));
        assert_eq!(capabilities.search_lag, Duration::from_secs(10));
        assert!(!capabilities.search_reliable && !capabilities.quote_single_use);
        assert!(capabilities.qualification_required && capabilities.quote_required);
    }

    #[test]
    fn a_contact_of_its_own_comes_before_the_default() {
        let profile = parse(|account| {
            let own = json!({"role": "buyerTechnicalContact", "name": "NOC", "email": "noc@x", "phone": "2", "organization": "Us"});
            account["contacts"].as_array_mut().unwrap().push(own);
        });
        let profile = profile.unwrap();
        let contact = profile.contact(ContactRole::Technical).unwrap();
        assert_eq!((contact.role.as_str(), contact.name.as_str()), ("buyerTechnicalContact", "NOC"));
        let contact = profile.contact(ContactRole::Cancel).unwrap();
        assert_eq!((contact.role.as_str(), contact.name.as_str()), ("cancelProductOrderContact", "Desk"));
    }
}
