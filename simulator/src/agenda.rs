//! Things to come. A seller runs no timers: every change of state that takes time is an entry with its due time, and
//! whoever looks at the seller first lets all entries happen that are due, in order, each at its own instant. So the
//! state at an instant does not depend on who looked when, and a restart forgets nothing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::deed::Deed;
use crate::desk::Desk;
use crate::refusal::Refusal;
use crate::{inventory, order, qualification, quote};

/// One thing that happens at its time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Happening {
    QualificationStarts { id: String },
    QualificationAnswers { id: String },
    QuoteStarts { id: String },
    QuoteAnswers { id: String },
    QuoteExpires { id: String },
    OrderAssessed { id: String },
    OrderItemDue { id: String, item: String },
    MilestoneReached { id: String, item: String, name: String, note: Option<String> },
    SellerCancels { id: String, reason: String },
    OrderCancelled { id: String },
    CancelAssessed { id: String },
    ChargeExpires { id: String },
    InventoryShows { product: String, wire: Value },
    ProductVanishes { product: String },
    TermEnds { product: String, end: Timestamp },
    TakesEffect { deed: Deed, owner: String, id: String, body: Value },
}

/// Lets everything happen that is due by the desk's instant.
pub(crate) fn catch_up(desk: &Desk<'_>) -> Result<(), Refusal> {
    while let Some((due, happening)) = desk.books.take_due::<Happening>(desk.now)? {
        happen(desk, due, &happening)?;
    }
    Ok(())
}

fn happen(desk: &Desk<'_>, due: Timestamp, happening: &Happening) -> Result<(), Refusal> {
    tracing::debug!(%due, ?happening, "due");
    let desk = &desk.at(due, desk.owner);
    match happening {
        Happening::QualificationStarts { id } => qualification::starts(desk, id),
        Happening::QualificationAnswers { id } => qualification::answers(desk, id),
        Happening::QuoteStarts { id } => quote::starts(desk, id),
        Happening::QuoteAnswers { id } => quote::answers(desk, id),
        Happening::QuoteExpires { id } => quote::expires(desk, id),
        Happening::OrderAssessed { id } => order::assessed(desk, id),
        Happening::OrderItemDue { id, item } => order::item_due(desk, id, item),
        Happening::MilestoneReached { id, item, name, note } => {
            order::milestone_reached(desk, id, item, name, note.as_deref())
        }
        Happening::SellerCancels { id, reason } => order::seller_cancels(desk, id, reason),
        Happening::OrderCancelled { id } => order::cancelled(desk, id),
        Happening::CancelAssessed { id } => order::cancel_assessed(desk, id),
        Happening::ChargeExpires { id } => order::charge_expires(desk, id),
        Happening::InventoryShows { product, wire } => inventory::shows(desk, product, wire.clone()),
        Happening::ProductVanishes { product } => inventory::vanishes(desk, product),
        Happening::TermEnds { product, end } => inventory::term_ends(desk, product, *end),
        Happening::TakesEffect { deed, owner, id, body } => deed.takes_effect(&desk.at(due, owner), id, body),
    }
}
