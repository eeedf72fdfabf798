//! Whether an answer is what an example says: all equal but ids, times, tokens and `minsPastUpdate`.

use std::collections::HashMap;

use serde_json::Value;

/// What an id is of. Ids of users are the same in the examples and here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Of {
    Tenant,
    Property,
    Lease,
    Contact,
    Number,
    Ticket,
    Note,
}

/// The example's ids, and ours.
#[derive(Default)]
pub struct Ids(HashMap<(Of, i64), i64>);

impl Ids {
    /// Says that our `own` is the example's `id`.
    pub fn learn(&mut self, of: Of, id: i64, own: i64) {
        self.0.insert((of, id), own);
    }

    /// Forgets an id: the next answer tells it anew.
    pub fn forget(&mut self, of: Of, id: i64) {
        self.0.remove(&(of, id));
    }

    /// Our id for the example's. Ids that were not learned name nothing, here and there.
    pub fn own(&self, of: Of, id: i64) -> i64 {
        self.0.get(&(of, id)).copied().unwrap_or(id)
    }

    /// Whether our `own` stands for the example's `id`; a pair not seen before does from now on.
    fn same(&mut self, of: Of, id: i64, own: i64) -> bool {
        *self.0.entry((of, id)).or_insert(own) == own
    }

    /// A text of ours with the example's ids of tenants.
    fn told(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for ((of, id), own) in &self.0 {
            if *of == Of::Tenant && id != own {
                out = out.replace(&format!("[{own}, {own}]"), &format!("[{id}, {id}]"));
            }
        }
        out
    }
}

/// What the ids under a key are of; `inside` is the object the key is in.
fn kind(key: &str, inside: &Value) -> Option<Of> {
    let has = |key: &str| inside.get(key).is_some();
    match key {
        "tenantID" | "tenant_id" => Some(Of::Tenant),
        "propertyID" => Some(Of::Property),
        "ticket_id" | "ticketid" => Some(Of::Ticket),
        "id" if has("email") || has("first_name") || has("propertyName") => None,
        "id" if has("text") => Some(Of::Note),
        "id" if has("issue") => Some(Of::Ticket),
        "id" if has("contact_numbers") => Some(Of::Contact),
        "id" if has("number") => Some(Of::Number),
        "id" if has("address") => Some(Of::Property),
        "id" if has("dateTimeStart") => Some(Of::Lease),
        "id" if has("phone") => Some(Of::Tenant),
        _ => None,
    }
}

/// What is different, in words.
pub fn differences(expected: &Value, actual: &Value, ids: &mut Ids) -> Vec<String> {
    let mut out = Vec::new();
    values("", expected, actual, ids, &mut out);
    out
}

fn values(at: &str, expected: &Value, actual: &Value, ids: &mut Ids, out: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(e), Value::Object(a)) => {
            for key in e.keys().chain(a.keys().filter(|k| !e.contains_key(*k))) {
                let at = format!("{at}/{key}");
                match (e.get(key), a.get(key)) {
                    (Some(e), Some(a)) => member(&at, key, expected, e, a, ids, out),
                    (Some(_), None) => out.push(format!("{at} is missing")),
                    _ => out.push(format!("{at} is too much")),
                }
            }
        }
        (Value::Array(e), Value::Array(a)) if e.len() == a.len() => {
            for (i, (e, a)) in e.iter().zip(a).enumerate() {
                values(&format!("{at}/{i}"), e, a, ids, out);
            }
        }
        (Value::String(e), Value::String(a)) if *e == ids.told(a) => {}
        _ if expected == actual => {}
        _ => out.push(format!("{at}: {expected} expected, {actual} found")),
    }
}

fn member(at: &str, key: &str, inside: &Value, e: &Value, a: &Value, ids: &mut Ids, out: &mut Vec<String>) {
    let same = match key {
        "created_at" | "updated_at" | "lastActive" => alike(e, a),
        "access_token" | "refresh_token" => a.as_str().is_some_and(|t| t.split('.').count() == 3),
        "minsPastUpdate" => a.is_u64(),
        // The id of a new row, beside its message.
        "id" if inside.get("message").is_some() => a.is_u64(),
        _ => match (kind(key, inside), e.as_i64(), a.as_i64()) {
            (Some(of), Some(e), Some(a)) => ids.same(of, e, a),
            _ => return values(at, e, a, ids, out),
        },
    };
    if !same {
        out.push(format!("{at}: {e} expected, {a} found"));
    }
}

/// Whether two texts have the same form: digits for digits, everything else equal.
fn alike(e: &Value, a: &Value) -> bool {
    let form = |v: &Value| v.to_string().replace(|c: char| c.is_ascii_digit(), "0");
    form(e) == form(a)
}
