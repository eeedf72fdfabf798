//! The key of forms for those who are not signed in: it is in a cookie and in the form, and both must be the same.

use axum::{http::HeaderMap, response::Response};
use identity::Identity;

use crate::{
    client::is_cross_site,
    cookie::{self, FORM, LONGEST},
    form::{CSRF, field},
};

/// The key of a browser.
pub(super) struct FormKey {
    pub(super) value: String,
    is_new: bool,
}

impl FormKey {
    /// The one the browser has, or a new one.
    pub(super) fn of(identity: &Identity, headers: &HeaderMap) -> Self {
        match known(headers) {
            Some(key) => Self { value: key.to_owned(), is_new: false },
            None => Self { value: identity.app().random().secret(), is_new: true },
        }
    }

    /// Gives it to the browser, where it has none.
    pub(super) fn give(&self, identity: &Identity, response: &mut Response) {
        if self.is_new {
            cookie::set(response, FORM, &self.value, LONGEST, cookie::is_secure(identity));
        }
    }
}

/// Whether a form comes from a page of this server, in the same browser.
pub(super) fn is_ours(headers: &HeaderMap, fields: &[(String, String)]) -> bool {
    !is_cross_site(headers) && known(headers).is_some_and(|key| field(fields, CSRF) == key)
}

/// As [`kernel::Random::secret`] makes them.
fn known(headers: &HeaderMap) -> Option<&str> {
    let sound =
        |key: &&str| key.len() == 43 && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    cookie::read(headers, FORM).filter(sound)
}
