//! The conformance suite against the LSO adapter, which passes it, and against adapters that are broken in one way each,
//! which it catches: by the check that is there for it, and by no other.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a test that meets something else has failed"
)]

#[allow(dead_code, reason = "other tests need more of it")]
#[path = "../lso/account.rs"]
mod account;
mod backstage;
mod broken;

use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use naas_operator::provider::Provider;
use naas_operator::provider::conformance::{Report, run};

use backstage::Simulated;
use broken::{Broken, DEFECTS, Defect};

async fn examined(defect: Option<Defect>) -> Report {
    let seller = Simulated::open().await;
    let adapter = seller.account.open();
    match defect {
        None => run(&adapter, &seller).await,
        Some(defect) => {
            let far = seller.far();
            let broken: &dyn Provider = &Broken::new(adapter, defect, far);
            run(broken, &seller).await
        }
    }
}

#[tokio::test]
async fn the_lso_adapter_conforms() {
    let report = examined(None).await;
    println!("{report}");
    assert!(report.failed().is_empty(), "\n{report}");
    let checks: BTreeSet<_> = report.findings.iter().map(|finding| finding.check).collect();
    assert_eq!(checks, DEFECTS.into_iter().map(|(_, check)| check).collect(), "each check catches something");
    assert!(report.not_applicable().is_empty(), "the simulated seller can bring about everything\n{report}");
}

/// How many adapters are examined at a time: many wait for a mute seller, and none may be late for want of a processor.
const AT_A_TIME: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_broken_adapter_is_caught_by_the_check_that_is_there_for_it() {
    let mut wrong = Vec::new();
    let reports = stream::iter(DEFECTS)
        .map(|(defect, check)| async move { (defect, check, examined(Some(defect)).await) })
        .buffered(AT_A_TIME);
    let reports: Vec<_> = reports.collect().await;
    for (defect, check, report) in reports {
        println!("{:<34}{}", format!("{defect:?}"), report.failed().join(", "));
        if report.failed() != [check] {
            wrong.push(format!("{defect:?} should be caught by {check}:\n{report}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
