//! What happens when a term ends: it starts again, rolls on, or the service is disconnected (LSO
//! `MEFEndOfTermAction`).

use jiff::Timestamp;

use super::{ProductMemo, Status, enter, publish};
use crate::agenda::Happening;
use crate::desk::Desk;
use crate::refusal::Refusal;
use crate::scenario::EndOfTermAction;
use crate::store::{Kind, Record, Stored};
use crate::term::Running;

/// Puts the end of a product's term on the agenda.
pub(crate) fn await_term_end(desk: &Desk<'_>, record: &Record<ProductMemo>) -> Stored<()> {
    let Some(term) = record.memo.term else { return Ok(()) };
    let happening = Happening::TermEnds { product: record.id.clone(), end: term.end };
    desk.schedule(term.end, &record.id, &happening)
}

/// A term ends, if it is still the one that runs. A service on its way out takes no new term.
pub(crate) fn term_ends(desk: &Desk<'_>, product: &str, end: Timestamp) -> Result<(), Refusal> {
    let Some(mut record) = desk.books.get::<ProductMemo>(Kind::Product, product)? else { return Ok(()) };
    let Some(term) = record.memo.term.filter(|term| term.end == end) else { return Ok(()) };
    let stays = match record.memo.status {
        Status::Active | Status::PendingChange | Status::Suspended => true,
        Status::PendingActive
        | Status::PendingTerminate
        | Status::SuspendedPendingTerminate
        | Status::Terminated
        | Status::Cancelled => false,
    };
    if !stays {
        return Ok(());
    }
    let length = match (term.agreed.end_of_term_action, term.agreed.roll_interval) {
        (EndOfTermAction::AutoDisconnect, _) => {
            desk.books.release(product)?;
            enter(desk, &mut record, Status::Terminated, Some("the term has ended"));
            return Ok(publish(desk, record)?);
        }
        (EndOfTermAction::Roll, Some(roll)) => roll,
        (EndOfTermAction::Roll, None) | (EndOfTermAction::AutoRenew, _) => term.agreed.duration,
    };
    let calendar = &desk.scenario.calendar;
    record.memo.term =
        Some(Running { end: length.after(end, |day| calendar.works(day)), start: end, ..term });
    await_term_end(desk, &record)?;
    Ok(desk.books.put(&record)?)
}
