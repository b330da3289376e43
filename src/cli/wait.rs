//! `wait`: until a condition of an intent is true, or the intent is gone.

use std::fmt;
use std::time::Duration;

use futures::TryStreamExt;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, watch_object};

use super::cluster::Cluster;
use super::explain::render::{party, waits_for};
use super::explain::view::{Explanation, explanation, key};
use super::{Error, Outcome, Place, Terminal};
use crate::api::{ConnectivityIntent, told};
use crate::model::{format_duration, parse_duration};

/// Which intent, and for what.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The intent: its name, or namespace/name
    intent: String,
    /// A condition, such as Ready, Planned or Provisioned; or delete
    #[arg(long = "for", default_value = "Ready", value_name = "CONDITION")]
    goal: Goal,
    /// How long at most, such as 90s or 2h
    #[arg(long, default_value = "10m", value_parser = |text: &str| parse_duration(text).map_err(|why| why.to_string()))]
    timeout: Duration,
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// A condition is true, and about the present spec.
    Condition(String),
    /// The intent is gone.
    Gone,
}

impl From<&str> for Goal {
    fn from(text: &str) -> Self {
        match text.trim_start_matches("condition=") {
            "delete" => Self::Gone,
            condition => Self::Condition(condition.to_owned()),
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Condition(condition) => f.write_str(condition),
            Self::Gone => f.write_str("gone"),
        }
    }
}

/// Whether the intent is there: `None` where it is no more.
#[must_use]
pub fn reached(goal: &Goal, intent: Option<&ConnectivityIntent>) -> bool {
    match (goal, intent) {
        (Goal::Gone, None) => true,
        (Goal::Gone, Some(_)) | (Goal::Condition(_), None) => false,
        (Goal::Condition(kind), Some(intent)) => {
            let told = intent.status.as_ref().and_then(|status| told(&status.conditions, kind));
            told.is_some_and(|told| {
                told.status == "True" && told.observed_generation == intent.metadata.generation
            })
        }
    }
}

/// Waits, and says on the way where it stands.
///
/// # Errors
/// It did not come to that in time, or the intent cannot be read.
pub async fn run(
    arguments: &Arguments,
    place: &Place,
    terminal: &mut Terminal<'_>,
) -> Result<Outcome, Error> {
    let cluster = Cluster::connect(place).await?;
    let goal = &arguments.goal;
    let first = match cluster.intent(&arguments.intent).await {
        Err(Error::NotFound { .. }) if *goal == Goal::Gone => return Ok(Outcome::Done),
        other => other?,
    };
    let name = key(&first);
    let mut last = explanation(&first);
    let watched = follow(&cluster, &first, goal, &mut last, terminal);
    match tokio::time::timeout(arguments.timeout, watched).await {
        Ok(done) => done?,
        Err(_) => {
            let waited = format_duration(arguments.timeout);
            let stands = stands(&last);
            return Err(Error::InVain(format!(
                "{name} is not {goal} after {waited}: {stands}; see kubectl naas explain"
            )));
        }
    }
    writeln!(terminal.out, "{name}: {goal}")?;
    Ok(Outcome::Done)
}

async fn follow(
    cluster: &Cluster,
    first: &ConnectivityIntent,
    goal: &Goal,
    last: &mut Explanation,
    terminal: &mut Terminal<'_>,
) -> Result<(), Error> {
    if reached(goal, Some(first)) {
        return Ok(());
    }
    terminal.say(&stands(last))?;
    let key = key(first);
    let (namespace, name) = key.split_once('/').unwrap_or_default();
    let what = format!("watch intent {key}");
    let api = cluster.within::<ConnectivityIntent>(namespace);
    let mut seen = std::pin::pin!(watch_object(api, name).default_backoff());
    loop {
        match seen.try_next().await {
            Ok(Some(intent)) => {
                // One that was made anew under the name is another one.
                let same = intent.filter(|intent| intent.metadata.uid == first.metadata.uid);
                if reached(goal, same.as_ref()) {
                    return Ok(());
                }
                let Some(intent) = same else {
                    return Err(Error::InVain(format!("{key} was deleted before it was {goal}")));
                };
                let now = explanation(&intent);
                if stands(&now) != stands(last) {
                    terminal.say(&stands(&now))?;
                }
                *last = now;
            }
            Ok(None) => return Err(Error::InVain(format!("{key} is not watched any more; try again"))),
            Err(error @ watcher::Error::WatchStartFailed(_))
            | Err(error @ watcher::Error::InitialListFailed(_)) => {
                return Err(Error::Unreachable { what, why: error.to_string() });
            }
            // A watch that breaks off begins again by itself.
            Err(_) => {}
        }
    }
}

/// Where it stands, in a line.
fn stands(explanation: &Explanation) -> String {
    let Explanation { state, reason, message, .. } = explanation;
    match &explanation.waiting_for {
        Some(wait) => {
            let words = waits_for(wait).into_iter().next().unwrap_or_else(|| party(wait.party).to_owned());
            format!("{state:?} ({reason}): waits for {words}")
        }
        None => format!("{state:?} ({reason}): {message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_about_an_earlier_spec_is_none() {
        let intent = |generation: i64| -> ConnectivityIntent {
            serde_norway::from_str(&format!(
                "
                apiVersion: naas.dev/v1alpha1
                kind: ConnectivityIntent
                metadata: {{name: checkpoints, namespace: training, generation: {generation}}}
                spec: {{endpoints: [], bandwidth: {{committed: 2G}}}}
                status:
                  conditions:
                  - {{type: Ready, status: 'True', reason: Active, message: '', observedGeneration: 1, lastTransitionTime: 2026-12-01T00:00:00Z}}
                "
            ))
            .unwrap()
        };
        let ready = Goal::from("condition=Ready");
        assert!(reached(&ready, Some(&intent(1))));
        assert!(!reached(&ready, Some(&intent(2))));
        assert!(!reached(&Goal::from("Planned"), Some(&intent(1))));
        assert!(reached(&Goal::from("delete"), None) && !reached(&ready, None));
    }
}
