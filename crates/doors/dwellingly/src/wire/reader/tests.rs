use kernel::Fault;
use serde_json::json;

use super::*;

/// Reads one field under the key `k` as `f`, and tells it with the faults found.
fn read<T>(sent: &Value, f: impl FnOnce(&mut Reader<'_>) -> T) -> (T, Vec<String>) {
    read_from(sent, false, f)
}

fn read_from<T>(sent: &Value, form: bool, f: impl FnOnce(&mut Reader<'_>) -> T) -> (T, Vec<String>) {
    let mut r = Reader::new(SentObject { map: Cow::Borrowed(sent.as_object().unwrap()), form });
    let out = f(&mut r);
    let told = |fault: &Fault| match &fault.problem {
        Problem::Words(text) => format!("{}: {text}", fault.path.join(".")),
        other => format!("{}: {other:?}", fault.path.join(".")),
    };
    (out, r.faults.iter().map(told).collect())
}

fn good<T>(v: T) -> (Field<T>, Vec<String>) {
    (Field::Given(v), vec![])
}

fn bad<T>(fault: &str) -> (Field<T>, Vec<String>) {
    (Field::Faulty, vec![fault.to_owned()])
}

#[test]
fn absent_and_null() {
    assert_eq!(read(&json!({}), |r| r.text("k", "f", 3)), (Field::Absent, vec![]));
    assert_eq!(read(&json!({}), |r| r.text_or_null("k", "f", 3)), (Field::Absent, vec![]));
    let null = json!({"k": null});
    assert_eq!(read(&null, |r| r.text("k", "f", 3)), bad("f: Null"));
    assert_eq!(read(&null, |r| r.integer("k", "f")), bad("f: Null"));
    assert_eq!(read(&null, |r| r.boolean("k", "f")), bad("f: Null"));
    assert_eq!(read(&null, |r| r.lease_date("k", "f")), bad("f: Null"));
    assert_eq!(read(&null, |r| r.ids::<i64>("k", "f")), bad("f: Null"));
    assert_eq!(read(&null, |r| r.object("k", "f", |_| ())), bad("f: Null"));
    assert_eq!(read(&null, |r| r.objects("k", "f", |_| ())), bad("f: Null"));
    assert_eq!(read(&null, |r| r.status("k", "f")), bad("f: Null"));
    assert_eq!(read(&null, |r| r.text_or_null("k", "f", 3)), good(None));
    assert_eq!(read(&null, |r| r.integer_or_null("k", "f")), good(None));
    assert_eq!(read(&null, |r| r.last_active("k", "f")), good(None));
    assert_eq!(read(&null, |r| r.urgency("k", "f", 12)), good(None));
}

#[test]
fn d46_null_may_count_as_absent() {
    let null = json!({"k": null});
    let (read, faults) = read(&null, |r| {
        r.skipping_nulls(|r| (r.integer("k", "f"), r.text_or_null("k", "f", 9), r.ids::<i64>("k", "f")))
    });
    assert_eq!((read, faults.len()), ((Field::Absent, Field::Absent, Field::Absent), 0));
    assert_eq!(
        self::read(&null, |r| {
            r.skipping_nulls(|_| ());
            r.integer("k", "f")
        }),
        bad("f: Null")
    );
}

#[test]
fn section_7_strings() {
    for text in ["", " a ", "äöü", "👩‍👩"] {
        assert_eq!(read(&json!({"k": text}), |r| r.text("k", "f", 3)), good(text.to_owned()));
    }
    for long in ["abcd", "äöüß", "    "] {
        // Given all the same: the core knows whether it is what was shown (D72).
        let told = vec!["f: TooLong(3)".to_owned()];
        assert_eq!(read(&json!({"k": long}), |r| r.text("k", "f", 3)), (Field::Given(long.to_owned()), told));
    }
    for (text, good) in [("", false), ("ä", true), ("äöü", true), ("äöüß", false)] {
        let told = if good { Vec::new() } else { vec!["f: Length(1, 3)".to_owned()] };
        let read = read(&json!({"k": text}), |r| r.text_between("k", "f", 1, 3));
        assert_eq!(read, (Field::Given(text.to_owned()), told));
    }
    for no_text in
        [json!(1), json!(1.5), json!(true), json!([]), json!(["a"]), json!({}), json!("\u{0}"), json!("a\u{0}b")]
    {
        assert_eq!(read(&json!({"k": no_text}), |r| r.text("k", "f", 3)), bad("f: Not a valid string."), "{no_text}");
        assert_eq!(read(&json!({"k": no_text}), |r| r.text_or_null("k", "f", 3)), bad("f: Not a valid string."));
        assert_eq!(read(&json!({"k": no_text}), |r| r.status("k", "f")), bad("f: Not a valid string."));
    }
    assert_eq!(read(&json!({"k": "a"}), |r| r.text_or_null("k", "f", 3)), good(Some("a".to_owned())));
    assert_eq!(
        read(&json!({"k": "a"}), |r| r.text_as("k", "f", |s| Err::<(), _>(Problem::TooShort(s.len())))),
        bad("f: TooShort(1)")
    );
}

#[test]
fn section_7_integers_and_booleans() {
    for (sent, n) in [(json!(3), 3), (json!(1.5), 1), (json!(" -3 "), -3)] {
        assert_eq!(read(&json!({"k": sent}), |r| r.integer("k", "f")), good(n));
        assert_eq!(read(&json!({"k": sent}), |r| r.integer_or_null("k", "f")), good(Some(n)));
        assert_eq!(read(&json!({"k": sent}), |r| r.integer_or_nothing("k", "f")), good(n));
    }
    for no_integer in [json!("1.5"), json!(true), json!("x"), json!([]), json!(2_147_483_648_i64)] {
        assert_eq!(
            read(&json!({"k": no_integer}), |r| r.integer("k", "f")),
            bad("f: Not a valid integer."),
            "{no_integer}"
        );
        assert_eq!(read(&json!({"k": no_integer}), |r| r.integer_or_nothing("k", "f")), bad("f: Not a valid integer."));
    }
    for nothing in [json!(""), json!(null)] {
        assert_eq!(read(&json!({"k": nothing}), |r| r.integer_or_nothing("k", "f")), (Field::Absent, vec![]));
    }
    assert_eq!(read(&json!({"k": ""}), |r| r.integer("k", "f")), bad("f: Not a valid integer."));
    assert_eq!(read(&json!({"k": "yes"}), |r| r.boolean("k", "f")), good(true));
    assert_eq!(read(&json!({"k": "maybe"}), |r| r.boolean("k", "f")), bad("f: Not a valid boolean."));
}

#[test]
fn ids() {
    assert_eq!(read(&json!({"k": "6"}), |r| r.id::<i64>("k", "f")), good(6));
    assert_eq!(read(&json!({"k": "x"}), |r| r.id::<i64>("k", "f")), bad("f: Not a valid integer."));
    assert_eq!(read(&json!({"k": null}), |r| r.id::<i64>("k", "f")), bad("f: Null"));
    assert_eq!(read(&json!({"k": null}), |r| r.id_or_null::<i64>("k", "f")), good(None));
    assert_eq!(read(&json!({"k": 6}), |r| r.id_or_null::<i64>("k", "f")), good(Some(6)));
    // D55: an id that is none makes a number new.
    for (sent, id) in
        [(json!({"k": "6"}), Some(6)), (json!({"k": "x"}), None), (json!({"k": null}), None), (json!({}), None)]
    {
        assert_eq!(read(&sent, |r| r.id_hint::<i64>("k")), (id, vec![]), "{sent}");
    }
}

#[test]
fn section_7_dates() {
    let day = Instant::from_secs(1_609_459_200);
    assert_eq!(read(&json!({"k": "2021-01-01T00:00:00.000Z"}), |r| r.lease_date("k", "f")), good(day));
    assert_eq!(read(&json!({"k": "2021-01-01T01:00:00+01:00"}), |r| r.last_active("k", "f")), good(Some(day)));
    for no_date in [json!("2021-01-01T00:00:00Z"), json!(1_609_459_200), json!([]), json!("")] {
        assert_eq!(read(&json!({"k": no_date}), |r| r.lease_date("k", "f")), bad("f: Not a valid datetime."));
    }
    assert_eq!(read(&json!({"k": "soon"}), |r| r.last_active("k", "f")), bad("f: Not a valid datetime."));
}

#[test]
fn section_7_status_and_urgency() {
    assert_eq!(read(&json!({"k": "In_Progress"}), |r| r.status("k", "f")), good(Status::InProgress));
    assert_eq!(read(&json!({"k": "Open"}), |r| r.status("k", "f")), bad("f: Open is not a valid status"));
    assert_eq!(read(&json!({"k": "high"}), |r| r.urgency("k", "f", 12)), good(Some("High".to_owned())));
    let long = read(&json!({"k": "uuuuuuuuuuuuu"}), |r| r.urgency("k", "f", 12));
    assert_eq!(long, (Field::Given(Some("uuuuuuuuuuuuu".to_owned())), vec!["f: TooLong(12)".to_owned()]));
}

#[test]
fn section_7_ids_in_lists() {
    assert_eq!(read(&json!({"k": [1, "6", 2.5]}), |r| r.ids::<i64>("k", "f")), good(vec![1, 6, 2]));
    assert_eq!(read(&json!({"k": []}), |r| r.ids::<i64>("k", "f")), good(vec![]));
    for no_list in [json!(1), json!("1"), json!({}), json!(true)] {
        assert_eq!(read(&json!({"k": no_list}), |r| r.ids::<i64>("k", "f")), bad("f: Not a valid list."));
    }
    let (out, faults) = read(&json!({"k": ["a", 1, null]}), |r| r.ids::<i64>("k", "f"));
    assert_eq!(
        (out, faults),
        (Field::Faulty, vec!["f.0: Not a valid integer.".to_owned(), "f.2: Not a valid integer.".to_owned()])
    );
    let (_, faults) = read(&json!({"k": vec!["a"; 2000]}), |r| r.ids::<i64>("k", "f"));
    assert_eq!(faults.len(), MOST_TOLD);
}

#[test]
fn objects_inside() {
    let lease = |r: &mut Reader<'_>| {
        r.only(&["a", "id"]);
        r.integer("a", "core_a")
    };
    assert_eq!(read(&json!({"k": {"a": 1, "id": "x"}}), |r| r.object("k", "f", lease)), good(Field::Given(1)));
    // D10; the object itself is not faulty, so that the core may add its own faults.
    let (out, faults) = read(&json!({"k": {"a": "x", "core_a": 1}}), |r| r.object("k", "f", lease));
    assert_eq!(out, Field::Given(Field::Faulty));
    assert_eq!(faults, ["f.=core_a: Unknown field.", "f.core_a: Not a valid integer."]);
    for no_object in [json!(1), json!([]), json!("{}")] {
        assert_eq!(
            read(&json!({"k": no_object}), |r| r.object("k", "f", lease)),
            bad("f._schema: Invalid input type.")
        );
    }
}

#[test]
fn lists_of_objects() {
    let number = |r: &mut Reader<'_>| {
        let n = r.text("number", "number", 3);
        r.require("number", &n);
        n
    };
    let list = |sent: Value| read(&json!({"k": sent}), |r| r.objects("k", "f", number));
    assert_eq!(list(json!([])), good(vec![]));
    assert_eq!(list(json!([{"number": "1"}])), good(vec![Field::Given("1".to_owned())]));
    let (out, faults) = list(json!([{"number": "1"}, {}, {"number": "1234"}]));
    assert_eq!(out, Field::Given(vec![Field::Given("1".to_owned()), Field::Absent, Field::Given("1234".to_owned())]));
    assert_eq!(faults, ["f.1.number: Required", "f.2.number: TooLong(3)"]);
    let (out, faults) = list(json!([1, {}, null]));
    assert_eq!(out, Field::Faulty);
    assert_eq!(faults, ["f.0._schema: Invalid input type.", "f.1.number: Required", "f.2: Null"]);
    assert_eq!(list(json!({"0": {"number": "1"}})), bad("f: Not a valid list."));
}

#[test]
fn d4_forms() {
    let form = json!({
        "name": ["a", "b"], "ids": "5", "json": "[1, \"2\"]", "lease": {"propertyID": ["1", "2"]},
        "numbers": {"1": {"number": "b"}, "0": {"number": "a"}}, "text": "{\"n\":1}", "archived": "false",
    });
    let (out, faults) = read_from(&form, true, |r| {
        (
            r.text("name", "f", 9),
            r.ids::<i64>("ids", "f"),
            r.ids::<i64>("json", "f"),
            r.object("lease", "f", |r| r.integer("propertyID", "f")),
            r.objects("numbers", "f", |r| r.text("number", "f", 9)),
            r.object("text", "f", |r| r.integer("n", "f")),
            r.boolean("archived", "f"),
        )
    });
    assert!(faults.is_empty(), "{faults:?}");
    let text = |s: &str| Field::Given(s.to_owned());
    assert_eq!(
        out,
        (
            text("b"),
            Field::Given(vec![5]),
            Field::Given(vec![1, 2]),
            Field::Given(Field::Given(2)),
            Field::Given(vec![text("a"), text("b")]),
            Field::Given(Field::Given(1)),
            Field::Given(false),
        )
    );
    assert_eq!(read_from(&json!({"k": {"a": "1"}}), true, |r| r.text("k", "f", 9)), bad("f: Not a valid string."));
    assert_eq!(read_from(&json!({"k": "x"}), true, |r| r.ids::<i64>("k", "f")), bad("f.0: Not a valid integer."));
    assert_eq!(
        read_from(&json!({"k": "x"}), true, |r| r.object("k", "f", |_| ())),
        bad("f._schema: Invalid input type.")
    );
}

#[test]
fn two_names_for_one_field() {
    for (sent, key) in
        [(json!({}), "a"), (json!({"a": 1}), "a"), (json!({"b": 1}), "b"), (json!({"a": null, "b": 1}), "a")]
    {
        assert_eq!(read(&sent, |r| r.first_of(["a", "b"])).0, key);
    }
}

#[test]
fn d32_d33_role_and_type() {
    let role = |sent: Value| read(&sent, |r| r.role());
    assert_eq!(role(json!({})), (Field::Absent, vec![]));
    for sent in [
        json!({"role": 3}),
        json!({"role": "3"}),
        json!({"role": 3.0}),
        json!({"type": "staff"}),
        json!({"role": 3, "type": "staff"}),
    ] {
        assert_eq!(role(sent), good(Role::Staff));
    }
    for sent in [json!(1), json!(9), json!("x"), json!(true), json!(3.5), json!([])] {
        assert_eq!(role(json!({"role": sent})), bad("role: Invalid role"), "{sent}");
    }
    assert_eq!(role(json!({"role": null})), bad("role: Null"));
    for sent in [json!("user"), json!("boss"), json!(3), json!("Admin")] {
        assert_eq!(role(json!({"type": sent})), bad("type: Invalid type"), "{sent}");
    }
    assert_eq!(role(json!({"role": 3, "type": "admin"})), bad("type: Type does not match role"));
    assert_eq!(role(json!({"role": 3, "type": "boss"})), bad("type: Invalid type"));
    assert_eq!(role(json!({"role": 1, "type": "boss"})).1, ["role: Invalid role", "type: Invalid type"]);
}

#[test]
fn d24_no_role() {
    let none = |sent: Value| read(&sent, |r| r.no_role()).1;
    assert!(none(json!({})).is_empty());
    assert_eq!(none(json!({"role": 4})), ["role: Role is not allowed"]);
    assert_eq!(none(json!({"role": "2"})), ["role: Role is not allowed"]);
    assert_eq!(none(json!({"role": 1})), ["role: Invalid role"]);
    assert_eq!(none(json!({"type": "boss"})), ["type: Type is not allowed"]);
}
