//! What the operator tells its own operators: metrics, health and logs. It must not know what is being operated.

mod metrics;

pub use metrics::{Metrics, SellerCalls};
