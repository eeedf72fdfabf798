//! A server as a child process, and what the system says about it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::Result;

/// Ticks of the clock that processor time is counted in; Linux tells this one to all programs.
const TICKS_PER_SECOND: u64 = 100;

/// A server that runs; killed when dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub at: SocketAddr,
    /// Where access points ask, when it serves RADIUS.
    pub radius: Option<SocketAddr>,
}

impl Server {
    /// Starts it and waits until it says where it is: `… is at http://ADDRESS`.
    pub fn start(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("{}: {e}", command.get_program().display()))?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("a server without an output")?).lines();
        let mut radius = None;
        let at = lines.by_ref().map_while(std::result::Result::ok).find_map(|l| {
            // `RADIUS is at ADDRESS, accounting at ADDRESS` comes before.
            if let Some((at, _)) = l.strip_prefix("RADIUS is at ").and_then(|rest| rest.split_once(',')) {
                radius = at.parse().ok();
            }
            l.split_once(" is at http://")?.1.parse().ok()
        });
        let Some(at) = at else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("{command:?} ended before it listened"));
        };
        // The rest goes nowhere, but the pipe stays open.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, at, radius })
    }

    /// The processor time it has taken.
    pub fn cpu(&self) -> Result<Duration> {
        let text = self.proc("stat")?;
        // The name in brackets may hold blanks; user and system time are the 14th and 15th field.
        let after_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
        let ticks: u64 = after_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
        Ok(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
    }

    /// Its memory that is no file's, in MiB.
    pub fn memory(&self) -> Result<f64> {
        let text = self.proc("status")?;
        let line = text.lines().find_map(|l| l.strip_prefix("RssAnon:")).unwrap_or_default();
        let kib: u32 = line.trim().trim_end_matches(" kB").parse().map_err(|_| "no RssAnon in /proc")?;
        Ok(f64::from(kib) / 1024.0)
    }

    fn proc(&self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.child.id());
        fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))
    }

    /// Leaves it one core of the machine, with all its threads.
    pub fn on_one_core(&self) -> Result<()> {
        let pid = self.child.id().to_string();
        let set = Command::new("taskset").args(["--all-tasks", "--cpu-list", "--pid", "0", &pid]).output();
        match set {
            Ok(out) if out.status.success() => Ok(()),
            Ok(out) => Err(format!("taskset: {}", String::from_utf8_lossy(&out.stderr))),
            Err(e) => Err(format!("taskset: {e}")),
        }
    }

    /// Stops it in good order.
    pub fn stop(mut self) -> Result<()> {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        let status = told.and_then(|_| self.child.wait()).map_err(|e| format!("stopping the server: {e}"))?;
        if status.success() { Ok(()) } else { Err(format!("the server ended with {status}")) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
