//! Where it happens: five places, three sellers that misbehave, what joins them, and what each namespace may do. All of it is kept as
//! the documents that were given to the API server.

use std::collections::BTreeMap;

use kube::api::{Api, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Client, ResourceExt};
use naas_dev::controlplane::ControlPlane;
use naas_sim::Scenario;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::figures::list;
use crate::process::Random;
use crate::world::{RunningSeller, instant, open, root, until};

/// A place, and where it is.
struct City {
    name: &'static str,
    latitude: &'static str,
    longitude: &'static str,
}

const CITIES: [City; 5] = [
    City { name: "ashburn", latitude: "39.0162", longitude: "-77.4594" },
    City { name: "newyork", latitude: "40.7178", longitude: "-74.0090" },
    City { name: "columbus", latitude: "39.9612", longitude: "-82.9988" },
    City { name: "pittsburgh", latitude: "40.4406", longitude: "-79.9959" },
    City { name: "chicago", latitude: "41.8535", longitude: "-87.6186" },
];

/// A seller: who, modelled on which scenario, and where it is.
struct Trader {
    name: &'static str,
    like: &'static str,
    prefix: &'static str,
    near: &'static str,
    far: &'static str,
    cities: &'static [&'static str],
    /// How long its offers stand.
    offers_stand: &'static str,
}

pub const SELLERS: [&str; 3] = ["metro", "haul", "harbor"];

const TRADERS: [Trader; 3] = [
    Trader {
        name: "metro",
        like: "metro-fiber",
        prefix: "MF",
        near: "regional",
        far: "national",
        cities: &["ashburn", "newyork", "columbus"],
        offers_stand: "40s",
    },
    Trader {
        name: "haul",
        like: "long-haul",
        prefix: "LH",
        near: "T1",
        far: "T2",
        cities: &["ashburn", "newyork", "columbus", "pittsburgh", "chicago"],
        offers_stand: "60s",
    },
    Trader {
        name: "harbor",
        like: "metro-fiber",
        prefix: "HB",
        near: "regional",
        far: "national",
        cities: &["ashburn", "pittsburgh", "newyork"],
        offers_stand: "30s",
    },
];

/// Above this, in kilometres, sellers promise less.
const NEAR: f64 = 500.0;

/// What a class asks to be approved, per month.
pub const DEAR: i64 = 2_500;

pub struct Ground {
    pub client: Client,
    pub namespaces: [String; 3],
    pub sellers: BTreeMap<String, RunningSeller>,
    pub stated: Stated,
}

/// What is known of the market and of who may do what, as it was stated.
#[derive(Default)]
pub struct Stated {
    pub providers: BTreeMap<String, Value>,
    pub sites: BTreeMap<String, Value>,
    pub interconnects: BTreeMap<String, Value>,
    /// Caps by namespace.
    pub budgets: BTreeMap<String, Value>,
}

impl Stated {
    /// A port of a site by `site/port`.
    pub fn port(&self, place: &str) -> Option<&Value> {
        let (site, port) = place.split_once('/')?;
        list(&self.sites.get(site)?["spec"]["ports"]).iter().find(|found| found["name"] == port)
    }
}

/// Objects of one of our kinds, as plain documents.
pub fn plain(client: &Client, kind: &str, plural: &str, namespace: Option<&str>) -> Api<DynamicObject> {
    let kind =
        ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk("naas.dev", "v1alpha1", kind), plural);
    match namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &kind),
        None => Api::all_with(client.clone(), &kind),
    }
}

async fn create(api: &Api<DynamicObject>, kind: &str, name: &str, mut document: Value) -> Value {
    document["apiVersion"] = json!("naas.dev/v1alpha1");
    document["kind"] = json!(kind);
    document["metadata"]["name"] = json!(name);
    let object: DynamicObject = serde_json::from_value(document.clone()).unwrap();
    api.create(&PostParams::default(), &object).await.unwrap_or_else(|why| panic!("{kind} {name}: {why}"));
    document
}

fn city(name: &str) -> &'static City {
    CITIES.iter().find(|city| city.name == name).unwrap()
}

/// Great circle between two sites, in kilometres.
pub fn kilometres(a: &str, z: &str) -> f64 {
    let radians = |text: &str| text.parse::<f64>().unwrap().to_radians();
    let (a, z) = (city(a), city(z));
    let (north_a, north_z) = (radians(a.latitude), radians(z.latitude));
    let east = radians(z.longitude) - radians(a.longitude);
    let cosine = north_a.sin() * north_z.sin() + north_a.cos() * north_z.cos() * east.cos();
    6_371.0 * cosine.clamp(-1.0, 1.0).acos()
}

/// How many ports each seller has at a site that it reaches.
fn ports_at(city: &str) -> std::ops::RangeInclusive<u8> {
    1..=if city == "chicago" { 2 } else { 1 }
}

/// The seller's id of its port at a site.
fn uni(prefix: &str, city: &str, number: u8) -> String {
    format!("{prefix}-UNI-{}-{number}", city[..3].to_uppercase())
}

impl Trader {
    fn scenario(&self, random: &mut Random) -> Scenario {
        instant(self.like, |scenario| {
            let text = scenario.to_string();
            if self.name == "harbor" {
                let own = text.replace("Metro Fiber", "Harbor Net").replace("MF", self.prefix);
                *scenario = serde_json::from_str(&own).unwrap();
                for price in scenario["offerings"][0]["prices"].as_array_mut().unwrap() {
                    price["base"] = json!("1310.00");
                }
            }
            self.places(scenario);
            scenario["existingServices"] = json!([]);
            scenario["quote"]["validFor"] = json!(self.offers_stand);
            scenario["lists"]["ignoredFilters"] = json!([]);
            scenario["order"]["leadTimes"] = json!({"add": "400ms", "modify": "400ms", "delete": "400ms"});
            scenario["order"]["cancel"] = json!({"supported": true, "assessAfter": "0", "finishAfter": "0"});
            if self.name == "haul" {
                scenario["quote"]["answer"] = json!("Deferred");
                scenario["quote"]["answerAfter"] = json!("500ms");
            }
            if self.name == "harbor" {
                scenario["qualification"]["answer"] = json!("Deferred");
                scenario["qualification"]["answerAfter"] = json!("400ms");
            }
            scenario["rehearsals"] = moods(random);
            scenario["faults"] = faults(random.below(1_000_000));
        })
    }

    fn places(&self, scenario: &mut Value) {
        let id = |city: &str| format!("{}-{city}", self.prefix);
        let like = scenario["sites"][0].clone();
        let site = |name: &&str| {
            let mut site = like.clone();
            let city = city(name);
            site["id"] = json!(id(name));
            site["name"] = json!(name);
            site["addressId"] = json!(format!("{}-address", id(name)));
            site["address"]["city"] = json!(name);
            let degrees = |text: &str| text.parse::<f64>().unwrap();
            site["location"] =
                json!({"latitude": degrees(city.latitude), "longitude": degrees(city.longitude)});
            site["labels"] = json!([]);
            site
        };
        let port = |name: &str, number: u8| {
            json!({"id": uni(self.prefix, name, number), "site": id(name), "mode": "Tagged", "bandwidth": "400G",
                   "maxEndPoints": 900, "vlans": "100-999", "physicalLink": "100GBASE_LR4"})
        };
        let ports = |name: &&'static str| ports_at(name).map(|number| port(name, number)).collect::<Vec<_>>();
        let mut pairs = Vec::new();
        for (index, a) in self.cities.iter().enumerate() {
            for z in &self.cities[index + 1..] {
                let tier = if kilometres(a, z) <= NEAR { self.near } else { self.far };
                pairs.push(json!({"sites": [id(a), id(z)], "tier": tier, "capacity": "4000G"}));
            }
        }
        scenario["sites"] = self.cities.iter().map(site).collect();
        scenario["unis"] = self.cities.iter().flat_map(ports).collect();
        scenario["sitePairs"] = json!(pairs);
    }

    /// The account, as the quickstart states one like it.
    fn provider(&self, address: &str, namespaces: &[String; 3]) -> Value {
        let file = std::fs::read_to_string(root().join("examples/quickstart/providers.yaml")).unwrap();
        let mut documents =
            serde_norway::Deserializer::from_str(&file).map(|document| Value::deserialize(document).unwrap());
        let mut account =
            documents.find(|document| document["metadata"]["name"] == json!(self.like)).unwrap();
        let consumers = if self.name == "harbor" { &namespaces[..2] } else { &namespaces[..] };
        let spec = &mut account["spec"];
        spec["displayName"] = json!(self.name);
        spec["consumers"] = json!({"namespaces": consumers});
        spec["limits"] = json!({"currency": "USD",
            "perOrder": {"monthly": "4500.00", "oneTime": "2000.00"},
            "total": {"monthly": "120000.00", "oneTime": "150000.00"}});
        spec["requests"] = json!({"perMinute": 60_000});
        let lso = &mut spec["lso"];
        lso["address"] = json!(address);
        lso["search"]["lag"] = json!("200ms");
        lso["requestTimeout"] = json!("1s");
        lso["delayBound"] = json!("1s");
        lso["inventoryLag"] = json!("0s");
        if self.name == "harbor" {
            let offerings = lso["offerings"].to_string().replace("MF", self.prefix);
            lso["offerings"] = serde_json::from_str(&offerings).unwrap();
            lso["poq"]["delivery"] = json!("Deferred");
        }
        account
    }
}

/// What sellers decide differently at times: they cannot, do not want to, or want more. The first requests go as usual.
fn moods(random: &mut Random) -> Value {
    let mut rules = Vec::new();
    let mut rule = |on: &str, matching: Value, most: u64, effect: Value| {
        let first = if on == "Order" { 2 } else { 30 };
        let skip = first + random.below(most);
        let name = format!("{on} {}", rules.len());
        rules.push(
            json!({"name": name, "on": on, "matching": matching, "skip": skip, "times": 1, "effect": effect}),
        );
    };
    for _ in 0..6 {
        let any = || json!({});
        rule("Qualification", any(), 120, json!({"unable": {"reason": "no fibre there"}}));
        rule("Quote", any(), 150, json!({"unable": {"reason": "no price for that"}}));
        rule("Quote", any(), 60, json!({"dearer": {"by": "10"}}));
        rule(
            "Order",
            json!({"action": "add"}),
            40,
            json!({"reject": {"reason": "the landlord refuses access"}}),
        );
        rule(
            "Order",
            json!({"action": "modify"}),
            12,
            json!({"reject": {"reason": "not while it is raining"}}),
        );
        rule("Order", json!({"action": "add"}), 60, json!({"unable": {"reason": "the duct is full"}}));
    }
    json!(rules)
}

/// What goes wrong on the wire, one call in a few. No effect comes later than the provider's delay bound.
fn faults(seed: u64) -> Value {
    let fault = |name: &str, on: &str, percent: &str, does: Value| json!({"name": name, "on": on, "when": {"chance": {"percent": percent, "seed": seed}}, "does": does});
    json!([
        fault("order answer lost", "order.create", "6", json!({"answerLost": {}})),
        fault("order request lost", "order.create", "5", json!({"requestLost": {}})),
        fault("order late", "order.create", "4", json!({"effectDelayed": {"by": "800ms"}})),
        fault("order taken, 503", "order.create", "4", json!({"status": {"code": 503, "afterEffect": true}})),
        fault("order half an answer", "order.create", "3", json!("truncatedJson")),
        fault("quote lost", "quote.create", "4", json!({"answerLost": {}})),
        fault("quote 503", "quote.create", "4", json!({"status": {"code": 503}})),
        fault("down", "any", "2", json!({"status": {"code": 500}})),
        fault("lost", "any", "1", json!({"requestLost": {}})),
        fault("half", "any", "1", json!("truncatedJson")),
        fault("slow", "any", "2", json!({"slow": {"by": "300ms"}})),
    ])
}

/// A port of a site.
fn port(trader: &Trader, city: &str, number: u8, namespaces: &[String]) -> Value {
    let Trader { name, prefix, .. } = trader;
    json!({"name": format!("{name}-{number}"), "provider": name, "kind": "Uni", "mode": "Tagged",
           "source": {"existing": {"productId": uni(prefix, city, number)}}, "vlanPool": "200-899",
           "maxFrameSize": 9100, "consumers": {"namespaces": namespaces}})
}

impl Ground {
    pub async fn new(plane: &ControlPlane, random: &mut Random) -> Self {
        let client = plane.client().unwrap();
        let mut namespaces = Vec::new();
        for name in ["training", "inference", "archive"] {
            namespaces.push(plane.namespace(name).await.unwrap());
        }
        let namespaces: [String; 3] = namespaces.try_into().unwrap();
        let mut ground = Self { client, namespaces, sellers: BTreeMap::new(), stated: Stated::default() };
        ground.build_sites().await;
        ground.build_joints().await;
        ground.state_rules().await;
        for trader in &TRADERS {
            let mut seller = open(trader.scenario(random)).await;
            seller.misbehaves = true;
            let provider = trader.provider(&seller.address, &ground.namespaces);
            let api = plain(&ground.client, "ConnectivityProvider", "connectivityproviders", None);
            let provider = create(&api, "ConnectivityProvider", trader.name, provider).await;
            ground.stated.providers.insert(trader.name.to_owned(), provider);
            ground.sellers.insert(trader.name.to_owned(), seller);
        }
        ground
    }

    async fn build_sites(&mut self) {
        let api = plain(&self.client, "Site", "sites", None);
        let (everybody, first) = (self.namespaces.to_vec(), self.namespaces[..1].to_vec());
        for city in &CITIES {
            let here = TRADERS.iter().filter(|trader| trader.cities.contains(&city.name));
            let all = here.flat_map(|trader| ports_at(city.name).map(move |number| (trader, number)));
            let mut ports: Vec<Value> =
                all.map(|(trader, number)| port(trader, city.name, number, &everybody)).collect();
            // What breaks the port in Columbus breaks the patch in Pittsburgh, or the port in New York: the two cheapest ways to Chicago
            // are no pair.
            let risks: &[&str] = match city.name {
                "columbus" => &["ohio-river", "lake-shore"],
                "newyork" => &["lake-shore"],
                _ => &[],
            };
            for port in ports.iter_mut().filter(|port| port["provider"] == "haul") {
                port["riskGroups"] = json!(risks);
            }
            // Only the first namespace may go the whole way with one seller.
            for port in ports.iter_mut().filter(|port| city.name == "ashburn" && port["provider"] == "haul") {
                port["consumers"]["namespaces"] = json!(first);
            }
            let mut spec = json!({
                "address": {"country": "US", "city": city.name, "streetName": "Main", "streetNr": "1"},
                "location": {"latitude": city.latitude, "longitude": city.longitude},
                "ports": ports,
            });
            if city.name == "columbus" {
                spec["transit"] =
                    json!({"latency": "50us", "availability": "99.95", "translatesVlans": true});
            }
            let site = create(&api, "Site", city.name, json!({"spec": spec})).await;
            self.stated.sites.insert(city.name.to_owned(), site);
        }
    }

    async fn build_joints(&mut self) {
        let api = plain(&self.client, "Interconnect", "interconnects", None);
        let patched = |site: &str, ports: [&str; 2]| json!({"site": site, "ports": ports});
        for (name, spec) in [
            (
                "newyork-mmr",
                json!({"crossConnect": patched("newyork", ["metro-1", "haul-1"]), "frameSize": 9100, "latency": "10us",
                       "availability": "99.99", "cost": {"currency": "USD", "monthly": "50.00"},
                       "consumers": {"namespaces": self.namespaces}}),
            ),
            // It says nothing about availability, and carries little.
            (
                "pittsburgh-mmr",
                json!({"crossConnect": patched("pittsburgh", ["harbor-1", "haul-1"]), "frameSize": 2000, "capacity": "3G", "riskGroups": ["ohio-river"],
                       "consumers": {"namespaces": self.namespaces[..2]}}),
            ),
            (
                "newyork-old",
                json!({"crossConnect": patched("newyork", ["harbor-1", "haul-1"]), "maintenance": true,
                       "availability": "99.99", "consumers": {"namespaces": self.namespaces}}),
            ),
        ] {
            let document = create(&api, "Interconnect", name, json!({"spec": spec})).await;
            self.stated.interconnects.insert(name.to_owned(), document);
        }
    }

    /// From now on a seller wants so many percent more than its price list says for whatever it quotes.
    pub fn price_rises(&self, seller: &str, by: u64) {
        let dearer = json!({"name": "dearer", "on": "Quote", "effect": {"dearer": {"by": by.to_string()}}});
        let rules = if by == 0 { json!([]) } else { json!([dearer]) };
        let rules = serde_norway::from_str(&rules.to_string()).unwrap();
        self.sellers[seller].seller.set_rehearsals(rules).unwrap().unwrap();
    }

    /// Budgets of the namespaces, and the classes of which one asks for approvals.
    async fn state_rules(&mut self) {
        for (namespace, monthly) in self.namespaces.clone().iter().zip(["30000.00", "70000.00", "60000.00"]) {
            let api = plain(&self.client, "ConnectivityBudget", "connectivitybudgets", Some(namespace));
            let spec = json!({"caps": [{"currency": "USD", "monthly": monthly, "oneTime": "90000.00"}]});
            let budget = create(&api, "ConnectivityBudget", "team", json!({"spec": spec})).await;
            self.stated.budgets.insert(namespace.clone(), budget);
        }
        let api = plain(&self.client, "ConnectivityClass", "connectivityclasses", None);
        let dear = format!("plan.monthly > {DEAR}.0");
        let rules = json!({"rules": [{"name": "dear", "expression": dear, "message": "it is dear"}]});
        for (name, default, order, approval) in [
            ("dear", "false", "Cheapest", rules),
            ("fast", "false", "Fastest", json!({})),
            ("usual", "true", "Cheapest", json!({})),
        ] {
            let spec = json!({"consumers": {"namespaces": self.namespaces}, "approval": approval,
                              "preference": {"order": order}});
            let class =
                json!({"metadata": {"annotations": {"naas.dev/is-default-class": default}}, "spec": spec});
            create(&api, "ConnectivityClass", name, class).await;
        }
    }

    /// Waits until the operator counted the ledgers.
    pub async fn counted(&self) {
        for namespace in &self.namespaces {
            let api = plain(&self.client, "ConnectivityBudget", "connectivitybudgets", Some(namespace));
            until("the budgets are counted", || async {
                let budget = api.get("team").await.ok()?;
                (!budget.data["status"]["ledger"].is_null()).then_some(())
            })
            .await;
        }
    }

    pub fn intents(&self, namespace: &str) -> Api<DynamicObject> {
        plain(&self.client, "ConnectivityIntent", "connectivityintents", Some(namespace))
    }

    pub fn segments(&self) -> Api<DynamicObject> {
        plain(&self.client, "ConnectivitySegment", "connectivitysegments", None)
    }

    pub fn decisions(&self, namespace: &str) -> Api<DynamicObject> {
        plain(&self.client, "ConnectivityDecision", "connectivitydecisions", Some(namespace))
    }

    /// All intents, of all namespaces.
    pub async fn all_intents(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for namespace in &self.namespaces {
            let listed = self.intents(namespace).list(&Default::default()).await.unwrap();
            all.extend(listed.items.iter().map(|intent| serde_json::to_value(intent).unwrap()));
        }
        all
    }

    pub async fn all_segments(&self) -> Vec<Value> {
        let listed = self.segments().list(&Default::default()).await.unwrap();
        listed.items.iter().map(|segment| serde_json::to_value(segment).unwrap()).collect()
    }
}

/// Changes an object as somebody would who does not look first; whether it was there.
pub async fn patch(api: &Api<DynamicObject>, name: &str, change: Value) -> bool {
    match api.patch(name, &PatchParams::default(), &Patch::Merge(change)).await {
        Ok(changed) => changed.name_any() == name,
        Err(kube::Error::Api(status)) if status.code == 404 => false,
        Err(why) => panic!("{name}: {why}"),
    }
}
