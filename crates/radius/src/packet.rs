//! Datagrams of RADIUS: read strictly, and written. Pure functions on bytes; nothing here panics, whatever comes in.

use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::{Digest as _, Md5};
use subtle::ConstantTimeEq as _;

/// The code, the identifier, the length, the authenticator.
const HEAD: usize = 20;
/// No datagram is longer (RFC 2865, 3).
pub const LONGEST: usize = 4096;

/// What a datagram is.
pub mod code {
    #![expect(missing_docs, reason = "the names are the standard's")]
    pub const ACCESS_REQUEST: u8 = 1;
    pub const ACCESS_ACCEPT: u8 = 2;
    pub const ACCESS_REJECT: u8 = 3;
    pub const ACCOUNTING_REQUEST: u8 = 4;
    pub const ACCOUNTING_RESPONSE: u8 = 5;
    pub const STATUS_SERVER: u8 = 12;
}

/// The attributes that matter here.
pub mod attribute {
    #![expect(missing_docs, reason = "the names are the standard's")]
    pub const USER_NAME: u8 = 1;
    pub const CALLED_STATION_ID: u8 = 30;
    pub const CALLING_STATION_ID: u8 = 31;
    pub const PROXY_STATE: u8 = 33;
    pub const ACCT_STATUS_TYPE: u8 = 40;
    pub const TUNNEL_TYPE: u8 = 64;
    pub const TUNNEL_MEDIUM_TYPE: u8 = 65;
    pub const TUNNEL_PASSWORD: u8 = 69;
    pub const MESSAGE_AUTHENTICATOR: u8 = 80;
    pub const TUNNEL_PRIVATE_GROUP_ID: u8 = 81;
}

/// Sixteen bytes that tie an answer to its request.
pub type Authenticator = [u8; 16];

/// A datagram whose form is good; who sent it is not proven yet.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// What it is.
    pub code: u8,
    /// Its number at the asker.
    pub id: u8,
    /// Its authenticator.
    pub authenticator: Authenticator,
    bytes: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads a datagram. What follows the length it tells is padding (RFC 2865, 3). Nothing when the length or an
    /// attribute's is wrong.
    #[must_use]
    pub fn parse(datagram: &'a [u8]) -> Option<Self> {
        let (&[code, id, high, low], rest) = datagram.split_first_chunk()?;
        let (authenticator, _) = rest.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let bytes = datagram.get(..length).filter(|b| (HEAD..=LONGEST).contains(&b.len()))?;
        let packet = Self { code, id, authenticator: *authenticator, bytes };
        let mut attributes = packet.attributes();
        attributes.by_ref().for_each(drop);
        attributes.rest.is_empty().then_some(packet)
    }

    /// The attributes in their order: type and value.
    #[must_use]
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes { rest: self.bytes.get(HEAD..).unwrap_or_default() }
    }

    /// The value of the first attribute of a type.
    #[must_use]
    pub fn value(&self, of: u8) -> Option<&'a [u8]> {
        self.attributes().find(|(t, _)| *t == of).map(|(_, value)| value)
    }

    /// The same as text.
    #[must_use]
    pub fn text(&self, of: u8) -> Option<&'a str> {
        self.value(of).and_then(|v| std::str::from_utf8(v).ok())
    }

    /// Whether it carries one Message-Authenticator, and that is made with this secret (RFC 2869, 5.14). Nothing when it
    /// carries none.
    #[must_use]
    pub fn is_signed(&self, secret: &[u8]) -> Option<bool> {
        // Requests of accounting are signed over an empty authenticator: theirs depends on what is signed.
        let over = if self.code == code::ACCOUNTING_REQUEST { [0; 16] } else { self.authenticator };
        let mut at = HEAD;
        let mut found = None;
        for (kind, value) in self.attributes() {
            if kind == attribute::MESSAGE_AUTHENTICATOR && found.replace((at, value)).is_some() {
                return Some(false);
            }
            at += 2 + value.len();
        }
        let (at, value) = found?;
        let expected = sign(self.bytes, at, &over, secret);
        Some(expected.is_some_and(|expected| bool::from(expected.ct_eq(value))))
    }

    /// Whether a request of accounting is made with this secret (RFC 2866, 3).
    #[must_use]
    pub fn is_accounting_of(&self, secret: &[u8]) -> bool {
        let (head, attributes) = self.bytes.split_at_checked(HEAD).unwrap_or_default();
        let expected = digest([head.get(..4).unwrap_or_default(), &[0; 16], attributes, secret]);
        expected.ct_eq(&self.authenticator).into()
    }
}

/// The attributes of a datagram, in their order. Ends before one whose length is wrong.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let [kind, length, ..] = *self.rest else { return None };
        let (attribute, rest) = self.rest.split_at_checked(usize::from(length))?;
        let value = attribute.get(2..)?;
        self.rest = rest;
        Some((kind, value))
    }
}

/// An answer being written. The Message-Authenticator comes first, where nothing can be put before it. Accounting has
/// none in its answers: askers do not agree on what it would be made over, and the authenticator proves them.
#[derive(Clone, Debug)]
pub struct Answer {
    bytes: Vec<u8>,
    signed: bool,
}

impl Answer {
    /// An answer of this kind to a request. What proxies on the way noted goes back to them (RFC 2865, 5.33).
    #[must_use]
    pub fn to(request: &Packet<'_>, code: u8) -> Self {
        let mut bytes = vec![code, request.id, 0, 0];
        bytes.extend_from_slice(&request.authenticator);
        let mut answer = Self { bytes, signed: request.code != code::ACCOUNTING_REQUEST };
        if answer.signed {
            answer.put(attribute::MESSAGE_AUTHENTICATOR, &[0; 16]);
        }
        for (_, state) in request.attributes().filter(|(t, _)| *t == attribute::PROXY_STATE) {
            answer.put(attribute::PROXY_STATE, state);
        }
        answer
    }

    /// Adds an attribute; what is too long to be one is left out, and so is what no longer fits.
    pub fn put(&mut self, kind: u8, value: &[u8]) {
        if let Ok(length) = u8::try_from(value.len() + 2)
            && self.bytes.len() + usize::from(length) <= LONGEST
        {
            self.bytes.extend_from_slice(&[kind, length]);
            self.bytes.extend_from_slice(value);
        }
    }

    /// Adds a passphrase of at most 63 characters, encrypted with the secret and the request's authenticator (RFC 2868,
    /// 3.5). The first bit of the salt is always set.
    pub fn put_passphrase(&mut self, passphrase: &str, salt: [u8; 2], secret: &[u8]) {
        let Some(request) = self.bytes.get(4..HEAD).map(<[u8]>::to_vec) else { return };
        let salt = [salt[0] | 0x80, salt[1]];
        let Ok(length) = u8::try_from(passphrase.len()) else { return };
        let mut plain = vec![length];
        plain.extend_from_slice(passphrase.as_bytes());
        plain.resize(plain.len().next_multiple_of(16), 0);
        let mut value = vec![0, salt[0], salt[1]];
        let mut before: Vec<u8> = [request.as_slice(), &salt].concat();
        for block in plain.chunks(16) {
            let key = digest([secret, &before, &[], &[]]);
            before = block.iter().zip(key).map(|(p, k)| p ^ k).collect();
            value.extend_from_slice(&before);
        }
        self.put(attribute::TUNNEL_PASSWORD, &value);
    }

    /// Adds a virtual network (RFC 3580, 3.31).
    pub fn put_vlan(&mut self, vlan: i64) {
        self.put(attribute::TUNNEL_TYPE, &[0, 0, 0, 13]);
        self.put(attribute::TUNNEL_MEDIUM_TYPE, &[0, 0, 0, 6]);
        self.put(attribute::TUNNEL_PRIVATE_GROUP_ID, vlan.to_string().as_bytes());
    }

    /// The datagram: signed, and tied to its request.
    #[must_use]
    pub fn finish(mut self, secret: &[u8]) -> Vec<u8> {
        let length = u16::try_from(self.bytes.len()).unwrap_or(u16::MAX).to_be_bytes();
        if let Some(place) = self.bytes.get_mut(2..4) {
            place.copy_from_slice(&length);
        }
        // The request's authenticator is still in its place.
        let over: Authenticator = self.bytes.get(4..HEAD).and_then(|b| b.try_into().ok()).unwrap_or_default();
        if self.signed
            && let Some(signature) = sign(&self.bytes, HEAD, &over, secret)
            && let Some(place) = self.bytes.get_mut(HEAD + 2..HEAD + 18)
        {
            place.copy_from_slice(&signature);
        }
        let authenticator = digest([&self.bytes, secret, &[], &[]]);
        if let Some(place) = self.bytes.get_mut(4..HEAD) {
            place.copy_from_slice(&authenticator);
        }
        self.bytes
    }
}

/// A request as an access point writes it, signed with its secret. What is too long to be an attribute is left out.
#[must_use]
pub fn signed(kind: u8, id: u8, authenticator: Authenticator, attributes: &[(u8, &[u8])], secret: &[u8]) -> Vec<u8> {
    let mut request = Answer { bytes: vec![kind, id, 0, 0], signed: true };
    // That of accounting is made at the end, over everything else.
    let over = if kind == code::ACCOUNTING_REQUEST { [0; 16] } else { authenticator };
    request.bytes.extend_from_slice(&over);
    request.put(attribute::MESSAGE_AUTHENTICATOR, &[0; 16]);
    for (kind, value) in attributes {
        request.put(*kind, value);
    }
    let mut bytes = request.bytes;
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes();
    drop(bytes.splice(2..4, length));
    if let Some(signature) = sign(&bytes, HEAD, &over, secret) {
        drop(bytes.splice(HEAD + 2..HEAD + 18, signature));
    }
    if kind == code::ACCOUNTING_REQUEST {
        let authenticator = digest([&bytes, secret, &[], &[]]);
        drop(bytes.splice(4..HEAD, authenticator));
    }
    bytes
}

/// HMAC-MD5 of a datagram with this authenticator, in which the value of the Message-Authenticator at `at` counts as
/// zeros. Nothing when that is not sixteen bytes long.
fn sign(bytes: &[u8], at: usize, over: &Authenticator, secret: &[u8]) -> Option<[u8; 16]> {
    let value = at + 2;
    if bytes.get(at + 1) != Some(&18) {
        return None;
    }
    let (head, before, after) = (bytes.get(..4)?, bytes.get(HEAD..value)?, bytes.get(value + 16..)?);
    let mac = Hmac::<Md5>::new_from_slice(secret).ok()?;
    let mac = mac.chain_update(head).chain_update(over).chain_update(before).chain_update([0; 16]).chain_update(after);
    Some(mac.finalize().into_bytes().into())
}

fn digest(parts: [&[u8]; 4]) -> [u8; 16] {
    parts.iter().fold(Md5::new(), |hash, part| hash.chain_update(part)).finalize().into()
}

#[cfg(test)]
pub(crate) mod tests;
