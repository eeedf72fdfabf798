//! One connection.

use std::{
    future::poll_fn,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{body::Body, extract::ConnectInfo};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::{Answers, Stop};

/// How long a request's head may take, and how long a connection may be idle.
const HEAD: Duration = Duration::from_secs(30);
const HEAD_BYTES: usize = 64 * 1024;
/// What is read of a request at a time: large bodies come in as fast with less, and many at once take less memory.
const READ_BYTES: usize = 128 * 1024;

/// When the stop comes, a connection that has brought no request yet gets this long to bring one: its first bytes may
/// be here already, unread.
const FRESH: Duration = Duration::from_millis(250);

/// How long what a client still sends is thrown away after the answer.
const LINGER: Duration = Duration::from_secs(2);

pub(super) async fn run(stream: TcpStream, peer: SocketAddr, service: impl Answers, stop: Stop) {
    serve(stream, peer, service, stop, HEAD).await;
}

pub(super) async fn serve(stream: TcpStream, peer: SocketAddr, service: impl Answers, stop: Stop, head: Duration) {
    // Answers are written whole; waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let fresh = Arc::new(AtomicBool::new(true));
    let seen = fresh.clone();
    let answer = service_fn(move |request: hyper::Request<Incoming>| {
        seen.store(false, Ordering::Relaxed);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        service.clone().call(request)
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_header_size(HEAD_BYTES)
        .max_buf_size(READ_BYTES)
        .serve_connection(TokioIo::new(stream), answer);

    // What goes wrong here is the client's doing: it left, or it speaks no HTTP and was told so.
    let mut ended = tokio::select! {
        biased;
        () = stop.draining() => false,
        _ = poll_fn(|cx| connection.poll_without_shutdown(cx)) => true,
    };
    if !ended && fresh.load(Ordering::Relaxed) {
        ended = timeout(FRESH, poll_fn(|cx| connection.poll_without_shutdown(cx))).await.is_ok();
        if fresh.load(Ordering::Relaxed) {
            return;
        }
    }
    if !ended {
        // Closes an idle connection now, a busy one after its answer.
        Pin::new(&mut connection).graceful_shutdown();
        let _ = poll_fn(|cx| connection.poll_without_shutdown(cx)).await;
    }
    let mut stream = connection.into_parts().io.into_inner();
    if stream.shutdown().await.is_ok() {
        tokio::select! {
            _ = timeout(LINGER, throw_away(&mut stream)) => {}
            () = stop.draining() => {}
        }
    }
}

/// A request that was answered before its body was read leaves bytes behind. Closing over them would make the system
/// reset the connection, and the client might never see the answer.
async fn throw_away(stream: &mut TcpStream) {
    let mut bytes = [0; 4096];
    while matches!(stream.read(&mut bytes).await, Ok(n) if n > 0) {}
}
