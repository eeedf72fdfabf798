//! Where random bits come from. Passed explicitly, so that tests and the sandbox repeat themselves.

use std::sync::{Arc, Mutex, PoisonError};

use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng as _, SeedableRng as _},
};
use uuid::Uuid;

use crate::Instant;

/// A source of random bits.
#[derive(Clone, Debug)]
pub enum Random {
    /// The operating system's generator.
    System,
    /// A deterministic stream; never for secrets of a real install.
    Seeded(Arc<Mutex<ChaCha20Rng>>),
}

impl Random {
    /// A deterministic stream.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new(Mutex::new(ChaCha20Rng::seed_from_u64(seed))))
    }

    /// `N` random bytes.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: nothing secure can be done then.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        match self {
            #[expect(clippy::expect_used, reason = "see Panics")]
            Self::System => getrandom::fill(&mut out).expect("the operating system gives random bytes"),
            Self::Seeded(rng) => rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut out),
        }
        out
    }

    /// A number from 0 to `below` − 1 (0 when `below` is 0); the bias is below 2⁻³².
    #[must_use]
    pub fn below(&self, below: u32) -> u32 {
        let n = u64::from_le_bytes(self.bytes());
        u32::try_from((u128::from(n) * u128::from(below)) >> 64).unwrap_or(0)
    }

    /// A UUID v7: sortable by the time it was made.
    #[must_use]
    pub fn uid(&self, at: Instant) -> Uuid {
        let ms = u64::try_from(at.micros().max(0) / 1000).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(ms, &self.bytes()).into_uuid()
    }

    /// A secret of 256 bits as 43 characters of base64url.
    #[must_use]
    pub fn secret(&self) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }
}
