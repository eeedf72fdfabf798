//! Forms: where they come from, what they hold, and what is wrong with it, in words beside each field.

use std::collections::BTreeMap;

use axum::{
    Form as AxumForm,
    extract::{FromRequest, Request, rejection::FormRejection},
    http::StatusCode,
    response::Response,
};
use identity::Identity;
use kernel::{Error, Fault, Faults, Field, Problem};

use crate::{
    client::is_cross_site,
    cookie,
    language::{Language, Texts},
    page::{self, FOREIGN, LARGE, UNREADABLE, WayOn},
};

/// The name of the field that holds the token of the sign-in.
pub(crate) const CSRF: &str = "csrf";

/// Named values, as a form or a query sends them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(pub(crate) Vec<(String, String)>);

impl Fields {
    /// Those of a query.
    pub(crate) fn of_query(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// The first value of that name, or nothing.
    pub(crate) fn get(&self, name: &str) -> &str {
        field(&self.0, name)
    }

    /// Whether there is a field of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    /// All values of that name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The files of a field, as their paths and names.
    pub(crate) fn files(&self, field: &str) -> Vec<(String, String)> {
        let name = kept_name(field);
        self.all(&name).filter_map(|v| v.split_once('/')).map(|(path, n)| (path.to_owned(), n.to_owned())).collect()
    }

    /// Whether a box of that name was ticked.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// A text that must be given: nothing is a fault of the operation's, not of the form's.
    pub(crate) fn text(&self, name: &str) -> Field<String> {
        Field::Given(self.get(name).replace("\r\n", "\n"))
    }

    /// A text that may be empty.
    pub(crate) fn optional(&self, name: &str) -> Field<Option<String>> {
        let text = self.get(name).trim();
        Field::Given((!text.is_empty()).then(|| text.to_owned()))
    }

    /// A number, such as an id; a fault where there is none.
    pub(crate) fn number(&self, name: &'static str, faults: &mut Faults) -> Field<i64> {
        match self.get(name).trim() {
            "" => Field::Absent,
            text => text.parse().map_or_else(
                |_| {
                    faults.add(name, Problem::Malformed);
                    Field::Faulty
                },
                Field::Given,
            ),
        }
    }
}

/// The name of the hidden field that names a file of this field which is uploaded already: its path, a stroke, its name.
pub(crate) fn kept_name(field: &str) -> String {
    format!("{field}.kept")
}

/// The first field of that name, or nothing.
pub(crate) fn field<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
}

/// A form that somebody sent who is signed in, from a page of this server: with the token of their sign-in, and not
/// from another website.
pub(crate) struct Posted(pub(crate) Fields);

impl FromRequest<Identity> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, identity: &Identity) -> Result<Self, Response> {
        let language = Language::preferred(request.headers());
        if is_cross_site(request.headers()) {
            return Err(page::notice(language, &FOREIGN, WayOn::Front));
        }
        let cookie = cookie::session(request.headers()).unwrap_or_default();
        let AxumForm(fields): AxumForm<Vec<(String, String)>> =
            AxumForm::from_request(request, identity).await.map_err(|e| unread(language, &e))?;
        if identity.is_form_token(&cookie, field(&fields, CSRF)) {
            Ok(Self(Fields(fields)))
        } else {
            Err(page::notice(language, &FOREIGN, WayOn::Front))
        }
    }
}

/// A body that is no form.
pub(crate) fn unread(language: Language, why: &FormRejection) -> Response {
    let large = why.status() == StatusCode::PAYLOAD_TOO_LARGE;
    page::notice(language, if large { &LARGE } else { &UNREADABLE }, WayOn::Front)
}

/// A form as it is shown: what was typed, and what is wrong with it. Empty before anything was typed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    fields: Fields,
    faults: BTreeMap<String, String>,
    /// What is wrong with the whole.
    pub(crate) fault: Option<String>,
}

impl Shown {
    /// With values to begin with.
    pub(crate) fn with(values: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let fields = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { fields: Fields(fields), ..Self::default() }
    }

    /// What was typed, as it was.
    pub(crate) fn typed(fields: &Fields) -> Self {
        Self { fields: fields.clone(), ..Self::default() }
    }

    /// What was typed, with what an operation said about it. Faults of fields the page does not have, and errors of
    /// other kinds that a person can do something about, stand above the form; what they cannot, comes back.
    pub(crate) fn refused(
        fields: &Fields,
        error: Error,
        t: &Texts,
        words: impl Fn(&str) -> Option<&'static str>,
    ) -> Result<Self, Error> {
        let mut shown = Self { fields: fields.clone(), ..Self::default() };
        match error {
            Error::Invalid(faults) => {
                for fault in &faults {
                    shown.faults.entry(path(fault)).or_insert_with(|| in_words(t, &fault.problem));
                }
                shown.fault = Some(t.say_with("form-faults", "n", shown.faults.len()));
            }
            Error::Conflict(word) => {
                let key = words(word).ok_or(Error::Conflict(word))?;
                shown.fault = Some(t.say(key));
            }
            other => return Err(other),
        }
        Ok(shown)
    }

    /// Sets a fault in words of the page's own.
    pub(crate) fn set(&mut self, name: &str, text: String) {
        self.faults.insert(name.to_owned(), text);
    }

    /// The files of a field that are uploaded already: the value that names each, and its name.
    pub(crate) fn kept(&self, field: &str) -> Vec<(String, String)> {
        self.fields.files(field).into_iter().map(|(path, name)| (format!("{path}/{name}"), name)).collect()
    }

    /// What stands in a field.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.fields.get(name)
    }

    /// Whether a box is ticked, or a choice made.
    pub(crate) fn is(&self, name: &str, value: &str) -> bool {
        self.fields.all(name).any(|v| v == value)
    }

    /// What is wrong with a field.
    pub(crate) fn wrong(&self, name: &str) -> Option<&str> {
        self.faults.get(name).map(String::as_str)
    }

    /// Whether anything is wrong.
    pub(crate) fn is_faulty(&self) -> bool {
        self.fault.is_some() || !self.faults.is_empty()
    }
}

/// A fault's path as the name of a field: `fields.12`.
fn path(fault: &Fault) -> String {
    fault.path.join(".")
}

/// A problem in words for people.
pub(crate) fn in_words(t: &Texts, problem: &Problem) -> String {
    match problem {
        Problem::Required | Problem::Null | Problem::Blank => t.say("problem-required"),
        Problem::TooLong(most) => t.say_with("problem-long", "n", *most),
        Problem::TooShort(least) => t.say_with("problem-short", "n", *least),
        Problem::Length(least, _) => t.say_with("problem-short", "n", *least),
        Problem::NotEmail => t.say("problem-email"),
        Problem::NotPhone => t.say("problem-phone"),
        Problem::Taken => t.say("problem-taken"),
        Problem::Unknown | Problem::WrongKind => t.say("problem-choice"),
        Problem::Mismatch => t.say("problem-mismatch"),
        Problem::Malformed | Problem::NotAllowed | Problem::LastAdmin => t.say("problem-form"),
        // What is wrong with a file says which, see `mixed`.
        Problem::Words(words) => match words.split_once('/') {
            Some(("large", name)) => t.say_all("problem-file-large", &[("x", name)]),
            Some(("broken", name)) => t.say_all("problem-file-broken", &[("x", name)]),
            Some(("full", _)) => t.say("problem-file-full"),
            _ => t.say("problem-form"),
        },
    }
}
