//! Three hundred wishes, three sellers that misbehave, and an operator that is killed again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use kube::api::DeleteParams;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::books::{Action, Books};
use crate::bought::Evidence;
use crate::feasible::Shape;
use crate::figures::{decimal, list, text};
use crate::ground::{Ground, plain};
use crate::people::{People, design, key, reason};
use crate::process::{Random, kubeconfig, start_with};
use crate::watched::Watched;
use crate::world::{PATIENCE, plane, within};

const WISHES: usize = 300;
const KILLS: usize = 30;

/// Offers are not waited for as long as in production, and who declined is asked again soon.
const IMPATIENT: [&str; 6] = ["--offer-patience", "20s", "--ask-again", "20s", "--stalled", "5s"];

/// What somebody must have said, or too little was put to the test.
const SAID: [&str; 7] = [
    "Active",
    "PlanComplete",
    "BudgetExhausted",
    "AboveProviderLimit",
    "NoClassStrictEnough",
    "ApprovalRequired",
    "PriceAboveBudget",
];

/// How long nothing may change before that is taken for the last word.
const QUIET: Duration = Duration::from_secs(8);

/// Where everything stands that could still change: what each intent says, and what its seller or the operator still owes it.
fn standing(intents: &[Value], segments: &[Value]) -> (BTreeMap<String, String>, Vec<String>) {
    let name = |object: &Value| {
        format!("{}/{}", text(&object["metadata"]["namespace"]), text(&object["metadata"]["name"]))
    };
    let said = intents.iter().map(|intent| (name(intent), reason(intent).to_owned())).collect();
    let mut open = Vec::new();
    for intent in intents {
        let waits = text(&intent["status"]["waitingFor"]["party"]);
        let current = intent["status"]["observedGeneration"] == intent["metadata"]["generation"];
        if matches!(waits, "Seller" | "Operator")
            || !current
            || !intent["metadata"]["deletionTimestamp"].is_null()
        {
            let what = text(&intent["status"]["waitingFor"]["what"]);
            open.push(format!("{}: {}, {waits}: {what}", name(intent), reason(intent)));
        }
    }
    for segment in segments {
        let orders = list(&segment["status"]["orders"]).iter();
        for order in orders.filter(|order| !matches!(text(&order["state"]), "Refused" | "Settled")) {
            open.push(format!("{}: {order}", text(&segment["metadata"]["name"])));
        }
    }
    (said, open)
}

/// What the sellers bill is what segments say, no more and no less. The segments that are billed.
fn same_books(ground: &Ground, segments: &[Value], wrong: &mut Vec<String>) -> BTreeSet<String> {
    let mut live = BTreeSet::new();
    for (name, seller) in &ground.sellers {
        let audit = seller.seller.audit().unwrap();
        let mut billed: BTreeMap<String, Decimal> = BTreeMap::new();
        for service in audit.services.iter().filter(|service| service.live) {
            let (segment, _) =
                service.external_id.as_deref().unwrap_or_default().rsplit_once('/').unwrap_or_default();
            *billed.entry(segment.to_owned()).or_default() += service.monthly;
        }
        let here = segments.iter().filter(|segment| segment["spec"]["provider"]["name"] == *name);
        let told: BTreeMap<String, Decimal> = here
            .filter(|segment| !segment["status"]["inForce"].is_null())
            .map(|segment| {
                (
                    text(&segment["metadata"]["name"]).to_owned(),
                    decimal(&segment["status"]["inForce"]["monthly"]),
                )
            })
            .collect();
        live.extend(billed.keys().cloned());
        if billed != told {
            wrong.push(format!("other books: {name} bills {billed:?}, told is {told:?}"));
        }
        let found = [audit.twins.len(), audit.orphans.len(), audit.unpaid.len(), audit.overpaid.len()];
        if found != [0; 4] {
            wrong.push(format!(
                "twice, left behind or billed otherwise: {name}: {:?} {:?} {:?} {:?}",
                audit.twins, audit.orphans, audit.unpaid, audit.overpaid
            ));
        }
    }
    live
}

/// Whoever says that it is in use has every leg of its plan.
fn in_use(intents: &[Value], live: &BTreeSet<String>, wrong: &mut Vec<String>) {
    for intent in intents.iter().filter(|intent| reason(intent) == "Active") {
        for leg in list(&intent["status"]["plan"]["legs"]) {
            if !live.contains(text(&leg["segment"])) {
                wrong.push(format!("in use without a service: {}: {leg}", key(intent)));
            }
        }
    }
}

fn count<'a>(words: impl Iterator<Item = &'a String>) -> BTreeMap<&'a str, usize> {
    let mut counted = BTreeMap::new();
    for word in words {
        *counted.entry(word.as_str()).or_default() += 1;
    }
    counted
}

/// People ask, change their minds and approve, while the operator is killed again and again.
async fn disturb(kubeconfig: &Path, people: &mut People<'_>, random: &mut Random) {
    for kill in 0..KILLS {
        let mut operator = start_with(kubeconfig, "error", Stdio::inherit(), &IMPATIENT).await;
        while people.wishes.len() < WISHES * (kill + 1) / KILLS {
            people.ask(random).await;
        }
        for _ in 0..random.below(5) {
            people.act(random).await;
        }
        people.haggle(random);
        people.approve(random).await;
        let most = if random.below(4) == 0 { 6_000 } else { 1_500 };
        tokio::time::sleep(Duration::from_millis(random.below(most))).await;
        operator.process.kill().await.expect("killed");
    }
}

/// Waits until nobody but people could go on, and returns what each intent says.
async fn rest(ground: &Ground, people: &mut People<'_>, random: &mut Random) -> BTreeMap<String, String> {
    let mut last = (BTreeMap::new(), Instant::now());
    let deadline = Instant::now() + PATIENCE * 8;
    loop {
        people.approve(random).await;
        people.settle().await;
        let (said, open) = standing(&ground.all_intents().await, &ground.all_segments().await);
        if last.0 != said || !open.is_empty() {
            last = (said, Instant::now());
        } else if last.1.elapsed() > QUIET {
            return said;
        }
        let stirs = last.1.elapsed();
        assert!(Instant::now() < deadline, "it does not come to rest, {stirs:.0?}:\n{}", open.join("\n"));
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// All intents are deleted, and nothing is left of them here or at the sellers.
async fn leave(ground: &Ground) {
    for namespace in &ground.namespaces {
        let intents = ground.intents(namespace);
        // Under load the API server may take longer for it than it allows itself.
        let mut told = || async {
            intents.delete_collection(&DeleteParams::default(), &Default::default()).await.ok().map(drop)
        };
        within(PATIENCE, "all are told to go", &mut told).await;
    }
    let deadline = Instant::now() + PATIENCE * 5;
    loop {
        let (intents, segments) = (ground.all_intents().await, ground.all_segments().await);
        if intents.is_empty() && segments.is_empty() {
            break;
        }
        let left =
            || intents.iter().chain(&segments).map(|object| format!("{}: {}", key(object), reason(object)));
        assert!(Instant::now() < deadline, "this is left:\n{}", left().collect::<Vec<_>>().join("\n"));
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    for (name, seller) in &ground.sellers {
        assert_eq!(seller.live(), 0, "{name} still bills");
    }
}

/// What is wrong, and how often everything happened that should be put to the test.
fn judge(evidence: &Evidence, wrong: &mut Vec<String>) -> BTreeMap<&'static str, usize> {
    let shapes = evidence.plans(wrong);
    evidence.wanted(wrong);
    evidence.as_planned(wrong);
    let highest = evidence.within_budgets(wrong);
    let chosen_together = evidence.offers_come_first(wrong);
    let approved = evidence.approvals_hold(wrong);
    let Evidence { books, intents, segments, wishes, .. } = evidence;
    let overtaken: Vec<_> =
        evidence.approved.iter().filter_map(|yes| Some((&yes.plan, yes.overtaken_by.as_ref()?))).collect();
    let rose = overtaken.iter().filter(|(plan, by)| design(plan) == design(by)).count();
    println!(
        "{} approvals, of which {} were of a plan that was no longer shown: {rose} of them had become dearer",
        evidence.approved.len(),
        overtaken.len()
    );
    println!("{} states of intents, {} of segments", intents.len(), segments.len());
    println!("{} quotes, {} orders", books.quotes.len(), books.orders.len());
    println!("plans by shape: {shapes:#?}");
    for (who, most) in highest.iter().filter(|(who, _)| !who.starts_with("intent")) {
        println!("{who} had {most} at most");
    }
    let orders = |action, state: &str| {
        books.orders.iter().filter(|order| order.action == action && order.state == state).count()
    };
    let ended = |state: &str| books.orders.iter().filter(|order| order.state == state).count();
    let plans = |which: fn(&Shape) -> bool| {
        shapes.iter().filter(|(shape, _)| which(shape)).map(|(_, count)| count).sum::<usize>()
    };
    BTreeMap::from([
        ("added", orders(Action::Add, "completed")),
        ("changed", orders(Action::Modify, "completed")),
        ("disconnected", orders(Action::Delete, "completed")),
        ("rejected", ended("rejected")),
        ("failed", ended("failed")),
        ("ordered in several parts", chosen_together),
        ("planned across a patch", plans(|shape| shape.patches > 0)),
        ("planned through our own equipment", plans(|shape| shape.transits > 0)),
        ("planned over two paths", plans(|shape| shape.paths > 1)),
        ("ordered as approved", approved),
        ("approved when it had become dearer", rose),
        ("wishes taken back", wishes.iter().filter(|wish| wish.deleted.is_some()).count()),
        ("wishes changed", wishes.iter().filter(|wish| wish.changed).count()),
    ])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_random_wishes_buy_nothing_that_they_should_not() {
    let mut random = Random::seeded();
    let plane = plane().await;
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = kubeconfig(plane, folder.path()).await;
    let ground = Ground::new(plane, &mut random).await;
    let all = plain(&ground.client, "ConnectivityIntent", "connectivityintents", None);
    let watched = Watched::new(all, ground.segments());
    let mut people = People::new(&ground);
    let began = Instant::now();
    let first = start_with(&kubeconfig, "error", Stdio::inherit(), &IMPATIENT).await;
    ground.counted().await;
    people.approve_too_late().await;
    println!("{:.0?}: approved too late", began.elapsed());
    drop(first);

    disturb(&kubeconfig, &mut people, &mut random).await;
    println!("{:.0?}: {KILLS} kills, {} wishes", began.elapsed(), people.wishes.len());
    for seller in ground.sellers.values() {
        seller.seller.set_faults(Vec::new()).unwrap().unwrap();
    }
    // From here on nobody disturbs it.
    let _operator = start_with(&kubeconfig, "error", Stdio::inherit(), &IMPATIENT).await;
    let said = rest(&ground, &mut people, &mut random).await;
    println!("{:.0?}: at rest, {} settled by a person", began.elapsed(), people.settled);
    println!("{:#?}", count(said.values()));
    let mut wrong = Vec::new();
    let live = same_books(&ground, &ground.all_segments().await, &mut wrong);
    in_use(&ground.all_intents().await, &live, &mut wrong);
    let (intents, segments) = (watched.intents(), watched.segments());
    leave(&ground).await;
    println!("{:.0?}: gone", began.elapsed());

    let (wishes, approved) = (&people.wishes[..], &people.approved[..]);
    let books = Books::read(&ground).await;
    let evidence = Evidence { stated: &ground.stated, wishes, approved, books, intents, segments };
    let happened = judge(&evidence, &mut wrong);
    println!("{happened:#?}");
    assert!(
        wrong.is_empty(),
        "{} things went wrong:\n{}",
        wrong.len(),
        first_of_each_kind(&wrong).join("\n")
    );
    for (what, often) in happened {
        assert!(often > 0, "never {what}");
    }
    for word in SAID {
        let ever = evidence.intents.iter().any(|intent| reason(intent) == word);
        assert!(ever, "nobody ever said {word}");
    }
}

/// A few of each kind; the kind is what comes before the first colon.
fn first_of_each_kind(wrong: &[String]) -> Vec<&str> {
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for what in wrong {
        kinds.entry(what.split(':').next().unwrap()).or_default().push(what);
    }
    kinds.into_values().flat_map(|of| of.into_iter().take(3)).collect()
}
