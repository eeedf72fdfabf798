//! What is put on paper: invoices as PDF that print, that screen readers can read (PDF/UA-1), and that hold their fonts.
//!
//! Nothing is decided here, not even a word: callers bring every text, in their reader's language.

mod face;
mod invoice;
mod sheet;

pub use invoice::{Invoice, invoice};

/// Why there is no PDF.
#[derive(Debug)]
pub struct Error(String);

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no PDF: {}", self.0)
    }
}

impl std::error::Error for Error {}
