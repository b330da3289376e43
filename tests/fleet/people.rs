//! People who want different things and change their minds, and what must be in the sellers' books when all of them have what they
//! want: each leg of each intent once, and nothing else.

use std::collections::BTreeMap;

use kube::api::{Api, Patch, PatchParams, PostParams};
use naas_operator::api::{ConnectivityDecision, ConnectivityIntentSpec, OrderRecordState, Site};
use naas_sim::audit::Audit;
use serde_json::json;

use crate::many::{all_gone, small};
use crate::process::Random;
use crate::world::{PATIENCE, RunningSeller, Stage, condition, ready, within};

/// What an intent is carried by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// One seller, who is the cheapest.
    Single,
    /// Two sellers one after the other, patched in New York: no seller alone has ports for such frames at both ends.
    Chain,
    /// Two sellers side by side.
    DiverseProvider,
    /// Two paths with nothing in common, which are those of two sellers.
    DiversePath,
}

/// What is bought of one seller: between which of its ports, and at which price.
struct Leg {
    seller: &'static str,
    unis: [&'static str; 2],
    monthly: u64,
    monthly_per_gigabit: u64,
}

const METRO: Leg = Leg {
    seller: "metro-fiber",
    unis: ["MF-UNI-ASH-1", "MF-UNI-CHI-1"],
    monthly: 225,
    monthly_per_gigabit: 450,
};

const HAUL: Leg =
    Leg { seller: "long-haul", unis: ["900100-ASH", "900200-CHI"], monthly: 700, monthly_per_gigabit: 900 };

const TO_NEW_YORK: Leg = Leg {
    seller: "metro-fiber",
    unis: ["MF-UNI-ASH-1", "MF-UNI-NYC-1"],
    monthly: 90,
    monthly_per_gigabit: 135,
};

const FROM_NEW_YORK: Leg = Leg { unis: ["900200-CHI", "900300-NYC"], ..HAUL };

impl Kind {
    const fn legs(self) -> &'static [Leg] {
        match self {
            Self::Single => &[METRO],
            Self::Chain => &[TO_NEW_YORK, FROM_NEW_YORK],
            Self::DiverseProvider | Self::DiversePath => &[METRO, HAUL],
        }
    }

    /// Says so in an intent.
    fn shape(self, spec: &mut ConnectivityIntentSpec) {
        let diverse = |mode: &str| Some(serde_json::from_value(json!({"mode": mode})).unwrap());
        match self {
            Self::Single => spec.frame_size = None,
            Self::Chain => {
                let objectives = json!({"availability": {"minPercent": "99.0"}});
                spec.objectives = Some(serde_json::from_value(objectives).unwrap());
            }
            Self::DiverseProvider => (spec.frame_size, spec.resilience) = (None, diverse("DiverseProvider")),
            Self::DiversePath => (spec.frame_size, spec.resilience) = (None, diverse("DiversePath")),
        }
    }
}

/// Patches both sellers in New York, and lets large frames into Ashburn at Metro Fiber's port only, and into Chicago at Long Haul's:
/// they need both sellers, and all others find one that goes the whole way.
pub async fn large_frames_need_both(stage: &Stage) {
    stage.patch_ports("mmr", "newyork-edge", ["metro-1", "haul-1"]).await;
    let sites: Api<Site> = Api::all(stage.client.clone());
    for (name, small) in [("ashburn-gpu", "haul-1"), ("chicago-store", "metro-1")] {
        let name = stage.name(name);
        let mut site = sites.get(&name).await.unwrap();
        for port in site.spec.ports.iter_mut().filter(|port| port.name == small) {
            port.max_frame_size = Some(1_600);
        }
        let patch = Patch::Merge(json!({"spec": {"ports": site.spec.ports}}));
        sites.patch(&name, &PatchParams::default(), &patch).await.unwrap();
    }
}

/// A service in a seller's books.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Service {
    /// The project of its order.
    intent: String,
    seller: String,
    unis: Vec<String>,
    /// Bit/s.
    committed: u64,
    /// USD.
    monthly: String,
}

/// What people want: of which kind, and how many Gbit/s, by name of the intent.
pub struct People {
    pub stage: Stage,
    kinds: &'static [Kind],
    wanted: BTreeMap<String, (Kind, u64)>,
    named: usize,
}

/// Both sellers, by the names of the quickstart.
pub type Sellers<'a> = [(&'static str, &'a RunningSeller); 2];

impl People {
    /// People who want these kinds, in turn.
    pub const fn new(stage: Stage, kinds: &'static [Kind]) -> Self {
        Self { stage, kinds, wanted: BTreeMap::new(), named: 0 }
    }

    pub async fn create(&mut self) {
        let kind = self.kinds[self.named % self.kinds.len()];
        let mut intent = small(&self.stage, self.named);
        let budget = intent.spec.budget.as_mut().unwrap();
        (budget.monthly, budget.one_time) = ("9000.00".into(), Some("9000.00".into()));
        kind.shape(&mut intent.spec);
        let intent = self.stage.create(&intent).await;
        self.named += 1;
        self.wanted.insert(intent.metadata.name.unwrap(), (kind, 1));
    }

    /// Somebody changes or deletes an intent, whatever becomes of it just now.
    pub async fn act(&mut self, random: &mut Random) {
        let nth = usize::try_from(random.below(self.wanted.len() as u64)).unwrap();
        let (name, (kind, _)) =
            self.wanted.iter().nth(nth).map(|(name, wish)| (name.clone(), *wish)).unwrap();
        if random.below(3) == 0 {
            self.stage.delete(&name).await;
            self.wanted.remove(&name);
            self.create().await;
        } else {
            let rate = 1 + random.below(4);
            self.stage.edit(&name, json!({"bandwidth": {"committed": format!("{rate}G")}})).await;
            self.wanted.insert(name, (kind, rate));
        }
    }

    /// What must be in the sellers' books, and nothing else.
    fn wanted(&self) -> Vec<Service> {
        let mut services: Vec<Service> = Vec::new();
        for (name, (kind, rate)) in &self.wanted {
            services.extend(kind.legs().iter().map(|leg| Service {
                intent: self.project(name),
                seller: leg.seller.into(),
                unis: leg.unis.map(str::to_owned).to_vec(),
                committed: rate * 1_000_000_000,
                monthly: format!("{}.00", leg.monthly + leg.monthly_per_gigabit * rate),
            }));
        }
        services.sort();
        services
    }

    /// Who has not got what they want, and why, and what is left of those who want nothing any more.
    async fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        for intent in self.stage.intents().list(&Default::default()).await.unwrap() {
            let name = intent.metadata.name.as_ref().unwrap();
            let Some((kind, rate)) = self.wanted.get(name) else {
                complaints.push(format!("{name} is still there: {:?}", ready(&intent)));
                continue;
            };
            let runs = intent.status.as_ref().and_then(|status| status.in_force.as_ref());
            let runs_at = runs.map(|runs| runs.committed.clone());
            let diverse = match kind {
                Kind::Single | Kind::Chain => "absent",
                Kind::DiverseProvider | Kind::DiversePath => "True",
            };
            let is_as_wanted = condition(&intent, "Ready") == "True"
                && runs_at == Some(format!("{rate}G"))
                && condition(&intent, "Diverse") == diverse;
            if !is_as_wanted {
                let is_diverse = condition(&intent, "Diverse");
                complaints.push(format!(
                    "{name}, {kind:?} at {rate}G: {:?} at {runs_at:?}, diverse {is_diverse}",
                    ready(&intent)
                ));
            }
        }
        let (segments, wanted) = (self.stage.segments().await.len(), self.wanted().len());
        if segments != wanted {
            complaints.push(format!("{segments} segments for {wanted} services"));
        }
        complaints
    }

    /// What only a person can tell: whether a seller has an order under this mark.
    pub async fn settle(&self, sellers: Sellers<'_>) -> usize {
        let decisions: Api<ConnectivityDecision> = Api::namespaced(self.stage.client.clone(), "naas-system");
        let mut settled = 0;
        for segment in self.stage.segments().await {
            let Some(status) = &segment.status else { continue };
            let open = status.orders.iter().find(|record| record.state == OrderRecordState::Unknown);
            let Some(record) = open else { continue };
            let (_, seller) =
                sellers.iter().find(|(name, _)| self.stage.name(name) == segment.spec.provider.name).unwrap();
            let orders = seller.seller.audit().unwrap().orders;
            let found = orders.iter().find(|order| order.external_id.as_ref() == Some(&record.mark));
            let verdict = match found {
                Some(order) => json!({"orderPlaced": {"mark": record.mark, "orderId": order.id}}),
                None => json!({"orderNotPlaced": {"mark": record.mark}}),
            };
            let name = record.mark.replace('/', "-");
            let mut spec = json!({"author": "a person", "segment": segment.metadata.name});
            spec.as_object_mut().unwrap().extend(verdict.as_object().unwrap().clone());
            let decision = ConnectivityDecision::new(&name, serde_json::from_value(spec).unwrap());
            settled += usize::from(decisions.create(&PostParams::default(), &decision).await.is_ok());
        }
        settled
    }

    /// How many have one of two legs just now.
    pub fn halves(&self, sellers: Sellers<'_>) -> usize {
        let mut legs: BTreeMap<String, usize> = BTreeMap::new();
        for (name, seller) in sellers {
            for service in live(name, seller.seller.audit().unwrap()) {
                *legs.entry(service.intent).or_default() += 1;
            }
        }
        let two = self.wanted.iter().filter(|(_, (kind, _))| kind.legs().len() == 2);
        two.filter(|(name, _)| legs.get(&self.project(name)) == Some(&1)).count()
    }

    fn project(&self, name: &str) -> String {
        format!("acme/{}/{name}", self.stage.namespace)
    }

    /// Waits until everybody has what they want: then the sellers' books say just that, and when all of them leave, nothing any more.
    pub async fn have_what_they_want_and_leave(&self, sellers: Sellers<'_>) {
        let mut probe = || async {
            self.settle(sellers).await;
            self.complaints().await.is_empty().then_some(())
        };
        let everybody = within(PATIENCE * 4, "everybody is content", &mut probe);
        if tokio::time::timeout(PATIENCE * 3, everybody).await.is_err() {
            panic!("not everybody got what they want:\n{}", self.complaints().await.join("\n"));
        }
        let mut books: Vec<Service> = sellers.into_iter().flat_map(running).collect();
        books.sort();
        assert_eq!(books, self.wanted());

        all_gone(&self.stage, PATIENCE * 3).await;
        for seller in sellers {
            assert_eq!(running(seller), []);
        }
    }
}

/// The services of a seller, of which none is there twice, left behind, or billed otherwise than it was sold.
fn running((name, seller): (&'static str, &RunningSeller)) -> Vec<Service> {
    let audit = seller.seller.audit().unwrap();
    println!("{name}: {} orders, {} live services", audit.orders.len(), seller.live());
    assert!(audit.twins.is_empty() && audit.orphans.is_empty(), "{audit:#?}");
    assert!(audit.unpaid.is_empty() && audit.overpaid.is_empty(), "{audit:#?}");
    live(name, audit)
}

/// The services that run, or are ordered.
fn live(seller: &str, audit: Audit) -> Vec<Service> {
    let live = audit.services.into_iter().filter(|service| service.live);
    live.map(|service| {
        let order = audit.orders.iter().find(|order| order.id == service.order).unwrap();
        let mut unis = service.unis;
        unis.sort();
        Service {
            intent: order.project_id.clone().unwrap(),
            seller: seller.into(),
            unis,
            committed: service.committed,
            monthly: service.monthly.to_string(),
        }
    })
    .collect()
}
