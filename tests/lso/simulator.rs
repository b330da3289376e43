//! A service from the first question to its end, over HTTP with the simulated seller; every request is held against the
//! official schemas where they are at hand.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use naas_dev::lso::{Recorder, Side, Specifications};
use naas_operator::adapters::LsoProvider;
use naas_operator::clock::Clock as _;
use naas_operator::model::{
    Address, Amount, Bandwidth, Change, ChargeState, Confidence, Design, Interface, ItemAnswer, ItemRefs,
    OfferRef, Operation, Order, OrderId, OrderState, OrderView, Place, Placement, Product, Qualification,
    Quote, QuoteLevel, Rate, Rates, Role, ServiceId, ServiceState, ServiceView, Task,
};
use naas_operator::provider::{Handle, Observation, Progress, Provider};
use naas_sim::scenario::Delay;
use naas_sim::{Clock, Scenario, Seller, Store};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::account::{Account, TestClock, design, order, project};

/// The seller, our account with it, and what was said.
pub struct Market {
    pub seller: Seller,
    pub account: Account,
    pub provider: LsoProvider,
    pub recorder: Recorder,
    serving: JoinHandle<()>,
}

impl Drop for Market {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Market {
    /// A market whose scenario is changed by replacing texts, and whose account is changed by fields.
    pub async fn open(changes: &[(&str, &str)], fields: &[(&str, serde_json::Value)]) -> Self {
        let mut scenario = include_str!("../../simulator/scenarios/metro-fiber.yaml").to_owned();
        for (from, to) in changes {
            assert!(scenario.contains(from), "{from}");
            scenario = scenario.replace(from, to);
        }
        let clock = TestClock::new();
        let scenario = Scenario::from_yaml(&scenario).unwrap();
        let seller = Seller::open(scenario, Store::in_memory().unwrap(), Clock::manual(clock.now())).unwrap();
        let recorder = Recorder::new();
        let router = recorder.wrap(seller.router());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut account = Account::at(&format!("http://{}", listener.local_addr().unwrap()));
        account.clock = clock;
        for (field, value) in fields {
            account.block[field] = value.clone();
        }
        let provider = account.open();
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { seller, account, provider, recorder, serving }
    }

    /// Lets time pass at the seller.
    pub fn pass(&self, seconds: u64) {
        self.seller.advance(Delay(SignedDuration::from_secs(seconds.cast_signed()))).unwrap();
        self.account.clock.pass(seconds);
    }

    pub async fn place(&self, order: &Order) -> OrderId {
        match self.provider.place(order, self.account.fence()).await {
            Placement::Accepted(id) => id,
            other => panic!("{other:?}"),
        }
    }

    pub async fn order(&self, id: &OrderId) -> OrderView {
        let seen = self.provider.observe(&[Handle::Order(id.clone())]).await.unwrap();
        match seen.into_iter().next() {
            Some(Observation::Order(order)) => order,
            other => panic!("{other:?}"),
        }
    }

    pub async fn service(&self, id: &ServiceId) -> ServiceView {
        let seen = self.provider.observe(&[Handle::Service(id.clone())]).await.unwrap();
        match seen.into_iter().next() {
            Some(Observation::Service(service)) => service,
            other => panic!("{other:?}"),
        }
    }

    /// Qualification and quote, whether they come at once or later.
    pub async fn offer(&self, design: &Design, change: &Change) -> (Qualification, Quote) {
        let qualification = match self.provider.qualify(design, change).await.unwrap() {
            Progress::Ready(qualification) => qualification,
            Progress::Pending { handle, .. } => {
                self.pass(60);
                match self.provider.observe(&[Handle::Qualification(handle)]).await.unwrap().pop() {
                    Some(Observation::Qualification(Progress::Ready(qualification))) => qualification,
                    other => panic!("{other:?}"),
                }
            }
        };
        let offer = OfferRef { quote: None, qualification: Some(qualified(&qualification)) };
        let quote = match self.provider.quote(design, change, &offer).await.unwrap() {
            Progress::Ready(quote) => quote,
            Progress::Pending { handle, .. } => {
                self.pass(60);
                self.quote(handle).await
            }
        };
        (qualification, quote)
    }

    async fn quote(&self, id: String) -> Quote {
        match self.provider.observe(&[Handle::Quote(id)]).await.unwrap().pop() {
            Some(Observation::Quote(Progress::Ready(quote))) => quote,
            other => panic!("{other:?}"),
        }
    }

    /// Everything we asked follows the specification.
    pub fn check(&self) {
        match Specifications::find().unwrap() {
            None => println!("SKIPPED: no LSO specification files, set NAAS_SPECS"),
            Some(specifications) => {
                let report = self.recorder.check(&specifications);
                assert_eq!(report.by(Side::Buyer).count(), 0, "{report}");
            }
        }
    }
}

fn qualified(answer: &Qualification) -> ItemRefs {
    ItemRefs::new(answer.id.clone(), answer.item.clone(), answer.ports.clone())
}

pub fn offered(qualification: Qualification, quote: Quote) -> OfferRef {
    let ports = quote.ports.into_iter().map(|port| (port.role, port.item)).collect();
    OfferRef {
        quote: Some(ItemRefs::new(quote.id, quote.item, ports)),
        qualification: Some(qualified(&qualification)),
    }
}

pub fn asked() -> Design {
    Design { requested_completion: TestClock::new().now() + Duration::from_secs(30 * 86_400), ..design() }
}

pub async fn live(market: &Market, design: &Design) -> (OrderId, ServiceId) {
    let (qualification, quote) = market.offer(design, &Change::Add).await;
    let operation = Operation::Add { design: Box::new(design.clone()), offer: offered(qualification, quote) };
    let id = market.place(&order(1, operation)).await;
    market.pass(60);
    let completed = market.order(&id).await;
    assert_eq!(completed.state, OrderState::Completed, "{completed:?}");
    (id, completed.services[0].1.clone())
}

#[tokio::test]
async fn a_service_from_the_first_question_to_its_end() {
    for delivery in ["Immediate", "Deferred"] {
        let stage = json!({"delivery": delivery});
        let market = Market::open(&[], &[("poq", stage.clone()), ("quote", stage)]).await;
        let provider = &market.provider;
        assert!(!provider.verify().await.unwrap().ignores_filters);
        let address = Address {
            country: "US".into(),
            state_or_province: Some("VA".into()),
            city: "Ashburn".into(),
            postcode: Some("20147".into()),
            street_name: "Filigree".into(),
            street_nr: Some("21715".into()),
            street_type: Some("Court".into()),
            locality: None,
        };
        let places = provider.locate(&address).await.unwrap();
        assert_eq!(places, Progress::Ready(vec![Place::Address("MF-ADDR-1001".into())]));

        let design = asked();
        let (qualification, quote) = market.offer(&design, &Change::Add).await;
        assert_eq!(qualification.confidence, Confidence::Green);
        assert!(qualification.installation_interval.is_some());
        assert_eq!((quote.level, quote.alternate, quote.accepted), (QuoteLevel::Firm, false, false));
        let (monthly, one_time) = quote.totals("USD".parse().unwrap()).unwrap();
        assert_eq!((monthly.to_string().as_str(), one_time.to_string().as_str()), ("1125.00", "250.00"));
        assert!(provider.find(&project()).await.unwrap().is_empty());

        let quote_id = quote.id.clone();
        let operation =
            Operation::Add { design: Box::new(design.clone()), offer: offered(qualification, quote) };
        let add = order(1, operation);
        let id = market.place(&add).await;
        let found = provider.find(&project()).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((&found[0].id, &found[0].mark, &found[0].task), (&id, &Some(add.mark), &Task::Add));
        assert_eq!(
            (found[0].state.clone(), found[0].quote.as_ref()),
            (OrderState::InProgress, Some(&quote_id))
        );
        assert!(market.quote(quote_id).await.accepted, "an order refers to it");

        market.pass(60);
        let completed = market.order(&id).await;
        assert_eq!(completed.state, OrderState::Completed);
        assert_eq!(completed.milestones, ["PLANNING_COMPLETE", "E2E_TESTING_COMPLETED"]);
        let [(Role::Evc, service)] = completed.services.as_slice() else { panic!("{completed:?}") };
        let active = market.service(service).await;
        assert_eq!((active.state, active.rates), (ServiceState::Active, Some(design.rates)));
        assert_eq!(active.class_of_service.as_deref(), Some("BUSINESS"));

        let rate = Rate::new(Bandwidth::from_bits(3_000_000_000), None);
        let wider = Design { rates: Rates { a_to_z: rate, z_to_a: rate }, ..design };
        let change = Change::Modify(service.clone());
        let (qualification, quote) = market.offer(&wider, &change).await;
        let offer = offered(qualification, quote);
        let operation =
            Operation::Modify { service: service.clone(), design: Box::new(wider.clone()), offer };
        let id = market.place(&order(2, operation)).await;
        market.pass(60);
        let modified = market.order(&id).await;
        assert_eq!(
            (modified.state.clone(), modified.task.clone()),
            (OrderState::Completed, Task::Modify),
            "{modified:?}"
        );
        assert_eq!(market.service(service).await.rates, Some(wider.rates));

        let requested_completion = market.account.clock.now();
        let operation = Operation::Disconnect { services: vec![service.clone()], requested_completion };
        let id = market.place(&order(3, operation)).await;
        market.pass(60);
        let ended = market.order(&id).await;
        assert_eq!((ended.state, ended.task), (OrderState::Completed, Task::Disconnect));
        let gone = market.service(service).await;
        assert_eq!(gone.state, ServiceState::Gone);
        assert!(gone.terminated.is_some());

        assert_eq!(provider.find(&project()).await.unwrap().len(), 3);
        let inventory = provider.list(None).await.unwrap();
        assert!(inventory.items.iter().any(|product| &product.id == service) && inventory.next.is_none());
        let audit = market.seller.audit().unwrap();
        assert!(audit.twins.is_empty() && audit.orphans.is_empty() && audit.unanswered_charges.is_empty());
        market.check();
    }
}

#[tokio::test]
async fn a_port_based_service_with_a_copied_service_level() {
    let level = json!({"send": "Copy", "window": "720h", "deltaT": 10, "thresholdC": "0.5", "n": 10,
        "frameDelay": [{"percentile": "99", "oneWay": "14ms"}, {"percentile": "99.9", "oneWay": "18ms"}],
        "ifdv": {"percentile": "99", "spacing": "1s", "value": "2ms"},
        "flrPercent": "0.001", "availabilityPercent": "99.99"});
    let classes = json!([{"name": "REALTIME", "maxKm": 2000, "sls": level}]);
    let market = Market::open(&[], &[("classesOfService", classes)]).await;
    let mut design = Design { product: Product::Epl, class_of_service: "REALTIME".into(), ..asked() };
    (design.a.vlan, design.z.vlan) = (None, None);
    let existing = |id: &str| Interface::Uni(ServiceId(id.into()));
    (design.a.interface, design.z.interface) = (existing("MF-UNI-ASH-2"), existing("MF-UNI-CHI-2"));
    let (_, service) = live(&market, &design).await;
    assert_eq!(market.service(&service).await.rates, Some(design.rates));

    let class_of_service = "BUSINESS".to_owned();
    let cheaper = Design { class_of_service, ..design };
    let change = Change::Modify(service.clone());
    let (qualification, quote) = market.offer(&cheaper, &change).await;
    let offer = offered(qualification, quote);
    let operation = Operation::Modify { service: service.clone(), design: Box::new(cheaper), offer };
    let id = market.place(&order(2, operation)).await;
    market.pass(60);
    let modified = market.order(&id).await;
    assert_eq!(modified.state, OrderState::Completed, "{modified:?}");
    assert_eq!(market.service(&service).await.class_of_service.as_deref(), Some("BUSINESS"));
    market.check();
}

#[tokio::test]
async fn an_order_that_is_cancelled_on_its_way() {
    let market = Market::open(&[("leadTimes: {add: 10s", "leadTimes: {add: 1h")], &[]).await;
    let design = asked();
    let (qualification, quote) = market.offer(&design, &Change::Add).await;
    let operation = Operation::Add { design: Box::new(design), offer: offered(qualification, quote) };
    let id = market.place(&order(1, operation)).await;
    market.pass(2);
    assert_eq!(market.provider.cancellation(&id).await, Ok(None));
    let placement = market.provider.cancel(&id, market.account.fence()).await;
    let Placement::Accepted(task) = placement else { panic!("{placement:?}") };
    assert_eq!(market.order(&id).await.state, OrderState::Cancelling);
    market.pass(10);
    let cancellation = market.provider.cancellation(&id).await.unwrap().unwrap();
    assert_eq!((cancellation.id, cancellation.done), (task.0, Some(true)));
    assert_eq!(market.order(&id).await.state, OrderState::Cancelled);
    market.check();
}

#[tokio::test]
async fn a_charge_that_is_answered() {
    let charge = "rehearsals: [{name: trench, on: Order, matching: {action: add}, effect: {charge: {category: construction, \
                  amount: \"99.50\", blocking: true}}}]";
    let market = Market::open(&[("rehearsals: []", charge)], &[]).await;
    let design = asked();
    let (qualification, quote) = market.offer(&design, &Change::Add).await;
    let operation = Operation::Add { design: Box::new(design), offer: offered(qualification, quote) };
    let id = market.place(&order(1, operation)).await;
    market.pass(5);
    assert_eq!(market.order(&id).await.state, OrderState::AssessingCharge);
    let charges = market.provider.charges(&id).await.unwrap();
    let [charge] = charges.as_slice() else { panic!("{charges:?}") };
    let usd = "USD".parse().unwrap();
    assert_eq!(charge.totals(), Ok((Amount::ZERO, "99.50".parse().unwrap(), usd)));
    assert_eq!((charge.state, charge.accepted(), charge.of_cancellation), (ChargeState::Open, None, false));
    assert!(charge.respond_by.is_some() && charge.items[0].blocking);
    let answers = [ItemAnswer { item: charge.items[0].id.clone(), accept: true }];
    let placement = market.provider.answer_charge(&charge.id, &answers, market.account.fence()).await;
    assert_eq!(placement, Placement::Accepted(OrderId(charge.id.0.clone())));
    let answered = market.provider.charge(&charge.id).await.unwrap();
    assert_eq!((answered.state, answered.accepted()), (ChargeState::Answered, Some(true)));
    // Who asks twice is not told what it means, and nothing is owed twice.
    let again = market.provider.answer_charge(&charge.id, &answers, market.account.fence()).await;
    assert!(matches!(again, Placement::Unknown(_)), "{again:?}");
    market.pass(60);
    assert_eq!(market.order(&id).await.state, OrderState::Completed);
    market.check();
}

#[tokio::test]
async fn a_blocking_charge_that_is_declined_or_forgotten_ends_the_order() {
    let charge = "rehearsals: [{name: trench, on: Order, matching: {action: add}, effect: {charge: {category: construction, \
                  amount: \"99.50\", blocking: true}}}]";
    for forgotten in [false, true] {
        let market = Market::open(&[("rehearsals: []", charge)], &[]).await;
        let design = asked();
        let (qualification, quote) = market.offer(&design, &Change::Add).await;
        let operation = Operation::Add { design: Box::new(design), offer: offered(qualification, quote) };
        let id = market.place(&order(1, operation)).await;
        market.pass(5);
        let charge = market.provider.charges(&id).await.unwrap().remove(0);
        if forgotten {
            market.pass(30 * 86_400);
        } else {
            let answers = [ItemAnswer { item: charge.items[0].id.clone(), accept: false }];
            let placement = market.provider.answer_charge(&charge.id, &answers, market.account.fence()).await;
            assert_eq!(placement, Placement::Accepted(OrderId(charge.id.0.clone())));
        }
        let state = if forgotten { ChargeState::TimedOut } else { ChargeState::Answered };
        let answered = market.provider.charge(&charge.id).await.unwrap();
        assert_eq!((answered.state, answered.accepted()), (state, Some(false)));
        assert_eq!(market.order(&id).await.state, OrderState::Failed);
        market.check();
    }
}

#[tokio::test]
async fn a_cancellation_that_costs_something_is_charged_for() {
    let fee = "cancel: {supported: true, fee: \"40.00\",";
    let changes = [("leadTimes: {add: 10s", "leadTimes: {add: 1h"), ("cancel: {supported: true,", fee)];
    for accept in [true, false] {
        let market = Market::open(&changes, &[]).await;
        let design = asked();
        let (qualification, quote) = market.offer(&design, &Change::Add).await;
        let operation = Operation::Add { design: Box::new(design), offer: offered(qualification, quote) };
        let id = market.place(&order(1, operation)).await;
        market.pass(2);
        let placement = market.provider.cancel(&id, market.account.fence()).await;
        assert!(matches!(placement, Placement::Accepted(_)), "{placement:?}");
        market.pass(10);
        assert_eq!(market.order(&id).await.state, OrderState::Cancelling);
        let charge = market.provider.charges(&id).await.unwrap().remove(0);
        assert!(charge.of_cancellation);
        let answers = [ItemAnswer { item: charge.items[0].id.clone(), accept }];
        market.provider.answer_charge(&charge.id, &answers, market.account.fence()).await;
        market.pass(10);
        let cancellation = market.provider.cancellation(&id).await.unwrap().unwrap();
        assert_eq!(cancellation.done, Some(accept));
        let state = if accept { OrderState::Cancelled } else { OrderState::InProgress };
        assert_eq!(market.order(&id).await.state, state);
        market.check();
    }
}

#[tokio::test]
async fn a_seller_that_ignores_filters_is_found_out() {
    let market =
        Market::open(&[("ignoredFilters: []", "ignoredFilters: [externalId, projectId]")], &[]).await;
    let (id, _) = live(&market, &asked()).await;
    assert!(market.provider.verify().await.unwrap().ignores_filters);
    let found = market.provider.find(&project()).await.unwrap();
    assert_eq!(found.iter().map(|order| &order.id).collect::<Vec<_>>(), [&id]);
    let other = naas_operator::model::Project("owner/training/checkpoint".into());
    assert!(market.provider.find(&other).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_same_road_as_a_service_provider() {
    let market = Market::open(&[], &[("role", json!("ServiceProvider"))]).await;
    let (_, service) = live(&market, &asked()).await;
    assert_eq!(market.service(&service).await.state, ServiceState::Active);
    let paths: Vec<String> = market.recorder.exchanges().into_iter().map(|exchange| exchange.path).collect();
    assert!(paths.iter().all(|path| path.starts_with("/mefApi/sonata/")), "{paths:?}");
    market.check();
}

/// The credentials of the scenario, by way of its token endpoint.
#[tokio::test]
async fn an_account_that_logs_in() {
    let access =
        "access: {oauth2: {clients: [{id: buyer, secrets: [old]}], tokenLifetime: 1h}}\n\nvalidation:";
    let market = Market::open(&[("validation:", access)], &[]).await;
    assert!(market.provider.verify().await.is_err());
    let token_url = format!("{}/oauth2/token", market.account.block["address"].as_str().unwrap());
    let account = Account::at(market.account.block["address"].as_str().unwrap())
        .with("authentication", json!({"oauth2": {"tokenUrl": token_url}}))
        .secret("clientId", "buyer")
        .secret("clientSecret", "old");
    let provider = Arc::new(account.open());
    provider.verify().await.unwrap();
}
