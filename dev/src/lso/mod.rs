//! Holds LSO traffic against the official specification files (Sonata SDK, release Grace; Cantata has the
//! same files).
//!
//! Tests wrap the router of a seller or of a buyer's listener with a [`Recorder`], let the two talk, and
//! ask for a [`Report`]: which operations were called, with which answers, and who broke which rule.
//!
//! ```no_run
//! # async fn example(seller: axum::Router) {
//! use naas_dev::lso::{Recorder, Specifications};
//!
//! let Some(specs) = Specifications::find().expect("the specification files load") else {
//!     println!("SKIPPED: no LSO specification files, set NAAS_SPECS");
//!     return;
//! };
//! let recorder = Recorder::new();
//! let seller = recorder.wrap(seller); // serve it, and let the buyer talk to it
//! let report = recorder.check(&specs);
//! assert!(report.violations.is_empty(), "{report}");
//! # }
//! ```
//!
//! What is checked of an exchange:
//!
//! - the path, method and query parameters are declared, and the parameters have the declared types and
//!   values;
//! - bodies follow the OpenAPI schema for the request or for the status of the response, formats included;
//!   where a place has a `@type`, also the subtype; and `productConfiguration` follows the product schema
//!   that its `@type` names;
//! - no body has a property that no schema declares ([`Kind::UnknownProperty`]), no request a read-only
//!   one;
//! - the status is declared, media types are right, and the headers of a list agree with the list.
//!
//! What is not: rules that only the guides have (contacts by role, fields per action, states and their
//! order, where an event is sent), `buyerId` and `sellerId` being used at all, references between messages,
//! the query parameter `fields` (MEF 116), and the ENNI schema being for inventory alone. Where the files
//! ask for the impossible or are broken, `waivers` says what is done instead.
//!
//! From the outside inwards: `recorder` hears an [`Exchange`], `check` holds it against its operation,
//! `api` and `openapi` know the operations, `schemas` the schemas, `properties` and `product` what a JSON
//! Schema validator cannot see. Nothing here knows the simulator or the operator.

mod api;
mod check;
mod exchange;
mod openapi;
mod product;
mod properties;
mod recorder;
mod schemas;
mod verdict;
mod waivers;

#[cfg(test)]
mod tests;

use std::{
    env, io,
    path::{Path, PathBuf},
};

pub use self::{
    exchange::{Body, Exchange, Side},
    openapi::OperationId,
    recorder::{Coverage, Recorder, Report},
    verdict::{Kind, Part, Verdict, Violation},
};
use self::{openapi::Operation, product::Products, schemas::Schemas};

/// The specification files, read and ready. Schemas are compiled when they are first needed and kept, so
/// share one value where many tests run in one process.
pub struct Specifications {
    schemas: Schemas,
    products: Products,
    operations: Vec<Operation>,
}

/// Why the specification files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file or directory cannot be read.
    #[error("cannot read {path}: {source}; NAAS_SPECS must name the directory that holds lso/sonata")]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// Why it was not.
        source: io::Error,
    },
    /// A file is no YAML.
    #[error("cannot parse {path}: {source}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where it goes wrong.
        source: serde_norway::Error,
    },
    /// A place that `waivers` changes is not as it was.
    #[error("{file} has changed at {object}: look again at the waiver \"{why}\"")]
    Patch {
        /// The file.
        file: &'static str,
        /// JSON pointer in it.
        object: &'static str,
        /// The reason for the waiver.
        why: &'static str,
    },
    /// References between the files do not resolve.
    #[error("references between the schema files do not resolve: {0}")]
    References(#[source] Box<jsonschema::ReferencingError>),
    /// An OpenAPI file is not the API that this module takes it for.
    #[error("{file} is not as expected: {what}")]
    Api {
        /// The file.
        file: &'static str,
        /// What is wrong with it.
        what: String,
    },
}

impl Specifications {
    /// Loads from the directory that `NAAS_SPECS` names, else from `../shared/specs` beside the workspace,
    /// else gives `None`: the caller then says that it skips its checks.
    ///
    /// # Errors
    /// The files are there but cannot be used, or `NAAS_SPECS` names a directory without them.
    pub fn find() -> Result<Option<Self>, LoadError> {
        if let Some(named) = env::var_os("NAAS_SPECS") {
            return Self::load(Path::new(&named)).map(Some);
        }
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/specs");
        if beside.join("lso").is_dir() { Self::load(&beside).map(Some) } else { Ok(None) }
    }

    /// Loads all files below `directory`, which holds `lso/sonata/productApi` and
    /// `lso/sonata/productSchema`.
    ///
    /// # Errors
    /// A file is missing, broken, or not the release this module was written for.
    pub fn load(directory: &Path) -> Result<Self, LoadError> {
        let sonata = directory.join("lso/sonata");
        let mut files = schemas::yaml_files(&sonata, "productSchema")?;
        files.extend(api::APIS.iter().map(|api| api.file.to_owned()));
        let schemas = Schemas::load(&sonata, files)?;
        let products = Products::index(&schemas);
        let operations = openapi::operations(&schemas)?;
        Ok(Self { schemas, products, operations })
    }

    /// All operations of the covered APIs, to compare with those a [`Report`] has seen.
    pub fn operations(&self) -> impl Iterator<Item = &OperationId> {
        self.operations.iter().map(|operation| &operation.id)
    }
}
