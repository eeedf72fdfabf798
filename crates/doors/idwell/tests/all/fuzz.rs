//! Whatever is sent, the door answers in its shape and never fails.

use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};

use super::*;

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (1i64..40).prop_map(Value::from),
        any::<f64>().prop_map(|f| json!(f)),
        "\\PC{0,20}".prop_map(Value::from),
        "[+0-9 ()]{0,18}".prop_map(Value::from),
        prop::sample::select(vec!["", "dweller", "landlord", "admin", "a@b.example", "A", "\u{0}", "0664 1234567"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Value::from))
}

fn body() -> impl Strategy<Value = Value> {
    let names = vec!["email", "phone", "first_name", "last_name", "role", "flats", "archived", "status", "id", "x"];
    prop::collection::btree_map(prop::sample::select(names).prop_map(str::to_owned), value(), 0..8)
        .prop_map(|fields| Value::Object(fields.into_iter().collect()))
}

world::tests! { crate::open =>
    async fn bodies(w: Site) {
        let config = Config { failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new(config);
        let user = w.dweller("d@b.example").await;
        for _ in 0..150 {
            let body = body().new_tree(&mut runner).unwrap().current();
            for call in [w.post(USERS), w.patch(at(&user))] {
                let answer = call.bearer(&w.admin).json(&body).await;
                assert!([200, 201, 400].contains(&answer.status), "{body}: {} {}", answer.status, answer.text());
                assert!(answer.json().is_object());
            }
        }
        w.fetch(USERS).await.expect(200);
    }

    async fn queries_and_forms(w: Site) {
        let config = Config { failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new(config);
        let text = "(page|page_size|role|flat|email|phone|updated_since|grant_type|username)=[ -~]{0,12}(&[ -~]{0,12}){0,2}";
        for _ in 0..150 {
            let query = text.prop_map(String::from).new_tree(&mut runner).unwrap().current();
            let form = w.post(TOKEN).header(header::AUTHORIZATION, &basic(&w.program));
            let answer = form.raw("application/x-www-form-urlencoded", query.clone()).await;
            assert!([400, 429].contains(&answer.status), "{query}: {}", answer.status);
            let safe: String = query.chars().filter(|c| c.is_ascii_alphanumeric() || "&=%+.:-_@".contains(*c)).collect();
            let answer = w.fetch(&format!("{USERS}?{safe}")).await;
            assert!([200, 400, 404].contains(&answer.status), "{safe}: {}", answer.status);
        }
    }
}
