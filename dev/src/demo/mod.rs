//! The demo: two intents are bought from two simulated sellers, one is changed, one is given back, a third is carried by both
//! sellers together, and after every act the sellers' own books are held against what the operator says.
//!
//! It does what a person would do, by kubectl and with the manifests of `examples/quickstart` and `examples/two-sellers`, and sees what a person
//! would see. This module is the story; it must not know how anything is started, read or printed.

mod answer;
mod books;
mod error;
mod kubectl;
mod objects;
mod programs;
mod progress;
mod screen;
mod stage;

use std::{collections::BTreeMap, time::Duration};

pub use self::error::Error;
use self::{
    books::Ledger,
    objects::{Seen, Told},
    programs::Programs,
    screen::Screen,
    stage::{SELLERS, Stage},
};

const WHAT_THIS_IS: &str = "\
Two teams ask for connectivity between sites. Two simulated sellers can carry it: metro-fiber is cheap and answers at
once, long-haul is dearer, promises more, and takes its time (an hour of its clock is a minute here). The operator asks,
compares, buys within budget, and follows the orders. No money is spent; nothing leaves this machine.
";

/// How long the story may take once everything is built. It takes two to three minutes.
const LIMIT: Duration = Duration::from_secs(600);

/// Between looks at the objects.
const LOOK: Duration = Duration::from_millis(250);

/// The intent that grows in the second act.
const GROWING: (&str, &str) = ("training", "checkpoints");
/// To which bandwidth.
const GROWN: &str = "4G";
/// The intent that is given back in the third act.
const LEAVING: (&str, &str) = ("inference", "inference-edge");
/// The intent that no seller carries alone.
const JOINED: (&str, &str) = ("training", "archive");

/// Plays the demo. With `once` it ends after the last act, else it stays up until `stop` is ready.
///
/// Nothing is left behind: processes and files end with the [`Stage`].
///
/// # Errors
///
/// Anything did not come up, an intent did not become ready, a seller's books say something else than the operator, or
/// `stop` was ready before the end of the last act.
pub async fn run(once: bool, stop: impl Future<Output = ()>) -> Result<(), Error> {
    tokio::pin!(stop);
    let programs = tokio::select! {
        programs = programs::build() => programs?,
        () = &mut stop => return Err(Error::Stopped),
    };
    let screen = Screen::new();
    screen.line(WHAT_THIS_IS)?;
    let mut stage = tokio::select! {
        stage = Stage::new() => stage?,
        () = &mut stop => return Err(Error::Stopped),
    };
    let mut seen = Seen::default();
    let told = tokio::select! {
        told = within_limit(story(&mut stage, &programs, &mut seen, &screen)) => told,
        () = &mut stop => Err(Error::Stopped),
    };
    let ended = match told {
        Ok(()) if once => Ok(()),
        Ok(()) => tokio::select! {
            stayed = stay(&mut stage, &mut seen, &screen) => stayed,
            () = &mut stop => Ok(()),
        },
        Err(error) => Err(error),
    };
    if ended.as_ref().is_err_and(Error::wants_evidence) {
        tokio::select! {
            () = stage.show_evidence(&seen) => {}
            () = &mut stop => {}
        }
    }
    stage.stop().await;
    if ended.is_ok() {
        screen.line("Everything that was started is gone.")?;
    }
    ended
}

async fn within_limit(story: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    tokio::time::timeout(LIMIT, story).await.unwrap_or(Err(Error::TimeUp(LIMIT)))
}

async fn story(
    stage: &mut Stage,
    programs: &Programs,
    seen: &mut Seen,
    screen: &Screen,
) -> Result<(), Error> {
    stage.set(programs, screen).await?;
    let mut ledger = Ledger::default();

    screen.act("Act 1: two intents are bought")?;
    stage.apply_quickstart(screen).await?;
    follow(stage, seen, screen, |seen| !seen.intents.is_empty() && seen.intents.iter().all(Told::is_ready))
        .await?;
    screen.line("")?;
    stage.kubectl_shown(&["get", "connectivityintents", "-A"], screen).await?;
    for intent in &seen.intents {
        screen.line("")?;
        screen.block(&answer::of(intent))?;
        ledger.bought(intent)?;
    }
    invoice(stage, seen, &ledger, screen).await?;

    let (namespace, name) = GROWING;
    screen.act(&format!("Act 2: {name} grows to {GROWN}"))?;
    let patch = format!(r#"{{"spec":{{"bandwidth":{{"committed":"{GROWN}"}}}}}}"#);
    stage
        .kubectl_shown(&["patch", "ci", name, "-n", namespace, "--type=merge", "-p", &patch], screen)
        .await?;
    follow(stage, seen, screen, |seen| seen.intent(GROWING).is_some_and(|intent| intent.carries(GROWN)))
        .await?;
    if let Some(intent) = seen.intent(GROWING) {
        screen.line(&format!("\n{}: {}", intent.key(), answer::price(intent)))?;
        ledger.changed(intent)?;
    }
    invoice(stage, seen, &ledger, screen).await?;

    let (namespace, name) = LEAVING;
    screen.act(&format!("Act 3: {name} is given back"))?;
    if let Some(intent) = seen.intent(LEAVING) {
        ledger.given_back(intent);
    }
    stage.kubectl_shown(&["delete", "ci", name, "-n", namespace, "--wait=false"], screen).await?;
    follow(stage, seen, screen, |seen| {
        seen.intent(LEAVING).is_none() && seen.segments_of(LEAVING).next().is_none()
    })
    .await?;
    invoice(stage, seen, &ledger, screen).await?;

    let (_, name) = JOINED;
    screen.act(&format!("Act 4: no seller reaches both ends of {name}; two carry it together"))?;
    stage.kubectl_shown(&["apply", "--server-side", "-k", "examples/two-sellers"], screen).await?;
    follow(stage, seen, screen, |seen| seen.intent(JOINED).is_some_and(Told::is_ready)).await?;
    if let Some(intent) = seen.intent(JOINED) {
        screen.line("")?;
        screen.block(&answer::of(intent))?;
        ledger.bought(intent)?;
    }
    invoice(stage, seen, &ledger, screen).await?;
    screen.line("\nEvery intent became what was asked, and the sellers' books agree with the operator at every point.")?;
    Ok(())
}

/// Tells every change of the objects until they are as wanted.
async fn follow(
    stage: &mut Stage,
    seen: &mut Seen,
    screen: &Screen,
    wanted: impl Fn(&Seen) -> bool,
) -> Result<(), Error> {
    loop {
        let now = stage.look().await?;
        for change in progress::changes(seen, &now) {
            screen.change(&change)?;
        }
        *seen = now;
        if wanted(seen) {
            return Ok(());
        }
        stage.all_run()?;
        tokio::time::sleep(LOOK).await;
    }
}

/// Shows what the sellers have in their books, and whether it is what the operator says.
async fn invoice(stage: &Stage, seen: &Seen, ledger: &Ledger, screen: &Screen) -> Result<(), Error> {
    let mut audits = BTreeMap::new();
    for name in SELLERS {
        audits.insert(name, stage.audit(name).await?);
    }
    let verdicts: Vec<_> =
        audits.iter().map(|(name, audit)| ledger.check(name, &seen.intents, audit)).collect();
    screen.line("\nWhat the sellers' own books say (/audit):")?;
    screen.block(&books::invoice(&audits, &verdicts))?;
    let wrong: Vec<String> = verdicts.into_iter().flatten().collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Error::Disagrees(wrong))
}

/// Says how to look further, and goes on telling what changes.
async fn stay(stage: &mut Stage, seen: &mut Seen, screen: &Screen) -> Result<(), Error> {
    screen.act("It stays up: look further from another terminal")?;
    screen.block(&stage.directions())?;
    screen.line("\nWhat changes is told here. Ctrl-C ends it and removes everything.\n")?;
    follow(stage, seen, screen, |_| false).await
}
