//! The `naas_*` metrics, registered once and passed to whoever counts; no globals.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    provider: String,
    method: &'static str,
    outcome: &'static str,
}

/// Calls to sellers, by account, method of the port and outcome. What was not asked has the outcome `NotAsked`; `turn` is what
/// waits for the account's budget of requests.
#[derive(Debug, Clone, Default)]
pub struct SellerCalls(Family<CallLabels, Counter>);

impl SellerCalls {
    /// Counts one call.
    pub fn count(&self, provider: &str, method: &'static str, outcome: &'static str) {
        self.0.get_or_create(&CallLabels { provider: provider.to_owned(), method, outcome }).inc();
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PassLabels {
    kind: &'static str,
    step: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NotificationLabels {
    provider: String,
    outcome: &'static str,
}

/// Notifications of sellers, by account and outcome.
#[derive(Debug, Clone, Default)]
pub struct Notifications(Family<NotificationLabels, Counter>);

impl Notifications {
    /// Counts one that came from the seller of this account: `accepted` where a segment is about what it tells of, else `unknown`.
    pub fn heard(&self, provider: &str, known: bool) {
        let outcome = if known { "accepted" } else { "unknown" };
        self.0.get_or_create(&NotificationLabels { provider: provider.to_owned(), outcome }).inc();
    }

    /// Counts one that nobody was woken for. Whom it claims to come from is not counted: a stranger chooses it.
    pub fn refused(&self) {
        self.0.get_or_create(&NotificationLabels { provider: String::new(), outcome: "refused" }).inc();
    }
}

/// All metrics of the process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Calls to sellers.
    pub seller_calls: SellerCalls,
    /// Notifications of sellers.
    pub notifications: Notifications,
    passes: Family<PassLabels, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("naas");
        let seller_calls = SellerCalls::default();
        let notifications = Notifications::default();
        let passes = Family::default();
        registry.register(
            "seller_calls",
            "Calls to sellers by account, method and outcome",
            seller_calls.0.clone(),
        );
        registry.register(
            "notifications",
            "Notifications of sellers by account and outcome",
            notifications.0.clone(),
        );
        registry.register("passes", "Passes of controllers by kind, last step and outcome", passes.clone());
        Self { registry, seller_calls, notifications, passes }
    }
}

impl Metrics {
    /// Counts one pass of the controller of `kind` that ended with `step`.
    pub fn pass(&self, kind: &'static str, step: &'static str, outcome: &'static str) {
        self.passes.get_or_create(&PassLabels { kind, step, outcome }).inc();
    }

    /// All metrics in the OpenMetrics text format.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail; an encoder's own error leaves a shorter page, not a broken process.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
