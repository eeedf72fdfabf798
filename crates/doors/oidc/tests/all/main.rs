//! The whole protocol, as programs and browsers speak it, on both databases.
#![expect(clippy::unwrap_used, reason = "tests")]

mod fake;
mod flow;
mod keys;
mod provider_faults;
mod providers;
mod setup;
