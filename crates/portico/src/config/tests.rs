use std::{ffi::OsString, path::PathBuf, sync::atomic::AtomicU32};

use super::*;

/// A file of its own for a test; gone with it.
struct Toml(PathBuf);

impl Toml {
    fn new(text: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let n = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("portico-config-{}-{n}.toml", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for Toml {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn env(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(a, b)| (a.into(), b.into())).collect()
}

fn from_env(pairs: &[(&str, &str)]) -> Outcome<Config> {
    Config::load(Sources { file: File::None, env: env(pairs), ..Sources::default() })
}

fn from_file(text: &str) -> Result<Config, String> {
    let file = Toml::new(text);
    let shown = file.0.display().to_string();
    Config::load(Sources { file: File::Named(file.0.clone()), ..Sources::default() })
        .map_err(|e| e.to_string().replace(&shown, "portico.toml").replace("The configuration is wrong: ", ""))
}

#[test]
fn nothing_needs_to_be_configured() {
    let config = from_env(&[]).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.public_url(config.server.listen), "http://127.0.0.1:8080");
    assert_eq!(config.server.public_url("[::]:80".parse().unwrap()), "http://localhost:80");
    assert_eq!(config.server.shutdown_grace, Duration::from_secs(30));
    assert_eq!(config.database, Database::Sqlite("portico-data/portico.db".into()));
    assert_eq!(config.storage, Storage::Directory("portico-data/files".into()));
    assert_eq!(config.mail.from.name.as_deref(), Some("Portico"));
    assert!(config.mail.smtp.is_none() && config.limits.redis.is_none() && config.server.cors_origins.is_none());
    assert_eq!((config.log.filter, config.log.format), (None, LogFormat::Auto));
}

#[test]
fn each_layer_lies_on_the_one_before() {
    let file = Toml::new("[server]\nlisten = \"1.1.1.1:1\"\nshutdown_grace = 5\n[data]\ndir = 'in-file'\n");
    let load = |env_pairs: &[(&str, &str)], flags: &[(&'static str, &str)]| {
        let flags = flags.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
        let defaults = vec![("data.dir", "a-default".to_owned()), ("log.format", "json".to_owned())];
        let file = File::Named(file.0.clone());
        let c = Config::load(Sources { defaults, file, env: env(env_pairs), flags }).unwrap();
        format!("{} {} {:?}", c.server.listen, c.data.dir.display(), c.log.format)
    };
    assert_eq!(load(&[], &[]), "1.1.1.1:1 in-file Json");
    assert_eq!(load(&[("PORTICO_LISTEN", "2.2.2.2:2"), ("PORTICO_DATA", "")], &[]), "2.2.2.2:2 in-file Json");
    let flags = [("server.listen", "3.3.3.3:3"), ("data.dir", "flagged")];
    assert_eq!(load(&[("PORTICO_LISTEN", "2.2.2.2:2"), ("PORTICO_DATA", "env")], &flags), "3.3.3.3:3 flagged Json");
}

#[test]
fn the_file_is_named_by_a_variable_too() {
    let file = Toml::new("[server]\nlisten = \"1.1.1.1:1\"\n");
    let path = file.0.to_str().unwrap();
    let config = Config::load(Sources { env: env(&[("PORTICO_CONFIG", path)]), ..Sources::default() }).unwrap();
    assert_eq!(config.server.listen.to_string(), "1.1.1.1:1");
    let missing = from_file_named("/nowhere/portico.toml");
    assert!(missing.contains("/nowhere/portico.toml: No such file"), "{missing}");
}

fn from_file_named(path: &str) -> String {
    Config::load(Sources { file: File::Named(path.into()), ..Sources::default() }).unwrap_err().to_string()
}

#[test]
fn every_fault_tells_its_key_and_its_place() {
    for (text, fault) in [
        (
            "[server]\nlisten = \"8080\"",
            "server.listen (portico.toml:2): `8080` is not an address with a port, like 127.0.0.1:8080",
        ),
        (
            "\n\n[server]\nlisen = 1",
            "server.lisen (portico.toml:4): there is no such setting; did you mean server.listen?",
        ),
        ("listen = 1", "listen (portico.toml:1): there is no such setting"),
        ("[sever]\nx = 1", "sever.x (portico.toml:2): there is no such setting"),
        ("[server]\nlisten = true", "server.listen (portico.toml:2): must be a text, not a boolean"),
        ("[server]\nlisten = ['a']", "server.listen (portico.toml:2): must be a text, not an array"),
        ("[server]\ntrusted_proxies = '::1'", "server.trusted_proxies (portico.toml:2): must be a list, not a string"),
        (
            "[server]\ntrusted_proxies = ['::1', 'proxy']",
            "server.trusted_proxies (portico.toml:2): `proxy` is neither an address nor a network like 10.0.0.0/8",
        ),
        (
            "[server]\nshutdown_grace = -1",
            "server.shutdown_grace (portico.toml:2): `-1` is not a whole number of seconds up to 3600",
        ),
        (
            "[mail]\nfrom = 'nobody'",
            "mail.from (portico.toml:2): `nobody` is not like `House Management <portico@example.org>`",
        ),
        (
            "[mail]\nsmtp_url = 'mail:secret@host'\n[limits]\nredis_url='redis://a:secret@'",
            "mail.smtp_url (portico.toml:2): must be like `smtp://` or `smtps://host`, with `%40` for an `@` in a password; \
             limits.redis_url (portico.toml:4): must be like `redis://` or `rediss://host`, with `%40` for an `@` in a password",
        ),
    ] {
        assert_eq!(from_file(text).unwrap_err(), fault, "{text}");
    }
    let broken = from_file("[server]\nlisten = \n").unwrap_err();
    assert!(broken.starts_with("portico.toml:2: "), "{broken}");

    for (name, value, fault) in [
        ("PORTICO_LISTEN", "x", "server.listen (PORTICO_LISTEN in the environment): `x` is not an address"),
        (
            "PORTICO_LISTN",
            "x",
            "PORTICO_LISTN in the environment: there is no such setting; did you mean PORTICO_LISTEN?",
        ),
        (
            "PORTICO_DATABASE_URL",
            "mysql://a:secret@b",
            "database.url (PORTICO_DATABASE_URL in the environment): must begin with",
        ),
        ("PORTICO_LOG", "portico=loud", "log.filter (PORTICO_LOG in the environment): `portico=loud` is no log filter"),
        ("PORTICO_LOG_FORMAT", "xml", "log.format (PORTICO_LOG_FORMAT in the environment): `xml` is not one of"),
    ] {
        let shown = from_env(&[(name, value)]).unwrap_err().to_string();
        assert!(shown.contains(fault) && !shown.contains("secret"), "{shown}");
    }
    let flags = vec![("server.listen", "x".to_owned())];
    let shown = Config::load(Sources { file: File::None, flags, ..Sources::default() }).unwrap_err().to_string();
    assert!(shown.contains("server.listen (--listen): `x`"), "{shown}");
}

#[test]
fn variables_of_others_are_left_alone() {
    from_env(&[
        ("PORTICO_PORT", "tcp://10.0.0.1:80"),
        ("PORTICO_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("PORTICO_SERVICE_HOST", "10.0.0.1"),
        ("PORTICO_TEST_DATABASE_URL", "x"),
        ("PATH", "/bin"),
    ])
    .unwrap();
}

#[test]
fn addresses() {
    let good = |name: &str, value: &str| from_env(&[(name, value)]).unwrap_or_else(|e| panic!("{value}: {e}"));
    let bad = |name: &str, value: &str| drop(from_env(&[(name, value)]).expect_err(value));

    let sqlite = |path: &str| Database::Sqlite(path.into());
    assert_eq!(good("PORTICO_DATABASE_URL", "sqlite:/srv/a.db").database, sqlite("/srv/a.db"));
    assert_eq!(good("PORTICO_DATABASE_URL", "sqlite:///srv/a.db").database, sqlite("/srv/a.db"));
    assert_eq!(good("PORTICO_DATABASE_URL", "sqlite:a.db").database, sqlite("a.db"));
    for url in ["postgres://u:p@h/d", "postgresql://h,i:5433/d", "postgres:///d?host=/run/postgresql"] {
        assert!(matches!(good("PORTICO_DATABASE_URL", url).database, Database::Postgres(s) if s.expose() == url));
    }
    for url in ["sqlite:", "sqlite::memory:", "postgres://", "postgres:h", "mysql://h", "a.db", "sqlite:a?mode=ro"] {
        bad("PORTICO_DATABASE_URL", url);
    }

    assert_eq!(good("PORTICO_STORAGE_URL", "file:/srv/files").storage, Storage::Directory("/srv/files".into()));
    assert!(matches!(good("PORTICO_STORAGE_URL", "s3://b?region=x").storage, Storage::S3(_)));
    for url in ["file:", "s3:b", "s3://", "s3://?x", "https://b"] {
        bad("PORTICO_STORAGE_URL", url);
    }

    for (url, kept) in [("https://a.example/", "https://a.example"), ("http://[::1]:8080", "http://[::1]:8080")] {
        assert_eq!(good("PORTICO_PUBLIC_URL", url).server.public_url.unwrap(), kept);
    }
    for url in ["a.example", "ftp://a", "https://a/b", "https://a?b", "https://a#b", "https://u:p@a", "https://"] {
        bad("PORTICO_PUBLIC_URL", url);
    }

    let origins = good("PORTICO_CORS_ORIGINS", "https://A.example, http://localhost:3000").server.cors_origins.unwrap();
    assert_eq!(origins, ["https://a.example", "http://localhost:3000"]);
    bad("PORTICO_CORS_ORIGINS", "https://a.example/");
    bad("PORTICO_CORS_ORIGINS", "*");

    for url in ["smtps://u:p%40@h", "smtp://h:587?tls=required"] {
        assert_eq!(good("PORTICO_SMTP_URL", url).mail.smtp.unwrap().expose(), url);
    }
    good("PORTICO_REDIS_URL", "rediss://:p@h:6380/0");
    bad("PORTICO_REDIS_URL", "http://h");

    let from = good("PORTICO_MAIL_FROM", "\"Müller & Co\" <haus@mueller.example>").mail.from;
    assert_eq!((from.name.as_deref(), from.address.as_str()), (Some("Müller & Co"), "haus@mueller.example"));
    assert_eq!(good("PORTICO_MAIL_FROM", "haus@mueller.example").mail.from.name, None);
    for sender in ["a@b.example, c@d.example", "x\r\nBcc: y <a@b.example>", "<a@b.example", "a <b@c>"] {
        bad("PORTICO_MAIL_FROM", sender);
    }
}

#[test]
fn operators_see_everything_but_secrets() {
    let config =
        from_env(&[("PORTICO_DATABASE_URL", "postgres://u:hush@h/d"), ("PORTICO_SMTP_URL", "smtp://u:hush@h")])
            .unwrap();
    let shown: Vec<_> = config.shown().collect();
    assert_eq!(shown.len(), SETTINGS.len());
    assert!(shown.contains(&("database.url", "postgres://u:***@h/d", "PORTICO_DATABASE_URL in the environment")));
    assert!(shown.contains(&("server.listen", "127.0.0.1:8080", "default")));
    assert!(shown.contains(&("server.cors_origins", "any", "default")));
    assert!(!format!("{shown:?} {config:?}").contains("hush"));
}

#[test]
fn the_reference_is_up_to_date() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/operate/configuration.md");
    if std::env::var_os("PORTICO_TEST_WRITE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, reference()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == reference(), "run: PORTICO_TEST_WRITE=1 cargo test -p portico reference");
}

/// Every example of the reference is a value that is taken.
#[test]
fn the_examples_work() {
    for setting in SETTINGS {
        let (section, key) = setting.key.split_once('.').unwrap();
        from_file(&format!("[{section}]\n{key} = {}", setting.example)).unwrap();
        assert!(setting.env.starts_with("PORTICO_") && !setting.about.is_empty());
        assert_ne!(setting.default.is_empty(), setting.absent.is_empty(), "{}", setting.key);
    }
}
