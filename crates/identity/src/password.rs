//! Passwords: Argon2id on threads of its own, one hash at a time on two cores.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::Duration,
};

use argon2::{
    Algorithm, Argon2, Block, Params, PasswordHash, Version,
    password_hash::phc::{Output, ParamsString, Salt},
};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use kernel::{Error, Random, Result};
use tokio::sync::oneshot;

/// OWASP's recommendation for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Passwords of more bytes are refused without hashing them.
const MAX_BYTES: usize = 1024;
/// How many may wait for a free thread.
const WAITING: usize = 64;
/// When nobody signed in for so long, the memory goes back.
const IDLE: Duration = Duration::from_secs(10);
/// How much the hashing threads step back behind all others (0 not at all, 19 most). On two busy cores a storm of
/// sign-ins costs other requests an eighth of their rate at 5, a third at 0; sign-ins keep two thirds of theirs.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;

/// A hash to make or to check; gets the thread's memory to work in.
type Job = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

/// Hashes and checks passwords. Clones share the threads, which end with the last clone.
///
/// There is one thread for every two cores; 64 more hashes may wait, about two seconds, and the next is refused. So a storm of sign-ins
/// neither takes the machine away from other work nor holds more than 19 MiB a thread.
#[derive(Clone)]
pub struct Passwords {
    jobs: Sender<Job>,
    params: Params,
    random: Random,
}

#[operations::compiled_here]
impl Passwords {
    /// At full strength.
    ///
    /// # Panics
    /// When the system gives no thread; this is called once, at the start.
    #[must_use]
    pub fn new(random: Random) -> Self {
        Self::with(MEMORY_KIB, PASSES, random)
    }

    /// At next to no strength, **for tests only**. Hashes made at either strength are checked by both.
    ///
    /// # Panics
    /// As [`Passwords::new`].
    #[must_use]
    pub fn weak_for_tests(random: Random) -> Self {
        Self::with(Params::MIN_M_COST, Params::MIN_T_COST, random)
    }

    #[expect(clippy::expect_used, reason = "constants, and see Panics")]
    fn with(memory_kib: u32, passes: u32, random: Random) -> Self {
        let params = Params::new(memory_kib, passes, LANES, None).expect("sound parameters");
        let threads = threads();
        let (jobs, queue) = bounded::<Job>(WAITING);
        for _ in 0..threads {
            let queue = queue.clone();
            thread::Builder::new()
                .name("passwords".to_owned())
                .spawn(move || work(&queue))
                .expect("the system gives a thread");
        }
        Self { jobs, params, random }
    }

    /// Hashes a password for keeping: a PHC string that names its parameters and salt.
    ///
    /// # Errors
    /// [`Error::TooLarge`] above 1024 bytes; [`Error::Unavailable`] when too many hashes are waiting already.
    pub async fn hash(&self, password: String) -> Result<String> {
        if password.len() > MAX_BYTES {
            return Err(Error::TooLarge);
        }
        let salt = Salt::new(&self.random.bytes::<16>()).map_err(Error::internal)?;
        let recipe =
            Recipe { algorithm: Algorithm::Argon2id, version: Version::V0x13, params: self.params.clone(), salt };
        self.run(move |memory| {
            let hash = recipe.digest(&password, memory)?;
            let Recipe { algorithm, version, params, salt } = recipe;
            let phc = PasswordHash {
                algorithm: algorithm.ident(),
                version: Some(version.into()),
                params: ParamsString::try_from(&params).map_err(Error::internal)?,
                salt: Some(salt),
                hash: Some(hash),
            };
            Ok(phc.to_string())
        })
        .await
    }

    /// Whether this is the password the hash was made from. Without a hash (nobody of that name) the same work is done
    /// for a false, so that the time taken does not tell which names exist.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when too many hashes are waiting already; [`Error::Internal`] when the hash is broken.
    pub async fn verify(&self, password: String, phc: Option<String>) -> Result<bool> {
        if password.len() > MAX_BYTES {
            return Ok(false);
        }
        let (recipe, expected) = match phc {
            Some(phc) => Recipe::read(&phc).map(|(recipe, hash)| (recipe, Some(hash)))?,
            None => (self.dummy()?, None),
        };
        self.run(move |memory| {
            let hash = recipe.digest(&password, memory)?;
            // `Output` compares in constant time.
            Ok(expected.is_some_and(|expected| expected == hash))
        })
        .await
    }

    fn dummy(&self) -> Result<Recipe> {
        let salt = Salt::new(&[0; 16]).map_err(Error::internal)?;
        Ok(Recipe { algorithm: Algorithm::Argon2id, version: Version::V0x13, params: self.params.clone(), salt })
    }

    async fn run<R: Send + 'static>(
        &self,
        hash: impl FnOnce(&mut Vec<Block>) -> Result<R> + Send + 'static,
    ) -> Result<R> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |memory| {
            // Who has left before the start is skipped.
            if !answer.is_closed() {
                let _ = answer.send(hash(memory));
            }
        });
        match self.jobs.try_send(job) {
            Ok(()) => answered.await.map_err(|_| Error::internal("a password hash was dropped"))?,
            Err(TrySendError::Full(_)) => Err(Error::Unavailable("too many passwords at once")),
            Err(TrySendError::Disconnected(_)) => Err(Error::internal("no password thread is left")),
        }
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords").field("params", &self.params).finish_non_exhaustive()
    }
}

/// How a hash is made: everything but the password.
struct Recipe {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Salt,
}

impl Recipe {
    /// The recipe and the result that a stored hash tells.
    fn read(phc: &str) -> Result<(Self, Output)> {
        // The text of these errors never holds the hash itself.
        let stored = PasswordHash::new(phc).map_err(|_| Error::internal("a stored password hash is broken"))?;
        let (Some(salt), Some(hash)) = (stored.salt, stored.hash) else {
            return Err(Error::internal("a stored password hash lacks its salt or result"));
        };
        let algorithm = Algorithm::try_from(stored.algorithm.as_str());
        let version = stored.version.map_or(Ok(Version::V0x13), Version::try_from);
        let (Ok(algorithm), Ok(version), Ok(params)) = (algorithm, version, Params::try_from(&stored)) else {
            return Err(Error::internal("a stored password hash is not Argon2"));
        };
        Ok((Self { algorithm, version, params, salt }, hash))
    }

    fn digest(&self, password: &str, memory: &mut Vec<Block>) -> Result<Output> {
        memory.resize(self.params.block_count(), Block::new());
        let mut out = [0; Output::MAX_LENGTH];
        let out = out
            .get_mut(..self.params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN))
            .ok_or_else(|| Error::internal("a stored password hash is too long"))?;
        Argon2::new(self.algorithm, self.version, self.params.clone())
            .hash_password_into_with_memory(password.as_bytes(), &self.salt, out, memory)
            .map_err(Error::internal)?;
        Output::new(out).map_err(Error::internal)
    }
}

/// What a hashing thread does: one job after the other in the same memory, which is given back when work pauses.
fn work(queue: &Receiver<Job>) {
    step_back();
    let mut memory = Vec::new();
    loop {
        let job = match queue.recv_timeout(IDLE) {
            Ok(job) => job,
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                memory = Vec::new();
                match queue.recv() {
                    Ok(job) => job,
                    Err(_) => return,
                }
            }
        };
        if catch_unwind(AssertUnwindSafe(|| job(&mut memory))).is_err() {
            tracing::error!("a password hash panicked");
        }
    }
}

/// Sign-ins wait rather than everybody else's requests. On Linux "this process" means this thread here.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, "hashing runs at normal priority");
    }
}

/// One for every two cores.
fn threads() -> usize {
    thread::available_parallelism().map_or(1, |n| n.get() / 2).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords() -> Passwords {
        Passwords::weak_for_tests(Random::seeded(1))
    }

    #[tokio::test]
    async fn a_password_is_known_again() {
        let p = passwords();
        let hash = p.hash("Größe & 🏛".to_owned()).await.unwrap();
        assert!(p.verify("Größe & 🏛".to_owned(), Some(hash.clone())).await.unwrap());
        for wrong in ["", "größe & 🏛", "Größe & 🏛 "] {
            assert!(!p.verify(wrong.to_owned(), Some(hash.clone())).await.unwrap(), "{wrong:?}");
        }
        assert!(!p.verify("Größe & 🏛".to_owned(), None).await.unwrap());
        assert_ne!(hash, p.hash("Größe & 🏛".to_owned()).await.unwrap(), "each has its own salt");
    }

    #[tokio::test]
    async fn full_strength_is_what_owasp_asks_for() {
        let p = Passwords::new(Random::System);
        let hash = p.hash("correct horse".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        // Both strengths check each other's hashes.
        assert!(passwords().verify("correct horse".to_owned(), Some(hash)).await.unwrap());
        let weak = passwords().hash("correct horse".to_owned()).await.unwrap();
        assert!(p.verify("correct horse".to_owned(), Some(weak)).await.unwrap());
    }

    /// From the tests of the reference implementation.
    #[tokio::test]
    async fn hashes_of_other_programs_are_read() {
        let p = passwords();
        let hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(p.verify("password".to_owned(), Some(hash.to_owned())).await.unwrap());
        assert!(!p.verify("passwort".to_owned(), Some(hash.to_owned())).await.unwrap());
    }

    #[tokio::test]
    async fn long_passwords_are_not_hashed() {
        let p = passwords();
        let limit = "x".repeat(MAX_BYTES);
        let hash = p.hash(limit.clone()).await.unwrap();
        assert!(p.verify(limit, Some(hash.clone())).await.unwrap());
        let long = "x".repeat(MAX_BYTES + 1);
        assert!(!p.verify(long.clone(), Some(hash)).await.unwrap());
        // Not even the stored hash is looked at.
        assert!(!p.verify(long.clone(), Some("broken".to_owned())).await.unwrap());
        assert!(matches!(p.hash(long).await, Err(Error::TooLarge)));
    }

    #[tokio::test]
    async fn a_broken_hash_is_a_defect_and_never_told() {
        for broken in
            ["", "x", "$2b$12$abc", "$argon2id$v=19$m=8,t=1,p=1", "$scrypt$ln=4$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q"]
        {
            let e = passwords().verify("x".to_owned(), Some(broken.to_owned())).await.unwrap_err();
            assert!(matches!(e, Error::Internal(_)), "{broken}: {e}");
            assert!(broken.is_empty() || !e.to_string().contains(broken), "{e}");
        }
    }

    #[tokio::test]
    async fn the_queue_is_bounded() {
        let p = passwords();
        let threads = threads();
        // Every thread is held up, then the queue fills.
        let mut holds = Vec::new();
        for _ in 0..threads {
            let (begun, on_begin) = oneshot::channel();
            let (go, on_go) = std::sync::mpsc::channel::<()>();
            let p = p.clone();
            let held = tokio::spawn(async move {
                p.run(move |_| {
                    let _ = begun.send(());
                    let _ = on_go.recv();
                    Ok(())
                })
                .await
            });
            on_begin.await.unwrap();
            holds.push((go, held));
        }
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(p.hash("password".to_owned()))).collect();
        for w in &mut waiting {
            assert!(futures_poll(w.as_mut()).await.is_none());
        }
        let Err(Error::Unavailable(_)) = p.hash("password".to_owned()).await else { panic!("the queue is full") };
        // Who leaves is skipped; the others get their answer.
        waiting.truncate(3);
        for (go, held) in holds {
            go.send(()).unwrap();
            held.await.unwrap().unwrap();
        }
        for w in waiting {
            assert!(w.await.unwrap().starts_with("$argon2id$"));
        }
    }

    /// Polls once.
    async fn futures_poll<F: Future>(mut f: std::pin::Pin<&mut F>) -> Option<F::Output> {
        std::future::poll_fn(|cx| {
            std::task::Poll::Ready(match f.as_mut().poll(cx) {
                std::task::Poll::Ready(v) => Some(v),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }

    #[tokio::test]
    async fn a_panic_does_not_end_the_threads() {
        let p = passwords();
        for _ in 0..20 {
            let e = p.run::<()>(|_| panic!("on purpose")).await.unwrap_err();
            assert!(matches!(e, Error::Internal(_)));
        }
        assert!(p.hash("password".to_owned()).await.is_ok());
    }

    #[test]
    fn debug_shows_the_parameters_only() {
        let text = format!("{:?}", passwords());
        assert!(text.starts_with("Passwords { params: Params {") && text.ends_with(", .. }"), "{text}");
    }
}
