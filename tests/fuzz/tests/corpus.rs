//! The kept inputs once more, without a fuzzer: what was found once is not found again.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use naas_fuzz::TARGETS;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn every_kept_input_is_taken() {
    for (name, target) in TARGETS {
        let folder = corpus().join(name);
        let files = names(&folder);
        assert!(!files.is_empty(), "{name} has no corpus");
        for file in files {
            eprintln!("{name}/{file}");
            target(&fs::read(folder.join(file)).unwrap());
        }
    }
}

#[test]
fn every_folder_of_the_corpus_has_its_target() {
    assert_eq!(names(&corpus()), TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect());
}

#[test]
fn a_document_that_is_reshaped_is_one() {
    for seed in 0..2_000 {
        let input = br#"{"id": "o", "items": [1, {"a": null}, []], "note": "x"}"#;
        if let Some(other) = naas_fuzz::reshape(input, seed) {
            serde_json::from_slice::<serde_json::Value>(&other).unwrap();
        }
    }
    assert_eq!(naas_fuzz::reshape(b"no document", 1), None);
}
