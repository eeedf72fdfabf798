//! The reference's samples, and how answers are held against them: the same keys and types, but for what is named here.

use std::collections::BTreeSet;

use serde_json::Value;

/// Where an answer differs from the sample, and why.
const DIFFERENT: [(&str, &str); 4] = [
    // A title is a text; the sample prints the integer 0.
    ("getFaq.groups[].title", "text"),
    // `createTicket` needs it.
    ("listTicketTypes[].id", "more"),
    // Of questions with a choice.
    ("listTicketTypes[].TicketTypeFields[].options", "more"),
    // All files of a comment; the sample has room for one.
    ("TicketComments[].attachmentList", "more"),
];

/// What may be null (section 5), by the ends of paths.
const NULL: [&str; 24] = [
    ".AssignedTo",
    ".Community",
    ".Unit",
    ".TicketRating",
    ".avatar",
    ".byUserAvatar",
    ".temporaryThumbUrl",
    ".thumb",
    ".logo",
    ".image",
    ".title",
    ".salutation",
    ".country",
    ".city",
    ".postalCode",
    ".street",
    ".telephone",
    ".mobile",
    ".fax",
    ".location",
    ".company",
    ".responsibilityName",
    ".ticketTypeId",
    ".ticketStatus",
];
const NULL_TOO: [&str; 2] = [".parentItemId", "listContacts[].email"];

/// What was met in answers.
#[derive(Default)]
pub struct Met {
    /// Where something was.
    pub something: BTreeSet<String>,
    /// Where null was, an empty list, or the object without anything in it that stands for none.
    pub nothing: BTreeSet<String>,
}

/// The samples of the reference.
pub fn samples() -> Vec<Value> {
    serde_json::from_str(include_str!("../examples.json")).unwrap()
}

/// Holds an answer against a sample.
pub fn compare(path: &str, wanted: &Value, got: &Value, met: &mut Met) {
    if let Some((_, how)) = DIFFERENT.iter().find(|(end, _)| path.ends_with(end)) {
        assert!(*how == "more" || got.is_string(), "{path}");
        return;
    }
    let nothing = match got {
        Value::Null => {
            assert!(NULL.iter().chain(&NULL_TOO).any(|end| path.ends_with(end)), "{path} is null");
            true
        }
        Value::Array(all) => all.is_empty(),
        Value::Object(all) => all.is_empty() && path.ends_with("TicketComments[].Attachments"),
        _ => false,
    };
    if nothing {
        met.nothing.insert(one_ticket(path));
        return;
    }
    met.something.insert(one_ticket(path));
    match (wanted, got) {
        (Value::Object(w), Value::Object(g)) => {
            for (key, value) in w {
                let got = g.get(key).unwrap_or_else(|| panic!("{path}.{key} is missing"));
                compare(&format!("{path}.{key}"), value, got, met);
            }
            for key in g.keys().filter(|k| !w.contains_key(*k)) {
                let inner = format!("{path}.{key}");
                assert!(
                    DIFFERENT.iter().any(|(end, how)| *how == "more" && inner.ends_with(end)),
                    "{inner} is more than the sample has"
                );
            }
        }
        (Value::Array(w), Value::Array(all)) => {
            for got in all {
                compare(&format!("{path}[]"), w.first().expect("a sample"), got, met);
            }
        }
        (Value::String(_), Value::String(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::Bool(_), Value::Bool(_)) => {}
        (w, g) => panic!("{path}: {w} in the sample, {g} here"),
    }
}

/// A ticket is one whichever call answers it, and so is a person whatever they are to it.
fn one_ticket(path: &str) -> String {
    let path = path.replace("listTickets[]", "Ticket").replace("commentTicket", "Ticket");
    [".AssignedTo.", ".Contact.", ".CreatedBy."].iter().fold(path, |path, role| path.replace(role, ".Person."))
}
