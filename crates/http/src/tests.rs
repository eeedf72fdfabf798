//! The kit as a whole, as a client sees it.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request},
    http::HeaderMap,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use kernel::{Caller, Door, OrgId, PersonId, Principal, SessionId};
use tower::ServiceExt as _;

use crate::{BodyLimits, Cors, Entrance, ForwardedHeader, Front, Kit, Proxies, Ready, Refusal, RequestInfo, read_body};

mod observing;

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|v| v.to_str().unwrap())
    }
    fn all(&self, name: &str) -> String {
        self.headers.get_all(name).iter().map(|v| v.to_str().unwrap()).collect::<Vec<_>>().join(",")
    }
}

async fn send(front: &Front, request: Request) -> Answer {
    let response = front.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
    Answer { status: parts.status.as_u16(), headers: parts.headers, text }
}

fn ask(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path)
}

async fn call(front: &Front, method: &str, path: &str) -> Answer {
    send(front, ask(method, path).body(Body::empty()).unwrap()).await
}

fn json(refusal: Refusal, info: &RequestInfo) -> Response {
    let id = if refusal == Refusal::Crashed { info.id() } else { "" };
    (refusal.status(), format!("{refusal:?} {id}").trim_end().to_owned()).into_response()
}

async fn who(info: RequestInfo) -> String {
    let principal = Principal::Person { person: PersonId::new(7), session: SessionId::new(70) };
    let at = kernel::Instant::from_secs(0);
    info.set_caller(&Caller { org: OrgId::new(1), principal, door: Door::Dwellingly, at, only: None });
    info.client().to_string()
}

async fn echo(request: Request) -> Response {
    match read_body(request.into_body(), BodyLimits::bytes(5)).await {
        Ok(bytes) => bytes.into_response(),
        Err(fault) => (fault.status(), fault.to_string()).into_response(),
    }
}

fn api() -> Entrance {
    let routes = Router::new()
        .route("/api/things", get(|| async { "things" }).post(echo))
        .route("/api/things/{id}", get(who))
        .route(
            "/api/panic",
            get(|| async {
                if true {
                    panic!("out of {}", "luck")
                }
            }),
        )
        .route("/api/never", post(std::future::pending::<()>));
    Entrance::new("api", &["/api"], routes, json)
}

fn pages() -> Entrance {
    let routes = Router::new().route("/", get(|| async { "home" })).route("/strict", get(|| async { "strict" }));
    Entrance::new("pages", &["", "/api/v1"], routes, |refusal, _| (refusal.status(), "a page").into_response())
}

fn front() -> Front {
    Front::new(Kit::default(), vec![api().either_slash().cors(Cors::any()), pages()])
}

#[tokio::test]
async fn each_door_answers_for_its_own_paths_in_its_own_shape() {
    let front = front();
    for (method, path, status, text) in [
        ("GET", "/", 200, "home"),
        ("GET", "/strict", 200, "strict"),
        ("GET", "/strict/", 404, "a page"),
        ("GET", "/apis", 404, "a page"),
        ("GET", "/api/v1/things", 404, "a page"),
        ("PUT", "/strict", 405, "a page"),
        ("GET", "/api", 404, "UnknownPath"),
        ("GET", "/api/", 404, "UnknownPath"),
        ("GET", "/api/nothing", 404, "UnknownPath"),
        ("GET", "/api/things", 200, "things"),
        ("GET", "/api/things/", 200, "things"),
        ("GET", "/api/things/?a=/", 200, "things"),
        ("GET", "/api/things//", 404, "UnknownPath"),
        ("GET", "//api/things", 404, "a page"),
        ("PUT", "/api/things/", 405, "WrongMethod"),
        ("HEAD", "/api/things/", 200, ""),
        ("HEAD", "/api/nothing", 404, ""),
    ] {
        let answer = call(&front, method, path).await;
        assert_eq!((answer.status, answer.text.as_str()), (status, text), "{method} {path}");
        assert_eq!(answer.header("x-request-id").unwrap().len(), 36, "{method} {path}");
        let api = path.starts_with("/api") && !path.starts_with("/api/v1") && !path.starts_with("/apis");
        assert_eq!(answer.header("access-control-allow-origin"), api.then_some("*"), "{method} {path}");
    }
    assert_eq!(call(&front, "PUT", "/strict").await.all("allow"), "GET,HEAD");
    assert_eq!(call(&front, "PUT", "/api/things").await.all("allow"), "GET,HEAD,POST,OPTIONS");
    assert_eq!(call(&front, "OPTIONS", "/strict").await.status, 405);

    let without_pages = Front::new(Kit::default(), vec![api()]);
    let answer = call(&without_pages, "GET", "/elsewhere").await;
    assert_eq!((answer.status, answer.text.as_str()), (404, "There is nothing at this address.\n"));
}

#[test]
#[should_panic(expected = "two entrances claim \"/api\"")]
fn no_two_doors_at_one_place() {
    let _ = Front::new(Kit::default(), vec![api(), api()]);
}

#[tokio::test]
async fn cross_origin_answers() {
    let front = front();
    let from = |method, path| ask(method, path).header("Origin", "https://app.example");
    for (method, path) in
        [("GET", "/api/things"), ("GET", "/api/nothing"), ("PUT", "/api/things"), ("GET", "/api/panic")]
    {
        let answer = send(&front, from(method, path).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"), "{path}");
        assert_eq!(answer.header("vary"), Some("Origin"), "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }

    let preflight = |path| {
        from("OPTIONS", path)
            .header("Access-Control-Request-Method", "PATCH")
            .header("Access-Control-Request-Headers", "authorization, content-type")
            .body(Body::empty())
            .unwrap()
    };
    for path in ["/api/things/", "/api/nothing"] {
        let answer = send(&front, preflight(path)).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""));
        let mut headers: Vec<_> = answer.headers.keys().map(|k| k.as_str().to_owned()).collect();
        headers.sort();
        assert_eq!(
            headers.join(" "),
            "access-control-allow-headers access-control-allow-methods access-control-allow-origin vary x-request-id"
        );
        assert_eq!(answer.header("access-control-allow-methods"), Some("DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"));
        assert_eq!(answer.header("access-control-allow-headers"), Some("authorization, content-type"));
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
    }

    let narrow = |origins: &[String]| Front::new(Kit::default(), vec![api().cors(Cors::only(origins))]);
    let allowing = narrow(&["https://app.example".to_owned()]);
    let answer = send(&allowing, preflight("/api/things")).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
    let refusing = narrow(&["https://other.example".to_owned()]);
    for request in [preflight("/api/things"), ask("GET", "/api/things").body(Body::empty()).unwrap()] {
        let answer = send(&refusing, request).await;
        assert_eq!(answer.status, 200);
        assert!(answer.headers.keys().all(|k| !k.as_str().starts_with("access-control")), "{:?}", answer.headers);
        assert_eq!(answer.header("vary"), Some("Origin"));
    }
    let answer = send(&narrow(&[]), preflight("/api/things")).await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn a_panic_costs_one_request() {
    let front = front();
    let answer = call(&front, "GET", "/api/panic").await;
    assert_eq!(answer.status, 500);
    assert_eq!(answer.text, format!("Crashed {}", answer.header("x-request-id").unwrap()));
    assert_eq!(call(&front, "GET", "/api/things").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_never_ends_is_ended() {
    let front = front();
    let began = tokio::time::Instant::now();
    let answer = call(&front, "POST", "/api/never").await;
    assert_eq!((answer.status, answer.text.as_str()), (503, "TookTooLong"));
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert_eq!(began.elapsed().as_secs(), 30);

    let hasty = Front::new(Kit::default(), vec![api().time_limit(Duration::from_secs(2))]);
    let began = tokio::time::Instant::now();
    assert_eq!(call(&hasty, "POST", "/api/never").await.status, 503);
    assert_eq!(began.elapsed().as_secs(), 2);
}

#[tokio::test]
async fn bodies_are_limited() {
    let post = |text: &'static str| ask("POST", "/api/things").body(Body::from(text)).unwrap();
    assert_eq!(send(&front(), post("12345")).await.text, "12345");
    assert_eq!(send(&front(), post("123456")).await.status, 413);
}

#[tokio::test]
async fn client_and_id_come_from_trusted_proxies_only() {
    let proxies = Proxies::new(vec!["10.0.0.0/8".parse().unwrap()], ForwardedHeader::XForwardedFor);
    let front = Front::new(Kit { proxies, ..Kit::default() }, vec![api()]);
    let from = |peer: &str| {
        let mut request = ask("GET", "/api/things/1")
            .header("X-Forwarded-For", "192.0.2.9")
            .header("X-Request-Id", "from-outside")
            .body(Body::empty())
            .unwrap();
        request.extensions_mut().insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
        request
    };
    let answer = send(&front, from("10.1.2.3:5000")).await;
    assert_eq!((answer.text.as_str(), answer.header("x-request-id").unwrap()), ("192.0.2.9", "from-outside"));
    let answer = send(&front, from("192.0.2.3:5000")).await;
    assert_eq!(answer.text, "192.0.2.3");
    assert_ne!(answer.header("x-request-id").unwrap(), "from-outside");
}

#[tokio::test(start_paused = true)]
async fn health() {
    let state = Arc::new(Mutex::new(Ok(())));
    let shared = state.clone();
    let ready = Ready::new(move || std::future::ready(shared.lock().unwrap().clone()));
    let front = Front::new(Kit { ready, ..Kit::default() }, vec![pages()]);
    assert_eq!(call(&front, "GET", "/health/live").await.status, 200);
    assert_eq!(call(&front, "GET", "/health/ready").await.status, 200);
    assert_eq!(call(&front, "HEAD", "/health/ready").await.status, 200);
    *state.lock().unwrap() = Err(format!("the schema is old\n{}", "x".repeat(9)));
    let answer = call(&front, "GET", "/health/ready").await;
    assert_eq!((answer.status, answer.text.as_str()), (503, "not ready: the schema is old\n"));
    assert_eq!(call(&front, "GET", "/health/live").await.status, 200);
    let answer = call(&front, "POST", "/health/live").await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET,HEAD")));
    assert_eq!(call(&front, "GET", "/health").await.text, "a page");

    let stuck = Ready::new(std::future::pending);
    let front = Front::new(Kit { ready: stuck, ..Kit::default() }, vec![]);
    assert_eq!(call(&front, "GET", "/health/ready").await.status, 503);
    let broken = Ready::new(|| async { panic!("a check with a defect") });
    let front = Front::new(Kit { ready: broken, ..Kit::default() }, vec![]);
    assert_eq!(call(&front, "GET", "/health/ready").await.status, 500);
}

#[tokio::test]
async fn every_refusal_has_words_and_a_status() {
    let info = RequestInfo::new("id-1".parse().unwrap(), [127, 0, 0, 1].into(), axum::http::Method::GET, false);
    for refusal in Refusal::ALL {
        let response = crate::plain(refusal, &info);
        assert_eq!(response.status(), refusal.status());
        let text = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&text).contains("id-1"), refusal == Refusal::Crashed);
    }
}
