//! The whole HTTP side of the server: what happens to every request, whichever door it is for.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    extract::{ConnectInfo, Request},
    http::{HeaderValue, Method, header},
    response::{IntoResponse as _, Response},
};
use kernel::{Clock, Random};
use tower::Service;

use crate::{
    Answering, Counting, Entrance, Metrics, Proxies, Ready, Refusal, RequestInfo, health,
    log::Record,
    metrics::Tally,
    panic, plain,
    request_id::{self, X_REQUEST_ID},
};

/// What a [`Front`] needs from the program.
#[derive(Clone)]
pub struct Kit {
    /// For request ids.
    pub clock: Clock,
    /// For request ids.
    pub random: Random,
    /// Whose word about a client's address counts.
    pub proxies: Proxies,
    /// Where requests are counted, and what `/metrics` shows.
    pub metrics: Metrics,
    /// What `/health/ready` says.
    pub ready: Ready,
    /// How the database's work is counted.
    pub counting: Option<Counting>,
}

/// The system's clock and randomness, no proxies, always ready: for tests.
impl Default for Kit {
    fn default() -> Self {
        let clock = Clock::System;
        let metrics = Metrics::new(env!("CARGO_PKG_VERSION"), &clock);
        let (proxies, ready) = (Proxies::default(), Ready::default());
        Self { clock, random: Random::System, proxies, metrics, ready, counting: None }
    }
}

/// The server as a [`Service`]. The peer's address comes as [`ConnectInfo`] in the request's extensions. Cheap to
/// clone.
#[derive(Clone)]
pub struct Front(Arc<Inner>);

struct Inner {
    kit: Kit,
    /// Request ids are no secrets: a stream of their own, begun once, spares each request a system call.
    ids: Random,
    /// Each with its prefix, the longest first.
    doors: Vec<(&'static str, Arc<Door>)>,
    /// For what belongs to no door.
    own: Arc<Tally>,
}

struct Door {
    entrance: Entrance,
    tally: Arc<Tally>,
}

/// Who answers.
enum Place {
    Live,
    Ready,
    Metrics,
    Door(Arc<Door>),
    Nowhere,
}

impl Front {
    /// Puts the doors into one house, beside `/health/live`, `/health/ready` and `/metrics`.
    ///
    /// # Panics
    /// When two entrances claim the same prefix.
    #[must_use]
    pub fn new(kit: Kit, entrances: Vec<Entrance>) -> Self {
        let mut doors = Vec::new();
        for entrance in entrances {
            let prefixes = entrance.prefixes();
            let tally = Arc::new(kit.metrics.entrance(entrance.name()));
            let door = Arc::new(Door { entrance, tally });
            doors.extend(prefixes.iter().map(|prefix| (*prefix, door.clone())));
        }
        doors.sort_by_key(|(prefix, _)| std::cmp::Reverse((prefix.len(), *prefix)));
        if let Some(twice) = doors.windows(2).find(|two| two[0].0 == two[1].0) {
            panic!("two entrances claim {:?}", twice[0].0);
        }
        let own = Arc::new(kit.metrics.entrance("server"));
        let ids = Random::seeded(u64::from_le_bytes(kit.random.bytes()));
        Self(Arc::new(Inner { kit, ids, doors, own }))
    }
}

impl Inner {
    fn place(&self, path: &str) -> Place {
        match path {
            "/health/live" => Place::Live,
            "/health/ready" => Place::Ready,
            "/metrics" => Place::Metrics,
            _ => self
                .doors
                .iter()
                .find(|(prefix, _)| {
                    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                })
                .map_or(Place::Nowhere, |(_, door)| Place::Door(door.clone())),
        }
    }

    fn info(&self, request: &Request) -> RequestInfo {
        let peer = request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip());
        let Kit { clock, proxies, .. } = &self.kit;
        let proxied = proxies.trusts(peer);
        let id = request_id::choose(clock, &self.ids, request.headers(), proxied);
        RequestInfo::new(id, proxies.client(peer, request.headers()), request.method().clone(), proxied)
    }

    async fn answer(&self, place: Place, request: Request, info: &RequestInfo) -> Response {
        let route = match place {
            Place::Door(door) => return door.entrance.answer(request, info).await,
            Place::Nowhere => return plain(Refusal::UnknownPath, info),
            Place::Live => "/health/live",
            Place::Ready => "/health/ready",
            Place::Metrics => "/metrics",
        };
        info.set_route(route);
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = plain(Refusal::WrongMethod, info);
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET,HEAD"));
            return response;
        }
        let answering = async {
            match place {
                Place::Live => health::live(),
                Place::Ready => self.kit.ready.answer().await,
                _ => {
                    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
                    (kind, self.kit.metrics.render().await).into_response()
                }
            }
        };
        panic::caught(answering).await.unwrap_or_else(|panic| {
            tracing::error!(request_id = info.id(), route, panic, "a check panicked");
            plain(Refusal::Crashed, info)
        })
    }
}

impl Service<Request> for Front {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let front = self.0.clone();
        let info = front.info(&request);
        let place = front.place(request.uri().path());
        let (tally, quiet) = match &place {
            Place::Door(door) => (&door.tally, false),
            Place::Nowhere => (&front.own, false),
            Place::Live | Place::Ready | Place::Metrics => (&front.own, true),
        };
        let mut record = Record::begin(tally.clone(), info.clone(), &request, quiet);
        request.extensions_mut().insert(info.clone());

        let inner = front.clone();
        let id = info.id_header();
        let mut answering: Answering = Box::pin(async move { inner.answer(place, request, &info).await });
        if let Some(counting) = &front.kit.counting {
            let (counted, reading) = counting.begin(answering);
            answering = counted;
            record.reading = Some(reading);
        }
        Box::pin(async move {
            let mut response = answering.await;
            response.headers_mut().insert(X_REQUEST_ID, id);
            record.answered(response.status());
            Ok(response)
        })
    }
}
