//! An S3 server of our own for tests: another program, which keeps objects in a temporary folder and checks signatures.

use std::env;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{self, Child, Stdio};
use std::time::{Duration, Instant};

use crate::install;
use crate::postgres::free_port;
use crate::shell::{Result, Shell};

/// The variable by which tests learn of a bucket that they may write into.
pub const URL_VARIABLE: &str = "PORTICO_TEST_S3_URL";

/// How long a server may take to be ready.
const PATIENCE: Duration = Duration::from_secs(30);
/// A port that is free now may be taken a moment later, so starting is tried again.
const TRIES: u32 = 3;

const BUCKET: &str = "portico";
/// As secret as the server is public.
const KEY: &str = "portico-test";

/// A bucket: one that was given, or on a server of our own that ends with this value.
pub struct Bucket {
    /// Where it is reached, as `PORTICO_STORAGE_URL` has it.
    pub url: String,
    _server: Option<Server>,
}

/// The bucket that `PORTICO_TEST_S3_URL` names, else one of our own.
pub fn bucket(shell: &Shell) -> Result<Bucket> {
    match env::var(URL_VARIABLE) {
        Ok(url) if !url.is_empty() => Ok(Bucket { url, _server: None }),
        _ => {
            let server = Server::start(shell)?;
            let url = format!(
                "s3://{BUCKET}?region=us-east-1&endpoint=http://127.0.0.1:{}&allow_http=true&access_key_id={KEY}&secret_access_key={KEY}",
                server.port
            );
            Ok(Bucket { url, _server: Some(server) })
        }
    }
}

/// A running server and its folder. Dropping it stops the server and deletes the folder.
struct Server {
    process: Option<Child>,
    folder: PathBuf,
    port: u16,
}

impl Server {
    fn start(shell: &Shell) -> Result<Self> {
        let program = install::s3_server(shell)?;
        let folder = env::temp_dir().join(format!("portico-s3-{}", process::id()));
        let mut server = Self { process: None, folder, port: 0 };
        let bucket = server.folder.join("root").join(BUCKET);
        fs::create_dir_all(&bucket).map_err(|error| format!("{}: {error}", bucket.display()))?;
        for attempt in 1..=TRIES {
            match server.start_on_free_port(shell, &program) {
                Err(error) if attempt == TRIES || shell.asked_to_stop() => return Err(error),
                Err(_) => server.stop(),
                Ok(()) => break,
            }
        }
        Ok(server)
    }

    fn start_on_free_port(&mut self, shell: &Shell, program: &PathBuf) -> Result<()> {
        self.port = free_port()?;
        let log = self.folder.join("server.log");
        let output = || File::create(&log).map_err(|error| format!("{}: {error}", log.display()));
        let mut command = shell.command(program);
        command.args(["--host", "127.0.0.1", "--port", &self.port.to_string()]);
        command.args(["--access-key", KEY, "--secret-key", KEY]).arg(self.folder.join("root"));
        // A group of its own: Ctrl-C in the terminal reaches us, and we end the server when its users have ended.
        command.stdin(Stdio::null()).stdout(output()?).stderr(Stdio::null()).process_group(0);
        self.process = Some(command.spawn().map_err(|error| format!("{}: {error}", program.display()))?);
        let deadline = Instant::now() + PATIENCE;
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        loop {
            let running = self.process.as_mut().is_some_and(|process| matches!(process.try_wait(), Ok(None)));
            if !running {
                return Err("the S3 server ended".into());
            }
            if TcpStream::connect(at).is_ok() {
                return Ok(());
            }
            if shell.asked_to_stop() {
                return Err("interrupted".into());
            }
            if Instant::now() > deadline {
                return Err("the S3 server did not get ready".into());
            }
            shell.pause();
        }
    }

    fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
