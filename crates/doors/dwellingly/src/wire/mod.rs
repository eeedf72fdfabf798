//! The wire kit: what every handler of this door uses to read requests and to write answers.
//!
//! A write goes through it like this: [`body::Body`] takes the request's body in whatever form it came and never
//! fails; [`body::Body::draft`] reads the fields with a [`reader::Reader`] into an input for the core; the core opens
//! the draft when it has authorised the caller and loaded what the call is about (D7); its error is put into this
//! door's words by [`words`] and answered as an [`error::DoorError`]; a success is one of [`shapes`], sent by
//! [`answer::Json`].

pub mod answer;
pub mod body;
pub mod choice;
pub mod error;
mod form;
pub mod header;
mod json;
pub mod reader;
pub mod shapes;
pub mod time;
pub mod value;
pub mod words;

pub use answer::{Json, Public, created, message};
pub use body::Body;
pub use error::{DoorError, TokenFault};
pub use reader::Reader;
