//! The log: lines for people on a terminal, JSON for machines, always on standard error.
//!
//! Names of fields are the keys; messages are constant, so that they can be searched for. Nobody's name, e-mail
//! address, token or query is logged.

mod json;
mod sink;

use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::{EnvFilter, fmt};

use crate::{
    config::{Log, LogFormat},
    failure::{Failure, Outcome},
};

/// Writes what is still in memory when it is dropped; to be held until the program ends.
#[derive(Debug)]
#[must_use]
pub struct Logging(#[expect(dead_code, reason = "held for its end")] Option<sink::Flusher>);

/// Begins to log. `usual` is the filter when none is set. Panics are logged too, with their place.
///
/// # Errors
/// When the filter is wrong or something logs already.
pub fn start(log: &Log, usual: &str) -> Outcome<Logging> {
    let filter = log.filter.as_deref().unwrap_or(usual);
    let filter = EnvFilter::try_new(filter).map_err(|e| Failure::because("The log filter is wrong", e))?;
    let json = match log.format {
        LogFormat::Auto => !stderr().is_terminal(),
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let builder = fmt().with_env_filter(filter);
    let (begun, flusher) = if json {
        let (sink, flusher) = sink::start(stderr()).map_err(|e| Failure::because("Cannot start the log", e))?;
        (builder.event_format(json::Json).with_writer(sink).try_init(), Some(flusher))
    } else {
        (builder.with_ansi(stderr().is_terminal()).with_writer(stderr).try_init(), None)
    };
    begun.map_err(|e| Failure::because("Cannot start the log", e))?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current();
        let (text, string) = (panic.payload().downcast_ref::<&str>(), panic.payload().downcast_ref::<String>());
        let message = text.copied().or(string.map(String::as_str)).unwrap_or("no message");
        tracing::error!(target: "portico::panic", place, thread = thread.name(), panic = message, "a panic");
    }));
    Ok(Logging(flusher))
}
