//! OAuth 1.0 without users (RFC 5849, "one-legged"): a program signs each request with a key and a secret.
//!
//! Rule ids (`O1` …) are those of the storEDGE reference, section 3. The pure part, [`base`] and [`params`], reads what
//! was sent and builds the text that is signed; [`verify`] asks the database who the key belongs to and whether the
//! request was seen before; [`clients`] makes and renews secrets.

mod base;
mod clients;
mod params;
#[cfg(test)]
mod tests;
mod verify;

pub use clients::Credential;
pub(crate) use clients::decoy;
pub use params::SignedRequest;
pub use verify::{SignatureError, TIME_WINDOW};
