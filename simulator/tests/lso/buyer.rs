//! A buyer for the tests: talks to a seller in process, with a clock moved by hand, and has every exchange held
//! against the official specification files when they are there.

use std::sync::OnceLock;

use axum::Router;
use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use naas_dev::lso::{Recorder, Side, Specifications};
use naas_sim::scenario::Delay;
use naas_sim::{Clock, Scenario, Seller, Store};
use serde_json::{Value, json};
use tower::ServiceExt;

pub const START: &str = "2026-06-01T08:00:00Z"; // a Monday
pub const POQ: &str = "/mefApi/sonata/productOfferingQualification/v7/productOfferingQualification";
pub const QUOTES: &str = "/mefApi/sonata/quoteManagement/v8";
pub const ORDERING: &str = "/mefApi/sonata/productOrderingManagement/v10";
pub const PRODUCTS: &str = "/mefApi/sonata/productInventory/v7/product";

/// The specification files, loaded once; `None` when they are not there.
fn specifications() -> Option<&'static Specifications> {
    static SPECIFICATIONS: OnceLock<Option<Specifications>> = OnceLock::new();
    SPECIFICATIONS.get_or_init(|| Specifications::find().expect("the specification files load")).as_ref()
}

/// Metro Fiber with a JSON merge patch (RFC 7386) on its scenario.
pub fn metro_fiber(patch: Value) -> Scenario {
    patched(include_str!("../../scenarios/metro-fiber.yaml"), patch)
}

/// Any scenario file with a JSON merge patch.
pub fn patched(yaml: &str, patch: Value) -> Scenario {
    let mut scenario: Value = serde_norway::from_str(yaml).unwrap();
    merge(&mut scenario, patch);
    Scenario::from_yaml(&serde_norway::to_string(&scenario).unwrap())
        .unwrap_or_else(|error| panic!("{error}"))
}

fn merge(target: &mut Value, patch: Value) {
    match patch {
        Value::Object(patch) => {
            if !target.is_object() {
                *target = json!({});
            }
            for (name, value) in patch {
                if value.is_null() {
                    target.as_object_mut().unwrap().remove(&name);
                } else {
                    merge(&mut target[&name], value);
                }
            }
        }
        other => *target = other,
    }
}

/// A buyer and the seller it talks to.
pub struct Buyer {
    pub seller: Seller,
    router: Router,
    recorder: Recorder,
    token: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: http::HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The body of an answer with this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }

    /// The `code` and `propertyPath` of each entry of a 422 answer.
    #[track_caller]
    pub fn issues(self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let body = self.expect(422);
        let entries = body.as_array().unwrap().iter();
        entries.map(|entry| (text(&entry["code"]), text(&entry["propertyPath"]))).collect()
    }
}

impl Buyer {
    /// A buyer of a new seller.
    pub fn of(scenario: Scenario) -> Self {
        Self::with_store(scenario, Store::in_memory().unwrap(), START.parse().unwrap())
    }

    pub fn with_store(scenario: Scenario, store: Store, now: Timestamp) -> Self {
        Self::talking_to(Seller::open(scenario, store, Clock::manual(now)).unwrap())
    }

    pub fn talking_to(seller: Seller) -> Self {
        let recorder = Recorder::new();
        let router = recorder.wrap(seller.router());
        Self { seller, router, recorder, token: None }
    }

    pub fn shows_token(&mut self, token: &str) {
        self.token = Some(token.to_owned());
    }

    pub fn now(&self) -> Timestamp {
        self.seller.clock().now()
    }

    /// Lets time pass.
    pub fn wait(&self, time: &str) {
        let time: Delay = time.parse().unwrap();
        self.seller.advance(time).unwrap().unwrap();
    }

    /// An instant from now.
    pub fn in_days(&self, days: i64) -> String {
        self.now().checked_add(SignedDuration::from_hours(24 * days)).unwrap().to_string()
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = match body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json;charset=utf-8")
                .body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        self.call(request.unwrap()).await
    }

    pub async fn call(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn qualify(&self, items: Value) -> Answer {
        self.post(POQ, &qualification(items)).await
    }

    pub async fn quote(&self, items: Value) -> Answer {
        self.post(&format!("{QUOTES}/quote"), &quote(items)).await
    }

    pub async fn order(&self, mark: &str, items: Value) -> Answer {
        self.post(&format!("{ORDERING}/productOrder"), &order(mark, items)).await
    }

    pub async fn read_order(&self, id: &Value) -> Value {
        self.get(&format!("{ORDERING}/productOrder/{}", id.as_str().unwrap())).await.expect(200)
    }

    pub async fn read_product(&self, id: &Value) -> Value {
        self.get(&format!("{PRODUCTS}/{}", id.as_str().unwrap())).await.expect(200)
    }

    /// Quotes and orders one product, and answers the order id.
    pub async fn buy(&self, mark: &str, product: Value) -> Value {
        let quote = self.quote(json!([quoted("1", "add", product.clone())])).await.expect(201);
        let order = self.order(mark, json!([self.ordered("1", "add", product, Some(&quote["id"]))])).await;
        order.expect(201)["id"].clone()
    }

    /// The same, until it runs; answers the product id.
    pub async fn buy_and_wait(&self, mark: &str, product: Value) -> Value {
        let order = self.buy(mark, product).await;
        self.wait("1h");
        let order = self.read_order(&order).await;
        assert_eq!(order["state"], "completed", "{order:#}");
        order["productOrderItem"][0]["product"]["id"].clone()
    }

    /// An order item.
    pub fn ordered(&self, id: &str, action: &str, product: Value, quote: Option<&Value>) -> Value {
        let mut item = json!({"id": id, "action": action, "product": product});
        if action != "delete" {
            item["requestedCompletionDate"] = json!(self.in_days(7));
            item["billingAccount"] = json!({"id": "BA-1"});
            item["requestedItemTerm"] = month();
            item["relatedContactInformation"] = contacts(&[
                "buyerProductOrderItemContact",
                "buyerImplementationContact",
                "buyerTechnicalContact",
            ]);
        }
        if let Some(quote) = quote {
            item["quoteItem"] = json!({"quoteId": quote, "id": id});
        }
        item
    }

    /// Holds everything that was said against the specification files.
    #[track_caller]
    pub fn finish(&self) {
        conforms(&self.recorder);
    }
}

/// Nothing the seller said breaks the specification files.
#[track_caller]
pub fn conforms(recorder: &Recorder) {
    let Some(specifications) = specifications() else {
        println!("SKIPPED: no LSO specification files, set NAAS_SPECS");
        return;
    };
    let report = recorder.check(specifications);
    assert!(!report.operations.is_empty(), "no exchange was recognised:\n{report}");
    assert!(report.by(Side::Seller).next().is_none(), "{report}");
}

pub fn contacts(roles: &[&str]) -> Value {
    let contact = |role: &&str| json!({"role": role, "name": "Ada", "emailAddress": "ada@buyer.example", "number": "+1-555-0101"});
    roles.iter().map(contact).collect()
}

pub fn month() -> Value {
    json!({"name": "one month", "duration": {"amount": 1, "units": "calendarMonths"}, "endOfTermAction": "autoRenew"})
}

pub fn qualification(items: Value) -> Value {
    json!({
        "externalId": "poq-1",
        "projectId": "checkpoints",
        "instantSyncQualification": true,
        "provideAlternative": true,
        "relatedContactInformation": contacts(&["buyerContactInformation"]),
        "productOfferingQualificationItem": items,
    })
}

pub fn quote(items: Value) -> Value {
    json!({
        "externalId": "quote-1",
        "projectId": "checkpoints",
        "instantSyncQuote": true,
        "buyerRequestedQuoteLevel": "firm",
        "relatedContactInformation": contacts(&["buyerContactInformation"]),
        "quoteItem": items,
    })
}

pub fn order(mark: &str, items: Value) -> Value {
    json!({
        "externalId": mark,
        "projectId": "checkpoints",
        "relatedContactInformation": contacts(&["productOrderContact"]),
        "productOrderItem": items,
    })
}

pub fn qualified(id: &str, action: &str, product: Value) -> Value {
    json!({"id": id, "action": action, "product": product})
}

pub fn quoted(id: &str, action: &str, product: Value) -> Value {
    let mut item = json!({"id": id, "action": action, "product": product});
    if action != "delete" {
        item["requestedQuoteItemTerm"] = month();
    }
    item
}

/// An EVPL between Ashburn and Chicago.
pub fn evpl(mbps: u64, vlan: u16) -> Value {
    line("MF-EVPL", "BUSINESS", mbps, Some(vlan), ["MF-UNI-ASH-1", "MF-UNI-CHI-1"])
}

/// An E-Line between two UNIs.
pub fn line(offering: &str, class: &str, mbps: u64, vlan: Option<u16>, unis: [&str; 2]) -> Value {
    let rate = json!({"irValue": mbps, "irUnits": "MBPS"});
    let none = json!({"irValue": 0, "irUnits": "MBPS"});
    let end = |name: &str| {
        let mut end = json!({
            "identifier": name,
            "ingressClassOfServiceMap": {"mapType": "ENDPOINT", "map_M": class, "l2cp_P": []},
            "ingressBandwidthProfilePerClassofServiceName": [{
                "classOfServiceName": class,
                "bwpFlow": {
                    "cir": rate, "cirMax": rate, "cbs": {"dataSizeValue": 512, "dataSizeUnits": "KBYTES"},
                    "eir": none, "eirMax": none, "ebs": {"dataSizeValue": 0, "dataSizeUnits": "BYTES"},
                    "couplingFlag": false, "colorMode": "COLOR_BLIND",
                },
            }],
        });
        if let Some(vlan) = vlan {
            end["evcEndPointMap"] = json!({"vlanType": "LIST", "vlanId": [vlan]});
        }
        end
    };
    let kind = if vlan.is_some() { "evpl" } else { "epl" };
    json!({
        "productOffering": {"id": offering},
        "productRelationship": [
            {"relationshipType": "CONNECTS_TO_UNI_A", "id": unis[0]},
            {"relationshipType": "CONNECTS_TO_UNI_Z", "id": unis[1]},
        ],
        "productConfiguration": {
            "@type": format!("urn:mef:lso:spec:cantata-sonata:{kind}-evc:v1.0.0:all"),
            "listOfCosNames": [class],
            "maximumFrameSize": 9000,
            "evcEndPointA": end("a"),
            "evcEndPointZ": end("z"),
        },
    })
}

/// A product with its id, as a modify names it.
pub fn with_id(mut product: Value, id: &Value) -> Value {
    product["id"] = id.clone();
    product
}
