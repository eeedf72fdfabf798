//! Phone numbers as they come in and as they are answered: section 7, whole, through the calls.

use super::*;

/// What is sent, the company's code, and what is answered.
const VECTORS: [(&str, &str, Option<&str>); 26] = [
    ("+43 664 1234567", "43", Some("+436641234567")),
    ("tel: +43 664 1234567", "43", Some("+436641234567")),
    ("0043 664 1234567", "43", Some("+436641234567")),
    ("43 664 1234567", "43", Some("+436641234567")),
    ("(0664) 123-45-67", "43", Some("+436641234567")),
    ("0664 1234567", "43", Some("+436641234567")),
    ("0664/123 45 67", "43", Some("+436641234567")),
    ("664 1234567", "43", Some("+436641234567")),
    ("01 58858", "43", Some("+43158858")),
    ("0041 44 668 18 00", "43", Some("+41446681800")),
    ("044 668 18 00", "41", Some("+41446681800")),
    ("0176 12345678", "49", Some("+4917612345678")),
    ("(0176) 12345678", "49", Some("+4917612345678")),
    ("017612345678 (Büro)", "49", Some("+4917612345678")),
    ("030 901820", "49", Some("+4930901820")),
    ("0049 30 901820", "49", Some("+4930901820")),
    ("+49 (0)30 901820", "49", Some("+49030901820")),
    ("020 7946 0958", "44", Some("+442079460958")),
    ("650 253 0000", "1", Some("+16502530000")),
    ("112", "43", None),
    ("abc", "43", None),
    ("1234567890123456", "43", None),
    ("+123456789012345", "43", None),
    ("1234", "43", None),
    ("+1234", "43", None),
    ("+12345678901234", "43", None),
];

world::tests! { crate::open =>
    async fn all_vectors_through_create_read_and_change(w: Site) {
        let org = w.home.org;
        let mut changed = w.made(json!({"email": "changed@b.example", "first_name": "C", "role": "landlord"})).await;
        for (i, (sent, code, told)) in VECTORS.into_iter().enumerate() {
            w.write(org, async move |w| {
                w.execute(sql!("UPDATE organization SET calling_code = $2 WHERE id = $1", org, code)).await
            }).await;
            // Beside an e-mail address: numbers may be several people's then (ID2).
            let new = json!({"email": format!("p{i}@b.example"), "phone": sent, "first_name": "P", "role": "landlord"});
            let (made, set) = (w.make(new).await, w.change(&changed, json!({"phone": sent})).await);
            match told {
                Some(told) => {
                    let made = made.expect(201);
                    assert_eq!((&made["phone"], &w.read(&made).await["phone"]), (&json!(told), &json!(told)), "{sent} in {code}");
                    changed = set.expect(200);
                    assert_eq!(changed["phone"], told, "{sent} in {code}");
                    let found = w.listed(&format!("phone={}", form_urlencoded::byte_serialize(sent.as_bytes()).collect::<String>())).await;
                    assert!(found.contains(&made["id"].as_i64().unwrap()), "{sent} in {code}: looked up as it was sent");
                }
                None => {
                    for answer in [made, set] {
                        assert_eq!(answer.expect(400), json!({"phone": ["Enter a valid phone number."]}), "{sent} in {code}");
                    }
                }
            }
        }
        // Nothing counts as not given (ID1).
        let cleared = w.change(&changed, json!({"phone": ""})).await.expect(200);
        assert_eq!(cleared["phone"], Value::Null);
    }
}
