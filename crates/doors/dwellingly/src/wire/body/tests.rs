use axum::http::HeaderValue;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn block_on<F: Future>(f: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(f)
}

fn decode(content_type: Option<&[u8]>, bytes: &[u8]) -> Body {
    let mut headers = HeaderMap::new();
    if let Some(t) = content_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_bytes(t).unwrap());
    }
    block_on(Body::decode(&headers, Bytes::copy_from_slice(bytes)))
}

/// What became of a body: its object, or a word.
fn came(content_type: &str, bytes: impl AsRef<[u8]>) -> Value {
    let content_type = Some(content_type.as_bytes()).filter(|t| !t.is_empty());
    match decode(content_type, bytes.as_ref()).0 {
        Came::Object { map, .. } => Value::Object(map),
        Came::Nothing => "nothing".into(),
        Came::NotAnObject => "no object".into(),
        Came::Broken(text) => text.split(':').next().unwrap().into(),
        Came::TooLarge => "too large".into(),
    }
}

const BROKEN: &str = "Failed to decode JSON object";

#[test]
fn d3_content_types() {
    let a = json!({"a": 1});
    for json in [
        "",
        "application/json",
        "Application/JSON; charset=UTF-8",
        "application/json;",
        "application/problem+json",
        "application/vnd.x+json; a=b",
    ] {
        assert_eq!(came(json, "{\"a\":1}"), a, "{json}");
    }
    for form in ["application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-8"] {
        assert_eq!(came(form, "a=1&b=%C3%A4+x"), json!({"a": "1", "b": "ä x"}), "{form}");
    }
    for other in ["text/plain", "text/json", "application/xml", "application/jsonx", "image/+json", "json", "?"] {
        assert_eq!(came(other, "{\"a\":1}"), "nothing", "{other}");
    }
    assert!(matches!(decode(Some(b"\xff"), b"{}").0, Came::Nothing));
}

#[test]
fn d8_d9_no_object() {
    assert_eq!(came("", ""), "nothing");
    assert_eq!(came("application/x-www-form-urlencoded", ""), "nothing");
    assert_eq!(came("multipart/form-data; boundary=x", ""), "nothing");
    for empty in ["", " ", "{bad", "{", "{}}", "\u{0}"] {
        assert_eq!(came("application/json", empty), BROKEN, "{empty:?}");
    }
    assert_eq!(came("", " "), BROKEN);
    assert_eq!(came("application/json", b"{\"a\":\"\xff\"}"), BROKEN);
    for plain in ["null", "[]", "[{}]", "1", "\"{}\"", "true"] {
        assert_eq!(came("application/json", plain), "no object", "{plain}");
    }
}

#[test]
fn d4_the_form_of_the_published_document() {
    assert_eq!(
        came("application/x-www-form-urlencoded", " email=user1@dwellingly.org&password=1234"),
        json!({"email": "user1@dwellingly.org", "password": "1234"})
    );
    assert_eq!(came("application/x-www-form-urlencoded", "%20a=+b&&=x&c"), json!({"a": " b", "c": ""}));
    // Bytes that are no UTF-8, and broken percent signs.
    assert_eq!(
        came("application/x-www-form-urlencoded", b"a=%FF\xff&b=%&c=%4"),
        json!({"a": "\u{fffd}\u{fffd}", "b": "%", "c": "%4"})
    );
}

#[test]
fn d4_multipart() {
    let part = |head: &str, body: &str| format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n");
    let body = [
        part("name=\" email \"", " a@b.c "),
        part("name=\"ids[]\"", "1"),
        part("name=\"ids[]\"", "2"),
        part("name=\"lease[propertyID]\"", "3"),
        part("name=\"photo\"; filename=\"a.png\"", "bytes"),
        part("name=\"contact\"\r\nContent-Type: application/json", "{\"a\":1}"),
    ]
    .concat()
        + "--x--\r\n";
    assert_eq!(
        came("multipart/form-data; boundary=x", body),
        json!({"email": " a@b.c ", "ids": ["1", "2"], "lease": {"propertyID": "3"}, "contact": "{\"a\":1}"})
    );
    assert_eq!(came("multipart/form-data; boundary=x", "--x--\r\n"), json!({}));
    for (content_type, body) in [
        ("multipart/form-data", "--x--\r\n"),
        ("multipart/form-data; boundary=x", "nonsense"),
        ("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1"),
    ] {
        assert_eq!(came(content_type, body), "Failed to decode form", "{body}");
    }
}

#[test]
fn bombs_are_refused() {
    let brackets = "[".repeat(MOST_BYTES);
    assert_eq!(came("application/json", &brackets), BROKEN);
    assert_eq!(came("application/x-www-form-urlencoded", &brackets), json!({brackets: ""}));
    let nested = format!("a{}=1", "[b]".repeat(300_000));
    assert_eq!(came("application/x-www-form-urlencoded", nested), "Failed to decode form");
    assert_eq!(came("application/x-www-form-urlencoded", "a[]=1&".repeat(170_000)), "Failed to decode form");
    let part = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n";
    assert_eq!(came("multipart/form-data; boundary=x", part.repeat(19_000)), "Failed to decode form");
}

fn request(content_type: &'static str, body: axum::body::Body) -> Request {
    Request::builder().header(CONTENT_TYPE, content_type).body(body).unwrap()
}

#[tokio::test]
async fn section_10_too_large() {
    let exactly = |n: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(n - 8));
    for (n, fits) in [(MOST_BYTES, true), (MOST_BYTES + 1, false), (10 * MOST_BYTES, false)] {
        let text = exactly(n);
        assert_eq!(text.len(), n);
        let chunks: Vec<Result<Bytes, Infallible>> =
            text.as_bytes().chunks(40_000).map(|c| Ok(Bytes::copy_from_slice(c))).collect();
        let body = axum::body::Body::from_stream(stream::iter(chunks));
        let Ok(body) = Body::from_request(request("application/json", body), &()).await;
        assert_eq!(matches!(body.0, Came::Object { .. }), fits, "{n}");
        assert_eq!(matches!(body.0, Came::TooLarge), !fits, "{n}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_broken() {
    let chunks = [Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("gone"))];
    let body = axum::body::Body::from_stream(stream::iter(chunks));
    let Ok(body) = Body::from_request(request("application/json", body), &()).await;
    assert!(matches!(body.0, Came::Broken(_)));
}

fn error<T>(draft: &Draft<T>) -> String {
    match draft.open() {
        Ok((_, faults)) => format!("{faults:?}"),
        Err(e) => e.to_string(),
    }
}

#[test]
fn drafts_hold_what_is_wrong_until_opened() {
    let json = |text: &str| decode(Some(b"application/json"), text.as_bytes());
    let read = |body: &Body| body.draft(|r| r.text("a", "core_a", 3));

    let draft = read(&json(r#"{"a":"abc"}"#));
    let (input, faults) = draft.open().unwrap();
    assert_eq!((input, faults.is_empty()), (&Field::Given("abc".to_owned()), true));

    let draft = read(&json(r#"{"a":1}"#));
    let (input, faults) = draft.open().unwrap();
    assert_eq!(input, &Field::Faulty);
    assert_eq!(faults.iter().next().unwrap().path, ["core_a"]);

    for nothing in [json("[]"), decode(None, b"")] {
        assert!(error(&read(&nothing)).contains("_schema"));
        let draft = nothing.draft_or_empty(|r| r.text("a", "core_a", 3));
        assert_eq!(draft.open().unwrap().0, &Field::Absent);
    }
    assert!(error(&read(&json("{"))).contains(BROKEN));
    assert!(error(&json("{").draft_or_empty(|_| ())).contains(BROKEN));
    assert!(matches!(read(&Body(Came::TooLarge)).open(), Err(Error::TooLarge)));
}

#[test]
fn d48_d51_ids_missing() {
    let ids = |content_type: &str, text: &str| {
        decode(Some(content_type.as_bytes()), text.as_bytes()).ids::<i64>("IDs missing")
    };
    for (text, read) in [(r#"{"ids":[]}"#, vec![]), (r#"{"ids":[3,"6"," 7 "]}"#, vec![3, 6, 7])] {
        let draft = ids("application/json", text);
        let (input, faults) = draft.open().unwrap();
        assert_eq!((input, faults.is_empty()), (&read, true), "{text}");
    }
    for missing in ["[]", "null", "{}", r#"{"ids":3}"#, r#"{"ids":"3"}"#, r#"{"ids":null}"#, r#"{"ids":{"0":3}}"#] {
        assert!(error(&ids("application/json", missing)).contains("IDs missing"), "{missing}");
    }
    assert!(error(&ids("text/plain", "")).contains("IDs missing"));
    assert!(error(&ids("application/json", "{")).contains(BROKEN));
    let draft = ids("application/json", r#"{"ids":[1,"a"]}"#);
    let (_, faults) = draft.open().unwrap();
    assert_eq!(faults.iter().next().unwrap().path, ["ids", "1"]);
    for form in ["ids=1&ids=2", "ids[]=1&ids[]=2", "ids[0]=1&ids[1]=2", "ids=[1,2]"] {
        assert_eq!(ids("application/x-www-form-urlencoded", form).open().unwrap().0, &[1, 2], "{form}");
    }
}

#[test]
fn d26_the_object_itself() {
    let body = decode(Some(b"application/json"), br#"{"email":null}"#);
    assert!(body.has("email") && !body.has("x"));
    assert_eq!(body.object().map(Map::len), Some(1));
    let none = decode(None, b"");
    assert!(none.object().is_none() && !none.has("email"));
    assert_eq!(format!("{body:?}"), "Body(JSON object)");
}

/// Reads everything in every way there is.
fn read_all(r: &mut Reader<'_>) {
    for key in ["a", "b", "", "\0"] {
        let _ = (r.text(key, "f", 3), r.text_or_null(key, "f", 0), r.integer(key, "f"), r.integer_or_nothing(key, "f"));
        let _ = (r.boolean(key, "f"), r.lease_date(key, "f"), r.last_active(key, "f"), r.status(key, "f"));
        let _ =
            (r.ids::<i64>(key, "f"), r.object(key, "f", |r| r.only(&[])), r.objects(key, "f", |r| r.integer("a", "f")));
    }
    let _ = r.role();
    r.no_role();
    r.only(&["a"]);
}

proptest! {
    #[test]
    fn never_panics(
        content_type in prop::option::of(prop::sample::select(vec![
            "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
            "multipart/form-data", "multipart/form-data; boundary=\"", "text/plain", ";", "",
        ])),
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            r#"[{}\[\]":,ab0-9 \\ntrue]{0,80}"#.prop_map(String::into_bytes),
            r#"[ab&=%\[\]0-9+ "{}]{0,80}"#.prop_map(String::into_bytes),
            r#"(--x(--)?(\r\n)?|Content-Disposition: form-data; name="?a"?(\[\])?|\r\n|[a;="]){0,20}"#.prop_map(String::into_bytes),
        ],
    ) {
        let body = decode(content_type.map(str::as_bytes), &bytes);
        let draft = body.draft(read_all);
        let answer = crate::wire::words::TENANT.with(&body);
        match draft.open() {
            Ok((&(), faults)) => drop(faults.finish().map_err(answer)),
            Err(e) => drop(answer(e)),
        }
    }

    #[test]
    fn any_content_type_will_do(content_type in prop::collection::vec(0x20u8..=0x7e, 0..60), bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = decode(Some(&content_type), &bytes);
    }
}
