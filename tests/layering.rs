//! Which room of `src/` may use which, and which rooms are pure: read from the source, so that no arrow sneaks in.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Every room and what it may use besides itself.
const ROOMS: [(&str, &[&str]); 22] = [
    ("account", CONTROLLER),
    ("adapters", &["api", "clock", "model", "provider"]),
    ("admit", &["api", "model"]),
    ("api", &[]),
    ("app", EVERYTHING),
    ("budget", CONTROLLER),
    ("class", CONTROLLER),
    // What the controllers decide, it shows: it never decides by itself, and reaches no seller.
    ("cli", &["admit", "api", "intent", "ledger", "model", "planning", "provider"]),
    ("clock", &[]),
    ("cluster", &["api", "clock", "schedule", "telemetry"]),
    ("decision", CONTROLLER),
    ("intent", CONTROLLER),
    ("ledger", &["admit", "api", "clock", "cluster", "model"]),
    ("model", &[]),
    // It must not be able to write or to call a seller.
    ("notify", &["api", "clock", "model", "telemetry"]),
    ("planning", &["model"]),
    ("provider", &["clock", "model", "telemetry"]),
    ("schedule", &[]),
    ("segment", CONTROLLER),
    // Only for the grammar of durations.
    ("settings", &["model"]),
    ("site", CONTROLLER),
    ("telemetry", &[]),
];

const CONTROLLER: &[&str] =
    &["admit", "api", "clock", "cluster", "ledger", "model", "planning", "provider", "schedule", "telemetry"];

const EVERYTHING: &[&str] = &[
    "account",
    "adapters",
    "admit",
    "api",
    "budget",
    "class",
    "clock",
    "cluster",
    "decision",
    "intent",
    "ledger",
    "model",
    "notify",
    "planning",
    "provider",
    "schedule",
    "segment",
    "settings",
    "site",
    "telemetry",
];

/// Rooms that decide and do nothing.
const PURE_ROOMS: [&str; 3] = ["admit", "model", "planning"];

/// Modules of controllers that do the same, with all below them.
const PURE_MODULES: [&str; 7] = ["ask", "decide", "purchase", "record", "rehearsal", "render", "view"];

/// What has an effect or reads a clock.
const IMPURE: [&[&str]; 7] = [
    &["async"],
    &["await"],
    &["tokio"],
    &["Client"],
    &["Instant", "::", "now"],
    &["SystemTime", "::", "now"],
    &["Timestamp", "::", "now"],
];

#[test]
fn rooms_use_what_they_may() {
    let allowed: BTreeMap<_, _> = ROOMS.into_iter().collect();
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let module = module(&path);
        let Some(room) = module.first() else { continue };
        let Some(may_use) = allowed.get(room.as_str()) else {
            faults.push(format!("{}: the room {room} is not in the table of this test", path.display()));
            continue;
        };
        for used in uses(&module, &text) {
            if used != *room && !may_use.contains(&used.as_str()) {
                faults.push(format!("{}: {room} must not use {used}", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn deciding_has_no_effects() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let module = module(&path);
        let pure_room = module.first().is_some_and(|room| PURE_ROOMS.contains(&room.as_str()));
        if pure_room || module.iter().any(|step| PURE_MODULES.contains(&step.as_str())) {
            let words = impure_words(&text);
            faults.extend(words.into_iter().map(|word| format!("{} is pure: no {word}", path.display())));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// All files of the library, by their path below `src/`.
fn sources() -> Vec<(PathBuf, String)> {
    fn visit(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.extension() {
                _ if path.is_dir() => visit(&path, found),
                Some(extension) if extension == "rs" => found.push(path),
                _ => {}
            }
        }
    }
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    visit(&src, &mut found);
    let below = found.into_iter().map(|path| (path.strip_prefix(&src).unwrap().to_owned(), path));
    // Programs parse their arguments and call the library: they are above all rooms.
    let library = below.filter(|(below, _)| !below.starts_with("bin"));
    let mut sources: Vec<_> =
        library.map(|(below, path)| (below, fs::read_to_string(path).unwrap())).collect();
    sources.sort();
    sources
}

/// The module that a file is: `intent/decide.rs` is `intent::decide`, `lib.rs` is the root.
fn module(file: &Path) -> Vec<String> {
    let steps = file.with_extension("");
    let steps = steps.iter().map(|step| step.to_str().unwrap().to_owned());
    steps.filter(|step| step != "mod" && step != "lib").collect()
}

/// Rooms that a module mentions, by `crate::` or by `super::` up to the root, in imports and elsewhere.
fn uses(module: &[String], text: &str) -> BTreeSet<String> {
    let tokens = tokens(text);
    let mut used = BTreeSet::new();
    let (mut depth, mut inner) = (0, Vec::new());
    let mut position = 0;
    while position < tokens.len() {
        let rest = &tokens[position..];
        match rest {
            ["mod", _, "{", ..] => inner.push(depth),
            ["{", ..] => depth += 1,
            ["}", ..] => {
                depth -= 1;
                inner.pop_if(|opened| *opened == depth);
            }
            ["crate", "::", path @ ..] => used.extend(first_steps(path)),
            ["super", "::", ..] => {
                let ups = rest.chunks_exact(2).take_while(|pair| pair == &["super", "::"]).count();
                if ups == module.len() + inner.len() {
                    used.extend(first_steps(&rest[2 * ups..]));
                }
                position += 2 * ups - 1;
            }
            _ => {}
        }
        position += 1;
    }
    used
}

/// `a` of the path `a::b`; `a` and `c` of the group `{a::b, c}`.
fn first_steps(path: &[&str]) -> Vec<String> {
    let Some((&"{", group)) = path.split_first() else {
        return path.first().map(|step| (*step).to_owned()).into_iter().collect();
    };
    let (mut steps, mut depth, mut expected) = (Vec::new(), 0, true);
    for token in group {
        match *token {
            "}" if depth == 0 => break,
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 0 => expected = true,
            step if expected => {
                steps.push(step.to_owned());
                expected = false;
            }
            _ => {}
        }
    }
    steps
}

fn impure_words(text: &str) -> BTreeSet<String> {
    let tokens = tokens(text);
    let found = IMPURE.iter().filter(|words| tokens.windows(words.len()).any(|window| &window == *words));
    found.map(|words| words.concat()).collect()
}

/// Words and punctuation of Rust, without comments, strings and characters.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(string) = raw_string(rest) {
            string
        } else if first == '"' {
            1 + end_of_string(&rest[1..])
        } else if let Some(character) = character(rest) {
            character
        } else if rest.starts_with("::") {
            2
        } else if word > 0 {
            word
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        if length == 2 && token == "::"
            || !token.starts_with(['/', '"', '\'', ' ', '\n']) && raw_string(token).is_none()
        {
            tokens.push(token);
        }
        rest = after;
    }
    tokens
}

/// The length of what is left of a string with its closing quote.
fn end_of_string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// The length of `r"…"` or `r#"…"#`.
fn raw_string(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('r')?;
    let hashes = inner.find(|c| c != '#')?;
    let inner = inner[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(1 + hashes + 1 + inner.find(&end).map_or(inner.len(), |at| at + end.len()))
}

/// The length of `'c'` or `'\n'`; a lifetime is none.
fn character(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'')?;
    let mut characters = inner.char_indices();
    let (_, first) = characters.next()?;
    if first == '\\' {
        return inner[2..].find('\'').map(|at| at + 4);
    }
    let (at, quote) = characters.next()?;
    (quote == '\'').then_some(1 + at + 1)
}

/// What the two tests above rest on.
#[test]
fn the_reader_sees_every_way_to_name_a_room() {
    let text = r##"
        //! [`crate::telemetry`] in prose is no use.
        use crate::{adapters::{lso, Other}, model};
        use super::notes;
        use super::super::segment::{purchase, record};
        fn f() { let c = ['"', '\'']; crate::site::g::<'static>("crate::settings \" ", r#"crate::account"#); }
        mod tests {
            use super::super::super::app;
            use super::super::neighbour;
        }
        fn g() { super::super::planning::h(tokio::select! { crate::cluster::i() }) }
    "##;
    let module = ["intent".to_owned(), "decide".to_owned()];
    let expected = ["adapters", "app", "cluster", "model", "planning", "segment", "site"];
    assert_eq!(uses(&module, text), expected.map(str::to_owned).into());
    assert_eq!(impure_words(text), ["tokio".to_owned()].into());
    assert_eq!(impure_words("let now = jiff::Timestamp::now();"), ["Timestamp::now".to_owned()].into());
}
