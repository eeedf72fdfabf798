//! The operators' reference, made from the table of settings.

use std::fmt::Write as _;

use super::SETTINGS;

const HEAD: &str = "\
# Configuration

<!-- Made from crates/portico/src/config/settings.rs; `PORTICO_TEST_WRITE=1 cargo test -p portico` writes it anew. -->

Every setting has a default, so Portico runs without any configuration. What is set later in this list wins:

1. the default,
2. the file `portico.toml`: the one that `--config` names, else the one that `PORTICO_CONFIG` names, else the one in the
   working directory if there is one (`portico demo` reads none),
3. the environment: the `PORTICO_…` variable; an empty one counts as not set, lists are separated by commas,
4. the flag.

Paths are taken from the working directory.

A wrong value or an unknown name stops the start with a line that says which and where. `portico doctor` shows every
setting with its value and where it came from, passwords masked. In addresses, special characters of a password are
written as in any URL (`%40` for `@`).

";

/// The text of `docs/operate/configuration.md`.
#[must_use]
pub fn reference() -> String {
    let mut out = HEAD.to_owned();
    out.push_str("| in `portico.toml` | in the environment | flag | default |\n|---|---|---|---|\n");
    for s in SETTINGS {
        let flag = s.flag.map_or_else(String::new, |f| format!("`{f}`"));
        let default = if s.default.is_empty() { s.absent.to_owned() } else { format!("`{}`", s.default) };
        let _ = writeln!(out, "| `{}` | `{}` | {flag} | {default} |", s.key, s.env);
    }
    let mut section = "";
    for s in SETTINGS {
        let (its, key) = s.key.split_once('.').unwrap_or(("", s.key));
        if its != section {
            section = its;
            let _ = write!(out, "\n## [{section}]\n");
        }
        let _ = write!(out, "\n### {key}\n\n{}\n\n```toml\n[{section}]\n{key} = {}\n```\n", s.about, s.example);
    }
    out
}
