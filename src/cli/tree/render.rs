//! A tree as text.

use super::view::{Branch, OrderLine, ProductLine, Twig};
use crate::api::{BillingKind, Desired, OrderRecordState};
use crate::cli::screen::{Page, Tone, paint};

/// All trees.
#[must_use]
pub fn render(branches: &[Branch], width: usize) -> String {
    let mut page = Page::new(width);
    if branches.is_empty() {
        page.line("There are no intents here.");
    }
    for branch in branches {
        page.line(&format!(
            "{}  {:?} ({})",
            paint(Tone::Heading, &branch.intent),
            branch.state,
            branch.reason
        ));
        for (index, twig) in branch.segments.iter().enumerate() {
            let last = index + 1 == branch.segments.len();
            page.line(&format!("{}{}", if last { "└─ " } else { "├─ " }, headline(twig)));
            let stem = if last { "   " } else { "│  " };
            let leaves: Vec<String> =
                twig.orders.iter().map(order).chain(twig.products.iter().map(product)).collect();
            page.line(&paint(Tone::Faint, &format!("{stem}   {}", twig.ends.join(" to "))));
            for (index, leaf) in leaves.iter().enumerate() {
                let fork = if index + 1 == leaves.len() { "└─ " } else { "├─ " };
                page.line(&format!("{stem}{fork}{leaf}"));
            }
        }
    }
    page.into_text()
}

fn headline(twig: &Twig) -> String {
    let state = twig.state.map_or_else(|| "Pending".to_owned(), |state| format!("{state:?}"));
    let state = match twig.desired {
        Desired::Present => paint(Tone::Good, &state),
        Desired::Offer => state,
        Desired::Absent => paint(Tone::Bad, &state),
    };
    let spoke = twig.spoke.iter().map(|spoke| format!("{spoke}, ")).collect::<String>();
    // Where it is the only one it has no number.
    let leg = if twig.leg == 0 { String::new() } else { format!("leg {} ", twig.leg) };
    format!("{spoke}{leg}at {}: {state} ({})  {}", twig.provider, twig.reason, twig.segment)
}

fn order(order: &OrderLine) -> String {
    let id = order.order_id.as_deref().unwrap_or("no order id");
    let outcome = order.outcome.iter().map(|outcome| format!(": {outcome}")).collect::<String>();
    let state = format!("{:?}", order.state);
    let state = match order.state {
        OrderRecordState::Unknown => paint(Tone::Bad, &state),
        OrderRecordState::Intending | OrderRecordState::Placed => paint(Tone::Waiting, &state),
        OrderRecordState::Refused | OrderRecordState::Settled => state,
    };
    format!("order {} {:?} {state}{outcome}, mark {}", id, order.operation, order.mark)
}

fn product(product: &ProductLine) -> String {
    let billing = match product.billing {
        BillingKind::Active => "billed",
        BillingKind::Inactive => "not billed",
        BillingKind::Unknown => "nobody knows whether it is billed",
    };
    format!("product {} {:?} {}, {billing}", product.id, product.role, product.state)
}
