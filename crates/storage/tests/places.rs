//! Bytes in and out: in a directory, in memory, and on a real S3 server where one is given (`PORTICO_TEST_S3_URL`).

#![expect(clippy::unwrap_used, reason = "for tests")]

use std::{convert::Infallible, time::Duration};

use futures_util::{StreamExt as _, stream};
use kernel::{Error, Random};
use storage::{Bytes, ReceiveError, Shown, Storage};

/// Every kind of place there is to be tested, each with a name.
fn places() -> Vec<(&'static str, Storage)> {
    let folder = std::env::temp_dir().join(format!("portico-storage-{}", Random::System.secret()));
    let mut places = vec![("memory", Storage::in_memory()), ("directory", Storage::directory(&folder).unwrap())];
    if let Ok(url) = std::env::var("PORTICO_TEST_S3_URL")
        && !url.is_empty()
    {
        places.push(("S3", Storage::from_url(&url).unwrap()));
    }
    places
}

/// A path that nobody else has.
fn path() -> String {
    format!("{}.bin", &Random::System.secret()[..24])
}

fn left(storage: &Storage) -> Vec<String> {
    let Some(folder) = storage.folder() else { return Vec::new() };
    std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

fn numbers(n: usize) -> Vec<u8> {
    (0..n).map(|i| (i / 3 % 251) as u8).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_is_found_whole_and_in_part_until_it_is_deleted() {
    for (name, storage) in places() {
        storage.check().await.unwrap();
        // The largest one goes to S3 in several parts.
        for n in [1, 300_000, 18_000_000] {
            let (path, bytes) = (path(), numbers(n));
            let chunks: Vec<_> = bytes.chunks(70_001).map(|c| Ok::<_, Infallible>(Bytes::copy_from_slice(c))).collect();
            let spool = storage.receive(stream::iter(chunks), n as u64).await.unwrap();
            assert_eq!((spool.size(), spool.sha256()), (n as u64, &storage::sha256(&[&bytes])), "{name}");
            assert!(spool.head() == &bytes[..n.min(8192)]);
            assert!(!storage.exists(&path).await.unwrap());
            storage.keep(&path, &spool).await.unwrap();
            assert!(storage.exists(&path).await.unwrap());
            assert!(storage.read(&path).await.unwrap() == bytes, "{name} {n}");
            let (from, to) = (n as u64 / 3, n as u64 / 3 + 1);
            let part: Vec<_> = storage.get(&path, Some(from..to)).await.unwrap().collect().await;
            let part: Vec<u8> = part.into_iter().flat_map(|c| c.unwrap().to_vec()).collect();
            assert_eq!(part, &bytes[n / 3..=n / 3], "{name}");
            storage.delete(&path).await.unwrap();
            storage.delete(&path).await.unwrap();
            assert!(!storage.exists(&path).await.unwrap());
            assert!(matches!(storage.get(&path, None).await.map(drop), Err(Error::NotFound("file"))), "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_is_told_some_at_a_time() {
    for (name, storage) in places() {
        let paths: Vec<String> = (0..600).map(|_| path()).collect();
        for path in &paths {
            storage.put(path, Bytes::from_static(b"x")).await.unwrap();
        }
        storage.put("not-ours.bin", Bytes::from_static(b"x")).await.unwrap();
        let all: Vec<_> = storage.kept().map(Result::unwrap).collect().await;
        assert!(paths.iter().all(|path| all.iter().filter(|k| k.name == *path).count() == 1), "{name}");
        assert!(!all.iter().any(|k| k.name.starts_with("not-ours")), "{name}");
        let newest = all.iter().map(|k| k.at).max().unwrap();
        assert!(newest.plus_days(1) > kernel::Clock::System.now(), "{name}: {newest}");
        // Nobody has to look at all of it.
        assert!(storage.kept().next().await.is_some());
        for path in paths.iter().map(String::as_str).chain(["not-ours.bin"]) {
            storage.delete(path).await.unwrap();
        }
    }
}

#[tokio::test]
async fn nothing_is_left_of_what_was_not_whole() {
    for (name, storage) in places() {
        let before = left(&storage);
        let endless = stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from(numbers(300_000))));
        assert!(matches!(storage.receive(endless, 1_000_000).await, Err(ReceiveError::TooLarge)), "{name}");
        let broken = stream::iter([Ok(Bytes::from(numbers(300_000))), Err("gone")]);
        assert!(matches!(storage.receive(broken, 1_000_000).await, Err(ReceiveError::Sender("gone"))), "{name}");
        let silent = stream::iter([Ok::<_, Infallible>(Bytes::from(numbers(300_000)))]).chain(stream::pending());
        let gone = futures_util::future::poll_immediate(Box::pin(storage.receive(Box::pin(silent), 1_000_000)));
        assert!(gone.await.is_none());
        assert_eq!(left(&storage), before, "{name}");
    }
}

/// What a plain client gets from an address.
async fn fetch(url: &str) -> (u16, String, Vec<u8>) {
    // No certificates are looked at: the address is on this machine.
    let tls = rustls::ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).build().unwrap();
    let answer = client.get(url).send().await.unwrap();
    let kind = answer.headers().get("content-type").map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
    (answer.status().as_u16(), kind, answer.bytes().await.unwrap().to_vec())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_presigned_address_opens_one_file() {
    for (name, storage) in places() {
        let (mine, other) = (path(), path());
        storage.put(&mine, Bytes::from_static(b"hello")).await.unwrap();
        storage.put(&other, Bytes::from_static(b"secret")).await.unwrap();
        let shown = Shown { content_type: "text/plain", disposition: "inline; filename=\"a.txt\"" };
        let address = storage.presign(&mine, Duration::from_secs(60), shown).await.unwrap();
        assert_eq!(address.is_some(), name == "S3");
        let Some(address) = address else { continue };
        assert!(address.contains("response-content-disposition=inline"), "{address}");
        let (status, _, bytes) = fetch(&address).await;
        assert_eq!((status, bytes.as_slice()), (200, b"hello".as_slice()));
        for changed in [
            address.replace(&mine, &other),
            address.replace("text%2Fplain", "text%2Fhtml"),
            address.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
        ] {
            assert_ne!(changed, address);
            assert_eq!(fetch(&changed).await.0, 403, "{changed}");
        }
        let wrong = std::env::var("PORTICO_TEST_S3_URL").unwrap().replace("secret_access_key=", "secret_access_key=x");
        let why = Storage::from_url(&wrong).unwrap().check().await.unwrap_err();
        assert!(!why.is_empty());
    }
}

#[test]
fn a_setting_that_cannot_be_used_is_told() {
    for bad in ["", "file:", "ftp://x", "s3://", "s3:bucket", "s3://bucket?regoin=x"] {
        assert!(Storage::from_url(bad).is_err(), "{bad}");
    }
    assert!(Storage::from_url("s3://bucket?region=eu-central-1&access_key_id=a&secret_access_key=b").is_ok());
}
