//! Pictures of people: a form of its own that any page can have (`face_form` in `parts.html`). It takes a picture, and
//! takes it away again.

use axum::response::Response;
use kernel::{Draft, Error, Field, Result};

use crate::{flash::Flash, mixed::Mixed, session::Visit};

/// The picture that was chosen, by the path of its upload.
pub(crate) fn chosen(sent: Mixed) -> Draft<Field<String>> {
    let path = sent.fields.files("avatar").into_iter().next().map(|(path, _)| path);
    Draft::new(path.map_or(Field::Absent, Field::Given), sent.faults)
}

/// Back to the page of the form. It has one field, in which nothing was typed: what is wrong with it can stand above all.
pub(crate) fn answered(visit: &Visit, to: &str, done: Result<()>) -> Response {
    match done {
        Ok(()) => visit.go(to, Flash::done("done-saved")),
        Err(Error::Invalid(_)) => visit.go(to, Flash::done("done-face-refused")),
        Err(error) => visit.failed(&error),
    }
}

/// Where the form of a page's thing sends its picture; for templates.
pub(crate) fn of(page: &str) -> String {
    format!("{page}/avatar")
}
