//! What is swept: chains of operations in the life of one intent, and the ground on which they happen.

use std::time::{Duration, Instant};

use kube::Client;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use naas_dev::controlplane::ControlPlane;
use naas_operator::api::{
    ChargeProgress, ConnectivityBudget, ConnectivityIntent, ConnectivityProvider, ConnectivitySegment,
    LedgerStatus, OrderRecordState, holds,
};
use naas_sim::audit::Audit;
use serde_json::{Value, json};

use crate::effects::{Blow, Effects, Point};
use crate::life::Life;
use crate::outcome::Outcome;
use crate::world::{RunningSeller, Stage, instant, open, ready, settings, until};

const INTENT: &str = "checkpoints";

/// Something that people do, up to the rest that it comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// An intent is created and becomes Ready.
    Create,
    /// More bandwidth is asked for, and the intent becomes Ready again.
    Modify,
    /// The intent is deleted, and all of it is gone.
    Disconnect,
    /// An intent is created, and its order is under way. Only leads to the next one.
    Order,
    /// The intent is deleted while its order is under way, and all of it is gone.
    Cancel,
    /// An intent is created, the seller charges for its order within the budget, and it becomes Ready.
    Charge,
    /// The intent is deleted, and all of it is gone. Only makes room for the next one.
    Leave,
    /// An intent that no seller carries alone is created, and two sellers carry it together.
    CreateChain,
    /// The intent is deleted, and both legs are gone.
    DisconnectChain,
    /// An intent that must survive the failure of a seller is created, and two sellers carry it side by side.
    CreatePair,
    /// The intent is deleted, and both paths are gone.
    DisconnectPair,
}

/// Operations one after the other, and the sellers at which they happen.
pub struct Chain {
    pub name: &'static str,
    pub sellers: &'static [&'static str],
    /// Whether each of two sellers reaches one end only; else all reach both.
    pub apart: bool,
    pub seller: fn(&mut Value),
    pub operations: &'static [Operation],
}

pub const CHAINS: [Chain; 3] = [
    Chain {
        name: "life",
        sellers: &["metro-fiber"],
        apart: false,
        seller: |_| {},
        operations: &[Operation::Create, Operation::Modify, Operation::Disconnect],
    },
    Chain {
        name: "cancel",
        sellers: &["metro-fiber"],
        apart: false,
        seller: |scenario| {
            scenario["order"]["leadTimes"]["add"] = json!("1h");
            scenario["order"]["cancel"] = json!({"supported": true, "assessAfter": "0", "finishAfter": "0"});
        },
        operations: &[Operation::Order, Operation::Cancel],
    },
    Chain {
        name: "charge",
        sellers: &["metro-fiber"],
        apart: false,
        seller: |scenario| {
            let charge = json!({"category": "construction", "amount": "99.50", "blocking": true});
            scenario["rehearsals"] = json!([
                {"name": "trench", "on": "Order", "matching": {"action": "add"}, "effect": {"charge": charge}},
            ]);
        },
        operations: &[Operation::Charge, Operation::Leave],
    },
];

/// What no seller carries alone.
pub const LEGS: [Chain; 1] = [Chain {
    name: "legs",
    sellers: &["metro-fiber", "long-haul"],
    apart: true,
    seller: searchable,
    operations: &[Operation::CreateChain, Operation::DisconnectChain],
}];

/// What one seller could carry, and two must.
pub const PAIR: [Chain; 1] = [Chain {
    name: "pair",
    sellers: &["metro-fiber", "long-haul"],
    apart: false,
    seller: searchable,
    operations: &[Operation::CreatePair, Operation::DisconnectPair],
}];

/// A search that proves nothing leaves the answer to a person, which is no part of an operation.
fn searchable(scenario: &mut Value) {
    scenario["lists"]["ignoredFilters"] = json!([]);
}

impl Operation {
    pub const fn is_swept(self) -> bool {
        match self {
            Self::Create
            | Self::Modify
            | Self::Disconnect
            | Self::Cancel
            | Self::Charge
            | Self::CreateChain
            | Self::DisconnectChain
            | Self::CreatePair
            | Self::DisconnectPair => true,
            Self::Order | Self::Leave => false,
        }
    }

    async fn begin(self, stage: &Stage) {
        match self {
            Self::Create | Self::Order | Self::Charge => {
                drop(stage.create(&stage.intent(INTENT, |_| {})).await)
            }
            Self::CreateChain => {
                let wide = |document: &mut Value| {
                    document["spec"]["objectives"] = json!({"availability": {"minPercent": "99.0"}});
                    document["spec"]["budget"]["monthly"] = json!("5000.00");
                };
                drop(stage.create(&stage.intent(INTENT, wide)).await);
            }
            Self::CreatePair => {
                let twice = |document: &mut Value| {
                    document["spec"]["resilience"] = json!({"mode": "DiverseProvider"});
                    document["spec"]["budget"]["monthly"] = json!("5000.00");
                };
                drop(stage.create(&stage.intent(INTENT, twice)).await);
            }
            Self::Modify => drop(stage.edit(INTENT, json!({"bandwidth": {"committed": "4G"}})).await),
            Self::Disconnect | Self::Cancel | Self::Leave | Self::DisconnectChain | Self::DisconnectPair => {
                stage.delete(INTENT).await;
            }
        }
    }

    /// Whether this is what it is meant to come to.
    fn is_done(self, intents: &[ConnectivityIntent], segments: &[ConnectivitySegment]) -> bool {
        let statuses = || segments.iter().flat_map(|segment| &segment.status);
        let charges: Vec<_> =
            statuses().flat_map(|status| &status.charges).map(|charge| charge.state).collect();
        let mut under_way = statuses()
            .flat_map(|status| &status.orders)
            .filter(|order| matches!(order.state, OrderRecordState::Placed | OrderRecordState::Intending));
        let is_active = |intent: &ConnectivityIntent| {
            let seen = intent.status.as_ref().and_then(|status| status.observed_generation);
            ready(intent).0 == "Active" && seen == intent.metadata.generation
        };
        let mut in_use = || intents.len() == 1 && intents.iter().all(is_active) && under_way.next().is_none();
        match self {
            Self::Create | Self::Modify => in_use(),
            Self::CreateChain | Self::CreatePair => in_use() && segments.len() == 2,
            Self::Charge => in_use() && charges == [ChargeProgress::Accepted],
            Self::Order => under_way.any(|order| order.order_id.is_some()),
            Self::Disconnect | Self::Cancel | Self::Leave | Self::DisconnectChain | Self::DisconnectPair => {
                intents.is_empty() && segments.is_empty()
            }
        }
    }
}

/// How an operation went.
pub struct Run {
    pub outcome: Outcome,
    /// Whether the outcome is the one that was expected.
    pub equal: bool,
    /// Everything that operators did.
    pub log: Vec<Point>,
    /// How many effects came before the one that was struck.
    pub struck: Option<usize>,
    pub took: Duration,
}

/// A namespace, sellers and an operator.
pub struct Ground<'a> {
    plane: &'a ControlPlane,
    stage: Stage,
    sellers: Vec<RunningSeller>,
    effects: Effects,
    life: Option<Life>,
    before: Vec<Audit>,
}

/// How long an outcome may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// No effect for so long, and an outcome that is as expected is taken for the last word. What comes later is in the books that the
/// next operation is held against.
const QUIET: Duration = Duration::from_millis(60);

/// The same for an outcome that nobody knows yet.
const QUIET_FOR_THE_FIRST_TIME: Duration = Duration::from_secs(2);

/// A budget of the namespace: its ledger is written before each order, as the account's is.
async fn budget(stage: &Stage) {
    let spec = json!({"caps": [{"currency": "USD", "monthly": "9000.00", "oneTime": "9000.00"}]});
    let budget = ConnectivityBudget::new("team", serde_json::from_value(spec).unwrap());
    let budgets: Api<ConnectivityBudget> = Api::namespaced(stage.client.clone(), &stage.namespace);
    budgets.create(&PostParams::default(), &budget).await.unwrap();
}

/// The sellers, and the accounts at them.
async fn opened(chain: &Chain, stage: &Stage) -> Vec<RunningSeller> {
    let mut sellers = Vec::new();
    for name in chain.sellers {
        sellers.push(opened_one(name, chain, stage).await);
    }
    sellers
}

async fn opened_one(name: &str, chain: &Chain, stage: &Stage) -> RunningSeller {
    // Nothing at the seller keeps an order from being taken twice.
    let careless = |scenario: &mut Value| {
        scenario["quote"]["singleUse"] = json!(false);
        (chain.seller)(scenario);
    };
    let seller = open(instant(name, careless)).await;
    let short = |document: &mut Value| {
        document["spec"]["lso"]["requestTimeout"] = json!("600ms");
        document["spec"]["lso"]["delayBound"] = json!("200ms");
        document["spec"]["lso"]["search"]["lag"] = json!("50ms");
        document["spec"]["lso"]["quoteSingleUse"] = json!(false);
    };
    stage.provider(name, &seller, short).await;
    seller
}

/// Each of two sellers reaches one end only; in New York they are patched.
async fn apart(stage: &Stage) {
    stage.change_site("ashburn-gpu", &["haul-1"], None).await;
    stage.change_site("chicago-store", &["metro-1"], None).await;
    stage.patch_ports("mmr", "newyork-edge", ["metro-1", "haul-1"]).await;
}

fn audits(sellers: &[RunningSeller]) -> Vec<Audit> {
    sellers.iter().map(|seller| seller.seller.audit().unwrap()).collect()
}

impl<'a> Ground<'a> {
    pub async fn new(plane: &'a ControlPlane, chain: &Chain) -> Self {
        let stage = Stage::on(plane, chain.name).await;
        stage.sites().await;
        if chain.apart {
            apart(&stage).await;
        }
        let sellers = opened(chain, &stage).await;
        budget(&stage).await;
        let before = audits(&sellers);
        let mut ground = Self { plane, stage, sellers, effects: Effects::default(), life: None, before };
        ground.live().await;
        // Finalizers of sites and providers are put on once: they are part of no operation.
        ground.calm(Duration::from_millis(500)).await;
        ground
    }

    /// The same with sellers whose books are empty, so that reading them stays cheap.
    pub async fn renew(&mut self, chain: &Chain) {
        let providers: Api<ConnectivityProvider> = Api::all(self.stage.client.clone());
        let names: Vec<String> = chain.sellers.iter().map(|name| self.stage.name(name)).collect();
        for name in &names {
            providers.delete(name, &DeleteParams::default()).await.unwrap();
            until("the provider is gone", || async {
                providers.get_opt(name).await.unwrap().is_none().then_some(())
            })
            .await;
        }
        self.sellers = opened(chain, &self.stage).await;
        self.before = audits(&self.sellers);
        for name in &names {
            until("the provider is Ready", || async {
                let found = providers.get(name).await.unwrap().status?;
                holds(&found.conditions, "Ready").then_some(())
            })
            .await;
        }
    }

    /// The accounts of this ground, by name.
    async fn accounts(&self) -> Vec<ConnectivityProvider> {
        let providers: Api<ConnectivityProvider> = Api::all(self.stage.client.clone());
        let mut all = providers.list(&Default::default()).await.unwrap().items;
        let own = self.stage.name("");
        all.retain(|provider| provider.metadata.name.as_ref().is_some_and(|name| name.starts_with(&own)));
        all
    }

    /// The ledgers of the accounts and of the namespace's budget.
    async fn ledgers(&self) -> Vec<LedgerStatus> {
        let budgets: Api<ConnectivityBudget> =
            Api::namespaced(self.stage.client.clone(), &self.stage.namespace);
        let budgets = budgets.list(&Default::default()).await.unwrap().items.into_iter();
        let budgets = budgets.filter_map(|budget| budget.status?.ledger);
        let accounts = self.accounts().await.into_iter().filter_map(|account| account.status?.ledger);
        accounts.chain(budgets).collect()
    }

    /// An operator that lives.
    async fn live(&mut self) {
        drop(self.life.take());
        let account = self.plane.service_account("naas-system", "naas-operator").await.expect("a token");
        let short = ["--purchase-window", "300ms", "--poll", "50ms", "--poll-most", "200ms"];
        let fast = ["--retry", "50ms", "--retry-most", "200ms"];
        // Nothing here is a mistake that the safety catch should hold.
        let meant = ["--safety-catch-orders", "1000", "--safety-catch-disconnects", "1000"];
        let settings = settings(&[&short[..], &fast[..], &meant[..]].concat());
        self.life = Some(Life::start(account, settings, &self.effects).await);
    }

    #[allow(clippy::disallowed_methods, reason = "a test measures time")]
    async fn calm(&self, quiet: Duration) {
        let (mut count, mut since) = (self.effects.log().len(), Instant::now());
        while since.elapsed() < quiet {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let now = self.effects.log().len();
            if now != count {
                (count, since) = (now, Instant::now());
            }
        }
    }

    /// Carries an operation out, under a blow. With `expected`, until the outcome is that, or patience ends.
    #[allow(clippy::disallowed_methods, reason = "a test measures time")]
    pub async fn run(
        &mut self,
        operation: Operation,
        aim: Option<(Point, Blow)>,
        expected: Option<&Outcome>,
    ) -> Run {
        let quiet = if expected.is_some() { QUIET } else { QUIET_FOR_THE_FIRST_TIME };
        self.effects.aim(aim);
        operation.begin(&self.stage).await;
        let started = Instant::now();
        let (mut count, mut since) = (0, started);
        let mut former: Option<Life> = None;
        loop {
            if self.effects.asleep() && former.is_none() {
                former = self.life.take();
            }
            if self.life.as_ref().is_none_or(Life::is_over) {
                self.live().await;
                since = Instant::now();
            }
            let effects = self.effects.log().len();
            if effects != count {
                (count, since) = (effects, Instant::now());
            }
            let intents = self.stage.intents().list(&Default::default()).await.unwrap().items;
            let segments = self.stage.segments().await;
            let books = audits(&self.sellers);
            let ledgers = self.ledgers().await;
            let outcome = Outcome::read(&self.before, &books, &intents, &segments, &ledgers);
            let there = match expected {
                Some(expected) => *expected == outcome,
                None => operation.is_done(&intents, &segments),
            };
            // Whoever wakes up is given time to do what it was about to do.
            let quiet = if former.is_some() { quiet * 5 } else { quiet };
            let at_rest = there && since.elapsed() > quiet;
            if at_rest && self.effects.asleep() {
                self.effects.wake();
                since = Instant::now();
                continue;
            }
            if at_rest || started.elapsed() > PATIENCE {
                self.effects.wake();
                drop(former);
                self.before = books;
                let (log, struck) = (self.effects.log(), self.effects.struck());
                return Run { outcome, equal: at_rest, log, struck, took: started.elapsed() };
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Leaves everything behind, whatever state it is in, so that no later operator looks at it.
    pub async fn abandon(mut self) {
        drop(self.life.take());
        let account = self.plane.service_account("naas-system", "naas-operator").await.expect("a token");
        let client = Client::try_from(account).expect("a client");
        let bare = Patch::Merge(json!({"metadata": {"finalizers": null}}));
        let (to, how) = (PatchParams::default(), DeleteParams::default());
        let intents: Api<ConnectivityIntent> = Api::namespaced(client.clone(), &self.stage.namespace);
        for intent in self.stage.intents().list(&Default::default()).await.unwrap() {
            let name = intent.metadata.name.unwrap();
            let _ = self.stage.intents().delete(&name, &how).await;
            let _ = intents.patch(&name, &to, &bare).await;
        }
        let segments: Api<ConnectivitySegment> = Api::all(client);
        for segment in self.stage.segments().await {
            let name = segment.metadata.name.unwrap();
            let _ = segments.delete(&name, &how).await;
            let _ = segments.patch(&name, &to, &bare).await;
        }
        let providers: Api<ConnectivityProvider> = Api::all(self.stage.client.clone());
        for account in self.accounts().await {
            let name = account.metadata.name.unwrap();
            let _ = providers.delete(&name, &how).await;
            let _ = providers.patch(&name, &to, &bare).await;
        }
    }
}
