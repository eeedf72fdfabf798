//! Signing in elsewhere: people prove to an outside OpenID Connect provider who they are, and come in as whom the
//! management or they themselves have linked there.
//!
//! `flow` sends the browser there and takes it back, `remote` asks the provider, `fetch` is the careful HTTP below it,
//! `check` judges the id token. A person is found by provider and subject alone: an e-mail address proves nothing.

mod check;
mod fetch;
mod flow;
mod manage;
mod remote;

pub use flow::{Begun, ProviderFault, Returned};
pub use manage::{NewProvider, SignInProvider};
pub(crate) use remote::Remotes;
