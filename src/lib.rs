//! naas-operator

pub mod adapters;
pub mod admit;
pub mod api;
pub mod clock;
pub mod cluster;
pub mod model;
pub mod planning;
pub mod provider;
pub mod schedule;
pub mod segment;
pub mod telemetry;
