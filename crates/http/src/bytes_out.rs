//! Files on their way out: what a client has already is not sent again, and parts are sent alone.

use std::ops::Range;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::Response,
};

/// What is said about a file that is sent.
#[derive(Clone, Debug)]
pub struct Served {
    /// What it is.
    pub content_type: String,
    /// The `Content-Disposition`.
    pub disposition: String,
    /// Whether a browser may show it by itself; everything else is put into a sandbox as well.
    pub shown: bool,
    /// How many bytes it has.
    pub size: u64,
    /// A word that changes with its bytes.
    pub tag: String,
    /// For how many seconds its receiver alone may keep it.
    pub max_age: u64,
}

/// What of a file is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// These bytes.
    Range(Range<u64>),
}

/// Answers a request for a file. `open` is asked for the bytes only when they are needed: not for `HEAD`, and not for
/// a client that has them (`If-None-Match`). One range is sent alone (`Range`, with `If-Range`); several are answered
/// with the whole, as they may be.
///
/// # Errors
/// What `open` answers.
pub async fn serve<F, E>(method: &Method, asked: &HeaderMap, file: &Served, open: F) -> Result<Response, E>
where
    F: AsyncFnOnce(Part) -> Result<Body, E>,
{
    let tag = format!("\"{}\"", file.tag);
    let text = |name: HeaderName| asked.get(name).and_then(|value| value.to_str().ok());
    let known = text(header::IF_NONE_MATCH)
        .is_some_and(|tags| tags.split(',').map(|t| t.trim().trim_start_matches("W/")).any(|t| t == tag || t == "*"));
    if known {
        return Ok(with_head(StatusCode::NOT_MODIFIED, Body::empty(), file, &tag));
    }
    let same = text(header::IF_RANGE).is_none_or(|wanted| wanted == tag);
    let range = text(header::RANGE).filter(|_| same && *method == Method::GET).and_then(|text| range(text, file.size));
    let (status, part) = match range {
        Some(Err(())) => {
            let mut response = with_head(StatusCode::RANGE_NOT_SATISFIABLE, Body::empty(), file, &tag);
            put(&mut response, header::CONTENT_RANGE, &format!("bytes */{}", file.size));
            return Ok(response);
        }
        Some(Ok(range)) => (StatusCode::PARTIAL_CONTENT, Part::Range(range)),
        None => (StatusCode::OK, Part::Whole),
    };
    let length = match &part {
        Part::Whole => file.size,
        Part::Range(range) => range.end - range.start,
    };
    let shown = part.clone();
    let body = if *method == Method::HEAD { Body::empty() } else { open(part).await? };
    let mut response = with_head(status, body, file, &tag);
    if let Part::Range(range) = shown {
        put(&mut response, header::CONTENT_RANGE, &format!("bytes {}-{}/{}", range.start, range.end - 1, file.size));
    }
    put(&mut response, header::CONTENT_LENGTH, &length.to_string());
    Ok(response)
}

fn with_head(status: StatusCode, body: Body, file: &Served, tag: &str) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    put(&mut response, header::ETAG, tag);
    put(&mut response, header::CACHE_CONTROL, &format!("private, max-age={}", file.max_age));
    put(&mut response, header::ACCEPT_RANGES, "bytes");
    put(&mut response, header::CONTENT_TYPE, &file.content_type);
    put(&mut response, header::CONTENT_DISPOSITION, &file.disposition);
    put(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Nothing in a file runs in the name of this site. What browsers show with viewers of their own needs them outside
    // of a sandbox.
    let policy = if file.shown {
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; object-src 'self'; frame-ancestors 'self'"
    } else {
        "default-src 'none'; sandbox"
    };
    put(&mut response, header::CONTENT_SECURITY_POLICY, policy);
    put(&mut response, header::REFERRER_POLICY, "no-referrer");
    response
}

fn put(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Reads `bytes=a-b`, `bytes=a-` and `bytes=-n`. `None`: not a range of one part, the whole is sent. `Err`: it begins
/// after the end.
fn range(text: &str, size: u64) -> Option<Result<Range<u64>, ()>> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let number = |s: &str| s.trim().parse::<u64>().ok();
    let range = match (first.trim(), last.trim()) {
        ("", last) => size.saturating_sub(number(last)?)..size,
        (first, "") => number(first)?..size,
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return None;
            }
            first..last.saturating_add(1).min(size)
        }
    };
    Some(if range.start < range.end { Ok(range) } else { Err(()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_they_are_meant() {
        for (text, is) in [
            ("bytes=0-4", Some(Ok(0..5))),
            ("bytes=5-", Some(Ok(5..10))),
            ("bytes=-3", Some(Ok(7..10))),
            ("bytes=-30", Some(Ok(0..10))),
            ("bytes=8-99", Some(Ok(8..10))),
            ("bytes=10-", Some(Err(()))),
            ("bytes=99-100", Some(Err(()))),
            ("bytes=-0", Some(Err(()))),
            ("bytes=4-3", None),
            ("bytes=0-1,3-4", None),
            ("items=0-1", None),
            ("bytes=a-b", None),
            ("bytes=0-18446744073709551615", Some(Ok(0..10))),
        ] {
            assert_eq!(range(text, 10), is, "{text}");
        }
    }

    async fn ask(method: Method, headers: &[(HeaderName, &'static str)], shown: bool) -> Response {
        let file = Served {
            content_type: "text/plain".to_owned(),
            disposition: "inline".to_owned(),
            shown,
            size: 10,
            tag: "t1".to_owned(),
            max_age: 60,
        };
        let mut asked = HeaderMap::new();
        for (name, value) in headers {
            asked.insert(name, HeaderValue::from_static(value));
        }
        let open = async |part| Ok::<_, std::convert::Infallible>(Body::from(format!("{part:?}")));
        serve(&method, &asked, &file, open).await.unwrap()
    }

    #[tokio::test]
    async fn what_the_client_has_is_not_sent_again() {
        assert_eq!(ask(Method::GET, &[(header::IF_NONE_MATCH, "\"t0\", W/\"t1\"")], true).await.status(), 304);
        assert_eq!(ask(Method::GET, &[(header::IF_NONE_MATCH, "\"t0\"")], true).await.status(), 200);
        let part = ask(Method::GET, &[(header::RANGE, "bytes=2-3")], true).await;
        assert_eq!((part.status().as_u16(), &part.headers()["content-range"]), (206, &"bytes 2-3/10".parse().unwrap()));
        assert_eq!(part.headers()["content-length"], "2");
        let changed = [(header::RANGE, "bytes=2-3"), (header::IF_RANGE, "\"t0\"")];
        assert_eq!(ask(Method::GET, &changed, true).await.status(), 200);
        let beyond = ask(Method::GET, &[(header::RANGE, "bytes=10-")], true).await;
        assert_eq!(
            (beyond.status().as_u16(), &beyond.headers()["content-range"]),
            (416, &"bytes */10".parse().unwrap())
        );
        let head = ask(Method::HEAD, &[(header::RANGE, "bytes=2-3")], true).await;
        assert_eq!((head.status().as_u16(), &head.headers()["content-length"]), (200, &"10".parse().unwrap()));
    }

    #[tokio::test]
    async fn nothing_in_a_file_runs() {
        for shown in [true, false] {
            let response = ask(Method::GET, &[], shown).await;
            let policy = response.headers()["content-security-policy"].to_str().unwrap();
            assert!(policy.contains("default-src 'none'") && policy.contains("sandbox") != shown);
            assert_eq!(response.headers()["x-content-type-options"], "nosniff");
            assert_eq!(response.headers()["cache-control"], "private, max-age=60");
        }
    }
}
