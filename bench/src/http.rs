//! As much of HTTP as is needed to prepare and to ask.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

use crate::Result;

/// An answer.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// All of it as it came: head and body.
    pub raw: Vec<u8>,
    /// Its body as JSON; null when it is none.
    pub json: Value,
}

impl Answer {
    /// The value of a cookie that it sets.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let (head, _) = split(&self.raw)?;
        let set = head.lines().filter_map(|l| l.split_once(": ")).filter(|(n, _)| n.eq_ignore_ascii_case("set-cookie"));
        let mut values = set.filter_map(|(_, v)| v.strip_prefix(name)?.strip_prefix('=')?.split(';').next());
        values.find(|v| !v.is_empty())
    }

    /// The body, when the status is this one.
    pub fn expect(self, status: u16) -> Result<Value> {
        if self.status == status { Ok(self.json) } else { Err(String::from_utf8_lossy(&self.raw).into_owned()) }
    }
}

/// One request of a program on a connection of its own.
pub fn send(at: SocketAddr, method: &str, path: &str, token: &str, body: Option<&Value>) -> Result<Answer> {
    let authorization = match token {
        "" => String::new(),
        signed if signed.starts_with("OAuth ") => format!("Authorization: {signed}\r\n"),
        token => format!("Authorization: Bearer {token}\r\n"),
    };
    let head = format!("Content-Type: application/json\r\n{authorization}");
    let body = body.map(Value::to_string).unwrap_or_default();
    exchange(at, method, path, &head, &body).map_err(|e| format!("{method} {path}: {e}"))
}

/// One request of a browser with this cookie, which takes compressed answers; a form makes it a POST.
pub fn browse(at: SocketAddr, path: &str, cookie: &str, form: Option<&str>) -> Result<Answer> {
    let method = if form.is_some() { "POST" } else { "GET" };
    let head =
        format!("Content-Type: application/x-www-form-urlencoded\r\nAccept-Encoding: gzip\r\nCookie: {cookie}\r\n");
    exchange(at, method, path, &head, form.unwrap_or_default()).map_err(|e| format!("{method} {path}: {e}"))
}

fn exchange(at: SocketAddr, method: &str, path: &str, head: &str, body: &str) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(at)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let length = body.len();
    stream.write_all(
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n{head}Content-Length: {length}\r\n\r\n{body}"
        )
        .as_bytes(),
    )?;
    let mut raw = Vec::new();
    stream.read_to_end(&mut raw)?;
    let (head, body) = split(&raw).ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let status = head.get(9..12).and_then(|s| s.parse().ok()).ok_or(std::io::ErrorKind::InvalidData)?;
    let json = serde_json::from_slice(body).unwrap_or(Value::Null);
    Ok(Answer { status, json, raw })
}

/// Head and body of an answer.
pub fn split(raw: &[u8]) -> Option<(&str, &[u8])> {
    let end = raw.windows(4).position(|w| w == b"\r\n\r\n")?;
    Some((std::str::from_utf8(&raw[..end]).ok()?, &raw[end + 4..]))
}
