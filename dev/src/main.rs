//! `naas-dev`: the local control plane from a shell.

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

async fn up() -> Done {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
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
