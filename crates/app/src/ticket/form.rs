//! The answers to a form: held against its questions, and kept as they were given.

use std::collections::HashMap;

use kernel::{Date, Faults, Problem};
use serde_json::{Map, Value, json};

use crate::ticket_type::{Kind, Question, TicketType};

/// Files one question takes.
const MOST_FILES: usize = 10;

/// An answer as it was given, beside the question as it was asked.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Answer {
    /// The question's id.
    pub id: i64,
    /// What was asked.
    pub name: String,
    /// The word of its kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// The answer: text, number, yes or no, a date as text, or a list of the paths of files.
    pub value: Value,
}

/// Holds answers against their questions. Keys are the questions' ids as text.
pub(super) fn check(form: &TicketType, given: &[(String, Value)], faults: &mut Faults) -> Vec<Answer> {
    let mut of: HashMap<&str, &Value> = HashMap::new();
    let known: Vec<String> = form.fields.iter().map(|f| f.id.to_string()).collect();
    for (key, value) in given {
        if known.contains(key) {
            of.insert(key, value);
        } else {
            faults.add_at(vec!["fields".into(), key.clone().into()], Problem::Unknown);
        }
    }
    let mut out = Vec::new();
    for (question, key) in form.fields.iter().zip(known) {
        let value = of.get(key.as_str()).copied().filter(|v| !is_nothing(v));
        let problem = match value {
            None if question.required => Some(Problem::Required),
            None => continue,
            Some(v) => wrong(question, v),
        };
        match (problem, value) {
            (Some(problem), _) => faults.add_at(vec!["fields".into(), key.into()], problem),
            (None, Some(v)) => out.push(Answer {
                id: question.id.get(),
                name: question.name.clone(),
                kind: question.kind.as_str().to_owned(),
                value: kept(question.kind, v),
            }),
            (None, None) => {}
        }
    }
    out
}

fn is_nothing(v: &Value) -> bool {
    match v {
        Value::Null => true,
        Value::String(s) => s.is_empty(),
        Value::Array(a) => a.is_empty(),
        _ => false,
    }
}

fn wrong(question: &Question, value: &Value) -> Option<Problem> {
    let text = |most: usize| match value {
        Value::String(s) if s.chars().count() > most => Some(Problem::TooLong(most)),
        Value::String(s) if question.required && s.trim().is_empty() => Some(Problem::Blank),
        Value::String(s) if !kernel::has_no_nul(s) => Some(Problem::Malformed),
        Value::String(_) => None,
        _ => Some(Problem::WrongKind),
    };
    match question.kind {
        Kind::Text => text(255).or_else(|| {
            let lines = value.as_str().is_some_and(|s| s.contains(['\n', '\r']));
            lines.then_some(Problem::Malformed)
        }),
        Kind::LongText => text(10_000),
        Kind::Number => (!value.as_f64().is_some_and(f64::is_finite)).then_some(Problem::WrongKind),
        Kind::Checkbox => match value {
            Value::Bool(false) if question.required => Some(Problem::Required),
            Value::Bool(_) => None,
            _ => Some(Problem::WrongKind),
        },
        Kind::DropDown => match value {
            Value::String(s) if question.options.contains(s) => None,
            Value::String(_) => Some(Problem::Unknown),
            _ => Some(Problem::WrongKind),
        },
        Kind::Date => match value {
            Value::String(s) if s.len() == 10 && s.parse::<Date>().is_ok() => None,
            Value::String(_) => Some(Problem::Malformed),
            _ => Some(Problem::WrongKind),
        },
        Kind::File => match value {
            Value::Array(files) if files.len() > MOST_FILES => Some(Problem::TooLong(MOST_FILES)),
            Value::Array(files) if files.iter().all(|f| path(f).is_some()) => None,
            _ => Some(Problem::WrongKind),
        },
    }
}

/// Of a file only its path is trusted.
fn path(file: &Value) -> Option<&str> {
    file.get("path").and_then(Value::as_str).filter(|p| !p.is_empty() && p.len() <= 255 && !p.contains('/'))
}

fn kept(kind: Kind, value: &Value) -> Value {
    match (kind, value) {
        (Kind::File, Value::Array(files)) => files.iter().filter_map(path).map(Value::from).collect(),
        _ => value.clone(),
    }
}

/// What a ticket with these answers is about, for doors that know only a text: the first long text, else the first
/// text, else the form's name.
pub(super) fn description(form: &TicketType, answers: &[Answer]) -> String {
    let first = |kind: Kind| {
        let texts = answers.iter().filter(|a| a.kind == kind.as_str()).filter_map(|a| a.value.as_str());
        texts.map(str::trim).find(|s| !s.is_empty())
    };
    first(Kind::LongText).or_else(|| first(Kind::Text)).unwrap_or(&form.row.name).to_owned()
}

/// The paths of all files among the answers.
#[must_use]
pub fn files(answers: &[Answer]) -> Vec<&str> {
    let lists = answers.iter().filter(|a| a.kind == Kind::File.as_str()).filter_map(|a| a.value.as_array());
    lists.flatten().filter_map(Value::as_str).collect()
}

/// As it is stored.
pub(super) fn snapshot(answers: &[Answer]) -> String {
    let all = answers.iter().map(|a| {
        let mut one = Map::new();
        one.insert("id".to_owned(), json!(a.id));
        one.insert("name".to_owned(), json!(a.name));
        one.insert("type".to_owned(), json!(a.kind));
        one.insert("value".to_owned(), a.value.clone());
        Value::Object(one)
    });
    Value::Array(all.collect()).to_string()
}

/// As it was stored.
pub(crate) fn read(snapshot: Option<&str>) -> Vec<Answer> {
    snapshot.and_then(|s| serde_json::from_str(s).ok()).unwrap_or_default()
}
