//! Sections 7, 8, 11 and 12: tenants, read and changed.

use axum::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use world::{axum, db};

use crate::{Site, error};

impl Site {
    /// A tenant of the property with an account, and its id.
    pub async fn tenant(&self, first: &str, last: &str) -> Uuid {
        let (org, property) = (self.home.org, self.property);
        let person = self.resident(org, first, last, Some((property, &format!("unit of {first}")))).await;
        self.write(org, async move |w| {
            w.one(db::sql!("SELECT uid FROM account WHERE person_id = $1 AND property_id = $2", person, property)).await
        })
        .await
    }

    /// Updates a tenant with these attributes and answers it.
    pub async fn update(&self, id: Uuid, attributes: Value) -> Value {
        let answer = self.send(Method::PUT, &format!("/tenants/{id}"), &json!({"tenant": attributes})).await;
        answer.expect(200)["tenant"].take()
    }

    /// The faults of an update that must be refused.
    pub async fn faults(&self, id: Uuid, attributes: Value) -> Value {
        let before = self.fetch(&format!("/tenants/{id}")).await["tenant"].take();
        let answer = self.send(Method::PUT, &format!("/tenants/{id}"), &json!({"tenant": attributes})).await;
        assert_eq!(error(&answer), (400, json!(4)), "{attributes}");
        assert_eq!(self.fetch(&format!("/tenants/{id}")).await["tenant"], before, "nothing was changed");
        answer.json()["meta"]["errors"].take()
    }
}

world::tests! { crate::open =>
    async fn t1_an_update_is_partial(w: Site) {
        let id = w.tenant("Al", "Quigley").await;
        let address = json!({"address1": "1 Main St", "address2": "Back", "city": "Dover", "state": "DE", "postal": "19901"});
        let first = w.update(id, json!({"mailing_address_attributes": address, "title": "Dr", "middle_initial": "K"})).await;
        let shown = &first["mailing_address"];
        assert_eq!(shown["full_address"], "1 Main St, Dover, DE 19901");
        assert_eq!((&shown["time_zone_id"], &shown["time_zone_offset"]), (&json!("America/New_York"), &json!("-05:00")));
        assert_eq!((&shown["country"], &shown["label"], &shown["invalid_data"]), (&json!("US"), &json!("Home"), &json!(false)));
        assert_eq!(first["addresses"], json!([shown]), "once");
        let moved = w.update(id, json!({"mailing_address_attributes": {"city": "Topeka", "state": "KS"}, "title": null})).await;
        let address = &moved["mailing_address"];
        assert_eq!((&address["id"], &address["postal"]), (&shown["id"], &json!("19901")));
        assert_eq!((&address["full_address"], &address["time_zone_id"]), (&json!("1 Main St, Topeka, KS 19901"), &json!("America/Chicago")));
        assert_eq!((&moved["title"], &moved["middle_initial"]), (&Value::Null, &json!("K")));
        // PATCH is the same, flat and as a form too.
        let answer = w.send(Method::PATCH, &format!("/tenants/{id}"), &json!({"business_name": "B", "is_business": "1"})).await;
        assert_eq!(answer.expect(200)["tenant"]["business_name"], "B");
        let form = w.put(w.at(&format!("/tenants/{id}"))).form(&json!({"tenant": {"last_name": "Ä+& b", "tax_exempt": true}}));
        let answer = form.signed(&w.program).await.expect(200);
        assert_eq!((&answer["tenant"]["last_name"], &answer["tenant"]["tax_exempt"]), (&json!("Ä+& b"), &json!(true)));
        assert_eq!(answer["meta"]["parameters"]["tenant"]["tax_exempt"], "true");
    }

    async fn t2_phone_numbers(w: Site) {
        let id = w.tenant("Al", "Quigley").await;
        let known = w.fetch(&format!("/tenants/{id}")).await["tenant"]["phone_numbers"].take();
        assert_eq!(known.as_array().map(Vec::len), Some(1));
        let added = json!([{"number": "5656663476", "label": "Mobile", "sms_opt_in": true}, {"number": "+436641234567", "extension": 12}]);
        let tenant = w.update(id, json!({"phone_numbers_attributes": added})).await;
        let numbers = tenant["phone_numbers"].as_array().unwrap();
        assert_eq!(numbers[0], known[0]);
        let mobile = &numbers[1];
        assert_eq!(
            *mobile,
            json!({"id": mobile["id"], "primary": false, "source": null, "number": "+15656663476", "formatted_number": "(565) 666-3476",
                "extension": null, "label": "Mobile", "unformatted_number": "5656663476", "sms_opt_in": true})
        );
        assert_eq!((&numbers[2]["formatted_number"], &numbers[2]["unformatted_number"]), (&json!("+43 664 1234567 x 12"), &json!("6641234567")));
        // By id: changed, made the first, removed.
        let changes = json!([{"id": mobile["id"], "primary": "true", "label": ""}, {"id": numbers[2]["id"], "_destroy": true}]);
        let tenant = w.update(id, json!({"phone_numbers_attributes": changes})).await;
        let numbers = tenant["phone_numbers"].as_array().unwrap();
        assert_eq!(numbers.len(), 2);
        assert_eq!((&numbers[0]["primary"], &numbers[1]["primary"], &numbers[1]["label"]), (&json!(false), &json!(true), &Value::Null));
        let faults = w.faults(id, json!({"phone_numbers_attributes": [{"number": "12"}, {"label": "x"}, {"id": Uuid::nil(), "number": "5656663477"}]})).await;
        assert_eq!(faults, json!({"tenant[phone_numbers_attributes][0][number]": ["is invalid"],
            "tenant[phone_numbers_attributes][1][number]": ["can't be blank"], "tenant[phone_numbers_attributes][2][id]": ["could not be found"]}));
    }

    async fn t3_t4_contacts_and_questions(w: Site) {
        let id = w.tenant("Al", "Quigley").await;
        let contact = json!({"first_name": "Bo", "description": "Brother", "email": "bo@b.example", "primary": true,
            "phone_numbers_attributes": [{"number": "5656663476"}], "address_attributes": {"city": "Dover", "state": "DE"}});
        let tenant = w.update(id, json!({"contacts_attributes": [contact]})).await;
        let ids = tenant["contact_ids"].clone();
        assert_eq!(ids.as_array().map(Vec::len), Some(1));
        let again = w.update(id, json!({"contacts_attributes": [{"id": ids[0], "last_name": "Q"}]})).await;
        assert_eq!(again["contact_ids"], ids);
        let faults = w.faults(id, json!({"contacts_attributes": [{"id": Uuid::nil()}, {"address_attributes": {"state": "XX"}}]})).await;
        assert_eq!(faults, json!({"tenant[contacts_attributes][0][id]": ["could not be found"],
            "tenant[contacts_attributes][1][address_attributes][state]": ["could not be found"]}));

        assert_eq!(tenant["password_recovery_question_ids"].as_array().map(Vec::len), Some(2), "two empty ones");
        let questions = json!([{"question": "Pet?", "answer": "Rex"}]);
        let asked = w.update(id, json!({"password_recovery_questions_attributes": questions})).await;
        assert_eq!(asked["password_recovery_question_ids"].as_array().map(Vec::len), Some(1));
        let faults = w.faults(id, json!({"password_recovery_questions_attributes": [{"question": "Pet?"}]})).await;
        assert_eq!(faults, json!({"tenant[password_recovery_questions_attributes][0][answer]": ["can't be blank"]}));
    }

    async fn t5_values_are_checked_all_at_once(w: Site) {
        let id = w.tenant("Al", "Quigley").await;
        let faults = w.faults(id, json!({"tax_exempt": "maybe", "email": "a@b", "first_name": ["x"], "title": "x".repeat(256),
            "mailing_address_attributes": {"state": "XX", "postal": "1"}, "is_military": true,
            "military_information": {"date_entered_service": "2020-13-01", "branch_of_service": "Space", "last_4_of_ssn": "12345",
                "agent_phone_number": "12", "agent_state": "ZZ", "agent_postal_code": "1", "military_email_address": "x"}})).await;
        let names: Vec<&String> = faults.as_object().unwrap().keys().collect();
        for name in ["tax_exempt", "email", "first_name", "title", "mailing_address_attributes][state", "mailing_address_attributes][postal",
            "military_information][date_entered_service", "military_information][branch_of_service", "military_information][last_4_of_ssn",
            "military_information][agent_phone_number", "military_information][agent_state", "military_information][agent_postal_code",
            "military_information][military_email_address"] {
            assert!(names.contains(&&format!("tenant[{name}]")), "{name}: {names:?}");
        }
        assert_eq!(names.len(), 13);
        w.update(id, json!({"unknown": 1, "nickname": {"a": []}})).await;
    }

    async fn t6_a_facility_may_lock_the_mailing_address(w: Site) {
        let id = w.tenant("Al", "Quigley").await;
        let (system, name) = (w.system(w.home.org), "tenant_portal_disable_mailing_address");
        w.app.properties().set(&system, w.home.harbour, name, Some("true".to_owned())).await.unwrap();
        let body = json!({"tenant": {"first_name": "No", "mailing_address_attributes": {"city": "X"}}});
        let answer = w.send(Method::PUT, &format!("/tenants/{id}"), &body).await;
        assert_eq!(error(&answer), (400, json!(7)));
        assert!(answer.json()["meta"]["message"].as_str().unwrap().contains("tenants.  Please"));
        assert_eq!(w.fetch(&format!("/tenants/{id}")).await["tenant"]["first_name"], "Al");
        w.update(id, json!({"first_name": "Yes"})).await;
    }

    async fn t7_account_numbers(w: Site) {
        let (a, b) = (w.tenant("Al", "A").await, w.tenant("Bo", "B").await);
        let number = w.fetch(&format!("/tenants/{b}")).await["tenant"]["account_number"].clone();
        assert!(number.as_i64().unwrap() > 1_000_000);
        let faults = w.faults(a, json!({"account_number": number})).await;
        assert_eq!(faults, json!({"tenant[account_number]": ["has already been taken"]}));
        for bad in [json!("12a"), json!(-1), json!(0), json!(1.5)] {
            w.faults(a, json!({"account_number": bad})).await;
        }
        assert_eq!(w.update(a, json!({"account_number": "2000000"})).await["account_number"], 2_000_000);
        let next = w.tenant("Cy", "C").await;
        assert_eq!(w.fetch(&format!("/tenants/{next}")).await["tenant"]["account_number"], 2_000_001);
    }

    async fn t9_military_information(w: Site) {
        let id = w.tenant("Al", "Quigley").await;
        let sent = json!({"division": "1st", "retired_military": "0", "branch_of_service": "army", "last_4_of_ssn": 1234});
        let tenant = w.update(id, json!({"is_military": true, "military_information": sent})).await;
        let shown = tenant["military_information"].as_object().unwrap();
        assert_eq!(shown.len(), 26);
        assert_eq!((&shown["division"], &shown["retired_military"], &shown["branch_of_service"]), (&json!("1st"), &json!(false), &json!("Army")));
        assert_eq!((&shown["last_4_of_ssn"], &shown["squadron"]), (&json!("1234"), &Value::Null));
        let tenant = w.update(id, json!({"military_information": {"division": null, "squadron": "S"}})).await;
        assert_eq!((&tenant["military_information"]["division"], &tenant["military_information"]["squadron"]), (&Value::Null, &json!("S")));
        assert_eq!(w.update(id, json!({"is_military": false})).await["military_information"], Value::Null);
        assert_eq!(w.update(id, json!({"is_military": true})).await["military_information"]["squadron"], Value::Null);
    }

    async fn t11_username_lookup(w: Site) {
        let id = w.tenant("Al", "Quigley").await;
        w.update(id, json!({"username": "Al_78"})).await;
        for body in [json!({"username": "al_78"}), json!({"tenant": {"username": "AL_78"}})] {
            let answer = w.send(Method::POST, "/tenants/username_lookup", &body).await.expect(200);
            assert_eq!(answer["tenant"]["id"], id.to_string());
        }
        let answer = w.send(Method::POST, "/tenants/username_lookup", &json!({"username": "nobody"})).await;
        assert_eq!(error(&answer), (404, json!(9)));
        for body in [json!({}), json!({"username": ""}), json!({"tenant": {"username": null}})] {
            assert_eq!(error(&w.send(Method::POST, "/tenants/username_lookup", &body).await), (400, json!(4)));
        }
    }

    async fn t13_search(w: Site) {
        let id = w.tenant("Al", "Quigley").await;
        w.update(id, json!({"phone_numbers_attributes": [{"number": "(276) 254-7277"}]})).await;
        let number = w.fetch(&format!("/tenants/{id}")).await["tenant"]["account_number"].clone();
        for query in ["phone_number=2762547277", "phone_number=%2B12762547277", "phone_number=276-254-7277", &format!("account_number={number}")] {
            let found = w.fetch(&format!("/tenants/search?{query}")).await;
            assert_eq!(found["tenants"][0]["id"], id.to_string(), "{query}");
            assert_eq!(found["meta"]["pagination"]["total_entries"], 1);
        }
        for query in ["phone_number=2762547278", "phone_number=x", "account_number=1", "account_number=x"] {
            assert_eq!(w.fetch(&format!("/tenants/search?{query}")).await["tenants"], json!([]), "{query}");
        }
        assert_eq!(error(&w.get(w.at("/tenants/search")).signed(&w.program).await), (400, json!(4)));
        let both = w.get(w.at("/tenants/search?phone_number=1&account_number=1")).signed(&w.program).await;
        assert_eq!(error(&both), (400, json!(5)));
        assert_eq!(both.json()["meta"]["parameters"]["account_number"], "[FILTERED]");
    }

    async fn t22_tenants_of_another_facility_are_not_found(w: Site) {
        let id = w.tenant("Al", "Quigley").await;
        let garden = crate::uid_of(&w, w.home.org, w.home.garden).await;
        for path in ["", "/eligibility", "/notes", "/preferences"] {
            let answer = w.get(format!("/v1/{garden}/tenants/{id}{path}")).signed(&w.program).await;
            assert_eq!(error(&answer), (404, json!(9)), "{path}");
        }
        let elsewhere = crate::uid_of(&w, w.other.org, w.other.harbour).await;
        let other = w.program(w.other.org, &kernel::Scope::ALL, None).await;
        let answer = w.get(format!("/v1/{elsewhere}/tenants/{id}")).signed(&other).await;
        assert_eq!(error(&answer), (404, json!(9)));
    }

    async fn section_6_lists(w: Site) {
        let ids = [w.tenant("Cy", "A").await, w.tenant("Bo", "B").await, w.tenant("Al", "C").await];
        let only: Vec<String> = ids.iter().map(Uuid::to_string).collect();
        let only = only.join(",");
        let names = async |query: &str| -> Vec<String> {
            let body = w.fetch(&format!("/tenants?only_ids={only}&{query}")).await;
            body["tenants"].as_array().unwrap().iter().map(|t| t["first_name"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names("").await, ["Cy", "Bo", "Al"], "by account number");
        assert_eq!(names("sort=first_name").await, ["Al", "Bo", "Cy"]);
        assert_eq!(names("-sort=last_name").await, ["Al", "Bo", "Cy"]);
        assert_eq!(names("per_page=2&page=2").await, ["Al"]);
        assert_eq!(names("created_after=2099-01-01").await, [""; 0]);
        w.clock.advance(60);
        w.update(ids[1], json!({"title": "Dr"})).await;
        assert_eq!(names("updated_since=2026-11-21T08:29:00-08:00").await, ["Bo"]);
        let sparse = w.fetch(&format!("/tenants?only_ids={only}&fields[tenant]=first_name,id,nonsense&fields[phone_number]=number")).await;
        assert_eq!(sparse["tenants"][0], json!({"id": ids[0].to_string(), "first_name": "Cy"}));
        let path = format!("/tenants/{}", ids[0]);
        let body = json!({"fields": {"tenant": "phone_numbers", "phone_number": "number"}, "tenant": {"title": "Mr"}});
        let written = w.send(Method::PUT, &path, &body).await.expect(200);
        assert_eq!(written["tenant"], json!({"phone_numbers": [{"number": "+15035550100"}]}));
    }
}
