//! What `approve` and `adopt` share: a question to the person at the terminal, and the decision that becomes of a yes.

use std::io::{BufRead, IsTerminal};

use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::ResourceExt;
use kube::api::{Api, ApiResource, DynamicObject, PostParams, TypeMeta};
use serde_json::{Value, json};

use super::cluster::Cluster;
use super::{Error, Terminal};
use crate::api::ConnectivityDecision;

/// A yes, and what is said with it.
#[derive(Debug, clap::Args)]
pub struct Consent {
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Why, for whoever reads the decision later
    #[arg(long)]
    because: Option<String>,
    /// Until when the decision may be used, such as 2026-12-31T00:00:00Z; without, until it is deleted
    #[arg(long)]
    valid_until: Option<jiff::Timestamp>,
}

impl Consent {
    /// Asks whether what was shown is meant. Without a terminal nobody can say yes but by `--yes`.
    ///
    /// # Errors
    /// The answer is no, or there is nobody to ask.
    pub fn confirm(&self, question: &str, terminal: &mut Terminal<'_>) -> Result<(), Error> {
        if self.yes {
            return Ok(());
        }
        let stdin = std::io::stdin();
        if !stdin.is_terminal() {
            return Err(Error::Usage(
                "nothing was decided: there is nobody to ask here; look at what is shown, then add --yes"
                    .into(),
            ));
        }
        write!(terminal.err, "{question} [y/N] ")?;
        terminal.err.flush()?;
        let mut answer = String::new();
        stdin.lock().read_line(&mut answer)?;
        match answer.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => Ok(()),
            _ => Err(Error::Usage("nothing was decided".into())),
        }
    }

    /// Makes the decision in the name of the user. Returns its name.
    ///
    /// # Errors
    /// The API server refuses it.
    pub async fn decide(
        &self,
        cluster: &Cluster,
        namespace: &str,
        what: (&str, Value),
    ) -> Result<String, Error> {
        let (verb, about) = what;
        let author = whoami(cluster).await?;
        let mut spec = json!({"author": author});
        merge(&mut spec, about);
        merge(&mut spec, json!({"because": self.because, "validUntil": self.valid_until}));
        let kind = ApiResource::erase::<ConnectivityDecision>(&());
        let types = TypeMeta { api_version: kind.api_version.clone(), kind: kind.kind.clone() };
        let mut object = DynamicObject::new("", &kind).data(json!({"spec": spec}));
        object.metadata.name = None;
        object.metadata.generate_name = Some(format!("{verb}-"));
        object.types = Some(types);
        let api: Api<DynamicObject> = Api::namespaced_with(cluster.client(), namespace, &kind);
        let made = api.create(&PostParams::default(), &object).await;
        let made =
            made.map_err(|why| Error::of_cluster(&format!("create a decision in {namespace}"), &why))?;
        Ok(made.name_any())
    }
}

/// What is there goes on top; what is null is left out.
fn merge(spec: &mut Value, more: Value) {
    let (Value::Object(spec), Value::Object(more)) = (spec, more) else { return };
    spec.extend(more.into_iter().filter(|(_, value)| !value.is_null()));
}

/// The user name with which the API server knows us: a decision bears it.
async fn whoami(cluster: &Cluster) -> Result<String, Error> {
    let api: Api<SelfSubjectReview> = Api::all(cluster.client());
    let asked = SelfSubjectReview::default();
    let told = api.create(&PostParams::default(), &asked).await;
    let told = told.map_err(|why| Error::of_cluster("ask who you are", &why))?;
    let user = told.status.and_then(|status| status.user_info).and_then(|user| user.username);
    user.ok_or_else(|| {
        Error::Usage("the API server does not say who you are; make the decision by hand".into())
    })
}
