//! Every error of the examples, told by the kit. Where the core would have to find the fault, a sketch of the core
//! below does, with the facts of the examples.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_TYPE};
use dwellingly::wire::{
    Body, DoorError, Reader, TokenFault,
    reader::words as in_words,
    value::integer_text,
    words::{self, Words},
};
use kernel::{Draft, Error, Faults, Field, Problem, Unauthenticated};
use serde_json::{Value, json};

/// What the sketch of the core knows.
const EMAILS: [&str; 3] = ["staff1@x.org", "user1@dwellingly.org", "john51@gmail.com"];
const STAFF: i64 = 2;
const MANAGER: i64 = 5;

/// What a mini handler reads: fields by the core's names, in the order read.
type Input = Vec<(&'static str, Field<Value>)>;

fn v<T: Into<Value>>(f: Field<T>) -> Field<Value> {
    f.map(Into::into)
}

fn ids(r: &mut Reader<'_>, key: &str, field: &'static str) -> Field<Value> {
    v(r.ids::<i64>(key, field))
}

fn user(r: &mut Reader<'_>) -> Input {
    vec![
        ("first_name", v(r.text("firstName", "first_name", 100))),
        ("last_name", v(r.text("lastName", "last_name", 100))),
        ("email", v(r.text("email", "email", 100))),
        ("phone", v(r.text("phone", "phone", 40))),
    ]
}

fn register(r: &mut Reader<'_>) -> Input {
    r.no_role();
    let mut input = user(r);
    input.push(("password", v(r.text("password", "password", usize::MAX))));
    input
}

fn invite(r: &mut Reader<'_>) -> Input {
    let _ = r.role();
    user(r)
}

fn login(r: &mut Reader<'_>) -> Input {
    vec![("email", v(r.text("email", "email", 999))), ("password", v(r.text("password", "password", 999)))]
}

fn change_user(r: &mut Reader<'_>) -> Input {
    let mut input = invite(r);
    input.push(("new_password", v(r.text("new_password", "new_password", usize::MAX))));
    input.push(("current_password", v(r.text("current_password", "current_password", usize::MAX))));
    input
}

fn property(r: &mut Reader<'_>) -> Input {
    let zip = r.first_of(["zipcode", "zipCode"]);
    vec![
        ("name", v(r.text("name", "name", 100))),
        ("street", v(r.text("address", "street", 250))),
        ("city", v(r.text("city", "city", 50))),
        ("state", v(r.text("state", "state", 50))),
        ("postal", v(r.text(zip, "postal", 20))),
        ("declared_units", v(r.integer_or_nothing("num_units", "declared_units"))),
        ("manager_ids", ids(r, "propertyManagerIDs", "manager_ids")),
    ]
}

fn lease_fields(r: &mut Reader<'_>) -> Input {
    vec![
        ("property_id", v(r.integer("propertyID", "property_id"))),
        ("starts_at", r.lease_date("dateTimeStart", "starts_at").map(|d| d.micros().into())),
        ("ends_at", r.lease_date("dateTimeEnd", "ends_at").map(|d| d.micros().into())),
        ("unit_number", v(r.text_or_null("unitNum", "unit_number", 10))),
        ("occupants", v(r.integer_or_null("occupants", "occupants"))),
    ]
}

fn lease(r: &mut Reader<'_>) -> Input {
    let mut input = lease_fields(r);
    input.push(("person_id", v(r.integer("tenantID", "person_id"))));
    input
}

/// Names and phone of tenants have both bounds in one text, which is the core's to say.
fn tenant(r: &mut Reader<'_>) -> Input {
    let mut input = vec![
        ("first_name", v(r.text("firstName", "first_name", usize::MAX))),
        ("last_name", v(r.text("lastName", "last_name", usize::MAX))),
        ("phone", v(r.text("phone", "phone", usize::MAX))),
        ("staff_ids", ids(r, "staffIDs", "staff_ids")),
    ];
    let lease = r.object("lease", "lease", |r| {
        r.only(&["propertyID", "unitNum", "occupants", "dateTimeStart", "dateTimeEnd"]);
        let fields = lease_fields(r);
        for field in fields.iter().take(3) {
            r.require(field.0, &field.1);
        }
        fields
    });
    if let Some(fields) = lease.given()
        && fields[0].1.given().is_some_and(|p| *p != 1)
    {
        input.push(("lease.property_id", fields[0].1.clone()));
    }
    input
}

fn staff_tenants(r: &mut Reader<'_>) -> Input {
    vec![("resident_ids", ids(r, "tenants", "resident_ids")), ("staff_ids", ids(r, "staff", "staff_ids"))]
}

fn contact(r: &mut Reader<'_>) -> Input {
    let numbers = r.objects("contact_numbers", "numbers", |r| {
        let number = r.text("number", "number", 30);
        r.require("number", &number);
        let _ = (r.text_or_null("numtype", "kind", 30), r.text_or_null("extension", "extension", 10));
        Value::Null
    });
    vec![
        ("name", v(r.text("name", "name", 100))),
        ("description", v(r.text_or_null("description", "description", 256))),
        ("numbers", v(numbers)),
    ]
}

fn ticket(r: &mut Reader<'_>) -> Input {
    vec![
        ("concerns_id", r.id_or_null::<i64>("tenant_id", "concerns_id").map(Into::into)),
        ("author_id", v(r.integer("author_id", "author_id"))),
        ("description", v(r.text_or_null("issue", "description", 144))),
        ("status", r.status("status", "status").map(|s| s.as_str().into())),
        ("urgency", v(r.urgency("urgency", "urgency", 12))),
    ]
}

fn note(r: &mut Reader<'_>) -> Input {
    vec![("text", v(r.text("text", "text", usize::MAX)))]
}

fn message(r: &mut Reader<'_>) -> Input {
    let (user, subject) = (r.first_of(["user_id", "userid"]), r.first_of(["subject", "title"]));
    vec![
        ("person_id", v(r.integer(user, "person_id"))),
        ("subject", v(r.text(subject, "subject", 255))),
        ("body", v(r.text("body", "body", 10_000))),
    ]
}

/// The sketch of the core: what a rule of section 8 says to a field that is well formed.
fn rule(of: &str, field: &str, value: &Value) -> Option<Problem> {
    let characters = value.as_str().map_or(0, |s| s.chars().count());
    let all = |good: &dyn Fn(i64) -> bool| {
        let ids: Vec<_> = value.as_array().expect("a list").iter().filter_map(Value::as_i64).collect();
        let repeated = ids.iter().enumerate().any(|(i, id)| ids[..i].contains(id));
        if repeated { Some(Problem::Taken) } else { ids.iter().any(|id| !good(*id)).then_some(Problem::Unknown) }
    };
    let unknown = |good: bool| (!good).then_some(Problem::Unknown);
    match (of, field) {
        ("login", _) => None,
        (_, "email") if EMAILS.contains(&value.as_str()?) => Some(Problem::Taken),
        (_, "email") => (!value.as_str()?.contains('@')).then_some(Problem::NotEmail),
        (_, "password") => (characters < 8).then_some(Problem::TooShort(8)),
        ("property", "name") if value.as_str()?.trim().is_empty() => Some(Problem::Blank),
        ("property", "name") => ["Garden Blocks", "Empty House"].contains(&value.as_str()?).then_some(Problem::Taken),
        ("contact", "name") => (value == "Narcotics Anonymous").then_some(Problem::Taken),
        ("contact", "numbers") => value.as_array()?.is_empty().then_some(Problem::TooShort(1)),
        ("tenant", "phone") => (!(10..=30).contains(&characters)).then_some(Problem::Length(10, 30)),
        ("tenant", "first_name" | "last_name") => (!(1..=100).contains(&characters)).then_some(Problem::Length(1, 100)),
        ("tenant" | "staff-tenants", "staff_ids") => all(&|id| id == STAFF),
        (_, "resident_ids") if value.as_array()?.is_empty() => Some(Problem::Blank),
        (_, "resident_ids") => all(&|id| id <= 4),
        ("ticket", "concerns_id") | ("lease", "person_id") => unknown(value.as_i64()? <= 4),
        (_, "author_id" | "property_id" | "lease.property_id") => unknown(value.as_i64()? <= 4),
        _ => None,
    }
}

fn operate(of: &str, draft: &Draft<Input>, required: &[&'static str]) -> Result<(), Error> {
    let (input, mut faults) = draft.open()?;
    for (field, read) in input {
        if required.contains(field) {
            read.required(&mut faults, field);
        }
        let Some(value) = read.given() else { continue };
        if let Some(problem) = rule(of, field, value) {
            faults.add_at(field.split('.').map(Into::into).collect(), problem);
        }
        if *field == "manager_ids" {
            managers(value, &mut faults);
        }
    }
    let given = |name| input.iter().any(|(field, read)| *field == name && !read.is_absent());
    if of == "user" && given("new_password") && !given("current_password") {
        faults.add("current_password", Problem::Required);
    }
    if of == "lease" && faults.is_empty() && !required.is_empty() {
        faults.add("person_id", Problem::Taken);
    }
    faults.finish()
}

fn managers(value: &Value, faults: &mut Faults) {
    for (at, id) in value.as_array().expect("a list").iter().enumerate() {
        let problem = match id.as_i64() {
            Some(MANAGER) => continue,
            Some(1) => Problem::WrongKind,
            _ => Problem::Unknown,
        };
        faults.add_at(vec!["manager_ids".into(), at.to_string().into()], problem);
    }
}

/// What answers a call: words, name in the sketch, reader, fields required.
type Handler = (Words, &'static str, fn(&mut Reader<'_>) -> Input, &'static [&'static str]);

fn handler(method: &str, path: &str) -> Option<Handler> {
    let parts: Vec<&str> = path.trim_start_matches("/api/").trim_end_matches('/').split('/').collect();
    Some(match (method, &parts[..]) {
        ("POST", ["login"]) => (words::USER, "login", login, &[]),
        ("POST", ["register"]) => {
            (words::USER, "register", register, &["first_name", "last_name", "email", "phone", "password"])
        }
        ("POST", ["user", "invite"]) => (words::USER, "invite", invite, &["first_name", "last_name", "email", "phone"]),
        ("POST", ["user", "message"]) => (words::MESSAGE, "message", message, &["person_id", "subject", "body"]),
        ("PATCH", ["user", _]) => (words::USER, "user", change_user, &[]),
        ("POST", ["properties"]) => {
            (words::PROPERTY, "property", property, &["name", "street", "city", "state", "postal"])
        }
        ("PUT", ["properties", _]) => (words::PROPERTY, "property", property, &[]),
        ("POST", ["tenants"]) => (words::TENANT, "tenant", tenant, &["first_name", "last_name", "phone"]),
        ("PUT", ["tenants", _]) => (words::TENANT, "tenant", tenant, &[]),
        ("PATCH", ["staff-tenants"]) => {
            (words::STAFF_TENANTS, "staff-tenants", staff_tenants, &["resident_ids", "staff_ids"])
        }
        ("POST", ["lease"]) => (words::LEASE, "lease", lease, &["property_id", "person_id", "starts_at", "ends_at"]),
        ("PUT", ["lease", _]) => (words::LEASE, "lease", lease, &[]),
        ("POST", ["emergencycontacts"]) => (words::CONTACT, "contact", contact, &["name", "numbers"]),
        ("POST", ["tickets"]) => (words::TICKET, "ticket", ticket, &["concerns_id", "author_id"]),
        ("PUT", ["tickets", _]) => (words::TICKET, "ticket", ticket, &[]),
        ("POST", ["tickets", _, "notes"]) => (words::NOTE, "note", note, &["text"]),
        _ => return None,
    })
}

async fn body(example: &Value) -> Body {
    let mut headers = HeaderMap::new();
    if let Some(content_type) = example["headers"]["Content-Type"].as_str() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).expect("a header"));
    }
    let bytes = match &example["request"] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        object => object.to_string(),
    };
    Body::decode(&headers, bytes.into()).await
}

async fn answer(example: &Value) -> Option<DoorError> {
    let (method, path) = (example["method"].as_str()?, example["path"].as_str()?);
    let body = body(example).await;
    let missing = |text| body.ids::<i64>(text).open().and_then(|(_, faults)| faults.finish()).map_err(DoorError::from);
    match (method, path) {
        ("PATCH", "/api/properties/archive") => return missing("Property IDs missing in request").err(),
        ("DELETE", "/api/tickets") => return missing("Ticket IDs missing in request").err(),
        ("GET", "/api/tickets?tenant_id=abc") => {
            assert_eq!(integer_text("abc"), None);
            return Some(Error::invalid("tenant_id", in_words("Not a valid integer.")).into());
        }
        _ => {}
    }
    let (words, of, read, required) = handler(method, path)?;
    operate(of, &body.draft(read), required).map_err(words.with(&body)).err()
}

/// Errors of one text that the core or the header decides: what is left to check is status and text.
fn texts() -> Vec<DoorError> {
    use TokenFault as T;
    let tokens = [
        T::NoHeader,
        T::OtherScheme,
        T::Malformed,
        T::Segments,
        T::Padding,
        T::Signature,
        T::Algorithm,
        T::Expired,
        T::NotYetValid,
        T::MissingClaim("sub"),
        T::WrongKindAccess,
        T::WrongKindRefresh,
        T::Revoked,
        T::Person(4711),
        T::Person(2),
    ];
    let of_links = [T::Expired, T::Segments, T::Signature, T::WrongKindAccess, T::Person(1)];
    let kinds = ["user", "property", "tenant", "lease", "emergency_contact", "ticket", "note"];
    let conflicts = ["has_written", "self_archive", "self_delete", "password_mismatch", "unconfirmed_password"];
    let mut all: Vec<DoorError> = tokens.into_iter().map(Into::into).collect();
    all.extend(of_links.map(TokenFault::of_link));
    all.extend(kinds.map(|kind| Error::NotFound(kind).into()));
    all.extend(conflicts.map(|rule| Error::Conflict(rule).into()));
    all.extend([Unauthenticated::Credentials, Unauthenticated::Disabled].map(DoorError::from));
    all.push(Error::Forbidden.into());
    all.push(words::USER.with_403().bare()(Error::Forbidden));
    all.push(words::NOTE.missing("Notes not found").bare()(Error::NotFound("note")));
    all.push(DoorError::no_such_path());
    all.push(DoorError::wrong_method());
    // The handlers' own.
    all.extend(["Invalid email", "Invalid role"].map(|text| DoorError::text(StatusCode::BAD_REQUEST, text)));
    all
}

#[tokio::test]
async fn every_error_of_the_examples() {
    let examples: Value = serde_json::from_str(include_str!("examples.json")).expect("JSON");
    let texts = texts();
    let (mut by_text, mut by_field) = (0, 0);
    for example in examples.as_array().expect("a list") {
        let Some(status) = example["status"].as_u64().filter(|s| *s >= 400) else { continue };
        let meant = &example["response"]["message"];
        let name = &example["name"];
        let told = |e: &DoorError| u64::from(e.status().as_u16()) == status && e.message() == meant;
        if meant.as_str().is_some_and(|text| text.starts_with("Failed to decode JSON object: ")) {
            let told = answer(example).await.expect("an error");
            assert_eq!(u64::from(told.status().as_u16()), status);
            assert!(told.message().as_str().is_some_and(|t| t.starts_with("Failed to decode JSON object: ")), "{name}");
        } else if meant.as_str().is_some_and(|text| !text.ends_with("missing in request")) {
            assert!(texts.iter().any(told), "{name}: {status} {meant}");
            by_text += 1;
        } else {
            let answer = answer(example).await.unwrap_or_else(|| panic!("{name}: no error"));
            assert_eq!((answer.message(), u64::from(answer.status().as_u16())), (meant, status), "{name}");
            by_field += 1;
        }
    }
    assert!(by_text > 70 && by_field > 50, "{by_text} {by_field}");
}

#[tokio::test]
async fn d9_no_object_is_told_under_schema() {
    let example = json!({"method": "POST", "path": "/api/register", "headers": {}, "request": null});
    let told = answer(&example).await.expect("an error");
    assert_eq!(told.message(), &json!({"_schema": ["Invalid input type."]}));
}
