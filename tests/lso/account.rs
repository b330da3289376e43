//! An account, a design and surroundings to begin with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use naas_operator::adapters::{Around, LsoProvider, Surroundings};
use naas_operator::clock::{Clock, SystemClock};
use naas_operator::model::{
    Bandwidth, Design, End, Interface, ItemRefs, Mark, OfferRef, Operation, Order, Product, Project, Rate,
    Rates, ServiceId, Term, TermEnd, TermUnit, VlanId,
};
use naas_operator::provider::Fence;
use serde_json::{Value, json};

/// A clock that stands still but for what a test adds.
pub struct TestClock {
    wall: Timestamp,
    start: Instant,
    passed: AtomicU64,
}

impl TestClock {
    pub fn new() -> Arc<Self> {
        let wall = "2027-01-01T00:00:00Z".parse().unwrap();
        Arc::new(Self { wall, start: SystemClock.instant(), passed: AtomicU64::new(0) })
    }

    pub fn pass(&self, seconds: u64) {
        self.passed.fetch_add(seconds, Ordering::SeqCst);
    }

    fn passed(&self) -> Duration {
        Duration::from_secs(self.passed.load(Ordering::SeqCst))
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.wall + self.passed()
    }

    fn instant(&self) -> Instant {
        self.start + self.passed()
    }
}

/// Everything about an account that a test may want to change.
pub struct Account {
    pub block: Value,
    pub secret: BTreeMap<String, Vec<u8>>,
    pub clock: Arc<TestClock>,
    pub around: Option<Around>,
}

impl Account {
    pub fn at(address: &str) -> Self {
        let block = json!({
            "address": address, "currency": "USD", "billingAccountId": "BA-1", "agreementName": "MSA-7",
            "contacts": [{"role": "default", "name": "Net Desk", "email": "net@buyer.example", "phone": "+1-703-555-0199", "organization": "Buyer"}],
            "offerings": [{"product": "Epl", "id": "MF-EPL"}, {"product": "Evpl", "id": "MF-EVPL"}],
            "classesOfService": [{"name": "BUSINESS"}],
            "terms": [{"name": "one month", "value": 1, "unit": "Month", "atEnd": "Renew"}],
            "requestTimeout": "20s",
        });
        Self { block, secret: BTreeMap::new(), clock: TestClock::new(), around: None }
    }

    pub fn with(mut self, field: &str, value: Value) -> Self {
        self.block[field] = value;
        self
    }

    pub fn secret(mut self, key: &str, value: impl Into<Vec<u8>>) -> Self {
        self.secret.insert(key.to_owned(), value.into());
        self
    }

    /// The account, or why it cannot work.
    pub fn try_open(&self) -> Result<LsoProvider, naas_operator::model::Failure> {
        let block = serde_json::from_value(self.block.clone()).unwrap();
        let surroundings =
            Surroundings { clock: self.clock.clone(), nonce: Arc::new(|| 7), around: self.around.clone() };
        LsoProvider::new(&block, &self.secret, &surroundings)
    }

    pub fn open(&self) -> LsoProvider {
        self.try_open().unwrap()
    }

    /// A fence that is still far away.
    pub fn fence(&self) -> Fence {
        Fence(self.clock.instant() + Duration::from_secs(30))
    }
}

/// An EVPL between the tagged ports of the simulator's Metro Fiber.
pub fn design() -> Design {
    let end = |name: &str, uni: &str| End {
        identifier: name.into(),
        interface: Interface::Uni(ServiceId(uni.into())),
        vlan: VlanId::new(210),
    };
    let rate = Rate::new(Bandwidth::from_bits(2_000_000_000), None);
    Design {
        product: Product::Evpl,
        a: end("gpus", "MF-UNI-ASH-1"),
        z: end("store", "MF-UNI-CHI-1"),
        rates: Rates { a_to_z: rate, z_to_a: rate },
        frame_size: Some(9000),
        class_of_service: "BUSINESS".into(),
        distance_km: Some(940),
        term: Term {
            name: "one month".into(),
            value: 1,
            unit: TermUnit::Month,
            at_end: TermEnd::Renew,
            roll: None,
        },
        requested_completion: "2027-03-01T00:00:00Z".parse().unwrap(),
        purchase_order: Some("PO-4711".into()),
        end_customer: Some("Research".into()),
    }
}

pub fn project() -> Project {
    Project("owner/training/checkpoints".into())
}

pub fn offer() -> OfferRef {
    let one = |id: &str| Some(ItemRefs::new(id.into(), "1".into(), BTreeMap::new()));
    OfferRef { quote: one("q-1"), qualification: one("p-1") }
}

pub fn order(sequence: u32, operation: Operation) -> Order {
    Order { mark: Mark::new("segment-1", sequence), project: project(), operation }
}

pub fn add() -> Order {
    order(1, Operation::Add { design: Box::new(design()), offer: offer() })
}
