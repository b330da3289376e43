//! naas-operator

pub mod model;
pub mod provider;
pub mod telemetry;
