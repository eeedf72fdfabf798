//! What anybody writes at any door is a row; pages show it as text. Every free text of the schema becomes hostile here,
//! whichever door it came through, and every page is read.

use std::fmt::Write as _;

use crate::{
    House, html,
    isolation::Somebody,
    walk::{addresses, filled},
};

/// Columns that people and programs fill with words of their own; those of other tables are words of the program.
const FREE: [(&str, &str); 45] = [
    (
        "account",
        "drivers_license_number drivers_license_state vehicle_license_plate_number vehicle_license_state vehicle_description",
    ),
    ("account_note", "text author_name"),
    ("address", "address1 address2 city state postal label"),
    ("alternate_contact", "first_name middle_initial last_name email description address1 address2 city state postal"),
    ("building", "name street postal city"),
    ("client", "name"),
    ("comment", "text"),
    ("contact_card", "name company email phone responsibility"),
    ("contact_phone", "raw extension label"),
    ("document", "name"),
    ("document_folder", "name"),
    ("emergency_contact", "name description"),
    ("emergency_number", "number extension"),
    ("event", "title text location"),
    ("faq_article", "title keywords text"),
    ("faq_group", "title"),
    ("file", "name"),
    ("import_run", "name"),
    ("invitation", "first_name last_name email"),
    ("invoice_line", "description"),
    ("ledger", "gate_access_code insurance_text"),
    ("ledger_entry", "text"),
    ("message", "to_address subject text_body last_error"),
    ("oidc_provider", "name issuer client_id scopes"),
    ("organization", "name street postal city email phone"),
    ("passkey", "name"),
    ("person", "first_name last_name middle_initial title business_name email salutation"),
    ("person_reference", "reference"),
    ("phone_number", "raw extension label"),
    ("portal_settings", "title subtitle login_text announcements help_text"),
    ("post", "title text"),
    ("post_comment", "text"),
    (
        "property",
        "name street city state postal description management_name management_phone management_email reference",
    ),
    ("property_setting", "name value"),
    ("radius_client", "name address"),
    ("saved_view", "name query"),
    ("ticket", "title description rating_comment group_name"),
    ("ticket_field", "name help"),
    ("ticket_type", "name description"),
    ("ticket_type_group", "name"),
    ("unit", "number description floor door_type access_type contact_name contact_email contact_phone reference"),
    ("unit_type", "name code"),
    ("web_session", "browser"),
    ("wifi_identity", "name email phone"),
    ("wifi_network", "ssid"),
];

/// Ends text, ends an attribute, and would run.
const EVIL: &str = "<script>alert(1)</script>\"><img src=x onerror=alert(2)>";

impl House {
    /// Puts [`EVIL`] behind every free text there is.
    async fn turn_hostile(&self) {
        let mut all = String::new();
        for (table, columns) in FREE {
            for column in columns.split(' ') {
                writeln!(all, "UPDATE {table} SET {column} = {column} || '{EVIL}' WHERE {column} IS NOT NULL;")
                    .unwrap();
            }
        }
        // What was answered in forms, and what could be chosen there, in JSON.
        for (table, column, word) in [("ticket", "answers", "secretreport"), ("ticket_field", "options", "High")] {
            let evil = "<script>alert(1)</script>";
            writeln!(all, "UPDATE {table} SET {column} = REPLACE({column}, '{word}', '{word}{evil}');").unwrap();
        }
        // The schema of one database is told in a text that stays.
        self.db.schema(Box::leak(all.into_boxed_str())).await;
    }
}

world::tests! { crate::open =>
    async fn every_text_of_every_door_is_shown_as_text(w: House) {
        let scene = w.scene().await;
        let admin = w.cookie(&w.home.admin).await;
        w.form("/desk/views/tickets", &admin, &[("name", "A view"), ("query", "state=any")]).await;
        w.turn_hostile().await;
        while w.app.search().follow(&w.system(w.home.org)).await.unwrap() > 0 {}
        let Somebody { cookie: anna, .. } = &scene.anna;
        let (mut seen, mut opened) = (0, 0);
        for route in addresses().into_iter().filter(|r| r.reads).map(|r| r.path) {
            let cookie = if route.starts_with("/desk") { &admin } else { anna };
            let path = filled(&route, &scene.things);
            for query in ["", "?q=secret", "?q=script"] {
                let page = w.page(&format!("{path}{query}"), cookie).await;
                assert!(page.status < 500, "{path}{query}: {}", html(&page));
                if page.headers.get("content-type").is_none_or(|t| !t.to_str().unwrap().starts_with("text/html")) {
                    continue;
                }
                opened += usize::from(page.status == 200);
                let text = html(&page);
                for bad in ["<script>alert", "<img src=x", "\"><img"] {
                    assert!(!text.contains(bad), "{path}{query} shows {bad}: {text}");
                }
                seen += usize::from(text.contains("&#60;script&#62;alert(1)"));
            }
        }
        assert!(opened > 100 && seen > 60, "{opened} pages were read, hostile text was shown on {seen}");
    }
}
