//! Sections 13 to 15: ledgers, invoices, payments and units.

use app::ledger::Extra;
use axum::http::Method;
use kernel::Scope;
use serde_json::{Value, json};
use uuid::Uuid;
use world::axum;

use crate::{Site, error};

impl Site {
    /// A tenant, and the ledger of the tenant's unit.
    pub async fn ledger(&self, first: &str) -> (Uuid, Uuid) {
        let id = self.tenant(first, "Quigley").await;
        let body = self.fetch(&format!("/tenants/{id}/ledgers")).await;
        (id, body["ledgers"][0]["id"].as_str().unwrap().parse().unwrap())
    }

    /// Charges a ledger.
    async fn charge(&self, ledger: Uuid, amount: i64) {
        let extra = Extra { amount, text: "Broken lock".to_owned(), code: "fee".to_owned(), on: None, key: None };
        self.app.ledgers().charge(&self.system(self.home.org), self.home.harbour, ledger, extra).await.unwrap();
    }

    async fn pay(&self, ledger: Uuid, payment: Value) -> world::Answer {
        let method = json!({"kind": "credit_card", "card_number": "4111 1111 1111 1234", "security_code": "123"});
        let body = json!({"payment": payment, "payment_method": method});
        self.send(Method::POST, &format!("/ledgers/{ledger}/make_payment"), &body).await
    }
}

world::tests! { crate::open =>
    async fn t10_t21_ledgers_of_tenants(w: Site) {
        let (id, ledger) = w.ledger("Al").await;
        let tenant = w.fetch(&format!("/tenants/{id}")).await["tenant"].take();
        assert_eq!((&tenant["current_ledger_ids"], &tenant["active"]), (&json!([ledger]), &json!(true)));
        let shown = w.fetch(&format!("/tenants/{id}/ledgers")).await;
        assert_eq!((&shown["ledgers"][0]["tenant"], &shown["meta"]["pagination"]["total_entries"]), (&tenant, &json!(1)));
        let current = w.fetch("/tenants/current").await;
        assert!(current["tenants"].as_array().unwrap().iter().any(|t| t["id"] == id.to_string()));

        w.clock.advance(86_400);
        let (system, now) = (w.system(w.home.org), w.app.now());
        w.app.ledgers().move_out(&system, w.home.harbour, ledger, now).await.unwrap();
        w.clock.advance(1);
        assert_eq!(w.fetch(&format!("/tenants/{id}/ledgers")).await["ledgers"], json!([]));
        let tenant = w.fetch(&format!("/tenants/{id}")).await["tenant"].take();
        assert_eq!((&tenant["current_ledger_ids"], &tenant["previous_ledger_ids"]), (&json!([]), &json!([ledger])));
        assert_eq!(tenant["active"], false);
        let previous = w.fetch("/tenants/previous").await;
        assert!(previous["tenants"].as_array().unwrap().iter().any(|t| t["id"] == id.to_string()));
        let gone = w.fetch("/ledgers/previous").await;
        assert_eq!((&gone["ledgers"][0]["active"], &gone["ledgers"][0]["id"]), (&json!(false), &json!(ledger)));
        assert!(gone["ledgers"][0]["closed_on"].is_string());
        assert_eq!(error(&w.get(w.at(&format!("/tenants/{}/ledgers", Uuid::nil()))).signed(&w.program).await), (404, json!(9)));
    }

    async fn section_14_a_ledger_in_its_shape(w: Site) {
        let (_, ledger) = w.ledger("Al").await;
        w.charge(ledger, 6_130).await;
        let answer = w.get(w.at(&format!("/ledgers/{ledger}"))).signed(&w.program).await;
        let shown = answer.expect(200)["ledger"].take();
        let keys = ["id", "active", "autopay_enabled", "autopay_info", "closed_on", "current_account_balance", "current_insurance",
            "current_prepay_balance", "current_rate", "delinquent", "gate_access_code", "invoice_day_of_month", "lease_number",
            "length_of_stay_in_months", "moved_in_at", "next_charge_amount", "next_charge_amount_by_ledger", "next_charge_date",
            "paid_through", "rate_last_changed_on", "rate_per_square_foot", "recent_open_charges", "recent_payments", "scheduled_move_out",
            "scheduled_rate_change", "scheduled_transfer", "manage_revenue", "rate_increase_exempt", "storage_items", "tenant", "unit"];
        let text = answer.text();
        let storedge::wire::Value::Object(whole) = storedge::wire::parse(text.as_bytes()).unwrap() else { panic!("{text}") };
        let in_order: Vec<&str> = whole.get("ledger").unwrap().object().unwrap().iter().map(|(n, _)| n).collect();
        assert_eq!(in_order, keys);
        assert_eq!(shown["current_account_balance"], 61.3);
        let charge = &shown["recent_open_charges"][0];
        assert_eq!((&charge["amount"], &charge["amount_leftover"], &charge["description"]), (&json!(61.3), &json!(61.3), &json!("Broken lock")));
        assert_eq!(charge["effective_on"], "2026-11-21T00:00:00.000-08:00");
        let unit = &shown["unit"];
        assert_eq!(unit.as_object().unwrap().len(), 42);
        assert_eq!((&unit["status"], &unit["current_ledger_id"]), (&json!("occupied"), &json!(ledger)));
        assert!(unit["unit_type"].is_object() && shown["tenant"].is_object());
        let body = w.fetch(&format!("/ledgers/{ledger}")).await;
        assert_eq!(body["meta"]["parameters"]["ledger"], json!({}));
    }

    async fn section_13_lists(w: Site) {
        for first in ["Al", "Bo", "Cy"] {
            w.ledger(first).await;
        }
        let numbers = async |query: &str| -> Vec<i64> {
            let body = w.fetch(&format!("/ledgers{query}")).await;
            body["ledgers"].as_array().unwrap().iter().map(|l| l["lease_number"].as_i64().unwrap()).collect()
        };
        let all = numbers("").await;
        assert!(all.len() >= 3 && all.is_sorted());
        let mut turned = all.clone();
        turned.reverse();
        assert_eq!(numbers("?-sort=lease_number").await, turned);
        assert_eq!(numbers("/current?per_page=1&page=2").await, all[1..2]);
        for path in ["/ledgers?sort=color", "/units?sort=color"] {
            assert_eq!(error(&w.get(w.at(path)).signed(&w.program).await), (400, json!(10)));
        }
        let units = w.fetch("/units").await;
        assert_eq!(units["meta"]["parameters"]["unit"], json!({}));
        let all = units["units"].as_array().unwrap();
        let free = w.fetch("/units/available").await["units"].take();
        assert!(free.as_array().unwrap().iter().all(|u| u["available_for_move_in"] == true));
        assert_eq!(free.as_array().unwrap().len(), all.iter().filter(|u| u["available_for_move_in"] == true).count());
        let one = w.fetch(&format!("/units/{}", all[0]["id"].as_str().unwrap())).await;
        assert_eq!(one["unit"], all[0]);
        assert_eq!(w.fetch("/units?fields[unit]=name,unit_type&fields[unit_type]=name").await["units"][0],
            json!({"name": all[0]["name"], "unit_type": {"name": "Unit"}}));
        assert_eq!(error(&w.get(w.at(&format!("/units/{}", Uuid::nil()))).signed(&w.program).await), (404, json!(9)));
    }

    async fn section_6_lists_are_narrowed(w: Site) {
        let ((_, first), (_, second)) = (w.ledger("Al").await, w.ledger("Bo").await);
        let ids = |body: &Value, key: &str| {
            body[key].as_array().unwrap().iter().map(|l| l["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let only = w.fetch(&format!("/ledgers?only_ids={second},{}", Uuid::nil())).await;
        assert_eq!(ids(&only, "ledgers"), [second.to_string()]);
        assert_eq!(only["meta"]["pagination"]["total_entries"], 1);
        let unit = w.fetch(&format!("/ledgers/{first}")).await["ledger"]["unit"]["id"].as_str().unwrap().to_owned();
        assert_eq!(ids(&w.fetch(&format!("/units?only_ids={unit}")).await, "units"), [unit]);
        for path in ["/ledgers?updated_since=2100-01-01", "/units?created_after=2100-01-01", "/ledgers?created_before=2000-01-01"] {
            assert_eq!(w.fetch(path).await["meta"]["pagination"]["total_entries"], 0, "{path}");
        }
        assert_eq!(error(&w.get(w.at("/units?updated_since=soon")).signed(&w.program).await), (400, json!(4)));
        let past = w.fetch("/ledgers?created_after=2000-01-01").await;
        assert!(ids(&past, "ledgers").contains(&first.to_string()));
    }

    async fn a_gate_code_is_a_text(w: Site) {
        let (_, ledger) = w.ledger("Al").await;
        let path = format!("/ledgers/{ledger}/gate_access_code");
        for body in [json!({"gate_access_code": 55555}), json!({"ledger": {"gate_access_code": "55555"}})] {
            let answer = w.send(Method::PATCH, &path, &body).await.expect(200);
            assert_eq!(answer["ledger"]["gate_access_code"], "55555");
        }
        assert_eq!(error(&w.send(Method::PATCH, &path, &json!({})).await), (400, json!(4)));
    }

    async fn autopay(w: Site) {
        let (_, ledger) = w.ledger("Al").await;
        let path = format!("/ledgers/{ledger}/update_autopay");
        let set = async |autopay: Value| w.send(Method::PUT, &path, &json!({"autopay": autopay})).await;
        let on = set(json!({"autopay_enabled": "true", "autopay_day": "30"})).await.expect(200)["ledger"].take();
        assert_eq!((&on["autopay_enabled"], &on["autopay_info"]["day"]), (&json!(true), &json!(30)));
        assert_eq!(on["autopay_info"]["next_autopay_date"], "2026-11-30");
        let off = set(json!({"autopay_enabled": false})).await.expect(200)["ledger"].take();
        assert_eq!((&off["autopay_enabled"], &off["autopay_info"]["day"]), (&json!(false), &Value::Null));
        for bad in [json!({"autopay_enabled": true}), json!({"autopay_day": 32}), json!({"autopay_day": "x"})] {
            assert_eq!(error(&set(bad).await), (400, json!(4)));
        }
    }

    async fn p1_to_p6_payments(w: Site) {
        let (_, ledger) = w.ledger("Al").await;
        w.charge(ledger, 5_000).await;
        let paid = w.pay(ledger, json!({"kind": "custom", "amount": 20.5, "idempotency_key": "one"})).await.expect(200)["ledger"].take();
        assert_eq!(paid["current_account_balance"], 29.5);
        assert_eq!((&paid["recent_payments"][0]["amount"], &paid["recent_payments"][0]["success"]), (&json!(20.5), &json!(true)));
        let again = w.pay(ledger, json!({"kind": "custom", "amount": "20.50", "idempotency_key": "one"})).await.expect(200)["ledger"].take();
        assert_eq!(again["current_account_balance"], 29.5, "the same key pays once");
        for bad in [
            json!({"kind": "custom", "amount": 30}),
            json!({"kind": "custom"}),
            json!({"kind": "custom", "amount": "1.005"}),
            json!({"kind": "custom", "amount": -1}),
            json!({"kind": "prepay"}),
            json!({"kind": "gift"}),
            json!({}),
        ] {
            assert_eq!(error(&w.pay(ledger, bad.clone()).await), (400, json!(4)), "{bad}");
        }
        let answer = w.pay(ledger, json!({"kind": "balance"})).await;
        assert_eq!(answer.expect(200)["ledger"]["current_account_balance"], 0.0);
        let shown = answer.text();
        assert!(!shown.contains("4111") && !shown.contains("\"123\""), "{shown}");
        let stored: Vec<Option<String>> =
            w.write(w.home.org, async |w| w.all(world::db::sql!("SELECT method FROM ledger_entry WHERE kind = 'payment'")).await).await;
        assert!(stored.iter().flatten().all(|m| m == "credit_card:1234"), "{stored:?}");
        let unknown = json!({"payment": {"kind": "balance"}, "payment_method": {"payment_method_id": Uuid::nil()}});
        let answer = w.send(Method::POST, &format!("/ledgers/{ledger}/make_payment"), &unknown).await;
        assert_eq!(error(&answer), (400, json!(4)));
    }

    async fn money_needs_its_own_scope(w: Site) {
        let (id, ledger) = w.ledger("Al").await;
        let plain = w.program(w.home.org, &[Scope::Read, Scope::Write], None).await;
        for path in ["/ledgers".to_owned(), format!("/ledgers/{ledger}"), format!("/tenants/{id}/ledgers"), format!("/ledgers/{ledger}/invoices")] {
            assert_eq!(error(&w.get(w.at(&path)).signed(&plain).await), (403, json!(13)), "{path}");
        }
        let reader = w.program(w.home.org, &[Scope::Read, Scope::MoneyRead], None).await;
        w.get(w.at("/ledgers")).signed(&reader).await.expect(200);
        let call = w.post(w.at(&format!("/ledgers/{ledger}/make_payment")));
        let body = json!({"payment": {"kind": "balance"}, "payment_method": {"kind": "cash"}});
        assert_eq!(error(&call.json(&body).signed(&reader).await), (403, json!(13)));
    }

    async fn section_15_invoices(w: Site) {
        let (_, ledger) = w.ledger("Al").await;
        let (system, property) = (w.system(w.home.org), w.home.harbour);
        let today = kernel::Zone::named("America/Los_Angeles").date(w.app.now());
        w.app.ledgers().set_rent(&system, property, ledger, 9_900, today).await.unwrap();
        w.clock.advance(40 * 86_400);
        let system = w.system(w.home.org);
        while w.app.ledgers().bill(&system, property).await.unwrap() > 0 {}
        let body = w.fetch(&format!("/ledgers/{ledger}/invoices")).await;
        let invoices = body["invoices"].as_array().unwrap();
        assert!(!invoices.is_empty() && body["meta"]["pagination"].is_object());
        for invoice in invoices {
            assert_eq!(invoice["id"], invoice["uuid"]);
            assert_eq!((&invoice["total"], &invoice["line_items"][0]["total"]), (&json!(99.0), &json!(99.0)));
            assert!(invoice["tenant_id"].is_i64());
            let one = w.fetch(&format!("/invoices/{}", invoice["id"].as_str().unwrap())).await;
            assert_eq!(&one["invoice"], invoice);
        }
        let unknown = w.get(w.at(&format!("/invoices/{}", Uuid::nil()))).signed(&w.program).await;
        assert_eq!(error(&unknown), (404, json!(9)));
    }
}
