//! Phone numbers as they come in and as they are answered: section 7, whole, through the calls.

use super::*;

/// What is sent, the company's code, and what is answered, if it is a number; the core reads the same ones.
const VECTORS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../app/src/user/phones.tsv"));

world::tests! { crate::open =>
    async fn all_vectors_through_create_read_and_change(w: Site) {
        let org = w.home.org;
        let mut changed = w.made(json!({"email": "changed@b.example", "first_name": "C", "role": "landlord"})).await;
        for (i, line) in VECTORS.lines().enumerate() {
            let [sent, code, told] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
            w.write(org, async move |w| {
                w.execute(sql!("UPDATE organization SET calling_code = $2 WHERE id = $1", org, code)).await
            }).await;
            // Beside an e-mail address: numbers may be several people's then (ID2).
            let new = json!({"email": format!("p{i}@b.example"), "phone": sent, "first_name": "P", "role": "landlord"});
            let (made, set) = (w.make(new).await, w.change(&changed, json!({"phone": sent})).await);
            match told {
                "" => {
                    for answer in [made, set] {
                        assert_eq!(answer.expect(400), json!({"phone": ["Enter a valid phone number."]}), "{sent} in {code}");
                    }
                }
                _ => {
                    let made = made.expect(201);
                    assert_eq!((&made["phone"], &w.read(&made).await["phone"]), (&json!(told), &json!(told)), "{sent} in {code}");
                    changed = set.expect(200);
                    assert_eq!(changed["phone"], told, "{sent} in {code}");
                    let found = w.listed(&format!("phone={}", form_urlencoded::byte_serialize(sent.as_bytes()).collect::<String>())).await;
                    assert!(found.contains(&made["id"].as_i64().unwrap()), "{sent} in {code}: looked up as it was sent");
                }
            }
        }
        // Nothing counts as not given (ID1).
        let cleared = w.change(&changed, json!({"phone": ""})).await.expect(200);
        assert_eq!(cleared["phone"], Value::Null);
    }
}
