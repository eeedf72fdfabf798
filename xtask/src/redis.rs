//! A Redis of our own for tests: Debian's, in memory alone, on a free port, gone when we are.

use std::env;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::install;
use crate::postgres::free_port;
use crate::shell::{Result, Shell};

/// The variable by which tests learn of a Redis that they may write into.
pub const URL_VARIABLE: &str = "PORTICO_TEST_REDIS_URL";

/// How long a server may take to be ready.
const PATIENCE: Duration = Duration::from_secs(30);
/// A port that is free now may be taken a moment later, so starting is tried again.
const TRIES: u32 = 3;

/// A server for tests: one that was given, or one of our own that ends with this value.
pub struct Server {
    /// Where it is reached.
    pub url: String,
    _process: Option<Process>,
}

/// The server that `PORTICO_TEST_REDIS_URL` names, else one of our own.
pub fn server(shell: &Shell) -> Result<Server> {
    if let Ok(url) = env::var(URL_VARIABLE)
        && !url.is_empty()
    {
        return Ok(Server { url, _process: None });
    }
    let program = install::redis(shell)?;
    let mut attempt = 1;
    loop {
        match start(shell, &program) {
            Ok((port, process)) => {
                return Ok(Server { url: format!("redis://127.0.0.1:{port}"), _process: Some(process) });
            }
            Err(error) if attempt == TRIES || shell.asked_to_stop() => return Err(error),
            Err(_) => attempt += 1,
        }
    }
}

/// A running server. Dropping it stops it.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(shell: &Shell, program: &Path) -> Result<(u16, Process)> {
    let port = free_port()?;
    let mut command = shell.command(program);
    // Nothing is kept on the disk.
    command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "no"]);
    command.current_dir(env::temp_dir());
    // A group of its own: Ctrl-C in the terminal reaches us, and we end the server when its users have ended.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    let child = command.spawn().map_err(|error| format!("{}: {error}", program.display()))?;
    let mut process = Process(child);
    let deadline = Instant::now() + PATIENCE;
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    loop {
        if !matches!(process.0.try_wait(), Ok(None)) {
            return Err("Redis ended".into());
        }
        if TcpStream::connect(at).is_ok() {
            return Ok((port, process));
        }
        if shell.asked_to_stop() {
            return Err("interrupted".into());
        }
        if Instant::now() > deadline {
            return Err("Redis did not get ready".into());
        }
        shell.pause();
    }
}
