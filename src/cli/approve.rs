//! `approve`: a person says yes to one plan, at one price.

use serde_json::json;

use super::cluster::{Cluster, patiently};
use super::explain::render::render;
use super::explain::view::explanation;
use super::{Error, Outcome, Place, Terminal, decision};

/// Which plan.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The intent: its name, or namespace/name
    intent: String,
    #[command(flatten)]
    decision: decision::Consent,
}

/// Shows the plan, asks, and makes the decision. What is approved is the plan as it was shown: another digest is another plan.
///
/// # Errors
/// There is no plan, the answer is no, or the decision is refused.
pub async fn run(
    arguments: &Arguments,
    place: &Place,
    terminal: &mut Terminal<'_>,
) -> Result<Outcome, Error> {
    let cluster = Cluster::connect(place).await?;
    let intent =
        patiently("reading from the API server", terminal, cluster.intent(&arguments.intent)).await?;
    let shown = explanation(&intent);
    let key = shown.intent.clone();
    let Some(price) = shown.price.clone().filter(|_| !shown.behind) else {
        let why = if shown.behind {
            "the operator has not yet looked at its present spec"
        } else {
            "it has no plan yet"
        };
        return Err(Error::Usage(format!("{key} cannot be approved: {why}; see kubectl naas explain")));
    };
    terminal.out.write_all(render(&shown, terminal.width).as_bytes())?;
    let (monthly, once, digest) = (&price.monthly, &price.one_time, &price.digest);
    let question = format!("Approve plan {digest} of {key} for {monthly} a month and {once} at once?");
    arguments.decision.confirm(&question, terminal)?;
    let (namespace, name) = key.split_once('/').unwrap_or_default();
    let about = json!({"approvePlan": {"intent": {"name": name}, "digest": digest}});
    let made = arguments.decision.decide(&cluster, namespace, ("approve", about)).await?;
    terminal.say(&format!(
        "approved by decision {namespace}/{made}; delete it before it is used to take it back"
    ))?;
    Ok(Outcome::Done)
}
