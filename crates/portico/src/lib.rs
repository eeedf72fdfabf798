//! The program: command line, configuration, life cycle. What Portico does is in the other crates; here it is put
//! together and kept running.

/// Prints a line on standard output. Whoever reads no further, as `head` does, has read enough.
macro_rules! say {
    ($($line:tt)*) => {
        std::io::Write::write_fmt(&mut std::io::stdout(), format_args!("{}\n", format_args!($($line)*))).unwrap_or_default()
    };
}

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
