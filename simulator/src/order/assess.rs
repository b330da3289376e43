//! The verdict on an order: every item is checked against quote, calendar and network, and either all are accepted
//! or the order is rejected (MEF 123: one rejected item rejects the whole order).

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Checks, ITEMS, OrderMemo, Plan, charge, expect, move_to};
use crate::agenda::Happening;
use crate::catalogue::{self, Verdict};
use crate::desk::Desk;
use crate::inventory::{self, Design, Origin, ProductMemo, Status};
use crate::lifecycle;
use crate::qualification;
use crate::quote::{self, QuoteMemo};
use crate::refusal::{Issue, Refusal};
use crate::scenario::{
    Completion, DecreaseRule, Effect, ItemAction, Offering, ProductIdAt, SilentAt, TermRestart,
    TerminationBasis,
};
use crate::service::{Ask, Line, PortRef, Product};
use crate::store::{Kind, Record, StoreError, Stored};
use crate::term::{self, Agreed, Running};

/// Why items are rejected, by item id.
type Rejections = BTreeMap<String, Vec<Issue>>;

/// Why an attempt to accept an order ended.
enum Ended {
    Rejected(Rejections),
    Failed(StoreError),
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// An acknowledged order is accepted or rejected.
pub(crate) fn assessed(desk: &Desk<'_>, id: &str) -> Result<(), Refusal> {
    let Some(mut record) = desk.books.get::<OrderMemo>(Kind::Order, id)? else { return Ok(()) };
    if lifecycle::state(&record.wire) != "acknowledged" {
        return Ok(());
    }
    let owner = record.owner.clone();
    let desk = &desk.at(desk.now, &owner);
    if let Some(Effect::Reject { reason }) = record.memo.effect.clone() {
        let first = record.memo.asks.first().map(|(id, _)| id.clone()).unwrap_or_default();
        return Ok(reject(desk, record, &BTreeMap::from([(first, vec![Issue::other(reason)])]))?);
    }
    let mut plans = BTreeMap::new();
    let attempt = desk.books.attempt(|| accept_items(desk, &record, &mut plans));
    match attempt {
        Ok(()) => {
            record.memo.plans = plans;
            Ok(accept(desk, record)?)
        }
        Err(Ended::Rejected(rejections)) => Ok(reject(desk, record, &rejections)?),
        Err(Ended::Failed(error)) => Err(error.into()),
    }
}

fn reject(desk: &Desk<'_>, mut record: Record<OrderMemo>, rejections: &Rejections) -> Stored<()> {
    for item in lifecycle::items(&mut record.wire, ITEMS) {
        match item["id"].as_str().and_then(|id| rejections.get(id)) {
            Some(issues) => {
                lifecycle::enter(item, "rejected", None, desk.now);
                lifecycle::terminate(item, issues);
            }
            None => lifecycle::enter(item, "rejected.validated", None, desk.now),
        }
    }
    record.wire["completionDate"] = json!(desk.now.to_string());
    move_to(desk, &mut record, "rejected", "rejected", None)?;
    desk.books.put(&record)
}

/// Accepts item after item, UNIs before the services on them; what one item takes is gone for the next.
fn accept_items(
    desk: &Desk<'_>,
    record: &Record<OrderMemo>,
    plans: &mut BTreeMap<String, Plan>,
) -> Result<(), Ended> {
    let mut rejections = Rejections::new();
    let is_line = |ask: &Ask| matches!(ask, Ask::Add(Product::Line(_)));
    let (lines, others): (Vec<_>, Vec<_>) = record.memo.asks.iter().partition(|(_, ask)| is_line(ask));
    for (id, ask) in others.into_iter().chain(lines) {
        let position = record.memo.asks.iter().position(|(known, _)| known == id).unwrap_or_default();
        let item = &record.wire[ITEMS][position];
        let assessment = Assessment { desk, record, item, path: format!("/{ITEMS}/{position}") };
        match assessment.accept(ask, plans)? {
            Ok(plan) => {
                plans.insert(id.clone(), plan);
            }
            Err(issues) => {
                rejections.insert(id.clone(), issues);
            }
        }
    }
    if rejections.is_empty() { Ok(()) } else { Err(Ended::Rejected(rejections)) }
}

/// One item being assessed.
struct Assessment<'a> {
    desk: &'a Desk<'a>,
    record: &'a Record<OrderMemo>,
    item: &'a Value,
    path: String,
}

/// What was agreed about price and term.
struct Deal {
    prices: Vec<crate::catalogue::PriceLine>,
    term: Option<(Running, Value)>,
}

impl Assessment<'_> {
    fn at(&self, attribute: &str) -> String {
        format!("{}/{attribute}", self.path)
    }

    fn accept(&self, ask: &Ask, plans: &BTreeMap<String, Plan>) -> Stored<Result<Plan, Vec<Issue>>> {
        let desk = self.desk;
        let mut issues = Vec::new();
        let ask = with_ordered_ports(ask, plans);
        if let Some(issue) = self.obstacle(&ask)? {
            issues.push(issue);
        }
        if let Some(offering) =
            ask.wanted().and_then(|wanted| wanted.offering()).and_then(|id| desk.scenario.offering(id))
        {
            issues.extend(self.date_issue(offering));
        }
        let deal = match self.deal(&ask)? {
            Ok(deal) => deal,
            Err(mut found) => {
                issues.append(&mut found);
                return Ok(Err(issues));
            }
        };
        if !issues.is_empty() {
            return Ok(Err(issues));
        }
        let mut plan = Plan {
            product: String::new(),
            prices: deal.prices,
            term: deal.term,
            silent_fee: Decimal::ZERO,
            slips: match &self.record.memo.effect {
                Some(Effect::Slip { times, .. }) => *times,
                _ => 0,
            },
        };
        match &ask {
            Ask::Add(wanted) => {
                plan.product = desk.new_id("PRD")?;
                self.add(wanted, &plan)?;
            }
            Ask::Modify { product, wanted } => {
                plan.product.clone_from(product);
                self.begin_modify(product, wanted)?;
            }
            Ask::Delete { product } => {
                plan.product.clone_from(product);
                plan.silent_fee = self.begin_delete(product)?;
            }
        }
        Ok(Ok(plan))
    }

    /// What in the network or the state of the product stands against it.
    fn obstacle(&self, ask: &Ask) -> Stored<Option<Issue>> {
        if self.record.memo.checks == Checks::None && matches!(ask, Ask::Add(_)) {
            return Ok(None);
        }
        let verdict = match ask {
            Ask::Delete { product } => {
                let known = self.desk.books.get::<ProductMemo>(Kind::Product, product)?;
                match known.map(|record| (record.memo.status, record.memo.product)) {
                    Some((Status::Active, Product::Port(_))) => {
                        qualification::port_in_use(self.desk, product, self.services_leaving(product)?)?
                    }
                    Some(_) | None => qualification::judge(self.desk, ask)?,
                }
            }
            Ask::Add(_) | Ask::Modify { .. } => qualification::judge(self.desk, ask)?,
        };
        if let Verdict::Impossible { reason, .. } = verdict {
            return Ok(Some(Issue::new(crate::refusal::IssueCode::OtherIssue, self.at("product"), reason)));
        }
        let (Ask::Modify { product, wanted: Product::Line(line) }, DecreaseRule::Refused) =
            (ask, self.desk.scenario.order.decrease)
        else {
            return Ok(None);
        };
        let known = self.desk.books.get::<ProductMemo>(Kind::Product, product)?;
        let less = known.is_some_and(|record| match record.memo.product {
            Product::Line(known) => line.committed_total() < known.committed_total(),
            Product::Port(_) => false,
        });
        let at = self.at("product/productConfiguration");
        Ok(less.then(|| {
            Issue::value(at, "this seller does not decrease the bandwidth of a service in its term")
        }))
    }

    /// How many services at a UNI the same order deletes.
    fn services_leaving(&self, uni: &str) -> Stored<u32> {
        let mut leaving = 0;
        for (_, ask) in &self.record.memo.asks {
            if let Ask::Delete { product } = ask
                && let Some(record) = self.desk.books.get::<ProductMemo>(Kind::Product, product)?
                && let Product::Line(line) = &record.memo.product
                && qualification::inventory_ports(line).any(|port| port == uni)
            {
                leaving += 1;
            }
        }
        Ok(leaving)
    }

    /// The requested date must be far enough away, and a day on which somebody works.
    fn date_issue(&self, offering: &Offering) -> Option<Issue> {
        let settings = &self.desk.scenario.order;
        let date: jiff::Timestamp = self.item["requestedCompletionDate"].as_str()?.parse().ok()?;
        if !settings.checks_requested_date || self.record.memo.checks == Checks::None {
            return None;
        }
        let at = self.at("requestedCompletionDate");
        let day = date.to_zoned(TimeZone::UTC).date();
        if !self.desk.scenario.calendar.works(day) {
            return Some(Issue::value(at, format!("nobody works on {day}")));
        }
        let ordered: Option<jiff::Timestamp> =
            self.record.wire["orderDate"].as_str().and_then(|text| text.parse().ok());
        let ordered = ordered.unwrap_or(self.desk.now);
        let calendar = &self.desk.scenario.calendar;
        let earliest = offering.installation_interval.after(ordered, |day| calendar.works(day));
        let expedited = settings.accepts_expedite && self.item["expediteIndicator"] == true;
        let early = date.checked_add(settings.requested_date_grace.0).is_ok_and(|date| date < earliest);
        (early && !expedited).then(|| {
            Issue::value(at, format!("is within the installation interval; the earliest date is {earliest}"))
        })
    }

    /// Price and term: those of the quote, else those of the price list.
    fn deal(&self, ask: &Ask) -> Stored<Result<Deal, Vec<Issue>>> {
        let desk = self.desk;
        let Some(wanted) = ask.wanted() else { return Ok(Ok(Deal { prices: Vec::new(), term: None })) };
        let Some(offering) = wanted.offering().and_then(|id| desk.scenario.offering(id)) else {
            return Ok(Err(vec![Issue::other("the offering is no longer sold")]));
        };
        let asked = Agreed::read(&self.item["requestedItemTerm"]);
        let reference = &self.item["quoteItem"];
        let quoted = match (reference["quoteId"].as_str(), reference["id"].as_str()) {
            (Some(quote), Some(item)) => self.quoted(quote, item, ask)?,
            _ => None,
        };
        let at = self.at("requestedItemTerm");
        let (prices, agreed, wire) = match quoted {
            Some(Err(issue)) => return Ok(Err(vec![issue])),
            Some(Ok(offer)) => {
                let wire = offer.term.unwrap_or_default();
                let agreed = Agreed::read(&wire);
                if asked.is_some() && asked != agreed {
                    return Ok(Err(vec![Issue::value(at, format!("differs from the quoted term {wire}"))]));
                }
                (offer.prices, agreed, wire)
            }
            None => {
                let offered = term::choose(offering, asked.as_ref()).filter(|offered| offered.exact);
                let Some(offered) = offered else {
                    return Ok(Err(vec![Issue::value(at, "is no term of this offering")]));
                };
                let change = matches!(ask, Ask::Modify { .. });
                let prices = catalogue::price(desk.scenario, wanted, offered.term.discount, change);
                (prices, Some(offered.agreed()), offered.wire())
            }
        };
        let starts = match (ask, desk.scenario.order.modify_restarts_term) {
            (Ask::Modify { .. }, TermRestart::Never) => None,
            (Ask::Add(_) | Ask::Modify { .. } | Ask::Delete { .. }, _) => agreed,
        };
        let term = starts.map(|agreed| (Running::from(agreed, desk.now, &desk.scenario.calendar), wire));
        Ok(Ok(Deal { prices, term }))
    }

    /// The offer of a quote item, if it is for what is ordered.
    fn quoted(&self, quote: &str, item: &str, ask: &Ask) -> Stored<Option<Result<quote::Offer, Issue>>> {
        let Some(record) = self.desk.books.get::<QuoteMemo>(Kind::Quote, quote)? else { return Ok(None) };
        let at = self.at("quoteItem");
        let Some(offer) = record.memo.offers.get(item) else {
            return Ok(Some(Err(Issue::value(at, "that quote item has no offer"))));
        };
        let quoted = record.memo.asks.iter().find(|(known, _)| known == item).map(|(_, quoted)| quoted);
        let same = quoted.is_some_and(|quoted| same_deal(quoted, ask));
        Ok(Some(if same {
            Ok(offer.clone())
        } else {
            Err(Issue::value(at, "was quoted for something else"))
        }))
    }

    fn design(&self, wanted: &Product, plan: &Plan) -> Design {
        Design {
            product: wanted.clone(),
            configuration: self.item["product"]["productConfiguration"].clone(),
            prices: plan.prices.clone(),
            term: None,
        }
    }

    fn add(&self, wanted: &Product, plan: &Plan) -> Stored<()> {
        let desk = self.desk;
        let origin =
            Origin { order: self.record.id.clone(), external_id: self.record.memo.marks.external_id.clone() };
        let product = inventory::add(desk, &plan.product, self.design(wanted, plan), self.item, origin)?;
        if let Product::Line(line) = wanted {
            desk.books.claim(&plan.product, &inventory::claim(line))?;
        }
        match desk.scenario.order.product_id_at {
            ProductIdAt::InProgress => inventory::publish(desk, product),
            ProductIdAt::Completion => Ok(()),
        }
    }

    /// The product is `active.pendingChange` and holds what it has and what it will have.
    fn begin_modify(&self, product: &str, wanted: &Product) -> Stored<()> {
        let desk = self.desk;
        let Some(mut record) = desk.books.get::<ProductMemo>(Kind::Product, product)? else { return Ok(()) };
        if let (Product::Line(new), Product::Line(old)) = (wanted, &record.memo.product) {
            let mut claim = inventory::claim(old);
            claim.committed = claim.committed.max(new.committed_total());
            for (port, end) in claim.ports.iter_mut().zip(&new.ends) {
                port.vlans.extend(&end.vlans);
            }
            desk.books.claim(product, &claim)?;
        }
        inventory::enter(desk, &mut record, Status::PendingChange, None);
        inventory::publish(desk, record)
    }

    /// The product is `pendingTerminate`; returns the fee that only the bill will show.
    fn begin_delete(&self, product: &str) -> Stored<Decimal> {
        let desk = self.desk;
        let Some(mut record) = desk.books.get::<ProductMemo>(Kind::Product, product)? else {
            return Ok(Decimal::ZERO);
        };
        let fee = quote::termination_fee(desk, &record.memo);
        let suspended = record.memo.status == Status::Suspended;
        let leaving = if suspended { Status::SuspendedPendingTerminate } else { Status::PendingTerminate };
        inventory::enter(desk, &mut record, leaving, None);
        inventory::publish(desk, record)?;
        Ok(match desk.scenario.order.termination_fee.shown {
            TerminationBasis::OnBill => fee,
            TerminationBasis::AsCharge => Decimal::ZERO,
        })
    }
}

/// UNIs that the same order adds have their product id by now.
fn with_ordered_ports(ask: &Ask, plans: &BTreeMap<String, Plan>) -> Ask {
    let mut ask = ask.clone();
    if let Ask::Add(Product::Line(line)) = &mut ask {
        for end in &mut line.ends {
            if let PortRef::Item(item) = &end.at
                && let Some(plan) = plans.get(item)
            {
                end.at = PortRef::Product(plan.product.clone());
            }
        }
    }
    ask
}

/// What was quoted is what is ordered, as far as it has a price.
fn same_deal(quoted: &Ask, ordered: &Ask) -> bool {
    if quoted.action() != ordered.action() || quoted.product() != ordered.product() {
        return false;
    }
    match (quoted.wanted(), ordered.wanted()) {
        (Some(Product::Line(quoted)), Some(Product::Line(ordered))) => same_line(quoted, ordered),
        (Some(Product::Port(quoted)), Some(Product::Port(ordered))) => {
            quoted.site == ordered.site && quoted.offering == ordered.offering
        }
        (None, None) => true,
        (Some(_) | None, _) => false,
    }
}

fn same_line(quoted: &Line, ordered: &Line) -> bool {
    let sites = |line: &Line| [0, 1].map(|side| line.ends[side].port.site.clone());
    let known = |line: &Line| line.ends.iter().all(|end| matches!(end.at, PortRef::Product(_)));
    quoted.offering == ordered.offering
        && quoted.classes == ordered.classes
        && sites(quoted) == sites(ordered)
        && (!known(quoted) || quoted.same_ports(ordered))
        && quoted.ends.iter().zip(&ordered.ends).all(|(quoted, ordered)| quoted.flows == ordered.flows)
}

/// The order is accepted: states, dates and everything that will happen.
fn accept(desk: &Desk<'_>, mut record: Record<OrderMemo>) -> Stored<()> {
    let id = record.id.clone();
    move_to(desk, &mut record, "inProgress", "inProgress", None)?;
    let silent = matches!(record.memo.effect, Some(Effect::Silent { at: SilentAt::InProgress }));
    let asks = record.memo.asks.clone();
    for (item_id, ask) in &asks {
        let Some(plan) = record.memo.plans.get(item_id).cloned() else { continue };
        let term = match (&plan.term, ask) {
            (Some((_, wire)), _) => Some(json!([wire])),
            // A modify that restarts nothing keeps the term of the product.
            (None, Ask::Modify { product, .. }) => kept_term(desk, product)?,
            (None, Ask::Add(_) | Ask::Delete { .. }) => None,
        };
        let shows_id = desk.scenario.order.product_id_at == ProductIdAt::InProgress;
        if let Some(item) = lifecycle::item(&mut record.wire, ITEMS, item_id) {
            if let Some(term) = term {
                item["itemTerm"] = term;
            }
            if item["expediteIndicator"] == true {
                item["expediteAcceptedIndicator"] = json!(desk.scenario.order.accepts_expedite);
            }
            if shows_id && ask.action() == ItemAction::Add {
                item["product"]["id"] = json!(plan.product);
            }
        }
        let due = due(desk, &record, item_id, ask.action());
        expect(desk, &mut record, item_id, due)?;
        if silent {
            continue;
        }
        let happening = Happening::OrderItemDue { id: id.clone(), item: item_id.clone() };
        desk.schedule(due, &id, &happening)?;
        if ask.action() == ItemAction::Add {
            for milestone in &desk.scenario.order.milestones {
                let happening = Happening::MilestoneReached {
                    id: id.clone(),
                    item: item_id.clone(),
                    name: milestone.name.clone(),
                    note: milestone.note.clone(),
                };
                desk.schedule(desk.later(milestone.after), &id, &happening)?;
            }
        }
    }
    if let Some(Effect::SellerCancels { after, reason }) = &record.memo.effect {
        let happening = Happening::SellerCancels { id: id.clone(), reason: reason.clone() };
        desk.schedule(desk.later(*after), &id, &happening)?;
    }
    charge::raise_first(desk, &mut record)?;
    desk.books.put(&record)
}

/// The term that a product has, as a list of one `MEFItemTerm`.
fn kept_term(desk: &Desk<'_>, product: &str) -> Stored<Option<Value>> {
    let record = desk.books.get::<ProductMemo>(Kind::Product, product)?;
    Ok(record.map(|record| record.memo.truth["productTerm"].clone()).filter(Value::is_array))
}

/// When an item will be completed.
fn due(desk: &Desk<'_>, record: &Record<OrderMemo>, item: &str, action: ItemAction) -> jiff::Timestamp {
    let settings = &desk.scenario.order;
    let lead = match action {
        ItemAction::Add => settings.lead_times.add,
        ItemAction::Modify => settings.lead_times.modify,
        ItemAction::Delete => settings.lead_times.delete.max(settings.disconnect_notice),
    };
    let ready = desk.later(lead);
    let items = record.wire[ITEMS].as_array().into_iter().flatten();
    let requested = items
        .into_iter()
        .find(|value| value["id"] == item)
        .and_then(|value| value["requestedCompletionDate"].as_str()?.parse().ok());
    match (settings.completes, requested) {
        (Completion::OnRequestedDate, Some(requested)) => ready.max(requested),
        (Completion::OnRequestedDate, None) | (Completion::AfterLeadTime, _) => ready,
    }
}
