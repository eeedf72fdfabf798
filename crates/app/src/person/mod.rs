//! What belongs to a person whichever door shows it: phone numbers, addresses, whom else to ask, and references.

pub mod address;
pub mod contact;
pub mod phone;
pub mod reference;
pub mod region;

pub use address::Address;
pub use phone::PhoneNumber;
