//! kubectl as a process, and its arguments as a person would write them.

use std::{io, process::Stdio};

use tokio::{io::AsyncWriteExt, process::Command};

use super::{Error, programs::ROOT};

/// Runs kubectl at the root of the workspace, and returns what it prints.
///
/// # Errors
///
/// It can't be run, or is refused.
pub async fn run(mut kubectl: Command, arguments: &[&str], input: Option<String>) -> Result<String, Error> {
    let refused = |said: String| Error::Kubectl { arguments: quoted(arguments), said };
    kubectl.args(arguments).current_dir(ROOT);
    kubectl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let run = async {
        let mut kubectl = kubectl.spawn()?;
        if let Some(mut stdin) = kubectl.stdin.take() {
            stdin.write_all(input.unwrap_or_default().as_bytes()).await?;
        }
        kubectl.wait_with_output().await
    };
    let output = run.await.map_err(|error: io::Error| refused(error.to_string()))?;
    if !output.status.success() {
        return Err(refused(String::from_utf8_lossy(&output.stderr).trim_end().to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Arguments as a shell takes them.
pub fn quoted(arguments: &[&str]) -> String {
    let plain = |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=:,".contains(c));
    let words: Vec<String> = arguments
        .iter()
        .map(|word| if plain(word) { (*word).to_owned() } else { format!("'{word}'") })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_shown_as_a_shell_takes_them() {
        assert_eq!(quoted(&["patch", "-p", r#"{"a":1}"#]), r#"patch -p '{"a":1}'"#);
    }
}
