//! What belongs to a person whichever door shows it: phone numbers, addresses, and whom else to ask.

pub mod address;
pub mod contact;
pub mod phone;
pub mod region;

pub use address::Address;
pub use phone::PhoneNumber;
