//! `naas-dev`: the local control plane and the demo from a shell.

mod demo;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use naas_dev::controlplane::{self, ControlPlane, Options};
use tokio::{
    runtime::Runtime,
    signal::unix::{SignalKind, signal},
};

/// Run what the operator needs around it on this machine.
#[derive(Parser)]
#[command(name = "naas-dev", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A Kubernetes control plane without nodes.
    #[command(subcommand)]
    Controlplane(Controlplane),
    /// Intents, simulated sellers and the operator on this machine: what is bought, from whom, why, and what it costs.
    Demo {
        /// End after the last act, and succeed only if everything became ready and the sellers' books agreed.
        #[arg(long)]
        once: bool,
    },
}

#[derive(Subcommand)]
enum Controlplane {
    /// Build kube-apiserver, kube-controller-manager, kubectl and etcd, unless that is done; print where they are.
    Build,
    /// Start a control plane, print its kubeconfig, and keep it until Ctrl-C.
    Up,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Controlplane(Controlplane::Build) => build(),
        Command::Controlplane(Controlplane::Up) => run(up()),
        Command::Demo { once } => run(async move { Ok(demo::run(once, stopped()?).await?) }),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody may be reading.
            let _ = writeln!(io::stderr(), "naas-dev: {error}");
            ExitCode::FAILURE
        }
    }
}

type Done = Result<(), Box<dyn std::error::Error>>;

fn build() -> Done {
    let programs = controlplane::binaries()?;
    let all = [
        Some(programs.etcd),
        Some(programs.kube_apiserver),
        programs.kube_controller_manager,
        Some(programs.kubectl),
    ];
    for program in all.into_iter().flatten() {
        writeln!(io::stdout(), "{}", program.display())?;
    }
    Ok(())
}

/// Whoever stops a program does not wait for a build that it has begun.
fn run(command: impl Future<Output = Done>) -> Done {
    let runtime = Runtime::new()?;
    let done = runtime.block_on(command);
    runtime.shutdown_background();
    done
}

/// Ready when somebody wants this program to end.
fn stopped() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

async fn up() -> Done {
    let stop = stopped()?;
    tokio::pin!(stop);
    let plane = tokio::select! {
        plane = ControlPlane::start(Options::default()) => plane?,
        () = &mut stop => return Ok(()),
    };
    writeln!(io::stdout(), "{}", plane.kubeconfig().display())?;
    stop.await;
    plane.stop().await;
    Ok(())
}
