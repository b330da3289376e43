//! The simulated seller from behind.

use std::time::Duration;

use async_trait::async_trait;
use http::Request;
use jiff::SignedDuration;
use naas_operator::clock::Clock as _;
use naas_operator::model::{Bandwidth, Design, OrderId, Rate, Rates, ServiceId, VlanId};
use naas_operator::provider::Fence;
use naas_operator::provider::conformance::{Backstage, Call, Taken, Trouble};
use naas_sim::scenario::Delay;
use naas_sim::{Clock, Scenario, Seller, Store};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use super::account::{Account, TestClock, design};

/// What the account identifies itself with.
const TOKEN: &str = "canary-7Kx9Zq";
/// Longer than the adapter waits: it gives up first.
const MUTE: &str = "20s";

/// A seller with short pages, few services and much to go wrong.
pub struct Simulated {
    pub account: Account,
    seller: Seller,
    serving: JoinHandle<()>,
}

impl Drop for Simulated {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Simulated {
    pub async fn open() -> Self {
        let mut scenario = include_str!("../../simulator/scenarios/metro-fiber.yaml").to_owned();
        for (from, to) in [
            ("pageLimit: 100", "pageLimit: 3"),
            ("vlans: 100-499", "vlans: 100-999"),
            ("maxEndPoints: 200", "maxEndPoints: 800"),
            ("\n\nvalidation:", "\n\naccess: {bearerTokens: [canary-7Kx9Zq]}\n\nvalidation:"),
        ] {
            assert!(scenario.contains(from), "{from}");
            scenario = scenario.replace(from, to);
        }
        let clock = TestClock::new();
        let scenario = Scenario::from_yaml(&scenario).unwrap();
        let seller = Seller::open(scenario, Store::in_memory().unwrap(), Clock::manual(clock.now())).unwrap();
        let router = seller.router();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let mut account = Account::at(&address)
            .with("authentication", json!({"bearer": {}}))
            .with("requestTimeout", json!("5s"))
            .with("search", json!({"reliable": true}))
            .secret("token", TOKEN);
        account.clock = clock;
        Self { account, seller, serving }
    }

    /// A fence that is never over.
    pub fn far(&self) -> Fence {
        Fence(self.account.clock.instant() + Duration::from_secs(365 * 86_400))
    }

    fn calls(&self, method: &str, end: &str) -> usize {
        let calls = self.seller.calls();
        let these = calls.iter().filter(|call| call.method == method && call.path.ends_with(end));
        usize::try_from(these.map(|call| call.count).sum::<u64>()).unwrap()
    }

    async fn rehearse(&self, rules: Value) {
        let request = Request::put("/control/rehearsals")
            .header("content-type", "application/json")
            .body(axum::body::Body::from(rules.to_string()))
            .unwrap();
        let answer = self.seller.router().oneshot(request).await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
    }
}

/// The simulator's name of a request.
fn operation(call: Call) -> &'static str {
    match call {
        Call::Order => "order.create",
        Call::Cancel => "cancel.create",
        Call::AnswerCharge => "charge.answer",
        Call::ShowOrder => "order.get",
        Call::Search => "order.list",
        Call::ShowService => "inventory.get",
    }
}

/// The simulator's name of what goes wrong.
fn misconduct(trouble: &Trouble) -> Value {
    match trouble {
        Trouble::AnswerLost => json!({"answerLost": {}}),
        Trouble::HalfAnAnswer => json!({"answerLost": {"afterHalf": true}}),
        Trouble::RequestLost => json!({"requestLost": {}}),
        Trouble::LateEffect(by) => json!({"effectDelayed": {"by": format!("{}s", by.as_secs())}}),
        Trouble::Silence => json!({"answerLost": {"hold": MUTE}}),
        Trouble::Page => json!({"proxyPage": {"code": 502}}),
        Trouble::Refused => json!({"status": {"code": 422}}),
        Trouble::Status { code, retry_after, took_effect } => {
            let retry_after = retry_after.map(|wait| wait.as_secs());
            json!({"status": {"code": code, "retryAfter": retry_after, "afterEffect": took_effect}})
        }
        Trouble::OddState(state) => json!({"unknownState": {"state": state}}),
        Trouble::IgnoredFilters => json!("ignoresFilters"),
    }
}

#[async_trait]
impl Backstage for Simulated {
    fn design(&self, number: u32) -> Design {
        let mut design = design();
        let vlan = VlanId::new(200 + u16::try_from(number).unwrap());
        (design.a.vlan, design.z.vlan) = (vlan, vlan);
        let rate = Rate::new(Bandwidth::from_bits(100_000_000), None);
        design.rates = Rates { a_to_z: rate, z_to_a: rate };
        design.requested_completion = self.account.clock.now() + Duration::from_secs(30 * 86_400);
        design
    }

    fn changed(&self, design: &Design) -> Design {
        let rate = Rate::new(Bandwidth::from_bits(200_000_000), None);
        Design { rates: Rates { a_to_z: rate, z_to_a: rate }, ..design.clone() }
    }

    fn fence(&self, over: bool) -> Fence {
        let now = self.account.clock.instant();
        let second = Duration::from_secs(1);
        Fence(if over { now.checked_sub(second).unwrap() } else { now + 30 * second })
    }

    fn delivery(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn under_way(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn secrets(&self) -> Vec<String> {
        vec![TOKEN.into()]
    }

    async fn pass(&self, time: Duration) {
        self.seller.advance(Delay(SignedDuration::try_from(time).unwrap())).unwrap();
        self.account.clock.pass(time.as_secs());
    }

    async fn disturb(&self, call: Call, trouble: Trouble) -> bool {
        let name = operation(call);
        let fault = json!({"name": name, "on": name, "does": misconduct(&trouble)});
        let mut faults = self.seller.overrides().faults.unwrap_or_default();
        faults.retain(|known| known.name != name);
        faults.push(serde_json::from_value(fault).unwrap());
        self.seller.set_faults(faults).unwrap().unwrap();
        true
    }

    async fn calm(&self) {
        self.seller.set_faults(Vec::new()).unwrap().unwrap();
        self.rehearse(json!([])).await;
    }

    async fn charge_next(&self) -> bool {
        // Rules are counted by name: another order, another rule.
        let name = format!("trench {}", self.seller.audit().unwrap().orders.len());
        let effect = json!({"charge": {"category": "construction", "amount": "99.50", "blocking": true}});
        let add = json!({"action": "add"});
        self.rehearse(json!([{"name": name, "on": "Order", "matching": add, "times": 1, "effect": effect}]))
            .await;
        true
    }

    async fn received(&self, call: Call) -> usize {
        match call {
            Call::Order => self.calls("POST", "/productOrder"),
            Call::Cancel => self.calls("POST", "/cancelProductOrder"),
            Call::AnswerCharge => self.calls("PATCH", "/charge/{id}"),
            Call::ShowOrder => self.calls("GET", "/productOrder/{id}"),
            Call::Search => self.calls("GET", "/productOrder"),
            Call::ShowService => self.calls("GET", "/product/{id}"),
        }
    }

    async fn taken(&self) -> Vec<Taken> {
        let orders = self.seller.audit().unwrap().orders;
        let taken = orders.into_iter().map(|order| Taken {
            id: OrderId(order.id),
            mark: order.external_id,
            project: order.project_id,
        });
        taken.collect()
    }

    async fn services(&self) -> Vec<(ServiceId, bool)> {
        let services = self.seller.audit().unwrap().services;
        services.into_iter().map(|service| (ServiceId(service.id), service.live)).collect()
    }
}
