//! Words and numbers of this API that stand for choices: ticket states, urgencies, roles.

use std::borrow::Cow;

use kernel::Role;

use super::value::integer_text;

/// A ticket's state as this API knows it (section 7, D71).
#[derive(Clone, Copy, Debug, PartialEq, Eq, utoipa::ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Status {
    New,
    #[schema(rename = "In Progress")]
    InProgress,
    Closed,
}

impl Status {
    /// The word shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::InProgress => "In Progress",
            Self::Closed => "Closed",
        }
    }

    /// Reads any letter case, with space, `_` or `-` between the words.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "new" => Some(Self::New),
            "in progress" | "in_progress" | "in-progress" => Some(Self::InProgress),
            "closed" => Some(Self::Closed),
            _ => None,
        }
    }
}

impl serde::Serialize for Status {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

/// An urgency as it is stored: the three words with a capital, other text as sent (section 7).
#[must_use]
pub fn urgency(text: &str) -> Cow<'_, str> {
    ["Low", "Medium", "High"]
        .into_iter()
        .find(|word| word.eq_ignore_ascii_case(text))
        .map_or(Cow::Borrowed(text), Cow::Borrowed)
}

/// The number shown for a role (section 4, D75: a manager is shown as staff).
#[must_use]
pub const fn role_number(role: Role) -> u8 {
    match role {
        Role::PropertyManager => 2,
        Role::Staff | Role::Manager => 3,
        Role::Admin => 4,
    }
}

/// The role a number stands for (D33).
#[must_use]
pub const fn role_of_number(n: i64) -> Option<Role> {
    match n {
        2 => Some(Role::PropertyManager),
        3 => Some(Role::Staff),
        4 => Some(Role::Admin),
        _ => None,
    }
}

/// The role that `?r=` names (D37).
#[must_use]
pub fn role_of_text(text: &str) -> Option<Role> {
    integer_text(text).and_then(role_of_number)
}

/// The role that a `type` names (section 4). These words are the only ones.
#[must_use]
pub fn role_of_type(word: &str) -> Option<Role> {
    match word {
        "admin" => Some(Role::Admin),
        "staff" => Some(Role::Staff),
        "property_manager" => Some(Role::PropertyManager),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_7_status() {
        for (text, status) in [
            ("New", Some(Status::New)),
            ("new", Some(Status::New)),
            ("In Progress", Some(Status::InProgress)),
            ("In_Progress", Some(Status::InProgress)),
            ("IN-PROGRESS", Some(Status::InProgress)),
            ("closed", Some(Status::Closed)),
            ("Open", None),
            ("InProgress", None),
            ("In  Progress", None),
            (" new", None),
            ("", None),
        ] {
            assert_eq!(Status::parse(text), status, "{text}");
        }
        for status in [Status::New, Status::InProgress, Status::Closed] {
            assert_eq!(Status::parse(status.as_str()), Some(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }

    #[test]
    fn section_7_urgency() {
        for (sent, stored) in
            [("high", "High"), ("LOW", "Low"), ("Medium", "Medium"), ("soon", "soon"), (" low", " low"), ("", "")]
        {
            assert_eq!(urgency(sent), stored);
        }
    }

    #[test]
    fn section_4_roles() {
        for (n, word, role) in
            [(2, "property_manager", Role::PropertyManager), (3, "staff", Role::Staff), (4, "admin", Role::Admin)]
        {
            assert_eq!(role_of_number(n), Some(role));
            assert_eq!(role_of_text(&n.to_string()), Some(role));
            assert_eq!(role_of_type(word), Some(role));
            assert_eq!(i64::from(role_number(role)), n);
        }
        assert_eq!(role_number(Role::Manager), 3);
        for bad in ["1", "5", "abc", "", "-2", "2.0"] {
            assert_eq!(role_of_text(bad), None, "{bad}");
        }
        for bad in ["user", "Admin", "boss", ""] {
            assert_eq!(role_of_type(bad), None, "{bad}");
        }
    }
}
