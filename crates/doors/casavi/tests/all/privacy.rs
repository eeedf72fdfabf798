//! What is private of a unit or of an earlier resident is seen by nobody else: not by any id, in any answer.

use casavi::{Access, routes};
use kernel::Living;
use serde_json::{Value, json};
use world::axum::http::Method;

use crate::setup::{PDF, Resident, Site, resident};

/// Words that stand for what is private of somebody.
const SECRETS: [&str; 4] = ["secret-answer", "secret-comment", "secret-file", "Earlier"];

impl Site {
    /// A ticket with a comment and files in which the secrets stand.
    async fn confide(&self, who: &Resident) -> Value {
        let file = self.upload(who, "secret-file.pdf", "application/pdf", PDF).await.expect(200);
        let fields =
            json!({self.house.fields[1].to_string(): "secret-answer", self.house.fields[6].to_string(): [file]});
        let made = self.ticket(who, &fields).await;
        let other = self.upload(who, "secret-file-2.pdf", "application/pdf", PDF).await.expect(200);
        let said = json!({"text": "secret-comment", "attachments": [other]});
        self.send(format!("/api/v1/tickets/{}/comments", made["id"]), who, &said).await.expect(200)
    }

    /// Everything that a reader can ask for, with ids up to `most`.
    async fn everything(&self, who: &Resident, most: i64) -> Vec<(String, u16, String)> {
        let mut out = Vec::new();
        let paths =
            routes().into_iter().filter(|r| r.access != Access::Public && r.method == Method::GET).map(|r| r.path);
        for path in paths {
            let path = path.replace("{community_id}", &self.house.place.to_string());
            let all: Vec<String> = if path.contains('{') {
                let at = path.find('{').unwrap();
                (1..=most).map(|id| format!("{}{id}", &path[..at])).collect()
            } else {
                vec![format!("{path}?limit=100"), format!("{path}?page=0&community_id={}", self.house.place)]
            };
            for path in all {
                let answer = self.call(Method::GET, path.clone(), who).await;
                out.push((path, answer.status, answer.text()));
            }
        }
        out
    }
}

world::tests! { crate::setup::open =>
    async fn nobody_else_sees_what_one_confides(w: Site) {
        let earlier = resident(&w.world, &w.house, "Earlier", "D 4", Living::Tenant).await;
        let former = resident(&w.world, &w.house, "Former", "D 4", Living::Member).await;
        let made = w.confide(&earlier).await;
        while w.app.notifications().follow(&w.system(w.house.org)).await.unwrap() > 0 {}
        let most = made["id"].as_i64().unwrap().max(w.elsewhere.document.get()) + 5;
        let own: Vec<_> = w.everything(&earlier, most).await;
        for secret in SECRETS {
            assert!(own.iter().any(|(_, _, text)| text.contains(secret)), "{secret} is there for its owner");
        }
        // Somebody moves into the same unit afterwards; who lived with the earlier tenant; a neighbour; one who lives with a
        // neighbour; another company.
        w.clock.advance(1);
        w.leaves(&earlier).await;
        let next = resident(&w.world, &w.house, "Next", "D 4", Living::Tenant).await;
        let member = resident(&w.world, &w.house, "Mem", "D 4", Living::Member).await;
        for who in [&next, &member, &former, &w.anna, &w.mia, &w.zoe] {
            for (path, status, text) in w.everything(who, most).await {
                assert!(status == 200 || status == 404, "{path}: {status}");
                for secret in SECRETS {
                    assert!(!text.contains(secret), "{secret} in {path} for {}: {text}", who.email);
                }
                for name in ["Anna", "Ben", "Zoe", "Former"].iter().filter(|n| !who.email.starts_with(&n.to_lowercase())) {
                    assert!(!text.contains(&format!("{name} Resident")), "{name} in {path} for {}", who.email);
                }
            }
            if who.id == former.id {
                let all = w.everything(who, most).await;
                assert!(all.iter().all(|(_, _, text)| !text.contains("Next Resident")), "who lives there now is not theirs");
                assert_eq!(w.call(Method::GET, w.at("/timeline"), who).await.status, 404);
            }
            // Nor can it be written to, nor can its files be taken.
            let ticket = made["id"].as_i64().unwrap();
            assert_eq!(w.send(format!("/api/v1/tickets/{ticket}/comments"), who, &json!({"text": "x"})).await.status, 404);
            assert!(w.app.files().unused(&who.caller).await.unwrap().is_empty());
        }
        // The feed of the calendar tells events alone.
        let caller = kernel::Caller { at: w.app.now(), ..next.caller };
        let feed = w.app.events().calendar(&caller, w.house.place).await.unwrap();
        assert!(SECRETS.iter().all(|s| !feed.contains(s)));
    }

    async fn an_upload_is_its_uploaders_alone(w: Site) {
        let file = w.upload(&w.ben, "secret-file.pdf", "application/pdf", PDF).await.expect(200);
        let made = w.ticket(&w.anna, &json!({})).await;
        let path = format!("/api/v1/tickets/{}/comments", made["id"]);
        for bad in [json!(file["path"]), json!("x"), json!(""), json!("../../keys"), json!("a\u{0}b")] {
            let answer = w.send(&path, &w.anna, &json!({"attachments": [{"path": bad}]})).await;
            assert_eq!(crate::setup::fields(&answer), ["attachments.0"], "{bad}");
        }
        assert_eq!(w.app.files().unused(&w.ben.caller).await.unwrap().len(), 1, "it waits for him");
    }

    async fn history_does_not_grow_while_one_is_gone(w: Site) {
        let made = w.ticket(&w.ben, &json!({})).await;
        w.move_out(w.house.org, w.ben.id).await;
        assert_eq!(w.call(Method::GET, w.at("/timeline"), &w.ben).await.status, 404);
        assert_eq!(w.call(Method::GET, w.at("/notifications"), &w.ben).await.status, 404);
        assert_eq!(w.fetch(format!("/api/v1/tickets/{}", made["id"]), &w.ben).await["id"], made["id"]);
    }
}
