//! Real sockets; nothing sleeps, everything waits for a fact.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream as Client,
    sync::Arc,
};

use axum::{Router, body::Body, http::StatusCode, routing::get};
use portico_http::{Entrance, Front, Kit, plain};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::{Notify, Semaphore},
    task::JoinHandle,
};

use super::*;

const LONG: Duration = Duration::from_secs(600);

struct Server {
    at: SocketAddr,
    stop: Stop,
    ending: JoinHandle<Ending>,
    /// A request to `/slow` is there.
    entered: Arc<Notify>,
    /// Lets requests to `/slow` end.
    release: Arc<Semaphore>,
}

async fn server(grace: Duration) -> Server {
    let (entered, release) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
    let (seen, go) = (entered.clone(), release.clone());
    let slow = move || async move {
        seen.notify_one();
        let _ = go.acquire().await;
        "slow"
    };
    let routes = Router::new()
        .route("/", get(|| async { "home" }).post(|| async { (StatusCode::PAYLOAD_TOO_LARGE, "unread") }))
        .route("/slow", get(slow))
        .route(
            "/stream",
            get(|| async { Body::from_stream(futures_util::stream::pending::<Result<&str, io::Error>>()) }),
        );
    let front = Front::new(Kit::default(), vec![Entrance::new("test", &[""], routes, plain)]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (at, stop) = (listener.local_addr().unwrap(), Stop::default());
    let shared = stop.clone();
    let ending = tokio::spawn(async move { serve(listener, front, &shared, grace).await });
    Server { at, stop, ending, entered, release }
}

async fn request(stream: &mut TcpStream, path: &str) {
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
}

/// Reads until the text ends an answer, without waiting for the connection's end.
async fn until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    while !text.ends_with(end) {
        let mut byte = [0];
        assert_eq!(stream.read(&mut byte).await.unwrap(), 1, "the connection ended after {text:?}");
        text.push(char::from(byte[0]));
    }
    text
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn an_idle_connection_is_closed_at_once() {
    let server = server(LONG).await;
    let mut idle = TcpStream::connect(server.at).await.unwrap();
    request(&mut idle, "/").await;
    assert!(until(&mut idle, "home").await.starts_with("HTTP/1.1 200 OK\r\n"));
    request(&mut idle, "/").await;
    until(&mut idle, "home").await;

    server.stop.drain();
    assert_eq!(rest(&mut idle).await, "");
    assert_eq!(server.ending.await.unwrap(), Ending::Clean);
    TcpStream::connect(server.at).await.unwrap_err();
}

#[tokio::test]
async fn a_running_request_gets_its_answer() {
    let server = server(LONG).await;
    let mut busy = TcpStream::connect(server.at).await.unwrap();
    request(&mut busy, "/slow").await;
    server.entered.notified().await;

    server.stop.drain();
    server.stop.draining().await;
    assert!(server.stop.is_draining() && !server.ending.is_finished());
    server.release.add_permits(1);
    let answer = rest(&mut busy).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("slow"), "{answer}");
    assert!(answer.contains("connection: close\r\n"), "{answer}");
    assert_eq!(server.ending.await.unwrap(), Ending::Clean);
}

#[tokio::test]
async fn the_second_signal_cuts_off() {
    let server = server(LONG).await;
    let mut busy = TcpStream::connect(server.at).await.unwrap();
    request(&mut busy, "/slow").await;
    server.entered.notified().await;
    let mut streaming = TcpStream::connect(server.at).await.unwrap();
    request(&mut streaming, "/stream").await;
    until(&mut streaming, "\r\n\r\n").await;

    server.stop.drain();
    server.stop.cut();
    server.stop.cutting().await;
    assert_eq!(server.ending.await.unwrap(), Ending::Cut(2));
    assert_eq!(rest(&mut busy).await, "");
}

#[tokio::test]
async fn so_does_the_end_of_the_grace() {
    let server = server(Duration::ZERO).await;
    let mut busy = TcpStream::connect(server.at).await.unwrap();
    request(&mut busy, "/slow").await;
    server.entered.notified().await;
    server.stop.drain();
    assert_eq!(server.ending.await.unwrap(), Ending::Cut(1));
    assert_eq!(rest(&mut busy).await, "");
}

#[tokio::test]
async fn a_silent_connection_does_not_hold_the_stop() {
    let server = server(LONG).await;
    let mut silent = TcpStream::connect(server.at).await.unwrap();
    // Served after the silent one was accepted, so that one is open for sure.
    let mut other = TcpStream::connect(server.at).await.unwrap();
    request(&mut other, "/").await;
    until(&mut other, "home").await;

    server.stop.drain();
    assert_eq!(rest(&mut silent).await, "");
    assert_eq!(server.ending.await.unwrap(), Ending::Clean);
}

#[tokio::test]
async fn who_stood_in_the_queue_is_served() {
    let server = server(LONG).await;
    // One thread runs this test: between these lines the server cannot accept.
    let mut queued = Client::connect(server.at).unwrap();
    queued.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    server.stop.drain();
    assert_eq!(server.ending.await.unwrap(), Ending::Clean);
    let mut answer = String::new();
    queued.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("home"), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_early_answer_arrives_though_the_body_was_not_read() {
    let server = server(LONG).await;
    let at = server.at;
    let client = move || {
        let mut client = Client::connect(at).unwrap();
        let length = 4 << 20;
        client.write_all(format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n").as_bytes()).unwrap();
        // The simplest kind of client sends everything before it reads.
        client.write_all(&vec![b'x'; length]).unwrap();
        client.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        answer
    };
    let answer = tokio::task::spawn_blocking(client).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.ends_with("unread"), "{answer}");
    server.stop.drain();
    assert_eq!(server.ending.await.unwrap(), Ending::Clean);
}

#[tokio::test]
async fn a_head_that_never_ends_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut slow = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").await.unwrap();
    let (stream, peer) = listener.accept().await.unwrap();
    let front = Front::new(Kit::default(), vec![]);
    let serving = tokio::spawn(connection::serve(stream, peer, front, Stop::default(), Duration::from_millis(1)));
    assert_eq!(rest(&mut slow).await, "");
    drop(slow);
    serving.await.unwrap();
}

#[tokio::test]
async fn heads_are_limited() {
    let server = server(LONG).await;
    let mut client = TcpStream::connect(server.at).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX: ").await.unwrap();
    // The server may close while we still write.
    let _ = client.write_all(&vec![b'x'; 70_000]).await;
    let mut answer = vec![0; 12];
    client.read_exact(&mut answer).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 431");
    drop(client);
    server.stop.drain();
    assert_eq!(server.ending.await.unwrap(), Ending::Clean);
}

#[tokio::test]
async fn a_client_that_leaves_ends_its_request() {
    let server = server(LONG).await;
    let mut busy = TcpStream::connect(server.at).await.unwrap();
    request(&mut busy, "/slow").await;
    server.entered.notified().await;
    drop(busy);
    server.stop.drain();
    assert_eq!(server.ending.await.unwrap(), Ending::Clean, "the handler was dropped, so nothing is waited for");
}

#[tokio::test]
async fn phases_only_rise() {
    let stop = Stop::default();
    assert!(!stop.is_draining());
    stop.cut();
    stop.drain();
    stop.draining().await;
    stop.cutting().await;
}

#[test]
fn the_address_is_told() {
    let mut out = Vec::new();
    announce("127.0.0.1:8080".parse().unwrap(), &mut out).unwrap();
    announce("[::1]:1".parse().unwrap(), &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), "Portico is at http://127.0.0.1:8080\nPortico is at http://[::1]:1\n");
}
