//! What leaves the server: e-mail over SMTP.
//!
//! [`Mailer`] sends one [`app::message::Message`] and tells what became of it; when to send and when to try again is
//! decided by `jobs`. An install without a mail server has no mailer: its mails wait in the outbox and can be read.

mod mail;
mod mailer;
mod setting;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

pub use mailer::{LONGEST, Mailer};
pub use setting::{SettingError, default_sender};
