//! This API's words: shapes, errors, times.

pub mod answer;
pub mod error;
pub mod shapes;
pub mod time;

pub use error::DoorError;
