//! naas-operator

#![forbid(unsafe_code)]

pub mod account;
pub mod adapters;
pub mod admit;
pub mod api;
pub mod app;
pub mod clock;
pub mod cluster;
pub mod intent;
pub mod model;
pub mod planning;
pub mod provider;
pub mod schedule;
pub mod segment;
pub mod settings;
pub mod site;
pub mod telemetry;
