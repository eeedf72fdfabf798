//! The install's secret keys: one file, made on the first start, from whose one secret all others are derived.

use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::Random;
use sha2::{Digest as _, Sha256};

/// 256 secret bits. Debug output does not show them.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    /// From bytes that are secret already.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The secret itself.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Another key, for the purpose that `label` names: HMAC-SHA256 of this one. Nothing about one derived key tells
    /// anything about this one or another.
    #[must_use]
    pub fn derive(&self, label: &str) -> Self {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any length will do");
        mac.update(label.as_bytes());
        Self(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// The keys of an install. Whoever has them can make tokens for everybody; servers on one database share them.
#[derive(Clone, Debug)]
pub struct Keys {
    master: SecretKey,
}

impl Keys {
    /// Keys from a master secret.
    #[must_use]
    pub const fn new(master: SecretKey) -> Self {
        Self { master }
    }

    /// Reads the file at `path`, or makes it with a new secret when there is none. When several processes do this at
    /// once, one file is made and all read it. The file is whole or not there, also after a crash, and readable
    /// by its owner only; one that others can read is used, with a warning in the log.
    ///
    /// # Errors
    /// When the file can be neither read nor made, or is not a key file. The texts hold no secret.
    pub fn load_or_create(path: &Path, random: &Random) -> Result<Self, KeysError> {
        match fs::read_to_string(path) {
            Ok(text) => {
                warn_when_exposed(path);
                parse(&text).map(Self::new).ok_or_else(|| KeysError::Malformed(path.to_owned()))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                create(path, random)?;
                let text = fs::read_to_string(path).map_err(|e| KeysError::io("read", path, e))?;
                parse(&text).map(Self::new).ok_or_else(|| KeysError::Malformed(path.to_owned()))
            }
            Err(e) if e.kind() == io::ErrorKind::InvalidData => Err(KeysError::Malformed(path.to_owned())),
            Err(e) => Err(KeysError::io("read", path, e)),
        }
    }

    /// Sixteen characters that tell these keys from others without telling them. Stored in the database, so that a
    /// server with other keys notices before it serves.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(self.master.derive("portico fingerprint v1").as_bytes());
        digest.iter().take(8).map(|b| format!("{b:02x}")).collect()
    }

    /// The key that signs addresses of files.
    #[must_use]
    pub fn file_key(&self) -> SecretKey {
        self.master.derive("portico file addresses v1")
    }

    /// The key that passphrases of the WiFi, secrets of access points, and portal links are made safe with.
    #[must_use]
    pub fn wifi_key(&self) -> SecretKey {
        self.master.derive("portico wifi v1")
    }

    /// The key that seals the private keys of OpenID Connect.
    #[must_use]
    pub fn oidc_key(&self) -> SecretKey {
        self.master.derive("portico openid connect v1")
    }

    /// The key that proves where forms come from.
    #[must_use]
    pub fn form_key(&self) -> SecretKey {
        self.master.derive("portico forms v1")
    }

    /// The key that signs tokens.
    #[must_use]
    pub fn token_key(&self) -> SecretKey {
        self.master.derive("portico tokens v1")
    }

    /// The key that the secrets of programs are encrypted with.
    #[must_use]
    pub fn client_key(&self) -> SecretKey {
        self.master.derive("portico clients v1")
    }
}

/// Why there are no keys.
#[derive(Debug)]
pub enum KeysError {
    /// The file could not be read or made.
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file it was tried on.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is a file, but it holds no keys.
    Malformed(PathBuf),
}

impl KeysError {
    fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { doing, path: path.to_owned(), source }
    }
}

impl fmt::Display for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { doing, path, source } => write!(f, "cannot {doing} the key file {}: {source}", path.display()),
            Self::Malformed(path) => write!(
                f,
                "the key file {} holds no keys; restore it from a backup (a new one ends all sign-ins)",
                path.display()
            ),
        }
    }
}

impl std::error::Error for KeysError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Malformed(_) => None,
        }
    }
}

const HEAD: &str = "\
# The secret keys of this Portico install. Whoever has this file can sign in as anybody.
# Keep a copy with your backups: without it all sign-ins and mailed links end.
";

fn render(master: &SecretKey) -> String {
    format!("{HEAD}master = \"{}\"\n", URL_SAFE_NO_PAD.encode(master.as_bytes()))
}

/// Reads lines of `name = "value"`; `master` must be there once, other names are for later versions.
fn parse(text: &str) -> Option<SecretKey> {
    let mut master = None;
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let (name, value) = line.split_once('=')?;
        let value = value.trim().strip_prefix('"')?.strip_suffix('"')?;
        if name.trim() == "master" && master.replace(value).is_some() {
            return None;
        }
    }
    let bytes = URL_SAFE_NO_PAD.decode(master?).ok()?;
    bytes.try_into().ok().map(SecretKey::new)
}

/// Makes the file with a new secret, unless another process was first.
fn create(path: &Path, random: &Random) -> Result<(), KeysError> {
    let master = SecretKey::new(random.bytes());
    // The name of the temporary file comes from the system's randomness: seeded processes must not share it.
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{:016x}.tmp", u64::from_le_bytes(Random::System.bytes())));
    let temporary = PathBuf::from(name);
    let made = write_whole(&temporary, render(&master).as_bytes()).and_then(|()| {
        // Unlike a rename, a link never replaces: the first process wins.
        match fs::hard_link(&temporary, path) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
            _ => Ok(()),
        }
    });
    let removed = fs::remove_file(&temporary);
    made.and(removed).and_then(|()| sync_folder(path)).map_err(|e| KeysError::io("make", path, e))
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the folder's entry of the file as durable as the file.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => {
            File::open(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })?.sync_all()
        }
        _ => Ok(()),
    }
}

fn warn_when_exposed(path: &Path) {
    #[cfg(unix)]
    if let Ok(meta) = fs::metadata(path) {
        let mode = std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            tracing::warn!(path = %path.display(), mode = %format_args!("{mode:o}"), "others can read the key file; chmod 600 it");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A new empty folder, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            let path = std::env::temp_dir().join(format!("keys-{:016x}", u64::from_le_bytes(Random::System.bytes())));
            fs::create_dir(&path).unwrap();
            Self(path)
        }

        fn file(&self) -> PathBuf {
            self.0.join("keys.toml")
        }

        fn names(&self) -> Vec<String> {
            fs::read_dir(&self.0).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn made_once_then_read() {
        let folder = Folder::new();
        let first = Keys::load_or_create(&folder.file(), &Random::System).unwrap();
        let text = fs::read_to_string(folder.file()).unwrap();
        let second = Keys::load_or_create(&folder.file(), &Random::System).unwrap();
        assert_eq!(first.master, second.master);
        assert_eq!(first.fingerprint(), second.fingerprint());
        assert_eq!(text, fs::read_to_string(folder.file()).unwrap());
        assert_eq!(folder.names(), ["keys.toml"]);
        let other = Keys::load_or_create(&folder.0.join("other"), &Random::System).unwrap();
        assert_ne!(first.fingerprint(), other.fingerprint());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_it() {
        let folder = Folder::new();
        Keys::load_or_create(&folder.file(), &Random::System).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(folder.file()).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn many_at_once_end_with_one_file() {
        let folder = Folder::new();
        let start = std::sync::Barrier::new(16);
        let prints: Vec<_> = std::thread::scope(|s| {
            let tries: Vec<_> = (0..16)
                .map(|_| {
                    s.spawn(|| {
                        start.wait();
                        Keys::load_or_create(&folder.file(), &Random::System).unwrap().fingerprint()
                    })
                })
                .collect();
            tries.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert!(prints.iter().all(|p| *p == prints[0]), "{prints:?}");
        assert_eq!(folder.names(), ["keys.toml"]);
    }

    #[test]
    fn what_is_no_key_file_is_refused_without_showing_it() {
        let good = render(&SecretKey::new([7; 32]));
        let secret = good.lines().last().unwrap().to_owned();
        let cases: Vec<Vec<u8>> = vec![
            Vec::new(),
            b"\xff\xfe".to_vec(),
            HEAD.into(),
            good.replace("master", "slave").into(),
            good.replace('"', "").into(),
            good.replace("B", "").into(),
            good[..good.len() - 3].into(),
            format!("{good}{secret}").into(),
            format!("{good}nonsense").into(),
            format!("{good}x = 1").into(),
        ];
        for bytes in cases {
            let folder = Folder::new();
            fs::write(folder.file(), &bytes).unwrap();
            let error = Keys::load_or_create(&folder.file(), &Random::System).unwrap_err();
            let text = format!("{error} {error:?}");
            assert!(matches!(error, KeysError::Malformed(_)), "{bytes:?}: {text}");
            assert!(!text.contains("BwcH"), "{text}");
            assert_eq!(fs::read(folder.file()).unwrap(), bytes, "it is left as it was");
        }
        assert!(parse(&good).is_some() && parse(&format!("\r\n{good}later = \"x\"\n")).is_some());
    }

    #[test]
    fn nothing_is_left_behind_when_it_cannot_be_made() {
        let folder = Folder::new();
        let error = Keys::load_or_create(&folder.0.join("missing/keys.toml"), &Random::System).unwrap_err();
        assert!(error.to_string().starts_with("cannot make the key file "), "{error}");
        // A folder stands where the file should be.
        fs::create_dir(folder.file()).unwrap();
        assert!(matches!(
            Keys::load_or_create(&folder.file(), &Random::System),
            Err(KeysError::Io { doing: "read", .. })
        ));
        assert_eq!(folder.names(), ["keys.toml"]);
    }

    #[test]
    fn derived_keys_are_fixed_and_apart() {
        let keys = Keys::new(SecretKey::new([7; 32]));
        assert_ne!(keys.token_key(), keys.master);
        assert_ne!(keys.token_key(), keys.master.derive("other"));
        // These values must never change: stored fingerprints, issued tokens and sealed secrets depend on them.
        assert_eq!(keys.fingerprint(), "9fe758ce94dcbb02");
        assert_eq!(keys.token_key().as_bytes()[..8], [0xf5, 0xde, 0x24, 0xd4, 0x5a, 0xb1, 0x45, 0x5]);
        assert_eq!(keys.client_key().as_bytes()[..8], [0xf8, 0xc4, 0xc6, 0xe0, 0xca, 0x98, 0x84, 0x1e]);
    }

    #[test]
    fn debug_shows_no_secret() {
        let keys = Keys::new(SecretKey::new([7; 32]));
        assert_eq!(format!("{keys:?} {:?}", keys.token_key()), "Keys { master: SecretKey(…) } SecretKey(…)");
    }
}
