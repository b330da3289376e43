//! The sellers' books, read as any buyer could read them: which orders they took when, at which price, and what became of them.

use std::collections::BTreeMap;

use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::Value;
use tower::ServiceExt;

use crate::figures::{decimal, deep, list, text};
use crate::ground::Ground;
use crate::world::RunningSeller;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Price {
    pub monthly: Decimal,
    pub once: Decimal,
}

impl std::ops::Add for Price {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { monthly: self.monthly + other.monthly, once: self.once + other.once }
    }
}

/// A price that a seller named, when, and until when it can be ordered.
#[derive(Clone, Debug)]
pub struct Quote {
    pub price: Price,
    pub answered: Timestamp,
    pub ends: Timestamp,
}

/// Between what the operator knows when it decides and when the seller takes the order, something may have changed.
pub const MOMENT: SignedDuration = SignedDuration::from_secs(5);

impl Quote {
    /// Whether it was offered when an order was decided on that was taken then.
    pub fn stood_around(&self, taken: Timestamp) -> bool {
        self.answered <= taken && taken <= self.ends + MOMENT
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Add,
    Modify,
    Delete,
}

#[derive(Clone, Debug)]
pub struct Order {
    pub seller: String,
    pub id: String,
    /// `namespace/name` of the intent.
    pub intent: String,
    /// The segment, by its reference in the mark.
    pub segment: String,
    pub action: Action,
    pub taken: Timestamp,
    /// Its last state, and since when.
    pub state: String,
    pub since: Timestamp,
    pub product: Option<String>,
    pub quote: Option<String>,
    pub price: Price,
    pub class: String,
    /// Both ports, sorted.
    pub unis: Vec<String>,
    /// The VLANs at each of them.
    pub vlans: BTreeMap<String, Vec<Value>>,
    /// Committed bit/s.
    pub committed: Decimal,
}

impl Order {
    /// Whether it came to nothing.
    pub fn failed(&self) -> bool {
        matches!(self.state.as_str(), "rejected" | "failed" | "cancelled")
    }
}

#[derive(Clone, Default)]
pub struct Books {
    /// In the order in which they were taken.
    pub orders: Vec<Order>,
    /// By seller and id.
    pub quotes: BTreeMap<(String, String), Quote>,
}

const ORDERS: &str = "/mefApi/cantata/productOrderingManagement/v5/productOrder";
const QUOTES: &str = "/mefApi/cantata/quoteManagement/v2/quote";

async fn get(seller: &RunningSeller, path: &str) -> Value {
    let request = http::Request::get(path).body(axum::body::Body::empty()).unwrap();
    let answer = seller.seller.router().oneshot(request).await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

/// All ids of a list.
async fn ids(seller: &RunningSeller, path: &str) -> Vec<String> {
    let mut ids = Vec::new();
    loop {
        let page = get(seller, &format!("{path}?limit=50&offset={}", ids.len())).await;
        let before = ids.len();
        ids.extend(list(&page).iter().map(|entry| text(&entry["id"]).to_owned()));
        if ids.len() == before {
            return ids;
        }
    }
}

fn time(value: &Value) -> Timestamp {
    text(value).parse().unwrap_or_else(|_| panic!("{value} is no time"))
}

impl Books {
    pub async fn read(ground: &Ground) -> Self {
        let mut books = Self::default();
        for (name, seller) in &ground.sellers {
            for id in ids(seller, QUOTES).await {
                let quote = get(seller, &format!("{QUOTES}/{id}")).await;
                let prices = deep(&quote, "quoteItemPrice");
                let Some(answered) = quote["effectiveQuoteCompletionDate"].as_str() else { continue };
                let (Some(prices), Ok(answered)) = (prices, answered.parse()) else { continue };
                let ends = time(&quote["validFor"]["endDateTime"]);
                let quote = Quote { price: price(list(prices)), answered, ends };
                books.quotes.insert((name.clone(), id), quote);
            }
            for id in ids(seller, ORDERS).await {
                let order = get(seller, &format!("{ORDERS}/{id}")).await;
                let order = books.order(name, &order);
                books.orders.push(order);
            }
        }
        books.orders.sort_by_key(|order| order.taken);
        books
    }

    fn order(&self, seller: &str, order: &Value) -> Order {
        let item = &order["productOrderItem"][0];
        let quote = item["quoteItem"]["quoteId"].as_str().map(str::to_owned);
        let quoted = quote.as_ref().map(|id| &self.quotes[&(seller.to_owned(), id.clone())]);
        let (_, intent) = text(&order["projectId"]).split_once('/').expect("owner/namespace/intent");
        let (segment, _) = text(&order["externalId"]).rsplit_once('/').expect("reference/sequence");
        let last = list(&order["stateChange"]).last().expect("a state");
        let related = deep(item, "productRelationship").map(list).unwrap_or_default();
        let mut unis: Vec<String> = related.iter().map(|uni| text(&uni["id"]).to_owned()).collect();
        unis.sort();
        let at = |uni: &Value| {
            let end =
                if uni["relationshipType"] == "CONNECTS_TO_UNI_A" { "evcEndPointA" } else { "evcEndPointZ" };
            let ids = deep(item, end).and_then(|end| deep(end, "vlanId"));
            (text(&uni["id"]).to_owned(), ids.map(|ids| list(ids).to_vec()).unwrap_or_default())
        };
        let class = deep(item, "listOfCosNames").map(|names| text(&names[0]).to_owned()).unwrap_or_default();
        Order {
            seller: seller.to_owned(),
            id: text(&order["id"]).to_owned(),
            intent: intent.to_owned(),
            segment: segment.to_owned(),
            action: match text(&item["action"]) {
                "add" => Action::Add,
                "modify" => Action::Modify,
                "delete" => Action::Delete,
                other => panic!("{other} is no action"),
            },
            taken: time(&order["orderDate"]),
            state: text(&last["state"]).to_owned(),
            since: time(&last["changeDate"]),
            product: item["product"]["id"].as_str().map(str::to_owned),
            price: quoted.map(|quote| quote.price).unwrap_or_default(),
            quote,
            class,
            unis,
            vlans: related.iter().map(at).collect(),
            committed: deep(item, "cir").map(rate).unwrap_or_default(),
        }
    }

    /// When a quote of a seller was answered.
    pub fn quote(&self, seller: &str, id: &str) -> Option<&Quote> {
        self.quotes.get(&(seller.to_owned(), id.to_owned()))
    }
}

/// Bit/s of a rate.
fn rate(rate: &Value) -> Decimal {
    let factor = match text(&rate["irUnits"]) {
        "BPS" => 1,
        "KBPS" => 1_000,
        "MBPS" => 1_000_000,
        "GBPS" => 1_000_000_000,
        other => panic!("{other} is no unit of a rate"),
    };
    decimal(&rate["irValue"]) * Decimal::from(factor)
}

fn price(entries: &[Value]) -> Price {
    let mut sum = Price::default();
    for entry in entries {
        let amount = &entry["price"]["dutyFreeAmount"];
        assert_eq!(amount["unit"], "USD");
        let amount = decimal(&amount["value"]);
        match text(&entry["priceType"]) {
            "recurring" => {
                assert_eq!(entry["recurringChargePeriod"], "month");
                sum.monthly += amount;
            }
            "nonRecurring" => sum.once += amount,
            other => panic!("{other} is no price that can be bought"),
        }
    }
    sum
}
