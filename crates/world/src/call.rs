//! Requests and their answers.

use std::{
    future::IntoFuture,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::Arc,
};

use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::{Person, Server};

/// A request in the making. Awaiting it sends it.
#[must_use = "a request is sent by awaiting it"]
pub struct Call<'w> {
    pub(crate) server: &'w Server,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    by: Option<&'w Person>,
    from: IpAddr,
}

impl<'w> Call<'w> {
    pub(crate) fn new(server: &'w Server, method: Method, path: String) -> Self {
        let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Self { server, method, path, headers: HeaderMap::new(), body: Vec::new(), by: None, from }
    }

    /// Sent by somebody, who signs in if need be; by nobody for `None`.
    pub fn by(mut self, who: impl Into<Option<&'w Person>>) -> Self {
        self.by = who.into();
        self
    }

    /// Sent with this token.
    pub fn bearer(self, token: &str) -> Self {
        self.header(header::AUTHORIZATION, &format!("Bearer {token}"))
    }

    /// Sent from this address.
    pub fn from(mut self, address: [u8; 4]) -> Self {
        self.from = address.into();
        self
    }

    /// With another header.
    ///
    /// # Panics
    /// When the value cannot stand in a header.
    #[expect(clippy::expect_used, reason = "for tests")]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("a value for a header"));
        self
    }

    /// With a body of this type; without a type for `""`.
    pub fn raw(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        if content_type.is_empty() { self } else { self.header(header::CONTENT_TYPE, content_type) }
    }

    /// With a body of JSON.
    pub fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    /// With the same content as a form: lists as `a[]=`, nested things as `a[b]=`.
    pub fn form(self, body: &Value) -> Self {
        let pairs: Vec<String> = form(body).iter().map(|(k, v)| format!("{}={}", encoded(k), encoded(v))).collect();
        self.raw("application/x-www-form-urlencoded", pairs.join("&"))
    }

    /// With the same content as a form in parts.
    pub fn multipart(self, body: &Value) -> Self {
        let part = |(k, v): &(String, String)| {
            format!("--limit\r\nContent-Disposition: form-data; name=\"{k}\"\r\n\r\n{v}\r\n")
        };
        let parts: String = form(body).iter().map(part).collect();
        self.raw("multipart/form-data; boundary=limit", format!("{parts}--limit--\r\n"))
    }

    async fn send(self) -> Answer {
        let Self { server, method, path, mut headers, body, by, from } = self;
        if let Some(person) = by {
            let token = server.tokens(person).await.access;
            let value = HeaderValue::from_str(&format!("Bearer {token}"));
            headers.insert(header::AUTHORIZATION, value.unwrap_or(HeaderValue::from_static("")));
        }
        let mut request = Request::new(Body::from(body));
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().unwrap_or_else(|e| panic!("{path} is no address: {e}"));
        *request.headers_mut() = headers;
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(from, 4711)));
        let work = Arc::<db::work::Work>::default();
        let Ok(response) = db::work::scope(work.clone(), server.front.clone().oneshot(request)).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap_or_default().to_vec();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body, queries: work.queries(), path }
    }
}

impl<'w> IntoFuture for Call<'w> {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send + 'w>>;
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// What the server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// How many statements it took.
    pub queries: u32,
    path: String,
}

impl Answer {
    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header as text; empty when it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> String {
        let all: Vec<&str> = self.headers.get_all(name).iter().filter_map(|v| v.to_str().ok()).collect();
        all.join(", ")
    }

    /// The body of an answer that must have this status.
    ///
    /// # Panics
    /// When it has another.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.path, self.text());
        self.json()
    }

    /// The value under `message` of an answer that must have this status.
    ///
    /// # Panics
    /// When it has another.
    #[track_caller]
    pub fn message(&self, status: u16) -> Value {
        self.expect(status)["message"].take()
    }
}

/// JSON as the pairs of a form. Nulls are left out: a form has none.
#[must_use]
pub fn form(body: &Value) -> Vec<(String, String)> {
    let mut out = Vec::new();
    if let Value::Object(map) = body {
        for (key, value) in map {
            pairs(key.clone(), value, &mut out);
        }
    }
    out
}

fn pairs(key: String, value: &Value, out: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(map) => map.iter().for_each(|(k, v)| pairs(format!("{key}[{k}]"), v, out)),
        // An empty list can be told as JSON text only.
        Value::Array(items) if items.is_empty() => out.push((key, "[]".to_owned())),
        Value::Array(items) => items.iter().enumerate().for_each(|(i, item)| match item {
            Value::Object(_) => pairs(format!("{key}[{i}]"), item, out),
            plain => pairs(format!("{key}[]"), plain, out),
        }),
        Value::String(text) => out.push((key, text.clone())),
        plain => out.push((key, plain.to_string())),
    }
}

/// A text as it stands in a form or a query.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::new();
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}
