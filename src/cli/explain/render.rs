//! An explanation as one screen of text.

use jiff::Timestamp;

use super::view::{Approval, Class, Diverse, End, Explanation, Leg, Standing, Wait};
use crate::api::{FeeBasis, Party, PromiseKind};
use crate::cli::screen::{Page, Tone, columns, paint};
use crate::model::PlanDigest;

/// One screen.
#[must_use]
pub fn render(explanation: &Explanation, width: usize) -> String {
    let mut page = Page::new(width);
    page.line(&headline(explanation));
    if explanation.behind {
        page.line(&paint(
            Tone::Waiting,
            "The operator has not yet looked at the present spec; this is about the one before.",
        ));
    }
    page.gap();
    parts(&mut page, explanation);
    page.into_text()
}

/// Everything below the headline; `plan` shows the same.
pub fn parts(page: &mut Page, explanation: &Explanation) {
    page.section("Spokes", &spokes(explanation));
    page.section("Path", &path(&explanation.path, &explanation.joints));
    page.section("Diverse", &explanation.diverse.as_ref().map(diverse).unwrap_or_default());
    page.section("Price", &price(explanation));
    page.section("Commitment", &commitment(explanation));
    page.section("In force", &in_force(explanation));
    page.section("Objectives", &objectives(explanation));
    page.section("Class", &explanation.class.as_ref().map(class).unwrap_or_default());
    page.section("Approval", &explanation.approval.as_ref().map(approval).unwrap_or_default());
    page.section("Waits for", &explanation.waiting_for.as_ref().map(waits_for).unwrap_or_default());
    page.section("Why", &explanation.why);
    page.section("Offers", &offers(explanation));
    page.section("Plug into", &plug_into(explanation));
    page.section("Differs", &differences(explanation));
}

fn headline(explanation: &Explanation) -> String {
    let Explanation { intent, state, reason, message, .. } = explanation;
    let state = paint(tone(explanation.standing), &format!("{state:?}"));
    let why = if explanation.waiting_for.is_some() || message.is_empty() {
        format!(" ({reason})")
    } else {
        format!(" ({reason}): {message}")
    };
    format!("{}: {state}{why}", paint(Tone::Heading, intent))
}

/// The colour of a standing.
#[must_use]
pub const fn tone(standing: Standing) -> Tone {
    match standing {
        Standing::Ready => Tone::Good,
        Standing::Reconciling => Tone::Waiting,
        Standing::Stalled => Tone::Bad,
    }
}

/// The path from top to bottom, or two of them: `o` is a port, `|` a service, `:` what joins two services at one site.
#[must_use]
pub fn path(legs: &[Leg], joints: &[String]) -> Vec<String> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let port = |end: &End| {
        let vlan = end.vlan.map(|vlan| format!("VLAN {vlan}"));
        let beside: Vec<String> = end.endpoint.iter().cloned().chain(vlan).collect();
        vec![format!("o {}", end.port), beside.join(", ")]
    };
    let mut joints = joints.iter();
    for legs in legs.chunk_by(|leg, next| leg.of_path == next.of_path) {
        rows.extend(legs.first().and_then(|leg| leg.of_path).map(|number| vec![format!("path {number}")]));
        let mut before: Option<&End> = None;
        for leg in legs {
            match before {
                Some(end) if end.port == leg.from.port => drop(joints.next()),
                Some(end) if end.site() == leg.from.site() => {
                    rows.push(vec![joints.next().map_or_else(|| ":".into(), |joint| format!(":   {joint}"))]);
                    rows.push(port(&leg.from));
                }
                Some(_) => {
                    rows.push(vec![String::new()]);
                    rows.push(port(&leg.from));
                }
                None => rows.push(port(&leg.from)),
            }
            let latency = leg.latency.iter().map(|latency| format!(", {latency}"));
            rows.push(vec![format!(
                "|   {}: {}{}",
                leg.provider,
                leg.class_of_service,
                latency.collect::<String>()
            )]);
            rows.push(port(&leg.to));
            before = Some(&leg.to);
        }
    }
    columns(&rows)
}

fn diverse(diverse: &Diverse) -> Vec<String> {
    // Without paths there is nothing to tell of them.
    if diverse.reason == "Pending" {
        return Vec::new();
    }
    let (tone, word) = match diverse.status.as_str() {
        "True" => (Tone::Good, "yes"),
        "False" => (Tone::Bad, diverse.reason.as_str()),
        _ => (Tone::Waiting, diverse.reason.as_str()),
    };
    vec![format!("{}: {}", paint(tone, word), diverse.message)]
}

fn spokes(explanation: &Explanation) -> Vec<String> {
    let row = |spoke: &crate::api::SpokeStatus| {
        let state =
            paint(if spoke.ready { Tone::Good } else { Tone::Waiting }, &format!("{:?}", spoke.state));
        let provider = spoke.provider.clone().unwrap_or_default();
        vec![spoke.name.clone(), state, provider, spoke.message.clone()]
    };
    columns(&explanation.spokes.iter().map(row).collect::<Vec<_>>())
}

fn price(explanation: &Explanation) -> Vec<String> {
    let price = explanation.price.iter();
    price.map(|price| format!("{} a month, {} at once", price.monthly, price.one_time)).collect()
}

fn commitment(explanation: &Explanation) -> Vec<String> {
    let Some(commitment) = &explanation.commitment else { return Vec::new() };
    let end = commitment
        .term_end
        .as_ref()
        .map_or_else(|| "no end of the term is known".to_owned(), |end| format!("until {}", moment(end.0)));
    let fee = &commitment.termination;
    let basis = match fee.basis {
        FeeBasis::Quoted => "as quoted",
        FeeBasis::Profile => "by the provider's profile",
        FeeBasis::Unknown => "nobody knows",
    };
    let leaving = match &fee.amount {
        Some(amount) => format!("leaving now costs {amount}, {basis}"),
        None => "nobody knows what leaving now costs".to_owned(),
    };
    vec![format!("{} a month {end}; {leaving}", commitment.monthly)]
}

/// What runs is worth a line of its own only where it is not what the plan says.
fn in_force(explanation: &Explanation) -> Vec<String> {
    let planned = explanation.price.as_ref().map(|price| &price.monthly);
    let runs = explanation.in_force.iter().filter(|runs| planned != Some(&runs.monthly));
    runs.map(|runs| format!("{} {} for {} a month", runs.class_of_service, runs.committed, runs.monthly))
        .collect()
}

fn objectives(explanation: &Explanation) -> Vec<String> {
    let row = |objective: &crate::api::ObjectiveStatus| {
        let (commitment, tone) = match objective.commitment {
            PromiseKind::Contracted => ("contracted", Tone::Good),
            PromiseKind::BestEffort => ("best effort", Tone::Waiting),
            PromiseKind::None => ("not promised", Tone::Bad),
        };
        // What is contracted rests on the contract: that goes without saying.
        let promised = objective.basis.replacen("Contracted: ", "", 1);
        vec![objective.name.clone(), objective.bound.clone(), paint(tone, commitment), promised]
    };
    columns(&explanation.objectives.iter().map(row).collect::<Vec<_>>())
}

fn class(class: &Class) -> Vec<String> {
    let adds = if class.adds.is_empty() { String::new() } else { format!(": {}", class.adds.join(", ")) };
    let changed = class.changed.iter().map(|changed| paint(Tone::Waiting, changed));
    std::iter::once(format!("{}{adds}", class.name)).chain(changed).collect()
}

fn approval(approval: &Approval) -> Vec<String> {
    let Approval { decision, digest, at, author, because } = approval;
    let author = author.iter().map(|author| format!("{author}, ")).collect::<String>();
    let because = because.iter().map(|because| format!(": {because}")).collect::<String>();
    let most = digest.parse::<PlanDigest>().map_or_else(
        |_| digest.clone(),
        |PlanDigest { monthly, one_time, currency, .. }| {
            format!("up to {monthly} {currency} a month and {one_time} {currency} at once")
        },
    );
    vec![format!("{author}{}{because}", moment(*at)), format!("{most}, by decision {decision}")]
}

/// Whose move it is, in words.
#[must_use]
pub fn waits_for(wait: &Wait) -> Vec<String> {
    // Who asks is one, and so is the platform team: a name beside them is that of what it is about, which the words tell.
    let name = match wait.party {
        Party::Seller | Party::FarEnd => wait.name.iter().map(|name| format!(" {name}")).collect::<String>(),
        Party::User | Party::Platform | Party::Operator => String::new(),
    };
    // The words begin with the name as well, where they are one seller's.
    let what = wait.name.as_ref().and_then(|name| wait.what.strip_prefix(name.as_str())?.strip_prefix(": "));
    let what = what.filter(|_| !name.is_empty()).unwrap_or(&wait.what);
    let until = wait.until.iter().map(|until| format!(", until {}", moment(*until))).collect::<String>();
    vec![
        format!("{}{name}: {what}", paint(Tone::Waiting, party(wait.party))),
        paint(Tone::Faint, &format!("since {}{until}", moment(wait.since))),
    ]
}

fn offers(explanation: &Explanation) -> Vec<String> {
    let several = explanation.offers.iter().any(|offer| offer.leg > 0);
    let hub = explanation.offers.iter().any(|offer| offer.spoke.is_some());
    let row = |offer: &crate::api::OfferSummary| {
        let price = match (&offer.monthly, &offer.one_time) {
            (Some(monthly), Some(one_time)) => format!("{monthly} a month, {one_time} at once"),
            (Some(price), None) | (None, Some(price)) => price.clone(),
            (None, None) => String::new(),
        };
        let until =
            offer.valid_until.iter().map(|until| format!(", until {}", moment(until.0))).collect::<String>();
        let spoke = hub.then(|| offer.spoke.clone().unwrap_or_default());
        let leg = several.then(|| format!("leg {}", offer.leg));
        let cells = spoke.into_iter().chain(leg).chain([
            offer.provider.clone(),
            offer.state.clone(),
            format!("{price}{until}"),
        ]);
        cells.collect::<Vec<_>>()
    };
    columns(&explanation.offers.iter().map(row).collect::<Vec<_>>())
}

fn plug_into(explanation: &Explanation) -> Vec<String> {
    let row = |attachment: &crate::api::Attachment| {
        let vlan = attachment.vlan.map_or_else(|| "untagged".to_owned(), |vlan| format!("VLAN {vlan}"));
        let frames =
            attachment.frame_size.iter().map(|size| format!("frames of {size}, ")).collect::<String>();
        let place = attachment.demarcation.iter().map(|place| format!(", {place}")).collect::<String>();
        let rest = format!("{frames}product {}{place}", attachment.product_id);
        let of = attachment.spoke.iter().filter(|spoke| **spoke != attachment.endpoint);
        let of = of.map(|spoke| format!(" for {spoke}")).collect::<String>();
        vec![format!("{}{of}", attachment.endpoint), attachment.port.clone(), vlan, rest]
    };
    columns(&explanation.attachments.iter().map(row).collect::<Vec<_>>())
}

fn differences(explanation: &Explanation) -> Vec<String> {
    let row = |difference: &crate::api::Difference| {
        vec![difference.field.clone(), format!("runs {}, asked {}", difference.runs, difference.asked)]
    };
    columns(&explanation.differences.iter().map(row).collect::<Vec<_>>())
}

/// Who must act, as a person would say.
#[must_use]
pub const fn party(party: Party) -> &'static str {
    match party {
        Party::User => "you",
        Party::Platform => "the platform team",
        Party::Seller => "the seller",
        Party::FarEnd => "the far end",
        Party::Operator => "the operator",
    }
}

/// A time, to the minute.
#[must_use]
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
