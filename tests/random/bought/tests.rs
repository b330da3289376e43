//! Every way to buy what should not be bought is found.

use serde_json::json;

use super::*;
use crate::books::Quote;
use crate::fixture::{NAMESPACE, asked, leg, stated};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// What is known of somebody who bought two parts that go together.
struct Case {
    stated: Stated,
    wishes: Vec<Wish>,
    approved: Vec<Approved>,
    books: Books,
    intents: Vec<Value>,
    segments: Vec<Value>,
}

/// The two parts: segment, seller, its ports, price per month.
const PARTS: [(&str, &str, [&str; 2], u32); 2] =
    [("one", "metro", ["ashburn", "newyork"], 1_000), ("other", "haul", ["newyork", "chicago"], 1_600)];

impl Case {
    fn new() -> Self {
        let mut case = Self {
            stated: stated(),
            wishes: Vec::new(),
            approved: Vec::new(),
            books: Books::default(),
            intents: Vec::new(),
            segments: Vec::new(),
        };
        case.buys("wish", 0);
        case
    }

    /// Somebody asks at this second, is offered and shown all of it, approves it, and it is bought, all within ten seconds.
    fn buys(&mut self, name: &str, second: i64) {
        let intent = format!("{NAMESPACE}/{name}");
        let segment = |part: &str| format!("{name}-{part}");
        let legs: Vec<Value> =
            PARTS.iter().map(|(part, seller, ends, _)| leg(seller, *ends, &segment(part))).collect();
        let plan = json!({"digest": name, "monthly": "2600.00 USD", "oneTime": "200.00 USD", "legs": legs,
                          "joints": ["newyork-mmr"]});
        let choice = json!({"revision": 1, "paths": [{"segments": [segment("one"), segment("other")]}]});
        for (index, (part, seller, ends, monthly)) in PARTS.into_iter().enumerate() {
            let price = Price { monthly: monthly.into(), once: Decimal::ONE_HUNDRED };
            let quote = Quote { price, answered: at(second + 2), ends: at(second + 60) };
            self.books.quotes.insert((seller.into(), segment(part)), quote);
            let mut unis = ends.map(|city| format!("{seller}-{city}"));
            unis.sort();
            self.segments.push(json!({
                "metadata": {"name": segment(part)},
                "spec": {"provider": {"name": seller}, "intentRef": {"uid": name}, "choice": choice,
                         "offer": {"quoteId": segment(part)}},
            }));
            self.books.orders.push(Order {
                seller: seller.into(),
                id: segment(part),
                intent: intent.clone(),
                segment: segment(part),
                action: Action::Add,
                taken: at(second + 8 + i64::try_from(index).unwrap()),
                state: "completed".into(),
                since: at(second + 15),
                product: Some(segment(part)),
                quote: Some(segment(part)),
                price,
                class: if seller == "metro" { "BULK" } else { "STANDARD" }.into(),
                vlans: unis.iter().map(|uni| (uni.clone(), vec![json!(200)])).collect(),
                unis: unis.to_vec(),
                committed: Decimal::from(1_000_000_000),
            });
        }
        let meta = json!({"namespace": NAMESPACE, "name": name});
        self.intents.push(json!({"metadata": meta, "spec": asked(), "status": {"plan": plan}}));
        self.approved.push(Approved { at: at(second + 6), intent, spec: asked(), plan, overtaken_by: None });
        self.wishes.push(Wish {
            namespace: NAMESPACE.into(),
            name: name.into(),
            specs: vec![(at(second), asked())],
            changed: false,
            deleted: None,
        });
    }

    /// Both services of the first wish end at this second.
    fn ends(&mut self, second: i64) {
        for nth in 0..2 {
            let mut order = self.books.orders[nth].clone();
            order.action = Action::Delete;
            (order.quote, order.price) = (None, Price::default());
            (order.taken, order.since) = (at(second - 1), at(second));
            self.books.orders.push(order);
        }
        self.books.orders.sort_by_key(|order| order.taken);
    }

    fn quote(&mut self, nth: usize) -> &mut Quote {
        let (part, seller, ..) = PARTS[nth];
        self.books.quotes.get_mut(&(seller.into(), format!("wish-{part}"))).unwrap()
    }

    /// What is wrong, by its kind.
    fn wrong(&self) -> BTreeSet<String> {
        let evidence = Evidence {
            stated: &self.stated,
            wishes: &self.wishes,
            approved: &self.approved,
            books: self.books.clone(),
            intents: self.intents.clone(),
            segments: self.segments.clone(),
        };
        let mut wrong = Vec::new();
        evidence.plans(&mut wrong);
        evidence.wanted(&mut wrong);
        evidence.as_planned(&mut wrong);
        evidence.within_budgets(&mut wrong);
        evidence.offers_come_first(&mut wrong);
        evidence.approvals_hold(&mut wrong);
        wrong.iter().map(|what| what.split(':').next().unwrap().to_owned()).collect()
    }
}

/// What is found wrong with an honest purchase after this change.
fn found(change: impl FnOnce(&mut Case)) -> BTreeSet<String> {
    let mut case = Case::new();
    change(&mut case);
    case.wrong()
}

#[track_caller]
fn finds(what: &str, change: impl FnOnce(&mut Case)) {
    let found = found(change);
    assert!(found.contains(what), "not found: {what}; found: {found:?}");
}

#[test]
fn nothing_is_wrong_with_an_honest_purchase() {
    assert_eq!(found(|_| {}), BTreeSet::new());
    assert_eq!(found(|case| case.buys("second", 30)), BTreeSet::new());
    // What a seller refused costs nothing from then on, and what is offered again in time is an offer.
    let refused = |case: &mut Case| case.books.orders[1].state = "rejected".into();
    assert_eq!(found(refused), BTreeSet::new());
}

#[test]
fn more_than_anybody_may_spend_is_found() {
    finds("more than a intent may spend", |case| {
        case.wishes[0].specs[0].1["budget"]["monthly"] = json!("2599.99")
    });
    finds("more than a intent may spend", |case| {
        case.wishes[0].specs[0].1["budget"]["oneTime"] = json!("199.99")
    });
    finds("more than a intent may spend", |case| {
        let mut before = (at(0), asked());
        before.1["budget"]["monthly"] = json!("1000.00");
        case.wishes[0].specs = vec![before, (at(20), asked())];
    });
    let cap = |monthly: &'static str| {
        move |case: &mut Case| {
            case.stated.budgets.get_mut(NAMESPACE).unwrap()["spec"]["caps"][0]["monthly"] = json!(monthly);
        }
    };
    finds("more than a namespace may spend", cap("2599.99"));
    // Two one after the other, and two of which one begins before the other ends.
    let two = |ends: i64| {
        move |case: &mut Case| {
            cap("3000.00")(case);
            case.buys("second", 30);
            case.ends(ends);
        }
    };
    assert_eq!(found(two(37)), BTreeSet::new());
    finds("more than a namespace may spend", two(39));
    finds("more than a account may spend", |case| {
        case.stated.providers.get_mut("haul").unwrap()["spec"]["limits"]["total"]["monthly"] =
            json!("1599.99");
    });
    finds("one order is above its limit", |case| {
        case.stated.providers.get_mut("haul").unwrap()["spec"]["limits"]["perOrder"]["oneTime"] =
            json!("99.99");
    });
}

#[test]
fn an_order_before_all_offers_is_found() {
    // The other part was offered after the first was ordered, and before it was ordered itself.
    finds("ordered before all offers", |case| {
        case.books.orders[1].taken = at(12);
        case.quote(1).answered = at(10);
    });
    finds("ordered before all offers", |case| case.quote(1).ends = at(2));
    finds("its quote came later", |case| case.quote(0).answered = at(9));
    finds("nothing was quoted", |case| case.books.orders[0].quote = None);
}

#[test]
fn what_differs_from_what_was_approved_is_found() {
    let unapproved = "nobody approved it";
    finds(unapproved, |case| case.approved.clear());
    finds(unapproved, |case| case.approved[0].at = at(12));
    finds(unapproved, |case| case.approved[0].intent = format!("{NAMESPACE}/other"));
    finds(unapproved, |case| case.approved[0].spec["bandwidth"]["committed"] = json!("2G"));
    finds(unapproved, |case| case.approved[0].plan["legs"] = json!([]));
    for (nth, part) in PARTS.into_iter().enumerate() {
        finds(unapproved, |case| {
            let price = Price { monthly: Decimal::from(part.3) + Decimal::ONE, once: Decimal::ONE_HUNDRED };
            (case.books.orders[nth].price, case.quote(nth).price) = (price, price);
        });
    }
    // For less is as approved; and what is not dear needs nobody.
    let less = |case: &mut Case| case.approved[0].plan["monthly"] = json!("2700.00 USD");
    assert!(!found(less).contains(unapproved));
    let usual = |case: &mut Case| {
        case.wishes[0].specs[0].1["className"] = json!("usual");
        case.approved.clear();
    };
    assert_eq!(found(usual), BTreeSet::new());
}

#[test]
fn what_nobody_planned_or_asked_for_is_found() {
    finds("it was not planned", |case| case.books.orders[0].class = "REALTIME".into());
    finds("it was not planned", |case| {
        case.books.orders[0].unis = vec!["metro-ashburn".into(), "metro-chicago".into()]
    });
    finds("VLANs do not meet", |case| {
        case.books.orders[0].vlans.insert("metro-newyork".into(), vec![json!(201)]);
    });
    for rate in [999_999_999, 2_000_000_000] {
        finds("nobody asked for that much", |case| case.books.orders[0].committed = Decimal::from(rate));
    }
    finds("nobody asked for it", |case| case.wishes.clear());
    finds("it was only to be planned", |case| case.wishes[0].specs[0].1["mode"] = json!("Plan"));
    finds("it was to be paid in another currency", |case| {
        case.wishes[0].specs[0].1["budget"]["currency"] = json!("EUR");
    });
    finds("whoever asked had left", |case| case.wishes[0].deleted = Some(at(2)));
    finds("it is denied", |case| {
        case.wishes[0].specs[0].1["constraints"] = json!({"providers": {"deny": ["haul"]}});
    });
    finds("a plan that does not hold", |case| {
        case.intents[0]["spec"]["constraints"] = json!({"providers": {"deny": ["haul"]}});
    });
    finds("a plan at another price", |case| {
        case.intents[0]["status"]["plan"]["monthly"] = json!("2599.00 USD")
    });
}
