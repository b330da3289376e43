//! What a check finds: violations with the side that made them, and notes.

use std::fmt;

use super::{exchange::Side, openapi::OperationId};

/// The rule that was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// No covered API has this path, or the path does not have this method.
    UnknownOperation,
    /// A query parameter that is not declared, missing, repeated or of a wrong value.
    Query,
    /// A body where none is declared, none where one is required, or one that is not JSON.
    Body,
    /// `Content-Type` is missing or not the declared one.
    MediaType,
    /// The body breaks its schema.
    Schema,
    /// A property no schema declares. LSO schemas are open, so it is valid but lost or misspelt.
    UnknownProperty,
    /// `@type` names no known subtype or product schema.
    UnknownType,
    /// A request sends a property that only responses carry.
    ReadOnly,
    /// The operation does not declare this status.
    Status,
    /// A response header of a wrong value, or one that contradicts the body.
    Header,
    /// The specification file itself cannot be used; never seen with the files this was written for.
    Specification,
}

/// The part of an exchange a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Method, path, query or headers of the request.
    Request,
    /// Body of the request.
    RequestBody,
    /// Status or headers of the response.
    Response,
    /// Body of the response.
    ResponseBody,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "request",
            Self::RequestBody => "request body",
            Self::Response => "response",
            Self::ResponseBody => "response body",
        })
    }
}

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Who broke it.
    pub side: Side,
    /// Which rule.
    pub kind: Kind,
    /// In which part.
    pub part: Part,
    /// Where in the part: a JSON pointer (RFC 6901) in a body, else the name of the parameter or header, or
    /// empty.
    pub at: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}, {} {}: {}", self.side, self.kind, self.part, self.at, self.what)
    }
}

/// The outcome for one exchange.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The operation called; `None` if there is none such.
    pub operation: Option<OperationId>,
    /// What is wrong, without repetition.
    pub violations: Vec<Violation>,
    /// What is allowed but worth knowing, in words.
    pub notes: Vec<String>,
}

impl Verdict {
    /// Whether nobody broke a rule.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    /// The violations of one side.
    pub fn by(&self, side: Side) -> impl Iterator<Item = &Violation> {
        self.violations.iter().filter(move |violation| violation.side == side)
    }
}
