//! Nothing secret in logs, changes and caches: R35.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, OnceLock},
};

use app::wifi::Kind;
use serde_json::json;
use world::{
    axum::http::{Method, header},
    db::sql,
};

use crate::Site;

/// Keeps all that is logged in this process.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
        let subscriber = subscriber.with_writer(move || writer.clone()).finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        log
    })
}

world::tests! { crate::open =>
    async fn r35_secrets_are_neither_logged_nor_noted_nor_cached(w: Site) {
        let log = log();
        let user = format!("/units/users/{}", w.user(Kind::Unit).await);
        let signed = w.post(w.at("/units/logins")).json(&json!({"hashedSecret": w.flat.secret})).await;
        let token = signed.expect(200)["token"].as_str().unwrap().to_owned();
        let unit = w.call(Method::GET, "/units").await;
        let mut secrets = vec![w.flat.secret.clone(), token.clone(), w.token.clone()];
        secrets.extend(["secret", "guestSecret"].map(|f| unit.json()[f].as_str().unwrap().to_owned()));
        let chosen = w.call(Method::PUT, "/units").json(&json!({"secret": "chosen by hand 1"})).await;
        let taken = w.call(Method::PUT, "/units").json(&json!({"guestSecret": "chosen by hand 1"})).await;
        assert_eq!(taken.status, 409);
        let refused = w.call(Method::PUT, &user).json(&json!({"passphrase": "chosen\tby hand 2"})).await;
        assert_eq!(refused.status, 400);
        let broken = w.call(Method::PUT, &user).raw("application/json", "{\"passphrase\":\"chosen by hand 3\"").await;
        assert_eq!(broken.status, 400);
        w.call(Method::PUT, &user).json(&json!({"passphrase": ""})).await.expect(200);
        let shown = w.call(Method::GET, &user).await;
        secrets.push(shown.json()["passphrase"].as_str().unwrap().to_owned());
        let page = w.call(Method::POST, "/units/users/query").await;
        w.get(format!("{}?auth={}", w.at("/access"), w.flat.secret)).header(header::AUTHORIZATION, &token).await.expect(200);
        secrets.extend(["chosen by hand".to_owned(), "by hand 2".to_owned()]);
        for answer in [&signed, &unit, &chosen, &taken, &refused, &shown, &page] {
            assert_eq!(answer.header("cache-control"), "no-store");
        }
        for answer in [&taken, &refused, &broken] {
            assert!(!answer.text().contains("by hand"), "{}", answer.text());
        }

        let data: Vec<Option<String>> = w
            .write(w.flat.org, async |w| w.all(sql!("SELECT data FROM change WHERE org_id = $1 /* scan: a test */", w.caller().org)).await)
            .await;
        let noted = data.into_iter().flatten().collect::<Vec<_>>().join("\n");
        let logged = log.text();
        assert!(logged.contains("/residents/properties/{propertyId}/units/logins"), "there is a log");
        for secret in &secrets {
            assert!(!logged.contains(secret.as_str()), "{secret} was logged");
            assert!(!noted.contains(secret.as_str()), "{secret} was noted");
        }
        assert!(noted.contains("passphrase"), "that it changed was noted");
        // At rest they are sealed: their bytes are nowhere.
        let sealed: Vec<Option<Vec<u8>>> = w
            .write(w.flat.org, async |w| w.all(sql!("SELECT sealed FROM wifi_identity WHERE org_id = $1", w.caller().org)).await)
            .await;
        let sealed: Vec<Vec<u8>> = sealed.into_iter().flatten().collect();
        assert!(!sealed.is_empty());
        assert!(secrets.iter().all(|s| sealed.iter().all(|bytes| !bytes.windows(s.len()).any(|part| part == s.as_bytes()))));
    }
}
