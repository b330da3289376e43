//! The scenario: everything that makes one seller differ from another, as data in one YAML file.
//!
//! [`Scenario::from_yaml`] is the only way in: unknown fields are errors that name their path, and references
//! between the parts (a UNI's site, an offering's class) are checked before anything is served. Knows nothing of
//! HTTP, storage or the state of a running seller.

mod check;
mod conduct;
mod fault;
mod market;
mod places;
mod rehearsal;
mod values;

pub(crate) use check::{faults as check_faults, rehearsal as rehearsal_fits};
pub use conduct::{
    Access, Answering, Calendar, CancelPolicy, ClockSetting, Completion, DecreaseRule, Inventory, LeadTimes,
    Lists, ManualStart, MilestoneAt, OAuthAccess, OAuthClient, Ordering, ProductIdAt, Qualification,
    QuoteLevel, Quoting, TermRestart, TerminationBasis, TerminationFee, UnknownAttributes, Validation,
    Weekday,
};
pub use fault::{Fault, Misconduct, On, Operation, When};
pub use market::{
    BandwidthRange, ChargePeriod, ClassOfService, DelayObjective, DelayRange, DelayVariation,
    EndOfTermAction, Interval, ObjectiveTier, Offering, Price, ProductType, Rounding, Term, TimeUnit,
};
pub use places::{Address, AddressLabel, Enni, ExistingService, Location, PortMode, Site, SitePair, Uni};
pub use rehearsal::{Charge, ChargeCategory, Effect, ItemAction, Match, Rehearsal, SilentAt, Stage};
pub use values::{Amount, BitRate, Delay, Percent, VlanRange};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One seller, complete.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scenario {
    /// Who sells.
    pub seller: SellerProfile,
    /// ISO 4217 code of every price.
    pub currency: String,
    /// Tax added to every price; absent means prices carry no tax fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Percent>,
    /// How time runs.
    #[serde(default)]
    pub clock: ClockSetting,
    /// Who may call; absent means everybody.
    #[serde(default)]
    pub access: Access,
    /// How strictly requests are read.
    #[serde(default)]
    pub validation: Validation,
    /// Days on which nobody works, for business days and requested dates.
    #[serde(default)]
    pub calendar: Calendar,
    /// Places the seller serves.
    pub sites: Vec<Site>,
    /// Subscriber UNIs that exist from the first day; they are products in the inventory.
    #[serde(default)]
    pub unis: Vec<Uni>,
    /// ENNIs that exist from the first day; they are products in the inventory, too.
    #[serde(default)]
    pub ennis: Vec<Enni>,
    /// Which sites are connected, at which distance tier and capacity. A pair that is not here is not serviceable.
    pub site_pairs: Vec<SitePair>,
    /// Classes of service with the SLS that each gives per distance tier.
    pub classes_of_service: Vec<ClassOfService>,
    /// Product offerings with prices and terms.
    pub offerings: Vec<Offering>,
    /// Services of the buyer that exist from the first day.
    #[serde(default)]
    pub existing_services: Vec<ExistingService>,
    /// How qualifications are answered.
    #[serde(default)]
    pub qualification: Qualification,
    /// How quotes are answered.
    #[serde(default)]
    pub quote: Quoting,
    /// How orders are handled.
    #[serde(default)]
    pub order: Ordering,
    /// How the inventory follows.
    #[serde(default)]
    pub inventory: Inventory,
    /// How lists are paged and filtered.
    #[serde(default)]
    pub lists: Lists,
    /// What goes differently than usual, and when.
    #[serde(default)]
    pub rehearsals: Vec<Rehearsal>,
    /// How the seller misbehaves on the wire, and when.
    #[serde(default)]
    pub faults: Vec<Fault>,
}

/// Who sells.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SellerProfile {
    /// Name, the author of seller notes.
    pub name: String,
    /// Start of every id the seller gives out, such as `MF`.
    pub id_prefix: String,
    /// The seller's contact, added to every answer under the role that the API asks for.
    pub contact: Contact,
    /// Sellers that this one stands for. More than one: `sellerId` becomes a mandatory query parameter (MEF LSO,
    /// every operation). None: it must not be sent.
    #[serde(default)]
    pub seller_ids: Vec<String>,
    /// Buyers that a caller may stand for, with the same rule for `buyerId`.
    #[serde(default)]
    pub buyer_ids: Vec<String>,
}

/// A person or desk at the seller.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// E-mail address.
    pub email_address: String,
    /// Telephone number.
    pub number: String,
}

/// Why a scenario is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("scenario{}: {message}", if path.is_empty() { String::new() } else { format!(" at {path}") })]
pub struct ScenarioError {
    /// Where in the file, such as `unis[2].site`; empty when the file as a whole is unreadable.
    pub path: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl Scenario {
    /// Reads and checks a scenario.
    ///
    /// # Errors
    /// The first mistake found, with the path of the field.
    pub fn from_yaml(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = serde_path_to_error::deserialize(serde_norway::Deserializer::from_str(text))
            .map_err(|error| ScenarioError {
                path: error.path().to_string().trim_start_matches('.').to_owned(),
                message: error.inner().to_string(),
            })?;
        check::check(&scenario)?;
        Ok(scenario)
    }

    /// The JSON schema of the scenario file.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Scenario).to_value()
    }

    /// The offering with this id.
    pub fn offering(&self, id: &str) -> Option<&Offering> {
        self.offerings.iter().find(|offering| offering.id == id)
    }

    /// The class of service with this name.
    pub fn class(&self, name: &str) -> Option<&ClassOfService> {
        self.classes_of_service.iter().find(|class| class.name == name)
    }

    /// The site with this id.
    pub fn site(&self, id: &str) -> Option<&Site> {
        self.sites.iter().find(|site| site.id == id)
    }

    /// How two sites are connected, in either order.
    pub fn site_pair(&self, a: &str, z: &str) -> Option<&SitePair> {
        self.site_pairs.iter().find(|pair| pair.joins(a, z))
    }
}
