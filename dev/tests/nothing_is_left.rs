//! However a program that has a control plane ends, its processes and files go with it.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by a panic and tells what it measures"
)]
#![expect(clippy::disallowed_methods, reason = "programs outside this process take real time")]

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    os::unix::fs::symlink,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use naas_dev::controlplane::binaries;
use tempfile::TempDir;

/// Far above what anything here takes, so that only what never happens runs into it.
const DEADLINE: Duration = Duration::from_secs(120);

/// A program with a control plane whose every temporary file is in `directory`.
fn up(directory: &TempDir) -> Command {
    let mut up = Command::new(env!("CARGO_BIN_EXE_naas-dev"));
    up.args(["controlplane", "up"])
        .env("TMPDIR", directory.path())
        .env_remove("NAAS_KUBECONFIG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    up
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < DEADLINE, "still not so: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Command lines that name `directory`: supervisors and supervised alike.
fn processes(directory: &Path) -> Vec<String> {
    let directory = directory.display().to_string();
    fs::read_dir("/proc")
        .expect("these tests look into procfs")
        .filter_map(|process| fs::read_to_string(process.ok()?.path().join("cmdline")).ok())
        .filter(|line| line.contains(&directory))
        .collect()
}

fn files(directory: &Path) -> usize {
    fs::read_dir(directory).unwrap().count()
}

fn nothing_is_left(directory: &TempDir) {
    let began = Instant::now();
    until("no process", || processes(directory.path()).is_empty());
    until("no file", || files(directory.path()) == 0);
    println!("all gone {} ms later", began.elapsed().as_millis());
}

/// A program that a test which fails does not leave behind.
struct Owner(Child);

impl Owner {
    fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    fn signal(&self, name: &str) {
        let arguments = ["-c", "kill -s \"$0\" \"$1\"", name, &self.0.id().to_string()];
        assert!(Command::new("sh").args(arguments).status().unwrap().success());
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a control plane, waits until it is up, and ends its owner.
fn ends_by(name: &str) {
    let directory = tempfile::tempdir().unwrap();
    let programs = binaries().unwrap();
    let began = Instant::now();
    let mut owner = Owner::start(&mut up(&directory));
    let mut kubeconfig = String::new();
    BufReader::new(owner.0.stdout.take().unwrap()).read_line(&mut kubeconfig).unwrap();
    println!("up after {} ms", began.elapsed().as_millis());
    assert!(Path::new(kubeconfig.trim()).is_file(), "{kubeconfig:?}");
    let components = 2 + usize::from(programs.kube_controller_manager.is_some());
    // Beside them a janitor, and for each a supervisor and its watch.
    until("all processes run", || processes(directory.path()).len() == 1 + 3 * components);
    owner.signal(name);
    let status = owner.0.wait().unwrap();
    println!("SIG{name}: {status}");
    nothing_is_left(&directory);
}

#[test]
fn after_sigkill() {
    ends_by("KILL");
}

#[test]
fn after_ctrl_c() {
    ends_by("INT");
}

#[test]
fn after_sigterm() {
    ends_by("TERM");
}

#[test]
fn after_sigkill_while_it_starts() {
    let directory = tempfile::tempdir().unwrap();
    binaries().unwrap();
    let mut owner = Owner::start(&mut up(&directory));
    until("the API server runs", || {
        processes(directory.path()).iter().any(|line| line.contains("secure-port="))
    });
    owner.signal("KILL");
    owner.0.wait().unwrap();
    nothing_is_left(&directory);
}

/// The owner says why, too.
#[test]
fn after_a_start_that_fails() {
    let directory = tempfile::tempdir().unwrap();
    let programs = binaries().unwrap();
    let assets = tempfile::tempdir().unwrap();
    symlink(&programs.etcd, assets.path().join("etcd")).unwrap();
    symlink(&programs.kubectl, assets.path().join("kubectl")).unwrap();
    // Ends at once, for it has no such flags.
    symlink(&programs.etcd, assets.path().join("kube-apiserver")).unwrap();

    let mut owner =
        Owner::start(up(&directory).env("KUBEBUILDER_ASSETS", assets.path()).stderr(Stdio::piped()));
    let mut said = String::new();
    owner.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(!owner.0.wait().unwrap().success());
    assert!(said.contains("kube-apiserver ended unexpectedly (exit status:"), "{said}");
    assert!(said.contains("etcd grpc-proxy"), "{said}");
    nothing_is_left(&directory);
}
