//! The whole protocol, as programs and browsers speak it, on both databases.

mod flow;
mod keys;
mod setup;
