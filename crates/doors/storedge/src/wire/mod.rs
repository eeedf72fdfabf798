//! How this API looks on the wire. Everything here is about form; what things mean is the core's.

mod error;
pub mod fields;
pub mod meta;
pub mod page;
pub mod params;
pub mod reader;
pub mod shapes;
pub mod time;
mod value;

pub use error::{Code, DoorError};
pub use params::Params;
pub use reader::Reader;
pub use value::{Object, Value, parse};
