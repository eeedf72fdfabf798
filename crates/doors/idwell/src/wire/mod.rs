//! The wire format: what is sent read, what is answered written.

pub mod error;
mod page;
mod reader;
pub mod shapes;

pub use error::{DoorError, Fields};
pub use page::{List, PageOf};
pub use reader::Reader;
