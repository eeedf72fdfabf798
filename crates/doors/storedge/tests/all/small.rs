//! Sections 9 and 10: preferences, eligibility, notes.

use axum::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use world::axum;

use crate::{Site, error};

world::tests! { crate::open =>
    async fn section_9_preferences(w: Site) {
        let id = w.tenant("Al", "Quigley").await;
        let path = format!("/tenants/{id}/preferences");
        let fresh = w.fetch(&path).await["tenant_settings"].take();
        assert_eq!(fresh["tenants_preferences"], json!({"email_invoices": true, "delinquency_exempt": false}));
        assert_eq!(fresh["default_settings"].as_object().unwrap().len(), 12);
        assert_ne!(fresh["id"], id.to_string());
        let set = async |sent: Value| w.send(Method::PUT, &path, &json!({"tenant_settings": sent})).await;
        let body = set(json!({"delinquency_exempt": "1", "email_invoices": null, "opt_in_to_marketing_sms": true})).await.expect(200);
        assert_eq!(body["tenant_settings"]["tenants_preferences"], json!({"delinquency_exempt": true, "opt_in_to_marketing_sms": true}));
        assert_eq!((&body["tenant_settings"]["id"], &body["tenant_settings"]["default_settings"]), (&fresh["id"], &fresh["default_settings"]));
        assert_eq!(body["meta"]["parameters"]["tenant_settings"]["delinquency_exempt"], "1");
        // T20
        let tenant = w.fetch(&format!("/tenants/{id}")).await["tenant"]["preferences"].take();
        assert_eq!(tenant.as_object().unwrap().len(), 15);
        assert_eq!((&tenant["delinquency_exempt"], &tenant["email_invoices"]), (&json!(true), &json!(true)));

        let out = set(json!({"exclude_from_insurance_auto_enroll": true})).await.expect(200);
        let own = &out["tenant_settings"]["tenants_preferences"];
        assert_eq!(own["exclude_from_insurance_auto_enroll_created_by"], "Test App");
        assert_eq!(own["exclude_from_insurance_auto_enroll_on"], "2026-11-21T08:28:40.000-08:00");
        let back = set(json!({"exclude_from_insurance_auto_enroll": false})).await.expect(200);
        let own = back["tenant_settings"]["tenants_preferences"].as_object().unwrap();
        assert!(own.keys().all(|k| !k.ends_with("_by") && !k.ends_with("_on")), "{own:?}");
        for bad in [json!({"color": true}), json!({"print_invoices": "maybe"}), json!({"print_invoices": []}), json!([]), Value::Null] {
            assert_eq!(error(&set(bad.clone()).await), (400, json!(4)), "{bad}");
        }
        assert_eq!(set(json!({"color": 1})).await.json()["meta"]["errors"], json!({"tenant_settings[color]": ["is not allowed"]}));
    }

    async fn section_10_eligibility(w: Site) {
        let id = w.tenant("Al", "Quigley").await;
        let body = w.fetch(&format!("/tenants/{id}/eligibility")).await;
        assert_eq!(body["eligibility"], json!({"eligible_for_move_in": true}));
        assert_eq!(body["meta"]["parameters"]["tenant_id"], id.to_string());
    }

    async fn section_15_notes(w: Site) {
        let id = w.tenant("Al", "Quigley").await;
        let path = format!("/tenants/{id}/notes");
        let first = w.send(Method::POST, &path, &json!({"note": {"note_text": "first"}})).await.expect(200)["note_event"].take();
        assert_eq!(
            first,
            json!({"id": first["id"], "notes": [{"id": first["notes"][0]["id"], "note": "first", "created_at": "2026-11-21T08:28:40.000-08:00"}],
                "created_by": {"id": first["created_by"]["id"], "name": "Test App", "type": "ClientApplication"}, "unit_id": null,
                "tenant_id": id.to_string()})
        );
        let second = json!({"user_id": 1, "note": {"note_text": "second", "tenant_id": id}});
        w.send(Method::POST, "/notes", &second).await.expect(200);
        let listed = w.fetch(&path).await;
        let texts: Vec<&str> = listed["notes"].as_array().unwrap().iter().map(|n| n["note"].as_str().unwrap()).collect();
        assert_eq!(texts, ["second", "first"], "the newest first");
        assert_eq!(w.fetch(&format!("{path}?per_page=1&page=2")).await["notes"][0]["note"], "first");
        assert_eq!(error(&w.get(w.at(&format!("{path}?sort=note"))).signed(&w.program).await), (400, json!(10)));
        for bad in [json!({"note": {}}), json!({"note": {"note_text": " "}}), json!({"note": {"note_text": ["x"]}}), json!({"note": "x"})] {
            assert_eq!(error(&w.send(Method::POST, &path, &bad).await), (400, json!(4)), "{bad}");
        }
        let nowhere = json!({"note": {"note_text": "x"}});
        assert_eq!(error(&w.send(Method::POST, "/notes", &nowhere).await), (400, json!(4)));
        for about in ["tenant_id", "ledger_id", "unit_id"] {
            let lost = json!({"note": {"note_text": "x", about: Uuid::nil()}});
            assert_eq!(error(&w.send(Method::POST, "/notes", &lost).await), (404, json!(9)), "{about}");
        }
        let ledgers = w.fetch("/ledgers").await;
        let others = ledgers["ledgers"].as_array().unwrap().iter().find(|l| l["tenant_id"] != json!(id)).unwrap();
        let torn = json!({"note": {"note_text": "x", "tenant_id": id, "ledger_id": others["id"]}});
        assert_eq!(error(&w.send(Method::POST, "/notes", &torn).await), (400, json!(5)), "a ledger of somebody else");
    }
}
