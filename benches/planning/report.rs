//! Times as a table, and the machine that they were taken on.

use std::fmt::Write;
use std::process::Command;
use std::time::{Duration, Instant};

/// How often each query is run.
pub const RUNS: usize = 5;

/// The times of many queries, sorted.
pub struct Times(Vec<Duration>);

impl Times {
    /// One time per query: the shortest of [`RUNS`], so that what else the machine does counts less. `before` is not counted.
    pub fn of<T, R>(queries: &[T], mut before: impl FnMut(&T), mut run: impl FnMut(&T) -> R) -> Self {
        let mut once = |query: &T| {
            before(query);
            let start = Instant::now();
            std::hint::black_box(run(query));
            start.elapsed()
        };
        let mut shortest = |query: &T| (0..RUNS).map(|_| once(query)).min().unwrap_or_default();
        let mut times: Vec<Duration> = queries.iter().map(&mut shortest).collect();
        times.sort_unstable();
        Self(times)
    }

    pub fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100).max(1) - 1;
        self.0[rank.min(self.0.len() - 1)]
    }
}

/// A table that grows row by row.
pub struct Table {
    text: String,
    peer: Duration,
}

impl Table {
    /// `peer`: what the others are compared with.
    pub fn new(title: &str, peer: &Times) -> Self {
        let text = format!(
            "\n## {title}\n\n| What | p50 | p99 | Goal (p99) | p50 to the peer's |\n| --- | --- | --- | --- | --- |\n"
        );
        let mut table = Self { text, peer: peer.percentile(50) };
        table.row("peer: petgraph, Dijkstra, no bounds, to the target only", peer, "");
        table
    }

    pub fn row(&mut self, what: &str, times: &Times, goal: &str) {
        let (p50, p99) = (times.percentile(50), times.percentile(99));
        let ratio = p50.as_secs_f64() / self.peer.as_secs_f64();
        let _ = writeln!(self.text, "| {what} | {} | {} | {goal} | {ratio:.2} |", ms(p50), ms(p99));
    }

    pub fn finish(self) -> String {
        self.text
    }
}

pub fn ms(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1_000.0)
}

/// The time for which this thread had a processor.
pub fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split_whitespace().next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// The processor, its cores, and the compiler.
pub fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("an unknown processor", |(_, model)| model.trim());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let compiler = Command::new("rustc").arg("--version").output().ok();
    let compiler = compiler.and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    format!("{model}, {cores} cores; {}", compiler.trim())
}
