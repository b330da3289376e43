//! naas-operator

pub mod adapters;
pub mod api;
pub mod clock;
pub mod model;
pub mod provider;
pub mod telemetry;
