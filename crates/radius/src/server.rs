//! Two UDP ports, and what goes on beside them.

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use app::App;
use kernel::{Error, Instant, Result};
use metrics::{counter, describe_counter, describe_gauge, gauge};
use tokio::{net::UdpSocket, time::sleep};

use crate::{
    answer::{Port, answer},
    index::Index,
    packet::{LONGEST, Packet},
    seen::Waiting,
};

const REQUESTS: &str = "portico_radius_requests_total";
const DEVICES: &str = "portico_radius_devices";

/// How often it is looked for changes: what is blocked is refused within a second.
const LOOK: Duration = Duration::from_millis(250);
/// How often devices that were seen are noted.
const NOTE: Duration = Duration::from_secs(2);
/// An answer is sent again to the same request for so many seconds (RFC 5080, 2.2.2).
const REMEMBERED: i64 = 10;
/// No more answers are remembered.
const MOST_REMEMBERED: usize = 20_000;

/// Where it listens.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// For requests to join.
    pub authentication: SocketAddr,
    /// For devices that were seen; the port after it when not told.
    pub accounting: Option<SocketAddr>,
}

impl Addresses {
    fn accounting(self) -> SocketAddr {
        let mut after = self.authentication;
        // Port 0 takes any free one, for both.
        after.set_port(match self.authentication.port() {
            0 => 0,
            port => port.checked_add(1).unwrap_or(port),
        });
        self.accounting.unwrap_or(after)
    }
}

/// A RADIUS server that listens.
pub struct Server {
    app: App,
    index: Arc<Index>,
    waiting: Waiting,
    authentication: UdpSocket,
    accounting: UdpSocket,
}

impl Server {
    /// Reads everything that answers take, and begins to listen.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the addresses are not to be had; when the database does not answer.
    pub async fn bind(app: App, at: Addresses) -> Result<Self> {
        describe_counter!(REQUESTS, "RADIUS requests by what became of them.");
        describe_gauge!(DEVICES, "Devices that the RADIUS server knows.");
        let index = Arc::new(Index::load(app.clone()).await?);
        let (authentication, accounting) =
            tokio::try_join!(UdpSocket::bind(at.authentication), UdpSocket::bind(at.accounting())).map_err(refused)?;
        Ok(Self { app, index, waiting: Waiting::default(), authentication, accounting })
    }

    /// Where it listens for requests to join, and for devices that were seen.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the system does not say.
    pub fn addresses(&self) -> Result<(SocketAddr, SocketAddr)> {
        let at = |socket: &UdpSocket| socket.local_addr().map_err(refused);
        Ok((at(&self.authentication)?, at(&self.accounting)?))
    }

    /// What answers are made from; for those who measure.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Answers until `stop`; then notes what was seen.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        tokio::select! {
            () = self.serve(&self.authentication, Port::Authentication) => {}
            () = self.serve(&self.accounting, Port::Accounting) => {}
            () = self.follow() => {}
            () = self.note() => {}
            () = stop => {}
        }
        self.waiting.flush(&self.app).await;
    }

    async fn serve(&self, socket: &UdpSocket, port: Port) {
        let mut remembered = Remembered::default();
        // One byte more than is allowed: a longer datagram is not taken for its beginning.
        let mut buffer = vec![0; LONGEST + 1];
        loop {
            let (length, from) = match socket.recv_from(&mut buffer).await {
                Ok(received) => received,
                // An earlier answer could not be delivered.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => continue,
                Err(error) => {
                    tracing::warn!(%error, "no RADIUS request can be received");
                    sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let datagram = buffer.get(..length).unwrap_or_default();
            if let Some(answer) = self.answer(&mut remembered, port, from, datagram)
                && let Err(error) = socket.send_to(&answer, from).await
            {
                tracing::debug!(%error, "a RADIUS answer was not sent");
            }
        }
    }

    fn answer(&self, remembered: &mut Remembered, port: Port, from: SocketAddr, datagram: &[u8]) -> Option<Vec<u8>> {
        let now = self.app.now();
        if let Some(before) = remembered.get(now, from, datagram) {
            counter!(REQUESTS, "outcome" => "repeated").increment(1);
            return Some(before);
        }
        let reply = answer(&self.index.facts(), self.index.vault(), self.app.random(), port, from.ip(), datagram);
        counter!(REQUESTS, "outcome" => reply.outcome.as_str()).increment(1);
        if let Some((org, seen)) = reply.seen {
            self.waiting.push(org, seen);
        }
        let bytes = reply.bytes?;
        remembered.put(now, from, datagram, &bytes);
        Some(bytes)
    }

    async fn follow(&self) {
        let mut failing = false;
        loop {
            match self.index.refresh().await {
                Ok(_) => {
                    failing = false;
                    #[expect(clippy::cast_precision_loss, reason = "a gauge")]
                    gauge!(DEVICES).set(self.index.facts().len() as f64);
                }
                Err(error) => {
                    if !failing {
                        tracing::error!(%error, "the RADIUS server cannot see what changes; it answers with what it knows");
                    }
                    failing = true;
                }
            }
            sleep(LOOK).await;
        }
    }

    async fn note(&self) {
        loop {
            sleep(NOTE).await;
            self.waiting.flush(&self.app).await;
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn refused(error: io::Error) -> Error {
    tracing::error!(%error, "the RADIUS server cannot listen");
    Error::Unavailable("the RADIUS server cannot listen")
}

/// Who asked, with which number.
type Asked = (SocketAddr, u8);

/// The whole request decides whether it is the same: whoever changes a byte gets no old answer.
#[derive(Default)]
struct Remembered {
    /// When, the request, the answer.
    answers: HashMap<Asked, (Instant, Vec<u8>, Vec<u8>)>,
    order: VecDeque<(Instant, Asked)>,
}

impl Remembered {
    fn get(&self, now: Instant, from: SocketAddr, datagram: &[u8]) -> Option<Vec<u8>> {
        let id = *datagram.get(1)?;
        let (at, request, answer) = self.answers.get(&(from, id))?;
        (at.plus_secs(REMEMBERED) > now && request == datagram).then(|| answer.clone())
    }

    fn put(&mut self, now: Instant, from: SocketAddr, datagram: &[u8], answer: &[u8]) {
        let Some(id) = Packet::parse(datagram).map(|p| p.id) else { return };
        self.answers.insert((from, id), (now, datagram.to_vec(), answer.to_vec()));
        self.order.push_back((now, (from, id)));
        while let Some((at, key)) = self.order.front().copied() {
            if at.plus_secs(REMEMBERED) > now && self.order.len() <= MOST_REMEMBERED {
                break;
            }
            self.order.pop_front();
            // A newer answer under the same number has its own place in the order.
            if self.answers.get(&key).is_some_and(|(kept, ..)| *kept == at) {
                self.answers.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_remembered_for_a_while_and_not_without_end() {
        let from: SocketAddr = "127.0.0.1:9".parse().unwrap();
        let request = |id: u8| [&[1, id, 0, 20][..], &[id; 16]].concat();
        let (mut kept, at) = (Remembered::default(), Instant::from_secs(1000));
        kept.put(at, from, &request(1), b"one");
        assert_eq!(kept.get(at, from, &request(1)).as_deref(), Some(b"one".as_slice()));
        assert_eq!(kept.get(at.plus_secs(REMEMBERED), from, &request(1)), None);
        let mut other = request(1);
        other[19] ^= 1;
        assert_eq!(kept.get(at, from, &other), None, "another request under the same number");
        assert_eq!(kept.get(at, "127.0.0.1:10".parse().unwrap(), &request(1)), None);
        for port in 1..=60_000 {
            kept.put(at, SocketAddr::new(from.ip(), port), &request(2), b"two");
        }
        assert!(kept.answers.len() <= MOST_REMEMBERED && kept.order.len() <= MOST_REMEMBERED);
        kept.put(at.plus_secs(60), from, &request(3), b"three");
        assert_eq!((kept.answers.len(), kept.order.len()), (1, 1));
    }
}
