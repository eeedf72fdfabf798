//! Running other programs, and stopping them when somebody asks us to stop.

use std::env;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// A result whose error is a sentence for the developer.
pub type Result<T> = std::result::Result<T, String>;

/// How often a running program is asked whether it has ended.
const TICK: Duration = Duration::from_millis(20);
/// How long a program may take to end after it was asked to.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs programs in the project's folder.
///
/// Ctrl-C and termination signals do not end this process at once: they end the running program and make every
/// further one fail, so that the ordinary way out is taken and temporary servers and folders are removed.
pub struct Shell {
    /// The project's folder.
    pub root: PathBuf,
    stop: Arc<AtomicBool>,
}

impl Shell {
    /// A shell in this project's folder, which listens to signals from now on.
    pub fn new() -> Result<Self> {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = package.parent().ok_or("xtask lies in no folder")?.to_path_buf();
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&stop)).map_err(|error| format!("signals: {error}"))?;
        }
        Ok(Self { root, stop })
    }

    /// Whether Ctrl-C was pressed or a signal asked us to end.
    pub fn asked_to_stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// A program to be run in the project's folder.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.current_dir(&self.root);
        // `cargo run` describes this package to us. Some build scripts watch these variables: handed on, they would
        // make every build from here differ from a build by hand, and both would compile half of the tree again.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        command
    }

    /// Cargo, the same one that runs us.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(arguments);
        command
    }

    /// Runs a program to its end; what it prints is seen at once.
    pub fn run(&self, command: &mut Command) -> Result<()> {
        let mut child = self.spawn(command)?;
        let status = self.wait(&mut child)?;
        success(command, status)
    }

    /// Runs a program to its end and gives what it printed on standard output.
    pub fn output(&self, command: &mut Command) -> Result<String> {
        let mut child = self.spawn(command.stdout(Stdio::piped()))?;
        let mut stdout = child.stdout.take().ok_or("no standard output")?;
        // Read beside the waiting: a program that prints much would else wait for us and we for it.
        let reader = thread::spawn(move || {
            let mut text = String::new();
            stdout.read_to_string(&mut text).map(|_| text)
        });
        let status = self.wait(&mut child)?;
        success(command, status)?;
        let text = reader.join().map_err(|_| "the reader of standard output panicked")?;
        text.map_err(|error| format!("{}: {error}", describe(command)))
    }

    /// Runs a program in silence and tells whether it succeeded.
    pub fn succeeds(&self, command: &mut Command) -> bool {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.run(command).is_ok()
    }

    /// Waits for a program's end, and asks it to end when we are asked to stop.
    pub fn wait(&self, child: &mut Child) -> Result<ExitStatus> {
        let mut deadline = None;
        loop {
            if let Some(status) = child.try_wait().map_err(|error| format!("waiting: {error}"))? {
                return Ok(status);
            }
            if self.asked_to_stop() && deadline.is_none() {
                deadline = Some(Instant::now() + PATIENCE);
                ask_to_end(child);
            }
            if deadline.is_some_and(|deadline| Instant::now() > deadline) {
                child.kill().map_err(|error| format!("ending a program: {error}"))?;
            }
            self.pause();
        }
    }

    /// Waits a moment, between two looks at something that is not there yet.
    pub fn pause(&self) {
        thread::sleep(TICK);
    }

    fn spawn(&self, command: &mut Command) -> Result<Child> {
        if self.asked_to_stop() {
            return Err("interrupted".into());
        }
        command.spawn().map_err(|error| format!("{}: {error}", describe(command)))
    }
}

/// The file that a program's name means, by the `PATH`.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// A command as a person would type it.
pub fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn success(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", describe(command))) }
}

/// Sends the signal that a program may answer by tidying up. The shell's `kill` is there even where the program is not.
fn ask_to_end(child: &Child) {
    let id = child.id().to_string();
    // Nothing to do about a failure: the program is ended the hard way a little later.
    let _ = Command::new("sh").args(["-c", "kill -TERM \"$0\"", &id]).stderr(Stdio::null()).status();
}
