//! The four layers, and what of each setting is left when they lie on top of each other.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt,
    path::{Path, PathBuf},
};

use toml::de::{DeTable, DeValue};

use super::{SETTINGS, Setting, secret::mask};

/// Which file is read.
#[derive(Clone, Debug, Default)]
pub enum File {
    /// `PORTICO_CONFIG`, else `portico.toml` in the working directory if there is one.
    #[default]
    Usual,
    /// This one; it must be there.
    Named(PathBuf),
    /// None.
    None,
}

/// Where settings come from. Tests make their own.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Defaults of a command that differ from the usual ones: key and value.
    pub defaults: Vec<(&'static str, String)>,
    /// The file.
    pub file: File,
    /// The environment; only `PORTICO_…` is looked at.
    pub env: Vec<(OsString, OsString)>,
    /// Flags that were given: key and value.
    pub flags: Vec<(&'static str, String)>,
}

/// The variable that names the file.
pub(super) const FILE_VARIABLE: &str = "PORTICO_CONFIG";
const USUAL_FILE: &str = "portico.toml";

/// Where a value was set.
#[derive(Clone, Debug)]
enum Origin {
    Default,
    File(PathBuf, usize),
    Environment(&'static str),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => write!(f, "{name} in the environment"),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// One setting for operators to see.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub key: &'static str,
    pub value: String,
    pub from: String,
}

/// The settings as text, the topmost layer's, and all faults found so far.
pub(super) struct Layers {
    values: BTreeMap<&'static str, (Vec<String>, Origin)>,
    faults: Vec<String>,
}

impl Layers {
    pub fn merge(sources: Sources) -> Self {
        let mut layers = Self { values: BTreeMap::new(), faults: Vec::new() };
        for setting in SETTINGS {
            layers.set_text(setting, setting.default, Origin::Default);
        }
        for (key, value) in sources.defaults {
            layers.set_known(key, &value, Origin::Default);
        }
        let env = layers.own_variables(sources.env);
        let named = env.iter().find(|(name, _)| name == FILE_VARIABLE).map(|(_, value)| PathBuf::from(value));
        match (sources.file, named) {
            (File::None, _) => {}
            (File::Named(path), _) | (File::Usual, Some(path)) => layers.read_file(&path),
            (File::Usual, None) if Path::new(USUAL_FILE).exists() => layers.read_file(Path::new(USUAL_FILE)),
            (File::Usual, None) => {}
        }
        for (name, value) in env.iter().filter(|(name, _)| name != FILE_VARIABLE) {
            match Setting::of_env(name) {
                Some(setting) => layers.set_text(setting, value, Origin::Environment(setting.env)),
                None => {
                    let near = nearest(name, SETTINGS.iter().map(|s| s.env));
                    layers.faults.push(format!("{name} in the environment: there is no such setting{near}"));
                }
            }
        }
        for (key, value) in sources.flags {
            let flag = Setting::of(key).and_then(|s| s.flag).unwrap_or("a flag");
            layers.set_known(key, &value, Origin::Flag(flag));
        }
        layers
    }

    /// What is for Portico, as text. An empty variable counts as not set.
    fn own_variables(&mut self, env: Vec<(OsString, OsString)>) -> Vec<(String, String)> {
        let mut own = Vec::new();
        for (name, value) in env {
            let Some(name) = name.to_str().filter(|n| n.starts_with("PORTICO_") && !foreign(n)) else { continue };
            match value.into_string() {
                Ok(value) if value.is_empty() => {}
                Ok(value) => own.push((name.to_owned(), value)),
                Err(_) => self.faults.push(format!("{name} in the environment: is not UTF-8")),
            }
        }
        own.sort();
        own
    }

    fn set_known(&mut self, key: &'static str, value: &str, origin: Origin) {
        match Setting::of(key) {
            Some(setting) => self.set_text(setting, value, origin),
            None => self.faults.push(format!("{key} ({origin}): there is no such setting")),
        }
    }

    fn set_text(&mut self, setting: &'static Setting, value: &str, origin: Origin) {
        let values = if setting.many {
            value.split(',').map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned).collect()
        } else {
            Some(value.to_owned()).filter(|v| !v.is_empty()).into_iter().collect()
        };
        self.values.insert(setting.key, (values, origin));
    }

    fn read_file(&mut self, path: &Path) {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) => return self.faults.push(format!("{}: {e}", path.display())),
        };
        let at = |offset: usize| Origin::File(path.to_owned(), line(&text, offset));
        let document = match DeTable::parse(&text) {
            Ok(document) => document,
            Err(e) => {
                let at = at(e.span().map_or(0, |span| span.start));
                return self.faults.push(format!("{at}: {}", e.message()));
            }
        };
        for (section, inside) in document.get_ref() {
            let Some(table) = inside.get_ref().as_table() else {
                self.unknown(section.get_ref(), &at(section.span().start));
                continue;
            };
            for (key, value) in table {
                let key_path = format!("{}.{}", section.get_ref(), key.get_ref());
                let origin = at(key.span().start);
                match Setting::of(&key_path) {
                    None => self.unknown(&key_path, &origin),
                    Some(setting) => match texts(setting, value.get_ref()) {
                        Ok(values) => drop(self.values.insert(setting.key, (values, origin))),
                        Err(wrong) => self.faults.push(format!("{key_path} ({origin}): {wrong}")),
                    },
                }
            }
        }
    }

    fn unknown(&mut self, key: &str, origin: &Origin) {
        let near = nearest(key, SETTINGS.iter().map(|s| s.key));
        self.faults.push(format!("{key} ({origin}): there is no such setting{near}"));
    }

    /// The value of a setting that has one always: from its default, if from nowhere else.
    pub fn required<T>(&mut self, key: &'static str, parse: impl Fn(&str) -> Result<T, String>) -> T {
        if let Some(value) = self.optional(key, &parse) {
            return value;
        }
        // Emptied, or faulty: the fault is noted, and the default goes on so that further faults are found.
        let default = Setting::of(key).map_or("", |s| s.default);
        #[expect(clippy::expect_used, reason = "a test loads the defaults")]
        parse(default).expect("the default is good")
    }

    /// The value of a setting that may be absent.
    pub fn optional<T>(&mut self, key: &'static str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        self.list(key, parse).pop()
    }

    /// The values of a setting that may have several.
    pub fn list<T, E: fmt::Display>(&mut self, key: &'static str, parse: impl Fn(&str) -> Result<T, E>) -> Vec<T> {
        let Some((values, origin)) = self.values.get(key) else { return Vec::new() };
        let mut good = Vec::new();
        for value in values {
            match parse(value) {
                Ok(value) => good.push(value),
                Err(wrong) => self.faults.push(format!("{key} ({origin}): {wrong}")),
            }
        }
        good
    }

    pub fn shown(&self) -> Vec<Shown> {
        let of = |setting: &Setting| {
            let (values, origin) = self.values.get(setting.key)?;
            let value = values.iter().map(|v| mask(v)).collect::<Vec<_>>().join(", ");
            let value = if value.is_empty() { setting.absent.to_owned() } else { value };
            Some(Shown { key: setting.key, value, from: origin.to_string() })
        };
        SETTINGS.iter().filter_map(of).collect()
    }

    pub fn faults(self) -> Vec<String> {
        self.faults
    }
}

/// Variables that begin like ours and are not: what Kubernetes sets for a service called "portico", and what tests of
/// Portico itself use.
fn foreign(name: &str) -> bool {
    name == "PORTICO_PORT"
        || ["PORTICO_PORT_", "PORTICO_SERVICE_", "PORTICO_TEST_"].iter().any(|prefix| name.starts_with(prefix))
}

fn texts(setting: &Setting, value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let text = |value: &DeValue<'_>| match value {
        DeValue::String(s) => Ok(s.to_string()),
        DeValue::Integer(n) if n.radix() == 10 => Ok(n.as_str().to_owned()),
        other => Err(format!("must be a text, not {} {}", article(other.type_str()), other.type_str())),
    };
    match value {
        DeValue::Array(all) if setting.many => all.iter().map(|one| text(one.get_ref())).collect(),
        one if setting.many => Err(format!("must be a list, not {} {}", article(one.type_str()), one.type_str())),
        one => text(one).map(|text| if text.is_empty() { Vec::new() } else { vec![text] }),
    }
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" }
}

fn line(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1
}

/// `; did you mean …?` when a known name is near.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|known| (distance(name, known), known))
        .min()
        .filter(|(distance, known)| *distance <= known.len() / 4)
        .map_or_else(String::new, |(_, known)| format!("; did you mean {known}?"))
}

/// How many letters must be put in, left out or changed to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
