//! Files come in (C2 to C4).

use std::{convert::Infallible, net::SocketAddr};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use serde_json::json;
use tower::ServiceExt as _;
use world::axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request, header},
};

use crate::setup::{PDF, Site, header_name};

const LIMIT: usize = 10 * 1024 * 1024;

/// A picture of one pixel.
pub const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 13, 10, 26, 10, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0,
    0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 10, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63, 0, 1, 0, 0, 5, 0, 1, 0x0d, 0x0a,
    0x2d, 0xb4, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

world::tests! { crate::setup::open =>
    async fn c2_ten_megabytes_and_no_more(w: Site) {
        let fits = w.upload(&w.anna, "large.bin", "application/octet-stream", vec![7; LIMIT]).await.expect(200);
        assert_eq!(fits["fileSize"], LIMIT);
        let over = w.upload(&w.anna, "larger.bin", "application/octet-stream", vec![7; LIMIT + 1]).await;
        assert_eq!(over.expect(413)["error"], "too_large");
        for (name, kind, bytes) in [(None, Some("text/plain"), &b"x"[..]), (Some("a.txt"), None, b"x"), (Some(" "), Some("text/plain"), b"x"),
            (Some("a.txt"), Some("nonsense"), b"x"), (Some("a.txt"), Some("a/"), b"x"), (Some("a.txt"), Some("image/png<script>"), b"x"), (Some("a.txt"), Some("text/plain"), b"")] {
            let mut call = w.call(Method::POST, "/api/v1/uploads", &w.anna).raw(kind.unwrap_or(""), bytes);
            if let Some(name) = name {
                call = call.header(header_name(), name);
            }
            assert_eq!(call.await.status, 400, "{name:?} {kind:?}");
        }
        let nobody = w.post("/api/v1/uploads").header(header_name(), "a.txt").raw("text/plain", "x").await;
        assert_eq!(nobody.expect(401)["error"], "unauthenticated");
    }

    async fn c2_what_is_too_large_is_refused_while_it_comes(w: Site) {
        let sent = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counter = sent.clone();
        let endless = stream::repeat(Bytes::from_static(&[7; 65_536])).map(move |chunk| {
            counter.fetch_add(chunk.len(), std::sync::atomic::Ordering::SeqCst);
            Ok::<_, Infallible>(chunk)
        });
        let response = w.front_of(raw(&w, Body::from_stream(endless))).await;
        assert_eq!(response, 413);
        assert!(sent.load(std::sync::atomic::Ordering::SeqCst) < 2 * LIMIT, "it stopped reading");
    }

    async fn of_a_client_that_goes_nothing_is_left(w: Site) {
        let broken = stream::iter([Ok(Bytes::from_static(b"half of it")), Err(std::io::Error::other("gone"))]);
        assert_eq!(w.front_of(raw(&w, Body::from_stream(broken))).await, 400);
        assert!(w.app.files().unused(&w.anna.caller).await.unwrap().is_empty());
    }

    async fn c3_what_is_answered_about_a_file(w: Site) {
        let made = w.upload(&w.anna, "C:\\photos\\Stra%C3%9Fe 7.PDF", "Application/PDF; version=1.4", PDF).await.expect(200);
        assert_eq!((&made["name"], &made["fileType"], &made["fileSize"]), (&json!("Straße 7.PDF"), &json!("application/pdf"), &json!(PDF.len())));
        assert!(made.get("thumbs").is_none());
        let path = made["path"].as_str().unwrap();
        let (stem, extension) = path.rsplit_once('.').unwrap();
        assert_eq!((stem.len(), extension), (24, "pdf"));
        assert!(stem.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "{stem}");
        let again = w.upload(&w.anna, "x.pdf", "application/pdf", PDF).await.expect(200);
        assert_ne!(again["path"], made["path"]);
        let long = w.upload(&w.anna, &format!("{}.pdf", "x".repeat(400)), "application/pdf", PDF).await.expect(200);
        assert!(long["name"].as_str().unwrap().chars().count() <= 255);
        let none = w.upload(&w.anna, "README", "text/plain", "x").await.expect(200);
        assert_eq!(none["path"].as_str().unwrap().split('.').next().unwrap().len(), 24);
    }

    async fn c4_pictures_get_small_ones(w: Site) {
        let made = w.upload(&w.anna, "dot.PNG", "image/png", PNG).await.expect(200);
        let stem = made["path"].as_str().unwrap().strip_suffix(".png").unwrap();
        assert_eq!(made["thumbs"], json!({"preview": {"path": format!("{stem}.300.225.png")}}));
    }

    async fn what_claims_to_be_something_else(w: Site) {
        let pictures = w.house.fields[6].to_string();
        let page = b"<html><script>alert(1)</script></html>";
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
        let mut polyglot = b"GIF89a/*".to_vec();
        polyglot.extend_from_slice(b"*/=1;alert(1)//<script>alert(1)</script>");
        for (name, kind, bytes) in [
            ("page.png", "image/png", &page[..]), ("page.html", "text/html", page), ("x.svg", "image/svg+xml", svg), ("x.gif", "text/html", &polyglot),
        ] {
            let file = w.upload(&w.anna, name, kind, bytes).await.expect(200);
            let made = w.ticket(&w.anna, &json!({&pictures: [file]})).await;
            let told = made["Attachments"][0]["type"].as_str().unwrap();
            // What a browser could run is told by its bytes; and its address makes it a download.
            assert!(kind != "image/png" || told != "image/png", "{name}: {told}");
            assert!(made["Attachments"][0]["temporaryThumbUrl"].is_null());
        }
        // Broken pictures come in as they are, or are refused; they take nothing down.
        let jpeg = [&[0xff, 0xd8, 0xff, 0xe1, 0x20, 0][..], b"Exif\0\0cut off"].concat();
        let status = w.upload(&w.anna, "cut.jpg", "image/jpeg", jpeg).await.status;
        assert!([200, 400].contains(&status), "{status}");
        // Its size alone speaks against it: nobody even begins to decode it.
        w.thumbnails().await;
        let file = w.upload(&w.anna, "bomb.png", "image/png", storage::testing::bomb()).await.expect(200);
        assert_eq!(w.thumbnails().await, 0, "no job for the bomb");
        let made = w.ticket(&w.anna, &json!({&pictures: [file]})).await;
        assert!(made["Attachments"][0]["temporaryThumbUrl"].is_null(), "never decoded");
        let file = w.upload(&w.anna, "small.png", "image/png", PNG).await.expect(200);
        assert_eq!(w.thumbnails().await, 1);
        let made = w.ticket(&w.anna, &json!({&pictures: [file]})).await;
        assert!(made["Attachments"][0]["temporaryThumbUrl"].is_string(), "a picture of one pixel is decoded");
    }
}

fn raw(w: &Site, body: Body) -> Request<Body> {
    Request::post("/api/v1/uploads")
        .header(header::AUTHORIZATION, format!("Bearer {}", w.anna.bearer))
        .header("x-filename", "x.bin")
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4711))))
        .body(body)
        .unwrap()
}

impl Site {
    /// Sends a request whose body is no whole; answers the status.
    async fn front_of(&self, request: Request<Body>) -> u16 {
        let front =
            portico_http::Front::new(portico_http::Kit::default(), vec![casavi::entrance(self.identity.clone())]);
        let Ok(response) = front.oneshot(request).await;
        response.status().as_u16()
    }
}
