//! What a page says about what was just done, once: "Closed. Undo". It travels in a cookie from the answer to a form to
//! the page that follows.

use axum::{http::HeaderMap, response::Response};

use crate::{cookie, language::Texts, page::is_safe};

/// A flash is kept for so many seconds if no page comes to show it.
const KEPT: i64 = 60;

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flash {
    /// The key of the text, which begins with `done-`.
    pub(crate) text: String,
    /// Where a form without fields undoes it.
    pub(crate) undo: Option<String>,
}

impl Flash {
    /// That something is done and cannot be undone, or need not.
    pub(crate) fn done(key: &'static str) -> Self {
        Self { text: key.to_owned(), undo: None }
    }

    /// That something is done, and where it is undone by POST.
    pub(crate) fn undoable(key: &'static str, path: String) -> Self {
        Self { text: key.to_owned(), undo: Some(path) }
    }

    /// What the request carries. Only our own words and addresses count: others may have written the cookie.
    pub(crate) fn read(headers: &HeaderMap, t: &Texts) -> Option<Self> {
        let sent = cookie::read(headers, cookie::FLASH)?;
        let (text, undo) = sent.split_once('~').map_or((sent, None), |(text, undo)| (text, Some(undo)));
        let known = text.starts_with("done-") && t.has(text);
        let undo =
            undo.filter(|path| is_safe(path) && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_".contains(&b)));
        known.then(|| Self { text: text.to_owned(), undo: undo.map(str::to_owned) })
    }

    /// Gives it to the browser for the next page.
    pub(crate) fn set(&self, response: &mut Response, secure: bool) {
        let value = self.undo.as_ref().map_or_else(|| self.text.clone(), |undo| format!("{}~{undo}", self.text));
        cookie::set(response, cookie::FLASH, &value, KEPT, secure);
    }

    /// Takes it away again.
    pub(crate) fn clear(response: &mut Response, secure: bool) {
        cookie::set(response, cookie::FLASH, "", 0, secure);
    }
}
