//! Why the demo ended early.

use std::{io, process::ExitStatus, time::Duration};

use naas_dev::controlplane;

/// Each message says what happened and, where somebody can do something, what.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Whoever started it wanted it to end.
    #[error("stopped before the end; everything that was started is gone")]
    Stopped,
    /// It hangs.
    #[error("not at the end after {} minutes; see above what is missing and who must act", .0.as_secs() / 60)]
    TimeUp(Duration),
    /// A seller's books say something else than the operator.
    #[error("the sellers' books and the operator disagree:\n- {}", .0.join("\n- "))]
    Disagrees(Vec<String>),
    /// A cluster that belongs to somebody would be changed.
    #[error("the demo runs in a control plane of its own, and NAAS_KUBECONFIG names another one: unset it")]
    GivenCluster,
    /// The operator or the simulated seller can't be built.
    #[error("`{command}` failed ({status}); its words are above")]
    Build {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// There is no control plane.
    #[error(transparent)]
    ControlPlane(#[from] controlplane::Error),
    /// A program ended by itself.
    #[error("{name} ended unexpectedly ({status}); its last lines are above")]
    Ended {
        /// The program.
        name: &'static str,
        /// How.
        status: ExitStatus,
    },
    /// A program took too long to start.
    #[error("{name} is not ready after {} s; its last lines are above", .after.as_secs())]
    NotReady {
        /// The program.
        name: &'static str,
        /// How long it had.
        after: Duration,
    },
    /// kubectl was refused.
    #[error("`kubectl {arguments}` failed: {said}")]
    Kubectl {
        /// Its arguments.
        arguments: String,
        /// What it said.
        said: String,
    },
    /// The Kubernetes API does not answer.
    #[error("the Kubernetes API refused: {0}")]
    Kube(#[source] Box<kube::Error>),
    /// A simulated seller does not show its books.
    #[error("{seller} does not show its books: {source}")]
    Audit {
        /// The seller.
        seller: String,
        /// Why.
        source: reqwest::Error,
    },
    /// An amount is not one.
    #[error("`{0}` is no amount of money, such as `1125.00 USD`")]
    Amount(String),
    /// An example can't be read.
    #[error("{file}: {why}")]
    Manifest {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
    /// The operating system refused something.
    #[error("cannot {what}: {source}")]
    Io {
        /// Completes the sentence "cannot ...".
        what: String,
        /// Why.
        source: io::Error,
    },
    /// Nobody reads what is printed.
    #[error("cannot print: {0}")]
    Output(#[source] io::Error),
}

impl Error {
    /// Whether logs and objects tell more about it.
    pub fn wants_evidence(&self) -> bool {
        match self {
            Self::TimeUp(_)
            | Self::Disagrees(_)
            | Self::Ended { .. }
            | Self::NotReady { .. }
            | Self::Kubectl { .. }
            | Self::Kube(_)
            | Self::Audit { .. }
            | Self::Amount(_) => true,
            Self::Stopped
            | Self::GivenCluster
            | Self::Build { .. }
            | Self::ControlPlane(_)
            | Self::Manifest { .. }
            | Self::Io { .. }
            | Self::Output(_) => false,
        }
    }
}

impl From<kube::Error> for Error {
    fn from(error: kube::Error) -> Self {
        Self::Kube(Box::new(error))
    }
}

/// Whatever is printed can fail, if nobody reads any more; that ends the demo as any failure does.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
