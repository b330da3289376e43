//! Two sellers that both reach everything: two intents are bought, one is changed, and one is given back.

use super::{Error, Key, Play, objects::Told};

const QUICKSTART: &str = "examples/quickstart";

/// The intent that grows in the second act.
const GROWING: Key = ("training", "checkpoints");
/// To which bandwidth.
const GROWN: &str = "4G";
/// The intent that is given back in the third act.
const LEAVING: Key = ("inference", "inference-edge");

/// Plays it.
pub async fn play(play: &mut Play<'_>) -> Result<(), Error> {
    play.screen.act("Act 1: two intents are bought")?;
    for seller in ["metro-fiber", "long-haul"] {
        play.stage.open(QUICKSTART, seller, play.screen).await?;
    }
    play.stage.apply(QUICKSTART, play.screen).await?;
    play.until(|seen| !seen.intents.is_empty() && seen.intents.iter().all(Told::is_ready)).await?;
    play.screen.line("")?;
    play.kubectl(&["get", "connectivityintents", "-A"]).await?;
    for intent in [GROWING, LEAVING] {
        play.bought(intent).await?;
    }
    play.invoice().await?;

    let (namespace, name) = GROWING;
    play.screen.act(&format!("Act 2: {name} grows to {GROWN}"))?;
    let patch = format!(r#"{{"spec":{{"bandwidth":{{"committed":"{GROWN}"}}}}}}"#);
    play.kubectl(&["patch", "ci", name, "-n", namespace, "--type=merge", "-p", &patch]).await?;
    play.until_intent(GROWING, |intent| intent.carries(GROWN)).await?;
    if let Some(intent) = play.seen.intent(GROWING) {
        play.ledger.changed(intent)?;
    }
    play.explain(GROWING).await?;
    play.invoice().await?;

    let (namespace, name) = LEAVING;
    play.screen.act(&format!("Act 3: {name} is given back"))?;
    if let Some(intent) = play.seen.intent(LEAVING) {
        play.ledger.given_back(intent);
    }
    play.kubectl(&["delete", "ci", name, "-n", namespace, "--wait=false"]).await?;
    play.until(|seen| seen.intent(LEAVING).is_none() && seen.segments_of(LEAVING).next().is_none()).await?;
    play.invoice().await
}
