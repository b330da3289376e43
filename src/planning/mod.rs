//! Pure planning: which seller could carry a request, what it promises, which offer to take, what leaving costs.
//!
//! [`search`] finds paths through any graph of numbers, [`compose`] says what several legs promise together, [`distance`] what distance says
//! about delay, [`price`] what a plan costs over its terms.
//!
//! Nothing in here reads or writes anything; equal input gives an equal plan, and every choice and rejection can be read by a person.
//! This room must not know Kubernetes, sellers' APIs or the clock.

mod approval;
mod candidate;
mod choice;
pub mod compose;
pub mod distance;
mod diversity;
mod fee;
#[cfg(test)]
mod fixture;
mod jurisdiction;
mod network;
mod objective;
mod path;
mod preference;
pub mod price;
pub mod search;
mod vlan;
mod way;

pub use approval::{Bought, Proposal};
pub use candidate::{Asked, Candidate, Rejection, Verdict, fit, leg_key, verdicts};
pub use choice::{Budgeted, Bundle, Choice, Offered, Readiness, Spent, Veto, all_within, choose, within};
pub use diversity::{Pairs, Proof, Shared, pairs, shared};
pub use fee::{last_term_end, running_term_end, termination_fee};
pub use network::{Chains, MOST_CHAINS, Network, chains};
pub use objective::{Basis, Objective, Promise, promises, sufficient};
pub use path::{Joint, Path, Span, fit_path, joined, promised};
pub use preference::{Figures, preferred};
pub use vlan::{Line, Pair, VlanShortage, claim, claim_chain, taken};
pub use way::{Way, weakest};
