//! A Network-as-a-Service seller that speaks MEF LSO, for rehearsals and tests.
//!
//! The road of a request: [`http`] reads it and knows who asks, [`Seller`] opens the books and lets happen what is
//! due (`agenda`), the room of the API answers (`address`, `qualification`, `quote`, `order`, `inventory`, `hub`), the
//! books are kept, and only then the answer goes out. `catalogue`, `objectives`, `term` and `service` are pure: what
//! can be had, at which objectives, for how long, and what a request asks for. `store` alone knows SQL, `clock` alone
//! reads the time. [`faults`] decides which call goes wrong, `http::conduct` makes it. [`audit`] and [`control`] are for the person who rehearses and are no part of LSO.
//!
//! ```
//! use naas_sim::{Clock, Scenario, Seller, Store};
//!
//! let scenario = Scenario::from_yaml(include_str!("../scenarios/metro-fiber.yaml")).unwrap();
//! let seller = Seller::open(scenario, Store::in_memory().unwrap(), Clock::running(1)).unwrap();
//! let router = seller.router(); // an `axum::Router`: serve it, or wrap it in layers first
//! assert!(seller.audit().unwrap().orders.is_empty());
//! # drop(router);
//! ```

mod address;
mod agenda;
pub mod audit;
mod catalogue;
mod clock;
pub mod control;
mod deed;
mod delivery;
mod desk;
pub mod faults;
pub mod http;
mod hub;
mod inventory;
mod lifecycle;
mod objectives;
mod order;
pub mod portal;
mod qualification;
mod quote;
mod refusal;
mod request;
pub mod scenario;
mod seller;
mod service;
mod shape;
mod store;
mod term;

pub use clock::Clock;
pub use scenario::Scenario;
pub use seller::Seller;
pub use store::{BillEntry, Store, StoreError};
