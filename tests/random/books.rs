//! The sellers' books, read as any buyer could read them: which orders they took when, at which price, and what became of them.

use std::collections::BTreeMap;

use http_body_util::BodyExt;
use jiff::Timestamp;
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

/// A price that a seller named, and when.
#[derive(Clone, Debug)]
pub struct Quote {
    pub price: Price,
    pub answered: Timestamp,
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
    pub unis: Vec<String>,
}

impl Order {
    /// Whether it came to nothing.
    pub fn failed(&self) -> bool {
        matches!(self.state.as_str(), "rejected" | "failed" | "cancelled")
    }
}

#[derive(Default)]
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
                books.quotes.insert((name.clone(), id), Quote { price: price(list(prices)), answered });
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
        }
    }

    /// When a quote of a seller was answered.
    pub fn quote(&self, seller: &str, id: &str) -> Option<&Quote> {
        self.quotes.get(&(seller.to_owned(), id.to_owned()))
    }
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
