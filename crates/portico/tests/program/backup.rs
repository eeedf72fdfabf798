//! Backup while people work, and restore into an empty place.

use serde_json::json;

use crate::support::{Site, folder, is_private, send, sites};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_an_install_again() {
    let mut empty = sites("restored").await.into_iter();
    for site in sites("backup").await {
        site.found();
        let server = site.serve();
        let token = server.sign_in();
        let contact = json!({"name": "Grüße", "contact_numbers": [{"number": "1\t2\\3"}]});
        let (status, made) = send(server.at, "POST", "/api/emergencycontacts", Some(&token), Some(&contact)).unwrap();
        assert_eq!(status, 201);
        let deleted = send(
            server.at,
            "POST",
            "/api/emergencycontacts",
            Some(&token),
            Some(&json!({"name": "Gone", "contact_numbers": [{"number": "1"}]})),
        )
        .unwrap()
        .1["id"]
            .as_i64()
            .unwrap();
        send(server.at, "DELETE", &format!("/api/emergencycontacts/{deleted}"), Some(&token), None).unwrap();

        // What is there and what is being written; no call of this server takes files yet.
        let shelf = site.dir.join("files/ab");
        std::fs::create_dir_all(&shelf).unwrap();
        std::fs::write(shelf.join("abcd.pdf"), "%PDF-1.7").unwrap();
        std::fs::write(shelf.join("abce.pdf#1"), "%PDF").unwrap();

        let file = site.dir.join("a.backup");
        let file = file.to_str().unwrap();
        site.run(&["backup", file]);
        assert!(is_private(file.as_ref()));
        let again = site.output(&["backup", file]);
        assert_eq!(again.status.code(), Some(1), "an existing file is not overwritten");
        assert!(server.stop().success());

        let other = empty.next().unwrap();
        assert_eq!(other.postgres.is_some(), site.postgres.is_some());
        other.run(&["restore", file]);
        let shelf = other.dir.join("files/ab");
        assert_eq!(std::fs::read(shelf.join("abcd.pdf")).unwrap(), b"%PDF-1.7");
        assert_eq!(std::fs::read_dir(shelf).unwrap().count(), 1, "what was not whole is not restored");
        let server = other.serve();
        // The keys came along: tokens made before are still good.
        let (status, all) = send(server.at, "GET", "/api/tickets", Some(&token), None).unwrap();
        assert_eq!((status, &all["tickets"]), (200, &json!([])));
        let (_, contacts) = send(server.at, "GET", "/api/emergencycontacts", None, None).unwrap();
        assert_eq!(contacts["emergency_contacts"], json!([made]));
        // Ids are never used again, not even those of deleted rows.
        let new = json!({"name": "New", "contact_numbers": [{"number": "1"}]});
        let (_, new) = send(server.at, "POST", "/api/emergencycontacts", Some(&token), Some(&new)).unwrap();
        assert!(new["id"].as_i64().unwrap() > deleted);
        assert!(server.stop().success());
        let full = other.output(&["restore", file]);
        assert_eq!(full.status.code(), Some(1), "a place that is in use is not overwritten");
    }
}

#[test]
fn files_that_are_there_are_not_overwritten() {
    let site = Site { dir: folder(), postgres: None };
    std::fs::create_dir_all(site.dir.join("files/ab")).unwrap();
    let file = site.dir.join("no.backup");
    let out = site.output(&["restore", file.to_str().unwrap()]);
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&out.stderr).contains("there are files"));
}

#[test]
fn what_is_no_backup_is_refused_and_nothing_is_left() {
    let site = Site { dir: folder(), postgres: None };
    let file = site.dir.join("no.backup");
    std::fs::write(&file, "no archive").unwrap();
    let data = site.dir.join("data");
    let out = site.command(&["restore", file.to_str().unwrap()]).env("PORTICO_DATA", &data).output().unwrap();
    assert_eq!(out.status.code(), Some(1));
    let left: Vec<_> = std::fs::read_dir(&data).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["portico.lock"]);
}
