//! The operator: reads flags, then calls the library.
#![forbid(unsafe_code)]

use std::hash::{BuildHasher, Hasher, RandomState};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use naas_operator::app::{self, World};
use naas_operator::clock::SystemClock;
use naas_operator::settings::{Flags, Settings};
use naas_operator::telemetry::{Health, Metrics, init_logs, serve};

#[tokio::main]
async fn main() -> ExitCode {
    let settings = match Settings::try_from(Flags::parse()) {
        Ok(settings) => settings,
        Err(error) => {
            init_logs(false);
            tracing::error!(%error, "cannot start");
            return ExitCode::from(2);
        }
    };
    init_logs(settings.log_json);
    match operate(settings).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "cannot go on");
            ExitCode::FAILURE
        }
    }
}

async fn operate(settings: Settings) -> Result<(), Box<dyn std::error::Error>> {
    let (stop, stopped) = tokio::sync::watch::channel(false);
    tokio::spawn(async move {
        wait_for_signal().await;
        tracing::info!("stopping: running passes end first");
        let _ = stop.send(true);
    });
    let until_stopped = move || {
        let mut stopped = stopped.clone();
        async move {
            // A sender that is gone means that the process ends anyway.
            let _ = stopped.wait_for(|stop| *stop).await;
        }
    };
    let (metrics, health) = (Arc::new(Metrics::default()), Arc::new(Health::default()));
    let listener = tokio::net::TcpListener::bind(settings.listen).await?;
    let served = tokio::spawn(serve(listener, metrics.clone(), health.clone(), until_stopped()));
    let world = World {
        client: kube::Client::try_default().await?,
        clock: Arc::new(SystemClock),
        random: Arc::new(|| f64::from(u32::try_from(random() >> 32).unwrap_or(0)) / f64::from(u32::MAX)),
        nonce: Arc::new(|| (u128::from(random()) << 64) | u128::from(random())),
        around: None,
    };
    app::run(settings, world, metrics, health, until_stopped()).await?;
    served.await??;
    Ok(())
}

/// A number that the operating system's seed makes unpredictable enough to spread looks and to be new to every seller.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate => {}
    }
}
