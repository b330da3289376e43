//! Why a command came to nothing: what happened, and what to do.

use std::io;

use kube::core::Status;

/// Why a command came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("{path} cannot be read: {source}; check the path")]
    Unreadable {
        /// Which one.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be understood.
    #[error("{path}: {what} cannot be understood: {why}")]
    NotUnderstood {
        /// Which one.
        path: String,
        /// Which part of it.
        what: String,
        /// Why, and what to write.
        why: String,
    },
    /// There is no way to the cluster.
    #[error("the kubeconfig cannot be used: {0}; check KUBECONFIG, --kubeconfig and --context")]
    Kubeconfig(String),
    /// There is no such object.
    #[error("there is no {kind} {name}{place}; check the name and --namespace")]
    NotFound {
        /// Of which kind.
        kind: String,
        /// Its name.
        name: String,
        /// ` in namespace x`.
        place: String,
    },
    /// The cluster has never heard of the kind.
    #[error(
        "the cluster does not know {0}; install the definitions first: kubectl apply --server-side -k crds"
    )]
    NotInstalled(String),
    /// The user may not.
    #[error("you may not {what}: {why}; ask for the role {role}")]
    Forbidden {
        /// Do what.
        what: String,
        /// The API server's words.
        why: String,
        /// What would let them.
        role: &'static str,
    },
    /// The API server refused, for a reason of its own.
    #[error("the API server refused to {what}: {why}")]
    Refused {
        /// Do what.
        what: String,
        /// Its words.
        why: String,
    },
    /// The API server cannot be reached.
    #[error("the API server cannot be reached to {what}: {why}; check the context and the network")]
    Unreachable {
        /// For what.
        what: String,
        /// Why.
        why: String,
    },
    /// It did not come to that in time.
    #[error("{0}")]
    InVain(String),
    /// What was asked for makes no sense here.
    #[error("{0}")]
    Usage(String),
    /// The answer cannot be written.
    #[error("the answer cannot be written: {0}")]
    Print(#[from] io::Error),
}

impl Error {
    /// What an answer of the API server means to a user who wanted to do this: `list sites`.
    #[must_use]
    pub fn of_cluster(what: &str, error: &kube::Error) -> Self {
        let what = what.to_owned();
        let kube::Error::Api(status) = error else {
            return Self::Unreachable { what, why: chain(error) };
        };
        let details = status.details.as_ref();
        let unnamed = details.is_none_or(|details| details.name.is_empty());
        if status.is_forbidden() {
            let role = role(details.map(|details| details.kind.as_str()).unwrap_or_default());
            Self::Forbidden { what, why: said(status), role }
        } else if status.code == 404 && unnamed {
            Self::NotInstalled("the kinds of naas.dev".to_owned())
        } else {
            Self::Refused { what, why: said(status) }
        }
    }
}

/// The role of `deploy/roles.yaml` that is about this resource, or Kubernetes' own.
fn role(resource: &str) -> &'static str {
    match resource {
        "connectivityintents" => "naas-requester in the namespace",
        "connectivitydecisions" => "naas-approver in the namespace",
        "events" => "view in the namespace",
        _ => "naas-viewer in the cluster",
    }
}

fn said(status: &Status) -> String {
    status.message.clone()
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let more = next.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        cause = next.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_may_not_is_told_which_role_lets_them() {
        for (resource, role) in [
            ("connectivityintents", "naas-requester in the namespace"),
            ("connectivitydecisions", "naas-approver in the namespace"),
            ("connectivitysegments", "naas-viewer in the cluster"),
            ("events", "view in the namespace"),
        ] {
            let status = serde_json::json!({
                "status": "Failure", "code": 403, "reason": "Forbidden", "message": "no", "details": {"kind": resource},
            });
            let status = serde_json::from_value(status).unwrap();
            let told = Error::of_cluster("list them", &kube::Error::Api(Box::new(status))).to_string();
            assert_eq!(told, format!("you may not list them: no; ask for the role {role}"));
        }
    }
}
