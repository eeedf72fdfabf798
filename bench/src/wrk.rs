//! The load generator.

use std::{fs, path::Path, process::Command, time::Duration};

use crate::{
    Result,
    bench::Bench,
    server::Server,
    table::{count, median},
};

/// What wrk says at its end, for us instead of for people.
const DONE: &str = r#"
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("bench %d %d %d %d %d\n",
    summary.requests, summary.duration, e.status, e.connect + e.read + e.write + e.timeout, latency:percentile(99)))
end
"#;

/// A load: how many connections, doing what.
pub struct Load<'a> {
    /// How many connections.
    pub connections: u32,
    /// Where, beginning with a slash.
    pub path: &'a str,
    /// The token sent; none when empty.
    pub token: &'a str,
    /// Lua that makes the requests; empty for plain GETs.
    pub script: &'a str,
    /// How many statuses of 400 and more are borne with.
    pub refusals: bool,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// Good answers a second.
    pub rate: f64,
    /// Refusals a second.
    pub refused: f64,
    /// Microseconds that 99 of 100 answers took at most.
    pub p99: f64,
    /// Microseconds of the server's processor time for each answer.
    pub cpu: f64,
}

impl<'a> Load<'a> {
    /// Plain GETs.
    pub fn get(connections: u32, path: &'a str, token: &'a str) -> Self {
        Self { connections, path, token, script: "", refusals: false }
    }

    /// The command, as it is shown.
    pub fn command(&self, bench: &Bench) -> String {
        let script = if self.script.is_empty() { "" } else { "-s script " };
        format!("`wrk -t1 -c{} -d{}s {script}{}`", self.connections, bench.seconds, self.path)
    }

    /// Puts the load on a server for as long as one measurement takes.
    pub fn run(&self, bench: &Bench, server: &Server) -> Result<Outcome> {
        self.run_for(bench, server, bench.seconds)
    }

    /// Puts the load on a server for so many seconds.
    pub fn run_for(&self, bench: &Bench, server: &Server, seconds: u64) -> Result<Outcome> {
        let script = write_script(&bench.folder, self.script)?;
        let mut command = Command::new("wrk");
        command.args(["-t1", "-c", &self.connections.to_string(), "-d", &format!("{seconds}s"), "--timeout", "30s"]);
        command.arg("-s").arg(&script);
        if !self.token.is_empty() {
            command.arg("-H").arg(format!("Authorization: Bearer {}", self.token));
        }
        command.arg(format!("http://{}{}", server.at, self.path));
        let before = server.cpu()?;
        let out = command.output().map_err(|e| format!("wrk: {e}"))?;
        let took = server.cpu()? - before;
        let _ = fs::remove_file(&script);
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        let failed = || format!("wrk {}: {text}{}", self.path, String::from_utf8_lossy(&out.stderr));
        let line = text.lines().find_map(|l| l.strip_prefix("bench ")).ok_or_else(failed)?;
        let numbers: Vec<f64> = line.split(' ').filter_map(|n| n.parse().ok()).collect();
        let [requests, micros, refused, broken, p99] = numbers[..] else { return Err(failed()) };
        if broken > 0.0 || requests == 0.0 || (refused > 0.0 && !self.refusals) {
            return Err(failed());
        }
        let seconds = Duration::from_micros(micros as u64).as_secs_f64();
        let cpu = took.as_secs_f64() * 1e6 / requests;
        Ok(Outcome { rate: (requests - refused) / seconds, refused: refused / seconds, p99, cpu })
    }
}

/// Several loads run at the same time, so each has a script of its own.
fn write_script(folder: &Path, text: &str) -> Result<std::path::PathBuf> {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let path = folder.join(format!("wrk-{}.lua", NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)));
    fs::write(&path, format!("{text}{DONE}")).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(path)
}

/// What came of several rounds.
#[derive(Default)]
pub struct Rounds(Vec<Outcome>);

impl Rounds {
    /// One more round.
    pub fn add(&mut self, outcome: Outcome) {
        self.0.push(outcome);
    }

    /// The median of a number.
    pub fn of(&self, number: impl Fn(&Outcome) -> f64) -> f64 {
        median(self.0.iter().map(number).collect())
    }

    /// The median rate.
    pub fn rate(&self) -> f64 {
        self.of(|o| o.rate)
    }

    /// The median processor time of an answer.
    pub fn cpu(&self) -> f64 {
        self.of(|o| o.cpu)
    }

    /// Rate and processor time for people.
    pub fn text(&self) -> String {
        format!("{}/s, {:.0} µs CPU", count(self.rate()), self.cpu())
    }
}
