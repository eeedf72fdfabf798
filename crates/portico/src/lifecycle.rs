//! From the first connection to the last: serving, draining, stopping.
//!
//! The first signal asks to stop: readiness turns bad, no connection is accepted any more, idle ones are closed, and
//! requests under way get their answer. A second signal, or the end of the grace, cuts off what is left.

use std::{
    convert::Infallible,
    io::{self, Write},
    net::SocketAddr,
    pin::pin,
    time::Duration,
};

use axum::{extract::Request, response::Response};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinError, JoinSet},
    time::sleep,
};
use tower::Service;

mod connection;
#[cfg(test)]
mod tests;

/// So many connections are served at once; others wait in the system's queue.
const CONNECTIONS: usize = 2048;

/// How long connections wait when the system has nothing left for them.
const ACCEPT_AGAIN: Duration = Duration::from_millis(200);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Serving,
    Draining,
    Cut,
}

/// The wish to stop, shared by all who must know: the server, the readiness check, the jobs.
#[derive(Clone, Debug)]
pub struct Stop(watch::Sender<Phase>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(Phase::Serving))
    }
}

impl Stop {
    /// Asks to stop in good order.
    pub fn drain(&self) {
        self.raise(Phase::Draining);
    }

    /// Asks to stop at once.
    pub fn cut(&self) {
        self.raise(Phase::Cut);
    }

    /// Whether the stop was asked for.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        *self.0.borrow() >= Phase::Draining
    }

    /// Waits until the stop is asked for.
    pub async fn draining(&self) {
        self.reached(Phase::Draining).await;
    }

    /// Waits until there is no more waiting.
    pub async fn cutting(&self) {
        self.reached(Phase::Cut).await;
    }

    /// Makes SIGTERM and SIGINT (Ctrl-C) ask to stop: the first in good order, the second at once.
    ///
    /// # Errors
    /// When the system does not let signals be caught.
    pub fn on_signals(&self) -> io::Result<()> {
        let mut signals = Signals::new()?;
        let stop = self.clone();
        tokio::spawn(async move {
            signals.next().await;
            tracing::info!("stopping: running requests get their answer, a second signal cuts them off");
            stop.drain();
            signals.next().await;
            tracing::warn!("stopping at once");
            stop.cut();
        });
        Ok(())
    }

    fn raise(&self, to: Phase) {
        self.0.send_if_modified(|phase| {
            let higher = to > *phase;
            *phase = (*phase).max(to);
            higher
        });
    }

    async fn reached(&self, wanted: Phase) {
        // The sender is alive, because `self` is one.
        let _ = self.0.subscribe().wait_for(|phase| *phase >= wanted).await;
    }
}

#[cfg(unix)]
struct Signals(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?))
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "the other systems' version can fail")]
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// How serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every request got its answer.
    Clean,
    /// So many connections were cut off.
    Cut(usize),
}

/// Tells people and scripts where the server is: `Portico is at http://127.0.0.1:8080`, on a line of its own.
///
/// # Errors
/// When nobody can be told.
pub fn announce(at: SocketAddr, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "Portico is at http://{at}")?;
    out.flush()
}

/// What the server answers with. Must always be ready, like [`portico_http::Front`].
pub trait Answers:
    Service<Request, Response = Response, Error = Infallible, Future: Send + Unpin> + Clone + Send + Unpin + 'static
{
}

impl<S> Answers for S where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send + Unpin> + Clone + Send + Unpin + 'static
{
}

/// Serves until `stop` says otherwise, and `grace` longer while requests are under way.
pub async fn serve(listener: TcpListener, service: impl Answers, stop: &Stop, grace: Duration) -> Ending {
    let mut open = JoinSet::new();
    {
        let mut draining = pin!(stop.draining());
        let mut next = pin!(accept(&listener));
        loop {
            tokio::select! {
                biased;
                () = &mut draining => break,
                (stream, peer) = &mut next, if open.len() < CONNECTIONS => {
                    open.spawn(connection::run(stream, peer, service.clone(), stop.clone()));
                    next.set(accept(&listener));
                }
                Some(ended) = open.join_next() => report(ended),
            }
        }
    }
    for (stream, peer) in queued(listener) {
        open.spawn(connection::run(stream, peer, service.clone(), stop.clone()));
    }
    let answered = async {
        while let Some(ended) = open.join_next().await {
            report(ended);
        }
    };
    tokio::select! {
        biased;
        () = answered => return Ending::Clean,
        () = stop.cutting() => {}
        () = sleep(grace) => {}
    }
    let cut = open.len();
    open.shutdown().await;
    if cut == 0 { Ending::Clean } else { Ending::Cut(cut) }
}

/// The next connection. Errors do not end the server: a connection that is gone already is skipped, and when the system
/// has nothing left to give (file descriptors, memory) it is asked again a little later.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(e) if matches!(e.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted) => {}
            Err(e) => {
                tracing::error!(error = %e, "cannot accept connections");
                sleep(ACCEPT_AGAIN).await;
            }
        }
    }
}

/// Those who stand in the queue when it closes: they are served too. The runtime may not have heard of them yet, so the
/// system is asked.
fn queued(listener: TcpListener) -> impl Iterator<Item = (TcpStream, SocketAddr)> {
    let listener = listener.into_std();
    std::iter::from_fn(move || listener.as_ref().ok()?.accept().ok()).filter_map(|(stream, peer)| {
        stream.set_nonblocking(true).ok()?;
        Some((TcpStream::from_std(stream).ok()?, peer))
    })
}

fn report(ended: Result<(), JoinError>) {
    if let Err(e) = ended {
        // The panic itself was logged by its hook; one connection is lost, the server goes on.
        tracing::error!(error = %e, "a connection broke");
    }
}
