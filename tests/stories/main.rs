//! What happens to intents over time, in words. Each file in `stories/` is a list of facts by day; the controller's own decision and
//! status are told of each day, and compared with what was told before (`told/`). Nothing in there is written by hand: look at a
//! difference with `cargo insta review`, or run with `INSTA_UPDATE=always` and read the change.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests")]

mod facts;
mod stage;

use std::path::Path;

use facts::Story;
use stage::Stage;

#[test]
fn stories_are_told_as_before() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories/stories");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 20, "{} stories", files.len());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("told");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut reasons = std::collections::BTreeSet::new();
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        let written: serde_json::Value = serde_norway::from_str(&text).unwrap();
        let story: Story = serde_json::from_value(written).unwrap_or_else(|why| panic!("{name}: {why}"));
        let told = Stage::new(&story).play(&story, &mut reasons);
        settings.bind(|| insta::assert_snapshot!(name.as_str(), told));
    }
    // A story that came to nothing new would be told for nothing.
    assert!(reasons.len() >= 20, "{reasons:?}");
}
