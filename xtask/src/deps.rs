//! `cargo xtask deps`: rules for dependencies. `deny.toml` says the same, as far as cargo-deny can.

use std::collections::BTreeSet;
use std::process::Stdio;

use serde::Deserialize;

use crate::shell::{Result, Shell};
use crate::spdx;

/// Licences that ask for no more than a notice, and MPL-2.0, which covers only its own files.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Zlib",
];

const ONE_TLS: &str = "one TLS stack in the tree: rustls with ring";
const NO_UPKEEP: &str = "nobody looks after it any more";

/// Crates that must not be in the tree, not even by way of another, and why.
const BANNED: &[(&str, &str)] = &[
    ("aws-lc-rs", ONE_TLS),
    ("aws-lc-sys", ONE_TLS),
    ("backoff", NO_UPKEEP),
    ("bincode", NO_UPKEEP),
    ("figment", NO_UPKEEP),
    ("instant", NO_UPKEEP),
    ("josekit", "it needs OpenSSL; jsonwebtoken does the same"),
    ("native-tls", ONE_TLS),
    ("openssl", ONE_TLS),
    ("openssl-sys", ONE_TLS),
    ("paste", NO_UPKEEP),
    ("printpdf", "heavy: it brings a layout engine of its own"),
    ("proc-macro-error", NO_UPKEEP),
    ("proc-macro-error2", NO_UPKEEP),
    ("sqlx", "the database is reached through crates/db"),
    ("tower-sessions", "sessions are in crates/identity"),
];

/// Crates that we do not use ourselves, but put up with when a dependency brings them.
const DISCOURAGED: &[(&str, &str)] = &[("chrono", "dates are jiff's")];

/// Who may use whom among our own packages. Dependencies point one way:
/// kernel ← db ← app ← identity ← portico-http ← doors ← portico; `storage` sits beside `db` below `app`, `outbound`,
/// `jobs` and `radius` beside `identity` on it.
/// From `portico-http` on, nobody sees `db`: what is decided there would be decided outside `app`.
const ROOMS: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    // How methods are compiled; it knows nothing of what they do.
    ("operations", &[]),
    ("db", &["kernel"]),
    ("storage", &["kernel"]),
    ("app", &["kernel", "operations", "db", "storage"]),
    ("identity", &["kernel", "operations", "db", "app"]),
    ("outbound", &["kernel", "db", "app"]),
    // Jobs are what sends.
    ("jobs", &["kernel", "db", "app", "outbound"]),
    // A server of its own beside the doors: it speaks UDP, and asks `app` alone.
    ("radius", &["kernel", "app"]),
    // Texts in, PDF out.
    ("paper", &[]),
    ("portico-http", &["kernel", "app", "identity"]),
];

/// What a door may use, whichever door it is. Doors do not know each other.
const DOOR: &[&str] = &["kernel", "app", "identity", "portico-http", "paper"];

/// These put the parts together or look at them from outside: they may use every room and every door.
const OUTSIDE: &[&str] = &["portico", "bench", "xtask", "world"];

/// Drivers of databases, for those who may not see `db` either.
const DRIVERS: &[&str] = &["rusqlite", "libsqlite3-sys", "tokio-postgres", "postgres", "deadpool", "deadpool-postgres"];

/// What `cargo metadata` prints, as far as the rules need it.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    /// The registry or repository it comes from; nothing for a folder.
    source: Option<String>,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `dev`, `build`, or nothing for a normal one.
    kind: Option<String>,
}

impl Metadata {
    fn ours(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }

    fn foreign(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| !self.workspace_members.contains(&package.id))
    }

    /// The names of those who ask for a package.
    fn users_of(&self, name: &str) -> String {
        let users = self.packages.iter().filter(|user| user.dependencies.iter().any(|wanted| wanted.name == name));
        users.map(|user| user.name.as_str()).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
    }
}

impl Package {
    /// What it is built with; what only its tests use does not count.
    fn built_with(&self) -> impl Iterator<Item = &str> {
        let used = self.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"));
        used.map(|dependency| dependency.name.as_str())
    }

    fn is_door(&self) -> bool {
        self.manifest_path.replace('\\', "/").contains("/crates/doors/")
    }
}

/// Checks all rules and names every offence.
pub fn run(shell: &Shell) -> Result<()> {
    let metadata = metadata(shell)?;
    for warning in discouraged(&metadata) {
        println!("warning: {warning}");
    }
    let offences: Vec<String> =
        [licences(&metadata), banned(&metadata), sources(&metadata), directions(&metadata)].concat();
    if offences.is_empty() {
        println!("{} packages keep the rules", metadata.packages.len());
        Ok(())
    } else {
        Err(format!("the rules for dependencies are in xtask/src/deps.rs\n  {}", offences.join("\n  ")))
    }
}

fn metadata(shell: &Shell) -> Result<Metadata> {
    let mut cargo = shell.cargo(&["metadata", "--format-version=1", "--locked", "--offline"]);
    // The tree of all platforms is looked at, and a machine has at first only the packages of its own.
    let text = shell.output(cargo.stderr(Stdio::null())).or_else(|_| {
        let mut cargo = shell.cargo(&["metadata", "--format-version=1", "--locked", "--quiet"]);
        shell.output(&mut cargo)
    })?;
    serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))
}

fn licences(metadata: &Metadata) -> Vec<String> {
    let offence = |package: &Package| {
        let name = format!("{} {}", package.name, package.version);
        let Some(licence) = &package.license else { return Some(format!("{name} names no licence")) };
        match spdx::is_allowed(licence, LICENCES) {
            Ok(true) => None,
            Ok(false) => Some(format!("{name} has the licence `{licence}`, which is not among the allowed ones")),
            Err(error) => Some(format!("{name}: {error}")),
        }
    };
    metadata.packages.iter().filter_map(offence).collect()
}

fn banned(metadata: &Metadata) -> Vec<String> {
    let offence = |package: &Package| {
        let (name, reason) = BANNED.iter().find(|(name, _)| *name == package.name)?;
        Some(format!("{name} is banned: {reason} (used by: {})", metadata.users_of(name)))
    };
    let indirect = metadata.packages.iter().filter_map(offence);
    let direct = metadata.ours().flat_map(|package| {
        let names = package.dependencies.iter().map(|dependency| dependency.name.as_str());
        let found = names.filter_map(|name| DISCOURAGED.iter().find(|(discouraged, _)| *discouraged == name));
        found.map(|(name, reason)| format!("{} uses {name}: {reason}", package.name))
    });
    indirect.chain(direct).collect()
}

fn discouraged(metadata: &Metadata) -> Vec<String> {
    let warning = |package: &Package| {
        let (name, reason) = DISCOURAGED.iter().find(|(name, _)| *name == package.name)?;
        Some(format!("{name} is in the tree: {reason} (used by: {})", metadata.users_of(name)))
    };
    metadata.foreign().filter_map(warning).collect()
}

/// All that is not ours comes from the public registry: `Cargo.lock` then holds a checksum of everything.
fn sources(metadata: &Metadata) -> Vec<String> {
    let from_registry = |package: &Package| package.source.as_deref().is_some_and(|it| it.starts_with("registry+"));
    let offence = |package: &Package| {
        let source = package.source.as_deref().unwrap_or("a folder");
        format!("{} {} comes from {source}, not from the registry", package.name, package.version)
    };
    let mut offences: Vec<String> = metadata.foreign().filter(|package| !from_registry(package)).map(offence).collect();
    let registries: BTreeSet<&str> =
        metadata.foreign().filter(|it| from_registry(it)).filter_map(|it| it.source.as_deref()).collect();
    if registries.len() > 1 {
        offences.push(format!("packages come from {} registries", registries.len()));
    }
    offences
}

fn directions(metadata: &Metadata) -> Vec<String> {
    let ours: BTreeSet<&str> = metadata.ours().map(|package| package.name.as_str()).collect();
    let mut offences = Vec::new();
    for package in metadata.ours() {
        let name = package.name.as_str();
        let may_use = if package.is_door() {
            DOOR
        } else if OUTSIDE.contains(&name) {
            continue;
        } else if let Some((_, may_use)) = ROOMS.iter().find(|(room, _)| *room == name) {
            may_use
        } else {
            offences.push(format!("{name} is a new room: say in ROOMS what it may use"));
            continue;
        };
        let may_use_drivers = name == "db" || may_use.contains(&"db");
        for used in package.built_with() {
            if ours.contains(used) && !may_use.contains(&used) {
                offences.push(format!("{name} must not depend on {used}"));
            } else if DRIVERS.contains(&used) && !may_use_drivers {
                offences.push(format!("{name} must not depend on {used}: databases are behind app"));
            }
        }
    }
    offences
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Our own package in a folder below `crates/`, and what it uses: `name` or `name dev`.
    fn ours(folder: &str, name: &str, uses: &[&str]) -> Package {
        let manifest_path = format!("/portico/crates/{folder}/Cargo.toml");
        Package { source: None, manifest_path, ..foreign(name, "MIT OR Apache-2.0", uses) }
    }

    fn foreign(name: &str, licence: &str, uses: &[&str]) -> Package {
        let dependency = |text: &&str| {
            let (name, kind) = text.split_once(' ').map_or((*text, None), |(name, kind)| (name, Some(kind.to_owned())));
            Dependency { name: name.to_owned(), kind }
        };
        Package {
            id: name.to_owned(),
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: Some(licence.to_owned()),
            source: Some("registry+the-registry".to_owned()),
            manifest_path: format!("/cargo/{name}/Cargo.toml"),
            dependencies: uses.iter().map(dependency).collect(),
        }
    }

    fn tree(packages: Vec<Package>) -> Metadata {
        let ours = packages.iter().filter(|package| package.manifest_path.starts_with("/portico/"));
        let workspace_members = ours.map(|package| package.id.clone()).collect();
        Metadata { packages, workspace_members }
    }

    #[test]
    fn the_house_as_it_is_meant_keeps_the_rules() {
        let tree = tree(vec![
            ours("kernel", "kernel", &["serde"]),
            ours("db", "db", &["kernel", "rusqlite", "tokio-postgres"]),
            ours("storage", "storage", &["kernel"]),
            ours("app", "app", &["kernel", "db", "storage"]),
            ours("identity", "identity", &["kernel", "db", "app"]),
            ours("outbound", "outbound", &["kernel", "db", "app"]),
            ours("jobs", "jobs", &["app"]),
            ours("http", "portico-http", &["kernel", "app", "identity"]),
            ours("doors/dwellingly", "dwellingly", &["kernel", "app", "identity", "portico-http", "db dev"]),
            ours("doors/ui", "ui", &["portico-http", "rusqlite dev"]),
            ours("portico", "portico", &["kernel", "db", "app", "jobs", "outbound", "dwellingly", "ui"]),
            ours("../bench", "bench", &["db", "rusqlite", "portico"]),
            foreign("serde", "MIT/Apache-2.0", &[]),
            foreign("rusqlite", "MIT", &[]),
        ]);
        assert_eq!([licences(&tree), banned(&tree), sources(&tree), directions(&tree)].concat(), [""; 0]);
    }

    #[test]
    fn dependencies_point_one_way() {
        let tree = tree(vec![
            ours("kernel", "kernel", &["rusqlite"]),
            ours("db", "db", &["app"]),
            ours("app", "app", &[]),
            ours("jobs", "jobs", &["ui", "jobs dev"]),
            ours("outbound", "outbound", &[]),
            ours("http", "portico-http", &["db", "deadpool-postgres"]),
            ours("storage", "storage", &["db"]),
            ours("doors/dwellingly", "dwellingly", &["db build", "ui", "tokio-postgres", "kernel"]),
            ours("doors/ui", "ui", &["outbound"]),
            ours("garage", "garage", &["kernel"]),
        ]);
        assert_eq!(
            directions(&tree),
            [
                "kernel must not depend on rusqlite: databases are behind app",
                "db must not depend on app",
                "jobs must not depend on ui",
                "portico-http must not depend on db",
                "portico-http must not depend on deadpool-postgres: databases are behind app",
                "storage must not depend on db",
                "dwellingly must not depend on db",
                "dwellingly must not depend on ui",
                "dwellingly must not depend on tokio-postgres: databases are behind app",
                "ui must not depend on outbound",
                "garage is a new room: say in ROOMS what it may use",
            ]
        );
    }

    #[test]
    fn banned_crates_are_named_with_those_who_bring_them() {
        let tree = tree(vec![
            ours("kernel", "kernel", &["mail"]),
            ours("app", "app", &["openssl dev"]),
            foreign("mail", "MIT", &["openssl"]),
            foreign("openssl", "MIT", &[]),
        ]);
        assert_eq!(banned(&tree), [format!("openssl is banned: {ONE_TLS} (used by: app, mail)")]);
    }

    #[test]
    fn a_discouraged_crate_is_refused_from_us_and_tolerated_from_others() {
        let brought = tree(vec![
            ours("app", "app", &["mail"]),
            foreign("mail", "MIT", &["chrono"]),
            foreign("chrono", "MIT", &[]),
        ]);
        assert_eq!(banned(&brought), [""; 0]);
        assert_eq!(discouraged(&brought), ["chrono is in the tree: dates are jiff's (used by: mail)"]);
        let used = tree(vec![ours("app", "app", &["chrono"]), foreign("chrono", "MIT", &[])]);
        assert_eq!(banned(&used), ["app uses chrono: dates are jiff's"]);
    }

    #[test]
    fn licences_and_sources_are_known() {
        let mut tree = tree(vec![
            foreign("fine", "Apache-2.0 OR GPL-3.0-only", &[]),
            foreign("copyleft", "AGPL-3.0-only", &[]),
            Package { license: None, ..foreign("silent", "", &[]) },
            Package { source: Some("git+somewhere".to_owned()), ..foreign("fork", "MIT", &[]) },
            Package { source: None, ..foreign("neighbour", "MIT", &[]) },
        ]);
        assert_eq!(
            licences(&tree),
            [
                "copyleft 1.0.0 has the licence `AGPL-3.0-only`, which is not among the allowed ones",
                "silent 1.0.0 names no licence",
            ]
        );
        assert_eq!(
            sources(&tree),
            [
                "fork 1.0.0 comes from git+somewhere, not from the registry",
                "neighbour 1.0.0 comes from a folder, not from the registry",
            ]
        );
        tree.packages.retain(|package| package.name == "fine");
        tree.packages.push(Package { source: Some("registry+another".to_owned()), ..foreign("other", "MIT", &[]) });
        assert_eq!(sources(&tree), ["packages come from 2 registries"]);
    }

    #[test]
    fn the_table_names_only_rooms_that_are_there() {
        for (room, may_use) in ROOMS {
            for used in *may_use {
                let before = ROOMS.iter().take_while(|(earlier, _)| earlier != room);
                assert!(before.map(|(earlier, _)| earlier).any(|earlier| earlier == used), "{room} uses {used}");
            }
        }
    }

    #[test]
    fn deny_toml_says_the_same() {
        let text = include_str!("../../deny.toml");
        let banned: Vec<&str> = text.lines().filter(|line| line.contains("crate = ")).collect();
        let expected: Vec<String> =
            BANNED.iter().map(|(name, reason)| format!("  {{ crate = \"{name}\", reason = \"{reason}\" }},")).collect();
        assert_eq!(banned, expected);
        let allowed = text.split_once("\nallow = [\n").and_then(|(_, rest)| rest.split_once("]")).unwrap().0;
        let allowed = allowed.lines().map(|line| line.trim().trim_matches(|c| c == '"' || c == ','));
        assert_eq!(allowed.filter(|licence| !licence.contains(" WITH ")).collect::<Vec<_>>(), LICENCES);
    }
}
