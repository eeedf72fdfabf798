use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode},
};
use kernel::Problem;
use portico_http::{Entrance, Front, Kit};
use proptest::prelude::*;
use tower::ServiceExt as _;

use super::*;

/// A service that answers as it is told and remembers what it was asked.
#[derive(Clone, Default)]
struct Fake(Arc<Mutex<FakeState>>);

#[derive(Default)]
struct FakeState {
    error: Option<Error>,
    calls: Vec<(String, IpAddr)>,
}

impl Fake {
    fn failing(error: Error) -> Self {
        let fake = Self::default();
        fake.0.lock().unwrap().error = Some(error);
        fake
    }

    fn calls(&self) -> Vec<(String, IpAddr)> {
        self.0.lock().unwrap().calls.clone()
    }

    fn answer(&self, call: String, from: IpAddr) -> Result<(), Error> {
        let mut state = self.0.lock().unwrap();
        state.calls.push((call, from));
        state.error.clone().map_or(Ok(()), Err)
    }
}

impl SetPassword for Fake {
    async fn check(&self, token: &str, from: IpAddr) -> Result<(), Error> {
        self.answer(format!("check {token}"), from)
    }

    async fn set(&self, token: String, password: String, from: IpAddr) -> Result<(), Error> {
        self.answer(format!("set {token} {password}"), from)
    }
}

impl SignIn for Fake {
    fn is_secure(&self) -> bool {
        false
    }

    fn secret(&self) -> String {
        "s".repeat(43)
    }

    async fn asking(&self, next: String) -> Result<Option<Asking>, Error> {
        let asking = || Asking {
            client: "Residents’ app".to_owned(),
            redirect_uri: "https://app.example/callback".to_owned(),
        };
        Ok(next.starts_with("/oidc/").then(asking))
    }

    async fn sign_in(&self, attempt: Attempt) -> Result<String, Error> {
        match attempt.password.as_str() {
            "good" => Ok("c".repeat(43)),
            "busy" => Err(Error::RateLimited(Duration::from_secs(8))),
            _ => Err(Error::Unauthenticated(kernel::Unauthenticated::Credentials)),
        }
    }

    async fn sign_out(&self, _: String) -> Result<(), Error> {
        Ok(())
    }

    async fn consent_asked(&self, _: String, _: Option<String>) -> Result<Result<Consent, String>, Error> {
        Ok(Ok(Consent {
            client: "Residents’ app".to_owned(),
            person: "Ada <Lovelace>".to_owned(),
            scopes: ["openid", "profile", "email", "offline_access"].map(str::to_owned).to_vec(),
            csrf: "x".to_owned(),
            redirect_uri: "https://app.example/callback".to_owned(),
        }))
    }

    async fn consent(&self, request: String, _: Option<String>, csrf: String, allow: bool) -> Result<String, Error> {
        if csrf == "x" { Ok(format!("/oidc/authorize?{request}&allow={allow}")) } else { Err(Error::Forbidden) }
    }
}

struct Page {
    status: StatusCode,
    headers: HeaderMap,
    html: String,
}

impl Page {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    fn title(&self) -> &str {
        self.html.split("<title>").nth(1).unwrap().split("</title>").next().unwrap()
    }
}

async fn send(fake: &Fake, request: Request<Body>) -> Page {
    let pages = Entrance::new("pages", &[""], router(fake.clone()), portico_http::plain);
    let response = Front::new(Kit::default(), vec![pages]).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let html = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
    let page = Page { status: parts.status, headers: parts.headers, html };
    if page.header("content-type").starts_with("text/html") && !page.html.is_empty() {
        is_a_sound_page(&page);
    }
    page
}

/// What holds for every page, whatever it says.
fn is_a_sound_page(page: &Page) {
    assert_eq!(
        page.header("content-security-policy"),
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("vary"), "Accept-Language");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let html = &page.html;
    assert!(html.contains(&format!("<html lang=\"{}\">", page.header("content-language"))), "{html}");
    assert_eq!(html.matches("<h1>").count(), 1, "{html}");
    for banned in ["<script", "style=", " onclick", "http:", "https:"] {
        assert!(!html.replace("http://www.w3.org", "").contains(banned), "{banned} in {html}");
    }
    let ids: Vec<_> = html.split(" id=\"").skip(1).map(|s| s.split('"').next().unwrap()).collect();
    for id in &ids {
        assert_eq!(ids.iter().filter(|i| i == &id).count(), 1, "{id} once");
    }
    for named in html.split("aria-describedby=\"").skip(1).chain(html.split("for=\"").skip(1)) {
        for id in named.split('"').next().unwrap().split(' ') {
            assert!(ids.contains(&id), "{id} is there");
        }
    }
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

async fn open(fake: &Fake, path: &str) -> Page {
    send(fake, get(path)).await
}

fn form(body: impl Into<String>) -> Request<Body> {
    Request::post("/changePassword")
        .header("host", "portico.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(body.into()))
        .unwrap()
}

async fn post(fake: &Fake, body: impl Into<String>) -> Page {
    send(fake, form(body)).await
}

const GOOD: &str = "token=t.o.k&password=correct+horse&repeat=correct+horse";

#[tokio::test]
async fn the_front_page_in_both_languages() {
    let page = open(&Fake::default(), "/").await;
    assert_eq!((page.status, page.header("content-language")), (StatusCode::OK, "en"));
    assert_eq!(page.title(), "You have reached Portico · Portico");
    let mut request = get("/");
    request.headers_mut().insert("accept-language", "de-AT,de;q=0.9".parse().unwrap());
    let page = send(&Fake::default(), request).await;
    assert_eq!((page.header("content-language"), page.title()), ("de", "Sie sind bei Portico · Portico"));
}

#[tokio::test]
async fn unknown_paths_and_methods_are_pages_too() {
    for path in ["/nothing", "/assets/portico-0.css", "/changePassword/", "/%ff"] {
        let page = open(&Fake::default(), path).await;
        assert_eq!((page.status, page.title()), (StatusCode::NOT_FOUND, "There is no page here · Portico"), "{path}");
    }
    for (path, allow) in [("/", "GET,HEAD"), ("/changePassword", "GET,HEAD,POST")] {
        let page = send(&Fake::default(), Request::delete(path).body(Body::empty()).unwrap()).await;
        assert_eq!((page.status, page.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, allow));
    }
}

#[tokio::test]
async fn what_pages_refer_to_is_there_and_kept_for_ever() {
    let page = open(&Fake::default(), "/").await;
    for (path, media_type) in
        [("css", "text/css; charset=utf-8"), ("svg", "image/svg+xml")].map(|(extension, media)| {
            let path = page.html.split("href=\"").find_map(|s| s.split('"').next().filter(|p| p.ends_with(extension)));
            (path.unwrap(), media)
        })
    {
        let asset = open(&Fake::default(), path).await;
        assert_eq!((asset.status, asset.header("content-type")), (StatusCode::OK, media_type));
        assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(asset.header("x-content-type-options"), "nosniff");
    }
}

#[tokio::test]
async fn a_good_link_shows_the_form_and_changes_nothing() {
    let fake = Fake::default();
    let mut request = get("/changePassword?utm=1&token=a.b%22%3E.c&token=other");
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 1234))));
    let page = send(&fake, request).await;
    assert_eq!((page.status, page.title()), (StatusCode::OK, "Set your new password · Portico"));
    assert!(page.html.contains(r#"<form method="post" action="/changePassword">"#));
    assert!(page.html.contains(r#"<input type="hidden" name="token" value="a.b&#34;&#62;.c">"#), "{}", page.html);
    assert!(page.html.contains(r#"autocomplete="new-password""#) && page.html.contains(r#"minlength="8""#));
    assert!(!page.html.contains("aria-invalid") && !page.html.contains("autofocus"));
    assert_eq!(fake.calls(), [("check a.b\">.c".to_owned(), IpAddr::from([192, 0, 2, 7]))]);
}

#[tokio::test]
async fn a_link_without_its_token_is_incomplete() {
    let fake = Fake::default();
    for path in ["/changePassword", "/changePassword?token=", "/changePassword?other=1", "/changePassword?%ff"] {
        let page = open(&fake, path).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(page.title(), "This link is not complete · Portico");
    }
    assert_eq!(
        post(&fake, "password=correct+horse&repeat=correct+horse").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert!(fake.calls().is_empty());
}

#[tokio::test]
async fn a_password_is_set() {
    let fake = Fake::default();
    let page = post(&fake, "token=t.o.k&password=h%C3%BCbsch+%26+lang%2B&repeat=h%C3%BCbsch+%26+lang%2B").await;
    assert_eq!((page.status, page.title()), (StatusCode::OK, "Your new password is set · Portico"));
    assert_eq!(fake.calls(), [("set t.o.k hübsch & lang+".to_owned(), IpAddr::from([0, 0, 0, 0]))]);
    assert!(!page.html.contains("t.o.k") && !page.html.contains("hübsch"));
}

#[tokio::test]
async fn what_is_wrong_with_a_password_stands_beside_it() {
    let fake = Fake::default();
    let long = "x".repeat(129);
    for (password, repeat, fault, text) in [
        ("seven77", "seven77", "password-fault", "at least 8 characters"),
        ("", "", "password-fault", "at least 8 characters"),
        ("äöüäöüä", "äöüäöüä", "password-fault", "at least 8 characters"),
        (&long, &long, "password-fault", "up to 128 characters"),
        ("correct+horse", "correct+house", "repeat-fault", "are different"),
        ("correct+horse", "", "repeat-fault", "are different"),
    ] {
        let page = post(&fake, format!("token=t.o.k&password={password}&repeat={repeat}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(page.title(), "Please check: set your new password · Portico");
        let line = page.html.split(&format!("<p class=\"fault\" id=\"{fault}\">")).nth(1).unwrap();
        assert!(line.split("</p>").next().unwrap().contains(text), "{}", page.html);
        assert_eq!(page.html.matches("class=\"fault\"").count(), 1);
        assert_eq!(page.html.matches(" autofocus").count(), 1);
        assert!(page.html.contains(r#"name="token" value="t.o.k""#), "the link is still in the form");
        assert!(password.is_empty() || !page.html.contains(password), "what was typed is not sent back");
    }
    assert!(fake.calls().is_empty());
    // Exactly as short and as long as allowed, counted in characters.
    for password in ["eight888".to_owned(), "ä".repeat(128)] {
        assert_eq!(post(&fake, format!("token=t&password={password}&repeat={password}")).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn every_error_of_the_service_is_a_page() {
    let rate = |s| Error::RateLimited(Duration::from_millis(s));
    let faults = |problem| Error::invalid("password", problem);
    // (error, status of the form's answer, title, words in it, Retry-After)
    let cases = [
        (Error::Conflict("link_ended"), 410, "This link no longer works", "ask for a new link", ""),
        (Error::NotFound("person"), 410, "This link no longer works", "", ""),
        (rate(1), 429, "Please wait a moment", "in one second", "1"),
        (rate(30_001), 429, "Please wait a moment", "in 31 seconds", "31"),
        (rate(900_000), 429, "Please wait a moment", "in about 15 minutes", "900"),
        (faults(Problem::TooShort(8)), 422, "Please check: set your new password", "too short", ""),
        (faults(Problem::TooLong(128)), 422, "Please check: set your new password", "too long", ""),
        (faults(Problem::Blank), 422, "Please check: set your new password", "cannot be used", ""),
        (Error::TooLarge, 413, "This is more than fits in here", "", ""),
        (Error::Unavailable("database"), 503, "This is not working right now", "The fault is ours", ""),
        (Error::internal("secret detail"), 500, "This is not working right now", "was not changed", ""),
    ];
    for (error, status, title, words, retry) in cases {
        let fake = Fake::failing(error.clone());
        let invalid = matches!(error, Error::Invalid(_));
        let mut pages = vec![post(&fake, GOOD).await];
        if !invalid {
            pages.push(open(&fake, "/changePassword?token=t.o.k").await);
        }
        for page in pages {
            assert_eq!(page.status, status, "{error}");
            assert_eq!(page.title(), format!("{title} · Portico"));
            assert!(page.html.contains(words), "{words}: {}", page.html);
            assert_eq!(page.header("retry-after"), retry);
            assert!(!page.html.contains("secret detail") && !page.html.contains("database"));
            assert!(!page.html.contains("correct horse"));
        }
        let mut request = form(GOOD);
        request.headers_mut().insert("accept-language", "de".parse().unwrap());
        let page = send(&fake, request).await;
        assert_eq!((page.status.as_u16(), page.header("content-language")), (status, "de"));
    }
}

#[tokio::test]
async fn other_websites_cannot_send_the_form() {
    let fake = Fake::default();
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let mut request = form(GOOD);
        request.headers_mut().insert(name, value.parse().unwrap());
        let page = send(&fake, request).await;
        assert_eq!(
            (page.status, page.title()),
            (StatusCode::FORBIDDEN, "This was sent from another website · Portico")
        );
    }
    assert!(fake.calls().is_empty());
    for (name, value) in [("sec-fetch-site", "same-origin"), ("origin", "https://portico.example"), ("origin", "null")]
    {
        let mut request = form(GOOD);
        request.headers_mut().insert(name, value.parse().unwrap());
        assert_eq!(send(&fake, request).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn bodies_have_limits_and_a_form() {
    let fake = Fake::default();
    let fits = format!("{GOOD}&x=");
    let fits = format!("{fits}{}", "x".repeat(set_password::MAX_BODY - fits.len()));
    assert_eq!(post(&fake, fits.clone()).await.status, StatusCode::OK);
    let page = post(&fake, format!("{fits}x")).await;
    assert_eq!(
        (page.status, page.title()),
        (StatusCode::PAYLOAD_TOO_LARGE, "This is more than fits in here · Portico")
    );
    for media_type in ["application/json", "multipart/form-data; boundary=x", "text/plain"] {
        let mut request = form(GOOD);
        request.headers_mut().insert("content-type", media_type.parse().unwrap());
        assert_eq!(send(&fake, request).await.status, StatusCode::BAD_REQUEST, "{media_type}");
    }
    assert_eq!(fake.calls().len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_sent_is_answered_with_a_page(body in any::<Vec<u8>>(), query in "[!-~]{0,60}", language in "[ -~]{0,20}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let fake = Fake::default();
            let mut request = form("");
            *request.body_mut() = Body::from(body);
            request.headers_mut().insert("accept-language", language.parse().unwrap());
            assert!(!send(&fake, request).await.html.is_empty());
            if let Ok(uri) = format!("/changePassword?token={query}").parse::<axum::http::Uri>() {
                let mut request = get("/");
                *request.uri_mut() = uri;
                assert!(!send(&fake, request).await.html.is_empty());
            }
        });
    }
}
