//! What all topics work with: the program, a folder, PostgreSQL, how long to measure.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio, id},
};

use crate::Result;

/// A run of the benchmarks.
pub struct Bench {
    /// The project's folder.
    project: PathBuf,
    /// Where builds go.
    target: PathBuf,
    /// The program.
    pub program: PathBuf,
    /// Where data directories go; deleted at the end.
    pub folder: PathBuf,
    /// A PostgreSQL server, if one is given.
    pub postgres: Option<String>,
    /// How long one measurement takes.
    pub seconds: u64,
}

/// Which database something runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Kind {
    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

impl Bench {
    /// Builds the program in the way in which this one was built, finds or installs wrk, and makes a folder.
    pub fn new(seconds: u64) -> Result<Self> {
        let me = env::current_exe().map_err(|e| format!("where am I? {e}"))?;
        let nowhere = "this program is not where Cargo puts it";
        let release = me.parent().ok_or(nowhere)?;
        let bench = Self {
            project: Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or(nowhere)?.to_owned(),
            target: release.parent().ok_or(nowhere)?.to_owned(),
            program: release.join("portico"),
            // In the folder of builds: temporary folders are often in memory, where nothing is durable.
            folder: release.join(format!("bench-data-{}", id())),
            postgres: env::var("PORTICO_TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty()),
            seconds,
        };
        fs::create_dir(&bench.folder).map_err(|e| format!("{}: {e}", bench.folder.display()))?;
        let way = if release.ends_with("debug") { "dev" } else { "release" };
        succeed(bench.cargo(&["build", "--profile", way, "--package", "portico"]))?;
        install_wrk()?;
        Ok(bench)
    }

    /// The databases there are.
    pub fn kinds(&self) -> Vec<Kind> {
        let postgres = self.postgres.as_ref().map(|_| Kind::Postgres);
        [Kind::Sqlite].into_iter().chain(postgres).collect()
    }

    /// Cargo, the same that runs us, in the project's folder.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        // `cargo run` describes this package to us. Handed on, that makes some build scripts run again.
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(|n| n.starts_with("CARGO_PKG_") || n.starts_with("CARGO_MANIFEST_")) {
                command.env_remove(&name);
            }
        }
        command.current_dir(&self.project).env("CARGO_TARGET_DIR", &self.target).args(arguments);
        command
    }

    /// What it runs on, in one line.
    pub fn machine(&self) -> String {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpu.lines().find_map(|l| l.strip_prefix("model name")).unwrap_or_default();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let model = model.trim_start_matches([' ', '\t', ':']);
        format!("{cores} cores ({model}), Linux {}, {} s a measurement", kernel.trim(), self.seconds)
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Err(e) = fs::remove_dir_all(&self.folder) {
            eprintln!("bench: {} was not deleted: {e}", self.folder.display());
        }
    }
}

/// How many wanted to run in the last minute, five and fifteen minutes.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// Runs a command that must succeed; what it prints is seen.
pub fn succeed(mut command: Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(e) => Err(format!("{command:?}: {e}")),
    }
}

/// Debian's package, where it is missing.
fn install_wrk() -> Result<()> {
    let there = || Command::new("wrk").arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if there() {
        return Ok(());
    }
    let root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.trim_ascii() == b"0");
    for arguments in [&["update"][..], &["install", "--yes", "--no-install-recommends", "wrk"]] {
        let mut command = Command::new(if root { "env" } else { "sudo" });
        if !root {
            command.arg("env");
        }
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "-o", "DPkg::Lock::Timeout=600"]);
        command.args(arguments);
        succeed(command).map_err(|e| format!("wrk is missing and cannot be installed from here: {e}"))?;
    }
    if there() { Ok(()) } else { Err("wrk was installed but does not run".into()) }
}
