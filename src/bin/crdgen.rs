//! Writes the generated files: `crdgen crds` the custom resource definitions, `crdgen docs` their reference.
#![allow(clippy::print_stdout, reason = "a program that prints")]

use std::io::Write;

use kube::CustomResourceExt;
use naas_operator::api;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    for crd in [
        api::ConnectivityIntent::crd(),
        api::ConnectivityProvider::crd(),
        api::ConnectivitySegment::crd(),
        api::Site::crd(),
    ] {
        writeln!(out, "---\n{}", serde_norway::to_string(&crd)?)?;
    }
    Ok(())
}
