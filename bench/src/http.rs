//! As much of HTTP as is needed to prepare and to ask.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
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

/// A connection on which one request follows the other.
pub struct Connection {
    at: SocketAddr,
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// Opens it.
    pub fn open(at: SocketAddr) -> Result<Self> {
        connect(at).map(|stream| Self { at, stream: BufReader::new(stream) }).map_err(|e| format!("{at}: {e}"))
    }

    /// One request.
    pub fn send(&mut self, method: &str, path: &str, token: &str, body: Option<&Value>) -> Result<Answer> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let head = head(self.at, method, path, "application/json", token, body.len());
        self.exchange(&format!("{head}\r\n{body}")).map_err(|e| format!("{method} {path}: {e}"))
    }

    fn exchange(&mut self, request: &str) -> std::io::Result<Answer> {
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut raw = Vec::new();
        while !raw.ends_with(b"\r\n\r\n") {
            if self.stream.read_until(b'\n', &mut raw)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
        let head = String::from_utf8_lossy(&raw).to_ascii_lowercase();
        let length = head.lines().find_map(|l| l.strip_prefix("content-length:")?.trim().parse().ok()).unwrap_or(0);
        let begin = raw.len();
        raw.resize(begin + length, 0);
        self.stream.read_exact(&mut raw[begin..])?;
        answer(raw)
    }
}

/// One request with a form, on a connection of its own.
pub fn send_form(at: SocketAddr, path: &str, form: &str) -> Result<Answer> {
    let head = head(at, "POST", path, "application/x-www-form-urlencoded", "", form.len());
    once(at, &format!("{head}Connection: close\r\n\r\n{form}")).map_err(|e| format!("POST {path}: {e}"))
}

/// One request of a browser with this cookie, which takes compressed answers; a form makes it a POST.
pub fn browse(at: SocketAddr, path: &str, cookie: &str, form: Option<&str>) -> Result<Answer> {
    let (method, form) = form.map_or(("GET", ""), |form| ("POST", form));
    let head = head(at, method, path, "application/x-www-form-urlencoded", "", form.len());
    let browser = format!("Accept-Encoding: gzip\r\nCookie: {cookie}\r\nConnection: close\r\n");
    once(at, &format!("{head}{browser}\r\n{form}")).map_err(|e| format!("{method} {path}: {e}"))
}

/// One request on a connection of its own.
pub fn send(at: SocketAddr, method: &str, path: &str, token: &str, body: Option<&Value>) -> Result<Answer> {
    exchange(at, method, path, token, body).map_err(|e| format!("{method} {path}: {e}"))
}

fn exchange(at: SocketAddr, method: &str, path: &str, token: &str, body: Option<&Value>) -> std::io::Result<Answer> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let head = head(at, method, path, "application/json", token, body.len());
    once(at, &format!("{head}Connection: close\r\n\r\n{body}"))
}

/// The head of a request, up to the last line, which is left open.
fn head(at: SocketAddr, method: &str, path: &str, kind: &str, token: &str, length: usize) -> String {
    let authorization = match token {
        "" => String::new(),
        signed if signed.starts_with("OAuth ") => format!("Authorization: {signed}\r\n"),
        cookie if cookie.starts_with("user_session=") => format!("Cookie: {cookie}\r\n"),
        token => format!("Authorization: Bearer {token}\r\n"),
    };
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {at}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{authorization}"
    )
}

fn connect(at: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(at)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    Ok(stream)
}

fn once(at: SocketAddr, request: &str) -> std::io::Result<Answer> {
    let mut stream = connect(at)?;
    stream.write_all(request.as_bytes())?;
    let mut raw = Vec::new();
    stream.read_to_end(&mut raw)?;
    answer(raw)
}

fn answer(raw: Vec<u8>) -> std::io::Result<Answer> {
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
