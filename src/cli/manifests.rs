//! Manifests and price lists: text to objects. Reads files; knows no cluster.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Namespace;
use kube::Resource;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_norway::Value;

use super::Error;
use super::plan::prices::{PriceList, PriceListText};
use super::world::World;
use crate::api::{
    ConnectivityBudget, ConnectivityClass, ConnectivityDecision, ConnectivityIntent, ConnectivityProvider,
    GROUP, Interconnect, Site,
};

/// What was read.
#[derive(Debug, Clone, Default)]
pub struct Manifests {
    /// The objects.
    pub world: World,
    /// Prices, one list per file or document.
    pub prices: Vec<PriceList>,
    /// What says less than its author may think: fields that nobody knows, objects that are there twice, kustomizations.
    pub warnings: Vec<String>,
    /// Where each object was read.
    seen: BTreeMap<[String; 3], String>,
    kustomizations: Vec<(PathBuf, Value)>,
}

/// Reads files and folders; `-` is the standard input. Of a folder, the YAML and JSON files in it, not those of folders below.
///
/// # Errors
/// A file that cannot be read or understood: which one, and what is wrong with it.
pub fn read(paths: &[PathBuf], namespace: &str, now: Timestamp) -> Result<Manifests, Error> {
    let mut manifests = Manifests::default();
    let mut files_read = Vec::new();
    for path in paths {
        for file in files(path)? {
            let unreadable = |source| Error::Unreadable { path: file.display().to_string(), source };
            let text = if file == Path::new("-") {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text).map_err(unreadable)?;
                text
            } else {
                fs::read_to_string(&file).map_err(unreadable)?
            };
            manifests.add(&file.display().to_string(), &text, namespace, now)?;
            files_read.extend(file.canonicalize());
        }
    }
    for (file, kustomization) in &manifests.kustomizations {
        if !is_read(file, kustomization, &files_read) {
            manifests.warnings.push(format!(
                "{}: a kustomization is not built, and this one says more than the files that are read; try: kubectl kustomize {} | kubectl naas plan -f -",
                file.display(),
                folder_of(file).display()
            ));
        }
    }
    Ok(manifests)
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

/// Whether a kustomization only lists what is read anyway.
fn is_read(file: &Path, kustomization: &Value, files_read: &[PathBuf]) -> bool {
    let Value::Mapping(fields) = kustomization else { return true };
    let folder = folder_of(file);
    let is_there = |resource: &Value| {
        let path = resource.as_str().and_then(|resource| folder.join(resource).canonicalize().ok());
        path.is_some_and(|path| files_read.iter().any(|read| *read == path || read.parent() == Some(&path)))
    };
    fields.iter().all(|(name, value)| match name.as_str() {
        Some("apiVersion" | "kind" | "metadata") => true,
        Some("resources") => value.as_sequence().is_some_and(|resources| resources.iter().all(is_there)),
        _ => false,
    })
}

fn files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable = |source| Error::Unreadable { path: path.display().to_string(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        let known = file.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json");
        if known && file.is_file() {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(Error::Usage(format!(
            "{} holds no YAML or JSON file, and folders below it are not read; name the files or the folder that has them",
            path.display()
        )));
    }
    files.sort();
    Ok(files)
}

/// What tells documents apart.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    api_version: Option<String>,
    kind: Option<String>,
    #[serde(default)]
    metadata: Name,
}

#[derive(Default, Deserialize)]
struct Name {
    name: Option<String>,
    namespace: Option<String>,
}

impl Manifests {
    /// Reads the documents of one text. `file` is where it is from, for people; intents without a namespace get this one.
    ///
    /// # Errors
    /// A document that cannot be understood.
    pub fn add(&mut self, file: &str, text: &str, namespace: &str, now: Timestamp) -> Result<(), Error> {
        for document in serde_norway::Deserializer::from_str(text) {
            let value =
                Value::deserialize(document).map_err(|why| not_understood(file, "a document", &why))?;
            self.document(file, value, namespace, now)?;
        }
        Ok(())
    }

    fn document(&mut self, file: &str, value: Value, namespace: &str, now: Timestamp) -> Result<(), Error> {
        if value.is_null() {
            return Ok(());
        }
        let head: Head = parsed(file, "a document", value.clone())?;
        let Some(kind) = head.kind else {
            let text: PriceListText = parsed(file, "a document without a kind, thus a price list,", value)?;
            let list = PriceList::try_from(text).map_err(|why| not_understood(file, "price list", &why))?;
            self.prices.push(list);
            return Ok(());
        };
        let api_version = head.api_version.unwrap_or_default();
        let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
        let name_of = head.metadata.name.unwrap_or_default();
        let named = format!("{kind} {name_of}");
        if group == GROUP {
            let ours = Site::version(&());
            if version != ours {
                let why = format!("apiVersion {api_version} is not known; write {GROUP}/{ours}");
                return Err(not_understood(file, &named, &why));
            }
            let place = head.metadata.namespace.unwrap_or_else(|| namespace.to_owned());
            if let Some(first) = self.seen.insert([kind.clone(), place, name_of], file.to_owned()) {
                self.warnings.push(format!("{file}: {named} is in {first} too; the last one counts"));
            }
        }
        match (group, kind.as_str()) {
            (GROUP, "ConnectivityIntent") => {
                let mut intent: ConnectivityIntent = self.object(file, &named, value)?;
                intent.metadata.namespace.get_or_insert_with(|| namespace.to_owned());
                self.world.apply_intent(intent, now);
            }
            (GROUP, "ConnectivityProvider") => {
                let provider: ConnectivityProvider = self.object(file, &named, value)?;
                self.world.providers.insert(name(&provider), Arc::new(provider));
            }
            (GROUP, "ConnectivityClass") => {
                let class: ConnectivityClass = self.object(file, &named, value)?;
                self.world.classes.insert(name(&class), Arc::new(class));
            }
            (GROUP, "ConnectivityDecision") => {
                let mut decision: ConnectivityDecision = self.object(file, &named, value)?;
                let namespace =
                    decision.metadata.namespace.get_or_insert_with(|| namespace.to_owned()).clone();
                self.world.decisions.insert(format!("{namespace}/{}", name(&decision)), Arc::new(decision));
            }
            (GROUP, "ConnectivityBudget") => {
                let mut budget: ConnectivityBudget = self.object(file, &named, value)?;
                let namespace = budget.metadata.namespace.get_or_insert_with(|| namespace.to_owned()).clone();
                self.world.budgets.insert(format!("{namespace}/{}", name(&budget)), Arc::new(budget));
            }
            (GROUP, "ConnectivitySegment") => {
                let segment = self.object(file, &named, value)?;
                self.world.put_segment(segment);
            }
            (GROUP, "Site") => {
                let site: Site = self.object(file, &named, value)?;
                self.world.sites.insert(name(&site), Arc::new(site));
            }
            (GROUP, "Interconnect") => {
                let patch: Interconnect = self.object(file, &named, value)?;
                self.world.interconnects.insert(name(&patch), Arc::new(patch));
            }
            (GROUP, _) => {
                let why = format!("{GROUP} has no such kind; see kubectl api-resources --api-group={GROUP}");
                return Err(not_understood(file, &named, &why));
            }
            ("", "Namespace") => {
                let found: Namespace = parsed(file, &named, value)?;
                let labels = found.metadata.labels.clone().unwrap_or_default();
                self.world.namespaces.insert(name(&found), labels);
            }
            ("", "List") => {
                let list: List = parsed(file, &named, value)?;
                for item in list.items {
                    self.document(file, item, namespace, now)?;
                }
            }
            ("kustomize.config.k8s.io", "Kustomization") => {
                self.kustomizations.push((PathBuf::from(file), value));
            }
            // What a plan does not rest on may stand beside it, such as a workload.
            _ => {}
        }
        Ok(())
    }

    /// An object of ours: a field that it does not read is a field that says nothing, whatever its author meant.
    fn object<T: DeserializeOwned + Serialize>(
        &mut self,
        file: &str,
        named: &str,
        value: Value,
    ) -> Result<T, Error> {
        let object: T = parsed(file, named, value.clone())?;
        let read = serde_norway::to_value(&object).map_err(|why| not_understood(file, named, &why))?;
        unread(&value, &read, "", &mut |field| {
            self.warnings.push(format!("{file}: {named} has no field {field}; it is passed over"));
        });
        Ok(object)
    }
}

/// Tells the fields of a document that were not read. What is empty may be left out by who writes it again.
fn unread(document: &Value, read: &Value, path: &str, tell: &mut dyn FnMut(&str)) {
    match (document, read) {
        (Value::Mapping(document), Value::Mapping(read)) => {
            for (key, value) in document {
                let field = format!("{path}.{}", key.as_str().unwrap_or("?"));
                let field = field.trim_start_matches('.');
                match read.get(key) {
                    Some(read) => unread(value, read, field, tell),
                    None if is_empty(value) => {}
                    None => tell(field),
                }
            }
        }
        (Value::Sequence(document), Value::Sequence(read)) => {
            for (index, (value, read)) in document.iter().zip(read).enumerate() {
                unread(value, read, &format!("{path}[{index}]"), tell);
            }
        }
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Sequence(list) => list.is_empty(),
        Value::Mapping(map) => map.is_empty(),
        Value::Bool(true) | Value::Number(_) | Value::String(_) | Value::Tagged(_) => false,
    }
}

#[derive(Deserialize)]
struct List {
    items: Vec<Value>,
}

fn name(object: &impl Resource) -> String {
    object.meta().name.clone().unwrap_or_default()
}

fn parsed<T: DeserializeOwned>(file: &str, what: &str, value: Value) -> Result<T, Error> {
    serde_path_to_error::deserialize(value).map_err(|why| match why.path().to_string().as_str() {
        "." => not_understood(file, what, why.inner()),
        field => not_understood(file, what, &format!("{field}: {}", why.inner())),
    })
}

fn not_understood(file: &str, what: &str, why: &dyn std::fmt::Display) -> Error {
    Error::NotUnderstood { path: file.to_owned(), what: what.to_owned(), why: why.to_string() }
}
