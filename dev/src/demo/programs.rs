//! What the demo runs: the control plane's programs, and the operator, its command line and the simulated seller, which cargo builds
//! beside this program in the profile that it was built in.

use std::{
    env,
    io::{self, Write},
    path::{Path, PathBuf},
};

use naas_dev::controlplane;
use tokio::process::Command;

use super::Error;

/// The root of the workspace.
pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Where the operator and the seller are. The control plane finds its own programs.
#[derive(Clone, Debug)]
pub struct Programs {
    /// Where all of them are; `kubectl` finds `kubectl-naas` there.
    pub directory: PathBuf,
    /// `naas-operator`.
    pub operator: PathBuf,
    /// `naas-sim`.
    pub seller: PathBuf,
}

/// Builds what is missing or old. Go and cargo say on standard error what they do.
///
/// # Errors
///
/// A cluster was given: the demo would change what is somebody's. Or there is no Go or cargo, or something does not
/// compile.
pub async fn build() -> Result<Programs, Error> {
    if env::var_os("NAAS_KUBECONFIG").is_some_and(|path| !path.is_empty()) {
        return Err(Error::GivenCluster);
    }
    let built = tokio::task::spawn_blocking(controlplane::binaries).await;
    built.map_err(|stopped| Error::Io {
        what: "build the control plane".to_owned(),
        source: io::Error::other(stopped),
    })??;
    // Nobody may be reading.
    let _ = writeln!(
        io::stderr(),
        "naas-dev: building naas-operator, kubectl-naas and naas-sim; the first time this takes minutes"
    );
    cargo_build().await
}

async fn cargo_build() -> Result<Programs, Error> {
    let own = env::current_exe()
        .map_err(|source| Error::Io { what: "find this program's own file".to_owned(), source })?;
    let directory = own.parent().unwrap_or(Path::new("."));
    let arguments = arguments(directory);
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(&arguments).current_dir(ROOT).kill_on_drop(true);
    // `cargo run` tells this program about its own package. Build scripts that look at that would run again, and
    // everything that depends on them would be compiled again, at every demo.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            build.env_remove(&name);
        }
    }
    let status = build.status().await.map_err(|source| Error::Io { what: "run cargo".to_owned(), source })?;
    if !status.success() {
        return Err(Error::Build { command: format!("cargo {}", arguments.join(" ")), status });
    }
    Ok(Programs {
        directory: directory.to_owned(),
        operator: directory.join("naas-operator"),
        seller: directory.join("naas-sim"),
    })
}

/// `directory` is the one of the profile, in the target directory.
fn arguments(directory: &Path) -> Vec<String> {
    let profile = match directory.file_name().and_then(|name| name.to_str()) {
        // The one profile that is not called as its directory.
        Some("debug") | None => "dev",
        Some(profile) => profile,
    };
    let target = directory.parent().unwrap_or(directory).display().to_string();
    let packages = ["-p", "naas-operator", "-p", "naas-sim"];
    let programs = ["--bin", "naas-operator", "--bin", "kubectl-naas", "--bin", "naas-sim"];
    let place = ["--profile", profile, "--target-dir", &target];
    ["build"].iter().chain(&packages).chain(&programs).chain(&place).map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_built_beside_this_program() {
        let debug = arguments(Path::new("/w/target/debug")).join(" ");
        assert!(debug.ends_with("--profile dev --target-dir /w/target"), "{debug}");
        let release = arguments(Path::new("/w/target/release")).join(" ");
        assert!(release.ends_with("--profile release --target-dir /w/target"), "{release}");
    }
}
