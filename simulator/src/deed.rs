//! What a call changes, apart from how it arrived: so that it can be done at once, or later than it was asked for.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::agenda::Happening;
use crate::desk::Desk;
use crate::refusal::Refusal;
use crate::scenario::Delay;
use crate::store::Stored;
use crate::{order, qualification, quote};

/// An operation that changes something. Those on a document that is there name it by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Deed {
    Qualify,
    Quote,
    CancelQuote,
    DeclineQuote,
    Order,
    /// An order that is taken whatever became of its quote and of the network.
    OrderUnchecked,
    UpdateOrder,
    CancelOrder,
    AnswerCharge,
}

impl Deed {
    /// Does it; `id` is empty for what names no document in its path.
    pub(crate) fn perform(self, desk: &Desk<'_>, id: &str, body: &Value) -> Result<Value, Refusal> {
        match self {
            Self::Qualify => qualification::create(desk, body),
            Self::Quote => quote::create(desk, body),
            Self::CancelQuote => quote::cancel(desk, body),
            Self::DeclineQuote => quote::decline(desk, body),
            Self::Order => order::create(desk, body),
            Self::OrderUnchecked => order::create_unchecked(desk, body),
            Self::UpdateOrder => order::update(desk, id, body),
            Self::CancelOrder => order::create_cancel(desk, body),
            Self::AnswerCharge => order::answer_charge(desk, id, body),
        }
    }

    /// Puts it on the agenda.
    pub(crate) fn postpone(
        self,
        desk: &Desk<'_>,
        by: Delay,
        rechecks: bool,
        id: &str,
        body: Value,
    ) -> Stored<()> {
        let deed = if self == Self::Order && !rechecks { Self::OrderUnchecked } else { self };
        let owner = desk.owner.to_owned();
        let happening = Happening::TakesEffect { deed, owner, id: id.to_owned(), body };
        desk.schedule(desk.later(by), "postponed", &happening)
    }

    /// It is done after all. What is refused by now comes to nothing: nobody is there to be told.
    pub(crate) fn takes_effect(self, desk: &Desk<'_>, id: &str, body: &Value) -> Result<(), Refusal> {
        match desk.books.attempt(|| self.perform(desk, id, body)) {
            Ok(_) => Ok(()),
            Err(Refusal::Internal(error)) => Err(error.into()),
            Err(refusal) => {
                tracing::debug!(deed = ?self, %refusal, "a late call comes to nothing");
                Ok(())
            }
        }
    }
}
