//! Signing in with an outside provider: here it is another install, asked over TCP as any provider is.

use identity::{Identity, NewProvider, oidc::NewClient};
use kernel::Door;
use world::{Answer, Call, Kit, Server, World, axum::http::header, db::Dialect};

use crate::setup::{allow, claims, client, code, location, open, redeem, refused, renew, request, sign_in, value};

/// Cookies and host of a browser at the first organization of the install under test.
pub fn browse<'w>(call: Call<'w>, cookies: &[(&str, &str)]) -> Call<'w> {
    let all: Vec<String> = cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let call = call.header(header::HOST, "home.example");
    if all.is_empty() { call } else { call.header(header::COOKIE, &all.join("; ")) }
}

/// The value of a cookie that an answer sets, with what is said about it.
pub fn set(answer: &Answer, name: &str) -> Option<(String, String)> {
    let all = answer.headers.get_all("set-cookie").iter().map(|v| v.to_str().unwrap().to_owned());
    let mut found = all.filter_map(|c| {
        c.strip_prefix(&format!("{name}="))?.split_once(';').map(|(v, r)| (v.to_owned(), r.to_owned()))
    });
    found.next_back()
}

/// Another install, and this one as a program there.
pub async fn house(dialect: Dialect) -> (World, World) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let entrances = |identity: Identity| oidc::entrances(identity, refused);
    let kit = Kit { door: Door::Casavi, entrances, sign_in: "", tokens: |_| None };
    let there = World::on(Server::at(dialect, kit, &issuer, 2).await).await;
    there.serve(listener);
    let new = NewClient {
        name: "Portico".to_owned(),
        redirect_uris: vec!["https://home.example/app/login/provider/house/callback".to_owned()],
        ..NewClient::default()
    };
    let client = there.identity.oidc().create_client(&there.system(there.home.org), new).await.unwrap();
    let here = open(dialect).await;
    let provider = NewProvider {
        key: "house".to_owned(),
        name: "The other house".to_owned(),
        issuer,
        client_id: client.client_id,
        client_secret: client.client_secret,
        scopes: Vec::new(),
    };
    here.identity.create_provider(&here.system(here.home.org), provider).await.unwrap();
    (here, there)
}

/// Goes to the provider and comes back with its answer: the path of our callback.
async fn answer_of(there: &World, to: &str, who: &world::Person) -> String {
    let request = to.split_once("/oidc/authorize?").unwrap().1;
    let params = identity::oidc::Params(form_urlencoded::parse(request.as_bytes()).into_owned().collect());
    let cookie = sign_in(there, there.home.org, who).await;
    allow(there, &params, &cookie).await;
    let call =
        there.get(format!("/oidc/authorize?{request}")).header(header::COOKIE, &format!("user_session={cookie}"));
    location(&call.await).strip_prefix("https://home.example").unwrap().to_owned()
}

async fn whose(w: &World, cookie: &str) -> Option<kernel::PersonId> {
    w.identity.web_caller(cookie, Door::Pages).await.ok().and_then(|c| c.person())
}

world::tests! { crate::providers::house =>
    async fn somebody_links_themselves_and_signs_in_there(both: (World, World)) {
        let (w, there) = both;
        let session = sign_in(&w, w.home.org, &w.home.owner).await;
        let begun = browse(w.post("/app/login/provider/house?next=/me"), &[("user_session", &session)]).await;
        let (memory, said) = set(&begun, "provider_sign_in").unwrap();
        assert_eq!(said, " Path=/app/login/provider; Max-Age=600; HttpOnly; SameSite=Lax; Secure");
        let back = answer_of(&there, &location(&begun), &there.home.tenant_with_login).await;
        let cookies = [("provider_sign_in", memory.as_str()), ("user_session", session.as_str())];
        let linked = browse(w.get(back), &cookies).await;
        assert_eq!(location(&linked), "/me");
        assert!(set(&linked, "user_session").is_none(), "they are signed in already");
        assert_eq!(set(&linked, "provider_sign_in").unwrap().0, "");
        assert!(w.changes(w.home.org).await.contains(&format!("person.linked {}", w.home.owner.id)));

        // From now on they sign in there, in a browser that has no cookie of ours.
        let begun = browse(w.get("/app/login/provider/house?next=/news"), &[]).await;
        let to = location(&begun);
        assert!(value(&to, "state").unwrap().len() >= 43 && value(&to, "nonce").unwrap().len() >= 43);
        assert_eq!((value(&to, "code_challenge_method").unwrap(), value(&to, "scope").unwrap()), ("S256".to_owned(), "openid".to_owned()));
        let (memory, _) = set(&begun, "provider_sign_in").unwrap();
        let back = answer_of(&there, &to, &there.home.tenant_with_login).await;
        assert_eq!(value(&back, "iss").unwrap(), there.app.public_url());
        let old = sign_in(&w, w.home.org, &w.home.admin).await;
        let cookies = [("provider_sign_in", memory.as_str()), ("user_session", old.as_str())];
        let signed = browse(w.get(&back), &cookies).await;
        assert_eq!(location(&signed), "/news");
        let (cookie, said) = set(&signed, "user_session").unwrap();
        assert_eq!(said, " Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(whose(&w, &cookie).await, Some(w.home.owner.id));
        // Programs learn that no password was given here, also from tokens that are renewed.
        let program = client(&w, w.home.org, false, true).await;
        let code = code(&w, &request(&program, &[]), &cookie).await;
        let tokens = redeem(&w, &program, &code).await.expect(200);
        let renewed = renew(&w, &program, tokens["refresh_token"].as_str().unwrap()).await.expect(200);
        for tokens in [tokens, renewed] {
            let id = claims(&tokens["id_token"]);
            assert_eq!((&id["acr"], &id["amr"]), (&"urn:portico:acr:provider".into(), &serde_json::json!(["fed"])));
        }
        let ended = w.identity.web_caller(&old, Door::Pages).await;
        assert!(ended.is_err(), "the sign-in that the browser had before has ended");

        // The code is used up: whoever has the cookie and the address comes too late.
        let again = browse(w.get(&back), &[("provider_sign_in", &memory)]).await;
        assert_eq!(location(&again), "/app/login?provider=unreachable");
        assert_eq!(whose(&w, &cookie).await, Some(w.home.owner.id));
    }

    async fn who_is_not_linked_stays_out(both: (World, World)) {
        let (w, there) = both;
        let back = async |who: &world::Person| {
            let begun = browse(w.get("/app/login/provider/house"), &[]).await;
            let (memory, _) = set(&begun, "provider_sign_in").unwrap();
            let back = answer_of(&there, &location(&begun), who).await;
            browse(w.get(back), &[("provider_sign_in", &memory)]).await
        };
        // The same e-mail address there is nobody here.
        assert_eq!(there.home.owner.email, w.home.owner.email);
        let stranger = back(&there.home.owner).await;
        assert_eq!(location(&stranger), "/app/login?provider=stranger");
        assert!(set(&stranger, "user_session").is_none());

        let subject = async |person: kernel::PersonId| {
            let find = async move |r: &world::db::Read| {
                r.one::<uuid::Uuid>(world::db::sql!("SELECT uid FROM person WHERE org_id = $1 AND id = $2", r.caller().org, person)).await
            };
            there.db.db.read(&there.system(there.home.org), find).await.unwrap().to_string()
        };
        let link = async |org, person, subject: String| {
            w.write(org, async move |t| {
                let provider = app::oidc::provider(t, "house").await?.unwrap();
                app::oidc::link(t, provider.id, person, &subject).await
            })
            .await;
        };
        link(w.home.org, w.home.archived.id, subject(there.home.owner.id).await).await;
        assert_eq!(location(&back(&there.home.owner).await), "/app/login?provider=disabled");
        link(w.home.org, w.home.pending.id, subject(there.home.admin.id).await).await;
        assert_eq!(location(&back(&there.home.admin).await), "/app/login?provider=disabled");
        link(w.home.org, w.home.staff.id, subject(there.home.staff.id).await).await;
        assert_eq!(location(&back(&there.home.staff).await), "/");
        w.identity.remove_provider(&w.system(w.home.org), "house").await.unwrap();
        let gone = browse(w.get("/app/login/provider/house?next=/x"), &[]).await;
        assert_eq!(location(&gone), "/app/login?provider=unknown&next=%2Fx");
    }

    async fn nobody_is_linked_twice_or_by_others(both: (World, World)) {
        let (w, there) = both;
        let begin = async |session: &str| {
            let begun = browse(w.post("/app/login/provider/house"), &[("user_session", session)]).await;
            let (memory, _) = set(&begun, "provider_sign_in").unwrap();
            (memory, answer_of(&there, &location(&begun), &there.home.staff).await)
        };
        let owner = sign_in(&w, w.home.org, &w.home.owner).await;
        let tenant = sign_in(&w, w.home.org, &w.home.tenant_with_login).await;
        let (memory, back) = begin(&owner).await;
        // Somebody else came to this browser, or nobody is signed in any more.
        for session in [tenant.as_str(), "", "nothing"] {
            let answer = browse(w.get(&back), &[("provider_sign_in", &memory), ("user_session", session)]).await;
            assert_eq!(location(&answer), "/app/login?provider=stale");
        }
        let (memory, back) = begin(&owner).await;
        let done = browse(w.get(&back), &[("provider_sign_in", &memory), ("user_session", &owner)]).await;
        assert_eq!(location(&done), "/");
        let (memory, back) = begin(&owner).await;
        let again = browse(w.get(&back), &[("provider_sign_in", &memory), ("user_session", &owner)]).await;
        assert_eq!(location(&again), "/");
        let (memory, back) = begin(&tenant).await;
        let taken = browse(w.get(&back), &[("provider_sign_in", &memory), ("user_session", &tenant)]).await;
        assert_eq!(location(&taken), "/app/login?provider=taken");

        // Another website cannot begin it, nor somebody who is not signed in.
        let call = browse(w.post("/app/login/provider/house"), &[("user_session", &owner)]);
        let crossed = call.header(header::ORIGIN, "https://evil.example").await;
        assert_eq!(location(&crossed), "/app/login?provider=stale");
        assert_eq!(location(&browse(w.post("/app/login/provider/house"), &[]).await), "/app/login?provider=stale");
        assert_eq!(location(&browse(w.post("/app/login/provider/house"), &[("user_session", "x")]).await), "/app/login?provider=stale");
    }

    async fn providers_belong_to_an_organization(both: (World, World)) {
        let (w, _there) = both;
        let names = async |host: &str| w.identity.providers(host).await.unwrap().into_iter().map(|p| (p.key, p.name)).collect::<Vec<_>>();
        assert_eq!(names("home.example:8080").await, [("house".to_owned(), "The other house".to_owned())]);
        assert!(names("other.example").await.is_empty());
        let call = w.get("/app/login/provider/house").header(header::HOST, "other.example");
        assert_eq!(location(&call.await), "/app/login?provider=unknown");
        for key in ["x", "%00", "%FF", "HOUSE"] {
            let answer = browse(w.get(format!("/app/login/provider/{key}")), &[]).await;
            assert_eq!(location(&answer), "/app/login?provider=unknown", "{key}");
        }
        let new = |key: &str, issuer: &str| NewProvider {
            key: key.to_owned(), name: "N".to_owned(), issuer: issuer.to_owned(), client_id: "c".to_owned(), ..NewProvider::default()
        };
        let make = async |new: NewProvider| w.identity.create_provider(&w.system(w.home.org), new).await;
        for (key, issuer) in [("", "https://a.example"), ("A", "https://a.example"), ("a/b", "https://a.example"), ("a", "http://a.example"), ("a", "x")] {
            assert!(matches!(make(new(key, issuer)).await, Err(kernel::Error::Invalid(_))), "{key} {issuer}");
        }
        assert!(matches!(make(new("house", "https://a.example")).await, Err(kernel::Error::Conflict("taken"))));
        let list = w.identity.all_providers(&w.system(w.home.org)).await.unwrap();
        assert_eq!(list.len(), 1);
        let sealed = list[0].client_secret_sealed.clone().unwrap();
        assert!(sealed.len() > 43 && !format!("{:?}", list[0]).contains("sealed"));
    }
}
