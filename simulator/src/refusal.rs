//! Why a request is not served, in the words of the LSO error types (release Grace, `Error400` to `Error501`).
//! Knows nothing of HTTP beyond the meaning of its status codes.

use crate::shape::{Flaw, Wrong};
use crate::store::StoreError;

/// A refusal of one request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// 400.
    #[error("{reason}")]
    Malformed { code: MalformedCode, reason: String },
    /// 404.
    #[error("there is no {what} with id '{id}'")]
    NotFound { what: &'static str, id: String },
    /// 409.
    #[error("{0}")]
    Conflict(String),
    /// 422; never empty.
    #[error("{} problem(s) with the content of the request", .0.len())]
    Unprocessable(Vec<Issue>),
    /// 501.
    #[error("{0} is not supported by this seller")]
    NotImplemented(&'static str),
    /// 500.
    #[error(transparent)]
    Internal(#[from] StoreError),
}

/// `Error400Code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MalformedCode {
    MissingQueryParameter,
    MissingQueryValue,
    InvalidQuery,
    InvalidBody,
}

impl MalformedCode {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::MissingQueryParameter => "missingQueryParameter",
            Self::MissingQueryValue => "missingQueryValue",
            Self::InvalidQuery => "invalidQuery",
            Self::InvalidBody => "invalidBody",
        }
    }
}

/// `Error422Code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum IssueCode {
    MissingProperty,
    InvalidValue,
    InvalidFormat,
    ReferenceNotFound,
    UnexpectedProperty,
    TooManyRecords,
    OtherIssue,
}

/// One problem with the content of a request: an entry of a 422 answer, or a `terminationError` of an item.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Issue {
    pub(crate) code: IssueCode,
    /// JSON pointer; empty when the request as a whole is meant.
    pub(crate) path: String,
    pub(crate) reason: String,
}

impl Issue {
    pub(crate) fn new(code: IssueCode, path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { code, path: path.into(), reason: reason.into() }
    }

    pub(crate) fn missing(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new(IssueCode::MissingProperty, path, reason)
    }

    pub(crate) fn value(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new(IssueCode::InvalidValue, path, reason)
    }

    pub(crate) fn unexpected(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new(IssueCode::UnexpectedProperty, path, reason)
    }

    pub(crate) fn reference(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new(IssueCode::ReferenceNotFound, path, reason)
    }

    pub(crate) fn other(reason: impl Into<String>) -> Self {
        Self::new(IssueCode::OtherIssue, String::new(), reason)
    }
}

impl From<Flaw> for Issue {
    fn from(flaw: Flaw) -> Self {
        match flaw.what {
            Wrong::Missing => Self::missing(flaw.path, "is required"),
            Wrong::Format(expected) => {
                Self::new(IssueCode::InvalidFormat, flaw.path, format!("must be {expected}"))
            }
            Wrong::Value(expected) => Self::value(flaw.path, format!("must be {expected}")),
            Wrong::Unknown => Self::unexpected(flaw.path, "is not known to this seller"),
        }
    }
}

impl From<Issue> for Refusal {
    fn from(issue: Issue) -> Self {
        Self::Unprocessable(vec![issue])
    }
}

impl From<Vec<Issue>> for Refusal {
    fn from(issues: Vec<Issue>) -> Self {
        Self::Unprocessable(issues)
    }
}

/// `Err` with all issues, or `Ok` when there is none.
pub(crate) fn none_of(issues: Vec<Issue>) -> Result<(), Refusal> {
    if issues.is_empty() { Ok(()) } else { Err(Refusal::Unprocessable(issues)) }
}
