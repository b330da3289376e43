//! The demo: simulated sellers, the operator, and two scenes in which intents are bought, changed, approved and given back. After
//! every act the sellers' own books are held against what the operator says.
//!
//! It does what a person would do, by kubectl and with the manifests of `examples/`, and sees what a person would see. A scene is a
//! story; it must not know how anything is started, read or printed.

mod books;
mod error;
mod first_scene;
mod kubectl;
mod objects;
mod programs;
mod progress;
mod screen;
mod second_scene;
mod stage;

use std::{collections::BTreeMap, time::Duration};

pub use self::error::Error;
use self::{
    books::Ledger,
    objects::{Intent, Seen},
    screen::Screen,
    stage::Stage,
};

const WHAT_THIS_IS: &str = "\
Teams ask for connectivity between sites. Simulated sellers can carry it: metro-fiber is cheap and answers at once,
long-haul is dearer, promises more, and takes its time (an hour of its clock is a minute here), and later prairie-light
comes, of which nobody has bought before. The operator asks, compares, buys within budget, and follows the orders. No
money is spent; nothing leaves this machine.
";

/// How long the story may take once everything is built. It takes four to five minutes.
const LIMIT: Duration = Duration::from_secs(600);

/// Between looks at the objects.
const LOOK: Duration = Duration::from_millis(250);

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
        stage = Stage::new(programs) => stage?,
        () = &mut stop => return Err(Error::Stopped),
    };
    let mut seen = Seen::default();
    let told = tokio::select! {
        told = within_limit(story(&mut stage, &mut seen, &screen)) => told,
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

async fn story(stage: &mut Stage, seen: &mut Seen, screen: &Screen) -> Result<(), Error> {
    stage.set(screen).await?;
    let mut play = Play { stage, seen, ledger: Ledger::default(), screen };
    first_scene::play(&mut play).await?;
    second_scene::play(&mut play).await?;
    screen.line(
        "\nEvery intent became what was asked, and the sellers' books agree with the operator at every point.",
    )?;
    Ok(())
}

/// An intent by namespace and name.
type Key = (&'static str, &'static str);

/// What the scenes play with.
struct Play<'a> {
    stage: &'a mut Stage,
    /// The objects as they were looked at last.
    seen: &'a mut Seen,
    /// What was bought so far.
    ledger: Ledger,
    screen: &'a Screen,
}

impl Play<'_> {
    /// Tells every change of the objects until they are as wanted.
    async fn until(&mut self, wanted: impl Fn(&Seen) -> bool) -> Result<(), Error> {
        follow(self.stage, self.seen, self.screen, wanted).await
    }

    /// Tells every change until an intent is as wanted.
    async fn until_intent(&mut self, key: Key, wanted: impl Fn(&Intent) -> bool) -> Result<(), Error> {
        self.until(|seen| seen.intent(key).is_some_and(&wanted)).await
    }

    /// Gives a command as a person would, and shows it with its answer.
    async fn kubectl(&self, arguments: &[&str]) -> Result<(), Error> {
        self.stage.kubectl_shown(arguments, self.screen).await
    }

    /// Shows all there is to say of an intent.
    async fn explain(&self, (namespace, name): Key) -> Result<(), Error> {
        self.screen.line("")?;
        self.kubectl(&["naas", "explain", name, "-n", namespace]).await
    }

    /// An intent became ready for the first time: enters it, and explains it.
    async fn bought(&mut self, key: Key) -> Result<(), Error> {
        if let Some(intent) = self.seen.intent(key) {
            self.ledger.bought(intent)?;
        }
        self.explain(key).await
    }

    /// Shows what the sellers have in their books, and whether it is what the operator says.
    async fn invoice(&self) -> Result<(), Error> {
        let mut audits = BTreeMap::new();
        for name in self.stage.sellers() {
            audits.insert(name, self.stage.audit(name).await?);
        }
        let verdicts: Vec<_> =
            audits.iter().map(|(name, audit)| self.ledger.check(name, &self.seen.intents, audit)).collect();
        self.screen.line("\nWhat the sellers' own books say (/audit):")?;
        self.screen.block(&books::invoice(&audits, &verdicts))?;
        let wrong: Vec<String> = verdicts.into_iter().flatten().collect();
        if wrong.is_empty() { Ok(()) } else { Err(Error::Disagrees(wrong)) }
    }
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

/// Says how to look further, and goes on telling what changes.
async fn stay(stage: &mut Stage, seen: &mut Seen, screen: &Screen) -> Result<(), Error> {
    screen.act("It stays up: look further from another terminal")?;
    screen.block(&stage.directions())?;
    screen.line("\nWhat changes is told here. Ctrl-C ends it and removes everything.\n")?;
    follow(stage, seen, screen, |_| false).await
}
