//! Holds one exchange against the operation it calls: request line, bodies, status and headers.

use http::{HeaderMap, StatusCode, header};
use jsonschema::{ValidationError, error::ValidationErrorKind};
use serde_json::Value;

use super::{
    Specifications,
    api::locate,
    exchange::{Body, Exchange, Side},
    openapi::{Content, Operation, Response},
    properties::Walk,
    schemas::Address,
    verdict::{Kind, Part, Verdict, Violation},
};

impl Specifications {
    /// Checks one exchange. Says nothing about states, or rules that only the guides have.
    #[must_use]
    pub fn check(&self, exchange: &Exchange) -> Verdict {
        let mut check = Check { specifications: self, exchange, verdict: Verdict::default() };
        match check.operation() {
            Ok(operation) => {
                check.verdict.operation = Some(operation.id.clone());
                check.query(operation);
                check.request(operation);
                check.response(operation);
            }
            Err((side, what)) => check.violate(side, Kind::UnknownOperation, Part::Request, "", what),
        }
        check.verdict
    }
}

struct Check<'a> {
    specifications: &'a Specifications,
    exchange: &'a Exchange,
    verdict: Verdict,
}

impl<'a> Check<'a> {
    fn violate(&mut self, side: Side, kind: Kind, part: Part, at: &str, what: impl Into<String>) {
        let violation = Violation { side, kind, part, at: at.to_owned(), what: what.into() };
        if !self.verdict.violations.contains(&violation) {
            self.verdict.violations.push(violation);
        }
    }

    /// The operation the request calls, or who is wrong and why.
    fn operation(&self) -> Result<&'a Operation, (Side, String)> {
        let (method, path) = (&self.exchange.method, &self.exchange.path);
        // Whose request it is cannot be known from a path nobody serves; the Buyer asks nearly always.
        let (api, rest) = locate(path).map_err(|what| (Side::Buyer, format!("{method} {path}: {what}")))?;
        let asking = api.served_by.other();
        let on_path: Vec<_> =
            self.specifications.operations.iter().filter(|operation| operation.serves(api, rest)).collect();
        let found = on_path.iter().find(|operation| operation.is(method));
        found.copied().ok_or_else(|| {
            let what = if on_path.is_empty() { "path" } else { "method" };
            (asking, format!("{} has no such {what}: {method} {path}", api.name))
        })
    }

    fn query(&mut self, operation: &Operation) {
        let schemas = &self.specifications.schemas;
        let asking = operation.api.served_by.other();
        let query = &self.exchange.query;
        for (index, (name, text)) in query.iter().enumerate() {
            let Some(schema) = operation.query_parameter(schemas, name) else {
                self.violate(asking, Kind::Query, Part::Request, name, "no such query parameter is declared");
                continue;
            };
            if query.iter().take(index).any(|(earlier, _)| earlier == name) {
                self.violate(asking, Kind::Query, Part::Request, name, "takes one value but is sent twice");
            }
            self.text(asking, Kind::Query, Part::Request, name, text, &schema);
        }
        for name in operation.required_query(schemas) {
            if !query.iter().any(|(sent, _)| sent == name) {
                self.violate(asking, Kind::Query, Part::Request, name, "is required");
            }
        }
    }

    /// Checks a query parameter or header, which is text, against a schema that may want a number.
    fn text(&mut self, side: Side, kind: Kind, part: Part, name: &str, text: &str, schema: &Address) {
        let declared = self.specifications.schemas.get(schema).unwrap_or(&Value::Null);
        let value = match declared["type"].as_str() {
            Some("integer") if declared["format"] == "int32" => text.parse::<i32>().ok().map(Value::from),
            Some("integer") => text.parse::<i64>().ok().map(Value::from),
            Some("boolean") => text.parse::<bool>().ok().map(Value::from),
            Some(_) | None => Some(Value::from(text)),
        };
        match value {
            None => self.violate(side, kind, part, name, format!("{text:?} is no {}", declared["type"])),
            Some(value) => self.validate(side, kind, part, name, &value, schema),
        }
    }

    fn request(&mut self, operation: &Operation) {
        let asking = operation.api.served_by.other();
        let declared = operation.request(&self.specifications.schemas);
        let exchange = self.exchange;
        self.body(
            asking,
            Part::RequestBody,
            declared.as_ref(),
            &exchange.request_body,
            &exchange.request_headers,
        );
    }

    fn response(&mut self, operation: &Operation) {
        let answering = operation.api.served_by;
        let exchange = self.exchange;
        let status = exchange.status;
        // A connection that was cut said nothing, whatever its head looked like.
        if exchange.response_body == Body::BrokenOff {
            return self.verdict.notes.push("an answer broke off".into());
        }
        match operation.response(&self.specifications.schemas, status.as_u16()) {
            Some(response) => {
                let (body, headers) = (&exchange.response_body, &exchange.response_headers);
                self.body(answering, Part::ResponseBody, response.content.as_ref(), body, headers);
                self.list_headers(answering, &response);
            }
            None if may_always_be_answered(status) => {
                self.verdict.notes.push(format!("{status} is not declared, but HTTP allows it"));
            }
            None => {
                let what = format!("{} does not declare {status}", operation.id);
                self.violate(answering, Kind::Status, Part::Response, "", what);
            }
        }
    }

    fn body(
        &mut self,
        side: Side,
        part: Part,
        declared: Option<&Content<'_>>,
        body: &Body,
        headers: &HeaderMap,
    ) {
        let Some(content) = declared else {
            if matches!(body, Body::Json(_) | Body::NotJson(_)) {
                self.violate(side, Kind::Body, part, "", "no body is declared");
            }
            return;
        };
        match body {
            Body::Absent => return self.violate(side, Kind::Body, part, "", "the body is missing"),
            Body::BrokenOff => return self.verdict.notes.push(format!("the {part} broke off")),
            Body::NotJson(_) => self.violate(side, Kind::Body, part, "", "the body is no JSON"),
            Body::Json(value) => self.json(side, part, value, &content.schema),
        }
        self.media_type(side, part, content.media_type, headers);
    }

    fn media_type(&mut self, side: Side, part: Part, declared: &str, headers: &HeaderMap) {
        let sent =
            headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let normal = sent.to_ascii_lowercase().replace([' ', '"'], "");
        if declared == "*/*" || normal == declared {
        } else if normal == "application/json" {
            self.verdict.notes.push(format!("the {part} leaves the charset out of {declared}"));
        } else {
            let what = format!("{sent:?} instead of {declared}");
            self.violate(side, Kind::MediaType, part, header::CONTENT_TYPE.as_str(), what);
        }
    }

    fn json(&mut self, side: Side, part: Part, value: &Value, schema: &Address) {
        let specifications = self.specifications;
        self.validate(side, Kind::Schema, part, "", value, schema);
        let in_request = part == Part::RequestBody;
        let mut walk = Walk::new(&specifications.schemas, &specifications.products, in_request);
        walk.visit(std::slice::from_ref(schema), value, "");
        for selected in walk.selected {
            self.validate(side, Kind::Schema, part, &selected.at, selected.part, &selected.schema);
        }
        for finding in walk.findings {
            self.violate(side, finding.kind, part, &finding.at, finding.what);
        }
    }

    /// Validates `value`, which stands at `at`.
    fn validate(&mut self, side: Side, kind: Kind, part: Part, at: &str, value: &Value, schema: &Address) {
        match self.specifications.schemas.validator(schema) {
            Ok(validator) => {
                for error in validator.iter_errors(value) {
                    self.violate(
                        side,
                        kind,
                        part,
                        &format!("{at}{}", error.instance_path()),
                        explain(&error),
                    );
                }
            }
            Err(what) => self.violate(side, Kind::Specification, part, at, what),
        }
    }

    /// The headers of a list: right in themselves, and in agreement with the list and the page that was
    /// asked for.
    fn list_headers(&mut self, side: Side, response: &Response<'_>) {
        let exchange = self.exchange;
        for (name, schema) in &response.headers {
            if let Some(value) = exchange.response_headers.get(*name) {
                let text = String::from_utf8_lossy(value.as_bytes());
                self.text(side, Kind::Header, Part::Response, name, &text, schema);
            }
        }
        let (Body::Json(Value::Array(items)), false) = (&exchange.response_body, response.headers.is_empty())
        else {
            return;
        };
        let header = |name: &str| exchange.response_headers.get(name)?.to_str().ok()?.parse::<usize>().ok();
        let query =
            |name: &str| exchange.query.iter().find(|(sent, _)| sent == name)?.1.parse::<usize>().ok();
        let length = items.len();
        if let Some(count) = header("X-Result-Count").filter(|count| *count != length) {
            let what = format!("says {count} but the list has {length}");
            self.violate(side, Kind::Header, Part::Response, "X-Result-Count", what);
        }
        let reached = if length == 0 { 0 } else { query("offset").unwrap_or(0) + length };
        if let Some(total) = header("X-Total-Count").filter(|total| *total < reached) {
            let what = format!("says {total} but the list reaches {reached}");
            self.violate(side, Kind::Header, Part::Response, "X-Total-Count", what);
        }
        if let Some(limit) = query("limit").filter(|limit| *limit < length) {
            let what = format!("the list has {length} items, the limit is {limit}");
            self.violate(side, Kind::Header, Part::ResponseBody, "", what);
        }
        if header("X-Total-Count").is_none()
            && !exchange.response_headers.contains_key("X-Pagination-Throttled")
        {
            self.verdict
                .notes
                .push("the list cannot show whether it is complete: no X-Total-Count".to_owned());
        }
    }
}

/// Answers that come from HTTP and not from an API: RFC 7231 408 and 5xx, RFC 6585 429.
fn may_always_be_answered(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
}

/// The message of an error without the instance where that is long; for `oneOf` with the closest branch.
fn explain(error: &ValidationError<'_>) -> String {
    let long = error.instance().is_object() || error.instance().is_array();
    let names_a_property = matches!(error.kind(), ValidationErrorKind::Required { .. });
    let message = if long && !names_a_property { error.masked().to_string() } else { error.to_string() };
    let (ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context }) =
        error.kind()
    else {
        return message;
    };
    // Branches tell themselves apart by an enumeration of one value, so one that fails there is not the one
    // meant.
    let distance = |errors: &&Vec<ValidationError<'_>>| {
        let other = |error: &ValidationError<'_>| matches!(error.kind(), ValidationErrorKind::Enum { .. });
        (errors.iter().any(other), errors.len())
    };
    let closest = context.iter().min_by_key(distance).and_then(|errors| errors.first());
    match closest {
        Some(closest) => {
            format!("{message}; the closest fails at {}: {}", closest.instance_path(), explain(closest))
        }
        None => message,
    }
}
