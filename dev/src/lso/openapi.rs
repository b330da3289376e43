//! The operations an OpenAPI file declares, and which of them a request calls.
//!
//! An operation keeps the address of its declaration and reads it there; nothing is copied out of the
//! document.

use std::fmt;

use http::Method;
use serde_json::Value;

use super::{
    LoadError,
    api::{APIS, Api},
    schemas::{Address, Schemas},
};

/// Names an operation. The `operationId`s alone are not unique: each API has a `registerListener`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId {
    /// The API as its base path names it, e.g. `quoteManagement`.
    pub api: &'static str,
    /// `operationId` of the OpenAPI file, e.g. `createQuote`.
    pub name: String,
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.api, self.name)
    }
}

/// One method on one path.
pub(super) struct Operation {
    pub(super) id: OperationId,
    pub(super) api: &'static Api,
    method: Method,
    template: Vec<String>,
    declared_at: Address,
}

/// A message body that an operation declares: its media type and its schema.
pub(super) struct Content<'a> {
    pub(super) media_type: &'a str,
    pub(super) schema: Address,
}

/// The response an operation declares for a status.
pub(super) struct Response<'a> {
    pub(super) content: Option<Content<'a>>,
    /// Names and schemas of the headers.
    pub(super) headers: Vec<(&'a str, Address)>,
}

/// All operations of all APIs.
pub(super) fn operations(schemas: &Schemas) -> Result<Vec<Operation>, LoadError> {
    let mut operations = Vec::new();
    for api in &APIS {
        let document = Address::root(api.file);
        let broken = |what: &str| LoadError::Api { file: api.file, what: what.to_owned() };
        let server = schemas
            .get(&document.child("servers").child("0").child("url"))
            .and_then(Value::as_str)
            .ok_or_else(|| broken("no server"))?;
        let base = format!("/mefApi/sonata/{}/v{}/", api.name, api.sonata);
        if !server.ends_with(&base) {
            return Err(broken(&format!("the server is {server} and not {base}")));
        }
        let paths = document.child("paths");
        for (path, item) in entries(schemas, &paths) {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let (Ok(method_name), Some(name)) =
                    (method.to_uppercase().parse(), operation.get("operationId").and_then(Value::as_str))
                else {
                    continue;
                };
                operations.push(Operation {
                    id: OperationId { api: api.name, name: name.to_owned() },
                    api,
                    method: method_name,
                    template: path.trim_matches('/').split('/').map(str::to_owned).collect(),
                    declared_at: paths.child(path).child(method),
                });
            }
        }
    }
    Ok(operations)
}

fn entries<'a>(
    schemas: &'a Schemas,
    address: &Address,
) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
    let object = schemas.get(address).and_then(Value::as_object);
    object.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

impl Operation {
    /// Whether `path` (inside the API) fits the template: `{id}` takes any one segment that is not empty.
    pub(super) fn serves(&self, api: &Api, path: &str) -> bool {
        let segments: Vec<_> = path.split('/').collect();
        self.api.name == api.name
            && segments.len() == self.template.len()
            && self.template.iter().zip(segments).all(|(template, segment)| {
                template == segment || template.starts_with('{') && !segment.is_empty()
            })
    }

    pub(super) fn is(&self, method: &Method) -> bool {
        self.method == *method
    }

    /// The schema of the query parameter `name`, if it is declared.
    pub(super) fn query_parameter(&self, schemas: &Schemas, name: &str) -> Option<Address> {
        let parameters = self.declared_at.child("parameters");
        let index = schemas
            .get(&parameters)?
            .as_array()?
            .iter()
            .position(|parameter| parameter["in"] == "query" && parameter["name"] == name)?;
        Some(parameters.child(&index.to_string()).child("schema"))
    }

    /// Names of the query parameters that must be sent.
    pub(super) fn required_query<'a>(&self, schemas: &'a Schemas) -> impl Iterator<Item = &'a str> {
        let parameters = schemas.get(&self.declared_at.child("parameters")).and_then(Value::as_array);
        parameters.into_iter().flatten().filter_map(|parameter| {
            let required = parameter["in"] == "query" && parameter["required"] == true;
            required.then(|| parameter["name"].as_str()).flatten()
        })
    }

    /// The request body, if the operation takes one.
    pub(super) fn request<'a>(&self, schemas: &'a Schemas) -> Option<Content<'a>> {
        content(schemas, &self.declared_at.child("requestBody"))
    }

    /// The response declared for `status`.
    pub(super) fn response<'a>(&self, schemas: &'a Schemas, status: u16) -> Option<Response<'a>> {
        let address = self.declared_at.child("responses").child(&status.to_string());
        schemas.get(&address)?;
        let headers = address.child("headers");
        Some(Response {
            content: content(schemas, &address),
            headers: entries(schemas, &headers)
                .map(|(name, _)| (name, headers.child(name).child("schema")))
                .collect(),
        })
    }

    /// Every schema the operation names, for a check that all of them compile.
    #[cfg(test)]
    pub(super) fn schemas(&self, schemas: &Schemas) -> Vec<Address> {
        let statuses = entries(schemas, &self.declared_at.child("responses"));
        let responses = statuses.filter_map(|(status, _)| self.response(schemas, status.parse().ok()?));
        let mut all: Vec<_> = self.request(schemas).into_iter().map(|content| content.schema).collect();
        for response in responses {
            all.extend(response.content.map(|content| content.schema));
            all.extend(response.headers.into_iter().map(|(_, schema)| schema));
        }
        all
    }
}

/// The one media type below `owner`; no covered operation offers two.
fn content<'a>(schemas: &'a Schemas, owner: &Address) -> Option<Content<'a>> {
    let content = owner.child("content");
    let (media_type, _) = entries(schemas, &content).next()?;
    Some(Content { media_type, schema: content.child(media_type).child("schema") })
}
