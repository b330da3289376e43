//! `adopt`: a service that exists becomes the intent's own. First what that means is shown.

use serde_json::json;

use super::cluster::{Cluster, patiently};
use super::explain::render::render;
use super::explain::view::explanation;
use super::{Error, Outcome, Place, Terminal, decision};
use crate::api::{ConnectivityIntent, ConnectivitySegment, IntentMode, ProductRole};

/// Whose service, and which.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The intent: its name, or namespace/name
    intent: String,
    /// The seller's id of the product, where the intent does not name it
    #[arg(long)]
    product: Option<String>,
    /// The segment that watches it, where you may not list segments
    #[arg(long)]
    segment: Option<String>,
    #[command(flatten)]
    decision: decision::Consent,
}

/// Shows what would be taken over, asks, and makes the decision.
///
/// # Errors
/// It is not clear which service is meant, the answer is no, or the decision is refused.
pub async fn run(
    arguments: &Arguments,
    place: &Place,
    terminal: &mut Terminal<'_>,
) -> Result<Outcome, Error> {
    let cluster = Cluster::connect(place).await?;
    let read = async {
        let intent = cluster.intent(&arguments.intent).await?;
        Ok((intent, cluster.segments_if_allowed().await?.unwrap_or_default()))
    };
    let (intent, segments) = patiently("reading from the API server", terminal, read).await?;
    let shown = explanation(&intent);
    let key = shown.intent.clone();
    if intent.spec.mode == IntentMode::ObserveOnly {
        return Err(Error::Usage(format!(
            "{key} only watches: write spec.mode: Manage to take its service over"
        )));
    }
    let uid = intent.metadata.uid.as_deref().unwrap_or_default();
    let watching = segments.iter().find(|segment| segment.spec.intent_ref.uid == uid);
    let (segment, product) = subject(arguments, &intent, watching).map_err(|what| {
        Error::Usage(format!(
            "{key} does not say {what}; the message of the intent does, see kubectl naas explain"
        ))
    })?;
    terminal.out.write_all(render(&shown, terminal.width).as_bytes())?;
    writeln!(
        terminal.out,
        "Taking over sends nothing. From then on {product} is changed, and ended, with {key}; what differs stays until it is asked for."
    )?;
    arguments.decision.confirm(&format!("Take over {product} for {key}?"), terminal)?;
    let (namespace, _) = key.split_once('/').unwrap_or_default();
    let about = json!({"segment": segment, "adopt": {"productId": product}});
    let made = arguments.decision.decide(&cluster, namespace, ("adopt", about)).await?;
    terminal.say(&format!("decided by {namespace}/{made}; delete it before it is used to take it back"))?;
    Ok(Outcome::Done)
}

/// Which segment and which product; otherwise what is not said.
fn subject(
    arguments: &Arguments,
    intent: &ConnectivityIntent,
    watching: Option<&ConnectivitySegment>,
) -> Result<(String, String), &'static str> {
    let status = intent.status.as_ref();
    let planned = || status?.plan.as_ref()?.legs.first().map(|leg| leg.segment.clone());
    let listed = || watching.and_then(|segment| segment.metadata.name.clone());
    let segment = arguments.segment.clone().or_else(listed).or_else(planned);
    let named = || intent.spec.existing.as_ref()?.product_id.clone();
    let seen = || {
        let products = &watching?.status.as_ref()?.products;
        products.iter().find(|product| product.role == ProductRole::Evc).map(|product| product.id.clone())
    };
    let product = arguments.product.clone().or_else(named).or_else(seen);
    Ok((
        segment.ok_or("which segment watches the service: state --segment")?,
        product.ok_or("which service is meant: state --product")?,
    ))
}
