//! Exchanges written afresh from the specifications: good ones pass, each kind of mistake is found.

mod accepted;
mod products;
mod recording;
mod rejected;
mod sample;

use std::sync::OnceLock;

use super::{Exchange, Kind, Side, Specifications, Verdict};

/// The specifications, loaded once for all tests; `None` means the test is skipped.
fn specifications() -> Option<&'static Specifications> {
    static LOADED: OnceLock<Option<Specifications>> = OnceLock::new();
    let loaded = LOADED.get_or_init(|| Specifications::find().unwrap()).as_ref();
    if loaded.is_none() {
        println!("SKIPPED: no LSO specification files, set NAAS_SPECS");
    }
    loaded
}

fn assert_clean(specs: &Specifications, exchange: &Exchange) -> Verdict {
    let verdict = specs.check(exchange);
    assert!(verdict.operation.is_some() && verdict.is_clean(), "{exchange}: {verdict:#?}");
    verdict
}

/// Checks that the exchange has this one violation and no other.
fn assert_only(specs: &Specifications, exchange: &Exchange, side: Side, kind: Kind, at: &str) {
    let verdict = specs.check(exchange);
    let found: Vec<_> =
        verdict.violations.iter().map(|found| (found.side, found.kind, found.at.as_str())).collect();
    assert_eq!(found, [(side, kind, at)], "{exchange}: {verdict:#?}");
}

#[test]
fn every_schema_of_every_file_compiles() {
    let Some(specs) = specifications() else { return };
    let declared = specs.operations.iter().flat_map(|operation| operation.schemas(&specs.schemas));
    for address in declared.chain(specs.products.schemas().cloned()) {
        if let Err(why) = specs.schemas.validator(&address) {
            panic!("{why}");
        }
    }
    // Sums of the files' operations and root `$id`s.
    assert_eq!(specs.operations().count(), 46);
    assert_eq!(specs.products.schemas().count(), 20);
}
