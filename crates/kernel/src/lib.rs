//! Words that every part of Portico uses: ids, instants, money, e-mail addresses, phone numbers, pages,
//! errors, and who is asking. Nothing here reads or writes anything outside the process.

mod caller;
mod email;
mod error;
mod fault;
mod id;
mod money;
mod page;
mod phone;
mod random;
mod text;
mod time;
mod written;

pub use caller::{Action, Actor, Assigned, Caller, Door, Home, Living, Principal, Role, Scope};
pub use email::Email;
pub use error::{Error, Internal, Result, Unauthenticated};
pub use fault::{Draft, Fault, Faults, Field, Problem};
pub use id::*;
pub use jiff::civil::Date;
pub use money::{Currency, Money};
pub use page::{Cursor, Key, Page, PageRequest};
pub use phone::Phone;
pub use random::Random;
pub use text::{fold, has_no_nul, percent_decode, percent_encode};
pub use time::{Clock, Instant, Zone};
pub use written::{written_amount, written_date};
