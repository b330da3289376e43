//! Three sellers, none of which reaches everything, and two places where they are patched together: one intent is carried by two of
//! them, one by all three on two paths, and one waits for an approval, which is given.

use super::{
    Error, Key, Play,
    objects::{Plan, Told},
};

const THREE_SELLERS: &str = "examples/three-sellers";

const DIVERSE: &str = "examples/diverse";

/// The intent that no seller carries alone.
const JOINED: Key = ("training", "archive");
/// The intent that one seller's failure must not interrupt.
const TWICE: Key = ("training", "replicas");
/// The intent that a person must approve.
const REVIEWED: Key = ("training", "simulations");
/// Who approves.
const APPROVER: &str = "ada@example.com";

/// Plays it.
pub async fn play(play: &mut Play<'_>) -> Result<(), Error> {
    let (namespace, reviewed) = REVIEWED;
    play.screen.act(
        "Act 4: a third seller. No seller reaches both ends of archive or simulations, and one failure must not interrupt replicas",
    )?;
    play.stage.open(THREE_SELLERS, "prairie-light", play.screen).await?;
    play.stage.apply(THREE_SELLERS, play.screen).await?;
    play.stage.apply(DIVERSE, play.screen).await?;
    play.until(|seen| {
        [JOINED, TWICE].iter().all(|key| seen.intent(*key).is_some_and(Told::is_ready))
            && seen.intent(REVIEWED).is_some_and(|intent| intent.waits("ApprovalRequired"))
    })
    .await?;
    play.bought(JOINED).await?;
    play.bought(TWICE).await?;
    play.explain(REVIEWED).await?;
    play.invoice().await?;

    play.screen.act(&format!("Act 5: {APPROVER} approves {reviewed}, at this price or a lower one"))?;
    let plan = play.seen.intent(REVIEWED).and_then(|intent| intent.status.as_ref()?.plan.as_ref());
    let decision = plan.map(decision).unwrap_or_default();
    let (role, user) = ("--clusterrole=naas-approver", format!("--user={APPROVER}"));
    play.kubectl(&["create", "rolebinding", "approvers", role, &user, "-n", namespace]).await?;
    play.stage.create_as(APPROVER, &decision, play.screen).await?;
    play.until_intent(REVIEWED, Told::is_ready).await?;
    play.bought(REVIEWED).await?;
    play.screen.line("")?;
    play.kubectl(&["get", "connectivityintents,connectivitydecisions", "-A"]).await?;
    play.invoice().await
}

/// What a person writes who looked at a plan and wants it.
fn decision(plan: &Plan) -> String {
    let ((namespace, name), digest) = (REVIEWED, &plan.digest);
    format!(
        "\
apiVersion: naas.dev/v1alpha1
kind: ConnectivityDecision
metadata: {{name: {name}-2027, namespace: {namespace}}}
spec:
  author: {APPROVER}
  because: the simulations begin in January, and the price is good
  approvePlan:
    intent: {{name: {name}}}
    digest: {digest}
"
    )
}
