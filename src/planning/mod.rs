//! Pure planning: which seller could carry a request, what it promises, which offer to take, what leaving costs.
//!
//! Nothing in here reads or writes anything; equal input gives an equal plan, and every choice and rejection can be read by a person.
//! This room must not know Kubernetes, sellers' APIs or the clock.

mod approval;
mod candidate;
mod choice;
mod fee;
mod objective;
mod preference;
mod vlan;

pub use approval::{Bought, Proposal};
pub use candidate::{Asked, Candidate, Rejection, Verdict, fit, verdicts};
pub use choice::{Budgeted, Choice, Offered, Spent, Veto, choose, within};
pub use fee::{last_term_end, running_term_end, termination_fee};
pub use objective::{Basis, Objective, Promise, promises, sufficient};
pub use preference::{Figures, preferred};
pub use vlan::{VlanShortage, claim, taken};
