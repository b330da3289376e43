//! The programs of the control plane are built once, by one process, and again when they have to be.
//!
//! Go itself is played by the script beside this, since a build takes minutes; every other test runs what Go really built.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// A target directory of its own, with this program in it.
///
/// Linked, not copied: a program can't be run while any process, or one being forked from it, has it open for writing.
struct Target(TempDir);

impl Target {
    fn new() -> Self {
        let target = Self(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap());
        fs::write(target.path().join("CACHEDIR.TAG"), "").unwrap();
        fs::hard_link(env!("CARGO_BIN_EXE_naas-dev"), target.path().join("naas-dev")).unwrap();
        target
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn build(&self) -> Command {
        let go = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/building");
        let search = format!("{go}:{}", std::env::var("PATH").unwrap());
        let mut build = Command::new(self.path().join("naas-dev"));
        build
            .args(["controlplane", "build"])
            .env("PATH", search)
            .env("RUNS", self.path().join("runs"))
            .env_remove("KUBEBUILDER_ASSETS")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        build
    }

    /// Where Go was run, once for each time.
    fn runs(&self) -> Vec<String> {
        let runs = fs::read_to_string(self.path().join("runs")).unwrap_or_default();
        runs.lines().map(str::to_owned).collect()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn of_many_one_builds_and_all_have_it() {
    let target = Target::new();
    let all: Vec<_> = (0..4).map(|_| target.build().spawn().unwrap()).collect();
    for one in all {
        let output = one.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let printed = String::from_utf8(output.stdout).unwrap();
        let programs: Vec<&Path> = printed.lines().map(Path::new).collect();
        let names: Vec<_> = programs.iter().map(|program| program.file_name().unwrap()).collect();
        assert_eq!(names, ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"]);
        assert!(programs.iter().all(|program| program.starts_with(target.path()) && program.is_file()));
        assert_eq!(fs::read_to_string(programs[0]).unwrap(), "server\n");
    }
    assert_eq!(target.runs().len(), 1);
    assert!(target.runs()[0].ends_with("controlplane"), "{:?}", target.runs());
}

#[test]
fn another_recipe_is_built_again() {
    let target = Target::new();
    assert!(target.build().status().unwrap().success());
    // What a checkout with another go.mod leaves.
    fs::write(target.path().join("controlplane/recipe"), "k8s.io/kubernetes v1.0.0").unwrap();
    assert!(target.build().status().unwrap().success());
    assert!(target.build().status().unwrap().success());
    assert_eq!(target.runs().len(), 2);
}

#[test]
fn a_failed_build_says_why_and_is_tried_again() {
    let target = Target::new();
    let failed = target.build().env("FAIL", "yes").output().unwrap();
    assert!(!failed.status.success());
    assert!(said(&failed).contains("go: cannot build this"), "{}", said(&failed));
    assert!(target.build().status().unwrap().success());
    assert_eq!(target.runs().len(), 2);
}

#[test]
fn without_go_it_says_what_to_do() {
    let target = Target::new();
    let failed = target.build().env("PATH", "").output().unwrap();
    assert!(!failed.status.success());
    for way_out in ["Install Go", "KUBEBUILDER_ASSETS", "NAAS_KUBECONFIG"] {
        assert!(said(&failed).contains(way_out), "{}", said(&failed));
    }
}

#[test]
fn given_programs_have_to_be_complete() {
    let target = Target::new();
    let empty = tempfile::tempdir().unwrap();
    let failed = target.build().env("KUBEBUILDER_ASSETS", empty.path()).output().unwrap();
    assert!(!failed.status.success());
    assert!(said(&failed).contains("no etcd in"), "{}", said(&failed));
    assert!(target.runs().is_empty());
}
