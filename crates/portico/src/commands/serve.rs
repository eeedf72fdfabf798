//! `portico serve`: serves an install.

use crate::{config::Config, failure::Outcome, install::Schema, server};

/// Serves until told to stop. A new install gets its schema; an older schema is refused.
///
/// # Errors
/// What kept it from starting, or that requests were cut off.
pub async fn run(config: Config) -> Outcome {
    server::run(config, Schema::MakeOrRefuse, async |_, _| Ok(())).await
}
