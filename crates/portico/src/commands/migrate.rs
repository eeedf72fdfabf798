//! `portico migrate`: brings the database schema up to date.

use app::App;

use crate::{
    config::Config,
    failure::Outcome,
    install::{Install, Schema},
};

/// Applies what is missing and says what that was.
///
/// # Errors
/// When the database is not reachable, or was made by a newer Portico; nothing half-done stays.
pub async fn run(config: Config) -> Outcome {
    let app: App = Install::with(&config, Schema::Migrate, &config.server.public_url(config.server.listen)).await?.app;
    say!("The schema is current: {}.", db::schema_version())?;
    app.close().await;
    Ok(())
}
