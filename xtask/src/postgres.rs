//! A PostgreSQL server of our own: a cluster in a temporary folder, on a free port, gone when we are.

use std::env;
use std::fs::{self, DirBuilder, File};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::install;
use crate::shell::{Result, Shell};

/// The variable by which tests learn of a server in which they may create databases.
pub const URL_VARIABLE: &str = "PORTICO_TEST_POSTGRES_URL";

/// How long a server may take to be ready.
const PATIENCE: Duration = Duration::from_secs(60);
/// A port that is free now may be taken a moment later, so starting is tried again.
const TRIES: u32 = 3;
/// The path of a Unix socket ends at about 100 bytes; its file name takes some 20 of them.
const LONGEST_FOLDER: usize = 80;

/// What a server is for.
#[derive(Clone, Copy)]
pub enum Purpose {
    /// As quick as can be: nothing survives a crash, and nothing needs to.
    Tests,
    /// As an operator would run it: what is committed is on the disk.
    Measurements,
}

/// A server for tests: one that was given, or a cluster of our own that ends with this value.
pub struct Server {
    /// Where it is reached.
    pub url: String,
    _cluster: Option<Cluster>,
}

/// `cargo xtask postgres`: a server until Ctrl-C.
pub fn run(shell: &Shell) -> Result<()> {
    let mut cluster = Cluster::start(shell, Purpose::Tests)?;
    println!("{URL_VARIABLE}={}\nCtrl-C ends it and deletes its data.", cluster.url());
    while !shell.asked_to_stop() {
        cluster.check_running()?;
        shell.pause();
    }
    Ok(())
}

/// The server that `PORTICO_TEST_POSTGRES_URL` names, else one of our own.
pub fn server(shell: &Shell, purpose: Purpose) -> Result<Server> {
    match env::var(URL_VARIABLE) {
        Ok(url) if !url.is_empty() => Ok(Server { url, _cluster: None }),
        _ => {
            let cluster = Cluster::start(shell, purpose)?;
            Ok(Server { url: cluster.url(), _cluster: Some(cluster) })
        }
    }
}

/// A running server and its folder. Dropping it stops the server and deletes the folder.
struct Cluster {
    tools: Tools,
    process: Option<Child>,
    port: u16,
    folder: Folder,
}

impl Cluster {
    fn start(shell: &Shell, purpose: Purpose) -> Result<Self> {
        let tools = Tools::find(shell)?;
        let folder = Folder::create(shell, &tools, purpose)?;
        let mut initdb = tools.command("initdb", &folder.path);
        // What is forgotten to be ordered by bytes is ordered as in German, so that a test sees it.
        initdb.args(["--locale-provider=icu", "--icu-locale=de", "--locale=C", "--encoding=UTF8"]);
        initdb.args(["--auth=trust", "--username=portico", "--no-sync", "--no-instructions", "--pgdata=data"]);
        let log = folder.path.join("initdb.log");
        shell.run(initdb.stdout(create(&log)?).stderr(create(&log)?)).map_err(|error| with_log(&error, &log))?;

        let mut cluster = Self { tools, process: None, port: 0, folder };
        for attempt in 1..=TRIES {
            match cluster.start_server(shell, purpose) {
                Err(error) if attempt == TRIES || shell.asked_to_stop() => return Err(error),
                Err(_) => cluster.stop_server(),
                Ok(()) => break,
            }
        }
        Ok(cluster)
    }

    fn url(&self) -> String {
        format!("postgres://portico@127.0.0.1:{}/postgres", self.port)
    }

    fn start_server(&mut self, shell: &Shell, purpose: Purpose) -> Result<()> {
        self.port = free_port()?;
        let mut postgres = self.tools.command("postgres", &self.folder.path);
        postgres.args(["-D", "data", "-c", "listen_addresses=127.0.0.1"]);
        postgres.args(["-c", &format!("port={}", self.port)]);
        postgres.arg("-c").arg(format!("unix_socket_directories={}", self.folder.path.display()));
        let settings: &[&str] = match purpose {
            Purpose::Tests => &[
                "fsync=off",
                "synchronous_commit=off",
                "full_page_writes=off",
                "wal_level=minimal",
                "max_wal_senders=0",
                "max_wal_size=256MB",
                "shared_buffers=32MB",
            ],
            Purpose::Measurements => &[],
        };
        for setting in settings.iter().chain(&["max_connections=200"]) {
            postgres.args(["-c", setting]);
        }
        let log = self.folder.path.join("server.log");
        // A group of its own: Ctrl-C in the terminal reaches us, and we end the server when its users have ended.
        postgres.stdout(create(&log)?).stderr(create(&log)?).process_group(0);
        let child = postgres.spawn().map_err(|error| format!("postgres: {error}"))?;
        self.process = Some(child);
        self.wait_until_ready(shell)
    }

    fn wait_until_ready(&mut self, shell: &Shell) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let port = self.port.to_string();
        loop {
            self.check_running()?;
            let mut is_ready = self.tools.command("pg_isready", &self.folder.path);
            is_ready.args(["--quiet", "--host=127.0.0.1", "--username=portico", "--dbname=postgres", "--port", &port]);
            if shell.succeeds(&mut is_ready) {
                return self.check_running();
            }
            if shell.asked_to_stop() {
                return Err("interrupted".into());
            }
            if Instant::now() > deadline {
                return Err(self.failure("PostgreSQL did not get ready"));
            }
            shell.pause();
        }
    }

    fn check_running(&mut self) -> Result<()> {
        let running = self.process.as_mut().is_some_and(|process| matches!(process.try_wait(), Ok(None)));
        if running { Ok(()) } else { Err(self.failure("PostgreSQL ended")) }
    }

    fn failure(&self, what: &str) -> String {
        with_log(what, &self.folder.path.join("server.log"))
    }

    /// Ends the server at once: its data is not needed any more.
    fn stop_server(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        let mut pg_ctl = self.tools.command("pg_ctl", &self.folder.path);
        pg_ctl.args(["stop", "--silent", "--mode=immediate", "--pgdata=data"]);
        pg_ctl.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // Not by the shell: it refuses to start anything after Ctrl-C.
        if !pg_ctl.status().is_ok_and(|status| status.success()) {
            let _ = process.kill();
        }
        let _ = process.wait();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop_server();
    }
}

/// PostgreSQL's programs, and the user who runs them: they refuse to run as root.
struct Tools {
    programs: PathBuf,
    user: Option<User>,
}

/// Somebody to be instead of root.
#[derive(Clone, Copy)]
struct User {
    id: u32,
    group: u32,
}

impl Tools {
    fn find(shell: &Shell) -> Result<Self> {
        let programs = install::postgres(shell)?;
        let root = install::user_number(shell, "-u", None) == Some(0);
        let user = if root { Some(somebody(shell)?) } else { None };
        Ok(Self { programs, user })
    }

    /// One of PostgreSQL's programs, to be run in a folder.
    fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = self.as_user(&self.programs.join(program));
        // Not in the project's folder: the other user may be unable to enter it. Settings of the developer's own
        // (`PGDATA`, `PGPORT`, …) are for another server.
        command.current_dir(folder).stdin(Stdio::null());
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        command
    }

    fn as_user(&self, program: &Path) -> Command {
        let Some(user) = self.user else { return Command::new(program) };
        let mut command = Command::new("setpriv");
        command.arg(format!("--reuid={}", user.id)).arg(format!("--regid={}", user.group));
        // Whoever ends us the hard way ends the server too.
        command.args(["--clear-groups", "--pdeathsig=QUIT", "--"]).arg(program);
        command
    }
}

/// The Debian package's user, else the one that is everywhere.
fn somebody(shell: &Shell) -> Result<User> {
    let find = |name| {
        let id = install::user_number(shell, "-u", Some(name))?;
        let group = install::user_number(shell, "-g", Some(name))?;
        Some(User { id, group })
    };
    ["postgres", "nobody"].into_iter().find_map(find).ok_or_else(|| {
        "PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody` to run it".into()
    })
}

/// How the folders begin; the number of the process follows.
const NAME: &str = "portico-postgres-";

/// Files in memory. Each test has a database, which is some 1 800 files: on a disk making them takes half a second.
const MEMORY: &str = "/dev/shm";
/// MiB that must be free there; containers often have 64.
const ROOM: u32 = 2048;

/// Whether there is room for databases in memory.
fn fits_into_memory(shell: &Shell) -> bool {
    let mut df = shell.command("df");
    df.args(["--block-size=1M", "--output=avail", MEMORY]).stderr(Stdio::null());
    let free = shell.output(&mut df).ok().and_then(|text| text.lines().last()?.trim().parse().ok());
    free.is_some_and(|free: u32| free >= ROOM)
}

/// A temporary folder, deleted when dropped.
struct Folder {
    path: PathBuf,
}

impl Folder {
    /// A folder that belongs to the user who runs PostgreSQL and that this user can reach.
    fn create(shell: &Shell, tools: &Tools, purpose: Purpose) -> Result<Self> {
        let mut refused = String::new();
        let in_memory = matches!(purpose, Purpose::Tests) && fits_into_memory(shell);
        let memory = in_memory.then(|| PathBuf::from(MEMORY));
        for parent in memory.into_iter().chain([env::temp_dir(), "/tmp".into(), "/var/tmp".into()]) {
            Self::sweep(&parent);
            let path = parent.join(format!("{NAME}{}", process::id()));
            match Self::create_at(shell, tools, path) {
                Ok(folder) => return Ok(folder),
                Err(error) => refused = format!("{refused}\n  {}: {error}", parent.display()),
            }
        }
        Err(format!("no temporary folder for PostgreSQL:{refused}"))
    }

    /// Deletes what runs left behind that were ended the hard way.
    fn sweep(parent: &Path) {
        if !Path::new("/proc/self").exists() {
            return;
        }
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let process = name.to_str().and_then(|name| name.strip_prefix(NAME)?.parse::<u32>().ok());
            if process.is_some_and(|process| !Path::new("/proc").join(process.to_string()).exists()) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    fn create_at(shell: &Shell, tools: &Tools, path: PathBuf) -> Result<Self> {
        if path.as_os_str().len() > LONGEST_FOLDER {
            return Err("its name is too long for a Unix socket".into());
        }
        DirBuilder::new().mode(0o700).create(&path).map_err(|error| error.to_string())?;
        let folder = Self { path };
        if let Some(user) = tools.user {
            chown(&folder.path, Some(user.id), Some(user.group)).map_err(|error| error.to_string())?;
            let mut test = tools.as_user(Path::new("test"));
            if !shell.succeeds(test.arg("-w").arg(&folder.path)) {
                return Err(format!("user {} cannot reach it", user.id));
            }
        }
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            eprintln!("xtask: {} was not deleted: {error}", self.path.display());
        }
    }
}

/// A port that nobody uses now.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}

fn create(file: &Path) -> Result<File> {
    // Appending, because standard output and standard error go to the same file.
    let opened = File::options().create(true).append(true).open(file);
    opened.map_err(|error| format!("{}: {error}", file.display()))
}

/// A failure with the end of what the program said about it.
fn with_log(failure: &str, log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let end = lines[lines.len().saturating_sub(20)..].join("\n  ");
    format!("{failure}\n  {end}")
}
