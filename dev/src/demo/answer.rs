//! What an intent's status answers, in words for people.

use super::{
    objects::{Intent, Objective, Plan, Told},
    progress::words_of,
    screen::table,
    stage::SELLERS,
};

/// All that somebody who asked for it wants to know.
pub fn of(intent: &Intent) -> String {
    let Some(status) = &intent.status else { return intent.key() };
    let mut rows: Vec<[String; 2]> = Vec::new();
    let mut row = |label: &str, text: String| rows.push([label.to_owned(), text]);
    for leg in status.plan.iter().flat_map(|plan| &plan.legs) {
        row("path", format!("{} - {}, by {} as {}", leg.from, leg.to, leg.provider, leg.class_of_service));
    }
    row("price", price(intent));
    for objective in &status.objectives {
        let Objective { name, bound, commitment, basis, verification } = objective;
        row(name, format!("asked {bound}; commitment {commitment} ({basis}); verification {verification}"));
    }
    for end in &status.attachments {
        let details = [
            end.vlan.map(|vlan| format!("VLAN {vlan}")),
            end.frame_size.map(|size| format!("frames up to {size}")),
            Some(format!("service {}", end.product_id)),
            end.demarcation.clone(),
        ];
        let details: Vec<String> = details.into_iter().flatten().collect();
        row("plug in", format!("{}: {}, {}", end.endpoint, end.port, details.join(", ")));
    }
    for offer in &status.offers {
        row("offer", words_of(offer));
    }
    for seller in SELLERS.iter().filter(|seller| status.offers.iter().all(|offer| offer.provider != **seller))
    {
        row("offer", format!("{seller} was not asked"));
    }
    for note in status.plan.iter().flat_map(|plan| &plan.notes) {
        row("note", note.clone());
    }
    let state = status.state.as_deref().unwrap_or_default();
    let committed = status.in_force.as_ref().map_or("", |now| now.committed.as_str());
    let rows: Vec<Vec<String>> = rows.into_iter().map(Into::into).collect();
    format!("{}: {state}, {committed}\n{}", intent.key(), table(&rows))
}

/// What it costs, and for how long that is owed.
pub fn price(intent: &Intent) -> String {
    let status = intent.status.as_ref();
    let Some(Plan { monthly, one_time, .. }) = status.and_then(|status| status.plan.as_ref()) else {
        return "unknown".to_owned();
    };
    let mut text = format!("{monthly} a month, {one_time} once");
    if let Some(commitment) = status.and_then(|status| status.commitment.as_ref()) {
        if let Some(end) = &commitment.term_end {
            text.push_str(&format!("; owed until {}", end.0.strftime("%Y-%m-%d")));
        }
        let fee = commitment.termination.amount.as_deref().unwrap_or("nobody knows what");
        text.push_str(&format!("; leaving now would cost {fee}"));
    }
    text
}
