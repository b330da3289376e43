//! What we depend on may be used and passed on under Apache-2.0, and comes from crates.io or from here.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::process::Command;

use serde_json::Value;

/// Licences that ask for no more than a notice.
const ALLOWED: [&str; 14] = [
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "NCSA",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

#[test]
fn every_dependency_may_be_used_and_is_from_where_we_know() {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--all-features", "--locked", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100);
    let mut faults = Vec::new();
    for package in packages {
        let name = format!("{} {}", package["name"].as_str().unwrap(), package["version"].as_str().unwrap());
        let licence = package["license"].as_str().unwrap_or("none");
        if !permits(licence) {
            faults.push(format!("{name}: licence {licence}"));
        }
        let source = &package["source"];
        if !source.is_null() && source != CRATES_IO {
            faults.push(format!("{name}: from {source}"));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Whether a licence expression (SPDX, annex D; `/` is an older `OR`) leaves us a choice that is allowed.
fn permits(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', "( ").replace(')', " )");
    let words: Vec<_> = spaced.split_whitespace().collect();
    let mut rest = &words[..];
    any_of(&mut rest) && rest.is_empty()
}

fn any_of(rest: &mut &[&str]) -> bool {
    let mut permitted = all_of(rest);
    while let ["OR", after @ ..] = rest {
        *rest = after;
        permitted |= all_of(rest);
    }
    permitted
}

fn all_of(rest: &mut &[&str]) -> bool {
    let mut permitted = one(rest);
    while let ["AND", after @ ..] = rest {
        *rest = after;
        permitted &= one(rest);
    }
    permitted
}

fn one(rest: &mut &[&str]) -> bool {
    let (licence, after) = match rest {
        ["(", inner @ ..] => {
            *rest = inner;
            let permitted = any_of(rest);
            let closed = rest.first() == Some(&")");
            *rest = rest.get(1..).unwrap_or_default();
            return permitted && closed;
        }
        [licence, "WITH", exception, after @ ..] => (format!("{licence} WITH {exception}"), after),
        [licence, after @ ..] => ((*licence).to_owned(), after),
        [] => return false,
    };
    *rest = after;
    ALLOWED.contains(&licence.as_str())
}

#[test]
fn licence_expressions_are_understood() {
    for permitted in
        ["MIT", "GPL-3.0 OR MIT", "MIT/GPL-3.0", "(GPL-2.0 OR MIT) AND ISC", "Apache-2.0 WITH LLVM-exception"]
    {
        assert!(permits(permitted), "{permitted}");
    }
    for refused in [
        "none",
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "(MIT OR ISC) AND GPL-3.0",
        "GPL-2.0 WITH Classpath-exception-2.0",
        "(MIT",
    ] {
        assert!(!permits(refused), "{refused}");
    }
}
