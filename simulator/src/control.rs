//! What a rehearsal changes while the seller runs: time, capacity, credentials, rules, and whether it answers at
//! all. Kept with the rest of the state, so a restart does not forget it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scenario::{BitRate, Delay, Effect, Fault, Match, Rehearsal, Scenario, Stage};

/// Changes to the scenario since the first day.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Overrides {
    /// Every LSO call answers 503.
    pub offline: bool,
    /// Rules that come before those of the scenario.
    pub rehearsals: Vec<Rehearsal>,
    /// Faults in place of those of the scenario; absent means those.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faults: Option<Vec<Fault>>,
    /// Bandwidth per UNI product id.
    pub unis: BTreeMap<String, BitRate>,
    /// Capacity per site pair, both ids in order with a bar between.
    pub pairs: BTreeMap<String, BitRate>,
    /// Bearer tokens and client secrets that came or went.
    pub credentials: CredentialChanges,
}

/// Credentials that came or went. What was revoked stays revoked until it is added again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CredentialChanges {
    /// Static bearer tokens.
    pub added_tokens: BTreeSet<String>,
    /// Static bearer tokens.
    pub revoked_tokens: BTreeSet<String>,
    /// Client id and secret.
    pub added_secrets: BTreeSet<(String, String)>,
    /// Client id and secret.
    pub revoked_secrets: BTreeSet<(String, String)>,
}

/// Name of the rule that `POST /control/orders` makes.
const REJECT_ALL: &str = "control: reject orders";

impl Overrides {
    /// The bandwidth of a UNI in bit/s, if it was changed.
    pub(crate) fn uni_bandwidth(&self, uni: &str) -> Option<u64> {
        self.unis.get(uni).map(|rate| rate.0)
    }

    /// The capacity between two sites in bit/s, if it was changed.
    pub(crate) fn pair_capacity(&self, a: &str, z: &str) -> Option<u64> {
        self.pairs.get(&pair_key(a, z)).map(|rate| rate.0)
    }

    /// The faults of the running seller.
    pub(crate) fn faults<'a>(&'a self, scenario: &'a Scenario) -> &'a [Fault] {
        self.faults.as_ref().unwrap_or(&scenario.faults)
    }

    /// Applies a change; the error says what cannot be.
    pub(crate) fn apply(&mut self, change: Change) -> Result<(), String> {
        match change {
            Change::Offline(Offline { offline }) => self.offline = offline,
            Change::Capacity(Capacity { uni: Some(uni), sites: None, bandwidth }) => {
                self.unis.insert(uni, bandwidth);
            }
            Change::Capacity(Capacity { uni: None, sites: Some([a, z]), bandwidth }) => {
                self.pairs.insert(pair_key(&a, &z), bandwidth);
            }
            Change::Capacity(_) => return Err("name either a uni or two sites".to_owned()),
            Change::Orders(Orders { reject }) => {
                self.rehearsals.retain(|rule| rule.name != REJECT_ALL);
                if let Some(reason) = reject {
                    self.rehearsals.insert(0, reject_all(reason));
                }
            }
            Change::Rehearsals(rules) => {
                for rule in &rules {
                    crate::scenario::rehearsal_fits(rule)
                        .map_err(|reason| format!("rule '{}': {reason}", rule.name))?;
                }
                self.rehearsals = rules;
            }
            Change::Faults(faults) => {
                crate::scenario::check_faults(&faults).map_err(|error| error.to_string())?;
                self.faults = Some(faults);
            }
            Change::Credentials(change) => self.credentials.apply(change),
        }
        Ok(())
    }
}

impl CredentialChanges {
    fn apply(&mut self, change: Credentials) {
        for token in change.add_tokens {
            self.revoked_tokens.remove(&token);
            self.added_tokens.insert(token);
        }
        for token in change.revoke_tokens {
            self.added_tokens.remove(&token);
            self.revoked_tokens.insert(token);
        }
        for Secret { client, secret } in change.add_secrets {
            self.revoked_secrets.remove(&(client.clone(), secret.clone()));
            self.added_secrets.insert((client, secret));
        }
        for Secret { client, secret } in change.revoke_secrets {
            self.added_secrets.remove(&(client.clone(), secret.clone()));
            self.revoked_secrets.insert((client, secret));
        }
    }
}

fn pair_key(a: &str, z: &str) -> String {
    let mut sites = [a, z];
    sites.sort_unstable();
    sites.join("|")
}

fn reject_all(reason: String) -> Rehearsal {
    Rehearsal {
        name: REJECT_ALL.to_owned(),
        on: Stage::Order,
        matching: Match::default(),
        skip: 0,
        times: None,
        effect: Effect::Reject { reason },
    }
}

/// A change of what a seller does.
#[derive(Debug)]
pub(crate) enum Change {
    Offline(Offline),
    Capacity(Capacity),
    Orders(Orders),
    Rehearsals(Vec<Rehearsal>),
    Faults(Vec<Fault>),
    Credentials(Credentials),
}

/// Body of `POST /audit`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Projects, client references and marks of what is wanted; every other live service is an orphan.
    pub wanted: BTreeSet<String>,
}

/// Body of `POST /control/clock`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Advance {
    /// How far.
    pub advance: Delay,
}

/// Answer of `POST /control/clock`.
#[derive(Debug, Serialize)]
pub struct Reading {
    /// The clock now.
    pub now: Timestamp,
    /// When the next thing happens by itself.
    #[serde(rename = "nextDue")]
    pub next_due: Option<Timestamp>,
}

/// Body of `POST /control/offline`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Offline {
    /// Whether every LSO call answers 503.
    pub offline: bool,
}

/// Body of `POST /control/capacity`: one of `uni` and `sites`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Capacity {
    /// UNI product id.
    pub uni: Option<String>,
    /// Two site ids.
    pub sites: Option<[String; 2]>,
    /// What there is from now on; services that are sold stay.
    pub bandwidth: BitRate,
}

/// Body of `POST /control/orders`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Orders {
    /// Why every order is rejected; null to stop that.
    pub reject: Option<String>,
}

/// Body of `POST /control/credentials`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Credentials {
    /// Static bearer tokens that are valid from now on.
    pub add_tokens: Vec<String>,
    /// Static bearer tokens, and tokens from `/oauth2/token`, that are no longer valid.
    pub revoke_tokens: Vec<String>,
    /// Client secrets that are valid from now on.
    pub add_secrets: Vec<Secret>,
    /// Client secrets that are no longer valid; tokens that came from them stay valid.
    pub revoke_secrets: Vec<Secret>,
    /// Every token from `/oauth2/token` is no longer valid.
    pub revoke_issued: bool,
}

/// A client secret.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    /// Client id.
    pub client: String,
    /// Secret.
    pub secret: String,
}
