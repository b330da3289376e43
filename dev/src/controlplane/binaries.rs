//! Where the programs of a control plane come from: built from the Go module beside this crate, or given.
//!
//! Knows Go and cargo's target directory; knows nothing of running what it builds.

use std::{
    env,
    fs::{self, File, TryLockError},
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::{Error, announce, stopwatch};

/// The directory of the Go module.
const MODULE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/controlplane");
const GO_MOD: &str = include_str!("../../controlplane/go.mod");
const GO_SUM: &str = include_str!("../../controlplane/go.sum");

/// Names a directory with binaries built elsewhere, as controller-runtime's envtest calls it.
pub(super) const ASSETS: &str = "KUBEBUILDER_ASSETS";

/// The programs of a control plane.
#[derive(Clone, Debug)]
pub struct Binaries {
    /// The store.
    pub etcd: PathBuf,
    /// The API server.
    pub kube_apiserver: PathBuf,
    /// Garbage collection, deletion of namespaces and the like. Without it a control plane starts, but none of that
    /// happens.
    pub kube_controller_manager: Option<PathBuf>,
    /// The command line client.
    pub kubectl: PathBuf,
}

/// Finds the programs of a control plane, and builds them where that has not been done yet.
///
/// They are taken from the directory that the environment variable `KUBEBUILDER_ASSETS` names, if it is set. Otherwise
/// they are built from `dev/controlplane` into cargo's target directory whenever `go.mod` or `go.sum` changed since
/// they last were. The first build takes minutes and says on standard error how far it is. It is safe to call from
/// several processes: one builds, the others wait.
///
/// # Errors
///
/// No Go, a build that fails, a directory that can't be written, a program missing from `KUBEBUILDER_ASSETS`.
pub fn binaries() -> Result<Binaries, Error> {
    match env::var_os(ASSETS).filter(|directory| !directory.is_empty()) {
        Some(directory) => given(Path::new(&directory)),
        None => built(&target_directory().join("controlplane")),
    }
}

fn given(directory: &Path) -> Result<Binaries, Error> {
    let optional = |name: &str| Some(directory.join(name)).filter(|program| program.is_file());
    let required = |name: &'static str| {
        optional(name).ok_or_else(|| Error::AssetMissing { name, directory: directory.to_owned() })
    };
    Ok(Binaries {
        etcd: required("etcd")?,
        kube_apiserver: required("kube-apiserver")?,
        kube_controller_manager: optional("kube-controller-manager"),
        kubectl: required("kubectl")?,
    })
}

/// Cargo's target directory, wherever `CARGO_TARGET_DIR`, a configuration or a flag put it: this program was built in
/// it, and cargo marks it with a `CACHEDIR.TAG`.
fn target_directory() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    let marked = program.ancestors().skip(1).find(|directory| directory.join("CACHEDIR.TAG").is_file());
    marked.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), Path::to_owned)
}

/// `cache` holds `bin/` with the programs, `recipe` with what they were built from, and `lock`.
fn built(cache: &Path) -> Result<Binaries, Error> {
    let io = |source| Error::Io {
        what: format!("keep the control plane's programs in {}", cache.display()),
        source,
    };
    fs::create_dir_all(cache).map_err(io)?;
    let lock = File::create(cache.join("lock")).map_err(io)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            announce("waiting for another process that is building the local Kubernetes control plane");
            lock.lock().map_err(io)?;
        }
        Err(TryLockError::Error(source)) => return Err(io(source)),
    }
    let recipe = recipe();
    let programs = cache.join("bin");
    if fs::read_to_string(cache.join("recipe")).ok().as_deref() != Some(&recipe) {
        let fresh = cache.join("fresh");
        remove(&fresh).map_err(io)?;
        build(&fresh)?;
        // The recipe is written last: what is interrupted before is done again.
        remove(&programs).map_err(io)?;
        fs::rename(&fresh, &programs).map_err(io)?;
        fs::write(cache.join("recipe"), recipe).map_err(io)?;
    }
    given(&programs)
}

/// All that a build depends on, but for the version of Go.
fn recipe() -> String {
    [&linker_flags(), GO_MOD, GO_SUM].join("\n")
}

/// The release that `go.mod` asks for, such as `v1.37.2`.
fn release() -> &'static str {
    GO_MOD
        .lines()
        .filter_map(|line| line.trim().strip_prefix("k8s.io/kubernetes "))
        .find_map(|version| version.split_whitespace().next())
        .unwrap_or("v0.0.0")
}

/// Tells the programs their version, as the release process of Kubernetes does; without it they call themselves 0.0.
fn linker_flags() -> String {
    let release = release();
    let mut parts = release.trim_start_matches('v').split('.');
    let (major, minor) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let version = "k8s.io/component-base/version";
    format!(
        "-s -w -X {version}.gitVersion={release} -X {version}.gitMajor={major} -X {version}.gitMinor={minor} \
         -X {version}.gitTreeState=clean"
    )
}

fn build(into: &Path) -> Result<(), Error> {
    announce(&format!(
        "building Kubernetes {} (kube-apiserver, kube-controller-manager, kubectl, etcd) into {}; \
         the first time this takes five to fifteen minutes on two cores",
        release(),
        into.display()
    ));
    let started = stopwatch();
    let mut go = Command::new("go")
        .current_dir(MODULE)
        .args(["build", "-v", "-mod=readonly", "-buildvcs=false", "-ldflags", &linker_flags(), "-o"])
        .arg(into.join(""))
        .arg("tool")
        // Without C: no compiler needed, and the programs run wherever this one does.
        .env("CGO_ENABLED", "0")
        .env("GOWORK", "off")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Error::NoGo)?;
    let said = go.stderr.take().map_or_else(|| Ok(Vec::new()), |stderr| follow(stderr, started));
    let status = go.wait().map_err(Error::NoGo)?;
    let said = said.map_err(Error::NoGo)?;
    if !status.success() {
        return Err(Error::Build { status, output: said.join("\n") });
    }
    fs::rename(into.join("server"), into.join("etcd"))
        .map_err(|source| Error::Io { what: "name etcd, which Go builds as `server`".to_owned(), source })?;
    announce(&format!("built the control plane in {} s", started.elapsed().as_secs()));
    Ok(())
}

/// Says now and then how far `go build -v` is, which prints a line for each package. Returns its last lines.
fn follow(stderr: impl Read, started: Instant) -> io::Result<Vec<String>> {
    const EVERY: Duration = Duration::from_secs(20);
    const KEPT: usize = 20;
    let (mut packages, mut next, mut tail) = (0_usize, EVERY, Vec::new());
    for line in BufReader::new(stderr).lines() {
        tail.push(line?);
        tail.drain(..tail.len().saturating_sub(KEPT));
        packages += 1;
        let elapsed = started.elapsed();
        if elapsed >= next {
            announce(&format!("still building: {packages} packages after {} s", elapsed.as_secs()));
            next = elapsed + EVERY;
        }
    }
    Ok(tail)
}

fn remove(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_comes_from_go_mod() {
        assert!(release().starts_with("v1."), "{}", release());
        assert!(GO_MOD.contains(&format!("k8s.io/kubernetes {}", release())));
    }

    /// A staging module of another release compiles at best and misbehaves at worst.
    #[test]
    fn staging_modules_are_of_the_same_release() {
        let staging = release().replacen("v1.", "v0.", 1);
        let replacements: Vec<_> =
            GO_MOD.lines().filter(|line| line.trim().starts_with("k8s.io/") && line.contains("=>")).collect();
        assert!(!replacements.is_empty());
        for line in replacements {
            assert!(line.ends_with(&staging), "{line} should end with {staging}");
        }
    }
}
