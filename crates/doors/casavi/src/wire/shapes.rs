//! The shapes of answers (section 5), with their mixed spelling.

mod community;
mod people;
mod ticket;

pub use community::*;
pub use people::*;
pub use ticket::*;
