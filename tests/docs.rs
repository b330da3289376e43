//! What the documentation says about tests is so.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The names of all functions below a folder.
fn functions(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        if path.is_dir() {
            functions(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let after_fn = text.split("fn ").skip(1).filter_map(|rest| rest.split('(').next());
            names.extend(after_fn.map(str::to_owned));
        }
    }
}

#[test]
fn the_house_has_the_files_that_its_page_names() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("docs/architecture.md")).unwrap();
    let quoted = text.split('`').skip(1).step_by(2);
    let below = |word: &&str| ["src/", "tests/", "dev/"].iter().any(|folder| word.starts_with(folder));
    let paths: Vec<&str> = quoted.filter(below).filter(|word| !word.contains('<')).collect();
    assert!(paths.len() > 20, "{paths:?}");
    for path in paths {
        assert!(root.join(path).exists(), "docs/architecture.md names {path}, which is not there");
    }
}

#[test]
fn every_promise_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut known = BTreeSet::new();
    for folder in ["src", "tests"] {
        functions(&root.join(folder), &mut known);
    }
    let text = fs::read_to_string(root.join("docs/reliability.md")).unwrap();
    let heads = ["| Promise |", "| --- |"];
    let is_row = |line: &&str| line.starts_with("| ") && !heads.iter().any(|head| line.starts_with(head));
    let mut named = 0;
    for row in text.lines().filter(is_row) {
        let shown_by = row.trim_end_matches([' ', '|']).rsplit('|').next().unwrap();
        let names: Vec<&str> = shown_by.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test shows: {row}");
        for name in names {
            assert!(known.contains(name), "docs/reliability.md names `{name}`, which is no test");
            named += 1;
        }
    }
    assert!(named > 0, "the table was not found");
}
