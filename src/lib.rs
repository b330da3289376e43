//! naas-operator turns a connectivity intent into a network service: planned, priced before it is bought, ordered exactly once,
//! and kept.
//!
//! # The house
//!
//! | Room | What is in it | What it must not know |
//! | --- | --- | --- |
//! | [`model`] | the validated domain: bandwidth, money, design, order, failure | Kubernetes, network, clock |
//! | [`api`] | the custom resources as users see them | what they mean |
//! | [`admit`] | API objects to domain values: every refusal is a sentence | sellers, clock |
//! | [`planning`] | pure: who could carry a request, what is promised, which offer is taken | I/O of any kind |
//! | [`provider`] | the port: what every seller can be asked | any one seller's API |
//! | [`adapters`] | one folder per kind of seller API | Kubernetes, one another |
//! | [`intent`], [`segment`], [`account`], [`site`], [`class`], [`decision`] | a controller per kind | one another |
//! | [`ledger`] | enters orders in the ledgers of budgets and accounts before they are reserved | sellers, why something is bought |
//! | [`budget`] | counts these ledgers anew from what segments say | how to buy |
//! | [`notify`] | the listener for what sellers tell: authenticates, then only wakes segments | how to ask a seller, how to write |
//! | [`cli`] | `kubectl naas`: shows what the controllers decide and decided | how to decide, sellers |
//! | [`cluster`] | watched state and all writes to the Kubernetes API | what the objects mean |
//! | [`schedule`] | when to look again: pure | why |
//! | [`clock`], [`telemetry`], [`settings`] | time, metrics and logs, flags | everything else |
//! | [`app`] | the composition root: starts every controller | decisions |
//!
//! # The road of one intent
//!
//! ```text
//! watch ─► gather ─► decide (pure) ─► perform ─► … ─► record (pure) ─► schedule (pure)
//! ```
//!
//! 1. [`intent::reconcile`] gathers the intent as its class makes it, its sites, what is patched there, all accounts and its segments,
//!    and [`intent::decide::decide`]s: each leg of the paths that could carry it ([`planning::verdicts`], [`planning::chains`]) becomes
//!    a `ConnectivitySegment` with `desired: Offer`.
//! 2. [`segment::reconcile`] asks its seller through the [`provider::Provider`] port: qualification, then quote. The answer is the
//!    segment's status.
//! 3. The intent [`planning::choose`]s among the paths whose every leg is offered, checks budget and limits, waits for an approval where
//!    one is asked, and tells all legs of the winner to become `Present`.
//! 4. The segment buys: [`segment::purchase`] searches; [`ledger`] enters the order in every budget that applies; it is written
//!    down, placed, its id recorded, and it is followed until the seller's inventory shows the service.
//! 5. The intent folds that into one status: [`intent::record::status`].
//! 6. Deleting goes the same way back: `desired: Absent`, a disconnect order, and the record goes when inventory says gone.

#![forbid(unsafe_code)]

pub mod account;
pub mod adapters;
pub mod admit;
pub mod api;
pub mod app;
pub mod budget;
pub mod class;
pub mod cli;
pub mod clock;
pub mod cluster;
pub mod decision;
pub mod intent;
pub mod ledger;
pub mod model;
pub mod notify;
pub mod planning;
pub mod provider;
pub mod schedule;
pub mod segment;
pub mod settings;
pub mod site;
pub mod telemetry;
