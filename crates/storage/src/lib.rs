//! The bytes of files: in a directory or in S3 ([`Storage`]), on their way in ([`Spool`]), what they are ([`kind`]),
//! how they are called ([`name`]), and what is taken out of pictures ([`picture`]).
//!
//! Nothing here knows who a file belongs to; that is `app`'s.

pub mod kind;
pub mod name;
pub mod picture;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

mod s3;
mod shelves;
mod spool;
mod store;

use sha2::Digest as _;

pub use spool::{ReceiveError, Spool};
pub use store::{ByteStream, Bytes, Kept, STEM, SettingError, Shown, Storage};

/// The SHA-256 of bytes, in one part or in several.
#[must_use]
pub fn sha256(parts: &[impl AsRef<[u8]>]) -> [u8; 32] {
    parts.iter().fold(sha2::Sha256::new(), |hash, part| hash.chain_update(part)).finalize().into()
}
