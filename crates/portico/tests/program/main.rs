//! The program as its users start it: processes, signals, files.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod backup;
mod crash;
mod crash_files;
mod csv;
mod life;
mod support;
mod wifi;
