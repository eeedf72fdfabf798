//! RADIUS (RFC 2865, 2866, 2868, 2869, 5080): an access point asks whether a device may join and gets the passphrase of
//! its own, and tells which devices it saw.
//!
//! [`packet`] reads and writes datagrams and knows nothing else. [`index`] is everything that is needed for an answer, in
//! memory, and follows the spine. [`answer`] decides. [`server`] listens. Off unless an address is set.

pub mod answer;
pub mod fuzz;
pub mod index;
pub mod packet;
mod seen;
pub mod server;

pub use server::{Addresses, Server};
