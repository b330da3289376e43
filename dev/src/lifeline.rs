//! Processes and a temporary directory that end with this process, however it ends.
//!
//! A destructor runs neither when a process is killed with SIGKILL nor when a static is never dropped, so the
//! cleaning up is left to small `sh` processes that read from pipes whose other ends only this process holds. The
//! kernel closes those when it ends, and `read` reports the end of the file:
//!
//! - Each child runs under a **supervisor**. When the lifeline pipe closes, it kills the child.
//! - The **janitor** makes the directory and waits on a second pipe that every supervisor holds open too. That one
//!   closes only when this process and all supervisors are gone, so nobody writes there any more: it removes it all.
//!
//! All of them lead process groups of their own, which keeps a terminal's Ctrl-C from them: it ends this process, and
//! with it them. This module knows nothing of Kubernetes.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, PipeReader, PipeWriter, Read},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

/// `$1` is the directory to make ours in, `$2` what its name starts with. Signals are ignored: the end of the pipe is
/// the one way out.
const JANITOR: &str = r#"
trap '' HUP INT TERM PIPE
directory=$(mktemp -d "$1/$2.XXXXXX") || exit 1
printf '%s\n' "$directory"
exec >/dev/null
while read -r _; do :; done
rm -rf "$directory"
"#;

/// `$1` is the file for the child's process id, the rest its command line. Standard input is the lifeline, standard
/// output the janitor's pipe, which is held open and never written to, standard error the child's log.
const SUPERVISOR: &str = r#"
exec 3<&0 </dev/null
pid_file=$1
shift
"$@" >&2 3<&- &
child=$!
( while read -r _ <&3; do :; done; kill -KILL "$child" ) 2>/dev/null &
watch=$!
echo "$child" >"$pid_file"
wait "$child"
status=$?
kill "$watch" 2>/dev/null
exit "$status"
"#;

/// Holds a directory and the processes in it. Dropping it kills them, removes it, and waits until that is done.
#[derive(Debug)]
pub struct Lifeline {
    directory: PathBuf,
    janitor: Child,
    supervised: Vec<Supervised>,
    ends: Option<Ends>,
}

/// The ends of both pipes that are handed to supervisors, and by their closing end everything.
#[derive(Debug)]
struct Ends {
    lifeline: PipeWriter,
    lifeline_reader: PipeReader,
    janitor: PipeWriter,
}

#[derive(Debug)]
struct Supervised {
    name: &'static str,
    supervisor: Child,
}

/// A child that ended although nobody asked it to.
#[derive(Debug)]
pub struct Exit {
    /// Which.
    pub name: &'static str,
    /// How.
    pub status: ExitStatus,
}

impl Lifeline {
    /// Starts the janitor and with it makes an empty directory, readable by this user only. Its name starts with
    /// `prefix`.
    ///
    /// # Errors
    ///
    /// There is no `sh`, or it can't make a directory.
    pub fn new(prefix: &str) -> io::Result<Self> {
        let (lifeline_reader, lifeline) = io::pipe()?;
        let (janitor_reader, janitor_end) = io::pipe()?;
        let mut janitor = Command::new("sh")
            .args(["-c", JANITOR, "janitor"])
            .arg(std::env::temp_dir())
            .arg(prefix)
            .stdin(janitor_reader)
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let mut directory = String::new();
        if let Some(stdout) = janitor.stdout.take() {
            BufReader::new(stdout).read_line(&mut directory)?;
        }
        let directory = PathBuf::from(directory.trim_end_matches('\n'));
        let ends = Some(Ends { lifeline, lifeline_reader, janitor: janitor_end });
        let lifeline = Self { directory, janitor, supervised: Vec::new(), ends };
        if lifeline.directory.is_dir() {
            Ok(lifeline)
        } else {
            Err(io::Error::other(format!("mktemp made no directory in {}", std::env::temp_dir().display())))
        }
    }

    /// The directory that goes when this does.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Starts a command under a supervisor: its program, arguments and environment; all else about it is ours. What it
    /// prints goes to [`Self::log`].
    ///
    /// # Errors
    ///
    /// There is no `sh`, or the log can't be made. A program that can't be started shows in [`Self::exited`].
    pub fn spawn(&mut self, name: &'static str, command: &Command) -> io::Result<()> {
        let Some(ends) = &self.ends else { return Err(io::Error::other("the lifeline is cut already")) };
        let mut supervisor = Command::new("sh");
        for (variable, value) in command.get_envs() {
            match value {
                Some(value) => supervisor.env(variable, value),
                None => supervisor.env_remove(variable),
            };
        }
        let supervisor = supervisor
            .args(["-c", SUPERVISOR, "supervisor"])
            .arg(self.pid_file(name))
            .arg(command.get_program())
            .args(command.get_args())
            .stdin(ends.lifeline_reader.try_clone()?)
            .stdout(ends.janitor.try_clone()?)
            .stderr(File::create(self.log(name))?)
            .process_group(0)
            .spawn()?;
        self.supervised.push(Supervised { name, supervisor });
        Ok(())
    }

    /// Ends a child, and waits until it has. What it printed stays until it is started again.
    ///
    /// # Errors
    ///
    /// There is no `kill`, or its supervisor can't be waited for.
    pub fn end(&mut self, name: &str) -> io::Result<()> {
        let Some(found) = self.supervised.iter().position(|child| child.name == name) else { return Ok(()) };
        // A supervisor that was just started has not said yet whom it supervises; one that has ended never will.
        while read_pid(&self.pid_file(name)).is_none()
            && self.supervised[found].supervisor.try_wait()?.is_none()
        {
            std::thread::yield_now();
        }
        self.signal(name, "KILL")?;
        let mut ended = self.supervised.remove(found);
        ended.supervisor.wait()?;
        fs::remove_file(self.pid_file(name))
    }

    /// Sends a signal to a child. One that is gone already gets none.
    ///
    /// # Errors
    ///
    /// There is no `kill`.
    pub fn signal(&self, name: &str, signal: &str) -> io::Result<()> {
        let Some(pid) = read_pid(&self.pid_file(name)) else { return Ok(()) };
        let mut kill = Command::new("kill");
        kill.args([format!("-{signal}"), pid.to_string()]).stderr(Stdio::null()).status().map(drop)
    }

    /// The first child found to have ended, if any has.
    ///
    /// # Errors
    ///
    /// The operating system does not say.
    pub fn exited(&mut self) -> io::Result<Option<Exit>> {
        for Supervised { name, supervisor } in &mut self.supervised {
            if let Some(status) = supervisor.try_wait()? {
                return Ok(Some(Exit { name, status }));
            }
        }
        Ok(None)
    }

    /// The last lines that a child printed.
    pub fn log_tail(&self, name: &str) -> String {
        const LINES: usize = 15;
        let mut log = Vec::new();
        // A log that can't be read says nothing; the caller reports something worse already.
        let _ = File::open(self.log(name)).and_then(|mut file| file.read_to_end(&mut log));
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }

    /// Names and process ids of the children.
    pub fn processes(&self) -> impl Iterator<Item = (&'static str, u32)> + '_ {
        self.supervised
            .iter()
            .filter_map(|Supervised { name, .. }| Some((*name, read_pid(&self.pid_file(name))?)))
    }

    /// Where a child's process id is, from some moment after its start on; see [`read_pid`].
    pub fn pid_file(&self, name: &str) -> PathBuf {
        self.directory.join(name).with_extension("pid")
    }

    /// Where a child's output goes.
    pub fn log(&self, name: &str) -> PathBuf {
        self.directory.join(name).with_extension("log")
    }
}

/// The process id in a file that a supervisor writes; `None` while it hasn't.
pub fn read_pid(file: &Path) -> Option<u32> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

impl Drop for Lifeline {
    fn drop(&mut self) {
        // Nothing can be done about a wait that fails, and the pipes are closed either way.
        if let Some(Ends { lifeline, lifeline_reader, janitor }) = self.ends.take() {
            drop((lifeline, lifeline_reader));
            for Supervised { supervisor, .. } in &mut self.supervised {
                let _ = supervisor.wait();
            }
            drop(janitor);
        }
        let _ = self.janitor.wait();
    }
}
