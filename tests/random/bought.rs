//! Whether what was bought may have been bought: at every moment within every budget, after all offers, as approved, and for somebody
//! who wanted it. Reckoned from the sellers' books.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::books::{Action, Books, MOMENT, Order, Price};
use crate::feasible::{self, Shape};
use crate::figures::{amount, bits, decimal, list, text};
use crate::ground::{DEAR, Stated};
use crate::people::{Approved, Wish, key, reason};
use crate::watched;

/// Everything that is known in the end.
pub struct Evidence<'a> {
    pub stated: &'a Stated,
    pub wishes: &'a [Wish],
    pub approved: &'a [Approved],
    pub books: Books,
    /// Every state of every intent.
    pub intents: Vec<Value>,
    /// Every state of every segment.
    pub segments: Vec<Value>,
}

/// Sellers sell in steps of so many bit/s at most.
const STEP: u64 = 1_000_000_000;

/// Segments that were chosen together.
#[derive(Debug)]
struct Choice {
    members: BTreeSet<String>,
    /// Those of them that no choice before had.
    new: BTreeSet<String>,
}

/// What a product costs, from each of these instants on.
struct Line<'a> {
    order: &'a Order,
    since: Vec<(Timestamp, Price)>,
}

impl Line<'_> {
    fn costs(&self, at: Timestamp) -> Price {
        let known = self.since.iter().rev().find(|(since, _)| *since <= at);
        known.map(|(_, price)| *price).unwrap_or_default()
    }
}

/// Whether an order is for the rate that a spec asks for, or the seller's next step above it.
fn is_rate(order: &Order, spec: &Value) -> bool {
    let more = order.committed - Decimal::from(bits(text(&spec["bandwidth"]["committed"])));
    more >= Decimal::ZERO && more < Decimal::from(STEP)
}

impl Evidence<'_> {
    fn wish(&self, intent: &str) -> Option<&Wish> {
        self.wishes.iter().find(|wish| wish.key() == intent)
    }

    /// Every plan that was ever told holds and costs what the sellers quoted. How often each shape was told.
    pub fn plans(&self, wrong: &mut Vec<String>) -> BTreeMap<Shape, usize> {
        let quotes = watched::quotes(&self.segments);
        let mut told = BTreeSet::new();
        let mut shapes = BTreeMap::new();
        for intent in &self.intents {
            let plan = &intent["status"]["plan"];
            let meta = &intent["metadata"];
            let what = format!("{}, {}: {plan}", key(intent), reason(intent));
            // What is told while it leaves is what still runs of it.
            let leaves = !meta["deletionTimestamp"].is_null();
            if plan.is_null() || leaves || !told.insert(what.clone()) {
                continue;
            }
            match feasible::check(self.stated, text(&meta["namespace"]), &intent["spec"], plan) {
                Ok(shape) => *shapes.entry(shape).or_default() += 1,
                Err(why) => wrong.push(format!("a plan that does not hold: {why}: {what}")),
            }
            if let Err(why) = self.price_of_plan(plan, &quotes) {
                wrong.push(format!("a plan at another price: {why}: {what}"));
            }
        }
        shapes
    }

    fn price_of_plan(&self, plan: &Value, quotes: &BTreeMap<String, BTreeSet<String>>) -> Result<(), String> {
        let mut sums = (BTreeSet::from([Decimal::ZERO]), BTreeSet::from([Decimal::ZERO]));
        for leg in list(&plan["legs"]) {
            let of = quotes.get(text(&leg["segment"])).cloned().unwrap_or_default();
            let quoted = of.iter().filter_map(|id| self.books.quote(text(&leg["provider"]), id));
            let quoted: Vec<Price> = quoted.map(|quote| quote.price).collect();
            let with = |sums: &BTreeSet<Decimal>, part: fn(&Price) -> Decimal| {
                sums.iter().flat_map(|sum| quoted.iter().map(move |price| sum + part(price))).collect()
            };
            sums = (with(&sums.0, |price| price.monthly), with(&sums.1, |price| price.once));
        }
        for (field, sums) in [("monthly", &sums.0), ("oneTime", &sums.1)] {
            let (amount, currency) = text(&plan[field]).split_once(' ').unwrap_or_default();
            let same = amount.parse().is_ok_and(|amount| sums.contains(&amount)) && currency == "USD";
            if !same {
                return Err(format!("{field} is {amount} {currency}, quoted is {sums:?}"));
            }
        }
        Ok(())
    }

    /// Nobody bought anything for somebody who did not want it, or from whom they did not want it.
    pub fn wanted(&self, wrong: &mut Vec<String>) {
        for order in self.books.orders.iter().filter(|order| order.action != Action::Delete) {
            let Some(wish) = self.wish(&order.intent) else {
                wrong.push(format!("nobody asked for it: {order:?}"));
                continue;
            };
            let spec = wish.spec();
            if spec["mode"] == "Plan" || wish.budget(order.taken).is_null() {
                wrong.push(format!("it was only to be planned: {order:?}"));
            }
            if list(&spec["constraints"]["providers"]["deny"]).iter().any(|denied| *denied == order.seller) {
                wrong.push(format!("it is denied: {order:?}"));
            }
            if wish.deleted.is_some_and(|left| order.taken > left + MOMENT) {
                wrong.push(format!("whoever asked had left: {order:?}"));
            }
            if order.quote.is_none() {
                wrong.push(format!("nothing was quoted: {order:?}"));
            }
            if spec["budget"]["currency"] != "USD" {
                wrong.push(format!("it was to be paid in another currency: {order:?}"));
            }
            let mut asked = wish.specs.iter().filter(|(since, _)| *since <= order.taken);
            if !asked.any(|(_, spec)| is_rate(order, spec)) {
                wrong.push(format!("nobody asked for that much: {order:?}"));
            }
        }
    }

    /// What was ordered is part of a plan that was told, and where two parts are patched to each other, one VLAN goes through.
    pub fn as_planned(&self, wrong: &mut Vec<String>) {
        let plans: Vec<&Value> = self.intents.iter().map(|intent| &intent["status"]["plan"]).collect();
        let mut told: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for leg in plans.iter().flat_map(|plan| list(&plan["legs"])) {
            told.entry(text(&leg["segment"])).or_default().push(leg);
        }
        let orders = || self.books.orders.iter().filter(|order| order.action != Action::Delete);
        for order in orders() {
            let legs = told.get(order.segment.as_str()).into_iter().flatten();
            if !legs.into_iter().any(|leg| self.is_leg(leg, order)) {
                wrong.push(format!("it was not planned: {order:?}"));
            }
        }
        let at = |leg: &Value, end: &str| {
            let order = orders().rfind(|order| order.segment == text(&leg["segment"]) && !order.failed())?;
            order.vlans.get(&self.uni(&leg[end])?).cloned()
        };
        let mut seen = BTreeSet::new();
        for plan in plans {
            let mut joints = list(&plan["joints"]).iter();
            for pair in list(&plan["legs"]).windows(2).filter(|pair| pair[0]["path"] == pair[1]["path"]) {
                let Some(joint) = joints.next().filter(|_| seen.insert(format!("{pair:?}"))) else {
                    continue;
                };
                let (Some(here), Some(there)) = (at(&pair[0], "to"), at(&pair[1], "from")) else { continue };
                if self.stated.interconnects.contains_key(text(joint)) && here != there {
                    wrong.push(format!("VLANs do not meet: {here:?} and {there:?} at {joint}: {pair:?}"));
                }
            }
        }
    }

    /// The seller's id of a port.
    fn uni(&self, place: &Value) -> Option<String> {
        let port = self.stated.port(text(place))?;
        Some(text(&port["source"]["existing"]["productId"]).to_owned())
    }

    /// Whether an order is for this leg of a plan.
    fn is_leg(&self, leg: &Value, order: &Order) -> bool {
        let mut unis: Vec<String> =
            [&leg["from"], &leg["to"]].into_iter().filter_map(|place| self.uni(place)).collect();
        unis.sort();
        leg["provider"] == order.seller && leg["classOfService"] == order.class && unis == order.unis
    }

    /// What each product cost when, from the moment in which its order was taken.
    fn lines(&self) -> Vec<Line<'_>> {
        let mut lines: Vec<Line> = Vec::new();
        for order in self.books.orders.iter().filter(|order| order.action == Action::Add) {
            let mut since = vec![(order.taken, order.price)];
            if order.failed() {
                since.push((order.since, Price::default()));
            }
            lines.push(Line { order, since });
        }
        for order in self.books.orders.iter().filter(|order| order.action != Action::Add) {
            let of = lines.iter_mut().find(|line| {
                line.order.seller == order.seller
                    && line.order.product == order.product
                    && !line.order.failed()
            });
            let line = of.unwrap_or_else(|| panic!("of what product is {order:?}"));
            let before = line.costs(order.taken);
            let completed = order.state == "completed";
            match order.action {
                Action::Modify => {
                    let both = Price {
                        monthly: before.monthly.max(order.price.monthly),
                        once: before.once.max(order.price.once),
                    };
                    line.since.push((order.taken, both));
                    line.since.push((order.since, if completed { order.price } else { before }));
                }
                Action::Delete if completed => line.since.push((order.since, Price::default())),
                Action::Delete | Action::Add => {}
            }
        }
        lines
    }

    /// At every moment everything together is within every limit that holds for it.
    pub fn within_budgets(&self, wrong: &mut Vec<String>) -> BTreeMap<String, Decimal> {
        let lines = self.lines();
        let mut highest: BTreeMap<String, Decimal> = BTreeMap::new();
        let moments: BTreeSet<Timestamp> = self
            .books
            .orders
            .iter()
            .filter(|order| order.action != Action::Delete)
            .map(|order| order.taken)
            .collect();
        let choices = self.choices();
        let mut segments: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for segment in &self.segments {
            let uid = text(&segment["spec"]["intentRef"]["uid"]).to_owned();
            segments.entry(uid).or_default().insert(text(&segment["metadata"]["name"]).to_owned());
        }
        for at in moments {
            let left = self.left_behind(&choices, &segments, at);
            let mut spent: BTreeMap<(&str, &str), Price> = BTreeMap::new();
            for line in &lines {
                let (price, order) = (line.costs(at), line.order);
                let (namespace, _) = order.intent.split_once('/').unwrap();
                let of_all =
                    [("namespace", namespace), ("account", &order.seller), ("intent", &order.intent)];
                // The budget of an intent is for what it chose last; what that does without costs beside it until it ends.
                let kinds = if left.contains(&order.segment) { 2 } else { 3 };
                for of in of_all.into_iter().take(kinds) {
                    let sum = spent.entry(of).or_default();
                    sum.monthly += price.monthly;
                    sum.once += price.once;
                }
            }
            for ((kind, name), sum) in spent.into_iter().filter(|(_, sum)| *sum != Price::default()) {
                let (monthly, once) = match kind {
                    "namespace" => {
                        let cap = &self.stated.budgets[name]["spec"]["caps"][0];
                        (decimal(&cap["monthly"]), decimal(&cap["oneTime"]))
                    }
                    "account" => {
                        let total = &self.stated.providers[name]["spec"]["limits"]["total"];
                        (decimal(&total["monthly"]), decimal(&total["oneTime"]))
                    }
                    _ => {
                        let Some(wish) = self.wish(name) else { continue };
                        let budget = wish.budget(at);
                        if budget.is_null() {
                            continue;
                        }
                        (decimal(&budget), decimal(&wish.spec()["budget"]["oneTime"]))
                    }
                };
                if sum.monthly > monthly || sum.once > once {
                    wrong.push(format!(
                        "more than a {kind} may spend: {name} has {sum:?} of {monthly} and {once} at {at}"
                    ));
                }
                let most = highest.entry(format!("{kind} {name}")).or_default();
                *most = (*most).max(sum.monthly);
            }
        }
        for order in &self.books.orders {
            let limit = &self.stated.providers[&order.seller]["spec"]["limits"]["perOrder"];
            if order.price.monthly > decimal(&limit["monthly"])
                || order.price.once > decimal(&limit["oneTime"])
            {
                wrong.push(format!("one order is above its limit: {order:?}"));
            }
        }
        highest
    }

    /// The segments that were chosen once, and that what was chosen last, and ordered in part by then, does without.
    fn left_behind(
        &self,
        choices: &BTreeMap<String, Vec<Choice>>,
        segments: &BTreeMap<String, BTreeSet<String>>,
        at: Timestamp,
    ) -> BTreeSet<String> {
        let begun = |choice: &&Choice| {
            let adds =
                self.books.orders.iter().filter(|order| order.action == Action::Add && order.taken <= at);
            adds.into_iter().any(|order| choice.new.contains(&order.segment))
        };
        let mut left = BTreeSet::new();
        for (uid, of_intent) in choices {
            let Some(last) = of_intent.iter().rev().find(begun) else { continue };
            let own = segments.get(uid).into_iter().flatten();
            left.extend(own.filter(|name| !last.members.contains(*name)).cloned());
        }
        left
    }

    /// What was chosen together, one after the other, by the uid of the intent.
    fn choices(&self) -> BTreeMap<String, Vec<Choice>> {
        let mut by_revision: BTreeMap<(String, i64), BTreeSet<String>> = BTreeMap::new();
        for segment in &self.segments {
            let choice = &segment["spec"]["choice"];
            let Some(revision) = choice["revision"].as_i64() else { continue };
            let uid = text(&segment["spec"]["intentRef"]["uid"]).to_owned();
            let paths = list(&choice["paths"]).iter().flat_map(|path| list(&path["segments"]));
            by_revision.entry((uid, revision)).or_default().extend(paths.map(|name| text(name).to_owned()));
        }
        let mut choices: BTreeMap<String, Vec<Choice>> = BTreeMap::new();
        for ((uid, _), members) in by_revision {
            let before = choices.entry(uid).or_default();
            let known = |name: &&String| before.iter().any(|choice| choice.members.contains(*name));
            let new = members.iter().filter(|name| !known(name)).cloned().collect();
            before.push(Choice { members, new });
        }
        choices
    }

    /// No part is ordered before all that are chosen with it are firmly offered. How many choices of several parts were ordered.
    pub fn offers_come_first(&self, wrong: &mut Vec<String>) -> usize {
        for order in &self.books.orders {
            let quote = order.quote.as_ref().and_then(|id| self.books.quote(&order.seller, id));
            if quote.is_some_and(|quote| quote.answered > order.taken) {
                wrong.push(format!("its quote came later: {order:?}"));
            }
        }
        let quotes = watched::quotes(&self.segments);
        let seller = |name: &str| {
            let of = self.segments.iter().find(|segment| segment["metadata"]["name"] == name);
            of.map(|segment| text(&segment["spec"]["provider"]["name"])).unwrap_or_default()
        };
        let mut ordered = 0;
        for choice in self.choices().values().flatten() {
            let adds = self.books.orders.iter().filter(|order| order.action == Action::Add);
            let Some(first) =
                adds.filter(|order| choice.new.contains(&order.segment)).min_by_key(|order| order.taken)
            else {
                continue;
            };
            ordered += usize::from(choice.members.len() > 1);
            for name in &choice.new {
                let of = quotes.get(name).cloned().unwrap_or_default();
                let mut quoted = of.iter().filter_map(|id| self.books.quote(seller(name), id));
                if !quoted.any(|quote| quote.stood_around(first.taken)) {
                    wrong.push(format!("ordered before all offers: {first:?}, and {name} was not offered"));
                }
            }
        }
        ordered
    }

    /// What is dear is bought as somebody approved it, for no more. How many orders rest on an approval.
    pub fn approvals_hold(&self, wrong: &mut Vec<String>) -> usize {
        let choices = self.choices();
        let quotes = watched::quotes(&self.segments);
        let mut approved = 0;
        for order in self.books.orders.iter().filter(|order| order.action != Action::Delete) {
            let asks = self.wish(&order.intent).is_some_and(|wish| wish.spec()["className"] == "dear");
            if !asks || order.action == Action::Modify && !self.costs_more(order) {
                continue;
            }
            let of = choices.values().flatten().filter(|choice| choice.members.contains(&order.segment));
            let mut together: Vec<Price> = of
                .map(|choice| {
                    let others = choice.members.iter().filter(|name| **name != order.segment);
                    others.fold(order.price, |sum, name| sum + self.least_beside(name, order, &quotes))
                })
                .collect();
            if together.is_empty() {
                together.push(order.price);
            }
            if together.iter().any(|price| price.monthly <= Decimal::from(DEAR)) {
                continue;
            }
            let fits = |price: &Price| self.approved.iter().any(|yes| self.is_as_approved(order, yes, price));
            if together.iter().any(fits) {
                approved += 1;
            } else {
                wrong.push(format!("nobody approved it: at {together:?}: {order:?}"));
            }
        }
        approved
    }

    /// Whether an order is for a leg of what was approved, at the rate that was asked for then, and all of it costs no more.
    fn is_as_approved(&self, order: &Order, yes: &Approved, together: &Price) -> bool {
        yes.intent == order.intent
            && yes.at <= order.taken
            && list(&yes.plan["legs"]).iter().any(|leg| self.is_leg(leg, order))
            && is_rate(order, &yes.spec)
            && together.monthly <= amount(&yes.plan["monthly"])
            && together.once <= amount(&yes.plan["oneTime"])
    }

    /// The least that another part of the same choice may have been known to cost when an order was taken: what it was ordered for, or
    /// was offered for just then.
    fn least_beside(&self, name: &str, order: &Order, quotes: &BTreeMap<String, BTreeSet<String>>) -> Price {
        let ordered =
            self.books.orders.iter().rfind(|other| {
                other.segment == name && other.taken <= order.taken && other.state != "rejected"
            });
        let is_its = |id: &String| quotes.get(name).is_some_and(|of| of.contains(id));
        let offers = self.books.quotes.iter().filter(|((_, id), _)| is_its(id)).map(|(_, quote)| quote);
        let offered = offers.filter(|quote| quote.stood_around(order.taken)).map(|quote| quote.price);
        let known: Vec<Price> = offered.chain(ordered.map(|ordered| ordered.price)).collect();
        Price {
            monthly: known.iter().map(|price| price.monthly).min().unwrap_or_default(),
            once: known.iter().map(|price| price.once).min().unwrap_or_default(),
        }
    }

    fn costs_more(&self, order: &Order) -> bool {
        let before = self.books.orders.iter().rfind(|other| {
            other.segment == order.segment
                && other.taken < order.taken
                && other.action != Action::Delete
                && !other.failed()
        });
        before.is_none_or(|before| before.price.monthly < order.price.monthly)
    }
}

#[cfg(test)]
mod tests;
