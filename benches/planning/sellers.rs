//! Pairs of paths among sellers, as an intent asks for them: a network of manifests.

use std::collections::BTreeSet;
use std::fmt::Write;

use naas_operator::admit;
use naas_operator::model::{Request, Resilience, SiteView};
use naas_operator::planning::{Asked, Network, Proof, pairs};

use crate::graphs::Dice;
use crate::report::{Times, ms};

const SITES: usize = 8;
const SELLERS: usize = 10;
const NETWORKS: usize = 50;
/// Pairs that are asked for.
const MOST: usize = 4;

struct Sellers {
    sites: Vec<SiteView>,
    accounts: Vec<Asked>,
    request: Request,
}

impl Sellers {
    /// Every seller has two ports at each second site or so; at half of the sites our own equipment joins them.
    fn new(dice: &mut Dice, risks: u64) -> Self {
        let site = |number: usize, dice: &mut Dice| {
            let (north, east) = (30 + dice.below(20), 70 + dice.below(50));
            let mut text = format!("location: {{latitude: '{north}', longitude: '-{east}'}}\nports:\n");
            for seller in 0..SELLERS {
                for port in 0..if dice.below(2) == 0 { 2 } else { 0 } {
                    let _ = writeln!(
                        text,
                        "- {{name: p{seller}-{port}, provider: p{seller}, kind: Uni, mode: Tagged, vlanPool: 100-199, \
                         source: {{existing: {{productId: U{number}-{seller}-{port}}}}}, consumers: {{namespaces: [n]}}}}"
                    );
                }
            }
            if number % 2 == 1 {
                text += "transit: {latency: 20us}\n";
            }
            let spec = serde_norway::from_str(&text).expect("a site");
            admit::site(&format!("s{number}"), &spec, "n", None).expect("a site that can be used")
        };
        let account = |number: usize, dice: &mut Dice| {
            let text = format!(
                "limits: {{currency: USD, perOrder: {{monthly: '1', oneTime: '1'}}, total: {{monthly: '1', oneTime: '1'}}}}\n\
                 riskGroups: [{{groups: [r{}]}}]\n\
                 lso: {{address: 'https://p{number}.example', currency: USD, offerings: [{{product: Evpl, id: EVPL}}], \
                 classesOfService: [{{name: BULK}}], terms: [{{name: month, value: 1, unit: Month, atEnd: Renew}}]}}",
                dice.below(risks)
            );
            let spec = serde_norway::from_str(&text).expect("an account");
            let account = admit::account(&format!("p{number}"), &spec).expect("an account that can be used");
            Asked { account, allowed: true }
        };
        let intent = "{endpoints: [{name: a, site: {name: s0}}, {name: z, site: {name: s2}}], bandwidth: {committed: 1G}, \
             resilience: {mode: DiversePath}, objectives: {accept: BestEffort}}";
        Self {
            sites: (0..SITES).map(|number| site(number, dice)).collect(),
            accounts: (0..SELLERS).map(|number| account(number, dice)).collect(),
            request: admit::request(&serde_norway::from_str(intent).expect("an intent")).expect("a request"),
        }
    }
}

/// How long pairs take, where there are some and where there are none.
pub fn diverse_pairs() -> String {
    let mut text = format!(
        "\n## Pairs among {SELLERS} sellers at {SITES} sites\n\nThe {MOST} best pairs of paths for an intent: each seller has two ports at half of the \
         sites, and at half of them our own equipment joins all. {NETWORKS} networks. Goal: ≤ 10 ms.\n\n\
         | Asked | with pairs | proven the best | p50 | p99 |\n| --- | --- | --- | --- | --- |\n"
    );
    let path = Resilience::DiversePath { separate_ports: false };
    for (what, risks, resilience) in [
        ("DiversePath, 10 risk groups", 10, path),
        ("DiversePath, one risk group that all share: the worst there is", 1, path),
        ("DiverseProvider", 10, Resilience::DiverseProvider),
    ] {
        let mut dice = Dice(7);
        let networks: Vec<Sellers> = (0..NETWORKS).map(|_| Sellers::new(&mut dice, risks)).collect();
        let refused = BTreeSet::new();
        let found = |sellers: &Sellers| {
            let network = Network {
                a: &sellers.sites[0],
                z: &sellers.sites[2],
                between: &sellers.sites,
                interconnects: &[],
                accounts: &sellers.accounts,
                refused: &refused,
            };
            pairs(&Request { resilience, ..sellers.request.clone() }, &network, MOST)
        };
        let answers: Vec<_> = networks.iter().map(found).collect();
        let some = answers.iter().filter(|found| !found.ways.is_empty()).count();
        let proven = answers.iter().filter(|found| found.proof == Proof::Optimal).count();
        let times = Times::of(&networks, |_| (), found);
        let (p50, p99) = (ms(times.percentile(50)), ms(times.percentile(99)));
        let _ = writeln!(text, "| {what} | {some} | {proven} | {p50} | {p99} |");
    }
    text
}
