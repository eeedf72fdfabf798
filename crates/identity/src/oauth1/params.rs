//! The parameters of a signed request, from wherever they travel (O1, O2, O5, O6).

use kernel::percent_encode;

use super::base::{self, Algorithm};

/// A request, as far as its signature covers it.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// The method on the wire, also where a header overrides it.
    pub method: &'a str,
    /// Scheme, host and port as the client addressed them: `https://portico.example`.
    pub origin: &'a str,
    /// The path as sent.
    pub path: &'a str,
    /// The query as sent, without `?`; may be empty.
    pub query: &'a str,
    /// The values of the `Authorization` headers.
    pub authorization: &'a [&'a str],
    /// The body, where it is a form; other bodies are not signed.
    pub form: &'a [u8],
}

/// No client sends more; what does is not looked into.
const MOST_PAIRS: usize = 5_000;
/// Of a key, a nonce (O5), or any other word of the credential.
const LONGEST: usize = 255;

/// What a request says about its signature, well formed.
#[derive(Debug)]
pub(super) struct Parsed {
    /// Whose secret signed it.
    pub key: String,
    /// With what.
    pub algorithm: Algorithm,
    /// The signature, in Base64.
    pub signature: String,
    /// When it says it was made, in seconds.
    pub timestamp: i64,
    /// What makes it unlike all others of that second.
    pub nonce: String,
    /// The text that was signed.
    pub base: String,
}

/// The words of the credential, each of which may stand there once.
#[derive(Default)]
struct Words {
    key: Option<String>,
    method: Option<String>,
    signature: Option<String>,
    timestamp: Option<String>,
    nonce: Option<String>,
    version: Option<String>,
    token: Option<String>,
}

impl Words {
    /// Takes a parameter if it is one of ours; `None` when it was there before, or cannot be.
    fn take(&mut self, name: &[u8], value: &[u8]) -> Option<()> {
        let place = match name {
            b"oauth_consumer_key" => &mut self.key,
            b"oauth_signature_method" => &mut self.method,
            b"oauth_signature" => &mut self.signature,
            b"oauth_timestamp" => &mut self.timestamp,
            b"oauth_nonce" => &mut self.nonce,
            b"oauth_version" => &mut self.version,
            b"oauth_token" => &mut self.token,
            _ => return Some(()),
        };
        let text = String::from_utf8(value.to_vec()).ok()?;
        // A NUL cannot be stored, and PostgreSQL would refuse to look for it.
        let sane = text.chars().count() <= LONGEST && !text.contains('\0');
        (sane && place.replace(text).is_none()).then_some(())
    }
}

/// Reads the credential and builds the text that was signed; `None` for whatever is not as it must be (O2 to O5).
pub(super) fn parse(request: &SignedRequest<'_>) -> Option<Parsed> {
    let pairs = collect(request)?;
    let mut words = Words::default();
    for (name, value) in &pairs {
        words.take(name, value)?;
    }
    if words.version.as_deref().is_some_and(|v| v != "1.0") || words.token.is_some_and(|t| !t.is_empty()) {
        return None;
    }
    Some(Parsed {
        key: words.key.filter(|k| !k.is_empty())?,
        algorithm: Algorithm::parse(&words.method?)?,
        signature: words.signature?,
        timestamp: seconds(&words.timestamp?)?,
        nonce: words.nonce.filter(|n| !n.is_empty())?,
        base: signed_text(request, &pairs),
    })
}

/// All parameters, decoded: of the header, the query and the form (O6).
pub(super) fn collect(request: &SignedRequest<'_>) -> Option<Pairs> {
    let mut pairs = Vec::new();
    header(request.authorization, &mut pairs)?;
    form(request.query.as_bytes(), &mut pairs)?;
    form(request.form, &mut pairs)?;
    Some(pairs)
}

/// The text that was signed: everything but the signature itself.
pub(super) fn signed_text(request: &SignedRequest<'_>, pairs: &Pairs) -> String {
    let signed = pairs.iter().filter(|(name, _)| name != b"oauth_signature");
    let encoded = signed.map(|(name, value)| (percent_encode(name), percent_encode(value))).collect();
    base::base_string(request.method, request.origin, request.path, encoded)
}

/// Positive whole seconds, digits alone (O4).
fn seconds(text: &str) -> Option<i64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten().filter(|s| *s > 0)
}

pub(super) type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// `OAuth a="b", c="d"`: names and values are percent-encoded, quotation marks may be missing, `realm` is not signed.
/// Other schemes are not ours to read.
fn header(values: &[&str], pairs: &mut Pairs) -> Option<()> {
    for value in values {
        let value = value.trim();
        let (scheme, rest) = value.split_once([' ', '\t']).unwrap_or((value, ""));
        if !scheme.eq_ignore_ascii_case("OAuth") {
            continue;
        }
        for part in parts(rest).into_iter().map(str::trim).filter(|p| !p.is_empty()) {
            let (name, value) = part.split_once('=')?;
            let value = value.trim();
            let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
            let name = name.trim();
            if !name.eq_ignore_ascii_case("realm") {
                push(pairs, decode(name.as_bytes(), false)?, decode(value.as_bytes(), false)?)?;
            }
        }
    }
    Some(())
}

/// What lies between commas, but for those between quotation marks (a realm may hold some).
fn parts(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
    .collect()
}

/// The pairs of a query or a form: empty values and repetitions count, `+` is a space (O1).
fn form(text: &[u8], pairs: &mut Pairs) -> Option<()> {
    for part in text.split(|b| *b == b'&').filter(|p| !p.is_empty()) {
        let mut halves = part.splitn(2, |b| *b == b'=');
        let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        push(pairs, decode(name, true)?, decode(value, true)?)?;
    }
    Some(())
}

fn push(pairs: &mut Pairs, name: Vec<u8>, value: Vec<u8>) -> Option<()> {
    if pairs.len() == MOST_PAIRS {
        return None;
    }
    pairs.push((name, value));
    Some(())
}

/// Undoes percent-encoding. A `%` without two digits behind it stands for itself in a form, as browsers read it, and is
/// an error in the header, which only programs write.
fn decode(text: &[u8], is_form: bool) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&b, tail)) = rest.split_first() {
        rest = tail;
        match b {
            b'%' => match tail {
                [a, b, after @ ..] if digit(*a).is_some() && digit(*b).is_some() => {
                    out.push(digit(*a)? << 4 | digit(*b)?);
                    rest = after;
                }
                _ if is_form => out.push(b'%'),
                _ => return None,
            },
            b'+' if is_form => out.push(b' '),
            b => out.push(b),
        }
    }
    Some(out)
}

fn digit(b: u8) -> Option<u8> {
    char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok())
}
