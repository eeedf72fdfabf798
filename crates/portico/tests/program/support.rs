//! Starting the program and talking to it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

/// A data directory, and the database of an install in it.
pub struct Site {
    pub dir: PathBuf,
    /// `None` is SQLite in the directory.
    pub postgres: Option<String>,
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// A new site on each database that tests run on. PostgreSQL is there where the test command started one.
pub async fn sites(name: &str) -> Vec<Site> {
    let mut sites = vec![Site { dir: folder(), postgres: None }];
    if let Some(server) = std::env::var("PORTICO_TEST_POSTGRES_URL").ok().filter(|s| !s.is_empty()) {
        let database = format!("program_{name}_{}", std::process::id());
        db::testing::command(&server, &format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await.unwrap();
        db::testing::command(&server, &format!("CREATE DATABASE {database}")).await.unwrap();
        sites.push(Site { dir: folder(), postgres: Some(db::testing::with_database(&server, &database)) });
    }
    sites
}

/// A folder on a real disk: what survives a crash is tested here.
pub fn folder() -> PathBuf {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let n = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let dir = std::env::temp_dir().join(format!("portico-program-{}-{n}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

impl Site {
    /// A command on this site.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut c = Command::new(env!("CARGO_BIN_EXE_portico"));
        c.args(args).env_clear().env("PORTICO_DATA", &self.dir).env("PORTICO_LOG", "warn").current_dir(&self.dir);
        if let Some(url) = &self.postgres {
            c.env("PORTICO_DATABASE_URL", url);
        }
        c
    }

    pub fn output(&self, args: &[&str]) -> Output {
        self.command(args).stdin(Stdio::null()).output().unwrap()
    }

    /// Runs a command that must succeed; answers what it printed.
    pub fn run(&self, args: &[&str]) -> String {
        let out = self.output(args);
        assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    }

    /// Makes an organization with an admin who can sign in.
    pub fn found(&self) {
        self.run(&["organization", "create", "House & Co", "--country", "AT", "--currency", "EUR"]);
        let person = ["person", "create", "--first", "Ada", "--last", "Admin", "--email", "ada@example.org"];
        self.run(&[&person[..], &["--role", "admin"]].concat());
        self.set_password("ada@example.org", "correct-horse-9");
    }

    pub fn set_password(&self, email: &str, password: &str) {
        let mut c = self.command(&["login", "set-password", email]).stdin(Stdio::piped()).spawn().unwrap();
        writeln!(c.stdin.take().unwrap(), "{password}").unwrap();
        assert!(c.wait().unwrap().success());
    }

    pub fn serve(&self) -> Server {
        Server::start(self.command(&["serve", "--listen", "127.0.0.1:0"]))
    }
}

/// A server that runs.
pub struct Server {
    pub child: Child,
    pub at: SocketAddr,
    /// What it printed before it said where it is.
    pub greeting: String,
}

impl Server {
    /// Starts it and waits until it says where it is.
    #[expect(clippy::zombie_processes, reason = "dropping a server waits for it")]
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut greeting = String::new();
        loop {
            let line = lines.next().expect("the server says where it is").unwrap();
            if let Some(at) = line.strip_prefix("Portico is at http://") {
                let at = at.parse().unwrap();
                // The rest goes nowhere, but the pipe stays open.
                std::thread::spawn(move || lines.for_each(drop));
                return Self { child, at, greeting };
            }
            greeting.push_str(&line);
            greeting.push('\n');
        }
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// Stops it in good order.
    pub fn stop(mut self) -> ExitStatus {
        self.signal("-TERM");
        self.child.wait().unwrap()
    }

    /// Ends it on the spot.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn sign_in(&self) -> String {
        let (status, body) = send(
            self.at,
            "POST",
            "/api/login",
            None,
            Some(&json!({"email": "ada@example.org", "password": "correct-horse-9"})),
        )
        .unwrap();
        assert_eq!(status, 200, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request on a connection of its own. An error is a connection that broke before the whole answer came.
pub fn send(
    at: SocketAddr,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> std::io::Result<(u16, Value)> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let auth = token.map(|t| format!("Authorization: Bearer {t}\r\n")).unwrap_or_default();
    let mut stream = TcpStream::connect(at)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{auth}\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let broken = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(broken)?;
    let status = head.get(9..12).and_then(|s| s.parse().ok()).ok_or_else(broken)?;
    let length =
        head.lines().find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
    if length.is_some_and(|n| n != body.len()) {
        return Err(broken());
    }
    Ok((status, serde_json::from_str(body).unwrap_or(Value::String(body.to_owned()))))
}

/// Whether the file's mode lets nobody but the owner in.
pub fn is_private(path: &Path) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o077 == 0
}
