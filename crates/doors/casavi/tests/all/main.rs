//! The door as its clients see it: the real server on both databases.
#![expect(clippy::unwrap_used, reason = "tests")]

mod community;
mod examples;
mod invites;
mod privacy;
mod rights;
mod samples;
mod sandbox;
mod setup;
mod tickets;
mod uploads;
