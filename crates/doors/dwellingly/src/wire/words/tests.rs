use std::borrow::Cow;

use kernel::Fault;
use serde_json::json;

use super::*;

fn tell(words: Words, sent: &Value, faults: &[(&str, Problem)]) -> Value {
    tell_from(words, sent, false, faults)
}

fn tell_from(words: Words, sent: &Value, form: bool, faults: &[(&str, Problem)]) -> Value {
    let mut all = Faults::new();
    for (path, problem) in faults {
        all.add_at(path.split('.').filter(|s| !s.is_empty()).map(|s| s.to_owned().into()).collect(), problem.clone());
    }
    let sent = sent.as_object().map(|map| SentObject { map: Cow::Borrowed(map), form });
    let error = words.tell(&Error::Invalid(all), sent.as_ref());
    assert_eq!(error.status(), 400);
    error.message().clone()
}

fn text(words: &'static str) -> Problem {
    Problem::Words(words.into())
}

#[test]
fn general_texts() {
    let none = json!({});
    for (problem, words) in [
        (Problem::Required, "Missing data for required field."),
        (Problem::Null, "Field may not be null."),
        (Problem::TooLong(100), "Longer than maximum length 100."),
        (Problem::TooShort(8), "Shorter than minimum length 8."),
        (Problem::Length(10, 30), "Length must be between 10 and 30."),
        (Problem::NotEmail, "Not a valid email address."),
        (Problem::NotPhone, "Not a valid phone number."),
        (Problem::Malformed, "Not valid."),
        (text("Not a valid string."), "Not a valid string."),
    ] {
        assert_eq!(tell(Words::PLAIN, &none, &[("x", problem)]), json!({"x": [words]}));
    }
    // The others have a text, too, but no call of this API shows it.
    for problem in
        [Problem::Blank, Problem::Taken, Problem::Unknown, Problem::WrongKind, Problem::NotAllowed, Problem::Mismatch]
    {
        assert!(general(&problem).ends_with('.'));
    }
}

#[test]
fn whole_bodies_and_odd_shapes() {
    let none = json!({});
    assert_eq!(tell(Words::PLAIN, &none, &[("", text("Failed"))]), json!("Failed"));
    assert_eq!(
        tell(Words::PLAIN, &none, &[("", text("Failed")), ("a", Problem::Null)]),
        json!({"_schema": ["Failed"], "a": ["Field may not be null."]})
    );
    assert_eq!(tell(Words::PLAIN, &none, &[]), json!({}));
    // Several texts for one field; the same text once.
    assert_eq!(
        tell(Words::PLAIN, &none, &[("a", text("1")), ("a", text("2")), ("a", text("1"))]),
        json!({"a": ["1", "2"]})
    );
    // A field with texts of its own and faults inside, in both orders.
    let both = json!({"a": {"_schema": ["own"], "0": ["inner"]}});
    assert_eq!(tell(Words::PLAIN, &none, &[("a", text("own")), ("a.0", text("inner"))]), both);
    assert_eq!(tell(Words::PLAIN, &none, &[("a.0", text("inner")), ("a", text("own"))]), both);
}

#[test]
fn users() {
    let sent = json!({"email": "staff1@x.org", "propertyIDs": [1, 999]});
    assert_eq!(
        tell(
            USER,
            &sent,
            &[("email", Problem::Taken), ("first_name", Problem::Required), ("last_active", Problem::Null)]
        ),
        json!({
            "email": ["A user with email 'staff1@x.org' already exists"],
            "firstName": ["Missing data for required field."],
            "lastActive": ["Field may not be null."],
        })
    );
    assert_eq!(tell(USER, &sent, &[("role", Problem::NotAllowed)]), json!({"role": ["Role is not allowed"]}));
    assert_eq!(
        tell(USER, &sent, &[("property_ids.1", Problem::Unknown)]),
        json!({"propertyIDs": {"1": ["999 is not a valid property ID"]}})
    );
    // D75: whatever was to be changed.
    for path in ["role", "archived", "", "0"] {
        assert_eq!(
            tell(USER, &sent, &[(path, Problem::LastAdmin)]),
            match path {
                "" => json!("Last admin"),
                _ => json!({"role": ["Last admin"]}),
            }
        );
    }
    // D25.
    let short = [("password", Problem::TooShort(8))];
    assert_eq!(tell(USER, &sent, &short), json!({"password": ["Shorter than minimum length 8."]}));
    assert_eq!(
        tell(USER.calling("password", "new_password"), &sent, &short),
        json!({"new_password": ["Shorter than minimum length 8."]})
    );
}

#[test]
fn properties() {
    let sent = json!({"propertyManagerIDs": [1]});
    // Only a missing postal code is told under both names.
    assert_eq!(
        tell(PROPERTY, &sent, &[("postal", Problem::Required), ("street", Problem::Required)]),
        json!({"zipcode": ["Missing data for required field."], "zipCode": ["Missing data for required field."], "address": ["Missing data for required field."]})
    );
    assert_eq!(
        tell(PROPERTY, &sent, &[("postal", Problem::TooLong(20))]),
        json!({"zipcode": ["Longer than maximum length 20."]})
    );
    assert_eq!(
        tell(PROPERTY, &sent, &[("name", Problem::Taken)]),
        json!({"name": ["A property with this name already exists"]})
    );
    assert_eq!(tell(PROPERTY, &sent, &[("name", Problem::Blank)]), json!({"name": ["Property name cannot be blank"]}));
    assert_eq!(
        tell(
            PROPERTY,
            &sent,
            &[
                ("manager_ids.0", Problem::WrongKind),
                ("manager_ids.1", Problem::Unknown),
                ("manager_ids.2", text("Not a valid integer."))
            ]
        ),
        json!({"propertyManagerIDs": {
            "0": {"manager_id": ["User is not a property manager"]},
            "1": {"manager_id": ["not a valid user id"]},
            "2": ["Not a valid integer."],
        }})
    );
}

#[test]
fn tenants() {
    assert_eq!(
        tell(
            TENANT,
            &json!({}),
            &[("first_name", Problem::Required), ("last_name", Problem::Required), ("phone", Problem::Required)]
        ),
        json!({"firstName": ["First name is required."], "lastName": ["Last name is required."], "phone": ["Phone number is required."]})
    );
    let invalid = |ids: &str| json!({"staffIDs": {"staff": [format!("{ids} contains invalid staff IDs")]}});
    // Told once for the list, whether the core names the list or the items.
    for faults in [&["staff_ids"][..], &["staff_ids.0", "staff_ids.1"]] {
        let faults: Vec<_> = faults.iter().map(|f| (*f, Problem::Unknown)).collect();
        assert_eq!(tell(TENANT, &json!({"staffIDs": [1, 2]}), &faults), invalid("[1, 2]"));
        assert_eq!(tell(TENANT, &json!({"staffIDs": ["1", 2.5]}), &faults), invalid("[1, 2]"));
        assert_eq!(tell_from(TENANT, &json!({"staffIDs": "7"}), true, &faults), invalid("[7]"));
        assert_eq!(tell(TENANT, &json!({}), &faults), invalid("This"));
    }
}

#[test]
fn d46_lease_fields_are_told_where_they_came_from() {
    let faults = [("lease.property_id", Problem::Unknown), ("lease.starts_at", Problem::Required)];
    let unknown = json!(["999 is not a valid property ID"]);
    let missing = json!(["Missing data for required field."]);
    assert_eq!(
        tell(TENANT, &json!({"lease": {"propertyID": 999}}), &faults),
        json!({"lease": {"propertyID": unknown, "dateTimeStart": missing}})
    );
    assert_eq!(
        tell(TENANT, &json!({"propertyID": 999}), &faults),
        json!({"propertyID": unknown, "dateTimeStart": missing})
    );
    assert_eq!(
        tell(TENANT, &json!({"propertyID": 999, "lease": {"unitNum": "1"}}), &faults),
        json!({"propertyID": unknown, "lease": {"dateTimeStart": missing}})
    );
    // A field inside wins; null at the top counts as absent.
    assert_eq!(
        tell(TENANT, &json!({"propertyID": 1, "dateTimeStart": null, "lease": {"propertyID": 999}}), &faults),
        json!({"lease": {"propertyID": unknown, "dateTimeStart": missing}})
    );
    // A form with the lease as JSON text.
    assert_eq!(
        tell_from(TENANT, &json!({"lease": "{\"propertyID\":\"999\"}"}), true, &faults[..1]),
        json!({"lease": {"propertyID": unknown}})
    );
    // Names that came from the request are no names of the core.
    assert_eq!(
        tell(TENANT, &json!({"lease": {"staff": 1}}), &[("lease.=staff", text("Unknown field."))]),
        json!({"lease": {"staff": ["Unknown field."]}})
    );
}

#[test]
fn leases_contacts_tickets_and_the_rest() {
    let sent = json!({"propertyID": "999", "tenantID": 999, "name": "NA", "tenant_id": 9, "author_id": 8, "user_id": 7, "tenants": [999], "staff": [5, 5]});
    assert_eq!(
        tell(
            LEASE,
            &sent,
            &[
                ("property_id", Problem::Unknown),
                ("person_id", Problem::Unknown),
                ("unit_number", Problem::TooLong(10)),
                ("ends_at", Problem::Required)
            ]
        ),
        json!({"propertyID": ["999 is not a valid property ID"], "tenantID": ["999 is not a valid tenantID"],
               "unitNum": ["Longer than maximum length 10."], "dateTimeEnd": ["Missing data for required field."]})
    );
    assert_eq!(
        tell(LEASE, &sent, &[("person_id", Problem::Taken)]),
        json!({"tenantID": ["Tenant already has a lease"]})
    );
    assert_eq!(
        tell(
            CONTACT,
            &sent,
            &[
                ("name", Problem::Taken),
                ("numbers.0.number", Problem::Required),
                ("numbers.1.kind", Problem::TooLong(30))
            ]
        ),
        json!({"name": ["NA is already an emergency contact"],
               "contact_numbers": {"0": {"number": ["Missing data for required field."]}, "1": {"numtype": ["Longer than maximum length 30."]}}})
    );
    for empty in [Problem::Blank, Problem::TooShort(1)] {
        assert_eq!(
            tell(CONTACT, &sent, &[("numbers", empty.clone())]),
            json!({"contact_numbers": ["Emergency contacts must have at least one contact number."]})
        );
        assert_eq!(
            tell(STAFF_TENANTS, &sent, &[("resident_ids", empty)]),
            json!({"tenants": ["At least one tenant ID is required"]})
        );
    }
    assert_eq!(
        tell(
            TICKET,
            &sent,
            &[
                ("concerns_id", Problem::Unknown),
                ("author_id", Problem::WrongKind),
                ("description", Problem::TooLong(144))
            ]
        ),
        json!({"tenant_id": ["9 is not a valid tenant ID"], "author_id": ["8 is not a valid user ID"], "issue": ["Longer than maximum length 144."]})
    );
    assert_eq!(tell(NOTE, &sent, &[("author_id", Problem::Unknown)]), json!({"user_id": ["7 is not a valid User ID"]}));
    assert_eq!(
        tell(MESSAGE, &sent, &[("person_id", Problem::Required)]),
        json!({"user_id": ["Missing data for required field."]})
    );
    assert_eq!(
        tell(STAFF_TENANTS, &sent, &[("resident_ids.0", Problem::Unknown), ("staff_ids", Problem::Taken)]),
        json!({"tenants": ["[999] contains invalid tenant IDs"], "staff": ["[5, 5] contains invalid staff IDs"]})
    );
}

#[test]
fn without_a_body_there_is_nothing_to_quote() {
    let error = Error::Invalid([Fault { path: vec!["email".into()], problem: Problem::Taken }].into_iter().fold(
        Faults::new(),
        |mut all, f| {
            all.add_at(f.path, f.problem);
            all
        },
    ));
    assert_eq!(USER.bare()(error).message(), &json!({"email": ["A user with email 'This' already exists"]}));
}
