//! Why there is no control plane, or why it did not do as asked.

use std::{io, path::PathBuf, process::ExitStatus, time::Duration};

use super::{GIVEN_CLUSTER, binaries::ASSETS};

/// Each message says what happened and, where somebody can do something, what.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The Go toolchain can't be run.
    #[error(
        "cannot run `go`, which builds the local Kubernetes control plane: {0}. Install Go 1.26 or later, or set \
         {ASSETS} to a directory with kube-apiserver, etcd and kubectl, or {GIVEN_CLUSTER} to the kubeconfig of a \
         cluster to use"
    )]
    NoGo(#[source] io::Error),
    /// The Go toolchain did not build the programs.
    #[error("`go build` in dev/controlplane failed ({status}); its last lines:\n{output}")]
    Build {
        /// How it ended.
        status: ExitStatus,
        /// The last lines of its standard error.
        output: String,
    },
    /// A directory of given programs lacks one.
    #[error(
        "there is no {name} in {directory}, where the control plane's programs are expected; see {ASSETS}"
    )]
    AssetMissing {
        /// The program.
        name: &'static str,
        /// The directory.
        directory: PathBuf,
    },
    /// The named kubeconfig can't be used.
    #[error("cannot use the cluster of {path}, which {GIVEN_CLUSTER} names: {source}")]
    GivenCluster {
        /// The kubeconfig.
        path: PathBuf,
        /// Why.
        source: kube::config::KubeconfigError,
    },
    /// The cluster is somebody else's: it is not ended, and nothing in it is put back.
    #[error("the cluster that {GIVEN_CLUSTER} names was not started here and is left alone")]
    NotOurs,
    /// The operating system refused something.
    #[error("cannot {what}: {source}")]
    Io {
        /// Completes the sentence "cannot ...".
        what: String,
        /// Why.
        source: io::Error,
    },
    /// A certificate can't be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[source] rcgen::Error),
    /// A process of the control plane ended by itself.
    #[error("{name} ended unexpectedly ({status}); its last lines:\n{log}")]
    Ended {
        /// The program.
        name: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// The last lines that it printed.
        log: String,
    },
    /// The control plane took too long to start.
    #[error("{name} is not ready after {} s ({answer}); its last lines:\n{log}", after.as_secs())]
    NotReady {
        /// The program.
        name: &'static str,
        /// How long it had.
        after: Duration,
        /// What it said last when it was asked whether it is ready.
        answer: String,
        /// The last lines that it printed.
        log: String,
    },
    /// The audit log of a given cluster is not here.
    #[error(
        "the audit log of the cluster that {GIVEN_CLUSTER} names is not at hand; unset it to start one that has"
    )]
    NoAuditLog,
    /// The API server refused something, or can't be reached.
    #[error("the Kubernetes API refused: {0}")]
    Kube(#[source] Box<kube::Error>),
}

impl From<kube::Error> for Error {
    fn from(error: kube::Error) -> Self {
        Self::Kube(Box::new(error))
    }
}
