//! Everything that a provider, or somebody in its place, can do wrong.

use identity::NewProvider;
use jsonwebtoken::{Algorithm, EncodingKey};
use kernel::Door;
use serde_json::{Value, json};
use world::{World, db::Dialect};

use crate::{
    fake::{Fake, jwk, make, pairs, token},
    providers::{browse, set},
    setup::{location, open, value},
};

/// A provider that does what a test wants, with the owner linked as `sub-1`.
pub async fn faulty(dialect: Dialect) -> (World, Fake) {
    let (w, fake) = (open(dialect).await, Fake::start().await);
    provider(&w, "fake", &fake.issuer).await;
    let owner = w.home.owner.id;
    w.write(w.home.org, async move |t| {
        let provider = app::oidc::provider(t, "fake").await?.unwrap();
        app::oidc::link(t, provider.id, owner, "sub-1").await
    })
    .await;
    (w, fake)
}

async fn provider(w: &World, key: &str, issuer: &str) {
    let new = NewProvider {
        key: key.to_owned(),
        name: "Fake".to_owned(),
        issuer: issuer.to_owned(),
        client_id: "our id".to_owned(),
        client_secret: Some("our secret".to_owned()),
        scopes: vec!["email".to_owned()],
    };
    w.identity.create_provider(&w.system(w.home.org), new).await.unwrap();
}

/// A sign-in on its way: what the browser remembers, and what it was sent with.
struct Way {
    memory: String,
    state: String,
    nonce: String,
}

async fn begin(w: &World, key: &str) -> Way {
    let begun = browse(w.get(format!("/app/login/provider/{key}")), &[]).await;
    let to = location(&begun);
    let (memory, _) = set(&begun, "provider_sign_in").unwrap_or_else(|| panic!("{to}"));
    Way { memory, state: value(&to, "state").unwrap(), nonce: value(&to, "nonce").unwrap() }
}

/// Comes back; answers where to.
async fn come_back(w: &World, key: &str, way: &Way, query: &str) -> String {
    let path = format!("/app/login/provider/{key}/callback?state={}{query}", way.state);
    location(&browse(w.get(path), &[("provider_sign_in", &way.memory)]).await)
}

/// Good claims.
fn claims(fake: &Fake, way: &Way) -> Value {
    json!({"iss": fake.issuer, "sub": "sub-1", "aud": "our id", "iat": world::NOW, "exp": world::NOW + 300, "nonce": way.nonce})
}

fn header() -> Value {
    json!({"alg": "RS256", "kid": "own"})
}

const IN: &str = "/";

/// Signs in with a token made of these changes; answers where it led.
async fn with(w: &World, fake: &Fake, changed: &Value) -> String {
    let way = begin(w, "fake").await;
    let mut all = claims(fake, &way);
    for (name, value) in changed.as_object().unwrap() {
        match value {
            Value::Null => drop(all.as_object_mut().unwrap().remove(name)),
            value => all[name] = value.clone(),
        }
    }
    fake.give(&token(&header(), &all, Algorithm::RS256, &pairs()[0].sign));
    come_back(w, "fake", &way, "&code=c").await
}

fn fault(word: &str) -> String {
    format!("/app/login?provider={word}")
}

world::tests! { crate::provider_faults::faulty =>
    async fn a_good_answer_lets_in(both: (World, Fake)) {
        let (w, fake) = both;
        assert_eq!(with(&w, &fake, &json!({})).await, IN);
        let (authorization, form) = fake.with(|a| a.forms[0].clone());
        // Each half is encoded as in a form (RFC 6749, section 2.3.1).
        assert_eq!(authorization.unwrap(), "Basic b3VyJTIwaWQ6b3VyJTIwc2VjcmV0");
        assert!(form.contains("grant_type=authorization_code&code=c&redirect_uri=https%3A%2F%2Fhome.example%2F"), "{form}");
        assert!(form.contains("code_verifier=") && !form.contains("secret"), "{form}");
        assert_eq!(with(&w, &fake, &json!({"aud": ["our id"]})).await, IN);
        assert_eq!(with(&w, &fake, &json!({"aud": ["our id", "b"], "azp": "our id"})).await, IN);
        assert_eq!(with(&w, &fake, &json!({"exp": world::NOW - 59, "iat": world::NOW + 59})).await, IN);
        // Asked for once, then kept.
        assert_eq!(fake.with(|a| a.asked), (1, 1));
    }

    async fn claims_that_do_not_fit(both: (World, Fake)) {
        let (w, fake) = both;
        for changed in [
            json!({"iss": "https://evil.example"}),
            json!({"iss": format!("{}/", fake.issuer)}),
            json!({"iss": null}),
            json!({"aud": "somebody else"}),
            json!({"aud": []}),
            json!({"aud": ["our id", "b"]}),
            json!({"aud": ["our id", "b"], "azp": "b"}),
            json!({"azp": "b"}),
            json!({"exp": world::NOW - 60}),
            json!({"exp": null}),
            json!({"exp": "never"}),
            json!({"iat": world::NOW + 61}),
            json!({"iat": null}),
            json!({"nbf": world::NOW + 61}),
            json!({"nonce": "another"}),
            json!({"nonce": ""}),
            json!({"nonce": null}),
            json!({"sub": ""}),
            json!({"sub": null}),
            json!({"sub": "x".repeat(256)}),
            json!({"sub": "a\u{0}b"}),
        ] {
            assert_eq!(with(&w, &fake, &changed).await, fault("untrusted"), "{changed}");
        }
        assert_eq!(with(&w, &fake, &json!({"sub": "sub-2", "email": w.home.owner.email, "email_verified": true})).await, fault("stranger"));
    }

    async fn signatures_that_do_not_hold(both: (World, Fake)) {
        let (w, fake) = both;
        let [own, foreign] = pairs();
        let secret = EncodingKey::from_secret(own.n.as_bytes());
        let other = |name: &str, value: Value| {
            let mut header = header();
            header[name] = value;
            header
        };
        for (what, head, algorithm, key) in [
            ("somebody else's key", header(), Algorithm::RS256, &foreign.sign),
            ("the public key as a secret", other("alg", json!("HS256")), Algorithm::HS256, &secret),
            ("a secret, under the name of a key", header(), Algorithm::HS256, &secret),
            ("an unknown key", other("kid", json!("new")), Algorithm::RS256, &foreign.sign),
            ("another algorithm of the same key", other("alg", json!("RS512")), Algorithm::RS512, &own.sign),
            ("an algorithm that the key is not for", other("alg", json!("PS256")), Algorithm::PS256, &own.sign),
            ("a key in the token", other("jwk", jwk("own", foreign)), Algorithm::RS256, &foreign.sign),
            ("something critical", other("crit", json!(["x"])), Algorithm::RS256, &own.sign),
        ] {
            let way = begin(&w, "fake").await;
            fake.give(&token(&head, &claims(&fake, &way), algorithm, key));
            assert_eq!(come_back(&w, "fake", &way, "&code=c").await, fault("untrusted"), "{what}");
        }
        for what in ["none", "None", "NONE", "", "HS384"] {
            let way = begin(&w, "fake").await;
            let good = token(&other("alg", json!(what)), &claims(&fake, &way), Algorithm::RS256, &own.sign);
            let bare = good.rsplit_once('.').unwrap().0;
            for text in [format!("{bare}."), bare.to_owned(), good.clone()] {
                fake.give(&text);
                assert_eq!(come_back(&w, "fake", &way, "&code=c").await, fault("untrusted"), "{what}");
            }
        }
        for text in ["", ".", "..", "a.b.c", &"x".repeat(70_000), "\u{0}.\u{0}.\u{0}"] {
            let way = begin(&w, "fake").await;
            fake.give(text);
            assert_eq!(come_back(&w, "fake", &way, "&code=c").await, fault("untrusted"));
        }
    }

    async fn keys_change_and_weak_ones_do_not_count(both: (World, Fake)) {
        let (w, fake) = both;
        let [own, new] = pairs();
        assert_eq!(with(&w, &fake, &json!({})).await, IN);
        let sign = async |kid: Option<&str>, pair: &crate::fake::Pair| {
            let way = begin(&w, "fake").await;
            let header = kid.map_or(json!({"alg": "RS256"}), |kid| json!({"alg": "RS256", "kid": kid}));
            let mut all = claims(&fake, &way);
            (all["iat"], all["exp"]) = (json!(w.app.now().secs()), json!(w.app.now().secs() + 300));
            fake.give(&token(&header, &all, Algorithm::RS256, &pair.sign));
            come_back(&w, "fake", &way, "&code=c").await
        };
        assert_eq!(sign(None, own).await, IN, "the only key there is");
        fake.with(|a| a.keys = json!({"keys": [jwk("own", own), jwk("new", new)]}));
        // A new key is looked for, though not with each token.
        assert_eq!(sign(Some("new"), new).await, fault("untrusted"));
        assert_eq!(fake.with(|a| a.asked.1), 1);
        w.clock.advance(60);
        assert_eq!(sign(Some("new"), new).await, IN);
        assert_eq!(fake.with(|a| a.asked.1), 2);
        assert_eq!(sign(None, new).await, fault("untrusted"), "which of the two?");
        let weak = make(1024, 3);
        let mut encrypts = jwk("enc", new);
        encrypts["use"] = json!("enc");
        fake.with(|a| a.keys = json!({"keys": [jwk("weak", &weak), encrypts]}));
        w.clock.advance(3600);
        assert_eq!(sign(Some("weak"), &weak).await, fault("untrusted"));
        assert_eq!(sign(Some("enc"), new).await, fault("untrusted"));
    }

    async fn answers_that_were_not_asked_for(both: (World, Fake)) {
        let (w, fake) = both;
        let way = begin(&w, "fake").await;
        fake.give(&token(&header(), &claims(&fake, &way), Algorithm::RS256, &pairs()[0].sign));
        let back = async |path: String, cookies: &[(&str, &str)]| location(&browse(w.get(path), cookies).await);
        let path = |state: &str| format!("/app/login/provider/fake/callback?code=c&state={state}");
        let memory = ("provider_sign_in", way.memory.as_str());
        assert_eq!(back(path(&way.state), &[]).await, fault("stale"));
        assert_eq!(back(path(&way.state), &[("provider_sign_in", "x")]).await, fault("stale"));
        assert_eq!(back(path(&way.state), &[("provider_sign_in", &way.memory[2..])]).await, fault("stale"));
        for state in ["", "x", &way.state[1..], &format!("{0}&state={0}", way.state)] {
            assert_eq!(back(path(state), &[memory]).await, fault("stale"), "{state}");
        }
        // A sign-in of one browser is not that of another.
        let other = begin(&w, "fake").await;
        assert_eq!(back(path(&other.state), &[memory]).await, fault("stale"));
        // What was begun with one provider does not end with another.
        provider(&w, "second", &fake.issuer).await;
        let second = format!("/app/login/provider/second/callback?code=c&state={}", way.state);
        assert_eq!(back(second, &[memory]).await, fault("stale"));
        assert!(fake.with(|a| a.forms.is_empty()), "no code was given away");
        w.clock.advance(600);
        assert_eq!(back(path(&way.state), &[memory]).await, fault("stale"));
    }

    async fn mix_up_is_noticed(both: (World, Fake)) {
        let (w, fake) = both;
        let try_it = async |query: &str| {
            let way = begin(&w, "fake").await;
            fake.give(&token(&header(), &claims(&fake, &way), Algorithm::RS256, &pairs()[0].sign));
            come_back(&w, "fake", &way, query).await
        };
        assert_eq!(try_it("&code=c&iss=https%3A%2F%2Fevil.example").await, fault("untrusted"));
        assert_eq!(try_it("&error=access_denied&iss=https%3A%2F%2Fevil.example").await, fault("untrusted"));
        assert!(fake.with(|a| a.forms.is_empty()), "the code went nowhere");
        assert_eq!(try_it("&code=c").await, IN, "a provider that does not say so need not say who it is");
        fake.with(|a| a.document["authorization_response_iss_parameter_supported"] = json!(true));
        w.clock.advance(3600);
        assert_eq!(try_it("&code=c").await, fault("untrusted"));
    }

    async fn providers_that_say_no_or_nothing(both: (World, Fake)) {
        let (w, fake) = both;
        for (query, word) in [
            ("&error=access_denied&error_description=%3Cscript%3E", "denied"),
            ("&error=login_required", "denied"),
            ("&error=server_error", "unreachable"),
            ("&error=", "untrusted"),
            ("", "untrusted"),
        ] {
            let way = begin(&w, "fake").await;
            assert_eq!(come_back(&w, "fake", &way, query).await, fault(word), "{query}");
        }
        for (status, text) in [
            (500, "{}".to_owned()),
            (400, json!({"error": "invalid_grant"}).to_string()),
            (302, String::new()),
            (200, String::new()),
            (200, "{\"id_token\":1}".to_owned()),
            (200, format!("{{\"id_token\":\"{}\"}}", "x".repeat(300_000))),
        ] {
            fake.with(|a| a.token = (status, text));
            let way = begin(&w, "fake").await;
            assert_eq!(come_back(&w, "fake", &way, "&code=c").await, fault("unreachable"), "{status}");
        }
    }

    async fn documents_that_lead_astray(both: (World, Fake)) {
        let (w, fake) = both;
        let good = fake.with(|a| a.document.clone());
        for (name, wrong) in [
            ("issuer", json!("https://evil.example")),
            ("issuer", json!(null)),
            ("token_endpoint", json!("http://169.254.169.254/latest")),
            ("jwks_uri", json!("http://127.0.0.2/jwks")),
            ("jwks_uri", json!("file:///etc/passwd")),
            ("authorization_endpoint", json!("javascript:alert(1)")),
        ] {
            fake.with(|a| {
                a.document = good.clone();
                a.document[name] = wrong.clone();
            });
            w.clock.advance(3600);
            let answer = browse(w.get("/app/login/provider/fake?next=/news"), &[]).await;
            assert_eq!(location(&answer), "/app/login?provider=unreachable&next=%2Fnews", "{name} {wrong}");
            let asked = fake.with(|a| a.asked.0);
            browse(w.get("/app/login/provider/fake"), &[]).await;
            assert_eq!(fake.with(|a| a.asked.0), asked, "after a failure it has a rest");
        }
        fake.with(|a| a.document = good);
        w.clock.advance(10);
        begin(&w, "fake").await;
        provider(&w, "nowhere", "http://127.0.0.1:1").await;
        let answer = browse(w.get("/app/login/provider/nowhere?next=//evil.example"), &[]).await;
        assert_eq!(location(&answer), fault("unreachable"));
    }

    async fn nobody_is_led_elsewhere_afterwards(both: (World, Fake)) {
        let (w, fake) = both;
        for (next, to) in [("/news?a=b", "/news?a=b"), ("//evil.example", IN), ("https://evil.example", IN), ("/%5Cevil.example", IN), ("", IN)] {
            let begun = browse(w.get(format!("/app/login/provider/fake?next={next}")), &[]).await;
            let (memory, asked) = (set(&begun, "provider_sign_in").unwrap().0, location(&begun));
            let way = Way { memory, state: value(&asked, "state").unwrap(), nonce: value(&asked, "nonce").unwrap() };
            fake.give(&token(&header(), &claims(&fake, &way), Algorithm::RS256, &pairs()[0].sign));
            assert_eq!(come_back(&w, "fake", &way, "&code=c").await, to, "{next}");
        }
        // A session of this kind is one of the pages.
        let way = begin(&w, "fake").await;
        fake.give(&token(&header(), &claims(&fake, &way), Algorithm::RS256, &pairs()[0].sign));
        let path = format!("/app/login/provider/fake/callback?code=c&state={}", way.state);
        let answer = browse(w.get(path), &[("provider_sign_in", &way.memory)]).await;
        let cookie = set(&answer, "user_session").unwrap().0;
        let caller = w.identity.web_caller(&cookie, Door::Casavi).await.unwrap();
        assert_eq!((caller.person(), caller.org), (Some(w.home.owner.id), w.home.org));
    }
}
