//! What the tests need from outside, installed where it is missing: Debian's PostgreSQL, radclient and Chromium, packages
//! of npm and Python, an S3 server.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::shell::{Result, Shell, find_program};

/// The oldest PostgreSQL that can order text by ICU in a whole cluster.
const OLDEST_POSTGRES: u32 = 15;

/// The folder of PostgreSQL's programs (`initdb`, `postgres`, …).
pub fn postgres(shell: &Shell) -> Result<PathBuf> {
    if let Some(folder) = find_postgres() {
        return Ok(folder);
    }
    debian_package(shell, "postgresql")?;
    find_postgres().ok_or_else(|| format!("PostgreSQL {OLDEST_POSTGRES} or newer is needed and was not found"))
}

/// The server with which several of ours count together.
pub fn redis(shell: &Shell) -> Result<PathBuf> {
    let find = || find_program("redis-server").or_else(|| find_program("valkey-server"));
    if let Some(file) = find() {
        return Ok(file);
    }
    debian_package(shell, "redis-server")?;
    find().ok_or_else(|| "Redis was installed but is not in the PATH".into())
}

/// The browser.
pub fn chromium(shell: &Shell) -> Result<PathBuf> {
    let find = || env::var_os("PORTICO_CHROMIUM").map(PathBuf::from).or_else(|| find_program("chromium"));
    if let Some(file) = find() {
        return Ok(file);
    }
    debian_package(shell, "chromium")?;
    find().ok_or_else(|| "Chromium was installed but is not in the PATH".into())
}

/// The client that asks RADIUS servers, of FreeRADIUS.
pub fn radclient(shell: &Shell) -> Result<PathBuf> {
    if let Some(file) = find_program("radclient") {
        return Ok(file);
    }
    debian_package(shell, "freeradius-utils")?;
    find_program("radclient").ok_or_else(|| "radclient was installed but is not in the PATH".into())
}

/// The version of the S3 server: newer ones ask for newer compilers.
const S3_SERVER: &str = "0.14.1";

/// The packages that a folder's `package-lock.json` names, in its `node_modules`.
pub fn npm_packages(shell: &Shell, folder: &Path) -> Result<()> {
    for program in ["node", "npm"] {
        find_program(program).ok_or_else(|| format!("`{program}` is missing: install Node.js 20 or newer"))?;
    }
    let lock_file = folder.join("package-lock.json");
    let wanted = fs::read_to_string(&lock_file).map_err(|error| format!("{}: {error}", lock_file.display()))?;
    // A copy of the lock file tells what is installed. It is written last, so half an installation has none.
    let copy = folder.join("node_modules/.installed-package-lock.json");
    if fs::read_to_string(&copy).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let mut npm = shell.command("npm");
    npm.current_dir(folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    shell.run(&mut npm)?;
    fs::write(&copy, wanted).map_err(|error| format!("{}: {error}", copy.display()))
}

/// A Python with the packages that a folder's `requirements.txt` names, in an environment of its own.
pub fn python(shell: &Shell, folder: &Path) -> Result<PathBuf> {
    let file = folder.join("requirements.txt");
    let wanted = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let home = target(shell).join("python").join(folder.file_name().unwrap_or_default());
    let (python, copy) = (home.join("bin/python"), home.join("installed-requirements.txt"));
    // As with npm, a copy of the list is written last.
    if fs::read_to_string(&copy).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    let make = || shell.run(shell.command("python3").args(["-m", "venv", "--clear"]).arg(&home));
    if find_program("python3").is_none() || make().is_err() {
        debian_package(shell, "python3-venv")?;
        make()?;
    }
    let mut pip = shell.command(&python);
    shell.run(pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(&file))?;
    fs::write(&copy, wanted).map_err(|error| format!("{}: {error}", copy.display()))?;
    Ok(python)
}

/// Where cargo builds.
fn target(shell: &Shell) -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| shell.root.join("target"), PathBuf::from);
    shell.root.join(target)
}

/// A server that speaks S3. It is a program of its own, so nothing of it gets into our tree of packages.
pub fn s3_server(shell: &Shell) -> Result<PathBuf> {
    let folder = target(shell).join(format!("s3s-fs-{S3_SERVER}"));
    let program = folder.join("bin/s3s-fs");
    if !program.is_file() {
        let mut cargo = shell.cargo(&["install", "s3s-fs", "--version", S3_SERVER, "--locked", "--features", "binary"]);
        shell.run(cargo.arg("--root").arg(&folder))?;
    }
    Ok(program)
}

/// The number that `id` prints about a user: `-u` or `-g`, of us or of somebody named.
pub fn user_number(shell: &Shell, option: &str, user: Option<&str>) -> Option<u32> {
    let mut id = shell.command("id");
    id.arg(option).args(user).stderr(std::process::Stdio::null());
    shell.output(&mut id).ok()?.trim().parse().ok()
}

/// Debian's folder of the newest version, else where `initdb` is found. Debian's own goes first because what it puts
/// into the `PATH` are wrappers that look for clusters of the system.
fn find_postgres() -> Option<PathBuf> {
    let has_programs =
        |folder: &PathBuf| ["initdb", "postgres", "pg_ctl"].iter().all(|name| folder.join(name).is_file());
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(|entry| {
        let entry = entry.ok()?;
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        let folder = entry.path().join("bin");
        (version >= OLDEST_POSTGRES && has_programs(&folder)).then_some((version, folder))
    });
    let debian = versions.max().map(|(_, folder)| folder);
    debian.or_else(|| Some(find_program("initdb")?.canonicalize().ok()?.parent()?.to_path_buf()).filter(has_programs))
}

fn debian_package(shell: &Shell, package: &str) -> Result<()> {
    let by_hand = || format!("`{package}` is missing and cannot be installed from here: install it yourself");
    find_program("apt-get").ok_or_else(by_hand)?;
    let root = user_number(shell, "-u", None) == Some(0);
    if !root {
        find_program("sudo").ok_or_else(by_hand)?;
    }
    let apt_get = |arguments: &[&str]| {
        let mut command = if root { shell.command("env") } else { shell.command("sudo") };
        if !root {
            command.arg("env");
        }
        // Another installation may be under way: wait for it instead of failing.
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "-o", "DPkg::Lock::Timeout=600"]);
        shell.run(command.args(arguments))
    };
    apt_get(&["update"])?;
    apt_get(&["install", "--yes", "--no-install-recommends", package])
}
