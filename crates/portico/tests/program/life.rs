//! From start to stop.

use std::{io::Write as _, net::TcpStream};

use serde_json::{Value, json};

use crate::support::{Server, Site, folder, is_private, send, sites};

fn demo(site: &Site, more: &[&str]) -> Server {
    let data = site.dir.join("sandbox");
    let args = [&["demo", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()], more].concat();
    Server::start(site.command(&args))
}

#[test]
fn the_demo_works_as_the_readme_says() {
    let site = Site { dir: folder(), postgres: None };
    let server = demo(&site, &[]);
    assert!(server.greeting.contains("user1@dwellingly.org"), "{}", server.greeting);
    let note: Value = serde_json::from_slice(&std::fs::read(site.dir.join("sandbox/demo.json")).unwrap()).unwrap();
    assert_eq!(note["base_url"], format!("http://{}", server.at));
    let user = &note["dwellingly"]["users"][0];
    let (status, tokens) = send(server.at, "POST", "/api/login/", None, Some(user)).unwrap();
    assert_eq!(status, 200, "{tokens}");
    let token = tokens["access_token"].as_str();
    for (what, key) in [("properties", "property_id"), ("tenants", "tenant_id"), ("tickets", "ticket_id")] {
        let path = format!("/api/{what}/{}", note["dwellingly"][key]);
        assert_eq!(send(server.at, "GET", &path, token, None).unwrap().0, 200, "{path}");
    }
    // The first who asks a new install for tokens gets them.
    let casavi = &note["casavi"];
    let registration = json!({"firstName": "Casey", "lastName": "Delgado", "email": "casey@mail.example", "clientId": casavi["oidc"]["client_id"],
        "inviteCode": casavi["invite_token"], "providerKey": casavi["oidc"]["provider_key"]});
    let (status, tokens) = send(server.at, "POST", "/api/v1/oidc/register", None, Some(&registration)).unwrap();
    assert_eq!(status, 200, "{tokens}");
    let path = format!("/api/v1/communities/{}/documents", casavi["community_id"]);
    let (status, documents) = send(server.at, "GET", &path, tokens["oidcAccessToken"].as_str(), None).unwrap();
    assert_eq!(status, 200, "{documents}");
    let file = documents[0]["url"].as_str().unwrap();
    assert_eq!(send(server.at, "GET", file, tokens["oidcAccessToken"].as_str(), None).unwrap().0, 200);
    let (status, html) = send(server.at, "GET", "/changePassword?token=x", None, None).unwrap();
    assert_eq!(status, 410, "{html}");
    assert!(server.stop().success());

    // A second start keeps what was done, --reset does not.
    let server = demo(&site, &[]);
    let contact = json!({"name": "Mine", "contact_numbers": [{"number": "1"}]});
    assert_eq!(send(server.at, "POST", "/api/emergencycontacts", token, Some(&contact)).unwrap().0, 201);
    assert!(server.stop().success());
    let count = |server: &Server| {
        let (_, all) = send(server.at, "GET", "/api/emergencycontacts", None, None).unwrap();
        all["emergency_contacts"].as_array().unwrap().len()
    };
    let server = demo(&site, &[]);
    let before = count(&server);
    assert!(server.stop().success());
    let server = demo(&site, &["--reset"]);
    assert_eq!(count(&server), before - 1);
}

#[test]
fn pages_of_other_origins_call_the_apis_and_nothing_else() {
    let site = Site { dir: folder(), postgres: None };
    let server = demo(&site, &[]);
    let asked = |path: &str| {
        let mut stream = TcpStream::connect(server.at).unwrap();
        let ask = "Origin: https://app.example\r\nAccess-Control-Request-Method: GET\r\nConnection: close";
        write!(stream, "OPTIONS {path} HTTP/1.1\r\nHost: {}\r\n{ask}\r\n\r\n", server.at).unwrap();
        std::io::read_to_string(stream).unwrap().to_lowercase()
    };
    for path in [
        "/api/tickets",
        "/api/v1/communities",
        "/v2/units",
        "/v1/x/tenants/current",
        "/api/idwell/v1/users/",
        "/api/oauth/token/",
        "/residents/properties/x/units",
        "/oauth2/token/x",
        "/venues",
    ] {
        assert!(asked(path).contains("access-control-allow-origin: https://app.example\r"), "{path}: {}", asked(path));
    }
    for path in ["/home", "/desk", "/app/login", "/files/x/y", "/nothing"] {
        assert!(!asked(path).contains("access-control-allow-origin"), "{path}");
    }
    assert!(server.stop().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_install_has_no_secrets_of_ours() {
    let sites = sites("life").await;
    for site in &sites {
        site.found();
        assert!(is_private(&site.dir.join("keys")));
        let server = site.serve();
        let body = json!({"email": "user1@dwellingly.org", "password": "1234"});
        assert_eq!(send(server.at, "POST", "/api/login", None, Some(&body)).unwrap().0, 401);
        let token = server.sign_in();
        assert_eq!(send(server.at, "GET", "/health/live", None, None).unwrap().0, 200);
        assert_eq!(send(server.at, "GET", "/health/ready", None, None).unwrap().0, 200);
        let (_, metrics) = send(server.at, "GET", "/metrics", None, None).unwrap();
        assert!(metrics.as_str().unwrap().contains("portico_sqlite_wal_bytes"), "{metrics}");

        // An invited person sets a password with the mailed link.
        let amy = json!({"email": "amy@example.org", "firstName": "Amy", "lastName": "R", "phone": "", "role": 3});
        let (status, made) = send(server.at, "POST", "/api/user/invite", Some(&token), Some(&amy)).unwrap();
        assert_eq!(status, 201, "{made}");
        let list = site.run(&["mail", "list"]);
        let id = list.split('\t').next().unwrap();
        let mail = site.run(&["mail", "show", id]);
        let link = mail.split_once("token=").unwrap().1.split_whitespace().next().unwrap();
        let set = json!({"password": "battery-staple-7", "confirm_password": "battery-staple-7"});
        let path = format!("/api/reset-password/{link}");
        assert_eq!(send(server.at, "POST", &path, None, Some(&set)).unwrap().0, 200);
        let login = json!({"email": "amy@example.org", "password": "battery-staple-7"});
        assert_eq!(send(server.at, "POST", "/api/login", None, Some(&login)).unwrap().0, 200);
        assert!(server.stop().success());

        let doctor = site.run(&["doctor"]);
        assert!(doctor.contains("ok    database: answers"), "{doctor}");
        assert!(site.run(&["generate", "--units", "20"]).contains("20 units"));
    }
    // Keys of one install on the database of another are refused.
    let keys = std::fs::read(sites[0].dir.join("keys")).unwrap();
    let other = Site { dir: folder(), postgres: None };
    std::fs::write(other.dir.join("keys"), keys).unwrap();
    other.found();
    std::fs::remove_file(other.dir.join("keys")).unwrap();
    let out = other.output(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&out.stderr).contains("keys do not belong"), "{out:?}");
}

#[test]
fn a_request_under_way_gets_its_answer_before_the_stop() {
    let site = Site { dir: folder(), postgres: None };
    let server = demo(&site, &[]);
    let body = r#"{"email": "user1@dwellingly.org", "password": "1234"}"#;
    let mut slow = TcpStream::connect(server.at).unwrap();
    write!(
        slow,
        "POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .unwrap();
    let (half, rest) = body.split_at(20);
    slow.write_all(half.as_bytes()).unwrap();
    // The request is under way once the server reads it; readiness tells that the stop has begun.
    while send(server.at, "GET", "/health/ready", None, None).unwrap().0 != 200 {}
    server.signal("-TERM");
    while send(server.at, "GET", "/health/ready", None, None).is_ok_and(|(status, _)| status == 200) {}
    slow.write_all(rest.as_bytes()).unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut slow, &mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let mut server = server;
    assert!(server.child.wait().unwrap().success());
}
