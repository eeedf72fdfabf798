//! What can be set.

/// One setting: how it is called in each layer, and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Section and key in `portico.toml`.
    pub key: &'static str,
    /// The variable in the environment.
    pub env: &'static str,
    /// The flag of `portico serve` and others, if there is one.
    pub flag: Option<&'static str>,
    /// What is taken when it is set nowhere; a text to be parsed like any other, or empty.
    pub default: &'static str,
    /// What is said about the default when it is empty.
    pub absent: &'static str,
    /// Whether it holds several values: a list in the file, commas in the environment.
    pub many: bool,
    /// An example for the file, as TOML.
    pub example: &'static str,
    /// What it does; sentences for operators.
    pub about: &'static str,
}

const PLAIN: Setting =
    Setting { key: "", env: "", flag: None, default: "", absent: "", many: false, example: "", about: "" };

/// All settings, in the order of the reference.
pub const SETTINGS: &[Setting] = &[
    Setting {
        key: "server.listen",
        env: "PORTICO_LISTEN",
        flag: Some("--listen"),
        default: "127.0.0.1:8080",
        example: r#""0.0.0.0:8080""#,
        about: "The address and port the server listens on. Port 0 takes a free port; the address is printed at the start.",
        ..PLAIN
    },
    Setting {
        key: "server.radius",
        env: "PORTICO_RADIUS",
        flag: Some("--radius"),
        absent: "off",
        example: r#""0.0.0.0:1812""#,
        about: "The address and UDP port on which access points ask who may join the WiFi. Without it there is no RADIUS \
                server. Port 0 takes free ports; they are printed at the start.",
        ..PLAIN
    },
    Setting {
        key: "server.radius_accounting",
        env: "PORTICO_RADIUS_ACCOUNTING",
        absent: "the port after that of `server.radius`",
        example: r#""0.0.0.0:1813""#,
        about: "The address and UDP port on which access points tell which devices they saw.",
        ..PLAIN
    },
    Setting {
        key: "server.public_url",
        env: "PORTICO_PUBLIC_URL",
        absent: "where the server listens",
        example: r#""https://portico.example.org""#,
        about: "How people reach the server. Links in mails begin with it. `http://` or `https://`, a host, perhaps a port, \
                and no path.",
        ..PLAIN
    },
    Setting {
        key: "server.trusted_proxies",
        env: "PORTICO_TRUSTED_PROXIES",
        absent: "none",
        many: true,
        example: r#"["10.0.0.0/8", "::1"]"#,
        about: "Addresses or networks of proxies in front of the server. Only from them the client's address is read out of \
                a header, and `X-Request-Id` is taken over.",
        ..PLAIN
    },
    Setting {
        key: "server.forwarded_header",
        env: "PORTICO_FORWARDED_HEADER",
        default: "X-Forwarded-For",
        example: r#""Forwarded""#,
        about: "The header in which these proxies write the client's address: `X-Forwarded-For` or `Forwarded`. The other \
                one is not read, because a proxy passes it through as the client made it up.",
        ..PLAIN
    },
    Setting {
        key: "server.cors_origins",
        env: "PORTICO_CORS_ORIGINS",
        absent: "any",
        many: true,
        example: r#"["https://app.example.org"]"#,
        about: "Origins whose pages may call the APIs from a browser. The APIs take tokens and no cookies, so any origin may \
                unless this narrows it.",
        ..PLAIN
    },
    Setting {
        key: "server.shutdown_grace",
        env: "PORTICO_SHUTDOWN_GRACE",
        default: "30",
        example: "60",
        about: "How many seconds running requests may take after SIGTERM before they are cut off. A second signal cuts them \
                off at once.",
        ..PLAIN
    },
    Setting {
        key: "data.dir",
        env: "PORTICO_DATA",
        flag: Some("--data"),
        default: "portico-data",
        example: r#""/var/lib/portico""#,
        about: "The data directory: the database unless it is PostgreSQL, files unless they are on S3, and the install's \
                keys. One server at a time uses it. `portico demo` takes the flag only, and else `portico-demo`.",
        ..PLAIN
    },
    Setting {
        key: "data.keys_file",
        env: "PORTICO_KEYS_FILE",
        absent: "inside the data directory",
        example: r#""/etc/portico/keys""#,
        about: "The file with the install's keys, made at the first start. Servers that share one PostgreSQL share one key \
                file.",
        ..PLAIN
    },
    Setting {
        key: "database.url",
        env: "PORTICO_DATABASE_URL",
        absent: "`sqlite:portico.db` inside the data directory",
        example: r#""postgres://portico:secret@db.example.org/portico""#,
        about: "`sqlite:PATH` for a file, or `postgres://…` for a PostgreSQL server.",
        ..PLAIN
    },
    Setting {
        key: "storage.url",
        env: "PORTICO_STORAGE_URL",
        absent: "`file:files` inside the data directory",
        example: r#""s3://bucket?region=eu-central-1""#,
        about: "Where uploaded files are kept: `file:PATH` for a directory, or `s3://bucket/prefix?region=…` for S3 and what \
                speaks like it, with `endpoint`, `allow_http=true` (an endpoint without TLS), `virtual_hosted_style=true`, \
                `access_key_id` and `secret_access_key` where they are needed. Keys that are not in the address come from \
                the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`). Browsers fetch files from S3 themselves, \
                so they must reach the endpoint. `portico backup` holds the files of a directory, not those on S3.",
        ..PLAIN
    },
    Setting {
        key: "mail.smtp_url",
        env: "PORTICO_SMTP_URL",
        absent: "mails stay in the outbox",
        example: r#""smtps://user:secret@mail.example.org""#,
        about: "The server that outgoing mail is given to: `smtps://user:password@host` (TLS from the start) or \
                `smtp://host:587?tls=starttls`. Without it mails are kept in the outbox, to be read by `portico mail`.",
        ..PLAIN
    },
    Setting {
        key: "mail.from",
        env: "PORTICO_MAIL_FROM",
        default: "Portico <portico@localhost.localdomain>",
        example: r#""House Management <portico@example.org>""#,
        about: "Who mails are from: an address, or a name with the address in angle brackets.",
        ..PLAIN
    },
    Setting {
        key: "limits.redis_url",
        env: "PORTICO_REDIS_URL",
        absent: "each server counts for itself",
        example: r#""redis://cache.example.org""#,
        about: "A Redis in which several servers count together what limits apply to: `redis://…` or `rediss://…`.",
        ..PLAIN
    },
    Setting {
        key: "limits.calls_per_second",
        env: "PORTICO_CALLS_PER_SECOND",
        default: "1000",
        example: "200",
        about: "How many calls a second each program gets answered that comes with OAuth 2.0 tokens; what is more is refused \
                with 429. Several servers count together when `limits.redis_url` is set.",
        ..PLAIN
    },
    Setting {
        key: "log.filter",
        env: "PORTICO_LOG",
        absent: "`info` while serving, `warn` for other commands",
        example: r#""info,portico::request=warn""#,
        about: "What is logged: a level (`error`, `warn`, `info`, `debug`, `trace`), or levels of parts. The log goes to \
                standard error; `portico::request` is the line that every request gets.",
        ..PLAIN
    },
    Setting {
        key: "log.format",
        env: "PORTICO_LOG_FORMAT",
        default: "auto",
        example: r#""json""#,
        about: "`text` for people, `json` for machines, `auto` for text on a terminal and JSON elsewhere.",
        ..PLAIN
    },
];

impl Setting {
    pub(super) fn of(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|s| s.key == key)
    }

    pub(super) fn of_env(name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|s| s.env == name)
    }
}
