//! A seller's books against what the intents say: pure functions.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::Deserialize;

use super::{
    Error,
    objects::{Intent, Plan, Status},
    screen::table,
};

/// What a simulated seller shows at `/audit`: the truth, not what its inventory shows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Audit {
    /// Every order ever taken.
    pub orders: Vec<Order>,
    /// Every product that an order added.
    pub services: Vec<Service>,
    /// What is owed, per currency.
    pub money: BTreeMap<String, Owed>,
    /// Services bought twice.
    pub twins: Vec<serde_json::Value>,
    /// Services that no order accounts for.
    pub orphans: Vec<serde_json::Value>,
    /// Charges that nobody answered.
    pub unanswered_charges: Vec<String>,
}

/// An order.
#[derive(Clone, Debug, Deserialize)]
pub struct Order {
    /// Id.
    pub id: String,
    /// State.
    pub state: String,
    /// What it does.
    pub items: Vec<Item>,
}

/// An item of an order.
#[derive(Clone, Debug, Deserialize)]
pub struct Item {
    /// `add`, `modify` or `delete`.
    pub action: String,
}

/// A product.
#[derive(Clone, Debug, Deserialize)]
pub struct Service {
    /// Id.
    pub id: String,
    /// It runs, or is to.
    pub live: bool,
}

/// Money owed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Owed {
    /// Per month for what is billing now.
    pub monthly: Decimal,
    /// Once, since the first day.
    pub one_off: Decimal,
}

/// How many orders of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Orders {
    add: usize,
    modify: usize,
    delete: usize,
}

impl std::fmt::Display for Orders {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} add, {} modify, {} delete", self.add, self.modify, self.delete)
    }
}

/// What was bought so far at each seller, by what the intents said when it was.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    accounts: BTreeMap<String, Account>,
}

#[derive(Clone, Debug, Default)]
struct Account {
    orders: Orders,
    once: BTreeMap<String, Decimal>,
}

impl Ledger {
    /// An intent became ready for the first time.
    pub fn bought(&mut self, intent: &Intent) -> Result<(), Error> {
        self.charge(intent, |orders| orders.add += 1)
    }

    /// An intent became ready in another shape.
    pub fn changed(&mut self, intent: &Intent) -> Result<(), Error> {
        self.charge(intent, |orders| orders.modify += 1)
    }

    /// An intent is deleted.
    pub fn given_back(&mut self, intent: &Intent) {
        for provider in providers(intent) {
            self.accounts.entry(provider.to_owned()).or_default().orders.delete += 1;
        }
    }

    fn charge(&mut self, intent: &Intent, count: impl Fn(&mut Orders)) -> Result<(), Error> {
        for provider in providers(intent) {
            let Some((_, one_time)) = share(intent, provider) else { continue };
            let account = self.accounts.entry(provider.to_owned()).or_default();
            count(&mut account.orders);
            let (amount, currency) = money(one_time)?;
            *account.once.entry(currency).or_default() += amount;
        }
        Ok(())
    }

    /// What in the books of `seller` is not as the intents say; nothing if they agree.
    pub fn check(&self, seller: &str, intents: &[Intent], audit: &Audit) -> Vec<String> {
        let account = self.accounts.get(seller).cloned().unwrap_or_default();
        let here: Vec<&Intent> = intents.iter().filter(|intent| providers(intent).contains(seller)).collect();
        let mut wrong = Vec::new();
        let mut differs = |what: &str, books: String, said: String| {
            if books != said {
                wrong.push(format!("{seller}: {what}: the books say {books}, the operator says {said}"));
            }
        };
        differs("orders", orders(audit).to_string(), account.orders.to_string());
        differs("live services", list(live(audit)), list(services(&here, seller)));
        let said =
            expected(&account, &here, seller).map_or_else(|why| why.to_string(), |owed| owed_text(&owed));
        differs("money", owed_text(&audit.money), said);
        let unfinished = audit.orders.iter().filter(|order| order.state != "completed");
        differs(
            "unfinished orders",
            list(unfinished.map(|order| order.id.as_str()).collect()),
            list(BTreeSet::new()),
        );
        for (what, count) in [
            ("services bought twice", audit.twins.len()),
            ("services without an order", audit.orphans.len()),
            ("unanswered charges", audit.unanswered_charges.len()),
        ] {
            differs(what, count.to_string(), 0.to_string());
        }
        wrong
    }
}

fn plan(intent: &Intent) -> Option<&Plan> {
    intent.status.as_ref()?.plan.as_ref()
}

/// Who carries it: a seller for each leg.
fn providers(intent: &Intent) -> BTreeSet<&str> {
    plan(intent).into_iter().flat_map(|plan| &plan.legs).map(|leg| leg.provider.as_str()).collect()
}

/// What a seller's part costs a month and once. A plan tells what all legs cost together, and offers what each does.
fn share<'a>(intent: &'a Intent, seller: &str) -> Option<(&'a str, &'a str)> {
    let plan = plan(intent)?;
    if plan.legs.len() == 1 {
        return Some((&plan.monthly, &plan.one_time));
    }
    let mut offers = intent.status.as_ref()?.offers.iter();
    let taken = offers.find(|offer| offer.provider == seller && offer.state == "Taken")?;
    Some((taken.monthly.as_deref()?, taken.one_time.as_deref()?))
}

/// What the seller should be owed.
fn expected(account: &Account, intents: &[&Intent], seller: &str) -> Result<BTreeMap<String, Owed>, Error> {
    let mut owed: BTreeMap<String, Owed> = BTreeMap::new();
    for (monthly, _) in intents.iter().filter_map(|intent| share(intent, seller)) {
        let (amount, currency) = money(monthly)?;
        owed.entry(currency).or_default().monthly += amount;
    }
    for (currency, amount) in &account.once {
        owed.entry(currency.clone()).or_default().one_off += *amount;
    }
    Ok(owed)
}

/// An amount with its currency, such as `1125.00 USD`.
fn money(text: &str) -> Result<(Decimal, String), Error> {
    let (amount, currency) = text.split_once(' ').ok_or_else(|| Error::Amount(text.to_owned()))?;
    let amount = amount.parse().map_err(|_| Error::Amount(text.to_owned()))?;
    Ok((amount, currency.to_owned()))
}

/// What intents plug into on the ports of a seller.
fn services<'a>(intents: &[&'a Intent], seller: &str) -> BTreeSet<&'a str> {
    let ends = |status: &'a Status| {
        let legs = status.plan.iter().flat_map(|plan| &plan.legs).filter(|leg| leg.provider == seller);
        let ports: Vec<&str> = legs.flat_map(|leg| [leg.from.as_str(), leg.to.as_str()]).collect();
        status.attachments.iter().filter(move |end| ports.contains(&end.port.as_str()))
    };
    let statuses = intents.iter().filter_map(|intent| intent.status.as_ref());
    statuses.flat_map(ends).map(|end| end.product_id.as_str()).collect()
}

fn live(audit: &Audit) -> BTreeSet<&str> {
    audit.services.iter().filter(|service| service.live).map(|service| service.id.as_str()).collect()
}

fn list(ids: BTreeSet<&str>) -> String {
    if ids.is_empty() { "none".to_owned() } else { ids.into_iter().collect::<Vec<_>>().join(", ") }
}

fn orders(audit: &Audit) -> Orders {
    let mut orders = Orders::default();
    for item in audit.orders.iter().flat_map(|order| &order.items) {
        match item.action.as_str() {
            "add" => orders.add += 1,
            "modify" => orders.modify += 1,
            _ => orders.delete += 1,
        }
    }
    orders
}

/// Two amounts per currency, in which nothing is nothing.
fn owed_text(owed: &BTreeMap<String, Owed>) -> String {
    let some = owed.iter().filter(|(_, owed)| **owed != Owed::default());
    let texts: Vec<String> = some
        .map(|(currency, owed)| {
            format!("{:.2} {currency} a month, {:.2} {currency} once", owed.monthly, owed.one_off)
        })
        .collect();
    if texts.is_empty() { "nothing".to_owned() } else { texts.join("; ") }
}

/// One row for each seller, with its verdict.
pub fn invoice(audits: &BTreeMap<&str, Audit>, verdicts: &[Vec<String>]) -> String {
    let mut rows = vec![
        ["seller", "orders", "live services", "owed", "as the operator says"].map(str::to_owned).to_vec(),
    ];
    for ((name, audit), wrong) in audits.iter().zip(verdicts) {
        let verdict = if wrong.is_empty() { "yes" } else { "NO" };
        rows.push(vec![
            (*name).to_owned(),
            orders(audit).to_string(),
            list(live(audit)),
            owed_text(&audit.money),
            verdict.to_owned(),
        ]);
    }
    table(&rows)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn intent(monthly: &str) -> Intent {
        serde_json::from_value(json!({
            "apiVersion": "naas.dev/v1alpha1",
            "kind": "ConnectivityIntent",
            "metadata": {"namespace": "training", "name": "checkpoints"},
            "spec": {},
            "status": {
                "plan": {
                    "monthly": format!("{monthly} USD"), "oneTime": "250.00 USD", "digest": "d",
                    "legs": [{"provider": "m", "from": "a/1", "to": "z/1"}],
                },
                "attachments": [{"port": "a/1", "productId": "P1"}],
            },
        }))
        .unwrap()
    }

    fn audit() -> serde_json::Value {
        json!({
            "orders": [{"id": "O1", "state": "completed", "items": [{"action": "add"}]}],
            "services": [{"id": "P1", "live": true}],
            "money": {"USD": {"monthly": "1125.00", "oneOff": "250"}, "EUR": {"monthly": "0", "oneOff": "0"}},
            "twins": [], "orphans": [], "unansweredCharges": [],
        })
    }

    fn wrong(intents: &[Intent], audit: serde_json::Value) -> Vec<String> {
        let mut ledger = Ledger::default();
        ledger.bought(&intent("1125.00")).unwrap();
        ledger.check("m", intents, &serde_json::from_value(audit).unwrap())
    }

    #[test]
    fn books_that_say_what_the_intents_say_are_right() {
        assert!(wrong(&[intent("1125.00")], audit()).is_empty());
        assert!(Ledger::default().check("other", &[intent("1.00")], &Audit::default()).is_empty());
    }

    #[test]
    fn each_seller_of_a_chain_is_owed_its_own_leg() {
        let mut chain = intent("1125.00");
        let status = chain.status.as_mut().unwrap();
        let leg =
            |provider: &str, from: &str, to: &str| json!({"provider": provider, "from": from, "to": to});
        let legs = json!([leg("m", "a/1", "meet/1"), leg("n", "meet/2", "z/1")]);
        status.plan.as_mut().unwrap().legs = serde_json::from_value(legs).unwrap();
        let offer = |provider: &str, monthly: &str| json!({"provider": provider, "state": "Taken", "monthly": monthly, "oneTime": "250.00 USD"});
        let offers = json!([offer("m", "1125.00 USD"), offer("n", "400.00 USD")]);
        status.offers = serde_json::from_value(offers).unwrap();
        let ends = json!([{"port": "a/1", "productId": "P1"}, {"port": "z/1", "productId": "P9"}]);
        status.attachments = serde_json::from_value(ends).unwrap();
        let mut ledger = Ledger::default();
        ledger.bought(&chain).unwrap();
        assert_eq!(ledger.check("m", &[chain.clone()], &serde_json::from_value(audit()).unwrap()), [""; 0]);
        let mut other = audit();
        other["services"][0]["id"] = json!("P9");
        other["money"]["USD"]["monthly"] = json!("400");
        assert_eq!(ledger.check("n", &[chain], &serde_json::from_value(other).unwrap()), [""; 0]);
    }

    #[test]
    fn whatever_differs_is_named() {
        let ours = [intent("1125.00")];
        assert_eq!(
            wrong(&[intent("1124.99")], audit()),
            ["m: money: the books say 1125.00 USD a month, 250.00 USD once, \
             the operator says 1124.99 USD a month, 250.00 USD once"]
        );
        let cases = [
            ("/orders", json!([])),
            ("/orders/0/state", json!("failed")),
            ("/services/0/live", json!(false)),
            ("/services/0/id", json!("P2")),
            ("/money/USD/oneOff", json!("251")),
            ("/money/EUR/monthly", json!("1")),
            ("/twins", json!([{}])),
            ("/orphans", json!([{}])),
            ("/unansweredCharges", json!(["C1"])),
        ];
        for (path, value) in cases {
            let mut books = audit();
            *books.pointer_mut(path).unwrap() = value;
            assert_eq!(wrong(&ours, books).len(), 1, "{path}");
        }
    }
}
