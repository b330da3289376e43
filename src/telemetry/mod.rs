//! What the operator tells its own operators: metrics, health and logs. It must not know what is being operated.

mod health;
mod logs;
mod metrics;

pub use health::{Health, serve};
pub use logs::{USUAL_LOGS, init as init_logs};
pub use metrics::{Metrics, Notifications, SellerCalls};
