//! The program: command line, configuration, life cycle. What Portico does is in the other crates; here it is put
//! together and kept running.

pub mod cli;
pub mod commands;
pub mod config;
pub mod failure;
pub mod install;
pub mod lifecycle;
pub mod lock;
pub mod logging;
pub mod server;
pub mod shared;
