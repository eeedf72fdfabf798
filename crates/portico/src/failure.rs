//! Why a command did not do its work.

use std::{
    fmt,
    io::{self, Write as _},
};

/// One clear line for whoever started the command.
#[derive(Clone, PartialEq, Eq)]
pub struct Failure(String);

/// What a command answers.
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// Line breaks in `line` become spaces.
    pub fn new(line: impl fmt::Display) -> Self {
        Self(line.to_string().split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// What could not be done, and why.
    pub fn because(what: impl fmt::Display, why: impl fmt::Display) -> Self {
        Self::new(format_args!("{what}: {why}"))
    }
}

/// Prints a line on standard output. What cannot be written is no answer: a secret that is shown once may be in it.
///
/// # Errors
/// When nobody reads it any more, as behind `head`, or the disk it goes to is full.
pub fn print(line: fmt::Arguments<'_>) -> Outcome {
    writeln!(io::stdout(), "{line}").map_err(|e| Failure::because("Cannot print", e))
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<kernel::Error> for Failure {
    fn from(error: kernel::Error) -> Self {
        Self::new(error)
    }
}
