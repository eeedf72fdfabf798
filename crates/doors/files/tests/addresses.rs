//! Signed addresses as browsers see them: the real server on both databases.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::convert::Infallible;

use app::file::{File, THUMBNAIL, Upload, Variant};
use bytes::Bytes;
use futures_util::stream;
use kernel::{Caller, OrgId};
use tower::ServiceExt as _;
use world::{
    Answer, Kit, Server, World,
    axum::{
        self,
        http::{HeaderName, Method, header},
    },
    db::Dialect,
};

const KIT: Kit = Kit {
    door: kernel::Door::Pages,
    entrances: |identity| vec![files::entrance(identity)],
    sign_in: "",
    tokens: |_| None,
};

/// A red GIF of 2 × 1 pixels.
const GIF: &[u8] = b"GIF89a\x02\0\x01\0\x80\0\0\xff\0\0\0\0\0,\0\0\0\0\x02\0\x01\0\0\x02\x02\x04\n\0;";

async fn open(dialect: Dialect) -> World {
    World::new(dialect, KIT).await
}

async fn upload(server: &Server, caller: &Caller, name: &str, kind: &str, bytes: &'static [u8]) -> File {
    let upload = Upload { name: name.to_owned(), content_type: kind.to_owned(), limit: 1_000_000 };
    let sender = stream::iter([Ok::<_, Infallible>(Bytes::from_static(bytes))]);
    server.app.files().upload(caller, upload, sender).await.unwrap()
}

/// The path and query of an address of this server.
fn path(address: &str) -> String {
    address.strip_prefix("https://portico.example").unwrap().to_owned()
}

async fn thumbnails(server: &Server) {
    for job in server.app.jobs().claim(&server.system(OrgId::new(0)), &[THUMBNAIL], 9, 60).await.unwrap() {
        server.app.files().make_thumbnail(&server.system(job.org_id), &job).await.unwrap();
    }
}

fn assert_closed(answer: &Answer) {
    assert_eq!((answer.status, answer.text().as_str()), (404, "This address is not valid, or not any more.\n"));
    assert_eq!(answer.header("cache-control"), "no-store");
}

world::tests! { crate::open =>
    async fn an_address_opens_its_file_until_it_ends(w: World) {
        let file = upload(&w, &w.system(w.home.org), "Grüße 1.pdf", "application/pdf", b"%PDF-1.7 hello").await;
        let at = path(&w.identity.file_address(&file, Variant::Whole, 900));
        assert!(at.starts_with(&format!("/files/{}/Gr%C3%BC%C3%9Fe%201.pdf?expires=", file.uid)), "{at}");
        let answer = w.get(&at).await;
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"%PDF-1.7 hello".as_slice()));
        for (name, value) in [
            ("content-type", "application/pdf"),
            ("content-length", "14"),
            ("content-disposition", "inline; filename=\"Gr__e 1.pdf\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%201.pdf"),
            ("cache-control", "private, max-age=900"),
            ("accept-ranges", "bytes"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("etag", &format!("\"{}\"", file.tag())),
        ] {
            assert_eq!(answer.header(name), value, "{name}");
        }
        let head = w.request(Method::HEAD, &at).await;
        assert_eq!((head.status, head.body.len(), head.header("content-length")), (200, 0, "14".to_owned()));
        let part = w.get(&at).header(header::RANGE, "bytes=9-").await;
        assert_eq!((part.status, part.text().as_str(), part.header("content-range")), (206, "hello", "bytes 9-13/14".to_owned()));
        let same = w.get(&at).header(header::IF_NONE_MATCH, &format!("\"{}\"", file.tag())).await;
        assert_eq!((same.status, same.body.len()), (304, 0));
        assert_eq!(w.get(&at).header(header::RANGE, "bytes=14-").await.status, 416);
        assert_eq!(w.post(&at).await.status, 405);
        w.clock.advance(899);
        assert_eq!(w.get(&at).await.header("cache-control"), "private, max-age=1");
        w.clock.advance(1);
        assert_closed(&w.get(&at).await);
    }

    async fn a_changed_address_opens_nothing(w: World) {
        let file = upload(&w, &w.system(w.home.org), "a.gif", "image/gif", GIF).await;
        let other = upload(&w, &w.system(w.other.org), "a.gif", "image/gif", GIF).await;
        thumbnails(&w).await;
        let address = w.identity.file_address(&file, Variant::Whole, 900);
        let at = path(&address);
        assert_eq!(w.get(&at).await.status, 200);
        let (place, query) = at.split_once('?').unwrap();
        let (_, signature) = query.split_once("signature=").unwrap();
        let flipped = format!("{}{}", if signature.starts_with('A') { 'B' } else { 'A' }, &signature[1..]);
        for changed in [
            at.replace(&file.uid.to_string(), &other.uid.to_string()),
            at.replace("a.gif", "b.gif"),
            at.replace("expires=1", "expires=2"),
            at.replace(signature, &flipped),
            at.replace(signature, &signature[..42]),
            at.replace(signature, ""),
            at.replace("&signature", "&sig"),
            at.replace("expires", "expired"),
            at.replace('?', "/thumbnail?"),
            at.replace(&file.uid.to_string(), "1"),
            at.replace("a.gif", "%ff"),
            place.to_owned(),
            format!("{place}?expires=x&signature={signature}"),
        ] {
            assert_ne!(changed, at);
            assert_closed(&w.get(&changed).await);
        }
        assert_eq!(w.get("/files/").await.status, 404);
    }

    async fn a_thumbnail_has_an_address_of_its_own(w: World) {
        let file = upload(&w, &w.system(w.home.org), "a.gif", "image/gif", GIF).await;
        let at = path(&w.identity.file_address(&file, Variant::Thumbnail, 900));
        assert_eq!(w.get(&at).await.status, 404, "not made yet");
        thumbnails(&w).await;
        let answer = w.get(&at).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "image/gif".to_owned()));
        assert_eq!(storage::picture::size(&answer.body, "image/gif"), Some((2, 1)));
        assert_ne!(answer.header("etag"), format!("\"{}\"", file.tag()));
        let part = w.get(&at).header(header::RANGE, "bytes=0-5").await;
        assert_eq!((part.status, part.text().as_str()), (206, "GIF89a"));
        assert_closed(&w.get(at.replace("/thumbnail?", "?")).await);
        let text = upload(&w, &w.system(w.home.org), "a.txt", "text/plain", b"hello").await;
        assert_eq!(w.get(path(&w.identity.file_address(&text, Variant::Thumbnail, 900))).await.status, 404);
    }

    async fn what_could_run_is_downloaded_and_locked_in(w: World) {
        let policy = HeaderName::from_static("content-security-policy");
        for (name, kind, bytes, inline) in [
            ("a.html", "text/html", b"<html><script>alert(1)</script>".as_slice(), false),
            ("a.png", "image/png", b"<!doctype html><script>".as_slice(), false),
            ("a.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>".as_slice(), false),
            ("a.xml", "application/xml", b"<?xml version='1.0'?><a/>".as_slice(), false),
            ("a.js", "text/javascript", b"alert(1)".as_slice(), false),
            ("a", "application/x-unheard-of", b"\x01\x02".as_slice(), false),
            ("a.txt", "text/plain", b"hello".as_slice(), true),
            ("a.gif", "image/gif", GIF, true),
        ] {
            let file = upload(&w, &w.system(w.home.org), name, kind, bytes).await;
            let answer = w.get(path(&w.identity.file_address(&file, Variant::Whole, 900))).await;
            assert_eq!(answer.status, 200, "{name}");
            assert_eq!(answer.header("content-disposition").starts_with("inline"), inline, "{name}");
            assert_eq!(answer.header(policy.as_str()).contains("sandbox"), !inline, "{name}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
    }

    async fn on_s3_the_storage_itself_sends(w: World) {
        let Some(url) = std::env::var("PORTICO_TEST_S3_URL").ok().filter(|url| !url.is_empty()) else { return };
        let storage = app::Storage::from_url(&url).unwrap();
        let app = w.app.clone().with_storage(storage);
        let (random, keys) = (kernel::Random::seeded(9), identity::Keys::new(identity::SecretKey::new([7; 32])));
        let passwords = identity::Passwords::weak_for_tests(random);
        let tries = identity::FreeTries { login: 5, address: 50 };
        let identity = identity::Identity::new(app.clone(), passwords, &keys, tries);
        let upload = Upload { name: "ü.txt".to_owned(), content_type: "text/plain".to_owned(), limit: 9 };
        let sender = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"hello"))]);
        let file = app.files().upload(&w.system(w.home.org), upload, sender).await.unwrap();
        let front = portico_http::Front::new(
            portico_http::Kit { clock: w.clock.clone(), ..portico_http::Kit::default() },
            vec![files::entrance(identity.clone())],
        );
        let ask = async |method: &str| {
            let at = path(&identity.file_address(&file, Variant::Whole, 60));
            let request = axum::http::Request::builder().method(method).uri(at);
            let request = request.body(axum::body::Body::empty()).unwrap();
            front.clone().oneshot(request).await.unwrap()
        };
        let sent = ask("GET").await;
        let place = sent.headers()["location"].to_str().unwrap().to_owned();
        assert_eq!(sent.status(), 302);
        assert!(place.contains("X-Amz-Expires=60") && place.contains("X-Amz-Signature="), "{place}");
        assert!(place.contains("response-content-type=text%2Fplain%3B"), "{place}");
        assert_eq!(sent.headers()["cache-control"], "no-store");
        let head = ask("HEAD").await;
        assert_eq!((head.status().as_u16(), &head.headers()["content-length"]), (200, &"5".parse().unwrap()));
        assert_eq!(app.storage().unwrap().read(&file.path).await.unwrap(), "hello");
    }

    async fn a_deleted_file_is_not_found(w: World) {
        let file = upload(&w, &w.system(w.home.org), "a.txt", "text/plain", b"hello").await;
        let at = path(&w.identity.file_address(&file, Variant::Whole, 999_999));
        w.clock.advance(app::file::UNUSED);
        assert_eq!(w.app.files().delete_orphans(&w.system(w.home.org)).await.unwrap(), 1);
        assert_eq!(w.get(&at).await.status, 404);
    }
}
