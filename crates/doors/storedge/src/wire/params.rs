//! The parameters of a request: read for the core, and repeated in `meta.parameters` (K2, K5 to K7, M4 to M7).

use super::value::{self, MOST_DEPTH, Object, Value};

/// What is repeated of a secret (M6).
const FILTERED: &str = "[FILTERED]";
/// Names that hold one of these are secrets, at every depth (M6).
const SECRET_PARTS: [&str; 8] = [
    "password",
    "account_number",
    "card_number",
    "security_code",
    "reset_token",
    "magnetic_track",
    "routing_number",
    "last_4_of_ssn",
];
/// These are secrets as a whole name only.
const SECRETS: [&str; 1] = ["answer"];

/// No client sends more pairs in a query or a form. It is read before its signature is known to be good, so it has to be
/// cheap whatever it holds.
const MOST_PAIRS: usize = 2_000;

/// How a part of the API wraps its attributes: the key, and the attributes it repeats when they were sent flat (M5).
#[derive(Clone, Copy, Debug)]
pub struct Wrapper {
    /// The wrapped key: `tenant`.
    pub key: &'static str,
    /// The names that it repeats.
    pub attributes: &'static [&'static str],
}

/// Query and body of a request.
#[derive(Clone, Debug, Default)]
pub struct Params {
    query: Object,
    body: Object,
    broken: bool,
}

impl Params {
    /// Reads a query, and a body that came with this `Content-Type`. What is not a form is JSON, whatever it is called,
    /// and an empty body is none (K3).
    #[must_use]
    pub fn read(query: &str, content_type: &str, body: &[u8]) -> Self {
        let query = nested(query.as_bytes());
        let body = match body {
            b"" => Some(Object::default()),
            form if is_form(content_type) => nested(form),
            json => of_json(json),
        };
        let broken = query.is_none() || body.is_none();
        Self { query: query.unwrap_or_default(), body: body.unwrap_or_default(), broken }
    }

    /// Whether something could not be read: malformed, no object, or far too much.
    #[must_use]
    pub const fn is_broken(&self) -> bool {
        self.broken
    }

    /// A parameter of the body, else of the query.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.body.get(name).or_else(|| self.query.get(name))
    }

    /// A parameter as text; numbers count as text (K12), and an empty text as none.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::Text(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(n) => Some(n.to_string()),
            Value::Bool(b) => Some(b.to_string()),
            _ => None,
        }
    }

    /// The items of a comma list; none where it was not sent.
    #[must_use]
    pub fn comma_list(&self, name: &str) -> Option<Vec<String>> {
        let items =
            |text: &str| text.split(',').map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect::<Vec<_>>();
        match self.get(name)? {
            Value::Text(text) => Some(items(text)),
            Value::List(list) => Some(list.iter().filter_map(Value::text).flat_map(items).collect()),
            _ => None,
        }
    }

    /// The parameters as they are repeated (M4): those of the query, of the body, of the path, then the wrapped key,
    /// which stays in front where it is all that was sent (M5). Secrets are covered (M6).
    #[must_use]
    pub fn repeated(&self, path: &[(&'static str, String)], wrapper: Option<Wrapper>) -> Object {
        let mut all = self.query.clone();
        for (name, value) in self.body.iter() {
            all.set_last(name, value.clone());
        }
        let wrapped = wrapper.and_then(|w| self.wrapped(w, &mut all).map(|value| (w.key, value)));
        for (name, value) in path {
            all.set_last(*name, Value::Text(value.clone()));
        }
        if let Some((key, value)) = wrapped {
            all.set_last(key, value);
        }
        cover(&mut all);
        all
    }

    /// What is to be repeated last under the wrapped key; nothing where it stays in its place.
    fn wrapped(&self, wrapper: Wrapper, all: &mut Object) -> Option<Value> {
        let place = if self.body.get(wrapper.key).is_some() { &self.body } else { &self.query };
        match place.get(wrapper.key) {
            Some(_) if place.len() == 1 => None,
            Some(_) => all.remove(wrapper.key),
            None => {
                let mut flat = self.body.clone();
                flat.retain(|name| wrapper.attributes.contains(&name));
                Some(Value::Object(flat))
            }
        }
    }
}

/// Whether a body of this type is a form, whose pairs are part of the signature (K6).
#[must_use]
pub fn is_form(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn of_json(body: &[u8]) -> Option<Object> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Some(Object::default());
    }
    match value::parse(body) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}

/// Names with brackets as nested objects and lists; nothing where they nest too deeply or are too many. The credential is no parameter
/// of the call (M6).
fn nested(text: &[u8]) -> Option<Object> {
    let mut all = Object::default();
    for (n, (name, value)) in form_urlencoded::parse(text).filter(|(name, _)| !name.starts_with("oauth_")).enumerate() {
        if n == MOST_PAIRS {
            return None;
        }
        let (first, rest) = name.find('[').map_or((&*name, ""), |at| name.split_at(at));
        // A name that begins with a bracket is just a name.
        let (first, steps) = if first.is_empty() { (&*name, Vec::new()) } else { (first, steps(rest)) };
        if steps.len() >= MOST_DEPTH {
            return None;
        }
        if all.get(first).is_none() {
            all.set(first, Value::Null);
        }
        if let Some(place) = all.get_mut(first) {
            put(place, &steps, value.into_owned());
        }
    }
    Some(all)
}

/// The names in `[a][][b]`; what is not in brackets ends them.
fn steps(mut rest: &str) -> Vec<&str> {
    let mut out = Vec::new();
    while let Some((name, after)) = rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
        out.push(name);
        rest = after;
    }
    out
}

/// Puts a value where the steps lead. `[]` adds to a list; `[][name]` adds to its last object, unless that has the name
/// already, and then begins the next.
fn put(place: &mut Value, steps: &[&str], value: String) {
    let Some((step, rest)) = steps.split_first() else {
        *place = Value::Text(value);
        return;
    };
    if step.is_empty() {
        if !matches!(place, Value::List(_)) {
            *place = Value::List(Vec::new());
        }
        let Value::List(items) = place else { return };
        let begins = match (rest.first(), items.last()) {
            (Some(name), Some(Value::Object(last))) if !name.is_empty() => {
                // A list inside of the object goes on where it is.
                rest.len() == 1 && last.get(name).is_some()
            }
            _ => true,
        };
        if begins {
            items.push(Value::Null);
        }
        if let Some(last) = items.last_mut() {
            put(last, rest, value);
        }
        return;
    }
    if !matches!(place, Value::Object(_)) {
        *place = Value::Object(Object::default());
    }
    if let Value::Object(object) = place {
        if object.get(step).is_none() {
            object.set(*step, Value::Null);
        }
        if let Some(inner) = object.get_mut(step) {
            put(inner, rest, value);
        }
    }
}

fn cover(object: &mut Object) {
    for (name, value) in object.iter_mut() {
        if SECRETS.contains(&name) || SECRET_PARTS.iter().any(|part| name.contains(part)) {
            *value = FILTERED.into();
        } else {
            cover_value(value);
        }
    }
}

fn cover_value(value: &mut Value) {
    match value {
        Value::Object(object) => cover(object),
        Value::List(items) => items.iter_mut().for_each(cover_value),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: Wrapper = Wrapper { key: "tenant", attributes: &["username", "account_number"] };

    fn repeated(query: &str, body: &str, path: &[(&'static str, &str)]) -> String {
        let path: Vec<_> = path.iter().map(|(n, v)| (*n, (*v).to_owned())).collect();
        let params = Params::read(query, "application/json", body.as_bytes());
        serde_json::to_string(&params.repeated(&path, Some(TENANT))).unwrap()
    }

    fn form(text: &str) -> String {
        let params = Params::read("", "application/x-www-form-urlencoded; charset=utf-8", text.as_bytes());
        serde_json::to_string(&params.body).unwrap()
    }

    #[test]
    fn k2_brackets_and_commas_raw_or_encoded() {
        for query in ["fields[tenant]=id,username", "fields%5Btenant%5D=id%2Cusername"] {
            let params = Params::read(query, "", b"");
            let fields = params.get("fields").and_then(Value::object).unwrap();
            assert_eq!(fields.get("tenant").unwrap().text(), Some("id,username"));
        }
    }

    #[test]
    fn k3_the_content_type_says_little() {
        for kind in ["", "application/json", "text/plain", "application/json; charset=utf-8"] {
            assert_eq!(Params::read("", kind, b"{\"a\":1}").text("a").as_deref(), Some("1"), "{kind}");
            assert!(!Params::read("", kind, b"").is_broken());
            assert!(!Params::read("", kind, b" \n").is_broken());
        }
        for bad in ["[]", "1", "{", "null", "{} {}"] {
            assert!(Params::read("", "", bad.as_bytes()).is_broken(), "{bad}");
        }
    }

    #[test]
    fn k6_bracket_names() {
        for (text, json) in [
            ("tenant[username]=x", r#"{"tenant":{"username":"x"}}"#),
            ("a[]=1&a[]=2&b=", r#"{"a":["1","2"],"b":""}"#),
            ("p[][n]=1&p[][l]=a&p[][n]=2", r#"{"p":[{"n":"1","l":"a"},{"n":"2"}]}"#),
            ("p[0][n]=1&p[1][n]=2", r#"{"p":{"0":{"n":"1"},"1":{"n":"2"}}}"#),
            ("a=1&a=2&a[b]=3", r#"{"a":{"b":"3"}}"#),
            ("[a]=1&b]=2&c[=3", r#"{"[a]":"1","b]":"2","c":"3"}"#),
            ("a=x+y%26&oauth_nonce=n", r#"{"a":"x y&"}"#),
            ("c[][p][][n]=1&c[][p][][n]=2", r#"{"c":[{"p":[{"n":"1"},{"n":"2"}]}]}"#),
        ] {
            assert_eq!(form(text), json, "{text}");
        }
        let deep = format!("a{}=1", "[a]".repeat(MOST_DEPTH));
        assert!(Params::read("", "application/x-www-form-urlencoded", deep.as_bytes()).is_broken());
        let many = |n: usize| (0..n).map(|i| format!("{i}=&")).collect::<String>();
        assert!(Params::read(&many(MOST_PAIRS + 1), "", b"").is_broken());
        assert!(!Params::read(&many(MOST_PAIRS), "", b"").is_broken());
    }

    #[test]
    fn m4_order() {
        assert_eq!(
            repeated("page=2&z=1", r#"{"b":1,"a":true}"#, &[("facility_id", "f"), ("id", "t")]),
            r#"{"page":"2","z":"1","b":1,"a":true,"facility_id":"f","id":"t","tenant":{}}"#
        );
        // A name of the path is the path's, whoever else sent it.
        assert_eq!(repeated("id=q", r#"{"id":"b"}"#, &[("id", "p")]), r#"{"id":"p","tenant":{}}"#);
    }

    #[test]
    fn m5_the_wrapped_key() {
        let path = [("facility_id", "f")];
        assert_eq!(repeated("", "", &path), r#"{"facility_id":"f","tenant":{}}"#);
        assert_eq!(
            repeated("", r#"{"username":"x","other":1}"#, &path),
            r#"{"username":"x","other":1,"facility_id":"f","tenant":{"username":"x"}}"#
        );
        assert_eq!(repeated("", r#"{"tenant":{"login":"x"}}"#, &path), r#"{"tenant":{"login":"x"},"facility_id":"f"}"#);
        assert_eq!(
            repeated("", r#"{"tenant":{"username":"y"},"username":"x"}"#, &path),
            r#"{"username":"x","facility_id":"f","tenant":{"username":"y"}}"#
        );
        assert_eq!(
            repeated("", r#"{"tenant_settings":{"a":true},"tenant":{}}"#, &path),
            r#"{"tenant_settings":{"a":true},"facility_id":"f","tenant":{}}"#
        );
    }

    #[test]
    fn m6_secrets_are_covered() {
        assert_eq!(
            repeated(
                "oauth_signature=x&account_number=1",
                r#"{"tenant":{"current_password":"a","q":[{"question":"?","answer":"!"}],"military_information":{"last_4_of_ssn":"1234"}}}"#,
                &[]
            ),
            "{\"account_number\":\"[FILTERED]\",\"tenant\":{\"current_password\":\"[FILTERED]\",\
             \"q\":[{\"question\":\"?\",\"answer\":\"[FILTERED]\"}],\
             \"military_information\":{\"last_4_of_ssn\":\"[FILTERED]\"}}}"
        );
        for name in ["card_number", "security_code", "reset_token", "magnetic_track", "routing_number", "password"] {
            assert_eq!(
                repeated("", &format!("{{\"{name}\":1}}"), &[]),
                format!("{{\"{name}\":\"[FILTERED]\",\"tenant\":{{}}}}")
            );
        }
        // The repetition under the wrapped key is covered too.
        assert!(repeated("", r#"{"account_number":1}"#, &[]).ends_with(r#""tenant":{"account_number":"[FILTERED]"}}"#));
    }

    #[test]
    fn m7_types() {
        assert_eq!(
            repeated("a=1", r#"{"b":1,"c":null,"d":1.5}"#, &[]),
            r#"{"a":"1","b":1,"c":null,"d":1.5,"tenant":{}}"#
        );
    }
}
