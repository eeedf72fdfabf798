//! An install to measure.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use app::{App, PostgresOptions};
use db::{Db, testing};
use kernel::{Clock, Random};
use serde_json::json;

use crate::{
    Result,
    bench::{Bench, Kind},
    http,
    server::Server,
};

/// The admin who signs in.
pub const EMAIL: &str = "ada@example.org";
/// The admin's password.
pub const PASSWORD: &str = "correct-horse-9";

/// A data directory, and the database of an install in it.
pub struct Site {
    pub dir: PathBuf,
    program: PathBuf,
    /// The database's address; nothing for SQLite in the directory.
    postgres: Option<String>,
}

impl Site {
    /// A site of this name with an organization and its admin; whether it was made now and not in this run before.
    pub fn open(bench: &Bench, name: &str, kind: Kind) -> Result<(Self, bool)> {
        let name = format!("{name}_{}", kind.name().to_ascii_lowercase());
        let (dir, database) = (bench.folder.join(&name), format!("bench_{name}"));
        let server = bench.postgres.as_ref().filter(|_| kind == Kind::Postgres);
        let postgres = server.map(|url| testing::with_database(url, &database));
        let site = Self { dir, program: bench.program.clone(), postgres };
        if site.dir.exists() {
            return Ok((site, false));
        }
        fs::create_dir(&site.dir).map_err(|e| format!("{}: {e}", site.dir.display()))?;
        if let Some(server) = server {
            for sql in
                [format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"), format!("CREATE DATABASE {database}")]
            {
                sql_command(server, &sql)?;
            }
        }
        site.run(&["organization", "create", "House & Co", "--country", "AT", "--currency", "EUR"])?;
        site.person("Ada", EMAIL, "admin")?;
        let mut command = site.command(&["login", "set-password", EMAIL]);
        let mut child = command.stdin(Stdio::piped()).spawn().map_err(|e| format!("{command:?}: {e}"))?;
        let typed = child.stdin.take().map(|mut input| writeln!(input, "{PASSWORD}"));
        match (typed, child.wait()) {
            (Some(Ok(())), Ok(status)) if status.success() => Ok((site, true)),
            _ => Err(format!("{command:?} failed")),
        }
    }

    /// Makes a member of the staff; answers the id.
    pub fn person(&self, first: &str, email: &str, role: &str) -> Result<i64> {
        let person = ["person", "create", "--first", first, "--last", "Member", "--email", email, "--role", role];
        self.run(&person)?.parse().map_err(|_| "no id".to_owned())
    }

    /// A command on this site.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).env_clear().env("PORTICO_DATA", &self.dir).current_dir(&self.dir);
        if let Some(url) = &self.postgres {
            command.env("PORTICO_DATABASE_URL", url);
        }
        command
    }

    /// Runs a command that must succeed; answers what it printed.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let mut command = self.command(arguments);
        let out = command.stdin(Stdio::null()).output().map_err(|e| format!("{command:?}: {e}"))?;
        if out.status.success() {
            Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
        } else {
            Err(format!("{command:?}: {}", String::from_utf8_lossy(&out.stderr)))
        }
    }

    /// Serves it. The log is as it is by default, a line of JSON for each request; it goes to /dev/null, because what
    /// its reader does with it is not the server's.
    pub fn serve(&self) -> Result<Server> {
        Server::start(self.command(&["serve", "--listen", "127.0.0.1:0"]).stderr(Stdio::null()))
    }

    /// How many statements a GET runs, as the request log tells it.
    pub fn queries(&self, path: &str) -> Result<u64> {
        let log = self.dir.join("log");
        let file = File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
        let server = Server::start(self.command(&["serve", "--listen", "127.0.0.1:0"]).stderr(file))?;
        let token = sign_in(&server)?;
        http::send(server.at, "GET", path, &token, None)?.expect(200)?;
        server.stop()?;
        let text = fs::read_to_string(&log).map_err(|e| format!("{}: {e}", log.display()))?;
        let mut lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let line = lines.rfind(|line| line["method"] == "GET").ok_or("the request is not in the log")?;
        line["queries"].as_u64().ok_or_else(|| format!("no number of statements in {line}"))
    }

    /// The argument that names its database for a floor.
    pub fn database(&self) -> String {
        self.postgres.clone().unwrap_or_else(|| self.file().display().to_string())
    }

    /// The application on its database, in this process.
    pub fn app(&self) -> Result<App> {
        self.app_at(Clock::System)
    }

    /// The same on a clock of one's own.
    pub fn app_at(&self, clock: Clock) -> Result<App> {
        let random = Random::System;
        let db = match &self.postgres {
            None => Db::sqlite(&self.file(), &random),
            Some(url) => Db::postgres(url, PostgresOptions::default(), &random),
        };
        Ok(App::new(db.map_err(|e| e.to_string())?, clock, random, "http://localhost"))
    }

    /// What PostgreSQL does of its own accord a minute after so many rows were written: it looks how they lie.
    pub fn settle(&self) -> Result<()> {
        self.postgres.as_ref().map_or(Ok(()), |url| sql_command(url, "VACUUM ANALYZE"))
    }

    fn file(&self) -> PathBuf {
        Path::new(&self.dir).join("portico.db")
    }
}

/// The access token of a new sign-in of the admin.
pub fn sign_in(server: &Server) -> Result<String> {
    let body = json!({"email": EMAIL, "password": PASSWORD});
    let answer = http::send(server.at, "POST", "/api/login", "", Some(&body))?.expect(200)?;
    answer["access_token"].as_str().map(str::to_owned).ok_or_else(|| "no token after signing in".into())
}

fn sql_command(url: &str, sql: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(testing::command(url, sql)).map_err(|e| format!("{sql}: {e}"))
}
