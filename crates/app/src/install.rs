//! Facts about the install as a whole.

use db::sql;
use kernel::{Error, OrgId, Result};

use crate::App;

#[operations::compiled_here]
impl App {
    /// Holds the fingerprint of the keys against the one the database was first used with, or notes it.
    ///
    /// # Errors
    /// [`Error::Conflict`] `foreign_keys`: tokens made with other keys would all be refused, and what is encrypted could
    /// not be read.
    pub async fn bind_keys(&self, fingerprint: &str) -> Result<()> {
        let fingerprint = fingerprint.to_owned();
        let bind = async move |w: &db::Write, _: &kernel::Actor| {
            w.execute(sql!(
                "INSERT INTO setting (name, value) VALUES ('keys', $1) ON CONFLICT DO NOTHING",
                &fingerprint
            ))
            .await?;
            let known: String = w.one(sql!("SELECT value FROM setting WHERE name = 'keys'")).await?;
            if known == fingerprint { Ok(()) } else { Err(Error::Conflict("foreign_keys")) }
        };
        self.write(&self.system(OrgId::new(0)), bind).await
    }
}
